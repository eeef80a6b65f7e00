/* Items of columns and constants for a batch, and their conversion between classes.
 * Must not know tests or arithmetic. */
#include "core/expr/vector.h"

/* ---- scratch memory ---- */

struct scratch_block {
    struct scratch_block *next;
    size_t size;
    _Alignas(16) uint8_t bytes[];
};

void *tw_scratch_alloc(struct tw_scratch *s, size_t n, size_t size, trawl_error *err)
{
    size_t bytes;

    if (!tw_mul_size(n ? n : 1, size, &bytes) || bytes > SIZE_MAX / 2) {
        tw_fail_nomem(err);
        return NULL;
    }
    bytes = (bytes + 15) & ~(size_t)15;
    while (s->now && s->now->size - s->used < bytes) {
        s->now = s->now->next;
        s->used = 0;
    }
    if (!s->now) {
        size_t want = TW_MAX(bytes, (size_t)256 * 1024);
        struct scratch_block *block = tw_alloc(sizeof(*block) + want);

        if (!block) {
            tw_fail_nomem(err);
            return NULL;
        }
        block->size = want;
        block->next = s->first; /* large ones come to the front: found first next time */
        s->first = s->now = block;
        s->used = 0;
    }
    s->used += bytes;
    return s->now->bytes + s->used - bytes;
}

void tw_scratch_reset(struct tw_scratch *s)
{
    s->now = s->first;
    s->used = 0;
}

void tw_scratch_fini(struct tw_scratch *s)
{
    while (s->first) {
        struct scratch_block *next = s->first->next;

        tw_free(s->first);
        s->first = next;
    }
    s->now = NULL;
}

/* ---- columns ---- */

static int load_cells(const struct batch *b, const struct tw_column *c, uint64_t first, size_t n,
                      struct vector *v, trawl_error *err)
{
    uint64_t *u;
    struct text *s;

    switch (c->type) {
    case TRAWL_U64:
    case TRAWL_I64:
    case TRAWL_F64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
    case TRAWL_MAC:
        v->at.u = n ? TW_CELLS(c, const uint64_t) + first : NULL;
        return TRAWL_OK;
    case TRAWL_BOOL:
    case TRAWL_U8:
    case TRAWL_U16:
    case TRAWL_U32:
        u = tw_scratch_alloc(b->scratch, n, sizeof(*u), err);
        if (!u)
            return TRAWL_E_NOMEM;
        v->at.u = u;
        if (tw_type_size(c->type) == 1)
            for (size_t i = 0; i < n; i++)
                u[i] = (TW_CELLS(c, const uint8_t) + first)[i];
        else if (tw_type_size(c->type) == 2)
            for (size_t i = 0; i < n; i++)
                u[i] = (TW_CELLS(c, const uint16_t) + first)[i];
        else
            for (size_t i = 0; i < n; i++)
                u[i] = (TW_CELLS(c, const uint32_t) + first)[i];
        return TRAWL_OK;
    case TRAWL_IP: {
        uint8_t(*bytes)[16] = tw_scratch_alloc(b->scratch, n, sizeof(*bytes), err);

        s = tw_scratch_alloc(b->scratch, n, sizeof(*s), err);
        if (!bytes || !s)
            return TRAWL_E_NOMEM;
        for (size_t i = 0; i < n; i++) {
            uint32_t code = (TW_CELLS(c, const uint32_t) + first)[i];
            struct tw_ip ip = tw_dict_ip(c->dict, code);

            memcpy(bytes[i], ip.bytes, 16);
            s[i].n = code >> 31 ? 16 : 4;
            s[i].p = bytes[i] + 16 - s[i].n;
        }
        v->at.s = s;
        return TRAWL_OK;
    }
    case TRAWL_STRING:
    case TRAWL_BYTES:
        s = tw_scratch_alloc(b->scratch, n, sizeof(*s), err);
        if (!s)
            return TRAWL_E_NOMEM;
        for (size_t i = 0; i < n; i++)
            s[i].p = tw_dict_bytes(c->dict, (TW_CELLS(c, const uint32_t) + first)[i], &s[i].n);
        v->at.s = s;
        return TRAWL_OK;
    }
    return TRAWL_OK;
}

/** Entries [start, start+n) of the dictionary of the batch. */
static int load_codes(const struct batch *b, trawl_type type, struct vector *v, trawl_error *err)
{
    struct text *s = tw_scratch_alloc(b->scratch, b->n, sizeof(*s), err);
    uint8_t(*bytes)[16];

    if (!s)
        return TRAWL_E_NOMEM;
    v->n_items = b->n;
    v->at.s = s;
    if (type != TRAWL_IP) {
        for (size_t i = 0; i < b->n; i++)
            s[i].p = tw_dict_bytes(b->dict, (uint32_t)(b->start + i), &s[i].n);
        return TRAWL_OK;
    }
    bytes = tw_scratch_alloc(b->scratch, b->n, sizeof(*bytes), err);
    if (!bytes)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < b->n; i++) {
        uint32_t code = (uint32_t)(b->start + i) | (b->is_v6 ? UINT32_C(1) << 31 : 0);
        struct tw_ip ip = tw_dict_ip(b->dict, code);

        memcpy(bytes[i], ip.bytes, 16);
        s[i].n = b->is_v6 ? 16 : 4;
        s[i].p = bytes[i] + 16 - s[i].n;
    }
    return TRAWL_OK;
}

static int load_column(const struct batch *b, const struct tw_column *c, struct vector *v,
                       trawl_error *err)
{
    v->cls = tw_expr_class(c->type);
    if (c->is_list) {
        const uint64_t *o = (const uint64_t *)(const void *)c->offsets.base + b->start;
        uint32_t *offsets = tw_scratch_alloc(b->scratch, b->n + 1, sizeof(*offsets), err);

        if (!offsets)
            return TRAWL_E_NOMEM;
        if (o[b->n] - o[0] > UINT32_MAX / 2)
            return tw_fail(err, TRAWL_E_DATA, "a list of values is too long to compute with");
        for (size_t i = 0; i <= b->n; i++)
            offsets[i] = (uint32_t)(o[i] - o[0]);
        v->offsets = offsets;
        v->n_items = offsets[b->n];
        return load_cells(b, c, o[0], v->n_items, v, err);
    }
    v->n_items = b->n;
    if (c->valid.base || c->valid_bits) {
        uint8_t *valid = tw_scratch_alloc(b->scratch, b->n, 1, err);

        if (!valid)
            return TRAWL_E_NOMEM;
        for (size_t i = 0; i < b->n; i++)
            valid[i] = column_valid_word(c, (b->start + i) / 64) >> ((b->start + i) % 64) & 1;
        v->valid = valid;
    }
    return load_cells(b, c, b->start, b->n, v, err);
}

static size_t item_size(trawl_type cls)
{
    return class_is_text(cls) ? sizeof(struct text) : 8;
}

/** Items of several vectors row by row: those of ip.src, then those of ip.dst. */
static int merge(const struct batch *b, const struct vector *v, size_t n, struct vector *ret,
                 trawl_error *err)
{
    size_t size = item_size(v[0].cls), total = 0, at = 0;
    uint32_t *offsets = tw_scratch_alloc(b->scratch, b->n + 1, sizeof(*offsets), err);
    uint8_t *items;

    for (size_t k = 0; k < n; k++)
        total += v[k].n_items;
    if (total > UINT32_MAX / 2)
        return tw_fail(err, TRAWL_E_DATA, "a list of values is too long to compute with");
    items = tw_scratch_alloc(b->scratch, total, size, err);
    if (!offsets || !items)
        return TRAWL_E_NOMEM;
    for (size_t row = 0; row < b->n; row++) {
        offsets[row] = (uint32_t)at;
        for (size_t k = 0; k < n; k++) {
            size_t from = v[k].offsets ? v[k].offsets[row] : row;
            size_t to = v[k].offsets ? v[k].offsets[row + 1] : row + 1;

            for (size_t i = from; i < to; i++)
                if (vector_has(&v[k], i))
                    memcpy(items + size * at++, (const uint8_t *)v[k].at.u + size * i, size);
        }
    }
    offsets[b->n] = (uint32_t)at;
    *ret = (struct vector){.cls = v[0].cls,
                           .n_items = at,
                           .offsets = offsets,
                           .at.u = (const uint64_t *)(const void *)items};
    return TRAWL_OK;
}

int tw_vector_column(const struct batch *b, const struct node *n, struct vector *ret,
                     trawl_error *err)
{
    struct vector parts[16];
    int rc;

    memset(ret, 0, sizeof(*ret));
    if (b->dict) {
        ret->cls = tw_expr_class(n->type);
        return load_codes(b, n->type, ret, err);
    }
    if (n->n_columns == 1 || b->only == n)
        return load_column(b, b->columns[n->columns[b->only == n ? b->i_only : 0]], ret, err);
    memset(parts, 0, sizeof(parts));
    for (size_t k = 0; k < n->n_columns; k++) {
        rc = load_column(b, b->columns[n->columns[k]], &parts[k], err);
        if (rc)
            return rc;
    }
    return merge(b, parts, n->n_columns, ret, err);
}

/* ---- shapes and classes ---- */

int tw_vector_spread(const struct batch *b, const struct vector *one, const struct vector *list,
                     struct vector *ret, trawl_error *err)
{
    size_t size = item_size(one->cls);
    uint8_t *items = tw_scratch_alloc(b->scratch, list->n_items, size, err);
    uint8_t *valid = one->valid ? tw_scratch_alloc(b->scratch, list->n_items, 1, err) : NULL;

    if (!items || (one->valid && !valid))
        return TRAWL_E_NOMEM;
    for (size_t row = 0; row < b->n; row++)
        for (size_t i = list->offsets[row]; i < list->offsets[row + 1]; i++) {
            memcpy(items + size * i, (const uint8_t *)one->at.u + size * row, size);
            if (valid)
                valid[i] = one->valid[row];
        }
    *ret = (struct vector){.cls = one->cls,
                           .n_items = list->n_items,
                           .offsets = list->offsets,
                           .valid = valid,
                           .at.u = (const uint64_t *)(const void *)items};
    return TRAWL_OK;
}

static int to_float(const struct batch *b, struct vector *v, trawl_error *err)
{
    double *f = tw_scratch_alloc(b->scratch, v->n_items, sizeof(*f), err);

    if (!f)
        return TRAWL_E_NOMEM;
    if (v->cls == TRAWL_U64)
        for (size_t i = 0; i < v->n_items; i++)
            f[i] = (double)v->at.u[i];
    else
        for (size_t i = 0; i < v->n_items; i++)
            f[i] = (double)v->at.i[i];
    v->at.f = f;
    v->cls = TRAWL_F64;
    return TRAWL_OK;
}

/** Numbers beyond the signed range are lost: their cells become null. */
static int to_signed(const struct batch *b, struct vector *v, trawl_error *err)
{
    uint8_t *valid = NULL;

    for (size_t i = 0; i < v->n_items; i++) {
        if (v->at.u[i] <= INT64_MAX)
            continue;
        if (!valid) {
            valid = tw_scratch_alloc(b->scratch, v->n_items, 1, err);
            if (!valid)
                return TRAWL_E_NOMEM;
            if (v->valid)
                memcpy(valid, v->valid, v->n_items);
            else
                memset(valid, 1, v->n_items);
            v->valid = valid;
        }
        valid[i] = 0;
    }
    v->cls = TRAWL_I64;
    return TRAWL_OK;
}

static int mac_bytes(const struct batch *b, struct vector *v, trawl_error *err)
{
    uint8_t(*bytes)[6] = tw_scratch_alloc(b->scratch, v->n_items, sizeof(*bytes), err);
    struct text *s = tw_scratch_alloc(b->scratch, v->n_items, sizeof(*s), err);

    if (!bytes || !s)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < v->n_items; i++) {
        for (int k = 0; k < 6; k++)
            bytes[i][k] = (uint8_t)(v->at.u[i] >> (8 * (5 - k)));
        s[i] = (struct text){bytes[i], 6};
    }
    v->at.s = s;
    v->cls = TRAWL_BYTES;
    return TRAWL_OK;
}

static int convert(const struct batch *b, struct vector *v, trawl_type cls, trawl_error *err)
{
    if (!cls || cls == v->cls)
        return TRAWL_OK;
    if (cls == TRAWL_F64)
        return to_float(b, v, err);
    if (cls == TRAWL_I64 && v->cls == TRAWL_U64)
        return to_signed(b, v, err);
    if (cls == TRAWL_BYTES && v->cls == TRAWL_MAC)
        return mac_bytes(b, v, err);
    v->cls =
        cls; /* times, spans and signed numbers; strings, addresses and bytes: alike in memory */
    return TRAWL_OK;
}

static int load_constant(const struct batch *b, const struct node *n, struct vector *ret,
                         trawl_error *err)
{
    struct value *copy = tw_scratch_alloc(b->scratch, 1, sizeof(*copy), err);

    if (!copy)
        return TRAWL_E_NOMEM;
    *copy = n->value;
    *ret = (struct vector){.cls = tw_expr_class(n->type), .is_constant = true, .n_items = 1};
    if (class_is_text(ret->cls))
        ret->at.s = &copy->s;
    else if (ret->cls == TRAWL_F64)
        ret->at.f = &copy->f;
    else if (ret->cls == TRAWL_U64 || ret->cls == TRAWL_MAC)
        ret->at.u = &copy->u;
    else
        ret->at.i = &copy->i;
    return TRAWL_OK;
}

int tw_vector_eval(const struct batch *b, const struct node *n, trawl_type cls, struct vector *ret,
                   trawl_error *err)
{
    int rc;

    switch (n->kind) {
    case N_CONST:
        rc = load_constant(b, n, ret, err);
        break;
    case N_COLUMN:
        rc = tw_vector_column(b, n, ret, err);
        break;
    case N_ARITH:
        rc = tw_vector_arith(b, n, ret, err);
        break;
    case N_NEGATE:
        rc = tw_vector_negate(b, n, ret, err);
        break;
    case N_SLICE:
        rc = tw_vector_slice(b, n, ret, err);
        break;
    case N_CALL:
        rc = tw_vector_call(b, n, ret, err);
        break;
    default:
        TW_BUG("no values for node kind %d", (int)n->kind);
    }
    return rc ? rc : convert(b, ret, cls, err);
}

int tw_vector_constant(tw_expr *expr, const struct node *n, struct value *ret, trawl_error *err)
{
    struct tw_scratch scratch = {0};
    struct batch batch = {.n = 1, .scratch = &scratch};
    struct vector v;
    int rc = tw_vector_eval(&batch, n, 0, &v, err);

    if (!rc && (!v.n_items || !vector_has(&v, 0)))
        rc = tw_expr_fail(err, n->start, n->len, NULL, "this has no value");
    if (rc)
        goto out;
    if (class_is_text(v.cls)) {
        char *copy = tw_arena_strndup(&expr->arena, (const char *)v.at.s[0].p, v.at.s[0].n);

        if (!copy) {
            rc = tw_fail_nomem(err);
            goto out;
        }
        ret->s = (struct text){(const uint8_t *)copy, v.at.s[0].n};
        ret->prefix = (unsigned)TW_MIN(8 * ret->s.n, (size_t)128);
    } else if (v.cls == TRAWL_F64) {
        ret->f = v.at.f[0];
    } else if (v.cls == TRAWL_U64 || v.cls == TRAWL_MAC) {
        ret->u = v.at.u[0];
    } else {
        ret->i = v.at.i[0];
    }

out:
    tw_scratch_fini(&scratch);
    return rc;
}
