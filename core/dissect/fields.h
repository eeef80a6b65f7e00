/* What the files that declare built-in fields share: fields with a fixed place in their header, and
 * the sink behind trawl_sink. Must not know columns. */
#ifndef TW_DISSECT_FIELDS_H
#define TW_DISSECT_FIELDS_H

#include "core/dissect/frame.h"

/** A field and, where it has one, its place in the header: width bytes at offset `at`, big-endian,
 * shifted right and masked (mask 0: all bits). width 0: put by the dissector's own code. The
 * dissector's field_size is sizeof(struct tw_wire). */
struct tw_wire {
    trawl_field field;
    uint16_t at;
    uint8_t width;
    uint8_t shift;
    uint32_t mask;
};
#define TW_WIRE(at_, width_, ...)                                         \
    {                                                                     \
        .field = TRAWL_FIELD(__VA_ARGS__), .at = (at_), .width = (width_) \
    }
#define TW_WIRE_BITS(at_, width_, shift_, mask_, ...)                                         \
    {                                                                                         \
        .field = TRAWL_FIELD(__VA_ARGS__), .at = (at_), .width = (width_), .shift = (shift_), \
        .mask = (mask_)                                                                       \
    }
#define TW_HAND(...)                      \
    {                                     \
        .field = TRAWL_FIELD(__VA_ARGS__) \
    }
/** The rest of a dissector whose fields are the array wires. */
#define TW_DISSECTOR(name_, layer_, wires, help_, extract_)                                     \
    {                                                                                           \
        .size = sizeof(trawl_dissector), .field_size = sizeof(struct tw_wire), .name = (name_), \
        .layer = (layer_), .help = (help_), .fields = &(wires)[0].field,                        \
        .n_fields = (uint32_t)TW_COUNT(wires), .extract = (extract_)                            \
    }

/** Put every wanted field from index `first` to n - 1 that has a place and whose bytes are
 * captured. */
void tw_put_wires(const struct tw_wire *wires, uint32_t first, uint32_t n, const trawl_layer *layer,
                  trawl_sink *sink);

static inline bool tw_wants(const trawl_sink *sink, uint32_t i_field)
{
    return sink->wanted[i_field];
}
static inline void tw_put(trawl_sink *sink, uint32_t i_field, uint64_t value)
{
    if (sink->wanted[i_field])
        sink->put_u64(sink, i_field, value);
}
static inline void tw_put_data(trawl_sink *sink, uint32_t i_field, const void *data, size_t n)
{
    if (sink->wanted[i_field])
        sink->put_bytes(sink, i_field, data, n);
}

static inline void tw_put_mac(trawl_sink *sink, uint32_t i_field, const uint8_t *p)
{
    if (sink->wanted[i_field])
        sink->put_u64(sink, i_field, (uint64_t)tw_be16(p) << 32 | tw_be32(p + 2));
}

/** What built-in dissectors see of the host behind their sink. */
struct tw_sink {
    trawl_sink base;              /**< first: a trawl_sink of the built-in layers is one of these */
    const struct tw_frame *frame; /**< the walked packet */
    uint32_t i_layer;             /**< the layer that is being read */
    /** Sequence number that is relative 0 for the sender (or for the other side) of the packet;
     * false: not known. */
    bool (*base_seq)(void *context, uint64_t row, bool other_side, uint32_t *ret);
    void *base_seq_context;
};

/* The built-in dissectors, a file each or a family. */
extern const trawl_dissector tw_dissector_frame, tw_dissector_tunnel, tw_dissector_eth,
    tw_dissector_vlan, tw_dissector_llc, tw_dissector_mpls, tw_dissector_pppoe, tw_dissector_ppp,
    tw_dissector_arp, tw_dissector_sll, tw_dissector_null, tw_dissector_chdlc, tw_dissector_fddi,
    tw_dissector_nflog, tw_dissector_ipoib, tw_dissector_radiotap, tw_dissector_wlan,
    tw_dissector_ip, tw_dissector_ip_version, tw_dissector_ipv6, tw_dissector_hopopts,
    tw_dissector_dstopts, tw_dissector_ipv6_options, tw_dissector_routing, tw_dissector_fraghdr,
    tw_dissector_ah, tw_dissector_esp, tw_dissector_tcp, tw_dissector_udp, tw_dissector_sctp,
    tw_dissector_dccp, tw_dissector_icmp, tw_dissector_icmpv6, tw_dissector_igmp, tw_dissector_gre,
    tw_dissector_vxlan, tw_dissector_geneve, tw_dissector_gtp, tw_dissector_erspan,
    tw_dissector_l2tp, tw_dissector_tzsp, tw_dissector_pflog, tw_dissector_enc,
    tw_dissector_juniper;

#endif
