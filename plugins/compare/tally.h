/* How often each value of a field occurs in each slot of a sample. */
#ifndef COMPARE_TALLY_H
#define COMPARE_TALLY_H

#include "sample.h"

struct cell {
    uint32_t value;
    uint32_t count;
};

/** One field. Values are compared as such, not by code: each capture has dictionaries of its own.
 * They are numbered as they appear. */
struct tally {
    const char *field;
    int is_total; /**< the field __TOTAL__: one value, `packet` */
    int names;    /**< table of names of the values, -1: none */
    trawl_type type;
    trawl_view *views; /**< values of each source; size 0: it has no such column */
    trawl_tally *tallies;
    size_t n_sources;
    uint64_t n_values;
    uint32_t *first;      /**< item where a value is first seen */
    uint32_t *source;     /**< and in which source */
    struct cell *cells;   /**< by slot, most frequent first, ties by value */
    uint64_t *slot_start; /**< cells of slot i: [slot_start[i], slot_start[i + 1]) */
    uint64_t *sums;       /**< of the counts of each slot */
    uint32_t *codes;      /**< of the texts of values, see tally_codes(); else NULL */
    struct seen *seen;    /**< with TALLY_ROWS: of value v in slot s at [v * n_slots + s] */
};

/** The rows of a slot that hold a value, numbered through all sources, from 1; 0: none. */
struct seen {
    uint64_t first, last;
    uint64_t n;    /**< how many, however often they hold it */
    uint64_t rows; /**< equal for equal sets of rows, else as good as never */
};

enum {
    TALLY_SKIP_ZERO = 1, /**< values 0, false and "" do not count */
    TALLY_ROWS = 2       /**< keep `seen`, of at most TALLY_FEW_SLOTS slots */
};

/** Count n fields (names sorted, TRAWL_COUNTS_TOTAL among them) over a sample; all columns of a
 * table in one pass that makes none, fields in parallel. tally_free each of ret[0..n) after success
 * and failure alike. */
int tally_fields(trawl_call *call, const struct sample *sample, const char *const *names, size_t n,
                 unsigned flags, struct tally *ret, trawl_error *err);
enum { TALLY_FEW_SLOTS = 4 };
/** One of them, whose tallies are there; seed: of hashes. */
int tally_count(const struct sample *sample, uint64_t seed, unsigned flags, struct tally *t,
                trawl_error *err);
/** For qsort: most frequent first, ties by value. */
int cell_by_count(const void *a, const void *b);
void tally_free(struct tally *tally);
/** The indices of n tallies, those with most values first: so loops over fields on all threads end
 * together. Call memory; NULL and err on failure. */
const size_t *tally_order(trawl_call *call, const struct tally *tallies, size_t n,
                          trawl_error *err);

/** Number of different values in a slot. */
static inline uint64_t tally_width(const struct tally *t, size_t slot)
{
    return t->slot_start[slot + 1] - t->slot_start[slot];
}

/** How a value is written: "53 (domain)" where the number has a name, else as machine formats have
 * it; max: cut after so many characters with "..." behind (0: never). Call memory; NULL and err on
 * failure. */
const char *tally_text(trawl_call *call, const struct tally *tally, uint32_t value, unsigned max,
                       trawl_error *err);
/** The same without a name. */
const char *tally_raw_text(trawl_call *call, const struct tally *tally, uint32_t value,
                           trawl_error *err);
/** Put the texts of all values in the dictionary of a builder's column, on all threads: the codes
 * are with the tallies. */
int tally_codes(trawl_call *call, struct tally *tallies, size_t n, unsigned max,
                trawl_builder *builder, size_t i_column, trawl_error *err);

#endif
