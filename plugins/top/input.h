/* The columns of packets that top reads, and the segments in them. Knows nothing of rows of
 * results.
 */
#ifndef TOP_INPUT_H
#define TOP_INPUT_H

#include "top.h"

struct input {
    uint64_t n_rows;
    trawl_view time, src, dst, sport, dport, proto, stream, flags, seq, ack, len;
};
enum { IP_TCP = 6 };

static inline uint16_t input_u16(const trawl_view *v, uint64_t row)
{
    return ((const uint16_t *)v->data)[row];
}
static inline uint32_t input_u32(const trawl_view *v, uint64_t row)
{
    return ((const uint32_t *)v->data)[row];
}

int input_open(trawl_call *call, trawl_table *packets, struct input *ret, trawl_error *err);
/** The sender of this packet, the first one of its connection, opened it. ephemeral: 0: not asked
 * for. */
int input_sender_is_client(const struct input *in, unsigned ephemeral, uint64_t row);

/** A row of TCP whose numbers can be told: of a segment in fragments, the one that completes it. */
static inline int input_has(const struct input *in, uint64_t row)
{
    return ((const uint8_t *)in->proto.data)[row] == IP_TCP && trawl_view_has(&in->stream, row) &&
           trawl_view_has(&in->seq, row);
}

/** All of its segment but who sent it. */
static inline struct segment input_segment(const struct input *in, uint64_t row)
{
    return (struct segment){.time_ns = ((const int64_t *)in->time.data)[row],
                            .seq = input_u32(&in->seq, row),
                            .ack = input_u32(&in->ack, row),
                            .len = input_u32(&in->len, row),
                            .flags = input_u16(&in->flags, row)};
}

#endif
