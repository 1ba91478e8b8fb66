#include "json/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define CHUNK_SIZE 65536

typedef struct arena_chunk {
    struct arena_chunk *next;
    size_t size;
    max_align_t bytes[];
} arena_chunk;

void *arena_take(arena *from, size_t size)
{
    size_t step = alignof(max_align_t);
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + step - 1) / step * step;
    if (from->chunks == NULL || from->chunks->size - from->used < size) {
        size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;
        arena_chunk *chunk = calloc(1, sizeof *chunk + room);
        if (chunk == NULL)
            return NULL;
        *chunk = (arena_chunk){.next = from->chunks, .size = room};
        from->chunks = chunk;
        from->used = 0;
    }
    void *taken = (char *)from->chunks->bytes + from->used;
    from->used += size;
    return taken;
}

void arena_free(arena *all)
{
    while (all->chunks != NULL) {
        arena_chunk *next = all->chunks->next;
        free(all->chunks);
        all->chunks = next;
    }
    *all = (arena){0};
}
