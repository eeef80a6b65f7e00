/* Aligned text that is wider than the terminal: what is made narrower, what is hidden.
 * Must not know cells. */
#include "shell/render.h"

enum {
    LEAST_TEXT = 8, /* a text column is not made narrower while others can be hidden */
    USUAL = 80      /* narrower terminals show no dates */
};

struct layout {
    struct tw_render_column *columns;
    size_t n_columns;
    size_t n_hidden;
    unsigned width;
    const struct tw_render_style *style;
};

static size_t total_width(const struct layout *l)
{
    size_t n = 0;

    for (size_t i = 0; i < l->n_columns; i++)
        if (!l->columns[i].hidden)
            n += l->columns[i].width + (n ? TW_RENDER_GAP : 0);
    return n;
}

static bool can_shrink(const struct tw_render_column *c)
{
    return !c->right && c->column->type != TRAWL_TIME && !(c->info->flags & TRAWL_COLUMN_HEX);
}

/* A text that must be told apart from its neighbours while something much less important is shown.
 * Addresses are not: they keep both ends. */
static bool is_important(const struct tw_render_column *c, uint32_t least_important)
{
    return !c->hidden && can_shrink(c) && c->column->type == TRAWL_STRING &&
           c->width > LEAST_TEXT && c->info->priority + 1 < least_important;
}

/* How narrow important texts get: two fifths of the line are theirs together. */
static unsigned share_of_important(const struct layout *l, uint32_t least_important)
{
    unsigned n = 0;

    for (size_t i = 0; i < l->n_columns; i++)
        n += is_important(&l->columns[i], least_important);
    return n ? l->width * 2 / 5 / n : 0;
}

/* Take from the widest text column until all fits or none is wider than its least (last: than 1).
 */
static void shrink(struct layout *l, bool last)
{
    const unsigned width = l->width;
    size_t total = total_width(l);
    uint32_t least_important = 0;
    unsigned share;

    for (size_t i = 0; i < l->n_columns; i++)
        if (!l->columns[i].hidden)
            least_important = TW_MAX(least_important, l->columns[i].info->priority);
    share = share_of_important(l, least_important);
    while (total > width) {
        struct tw_render_column *widest = NULL;

        for (size_t i = 0; i < l->n_columns; i++) {
            struct tw_render_column *c = &l->columns[i];

            unsigned least = last ? 1 : TW_MAX((unsigned)LEAST_TEXT, c->v4_width);

            if (!last && is_important(c, least_important))
                least = TW_MAX(least, share);
            if (!c->hidden && can_shrink(c) && c->width > least &&
                (!widest || c->width > widest->width))
                widest = c;
        }
        if (!widest)
            return;
        widest->width--;
        total--;
    }
}

static bool goes_before(const struct tw_render_column *a, const struct tw_render_column *b)
{
    return a->ordered != b->ordered ? b->ordered : a->info->priority >= b->info->priority;
}

/* Hide the column of the highest priority number, the rightmost of several, what the rows are
 * sorted by last; false: only one left. */
static bool hide_one(struct layout *l)
{
    struct tw_render_column *least = NULL;
    size_t n = 0;

    for (size_t i = 0; i < l->n_columns; i++) {
        struct tw_render_column *c = &l->columns[i];

        if (c->hidden)
            continue;
        n++;
        if (!least || goes_before(c, least))
            least = c;
    }
    if (n < 2)
        return false;
    least->hidden = true;
    l->n_hidden++;
    return true;
}

/* Show what was hidden for another's sake and has room now, the most important first. */
static void fill(struct layout *l)
{
    struct tw_render_column *best;

    do {
        best = NULL;
        for (size_t i = 0; i < l->n_columns; i++) {
            struct tw_render_column *c = &l->columns[i];

            if (c->hidden && c->natural &&
                total_width(l) + TW_RENDER_GAP + c->natural <= l->width &&
                (!best || c->info->priority < best->info->priority))
                best = c;
        }
        if (best) {
            best->hidden = false;
            l->n_hidden--;
        }
    } while (best);
}

/* Shorten texts a little, in narrow terminals leave out dates, then hide columns, then shorten what
 * is left. */
static void fit(struct layout *l)
{
    const bool narrow = l->width < USUAL;
    struct tw_render_column *c;

    if (l->width == 0 || total_width(l) <= l->width)
        return;
    for (size_t i = 0; i < l->n_columns; i++) /* a heading is hidden already, and stays */
        l->columns[i].natural = l->columns[i].hidden ? 0 : l->columns[i].width;
    do {
        for (size_t i = 0; i < l->n_columns; i++)
            l->columns[i].width = l->columns[i].natural;
        shrink(l, false);
    } while (
        total_width(l) > l->width &&
        ((narrow && tw_render_leave_out_dates(l->columns, l->n_columns, l->style)) || hide_one(l)));
    if (narrow)
        fill(l);
    shrink(l, true);
    for (size_t i = 0; i < l->n_columns; i++) {
        c = &l->columns[i];
        if (!c->hidden && c->width > l->width)
            c->width = l->width; /* the only one left */
    }
}

size_t tw_render_fit(struct tw_render_column *columns, size_t n,
                     const struct tw_render_style *style)
{
    struct layout l = {.columns = columns, .n_columns = n, .width = style->width, .style = style};

    fit(&l);
    return l.n_hidden;
}
