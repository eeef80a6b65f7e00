/* JSON: one array of objects, or one object a line. Keys in column order; always valid UTF-8.
 * Must not know commands or terminals. */
#include <math.h>

#include "shell/export.h"

/* The escaped text of the other formats as a string: what a cell says is the same everywhere, and
 * no byte of it is lost. */
static void json_text(const struct tw_export *e, trawl_type type, const void *data, size_t n,
                      struct tw_buffer *out)
{
    size_t start;

    (void)e;
    tw_buffer_putc(out, '"');
    start = out->len;
    tw_export_plain(type, data, n, out);
    if (type == TRAWL_STRING)
        tw_export_insert(out, start, "\"\\", '\\');
    tw_buffer_putc(out, '"');
}

void tw_json_key(const char *name, struct tw_buffer *out)
{
    json_text(NULL, TRAWL_STRING, name, strlen(name), out);
    tw_buffer_putc(out, ':');
}

static void json_item(const struct tw_export *e, const struct tw_export_column *c, uint64_t i,
                      struct tw_buffer *out)
{
    const trawl_type type = c->column->type;
    bool quoted = type == TRAWL_MAC;

    if (type == TRAWL_TIME)
        quoted = e->style.cell.time_style == TW_TIME_UTC ||
                 e->style.cell.time_style == TW_TIME_LOCAL;
    if (type == TRAWL_F64 && !isfinite(TW_CELLS(c->column, const double)[i])) {
        tw_buffer_puts(out, "null");
    } else if (c->hex) { /* JSON has no hexadecimal numbers */
        if (tw_export_room(out, TW_TEXT_MAX))
            out->len += tw_format_u64(out->data + out->len, tw_column_u64(c->column, i));
    } else if (quoted) {
        tw_buffer_putc(out, '"');
        tw_export_item(e, c, i, out);
        tw_buffer_putc(out, '"');
    } else {
        tw_export_item(e, c, i, out);
    }
}

static void json_object(const struct tw_export *e, uint64_t row, struct tw_buffer *out)
{
    tw_buffer_putc(out, '{');
    for (size_t i = 0; i < e->n_columns; i++) {
        const struct tw_export_column *c = &e->columns[i];

        if (i)
            tw_buffer_putc(out, ',');
        tw_buffer_append(out, c->key.data, c->key.len);
        if (c->column->is_list) {
            const uint64_t *offsets = (const uint64_t *)(const void *)c->column->offsets.base;

            tw_buffer_putc(out, '[');
            for (uint64_t k = offsets[row]; k < offsets[row + 1]; k++) {
                if (k > offsets[row])
                    tw_buffer_putc(out, ',');
                json_item(e, c, k, out);
            }
            tw_buffer_putc(out, ']');
        } else if (!c->has_nulls || tw_column_has(c->column, row)) {
            json_item(e, c, row, out);
        } else {
            tw_buffer_append(out, "null", 4);
        }
    }
    tw_buffer_putc(out, '}');
}

static void json_begin(const struct tw_export *e, struct tw_buffer *out)
{
    (void)e;
    tw_buffer_putc(out, '[');
}

static void json_rows(const struct tw_export *e, uint64_t first, uint64_t n, struct tw_buffer *out)
{
    for (uint64_t row = first; row < first + n; row++) {
        tw_buffer_puts(out, row ? ",\n" : "\n");
        json_object(e, row, out);
    }
}

static void json_end(const struct tw_export *e, struct tw_buffer *out)
{
    tw_buffer_puts(out, e->n_rows ? "\n]\n" : "]\n");
}

const struct tw_format tw_format_json = {
    .name = "json",
    .extension = ".json",
    .summary = "one array of objects",
    .text = json_text,
    .begin = json_begin,
    .rows = json_rows,
    .end = json_end,
};

static void ndjson_begin(const struct tw_export *e, struct tw_buffer *out)
{
    (void)e;
    (void)out;
}

static void ndjson_rows(const struct tw_export *e, uint64_t first, uint64_t n,
                        struct tw_buffer *out)
{
    for (uint64_t row = first; row < first + n; row++) {
        json_object(e, row, out);
        tw_buffer_putc(out, '\n');
    }
}

const struct tw_format tw_format_ndjson = {
    .name = "ndjson",
    .extension = ".ndjson",
    .extension2 = ".jsonl",
    .summary = "one JSON object a line",
    .text = json_text,
    .begin = ndjson_begin,
    .rows = ndjson_rows,
    .end = ndjson_begin,
};
