/* Flows that have ended, written once each while a capture grows.
 * Must not know how packets are captured. */
#ifndef LIVE_IDLE_EXPORT_H
#define LIVE_IDLE_EXPORT_H

#include "live.h"

/** Zero it but for path and name. */
struct idle_export {
    const char *path;     /**< "-": stdout */
    const char *name;     /**< of the capture */
    int64_t idle, active; /**< timeouts in ns */
    uint64_t *done; /**< bits of last packets whose flows were written, by their number in all */
    uint64_t n_words, first_word; /**< words of done, from this one on */
    uint64_t let_go;
    int64_t next_ns; /**< on the monotonic clock */
    int began;
};

/** Write the flows that have expired since; is_end: and those that are open. Not more often than
 * each second, and so that it takes a tenth of the time at most. */
int idle_export_step(trawl_call *call, struct idle_export *e, int is_end, trawl_error *err);
void idle_export_fini(struct idle_export *e);

#endif
