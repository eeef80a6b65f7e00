/* Builds frames byte by byte for the tests of core/dissect. Must not know what the walk makes of
 * them. */
#ifndef TRAWL_TEST_FRAME_BUILDER_H
#define TRAWL_TEST_FRAME_BUILDER_H

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/dissect/frame.h"

struct build {
    uint8_t b[2048];
    uint32_t n;
};

static inline void put_bytes(struct build *f, const void *data, uint32_t n)
{
    assert_true(f->n + n <= sizeof(f->b));
    memcpy(f->b + f->n, data, n);
    f->n += n;
}
static inline void put8(struct build *f, unsigned v)
{
    const uint8_t b = (uint8_t)v;

    put_bytes(f, &b, 1);
}
static inline void put16(struct build *f, unsigned v)
{
    put8(f, v >> 8 & 0xff);
    put8(f, v & 0xff);
}
static inline void put32(struct build *f, uint32_t v)
{
    put16(f, v >> 16);
    put16(f, v & 0xffff);
}
static inline void put_zeros(struct build *f, uint32_t n)
{
    while (n--)
        put8(f, 0);
}
static inline void set16(struct build *f, uint32_t at, unsigned v)
{
    f->b[at] = (uint8_t)(v >> 8);
    f->b[at + 1] = (uint8_t)v;
}

/* 02:00:00:00:00:01 to 02:00:00:00:00:02. */
static inline void put_eth(struct build *f, unsigned type)
{
    put_bytes(f, "\x02\0\0\0\0\2\x02\0\0\0\0\1", 12);
    put16(f, type);
}
static inline void put_vlan(struct build *f, unsigned id, unsigned type)
{
    put16(f, id);
    put16(f, type);
}
/* 10.0.0.1 to 10.0.0.2, ttl 64; returns where it starts, for end_ipv4(). */
static inline uint32_t put_ipv4(struct build *f, unsigned proto)
{
    const uint32_t at = f->n;

    put16(f, 0x4500);
    put16(f, 0); /* total length: end_ipv4() */
    put16(f, 0x1234);
    put16(f, 0);
    put8(f, 64);
    put8(f, proto);
    put16(f, 0);
    put32(f, 0x0a000001);
    put32(f, 0x0a000002);
    return at;
}
static inline void end_ipv4(struct build *f, uint32_t at)
{
    set16(f, at + 2, f->n - at);
}
/* 2001:db8::1 to 2001:db8::2, hop limit 64. */
static inline uint32_t put_ipv6(struct build *f, unsigned next)
{
    static const uint8_t prefix[15] = {0x20, 0x01, 0x0d, 0xb8};
    const uint32_t at = f->n;

    put32(f, 0x60000000);
    put16(f, 0);
    put8(f, next);
    put8(f, 64);
    put_bytes(f, prefix, 15);
    put8(f, 1);
    put_bytes(f, prefix, 15);
    put8(f, 2);
    return at;
}
static inline void end_ipv6(struct build *f, uint32_t at)
{
    set16(f, at + 4, f->n - at - 40);
}
/* 1000 to 2000, seq 7, ack 9, flags ACK PSH, window 512. */
static inline void put_tcp(struct build *f, uint32_t n_options, uint32_t n_payload)
{
    put16(f, 1000);
    put16(f, 2000);
    put32(f, 7);
    put32(f, 9);
    put16(f, (20 + n_options) / 4 << 12 | 0x018);
    put16(f, 512);
    put16(f, 0xabcd);
    put16(f, 0);
    put_zeros(f, n_options);
    put_zeros(f, n_payload);
}
static inline uint32_t put_udp(struct build *f, unsigned sport, unsigned dport)
{
    const uint32_t at = f->n;

    put16(f, sport);
    put16(f, dport);
    put16(f, 0); /* length: end_udp() */
    put16(f, 0);
    return at;
}
static inline void end_udp(struct build *f, uint32_t at)
{
    set16(f, at + 4, f->n - at);
}

/* Names of the layers behind the frame's own, joined by blanks; quoted ones with a '?' after. */
static inline const char *layers_of(const struct tw_frame *frame)
{
    static char text[512];
    size_t n = 0;

    for (uint32_t i = 1; i < frame->n_layers; i++) {
        const char *name = tw_layer_name((enum tw_layer_kind)frame->layers[i].kind);

        if (n)
            text[n++] = ' ';
        memcpy(text + n, name, strlen(name));
        n += strlen(name);
        if (frame->layers[i].flags & TRAWL_LAYER_QUOTED)
            text[n++] = '?';
    }
    text[n] = '\0';
    return text;
}
static inline void walk(struct tw_frame *frame, const struct build *f, uint32_t link_type)
{
    tw_frame_walk(frame, f->b, f->n, f->n, link_type, 0);
}
/* What walks as `expected`, whole and without complaint. */
static inline void expect_layers(const struct build *f, uint32_t link_type, const char *expected)
{
    struct tw_frame frame;

    walk(&frame, f, link_type);
    assert_string_equal(layers_of(&frame), expected);
    assert_null(frame.malformed);
    assert_int_equal(frame.flags & TW_FRAME_TRUNCATED, 0);
    assert_false(frame.no_link);
}

#endif
