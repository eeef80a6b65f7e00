/* Frames of HTTP/2 by their lengths; headers, which are compressed, are not looked into: a body
 * that is a DNS message from its first byte to its last is one. Knows nothing of fields or tables.
 */
#include "http2.h"

#include <string.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum { PREFACE_LEN = sizeof(preface) - 1, FRAME_HEADER = 9, BODY_MOST = 1 << 17 };
enum { TYPE_DATA = 0, FLAG_END = 1, FLAG_PADDED = 8 };

struct frame {
    uint64_t n; /* with its header */
    uint32_t stream;
    uint8_t type, flags;
    const uint8_t *data; /* without padding; n_data bytes of it are there */
    uint32_t n_data;
};

int dns_http2_begins(const uint8_t *data, uint32_t n)
{
    return n >= PREFACE_LEN && memcmp(data, preface, PREFACE_LEN) == 0;
}

static int frame_at(const uint8_t *data, uint32_t n, struct frame *ret)
{
    uint32_t length, n_pad = 0;

    if (n < FRAME_HEADER)
        return 0;
    length = dns_u32(data) >> 8;
    *ret = (struct frame){.n = (uint64_t)FRAME_HEADER + length,
                          .stream = dns_u32(data + 5) & 0x7fffffff,
                          .type = data[3],
                          .flags = data[4],
                          .data = data + FRAME_HEADER};
    if (ret->type == TYPE_DATA && ret->flags & FLAG_PADDED && length && n > FRAME_HEADER) {
        n_pad = *ret->data++;
        length--;
        n--;
    }
    length -= n_pad < length ? n_pad : length;
    ret->n_data = n - FRAME_HEADER < length ? n - FRAME_HEADER : length;
    return 1;
}

static int is_last(const struct frame *frame, uint32_t stream)
{
    return frame->type == TYPE_DATA && frame->stream == stream && frame->flags & FLAG_END;
}

int64_t dns_http2_length(const uint8_t *data, uint32_t n)
{
    struct frame first, next;
    uint64_t at;

    if (dns_http2_begins(data, n))
        return PREFACE_LEN;
    if (!frame_at(data, n, &first))
        return 0;
    if (first.type != TYPE_DATA || is_last(&first, first.stream) || first.n > BODY_MOST)
        return (int64_t)first.n;
    if (n < first.n)
        return 0;
    if (first.n_data < DNS_HEADER_LEN || !dns_is_likely(first.data, UINT16_MAX))
        return (int64_t)first.n;
    for (at = first.n; at < BODY_MOST; at += next.n) {
        if (at > n || !frame_at(data + at, n - (uint32_t)at, &next))
            return 0;
        if (is_last(&next, first.stream))
            return (int64_t)(at + next.n);
    }
    return (int64_t)first.n;
}

/* From the header to the last byte, and nothing behind it. */
static int is_whole(const struct dns_message *message)
{
    struct dns_walk walk;
    struct dns_item item;
    unsigned n_items = 0;

    if (!dns_walk_begin(&walk, message))
        return 0;
    while (dns_walk_next(&walk, &item))
        n_items++;
    return n_items && !walk.fault && walk.at == message->n;
}

int dns_http2_message(const uint8_t *data, uint32_t n, uint8_t room[DNS_HTTP2_JOINED],
                      struct dns_message *ret)
{
    struct frame first, next;
    uint32_t at, used;

    if (!frame_at(data, n, &first) || first.type != TYPE_DATA || dns_http2_begins(data, n))
        return 0;
    *ret = (struct dns_message){first.data, first.n_data};
    used = first.n_data;
    next = first;
    for (at = 0; !is_last(&next, first.stream);) {
        at += (uint32_t)next.n; /* at most BODY_MOST, by dns_http2_length() */
        if (at >= n || next.n > n || !frame_at(data + at, n - at, &next))
            return 0;
        if (next.type != TYPE_DATA || next.stream != first.stream || next.n_data == 0)
            continue;
        if (used > DNS_HTTP2_JOINED || next.n_data > DNS_HTTP2_JOINED - used)
            return 0;
        if (ret->data != room)
            memcpy(room, ret->data, used);
        memcpy(room + used, next.data, next.n_data);
        used += next.n_data;
        *ret = (struct dns_message){room, used};
    }
    return is_whole(ret);
}
