/* What `compare` is asked for, and the packets that it compares. */
#ifndef COMPARE_SIDES_H
#define COMPARE_SIDES_H

#include "fields.h"

struct compare_opts {
    struct scope scope;
    trawl_words captures, with;
    const char *against, *left, *right;
    int64_t bin, between, until;
    double threshold;
    uint64_t top;
    const char *sort;
    uint8_t positive, negative, reverse, merge, quantiles, exit_code;
};

/** Time bins of one capture, or of several as one, each with the one before? */
int sides_are_bins(const struct compare_opts *o);
/** The packets of all sides, a slot each. End with sample_close(), also after a failure. */
int sides_open(trawl_call *call, const struct compare_opts *o, struct sample *ret,
               trawl_error *err);

#endif
