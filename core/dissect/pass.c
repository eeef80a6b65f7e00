/* One row of the base pass: the general way over the walked layers, and the short way for the
 * packets that captures are made of. Must not know how the input is read. */
#include "core/dissect/pass.h"

#include "core/dissect/walk.h"

enum { PROTO_TCP = 6, PROTO_UDP = 17, PROTO_UDPLITE = 136 };

/* Where a column's cells are: in the pass, in the packets, staged. */
struct place {
    size_t in_pass, in_packets, in_staged, n_bytes;
};
#define PLACE(column)                                                          \
    {                                                                          \
        offsetof(struct tw_pass, column), offsetof(struct tw_packets, column), \
            offsetof(struct tw_pass_rows, column),                             \
            sizeof(((struct tw_pass_rows *)NULL)->column[0])                   \
    }
static const struct place places[] = {
    PLACE(time),  PLACE(offset),  PLACE(len),       PLACE(cap_len),   PLACE(interface),
    PLACE(flags), PLACE(network), PLACE(transport), PLACE(proto),     PLACE(label),
    PLACE(src),   PLACE(dst),     PLACE(sport),     PLACE(dport),     PLACE(stream),
    PLACE(seq),   PLACE(ack),     PLACE(window),    PLACE(tcp_flags), PLACE(payload),
};
#undef PLACE

static void set_cells(struct tw_pass *pass, const struct place *place, void *cells)
{
    memcpy((char *)pass + place->in_pass, &cells, sizeof(cells));
}

static uint8_t *column_cells(const struct tw_packets *packets, const struct place *place)
{
    struct tw_column *column;

    memcpy(&column, (const char *)packets + place->in_packets, sizeof(column));
    return TW_CELLS(column, uint8_t);
}

void tw_pass_init(struct tw_pass *pass, struct tw_packets *packets, struct tw_pass_thread *thread)
{
    pass->packets = packets;
    pass->seed = tw_seed();
    pass->thread = thread;
    for (size_t i = 0; i < TW_COUNT(places); i++)
        set_cells(pass, &places[i], column_cells(packets, &places[i]));
}

void tw_pass_stage(struct tw_pass *pass)
{
    for (size_t i = 0; i < TW_COUNT(places); i++)
        set_cells(pass, &places[i], (char *)&pass->thread->staged + places[i].in_staged);
}

static bool is_zero(const uint8_t *p, size_t n)
{
    uint64_t any = 0, word;
    size_t i = 0;

    for (; i + sizeof(word) <= n; i += sizeof(word)) {
        memcpy(&word, p + i, sizeof(word));
        any |= word;
    }
    for (; i < n; i++)
        any |= p[i];
    return any == 0;
}

void tw_pass_store(struct tw_pass *pass, uint64_t first_row, size_t n)
{
    tw_pass_flush(pass);
    for (size_t i = 0; i < TW_COUNT(places); i++) {
        uint8_t *cells = (uint8_t *)&pass->thread->staged + places[i].in_staged;
        const size_t n_bytes = n * places[i].n_bytes;

        if (is_zero(cells, n_bytes))
            continue; /* the column's pages stay untouched */
        memcpy(column_cells(pass->packets, &places[i]) + first_row * places[i].n_bytes, cells,
               n_bytes);
        memset(cells, 0, n_bytes);
    }
}

static uint32_t address_code(struct tw_pass *pass, const uint8_t *p, size_t n)
{
    return tw_dict_code_cached(pass->packets->addresses, &pass->thread->addresses, p, n,
                               &pass->thread->error);
}

static void fill_record(struct tw_pass *pass, uint64_t row, const struct tw_record *record)
{
    pass->time[row] = record->time_ns;
    pass->offset[row] = record->offset;
    pass->len[row] = record->len;
    pass->cap_len[row] = record->cap_len;
    pass->interface[row] = (uint16_t)record->i_interface;
    pass->stream[row] = UINT32_MAX;
}

static void fill_hash(struct tw_pass *pass, uint64_t row)
{
    pass->stream[row] = tw_pass_hash(pass->seed, pass->src[row], pass->dst[row], pass->sport[row],
                                     pass->dport[row], pass->proto[row]);
}

/* ---- the short way ---- */

void tw_pass_flush(struct tw_pass *pass)
{
    struct tw_pass_thread *thread = pass->thread;
    const size_t n = thread->n_pending;
    uint32_t codes[2 * TW_PASS_ROWS];

    for (size_t i = 0; i < n; i++) {
        codes[2 * i] = pass->src[thread->pending[i]];
        codes[2 * i + 1] = pass->dst[thread->pending[i]];
    }
    tw_dict_codes_ipv4(pass->packets->addresses, codes, 2 * n, &thread->error);
    for (size_t i = 0; i < n; i++) {
        const size_t row = thread->pending[i];

        pass->src[row] = codes[2 * i];
        pass->dst[row] = codes[2 * i + 1];
        fill_hash(pass, row);
    }
    thread->n_pending = 0;
}

bool tw_pass_fast(struct tw_pass *pass, uint64_t row, const struct tw_record *record,
                  const struct tw_interface *interface)
{
    const uint8_t *p = record->data, *ip, *t;
    uint32_t cap_len = record->cap_len, at = 14, end, left, n_address, payload, n_tags = 0;
    uint16_t type, flags, sport, dport, label = 0;
    uint8_t proto;

    if (interface->link_type != 1 || interface->fcs_bytes || cap_len < 42 || record->len < cap_len)
        return false;
    type = tw_be16(p + 12);
    while (type == 0x8100) {
        if (at + 4 + 28 > cap_len || ++n_tags > TW_MAX_VLAN)
            return false;
        label = tw_be16(p + at) & TRAWL_LABEL_VLAN;
        type = tw_be16(p + at + 2);
        at += 4;
    }
    ip = p + at;
    if (type == 0x0800) {
        uint32_t header = (uint32_t)(ip[0] & 15) * 4, total = tw_be16(ip + 2);

        if (ip[0] >> 4 != 4 || header < 20 || total < header + 8 || total > record->len - at ||
            (tw_be16(ip + 6) & 0x3fff) || header + 8 > cap_len - at)
            return false;
        proto = ip[9];
        end = at + total;
        t = ip + header;
        n_address = 4;
        flags = TW_FRAME_IPV4;
    } else if (type == 0x86dd) {
        uint32_t length;

        if (ip[0] >> 4 != 6 || cap_len - at < 48)
            return false;
        length = tw_be16(ip + 4);
        if (length < 8 || length > record->len - at - 40)
            return false;
        proto = ip[6];
        end = at + 40 + length;
        t = ip + 40;
        n_address = 16;
        flags = TW_FRAME_IPV6;
    } else {
        return false;
    }
    left = TW_MIN(end, cap_len) - (uint32_t)(t - p); /* captured from the transport header on */
    end -= (uint32_t)(t - p);
    sport = tw_be16(t);
    dport = tw_be16(t + 2);
    if (proto == PROTO_TCP) {
        uint32_t header;

        if (left < 20)
            return false;
        header = (uint32_t)(t[12] >> 4) * 4;
        if (header < 20 || header > left)
            return false;
        pass->seq[row] = tw_be32(t + 4);
        pass->ack[row] = tw_be32(t + 8);
        pass->tcp_flags[row] = tw_be16(t + 12) & 0xfff;
        pass->window[row] = tw_be16(t + 14);
        payload = end - header;
    } else if (proto == PROTO_UDP) {
        uint32_t length = tw_be16(t + 4);

        if (length < 8 || length > end || tw_walk_is_tunnel(sport, dport))
            return false;
        payload = length - 8;
    } else {
        return false;
    }
    fill_record(pass, row, record);
    pass->flags[row] = flags;
    pass->network[row] = (uint16_t)at;
    pass->transport[row] = (uint16_t)(t - p);
    pass->proto[row] = proto;
    pass->sport[row] = sport;
    pass->dport[row] = dport;
    pass->payload[row] = payload;
    pass->label[row] = label;
    if (n_address == 4) {
        pass->src[row] = tw_le32(ip + 12);
        pass->dst[row] = tw_le32(ip + 16);
        pass->thread->pending[pass->thread->n_pending++] = (uint32_t)row;
    } else {
        pass->src[row] = address_code(pass, ip + 8, 16);
        pass->dst[row] = address_code(pass, ip + 24, 16);
        fill_hash(pass, row);
    }
    return true;
}

/* ---- the general way ---- */

/* What the base columns keep of a transport header, as far as it was captured. */
struct transport {
    uint32_t seq, ack, payload;
    uint16_t sport, dport, tcp_flags, window;
};

static struct transport read_transport(const struct tw_frame *frame, const struct tw_layer *layer)
{
    const uint8_t *p = frame->data + layer->offset;
    uint32_t n = layer->cap_len;
    struct transport t = {0};

    if (layer->kind == TW_LAYER_ICMP || layer->kind == TW_LAYER_ICMPV6) {
        if (n >= 2) {
            t.sport = p[0];
            t.dport = p[1];
        }
        t.payload = layer->len - layer->header_len;
        return t;
    }
    if (n >= 4) {
        t.sport = tw_be16(p);
        t.dport = tw_be16(p + 2);
    }
    if (layer->kind == TW_LAYER_TCP) {
        if (n >= 8)
            t.seq = tw_be32(p + 4);
        if (n >= 12)
            t.ack = tw_be32(p + 8);
        if (n >= 14)
            t.tcp_flags = tw_be16(p + 12) & 0xfff;
        if (n >= 16)
            t.window = tw_be16(p + 14);
        if (n >= 13 && (uint32_t)(p[12] >> 4) * 4 <= layer->len)
            t.payload = layer->len - (uint32_t)(p[12] >> 4) * 4;
    } else if (layer->kind == TW_LAYER_UDP) {
        uint32_t length = n >= 6 ? tw_be16(p + 4) : 0;

        if (length == 0)
            length = layer->len;
        t.payload = length >= 8 ? length - 8 : 0;
    } else if (layer->header_len) {
        t.payload = layer->len - layer->header_len;
    }
    return t;
}

static void layer_addresses(struct tw_pass *pass, const struct tw_frame *frame,
                            const struct tw_layer *layer, uint32_t *ret_src, uint32_t *ret_dst)
{
    const uint8_t *p = frame->data + layer->offset;

    *ret_src = *ret_dst = 0;
    if (layer->kind == TW_LAYER_IP && layer->cap_len >= 20) {
        *ret_src = address_code(pass, p + 12, 4);
        *ret_dst = address_code(pass, p + 16, 4);
    } else if (layer->kind == TW_LAYER_IPV6 && layer->cap_len >= 40) {
        *ret_src = address_code(pass, p + 8, 16);
        *ret_dst = address_code(pass, p + 24, 16);
    }
}

/* What a plugin's record says of the network. Only datagrams have a conversation: of TCP there is
 * no segment. */
static void fill_described(struct tw_pass *pass, uint64_t row, const trawl_record_info *info,
                           uint16_t flags)
{
    const bool has_ports = info->protocol == PROTO_TCP || info->protocol == PROTO_UDP;
    const size_t n = info->family == 4 ? 4 : 16;

    for (uint32_t i = 0; i < TW_MIN(info->n_payloads, (uint32_t)TW_COUNT(info->payloads)); i++)
        pass->payload[row] += info->payloads[i].len;
    pass->flags[row] = flags;
    pass->proto[row] = info->protocol;
    if (flags & (TW_FRAME_IPV4 | TW_FRAME_IPV6)) {
        pass->src[row] = address_code(pass, info->src, n);
        pass->dst[row] = address_code(pass, info->dst, n);
    }
    if (!has_ports)
        return;
    pass->transport[row] = 1;
    pass->sport[row] = info->src_port;
    pass->dport[row] = info->dst_port;
    if (info->protocol == PROTO_UDP)
        fill_hash(pass, row);
}

void tw_pass_fill(struct tw_pass *pass, uint64_t row, const struct tw_record *record)
{
    const struct tw_frame *frame = &pass->thread->frame;
    const struct tw_layer *network = &frame->layers[frame->i_network];
    const struct tw_layer *transport = &frame->layers[frame->i_transport];
    uint16_t flags = frame->flags;
    bool has_network = frame->i_network && network->offset <= UINT16_MAX;
    const uint16_t label = tw_frame_label(frame);

    fill_record(pass, row, record);
    if (pass->label[row] != label) /* the row may have been filled as a fragment before */
        pass->label[row] = label;
    if (flags & TW_FRAME_RECORD) {
        fill_described(pass, row, &frame->record, flags);
        return;
    }
    if (has_network) {
        pass->network[row] = (uint16_t)network->offset;
        pass->proto[row] = frame->proto;
        layer_addresses(pass, frame, network, &pass->src[row], &pass->dst[row]);
    } else {
        flags &= (uint16_t) ~(TW_FRAME_IPV4 | TW_FRAME_IPV6);
    }
    if (has_network && frame->i_transport && transport->offset <= UINT16_MAX) {
        struct transport t = read_transport(frame, transport);

        pass->transport[row] = (uint16_t)transport->offset;
        pass->sport[row] = t.sport;
        pass->dport[row] = t.dport;
        pass->payload[row] = t.payload;
        if (transport->kind == TW_LAYER_TCP) {
            pass->seq[row] = t.seq;
            pass->ack[row] = t.ack;
            pass->tcp_flags[row] = t.tcp_flags;
            pass->window[row] = t.window;
        }
        if ((frame->proto == PROTO_TCP || frame->proto == PROTO_UDP ||
             frame->proto == PROTO_UDPLITE) &&
            !(flags & TW_FRAME_NO_STREAM))
            fill_hash(pass, row);
    }
    pass->flags[row] = flags;
}
