/* What is encoded comes back; what is not whole, too large or unknown is refused by its rule, and
 * costs no more than its limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "ess/json.h"
#include "pack/internal.h"

static char text[2 * ESS_MESSAGE_MAX], kept[ESS_MESSAGE_MAX];

static uint32_t draw(uint64_t *chance, uint32_t below)
{
    *chance = *chance * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(*chance >> 33) % below;
}

/* A report of about so many bytes. */
static ess_slice make_report(size_t bytes, uint64_t seed)
{
    static const char *const names[] = {"soc", "soh", "v", "i", "p", "cellVMax", "cellVMin", "x1"};
    uint64_t chance = seed;
    size_t len = (size_t)sprintf(text,
                                 "{\"t\":1763827200000,\"code\":\"0000002a9f3c01d7-%u\","
                                 "\"s\":\"METRIC\",\"te\":\"REQ\",\"d\":{",
                                 draw(&chance, 100000) + 1);
    for (unsigned i = 0; len < bytes; i++)
        len += (size_t)sprintf(text + len, "%s\"%s%u\":%u.%u", i == 0 ? "" : ",",
                               names[draw(&chance, 8)], i, draw(&chance, 1000), draw(&chance, 9));
    len += (size_t)sprintf(text + len, "}}");
    return (ess_slice){text, len};
}

static const char *refused_by(ess_pack *p, ess_slice wire)
{
    ess_fault fault = {0};
    ess_slice json = {NULL, 77};
    char *exact = malloc(wire.len == 0 ? 1 : wire.len); /* a byte read too far is noticed */
    assert_non_null(exact);
    memcpy(exact, wire.ptr, wire.len);
    ess_err err = ess_pack_decode(p, (ess_slice){exact, wire.len}, &json, NULL, &fault);
    free(exact);
    if (err == ESS_OK)
        return "";
    assert_int_equal(json.len, 77); /* untouched */
    assert_int_equal(fault.err, err);
    assert_non_null(fault.what);
    return fault.rule;
}

static const ess_pack_peer *peer_of(ess_pack_method method)
{
    static ess_pack_peer peers[] = {
        [ESS_PACK_JSON] = {0}, [ESS_PACK_GZIP] = {.gzip = true}, [ESS_PACK_ZSTD] = {.zstd = true}};
    static ess_pack_peer dictionary;
    dictionary = (ess_pack_peer){.zstd = true, .dictionary = ess_pack_dictionaries[0].id};
    return method == ESS_PACK_ZSTD_DICTIONARY ? &dictionary : &peers[method];
}

static void every_method_gives_back_what_went_in(void **state)
{
    static const size_t sizes[] = {120, 300, 4000, 40000, ESS_MESSAGE_MAX - 100};
    ess_pack *p = ess_pack_new(), *other = ess_pack_new();
    (void)state;
    for (ess_pack_method method = ESS_PACK_JSON; method <= ESS_PACK_ZSTD_DICTIONARY; method++) {
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            ess_slice report = make_report(sizes[i], i + 1), wire, back;
            ess_pack_how how;
            assert_true(report.len <= ESS_MESSAGE_MAX);
            ess_pack_method used = ess_pack_encode(p, peer_of(method), report, &wire);
            assert_true(used == method || (used == ESS_PACK_JSON && report.len < 200));
            assert_true(used == ESS_PACK_JSON ? wire.ptr == report.ptr : wire.len < report.len);
            assert_int_equal(ess_pack_decode(other, wire, &back, &how, NULL), ESS_OK);
            assert_true(ess_slice_equal(back, report));
            assert_int_equal(how.method, used);
            assert_false(how.columns);
            assert_int_equal(how.dictionary,
                             used == ESS_PACK_ZSTD_DICTIONARY ? ess_pack_dictionaries[0].id : 0);
        }
    }
    ess_pack_free(p);
    ess_pack_free(other);
}

static void every_truncation_and_every_byte_more_is_refused(void **state)
{
    ess_pack *p = ess_pack_new();
    (void)state;
    for (ess_pack_method method = ESS_PACK_GZIP; method <= ESS_PACK_ZSTD_DICTIONARY; method++) {
        ess_slice wire;
        assert_int_equal(ess_pack_encode(p, peer_of(method), make_report(600, 3), &wire), method);
        memcpy(kept, wire.ptr, wire.len);
        kept[wire.len] = 0;
        /* Of less than its magic nothing can be said: it is no JSON, and the reader says so. */
        for (size_t len = 4; len < wire.len; len++)
            assert_string_equal(refused_by(p, (ess_slice){kept, len}), "ENC-06");
        assert_string_equal(refused_by(p, (ess_slice){kept, wire.len + 1}), "ENC-06");
        assert_string_equal(refused_by(p, (ess_slice){kept, wire.len}), "");
    }
    ess_pack_free(p);
}

/* Any result is right but a crash, a leak, or more than the limit. */
static void changed_bytes_do_no_harm(void **state)
{
    ess_pack *p = ess_pack_new();
    (void)state;
    for (ess_pack_method method = ESS_PACK_GZIP; method <= ESS_PACK_ZSTD_DICTIONARY; method++) {
        ess_slice wire;
        (void)ess_pack_encode(p, peer_of(method), make_report(400, 4), &wire);
        memcpy(kept, wire.ptr, wire.len);
        size_t len = wire.len;
        for (size_t i = 0; i < len; i++) {
            for (unsigned flip = 1; flip < 256; flip = flip * 3 + 2) {
                kept[i] = (char)(kept[i] ^ (char)flip);
                (void)refused_by(p, (ess_slice){kept, len});
                kept[i] = (char)(kept[i] ^ (char)flip);
            }
        }
    }
    ess_pack_free(p);
}

/* ---- bombs */

static size_t gzip_zeros(size_t bytes, char *room, size_t room_size)
{
    static char zeros[65536];
    z_stream stream = {0};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_out = (Bytef *)room;
    stream.avail_out = (uInt)room_size;
    for (size_t done = 0; done < bytes; done += sizeof zeros) {
        stream.next_in = (Bytef *)zeros;
        stream.avail_in = sizeof zeros;
        assert_int_equal(deflate(&stream, Z_NO_FLUSH), Z_OK);
    }
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room_size - stream.avail_out;
}

static void a_gzip_bomb_is_refused_when_its_limit_is_full(void **state)
{
    ess_pack *p = ess_pack_new();
    (void)state;
    size_t len = gzip_zeros(64u << 20, text, sizeof text);
    assert_true(len < 70000);
    assert_string_equal(refused_by(p, (ess_slice){text, len}), "ENC-04");
    len = gzip_zeros(1u << 17, text, sizeof text);
    assert_true(len < 512);
    assert_string_equal(refused_by(p, (ess_slice){text, len}), "ENC-05");
    ess_pack_free(p);
}

/* Blocks that repeat one byte 128 Ki times each; size: as the frame states it, 0: it does not. */
static size_t repeat_blocks(unsigned blocks, uint32_t size, char *room)
{
    static const char unstated[] = "\x28\xB5\x2F\xFD\x00\x38", stated[] = "\x28\xB5\x2F\xFD\xA0";
    size_t len = size == 0 ? 6 : 5;
    memcpy(room, size == 0 ? unstated : stated, len);
    for (int i = 0; i < 4 && size != 0; i++)
        room[len++] = (char)(size >> (8 * i));
    for (unsigned i = 0; i < blocks; i++) {
        uint32_t head = ESS_MESSAGE_MAX << 3 | 1u << 1 | (i + 1 == blocks);
        memcpy(room + len, (char[]){(char)head, (char)(head >> 8), (char)(head >> 16), ' '}, 4);
        len += 4;
    }
    return len;
}

static void a_zstd_bomb_is_refused_by_what_it_states_and_by_what_it_gives(void **state)
{
    ess_pack *p = ess_pack_new();
    (void)state;
    size_t len = repeat_blocks(64, 0, text);
    assert_string_equal(refused_by(p, (ess_slice){text, len}), "ENC-05");
    len = repeat_blocks(65, 0, text);
    assert_string_equal(refused_by(p, (ess_slice){text, len}), "ENC-07");
    len = repeat_blocks(64, 64 * ESS_MESSAGE_MAX, text);
    assert_string_equal(refused_by(p, (ess_slice){text, len}), "ENC-04");
    len = repeat_blocks(1, ESS_MESSAGE_MAX, text);
    assert_string_equal(refused_by(p, (ess_slice){text, len}), "ENC-05");
    /* 2 GiB stated, and the window that goes with it. */
    memcpy(text, "\x28\xB5\x2F\xFD\x80\xA8\x00\x00\x00\x80\x03\x00\x00 ", 14);
    assert_string_equal(refused_by(p, (ess_slice){text, 14}), "ENC-07");
    ess_pack_free(p);
}

static void more_than_a_message_is_not_looked_into(void **state)
{
    ess_pack *p = ess_pack_new();
    (void)state;
    memset(text, 0, sizeof text);
    memcpy(text, "\x28\xB5\x2F\xFD", 4);
    assert_string_equal(refused_by(p, (ess_slice){text, ESS_MESSAGE_MAX + 1}), "DLV-09");
    ess_pack_free(p);
}

/* ---- what a sender does */

static void what_gains_nothing_or_too_much_goes_plain(void **state)
{
    ess_pack *p = ess_pack_new();
    ess_slice wire, tiny = ESS_SLICE_LITERAL("{\"q\":7}");
    (void)state;
    assert_int_equal(ess_pack_encode(p, peer_of(ESS_PACK_GZIP), tiny, &wire), ESS_PACK_JSON);
    assert_ptr_equal(wire.ptr, tiny.ptr);
    memset(text, ' ', ESS_MESSAGE_MAX);
    memcpy(text, "{}", 2);
    ess_slice blank = {text, ESS_MESSAGE_MAX};
    assert_int_equal(ess_pack_encode(p, peer_of(ESS_PACK_ZSTD), blank, &wire), ESS_PACK_JSON);
    assert_int_equal(ess_pack_encode(p, peer_of(ESS_PACK_GZIP), blank, &wire), ESS_PACK_JSON);
    assert_ptr_equal(wire.ptr, blank.ptr);
    assert_int_equal(ess_pack_encode(p, &(ess_pack_peer){.zstd = true, .dictionary = 99},
                                     make_report(500, 1), &wire),
                     ESS_PACK_JSON);
    ess_pack_free(p);
}

static void a_peer_reads_what_its_state_says(void **state)
{
    char newest[64];
    (void)snprintf(newest, sizeof newest, "[\"zstd:1\",\"zstd:%u\",\"zstd:2\"]",
                   (unsigned)ess_pack_dictionaries[0].id);
    const struct {
        const char *enc;
        ess_pack_peer peer;
        ess_pack_method best;
    } cases[] = {
        {"", {0}, ESS_PACK_JSON},
        {"[]", {0}, ESS_PACK_JSON},
        {"[\"json\"]", {0}, ESS_PACK_JSON},
        {"[\"br\",\"GZIP\",\"zstd:\",\"zstd:1\"]", {0}, ESS_PACK_JSON},
        {"[\"json\",\"gzip\"]", {.gzip = true}, ESS_PACK_GZIP},
        {"[\"gzip\",\"zstd\",\"cols\"]", {true, true, true, 0}, ESS_PACK_ZSTD},
        {newest, {.dictionary = ess_pack_dictionaries[0].id}, ESS_PACK_ZSTD_DICTIONARY},
        {"\"gzip\"", {0}, ESS_PACK_JSON},
        {"[\"gzip\"", {.gzip = true}, ESS_PACK_GZIP}, /* the reader of STATE refuses it before */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ess_pack_peer peer = ess_pack_peer_of(ess_slice_from(cases[i].enc));
        assert_int_equal(peer.gzip, cases[i].peer.gzip);
        assert_int_equal(peer.zstd, cases[i].peer.zstd);
        assert_int_equal(peer.columns, cases[i].peer.columns);
        assert_int_equal(peer.dictionary, cases[i].peer.dictionary);
        assert_int_equal(ess_pack_best(&peer), cases[i].best);
    }
}

static void what_is_announced_is_what_is_read(void **state)
{
    ess_pack *p = ess_pack_new();
    ess_pack_peer peer = ess_pack_peer_of(ess_pack_announced(p));
    (void)state;
    assert_true(peer.gzip && peer.zstd && peer.columns);
    assert_int_equal(peer.dictionary, ess_pack_dictionaries[0].id);
    ess_pack_free(p);
}

/* As the line gives a message without a payload. */
static void no_bytes_at_all_are_no_json(void **state)
{
    ess_pack *p = ess_pack_new();
    ess_slice json;
    (void)state;
    assert_int_equal(ess_pack_decode(p, (ess_slice){NULL, 0}, &json, NULL, NULL), ESS_OK);
    assert_int_equal(json.len, 0);
    ess_pack_free(p);
}

static void nothing_to_free_is_nothing(void **state)
{
    (void)state;
    ess_pack_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_gives_back_what_went_in),
        cmocka_unit_test(every_truncation_and_every_byte_more_is_refused),
        cmocka_unit_test(changed_bytes_do_no_harm),
        cmocka_unit_test(a_gzip_bomb_is_refused_when_its_limit_is_full),
        cmocka_unit_test(a_zstd_bomb_is_refused_by_what_it_states_and_by_what_it_gives),
        cmocka_unit_test(more_than_a_message_is_not_looked_into),
        cmocka_unit_test(what_gains_nothing_or_too_much_goes_plain),
        cmocka_unit_test(a_peer_reads_what_its_state_says),
        cmocka_unit_test(what_is_announced_is_what_is_read),
        cmocka_unit_test(no_bytes_at_all_are_no_json),
        cmocka_unit_test(nothing_to_free_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
