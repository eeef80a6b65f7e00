/* New values of one column, on all threads. What a column says often is made once.
 * Must not know ciphers. */
#include <string.h>

#include "anonymize.h"

enum { CHUNK = 1 << 12 /* a multiple of 64: no word of validity is shared */, TEXT_MOST = 1 << 20 };

struct make {
    trawl_table *table;
    trawl_builder *builder;
    trawl_view view;
    enum way way;
    const struct key *key;
    size_t n_digest;
    const struct anonymize_part *part;
    uint64_t n;      /* codes of a dictionary; else cells */
    uint32_t *codes; /* of the results, by code (0: nobody has it) or by cell */
    uint8_t *used;   /* by code */
};

static int is_coded(const trawl_view *v)
{
    return v->type == TRAWL_IP || v->type == TRAWL_STRING || v->type == TRAWL_BYTES;
}

static uint32_t code_at(const trawl_view *v, uint64_t i)
{
    return ((const uint32_t *)v->data)[i];
}

/* IPv4 and IPv6 have codes of their own: the highest bit goes to the end. */
static uint64_t place_of(const trawl_view *v, uint32_t code)
{
    return v->type == TRAWL_IP ? (uint64_t)(code & 0x7fffffffu) << 1 | code >> 31 : code;
}

/* ---- one value ---- */

static int make_address(const struct make *m, struct cipher *cipher, uint64_t i, uint32_t *ret,
                        trawl_error *err)
{
    const size_t n = i & 1 ? 16 : 4;
    uint8_t address[16];
    int rc = m->part->address(cipher, m->view.addresses[i >> 1] + 16 - n, n, address, err);

    return rc == TRAWL_OK ? host->builder_code(m->builder, 0, address, n, ret, err) : rc;
}

/* i: a cell or an item; of coded columns one with the value. */
static int make_digest(const struct make *m, struct cipher *cipher, uint64_t i, uint32_t *ret,
                       trawl_error *err)
{
    static const char hex[] = "0123456789abcdef";
    char room[256], *text = room, result[2 * DIGEST_MOST];
    uint8_t digest[DIGEST_MOST];
    size_t n = host->value_text(&m->view, i, room, sizeof(room));
    int rc;

    if (n > sizeof(room)) {
        text = n <= TEXT_MOST ? host->alloc(n) : NULL;
        if (!text)
            return host->fail(err, TRAWL_E_NOMEM, "could not anonymize a long text: no memory");
        n = host->value_text(&m->view, i, text, n);
    }
    rc = m->part->digest(cipher, text, n, digest, m->n_digest, err);
    if (text != room)
        host->free(text);
    for (size_t k = 0; k < m->n_digest; k++) {
        result[2 * k] = hex[digest[k] >> 4];
        result[2 * k + 1] = hex[digest[k] & 15];
    }
    return rc == TRAWL_OK ? host->builder_code(m->builder, 0, result, 2 * m->n_digest, ret, err)
                          : rc;
}

/* ---- all values ---- */

static uint64_t n_items(const trawl_view *v)
{
    return v->offsets ? v->offsets[v->n_rows] : v->n_rows;
}

static int has_item(const trawl_view *v, uint64_t i)
{
    return v->offsets || trawl_view_has(v, i);
}

static int make_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct make *m = context;
    const uint64_t start = i_chunk * CHUNK;
    const uint64_t end = m->n - start < CHUNK ? m->n : start + CHUNK;
    struct cipher *cipher = NULL;
    int rc = m->part->open(m->key, &cipher, err);

    (void)i_thread;
    for (uint64_t i = start; i < end && rc == TRAWL_OK; i++) {
        if (m->used ? !m->used[i] : !has_item(&m->view, i))
            continue;
        if (m->way == WAY_ADDRESS)
            rc = make_address(m, cipher, i, &m->codes[i], err);
        else
            rc = make_digest(m, cipher, m->used ? m->codes[i] : i, &m->codes[i], err);
    }
    m->part->close(cipher);
    return rc;
}

/* Which values of a dictionary occur; codes[i] is an item with value i until it is made. */
static int find_used(struct make *m, trawl_error *err)
{
    const trawl_view *v = &m->view;

    m->n = v->type == TRAWL_IP ? (uint64_t)v->n_codes * 2 : v->n_codes;
    m->used = host->alloc((size_t)m->n + 1);
    m->codes = host->alloc(((size_t)m->n + 1) * sizeof(*m->codes));
    if (!m->used || !m->codes)
        return host->fail(err, TRAWL_E_NOMEM, "could not anonymize a column: no memory");
    for (uint64_t i = 0; i < n_items(v); i++) {
        const uint64_t at = place_of(v, code_at(v, i));

        if (has_item(v, i) && at < m->n && !m->used[at]) {
            m->used[at] = 1;
            m->codes[at] = (uint32_t)i;
        }
    }
    return TRAWL_OK;
}

static int make_values(struct make *m, trawl_call *call, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (n_items(&m->view) > UINT32_MAX)
        return host->fail(err, TRAWL_E_UNSUPPORTED, "too many values to anonymize");
    if (is_coded(&m->view)) {
        rc = find_used(m, err);
    } else {
        m->n = n_items(&m->view);
        m->codes = host->alloc(((size_t)m->n + 1) * sizeof(*m->codes));
        if (!m->codes)
            rc = host->fail(err, TRAWL_E_NOMEM, "could not anonymize a column: no memory");
    }
    return rc == TRAWL_OK ? host->parallel(call, (m->n + CHUNK - 1) / CHUNK, make_chunk, m, err)
                          : rc;
}

static void put_item(const struct make *m, uint64_t i)
{
    host->put_code(m->builder, m->codes[m->used ? place_of(&m->view, code_at(&m->view, i)) : i]);
}

static int put_rows(const struct make *m, trawl_call *call, trawl_error *err)
{
    const trawl_view *v = &m->view;

    for (uint64_t row = 0; row < v->n_rows; row++) {
        if (row % CHUNK == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (v->offsets) {
            for (uint64_t i = v->offsets[row]; i < v->offsets[row + 1]; i++)
                put_item(m, i);
            host->end_list(m->builder);
        } else if (trawl_view_has(v, row)) {
            put_item(m, row);
        } else {
            host->put_null(m->builder);
        }
        host->end_row(m->builder);
    }
    return TRAWL_OK;
}

int column_make(trawl_call *call, trawl_table *table, const struct column_plan *plan,
                const trawl_column *declared, const struct key *key, size_t n_digest,
                trawl_table **ret, trawl_error *err)
{
    struct make m = {.table = table,
                     .view = {.size = sizeof(m.view)},
                     .way = plan->way,
                     .key = key,
                     .n_digest = n_digest};
    trawl_schema *schema = host->schema_from(declared, 1, err);
    int rc = schema ? part_get(&m.part, err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK)
        rc = host->view(call, table, plan->i_column, &m.view, err);
    if (rc == TRAWL_OK) {
        m.builder = host->builder_new(schema, err);
        rc = m.builder ? make_values(&m, call, err) : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK)
        rc = put_rows(&m, call, err);
    if (rc == TRAWL_OK) {
        rc = host->finish(m.builder, ret, err);
        m.builder = NULL;
    }
    host->builder_free(m.builder);
    host->free(m.codes);
    host->free(m.used);
    host->schema_free(schema);
    return rc;
}
