/* The envelope of a report, predicted: see ess_shape_head.
 *
 * Why what it accepts is right: all bytes up to the brace of d equal those of a payload that the
 * strict reader accepted under the same type, unit and component, but for digits of t and digits
 * at the end of the code; both are checked here to the end. Nothing may follow d but the closing
 * brace, which the caller sees to. So whatever held of that envelope holds of this one.
 */
#include "codec/internal.h"
#include "codec/lane.h"
#include "codec/number.h"

enum { T_LEN_LEAST = 9, T_LEN_MOST = 16, N_LEN_MOST = 8 };

static inline uint64_t word_at(const void *at)
{
    uint64_t word = 0;

    memcpy(&word, at, sizeof word);
    return word;
}

/* len characters, 1..8; eight bytes are readable. False: they are not all digits. */
static bool read_digits(const char *at, unsigned len, uint64_t *value)
{
    uint64_t digits = (word_at(at) ^ ESS_WORD_OF('0')) << 8 * (8 - len);

    *value = ess_digits_join(digits);
    return ess_not_digits(digits) == 0;
}

static bool is_place(const ess_shape_head *head, const ess_topic *topic)
{
    return topic->version == 1 && head->type == (uint8_t)topic->type &&
           head->unit_len == topic->unit.len && head->component_len == topic->component.len &&
           ess_is_short((ess_slice){head->place, head->unit_len}, topic->unit) &&
           ess_is_short((ess_slice){head->place + head->unit_len, head->component_len},
                        topic->component);
}

static bool is_text(const ess_shape_head *head, const char *text)
{
    uint64_t differ = 0;

    for (size_t i = 0; i < head->len; i += 8)
        differ |= (word_at(text + i) ^ word_at(head->text + i)) & word_at(head->mask + i);
    return differ == 0;
}

static bool read_t(const ess_shape_head *head, const char *text, int64_t *t_utc_ms)
{
    const char *at = text + head->t_at;
    uint64_t high = 0;
    uint64_t low = 0;

    if (!read_digits(at, head->t_len - 8U, &high) || !read_digits(at + head->t_len - 8, 8, &low) ||
        *at == '0')
        return false;
    *t_utc_ms = (int64_t)(high * 100000000 + low);
    return *t_utc_ms <= ESS_TIME_MAX;
}

static bool is_code(const ess_shape_head *head, const char *text)
{
    uint64_t n = 0;

    return head->n_len == 0 || read_digits(text + head->n_at, head->n_len, &n);
}

bool ess_head_read(const ess_shape_head *head, ess_slice payload, const ess_topic *topic,
                   ess_envelope *out)
{
    const char *text = payload.ptr;
    int64_t t_utc_ms = 0;

    /* Words are compared, so a few bytes behind the head must be there. */
    if (head->len == 0 || payload.len < head->len + 8U || payload.len > ESS_MESSAGE_MAX ||
        !is_place(head, topic) || !is_text(head, text) || !read_t(head, text, &t_utc_ms) ||
        !is_code(head, text))
        return false;
    out->t_utc_ms = t_utc_ms;
    out->ns = (ess_slice){text + head->ns_at, head->ns_len};
    out->code = (ess_slice){text + head->code_at, head->code_len};
    out->s = (ess_service)head->s;
    out->te = (ess_exchange)head->te;
    out->d = (ess_slice){text + head->len - 1, 0};
    out->x = (ess_slice){0};
    return true;
}

/* --- learning */

static void keep_place(ess_shape_head *head, const ess_topic *topic)
{
    head->type = (uint8_t)topic->type;
    head->unit_len = (uint8_t)topic->unit.len;
    head->component_len = (uint8_t)topic->component.len;
    if (topic->unit.len > 0)
        memcpy(head->place, topic->unit.ptr, topic->unit.len);
    if (topic->component.len > 0)
        memcpy(head->place + topic->unit.len, topic->component.ptr, topic->component.len);
}

static uint8_t place_of(ess_slice part, const char *text)
{
    return part.len > 0 ? (uint8_t)(part.ptr - text) : 0;
}

/* Digits at the end, as many as can be checked at once. */
static size_t count_digits(ess_slice code)
{
    size_t count = 0;

    while (count < N_LEN_MOST && count < code.len &&
           (unsigned char)(code.ptr[code.len - 1 - count] - '0') < 10)
        count++;
    return count;
}

void ess_head_learn(ess_shape_head *head, const ess_walk_of *of, const ess_envelope *envelope)
{
    const char *text = of->payload.ptr;
    size_t len = (size_t)(envelope->d.ptr - text) + 1;
    ess_slice t = of->lane->t_text;
    ess_slice code = envelope->code;

    head->len = 0;
    /* Nothing behind d: so all that the envelope has is before it. */
    if (!ess_number_quick() || len > ESS_SHAPE_HEAD_MAX || t.len < T_LEN_LEAST ||
        t.len > T_LEN_MOST || envelope->x.len > 0 ||
        of->topic->unit.len + of->topic->component.len > sizeof head->place ||
        envelope->d.ptr + envelope->d.len + 1 != text + of->payload.len)
        return;
    memset(head, 0, sizeof *head);
    memset(head->mask, 0xFF, len);
    memcpy(head->text, text, len);
    head->t_at = place_of(t, text);
    head->t_len = (uint8_t)t.len;
    memset(head->mask + head->t_at, 0, t.len);
    head->ns_at = place_of(envelope->ns, text);
    head->ns_len = (uint8_t)envelope->ns.len;
    head->code_at = place_of(code, text);
    head->code_len = (uint8_t)code.len;
    head->n_len = (uint8_t)count_digits(code);
    head->n_at = (uint8_t)(head->code_at + code.len - head->n_len);
    memset(head->mask + head->n_at, 0, head->n_len);
    head->s = (uint8_t)envelope->s;
    head->te = (uint8_t)envelope->te;
    head->names = (uint8_t)of->lane->names_open;
    keep_place(head, of->topic);
    head->len = (uint8_t)len;
}
