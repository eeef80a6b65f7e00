/* All TCP segments of a capture, each connection on one thread, into one row a destination.
 * Knows nothing of how rows are shown. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "top.h"

enum { MAX_PARTS = 16, IP_TCP = 6 };

struct input {
    uint64_t n_rows;
    trawl_view time, src, dst, sport, dport, proto, stream, later, flags, seq, ack, len;
};

struct connection {
    struct session session;
    uint32_t i_destination; /* NO_GROUP: not counted */
    uint32_t client;        /* code of its address */
    uint16_t client_port;
    uint8_t seen;
};

struct part {
    struct destination *items;
    uint32_t *slots; /* index + 1, 0: free */
    size_t n, room, n_slots;
    struct connection *connections;
    size_t n_connections;
    int64_t end_ns;
    uint64_t n_elsewhere;
};

struct run {
    const struct plan *plan;
    const struct groups *groups;
    struct input in;
    struct part parts[MAX_PARTS];
    unsigned n_parts;
    uint64_t seed;
    uint8_t *is_local; /* by code of an address; NULL: --local was not given */
};

/* ---- destinations of a part ---- */

static size_t hash(uint64_t seed, uint32_t group, uint16_t port, unsigned inbound)
{
    uint64_t h = (seed ^ group) * UINT64_C(0x9e3779b97f4a7c15);

    h = (h ^ h >> 29 ^ ((uint64_t)inbound << 16 | port)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(h ^ h >> 32);
}

static uint32_t *slot_of(const struct part *p, uint64_t seed, uint32_t group, uint16_t port,
                         unsigned inbound)
{
    size_t i = hash(seed, group, port, inbound) & (p->n_slots - 1);

    for (; p->slots[i]; i = (i + 1) & (p->n_slots - 1)) {
        const struct destination *d = &p->items[p->slots[i] - 1];

        if (d->group == group && d->port == port && d->inbound == inbound)
            break;
    }
    return &p->slots[i];
}

static int grow(struct part *p, uint64_t seed, trawl_error *err)
{
    const size_t n_slots = p->n_slots ? p->n_slots * 2 : 64;
    uint32_t *slots = host->alloc(n_slots * sizeof(*slots));
    struct destination *items = slots ? host->realloc(p->items, n_slots / 2 * sizeof(*items))
                                      : NULL;

    if (!items) {
        host->free(slots);
        return top_nomem(err);
    }
    host->free(p->slots);
    p->slots = slots;
    p->n_slots = n_slots;
    p->items = items;
    p->room = n_slots / 2;
    for (size_t i = 0; i < p->n; i++) {
        const struct destination *d = &p->items[i];

        *slot_of(p, seed, d->group, d->port, d->inbound) = (uint32_t)i + 1;
    }
    return TRAWL_OK;
}

static int find_destination(struct part *p, uint64_t seed, uint32_t group, uint16_t port,
                            unsigned inbound, uint32_t *ret, trawl_error *err)
{
    uint32_t *slot;

    if (p->n == p->room) {
        const int rc = grow(p, seed, err);

        if (rc != TRAWL_OK)
            return rc;
    }
    slot = slot_of(p, seed, group, port, inbound);
    if (!*slot) {
        p->items[p->n] = (struct destination){
            .group = group, .port = port, .inbound = (uint8_t)inbound};
        *slot = (uint32_t)++p->n;
    }
    *ret = *slot - 1;
    return TRAWL_OK;
}

/* ---- who is the client ---- */

static uint16_t u16(const trawl_view *v, uint64_t row)
{
    return ((const uint16_t *)v->data)[row];
}
static uint32_t u32(const trawl_view *v, uint64_t row)
{
    return ((const uint32_t *)v->data)[row];
}

/* The sender of this packet, the first one of its connection, opened it. */
static int sender_is_client(const struct run *run, uint64_t row)
{
    const unsigned flags = u16(&run->in.flags, row) & (TCP_SYN | TCP_ACK);
    const unsigned sport = u16(&run->in.sport, row), dport = u16(&run->in.dport, row);
    const unsigned least = run->plan->ephemeral;

    if (least && (sport >= least) != (dport >= least))
        return sport >= least;
    if (flags & TCP_SYN)
        return !(flags & TCP_ACK);
    return sport >= dport;
}

static int begin(struct run *run, struct part *p, struct connection *c, uint64_t row,
                 trawl_error *err)
{
    const struct groups *g = run->groups;
    const int is_client = sender_is_client(run, row);
    const trawl_view *ends[2] = {&run->in.src, &run->in.dst};
    const trawl_view *ports[2] = {&run->in.sport, &run->in.dport};
    const uint32_t client = u32(ends[!is_client], row), server = u32(ends[is_client], row);
    const uint16_t server_port = u16(ports[is_client], row);
    const uint32_t stream = u32(&run->in.stream, row);
    unsigned inbound = 0;
    uint32_t group, remote;

    c->seen = 1;
    c->client = client;
    c->client_port = u16(ports[!is_client], row);
    c->i_destination = NO_GROUP;
    if (run->is_local) {
        inbound = !run->is_local[client & 0x7fffffff];
        if (inbound && !run->is_local[server & 0x7fffffff])
            return TRAWL_OK;
    }
    remote = inbound ? client : server;
    group = stream < g->n_streams ? g->of_stream[stream] : NO_GROUP;
    if (group == NO_GROUP)
        group = g->without_address ? 0
                : g->of_address    ? g->of_address[remote & 0x7fffffff]
                                   : remote;
    return find_destination(p, run->seed, group, g->with_port ? server_port : 0, inbound,
                            &c->i_destination, err);
}

/* ---- segments ---- */

static int take(struct run *run, struct part *p, uint64_t row, trawl_error *err)
{
    const struct input *in = &run->in;
    struct connection *c = &p->connections[u32(&in->stream, row) / run->n_parts];
    struct segment segment = {.time_ns = ((const int64_t *)in->time.data)[row],
                              .seq = u32(&in->seq, row),
                              .ack = u32(&in->ack, row),
                              .len = u32(&in->len, row),
                              .flags = u16(&in->flags, row)};
    struct numbers *n;
    int rc = c->seen ? TRAWL_OK : begin(run, p, c, row, err);

    if (rc != TRAWL_OK)
        return rc;
    if (segment.time_ns > p->end_ns)
        p->end_ns = segment.time_ns;
    if (c->i_destination == NO_GROUP) {
        p->n_elsewhere++;
        return TRAWL_OK;
    }
    segment.outgoing = u32(&in->src, row) == c->client && u16(&in->sport, row) == c->client_port;
    n = &p->items[c->i_destination].numbers;
    if (n->tallies[N_PACKETS_OUT] + n->tallies[N_PACKETS_IN] == 0 || segment.time_ns < n->first_ns)
        n->first_ns = segment.time_ns;
    n->tallies[segment.outgoing ? N_PACKETS_OUT : N_PACKETS_IN]++;
    n->tallies[segment.outgoing ? N_BYTES_OUT : N_BYTES_IN] += segment.len;
    return session_take(&c->session, &segment, n) == 0 ? TRAWL_OK : top_nomem(err);
}

static int run_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    struct run *run = context;
    const struct input *in = &run->in;
    struct part *p = &run->parts[i_part];
    const uint8_t *proto = in->proto.data, *later = in->later.data;
    int rc = TRAWL_OK;

    (void)i_thread;
    p->end_ns = INT64_MIN;
    p->connections = host->alloc((p->n_connections + 1) * sizeof(*p->connections));
    if (!p->connections)
        return top_nomem(err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < in->n_rows; row++) {
        if (proto[row] != IP_TCP || u32(&in->stream, row) % run->n_parts != i_part ||
            !trawl_view_has(&in->stream, row) || !trawl_view_has(&in->seq, row) || later[row])
            continue;
        rc = take(run, p, row, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < p->n_connections; i++) {
        struct connection *c = &p->connections[i];

        if (c->seen && c->i_destination != NO_GROUP &&
            session_end(&c->session, &p->items[c->i_destination].numbers) != 0)
            rc = top_nomem(err);
    }
    return rc;
}

/* ---- from packets to rows ---- */

static int fetch(trawl_call *call, trawl_table *packets, struct input *in, trawl_error *err)
{
    static const char *const names[] = {
        "frame.time_epoch", "src",       "dst",         "sport",       "dport",  "proto", "stream",
        "fragment.later",   "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.len"};
    static const trawl_type types[] = {TRAWL_TIME, TRAWL_IP,  TRAWL_IP,  TRAWL_U16,
                                       TRAWL_U16,  TRAWL_U8,  TRAWL_U32, TRAWL_BOOL,
                                       TRAWL_U16,  TRAWL_U32, TRAWL_U32, TRAWL_U32};
    trawl_view *const views[] = {&in->time,  &in->src,   &in->dst,    &in->sport,
                                 &in->dport, &in->proto, &in->stream, &in->later,
                                 &in->flags, &in->seq,   &in->ack,    &in->len};
    int rc = host->prefetch(call, packets, names, TRAWL_COUNT(names), err);

    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(names); i++) {
        views[i]->size = sizeof(*views[i]);
        rc = host->view_named(call, packets, names[i], views[i], err);
        if (rc == TRAWL_OK && views[i]->type != types[i])
            rc = host->fail(err, TRAWL_E_PLUGIN, "column '%s' of packets is not of its type",
                            names[i]);
    }
    in->n_rows = host->n_rows(packets);
    return rc;
}

static int mark_local(struct run *run, trawl_error *err)
{
    const trawl_view *addresses = &run->in.src;

    if (run->plan->n_local == 0)
        return TRAWL_OK;
    run->is_local = host->alloc((size_t)addresses->n_codes + 1);
    if (!run->is_local)
        return top_nomem(err);
    for (uint32_t i = 0; i < addresses->n_codes; i++)
        for (size_t k = 0; k < run->plan->n_local && !run->is_local[i]; k++)
            run->is_local[i] = (uint8_t)prefix_has(&run->plan->local[k], addresses->addresses[i]);
    return TRAWL_OK;
}

static void split(struct run *run)
{
    const uint8_t *proto = run->in.proto.data;
    uint64_t n = 0;

    for (uint64_t row = 0; row < run->in.n_rows; row++)
        if (proto[row] == IP_TCP && u32(&run->in.stream, row) >= n &&
            trawl_view_has(&run->in.stream, row))
            n = (uint64_t)u32(&run->in.stream, row) + 1;
    run->n_parts = host->n_threads();
    if (run->n_parts > MAX_PARTS)
        run->n_parts = MAX_PARTS;
    for (unsigned i = 0; i < run->n_parts; i++)
        run->parts[i].n_connections = (size_t)(n / run->n_parts + 1);
}

/* All parts into the first, which becomes the result's. */
static int gather(struct run *run, struct top *top, trawl_error *err)
{
    struct part *first = &run->parts[0];
    int rc = TRAWL_OK;

    for (unsigned i = 0; i < run->n_parts; i++) {
        struct part *p = &run->parts[i];

        if (p->end_ns > top->end_ns)
            top->end_ns = p->end_ns;
        top->n_elsewhere += p->n_elsewhere;
        for (size_t k = 0; i && rc == TRAWL_OK && k < p->n; k++) {
            struct destination *d = &p->items[k];
            uint32_t to;

            rc = find_destination(first, run->seed, d->group, d->port, d->inbound, &to, err);
            if (rc == TRAWL_OK && numbers_merge(&first->items[to].numbers, &d->numbers) != 0)
                rc = top_nomem(err);
        }
    }
    top->items = first->items;
    top->n = first->n;
    first->items = NULL;
    first->n = 0;
    return rc;
}

int top_run(trawl_call *call, const struct plan *plan, trawl_capture *capture, trawl_table *packets,
            struct top *top, trawl_error *err)
{
    struct run *run = host->call_alloc(call, sizeof(*run));
    int rc;

    memset(top, 0, sizeof(*top));
    top->end_ns = INT64_MIN;
    if (!run)
        return top_nomem(err);
    run->plan = plan;
    run->groups = &top->groups;
    if (getrandom(&run->seed, sizeof(run->seed), GRND_NONBLOCK) < 0)
        run->seed = (uint64_t)(uintptr_t)run;
    rc = fetch(call, packets, &run->in, err);
    if (rc == TRAWL_OK)
        rc = groups_open(call, plan, capture, packets, &top->groups, err);
    if (rc == TRAWL_OK && top->groups.labels) {
        top->label_view.size = sizeof(top->label_view);
        rc = host->view(call, top->groups.labels, 0, &top->label_view, err);
    }
    if (rc == TRAWL_OK)
        rc = mark_local(run, err);
    if (rc == TRAWL_OK) {
        top->addresses = run->in.src;
        split(run);
        rc = host->parallel(call, run->n_parts, run_part, run, err);
    }
    if (rc == TRAWL_OK)
        rc = gather(run, top, err);
    for (unsigned i = 0; i < run->n_parts; i++) {
        struct part *p = &run->parts[i];

        for (size_t k = 0; k < p->n; k++)
            numbers_fini(&p->items[k].numbers);
        host->free(p->items);
        host->free(p->slots);
        host->free(p->connections);
    }
    host->free(run->is_local);
    return rc;
}

void top_fini(struct top *top)
{
    for (size_t i = 0; i < top->n; i++)
        numbers_fini(&top->items[i].numbers);
    host->free(top->items);
    groups_fini(&top->groups);
    memset(top, 0, sizeof(*top));
}
