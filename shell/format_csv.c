/* Comma-separated values after RFC 4180 (lines end in a newline alone), or with another delimiter.
 * Must not know commands or terminals. */
#include "shell/export.h"

#include <ctype.h>

bool tw_delimiter_of(const char *text, char *ret, trawl_error *err)
{
    const char c = strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0 ? '\t' : text[0];

    if (c == '\t' || (c > ' ' && c < 0x7f && !text[1] && !isalnum(c) && !strchr("\"\\.+-:", c))) {
        *ret = c; /* nothing that numbers and times have, which are never quoted */
        return true;
    }
    tw_fail(err, TRAWL_E_USAGE, "'%s' cannot stand between cells", text);
    tw_error_hint(err, "Give one character, such as | or ;, or the word tab.");
    return false;
}

/* Quote what stands from start on, when it has to be. */
static void quote(const struct tw_export *e, struct tw_buffer *out, size_t start)
{
    bool needed = out->len == start; /* an empty text is not null */
    bool has_quote = false;

    for (size_t i = start; i < out->len; i++) {
        has_quote |= out->data[i] == '"';
        needed |= out->data[i] == e->style.delimiter;
    }
    if (!needed && !has_quote)
        return;
    if (has_quote)
        tw_export_insert(out, start, "\"", '"');
    if (!tw_export_room(out, 2))
        return;
    memmove(out->data + start + 1, out->data + start, out->len - start);
    out->data[start] = '"';
    out->len++;
    tw_buffer_putc(out, '"');
}

/* A tab or a return, as an escape writes them, at the start of what a spreadsheet would trim. */
static bool is_escaped_blank(const char *s, size_t n)
{
    return n >= 4 && (memcmp(s, "\\x09", 4) == 0 || memcmp(s, "\\x0d", 4) == 0);
}

/* A spreadsheet would take the text for a formula, at once or when its escapes are undone. */
static bool is_formula(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n && (s[i] == ' ' || s[i] == '"' || s[i] == '\''))
        i++;
    return i < n && (s[i] == '=' || s[i] == '+' || s[i] == '-' || s[i] == '@' ||
                     is_escaped_blank(s + i, n - i));
}

static void guard(const struct tw_export *e, trawl_type type, struct tw_buffer *out, size_t start)
{
    if (!e->style.csv_safe || type != TRAWL_STRING || out->failed ||
        !is_formula(out->data + start, out->len - start) || !tw_export_room(out, 1))
        return;
    memmove(out->data + start + 1, out->data + start, out->len - start);
    out->data[start] = '\'';
    out->len++;
}

static void csv_text(const struct tw_export *e, trawl_type type, const void *data, size_t n,
                     struct tw_buffer *out)
{
    const size_t start = out->len;

    tw_export_plain(type, data, n, out);
    guard(e, type, out, start);
    quote(e, out, start);
}

static void csv_begin(const struct tw_export *e, struct tw_buffer *out)
{
    for (size_t i = 0; !e->style.no_header && i < e->n_columns; i++) {
        const char *name = e->columns[i].info->name;

        if (i)
            tw_buffer_putc(out, e->style.delimiter);
        csv_text(e, TRAWL_STRING, name, strlen(name), out);
    }
    if (!e->style.no_header)
        tw_buffer_putc(out, '\n');
}

static void csv_list(const struct tw_export *e, const struct tw_export_column *c, uint64_t row,
                     struct tw_buffer *out)
{
    const uint64_t *offsets = (const uint64_t *)(const void *)c->column->offsets.base;
    const size_t start = out->len;

    if (!tw_column_has(c->column, row))
        return;
    if (!tw_type_is_coded(c->column->type) && e->style.delimiter == ',') {
        const bool quoted = offsets[row + 1] - offsets[row] > 1;

        if (quoted)
            tw_buffer_putc(out, '"');
        tw_export_list_text(e, c, row, out);
        if (quoted)
            tw_buffer_putc(out, '"');
        return;
    }
    tw_export_list_text(e, c, row, out);
    guard(e, c->column->type, out, start);
    quote(e, out, start);
}

static void csv_rows(const struct tw_export *e, uint64_t first, uint64_t n, struct tw_buffer *out)
{
    tw_export_delimited(e, first, n, e->style.delimiter, out);
}

static void csv_end(const struct tw_export *e, struct tw_buffer *out)
{
    (void)e;
    (void)out;
}

const struct tw_format tw_format_csv = {
    .name = "csv",
    .extension = ".csv",
    .summary = "comma-separated values (RFC 4180)",
    .text = csv_text,
    .list = csv_list,
    .begin = csv_begin,
    .rows = csv_rows,
    .end = csv_end,
};
