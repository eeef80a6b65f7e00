/* Queries, their repetitions and their responses, matched over a whole capture.
 * Knows nothing of columns. */
#ifndef DNS_PAIR_H
#define DNS_PAIR_H

#include "dns.h"

enum { DNS_NONE = UINT32_MAX };

struct dns_transaction {
    int64_t time_ns; /**< of the query; without one, of the response */
    int64_t response_ns;
    int64_t last_ns; /**< when the query was sent last */
    uint64_t
        question; /**< hash of the name, large letters as small ones; 0: none, or not to be read */
    uint64_t hash;
    uint32_t query, response; /**< rows; DNS_NONE: none */
    uint32_t last_row;
    uint32_t stream;         /**< DNS_NONE: none */
    uint32_t name;           /**< its code, where the caller has a column for names */
    uint32_t client, server; /**< codes of addresses */
    uint32_t responder;      /**< who answered, which multicast does not ask by address */
    uint32_t next;           /* in the chain of the hash */
    uint32_t n_again;        /**< how often the query was sent again */
    uint32_t n_answers;      /**< of all messages of a zone transfer */
    uint16_t client_port, server_port, id, type, class_, flags;
    uint16_t rcode;  /**< with the bits that EDNS adds */
    uint8_t carrier; /**< IP protocol; of a record, the record's; 0: not known */
    uint8_t kind;    /**< enum dns_kind */
    uint8_t
        is_one_way; /**< nobody answers it: a stateful operation with id 0 (RFC 8490 section 5.4) */
    uint8_t is_one; /**< query and response are of one record: its latency is not known here */
};

/** What a message was. */
enum dns_part {
    DNS_QUERY,
    DNS_QUERY_AGAIN,
    DNS_RESPONSE,
    DNS_RESPONSE_MORE, /**< of a zone transfer, or of another host that answers multicast */
    DNS_RESPONSE_AGAIN,
    DNS_UNASKED /**< a response without a query */
};
struct dns_event {
    int64_t time_ns;
    uint32_t row, i_transaction;
    enum dns_part part;
};

struct dns_pairs {
    struct dns_transaction *items; /**< n, in order of their first message */
    uint32_t n, capacity, n_heads, *heads;
    struct dns_event *events; /**< of each message, where they were asked for */
    uint32_t n_events, events_capacity;
    trawl_builder *names; /**< whose column i_names has the names' codes; NULL: nobody wants them;
                             set by the caller */
    size_t i_names;
    int wants_events; /**< set by the caller */
    const uint32_t *src, *dst;
    const uint8_t *proto;
    uint64_t seed;
    uint32_t last_again; /* transaction of the query that was the last message, if it came again */
    struct dns_name name;
    uint8_t room[DNS_HTTP2_JOINED];
};

/** Match all messages of a capture; the packets are the capture's. A query's conversation (both
 * addresses and ports; of LLMNR the client's), id and question are its response's. A question of
 * mDNS is a transaction of its own: what another host answers to it within ten seconds is its
 * response. An unanswered query that comes again within a minute is the same one. Free in any
 * case. */
int dns_pairs_build(struct dns_pairs *pairs, trawl_call *call, trawl_capture *capture,
                    trawl_table *packets, trawl_error *err);
void dns_pairs_fini(struct dns_pairs *pairs);

/** From the first query to the response; INT64_MIN: not known. */
int64_t dns_response_time(const struct dns_transaction *t);

#endif
