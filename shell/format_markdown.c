/* A Markdown table, numbers to the right.
 * Must not know commands or terminals. */
#include "shell/export.h"

/* What Markdown would take for markup of the table or for HTML. */
static void protect(struct tw_buffer *out, size_t start)
{
    struct tw_buffer copy = TW_BUFFER_INIT;
    bool needed = false;

    for (size_t i = start; !needed && i < out->len; i++)
        needed = strchr("|<&*_`", out->data[i]) != NULL;
    if (!needed)
        return;
    tw_buffer_append(&copy, out->data + start, out->len - start);
    out->len = start;
    for (size_t i = 0; i < copy.len; i++) {
        if (copy.data[i] == '<') {
            tw_buffer_puts(out, "&lt;");
        } else if (copy.data[i] == '&') {
            tw_buffer_puts(out, "&amp;");
        } else {
            if (strchr("|*_`", copy.data[i]))
                tw_buffer_putc(out, '\\');
            tw_buffer_putc(out, copy.data[i]);
        }
    }
    out->failed = out->failed || copy.failed;
    tw_buffer_fini(&copy);
}

static void markdown_text(const struct tw_export *e, trawl_type type, const void *data, size_t n,
                          struct tw_buffer *out)
{
    const size_t start = out->len;

    (void)e;
    tw_export_plain(type, data, n, out);
    protect(out, start);
}

static void markdown_begin(const struct tw_export *e, struct tw_buffer *out)
{
    if (e->style.no_header)
        return;
    for (size_t i = 0; i < e->n_columns; i++) {
        const char *name = e->columns[i].info->name;

        tw_buffer_puts(out, i ? " | " : "| ");
        markdown_text(e, TRAWL_STRING, name, strlen(name), out);
    }
    tw_buffer_puts(out, " |\n");
    for (size_t i = 0; i < e->n_columns; i++) {
        const struct tw_column *c = e->columns[i].column;
        const bool number = !c->is_list && c->type != TRAWL_BOOL && !e->columns[i].hex &&
                            (tw_type_is_integer(c->type) || c->type == TRAWL_F64 ||
                             c->type == TRAWL_SPAN);

        tw_buffer_puts(out, number ? "|---:" : "|---");
    }
    tw_buffer_puts(out, "|\n");
}

static void markdown_rows(const struct tw_export *e, uint64_t first, uint64_t n,
                          struct tw_buffer *out)
{
    for (uint64_t row = first; row < first + n; row++) {
        for (size_t i = 0; i < e->n_columns; i++) {
            tw_buffer_puts(out, i ? " | " : "| ");
            tw_export_cell(e, &e->columns[i], row, out);
        }
        tw_buffer_puts(out, " |\n");
    }
}

static void markdown_end(const struct tw_export *e, struct tw_buffer *out)
{
    (void)e;
    (void)out;
}

const struct tw_format tw_format_markdown = {
    .name = "markdown",
    .extension = ".md",
    .extension2 = ".markdown",
    .summary = "a Markdown table",
    .text = markdown_text,
    .begin = markdown_begin,
    .rows = markdown_rows,
    .end = markdown_end,
};
