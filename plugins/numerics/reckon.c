/* The formulas: timeouts, throughput, buffers of RFC 6182, cycles, sizes of options.
 * Must not know files. */
#include <math.h>

#include "numerics.h"

enum { MP_CAPABLE = 48, DATA_FIN = 4, MP_JOIN = 52 };
static const int64_t LEAST_RTO_NS = 200000000;

int64_t path_rto_ns(const struct topology *t, const struct path *p)
{
    const int64_t rto = p->rtt_ns + 4 * p->var_ns;

    return t->is_new && rto < LEAST_RTO_NS ? LEAST_RTO_NS : rto;
}

double path_window(const struct path *p)
{
    return round(p->cwnd * p->mss);
}

double path_throughput(const struct path *p)
{
    return p->cwnd * p->mss * 1e9 / (double)p->rtt_ns;
}

/* Of a whole number of bytes that came out a little above it, that number. */
static double whole(double x)
{
    return ceil(x - x * 1e-12);
}

void buffers_of(const struct topology *t, struct buffer ret[BUFFER_N])
{
    double sum = 0;
    int64_t rto = 0, rtt = 0;

    for (size_t i = 0; i < t->n; i++) {
        const struct path *p = &t->paths[i];
        const int64_t its = path_rto_ns(t, p);

        sum += path_throughput(p);
        rto = its > rto ? its : rto;
        rtt = p->rtt_ns > rtt ? p->rtt_ns : rtt;
    }
    ret[BUFFER_RTO] = (struct buffer){rto, sum, whole(sum * (double)rto / 1e9)};
    ret[BUFFER_FAST] = (struct buffer){rtt, sum, whole(2 * sum * (double)rtt / 1e9)};
    ret[BUFFER_LOSSLESS] = (struct buffer){rtt, sum, whole(sum * (double)rtt / 1e9)};
}

int64_t path_cycle_rtt(const struct topology *t, const struct path *p, int64_t step_ns)
{
    const int64_t rtt = t->is_new ? p->min_rtt_ns : p->rtt_ns;

    return step_ns > 0 ? rtt - rtt % step_ns : rtt;
}

static int64_t divisor(int64_t a, int64_t b)
{
    while (b) {
        const int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

int cycle_of(const struct topology *t, int64_t step_ns, int64_t *ret, trawl_error *err)
{
    int64_t all = 1;

    for (size_t i = 0; i < t->n; i++) {
        const int64_t rtt = path_cycle_rtt(t, &t->paths[i], step_ns);

        if (!rtt) {
            (void)host->fail(err, TRAWL_E_DATA,
                             "'%s': the round trip of subflow '%s' is shorter than the %g ms that "
                             "it is rounded down to a multiple of",
                             t->file, t->paths[i].name, (double)step_ns / 1e6);
            host->hint(err, "Give a shorter --round, for example 1us, or a --duration.");
            return TRAWL_E_DATA;
        }
        if (__builtin_mul_overflow(all / divisor(all, rtt), rtt, &all)) {
            (void)host->fail(err, TRAWL_E_DATA,
                             "'%s': the round trips have no common multiple within 292 years",
                             t->file);
            host->hint(err, "--round 5ms rounds them down first, --duration needs none.");
            return TRAWL_E_DATA;
        }
    }
    *ret = all;
    return TRAWL_OK;
}

unsigned dss_size(int seed, unsigned ack, unsigned map, int checksum)
{
    /* mptcpnumerics has 4 bytes for no mapping, 8 for a short one and 12 for a long one. */
    const unsigned mapping = seed ? 4 + map : map ? map + 4 + 2 : 0;
    const unsigned size = 4 + ack + mapping + (checksum && (seed || map) ? 2 : 0);

    return seed ? size : (size + 3) / 4 * 4;
}

double overhead_constant(const struct topology *t)
{
    return MP_CAPABLE + DATA_FIN + MP_JOIN * (double)t->n;
}

double overhead_rate(const struct path *p, const struct overhead *how)
{
    /* Acknowledging alone: the seed counts its 4 bytes, the RFC has an option for it. */
    const unsigned ack = how->seed ? ACK_SHORT : dss_size(0, ACK_SHORT, MAP_NONE, 0);
    const unsigned map = dss_size(how->seed, ACK_NONE, MAP_SHORT, how->checksum);

    return ack / p->mss + map / how->coverage;
}
