/* What came of a run with given windows. Must not know how it ran. */
#include "numerics.h"

void outcome_of(const struct simulation *sim, const double *cwnds, struct outcome *ret)
{
    *ret = (struct outcome){0};
    for (size_t i = 0; i < sim->topology->n; i++) {
        const double window = cwnds[i] * sim->topology->paths[i].mss;

        ret->rcv_next += (double)sim->in_order[i] * window;
        ret->total += (double)sim->received[i] * window;
    }
    ret->throughput = ret->rcv_next * 1e9 / (double)sim->duration_ns;
}
