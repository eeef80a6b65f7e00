/* What the files of the compare plugin share. Knows nothing of how tables are shown. */
#ifndef COMPARE_COMPARE_H
#define COMPARE_COMPARE_H

#include "trawl/plugin.h"

extern const trawl_host *host;

struct compare_opts {
    trawl_words captures;
    trawl_words fields;
    const char *match;
    trawl_words values;
    double threshold;
    uint64_t min_count;
    uint64_t top;
    const char *sort;
    int64_t bin;
    uint8_t positive, negative, reverse, vanished, width, exit_code;
};
int compare_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err);
/** Choices of compare's --sort; the default comes first. */
extern const char *const compare_sorts[];

struct dissect_opts {
    const char *capture;
    trawl_words fields;
    const char *match;
    trawl_words values;
    uint64_t min_count, top;
};
int dissect_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err);

enum { COMPARE_N_COLUMNS = 10, DISSECT_N_COLUMNS = 4 };
extern const trawl_column compare_columns[COMPARE_N_COLUMNS];
extern const trawl_column dissect_columns[DISSECT_N_COLUMNS];

/** One side: a table and which of its columns are counted. */
struct side {
    trawl_table *table; /**< borrowed */
    size_t n_fields;
    const char **names; /**< sorted, __TOTAL__ (packets) among them; call memory */
    int64_t *i_columns; /**< -1: __TOTAL__; -2: this table has no such column */
};

/**
 * Settle which fields are counted: those asked for, or the base set as far as the tables have it,
 * or all columns of a table that is not of packets; only names that contain `match`. Both sides get
 * the same names. Columns are fetched, each table in one pass.
 */
int fields_choose(trawl_call *call, const trawl_words *asked, const char *match, struct side *sides,
                  size_t n_sides, trawl_error *err);

/** What is compared: each side with the next. */
struct sides {
    struct side *items;
    const char **names;
    size_t n;
};
/** The packets of these captures, or of one capture bin by bin (empty bins are left out).
 * sides_close after success and failure alike. */
int sides_open(trawl_call *call, const trawl_words *captures, int64_t bin_ns, struct sides *ret,
               trawl_error *err);
void sides_close(struct sides *sides);

/** The distinct values of one field on one side. */
struct values {
    trawl_view view;
    trawl_counts counts;
    uint64_t sum; /**< of the counts */
    size_t i_column;
    trawl_table *table;
    int is_total; /**< __TOTAL__: one value, `packet`, counted n times */
    int absent;   /**< the table has no such column */
};
int values_get(trawl_call *call, const struct side *side, size_t i_field, struct values *ret,
               trawl_error *err);
/** Text of value i as machine formats have it; call memory. NULL and err on failure. */
const char *values_text(trawl_call *call, const struct values *values, uint64_t i,
                        trawl_error *err);

/** For each value of left its number on the right or UINT32_MAX, and the reverse; call memory. */
int values_match(trawl_call *call, const struct values *left, const struct values *right,
                 uint32_t **ret_right_of, uint32_t **ret_left_of, trawl_error *err);

/** Does text contain one of the words? No words: yes. */
int matches_any(const char *text, const trawl_words *words);

#define WIDTH_NAME "__WIDTH__"
#define NEW_NAME   "__NEW_VALUES__"
#define TOTAL_NAME "__TOTAL__"

#endif
