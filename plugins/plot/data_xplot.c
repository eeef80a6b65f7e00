/* Figures in the language of xplot (Tim Shepard, "TCP Packet Trace Analysis", MIT/LCS/TR-494), as
 * tcptrace and mptcptrace write them. Must not know what a figure shows. */
#include <math.h>
#include <stdlib.h>

#include "data.h"

/* xplot has colours by name, on black or white ground; ours are numbers of a palette. */
static const char *colour_of(const struct plot_series *s)
{
    static const char *const names[] = {"blue", "red",    "green", "purple",
                                        "pink", "orange", "white", "yellow"};

    return names[(s->colour - 1) % TRAWL_COUNT(names)];
}

static const char *mark_of(const struct plot_series *s)
{
    static const char *const names[] = {"dot", "dot",     "dot",    "x",     "+",
                                        "box", "diamond", "uarrow", "darrow"};

    return s->mark < TRAWL_COUNT(names) ? names[s->mark] : "dot";
}

/* One line of text: xplot ends it with the line, and knows no UTF-8. */
static void put_text(struct lines *out, const char *text)
{
    for (; text && *text; text++) {
        if ((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f)
            lines_put(out, "%c", *text);
        else if (((unsigned char)*text & 0xc0) != 0x80) /* a character's first byte */
            lines_put(out, "?");
    }
    lines_put(out, "\n");
}

static void put_number(struct lines *out, const struct plot_figure *f, const trawl_axis *axis,
                       double value)
{
    int64_t us;

    if (axis->kind != TRAWL_AXIS_TIME) {
        lines_put(out, " ");
        lines_number(out, value);
        return;
    }
    us = f->time_origin_ns / 1000 + llround(value * 1e6);
    lines_put(out, us < 0 ? " -%lld.%06lld" : " %lld.%06lld", llabs(us / 1000000),
              llabs(us % 1000000));
}

static void put_point(struct lines *out, const struct plot_figure *f, const char *what, double x,
                      double y)
{
    lines_put(out, "%s", what);
    put_number(out, f, &f->x, x);
    put_number(out, f, &f->y, y);
    lines_put(out, "\n");
}

static void put_line(struct lines *out, const struct plot_figure *f, double x0, double y0,
                     double x1, double y1)
{
    lines_put(out, "line");
    put_number(out, f, &f->x, x0);
    put_number(out, f, &f->y, y0);
    put_number(out, f, &f->x, x1);
    put_number(out, f, &f->y, y1);
    lines_put(out, "\n");
}

static void put_lines(struct lines *out, const struct plot_figure *f, const struct plot_series *s,
                      const double *y)
{
    for (size_t k = 0; k < s->n; k++) {
        const int has = isfinite(s->x[k]) && isfinite(y[k]);
        const int before = k && isfinite(s->x[k - 1]) && isfinite(y[k - 1]);

        if (has && before && s->style == TRAWL_SERIES_STEPS) {
            put_line(out, f, s->x[k - 1], y[k - 1], s->x[k], y[k - 1]);
            if (y[k] != y[k - 1])
                put_line(out, f, s->x[k], y[k - 1], s->x[k], y[k]);
        } else if (has && before) {
            put_line(out, f, s->x[k - 1], y[k - 1], s->x[k], y[k]);
        }
    }
}

static void put_dots(struct lines *out, const struct plot_figure *f, const struct plot_series *s)
{
    for (size_t k = 0; k < s->n; k++) {
        if (!isfinite(s->x[k]) || !isfinite(s->y[k]))
            continue;
        put_point(out, f, mark_of(s), s->x[k], s->y[k]);
        if (s->sign) {
            put_point(out, f, "atext", s->x[k], s->y[k]);
            put_text(out, s->sign);
        }
    }
}

static void put_ranges(struct lines *out, const struct plot_figure *f, const struct plot_series *s)
{
    for (size_t k = 0; k < s->n; k++) {
        if (isfinite(s->x[k]) && isfinite(s->low[k]) && isfinite(s->high[k]))
            put_line(out, f, s->x[k], s->low[k], s->x[k], s->high[k]);
    }
}

/* Up, across, down; over categories the name below. */
static void put_bars(struct lines *out, const struct plot_figure *f, const struct plot_series *s)
{
    const double half = s->bar_width / 2;

    for (size_t k = 0; k < s->n; k++) {
        const double x = s->x[k], y = s->y[k];

        if (!isfinite(x) || !isfinite(y))
            continue;
        put_line(out, f, x - half, 0, x - half, y);
        put_line(out, f, x - half, y, x + half, y);
        put_line(out, f, x + half, y, x + half, 0);
        if (f->x.kind == TRAWL_AXIS_CATEGORY && x >= 0 && x < (double)f->x.n_categories) {
            put_point(out, f, "btext", x, 0);
            put_text(out, f->x.categories[(size_t)x]);
        }
    }
}

static void put_series(struct lines *out, const struct plot_figure *f, const struct plot_series *s)
{
    lines_put(out, "%s\n", colour_of(s));
    if (s->style == TRAWL_SERIES_BARS) {
        put_bars(out, f, s);
    } else if (s->style == TRAWL_SERIES_BAND) {
        put_lines(out, f, s, s->low);
        put_lines(out, f, s, s->high);
    } else if (s->style != TRAWL_SERIES_RANGES && s->style != TRAWL_SERIES_DOTS) {
        put_lines(out, f, s, s->y);
    }
    if (s->style == TRAWL_SERIES_DOTS || s->style == TRAWL_SERIES_LINE_DOTS)
        put_dots(out, f, s);
    if (s->low && s->high && s->style != TRAWL_SERIES_BAND)
        put_ranges(out, f, s);
}

/* Names in their colours, in the left upper corner: xplot has no legend of its own. */
static void put_legend(struct lines *out, const struct plot_figure *f)
{
    struct plot_range range;
    unsigned n = 0;

    for (uint32_t i = 0; i < f->n_series; i++)
        n += f->series[i].label && *f->series[i].label;
    if (n < 2 || !plot_range(f, &range))
        return;
    n = 0;
    for (uint32_t i = 0; i < f->n_series; i++) {
        const struct plot_series *s = &f->series[i];

        if (!s->label || !*s->label)
            continue;
        lines_put(out, "%s\n", colour_of(s));
        put_point(out, f, "rtext", range.x_min,
                  range.y_max - (range.y_max - range.y_min) * n++ / 28);
        put_text(out, s->label);
    }
}

void data_xplot(struct lines *out, const struct plot_figure *f)
{
    lines_put(out, "%s %s\n", f->x.kind == TRAWL_AXIS_TIME ? "timeval" : "double",
              f->y.kind == TRAWL_AXIS_TIME ? "timeval" : "double");
    lines_put(out, "title\n");
    put_text(out, f->title);
    lines_put(out, "xlabel\n");
    put_text(out, f->x.label);
    lines_put(out, "ylabel\n");
    put_text(out, f->y.label);
    for (uint32_t i = 0; i < f->n_series; i++)
        put_series(out, f, &f->series[i]);
    put_legend(out, f);
    lines_put(out, "go\n");
}
