/* What is counted: tables of packets whose rows belong to slots, a side or a time bin each. */
#ifndef COMPARE_SAMPLE_H
#define COMPARE_SAMPLE_H

#include "trawl/plugin.h"

/** Part of a sample: the rows of a table, and the slot of each. */
struct source {
    trawl_table *table;
    const char *name;      /**< of the capture, or of the table; may be NULL */
    uint64_t n_rows;       /**< the first ones of the table that count */
    uint32_t *slot_of_row; /**< NULL: all in `slot`; host memory */
    uint32_t slot;
};

struct slot {
    const char *name; /**< call memory */
    int64_t start_ns; /**< of a bin */
    double seconds;   /**< how long; 0: not known */
    uint64_t n_rows;
};

struct sample {
    struct source *sources; /**< call memory, as is slots */
    size_t n_sources;
    struct slot *slots;
    size_t n_slots;
    int64_t bin_ns; /**< width of the bins; 0: none */
};

/** How rows become slots. */
struct sampling {
    const trawl_words *captures; /**< none: the current one */
    const char *const *exprs;    /**< for each capture which packets count; NULL: all */
    trawl_table *in;             /**< instead of captures */
    uint64_t max_rows;           /**< of each capture, 0: all */
    int64_t bin_ns;              /**< 0: no bins, or with fit_bins those that fit */
    unsigned fit_bins;           /**< that many round ones, or somewhat less or one more */
    int merge;                   /**< captures share slots */
    int64_t from_ns, to_ns;      /**< only bins that start in [from, to); both 0: all */
};

enum {
    FIT_SIDES = 10
}; /**< bins of a capture that is compared over time, unless a width is given */

/** Without bins a slot for each capture (one for all with merge), else one for each bin that has
 * rows, in order of time; times are those of frame.time_epoch. sample_close after success and
 * failure alike. */
int sample_open(trawl_call *call, const struct sampling *how, struct sample *ret, trawl_error *err);

void sample_close(struct sample *sample);

/** A width of bins that fits an open sample, how->fit_bins of them: ret->bin_ns. */
int sample_fit_bins(trawl_call *call, const struct sampling *how, struct sample *ret,
                    trawl_error *err);

/** A round width of which `most` cover a length: 1, 2, 5, 10 ... of a unit of time, and what
 * divides minutes, hours and days. At least a microsecond. */
int64_t sample_round_bin(double length_s, unsigned most);

/** "10 ms", "1 h": the width of bins; call memory, never NULL. */
const char *sample_span_text(trawl_call *call, int64_t ns);

/** "2023-11-14 22:13:20", UTC, with decimals when the width of bins asks for them; call memory. */
const char *sample_time_text(trawl_call *call, int64_t time_ns, int64_t bin_ns);

#endif
