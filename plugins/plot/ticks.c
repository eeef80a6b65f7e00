/* Round places on an axis and their labels. Must not know how they are drawn. */
#include "ticks.h"

#include <math.h>
#include <stdio.h>

#include "trawl/plugin.h"

/* A round step that gives about n ticks over a span: 1, 2 or 5 times a power of ten; for times
 * above a second, parts of minutes, hours and days. */
static double tick_step(double span, double n, int is_time)
{
    static const double clock[] = {1,   2,   5,    10,   15,   30,    60,    120,   300,
                                   600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400};
    const double rough = span / (n < 1 ? 1 : n);
    double power, unit;

    if (!(rough > 0) || !isfinite(rough))
        return 1;
    if (is_time && rough > 0.5) {
        for (unsigned i = 0; i < sizeof(clock) / sizeof(clock[0]); i++) {
            if (clock[i] >= rough)
                return clock[i];
        }
        return 86400 * ceil(rough / 86400);
    }
    power = pow(10, floor(log10(rough)));
    unit = rough / power;
    return power * (unit <= 1 ? 1 : unit <= 2 ? 2 : unit <= 5 ? 5 : 10);
}

/* Decimals that a step needs, at most 9. */
static int tick_decimals(double step)
{
    int n = 0;

    while (n < 9 && fabs(step * pow(10, n) - round(step * pow(10, n))) > 1e-6)
        n++;
    return n;
}

/* 1.5 k, 20 M, 0.25; step tells how many decimals are worth showing, the largest number of the axis
 * the unit. Where a unit would need more than two decimals, as in 1.000002 M, the number is written
 * out. */
static void tick_number(char *out, size_t n, double v, double step, double largest)
{
    static const char *const units[] = {"", " k", " M", " G", " T", " P", " E"};
    const double size = largest > fabs(step) ? largest : fabs(step);
    double scale = 1;
    unsigned i = 0;

    if (size >= 10000 && isfinite(size)) {
        while (i < 6 && size / scale >= 1000) {
            scale *= 1000;
            i++;
        }
    }
    while (i && tick_decimals(step / scale) > 2) {
        scale /= 1000;
        i--;
    }
    if (fabs(v) < step * 1e-6)
        snprintf(out, n, "0");
    else if (step < 1e-9)
        snprintf(out, n, "%.4g", v);
    else
        snprintf(out, n, "%.*f%s", tick_decimals(step / scale), v / scale, units[i]);
}

/* Civil date of a day number since 1970 (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). */
void tick_date(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
    const int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    const unsigned doe = (unsigned)(z - era * 146097);
    const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    *ret_day = doy - (153 * mp + 2) / 5 + 1;
    *ret_month = mp < 10 ? mp + 3 : mp - 9;
    *ret_year = (int64_t)yoe + era * 400 + (*ret_month <= 2);
}

/* Time of day of seconds since the origin's midnight; over more than a day with the date before.
 */
static void tick_time(char *out, size_t n, double v, double step, double span, int64_t origin_s)
{
    int64_t s = (int64_t)floor(v + step * 1e-6), days, y;
    unsigned d, m, of_day;
    double fraction = v - (double)s;
    const int decimals = tick_decimals(step);

    if (fraction < 0)
        fraction = 0;
    s += origin_s;
    days = s / 86400 - (s % 86400 < 0);
    of_day = (unsigned)(s - days * 86400);
    if (span > 86400) {
        tick_date(days, &y, &m, &d);
        if (span > 366 * 86400.0)
            snprintf(out, n, "%04lld-%02u-%02u", (long long)y, m, d);
        else if (step >= 86400)
            snprintf(out, n, "%02u-%02u", m, d);
        else
            snprintf(out, n, "%02u-%02u %02u:%02u", m, d, of_day / 3600, of_day / 60 % 60);
    } else if (decimals) {
        char digits[16];

        snprintf(digits, sizeof(digits), "%.*f", decimals, fraction);
        snprintf(out, n, "%02u:%02u:%02u%s", of_day / 3600, of_day / 60 % 60, of_day % 60,
                 digits + 1);
    } else {
        snprintf(out, n, "%02u:%02u:%02u", of_day / 3600, of_day / 60 % 60, of_day % 60);
    }
}

/* ---- logarithmic axes ---- */

/* 10 k, 0.001, 2e-06: of a power of ten, or 2 or 5 times one. */
static void tick_power(char *out, size_t n, double v)
{
    if (v < 0.001)
        snprintf(out, n, "%.0e", v);
    else
        tick_number(out, n, v, v, v);
}

static void add_power(struct ticks *t, double min, double max, double v)
{
    const double at = log10(v);

    if (at < min - 1e-9 || at > max + 1e-9 || t->n == TICKS_MOST)
        return;
    t->items[t->n].at = at;
    tick_power(t->items[t->n].text, sizeof(t->items[0].text), v);
    t->n++;
}

/* Decades, or 1, 2 and 5 in each where few fit; round steps where not even two of these do. */
static void log_ticks(struct ticks *t, double min, double max, double n)
{
    const int few = (max - min) * 3 <= n;
    const double every = few ? 1 : fmax(1, ceil((max - min) / fmax(n, 1)));
    const double low = pow(10, min), high = pow(10, max);

    for (double d = floor(min); d <= max + 1e-9; d += 1) {
        if (fabs(fmod(d, every)) > 1e-9)
            continue;
        add_power(t, min, max, pow(10, d));
        if (few) {
            add_power(t, min, max, 2 * pow(10, d));
            add_power(t, min, max, 5 * pow(10, d));
        }
    }
    if (t->n < 2 && isfinite(low) && high > low) {
        const double step = tick_step(high - low, n, 0);

        t->n = 0;
        for (double v = ceil(low / step) * step; v <= high && t->n < TICKS_MOST; v += step) {
            if (!(v > 0))
                continue;
            t->items[t->n].at = log10(v);
            tick_number(t->items[t->n].text, sizeof(t->items[0].text), v, step, high);
            t->n++;
        }
    }
}

void ticks_make(struct ticks *ret, int kind, double min, double max, double n, int64_t origin_s)
{
    const double span = max - min;
    double step, first, shift = 0;

    ret->n = 0;
    if (kind == TRAWL_AXIS_CATEGORY || !(span > 0) || !isfinite(span))
        return;
    if (kind == TRAWL_AXIS_LOG) {
        log_ticks(ret, min, max, n);
        return;
    }
    step = tick_step(span, fmin(n, TICKS_MOST / 2.0), kind == TRAWL_AXIS_TIME);
    if (kind == TICKS_WHOLE && step < 1)
        step = 1;
    if (kind == TRAWL_AXIS_TIME && step >= 1) /* round by the clock, wherever the origin is */
        shift = fmod(fmod((double)origin_s, step) + step, step);
    first = ceil((min + shift) / step - 1e-9);
    for (int i = 0; ret->n < TICKS_MOST; i++) {
        const double at = (first + i) * step - shift; /* no sum: its errors would add up */
        struct tick *t = &ret->items[ret->n];

        if (at > max + step * 1e-9)
            break;
        t->at = at;
        if (kind == TRAWL_AXIS_TIME)
            tick_time(t->text, sizeof(t->text), at, step, span, origin_s);
        else
            tick_number(t->text, sizeof(t->text), at, step, fmax(fabs(min), fabs(max)));
        ret->n++;
    }
}
