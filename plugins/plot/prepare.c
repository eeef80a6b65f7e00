/* A figure as plugins give it, made ready to be drawn.
 * Must not know columns or how figures are drawn. */
#include <math.h>
#include <string.h>

#include "plot.h"
#include "ticks.h"

static int is_right(const struct plot_series *s)
{
    return (s->flags & TRAWL_LOOK_RIGHT) != 0;
}

/* ---- members that a plugin of ABI 1.1 does not know ---- */

static struct plot_series series_of(const trawl_series *s, const trawl_look *look)
{
    return (struct plot_series){.label = s->label,
                                .style = s->style,
                                .n = s->n,
                                .x = s->x,
                                .y = s->y,
                                .bar_width = s->bar_width,
                                .low = look->low && look->high ? look->low : NULL,
                                .high = look->low && look->high ? look->high : NULL,
                                .flags = look->flags,
                                .mark = look->mark,
                                .colour = look->colour,
                                .sign = look->sign};
}

static int copy_figure(trawl_call *call, const trawl_figure *given, struct plot_figure *ret,
                       trawl_error *err)
{
    trawl_figure f = {.size = 0};

    memcpy(&f, given, given->size < sizeof(f) ? given->size : sizeof(f));
    *ret = (struct plot_figure){.title = f.title,
                                .time_origin_ns = f.time_origin_ns,
                                .x = f.x,
                                .y = f.y,
                                .y2 = f.y2,
                                .series = plot_array(call, f.n_series, sizeof(*ret->series), err),
                                .n_series = f.n_series};
    if (!ret->series)
        return TRAWL_E_NOMEM;
    for (uint32_t i = 0; i < f.n_series; i++) {
        trawl_look look = {.flags = 0};

        if (f.looks)
            memcpy(&look, (const char *)f.looks + (size_t)i * f.look_size,
                   f.look_size < sizeof(look) ? f.look_size : sizeof(look));
        ret->series[i] = series_of(&f.series[i], &look);
    }
    return TRAWL_OK;
}

/* ---- style ---- */

static int style_of(const char *name)
{
    static const struct {
        const char *name;
        int style;
    } styles[] = {{"line", TRAWL_SERIES_LINE},
                  {"dots", TRAWL_SERIES_DOTS},
                  {"steps", TRAWL_SERIES_STEPS},
                  {"line-dots", TRAWL_SERIES_LINE_DOTS}};

    for (size_t k = 0; name && k < TRAWL_COUNT(styles); k++) {
        if (strcmp(name, styles[k].name) == 0)
            return styles[k].style;
    }
    return -1;
}

/* The styles go to lines and points in turn; the last one to all that follow. */
static void set_styles(struct plot_figure *f, const trawl_canvas *canvas)
{
    size_t n = 0;

    for (uint32_t i = 0; i < f->n_series; i++) {
        const char *name = !canvas->styles.n      ? canvas->style
                           : n < canvas->styles.n ? canvas->styles.items[n]
                                                  : canvas->styles.items[canvas->styles.n - 1];
        const int style = style_of(name);

        if (f->series[i].style > TRAWL_SERIES_LINE_DOTS || f->series[i].style == TRAWL_SERIES_BARS)
            continue;
        if (style >= 0)
            f->series[i].style = style;
        n++;
    }
}

static void give_colours(struct plot_figure *f)
{
    uint32_t next = 1;

    for (uint32_t i = 0; i < f->n_series; i++) {
        if (!f->series[i].colour)
            f->series[i].colour = next++;
    }
}

/* Level lines with upright ones between. */
static int expand_steps(trawl_call *call, struct plot_series *s, trawl_error *err)
{
    double *x = plot_array(call, s->n * 2, sizeof(*x), err);
    double *y = plot_array(call, s->n * 2, sizeof(*y), err);
    size_t n = 0;

    if (!x || !y)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < s->n; k++) {
        if (k && isfinite(s->x[k]) && isfinite(s->y[k - 1])) {
            x[n] = s->x[k];
            y[n++] = s->y[k - 1];
        }
        x[n] = s->x[k];
        y[n++] = s->y[k];
    }
    s->style = TRAWL_SERIES_LINE;
    s->x = x;
    s->y = y;
    s->n = n;
    s->low = s->high = NULL;
    return TRAWL_OK;
}

/* ---- logarithms ---- */

static int logarithms(trawl_call *call, const double **values, size_t n, int zero_counts,
                      uint64_t *n_dropped, trawl_error *err)
{
    double *out;

    if (!*values)
        return TRAWL_OK;
    out = plot_array(call, n, sizeof(*out), err);
    if (!out)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < n; k++) {
        const double v = (*values)[k];

        out[k] = v > 0 ? log10(v) : NAN;
        *n_dropped += v < 0 || (v == 0 && zero_counts);
    }
    *values = out;
    return TRAWL_OK;
}

static int check_log(const struct plot_figure *f, const trawl_axis *axis, const char *name,
                     trawl_error *err)
{
    if (axis->kind == TRAWL_AXIS_TIME || axis->kind == TRAWL_AXIS_CATEGORY)
        return host->fail(err, TRAWL_E_USAGE, "the %s axis has %s, which have no logarithm", name,
                          axis->kind == TRAWL_AXIS_TIME ? "times" : "names");
    for (uint32_t i = 0; axis == &f->x && i < f->n_series; i++) {
        if (f->series[i].style == TRAWL_SERIES_BARS)
            return host->fail(err, TRAWL_E_USAGE, "bars stand on a linear axis: only --log y");
    }
    return TRAWL_OK;
}

static void log_limits(trawl_axis *axis)
{
    if (axis->min < axis->max && axis->min > 0) {
        axis->min = log10(axis->min);
        axis->max = log10(axis->max);
    } else {
        axis->min = axis->max = 0;
    }
}

static int apply_log(trawl_call *call, struct plot_figure *f, const char *log, trawl_error *err)
{
    trawl_axis *const axes[] = {&f->x, &f->y, &f->y2};
    uint64_t n_dropped = 0;
    int rc = TRAWL_OK;

    if (log && strchr(log, 'x'))
        rc = check_log(f, &f->x, "x", err);
    if (rc == TRAWL_OK && log && strchr(log, 'y'))
        rc = check_log(f, &f->y, "y", err);
    if (rc != TRAWL_OK)
        return rc;
    if (log && strchr(log, 'x'))
        f->x.kind = TRAWL_AXIS_LOG;
    if (log && strchr(log, 'y'))
        f->y.kind = f->y2.kind = TRAWL_AXIS_LOG;
    for (uint32_t i = 0; i < f->n_series && rc == TRAWL_OK; i++) {
        struct plot_series *s = &f->series[i];
        const int zero_counts = s->style != TRAWL_SERIES_BARS;

        if (f->x.kind == TRAWL_AXIS_LOG)
            rc = logarithms(call, &s->x, s->n, zero_counts, &n_dropped, err);
        if ((is_right(s) ? &f->y2 : &f->y)->kind != TRAWL_AXIS_LOG || rc != TRAWL_OK)
            continue;
        rc = logarithms(call, &s->y, s->n, zero_counts, &n_dropped, err);
        if (rc == TRAWL_OK)
            rc = logarithms(call, &s->low, s->n, 0, &n_dropped, err);
        if (rc == TRAWL_OK)
            rc = logarithms(call, &s->high, s->n, 0, &n_dropped, err);
    }
    for (size_t i = 0; i < 3; i++) {
        if (axes[i]->kind == TRAWL_AXIS_LOG)
            log_limits(axes[i]);
    }
    if (rc == TRAWL_OK && n_dropped)
        host->log(1, "a logarithmic axis leaves out what is not above 0: %llu of the values",
                  (unsigned long long)n_dropped);
    return rc;
}

/* ---- whole numbers ---- */

static int are_whole(const double *values, size_t n)
{
    for (size_t k = 0; values && k < n; k++) {
        if (isfinite(values[k]) && values[k] != floor(values[k]))
            return 0;
    }
    return 1;
}

/* Counts, and what is counted: no tick says half a packet or stream. */
static void find_whole_axes(struct plot_figure *f)
{
    trawl_axis *const axes[] = {&f->x, &f->y, &f->y2};

    for (size_t a = 0; a < 3; a++) {
        int whole = axes[a]->kind == TRAWL_AXIS_LINEAR;

        for (uint32_t i = 0; i < f->n_series && whole; i++) {
            const struct plot_series *s = &f->series[i];

            if (a == 0)
                whole = are_whole(s->x, s->n);
            else if (is_right(s) == (a == 2))
                whole = are_whole(s->y, s->n) && are_whole(s->low, s->n) &&
                        are_whole(s->high, s->n);
        }
        if (whole)
            axes[a]->kind = TICKS_WHOLE;
    }
}

int plot_copy(trawl_call *call, const trawl_figure *figure, const trawl_canvas *given,
              struct plot_figure *ret, trawl_error *err)
{
    trawl_canvas canvas = {.size = 0};
    int rc = copy_figure(call, figure, ret, err);

    /* From a plugin of an older 1.2 the canvas may be shorter; a command's own has no size. */
    memcpy(&canvas, given,
           given->size && given->size < sizeof(canvas) ? given->size : sizeof(canvas));
    if (rc != TRAWL_OK)
        return rc;
    if (canvas.title)
        ret->title = strcmp(canvas.title, "none") == 0 ? NULL : canvas.title;
    set_styles(ret, &canvas);
    give_colours(ret);
    return TRAWL_OK;
}

int plot_prepare(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
                 struct plot_figure *ret, trawl_error *err)
{
    int rc = plot_copy(call, figure, canvas, ret, err);

    for (uint32_t i = 0; i < ret->n_series && rc == TRAWL_OK; i++) {
        struct plot_series *s = &ret->series[i];
        const int ranges = s->style == TRAWL_SERIES_RANGES || s->style == TRAWL_SERIES_BAND;

        if (ranges && (!s->low || !s->high))
            rc = host->fail(err, TRAWL_E_PLUGIN, "a series of ranges has no ends");
        if (ranges)
            s->y = s->high;
        if (s->style == TRAWL_SERIES_STEPS && rc == TRAWL_OK)
            rc = expand_steps(call, s, err);
    }
    if (rc == TRAWL_OK)
        rc = apply_log(call, ret, canvas->log, err);
    if (rc == TRAWL_OK)
        find_whole_axes(ret);
    return rc;
}

/* ---- the axis at the right ---- */

static int move(trawl_call *call, const double **values, size_t n, const struct plot_range *r,
                trawl_error *err)
{
    const double scale = (r->y_max - r->y_min) / (r->y2_max - r->y2_min);
    double *out;

    if (!*values)
        return TRAWL_OK;
    out = plot_array(call, n, sizeof(*out), err);
    if (!out)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < n; k++)
        out[k] = r->y_min + ((*values)[k] - r->y2_min) * scale;
    *values = out;
    return TRAWL_OK;
}

int plot_join_axes(trawl_call *call, struct plot_figure *figure, const struct plot_range *range,
                   trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint32_t i = 0; range->has_y2 && i < figure->n_series && rc == TRAWL_OK; i++) {
        struct plot_series *s = &figure->series[i];

        if (!is_right(s))
            continue;
        rc = move(call, &s->y, s->n, range, err);
        if (rc == TRAWL_OK)
            rc = move(call, &s->low, s->n, range, err);
        if (rc == TRAWL_OK)
            rc = move(call, &s->high, s->n, range, err);
    }
    return rc;
}
