/* The point model as tables: points, commands, result codes and texts, made at build time from
 * spec/model/ (scripts/make_model.py). A point is described there once and nowhere else.
 */
#ifndef ESS_MODEL_H
#define ESS_MODEL_H

#include "ess/base.h"
#include "ess/decimal.h"

ESS_BEGIN_C

typedef enum ess_model_type {
    ESS_MODEL_NUMBER,
    ESS_MODEL_ENUM, /* whole number with named values */
    ESS_MODEL_BOOL,
    ESS_MODEL_TEXT,
    ESS_MODEL_ARRAY, /* of whole numbers in base units, e.g. cell voltages in mV */
    ESS_MODEL_OBJECT /* values by name; only as an argument of a command */
} ess_model_type;

typedef struct ess_model_text {
    const char *en, *zh;
} ess_model_text;

typedef struct ess_model_enum_value {
    int32_t value;
    ess_model_text label;
} ess_model_enum_value;

typedef struct ess_model_point {
    const char *name; /* lowerCamel */
    ess_model_text label;
    const char *unit; /* "kW"; "" for none */
    ess_model_type type;
    char report_class;     /* F N S C E D */
    bool is_param;         /* reported by PARAM, set by param.set */
    uint8_t decimals;      /* digits behind the point that are meant */
    ess_decimal dead_band; /* report by exception: least move that is reported; 0: any change */
    ess_decimal min, max;  /* allowed, inclusive; for arrays: of an element */
    const ess_model_enum_value *values; /* ENUM, else NULL */
    uint16_t value_count;
} ess_model_point;

/* Kind of object: "BMS", "BMS/C" (cluster), "BMS/P" (pack), "PCS", "METER", "EMS" and more. */
typedef struct ess_model_object {
    const char *kind;
    ess_model_text label;
    const ess_model_point *points; /* sorted by name */
    uint16_t point_count;
} ess_model_object;

typedef struct ess_model_arg {
    const char *name;
    ess_model_type type; /* NUMBER, ENUM, BOOL, TEXT, OBJECT */
    const char *unit;
    bool required;
    uint8_t decimals;     /* NUMBER: most digits behind the point; 0: whole numbers only */
    ess_decimal min, max; /* NUMBER, ENUM: allowed, inclusive */
    ess_model_text label;
    const ess_model_enum_value *values; /* ENUM: every whole number from min to max; else NULL */
    uint16_t value_count;
} ess_model_arg;

/* One register that a command writes: the argument of that name, or a fixed value. Where an
 * argument that is not required is absent, its write and its confirm are left out. */
typedef struct ess_model_write {
    const char *point;
    const char *from_arg; /* NULL: fixed */
    ess_decimal fixed;
} ess_model_write;

/* What must be read back before the command is done. */
typedef struct ess_model_confirm {
    const char *point;
    const char *from_arg; /* equal to that argument; NULL: one of accepted */
    const int32_t *accepted;
    uint8_t accepted_count;
} ess_model_confirm;

/* Who carries a command out. */
typedef enum ess_model_executor {
    ESS_MODEL_BY_REGISTERS, /* writes and confirms tell all; neither is empty */
    ESS_MODEL_BY_PARAMS,    /* the parameters that its argument names are set and read back */
    ESS_MODEL_BY_DEVICE /* a program that knows the operation; who has none: ESS_MODEL_NOT_SUPPORTED
                         */
} ess_model_executor;

typedef struct ess_model_command {
    const char *op;              /* "power.set" */
    char safety_class;           /* A operator, B engineer, C two persons */
    const char *kind;            /* object kind it speaks to: "PCS"; "": any */
    ess_model_executor executor; /* class C: always ESS_MODEL_BY_DEVICE */
    ess_model_text label;
    const ess_model_arg *args;
    const ess_model_write *writes;
    const ess_model_confirm *confirms;
    uint8_t arg_count, write_count, confirm_count;
    uint32_t confirm_ms; /* how long the equipment may take to show the effect */
} ess_model_command;

/* An alarm. The object that raised it stands in the report, not in the code: BMS alarms are raised
 * by stack, cluster and pack alike. */
typedef struct ess_model_alarm {
    const char *code; /* "BMS.cellVHigh.2": kind, family, level */
    uint8_t level;    /* 1 warns, 2 limits power, 3 stops */
    uint8_t point_count;
    const char *const *points;    /* what to look at: "BMS/cellVMax"; NULL where there are none */
    ess_model_text label, advice; /* advice: what to do */
} ess_model_alarm;

/* Result codes, one list for all (0 ok .. 99 internal). */
typedef struct ess_model_result {
    int code;
    const char *id; /* "out-of-limits" */
    ess_model_text label;
} ess_model_result;

/* A text of the error catalogue; err is ESS_OK where the id stands for no ess_err. */
typedef struct ess_model_error {
    const char *id; /* "config-range" */
    ess_err err;
    ess_model_text what, why, mend;
} ess_model_error;

/* The tables. They are constant, and the same for the whole program. */
extern const char *const ess_model_id;      /* "ess-ci" */
extern const char *const ess_model_version; /* "1.1.0" */
extern const char *const ess_model_hash;    /* first 16 hex digits of the SHA-256 of its data */
/* What a maker added to it, as STATE says it: ["acme-x1 1.0.0 <hash>"]; "" for nothing [MOD-04]. */
extern const char *const ess_model_ext;

extern const ess_model_object *const ess_model_objects;
extern const size_t ess_model_object_count;
extern const ess_model_command *const ess_model_commands;
extern const size_t ess_model_command_count;
extern const ess_model_alarm *const ess_model_alarms; /* sorted by code */
extern const size_t ess_model_alarm_count;
extern const ess_model_result *const ess_model_results;
extern const size_t ess_model_result_count;
extern const ess_model_error *const ess_model_errors;
extern const size_t ess_model_error_count;

/* Result codes by name, for code that must give one. Values are those of spec/model/results.json,
 * asserted by a test. */
typedef enum ess_model_result_code {
    ESS_MODEL_OK = 0,
    ESS_MODEL_BAD_SYNTAX = 1,
    ESS_MODEL_UNKNOWN_TARGET = 2,
    ESS_MODEL_UNKNOWN_COMMAND = 3,
    ESS_MODEL_BAD_VALUE = 4,
    ESS_MODEL_OUT_OF_LIMITS = 5,
    ESS_MODEL_NOT_PERMITTED = 6,
    ESS_MODEL_WRONG_MODE = 7,
    ESS_MODEL_INTERLOCK = 8,
    ESS_MODEL_BUSY = 9,
    ESS_MODEL_EXPIRED = 10,
    ESS_MODEL_DUPLICATE = 11,
    ESS_MODEL_SUPERSEDED = 12,
    ESS_MODEL_DEVICE_OFFLINE = 13,
    ESS_MODEL_SOUTH_TIMEOUT = 14,
    ESS_MODEL_READ_BACK_MISMATCH = 15,
    ESS_MODEL_REV_CONFLICT = 16,
    ESS_MODEL_REBOOT_REQUIRED = 17,
    ESS_MODEL_NOT_SUPPORTED = 18,
    ESS_MODEL_CLOCK_UNSYNCED = 19,
    ESS_MODEL_STORAGE_FULL = 20,
    ESS_MODEL_BAD_SIGNATURE = 21,
    ESS_MODEL_RATE_LIMITED = 22,
    ESS_MODEL_INTERNAL = 99
} ess_model_result_code;

/* ---- looking things up. What is given is static; NULL stands for "not in the model". */

/* Object kind of a path "unit[/component[/part]]": the unit is left out where a component
 * follows, trailing digits are dropped from each segment: "CAB01/BMS/C1" -> "BMS/C",
 * "GRID/METER" -> "METER", "PV01" -> "PV". Cost: linear in the kinds of objects. */
const ess_model_object *ess_model_object_of(ess_slice path);

/* True when a path names an object of that kind ("BMS/C"), by the rule above. The tables of points
 * are not asked, so that who needs no more than this does not link them. */
bool ess_model_path_is(ess_slice path, const char *kind);

/* A point of an object by its name; object may be NULL (it has none). Cost: a bisection. */
const ess_model_point *ess_model_point_of(const ess_model_object *object, ess_slice name);

/* A command by its op, "power.set". Cost: linear in the commands. */
const ess_model_command *ess_model_command_of(ess_slice op);

/* An alarm by its code, "BMS.cellVHigh.2". Cost: a bisection. */
const ess_model_alarm *ess_model_alarm_of(ess_slice code);

/* A result code's row. Cost: linear in the result codes. */
const ess_model_result *ess_model_result_of(int code);

/* A text of the error catalogue by its id, "config-range". Cost: a bisection. */
const ess_model_error *ess_model_error_by_id(ess_slice id);

/* Catalogue entry of an error; every ess_err but ESS_OK has one. Cost: linear in the catalogue. */
const ess_model_error *ess_model_error_of(ess_err err);

/* The text in the language asked; en where zh is missing. Never NULL; empty where the tables were
 * made without texts. */
const char *ess_model_say(ess_model_text text, bool chinese);

ESS_END_C

#endif
