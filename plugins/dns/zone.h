/* The data of records as zone files write it. Knows nothing of packets or tables. */
#ifndef DNS_ZONE_H
#define DNS_ZONE_H

#include "rdata.h"

enum { DNS_ZONE_TEXT_MOST = 4096 };

struct dns_zone_text {
    size_t n;
    char text[DNS_ZONE_TEXT_MOST]; /**< what goes beyond it is left out, for … as its end */
};

/** A record's data as text; data of a type that is not known, and data that is not well, as 0x and
 * hexadecimal digits. */
void dns_zone_text(struct dns_zone_text *ret, const struct dns_message *message,
                   const struct dns_item *item);

/** Parts that are not text, numbers or names in a row, in zone_rare.c: a letter of the layouts, the
 * data from *at on. 0: it is not well. */
int dns_zone_rare(struct dns_zone_text *out, char part, const struct dns_message *message,
                  uint32_t *at, uint32_t end);

/** Text behind what is there. */
void dns_zone_add(struct dns_zone_text *out, const void *p, size_t n);
void dns_zone_number(struct dns_zone_text *out, uint64_t value);
void dns_zone_hex(struct dns_zone_text *out, const uint8_t *p, uint32_t n);
void dns_zone_base64(struct dns_zone_text *out, const uint8_t *p, uint32_t n);
void dns_zone_address(struct dns_zone_text *out, int family, const uint8_t *p);
/** The name at *at; 0: there is none before `end`. */
int dns_zone_name(struct dns_zone_text *out, const struct dns_message *message, uint32_t *at,
                  uint32_t end);

#endif
