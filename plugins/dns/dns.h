/* What the files of the dns plugin share. Knows nothing of how tables are shown. */
#ifndef DNS_DNS_H
#define DNS_DNS_H

#include "trawl/plugin.h"

#include "http2.h"

extern const trawl_host *host;

/** Packet fields, by index in the dissector. */
enum dns_field {
#define FIELD(id, type, flags, name, help, source) F_##id,
#include "list.h"
    N_FIELDS
};

extern const trawl_dissector dns_dissectors[];
enum { DNS_N_DISSECTORS = 1 };

/** Who speaks: the formats differ in a few bits. */
enum dns_kind { KIND_DNS, KIND_MDNS, KIND_LLMNR };
enum dns_kind dns_kind_of(uint16_t port, uint16_t other_port);

/** What a message is about (RFC 1035 section 4.1.1, RFC 2136, RFC 8490). */
enum { OPCODE_QUERY = 0, OPCODE_UPDATE = 5, OPCODE_STATEFUL = 6 };
static inline unsigned dns_opcode(uint16_t flags)
{
    return flags >> 11 & 15;
}

/** What a connection over TCP has to remember; layer->mark has `is_http2`. */
struct dns_state {
    uint32_t is_http2;
    uint32_t n_short; /**< messages shorter than a header */
};

/** The message in what the engine hands over: without the length that TCP puts before it, or out of
 * a body of HTTP/2, for which `room` is used. 0 when there is none. */
int dns_message_of(const trawl_layer *layer, uint8_t room[DNS_HTTP2_JOINED],
                   struct dns_message *ret);

#endif
