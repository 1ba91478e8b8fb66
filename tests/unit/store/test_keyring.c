/* Keys on a ring, and what they make of a payload. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "../../lib/lent.h"
#include "store/keyring.h"

#define TOPIC "v1/CMD/ess/SH001/CAB01/PCS"

static store_signer signer_of(uint8_t byte)
{
    uint8_t seed[STORE_SEED_BYTES];
    store_signer signer;
    memset(seed, byte, sizeof seed);
    store_key_pair(seed, signer.public_key, signer.secret);
    ess_kid_print(signer.public_key, signer.kid);
    return signer;
}

static void a_ring_holds_each_kid_once_and_no_more_than_can_be_announced(void **state)
{
    store_keyring ring = {0};
    (void)state;
    for (uint8_t i = 0; i < STORE_KEYS_MAX; i++) {
        store_signer signer = signer_of(i);
        assert_int_equal(store_keyring_add(&ring, signer.public_key), ESS_OK);
        assert_int_equal(store_keyring_add(&ring, signer.public_key), ESS_E_EXISTS);
        const store_public_key *found = store_keyring_find(&ring, ess_slice_from(signer.kid));
        assert_ptr_equal(found, &ring.key[i]);
        assert_memory_equal(found->bytes, signer.public_key, ESS_KEY_BYTES);
    }
    store_signer more = signer_of(99);
    assert_int_equal(store_keyring_add(&ring, more.public_key), ESS_E_NO_ROOM);
    assert_int_equal(ring.count, STORE_KEYS_MAX);
    assert_null(store_keyring_find(&ring, ess_slice_from(more.kid)));
    assert_null(store_keyring_find(&ring, (ess_slice){0}));
}

/* What the ring says of a command with that signer's signature; NULL: with none. */
static store_signed look(const store_keyring *ring, const store_signer *signer, store_seen *seen)
{
    static char room[1024], work[ESS_SIGNED_MAX];
    store_to_sign what = {ESS_SLICE_LITERAL(TOPIC), room, sizeof room};
    ess_topic topic;
    ess_envelope envelope;
    size_t len = (size_t)snprintf(room, sizeof room,
                                  "{\"t\":1,\"code\":\"c1\",\"s\":\"CMD\",\"te\":\"REQ\","
                                  "\"d\":{\"op\":\"stop\"},\"x\":{\"exp\":2%s%s%s}}",
                                  signer == NULL ? "" : ",\"kid\":\"",
                                  signer == NULL ? "" : signer->kid, signer == NULL ? "" : "\"");
    if (signer != NULL)
        assert_int_equal(store_sign(signer, &what, work, &len), ESS_OK);
    ess_slice payload = {room, len};
    assert_int_equal(ess_topic_parse(ESS_SLICE_LITERAL(TOPIC), &topic, NULL), ESS_OK);
    assert_int_equal(ess_envelope_parse(payload, &topic, lent_scratch(), &envelope, NULL), ESS_OK);
    store_signed said = store_keyring_look(ring, payload, &envelope, seen);
    if (said == STORE_TO_VERIFY)
        assert_true(
            store_verify(seen->key->bytes, ESS_SLICE_LITERAL(TOPIC), &seen->signature, work));
    return said;
}

static void a_ring_tells_what_there_is_to_verify(void **state)
{
    store_signer ours = signer_of(1), stranger = signer_of(2);
    store_keyring none = {0}, ring = {0};
    store_seen seen;
    (void)state;
    assert_int_equal(store_keyring_add(&ring, ours.public_key), ESS_OK);
    assert_int_equal(look(&ring, NULL, &seen), STORE_UNSIGNED);
    assert_non_null(seen.fault.rule);
    assert_non_null(seen.fault.what);
    assert_int_equal(look(&none, &ours, &seen), STORE_NO_KEYS);
    assert_true(ess_slice_is(seen.signature.kid, ours.kid));
    assert_int_equal(look(&ring, &stranger, &seen), STORE_UNKNOWN_KEY);
    assert_null(seen.key);
    assert_int_equal(look(&ring, &ours, &seen), STORE_TO_VERIFY);
    assert_ptr_equal(seen.key, &ring.key[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_holds_each_kid_once_and_no_more_than_can_be_announced),
        cmocka_unit_test(a_ring_tells_what_there_is_to_verify),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
