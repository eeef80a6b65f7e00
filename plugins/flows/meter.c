/* Rows go in batches, fetched ahead of use: the flows of a large capture are larger than the cache.
 * Each thread takes the rows of its part in order, so that the flows are the same for any number of
 * threads. Knows nothing of the columns that are shown. */
#include "meter.h"

#include <string.h>
#include <sys/random.h>

#include "keys.h"
#include "lru.h"
#include "metric.h"
#include "view.h"

enum { BATCH = KEYS_BATCH, POLL_ROWS = 1 << 15, LINE = 64, LOOK_NS = 10000000 };
enum { SETTLE_LEAST = 1 << 12 };
enum { PART_ROWS = 1 << 18, PART_ROWS_HOOKED = 1 << 12 }; /* fewer rows are not worth a thread */

/* A part while it is metered. */
struct part {
    const struct meter *meter;
    trawl_call *call;
    unsigned i;
    struct keys keys;
    uint32_t *current; /* by key: its flow, FLOWS_NONE: none */
    size_t cap_current;
    struct flow **blocks; /* as in struct meter, of this part alone */
    void **raw_blocks;
    uint8_t **states;
    size_t n_blocks, cap_blocks;
    uint32_t n_flows;
    struct lru lru; /* with a capacity */
    struct metric_part metrics;
    uint32_t *unsettled; /* flows that metrics may keep something of */
    size_t n_unsettled, cap_unsettled;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not keep the flows: no memory");
}

static struct flow *flow_at(const struct part *p, uint32_t i)
{
    return &p->blocks[i / FLOWS_BLOCK][i % FLOWS_BLOCK];
}

/* ---- flows ---- */

static int add_block(struct part *p)
{
    const size_t state_size = p->meter->state_size;
    uint8_t *raw;

    if (p->n_blocks == p->cap_blocks) {
        size_t more = p->cap_blocks ? p->cap_blocks * 2 : 64;
        struct flow **blocks = host->realloc(p->blocks, more * sizeof(*blocks));
        void **raws;
        uint8_t **states;

        if (!blocks)
            return 0;
        p->blocks = blocks;
        raws = host->realloc(p->raw_blocks, more * sizeof(*raws));
        if (!raws)
            return 0;
        p->raw_blocks = raws;
        states = host->realloc(p->states, more * sizeof(*states));
        if (!states)
            return 0;
        p->states = states;
        p->cap_blocks = more;
    }
    raw = host->alloc(FLOWS_BLOCK * sizeof(struct flow) + LINE);
    if (!raw)
        return 0;
    p->states[p->n_blocks] = state_size ? host->alloc(FLOWS_BLOCK * state_size) : NULL;
    if (state_size && !p->states[p->n_blocks]) {
        host->free(raw);
        return 0;
    }
    p->raw_blocks[p->n_blocks] = raw;
    p->blocks[p->n_blocks++] = (struct flow *)(void *)(raw + (LINE - (uintptr_t)raw % LINE) % LINE);
    return 1;
}

static uint32_t new_flow(struct part *p, uint32_t row, int64_t tick)
{
    const struct input *in = &p->meter->input;
    struct flow *f;

    if (p->n_flows >= FLOWS_NONE / 2 / MAX_PARTS)
        return FLOWS_NONE;
    if (p->n_flows == p->n_blocks * FLOWS_BLOCK && !add_block(p))
        return FLOWS_NONE;
    f = flow_at(p, p->n_flows);
    f->first_ns = f->last_ns = tick;
    f->first_row = row;
    f->src = input_u32(&in->src, row);
    f->sport = input_has_ports(input_proto(in, row)) ? input_port(&in->sport, row) : 0;
    return p->n_flows++;
}

static unsigned direction_of(const struct input *in, const struct flow *f, uint32_t row)
{
    return (input_u32(&in->src, row) != f->src) | ((const uint8_t *)in->back.data)[row] |
           (input_has_ports(input_proto(in, row)) & (input_port(&in->sport, row) != f->sport));
}

/* What metrics keep of a flow of the part. */
static uint8_t *states_at(const struct part *p, uint32_t i)
{
    return p->states[i / FLOWS_BLOCK] + (size_t)(i % FLOWS_BLOCK) * p->meter->state_size;
}

/* No packet goes on with an idle flow, though the next one of its key is still to end it: metrics
 * give back what they keep of it, so that this is bounded by the flows at a time. */
static void settle(struct part *p, int64_t tick)
{
    size_t n = 0;

    for (size_t k = 0; k < p->n_unsettled; k++) {
        const uint32_t i = p->unsettled[k];
        const struct flow *f = flow_at(p, i);

        if (f->expiry != EXPIRY_OPEN)
            continue;
        if ((uint64_t)span_ns(f->last_ns, tick) >= (uint64_t)p->meter->plan->idle)
            metric_end(&p->metrics, states_at(p, i));
        else
            p->unsettled[n++] = i;
    }
    p->n_unsettled = n;
}

/* Looks at the others when they are as many again as the last look left. @return 0: no memory */
static int note_unsettled(struct part *p, uint32_t i, int64_t tick)
{
    if (p->n_unsettled == p->cap_unsettled) {
        size_t more;
        uint32_t *grown;

        settle(p, tick);
        more = p->n_unsettled * 2 + SETTLE_LEAST;
        grown = host->realloc(p->unsettled, more * sizeof(*grown));
        if (!grown)
            return 0;
        p->unsettled = grown;
        p->cap_unsettled = more;
    }
    p->unsettled[p->n_unsettled++] = i;
    return 1;
}

static void end_flow(struct part *p, uint32_t i, enum expiry why, uint32_t row)
{
    struct flow *f = flow_at(p, i);

    if (p->meter->state_size)
        metric_end(&p->metrics, states_at(p, i));
    f->expiry = (uint8_t)why;
    f->src = row;
}

/* ---- a limit of flows at a time ---- */

/* Room for one more flow, which the packet of a row begins. @return 0: no memory */
static int make_room(struct part *p, uint32_t i, uint32_t row)
{
    struct lru *lru = &p->lru;

    if (lru->n_open >= p->meter->plan->capacity) {
        end_flow(p, lru->oldest, EXPIRY_CAPACITY, row);
        lru_remove(lru, lru->oldest);
    }
    return lru_add(lru, i);
}

/* NFStream's look for idle flows: they take no room from then on. order.c says when each ended. */
static void look_for_idle(struct part *p, int64_t tick)
{
    struct lru *lru = &p->lru;

    if (lru->has_looked && span_ns(lru->looked_ns, tick) < LOOK_NS)
        return;
    lru->has_looked = 1;
    lru->looked_ns = tick;
    while (lru->n_open) {
        struct flow *f = flow_at(p, lru->oldest);

        if ((uint64_t)span_ns(f->last_ns, tick) < (uint64_t)p->meter->plan->idle)
            return;
        f->is_out = 1;
        lru_remove(lru, lru->oldest);
    }
}

/* A packet ended flow i, or a metric did. */
static void leave(struct part *p, uint32_t i)
{
    if (p->meter->plan->capacity && !flow_at(p, i)->is_out)
        lru_remove(&p->lru, i);
}

/* The flow of its key that a packet of time tick goes on with. @return FLOWS_NONE: none */
static uint32_t open_flow(struct part *p, uint32_t key, uint32_t row, int64_t tick)
{
    const struct flows_plan *plan = p->meter->plan;
    const uint32_t i = p->current[key];
    struct flow *f;

    if (i == FLOWS_NONE)
        return FLOWS_NONE;
    f = flow_at(p, i);
    if (f->expiry != EXPIRY_OPEN)
        return FLOWS_NONE;
    if ((uint64_t)span_ns(f->last_ns, tick) >= (uint64_t)plan->idle)
        end_flow(p, i, EXPIRY_IDLE, row);
    else if ((uint64_t)span_ns(f->first_ns, tick) >= (uint64_t)plan->active)
        end_flow(p, i, EXPIRY_ACTIVE, row);
    else
        return i;
    leave(p, i);
    return FLOWS_NONE;
}

/* Metrics see the packet of a row, which is in flow i. @return 0: p->metrics.rc says why to stop */
static int show_metrics(struct part *p, uint32_t i, uint32_t key, uint32_t row, unsigned direction,
                        int64_t delta)
{
    const struct flow *f = flow_at(p, i);
    enum metric_wish wish;

    if (f->packets[0] + f->packets[1] == 1 && !note_unsettled(p, i, f->last_ns))
        return 0;
    wish = metric_run(&p->metrics, f, states_at(p, i), row, direction, delta);
    if (wish == METRIC_ENDS_FLOW) {
        end_flow(p, i, EXPIRY_CUSTOM, row);
        leave(p, i);
        p->current[key] = FLOWS_NONE;
    }
    return wish != METRIC_STOP;
}

/* Put one packet into the flow of its key. @return 0: no memory, or as show_metrics() */
static int put_packet(struct part *p, uint32_t row, uint32_t key)
{
    const struct meter *m = p->meter;
    const struct input *in = &m->input;
    const int64_t tick = in->ticks[row];
    uint32_t i = open_flow(p, key, row, tick);
    int64_t delta = 0;
    unsigned direction;
    struct flow *f;

    if (i == FLOWS_NONE) {
        i = new_flow(p, row, tick);
        if (i == FLOWS_NONE || (m->plan->capacity && !make_room(p, i, row)))
            return 0;
        p->current[key] = i;
        f = flow_at(p, i);
    } else {
        f = flow_at(p, i);
        delta = span_ns(f->last_ns, tick);
        if (m->plan->capacity)
            lru_use(&p->lru, i);
    }
    direction = direction_of(in, f, row);
    if (direction && !f->packets[1])
        f->first_back_row = row;
    f->packets[direction]++;
    f->bytes[direction] += input_size(in, m->plan->accounting, row);
    f->last_row[direction] = row;
    f->last_ns = tick;
    if (m->flow_of_row)
        m->flow_of_row[row] = i | (uint32_t)direction << 31;
    if (m->state_size && !show_metrics(p, i, key, row, direction, delta))
        return 0;
    if (m->plan->capacity)
        look_for_idle(p, tick);
    return 1;
}

/* ---- rows ---- */

/* The next rows of a part, BATCH at most. @return the row after them. Which ones they are cannot be
 * foretold: taken without a branch. */
static uint32_t collect(const struct part *p, uint32_t row, uint32_t end, uint32_t rows[BATCH],
                        unsigned *ret_n)
{
    const uint8_t *of_row = p->meter->input.rows;
    unsigned n = 0;

    for (; row < end && n < BATCH; row++) {
        rows[n] = row;
        n += (of_row[row] & (ROW_PART | ROW_IGNORED)) == p->i;
    }
    *ret_n = n;
    return row;
}

/* Every key has a place in p->current. */
static int grow_current(struct part *p)
{
    const size_t more = p->keys.cap;
    uint32_t *current = host->realloc(p->current, more * sizeof(*current));

    if (!current)
        return 0;
    memset(current + p->cap_current, 0xff, (more - p->cap_current) * sizeof(*current));
    p->current = current;
    p->cap_current = more;
    return 1;
}

/* Rows of the part, BATCH at most. @return 0: no memory */
static int put_batch(struct part *p, const uint32_t *rows, unsigned n)
{
    uint32_t keys[BATCH];

    if (!keys_find(&p->keys, rows, n, keys) || (p->keys.n > p->cap_current && !grow_current(p)))
        return 0;
    for (unsigned i = 0; i < n; i++)
        __builtin_prefetch(&p->current[keys[i]]);
    for (unsigned i = 0; i < n; i++) {
        const uint32_t flow = p->current[keys[i]];

        if (flow != FLOWS_NONE)
            __builtin_prefetch(flow_at(p, flow), 1);
    }
    for (unsigned i = 0; i < n; i++) {
        if (!put_packet(p, rows[i], keys[i]))
            return 0;
    }
    return 1;
}

static int put_part(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct part *p = (struct part *)context + i;
    const struct input *in = &p->meter->input;
    uint32_t rows[BATCH], row = 0, end;
    const uint32_t n_rows = (uint32_t)in->n_rows;
    unsigned n;

    (void)i_thread;
    p->metrics.err = err;
    if (!keys_init(&p->keys, in, p->meter->seed))
        return no_memory(err);
    while (row < n_rows) {
        if (host->cancelled(p->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (p->i == 0)
            host->progress(p->call, row, n_rows);
        end = n_rows - row < POLL_ROWS ? n_rows : row + POLL_ROWS;
        while (row < end) {
            row = collect(p, row, end, rows, &n);
            if (!put_batch(p, rows, n))
                return p->metrics.rc != TRAWL_OK ? p->metrics.rc : no_memory(err);
        }
    }
    for (uint32_t k = 0; p->meter->state_size && k < p->n_flows; k++)
        metric_end(&p->metrics, states_at(p, k));
    return TRAWL_OK;
}

/* ---- parts ---- */

/* The blocks of all parts become the meter's, part by part. @return 0: no memory */
static int join(struct meter *m, struct part *parts)
{
    size_t n_blocks = 0;

    for (unsigned i = 0; i < m->input.n_parts; i++)
        n_blocks += parts[i].n_blocks;
    m->blocks = host->alloc((n_blocks + 1) * sizeof(*m->blocks));
    m->raw_blocks = host->alloc((n_blocks + 1) * sizeof(*m->raw_blocks));
    m->states = host->alloc((n_blocks + 1) * sizeof(*m->states));
    if (!m->blocks || !m->raw_blocks || !m->states)
        return 0;
    for (unsigned i = 0; i < m->input.n_parts; i++) {
        struct part *p = &parts[i];

        m->parts[i] = (struct meter_part){meter_end(m), p->n_flows};
        m->n_flows += p->n_flows;
        for (size_t k = 0; k < p->n_blocks; k++) {
            m->blocks[m->n_blocks] = p->blocks[k];
            m->raw_blocks[m->n_blocks] = p->raw_blocks[k];
            m->states[m->n_blocks++] = p->states[k];
        }
        p->n_blocks = 0;
    }
    return 1;
}

/* States of one block of flows. */
static void drop_states(const struct metric_set *set, uint8_t *states)
{
    for (size_t i = 0; states && i < FLOWS_BLOCK; i++)
        metric_drop(set, states + i * set->state_size);
}

static void part_fini(struct part *p)
{
    for (size_t i = 0; i < p->n_blocks; i++) {
        drop_states(p->meter->plan->metrics, p->states[i]);
        host->free(p->raw_blocks[i]);
        host->free(p->states[i]);
    }
    host->free(p->blocks);
    host->free(p->raw_blocks);
    host->free(p->states);
    host->free(p->current);
    host->free(p->unsettled);
    lru_fini(&p->lru);
    keys_fini(&p->keys);
    metric_part_fini(&p->metrics);
}

/* Numbers of a part's flows become the meter's. */
static int number_rows(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct meter *m = context;
    const uint64_t start = i_chunk * PART_ROWS, left = m->input.n_rows - start;
    const uint64_t end = start + (left < PART_ROWS ? left : PART_ROWS);

    (void)i_thread;
    (void)err;
    for (uint64_t row = start; row < end; row++) {
        if (m->flow_of_row[row] != FLOWS_NONE)
            m->flow_of_row[row] += m->parts[m->input.rows[row] & ROW_PART].first_flow;
    }
    return TRAWL_OK;
}

/* Metrics begin one part after the other. */
static int begin_metrics(struct part *parts, unsigned n, trawl_call *call, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (unsigned i = 0; i < n && rc == TRAWL_OK; i++) {
        rc = metric_part_init(&parts[i].metrics, call, parts[i].meter, err);
        parts[i].metrics.is_first = i == 0;
    }
    return rc;
}

static int put_parts(struct meter *m, trawl_call *call, trawl_error *err)
{
    const unsigned n_parts = m->input.n_parts;
    struct part *parts = host->alloc(n_parts * sizeof(*parts));
    int rc;

    if (!parts)
        return no_memory(err);
    for (unsigned i = 0; i < n_parts; i++)
        parts[i] = (struct part){.meter = m, .call = call, .i = i};
    rc = m->state_size ? begin_metrics(parts, n_parts, call, err) : TRAWL_OK;
    if (rc == TRAWL_OK)
        rc = host->parallel(call, n_parts, put_part, parts, err);
    if (rc == TRAWL_OK && m->state_size)
        m->metrics_off = metric_report(&parts[0].metrics, sizeof(*parts), n_parts);
    if (rc == TRAWL_OK && !join(m, parts))
        rc = no_memory(err);
    if (rc == TRAWL_OK && m->flow_of_row && n_parts > 1)
        rc = host->parallel(call, (m->input.n_rows + PART_ROWS - 1) / PART_ROWS, number_rows, m,
                            err);
    for (unsigned i = 0; i < n_parts; i++)
        part_fini(&parts[i]);
    host->free(parts);
    return rc;
}

/* A limit of flows is one for all. */
static unsigned choose_parts(const struct flows_plan *plan, uint64_t n_rows)
{
    const int hooked = plan->metrics && plan->metrics->n_hooked;
    const uint64_t most = n_rows / (hooked ? PART_ROWS_HOOKED : PART_ROWS) + 1;
    const unsigned n = host->n_threads() < MAX_PARTS ? host->n_threads() : MAX_PARTS;

    return plan->capacity ? 1 : n < most ? n : (unsigned)most;
}

static int prepare(struct meter *m, trawl_error *err)
{
    const uint64_t n_rows = m->input.n_rows;

    if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) < 0)
        m->seed = (uint64_t)(uintptr_t)m;
    if (m->plan->metrics)
        m->state_size = m->plan->metrics->state_size;
    if (!m->plan->needs_rows &&
        !(m->plan->metrics && (m->plan->metrics->any_exprs || m->plan->metrics->any_names)))
        return TRAWL_OK;
    m->flow_of_row = host->alloc((size_t)(n_rows + 1) * sizeof(*m->flow_of_row));
    if (!m->flow_of_row)
        return no_memory(err);
    memset(m->flow_of_row, 0xff, (size_t)n_rows * sizeof(*m->flow_of_row));
    return TRAWL_OK;
}

int meter_run(struct meter *m, trawl_call *call, const struct flows_plan *plan,
              trawl_capture *capture, trawl_table *packets, trawl_error *err)
{
    int rc;

    m->plan = plan;
    rc = input_init(&m->input, call, plan, capture, packets,
                    choose_parts(plan, host->n_rows(packets)), err);
    if (rc == TRAWL_OK)
        rc = prepare(m, err);
    return rc == TRAWL_OK ? put_parts(m, call, err) : rc;
}

void meter_fini(struct meter *m)
{
    for (size_t i = 0; i < m->n_blocks; i++) {
        drop_states(m->plan->metrics, m->states[i]);
        host->free(m->raw_blocks[i]);
        host->free(m->states[i]);
    }
    host->free(m->blocks);
    host->free(m->raw_blocks);
    host->free(m->states);
    host->free(m->flow_of_row);
    input_fini(&m->input);
    memset(m, 0, sizeof(*m));
}
