/* Cells of headers that are not the packet's own: quoted in ICMP errors, or around a tunnel.
 * Must not know plugins' files or terminals. */
#include "core/session/own.h"

/* A header quoted in an ICMP error, and those around a tunnel, show in the fields of their
 * protocol, as in tshark, though the base columns describe the error itself, or what the tunnel
 * carries. */
static bool event_cell(const tw_capture *capture, const struct tw_own_field *own,
                       const struct tw_event *e, const uint8_t *scale, uint64_t *ret)
{
    const bool tcp = own->presence == TCP || own->presence == TCP_HEADER ||
                     own->presence == TCP_LEN || own->presence == TCP_REST ||
                     own->presence == TCP_STREAM;
    const bool udp = own->presence == UDP || own->presence == UDP_STREAM;
    unsigned need = 0;

    if ((own->presence == IPV4 && e->proto == TW_EVENT_IPV4) ||
        (own->presence == IPV6 && e->proto == TW_EVENT_IPV6)) {
        *ret = own->source == S_SRC ? e->src : e->dst;
        return *ret != 0;
    }
    if (!((tcp && e->proto == 6) || (udp && (e->proto == 17 || e->proto == 136))))
        return false;
    switch (own->source) {
    case S_SPORT:
        *ret = e->sport;
        break;
    case S_DPORT:
        *ret = e->dport;
        break;
    case S_STREAM:
        *ret = e->stream;
        return e->stream != UINT32_MAX;
    case S_SEQ:
        *ret = e->measured ? tw_own_relative(capture, e->stream, e->reverse, e->row, e->seq)
                           : e->seq;
        need = e->in_icmp ? 8 : 16;
        break;
    case S_ACK:
        *ret = e->measured && e->tcp_flags & 16
                   ? tw_own_relative(capture, e->stream, !e->reverse, e->row, e->ack)
                   : e->ack;
        need = 16;
        break;
    case S_SEQ_RAW: /* tshark gives what ICMP quotes as tcp.seq alone */
        *ret = e->seq;
        need = e->in_icmp ? UINT32_MAX : 16;
        break;
    case S_ACK_RAW:
        *ret = e->ack;
        need = 16;
        break;
    case S_NEXT_SEQ:
        *ret = (uint32_t)(tw_own_relative(capture, e->stream, e->reverse, e->row, e->seq) +
                          e->payload + !!(e->tcp_flags & 3));
        need = e->bogus ? UINT32_MAX : 16;
        break;
    case S_TCP_FLAGS:
        *ret = e->tcp_flags;
        need = 16;
        break;
    case S_WINDOW:
        *ret = e->window;
        need = 16;
        break;
    case S_WINDOW_SCALED:
        *ret = tw_own_window(scale, e->measured ? e->stream : UINT32_MAX, e->reverse, e->tcp_flags,
                             e->window);
        need = 16;
        break;
    case S_PAYLOAD:
        *ret = e->payload;
        need = 16;
        break;
    default:
        return false;
    }
    return e->cap_len >= need && (own->presence != TCP_LEN || e->measured) &&
           (own->presence != TCP_REST || !e->bogus);
}

static void put_cell(struct tw_column *out, uint64_t row, uint64_t v)
{
    if (tw_type_size(out->type) == 2)
        TW_CELLS(out, uint16_t)[row] = (uint16_t)v;
    else
        TW_CELLS(out, uint32_t)[row] = (uint32_t)v;
}

int tw_own_patch(const tw_capture *capture, const struct tw_own_field *own, struct tw_bits *bits,
                 const uint8_t *scale, struct tw_column **column, trawl_error *err)
{
    const struct tw_events *events = &capture->packets->events;
    uint64_t i_patched = UINT64_MAX;

    for (size_t i = 0; i < events->n; i++) {
        const struct tw_event *e = &events->items[i];
        uint64_t v;

        if (!event_cell(capture, own, e, scale, &v))
            continue;
        /* The main header is inside the others of its kind; of those, the innermost counts. */
        if (tw_bits_get(bits, e->row) && e->row != i_patched)
            continue;
        i_patched = e->row;
        if ((*column)->shares) { /* the base column's own cells stay as they are */
            const struct tw_column *base = *column;
            struct tw_column *copy = tw_column_new(base->type, false, base->n_rows, base->dict,
                                                   err);

            if (!copy || tw_column_resize(copy, base->n_rows, err) != TRAWL_OK) {
                tw_column_release(copy);
                return TRAWL_E_NOMEM;
            }
            memcpy(copy->data.base, base->data.base, base->n_rows * tw_type_size(base->type));
            copy->valid_bits = tw_bits_retain(bits);
            tw_column_release(*column);
            *column = copy;
        }
        put_cell(*column, e->row, v);
        bits->words[e->row / 64] |= UINT64_C(1) << (e->row % 64);
    }
    return TRAWL_OK;
}
