/* Segments into endpoints, each when it comes: nothing of earlier rows is read again.
 * Knows nothing of rows of results. */
#include "feed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "analyze.h"
#include "input.h"

enum { POLL_ROWS = 4096 };

/* ---- endpoints ---- */

static size_t hash(const struct feed *f, const uint8_t address[16], uint16_t port, unsigned inbound)
{
    uint64_t a, b, h;

    memcpy(&a, address, 8);
    memcpy(&b, address + 8, 8);
    h = (f->seed ^ a) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 29 ^ b) * UINT64_C(0xbf58476d1ce4e5b9);
    h = (h ^ h >> 32 ^ ((uint64_t)inbound << 16 | port)) * UINT64_C(0x94d049bb133111eb);
    return (size_t)(h ^ h >> 31);
}

static uint32_t *slot_of(const struct feed *f, const uint8_t address[16], uint16_t port,
                         unsigned inbound)
{
    size_t i = hash(f, address, port, inbound) & (f->n_slots - 1);

    for (; f->slots[i]; i = (i + 1) & (f->n_slots - 1)) {
        const struct endpoint *e = &f->endpoints[f->slots[i] - 1];

        if (e->port == port && e->inbound == inbound && memcmp(e->address, address, 16) == 0)
            break;
    }
    return &f->slots[i];
}

static int grow(struct feed *f, trawl_error *err)
{
    const size_t n_slots = f->n_slots ? f->n_slots * 2 : 256;
    uint32_t *slots = host->alloc(n_slots * sizeof(*slots));
    struct endpoint *endpoints = slots
                                     ? host->realloc(f->endpoints, n_slots / 2 * sizeof(*endpoints))
                                     : NULL;

    if (!endpoints) {
        host->free(slots);
        return top_nomem(err);
    }
    if (!f->n_slots && getrandom(&f->seed, sizeof(f->seed), GRND_NONBLOCK) < 0)
        f->seed = (uint64_t)(uintptr_t)slots;
    host->free(f->slots);
    f->slots = slots;
    f->n_slots = n_slots;
    f->endpoints = endpoints;
    f->room_endpoints = n_slots / 2;
    for (size_t i = 0; i < f->n_endpoints; i++) {
        const struct endpoint *e = &endpoints[i];

        *slot_of(f, e->address, e->port, e->inbound) = (uint32_t)i + 1;
    }
    return TRAWL_OK;
}

static int find_endpoint(struct feed *f, const uint8_t address[16], int is6, uint16_t port,
                         unsigned inbound, uint32_t *ret, trawl_error *err)
{
    const int rc = f->n_endpoints == f->room_endpoints ? grow(f, err) : TRAWL_OK;
    uint32_t *slot;

    if (rc != TRAWL_OK)
        return rc;
    slot = slot_of(f, address, port, inbound);
    if (!*slot) {
        struct endpoint *e = &f->endpoints[f->n_endpoints++];

        *e = (struct endpoint){
            .port = port, .is6 = (uint8_t)is6, .inbound = (uint8_t)inbound, .serial = NO_GROUP};
        memcpy(e->address, address, 16);
        *slot = (uint32_t)f->n_endpoints;
    }
    *ret = *slot - 1;
    return TRAWL_OK;
}

/* ---- connections ---- */

/* The endpoint of a connection of which the client is known, by one of its packets. */
static int place(const struct plan *plan, struct feed *f, const struct input *in, uint64_t row,
                 struct feed_connection *c, trawl_error *err)
{
    const int outgoing = input_u32(&in->src, row) == c->client &&
                         input_u16(&in->sport, row) == c->client_port;
    const uint32_t server = input_u32(outgoing ? &in->dst : &in->src, row);
    const uint16_t port = input_u16(outgoing ? &in->dport : &in->sport, row);
    const uint8_t(*addresses)[16] = in->src.addresses;
    uint32_t remote = server;
    unsigned inbound = 0;

    if (plan->n_local)
        inbound = !is_local(plan, addresses[c->client & 0x7fffffff]);
    if (inbound)
        remote = c->client;
    if ((inbound && !is_local(plan, addresses[server & 0x7fffffff])) ||
        !is_allowed(plan, addresses[remote & 0x7fffffff], port)) {
        c->i_endpoint = NO_GROUP;
        return TRAWL_OK;
    }
    return find_endpoint(f, addresses[remote & 0x7fffffff], remote >> 31 != 0, port, inbound,
                         &c->i_endpoint, err);
}

static int begin(const struct plan *plan, struct feed *f, const struct input *in, uint64_t row,
                 struct feed_connection *c, trawl_error *err)
{
    const int is_client = input_sender_is_client(in, plan->ephemeral, row);
    int rc;

    c->client = input_u32(is_client ? &in->src : &in->dst, row);
    c->client_port = input_u16(is_client ? &in->sport : &in->dport, row);
    rc = place(plan, f, in, row, c, err);
    c->seen = rc == TRAWL_OK;
    return rc;
}

static int connection_of(struct feed *f, uint32_t stream, struct feed_connection **ret,
                         trawl_error *err)
{
    if (stream >= f->room_connections) {
        const size_t room = (size_t)stream + stream / 2 + 256;
        struct feed_connection *grown = host->realloc(f->connections, room * sizeof(*grown));

        if (!grown)
            return top_nomem(err);
        f->connections = grown;
        f->room_connections = room;
    }
    if (stream >= f->n_connections) {
        memset(&f->connections[f->n_connections], 0,
               (stream + 1 - f->n_connections) * sizeof(*f->connections));
        f->n_connections = (size_t)stream + 1;
    }
    *ret = &f->connections[stream];
    return TRAWL_OK;
}

/* ---- over time ---- */

static int history_add(struct history **place, int64_t bin, double sum, uint64_t n)
{
    struct history *h = *place;

    if (!h) {
        h = *place = host->alloc(sizeof(*h));
        if (!h)
            return -1;
        h->last = bin;
    }
    if (bin - h->last >= HISTORY_BINS) {
        memset(h, 0, sizeof(*h));
        h->last = bin;
    }
    while (h->last < bin) {
        const size_t i = (size_t)(++h->last % HISTORY_BINS);

        h->sums[i] = 0;
        h->counts[i] = 0;
    }
    if (bin > h->last - HISTORY_BINS) {
        const size_t i = (size_t)(bin % HISTORY_BINS);

        if (h->counts[i] + n <= UINT16_MAX) { /* beyond, the mean stands */
            h->sums[i] += (float)sum;
            h->counts[i] += (uint16_t)n;
        }
    }
    return 0;
}

static int64_t bin_of(const struct feed *f, int64_t time_ns)
{
    int64_t since;

    if (__builtin_sub_overflow(time_ns, f->start_ns, &since) || since < 0)
        return 0;
    return f->bin_ns > 0 ? since / f->bin_ns : 0;
}

/* ---- segments ---- */

static int settle(struct feed *f)
{
    if (!f->spare.is_due)
        return 0;
    f->spare.is_due = 0;
    for (size_t i = 0; i < f->n_endpoints; i++)
        if (numbers_settle(&f->endpoints[i].numbers, &f->spare) != 0)
            return -1;
    return 0;
}

/* No memory within a segment: what was counted of it stays, for it cannot be counted again. */
static int cut_short(struct feed *f, trawl_error *err)
{
    f->n_done++;
    f->n_short++;
    return top_nomem(err);
}

static int take(const struct plan *plan, struct feed *f, const struct input *in, uint64_t row,
                trawl_error *err)
{
    static const enum measure measures[N_HISTORIES] = {Q_LAT, Q_TTFB};
    struct segment segment = input_segment(in, row);
    struct feed_connection *c = NULL;
    struct endpoint *e;
    double sums[N_HISTORIES];
    uint64_t counts[N_HISTORIES];
    int rc = connection_of(f, input_u32(&in->stream, row), &c, err);

    if (rc == TRAWL_OK && !c->seen)
        rc = begin(plan, f, in, row, c, err);
    else if (rc == TRAWL_OK && c->i_endpoint == FORGOTTEN)
        rc = place(plan, f, in, row, c, err);
    if (rc != TRAWL_OK)
        return rc;
    if (c->i_endpoint == NO_GROUP) {
        f->n_elsewhere++;
        return TRAWL_OK;
    }
    segment.outgoing = input_u32(&in->src, row) == c->client &&
                       input_u16(&in->sport, row) == c->client_port;
    c->last_row = (uint32_t)row;
    c->last_out = segment.outgoing;
    c->n_packets++;
    c->n_bytes += segment.len;
    e = &f->endpoints[c->i_endpoint];
    if (e->numbers.tallies[N_PACKETS_OUT] + e->numbers.tallies[N_PACKETS_IN] == 0 ||
        segment.time_ns < e->numbers.first_ns)
        e->numbers.first_ns = segment.time_ns;
    e->numbers.spare = &f->spare;
    e->last_ns = f->end_ns;
    e->last_row = f->let_go + row;
    e->numbers.tallies[segment.outgoing ? N_PACKETS_OUT : N_PACKETS_IN]++;
    e->numbers.tallies[segment.outgoing ? N_BYTES_OUT : N_BYTES_IN] += segment.len;
    for (int i = 0; i < N_HISTORIES; i++) {
        counts[i] = numbers_of(&e->numbers, measures[i])->n;
        sums[i] = numbers_of(&e->numbers, measures[i])->sum;
    }
    if ((plan->analysis ? analysis_take(plan->analysis, &c->session, &segment, row,
                                        input_u32(&in->stream, row), &f->scratch, &e->numbers)
                        : session_take(&c->session, &segment, &e->numbers)) != 0 ||
        settle(f) != 0)
        return cut_short(f, err);
    for (int i = 0; i < N_HISTORIES; i++) {
        const struct samples *s = numbers_of(&e->numbers, measures[i]);

        if (s->n > counts[i] && history_add(&e->histories[i], bin_of(f, segment.time_ns),
                                            s->sum - sums[i], s->n - counts[i]) != 0)
            return cut_short(f, err);
    }
    return TRAWL_OK;
}

/* A connection is over: no packet of it will come, or could be told to be of it. */
static int end(const struct plan *plan, struct feed *f, struct feed_connection *c, uint32_t stream)
{
    struct numbers *n;

    if (!feed_counts(c)) {
        session_fini(&c->session);
        return 0;
    }
    n = &f->endpoints[c->i_endpoint].numbers;
    return plan->analysis ? analysis_end(plan->analysis, &c->session, stream, &f->scratch, n)
                          : session_end(&c->session, n);
}

static void end_for_good(const struct plan *plan, struct feed *f, struct feed_connection *c,
                         uint32_t stream)
{
    if (end(plan, f, c, stream) != 0)
        f->n_short++;
    session_fini(&c->session);
}

/* Of n rows: index + 1 of the connection whose last packet it is. Gives how many numbers those
 * have. */
static size_t find_last(const struct feed *f, const struct input *in, uint64_t gone, uint64_t n,
                        uint32_t *of_row)
{
    size_t n_moved = 0;

    for (size_t i = 0; i < f->n_connections; i++) {
        const struct feed_connection *c = &f->connections[i];
        const uint64_t row = c->last_row - gone;

        if (!c->seen || c->i_endpoint == NO_GROUP || c->last_row < gone || row >= n ||
            !input_has(in, row))
            continue;
        of_row[row] = (uint32_t)i + 1;
        if (input_u32(&in->stream, row) >= n_moved)
            n_moved = (size_t)input_u32(&in->stream, row) + 1;
    }
    return n_moved;
}

/* The capture let go of its oldest packets: rows, streams and codes have other numbers. A
 * connection is found by its last packet; one without any left is over. */
static int move_on(const struct plan *plan, struct feed *f, const struct input *in, uint64_t let_go,
                   trawl_error *err)
{
    const uint64_t gone = let_go - f->let_go;
    const uint64_t n = f->n_done > gone ? f->n_done - gone : 0;
    uint32_t *of_row = host->alloc((size_t)(n + 1) * sizeof(*of_row));
    const size_t n_moved = of_row ? find_last(f, in, gone, n, of_row) : 0;
    struct feed_connection *moved = of_row ? host->alloc((n_moved + 1) * sizeof(*moved)) : NULL;

    if (!moved) {
        host->free(of_row);
        return top_nomem(err);
    }
    for (uint64_t row = 0; row < n; row++) {
        const uint32_t stream = of_row[row] ? input_u32(&in->stream, row) : 0;
        struct feed_connection *from, *c = &moved[stream];

        if (!of_row[row])
            continue;
        from = &f->connections[of_row[row] - 1];
        end_for_good(plan, f, c, stream); /* of two that are one now the former */
        *c = *from;
        c->last_row = (uint32_t)row;
        c->client = input_u32(c->last_out ? &in->src : &in->dst, row);
        memset(from, 0, sizeof(*from));
    }
    host->free(of_row);
    for (size_t i = 0; i < f->n_connections; i++)
        end_for_good(plan, f, &f->connections[i], (uint32_t)i);
    host->free(f->connections);
    f->connections = moved;
    f->n_connections = f->room_connections = n_moved;
    f->n_done = n;
    f->let_go = let_go;
    return TRAWL_OK;
}

int feed_take(trawl_call *call, const struct plan *plan, struct feed *f, trawl_table *packets,
              uint64_t let_go, int64_t span_ns, uint64_t most, int *ret_more, trawl_error *err)
{
    struct input in;
    int64_t until;
    uint64_t end;
    int rc;

    memset(&in, 0, sizeof(in));
    *ret_more = 0;
    f->next_ns = INT64_MAX;
    rc = input_open(call, packets, &in, err);
    if (rc == TRAWL_OK && in.n_rows + let_go < f->n_done + f->let_go)
        return TRAWL_OK; /* what was taken is not all there again yet */
    if (rc == TRAWL_OK && f->n_done == 0 && f->let_go == 0) {
        f->end_ns = INT64_MIN;
        f->start_ns = in.n_rows ? ((const int64_t *)in.time.data)[0] : 0;
        f->let_go = in.n_rows ? let_go : 0; /* those never were in it */
    } else if (rc == TRAWL_OK && let_go > f->let_go) {
        rc = move_on(plan, f, &in, let_go, err);
    }
    if (rc != TRAWL_OK)
        return rc;
    if (__builtin_add_overflow(f->start_ns, span_ns, &until))
        until = INT64_MAX;
    end = in.n_rows - f->n_done > most ? f->n_done + most : in.n_rows;
    while (f->n_done < end) {
        const uint64_t row = f->n_done;
        const int64_t time_ns = ((const int64_t *)in.time.data)[row];

        if (time_ns > until) {
            f->next_ns = time_ns;
            return TRAWL_OK;
        }
        f->end_ns = time_ns > f->end_ns ? time_ns : f->end_ns;
        if (row % POLL_ROWS == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (input_has(&in, row))
            rc = take(plan, f, &in, row, err);
        if (rc != TRAWL_OK)
            return rc;
        f->n_done++;
    }
    *ret_more = end < in.n_rows;
    return TRAWL_OK;
}

int feed_end(const struct plan *plan, struct feed *f, trawl_error *err)
{
    if (f->is_over)
        return TRAWL_OK;
    f->is_over = 1;
    for (size_t i = 0; i < f->n_connections; i++)
        if (end(plan, f, &f->connections[i], (uint32_t)i) != 0)
            return top_nomem(err);
    return TRAWL_OK;
}

/* ---- letting go of endpoints ---- */

static int by_row(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return a < b ? -1 : a > b;
}

/* Endpoints whose last segment came before this are let go. */
struct bound {
    int64_t ns;
    uint64_t row; /* which goes on where the clock does not: it was set back */
};

static int is_old(const struct endpoint *e, const struct bound *bound)
{
    return e->last_ns < bound->ns || e->last_row < bound->row;
}

static int find_bound(const struct feed *f, int64_t idle_ns, size_t most, struct bound *ret,
                      size_t *ret_old, trawl_error *err)
{
    uint64_t *rows;

    *ret_old = 0;
    ret->row = 0;
    if (__builtin_sub_overflow(f->end_ns, idle_ns, &ret->ns))
        ret->ns = INT64_MIN;
    for (size_t i = 0; i < f->n_endpoints; i++)
        *ret_old += (size_t)is_old(&f->endpoints[i], ret);
    if (f->n_endpoints - *ret_old <= most)
        return TRAWL_OK;
    rows = host->alloc(f->n_endpoints * sizeof(*rows));
    if (!rows)
        return top_nomem(err);
    for (size_t i = 0; i < f->n_endpoints; i++)
        rows[i] = f->endpoints[i].last_row;
    qsort(rows, f->n_endpoints, sizeof(*rows), by_row);
    *ret_old = f->n_endpoints - (most - most / 4); /* that not each turn has to */
    ret->row = rows[*ret_old];
    host->free(rows);
    return TRAWL_OK;
}

static void forget(struct feed *f, struct endpoint *e)
{
    if (f->n_forgotten++ == 0 || e->numbers.first_ns < f->forgotten.first_ns)
        f->forgotten.first_ns = e->numbers.first_ns;
    for (int i = 0; i < N_TALLIES; i++)
        f->forgotten.tallies[i] += e->numbers.tallies[i];
    numbers_fini(&e->numbers);
    for (int i = 0; i < N_HISTORIES; i++)
        host->free(e->histories[i]);
}

int feed_forget(struct feed *f, int64_t idle_ns, size_t most, trawl_error *err)
{
    struct bound bound;
    uint32_t *to;
    size_t n = 0, n_old;
    int rc = find_bound(f, idle_ns, most, &bound, &n_old, err);

    if (rc != TRAWL_OK || n_old == 0)
        return rc;
    to = host->alloc(f->n_endpoints * sizeof(*to));
    if (!to)
        return top_nomem(err);
    memset(&f->spare, 0, sizeof(f->spare));
    memset(f->slots, 0, f->n_slots * sizeof(*f->slots));
    for (size_t i = 0; i < f->n_endpoints; i++) {
        struct endpoint *e = &f->endpoints[i];

        to[i] = is_old(e, &bound) ? FORGOTTEN : (uint32_t)n;
        if (to[i] == FORGOTTEN) {
            forget(f, e);
            continue;
        }
        for (int k = 0; k < N_MEASURES; k++)
            spare_count(&f->spare, e->numbers.measures[k]);
        f->endpoints[n++] = *e;
        e = &f->endpoints[n - 1];
        *slot_of(f, e->address, e->port, e->inbound) = (uint32_t)n;
    }
    f->n_endpoints = n;
    for (size_t i = 0; i < f->n_connections; i++)
        if (feed_counts(&f->connections[i]))
            f->connections[i].i_endpoint = to[f->connections[i].i_endpoint];
    host->free(to);
    return settle(f) == 0 ? TRAWL_OK : top_nomem(err);
}

void feed_fini(struct feed *f)
{
    for (size_t i = 0; i < f->n_endpoints; i++) {
        numbers_fini(&f->endpoints[i].numbers);
        for (int k = 0; k < N_HISTORIES; k++)
            host->free(f->endpoints[i].histories[k]);
    }
    for (size_t i = 0; i < f->n_connections; i++)
        session_fini(&f->connections[i].session);
    host->free(f->endpoints);
    host->free(f->slots);
    host->free(f->connections);
    numbers_fini(&f->scratch);
    memset(f, 0, sizeof(*f));
}

/* ---- rows ---- */

int feed_knows(const struct plan *plan)
{
    return !plan->protocols && (key_has_address(plan) || plan->by == BY_PREFIX ||
                                plan->by == BY_PORT || names_later(plan));
}

/* A table of their addresses, whose codes rows can use; of each endpoint its code. */
static int list_addresses(const struct feed *f, uint32_t *codes, trawl_table **ret,
                          trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "src", .type = TRAWL_IP,
                                             .help = "of an endpoint");
    trawl_schema *schema = host->schema_from(&column, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    for (size_t i = 0; rc == TRAWL_OK && i < f->n_endpoints; i++) {
        const struct endpoint *e = &f->endpoints[i];

        rc = host->builder_code(b, 0, e->address + (e->is6 ? 0 : 12), e->is6 ? 16 : 4, &codes[i],
                                err);
        if (rc == TRAWL_OK) {
            host->put_code(b, codes[i]);
            host->end_row(b);
        }
    }
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

static int by_name(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                   struct feed *f, struct top *top, trawl_error *err)
{
    uint32_t *rows = NULL;
    const int rc = names_fold(call, plan, capture, top, &rows, err);

    for (size_t i = 0; rows && i < f->n_endpoints; i++)
        f->endpoints[i].serial = rows[f->endpoints[i].serial];
    host->free(rows);
    return rc;
}

int feed_top(trawl_call *call, const struct plan *plan, trawl_capture *capture, struct feed *f,
             struct top *top, trawl_table **ret_addresses, trawl_error *err)
{
    struct plan counted = *plan;
    uint32_t *codes = host->alloc((f->n_endpoints + 1) * sizeof(*codes));
    int rc = codes ? list_addresses(f, codes, ret_addresses, err) : top_nomem(err);

    counted.n_local = counted.n_allows = 0; /* what they say was done */
    if (rc == TRAWL_OK)
        rc = top_open(call, &counted, capture, *ret_addresses, top, err);
    top->all.seed = f->seed;
    for (size_t i = 0; rc == TRAWL_OK && i < f->n_endpoints; i++) {
        struct endpoint *e = &f->endpoints[i];

        rc = top_place(&counted, top, &top->all, codes[i], e->port, e->inbound, NO_GROUP,
                       &e->serial, err);
        if (rc == TRAWL_OK && numbers_merge(&top->all.items[e->serial].numbers, &e->numbers) != 0)
            rc = top_nomem(err);
    }
    if (rc == TRAWL_OK && names_later(plan))
        rc = by_name(call, &counted, capture, f, top, err);
    top->end_ns = f->end_ns;
    top->n_elsewhere = f->n_elsewhere;
    top->let_go = f->forgotten;
    host->free(codes);
    return rc == TRAWL_OK ? destinations_recount(&top->all, err) : rc;
}
