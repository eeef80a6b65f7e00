/* Which company of a value is worth a row, and in which order. */
#ifndef COMPARE_RANK_H
#define COMPARE_RANK_H

#include "cooccur.h"
#include "fields.h"

/** What is ranked, and what is wanted of it. */
struct ranking {
    trawl_call *call;
    const struct scope *scope; /**< of which values, expr, min_count */
    const struct tally *tallies;
    size_t n_fields;
    struct companies *companies;
    uint64_t i_asked; /**< the value asked for, among them; UINT64_MAX: it is not there */
    size_t i_only;    /**< tally of which no other value is wanted; SIZE_MAX: none */
    double max_q;     /**< least doubtful rows only */
    uint64_t top;     /**< of each field; 0: all */
    int all;          /**< nothing is left out for its q, or for standing in the same packets */
};

struct ranked {
    double of_field, own; /**< strength */
    size_t i_tally;
    uint64_t i;       /**< among the companies */
    const char *text; /**< of the value, call memory */
    int is_asked, is_address;
    uint64_t *also; /**< others that stand in exactly the same packets; call memory */
    uint64_t n_also;
};

/** The p-values of companies become q-values; those that are not there stay NAN. */
int rank_adjust(struct companies *companies, trawl_error *err);

/** The companies, whose p-values are q-values, in order: the value asked for, then addresses,
 * then the other fields, each by their strongest value. Call memory. */
int rank_companies(const struct ranking *how, struct ranked **ret, uint64_t *ret_n,
                   trawl_error *err);

/** Text of a company's value; call memory. */
const char *rank_text(const struct ranking *how, uint64_t i, trawl_error *err);

#endif
