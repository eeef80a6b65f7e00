/* Figures with PLplot: white ground, Okabe and Ito's palette, thin grid, ticks on round values.
 * Must not know where the figure came from. */
#include "draw.h"

#include <math.h>
#include <plplot.h>
#include <stdio.h>

#include "layout.h"
#include "trawl/plugin.h"

enum { BLACK = 1, GRID = 2, FIRST_COLOUR = 3, N_COLOURS = 8, FIRST_PALE = 11 };

/* Okabe and Ito, "Color Universal Design" (2008): told apart by colour-blind readers. */
static const unsigned char palette[N_COLOURS][3] = {{0, 114, 178},   {213, 94, 0},   {0, 158, 115},
                                                    {204, 121, 167}, {86, 180, 233}, {230, 159, 0},
                                                    {0, 0, 0},       {148, 138, 0}};

static PLINT colour_of(const struct series *s)
{
    return FIRST_COLOUR + (PLINT)((s->colour - 1) % N_COLOURS);
}

/* The second round through the palette has other marks and dashed lines. */
static PLINT round_of(const struct series *s)
{
    return (PLINT)((s->colour - 1) / N_COLOURS);
}

static PLINT line_style(const struct series *s)
{
    return 1 + (round_of(s) + (s->flags & TRAWL_LOOK_DASHED ? 1 : 0)) % 8;
}

/* PLplot's Hershey symbols; it has no triangle that stands on its tip: that one is a character, and
 * larger. */
static PLINT symbol_of(const struct series *s)
{
    static const PLINT symbols[] = {17, 17, 4, 5, 2, 6, 11, 7};

    if (s->mark == TRAWL_MARK_AUTO)
        return round_of(s) ? 5 : 17;
    return s->mark < sizeof(symbols) / sizeof(symbols[0]) ? symbols[s->mark] : 17;
}

static void set_palette(void)
{
    plscmap0n(FIRST_PALE + N_COLOURS);
    plscol0(0, 255, 255, 255);
    plscol0(BLACK, 40, 40, 40);
    plscol0(GRID, 225, 225, 225);
    for (int i = 0; i < N_COLOURS; i++) {
        const unsigned char *c = palette[i];

        plscol0(FIRST_COLOUR + i, c[0], c[1], c[2]);
        /* A quarter of the colour on white: bands lie behind lines. */
        plscol0(FIRST_PALE + i, 191 + c[0] / 4, 191 + c[1] / 4, 191 + c[2] / 4);
    }
}

/* A rectangle for each row, from zero; lying ones have their values across. */
static void draw_bars(const struct series *s, const struct figure *f, int across)
{
    const struct axis *a = across ? &f->x : &f->y;
    const double *at = across ? s->y : s->x, *value = across ? s->x : s->y;
    const double half = s->bar_width / 2,
                 zero = a->kind == TRAWL_AXIS_LOG ? a->min : fmax(fmin(0, a->max), a->min);

    for (uint64_t k = 0; k < s->n; k++) {
        PLFLT along[4], up[4];

        if (!isfinite(at[k]) || !isfinite(value[k]) || value[k] == zero)
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

static double mark_size(const struct series *s)
{
    return s->mark == TRAWL_MARK_DOWN ? 0.65 : 1;
}

/* The more there are, the smaller; on a line they are larger than it is wide. */
static double dot_size(const struct series *s)
{
    if (s->style == TRAWL_SERIES_LINE_DOTS)
        return s->n <= 100 ? 1.5 : 1;
    return s->n <= 30 ? 1.3 : s->n <= 200 ? 0.9 : s->mark ? 0.65 : 0.55;
}

static void draw_mark(const struct series *s, double x, double y)
{
    if (s->mark == TRAWL_MARK_DOWN)
        plstring(1, &x, &y, "#(854)");
    else
        plpoin(1, &x, &y, symbol_of(s));
}

static void draw_dots(const struct series *s)
{
    for (uint64_t k = 0; k < s->n; k++) {
        if (isfinite(s->x[k]) && isfinite(s->y[k]))
            draw_mark(s, s->x[k], s->y[k]);
    }
}

/* Upright lines; error bars have caps. */
static void draw_ends(const struct series *s, double cap)
{
    for (uint64_t k = 0; k < s->n; k++) {
        if (!isfinite(s->x[k]) || !isfinite(s->low[k]) || !isfinite(s->high[k]))
            continue;
        pljoin(s->x[k], s->low[k], s->x[k], s->high[k]);
        if (cap > 0) {
            pljoin(s->x[k] - cap, s->low[k], s->x[k] + cap, s->low[k]);
            pljoin(s->x[k] - cap, s->high[k], s->x[k] + cap, s->high[k]);
        }
    }
}

/* A slice between every two points: both edges may have any shape. */
static void draw_band(const struct series *s)
{
    for (uint64_t k = 1; k < s->n; k++) {
        PLFLT x[4] = {s->x[k - 1], s->x[k], s->x[k], s->x[k - 1]};
        PLFLT y[4] = {s->low[k - 1], s->low[k], s->high[k], s->high[k - 1]};
        int whole = 1;

        for (int i = 0; i < 4; i++)
            whole &= isfinite(x[i]) && isfinite(y[i]);
        if (whole)
            plfill(4, x, y);
    }
}

static void draw_bands(const struct figure *f)
{
    for (uint32_t i = 0; i < f->n_series; i++) {
        if (f->series[i].style != TRAWL_SERIES_BAND || !f->series[i].low)
            continue;
        plcol0(colour_of(&f->series[i]) + FIRST_PALE - FIRST_COLOUR);
        draw_band(&f->series[i]);
    }
}

static void draw_one(const struct figure *f, const struct layout *l, const struct series *s)
{
    const int dots = s->style == TRAWL_SERIES_DOTS;

    if (s->style == TRAWL_SERIES_BARS)
        draw_bars(s, f, l->across);
    if (s->low && s->style != TRAWL_SERIES_BAND)
        draw_ends(s, s->style == TRAWL_SERIES_RANGES
                         ? 0
                         : 0.35 * l->capital * (f->x.max - f->x.min) / (l->right - l->left));
    if (s->style == TRAWL_SERIES_LINE || s->style == TRAWL_SERIES_LINE_DOTS) {
        plwidth(1.6 * l->scale);
        pllsty(line_style(s));
        draw_line(s);
        pllsty(1);
    }
    plwidth(1.6 * l->scale);
    if (dots || (s->style == TRAWL_SERIES_LINE_DOTS && s->n <= 400)) {
        plssym(0, dot_size(s) * mark_size(s) * l->scale);
        draw_dots(s);
    }
}

static void draw_series(const struct figure *f, const struct layout *l)
{
    draw_bands(f);
    for (uint32_t i = 0; i < f->n_series; i++) {
        plcol0(colour_of(&f->series[i]));
        plwidth(l->scale);
        draw_one(f, l, &f->series[i]);
    }
    plwidth(l->scale);
}

static void draw_key(const struct layout *l, const struct series *s, double x, double y)
{
    const double c = l->capital;
    PLFLT xs[2] = {x, x + 1.6 * c}, ys[2] = {y, y}, middle[1] = {x + 0.8 * c};
    const int wide = s->style == TRAWL_SERIES_BARS || s->style == TRAWL_SERIES_BAND;

    plcol0(colour_of(s) + (s->style == TRAWL_SERIES_BAND ? FIRST_PALE - FIRST_COLOUR : 0));
    plwidth((wide ? 8 : 2) * l->scale);
    if (s->style == TRAWL_SERIES_DOTS) {
        plssym(0, 0.9 * mark_size(s) * l->scale);
        plwidth(1.6 * l->scale);
        draw_mark(s, middle[0], y);
    } else if (s->style == TRAWL_SERIES_RANGES) {
        pljoin(middle[0], y - 0.6 * c, middle[0], y + 0.6 * c);
    } else {
        pllsty(wide ? 1 : line_style(s));
        plline(2, xs, ys);
        pllsty(1);
    }
    plwidth(l->scale);
    plcol0(BLACK);
}

static void draw_legend(const struct figure *f, const struct layout *l, double character)
{
    const double size = fmin(l->legend_size, l->legend_row / (1.3 * l->capital));
    const double c = l->capital, x = l->right + l->right_text + 0.8 * c;
    double y = l->top - 0.5 * l->legend_row;

    plvpor(0, 1, 0, 1);
    plwind(0, f->width, 0, f->height);
    plschr(0, character * size);
    for (uint32_t i = 0; i < f->n_series; i++) {
        char text[512];

        if (!*f->series[i].label)
            continue;
        draw_key(l, &f->series[i], x, y);
        text_cut_middle(text, sizeof(text), f->series[i].label, c * size, l->legend_text);
        plptex(x + 2.1 * c, y, 1, 0, 0, text);
        y -= l->legend_row;
    }
    plschr(0, character);
}

/* The names of bars: below them, or at the left when they lie; all or every n-th. */
static void draw_names(const struct figure *f, const struct layout *l, const struct axis *a)
{
    const int upwards = a == &f->y;
    const uint32_t every = (uint32_t)(upwards ? l->y_every : l->x_every);
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

static void draw_label(const char *side, double at, const struct axis *a, double every,
                       double capital, double length)
{
    const int thinned = a->kind == TRAWL_AXIS_CATEGORY && every > 1;
    char all[600], text[512];

    snprintf(all, sizeof(all), thinned ? "%.500s (one name in %.0f)" : "%.500s", a->label, every);
    text_cut(text, sizeof(text), all, capital, length);
    plmtex(side, at, 0.5, 0.5, text);
}

/* ---- axes: y2 has its numbers at the right, at the places that y gives them ---- */

static double up(const struct figure *f, double v)
{
    return f->y.min + (v - f->y2.min) / (f->y2.max - f->y2.min) * (f->y.max - f->y.min);
}

static void draw_grid(const struct figure *f, const struct layout *l)
{
    for (unsigned i = 0; i < l->x.n; i++)
        pljoin(l->x.items[i].at, f->y.min, l->x.items[i].at, f->y.max);
    for (unsigned i = 0; i < l->y.n; i++)
        pljoin(f->x.min, l->y.items[i].at, f->x.max, l->y.items[i].at);
    if (f->y.kind != TRAWL_AXIS_CATEGORY || l->across)
        return;
    for (double i = 0; i < f->y.n_categories; i += l->y_every) /* from a name to its dots */
        pljoin(f->x.min, i, f->x.max, i);
}

static void draw_axes(const struct figure *f, const struct layout *l)
{
    const double tick_x = 0.45 * l->capital * (f->x.max - f->x.min) / (l->right - l->left);
    const double tick_y = 0.45 * l->capital * (f->y.max - f->y.min) / (l->top - l->bottom);
    const int downwards = f->y.kind == TRAWL_AXIS_CATEGORY;

    plbox("bc", 0, 0, "bc", 0, 0);
    for (unsigned i = 0; i < l->x.n; i++) {
        const struct tick *t = &l->x.items[i];

        pljoin(t->at, downwards ? f->y.max : f->y.min, t->at,
               downwards ? f->y.max - tick_y : f->y.min + tick_y);
        plmtex("b", 1.5, (t->at - f->x.min) / (f->x.max - f->x.min), 0.5, t->text);
    }
    for (unsigned i = 0; i < l->y.n; i++) {
        const struct tick *t = &l->y.items[i];

        pljoin(f->x.min, t->at, f->x.min + tick_x, t->at);
        plmtex("lv", 0.6, (t->at - f->y.min) / (f->y.max - f->y.min), 1, t->text);
    }
    for (unsigned i = 0; i < l->y2.n; i++) {
        const struct tick *t = &l->y2.items[i];
        const double at = up(f, t->at);

        pljoin(f->x.max - tick_x, at, f->x.max, at);
        plmtex("rv", 0.6, (at - f->y.min) / (f->y.max - f->y.min), 0, t->text);
    }
}

/* Text in pixels whatever the size of the page: PLplot scales by millimetres. */
static double character_scale(const struct figure *f, double capital)
{
    PLFLT usual, current, x0, x1, y0, y1;

    plgspa(&x0, &x1, &y0, &y1);
    plgchr(&usual, &current);
    return (y1 - y0) / f->height * capital / usual;
}

static void draw_title(const struct figure *f, const struct layout *l, double scale)
{
    const double w = f->width, width = text_width(f->title, 1);
    const double size = fmin(1.15, 0.95 * w / (width * l->capital));
    char text[512];

    /* In the middle of the page, smaller or shortened where it is narrow. */
    text_cut(text, sizeof(text), f->title, l->capital * fmax(size, 0.7), 0.97 * w);
    plschr(0, scale * fmax(size, 0.7));
    plmtex("t", 1.2, (0.5 * w - l->left) / (l->right - l->left), 0.5, text);
    plschr(0, scale);
}

void draw_figure(struct figure *f, const char *device, const char *path)
{
    const double w = f->width, h = f->height;
    struct layout l;
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
    plvpor(l.left / w, l.right / w, l.bottom / h, l.top / h);
    if (f->y.kind == TRAWL_AXIS_CATEGORY) /* the first name at the top */
        plwind(f->x.min, f->x.max, f->y.max, f->y.min);
    else
        plwind(f->x.min, f->x.max, f->y.min, f->y.max);
    plwidth(l.scale);
    plcol0(GRID);
    draw_grid(f, &l);
    draw_series(f, &l);
    plcol0(BLACK);
    draw_axes(f, &l);
    if (f->x.kind == TRAWL_AXIS_CATEGORY)
        draw_names(f, &l, &f->x);
    if (f->y.kind == TRAWL_AXIS_CATEGORY)
        draw_names(f, &l, &f->y);
    draw_label("b", 3.2, &f->x, l.x_every, l.capital, l.right - l.left);
    draw_label("l", l.left / l.capital - 1.3, &f->y, l.y_every, l.capital, l.top - l.bottom);
    if (f->has_y2)
        draw_label("r", l.right_text / l.capital - 1.2, &f->y2, 0, l.capital, l.top - l.bottom);
    if (*f->title)
        draw_title(f, &l, scale);
    if (n_labels(f) > 1)
        draw_legend(f, &l, scale);
    plend();
}
