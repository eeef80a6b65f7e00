/* Work over many rows: a pool of threads, cancelling, progress.
 * Must not know what the work is. */
#ifndef TW_BASE_TASK_H
#define TW_BASE_TASK_H

#include <stdatomic.h>

#include "core/base/base.h"

/** Threads the pool uses, at least 1 (--threads; default: the cores). */
void tw_pool_set_threads(unsigned n);
unsigned tw_pool_threads(void);
/** Threads that a loop begun here can have: in a body of another only the caller's own. */
unsigned tw_pool_share(void);

/** Body of a parallel loop: index i of n, on thread i_thread < tw_pool_threads(). */
typedef int tw_pool_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err);

/** Run body(context, i) for i in [0, n), spread over the pool, the caller's thread included;
 * indices are handed out in ascending order. Returns when all ended; after the first failure
 * (or a cancel) no new index is started, and that failure is returned (the lowest index's when
 * several failed). Calls from inside a body run on the caller's thread alone. */
int tw_pool_run(uint64_t n, tw_pool_body *body, void *context, trawl_error *err);

/** Joins the threads; for a clean exit (leak and thread checkers). */
void tw_pool_fini(void);

/** Set by SIGINT (async-signal-safe), cleared by the shell after each line. */
extern atomic_bool tw_cancel_flag;
static inline bool tw_cancelled(void)
{
    return atomic_load_explicit(&tw_cancel_flag, memory_order_relaxed);
}
/** TRAWL_E_CANCELLED with its message. */
int tw_fail_cancelled(trawl_error *err);

/** What a long task tells the shell; all fields relaxed atomics, written by workers, read by
 * the progress line's thread. */
struct tw_progress {
    _Atomic uint64_t done;      /**< input bytes so far (compressed bytes where compressed) */
    _Atomic uint64_t total;     /**< 0: not known */
    _Atomic uint64_t packets;   /**< rows so far */
    _Atomic(const char *) what; /**< constant string: "loading", "dissecting" …; NULL: idle */
};
extern struct tw_progress tw_progress;

/** A line for the user on stderr ("warning: …"), escaped, through the shell's sink; core and
 * plugins never print. Any thread. level: 0 error, 1 warning, 2 info, 3 debug. */
typedef void tw_log_sink(int level, const char *message, void *context);
void tw_log_set_sink(tw_log_sink *sink, void *context);
/** From now on what this thread says is about no line that the user typed. */
void tw_log_detach(void);
bool tw_log_is_detached(void);
void tw_log(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
