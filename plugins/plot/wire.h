/* How the plugin hands a figure to trawl-plot, over a pipe between two programs of one build.
 *
 *   "TWF2", u32 width, u32 height, i64 origin of time axes (s since 1970), text title,
 *   axis x, axis y, u32 1: axis y2 follows (0: none), u32 number of series, series …
 *   axis:   u32 kind, f64 min, f64 max, text label, u32 number of categories, text …
 *   series: text label, u32 style, u32 flags, u32 mark, u32 colour (from 1), f64 bar width, u64 n,
 *           f64 x[n], f64 y[n], u32 1: f64 low[n], f64 high[n] follow (0: none)
 *   text:   u32 length, bytes
 *
 * All points are in the units of the axes x and y, logarithms taken: y2 is for its labels.
 * Native byte order. The reader checks every count against WIRE_MAX_. */
#ifndef PLOT_WIRE_H
#define PLOT_WIRE_H

#define WIRE_MAGIC "TWF2"

enum {
    WIRE_MAX_TEXT = 1 << 16,
    WIRE_MAX_SERIES = 64,
    WIRE_MAX_CATEGORIES = 1 << 16,
    WIRE_MAX_POINTS = 1 << 26,
    WIRE_MIN_SIDE = 100, /* pixels */
    WIRE_MAX_SIDE = 10000
};

#endif
