/* What the steps of a sequence say of a message that goes out: some of its members, and which it
 * lacks. Two texts are the same when they are without their blanks. */
#ifndef ESS_TESTS_SEQUENCE_MESSAGE_H
#define ESS_TESTS_SEQUENCE_MESSAGE_H

#include "sequence.h"

#include "ess/limits.h"

#define SEQUENCE_TEXT 4096

/* The raw JSON without its blanks; no text that a step names holds one. */
static inline const char *sequence_plain(ess_slice raw, char room[static SEQUENCE_TEXT])
{
    size_t len = 0;
    for (size_t i = 0; i < raw.len && len + 1 < SEQUENCE_TEXT; i++) {
        if (raw.ptr[i] != ' ')
            room[len++] = raw.ptr[i];
    }
    room[len] = '\0';
    return room;
}

/* The text with what is meant in each place of the mark, such as <sid>. */
static inline void sequence_put_mark(const char *text, const char *mark, const char *meant,
                                     char room[static SEQUENCE_TEXT])
{
    size_t len = 0;
    while (*text != '\0' && len + strlen(meant) + 1 < SEQUENCE_TEXT) {
        bool is_mark = strncmp(text, mark, strlen(mark)) == 0;
        len += (size_t)snprintf(room + len, SEQUENCE_TEXT - len, "%.*s", is_mark ? 64 : 1,
                                is_mark ? meant : text);
        text += is_mark ? strlen(mark) : 1;
    }
    room[len] = '\0';
}

static inline void sequence_same_member(const sequence_step *step, const char *name, ess_slice want,
                                        ess_slice have)
{
    char wanted[SEQUENCE_TEXT], said[SEQUENCE_TEXT];
    ess_slice got;
    if (!sequence_has(have, name, &got))
        SEQUENCE_FAIL(step, "no %s in %.300s", name, sequence_plain(have, said));
    if (strcmp(sequence_plain(want, wanted), sequence_plain(got, said)) != 0)
        SEQUENCE_FAIL(step, "%s is %.200s, not %.200s", name, said, wanted);
}

/* Each member of want is in have and the same; what is an object under the name d or x, member by
 * member. */
static inline void sequence_same_members(const sequence_step *step, ess_slice want, ess_slice have)
{
    static const char *const inner[] = {"d", "x"};
    ess_json_reader reader, below;
    ess_json_token key;
    ess_slice raw, got;
    char name[ESS_NAME_MAX + 1];
    sequence_open(&reader, want, ESS_JSON_OBJECT_BEGIN);
    while (sequence_next(&reader, &key, &raw)) {
        assert_int_equal(ess_slice_copy(key.text, name, sizeof name), ESS_OK);
        if (strcmp(name, inner[0]) != 0 && strcmp(name, inner[1]) != 0) {
            sequence_same_member(step, name, raw, have);
            continue;
        }
        if (!sequence_has(have, name, &got))
            SEQUENCE_FAIL(step, "no %s", name);
        sequence_open(&below, raw, ESS_JSON_OBJECT_BEGIN);
        while (sequence_next(&below, &key, &raw)) {
            assert_int_equal(ess_slice_copy(key.text, name, sizeof name), ESS_OK);
            sequence_same_member(step, name, raw, got);
        }
    }
}

/* names: an array of texts; have has none of them, neither itself nor in its d or x. */
static inline void sequence_lacks(const sequence_step *step, ess_slice names, ess_slice have)
{
    ess_json_reader reader;
    ess_slice raw, d, x, got;
    char name[ESS_NAME_MAX + 1];
    assert_true(sequence_has(have, "d", &d));
    if (!sequence_has(have, "x", &x))
        x = (ess_slice){0};
    sequence_open(&reader, names, ESS_JSON_ARRAY_BEGIN);
    while (sequence_next(&reader, NULL, &raw)) {
        (void)sequence_text(raw, name, sizeof name);
        if (sequence_has(have, name, &got) || sequence_has(d, name, &got) ||
            sequence_has(x, name, &got))
            SEQUENCE_FAIL(step, "it has %s", name);
    }
}

#endif
