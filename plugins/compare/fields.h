/* Which fields are counted, and which values: what the commands of this plugin have in common. */
#ifndef COMPARE_FIELDS_H
#define COMPARE_FIELDS_H

#include "trawl/views.h"

#include "sample.h"

/** Options of all commands that count. */
struct scope {
    uint64_t level;
    trawl_words fields, ignore;
    const char *match;
    trawl_words values;
    const char *expr;
    uint64_t min_count, max_rows;
    const char *compat; /**< "trawl", "taffy" */
};

/** The names to count, sorted: those asked for, or those of the level without the ignored ones, as
 * far as a table has them, or all columns of a table that is not of packets; only names that
 * contain `match`. Call memory. */
int fields_choose(trawl_call *call, const struct scope *scope, const struct sample *sample,
                  const char ***ret, size_t *ret_n, trawl_error *err);

int scope_is_taffy(const struct scope *scope);
/** The width of time bins that was asked for, else traffic-taffy's second or 0: as many as fit. */
int64_t scope_bin(const struct scope *scope, int64_t bin_ns);
/** How values are counted: of TALLY_. */
unsigned scope_flags(const struct scope *scope);
/** Does text contain one of the words? No words: yes. */
int matches_any(const char *text, const trawl_words *words);

/** A row that --match-expression decides about. */
struct candidate {
    double timestamp;
    const char *key, *subkey;
    uint64_t value;
};
/** keep[i] for each of n rows; all when no expression was given. Call memory. */
int scope_keep(trawl_call *call, const struct scope *scope, const struct candidate *rows,
               uint64_t n, uint8_t **ret, trawl_error *err);

/** A constant's value, for help and defaults. */
#define TEXT_OF(x)    LITERAL_OF(x)
#define LITERAL_OF(x) #x

/** The arguments of a scope that is member `m` of options struct `t`; --fields and --bin are the
 * commands' own. */
#define SCOPE_LEVEL      2
#define SCOPE_ARGS(t, m) SCOPE_ARGS_AT(t, m, TEXT_OF(SCOPE_LEVEL))
#define SCOPE_ARGS_AT(t, m, level_)                                                               \
    TRAWL_OPT(TRAWL_ARG_U64, t, m.level, .name = "level", .short_name = 'd', .def = level_,       \
              .meta = "1|2|3|10",                                                                 \
              .help = "fields to count: 1 none, 2 link layer to ports, 3 DNS, HTTP, TLS too, 10 " \
                      "all"),                                                                     \
        TRAWL_OPT(TRAWL_ARG_FIELD, t, m.fields, .name = "fields", .flags = TRAWL_ARG_REPEATED,    \
                  .help = "count these fields instead of a level's"),                             \
        TRAWL_OPT(                                                                                \
            TRAWL_ARG_STRING, t, m.ignore, .name = "ignore", .short_name = 'I', .meta = "FIELD",  \
            .flags = TRAWL_ARG_REPEATED,                                                          \
            .help = "leave these fields and those below them out, instead of the checksums, "     \
                    "identifiers and sequence numbers; none: count all"),                         \
        TRAWL_OPT(TRAWL_ARG_STRING, t, m.match, .name = "match", .short_name = 'm',               \
                  .meta = "TEXT", .help = "only fields with this in their name"),                 \
        TRAWL_OPT(TRAWL_ARG_STRING, t, m.values, .name = "match-value", .short_name = 'M',        \
                  .meta = "TEXT", .flags = TRAWL_ARG_REPEATED,                                    \
                  .help = "only values that contain this (any of several)"),                      \
        TRAWL_OPT(TRAWL_ARG_U64, t, m.max_rows, .name = "packet-count", .short_name = 'n',        \
                  .meta = "N", .help = "only the first N packets of each capture"),               \
        TRAWL_OPT(TRAWL_ARG_CHOICE, t, m.compat, .name = "compat", .def = "trawl",                \
                  .choices = scope_compats,                                                       \
                  .help = "taffy: count as traffic-taffy does where the two differ")
#define SCOPE_EXPR_ARG(t, m)                                                              \
    TRAWL_OPT(TRAWL_ARG_STRING, t, m.expr, .name = "match-expression", .short_name = 'E', \
              .meta = "EXPR",                                                             \
              .help = "only rows for which this holds; it knows timestamp, key, subkey, value")
extern const char *const scope_compats[];

#endif
