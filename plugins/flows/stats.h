/* Statistics of packets within flows: sizes, gaps, TCP flags, first packets.
 * Knows nothing of columns. */
#ifndef FLOWS_STATS_H
#define FLOWS_STATS_H

#include "meter.h"

/** Running extremes, mean and squared deviations (Welford). */
struct running {
    uint64_t n;
    double min, max, mean, m2;
};

/** [0] both directions, [1] from the source, [2] back. */
struct flow_stats {
    struct running size[3], gap[3]; /**< bytes, ns */
    uint32_t flags[3][8];           /**< bit of the TCP flag: FIN SYN RST PSH ACK URG ECE CWR */
    int64_t last_ns[3];
};

/** The first packets of a flow. */
struct first_packet {
    int64_t gap_ns;
    uint32_t size;
    uint32_t direction;
};

struct stats {
    struct flow_stats *flows;     /**< NULL, or one for each flow */
    struct first_packet *packets; /**< NULL, or those of flow i from first[i] on */
    uint64_t *first;              /**< n_flows + 1 */
};

/** What the plan asks for, in one pass over the rows of the meter. stats_fini in any case. */
int stats_build(struct stats *stats, const struct meter *meter, trawl_call *call, trawl_error *err);
void stats_fini(struct stats *stats);
/** Sample standard deviation; 0 for less than two values. */
double stats_stddev(const struct running *running);

#endif
