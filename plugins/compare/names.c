/* Names of numbers: which field has which, and the search. Knows nothing of where the names come
 * from. */
#include "names.h"

#include <string.h>

static const struct {
    const char *field;
    int table;
} fields[] = {
    {"tcp.srcport", NAMES_TCP},
    {"tcp.dstport", NAMES_TCP},
    {"tcp.port", NAMES_TCP},
    {"udp.srcport", NAMES_UDP},
    {"udp.dstport", NAMES_UDP},
    {"udp.port", NAMES_UDP},
    {"sctp.srcport", NAMES_SCTP},
    {"sctp.dstport", NAMES_SCTP},
    {"sctp.port", NAMES_SCTP},
    {"ip.proto", NAMES_PROTOCOL},
    {"proto", NAMES_PROTOCOL},
    {"ipv6.nxt", NAMES_PROTOCOL},
    {"ah.next_header", NAMES_PROTOCOL},
    {"ipv6.hopopts.nxt", NAMES_PROTOCOL},
    {"ipv6.fraghdr.nxt", NAMES_PROTOCOL},
    {"ipv6.routing.nxt", NAMES_PROTOCOL},
    {"ipv6.dstopts.nxt", NAMES_PROTOCOL},
    {"eth.type", NAMES_ETHERTYPE},
    {"vlan.etype", NAMES_ETHERTYPE},
    {"sll.etype", NAMES_ETHERTYPE},
    {"gre.proto", NAMES_ETHERTYPE},
    {"icmp.type", NAMES_ICMP},
    {"dns.qry.type", NAMES_DNS_TYPE},
    {"dns.resp.type", NAMES_DNS_TYPE},
    {"dns.qry.class", NAMES_DNS_CLASS},
    {"dns.resp.class", NAMES_DNS_CLASS},
    {"dns.flags.opcode", NAMES_DNS_OPCODE},
    {"dns.flags.rcode", NAMES_DNS_RCODE},
};

int names_of_field(const char *field)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strcmp(fields[i].field, field) == 0)
            return fields[i].table;
    }
    return -1;
}

const char *names_find(int table, uint64_t number)
{
    const struct names *names = table < 0 ? NULL : &names_tables[table];
    size_t low = 0, high = names ? names->n : 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (names->items[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return names && low < names->n && names->items[low].number == number ? names->items[low].name
                                                                         : NULL;
}

int names_number(int table, const char *name, uint32_t *ret)
{
    const struct names *names = table < 0 ? NULL : &names_tables[table];

    for (size_t i = 0; names && i < names->n; i++) {
        if (strcmp(names->items[i].name, name) == 0) {
            *ret = names->items[i].number;
            return 0;
        }
    }
    return -1;
}
