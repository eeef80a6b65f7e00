/* One dnstap payload, a protobuf, without a copy and without memory of its own: how deep it nests
 * is the schema's affair. Knows nothing of trawl. */
#ifndef DNSTAP_DECODE_H
#define DNSTAP_DECODE_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** The messages of the schema, as they nest. */
enum dnstap_level { DNSTAP_OUTER, DNSTAP_MESSAGE, DNSTAP_POLICY, DNSTAP_LEVELS };

/** Numbers of fields that somebody asks for. */
enum { DNSTAP_OUTER_IDENTITY = 1, DNSTAP_OUTER_MESSAGE = 14 };
enum {
    DNSTAP_TYPE = 1,
    DNSTAP_SOCKET_FAMILY = 2,
    DNSTAP_SOCKET_PROTOCOL = 3,
    DNSTAP_QUERY_ADDRESS = 4,
    DNSTAP_RESPONSE_ADDRESS = 5,
    DNSTAP_QUERY_PORT = 6,
    DNSTAP_RESPONSE_PORT = 7,
    DNSTAP_QUERY_TIME_SEC = 8,
    DNSTAP_QUERY_TIME_NSEC = 9,
    DNSTAP_QUERY_MESSAGE = 10,
    DNSTAP_QUERY_ZONE = 11,
    DNSTAP_RESPONSE_TIME_SEC = 12,
    DNSTAP_RESPONSE_TIME_NSEC = 13,
    DNSTAP_RESPONSE_MESSAGE = 14,
    DNSTAP_HTTP_PROTOCOL = 16,
    DNSTAP_MOST = 16 /**< the highest number in any of them */
};

/** A field: a number, or bytes of the payload. */
struct dnstap_value {
    uint64_t number;
    uint32_t at, len;
    bool has;
};

struct dnstap {
    const uint8_t *data;
    struct dnstap_value values[DNSTAP_LEVELS][DNSTAP_MOST + 1];
};

/** NULL, or what is wrong (constant text); then the values found before it stand. */
const char *dnstap_decode(const uint8_t *data, size_t n, struct dnstap *ret);

/** The declaration of a field; NULL: the schema has none of that number. */
const ProtobufCFieldDescriptor *dnstap_field(enum dnstap_level level, unsigned number);

/** The name of a value of a field; NULL: it has none. */
const char *dnstap_word(enum dnstap_level level, unsigned number, int value);

/** ns since 1970 of a pair of fields; INT64_MIN: not there, or more than 64 bits hold. */
int64_t dnstap_time(const struct dnstap *payload, unsigned sec, unsigned nsec);

/** A domain name in wire format as text that ends in a dot; 0: it is none, else its length. */
enum { DNSTAP_NAME = 1024 }; /**< 255 octets as \DDD, dots */
size_t dnstap_name(const uint8_t *wire, size_t n, char text[DNSTAP_NAME]);

#endif
