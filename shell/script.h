/* Command lines from files and stdin, and what a named file is.
 * Must not know the prompt. */
#ifndef TW_SHELL_SCRIPT_H
#define TW_SHELL_SCRIPT_H

#include "shell/shell.h"

/** What a file on the command line is, by its first bytes, then its name. */
enum tw_file_kind {
    TW_FILE_NONE, /**< there is no such file */
    TW_FILE_CAPTURE,
    TW_FILE_TABLE, /**< delimited text, by its name */
    TW_FILE_SCRIPT
};
enum tw_file_kind tw_file_kind(const char *path);

/** The name ends like a capture's or a script's. */
bool tw_names_file(const char *path);

/** Run the lines of a file ("-": stdin). Stops at the first failure unless keep_going. Returns the
 * exit status; errors are shown. */
int tw_script_run(struct tw_shell *shell, const char *path, bool keep_going);

#endif
