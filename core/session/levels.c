/* Levels of dissection: which fields are counted how deep. Knows nothing of counting. */
#include <stdlib.h>
#include <string.h>

#include "core/session/internal.h"

/* Level 2: link layer to ports, what traffic-taffy's fast engine counts, by our names, and what
 * else says what traffic it is. In the order of strcmp(). */
static const char *const through_ports[] = {
    "eth.dst",
    "eth.src",
    "eth.type",
    "frame.len",
    "frame.protocols",
    "icmp.checksum",
    "icmp.code",
    "icmp.ident",
    "icmp.seq",
    "icmp.type",
    "icmpv6.code",
    "icmpv6.type",
    "ip.checksum",
    "ip.dsfield",
    "ip.dst",
    "ip.flags.df",
    "ip.flags.mf",
    "ip.flags.rb",
    "ip.frag_offset",
    "ip.hdr_len",
    "ip.id",
    "ip.len",
    "ip.proto",
    "ip.src",
    "ip.ttl",
    "ip.version",
    "ipv6.dst",
    "ipv6.flow",
    "ipv6.hlim",
    "ipv6.nxt",
    "ipv6.plen",
    "ipv6.src",
    "ipv6.tclass",
    "tcp.ack",
    "tcp.checksum",
    "tcp.dstport",
    "tcp.flags",
    "tcp.options",
    "tcp.seq",
    "tcp.srcport",
    "tcp.window_size_value",
    "udp.checksum",
    "udp.dstport",
    "udp.length",
    "udp.srcport",
    "vlan.id",
};
/* Level 3: what messages hold. What is derived from them, from several (dns.retransmission) or with
 * a list's help (dns.qry.name.psl), is of level 10, whatever its name. */
static const char *const common_layers[] = {"dns.", "http.", "tls.", "dnstap."};

static int by_name(const void *name, const void *item)
{
    return strcmp(name, *(const char *const *)item);
}

unsigned tw_field_level(const tw_session *session, const char *name)
{
    const trawl_derived *derived = tw_hashmap_get(&session->derived, name);

    if (derived)
        return derived->flags & TRAWL_DERIVED_NAMED ? 0 : 10;
    if (bsearch(name, through_ports, TW_COUNT(through_ports), sizeof(*through_ports), by_name))
        return 2;
    for (size_t i = 0; i < TW_COUNT(common_layers); i++) {
        if (strncmp(name, common_layers[i], strlen(common_layers[i])) == 0)
            return 3;
    }
    return 10;
}
