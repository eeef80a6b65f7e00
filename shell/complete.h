/* Completion: what could stand at the end of an unfinished line, from descriptors alone.
 * Must not know terminals; runs nothing. */
#ifndef TW_SHELL_COMPLETE_H
#define TW_SHELL_COMPLETE_H

#include "shell/shell.h"

/** Candidates for the last word of a line. */
struct tw_completion {
    struct tw_arena arena;
    const char **items; /**< whole words, sorted, quoted where they have to be */
    size_t n_items, capacity;
    size_t start; /**< byte of the line where the word being completed starts */
    bool more;    /**< there were more than were listed */
    bool failed;  /**< no memory */
};

/** Complete text[0..n). Pure, and under 50 ms on a large capture: columns come from schemas, stream
 * numbers from counts, files from one folder. End with tw_completion_fini(). */
void tw_complete(struct tw_shell *shell, const char *text, size_t n, struct tw_completion *ret);
void tw_completion_fini(struct tw_completion *completion);

/** Bytes that all candidates share at their start. */
size_t tw_completion_common(const struct tw_completion *completion);

#endif
