/* Windows over time, and what falls into them as a rate.
 * Must not know packets. */
#include "rate.h"

#include <math.h>
#include <string.h>

const char *const rate_shapes[] = {"boxcar", "triang", "hann", NULL};

enum rate_shape rate_shape_of(const char *name)
{
    for (int i = 0; rate_shapes[i]; i++) {
        if (strcmp(name, rate_shapes[i]) == 0)
            return (enum rate_shape)i;
    }
    return RATE_BOXCAR;
}

uint64_t rate_windows(double first, double last, double width)
{
    const double n = floor((last - first) / width) + 1;

    return n >= 1 && n <= RATE_MOST ? (uint64_t)n : n < 1 ? 1 : 0;
}

/* Share of the window whose middle is `distance` window widths away: of two neighbours they add up
 * to 1. */
static double share(enum rate_shape shape, double distance)
{
    const double pi = 3.14159265358979323846;

    return shape == RATE_TRIANG ? 1 - distance : 0.5 * (1 + cos(pi * distance));
}

void rate_add(double *windows, uint64_t n, double first, double width, enum rate_shape shape,
              double at, double amount)
{
    const double place = (at - first) / width;
    double window, part;

    if (!(place >= 0))
        return;
    if (shape == RATE_BOXCAR) {
        window = fmin(floor(place), (double)(n - 1));
        windows[(uint64_t)window] += amount / width;
        return;
    }
    window = floor(place - 0.5); /* the one whose middle is before it */
    part = share(shape, place - 0.5 - window);
    if (window >= 0 && window < (double)n)
        windows[(uint64_t)window] += part * amount / width;
    if (window + 1 >= 0 && window + 1 < (double)n)
        windows[(uint64_t)(window + 1)] += (1 - part) * amount / width;
}

int rate_points(trawl_call *call, const double *windows, uint64_t n, double first, double width,
                enum rate_shape shape, struct points *ret, trawl_error *err)
{
    for (uint64_t k = 0; k < n; k++)
        points_add(call, ret, first + ((double)k + (shape == RATE_BOXCAR ? 0 : 0.5)) * width,
                   windows[k]);
    if (shape == RATE_BOXCAR)
        points_add(call, ret, first + (double)n * width, windows[n - 1]);
    return points_check(ret, 1, err);
}

double aggregation_benefit(double goodput, const double *alone, size_t n)
{
    double sum = 0, most = 0;

    for (size_t i = 0; i < n; i++) {
        sum += alone[i];
        most = fmax(most, alone[i]);
    }
    if (!(sum > most) || !(most > 0))
        return NAN;
    return goodput >= most ? (goodput - most) / (sum - most) : (goodput - most) / most;
}
