/* Compares the time of day with the clock that nobody sets. Must not know captures. */
#include "core/session/clock.h"

#include "core/base/now.h"

#ifdef CLOCK_BOOTTIME /* goes on while the machine sleeps */
#define STEADY CLOCK_BOOTTIME
#else
#define STEADY CLOCK_MONOTONIC
#endif

enum { LEAST_NS = 1000000000 };

int64_t tw_clock_step(struct tw_clock *clock, int64_t day_ns, int64_t steady_ns)
{
    const int64_t offset = (int64_t)((uint64_t)day_ns - (uint64_t)steady_ns);
    const int64_t step = clock->is_known ? (int64_t)((uint64_t)offset - (uint64_t)clock->offset)
                                         : 0;

    clock->offset = offset;
    clock->is_known = true;
    return step > -LEAST_NS && step < LEAST_NS ? 0 : step;
}

int64_t tw_clock_look(struct tw_clock *clock)
{
    const int64_t day = tw_now_ns(CLOCK_REALTIME);

    return tw_clock_step(clock, day, tw_now_ns(STEADY));
}
