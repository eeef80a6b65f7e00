/* A toy protocol over TCP, and captures of its segments written here byte by byte: a message is a
 * length of two bytes and as many more. Must not know what is tested with it. */
#ifndef TESTS_UNIT_STREAM_TOY_H
#define TESTS_UNIT_STREAM_TOY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/task.h"
#include "core/track/stream.h"

enum { FIN = 1, SYN = 2, ACK = 16, PORT = 7000, KEEP = 600 };

/* ---- the toy protocol ---- */

/* Lengths with a meaning of their own; PART + n: n bytes, then another length. */
enum {
    REST = 0xff00,
    FOREIGN = 0xff01,
    NEVER = 0xff02,
    AS_PEER = 0xff03,
    BEFORE = 0xff05,     /* what goes on has ended; alone, an empty message */
    UP_TO_ZERO = 0xff04, /* it ends before the next zero byte, which is another message's */
    PART = 0x8000
};

struct toy_state {
    uint32_t mark;   /* messages of both directions so far */
    int64_t last[2]; /* length of the latest message of a direction */
};

static _Atomic uint64_t n_asks, n_offered; /* how often the toy was asked, and of how many bytes */

static int64_t toy_message(void *state, const trawl_layer *payload)
{
    struct toy_state *s = state;
    uint32_t n;

    n_asks++;
    n_offered += payload->cap_len;
    if (payload->cap_len < 2)
        return TRAWL_MESSAGE_MORE;
    n = tw_be16(payload->data);
    switch (n) {
    case REST:
        return TRAWL_MESSAGE_REST;
    case FOREIGN:
        return TRAWL_MESSAGE_FOREIGN;
    case NEVER:
        return TRAWL_MESSAGE_MORE;
    case UP_TO_ZERO:
        for (n = 2; n < payload->cap_len; n++) {
            if (payload->data[n] == 0) {
                s->mark++;
                return n;
            }
        }
        return TRAWL_MESSAGE_MORE;
    case BEFORE:
        if (payload->flags & TRAWL_LAYER_CONTINUED)
            return TRAWL_MESSAGE_BEFORE;
        n = 0;
        break;
    case AS_PEER:
        n = (uint32_t)s->last[!payload->direction];
        break;
    default:
        break;
    }
    if (n > PART)
        return TRAWL_MESSAGE_ON(n - PART + 2);
    s->last[payload->direction] = n;
    s->mark++;
    return n + 2;
}

static int toy_probe(const trawl_layer *payload)
{
    return payload->cap_len >= 3 && payload->data[2] == 'T';
}

static const char *const toy_ports[] = {"7000", NULL};
static trawl_dissector toy = {.size = sizeof(trawl_dissector),
                              .field_size = sizeof(trawl_field),
                              .name = "toy",
                              .layer = "payload",
                              .tcp_ports = toy_ports,
                              .probe = toy_probe,
                              .message = toy_message,
                              .state_size = sizeof(struct toy_state),
                              .keep_bytes = KEEP};

/* ---- captures ---- */

/* A segment from 10.0.0.1:client to 10.0.0.2:port (or back). */
struct segment {
    bool back;
    unsigned flags;
    uint32_t seq;
    const char *data;
    unsigned n;
    unsigned cut; /* bytes that were not captured */
    uint32_t ack; /* 0: none */
    uint16_t client, port;
};
#define SEG(seq_, text)                                      \
    {                                                        \
        .seq = (seq_), .data = (text), .n = sizeof(text) - 1 \
    }
#define BACK(seq_, text)                                                    \
    {                                                                       \
        .back = true, .seq = (seq_), .data = (text), .n = sizeof(text) - 1, \
    }

struct capture {
    struct tw_buffer records;
    size_t n_records;
    size_t *places; /* of the frames in records */
    struct tw_input *input;
    struct tw_packets *packets;
    struct tw_conversations conversations;
    struct tw_claims *claims;
    struct tw_messages *messages;
};

static void put_be(struct tw_buffer *b, uint64_t v, unsigned n)
{
    while (n-- > 0)
        tw_buffer_putc(b, (char)(v >> (8 * n)));
}

static void add(struct capture *c, const struct segment *s)
{
    const uint32_t len = 40 + s->n;
    const uint32_t head[4] = {1700000000 + (uint32_t)c->n_records, 0, len - s->cut, len};
    const uint16_t client = s->client ? s->client : 1000, port = s->port ? s->port : PORT;

    tw_buffer_append(&c->records, head, sizeof(head));
    c->places = realloc(c->places, (c->n_records + 1) * sizeof(*c->places));
    assert_non_null(c->places);
    c->places[c->n_records++] = c->records.len;
    put_be(&c->records, 0x4500, 2);
    put_be(&c->records, len, 2);
    put_be(&c->records, 0x0000400040060000, 8);
    put_be(&c->records, s->back ? 0x0a0000020a000001 : 0x0a0000010a000002, 8);
    put_be(&c->records, s->back ? port : client, 2);
    put_be(&c->records, s->back ? client : port, 2);
    put_be(&c->records, s->seq, 4);
    put_be(&c->records, s->ack, 4);
    put_be(&c->records, 0x5000 | (s->ack ? ACK : 0) | s->flags, 2);
    put_be(&c->records, 0xffff00000000, 6);
    assert_true(s->cut <= s->n);
    if (s->n > s->cut)
        tw_buffer_append(&c->records, s->data, s->n - s->cut);
}

static void load(struct capture *c, unsigned n_threads)
{
    const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 101};
    const struct tw_input_options options = {0};
    char path[] = "/tmp/trawl-stream-XXXXXX";
    const char *const paths[] = {path};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, head, sizeof(head)), (ssize_t)sizeof(head));
    assert_int_equal(write(fd, c->records.data, c->records.len), (ssize_t)c->records.len);
    close(fd);
    n_asks = n_offered = 0;
    tw_pool_set_threads(n_threads);
    c->input = tw_input_open(paths, 1, NULL);
    assert_non_null(c->input);
    assert_int_equal(tw_packets_load(c->input, &options, &c->packets, NULL), TRAWL_OK);
    assert_int_equal(c->packets->n_rows, c->n_records);
    assert_int_equal(tw_conversations_build(c->packets, &c->conversations, NULL), TRAWL_OK);
    c->claims = calloc(1, sizeof(*c->claims));
    assert_non_null(c->claims);
    assert_true(tw_claims_add(c->claims, &toy));
    assert_int_equal(
        tw_messages_build(c->packets, &c->conversations, c->claims, &toy, &c->messages, NULL),
        TRAWL_OK);
    unlink(path);
}

static void unload(struct capture *c)
{
    tw_messages_free(c->messages);
    tw_conversations_fini(&c->conversations);
    tw_packets_free(c->packets);
    tw_input_free(c->input);
    free(c->claims);
}

static void drop(struct capture *c)
{
    tw_buffer_fini(&c->records);
    free(c->places);
}

static const uint8_t *bytes_of(const struct capture *c, const struct tw_message *m)
{
    return m->data ? m->data : (const uint8_t *)c->records.data + c->places[m->row] + m->at;
}

/* "1>abc" is a message abc that ends in frame 1, "<" one of the other direction; "/9!" says that it
 * has nine bytes but is partial; "1(" says that one begins there which ends later. Lengths are left
 * out, those inside are "~". */
static const char *text_of(const struct capture *c)
{
    static char text[4096];
    size_t n = 0;

    text[0] = 0;
    for (size_t i = 0; i < c->messages->n; i++) {
        const struct tw_message *m = &c->messages->items[i];
        const uint8_t *data = bytes_of(c, m);

        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u%c", i ? " " : "", m->row + 1,
                              m->begins      ? '('
                              : m->direction ? '<'
                                             : '>');
        if (m->seen) /* all that is ahead of it is there */
            n += (size_t)snprintf(text + n, sizeof(text) - n, "+%u%c", m->seen,
                                  m->data ? data[2 - (int64_t)m->seen] : '?');
        for (uint32_t k = 2; k < m->cap_len && n + 2 < sizeof(text); k++)
            text[n++] = data[k] > ' ' && data[k] < 0x7f ? (char)data[k] : '~';
        text[n] = 0;
        if (m->cap_len != m->len || m->partial)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "/%u%s", m->len,
                                  m->partial ? "!" : "");
    }
    return text;
}

#define CHECK(segments, expected) check(segments, TW_COUNT(segments), expected)
static inline void check(const struct segment *segments, size_t n, const char *expected)
{
    struct capture c = {.records = TW_BUFFER_INIT};

    for (size_t i = 0; i < n; i++)
        add(&c, &segments[i]);
    load(&c, 1);
    assert_string_equal(text_of(&c), expected);
    unload(&c);
    drop(&c);
}

#endif
