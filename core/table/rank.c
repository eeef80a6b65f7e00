/* The order of a dictionary's values.
 * Must not know columns. */
#include "core/table/dict.h"
#include "core/table/rank.h"
#include "core/table/radix.h"

enum {
    radix_least = 256, /* shorter runs are merged by comparing */
    levels_most = 8    /* so are runs that share 64 bytes */
};
static const uint32_t v6_bit = UINT32_C(1) << 31;

/* Eight bytes of a value as a number, from byte 8 * level on; zeros past its end. */
static uint64_t value_word(const struct tw_dict *dict, uint32_t code, unsigned level)
{
    const uint8_t *p;
    size_t n, skip = (size_t)level * 8;
    uint64_t v = 0;

    if (dict->type == TRAWL_IP) {
        p = tw_dict_address(dict, code & ~v6_bit);
        return level < 2 ? tw_be64(p + skip) : 0;
    }
    p = tw_dict_text(dict, code, &n);
    if (n <= skip)
        return 0;
    n = TW_MIN(n - skip, (size_t)8);
    for (size_t i = 0; i < 8; i++)
        v = v << 8 | (i < n ? p[skip + i] : 0);
    return v;
}

/* Stable merge sort by comparing; spare has room for n. */
static void merge_sort(const struct tw_dict *dict, uint32_t *codes, uint32_t *spare, uint64_t n)
{
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t start = 0; start + width < n; start += 2 * width) {
            uint64_t middle = start + width, end = TW_MIN(start + 2 * width, n);
            uint64_t i = start, j = middle, k = 0;

            if (tw_dict_compare(dict, codes[middle - 1], codes[middle]) <= 0)
                continue;
            while (i < middle && j < end)
                spare[k++] = tw_dict_compare(dict, codes[j], codes[i]) < 0 ? codes[j++]
                                                                           : codes[i++];
            while (i < middle)
                spare[k++] = codes[i++];
            memcpy(codes + start, spare, k * sizeof(*codes));
        }
    }
}

/* Sort codes that agree in all bytes before 8 * level. */
static int sort_run(const struct tw_dict *dict, uint32_t *codes, uint32_t *spare, uint64_t n,
                    unsigned level, trawl_error *err)
{
    uint64_t *words;
    uint32_t *order;
    uint64_t start = 0;
    int rc = TRAWL_OK;

    if (n < radix_least || level >= levels_most) {
        merge_sort(dict, codes, spare, n);
        return tw_cancelled() ? tw_fail_cancelled(err) : TRAWL_OK;
    }
    words = tw_alloc_array(n, sizeof(*words));
    order = tw_alloc_array(n, sizeof(*order));
    if (!words || !order) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    for (uint64_t i = 0; i < n; i++) {
        words[i] = value_word(dict, codes[i], level);
        order[i] = (uint32_t)i;
    }
    rc = tw_sort_order(words, order, n, err);
    if (rc != TRAWL_OK)
        goto out;
    memcpy(spare, codes, n * sizeof(*codes));
    for (uint64_t i = 0; i < n; i++)
        codes[i] = spare[order[i]];
    for (uint64_t i = 1; i <= n && rc == TRAWL_OK; i++) {
        if (i < n && words[order[i]] == words[order[start]])
            continue;
        if (i - start > 1)
            rc = sort_run(dict, codes + start, spare, i - start, level + 1, err);
        start = i;
    }
out:
    tw_free(words);
    tw_free(order);
    return rc;
}

int tw_codes_sort(const struct tw_dict *dict, uint32_t *codes, uint64_t n, trawl_error *err)
{
    uint32_t *spare = tw_alloc_array(n, sizeof(*spare));
    uint64_t n_first = 0, n_second = 0;
    int rc;

    if (!spare)
        return tw_fail_nomem(err);
    if (dict->type != TRAWL_IP) {
        rc = sort_run(dict, codes, spare, n, 0, err);
    } else {
        for (uint64_t i = 0; i < n; i++) { /* IPv4 first */
            if (codes[i] & v6_bit)
                spare[n_second++] = codes[i];
            else
                codes[n_first++] = codes[i];
        }
        if (n_second > 0)
            memcpy(codes + n_first, spare, n_second * sizeof(*codes));
        rc = sort_run(dict, codes, spare, n_first, 0, err);
        if (rc == TRAWL_OK)
            rc = sort_run(dict, codes + n_first, spare, n_second, 0, err);
    }
    tw_free(spare);
    return rc;
}

/* Ranks of all codes below n. */
static uint32_t *compute_ranks(struct tw_dict *dict, uint32_t n, trawl_error *err)
{
    uint32_t *ranks = tw_alloc_array(n, sizeof(*ranks));
    uint32_t *codes = tw_alloc_array(n, sizeof(*codes));
    uint64_t *families = dict->type == TRAWL_IP ? tw_dict_families(dict, n) : NULL;
    int rc = TRAWL_OK;

    if (!ranks || !codes || (dict->type == TRAWL_IP && !families))
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK) {
        for (uint32_t i = 0; i < n; i++)
            codes[i] = i | (families && families[i / 64] >> (i % 64) & 1 ? v6_bit : 0);
        rc = tw_codes_sort(dict, codes, n, err);
    }
    for (uint32_t i = 0; i < n && rc == TRAWL_OK; i++)
        ranks[codes[i] & (dict->type == TRAWL_IP ? ~v6_bit : UINT32_MAX)] = i;
    tw_free(codes);
    tw_free(families);
    if (rc != TRAWL_OK) {
        tw_free(ranks);
        return NULL;
    }
    return ranks;
}

const uint32_t *tw_dict_ranks(struct tw_dict *dict, trawl_error *err)
{
    uint32_t n = tw_dict_size(dict);
    uint32_t *ranks;

    pthread_mutex_lock(&dict->ranks_lock);
    if (dict->n_ranked < n) {
        ranks = compute_ranks(dict, n, err);
        if (!ranks) {
            pthread_mutex_unlock(&dict->ranks_lock);
            return NULL;
        }
        tw_free(dict->ranks[tw_dict_ranks_kept - 1]);
        memmove(dict->ranks + 1, dict->ranks, (tw_dict_ranks_kept - 1) * sizeof(*dict->ranks));
        dict->ranks[0] = ranks;
        dict->n_ranked = n;
    }
    ranks = dict->ranks[0];
    pthread_mutex_unlock(&dict->ranks_lock);
    return ranks;
}
