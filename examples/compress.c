/* A report as the cloud announces it can read, and back: reads lines of JSON, prints how many bytes
 * each took on the way.
 *
 *   compress '["json","zstd"]' <reports.txt       the argument: enc of the cloud's STATE
 */
#include <stdio.h>
#include <string.h>

#include "ess-pack/pack.h"

int main(int count, char **arguments)
{
    static char line[ESS_MESSAGE_MAX];
    ess_pack *device = ess_pack_new(), *cloud = ess_pack_new();
    ess_slice enc = count > 1 ? ess_slice_from(arguments[1]) : ess_pack_announced(cloud);
    ess_pack_peer reads = ess_pack_peer_of(enc);
    bool same = device != NULL && cloud != NULL;

    while (same && fgets(line, sizeof line, stdin) != NULL) {
        ess_slice json = {line, strcspn(line, "\n")}, wire, back;
        ess_fault fault;
        (void)ess_pack_encode(device, &reads, json, &wire);
        if (ess_pack_decode(cloud, wire, &back, NULL, &fault) != ESS_OK) {
            (void)fprintf(stderr, "refused by %s: %s\n", fault.rule, fault.what);
            same = false;
            break;
        }
        same = ess_slice_equal(json, back);
        (void)printf("%zu bytes for %zu\n", wire.len, json.len);
    }
    ess_pack_free(device);
    ess_pack_free(cloud);
    return same ? 0 : 1;
}
