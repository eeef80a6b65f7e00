/* Which numbers of a direction are there already. Knows nothing of packets. */
#ifndef VANTAGE_COVER_H
#define VANTAGE_COVER_H

#include "ranges.h"

/** Ascending ranges that do not touch; added to in any order, mostly at the end. */
struct cover {
    struct ranges ranges;
};
/** Add a range; *ret_fresh: how much of it was not there. */
int cover_add(struct cover *cover, struct range range, uint64_t *ret_fresh, trawl_error *err);
void cover_fini(struct cover *cover);

#endif
