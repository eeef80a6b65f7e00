/* A figure as trawl-plot got it. */
#ifndef RENDER_READ_H
#define RENDER_READ_H

#include <stddef.h>
#include <stdint.h>

struct axis {
    uint32_t kind; /* TRAWL_AXIS_ */
    double min, max;
    char *label;
    uint32_t n_categories;
    char **categories;
};
struct series {
    char *label;
    uint32_t style; /* TRAWL_SERIES_ */
    uint32_t flags, mark, colour;
    double bar_width;
    uint64_t n;
    double *x, *y;
    double *low, *high; /* or both NULL */
};
struct figure {
    uint32_t width, height;
    int64_t origin_s;
    char *title;
    struct axis x, y, y2;
    uint32_t has_y2;
    uint32_t n_series;
    struct series *series;
};

/** Read stdin as wire.h says; 0, or -1 when it is not a figure. Texts are made safe to draw:
 * control and broken bytes become '?', PLplot's escape character is doubled. The memory lives as
 * long as the program. */
int read_figure(struct figure *ret);

#endif
