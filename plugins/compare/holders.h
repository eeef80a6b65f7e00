/* The packets that hold a value of a field, and the others they are compared with. */
#ifndef COMPARE_HOLDERS_H
#define COMPARE_HOLDERS_H

#include "cooccur.h"

struct holding {
    const char *field, *value;
    size_t n_left, n_sides;            /**< the first n_left sources are the left side */
    int64_t bin_ns, left_ns, right_ns; /**< of one source: the bins with these times are the sides;
                                          both 0: no times */
    int each; /**< left_ns is a time of the left source, right_ns one of the right; 0: all of it */
    int among_all; /**< the others are all packets, not those with another value of the field */
};

struct holders {
    struct company_side sides[MOST_SIDES];
    size_t n_sides;
};

/** Puts the rows of a sample without bins into the slots of cooccur.h. No holder on any side is an
 * error. */
int holders_find(trawl_call *call, const struct holding *how, struct sample *sample,
                 struct holders *ret, trawl_error *err);

/** The rows of the holders on a side: "left", "right", "any". */
int holders_packets(trawl_call *call, const struct sample *sample, const struct holders *holders,
                    const char *side, trawl_table **ret, trawl_error *err);

/** Time of a row as `struct seen` numbers them. */
int holders_time(trawl_call *call, const struct sample *sample, uint64_t i_row, int64_t *ret,
                 int *ret_there, trawl_error *err);

#endif
