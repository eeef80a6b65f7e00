/* Statistics are a second pass, so that flows without them cost nothing more.
 * Knows nothing of columns. */
#include "stats.h"

#include <math.h>
#include <string.h>

enum { POLL_ROWS = 1 << 16 };

static void add(struct running *r, double x)
{
    double before = x - r->mean;

    r->n++;
    r->min = r->n == 1 || x < r->min ? x : r->min;
    r->max = r->n == 1 || x > r->max ? x : r->max;
    r->mean += before / (double)r->n;
    r->m2 += before * (x - r->mean);
}

double stats_stddev(const struct running *r)
{
    return r->n > 1 ? sqrt(r->m2 / (double)(r->n - 1)) : 0;
}

static uint32_t size_of_packet(const struct meter *m, uint64_t row)
{
    struct lengths l = input_lengths(&m->input, row);

    switch (m->plan->accounting) {
    case BYTES_IP:
        return l.ip;
    case BYTES_TRANSPORT:
        return l.transport;
    case BYTES_PAYLOAD:
        return l.payload;
    case BYTES_FRAME:
        break;
    }
    return l.frame;
}

static void add_to(struct flow_stats *s, unsigned i, double size, int64_t tick, unsigned flags)
{
    if (s->size[i].n)
        add(&s->gap[i], (double)span_ns(s->last_ns[i], tick));
    s->last_ns[i] = tick;
    add(&s->size[i], size);
    for (unsigned bit = 0; bit < 8; bit++)
        s->flags[i][bit] += flags >> bit & 1;
}

/* Packet number n of its flow, from 0. */
static void put_first(struct stats *s, const struct meter *m, uint32_t i_flow, uint64_t n,
                      unsigned direction, int64_t gap, uint64_t row)
{
    if (n < m->plan->splt)
        s->packets[s->first[i_flow] + n] = (struct first_packet){gap, size_of_packet(m, row),
                                                                 direction};
}

static int alloc_all(struct stats *s, const struct meter *m, trawl_error *err)
{
    const uint32_t n = meter_end(m);
    uint64_t total = 0;
    int ok = 1;

    if (m->plan->stats) {
        s->flows = host->alloc(((size_t)n + 1) * sizeof(*s->flows));
        ok = s->flows != NULL;
    }
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
    struct seen {
        int64_t last_ns;
        uint64_t n;
    } * seen; /* by flow */
};

static void put_row(const struct pass *pass, uint64_t row, uint32_t i, unsigned direction)
{
    const struct meter *m = pass->meter;
    const struct input *in = &m->input;
    struct stats *s = pass->stats;
    struct seen *seen = &pass->seen[i];

    if (s->flows) {
        const unsigned flags = input_proto(in, row) == 6
                                   ? (unsigned)trawl_view_u64(&in->tcp_flags, row)
                                   : 0;
        const double size = size_of_packet(m, row);

        add_to(&s->flows[i], 0, size, in->ticks[row], flags);
        add_to(&s->flows[i], 1 + direction, size, in->ticks[row], flags);
    }
    if (s->packets)
        put_first(s, m, i, seen->n, direction, seen->n ? span_ns(seen->last_ns, in->ticks[row]) : 0,
                  row);
    seen->last_ns = in->ticks[row];
    seen->n++;
}

static int pass_part(void *context, uint64_t i_part, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct meter *m = pass->meter;

    (void)i_thread;
    for (uint64_t row = 0; row < m->input.n_rows; row++) {
        const uint32_t flow = m->flow_of_row[row];

        if (row % POLL_ROWS == 0 && host->cancelled(pass->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (flow != FLOWS_NONE && (m->input.rows[row] & ROW_PART) == i_part)
            put_row(pass, row, m->parts[i_part].first_flow + (flow & 0x7fffffffu), flow >> 31);
    }
    return TRAWL_OK;
}

int stats_build(struct stats *s, const struct meter *m, trawl_call *call, trawl_error *err)
{
    struct pass pass = {.stats = s, .meter = m, .call = call};
    int rc;

    memset(s, 0, sizeof(*s));
    if (!m->flow_of_row)
        return TRAWL_OK;
    rc = alloc_all(s, m, err);
    pass.seen = host->alloc(((size_t)meter_end(m) + 1) * sizeof(*pass.seen));
    if (rc == TRAWL_OK && !pass.seen)
        rc = host->fail(err, TRAWL_E_NOMEM, "could not keep statistics of flows: no memory");
    if (rc == TRAWL_OK)
        rc = host->parallel(call, m->input.n_parts, pass_part, &pass, err);
    host->free(pass.seen);
    return rc;
}

void stats_fini(struct stats *s)
{
    host->free(s->flows);
    host->free(s->packets);
    host->free(s->first);
    memset(s, 0, sizeof(*s));
}
