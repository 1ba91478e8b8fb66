/* Texts are looked up whole; then the few forms are tried, each {} of which stands for any text.
 * Rejected: numbers for the texts, which everybody who adds a refusal would have to keep in step.
 */
#include "config/refusal.h"

#include <stdlib.h>
#include <string.h>

#define PLACE     "{}"
#define PLACE_LEN 2

static int order_of_words(const void *what, const void *row)
{
    return strcmp(what, ((const ess_model_text *)row)->en);
}

const char *config_refusal_words_of(const char *what, bool chinese)
{
    const ess_model_text *row = NULL;
    if (what != NULL && chinese)
        row = bsearch(what, config_refusal_words, config_refusal_word_count,
                      sizeof config_refusal_words[0], order_of_words);
    return row != NULL ? row->zh : what;
}

/* Bytes of form before its next place. */
static size_t plain_len(const char *form)
{
    const char *place = strstr(form, PLACE);
    return place != NULL ? (size_t)(place - form) : strlen(form);
}

/* True when text has the form; parts are then what stands in its places. */
static bool has_form(const char *text, const char *form, ess_slice parts[CONFIG_REFUSAL_PARTS])
{
    size_t len = plain_len(form);
    if (strncmp(text, form, len) != 0)
        return false;
    text += len;
    form += len;
    for (size_t i = 0; *form != '\0'; i++) {
        form += PLACE_LEN;
        len = plain_len(form);
        const char *end =
            len == 0 ? text + strlen(text) : memmem(text, strlen(text), form, len);
        if (end == NULL)
            return false;
        parts[i] = (ess_slice){text, (size_t)(end - text)};
        text = end + len;
        form += len;
    }
    return *text == '\0';
}

static size_t add(char room[static CONFIG_REFUSAL_MAX], size_t len, ess_slice text)
{
    size_t rest = CONFIG_REFUSAL_MAX - 1 - len;
    size_t taken = text.len < rest ? text.len : rest;
    memcpy(room + len, text.ptr, taken);
    return len + taken;
}

static void fill(char room[static CONFIG_REFUSAL_MAX], const char *form, const ess_slice *parts)
{
    size_t len = 0;
    while (*form != '\0') {
        ess_slice plain = {form, plain_len(form)};
        len = add(room, len, plain);
        form += plain.len;
        if (*form == '\0')
            break;
        len = add(room, len, *parts++);
        form += PLACE_LEN;
    }
    while (len > 0 && (room[len - 1] == ' ' || !ess_utf8_valid((ess_slice){room, len})))
        len--; /* a unit that is none; half a character */
    room[len] = '\0';
}

const char *config_refusal_say(const char *text, bool chinese,
                               char room[static CONFIG_REFUSAL_MAX])
{
    ess_slice parts[CONFIG_REFUSAL_PARTS];
    const char *words = config_refusal_words_of(text, chinese);
    if (words != text || text == NULL || !chinese)
        return words;
    for (size_t i = 0; i < config_refusal_form_count; i++) {
        if (has_form(text, config_refusal_forms[i].en, parts)) {
            fill(room, config_refusal_forms[i].zh, parts);
            return room;
        }
    }
    return text;
}
