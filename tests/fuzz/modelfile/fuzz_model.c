/* Any bytes as a maker's extension of the model: checked without harm; and what is JSON, printed
 * in its canonical form, reads back as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "json/tree.h"
#include "modelfile/load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t canonical(const tree_node *root, char *room, size_t size)
{
    ess_json_writer w;
    size_t len = 0;
    ess_json_writer_init(&w, room, size);
    tree_print(root, &w);
    if (ess_json_finish(&w, &len) != ESS_OK)
        abort(); /* never longer than its text */
    return len;
}

static void print_twice(ess_slice text)
{
    arena memory = {0};
    ess_fault fault = {0};
    const tree_node *root;
    char *one = malloc(text.len + 1);
    char *other = malloc(text.len + 1);
    if (one != NULL && other != NULL && tree_parse(text, &memory, &root, &fault) == ESS_OK) {
        size_t len = canonical(root, one, text.len);
        if (tree_parse((ess_slice){one, len}, &memory, &root, &fault) != ESS_OK ||
            canonical(root, other, len) != len || memcmp(one, other, len) != 0)
            abort();
    }
    free(one);
    free(other);
    arena_free(&memory);
}

/* Touches all that is told. */
static void hear(void *context, const model_problem *problem)
{
    const char *const texts[] = {problem->file,    problem->name,    problem->rule,
                                 problem->what.en, problem->what.zh, problem->detail};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i] == NULL || strlen(texts[i]) > 512)
            abort();
    }
    if (problem->line == 0)
        abort();
    *(size_t *)context += 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int fd = memfd_create("model", MFD_CLOEXEC);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    size_t told = 0;
    model_listener listener = {hear, &told};
    arena memory = {0};
    model_set base;
    model_set set;
    model_builtin(&base);
    ess_err err = model_load(path, &base, &listener, &memory, &set);
    if ((err == ESS_E_DATA) != (told > 0))
        abort();
    arena_free(&memory);
    (void)close(fd);
    print_twice((ess_slice){(const char *)data, size});
    return 0;
}
