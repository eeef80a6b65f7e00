/* What has arrived since the last turn, and rows of all that was taken in.
 * Knows nothing of how they are shown. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "live.h"

enum { ROWS_AT_ONCE = 1 << 20, MOST_ENDPOINTS = 1 << 17 };
enum { MOST_MEANWHILE = 500000 }; /* packets, which wait in the capture's store */

int64_t live_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t live_next(int64_t start, int64_t interval)
{
    enum { PART = 3 }; /* of the time at most */
    const int64_t took = live_clock() - start;

    return start + (took > interval / PART ? took * PART : interval);
}

/* ---- what `captures` says ---- */

static uint64_t number_in(trawl_call *call, trawl_table *table, const char *column, uint64_t row,
                          int *ret_has)
{
    trawl_view v = {.size = sizeof(v)};

    *ret_has = host->view_named(call, table, column, &v, NULL) == TRAWL_OK &&
               trawl_view_has(&v, row);
    return *ret_has ? trawl_view_u64(&v, row) : 0;
}

static void text_in(trawl_call *call, trawl_table *table, const char *column, uint64_t row,
                    char *ret, size_t room)
{
    trawl_view v = {.size = sizeof(v)};
    size_t n = 0;

    if (host->view_named(call, table, column, &v, NULL) == TRAWL_OK && trawl_view_has(&v, row))
        n = host->value_text(&v, row, ret, room - 1);
    ret[n < room ? n : room - 1] = '\0';
}

int live_look(trawl_call *call, struct live *live, trawl_error *err)
{
    struct live_state *s = &live->state;
    trawl_view rate = {.size = sizeof(rate)};
    trawl_table *all = NULL;
    int has, rc = host->list(call, "captures", &all, err);

    if (rc != TRAWL_OK)
        return rc;
    memset(s, 0, sizeof(*s));
    for (uint64_t i = 0; i < host->n_rows(all); i++) {
        text_in(call, all, "name", i, s->name, sizeof(s->name));
        if (strcmp(s->name, live->capture) != 0)
            continue;
        text_in(call, all, "state", i, s->state, sizeof(s->state));
        text_in(call, all, "link", i, s->link, sizeof(s->link));
        s->grows = strcmp(s->state, "live") == 0 || strcmp(s->state, "following") == 0;
        s->n_packets = number_in(call, all, "packets", i, &has);
        s->n_dropped = number_in(call, all, "dropped", i, &s->has_counts);
        s->n_interface = number_in(call, all, "interface_dropped", i, &has);
        s->n_lost = number_in(call, all, "lost", i, &has);
        s->let_go = number_in(call, all, "let_go", i, &has);
        if (host->view_named(call, all, "rate", &rate, NULL) == TRAWL_OK &&
            trawl_view_has(&rate, i))
            s->rate = ((const double *)rate.data)[i];
        host->release(all);
        return TRAWL_OK;
    }
    host->release(all);
    return host->fail(err, TRAWL_E_NOT_FOUND, "capture '%s' is gone", live->capture);
}

/* ---- taking in ---- */

/* The first step that has what comes next. */
static int64_t step_of(const struct feed *f)
{
    int64_t since;

    if (f->next_ns == INT64_MAX || f->bin_ns <= 0 ||
        __builtin_sub_overflow(f->next_ns, f->start_ns, &since) || since <= 0)
        return 0;
    return (since - 1) / f->bin_ns + 1;
}

int live_take(trawl_call *call, struct live *live, const struct live_wish *wish, int *ret_more,
              trawl_error *err)
{
    struct feed *f = &live->feed;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int64_t span = INT64_MAX;
    int rc = host->capture(call, live->capture, &capture, err);

    if (wish->n_steps && __builtin_mul_overflow(wish->n_steps, f->bin_ns, &span))
        span = INT64_MAX;
    if (live->n_steps != wish->n_steps &&
        (!live->n_steps || f->is_over || (wish->n_steps && wish->n_steps < live->n_steps))) {
        const int64_t bin_ns = f->bin_ns;

        feed_fini(f); /* back in time: from the beginning */
        f->bin_ns = bin_ns;
    }
    live->n_steps = wish->n_steps;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK && !f->is_over)
        rc = feed_take(call, &live->plan, f, packets, live->state.let_go, span, ROWS_AT_ONCE,
                       ret_more, err);
    if (rc == TRAWL_OK && live->state.grows)
        rc = feed_forget(f, live->opts->idle, MOST_ENDPOINTS, err);
    live->next_step = step_of(f);
    live->is_whole = rc == TRAWL_OK && !live->state.grows && !*ret_more &&
                     f->n_done == host->n_rows(packets);
    if (live->is_whole && !wish->n_steps)
        rc = feed_end(&live->plan, f, err);
    host->release(packets);
    return rc;
}

/* ---- what it is compared with ---- */

void live_close_before(struct live *live)
{
    top_fini(&live->before);
    host->release(live->before_packets);
    live->before_packets = NULL;
}

int live_open_before(trawl_call *call, struct live *live, int by, trawl_error *err)
{
    struct plan plan = live->plan;
    trawl_capture *capture = NULL;
    int rc;

    if (!live->opts->before || (live->before_packets && live->before_by == by))
        return TRAWL_OK;
    live_close_before(live);
    plan.by = (enum by)by;
    plan.n_allows = 0; /* those of the capture that is looked at are not its own */
    rc = host->capture(call, live->opts->before, &capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &live->before_packets, err);
    if (rc == TRAWL_OK)
        rc = allows_open(call, &live->opts->allows, capture, &plan, err);
    if (rc == TRAWL_OK)
        rc = top_run(call, &plan, capture, live->before_packets, &live->before, err);
    allows_close(&plan);
    live->before_by = by;
    if (rc != TRAWL_OK)
        live_close_before(live);
    return rc;
}

/* ---- rows ---- */

void snapshot_fini(struct snapshot *s)
{
    host->release(s->table);
    host->free(s->serials);
    host->free(s->names);
    host->free(s->alerts);
    host->free(s->text);
    destinations_fini(&s->rows);
    memset(s, 0, sizeof(*s));
}

static int add_name(struct snapshot *s, const struct plan *plan, const struct top *top, size_t i,
                    trawl_error *err)
{
    char *text = s->text;

    if (s->n_text + LIVE_KEY > s->room_text) {
        const size_t room = s->room_text * 2 + LIVE_KEY * 16;

        text = host->realloc(s->text, room);
        if (!text)
            return top_nomem(err);
        s->text = text;
        s->room_text = room;
    }
    s->names[i] = (uint32_t)s->n_text;
    key_text(plan, top, &top->all.items[i], text + s->n_text, LIVE_KEY);
    s->n_text += strlen(text + s->n_text) + 1;
    return TRAWL_OK;
}

/* Names, alerts and sums of rows. */
static int describe(const struct plan *plan, const struct top *top, struct snapshot *s,
                    trawl_error *err)
{
    const size_t n = s->n = top->all.n;
    int rc = TRAWL_OK;

    s->names = host->alloc((n + 1) * sizeof(*s->names));
    s->serials = host->alloc((n + 1) * sizeof(*s->serials));
    s->alerts = host->alloc(n + 1);
    if (!s->names || !s->serials || !s->alerts)
        return top_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const struct destination *d = &top->all.items[i];

        rc = add_name(s, plan, top, i, err);
        s->alerts[i] = (uint8_t)alerts_of(&d->numbers);
        totals_add(&s->totals, &d->numbers, top->end_ns);
    }
    totals_add(&s->totals, &top->let_go, top->end_ns);
    s->end_ns = top->end_ns;
    return rc;
}

static int count_keys(const struct plan *plan, struct snapshot *s, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? key_columns(plan, schema, err) : TRAWL_E_NOMEM;

    s->n_keys = rc == TRAWL_OK ? host->schema_n(schema) : 0;
    host->schema_free(schema);
    return rc;
}

/* Rows that endpoints alone do not give: all packets are gone through again. */
static int run_again(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                     const struct feed *f, struct top *top, trawl_table **ret, trawl_error *err)
{
    trawl_table *packets = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    *ret = packets;
    if (rc == TRAWL_OK && f->n_done < host->n_rows(packets)) {
        *ret = NULL;
        rc = host->slice(call, packets, 0, f->n_done, ret, err);
        host->release(packets);
    }
    return rc == TRAWL_OK ? top_run(call, plan, capture, *ret, top, err) : rc;
}

static int make_table(trawl_call *call, struct live *live, const struct plan *plan, struct top *top,
                      trawl_table *packets, const struct live_wish *wish, trawl_table **ret,
                      trawl_error *err)
{
    int rc;

    switch (wish->view) {
    case VIEW_TRTOP:
        return trtop_table(plan, top, ret, err);
    case VIEW_APPEND:
        return append_table(call, plan, top, ret, err);
    case VIEW_COMPARE:
        rc = live_open_before(call, live, wish->by, err);
        return rc == TRAWL_OK ? compare_table(plan, &live->before, top, ret, err) : rc;
    default:
        return top_table(call, plan, top, packets, ret, err);
    }
}

/* Would so many packets come while rows are made of all packets anew that some might be lost? */
static int would_fall_behind(const struct live *live, const struct live_wish *wish)
{
    const struct snapshot *s = &live->snapshot;
    const double seconds = live->again_rows
                               ? (double)live->again_ns / 1e9 * (double)live->feed.n_done /
                                     (double)live->again_rows
                               : 0;

    return live->state.grows && s->table && s->by == wish->by && s->view == wish->view &&
           seconds * live->state.rate > MOST_MEANWHILE;
}

static void tell_late(struct live *live, int is_late)
{
    if (is_late && !live->is_late)
        host->log(2,
                  "top: rows by %s stay as they are while packets come faster than they can be "
                  "gone through anew; others go on",
                  live->plan.protocols ? "protocols" : live->by_names[live->snapshot.by]);
    live->is_late = is_late;
}

int live_rows(trawl_call *call, struct live *live, const struct live_wish *wish, trawl_error *err)
{
    struct plan plan = live->plan;
    struct snapshot s = {.by = wish->by, .view = wish->view};
    struct top top = {0};
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    const int64_t start = live_clock();
    int rc;

    plan.by = (enum by)wish->by;
    s.has_endpoints = feed_knows(&plan);
    tell_late(live, !s.has_endpoints && would_fall_behind(live, wish));
    if (live->is_late)
        return TRAWL_OK;
    rc = host->capture(call, live->capture, &capture, err);
    if (rc == TRAWL_OK)
        rc = s.has_endpoints ? feed_top(call, &plan, capture, &live->feed, &top, &packets, err)
                             : run_again(call, &plan, capture, &live->feed, &top, &packets, err);
    if (rc == TRAWL_OK && !s.has_endpoints) {
        live->again_ns = live_clock() - start;
        live->again_rows = live->feed.n_done;
    }
    if (rc == TRAWL_OK)
        rc = describe(&plan, &top, &s, err);
    if (rc == TRAWL_OK)
        rc = make_table(call, live, &plan, &top, packets, wish, &s.table, err);
    if (rc == TRAWL_OK && live->opts->report)
        rc = report_write(call, &plan, &top, live->opts->report, err);
    if (rc == TRAWL_OK && wish->view != VIEW_TRAWL) {
        s.n_keys = 1;
        host->free(s.serials);
        s.serials = NULL;
    } else if (rc == TRAWL_OK) {
        struct waiting *order = rows_in_order(&plan, &top, err);

        for (size_t i = 0; order && i < s.n; i++)
            s.serials[i] = (uint32_t)(order[i].of - top.all.items);
        rc = order ? count_keys(&plan, &s, err) : TRAWL_E_NOMEM;
        host->free(order);
    }
    if (!s.has_endpoints) { /* for the detail of one of them */
        s.rows = top.all;
        memset(&top.all, 0, sizeof(top.all));
    }
    top_fini(&top);
    host->release(packets);
    if (rc != TRAWL_OK) {
        snapshot_fini(&s);
        return rc;
    }
    snapshot_fini(&live->snapshot);
    live->snapshot = s;
    return TRAWL_OK;
}
