/* What compression gains on stations that no dictionary was trained on, and what it costs.
 *   bench_compress POINTS [--json]
 * Bytes are exact and the same on every machine; times are CPU time of the thread, the least of
 * several turns. Every message that is measured is also read back and compared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "samples.h"

enum { STATIONS = 12, MOMENTS = 10, KINDS_MAX = 16, KEPT = 64, TURNS = 5 };

/* One row of the table. */
typedef struct kind {
    const char *name;
    size_t count, json, wire, gzip; /* sums; gzip: of the same as rows */
    char *kept_json[KEPT];          /* the first ones, for timing: as sent, and as received */
    size_t kept_json_len[KEPT], kept;
    double out_us, in_us;
} kind;

static kind kinds[KINDS_MAX];
static size_t kind_count;
static ess_pack *packer, *reader;
static ess_pack_peer peer_of_all(void)
{
    return ess_pack_peer_of(ess_pack_announced(reader));
}

static kind *kind_of(const char *name)
{
    for (size_t i = 0; i < kind_count; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    if (kind_count == KINDS_MAX)
        exit(1);
    kinds[kind_count].name = name;
    return &kinds[kind_count++];
}

/* gzip -6, as most would use it: 18 bytes around deflate. */
static size_t gzip_size(const char *text, size_t len)
{
    static unsigned char out[ESS_MESSAGE_MAX + 1024];
    z_stream stream = {0};
    size_t size;

    stream.next_in = (Bytef *)(uintptr_t)text;
    stream.avail_in = (uInt)len;
    stream.next_out = out;
    stream.avail_out = sizeof out;
    if (deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END)
        exit(1);
    size = stream.total_out;
    deflateEnd(&stream);
    return size;
}

static void keep(kind *of, const char *text, size_t len)
{
    if (of->kept == KEPT)
        return;
    of->kept_json[of->kept] = malloc(len);
    if (of->kept_json[of->kept] == NULL)
        exit(1);
    memcpy(of->kept_json[of->kept], text, len);
    of->kept_json_len[of->kept++] = len;
}

static ess_slice decode(ess_slice wire)
{
    ess_fault fault = {0};
    ess_slice back;

    if (ess_pack_decode(reader, wire, &back, NULL, &fault) == ESS_OK)
        return back;
    fprintf(stderr, "bench: refused by %s: %s\n", fault.rule, fault.what);
    exit(1);
}

/* sent: what is compressed; rows: the same as rows, which a reader must get again. */
static void measure(const char *name, ess_slice sent, ess_slice rows)
{
    ess_pack_peer peer = peer_of_all();
    kind *of = kind_of(name);
    ess_slice wire, back;

    (void)ess_pack_encode(packer, &peer, sent, &wire);
    back = decode(wire);
    /* Rows of several objects come back object by object, so only their length is compared. */
    if (back.len != rows.len || (sent.ptr == rows.ptr && memcmp(back.ptr, rows.ptr, back.len) != 0)) {
        fprintf(stderr, "bench: %s came back otherwise\n%.*s\n%.*s\n", name, (int)rows.len,
                rows.ptr, (int)back.len, back.ptr);
        exit(1);
    }
    of->count++;
    of->json += rows.len;
    of->wire += wire.len;
    of->gzip += gzip_size(rows.ptr, rows.len);
    keep(of, sent.ptr, sent.len);
}

static void measure_batch(const char *name, const samples_batch *batch, int64_t t_utc_ms)
{
    static char rows[ESS_MESSAGE_MAX], columns[ESS_MESSAGE_MAX];
    size_t rows_len = samples_batch_rows(batch, t_utc_ms, rows);
    size_t columns_len = samples_batch_columns(packer, batch, t_utc_ms, columns);

    measure(name, (ess_slice){columns, columns_len}, (ess_slice){rows, rows_len});
}

/* ---- kinds of messages */

static samples_batch batch;

static void take_live(void *context, const station_report *report)
{
    static char text[ESS_MESSAGE_MAX];
    size_t len = samples_live(report, text);

    (void)context;
    measure("live report by exception", (ess_slice){text, len}, (ess_slice){text, len});
    if (!samples_add(&batch, &report->report) || batch.count == SAMPLES_BATCH) {
        measure_batch("60 reports by exception", &batch, report->t_utc_ms + 4000);
        batch.count = 0;
        (void)samples_add(&batch, &report->report);
    }
}

static void take_moments(const char *points, uint64_t seed)
{
    static const char *const objects[] = {"BMS", "BMS/C1", "PCS"};
    static char text[ESS_MESSAGE_MAX];
    station *one = station_new(points, seed), *other = station_new(points, seed + 500000);
    size_t len;

    for (int moment = 0; moment < MOMENTS; moment++) {
        station_step(one, 311 + (uint32_t)seed % 89);
        station_step(other, 311 + (uint32_t)seed % 89);
        for (size_t i = 0; i < 3; i++) {
            len = samples_object(one, objects[i], 20, text);
            measure("20 points", (ess_slice){text, len}, (ess_slice){text, len});
        }
        len = samples_two_cabinets(one, other, text);
        measure("200 points", (ess_slice){text, len}, (ess_slice){text, len});
    }
    station_free(one);
    station_free(other);
}

static void take_full_batches(const char *points, uint64_t seed)
{
    static const struct {
        const char *object;
        uint32_t every_s;
        const char *name;
    } wanted[] = {
        {"BMS", 5, "60 full reports of BMS, 5 s"},     {"BMS/C1", 5, "60 full reports of BMS/C1, 5 s"},
        {"PCS", 5, "60 full reports of PCS, 5 s"},     {"METER", 5, "60 full reports of METER, 5 s"},
        {"TMS", 5, "60 full reports of TMS, 5 s"},     {"BMS", 1, "60 full reports of BMS, 1 s"},
        {"PCS", 1, "60 full reports of PCS, 1 s"},     {"BMS", 60, "60 full reports of BMS, 60 s"},
        {"PCS", 60, "60 full reports of PCS, 60 s"},
    };
    station *s = station_new(points, seed);

    station_step(s, 100 + (uint32_t)seed % 997);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        samples_full_batch(s, wanted[i].object, wanted[i].every_s, &batch);
        measure_batch(wanted[i].name, &batch, station_now_utc_ms(s) + 4000);
    }
    station_free(s);
}

/* Sixty reports of 200 points are 210 kB as rows, so they go as two messages. */
static void take_200_batches(const char *points, uint64_t seed)
{
    station *one = station_new(points, seed), *other = station_new(points, seed + 500000);

    for (int half = 0; half < 2; half++) {
        samples_200_batch(one, other, 5, &batch);
        measure_batch("30 reports of 200 points, 5 s", &batch, station_now_utc_ms(one) + 4000);
    }
    batch.count = 0;
    station_free(one);
    station_free(other);
}

static void take_random(void)
{
    static char text[ESS_MESSAGE_MAX];

    for (uint64_t message = 1; message <= 100; message++) {
        size_t len = samples_random(20, message, text);
        measure("20 points at random", (ess_slice){text, len}, (ess_slice){text, len});
        len = samples_random(200, message, text);
        measure("200 points at random", (ess_slice){text, len}, (ess_slice){text, len});
    }
}

/* ---- time */

static double now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void time_kind(kind *of)
{
    static char wires[KEPT][ESS_MESSAGE_MAX];
    size_t wire_len[KEPT];
    ess_pack_peer peer = peer_of_all();

    for (int turn = 0; turn < TURNS; turn++) {
        ess_slice wire;
        double begin = now_us(), middle, end;
        for (size_t i = 0; i < of->kept; i++) {
            (void)ess_pack_encode(packer, &peer, (ess_slice){of->kept_json[i], of->kept_json_len[i]},
                              &wire);
            memcpy(wires[i], wire.ptr, wire.len);
            wire_len[i] = wire.len;
        }
        middle = now_us();
        for (size_t i = 0; i < of->kept; i++)
            (void)decode((ess_slice){wires[i], wire_len[i]});
        end = now_us();
        if (turn == 0 || middle - begin < of->out_us * (double)of->kept)
            of->out_us = (middle - begin) / (double)of->kept;
        if (turn == 0 || end - middle < of->in_us * (double)of->kept)
            of->in_us = (end - middle) / (double)of->kept;
    }
}

/* ---- bombs: what refusing, or the dearest taking, costs */

/* 64 blocks that each repeat a byte 128 Ki times. */
static size_t make_zstd_bomb(char *room)
{
    size_t len = 6;

    memcpy(room, "\x28\xB5\x2F\xFD\x00\x38", len);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t head = ESS_MESSAGE_MAX << 3 | 2 | (i == 63);
        memcpy(room + len, (char[]){(char)head, (char)(head >> 8), (char)(head >> 16), ' '}, 4);
        len += 4;
    }
    return len;
}

static size_t make_gzip_bomb(size_t bytes, char *room)
{
    char *blank = calloc(1, bytes);
    z_stream stream = {.next_in = (Bytef *)blank, .avail_in = (uInt)bytes};

    stream.next_out = (Bytef *)room;
    stream.avail_out = ESS_MESSAGE_MAX;
    if (blank == NULL || deflateInit2(&stream, 9, Z_DEFLATED, 31, 9, 0) != Z_OK ||
        deflate(&stream, Z_FINISH) != Z_STREAM_END)
        exit(1);
    deflateEnd(&stream);
    free(blank);
    return stream.total_out;
}

/* 1024 rows and 64 columns with one value each, and then zstd. */
static size_t make_grid(char *room)
{
    static char text[ESS_MESSAGE_MAX];
    size_t len = (size_t)sprintf(text, "{\"t\":1,\"d\":{\"cols\":[{\"n\":[1");
    ess_slice wire;

    for (int i = 1; i < ESS_ROWS_MAX; i++)
        len += (size_t)sprintf(text + len, ",1");
    len += (size_t)sprintf(text + len, "],\"ts\":[1");
    for (int i = 1; i < ESS_ROWS_MAX; i++)
        len += (size_t)sprintf(text + len, ",1");
    len += (size_t)sprintf(text + len, "],\"v\":{");
    for (int i = 0; i < 64; i++)
        len += (size_t)sprintf(text + len, "%s\"p%d\":{\"at\":[1023],\"d\":[1]}", i ? "," : "", i);
    len += (size_t)sprintf(text + len, "}}]}}");
    (void)ess_pack_encode(packer, &(ess_pack_peer){.zstd = true}, (ess_slice){text, len}, &wire);
    memcpy(room, wire.ptr, wire.len);
    return wire.len;
}

static double time_bomb(const char *name, const char *bytes, size_t len)
{
    enum { TIMES = 200 };
    double least = 0;
    ess_fault fault = {.rule = ""};
    ess_slice json;

    for (int turn = 0; turn < TURNS; turn++) {
        double begin = now_us(), us;
        for (int i = 0; i < TIMES; i++)
            (void)ess_pack_decode(reader, (ess_slice){bytes, len}, &json, NULL, &fault);
        us = (now_us() - begin) / TIMES;
        least = turn == 0 || us < least ? us : least;
    }
    printf("%-32s %6zu bytes, %8.1f us, %s\n", name, len, least,
           fault.rule[0] != '\0' ? fault.rule : "taken");
    return least;
}

/* The dearest. */
static double time_bombs(void)
{
    static char room[ESS_MESSAGE_MAX];
    double us, most = time_bomb("zstd, 8 MiB of one byte", room, make_zstd_bomb(room));

    us = time_bomb("gzip, 64 MiB of one byte", room, make_gzip_bomb(64u << 20, room));
    most = us > most ? us : most;
    us = time_bomb("gzip, 128 KiB of one byte", room, make_gzip_bomb(1u << 17, room));
    most = us > most ? us : most;
    us = time_bomb("columns, 1024 rows x 64", room, make_grid(room));
    return us > most ? us : most;
}

/* ---- results */

static void print_table(void)
{
    printf("%-32s %6s %9s %9s %8s %8s %7s %8s %8s\n", "bytes a message", "count", "JSON", "sent",
           "of JSON", "gzip -6", "of JSON", "us out", "us in");
    for (size_t i = 0; i < kind_count; i++) {
        const kind *k = &kinds[i];
        double n = (double)k->count;
        printf("%-32s %6zu %9.0f %9.1f %7.2f%% %8.1f %6.1f%% %8.1f %8.1f\n", k->name, k->count,
               (double)k->json / n, (double)k->wire / n, 100.0 * (double)k->wire / (double)k->json,
               (double)k->gzip / n, 100.0 * (double)k->gzip / (double)k->json, k->out_us, k->in_us);
    }
}

/* All batches of 60 full reports at 5 s together. */
static void sum_batches(kind *sum)
{
    for (size_t i = 0; i < kind_count; i++) {
        if (strstr(kinds[i].name, "60 full") == NULL || strstr(kinds[i].name, ", 5 s") == NULL)
            continue;
        sum->json += kinds[i].json;
        sum->wire += kinds[i].wire;
        sum->gzip += kinds[i].gzip;
    }
}

static double mean(size_t sum, const kind *of)
{
    return (double)sum / (double)of->count;
}

static void print_json(double bomb_us)
{
    const kind *p20 = kind_of("20 points"), *p200 = kind_of("200 points");
    const kind *live = kind_of("live report by exception");
    const kind *sparse = kind_of("60 reports by exception");
    const kind *wide = kind_of("30 reports of 200 points, 5 s");
    kind all = {0};

    sum_batches(&all);
    printf("{\"bytes_20\":%.1f,\"bytes_200\":%.1f,\"batch_ratio\":%.4f,\"gzip_20\":%.1f,"
           "\"gzip_200\":%.1f,\"gzip_batch_ratio\":%.4f,\"json_20\":%.0f,\"json_200\":%.0f,"
           "\"batch_200_ratio\":%.4f,\"live_ratio\":%.4f,\"batch_by_exception_ratio\":%.4f,"
           "\"compress_us_20\":%.1f,\"decompress_us_20\":%.1f,\"compress_us_200\":%.1f,"
           "\"decompress_us_200\":%.1f,\"bomb_us\":%.1f}\n",
           mean(p20->wire, p20), mean(p200->wire, p200), (double)all.wire / (double)all.json,
           mean(p20->gzip, p20), mean(p200->gzip, p200), (double)all.gzip / (double)all.json,
           mean(p20->json, p20), mean(p200->json, p200),
           (double)wide->wire / (double)wide->json, (double)live->wire / (double)live->json,
           (double)sparse->wire / (double)sparse->json, p20->out_us, p20->in_us, p200->out_us,
           p200->in_us, bomb_us);
}

int main(int count, char **arguments)
{
    double bomb_us;

    if (count < 2) {
        fprintf(stderr, "usage: bench_compress POINTS [--json]\n");
        return 2;
    }
    packer = ess_pack_new();
    reader = ess_pack_new();
    if (packer == NULL || reader == NULL)
        return 1;
    for (uint64_t seed = STATION_MEASURED + 1; seed <= STATION_MEASURED + STATIONS; seed++) {
        take_moments(arguments[1], seed);
        take_full_batches(arguments[1], seed);
        take_200_batches(arguments[1], seed);
        station_run(arguments[1], seed, 300, take_live, NULL);
        batch.count = 0;
    }
    take_random();
    for (size_t i = 0; i < kind_count; i++)
        time_kind(&kinds[i]);
    print_table();
    bomb_us = time_bombs();
    if (count > 2 && strcmp(arguments[2], "--json") == 0)
        print_json(bomb_us);
    return 0;
}
