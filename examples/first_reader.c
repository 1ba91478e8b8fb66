/* The shortest reader: lines "topic payload" in, each number by name out. reader.c gives receipts. */
#include <stdio.h>
#include <string.h>

#include "ess/shape.h"

static ess_scratch_name names[ESS_MEMBERS_MAX];
static ess_scratch scratch;
static ess_shape_key keys[512];
static ess_shape shape;
static ess_row rows[ESS_ROWS_MAX];
static ess_reading readings[4096];
static char line[ESS_TOPIC_MAX + 1 + ESS_MESSAGE_MAX + 2];

static void show(const ess_reading *reading, const char *payload)
{
    char digits[ESS_DECIMAL_PRINT_MAX];
    size_t len = ess_decimal_print((ess_decimal){reading->mantissa, reading->scale}, digits);
    if (reading->kind == ESS_VALUE_NUMBER)
        printf("%lld %.*s = %.*s\n", (long long)reading->ts_utc_ms, reading->name_len,
               payload + reading->name_at, (int)len, digits);
}

int main(void)
{
    ess_topic topic;
    ess_envelope envelope;
    ess_fault fault;
    ess_readings out = {&shape, &scratch, rows, readings, ESS_ROWS_MAX, 4096, 0, 0};
    ess_scratch_init(&scratch, names, ESS_MEMBERS_MAX);
    ess_shape_init(&shape, keys, 512);
    while (fgets(line, sizeof line, stdin) != NULL && strchr(line, ' ') != NULL) {
        char *payload = strchr(line, ' ') + 1;
        payload[-1] = '\0';
        if (ess_topic_parse(ess_slice_from(line), &topic, &fault) != ESS_OK ||
            ess_report_read(ess_slice_from(payload), &topic, &out, &envelope, &fault) != ESS_OK)
            printf("refused [%s] at byte %u: %s\n", fault.rule, fault.offset, fault.what);
        else
            for (uint32_t i = 0; i < out.readings; i++)
                show(&readings[i], payload);
    }
}
