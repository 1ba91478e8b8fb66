/* Report payloads: live, and batches for backfill. */
#include "codec/try.h"
#include "ess/words.h"
#include "session/word.h"

/* The envelope of a report or batch: a receipt is wanted. code: room for what it borrows. */
static ess_err make_around(const ess_report *first, int64_t t_utc_ms,
                           char code[static ESS_CODE_MAX + 1], ess_envelope *around)
{
    TRY(ess_report_code_print(&first->code, code, ESS_CODE_MAX + 1));
    *around = (ess_envelope){
        .t_utc_ms = t_utc_ms, .code = ess_slice_from(code), .s = ESS_S_METRIC, .te = ESS_TE_REQ};
    return ESS_OK;
}

/* [ENV-23, ENV-04] The judge of an envelope's ns judges a row's too; nothing is written. */
static ess_err check_ns(ess_slice ns)
{
    ess_json_writer nowhere;
    const ess_envelope head = {.ns = ns};
    ess_json_writer_init(&nowhere, NULL, 0);
    return ess_envelope_begin(&nowhere, &head);
}

static void put_row(ess_json_writer *writer, const ess_report *report, bool with_ns)
{
    ess_json_object_begin(writer);
    ess_word_put_int(writer, "n", (int64_t)report->code.n);
    ess_word_put_int(writer, "ts", report->ts_utc_ms);
    if (with_ns)
        ess_word_put_text_if(writer, "ns", report->ns);
    ess_json_key(writer, "v");
    ess_json_raw(writer, report->values);
    ess_json_object_end(writer);
}

static void put_rows(ess_json_writer *writer, const ess_report *reports, size_t count, bool with_ns)
{
    ess_json_object_begin(writer);
    ess_json_key(writer, "rows");
    ess_json_array_begin(writer);
    for (size_t i = 0; i < count; i++)
        put_row(writer, &reports[i], with_ns);
    ess_json_array_end(writer);
    ess_json_object_end(writer);
}

ess_err ess_report_print(const ess_report *report, int64_t t_utc_ms, char *room, size_t room_size,
                         size_t *len)
{
    ess_json_writer writer;
    ess_envelope around;
    char code[ESS_CODE_MAX + 1];
    TRY(make_around(report, t_utc_ms, code, &around));
    around.ns = report->ns;
    around.x = report->x;
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_envelope_begin(&writer, &around));
    /* [TEL-04] A sample's stamp is when it was taken. t says when it was published, so a report
     * published later carries its stamp in a row. */
    if (report->ts_utc_ms == t_utc_ms)
        ess_json_raw(&writer, report->values);
    else
        put_rows(&writer, report, 1, false);
    ess_envelope_end(&writer, &around);
    return ess_json_finish(&writer, len);
}

ess_err ess_batch_print(const ess_report *reports, size_t count, int64_t t_utc_ms, char *room,
                        size_t room_size, size_t *len)
{
    ess_json_writer writer;
    ess_envelope around;
    char code[ESS_CODE_MAX + 1];
    TRY(make_around(&reports[0], t_utc_ms, code, &around));
    for (size_t i = 0; i < count; i++)
        TRY(check_ns(reports[i].ns));
    ess_json_writer_init(&writer, room, room_size);
    TRY(ess_envelope_begin(&writer, &around));
    put_rows(&writer, reports, count, true);
    ess_envelope_end(&writer, &around);
    return ess_json_finish(&writer, len);
}
