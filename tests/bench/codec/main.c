/* Runs every peer over the same messages, in turns, and gives the median: ns a message.
 *
 * CPU time of the thread, not wall clock, so that other work on the machine disturbs less. A turn
 * is as many passes over all messages as fill 20 ms. Every peer's results are compared with what
 * was written before anything is timed.
 *   bench_codec [--json] [--turns N] [--only PEER]
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "bench.h"

static const bench_peer *const peers[] = {&bench_esslink, &bench_simdjson, &bench_rapidjson,
                                          &bench_jansson, &bench_cjson};
enum { PEERS = sizeof peers / sizeof peers[0], TURNS_MAX = 99 };

static const uint32_t sizes[] = {200, 20};
enum { SIZES = sizeof sizes / sizeof sizes[0], WAYS = 2 };
static const char *const ways[WAYS] = {"decode", "encode"};

static bench_message messages[SIZES][BENCH_MESSAGES];
static double taken[SIZES][WAYS][PEERS][TURNS_MAX];
static volatile size_t sink;

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static bool check_peer(const bench_peer *peer, const bench_message *all)
{
    static bench_result result;
    static char text[BENCH_ROOM];

    for (int i = 0; i < BENCH_MESSAGES; i++) {
        bench_message copy = all[i];
        if (!peer->decode(&all[i], &result) || !bench_check(peer->name, &all[i], &result))
            return false;
        if (peer->encode == NULL)
            continue;
        copy.text = text;
        copy.len = peer->encode(&all[i], text);
        /* What it wrote must be read as the same by the strictest reader of the house. */
        if (!bench_esslink.decode(&copy, &result) || !bench_check(peer->name, &all[i], &result)) {
            fprintf(stderr, "bench: %s wrote %.*s\n", peer->name, (int)copy.len, text);
            return false;
        }
    }
    return true;
}

static void pass(const bench_peer *peer, int way, const bench_message *all)
{
    static bench_result result;
    static char text[BENCH_ROOM];

    for (int i = 0; i < BENCH_MESSAGES; i++) {
        if (way == 0)
            sink += peer->decode(&all[i], &result) ? result.count : 0;
        else
            sink += peer->encode(&all[i], text);
    }
}

static double turn(const bench_peer *peer, int way, const bench_message *all)
{
    double begin = now_ns();
    double end = begin;
    unsigned passes = 0;

    while (end - begin < 20e6) {
        pass(peer, way, all);
        passes++;
        end = now_ns();
    }
    return (end - begin) / passes / BENCH_MESSAGES;
}

static bool is_run(int p, int way, const char *only)
{
    return (way == 0 || peers[p]->encode != NULL) &&
           (only == NULL || strcmp(only, peers[p]->name) == 0);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *values, int count)
{
    qsort(values, (size_t)count, sizeof *values, by_size);
    return values[count / 2];
}

static double bytes_of(const bench_message *all)
{
    double bytes = 0;

    for (int i = 0; i < BENCH_MESSAGES; i++)
        bytes += (double)all[i].len;
    return bytes / BENCH_MESSAGES;
}

static void print_table(int turns)
{
    for (int s = 0; s < SIZES; s++) {
        double bytes = bytes_of(messages[s]);
        printf("\n%u points, %.0f bytes, median of %d turns (least .. most)\n", sizes[s], bytes,
               turns);
        for (int way = 0; way < WAYS; way++) {
            double own = median(taken[s][way][0], turns);
            for (int p = 0; p < PEERS; p++) {
                const double *t = taken[s][way][p];
                double ns = median(taken[s][way][p], turns);
                if (ns == 0)
                    continue;
                printf(
                    "  %s  %-10s %9.0f ns  %7.2f ns/point  %6.0f MB/s  (%.2f .. %.2f)  %5.2f x\n",
                    ways[way], peers[p]->name, ns, ns / sizes[s], bytes / ns * 1e3, t[0] / sizes[s],
                    t[turns - 1] / sizes[s], ns / own);
            }
        }
    }
}

static void print_json(int turns)
{
    const char *before = "{";

    for (int s = 0; s < SIZES; s++) {
        for (int way = 0; way < WAYS; way++) {
            printf("%s\"%s_ns%s\":{", before, ways[way], sizes[s] == 200 ? "" : "_20");
            for (int p = 0; p < PEERS; p++) {
                double ns = median(taken[s][way][p], turns);
                printf(ns == 0 ? "%s\"%s\":null" : "%s\"%s\":%.1f", p == 0 ? "" : ",",
                       peers[p]->name, ns);
            }
            printf("}");
            before = ",";
        }
    }
    printf(",\"points\":200,\"bytes\":%.0f,\"bytes_20\":%.0f}\n", bytes_of(messages[0]),
           bytes_of(messages[1]));
}

int main(int argc, char **argv)
{
    int turns = 11;
    bool json = false;
    const char *only = NULL;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            json = true;
        else if (strcmp(argv[i], "--turns") == 0 && i + 1 < argc)
            turns = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc)
            only = argv[++i];
        else
            turns = 0;
    }
    if (turns < 1 || turns > TURNS_MAX) {
        fprintf(stderr, "usage: %s [--json] [--turns 1..%d] [--only PEER]\n", argv[0], TURNS_MAX);
        return 2;
    }
    for (int s = 0; s < SIZES; s++) {
        bench_data_make(messages[s], sizes[s]);
        for (int p = 0; p < PEERS; p++) {
            if (!check_peer(peers[p], messages[s]))
                return 1;
        }
    }
    for (int k = 0; k < turns; k++) {
        for (int s = 0; s < SIZES; s++) {
            for (int p = 0; p < PEERS; p++) {
                for (int way = 0; way < WAYS; way++) {
                    if (is_run(p, way, only))
                        taken[s][way][p][k] = turn(peers[p], way, messages[s]);
                }
            }
        }
    }
    if (json)
        print_json(turns);
    else
        print_table(turns);
    return 0;
}
