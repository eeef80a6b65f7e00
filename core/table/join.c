/* Pairs of rows with equal keys.
 * Must not know what tables are about. */
#include "core/table/keys.h"

static const uint64_t sign_bit = UINT64_C(1) << 63;

/* ---- both sides' keys as one column ---- */

static bool is_signed(trawl_type type)
{
    return type == TRAWL_I64;
}

static int check_types(const tw_table *left, size_t i_left, const tw_table *right, size_t i_right,
                       trawl_error *err)
{
    const trawl_column *a = &left->schema->columns[i_left];
    const trawl_column *b = &right->schema->columns[i_right];

    if ((a->flags | b->flags) & TRAWL_COLUMN_LIST)
        return tw_fail(err, TRAWL_E_USAGE, "cannot join on '%s': it is a list",
                       a->flags & TRAWL_COLUMN_LIST ? a->name : b->name);
    if (a->type == b->type || (tw_type_is_integer(a->type) && tw_type_is_integer(b->type)))
        return TRAWL_OK;
    return tw_fail(err, TRAWL_E_USAGE, "cannot join '%s' (%s) with '%s' (%s)", a->name,
                   tw_type_name(a->type), b->name, tw_type_name(b->type));
}

/* A code of the right side as one of the left's dictionary; values it does not hold get numbers
 * beyond its codes. */
static uint64_t recode(const struct tw_column *left, const struct tw_column *right, uint32_t code)
{
    uint32_t found = 0;
    struct tw_ip ip;
    const uint8_t *p;
    size_t n;

    if (left->type == TRAWL_IP) {
        ip = tw_dict_ip(right->dict, code);
        found = ip.is_v6 ? tw_dict_find(left->dict, ip.bytes, 16)
                         : tw_dict_find(left->dict, ip.bytes + 12, 4);
    } else {
        p = tw_dict_bytes(right->dict, code, &n);
        found = tw_dict_find(left->dict, p, n);
    }
    return found ? found : (UINT64_C(1) << 32) + code;
}

/* The right side's cell among the left's numbers. */
static uint64_t right_number(const struct tw_column *left, const struct tw_column *right,
                             uint64_t row, uint64_t *cache)
{
    uint64_t v;
    uint32_t code;

    if (!tw_type_is_coded(left->type)) {
        v = tw_plain_number(right, row);
        return is_signed(right->type) ? v ^ sign_bit : v;
    }
    code = TW_CELLS(right, const uint32_t)[row];
    if (left->dict == right->dict)
        return code;
    /* Codes repeat: each is looked up once. 0: not yet. */
    v = left->type == TRAWL_IP ? code & 0x7fffffffU : code;
    if (cache[v] == 0)
        cache[v] = recode(left, right, code);
    return cache[v];
}

static uint64_t left_number(const struct tw_column *left, uint64_t row)
{
    uint64_t v;

    if (tw_type_is_coded(left->type))
        return TW_CELLS(left, const uint32_t)[row];
    v = tw_plain_number(left, row);
    return is_signed(left->type) ? v ^ sign_bit : v;
}

/* Cells of left, then of right, as numbers; null where there is no value, or none that the other
 * side could have (a u64 above what an i64 holds, and a negative i64 against unsigned ones). */
static struct tw_column *combine(const struct tw_column *left, const struct tw_column *right,
                                 trawl_error *err)
{
    uint64_t n = left->n_rows + right->n_rows;
    bool mixed = tw_type_is_integer(left->type) && is_signed(left->type) != is_signed(right->type);
    struct tw_column *both = tw_column_new(TRAWL_U64, false, TW_MAX(n, UINT64_C(1)), NULL, err);
    uint64_t *cache = NULL;
    int rc = both ? TRAWL_OK : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK && tw_type_is_coded(left->type)) {
        cache = tw_alloc_array(tw_dict_size(right->dict), sizeof(*cache));
        rc = cache ? TRAWL_OK : tw_fail_nomem(err);
    }
    if (rc == TRAWL_OK)
        rc = tw_column_need_valid(both, true, err);
    if (rc == TRAWL_OK)
        rc = tw_column_resize(both, n, err);
    for (uint64_t i = 0; i < n && rc == TRAWL_OK; i++) {
        bool is_left = i < left->n_rows;
        uint64_t row = is_left ? i : i - left->n_rows;
        uint64_t v;

        if (i % 65536 == 0 && tw_cancelled())
            rc = tw_fail_cancelled(err);
        if (tw_cell_is_void(is_left ? left : right, row))
            continue;
        v = is_left ? left_number(left, row) : right_number(left, right, row, cache);
        if (mixed && v >= sign_bit)
            continue;
        TW_CELLS(both, uint64_t)[i] = v;
        tw_column_set_valid(both, i);
    }
    tw_free(cache);
    if (rc != TRAWL_OK) {
        tw_column_release(both);
        return NULL;
    }
    return both;
}

/* ---- numbers of the rows of both sides ---- */

struct join {
    tw_table *left, *right;
    uint64_t n_left, n_right;
    struct tw_column **both; /* by key */
    size_t n_keys;
    struct tw_numbering numbering;
    uint32_t *starts; /* by number: where its right rows are in `rows` */
    uint32_t *rows;   /* right rows by number, ascending */
    uint8_t *matched; /* by right row */
};

static bool has_keys(const struct join *join, uint64_t i)
{
    for (size_t k = 0; k < join->n_keys; k++) {
        if (!tw_column_has(join->both[k], i))
            return false;
    }
    return true;
}

static int number_rows(struct join *join, const size_t *left_keys, const size_t *right_keys,
                       trawl_error *err)
{
    struct tw_key *keys = tw_alloc_array(join->n_keys, sizeof(*keys));
    const struct tw_column *left = NULL, *right = NULL;
    int rc = keys ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t k = 0; k < join->n_keys && rc == TRAWL_OK; k++) {
        rc = check_types(join->left, left_keys[k], join->right, right_keys[k], err);
        if (rc == TRAWL_OK)
            rc = tw_table_column(join->left, left_keys[k], &left, err);
        if (rc == TRAWL_OK)
            rc = tw_table_column(join->right, right_keys[k], &right, err);
        if (rc != TRAWL_OK)
            break;
        join->both[k] = combine(left, right, err);
        rc = join->both[k]
                 ? tw_key_init(&keys[k], join->both[k], join->both[k]->n_rows, false, false, err)
                 : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK)
        rc = tw_number_keys(NULL, 0, keys, join->n_keys, join->n_left + join->n_right,
                            &join->numbering, err);
    tw_free(keys); /* integer keys own nothing */
    return rc;
}

/* Bring the right rows into the order of their numbers. */
static int bucket_rows(struct join *join, trawl_error *err)
{
    const uint32_t *number_of = join->numbering.number_of + join->n_left;
    uint64_t n_numbers = join->numbering.n_numbers;

    join->starts = tw_alloc_array(n_numbers + 2, sizeof(*join->starts));
    join->rows = tw_alloc_array(join->n_right, sizeof(*join->rows));
    join->matched = tw_alloc(join->n_right);
    if (!join->starts || !join->rows || !join->matched)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < join->n_right; i++) {
        if (has_keys(join, join->n_left + i))
            join->starts[number_of[i] + 2]++;
    }
    for (uint64_t g = 0; g < n_numbers; g++)
        join->starts[g + 2] += join->starts[g + 1];
    for (uint64_t i = 0; i < join->n_right; i++) {
        if (has_keys(join, join->n_left + i))
            join->rows[join->starts[number_of[i] + 1]++] = (uint32_t)i;
    }
    return TRAWL_OK;
}

/* Right rows that match left row i. */
static uint64_t matches(const struct join *join, uint64_t i, const uint32_t **ret)
{
    uint32_t number = join->numbering.number_of[i];

    if (!has_keys(join, i))
        return 0;
    *ret = join->rows + join->starts[number];
    return join->starts[number + 1] - join->starts[number];
}

static int write_pairs(struct join *join, int kind, uint32_t **ret_left, uint32_t **ret_right,
                       uint64_t *ret_n, trawl_error *err)
{
    const uint32_t *rows = NULL;
    uint32_t *left, *right;
    uint64_t n = 0, at = 0;

    for (uint64_t i = 0; i < join->n_left; i++) {
        uint64_t n_rows = matches(join, i, &rows);

        for (uint64_t j = 0; kind == 2 && j < n_rows; j++)
            join->matched[rows[j]] = 1;
        n += n_rows > 0 ? n_rows : kind > 0;
        if (i % 65536 == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
    }
    for (uint64_t i = 0; i < join->n_right && kind == 2; i++)
        n += !join->matched[i];
    if (n >= UINT32_MAX)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "the join would have %llu rows: more than %u",
                       (unsigned long long)n, UINT32_MAX - 1);
    left = tw_alloc_array(n, sizeof(*left));
    right = tw_alloc_array(n, sizeof(*right));
    if (!left || !right) {
        tw_free(left);
        tw_free(right);
        return tw_fail_nomem(err);
    }
    for (uint64_t i = 0; i < join->n_left; i++) {
        uint64_t n_rows = matches(join, i, &rows);

        for (uint64_t j = 0; j < n_rows; j++, at++) {
            left[at] = (uint32_t)i;
            right[at] = rows[j];
        }
        if (n_rows == 0 && kind > 0) {
            left[at] = (uint32_t)i;
            right[at++] = UINT32_MAX;
        }
    }
    for (uint64_t i = 0; i < join->n_right && kind == 2; i++) {
        if (!join->matched[i]) {
            left[at] = UINT32_MAX;
            right[at++] = (uint32_t)i;
        }
    }
    *ret_left = left;
    *ret_right = right;
    *ret_n = n;
    return TRAWL_OK;
}

int tw_join_rows(tw_table *left, const size_t *left_keys, tw_table *right, const size_t *right_keys,
                 size_t n_keys, int kind, uint32_t **ret_left, uint32_t **ret_right,
                 uint64_t *ret_n, trawl_error *err)
{
    struct join join = {.left = left,
                        .right = right,
                        .n_left = left->n_rows,
                        .n_right = right->n_rows,
                        .n_keys = n_keys};
    int rc = TRAWL_OK;

    if (join.n_left + join.n_right >= UINT32_MAX)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot join more than %u rows", UINT32_MAX - 1);
    join.both = tw_alloc_array(n_keys, sizeof(struct tw_column *));
    if (!join.both)
        return tw_fail_nomem(err);
    rc = number_rows(&join, left_keys, right_keys, err);
    if (rc == TRAWL_OK)
        rc = bucket_rows(&join, err);
    if (rc == TRAWL_OK)
        rc = write_pairs(&join, kind, ret_left, ret_right, ret_n, err);
    for (size_t k = 0; k < n_keys; k++)
        tw_column_release(join.both[k]);
    tw_free(join.both);
    tw_numbering_fini(&join.numbering);
    tw_free(join.starts);
    tw_free(join.rows);
    tw_free(join.matched);
    return rc;
}
