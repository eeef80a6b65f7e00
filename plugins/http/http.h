/* What the files of the http plugin share. Knows nothing of how tables are shown. */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "trawl/plugin.h"

extern const trawl_host *host;

extern const trawl_dissector http_dissectors[];
extern const trawl_table_def http_tables[];
extern const trawl_derived http_derived[];
enum { HTTP_N_DISSECTORS = 1, HTTP_N_TABLES = 1, HTTP_N_DERIVED = 1 };

/** The callbacks of the dissector: see trawl/field.h. */
int http_probe(const trawl_layer *payload);
int64_t http_message(void *state, const trawl_layer *payload);
int http_hands_over(const trawl_layer *payload);
void http_extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink);

/** A message's mark: bytes of its body that are no data but belong to chunks (of
 * HTTP_FRAMING_MOST); of a response, whether a request was there, or had begun, that it answers. */
#define HTTP_MARK_ANSWERS 0x80000000u
/** What a connection has to remember: methods that await their response. */
enum { HTTP_PENDING_MOST = 500 };
/** A request with "Expect: 100-continue" whose body has not begun; was it answered for good? */
enum http_expecting { HTTP_EXPECTS_NOTHING, HTTP_EXPECTS, HTTP_IS_ANSWERED };
enum http_awaits { HTTP_AWAITS_BODY, HTTP_AWAITS_HEAD, HTTP_AWAITS_TUNNEL };
struct http_state {
    uint32_t mark;     /* of the message asked about last */
    uint32_t marks[2]; /* of each direction's latest */
    uint16_t first, n;
    uint8_t tunnel;    /* after CONNECT or Upgrade: something else follows */
    uint8_t expecting; /* enum http_expecting */
    uint8_t asker;     /* direction of the request that does */
    uint64_t body;     /* bytes of that one's body; 0: in chunks */
    uint8_t awaits[HTTP_PENDING_MOST];
};

#endif
