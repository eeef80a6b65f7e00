/* The distinct values of a field and which of them two sides share. Values are compared as such,
 * not by code: each capture has dictionaries of its own. Knows nothing of percentages. */
#include "compare.h"

#include <string.h>
#include <sys/random.h>

static const uint32_t zero_first[1] = {0};

static int total_of(trawl_call *call, trawl_table *table, struct values *ret, trawl_error *err)
{
    uint64_t *count = host->call_alloc(call, sizeof(*count));

    if (!count)
        return host->fail(err, TRAWL_E_NOMEM, "could not count values: no memory");
    *count = host->n_rows(table);
    ret->is_total = 1;
    ret->sum = *count;
    ret->counts = (trawl_counts){.n = *count ? 1 : 0, .first = zero_first, .counts = count};
    return TRAWL_OK;
}

int values_get(trawl_call *call, const struct side *side, size_t i_field, struct values *ret,
               trawl_error *err)
{
    int rc;

    memset(ret, 0, sizeof(*ret));
    ret->table = side->table;
    ret->view.size = sizeof(ret->view);
    if (side->i_columns[i_field] == -1)
        return total_of(call, side->table, ret, err);
    if (side->i_columns[i_field] < 0) {
        ret->absent = 1;
        return TRAWL_OK;
    }
    ret->i_column = (size_t)side->i_columns[i_field];
    rc = host->view(call, side->table, ret->i_column, &ret->view, err);
    if (rc == TRAWL_OK)
        rc = host->count_values(call, side->table, ret->i_column, &ret->counts, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < ret->counts.n; i++)
        ret->sum += ret->counts.counts[i];
    return rc;
}

const char *values_text(trawl_call *call, const struct values *v, uint64_t i, trawl_error *err)
{
    if (v->is_total)
        return "packet";
    return host->item_text(call, v->table, v->i_column, v->counts.first[i], err);
}

/* ---- equal values ---- */

/* A value as bytes: numbers as they are, addresses with their family, text as such. */
struct bytes {
    const uint8_t *p;
    size_t n;
    uint8_t own[17];
};

static void bytes_of(const struct values *v, uint64_t i, struct bytes *ret)
{
    uint64_t at = v->counts.first[i];
    uint64_t number;
    uint32_t code;

    ret->p = ret->own;
    switch (v->view.type) {
    case TRAWL_IP:
        code = ((const uint32_t *)v->view.data)[at];
        memcpy(ret->own, v->view.addresses[code & 0x7fffffffu], 16);
        ret->own[16] = (uint8_t)(code >> 31);
        ret->n = 17;
        break;
    case TRAWL_STRING:
    case TRAWL_BYTES:
        code = ((const uint32_t *)v->view.data)[at];
        ret->p = v->view.text + v->view.text_offsets[code];
        ret->n = (size_t)(v->view.text_offsets[code + 1] - v->view.text_offsets[code]);
        break;
    case TRAWL_F64:
        memcpy(ret->own, (const double *)v->view.data + at, 8);
        ret->n = 8;
        break;
    default:
        number = trawl_view_u64(&v->view, at);
        memcpy(ret->own, &number, 8);
        ret->n = 8;
        break;
    }
}

static uint64_t hash_of(uint64_t seed, const struct bytes *b)
{
    uint64_t x = seed;

    for (size_t i = 0; i < b->n; i++)
        x = (x ^ b->p[i]) * 0x100000001b3u;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93u;
    return x ^ x >> 32;
}

static int is_same(const struct bytes *a, const struct bytes *b)
{
    return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

int values_match(trawl_call *call, const struct values *left, const struct values *right,
                 uint32_t **ret_right_of, uint32_t **ret_left_of, trawl_error *err)
{
    uint64_t n_left = left->counts.n, n_right = right->counts.n;
    uint32_t *right_of = host->call_alloc(call, (size_t)(n_left + 1) * sizeof(*right_of));
    uint32_t *left_of = host->call_alloc(call, (size_t)(n_right + 1) * sizeof(*left_of));
    uint64_t capacity = 16;
    uint64_t seed;
    uint32_t *slots;

    if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) < 0)
        seed = (uint64_t)(uintptr_t)call;
    while (capacity < n_left * 2)
        capacity *= 2;
    slots = host->alloc((size_t)capacity * sizeof(*slots)); /* value + 1 */
    if (!right_of || !left_of || !slots) {
        host->free(slots);
        return host->fail(err, TRAWL_E_NOMEM, "could not compare values: no memory");
    }
    memset(right_of, 0xff, (size_t)n_left * sizeof(*right_of));
    memset(left_of, 0xff, (size_t)n_right * sizeof(*left_of));
    for (uint64_t i = 0; i < n_left; i++) {
        struct bytes b;
        uint64_t s;

        bytes_of(left, i, &b);
        for (s = hash_of(seed, &b) & (capacity - 1); slots[s]; s = (s + 1) & (capacity - 1))
            continue;
        slots[s] = (uint32_t)i + 1;
    }
    for (uint64_t i = 0; i < n_right; i++) {
        struct bytes b, other;

        bytes_of(right, i, &b);
        for (uint64_t s = hash_of(seed, &b) & (capacity - 1); slots[s];
             s = (s + 1) & (capacity - 1)) {
            bytes_of(left, slots[s] - 1, &other);
            if (is_same(&b, &other)) {
                left_of[i] = slots[s] - 1;
                right_of[slots[s] - 1] = (uint32_t)i;
                break;
            }
        }
    }
    host->free(slots);
    *ret_right_of = right_of;
    *ret_left_of = left_of;
    return TRAWL_OK;
}
