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
    uint64_t total = 0;
    int ok = 1;

    if (m->plan->stats) {
        s->flows = host->alloc(((size_t)m->n_flows + 1) * sizeof(*s->flows));
        ok = s->flows != NULL;
    }
    if (ok && m->plan->splt) {
        s->first = host->alloc(((size_t)m->n_flows + 1) * sizeof(*s->first));
        for (uint32_t i = 0; s->first && i < m->n_flows; i++) {
            const struct flow *f = meter_flow(m, i);
            uint64_t n = (uint64_t)f->packets[0] + f->packets[1];

            s->first[i] = total;
            total += n < m->plan->splt ? n : m->plan->splt;
        }
        if (s->first)
            s->first[m->n_flows] = total;
        s->packets = host->alloc((size_t)(total + 1) * sizeof(*s->packets));
        ok = s->first && s->packets;
    }
    return ok ? TRAWL_OK
              : host->fail(err, TRAWL_E_NOMEM, "could not keep statistics of flows: no memory");
}

int stats_build(struct stats *s, const struct meter *m, trawl_call *call, trawl_error *err)
{
    const struct input *in = &m->input;
    struct seen {
        int64_t last_ns;
        uint64_t n;
    } * seen;
    int rc;

    memset(s, 0, sizeof(*s));
    if (!m->flow_of_row)
        return TRAWL_OK;
    rc = alloc_all(s, m, err);
    seen = host->alloc(((size_t)m->n_flows + 1) * sizeof(*seen));
    if (rc == TRAWL_OK && !seen)
        rc = host->fail(err, TRAWL_E_NOMEM, "could not keep statistics of flows: no memory");
    for (uint64_t row = 0; rc == TRAWL_OK && row < in->n_rows; row++) {
        uint32_t i = m->flow_of_row[row] & 0x7fffffffu;
        unsigned direction = m->flow_of_row[row] >> 31;

        if (row % POLL_ROWS == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (m->flow_of_row[row] == FLOWS_NONE)
            continue;
        if (s->flows) {
            unsigned flags = input_proto(in, row) == 6
                                 ? (unsigned)trawl_view_u64(&in->tcp_flags, row)
                                 : 0;
            double size = size_of_packet(m, row);

            add_to(&s->flows[i], 0, size, in->ticks[row], flags);
            add_to(&s->flows[i], 1 + direction, size, in->ticks[row], flags);
        }
        if (s->packets)
            put_first(s, m, i, seen[i].n, direction,
                      seen[i].n ? span_ns(seen[i].last_ns, in->ticks[row]) : 0, row);
        seen[i].last_ns = in->ticks[row];
        seen[i].n++;
    }
    host->free(seen);
    return rc;
}

void stats_fini(struct stats *s)
{
    host->free(s->flows);
    host->free(s->packets);
    host->free(s->first);
    memset(s, 0, sizeof(*s));
}
