/* An explorer from what was asked for, until it is left. Knows nothing of how it looks. */
#include <string.h>

#include "../explore.h"

static void set_text(char *out, size_t room, const char *text)
{
    size_t n = text ? strlen(text) : 0;

    n = n < room ? n : room - 1;
    if (n)
        memcpy(out, text, n);
    out[n] = '\0';
}

static void set_wish(struct wish *w, const struct explore_opts *o)
{
    set_text(w->sides[0].capture, NAME_ROOM, o->left);
    set_text(w->sides[1].capture, NAME_ROOM, o->right);
    w->level = o->level;
    w->max_rows = o->max_rows;
    w->bin_ns = o->bin;
    w->limits = (struct limits){.threshold = o->threshold,
                                .min_count = o->min_count,
                                .top = o->top,
                                .reverse = o->reverse,
                                .sort = o->reverse || o->top ? SORT_SHARE : SORT_EFFECT,
                                .flat = !o->sort && !o->reverse && !o->top,
                                .sign = o->positive   ? SIGN_POSITIVE
                                        : o->negative ? SIGN_NEGATIVE
                                                      : SIGN_BOTH};
    set_text(w->limits.match, FIELD_ROOM, o->match);
    set_text(w->limits.values, VALUE_ROOM, o->values);
    for (int i = 0; i < N_SORTS; i++) {
        if (o->sort && strcmp(o->sort, sort_names[i]) == 0)
            w->limits.sort = i;
    }
}

int explorer_start(trawl_call *call, const struct explore_opts *opts, trawl_error *err)
{
    struct explorer *e = host->call_alloc(call, sizeof(*e));
    trawl_screen_def def = {.size = sizeof(def), .run = explorer_run, .serve = explorer_serve};
    trawl_capture *capture;
    int rc = host->capture(call, NULL, &capture, err); /* else there is nothing to look at */

    if (rc != TRAWL_OK)
        return rc;
    if (!e)
        return host->fail(err, TRAWL_E_NOMEM, "could not explore: no memory");
    memset(e, 0, sizeof(*e));
    pthread_mutex_init(&e->lock, NULL);
    set_wish(&e->wish, opts);
    def.context = e;
    rc = host->screen(call, &def, err);
    explorer_put(e, &e->made.sources, NULL);
    explorer_put(e, &e->made.diff, NULL);
    explorer_put(e, &e->made.list, NULL);
    explorer_put(e, &e->made.page, NULL);
    explorer_put(e, &e->made.series, NULL);
    explorer_put(e, &e->made.totals, NULL);
    explorer_sweep(e);
    pthread_mutex_destroy(&e->lock);
    return rc;
}
