/* Any bytes as a configuration file: read whole or refused whole, with a problem in valid UTF-8. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct unit {
    char name[16];
    int64_t number;
} unit;

typedef struct sample {
    char host[32];
    int64_t port;
    bool tls;
    int mode;
    char key[128];
    unit units[3];
    size_t unit_count;
} sample;

#define AT(member)      offsetof(sample, member), sizeof(((sample *)0)->member)
#define UNIT_AT(member) offsetof(unit, member), sizeof(((unit *)0)->member)

static const config_key keys[] = {
    {"broker.host", CONFIG_TEXT, AT(host), 1, 20, NULL, "a", NULL, "", ""},
    {"broker.port", CONFIG_INTEGER, AT(port), 1, 65535, NULL, "8883", NULL, "", ""},
    {"broker.tls.on", CONFIG_BOOL, AT(tls), 0, 0, NULL, "true", NULL, "", ""},
    {"broker.tls.key", CONFIG_PATH, AT(key), 0, 0, NULL, "", NULL, "", ""},
    {"mode", CONFIG_CHOICE, AT(mode), 0, 0, "live|dry|off", "dry", NULL, "", ""},
    {"units[].name", CONFIG_TEXT, UNIT_AT(name), 0, 0, NULL, NULL, NULL, "", ""},
    {"units[].bus.number", CONFIG_INTEGER, UNIT_AT(number), 1, 247, NULL, "1", NULL, "", ""},
};
static const config_list lists[] = {
    {"units", offsetof(sample, units), sizeof(unit), offsetof(sample, unit_count), 0, 3},
};
static const config_schema schema = {
    "fuzz", keys, sizeof keys / sizeof keys[0], lists, 1, sizeof(sample),
};

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What was read must be text: bytes that were never written show here too. */
static void check_sample(const sample *out)
{
    require(out->port >= 1 && out->port <= 65535 && out->mode >= 0 && out->mode <= 2);
    require(memchr(out->host, 0, sizeof out->host) != NULL);
    require(ess_utf8_valid(ess_slice_from(out->host)));
    require(ess_utf8_valid(ess_slice_from(out->key)));
    require(out->unit_count <= 3);
    for (size_t i = 0; i < out->unit_count; i++) {
        require(ess_utf8_valid(ess_slice_from(out->units[i].name)));
        require(out->units[i].number >= 1 && out->units[i].number <= 247);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64], problem[600];
    /* libfyaml 0.7 loses memory over a run of quotes in a quoted text: once, at start, little. It
     * would end every long run; leaks of our own must still do so. */
    if (memmem(data, size, "''''", 4) != NULL)
        return 0;
    int fd = memfd_create("fuzz", 0);
    require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    for (int chinese = 0; chinese <= 1; chinese++) {
        sample out, before;
        memset(&out, 0x5a, sizeof out);
        before = out;
        ess_err err = config_load(path, &schema, chinese != 0, &out, problem, sizeof problem);
        require(memchr(problem, 0, sizeof problem) != NULL);
        require(ess_utf8_valid(ess_slice_from(problem)));
        require((err == ESS_OK) == (problem[0] == '\0'));
        if (err == ESS_OK)
            check_sample(&out);
        else
            require(memcmp(&out, &before, sizeof out) == 0);
    }
    (void)close(fd);
    return 0;
}
