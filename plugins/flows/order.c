/* Sorts flows by the packet at which they expired. NFStream keeps a list ordered by last use and
 * looks at its head while packets come; here the same order is worked out afterwards, so that a
 * packet costs no list operations. (NFStream expires at most 1,000 flows at one look; here the
 * others do not wait for the next.) Knows nothing of columns. */
#include "order.h"

#include <string.h>

enum { SCAN_NS = 10000000, DIGIT_MOST = 11, FETCH_AHEAD = 16 };
#define BY_PACKET 0x80000000u /* on a flow's number: a packet ended it */

struct item {
    uint32_t row, flow;
};

/* Stable, by rows below n_rows. Both arrays have n items; the result is in *items. */
static void sort_items(struct item **items, struct item **spare, size_t n, uint64_t n_rows)
{
    unsigned bits = 1, n_digits, width;

    while (n_rows >> bits)
        bits++;
    n_digits = (bits + DIGIT_MOST - 1) / DIGIT_MOST;
    width = (bits + n_digits - 1) / n_digits;
    for (unsigned shift = 0; shift < bits && n > 1; shift += width) {
        const uint32_t mask = (1u << width) - 1;
        uint32_t counts[1 << DIGIT_MOST] = {0}, at = 0;
        struct item *from = *items, *to = *spare;

        for (size_t i = 0; i < n; i++)
            counts[from[i].row >> shift & mask]++;
        for (uint32_t i = 0; i <= mask; i++) {
            const uint32_t count = counts[i];

            counts[i] = at;
            at += count;
        }
        for (size_t i = 0; i < n; i++)
            to[counts[from[i].row >> shift & mask]++] = from[i];
        *items = to;
        *spare = from;
    }
}

/* ---- items: a flow and its last row ---- */

struct gather {
    const struct meter *meter;
    struct item *items[MAX_PARTS]; /* of each part */
};

static int gather_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    const struct gather *g = context;
    const struct meter_part *part = &g->meter->parts[i_part];

    (void)i_thread;
    (void)err;
    for (uint32_t i = 0; i < part->n_flows; i++) {
        const struct flow *f = meter_flow(g->meter, part->first_flow + i);
        const uint32_t by_packet = f->expiry != EXPIRY_OPEN ? BY_PACKET : 0;

        g->items[i_part][i] = (struct item){flow_last_row(f), (part->first_flow + i) | by_packet};
    }
    return TRAWL_OK;
}

static int gather_items(const struct meter *m, trawl_call *call, struct item *items,
                        trawl_error *err)
{
    struct gather g = {.meter = m};

    for (unsigned i = 0; i < m->input.n_parts; i++) {
        g.items[i] = items;
        items += m->parts[i].n_flows;
    }
    return host->parallel(call, m->input.n_parts, gather_part, &g, err);
}

/* ---- looks for idle flows: rows in order ---- */

struct scan {
    const struct input *input;
    uint64_t row; /* of the last look; n_rows: there is none any more */
    int64_t tick; /* its time */
    int started;
};

/* The first row from `row` on at which the clock shows `tick` or more. It is most often near. */
static uint64_t row_at(const struct input *in, uint64_t row, int64_t tick)
{
    uint64_t step = 1, end = row;

    while (end < in->n_rows && in->ticks[end] < tick) {
        row = end + 1;
        end = in->n_rows - end > step ? end + step : in->n_rows;
        step *= 2;
    }
    while (row < end) {
        const uint64_t middle = row + (end - row) / 2;

        if (in->ticks[middle] < tick)
            row = middle + 1;
        else
            end = middle;
    }
    return row;
}

static void next_look(struct scan *s)
{
    const struct input *in = s->input;

    if (s->started)
        s->row = s->tick > INT64_MAX - SCAN_NS ? in->n_rows
                                               : row_at(in, s->row + 1, s->tick + SCAN_NS);
    while (s->row < in->n_rows && !input_counted(in, s->row))
        s->row++;
    s->started = 1;
    if (s->row < in->n_rows)
        s->tick = in->ticks[s->row];
}

/* Step to the first look at or after `row` at which the clock shows `due`; both never less than in
 * the call before. @return its row, or n_rows when there is none */
static uint64_t scan_until(struct scan *s, uint64_t row, int64_t due)
{
    while (!s->started || (s->row < s->input->n_rows && (s->row < row || s->tick < due)))
        next_look(s);
    return s->row;
}

/* ---- expiry ---- */

/* Items come in order of last use. Those that a look ends stay, with the row of the look, which
 * keeps their order; those that a packet ended before go to `ended`, with that packet's row. */
static size_t settle(const struct meter *m, struct item *items, struct item *ended,
                     size_t *ret_n_ended)
{
    struct scan scan = {.input = &m->input};
    const int64_t idle = m->plan->idle;
    size_t n = 0, n_ended = 0;

    for (size_t i = 0; i < m->n_flows; i++) {
        const uint32_t last_row = items[i].row, flow = items[i].flow & ~BY_PACKET;
        const int64_t last = m->input.ticks[last_row];
        const struct flow *f = items[i].flow & BY_PACKET ? meter_flow(m, flow) : NULL;
        uint32_t look;

        if (f && f->expiry != EXPIRY_IDLE) {
            ended[n_ended++] = (struct item){f->src, flow};
            continue;
        }
        look = (uint32_t)scan_until(&scan, last_row,
                                    last > 0 && idle > INT64_MAX - last ? INT64_MAX : last + idle);
        if (f && f->src <= look)
            ended[n_ended++] = (struct item){f->src, flow};
        else
            items[n++] = (struct item){look, flow};
    }
    *ret_n_ended = n_ended;
    return n;
}

/* At one row its packet ends flows before the look does. */
static void merge(struct order *order, const struct item *looks, size_t n, const struct item *ended,
                  size_t n_ended, uint64_t n_rows)
{
    size_t i = 0, k = 0, at = 0;

    while (i < n && looks[i].row < n_rows) {
        if (k < n_ended && ended[k].row <= looks[i].row)
            order->flows[at++] = ended[k++].flow;
        else
            order->flows[at++] = looks[i++].flow;
    }
    while (k < n_ended)
        order->flows[at++] = ended[k++].flow;
    order->n_open = (uint32_t)at;
    while (i < n)
        order->flows[at++] = looks[i++].flow;
}

int order_init(struct order *order, const struct meter *m, trawl_call *call, trawl_error *err)
{
    const size_t bytes = ((size_t)m->n_flows + 1) * sizeof(struct item);
    struct item *const all[2] = {host->alloc(bytes), host->alloc(bytes)};
    struct item *items = all[0], *spare = all[1], *ended, *room;
    size_t n, n_ended;
    int rc = TRAWL_OK;

    order->flows = host->alloc(((size_t)m->n_flows + 1) * sizeof(*order->flows));
    if (!items || !spare || !order->flows)
        rc = host->fail(err, TRAWL_E_NOMEM, "could not order the flows: no memory");
    if (rc == TRAWL_OK)
        rc = gather_items(m, call, items, err);
    if (rc != TRAWL_OK)
        goto out;
    sort_items(&items, &spare, m->n_flows, m->input.n_rows);
    n = settle(m, items, spare, &n_ended);
    if (host->cancelled(call)) {
        rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        goto out;
    }
    ended = spare;
    room = items + n; /* what settle() left unused is enough */
    sort_items(&ended, &room, n_ended, m->input.n_rows);
    merge(order, items, n, ended, n_ended, m->input.n_rows);

out:
    host->free(all[0]);
    host->free(all[1]);
    return rc;
}

void order_fini(struct order *order)
{
    host->free(order->flows);
    order->flows = NULL;
}
