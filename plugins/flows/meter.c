/* A packet of TCP or UDP finds its flow through the number of its conversation, one load; the
 * addresses are hashed once a conversation. Rows go in batches, fetched ahead of use: the flows of
 * a large capture are larger than the cache. Each thread goes over all rows and takes those whose
 * key is of its part. Knows nothing of the columns that are shown. */
#include "meter.h"

#include <string.h>
#include <sys/random.h>

enum { BATCH = 32, POLL_ROWS = 1 << 15, LINE = 64, MAX_PARTS = 16 };
enum { PART_ROWS = 1 << 18 }; /* fewer rows are not worth a thread */

/* Both ends, protocol, VLAN and tunnel: equal for the two directions. */
struct flow_key {
    uint64_t low, high;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not keep the flows: no memory");
}

/* ---- keys ---- */

static struct flow_key key_of(const struct input *in, uint64_t row)
{
    unsigned proto = input_proto(in, row);
    uint64_t a = (uint64_t)input_u32(&in->src, row) << 16;
    uint64_t b = (uint64_t)input_u32(&in->dst, row) << 16;

    if (input_has_ports(proto)) {
        a |= input_port(&in->sport, row);
        b |= input_port(&in->dport, row);
    }
    if (a > b) {
        uint64_t t = a;

        a = b;
        b = t;
    }
    return (struct flow_key){a | (uint64_t)proto << 48 | (uint64_t)input_tunnel(in, row) << 56,
                             b | (uint64_t)input_vlan(in, row) << 48};
}

/* Where the search for a key begins. */
static size_t first_probe(const struct meter *m, struct flow_key key)
{
    uint64_t x = (key.low ^ m->seed) * 0x9e3779b97f4a7c15u;

    x = ((x ^ x >> 32) + key.high) * 0xd6e8feb86659fd93u;
    x ^= x >> 32;
    return (size_t)(x * 0xd6e8feb86659fd93u >> 20) & (m->cap_keys - 1);
}

static size_t probe(const struct meter *m, struct flow_key key)
{
    size_t i = first_probe(m, key);

    while (m->key_ids[i] && (m->keys[i].low != key.low || m->keys[i].high != key.high))
        i = (i + 1) & (m->cap_keys - 1);
    return i;
}

static int grow_keys(struct meter *m)
{
    size_t old_cap = m->cap_keys;
    struct flow_key *old_keys = m->keys;
    uint32_t *old_ids = m->key_ids;
    struct flow_key *keys = host->alloc((old_cap ? old_cap * 2 : 1024) * sizeof(*keys));
    uint32_t *ids = host->alloc((old_cap ? old_cap * 2 : 1024) * sizeof(*ids));

    if (!keys || !ids) {
        host->free(keys);
        host->free(ids);
        return 0;
    }
    m->cap_keys = old_cap ? old_cap * 2 : 1024;
    m->keys = keys;
    m->key_ids = ids;
    for (size_t i = 0; i < old_cap; i++) {
        size_t j;

        if (!old_ids[i])
            continue;
        j = probe(m, old_keys[i]);
        m->keys[j] = old_keys[i];
        m->key_ids[j] = old_ids[i];
    }
    host->free(old_keys);
    host->free(old_ids);
    return 1;
}

/* Number of a key, new or known. @return FLOWS_NONE: no memory */
static uint32_t key_number(struct meter *m, struct flow_key key)
{
    size_t i;

    if ((m->n_keys + 1) * 4 > m->cap_keys * 3 && !grow_keys(m))
        return FLOWS_NONE;
    i = probe(m, key);
    if (m->key_ids[i])
        return m->key_ids[i] - 1;
    if (m->n_keys == m->cap_current) {
        size_t more = m->cap_current ? m->cap_current * 2 : 1024;
        uint32_t *p = host->realloc(m->current, more * sizeof(*p));

        if (!p)
            return FLOWS_NONE;
        memset(p + m->cap_current, 0xff, (more - m->cap_current) * sizeof(*p));
        m->current = p;
        m->cap_current = more;
    }
    m->keys[i] = key;
    m->key_ids[i] = (uint32_t)++m->n_keys;
    return (uint32_t)m->n_keys - 1;
}

/* The place that remembers the key of a row's conversation; NULL when it has none. *ok = 0: no
 * memory. Packets with a VLAN tag or within a tunnel have none: one conversation can run over
 * several. Nor have fragments: the number is that of what they carry, which may be of another
 * protocol. */
static uint32_t *stream_slot(struct meter *m, uint64_t row, int *ok)
{
    unsigned proto = input_proto(&m->input, row), i = proto == 17;
    uint32_t stream = input_u32(&m->input.stream, row);

    *ok = 1;
    if (!input_has_ports(proto) || !trawl_view_has(&m->input.stream, row) ||
        input_vlan(&m->input, row) || input_tunnel(&m->input, row) ||
        ((const uint8_t *)m->input.fragment.data)[row])
        return NULL;
    if (stream >= m->n_streams[i]) {
        size_t more = (size_t)stream + stream / 2 + 1024;
        uint32_t *p = host->realloc(m->key_of_stream[i], more * sizeof(*p));

        if (!p) {
            *ok = 0;
            return NULL;
        }
        memset(p + m->n_streams[i], 0, (more - m->n_streams[i]) * sizeof(*p));
        m->key_of_stream[i] = p;
        m->n_streams[i] = more;
    }
    return &m->key_of_stream[i][stream];
}

/* @return FLOWS_NONE: no memory */
static uint32_t key_of_row(struct meter *m, uint64_t row)
{
    int ok;
    uint32_t *slot = stream_slot(m, row, &ok);
    uint32_t key;

    if (!ok)
        return FLOWS_NONE;
    if (slot && *slot)
        return *slot - 1;
    key = key_number(m, key_of(&m->input, row));
    if (slot && key != FLOWS_NONE)
        *slot = key + 1;
    return key;
}

/* ---- flows ---- */

static int add_block(struct meter *m)
{
    uint8_t *raw;

    if (m->n_blocks == m->cap_blocks) {
        size_t more = m->cap_blocks ? m->cap_blocks * 2 : 64;
        struct flow **blocks = host->realloc(m->blocks, more * sizeof(*blocks));
        void **raws;
        uint8_t **states;

        if (!blocks)
            return 0;
        m->blocks = blocks;
        raws = host->realloc(m->raw_blocks, more * sizeof(*raws));
        if (!raws)
            return 0;
        m->raw_blocks = raws;
        states = host->realloc(m->states, more * sizeof(*states));
        if (!states)
            return 0;
        m->states = states;
        m->cap_blocks = more;
    }
    raw = host->alloc(FLOWS_BLOCK * sizeof(struct flow) + LINE);
    if (!raw)
        return 0;
    m->states[m->n_blocks] = m->state_size ? host->alloc(FLOWS_BLOCK * m->state_size) : NULL;
    if (m->state_size && !m->states[m->n_blocks]) {
        host->free(raw);
        return 0;
    }
    m->raw_blocks[m->n_blocks] = raw;
    m->blocks[m->n_blocks++] = (struct flow *)(void *)(raw + (LINE - (uintptr_t)raw % LINE) % LINE);
    return 1;
}

static uint32_t new_flow(struct meter *m, uint64_t row, int64_t tick)
{
    struct flow *f;

    if (m->n_flows >= FLOWS_NONE / 2)
        return FLOWS_NONE;
    if (m->n_flows == m->n_blocks * FLOWS_BLOCK && !add_block(m))
        return FLOWS_NONE;
    f = meter_flow(m, m->n_flows);
    f->first_ns = f->last_ns = tick;
    f->first_row = (uint32_t)row;
    f->src = input_u32(&m->input.src, row);
    f->sport = input_has_ports(input_proto(&m->input, row)) ? input_port(&m->input.sport, row) : 0;
    return m->n_flows++;
}

static unsigned direction_of(const struct meter *m, const struct flow *f, uint64_t row)
{
    return input_u32(&m->input.src, row) != f->src ||
           (input_has_ports(input_proto(&m->input, row)) &&
            input_port(&m->input.sport, row) != f->sport);
}

/* @return 1: a metric ends the flow after this packet */
static int run_metrics(struct meter *m, uint32_t i_flow, const struct lengths *l, uint64_t row,
                       unsigned direction, int64_t delta)
{
    const struct input *in = &m->input;
    const struct flow *f = meter_flow(m, i_flow);
    unsigned proto = input_proto(in, row);
    int ports = input_has_ports(proto);
    const trawl_flow_packet packet = {
        .size = sizeof(packet),
        .direction = (uint8_t)direction,
        .protocol = (uint8_t)proto,
        .tcp_flags = proto == 6 ? (uint16_t)trawl_view_u64(&in->tcp_flags, row) : 0,
        .row = row,
        .time_ns = in->ticks[row],
        .delta_ns = delta,
        .frame_len = l->frame,
        .ip_len = l->ip,
        .transport_len = l->transport,
        .payload_len = l->payload,
        .src_port = ports ? input_port(&in->sport, row) : 0,
        .dst_port = ports ? input_port(&in->dport, row) : 0,
    };
    int ended = 0, first = f->packets[0] + f->packets[1] == 1;

    for (size_t i = 0; i < m->plan->n_metrics; i++) {
        const trawl_metric *metric = m->plan->metrics[i];
        int (*hook)(void *, const trawl_flow_packet *) = first ? metric->on_init
                                                               : metric->on_update;

        if (hook && hook(meter_state(m, i_flow, i), &packet) < 0)
            ended = 1;
    }
    return ended;
}

static void end_flow(struct flow *f, enum expiry why, uint64_t row)
{
    f->expiry = (uint16_t)why;
    f->src = (uint32_t)row;
}

/* Put one packet into the flow of its key. @return 0: no memory */
static int put_packet(struct meter *m, uint64_t row, uint32_t key)
{
    int64_t tick = m->input.ticks[row];
    uint32_t i = m->current[key];
    struct flow *f = i == FLOWS_NONE ? NULL : meter_flow(m, i);
    struct lengths l = input_lengths(&m->input, row);
    int64_t delta = 0;
    unsigned direction;

    if (f && (uint64_t)tick - (uint64_t)f->last_ns >= (uint64_t)m->plan->idle)
        end_flow(f, EXPIRY_IDLE, row);
    else if (f && (uint64_t)tick - (uint64_t)f->first_ns >= (uint64_t)m->plan->active)
        end_flow(f, EXPIRY_ACTIVE, row);
    if (!f || f->expiry != EXPIRY_OPEN) {
        i = new_flow(m, row, tick);
        if (i == FLOWS_NONE)
            return 0;
        m->current[key] = i;
        f = meter_flow(m, i);
    } else {
        delta = span_ns(f->last_ns, tick);
    }
    direction = direction_of(m, f, row);
    if (direction && !f->packets[1])
        f->first_back_row = (uint32_t)row;
    f->packets[direction]++;
    f->bytes[direction] += m->plan->accounting == BYTES_FRAME       ? l.frame
                           : m->plan->accounting == BYTES_IP        ? l.ip
                           : m->plan->accounting == BYTES_TRANSPORT ? l.transport
                                                                    : l.payload;
    f->last_row[direction] = (uint32_t)row;
    f->last_ns = tick;
    if (m->flow_of_row)
        m->flow_of_row[row] = i | (uint32_t)direction << 31;
    if (m->plan->n_metrics && run_metrics(m, i, &l, row, direction, delta)) {
        end_flow(f, EXPIRY_CUSTOM, row);
        m->current[key] = FLOWS_NONE;
    }
    return 1;
}

/* Does the row belong to this part? The same for both directions and for all packets of a key. */
static inline unsigned is_mine(const struct meter *m, uint64_t row)
{
    const struct input *in = &m->input;
    uint64_t ports = input_has_ports(input_proto(in, row)) ? UINT64_MAX : 0;
    uint64_t a = input_u32(&in->src, row), b = input_u32(&in->dst, row);

    if (m->n_parts == 1)
        return 1;
    a |= ((uint64_t)input_port(&in->sport, row) & ports) << 32;
    b |= ((uint64_t)input_port(&in->dport, row) & ports) << 32;
    a = (a ^ m->seed) * 0x9e3779b97f4a7c15u;
    b = (b ^ m->seed) * 0x9e3779b97f4a7c15u;
    a = ((a ^ a >> 29) + (b ^ b >> 29)) * 0xd6e8feb86659fd93u;
    return (a >> 32) * m->n_parts >> 32 == m->i_part;
}

/* The next rows to count, BATCH at most. @return the row after them. Which rows are of this part
 * cannot be foretold: taken without a branch. */
static uint64_t collect(struct meter *m, uint64_t row, uint64_t end, uint64_t rows[BATCH],
                        unsigned *ret_n)
{
    unsigned n_mine = 0, n = 0;

    for (; row < end && n_mine < BATCH; row++) {
        rows[n_mine] = row;
        n_mine += is_mine(m, row);
    }
    for (unsigned i = 0; i < n_mine; i++) {
        enum ignored why = input_ignored(&m->input, rows[i]);

        rows[n] = rows[i];
        n += why == COUNTED;
        m->n_ignored[why]++; /* of COUNTED: not asked for */
    }
    *ret_n = n;
    return row;
}

/* Counted rows, n at most BATCH. @return 0: no memory */
static int put_batch(struct meter *m, const uint64_t *rows, unsigned n)
{
    uint32_t keys[BATCH];
    int ok;

    for (unsigned i = 0; i < n; i++) {
        const uint32_t *slot = stream_slot(m, rows[i], &ok);

        if (!ok)
            return 0;
        __builtin_prefetch(slot);
    }
    for (unsigned i = 0; i < n && m->cap_keys; i++) {
        const uint32_t *slot = stream_slot(m, rows[i], &ok);

        if (!slot || !*slot) {
            size_t at = first_probe(m, key_of(&m->input, rows[i]));

            __builtin_prefetch(&m->key_ids[at]);
            __builtin_prefetch(&m->keys[at]);
        }
    }
    for (unsigned i = 0; i < n; i++) {
        keys[i] = key_of_row(m, rows[i]);
        if (keys[i] == FLOWS_NONE)
            return 0;
        __builtin_prefetch(&m->current[keys[i]]);
    }
    for (unsigned i = 0; i < n; i++) {
        uint32_t flow = m->current[keys[i]];

        if (flow != FLOWS_NONE)
            __builtin_prefetch(meter_flow(m, flow), 1);
    }
    for (unsigned i = 0; i < n; i++) {
        if (!put_packet(m, rows[i], keys[i]))
            return 0;
    }
    return 1;
}

/* All rows of the meter's part. */
static int put_rows(struct meter *m, trawl_call *call, trawl_error *err)
{
    uint64_t rows[BATCH], row = 0, end;
    unsigned n;

    while (row < m->input.n_rows) {
        if (host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (m->i_part == 0)
            host->progress(call, row, m->input.n_rows);
        end = m->input.n_rows - row < POLL_ROWS ? m->input.n_rows : row + POLL_ROWS;
        while (row < end) {
            row = collect(m, row, end, rows, &n);
            if (!put_batch(m, rows, n))
                return no_memory(err);
        }
    }
    return TRAWL_OK;
}

/* ---- parts ---- */

struct parts {
    trawl_call *call;
    struct meter meters[MAX_PARTS];
};

static int put_part(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct parts *parts = context;

    (void)i_thread;
    return put_rows(&parts->meters[i], parts->call, err);
}

/* Take the flows of a part: its blocks come behind; the last flows of all then fill the gap that
 * the block begun before leaves. @return 0: no memory */
static int take_flows(struct meter *m, struct meter *part)
{
    size_t n_blocks = m->n_blocks + part->n_blocks;
    uint32_t gap = m->n_flows, total = m->n_flows + part->n_flows, last;
    struct flow **blocks = host->realloc(m->blocks, (n_blocks + 1) * sizeof(*blocks));
    void **raws;
    uint8_t **states;

    if (!blocks)
        return 0;
    m->blocks = blocks;
    raws = host->realloc(m->raw_blocks, (n_blocks + 1) * sizeof(*raws));
    if (!raws)
        return 0;
    m->raw_blocks = raws;
    states = host->realloc(m->states, (n_blocks + 1) * sizeof(*states));
    if (!states)
        return 0;
    m->states = states;
    m->cap_blocks = n_blocks + 1;
    last = (uint32_t)m->n_blocks * FLOWS_BLOCK + part->n_flows;
    for (size_t i = 0; i < part->n_blocks; i++) {
        m->blocks[m->n_blocks] = part->blocks[i];
        m->raw_blocks[m->n_blocks] = part->raw_blocks[i];
        m->states[m->n_blocks++] = part->states[i];
    }
    part->n_blocks = 0;
    while (gap < total && last > total)
        *meter_flow(m, gap++) = *meter_flow(m, --last);
    m->n_flows = total;
    for (int i = 0; i < N_IGNORED; i++)
        m->n_ignored[i] += part->n_ignored[i];
    return 1;
}

static int put_parts(struct meter *m, trawl_call *call, uint32_t n_parts, trawl_error *err)
{
    struct parts *parts = host->alloc(sizeof(*parts));
    int rc = TRAWL_OK;

    if (!parts)
        return no_memory(err);
    parts->call = call;
    for (uint32_t i = 0; i < n_parts; i++) {
        parts->meters[i] = (struct meter){
            .plan = m->plan, .input = m->input, .seed = m->seed, .i_part = i, .n_parts = n_parts};
    }
    rc = host->parallel(call, n_parts, put_part, parts, err);
    for (uint32_t i = 0; i < n_parts; i++) {
        if (rc == TRAWL_OK && !take_flows(m, &parts->meters[i]))
            rc = no_memory(err);
        parts->meters[i].input.own_ticks = NULL; /* stay the whole's */
        parts->meters[i].input.tunnels = NULL;
        meter_fini(&parts->meters[i]);
    }
    host->free(parts);
    return rc;
}

/* Metrics and lists of packets want the flows where they were made: they take one part. */
static uint32_t choose_parts(const struct meter *m)
{
    uint64_t most = m->input.n_rows / PART_ROWS + 1;
    unsigned n_threads = host->n_threads();

    if (m->flow_of_row || m->plan->n_metrics)
        return 1;
    most = most < MAX_PARTS ? most : MAX_PARTS;
    return n_threads < most ? n_threads : (uint32_t)most;
}

static int prepare(struct meter *m, trawl_error *err)
{
    uint64_t n_rows = m->input.n_rows;

    if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) < 0)
        m->seed = (uint64_t)(uintptr_t)m;
    for (size_t i = 0; i < m->plan->n_metrics; i++) {
        m->state_at[i] = m->state_size;
        m->state_size += (m->plan->metrics[i]->state_size + 15) / 16 * 16;
    }
    if (!m->plan->stats && !m->plan->splt)
        return TRAWL_OK;
    m->flow_of_row = host->alloc((size_t)(n_rows + 1) * sizeof(*m->flow_of_row));
    if (!m->flow_of_row)
        return no_memory(err);
    memset(m->flow_of_row, 0xff, (size_t)n_rows * sizeof(*m->flow_of_row));
    return TRAWL_OK;
}

int meter_run(struct meter *m, trawl_call *call, const struct flows_plan *plan,
              trawl_table *packets, trawl_error *err)
{
    uint32_t n_parts;
    int rc;

    m->plan = plan;
    m->n_parts = 1;
    rc = input_init(&m->input, call, plan, packets, err);
    if (rc == TRAWL_OK)
        rc = prepare(m, err);
    if (rc != TRAWL_OK)
        return rc;
    n_parts = choose_parts(m);
    return n_parts > 1 ? put_parts(m, call, n_parts, err) : put_rows(m, call, err);
}

void meter_fini(struct meter *m)
{
    for (size_t i = 0; i < m->n_blocks; i++) {
        host->free(m->raw_blocks[i]);
        host->free(m->states[i]);
    }
    host->free(m->blocks);
    host->free(m->raw_blocks);
    host->free(m->states);
    host->free(m->flow_of_row);
    host->free(m->key_of_stream[0]);
    host->free(m->key_of_stream[1]);
    host->free(m->current);
    host->free(m->keys);
    host->free(m->key_ids);
    input_fini(&m->input);
    memset(m, 0, sizeof(*m));
}
