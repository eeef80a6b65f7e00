/* The packets that an sFlow datagram samples: walked like those that ICMP errors quote.
 * Must not know the headers in them. */
#include "core/dissect/walk.h"

enum { RAW_HEADER = 1, PROTO_ETHERNET = 1, PROTO_IPV4 = 11, PROTO_IPV6 = 12 };

/* Version 5: version, agent's address, sub-agent, sequence number, uptime, number of samples. */
void tw_walk_sflow(struct tw_walk *w)
{
    const uint8_t *p = tw_walk_bytes(w);
    struct tw_layer *layer = tw_walk_push(w, TW_LAYER_SFLOW);
    uint32_t header;

    if (!layer || !tw_walk_need(w, 8) || tw_be32(p) != 5)
        return;
    header = tw_be32(p + 4) == 2 ? 40 : 28;
    if (!tw_walk_need(w, header))
        return;
    tw_walk_pass(w, layer, header);
    w->sflow.at = w->sflow.record_end = w->at;
    w->sflow.cap_end = w->cap_end;
    w->sflow.depth = w->depth;
    w->quoted = true;
}

/* Enter the next sample that has records; false at the end. */
static bool next_sample(struct tw_walk *w)
{
    const uint8_t *data = w->frame->data;

    w->sflow.at = w->sflow.record_end;
    while (w->sflow.cap_end - w->sflow.at >= 8) {
        uint32_t type = tw_be32(data + w->sflow.at), length = tw_be32(data + w->sflow.at + 4);
        uint32_t header = type == 1 ? 32 : type == 3 ? 44 : 0; /* flow, expanded flow */

        w->sflow.at += 8;
        if (length > w->sflow.cap_end - w->sflow.at)
            return false;
        w->sflow.record_end = w->sflow.at + length;
        if (header && length >= header) {
            w->sflow.at += header;
            return true;
        }
        w->sflow.at = w->sflow.record_end;
    }
    return false;
}

/* The sampled bytes: protocol, length on the wire, bytes stripped, bytes here. */
static bool enter_header(struct tw_walk *w, uint32_t at, uint32_t length)
{
    const uint8_t *p = w->frame->data + at;
    uint32_t proto, wire, n;

    if (length < 16)
        return false;
    proto = tw_be32(p);
    wire = tw_be32(p + 4);
    n = TW_MIN(tw_be32(p + 12), length - 16);
    w->depth = w->sflow.depth;
    w->at = at + 16;
    w->cap_end = w->at + n;
    w->end = w->at + TW_MIN(TW_MAX(wire, n), UINT32_MAX - w->at);
    if (proto == PROTO_ETHERNET)
        tw_walk_go(w, TW_NEXT_LINK, 1);
    else if (proto == PROTO_IPV4 || proto == PROTO_IPV6)
        tw_walk_go(w, TW_NEXT_IP_ANY, 0);
    else
        return false;
    return n > 0;
}

bool tw_walk_sflow_next(struct tw_walk *w)
{
    const uint8_t *data = w->frame->data;

    if (!w->sflow.cap_end || w->frame->n_layers == TW_MAX_LAYERS)
        return false;
    for (;;) {
        uint32_t at = w->sflow.at, format, length;

        if (w->sflow.record_end - at < 8) {
            if (!next_sample(w))
                return false;
            continue;
        }
        format = tw_be32(data + at);
        length = tw_be32(data + at + 4);
        if (length > w->sflow.record_end - at - 8) {
            w->sflow.at = w->sflow.record_end;
            continue;
        }
        w->sflow.at = at + 8 + length;
        if (format == RAW_HEADER && enter_header(w, at + 8, length))
            return true;
    }
}
