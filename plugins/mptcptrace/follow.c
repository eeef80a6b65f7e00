/* Maps and data ACKs of one connection, played in order: what is under way, acknowledged, sent
 * again. Must not know files, tables or packets. */
#include <string.h>

#include "trace.h"

const char *const way_names[2] = {[S2C] = "s2c", [C2S] = "c2s"};

/* Something sent and not acknowledged. */
struct piece {
    uint64_t start, end;
    int64_t time_ns;
    uint32_t subflow;
};

/* Such pieces, the least start first (a heap); the last one goes last. */
struct queue {
    struct piece *items;
    size_t n, room;
    uint64_t last_start, last_end;
};

/* A map by its start. */
struct map {
    uint64_t start;
    uint64_t others; /* subflows on which it came again */
    uint32_t subflow;
    uint8_t used, waiting;
};

struct maps {
    struct map *slots;
    size_t n, room;
    uint64_t seed;
};

/* The data of one direction. */
struct half {
    struct maps maps;
    struct queue waiting;
    struct queue *tcp; /* by subflow */
    uint64_t *last;    /* by subflow: last number, unwrapped */
    uint64_t *tcp_ack;
    uint8_t *has_last, *has_tcp_ack;
    uint32_t *flying; /* subflows with something in `tcp`, ascending: few of many */
    uint32_t n_flying;
    uint64_t ack, edge;
    uint8_t has_ack;
    /* goodput: acks that brought something, the last n_acks + 1 of them */
    struct event const **ring;
    uint64_t n_ring;
};

struct run {
    struct follow *f;
    struct half halves[2];
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "out of memory");
}

static int is_before(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) < 0;
}

/* ---- queues ---- */

static int push(struct queue *q, const struct piece *piece, trawl_error *err)
{
    size_t i = q->n;

    if (q->n == q->room) {
        const size_t room = 2 * q->room + 16;
        struct piece *more = host->realloc(q->items, room * sizeof(*more));

        if (!more)
            return no_memory(err);
        q->items = more;
        q->room = room;
    }
    if (!q->n || !is_before(piece->start, q->last_start)) {
        q->last_start = piece->start;
        q->last_end = piece->end;
    }
    for (; i && is_before(piece->start, q->items[(i - 1) / 2].start); i = (i - 1) / 2)
        q->items[i] = q->items[(i - 1) / 2];
    q->items[i] = *piece;
    q->n++;
    return TRAWL_OK;
}

static struct piece pop(struct queue *q)
{
    const struct piece first = q->items[0], last = q->items[--q->n];
    size_t i = 0;

    for (size_t child = 1; child < q->n; child = 2 * i + 1) {
        if (child + 1 < q->n && is_before(q->items[child + 1].start, q->items[child].start))
            child++;
        if (!is_before(q->items[child].start, last.start))
            break;
        q->items[i] = q->items[child];
        i = child;
    }
    if (q->n)
        q->items[i] = last;
    return first;
}

/* From the first start to the end of the last. */
static uint64_t span_of(const struct queue *q)
{
    return q->n ? q->last_end - q->items[0].start : 0;
}

/* ---- maps ---- */

static uint64_t mixed(uint64_t x)
{
    x ^= x >> 31;
    x *= 0x7fb5d329728ea185u;
    x ^= x >> 27;
    x *= 0x81dadef4bc2dd44du;
    return x ^ x >> 33;
}

static struct map *slot_of(const struct maps *m, uint64_t start)
{
    size_t i = mixed(start ^ m->seed) & (m->room - 1);

    while (m->slots[i].used && m->slots[i].start != start)
        i = (i + 1) & (m->room - 1);
    return &m->slots[i];
}

/* The map that begins there; a fresh one is not `used` yet. */
static int find_map(struct maps *m, uint64_t start, struct map **ret, trawl_error *err)
{
    if (2 * (m->n + 1) > m->room) {
        struct maps more = {.n = m->n, .room = m->room ? 2 * m->room : 64, .seed = m->seed};

        more.slots = host->alloc(more.room * sizeof(*more.slots));
        if (!more.slots)
            return no_memory(err);
        if (!more.seed) /* where memory lies is nothing that a packet could know */
            more.seed = mixed((uint64_t)(uintptr_t)more.slots) | 1;
        for (size_t i = 0; i < m->room; i++) {
            if (m->slots[i].used)
                *slot_of(&more, m->slots[i].start) = m->slots[i];
        }
        host->free(m->slots);
        *m = more;
    }
    *ret = slot_of(m, start);
    return TRAWL_OK;
}

/* ---- points ---- */

static int put(struct run *r, const struct point *p, trawl_error *err)
{
    return r->f->put ? r->f->put(r->f->context, p, err) : TRAWL_OK;
}

static int put_dot(struct run *r, enum graph graph, const struct event *e, unsigned way,
                   uint64_t value, uint32_t series, trawl_error *err)
{
    return put(r,
               &(struct point){.graph = graph,
                               .way = (uint8_t)way,
                               .time_ns = e->time_ns,
                               .low = value,
                               .series = series,
                               .again = -1},
               err);
}

/* What is under way of a direction's data, over all and over each subflow. */
static int put_flights(struct run *r, const struct event *e, unsigned way, trawl_error *err)
{
    const struct half *h = &r->halves[way];
    uint64_t sum = 0;
    int rc = TRAWL_OK;

    if (!r->f->put) /* only what it comes to is wanted */
        return TRAWL_OK;
    if (h->waiting.n)
        rc = put_dot(r, GRAPH_FLIGHT, e, way, span_of(&h->waiting), FLIGHT_MPTCP, err);
    for (uint32_t k = 0; rc == TRAWL_OK && k < h->n_flying; k++) {
        const uint32_t i = h->flying[k];
        const uint64_t flight = span_of(&h->tcp[i]);
        const struct point p = {.graph = GRAPH_FLIGHT_PER_FLOW,
                                .way = (uint8_t)way,
                                .is_line = 1,
                                .time_ns = e->time_ns,
                                .low = sum,
                                .high = sum + flight,
                                .series = i + 1,
                                .again = -1};

        if (flight)
            rc = put(r, &p, err);
        sum += flight;
    }
    return rc == TRAWL_OK ? put_dot(r, GRAPH_FLIGHT, e, way, sum, FLIGHT_TCP, err) : rc;
}

/* ---- events ---- */

/* A 32-bit number near the last one of its subflow. */
static uint64_t unwrap(struct half *h, uint32_t subflow, uint32_t number)
{
    if (!h->has_last[subflow]) {
        h->has_last[subflow] = 1;
        h->last[subflow] = (1ull << 32) + number;
    }
    return h->last[subflow] + (uint64_t)(int64_t)(int32_t)(number - (uint32_t)h->last[subflow]);
}

/* Keep the list of those that have something under way. */
static void note_flying(struct half *h, uint32_t subflow)
{
    uint32_t low = 0, high = h->n_flying;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (h->flying[middle] < subflow)
            low = middle + 1;
        else
            high = middle;
    }
    if ((low < h->n_flying && h->flying[low] == subflow) == (h->tcp[subflow].n != 0))
        return;
    if (h->tcp[subflow].n) {
        memmove(h->flying + low + 1, h->flying + low, (h->n_flying++ - low) * sizeof(*h->flying));
        h->flying[low] = subflow;
    } else {
        memmove(h->flying + low, h->flying + low + 1, (--h->n_flying - low) * sizeof(*h->flying));
    }
}

static int take_tcp(struct run *r, const struct event *e, trawl_error *err)
{
    struct half *sent = &r->halves[e->way], *back = &r->halves[!e->way];
    const uint32_t i = e->subflow;
    int rc = TRAWL_OK;

    if (e->length) {
        const uint64_t start = unwrap(sent, i, e->seq);
        const struct piece piece = {start, start + e->length, e->time_ns, i};

        if (is_before(sent->last[i], piece.end))
            sent->last[i] = piece.end;
        if (!sent->has_tcp_ack[i] || !is_before(start, sent->tcp_ack[i]))
            rc = push(&sent->tcp[i], &piece, err);
        note_flying(sent, i);
    }
    if (e->has_ack) {
        const uint64_t ack = unwrap(back, i, e->ack);

        if (!back->has_tcp_ack[i] || is_before(back->tcp_ack[i], ack))
            back->tcp_ack[i] = ack;
        back->has_tcp_ack[i] = 1;
        while (back->tcp[i].n && !is_before(ack, back->tcp[i].items[0].end))
            (void)pop(&back->tcp[i]);
        note_flying(back, i);
    }
    return rc;
}

/* mptcptrace's rule: a map that begins where one of another subflow began. */
static int32_t count_again(struct totals *t, struct map *map, const struct event *e)
{
    const uint64_t bit = 1ull << (e->subflow & 63);
    unsigned n;

    if (map->subflow == e->subflow)
        return -1;
    t->again++;
    t->again_bytes += e->length;
    t->caused[map->subflow]++;
    if (!(map->others & bit)) {
        n = (unsigned)__builtin_popcountll(map->others);
        t->injected[n < HISTOGRAM ? n : HISTOGRAM - 1]--;
        t->injected[n + 1 < HISTOGRAM ? n + 1 : HISTOGRAM - 1]++;
        map->others |= bit;
    }
    return (int32_t)map->subflow;
}

static int take_map(struct run *r, const struct event *e, trawl_error *err)
{
    struct half *h = &r->halves[e->way];
    struct totals *t = &r->f->totals[e->way];
    struct point p = {.graph = GRAPH_SEQ,
                      .way = e->way,
                      .is_line = 1,
                      .time_ns = e->time_ns,
                      .low = e->start,
                      .high = e->start + e->length,
                      .series = (uint32_t)e->subflow + 1,
                      .again = -1};
    struct map *map = NULL;
    int rc;

    if (e->fin && !t->fin) {
        t->fin = 1;
        t->fin_at = p.high;
    }
    if (!e->length)
        return TRAWL_OK;
    rc = find_map(&h->maps, e->start, &map, err);
    if (rc != TRAWL_OK)
        return rc;
    t->bytes[e->subflow] += e->length;
    if (!t->has_map) {
        t->has_map = 1;
        t->first_start = e->start;
        t->first_ns = e->time_ns;
    }
    if (map->used) {
        p.again = count_again(t, map, e);
    } else {
        *map = (struct map){.start = e->start, .subflow = e->subflow, .used = 1};
        h->maps.n++;
        t->n_maps++;
        t->injected[0]++;
    }
    if (!map->waiting && (!h->has_ack || is_before(h->ack, p.high))) {
        const struct piece piece = {p.low, p.high, e->time_ns, e->subflow};

        map->waiting = 1;
        rc = push(&h->waiting, &piece, err);
    }
    if (rc == TRAWL_OK)
        rc = put(r, &p, err);
    return rc == TRAWL_OK ? put_flights(r, e, e->way, err) : rc;
}

/* Maps that the ACK covers; *ret: their bytes. */
static int remove_maps(struct run *r, const struct event *e, unsigned way, uint64_t *ret,
                       trawl_error *err)
{
    struct half *h = &r->halves[way];
    int rc = TRAWL_OK;

    *ret = 0;
    while (rc == TRAWL_OK && h->waiting.n && !is_before(e->start, h->waiting.items[0].end)) {
        const struct piece piece = pop(&h->waiting);
        const struct point p = {.graph = GRAPH_RTT,
                                .way = (uint8_t)way,
                                .time_ns = e->time_ns,
                                .sent_ns = piece.time_ns,
                                .low = piece.start,
                                .real = (double)ns_between(piece.time_ns, e->time_ns) / 1e6,
                                .series = piece.subflow + 1,
                                .again = -1};

        slot_of(&h->maps, piece.start)->waiting = 0;
        *ret += piece.end - piece.start;
        rc = put(r, &p, err);
    }
    return rc;
}

static int put_goodput(struct run *r, const struct event *from, const struct event *to,
                       uint32_t series, trawl_error *err)
{
    const double seconds = (double)ns_between(from->time_ns, to->time_ns) / 1e9;
    const struct point p = {.graph = GRAPH_GPUT,
                            .way = (uint8_t)!to->way,
                            .time_ns = to->time_ns,
                            .real = (double)(to->start - from->start) / seconds / 1e6,
                            .series = series,
                            .again = -1};

    return seconds > 0 ? put(r, &p, err) : TRAWL_OK;
}

/* ACKs that bring something, numbered from 0: blocks end at N, 2N …; averages over all and over the
 * last N. ring[0] is the first ACK, the others come around. */
static int count_goodput(struct run *r, const struct event *e, trawl_error *err)
{
    struct half *h = &r->halves[!e->way];
    const uint64_t n = r->f->n_acks, k = h->n_ring;
    const struct event *before;
    int rc = TRAWL_OK;

    if (k && !is_before(h->ring[1 + (k - 1) % (n + 1)]->start, e->start))
        return TRAWL_OK;
    if (!k)
        h->ring[0] = e;
    h->ring[1 + k % (n + 1)] = e;
    h->n_ring++;
    if (k < 1)
        return TRAWL_OK;
    if (k >= n) {
        before = h->ring[1 + (k - n) % (n + 1)];
        if (k % n == 0)
            rc = put_goodput(r, before, e, GPUT_BLOCKS, err);
        if (rc == TRAWL_OK)
            rc = put_goodput(r, before, e, GPUT_MOVING, err);
    }
    return rc == TRAWL_OK ? put_goodput(r, h->ring[0], e, GPUT_ALL, err) : rc;
}

static int take_ack(struct run *r, const struct event *e, trawl_error *err)
{
    const unsigned way = !e->way; /* of the data */
    struct half *h = &r->halves[way];
    struct totals *t = &r->f->totals[way];
    uint64_t bytes = 0;
    int rc = remove_maps(r, e, way, &bytes, err);

    if (!h->has_ack || !is_before(e->start, h->ack)) {
        h->ack = e->start;
        t->last_ack = e->start;
        t->last_ack_ns = e->time_ns;
    }
    if (!h->has_ack || is_before(h->edge, e->edge))
        h->edge = e->edge;
    h->has_ack = t->has_ack = 1;
    if (t->fin && is_before(t->fin_at, e->start)) /* a DATA_FIN has a number of its own */
        t->fin_acked = 1;
    if (rc == TRAWL_OK)
        rc = put_dot(r, GRAPH_SEQ, e, way, e->start, (uint32_t)e->subflow + 1, err);
    if (rc == TRAWL_OK)
        rc = put_dot(r, GRAPH_ACKSIZE, e, way, bytes, (uint32_t)e->subflow + 1, err);
    if (rc == TRAWL_OK)
        rc = count_goodput(r, e, err);
    if (rc == TRAWL_OK)
        rc = put_dot(r, GRAPH_RIGHT_EDGE, e, way, h->ack, EDGE_ACK, err);
    if (rc == TRAWL_OK)
        rc = put_dot(r, GRAPH_RIGHT_EDGE, e, way, h->edge, EDGE_RIGHT, err);
    if (rc == TRAWL_OK)
        rc = put_dot(r, GRAPH_FLIGHT, e, way, h->edge - h->ack, FLIGHT_WINDOW, err);
    return rc == TRAWL_OK ? put_flights(r, e, way, err) : rc;
}

/* ---- beginning and end ---- */

static int begin(trawl_call *call, struct run *r, trawl_error *err)
{
    const size_t n = (size_t)r->f->connection->n_subflows + 1;

    for (unsigned way = 0; way < 2; way++) {
        struct half *h = &r->halves[way];
        struct totals *t = &r->f->totals[way];

        *t = (struct totals){.first_ns = INT64_MIN, .last_ack_ns = INT64_MIN};
        t->bytes = host->call_alloc(call, n * sizeof(*t->bytes));
        t->caused = host->call_alloc(call, n * sizeof(*t->caused));
        h->tcp = host->alloc(n * sizeof(*h->tcp));
        h->last = host->alloc(n * sizeof(*h->last));
        h->tcp_ack = host->alloc(n * sizeof(*h->tcp_ack));
        h->has_last = host->alloc(n);
        h->has_tcp_ack = host->alloc(n);
        h->flying = host->alloc(n * sizeof(*h->flying));
        h->ring = host->alloc((size_t)(r->f->n_acks + 2) * sizeof(*h->ring));
        if (!t->bytes || !t->caused || !h->tcp || !h->last || !h->tcp_ack || !h->has_last ||
            !h->has_tcp_ack || !h->flying || !h->ring)
            return no_memory(err);
        memset(t->bytes, 0, n * sizeof(*t->bytes));
        memset(t->caused, 0, n * sizeof(*t->caused));
    }
    return TRAWL_OK;
}

static void end(struct run *r)
{
    for (unsigned way = 0; way < 2; way++) {
        struct half *h = &r->halves[way];

        for (uint32_t i = 0; h->tcp && i < r->f->connection->n_subflows; i++)
            host->free(h->tcp[i].items);
        host->free(h->tcp);
        host->free(h->last);
        host->free(h->tcp_ack);
        host->free(h->has_last);
        host->free(h->has_tcp_ack);
        host->free(h->flying);
        host->free((void *)h->ring);
        host->free(h->maps.slots);
        host->free(h->waiting.items);
    }
}

int follow_connection(trawl_call *call, struct follow *f, trawl_error *err)
{
    struct run r = {.f = f};
    int rc = begin(call, &r, err);

    for (uint64_t i = 0; rc == TRAWL_OK && i < f->connection->n_events; i++) {
        const struct event *e = &f->connection->events[i];

        if ((i & 0xfff) == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        else if (e->kind == EVENT_TCP)
            rc = take_tcp(&r, e, err);
        else
            rc = e->kind == EVENT_MAP ? take_map(&r, e, err) : take_ack(&r, e, err);
    }
    end(&r);
    return rc;
}
