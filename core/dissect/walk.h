/* The state of one walk over a frame, shared by the files that know a family of headers each.
 * Must not know columns or captures. */
#ifndef TW_DISSECT_WALK_H
#define TW_DISSECT_WALK_H

#include "core/dissect/frame.h"

/** What comes next; `arg` of the walk says more. */
enum tw_next {
    TW_NEXT_STOP,
    TW_NEXT_LINK,      /**< arg: LINKTYPE_ value */
    TW_NEXT_ETHERTYPE, /**< arg: EtherType */
    TW_NEXT_IPPROTO,   /**< arg: IP protocol number */
    TW_NEXT_IP_ANY,    /**< IPv4 or IPv6 by the version nibble */
    TW_NEXT_LLC,
    TW_NEXT_PPP, /**< a PPP protocol field */
    TW_NEXT_UDP  /**< arg: source port << 16 | destination port */
};

enum { TW_MAX_VLAN = 16, TW_MAX_MPLS = 32, TW_MAX_EXTENSIONS = 32 };

struct tw_walk {
    struct tw_frame *frame;
    uint32_t at;      /**< offset of the next header; never beyond cap_end */
    uint32_t cap_end; /**< captured bytes end here, never beyond end */
    uint32_t end;     /**< bytes declared by the enclosing headers end here */
    enum tw_next next;
    uint32_t arg;
    uint8_t depth; /**< network headers so far */
    uint8_t n_vlan, n_mpls, n_extensions;
    bool quoted;                 /**< inside an ICMP error or an sFlow sample */
    struct {                     /**< the sFlow datagram whose sampled packets are being walked */
        uint32_t at, record_end; /**< of the next record, and of the sample's last */
        uint32_t cap_end;        /**< of the datagram; 0: none */
        uint8_t depth;
    } sflow;
    uint32_t
        whole; /**< 1 + offset of the network header whose datagram was put together; 0: none */
};

static inline const uint8_t *tw_walk_bytes(const struct tw_walk *w)
{
    return w->frame->data + w->at;
}
/** Captured bytes from here on. */
static inline uint32_t tw_walk_left(const struct tw_walk *w)
{
    return w->cap_end - w->at;
}
static inline void tw_walk_go(struct tw_walk *w, enum tw_next next, uint32_t arg)
{
    w->next = next;
    w->arg = arg;
}

/** Append a layer that starts here; NULL (and the walk stops) when there is no room. */
struct tw_layer *tw_walk_push(struct tw_walk *w, enum tw_layer_kind kind);
/** n bytes from here are captured? If not the walk stops, and the frame is flagged: truncated where
 * the capture ends, malformed where the enclosing header does. */
bool tw_walk_need(struct tw_walk *w, uint32_t n);
/** Step over a header of n bytes that need() has seen. */
void tw_walk_pass(struct tw_walk *w, struct tw_layer *layer, uint32_t n);
/** The enclosing header says that n bytes follow from here. */
void tw_walk_bound(struct tw_walk *w, uint32_t n);
/** Note the first problem of the frame. A quoted packet is cut by design and never noted. */
void tw_walk_malformed(struct tw_walk *w, uint32_t at, const char *what);

/* Each reads one header, sets what is next. */
void tw_walk_link(struct tw_walk *w, uint32_t link_type, unsigned fcs_bytes);
void tw_walk_eth(struct tw_walk *w);
void tw_walk_ethertype(struct tw_walk *w, uint32_t ethertype);
void tw_walk_llc(struct tw_walk *w);
void tw_walk_ppp(struct tw_walk *w);
void tw_walk_radiotap(struct tw_walk *w);
enum { TW_WLAN_FCS = 1, TW_WLAN_PADDED = 2, TW_WLAN_SWAPPED = 4 };
void tw_walk_wlan(struct tw_walk *w, unsigned how);
/** Go to the next sampled packet of an sFlow datagram; false when there is none. */
bool tw_walk_sflow_next(struct tw_walk *w);
void tw_walk_sflow(struct tw_walk *w);
void tw_walk_ipv4(struct tw_walk *w);
void tw_walk_ipv6(struct tw_walk *w);
void tw_walk_ip_any(struct tw_walk *w);
void tw_walk_ipproto(struct tw_walk *w, uint32_t proto);
void tw_walk_transport(struct tw_walk *w, uint32_t proto);
void tw_walk_gre(struct tw_walk *w);
void tw_walk_udp_payload(struct tw_walk *w, uint32_t ports);

/** A layer's own bits: the two bytes of 802.11 frame control are the other way round; the VLAN tag
 * is a service tag, of provider bridges. */
enum { TW_LAYER_SWAPPED = 1 << 15, TW_LAYER_SERVICE = 1 << 14 };
enum { TW_ETHERTYPE_SERVICE = 0x88a8 };

static inline bool tw_layer_is_service(const struct tw_layer *layer)
{
    return layer->kind == TW_LAYER_VLAN && (layer->flags & TW_LAYER_SERVICE);
}
/** How many service tags are right ahead of a VLAN tag; ends at the frame's own layer. */
static inline unsigned tw_layer_services_before(const struct tw_layer *layer)
{
    unsigned n = 0;

    while (tw_layer_is_service(--layer))
        n++;
    return n;
}

/** BSD's address family, in the byte order of the machine that captured. */
static inline uint32_t tw_walk_family(const uint8_t *p)
{
    const uint32_t family = tw_be32(p);

    return family & 0xffff0000U ? __builtin_bswap32(family) : family;
}

/** Ports whose UDP payload is walked: the short ways leave these to the walk. */
bool tw_walk_is_tunnel_port(uint16_t port);
enum { TW_TUNNEL_PORT_LEAST = 1701, TW_TUNNEL_PORT_MOST = 6635, TW_TUNNEL_PORT_TZSP = 37008 };
/** Bytes of a TZSP header before its tags; the tag that ends them, which is no longer than itself,
 * as 0, the padding. */
enum { TW_TZSP_HEADER = 4, TW_TZSP_END = 1 };
/** Is one of the two such a port? */
static inline bool tw_walk_is_tunnel(uint16_t sport, uint16_t dport)
{
    const unsigned range = TW_TUNNEL_PORT_MOST - TW_TUNNEL_PORT_LEAST;

    return ((unsigned)sport - TW_TUNNEL_PORT_LEAST <= range && tw_walk_is_tunnel_port(sport)) ||
           ((unsigned)dport - TW_TUNNEL_PORT_LEAST <= range && tw_walk_is_tunnel_port(dport)) ||
           sport == TW_TUNNEL_PORT_TZSP || dport == TW_TUNNEL_PORT_TZSP;
}

#endif
