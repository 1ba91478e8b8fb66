/* Any bytes as Modbus TCP frames coming in; every frame gets an answer that is a frame. */
#include "south/modbus_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint16_t registers[SOUTH_READ_MAX];
    uint8_t answer[SOUTH_FRAME_MAX];
    size_t len, answer_len, checked;

    while (size > 0 && south_frame_length(data, size, &len) == ESS_OK) {
        south_request request = {0};
        south_exception refused = south_frame_read(data, len, &request);

        answer_len = refused == SOUTH_FINE ? south_frame_answer(&request, registers, answer)
                                           : south_frame_refuse(&request, refused, answer);
        if (south_frame_length(answer, answer_len, &checked) != ESS_OK || checked != answer_len)
            __builtin_trap();
        data += len;
        size -= len;
    }
    return 0;
}
