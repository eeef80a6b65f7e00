/* All TCP segments of a capture, each connection on one thread, into one row a destination.
 * Knows nothing of how rows are shown. */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "analyze.h"
#include "input.h"

enum { MAX_PARTS = 16, NUMBERING_TASKS = 32 };

struct connection {
    struct session session;
    uint32_t i_destination; /* NO_GROUP: not counted */
    uint32_t client;        /* code of its address */
    uint16_t client_port;
    uint8_t seen;
};

struct part {
    struct destinations rows;
    struct connection *connections;
    size_t n_connections;
    struct numbers scratch; /* of one segment, for analyzers */
    uint64_t n_elsewhere;
};

struct run {
    const struct plan *plan;
    struct top *top;
    struct input in;
    struct part parts[MAX_PARTS];
    unsigned n_parts, shift; /* n_parts: 1 << shift */
};

/* ---- who is the client ---- */

/* What an address, or a connection, is a row's by. */
static uint32_t group_of(const struct groups *g, uint32_t remote, uint32_t stream)
{
    const uint32_t group = stream < g->n_streams ? g->of_stream[stream] : NO_GROUP;

    if (group != NO_GROUP)
        return group;
    return g->without_address ? 0 : g->of_address ? g->of_address[remote & 0x7fffffff] : remote;
}

int top_place(const struct plan *plan, struct top *top, struct destinations *rows, uint32_t remote,
              uint16_t server_port, unsigned inbound, uint32_t stream, uint32_t *ret,
              trawl_error *err)
{
    const struct groups *g = &top->groups;

    *ret = NO_GROUP;
    if (!is_allowed(plan, top->addresses.addresses[remote & 0x7fffffff], server_port))
        return TRAWL_OK;
    return destinations_find(rows, group_of(g, remote, stream), g->with_port ? server_port : 0,
                             inbound, ret, err);
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

static int begin(struct run *run, struct part *p, struct connection *c, uint64_t row,
                 trawl_error *err)
{
    const int is_client = input_sender_is_client(&run->in, run->plan->ephemeral, row);
    const trawl_view *ends[2] = {&run->in.src, &run->in.dst};
    const trawl_view *ports[2] = {&run->in.sport, &run->in.dport};
    int rc;

    c->seen = 1;
    c->client = input_u32(ends[!is_client], row);
    c->client_port = input_u16(ports[!is_client], row);
    rc = top_row(run->plan, run->top, &p->rows, c->client, input_u32(ends[is_client], row),
                 input_u16(ports[is_client], row), input_u32(&run->in.stream, row),
                 &c->i_destination, err);
    if (rc == TRAWL_OK && c->i_destination != NO_GROUP)
        p->rows.items[c->i_destination].numbers.spare = &p->rows.spare;
    return rc;
}

/* ---- segments ---- */

static int take(struct run *run, struct part *p, uint64_t row, trawl_error *err)
{
    const struct input *in = &run->in;
    struct connection *c = &p->connections[input_u32(&in->stream, row) >> run->shift];
    struct segment segment = input_segment(in, row);
    struct numbers *n;
    int rc = c->seen ? TRAWL_OK : begin(run, p, c, row, err);

    if (rc != TRAWL_OK)
        return rc;
    if (c->i_destination == NO_GROUP) {
        p->n_elsewhere++;
        return TRAWL_OK;
    }
    segment.outgoing = input_u32(&in->src, row) == c->client &&
                       input_u16(&in->sport, row) == c->client_port;
    n = &p->rows.items[c->i_destination].numbers;
    if (n->tallies[N_PACKETS_OUT] + n->tallies[N_PACKETS_IN] == 0 || segment.time_ns < n->first_ns)
        n->first_ns = segment.time_ns;
    n->tallies[segment.outgoing ? N_PACKETS_OUT : N_PACKETS_IN]++;
    n->tallies[segment.outgoing ? N_BYTES_OUT : N_BYTES_IN] += segment.len;
    rc = run->plan->analysis ? analysis_take(run->plan->analysis, &c->session, &segment, row,
                                             input_u32(&in->stream, row), &p->scratch, n)
                             : session_take(&c->session, &segment, n);
    if (rc == 0 && p->rows.spare.is_due)
        return destinations_settle(&p->rows, err);
    return rc == 0 ? TRAWL_OK : top_nomem(err);
}

/* The connection of a row of this part; NULL: none. Of a row without a number it is any. */
static inline const struct connection *later(const struct run *run, const struct part *p,
                                             uint64_t row, unsigned i_part)
{
    const struct input *in = &run->in;
    const uint32_t stream = input_u32(&in->stream, row);

    if (((const uint8_t *)in->proto.data)[row] != IP_TCP ||
        (stream & (run->n_parts - 1)) != i_part || stream >> run->shift >= p->n_connections)
        return NULL;
    return &p->connections[stream >> run->shift];
}

/* The row of a connection whose first packet this may be. */
static void fetch_row(const struct run *run, const struct part *p, uint64_t row, int with_item)
{
    const struct input *in = &run->in;
    const struct groups *g = &run->top->groups;
    const int is_client = input_sender_is_client(in, run->plan->ephemeral, row);
    const uint32_t server = input_u32(is_client ? &in->dst : &in->src, row);
    const uint16_t port = input_u16(is_client ? &in->dport : &in->sport, row);

    destinations_fetch(&p->rows, group_of(g, server, input_u32(&in->stream, row)),
                       g->with_port ? port : 0, with_item);
}

/* Connections and destinations lie about in memory: have those of later rows brought nearer. */
static inline void fetch_ahead(const struct run *run, const struct part *p, uint64_t row,
                               unsigned i_part)
{
    enum { FAR = 48, MIDDLE = 32, NEAR = 16 };
    const struct connection *c;

    if (row + FAR >= run->in.n_rows)
        return;
    c = later(run, p, row + FAR, i_part);
    if (c)
        __builtin_prefetch(c, 1);
    c = later(run, p, row + MIDDLE, i_part);
    if (c && !c->seen)
        fetch_row(run, p, row + MIDDLE, 0);
    c = later(run, p, row + NEAR, i_part);
    if (c && !c->seen)
        fetch_row(run, p, row + NEAR, 1);
    else if (c && c->i_destination != NO_GROUP)
        __builtin_prefetch(&p->rows.items[c->i_destination], 1);
}

/* The capture is over for a connection. */
static int end(const struct run *run, struct part *p, size_t i, unsigned i_part, trawl_error *err)
{
    struct connection *c = &p->connections[i];
    struct numbers *n;
    int rc;

    if (!c->seen || c->i_destination == NO_GROUP)
        return TRAWL_OK;
    n = &p->rows.items[c->i_destination].numbers;
    rc = run->plan->analysis ? analysis_end(run->plan->analysis, &c->session,
                                            (uint32_t)(i << run->shift | i_part), &p->scratch, n)
                             : session_end(&c->session, n);
    return rc == 0 ? TRAWL_OK : top_nomem(err);
}

static int run_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    struct run *run = context;
    const struct input *in = &run->in;
    struct part part = run->parts[i_part], *const p = &part; /* no cache line shared with others */
    const uint8_t *proto = in->proto.data;
    int rc = TRAWL_OK;

    (void)i_thread;
    p->connections = host->alloc((p->n_connections + 1) * sizeof(*p->connections));
    if (!p->connections)
        rc = top_nomem(err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < in->n_rows; row++) {
        fetch_ahead(run, p, row, (unsigned)i_part);
        if (proto[row] != IP_TCP || (input_u32(&in->stream, row) & (run->n_parts - 1)) != i_part ||
            !input_has(in, row))
            continue;
        rc = take(run, p, row, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < p->n_connections; i++)
        rc = end(run, p, i, (unsigned)i_part, err);
    numbers_fini(&p->scratch);
    run->parts[i_part] = part;
    return rc;
}

/* ---- from packets to rows ---- */

static int mark_local(const struct plan *plan, struct top *top, trawl_error *err)
{
    const trawl_view *addresses = &top->addresses;

    if (plan->n_local == 0)
        return TRAWL_OK;
    top->is_local = host->alloc((size_t)addresses->n_codes + 1);
    if (!top->is_local)
        return top_nomem(err);
    for (uint32_t i = 0; i < addresses->n_codes; i++)
        top->is_local[i] = (uint8_t)is_local(plan, addresses->addresses[i]);
    return TRAWL_OK;
}

/* Of runs of rows, whatever their protocol. */
struct numbering {
    const struct input *in;
    uint64_t n[NUMBERING_TASKS];     /* connections: one more than the greatest number */
    int64_t end_ns[NUMBERING_TASKS]; /* time of the last packet */
};

static int find_greatest(void *context, uint64_t i_task, unsigned i_thread, trawl_error *err)
{
    struct numbering *numbering = context;
    const struct input *in = numbering->in;
    const uint64_t each = in->n_rows / NUMBERING_TASKS + 1, first = i_task * each;
    const uint8_t *proto = in->proto.data;
    const int64_t *time = in->time.data;
    int64_t end_ns = INT64_MIN;
    uint64_t n = 0;

    (void)i_thread, (void)err;
    for (uint64_t row = first; row < in->n_rows && row < first + each; row++) {
        if (proto[row] == IP_TCP && input_u32(&in->stream, row) >= n &&
            trawl_view_has(&in->stream, row))
            n = (uint64_t)input_u32(&in->stream, row) + 1;
        end_ns = time[row] > end_ns ? time[row] : end_ns;
    }
    numbering->n[i_task] = n;
    numbering->end_ns[i_task] = end_ns;
    return TRAWL_OK;
}

static int split(trawl_call *call, struct run *run, trawl_error *err)
{
    struct numbering numbering = {.in = &run->in};
    const int rc = host->parallel(call, NUMBERING_TASKS, find_greatest, &numbering, err);
    uint64_t n = 0;

    for (unsigned i = 0; rc == TRAWL_OK && i < NUMBERING_TASKS; i++) {
        n = numbering.n[i] > n ? numbering.n[i] : n;
        if (numbering.end_ns[i] > run->top->end_ns)
            run->top->end_ns = numbering.end_ns[i];
    }
    while (1u << run->shift < host->n_threads() && 1u << run->shift < MAX_PARTS)
        run->shift++;
    run->n_parts = 1u << run->shift;
    for (unsigned i = 0; i < run->n_parts; i++)
        run->parts[i].n_connections = (size_t)(n >> run->shift) + 1;
    return rc;
}

/* Rows of a part on their way into the result's. */
struct merge {
    struct top *top;
    struct part *from;
    uint32_t *to; /* by row of the part: where it goes; NO_GROUP: it is there */
};
enum { MERGE_ROWS = 1024 };

static int merge_rows(void *context, uint64_t i_task, unsigned i_thread, trawl_error *err)
{
    struct merge *merge = context;
    const size_t first = (size_t)i_task * MERGE_ROWS, n = merge->from->rows.n;

    (void)i_thread;
    for (size_t k = first; k < n && k < first + MERGE_ROWS; k++) {
        struct numbers *from = &merge->from->rows.items[k].numbers;

        if (merge->to[k] == NO_GROUP)
            continue;
        if (numbers_merge(&merge->top->all.items[merge->to[k]].numbers, from) != 0)
            return top_nomem(err);
        numbers_fini(from);
    }
    return TRAWL_OK;
}

/* Where a part's rows go: those that the result does not have are moved, the others merged. */
static int deal(struct merge *merge, trawl_error *err)
{
    struct destinations *all = &merge->top->all, *from = &merge->from->rows;

    for (size_t k = 0; k < from->n; k++) {
        struct destination *d = &from->items[k];
        const size_t n = all->n;
        const int rc = destinations_find(all, d->group, d->port, d->inbound, &merge->to[k], err);

        if (rc != TRAWL_OK)
            return rc;
        if (all->n == n)
            continue;
        all->items[merge->to[k]].numbers = d->numbers;
        memset(&d->numbers, 0, sizeof(d->numbers));
        merge->to[k] = NO_GROUP;
    }
    return TRAWL_OK;
}

static int gather_part(trawl_call *call, struct run *run, struct part *part, trawl_error *err)
{
    struct merge merge = {run->top, part, host->alloc((part->rows.n + 1) * sizeof(uint32_t))};
    int rc = merge.to ? deal(&merge, err) : top_nomem(err);

    if (rc == TRAWL_OK)
        rc = host->parallel(call, (part->rows.n + MERGE_ROWS - 1) / MERGE_ROWS, merge_rows, &merge,
                            err);
    host->free(merge.to);
    return rc;
}

/* All parts into the first, which becomes the result's. */
static int gather(trawl_call *call, struct run *run, trawl_error *err)
{
    struct top *top = run->top;
    int rc = TRAWL_OK;

    top->all = run->parts[0].rows;
    memset(&run->parts[0].rows, 0, sizeof(run->parts[0].rows));
    for (unsigned i = 0; rc == TRAWL_OK && i < run->n_parts; i++) {
        struct part *p = &run->parts[i];

        top->n_elsewhere += p->n_elsewhere;
        if (p->rows.n)
            rc = gather_part(call, run, p, err);
    }
    return rc;
}

static int run_all(trawl_call *call, struct run *run, trawl_error *err)
{
    uint64_t seed;
    int rc = split(call, run, err);

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
        seed = (uint64_t)(uintptr_t)run;
    for (unsigned i = 0; i < run->n_parts; i++)
        run->parts[i].rows.seed = seed;
    if (rc == TRAWL_OK)
        rc = host->parallel(call, run->n_parts, run_part, run, err);
    if (rc == TRAWL_OK)
        rc = gather(call, run, err);
    for (unsigned i = 0; i < run->n_parts; i++) {
        struct part *p = &run->parts[i];

        for (size_t k = 0; rc != TRAWL_OK && p->connections && k < p->n_connections; k++)
            session_fini(&p->connections[k].session);
        destinations_fini(&p->rows);
        host->free(p->connections);
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
    return rc == TRAWL_OK ? mark_local(plan, top, err) : rc;
}

int top_run(trawl_call *call, const struct plan *plan, trawl_capture *capture, trawl_table *packets,
            struct top *top, trawl_error *err)
{
    struct run *run;
    int rc = top_open(call, plan, capture, packets, top, err);

    if (rc != TRAWL_OK)
        return rc;
    run = host->alloc(sizeof(*run)); /* not the call's, which may go on for days */
    if (!run)
        return top_nomem(err);
    run->plan = plan;
    run->top = top;
    rc = input_open(call, packets, &run->in, err);
    if (rc == TRAWL_OK)
        rc = run_all(call, run, err);
    host->free(run);
    if (rc == TRAWL_OK && plan->protocols)
        rc = top_protocols(call, plan, capture, top, err);
    if (rc == TRAWL_OK && names_later(plan))
        rc = names_fold(call, plan, capture, top, NULL, err);
    return rc == TRAWL_OK ? destinations_recount(&top->all, err) : rc;
}

void top_fini(struct top *top)
{
    destinations_fini(&top->all);
    groups_fini(&top->groups);
    host->free(top->is_local);
    memset(top, 0, sizeof(*top));
}
