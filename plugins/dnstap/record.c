/* The reader: Frame Streams files as captures, a message a row.
 * Must not know the fields' names. */
#include <fstrm.h>
#include <string.h>

#include "dnstap.h"
#include <dnstap.pb-c.h>

enum { TCP = 6, UDP = 17 };

/* A query's own time is query_time, a response's response_time; else the one that is there. */
static int64_t time_of(const struct dnstap *payload)
{
    const int64_t query = dnstap_time(payload, DNSTAP_QUERY_TIME_SEC, DNSTAP_QUERY_TIME_NSEC);
    const int64_t response = dnstap_time(payload, DNSTAP_RESPONSE_TIME_SEC,
                                         DNSTAP_RESPONSE_TIME_NSEC);
    const bool is_query = payload->values[DNSTAP_MESSAGE][DNSTAP_TYPE].number % 2;

    if (query == INT64_MIN || (!is_query && response != INT64_MIN))
        return response;
    return query;
}

static int64_t next(const uint8_t *data, size_t n, uint64_t offset, trawl_record *ret)
{
    struct dnstap payload;
    struct frame frame;
    const int64_t size = frame_at(data, n, &frame);

    (void)offset;
    ret->need = frame.need;
    ret->why = frame.why;
    if (size <= 0)
        return size;
    ret->header_len = frame.header_len;
    ret->cap_len = frame.len;
    ret->time_ns = INT64_MIN;
    ret->flags = frame.control ? TRAWL_RECORD_SKIP : 0;
    if (frame.control != FSTRM_CONTROL_STOP && frame.control != FSTRM_CONTROL_FINISH)
        ret->flags |= TRAWL_RECORD_OPEN;
    if (!frame.control && !dnstap_decode(data + frame.header_len, frame.len, &payload))
        ret->time_ns = time_of(&payload);
    return size;
}

static uint8_t protocol_of(const struct dnstap_value *values)
{
    switch (values[DNSTAP_SOCKET_PROTOCOL].number) {
    case DNSTAP__SOCKET_PROTOCOL__UDP:
    case DNSTAP__SOCKET_PROTOCOL__DNSCryptUDP:
    case DNSTAP__SOCKET_PROTOCOL__DOQ:
        return UDP;
    case DNSTAP__SOCKET_PROTOCOL__TCP:
    case DNSTAP__SOCKET_PROTOCOL__DOT:
    case DNSTAP__SOCKET_PROTOCOL__DNSCryptTCP:
        return TCP;
    case DNSTAP__SOCKET_PROTOCOL__DOH:
        return values[DNSTAP_HTTP_PROTOCOL].number == DNSTAP__HTTP_PROTOCOL__HTTP3 ? UDP : TCP;
    default:
        return 0;
    }
}

static void put_address(const struct dnstap *payload, unsigned number, trawl_record_info *ret,
                        uint8_t to[16])
{
    const struct dnstap_value *value = &payload->values[DNSTAP_MESSAGE][number];

    if (!value->len)
        return; /* one of the two: the other is the unspecified address */
    ret->family = value->len == 4 ? 4 : 6;
    memcpy(to, payload->data + value->at, value->len);
}

static void put_payload(const struct dnstap *payload, unsigned number, uint32_t direction,
                        trawl_record_info *ret)
{
    const struct dnstap_value *value = &payload->values[DNSTAP_MESSAGE][number];

    if (value->len)
        ret->payloads[ret->n_payloads++] = (trawl_record_payload){
            .dissector = "dns", .at = value->at, .len = value->len, .direction = direction};
}

static int describe(const uint8_t *data, size_t n, trawl_record_info *ret)
{
    struct dnstap payload;
    const struct dnstap_value *values = payload.values[DNSTAP_MESSAGE];

    ret->why = dnstap_decode(data, n, &payload);
    if (ret->why)
        return -1;
    ret->protocol = protocol_of(values);
    ret->is_back = values[DNSTAP_TYPE].number && values[DNSTAP_TYPE].number % 2 == 0;
    ret->src_port = (uint16_t)values[DNSTAP_QUERY_PORT].number;
    ret->dst_port = (uint16_t)values[DNSTAP_RESPONSE_PORT].number;
    put_address(&payload, DNSTAP_QUERY_ADDRESS, ret, ret->src);
    put_address(&payload, DNSTAP_RESPONSE_ADDRESS, ret, ret->dst);
    put_payload(&payload, DNSTAP_QUERY_MESSAGE, 0, ret);
    put_payload(&payload, DNSTAP_RESPONSE_MESSAGE, 1, ret);
    return 0;
}

static const char *const extensions[] = {".dnstap", ".tap", ".fstrm", NULL};

const trawl_reader dnstap_reader = {
    .size = sizeof(trawl_reader),
    .name = "dnstap",
    .summary = "Frame Streams of dnstap messages",
    .extensions = extensions,
    .match = frames_match,
    .next = next,
    .describe = describe,
};
