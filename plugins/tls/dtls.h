/* DTLS 1.0 and 1.2 over UDP (RFC 4347, RFC 6347): what its datagrams say in the clear.
 * Must not know tables. */
#ifndef TLS_DTLS_H
#define TLS_DTLS_H

#include "tls.h"

enum { DTLS_N_FIELDS = 23 };
extern const trawl_field dtls_fields[DTLS_N_FIELDS];

/** A datagram of records, and nothing else, as far as the capture goes. */
int dtls_probe(const trawl_layer *payload);
void dtls_extract(const trawl_packet *packet, const trawl_layer *payload, trawl_sink *sink);

#endif
