/* Programs that read from a pipe: the pager and "!program" stages.
 * Must not know tables. */
#ifndef TW_SHELL_CHILD_H
#define TW_SHELL_CHILD_H

#include <sys/types.h>

#include "core/base/error.h"

struct tw_minder;

struct tw_child {
    pid_t pid;
    int fd;                   /**< write end of its stdin; -1: it has ours */
    struct tw_minder *minder; /**< NULL: nobody looks after it */
};

/** Run /bin/sh -c COMMAND. With a pipe its stdin is ret->fd; otherwise it has ours when that is a
 * terminal, else none: a script's lines are not its to read. */
int tw_child_start(const char *command, bool with_pipe, struct tw_child *ret, trawl_error *err);
/** Close the pipe and wait. *ret_status as waitpid gives it. Until then Ctrl-C is the program's,
 * not trawl's; one that it missed is sent again, and what ends trawl ends it too. */
int tw_child_wait(struct tw_child *child, int *ret_status, trawl_error *err);

#endif
