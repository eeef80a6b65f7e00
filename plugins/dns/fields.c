/* The fields of a DNS message under Wireshark's names.
 * Knows nothing of other packets. */
#include "dns.h"

#define HEX TRAWL_COLUMN_HEX
#define ID  TRAWL_COLUMN_ID

static const trawl_field fields[N_FIELDS] = {
#define FIELD(id, type_, flags_, name_, help_, source_)                                  \
    [F_##id] = TRAWL_FIELD(.type = TRAWL_##type_, .flags = TRAWL_COLUMN_LIST | (flags_), \
                           .name = (name_), .help = (help_), .source = (source_)),
#include "list.h"
};

enum { PORT_MDNS = 5353, PORT_LLMNR = 5355, FLAG_RESPONSE = 0x8000, OPCODE_UPDATE = 5, TCP = 6 };

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
        if (response)
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

    if (fault)
        return fault;
    sink->put_bytes(sink, F_QRY_NAME, name.text, name.n);
    sink->put_u64(sink, F_QRY_NAME_LEN, name.n);
    sink->put_u64(sink, F_N_LABELS, name.n_labels);
    sink->put_u64(sink, F_QRY_TYPE, item->type);
    if (kind == KIND_MDNS) {
        sink->put_u64(sink, F_QRY_CLASS, item->class_ & 0x7fff);
        sink->put_u64(sink, F_QRY_QU, item->class_ >> 15);
    } else {
        sink->put_u64(sink, F_QRY_CLASS, item->class_);
    }
    return NULL;
}

static const char *put_record(trawl_sink *sink, const struct dns_message *m,
                              const struct dns_item *item, enum dns_kind kind)
{
    struct dns_name name;
    const char *fault = dns_read_name(m, item->name_at, &name);

    if (fault)
        return fault;
    sink->put_bytes(sink, F_RESP_NAME, name.text, name.n);
    sink->put_u64(sink, F_RESP_TYPE, item->type);
    if (kind == KIND_MDNS) {
        sink->put_u64(sink, F_RESP_CLASS, item->class_ & 0x7fff);
        sink->put_u64(sink, F_CACHE_FLUSH, item->class_ >> 15);
    } else {
        sink->put_u64(sink, F_RESP_CLASS, item->class_);
    }
    sink->put_u64(sink, F_TTL, item->ttl);
    sink->put_u64(sink, F_LEN, item->data_len);
    return NULL;
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
        while (!fault && dns_walk_next(&walk, &item))
            fault = item.section == DNS_QUESTION ? put_question(sink, &m, &item, kind)
                                                 : put_record(sink, &m, &item, kind);
    }
    if (!fault)
        fault = walk.fault;
    if (fault)
        sink->malformed(sink, place(packet, m.data), fault);
}

static int64_t message(void *state, const trawl_layer *payload)
{
    (void)state;
    if (payload->cap_len < 2)
        return TRAWL_MESSAGE_MORE;
    return 2 + (int64_t)dns_u16(payload->data);
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
     .message = message,
     .extract = extract},
};
