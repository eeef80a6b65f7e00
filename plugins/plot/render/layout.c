/* Margins, steps and shortened names, so that a picture of any size stays readable.
 * Must not know PLplot. */
#include "layout.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trawl/plugin.h"

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

void text_cut_middle(char *out, size_t n, const char *text, double capital, double width)
{
    const double half = (width - EM * capital) / 2; /* of what stands beside the ellipsis */
    size_t at;

    if (strlen(text) < n && text_width(text, capital) <= width) {
        memcpy(out, text, strlen(text) + 1);
        return;
    }
    text_cut(out, n / 2, text, capital, half + EM * capital);
    at = strlen(out);
    while (*text && (text_width(text, capital) > half || at + strlen(text) + 1 > n))
        text += character(text);
    memcpy(out + at, text, strlen(text) + 1);
}

static double widest_tick(const struct ticks *ticks, double capital)
{
    double most = 0;

    for (unsigned i = 0; i < ticks->n; i++)
        most = fmax(most, text_width(ticks->items[i].text, capital));
    return most;
}

static double widest_name(const struct axis *a, double capital)
{
    double most = 0;

    for (uint32_t i = 0; i < a->n_categories; i++)
        most = fmax(most, text_width(a->categories[i], capital));
    return most;
}

/* Do the labels stand apart along a length? */
static int stand_apart(const struct ticks *t, const struct axis *a, double length, double capital)
{
    const double scale = length / (a->max - a->min);

    for (unsigned i = 1; i < t->n; i++) {
        const double both = text_width(t->items[i - 1].text, capital) +
                            text_width(t->items[i].text, capital);

        if ((t->items[i].at - t->items[i - 1].at) * scale < both / 2 + capital)
            return 0;
    }
    return 1;
}

/* As many ticks as have room side by side along a length. */
static void ticks_across(const struct figure *f, struct layout *l, double length)
{
    const struct axis *a = &f->x;

    if (a->kind == TRAWL_AXIS_CATEGORY) {
        l->x_every = fmax(1, ceil(fmin(widest_name(a, l->capital) + l->capital, length / 2) *
                                  (a->max - a->min) / length));
        return;
    }
    for (double n = length / (5 * l->capital); n > 1; n *= 0.8) {
        ticks_make(&l->x, (int)a->kind, a->min, a->max, n, f->origin_s);
        if (stand_apart(&l->x, a, length, l->capital))
            return;
    }
    ticks_make(&l->x, (int)a->kind, a->min, a->max, 1, f->origin_s);
}

static void ticks_upwards(const struct figure *f, struct layout *l, double length)
{
    if (f->y.kind == TRAWL_AXIS_CATEGORY)
        l->y_every = fmax(1, ceil(1.6 * l->capital * (f->y.max - f->y.min) / length));
    else
        ticks_make(&l->y, (int)f->y.kind, f->y.min, f->y.max, length / (3.2 * l->capital),
                   f->origin_s);
    if (f->has_y2)
        ticks_make(&l->y2, (int)f->y2.kind, f->y2.min, f->y2.max, length / (3.2 * l->capital),
                   f->origin_s);
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

unsigned n_labels(const struct figure *f)
{
    unsigned n = 0;

    for (uint32_t i = 0; i < f->n_series; i++)
        n += *f->series[i].label != '\0';
    return n;
}

static void place_legend(const struct figure *f, struct layout *l)
{
    double most = 0;

    for (uint32_t i = 0; i < f->n_series; i++)
        most = fmax(most, text_width(f->series[i].label, l->capital));
    l->legend_text = fmin(most, 0.4 * f->width - 5 * l->capital);
    l->legend_size = fmax(0.75, fmin(1, l->legend_text / most));
    l->legend_row = fmin(1.65 * l->capital, (l->top - l->bottom) / n_labels(f));
    l->right = f->width - l->legend_text - 4.5 * l->capital;
}

void layout_figure(struct figure *f, struct layout *l)
{
    const double w = f->width, h = f->height;
    double names, last;

    memset(l, 0, sizeof(*l));
    l->scale = fmin(w / 560, h / 340);
    /* The same text in pictures of the usual sizes, smaller and larger ones have their own. */
    l->scale = l->scale < 1 ? fmax(l->scale, 0.6) : fmax(1, l->scale / 2.5);
    l->capital = 13 * l->scale;
    l->bottom = 4.8 * l->capital;
    l->top = h - (*f->title ? 3.4 : 1.4) * l->capital;
    l->right = w - 1.8 * l->capital;
    if (n_labels(f) > 1)
        place_legend(f, l);
    if (f->x.kind == TRAWL_AXIS_CATEGORY && only_bars(f) && !f->has_y2) {
        const double slot = (l->right - 7.4 * l->capital) / (f->x.max - f->x.min);

        l->across = widest_name(&f->x, l->capital) + 0.5 * l->capital > slot;
        if (l->across)
            turn(f);
    }
    ticks_upwards(f, l, l->top - l->bottom);
    names = f->y.kind == TRAWL_AXIS_CATEGORY ? widest_name(&f->y, l->capital)
                                             : widest_tick(&l->y, l->capital);
    names = fmin(names, 0.45 * w - 3.5 * l->capital);
    l->left = names + 3.5 * l->capital;
    if (f->has_y2) {
        l->right_text = widest_tick(&l->y2, l->capital) + 3.2 * l->capital;
        l->right -= l->right_text;
    }
    ticks_across(f, l, l->right - l->left);
    /* The last text below the axis may stand under the corner of the frame. */
    last = widest_tick(&l->x, l->capital) / 2 + 0.3 * l->capital;
    if (f->x.kind != TRAWL_AXIS_CATEGORY)
        l->right = fmin(l->right, w - last);
}
