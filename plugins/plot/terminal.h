/* Lines of text for pictures in the terminal. */
#ifndef PLOT_TERMINAL_H
#define PLOT_TERMINAL_H

#include <stddef.h>

#include "plot.h"

enum { TERMINAL_LINE = 4096 }; /* bytes of one output line; widths are cut to fit */

/** Columns that a text takes: its characters. */
unsigned terminal_width(const char *text);
/** Copy a text, shortened to a number of columns with an ellipsis; characters stay whole. */
void terminal_cut(char *out, size_t n, const char *text, unsigned columns);
/** One row of the picture, without the blanks at its end. */
void terminal_put(trawl_builder *b, char *line);

/** True for one series of bars over names, which is drawn lying. */
int terminal_is_bars(const struct plot_figure *figure);
void terminal_bars(trawl_builder *b, const struct plot_figure *figure, unsigned columns);

#endif
