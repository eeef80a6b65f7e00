/* Tables to machine formats: prepares columns, formats chunks of rows on the pool, writes in order.
 * Must not know commands or terminals. */
#include "shell/export.h"

#include <pthread.h>
#include <time.h>

#include "core/base/task.h"

enum {
    CHUNK_MOST = 16384, /* rows: about a megabyte of text, few writes, little memory */
    CHUNK_LEAST = 1024, /* … and of small tables a part for each thread */
    ROWS_A_CODE = 2     /* that a text is made for, on average, when it is made ahead */
};

const struct tw_format *const tw_formats[] = {&tw_format_csv,
                                              &tw_format_tsv,
                                              &tw_format_json,
                                              &tw_format_ndjson,
                                              &tw_format_fsdb,
                                              &tw_format_markdown,
                                              NULL};

const struct tw_format *tw_format_find(const char *name)
{
    if (strcmp(name, "jsonl") == 0)
        name = "ndjson";
    else if (strcmp(name, "md") == 0)
        name = "markdown";
    for (size_t i = 0; tw_formats[i]; i++)
        if (strcmp(tw_formats[i]->name, name) == 0)
            return tw_formats[i];
    return NULL;
}

static bool ends_with(const char *s, size_t n, const char *end)
{
    const size_t n_end = end ? strlen(end) : 0;

    return end && n > n_end && memcmp(s + n - n_end, end, n_end) == 0;
}

const struct tw_format *tw_format_of_file(const char *path)
{
    const size_t n = tw_path_uncompressed(path);

    for (size_t i = 0; tw_formats[i]; i++)
        if (ends_with(path, n, tw_formats[i]->extension) ||
            ends_with(path, n, tw_formats[i]->extension2))
            return tw_formats[i];
    return NULL;
}

bool tw_format_known(const char *name, trawl_error *err)
{
    static const char *const names[] = {"text", "vertical", "csv",  "tsv",
                                        "json", "ndjson",   "fsdb", "markdown"};
    const char *near;

    if (tw_format_find(name) || strcmp(name, "text") == 0 || strcmp(name, "vertical") == 0)
        return true;
    tw_fail(err, TRAWL_E_USAGE, "no format '%s'", name);
    near = tw_nearest(name, names, TW_COUNT(names));
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else
        tw_error_hint(err, "There are text, vertical, csv, tsv, json, ndjson, fsdb, markdown.");
    return false;
}

int tw_visible_columns(tw_table *table, size_t **ret, size_t *ret_n, trawl_error *err)
{
    size_t *visible = tw_alloc_array(table->schema->n_columns + 1, sizeof(*visible));
    size_t n = 0;
    int rc;

    if (!visible)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < table->schema->n_columns; i++)
        if (!(table->schema->columns[i].flags & TRAWL_COLUMN_HIDDEN))
            visible[n++] = i;
    rc = tw_table_prefetch(table, visible, n, err);
    if (rc != TRAWL_OK) {
        tw_free(visible);
        return rc;
    }
    *ret = visible;
    *ret_n = n;
    return TRAWL_OK;
}

/* ---- values ---- */

size_t tw_export_value(const struct tw_export *e, const struct tw_export_column *c,
                       const void *data, uint64_t i, char *p)
{
    uint64_t v;

    switch (c->column->type) {
    case TRAWL_BOOL:
        if (((const uint8_t *)data)[i]) {
            memcpy(p, "true", 4);
            return 4;
        }
        memcpy(p, "false", 5);
        return 5;
    case TRAWL_U8:
        v = ((const uint8_t *)data)[i];
        break;
    case TRAWL_U16:
        v = ((const uint16_t *)data)[i];
        break;
    case TRAWL_U32:
        v = ((const uint32_t *)data)[i];
        break;
    case TRAWL_U64:
        v = ((const uint64_t *)data)[i];
        break;
    case TRAWL_I64:
        return tw_format_i64(p, ((const int64_t *)data)[i]);
    case TRAWL_F64:
        return tw_format_f64(p, ((const double *)data)[i]);
    case TRAWL_TIME:
        return tw_format_time(p, ((const int64_t *)data)[i], e->style.cell.time_style,
                              e->style.cell.time_decimals, e->style.cell.origin_ns);
    case TRAWL_SPAN:
        return tw_format_span(p, ((const int64_t *)data)[i], 9);
    case TRAWL_MAC:
        return tw_format_mac(p, ((const uint64_t *)data)[i]);
    default:
        return 0;
    }
    return c->hex ? tw_format_hex(p, v, 2 * tw_type_size(c->column->type)) : tw_format_u64(p, v);
}

size_t tw_export_number(const struct tw_export *e, const struct tw_export_column *c, uint64_t i,
                        char *p)
{
    return tw_export_value(e, c, c->column->data.base, i, p);
}

#define V6_BIT 0x80000000u /* of address codes */

/* ::ffff:a.b.c.d: an IPv4 address, or (rarely) an IPv6 one whose code has V6_BIT. */
static bool is_mapped(const uint8_t bytes[16])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    return memcmp(bytes, prefix, sizeof(prefix)) == 0;
}

/* The text of a code of a coded column: through the format's escaping. */
static void code_text(const struct tw_export *e, const struct tw_column *column, uint32_t code,
                      struct tw_buffer *out)
{
    char address[TW_TEXT_MAX];
    const void *data;
    size_t n;

    if (column->type == TRAWL_IP) {
        const struct tw_ip ip = tw_dict_ip(column->dict, code);

        n = tw_format_ip(address, &ip);
        data = address;
    } else {
        data = tw_dict_bytes(column->dict, code, &n);
    }
    e->format->text(e, column->type, data, n, out);
}

void tw_export_item(const struct tw_export *e, const struct tw_export_column *c, uint64_t i,
                    struct tw_buffer *out)
{
    if (!tw_type_is_coded(c->column->type)) {
        if (tw_export_room(out, TW_TEXT_MAX))
            out->len += tw_export_number(e, c, i, out->data + out->len);
        return;
    }
    const uint32_t code = ((const uint32_t *)(const void *)c->column->data.base)[i];

    const uint32_t plain = c->column->type == TRAWL_IP ? code & ~V6_BIT : code;

    if (c->ends && (code == plain || c->column->type != TRAWL_IP ||
                    !is_mapped(tw_dict_ip(c->column->dict, code).bytes)))
        tw_buffer_append(out, c->texts + c->ends[plain], c->ends[plain + 1] - c->ends[plain]);
    else
        code_text(e, c->column, code, out);
}

static inline const uint64_t *offsets_of(const struct tw_export_column *c)
{
    return (const uint64_t *)(const void *)c->column->offsets.base;
}

void tw_export_cell(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                    struct tw_buffer *out)
{
    if (c->column->is_list) {
        const uint64_t *offsets = offsets_of(c);

        for (uint64_t i = offsets[row]; i < offsets[row + 1]; i++) {
            if (i > offsets[row])
                tw_buffer_putc(out, ',');
            tw_export_item(e, c, i, out);
        }
    } else if (!c->has_nulls || tw_column_has(c->column, row)) {
        tw_export_item(e, c, row, out);
    }
}

void tw_export_plain(trawl_type type, const void *data, size_t n, struct tw_buffer *out)
{
    if (type == TRAWL_STRING) {
        tw_escape(out, data, n);
        return;
    }
    if (type == TRAWL_IP) {
        tw_buffer_append(out, data, n);
        return;
    }
    if (!tw_export_room(out, 2 * n))
        return;
    out->len += tw_format_bytes(out->data + out->len, data, n);
    out->data[out->len] = 0;
}

void tw_export_insert(struct tw_buffer *out, size_t start, const char *set, char with)
{
    size_t n = 0, to;

    for (size_t i = start; i < out->len; i++)
        n += out->data[i] && strchr(set, out->data[i]) != NULL;
    if (n == 0 || !tw_export_room(out, n))
        return;
    to = out->len + n;
    for (size_t i = out->len; i-- > start;) {
        out->data[--to] = out->data[i];
        if (out->data[i] && strchr(set, out->data[i]))
            out->data[--to] = with;
    }
    out->len += n;
    out->data[out->len] = 0;
}

static void list_numbers(const struct tw_export *e, const struct tw_export_column *c, uint64_t from,
                         uint64_t to, struct tw_buffer *out)
{
    enum { SOME = 64 };

    for (uint64_t i = from; i < to; i += SOME) {
        const uint64_t end = TW_MIN(to, i + SOME);
        char *p;

        if (!tw_export_room(out, SOME * (TW_TEXT_MAX + 1)))
            return;
        p = out->data + out->len;
        for (uint64_t k = i; k < end; k++) {
            if (k > from)
                *p++ = ',';
            p += tw_export_number(e, c, k, p);
        }
        *p = 0;
        out->len = (size_t)(p - out->data);
    }
}

void tw_export_list_text(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                         struct tw_buffer *out)
{
    const uint64_t *offsets = offsets_of(c);

    if (!tw_type_is_coded(c->column->type)) {
        list_numbers(e, c, offsets[row], offsets[row + 1], out);
        return;
    }
    for (uint64_t i = offsets[row]; i < offsets[row + 1]; i++) {
        if (i > offsets[row])
            tw_buffer_putc(out, ',');
        if (c->column->type == TRAWL_IP) {
            const struct tw_ip ip = tw_dict_ip(c->column->dict,
                                               (uint32_t)tw_column_u64(c->column, i));

            if (tw_export_room(out, TW_TEXT_MAX))
                out->len += tw_format_ip(out->data + out->len, &ip);
        } else {
            size_t n;
            const uint8_t *data = tw_dict_bytes(c->column->dict,
                                                (uint32_t)tw_column_u64(c->column, i), &n);

            tw_export_plain(c->column->type, data, n, out);
        }
    }
}

/* ---- dictionaries: texts made once, in parallel ---- */

enum { DICT_CHUNK = 65536 };

struct dict_work {
    const struct tw_export *e;
    const struct tw_column *column;
    uint64_t *ends; /* first the lengths, then the sums */
    struct tw_buffer *parts;
    uint32_t n_codes;
};

static int dict_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct dict_work *w = context;
    struct tw_buffer buffer = TW_BUFFER_INIT, *out = &buffer;
    const uint32_t first = (uint32_t)i * DICT_CHUNK;
    const uint32_t end = TW_MIN(w->n_codes, first + DICT_CHUNK);

    (void)i_thread;
    for (uint32_t code = first; code < end; code++) {
        const size_t before = out->len;
        uint32_t full = code;

        /* The family is in the columns' codes, not here: what is mapped is IPv4 (see item). */
        if (w->column->type == TRAWL_IP && !is_mapped(tw_dict_ip(w->column->dict, code).bytes))
            full |= V6_BIT;
        code_text(w->e, w->column, full, out);
        w->ends[code + 1] = out->len - before;
    }
    w->parts[i] = buffer;
    return out->failed ? tw_fail_nomem(err) : TRAWL_OK;
}

/* Texts of all codes of a column's dictionary, when that is less work than one text a row. */
static int prepare_dict(const struct tw_export *e, struct tw_export_column *c, trawl_error *err)
{
    const uint32_t n_codes = tw_dict_size(c->column->dict);
    const uint64_t n_parts = n_codes / DICT_CHUNK + 1;
    struct dict_work w = {.e = e, .column = c->column, .n_codes = n_codes};
    uint64_t n_bytes = 0;
    char *texts = NULL;
    int rc = TRAWL_OK;

    if (e->n_rows / ROWS_A_CODE < n_codes)
        return TRAWL_OK;
    w.ends = tw_alloc_array((size_t)n_codes + 1, sizeof(*w.ends));
    w.parts = tw_alloc_array(n_parts, sizeof(*w.parts));
    if (!w.ends || !w.parts) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    rc = tw_pool_run(n_parts, dict_body, &w, err);
    if (rc != TRAWL_OK)
        goto out;
    for (uint64_t i = 0; i < n_parts; i++)
        n_bytes += w.parts[i].len;
    texts = tw_alloc(n_bytes + TW_EXPORT_SLACK);
    if (!texts) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    n_bytes = 0;
    for (uint64_t i = 0; i < n_parts; i++) {
        if (w.parts[i].len)
            memcpy(texts + n_bytes, w.parts[i].data, w.parts[i].len);
        n_bytes += w.parts[i].len;
    }
    for (uint32_t code = 0; code < n_codes; code++)
        w.ends[code + 1] += w.ends[code];
    c->ends = w.ends;
    c->texts = texts;
    w.ends = NULL;

out:
    for (uint64_t i = 0; w.parts && i < n_parts; i++)
        tw_buffer_fini(&w.parts[i]);
    tw_free(w.parts);
    tw_free(w.ends);
    return rc;
}

/* ---- the driver ---- */

/* Chunks are formatted on any thread and written in order: each waits for its turn. */
struct writing {
    const struct tw_export *e;
    struct tw_out *out;
    struct tw_buffer *buffers; /* one a thread */
    pthread_mutex_t lock;
    pthread_cond_t turn;
    uint64_t next;
    int failed;
    uint64_t chunk; /* rows of one */
};

static int wait_turn(struct writing *w, uint64_t i, trawl_error *err)
{
    int rc = TRAWL_OK;

    pthread_mutex_lock(&w->lock);
    while (w->next != i && !w->failed && !tw_cancelled()) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 50 * 1000 * 1000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&w->turn, &w->lock, &until);
    }
    if (w->failed)
        rc = w->failed; /* told by the one that failed */
    else if (tw_cancelled())
        rc = tw_fail_cancelled(err);
    pthread_mutex_unlock(&w->lock);
    return rc;
}

static int rows_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct writing *w = context;
    struct tw_buffer buffer = w->buffers[i_thread]; /* others lie in the same line of the cache */
    const uint64_t first = i * w->chunk;
    int rc;

    tw_buffer_clear(&buffer);
    w->e->format->rows(w->e, first, TW_MIN(w->e->n_rows - first, w->chunk), &buffer);
    w->buffers[i_thread] = buffer;
    rc = buffer.failed ? tw_fail_nomem(err) : wait_turn(w, i, err);
    if (rc == TRAWL_OK)
        rc = tw_out_write(w->out, buffer.data, buffer.len, err);
    pthread_mutex_lock(&w->lock);
    if (rc == TRAWL_OK)
        w->next = i + 1;
    else if (!w->failed)
        w->failed = rc;
    pthread_cond_broadcast(&w->turn);
    pthread_mutex_unlock(&w->lock);
    return rc;
}

static int write_rows(const struct tw_export *e, struct tw_out *out, trawl_error *err)
{
    const unsigned n_threads = tw_pool_threads();
    struct writing w = {
        .e = e, .out = out, .lock = PTHREAD_MUTEX_INITIALIZER, .turn = PTHREAD_COND_INITIALIZER};
    int rc;

    w.buffers = tw_alloc_array(n_threads, sizeof(*w.buffers));
    if (!w.buffers)
        return tw_fail_nomem(err);
    w.chunk = TW_MIN(TW_MAX(e->n_rows / (n_threads * 4), (uint64_t)CHUNK_LEAST),
                     (uint64_t)CHUNK_MOST);
    rc = tw_pool_run((e->n_rows + w.chunk - 1) / w.chunk, rows_body, &w, err);
    for (unsigned i = 0; i < n_threads; i++)
        tw_buffer_fini(&w.buffers[i]);
    tw_free(w.buffers);
    pthread_mutex_destroy(&w.lock);
    pthread_cond_destroy(&w.turn);
    return rc;
}

static int write_part(void (*part)(const struct tw_export *, struct tw_buffer *),
                      const struct tw_export *e, struct tw_out *out, trawl_error *err)
{
    struct tw_buffer buffer = TW_BUFFER_INIT;
    int rc;

    part(e, &buffer);
    rc = buffer.failed ? tw_fail_nomem(err) : tw_out_write(out, buffer.data, buffer.len, err);
    tw_buffer_fini(&buffer);
    return rc;
}

/* Columns computed, dictionaries formatted, keys ready. */
static int prepare(struct tw_export *e, tw_table *table, const size_t *visible, trawl_error *err)
{
    for (size_t i = 0; i < e->n_columns; i++) {
        struct tw_export_column *c = &e->columns[i];
        int rc = tw_table_column(table, visible[i], &c->column, err);

        if (rc != TRAWL_OK)
            return rc;
        c->info = &table->schema->columns[visible[i]];
        c->has_nulls = c->column->valid.base || c->column->valid_bits;
        tw_json_key(c->info->name, &c->key);
        if (c->key.failed)
            return tw_fail_nomem(err);
        c->hex = c->info->flags & TRAWL_COLUMN_HEX && tw_type_is_integer(c->column->type);
        if (tw_type_is_coded(c->column->type) && c->column->dict) {
            rc = prepare_dict(e, c, err);
            if (rc != TRAWL_OK)
                return rc;
        }
    }
    return TRAWL_OK;
}

int tw_export_table(tw_table *table, const struct tw_format *format,
                    const struct tw_export_style *style, struct tw_out *out, trawl_error *err)
{
    struct tw_export e = {.format = format, .style = *style, .n_rows = table->n_rows};
    size_t *visible = NULL;
    int rc = tw_visible_columns(table, &visible, &e.n_columns, err);

    if (rc != TRAWL_OK)
        return rc;
    if (!e.style.delimiter)
        e.style.delimiter = ',';
    e.columns = tw_alloc_array(e.n_columns + 1, sizeof(*e.columns));
    if (!e.columns)
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = prepare(&e, table, visible, err);
    if (rc == TRAWL_OK)
        rc = write_part(format->begin, &e, out, err);
    if (rc == TRAWL_OK && e.n_rows > 0)
        rc = write_rows(&e, out, err);
    if (rc == TRAWL_OK)
        rc = write_part(format->end, &e, out, err);
    for (size_t i = 0; e.columns && i < e.n_columns; i++) {
        tw_free((void *)(uintptr_t)e.columns[i].ends);
        tw_free((void *)(uintptr_t)e.columns[i].texts);
        tw_buffer_fini(&e.columns[i].key);
    }
    tw_free(e.columns);
    tw_free(visible);
    return rc;
}
