/* Tables as aligned text for people: a look at the cells decides the widths, then rows stream.
 * Must not know commands. */
#include "shell/render.h"

#include <stdlib.h>

#include "core/base/escape.h"
#include "core/base/task.h"
#include "shell/export.h"

enum {
    LOOK_ROWS = 2000, /* rows at the start whose widths count; and so many at the end */
    GAP = TW_RENDER_GAP
};

#define DIM       "\x1b[2m"
#define UNDERLINE "\x1b[4m"
#define PLAIN     "\x1b[0m"
#define BOLD      "\x1b[1m"
#define RED       "\x1b[31m"
#define GREEN     "\x1b[32m"

struct layout {
    struct tw_render_column *columns;
    size_t n_columns;
    size_t n_hidden;
    const struct tw_render_column *heading; /* its texts stand between the rows; NULL: none */
    const struct tw_render_style *style;
    struct tw_buffer line, cell;
};

bool tw_table_is_plain(const tw_table *table)
{
    return table->schema->n_columns == 1 && table->schema->columns[0].flags & TRAWL_COLUMN_PLAIN;
}

static void pad(struct tw_buffer *out, size_t n)
{
    while (n-- > 0)
        tw_buffer_putc(out, ' ');
}

static size_t width_of(const struct tw_buffer *text)
{
    return text->len ? tw_text_width(text->data, text->len) : 0;
}

/* "1 m 10 s": no number with a unit whose point stands under the others', but one text. */
static bool is_compound(const struct tw_render_column *c, const struct tw_buffer *cell, size_t at)
{
    while (c->human && at < cell->len && !(cell->data[at] >= '0' && cell->data[at] <= '9'))
        at++;
    return c->human && at < cell->len;
}

/* Widen a column for one cell. */
static void look_at(struct layout *l, struct tw_render_column *c, uint64_t row)
{
    size_t before, after, width;

    tw_buffer_clear(&l->cell);
    tw_render_cell(c, row, l->style, &l->cell);
    width = width_of(&l->cell);
    if (c->right && tw_column_has(c->column, row)) {
        tw_render_split(l->cell.data, l->cell.len, &before, &after);
        if (!is_compound(c, &l->cell, before + after)) {
            c->before = (unsigned)TW_MAX(c->before, before);
            c->after = (unsigned)TW_MAX(c->after, after);
            /* The unit may hold µ: its width is not its bytes. */
            c->unit = (unsigned)TW_MAX(c->unit, width - before - after);
            width = (size_t)c->before + c->after + c->unit;
        }
    }
    c->width = (unsigned)TW_MAX(c->width, width);
    if (c->column->type == TRAWL_IP && !c->column->is_list && l->cell.len &&
        !memchr(l->cell.data, ':', l->cell.len))
        c->v4_width = (unsigned)TW_MAX(c->v4_width, width);
}

/* Widths from the first rows, the last ones, and (for whole numbers) the greatest. */
static void look(struct layout *l, uint64_t n_rows)
{
    for (size_t i = 0; i < l->n_columns; i++) {
        struct tw_render_column *c = &l->columns[i];

        for (uint64_t row = 0; row < TW_MIN(n_rows, (uint64_t)LOOK_ROWS); row++)
            look_at(l, c, row);
        for (uint64_t row = n_rows > 2 * LOOK_ROWS ? n_rows - LOOK_ROWS
                                                   : TW_MIN(n_rows, (uint64_t)LOOK_ROWS);
             row < n_rows; row++)
            look_at(l, c, row);
        if (c->right && !c->human && tw_type_is_integer(c->column->type) &&
            n_rows > 2 * LOOK_ROWS) {
            uint64_t i_max = 0, max = 0;

            for (uint64_t row = 0; row < n_rows; row++) {
                const uint64_t v = tw_column_u64(c->column, row);

                if (v > max) {
                    max = v;
                    i_max = row;
                }
            }
            if (tw_column_has(c->column, i_max))
                look_at(l, c, i_max);
        }
        c->width = (unsigned)TW_MAX(c->width, width_of(&c->header));
    }
}

/* Bytes of the longest start of a text that takes at most width columns. */
static size_t cut_at(const char *s, size_t n, size_t width)
{
    size_t at = 0, next;

    while (at < n) {
        next = at + 1;
        while (next < n && ((unsigned char)s[next] & 0xc0) == 0x80)
            next++;
        if (tw_text_width(s, next) > width)
            break;
        at = next;
    }
    return at;
}

/* Bytes at which the longest end of at most width columns starts. */
static size_t cut_from(const char *s, size_t n, size_t width)
{
    size_t at = n, before;

    while (at > 0) {
        before = at - 1;
        while (before > 0 && ((unsigned char)s[before] & 0xc0) == 0x80)
            before--;
        if (tw_text_width(s + before, n - before) > width)
            break;
        at = before;
    }
    return at;
}

/* A text in at most width columns, the rest as "…"; addresses keep both ends. */
static void shorten(const struct tw_buffer *text, size_t width, bool middle, struct tw_buffer *out)
{
    const size_t head = middle ? width / 2 : width - 1;
    size_t cut;

    if (width_of(text) <= width) {
        tw_buffer_append(out, text->data, text->len);
        return;
    }
    if (width == 0)
        return;
    cut = cut_at(text->data, text->len, TW_MIN(head, width - 1));
    tw_buffer_append(out, text->data, cut);
    tw_buffer_puts(out, "…");
    if (middle) {
        const size_t from = cut_from(text->data, text->len, width - 1 - TW_MIN(head, width - 1));

        tw_buffer_append(out, text->data + from, text->len - from);
    }
}

/* A cell with its padding; the last column has none after it. */
static void put_cell(struct layout *l, const struct tw_render_column *c, uint64_t row, bool last)
{
    struct tw_buffer *line = &l->line, *cell = &l->cell;
    const bool has = tw_column_has(c->column, row);
    const bool fixed = l->style->width != 0;
    size_t used;

    tw_buffer_clear(cell);
    tw_render_cell(c, row, l->style, cell);
    used = width_of(cell);
    if (c->right && has) {
        size_t before, after, left, missing; /* decimals */

        tw_render_split(cell->data, cell->len, &before, &after);
        left = c->width - TW_MIN(c->width, c->before + c->after + c->unit);
        missing = c->after > after ? c->after - after : 0;
        if (is_compound(c, cell, before + after)) {
            left = c->width - TW_MIN(c->width, used);
            missing = 0;
        } else if (c->before > before) {
            left += c->before - before;
        }
        if (fixed && used + left > c->width && used > c->width) { /* cut numbers would lie */
            for (unsigned i = 0; i < c->width; i++)
                tw_buffer_putc(line, '#');
            used = c->width;
        } else {
            pad(line, left);
            tw_buffer_append(line, cell->data, before + after);
            if (c->unit)
                pad(line, missing);
            tw_buffer_append(line, cell->data + before + after, cell->len - before - after);
            if (!c->unit && !last)
                pad(line, missing);
            used += left + (c->unit || !last ? missing : 0);
        }
    } else if (c->right) { /* null under numbers */
        const size_t left = c->width > used ? c->width - used : 0;

        pad(line, left);
        tw_buffer_append(line, cell->data, cell->len);
        used += left;
    } else if (fixed && used > c->width) {
        const trawl_type type = c->column->type;

        shorten(cell, c->width, type == TRAWL_IP || type == TRAWL_MAC, line);
        used = c->width;
    } else {
        tw_buffer_append(line, cell->data, cell->len);
    }
    if (!last)
        pad(line, (c->width > used ? c->width - used : 0) + GAP);
}

/* How a cell of a difference is painted; NULL: not at all. */
static const char *color_of(const struct layout *l, const struct tw_render_column *c, uint64_t row)
{
    const double much = c->info->unit && strcmp(c->info->unit, "%") == 0 ? 50 : 0.5;
    double v;

    if (!l->style->color || !(c->info->flags & TRAWL_COLUMN_CHANGE) ||
        c->column->type != TRAWL_F64 || c->column->is_list || !tw_column_has(c->column, row))
        return NULL;
    v = TW_CELLS(c->column, const double)[row];
    return v < -much ? BOLD RED : v < 0 ? RED : v > much ? BOLD GREEN : v > 0 ? GREEN : NULL;
}

static void put_painted(struct layout *l, const struct tw_render_column *c, uint64_t row, bool last)
{
    const char *color = color_of(l, c, row);

    tw_buffer_puts(&l->line, color ? color : "");
    put_cell(l, c, row, last);
    tw_buffer_puts(&l->line, color ? PLAIN : "");
}

static int by_number(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static bool starts(const struct tw_column *c, uint64_t row)
{
    const uint32_t *codes = TW_CELLS(c, const uint32_t);

    return row == 0 || codes[row] != codes[row - 1] ||
           tw_column_has(c, row) != tw_column_has(c, row - 1);
}

/* Whether the rows of each text stand together. */
static int is_grouped(const struct tw_column *c, uint64_t n_rows, bool *ret, trawl_error *err)
{
    uint32_t *list;
    uint64_t n = 0, at = 0;

    for (uint64_t row = 0; row < n_rows; row++)
        n += starts(c, row);
    list = tw_alloc_array(n + 1, sizeof(*list));
    if (!list)
        return tw_fail_nomem(err);
    for (uint64_t row = 0; row < n_rows; row++)
        if (starts(c, row))
            list[at++] = TW_CELLS(c, const uint32_t)[row];
    qsort(list, n, sizeof(*list), by_number);
    *ret = n > 0;
    for (uint64_t i = 1; i < n; i++)
        *ret = *ret && list[i] != list[i - 1];
    tw_free(list);
    return TRAWL_OK;
}

/* A column whose texts are headings of the rows below them, where their rows stand together. */
static int find_heading(struct layout *l, const tw_table *table, trawl_error *err)
{
    for (size_t i = 0; i < l->n_columns && l->n_columns > 1 && !l->heading; i++) {
        struct tw_render_column *c = &l->columns[i];
        int rc;

        if (!(c->info->flags & TRAWL_COLUMN_HEADING) || c->column->type != TRAWL_STRING ||
            c->column->is_list)
            continue;
        rc = is_grouped(c->column, table->n_rows, &c->hidden, err);
        if (rc != TRAWL_OK)
            return rc;
        l->heading = c->hidden ? c : NULL;
    }
    return TRAWL_OK;
}

/* "── before vs after", above the first row of it. */
static void put_heading(struct layout *l, uint64_t row)
{
    const unsigned width = l->style->width;
    const char *const rule = width == 0 || width > 3 ? "── " : "";

    if (!starts(l->heading->column, row))
        return;
    tw_buffer_clear(&l->cell);
    tw_render_cell(l->heading, row, l->style, &l->cell);
    tw_buffer_printf(&l->line, "%s%s", l->style->color ? BOLD : "", rule);
    shorten(&l->cell, width ? width - (*rule ? 3 : 0) : SIZE_MAX, false, &l->line);
    tw_buffer_printf(&l->line, "%s\n", l->style->color ? PLAIN : "");
}

static void put_header(struct layout *l)
{
    struct tw_buffer *line = &l->line;
    bool first = true;

    for (size_t i = 0; i < l->n_columns; i++) {
        const struct tw_render_column *c = &l->columns[i];
        size_t width, left;

        if (c->hidden)
            continue;
        if (!first)
            pad(line, GAP);
        first = false;
        width = TW_MIN(width_of(&c->header), (size_t)c->width);
        left = c->width - width;
        if (l->style->color)
            tw_buffer_puts(line, UNDERLINE);
        if (c->right)
            pad(line, left);
        shorten(&c->header, c->width, false, line);
        if (!c->right)
            pad(line, left);
        if (l->style->color)
            tw_buffer_puts(line, PLAIN);
    }
    while (!l->style->color && line->len && line->data[line->len - 1] == ' ')
        line->data[--line->len] = 0;
    tw_buffer_putc(line, '\n');
    if (l->style->color)
        return;
    first = true;
    for (size_t i = 0; i < l->n_columns; i++) {
        if (l->columns[i].hidden)
            continue;
        if (!first)
            pad(line, GAP);
        first = false;
        for (unsigned k = 0; k < l->columns[i].width; k++)
            tw_buffer_puts(line, "─");
    }
    tw_buffer_putc(line, '\n');
}

/* " · " and a part, unless the line would be too long for the terminal. */
static void footer_part(const struct layout *l, struct tw_buffer *text, const char *part)
{
    const unsigned width = l->style->width;
    const size_t n = tw_text_width(part, strlen(part));

    if (width && width_of(text) + n + 3 > width)
        return;
    tw_buffer_printf(text, "%s%s", text->len ? " · " : "", part);
}

/* What is hidden, with the names where they fit. */
static void footer_hidden(const struct layout *l, struct tw_buffer *text)
{
    struct tw_buffer part = TW_BUFFER_INIT;
    const char *separator = "";
    size_t before = text->len;

    if (!l->n_hidden)
        return;
    tw_buffer_printf(&part, "%zu column%s hidden: ", l->n_hidden, l->n_hidden == 1 ? "" : "s");
    for (size_t i = 0; i < l->n_columns; i++) {
        if (!l->columns[i].hidden || &l->columns[i] == l->heading)
            continue;
        tw_buffer_printf(&part, "%s%s", separator, l->columns[i].info->name);
        separator = ", ";
    }
    tw_buffer_puts(&part, " (--wide shows all)");
    if (!part.failed)
        footer_part(l, text, part.data);
    for (int short_form = 0; short_form < 2 && text->len == before; short_form++) {
        tw_buffer_clear(&part);
        tw_buffer_printf(&part, "%zu %shidden%s", l->n_hidden,
                         short_form         ? ""
                         : l->n_hidden == 1 ? "column "
                                            : "columns ",
                         short_form ? "" : " (--wide shows all)");
        if (!part.failed)
            footer_part(l, text, part.data);
    }
    tw_buffer_fini(&part);
}

static int put_footer(struct layout *l, const tw_table *table, struct tw_out *out, trawl_error *err)
{
    const struct tw_render_style *s = l->style;
    struct tw_buffer *line = &l->line, *text = &l->cell, part = TW_BUFFER_INIT;
    const uint64_t n = TW_MAX(s->n_rows, table->n_rows);
    char number[TW_TEXT_MAX];

    if (!s->footer)
        return TRAWL_OK;
    tw_buffer_clear(text);
    if (s->n_rows > table->n_rows)
        tw_buffer_printf(text, "%llu of ", (unsigned long long)table->n_rows);
    tw_buffer_printf(text, "%llu row%s", (unsigned long long)n, n == 1 ? "" : "s");
    for (size_t i = 0; i < l->n_columns; i++) {
        if (l->columns[i].hidden || !l->columns[i].day[0])
            continue;
        tw_buffer_printf(&part, "on %s", l->columns[i].day);
        footer_part(l, text, part.data ? part.data : "");
        tw_buffer_clear(&part);
        break; /* all are of one day */
    }
    if (table->n_damaged) {
        tw_buffer_printf(&part, "! %llu damaged", (unsigned long long)table->n_damaged);
        footer_part(l, text, part.data ? part.data : "");
    }
    if (s->elapsed_ns >= 0) {
        number[tw_format_span_human(number, s->elapsed_ns)] = 0;
        footer_part(l, text, number);
    }
    if (s->filter) {
        tw_buffer_clear(&part);
        tw_buffer_puts(&part, "filter: ");
        tw_escape(&part, s->filter, strlen(s->filter));
        footer_part(l, text, part.data ? part.data : "");
    }
    footer_hidden(l, text);
    tw_buffer_clear(line);
    tw_buffer_puts(line, s->color ? DIM : "");
    if (s->width)
        shorten(text, s->width, false, line);
    else
        tw_buffer_append(line, text->data, text->len);
    tw_buffer_puts(line, s->color ? PLAIN : "");
    tw_buffer_putc(line, '\n');
    tw_buffer_fini(&part);
    return line->failed || text->failed ? tw_fail_nomem(err)
                                        : tw_out_write(out, line->data, line->len, err);
}

static bool is_ordered(const tw_table *table, size_t i_column, const trawl_words *order)
{
    for (size_t i = 0; order && i < order->n; i++) {
        const char *name = order->items[i];
        int64_t found = tw_schema_find(table->schema, name, strlen(name));

        if (found < 0 && *name == '-')
            found = tw_schema_find(table->schema, name + 1, strlen(name + 1));
        if (found == (int64_t)i_column)
            return true;
    }
    return false;
}

static int layout_init(struct layout *l, tw_table *table, const struct tw_render_style *style,
                       trawl_error *err)
{
    size_t *visible = NULL;
    int rc;

    *l = (struct layout){.style = style, .line = TW_BUFFER_INIT, .cell = TW_BUFFER_INIT};
    rc = tw_visible_columns(table, &visible, &l->n_columns, err);
    if (rc != TRAWL_OK)
        return rc;
    l->columns = tw_alloc_array(l->n_columns + 1, sizeof(*l->columns));
    if (!l->columns)
        rc = tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < l->n_columns; i++) {
        const struct tw_column *column;

        rc = tw_table_column(table, visible[i], &column, err);
        if (rc == TRAWL_OK)
            tw_render_column_init(&l->columns[i], column, &table->schema->columns[visible[i]],
                                  style);
        l->columns[i].ordered = is_ordered(table, visible[i], style->order);
    }
    tw_free(visible);
    return rc;
}

static void layout_fini(struct layout *l)
{
    for (size_t i = 0; l->columns && i < l->n_columns; i++)
        tw_buffer_fini(&l->columns[i].header);
    tw_free(l->columns);
    tw_buffer_fini(&l->line);
    tw_buffer_fini(&l->cell);
}

int tw_render_table(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                    trawl_error *err)
{
    struct layout l;
    size_t last = 0;
    int rc = layout_init(&l, table, style, err);

    if (rc != TRAWL_OK)
        goto out;
    look(&l, table->n_rows);
    rc = find_heading(&l, table, err);
    if (rc != TRAWL_OK)
        goto out;
    l.n_hidden = tw_render_fit(l.columns, l.n_columns, style);
    put_header(&l);
    for (size_t i = 0; i < l.n_columns; i++)
        last = l.columns[i].hidden ? last : i;
    rc = l.line.failed ? tw_fail_nomem(err) : tw_out_write(out, l.line.data, l.line.len, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < table->n_rows; row++) {
        tw_buffer_clear(&l.line);
        if (l.heading)
            put_heading(&l, row);
        for (size_t i = 0; i < l.n_columns; i++)
            if (!l.columns[i].hidden)
                put_painted(&l, &l.columns[i], row, i == last);
        tw_buffer_putc(&l.line, '\n');
        rc = l.line.failed ? tw_fail_nomem(err) : tw_out_write(out, l.line.data, l.line.len, err);
        if (rc == TRAWL_OK && row % 1024 == 0 && tw_cancelled())
            rc = tw_fail_cancelled(err);
    }
    if (rc == TRAWL_OK)
        rc = put_footer(&l, table, out, err);

out:
    layout_fini(&l);
    return rc;
}

int tw_render_vertical(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                       trawl_error *err)
{
    struct layout l;
    size_t widest = 0;
    int rc = layout_init(&l, table, style, err);

    for (size_t i = 0; rc == TRAWL_OK && i < l.n_columns; i++)
        widest = TW_MAX(widest, width_of(&l.columns[i].header));
    for (uint64_t row = 0; rc == TRAWL_OK && row < table->n_rows; row++) {
        tw_buffer_clear(&l.line);
        tw_buffer_printf(&l.line, "%s── row %llu%s\n", style->color ? DIM : "",
                         (unsigned long long)row + 1, style->color ? PLAIN : "");
        for (size_t i = 0; i < l.n_columns; i++) {
            const struct tw_render_column *c = &l.columns[i];

            pad(&l.line, widest - width_of(&c->header));
            tw_buffer_append(&l.line, c->header.data, c->header.len);
            tw_buffer_puts(&l.line, "  ");
            tw_render_cell(c, row, style, &l.line);
            tw_buffer_putc(&l.line, '\n');
        }
        rc = l.line.failed ? tw_fail_nomem(err) : tw_out_write(out, l.line.data, l.line.len, err);
        if (rc == TRAWL_OK && row % 1024 == 0 && tw_cancelled())
            rc = tw_fail_cancelled(err);
    }
    if (rc == TRAWL_OK)
        rc = put_footer(&l, table, out, err);
    layout_fini(&l);
    return rc;
}

int tw_render_plain(tw_table *table, const struct tw_render_style *style, struct tw_out *out,
                    trawl_error *err)
{
    struct layout l;
    int rc = layout_init(&l, table, style, err);

    for (uint64_t row = 0; rc == TRAWL_OK && row < table->n_rows; row++) {
        tw_buffer_clear(&l.line);
        tw_buffer_clear(&l.cell);
        tw_cell_text(l.columns[0].column, 0, row, &style->cell, &l.cell);
        tw_escape_keep_backslash(&l.line, l.cell.data ? l.cell.data : "", l.cell.len);
        tw_buffer_putc(&l.line, '\n');
        rc = l.line.failed ? tw_fail_nomem(err) : tw_out_write(out, l.line.data, l.line.len, err);
    }
    layout_fini(&l);
    return rc;
}
