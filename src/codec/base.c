/* Borrowed text and UTF-8. */
#include "ess/base.h"

#include <string.h>

#include "codec/internal.h"

ess_slice ess_slice_from(const char *text)
{
    return (ess_slice){text, text == NULL ? 0 : strlen(text)};
}

bool ess_slice_equal(ess_slice a, ess_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool ess_slice_is(ess_slice a, const char *text)
{
    return ess_slice_equal(a, ess_slice_from(text));
}

ess_err ess_slice_copy(ess_slice a, char *room, size_t room_size)
{
    if (a.len >= room_size)
        return ESS_E_NO_ROOM;
    if (a.len > 0)
        memcpy(room, a.ptr, a.len);
    room[a.len] = '\0';
    return ESS_OK;
}

ess_err ess_refuse(ess_fault *fault, ess_fault why)
{
    if (fault != NULL)
        *fault = why;
    return why.err;
}

/* What may follow a lead byte: the length of the sequence and the range of its second byte. The
 * narrowed ranges are what rules out overlong forms, surrogates and everything above U+10FFFF. */
typedef struct utf8_lead {
    uint8_t first, last; /* lead bytes of this row */
    uint8_t len;
    uint8_t second_min, second_max;
} utf8_lead;

static const utf8_lead utf8_leads[] = {
    {0x00, 0x7F, 1, 0x00, 0x00}, {0xC2, 0xDF, 2, 0x80, 0xBF}, {0xE0, 0xE0, 3, 0xA0, 0xBF},
    {0xE1, 0xEC, 3, 0x80, 0xBF}, {0xED, 0xED, 3, 0x80, 0x9F}, {0xEE, 0xEF, 3, 0x80, 0xBF},
    {0xF0, 0xF0, 4, 0x90, 0xBF}, {0xF1, 0xF3, 4, 0x80, 0xBF}, {0xF4, 0xF4, 4, 0x80, 0x8F},
};

static bool utf8_tail_fits(const unsigned char *bytes, const utf8_lead *lead)
{
    if (bytes[1] < lead->second_min || bytes[1] > lead->second_max)
        return false;
    for (size_t i = 2; i < lead->len; i++) {
        if ((bytes[i] & 0xC0U) != 0x80U)
            return false;
    }
    return true;
}

size_t ess_utf8_step(const char *text, const char *end)
{
    const unsigned char *bytes = (const unsigned char *)text;
    size_t room = (size_t)(end - text);

    for (size_t i = 0; i < sizeof utf8_leads / sizeof utf8_leads[0]; i++) {
        const utf8_lead *lead = &utf8_leads[i];
        if (bytes[0] < lead->first || bytes[0] > lead->last)
            continue;
        if (lead->len == 1)
            return 1;
        return lead->len <= room && utf8_tail_fits(bytes, lead) ? lead->len : 0;
    }
    return 0;
}

bool ess_utf8_valid(ess_slice text)
{
    size_t at = 0;

    while (at < text.len) {
        size_t step = ess_utf8_step(text.ptr + at, text.ptr + text.len);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}
