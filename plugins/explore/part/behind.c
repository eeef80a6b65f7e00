/* The page behind a chosen value, or of a line that the user typed. Knows nothing of screens. */
#include "trawl/views.h"

#include <stdio.h>
#include <string.h>

#include "../explore.h"
#include "words.h"

static int is_range(const struct side *side)
{
    return side->from_ns || side->to_ns;
}

/* The packets of a side, all or those of its time range. */
static int packets_of(trawl_call *call, const struct side *side, trawl_table **ret,
                      trawl_error *err)
{
    trawl_table *all = NULL;
    trawl_capture *capture;
    trawl_expr *expr;
    char range[256];
    int rc = host->capture(call, side->capture, &capture, err);

    range_text(range, sizeof(range), side);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &all, err);
    if (rc == TRAWL_OK && !range[0]) {
        *ret = all;
        return TRAWL_OK;
    }
    if (rc == TRAWL_OK)
        rc = host->expr_compile(call, range, host->schema_of(all), &expr, err);
    if (rc == TRAWL_OK)
        rc = host->expr_select(call, expr, all, ret, err);
    host->release(all);
    return rc;
}

/* `why` of the chosen row: of whole captures or of bins as it takes them, else (bins of different
 * widths) of the packets of the right side, or of the left one for a value that is gone. */
static int behind(trawl_call *call, const struct wish *w, trawl_table **ret, trawl_error *err)
{
    const struct side *left = &w->sides[0], *right = &w->sides[1];
    int same = strcmp(left->capture, right->capture) == 0;
    const int64_t bin = is_range(left) ? left->to_ns - left->from_ns
                                       : right->to_ns - right->from_ns;
    const int alike = !is_range(right) || right->to_ns - right->from_ns == bin;
    struct words words = {0};
    trawl_table *in = NULL;
    int rc = TRAWL_OK;

    if (strcmp(w->field, TRAWL_COUNTS_TOTAL) == 0 || value_sums_up(w->value, strlen(w->value)))
        return host->fail(err, TRAWL_E_USAGE, "'%s' sums up: choose a value", w->value);
    words_add(call, &words, "why", "");
    if ((is_range(left) || is_range(right)) && alike &&
        (!same || (is_range(left) && is_range(right)))) {
        if (is_range(left))
            words_time(call, &words, "--left=", left->from_ns);
        if (is_range(right))
            words_time(call, &words, "--right=", right->from_ns);
        words_number(call, &words, "--bin=", (uint64_t)(bin / 1000), "us");
    } else if (is_range(left) || is_range(right)) {
        rc = packets_of(call, w->gone ? left : right, &in, err);
    }
    if (w->max_rows)
        words_number(call, &words, "--packet-count=", w->max_rows, "");
    words_add(call, &words, "--", "");
    words_add(call, &words, w->field, "");
    words_add(call, &words, w->value, "");
    if (!in)
        words_add(call, &words, left->capture, "");
    if (!in && !same)
        words_add(call, &words, right->capture, "");
    if (rc == TRAWL_OK)
        rc = words_run(call, &words, in, ret, err);
    host->release(in);
    return rc;
}

int explorer_page(trawl_call *call, struct explorer *e, const struct wish *w, trawl_error *err)
{
    trawl_table *table = NULL;
    struct page *page = NULL;
    char title[FIELD_ROOM + VALUE_ROOM * 2];
    int rc = w->pipeline[0] ? host->pipeline(call, w->pipeline, NULL, &table, err)
                            : behind(call, w, &table, err);

    if (rc == TRAWL_OK && !table)
        return TRAWL_OK;
    snprintf(title, sizeof(title), "%s%s%s", w->pipeline[0] ? w->pipeline : w->field,
             w->pipeline[0] ? "" : " = ", w->pipeline[0] ? "" : w->value);
    if (rc == TRAWL_OK)
        rc = page_make(call, table, title, &page, err);
    host->release(table);
    if (rc != TRAWL_OK)
        return rc;
    pthread_mutex_lock(&e->lock);
    explorer_put(e, &e->made.page, &page->shared);
    pthread_mutex_unlock(&e->lock);
    return TRAWL_OK;
}
