/* The simulator: full windows over each path, what the receiver holds, what its buffer must hold.
 * Must not know how problems are solved. */
#include <stdlib.h>
#include <string.h>

#include "numerics.h"

/* A path has one thing under way at a time: a window, its acknowledgement, or a timeout. */
enum { FREE, FLYING, ACKED, LOST };

struct state {
    int64_t time_ns; /* of what is under way */
    uint64_t order;  /* ties: what was begun first */
    uint32_t block;
    uint32_t dack; /* of the acknowledgement: block that the receiver expects */
    uint8_t what;
    uint8_t faint; /* its next window is lost */
};

struct block {
    uint16_t path;
    uint8_t arrived;
};

struct run {
    struct simulation *sim;
    size_t n; /* paths */
    struct state *states;
    size_t *sequence;     /* paths in the scheduler's order */
    double *windows;      /* bytes, of the file's cwnds */
    struct block *blocks; /* by order of sending */
    double *dsn;          /* of each block and of the next */
    uint32_t n_blocks, most, expected;
    uint32_t una;           /* block that the sender knows to be expected */
    uint32_t *held;         /* by path: windows out of order at the receiver */
    uint32_t *known;        /* the same as the sender knows */
    uint32_t *told;         /* n x n: the same as in the acknowledgement of each path */
    uint32_t *slots;        /* hash of needs: index + 1 */
    uint32_t n_slots, room; /* of needs */
    uint64_t order;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "out of memory");
}

/* ---- order of paths ---- */

static int comes_before(const struct simulation *sim, size_t a, size_t b)
{
    const struct path *x = &sim->topology->paths[a], *y = &sim->topology->paths[b];

    if (sim->scheduler != BY_NAME && x->fowd_ns != y->fowd_ns)
        return sim->scheduler == BY_FOWD ? x->fowd_ns < y->fowd_ns : x->fowd_ns > y->fowd_ns;
    return strcmp(x->name, y->name) < 0;
}

static void order_paths(struct run *r)
{
    for (size_t i = 0; i < r->n; i++) {
        size_t at = i;

        for (; at > 0 && comes_before(r->sim, i, r->sequence[at - 1]); at--)
            r->sequence[at] = r->sequence[at - 1];
        r->sequence[at] = i;
    }
}

/* ---- needs ---- */

static uint64_t hash_of(const uint32_t *counts, size_t n)
{
    uint64_t h = 0x9e3779b97f4a7c15u;

    for (size_t i = 0; i < n; i++) {
        h = (h ^ counts[i]) * 0xff51afd7ed558ccdu;
        h ^= h >> 32;
    }
    return h;
}

static int grow_needs(struct run *r, trawl_error *err)
{
    struct simulation *s = r->sim;
    const uint32_t room = r->room ? 2 * r->room : 64;
    uint32_t *more = host->realloc(s->needs, (size_t)room * r->n * sizeof(*more));
    uint32_t *slots = host->alloc(4 * (size_t)room * sizeof(*slots));

    if (more)
        s->needs = more;
    if (!more || !slots) {
        host->free(slots);
        return no_memory(err);
    }
    host->free(r->slots);
    r->slots = slots;
    r->n_slots = 4 * room;
    r->room = room;
    for (uint32_t i = 0; i < s->n_needs; i++) {
        uint64_t at = hash_of(s->needs + i * r->n, r->n) & (r->n_slots - 1);

        while (slots[at])
            at = (at + 1) & (r->n_slots - 1);
        slots[at] = i + 1;
    }
    return TRAWL_OK;
}

/* Number of a need that is in row n_needs of the array; the same one is kept once. */
static int keep_need(struct run *r, uint32_t *ret, trawl_error *err)
{
    struct simulation *s = r->sim;
    const uint32_t *fresh = s->needs + (size_t)s->n_needs * r->n;
    uint64_t at = hash_of(fresh, r->n) & (r->n_slots - 1);

    for (; r->slots[at]; at = (at + 1) & (r->n_slots - 1)) {
        const uint32_t i = r->slots[at] - 1;

        if (memcmp(s->needs + (size_t)i * r->n, fresh, r->n * sizeof(*fresh)) == 0) {
            *ret = i;
            return TRAWL_OK;
        }
    }
    if (s->n_needs == SIM_MOST_NEEDS) {
        (void)host->fail(err, TRAWL_E_DATA,
                         "'%s': more than %d different constraints in %g s of simulation",
                         s->topology->file, SIM_MOST_NEEDS, (double)s->duration_ns / 1e9);
        host->hint(err, "Give a shorter --duration.");
        return TRAWL_E_DATA;
    }
    r->slots[at] = s->n_needs + 1;
    *ret = s->n_needs++;
    return s->n_needs < r->room ? TRAWL_OK : grow_needs(r, err);
}

/* ---- the sender ---- */

static double bytes_of(const struct run *r, const uint32_t *counts)
{
    double sum = 0;

    for (size_t i = 0; i < r->n; i++)
        sum += counts[i] * r->windows[i];
    return sum;
}

static int tell(struct run *r, const struct sim_event *event, trawl_error *err)
{
    return r->sim->on_event ? r->sim->on_event(r->sim->context, event, err) : TRAWL_OK;
}

static void begin(struct run *r, size_t i, uint8_t what, int64_t at_ns)
{
    r->states[i].what = what;
    r->states[i].time_ns = at_ns;
    r->states[i].order = r->order++;
}

/* What is sent needs room beside what is out of order at the receiver and what is under way. */
static int send_window(struct run *r, size_t i, int64_t now, trawl_error *err)
{
    struct simulation *s = r->sim;
    struct state *state = &r->states[i];
    const struct path *p = &s->topology->paths[i];
    struct sim_event event = {.time_ns = now,
                              .kind = state->faint ? SIM_LOST : SIM_SEND,
                              .path = i,
                              .size = r->windows[i],
                              .held = bytes_of(r, r->known)};
    uint32_t *need = s->needs + (size_t)s->n_needs * r->n;
    int rc;

    if (r->n_blocks == r->most) /* counted before: cannot be */
        return host->fail(err, TRAWL_E_PLUGIN, "more sends than were reckoned with");
    for (size_t k = 0; k < r->n; k++) {
        const uint32_t flying = r->states[k].what != FREE;

        need[k] = r->known[k] + flying + (k == i);
        event.inflight += flying * r->windows[k];
    }
    rc = keep_need(r, &event.need, err);
    if (rc != TRAWL_OK)
        return rc;
    state->block = r->n_blocks;
    event.dsn = r->dsn[r->n_blocks];
    r->blocks[r->n_blocks].path = (uint16_t)i;
    r->dsn[++r->n_blocks] = event.dsn + event.size;
    s->n_sends++;
    begin(r, i, state->faint ? LOST : FLYING,
          now + (state->faint ? path_rto_ns(s->topology, p) : p->fowd_ns));
    state->faint = 0;
    return tell(r, &event, err);
}

static int send_all(struct run *r, int64_t now, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t k = 0; k < r->n && rc == TRAWL_OK; k++) {
        if (r->states[r->sequence[k]].what == FREE)
            rc = send_window(r, r->sequence[k], now, err);
    }
    return rc;
}

/* ---- events ---- */

static int arrive(struct run *r, size_t i, int64_t now, trawl_error *err)
{
    struct simulation *s = r->sim;
    struct state *state = &r->states[i];
    struct sim_event event = {.time_ns = now,
                              .kind = SIM_ARRIVE,
                              .path = i,
                              .dsn = r->dsn[state->block],
                              .size = r->windows[i]};

    r->blocks[state->block].arrived = 1;
    r->held[i]++;
    s->received[i]++;
    while (r->expected < r->n_blocks && r->blocks[r->expected].arrived) {
        r->held[r->blocks[r->expected].path]--;
        s->in_order[r->blocks[r->expected].path]++;
        r->expected++;
    }
    event.dack = r->dsn[r->expected];
    event.held = bytes_of(r, r->held);
    state->dack = r->expected;
    memcpy(r->told + i * r->n, r->held, r->n * sizeof(*r->held));
    begin(r, i, ACKED, now + s->topology->paths[i].bowd_ns);
    return tell(r, &event, err);
}

/* An acknowledgement that another one overtook does not change the window (RFC 9293, SND.WL2). */
static int acknowledge(struct run *r, size_t i, int64_t now, trawl_error *err)
{
    struct state *state = &r->states[i];
    struct sim_event event = {.time_ns = now,
                              .kind = SIM_ACK,
                              .path = i,
                              .dsn = r->dsn[state->block],
                              .size = r->windows[i],
                              .dack = r->dsn[state->dack]};
    int rc;

    if (state->dack >= r->una) {
        r->una = state->dack;
        memcpy(r->known, r->told + i * r->n, r->n * sizeof(*r->known));
    }
    event.held = bytes_of(r, r->known);
    state->what = FREE;
    rc = tell(r, &event, err);
    return rc == TRAWL_OK ? send_all(r, now, err) : rc;
}

/* The same window again; it was counted when it was sent first. */
static int time_out(struct run *r, size_t i, int64_t now, trawl_error *err)
{
    struct sim_event event = {.time_ns = now,
                              .kind = SIM_TIMEOUT,
                              .path = i,
                              .dsn = r->dsn[r->states[i].block],
                              .size = r->windows[i],
                              .held = bytes_of(r, r->known)};

    begin(r, i, FLYING, now + r->sim->topology->paths[i].fowd_ns);
    return tell(r, &event, err);
}

static size_t next_of(const struct run *r)
{
    size_t best = 0;

    for (size_t i = 1; i < r->n; i++) {
        const struct state *a = &r->states[i], *b = &r->states[best];

        if (a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->order < b->order))
            best = i;
    }
    return best;
}

static int run_events(trawl_call *call, struct run *r, trawl_error *err)
{
    int rc = send_all(r, 0, err);

    for (uint64_t n = 0; rc == TRAWL_OK; n++) {
        const size_t i = next_of(r);
        const int64_t now = r->states[i].time_ns;

        if (now >= r->sim->duration_ns)
            return TRAWL_OK;
        if ((n & 0x3ff) == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        switch (r->states[i].what) {
        case FLYING:
            rc = arrive(r, i, now, err);
            break;
        case ACKED:
            rc = acknowledge(r, i, now, err);
            break;
        default:
            rc = time_out(r, i, now, err);
        }
    }
    return rc;
}

/* ---- beginning and end ---- */

static int count_sends(const struct simulation *s, uint64_t *ret, trawl_error *err)
{
    double sum = 0;

    for (size_t i = 0; i < s->topology->n; i++) {
        const struct path *p = &s->topology->paths[i];

        sum += (double)(s->duration_ns / (p->fowd_ns + p->bowd_ns) + 1);
    }
    if (sum > SIM_MOST_SENDS) {
        (void)host->fail(err, TRAWL_E_DATA,
                         "'%s': %g s of simulation are %.3g windows sent, more than %d",
                         s->topology->file, (double)s->duration_ns / 1e9, sum, SIM_MOST_SENDS);
        host->hint(err, "Give a shorter --duration, or a longer --round for shorter cycles.");
        return TRAWL_E_DATA;
    }
    *ret = (uint64_t)sum;
    return TRAWL_OK;
}

static void *array(trawl_call *call, size_t n, size_t size)
{
    void *p = host->call_alloc(call, n * size);

    if (p)
        memset(p, 0, n * size);
    return p;
}

int simulate(trawl_call *call, struct simulation *sim, trawl_error *err)
{
    const size_t n = sim->topology->n;
    struct run r = {.sim = sim, .n = n};
    uint64_t most = 0;
    uint32_t *needs;
    int rc = count_sends(sim, &most, err);

    if (rc != TRAWL_OK)
        return rc;
    sim->needs = NULL;
    sim->n_needs = 0;
    sim->n_sends = 0;
    sim->received = array(call, n, sizeof(*sim->received));
    sim->in_order = array(call, n, sizeof(*sim->in_order));
    r.states = array(call, n, sizeof(*r.states));
    r.sequence = array(call, n, sizeof(*r.sequence));
    r.windows = array(call, n, sizeof(*r.windows));
    r.held = array(call, n, sizeof(*r.held));
    r.known = array(call, n, sizeof(*r.known));
    r.told = array(call, n * n, sizeof(*r.told));
    r.most = (uint32_t)most;
    r.blocks = host->alloc((size_t)most * sizeof(*r.blocks));
    r.dsn = host->alloc((size_t)(most + 1) * sizeof(*r.dsn));
    if (!sim->received || !sim->in_order || !r.states || !r.sequence || !r.windows || !r.held ||
        !r.known || !r.told || !r.blocks || !r.dsn)
        rc = no_memory(err);
    if (rc == TRAWL_OK)
        rc = grow_needs(&r, err);
    if (rc == TRAWL_OK) {
        for (size_t i = 0; i < n; i++) {
            r.windows[i] = path_window(&sim->topology->paths[i]);
            r.states[i].faint = sim->faint && sim->faint[i];
        }
        order_paths(&r);
        rc = run_events(call, &r, err);
    }
    if (rc == TRAWL_OK) { /* a copy that goes with the call */
        needs = array(call, (size_t)sim->n_needs * n + 1, sizeof(*needs));
        if (needs)
            memcpy(needs, sim->needs, (size_t)sim->n_needs * n * sizeof(*needs));
        else
            rc = no_memory(err);
        host->free(sim->needs);
        sim->needs = needs;
    } else {
        host->free(sim->needs);
        sim->needs = NULL;
    }
    host->free(r.slots);
    host->free(r.blocks);
    host->free(r.dsn);
    return rc;
}
