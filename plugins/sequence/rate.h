/* Amounts over time, by windows. */
#ifndef SEQUENCE_RATE_H
#define SEQUENCE_RATE_H

#include "sequence.h"

enum rate_shape { RATE_BOXCAR, RATE_TRIANG, RATE_HANN };
enum { RATE_MOST = 1000000 };           /* windows */
extern const char *const rate_shapes[]; /* names, in that order */
enum rate_shape rate_shape_of(const char *name);

/** Windows side by side that hold all times up to `last`; 0: more than RATE_MOST. */
uint64_t rate_windows(double first, double last, double width);
/** Add an amount to the windows as a rate: a boxcar counts it once, in its window; the others,
 * which reach over two windows' width around the middle of theirs, count it in both around it, in
 * shares that add up to 1. So the area under a curve is the sum of the amounts that are within. */
void rate_add(double *windows, uint64_t n, double first, double width, enum rate_shape shape,
              double at, double amount);
/** The curve: of a boxcar a level over each window, of the others a point in its middle. */
int rate_points(trawl_call *call, const double *windows, uint64_t n, double first, double width,
                enum rate_shape shape, struct points *ret, trawl_error *err);

/** (g - max) / (sum - max) when g is at least the best path alone, else (g - max) / max; NaN where
 * fewer than two paths carried something. */
double aggregation_benefit(double goodput, const double *alone, size_t n);

#endif
