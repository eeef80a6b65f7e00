/* Reads a figure from stdin, trusting no count.
 * Must not know how it is drawn. */
#include "read.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../wire.h"

static int get(void *out, size_t n)
{
    return fread(out, 1, n, stdin) == n ? 0 : -1;
}

/* Bytes of a valid UTF-8 sequence at s, 0 when it is none. */
static size_t utf8_length(const unsigned char *s, size_t n)
{
    const size_t len = s[0] < 0x80                   ? 1
                       : s[0] >= 0xf0 && s[0] < 0xf5 ? 4
                       : s[0] >= 0xe0                ? 3
                       : s[0] >= 0xc2                ? 2
                                                     : 0;

    if (!len || len > n || (len == 3 && s[0] >= 0xf0))
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

static char *safe_text(const unsigned char *s, size_t n)
{
    char *out = malloc(2 * n + 1);
    size_t at = 0;

    for (size_t i = 0; out && i < n;) {
        const size_t len = utf8_length(s + i, n - i);

        if (!len || s[i] < 0x20 || s[i] == 0x7f || (len == 2 && s[i] == 0xc2 && s[i + 1] < 0xa0)) {
            out[at++] = '?';
            i++;
            continue;
        }
        if (s[i] == '#')
            out[at++] = '#';
        memcpy(out + at, s + i, len);
        at += len;
        i += len;
    }
    if (out)
        out[at] = '\0';
    return out;
}

static int get_text(char **ret)
{
    unsigned char buffer[WIRE_MAX_TEXT];
    uint32_t n;

    if (get(&n, sizeof(n)) || n >= WIRE_MAX_TEXT || get(buffer, n))
        return -1;
    *ret = safe_text(buffer, n);
    return *ret ? 0 : -1;
}

static int get_axis(struct axis *axis)
{
    if (get(&axis->kind, sizeof(axis->kind)) || get(&axis->min, sizeof(axis->min)) ||
        get(&axis->max, sizeof(axis->max)) || get_text(&axis->label) ||
        get(&axis->n_categories, sizeof(axis->n_categories)) ||
        axis->n_categories > WIRE_MAX_CATEGORIES || !isfinite(axis->min) || !isfinite(axis->max) ||
        !(axis->min < axis->max))
        return -1;
    axis->categories = calloc(axis->n_categories + 1, sizeof(char *));
    if (!axis->categories)
        return -1;
    for (uint32_t i = 0; i < axis->n_categories; i++) {
        if (get_text(&axis->categories[i]))
            return -1;
    }
    return 0;
}

static int get_numbers(double **ret, uint64_t n)
{
    *ret = calloc(n + 1, sizeof(double));
    return *ret && !get(*ret, n * sizeof(double)) ? 0 : -1;
}

static int get_series(struct series *s)
{
    uint32_t has_ends;

    if (get_text(&s->label) || get(&s->style, sizeof(s->style)) ||
        get(&s->flags, sizeof(s->flags)) || get(&s->mark, sizeof(s->mark)) ||
        get(&s->colour, sizeof(s->colour)) || s->colour == 0 ||
        get(&s->bar_width, sizeof(s->bar_width)) || get(&s->n, sizeof(s->n)) ||
        s->n > WIRE_MAX_POINTS || !(s->bar_width >= 0) || get_numbers(&s->x, s->n) ||
        get_numbers(&s->y, s->n) || get(&has_ends, sizeof(has_ends)))
        return -1;
    return has_ends && (get_numbers(&s->low, s->n) || get_numbers(&s->high, s->n)) ? -1 : 0;
}

int read_figure(struct figure *f)
{
    char magic[4];

    if (get(magic, 4) || memcmp(magic, WIRE_MAGIC, 4) != 0 || get(&f->width, sizeof(f->width)) ||
        get(&f->height, sizeof(f->height)) || f->width < WIRE_MIN_SIDE ||
        f->width > WIRE_MAX_SIDE || f->height < WIRE_MIN_SIDE || f->height > WIRE_MAX_SIDE ||
        get(&f->origin_s, sizeof(f->origin_s)) || get_text(&f->title) || get_axis(&f->x) ||
        get_axis(&f->y) || get(&f->has_y2, sizeof(f->has_y2)) || (f->has_y2 && get_axis(&f->y2)) ||
        get(&f->n_series, sizeof(f->n_series)) || f->n_series > WIRE_MAX_SERIES)
        return -1;
    f->series = calloc(f->n_series + 1, sizeof(*f->series));
    for (uint32_t i = 0; f->series && i < f->n_series; i++) {
        if (get_series(&f->series[i]))
            return -1;
    }
    return f->series ? 0 : -1;
}
