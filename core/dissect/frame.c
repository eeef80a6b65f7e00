/* The walk over one frame: a loop that hands each header to the file that knows it.
 * Must not know what any header looks like. */
#include "core/dissect/frame.h"

#include "core/dissect/walk.h"

static const char *const layer_names[TW_LAYER_N] = {
    [TW_LAYER_NONE] = "",
    [TW_LAYER_FRAME] = "frame",
    [TW_LAYER_ETH] = "eth",
    [TW_LAYER_SLL] = "sll",
    [TW_LAYER_SLL2] = "sll2",
    [TW_LAYER_NULL] = "null",
    [TW_LAYER_PPP] = "ppp",
    [TW_LAYER_CHDLC] = "chdlc",
    [TW_LAYER_RADIOTAP] = "radiotap",
    [TW_LAYER_WLAN] = "wlan",
    [TW_LAYER_NFLOG] = "nflog",
    [TW_LAYER_IPOIB] = "ipoib",
    [TW_LAYER_LLC] = "llc",
    [TW_LAYER_VLAN] = "vlan",
    [TW_LAYER_MPLS] = "mpls",
    [TW_LAYER_PPPOE] = "pppoe",
    [TW_LAYER_ARP] = "arp",
    [TW_LAYER_IP] = "ip",
    [TW_LAYER_IPV6] = "ipv6",
    [TW_LAYER_IPV6_HOPOPTS] = "ipv6.hopopts",
    [TW_LAYER_IPV6_ROUTING] = "ipv6.routing",
    [TW_LAYER_IPV6_FRAGMENT] = "ipv6.fraghdr",
    [TW_LAYER_IPV6_DSTOPTS] = "ipv6.dstopts",
    [TW_LAYER_AH] = "ah",
    [TW_LAYER_ESP] = "esp",
    [TW_LAYER_ICMP] = "icmp",
    [TW_LAYER_ICMPV6] = "icmpv6",
    [TW_LAYER_IGMP] = "igmp",
    [TW_LAYER_TCP] = "tcp",
    [TW_LAYER_UDP] = "udp",
    [TW_LAYER_UDPLITE] = "udplite",
    [TW_LAYER_SCTP] = "sctp",
    [TW_LAYER_DCCP] = "dccp",
    [TW_LAYER_GRE] = "gre",
    [TW_LAYER_VXLAN] = "vxlan",
    [TW_LAYER_GENEVE] = "geneve",
    [TW_LAYER_GTP] = "gtp",
    [TW_LAYER_ERSPAN] = "erspan",
    [TW_LAYER_DATA] = "data",
    [TW_LAYER_FDDI] = "fddi",
    [TW_LAYER_FR] = "fr",
    [TW_LAYER_ARCNET] = "arcnet",
    [TW_LAYER_PIM] = "pim",
    [TW_LAYER_L2TP] = "l2tp",
    [TW_LAYER_TEREDO] = "teredo",
    [TW_LAYER_RAW] = "raw",
    [TW_LAYER_CAPWAP] = "capwap",
    [TW_LAYER_SFLOW] = "sflow",
    [TW_LAYER_MACSEC] = "macsec",
    [TW_LAYER_NSH] = "nsh",
    [TW_LAYER_VNTAG] = "vntag",
    [TW_LAYER_CFP] = "cfp",
    [TW_LAYER_PBB] = "ieee8021ah",
    [TW_LAYER_MIPV6] = "mipv6",
    [TW_LAYER_HIP] = "hip",
    [TW_LAYER_SHIM6] = "shim6",
    [TW_LAYER_PFLOG] = "pflog",
    [TW_LAYER_ENC] = "enc",
    [TW_LAYER_JUNIPER] = "juniper",
    [TW_LAYER_RECORD] = "", /* as its reader */
    [TW_LAYER_TZSP] = "tzsp",
};

const char *tw_layer_name(enum tw_layer_kind kind)
{
    return (unsigned)kind < TW_LAYER_N ? layer_names[kind] : "";
}

struct tw_layer *tw_walk_push(struct tw_walk *w, enum tw_layer_kind kind)
{
    struct tw_frame *f = w->frame;
    struct tw_layer *layer;

    if (f->n_layers == TW_MAX_LAYERS) {
        w->next = TW_NEXT_STOP;
        return NULL;
    }
    layer = &f->layers[f->n_layers++];
    layer->kind = (uint8_t)kind;
    layer->depth = w->depth;
    layer->flags = w->quoted ? TRAWL_LAYER_QUOTED : 0;
    layer->offset = w->at;
    layer->cap_len = w->cap_end - w->at;
    layer->len = w->end - w->at;
    layer->header_len = 0;
    return layer;
}

void tw_walk_malformed(struct tw_walk *w, uint32_t at, const char *what)
{
    struct tw_frame *f = w->frame;

    if (w->quoted || f->malformed)
        return;
    f->flags |= TW_FRAME_MALFORMED;
    f->malformed = what;
    f->malformed_at = at;
}

bool tw_walk_need(struct tw_walk *w, uint32_t n)
{
    if (TW_LIKELY(n <= w->cap_end - w->at))
        return true;
    if (!w->quoted) {
        if (n <= w->end - w->at)
            w->frame->flags |= TW_FRAME_TRUNCATED;
        else
            tw_walk_malformed(w, w->at, "header longer than what holds it");
    }
    w->next = TW_NEXT_STOP;
    return false;
}

void tw_walk_pass(struct tw_walk *w, struct tw_layer *layer, uint32_t n)
{
    layer->header_len = n;
    w->at += n;
}

void tw_walk_bound(struct tw_walk *w, uint32_t n)
{
    /* Headers around a datagram that was put together tell how long its last fragment was. */
    if (w->at < w->whole)
        return;
    if (n < w->end - w->at) {
        w->end = w->at + n;
        if (w->cap_end > w->end)
            w->cap_end = w->end;
    }
}

static void walk(struct tw_frame *frame, const uint8_t *data, uint32_t cap_len, uint32_t len,
                 uint32_t link_type, unsigned fcs_bytes, uint32_t whole)
{
    struct tw_walk w = {.frame = frame, .cap_end = cap_len, .end = len, .whole = whole};

    /* Some files claim fewer bytes on the wire than they hold: what is there counts. */
    if (w.end < cap_len)
        w.end = cap_len;
    frame->data = data;
    frame->cap_len = cap_len;
    frame->len = len;
    frame->link_type = link_type;
    frame->n_layers = 0;
    frame->i_network = 0;
    frame->i_transport = 0;
    frame->flags = 0;
    frame->proto = 0;
    frame->no_link = false;
    frame->whole = whole;
    frame->fragment.len = 0;
    frame->malformed = NULL;
    frame->malformed_at = 0;
    tw_walk_push(&w, TW_LAYER_FRAME);
    tw_walk_link(&w, link_type, fcs_bytes);
    /* Every step consumes at least one byte or stops, except for a few that only choose the next
     * one; the layer array bounds the whole. */
    for (;;) {
        enum tw_next next;

        if (w.next == TW_NEXT_STOP && !tw_walk_sflow_next(&w))
            break;
        next = w.next;

        w.next = TW_NEXT_STOP;
        switch (next) {
        case TW_NEXT_STOP:
            break;
        case TW_NEXT_LINK:
            tw_walk_link(&w, w.arg, 0);
            break;
        case TW_NEXT_ETHERTYPE:
            tw_walk_ethertype(&w, w.arg);
            break;
        case TW_NEXT_IPPROTO:
            tw_walk_ipproto(&w, w.arg);
            break;
        case TW_NEXT_IP_ANY:
            tw_walk_ip_any(&w);
            break;
        case TW_NEXT_LLC:
            tw_walk_llc(&w);
            break;
        case TW_NEXT_PPP:
            tw_walk_ppp(&w);
            break;
        case TW_NEXT_UDP:
            tw_walk_udp_payload(&w, w.arg);
            break;
        }
    }
}

void tw_frame_walk(struct tw_frame *frame, const uint8_t *data, uint32_t cap_len, uint32_t len,
                   uint32_t link_type, unsigned fcs_bytes)
{
    walk(frame, data, cap_len, len, link_type, fcs_bytes, 0);
}

void tw_frame_walk_whole(struct tw_frame *frame, const uint8_t *data, uint32_t len,
                         uint32_t link_type, uint32_t network_at)
{
    walk(frame, data, len, len, link_type, 0, network_at + 1);
}
