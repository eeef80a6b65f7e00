/* Nanoseconds since 1970 of clocks and files, or since whenever a clock counts from.
 * Must not know what is timed. */
#ifndef TW_BASE_NOW_H
#define TW_BASE_NOW_H

#include <stdint.h>
#include <time.h>

/** Wraps beyond the year 2262: a file may have any time. */
static inline int64_t tw_timespec_ns(struct timespec t)
{
    return (int64_t)((uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec);
}

static inline int64_t tw_now_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return tw_timespec_ns(now);
}

#endif
