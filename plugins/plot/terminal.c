/* Figures in the terminal: braille dots, a letter for each series when there are several.
 * Must not know what the figure shows. */
#include "terminal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plot.h"
#include "ticks.h"

const trawl_column plot_terminal_columns[1] = {TRAWL_CANVAS_COLUMN};

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

/* Place of a value along n dots; what lies far outside stays a number that can be reckoned with. */
static long dot(double v, double min, double max, unsigned n)
{
    const double at = (v - min) / (max - min);

    return lround(fmin(fmax(at, -4), 5) * (double)(n - 1));
}

static long dot_x(const struct canvas *c, double v)
{
    return dot(v, c->range.x_min, c->range.x_max, c->columns * 2);
}

static long dot_y(const struct canvas *c, double v)
{
    return (long)c->rows * 4 - 1 - dot(v, c->range.y_min, c->range.y_max, c->rows * 4);
}

static void draw_line(struct canvas *c, long x0, long y0, long x1, long y1)
{
    const long dx = labs(x1 - x0), dy = labs(y1 - y0), n = dx > dy ? dx : dy;

    for (long i = 0; i <= n; i++)
        set_dot(c, x0 + (n ? (x1 - x0) * i / n : 0), y0 + (n ? (y1 - y0) * i / n : 0));
}

static void draw_bar(struct canvas *c, const struct plot_series *s, size_t k, double zero)
{
    const long x0 = dot_x(c, s->x[k] - s->bar_width / 2);
    const long x1 = dot_x(c, s->x[k] + s->bar_width / 2);

    for (long at = x0; at < x1 || at == x0; at++) {
        if (s->y[k] != zero)
            draw_line(c, at, dot_y(c, zero), at, dot_y(c, s->y[k]));
    }
}

/* Values of one kind, points or edges, joined or not. */
static void draw_values(struct canvas *c, const struct plot_series *s, const double *values,
                        int joined)
{
    long last_x = 0, last_y = 0;
    int has_last = 0;

    for (size_t k = 0; k < s->n; k++) {
        long x, y;

        if (!isfinite(s->x[k]) || !isfinite(values[k])) {
            has_last = 0;
            continue;
        }
        x = dot_x(c, s->x[k]);
        y = dot_y(c, values[k]);
        if (joined && has_last)
            draw_line(c, last_x, last_y, x, y);
        else
            set_dot(c, x, y);
        last_x = x;
        last_y = y;
        has_last = 1;
    }
}

static void draw_ends(struct canvas *c, const struct plot_series *s)
{
    for (size_t k = 0; k < s->n; k++) {
        if (isfinite(s->x[k]) && isfinite(s->low[k]) && isfinite(s->high[k]))
            draw_line(c, dot_x(c, s->x[k]), dot_y(c, s->low[k]), dot_x(c, s->x[k]),
                      dot_y(c, s->high[k]));
    }
}

/* The cell that a point is in, SIZE_MAX: none. */
static size_t cell_of(const struct canvas *c, double x, double y)
{
    const long column = dot_x(c, x) / 2, row = dot_y(c, y) / 4;

    if (!isfinite(x) || !isfinite(y) || dot_x(c, x) < 0 || dot_y(c, y) < 0 ||
        column >= (long)c->columns || row >= (long)c->rows)
        return SIZE_MAX;
    return (size_t)row * c->columns + (size_t)column;
}

/* The series' letter at a few of its points; each series begins elsewhere, so that lines on one
 * another show all their letters. Single points all have it where they are few. */
static void put_marks(struct canvas *c, const struct plot_series *s, char mark, uint32_t i,
                      uint32_t n_series)
{
    const size_t most = s->style == TRAWL_SERIES_DOTS ? 8 : c->columns / 16 + 1;
    const size_t every = s->n > most ? s->n / most : 1;
    const size_t first = every * i / n_series;

    for (size_t k = first < s->n ? first : 0; k < s->n; k += every) {
        size_t at = cell_of(c, s->x[k], s->y[k]);

        for (size_t next = k + 1; next < s->n && next < k + every; next++) {
            if (at != SIZE_MAX && !c->marks[at])
                break;
            at = cell_of(c, s->x[next], s->y[next]);
        }
        if (at != SIZE_MAX)
            c->marks[at] = mark;
    }
}

static void draw_series(struct canvas *c, const struct plot_figure *f, const struct plot_series *s)
{
    const double zero = f->y.kind == TRAWL_AXIS_LOG ? c->range.y_min
                                                    : fmax(fmin(0, c->range.y_max), c->range.y_min);

    if (s->style == TRAWL_SERIES_BARS) {
        for (size_t k = 0; k < s->n; k++) {
            if (isfinite(s->x[k]) && isfinite(s->y[k]))
                draw_bar(c, s, k, zero);
        }
    } else if (s->style == TRAWL_SERIES_BAND) {
        draw_values(c, s, s->low, 1);
        draw_values(c, s, s->high, 1);
    } else if (s->style != TRAWL_SERIES_RANGES) {
        draw_values(c, s, s->y, s->style != TRAWL_SERIES_DOTS);
    }
    if (s->low && s->high && s->style != TRAWL_SERIES_BAND)
        draw_ends(c, s);
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

/* The line of labels below: as many as have room. */
static void put_x_labels(trawl_builder *b, const struct plot_figure *f, const struct canvas *c,
                         unsigned margin)
{
    struct ticks ticks;
    char line[TERMINAL_LINE];
    size_t end = 0;

    memset(line, ' ', margin + c->columns + 1);
    ticks_make(&ticks, f->x.kind, c->range.x_min, c->range.x_max, c->columns / 14.0,
               f->time_origin_ns / 1000000000);
    for (unsigned i = 0; i < ticks.n; i++) {
        const size_t n = strlen(ticks.items[i].text);
        const long at = (long)margin + dot_x(c, ticks.items[i].at) / 2 - (long)n / 2;

        if (at < (long)end + 2 || at + (long)n > (long)(margin + c->columns))
            continue;
        memcpy(line + at, ticks.items[i].text, n);
        end = (size_t)at + n;
    }
    line[margin + c->columns] = '\0';
    terminal_put(b, line);
}

/* Names below the places of an axis of categories: whole ones, as many as have room. */
static void put_x_names(trawl_builder *b, const struct plot_figure *f, const struct canvas *c,
                        unsigned margin)
{
    char line[TERMINAL_LINE];
    long used = 0;
    size_t n = 0;

    for (size_t i = 0; i < f->x.n_categories; i++) {
        const char *name = f->x.categories[i];
        const long width = (long)terminal_width(name);
        const long at = (long)margin + dot_x(c, (double)i) / 2 - width / 2;

        if (at < used + (used != 0) || at + width > (long)(margin + c->columns) ||
            n + (size_t)(at - used) + strlen(name) + 1 > sizeof(line))
            continue;
        memset(line + n, ' ', (size_t)(at - used));
        n += (size_t)(at - used);
        memcpy(line + n, name, strlen(name));
        n += strlen(name);
        used = at + width;
    }
    line[n] = '\0';
    terminal_put(b, line);
}

static unsigned n_labels(const struct plot_figure *f)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < f->n_series; i++)
        n += f->series[i].label && *f->series[i].label;
    return n;
}

/* Letters and names, as many side by side as have room; the lines that takes. b NULL: only count.
 */
static unsigned put_legend(trawl_builder *b, const struct plot_figure *f, unsigned columns)
{
    char line[TERMINAL_LINE] = "";
    unsigned n = 0;

    for (uint32_t i = 0; i < f->n_series; i++) {
        const int right = (f->series[i].flags & TRAWL_LOOK_RIGHT) != 0;
        char label[256];

        if (!f->series[i].label || !*f->series[i].label)
            continue;
        terminal_cut(label, sizeof(label), f->series[i].label, columns - (right ? 12 : 4));
        if (terminal_width(line) + terminal_width(label) + (right ? 12 : 4) > columns && *line) {
            if (b)
                terminal_put(b, line);
            line[0] = '\0';
            n++;
        }
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "  %c %s%s", mark_of(i), label,
                 right ? " (right)" : "");
    }
    if (b)
        terminal_put(b, line);
    return n + 1;
}

/* Rows for the dots: what title, axes, legend and prompt leave of the screen, a few at least. */
static unsigned canvas_rows(const struct plot_figure *f, unsigned wide, unsigned high)
{
    const unsigned others = n_labels(f) > 1 ? 6 + put_legend(NULL, f, wide) : 8;
    const unsigned rows = high > others ? high - others : 0;

    if (rows > high - 8)
        return high - 8;
    return rows < 5 && high - 8 > 5 ? 5 : rows < 3 ? 3 : rows;
}

static int draw_canvas(trawl_call *call, const struct plot_figure *f, struct canvas *c,
                       trawl_error *err)
{
    const int marked = n_labels(f) > 1;

    c->dots = plot_array(call, (uint64_t)c->columns * c->rows, 1, err);
    c->marks = plot_array(call, (uint64_t)c->columns * c->rows, 1, err);
    if (!c->dots || !c->marks)
        return TRAWL_E_NOMEM;
    for (uint32_t i = 0; i < f->n_series; i++) {
        const struct plot_series *s = &f->series[i];

        draw_series(c, f, s);
    }
    for (uint32_t i = 0; marked && i < f->n_series; i++) {
        const struct plot_series *s = &f->series[i];

        if (s->label && *s->label)
            put_marks(c, s, mark_of(i), i, f->n_series);
    }
    return TRAWL_OK;
}

/* ---- axes ---- */

static unsigned widest(const struct ticks *ticks)
{
    unsigned most = 0;

    for (unsigned i = 0; i < ticks->n; i++)
        most = strlen(ticks->items[i].text) > most ? (unsigned)strlen(ticks->items[i].text) : most;
    return most;
}

/* The label of the row that a tick is in, "" for the others. */
static const char *label_of_row(const struct ticks *ticks, double min, double max, unsigned rows,
                                unsigned row)
{
    for (unsigned i = 0; i < ticks->n; i++) {
        const long y = (long)rows * 4 - 1 - dot(ticks->items[i].at, min, max, rows * 4);

        if (y >= 0 && (unsigned)y / 4 == row)
            return ticks->items[i].text;
    }
    return "";
}

/* Names upwards: all, or one in so many that each has a row of its own. */
static void name_rows(struct ticks *ret, const trawl_axis *axis, unsigned rows)
{
    const size_t room = rows < TICKS_MOST ? rows : TICKS_MOST;
    const size_t every = (axis->n_categories + room - 1) / room;

    ret->n = 0;
    for (size_t i = 0; i < axis->n_categories; i += every) {
        struct tick *t = &ret->items[ret->n++];

        t->at = (double)i;
        terminal_cut(t->text, sizeof(t->text), axis->categories[i], sizeof(t->text) - 4);
    }
}

/* What the axes upwards are of: one above the left, one above the right end. */
static void put_y_names(trawl_builder *b, const struct plot_figure *f, int has_y2, unsigned wide)
{
    const char *left = f->y.label ? f->y.label : "", *right = f->y2.label ? f->y2.label : "";
    char line[TERMINAL_LINE], cut[512];
    unsigned used;

    terminal_cut(line, sizeof(line), left, has_y2 ? wide / 2 - 1 : wide);
    if (has_y2) {
        terminal_cut(cut, sizeof(cut), right, wide / 2 - 1);
        used = terminal_width(line) + terminal_width(cut);
        snprintf(line + strlen(line), sizeof(line) - strlen(line), "%*s%s",
                 wide > used ? (int)(wide - used) : 1, "", cut);
    }
    terminal_put(b, line);
}

/* Axes, dots and legend. */
static int put_canvas(trawl_call *call, trawl_builder *b, const struct plot_figure *f,
                      const struct plot_range *range, unsigned wide, unsigned high,
                      trawl_error *err)
{
    struct canvas c = {.rows = canvas_rows(f, wide, high), .range = *range};
    const int64_t origin_s = f->time_origin_ns / 1000000000;
    struct ticks left, right = {.n = 0};
    unsigned margin, margin_right = 1;
    char line[TERMINAL_LINE];
    int rc;

    if (f->y.kind == TRAWL_AXIS_CATEGORY) { /* the first name at the top */
        name_rows(&left, &f->y, c.rows);
        c.range.y_min = range->y_max;
        c.range.y_max = range->y_min;
    } else {
        ticks_make(&left, f->y.kind, range->y_min, range->y_max, c.rows / 2.5, origin_s);
    }
    if (range->has_y2) {
        ticks_make(&right, f->y2.kind, range->y2_min, range->y2_max, c.rows / 2.5, origin_s);
        margin_right = widest(&right) + 3;
    }
    margin = widest(&left) + 2;
    if (margin > wide / 2)
        margin = wide / 2;
    if (margin_right > wide / 4)
        margin_right = wide / 4;
    c.columns = wide - margin - margin_right;
    rc = draw_canvas(call, f, &c, err);
    if (rc != TRAWL_OK)
        return rc;
    put_y_names(b, f, range->has_y2, wide);
    for (unsigned row = 0; row < c.rows; row++) {
        const char *label = label_of_row(&left, c.range.y_min, c.range.y_max, c.rows, row);

        snprintf(line, sizeof(line), "%*.*s %s", (int)margin - 2, (int)margin - 2, label,
                 *label ? "\xe2\x94\xa4" : "\xe2\x94\x82");
        put_cells(&c, row, line);
        if (range->has_y2) {
            label = label_of_row(&right, range->y2_min, range->y2_max, c.rows, row);
            snprintf(line + strlen(line), sizeof(line) - strlen(line), "%s %.*s",
                     *label ? "\xe2\x94\x9c" : "\xe2\x94\x82", (int)margin_right - 2, label);
        }
        terminal_put(b, line);
    }
    if (f->x.kind == TRAWL_AXIS_CATEGORY)
        put_x_names(b, f, &c, margin);
    else
        put_x_labels(b, f, &c, margin);
    snprintf(line, sizeof(line), "%*s", (int)margin, "");
    terminal_cut(line + margin, sizeof(line) - margin, f->x.label ? f->x.label : "", c.columns);
    terminal_put(b, line);
    if (n_labels(f) > 1)
        put_legend(b, f, wide);
    return TRAWL_OK;
}

int plot_terminal(trawl_call *call, const struct plot_figure *f, const struct plot_range *range,
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
