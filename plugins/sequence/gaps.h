/* Histograms of the time between packets. */
#ifndef SEQUENCE_GAPS_H
#define SEQUENCE_GAPS_H

#include "sequence.h"

/** Two sets of gaps (y, in ms) over the same bins, as outlines; one may be empty. */
int gaps_draw(trawl_call *call, const struct points gaps[2], const char *const labels[2],
              uint64_t n_bins, int logarithmic, trawl_figure *ret, trawl_error *err);

/** To the nanosecond, as times of captures are. */
double gap_ms(double from_s, double to_s);

#endif
