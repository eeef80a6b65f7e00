/* Captures that grow: what arrives is taken in while no command runs, and a command sees what was
 * there when it began. Must not know plugins' files, command lines or terminals. */
#ifndef TW_SESSION_GROWING_H
#define TW_SESSION_GROWING_H

#include <sys/stat.h>

#include "core/capture/live.h"
#include "core/session/internal.h"

struct tw_growing;

/** Of an interface, or of a file that is written to (options->follow). The capture is not installed
 * yet; it has a name and no input. */
int tw_growing_live(tw_capture *capture, const trawl_live_options *options, trawl_error *err);
int tw_growing_follow(tw_capture *capture, const char *path, trawl_error *err);
/** Take in what arrives from now on; the capture is where it stays. */
int tw_growing_start(tw_capture *capture, trawl_error *err);
/** End it: nothing more arrives. All that it has stays. */
void tw_growing_stop(tw_capture *capture);
/** The same before the capture is freed; NULL is fine. In two steps, since the packets are
 * between. */
void tw_growing_end(struct tw_growing *growing);
void tw_growing_free(struct tw_growing *growing);

/** Take in what has arrived by now, and show it. Between commands only. */
void tw_growing_refresh(tw_capture *capture);
bool tw_growing_runs(const struct tw_growing *growing);
/** By tw_growing_stop(): one that ended by itself may still be. */
bool tw_growing_is_stopped(const struct tw_growing *growing);
/** Does a variable's table read rows of packets as the capture had them earlier? */
bool tw_growing_reads(const struct tw_growing *growing, const tw_table *table);

/** Does it, while it runs, write to this file? st: of the path; NULL: there is none. NULL is fine.
 */
bool tw_growing_writes(const struct tw_growing *growing, const char *path, const struct stat *st);

/** What `captures` tells. */
struct tw_growing_state {
    const char *state; /**< "live", "following", "waiting" for a FIFO's next writer, "stopped",
                          "ended", "failed" */
    const struct tw_live_counts *counts; /**< or NULL */
    uint64_t forgotten;                  /**< oldest packets that were let go */
    double fill;                         /**< of the store, 0 to 1; negative: it has none */
};
void tw_growing_state(struct tw_growing *growing, struct tw_growing_state *ret);

#endif
