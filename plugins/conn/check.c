/* Keys, tokens, HMACs, mappings and checksums against RFC 6824 and RFC 8684.
 * Knows nothing of tables or warnings. */
#include "check.h"
#include "digest.h"

#include <string.h>

/* Bytes without a mapping that are remembered until the end: a mapping may come late. */
enum { MAX_UNMAPPED = 4096, CRYPTO_BITS = 0x3f, ALGORITHM_H = 1 };

static struct side *side_of(const struct model *m, uint32_t i_subflow, unsigned direction)
{
    const struct subflow *s = &m->subflows[i_subflow];

    return &m->connections[s->connection].side[s->half[direction].side];
}

/* Once for each rule and subflow: what comes again is counted. */
static int found(struct model *m, const struct where *at, enum rule rule, uint64_t a, uint64_t b)
{
    uint64_t key = (uint64_t)at->i_subflow << 8 | rule;
    uint32_t known;

    if (!(m->wants & WANT_PROBLEMS))
        return 1;
    known = map_find(&m->told, key);
    if (known != MAP_NONE) {
        m->problems[known].n++;
        return 1;
    }
    if (m->n_problems >= NONE32 - 2 ||
        !room_for((void **)&m->problems, m->n_problems, &m->cap_problems, sizeof(*m->problems)))
        return 0;
    m->problems[m->n_problems] = (struct problem){.row = at->row,
                                                  .i_subflow = at->i_subflow,
                                                  .n = 1,
                                                  .a = a,
                                                  .b = b,
                                                  .rule = (uint8_t)rule,
                                                  .direction = (uint8_t)at->direction};
    return map_set(&m->told, key, (uint32_t)m->n_problems++);
}

static void put_bytes(uint8_t *p, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(value >> 8 * (n - 1 - i));
}

static uint64_t get_bytes(const uint8_t *p, size_t n)
{
    uint64_t x = 0;

    for (size_t i = 0; i < n; i++)
        x = x << 8 | p[i];
    return x;
}

/* ---- handshakes ---- */

/* A second connection with a token that the first one still has. */
static int check_token(struct model *m, const struct where *at, const struct mp_option *o)
{
    const struct subflow *s = &m->subflows[at->i_subflow];
    const struct connection *c;
    uint32_t token, known;
    uint64_t idsn;

    if (!digest_mptcp(o->version, o->sendkey, &token, &idsn))
        return 1;
    known = map_find(&m->tokens, token);
    if (known == MAP_NONE || known / 2 == s->connection)
        return 1;
    c = &m->connections[known / 2];
    if (c->master == NONE32 || c->master == at->i_subflow)
        return 1;
    return found(m, at, RULE_TOKEN_REUSE, token, known / 2);
}

int check_capable(struct model *m, const struct where *at, const struct mp_option *o)
{
    const struct subflow *s = &m->subflows[at->i_subflow];
    const struct side *mine = NULL, *other = NULL;

    if (!(m->wants & WANT_PROBLEMS))
        return 1;
    if (o->have & MP_HAVE_VERSION && o->version > 1 &&
        !found(m, at, RULE_VERSION_UNKNOWN, o->version, 0))
        return 0;
    if (o->have & MP_HAVE_VERSION && s->has_version && o->version != s->version &&
        !found(m, at, RULE_VERSION, o->version, s->version))
        return 0;
    if (o->have & MP_HAVE_FLAGS && !(o->flags & CRYPTO_BITS & ALGORITHM_H) &&
        !found(m, at, RULE_ALGORITHM, o->flags, 0))
        return 0;
    if (!(o->have & MP_HAVE_SENDKEY))
        return 1;
    if (s->connection != NONE32) {
        mine = side_of(m, at->i_subflow, at->direction);
        other = side_of(m, at->i_subflow, 1 - at->direction);
    }
    if (mine && mine->has_key && mine->key != o->sendkey)
        return found(m, at, RULE_KEY_CHANGED, o->sendkey, mine->key);
    if (o->have & MP_HAVE_RECVKEY && other && other->has_key && other->key != o->recvkey &&
        !found(m, at, RULE_KEY_ECHO, o->recvkey, other->key))
        return 0;
    return check_token(m, at, o);
}

/* HMAC of a message with the keys of both sides, the sender's first. @return 0: a key is missing */
static size_t hmac_of(const struct model *m, const struct where *at, const uint8_t *message,
                      size_t n, uint8_t ret[32])
{
    const struct connection *c = &m->connections[m->subflows[at->i_subflow].connection];
    const struct side *mine = side_of(m, at->i_subflow, at->direction);
    const struct side *other = side_of(m, at->i_subflow, 1 - at->direction);
    uint8_t key[16];

    if (!mine->has_key || !other->has_key || c->version > 1)
        return 0;
    put_bytes(key, mine->key, 8);
    put_bytes(key + 8, other->key, 8);
    return digest_hmac(c->version, key, sizeof(key), message, n, ret);
}

int check_join(struct model *m, const struct where *at, const struct mp_option *o)
{
    struct subflow *s = &m->subflows[at->i_subflow];
    struct half *mine = &s->half[at->direction], *other = &s->half[1 - at->direction];
    enum rule rule = o->have & MP_HAVE_HMAC ? RULE_JOIN_HMAC_ACK : RULE_JOIN_HMAC_SYNACK;
    uint8_t nonces[8], right[32];
    uint64_t is, should;
    int same;

    s->last_hmac = HMAC_UNKNOWN;
    if (o->have & MP_HAVE_SENDRAND) {
        mine->nonce = o->sendrand;
        mine->has_nonce = 1;
    }
    if (!(o->have & (MP_HAVE_HMAC | MP_HAVE_TRUNC_HMAC)) || !mine->has_nonce || !other->has_nonce)
        return 1;
    put_bytes(nonces, mine->nonce, 4);
    put_bytes(nonces + 4, other->nonce, 4);
    if (!hmac_of(m, at, nonces, sizeof(nonces), right))
        return 1;
    should = get_bytes(right, 8);
    is = o->have & MP_HAVE_HMAC ? get_bytes(o->hmac, 8) : o->trunc_hmac;
    same = o->have & MP_HAVE_HMAC ? memcmp(o->hmac, right, 20) == 0 : is == should;
    s->last_hmac = same ? HMAC_RIGHT : HMAC_WRONG;
    if (s->hmac != HMAC_WRONG)
        s->hmac = s->last_hmac;
    return same || found(m, at, rule, is, should);
}

/* RFC 8684 section 3.4.1: the right end of HMAC(key of the sender, key of the receiver; address id,
 * address, port). */
int check_address_hmac(const struct model *m, const struct where *at, const struct mp_option *o,
                       uint64_t *ret_right)
{
    size_t n = o->have & MP_HAVE_IPV6 ? 16 : 4, n_hmac;
    uint8_t message[1 + 16 + 2], hmac[32];
    uint64_t right;

    if (!(o->have & MP_HAVE_ADDR_HMAC) || !(o->have & (MP_HAVE_IPV4 | MP_HAVE_IPV6)))
        return HMAC_UNKNOWN;
    message[0] = o->addrid;
    memcpy(message + 1, o->address, n);
    put_bytes(message + 1 + n, o->have & MP_HAVE_PORT ? o->port : 0, 2);
    n_hmac = hmac_of(m, at, message, n + 3, hmac);
    if (!n_hmac)
        return HMAC_UNKNOWN;
    right = get_bytes(hmac + n_hmac - 8, 8);
    if (ret_right)
        *ret_right = right;
    return right == o->addr_hmac ? HMAC_RIGHT : HMAC_WRONG;
}

static int check_address(struct model *m, const struct where *at, const struct mp_option *o)
{
    uint64_t right;

    return check_address_hmac(m, at, o, &right) != HMAC_WRONG ||
           found(m, at, RULE_ADDRESS_HMAC, o->addr_hmac, right);
}

int check_other(struct model *m, const struct where *at, const struct mp_option *o)
{
    const struct side *receiver = side_of(m, at->i_subflow, 1 - at->direction);

    if (!(m->wants & WANT_PROBLEMS))
        return 1;
    if (o->subtype == MP_ADD_ADDR)
        return check_address(m, at, o);
    if (o->subtype == MP_FASTCLOSE && o->have & MP_HAVE_RECVKEY && receiver->has_key &&
        receiver->key != o->recvkey)
        return found(m, at, RULE_FASTCLOSE_KEY, o->recvkey, receiver->key);
    if (o->subtype > MP_TCPRST && o->subtype != MP_EXPERIMENTAL)
        return found(m, at, RULE_SUBTYPE, o->subtype, 0);
    return 1;
}

/* ---- mappings ---- */

/* Does the mapping say the same of a byte as the one before it? */
static int check_same(struct model *m, const struct where *at, const struct side *side,
                      uint64_t number, uint32_t ssn)
{
    const struct mapping *map = mapping_find(m, at->i_subflow, at->direction, ssn);
    uint64_t before = map ? map->number + (ssn - map->low) : number;

    return before == number || found(m, at, RULE_MAPPING_CHANGED, model_relative(side, number),
                                     model_relative(side, before));
}

/* What a DATA_FIN allows of this mapping. */
static int check_fin(struct model *m, const struct where *at, struct side *side,
                     const struct said *said)
{
    uint64_t end = said->dsn + said->length;

    if (side->has_fin && (int64_t)(end - side->fin) > 0 &&
        !found(m, at, said->fin ? RULE_FIN_MOVED : RULE_AFTER_FIN, model_relative(side, end),
               model_relative(side, side->fin)))
        return 0;
    if (side->has_fin && said->fin && (int64_t)(end - side->fin) < 0 &&
        !found(m, at, RULE_FIN_MOVED, model_relative(side, end), model_relative(side, side->fin)))
        return 0;
    if (said->fin && !side->has_fin) {
        side->has_fin = 1;
        side->fin = end;
    }
    return 1;
}

/* Sum of 16-bit words, not folded: the pseudo-header of a mapping and its checksum. */
static uint32_t sum_of(uint64_t dsn, uint32_t ssn, uint16_t length, uint16_t checksum)
{
    uint32_t sum = length + (uint32_t)checksum;

    for (unsigned i = 0; i < 4; i++)
        sum += (uint32_t)(dsn >> 16 * i & 0xffff);
    return sum + (ssn >> 16) + (ssn & 0xffff);
}

static uint32_t fold(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

int check_mapping(struct model *m, const struct where *at, const struct mp_option *o,
                  const struct said *said)
{
    const struct connection *c = &m->connections[m->subflows[at->i_subflow].connection];
    struct side *side = side_of(m, at->i_subflow, at->direction);

    if (!(m->wants & WANT_PROBLEMS))
        return 1;
    if (c->checksums && !(o->have & MP_HAVE_CHECKSUM) && !found(m, at, RULE_CHECKSUM_MISSING, 0, 0))
        return 0;
    if (!check_fin(m, at, side, said))
        return 0;
    if (said->length)
        return check_same(m, at, side, said->dsn, said->ssn) &&
               check_same(m, at, side, said->dsn + said->length - 1, said->ssn + said->length - 1);
    if (o->have & MP_HAVE_CHECKSUM && side->wide) { /* DATA_FIN alone: there is no payload */
        uint32_t sum = fold(sum_of(model_raw(side, said->dsn), said->ssn, o->length, o->checksum));

        return sum == 0xffff || found(m, at, RULE_CHECKSUM, sum, 0);
    }
    return 1;
}

int check_payload(struct model *m, const struct where *at, uint32_t i_map)
{
    struct mapping *map = &m->maps[i_map];
    const struct side *side = side_of(m, at->i_subflow, at->direction);
    uint32_t sum = at->payload_sum;

    if (!map->has_checksum || !at->has_payload_sum || !side->wide)
        return 1;
    if (map->summed & 1) /* it begins in the middle of a word */
        sum = (sum & 0xff) << 8 | sum >> 8;
    map->sum = fold(map->sum + sum);
    map->summed += at->length;
    if (map->summed != map->length)
        return 1;
    sum = fold(map->sum + sum_of(model_raw(side, map->number), map->low,
                                 (uint16_t)(map->length + map->fin), map->checksum));
    return sum == 0xffff || found(m, at, RULE_CHECKSUM, sum, 0);
}

/* ---- bytes without a mapping ---- */

int check_unmapped(struct model *m, const struct where *at, uint32_t ssn, uint32_t n)
{
    const struct subflow *s = &m->subflows[at->i_subflow];

    if (!(m->wants & WANT_PROBLEMS) || !s->half[at->direction].saw_syn ||
        m->n_unmapped >= MAX_UNMAPPED)
        return 1;
    if (!room_for((void **)&m->unmapped, m->n_unmapped, &m->cap_unmapped, sizeof(*m->unmapped)))
        return 0;
    m->unmapped[m->n_unmapped++] = (struct unmapped){
        .row = at->row,
        .i_subflow = at->i_subflow,
        .place = mapping_place(m, at->i_subflow, at->direction, ssn),
        .n = n,
        .direction = (uint8_t)at->direction};
    return 1;
}

/* Bytes that no later mapping covered either, where not all went on as plain TCP. */
static int end_of_unmapped(struct model *m)
{
    for (size_t i = 0; i < m->n_unmapped; i++) {
        const struct unmapped *u = &m->unmapped[i];
        const struct connection *c = &m->connections[m->subflows[u->i_subflow].connection];
        struct where at = {.row = u->row, .i_subflow = u->i_subflow, .direction = u->direction};

        if (c->failed || !c->saw_mapping ||
            mapping_at(m, u->i_subflow, u->direction, u->place) != NULL)
            continue;
        if (!found(m, &at, RULE_UNMAPPED, u->n, 0))
            return 0;
    }
    return 1;
}

int check_end(struct model *m)
{
    if (!(m->wants & WANT_PROBLEMS))
        return 1;
    for (uint32_t i = 0; i < m->n_connections; i++) {
        const struct connection *c = &m->connections[i];
        struct where at = {0};

        at.i_subflow = c->first;
        while (at.i_subflow != NONE32 && !m->subflows[at.i_subflow].joined)
            at.i_subflow = m->subflows[at.i_subflow].next;
        if (at.i_subflow == NONE32 || c->side[0].has_key || c->side[1].has_key)
            continue;
        at.row = m->subflows[at.i_subflow].join_row;
        if (!found(m, &at, RULE_JOIN_UNKNOWN, c->side[c->side[0].has_token ? 0 : 1].token, 0))
            return 0;
    }
    return end_of_unmapped(m);
}
