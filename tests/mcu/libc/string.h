/* All that libess wants of a C library, and nothing else: what is not declared here does not
 * compile, what is not defined in string.c does not link. So the test proves the claim, and needs
 * no C library for the Cortex-M4 (newlib is 370 MB of packages). A firmware brings its own. */
#ifndef ESS_MCU_STRING_H
#define ESS_MCU_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t len);
void *memmove(void *to, const void *from, size_t len);
void *memset(void *room, int byte, size_t len);
void *memchr(const void *room, int byte, size_t len);
int memcmp(const void *a, const void *b, size_t len);
int strcmp(const char *a, const char *b);
size_t strlen(const char *text);

#endif
