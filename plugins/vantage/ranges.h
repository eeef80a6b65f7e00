/* Sets of bytes of a direction, by numbers that do not wrap. Knows nothing of packets. */
#ifndef VANTAGE_RANGES_H
#define VANTAGE_RANGES_H

#include <stddef.h>
#include <stdint.h>

#include "trawl/error.h"

struct range {
    uint64_t start, end; /* [start, end) */
};

/** Ranges as they come; after ranges_settle() ascending, and none touches another. */
struct ranges {
    struct range *items;
    size_t n, room;
};
int ranges_add(struct ranges *ranges, struct range range, trawl_error *err);
void ranges_settle(struct ranges *ranges);
/** All of a range is in a settled set. O(log n). */
int ranges_have(const struct ranges *ranges, struct range range);
void ranges_fini(struct ranges *ranges);

/** Numbers of 32 bits that wrap, as ones that do not: each is taken to be near the one before. */
struct unwrap {
    uint32_t last;
    uint64_t at;
};
struct unwrap unwrap_from(uint32_t first);
uint64_t unwrap(struct unwrap *u, uint32_t number);

#endif
