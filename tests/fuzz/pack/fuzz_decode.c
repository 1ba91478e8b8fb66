/* Whatever arrives is undone or refused: never more than a message comes out, and what comes out
 * of columns is well-formed JSON. */
#include <stdint.h>
#include <stdlib.h>

#include "ess-pack/pack.h"
#include "ess/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static ess_pack *p;
    ess_slice json = {0};
    ess_fault fault = {0};
    ess_pack_how how;

    if (p == NULL)
        p = ess_pack_new();
    if (p == NULL ||
        ess_pack_decode(p, (ess_slice){(const char *)data, size}, &json, &how, &fault) != ESS_OK) {
        if (p == NULL || fault.rule[0] == '\0' || fault.what[0] == '\0')
            abort();
        return 0;
    }
    if (how.method != ESS_PACK_JSON && json.len > ESS_MESSAGE_MAX)
        abort();
    if (how.columns) {
        ess_json_reader reader;
        ess_json_token token;
        ess_json_reader_init(&reader, json);
        do {
            if (ess_json_next(&reader, &token) != ESS_OK)
                abort();
        } while (token.type != ESS_JSON_END);
    }
    return 0;
}
