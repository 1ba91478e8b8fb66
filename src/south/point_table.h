/* The point table: which register holds which point. A CSV file, one line a point:
 *
 *   point,address,type,scale,order,class[,area[,access]]
 *   PCS/p,32080,i16,0.1,,F
 *   BMS/C1/cellV,33000,u16[260],1,,C
 *   PCS/pSet,32300,i16,0.1,,F,holding,rw
 *
 * point    path of the object below the unit, "/", and the point's name in the model
 * address  0..65535, of the first register
 * type     u16 i16 u32 i32 u64 bool; with [n]: an array of n such
 * scale    decimal factor above 0: value = raw x scale; whole for arrays (they are in base units)
 * order    ABCD (default) CDAB BADC DCBA: order of the bytes of values wider than one register;
 *          in a u64 CDAB turns the words round, BADC the bytes of each word, DCBA both
 * class    F N S C E D: how often it is read and reported (the model's where empty)
 * area     holding (default) input
 * access   ro (default) rw (holding only)
 * Lines beginning with # are comments; the first other line names the columns, as above. The file
 * is accepted whole or refused whole.
 */
#ifndef ESS_SOUTH_POINT_TABLE_H
#define ESS_SOUTH_POINT_TABLE_H

#include "ess/base.h"
#include "ess/decimal.h"
#include "ess/limits.h"
#include "ess/model.h"

#define SOUTH_READ_MAX   125 /* registers in one read: Modbus' own limit */
#define SOUTH_WRITE_MAX  123 /* registers in one write: Modbus' own limit */
#define SOUTH_POINTS_MAX 2048
#define SOUTH_FILE_MAX   262144 /* bytes of a point table's file */

typedef enum south_type {
    SOUTH_U16, SOUTH_I16, SOUTH_U32, SOUTH_I32, SOUTH_U64, SOUTH_BOOL
} south_type;
typedef enum south_order { SOUTH_ABCD, SOUTH_CDAB, SOUTH_BADC, SOUTH_DCBA } south_order;
typedef enum south_area { SOUTH_HOLDING, SOUTH_INPUT } south_area;

typedef struct south_point {
    char object[ESS_NS_MAX]; /* "BMS/C1": path below the unit */
    char name[ESS_NAME_MAX + 1];
    const ess_model_point *model;
    uint16_t address;
    uint16_t count; /* elements; 1 for a scalar */
    bool is_array;
    south_type type;
    ess_decimal scale;
    south_order order;
    char report_class;
    south_area area;
    bool writable;
} south_point;

typedef struct south_table {
    south_point *points; /* sorted by area, then address */
    size_t count;
} south_table;

/* Reads the file. On failure *out is untouched and problem holds every problem found, one a line
 *   cabinet.csv:7: address "70000": The register address is not ... Write ... [points-address]
 * as far as problem_size (> 0) goes, NUL-terminated. chinese chooses the language.
 * Returns ESS_E_CONFIG, ESS_E_NOT_FOUND, ESS_E_TOO_LARGE, ESS_E_IO, ESS_E_NO_ROOM (memory is out).
 * Free with south_table_free. */
ess_err south_table_load(const char *file, bool chinese, south_table *out, char *problem,
                         size_t problem_size);

/* The same from memory; name stands for the file in the problems. */
typedef struct south_source {
    const char *name;
    ess_slice text; /* borrowed for the call */
    bool chinese;
} south_source;
ess_err south_table_parse(const south_source *source, south_table *out, char *problem,
                          size_t problem_size);
void south_table_free(south_table *table);
/* NULL when the table has no such point. */
const south_point *south_table_find(const south_table *table, const char *object,
                                    const char *name);

/* Registers one point occupies, and one element of it. */
size_t south_point_registers(const south_point *point);
size_t south_point_width(const south_point *point);

/* One read request. */
typedef struct south_block {
    south_area area;
    uint16_t address;
    uint16_t count;              /* registers, 1..SOUTH_READ_MAX */
    size_t first_point, end_point; /* points of the table that lie wholly or partly inside */
} south_block;

/* Fewest blocks that cover all points of the classes given ("FN"), joining over gaps of at most
 * gap registers. An array longer than one block is cut; its parts are consecutive blocks. Returns
 * ESS_E_NO_ROOM if max blocks are not enough. */
ess_err south_plan(const south_table *table, const char *classes, uint16_t gap,
                   south_block *blocks, size_t max, size_t *count);

/* Raw registers -> value. registers: the point's own, south_point_registers of them.
 * element: index in an array, 0 for a scalar. ESS_E_NUMBER when it does not fit a decimal. */
ess_err south_decode(const south_point *point, const uint16_t *registers, size_t element,
                     ess_decimal *out);
/* Value -> raw registers of a scalar, or of one element of an array (registers are then that
 * element's own). ESS_E_NUMBER when the value is not a whole multiple of the scale or does not fit
 * the type. */
ess_err south_encode(const south_point *point, ess_decimal value, uint16_t *registers);

#endif
