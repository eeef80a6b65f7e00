/* Names by address, in memory. Knows nothing of where they are from. */
#ifndef NAMING_NAMES_H
#define NAMING_NAMES_H

#include "naming.h"

struct name {
    uint8_t address[16];
    size_t order; /**< of an address's names the first counts */
    char *text;
    size_t n;
};

/** Zero-filled: empty. */
struct names {
    struct name *items;
    size_t n, room;
};

int names_add(struct names *names, const uint8_t address[16], const char *text, size_t n,
              trawl_error *err);
/** Once, before names_tell(). */
void names_sort(struct names *names);
/** As a resolver's resolve. */
int names_tell(const struct names *names, const uint8_t (*addresses)[16], size_t n,
               naming_named *named, void *context, trawl_error *err);
void names_fini(struct names *names);

#endif
