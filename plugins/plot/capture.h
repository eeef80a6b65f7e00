/* The plots that need a capture, not a table from the pipe. */
#ifndef PLOT_CAPTURE_H
#define PLOT_CAPTURE_H

#include "trawl/plugin.h"

struct plot_lengths {
    const char *capture;
};

struct plot_bandwidth {
    const char *by, *capture;
    int64_t bin;
    uint8_t bytes;
};

int plot_draw_bandwidth(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                        trawl_error *err);
int plot_draw_lengths(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                      trawl_error *err);

#endif
