/* Which rows can have a layer, by the base columns alone. Must not know fields. */
#include "core/dissect/rows.h"

#include "core/capture/record.h"
#include "core/dissect/walk.h"

_Static_assert(TW_LAYER_N <= 64, "kinds of layers are the bits of a uint64_t");

uint64_t tw_rows_kinds(const char *name)
{
    uint64_t kinds = 0;

    for (unsigned k = 1; k < TW_LAYER_N; k++)
        if (strcmp(tw_layer_name((enum tw_layer_kind)k), name) == 0)
            kinds |= UINT64_C(1) << k;
    if (kinds & UINT64_C(1) << TW_LAYER_UDP)
        kinds |= UINT64_C(1) << TW_LAYER_UDPLITE;
    if (strcmp(name, "ip.version") == 0)
        kinds = UINT64_C(1) << TW_LAYER_IP | UINT64_C(1) << TW_LAYER_IPV6;
    if (strcmp(name, "ipv6.opt") == 0)
        kinds = UINT64_C(1) << TW_LAYER_IPV6_HOPOPTS | UINT64_C(1) << TW_LAYER_IPV6_DSTOPTS;
    if (kinds & UINT64_C(1) << TW_LAYER_SLL)
        kinds |= UINT64_C(1) << TW_LAYER_SLL2;
    if (tw_reader_named(name))
        kinds |= UINT64_C(1) << TW_LAYER_RECORD;
    return kinds;
}

static void test_add(struct tw_rows *test, enum tw_layer_kind kind)
{
    switch (kind) {
    case TW_LAYER_IP:
        test->families |= TW_FRAME_IPV4;
        break;
    case TW_LAYER_IPV6:
        test->families |= TW_FRAME_IPV6;
        break;
    case TW_LAYER_ARP:
        test->families |= TW_FRAME_ARP;
        break;
    case TW_LAYER_ICMP:
        test->protos[1] = true;
        break;
    case TW_LAYER_IGMP:
        test->protos[2] = true;
        break;
    case TW_LAYER_TCP:
        test->protos[6] = true;
        break;
    case TW_LAYER_UDP:
    case TW_LAYER_VXLAN:
    case TW_LAYER_GENEVE:
    case TW_LAYER_GTP:
    case TW_LAYER_L2TP:
    case TW_LAYER_TEREDO:
        test->protos[17] = true;
        break;
    case TW_LAYER_ESP:
        test->protos[17] = test->protos[50] = true;
        break;
    case TW_LAYER_DCCP:
        test->protos[33] = true;
        break;
    case TW_LAYER_GRE:
    case TW_LAYER_ERSPAN:
        test->protos[47] = true;
        break;
    case TW_LAYER_ICMPV6:
        test->protos[58] = true;
        break;
    case TW_LAYER_SCTP:
        test->protos[132] = true;
        break;
    case TW_LAYER_UDPLITE:
        test->protos[136] = true;
        break;
    case TW_LAYER_VLAN:
    case TW_LAYER_MPLS:
    case TW_LAYER_PPPOE:
        test->tagged = true;
        break;
    default:
        test->all = true;
        break;
    }
}

/* TW_FRAME_QUOTED tells of quoted TCP and UDP headers and what they carry, of others nothing does.
 */
bool tw_rows_may_be_quoted(uint64_t kinds)
{
    const uint64_t known = UINT64_C(1) << TW_LAYER_TCP | UINT64_C(1) << TW_LAYER_UDP |
                           UINT64_C(1) << TW_LAYER_UDPLITE | UINT64_C(1) << TW_LAYER_VXLAN |
                           UINT64_C(1) << TW_LAYER_GENEVE | UINT64_C(1) << TW_LAYER_GTP |
                           UINT64_C(1) << TW_LAYER_L2TP | UINT64_C(1) << TW_LAYER_TEREDO |
                           UINT64_C(1) << TW_LAYER_ARP;

    return (kinds & ~known) != 0;
}

struct tw_rows tw_rows_test(uint64_t kinds)
{
    struct tw_rows test = {.quotes = tw_rows_may_be_quoted(kinds)};

    for (unsigned k = 0; k < TW_LAYER_N; k++)
        if (kinds >> k & 1)
            test_add(&test, (enum tw_layer_kind)k);
    return test;
}

uint64_t tw_rows_base_kinds(const struct tw_packets *packets, uint64_t row)
{
    static const uint8_t kind_of[256] = {
        [1] = TW_LAYER_ICMP,   [2] = TW_LAYER_IGMP,     [6] = TW_LAYER_TCP,
        [17] = TW_LAYER_UDP,   [33] = TW_LAYER_DCCP,    [58] = TW_LAYER_ICMPV6,
        [132] = TW_LAYER_SCTP, [136] = TW_LAYER_UDPLITE};
    const uint16_t flags = TW_CELLS(packets->flags, const uint16_t)[row];
    const uint8_t kind = kind_of[TW_CELLS(packets->proto, const uint8_t)[row]];

    if (flags & TW_ROWS_SPECIAL)
        return 0;
    return (flags & TW_FRAME_IPV4 ? UINT64_C(1) << TW_LAYER_IP : 0) |
           (flags & TW_FRAME_IPV6 ? UINT64_C(1) << TW_LAYER_IPV6 : 0) |
           (kind ? UINT64_C(1) << kind : 0);
}

/* A network header right behind the 14 bytes of an Ethernet header leaves no room for a tag. */
static bool may_be_tagged(const struct tw_packets *packets, uint64_t row, uint16_t flags)
{
    return !(flags & (TW_FRAME_IPV4 | TW_FRAME_IPV6)) ||
           TW_CELLS(packets->network, const uint16_t)[row] != 14;
}

bool tw_rows_hit(const struct tw_rows *test, const struct tw_packets *packets, uint64_t row)
{
    const uint16_t flags = TW_CELLS(packets->flags, const uint16_t)[row];
    const uint8_t proto = TW_CELLS(packets->proto, const uint8_t)[row];

    return test->all || (flags & (TW_ROWS_SPECIAL | test->families)) || test->protos[proto] ||
           (test->quotes && (proto == 1 || proto == 58)) ||
           (test->tagged && may_be_tagged(packets, row, flags)) || tw_rows_may_tunnel(packets, row);
}

bool tw_rows_may_tunnel(const struct tw_packets *packets, uint64_t row)
{
    const uint16_t flags = TW_CELLS(packets->flags, const uint16_t)[row];

    if (flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED | TW_FRAME_WHOLE | TW_FRAME_MALFORMED |
                 TW_FRAME_TRUNCATED))
        return true;
    switch (TW_CELLS(packets->proto, const uint8_t)[row]) {
    case 1: /* ICMP, IGMP, TCP, ICMPv6, SCTP: nothing that is walked further */
    case 2:
    case 6:
    case 58:
    case 132:
        return false;
    case 17:
        return tw_walk_is_tunnel(TW_CELLS(packets->sport, const uint16_t)[row],
                                 TW_CELLS(packets->dport, const uint16_t)[row]);
    default:
        return flags & (TW_FRAME_IPV4 | TW_FRAME_IPV6);
    }
}
