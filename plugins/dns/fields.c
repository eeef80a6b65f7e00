/* The fields of a DNS message under Wireshark's names.
 * Knows nothing of other packets. */
#include "rdata.h"

#define HEX TRAWL_COLUMN_HEX
#define ID  TRAWL_COLUMN_ID

static const trawl_field fields[N_FIELDS] = {
#define FIELD(id, type_, flags_, name_, help_, source_)                                  \
    [F_##id] = TRAWL_FIELD(.type = TRAWL_##type_, .flags = TRAWL_COLUMN_LIST | (flags_), \
                           .name = (name_), .help = (help_), .source = (source_)),
#include "list.h"
};

enum {
    PORT_MDNS = 5353,
    PORT_LLMNR = 5355,
    FLAG_RESPONSE = 0x8000,
    FLAG_AUTHENTICATED = 0x20,
    OPCODE_UPDATE = 5,
    PORT_RPC = 111,
    PORT_NETBIOS = 137,
    TCP = 6
};

static enum dns_kind kind_of_port(uint16_t port)
{
    return port == PORT_MDNS ? KIND_MDNS : port == PORT_LLMNR ? KIND_LLMNR : KIND_DNS;
}

enum dns_kind dns_kind_of(uint16_t port, uint16_t other_port)
{
    const uint16_t low = port < other_port ? port : other_port;
    const uint16_t high = port < other_port ? other_port : port;

    return low == 53 || kind_of_port(low) != KIND_DNS ? kind_of_port(low) : kind_of_port(high);
}

static void put_flags(trawl_sink *sink, uint16_t flags, enum dns_kind kind)
{
    const int response = flags & FLAG_RESPONSE;
    const int llmnr = kind == KIND_LLMNR;

    sink->put_u64(sink, F_FLAGS, flags);
    sink->put_u64(sink, F_RESPONSE, response != 0);
    sink->put_u64(sink, F_OPCODE, flags >> 11 & 15);
    if (llmnr)
        sink->put_u64(sink, F_CONFLICT, flags >> 10 & 1);
    else if (response)
        sink->put_u64(sink, F_AUTHORITATIVE, flags >> 10 & 1);
    sink->put_u64(sink, F_TRUNCATED, flags >> 9 & 1);
    if (llmnr) {
        sink->put_u64(sink, F_TENTATIVE, flags >> 8 & 1);
    } else {
        sink->put_u64(sink, F_RECDESIRED, flags >> 8 & 1);
        if (response)
            sink->put_u64(sink, F_RECAVAIL, flags >> 7 & 1);
        sink->put_u64(sink, F_Z, flags >> 6 & 1);
        if (response || flags & FLAG_AUTHENTICATED)
            sink->put_u64(sink, F_AUTHENTICATED, flags >> 5 & 1);
        sink->put_u64(sink, F_CHECKDISABLE, flags >> 4 & 1);
    }
    if (response)
        sink->put_u64(sink, F_RCODE, flags & 15);
}

static void put_header(trawl_sink *sink, const struct dns_header *header, enum dns_kind kind)
{
    const int update = (header->flags >> 11 & 15) == OPCODE_UPDATE;
    const uint16_t *counts = header->counts;

    sink->put_u64(sink, F_ID, header->id);
    put_flags(sink, header->flags, kind);
    sink->put_u64(sink, update ? F_N_ZONES : F_N_QUERIES, counts[DNS_QUESTION]);
    sink->put_u64(sink, update ? F_N_PREREQUISITES : F_N_ANSWERS, counts[DNS_ANSWER]);
    sink->put_u64(sink, update ? F_N_UPDATES : F_N_AUTHORITY, counts[DNS_AUTHORITY]);
    sink->put_u64(sink, F_N_ADDITIONAL, counts[DNS_ADDITIONAL]);
}

static const char *put_question(trawl_sink *sink, const struct dns_message *m,
                                const struct dns_item *item, enum dns_kind kind)
{
    struct dns_name name;
    const char *fault = dns_read_name(m, item->name_at, &name);

    if (name.n == 0)
        return fault;
    dns_put_name(sink, F_QRY_NAME, &name);
    sink->put_u64(sink, F_QRY_NAME_LEN, name.n);
    sink->put_u64(sink, F_N_LABELS, name.n_labels ? name.n_labels : 1);
    sink->put_u64(sink, F_QRY_TYPE, item->type);
    if (kind == KIND_MDNS) {
        sink->put_u64(sink, F_QRY_CLASS, item->class_ & 0x7fff);
        sink->put_u64(sink, F_QRY_QU, item->class_ >> 15);
    } else {
        sink->put_u64(sink, F_QRY_CLASS, item->class_);
    }
    return fault;
}

/* OPT has other things in the places of class and TTL, RFC 6891 section 6.1.3. */
static void put_edns(trawl_sink *sink, const struct dns_item *item)
{
    const uint32_t z = item->ttl & 0xffff;

    sink->put_u64(sink, F_EXT_RCODE, item->ttl >> 24);
    sink->put_u64(sink, F_EDNS_VERSION, item->ttl >> 16 & 0xff);
    sink->put_u64(sink, F_EDNS_Z, z);
    sink->put_u64(sink, F_EDNS_DO, z >> 15);
    sink->put_u64(sink, F_EDNS_RESERVED, z & 0x7fff);
}

/* The first fault of a record. */
static const char *put_record(trawl_sink *sink, const struct dns_message *m,
                              const struct dns_item *item, enum dns_kind kind)
{
    const int is_opt = item->type == DNS_TYPE_OPT;
    struct dns_name name;
    const char *fault = dns_read_name(m, item->name_at, &name), *data_fault;
    uint16_t class_ = item->class_;

    if (name.n == 0)
        return fault;
    if (item->type == DNS_TYPE_SRV)
        dns_put_srv_owner(sink, &name);
    else
        dns_put_name(sink, F_RESP_NAME, &name);
    sink->put_u64(sink, F_RESP_TYPE, item->type);
    if (kind == KIND_MDNS) {
        sink->put_u64(sink, F_CACHE_FLUSH, class_ >> 15);
        class_ &= 0x7fff;
    }
    sink->put_u64(sink, is_opt ? F_UDP_SIZE : F_RESP_CLASS, class_);
    if (is_opt)
        put_edns(sink, item);
    else
        sink->put_u64(sink, F_TTL, item->ttl);
    sink->put_u64(sink, F_LEN, item->data_len);
    data_fault = dns_put_data(sink, m, item);
    return fault ? fault : data_fault;
}

/* Where in the frame it went wrong; 0 in a message that was put together from several. */
static uint32_t place(const trawl_packet *packet, const uint8_t *at)
{
    return at >= packet->data && at - packet->data < (ptrdiff_t)packet->cap_len
               ? (uint32_t)(at - packet->data)
               : 0;
}

static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    struct dns_message m = {layer->data, layer->cap_len};
    const enum dns_kind kind = dns_kind_of(layer->src_port, layer->dst_port);
    struct dns_walk walk;
    struct dns_item item;
    const char *fault = NULL;

    if (m.n == 0)
        return;
    if (layer->carrier == TCP) {
        if (m.n < 2)
            return;
        sink->put_u64(sink, F_LENGTH, dns_u16(m.data));
        m.data += 2;
        m.n -= 2;
    }
    if (dns_walk_begin(&walk, &m)) {
        put_header(sink, &walk.header, kind);
        while (dns_walk_next(&walk, &item)) {
            const char *what = item.section == DNS_QUESTION ? put_question(sink, &m, &item, kind)
                                                            : put_record(sink, &m, &item, kind);

            if (!fault)
                fault = what;
        }
    }
    if (!fault)
        fault = walk.fault;
    if (fault)
        sink->malformed(sink, place(packet, m.data), fault);
}

static int64_t message(void *state, const trawl_layer *payload)
{
    const uint8_t *p = payload->data;
    uint32_t n;

    (void)state;
    if (payload->cap_len < 2)
        return TRAWL_MESSAGE_MORE;
    n = dns_u16(p);
    if (n < DNS_HEADER_LEN)
        return TRAWL_MESSAGE_FOREIGN;
    if (payload->cap_len < 2 + DNS_HEADER_LEN)
        return TRAWL_MESSAGE_MORE;
    return dns_is_likely(p + 2, n) ? 2 + (int64_t)n : TRAWL_MESSAGE_FOREIGN;
}

/* Ports of protocols that look like DNS: calls of remote procedures, NetBIOS names. */
static int is_foreign(uint16_t port)
{
    return port == PORT_RPC || port == PORT_NETBIOS;
}

/* A datagram on a port that nobody claims: as Wireshark tells it. */
static int probe(const trawl_layer *payload)
{
    const struct dns_message m = {payload->data, payload->cap_len};
    struct dns_header header;
    const uint16_t *counts = header.counts;

    if (payload->carrier == TCP || is_foreign(payload->src_port) || is_foreign(payload->dst_port) ||
        m.n <= DNS_HEADER_LEN || dns_read_header(&m, &header))
        return 0;
    if ((header.flags >> 11 & 15) != 0 || counts[DNS_QUESTION] > 1 || counts[DNS_ADDITIONAL] > 10)
        return 0;
    if (header.flags & FLAG_RESPONSE)
        return counts[DNS_ANSWER] <= 100 && counts[DNS_AUTHORITY] <= 10;
    return counts[DNS_QUESTION] == 1 && counts[DNS_ANSWER] == 0 && counts[DNS_AUTHORITY] == 0;
}

static const char *const udp_ports[] = {"53", "5353", "5355", NULL};
static const char *const tcp_ports[] = {"53", "5353", NULL};

const trawl_dissector dns_dissectors[DNS_N_DISSECTORS] = {
    {.size = sizeof(trawl_dissector),
     .field_size = sizeof(trawl_field),
     .name = "dns",
     .layer = "payload",
     .help = "Domain Name System, also as mDNS and LLMNR",
     .fields = fields,
     .n_fields = N_FIELDS,
     .udp_ports = udp_ports,
     .tcp_ports = tcp_ports,
     .probe = probe,
     .message = message,
     .extract = extract},
};
