/* Memory that is given back all at once: for what a file of the model becomes. */
#ifndef ESS_JSON_ARENA_H
#define ESS_JSON_ARENA_H

#include <stddef.h>

typedef struct arena {
    struct arena_chunk *chunks;
    size_t used;
} arena;

/* size zeroed bytes, aligned for anything; NULL when memory is out. Lifetime: until arena_free. */
void *arena_take(arena *from, size_t size);
void arena_free(arena *all);

#endif
