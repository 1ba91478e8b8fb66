/* The shortest device: each line "soc power" on stdin becomes a numbered report on stdout.
 * It forgets what it has sent; device.c keeps reports until the cloud's receipt. */
#include <stdio.h>
#include <time.h>

#include "ess/words.h"

static void put(ess_json_writer *d, const char *name, const char *text)
{
    ess_decimal value;
    ess_json_key(d, name);
    if (ess_decimal_parse(ess_slice_from(text), &value) == ESS_OK)
        ess_json_decimal(d, value);
    else
        ess_json_null(d); /* DAT-01: the value is invalid now */
}

int main(void)
{
    char soc[32], power[32], values[128], payload[512];
    ess_report report = {.code = {.sid = "0000000100000001"}}; /* new with each start: PRE-04 */
    size_t len;
    while (scanf("%31s %31s", soc, power) == 2) {
        int64_t now_utc_ms = (int64_t)time(NULL) * 1000;
        ess_json_writer d;
        ess_json_writer_init(&d, values, sizeof values);
        ess_json_object_begin(&d);
        put(&d, "soc", soc);
        put(&d, "p", power);
        ess_json_object_end(&d);
        report.code.n++;
        report.ts_utc_ms = now_utc_ms;
        report.values.ptr = values;
        if (ess_json_finish(&d, &report.values.len) == ESS_OK &&
            ess_report_print(&report, now_utc_ms, payload, sizeof payload, &len) == ESS_OK)
            printf("v1/DATA/ess/SH001/CAB01/BMS %.*s\n", (int)len, payload);
    }
    return 0;
}
