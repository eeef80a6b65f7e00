/* Round places on an axis and their labels, for the picture and the terminal alike.
 * Must not know how either draws. */
#ifndef PLOT_TICKS_H
#define PLOT_TICKS_H

#include <stddef.h>
#include <stdint.h>

/** A kind of axis beside the TRAWL_AXIS_: linear, of whole numbers, with no tick between them. */
enum { TICKS_WHOLE = 16 };
enum { TICKS_MOST = 64 };

struct tick {
    double at;
    char text[40];
};
struct ticks {
    unsigned n;
    struct tick items[TICKS_MOST];
};

/** About n ticks of an axis of a TRAWL_AXIS_ kind, or TICKS_WHOLE, from min to max; none for
 * categories. Times are seconds from origin_s; logarithmic axes count in decades. */
void ticks_make(struct ticks *ret, int kind, double min, double max, double n, int64_t origin_s);

/** Civil date of a day number since 1970. */
void tick_date(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day);

#endif
