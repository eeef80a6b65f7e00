/* Where a finished table goes: terminal, pager, file, program; in which format.
 * Must not know how it was made. */
#ifndef TW_SHELL_DELIVER_H
#define TW_SHELL_DELIVER_H

#include "shell/line.h"
#include "shell/shell.h"

/** What the pipeline asked for. */
struct tw_delivery {
    const struct tw_line_pipeline *pipeline; /**< redirection */
    struct tw_common_options options;        /**< of all stages together */
    const char *program;                     /**< last stage "!…", or NULL */
    const char *text;                        /**< the pipeline as typed, for formats that keep it */
    struct tw_stage *stage;                  /**< the last one, for plugins' writers */
    const trawl_words *order;                /**< what its rows are sorted by; NULL: not known */
    int64_t elapsed_ns;
};

/** The name is a format, built in or a plugin's; else fills err. */
bool tw_format_check(const struct tw_registry *registry, const char *name, trawl_error *err);

/** Show or write the table. */
int tw_deliver(struct tw_shell *shell, tw_table *table, const struct tw_delivery *delivery,
               trawl_error *err);
/** Run a program without a table: "!ls" alone. */
int tw_deliver_program(const char *program, trawl_error *err);

/** Show a table now, while its stage still runs, with a title on a terminal (or NULL). in_place: on
 * a terminal, as much as fits, in the place of what was there. */
int tw_deliver_now(struct tw_shell *shell, tw_table *table, struct tw_stage *stage, bool in_place,
                   const char *title, trawl_error *err);

/** Write a table to a file, as a plugin asks for. */
int tw_deliver_file(struct tw_shell *shell, tw_table *table, const char *path,
                    const trawl_write_options *options, trawl_error *err);

/** How times are written now: style, decimals of the loaded captures, origin. */
struct tw_cell_style tw_shell_cell_style(const struct tw_shell *shell, const char *time);

#endif
