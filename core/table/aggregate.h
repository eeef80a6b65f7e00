/* What is kept for one group while its cells are walked over: update and finish.
 * Must not be included outside core/table. */
#ifndef TW_TABLE_AGGREGATE_H
#define TW_TABLE_AGGREGATE_H

#include "core/table/keys.h"

struct tw_acc {
    uint64_t count; /* cells seen */
    uint64_t best;  /* number of the least or greatest so far; stddev: number of the first */
    __int128 sum;   /* of integers */
    double real;    /* sum of doubles; stddev: of distances from the first, then of squares */
    double carry;   /* what rounding took from it (Neumaier's sum) */
    double mean;    /* stddev: of the distances, once known */
    uint32_t cell;  /* least, greatest, first or last */
};

static inline void tw_acc_add(struct tw_acc *acc, double v)
{
    double sum = acc->real + v;

    acc->carry += __builtin_fabs(acc->real) >= __builtin_fabs(v) ? (acc->real - sum) + v
                                                                 : (v - sum) + acc->real;
    acc->real = sum;
}

/* Distance from the group's first number: small where the numbers are large (times). */
static inline double tw_acc_distance(const struct tw_acc *acc, trawl_type type, uint64_t number)
{
    if (type == TRAWL_F64)
        return tw_number_f64(type, number) - tw_number_f64(type, acc->best);
    return number >= acc->best ? (double)(number - acc->best) : -(double)(acc->best - number);
}

/** Take one more cell, in row order. Standard deviations take two rounds. */
static inline void tw_acc_update(struct tw_acc *acc, enum tw_aggregate a, unsigned round,
                                 trawl_type type, uint64_t number, uint32_t cell)
{
    double distance;

    switch (a) {
    case TW_AGG_MIN:
        if (acc->count == 0 || number < acc->best) {
            acc->best = number;
            acc->cell = cell;
        }
        break;
    case TW_AGG_MAX:
        if (acc->count == 0 || number > acc->best) {
            acc->best = number;
            acc->cell = cell;
        }
        break;
    case TW_AGG_FIRST:
        if (acc->count == 0)
            acc->cell = cell;
        break;
    case TW_AGG_LAST:
        acc->cell = cell;
        break;
    case TW_AGG_STDDEV:
        if (round == 0) {
            if (acc->count == 0)
                acc->best = number;
            tw_acc_add(acc, tw_acc_distance(acc, type, number));
            break;
        }
        distance = tw_acc_distance(acc, type, number) - acc->mean;
        tw_acc_add(acc, distance * distance);
        return; /* counted already */
    default:    /* sum, avg */
        if (type == TRAWL_F64)
            tw_acc_add(acc, tw_number_f64(type, number));
        else if (type == TRAWL_I64 || type == TRAWL_TIME || type == TRAWL_SPAN)
            acc->sum += (int64_t)(number ^ UINT64_C(1) << 63);
        else
            acc->sum += (__int128)number;
        break;
    }
    acc->count++;
}

/** What is aggregated: cells, which are the items of a list column, and the group of each. */
struct tw_cells {
    const struct tw_column *column; /* flat; NULL: rows are counted */
    const uint32_t *group_of;       /* by cell */
    uint64_t n, n_groups;
};
/** What is kept for each group after all its cells (tw_free it). */
int tw_accumulate(const struct tw_cells *cells, enum tw_aggregate a, struct tw_acc **ret,
                  trawl_error *err);

/** Take in what was kept over later cells of the same group; not for standard deviations. */
void tw_acc_merge(struct tw_acc *acc, const struct tw_acc *later, enum tw_aggregate a);
/** Between the two rounds of a standard deviation. */
void tw_acc_center(struct tw_acc *acc);
/** The group has a result: enough cells. */
bool tw_acc_has(const struct tw_acc *acc, enum tw_aggregate a);
double tw_acc_f64(const struct tw_acc *acc, enum tw_aggregate a, trawl_type type);
/** TRAWL_E_DATA when a sum does not fit 64 bits. */
int tw_acc_u64(const struct tw_acc *acc, enum tw_aggregate a, trawl_type type, uint64_t *ret,
               trawl_error *err);

#endif
