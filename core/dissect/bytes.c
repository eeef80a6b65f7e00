/* One packet at a time for who reads bytes beside the passes: the frame, its network header and
 * what the transport carries. Must not know who asks. */
#include "core/dissect/bytes.h"

struct tw_bytes *tw_bytes_open(struct tw_packets *packets, trawl_error *err)
{
    struct tw_bytes *bytes = tw_alloc(sizeof(*bytes));

    if (!bytes) {
        tw_fail_nomem(err);
        return NULL;
    }
    bytes->packets = packets;
    return bytes;
}

void tw_bytes_close(struct tw_bytes *bytes)
{
    if (!bytes)
        return;
    tw_row_bytes_fini(&bytes->thread.bytes);
    tw_free(bytes);
}

int tw_bytes_at(struct tw_bytes *bytes, uint64_t row, trawl_packet *ret, trawl_error *err)
{
    struct tw_extract x = {.packets = bytes->packets};

    if (row >= bytes->packets->n_rows)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for packet %llu of %llu",
                       (unsigned long long)row + 1, (unsigned long long)bytes->packets->n_rows);
    return tw_extract_walk(&x, &bytes->thread, row, ret, err);
}

static trawl_layer layer_of(const struct tw_frame *frame, uint32_t i_layer)
{
    return i_layer ? tw_frame_layer(frame, i_layer) : (trawl_layer){.size = sizeof(trawl_layer)};
}

trawl_layer tw_bytes_network(const struct tw_bytes *bytes)
{
    return layer_of(&bytes->thread.frame, bytes->thread.frame.i_network);
}

trawl_layer tw_bytes_transport(const struct tw_bytes *bytes)
{
    return layer_of(&bytes->thread.frame, bytes->thread.frame.i_transport);
}

trawl_layer tw_bytes_payload(const struct tw_bytes *bytes)
{
    const struct tw_frame *frame = &bytes->thread.frame;
    const uint8_t kind = frame->layers[frame->i_transport].kind;
    trawl_layer l = tw_bytes_transport(bytes);

    if (!l.data || (kind != TW_LAYER_TCP && kind != TW_LAYER_UDP) || l.header_len < 8 ||
        l.cap_len <= l.header_len || l.len <= l.header_len)
        return (trawl_layer){.size = sizeof(trawl_layer)};
    l.carrier = kind == TW_LAYER_TCP ? 6 : 17;
    if (kind == TW_LAYER_UDP && tw_be16(l.data + 4) >= 8 && tw_be16(l.data + 4) < l.len) {
        l.len = tw_be16(l.data + 4);
        l.cap_len = TW_MIN(l.cap_len, l.len);
    }
    l.src_port = tw_be16(l.data);
    l.dst_port = tw_be16(l.data + 2);
    l.data += l.header_len;
    l.cap_len -= l.header_len;
    l.len -= l.header_len;
    l.header_len = 0;
    l.stream = UINT32_MAX;
    return l;
}
