/* Margins, steps and shortened names, so that a picture of any size stays readable.
 * Must not know PLplot. */
#include "layout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../ticks.h"
#include "trawl/plugin.h"

enum { MAX_TICKS = 200 };

static const double EM = 1.34; /* font size over the height of a capital */

/* Bytes of the character at s; PLplot's doubled '#' is one. */
static size_t character(const char *s)
{
    size_t n = 1;

    if (s[0] == '#' && s[1] == '#')
        return 2;
    while (((unsigned char)s[n] & 0xc0) == 0x80)
        n++;
    return n;
}

/* Widths of DejaVu Sans, one of the widest, in a few classes; beyond ASCII a full square. */
static double character_width(const char *s)
{
    const unsigned char c = (unsigned char)*s;

    if (c >= 0x80)
        return 1;
    if (strchr("ijl|'I", c))
        return 0.31;
    if (strchr(" .,:;!/\\-()[]tfr", c))
        return 0.4;
    if (strchr("mwMW@%+=<>~_#", c))
        return 0.92;
    return c >= 'A' && c <= 'Z' ? 0.75 : 0.64;
}

double text_width(const char *text, double capital)
{
    double width = 0;

    for (; *text; text += character(text))
        width += character_width(text);
    return width * EM * capital;
}

void text_cut(char *out, size_t n, const char *text, double capital, double width)
{
    const int whole = strlen(text) < n && text_width(text, capital) <= width;
    double room = width / (EM * capital) - (whole ? 0 : 1);
    size_t at = 0;

    while (*text) {
        const size_t step = character(text);

        room -= character_width(text);
        if (!whole && (room < 0 || at + step + 4 > n))
            break;
        memcpy(out + at, text, step);
        at += step;
        text += step;
    }
    out[at] = '\0';
    if (!whole && n > 4)
        memcpy(out + at, "\xe2\x80\xa6", 4);
}

void tick_text(const struct figure *figure, const struct axis *axis, double value, double step,
               char *out, size_t n)
{
    if (axis->kind == TRAWL_AXIS_TIME)
        tick_time(out, n, value, step, axis->max - axis->min, figure->origin_s);
    else
        tick_number(out, n, value, step);
}

/* The widest name, or text of a tick. */
static double widest(const struct figure *f, const struct axis *a, double step, double capital)
{
    double most = 0, v = ceil(a->min / step) * step;
    char text[64];

    for (uint32_t i = 0; a->kind == TRAWL_AXIS_CATEGORY && i < a->n_categories; i++)
        most = fmax(most, text_width(a->categories[i], capital));
    for (int i = 0; a->kind != TRAWL_AXIS_CATEGORY && v <= a->max && i < MAX_TICKS; i++) {
        tick_text(f, a, v, step, text, sizeof(text));
        most = fmax(most, text_width(text, capital));
        v += step;
    }
    return most;
}

/* As many ticks as have room side by side along a length. */
static double step_across(const struct figure *f, const struct axis *a, double length,
                          double capital)
{
    const double span = a->max - a->min;

    if (a->kind == TRAWL_AXIS_CATEGORY)
        return fmax(1, ceil(fmin(widest(f, a, 1, capital) + capital, length / 2) * span / length));
    for (double n = length / (5 * capital); n > 1; n *= 0.8) {
        const double step = tick_step(span, n, a->kind == TRAWL_AXIS_TIME);

        if (widest(f, a, step, capital) + 1.5 * capital <= length * step / span)
            return step;
    }
    return tick_step(span, 1, a->kind == TRAWL_AXIS_TIME);
}

static double step_upwards(const struct axis *a, double length, double capital)
{
    const double span = a->max - a->min;

    if (a->kind == TRAWL_AXIS_CATEGORY)
        return fmax(1, ceil(1.6 * capital * span / length));
    return tick_step(span, length / (4.6 * capital), a->kind == TRAWL_AXIS_TIME);
}

static int only_bars(const struct figure *f)
{
    for (uint32_t i = 0; i < f->n_series; i++) {
        if (f->series[i].style != TRAWL_SERIES_BARS)
            return 0;
    }
    return f->n_series > 0;
}

static void turn(struct figure *f)
{
    const struct axis x = f->x;

    f->x = f->y;
    f->y = x;
    for (uint32_t i = 0; i < f->n_series; i++) {
        double *xs = f->series[i].x;

        f->series[i].x = f->series[i].y;
        f->series[i].y = xs;
    }
}

static void place_legend(const struct figure *f, struct layout *l)
{
    double most = 0;

    for (uint32_t i = 0; i < f->n_series; i++)
        most = fmax(most, text_width(f->series[i].label, l->capital));
    l->legend_text = fmin(most, 0.4 * f->width - 5 * l->capital);
    l->legend_row = fmin(1.65 * l->capital, (l->top - l->bottom) / f->n_series);
    l->right = f->width - l->legend_text - 4.5 * l->capital;
}

void layout_figure(struct figure *f, struct layout *l)
{
    const double w = f->width, h = f->height;
    double names, last;

    *l = (struct layout){.scale = fmin(w / 560, h / 340)};
    /* The same text in pictures of the usual sizes, smaller and larger ones have their own. */
    l->scale = l->scale < 1 ? fmax(l->scale, 0.6) : fmax(1, l->scale / 2.5);
    l->capital = 13 * l->scale;
    l->bottom = 4.8 * l->capital;
    l->top = h - (*f->title ? 3.4 : 1.4) * l->capital;
    l->right = w - 1.8 * l->capital;
    if (f->n_series > 1)
        place_legend(f, l);
    if (f->x.kind == TRAWL_AXIS_CATEGORY && only_bars(f)) {
        const double slot = (l->right - 7.4 * l->capital) / (f->x.max - f->x.min);

        l->across = widest(f, &f->x, 1, l->capital) + 0.5 * l->capital > slot;
        if (l->across)
            turn(f);
    }
    l->y_step = step_upwards(&f->y, l->top - l->bottom, l->capital);
    names = fmin(widest(f, &f->y, l->y_step, l->capital), 0.45 * w - 3.5 * l->capital);
    l->left = names + 3.5 * l->capital;
    l->x_step = step_across(f, &f->x, l->right - l->left, l->capital);
    /* The last text below the axis may stand under the corner of the frame. */
    last = widest(f, &f->x, l->x_step, l->capital) / 2 + 0.3 * l->capital;
    if (f->x.kind != TRAWL_AXIS_CATEGORY)
        l->right = fmin(l->right, w - last);
}
