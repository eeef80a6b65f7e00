/* The flow meter: one pass over the packets that puts each into its flow, as NFStream does.
 * Knows nothing of the columns that are shown. */
#ifndef FLOWS_METER_H
#define FLOWS_METER_H

#include "input.h"

/** Why a flow ended. OPEN: not by a packet; order.c tells idle from the end of the capture. */
enum expiry {
    EXPIRY_OPEN = 0,
    EXPIRY_IDLE,
    EXPIRY_ACTIVE,
    EXPIRY_CUSTOM,
    EXPIRY_CAPACITY,
    EXPIRY_END,
    N_EXPIRIES
};

/** One flow: 64 bytes, so that a packet touches one cache line. Index 0 of a pair is the direction
 * of the flow's first packet. */
struct flow {
    int64_t first_ns, last_ns;
    uint64_t bytes[2];
    uint32_t packets[2];
    uint32_t first_row, first_back_row;
    uint32_t last_row[2];
    uint32_t src; /**< code of its source; once ended: the row of the packet that ended it */
    uint16_t sport;
    uint8_t expiry; /**< enum expiry */
    uint8_t is_out; /**< it takes no room of the capacity, being idle */
};

enum { FLOWS_BLOCK = 4096 };

/** Flows of the keys that one thread took: numbers first_flow to first_flow + n_flows. */
struct meter_part {
    uint32_t first_flow, n_flows;
};

struct meter {
    const struct flows_plan *plan;
    struct input input;
    struct meter_part parts[MAX_PARTS]; /**< input.n_parts of them */
    struct flow **blocks; /**< FLOWS_BLOCK flows each, aligned to 64 bytes; a part's last one has
                             room left */
    void **raw_blocks;    /**< the same as they were allocated */
    uint8_t **states;     /**< states of metrics, a block for each block of flows */
    size_t n_blocks;
    uint32_t n_flows;      /**< numbered in no order that means anything, with gaps */
    uint32_t *flow_of_row; /**< NULL, or flow + direction << 31, FLOWS_NONE: not counted */
    size_t state_size;     /**< bytes for each flow, all metrics */
    unsigned metrics_off;  /**< bits of those that could not begin */
    uint64_t seed;
};

/** Meter all packets. Zero the meter first; meter_fini after success and failure alike. */
int meter_run(struct meter *meter, trawl_call *call, const struct flows_plan *plan,
              trawl_capture *capture, trawl_table *packets, trawl_error *err);
void meter_fini(struct meter *meter);

/** Numbers of flows are below this. */
static inline uint32_t meter_end(const struct meter *meter)
{
    return (uint32_t)meter->n_blocks * FLOWS_BLOCK;
}
static inline struct flow *meter_flow(const struct meter *meter, uint32_t i)
{
    return &meter->blocks[i / FLOWS_BLOCK][i % FLOWS_BLOCK];
}
/** What metrics keep of a flow. */
static inline uint8_t *meter_states(const struct meter *meter, uint32_t i)
{
    return meter->states[i / FLOWS_BLOCK] + (size_t)(i % FLOWS_BLOCK) * meter->state_size;
}
/** Flow of a row, where flow_of_row is kept; FLOWS_NONE: in none. */
static inline uint32_t meter_flow_at(const struct meter *meter, uint64_t row)
{
    const uint32_t flow = meter->flow_of_row[row];

    return flow == FLOWS_NONE ? FLOWS_NONE : flow & FLOWS_NUMBER;
}
static inline uint32_t flow_last_row(const struct flow *flow)
{
    return flow->packets[1] && flow->last_row[1] > flow->last_row[0] ? flow->last_row[1]
                                                                     : flow->last_row[0];
}

#endif
