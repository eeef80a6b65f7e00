/* Tab-separated values with a header: what trawl writes when stdout is no terminal.
 * Must not know commands or terminals. */
#include "shell/export.h"

static void tsv_text(const struct tw_export *e, trawl_type type, const void *data, size_t n,
                     struct tw_buffer *out)
{
    (void)e;
    tw_export_plain(type, data, n, out); /* a tab or newline becomes \x09 or \x0a */
}

static void tsv_begin(const struct tw_export *e, struct tw_buffer *out)
{
    for (size_t i = 0; !e->style.no_header && i < e->n_columns; i++) {
        const char *name = e->columns[i].info->name;

        if (i)
            tw_buffer_putc(out, '\t');
        tw_escape(out, name, strlen(name));
    }
    if (!e->style.no_header)
        tw_buffer_putc(out, '\n');
}

static void tsv_rows(const struct tw_export *e, uint64_t first, uint64_t n, struct tw_buffer *out)
{
    tw_export_delimited(e, first, n, '\t', out);
}

static void tsv_end(const struct tw_export *e, struct tw_buffer *out)
{
    (void)e;
    (void)out;
}

const struct tw_format tw_format_tsv = {
    .name = "tsv",
    .extension = ".tsv",
    .extension2 = ".txt",
    .summary = "tab-separated values with a header",
    .text = tsv_text,
    .begin = tsv_begin,
    .rows = tsv_rows,
    .end = tsv_end,
};
