/* Statistics are a second pass, so that flows without them cost nothing more. The records are
 * fetched ahead of use: those of a large capture are larger than the cache.
 * Knows nothing of columns. */
#include "stats.h"

#include <math.h>
#include <string.h>

enum { POLL_ROWS = 1 << 16, FETCH_AHEAD = 24, LINE = 64 };

/* ---- moments ---- */

struct moments stats_sizes(const struct flow_stats *s, unsigned part)
{
    const uint64_t n0 = s->n[0], n1 = s->n[1];
    const double n = (double)(n0 + n1), apart = s->size_mean[1] - s->size_mean[0];

    if (part || !n1) {
        const unsigned i = part == 2;

        return (struct moments){s->n[i], s->size_min[i], s->size_max[i], s->size_mean[i],
                                s->size_m2[i]};
    }
    return (struct moments){
        .n = n0 + n1,
        .min = s->size_min[0] < s->size_min[1] ? s->size_min[0] : s->size_min[1],
        .max = s->size_max[0] > s->size_max[1] ? s->size_max[0] : s->size_max[1],
        .mean = s->size_mean[0] + apart * (double)n1 / n,
        .m2 = s->size_m2[0] + s->size_m2[1] + apart * apart * (double)n0 * (double)n1 / n};
}

struct moments stats_gaps(const struct flow_stats *s, unsigned part)
{
    const uint64_t n = part ? s->n[part - 1] : (uint64_t)s->n[0] + s->n[1];

    return (struct moments){n ? n - 1 : 0, s->gap_min[part], s->gap_max[part], s->gap_mean[part],
                            s->gap_m2[part]};
}

double stats_stddev(const struct moments *m)
{
    return m->n > 1 ? sqrt(m->m2 / (double)(m->n - 1)) : 0;
}

/* Number n (from 1) of the values of m. */
static void add_gap(struct flow_stats *s, unsigned part, uint32_t n, int64_t gap)
{
    const double before = (double)gap - s->gap_mean[part];

    if (n == 1 || gap < s->gap_min[part])
        s->gap_min[part] = gap;
    if (n == 1 || gap > s->gap_max[part])
        s->gap_max[part] = gap;
    s->gap_mean[part] += before / n;
    s->gap_m2[part] += before * ((double)gap - s->gap_mean[part]);
}

static void add_packet(struct flow_stats *s, unsigned d, uint32_t size, int64_t tick,
                       unsigned flags)
{
    const uint32_t n = s->n[d] + s->n[!d], n_d = s->n[d] + 1;
    const double before = (double)size - s->size_mean[d];

    if (n) {
        const int64_t last = s->n[!d] && (n_d == 1 || s->last_ns[!d] > s->last_ns[d])
                                 ? s->last_ns[!d]
                                 : s->last_ns[d];

        add_gap(s, 0, n, span_ns(last, tick));
    }
    if (n_d > 1)
        add_gap(s, 1 + d, n_d - 1, span_ns(s->last_ns[d], tick));
    if (n_d == 1 || size < s->size_min[d])
        s->size_min[d] = size;
    if (size > s->size_max[d])
        s->size_max[d] = size;
    s->n[d] = n_d;
    s->size_mean[d] += before / n_d;
    s->size_m2[d] += before * ((double)size - s->size_mean[d]);
    s->last_ns[d] = tick;
    if (flags) {
        for (unsigned bit = 0; bit < 8; bit++)
            s->flags[d][bit] += flags >> bit & 1;
    }
}

/* ---- the pass ---- */

static int alloc_all(struct stats *s, const struct meter *m, trawl_error *err)
{
    const uint32_t n = meter_end(m);
    uint64_t total = 0;
    int ok;

    s->flows = host->alloc(((size_t)n + 1) * sizeof(*s->flows));
    ok = s->flows != NULL;
    if (ok && m->plan->splt) {
        s->first = host->alloc(((size_t)n + 1) * sizeof(*s->first));
        for (uint32_t i = 0; s->first && i < n; i++) {
            const struct flow *f = meter_flow(m, i);
            const uint64_t n_packets = (uint64_t)f->packets[0] + f->packets[1];

            s->first[i] = total;
            total += n_packets < m->plan->splt ? n_packets : m->plan->splt;
        }
        if (s->first)
            s->first[n] = total;
        s->packets = host->alloc((size_t)(total + 1) * sizeof(*s->packets));
        ok = s->first && s->packets;
    }
    return ok ? TRAWL_OK
              : host->fail(err, TRAWL_E_NOMEM, "could not keep statistics of flows: no memory");
}

struct pass {
    struct stats *stats;
    const struct meter *meter;
    trawl_call *call;
};

static void put_row(const struct pass *pass, uint64_t row, uint32_t i, unsigned direction)
{
    const struct meter *m = pass->meter;
    const struct input *in = &m->input;
    struct stats *s = pass->stats;
    struct flow_stats *f = &s->flows[i];
    const uint64_t n = (uint64_t)f->n[0] + f->n[1];
    const unsigned flags = in->tcp_flags.data && input_proto(in, row) == 6
                               ? (unsigned)trawl_view_u64(&in->tcp_flags, row)
                               : 0;
    const uint32_t size = input_size(in, m->plan->accounting, row);

    if (n < m->plan->splt) {
        int64_t gap = 0;

        if (n)
            gap = span_ns(f->n[1] && (!f->n[0] || f->last_ns[1] > f->last_ns[0]) ? f->last_ns[1]
                                                                                 : f->last_ns[0],
                          in->ticks[row]);
        s->packets[s->first[i] + n] = (struct first_packet){gap, size, direction};
    }
    add_packet(f, direction, size, in->ticks[row], flags);
}

static void fetch(const struct stats *s, uint32_t flow)
{
    const char *record = (const char *)&s->flows[flow];

    for (size_t at = 0; at < sizeof(struct flow_stats); at += LINE)
        __builtin_prefetch(record + at, 1);
    if (s->first)
        __builtin_prefetch(&s->first[flow]);
}

static int pass_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct meter *m = pass->meter;
    const uint8_t *rows = m->input.rows;
    const uint64_t n_rows = m->input.n_rows;

    (void)i_thread;
    for (uint64_t row = 0; row < n_rows; row++) {
        const uint32_t flow = m->flow_of_row[row];
        const uint64_t ahead = row + FETCH_AHEAD;

        if (row % POLL_ROWS == 0 && host->cancelled(pass->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (ahead < n_rows && m->flow_of_row[ahead] != FLOWS_NONE &&
            (rows[ahead] & ROW_PART) == i_part)
            fetch(pass->stats, m->flow_of_row[ahead] & FLOWS_NUMBER);
        if (flow != FLOWS_NONE && (rows[row] & ROW_PART) == i_part)
            put_row(pass, row, flow & FLOWS_NUMBER, flow >> 31);
    }
    return TRAWL_OK;
}

int stats_build(struct stats *s, const struct meter *m, trawl_call *call, trawl_error *err)
{
    struct pass pass = {.stats = s, .meter = m, .call = call};
    int rc;

    memset(s, 0, sizeof(*s));
    if (!m->plan->needs_stats)
        return TRAWL_OK;
    rc = alloc_all(s, m, err);
    if (rc == TRAWL_OK)
        rc = host->parallel(call, m->input.n_parts, pass_part, &pass, err);
    return rc;
}

void stats_fini(struct stats *s)
{
    host->free(s->flows);
    host->free(s->packets);
    host->free(s->first);
    memset(s, 0, sizeof(*s));
}
