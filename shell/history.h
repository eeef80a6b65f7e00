/* Lines typed at the prompt, kept in a file: one line each, appended as they are typed.
 * Must not know the terminal. */
#ifndef TW_SHELL_HISTORY_H
#define TW_SHELL_HISTORY_H

#include "core/base/memory.h"

struct tw_history {
    char *path;   /**< NULL: nothing is kept */
    char **lines; /**< oldest first */
    size_t n_lines, capacity;
    size_t max;    /**< lines kept */
    size_t n_file; /**< lines in the file */
};

/** Read the file (a missing one is empty); lines that are not text are left out. */
void tw_history_open(struct tw_history *history, char *path, size_t max);
/** Remember a line and append it to the file; the same line twice in a row counts once. Lines that
 * start with a blank are not kept. Returns whether it was new. */
bool tw_history_add(struct tw_history *history, const char *line);
void tw_history_close(struct tw_history *history);

#endif
