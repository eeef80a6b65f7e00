/* TCP segments of raw IP, written byte by byte and loaded, for the tests of core/track. Must not
 * know what is made of them. */
#ifndef TRAWL_TEST_SEGMENTS_H
#define TRAWL_TEST_SEGMENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/track/conversation.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* One TCP segment between 10.0.0.1:from and 10.0.0.2:to (or back), at ms milliseconds. */
struct segment {
    unsigned ms;
    bool back;
    uint16_t client_port;
    unsigned flags;
    uint32_t seq, ack;
    unsigned len;
    int window; /* 0: 65,535; CLOSED: none left */
};
enum { CLOSED = -1 };

static inline void put_be(struct tw_buffer *b, uint64_t v, unsigned n)
{
    while (n-- > 0)
        tw_buffer_putc(b, (char)(v >> (8 * n)));
}

static inline void put_segment(struct tw_buffer *b, const struct segment *s)
{
    const uint32_t len = 40 + s->len;
    const uint32_t head[4] = {1700000000, s->ms * 1000, len, len};

    tw_buffer_append(b, head, sizeof(head));
    put_be(b, 0x4500, 2); /* IPv4: total length, DF, TTL 64, TCP */
    put_be(b, len, 2);
    put_be(b, 0x00004000, 4);
    put_be(b, 0x40060000, 4);
    put_be(b, s->back ? 0x0a000002 : 0x0a000001, 4);
    put_be(b, s->back ? 0x0a000001 : 0x0a000002, 4);
    put_be(b, s->back ? 80 : s->client_port, 2);
    put_be(b, s->back ? s->client_port : 80, 2);
    put_be(b, s->seq, 4);
    put_be(b, s->ack, 4);
    put_be(b, 0x5000 | s->flags, 2);
    put_be(b, s->window == CLOSED ? 0 : s->window ? (unsigned)s->window : 0xffff, 2);
    put_be(b, 0, 2);
    put_be(b, 0, 2);
    for (unsigned i = 0; i < s->len; i++)
        tw_buffer_putc(b, 'x');
}

struct loaded {
    struct tw_input *input;
    struct tw_packets *packets;
    struct tw_conversations conversations;
};

/* Records of raw IP. */
static inline void load_records(const struct tw_buffer *records, size_t n, struct loaded *ret)
{
    const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 101};
    const struct tw_input_options options = {0};
    char path[] = "/tmp/trawl-conversation-XXXXXX";
    const char *const paths[] = {path};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, head, sizeof(head)), (ssize_t)sizeof(head));
    assert_int_equal(write(fd, records->data, records->len), (ssize_t)records->len);
    close(fd);
    ret->input = tw_input_open(paths, 1, NULL);
    assert_non_null(ret->input);
    unlink(path);
    assert_int_equal(tw_packets_load(ret->input, &options, &ret->packets, NULL), TRAWL_OK);
    assert_int_equal(ret->packets->n_rows, n);
    assert_int_equal(tw_conversations_build(ret->packets, &ret->conversations, NULL), TRAWL_OK);
}

static inline void load(const struct segment *segments, size_t n, struct loaded *ret)
{
    struct tw_buffer b = TW_BUFFER_INIT;

    for (size_t i = 0; i < n; i++)
        put_segment(&b, &segments[i]);
    load_records(&b, n, ret);
    tw_buffer_fini(&b);
}

static inline void unload(struct loaded *l)
{
    tw_conversations_fini(&l->conversations);
    tw_packets_free(l->packets);
    tw_input_free(l->input);
}

static inline uint32_t stream(const struct loaded *l, size_t row)
{
    return TW_CELLS(l->packets->stream, const uint32_t)[row];
}

#endif
