/* Sealing, the key file, passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "port/file.h"
#include "store/seal.h"

static const store_key key = {{1}}, other_key = {{2}};
static char folder[32], path[64];

static void opens_only_what_was_sealed_with_key_and_context(void **state)
{
    (void)state;
    static const char text[] = "sixteen and more bytes";
    uint8_t sealed[sizeof text + STORE_SEAL_OVERHEAD];
    char plain[sizeof text];
    ess_slice context = ESS_SLICE_LITERAL("place 1"), whole = {(const char *)sealed, sizeof sealed};
    store_seal(&key, context, (ess_slice){text, sizeof text}, sealed);
    assert_int_equal(store_unseal(&key, context, whole, plain), ESS_OK);
    assert_string_equal(plain, text);
    assert_int_equal(store_unseal(&other_key, context, whole, plain), ESS_E_CORRUPT);
    assert_int_equal(store_unseal(&key, ESS_SLICE_LITERAL("place 2"), whole, plain),
                     ESS_E_CORRUPT);
    for (size_t len = 0; len < sizeof sealed; len++) {
        whole.len = len;
        assert_int_equal(store_unseal(&key, context, whole, plain), ESS_E_CORRUPT);
        assert_int_not_equal(strncmp(plain, text, 8), 0);
    }
}

static void opens_in_place(void **state)
{
    (void)state;
    uint8_t sealed[5 + STORE_SEAL_OVERHEAD];
    store_seal(&key, (ess_slice){NULL, 0}, ESS_SLICE_LITERAL("hello"), sealed);
    assert_int_equal(store_unseal(&key, (ess_slice){NULL, 0},
                                  (ess_slice){(const char *)sealed, sizeof sealed},
                                  (char *)sealed + 24),
                     ESS_OK);
    assert_memory_equal(sealed + 24, "hello", 5);
}

static void missing_key_file_is_made_and_read_again(void **state)
{
    (void)state;
    store_key made = {{0}}, read = {{0}};
    struct stat about;
    (void)unlink(path);
    assert_int_equal(store_key_load(path, &made), ESS_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(store_key_load(path, &read), ESS_OK);
    assert_memory_equal(&made, &read, sizeof made);
    store_key_forget(&made);
    assert_memory_not_equal(&made, &read, sizeof made);
}

#define HEX60 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"

static void bad_key_files_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned mode;
        ess_err err;
    } cases[] = {
        {HEX60 "cdef\n", 0600, ESS_OK},
        {HEX60 "CDEF\n", 0400, ESS_OK},
        {HEX60 "cdef\n", 0640, ESS_E_PERMISSION},
        {HEX60 "cdef\n", 0604, ESS_E_PERMISSION},
        {HEX60 "cdef", 0600, ESS_E_CORRUPT},
        {HEX60 "cde\n", 0600, ESS_E_CORRUPT},
        {HEX60 "cdeg\n", 0600, ESS_E_CORRUPT},
        {HEX60 "cdef\n\n", 0600, ESS_E_CORRUPT},
        {HEX60 "cdef0\n", 0600, ESS_E_CORRUPT},
        {HEX60 HEX60 "\n", 0600, ESS_E_CORRUPT},
        {"", 0600, ESS_E_CORRUPT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        store_key out = {{9}};
        assert_int_equal(port_write_atomic(NULL, path, ess_slice_from(cases[i].text), 0600),
                         ESS_OK);
        assert_int_equal(chmod(path, cases[i].mode), 0);
        assert_int_equal(store_key_load(path, &out), cases[i].err);
        assert_int_equal(out.bytes[0], cases[i].err == ESS_OK ? 1 : 9);
    }
}

static void key_in_a_missing_folder_is_an_error(void **state)
{
    (void)state;
    store_key out;
    assert_int_equal(store_key_load("/nowhere/at/all/key", &out), ESS_E_NOT_FOUND);
}

static void password_matches_its_own_hash_alone(void **state)
{
    (void)state;
    char hash[STORE_PASSWORD_MAX];
    assert_int_equal(store_password_hash(ESS_SLICE_LITERAL("correct horse"), hash), ESS_OK);
    assert_int_equal(strncmp(hash, "$argon2id$", 10), 0);
    assert_true(store_password_matches(hash, ESS_SLICE_LITERAL("correct horse")));
    assert_false(store_password_matches(hash, ESS_SLICE_LITERAL("correct horsf")));
    assert_false(store_password_matches(hash, ESS_SLICE_LITERAL("")));
    assert_false(store_password_matches("", ESS_SLICE_LITERAL("")));
    assert_false(store_password_matches("plain", ESS_SLICE_LITERAL("plain")));
}

static void hash_is_blake2b_in_hex(void **state)
{
    (void)state;
    char hash[STORE_HASH_MAX];
    store_hash(ESS_SLICE_LITERAL("abc"), hash);
    assert_string_equal(hash, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    store_hash((ess_slice){NULL, 0}, hash);
    assert_string_equal(hash, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
}

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/ess-seal-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/key", folder);
    return 0;
}

static int drop_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_only_what_was_sealed_with_key_and_context),
        cmocka_unit_test(opens_in_place),
        cmocka_unit_test(missing_key_file_is_made_and_read_again),
        cmocka_unit_test(bad_key_files_are_refused),
        cmocka_unit_test(key_in_a_missing_folder_is_an_error),
        cmocka_unit_test(password_matches_its_own_hash_alone),
        cmocka_unit_test(hash_is_blake2b_in_hex),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
