/* Sets of bytes of a direction, by numbers that do not wrap. Knows nothing of packets. */
#include "ranges.h"

#include <stdlib.h>

#include "vantage.h"

int ranges_add(struct ranges *ranges, struct range range, trawl_error *err)
{
    struct range *last = ranges->n ? &ranges->items[ranges->n - 1] : NULL;

    if (last && range.start <= last->end && range.start >= last->start) { /* as most come */
        last->end = range.end > last->end ? range.end : last->end;
        return TRAWL_OK;
    }
    if (ranges->n == ranges->room) {
        const size_t room = ranges->room * 2 + 16;
        struct range *more = host->realloc(ranges->items, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        ranges->items = more;
        ranges->room = room;
    }
    ranges->items[ranges->n++] = range;
    return TRAWL_OK;
}

static int by_start(const void *a, const void *b)
{
    const struct range *x = a, *y = b;

    return x->start < y->start ? -1 : x->start > y->start;
}

void ranges_settle(struct ranges *ranges)
{
    size_t n = 0;

    if (ranges->n > 1)
        qsort(ranges->items, ranges->n, sizeof(*ranges->items), by_start);
    for (size_t i = 0; i < ranges->n; i++) {
        const struct range r = ranges->items[i];

        if (n && r.start <= ranges->items[n - 1].end) {
            if (r.end > ranges->items[n - 1].end)
                ranges->items[n - 1].end = r.end;
        } else {
            ranges->items[n++] = r;
        }
    }
    ranges->n = n;
}

int ranges_have(const struct ranges *ranges, struct range range)
{
    size_t low = 0, high = ranges->n;

    while (low < high) { /* the last that starts at or before it */
        const size_t middle = low + (high - low) / 2;

        if (ranges->items[middle].start <= range.start)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && ranges->items[low - 1].end >= range.end;
}

void ranges_fini(struct ranges *ranges)
{
    host->free(ranges->items);
}

struct unwrap unwrap_from(uint32_t first)
{
    return (struct unwrap){.last = first, .at = UINT64_C(1) << 32};
}

uint64_t unwrap(struct unwrap *u, uint32_t number)
{
    u->at += (uint64_t)(int64_t)(int32_t)(number - u->last);
    u->last = number;
    return u->at;
}
