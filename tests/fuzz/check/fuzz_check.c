/* Any bytes as a capture, line by line, through all that is judged. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* The key of a seed of ones; every class needs a signature, and another major is expected. */
    store_keyring keys = {.count = 0};
    store_signer signer;
    uint8_t seed[STORE_SEED_BYTES];
    memset(seed, 1, sizeof seed);
    store_key_pair(seed, signer.public_key, signer.secret);
    (void)store_keyring_add(&keys, signer.public_key);
    check *all = check_new(&(check_options){.keys = &keys, .majors = {{1, 2}, 2}});
    check_findings *findings = malloc(sizeof *findings);
    if (all == NULL || findings == NULL)
        abort();
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end != NULL ? (size_t)(end - data) - at : size - at;
        char *line = malloc(len + 1); /* of the exact size, so that reading past it is seen */
        capture from;
        if (line == NULL)
            abort();
        memcpy(line, data + at, len);
        if (capture_read((ess_slice){line, len}, &from)) {
            from.payload = capture_bytes(from.payload, line + (from.payload.ptr - line));
            check_next(all, &from, findings, NULL);
        }
        free(line);
        at += len + 1;
    }
    check_end(all, findings);
    check_free(all);
    free(findings);
    return 0;
}
