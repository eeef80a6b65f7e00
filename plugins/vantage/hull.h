/* How two clocks differ, from the delays that packets seem to have: plain numbers.
 * Knows nothing of captures or packets. */
#ifndef VANTAGE_HULL_H
#define VANTAGE_HULL_H

#include <stddef.h>

/** y: a packet's time on the second clock less that on the first; x: when, on the first. */
struct hull_point {
    double x, y;
};

/** Keep those points that no line lies below all of without touching one of them: the lower convex
 * hull. Points come ascending by x; what stays is at the front, and its number is returned. O(n).
 */
size_t hull_lower(struct hull_point *points, size_t n);
/** The same for lines that lie above. */
size_t hull_upper(struct hull_point *points, size_t n);

/** The line that the second clock is ahead by: from low + skew * x, when packets to it took no time
 * at all, down to high + skew * x, when those from it took none. */
struct hull_fit {
    double skew, low, high;
};

/** One direction's delays: its points, made a hull by the call, and what the fit weighs it by. */
struct hull_way {
    struct hull_point *points;
    size_t n;
    double mean_x; /* set by the call */
    size_t n_hull;
};

/**
 * Find the skew for which the lines below the delays of packets that go to the second clock, and
 * above those of packets that come from it, lie closest to the points: the linear programme of
 * Moon, Skelly and Towsley, "Estimation and removal of clock skew from network delay measurements",
 * INFOCOM 1999, for both directions at once.
 *
 * @param to, from  one of them may have no points; its line is the other's then
 * @param with_skew 0: skew is 0
 * Allocates nothing; O(n).
 */
struct hull_fit hull_fit(struct hull_way *to, struct hull_way *from, int with_skew);

#endif
