/* Help from descriptors: the same words for `help CMD`, `CMD --help`, `?`, the manual and the
 * pages. Must not know terminals. */
#ifndef TW_SHELL_HELP_H
#define TW_SHELL_HELP_H

#include "shell/shell.h"

/** Help on a topic as a table of prose: NULL the overview; else a command, a table, a plot, a
 * field, a setting, or one of the general topics. TRAWL_E_NOT_FOUND with the nearest. */
int tw_help_table(const struct tw_shell *shell, const char *topic, tw_table **ret,
                  trawl_error *err);

/** Lines of a text as a table of one plain column. */
int tw_lines_table(const char *text, size_t n, tw_table **ret, trawl_error *err);

/* ---- pieces that emit.c uses too ---- */

/** "head [OPTIONS] [COUNT]". */
void tw_help_usage(const trawl_command *command, struct tw_buffer *out);
/** The word for an argument's value: its meta, or one from its kind ("N", "FILE"). */
const char *tw_arg_meta(const trawl_arg *arg);
/** "-n, --count N" or the positional's name. */
void tw_arg_label(const trawl_arg *arg, struct tw_buffer *out);
/** Help of an argument with unit, default, range and choices in brackets. */
void tw_arg_help(const trawl_arg *arg, struct tw_buffer *out);
/** From now on pages fit so many columns, and TW_HELP_WIDTH at most; 0: no terminal to fit. */
void tw_help_fit(unsigned columns);
/** Text broken into lines of the page's width, each after `indent` blanks; lines of
 * the text that start with a blank stay as they are. first: columns that are taken in the first
 * line already. */
enum { TW_HELP_WIDTH = 90 };
void tw_help_wrap(const char *text, size_t indent, size_t first, struct tw_buffer *out);
/** A label and its text in two columns; a long label, or any in a narrow page, has a line of its
 * own. */
void tw_help_entry(struct tw_buffer *out, const struct tw_buffer *label, const char *text);
/** An argument as an entry: its spellings and what they mean. */
void tw_help_arg(struct tw_buffer *out, const trawl_arg *arg);
/** Text of a command's page. */
void tw_help_command(const struct tw_shell *shell, const struct tw_command *command,
                     struct tw_buffer *out);

/** General topics: name, one-line summary, text. NULL name ends. */
struct tw_help_topic {
    const char *name, *summary, *text;
};
extern const struct tw_help_topic tw_help_topics[];

/** Groups of commands in the order of the overview; NULL-terminated list (tw_free it). */
const char **tw_help_groups(const struct tw_registry *registry);
const char *tw_command_group(const trawl_command *command);

#endif
