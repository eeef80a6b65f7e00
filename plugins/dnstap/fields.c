/* The dissector: every field of the schema as a column. Must not know files. */
#include "dnstap.h"

/* How a value becomes a cell. */
enum form {
    NUMBER, /* as it is */
    BYTES,  /* as they are; of addresses and text too */
    WORD,   /* of an enumeration: the schema's word for the number */
    LENGTH,
    NAME,   /* a domain name in wire format */
    TIME,   /* number: the seconds' field, the nanoseconds' is the next one */
    LATENCY /* from query_time to response_time */
};

enum { ID = TRAWL_COLUMN_ID | TRAWL_COLUMN_HIDDEN, HIDDEN = TRAWL_COLUMN_HIDDEN };

/* level, number in the schema, form, type, flags, name, help */
#define FIELDS(X)                                                                                  \
    X(OUTER, 15, NUMBER, TRAWL_U32, ID, "type", "kind of payload; 1: a message")                   \
    X(OUTER, 1, BYTES, TRAWL_STRING, HIDDEN, "identity", "name server's name of itself, its NSID") \
    X(OUTER, 2, BYTES, TRAWL_STRING, HIDDEN, "version", "name server's software and version")      \
    X(OUTER, 3, BYTES, TRAWL_BYTES, HIDDEN, "extra", "what the sender added")                      \
    X(MESSAGE, 1, NUMBER, TRAWL_U32, ID, "message_type",                                           \
      "where the message was seen; odd: a query, even: a response")                                \
    X(MESSAGE, 1, WORD, TRAWL_STRING, HIDDEN, "message_type_name",                                 \
      "message_type as a word: CLIENT_QUERY, RESOLVER_RESPONSE")                                   \
    X(MESSAGE, 2, NUMBER, TRAWL_U32, ID, "socket_family", "1: IPv4, 2: IPv6")                      \
    X(MESSAGE, 2, WORD, TRAWL_STRING, HIDDEN, "socket_family_name",                                \
      "socket_family as a word: INET, INET6")                                                      \
    X(MESSAGE, 3, NUMBER, TRAWL_U32, ID, "socket_protocol", "what carried the message; 1: UDP")    \
    X(MESSAGE, 3, WORD, TRAWL_STRING, HIDDEN, "socket_protocol_name",                              \
      "socket_protocol as a word: UDP, TCP, DOT, DOH, DNSCryptUDP, DNSCryptTCP, DOQ")              \
    X(MESSAGE, 16, NUMBER, TRAWL_U32, ID, "http_protocol",                                         \
      "version of HTTP that carried it: 1 to 3")                                                   \
    X(MESSAGE, 4, BYTES, TRAWL_IP, HIDDEN, "query_address", "address of who asks")                 \
    X(MESSAGE, 5, BYTES, TRAWL_IP, HIDDEN, "response_address", "address of who answers")           \
    X(MESSAGE, 6, NUMBER, TRAWL_U16, ID, "query_port", "port of who asks")                         \
    X(MESSAGE, 7, NUMBER, TRAWL_U16, ID, "response_port", "port of who answers")                   \
    X(MESSAGE, 8, TIME, TRAWL_TIME, HIDDEN, "query_time", "when the query was sent or came")       \
    X(MESSAGE, 12, TIME, TRAWL_TIME, HIDDEN, "response_time",                                      \
      "when the response was sent or came")                                                        \
    X(MESSAGE, 12, LATENCY, TRAWL_SPAN, HIDDEN, "latency",                                         \
      "from query_time to response_time, in messages that have both")                              \
    X(MESSAGE, 11, NAME, TRAWL_STRING, HIDDEN, "query_zone",                                       \
      "zone that was asked, as the resolver knows it")                                             \
    X(MESSAGE, 10, LENGTH, TRAWL_U32, HIDDEN, "query_message_len", "bytes of query_message")       \
    X(MESSAGE, 10, BYTES, TRAWL_BYTES, HIDDEN, "query_message", "DNS message of who asks")         \
    X(MESSAGE, 14, LENGTH, TRAWL_U32, HIDDEN, "response_message_len", "bytes of response_message") \
    X(MESSAGE, 14, BYTES, TRAWL_BYTES, HIDDEN, "response_message", "DNS message of who answers")   \
    X(POLICY, 1, BYTES, TRAWL_STRING, HIDDEN, "policy.type",                                       \
      "kind of policy that was applied: RPZ")                                                      \
    X(POLICY, 2, BYTES, TRAWL_BYTES, HIDDEN, "policy.rule", "rule that the message met")           \
    X(POLICY, 3, NUMBER, TRAWL_U32, ID, "policy.action", "what the policy did")                    \
    X(POLICY, 3, WORD, TRAWL_STRING, HIDDEN, "policy.action_name",                                 \
      "policy.action as a word: NXDOMAIN, DROP")                                                   \
    X(POLICY, 4, NUMBER, TRAWL_U32, ID, "policy.match", "what of the message met the rule")        \
    X(POLICY, 4, WORD, TRAWL_STRING, HIDDEN, "policy.match_name",                                  \
      "policy.match as a word: QNAME, CLIENT_IP")                                                  \
    X(POLICY, 5, BYTES, TRAWL_BYTES, HIDDEN, "policy.value", "what met the rule")

#define FIELD(level_, number_, form_, type_, flags_, name_, help_)       \
    TRAWL_FIELD(.type = type_, .flags = flags_, .name = "dnstap." name_, \
                .unit = (form_) == LENGTH ? "B" : NULL, .help = help_,   \
                .source = "dnstap.proto of dnstap.info"),
static const trawl_field fields[] = {FIELDS(FIELD)};

#define READING(level_, number_, form_, type_, ...) {DNSTAP_##level_, number_, form_, type_},
static const struct reading {
    enum dnstap_level level;
    unsigned number;
    enum form form;
    trawl_type type;
} readings[] = {FIELDS(READING)};

static void put_word(trawl_sink *sink, uint32_t i, const struct reading *field, uint64_t number)
{
    const char *word = dnstap_word(field->level, field->number, (int)(uint32_t)number);
    size_t n = 0;

    if (!word)
        return;
    while (word[n])
        n++;
    sink->put_bytes(sink, i, word, n);
}

static void put_time(trawl_sink *sink, uint32_t i, const struct dnstap *payload, unsigned sec,
                     bool is_latency)
{
    const int64_t time = dnstap_time(payload, sec, sec + 1);
    const int64_t start = dnstap_time(payload, DNSTAP_QUERY_TIME_SEC, DNSTAP_QUERY_TIME_NSEC);

    if (time == INT64_MIN || (is_latency && start == INT64_MIN))
        return;
    sink->put_i64(sink, i, is_latency ? time - start : time);
}

static void put_field(trawl_sink *sink, uint32_t i, const struct dnstap *payload)
{
    const struct reading *field = &readings[i];
    const struct dnstap_value *value = &payload->values[field->level][field->number];
    const uint8_t *bytes = payload->data + value->at;
    char name[DNSTAP_NAME];
    size_t n;

    if (!value->has)
        return;
    switch (field->form) {
    case NUMBER:
        sink->put_u64(sink, i, value->number);
        break;
    case BYTES:
        if (field->type != TRAWL_IP || value->len == 4 || value->len == 16)
            sink->put_bytes(sink, i, bytes, value->len);
        break;
    case WORD:
        put_word(sink, i, field, value->number);
        break;
    case LENGTH:
        sink->put_u64(sink, i, value->len);
        break;
    case NAME:
        n = dnstap_name(bytes, value->len, name);
        if (n)
            sink->put_bytes(sink, i, name, n);
        break;
    case TIME:
    case LATENCY:
        put_time(sink, i, payload, field->number, field->form == LATENCY);
        break;
    }
}

/* Of a message that is not to be understood, what was understood of it. */
static void extract(const trawl_packet *packet, const trawl_layer *layer, trawl_sink *sink)
{
    struct dnstap payload;

    (void)packet;
    dnstap_decode(layer->data, layer->cap_len, &payload);
    for (uint32_t i = 0; i < TRAWL_COUNT(fields); i++)
        if (sink->wanted[i])
            put_field(sink, i, &payload);
}

const trawl_dissector dnstap_dissector = {
    .size = sizeof(trawl_dissector),
    .field_size = sizeof(trawl_field),
    .name = "dnstap",
    .layer = "dnstap",
    .help = "a name server's record of a DNS message",
    .fields = fields,
    .n_fields = TRAWL_COUNT(fields),
    .extract = extract,
};
