/* DNS in the bodies of HTTP/2 in the clear (RFC 8484 behind what ends TLS, RFC 9113).
 * Knows nothing of fields or tables. */
#ifndef DNS_HTTP2_H
#define DNS_HTTP2_H

#include "parse.h"

enum { DNS_HTTP2_JOINED = 1 << 14 }; /**< bytes of a body of several frames that are put together */

/** Do these bytes begin a client's connection (RFC 9113 section 3.4)? */
int dns_http2_begins(const uint8_t *data, uint32_t n);

/** What stands at data: the client's preface, a frame, or the frames from a body's first to its
 * last when it may be a DNS message. Its bytes; 0: more are needed. */
int64_t dns_http2_length(const uint8_t *data, uint32_t n);

/** The DNS message in them, all of the body and whole; 0: there is none. room: where a body of
 * several frames is put together. */
int dns_http2_message(const uint8_t *data, uint32_t n, uint8_t room[DNS_HTTP2_JOINED],
                      struct dns_message *ret);

#endif
