/* One stage of a pipeline: words bound to a command's arguments, checked, then run.
 * Must not know how lines are typed or shown. */
#ifndef TW_PLUGIN_CALL_H
#define TW_PLUGIN_CALL_H

#include "core/plugin/registry.h"

/** A word of a typed line, unquoted, with its place. */
struct tw_word {
    const char *text;  /**< NUL-terminated, quotes removed */
    size_t start, len; /**< bytes in the line, quotes included */
    bool quoted;       /**< some part was quoted: never an option */
};

/** Options that every command takes, bound beside its own; the shell acts on them. */
struct tw_common_options {
    const char *format;    /**< --format X, --json …; NULL: not given */
    const char *time;      /**< --time */
    const char *output;    /**< -o FILE, when the command has no -o of its own */
    const char *delimiter; /**< --delimiter */
    const char *anonymize; /**< --anonymize: columns, with commas between */
    const char *anonymize_key;
    uint64_t rotate, rotate_files; /**< rows a file, 0: one file for all; files, 0: no limit */
    bool wide, help, csv_safe, fail_empty;
};
/** The common options as descriptors, for help and completion. */
const trawl_arg *tw_common_args(size_t *ret_n);
/** --sort and --top of TRAWL_COMMAND_LISTING commands that have none of their own. */
const trawl_arg *tw_listing_args(size_t *ret_n);
/** What a table's, capture's or variable's name takes as a stage: the arguments of this command. */
const trawl_command *tw_table_command(void);
/** By a stage's words, words[0] of which may name both a table and a command: the table. */
bool tw_words_mean_table(const struct tw_registry *registry, const struct tw_word *words, size_t n);
/** The word, as typed, is this option: --name, --name=…, -s or -s…. */
bool tw_arg_is_option(const trawl_arg *arg, const char *word);

/** A bound stage: owns its options and the schema it gives. */
struct tw_stage;

/** Bind words[0..n) (words[0] is the command, a table's name, a capture's name, or $variable) after
 * a stage that gives `in` (NULL: first). line: the text the words' places refer to (an expression
 * takes the raw rest). Errors carry the place in line. Nothing is run. */
int tw_stage_bind(struct tw_registry *registry, const char *line, const struct tw_word *words,
                  size_t n, const tw_schema *in, struct tw_stage **ret, trawl_error *err);
/** Columns that the stage will give; NULL when it gives no table (only allowed last). Borrowed. */
const tw_schema *tw_stage_schema(const struct tw_stage *stage);
const struct tw_common_options *tw_stage_options(const struct tw_stage *stage);
const trawl_command *
tw_stage_command(const struct tw_stage *stage); /**< NULL: a table or variable */
/** The columns, as typed (-COL: downwards), in whose order the stage puts its rows; NULL: it says
 * nothing of it. Borrowed. */
const trawl_words *tw_stage_order(const struct tw_stage *stage);
/** Run it on the table of the stage before (borrowed; NULL: first). *ret is the caller's; NULL when
 * it gave none. A table that differs from the schema is TRAWL_E_PLUGIN. --sort and --top are
 * applied. TRAWL_E_DIFFERENT comes with a table: it is the status of a result that is whole. */
int tw_stage_run(struct tw_stage *stage, tw_table *in, tw_table **ret, trawl_error *err);
void tw_stage_free(struct tw_stage *stage);

/** The body of a call; what host functions get. */
struct trawl_call {
    struct tw_registry *registry;
    struct tw_stage *stage; /**< NULL when a table is built outside a command */
    struct tw_arena arena;  /**< call_alloc */
    void *fetch;            /**< struct tw_fetch * of packet_bytes, opened when first used */
    tw_capture *fetch_capture;
    const trawl_plot *plot; /**< of a TRAWL_COMMAND_PLOTS command */
    void *plot_opts;
    struct tw_cleanup *cleanups; /**< what else ends with the call, last first */
};
/** A call outside a stage; end it with tw_call_fini(). */
void tw_call_init(trawl_call *call, struct tw_registry *registry, struct tw_stage *stage);
void tw_call_fini(trawl_call *call);
/** free(p) when the call ends; when there is no memory for the note, free(p) now and fail. */
int tw_call_later(trawl_call *call, void (*free_it)(void *), void *p, trawl_error *err);
/** The one host table. */
extern const trawl_host tw_host;

#endif
