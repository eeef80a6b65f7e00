/* Stable radix sort of 64-bit words, least significant digit first.
 * Must not know columns. */
#include "core/table/radix.h"

enum {
    digit_bits_most = 11, /* 2048 open lines fit the first-level cache */
    small_n = 48,
    piece_least = 1 << 16
};

struct radix {
    const uint64_t *src;
    uint64_t *dst;
    uint64_t n, n_pieces;
    unsigned shift;
    uint32_t mask;
    uint32_t *counts; /* [piece][digit]: then where the piece's next goes */
};

static void piece_range(const struct radix *r, uint64_t i, uint64_t *from, uint64_t *to)
{
    *from = r->n * i / r->n_pieces;
    *to = r->n * (i + 1) / r->n_pieces;
}

static int count_piece(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct radix *r = context;
    uint32_t *counts = r->counts + i * (r->mask + 1);
    uint64_t from, to;

    (void)i_thread;
    (void)err;
    piece_range(r, i, &from, &to);
    memset(counts, 0, ((size_t)r->mask + 1) * sizeof(*counts));
    for (uint64_t j = from; j < to; j++)
        counts[r->src[j] >> r->shift & r->mask]++;
    return TRAWL_OK;
}

static int scatter_piece(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct radix *r = context;
    uint32_t *next = r->counts + i * (r->mask + 1);
    uint64_t from, to;

    (void)i_thread;
    (void)err;
    piece_range(r, i, &from, &to);
    for (uint64_t j = from; j < to; j++)
        r->dst[next[r->src[j] >> r->shift & r->mask]++] = r->src[j];
    return TRAWL_OK;
}

/* Counts to positions; false when all have the same digit and nothing would move. */
static bool place(const struct radix *r)
{
    uint32_t at = 0;

    for (uint32_t digit = 0; digit <= r->mask; digit++) {
        uint32_t before = at;

        for (uint64_t p = 0; p < r->n_pieces; p++) {
            uint32_t *count = &r->counts[p * (r->mask + 1) + digit];
            uint32_t n = *count;

            *count = at;
            at += n;
        }
        if (at - before == r->n)
            return false;
    }
    return true;
}

static void insertion_sort(uint64_t *a, uint64_t n, unsigned from, uint64_t mask)
{
    for (uint64_t i = 1; i < n; i++) {
        uint64_t v = a[i];
        uint64_t key = v >> from & mask;
        uint64_t j = i;

        for (; j > 0 && (a[j - 1] >> from & mask) > key; j--)
            a[j] = a[j - 1];
        a[j] = v;
    }
}

static bool is_sorted(const uint64_t *a, uint64_t n, unsigned from, uint64_t mask)
{
    for (uint64_t i = 1; i < n; i++) {
        if ((a[i - 1] >> from & mask) > (a[i] >> from & mask))
            return false;
    }
    return true;
}

int tw_sort_u64(uint64_t **a, uint64_t n, unsigned from, unsigned to, trawl_error *err)
{
    unsigned bits = to - from;
    uint64_t mask = bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    unsigned n_passes, width;
    uint64_t *spare = NULL;
    struct radix r = {.n = n};
    int rc = TRAWL_OK;

    if (n < 2 || bits == 0 || is_sorted(*a, n, from, mask))
        return TRAWL_OK;
    if (n <= small_n) {
        insertion_sort(*a, n, from, mask);
        return TRAWL_OK;
    }
    n_passes = (bits + digit_bits_most - 1) / digit_bits_most;
    if (n < 4096) /* more passes over fewer counters */
        n_passes = (bits + 7) / 8;
    width = (bits + n_passes - 1) / n_passes;
    r.n_pieces = TW_MAX(TW_MIN((uint64_t)tw_pool_threads(), n / piece_least), UINT64_C(1));
    r.mask = (UINT32_C(1) << width) - 1;
    r.counts = tw_alloc_array(r.n_pieces << width, sizeof(*r.counts));
    spare = tw_alloc_array(n, sizeof(*spare));
    if (!r.counts || !spare) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    for (unsigned pass = 0; pass < n_passes; pass++) {
        uint64_t *swap = *a;

        r.src = *a;
        r.dst = spare;
        r.shift = from + pass * width;
        if (r.shift + width > to) /* the last digit is narrower */
            r.mask = (UINT32_C(1) << (to - r.shift)) - 1;
        rc = tw_pool_run(r.n_pieces, count_piece, &r, err);
        if (rc != TRAWL_OK)
            goto out;
        if (!place(&r))
            continue;
        rc = tw_pool_run(r.n_pieces, scatter_piece, &r, err);
        if (rc != TRAWL_OK)
            goto out;
        *a = spare;
        spare = swap;
    }
out:
    tw_free(r.counts);
    tw_free(spare);
    return rc;
}

int tw_sort_order(const uint64_t *keys, uint32_t *order, uint64_t n, trawl_error *err)
{
    uint64_t low = UINT64_MAX, high = 0;
    uint32_t last = 0;
    unsigned bits, index_bits;
    uint64_t *words;
    int rc = TRAWL_OK;

    for (uint64_t i = 0; i < n; i++) {
        low = TW_MIN(low, keys[order[i]]);
        high = TW_MAX(high, keys[order[i]]);
        last = TW_MAX(last, order[i]);
    }
    if (n < 2 || low == high)
        return TRAWL_OK;
    bits = 64 - (unsigned)__builtin_clzll(high - low);
    index_bits = TW_MAX(tw_bits_for((uint64_t)last + 1), 1U);
    words = tw_alloc_array(n, sizeof(*words));
    if (!words)
        return tw_fail_nomem(err);
    /* As many bits of the key at a time as fit beside the index, lowest first. */
    for (unsigned done = 0; done < bits && rc == TRAWL_OK;) {
        unsigned width = TW_MIN(bits - done, 64 - index_bits);
        uint64_t mask = width >= 64 ? UINT64_MAX : (UINT64_C(1) << width) - 1;

        for (uint64_t i = 0; i < n; i++)
            words[i] = ((keys[order[i]] - low) >> done & mask) << index_bits | order[i];
        rc = tw_sort_u64(&words, n, index_bits, index_bits + width, err);
        for (uint64_t i = 0; i < n; i++)
            order[i] = (uint32_t)(words[i] & ((UINT64_C(1) << index_bits) - 1));
        done += width;
    }
    tw_free(words);
    return rc;
}
