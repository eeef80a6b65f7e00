/* When each flow expired, and the order in which flows come out.
 * Knows nothing of columns. */
#ifndef FLOWS_ORDER_H
#define FLOWS_ORDER_H

#include "meter.h"

struct order {
    uint32_t *flows; /**< the meter's n_flows */
    uint32_t n_open; /**< those from here on were open at the end of the capture */
};

/**
 * All flows in order of expiration. order_fini after success and failure alike.
 *
 * As NFStream: idle flows are looked for at most every 10 ms of capture time, after the packet of
 * that moment, least recently used first; what is left at the end comes in the same order.
 */
int order_init(struct order *order, const struct meter *meter, trawl_call *call, trawl_error *err);
void order_fini(struct order *order);

/** Why flow i of the order ended; never EXPIRY_OPEN. */
static inline enum expiry order_expiry(const struct order *order, const struct meter *meter,
                                       uint64_t i)
{
    const enum expiry why = (enum expiry)meter_flow(meter, order->flows[i])->expiry;

    if (why != EXPIRY_OPEN)
        return why;
    return i < order->n_open ? EXPIRY_IDLE : EXPIRY_END;
}

#endif
