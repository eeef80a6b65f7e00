/* Payload dissectors over rows: the datagrams that are their own, and the messages that end there.
 * Must not know how streams are put together or what payloads mean. */
#include "core/dissect/packets.h"

enum { UDP = 17, UDPLITE = 136 };

struct tw_payload_of tw_payload_of(const trawl_dissector *dissector,
                                   const struct tw_messages *messages, uint64_t first_row)
{
    return (struct tw_payload_of){.dissector = dissector,
                                  .messages = messages,
                                  .i_message = messages ? tw_messages_from(messages, first_row) : 0,
                                  .over_udp = tw_is_over_udp(dissector)};
}

/* Does a message end in the row? Rows come in ascending order. */
static bool has_message(struct tw_payload_of *of, uint64_t row)
{
    const struct tw_messages *m = of->messages;

    while (m && of->i_message < m->n && m->items[of->i_message].row < row)
        of->i_message++;
    return m && of->i_message < m->n && m->items[of->i_message].row == row;
}

/* ---- whose a row's datagram is, once that is known ---- */

static uint8_t known_owner(const struct tw_packets *packets, const struct tw_claims *claims,
                           uint64_t row)
{
    return row < packets->n_owners && packets->n_claims == claims->n_dissectors
               ? atomic_load_explicit(&packets->owners[row], memory_order_relaxed)
               : TW_OWNER_UNKNOWN;
}

static bool is_owner(const struct tw_claims *claims, uint8_t owner,
                     const trawl_dissector *dissector)
{
    return owner >= TW_OWNER_FIRST && claims->dissectors[owner - TW_OWNER_FIRST] == dissector;
}

static void know_owner(const struct tw_payload_walk *walk, uint64_t row,
                       const trawl_dissector *owner)
{
    const struct tw_claims *claims = walk->claims;
    unsigned i = 0;

    if (row >= walk->packets->n_owners || walk->packets->n_claims != claims->n_dissectors)
        return;
    while (owner && i < claims->n_dissectors && claims->dissectors[i] != owner)
        i++;
    if (i + TW_OWNER_FIRST > UINT8_MAX)
        return;
    atomic_store_explicit(&walk->packets->owners[row],
                          (uint8_t)(owner ? i + TW_OWNER_FIRST : TW_OWNER_NOBODY),
                          memory_order_relaxed);
}

/* The owner of the main datagram of a row; NULL: nobody. */
static const trawl_dissector *decide_main(const struct tw_payload_walk *walk, uint64_t row,
                                          const trawl_layer *payload)
{
    const uint8_t known = known_owner(walk->packets, walk->claims, row);
    const trawl_dissector *owner;

    if (known >= TW_OWNER_FIRST)
        return walk->claims->dissectors[known - TW_OWNER_FIRST];
    if (known == TW_OWNER_NOBODY)
        return NULL;
    owner = tw_claims_decide(walk->claims, payload);
    know_owner(walk, row, owner);
    return owner;
}

int tw_payload_walk_remember(struct tw_packets *packets, const struct tw_claims *claims,
                             trawl_error *err)
{
    const uint64_t n = packets->n_rows;
    int rc;

    if (packets->owners && packets->n_owners >= n && packets->n_claims == claims->n_dissectors)
        return TRAWL_OK;
    tw_free(packets->owners);
    packets->n_owners = 0;
    packets->owners = tw_alloc_array(n + 1, sizeof(*packets->owners));
    if (!packets->owners)
        return tw_fail_nomem(err);
    rc = tw_payload_recognise(packets, claims, err);
    if (rc != TRAWL_OK)
        return rc; /* who asks next begins anew */
    packets->n_owners = n;
    packets->n_claims = claims->n_dissectors;
    return TRAWL_OK;
}

/* ---- rows ---- */

bool tw_payload_walk_hit(const struct tw_payload_walk *walk, uint64_t row)
{
    const struct tw_packets *p = walk->packets;
    const uint16_t flags = TW_CELLS(p->flags, const uint16_t)[row];
    const trawl_dissector *owner = NULL;
    bool is_udp, by_probe = false;
    uint8_t known, proto;

    for (size_t i = 0; i < walk->n; i++)
        if (has_message(&walk->of[i], row))
            return true;
    if (flags & TW_FRAME_RECORD)
        return true;
    proto = TW_CELLS(p->proto, const uint8_t)[row];
    is_udp = (proto == UDP || proto == UDPLITE) && TW_CELLS(p->transport, const uint16_t)[row] != 0;
    if (!is_udp && !(flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED)))
        return false;
    known = known_owner(p, walk->claims, row);
    if (known != TW_OWNER_UNKNOWN && !(flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED))) {
        for (size_t i = 0; i < walk->n; i++)
            if (walk->of[i].over_udp && is_owner(walk->claims, known, walk->of[i].dissector))
                return true;
        return false;
    }
    if (is_udp)
        owner = tw_claims_find(walk->claims, UDP, TW_CELLS(p->sport, const uint16_t)[row],
                               TW_CELLS(p->dport, const uint16_t)[row]);
    for (size_t i = 0; i < walk->n; i++) {
        const struct tw_payload_of *of = &walk->of[i];

        if (of->over_udp && (owner == of->dissector || flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED)))
            return true;
        by_probe |= of->over_udp && of->dissector->probe;
    }
    return by_probe && (!owner || owner->probe);
}

static void visit_datagram(const struct tw_payload_walk *walk, uint64_t row,
                           const struct tw_frame *frame, uint32_t i_layer,
                           void (*visit)(void *context, size_t i_of, const trawl_layer *payload),
                           void *context)
{
    const struct tw_packets *p = walk->packets;
    const struct tw_layer *udp = &frame->layers[i_layer];
    const uint8_t *header = frame->data + udp->offset;
    const bool is_main = i_layer == frame->i_transport;
    const trawl_dissector *owner;
    uint32_t declared;
    trawl_layer payload = {.size = sizeof(payload),
                           .depth = udp->depth,
                           .flags = udp->flags,
                           .carrier = UDP,
                           .stream = UINT32_MAX};

    if (udp->header_len != 8 || udp->cap_len < 8 || udp->len < 8)
        return;
    payload.data = header + 8;
    payload.cap_len = udp->cap_len - 8;
    payload.len = udp->len - 8;
    declared = udp->kind == TW_LAYER_UDP ? tw_be16(header + 4) : 0; /* 0 in jumbograms too */
    if (declared >= 8 && declared < udp->len) {
        payload.len = declared - 8;
        payload.cap_len = TW_MIN(payload.cap_len, payload.len);
    }
    payload.src_port = tw_be16(header);
    payload.dst_port = tw_be16(header + 2);
    if (is_main) {
        payload.stream = TW_CELLS(p->stream, const uint32_t)[row];
        payload.direction = (TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_REVERSE) != 0;
    }
    owner = is_main ? decide_main(walk, row, &payload) : tw_claims_decide(walk->claims, &payload);
    for (size_t i = 0; owner && i < walk->n; i++)
        if (walk->of[i].dissector == owner && walk->of[i].over_udp)
            visit(context, i, &payload);
}

/* A plugin's record names the dissectors of what it holds: messages as they are, without what TCP
 * has around them, so no carrier. */
static void visit_record(const struct tw_payload_walk *walk, uint64_t row,
                         const struct tw_frame *frame,
                         void (*visit)(void *context, size_t i_of, const trawl_layer *payload),
                         void *context)
{
    const trawl_record_info *info = &frame->record;

    for (uint32_t i = 0; i < TW_MIN(info->n_payloads, (uint32_t)TW_COUNT(info->payloads)); i++) {
        const trawl_record_payload *part = &info->payloads[i];
        const trawl_layer payload = {
            .size = sizeof(payload),
            .data = frame->data + part->at,
            .cap_len = part->len,
            .len = part->len,
            .direction = (uint8_t)part->direction,
            .src_port = part->direction ? info->dst_port : info->src_port,
            .dst_port = part->direction ? info->src_port : info->dst_port,
            .stream = TW_CELLS(walk->packets->stream, const uint32_t)[row]};

        if (part->at > frame->cap_len || part->len > frame->cap_len - part->at || !part->dissector)
            continue;
        for (size_t k = 0; k < walk->n; k++)
            if (strcmp(part->dissector, walk->of[k].dissector->name) == 0)
                visit(context, k, &payload);
    }
}

static void visit_messages(struct tw_payload_of *of, size_t i_of, uint64_t row,
                           const struct tw_frame *frame,
                           void (*visit)(void *context, size_t i_of, const trawl_layer *payload),
                           void *context)
{
    const struct tw_messages *messages = of->messages;

    for (; has_message(of, row); of->i_message++) {
        const struct tw_message *m = &messages->items[of->i_message];
        const trawl_layer payload = {.size = sizeof(payload),
                                     .depth = frame->layers[frame->i_transport].depth,
                                     .data = m->data ? m->data : frame->data + m->at,
                                     .cap_len = m->cap_len,
                                     .len = m->len,
                                     .flags = (m->partial ? TRAWL_LAYER_PARTIAL : 0) |
                                              (m->lacks ? TRAWL_LAYER_LACKS : 0),
                                     .carrier = 6,
                                     .direction = m->direction,
                                     .src_port = m->sport,
                                     .dst_port = m->dport,
                                     .stream = m->stream,
                                     .mark = m->mark,
                                     .seen = m->data ? m->seen : 0};

        if (m->begins)
            visit(context, i_of, NULL);
        else if (m->data || (m->at <= frame->cap_len && m->cap_len <= frame->cap_len - m->at))
            visit(context, i_of, &payload);
    }
}

void tw_payload_walk_row(const struct tw_payload_walk *walk, uint64_t row,
                         const struct tw_frame *frame,
                         void (*visit)(void *context, size_t i_of, const trawl_layer *payload),
                         void *context)
{
    bool over_udp = false;

    if (frame->flags & TW_FRAME_RECORD)
        visit_record(walk, row, frame, visit, context);
    for (size_t i = 0; i < walk->n; i++)
        over_udp |= walk->of[i].over_udp;
    for (uint32_t i = 0; over_udp && i < frame->n_layers; i++)
        if (frame->layers[i].kind == TW_LAYER_UDP || frame->layers[i].kind == TW_LAYER_UDPLITE)
            visit_datagram(walk, row, frame, i, visit, context);
    for (size_t i = 0; i < walk->n; i++)
        visit_messages(&walk->of[i], i, row, frame, visit, context);
}
