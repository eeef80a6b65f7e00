/* How two clocks differ, from the delays that packets seem to have: plain numbers.
 * Knows nothing of captures or packets. */
#include "hull.h"

#include <math.h>

/* Does b lie on or above the line from a to c? side -1: on or below. */
static int is_beyond(const struct hull_point *a, const struct hull_point *b,
                     const struct hull_point *c, double side)
{
    return side * ((b->y - a->y) * (c->x - a->x) - (c->y - a->y) * (b->x - a->x)) >= 0;
}

static size_t hull(struct hull_point *points, size_t n, double side)
{
    size_t n_hull = 0;

    for (size_t i = 0; i < n; i++) {
        const struct hull_point p = points[i];

        if (n_hull && points[n_hull - 1].x >= p.x) { /* at one time the outer one counts */
            if (side * (points[n_hull - 1].y - p.y) <= 0)
                continue;
            n_hull--;
        }
        while (n_hull >= 2 && is_beyond(&points[n_hull - 2], &points[n_hull - 1], &p, side))
            n_hull--;
        points[n_hull++] = p;
    }
    return n_hull;
}

size_t hull_lower(struct hull_point *points, size_t n)
{
    return hull(points, n, 1);
}

size_t hull_upper(struct hull_point *points, size_t n)
{
    return hull(points, n, -1);
}

/* Where a line of that skew touches the hull, whose slopes only rise (side -1: fall). */
static const struct hull_point *touch(const struct hull_way *way, double skew, double side)
{
    size_t low = 0, high = way->n_hull ? way->n_hull - 1 : 0;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct hull_point *p = &way->points[middle];

        if (side * ((p[1].y - p[0].y) - skew * (p[1].x - p[0].x)) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return &way->points[low];
}

/* Which way the skew should go: the derivative of the sum that the programme maximises. It falls as
 * the skew grows. */
static double slope_of_gain(const struct hull_way *to, const struct hull_way *from, double skew)
{
    double gain = 0;

    if (to->n)
        gain += (double)to->n * (to->mean_x - touch(to, skew, 1)->x);
    if (from->n)
        gain -= (double)from->n * (from->mean_x - touch(from, skew, -1)->x);
    return gain;
}

static void widen(const struct hull_way *way, double *low, double *high)
{
    for (size_t i = 1; i < way->n_hull; i++) {
        const struct hull_point *a = &way->points[i - 1], *b = &way->points[i];
        const double slope = (b->y - a->y) / (b->x - a->x);

        *low = fmin(*low, slope);
        *high = fmax(*high, slope);
    }
}

static void prepare(struct hull_way *way, double side)
{
    way->mean_x = 0;
    for (size_t i = 0; i < way->n; i++)
        way->mean_x += (way->points[i].x - way->mean_x) / (double)(i + 1);
    way->n_hull = hull(way->points, way->n, side);
}

struct hull_fit hull_fit(struct hull_way *to, struct hull_way *from, int with_skew)
{
    struct hull_fit fit = {0};
    double low = INFINITY, high = -INFINITY;

    prepare(to, 1);
    prepare(from, -1);
    widen(to, &low, &high);
    widen(from, &low, &high);
    if (with_skew && low <= high) {
        for (int i = 0; i < 200 && low < high; i++) {
            const double middle = low + (high - low) / 2;

            if (slope_of_gain(to, from, middle) > 0)
                low = middle;
            else
                high = middle;
        }
        fit.skew = high;
    }
    if (to->n)
        fit.low = touch(to, fit.skew, 1)->y - fit.skew * touch(to, fit.skew, 1)->x;
    if (from->n)
        fit.high = touch(from, fit.skew, -1)->y - fit.skew * touch(from, fit.skew, -1)->x;
    if (!to->n)
        fit.low = fit.high;
    if (!from->n)
        fit.high = fit.low;
    return fit;
}
