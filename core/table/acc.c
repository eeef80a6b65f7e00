/* The end of an aggregate: what was kept becomes the result.
 * Must not know groups. */
#include <math.h>

#include "core/table/aggregate.h"

void tw_acc_merge(struct tw_acc *acc, const struct tw_acc *later, enum tw_aggregate a)
{
    if (later->count == 0)
        return;
    if (acc->count == 0) {
        *acc = *later;
        return;
    }
    if (a == TW_AGG_LAST || (a == TW_AGG_MIN && later->best < acc->best) ||
        (a == TW_AGG_MAX && later->best > acc->best)) {
        acc->best = later->best;
        acc->cell = later->cell;
    }
    acc->count += later->count;
    acc->sum += later->sum;
    tw_acc_add(acc, later->real);
    acc->carry += later->carry;
}

void tw_acc_center(struct tw_acc *acc)
{
    if (acc->count > 0)
        acc->mean = (acc->real + acc->carry) / (double)acc->count;
    acc->real = acc->carry = 0;
}

bool tw_acc_has(const struct tw_acc *acc, enum tw_aggregate a)
{
    return acc->count >= (a == TW_AGG_STDDEV ? 2U : 1U);
}

double tw_acc_f64(const struct tw_acc *acc, enum tw_aggregate a, trawl_type type)
{
    double sum = type == TRAWL_F64 ? acc->real + acc->carry : (double)acc->sum;

    /* A sum that ran to infinity has a carry of NaN. */
    if (type == TRAWL_F64 && isinf(acc->real))
        sum = acc->real;
    switch (a) {
    case TW_AGG_AVG:
        return sum / (double)acc->count;
    case TW_AGG_STDDEV:
        return sqrt((acc->real + acc->carry) / (double)(acc->count - 1));
    default:
        return sum;
    }
}

int tw_acc_u64(const struct tw_acc *acc, enum tw_aggregate a, trawl_type type, uint64_t *ret,
               trawl_error *err)
{
    bool is_signed = type == TRAWL_I64 || type == TRAWL_SPAN || type == TRAWL_TIME;
    __int128 half = (__int128)(acc->count / 2);

    if (a == TW_AGG_STDDEV) {
        *ret = (uint64_t)llround(tw_acc_f64(acc, a, type));
        return TRAWL_OK;
    }
    if (a == TW_AGG_AVG) { /* rounded to the nearest, halves away from zero */
        *ret = (uint64_t)(int64_t)((acc->sum + (acc->sum < 0 ? -half : half)) /
                                   (__int128)acc->count);
        return TRAWL_OK;
    }
    if (is_signed ? acc->sum < INT64_MIN || acc->sum > INT64_MAX : acc->sum > (__int128)UINT64_MAX)
        return tw_fail(err, TRAWL_E_DATA, "the sum is too large for a cell of 64 bits");
    *ret = (uint64_t)acc->sum;
    return TRAWL_OK;
}
