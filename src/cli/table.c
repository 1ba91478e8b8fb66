/* Cells are kept until all are known, because the widest decides the column. */
#include "cli/table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct cli_table {
    size_t columns, count, room;
    char **cells; /* row by row; NULL: empty */
};

typedef struct wide_range {
    uint32_t first, last;
} wide_range;

/* The wide blocks of Unicode that occur in Chinese text. */
static const wide_range wide[] = {
    {0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x20000, 0x3FFFD},
};

static size_t code_width(uint32_t code)
{
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++) {
        if (code >= wide[i].first && code <= wide[i].last)
            return 2;
    }
    return 1;
}

size_t cli_display_width(ess_slice text)
{
    size_t width = 0;
    uint32_t code = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = (uint8_t)text.ptr[i];
        if (byte < 0x80)
            code = byte;
        else if (byte >= 0xC0)
            code = byte >= 0xF0 ? byte & 7u : byte >= 0xE0 ? byte & 15u : byte & 31u;
        else
            code = code << 6 | (byte & 63u);
        bool ends = i + 1 == text.len || ((uint8_t)text.ptr[i + 1] & 0xC0) != 0x80;
        width += ends ? code_width(code) : 0;
    }
    return width;
}

cli_table *cli_table_new(size_t columns)
{
    cli_table *table = calloc(1, sizeof *table);
    if (table != NULL)
        table->columns = columns;
    return table;
}

void cli_table_free(cli_table *table)
{
    for (size_t i = 0; table != NULL && i < table->count; i++)
        free(table->cells[i]);
    if (table != NULL)
        free(table->cells);
    free(table);
}

static bool make_room(cli_table *table)
{
    if (table->count < table->room)
        return true;
    size_t room = table->room == 0 ? 64 : table->room * 2;
    char **cells = realloc(table->cells, room * sizeof *cells);
    if (cells == NULL)
        return false;
    table->cells = cells;
    table->room = room;
    return true;
}

void cli_table_addf(cli_table *table, const char *format, ...)
{
    char *cell = NULL;
    va_list args;
    if (!make_room(table))
        return;
    va_start(args, format);
    if (vasprintf(&cell, format, args) < 0)
        cell = NULL;
    va_end(args);
    for (char *c = cell; c != NULL && *c != '\0'; c++)
        *c = (uint8_t)*c < 0x20 || *c == 0x7F ? '.' : *c;
    table->cells[table->count++] = cell;
}

void cli_table_print(const cli_table *table, FILE *out)
{
    size_t widths[CLI_COLUMNS_MAX] = {0};
    for (size_t i = 0; i < table->count; i++) {
        size_t width = cli_display_width(ess_slice_from(table->cells[i]));
        size_t *widest = &widths[i % table->columns];
        *widest = width > *widest ? width : *widest;
    }
    for (size_t i = 0; i < table->count; i++) {
        size_t column = i % table->columns;
        const char *cell = table->cells[i] != NULL ? table->cells[i] : "";
        size_t pad = widths[column] - cli_display_width(ess_slice_from(cell)) + 2;
        if (column + 1 == table->columns || i + 1 == table->count)
            (void)fprintf(out, "%s\n", cell);
        else
            (void)fprintf(out, "%s%*s", cell, (int)pad, "");
    }
}
