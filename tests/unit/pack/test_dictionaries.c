/* Two dictionaries at a time [ENC-09]: the newest that both ends hold is used, older ones are read
 * on. The table of this file stands in place of the one that is built in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pack/internal.h"

enum { ROOM = 65536, NEW_ID = 40001, OLD_ID = 40002 };

static unsigned char newer[ROOM], older[ROOM];
const ess_pack_dictionary ess_pack_dictionaries[] = {
    {newer, ROOM, NEW_ID}, {older, ROOM, OLD_ID}, {NULL, 0, 0}};

#define REPORT                                                                                     \
    "{\"t\":1763827200000,\"code\":\"0000002a9f3c01d7-1815\",\"s\":\"METRIC\",\"te\":\"REQ\","     \
    "\"d\":{\"soc\":56.3,\"soe\":146.9,\"iMaxCh\":157,\"iMaxDis\":157,\"pMaxCh\":133.7}}"

static void put_id(unsigned char *dictionary, uint32_t id)
{
    for (int i = 0; i < 4; i++)
        dictionary[4 + i] = (unsigned char)(id >> (8 * i));
}

/* The published one under two names, the older with other contents; zeros behind are contents. */
static int set_up(void **state)
{
    char list[2048], path[1024];
    FILE *file = fopen(ESS_SOURCE_DIR "/spec/dict/dictionaries.json", "rb");
    (void)state;
    assert_non_null(file);
    list[fread(list, 1, sizeof list - 1, file)] = '\0';
    (void)fclose(file);
    char *name = strstr(list, "\"file\": \"");
    assert_non_null(name);
    name += strlen("\"file\": \"");
    *strchr(name, '"') = '\0';
    (void)snprintf(path, sizeof path, "%s/spec/dict/%s", ESS_SOURCE_DIR, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    assert_true(fread(newer, 1, ROOM, file) > 1000);
    (void)fclose(file);
    memcpy(older, newer, ROOM);
    memset(older + ROOM - 20000, 'x', 20000);
    put_id(newer, NEW_ID);
    put_id(older, OLD_ID);
    return 0;
}

static uint32_t used_toward(ess_pack *p, const char *enc, ess_slice *wire)
{
    ess_pack_peer peer = ess_pack_peer_of(ess_slice_from(enc));
    (void)ess_pack_encode(p, &peer, ESS_SLICE_LITERAL(REPORT), wire);
    return ess_pack_zstd_dictionary(*wire);
}

static void the_newest_that_both_hold_is_used(void **state)
{
    ess_pack *p = ess_pack_new();
    ess_slice wire;
    (void)state;
    assert_int_equal(used_toward(p, "[\"zstd:40002\",\"zstd:40001\"]", &wire), NEW_ID);
    assert_int_equal(used_toward(p, "[\"zstd:40001\",\"zstd:40002\"]", &wire), NEW_ID);
    assert_int_equal(used_toward(p, "[\"zstd:40003\",\"zstd:40002\"]", &wire), OLD_ID);
    ess_pack_free(p);
}

static void each_is_read_by_its_id(void **state)
{
    static const char *const encs[] = {"[\"zstd:40001\"]", "[\"zstd:40002\"]"};
    ess_pack *p = ess_pack_new(), *other = ess_pack_new();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        ess_slice wire, json;
        ess_pack_how how;
        uint32_t id = used_toward(p, encs[i], &wire);
        assert_int_equal(id, i == 0 ? NEW_ID : OLD_ID);
        assert_int_equal(ess_pack_decode(other, wire, &json, &how, NULL), ESS_OK);
        assert_true(ess_slice_is(json, REPORT));
        assert_int_equal(how.dictionary, id);
    }
    ess_pack_free(p);
    ess_pack_free(other);
}

static void all_that_are_held_are_announced(void **state)
{
    ess_pack *p = ess_pack_new();
    (void)state;
    assert_true(
        ess_slice_is(ess_pack_announced(p),
                     "[\"json\",\"cols\",\"gzip\",\"zstd\",\"zstd:40001\",\"zstd:40002\"]"));
    ess_pack_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_that_both_hold_is_used),
        cmocka_unit_test(each_is_read_by_its_id),
        cmocka_unit_test(all_that_are_held_are_announced),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
