/* The plots of any table. */
#ifndef PLOT_TABLES_H
#define PLOT_TABLES_H

#include "trawl/plugin.h"

struct plot_xy {
    const char *x, *y, *by;
};
struct plot_one {
    const char *column, *by;
    uint64_t bins;
};

int plot_draw_line(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                   trawl_error *err);
int plot_draw_dots(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                   trawl_error *err);
int plot_draw_bars(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                   trawl_error *err);
int plot_draw_histogram(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                        trawl_error *err);
int plot_draw_cdf(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                  trawl_error *err);

#endif
