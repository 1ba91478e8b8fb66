/* Trains the dictionary of the model: train_dictionary POINTS OUT
 *
 * Its far end names every point of the model, so that equipment other than the simulated is helped
 * too; then come pieces that libzstd's trainer finds in messages of simulated stations; nearest,
 * where they cost the fewest bits, those of batches as columns. The id is set afterwards, from the
 * bytes (scripts/train_dictionary.py). The same program and libzstd give the same bytes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zdict.h>

#include "ess/model.h"
#include "pack/internal.h"
#include "samples.h"

/* Training knows no dictionary. */
const ess_pack_dictionary ess_pack_dictionaries[] = {{NULL, 0, 0}};

enum { STATIONS = 48, SECONDS = 900, LEVEL = 19 };
enum { SAMPLES_MOST = 60000, PIECES_LIVE = 14336, PIECES_COLUMNS = 12288, NAMES_MOST = 16384 };

typedef struct pile {
    char *bytes;
    size_t used, room, count;
    size_t sizes[SAMPLES_MOST];
} pile;
static pile live, columns;
static samples_batch batch;
static ess_pack *packer;
static unsigned turn;

static void put(pile *to, const char *text, size_t len)
{
    if (len == 0 || to->count == SAMPLES_MOST)
        return;
    if (to->used + len > to->room) {
        to->room = 2 * to->room + ESS_MESSAGE_MAX;
        to->bytes = realloc(to->bytes, to->room);
        if (to->bytes == NULL)
            exit(1);
    }
    memcpy(to->bytes + to->used, text, len);
    to->used += len;
    to->sizes[to->count++] = len;
}

static void put_batch(int64_t t_utc_ms)
{
    static char text[ESS_MESSAGE_MAX];

    put(&columns, text, samples_batch_columns(packer, &batch, t_utc_ms, text));
    batch.count = 0;
}

/* Every batch, and of the live reports one in seven and all that are large but no cells, or the
 * many small ones would say everything. */
static void take(void *context, const station_report *report)
{
    static char text[ESS_MESSAGE_MAX];

    (void)context;
    if (turn++ % 7 == 0 || (report->values >= 10 && report->values < 100))
        put(&live, text, samples_live(report, text));
    if (!samples_add(&batch, &report->report) || batch.count == SAMPLES_BATCH)
        put_batch(report->t_utc_ms + 3000);
}

static void take_moments(const char *points, uint64_t seed)
{
    static const char *const objects[] = {"BMS", "BMS/C1", "PCS", "METER", "TMS", "FIRE"};
    static const uint32_t everys[] = {1, 5, 60};
    static char text[ESS_MESSAGE_MAX];
    station *one = station_new(points, seed), *other = station_new(points, seed + 500000);

    for (int moment = 0; moment < 6; moment++) {
        station_step(one, 300 + (uint32_t)seed % 97);
        station_step(other, 300 + (uint32_t)seed % 97);
        for (size_t i = 0; i < 6; i++) {
            for (uint32_t count = 10; count <= 40; count += 5)
                put(&live, text, samples_object(one, objects[i], count, text));
        }
        put(&live, text, samples_two_cabinets(one, other, text));
    }
    for (size_t i = 0; i < 6; i++) {
        samples_full_batch(one, objects[i], everys[(seed + i) % 3], &batch);
        put_batch(station_now_utc_ms(one) + 3000);
    }
    station_free(one);
    station_free(other);
}

/* {"soc":,"soh":...}: every name, object by object. */
static size_t print_names(char *room)
{
    size_t len = 0;

    for (size_t i = 0; i < ess_model_object_count; i++) {
        for (size_t k = 0; k < ess_model_objects[i].point_count; k++) {
            const char *name = ess_model_objects[i].points[k].name;
            if (len + strlen(name) + 4 > NAMES_MOST)
                exit(1);
            len += (size_t)sprintf(room + len, "\"%s\":,", name);
        }
    }
    return len;
}

/* The pieces that the trainer finds, without the tables in front of them. */
static size_t find_pieces(const pile *from, size_t size, char *room)
{
    static char trained[65536];
    size_t len = ZDICT_trainFromBuffer(trained, size, from->bytes, from->sizes,
                                       (unsigned)from->count);
    size_t head = ZDICT_isError(len) ? 0 : ZDICT_getDictHeaderSize(trained, len);

    if (ZDICT_isError(len)) {
        fprintf(stderr, "train: %s\n", ZDICT_getErrorName(len));
        exit(1);
    }
    memcpy(room, trained + head, len - head);
    return len - head;
}

static int write_file(const char *name, const char *bytes, size_t len)
{
    FILE *file = fopen(name, "wb");
    bool good = file != NULL && fwrite(bytes, 1, len, file) == len;

    return file != NULL && fclose(file) == 0 && good ? 0 : 1;
}

int main(int count, char **arguments)
{
    static char content[65536], out[65536 + 1024];
    ZDICT_params_t params = {.compressionLevel = LEVEL, .dictID = 1};
    size_t len;

    if (count != 3)
        return 2;
    packer = ess_pack_new();
    for (uint64_t seed = 1; seed <= STATIONS; seed++) {
        station_run(arguments[1], seed, SECONDS, take, NULL);
        batch.count = 0;
        take_moments(arguments[1], seed);
    }
    fprintf(stderr, "train: %zu messages, %zu batches\n", live.count, columns.count);
    len = print_names(content);
    len += find_pieces(&columns, PIECES_COLUMNS, content + len);
    len += find_pieces(&live, PIECES_LIVE, content + len);
    for (size_t i = 0, at = 0; i < columns.count; at += columns.sizes[i++]) {
        if (i % 8 == 0) /* the tables are mostly for single reports */
            put(&live, columns.bytes + at, columns.sizes[i]);
    }
    len = ZDICT_finalizeDictionary(out, sizeof out, content, len, live.bytes, live.sizes,
                                   (unsigned)live.count, params);
    if (ZDICT_isError(len)) {
        fprintf(stderr, "train: %s\n", ZDICT_getErrorName(len));
        return 1;
    }
    return write_file(arguments[2], out, len);
}
