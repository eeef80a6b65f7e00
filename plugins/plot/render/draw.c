/* Figures with PLplot: white ground, Okabe and Ito's palette, thin grid, ticks on round values.
 * Must not know where the figure came from. */
#include "draw.h"

#include <math.h>
#include <plplot.h>
#include <stdio.h>

#include "layout.h"
#include "trawl/plugin.h"

enum { BLACK = 1, GRID = 2, FIRST_COLOUR = 3, N_COLOURS = 8 };

/* Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers. */
static const unsigned char palette[N_COLOURS][3] = {{0, 114, 178},   {213, 94, 0},   {0, 158, 115},
                                                    {204, 121, 167}, {86, 180, 233}, {230, 159, 0},
                                                    {0, 0, 0},       {148, 138, 0}};

/* What the label function needs. */
struct labels {
    const struct figure *figure;
    const struct layout *layout;
};

static void label(PLINT axis, PLFLT value, char *out, PLINT n, PLPointer data)
{
    const struct labels *l = data;
    const int is_x = axis == PL_X_AXIS;

    tick_text(l->figure, is_x ? &l->figure->x : &l->figure->y, value,
              is_x ? l->layout->x_step : l->layout->y_step, out, (size_t)n);
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

/* A rectangle for each row, from zero; lying ones have their values across. */
static void draw_bars(const struct series *s, const struct figure *f, int across)
{
    const struct axis *a = across ? &f->x : &f->y;
    const double *at = across ? s->y : s->x, *value = across ? s->x : s->y;
    const double half = s->bar_width / 2, zero = fmax(fmin(0, a->max), a->min);

    for (uint64_t k = 0; k < s->n; k++) {
        PLFLT along[4], up[4];

        if (!isfinite(at[k]) || !isfinite(value[k]) || value[k] == 0)
            continue;
        along[0] = along[1] = at[k] - half;
        along[2] = along[3] = at[k] + half;
        up[0] = up[3] = zero;
        up[1] = up[2] = value[k];
        plfill(4, across ? up : along, across ? along : up);
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

/* The second round through the palette has other marks and dashed lines. */
static void draw_dots(const struct series *s, uint32_t i)
{
    for (uint64_t k = 0; k < s->n; k++) {
        if (isfinite(s->x[k]) && isfinite(s->y[k]))
            plpoin(1, s->x + k, s->y + k, i < N_COLOURS ? 17 : 5);
    }
}

static PLINT line_style(uint32_t i)
{
    return 1 + (PLINT)(i / N_COLOURS % 8);
}

static void draw_series(const struct figure *f, const struct layout *l)
{
    for (uint32_t i = 0; i < f->n_series; i++) {
        const struct series *s = &f->series[i];

        plcol0(colour_of(i));
        plwidth(1.6 * l->scale);
        pllsty(line_style(i));
        if (s->style == TRAWL_SERIES_BARS) {
            pllsty(1);
            plwidth(l->scale);
            draw_bars(s, f, l->across);
            continue;
        }
        if (s->style != TRAWL_SERIES_DOTS)
            draw_line(s);
        pllsty(1);
        if (s->style == TRAWL_SERIES_DOTS || (s->style == TRAWL_SERIES_LINE_DOTS && s->n <= 400)) {
            plssym(0, (s->style == TRAWL_SERIES_DOTS ? s->n <= 100 ? 0.9 : 0.55 : 0.4) * l->scale);
            draw_dots(s, i);
        }
    }
    pllsty(1);
    plwidth(l->scale);
}

static void draw_legend(const struct figure *f, const struct layout *l, double character)
{
    const double size = fmin(1, l->legend_row / (1.3 * l->capital));
    const double c = l->capital;

    plvpor(0, 1, 0, 1);
    plwind(0, f->width, 0, f->height);
    plschr(0, character * size);
    for (uint32_t i = 0; i < f->n_series; i++) {
        const double y = l->top - (i + 0.5) * l->legend_row, x = l->right + 0.8 * c;
        PLFLT xs[2] = {x, x + 1.6 * c}, ys[2] = {y, y}, middle[1] = {x + 0.8 * c};
        char text[512];

        plcol0(colour_of(i));
        plwidth((f->series[i].style == TRAWL_SERIES_BARS ? 8 : 2) * l->scale);
        pllsty(line_style(i));
        if (f->series[i].style == TRAWL_SERIES_DOTS) {
            plssym(0, 0.9 * l->scale);
            plpoin(1, middle, ys, i < N_COLOURS ? 17 : 5);
        } else {
            plline(2, xs, ys);
        }
        pllsty(1);
        plwidth(l->scale);
        plcol0(BLACK);
        text_cut(text, sizeof(text), f->series[i].label, c * size, l->legend_text);
        plptex(x + 2.1 * c, y, 1, 0, 0, text);
    }
    plschr(0, character);
}

/* The names of bars: below them, or at the left when they lie; all or every n-th. */
static void draw_names(const struct figure *f, const struct layout *l, const struct axis *a)
{
    const int upwards = a == &f->y;
    const uint32_t every = (uint32_t)(upwards ? l->y_step : l->x_step);
    const double room = upwards ? l->left - 3.3 * l->capital
                                : (l->right - l->left) * every / (a->max - a->min) - l->capital;

    for (uint32_t i = 0; i < a->n_categories; i += every ? every : 1) {
        const double at = ((double)i - a->min) / (a->max - a->min);
        char text[512];

        text_cut(text, sizeof(text), a->categories[i], l->capital, room);
        if (upwards)
            plmtex("lv", 0.6, 1 - at, 1, text);
        else
            plmtex("b", 1.5, at, 0.5, text);
    }
}

static void draw_label(const char *side, double at, const struct axis *a, double step,
                       double capital, double length)
{
    const int thinned = a->kind == TRAWL_AXIS_CATEGORY && step > 1;
    char all[600], text[512];

    snprintf(all, sizeof(all), thinned ? "%.500s (one name in %.0f)" : "%.500s", a->label, step);
    text_cut(text, sizeof(text), all, capital, length);
    plmtex(side, at, 0.5, 0.5, text);
}

/* Text in pixels whatever the size of the page: PLplot scales by millimetres. */
static double character_scale(const struct figure *f, double capital)
{
    PLFLT usual, current, x0, x1, y0, y1;

    plgspa(&x0, &x1, &y0, &y1);
    plgchr(&usual, &current);
    return (y1 - y0) / f->height * capital / usual;
}

void draw_figure(struct figure *f, const char *device, const char *path)
{
    const double w = f->width, h = f->height;
    struct layout l;
    struct labels labels = {.figure = f, .layout = &l};
    PLFLT scale;

    layout_figure(f, &l);
    plsdev(device);
    plsfnam(path);
    plspage(0, 0, (PLINT)f->width, (PLINT)f->height, 0, 0);
    set_palette();
    plfontld(0);
    plinit();
    plfont(1);
    pladv(0);
    scale = character_scale(f, l.capital);
    plschr(0, scale);
    plsmaj(0, 0.6 * scale);
    plsmin(0, 0);
    plslabelfunc(label, &labels);
    plvpor(l.left / w, l.right / w, l.bottom / h, l.top / h);
    if (l.across) /* the first name at the top */
        plwind(f->x.min, f->x.max, f->y.max, f->y.min);
    else
        plwind(f->x.min, f->x.max, f->y.min, f->y.max);
    plwidth(l.scale);
    plcol0(GRID);
    plbox(f->x.kind == TRAWL_AXIS_CATEGORY ? "" : "g", l.x_step, 0,
          f->y.kind == TRAWL_AXIS_CATEGORY ? "" : "g", l.y_step, 0);
    draw_series(f, &l);
    plcol0(BLACK);
    plbox(f->x.kind == TRAWL_AXIS_CATEGORY ? "bc" : "bcnsto", l.x_step, 1,
          f->y.kind == TRAWL_AXIS_CATEGORY ? "bc" : "bcnstov", l.y_step, 1);
    if (f->x.kind == TRAWL_AXIS_CATEGORY)
        draw_names(f, &l, &f->x);
    if (f->y.kind == TRAWL_AXIS_CATEGORY)
        draw_names(f, &l, &f->y);
    draw_label("b", 3.2, &f->x, l.x_step, l.capital, l.right - l.left);
    draw_label("l", l.left / l.capital - 1.3, &f->y, l.y_step, l.capital, l.top - l.bottom);
    if (*f->title) { /* in the middle of the page, smaller or shortened where it is narrow */
        const double width = text_width(f->title, 1),
                     size = fmin(1.15, 0.95 * w / (width * l.capital));
        char text[512];

        text_cut(text, sizeof(text), f->title, l.capital * fmax(size, 0.7), 0.97 * w);
        plschr(0, scale * fmax(size, 0.7));
        plmtex("t", 1.2, (0.5 * w - l.left) / (l.right - l.left), 0.5, text);
        plschr(0, scale);
    }
    if (f->n_series > 1)
        draw_legend(f, &l, scale);
    plend();
}
