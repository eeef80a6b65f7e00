/* Figures under construction: call memory, points that are added one by one, series.
 * Must not know captures. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sequence.h"

void *new_array(trawl_call *call, uint64_t n, size_t size, trawl_error *err)
{
    void *p = n < SIZE_MAX / size - 1 ? host->call_alloc(call, ((size_t)n + 1) * size) : NULL;

    if (!p)
        host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return p;
}

const char *new_text(trawl_call *call, const char *format, ...)
{
    va_list args, again;
    char *text;
    int n;

    va_start(args, format);
    va_copy(again, args);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text = n < 0 ? NULL : host->call_alloc(call, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text ? text : "";
}

/* Call memory cannot grow: what is left behind is as much again as what is used at the end. */
static int grow(trawl_call *call, struct points *p, int ranges)
{
    double **const columns[] = {&p->x, ranges ? &p->low : &p->y, ranges ? &p->high : NULL};
    const size_t capacity = p->capacity ? p->capacity * 2 : 64;

    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        double *values;

        if (!columns[i])
            continue;
        values = capacity < SIZE_MAX / sizeof(*values)
                     ? host->call_alloc(call, capacity * sizeof(*values))
                     : NULL;
        if (!values) {
            p->failed = 1;
            return 0;
        }
        if (p->n)
            memcpy(values, *columns[i], p->n * sizeof(*values));
        *columns[i] = values;
    }
    p->capacity = capacity;
    return 1;
}

void points_add(trawl_call *call, struct points *p, double x, double y)
{
    if (p->failed || (p->n == p->capacity && !grow(call, p, 0)))
        return;
    p->x[p->n] = x;
    p->y[p->n++] = y;
}

void points_add_range(trawl_call *call, struct points *p, double x, double low, double high)
{
    if (p->failed || (p->n == p->capacity && !grow(call, p, 1)))
        return;
    p->x[p->n] = x;
    p->low[p->n] = low;
    p->high[p->n++] = high;
}

int points_check(const struct points *p, size_t n, trawl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (p[i].failed)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    }
    return TRAWL_OK;
}

int sketch_init(trawl_call *call, struct sketch *s, uint32_t room, trawl_error *err)
{
    *s = (struct sketch){.call = call, .room = room};
    s->series = new_array(call, room, sizeof(*s->series), err);
    s->looks = new_array(call, room, sizeof(*s->looks), err);
    return s->series && s->looks ? TRAWL_OK : TRAWL_E_NOMEM;
}

void sketch_add(struct sketch *s, const struct points *p, const char *label, int style,
                trawl_look look)
{
    if (!p->n || s->n == s->room)
        return;
    look.low = p->low;
    look.high = p->high;
    s->series[s->n] = (trawl_series){
        .label = label, .style = style, .n = p->n, .x = p->x, .y = p->y ? p->y : p->high};
    s->looks[s->n++] = look;
}

void sketch_finish(const struct sketch *s, const struct stream *stream, trawl_figure *ret)
{
    ret->series = s->series;
    ret->n_series = s->n;
    ret->looks = s->looks;
    ret->look_size = sizeof(*s->looks);
    if (stream) {
        ret->time_origin_ns = stream->origin_ns;
        ret->x = (trawl_axis){.label = "time (UTC)", .kind = TRAWL_AXIS_TIME};
    }
}
