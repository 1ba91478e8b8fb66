/* Modbus TCP frames, the server's side: bytes to a request, an answer to bytes. Pure.
 *
 * A frame: transaction u16, protocol u16 (0), length u16 of what follows, unit u8, function u8,
 * body; numbers big-endian. libmodbus was not taken here: its receive waits for the rest of a
 * frame, so one slow peer would hold up all others.
 */
#ifndef ESS_SOUTH_MODBUS_FRAME_H
#define ESS_SOUTH_MODBUS_FRAME_H

#include "ess/base.h"
#include "south/point_table.h"

#define SOUTH_FRAME_MAX 260

typedef enum south_exception {
    SOUTH_FINE = 0,
    SOUTH_BAD_FUNCTION = 1,
    SOUTH_BAD_ADDRESS = 2,
    SOUTH_BAD_VALUE = 3,
    SOUTH_DEVICE_FAILURE = 4,
    SOUTH_NO_TARGET = 11
} south_exception;

typedef struct south_request {
    uint16_t transaction;
    uint8_t unit, function;
    bool is_write;
    south_area area;
    uint16_t address, count;
    uint16_t registers[SOUTH_WRITE_MAX]; /* write */
} south_request;

/* Length of the frame that bytes begin with. ESS_E_NOT_FOUND: more bytes are needed, at most
 * SOUTH_FRAME_MAX in all; ESS_E_DATA: not Modbus TCP. */
ess_err south_frame_length(const uint8_t *bytes, size_t len, size_t *frame_len);
/* Reads one whole frame. Header and function are set whatever is returned; the rest only with
 * SOUTH_FINE. */
south_exception south_frame_read(const uint8_t *frame, size_t len, south_request *request);
/* The answer's length. registers: what is served, request->count of them; NULL for a write. */
size_t south_frame_answer(const south_request *request, const uint16_t *registers,
                          uint8_t room[static SOUTH_FRAME_MAX]);
size_t south_frame_refuse(const south_request *request, south_exception why,
                          uint8_t room[static SOUTH_FRAME_MAX]);

#endif
