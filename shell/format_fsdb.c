/* FSDB, the flat text database of traffic-taffy: a typed header, tabs, the command as a trailer.
 * Must not know commands or terminals. */
#include "shell/export.h"

static void fsdb_text(const struct tw_export *e, trawl_type type, const void *data, size_t n,
                      struct tw_buffer *out)
{
    (void)e;
    tw_export_plain(type, data, n, out);
}

static void fsdb_begin(const struct tw_export *e, struct tw_buffer *out)
{
    if (e->style.no_header)
        return;
    tw_buffer_puts(out, "#fsdb -F t");
    for (size_t i = 0; i < e->n_columns; i++) {
        const struct tw_export_column *c = &e->columns[i];
        const trawl_type type = c->column->type;

        tw_buffer_putc(out, ' ');
        tw_escape(out, c->info->name, strlen(c->info->name));
        if (!c->column->is_list && tw_type_is_integer(type) && type != TRAWL_BOOL && !c->hex)
            tw_buffer_puts(out, ":l");
        else if (!c->column->is_list && (type == TRAWL_F64 || type == TRAWL_SPAN))
            tw_buffer_puts(out, ":d");
    }
    tw_buffer_putc(out, '\n');
}

static void fsdb_rows(const struct tw_export *e, uint64_t first, uint64_t n, struct tw_buffer *out)
{
    tw_export_delimited(e, first, n, '\t', out);
}

static void fsdb_end(const struct tw_export *e, struct tw_buffer *out)
{
    if (!e->style.command || e->style.no_header)
        return;
    tw_buffer_puts(out, "#  | trawl ");
    tw_escape(out, e->style.command, strlen(e->style.command));
    tw_buffer_putc(out, '\n');
}

const struct tw_format tw_format_fsdb = {
    .name = "fsdb",
    .extension = ".fsdb",
    .summary = "flat text database, as traffic-taffy writes",
    .text = fsdb_text,
    .begin = fsdb_begin,
    .rows = fsdb_rows,
    .end = fsdb_end,
};
