/* Exact quantiles by selection.
 * Must not know groups. */
#include "core/table/quantile.h"

#include <math.h>

/* Put the k-th smallest at a[k], smaller ones before it and larger ones behind. Pivots are drawn
 * with the process's seed: input cannot be made to be slow. The result does not depend on them. */
static void select_nth(uint64_t *a, uint64_t n, uint64_t k)
{
    uint64_t from = 0, to = n; /* k is in [from, to) */
    uint64_t state = tw_seed() | 1;

    while (to - from > 1) {
        uint64_t pivot, less = from, greater = to, i = from;

        state = tw_mix64(state + UINT64_C(0x9e3779b97f4a7c15));
        pivot = a[from + state % (to - from)];
        if (to - from > 1000) { /* the median of three is nearer the middle */
            uint64_t x = a[from + (state >> 16) % (to - from)];
            uint64_t y = a[from + (state >> 32) % (to - from)];

            pivot = TW_MAX(TW_MIN(pivot, x), TW_MIN(TW_MAX(pivot, x), y));
        }
        while (i < greater) { /* three ways: equal values end the search */
            uint64_t v = a[i];

            if (v < pivot) {
                a[i++] = a[less];
                a[less++] = v;
            } else if (v > pivot) {
                a[i] = a[--greater];
                a[greater] = v;
            } else {
                i++;
            }
        }
        if (k < less)
            to = less;
        else if (k >= greater)
            from = greater;
        else
            return;
    }
}

struct tw_between tw_select_quantile(uint64_t *numbers, uint64_t n, double q)
{
    struct tw_between between;
    double place = (double)(n - 1) * TW_MAX(0.0, TW_MIN(q, 1.0));
    uint64_t k = TW_MIN((uint64_t)place, n - 1);

    select_nth(numbers, n, k);
    between.low = between.high = numbers[k];
    between.part = place - (double)k;
    if (between.part <= 0 || k + 1 >= n) {
        between.part = 0;
        return between;
    }
    between.high = numbers[k + 1];
    for (uint64_t i = k + 2; i < n; i++)
        between.high = TW_MIN(between.high, numbers[i]);
    return between;
}

double tw_between_f64(const struct tw_between *between, trawl_type type)
{
    double low = tw_number_f64(type, between->low), high = tw_number_f64(type, between->high);

    return between->low == between->high ? low : low + (high - low) * between->part;
}

int64_t tw_between_i64(const struct tw_between *between)
{
    double step = (double)(between->high - between->low) * between->part;

    return (int64_t)((between->low + (uint64_t)llround(step)) ^ (UINT64_C(1) << 63));
}

int tw_quantiles(const struct tw_column *column, const double *q, size_t n, double *ret,
                 trawl_error *err)
{
    struct tw_column items = tw_flat_items(column);
    const struct tw_column *flat = column->is_list ? &items : column;
    uint64_t n_numbers = 0;
    uint64_t *numbers;

    if (tw_type_is_coded(column->type) || column->type == TRAWL_MAC)
        return tw_fail(err, TRAWL_E_USAGE, "cannot take quantiles of a column of type '%s'",
                       tw_type_name(column->type));
    numbers = tw_alloc_array(flat->n_rows, sizeof(*numbers));
    if (!numbers)
        return tw_fail_nomem(err);
    tw_plain_block(flat, NULL, 0, flat->n_rows, numbers);
    for (uint64_t i = 0; i < flat->n_rows; i++) {
        numbers[n_numbers] = numbers[i];
        n_numbers += !tw_cell_is_void(flat, i);
    }
    for (size_t i = 0; i < n; i++) {
        struct tw_between between;

        if (tw_cancelled()) {
            tw_free(numbers);
            return tw_fail_cancelled(err);
        }
        if (n_numbers == 0) {
            ret[i] = NAN;
            continue;
        }
        between = tw_select_quantile(numbers, n_numbers, q[i]);
        ret[i] = tw_between_f64(&between, column->type);
    }
    tw_free(numbers);
    return TRAWL_OK;
}
