/* The point model as tables: points, commands, result codes and texts, made at build time from
 * spec/model/ (scripts/make_model.py). A point is described there once and nowhere else.
 */
#ifndef ESS_MODEL_MODEL_H
#define ESS_MODEL_MODEL_H

#include "codec/base.h"
#include "codec/decimal.h"

typedef enum model_type {
    MODEL_NUMBER,
    MODEL_ENUM, /* whole number with named values */
    MODEL_BOOL,
    MODEL_TEXT,
    MODEL_ARRAY, /* of whole numbers in base units, e.g. cell voltages in mV */
    MODEL_OBJECT /* values by name; only as an argument of a command */
} model_type;

typedef struct model_text {
    const char *en, *zh;
} model_text;

typedef struct model_enum_value {
    int32_t value;
    model_text label;
} model_enum_value;

typedef struct model_point {
    const char *name; /* lowerCamel */
    model_text label;
    const char *unit; /* "kW"; "" for none */
    model_type type;
    char report_class;     /* F N S C E D */
    bool is_param;         /* reported by PARAM, set by param.set */
    uint8_t decimals;      /* digits behind the point that are meant */
    ess_decimal dead_band; /* report by exception: least move that is reported; 0: any change */
    ess_decimal min, max;  /* allowed, inclusive; for arrays: of an element */
    const model_enum_value *values; /* ENUM, else NULL */
    uint16_t value_count;
} model_point;

/* Kind of object: "BMS", "BMS/C" (cluster), "BMS/P" (pack), "PCS", "METER", "EMS" and more. */
typedef struct model_object {
    const char *kind;
    model_text label;
    const model_point *points; /* sorted by name */
    uint16_t point_count;
} model_object;

typedef struct model_arg {
    const char *name;
    model_type type; /* NUMBER, ENUM, BOOL, TEXT, OBJECT */
    const char *unit;
    bool required;
    uint8_t decimals;     /* NUMBER: most digits behind the point; 0: whole numbers only */
    ess_decimal min, max; /* NUMBER, ENUM: allowed, inclusive */
    model_text label;
    const model_enum_value *values; /* ENUM: every whole number from min to max; else NULL */
    uint16_t value_count;
} model_arg;

/* One register that a command writes: the argument of that name, or a fixed value. Where an
 * argument that is not required is absent, its write and its confirm are left out. */
typedef struct model_write {
    const char *point;
    const char *from_arg; /* NULL: fixed */
    ess_decimal fixed;
} model_write;

/* What must be read back before the command is done. */
typedef struct model_confirm {
    const char *point;
    const char *from_arg;   /* equal to that argument; NULL: one of accepted */
    const int32_t *accepted;
    uint8_t accepted_count;
} model_confirm;

/* Who carries a command out. */
typedef enum model_executor {
    MODEL_BY_REGISTERS, /* writes and confirms tell all; neither is empty */
    MODEL_BY_PARAMS,    /* the parameters that its argument names are set and read back */
    MODEL_BY_DEVICE /* a program that knows the operation; who has none: MODEL_NOT_SUPPORTED */
} model_executor;

typedef struct model_command {
    const char *op;     /* "power.set" */
    char safety_class;  /* A operator, B engineer, C two persons */
    const char *kind;   /* object kind it speaks to: "PCS"; "": any */
    model_executor executor; /* class C: always MODEL_BY_DEVICE */
    model_text label;
    const model_arg *args;
    const model_write *writes;
    const model_confirm *confirms;
    uint8_t arg_count, write_count, confirm_count;
    uint32_t confirm_ms; /* how long the equipment may take to show the effect */
} model_command;

/* An alarm. The object that raised it stands in the report, not in the code: BMS alarms are raised
 * by stack, cluster and pack alike. */
typedef struct model_alarm {
    const char *code; /* "BMS.cellVHigh.2": kind, family, level */
    uint8_t level;    /* 1 warns, 2 limits power, 3 stops */
    uint8_t point_count;
    const char *const *points; /* what to look at: "BMS/cellVMax"; NULL where there are none */
    model_text label, advice;  /* advice: what to do */
} model_alarm;

/* Result codes, one list for all (0 ok .. 99 internal). */
typedef struct model_result {
    int code;
    const char *id; /* "out-of-limits" */
    model_text label;
} model_result;

/* A text of the error catalogue; err is ESS_OK where the id stands for no ess_err. */
typedef struct model_error {
    const char *id; /* "config-range" */
    ess_err err;
    model_text what, why, mend;
} model_error;

extern const char *const model_id;      /* "ess-ci" */
extern const char *const model_version; /* "1.1.0" */
extern const char *const model_hash;    /* first 16 hex digits of the SHA-256 of its data */

extern const model_object model_objects[];
extern const size_t model_object_count;
extern const model_command model_commands[];
extern const size_t model_command_count;
extern const model_alarm model_alarms[]; /* sorted by code */
extern const size_t model_alarm_count;
extern const model_result model_results[];
extern const size_t model_result_count;
extern const model_error model_errors[];
extern const size_t model_error_count;

/* Result codes by name, for code that must give one. Values are those of spec/model/results.json,
 * asserted by a test. */
typedef enum model_result_code {
    MODEL_OK = 0, MODEL_BAD_SYNTAX = 1, MODEL_UNKNOWN_TARGET = 2, MODEL_UNKNOWN_COMMAND = 3,
    MODEL_BAD_VALUE = 4, MODEL_OUT_OF_LIMITS = 5, MODEL_NOT_PERMITTED = 6, MODEL_WRONG_MODE = 7,
    MODEL_INTERLOCK = 8, MODEL_BUSY = 9, MODEL_EXPIRED = 10, MODEL_DUPLICATE = 11,
    MODEL_SUPERSEDED = 12, MODEL_DEVICE_OFFLINE = 13, MODEL_SOUTH_TIMEOUT = 14,
    MODEL_READ_BACK_MISMATCH = 15, MODEL_REV_CONFLICT = 16, MODEL_REBOOT_REQUIRED = 17,
    MODEL_NOT_SUPPORTED = 18, MODEL_CLOCK_UNSYNCED = 19, MODEL_STORAGE_FULL = 20,
    MODEL_BAD_SIGNATURE = 21, MODEL_RATE_LIMITED = 22, MODEL_INTERNAL = 99
} model_result_code;

/* Object kind of a path "unit[/component[/part]]": the unit is left out where a component
 * follows, trailing digits are dropped from each segment: "CAB01/BMS/C1" -> "BMS/C",
 * "GRID/METER" -> "METER", "PV01" -> "PV". NULL: not in the model. */
const model_object *model_object_of(ess_slice path);
/* NULL: not in the model. */
const model_point *model_point_of(const model_object *object, ess_slice name);
const model_command *model_command_of(ess_slice op);
const model_alarm *model_alarm_of(ess_slice code);
const model_result *model_result_of(int code);
const model_error *model_error_by_id(ess_slice id);
/* Catalogue entry of an error; every ess_err but ESS_OK has one. */
const model_error *model_error_of(ess_err err);
/* The text in the language asked; en where zh is missing. */
const char *model_say(model_text text, bool chinese);

#endif
