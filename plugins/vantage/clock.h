/* The clock of one capture by the other's. Knows nothing of tables. */
#ifndef VANTAGE_CLOCK_H
#define VANTAGE_CLOCK_H

#include "vantage.h"

/** What the right's clock shows: left + base_ns + rest_ns + skew * (left - origin_ns). */
struct clocks {
    int64_t origin_ns; /* of the left's clock */
    int64_t base_ns;   /* apart from the rest: a real cannot hold years to the nanosecond */
    double rest_ns, skew;
    double delay_ns;       /* the least that a packet took, taken to be the same both ways */
    uint64_t n_to, n_from; /* packets that went to the right's side, and from it */
    int64_t span_ns;       /* from the first to the last of them */
    uint8_t known, skewed; /* it was found out; so was the skew */
};

/** The longest that a skew is not looked for in, and the fewest packets. */
#define CLOCK_SKEW_SPAN INT64_C(10000000000)
enum { CLOCK_SKEW_PACKETS = 20 };

int clocks_find(trawl_call *call, const struct merged *m, struct clocks *ret, trawl_error *err);
/** A time of the right's clock as the left's would show it, and back. */
int64_t clocks_to_left(const struct clocks *c, int64_t right_ns);
int64_t clocks_to_right(const struct clocks *c, int64_t left_ns);
/** How far the right's clock is ahead at origin_ns. */
int64_t clocks_offset(const struct clocks *c);
/** Say what is taken away, or that nothing can be. */
void clocks_say(const struct clocks *c, const struct merged *m);

/** A packet at both points: when it passed the sender's and the receiver's, by the left's clock if
 * c is known, else by those of the captures; 0: it did not. c may be NULL. */
int meeting_times(const struct merged *m, const struct clocks *c, const struct meeting *x,
                  int64_t *ret_sent, int64_t *ret_received);

#endif
