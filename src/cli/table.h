/* Aligned columns of text for people; East Asian characters count as two places. */
#ifndef ESS_CLI_TABLE_H
#define ESS_CLI_TABLE_H

#include <stdio.h>

#include "ess/base.h"

#define CLI_COLUMNS_MAX 12

typedef struct cli_table cli_table;

/* columns: 1..CLI_COLUMNS_MAX. NULL when memory is out. */
cli_table *cli_table_new(size_t columns);
void cli_table_free(cli_table *table); /* NULL allowed */
/* Adds the next cell, row by row; printf-like. Control characters become '.'. When memory runs
 * out the cell stays empty. */
void cli_table_addf(cli_table *table, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Prints all rows; no column is padded behind its last. */
void cli_table_print(const cli_table *table, FILE *out);

/* Places that UTF-8 text takes on a terminal. */
size_t cli_display_width(ess_slice text);

#endif
