/* The data of records as fields. Knows nothing of packets. */
#ifndef DNS_RDATA_H
#define DNS_RDATA_H

#include "dns.h"

/** Put a number, if anyone wants the field. */
static inline void dns_put(trawl_sink *sink, uint32_t field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, field, value);
}

/** Put the fields of a record's data; NULL or what is wrong with it, as constant text. */
const char *dns_put_data(trawl_sink *sink, const struct dns_message *message,
                         const struct dns_item *item);

/** Put an SRV record's name as service, protocol and domain. */
void dns_put_srv_owner(trawl_sink *sink, const struct dns_name *owner);

/** DSO: put what follows the header of a stateful operation (RFC 8490), which counts nothing. */
const char *dns_put_stateful(trawl_sink *sink, struct dns_walk *walk);

/** A part of a record's data. */
struct dns_part {
    const struct dns_message *message;
    uint32_t at, end;
    const char *fault; /**< constant text: of the first name that is not well, where more follows */
};
/** Take n bytes; NULL when they are not there. */
const uint8_t *dns_take(struct dns_part *part, uint32_t n);
/** Put a name into a field: what is not UTF-8 becomes U+FFFD, as Wireshark has it. */
void dns_put_name(trawl_sink *sink, uint32_t field, const struct dns_name *name);
/** Take a name and put it into a field; NULL, or why nothing behind it can be read. */
const char *dns_take_name(struct dns_part *part, trawl_sink *sink, uint32_t field);

/** EDNS: put the options of an OPT record. In options.c, with those of SVCB. */
const char *dns_put_options(trawl_sink *sink, struct dns_part *part);
const char *dns_put_service(trawl_sink *sink, struct dns_part *part);

enum { DNS_BASE32_MOST = 255 * 8 / 5 + 1 };
/** base32hex of n bytes, at most 255, without padding: RFC 4648 section 7, in small letters as RFC
 * 5155 shows it. Returns its length. */
size_t dns_base32(const uint8_t *p, uint32_t n, char *out);

#define DNS_DATA_ENDS "record's data ends too early"

#endif
