/* Any bytes as a message or as lines of topic and payload, shown for people and as JSON. */
#include "cli/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *sink;
    static const store_keyring no_keys;
    if (sink == NULL)
        sink = fopen("/dev/null", "we");
    if (sink == NULL || size == 0)
        return 0;
    cli c = {.out = sink, .err = sink, .chinese = (data[0] & 1) != 0};
    c.in.json = (data[0] & 2) != 0;
    c.in.topic = (data[0] & 4) != 0 ? "v1/DATA/ess/SH001/CAB01" : NULL;
    (void)decode_text(&c, &no_keys, (ess_slice){(const char *)data + 1, size - 1});
    return 0;
}
