/* Any bytes as an event stream, fed in pieces of a size that the first byte tells. */
#include "cli/sse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    sse_reader reader = {0};
    sse_event event;
    volatile char last = 0; /* every byte handed out is read */
    size_t step = size > 0 ? (size_t)data[0] % 16 + 1 : 1;
    for (size_t at = 1; at < size; at += step) {
        size_t piece = size - at < step ? size - at : step;
        if (sse_feed(&reader, (const char *)data + at, piece) != ESS_OK)
            break;
        while (sse_next(&reader, &event)) {
            for (size_t i = 0; i < event.data.len; i++)
                last = event.data.ptr[i];
        }
    }
    (void)last;
    sse_free(&reader);
    return 0;
}
