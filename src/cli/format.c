#include "cli/format.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "json/walk.h"

void format_time(int64_t utc_ms, char room[static FORMAT_TIME_SIZE])
{
    struct tm parts = {0};
    time_t seconds = (time_t)(utc_ms / 1000);
    if (utc_ms < 0 || gmtime_r(&seconds, &parts) == NULL || parts.tm_year > 8099) {
        (void)snprintf(room, FORMAT_TIME_SIZE, "%lld ms", (long long)utc_ms);
        return;
    }
    size_t len = strftime(room, FORMAT_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(room + len, FORMAT_TIME_SIZE - len, ".%03dZ", (int)(utc_ms % 1000));
}

void format_age(int64_t ms, bool chinese, char room[static FORMAT_TIME_SIZE])
{
    static const struct {
        int64_t ms;
        ess_model_text unit;
    } units[] = {{86400000, {"d", "天"}},
                 {3600000, {"h", "小时"}},
                 {60000, {"min", "分钟"}},
                 {1000, {"s", "秒"}}};
    size_t i = 0;
    ms = ms > 0 ? ms : 0;
    while (i + 1 < sizeof units / sizeof units[0] && ms < units[i].ms)
        i++;
    (void)snprintf(room, FORMAT_TIME_SIZE, "%lld %s", (long long)(ms / units[i].ms),
                   ess_model_say(units[i].unit, chinese));
}

const ess_model_point *format_point(ess_slice path, ess_slice name)
{
    return ess_model_point_of(ess_model_object_of(path), name);
}

const char *format_label(const ess_model_point *point, bool chinese)
{
    return point == NULL ? "" : ess_model_say(point->label, chinese);
}

static const char *enum_label(const ess_model_point *point, ess_slice raw, bool chinese)
{
    ess_decimal value;
    int64_t number;
    if (point == NULL || point->type != ESS_MODEL_ENUM ||
        ess_decimal_parse(raw, &value) != ESS_OK ||
        ess_decimal_to_integer(value, 0, &number) != ESS_OK)
        return "";
    for (size_t i = 0; i < point->value_count; i++) {
        if (point->values[i].value == number)
            return ess_model_say(point->values[i].label, chinese);
    }
    return "?";
}

static void format_array(const char *unit, ess_slice raw, char *room)
{
    walk w;
    ess_slice item;
    ess_slice least = {0};
    ess_slice most = {0};
    ess_decimal value;
    ess_decimal low = {0};
    ess_decimal high = {0};
    size_t count = 0;
    walk_begin(&w, raw);
    for (; walk_next(&w, NULL, &item); count++) {
        if (ess_decimal_parse(item, &value) != ESS_OK)
            continue;
        if (least.len == 0 || ess_decimal_compare(value, low) < 0) {
            least = item;
            low = value;
        }
        if (most.len == 0 || ess_decimal_compare(value, high) > 0) {
            most = item;
            high = value;
        }
    }
    (void)snprintf(room, FORMAT_VALUE_SIZE, "[%zu] %.*s..%.*s %s", count, (int)least.len,
                   least.len ? least.ptr : "", (int)most.len, most.len ? most.ptr : "", unit);
}

void format_value(const ess_model_point *point, ess_slice raw, bool chinese,
                  char room[static FORMAT_VALUE_SIZE])
{
    const char *unit = point != NULL ? point->unit : "";
    const char *named = enum_label(point, raw, chinese);
    char plain[FORMAT_VALUE_SIZE / 2];
    if (raw.len > 0 && raw.ptr[0] == '[') {
        format_array(unit, raw, room);
        return;
    }
    walk_plain(raw, plain, sizeof plain);
    if (ess_slice_is(raw, "null"))
        (void)snprintf(room, FORMAT_VALUE_SIZE, "-");
    else
        (void)snprintf(room, FORMAT_VALUE_SIZE, "%s%s%s", plain,
                       named[0] != '\0' || unit[0] != '\0' ? " " : "",
                       named[0] != '\0' ? named : unit);
}
