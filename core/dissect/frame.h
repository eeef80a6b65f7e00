/* The walk over one frame: which headers it has and where. One loop with a layer stack, every
 * length checked, no recursion, no allocation. Must not know columns or captures. */
#ifndef TW_DISSECT_FRAME_H
#define TW_DISSECT_FRAME_H

#include "core/base/base.h"
#include "trawl/plugin.h"

/** Kinds of layers; names in tw_layer_name() are Wireshark's (frame.protocols). Append only. */
enum tw_layer_kind {
    TW_LAYER_NONE,
    TW_LAYER_FRAME,
    TW_LAYER_ETH,
    TW_LAYER_SLL,
    TW_LAYER_SLL2,
    TW_LAYER_NULL,
    TW_LAYER_PPP,
    TW_LAYER_CHDLC,
    TW_LAYER_RADIOTAP,
    TW_LAYER_WLAN,
    TW_LAYER_NFLOG,
    TW_LAYER_IPOIB,
    TW_LAYER_LLC,
    TW_LAYER_VLAN,
    TW_LAYER_MPLS,
    TW_LAYER_PPPOE,
    TW_LAYER_ARP,
    TW_LAYER_IP,
    TW_LAYER_IPV6,
    TW_LAYER_IPV6_HOPOPTS,
    TW_LAYER_IPV6_ROUTING,
    TW_LAYER_IPV6_FRAGMENT,
    TW_LAYER_IPV6_DSTOPTS,
    TW_LAYER_AH,
    TW_LAYER_ESP,
    TW_LAYER_ICMP,
    TW_LAYER_ICMPV6,
    TW_LAYER_IGMP,
    TW_LAYER_TCP,
    TW_LAYER_UDP,
    TW_LAYER_UDPLITE,
    TW_LAYER_SCTP,
    TW_LAYER_DCCP,
    TW_LAYER_GRE,
    TW_LAYER_VXLAN,
    TW_LAYER_GENEVE,
    TW_LAYER_GTP,
    TW_LAYER_ERSPAN,
    TW_LAYER_DATA,
    TW_LAYER_FDDI,
    TW_LAYER_FR,
    TW_LAYER_ARCNET,
    TW_LAYER_PIM,
    TW_LAYER_L2TP,
    TW_LAYER_TEREDO,
    TW_LAYER_RAW,
    TW_LAYER_CAPWAP,
    TW_LAYER_SFLOW,
    TW_LAYER_MACSEC,
    TW_LAYER_NSH,
    TW_LAYER_VNTAG,
    TW_LAYER_CFP,
    TW_LAYER_PBB,
    TW_LAYER_MIPV6,
    TW_LAYER_HIP,
    TW_LAYER_SHIM6,
    TW_LAYER_RECORD, /**< of a plugin's file format; named as its reader */
    TW_LAYER_TZSP,
    TW_LAYER_PFLOG,
    TW_LAYER_ENC,
    TW_LAYER_JUNIPER,
    TW_LAYER_N
};
const char *tw_layer_name(enum tw_layer_kind kind);

enum {
    TW_MAX_LAYERS = 48,      /**< further ones are not looked at */
    TW_MAX_TUNNEL_DEPTH = 16 /**< network headers within network headers */
};

struct tw_layer {
    uint8_t kind; /**< enum tw_layer_kind */
    uint8_t depth;
    uint16_t flags;   /**< TRAWL_LAYER_QUOTED */
    uint32_t offset;  /**< from the frame's first byte */
    uint32_t cap_len; /**< as in trawl_layer */
    uint32_t len;
    uint32_t header_len;
};

/** Result of the walk. */
struct tw_frame {
    const uint8_t *data;
    uint32_t cap_len, len;
    uint32_t link_type;
    uint32_t n_layers;
    uint32_t
        i_network; /**< layer of the innermost network header that carries the transport; 0: none */
    uint32_t i_transport; /**< layer of TCP, UDP, … over it; 0: none */
    uint16_t flags;       /**< TW_FRAME_ bits */
    uint8_t proto;        /**< protocol number above i_network (after extension headers) */
    bool no_link;         /**< link type not known */
    uint32_t whole;       /**< of a datagram put together, 1 + offset of its network header */
    struct {
        uint32_t id, offset; /**< identification; place in the datagram, bytes */
        uint32_t at,
            len; /**< its bytes in the frame; len 0: no fragment that can be put together */
        bool more;
    } fragment;               /**< of i_network, where it is one that was captured whole */
    const char *malformed;    /**< first problem (constant text) or NULL */
    uint32_t malformed_at;    /**< its offset */
    trawl_record_info record; /**< of TW_FRAME_RECORD */
    struct tw_layer layers[TW_MAX_LAYERS];
};

/** A layer as dissectors see it. */
static inline trawl_layer tw_frame_layer(const struct tw_frame *frame, uint32_t i_layer)
{
    const struct tw_layer *l = &frame->layers[i_layer];

    return (trawl_layer){.size = sizeof(trawl_layer),
                         .depth = l->depth,
                         .data = frame->data + l->offset,
                         .cap_len = l->cap_len,
                         .len = l->len,
                         .header_len = l->header_len,
                         .flags = l->flags};
}
enum {
    TW_FRAME_IPV4 = 1 << 0, /**< i_network is IPv4 */
    TW_FRAME_IPV6 = 1 << 1,
    TW_FRAME_FRAGMENT = 1 << 2, /**< a fragment, first or later */
    TW_FRAME_LATER = 1 << 3, /**< a later fragment: its transport header, if any, is not its own */
    TW_FRAME_TRUNCATED = 1 << 4, /**< snaplen cut a header that the base columns need */
    TW_FRAME_MALFORMED = 1 << 5,
    TW_FRAME_TUNNEL = 1 << 6, /**< i_network is not the outermost network header */
    TW_FRAME_QUOTED = 1 << 7, /**< an ICMP error that quotes a TCP or UDP header; the columns are
                                 the error's own */
    TW_FRAME_REVERSE = 1
                       << 8, /**< set by track: the packet goes against its conversation's first */
    TW_FRAME_UNMEASURED = 1 << 9, /**< TCP: the length of the segment is not known, since its header
                                     is longer than it, or in a fragment that was cut */
    TW_FRAME_NO_STREAM = 1 << 10, /**< ports are there, but the rest of the transport header is cut
                                     or absurd: belongs to no conversation, as in tshark; of a first
                                     fragment, that its ports are known */
    TW_FRAME_BOGUS = 1 << 11,     /**< TCP: the header claims less than 20 bytes; what comes behind
                                     its sequence number counts for nothing, as in tshark */
    TW_FRAME_RECORD = 1 << 13,    /**< a plugin's record: addresses and ports are what it says, no
                                     header is there; transport is 1 */
    TW_FRAME_BACK = 1 << 14,      /**< a record of what went from dst to src */
    TW_FRAME_ARP = 1 << 15,       /**< has an ARP header, at any depth */
    TW_FRAME_WHOLE = 1 << 12      /**< completes a datagram of fragments: what is above its network
                                     header is the datagram's, offsets are into the bytes put together */
};

/** Walk. Never fails: what cannot be read is flagged. */
void tw_frame_walk(struct tw_frame *frame, const uint8_t *data, uint32_t cap_len, uint32_t len,
                   uint32_t link_type, unsigned fcs_bytes);

/** The same for Ethernet with VLAN tags, IPv4 or IPv6, TCP or UDP, whole and plain, where no
 * checksum follows; false: it is anything else, and the frame says nothing. */
bool tw_frame_walk_plain(struct tw_frame *frame, const uint8_t *data, uint32_t cap_len,
                         uint32_t len);

/** What tells packets between the same ports apart: VLAN and tunnel, as in TRAWL_LABEL_. */
uint16_t tw_frame_label(const struct tw_frame *frame);
/** TRAWL_TUNNEL_ kind of a tunnel's header; TRAWL_TUNNEL_NONE: it is none. */
unsigned tw_layer_tunnel(const struct tw_layer *layer);

/** The same for a fragment followed by the rest of its datagram: the bytes from the end of the
 * network header at offset network_at (its fragment header included) on are the whole datagram's.
 */
void tw_frame_walk_whole(struct tw_frame *frame, const uint8_t *data, uint32_t len,
                         uint32_t link_type, uint32_t network_at);

#endif
