/* The prompt: line editing and history. Must not know commands. */
#ifndef TW_SHELL_LINEEDIT_H
#define TW_SHELL_LINEEDIT_H

#include "shell/shell.h"

/** Read lines at the prompt and run them until the user leaves. Returns the exit status. */
int tw_lineedit_run(struct tw_shell *shell);

/** Lines typed so far as a table: number, line. edit NULL: none. */
int tw_history_table(const struct tw_lineedit *edit, tw_table **ret, trawl_error *err);

#endif
