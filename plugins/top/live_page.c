/* A window of the rows as text, in the order that is asked for, and the jobs that make it.
 * Knows nothing of how it is drawn. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"

/* ---- pages ---- */

static int add_text(struct live_page *p, uint32_t *ret, const char *text, size_t n)
{
    if (p->n_text + n + 1 > p->room_text) {
        const size_t room = (p->n_text + n + 1) * 2 + 4096;
        char *grown = host->realloc(p->text, room);

        if (!grown)
            return -1;
        p->text = grown;
        p->room_text = room;
    }
    if (n)
        memcpy(p->text + p->n_text, text, n);
    p->text[p->n_text + n] = '\0';
    *ret = (uint32_t)p->n_text;
    p->n_text += n + 1;
    return 0;
}

/* ---- rows in order ---- */

struct order {
    const struct snapshot *snapshot;
    struct sorted {
        double value; /* NaN: none */
        uint32_t row;
    } * items;
    size_t n;
    trawl_view key; /* of the table's first column, where rows have no serial */
};

/* What a row is called. */
static const char *name_of(const struct order *o, uint64_t row, char *room, size_t n_room)
{
    const struct snapshot *s = o->snapshot;
    size_t n;

    if (s->serials)
        return s->text + s->names[s->serials[row]];
    n = host->value_text(&o->key, row, room, n_room - 1);
    room[n < n_room ? n : n_room - 1] = '\0';
    return room;
}

static int contains(const char *text, const char *part)
{
    const size_t n = strlen(part);

    for (; *text; text++) {
        size_t i = 0;

        while (i < n && tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            i++;
        if (i == n)
            return 1;
    }
    return n == 0;
}

static double value_of(const trawl_view *v, uint64_t row)
{
    if (!trawl_view_has(v, row))
        return -1e300; /* after all others, as they are shown at first */
    if (v->offsets)
        return (double)(v->offsets[row + 1] - v->offsets[row]);
    if (v->type == TRAWL_F64)
        return ((const double *)v->data)[row];
    if (v->type == TRAWL_I64 || v->type == TRAWL_SPAN || v->type == TRAWL_TIME)
        return (double)((const int64_t *)v->data)[row];
    return (double)trawl_view_u64(v, row);
}

static int upwards(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;

    if (a->value < b->value || a->value > b->value)
        return a->value < b->value ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

static int downwards(const void *left, const void *right)
{
    const struct sorted *a = left, *b = right;

    if (a->value < b->value || a->value > b->value)
        return a->value > b->value ? -1 : 1;
    return a->row < b->row ? -1 : 1;
}

/* The expression, compiled once for the columns that it is about. */
static int expression(trawl_call *call, struct live *live, const char *text, trawl_error *err)
{
    const int by = live->snapshot.by * 4 + (int)live->snapshot.view;
    int rc = TRAWL_OK;

    if (live->expr && by == live->expr_by && strcmp(text, live->expr_text) == 0)
        return TRAWL_OK;
    live->expr = NULL;
    rc = host->expr_compile(call, text, host->schema_of(live->snapshot.table), &live->expr, err);
    if (rc != TRAWL_OK)
        return rc;
    snprintf(live->expr_text, sizeof(live->expr_text), "%s", text);
    live->expr_by = by;
    return TRAWL_OK;
}

static int choose(trawl_call *call, struct live *live, const struct live_wish *w, struct order *o,
                  trawl_error *err)
{
    const struct snapshot *s = &live->snapshot;
    uint64_t n = host->n_rows(s->table);
    trawl_table *mask = NULL;
    trawl_view truth = {.size = sizeof(truth)};
    char room[LIVE_KEY];
    int rc = TRAWL_OK;

    if (w->where[0]) {
        rc = expression(call, live, w->where, err);
        if (rc == TRAWL_OK)
            rc = host->expr_column(call, live->expr, s->table, "where", &mask, err);
        if (rc == TRAWL_OK)
            rc = host->view(call, mask, 0, &truth, err);
    }
    if (s->view == VIEW_TRTOP && n)
        n--; /* its totals stand below */
    for (uint64_t row = 0; rc == TRAWL_OK && row < n; row++) {
        if (mask && !(trawl_view_has(&truth, row) &&
                      (truth.type != TRAWL_BOOL || trawl_view_u64(&truth, row))))
            continue;
        if (w->text[0] && !contains(name_of(o, row, room, sizeof(room)), w->text))
            continue;
        o->items[o->n++].row = (uint32_t)row;
    }
    host->release(mask);
    return rc;
}

static int by_name(const struct order *o, const struct sorted *a, const struct sorted *b)
{
    char left[LIVE_KEY], right[LIVE_KEY];
    const int sign = strcmp(name_of(o, a->row, left, sizeof(left)),
                            name_of(o, b->row, right, sizeof(right)));

    return sign ? sign : a->row < b->row ? -1 : 1;
}

/* A merge sort, for qsort() has no room for what names are in. */
static void sort_names(const struct order *o, struct sorted *items, struct sorted *room, size_t n,
                       int sign)
{
    const size_t half = n / 2;

    if (n < 2)
        return;
    sort_names(o, items, room, half, sign);
    sort_names(o, items + half, room, n - half, sign);
    memcpy(room, items, n * sizeof(*room));
    for (size_t i = 0, a = 0, b = half; i < n; i++)
        items[i] = b == n || (a < half && by_name(o, &room[a], &room[b]) * sign < 0) ? room[a++]
                                                                                     : room[b++];
}

static int put_in_order(trawl_call *call, struct order *o, const struct live_wish *w,
                        int64_t *ret_column, trawl_error *err)
{
    const struct snapshot *s = o->snapshot;
    const int64_t i_column = w->sort[0] ? host->schema_find(host->schema_of(s->table), w->sort)
                                        : -1;
    const int is_by_name = strcmp(w->sort, LIVE_NAME) == 0;
    trawl_view v = {.size = sizeof(v)};
    int rc;

    *ret_column = s->view == VIEW_TRTOP ? -1 : is_by_name ? 0 : i_column;
    if (*ret_column < 0)
        return TRAWL_OK;
    if (is_by_name || (size_t)i_column < s->n_keys) {
        struct sorted *room = host->alloc((o->n + 1) * sizeof(*room));

        if (!room)
            return top_nomem(err);
        sort_names(o, o->items, room, o->n, w->descending ? -1 : 1);
        host->free(room);
        return TRAWL_OK;
    }
    rc = host->view(call, s->table, (size_t)i_column, &v, err);
    for (size_t i = 0; rc == TRAWL_OK && i < o->n; i++)
        o->items[i].value = value_of(&v, o->items[i].row);
    if (rc == TRAWL_OK && o->n)
        qsort(o->items, o->n, sizeof(*o->items), w->descending ? downwards : upwards);
    return rc;
}

/* ---- a window of them ---- */

/* Does a column show what an alert is about? */
static int is_alarmed(unsigned alerts, const char *name)
{
    static const char *const columns[N_ALERTS] = {"syn_ack_pct", "est_pct", "rst_pct", "lat",
                                                  "rtt"};

    for (int i = 0; i < N_ALERTS; i++) {
        const size_t n = strlen(columns[i]);

        if (alerts >> i & 1 && strncmp(name, columns[i], n) == 0 &&
            (!name[n] || strncmp(name + n, "_p", 2) == 0))
            return 1;
    }
    return 0;
}

static int begin_columns(const struct snapshot *s, struct live_page *p, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(s->table);
    const size_t n = host->schema_n(schema);

    p->n_columns = n - s->n_keys + 1;
    p->columns = host->alloc(p->n_columns * sizeof(*p->columns));
    p->cells = host->alloc(p->n_columns * (p->n_rows + 1) * sizeof(*p->cells));
    p->marks = host->alloc(p->n_columns * (p->n_rows + 1));
    if (!p->columns || !p->cells || !p->marks)
        return top_nomem(err);
    for (size_t i = 0; i < p->n_columns; i++) {
        const trawl_column *column = host->schema_column(schema, i ? i + s->n_keys - 1 : 0);
        struct live_column *c = &p->columns[i];

        snprintf(c->name, sizeof(c->name), "%s", i || !s->serials ? column->name : LIVE_NAME);
        c->width = host->text_width(c->name, strlen(c->name));
        c->priority = column->priority;
        c->right = i && (s->view == VIEW_TRTOP || column->type != TRAWL_STRING);
    }
    return TRAWL_OK;
}

static int put_column(trawl_call *call, const struct order *o, struct live_page *p, size_t i,
                      trawl_error *err)
{
    const struct snapshot *s = o->snapshot;
    const size_t i_column = i + s->n_keys - 1;
    const trawl_column *column = host->schema_column(host->schema_of(s->table), i_column);
    trawl_view v = {.size = sizeof(v)};
    int has_marks = 0, rc = host->view(call, s->table, i_column, &v, err);

    for (size_t k = 0; s->serials && k < p->n_rows; k++)
        has_marks |= is_alarmed(s->alerts[s->serials[o->items[p->first + k].row]], column->name);
    for (size_t k = 0; rc == TRAWL_OK && k < p->n_rows; k++) {
        const uint32_t row = o->items[p->first + k].row;
        char text[LIVE_KEY];
        size_t n = text_of_cell(text, sizeof(text) - 1, &v, column, row);
        const int is_marked = s->serials && is_alarmed(s->alerts[s->serials[row]], column->name);
        const int mark = is_marked || (!s->serials && n && text[n - 1] == '!') ||
                         (s->view == VIEW_COMPARE && strcmp(text, "slower") == 0);
        unsigned width;

        if (has_marks && n)
            text[n++] = is_marked ? '!' : ' ';
        if (add_text(p, &p->cells[k * p->n_columns + i], text, n) != 0)
            return top_nomem(err);
        p->marks[k * p->n_columns + i] = (uint8_t)mark;
        width = host->text_width(text, n);
        if (width > p->columns[i].width)
            p->columns[i].width = width;
    }
    return rc;
}

static int put_keys(const struct order *o, struct live_page *p, trawl_error *err)
{
    for (size_t k = 0; k < p->n_rows; k++) {
        char room[LIVE_KEY];
        const char *text = name_of(o, o->items[p->first + k].row, room, sizeof(room));
        const unsigned width = host->text_width(text, strlen(text));

        if (add_text(p, &p->cells[k * p->n_columns], text, strlen(text)) != 0)
            return top_nomem(err);
        if (width > p->columns[0].width)
            p->columns[0].width = width;
    }
    return TRAWL_OK;
}

/* ---- what stands around it ---- */

static void put_state(const struct live *live, const struct live_wish *w, struct live_page *p)
{
    const struct live_state *s = &live->state;
    const struct feed *f = &live->feed;
    char packets[32], rate[32], since[32] = "", let_go[32];
    const int is_up = !s->grows || !s->link[0] || strcmp(s->link, "up") == 0;
    int64_t length = 0;
    size_t n = 0;

    if (f->n_done && __builtin_sub_overflow(f->end_ns, f->start_ns, &length))
        length = 0;
    text_of_span(since, sizeof(since), length > 0 ? length : 0);
    text_of_count(packets, sizeof(packets), (double)(f->n_done + f->let_go));
    host->escape(p->capture, sizeof(p->capture), live->capture, strlen(live->capture));
    n += (size_t)snprintf(p->state, sizeof(p->state), "%s%s%s  %s packets  %s",
                          s->state[0] ? s->state : "file", is_up ? "" : ": link ",
                          is_up ? "" : s->link, packets, since);
    if (s->has_counts && s->grows) {
        text_of_count(rate, sizeof(rate), s->rate);
        n += (size_t)snprintf(p->state + n, sizeof(p->state) - n, "  %s/s", rate);
    }
    if (w->n_steps) {
        text_of_span(rate, sizeof(rate), f->bin_ns);
        n += (size_t)snprintf(p->state + n, sizeof(p->state) - n, "  step %lld of %s",
                              (long long)w->n_steps, rate);
    }
    p->n_lost = s->n_dropped + s->n_interface + s->n_lost;
    n = (size_t)snprintf(p->drops, sizeof(p->drops), "drops: ");
    if (s->has_counts)
        n = (size_t)snprintf(p->drops, sizeof(p->drops), "drops%s: kernel %llu, ",
                             p->n_lost ? "!" : "", (unsigned long long)s->n_dropped);
    n += (size_t)snprintf(p->drops + n, sizeof(p->drops) - n, "suspected %llu",
                          (unsigned long long)live->snapshot.totals.sums[N_ERR]);
    if (s->has_counts)
        n += (size_t)snprintf(p->drops + n, sizeof(p->drops) - n, ", interface %llu, memory %llu",
                              (unsigned long long)s->n_interface, (unsigned long long)s->n_lost);
    if (f->let_go) {
        text_of_count(let_go, sizeof(let_go), (double)f->let_go);
        n += (size_t)snprintf(p->drops + n, sizeof(p->drops) - n, ", let go %s", let_go);
    }
    if (f->n_short)
        snprintf(p->drops + n, sizeof(p->drops) - n, ", not counted whole %llu",
                 (unsigned long long)f->n_short);
}

static void put_totals(const struct live *live, struct live_page *p)
{
    const struct snapshot *s = &live->snapshot;
    char out[32], in[32];

    text_of_count(out, sizeof(out), (double)s->totals.sums[N_OUT]);
    text_of_count(in, sizeof(in), (double)s->totals.sums[N_IN]);
    snprintf(p->totals, sizeof(p->totals),
             "Totals: syn %llu (%.2f/s)  est %llu (%.2f/s)  rst %llu  refused %llu  out %s  in %s",
             (unsigned long long)s->totals.sums[N_SYN], s->totals.syn_rate,
             (unsigned long long)s->totals.sums[N_EST], s->totals.est_rate,
             (unsigned long long)s->totals.sums[N_RST],
             (unsigned long long)s->totals.sums[N_REFUSED], out, in);
    if (live->is_late)
        snprintf(p->note, sizeof(p->note),
                 "rows stay: packets come faster than they can be gone through anew");
    else if (s->n == 0)
        snprintf(p->note, sizeof(p->note), "%s",
                 live->feed.n_elsewhere ? "no destination that is asked for"
                 : live->state.grows    ? "no TCP segment yet"
                                        : "no TCP segment in this capture");
    else if (s->totals.sums[N_SYN] == 0)
        snprintf(p->note, sizeof(p->note),
                 "no SYN: nothing is known of attempts; the ports told who the client is");
}

static int make_page(trawl_call *call, struct live *live, const struct live_wish *w,
                     struct live_page **ret, trawl_error *err)
{
    const struct snapshot *s = &live->snapshot;
    struct order o = {.snapshot = s, .key.size = sizeof(o.key)};
    struct live_page *p = host->alloc(sizeof(*p));
    int rc = p ? TRAWL_OK : top_nomem(err);

    o.items = host->alloc((size_t)(host->n_rows(s->table) + 1) * sizeof(*o.items));
    if (rc == TRAWL_OK && !o.items)
        rc = top_nomem(err);
    if (rc == TRAWL_OK && !s->serials)
        rc = host->view(call, s->table, 0, &o.key, err);
    if (rc == TRAWL_OK)
        rc = choose(call, live, w, &o, err);
    if (rc == TRAWL_OK)
        rc = put_in_order(call, &o, w, &p->i_sort, err);
    if (rc == TRAWL_OK) {
        if (p->i_sort >= 0)
            p->i_sort = p->i_sort < (int64_t)s->n_keys ? 0 : p->i_sort - (int64_t)s->n_keys + 1;
        p->wish = *w;
        p->descending = w->descending;
        p->by = s->by;
        p->view = s->view;
        p->is_final = live->is_whole;
        p->grows = live->state.grows;
        p->n_steps_max = live->n_steps_max;
        p->next_step = live->next_step;
        p->n_forgotten = live->feed.n_forgotten;
        p->n_all = (size_t)host->n_rows(s->table) - (s->view == VIEW_TRTOP);
        p->n_shown = o.n;
        p->first = w->first < o.n ? w->first : o.n ? o.n - 1 : 0;
        p->n_rows = o.n - p->first < w->n_rows ? o.n - p->first : w->n_rows;
        rc = begin_columns(s, p, err);
    }
    if (rc == TRAWL_OK)
        rc = put_keys(&o, p, err);
    for (size_t i = 1; rc == TRAWL_OK && i < p->n_columns; i++)
        rc = put_column(call, &o, p, i, err);
    host->free(o.items);
    if (rc != TRAWL_OK) {
        live_page_free(p);
        return rc;
    }
    put_state(live, w, p);
    put_totals(live, p);
    *ret = p;
    return TRAWL_OK;
}

/* ---- jobs ---- */

static int view(trawl_call *call, struct live *live, const struct live_wish *w, trawl_error *err)
{
    struct live_page *page = NULL, *old;
    int rc = live->snapshot.table ? make_page(call, live, w, &page, err) : TRAWL_OK;

    if (!page)
        return rc;
    pthread_mutex_lock(&live->lock);
    old = live->page;
    live->page = page;
    pthread_mutex_unlock(&live->lock);
    live_page_free(old);
    return TRAWL_OK;
}

/* Wait for the turn, take in what has come, and show it. What takes long is asked more seldom.
 * Paused, the capture goes on and what is shown stays. */
static int take(trawl_call *call, struct live *live, const struct live_wish *w, trawl_error *err)
{
    int64_t start = live_clock();
    const int is_other = live->snapshot.by != w->by || live->snapshot.view != w->view ||
                         (w->is_paused && w->n_steps != live->n_steps);
    const int is_due = !w->is_paused || is_other || live->is_owed;
    int more = 0, rc = TRAWL_OK;

    live->is_owed = w->is_paused && is_due; /* the next key may end this turn early */

    if (!live->is_new && !is_other && start < live->next_ns) {
        rc = host->live_wait(call, (uint32_t)((live->next_ns - start) / 1000000), err);
        start = live_clock();
    } else if (live->state.grows) {
        rc = host->live_wait(call, 0, err);
    }
    if (rc == TRAWL_OK)
        rc = live_look(call, live, err);
    if (rc == TRAWL_OK)
        rc = live_take(call, live, w, &more, err);
    if (rc == TRAWL_OK && is_due)
        rc = live_rows(call, live, w, err);
    if (rc == TRAWL_OK && is_due)
        rc = view(call, live, w, err);
    if (rc == TRAWL_OK) {
        live->is_new = live->is_owed = 0;
        live->next_ns = more ? 0 : live_next(start, live->opts->interval);
    }
    return rc;
}

static int detail(trawl_call *call, struct live *live, const struct live_wish *w, trawl_error *err)
{
    struct live_detail *made = NULL, *old;
    int rc = live_detail_make(call, live, w->key, &made, err);

    if (rc != TRAWL_OK)
        return rc;
    pthread_mutex_lock(&live->lock);
    old = live->detail;
    live->detail = made;
    pthread_mutex_unlock(&live->lock);
    live_detail_free(old);
    return TRAWL_OK;
}

static int write_file(trawl_call *call, const struct live *live, const struct live_wish *w,
                      trawl_error *err)
{
    return live->snapshot.table ? host->write(call, live->snapshot.table, w->path, NULL, err)
                                : TRAWL_OK;
}

static int work(trawl_call *call, struct live *live, const struct live_wish *w, uint32_t i_job,
                trawl_error *err)
{
    switch (i_job) {
    case LIVE_JOB_VIEW:
        return view(call, live, w, err);
    case LIVE_JOB_DETAIL:
        return detail(call, live, w, err);
    case LIVE_JOB_WRITE:
        return write_file(call, live, w, err);
    default:
        return take(call, live, w, err);
    }
}

int live_serve(trawl_call *call, void *context, uint32_t i_job, trawl_error *err)
{
    struct live *live = context;
    struct live_wish w;
    size_t start, n;
    int rc;

    pthread_mutex_lock(&live->lock);
    w = live->wish;
    pthread_mutex_unlock(&live->lock);
    rc = work(call, live, &w, i_job, err);
    pthread_mutex_lock(&live->lock);
    live->wrong_at = rc != TRAWL_OK && host->place_of(err, &start, &n) ? (int64_t)start : -1;
    pthread_mutex_unlock(&live->lock);
    return rc;
}
