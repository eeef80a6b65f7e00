/* Treaps in one array: priorities are a seeded hash of the index, so that no capture can choose the
 * shape of a tree. Knows nothing of what the ranges mean. */
#include "spans.h"
#include "map.h"
#include "conn.h"

#include <string.h>
#include <sys/random.h>

static uint64_t priority(const struct spans *s, uint32_t i)
{
    uint64_t x = (i ^ s->seed) * 0x9e3779b97f4a7c15u;

    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

/* Ranges that start below a number, and the others. */
static void split(const struct spans *s, uint32_t root, uint64_t start, uint32_t *ret_below,
                  uint32_t *ret_above)
{
    while (root != SPAN_NONE) {
        struct span *at = &s->items[root];

        if (at->start < start) {
            *ret_below = root;
            ret_below = &at->right;
            root = at->right;
        } else {
            *ret_above = root;
            ret_above = &at->left;
            root = at->left;
        }
    }
    *ret_below = *ret_above = SPAN_NONE;
}

/* One tree of two: all of `below` lies below all of `above`. */
static uint32_t merge(const struct spans *s, uint32_t below, uint32_t above)
{
    uint32_t root = SPAN_NONE, *link = &root;

    while (below != SPAN_NONE && above != SPAN_NONE) {
        if (priority(s, below) > priority(s, above)) {
            *link = below;
            link = &s->items[below].right;
            below = *link;
        } else {
            *link = above;
            link = &s->items[above].left;
            above = *link;
        }
    }
    *link = below != SPAN_NONE ? below : above;
    return root;
}

/* The first range that ends at `start` or later. */
static uint32_t first_to(const struct spans *s, uint32_t root, uint64_t start)
{
    uint32_t found = SPAN_NONE;

    while (root != SPAN_NONE) {
        if (s->items[root].end >= start) {
            found = root;
            root = s->items[root].left;
        } else {
            root = s->items[root].right;
        }
    }
    return found;
}

const struct span *spans_find(const struct spans *s, uint32_t root, uint64_t start, uint64_t end)
{
    uint32_t i = start < end ? first_to(s, root, start + 1) : SPAN_NONE;

    return i != SPAN_NONE && s->items[i].start < end ? &s->items[i] : NULL;
}

static uint32_t new_span(struct spans *s, uint64_t start, uint64_t end)
{
    uint32_t i;

    if (s->unused) {
        i = s->unused - 1;
        s->unused = s->items[i].left;
    } else {
        if (s->n >= SPAN_NONE - 1 ||
            !room_for((void **)&s->items, s->n, &s->capacity, sizeof(*s->items)))
            return SPAN_NONE;
        if (s->n == 0 && getrandom(&s->seed, sizeof(s->seed), GRND_NONBLOCK) < 0)
            s->seed = (uint64_t)(uintptr_t)s->items;
        i = (uint32_t)s->n++;
    }
    s->items[i] = (struct span){.start = start, .end = end, .left = SPAN_NONE, .right = SPAN_NONE};
    return i;
}

static void insert(const struct spans *s, uint32_t *root, uint32_t i)
{
    uint32_t below, above;

    split(s, *root, s->items[i].start, &below, &above);
    *root = merge(s, merge(s, below, i), above);
}

/* Take the range with this start out of the tree; it stays where it lies. */
static void take_out(const struct spans *s, uint32_t *root, uint64_t start)
{
    uint32_t *link = root;

    while (s->items[*link].start != start)
        link = s->items[*link].start < start ? &s->items[*link].right : &s->items[*link].left;
    *link = merge(s, s->items[*link].left, s->items[*link].right);
}

int spans_put(struct spans *s, uint32_t *root, uint64_t start, uint64_t end, uint32_t value,
              uint32_t other)
{
    uint32_t i = new_span(s, start, end);

    if (i == SPAN_NONE)
        return 0;
    s->items[i].value = value;
    s->items[i].other = other;
    insert(s, root, i);
    return 1;
}

int spans_cover(struct spans *s, uint32_t *root, uint64_t start, uint64_t end,
                int (*gap)(void *context, uint64_t start, uint64_t end), void *context)
{
    uint64_t from = start, low = start, high = end;
    uint32_t i, whole = SPAN_NONE;

    if (start >= end)
        return 1;
    while ((i = first_to(s, *root, start)) != SPAN_NONE && s->items[i].start <= end) {
        struct span at = s->items[i];

        if (at.start <= start && at.end >= end)
            return 1;
        take_out(s, root, at.start);
        if (whole == SPAN_NONE) {
            whole = i;
        } else {
            s->items[i].left = s->unused;
            s->unused = i + 1;
        }
        low = at.start < low ? at.start : low;
        high = at.end > high ? at.end : high;
        if (gap && at.start > from && !gap(context, from, at.start))
            return 0;
        from = at.end > from ? at.end : from;
    }
    if (gap && from < end && !gap(context, from, end))
        return 0;
    if (whole == SPAN_NONE) {
        whole = new_span(s, low, high);
        if (whole == SPAN_NONE)
            return 0;
    } else {
        s->items[whole].start = low;
        s->items[whole].end = high;
        s->items[whole].left = s->items[whole].right = SPAN_NONE;
    }
    insert(s, root, whole);
    return 1;
}

void spans_fini(struct spans *s)
{
    host->free(s->items);
    memset(s, 0, sizeof(*s));
}
