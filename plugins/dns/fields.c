/* The fields of a DNS message under Wireshark's names.
 * Knows nothing of other packets. */
#include <string.h>

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
    PORT_RPC = 111,
    PORT_NETBIOS = 137,
    TCP = 6,
    SHORT_MOST = 16 /* messages shorter than a header that a connection may have */
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

    dns_put(sink, F_FLAGS, flags);
    dns_put(sink, F_RESPONSE, response != 0);
    dns_put(sink, F_OPCODE, dns_opcode(flags));
    if (llmnr)
        dns_put(sink, F_CONFLICT, flags >> 10 & 1);
    else if (response)
        dns_put(sink, F_AUTHORITATIVE, flags >> 10 & 1);
    dns_put(sink, F_TRUNCATED, flags >> 9 & 1);
    if (llmnr) {
        dns_put(sink, F_TENTATIVE, flags >> 8 & 1);
    } else {
        dns_put(sink, F_RECDESIRED, flags >> 8 & 1);
        if (response)
            dns_put(sink, F_RECAVAIL, flags >> 7 & 1);
        dns_put(sink, F_Z, flags >> 6 & 1);
        if (response || flags & FLAG_AUTHENTICATED)
            dns_put(sink, F_AUTHENTICATED, flags >> 5 & 1);
        dns_put(sink, F_CHECKDISABLE, flags >> 4 & 1);
    }
    if (response)
        dns_put(sink, F_RCODE, flags & 15);
}

/* Is a field of a run of the list wanted? */
static inline int wants_any(const trawl_sink *sink, uint32_t first, uint32_t last)
{
    uint8_t any = 0;

    for (uint32_t i = first; i <= last; i++)
        any |= sink->wanted[i];
    return any;
}

/* As much as is there; two bytes alone are no DNS. */
static void put_header(trawl_sink *sink, const struct dns_header *header, enum dns_kind kind)
{
    static const uint8_t counts[][DNS_N_SECTIONS] = {
        {F_N_QUERIES, F_N_ANSWERS, F_N_AUTHORITY, F_N_ADDITIONAL},
        {F_N_ZONES, F_N_PREREQUISITES, F_N_UPDATES, F_N_ADDITIONAL}};
    const int update = dns_opcode(header->flags) == OPCODE_UPDATE;

    if (header->n_numbers < 2 || !wants_any(sink, F_MDNS, F_N_UPDATES))
        return;
    if (kind != KIND_DNS)
        dns_put(sink, kind == KIND_MDNS ? F_MDNS : F_LLMNR, 1);
    dns_put(sink, F_ID, header->id);
    put_flags(sink, header->flags, kind);
    for (unsigned i = 0; i < DNS_N_SECTIONS && i + 2 < header->n_numbers; i++)
        dns_put(sink, counts[update][i], header->counts[i]);
}

/* Without the backslashes that only the text has. */
static uint16_t length_of(const struct dns_name *name)
{
    uint16_t n = name->n;

    if (!name->is_readable || !memchr(name->text, '\\', name->n))
        return n;
    for (uint16_t i = 0; i < name->n; i++) {
        if (name->text[i] == '\\') {
            n--;
            i++;
        }
    }
    return n;
}

static void put_question(trawl_sink *sink, const struct dns_item *item, const struct dns_name *name,
                         enum dns_kind kind)
{
    if (!wants_any(sink, F_QRY_NAME, F_QRY_QU))
        return;
    dns_put_name(sink, F_QRY_NAME, name);
    dns_put(sink, F_QRY_NAME_LEN, length_of(name));
    dns_put(sink, F_N_LABELS, name->n_labels ? name->n_labels : 1);
    dns_put(sink, F_QRY_TYPE, item->type);
    if (kind == KIND_MDNS) {
        dns_put(sink, F_QRY_CLASS, item->class_ & 0x7fff);
        dns_put(sink, F_QRY_QU, item->class_ >> 15);
    } else {
        dns_put(sink, F_QRY_CLASS, item->class_);
    }
}

/* OPT has other things in the places of class and TTL, RFC 6891 section 6.1.3. */
static void put_edns(trawl_sink *sink, const struct dns_item *item)
{
    const uint32_t z = item->ttl & 0xffff;

    dns_put(sink, F_EXT_RCODE, item->ttl >> 24);
    dns_put(sink, F_EDNS_VERSION, item->ttl >> 16 & 0xff);
    dns_put(sink, F_EDNS_Z, z);
    dns_put(sink, F_EDNS_DO, z >> 15);
    dns_put(sink, F_EDNS_RESERVED, z & 0x7fff);
}

static const char *put_record(trawl_sink *sink, const struct dns_message *m,
                              const struct dns_item *item, const struct dns_name *name,
                              enum dns_kind kind)
{
    const int is_opt = item->type == T_OPT;
    uint16_t class_ = item->class_;

    if (item->type == T_SRV)
        dns_put_srv_owner(sink, name);
    else
        dns_put_name(sink, F_RESP_NAME, name);
    dns_put(sink, F_RESP_TYPE, item->type);
    if (kind == KIND_MDNS) {
        dns_put(sink, F_CACHE_FLUSH, class_ >> 15);
        class_ &= 0x7fff;
    }
    dns_put(sink, is_opt ? F_UDP_SIZE : F_RESP_CLASS, class_);
    if (is_opt)
        put_edns(sink, item);
    else
        dns_put(sink, F_TTL, item->ttl);
    dns_put(sink, F_LEN, item->data_len);
    return dns_put_data(sink, m, item);
}

/* Names of a message; most records have the first question's, by a pointer. */
struct names {
    struct dns_name first, other;
    enum { UNKNOWN, GOOD, READ } first_is; /* GOOD: there is no text yet */
};

/* Does anyone want the text of an item's name, or what it says of itself? */
static int wants_name(const trawl_sink *sink, const struct dns_item *item)
{
    const uint8_t *wanted = sink->wanted;

    if (item->section == DNS_QUESTION)
        return wanted[F_QRY_NAME] || wanted[F_QRY_NAME_LEN] || wanted[F_N_LABELS];
    if (item->type == T_SRV)
        return wanted[F_SRV_SERVICE] || wanted[F_SRV_PROTO] || wanted[F_SRV_NAME];
    return wanted[F_RESP_NAME];
}

/* *ret NULL: it cannot be a name. Of one that is not wanted there is no text. */
static const char *read_name(struct names *names, const struct dns_message *m, uint32_t at,
                             int wanted, const struct dns_name **ret)
{
    const int is_first = at == DNS_HEADER_LEN ||
                         (names->first_is != UNKNOWN && m->n - at >= 2 &&
                          dns_u16(m->data + at) == (0xc000 | DNS_HEADER_LEN));
    struct dns_name *name = is_first ? &names->first : &names->other;
    const char *fault = NULL;
    uint32_t end;
    int is_empty;

    *ret = name;
    if (is_first && names->first_is != UNKNOWN && (names->first_is == READ || !wanted))
        return NULL;
    if (wanted) {
        fault = dns_read_name(m, is_first ? DNS_HEADER_LEN : at, name);
        is_empty = name->n == 0;
    } else {
        fault = dns_check_name(m, at, &end, &is_empty);
        name->n = 0;
        name->n_labels = 0;
    }
    if (is_empty)
        *ret = NULL;
    if (is_first && !fault)
        names->first_is = wanted ? READ : GOOD;
    return fault;
}

/* A question or record; its first fault. *ret_is_end: its name cannot be one, so nothing behind it
 * is to be trusted (tshark stops there too). */
static const char *put_item(trawl_sink *sink, struct names *names, const struct dns_message *m,
                            const struct dns_item *item, enum dns_kind kind, int *ret_is_end)
{
    const struct dns_name *name;
    const char *fault = read_name(names, m, item->name_at, wants_name(sink, item), &name);
    const char *data_fault = NULL;

    *ret_is_end = !name;
    if (name && item->section == DNS_QUESTION)
        put_question(sink, item, name, kind);
    else if (name)
        data_fault = put_record(sink, m, item, name, kind);
    return fault ? fault : data_fault;
}

/* Where in the frame it went wrong; 0 in a message that was put together from several. */
static uint32_t place(const trawl_packet *packet, const uint8_t *at)
{
    return at >= packet->data && at - packet->data < (ptrdiff_t)packet->cap_len
               ? (uint32_t)(at - packet->data)
               : 0;
}

int dns_message_of(const trawl_layer *layer, uint8_t room[DNS_HTTP2_JOINED],
                   struct dns_message *ret)
{
    const uint32_t n_length = layer->carrier == TCP ? 2 : 0;

    if (layer->carrier == TCP && layer->mark)
        return dns_http2_message(layer->data, layer->cap_len, room, ret);
    if (layer->cap_len < (n_length ? n_length : 1))
        return 0;
    *ret = (struct dns_message){layer->data + n_length, layer->cap_len - n_length};
    return 1;
}

static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    const enum dns_kind kind = dns_kind_of(layer->src_port, layer->dst_port);
    uint8_t room[DNS_HTTP2_JOINED];
    struct dns_message m;
    struct dns_walk walk;
    struct dns_item item;
    struct names names;
    const char *fault = NULL;
    int is_end = 0;

    if (layer->carrier == TCP && !layer->mark && layer->cap_len >= 2)
        dns_put(sink, F_LENGTH, dns_u16(layer->data));
    if (!dns_message_of(layer, room, &m))
        return;
    names.first_is = UNKNOWN;
    dns_walk_begin(&walk, &m);
    put_header(sink, &walk.header, kind);
    while (!is_end && dns_walk_next(&walk, &item)) {
        const char *what = put_item(sink, &names, &m, &item, kind, &is_end);

        if (!fault)
            fault = what;
    }
    if (!fault)
        fault = walk.fault;
    if (!fault && walk.at == DNS_HEADER_LEN && dns_opcode(walk.header.flags) == OPCODE_STATEFUL)
        fault = dns_put_stateful(sink, &walk);
    if (!fault && walk.at < m.n) {
        dns_put(sink, F_N_BEHIND, m.n - walk.at);
        sink->put_bytes(sink, F_BEHIND, m.data + walk.at, m.n - walk.at);
    }
    if (fault)
        sink->malformed(sink, place(packet, m.data), fault);
}

static int64_t message(void *state, const trawl_layer *payload)
{
    struct dns_state *s = state;
    const uint8_t *p = payload->data;
    uint32_t n;

    if (dns_http2_begins(p, payload->cap_len))
        s->is_http2 = 1;
    if (s->is_http2)
        return dns_http2_length(p, payload->cap_len);
    if (payload->cap_len < 2)
        return TRAWL_MESSAGE_MORE;
    n = dns_u16(p);
    if (n < DNS_HEADER_LEN) /* of many zero bytes each pair would be one */
        return s->n_short++ < SHORT_MOST ? 2 + (int64_t)n : TRAWL_MESSAGE_FOREIGN;
    if (payload->cap_len < 2 + DNS_HEADER_LEN)
        return TRAWL_MESSAGE_MORE;
    return dns_is_likely(p + 2, n) ? 2 + (int64_t)n : TRAWL_MESSAGE_FOREIGN;
}

/* Ports of protocols that look like DNS: calls of remote procedures, NetBIOS names. */
static int is_foreign(uint16_t port)
{
    return port == PORT_RPC || port == PORT_NETBIOS;
}

/* A datagram on a port that nobody claims, as Wireshark tells it; a connection of HTTP/2 may carry
 * DNS. */
static int probe(const trawl_layer *payload)
{
    const struct dns_message m = {payload->data, payload->cap_len};
    struct dns_header header;
    const uint16_t *counts = header.counts;

    if (payload->carrier == TCP)
        return dns_http2_begins(payload->data, payload->cap_len);
    if (is_foreign(payload->src_port) || is_foreign(payload->dst_port) || m.n <= DNS_HEADER_LEN ||
        dns_read_header(&m, &header))
        return 0;
    if (dns_opcode(header.flags) != OPCODE_QUERY || counts[DNS_QUESTION] > 1 ||
        counts[DNS_ADDITIONAL] > 10)
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
     .state_size = sizeof(struct dns_state),
     .extract = extract},
};
