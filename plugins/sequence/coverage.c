/* Sequence numbers: beyond 32 bits, and which bytes of a stream were there.
 * Must not know packets. */
#include <string.h>

#include "sequence.h"

int64_t unwrap_next(struct unwrap *u, uint32_t value)
{
    u->last += (int32_t)(value - (uint32_t)u->last);
    return u->last;
}

/* The first part that ends at or after `at`: the one that bytes from there on touch. */
static size_t find(const struct coverage *c, int64_t at)
{
    size_t low = 0, high = c->n;

    if (c->n && c->parts[c->n - 1][1] < at)
        return c->n; /* usual: data comes in order */
    while (low < high) {
        const size_t middle = (low + high) / 2;

        if (c->parts[middle][1] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int make_room(struct coverage *c)
{
    int64_t(*parts)[2];

    if (c->n < c->room)
        return 1;
    if (c->n == COVERAGE_MOST) {
        c->parts[1][0] = c->parts[0][0];
        c->n--;
        memmove(c->parts, c->parts + 1, c->n * sizeof(*c->parts));
        return 1;
    }
    parts = host->realloc(c->parts, (c->room ? c->room * 2 : 16) * sizeof(*parts));
    if (!parts)
        return 0;
    c->parts = parts;
    c->room = c->room ? c->room * 2 : 16;
    return 1;
}

int64_t coverage_add(struct coverage *c, int64_t start, int64_t end)
{
    int64_t fresh = end - start, low = start, high = end;
    size_t from, to;

    if (end <= start)
        return 0;
    from = to = find(c, start);
    while (to < c->n && c->parts[to][0] <= end) { /* all that touch are one now */
        const int64_t a = c->parts[to][0] > start ? c->parts[to][0] : start;
        const int64_t b = c->parts[to][1] < end ? c->parts[to][1] : end;

        fresh -= b > a ? b - a : 0;
        low = c->parts[to][0] < low ? c->parts[to][0] : low;
        high = c->parts[to][1] > high ? c->parts[to][1] : high;
        to++;
    }
    if (from == to) {
        const size_t before = c->n;

        if (!make_room(c))
            return -1;
        if (c->n < before && from == 1)
            return fresh; /* in the gap that counts as filled now */
        from -= c->n < before && from > 0;
        memmove(c->parts + from + 1, c->parts + from, (c->n - from) * sizeof(*c->parts));
        c->n++;
    } else {
        memmove(c->parts + from + 1, c->parts + to, (c->n - to) * sizeof(*c->parts));
        c->n -= to - from - 1;
    }
    c->parts[from][0] = low;
    c->parts[from][1] = high;
    return fresh;
}

void coverage_fini(struct coverage *c)
{
    host->free(c->parts);
    *c = (struct coverage){.n = 0};
}
