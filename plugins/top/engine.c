/* All TCP segments of a capture, each connection on one thread, into one row a destination.
 * Knows nothing of how rows are shown. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- who is the client ---- */

static int is_allowed(const struct plan *plan, const struct top *top, uint32_t address,
                      uint16_t port)
{
    for (size_t i = 0; i < plan->n_allows; i++)
        if (plan->allows[i].of->allow(plan->allows[i].state,
                                      top->addresses.addresses[address & 0x7fffffff], port))
            return 1;
    return plan->n_allows == 0;
}

int top_place(const struct plan *plan, struct top *top, struct destinations *rows, uint32_t remote,
              uint16_t server_port, unsigned inbound, uint32_t stream, uint32_t *ret,
              trawl_error *err)
{
    const struct groups *g = &top->groups;
    uint32_t group;

    *ret = NO_GROUP;
    if (!is_allowed(plan, top, remote, server_port))
        return TRAWL_OK;
    group = stream < g->n_streams ? g->of_stream[stream] : NO_GROUP;
    if (group == NO_GROUP)
        group = g->without_address ? 0
                : g->of_address    ? g->of_address[remote & 0x7fffffff]
                                   : remote;
    return destinations_find(rows, group, g->with_port ? server_port : 0, inbound, ret, err);
}

int top_row(const struct plan *plan, struct top *top, struct destinations *rows, uint32_t client,
            uint32_t server, uint16_t server_port, uint32_t stream, uint32_t *ret, trawl_error *err)
{
    unsigned inbound = 0;

    *ret = NO_GROUP;
    if (top->is_local) {
        inbound = !top->is_local[client & 0x7fffffff];
        if (inbound && !top->is_local[server & 0x7fffffff])
            return TRAWL_OK;
    }
    return top_place(plan, top, rows, inbound ? client : server, server_port, inbound, stream, ret,
                     err);
}

static int begin(const struct engine *e, struct part *p, struct connection *c, uint64_t row,
                 trawl_error *err)
{
    const struct input *in = &e->in;
    const int is_client = input_sender_is_client(in, e->plan->ephemeral, row);
    const trawl_view *ends[2] = {&in->src, &in->dst};
    const trawl_view *ports[2] = {&in->sport, &in->dport};

    c->seen = 1;
    c->client = input_u32(ends[!is_client], row);
    c->client_port = input_u16(ports[!is_client], row);
    return top_row(e->plan, e->top, &p->rows, c->client, input_u32(ends[is_client], row),
                   input_u16(ports[is_client], row), input_u32(&in->stream, row), &c->i_destination,
                   err);
}

/* ---- segments ---- */

static int take(const struct engine *e, struct part *p, uint64_t row, trawl_error *err)
{
    const struct input *in = &e->in;
    struct connection *c = &p->connections[input_u32(&in->stream, row) >> e->shift];
    struct segment segment;
    struct numbers *n;
    int rc = c->seen ? TRAWL_OK : begin(e, p, c, row, err);

    if (rc != TRAWL_OK)
        return rc;
    segment = input_segment(in, row);
    segment.outgoing = input_u32(&in->src, row) == c->client &&
                       input_u16(&in->sport, row) == c->client_port;
    c->last_row = (uint32_t)row;
    if (segment.time_ns > p->end_ns)
        p->end_ns = segment.time_ns;
    if (c->i_destination == NO_GROUP) {
        p->n_elsewhere++;
        return TRAWL_OK;
    }
    n = &p->rows.items[c->i_destination].numbers;
    if (n->tallies[N_PACKETS_OUT] + n->tallies[N_PACKETS_IN] == 0 || segment.time_ns < n->first_ns)
        n->first_ns = segment.time_ns;
    n->tallies[segment.outgoing ? N_PACKETS_OUT : N_PACKETS_IN]++;
    n->tallies[segment.outgoing ? N_BYTES_OUT : N_BYTES_IN] += segment.len;
    return session_take(&c->session, &segment, n) == 0 ? TRAWL_OK : top_nomem(err);
}

/* Connections and destinations lie about in memory: have those of later rows brought nearer. */
static inline void fetch_ahead(const struct engine *e, const struct part *p, uint64_t row,
                               unsigned i_part)
{
    enum { FAR = 32, NEAR = 12 };
    const struct input *in = &e->in;
    const uint8_t *proto = in->proto.data;
    const uint32_t *stream = in->stream.data;
    uint64_t at = row + FAR;

    if (at >= in->n_rows)
        return;
    if (proto[at] == IP_TCP && (stream[at] & (e->n_parts - 1)) == i_part)
        __builtin_prefetch(&p->connections[stream[at] >> e->shift], 1);
    at = row + NEAR;
    if (proto[at] == IP_TCP && (stream[at] & (e->n_parts - 1)) == i_part &&
        trawl_view_has(&in->stream, at)) {
        const struct connection *c = &p->connections[stream[at] >> e->shift];

        if (c->seen && c->i_destination != NO_GROUP)
            __builtin_prefetch(&p->rows.items[c->i_destination].numbers.tallies[N_PACKETS_OUT], 1);
    }
}

static int take_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    struct engine *e = context;
    const struct input *in = &e->in;
    struct part part = e->parts[i_part], *const p = &part; /* no cache line shared with others */
    const uint8_t *proto = in->proto.data;
    int rc = TRAWL_OK;

    (void)i_thread;
    for (uint64_t row = p->next_row; rc == TRAWL_OK && row < in->n_rows; row++) {
        fetch_ahead(e, p, row, (unsigned)i_part);
        if (proto[row] == IP_TCP && (input_u32(&in->stream, row) & (e->n_parts - 1)) == i_part &&
            input_has(in, row))
            rc = take(e, p, row, err);
    }
    p->next_row = in->n_rows;
    e->parts[i_part] = part;
    return rc;
}

int engine_pending(const struct engine *e,
                   struct numbers *(*into)(void *context, unsigned i_part, uint32_t i_row),
                   void *context, trawl_error *err)
{
    for (unsigned i = 0; i < e->n_parts; i++) {
        for (size_t k = 0; k < e->parts[i].n_connections; k++) {
            const struct connection *c = &e->parts[i].connections[k];
            struct session session;
            struct numbers *numbers;

            if (!c->seen || c->i_destination == NO_GROUP || !session_has_pending(&c->session))
                continue;
            numbers = into(context, i, c->i_destination);
            session = c->session;
            if (numbers && session_end(&session, numbers) != 0)
                return top_nomem(err);
        }
    }
    return TRAWL_OK;
}

/* ---- from packets to rows ---- */

int engine_look(trawl_call *call, struct engine *e, trawl_table *packets, trawl_error *err)
{
    const int rc = input_open(call, packets, &e->in, err);

    e->top->addresses = e->in.src;
    return rc;
}

void engine_init(struct engine *e, const struct plan *plan, struct top *top)
{
    uint64_t seed;

    e->plan = plan;
    e->top = top;
    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
        seed = (uint64_t)(uintptr_t)e;
    while (1u << e->shift < host->n_threads() && 1u << e->shift < MAX_PARTS)
        e->shift++;
    e->n_parts = 1u << e->shift;
    for (unsigned i = 0; i < e->n_parts; i++) {
        e->parts[i].rows.seed = seed;
        e->parts[i].end_ns = INT64_MIN;
    }
}

int engine_make_room(struct engine *e, trawl_error *err)
{
    const uint8_t *proto = e->in.proto.data;
    uint64_t n = 0, row = e->in.n_rows;

    for (unsigned i = 0; i < e->n_parts; i++)
        row = e->parts[i].next_row < row ? e->parts[i].next_row : row;
    for (; row < e->in.n_rows; row++)
        if (proto[row] == IP_TCP && input_u32(&e->in.stream, row) >= n &&
            trawl_view_has(&e->in.stream, row))
            n = (uint64_t)input_u32(&e->in.stream, row) + 1;
    for (unsigned i = 0; i < e->n_parts; i++) {
        struct part *p = &e->parts[i];
        const size_t want = (size_t)(n >> e->shift) + 1;
        size_t room;
        void *connections;

        if (want <= p->n_connections)
            continue;
        room = p->n_connections ? p->n_connections + p->n_connections / 2 : 0; /* it grows */
        room = room > want ? room : want;
        connections = p->connections
                          ? host->realloc(p->connections, room * sizeof(struct connection))
                          : host->alloc(room * sizeof(struct connection));
        if (!connections)
            return top_nomem(err);
        if (p->connections)
            memset((struct connection *)connections + p->n_connections, 0,
                   (room - p->n_connections) * sizeof(struct connection));
        p->connections = connections;
        p->n_connections = room;
    }
    return TRAWL_OK;
}

int engine_take(trawl_call *call, struct engine *e, trawl_error *err)
{
    int rc = engine_make_room(e, err);

    return rc == TRAWL_OK ? host->parallel(call, e->n_parts, take_part, e, err) : rc;
}

void engine_fini(struct engine *e)
{
    for (unsigned i = 0; i < e->n_parts; i++) {
        destinations_fini(&e->parts[i].rows);
        host->free(e->parts[i].connections);
    }
    memset(e, 0, sizeof(*e));
}

/* ---- a whole capture ---- */

int top_mark_local(const struct plan *plan, struct top *top, uint32_t first, trawl_error *err)
{
    const trawl_view *addresses = &top->addresses;
    uint8_t *is_local;

    if (plan->n_local == 0)
        return TRAWL_OK;
    is_local = host->realloc(top->is_local, (size_t)addresses->n_codes + 1);
    if (!is_local)
        return top_nomem(err);
    top->is_local = is_local;
    for (uint32_t i = first; i < addresses->n_codes; i++) {
        is_local[i] = 0;
        for (size_t k = 0; k < plan->n_local && !is_local[i]; k++)
            is_local[i] = (uint8_t)prefix_has(&plan->local[k], addresses->addresses[i]);
    }
    return TRAWL_OK;
}

static struct numbers *own_row(void *context, unsigned i_part, uint32_t i_row)
{
    return &((struct engine *)context)->parts[i_part].rows.items[i_row].numbers;
}

/* All parts into the first, which becomes the result's. */
static int gather(struct engine *e, trawl_error *err)
{
    struct top *top = e->top;
    int rc = engine_pending(e, own_row, e, err);

    top->all = e->parts[0].rows;
    memset(&e->parts[0].rows, 0, sizeof(e->parts[0].rows));
    for (unsigned i = 0; i < e->n_parts; i++) {
        const struct part *p = &e->parts[i];

        if (p->end_ns > top->end_ns)
            top->end_ns = p->end_ns;
        top->n_elsewhere += p->n_elsewhere;
        for (size_t k = 0; rc == TRAWL_OK && k < p->rows.n; k++) {
            const struct destination *d = &p->rows.items[k];
            uint32_t to;

            rc = destinations_find(&top->all, d->group, d->port, d->inbound, &to, err);
            if (rc == TRAWL_OK && numbers_merge(&top->all.items[to].numbers, &d->numbers) != 0)
                rc = top_nomem(err);
        }
    }
    return rc;
}

int top_open(trawl_call *call, const struct plan *plan, trawl_capture *capture,
             trawl_table *packets, struct top *top, trawl_error *err)
{
    int rc;

    memset(top, 0, sizeof(*top));
    top->end_ns = INT64_MIN;
    top->addresses.size = top->label_view.size = sizeof(top->addresses);
    rc = host->view_named(call, packets, "src", &top->addresses, err);
    if (rc == TRAWL_OK)
        rc = groups_open(call, plan, capture, packets, &top->groups, err);
    if (rc == TRAWL_OK && top->groups.labels)
        rc = host->view(call, top->groups.labels, 0, &top->label_view, err);
    return rc == TRAWL_OK ? top_mark_local(plan, top, 0, err) : rc;
}

int top_run(trawl_call *call, const struct plan *plan, trawl_capture *capture, trawl_table *packets,
            struct top *top, trawl_error *err)
{
    struct engine *e = host->call_alloc(call, sizeof(*e));
    int rc = top_open(call, plan, capture, packets, top, err);

    if (!e)
        return top_nomem(err);
    engine_init(e, plan, top);
    if (rc == TRAWL_OK)
        rc = engine_look(call, e, packets, err);
    if (rc == TRAWL_OK)
        rc = engine_take(call, e, err);
    if (rc == TRAWL_OK)
        rc = gather(e, err);
    engine_fini(e);
    if (rc == TRAWL_OK && plan->protocols)
        rc = top_protocols(call, plan, capture, top, err);
    if (rc == TRAWL_OK && plan->by == BY_NAME)
        rc = names_fold(call, plan, capture, top, err);
    return rc;
}

void top_fini(struct top *top)
{
    destinations_fini(&top->all);
    groups_fini(&top->groups);
    host->free(top->is_local);
    memset(top, 0, sizeof(*top));
}
