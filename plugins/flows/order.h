/* When each flow expired, and the order in which flows come out.
 * Knows nothing of columns. */
#ifndef FLOWS_ORDER_H
#define FLOWS_ORDER_H

#include "meter.h"

/**
 * Settle the expiry of all flows and give them in order of expiration.
 * @param ret  array of meter->n_flows flow numbers, host->free() it
 *
 * As NFStream: idle flows are looked for at most every 10 ms of capture time, after the packet of
 * that moment, least recently used first; what is left at the end comes in the same order.
 */
int order_flows(const struct meter *meter, trawl_call *call, uint32_t **ret, trawl_error *err);

#endif
