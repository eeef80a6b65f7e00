/* top that goes on: whose packets, on the screen or as tables that follow each other.
 * Knows nothing of how a row comes about or is drawn. */
#include "live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze.h"

enum { NS_PER_MS = 1000000, OFFLINE_STEPS = 60, BUFFER = 64 << 20 }; /* of the kernel: a burst */

/* ---- whose packets ---- */

static int is_captured(trawl_call *call, struct live *live, const char *interface)
{
    snprintf(live->capture, sizeof(live->capture), "%s", interface);
    return live_look(call, live, NULL) == TRAWL_OK && live->state.grows;
}

static int open_interface(trawl_call *call, struct live *live, const struct top_opts *o,
                          trawl_error *err)
{
    const trawl_live_options options = {
        .size = sizeof(options), .interface = o->interface, .bpf = o->bpf, .buffer = BUFFER};
    trawl_table *row = NULL;
    trawl_view name = {.size = sizeof(name)};
    int rc;

    if (o->capture)
        return host->fail(err, TRAWL_E_USAGE, "either an interface or the capture '%s'",
                          o->capture);
    if (is_captured(call, live, o->interface))
        return o->bpf
                   ? host->fail(err, TRAWL_E_USAGE,
                                "'%s' is captured already: its filter stays as it is", o->interface)
                   : TRAWL_OK;
    rc = host->live(call, &options, &row, err);
    if (rc == TRAWL_E_USAGE && o->bpf)
        host->place(call, o->bpf, strlen(o->bpf), err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, row, "name", &name, err);
    if (rc == TRAWL_OK) {
        const size_t n = host->value_text(&name, 0, live->capture, sizeof(live->capture) - 1);

        live->capture[n < sizeof(live->capture) ? n : sizeof(live->capture) - 1] = '\0';
    }
    host->release(row);
    live->began = rc == TRAWL_OK;
    live->next_ns = live_clock() + o->interval; /* nothing can be there yet */
    return rc;
}

static int open_capture(trawl_call *call, struct live *live, const struct top_opts *o,
                        trawl_error *err)
{
    trawl_capture *capture = NULL;
    int rc;

    if (o->interface)
        return open_interface(call, live, o, err);
    if (o->bpf)
        return host->fail(err, TRAWL_E_USAGE, "'--bpf' goes with '--interface'");
    rc = host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK)
        snprintf(live->capture, sizeof(live->capture), "%s", host->name_of(capture));
    return rc;
}

/* The capture's own time is gone through in steps: those asked for, or a part of its length. */
static int find_step(trawl_call *call, struct live *live, trawl_error *err)
{
    const struct top_opts *o = live->opts;
    trawl_table *packets = NULL;
    trawl_view time = {.size = sizeof(time)};
    trawl_capture *capture = NULL;
    int64_t ns = 0;
    int rc = live_look(call, live, err);

    live->feed.bin_ns = o->interval;
    if (rc != TRAWL_OK || (live->state.grows && !o->step))
        return rc;
    if (live->state.grows)
        return host->fail(err, TRAWL_E_USAGE,
                          "'--step' goes through a capture that does not grow any more");
    rc = host->capture(call, live->capture, &capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "frame.time_epoch", &time, err);
    if (rc == TRAWL_OK && time.n_rows) {
        const int64_t *times = time.data;

        if (__builtin_sub_overflow(times[time.n_rows - 1], times[0], &ns) || ns < 0)
            ns = 0;
    }
    live->feed.bin_ns = o->step ? o->step : ns / OFFLINE_STEPS + 1;
    live->n_steps_max = ns / live->feed.bin_ns + 1;
    host->release(packets);
    return rc;
}

/* ---- tables that follow each other ---- */

static int show(trawl_call *call, struct live *live, trawl_error *err)
{
    const struct snapshot *s = &live->snapshot;
    trawl_words sort = {0};
    uint64_t most = 0;
    trawl_table *table = host->retain(s->table), *next = NULL;
    char title[LIVE_TEXT * 2];
    int rc = TRAWL_OK;

    host->listing(call, &sort, &most);
    if (live->opts->where) {
        trawl_expr *expr = live->expr;

        if (!expr)
            rc = host->expr_compile(call, live->opts->where, host->schema_of(table), &expr, err);
        live->expr = expr;
        if (rc == TRAWL_OK)
            rc = host->expr_select(call, expr, table, &next, err);
        if (rc == TRAWL_OK) {
            host->release(table);
            table = next;
        }
    }
    if (rc == TRAWL_OK && (sort.n || most)) {
        trawl_sort_key keys[8];
        size_t n = sort.n < TRAWL_COUNT(keys) ? sort.n : TRAWL_COUNT(keys);

        for (size_t i = 0; i < n; i++) {
            keys[i].descending = sort.items[i][0] == '-';
            keys[i].i_column = (size_t)host->schema_find(host->schema_of(table),
                                                         sort.items[i] + keys[i].descending);
        }
        rc = n ? host->sort(call, table, keys, n, most, &next, err)
               : host->slice(call, table, 0,
                             most < host->n_rows(table) ? most : host->n_rows(table), &next, err);
        if (rc == TRAWL_OK) {
            host->release(table);
            table = next;
        }
    }
    snprintf(title, sizeof(title), "top %s: %llu packets, drops: kernel %llu, suspected %llu",
             live->capture, (unsigned long long)(live->feed.n_done + live->feed.let_go),
             (unsigned long long)live->state.n_dropped, (unsigned long long)s->totals.sums[N_ERR]);
    if (rc == TRAWL_OK)
        rc = host->show(call, table, TRAWL_SHOW_IN_PLACE, title, err);
    host->release(table);
    return rc;
}

/* One table of all that is there, or up to the step's end. */
static int turn(trawl_call *call, struct live *live, const struct live_wish *w, trawl_error *err)
{
    int more = 1, rc = live_look(call, live, err);

    while (rc == TRAWL_OK && more)
        rc = live_take(call, live, w, &more, err);
    if (rc == TRAWL_OK)
        rc = live_rows(call, live, w, err);
    return rc == TRAWL_OK ? show(call, live, err) : rc;
}

static int run_batch(trawl_call *call, struct live *live, const struct live_wish *wish,
                     trawl_error *err)
{
    const struct top_opts *o = live->opts;
    struct live_wish w = *wish;
    int rc = TRAWL_OK;

    w.n_steps = 0;
    for (uint64_t i = 0; rc == TRAWL_OK; i++) {
        const int64_t wait = live->next_ns - live_clock();
        int64_t start;

        if (live->state.grows && wait > 0)
            rc = host->live_wait(call, (uint32_t)(wait / NS_PER_MS), err);
        start = live_clock();
        if (o->step)
            w.n_steps = live->next_step > w.n_steps ? live->next_step : w.n_steps + 1;
        if (rc == TRAWL_OK)
            rc = turn(call, live, &w, err);
        live->next_ns = live_next(start, o->interval);
        if (live->is_whole || (o->count && i + 1 == o->count))
            break;
    }
    if (rc == TRAWL_OK)
        top_say(&live->plan, o->allows.n > 0, live->snapshot.n, live->snapshot.totals.sums[N_SYN],
                live->feed.n_elsewhere);
    return rc;
}

/* ---- all of it ---- */

static void set_wish(trawl_call *call, struct live *live)
{
    struct live_wish *w = &live->wish;
    trawl_words sort = {0};
    uint64_t most = 0;

    host->listing(call, &sort, &most);
    w->by = (int)live->plan.by;
    w->view = live->opts->before                        ? VIEW_COMPARE
              : strcmp(live->opts->view, "trtop") == 0  ? VIEW_TRTOP
              : strcmp(live->opts->view, "append") == 0 ? VIEW_APPEND
                                                        : VIEW_TRAWL;
    w->n_rows = LIVE_WINDOW;
    if (live->opts->step)
        w->n_steps = 1;
    if (sort.n) {
        w->descending = sort.items[0][0] == '-';
        snprintf(w->sort, sizeof(w->sort), "%s", sort.items[0] + w->descending);
    } else {
        w->descending = 1;
        snprintf(w->sort, sizeof(w->sort), "waited");
    }
    if (live->opts->where)
        snprintf(w->where, sizeof(w->where), "%s", live->opts->where);
}

static int is_screen(trawl_call *call, const struct top_opts *o)
{
    const char *type = getenv("TERM");
    unsigned columns = 0, rows = 0;

    host->terminal(call, &columns, &rows);
    return !o->batch && !o->count && columns && isatty(STDIN_FILENO) && type && type[0] &&
           strcmp(type, "dumb") != 0;
}

static int run_screen(trawl_call *call, struct live *live, trawl_error *err)
{
    const void *functions;
    trawl_screen_def def = {.size = sizeof(def), .context = live, .serve = live_serve};
    int rc = host->part("top", &functions, err);

    if (rc != TRAWL_OK) {
        host->hint(err, "--batch shows tables without it.");
        return rc;
    }
    live->plan.resolve_wait_ns = -1; /* names that are still asked for come with a later turn */
    def.run = ((const struct top_part *)functions)->run;
    pthread_mutex_init(&live->lock, NULL);
    rc = host->screen(call, &def, err);
    pthread_mutex_destroy(&live->lock);
    live_page_free(live->page);
    live_detail_free(live->detail);
    return rc;
}

int live_run(trawl_call *call, const struct top_opts *opts, const struct plan *plan,
             const char *const *by_names, trawl_error *err)
{
    struct live *live = host->call_alloc(call, sizeof(*live));
    trawl_capture *capture = NULL;
    int rc;

    if (!live)
        return top_nomem(err);
    memset(live, 0, sizeof(*live));
    live->opts = opts;
    live->plan = *plan;
    live->is_new = 1;
    live->by_names = by_names;
    set_wish(call, live);
    rc = open_capture(call, live, opts, err);
    if (rc == TRAWL_OK)
        rc = find_step(call, live, err);
    if (rc == TRAWL_OK)
        rc = live_open_before(call, live, live->wish.by, err);
    if (rc == TRAWL_OK)
        rc = host->capture(call, live->capture, &capture, err);
    if (rc == TRAWL_OK)
        rc = allows_open(call, &opts->allows, capture, &live->plan, err);
    if (rc == TRAWL_OK)
        rc = analyzers_open(call, live->plan.analysis, capture, err);
    if (rc == TRAWL_OK)
        rc = is_screen(call, opts) ? run_screen(call, live, err)
                                   : run_batch(call, live, &live->wish, err);
    if (live->began && live_look(call, live, NULL) == TRAWL_OK && live->state.grows)
        host->log(2,
                  "'%s' is still captured: 'capture stop %s' ends that, and so does leaving trawl",
                  live->capture, live->capture);
    if (opts->report && live->snapshot.table)
        report_say(opts->report);
    allows_close(&live->plan);
    feed_fini(&live->feed);
    snapshot_fini(&live->snapshot);
    live_close_before(live);
    analyzers_close(live->plan.analysis);
    return rc;
}
