/* Figures as text: for xplot, and as numbers. */
#ifndef PLOT_DATA_H
#define PLOT_DATA_H

#include "plot.h"

/** Lines that go to a file. */
struct lines {
    int fd;
    int error; /* errno of the first failure */
    size_t n;
    char buffer[1 << 16];
};
void lines_put(struct lines *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** A number as short as it can be read back. */
void lines_number(struct lines *out, double value);

/** True for the names that are written here: .xpl, .csv. */
int data_is(const char *path);
/** All points of a figure that was copied, not prepared: no logarithms, nothing thinned. */
int data_write(trawl_call *call, const struct plot_figure *figure, const char *path,
               trawl_error *err);

/** A command file of xplot, as tcptrace and mptcptrace write them. */
void data_xplot(struct lines *out, const struct plot_figure *figure);
/** A row for each point: series, x, y, and low and high where a series has them. */
void data_csv(struct lines *out, const struct plot_figure *figure);

#endif
