/* Protobuf wire format, steered by the tables that protoc-c made of dnstap.proto.
 * Must not know trawl, nor what the fields mean. */
#include "../decode.h"

#include <string.h>

#include <dnstap.pb-c.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

struct cursor {
    const uint8_t *data;
    uint32_t at, end;
};

static bool varint(struct cursor *c, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; c->at < c->end && shift < 70; shift += 7) {
        const uint8_t byte = c->data[c->at++];

        if (shift < 64)
            *ret |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const ProtobufCMessageDescriptor *message_of(enum dnstap_level level)
{
    switch (level) {
    case DNSTAP_OUTER:
        return &dnstap__dnstap__descriptor;
    case DNSTAP_MESSAGE:
        return &dnstap__message__descriptor;
    case DNSTAP_POLICY:
    case DNSTAP_LEVELS:
        break;
    }
    return &dnstap__policy__descriptor;
}

const ProtobufCFieldDescriptor *dnstap_field(enum dnstap_level level, unsigned number)
{
    return protobuf_c_message_descriptor_get_field(message_of(level), number);
}

const char *dnstap_word(enum dnstap_level level, unsigned number, int value)
{
    const ProtobufCFieldDescriptor *field = dnstap_field(level, number);
    const ProtobufCEnumValue *named;

    if (!field || field->type != PROTOBUF_C_TYPE_ENUM)
        return NULL;
    named = protobuf_c_enum_descriptor_get_value(field->descriptor, value);
    return named ? named->name : NULL;
}

static unsigned wire_of(const ProtobufCFieldDescriptor *field)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_BYTES;
    case PROTOBUF_C_TYPE_FIXED32:
        return WIRE_32;
    default:
        return WIRE_VARINT;
    }
}

/* The value behind a key: past it, whatever it is. */
static const char *read_value(struct cursor *c, unsigned wire, struct dnstap_value *ret)
{
    uint64_t n = 0;

    *ret = (struct dnstap_value){.has = true};
    switch (wire) {
    case WIRE_VARINT:
        return varint(c, &ret->number) ? NULL : "a number that does not end";
    case WIRE_BYTES:
        if (!varint(c, &n))
            return "a number that does not end";
        break;
    case WIRE_64:
        n = 8;
        break;
    case WIRE_32:
        n = 4;
        break;
    default:
        return "a field of a kind that protobuf no longer has";
    }
    if (n > c->end - c->at)
        return "a field longer than the message";
    if (wire == WIRE_32)
        ret->number = le32(c->data + c->at);
    ret->at = c->at;
    ret->len = (uint32_t)n;
    c->at += (uint32_t)n;
    return NULL;
}

/* One message of the schema, and what is nested in it. */
static const char *read_message(struct dnstap *payload, enum dnstap_level level, struct cursor c)
{
    const ProtobufCMessageDescriptor *message = message_of(level);
    uint32_t seen = 0;

    while (c.at < c.end) {
        const ProtobufCFieldDescriptor *field = NULL;
        struct dnstap_value value;
        const char *why;
        uint64_t key;

        if (!varint(&c, &key))
            return "a number that does not end";
        if (key >> 3 == 0 || key > UINT32_MAX)
            return "a field number that cannot be";
        if (key >> 3 <= DNSTAP_MOST)
            field = dnstap_field(level, (unsigned)(key >> 3));
        if (field && wire_of(field) != (key & 7))
            return "a field of another type than the schema's";
        why = read_value(&c, key & 7, &value);
        if (why)
            return why;
        if (!field)
            continue;
        if (field->type != PROTOBUF_C_TYPE_UINT64)
            value.number &= UINT32_MAX;
        payload->values[level][field->id] = value; /* the last one counts */
        seen |= UINT32_C(1) << field->id;
        if (field->type != PROTOBUF_C_TYPE_MESSAGE || level + 1 == DNSTAP_LEVELS)
            continue;
        why = read_message(payload, level + 1,
                           (struct cursor){c.data, value.at, value.at + value.len});
        if (why)
            return why;
    }
    for (unsigned i = 0; i < message->n_fields; i++)
        if (message->fields[i].label == PROTOBUF_C_LABEL_REQUIRED &&
            !(seen >> message->fields[i].id & 1))
            return "a required field is not there";
    return NULL;
}

/* ---- what the schema cannot say ---- */

static bool is_address(const struct dnstap *payload, unsigned number)
{
    const struct dnstap_value *values = payload->values[DNSTAP_MESSAGE];
    const struct dnstap_value *family = &values[DNSTAP_SOCKET_FAMILY];
    const uint32_t n = values[number].len;

    if (n == 0)
        return true;
    if (family->has && family->number == DNSTAP__SOCKET_FAMILY__INET)
        return n == 4;
    if (family->has && family->number == DNSTAP__SOCKET_FAMILY__INET6)
        return n == 16;
    return n == 4 || n == 16;
}

int64_t dnstap_time(const struct dnstap *payload, unsigned sec, unsigned nsec)
{
    const struct dnstap_value *values = payload->values[DNSTAP_MESSAGE];
    const uint64_t s = values[sec].number, ns = values[nsec].number;
    const uint64_t most = INT64_MAX / 1000000000;

    if (!values[sec].has || s >= most || ns >= 1000000000)
        return INT64_MIN;
    return (int64_t)(s * 1000000000 + ns);
}

static const char *check_message(const struct dnstap *payload)
{
    const struct dnstap_value *values = payload->values[DNSTAP_MESSAGE];

    if (!is_address(payload, DNSTAP_QUERY_ADDRESS) || !is_address(payload, DNSTAP_RESPONSE_ADDRESS))
        return "an address of another length than its family's";
    if (values[DNSTAP_QUERY_ADDRESS].len && values[DNSTAP_RESPONSE_ADDRESS].len &&
        values[DNSTAP_QUERY_ADDRESS].len != values[DNSTAP_RESPONSE_ADDRESS].len)
        return "addresses of two families";
    if (values[DNSTAP_QUERY_PORT].number > UINT16_MAX ||
        values[DNSTAP_RESPONSE_PORT].number > UINT16_MAX)
        return "a port above 65535";
    if ((values[DNSTAP_QUERY_TIME_SEC].has &&
         dnstap_time(payload, DNSTAP_QUERY_TIME_SEC, DNSTAP_QUERY_TIME_NSEC) == INT64_MIN) ||
        (values[DNSTAP_RESPONSE_TIME_SEC].has &&
         dnstap_time(payload, DNSTAP_RESPONSE_TIME_SEC, DNSTAP_RESPONSE_TIME_NSEC) == INT64_MIN))
        return "a time that 64 bits of nanoseconds cannot hold";
    return NULL;
}

const char *dnstap_decode(const uint8_t *data, size_t n, struct dnstap *ret)
{
    const char *why;

    memset(ret, 0, sizeof(*ret));
    ret->data = data;
    if (n > INT32_MAX)
        return "too long";
    why = read_message(ret, DNSTAP_OUTER, (struct cursor){data, 0, (uint32_t)n});
    return why ? why : check_message(ret);
}

/* ---- names ---- */

size_t dnstap_name(const uint8_t *wire, size_t n, char text[DNSTAP_NAME])
{
    size_t at = 0, used = 0;

    while (at < n && wire[at]) {
        const size_t label = wire[at++];

        if (label > 63 || label >= n - at || at + label > 254)
            return 0;
        for (const size_t end = at + label; at < end; at++) {
            const uint8_t c = wire[at];

            if (c <= ' ' || c >= 127) { /* RFC 1035 section 5.1 */
                text[used++] = '\\';
                text[used++] = (char)('0' + c / 100);
                text[used++] = (char)('0' + c / 10 % 10);
                text[used++] = (char)('0' + c % 10);
                continue;
            }
            if (c == '.' || c == '\\' || c == '"' || c == ';' || c == '(' || c == ')' || c == '@' ||
                c == '$')
                text[used++] = '\\';
            text[used++] = (char)c;
        }
        text[used++] = '.';
    }
    if (at + 1 != n)
        return 0;
    if (used == 0)
        text[used++] = '.';
    return used;
}
