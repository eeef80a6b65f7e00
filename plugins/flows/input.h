/* The columns of packets that flows are made from, ready to be read row by row.
 * Knows nothing of flows. */
#ifndef FLOWS_INPUT_H
#define FLOWS_INPUT_H

#include "flows.h"

/** Lengths of one packet in bytes, as NFStream has them. */
struct lengths {
    uint32_t frame, ip, transport, payload;
};

/** What is known of each row before it is metered: the part that takes it, in the low bits. */
enum {
    ROW_PART = 0x0f,
    ROW_PLAIN = 0x10, /**< the number of its conversation tells its flow */
    ROW_IGNORED = 0x80,
};
enum { MAX_PARTS = ROW_PART + 1 };

/** Why a row is not counted. */
enum ignored { COUNTED = 0, FILTERED, NOT_IP, LATER_FRAGMENT, CUT, N_IGNORED };

struct input {
    uint64_t n_rows;
    trawl_table *packets; /**< borrowed */
    trawl_view time, len, src, dst, sport, dport, proto, stream;
    trawl_view later, fragment, label, back;
    trawl_view ip_len, ip_hdr_len, ip6_plen, tcp_hdr_len, tcp_len, udp_length, tcp_flags;
    trawl_view eth_src, eth_dst;
    /* of the rows of `carriers` */
    trawl_view carrier_eth_src, carrier_eth_dst, carrier_ip_len, carrier_udp_length;
    void *own[7];       /**< copies of columns where tunnels are not looked into, see carrier.c */
    uint64_t *carriers; /**< NULL, or bits of the rows whose carrier counts in their place */
    uint64_t *matched;  /**< NULL, or bits of the rows that the filter lets pass */
    int has_lengths;
    int has_times, lacks_times; /**< a packet that counts has one; a row has none */
    unsigned n_parts;
    uint8_t *rows;        /**< ROW_ of each row */
    const int64_t *ticks; /**< the clock at each row: never goes back */
    int64_t *own_ticks;
    uint32_t n_streams[2]; /**< conversations that plain rows are of: [0] TCP, [1] UDP */
    uint64_t n_ignored[N_IGNORED];
    uint64_t n_held; /* a second or more older than one before them, and taken for as new */
};

/** Fetch what the plan needs and sort the rows out, for so many parts (MAX_PARTS at most).
 * input_fini after success and failure alike. */
int input_init(struct input *in, trawl_call *call, const struct flows_plan *plan,
               trawl_capture *capture, trawl_table *packets, unsigned n_parts, trawl_error *err);
void input_fini(struct input *in);
/** The second half of input_init: rows, ticks, n_streams and n_ignored. Times are cut to multiples
 * of unit. */
int input_sift(struct input *in, trawl_call *call, int64_t unit, trawl_error *err);

static inline uint32_t input_u32(const trawl_view *view, uint64_t row)
{
    return ((const uint32_t *)view->data)[row];
}
static inline unsigned input_proto(const struct input *in, uint64_t row)
{
    return ((const uint8_t *)in->proto.data)[row];
}
/** Ports count for TCP and UDP alone, as in NFStream. */
static inline int input_has_ports(unsigned proto)
{
    return proto == 6 || proto == 17;
}
static inline uint16_t input_port(const trawl_view *view, uint64_t row)
{
    return ((const uint16_t *)view->data)[row];
}
static inline int input_counted(const struct input *in, uint64_t row)
{
    return !(in->rows[row] & ROW_IGNORED);
}
static inline int input_has_time(const struct input *in, uint64_t row)
{
    return trawl_view_has(&in->time, row);
}
/** VLAN identifier of the innermost tag, 0: none. */
static inline unsigned input_vlan(const struct input *in, uint64_t row)
{
    return input_port(&in->label, row) & TRAWL_LABEL_VLAN;
}
/** Kind of the innermost tunnel that is no bare IP in IP, 0: none. */
static inline unsigned input_tunnel(const struct input *in, uint64_t row)
{
    return (unsigned)input_port(&in->label, row) >> TRAWL_LABEL_TUNNEL_SHIFT;
}
/** The packets that carry tunnels count in the place of those inside: addresses, ports, protocols,
 * VLANs and labels are theirs from here on. */
int input_take_carriers(struct input *in, int needs_macs, trawl_call *call, trawl_error *err);
static inline int input_is_carrier(const struct input *in, uint64_t row)
{
    return in->carriers && (in->carriers[row / 64] >> row % 64 & 1);
}
/** Where the row's link address is, of its source or destination. */
static inline const trawl_view *input_eth(const struct input *in, uint64_t row, int is_src)
{
    if (input_is_carrier(in, row))
        return is_src ? &in->carrier_eth_src : &in->carrier_eth_dst;
    return is_src ? &in->eth_src : &in->eth_dst;
}
/** NULL for 0. */
const char *input_tunnel_name(unsigned tunnel);
/** Only with in->has_lengths (else only .frame is right). */
struct lengths input_lengths(const struct input *in, uint64_t row);
/** Bytes of a row that count; not by frames. */
uint32_t input_size_other(const struct input *in, enum accounting accounting, uint64_t row);
/** Bytes of a row that count. */
static inline uint32_t input_size(const struct input *in, enum accounting accounting, uint64_t row)
{
    return accounting == BYTES_FRAME ? input_u32(&in->len, row)
                                     : input_size_other(in, accounting, row);
}

#endif
