/* IANA's names of DNS numbers: types, classes, reply codes. Knows nothing of messages. */
#ifndef DNS_NAMES_H
#define DNS_NAMES_H

enum { DNS_NUMBER_TEXT = 16 };

/** Names as text; a number without a name as RFC 3597 writes it, into buf. */
const char *dns_type_name(unsigned type, char buf[DNS_NUMBER_TEXT]);
const char *dns_class_name(unsigned class_, char buf[DNS_NUMBER_TEXT]);
const char *dns_rcode_name(unsigned rcode, char buf[DNS_NUMBER_TEXT]);

#endif
