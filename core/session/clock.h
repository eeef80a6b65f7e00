/* A machine's clock that is set while packets come. Must not know captures. */
#ifndef TW_SESSION_CLOCK_H
#define TW_SESSION_CLOCK_H

#include "core/base/base.h"

/** Zero it. */
struct tw_clock {
    int64_t offset; /**< of the time of day to the clock that nobody sets */
    bool is_known;
};

/** By how much the time of day was set since the last call, in ns; 0: not, or by less than a
 * second. Both clocks are slewed alike, so only steps count. */
int64_t tw_clock_step(struct tw_clock *clock, int64_t day_ns, int64_t steady_ns);
/** The same of this machine's clocks now. */
int64_t tw_clock_look(struct tw_clock *clock);

#endif
