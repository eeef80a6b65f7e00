/* Tables: named, typed columns over the same rows; columns are computed on first use.
 * Must not know captures, expressions or output. */
#ifndef TW_TABLE_TABLE_H
#define TW_TABLE_TABLE_H

#include <pthread.h>

#include "core/base/hashmap.h"
#include "core/table/tally.h"

/* ---- schema ---- */

/** Columns without rows. Strings are copied into its arena. Single owner, not counted. */
struct trawl_schema {
    struct tw_arena arena;
    trawl_column *columns;
    size_t n_columns, capacity;
    struct tw_hashmap by_name; /**< to index + 1 */
    _Atomic uint32_t n_more;   /**< owners but one; with any it stays as it is */
};
typedef struct trawl_schema tw_schema;
tw_schema *tw_schema_new(void);
/** The same schema for one more owner: nobody may add to it any more. */
tw_schema *tw_schema_share(tw_schema *schema);
void tw_schema_free(tw_schema *schema);
/** Append a copy; a name that is there already is TRAWL_E_PLUGIN. */
int tw_schema_add(tw_schema *schema, const trawl_column *column, trawl_error *err);
int tw_schema_add_all(tw_schema *schema, const tw_schema *from, trawl_error *err);
/** Index of a name, -1 when absent. O(1). */
int64_t tw_schema_find(const tw_schema *schema, const char *name, size_t name_len);
/** Columns whose names are NAME, a dot, and more, those of parts of such a column left out: indices
 * into ret, which has room for all columns. */
size_t tw_schema_below(const tw_schema *schema, const char *name, size_t name_len, size_t *ret);
/** TRAWL_E_USAGE "no column 'byts'" with the nearest name, or what begins so, as hint. */
int tw_schema_fail_column(const tw_schema *schema, const char *name, size_t name_len,
                          trawl_error *err);

/* ---- tables ---- */

/** Computes column i on first use. May be asked for several columns over time; a provider that
 * makes many at once may store siblings with tw_table_store(). Called under the table's lock: it
 * may ask the table for other columns from its own thread, but not from bodies of tw_pool_run
 * (fetch those before). */
typedef int tw_column_provider(void *context, trawl_table *table, size_t i_column,
                               struct tw_column **ret, trawl_error *err);
/** Asked before a provider that can do several columns in one pass (dissection); may be NULL. */
typedef int tw_columns_prefetch(void *context, trawl_table *table, const size_t *i_columns,
                                size_t n, trawl_error *err);

/** Columns of a table to be counted; ret[i] for i_columns[i]. */
struct tw_tally_job {
    trawl_table *table;
    const size_t *i_columns;
    size_t n;
    const trawl_tally_rows *rows;
    struct tw_tally **ret;
};
/** Counts the values of columns without making them, in three steps. */
struct tw_tally_way {
    /** Makes what counting needs. *state is ended also after a failure; NULL: nothing to end. */
    int (*begin)(void *context, const struct tw_tally_job *job, void **state, trawl_error *err);
    /** The counting: any thread, also beside that of other tables. It may ask its own table for
     * columns. */
    int (*count)(void *state, trawl_error *err);
    /** rc: how it went so far. Fills job->ret; NULL stays for what it does not know to count. */
    int (*end)(void *state, int rc, trawl_error *err);
};

struct trawl_table {
    _Atomic uint32_t refs;
    tw_schema *schema; /**< owned */
    uint64_t n_rows;
    struct tw_column **columns; /**< NULL until computed */
    struct tw_tally **tallies;  /**< of all rows of a column, NULL until counted; or NULL */
    tw_column_provider *provider;
    tw_columns_prefetch *prefetch;
    const struct tw_tally_way *tally; /**< or NULL */
    void *context;
    void (*context_free)(void *context);
    const struct trawl_table *bases[2]; /**< tables that the provider reads, which the context
                                             holds; NULL: none */
    const char *name;     /**< for titles and messages: "lc"; in the schema's arena, or NULL */
    const void *origin;   /**< capture whose packets its rows are, never followed here; or NULL */
    uint64_t n_damaged;   /**< rows of damaged input behind it: the footer's '!' */
    pthread_mutex_t lock; /**< recursive: held while columns are computed */
};
typedef struct trawl_table tw_table;

/** A table of n_rows that takes the schema (also on failure); columns come from the provider. */
tw_table *tw_table_new_lazy(tw_schema *schema, uint64_t n_rows, tw_column_provider *provider,
                            tw_columns_prefetch *prefetch, void *context,
                            void (*context_free)(void *), trawl_error *err);
/** A table over finished columns (all retained), schema taken. */
tw_table *tw_table_new(tw_schema *schema, struct tw_column *const *columns, trawl_error *err);
tw_table *tw_table_retain(tw_table *table);
void tw_table_release(tw_table *table);

/** Column i, computed if need be; borrowed from the table. Thread-safe. */
int tw_table_column(tw_table *table, size_t i, const struct tw_column **ret, trawl_error *err);
/** Have several columns computed in one pass (the rest of the calls are then cheap). */
int tw_table_prefetch(tw_table *table, const size_t *i_columns, size_t n, trawl_error *err);
/** How often each value of columns occurs; a job's ret[i] (release it) for its i_columns[i]. What
 * is counted of all rows together is kept. Tables of about one size are counted side by side. */
int tw_tables_tally(const struct tw_tally_job *jobs, size_t n, trawl_error *err);
/** The table is `base`, or some column of it may yet be computed from base. Recursion is as deep as
 * that of releasing it. */
bool tw_table_reads(const tw_table *table, const tw_table *base);
/** For providers; takes the reference. */
void tw_table_store(tw_table *table, size_t i, struct tw_column *column);

/** Column i is computed again when it is next asked for. Nobody may be using it. */
void tw_table_forget(tw_table *table, size_t i);

/** Rows [start, start+n) as a table; shares or gathers lazily. */
tw_table *tw_table_slice(tw_table *table, uint64_t start, uint64_t n, trawl_error *err);
/** Rows by number (uint32_t, taken: tw_free'd by the table, also on failure); columns gathered when
 * first used. Row UINT32_MAX is all null. */
tw_table *tw_table_gather(tw_table *table, uint32_t *rows, uint64_t n, trawl_error *err);
/** Columns by index, in that order, under new names where names[i] is not NULL. The chosen ones are
 * visible. */
tw_table *tw_table_project(tw_table *table, const size_t *i_columns, const char *const *names,
                           size_t n, trawl_error *err);

/* ---- builder ---- */

/** Row-wise construction for small results, column-wise for big ones. */
struct trawl_builder {
    tw_schema *schema;
    struct tw_column **columns;
    size_t n_columns; /**< the schema's; it is given away at the end */
    size_t i_next;    /**< next cell of the open row */
    uint64_t n_rows;
    trawl_error error; /**< first failure; finish reports it */
};
typedef struct trawl_builder tw_builder;
/** Schema is copied. dicts: one per column or NULL for fresh ones (sharing avoids re-coding). */
tw_builder *tw_builder_new(const tw_schema *schema, struct tw_dict *const *dicts, trawl_error *err);
void tw_builder_null(tw_builder *b);
void tw_builder_u64(tw_builder *b, uint64_t v);
void tw_builder_i64(tw_builder *b, int64_t v);
void tw_builder_f64(tw_builder *b, double v);
void tw_builder_value(tw_builder *b, const void *value, size_t n); /**< ip, string, bytes */
void tw_builder_code(tw_builder *b, uint32_t code); /**< a code of the column's own dictionary */
void tw_builder_end_list(tw_builder *b); /**< close the list cell whose items were appended */
void tw_builder_end_row(tw_builder *b);  /**< a row with missing cells is TRAWL_E_PLUGIN */
/** The first n rows at once, zero, for the caller to write into the columns from any thread; with
 * validity bits (all null) in those that may have nulls. No lists, and no open or earlier row. */
int tw_builder_rows(tw_builder *b, uint64_t n, const bool *nulls, trawl_error *err);
/** n rows without any value. */
void tw_builder_empty_rows(tw_builder *b, uint64_t n);
/** The table; the builder is gone in either case. */
int tw_builder_finish(tw_builder *b, tw_table **ret, trawl_error *err);
void tw_builder_free(tw_builder *b); /**< NULL is fine */

#endif
