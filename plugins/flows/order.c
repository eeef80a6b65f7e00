/* Sorts flows by the packet at which they expired. NFStream keeps a list ordered by last use and
 * looks at its head while packets come; here the same order is worked out afterwards, so that a
 * packet costs no list operations. (NFStream expires at most 1,000 flows at one look; here the
 * others do not wait for the next.) Knows nothing of columns. */
#include "order.h"

#include <string.h>

enum { SCAN_NS = 10000000, RADIX = 256 };

struct item {
    uint64_t key;
    uint32_t flow;
};

/* Stable, by key. Both arrays have n items; the result is in *items. */
static void sort_items(struct item **items, struct item **spare, size_t n)
{
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t counts[RADIX] = {0}, at = 0;
        struct item *from = *items, *to = *spare;

        for (size_t i = 0; i < n; i++)
            counts[from[i].key >> shift & (RADIX - 1)]++;
        if (n == 0 || counts[from[0].key >> shift & (RADIX - 1)] == n)
            continue;
        for (size_t i = 0; i < RADIX; i++) {
            size_t count = counts[i];

            counts[i] = at;
            at += count;
        }
        for (size_t i = 0; i < n; i++)
            to[counts[from[i].key >> shift & (RADIX - 1)]++] = from[i];
        *items = to;
        *spare = from;
    }
}

/* The looks for idle flows: rows in order. */
struct scan {
    const struct input *input;
    uint64_t row; /**< of the last look */
    int64_t tick; /**< its time */
    int started;
};

/* Step to the first look at or after `row` at which the clock shows `due`. @return its row, or
 * n_rows when there is none */
static uint64_t scan_until(struct scan *s, uint64_t row, int64_t due)
{
    const struct input *in = s->input;
    uint64_t i = s->started ? s->row + 1 : 0;

    if (s->started && s->row < in->n_rows && s->row >= row && s->tick >= due)
        return s->row;
    for (; i < in->n_rows; i++) {
        int64_t tick = in->ticks[i];

        if (s->started && (uint64_t)tick - (uint64_t)s->tick < SCAN_NS)
            continue;
        if (input_ignored(in, i) != COUNTED)
            continue;
        s->started = 1;
        s->row = i;
        s->tick = tick;
        if (i >= row && tick >= due)
            return i;
    }
    s->row = in->n_rows;
    return in->n_rows;
}

/* Row of expiry, then packets before looks, then last use. */
static uint64_t event_key(uint64_t row, int by_look, uint32_t last_row)
{
    return row << 33 | (uint64_t)(by_look != 0) << 32 | last_row;
}

/* Items come in order of last use. */
static void settle(const struct meter *m, struct item *items)
{
    struct scan scan = {.input = &m->input};
    int64_t idle = m->plan->idle;

    for (uint32_t i = 0; i < m->n_flows; i++) {
        struct flow *f = meter_flow(m, items[i].flow);
        uint32_t last_row = flow_last_row(f);
        int64_t due = idle > INT64_MAX - f->last_ns ? INT64_MAX : f->last_ns + idle;
        uint64_t look;

        if (f->expiry == EXPIRY_ACTIVE || f->expiry == EXPIRY_CUSTOM) {
            items[i].key = event_key(f->src, 0, last_row);
            continue;
        }
        look = scan_until(&scan, last_row, due);
        if (f->expiry == EXPIRY_IDLE && f->src <= look) {
            items[i].key = event_key(f->src, 0, last_row);
        } else {
            f->expiry = look < m->input.n_rows ? EXPIRY_IDLE : EXPIRY_END;
            items[i].key = event_key(look, 1, last_row);
        }
    }
}

int order_flows(const struct meter *m, trawl_call *call, uint32_t **ret, trawl_error *err)
{
    size_t bytes = ((size_t)m->n_flows + 1) * sizeof(struct item);
    struct item *items = host->alloc(bytes), *spare = host->alloc(bytes);
    uint32_t *order = host->alloc(((size_t)m->n_flows + 1) * sizeof(*order));
    int rc = TRAWL_OK;

    if (!items || !spare || !order) {
        rc = host->fail(err, TRAWL_E_NOMEM, "could not order the flows: no memory");
        goto out;
    }
    for (uint32_t i = 0; i < m->n_flows; i++)
        items[i] = (struct item){flow_last_row(meter_flow(m, i)), i};
    sort_items(&items, &spare, m->n_flows);
    settle(m, items);
    if (host->cancelled(call)) {
        rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        goto out;
    }
    sort_items(&items, &spare, m->n_flows);
    for (uint32_t i = 0; i < m->n_flows; i++)
        order[i] = items[i].flow;
    *ret = order;
    order = NULL;

out:
    host->free(items);
    host->free(spare);
    host->free(order);
    return rc;
}
