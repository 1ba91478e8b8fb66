/* Little-endian packing with a sticky error. */
#include "agent/bytes.h"

#include <string.h>

static void put_number(bytes_writer *writer, uint64_t value, size_t width)
{
    if (writer->full || writer->size - writer->len < width) {
        writer->full = true;
        return;
    }
    for (size_t i = 0; i < width; i++)
        writer->room[writer->len++] = (char)(uint8_t)(value >> (8 * i));
}

static uint64_t take_number(bytes_reader *reader, size_t width)
{
    uint64_t value = 0;

    if (reader->bad || reader->rest.len < width) {
        reader->bad = true;
        return 0;
    }
    for (size_t i = 0; i < width; i++)
        value |= (uint64_t)(uint8_t)reader->rest.ptr[i] << (8 * i);
    reader->rest.ptr += width;
    reader->rest.len -= width;
    return value;
}

void bytes_writer_init(bytes_writer *writer, char *room, size_t size)
{
    *writer = (bytes_writer){.room = room, .size = size};
}

void bytes_put_u8(bytes_writer *writer, uint8_t value)
{
    put_number(writer, value, 1);
}

void bytes_put_u64(bytes_writer *writer, uint64_t value)
{
    put_number(writer, value, 8);
}

void bytes_put_i64(bytes_writer *writer, int64_t value)
{
    put_number(writer, (uint64_t)value, 8);
}

void bytes_put_text(bytes_writer *writer, ess_slice text)
{
    put_number(writer, text.len, 4);
    if (writer->full || writer->size - writer->len < text.len) {
        writer->full = true;
        return;
    }
    if (text.len > 0)
        memcpy(writer->room + writer->len, text.ptr, text.len);
    writer->len += text.len;
}

void bytes_reader_init(bytes_reader *reader, ess_slice record)
{
    *reader = (bytes_reader){.rest = record};
}

uint8_t bytes_take_u8(bytes_reader *reader)
{
    return (uint8_t)take_number(reader, 1);
}

uint64_t bytes_take_u64(bytes_reader *reader)
{
    return take_number(reader, 8);
}

int64_t bytes_take_i64(bytes_reader *reader)
{
    return (int64_t)take_number(reader, 8);
}

ess_slice bytes_take_text(bytes_reader *reader)
{
    size_t len = (size_t)take_number(reader, 4);
    ess_slice text = {reader->rest.ptr, len};

    if (reader->bad || len > reader->rest.len) {
        reader->bad = true;
        return (ess_slice){0};
    }
    reader->rest.ptr += len;
    reader->rest.len -= len;
    return text;
}

bool bytes_reader_done(const bytes_reader *reader)
{
    return !reader->bad && reader->rest.len == 0;
}

void bytes_patch_u64(char *place, uint64_t value)
{
    bytes_writer writer;

    bytes_writer_init(&writer, place, 8);
    bytes_put_u64(&writer, value);
}
