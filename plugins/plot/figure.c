/* Figures as data: their ranges, and dropping what a picture cannot show.
 * Must not know columns or how figures are drawn. */
#include <math.h>

#include "plot.h"

static void widen(double *min, double *max, double v)
{
    if (!isfinite(v))
        return;
    if (!(*min <= v))
        *min = v;
    if (!(*max >= v))
        *max = v;
}

/* A margin beside the data; a single value gets room on both sides. */
static void margin(double *min, double *max, double share)
{
    double span = *max - *min;

    if (!(span > 0)) {
        span = fabs(*max) > 0 ? fabs(*max) : 1;
        *min -= span / 2;
        *max += span / 2;
        return;
    }
    *min -= span * share;
    *max += span * share;
}

static void widen_by(const struct plot_series *s, size_t k, double *min, double *max)
{
    widen(min, max, s->y[k]);
    if (s->low && s->high) {
        widen(min, max, s->low[k]);
        widen(min, max, s->high[k]);
    }
}

/* Limits of an axis upwards from those of its data. */
static void limit_upwards(const trawl_axis *axis, int has_bars, double *min, double *max)
{
    const int linear = axis->kind != TRAWL_AXIS_LOG;

    if (linear && has_bars) {
        *min = fmin(*min, 0);
        *max = fmax(*max, 0);
    }
    if (linear && *max > 0 && *min >= 0 && *min < *max * 0.3) {
        *min = 0; /* near enough to zero to show it */
        *max *= 1.05;
    } else if (linear && *max > 0 && *max == *min) {
        *min = 0;
        *max *= 1.25;
    } else if (linear && *max == 0 && *min < 0 && has_bars) {
        *min *= 1.05;
    } else if (!linear && !(*max > *min)) {
        *min -= 0.5;
        *max += 0.5;
    } else if (!linear && has_bars) {
        *min -= 0.3; /* the least of them has a height */
        *max += 0.05 * (*max - *min);
    } else {
        margin(min, max, 0.05);
    }
    if (axis->kind == TRAWL_AXIS_CATEGORY && axis->n_categories) {
        *min = -0.6;
        *max = (double)axis->n_categories - 0.4;
    }
    if (axis->min < axis->max) {
        *min = axis->min;
        *max = axis->max;
    }
}

int plot_range(const struct plot_figure *figure, struct plot_range *ret)
{
    double x_min = NAN, x_max = NAN, y_min = NAN, y_max = NAN, bar = 0;
    double x_first, x_last, y_first, y_last;
    double y2_min = NAN, y2_max = NAN;
    int has_bars = 0;

    for (uint32_t i = 0; i < figure->n_series; i++) {
        const struct plot_series *s = &figure->series[i];
        const int right = (s->flags & TRAWL_LOOK_RIGHT) != 0;

        for (size_t k = 0; k < s->n; k++) {
            if (!isfinite(s->x[k]) || !isfinite(s->y[k]))
                continue;
            widen(&x_min, &x_max, s->x[k]);
            widen_by(s, k, right ? &y2_min : &y_min, right ? &y2_max : &y_max);
        }
        has_bars |= s->style == TRAWL_SERIES_BARS;
        if (s->style == TRAWL_SERIES_BARS && s->bar_width > bar)
            bar = s->bar_width;
    }
    if (!isfinite(x_min))
        return 0;
    x_first = x_min;
    x_last = x_max;
    y_first = y_min;
    y_last = y_max;
    if (bar > 0) {
        x_min -= bar * 0.6;
        x_max += bar * 0.6;
    }
    if (figure->x.kind == TRAWL_AXIS_CATEGORY && figure->x.n_categories) {
        x_min = -0.6;
        x_max = (double)figure->x.n_categories - 0.4;
    } else if (figure->x.kind == TRAWL_AXIS_TIME && !(x_max > x_min)) {
        x_min -= 1;
        x_max += 1;
    } else if (!(bar > 0) || !(x_max > x_min)) {
        margin(&x_min, &x_max, 0.02);
    }
    if (figure->x.min < figure->x.max) {
        x_first = x_min = figure->x.min;
        x_last = x_max = figure->x.max;
    }
    *ret = (struct plot_range){x_min,   x_max,  y_min,   y_max, isfinite(y2_min), y2_min, y2_max,
                               x_first, x_last, y_first, y_last};
    if (!isfinite(y_min)) { /* all at the right */
        ret->y_min = 0;
        ret->y_max = 1;
    } else {
        limit_upwards(&figure->y, has_bars, &ret->y_min, &ret->y_max);
    }
    if (ret->has_y2)
        limit_upwards(&figure->y2, 0, &ret->y2_min, &ret->y2_max);
    return 1;
}

static size_t pixel(double v, double min, double max, size_t n)
{
    const double at = (v - min) / (max - min) * (double)n;

    return at < 0 ? 0 : at >= (double)n ? n - 1 : (size_t)at;
}

/* One dot a pixel. */
static int thin_dots(trawl_call *call, struct plot_series *s, const struct plot_range *range,
                     size_t width, size_t height, trawl_error *err)
{
    uint8_t *seen = plot_array(call, width * height / 8 + 1, 1, err);
    double *x = plot_array(call, s->n, sizeof(*x), err),
           *y = plot_array(call, s->n, sizeof(*y), err);
    size_t n = 0;

    if (!seen || !x || !y)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < s->n; k++) {
        size_t at;

        if (!isfinite(s->x[k]) || !isfinite(s->y[k]))
            continue;
        at = pixel(s->y[k], range->y_min, range->y_max, height) * width +
             pixel(s->x[k], range->x_min, range->x_max, width);
        if (seen[at / 8] >> (at % 8) & 1)
            continue;
        seen[at / 8] |= (uint8_t)(1u << (at % 8));
        x[n] = s->x[k];
        y[n++] = s->y[k];
    }
    s->x = x;
    s->y = y;
    s->n = n;
    return TRAWL_OK;
}

/* Of upright lines in one column of pixels, those that reach where none has. */
static int thin_ranges(trawl_call *call, struct plot_series *s, const struct plot_range *range,
                       size_t width, size_t height, trawl_error *err)
{
    uint8_t *seen = plot_array(call, width * height / 8 + 1, 1, err);
    double *x = plot_array(call, s->n, sizeof(*x), err),
           *low = plot_array(call, s->n, sizeof(*low), err),
           *high = plot_array(call, s->n, sizeof(*high), err);
    size_t n = 0;

    if (!seen || !x || !low || !high)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < s->n; k++) {
        size_t column, from, to;
        int is_new = 0;

        if (!isfinite(s->x[k]) || !isfinite(s->low[k]) || !isfinite(s->high[k]))
            continue;
        column = pixel(s->x[k], range->x_min, range->x_max, width);
        from = pixel(fmin(s->low[k], s->high[k]), range->y_min, range->y_max, height);
        to = pixel(fmax(s->low[k], s->high[k]), range->y_min, range->y_max, height);
        for (size_t row = from; row <= to; row++) {
            const size_t at = row * width + column;

            is_new |= !(seen[at / 8] >> (at % 8) & 1);
            seen[at / 8] |= (uint8_t)(1u << (at % 8));
        }
        if (!is_new)
            continue;
        x[n] = s->x[k];
        low[n] = s->low[k];
        high[n++] = s->high[k];
    }
    s->x = x;
    s->low = low;
    s->y = s->high = high;
    s->n = n;
    return TRAWL_OK;
}

/* Of the points of a line that fall into one column of pixels, in order: the first, the lowest, the
 * highest and the last; of its breaks there only one that goes on to the next column. */
static int thin_line(trawl_call *call, struct plot_series *s, const struct plot_range *range,
                     size_t width, trawl_error *err)
{
    double *x = plot_array(call, s->n, sizeof(*x), err),
           *y = plot_array(call, s->n, sizeof(*y), err);
    size_t n = 0;

    if (!x || !y)
        return TRAWL_E_NOMEM;
    for (size_t k = 0; k < s->n;) {
        size_t end = k + 1, keep[4] = {k, k, k, k};
        size_t column;

        if (!isfinite(s->x[k]) || !isfinite(s->y[k])) {
            x[n] = s->x[k];
            y[n++] = s->y[k++];
            continue;
        }
        column = pixel(s->x[k], range->x_min, range->x_max, width);
        for (; end < s->n && isfinite(s->x[end]) &&
               pixel(s->x[end], range->x_min, range->x_max, width) == column;
             end++) {
            if (!isfinite(s->y[end]))
                continue;
            if (s->y[end] < s->y[keep[1]])
                keep[1] = end;
            if (s->y[end] > s->y[keep[2]])
                keep[2] = end;
            keep[3] = end;
        }
        if (keep[1] > keep[2]) {
            const size_t t = keep[1];

            keep[1] = keep[2];
            keep[2] = t;
        }
        for (size_t j = 0; j < 4; j++) {
            if (j && keep[j] == keep[j - 1])
                continue;
            x[n] = s->x[keep[j]];
            y[n++] = s->y[keep[j]];
        }
        if (!isfinite(s->y[end - 1])) {
            x[n] = s->x[end - 1];
            y[n++] = NAN;
        }
        k = end;
    }
    s->x = x;
    s->y = y;
    s->n = n;
    return TRAWL_OK;
}

int plot_thin(trawl_call *call, struct plot_figure *figure, const struct plot_range *range,
              unsigned width, unsigned height, trawl_error *err)
{
    for (uint32_t i = 0; i < figure->n_series; i++) {
        struct plot_series *s = &figure->series[i];
        int rc = TRAWL_OK;

        if (s->style == TRAWL_SERIES_RANGES)
            rc = thin_ranges(call, s, range, (size_t)width * 2, (size_t)height * 2, err);
        else if (s->low && s->high)
            continue; /* error bars and bands go with their points */
        else if (s->style == TRAWL_SERIES_DOTS)
            rc = thin_dots(call, s, range, (size_t)width * 2, (size_t)height * 2, err);
        else if (s->style != TRAWL_SERIES_BARS && s->n > (size_t)width * 4)
            rc = thin_line(call, s, range, (size_t)width * 2, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}
