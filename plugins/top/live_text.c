/* Pages of text, and numbers for people in few columns. Knows nothing of what they count. */
#include <stdio.h>
#include <string.h>

#include "trawl/views.h"

#include "live.h"

void live_page_free(struct live_page *p)
{
    if (!p)
        return;
    host->free(p->columns);
    host->free(p->cells);
    host->free(p->marks);
    host->free(p->text);
    host->free(p);
}

void live_detail_free(struct live_detail *d)
{
    if (!d)
        return;
    for (size_t i = 0; i < d->n; i++)
        host->free(d->lines[i]);
    host->free(d->lines);
    host->free(d);
}

/* ---- numbers ---- */

/* Three digits of a value, as many as they say behind the point. */
static size_t three(char *out, size_t room, double value, const char *unit)
{
    const double size = value < 0 ? -value : value;
    const int n = snprintf(out, room, "%.*f%s",
                           size < 9.995   ? 2
                           : size < 99.95 ? 1
                                          : 0,
                           value, unit);

    return n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

size_t text_of_span(char *out, size_t room, int64_t ns)
{
    const double v = (double)ns;

    if (ns == 0)
        return (size_t)snprintf(out, room, "0");
    if (v < 999.5)
        return three(out, room, v, "ns");
    if (v < 999.5e3)
        return three(out, room, v / 1e3, "us");
    if (v < 999.5e6)
        return three(out, room, v / 1e6, "ms");
    if (v < 599.5e9)
        return three(out, room, v / 1e9, "s");
    if (v < 35999.5e9)
        return three(out, room, v / 60e9, "m");
    return three(out, room, v / 3600e9, "h");
}

size_t text_of_count(char *out, size_t room, double value)
{
    static const char *const units[] = {"k", "M", "G", "T", "P", "E"};
    size_t i = 0;

    if (value < 99999.5)
        return (size_t)snprintf(out, room, "%.0f", value);
    for (value /= 1000; value >= 999.5 && i + 1 < TRAWL_COUNT(units); i++)
        value /= 1000;
    return three(out, room, value, units[i]);
}

static size_t real(char *out, size_t room, const trawl_column *column, double value)
{
    if (column->unit && strcmp(column->unit, "%") == 0)
        return (size_t)snprintf(out, room, "%.0f", value);
    return value < 99999.5 ? three(out, room, value, "") : text_of_count(out, room, value);
}

/* A list's items between commas. */
static size_t list(char *out, size_t room, const trawl_view *view, uint64_t row)
{
    size_t n = 0;

    for (uint64_t i = view->offsets[row]; i < view->offsets[row + 1] && n + 2 < room; i++) {
        size_t n_text;
        const uint8_t *text = trawl_view_text(view, i, &n_text);

        if (n)
            out[n++] = ',';
        n += host->escape(out + n, room - n, text, n_text);
    }
    out[n] = '\0';
    return n;
}

size_t text_of_cell(char *out, size_t room, const trawl_view *view, const trawl_column *column,
                    uint64_t row)
{
    char text[LIVE_KEY];
    size_t n;

    out[0] = '\0';
    if (!trawl_view_has(view, row))
        return 0;
    if (view->offsets)
        return view->type == TRAWL_STRING ? list(out, room, view, row) : 0;
    if (view->type == TRAWL_SPAN)
        return text_of_span(out, room, ((const int64_t *)view->data)[row]);
    if (view->type == TRAWL_F64)
        return real(out, room, column, ((const double *)view->data)[row]);
    if (view->type == TRAWL_U64 && !(view->flags & TRAWL_COLUMN_ID))
        return text_of_count(out, room, (double)trawl_view_u64(view, row));
    n = host->value_text(view, row, text, sizeof(text));
    return host->escape(out, room, text, n < sizeof(text) ? n : sizeof(text));
}

size_t text_of_bars(char *out, size_t room, const double *values, size_t n, double most)
{
    static const char *const heights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && at + 4 < room; i++) {
        int height = values[i] > 0 && most > 0 ? (int)(values[i] / most * 8 + 0.999) : 0;

        height = height > 8 ? 8 : height;
        at += (size_t)snprintf(out + at, room - at, "%s", heights[height]);
    }
    return at;
}
