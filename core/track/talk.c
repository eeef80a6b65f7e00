/* The originator is found by a pass of its own, since a letter of a history tells whose it is.
 * Must not know tables or sessions. */
#include "core/track/talk.h"

#include "core/track/conversation.h"
#include "core/track/sent.h"

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
enum { TCP = 6, UDP = 17 };

/* A group while its packets go by; sides count from its source. */
struct state {
    struct tw_history history;
    struct tw_sent sent[2];
    uint8_t client; /* side that is the originator */
    uint8_t proto;
    uint8_t seen; /* bit d: side d sent something */
    bool has_packets, has_synack;
    bool fin[2];
};

struct pass {
    const struct tw_packets *packets;
    const uint32_t *group_of_row;
    struct tw_talks *out;
    struct state *states;
};

/* ---- the originator ---- */

/* Who sent the first SYN, or did not send the first SYN/ACK. */
static void look_at_handshake(struct state *s, unsigned side, uint16_t flags)
{
    if (!(flags & SYN))
        return;
    if (!(flags & ACK)) {
        if (!s->has_synack)
            s->client = (uint8_t)side;
    } else if (!s->has_synack) {
        s->client = (uint8_t)(side ^ 1);
        s->has_synack = true;
    }
}

static bool is_measured(const struct tw_packets *p, uint64_t row)
{
    return tw_row_is_segment(TW_CELLS(p->flags, const uint16_t)[row],
                             TW_CELLS(p->transport, const uint16_t)[row],
                             TW_CELLS(p->cap_len, const uint32_t)[row]);
}

/* ---- letters ---- */

/* How far the numbers of a side went; those of SYN and FIN are no bytes. */
static void count_bytes(struct tw_talk *g, struct state *s, unsigned side,
                        const struct tw_history_side *before, const struct tw_history_side *after,
                        uint16_t flags)
{
    const uint32_t went = after->last - before->last;

    if (before->state == 0 || after->start != before->start)
        g->bytes[side] = after->last - after->start - 1;
    else if (went && went < UINT32_C(0x80000000))
        g->bytes[side] += went;
    else
        return;
    if (flags & FIN && !s->fin[side] && g->bytes[side]) {
        s->fin[side] = true;
        g->bytes[side]--;
    }
}

static int step_tcp(const struct pass *pass, struct tw_sent_pool *pool, struct tw_histories *h,
                    struct tw_talk *g, struct state *s, uint64_t row, unsigned side,
                    trawl_error *err)
{
    const struct tw_packets *c = pass->packets;
    const uint32_t seq = TW_CELLS(c->seq, const uint32_t)[row];
    const uint32_t len = TW_CELLS(c->payload, const uint32_t)[row];
    const uint16_t flags = TW_CELLS(c->tcp_flags, const uint16_t)[row];
    const struct tw_history_packet packet = {seq, len, flags,
                                             TW_CELLS(c->window, const uint16_t)[row]};
    const bool is_originator = side == s->client;
    const struct tw_history_side before = s->history.side[is_originator ? 0 : 1];
    const uint32_t n = len + (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0);
    struct tw_sent_ack ack = {0};
    int rc = TRAWL_OK;

    if (!s->seen && !is_originator)
        rc = tw_history_flipped(h, &s->history, err);
    s->seen |= (uint8_t)(1u << side);
    if (rc == TRAWL_OK)
        rc = tw_history_step(h, &s->history, is_originator, &packet, err);
    count_bytes(g, s, side, &before, &s->history.side[is_originator ? 0 : 1], flags);
    if (rc == TRAWL_OK && flags & ACK && !(flags & RST))
        tw_sent_acknowledge(pool, &s->sent[side ^ 1], TW_CELLS(c->ack, const uint32_t)[row], &ack);
    if (tw_history_is_clean(&s->history)) {
        g->missed += ack.missed;
        for (uint32_t i = 0; rc == TRAWL_OK && i < ack.holes; i++)
            rc = tw_history_gap(h, &s->history, !is_originator, err);
    }
    if (rc == TRAWL_OK && n && !(flags & RST))
        rc = tw_sent_add(pool, &s->sent[side], seq, seq + n, (uint32_t)row, err);
    return rc;
}

/* 'D' once a side. */
static int step_udp(struct tw_histories *h, struct state *s, unsigned side, trawl_error *err)
{
    const struct tw_history_packet data = {.len = 1, .window = 1};
    int rc = TRAWL_OK;

    if (!(s->seen >> side & 1))
        rc = tw_history_step(h, &s->history, side == 0, &data, err);
    s->seen |= (uint8_t)(1u << side);
    return rc;
}

static int run_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct pass *pass = context;
    const struct tw_packets *c = pass->packets;
    struct tw_talks *out = pass->out;
    struct tw_histories *histories = &out->histories[i];
    const uint8_t *proto = TW_CELLS(c->proto, const uint8_t);
    const uint16_t *tcp_flags = TW_CELLS(c->tcp_flags, const uint16_t);
    const uint32_t *payload = TW_CELLS(c->payload, const uint32_t);
    struct tw_sent_pool pool = {.free = TW_SENT_NONE};
    int rc = TRAWL_OK;

    (void)i_thread;
    for (unsigned turn = 0; turn < 2; turn++) {
        for (uint64_t row = 0; row < c->n_rows && rc == TRAWL_OK; row++) {
            const uint32_t group = pass->group_of_row[row] & ~TW_TALK_BACK;
            const unsigned side = pass->group_of_row[row] >> 31;
            struct state *s;

            if ((row & 0xffff) == 0 && tw_cancelled())
                rc = tw_fail_cancelled(err);
            if (rc != TRAWL_OK || group >= out->n || group % out->n_shards != i)
                continue;
            s = &pass->states[group];
            s->has_packets = true;
            s->proto = proto[row];
            if (turn == 0) {
                if (proto[row] == TCP && is_measured(c, row))
                    look_at_handshake(s, side, tcp_flags[row]);
                continue;
            }
            if (!tw_history_is_over(&s->history))
                out->groups[group].last_row = row;
            if (proto[row] == TCP) {
                if (is_measured(c, row))
                    rc = step_tcp(pass, &pool, histories, &out->groups[group], s, row, side, err);
                continue;
            }
            out->groups[group].bytes[side] += payload[row];
            if (proto[row] == UDP)
                rc = step_udp(histories, s, side, err);
        }
    }
    tw_sent_pool_fini(&pool);
    return rc;
}

/* ---- the end ---- */

/* Datagrams in fragments: their first one is of the group, the payload of the row that completes
 * them. TCP's bytes are told by their numbers. */
static void count_fragments(const struct pass *pass)
{
    const struct tw_packets *c = pass->packets;
    const uint16_t *flags = TW_CELLS(c->flags, const uint16_t);
    const uint8_t *proto = TW_CELLS(c->proto, const uint8_t);

    for (size_t i = 0; i < c->fragments.n_parts; i++) {
        const struct tw_part *part = &c->fragments.parts[i];
        const uint32_t group = pass->group_of_row[part->row] & ~TW_TALK_BACK;

        if (group < pass->out->n && proto[part->row] != TCP &&
            !(flags[part->row] & TW_FRAME_LATER) && tw_part_is_main(c, part))
            pass->out->groups[group].bytes[pass->group_of_row[part->row] >> 31] += TW_CELLS(
                c->payload, const uint32_t)[part->whole_row];
    }
}

static void finish(const struct pass *pass)
{
    static const char *const udp_states[] = {"OTH", "S0", "SHR", "SF"};

    for (uint32_t i = 0; i < pass->out->n; i++) {
        const struct state *s = &pass->states[i];
        struct tw_talk *g = &pass->out->groups[i];

        if (!s->has_packets)
            continue;
        g->state = s->proto == TCP   ? tw_history_state(&s->history)
                   : s->proto == UDP ? udp_states[s->seen & 3]
                                     : "OTH";
        g->has_history = s->proto == TCP || s->proto == UDP;
        g->history = s->history.history;
        g->flipped = s->proto == TCP && s->client;
    }
}

int tw_talks_make(const struct tw_packets *packets, const uint32_t *group_of_row, uint32_t n,
                  struct tw_talks *ret, trawl_error *err)
{
    struct tw_talks made = {.n = n, .n_shards = tw_pool_threads()};
    struct pass pass = {.packets = packets, .group_of_row = group_of_row, .out = &made};
    int rc;

    made.groups = tw_alloc_array((size_t)n + 1, sizeof(*made.groups));
    made.histories = tw_alloc_array(made.n_shards, sizeof(*made.histories));
    pass.states = tw_alloc_array((size_t)n + 1, sizeof(*pass.states));
    rc = made.groups && made.histories && pass.states ? TRAWL_OK : tw_fail_nomem(err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++) {
        tw_sent_init(&pass.states[i].sent[0]);
        tw_sent_init(&pass.states[i].sent[1]);
    }
    if (rc == TRAWL_OK)
        rc = tw_pool_run(made.n_shards, run_shard, &pass, err);
    if (rc == TRAWL_OK) {
        count_fragments(&pass);
        finish(&pass);
    }
    tw_free(pass.states);
    if (rc != TRAWL_OK) {
        tw_talks_fini(&made);
        return rc;
    }
    *ret = made;
    return TRAWL_OK;
}

void tw_talks_fini(struct tw_talks *groups)
{
    for (unsigned i = 0; groups->histories && i < groups->n_shards; i++)
        tw_histories_fini(&groups->histories[i]);
    tw_free(groups->groups);
    tw_free(groups->histories);
    *groups = (struct tw_talks){0};
}
