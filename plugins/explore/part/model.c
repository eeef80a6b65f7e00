/* Differences within limits and in order, ranges, the command that says the same.
 * Knows nothing of threads or terminals. */
#include "trawl/views.h"

#include "../model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../explore.h"

enum { ASK_EVERY = 65536 };

/* ---- cells ---- */

const char *view_text(const trawl_view *view, uint64_t row, size_t *ret_n)
{
    *ret_n = 0;
    if (row >= view->n_rows || !trawl_view_has(view, row))
        return "";
    return (const char *)trawl_view_text(view, row, ret_n);
}

int value_sums_up(const char *text, size_t n)
{
    static const char *const names[] = {TRAWL_COUNTS_WIDTH, TRAWL_COUNTS_NEW};

    for (size_t i = 0; i < TRAWL_COUNT(names); i++) {
        if (n == strlen(names[i]) && memcmp(text, names[i], n) == 0)
            return 1;
    }
    return 0;
}

double view_f64(const trawl_view *view, uint64_t row)
{
    if (!trawl_view_has(view, row))
        return NAN;
    if (view->type == TRAWL_F64)
        return ((const double *)view->data)[row];
    if (view->type == TRAWL_I64)
        return (double)((const int64_t *)view->data)[row];
    return (double)trawl_view_u64(view, row);
}

int64_t sources_find(const struct sources *sources, const struct side *side)
{
    for (size_t i = 0; sources && i < sources->n; i++) {
        const struct side *s = &sources->items[i].side;

        if (s->from_ns == side->from_ns && s->to_ns == side->to_ns &&
            strcmp(s->capture, side->capture) == 0)
            return (int64_t)i;
    }
    return -1;
}

/* ---- limits ---- */

static int contains(const char *text, size_t n, const char *part)
{
    return !part[0] || (n && memmem(text, n, part, strlen(part)) != NULL);
}

/* As pair.c of compare decides it: the total of a value that is gone is negative. */
static int is_wanted(const struct diff *d, uint64_t row, const struct limits *l)
{
    double share = view_f64(&d->delta_share, row);
    int64_t total = ((const int64_t *)d->total.data)[row];
    uint64_t size = total >= 0 ? (uint64_t)total : 0 - (uint64_t)total;
    size_t n;
    const char *text;

    if ((l->sign == SIGN_POSITIVE && share <= 0) || (l->sign == SIGN_NEGATIVE && share >= 0))
        return 0;
    if (l->threshold > 0 && fabs(share) <= l->threshold)
        return 0;
    if (l->min_count && size <= l->min_count)
        return 0;
    text = view_text(&d->value, row, &n);
    return contains(text, n, l->values);
}

/* ---- order ---- */

struct key {
    double value;
    double size; /* of the difference: tells apart what is new or gone alike */
    uint32_t row;
};

/* The highest first; what sums a field up comes behind its values, as in compare. */
static double key_of(const struct diff *d, uint64_t row, const struct limits *l)
{
    static const size_t views[N_SORTS] = {offsetof(struct diff, delta_share),
                                          offsetof(struct diff, delta),
                                          offsetof(struct diff, left),
                                          offsetof(struct diff, right),
                                          offsetof(struct diff, total),
                                          offsetof(struct diff, effect),
                                          offsetof(struct diff, q)};
    double v = view_f64((const trawl_view *)((const char *)d + views[l->sort]), row);
    size_t n;
    const char *text = view_text(&d->value, row, &n);

    if (value_sums_up(text, n))
        return -INFINITY;
    if (isnan(v))
        v = -INFINITY; /* what was not tested comes last */
    else if (l->sort == SORT_Q)
        v = -v; /* the surest first */
    else if (l->flat)
        v = fabs(v);
    return l->reverse ? -v : v;
}

static int by_key(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->value != y->value)
        return x->value > y->value ? -1 : 1;
    if (x->size != y->size)
        return x->size > y->size ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Rows [from, n) of keys belong together: put them in order, at most `top` of them. */
static size_t close_group(struct key *keys, size_t from, size_t n, const struct limits *l)
{
    qsort(keys + from, n - from, sizeof(*keys), by_key);
    return l->top && n - from > l->top ? from + (size_t)l->top : n;
}

int list_make(const struct diff *d, const struct limits *l, uint32_t **ret, size_t *ret_n,
              int (*cancelled)(void *context), void *context)
{
    struct key *keys = host->alloc((size_t)(d->n + 1) * sizeof(*keys));
    uint32_t code = 0, *rows = NULL;
    int wanted = 0;
    size_t n = 0, from = 0;

    if (!keys)
        return TRAWL_E_NOMEM;
    for (uint64_t row = 0; row < d->n; row++) {
        uint32_t own = ((const uint32_t *)d->field.data)[row];

        if (row % ASK_EVERY == 0 && cancelled && cancelled(context)) {
            host->free(keys);
            return TRAWL_E_CANCELLED;
        }
        if (row == 0 || own != code) {
            size_t n_text;
            const char *text = view_text(&d->field, row, &n_text);

            code = own;
            wanted = contains(text, n_text, l->match);
            if (!l->flat)
                from = n = close_group(keys, from, n, l);
        }
        if (!wanted || !is_wanted(d, row, l))
            continue;
        keys[n++] = (struct key){.value = key_of(d, row, l),
                                 .size = l->flat ? fabs(view_f64(&d->delta, row)) : 0,
                                 .row = (uint32_t)row};
    }
    n = close_group(keys, from, n, l);
    rows = host->alloc((n + 1) * sizeof(*rows));
    for (size_t i = 0; rows && i < n; i++)
        rows[i] = keys[i].row;
    host->free(keys);
    if (!rows)
        return TRAWL_E_NOMEM;
    *ret = rows;
    *ret_n = n;
    return TRAWL_OK;
}

size_t list_telling(const struct diff *d, const uint32_t *rows, size_t n)
{
    double most[3] = {-1, -1, -1}; /* sure or not, effect, difference */
    size_t best = 0;

    for (size_t i = 0; i < n; i++) {
        size_t n_text;
        const char *text = view_text(&d->value, rows[i], &n_text);
        const double effect = fabs(view_f64(&d->effect, rows[i]));
        const double now[3] = {view_f64(&d->q, rows[i]) < 0.05, isnan(effect) ? -1 : effect,
                               fabs(view_f64(&d->delta, rows[i]))};
        int k = 0;

        if (value_sums_up(text, n_text))
            continue;
        while (k < 2 && !(now[k] < most[k]) && !(now[k] > most[k]))
            k++;
        if (now[k] > most[k]) {
            memcpy(most, now, sizeof(most));
            best = i;
        }
    }
    return best;
}

static int is_text(const trawl_view *view, uint64_t row, const char *text, size_t n)
{
    size_t n_cell;
    const char *cell = view_text(view, row, &n_cell);

    return n_cell == n && memcmp(cell, text, n) == 0;
}

size_t list_find(const struct diff *d, const uint32_t *rows, size_t n, const char *field,
                 const char *value)
{
    const size_t n_field = strlen(field), n_value = strlen(value);

    for (size_t i = 0; n_field && i < n; i++)
        if (is_text(&d->value, rows[i], value, n_value) &&
            is_text(&d->field, rows[i], field, n_field))
            return i;
    return n;
}

/* ---- text ---- */

void quote_word(char *out, size_t room, const char *word)
{
    size_t n = 0;

    if (word[0] && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789._-+%/:,@")]) {
        snprintf(out, room, "%s", word);
        return;
    }
    if (room < 3)
        return;
    out[n++] = '\'';
    for (; *word && n + 6 < room; word++) {
        if (*word == '\'') {
            memcpy(out + n, "'\\''", 4);
            n += 4;
        } else {
            out[n++] = *word;
        }
    }
    out[n++] = '\'';
    out[n] = '\0';
}

void seconds_text(char *out, size_t room, int64_t ns)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;

    snprintf(out, room, "%s%llu.%09llu", ns < 0 ? "-" : "", (unsigned long long)(size / 1000000000),
             (unsigned long long)(size % 1000000000));
}

void range_text(char *out, size_t room, const struct side *side)
{
    char from[40], to[40];

    out[0] = '\0';
    if (!side->from_ns && !side->to_ns)
        return;
    seconds_text(from, sizeof(from), side->from_ns);
    seconds_text(to, sizeof(to), side->to_ns);
    snprintf(out, room, "frame.time_epoch >= \"%s\" && frame.time_epoch < \"%s\"", from, to);
}

static void append(char *out, size_t room, const char *option, const char *value)
{
    size_t n = strlen(out);
    char word[VALUE_ROOM * 2];

    quote_word(word, sizeof(word), value);
    snprintf(out + n, room - n, "%s%s%s", option, *option ? " " : "", word);
}

void command_text(char *out, size_t room, const struct side sides[2], uint64_t level,
                  const struct limits *l)
{
    static const char *const ranges[2] = {" --left-where", " --right-where"};
    int same = strcmp(sides[0].capture, sides[1].capture) == 0;
    char text[256];

    snprintf(out, room, "compare ");
    append(out, room, "", sides[0].capture);
    if (!same || (!sides[0].from_ns && !sides[0].to_ns && !sides[1].from_ns && !sides[1].to_ns)) {
        snprintf(out + strlen(out), room - strlen(out), " ");
        append(out, room, "", sides[1].capture);
    }
    for (int i = 0; i < 2; i++) {
        range_text(text, sizeof(text), &sides[i]);
        if (text[0])
            append(out, room, ranges[i], text);
    }
    if (level != 2) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)level);
        append(out, room, " -d", text);
    }
    if (l->threshold > 0) {
        snprintf(text, sizeof(text), "%g", l->threshold);
        append(out, room, " -t", text);
    }
    if (l->min_count) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)l->min_count);
        append(out, room, " -c", text);
    }
    if (l->match[0])
        append(out, room, " -m", l->match);
    if (l->values[0])
        append(out, room, " -M", l->values);
    if (l->sign != SIGN_BOTH)
        snprintf(out + strlen(out), room - strlen(out), l->sign == SIGN_POSITIVE ? " -P" : " -N");
    if (l->flat || l->sort > SORT_TOTAL) { /* an order that compare has no option for */
        snprintf(out + strlen(out), room - strlen(out), "   # %s by %s%s%s",
                 l->flat ? "all fields" : "each field",
                 l->flat && l->sort != SORT_Q ? "size of " : "", sort_names[l->sort],
                 l->reverse ? ", reversed" : "");
        return;
    }
    if (l->sort != SORT_SHARE)
        append(out, room, " -s", sort_names[l->sort]);
    if (l->reverse)
        snprintf(out + strlen(out), room - strlen(out), " -r");
    if (l->top) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)l->top);
        append(out, room, " -x", text);
    }
}
