/* Ordered sets of ranges of numbers: which bytes were sent, by which packet first.
 * Knows nothing of packets or connections. */
#ifndef CONN_SPANS_H
#define CONN_SPANS_H

#include <stddef.h>
#include <stdint.h>

enum { SPAN_NONE = 0xffffffffu };

/** Numbers [start, end). */
struct span {
    uint64_t start, end;
    uint32_t left, right;  /**< of the tree of its set, or SPAN_NONE */
    uint32_t value, other; /**< the caller's */
};

/** Where the ranges of all sets of a model lie: a set is the index of its root, SPAN_NONE: empty.
 */
struct spans {
    struct span *items;
    size_t n, capacity;
    uint32_t unused; /**< given back, linked by `left`; + 1, 0: none */
    uint64_t seed;
};

/** The first range of a set that has a number of [start, end), or NULL. O(log n), as all here. */
const struct span *spans_find(const struct spans *spans, uint32_t root, uint64_t start,
                              uint64_t end);

/** Add [start, end), which no range of the set has a number of. @return 1, or 0 without memory */
int spans_put(struct spans *spans, uint32_t *root, uint64_t start, uint64_t end, uint32_t value,
              uint32_t other);

/**
 * Add [start, end) and make one range of all that touch: then their values mean nothing.
 * @param gap called for each part that the set did not have, in order, its result 0 is a failure;
 *            NULL: not called
 * @return 1, or 0 without memory. Amortized: each range is taken away at most once.
 */
int spans_cover(struct spans *spans, uint32_t *root, uint64_t start, uint64_t end,
                int (*gap)(void *context, uint64_t start, uint64_t end), void *context);

void spans_fini(struct spans *spans);

#endif
