/* Commands and their arguments: one declaration from which parsing, help, man page, completion
 * and the check of a pipe are derived. Knows nothing of how results are shown. */
#ifndef TRAWL_COMMAND_H
#define TRAWL_COMMAND_H

#include "trawl/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/** One running command: memory, cancel flag, session. Owned by the host. */
typedef struct trawl_call trawl_call;

/** What an argument holds and how it is stored in the command's options struct. Append only. */
typedef enum trawl_arg_kind {
    TRAWL_ARG_FLAG = 1,    /**< uint8_t; 1 when given */
    TRAWL_ARG_U64 = 2,     /**< uint64_t, decimal or 0x */
    TRAWL_ARG_I64 = 3,     /**< int64_t */
    TRAWL_ARG_F64 = 4,     /**< double */
    TRAWL_ARG_SIZE = 5,    /**< uint64_t bytes: 10k, 4MiB */
    TRAWL_ARG_SPAN = 6,    /**< int64_t ns: 5ms, 1.5s; a bare number is seconds */
    TRAWL_ARG_TIME = 7,    /**< int64_t ns since 1970: ISO 8601 or epoch seconds */
    TRAWL_ARG_STRING = 8,  /**< const char *, NULL when absent (all kinds below too) */
    TRAWL_ARG_CHOICE = 9,  /**< const char *, one of choices */
    TRAWL_ARG_COLUMN = 10, /**< const char *, a column of the input: checked before the pipe runs */
    TRAWL_ARG_SORT = 11,   /**< const char *, a column, '-' before it for descending */
    TRAWL_ARG_FIELD = 12,  /**< const char *, a packet field of the catalogue */
    TRAWL_ARG_EXPR = 13, /**< const char *, a display-filter expression over the input; as the last
                              positional it takes the rest of the stage, quotes or not */
    TRAWL_ARG_FILE = 14, /**< const char *, a path */
    TRAWL_ARG_CAPTURE = 15, /**< const char *, name of a loaded capture */
    TRAWL_ARG_TABLE = 16,   /**< const char *, name of a table */
    TRAWL_ARG_STREAM = 17,  /**< uint64_t, a stream or connection number; meta "MPTCP": of MPTCP */
    TRAWL_ARG_COMMAND = 18, /**< const char *, name of a command */
    TRAWL_ARG_PLUGIN = 19,  /**< const char *, name of a plugin */
    TRAWL_ARG_SETTING = 20, /**< const char *, name of a setting */
    TRAWL_ARG_AGGREGATE = 21, /**< const char *, "sum bytes" is written sum(bytes), or count */
    /* ABI 1.2 */
    TRAWL_ARG_METRIC = 22 /**< const char *, flow metrics: NAME[:ARG=VALUE,…],… or an expression,
                             COLUMN = AGGREGATE(EXPR); see host->metric_next */
} trawl_arg_kind;

enum {
    TRAWL_ARG_POSITIONAL = 1u << 0, /**< no dashes; in the order declared */
    TRAWL_ARG_REQUIRED = 1u << 1,
    TRAWL_ARG_REPEATED = 1u
                         << 2 /**< stored as trawl_words; a positional one takes all that follow */
};

/** Storage of a repeated argument (its words, checked by kind). */
typedef struct trawl_words {
    const char *const *items;
    size_t n;
} trawl_words;

/** One argument. */
typedef struct trawl_arg {
    uint32_t size;  /**< sizeof(trawl_arg) */
    uint32_t flags; /**< TRAWL_ARG_ bits */
    trawl_arg_kind kind;
    char short_name;            /**< 'n' or 0 */
    const char *name;           /**< "count": --count; shown as the metavariable of a positional */
    const char *meta;           /**< "N", "FILE"; NULL: from the kind */
    const char *def;            /**< default as text, parsed like the user's; NULL: zero */
    const char *min, *max;      /**< range as text, NULL: none */
    const char *unit;           /**< shown in help, NULL: none */
    const char *const *choices; /**< NULL-terminated, for CHOICE */
    const char *help;           /**< one line */
    size_t offset;              /**< in the options struct */
    size_t storage;             /**< sizeof of the member: checked against the kind */
} trawl_arg;
#define TRAWL_ARG_AT(type, member)                               \
    .size = sizeof(trawl_arg), .offset = offsetof(type, member), \
    .storage = sizeof(((type *)0)->member)
#define TRAWL_OPT(kind_, type, member, ...)                    \
    {                                                          \
        TRAWL_ARG_AT(type, member), .kind = kind_, __VA_ARGS__ \
    }

/** A line that a user can type, with what it shows. Run by the tests. */
typedef struct trawl_example {
    const char *line;
    const char *shows;
} trawl_example;

/** Flags of a command. */
enum {
    TRAWL_COMMAND_FILTER = 1u << 0, /**< takes the table of the stage before */
    TRAWL_COMMAND_SOURCE = 1u
                           << 1, /**< can start a pipeline (with FILTER: the input is optional) */
    TRAWL_COMMAND_SAME_COLUMNS = 1u << 2, /**< gives the columns it takes */
    TRAWL_COMMAND_LISTING = 1u << 3,      /**< gets --sort COL and --top N from the host */
    TRAWL_COMMAND_EFFECT = 1u << 4,       /**< is run for what it does; may give no table */
    TRAWL_COMMAND_PLOTS = 1u << 5,        /**< its first word names a plot, see trawl_plot */
    TRAWL_COMMAND_REPORT = 1u << 6,       /**< its table says what it did: for people, left out of
                                             machine formats on stdout unless they were asked for */
    TRAWL_COMMAND_SCREEN = 1u << 7 /**< ABI 1.2: calls host->screen(), so it is refused where there
                                      is no terminal; with EFFECT */
};

/** A command. */
typedef struct trawl_command {
    uint32_t size;              /**< sizeof(trawl_command) */
    uint32_t flags;             /**< TRAWL_COMMAND_ bits */
    uint32_t arg_size;          /**< sizeof(trawl_arg); 0 when there are none */
    uint32_t column_size;       /**< sizeof(trawl_column); 0 when there are none */
    const char *name;           /**< lower case, digits, - and _ */
    const char *const *aliases; /**< NULL-terminated, or NULL */
    const char *group;          /**< heading in help: "captures", "tables", "connections" … */
    const char *summary;        /**< one line, lower case, no full stop */
    const char *text;           /**< paragraphs for the manual; NULL */
    const trawl_arg *args;
    uint32_t n_args;
    uint32_t n_gives;
    const trawl_column *gives; /**< columns of the result when they are always the same */
    const trawl_example *examples;
    uint32_t n_examples;
    uint32_t reserved;
    size_t opts_size; /**< sizeof the options struct */
    /** Columns of the result when they depend on input and options; pure and fast. NULL: `gives`,
     * or those of the input with SAME_COLUMNS. in is NULL for a first stage. */
    int (*schema)(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                  trawl_error *err);
    /** Do it. opts is parsed and range-checked; in is the table from the pipe or NULL. *ret is a
     * table that the host owns (NULL only with TRAWL_COMMAND_EFFECT). On failure nothing survives.
     */
    int (*run)(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err);
} trawl_command;

#ifdef __cplusplus
}
#endif
#endif
