/* The cabinet's quantities as Modbus registers: which field is which point, by one table.
 *
 * Which register a point lies in comes from a point table (CSV), as with real equipment whose
 * map differs by maker; what a point means is fixed here.
 */
#ifndef ESS_SIM_REGISTERS_H
#define ESS_SIM_REGISTERS_H

#include "sim/cabinet.h"
#include "south/point_table.h"

typedef struct sim_field sim_field;

typedef struct sim_registers {
    const south_table *table;
    const sim_field *fields[SOUTH_POINTS_MAX]; /* by point of the table */
    uint16_t holding[65536], input[65536];
} sim_registers;

/* A range of registers of one area. */
typedef struct sim_range {
    south_area area;
    uint16_t address, count;
} sim_range;

/* Binds each point of the table (which must outlive registers) to its field. ESS_E_NOT_FOUND: the
 * cabinet has no such point, *unknown is it. */
ess_err sim_registers_bind(sim_registers *registers, const south_table *table,
                           const south_point **unknown);
/* Puts the cabinet's present values into the images. */
void sim_registers_encode(sim_registers *registers, const sim_cabinet *cabinet);

/* ESS_E_NOT_FOUND when no point lies in the range: real equipment knows no such address. */
ess_err sim_registers_check_read(const sim_registers *registers, sim_range range);
/* What equipment would say to this write; nothing is changed. ESS_E_NOT_FOUND: not a writable
 * register, or part of a value; ESS_E_NUMBER: outside what the model allows; ESS_E_STATE: not in
 * this control mode. */
ess_err sim_registers_check_write(const sim_registers *registers, const sim_cabinet *cabinet,
                                  sim_range range, const uint16_t *values);
/* Takes over a write that was checked. */
void sim_registers_apply(const sim_registers *registers, sim_cabinet *cabinet, sim_range range,
                         const uint16_t *values);

/* The elements of the point that lie wholly in the range: *first and how many; 0: none. */
size_t sim_registers_inside(const south_point *point, sim_range range, size_t *first);
/* Value of an element inside the range; values are the range's registers. */
ess_err sim_registers_decode(const south_point *point, size_t element, sim_range range,
                             const uint16_t *values, ess_decimal *out);

#endif
