/* Any bytes as a maker's extension of the model: checked without harm; and what is JSON, printed
 * in its canonical form, reads back as the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/model_file.h"
#include "json/tree.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static FILE *nowhere;
    char path[64];
    int fd = memfd_create("model", MFD_CLOEXEC);
    if (nowhere == NULL)
        nowhere = fopen("/dev/null", "we");
    if (fd < 0 || nowhere == NULL || write(fd, data, size) != (ssize_t)size)
        abort();
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    cli c = {.out = nowhere, .err = nowhere, .in.json = size % 2 == 0};
    arena memory = {0};
    model_set base;
    model_set set;
    model_builtin(&base);
    (void)model_load(&c, path, &base, &memory, &set);
    arena_free(&memory);
    (void)close(fd);
    print_twice((ess_slice){(const char *)data, size});
    return 0;
}
