/* Figures as text files: what xplot draws, and numbers for other programs.
 * Must not know what a figure shows. */
#include "data.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target.h"
#include "ticks.h"

/* ---- lines ---- */

static void flush(struct lines *out)
{
    size_t done = 0;

    while (done < out->n && !out->error) {
        const ssize_t k = write(out->fd, out->buffer + done, out->n - done);

        if (k < 0 && errno != EINTR)
            out->error = errno;
        done += k > 0 ? (size_t)k : 0;
    }
    out->n = 0;
}

void lines_put(struct lines *out, const char *format, ...)
{
    va_list args, again;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(out->buffer + out->n, sizeof(out->buffer) - out->n, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n >= sizeof(out->buffer) - out->n) { /* a text that long is cut */
        flush(out);
        n = vsnprintf(out->buffer, sizeof(out->buffer), format, again);
        n = n >= (int)sizeof(out->buffer) ? (int)sizeof(out->buffer) - 1 : n;
    }
    va_end(again);
    out->n += n > 0 ? (size_t)n : 0;
}

void lines_number(struct lines *out, double value)
{
    char text[40];

    snprintf(text, sizeof(text), "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof(text), "%.17g", value);
    lines_put(out, "%s", text);
}

/* ---- csv ---- */

static void csv_text(struct lines *out, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        lines_put(out, "%s", text);
        return;
    }
    lines_put(out, "\"");
    for (; *text; text++)
        lines_put(out, *text == '"' ? "\"\"" : "%c", *text);
    lines_put(out, "\"");
}

static void csv_time(struct lines *out, int64_t origin_ns, double at)
{
    const double whole = floor(at);
    const int64_t second = INT64_C(1000000000);
    int64_t ns = origin_ns % second + llround((at - whole) * 1e9);
    int64_t s = origin_ns / second + (int64_t)whole, days, year;
    unsigned month, day, in_day;

    s += ns / second - (ns % second < 0);
    ns = (ns % second + second) % second;
    days = s / 86400 - (s % 86400 < 0);
    in_day = (unsigned)(s - days * 86400);
    tick_date(days, &year, &month, &day);
    lines_put(out, "%04lld-%02u-%02uT%02u:%02u:%02u.%09lldZ", (long long)year, month, day,
              in_day / 3600, in_day / 60 % 60, in_day % 60, (long long)ns);
}

static void csv_cell(struct lines *out, const struct plot_figure *f, const trawl_axis *axis,
                     double value)
{
    if (!isfinite(value))
        return;
    if (axis->kind == TRAWL_AXIS_TIME)
        csv_time(out, f->time_origin_ns, value);
    else if (axis->kind == TRAWL_AXIS_CATEGORY && value >= 0 && value < (double)axis->n_categories)
        csv_text(out, axis->categories[(size_t)value]);
    else
        lines_number(out, value);
}

void data_csv(struct lines *out, const struct plot_figure *f)
{
    int ends = 0;

    for (uint32_t i = 0; i < f->n_series; i++)
        ends |= f->series[i].low && f->series[i].high;
    lines_put(out, ends ? "series,x,y,low,high\r\n" : "series,x,y\r\n");
    for (uint32_t i = 0; i < f->n_series; i++) {
        const struct plot_series *s = &f->series[i];
        const trawl_axis *y = s->flags & TRAWL_LOOK_RIGHT ? &f->y2 : &f->y;
        const int ranges = s->style == TRAWL_SERIES_RANGES || s->style == TRAWL_SERIES_BAND;

        for (size_t k = 0; k < s->n; k++) {
            csv_text(out, s->label ? s->label : "");
            lines_put(out, ",");
            csv_cell(out, f, &f->x, s->x[k]);
            lines_put(out, ",");
            if (!ranges)
                csv_cell(out, f, y, s->y[k]);
            if (ends)
                lines_put(out, ",");
            if (s->low && s->high) {
                csv_cell(out, f, y, s->low[k]);
                lines_put(out, ",");
                csv_cell(out, f, y, s->high[k]);
            } else if (ends) {
                lines_put(out, ",");
            }
            lines_put(out, "\r\n");
        }
    }
}

/* ---- files ---- */

static int is_xplot(const char *path)
{
    const char *ending = strrchr(path, '.');

    return ending && strcmp(ending, ".xpl") == 0;
}

int data_is(const char *path)
{
    const char *ending = strrchr(path, '.');

    return ending && (is_xplot(path) || strcmp(ending, ".csv") == 0);
}

int data_write(trawl_call *call, const struct plot_figure *figure, const char *path,
               trawl_error *err)
{
    struct lines *out = plot_array(call, 1, sizeof(*out), err);
    struct target target;
    int rc = out ? target_open(call, path, &target, err) : TRAWL_E_NOMEM;

    if (rc != TRAWL_OK)
        return rc;
    out->fd = open(target.temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out->fd < 0) {
        rc = host->fail(err, TRAWL_E_IO, "could not write '%s': %s", path, host->reason(errno));
        host->leftover_done(target.leftover);
        return rc;
    }
    if (is_xplot(path))
        data_xplot(out, figure);
    else
        data_csv(out, figure);
    flush(out);
    if (close(out->fd) != 0 && !out->error)
        out->error = errno;
    if (!out->error)
        return target_keep(&target, err);
    target_drop(&target);
    return host->fail(err, TRAWL_E_IO, "could not write '%s': %s", path, host->reason(out->error));
}
