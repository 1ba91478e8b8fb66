/* Every statement the hub gives its database, by name. */
#ifndef ESS_HUB_SQL_H
#define ESS_HUB_SQL_H

#include <stddef.h>

typedef enum sql_id {
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_BOOT_COUNT,
    SQL_BOOT_GET,
    SQL_GROUP_ADD,
    SQL_GROUP_SAVE,
    SQL_GROUP_LIST,
    SQL_SERIES_ADD,
    SQL_SERIES_LIST,
    SQL_SERIES_LAST,
    SQL_SERIES_SAVE,
    SQL_REPORT_ADD,
    SQL_SAMPLE_ADD,
    SQL_HISTORY,
    SQL_PARAM_PUT,
    SQL_PARAM_LIST,
    SQL_PARAM_GET,
    SQL_EVENT_ADD,
    SQL_EVENT_LIST,
    SQL_COMMAND_ADD,
    SQL_COMMAND_STAGE,
    SQL_COMMAND_EVIDENCE,
    SQL_COMMAND_GET,
    SQL_COMMAND_AT,
    SQL_COMMAND_LIST,
    SQL_COMMAND_OPEN,
    SQL_STAGE_ADD,
    SQL_STAGE_LIST,
    SQL_USER_PUT,
    SQL_USER_GET,
    SQL_USER_LIST,
    SQL_USER_REMOVE,
    SQL_SESSION_PURGE,
    SQL_SESSION_TRIM,
    SQL_SESSION_ADD,
    SQL_SESSION_USER,
    SQL_SESSION_END,
    SQL_COUNT
} sql_id;

extern const char *const sql_text[SQL_COUNT];

/* sql_schema[v] takes a database of version v to v + 1. */
extern const char *const sql_schema[];
extern const size_t sql_schema_version; /* the newest */

#endif
