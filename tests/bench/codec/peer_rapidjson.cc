// RapidJSON: its event reader on a copy of the message, its writer into a kept buffer.
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "bench.h"

namespace
{

struct Handler {
    bench_result *out;
    int depth = 0;
    enum { NOTHING, T, CODE } wanted = NOTHING;
    uint32_t id = 0;

    bool Real(double value)
    {
        if (depth == 2) {
            bench_point *point = &out->point[out->count++];
            point->id = id;
            point->as.real = value;
        } else if (wanted == T) {
            out->t = static_cast<int64_t>(value);
        }
        return true;
    }
    bool Null()
    {
        return true;
    }
    bool Bool(bool)
    {
        return true;
    }
    bool Int(int value)
    {
        return Real(value);
    }
    bool Uint(unsigned value)
    {
        return Real(value);
    }
    bool Int64(int64_t value)
    {
        return Real(static_cast<double>(value));
    }
    bool Uint64(uint64_t value)
    {
        return Real(static_cast<double>(value));
    }
    bool Double(double value)
    {
        return Real(value);
    }
    bool RawNumber(const char *, rapidjson::SizeType, bool)
    {
        return false;
    }
    bool String(const char *, rapidjson::SizeType len, bool)
    {
        if (wanted == CODE)
            out->code_len = len;
        return true;
    }
    bool Key(const char *text, rapidjson::SizeType len, bool)
    {
        if (depth == 2) {
            id = bench_id_of(text, len);
            return true;
        }
        wanted = len == 1 && text[0] == 't'                      ? T
                 : len == 4 && std::memcmp(text, "code", 4) == 0 ? CODE
                                                                 : NOTHING;
        return true;
    }
    bool StartObject()
    {
        return ++depth <= 16;
    }
    bool EndObject(rapidjson::SizeType)
    {
        depth--;
        return true;
    }
    bool StartArray()
    {
        return true;
    }
    bool EndArray(rapidjson::SizeType)
    {
        return true;
    }
};

bool decode(const bench_message *message, bench_result *out)
{
    static char copy[BENCH_ROOM];
    static rapidjson::Reader reader;
    Handler handler{out};

    std::memcpy(copy, message->text, message->len + 1);
    out->count = 0;
    out->is_decimal = false;
    out->point_at = nullptr;
    rapidjson::InsituStringStream stream(copy);
    return !reader.Parse<rapidjson::kParseInsituFlag>(stream, handler).IsError();
}

size_t encode(const bench_message *message, char *room)
{
    static rapidjson::StringBuffer buffer;

    buffer.Clear();
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    writer.StartObject();
    writer.Key("t", 1);
    writer.Int64(message->t);
    writer.Key("ns", 2);
    writer.String(message->ns);
    writer.Key("code", 4);
    writer.String(message->code);
    writer.Key("s", 1);
    writer.String("METRIC", 6);
    writer.Key("te", 2);
    writer.String("REQ", 3);
    writer.Key("d", 1);
    writer.StartObject();
    for (uint32_t i = 0; i < message->count; i++) {
        const bench_value *value = &message->value[i];
        writer.Key(bench_names[value->id].text, bench_names[value->id].len);
        writer.Double(value->real);
    }
    writer.EndObject();
    writer.EndObject();
    std::memcpy(room, buffer.GetString(), buffer.GetSize());
    return buffer.GetSize();
}

} // namespace

extern "C" const bench_peer bench_rapidjson;
const bench_peer bench_rapidjson = {"rapidjson", decode, encode};
