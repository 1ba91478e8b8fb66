#include "south/modbus_frame.h"

#define HEADER   7 /* up to and with the unit */
#define PREFIX   6 /* what the length field does not count */
#define BODY     8 /* offset of the first byte after the function */
#define REFUSED  0x80u

/* A function served: which registers, and how long its request is. */
typedef struct function_row {
    uint8_t code;
    bool is_write, is_multiple;
    south_area area;
    uint16_t count_max;
} function_row;

static const function_row functions[] = {
    {3, false, false, SOUTH_HOLDING, SOUTH_READ_MAX},
    {4, false, false, SOUTH_INPUT, SOUTH_READ_MAX},
    {6, true, false, SOUTH_HOLDING, 1},
    {16, true, true, SOUTH_HOLDING, SOUTH_WRITE_MAX},
};

static uint16_t get_u16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static void put_u16(uint8_t *bytes, size_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

ess_err south_frame_length(const uint8_t *bytes, size_t len, size_t *frame_len)
{
    size_t counted;

    if (len < PREFIX)
        return ESS_E_NOT_FOUND;
    counted = get_u16(bytes + 4);
    if (get_u16(bytes + 2) != 0 || counted < 2 || counted > SOUTH_FRAME_MAX - PREFIX)
        return ESS_E_DATA;
    if (len < PREFIX + counted)
        return ESS_E_NOT_FOUND;
    *frame_len = PREFIX + counted;
    return ESS_OK;
}

static const function_row *function_of(uint8_t code)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (functions[i].code == code)
            return &functions[i];
    }
    return NULL;
}

/* The values of a multiple write: a byte count, then the registers, nothing behind. */
static bool read_values(const uint8_t *body, size_t len, south_request *request)
{
    if (len < 1 || body[0] != request->count * 2 || len != 1u + body[0])
        return false;
    for (size_t i = 0; i < request->count; i++)
        request->registers[i] = get_u16(body + 1 + 2 * i);
    return true;
}

south_exception south_frame_read(const uint8_t *frame, size_t len, south_request *request)
{
    const function_row *function;

    request->transaction = get_u16(frame);
    request->unit = frame[HEADER - 1];
    request->function = frame[HEADER];
    function = function_of(request->function);
    if (function == NULL)
        return SOUTH_BAD_FUNCTION;
    if (len < BODY + 4 || (!function->is_multiple && len != BODY + 4))
        return SOUTH_BAD_VALUE;
    request->is_write = function->is_write;
    request->area = function->area;
    request->address = get_u16(frame + BODY);
    request->count = get_u16(frame + BODY + 2);
    if (function->is_write && !function->is_multiple) {
        request->registers[0] = request->count;
        request->count = 1;
    }
    if (request->count == 0 || request->count > function->count_max)
        return SOUTH_BAD_VALUE;
    if (function->is_multiple && !read_values(frame + BODY + 4, len - BODY - 4, request))
        return SOUTH_BAD_VALUE;
    if (request->address + request->count > UINT16_MAX + 1)
        return SOUTH_BAD_ADDRESS;
    return SOUTH_FINE;
}

/* Fills in what every answer begins with; len is the whole frame's. */
static size_t finish(const south_request *request, unsigned function, size_t len, uint8_t *room)
{
    put_u16(room, request->transaction);
    put_u16(room + 2, 0);
    put_u16(room + 4, len - PREFIX);
    room[HEADER - 1] = request->unit;
    room[HEADER] = (uint8_t)function;
    return len;
}

size_t south_frame_answer(const south_request *request, const uint16_t *registers,
                          uint8_t room[static SOUTH_FRAME_MAX])
{
    size_t len = BODY + 4;

    if (request->is_write) {
        bool single = request->function == 6;
        put_u16(room + BODY, request->address);
        put_u16(room + BODY + 2, single ? request->registers[0] : request->count);
    } else {
        room[BODY] = (uint8_t)(request->count * 2);
        for (size_t i = 0; i < request->count; i++)
            put_u16(room + BODY + 1 + 2 * i, registers[i]);
        len = BODY + 1 + 2 * (size_t)request->count;
    }
    return finish(request, request->function, len, room);
}

size_t south_frame_refuse(const south_request *request, south_exception why,
                          uint8_t room[static SOUTH_FRAME_MAX])
{
    room[BODY] = (uint8_t)why;
    return finish(request, request->function | REFUSED, BODY + 1, room);
}
