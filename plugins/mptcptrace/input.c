/* The tables of a capture as events of its MPTCP connections. Must not know what is drawn of them.
 */
#include <stdlib.h>
#include <string.h>

#include "trawl/views.h"

#include "trace.h"

enum { NONE = -1 };
enum { T_MPTCP, T_SUBFLOWS, T_MAPPINGS, T_ACKS, T_PACKETS };
static const char *const table_names[] = {"mptcp", "subflows", "mptcp_mappings", "mptcp_acks",
                                          "packets"};

/* Columns, by table. */
enum { C_ID, C_STATE, N_C };
enum { S_MPTCP, S_STREAM, S_CLIENT, S_SERVER, S_CPORT, S_SPORT, S_OPENER, S_ROLE, N_S };
enum {
    M_PACKET,
    M_TIME,
    M_STREAM,
    M_SENDER,
    M_DSN,
    M_RAW,
    M_MAP,
    M_MAP_DSN,
    M_MAP_LEN,
    M_FIN,
    N_M
};
enum { A_PACKET, A_TIME, A_STREAM, A_SENDER, A_ACK, A_RAW, A_EDGE, N_A };
enum {
    P_STREAM,
    P_PROTO,
    P_SRC,
    P_SPORT,
    P_TIME,
    P_SEQ,
    P_ACK,
    P_HAS_ACK,
    P_FIN,
    P_RESET,
    P_LEN,
    P_DSN,
    P_OPTIONS,
    N_P
};
static const char *const c_names[N_C] = {"id", "state"};
static const char *const s_names[N_S] = {"mptcp",       "stream",      "client", "server",
                                         "client_port", "server_port", "opener", "role"};
static const char *const m_names[N_M] = {"packet", "time",       "stream",  "sender",     "dsn",
                                         "raw",    "map_packet", "map_dsn", "map_length", "fin"};
static const char *const a_names[N_A] = {"packet", "time", "stream", "sender",
                                         "ack",    "raw",  "edge"};
static const char *const p_names[N_P] = {
    "tcp.stream",       "proto",           "src",         "sport",
    "frame.time_epoch", "tcp.seq_raw",     "tcp.ack_raw", "tcp.flags.ack",
    "tcp.flags.fin",    "tcp.flags.reset", "tcp.len",     "tcp.options.mptcp.rawdataseqno",
    "tcp.options.mptcp"};

/* Where a stream belongs. */
struct place {
    int32_t connection; /* of input.connections; NONE: not wanted */
    uint16_t subflow;
};

/* The last map of a subflow's direction. */
struct last_map {
    uint64_t start;
    uint8_t is_there;
};

struct reading {
    trawl_call *call;
    struct input *in;
    const struct ids *ids;
    trawl_view c[N_C], s[N_S], m[N_M], a[N_A], p[N_P];
    struct place *places; /* by stream */
    uint32_t n_places;
    uint64_t *room; /* of events, by connection */
    struct last_map *last;
    size_t *last_of; /* by connection: of its first subflow */
    int with_options;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "out of memory");
}

static int open_table(struct reading *r, trawl_capture *capture, unsigned i,
                      const char *const *names, size_t n, trawl_view *views, trawl_error *err)
{
    trawl_table **table = &r->in->tables[i];
    int rc = host->table(r->call, capture, table_names[i], table, err);

    if (rc == TRAWL_OK)
        rc = host->prefetch(r->call, *table, names, n, err);
    for (size_t k = 0; rc == TRAWL_OK && k < n; k++) {
        views[k].size = sizeof(views[k]);
        rc = host->view_named(r->call, *table, names[k], &views[k], err);
    }
    return rc;
}

/* ---- connections and subflows ---- */

static int is_wanted(const struct ids *ids, uint32_t id)
{
    size_t low = 0, high = ids ? ids->n : 0;

    if (!ids || !ids->items)
        return 1;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (ids->items[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ids->n && ids->items[low] == id;
}

static int read_connections(struct reading *r, trawl_error *err)
{
    const uint64_t n = r->c[C_ID].n_rows;
    struct input *in = r->in;

    in->connections = host->call_alloc(r->call, (size_t)(n + 1) * sizeof(*in->connections));
    if (!in->connections)
        return no_memory(err);
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t id = (uint32_t)trawl_view_u64(&r->c[C_ID], i);

        if (trawl_view_has(&r->c[C_ID], i) && is_wanted(r->ids, id))
            in->connections[in->n++] = (struct connection){
                .id = id, .is_partial = (uint8_t)trawl_view_is(&r->c[C_STATE], i, "partial")};
    }
    return TRAWL_OK;
}

static int32_t find_connection(const struct input *in, uint32_t id)
{
    for (uint32_t low = 0, high = in->n; low < high;) {
        const uint32_t middle = low + (high - low) / 2;

        if (in->connections[middle].id == id)
            return (int32_t)middle;
        if (in->connections[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return NONE;
}

static int read_subflows(struct reading *r, trawl_error *err)
{
    const uint64_t n = r->s[S_MPTCP].n_rows;
    struct input *in = r->in;
    uint32_t last = 0;

    for (uint64_t i = 0; i < n; i++) {
        const uint32_t stream = (uint32_t)trawl_view_u64(&r->s[S_STREAM], i);

        last = stream > last ? stream : last;
    }
    r->n_places = n ? last + 1 : 0;
    r->places = host->call_alloc(r->call, ((size_t)r->n_places + 1) * sizeof(*r->places));
    r->room = host->call_alloc(r->call, ((size_t)in->n + 1) * sizeof(*r->room));
    if (!r->places || !r->room)
        return no_memory(err);
    memset(r->room, 0, ((size_t)in->n + 1) * sizeof(*r->room));
    for (uint32_t k = 0; k < r->n_places; k++)
        r->places[k].connection = NONE;
    for (uint64_t i = 0; i < n; i++) {
        const int32_t at = find_connection(in, (uint32_t)trawl_view_u64(&r->s[S_MPTCP], i));

        if (at >= 0)
            in->connections[at].n_subflows++;
    }
    for (uint32_t k = 0; k < in->n; k++) {
        struct connection *c = &in->connections[k];

        if (c->n_subflows > UINT16_MAX)
            return host->fail(err, TRAWL_E_UNSUPPORTED, "connection %u has more than %u subflows",
                              c->id, UINT16_MAX);
        c->subflows = host->call_alloc(r->call, ((size_t)c->n_subflows + 1) * sizeof(*c->subflows));
        if (!c->subflows)
            return no_memory(err);
        c->n_subflows = 0;
    }
    for (uint64_t i = 0; i < n; i++) { /* ordered by first packet within a connection */
        const int32_t at = find_connection(in, (uint32_t)trawl_view_u64(&r->s[S_MPTCP], i));
        const uint32_t stream = (uint32_t)trawl_view_u64(&r->s[S_STREAM], i);
        struct connection *c = &in->connections[at < 0 ? 0 : at];

        if (at < 0)
            continue;
        r->places[stream] = (struct place){at, (uint16_t)c->n_subflows};
        c->subflows[c->n_subflows++] = (struct subflow){
            .stream = stream,
            .client = ((const uint32_t *)r->s[S_CLIENT].data)[i],
            .server = ((const uint32_t *)r->s[S_SERVER].data)[i],
            .client_port = (uint16_t)trawl_view_u64(&r->s[S_CPORT], i),
            .server_port = (uint16_t)trawl_view_u64(&r->s[S_SPORT], i),
            .by_server = (uint8_t)trawl_view_is(&r->s[S_OPENER], i, "server"),
            .is_join = (uint8_t)trawl_view_is(&r->s[S_ROLE], i, "join"),
        };
    }
    return TRAWL_OK;
}

/* ---- events ---- */

static const struct place *place_of(const struct reading *r, const trawl_view *streams,
                                    uint64_t row)
{
    static const struct place nowhere = {NONE, 0};
    const uint64_t stream = trawl_view_u64(streams, row);

    return trawl_view_has(streams, row) && stream < r->n_places ? &r->places[stream] : &nowhere;
}

static const struct place *place_of_packet(const struct reading *r, uint64_t row)
{
    static const struct place nowhere = {NONE, 0};

    return trawl_view_u64(&r->p[P_PROTO], row) == 6 ? place_of(r, &r->p[P_STREAM], row) : &nowhere;
}

static unsigned way_of(const struct reading *r, const struct place *place, uint64_t row)
{
    const struct subflow *s = &r->in->connections[place->connection].subflows[place->subflow];

    return ((const uint32_t *)r->p[P_SRC].data)[row] == s->client &&
           trawl_view_u64(&r->p[P_SPORT], row) == s->client_port;
}

static int count_events(struct reading *r, trawl_error *err)
{
    const struct {
        const trawl_view *streams;
        int are_packets;
    } all[] = {{&r->m[M_STREAM], 0}, {&r->a[A_STREAM], 0}, {&r->p[P_STREAM], 1}};
    size_t n_last = 0;

    for (size_t k = 0; k < TRAWL_COUNT(all); k++) {
        for (uint64_t i = 0; i < all[k].streams->n_rows; i++) {
            const struct place *p = all[k].are_packets ? place_of_packet(r, i)
                                                       : place_of(r, all[k].streams, i);

            if (p->connection >= 0)
                r->room[p->connection]++;
        }
        if (host->cancelled(r->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
    }
    r->last_of = host->call_alloc(r->call, ((size_t)r->in->n + 1) * sizeof(*r->last_of));
    if (!r->last_of)
        return no_memory(err);
    for (uint32_t k = 0; k < r->in->n; k++) {
        struct connection *c = &r->in->connections[k];

        r->last_of[k] = n_last;
        n_last += 2 * (size_t)c->n_subflows;
        c->events = host->call_alloc(r->call, (size_t)(r->room[k] + 1) * sizeof(*c->events));
        if (!c->events)
            return no_memory(err);
    }
    r->last = host->call_alloc(r->call, (n_last + 1) * sizeof(*r->last));
    if (!r->last)
        return no_memory(err);
    memset(r->last, 0, (n_last + 1) * sizeof(*r->last));
    return TRAWL_OK;
}

static struct event *add_event(struct reading *r, const struct place *p)
{
    struct connection *c = &r->in->connections[p->connection];
    struct event *e = &c->events[c->n_events++];

    *e = (struct event){.subflow = p->subflow};
    return e;
}

static void add_packet(struct reading *r, uint64_t row)
{
    const struct place *p = place_of_packet(r, row);
    struct event *e;

    if (p->connection < 0)
        return;
    e = add_event(r, p);
    e->kind = EVENT_TCP;
    e->packet = (uint32_t)row + 1;
    e->time_ns = (int64_t)trawl_view_u64(&r->p[P_TIME], row);
    e->way = (uint8_t)way_of(r, p, row);
    e->seq = (uint32_t)trawl_view_u64(&r->p[P_SEQ], row);
    e->ack = (uint32_t)trawl_view_u64(&r->p[P_ACK], row);
    e->has_ack = trawl_view_u64(&r->p[P_HAS_ACK], row) != 0;
    e->closes = (uint8_t)((trawl_view_u64(&r->p[P_FIN], row) ? CLOSES_FIN : 0) |
                          (trawl_view_u64(&r->p[P_RESET], row) ? CLOSES_RESET : 0));
    e->length = (uint32_t)trawl_view_u64(&r->p[P_LEN], row);
}

/* The packet begins a map. Segments that were cut belong to the mapping of an earlier packet,
 * whether or not they repeat its option; one that is sent again begins it again. */
static int begins_map(const struct reading *r, uint64_t row, const struct place *p, unsigned way)
{
    const trawl_view *dsns = &r->p[P_DSN];
    const uint64_t packet = trawl_view_u64(&r->m[M_PACKET], row);
    const uint64_t map = trawl_view_u64(&r->m[M_MAP_DSN], row);
    const uint64_t dsn = trawl_view_u64(&r->m[M_DSN], row);
    const uint32_t start = (uint32_t)(trawl_view_u64(&r->m[M_RAW], row) - dsn + map);
    const struct last_map
        *last = &r->last[r->last_of[p->connection] + 2 * (size_t)p->subflow + way];

    if (trawl_view_u64(&r->m[M_MAP], row) == packet)
        return 1;
    if (dsn != map && last->is_there && last->start == map)
        return 0;
    for (uint64_t i = dsns->offsets[packet - 1]; i < dsns->offsets[packet]; i++) {
        if ((uint32_t)trawl_view_u64(dsns, i) == start)
            return 1;
    }
    return 0;
}

static void add_map(struct reading *r, uint64_t row)
{
    const struct place *p = place_of(r, &r->m[M_STREAM], row);
    const unsigned way = trawl_view_is(&r->m[M_SENDER], row, "client") ? C2S : S2C;
    struct event *e;

    if (p->connection < 0 || !begins_map(r, row, p, way))
        return;
    e = add_event(r, p);
    e->kind = EVENT_MAP;
    e->packet = (uint32_t)trawl_view_u64(&r->m[M_PACKET], row);
    e->time_ns = (int64_t)trawl_view_u64(&r->m[M_TIME], row);
    e->way = (uint8_t)way;
    e->start = trawl_view_u64(&r->m[M_MAP_DSN], row);
    e->length = (uint32_t)trawl_view_u64(&r->m[M_MAP_LEN], row);
    e->fin = trawl_view_u64(&r->m[M_FIN], row) != 0;
    if (e->length) /* a DATA_FIN alone may come between the segments of a map */
        r->last[r->last_of[p->connection] + 2 * (size_t)p->subflow + way] = (struct last_map){
            .start = e->start, .is_there = 1};
    r->in->connections[p->connection].base[e->way] = trawl_view_u64(&r->m[M_RAW], row) -
                                                     trawl_view_u64(&r->m[M_DSN], row);
}

static void add_ack(struct reading *r, uint64_t row)
{
    const struct place *p = place_of(r, &r->a[A_STREAM], row);
    struct event *e;

    if (p->connection < 0)
        return;
    e = add_event(r, p);
    e->kind = EVENT_ACK;
    e->packet = (uint32_t)trawl_view_u64(&r->a[A_PACKET], row);
    e->time_ns = (int64_t)trawl_view_u64(&r->a[A_TIME], row);
    e->way = trawl_view_is(&r->a[A_SENDER], row, "client") ? C2S : S2C;
    e->start = trawl_view_u64(&r->a[A_ACK], row);
    e->edge = trawl_view_u64(&r->a[A_EDGE], row);
    r->in->connections[p->connection].base[!e->way] = trawl_view_u64(&r->a[A_RAW], row) - e->start;
}

/* All three in order of packets. */
static int read_events(struct reading *r, trawl_error *err)
{
    const uint64_t n = r->p[P_STREAM].n_rows, n_maps = r->m[M_PACKET].n_rows,
                   n_acks = r->a[A_PACKET].n_rows;
    uint64_t i_map = 0, i_ack = 0;
    int rc = count_events(r, err);

    for (uint64_t row = 0; rc == TRAWL_OK && row < n; row++) {
        add_packet(r, row);
        for (; i_map < n_maps && trawl_view_u64(&r->m[M_PACKET], i_map) <= row + 1; i_map++)
            add_map(r, i_map);
        for (; i_ack < n_acks && trawl_view_u64(&r->a[A_PACKET], i_ack) <= row + 1; i_ack++)
            add_ack(r, i_ack);
        if ((row & 0xffff) == 0 && host->cancelled(r->call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
    }
    return rc;
}

/* ---- options ---- */

enum { SUB_ADD = 3, SUB_REMOVE = 4, SUB_FASTCLOSE = 7, ECHO = 1 };

size_t addresses_of_option(const uint8_t *option, size_t n, struct address *ret, size_t room)
{
    const unsigned sub = n > 2 ? option[2] >> 4 : 0;
    size_t found = 0;

    if (sub == SUB_REMOVE) {
        for (size_t i = 3; i < n && found < room; i++)
            ret[found++] = (struct address){.is_removal = 1, .id = option[i]};
        return found;
    }
    /* RFC 6824 and RFC 8684 section 3.4.1: with a port 2 more, with an HMAC 8 more; an echo says
     * nothing new, and bit 0 of version 0's 4 or 6 is not set. */
    if (sub == SUB_ADD && n >= 8 && !(option[2] & ECHO) && room) {
        const int is_4 = n == 8 || n == 10 || n == 16 || n == 18;
        const int is_6 = n == 20 || n == 22 || n == 28 || n == 30;
        const size_t n_ip = is_4 ? 4 : 16;

        if (!is_4 && !is_6)
            return 0;
        *ret = (struct address){.id = option[3], .n_ip = (uint8_t)n_ip};
        memcpy(ret->ip, option + 4, n_ip);
        if ((n - 4 - n_ip) % 8 == 2)
            ret->port = (uint16_t)(option[4 + n_ip] << 8 | option[5 + n_ip]);
        return 1;
    }
    return 0;
}

static int keep_address(struct input *in, const struct address *a, uint64_t *room, trawl_error *err)
{
    if (in->n_addresses == *room) {
        const uint64_t more = 2 * *room + 64;
        struct address *items = host->realloc(in->addresses, (size_t)more * sizeof(*items));

        if (!items)
            return no_memory(err);
        in->addresses = items;
        *room = more;
    }
    in->addresses[in->n_addresses++] = *a;
    return TRAWL_OK;
}

static int read_options(struct reading *r, trawl_error *err)
{
    const trawl_view *v = &r->p[P_OPTIONS];
    struct address found[64];
    uint64_t room = 0;
    int rc = TRAWL_OK;

    for (uint64_t row = 0; rc == TRAWL_OK && row < v->n_rows; row++) {
        const struct place *p = place_of_packet(r, row);

        if ((row & 0xffff) == 0 && host->cancelled(r->call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (p->connection < 0)
            continue;
        for (uint64_t i = v->offsets[row]; rc == TRAWL_OK && i < v->offsets[row + 1]; i++) {
            size_t n;
            const uint8_t *option = trawl_view_text(v, i, &n);
            const size_t n_found = addresses_of_option(option, n, found, TRAWL_COUNT(found));
            const unsigned way = way_of(r, p, row);

            if (n > 2 && option[2] >> 4 == SUB_FASTCLOSE) {
                r->in->n_fast_closes[way]++;
                r->in->connections[p->connection].fast_closed[way] = 1;
            }
            for (size_t k = 0; rc == TRAWL_OK && k < n_found; k++) {
                found[k].connection = (uint32_t)p->connection;
                found[k].packet = (uint32_t)row + 1;
                found[k].time_ns = (int64_t)trawl_view_u64(&r->p[P_TIME], row);
                found[k].way = (uint8_t)way;
                rc = keep_address(r->in, &found[k], &room, err);
            }
        }
    }
    return rc;
}

/* ---- violations ---- */

/* A trawl without that table has no such counts. */
static int read_violations(struct reading *r, trawl_capture *capture, trawl_error *err)
{
    trawl_view rules = {.size = sizeof(rules)}, senders = {.size = sizeof(senders)},
               ids = {.size = sizeof(ids)};
    trawl_table *table = NULL;
    int rc = TRAWL_OK;

    if (host->table(r->call, capture, "mptcp_violations", &table, NULL) != TRAWL_OK)
        return host->cancelled(r->call) ? host->fail(err, TRAWL_E_CANCELLED, "interrupted")
                                        : TRAWL_OK;
    rc = host->view_named(r->call, table, "rule", &rules, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(r->call, table, "sender", &senders, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(r->call, table, "mptcp", &ids, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < rules.n_rows; i++) {
        const unsigned way = trawl_view_is(&senders, i, "client") ? C2S : S2C;

        if (trawl_view_is(&rules, i, "unknown-token"))
            r->in->n_token_unknown[way]++;
        if (!trawl_view_has(&ids, i) ||
            find_connection(r->in, (uint32_t)trawl_view_u64(&ids, i)) < 0)
            continue;
        r->in->n_wrong_hmac[way] += (uint64_t)trawl_view_is(&rules, i, "join-hmac");
        r->in->n_key_changed[way] += (uint64_t)trawl_view_is(&rules, i, "key-changed");
        r->in->n_key_echo[way] += (uint64_t)trawl_view_is(&rules, i, "key-echo");
    }
    r->in->has_violations = 1;
    host->release(table);
    return rc;
}

/* ---- all of it ---- */

int input_open(trawl_call *call, trawl_capture *capture, const struct ids *ids, int with_options,
               struct input *ret, trawl_error *err)
{
    struct reading r = {.call = call, .in = ret, .ids = ids, .with_options = with_options};
    int rc;

    *ret = (struct input){.file = host->name_of(capture)};
    rc = open_table(&r, capture, T_MPTCP, c_names, N_C, r.c, err);
    if (rc == TRAWL_OK)
        rc = open_table(&r, capture, T_SUBFLOWS, s_names, N_S, r.s, err);
    if (rc == TRAWL_OK)
        rc = open_table(&r, capture, T_MAPPINGS, m_names, N_M, r.m, err);
    if (rc == TRAWL_OK)
        rc = open_table(&r, capture, T_ACKS, a_names, N_A, r.a, err);
    if (rc == TRAWL_OK)
        rc = open_table(&r, capture, T_PACKETS, p_names, with_options ? N_P : P_OPTIONS, r.p, err);
    if (rc == TRAWL_OK)
        rc = read_connections(&r, err);
    if (rc == TRAWL_OK)
        rc = read_subflows(&r, err);
    if (rc == TRAWL_OK)
        rc = read_events(&r, err);
    if (rc == TRAWL_OK && with_options)
        rc = read_options(&r, err);
    if (rc == TRAWL_OK && with_options)
        rc = read_violations(&r, capture, err);
    ret->client = r.s[S_CLIENT];
    ret->server = r.s[S_SERVER];
    if (rc != TRAWL_OK)
        input_close(ret);
    return rc;
}

void input_close(struct input *in)
{
    for (size_t i = 0; i < TRAWL_COUNT(in->tables); i++) {
        host->release(in->tables[i]);
        in->tables[i] = NULL;
    }
    host->free(in->addresses);
    in->addresses = NULL;
}
