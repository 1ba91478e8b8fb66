#include "check/capture.h"

#include <string.h>

#define WORDS_MAX 4 /* time, retain, qos, topic */

/* Cuts the next word and the space behind it off *rest; false where there is no space. */
static bool cut_word(ess_slice *rest, ess_slice *word)
{
    const char *space = rest->len > 0 ? memchr(rest->ptr, ' ', rest->len) : NULL;
    if (space == NULL)
        return false;
    *word = (ess_slice){rest->ptr, (size_t)(space - rest->ptr)};
    rest->ptr += word->len + 1;
    rest->len -= word->len + 1;
    return true;
}

static bool take_digit(ess_slice word, uint8_t most, uint8_t *out)
{
    if (word.len != 1 || word.ptr[0] < '0' || word.ptr[0] > '0' + most)
        return false;
    *out = (uint8_t)(word.ptr[0] - '0');
    return true;
}

/* "1763827200.369786318" in milliseconds; digits beyond are dropped. */
static bool take_time(ess_slice word, int64_t *out)
{
    int64_t ms = 0;
    int decimals = -1; /* none before the point */
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        if (c == '.' && decimals < 0) {
            decimals = 0;
            continue;
        }
        if (c < '0' || c > '9' || ms > INT64_C(1000000000000000))
            return false;
        if (decimals < 3)
            ms = ms * 10 + (c - '0');
        decimals += decimals >= 0;
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 3; i++)
        ms *= 10;
    *out = ms;
    return word.len > 0;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

ess_slice capture_bytes(ess_slice payload, char *room)
{
    if (payload.len == 0 || payload.len % 2 != 0)
        return payload;
    for (size_t i = 0; i < payload.len; i++) {
        if (hex_of(payload.ptr[i]) < 0)
            return payload;
    }
    for (size_t i = 0; i < payload.len / 2; i++)
        room[i] = (char)(hex_of(payload.ptr[2 * i]) << 4 | hex_of(payload.ptr[2 * i + 1]));
    return (ess_slice){room, payload.len / 2};
}

bool capture_read(ess_slice line, capture *out)
{
    ess_slice words[WORDS_MAX];
    ess_slice rest = line;
    size_t count = 0;
    uint8_t retain;
    capture found = {0};
    if (line.len > 0 && line.ptr[0] == '{')
        return false; /* a bare payload */
    while (count < WORDS_MAX && cut_word(&rest, &words[count])) {
        count++;
        if (memchr(words[count - 1].ptr, '/', words[count - 1].len) != NULL)
            break;
    }
    if (count == WORDS_MAX)
        found.has_circumstances = take_time(words[0], &found.at_utc_ms) &&
                                  take_digit(words[1], 1, &retain) &&
                                  take_digit(words[2], 2, &found.qos);
    if (count != 1 && !found.has_circumstances)
        return false;
    found.retained = found.has_circumstances && retain == 1;
    found.topic = words[count - 1];
    if (found.topic.len == 0 || memchr(found.topic.ptr, '/', found.topic.len) == NULL)
        return false;
    found.payload = rest;
    *out = found;
    return true;
}
