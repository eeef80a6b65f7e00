/* mptcptrace's statistics of a connection and its counters of a capture. Must not know how they are
 * written. */
#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "trace.h"

/* What a run of lines shares. */
struct lines {
    int (*put)(void *context, const struct statistic *stat, trawl_error *err);
    void *context;
    trawl_error *err;
    int rc;
};

void ip_text(const uint8_t *ip, size_t n, char *ret, size_t room)
{
    if (!inet_ntop(n == 4 ? AF_INET : AF_INET6, ip, ret, (socklen_t)room))
        ret[0] = 0;
}

void address_text(const trawl_view *v, uint32_t code, char *ret, size_t room)
{
    const uint8_t *ip = v->addresses[code & 0x7fffffff];

    if (code >> 31)
        ip_text(ip, 16, ret, room);
    else
        ip_text(ip + 12, 4, ret, room);
}

static void put_numbers(struct lines *l, const char *name, double c2s, double s2c, int decimals)
{
    struct statistic s = {.decimals = decimals, .value = {[C2S] = c2s, [S2C] = s2c}};

    (void)snprintf(s.name, sizeof(s.name), "%s", name);
    if (l->rc == TRAWL_OK)
        l->rc = l->put(l->context, &s, l->err);
}

static void put_texts(struct lines *l, const char *name, const char *c2s, const char *s2c)
{
    struct statistic s = {.is_text = 1, .text = {[C2S] = c2s, [S2C] = s2c}};

    (void)snprintf(s.name, sizeof(s.name), "%s", name);
    if (l->rc == TRAWL_OK)
        l->rc = l->put(l->context, &s, l->err);
}

/* Numbers as they were sent, 32 bits: what mptcptrace counts in. */
static double sent(const struct follow *f, unsigned way, int is_there, uint64_t number)
{
    return is_there ? (double)(uint32_t)(number + f->connection->base[way]) : (double)NAN;
}

static double part(double n, double all)
{
    return all > 0 ? n / all : NAN;
}

/* From the first map to the last number that was acknowledged. */
static double acked(const struct totals *t)
{
    return t->has_map && t->has_ack ? (double)(int64_t)(t->last_ack - t->first_start) : NAN;
}

static void put_subflows(const struct input *in, const struct follow *f, struct lines *l)
{
    const struct connection *c = f->connection;
    char name[64], client[64], server[64];

    for (uint32_t i = 0; i < c->n_subflows; i++) {
        const struct subflow *s = &c->subflows[i];
        const int version = s->client >> 31 ? 6 : 4;

        address_text(&in->client, s->client, client, sizeof(client));
        address_text(&in->server, s->server, server, sizeof(server));
        (void)snprintf(name, sizeof(name), "sf_%u_ipVersion", i);
        put_numbers(l, name, version, version, 0);
        (void)snprintf(name, sizeof(name), "sf_%u_ip", i);
        put_texts(l, name, client, server);
        (void)snprintf(name, sizeof(name), "sf_%u_port", i);
        put_numbers(l, name, s->client_port, s->server_port, 0);
    }
}

/* What tcpdump keeps the connection with, as far as one line goes. */
static void put_filter(const struct input *in, const struct follow *f, struct lines *l)
{
    char filter[STAT_TEXT], client[64], server[64];
    size_t n = 0;

    filter[0] = 0;
    for (uint32_t i = 0; i < f->connection->n_subflows && n + 192 < sizeof(filter); i++) {
        const struct subflow *s = &f->connection->subflows[i];

        address_text(&in->client, s->client, client, sizeof(client));
        address_text(&in->server, s->server, server, sizeof(server));
        n += (size_t)snprintf(filter + n, sizeof(filter) - n,
                              "%s(tcp and host %s and port %u and host %s and port %u)",
                              i ? " or " : "", client, s->client_port, server, s->server_port);
    }
    put_texts(l, "tcpDumpFilter", filter, filter);
}

static void put_reinjections(const struct follow *f, struct lines *l)
{
    const struct totals *c = &f->totals[C2S], *s = &f->totals[S2C];
    char name[64];

    put_numbers(l, "bytesReinjected", (double)c->again_bytes, (double)s->again_bytes, 0);
    put_numbers(l, "precentReinjected", part((double)c->again_bytes, acked(c)),
                part((double)s->again_bytes, acked(s)), 6);
    for (unsigned i = 0; i < HISTOGRAM; i++) {
        (void)snprintf(name, sizeof(name), "reinject%u", i);
        put_numbers(l, name, (double)c->injected[i], (double)s->injected[i], 0);
    }
    for (unsigned i = 0; i < HISTOGRAM; i++) {
        (void)snprintf(name, sizeof(name), "reinject_pc_%u", i);
        put_numbers(l, name, 100 * part((double)c->injected[i], (double)c->n_maps),
                    100 * part((double)s->injected[i], (double)s->n_maps), 6);
    }
    for (uint32_t i = 0; i < f->connection->n_subflows; i++) {
        const unsigned port = f->connection->subflows[i].client_port;

        (void)snprintf(name, sizeof(name), "reinjectCausedBy_%u", port);
        put_numbers(l, name, (double)c->caused[i], (double)s->caused[i], 0);
        (void)snprintf(name, sizeof(name), "reinjectCausedByPc_%u", port);
        put_numbers(l, name, 100 * part((double)c->caused[i], (double)c->again),
                    100 * part((double)s->caused[i], (double)s->again), 6);
    }
}

int stats_of(const struct input *in, const struct follow *f,
             int (*put)(void *context, const struct statistic *stat, trawl_error *err),
             void *context, trawl_error *err)
{
    const struct totals *c = &f->totals[C2S], *s = &f->totals[S2C];
    struct lines l = {put, context, err, TRAWL_OK};
    const double seconds = c->has_map && c->has_ack
                               ? (double)ns_between(c->first_ns, c->last_ack_ns) / 1e9
                           : s->has_map && s->has_ack
                               ? (double)ns_between(s->first_ns, s->last_ack_ns) / 1e9
                               : NAN;

    put_numbers(&l, "sfCount", f->connection->n_subflows, f->connection->n_subflows, 0);
    put_numbers(&l, "firstSeq", sent(f, C2S, c->has_map, c->first_start),
                sent(f, S2C, s->has_map, s->first_start), 0);
    /* of who sends the ACK: it is about the other direction's data */
    put_numbers(&l, "lastAck", sent(f, S2C, s->has_ack, s->last_ack),
                sent(f, C2S, c->has_ack, c->last_ack), 0);
    put_numbers(&l, "conTime", seconds, seconds, 6);
    put_numbers(&l, "seqAcked", acked(c), acked(s), 0);
    put_subflows(in, f, &l);
    put_filter(in, f, &l);
    put_reinjections(f, &l);
    return l.rc;
}

/* ---- counters ---- */

enum counters {
    CONNECTIONS,
    SUBFLOWS,
    FAST_CLOSE,
    FINISHED,
    JOIN_FAILED,
    FAST_CLOSE_SEEN,
    WRONG_HMAC,
    KEY_SYNACK,
    TIMEOUT,
    REUSE,
    SUSPECT,
    KEY_ACK
};

static void set_counter(struct counter *c, const uint64_t value[2], int is_known)
{
    c->value[C2S] = value[C2S];
    c->value[S2C] = value[S2C];
    c->is_unknown = !is_known;
}

void counters_begin(const struct input *in, struct counter ret[COUNTER_N])
{
    static const char *const names[COUNTER_N] = {
        [CONNECTIONS] = "nbConnections",   [SUBFLOWS] = "sfConnections",
        [FAST_CLOSE] = "nbFastClose",      [FINISHED] = "finishedConnections",
        [JOIN_FAILED] = "joinFailed",      [FAST_CLOSE_SEEN] = "nbFastCloseSeen",
        [WRONG_HMAC] = "JoinWrongHMAC",    [KEY_SYNACK] = "DiffKeyInSynack",
        [TIMEOUT] = "connTimeOut",         [REUSE] = "capaToJoinReuse",
        [SUSPECT] = "suspectJoinRejected", [KEY_ACK] = "thirdAckKeyDiff"};

    for (size_t i = 0; i < COUNTER_N; i++)
        ret[i] = (struct counter){.name = names[i]};
    set_counter(&ret[FAST_CLOSE_SEEN], in->n_fast_closes, 1);
    set_counter(&ret[WRONG_HMAC], in->n_wrong_hmac, in->has_violations);
    set_counter(&ret[KEY_SYNACK], in->n_key_changed, in->has_violations);
    set_counter(&ret[KEY_ACK], in->n_key_echo, in->has_violations);
    set_counter(&ret[SUSPECT], in->n_token_unknown, in->has_violations);
    ret[TIMEOUT].is_unknown = ret[REUSE].is_unknown = 1; /* trawl's connections have no timeout */
}

/* Of a subflow, from its packets. */
struct ending {
    uint8_t fins; /* bit of each way */
    uint8_t reset;
    uint8_t heard; /* bit of each way: something that is no reset */
};

static int is_over(const struct ending *e)
{
    return e->reset || e->fins == 3;
}

static void count_endings(const struct connection *c, struct ending *endings)
{
    for (uint64_t i = 0; i < c->n_events; i++) {
        const struct event *e = &c->events[i];
        struct ending *at = &endings[e->subflow];

        if (e->kind != EVENT_TCP)
            continue;
        if (e->closes & CLOSES_FIN)
            at->fins |= (uint8_t)(1u << e->way);
        if (e->closes & CLOSES_RESET)
            at->reset = 1;
        else
            at->heard |= (uint8_t)(1u << e->way);
    }
}

int counters_add(const struct follow *f, struct counter ret[COUNTER_N], trawl_error *err)
{
    const struct connection *c = f->connection;
    struct ending *endings = host->alloc(((size_t)c->n_subflows + 1) * sizeof(*endings));
    int all_over = c->n_subflows > 0;

    if (!endings)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    count_endings(c, endings);
    ret[CONNECTIONS].value[C2S] += !c->is_partial;
    for (uint32_t i = 0; i < c->n_subflows; i++) {
        const struct subflow *s = &c->subflows[i];
        const unsigned way = s->by_server ? S2C : C2S;

        ret[SUBFLOWS].value[way]++;
        if (s->is_join && !(endings[i].heard & 1u << !way)) /* never answered, or with a reset */
            ret[JOIN_FAILED].value[way]++;
        all_over &= is_over(&endings[i]);
    }
    host->free(endings);
    for (unsigned way = 0; way < 2; way++)
        ret[FAST_CLOSE].value[way] += c->fast_closed[way];
    if (all_over || c->fast_closed[0] || c->fast_closed[1] ||
        (f->totals[0].fin_acked && f->totals[1].fin_acked))
        ret[FINISHED].value[C2S]++;
    return TRAWL_OK;
}
