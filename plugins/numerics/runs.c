/* Rows of cycle, constraints, simulate, optbuffer and optcwnd. Must not know GLPK. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

enum { MS = 1000000, TEXT_MOST = 512 };
static const int64_t NEW_STEP_NS = 5 * MS;

static void put_real(trawl_builder *b, double x)
{
    if (isnan(x))
        host->put_null(b);
    else
        host->put_f64(b, x);
}

static void put_bytes(trawl_builder *b, double x)
{
    if (isnan(x))
        host->put_null(b);
    else
        host->put_u64(b, (uint64_t)llround(x));
}

/* ---- what is run ---- */

static int64_t step_of(const struct numerics_call *c)
{
    if (host->given(c->call, "round"))
        return c->opts->round;
    return c->topology.is_new ? NEW_STEP_NS : 0;
}

static int read_faint(struct numerics_call *c, uint8_t **ret, trawl_error *err)
{
    const trawl_words *words = &c->opts->withstand;
    uint8_t *faint;

    *ret = NULL;
    if (!words->n)
        return TRAWL_OK;
    faint = host->call_alloc(c->call, c->topology.n);
    if (!faint)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(faint, 0, c->topology.n);
    for (size_t i = 0; i < words->n; i++) {
        const int64_t path = topology_find(&c->topology, words->items[i], err);

        if (path < 0) {
            host->place(c->call, words->items[i], strlen(words->items[i]), err);
            return TRAWL_E_NOT_FOUND;
        }
        faint[path] = 1;
    }
    *ret = faint;
    return TRAWL_OK;
}

/* --duration; else a cycle, and long enough that who faints has come back. */
static int duration_of(struct numerics_call *c, const uint8_t *faint, int64_t *ret,
                       trawl_error *err)
{
    int rc;

    if (c->opts->duration > 0) {
        *ret = c->opts->duration;
        return TRAWL_OK;
    }
    rc = cycle_of(&c->topology, step_of(c), ret, err);
    for (size_t i = 0; rc == TRAWL_OK && faint && i < c->topology.n; i++) {
        const struct path *p = &c->topology.paths[i];
        const int64_t least = path_rto_ns(&c->topology, p) + p->rtt_ns + MS;

        if (faint[i] && least > *ret)
            *ret = least;
    }
    return rc;
}

static int prepare(struct numerics_call *c, struct simulation *ret, trawl_error *err)
{
    uint8_t *faint = NULL;
    int rc = read_faint(c, &faint, err);

    *ret = (struct simulation){.topology = &c->topology,
                               .faint = faint,
                               .scheduler = strcmp(c->opts->scheduler, "name") == 0 ? BY_NAME
                                            : strcmp(c->opts->scheduler, "fowd") == 0
                                                ? BY_FOWD
                                                : BY_FOWD_DOWN};
    return rc == TRAWL_OK ? duration_of(c, faint, &ret->duration_ns, err) : rc;
}

/* Of the words, else of the file; 0: neither has it. */
static double buffer_of(const struct numerics_call *c)
{
    return host->given(c->call, "buffer") ? (double)c->opts->buffer : c->topology.rcv_buffer;
}

int fill_cycle(struct numerics_call *c, trawl_error *err)
{
    struct simulation sim;
    int64_t cycle;
    int rc = cycle_of(&c->topology, step_of(c), &cycle, err);

    if (rc == TRAWL_OK)
        rc = prepare(c, &sim, err);
    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < c->topology.n; i++) {
        const struct path *p = &c->topology.paths[i];
        const int64_t rtt = path_cycle_rtt(&c->topology, p, step_of(c));

        host->put_i64(c->rows, cycle);
        host->put_i64(c->rows, sim.duration_ns);
        host->put_text(c->rows, p->name);
        host->put_i64(c->rows, rtt);
        host->put_u64(c->rows, (uint64_t)(cycle / rtt));
        host->end_row(c->rows);
    }
    return TRAWL_OK;
}

/* ---- what happens ---- */

/* "2 fast + slow <= rcv_wnd" */
static void constraint_text(const struct simulation *sim, uint32_t need, char *ret)
{
    const size_t n_paths = sim->topology->n;
    const uint32_t *counts = sim->needs + (size_t)need * n_paths;
    size_t n = 0;

    for (size_t i = 0; i < n_paths && n + TOPOLOGY_NAME_MOST + 48 < TEXT_MOST; i++) {
        char times[16] = "";

        if (!counts[i])
            continue;
        if (counts[i] > 1)
            (void)snprintf(times, sizeof(times), "%u ", counts[i]);
        n += (size_t)snprintf(ret + n, TEXT_MOST - n, "%s%s%s", n ? " + " : "", times,
                              sim->topology->paths[i].name);
    }
    (void)snprintf(ret + n, TEXT_MOST - n, " <= rcv_wnd");
}

struct listing {
    struct numerics_call *c;
    struct simulation *sim;
    double buffer;
};

static int put_constraint(void *context, const struct sim_event *e, trawl_error *err)
{
    const struct listing *l = context;
    trawl_builder *b = l->c->rows;
    const double needed = e->size + e->held + e->inflight;
    char text[TEXT_MOST];

    (void)err;
    if (e->kind != SIM_SEND && e->kind != SIM_LOST)
        return TRAWL_OK;
    constraint_text(l->sim, e->need, text);
    host->put_i64(b, e->time_ns);
    host->put_text(b, l->c->topology.paths[e->path].name);
    put_bytes(b, e->dsn);
    put_bytes(b, e->size);
    put_bytes(b, e->held);
    put_bytes(b, e->inflight);
    put_bytes(b, needed);
    if (l->buffer > 0)
        host->put_u64(b, needed <= l->buffer);
    else
        host->put_null(b);
    host->put_text(b, text);
    host->end_row(b);
    return TRAWL_OK;
}

static int put_event(void *context, const struct sim_event *e, trawl_error *err)
{
    static const char *const words[] = {
        [SIM_SEND] = "send", [SIM_LOST] = "send, lost",    [SIM_ARRIVE] = "arrival",
        [SIM_ACK] = "ack",   [SIM_TIMEOUT] = "send again",
    };
    const struct listing *l = context;
    trawl_builder *b = l->c->rows;
    const int acks = e->kind == SIM_ARRIVE || e->kind == SIM_ACK;

    (void)err;
    host->put_i64(b, e->time_ns);
    host->put_text(b, words[e->kind]);
    host->put_text(b, l->c->topology.paths[e->path].name);
    put_bytes(b, e->dsn);
    put_bytes(b, e->size);
    put_bytes(b, acks ? e->dack : NAN);
    put_bytes(b, e->held);
    if (l->buffer > 0)
        host->put_i64(b, (int64_t)llround(l->buffer - e->held));
    else
        host->put_null(b);
    host->end_row(b);
    return TRAWL_OK;
}

static int list_run(struct numerics_call *c,
                    int (*on_event)(void *context, const struct sim_event *event, trawl_error *err),
                    trawl_error *err)
{
    struct simulation sim;
    struct listing l = {c, &sim, buffer_of(c)};
    int rc = topology_need_cwnds(&c->topology, err);

    if (rc == TRAWL_OK)
        rc = prepare(c, &sim, err);
    sim.on_event = on_event;
    sim.context = &l;
    return rc == TRAWL_OK ? simulate(c->call, &sim, err) : rc;
}

int fill_constraints(struct numerics_call *c, trawl_error *err)
{
    return list_run(c, put_constraint, err);
}

int fill_simulate(struct numerics_call *c, trawl_error *err)
{
    return list_run(c, put_event, err);
}

/* ---- solutions ---- */

static int bad_bound(struct numerics_call *c, const char *word, const char *form, trawl_error *err)
{
    (void)host->fail(err, TRAWL_E_USAGE, "'%s' is not %s", word, form);
    host->place(c->call, word, strlen(word), err);
    return TRAWL_E_USAGE;
}

/* "fast=0.4" */
static int read_bounds(struct numerics_call *c, const trawl_words *words, double most,
                       const char *form, struct bounds *ret, trawl_error *err)
{
    struct bound *items = host->call_alloc(c->call, (words->n + 1) * sizeof(*items));
    char name[TOPOLOGY_NAME_MOST];

    if (!items)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->items[i], *equals = strrchr(word, '=');
        int64_t path;
        char *end;

        if (!equals || equals == word || equals - word >= (ptrdiff_t)sizeof(name) || !equals[1])
            return bad_bound(c, word, form, err);
        errno = 0;
        items[i].value = strtod(equals + 1, &end);
        if (*end || errno || !(items[i].value >= 0 && items[i].value <= most))
            return bad_bound(c, word, form, err);
        memcpy(name, word, (size_t)(equals - word));
        name[equals - word] = 0;
        path = topology_find(&c->topology, name, err);
        if (path < 0) {
            host->place(c->call, word, (size_t)(equals - word), err);
            return TRAWL_E_NOT_FOUND;
        }
        items[i].path = (size_t)path;
    }
    ret->items = items;
    ret->n = words->n;
    return TRAWL_OK;
}

static void put_solution(struct numerics_call *c, const struct simulation *sim,
                         const struct solution *s)
{
    struct outcome o;

    outcome_of(sim, s->cwnds, &o);
    for (size_t i = 0; i < c->topology.n; i++) {
        const struct path *p = &c->topology.paths[i];
        const double rx = (double)sim->received[i] * s->cwnds[i] * p->mss;

        host->put_text(c->rows, p->name);
        host->put_f64(c->rows, s->cwnds[i]);
        put_bytes(c->rows, rx);
        put_real(c->rows, o.total > 0 ? 100 * rx / o.total : NAN);
        host->put_text(c->rows, s->status);
        host->put_i64(c->rows, sim->duration_ns);
        put_bytes(c->rows, s->rcv_buffer);
        put_bytes(c->rows, o.rcv_next);
        host->put_f64(c->rows, o.throughput);
        host->put_f64(c->rows, s->objective);
        host->end_row(c->rows);
    }
}

static int solve_run(struct numerics_call *c, struct problem *problem, trawl_error *err)
{
    struct simulation sim;
    struct solution solution;
    int rc = prepare(c, &sim, err);

    if (rc == TRAWL_OK)
        rc = simulate(c->call, &sim, err);
    problem->sim = &sim;
    problem->limit_ns = c->opts->time_limit;
    problem->lp_file = c->opts->lp;
    if (rc == TRAWL_OK)
        rc = solve(c->call, problem, &solution, err);
    if (rc == TRAWL_OK && c->opts->result)
        rc = write_json(c->opts->result, &sim, &solution, err);
    if (rc == TRAWL_OK)
        put_solution(c, &sim, &solution);
    return rc;
}

int fill_optbuffer(struct numerics_call *c, trawl_error *err)
{
    struct problem problem = {0};
    int rc = topology_need_cwnds(&c->topology, err);

    return rc == TRAWL_OK ? solve_run(c, &problem, err) : rc;
}

int fill_optcwnd(struct numerics_call *c, trawl_error *err)
{
    static const char share[] = "SUBFLOW=RATIO with a ratio between 0 and 1";
    static const char cwnd[] = "SUBFLOW=N with a number of segments up to 1e9";
    const struct numerics_opts *o = c->opts;
    struct problem problem = {.optimise_cwnd = 1, .rcv_buffer = buffer_of(c)};
    int rc = TRAWL_OK;

    if (problem.rcv_buffer <= 0) {
        rc = host->fail(err, TRAWL_E_DATA, "'%s': receiver.rcv_buffer is missing",
                        c->topology.file);
        host->hint(err, "Give its size with --buffer, for example --buffer 40k.");
    }
    if (rc == TRAWL_OK)
        rc = read_bounds(c, &o->min_share, 1, share, &problem.min_share, err);
    if (rc == TRAWL_OK)
        rc = read_bounds(c, &o->max_share, 1, share, &problem.max_share, err);
    if (rc == TRAWL_OK)
        rc = read_bounds(c, &o->min_cwnd, 1e9, cwnd, &problem.min_cwnd, err);
    if (rc == TRAWL_OK)
        rc = read_bounds(c, &o->max_cwnd, 1e9, cwnd, &problem.max_cwnd, err);
    for (size_t i = 0; rc == TRAWL_OK && i < problem.min_cwnd.n; i++) {
        for (size_t k = 0; k < problem.max_cwnd.n; k++) {
            const struct bound *low = &problem.min_cwnd.items[i],
                               *high = &problem.max_cwnd.items[k];

            if (low->path == high->path && low->value > high->value)
                rc = host->fail(err, TRAWL_E_USAGE,
                                "no window of '%s' is at least %g and at most %g",
                                c->topology.paths[low->path].name, low->value, high->value);
        }
    }
    return rc == TRAWL_OK ? solve_run(c, &problem, err) : rc;
}
