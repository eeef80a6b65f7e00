/* What the explorer shows, apart from any screen: differences, limits, the list, counts over time.
 * Knows nothing of threads or terminals. */
#ifndef EXPLORE_MODEL_H
#define EXPLORE_MODEL_H

#include "trawl/plugin.h"

enum { FIELD_ROOM = 160, VALUE_ROOM = 512, LINE_ROOM = 512, NAME_ROOM = 128, TIME_ROOM = 48 };

/** Counted, since both threads hold results; see explorer_drop(). */
struct shared {
    unsigned refs;
    struct shared *next;
    struct shared *owns; /**< what goes with it, or NULL */
    void (*free_it)(struct shared *shared);
};

/** One side of the comparison: a capture, or a time range of it. */
struct side {
    char capture[NAME_ROOM];
    int64_t from_ns, to_ns; /**< both 0: all of it */
    char label[NAME_ROOM + 2 * TIME_ROOM];
};

struct source {
    struct side side;
    uint64_t packets;
};

/** What can be chosen as a side: each capture, then its bins. */
struct sources {
    struct shared shared;
    struct source *items;
    size_t n;
    int64_t bin_ns;
};

/** Place of a side among sources, or -1. */
int64_t sources_find(const struct sources *sources, const struct side *side);

/** The rows of `compare`. Views stay readable on every thread. */
struct diff {
    struct shared shared;
    trawl_table *table;
    trawl_view field, value, left, right, delta, left_share, right_share, delta_share, total, q,
        effect;
    uint64_t n;
    struct side sides[2];
    uint64_t level;
};

/** Text of a row's cell, not terminated. */
const char *view_text(const trawl_view *view, uint64_t row, size_t *ret_n);
double view_f64(const trawl_view *view, uint64_t row);
/** What compare says of a field, no value of it. */
int value_sums_up(const char *text, size_t n);

enum { SORT_SHARE, SORT_DELTA, SORT_LEFT, SORT_RIGHT, SORT_TOTAL, SORT_EFFECT, SORT_Q, N_SORTS };
extern const char *const sort_names[N_SORTS + 1];
enum { SIGN_BOTH, SIGN_POSITIVE, SIGN_NEGATIVE, N_SIGNS };

/** Which rows are shown, as compare's options of the same letters mean it. */
struct limits {
    double threshold;        /**< -t, %: strictly more */
    uint64_t min_count;      /**< -c: strictly more */
    uint64_t top;            /**< -x: of each field; of all when flat; 0: all */
    char match[FIELD_ROOM];  /**< -m: in the field's name */
    char values[VALUE_ROOM]; /**< -M: in the value */
    int sign, sort, reverse;
    int flat; /**< one order over all fields, the largest either way first */
};

/** Rows within limits, in order. */
struct list {
    struct shared shared;
    struct diff *diff; /**< also shared.owns */
    uint32_t *rows;
    size_t n;
    size_t i_telling; /**< the surest of the large differences: where one looks first */
    size_t i_same;    /**< the row that was chosen before; n: it is not here */
};

/** Place of the row with the largest effect of those whose q is below 0.05, else of all; not one
 * that sums up, unless there are no others. */
size_t list_telling(const struct diff *diff, const uint32_t *rows, size_t n);
/** Place of a field's value, or n. */
size_t list_find(const struct diff *diff, const uint32_t *rows, size_t n, const char *field,
                 const char *value);

/** 0, TRAWL_E_NOMEM or TRAWL_E_CANCELLED. rows: host memory. Fields stay in the order of the table;
 * `cancelled` is asked now and then. */
int list_make(const struct diff *diff, const struct limits *limits, uint32_t **ret, size_t *ret_n,
              int (*cancelled)(void *context), void *context);

/** Counts over time of each value of a field, in one capture. */
struct series_side {
    trawl_table *table; /**< NULL: none */
    trawl_view value;   /**< its dictionary names the codes */
    uint64_t *start;    /**< points of code c are [start[c], start[c + 1]) */
    uint32_t *bins;     /**< of each point */
    uint64_t *counts;
    uint64_t *sums; /**< of each bin */
    int64_t start_ns;
    size_t n_bins;
    char first[TIME_ROOM], last[TIME_ROOM]; /**< times of the first and last bin */
};
struct series {
    struct shared shared;
    char field[FIELD_ROOM];
    char captures[2][NAME_ROOM];
    int64_t bin_ns;
    struct series_side sides[2];
};
enum { MAX_BINS = 4096 };

/** Sort the points of (value, bin, count) rows by value; 0 or TRAWL_E_NOMEM. The sums of bins leave
 * the code no_value out. */
int series_index(struct series_side *side, const uint32_t *bins, const uint64_t *counts,
                 const uint32_t *codes, uint64_t n, uint32_t n_codes, uint32_t no_value);
void series_side_free(struct series_side *side);
/** Code of a value, or -1. */
int64_t series_code(const struct series_side *side, const char *value, size_t n);
/** Counts of a code in columns of a chart, each the largest of its bins; ret[0..columns). percent:
 * of all values in the bin. */
void series_columns(const struct series_side *side, int64_t code, int percent, double *ret,
                    unsigned columns);
/** Column of a time, clamped; -1 when there is nothing. */
int64_t series_column_of(const struct series_side *side, int64_t bin_ns, int64_t time_ns,
                         unsigned columns);

/** 1, 2 or 5 times a power of ten, of seconds or (from a minute on) 1, 2, 5, 10, 15, 30 minutes,
 * 1, 2, 6, 12, 24 hours…, so that a length has at most n bins. */
int64_t nice_bin(int64_t length_ns, unsigned n);
/** "200 ms", "5 s", "2 m" */
void bin_text(char *out, size_t room, int64_t bin_ns);

/** Eighths of a cell, 0 to 8, that a bar of `value` fills in the row-th row from below, of a chart
 * of so many rows whose top is `most`; a value above 0 shows at least one. */
unsigned bar_eighths(double value, double most, unsigned rows, unsigned row);

/** `compare` with these limits, as one could type it. */
void command_text(char *out, size_t room, const struct side sides[2], uint64_t level,
                  const struct limits *limits);
/** Seconds since 1970 with nine decimals. */
void seconds_text(char *out, size_t room, int64_t ns);
/** frame.time_epoch within a side's range; "": all. */
void range_text(char *out, size_t room, const struct side *side);
/** A word as one writes it on a command line: quoted when it has to be. */
void quote_word(char *out, size_t room, const char *word);

#endif
