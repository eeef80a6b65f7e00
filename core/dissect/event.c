/* Collects the further transports of tunnelled and quoted packets while they are walked.
 * Must not know conversations, tables or sessions. */
#include "core/dissect/event.h"

static int reserve(struct tw_events *events, size_t n_more, trawl_error *err)
{
    return tw_grow(&events->items, events->n + n_more, &events->capacity, sizeof(*events->items))
               ? TRAWL_OK
               : tw_fail_nomem(err);
}

/* Address codes of a network layer; false when it is none, or cut. */
static bool read_addresses(const struct tw_frame *f, const struct tw_layer *l,
                           struct tw_dict *addresses, struct tw_event *event, trawl_error *err)
{
    const uint8_t *p = f->data + l->offset;
    size_t n;

    if (l->kind == TW_LAYER_IP && l->cap_len >= 20) {
        n = 4;
        p += 12;
    } else if (l->kind == TW_LAYER_IPV6 && l->cap_len >= 40) {
        n = 16;
        p += 8;
    } else {
        return false;
    }
    event->src = tw_dict_code(addresses, p, n, err);
    event->dst = tw_dict_code(addresses, p + n, n, err);
    return event->src && event->dst;
}

/* The same of the nearest network layer below layers[i]. */
static bool addresses_below(const struct tw_frame *f, uint32_t i, struct tw_dict *addresses,
                            struct tw_event *event, trawl_error *err)
{
    while (i-- > 0) {
        if (f->layers[i].kind == TW_LAYER_IP || f->layers[i].kind == TW_LAYER_IPV6)
            return read_addresses(f, &f->layers[i], addresses, event, err);
    }
    return false;
}

static bool read_ports(struct tw_event *event, const struct tw_frame *f, const struct tw_layer *l)
{
    const uint8_t *p = f->data + l->offset;

    if (l->cap_len < 4)
        return false;
    if (l->kind == TW_LAYER_TCP)
        event->proto = 6;
    else if (l->kind == TW_LAYER_UDP)
        event->proto = 17;
    else if (l->kind == TW_LAYER_UDPLITE)
        event->proto = 136;
    else
        return false;
    event->sport = tw_be16(p);
    event->dport = tw_be16(p + 2);
    event->cap_len = (uint8_t)TW_MIN(l->cap_len, 255u);
    event->payload = l->len > l->header_len ? l->len - l->header_len : 0;
    event->quoted = (l->flags & TRAWL_LAYER_QUOTED) != 0;
    /* tshark reads a TCP header up to its window, a UDP one up to its checksum, before it looks for
     * the conversation. */
    event->cut = l->cap_len < (event->proto == 6 ? 16 : 8);
    event->stream = UINT32_MAX;
    if (event->proto == 6 && l->cap_len >= 8)
        event->seq = tw_be32(p + 4);
    if (event->proto == 6 && l->cap_len >= 16) {
        const uint32_t header = (uint32_t)(p[12] >> 4) * 4;

        event->measured = !event->quoted && header <= l->len;
        event->bogus = header < 20;
        event->ack = tw_be32(p + 8);
        event->tcp_flags = tw_be16(p + 12) & 0xfff;
        event->window = tw_be16(p + 14);
    }
    return true;
}

/* The innermost network header that is not of i_network's family. */
static int add_other_family(struct tw_events *events, uint32_t row, const struct tw_frame *frame,
                            struct tw_dict *addresses, trawl_error *err)
{
    const bool v6 = frame->flags & TW_FRAME_IPV6;
    struct tw_event event = {
        .row = row, .proto = v6 ? TW_EVENT_IPV4 : TW_EVENT_IPV6, .cut = true, .stream = UINT32_MAX};
    trawl_error inner = TW_ERROR_INIT;
    int rc;

    for (uint32_t i = frame->i_network; i-- > 0;) {
        if (frame->layers[i].kind != (v6 ? TW_LAYER_IP : TW_LAYER_IPV6))
            continue;
        if (!read_addresses(frame, &frame->layers[i], addresses, &event, &inner))
            return inner.code ? tw_fail_as(err, &inner) : TRAWL_OK;
        rc = reserve(events, 1, err);
        if (rc == TRAWL_OK)
            events->items[events->n++] = event;
        return rc;
    }
    return TRAWL_OK;
}

/* Does the frame end in an IPv6 header, behind its source? */
static bool ends_in_ipv6(const struct tw_frame *frame)
{
    const struct tw_layer *l = &frame->layers[frame->n_layers - 1];

    return l->kind == TW_LAYER_IPV6 && l->cap_len >= 24 && l->cap_len < 40 &&
           !(l->flags & TRAWL_LAYER_QUOTED);
}

bool tw_events_has(const struct tw_frame *frame)
{
    return (frame->flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED)) || ends_in_ipv6(frame);
}

/* That source: no base column has it. */
static int add_cut_source(struct tw_events *events, uint32_t row, const struct tw_frame *frame,
                          struct tw_dict *addresses, trawl_error *err)
{
    const struct tw_layer *l = &frame->layers[frame->n_layers - 1];
    struct tw_event event = {.row = row, .proto = TW_EVENT_IPV6, .cut = true, .stream = UINT32_MAX};
    int rc;

    event.src = tw_dict_code(addresses, frame->data + l->offset + 8, 16, err);
    if (!event.src)
        return TRAWL_E_NOMEM;
    rc = reserve(events, 1, err);
    if (rc == TRAWL_OK)
        events->items[events->n++] = event;
    return rc;
}

int tw_events_add(struct tw_events *events, uint32_t row, const struct tw_frame *frame,
                  uint32_t from, struct tw_dict *addresses, trawl_error *err)
{
    uint8_t sub = 0;

    for (uint32_t i = 0; i < frame->n_layers; i++) {
        struct tw_event event = {.row = row, .sub = sub};
        trawl_error inner = TW_ERROR_INIT;
        int rc;

        if (!read_ports(&event, frame, &frame->layers[i]))
            continue;
        sub++;
        if (i == frame->i_transport || frame->layers[i].offset < from)
            continue;
        event.in_icmp = event.quoted && i >= 2 && frame->layers[i - 1].kind == TW_LAYER_IP &&
                        frame->layers[i - 2].kind == TW_LAYER_ICMP;
        if (!addresses_below(frame, i, addresses, &event, &inner)) {
            if (inner.code)
                return tw_fail_as(err, &inner);
            continue;
        }
        rc = reserve(events, 1, err);
        if (rc != TRAWL_OK)
            return rc;
        events->items[events->n++] = event;
    }
    /* Not again for a datagram put together: its first fragment's walk saw what is around it. */
    if (from)
        return TRAWL_OK;
    return ends_in_ipv6(frame)              ? add_cut_source(events, row, frame, addresses, err)
           : frame->flags & TW_FRAME_TUNNEL ? add_other_family(events, row, frame, addresses, err)
                                            : TRAWL_OK;
}

static bool is_before(const struct tw_event *x, const struct tw_event *y)
{
    return x->row < y->row || (x->row == y->row && x->sub < y->sub);
}

/* Both in order, no row in both but with different subs. */
static int merge_two(struct tw_events *a, struct tw_events *b, trawl_error *err)
{
    size_t i = a->n, j = b->n, k;
    int rc;

    if (b->n == 0)
        return TRAWL_OK;
    rc = reserve(a, b->n, err);
    if (rc != TRAWL_OK)
        return rc;
    for (k = i + j; j > 0; k--) {
        if (i > 0 && is_before(&b->items[j - 1], &a->items[i - 1]))
            a->items[k - 1] = a->items[--i];
        else
            a->items[k - 1] = b->items[--j];
    }
    a->n += b->n;
    tw_events_fini(b);
    return TRAWL_OK;
}

int tw_events_merge(struct tw_events *lists, size_t n, trawl_error *err)
{
    for (size_t step = 1; step < n; step *= 2) {
        for (size_t i = 0; i + step < n; i += 2 * step) {
            int rc = merge_two(&lists[i], &lists[i + step], err);

            if (rc != TRAWL_OK)
                return rc;
        }
    }
    return TRAWL_OK;
}

const struct tw_event *tw_events_find(const struct tw_events *events, uint32_t row, uint8_t proto,
                                      uint32_t src, uint32_t dst)
{
    size_t lo = 0, hi = events->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (events->items[mid].row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < events->n && events->items[lo].row == row; lo++) {
        const struct tw_event *e = &events->items[lo];

        if (e->proto == proto && e->src == src && e->dst == dst && !e->quoted)
            return e;
    }
    return NULL;
}

void tw_events_fini(struct tw_events *events)
{
    tw_free(events->items);
    *events = (struct tw_events){0};
}
