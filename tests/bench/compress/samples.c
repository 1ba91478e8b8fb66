#include "samples.h"

#include "ess/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(ess_err err, const char *what)
{
    if (err == ESS_OK)
        return;
    fprintf(stderr, "bench: %s: %d\n", what, (int)err);
    exit(1);
}

/* "CAB01/BMS/C1" -> "C1": what the topic does not say. */
static ess_slice below_component(ess_slice path)
{
    for (int levels = 0; levels < 2 && path.len > 0; levels++) {
        const char *slash = memchr(path.ptr, '/', path.len);
        size_t skip = slash == NULL ? path.len : (size_t)(slash - path.ptr) + 1;
        path = (ess_slice){path.ptr + skip, path.len - skip};
    }
    return path;
}

size_t samples_live(const station_report *made, char *room)
{
    ess_report report = made->report;
    size_t len;

    report.ns = below_component(report.ns);
    must(ess_report_print(&report, made->t_utc_ms, room, ESS_MESSAGE_MAX, &len), "report");
    return len;
}

size_t samples_object(station *s, const char *object, uint32_t count, char *room)
{
    static char values[ESS_MESSAGE_MAX], path[64];
    station_report made = {.t_utc_ms = station_now_utc_ms(s) + 17};

    if (station_print_object(s, object, count, values, sizeof values) < count)
        return 0;
    snprintf(path, sizeof path, "CAB01/%s", object);
    station_code(s, (uint64_t)made.t_utc_ms / 1000 % 300000, &made.report.code);
    made.report.ts_utc_ms = station_now_utc_ms(s);
    made.report.ns = ess_slice_from(path);
    made.report.values = ess_slice_from(values);
    return samples_live(&made, room);
}

static const char *const objects[] = {"BMS", "BMS/C1", "PCS", "METER", "TMS", "FIRE"};

/* 100 scalars of one cabinet, object by object, as rows. */
static void put_cabinet(ess_json_writer *out, station *s, const char *unit)
{
    static char values[ESS_MESSAGE_MAX];
    char ns[64];
    uint32_t left = 100;

    for (size_t i = 0; i < sizeof objects / sizeof objects[0] && left > 0; i++) {
        left -= station_print_object(s, objects[i], left, values, sizeof values);
        snprintf(ns, sizeof ns, "%s/%s", unit, objects[i]);
        ess_json_object_begin(out);
        ess_json_key(out, "ts");
        ess_json_int(out, station_now_utc_ms(s) + (int64_t)i * 7);
        ess_json_key(out, "ns");
        ess_json_text(out, ess_slice_from(ns));
        ess_json_key(out, "v");
        ess_json_raw(out, ess_slice_from(values));
        ess_json_object_end(out);
    }
}

size_t samples_two_cabinets(station *one, station *other, char *room)
{
    static char d[ESS_MESSAGE_MAX];
    char text[ESS_CODE_MAX + 1];
    ess_report_code code;
    ess_json_writer out;
    size_t len;
    ess_envelope envelope = {.t_utc_ms = station_now_utc_ms(one) + 57,
                             .s = ESS_S_METRIC,
                             .te = ESS_TE_REQ};

    ess_json_writer_init(&out, d, sizeof d);
    ess_json_object_begin(&out);
    ess_json_key(&out, "rows");
    ess_json_array_begin(&out);
    put_cabinet(&out, one, "CAB01");
    put_cabinet(&out, other, "CAB02");
    ess_json_array_end(&out);
    ess_json_object_end(&out);
    must(ess_json_finish(&out, &len), "two cabinets");
    envelope.d = (ess_slice){d, len};
    station_code(one, (uint64_t)envelope.t_utc_ms / 1000 % 300000, &code);
    must(ess_report_code_print(&code, text, sizeof text), "code");
    envelope.code = ess_slice_from(text);
    must(ess_envelope_print(&envelope, room, ESS_MESSAGE_MAX, &len), "envelope");
    return len;
}

/* ---- values at random, of 1 to 6 digits and 0 to 3 decimals, as in the codec's bench */

static uint64_t chance = 88172645463325252u;

static uint64_t draw(uint64_t below)
{
    chance ^= chance << 13;
    chance ^= chance >> 7;
    chance ^= chance << 17;
    return chance % below;
}

static void put_random(ess_json_writer *out, const ess_model_point *point, uint64_t message)
{
    static const uint64_t sizes[] = {90, 900, 9000, 90000};
    uint64_t seed = chance;
    int64_t value;

    for (const char *c = point->name; *c != '\0'; c++)
        chance = (chance ^ (uint64_t)*c) * 1099511628211u + message / 16;
    value = (int64_t)draw(sizes[draw(4)]) + 5;
    chance = seed;
    value += (int64_t)draw((uint64_t)value / 50 + 4);
    if (draw(6) == 0)
        value = -value;
    ess_json_key(out, point->name);
    ess_json_decimal(out, ess_decimal_make(value, point->decimals > 3 ? 3 : point->decimals));
}

size_t samples_random(uint32_t count, uint64_t message, char *room)
{
    static char values[ESS_MESSAGE_MAX];
    ess_json_writer out;
    ess_report report = {.code = {"0000002a9f3c0100", 1000 + message}, .ns = ESS_SLICE_LITERAL("X")};
    size_t len;

    ess_json_writer_init(&out, values, sizeof values);
    ess_json_object_begin(&out);
    for (size_t i = 0; i < ess_model_object_count && count > 0; i++) {
        for (size_t k = 0; k < ess_model_objects[i].point_count && count > 0; k++) {
            const ess_model_point *point = &ess_model_objects[i].points[k];
            if (point->type == ESS_MODEL_TEXT || point->type == ESS_MODEL_ARRAY)
                continue;
            put_random(&out, point, message);
            count--;
        }
    }
    ess_json_object_end(&out);
    must(ess_json_finish(&out, &len), "random");
    report.values = (ess_slice){values, len};
    report.ts_utc_ms = 1763827200000 + (int64_t)message * 50;
    must(ess_report_print(&report, report.ts_utc_ms, room, ESS_MESSAGE_MAX, &len), "random");
    return len;
}

/* ---- batches */

bool samples_add(samples_batch *batch, const ess_report *report)
{
    size_t i = batch->count;

    if (i == SAMPLES_ROWS || report->values.len >= sizeof batch->values[0] ||
        report->ns.len >= sizeof batch->path[0])
        return false;
    batch->reports[i] = *report;
    memcpy(batch->values[i], report->values.ptr, report->values.len);
    memcpy(batch->path[i], report->ns.ptr, report->ns.len);
    batch->reports[i].values.ptr = batch->values[i];
    batch->reports[i].ns.ptr = batch->path[i];
    batch->count++;
    return true;
}

void samples_full_batch(station *s, const char *object, uint32_t every_s, samples_batch *out)
{
    static char values[ESS_MESSAGE_MAX];
    char path[64];
    ess_report report = {0};

    snprintf(path, sizeof path, "CAB01/%s", object);
    report.ns = ess_slice_from(path);
    station_code(s, (uint64_t)station_now_utc_ms(s) / 1000 % 300000, &report.code);
    out->count = 0;
    for (uint64_t i = 0; i < SAMPLES_BATCH; i++) {
        station_step(s, every_s);
        station_print_object(s, object, UINT32_MAX, values, sizeof values);
        report.values = ess_slice_from(values);
        report.code.n += 1 + i % 3 % 2;
        report.ts_utc_ms = station_now_utc_ms(s) + (int64_t)(report.code.n * 31 % 11);
        if (!samples_add(out, &report))
            exit(1);
    }
}

static void add_cabinet(samples_batch *batch, station *s, const char *unit, ess_report *report)
{
    static char values[ESS_MESSAGE_MAX];
    char path[64];
    uint32_t left = 100;

    for (size_t i = 0; i < sizeof objects / sizeof objects[0] && left > 0; i++) {
        left -= station_print_object(s, objects[i], left, values, sizeof values);
        snprintf(path, sizeof path, "%s/%s", unit, objects[i]);
        report->ns = ess_slice_from(path);
        report->values = ess_slice_from(values);
        report->code.n++;
        report->ts_utc_ms = station_now_utc_ms(s) + (int64_t)i * 7;
        if (!samples_add(batch, report))
            exit(1);
    }
}

void samples_200_batch(station *one, station *other, uint32_t every_s, samples_batch *out)
{
    ess_report report = {0};

    station_code(one, (uint64_t)station_now_utc_ms(one) / 1000 % 300000, &report.code);
    out->count = 0;
    for (int i = 0; i < SAMPLES_BATCH / 2; i++) {
        station_step(one, every_s);
        station_step(other, every_s);
        add_cabinet(out, one, "CAB01", &report);
        add_cabinet(out, other, "CAB02", &report);
    }
}

size_t samples_batch_rows(const samples_batch *batch, int64_t t_utc_ms, char *room)
{
    size_t len;

    must(ess_batch_print(batch->reports, batch->count, t_utc_ms, room, ESS_MESSAGE_MAX, &len),
         "batch");
    return len;
}

size_t samples_batch_columns(ess_pack *p, const samples_batch *batch, int64_t t_utc_ms, char *room)
{
    ess_pack_row rows[SAMPLES_ROWS];
    char code[ESS_CODE_MAX + 1];
    ess_envelope envelope = {.t_utc_ms = t_utc_ms, .s = ESS_S_METRIC, .te = ESS_TE_REQ};
    size_t len;

    for (size_t i = 0; i < batch->count; i++)
        rows[i] = (ess_pack_row){.n = batch->reports[i].code.n,
                             .ts_utc_ms = batch->reports[i].ts_utc_ms,
                             .ns = batch->reports[i].ns,
                             .values = batch->reports[i].values};
    must(ess_pack_columns(p, rows, batch->count, &envelope.d), "columns");
    must(ess_report_code_print(&batch->reports[0].code, code, sizeof code), "code");
    envelope.code = ess_slice_from(code);
    must(ess_envelope_print(&envelope, room, ESS_MESSAGE_MAX, &len), "envelope");
    return len;
}
