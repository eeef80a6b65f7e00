/* One cell as people read it: units, equal decimals, escaped text. Must not know layouts. */
#include "shell/render.h"

#include <math.h>

static const char null_text[] = "–";

static bool has_unit(const trawl_column *info, const char *unit)
{
    return info->unit && strcmp(info->unit, unit) == 0;
}

/* Decimals that give a number of this magnitude three significant digits, at least one. */
static int decimals_for(double a)
{
    if (!isfinite(a) || !(a > 0))
        return 0;
    return TW_MIN(9, TW_MAX(1, 2 - (int)floor(log10(a))));
}

/* One number of decimals for a column: enough for half of its values (a mean of milliseconds is not
 * 0.0 beside a count of thousands, and one tiny value does not lengthen all). */
static int float_decimals(const struct tw_column *c)
{
    const double *v = TW_CELLS(c, const double);
    const uint64_t n = c->is_list ? 0 : c->n_rows;
    uint64_t with_decimals[10] = {0}, n_counted = 0, so_far = 0;
    bool whole = true;

    for (uint64_t i = 0; i < n; i++) {
        const double a = fabs(v[i]);

        if (!isfinite(a) || !(a > 0))
            continue;
        whole = whole && a == floor(a);
        with_decimals[decimals_for(a)]++;
        n_counted++;
    }
    if (whole)
        return 0;
    for (int d = 1; d < 9; d++) {
        so_far += with_decimals[d];
        if (2 * so_far >= n_counted)
            return d;
    }
    return 9;
}

void tw_render_column_init(struct tw_render_column *c, const struct tw_column *column,
                           const trawl_column *info, const struct tw_render_style *style)
{
    const trawl_type type = column->type;

    *c = (struct tw_render_column){.column = column, .info = info, .header = TW_BUFFER_INIT};
    c->right = !column->is_list && type != TRAWL_BOOL &&
               (tw_type_is_integer(type) || type == TRAWL_F64 || type == TRAWL_SPAN) &&
               !(info->flags & TRAWL_COLUMN_HEX);
    c->human = style->human && !(info->flags & (TRAWL_COLUMN_ID | TRAWL_COLUMN_HEX)) &&
               !column->is_list &&
               (type == TRAWL_SPAN || has_unit(info, "B") || has_unit(info, "B/s") ||
                has_unit(info, "bit/s"));
    if (type == TRAWL_F64)
        c->decimals = float_decimals(column);
    tw_escape(&c->header, info->name, strlen(info->name));
    if (info->unit && !c->human)
        tw_buffer_printf(&c->header, " (%s)", info->unit);
    else if (type == TRAWL_SPAN && !c->human)
        tw_buffer_puts(&c->header, " (s)");
}

/* A size or rate or duration with its unit. */
static size_t human_text(const struct tw_render_column *c, uint64_t row, char *p)
{
    double v;
    size_t n;

    if (c->column->type == TRAWL_SPAN)
        return tw_format_span_human(p, TW_CELLS(c->column, const int64_t)[row]);
    v = tw_column_f64(c->column, row);
    if (has_unit(c->info, "bit/s")) {
        n = tw_format_count_human(p, v);
        /* "1.2 M" + "bit/s", but "640" + " bit/s" */
        if (n && p[n - 1] >= '0' && p[n - 1] <= '9')
            p[n++] = ' ';
        memcpy(p + n, "bit/s", 5);
        return n + 5;
    }
    n = tw_format_size_human(p, v);
    if (has_unit(c->info, "B/s")) {
        memcpy(p + n, "/s", 2);
        n += 2;
    }
    return n;
}

void tw_render_cell(const struct tw_render_column *c, uint64_t row,
                    const struct tw_render_style *style, struct tw_buffer *out)
{
    const struct tw_column *column = c->column;
    struct tw_buffer raw = TW_BUFFER_INIT;
    char text[2 * TW_TEXT_MAX];

    if (!tw_column_has(column, row)) {
        tw_buffer_puts(out, null_text);
        return;
    }
    if (c->human) {
        tw_buffer_append(out, text, human_text(c, row, text));
    } else if (column->type == TRAWL_F64 && !column->is_list) {
        const double v = TW_CELLS(column, const double)[row];
        const bool mixed = c->info->flags & TRAWL_COLUMN_MIXED;
        const int decimals = !mixed ? c->decimals : v == floor(v) ? 0 : decimals_for(fabs(v));

        if (style->human && mixed && v != 0 && fabs(v) < 1e-5) /* nine zeros say less */
            tw_buffer_printf(out, "%.1e", v);
        else
            tw_buffer_append(out, text,
                             style->human ? tw_format_f64_digits(text, v, decimals)
                                          : tw_format_f64(text, v));
    } else if (column->type == TRAWL_STRING) {
        tw_cell_text(column, c->info->flags, row, &style->cell, &raw);
        tw_escape(out, raw.data ? raw.data : "", raw.len);
        out->failed = out->failed || raw.failed;
    } else if (c->day[0]) {
        tw_cell_text(column, c->info->flags, row, &style->cell, &raw);
        if (!raw.failed)
            tw_buffer_append(out, raw.data + strlen(c->day) + 1,
                             raw.len - strlen(c->day) - 1 - c->zone_len);
        out->failed = out->failed || raw.failed;
    } else {
        tw_cell_text(column, c->info->flags, row, &style->cell, out);
    }
    tw_buffer_fini(&raw);
}

static bool has_dates(const struct tw_render_column *c)
{
    return c->column->type == TRAWL_TIME && !c->column->is_list && !c->hidden && !c->day[0];
}

bool tw_render_leave_out_dates(struct tw_render_column *columns, size_t n,
                               const struct tw_render_style *style)
{
    const enum tw_time_style how = style->cell.time_style;
    int64_t first = INT64_MAX, last = INT64_MIN;
    char text[2][TW_TEXT_MAX];
    size_t day, len, zone;

    if (!style->human || (how != TW_TIME_UTC && how != TW_TIME_LOCAL))
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct tw_column *c = columns[i].column;

        for (uint64_t row = 0; has_dates(&columns[i]) && row < c->n_rows; row++) {
            if (!tw_column_has(c, row))
                continue;
            first = TW_MIN(first, TW_CELLS(c, const int64_t)[row]);
            last = TW_MAX(last, TW_CELLS(c, const int64_t)[row]);
        }
    }
    if (first > last)
        return false;
    text[1][tw_format_time(text[1], last, how, style->cell.time_decimals, 0)] = 0;
    len = tw_format_time(text[0], first, how, style->cell.time_decimals, 0);
    text[0][len] = 0;
    day = strcspn(text[0], "T");
    if (day >= sizeof(columns->day) || strncmp(text[0], text[1], day + 1) != 0)
        return false;
    zone = len - day - 1 - TW_MIN(strcspn(text[0] + day + 1, "Z+-"), strlen("10:00:00.123456"));
    for (size_t i = 0; i < n; i++) {
        if (!has_dates(&columns[i]))
            continue;
        memcpy(columns[i].day, text[0], day);
        columns[i].zone_len = zone;
        columns[i].natural = (unsigned)(len - zone - day - 1);
    }
    return true;
}

void tw_render_split(const char *text, size_t n, size_t *ret_before, size_t *ret_after)
{
    size_t i = 0, k;

    while (i < n && text[i] != '.' && text[i] != ' ')
        i++;
    k = i;
    while (k < n && text[k] != ' ')
        k++;
    *ret_before = i;
    *ret_after = k - i;
}
