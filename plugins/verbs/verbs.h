/* What the verbs share: the host, the input table, cells and names.
 * Must not know single verbs. */
#ifndef VERBS_H
#define VERBS_H

#include "trawl/plugin.h"

extern const trawl_host *host; /* the one global of a plugin, set by init */

/** What the descriptors of all verbs have; more_flags: 0 or TRAWL_COMMAND_SAME_COLUMNS. */
#define VERB(name_, more_flags, opts_, args_, examples_)                                       \
    .size = sizeof(trawl_command),                                                             \
    .flags = TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SOURCE | (more_flags),                       \
    .arg_size = sizeof(trawl_arg), .name = name_, .group = "tables", .args = args_,            \
    .n_args = TRAWL_COUNT(args_), .examples = examples_, .n_examples = TRAWL_COUNT(examples_), \
    .opts_size = sizeof(opts_)
#define WORDS(type, member, ...)                                                                  \
    TRAWL_OPT(TRAWL_ARG_STRING, type, member, .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, \
              __VA_ARGS__)
#define NO_COLUMN ((size_t)-1)

/** The input of a verb: the table from the pipe, or the packets of the current capture. Release it.
 */
int verbs_input(trawl_call *call, trawl_table *in, trawl_table **ret, trawl_error *err);
/** The same for a check: *ret_owned is to be freed (NULL: nothing). */
int verbs_input_schema(trawl_call *call, const trawl_schema *in, const trawl_schema **ret,
                       trawl_schema **ret_owned, trawl_error *err);

/** TRAWL_E_USAGE with the place of `word` (a piece of an argument) in the typed line. */
int verbs_fail_word(trawl_call *call, const char *word, size_t n, const char *hint,
                    trawl_error *err, const char *format, ...);
/** Index of the column word[0..n); "no column" with its place otherwise. */
int verbs_column(trawl_call *call, const trawl_schema *schema, const char *word, size_t n,
                 size_t *ret, trawl_error *err);
/** A name or an expression in the words of an argument, less the blanks around it. */
struct verbs_piece {
    const char *at; /* in the argument */
    size_t n;
};
struct verbs_piece verbs_piece(const char *at, size_t n);
/** The pieces of the words, in call memory: "a,b,sum(c)" is three. A column whose name has a comma
 * is one, and so is all from a name with a '=' on, as expressions have commas. */
int verbs_pieces(trawl_call *call, const trawl_schema *schema, const trawl_words *words,
                 struct verbs_piece **ret, size_t *ret_n, trawl_error *err);
/** A copy of word[0..n) that lives as long as the call; NULL on no memory. */
char *verbs_copy(trawl_call *call, const char *word, size_t n, trawl_error *err);
/** Array of n × size bytes that lives as long as the call. */
void *verbs_array(trawl_call *call, size_t n, size_t size, trawl_error *err);

/** A column of the schema that is to be shown: no longer hidden, and an item when it was a list. */
trawl_column verbs_shown(const trawl_column *column);
/** Add a column whose name no other may have. */
int verbs_add_column(trawl_schema *schema, const trawl_column *column, trawl_error *err);
/** A builder of a table with these columns; NULL on failure. */
trawl_builder *verbs_builder(const trawl_column *columns, size_t n, trawl_error *err);
/** base, or base_2, base_3 … when the schema has it already; call memory. */
const char *verbs_free_name(trawl_call *call, const trawl_schema *schema, const char *base,
                            trawl_error *err);
/** Append item i of a view (its column's dictionary is shared with the builder). */
void verbs_put(trawl_builder *builder, const trawl_view *view, uint64_t i);
/** Make all n columns of a fresh table visible: *table is replaced, and released on failure. */
int verbs_show_all(trawl_call *call, trawl_table **table, trawl_error *err);
/** The columns that a table shows by itself, as indices in call memory. */
int verbs_visible(trawl_call *call, const trawl_schema *schema, size_t **ret, size_t *ret_n,
                  trawl_error *err);

/** Rows with lists among the keys become one row for each item (each combination of items). The
 * result may be the table itself, retained; i_keys are updated to its columns. */
int verbs_explode(trawl_call *call, trawl_table *table, size_t *i_keys, size_t n_keys,
                  trawl_table **ret, trawl_error *err);

/** A word like sum(bytes), total=sum(bytes) or count. */
struct verbs_aggregate {
    trawl_aggregate_column column; /* name set, call memory */
    trawl_column declared;
};
/** 1: it is an aggregate, 0: it is not, negative: it is one with something wrong. */
int verbs_aggregate_parse(trawl_call *call, const trawl_schema *schema, struct verbs_piece piece,
                          struct verbs_aggregate *ret, trawl_error *err);

/* The verbs, each in a file with its kin. */
extern const trawl_command verb_where, verb_sort, verb_head, verb_tail, verb_sample;
extern const trawl_command verb_select, verb_drop, verb_rename;
extern const trawl_command verb_count, verb_distinct;
extern const trawl_command verb_group, verb_bin, verb_join, verb_describe;

#endif
