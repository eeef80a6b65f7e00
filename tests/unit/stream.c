/* Messages out of TCP's byte streams, over segments written here byte by byte. The toy protocol has
 * a length of two bytes before each message. */
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
    UP_TO_ZERO = 0xff04, /* it ends before the next zero byte, which is another message's */
    PART = 0x8000
};

struct toy_state {
    uint32_t mark;   /* messages of both directions so far */
    int64_t last[2]; /* length of the latest message of a direction */
};

static int64_t toy_message(void *state, const trawl_layer *payload)
{
    struct toy_state *s = state;
    uint32_t n;

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
static const trawl_dissector toy = {.size = sizeof(trawl_dissector),
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
    put_be(&c->records, 0, 4);
    put_be(&c->records, 0x5000 | ACK | s->flags, 2);
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
 * has nine bytes but is partial. Lengths are left out, those inside are "~". */
static const char *text_of(const struct capture *c)
{
    static char text[4096];
    size_t n = 0;

    text[0] = 0;
    for (size_t i = 0; i < c->messages->n; i++) {
        const struct tw_message *m = &c->messages->items[i];
        const uint8_t *data = bytes_of(c, m);

        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%u%c", i ? " " : "", m->row + 1,
                              m->direction ? '<' : '>');
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
static void check(const struct segment *segments, size_t n, const char *expected)
{
    struct capture c = {.records = TW_BUFFER_INIT};

    for (size_t i = 0; i < n; i++)
        add(&c, &segments[i]);
    load(&c, 1);
    assert_string_equal(text_of(&c), expected);
    unload(&c);
    drop(&c);
}

/* ---- facts ---- */

static void segments_and_messages(void **state)
{
    const struct segment one_each[] = {SEG(1, "\0\3abc"), SEG(6, "\0\2de")};
    const struct segment several_in_one[] = {SEG(1, "\0\3abc\0\0\0\2de")};
    const struct segment over_three[] = {SEG(1, "\0"), SEG(2, "\6abc"), SEG(6, "def\0\1g")};
    const struct segment ends_and_begins[] = {SEG(1, "\0\3a"), SEG(4, "bc\0\2d"), SEG(9, "e")};

    (void)state;
    CHECK(one_each, "1>abc 2>de");
    CHECK(several_in_one, "1>abc 1> 1>de");
    CHECK(over_three, "3>abcdef 3>g");
    CHECK(ends_and_begins, "2>abc 3>de");
}

static void order_of_arrival(void **state)
{
    const struct segment swapped[] = {SEG(1, "\0\6a"), SEG(6, "cde"), SEG(4, "bb"),
                                      SEG(9, "\0\1z")};
    /* frame 2 waits for frame 3, and so do the messages in it */
    const struct segment whole_ahead[] = {SEG(1, "\0\1a"), SEG(7, "\0\1c\0\1d"), SEG(4, "\0\1b")};
    const struct segment backwards[] = {SEG(1, "\0"), SEG(5, "c"), SEG(4, "b"), SEG(3, "a"),
                                        SEG(2, "\3")};
    const struct segment again[] = {SEG(1, "\0\3abc"), SEG(1, "\0\3abc"), SEG(6, "\0\1d")};
    const struct segment again_longer[] = {SEG(1, "\0\3ab"), SEG(1, "\0\3abc\0\1d")};
    /* what came first counts: B and C are not taken */
    const struct segment overlap[] = {SEG(1, "\0\4ab"), SEG(4, "BXY"), SEG(6, "C\0\1e")};
    const struct segment twice_early[] = {SEG(1, "\0\4"), SEG(5, "cd"), SEG(5, "cd"), SEG(3, "ab")};
    const struct segment keep_alive[] = {SEG(1, "\0\1a"), SEG(3, "?"), SEG(4, "\0\1b")};

    (void)state;
    CHECK(swapped, "3>abbcde 4>z");
    CHECK(whole_ahead, "1>a 3>b 3>c 3>d");
    CHECK(backwards, "5>abc");
    CHECK(again, "1>abc 3>d");
    CHECK(again_longer, "2>abc 2>d");
    CHECK(overlap, "2>abXY 3>e");
    CHECK(twice_early, "4>abcd");
    CHECK(keep_alive, "1>a 3>b");
}

/* The zero in frame 2 says that "ab" was all; the message that it begins is whole too. */
static void ends_told_by_what_follows(void **state)
{
    const struct segment at_the_border[] = {SEG(1, "\xff\4ab"), SEG(5, "\0\1c")};
    const struct segment in_the_piece[] = {SEG(1, "\xff\4ab"), SEG(5, "c\0\1d")};
    const struct segment never[] = {SEG(1, "\xff\4ab"), SEG(5, "c")};

    (void)state;
    CHECK(at_the_border, "2>ab 2>c");
    CHECK(in_the_piece, "2>abc 2>d");
    CHECK(never, "2>abc/5!");
}

/* The state's first bytes go with each message as they were when it was cut off. */
static void marks(void **state)
{
    const struct segment segments[] = {SEG(1, "\0\1a\0\2b"), BACK(1, "\0\1x"), SEG(7, "c\0\1d")};
    struct capture c = {.records = TW_BUFFER_INIT};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(segments); i++)
        add(&c, &segments[i]);
    load(&c, 1);
    assert_string_equal(text_of(&c), "1>a 2<x 3>bc 3>d");
    assert_int_equal(c.messages->items[0].mark, 1);
    assert_int_equal(c.messages->items[1].mark, 3); /* bc's length was known before x came */
    assert_int_equal(c.messages->items[2].mark, 2);
    assert_int_equal(c.messages->items[3].mark, 4);
    unload(&c);
    drop(&c);
}

/* Bytes that never come: what was there before them is kept, what comes behind them in the same
 * message is not, since it would not be in its place. */
static void gaps(void **state)
{
    const struct segment in_known[] = {SEG(1, "\0\7ab"), SEG(7, "efg\0\1z")};
    const struct segment at_its_end[] = {SEG(1, "\0\4ab"), SEG(7, "\0\1z")};
    const struct segment over_its_end[] = {SEG(1, "\0\3ab"), SEG(9, "\0\1z")};
    const struct segment unknown[] = {SEG(1, "\0"), SEG(9, "\0\1z")};
    const struct segment between[] = {SEG(1, "\0\1a"), SEG(9, "\0\1z")};

    (void)state;
    CHECK(in_known, "2>ab/9! 2>z");
    CHECK(at_its_end, "1>ab/6! 2>z");
    CHECK(over_its_end, "1>ab/5! 2>z");
    CHECK(unknown, "1>/1! 2>z");
    CHECK(between, "1>a 2>z");
}

/* A hole that is never filled holds back no more than EARLY_MOST segments: 512 wait, the next one
 * lets them go, and each message is its own packet's. */
static void a_gap_is_given_up(void **state)
{
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment s = SEG(1, "\0\1a");

    (void)state;
    add(&c, &s);
    for (uint32_t i = 0; i < 600; i++) {
        s.seq = 100 + i * 3;
        add(&c, &s);
    }
    s.seq = 4; /* too late */
    add(&c, &s);
    load(&c, 1);
    assert_int_equal(c.messages->n, 601);
    assert_int_equal(c.messages->items[1].row, 1);
    for (size_t i = 2; i < 601; i++)
        assert_int_equal(c.messages->items[i].row, i <= 513 ? TW_MAX(i, (size_t)513) : i);
    unload(&c);
    drop(&c);
}

static void cut_by_snaplen(void **state)
{
    struct segment known[] = {SEG(1, "\0\7ab????"), SEG(9, "g\0\1z")};
    struct segment whole_tail[] = {SEG(1, "\0\2ab\0\2??"), SEG(9, "\0\1z")};
    struct segment unknown[] = {SEG(1, "\0???"), SEG(5, "\0\1z")};
    struct segment all[] = {SEG(1, "\0\1a"), SEG(4, "????"), SEG(8, "\0\1z")};

    (void)state;
    known[0].cut = 4;
    whole_tail[0].cut = 2;
    unknown[0].cut = 3;
    all[1].cut = 4;
    CHECK(known, "2>ab/9! 2>z");
    CHECK(whole_tail, "1>ab 1>/4! 2>z");
    CHECK(unknown, "1>/1! 2>z");
    CHECK(all, "1>a 3>z");
}

static void ends(void **state)
{
    struct segment rest[] = {SEG(1, "\xff\0"
                                    "ab"),
                             SEG(5, "cd"), SEG(7, "")};
    struct segment rest_and_fin[] = {SEG(1, "\xff\0"
                                            "ab"),
                                     SEG(5, "cd"), SEG(7, "\0\1z")};
    struct segment no_fin[] = {SEG(1, "\xff\0"
                                      "ab"),
                               SEG(5, "cd")};
    struct segment rest_with_hole[] = {SEG(1, "\xff\0"
                                              "ab"),
                                       SEG(7, "ef"), SEG(9, "g")};
    struct segment short_of[] = {SEG(1, "\0\5ab"), SEG(5, "")};
    struct segment cut_length[] = {SEG(1, "\0\1a\0")};

    (void)state;
    rest[2].flags = FIN;
    rest_and_fin[1].flags = FIN;
    short_of[1].flags = FIN;
    CHECK(rest, "3>abcd");
    CHECK(rest_and_fin, "2>abcd"); /* nothing is taken after the end */
    CHECK(no_fin, "2>abcd");
    CHECK(rest_with_hole, "3>ab/9!");
    CHECK(short_of, "2>ab/7!");
    CHECK(cut_length, "1>a 1>/1!");
}

static void numbers_wrap(void **state)
{
    const struct segment s[] = {SEG(0xfffffffd, "\0\6a"), SEG(2, "cde"), SEG(0, "b\xff"),
                                SEG(5, "\0\1f")};
    struct segment syn[] = {SEG(0xffffffff, ""), SEG(0, "\0\1a"), SEG(0xffffffff, ""),
                            SEG(3, "\0\1b")};

    (void)state;
    CHECK(s, "3>ab~cde 4>f");
    /* a SYN that is seen again changes nothing */
    syn[0].flags = syn[2].flags = SYN;
    CHECK(syn, "2>a 4>b");
}

static void both_directions_share_state(void **state)
{
    const struct segment s[] = {SEG(1, "\0\2ab"), BACK(1, "\xff\3c"), BACK(4, "d\0\1e"),
                                SEG(5, "\xff\3f")};

    (void)state;
    CHECK(s, "1>ab 3<cd 3<e 4>f");
}

static void other_protocols(void **state)
{
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment foreign = SEG(1, "\xff\1ab"), good = SEG(0, "\0\1a");
    struct segment recovers[] = {SEG(1, "\xff\1ab"), SEG(5, "\0\1c")};
    struct segment probed[] = {SEG(1, "\0\1T"), SEG(4, "\0\1b")};
    struct segment refused[] = {SEG(1, "\0\1U"), SEG(4, "\0\1T")};

    (void)state;
    CHECK(recovers, "2>c");
    for (size_t i = 0; i < 2; i++)
        probed[i].port = refused[i].port = 7001;
    CHECK(probed, "1>T 2>b");
    CHECK(refused, "");

    /* after 32 pieces in a row that are no message the direction is left, the other is not */
    for (uint32_t i = 0; i < 32; i++) {
        foreign.seq = 1 + i * 4;
        add(&c, &foreign);
    }
    good.seq = 129;
    add(&c, &good);
    good.back = true;
    add(&c, &good);
    load(&c, 1);
    assert_string_equal(text_of(&c), "34<a");
    unload(&c);
    drop(&c);
}

/* 256 KiB of a message without a length are kept, then they are given up. */
static void unknown_lengths_are_bounded(void **state)
{
    static char block[4096] = "\xff\2";
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment s = {.seq = 1, .data = block, .n = sizeof(block)}, good = SEG(0, "\0\1a");

    (void)state;
    for (uint32_t i = 0; i < 65; i++, s.seq += sizeof(block))
        add(&c, &s);
    good.seq = s.seq;
    add(&c, &good);
    load(&c, 1);
    assert_string_equal(text_of(&c), "66>a");
    unload(&c);
    drop(&c);
}

static void long_messages_are_cut(void **state)
{
    static char block[1000] = "\x4\xe2"; /* 1250 bytes and the length */
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment s = {.seq = 1, .data = block, .n = sizeof(block)};
    struct segment rest = {.seq = 1001, .data = block + 100, .n = 252}, good = SEG(1253, "\0\1a");

    (void)state;
    memset(block + 2, 'x', sizeof(block) - 2);
    add(&c, &s);
    add(&c, &rest);
    add(&c, &good);
    load(&c, 1);
    assert_int_equal(c.messages->n, 2);
    assert_int_equal(c.messages->items[0].row, 1);
    assert_int_equal(c.messages->items[0].cap_len, KEEP);
    assert_int_equal(c.messages->items[0].len, 1252);
    assert_true(c.messages->items[0].partial);
    assert_int_equal(c.messages->items[1].row, 2);
    assert_false(c.messages->items[1].partial);
    unload(&c);
    drop(&c);
}

/* The same for a message in parts: 602 bytes, then \0\1e. */
static void long_parts_are_cut(void **state)
{
    static char block[602] = "\x82\x58";
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment s = {.seq = 1, .data = block, .n = sizeof(block)};
    struct segment end = SEG(603, "\0\1e\0\1z");

    (void)state;
    add(&c, &s);
    add(&c, &end);
    load(&c, 1);
    assert_int_equal(c.messages->n, 2);
    assert_int_equal(c.messages->items[0].row, 1);
    assert_int_equal(c.messages->items[0].cap_len, KEEP);
    assert_int_equal(c.messages->items[0].len, 605);
    assert_true(c.messages->items[0].partial);
    assert_int_equal(bytes_of(&c, &c.messages->items[1])[2], 'z');
    unload(&c);
    drop(&c);
}

/* \x80\2 says: two bytes, then there is more of this message. */
static void messages_in_parts(void **state)
{
    const struct segment whole[] = {SEG(1, "\x80\2ab\x80\1c\0\1d\0\1e")};
    const struct segment pieces[] = {SEG(1, "\x80"), SEG(2, "\2a"), SEG(4, "b\x80"),
                                     SEG(6, "\1c\0"), SEG(9, "\1d\0\1e")};
    const struct segment at_edges[] = {SEG(1, "\x80\2ab"), SEG(5, "\0\1d"), SEG(8, "\0\1e")};
    const struct segment hole_in_part[] = {SEG(1, "\x80\4ab"), SEG(7, "\0\1d\0\1e")};
    const struct segment hole_in_length[] = {SEG(1, "\x80\2ab\x80"), SEG(7, "\0\1d")};
    const struct segment foreign[] = {SEG(1, "\x80\2ab"), SEG(5, "\xff\1z"), SEG(8, "\0\1e")};
    const struct segment no_end[] = {SEG(1, "\x80\2ab"), SEG(5, "\x80\1")};

    (void)state;
    CHECK(whole, "1>ab~~c~~d 1>e");
    CHECK(pieces, "5>ab~~c~~d 5>e");
    CHECK(at_edges, "2>ab~~d 3>e");
    CHECK(hole_in_part, "1>ab/6! 2>d 2>e");
    CHECK(hole_in_length, "1>ab~/5! 2>d");
    CHECK(foreign, "2>ab/4! 3>e");
    CHECK(no_end, "2>ab~~/7!");
}

/* ---- many connections, shuffled ---- */

static uint64_t random_state;
static uint32_t next_random(uint32_t n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)(random_state >> 16) % n;
}

enum { N_STREAMS = 40, STREAM_BYTES = 3000, N_SEGMENTS = 20000 };

/* What was sent, and which row brought each byte. */
struct sent {
    char data[STREAM_BYTES];
    uint32_t n;
    uint32_t row[STREAM_BYTES];
};

static void fill(struct sent *sent)
{
    while (sent->n + 2 < STREAM_BYTES) {
        const uint32_t n = next_random(TW_MIN(STREAM_BYTES - sent->n - 1, UINT32_C(400)));

        sent->data[sent->n] = (char)(n >> 8);
        sent->data[sent->n + 1] = (char)n;
        for (uint32_t i = 0; i < n; i++)
            sent->data[sent->n + 2 + i] = (char)next_random(256);
        sent->n += n + 2;
    }
    for (uint32_t i = 0; i < sent->n; i++)
        sent->row[i] = UINT32_MAX;
}

static void send_pieces(struct capture *c, struct sent sent[N_STREAMS][2])
{
    uint32_t acked[N_STREAMS][2] = {0}; /* all bytes before were sent */

    for (uint16_t i = 0; i < N_STREAMS; i++)
        for (unsigned dir = 0; dir < 2; dir++) {
            struct segment syn = {.back = dir, .flags = SYN, .client = (uint16_t)(2000 + i)};

            syn.seq = UINT32_MAX - 1000 - i; /* wraps on the way */
            add(c, &syn);
        }
    for (uint32_t k = 0; k < N_SEGMENTS; k++) {
        const uint32_t i = next_random(N_STREAMS), dir = next_random(2);
        struct sent *s = &sent[i][dir];
        uint32_t *done = &acked[i][dir];
        const uint32_t low = *done > 300 ? *done - 300 : 0, high = TW_MIN(*done + 600, s->n);
        const uint32_t at = next_random(4) ? *done : low + next_random(high - low);
        struct segment segment = {.back = dir, .client = (uint16_t)(2000 + i)};

        if (at == s->n)
            continue;
        segment.n = 1 + next_random(TW_MIN(s->n - at, UINT32_C(500)));
        segment.data = s->data + at;
        segment.seq = UINT32_MAX - 1000 - i + 1 + at;
        for (uint32_t b = at; b < at + segment.n; b++)
            s->row[b] = TW_MIN(s->row[b], (uint32_t)c->n_records);
        add(c, &segment);
        while (*done < s->n && s->row[*done] != UINT32_MAX)
            ++*done;
    }
    for (uint32_t i = 0; i < N_STREAMS; i++)
        for (unsigned dir = 0; dir < 2; dir++)
            assert_int_equal(acked[i][dir], sent[i][dir].n);
}

/* Each message is there, once, in the row at which all bytes up to its end had come. */
static void compare(const struct capture *c, struct sent sent[N_STREAMS][2])
{
    uint32_t at[N_STREAMS][2] = {0}, latest[N_STREAMS][2] = {0};

    for (size_t i = 0; i < c->messages->n; i++) {
        const struct tw_message *m = &c->messages->items[i];
        const uint32_t k = m->stream, dir = m->direction;
        struct sent *s = &sent[k][dir];
        const uint32_t len = tw_be16((const uint8_t *)s->data + at[k][dir]) + 2;

        assert_true(k < N_STREAMS);
        assert_int_equal(m->len, len);
        assert_false(m->partial);
        assert_memory_equal(bytes_of(c, m), s->data + at[k][dir], len);
        for (uint32_t b = at[k][dir]; b < at[k][dir] + len; b++)
            latest[k][dir] = TW_MAX(latest[k][dir], s->row[b]);
        assert_int_equal(m->row, latest[k][dir]);
        at[k][dir] += len;
    }
    for (uint32_t k = 0; k < N_STREAMS; k++)
        for (unsigned dir = 0; dir < 2; dir++)
            assert_int_equal(at[k][dir], sent[k][dir].n);
}

static void shuffled_segments_on_any_number_of_threads(void **state)
{
    static struct sent sent[N_STREAMS][2];
    static const unsigned threads[] = {1, 2, 5};
    struct capture c = {.records = TW_BUFFER_INIT};

    (void)state;
    random_state = UINT64_C(88172645463325252);
    for (uint32_t i = 0; i < N_STREAMS; i++)
        for (unsigned dir = 0; dir < 2; dir++)
            fill(&sent[i][dir]);
    send_pieces(&c, sent);
    for (size_t i = 0; i < TW_COUNT(threads); i++) {
        load(&c, threads[i]);
        compare(&c, sent);
        unload(&c);
    }
    drop(&c);
}

static int other_probe(const trawl_layer *payload)
{
    return payload->cap_len >= 3 && payload->data[2] == 'O';
}

/* A port's connection is another protocol's where only that one knows the first bytes. */
static void a_probe_outdoes_a_port(void **state)
{
    trawl_dissector other = toy;
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment s[] = {SEG(1, "\0\1O"), SEG(4, "\0\1a"), SEG(1, "\0\1T"), SEG(1, "\0\1x")};

    (void)state;
    other.name = "other";
    other.tcp_ports = NULL;
    other.probe = other_probe;
    for (uint16_t i = 0; i < TW_COUNT(s); i++) {
        s[i].client = (uint16_t)(i < 2 ? 1000 : 1000 + i);
        add(&c, &s[i]);
    }
    load(&c, 1);
    assert_string_equal(text_of(&c), "1>O 2>a 3>T 4>x"); /* nobody else is there */
    assert_true(tw_claims_add(c.claims, &other));
    tw_messages_free(c.messages);
    assert_int_equal(
        tw_messages_build(c.packets, &c.conversations, c.claims, &toy, &c.messages, NULL),
        TRAWL_OK);
    assert_string_equal(text_of(&c), "3>T 4>x");
    tw_messages_free(c.messages);
    assert_int_equal(
        tw_messages_build(c.packets, &c.conversations, c.claims, &other, &c.messages, NULL),
        TRAWL_OK);
    assert_string_equal(text_of(&c), "1>O 2>a");
    unload(&c);
    drop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_and_messages),
        cmocka_unit_test(order_of_arrival),
        cmocka_unit_test(ends_told_by_what_follows),
        cmocka_unit_test(marks),
        cmocka_unit_test(gaps),
        cmocka_unit_test(a_gap_is_given_up),
        cmocka_unit_test(cut_by_snaplen),
        cmocka_unit_test(ends),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(both_directions_share_state),
        cmocka_unit_test(other_protocols),
        cmocka_unit_test(a_probe_outdoes_a_port),
        cmocka_unit_test(unknown_lengths_are_bounded),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(long_parts_are_cut),
        cmocka_unit_test(messages_in_parts),
        cmocka_unit_test(shuffled_segments_on_any_number_of_threads),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return rc;
}
