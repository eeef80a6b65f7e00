/* Requests and the responses to them, out of a capture's messages. Knows nothing of tables. */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "head.h"
#include "http.h"

#define HTTP_NONE32 UINT32_MAX

/* One side of an exchange. */
struct half {
    uint32_t row; /* HTTP_NONE32: not there */
    int64_t time_ns;
    uint64_t head, body; /* bytes; of the body maybe HTTP_UNKNOWN */
    int partial;         /* some of them are missing */
};

struct exchange {
    struct half request, response;
    uint32_t stream;
    uint32_t number;     /* on its connection, from 1 */
    uint32_t prev, next; /* of the connection, HTTP_NONE32: none */
    uint8_t is_udp;      /* SSDP */
    uint8_t is_early;    /* answered before its request has ended, which is still to come */
    uint16_t client_port, server_port;
    uint16_t code;
    struct http_text method, host, uri, version, user_agent, phrase, content_type;
};

/* A message by its row, in order. */
struct event {
    int64_t time_ns;
    uint32_t row;
    uint32_t i_exchange; /* HTTP_NONE32: of a response 1xx to a request that has not ended yet */
    uint32_t number;     /* of the exchange */
    int is_response;
};

struct exchanges {
    struct exchange *items; /* by first message */
    struct event *events;
    size_t n, capacity, n_events, events_capacity;
    struct connections {
        uint32_t *first,
            *last; /* by stream: the first that waits for a side; the last; HTTP_NONE32 */
        size_t n;
    } tcp, udp;
};

/** Pair the messages of a capture; responses answer in the order of the requests, those with 1xx
 * the one whose response is next. End with exchanges_fini() in any case; texts live as long as the
 * call. */
int exchanges_build(struct exchanges *exchanges, trawl_call *call, trawl_capture *capture,
                    trawl_error *err);
void exchanges_fini(struct exchanges *exchanges);

#endif
