/* Holes between what a side has sent: an array in order, for there are few. Knows nothing of
 * segments. */
#include "holes.h"

#include <string.h>

#include "top.h"

struct holes {
    uint16_t n, room;
    struct hole {
        uint32_t from, to;
    } items[];
};

static void drop(struct holes *h, unsigned i, unsigned n)
{
    memmove(&h->items[i], &h->items[i + n], (h->n - i - n) * sizeof(*h->items));
    h->n = (uint16_t)(h->n - n);
}

/* A hole as the i-th. */
static int insert(struct holes **place, unsigned i, uint32_t from, uint32_t to)
{
    struct holes *h = *place;

    if (!h || (h->n == h->room && h->room < HOLES_MOST)) {
        const unsigned room = h ? h->room * 2u : 4;

        h = host->realloc(h, sizeof(*h) + room * sizeof(*h->items));
        if (!h)
            return -1;
        if (!*place)
            h->n = 0;
        h->room = (uint16_t)room;
        *place = h;
    }
    if (h->n == HOLES_MOST) {
        drop(h, 0, 1);
        i -= i > 0;
    }
    memmove(&h->items[i + 1], &h->items[i], (h->n - i) * sizeof(*h->items));
    h->items[i] = (struct hole){from, to};
    h->n++;
    return 0;
}

int holes_add(struct holes **place, uint32_t from, uint32_t to)
{
    return insert(place, *place ? (*place)->n : 0, from, to);
}

int holes_fill(struct holes **place, uint32_t from, uint32_t n, uint32_t *ret)
{
    struct holes *h = *place;

    *ret = 0;
    for (unsigned i = 0; h && i < h->n;) {
        struct hole *hole = &h->items[i];
        const int64_t first = (int32_t)(hole->from - from), end = (int32_t)(hole->to - from);
        const int64_t left = first > 0 ? first : 0, right = end < (int64_t)n ? end : n;

        if (right <= left) {
            i++;
            continue;
        }
        *ret += (uint32_t)(right - left);
        if (first < 0) { /* it begins within the hole */
            const uint32_t to = hole->to;

            hole->to = from;
            if (right < end)
                return insert(place, i + 1, from + n, to);
            i++;
        } else if (right < end) {
            hole->from = from + n;
            i++;
        } else {
            drop(h, i, 1);
        }
    }
    return 0;
}

void holes_pass(struct holes *h, uint32_t until)
{
    unsigned n = 0;

    while (n < h->n && (int32_t)(h->items[n].to - until) <= 0)
        n++;
    drop(h, 0, n);
    if (h->n && (int32_t)(h->items[0].from - until) < 0)
        h->items[0].from = until;
}
