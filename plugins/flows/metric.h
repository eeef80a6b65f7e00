/* Flow metrics of plugins, run packet by packet. Knows nothing of how flows are found. */
#ifndef FLOWS_METRIC_H
#define FLOWS_METRIC_H

#include "meter.h"

/** The packet of a row, which f counts already, for all metrics of the plan; delta: since the
 * packet of the flow before it. @return 1: one of them ends the flow after this packet */
int metric_run(const struct meter *m, const struct flow *f, uint8_t *states,
               const struct lengths *l, uint32_t row, unsigned direction, int64_t delta);

#endif
