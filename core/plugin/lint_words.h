/* Which names and lines a descriptor may have; NULL is none. Must not know descriptors. */
#ifndef TW_PLUGIN_LINT_WORDS_H
#define TW_PLUGIN_LINT_WORDS_H

#include <stdbool.h>

/** Short names of options: ASCII letters and digits. */
bool tw_lint_is_letter(char c);
/** Names of plugins, commands, options, tables, plots, metrics, writers. */
bool tw_lint_is_name(const char *s);
/** Names of columns and fields: Wireshark's have dots and now and then a capital. */
bool tw_lint_is_column_name(const char *s);
/** Aliases may be signs. */
bool tw_lint_is_alias(const char *s);
/** Printable text of at most 400 bytes. */
bool tw_lint_is_line(const char *s);
/** One line without a full stop. */
bool tw_lint_is_summary(const char *s);

#endif
