/* Which numbers of a direction are there already. Knows nothing of packets. */
#include "cover.h"

#include <string.h>

#include "vantage.h"

/* The first range that ends at or behind a number. */
static size_t first_at(const struct ranges *r, uint64_t number)
{
    size_t low = 0, high = r->n;

    if (high && r->items[high - 1].end < number) /* as most come */
        return high;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (r->items[middle].end < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int cover_add(struct cover *cover, struct range range, uint64_t *ret_fresh, trawl_error *err)
{
    struct ranges *r = &cover->ranges;
    const size_t at = first_at(r, range.start);
    uint64_t fresh = range.end - range.start;
    size_t end = at;

    for (; end < r->n && r->items[end].start <= range.end; end++) {
        const uint64_t low = r->items[end].start > range.start ? r->items[end].start : range.start;
        const uint64_t high = r->items[end].end < range.end ? r->items[end].end : range.end;

        fresh -= high > low ? high - low : 0;
    }
    *ret_fresh = fresh;
    if (end > at) { /* they become one */
        r->items[at].start = r->items[at].start < range.start ? r->items[at].start : range.start;
        r->items[at].end = r->items[end - 1].end > range.end ? r->items[end - 1].end : range.end;
        memmove(&r->items[at + 1], &r->items[end], (r->n - end) * sizeof(*r->items));
        r->n -= end - at - 1;
        return TRAWL_OK;
    }
    if (r->n == r->room) {
        const size_t room = r->room * 2 + 16;
        struct range *more = host->realloc(r->items, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        r->items = more;
        r->room = room;
    }
    memmove(&r->items[at + 1], &r->items[at], (r->n - at) * sizeof(*r->items));
    r->items[at] = range;
    r->n++;
    return TRAWL_OK;
}

void cover_fini(struct cover *cover)
{
    ranges_fini(&cover->ranges);
}
