/* Which packets carry the same data on different subflows.
 * Knows nothing of tables or fields. */
#ifndef CONN_REINJECTION_H
#define CONN_REINJECTION_H

#include "model.h"

/** Two packets of one direction of a connection, on different subflows, that share bytes. */
struct again {
    uint32_t row;      /**< the later packet */
    uint32_t original; /**< the earlier one */
};

struct reinjections {
    struct again *items; /**< by row, then by original; each pair once */
    size_t n, capacity;
};

/**
 * Find them in model.carries. At most 64 originals a packet, the earliest of those looked at.
 * @return 1, or 0 without memory; reinjections_fini() in any case. O(n log n).
 */
int reinjections_find(const struct model *model, struct reinjections *ret);
void reinjections_fini(struct reinjections *reinjections);

#endif
