/* The delays of a direction in a few numbers. Knows nothing of tables. */
#ifndef VANTAGE_DELAYS_H
#define VANTAGE_DELAYS_H

#include <stddef.h>
#include <stdint.h>

struct delays {
    size_t n, n_negative;
    int64_t min, p50, p95, max; /* nearest rank */
    double mean, stddev;        /* of the sample */
};
/** delays: sorted by the call. n > 0. */
struct delays delays_of(int64_t *delays, size_t n);

#endif
