/* A command off the wire: its signature found, taken apart, put together again and checked. What is
 * found must be the very end of the payload; what is right must be what the key signed. Inputs are
 * a payload; the topic and the key are those of the published vectors.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sign.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TOPIC "v1/CMD/ess/SH001/CAB01/PCS"

static const char key_text[] =
    "ess-public:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
static char work[ESS_SIGNED_MAX];
static ess_scratch_name names[ESS_MEMBERS_MAX];

/* The payload without its sig, signed with the same bytes, is the payload. */
static void put_together(ess_slice payload, const ess_signature *signature)
{
    size_t len = signature->signed_part.len;
    char *copy = malloc(payload.len);
    EXPECT(copy != NULL && len == payload.len - 139);
    memcpy(copy, payload.ptr, len);
    memcpy(copy + len, "}}", 2);
    len += 2;
    EXPECT(ess_signature_append(copy, payload.len - 1, &len, signature->bytes) == ESS_E_NO_ROOM);
    EXPECT(ess_signature_append(copy, payload.len, &len, signature->bytes) == ESS_OK);
    EXPECT(len == payload.len && memcmp(copy, payload.ptr, len) == 0);
    free(copy);
}

static void look(ess_slice payload)
{
    uint8_t key[ESS_KEY_BYTES];
    ess_scratch scratch;
    ess_topic topic;
    ess_envelope envelope;
    ess_signature signature;
    ess_slice topic_text = ESS_SLICE_LITERAL(TOPIC), part;
    (void)ess_signature_open(payload, &part); /* takes any bytes */
    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    EXPECT(ess_topic_parse(topic_text, &topic, NULL) == ESS_OK);
    EXPECT(ess_public_key_parse(ESS_SLICE_LITERAL(key_text), key) == ESS_OK);
    if (ess_envelope_parse(payload, &topic, &scratch, &envelope, NULL) != ESS_OK ||
        ess_signature_find(payload, &envelope, &signature, NULL) != ESS_OK)
        return;
    EXPECT(signature.kid.len == ESS_KID_LEN && signature.kid.ptr > payload.ptr);
    EXPECT(envelope.x.ptr + envelope.x.len + 1 == payload.ptr + payload.len);
    put_together(payload, &signature);
    (void)store_verify(key, topic_text, &signature, work);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = malloc(size == 0 ? 1 : size); /* its end is guarded */
    uint8_t key[ESS_KEY_BYTES];
    EXPECT(copy != NULL);
    if (size > 0)
        memcpy(copy, data, size);
    look((ess_slice){copy, size});
    (void)ess_public_key_parse((ess_slice){copy, size}, key);
    free(copy);
    return 0;
}
