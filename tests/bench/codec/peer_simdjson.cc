// simdjson, on demand: with the best instructions that the machine has. It writes nothing itself.
#include <simdjson.h>

#include "bench.h"

namespace
{

bool read_values(simdjson::ondemand::object d, bench_result *out)
{
    size_t count = 0;

    for (auto field : d) {
        std::string_view name = field.unescaped_key();
        bench_point *point = &out->point[count++];
        point->id = bench_id_of(name.data(), name.size());
        point->as.real = field.value().get_double();
    }
    out->count = count;
    return true;
}

bool decode(const bench_message *message, bench_result *out)
{
    static simdjson::ondemand::parser parser;

    out->is_decimal = false;
    out->point_at = nullptr;
    try {
        auto document = parser.iterate(message->text, message->len, message->len + BENCH_PADDING);
        for (auto field : document.get_object()) {
            std::string_view name = field.unescaped_key();
            if (name == "t")
                out->t = field.value().get_int64();
            else if (name == "code")
                out->code_len = std::string_view(field.value()).size();
            else if (name == "d")
                read_values(field.value().get_object(), out);
        }
    } catch (const simdjson::simdjson_error &) {
        return false;
    }
    return true;
}

} // namespace

extern "C" const bench_peer bench_simdjson;
const bench_peer bench_simdjson = {"simdjson", decode, nullptr};
