/* Figures with PLplot: white ground, Okabe and Ito's palette, thin grid, ticks on round values.
 * Must not know where the figure came from. */
#include "draw.h"

#include <math.h>
#include <plplot.h>
#include <stdlib.h>
#include <string.h>

#include "../ticks.h"
#include "trawl/plugin.h"

enum { BLACK = 1, GRID = 2, FIRST_COLOUR = 3, N_COLOURS = 8 };

/* Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers. */
static const unsigned char palette[N_COLOURS][3] = {{0, 114, 178},   {213, 94, 0},   {0, 158, 115},
                                                    {204, 121, 167}, {86, 180, 233}, {230, 159, 0},
                                                    {0, 0, 0},       {148, 138, 0}};

/* What the label function needs. */
struct labels {
    const struct figure *figure;
    double x_step, y_step;
};

static void label(PLINT axis, PLFLT value, char *out, PLINT n, PLPointer data)
{
    const struct labels *l = data;
    const struct axis *a = axis == PL_X_AXIS ? &l->figure->x : &l->figure->y;
    const double step = axis == PL_X_AXIS ? l->x_step : l->y_step;

    if (a->kind == TRAWL_AXIS_TIME) {
        tick_time(out, (size_t)n, value, step, a->max - a->min, l->figure->origin_s);
    } else if (a->kind == TRAWL_AXIS_CATEGORY) {
        const long i = lround(value);

        if (i >= 0 && (uint32_t)i < a->n_categories && fabs(value - (double)i) < 1e-6) {
            if (strlen(a->categories[i]) > 18)
                snprintf(out, (size_t)n, "%.15s...", a->categories[i]);
            else
                snprintf(out, (size_t)n, "%s", a->categories[i]);
        } else {
            out[0] = '\0';
        }
    } else {
        tick_number(out, (size_t)n, value, step);
    }
}

static PLINT colour_of(uint32_t i)
{
    return FIRST_COLOUR + (PLINT)(i % N_COLOURS);
}

static void set_palette(void)
{
    plscol0(0, 255, 255, 255);
    plscol0(BLACK, 40, 40, 40);
    plscol0(GRID, 225, 225, 225);
    for (int i = 0; i < N_COLOURS; i++)
        plscol0(FIRST_COLOUR + i, palette[i][0], palette[i][1], palette[i][2]);
}

static void draw_bars(const struct series *s, const struct figure *f)
{
    for (uint64_t k = 0; k < s->n; k++) {
        const double half = s->bar_width / 2, zero = fmax(fmin(0, f->y.max), f->y.min);
        PLFLT x[4], y[4];

        if (!isfinite(s->x[k]) || !isfinite(s->y[k]) || s->y[k] == 0)
            continue;
        x[0] = x[1] = s->x[k] - half;
        x[2] = x[3] = s->x[k] + half;
        y[0] = y[3] = zero;
        y[1] = y[2] = s->y[k];
        plfill(4, x, y);
    }
}

/* Runs of points without a gap. */
static void draw_line(const struct series *s)
{
    for (uint64_t k = 0; k < s->n;) {
        uint64_t end = k;

        while (end < s->n && isfinite(s->x[end]) && isfinite(s->y[end]))
            end++;
        if (end > k + 1)
            plline((PLINT)(end - k), s->x + k, s->y + k);
        else if (end == k + 1)
            plstring(1, s->x + k, s->y + k, "#(850)");
        k = end + (end == k || end < s->n);
    }
}

static void draw_dots(const struct series *s)
{
    for (uint64_t k = 0; k < s->n; k++) {
        if (isfinite(s->x[k]) && isfinite(s->y[k]))
            plpoin(1, s->x + k, s->y + k, 17);
    }
}

static void draw_series(const struct figure *f)
{
    for (uint32_t i = 0; i < f->n_series; i++) {
        const struct series *s = &f->series[i];

        plcol0(colour_of(i));
        plwidth(1.6);
        pllsty(i < N_COLOURS ? 1 : 2); /* the second round through the palette is dashed */
        if (s->style == TRAWL_SERIES_BARS) {
            draw_bars(s, f);
            continue;
        }
        if (s->style != TRAWL_SERIES_DOTS)
            draw_line(s);
        pllsty(1);
        if (s->style == TRAWL_SERIES_DOTS || (s->style == TRAWL_SERIES_LINE_DOTS && s->n <= 400)) {
            plssym(0, s->style == TRAWL_SERIES_DOTS ? 0.55 : 0.4);
            draw_dots(s);
        }
    }
    pllsty(1);
    plwidth(1);
}

/* The longest of the legend's labels, in characters, at most 34. */
static size_t legend_width(const struct figure *f)
{
    size_t most = 0;

    for (uint32_t i = 0; i < f->n_series; i++) {
        const size_t n = strlen(f->series[i].label);

        most = n > most ? n : most;
    }
    return most > 34 ? 34 : most;
}

static void draw_legend(const struct figure *f, double left, double top, double bottom)
{
    const double step = 21.0 / f->height;

    plvpor(left, 1, bottom, top);
    plwind(0, 1, 0, 1);
    for (uint32_t i = 0; i < f->n_series; i++) {
        const double y = 1 - (i + 0.5) * step / (top - bottom);
        const double unit = 1 / ((1 - left) * f->width); /* one pixel */
        PLFLT xs[2] = {4 * unit, 24 * unit}, ys[2] = {y, y}, middle[1] = {14 * unit};
        char text[64];

        if (y < 0)
            break;
        plcol0(colour_of(i));
        plwidth(f->series[i].style == TRAWL_SERIES_BARS ? 8 : 2);
        pllsty(i < N_COLOURS ? 1 : 2);
        if (f->series[i].style == TRAWL_SERIES_DOTS) {
            plssym(0, 0.7);
            plpoin(1, middle, ys, 17);
        } else {
            plline(2, xs, ys);
        }
        pllsty(1);
        plwidth(1);
        plcol0(BLACK);
        if (strlen(f->series[i].label) > 34)
            snprintf(text, sizeof(text), "%.31s...", f->series[i].label);
        else
            snprintf(text, sizeof(text), "%s", f->series[i].label);
        plptex(30 * unit, y, 1, 0, 0, text);
    }
}

void draw_figure(const struct figure *f, const char *device, const char *path)
{
    const double w = f->width, h = f->height, char_px = 9.8;
    const int legend = f->n_series > 1;
    struct labels labels = {.figure = f};
    double left = 96 / w, right, bottom = 62 / h, top = 1 - (*f->title ? 44 : 18) / h;
    PLFLT scale;

    right = 1 - 24 / w;
    if (legend)
        right = 1 - fmin((48 + (double)legend_width(f) * char_px) / w, 0.45);
    labels.x_step = f->x.kind == TRAWL_AXIS_CATEGORY
                        ? fmax(1, ceil((f->x.max - f->x.min) / ((right - left) * w / 110)))
                        : tick_step(f->x.max - f->x.min, (right - left) * w / 110,
                                    f->x.kind == TRAWL_AXIS_TIME);
    labels.y_step = tick_step(f->y.max - f->y.min, (top - bottom) * h / 60,
                              f->y.kind == TRAWL_AXIS_TIME);
    plsdev(device);
    plsfnam(path);
    plspage(0, 0, (PLINT)f->width, (PLINT)f->height, 0, 0);
    set_palette();
    plfontld(0);
    plinit();
    plfont(1);
    pladv(0);
    /* Text of 13 pixels whatever the size of the page (PLplot scales by millimetres). */
    scale = 1;
    {
        PLFLT def, height, x0, x1, y0, y1;

        plgspa(&x0, &x1, &y0, &y1);
        plgchr(&def, &height);
        scale = (y1 - y0) / h * 13 / def;
    }
    plschr(0, scale);
    plsmaj(0, 0.6 * scale);
    plsmin(0, 0);
    plslabelfunc(label, &labels);
    plvpor(left, right, bottom, top);
    plwind(f->x.min, f->x.max, f->y.min, f->y.max);
    plcol0(GRID);
    plbox(f->x.kind == TRAWL_AXIS_CATEGORY ? "" : "g", labels.x_step, 0, "g", labels.y_step, 0);
    draw_series(f);
    plcol0(BLACK);
    plbox("bcnsto", labels.x_step, 1, "bcnstov", labels.y_step, 1);
    plmtex("b", 3.2, 0.5, 0.5, f->x.label);
    plmtex("l", 5.6, 0.5, 0.5, f->y.label);
    if (*f->title) {
        /* In the middle of the page, and never beyond it. */
        plschr(0, scale * fmin(1.15, (w - 20) / ((double)strlen(f->title) * char_px * 1.1)));
        plmtex("t", 1.2, (0.5 - left) / (right - left), 0.5, f->title);
        plschr(0, scale);
    }
    if (legend)
        draw_legend(f, right + 8 / w, top, bottom);
    plend();
}
