/* Reads the transports of tunnelled and quoted packets again from their bytes.
 * Must not know tables or sessions. */
#include "core/track/event.h"

struct collector {
    struct tw_packets *packets;
    struct tw_event *events;
    size_t n, capacity;
};

static int add_event(struct collector *c, const struct tw_event *event, trawl_error *err)
{
    if (c->n == c->capacity) {
        const size_t capacity = c->capacity ? c->capacity * 2 : 256;
        struct tw_event *grown = tw_realloc_array(c->events, capacity, sizeof(*grown));

        if (!grown)
            return tw_fail_nomem(err);
        c->events = grown;
        c->capacity = capacity;
    }
    c->events[c->n++] = *event;
    return TRAWL_OK;
}

/* Address codes of the network layer at or below layers[i]. */
static int addresses_below(struct collector *c, const struct tw_frame *f, uint32_t i,
                           struct tw_event *event, bool *ret_found, trawl_error *err)
{
    *ret_found = false;
    while (i-- > 0) {
        const struct tw_layer *l = &f->layers[i];
        const uint8_t *p = f->data + l->offset;
        size_t n;

        if (l->kind == TW_LAYER_IP && l->cap_len >= 20) {
            n = 4;
            p += 12;
        } else if (l->kind == TW_LAYER_IPV6 && l->cap_len >= 40) {
            n = 16;
            p += 8;
        } else {
            continue;
        }
        event->src = tw_dict_code(c->packets->addresses, p, n, err);
        event->dst = tw_dict_code(c->packets->addresses, p + n, n, err);
        if (!event->src || !event->dst)
            return TRAWL_E_NOMEM;
        *ret_found = true;
        return TRAWL_OK;
    }
    return TRAWL_OK;
}

static int collect_row(struct collector *c, uint32_t row, const struct tw_frame *f,
                       trawl_error *err)
{
    uint8_t sub = 0;

    for (uint32_t i = 0; i < f->n_layers; i++) {
        const struct tw_layer *l = &f->layers[i];
        const uint8_t *p = f->data + l->offset;
        struct tw_event event = {.row = row, .sub = sub};
        bool found;
        int rc;

        if (l->cap_len < 4)
            continue;
        if (l->kind == TW_LAYER_TCP)
            event.proto = 6;
        else if (l->kind == TW_LAYER_UDP)
            event.proto = 17;
        else if (l->kind == TW_LAYER_UDPLITE)
            event.proto = 136;
        else
            continue;
        rc = addresses_below(c, f, i, &event, &found, err);
        if (rc != TRAWL_OK)
            return rc;
        if (!found)
            continue;
        event.sport = tw_be16(p);
        event.dport = tw_be16(p + 2);
        event.quoted = (l->flags & TRAWL_LAYER_QUOTED) != 0;
        event.main = i == f->i_transport;
        event.cap_len = (uint8_t)TW_MIN(l->cap_len, 255u);
        event.payload = l->len > l->header_len ? l->len - l->header_len : 0;
        /* tshark reads a TCP header up to its window, a UDP one up to its length, before it looks for
         * the conversation. */
        event.stream = l->cap_len < (event.proto == 6 ? 16 : 6) || (f->flags & TW_FRAME_NO_STREAM)
                           ? UINT32_MAX
                           : 0;
        if (event.proto == 6 && l->cap_len >= 8)
            event.seq = tw_be32(p + 4);
        if (event.proto == 6 && l->cap_len >= 16) {
            event.has_tcp = true;
            event.ack = tw_be32(p + 8);
            event.tcp_flags = tw_be16(p + 12) & 0xfff;
            event.window = tw_be16(p + 14);
        }
        sub++;
        rc = add_event(c, &event, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

int tw_events_collect(struct tw_packets *packets, struct tw_event **ret, size_t *ret_n,
                      trawl_error *err)
{
    const uint16_t *flags = TW_CELLS(packets->flags, const uint16_t);
    const uint64_t *offset = TW_CELLS(packets->offset, const uint64_t);
    const uint32_t *cap_len = TW_CELLS(packets->cap_len, const uint32_t);
    const uint32_t *len = TW_CELLS(packets->len, const uint32_t);
    const uint16_t *interface = TW_CELLS(packets->interface, const uint16_t);
    struct collector c = {.packets = packets};
    struct tw_fetch *fetch = NULL;
    int rc = TRAWL_OK;

    for (uint64_t r = 0; rc == TRAWL_OK && r < packets->n_rows; r++) {
        const struct tw_interface *in;
        const uint8_t *data;
        struct tw_frame frame;

        if (!(flags[r] & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED)))
            continue;
        if (!fetch && !(fetch = tw_fetch_open(packets->input, err))) {
            rc = TRAWL_E_NOMEM;
            break;
        }
        in = &packets->input->interfaces[interface[r]];
        rc = tw_fetch_bytes(fetch, in->i_file, offset[r], cap_len[r], &data, err);
        if (rc != TRAWL_OK)
            break;
        tw_frame_walk(&frame, data, cap_len[r], len[r], in->link_type, in->fcs_bytes);
        rc = collect_row(&c, (uint32_t)r, &frame, err);
        if (rc == TRAWL_OK && c.n % 4096 == 0 && tw_cancelled())
            rc = tw_fail_cancelled(err);
    }
    tw_fetch_close(fetch);
    if (rc != TRAWL_OK) {
        tw_free(c.events);
        return rc;
    }
    *ret = c.events;
    *ret_n = c.n;
    return TRAWL_OK;
}
