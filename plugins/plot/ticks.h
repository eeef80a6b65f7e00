/* Round steps and their labels, for the picture and the terminal alike.
 * Must not know how either draws. */
#ifndef PLOT_TICKS_H
#define PLOT_TICKS_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>

/** A round step that gives about n ticks over a span: 1, 2 or 5 times a power of ten; for times
 * above a second, parts of minutes, hours and days. */
static inline double tick_step(double span, double n, int is_time)
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

/** Decimals that a step needs, at most 9. */
static inline int tick_decimals(double step)
{
    int n = 0;

    while (n < 9 && fabs(step * pow(10, n) - round(step * pow(10, n))) > 1e-6)
        n++;
    return n;
}

/** 1.5 k, 20 M, 0.25; step tells how many decimals are worth showing. Where a unit would need more
 * than two of them, as in 1.000002 M, the number is written out. */
static inline void tick_number(char *out, size_t n, double v, double step)
{
    static const char *const units[] = {"", " k", " M", " G", " T", " P", " E"};
    const double size = fabs(v) > fabs(step) ? fabs(v) : fabs(step);
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

/** Civil date of a day number since 1970 (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static inline void tick_date(int64_t days, int64_t *ret_year, unsigned *ret_month,
                             unsigned *ret_day)
{
    const int64_t z = days + 719468, era = (z >= 0 ? z : z - 146096) / 146097;
    const unsigned doe = (unsigned)(z - era * 146097);
    const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

    *ret_day = doy - (153 * mp + 2) / 5 + 1;
    *ret_month = mp < 10 ? mp + 3 : mp - 9;
    *ret_year = (int64_t)yoe + era * 400 + (*ret_month <= 2);
}

/** Time of day of seconds since the origin's midnight; over more than a day with the date before.
 */
static inline void tick_time(char *out, size_t n, double v, double step, double span,
                             int64_t origin_s)
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
        if (step >= 86400)
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

#endif
