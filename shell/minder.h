/* Signals for a program that trawl waits for.
 * Must not know what it is for. */
#ifndef TW_SHELL_MINDER_H
#define TW_SHELL_MINDER_H

#include <sys/types.h>

struct tw_minder;

/** Look after the child `pid`, which must not be waited for before tw_minder_free(): a thread that
 * inherits the caller's mask of signals. While there is one, Ctrl-C does not end trawl. NULL when
 * it cannot be had. */
struct tw_minder *tw_minder_new(pid_t pid);
/** NULL is accepted. */
void tw_minder_free(struct tw_minder *minder);

#endif
