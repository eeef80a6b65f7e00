/* Flows that have ended, written once each while a capture grows.
 * Must not know how packets are captured. */
#ifndef LIVE_IDLE_EXPORT_H
#define LIVE_IDLE_EXPORT_H

#include "live.h"

/** Begin to write to a file ("-": stdout) the flows of a capture that grows (NULL: the current one)
 * once they have expired, and the others when it ends: each second, or so that it takes a tenth of
 * the time at most. What has expired by now is written before this returns. Timeouts in ns; `more`:
 * further options of `flows`, which are copied, or NULL. */
int idle_export_begin(trawl_call *call, const char *capture, const char *path, int64_t idle,
                      int64_t active, const trawl_words *more, trawl_error *err);

#endif
