/* The delays of a direction in a few numbers. Knows nothing of tables. */
#include "delays.h"

#include <math.h>
#include <stdlib.h>

static int by_value(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static int64_t rank(const int64_t *sorted, size_t n, unsigned pct)
{
    const size_t i = (n * pct + 99) / 100;

    return sorted[i ? i - 1 : 0];
}

struct delays delays_of(int64_t *delays, size_t n)
{
    struct delays d = {.n = n};
    double sum = 0;

    qsort(delays, n, sizeof(*delays), by_value);
    d.min = delays[0];
    d.max = delays[n - 1];
    d.p50 = rank(delays, n, 50);
    d.p95 = rank(delays, n, 95);
    for (size_t i = 0; i < n; i++) {
        const double more = (double)delays[i] - (double)d.min - d.mean;

        d.n_negative += delays[i] < 0;
        d.mean += more / (double)(i + 1); /* above the least, that no digits are lost */
        sum += more * ((double)delays[i] - (double)d.min - d.mean);
    }
    d.mean += (double)d.min;
    d.stddev = n > 1 ? sqrt(sum / (double)(n - 1)) : 0;
    return d;
}
