/* Statistics of packets within flows: sizes, gaps, TCP flags, first packets.
 * Knows nothing of columns. */
#ifndef FLOWS_STATS_H
#define FLOWS_STATS_H

#include "meter.h"

/** Extremes, mean and squared deviations of n values (Welford); those of two sets make those of
 * both together (Chan, Golub, LeVeque 1979). */
struct moments {
    uint64_t n;
    int64_t min, max;
    double mean, m2;
};

/** [0] from the source, [1] back. */
struct flow_stats {
    uint32_t n[2];
    uint32_t size_min[2], size_max[2];
    double size_mean[2], size_m2[2];
    int64_t gap_min[3], gap_max[3]; /**< ns; [0] both directions, [1] from the source, [2] back */
    double gap_mean[3], gap_m2[3];
    int64_t last_ns[2];
    uint32_t flags[2][8]; /**< bit of the TCP flag: FIN SYN RST PSH ACK URG ECE CWR */
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

/** Part 0: both directions, 1: from the source, 2: back. */
struct moments stats_sizes(const struct flow_stats *stats, unsigned part);
struct moments stats_gaps(const struct flow_stats *stats, unsigned part);
/** Sample standard deviation; 0 for less than two values. */
double stats_stddev(const struct moments *moments);

#endif
