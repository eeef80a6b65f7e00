/* The generated files: manual page, completions, pages of commands.
 * Must not know lines or tables. */
#ifndef TW_SHELL_EMIT_H
#define TW_SHELL_EMIT_H

#include "shell/shell.h"

/** Write what ("man", "bash", "zsh", "fish", "docs") into a folder: trawl.1, trawl.bash, trawl.zsh,
 * trawl.fish, one NAME.md a command. The same bytes for the same plugins. */
int tw_emit(const struct tw_shell *shell, const char *what, const char *folder, trawl_error *err);

#endif
