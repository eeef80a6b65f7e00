/* Takes in what arrives, lets go of the oldest when memory ends, and renews what commands see.
 * Must not know plugins' files, command lines or terminals. */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "core/base/task.h"
#include "core/capture/io.h"
#include "core/capture/source.h"
#include "core/session/growing_parts.h"
#include "core/track/stream.h"

enum {
    ROW_BYTES = 67,       /* of the base columns */
    MARK_ROWS = 1 << 12,  /* places that the oldest rows may be let go up to are so far apart, */
    MARK_BYTES = 1 << 20, /* or so far: few long packets fill a store as well */
    STORE_STEP = 1 << 20, /* what a store grows by, */
    PIPE_STEP = 1 << 16,  /* and what a pipe's thread puts there at once */
    IDLE_MS = 50,
    BACK_NS = 1000000000 /* a clock that goes back by less than this is none that was set */
};

/* ---- what a command sees ---- */

static void drop_derived(tw_capture *capture)
{
    struct tw_packets *p = capture->packets;

    tw_capture_drop_derived(capture);
    for (size_t i = 0; i < p->presence.n_entries; i++) {
        if (p->presence.entries[i].key)
            tw_bits_release(p->presence.entries[i].value);
    }
    tw_hashmap_fini(&p->presence);
    tw_hashmap_fini(&p->warned);
    p->presence = p->warned = (struct tw_hashmap)TW_HASHMAP_INIT;
    tw_input_unwarn(capture->input, false);
}

int tw_growing_renew(struct tw_growing *g, trawl_error *err)
{
    tw_capture *capture = g->capture;
    tw_table *old = capture->packets_table;
    int rc;

    if (!tw_grow(&g->old, g->n_old + 1, &g->old_capacity, sizeof(tw_table *)))
        return tw_fail_nomem(err);
    capture->packets_table = NULL;
    rc = tw_capture_set_up(capture, err);
    if (rc != TRAWL_OK) {
        capture->packets_table = old;
        return rc;
    }
    capture->packets_table->origin = capture;
    if (old) {
        old->tally = NULL; /* it would count rows that this table has not */
        g->old[g->n_old++] = old;
    }
    g->n_shown = capture->packets->n_rows;
    return TRAWL_OK;
}

/* Those that no variable needs any more. */
static void prune(struct tw_growing *g)
{
    size_t n = 0;

    for (size_t i = 0; i < g->n_old; i++) {
        if (atomic_load(&g->old[i]->refs) > 1)
            g->old[n++] = g->old[i];
        else
            tw_table_release(g->old[i]);
    }
    g->n_old = n;
}

bool tw_growing_reads(const struct tw_growing *g, const tw_table *table)
{
    for (size_t i = 0; g && i < g->n_old; i++) {
        if (tw_table_reads(table, g->old[i]))
            return true;
    }
    return false;
}

/* ---- taking in ---- */

static void fail(struct tw_growing *g, const trawl_error *error)
{
    tw_packets_cut(g->capture->packets, g->n_rows);
    tw_log(1, "'%s' grows no more: %s", g->capture->name, error->message);
    g->ended = g->failed = true;
}

/* At once, not with the next command: nothing more comes. */
static void tell_damage(const struct tw_growing *g)
{
    const struct tw_input *input = g->capture->input;

    for (size_t i = 0; i < input->n_warnings; i++) {
        const struct tw_warning *w = &input->warnings[i];

        if (w->damage)
            tw_log(1, "'%s' grows no more: '%s': %s at byte %llu%s%s (kept %llu packet%s)",
                   g->capture->name, input->files[0].path, w->what, (unsigned long long)w->offset,
                   w->why ? ": " : "", w->why ? w->why : "", (unsigned long long)g->n_rows,
                   g->n_rows == 1 ? "" : "s");
    }
}

/* The machine's own clock, which stamps the packets of an interface. What goes back is told of
 * packets, which files have too. */
static void look_at_day(struct tw_growing *g)
{
    const int64_t step = tw_clock_look(&g->clock);

    if (step > 0)
        tw_log(1,
               "the clock was set forward by %.3f s while '%s' grows: times are kept as they came",
               (double)step / 1e9, g->capture->name);
}

/* One clear line for a clock that was set back: the times stay as they came. */
static void look_at_clock(struct tw_growing *g, uint64_t from)
{
    const struct tw_packets *p = g->capture->packets;
    const int64_t *time = TW_CELLS(p->time, const int64_t);

    if (g->live)
        look_at_day(g);
    for (uint64_t r = from; r < p->n_rows; r++) {
        if (time[r] == INT64_MIN)
            continue;
        if (r && !g->told_back && g->last_time - BACK_NS > time[r]) {
            tw_log(1,
                   "the clock of '%s' went back by %.3f s at packet %llu: times are kept as they "
                   "came",
                   g->capture->name, ((double)g->last_time - (double)time[r]) / 1e9,
                   (unsigned long long)r + 1);
            g->told_back = true;
        }
        g->last_time = time[r];
    }
}

static uint64_t held(const struct tw_growing *g)
{
    const struct tw_conversations *c = &g->capture->conversations;

    return (g->store ? tw_store_held(g->store) : 0) + g->n_rows * ROW_BYTES +
           c->tcp_memory.committed + c->udp_memory.committed + tw_tracker_held(g->tracker);
}

/* Half of the store is for what was not taken in yet: were that counted too, packets would be let
 * go over and over while a burst is worked off. */
static bool is_full(const struct tw_growing *g)
{
    const uint64_t limit = tw_memory_limit();

    return (g->store && g->n_marks &&
            tw_grow_place(g->grow) - g->marks[0].place > tw_store_most(g->store) / 2) ||
           (limit && held(g) > limit / 2);
}

static bool can_forget(const struct tw_growing *g)
{
    const char *format = g->capture->input->files[0].format;

    return format && strcmp(format, "pcap") == 0;
}

/* What pcapng says of interfaces and names is needed from its beginning on: nothing is let go, and
 * a pipe waits for good once the store has no room. */
static void tell_full(struct tw_growing *g)
{
    uint64_t available;
    bool ended;

    if (g->told_full || !g->store || can_forget(g))
        return;
    available = tw_source_available(g->capture->input->files[0].source, &ended);
    if (ended || available + PIPE_STEP <= tw_store_most(g->store) / STORE_STEP * STORE_STEP)
        return;
    tw_log(1,
           "'%s' has filled its memory and takes in no more: only of pcap the oldest packets can "
           "be let go",
           g->capture->name);
    g->told_full = true;
}

/* Let go of the older half: the rest is taken in again, as if the capture began there. False: there
 * is nothing to be let go, or no memory to begin anew. */
static bool forget(struct tw_growing *g)
{
    tw_capture *capture = g->capture;
    struct tw_packets *fresh;
    struct tw_tracker *tracker = NULL;
    const struct mark *mark = NULL;
    uint64_t row, place;

    for (size_t i = 0; i < g->n_marks && !mark; i++) {
        if (g->marks[i].row >= g->n_rows / 2 && g->marks[i].row)
            mark = &g->marks[i];
    }
    if (!mark || !can_forget(g))
        return false;
    row = mark->row;
    place = mark->place;
    fresh = tw_packets_new(capture->input, NULL);
    tracker = fresh ? tw_tracker_new(fresh, NULL) : NULL;
    if (!tracker || tw_grow_again(g->grow, fresh, place, NULL) != TRAWL_OK) {
        tw_tracker_free(tracker);
        tw_packets_free(fresh);
        return false;
    }
    drop_derived(capture);
    tw_tracker_free(g->tracker);
    tw_conversations_fini(&capture->conversations);
    tw_packets_free(capture->packets);
    g->tracker = tracker;
    capture->packets = fresh;
    tw_input_unwarn(capture->input, true);
    if (g->store)
        tw_store_drop(g->store, place);
    if (!g->n_forgotten)
        tw_log(2,
               "'%s' stays within the memory: its oldest packets are let go ('captures' counts "
               "them)",
               capture->name);
    g->n_forgotten += row;
    g->n_rows = g->n_marks = 0;
    g->is_new = true;
    return true;
}

/* Take in what a mebibyte has; *ret_any: look again at once. */
static void take_in(struct tw_growing *g, bool *ret_any)
{
    trawl_error error = TW_ERROR_INIT;
    const uint64_t before = g->n_rows, place = tw_grow_place(g->grow);
    int rc;

    *ret_any = false;
    if (g->ended)
        return;
    if (is_full(g) && forget(g)) {
        *ret_any = true;
        return;
    }
    tell_full(g);
    tw_followed_look(&g->followed);
    rc = tw_grow_more(g->grow, ret_any, &error);
    if (rc == TRAWL_OK)
        rc = tw_tracker_more(g->tracker, &g->capture->conversations, &error);
    if (rc == TRAWL_OK && g->capture->packets->n_rows > before &&
        (!g->n_marks || before >= g->marks[g->n_marks - 1].row + MARK_ROWS ||
         place >= g->marks[g->n_marks - 1].place + MARK_BYTES)) {
        if (tw_grow(&g->marks, g->n_marks + 1, &g->marks_capacity, sizeof(*g->marks)))
            g->marks[g->n_marks++] = (struct mark){before, place};
        else
            rc = tw_fail_nomem(&error);
    }
    if (rc == TRAWL_OK) {
        look_at_clock(g, before);
        g->n_rows = g->capture->packets->n_rows;
        g->ended = tw_grow_ended(g->grow);
        if (g->ended)
            tell_damage(g);
        tw_input_settle(g->capture->input);
    } else if (rc == TRAWL_E_NOMEM && forget(g)) {
        *ret_any = true;
    } else {
        fail(g, &error);
    }
    tw_error_clear(&error);
}

/* The thread that takes in while no command runs. */
static void *run(void *context)
{
    struct tw_growing *g = context;
    struct tw_gate *gate = &g->capture->session->gate;

    tw_log_detach();
    pthread_mutex_lock(&gate->lock);
    while (!g->stop) {
        bool any = false;

        if (!gate->held)
            take_in(g, &any);
        if (gate->held) {
            pthread_cond_wait(&gate->changed, &gate->lock);
        } else if (!any) {
            struct timespec until;

            clock_gettime(CLOCK_MONOTONIC, &until);
            until.tv_nsec += IDLE_MS * 1000000L;
            until.tv_sec += until.tv_nsec / 1000000000L;
            until.tv_nsec %= 1000000000L;
            pthread_cond_timedwait(&gate->changed, &gate->lock, &until);
        } else if (atomic_load(&gate->n_waiting)) { /* let a command in */
            pthread_mutex_unlock(&gate->lock);
            while (atomic_load(&gate->n_waiting))
                sched_yield();
            pthread_mutex_lock(&gate->lock);
        }
    }
    pthread_mutex_unlock(&gate->lock);
    return NULL;
}

void tw_growing_refresh(tw_capture *capture)
{
    struct tw_growing *g = capture->growing;
    trawl_error error = TW_ERROR_INIT;
    bool any = !g->ended, ended;
    const bool waits = g->pump && tw_pump_waits(g->pump); /* asked before what is there */
    const uint64_t available = any ? tw_source_available(capture->input->files[0].source, &ended)
                                   : 0;

    if (any && tw_grow_place(g->grow) > available) /* a file that became shorter */
        take_in(g, &any);
    while (any && !tw_cancelled() && tw_grow_place(g->grow) < available)
        take_in(g, &any);
    g->waits = waits;
    if (capture->packets->n_rows != g->n_shown || g->is_new || !capture->packets_table) {
        drop_derived(capture);
        if (g->is_new)
            tw_session_drop_variables(capture);
        if (tw_tracker_settle(g->tracker, &capture->conversations, &error) == TRAWL_OK &&
            tw_growing_renew(g, &error) == TRAWL_OK) {
            g->is_new = false;
        } else {
            tw_log(1, "%s: what came in '%s' is not shown", error.message, capture->name);
            if (g->is_new && capture->packets_table) /* its rows are gone */
                capture->packets_table->n_rows = 0;
        }
    }
    prune(g);
    capture->n_damaged = 0;
    for (size_t i = 0; i < capture->input->n_warnings; i++)
        capture->n_damaged += capture->input->warnings[i].damage;
    capture->session->damaged |= capture->n_damaged > 0;
    if (capture->packets_table)
        capture->packets_table->n_damaged = capture->n_damaged;
    tw_input_sort_warnings(capture->input);
    tw_error_clear(&error);
}

bool tw_growing_runs(const struct tw_growing *g)
{
    return g && !g->stopped && !g->ended;
}

static bool is_file(const char *name, const char *path, const struct stat *st)
{
    struct stat other;

    return strcmp(name, path) == 0 || (st && stat(name, &other) == 0 &&
                                       other.st_dev == st->st_dev && other.st_ino == st->st_ino);
}

bool tw_growing_writes(const struct tw_growing *g, const char *path, const struct stat *st)
{
    bool found = false;

    if (!tw_growing_runs(g) || !g->writes)
        return false;
    if (!g->n_ring)
        return is_file(g->writes, path, st);
    for (uint32_t i = 0; !found && i < g->n_ring; i++) {
        char *name = tw_live_file_name(g->writes, i);

        found = name && is_file(name, path, st);
        tw_free(name);
    }
    return found;
}

bool tw_growing_is_stopped(const struct tw_growing *g)
{
    return g->stopped;
}

/* ---- beginning and end ---- */

int tw_growing_start(tw_capture *capture, trawl_error *err)
{
    struct tw_growing *g = capture->growing;

    tw_growing_refresh(capture);
    g->has_thread = tw_io_thread(&g->thread, run, g);
    return g->has_thread
               ? TRAWL_OK
               : tw_fail(err, TRAWL_E_NOMEM, "could not start a thread for '%s'", capture->name);
}

static void stop_threads(struct tw_growing *g)
{
    struct tw_gate *gate = &g->capture->session->gate;

    if (g->live) {
        tw_live_stop(g->live);
        tw_live_counts(g->live, &g->counts);
    }
    tw_pump_close(g->pump);
    g->pump = NULL;
    if (g->has_thread) {
        pthread_mutex_lock(&gate->lock);
        g->stop = true;
        pthread_cond_broadcast(&gate->changed);
        pthread_mutex_unlock(&gate->lock);
        pthread_join(g->thread, NULL);
        g->has_thread = false;
    }
}

static void tell(const struct tw_growing *g)
{
    const struct tw_live_counts *c = &g->counts;
    struct tw_buffer more = TW_BUFFER_INIT;

    if (c->lost)
        tw_buffer_printf(&more, ", %llu not kept for want of memory", (unsigned long long)c->lost);
    if (g->n_forgotten)
        tw_buffer_printf(&more, ", the oldest %llu let go", (unsigned long long)g->n_forgotten);
    if (c->written)
        tw_buffer_printf(&more, ", %llu written", (unsigned long long)c->written);
    tw_log(2, "'%s': %llu packets received, %llu dropped by the kernel, %llu by the interface%s",
           g->capture->name, (unsigned long long)c->received, (unsigned long long)c->dropped,
           (unsigned long long)c->interface_dropped, more.data && !more.failed ? more.data : "");
    tw_buffer_fini(&more);
}

void tw_growing_stop(tw_capture *capture)
{
    struct tw_growing *g = capture->growing;

    stop_threads(g);
    tw_growing_refresh(capture);
    if (!g->stopped && g->live)
        tell(g);
    g->stopped = true;
    g->ended = true;
}

void tw_growing_end(struct tw_growing *g)
{
    if (!g)
        return;
    stop_threads(g);
    if (g->live && !g->stopped) /* trawl is left, or another takes its name */
        tell(g);
    tw_live_close(g->live);
    g->live = NULL;
    tw_grow_close(g->grow);
    g->grow = NULL;
    tw_tracker_free(g->tracker);
    for (size_t i = 0; i < g->n_old; i++)
        tw_table_release(g->old[i]);
    tw_free(g->old);
    tw_free(g->marks);
}

void tw_growing_free(struct tw_growing *g)
{
    if (!g)
        return;
    tw_store_free(g->store);
    tw_free(g->writes);
    tw_free(g);
}

void tw_growing_state(struct tw_growing *g, struct tw_growing_state *ret)
{
    if (g->live)
        tw_live_counts(g->live, &g->counts);
    *ret = (struct tw_growing_state){
        .state = g->failed    ? "failed"
                 : g->stopped ? "stopped"
                 : g->ended   ? "ended"
                 : g->live    ? "live"
                 : g->waits   ? "waiting"
                              : "following",
        .counts = g->live ? &g->counts : NULL,
        .forgotten = g->n_forgotten,
        .fill = g->store ? (double)tw_store_held(g->store) / (double)tw_store_most(g->store) : -1};
}
