/* Bars with names in the terminal: a line for each, its name, its bar and its value.
 * Must not know what the figure shows. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "plot.h"
#include "terminal.h"

enum { MAX_BARS = 1000 }; /* more is a table, not a picture */

int terminal_is_bars(const struct plot_figure *f)
{
    return f->n_series == 1 && f->series[0].style == TRAWL_SERIES_BARS &&
           f->x.kind == TRAWL_AXIS_CATEGORY && f->y.kind != TRAWL_AXIS_LOG;
}

static const char *name_of(const struct plot_figure *f, double x)
{
    return x >= 0 && x < (double)f->x.n_categories ? f->x.categories[(size_t)x] : "";
}

/* Whole numbers in full, others to four digits. */
static void value_text(char *out, size_t n, double v)
{
    if (v == floor(v) && fabs(v) < 1e15)
        snprintf(out, n, "%.0f", v);
    else
        snprintf(out, n, "%.4g", v);
}

/* Eighths of a cell, as block elements (Unicode 2588 to 258f). */
static void put_bar(char *line, size_t n, double cells)
{
    const unsigned eighths = cells > 0 ? (unsigned)lround(cells * 8) : 0;
    size_t at = strlen(line);

    for (unsigned i = 0; i < eighths && at + 4 < n; i += 8) {
        line[at++] = (char)0xe2;
        line[at++] = (char)0x96;
        line[at++] = (char)(eighths - i >= 8 ? 0x88 : 0x90 - (eighths - i));
    }
    line[at] = '\0';
}

static void put_padded(char *line, size_t n, const char *text, unsigned columns)
{
    const size_t at = strlen(line);
    unsigned used;

    terminal_cut(line + at, n - at, text, columns);
    used = terminal_width(line + at);
    snprintf(line + strlen(line), n - strlen(line), "%*s",
             columns > used ? (int)(columns - used) : 0, "");
}

void terminal_bars(trawl_builder *b, const struct plot_figure *f, unsigned columns)
{
    const struct plot_series *s = &f->series[0];
    const size_t shown = s->n < MAX_BARS ? s->n : MAX_BARS;
    unsigned names = terminal_width(f->x.label ? f->x.label : ""), values = 1, room;
    char line[TERMINAL_LINE], value[32];
    double most = 0;

    for (size_t k = 0; k < shown; k++) {
        const unsigned width = terminal_width(name_of(f, s->x[k]));

        value_text(value, sizeof(value), s->y[k]);
        names = width > names ? width : names;
        values = strlen(value) > values ? (unsigned)strlen(value) : values;
        most = isfinite(s->y[k]) ? fmax(most, fabs(s->y[k])) : most;
    }
    if (names > columns * 2 / 5)
        names = columns * 2 / 5;
    room = columns > names + values + 4 ? columns - names - values - 4 : 1;
    line[0] = '\0';
    put_padded(line, sizeof(line), f->x.label ? f->x.label : "", names + 3);
    terminal_cut(line + strlen(line), sizeof(line) - strlen(line), f->y.label ? f->y.label : "",
                 columns - names - 3);
    terminal_put(b, line);
    for (size_t k = 0; k < shown; k++) {
        if (!isfinite(s->y[k]))
            continue;
        line[0] = '\0';
        put_padded(line, sizeof(line), name_of(f, s->x[k]), names);
        snprintf(line + strlen(line), sizeof(line) - strlen(line), " \xe2\x94\x82");
        put_bar(line, sizeof(line), most > 0 ? fabs(s->y[k]) / most * room : 0);
        value_text(value, sizeof(value), s->y[k]);
        snprintf(line + strlen(line), sizeof(line) - strlen(line), " %s", value);
        terminal_put(b, line);
    }
    if (shown < s->n) {
        snprintf(line, sizeof(line), "and %llu more", (unsigned long long)(s->n - shown));
        terminal_put(b, line);
    }
}
