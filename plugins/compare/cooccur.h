/* Which values keep company with a value: the packets that hold it against those that do not. */
#ifndef COMPARE_COOCCUR_H
#define COMPARE_COOCCUR_H

#include "tally.h"

enum { MOST_SIDES = 2 };

/** Slots of a sample: of side s the packets that hold the value, and those they are compared with.
 */
enum { HOLDERS = 0, OTHERS = 1, SLOTS_OF_SIDE = 2 };

/** Packets of one side. */
struct company_side {
    uint64_t held;   /**< that hold the value, and this one */
    uint64_t others; /**< that do not hold the value, and this one */
};

/** A value of another field among the packets that hold the one asked for. */
struct company {
    size_t i_tally; /**< NO_TALLY: it is there for its p-values only */
    uint32_t value;
    uint64_t rows; /**< equal for values that stand in the same packets, of holders and others */
    struct company_side sides[MOST_SIDES];
    double g, p;               /**< does it come with the value? */
    double lift;               /**< NAN: nowhere else */
    double change_g, change_p; /**< did its part among the holders change from left to right? */
};

#define NO_TALLY SIZE_MAX

struct companies {
    struct company *items; /**< host memory */
    uint64_t n, room;
};

/** All values of a field that a holder has are added; totals: packets of each side. by_rows, of a
 * tally with TALLY_ROWS: how many packets have each; else how often it occurs, at most the totals.
 */
int company_of_field(const struct tally *tally, size_t i_tally, const struct company_side *totals,
                     size_t n_sides, int by_rows, struct companies *ret, trawl_error *err);
int company_add(struct companies *list, struct company company, trawl_error *err);

#endif
