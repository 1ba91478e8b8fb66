/* Written plainly and slowly. Compiled with -fno-tree-loop-distribute-patterns, or the compiler
 * would see a memcpy in memcpy and call it. */
#include <stdint.h>
#include <string.h>

void *memcpy(void *to, const void *from, size_t len)
{
    char *t = to;
    const char *f = from;
    for (size_t i = 0; i < len; i++)
        t[i] = f[i];
    return to;
}

void *memmove(void *to, const void *from, size_t len)
{
    char *t = to;
    const char *f = from;
    if (t <= f)
        return memcpy(to, from, len);
    for (size_t i = len; i > 0; i--)
        t[i - 1] = f[i - 1];
    return to;
}

void *memset(void *room, int byte, size_t len)
{
    unsigned char *r = room;
    for (size_t i = 0; i < len; i++)
        r[i] = (unsigned char)byte;
    return room;
}

void *memchr(const void *room, int byte, size_t len)
{
    const unsigned char *r = room;
    for (size_t i = 0; i < len; i++) {
        if (r[i] == (unsigned char)byte)
            return (void *)(uintptr_t)&r[i];
    }
    return NULL;
}

int memcmp(const void *a, const void *b, size_t len)
{
    const unsigned char *x = a, *y = b;
    for (size_t i = 0; i < len; i++) {
        if (x[i] != y[i])
            return x[i] - y[i];
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

size_t strlen(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0')
        len++;
    return len;
}
