/* Connections are numbered as Wireshark numbers mptcp.stream: in the order in which a packet first
 * shows a key, an unknown token, or an option of a connection whose start was not captured.
 * Knows nothing of columns or tables. */
#include "connect.h"
#include "digest.h"

enum { WINDOW_BITS = 16, MAX_CHAIN = 1024 };

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
        uint32_t *link;

        c = &m->connections[s->connection];
        link = &c->first;
        c->last = NONE32;
        while (*link != NONE32) {
            if (*link == i_subflow) {
                *link = s->next;
            } else {
                c->last = *link;
                link = &m->subflows[*link].next;
            }
        }
        c->n_subflows--;
        if (c->master == i_subflow)
            c->master = NONE32;
    }
    c = &m->connections[i_connection];
    s->connection = i_connection;
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
        side->idsn = side->reference = idsn;
        side->has_base = side->has_reference = 1;
    }
    m->connections[s->connection].version = (uint8_t)version;
    m->connections[s->connection].has_version = 1;
    return 1;
}

/* The 64-bit number that a number on the wire stands for: the nearest to the last one seen. */
static uint64_t complete(struct side *side, uint64_t wire, int is_64)
{
    uint64_t full = wire;

    if (!is_64 && side->has_reference) {
        int32_t distance = (int32_t)((uint32_t)wire - (uint32_t)side->reference);

        full = side->reference + (uint64_t)(int64_t)distance;
    }
    side->reference = full;
    side->has_reference = 1;
    return full;
}

/* Key of the window of a sequence number in the map of mappings. */
static uint64_t window_key(uint32_t i_subflow, unsigned direction, uint32_t seq)
{
    return ((uint64_t)i_subflow * 2 + direction) << WINDOW_BITS | seq >> WINDOW_BITS;
}

/* The oldest mapping that covers a sequence number: a segment sent again says the same again. */
static const struct mapping *find_mapping(const struct model *m, uint32_t i_subflow,
                                          unsigned direction, uint32_t seq)
{
    const struct mapping *found = NULL;
    uint32_t i = map_find(&m->mappings, window_key(i_subflow, direction, seq));

    for (int n = 0; i != MAP_NONE && n < MAX_CHAIN; n++) {
        const struct mapping *map = &m->maps[i];
        int in_first = map->low >> WINDOW_BITS == seq >> WINDOW_BITS;

        if (seq - map->low < map->length)
            found = map;
        i = map->older[in_first ? 0 : 1];
    }
    return found;
}

static int add_mapping(struct model *m, const struct where *at, uint32_t low, uint16_t length,
                       uint64_t dsn)
{
    struct half *half = &m->subflows[at->i_subflow].half[at->direction];
    const struct mapping *same = find_mapping(m, at->i_subflow, at->direction, low);
    uint32_t high = low + (uint32_t)(length - 1);
    uint64_t keys[2] = {window_key(at->i_subflow, at->direction, low),
                        window_key(at->i_subflow, at->direction, high)};
    struct mapping *map;

    if (!half->has_dsn || (int64_t)(dsn - half->dsn_min) < 0)
        half->dsn_min = dsn;
    if (!half->has_dsn || (int64_t)(dsn + length - half->dsn_end) > 0)
        half->dsn_end = dsn + length;
    half->has_dsn = 1;
    if (same && same->low == low && same->length >= length && same->dsn == dsn)
        return 1;
    if (m->n_maps >= NONE32 - 2 ||
        !room_for((void **)&m->maps, m->n_maps, &m->cap_maps, sizeof(*m->maps)))
        return 0;
    map = &m->maps[m->n_maps];
    *map = (struct mapping){
        .dsn = dsn,
        .low = low,
        .length = length,
        .row = at->row,
        .older = {map_find(&m->mappings, keys[0]), map_find(&m->mappings, keys[1])}};
    if (!map_set(&m->mappings, keys[0], (uint32_t)m->n_maps) ||
        (keys[1] != keys[0] && !map_set(&m->mappings, keys[1], (uint32_t)m->n_maps)))
        return 0;
    m->n_maps++;
    return 1;
}

static void guess_client(struct connection *c, unsigned side)
{
    if (c->client_side > 1)
        c->client_side = (uint8_t)side;
}

static int do_capable(struct model *m, const struct where *at, const struct mp_option *o)
{
    struct subflow *s = &m->subflows[at->i_subflow];
    unsigned from_client = at->flags & TCP_SYN && at->flags & TCP_ACK ? 0 : 1;
    struct connection *c;

    if (at->flags & TCP_SYN && !(at->flags & TCP_ACK))
        s->asked = 1;
    if (!(o->have & MP_HAVE_SENDKEY))
        return 1;
    if (!know_key(m, at->i_subflow, at->direction, o->version, o->sendkey))
        return 0;
    c = &m->connections[s->connection];
    c->master = at->i_subflow;
    if (c->client_side > 1 && (from_client || at->flags & TCP_SYN))
        c->client_side = s->half[from_client ? at->direction : 1 - at->direction].side;
    if (o->have & MP_HAVE_RECVKEY &&
        !know_key(m, at->i_subflow, 1 - at->direction, o->version, o->recvkey))
        return 0;
    if (o->have & MP_HAVE_LENGTH && o->length) {
        const struct side *side = side_of(m, at->i_subflow, at->direction);

        return add_mapping(m, at, at->seq, o->length, side->idsn + 1);
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
    s->joined = 1;
    if (o->have & MP_HAVE_ADDRID) {
        half->addrid = o->addrid;
        half->has_addrid = 1;
    }
    if (o->have & MP_HAVE_FLAGS && o->flags & 1)
        s->backup = 1;
    return 1;
}

static int do_dss(struct model *m, const struct where *at, const struct mp_option *o,
                  struct row_result *result)
{
    struct subflow *s = &m->subflows[at->i_subflow];
    struct connection *c = &m->connections[s->connection];
    struct side *mine = side_of(m, at->i_subflow, at->direction);
    struct side *other = side_of(m, at->i_subflow, 1 - at->direction);
    uint16_t length = o->length;
    uint64_t dsn;

    if (o->have & MP_HAVE_ACK) {
        int known = other->has_base;
        uint64_t ack = complete(other, o->ack, o->flags & MP_DSS_ACK8);

        if (known) {
            result->ack = ack - other->idsn;
            result->has_ack = 1;
        }
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
        result->dss = dsn - mine->idsn;
        result->has_dss = 1;
    }
    if (length == 0) {
        c->failed = 1;
        return 1;
    }
    if (o->flags & MP_DSS_FIN && --length == 0)
        return 1; /* the mapping covers the DATA_FIN alone */
    return add_mapping(m, at, o->ssn, length, dsn);
}

int connect_option(struct model *m, const struct where *at, const struct mp_option *o,
                   struct row_result *result)
{
    struct subflow *s = &m->subflows[at->i_subflow];

    if (o->subtype > MP_JOIN && s->connection == NONE32 && !begin(m, at->i_subflow, at->direction))
        return 0;
    switch (o->subtype) {
    case MP_CAPABLE:
        return do_capable(m, at, o);
    case MP_JOIN:
        return do_join(m, at, o);
    case MP_DSS:
        return do_dss(m, at, o, result);
    case MP_PRIO:
        if (o->have & MP_HAVE_FLAGS)
            s->backup = o->flags & 1;
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

    if (s->connection == NONE32 || !s->half[at->direction].saw_syn)
        return;
    side = side_of(m, at->i_subflow, at->direction);
    if (at->flags & TCP_SYN || (at->seq == 1 && at->length == 0)) {
        if (!side->has_base)
            return;
        result->dsn = side->idsn + (at->flags & TCP_SYN ? 0 : 1);
    } else {
        map = find_mapping(m, at->i_subflow, at->direction, at->seq);
        if (!map)
            return;
        result->dsn = map->dsn + (at->seq - map->low);
        if (at->length)
            result->mapping_row = map->row;
    }
    result->has_dsn = 1;
    if (side->has_base) {
        result->relative = result->dsn - side->idsn;
        result->has_relative = 1;
    }
}
