/* Where everything of a picture goes, in pixels. */
#ifndef RENDER_LAYOUT_H
#define RENDER_LAYOUT_H

#include "../ticks.h"
#include "read.h"

struct layout {
    double capital;                  /* height of a capital letter: PLplot's character height */
    double scale;                    /* of lines and marks: 1 at the usual sizes */
    double left, right, bottom, top; /* of the frame, from the picture's left lower corner */
    struct ticks x, y, y2;           /* of axes of numbers */
    double x_every, y_every;         /* of categories: one name in so many */
    double right_text;               /* room for the numbers of the axis at the right */
    double legend_text;              /* room for a label in the legend, 0: no legend */
    double legend_size;              /* of its text, for long labels less than that of others */
    double legend_row;               /* height of a row of the legend */
    int across;                      /* bars lie: their names stand at the left */
};

/** Choose margins and steps so that no text meets another or the edge. A figure of bars whose names
 * have no room below them is turned: its axes and coordinates are exchanged. */
void layout_figure(struct figure *figure, struct layout *ret);

/** Series that the legend names. */
unsigned n_labels(const struct figure *figure);

/** Width of a text in pixels when capitals are that high. An estimate for a wide sans serif: the
 * real font is the device's business. */
double text_width(const char *text, double capital);
/** Copy a text, shortened to a width with an ellipsis; characters stay whole. */
void text_cut(char *out, size_t n, const char *text, double capital, double width);
/** The same, but shortened in the middle: names that begin alike differ at their ends. */
void text_cut_middle(char *out, size_t n, const char *text, double capital, double width);
#endif
