/* Connections are numbered as Wireshark numbers mptcp.stream: in the order in which a packet first
 * shows a key, an unknown token, or an option of a connection whose start was not captured.
 * Knows nothing of columns or tables. */
#include "connect.h"
#include "check.h"
#include "digest.h"

enum { MAX_PRIO = 1024 /* subflows that one MP_PRIO may speak of */ };

static struct side *side_of(const struct model *m, uint32_t i_subflow, unsigned direction)
{
    const struct subflow *s = &m->subflows[i_subflow];

    return &m->connections[s->connection].side[s->half[direction].side];
}

/* Leave the old connection, if there is one, and become the last subflow of another. */
static void attach(struct model *m, uint32_t i_subflow, uint32_t i_connection)
{
    struct subflow *s = &m->subflows[i_subflow];
    struct connection *c;

    if (s->connection == i_connection)
        return;
    if (s->connection != NONE32) {
        c = &m->connections[s->connection];
        *(s->prev == NONE32 ? &c->first : &m->subflows[s->prev].next) = s->next;
        *(s->next == NONE32 ? &c->last : &m->subflows[s->next].prev) = s->prev;
        c->n_subflows--;
        if (c->master == i_subflow)
            c->master = NONE32;
        s->half[0].sent = s->half[1].sent = SPAN_NONE; /* that was the other's data */
    }
    c = &m->connections[i_connection];
    s->connection = i_connection;
    s->prev = c->last;
    s->next = NONE32;
    if (c->last == NONE32)
        c->first = i_subflow;
    else
        m->subflows[c->last].next = i_subflow;
    c->last = i_subflow;
    c->n_subflows++;
}

/* A new connection of this subflow; `direction` is that of its side 0. */
static int begin(struct model *m, uint32_t i_subflow, unsigned direction)
{
    struct subflow *s = &m->subflows[i_subflow];
    struct connection *c;

    if (m->n_connections >= NONE32 / 2 - 1 ||
        !room_for((void **)&m->connections, m->n_connections, &m->cap_connections,
                  sizeof(*m->connections)))
        return 0;
    c = &m->connections[m->n_connections];
    *c = (struct connection){.master = NONE32, .first = NONE32, .last = NONE32, .client_side = 2};
    for (int i = 0; i < 2; i++)
        c->side[i].sent = c->side[i].carriers = SPAN_NONE;
    s->half[direction].side = 0;
    s->half[1 - direction].side = 1;
    attach(m, i_subflow, (uint32_t)m->n_connections++);
    return 1;
}

/* The sender in this direction has this token: find or begin its connection. */
static int know_token(struct model *m, uint32_t i_subflow, unsigned direction, uint32_t token)
{
    struct subflow *s = &m->subflows[i_subflow];
    struct side *side;
    uint32_t known;

    if (s->connection != NONE32 && side_of(m, i_subflow, direction)->has_token)
        return 1;
    known = map_find(&m->tokens, token);
    if (known != MAP_NONE) {
        attach(m, i_subflow, known / 2);
        if (s->half[direction].side != (known & 1)) /* what it sent was the other side's */
            s->half[0].sent = s->half[1].sent = SPAN_NONE;
        s->half[direction].side = (uint8_t)(known & 1);
        s->half[1 - direction].side = (uint8_t)(~known & 1);
        return 1;
    }
    if (s->connection == NONE32 && !begin(m, i_subflow, direction))
        return 0;
    side = side_of(m, i_subflow, direction);
    side->token = token;
    side->has_token = 1;
    return map_set(&m->tokens, token, s->connection * 2 + s->half[direction].side);
}

/* The number nearest to another that has these 32 low bits. */
static uint64_t nearest(uint64_t to, uint32_t low)
{
    return to + (uint64_t)(int64_t)(int32_t)(low - (uint32_t)to);
}

/* From now on numbers have 64 bits: tell what the ones before lacked. */
static void widen(struct side *side, uint64_t full)
{
    if (!side->wide && side->has_reference)
        side->shift = full - nearest(side->reference, (uint32_t)full);
    side->wide = 1;
}

/* The 64-bit number that a number on the wire stands for: the nearest to the last one seen. */
static uint64_t complete(struct side *side, uint64_t wire, int is_64)
{
    uint64_t full = !is_64 && side->has_reference ? nearest(side->reference, (uint32_t)wire) : wire;

    if (is_64)
        widen(side, full);
    if (!side->has_start)
        side->start = full;
    side->has_start = 1;
    side->reference = full;
    side->has_reference = 1;
    return full;
}

/* A completed number as struct side counts them. */
static uint64_t number_of(const struct side *side, uint64_t full)
{
    return side->wide ? full - side->shift : full;
}

/* The sender in this direction has this key. */
static int know_key(struct model *m, uint32_t i_subflow, unsigned direction, unsigned version,
                    uint64_t key)
{
    struct subflow *s = &m->subflows[i_subflow];
    struct side *side;
    uint32_t token = 0;
    uint64_t idsn = 0;
    int derived;

    if (s->connection != NONE32 && side_of(m, i_subflow, direction)->has_key)
        return 1;
    derived = digest_mptcp(version, key, &token, &idsn);
    if (derived) {
        if (!know_token(m, i_subflow, direction, token))
            return 0;
    } else if (s->connection == NONE32 && !begin(m, i_subflow, direction)) {
        return 0;
    }
    side = side_of(m, i_subflow, direction);
    side->key = key;
    side->has_key = 1;
    if (derived) {
        widen(side, nearest(idsn, (uint32_t)side->reference));
        side->idsn = side->reference = idsn;
        side->has_base = side->has_reference = 1;
    }
    m->connections[s->connection].version = (uint8_t)version;
    m->connections[s->connection].has_version = 1;
    return 1;
}

static void guess_client(struct connection *c, unsigned side)
{
    if (c->client_side > 1)
        c->client_side = (uint8_t)side;
}

/* A mapping of data: note it, and what the packet says of it. `said` has its end of data. */
static int declare(struct model *m, const struct where *at, const struct mp_option *o,
                   struct side *side, uint64_t dsn, struct said *said)
{
    struct mapping map = {.dsn = dsn,
                          .low = said->ssn,
                          .length = said->length,
                          .row = at->row,
                          .last_row = at->row,
                          .fin = said->fin,
                          .checksum = o->checksum,
                          .has_checksum = o->have & MP_HAVE_CHECKSUM ? 1 : 0};

    map.number = said->dsn = number_of(side, dsn);
    said->has_map = 1;
    m->connections[m->subflows[at->i_subflow].connection].saw_mapping = 1;
    if (!side->has_start)
        side->start = map.number;
    side->has_start = 1;
    if (!check_mapping(m, at, o, said))
        return 0;
    return said->length ? mapping_add(m, at->i_subflow, at->direction, &map) : 1;
}

static int do_capable(struct model *m, const struct where *at, const struct mp_option *o,
                      struct said *said)
{
    struct subflow *s = &m->subflows[at->i_subflow];
    unsigned from_client = at->flags & TCP_SYN && at->flags & TCP_ACK ? 0 : 1;
    struct connection *c;

    if (at->flags & TCP_SYN && !(at->flags & TCP_ACK))
        s->asked = 1;
    if (!check_capable(m, at, o))
        return 0;
    if (o->have & MP_HAVE_VERSION && !s->has_version) {
        s->version = o->version;
        s->has_version = 1;
    }
    if (o->have & MP_HAVE_VERSION && !s->half[at->direction].has_version) {
        s->half[at->direction].version = o->version;
        s->half[at->direction].has_version = 1;
    }
    if (at->flags & TCP_SYN && o->have & MP_HAVE_FLAGS)
        s->checksums |= o->flags >> 7;
    if (!(o->have & MP_HAVE_SENDKEY))
        return 1;
    if (!know_key(m, at->i_subflow, at->direction, o->version, o->sendkey))
        return 0;
    c = &m->connections[s->connection];
    if (o->have & MP_HAVE_RECVKEY) {
        const struct side *other = side_of(m, at->i_subflow, 1 - at->direction);

        said->result.key_mismatch = other->has_key && other->key != o->recvkey;
    }
    c->master = at->i_subflow;
    c->checksums |= s->checksums;
    if (c->client_side > 1 && (from_client || at->flags & TCP_SYN))
        c->client_side = s->half[from_client ? at->direction : 1 - at->direction].side;
    if (o->have & MP_HAVE_RECVKEY &&
        !know_key(m, at->i_subflow, 1 - at->direction, o->version, o->recvkey))
        return 0;
    if (o->have & MP_HAVE_LENGTH && o->length) {
        struct side *side = side_of(m, at->i_subflow, at->direction);

        /* The data is the connection's first (RFC 8684 section 3.1), also in the later segments
         * that a sender's hardware cut it into, which repeat the option. */
        said->ssn = s->half[at->direction].saw_syn ? 1 : at->seq;
        said->length = o->length;
        return declare(m, at, o, side, side->idsn + 1, said);
    }
    return 1;
}

static int do_join(struct model *m, const struct where *at, const struct mp_option *o)
{
    struct subflow *s = &m->subflows[at->i_subflow];
    struct half *half = &s->half[at->direction];

    if (o->have & MP_HAVE_RECVTOK) {
        if (!know_token(m, at->i_subflow, 1 - at->direction, o->recvtok))
            return 0;
        guess_client(&m->connections[s->connection], half->side);
    } else if (s->connection == NONE32 && !begin(m, at->i_subflow, at->direction)) {
        return 0;
    }
    if (!s->joined)
        s->join_row = at->row;
    s->joined = 1;
    if (!check_join(m, at, o))
        return 0;
    if (o->have & MP_HAVE_ADDRID) {
        half->addrid = o->addrid;
        half->has_addrid = 1;
    }
    if (o->have & MP_HAVE_FLAGS && o->flags & 1)
        s->backup = 1;
    return 1;
}

static int do_ack(struct model *m, const struct where *at, struct side *other, uint64_t full)
{
    struct data_ack *ack;
    uint64_t before, number = number_of(other, full);

    if (!(m->wants & WANT_ACKS))
        return 1;
    if (!room_for((void **)&m->acks, m->n_acks, &m->cap_acks, sizeof(*m->acks)))
        return 0;
    ack = &m->acks[m->n_acks++];
    *ack = (struct data_ack){.row = at->row,
                             .i_subflow = at->i_subflow,
                             .ack = number,
                             .window = at->window,
                             .direction = (uint8_t)at->direction,
                             .has_window = at->has_window};
    before = other->has_acked ? other->acked : number;
    if (!other->has_acked && other->has_key)
        before = other->idsn - other->shift + 1;
    if ((int64_t)(number - before) > 0)
        ack->acked = number - before;
    if (!other->has_acked || ack->acked)
        other->acked = number;
    other->has_acked = 1;
    return 1;
}

/* Fallback: all that follows on this subflow is mapped. */
static void declare_infinite(struct half *half, const struct where *at, uint64_t number,
                             uint32_t ssn)
{
    if (half->has_infinite)
        return;
    half->has_infinite = 1;
    half->infinite = ssn;
    half->infinite_dsn = number;
    half->infinite_row = at->row;
}

static int do_dss(struct model *m, const struct where *at, const struct mp_option *o,
                  struct said *said)
{
    struct subflow *s = &m->subflows[at->i_subflow];
    struct connection *c = &m->connections[s->connection];
    struct side *mine = side_of(m, at->i_subflow, at->direction);
    struct side *other = side_of(m, at->i_subflow, 1 - at->direction);
    uint64_t dsn;

    if (o->have & MP_HAVE_ACK) {
        int known = other->has_base;
        uint64_t ack = complete(other, o->ack, o->flags & MP_DSS_ACK8);

        if (known) {
            said->result.ack = ack - other->idsn;
            said->result.has_ack = 1;
        }
        if (!do_ack(m, at, other, ack))
            return 0;
    }
    if (o->have & MP_HAVE_FLAGS && o->flags & MP_DSS_FIN)
        c->closed = c->closed ? c->closed : 1;
    if (!(o->have & MP_HAVE_LENGTH))
        return 1;
    dsn = complete(mine, o->dsn, o->flags & MP_DSS_DSN8);
    /* As in Wireshark: without a key, numbers are relative to 0 once one of 64 bits was seen. */
    if (o->flags & MP_DSS_DSN8)
        mine->has_base = 1;
    if (mine->has_base) {
        said->result.dss = dsn - mine->idsn;
        said->result.has_dss = 1;
    }
    if (o->length == 0) {
        c->failed = 1;
        declare_infinite(&s->half[at->direction], at, number_of(mine, dsn), o->ssn);
        return 1;
    }
    said->fin = o->flags & MP_DSS_FIN ? 1 : 0;
    said->ssn = o->ssn;
    said->length = (uint16_t)(o->length - said->fin);
    return declare(m, at, o, mine, dsn, said);
}

/* This subflow, or those of an address of the sender (RFC 6824 section 3.3.8). */
static void do_prio(struct model *m, const struct where *at, const struct mp_option *o)
{
    struct subflow *own = &m->subflows[at->i_subflow];
    unsigned side = own->half[at->direction].side;
    uint32_t i = m->connections[own->connection].first;

    if (!(o->have & MP_HAVE_FLAGS))
        return;
    if (!(o->have & MP_HAVE_ADDRID)) {
        own->backup = o->flags & 1;
        return;
    }
    for (unsigned n = 0; i != NONE32 && n < MAX_PRIO; n++, i = m->subflows[i].next) {
        struct subflow *s = &m->subflows[i];

        if (s->half[s->half[0].side == side ? 0 : 1].addrid == o->addrid)
            s->backup = o->flags & 1;
    }
}

int connect_option(struct model *m, const struct where *at, const struct mp_option *o,
                   struct said *said)
{
    struct subflow *s = &m->subflows[at->i_subflow];

    if (o->subtype > MP_JOIN && s->connection == NONE32 && !begin(m, at->i_subflow, at->direction))
        return 0;
    if (o->subtype > MP_DSS && !check_other(m, at, o))
        return 0;
    switch (o->subtype) {
    case MP_CAPABLE:
        return do_capable(m, at, o, said);
    case MP_JOIN:
        return do_join(m, at, o);
    case MP_DSS:
        return do_dss(m, at, o, said);
    case MP_PRIO:
        do_prio(m, at, o);
        return 1;
    case MP_FAIL:
        m->connections[s->connection].failed = 1;
        return 1;
    case MP_FASTCLOSE:
        m->connections[s->connection].closed = 2;
        return 1;
    default:
        return 1;
    }
}

void connect_dsn(const struct model *m, const struct where *at, struct row_result *result)
{
    const struct subflow *s = &m->subflows[at->i_subflow];
    const struct mapping *map;
    const struct side *side;

    if (s->connection != NONE32)
        result->n_subflows = m->connections[s->connection].n_subflows;
    if (s->connection == NONE32 || !s->half[at->direction].saw_syn)
        return;
    side = side_of(m, at->i_subflow, at->direction);
    if (at->flags & TCP_SYN || (at->seq == 1 && at->length == 0)) {
        if (!side->has_base)
            return;
        result->dsn = side->idsn + (at->flags & TCP_SYN ? 0 : 1);
    } else {
        map = mapping_find(m, at->i_subflow, at->direction, at->seq);
        if (!map) {
            result->no_mapping = !mapping_touches(m, at->i_subflow, at->direction, at->seq,
                                                  at->length ? at->length : 1);
            return;
        }
        result->dsn = map->dsn + (at->seq - map->low);
        if (at->length)
            result->mapping_row = map->last_row;
    }
    result->has_dsn = 1;
    if (side->has_base) {
        result->relative = result->dsn - side->idsn;
        result->has_relative = 1;
    }
}
