/* Figures in the terminal: braille dots, a letter for each series when there are several.
 * Must not know what the figure shows. */
#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "ticks.h"

const trawl_column plot_terminal_columns[1] = {
    TRAWL_COLUMN(.name = "text", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_PLAIN,
                 .help = "the plot, line by line"),
};

enum { MAX_COLUMNS = 1000, MAX_ROWS = 300 };

struct canvas {
    unsigned columns, rows; /* cells of 2 by 4 dots */
    uint8_t *dots;          /* braille bits of each cell */
    char *marks;            /* letter over a cell, or 0 */
    struct plot_range range;
};

static char mark_of(uint32_t i)
{
    static const char marks[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    return marks[i % (sizeof(marks) - 1)];
}

/* Braille bit of a dot within its cell (Unicode 2800 + bits): left column 1 2 3 7, right 4 5 6 8.
 */
static void set_dot(struct canvas *c, long x, long y)
{
    static const uint8_t bits[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};

    if (x < 0 || y < 0 || x >= (long)c->columns * 2 || y >= (long)c->rows * 4)
        return;
    c->dots[(size_t)(y / 4) * c->columns + (size_t)(x / 2)] |= bits[y % 4][x % 2];
}

static long dot_x(const struct canvas *c, double v)
{
    return lround((v - c->range.x_min) / (c->range.x_max - c->range.x_min) *
                  (double)(c->columns * 2 - 1));
}

static long dot_y(const struct canvas *c, double v)
{
    return (long)c->rows * 4 - 1 -
           lround((v - c->range.y_min) / (c->range.y_max - c->range.y_min) *
                  (double)(c->rows * 4 - 1));
}

static void draw_line(struct canvas *c, long x0, long y0, long x1, long y1)
{
    const long dx = labs(x1 - x0), dy = labs(y1 - y0), n = dx > dy ? dx : dy;

    for (long i = 0; i <= n; i++)
        set_dot(c, x0 + (n ? (x1 - x0) * i / n : 0), y0 + (n ? (y1 - y0) * i / n : 0));
}

static void draw_series(struct canvas *c, const trawl_series *s, char mark)
{
    const size_t every = s->n > 8 ? s->n / 8 : 1;
    long last_x = 0, last_y = 0;
    int has_last = 0;

    for (size_t k = 0; k < s->n; k++) {
        long x, y;

        if (!isfinite(s->x[k]) || !isfinite(s->y[k])) {
            has_last = 0;
            continue;
        }
        x = dot_x(c, s->x[k]);
        y = dot_y(c, s->y[k]);
        if (s->style == TRAWL_SERIES_BARS) {
            const long x0 = dot_x(c, s->x[k] - s->bar_width / 2);
            const long x1 = dot_x(c, s->x[k] + s->bar_width / 2);

            for (long at = x0; at < x1 || at == x0; at++) {
                if (s->y[k] != 0)
                    draw_line(c, at, dot_y(c, 0), at, y);
            }
        } else if (s->style == TRAWL_SERIES_DOTS || !has_last) {
            set_dot(c, x, y);
        } else {
            draw_line(c, last_x, last_y, x, y);
        }
        if (mark && k % every == 0 && x >= 0 && y >= 0 && x < (long)c->columns * 2 &&
            y < (long)c->rows * 4)
            c->marks[(size_t)(y / 4) * c->columns + (size_t)(x / 2)] = mark;
        last_x = x;
        last_y = y;
        has_last = 1;
    }
}

unsigned terminal_width(const char *text)
{
    unsigned n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void terminal_cut(char *out, size_t n, const char *text, unsigned columns)
{
    const int whole = strlen(text) < n && terminal_width(text) <= columns;
    size_t at = 0;

    if (whole) {
        memcpy(out, text, strlen(text) + 1);
        return;
    }
    for (unsigned used = 1; *text && used < columns; used++) {
        size_t step = 1;

        while (((unsigned char)text[step] & 0xc0) == 0x80)
            step++;
        if (at + step + 4 > n)
            break;
        memcpy(out + at, text, step);
        at += step;
        text += step;
    }
    if (columns && at + 4 <= n)
        memcpy(out + at, "\xe2\x80\xa6", 4);
    else if (n)
        out[at] = '\0';
}

void terminal_put(trawl_builder *b, char *line)
{
    size_t n = strlen(line);

    while (n && line[n - 1] == ' ')
        n--;
    host->put_value(b, line, n);
    host->end_row(b);
}

/* Append cells of one canvas row as UTF-8. */
static void put_cells(const struct canvas *c, unsigned row, char *line)
{
    size_t n = strlen(line);

    for (unsigned x = 0; x < c->columns && n + 4 < TERMINAL_LINE; x++) {
        const size_t at = (size_t)row * c->columns + x;

        if (c->marks[at]) {
            line[n++] = c->marks[at];
        } else if (!c->dots[at]) {
            line[n++] = ' ';
        } else {
            line[n++] = (char)0xe2;
            line[n++] = (char)(0xa0 | c->dots[at] >> 6);
            line[n++] = (char)(0x80 | (c->dots[at] & 0x3f));
        }
    }
    line[n] = '\0';
}

static void axis_label(char *out, size_t n, const trawl_axis *axis, double v, double step,
                       double span, int64_t origin_s)
{
    if (axis->kind == TRAWL_AXIS_TIME)
        tick_time(out, n, v, step, span, origin_s);
    else if (axis->kind == TRAWL_AXIS_CATEGORY)
        snprintf(out, n, "%s",
                 v >= 0 && v < (double)axis->n_categories ? axis->categories[(size_t)v] : "");
    else
        tick_number(out, n, v, step);
}

/* The line of labels below: as many ticks as have room. */
static void put_x_labels(trawl_builder *b, const trawl_figure *f, const struct canvas *c,
                         unsigned margin)
{
    const double span = c->range.x_max - c->range.x_min;
    double step = f->x.kind == TRAWL_AXIS_CATEGORY
                      ? 1
                      : tick_step(span, c->columns / 14.0, f->x.kind == TRAWL_AXIS_TIME);
    char line[TERMINAL_LINE];
    size_t end = 0;

    memset(line, ' ', margin + c->columns + 1);
    for (double v = ceil(c->range.x_min / step) * step; v <= c->range.x_max; v += step) {
        char label[64];
        long at;
        size_t n;

        axis_label(label, sizeof(label), &f->x, v, step, span, f->time_origin_ns / 1000000000);
        n = strlen(label);
        at = (long)margin + dot_x(c, v) / 2 - (long)n / 2;
        if (at < (long)end + 1 || at + (long)n > (long)(margin + c->columns))
            continue;
        memcpy(line + at, label, n);
        end = (size_t)at + n;
    }
    line[margin + c->columns] = '\0';
    terminal_put(b, line);
}

static void put_legend(trawl_builder *b, const trawl_figure *f, unsigned columns)
{
    char line[TERMINAL_LINE] = "";

    for (uint32_t i = 0; i < f->n_series; i++) {
        char label[256];

        terminal_cut(label, sizeof(label), f->series[i].label ? f->series[i].label : "",
                     columns - 4);
        if (terminal_width(line) + terminal_width(label) + 4 > columns && *line) {
            terminal_put(b, line);
            line[0] = '\0';
        }
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "  %c %s", mark_of(i), label);
    }
    terminal_put(b, line);
}

static int draw_canvas(trawl_call *call, const trawl_figure *f, struct canvas *c, trawl_error *err)
{
    c->dots = plot_array(call, (uint64_t)c->columns * c->rows, 1, err);
    c->marks = plot_array(call, (uint64_t)c->columns * c->rows, 1, err);
    if (!c->dots || !c->marks)
        return TRAWL_E_NOMEM;
    for (uint32_t i = 0; i < f->n_series; i++)
        draw_series(c, &f->series[i], f->n_series > 1 ? mark_of(i) : 0);
    return TRAWL_OK;
}

/* Axes, dots and legend. */
static int put_canvas(trawl_call *call, trawl_builder *b, const trawl_figure *f,
                      const struct plot_range *range, unsigned wide, unsigned high,
                      trawl_error *err)
{
    const double y_span = range->y_max - range->y_min;
    struct canvas c = {.rows = high - 8, .range = *range};
    const double step = tick_step(y_span, c.rows / 3.0, f->y.kind == TRAWL_AXIS_TIME);
    const int64_t origin_s = f->time_origin_ns / 1000000000;
    unsigned margin = 2;
    char line[TERMINAL_LINE];
    int rc;

    for (double v = ceil(range->y_min / step) * step; v <= range->y_max; v += step) {
        char label[64];

        axis_label(label, sizeof(label), &f->y, v, step, y_span, origin_s);
        if (strlen(label) + 2 > margin)
            margin = (unsigned)strlen(label) + 2;
    }
    if (margin > wide / 2)
        margin = wide / 2;
    c.columns = wide - margin - 1;
    rc = draw_canvas(call, f, &c, err);
    if (rc != TRAWL_OK)
        return rc;
    terminal_cut(line, sizeof(line), f->y.label ? f->y.label : "", wide);
    terminal_put(b, line);
    for (unsigned row = 0; row < c.rows; row++) {
        char label[64] = "";

        for (double v = ceil(range->y_min / step) * step; v <= range->y_max; v += step) {
            const long y = dot_y(&c, v);

            if (y >= 0 && (unsigned)y / 4 == row)
                axis_label(label, sizeof(label), &f->y, v, step, y_span, origin_s);
        }
        snprintf(line, sizeof(line), "%*.*s %s", (int)margin - 2, (int)margin - 2, label,
                 *label ? "\xe2\x94\xa4" : "\xe2\x94\x82");
        put_cells(&c, row, line);
        terminal_put(b, line);
    }
    put_x_labels(b, f, &c, margin);
    snprintf(line, sizeof(line), "%*s", (int)margin, "");
    terminal_cut(line + margin, sizeof(line) - margin, f->x.label ? f->x.label : "", c.columns);
    terminal_put(b, line);
    if (f->n_series > 1)
        put_legend(b, f, wide);
    return TRAWL_OK;
}

int plot_terminal(trawl_call *call, const trawl_figure *f, const struct plot_range *range,
                  unsigned columns, unsigned rows, trawl_table **ret, trawl_error *err)
{
    const unsigned wide = columns < 20 ? 20 : columns > MAX_COLUMNS ? MAX_COLUMNS : columns;
    const unsigned high = rows < 11 ? 11 : rows > MAX_ROWS ? MAX_ROWS : rows;
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *b = NULL;
    char line[TERMINAL_LINE];
    int rc = schema ? host->schema_add(schema, &plot_terminal_columns[0], err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK)
        b = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    terminal_cut(line, sizeof(line), f->title ? f->title : "", wide);
    terminal_put(b, line);
    if (terminal_is_bars(f))
        terminal_bars(b, f, wide);
    else
        rc = put_canvas(call, b, f, range, wide, high, err);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    return host->finish(b, ret, err);
}
