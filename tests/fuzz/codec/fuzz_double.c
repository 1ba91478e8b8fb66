/* Number texts, against the C library's strtod bit for bit; eight bytes are a double too, which
 * must come back from what is printed of it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess/decimal.h"
#include "ess/double.h"
#include "ess/json.h"

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            abort();                                                                               \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const uint8_t *data)
{
    char room[ESS_DOUBLE_PRINT_MAX];
    char longest[32];
    double value = 0;
    double back = 0;

    memcpy(&value, data, sizeof value);
    size_t len = ess_double_print(value, room);
    EXPECT((len == 0) == !isfinite(value));
    if (len == 0)
        return;
    EXPECT(len <= (size_t)snprintf(longest, sizeof longest, "%.17g", value));
    EXPECT(ess_double_parse((ess_slice){room, len}, &back) == ESS_OK);
    EXPECT(memcmp(&back, &value, sizeof value) == 0);
}

static void parse(ess_slice text, const char *terminated)
{
    double value = 0;
    double wanted = strtod(terminated, NULL);
    ess_err err = ess_double_parse(text, &value);

    if (err == ESS_OK)
        EXPECT(memcmp(&value, &wanted, sizeof value) == 0);
    else
        EXPECT(err == ESS_E_JSON_SYNTAX || (err == ESS_E_NUMBER && isinf(wanted)));
    ess_decimal decimal;
    ess_err exact = ess_decimal_parse(text, &decimal);
    EXPECT((exact == ESS_E_JSON_SYNTAX) == (err == ESS_E_JSON_SYNTAX));
    if (exact != ESS_OK)
        return;
    char room[ESS_DECIMAL_PRINT_MAX];
    ess_decimal back;
    size_t len = ess_decimal_print(decimal, room);
    EXPECT(ess_decimal_parse((ess_slice){room, len}, &back) == ESS_OK);
    EXPECT(back.mantissa == decimal.mantissa && back.scale == decimal.scale);
    /* Decimals have no -0. */
    EXPECT(ess_decimal_to_double(decimal) == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[4096];

    if (size >= sizeof text)
        return 0;
    if (size == sizeof(double))
        print(data);
    memcpy(text, data, size);
    text[size] = '\0';
    parse((ess_slice){(const char *)data, size}, text);
    return 0;
}
