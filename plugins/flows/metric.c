/* What flow metrics of plugins see of packets, and when their hooks run.
 * Knows nothing of how flows are found, nor of columns. */
#include "metric.h"

#include <string.h>
#include <time.h>

#include "names.h"
#include "view.h"

enum { POLL_PACKETS = 64, POLL_NS = 1000000 /* of a packet */, ALIGNMENT = 16 };
enum { SLOW_NS = 20000, SLOW_TOTAL_NS = 1000000000 }; /* a packet; in all */
enum { SLOW_TIMED = 8 }; /* packets at least: what is set up with the first says little */

/* In front of a flow's states; bits by metric. */
struct states_head {
    uint16_t begun, enough, failed;
    uint16_t ended;
};

static void *state_of(const struct metric_use *use, uint8_t *states)
{
    return states + use->state_at;
}

/* It sees packets. */
static int is_hooked(const struct metric_use *use)
{
    return use->metric && !use->exprs;
}

/* ---- the plan ---- */

/* The columns of a schema in call memory. */
static int keep_columns(trawl_call *call, const trawl_schema *schema, struct metric_use *use,
                        trawl_error *err)
{
    use->n_columns = host->schema_n(schema);
    use->columns = host->call_alloc(call, (use->n_columns + 1) * sizeof(*use->columns));
    for (size_t i = 0; use->columns && i < use->n_columns; i++) {
        trawl_column *column = &use->columns[i];
        const char **texts[] = {&column->name, &column->unit, &column->help, &column->source};

        *column = *host->schema_column(schema, i);
        for (size_t k = 0; k < TRAWL_COUNT(texts); k++) {
            const size_t n = *texts[k] ? strlen(*texts[k]) + 1 : 0;
            char *copy = n ? host->call_alloc(call, n) : NULL;

            if (n && !copy)
                return host->fail(err, TRAWL_E_NOMEM, "could not keep the metrics: no memory");
            if (n)
                memcpy(copy, *texts[k], n);
            *texts[k] = copy;
        }
    }
    return use->columns ? TRAWL_OK
                        : host->fail(err, TRAWL_E_NOMEM, "could not keep the metrics: no memory");
}

static int find_columns(trawl_call *call, struct metric_use *use, trawl_error *err)
{
    const trawl_metric *metric = use->metric;
    trawl_schema *schema = NULL;
    int rc = TRAWL_OK;

    if (metric->schema)
        rc = metric->schema(call, use->opts, &schema, err);
    else
        schema = host->schema_from(metric->columns, metric->n_columns, err);
    if (rc == TRAWL_OK)
        rc = schema ? keep_columns(call, schema, use, err) : TRAWL_E_NOMEM;
    host->schema_free(schema);
    return rc;
}

/* NFStream calls what plugins add udps.NAME. */
static int rename_columns(trawl_call *call, struct metric_use *use, trawl_error *err)
{
    for (size_t i = 0; i < use->n_columns; i++) {
        const size_t n = strlen(use->columns[i].name) + 1;
        char *name = host->call_alloc(call, n + 5);

        if (!name)
            return host->fail(err, TRAWL_E_NOMEM, "could not keep the metrics: no memory");
        memcpy(name, "udps.", 5);
        memcpy(name + 5, use->columns[i].name, n);
        use->columns[i].name = name;
    }
    return TRAWL_OK;
}

static int add_use(trawl_call *call, const struct flows_plan *plan, struct metric_set *set,
                   struct metric_use use, trawl_error *err)
{
    const trawl_metric *metric = use.metric;
    int rc = TRAWL_OK;

    if (set->n == FLOWS_MAX_METRICS)
        return host->fail(err, TRAWL_E_USAGE, "more than %d metrics at once", FLOWS_MAX_METRICS);
    if (metric && !use.is_names) {
        use.exprs = metric->exprs;
        rc = find_columns(call, &use, err);
    }
    if (rc == TRAWL_OK && plan->view->is_nfstream && !use.is_names)
        rc = rename_columns(call, &use, err);
    if (rc == TRAWL_OK && use.exprs)
        rc = metric_check_exprs(call, &use, err);
    set->any_exprs |= use.exprs != NULL;
    set->any_names |= use.is_names;
    if (rc == TRAWL_OK && is_hooked(&use)) {
        if (!set->n_hooked++)
            set->state_size = ALIGNMENT;
        use.state_at = set->state_size;
        set->state_size += (metric->state_size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        set->any_bytes |= (metric->flags & TRAWL_METRIC_BYTES) != 0;
    }
    set->uses[set->n++] = use;
    return rc;
}

int metric_plan(trawl_call *call, const trawl_words *words, struct flows_plan *plan,
                trawl_error *err)
{
    struct metric_set *set;
    struct metric_use names;
    int rc = TRAWL_OK;

    if (!words->n && !plan->dissections)
        return TRAWL_OK;
    set = host->call_alloc(call, sizeof(*set));
    if (!set)
        return host->fail(err, TRAWL_E_NOMEM, "could not keep the metrics: no memory");
    if (plan->dissections) {
        rc = names_plan(call, plan, &names, err);
        if (rc == TRAWL_OK)
            rc = add_use(call, plan, set, names, err);
    }
    for (size_t i = 0; i < words->n && rc == TRAWL_OK; i++) {
        const char *list = words->items[i];
        struct metric_use use = {0};

        rc = metric_parse_expr(call, list, &use, err);
        if (rc == 1) {
            rc = add_use(call, plan, set, use, err);
            continue;
        }
        do {
            use.at = list;
            if (rc == TRAWL_OK)
                rc = host->metric_next(call, &list, &use.metric, &use.opts, err);
            for (use.n_at = (size_t)(list - use.at); use.n_at; use.n_at--)
                if (!strchr(", ", use.at[use.n_at - 1]))
                    break;
            if (rc == TRAWL_OK)
                rc = add_use(call, plan, set, use, err);
        } while (rc == TRAWL_OK && *list);
    }
    if (rc == TRAWL_OK)
        plan->metrics = set;
    return rc;
}

/* ---- parts ---- */

int metric_part_init(struct metric_part *part, trawl_call *call, const struct meter *m,
                     trawl_error *err)
{
    const struct metric_set *set = m->plan->metrics;
    int rc = TRAWL_OK;

    *part = (struct metric_part){.set = set, .input = &m->input, .call = call};
    if (!set)
        return TRAWL_OK;
    for (size_t i = 0; i < set->n; i++) {
        const struct metric_use *use = &set->uses[i];

        if (is_hooked(use))
            part->begun[i] = !use->metric->begin ||
                             use->metric->begin(use->opts, &part->runs[i], &part->why[i]) == 0;
    }
    if (set->any_bytes)
        rc = host->bytes_open(call, m->input.packets, &part->bytes, err);
    return rc;
}

void metric_part_fini(struct metric_part *part)
{
    for (size_t i = 0; part->set && i < part->set->n; i++) {
        if (part->begun[i] && part->set->uses[i].metric->cleanup)
            part->set->uses[i].metric->cleanup(part->runs[i]);
        part->begun[i] = 0;
    }
    host->bytes_close(part->bytes);
    part->bytes = NULL;
}

/* ---- packets ---- */

static void put_address(const trawl_view *view, uint32_t row, uint8_t ret[16])
{
    const uint32_t code = input_u32(view, row);
    const uint8_t *address = view->addresses[code & 0x7fffffff];

    if (code >> 31)
        memcpy(ret, address, 16);
    else
        memcpy(ret, address + 12, 4);
}

/* The packet's bytes, for who wants them. */
static int fetch_bytes(struct metric_part *part, trawl_flow_packet *packet, trawl_packet *frame,
                       trawl_error *err)
{
    trawl_layer network = {.size = sizeof(network)}, transport = {.size = sizeof(transport)},
                payload = {.size = sizeof(payload)};
    int rc;

    frame->size = sizeof(*frame);
    rc = host->bytes_at(part->bytes, packet->row, frame, &network, &transport, &payload, err);
    if (rc != TRAWL_OK)
        return rc;
    packet->frame = frame;
    packet->ip = network.data;
    packet->ip_cap_len = network.cap_len;
    packet->payload = payload.data;
    packet->payload_cap_len = payload.cap_len;
    if (packet->protocol == 6 && transport.cap_len >= 8)
        packet->tcp_seq = (uint32_t)transport.data[4] << 24 | (uint32_t)transport.data[5] << 16 |
                          (uint32_t)transport.data[6] << 8 | transport.data[7];
    return TRAWL_OK;
}

static uint64_t now_ns(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int run_hook(struct metric_part *part, size_t i, void *state, trawl_flow_packet *packet,
                    int timed)
{
    const struct metric_use *use = &part->set->uses[i];
    const uint64_t before = timed ? now_ns() : 0;
    int result;

    packet->opts = use->opts;
    packet->run = part->runs[i];
    result = packet->first ? use->metric->on_init(state, packet)
                           : use->metric->on_update(state, packet);
    if (timed) {
        const uint64_t took = now_ns() - before;

        part->ns[i] += took;
        part->n_timed[i]++;
        part->is_slow |= took > POLL_NS;
    }
    return result;
}

/* Does a metric with bytes still want this flow's? */
static int wants_bytes(const struct metric_part *part, const struct states_head *head, int first)
{
    for (size_t i = 0; part->bytes && i < part->set->n; i++) {
        const struct metric_use *use = &part->set->uses[i];

        if (is_hooked(use) && use->metric->flags & TRAWL_METRIC_BYTES && part->begun[i] &&
            (first || !((head->enough | head->failed) >> i & 1)))
            return 1;
    }
    return 0;
}

/* Between packets, now and then; between all of them when the last ones took long. */
static int go_on(struct metric_part *part, uint32_t row)
{
    part->is_slow = 0;
    if (part->is_first)
        host->progress(part->call, row, part->input->n_rows);
    if (!host->cancelled(part->call))
        return 1;
    part->rc = host->fail(part->err, TRAWL_E_CANCELLED, "interrupted");
    return 0;
}

enum metric_wish metric_run(struct metric_part *part, const struct flow *f, uint8_t *states,
                            uint32_t row, unsigned direction, int64_t delta)
{
    const struct input *in = part->input;
    const struct lengths l = input_lengths(in, row);
    struct states_head *head = (struct states_head *)(void *)states;
    const unsigned proto = input_proto(in, row);
    const int ports = input_has_ports(proto), first = f->packets[0] + f->packets[1] == 1;
    const int timed = part->is_slow || part->n_packets % POLL_PACKETS == 0;
    trawl_packet frame;
    trawl_flow_packet packet = {
        .size = sizeof(packet),
        .direction = (uint8_t)direction,
        .protocol = (uint8_t)proto,
        .tcp_flags = proto == 6 ? (uint16_t)trawl_view_u64(&in->tcp_flags, row) : 0,
        .row = row,
        .time_ns = in->ticks[row],
        .delta_ns = delta,
        .frame_len = l.frame,
        .ip_len = l.ip,
        .transport_len = l.transport,
        .payload_len = l.payload,
        .src_port = ports ? input_port(&in->sport, row) : 0,
        .dst_port = ports ? input_port(&in->dport, row) : 0,
        .vlan_id = (uint16_t)input_vlan(in, row),
        .ip_version = input_u32(&in->src, row) >> 31 ? 6 : 4,
        .tunnel = (uint8_t)input_tunnel(in, row),
        .first = (uint8_t)first,
    };
    enum metric_wish wish = METRIC_GO_ON;

    if (timed && !go_on(part, row))
        return METRIC_STOP;
    part->n_packets++;
    put_address(&in->src, row, packet.src);
    put_address(&in->dst, row, packet.dst);
    if (wants_bytes(part, head, first)) {
        part->rc = fetch_bytes(part, &packet, &frame, part->err);
        if (part->rc != TRAWL_OK)
            return METRIC_STOP;
    }
    for (size_t i = 0; i < part->set->n; i++) {
        const uint16_t bit = (uint16_t)(1u << i);
        int result;

        if (!is_hooked(&part->set->uses[i]) || (head->enough | head->failed) & bit)
            continue;
        if (!part->begun[i]) {
            head->failed |= bit;
            continue;
        }
        head->begun |= bit;
        result = run_hook(part, i, state_of(&part->set->uses[i], states), &packet, timed);
        if (result < 0)
            wish = METRIC_ENDS_FLOW;
        else if (result == TRAWL_METRIC_ENOUGH)
            head->enough |= bit;
        else if (result >= TRAWL_METRIC_FAILED) /* or what no result is */
            head->failed |= bit;
    }
    return wish;
}

void metric_end(struct metric_part *part, uint8_t *states)
{
    struct states_head *head = (struct states_head *)(void *)states;

    if (head->ended)
        return;
    head->ended = 1;
    for (size_t i = 0; i < part->set->n; i++) {
        const struct metric_use *use = &part->set->uses[i];

        if (is_hooked(use) && use->metric->on_end && head->begun >> i & 1)
            use->metric->on_end(state_of(use, states), use->opts, part->runs[i]);
    }
}

void metric_drop(const struct metric_set *set, uint8_t *states)
{
    const struct states_head *head = (const struct states_head *)(const void *)states;

    for (size_t i = 0; i < set->n; i++) {
        const struct metric_use *use = &set->uses[i];

        if (is_hooked(use) && use->metric->on_drop && head->begun >> i & 1)
            use->metric->on_drop(state_of(use, states));
    }
}

int metric_failed(const uint8_t *states, size_t i)
{
    return ((const struct states_head *)(const void *)states)->failed >> i & 1;
}

unsigned metric_report(const struct metric_part *first, size_t stride, size_t n)
{
    const struct metric_set *set = first->set;
    unsigned off = 0;

    for (size_t i = 0; set && i < set->n; i++) {
        const char *name = set->uses[i].metric ? set->uses[i].metric->name : "";
        const char *why = NULL;
        uint64_t ns = 0, n_timed = 0, n_packets = 0, failed = 0;

        for (size_t k = 0; k < n; k++) {
            const struct metric_part *p = (const void *)((const char *)first + k * stride);

            ns += p->ns[i];
            n_timed += p->n_timed[i];
            n_packets += p->n_packets;
            failed |= is_hooked(&set->uses[i]) && !p->begun[i];
            why = why ? why : p->why[i];
        }
        off |= failed ? 1u << i : 0;
        if (failed)
            host->log(1, "flows: metric '%s' could not begin: %s; %s", name,
                      why ? why : "it does not say why",
                      set->uses[i].is_names ? "names are what trawl's own dissectors know"
                                            : "its columns are empty");
        else if (n_timed >= SLOW_TIMED && ns / n_timed > SLOW_NS &&
                 ns / n_timed * n_packets > SLOW_TOTAL_NS)
            host->log(1, "flows: metric '%s' is slow: about %llu us a packet, %llu s in all", name,
                      (unsigned long long)(ns / n_timed / 1000),
                      (unsigned long long)(ns / n_timed * n_packets / 1000000000));
    }
    return off;
}
