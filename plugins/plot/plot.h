/* Shared by the files of the plot plugin. */
#ifndef PLOT_PLOT_H
#define PLOT_PLOT_H

#include <stddef.h>

#include "trawl/plugin.h"

extern const trawl_host *host; /* the one global of the plugin, set by init */

enum {
    PLOT_MAX_SERIES = 12 /* with --by: the largest ones, the rest together */
};

/** One column as numbers: seconds for times (from origin_ns) and spans; NaN where null. */
struct plot_column {
    double *values;
    uint64_t n;
    trawl_axis axis; /* label and kind */
};

/** First time of a column's day, so that ticks fall on whole hours; 0 when it holds none. */
int plot_origin(trawl_call *call, trawl_table *table, const char *name, int64_t *ret,
                trawl_error *err);
/** What becomes of names: refused; a place for each row; a place for each distinct one. */
enum plot_names { PLOT_NO_NAMES, PLOT_NAME_ROWS, PLOT_NAME_VALUES };
/** Read a numeric, time or span column; names as told, then the axis holds them. */
int plot_read(trawl_call *call, trawl_table *table, const char *name, int64_t origin_ns,
              enum plot_names names, struct plot_column *ret, trawl_error *err);

/** Rows by the values of a column: group of each row, names by size, which is the sum of the rows'
 * weights, or their number when weights is NULL. More than PLOT_MAX_SERIES groups: the smaller ones
 * are the last, "other", and has_other is set. name NULL: one group without a name. */
struct plot_groups {
    uint32_t *of_row;
    uint32_t n;
    const char **names;
    int has_other;
};
int plot_group(trawl_call *call, trawl_table *table, const char *name, const double *weights,
               struct plot_groups *ret, trawl_error *err);

/** n elements of call memory, or NULL with err filled. */
void *plot_array(trawl_call *call, uint64_t n, size_t size, trawl_error *err);
/** printf into call memory; "" on no memory. */
const char *plot_text(trawl_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** A figure with all that it can have: trawl_series and trawl_look together. */
struct plot_series {
    const char *label; /* NULL or "": not in the legend */
    int style;
    size_t n;
    const double *x, *y;
    double bar_width;
    const double *low, *high; /* both or none */
    uint32_t flags, mark, colour;
    const char *sign;
};
struct plot_figure {
    const char *title;
    int64_t time_origin_ns;
    trawl_axis x, y, y2;
    struct plot_series *series;
    uint32_t n_series;
};

/** Ranges of the axes over all series: as asked for, else from the data with a margin; bars start
 * at 0. In the units in which points are drawn: of a logarithmic axis, decades. */
struct plot_range {
    double x_min, x_max, y_min, y_max;
    int has_y2;
    double y2_min, y2_max;
    double x_first, x_last, y_first, y_last; /**< of the data, or of the axis as asked for */
};
/** 0: there is nothing to draw. */
int plot_range(const struct plot_figure *figure, struct plot_range *ret);

/** The figure with all members, its title, styles and colours as the canvas has them. */
int plot_copy(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
              struct plot_figure *ret, trawl_error *err);
/** The figure as it is drawn, without what the drawers need not know: all members there, the style
 * and the logarithms applied, steps as lines, colours given. */
int plot_prepare(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
                 struct plot_figure *ret, trawl_error *err);
/** Put the series of the axis at the right where the other axis has their places. */
int plot_join_axes(trawl_call *call, struct plot_figure *figure, const struct plot_range *range,
                   trawl_error *err);
/** Drop what a picture of that many pixels cannot show: dots on dots, line points within a column
 * beyond its extremes. */
int plot_thin(trawl_call *call, struct plot_figure *figure, const struct plot_range *range,
              unsigned width, unsigned height, trawl_error *err);

/** Draw any figure: what host->plot() does. */
int plot_draw(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
              trawl_table **ret, trawl_error *err);
/** Draw through trawl-plot into a file, by extension; whole or absent. */
int plot_file(trawl_call *call, const struct plot_figure *figure, const struct plot_range *range,
              const char *path, unsigned width, unsigned height, trawl_error *err);
/** Draw with braille characters into a table of lines. */
int plot_terminal(trawl_call *call, const struct plot_figure *figure,
                  const struct plot_range *range, unsigned columns, unsigned rows,
                  trawl_table **ret, trawl_error *err);
extern const trawl_column plot_terminal_columns[1];

#endif
