/* Follows a packet's bytes through the mappings and keeps, for each side of a connection, what was
 * sent before, by whom. Knows nothing of options or columns. */
#include "carry.h"
#include "check.h"

/* A packet carries bytes of at most so many mappings, and the data of so many other subflows is
 * looked through: beyond that somebody plays with us. */
enum { MAX_PIECES = 16, MAX_SUBFLOWS = 64 };

/* New bytes go to the one who sends them first. */
struct gaps {
    struct model *m; /* NULL: they are only counted */
    struct side *side;
    uint32_t row, i_subflow;
    uint64_t fresh;
};

static int fill_gap(void *context, uint64_t start, uint64_t end)
{
    struct gaps *g = context;

    g->fresh += end - start;
    return !g->m || spans_put(&g->m->spans, &g->side->carriers, start, end, g->row, g->i_subflow);
}

/* Another subflow has sent some of it. */
static int sent_elsewhere(const struct model *m, const struct carry *carry, uint64_t start,
                          uint64_t end)
{
    const struct subflow *own = &m->subflows[carry->i_subflow];
    unsigned side = own->half[carry->direction].side;
    uint32_t i = m->connections[own->connection].first;

    for (unsigned n = 0; i != NONE32 && n < MAX_SUBFLOWS; n++, i = m->subflows[i].next) {
        const struct subflow *s = &m->subflows[i];
        const struct half *half = &s->half[s->half[0].side == side ? 0 : 1];

        if (i != carry->i_subflow && spans_find(&m->spans, half->sent, start, end))
            return 1;
    }
    return carry->first_flow != carry->i_subflow;
}

/* Compare the bytes with all that were sent before, then count them in. */
static int follow(struct model *m, struct carry *carry)
{
    struct subflow *s = &m->subflows[carry->i_subflow];
    struct half *half = &s->half[carry->direction];
    struct side *side = &m->connections[s->connection].side[half->side];
    /* Far from both ends, wherever the numbers are: so ranges do not wrap. */
    uint64_t start = carry->dsn - side->start + ((uint64_t)1 << 63);
    uint64_t end = start + carry->length;
    struct gaps gaps = {.m = m, .side = side, .row = carry->row, .i_subflow = carry->i_subflow};
    struct gaps own = {.m = NULL};
    const struct span *first = spans_find(&m->spans, side->carriers, start, end);

    if (first) {
        carry->first_row = first->value;
        carry->first_flow = first->other;
        carry->reinjection = sent_elsewhere(m, carry, start, end) != 0;
    }
    if (!spans_cover(&m->spans, &side->sent, start, end, fill_gap, &gaps) ||
        !spans_cover(&m->spans, &half->sent, start, end, fill_gap, &own))
        return 0;
    carry->seen = carry->length - (uint32_t)gaps.fresh;
    carry->resent = carry->length - (uint32_t)own.fresh;
    carry->retransmission = carry->resent != 0;
    return 1;
}

static int add(struct model *m, const struct carry *carry)
{
    if (!room_for((void **)&m->carries, m->n_carries, &m->cap_carries, sizeof(*m->carries)))
        return 0;
    m->carries[m->n_carries] = *carry;
    if (carry->length && !follow(m, &m->carries[m->n_carries]))
        return 0;
    m->n_carries++;
    return 1;
}

/* Where the packet's own mapping agrees with the older one, it is what the packet says. */
static void prefer_own(const struct said *said, uint32_t row, struct carry *ret, uint32_t *ret_room)
{
    uint32_t into = ret->ssn - said->ssn;

    if (!said->has_map || into >= said->length || said->dsn + into != ret->dsn ||
        (ret->map_ssn == said->ssn && ret->map_length == said->length))
        return;
    ret->map_dsn = said->dsn;
    ret->map_ssn = said->ssn;
    ret->map_length = said->length;
    ret->map_row = row;
    *ret_room = said->length - into;
}

/* What covers a subflow sequence number: a mapping, else the end of all mappings. */
static int cover(const struct model *m, const struct said *said, const struct carry *at,
                 uint32_t ssn, struct carry *ret, uint32_t *ret_room)
{
    const struct half *half = &m->subflows[at->i_subflow].half[at->direction];
    const struct mapping *map = mapping_find(m, at->i_subflow, at->direction, ssn);

    *ret = *at;
    ret->ssn = ssn;
    if (map) {
        ret->dsn = map->number + (ssn - map->low);
        ret->map_dsn = map->number;
        ret->map_ssn = map->low;
        ret->map_length = map->length;
        ret->map_row = map->row;
        *ret_room = map->length - (ssn - map->low);
        prefer_own(said, at->row, ret, ret_room);
        return 1;
    }
    if (!half->has_infinite || ssn - half->infinite > INT32_MAX)
        return 0;
    ret->dsn = half->infinite_dsn + (ssn - half->infinite);
    ret->map_dsn = half->infinite_dsn;
    ret->map_ssn = half->infinite;
    ret->map_length = 0;
    ret->map_row = half->infinite_row;
    *ret_room = UINT32_MAX;
    return 1;
}

/* Where the SYN was not captured, tcp.seq counts from the first packet. A mapping begins at the
 * packet that carries it, or before it where the sender's card cut a long segment. */
static void learn_shift(struct half *half, const struct where *at, const struct said *said)
{
    uint32_t shift = said->ssn - at->seq;

    if (half->saw_syn || !said->has_map || !said->ssn || !at->length)
        return;
    if (!half->has_shift || (int32_t)(shift - half->shift) > 0)
        half->shift = shift;
    half->has_shift = 1;
}

/* The checksum of a mapping grows as its bytes come, in order and in packets of its own. */
static int sum_up(struct model *m, const struct where *at, const struct carry *carry)
{
    const struct mapping *map;

    if (!(m->wants & WANT_PROBLEMS) || carry->length != at->length || !carry->map_length)
        return 1;
    map = m->n_maps ? &m->maps[m->n_maps - 1] : NULL;
    if (!map || map->row != at->row || map->low != carry->map_ssn)
        map = mapping_find(m, at->i_subflow, at->direction, carry->ssn);
    if (!map || carry->ssn - map->low != map->summed)
        return 1;
    return check_payload(m, at, (uint32_t)(map - m->maps));
}

int carry_packet(struct model *m, const struct where *at, const struct said *said)
{
    struct half *half = &m->subflows[at->i_subflow].half[at->direction];
    struct carry base = {.row = at->row,
                         .i_subflow = at->i_subflow,
                         .direction = (uint8_t)at->direction,
                         .map_row = NONE32,
                         .first_row = NONE32,
                         .first_flow = NONE32};
    uint32_t done = 0;
    int told = 0;

    learn_shift(half, at, said);
    for (int i = 0; i < MAX_PIECES && done < at->length && !(at->flags & TCP_SYN); i++) {
        struct carry carry;
        uint32_t ssn = at->seq + half->shift + done, room, ahead = said->ssn - ssn;

        if (!cover(m, said, &base, ssn, &carry, &room)) {
            if (!check_unmapped(m, at, ssn, at->length - done))
                return 0;
            if (!said->has_map || ahead >= at->length - done)
                break;
            done += ahead; /* the packet's own mapping begins further on */
            continue;
        }
        carry.length = room < at->length - done ? room : at->length - done;
        if (said->has_map && carry.map_dsn == said->dsn && carry.map_ssn == said->ssn) {
            carry.fin = said->fin;
            told = 1;
        }
        if (!add(m, &carry) || !sum_up(m, at, &carry))
            return 0;
        done += carry.length;
    }
    if (!said->has_map || told)
        return 1;
    base.dsn = base.map_dsn = said->dsn;
    base.ssn = base.map_ssn = said->ssn;
    base.map_length = said->length;
    base.map_row = at->row;
    base.fin = said->fin;
    return add(m, &base);
}
