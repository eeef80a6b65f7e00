/* Conversation numbers, relative sequence numbers and connection counters, over packets written
 * here byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/track/tcp.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

/* One TCP segment between 10.0.0.1:from and 10.0.0.2:to (or back), at ms milliseconds. */
struct segment {
    unsigned ms;
    bool back;
    uint16_t client_port;
    unsigned flags;
    uint32_t seq, ack;
    unsigned len;
};

static void put_be(struct tw_buffer *b, uint64_t v, unsigned n)
{
    while (n-- > 0)
        tw_buffer_putc(b, (char)(v >> (8 * n)));
}

static void put_segment(struct tw_buffer *b, const struct segment *s)
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
    put_be(b, 0xffff0000, 4);
    put_be(b, 0, 2);
    for (unsigned i = 0; i < s->len; i++)
        tw_buffer_putc(b, 'x');
}

struct loaded {
    struct tw_input *input;
    struct tw_packets *packets;
    struct tw_conversations conversations;
};

static void load(const struct segment *segments, size_t n, struct loaded *ret)
{
    const uint32_t head[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, 101};
    const struct tw_input_options options = {0};
    struct tw_buffer b = TW_BUFFER_INIT;
    char path[] = "/tmp/trawl-conversation-XXXXXX";
    const char *const paths[] = {path};
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    tw_buffer_append(&b, head, sizeof(head));
    for (size_t i = 0; i < n; i++)
        put_segment(&b, &segments[i]);
    assert_int_equal(write(fd, b.data, b.len), (ssize_t)b.len);
    close(fd);
    tw_buffer_fini(&b);
    ret->input = tw_input_open(paths, 1, NULL);
    assert_non_null(ret->input);
    unlink(path);
    assert_int_equal(tw_packets_load(ret->input, &options, &ret->packets, NULL), TRAWL_OK);
    assert_int_equal(ret->packets->n_rows, n);
    assert_int_equal(tw_conversations_build(ret->packets, &ret->conversations, NULL), TRAWL_OK);
}

static void unload(struct loaded *l)
{
    tw_conversations_fini(&l->conversations);
    tw_packets_free(l->packets);
    tw_input_free(l->input);
}

static uint32_t stream(const struct loaded *l, size_t row)
{
    return TW_CELLS(l->packets->stream, const uint32_t)[row];
}

static void a_new_syn_with_another_number_opens_a_conversation(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 100, 0, 0},
        {1, false, 1000, SYN, 100, 0, 0}, /* sent again: the same conversation */
        {2, false, 2000, SYN, 500, 0, 0},
        {3, false, 1000, SYN, 900, 0, 0}, /* the port is reused */
        {4, true, 1000, SYN | ACK, 7, 901, 0},
    };
    struct loaded l;

    (void)state;
    load(s, TW_COUNT(s), &l);
    assert_int_equal(stream(&l, 0), 0);
    assert_int_equal(stream(&l, 1), 0);
    assert_int_equal(stream(&l, 2), 1);
    assert_int_equal(stream(&l, 3), 2);
    assert_int_equal(stream(&l, 4), 2);
    assert_int_equal(l.conversations.n_tcp, 3);
    unload(&l);
}

static void numbers_are_relative_and_wrap(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 0xfffffff0, 0, 0},
        {1, true, 1000, SYN | ACK, 50, 0xfffffff1, 0},
        {2, false, 1000, ACK | PSH, 0xfffffff1, 51, 32}, /* ends at 0x11: relative 33 */
        {3, false, 1000, ACK | PSH, 0x11, 51, 1},
    };
    struct loaded l;

    (void)state;
    load(s, TW_COUNT(s), &l);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 0, 2, 0xfffffff1), 1);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 0, 3, 0x11), 33);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 1, 1, 50), 0);
    unload(&l);
}

static void a_direction_without_syn_starts_at_one(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, ACK | PSH, 4000, 9000, 10},
        {1, true, 1000, ACK, 9000, 4010, 0},
    };
    struct loaded l;

    (void)state;
    load(s, TW_COUNT(s), &l);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 0, 0, 4000), 1);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 1, 1, 9000), 1);
    unload(&l);
}

static void numbers_do_not_depend_on_threads(void **state)
{
    enum { N = 3000 };
    struct segment *s = test_malloc(N * sizeof(*s));
    uint32_t *one = test_malloc(N * sizeof(*one));

    (void)state;
    for (size_t i = 0; i < N; i++)
        s[i] = (struct segment){(unsigned)i % 1000,
                                i % 3 == 0,
                                (uint16_t)(1024 + i * 7919 % 611),
                                i % 5 == 0 ? SYN : ACK,
                                (uint32_t)(i * 13),
                                1,
                                0};
    for (unsigned threads = 1; threads <= 5; threads++) {
        struct loaded l;

        tw_pool_set_threads(threads);
        load(s, N, &l);
        for (size_t i = 0; i < N; i++) {
            if (threads == 1)
                one[i] = stream(&l, i);
            else
                assert_int_equal(stream(&l, i), one[i]);
        }
        unload(&l);
    }
    test_free(one);
    test_free(s);
}

/* Worked by hand: the client sends 1..10, 11..20, 31..40 (a gap), 21..30 (late, fills it), 11..20
 * (again); the server acknowledges. */
static void late_segments_are_no_retransmissions(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 0, 0, 0},          {10, true, 1000, SYN | ACK, 0, 1, 0},
        {25, false, 1000, ACK, 1, 1, 0},         {30, false, 1000, ACK | PSH, 1, 1, 10},
        {31, false, 1000, ACK | PSH, 11, 1, 10}, {32, false, 1000, ACK | PSH, 31, 1, 10},
        {33, false, 1000, ACK | PSH, 21, 1, 10}, {60, false, 1000, ACK | PSH, 11, 1, 10},
        {61, true, 1000, ACK, 1, 41, 0},         {62, false, 1000, ACK, 40, 1, 1},
        {70, false, 1000, FIN | ACK, 41, 1, 0},  {71, true, 1000, FIN | ACK, 1, 42, 0},
        {72, false, 1000, ACK, 42, 2, 0},
    };
    struct loaded l;
    struct tw_connection *c;

    (void)state;
    load(s, TW_COUNT(s), &l);
    assert_int_equal(tw_tcp_summarise(l.packets, &l.conversations, &c, NULL), TRAWL_OK);
    assert_int_equal(c->half[0].retransmitted,
                     10); /* the second 11..20; not 21..30, not the keep-alive */
    assert_int_equal(c->half[0].payload, 51);
    assert_int_equal(c->half[1].retransmitted, 0);
    assert_int_equal(c->rtt_ns, 25000000); /* SYN at 0 ms, the handshake's ACK at 25 ms */
    assert_int_equal(c->end_ns - c->start_ns, 72000000);
    assert_string_equal(tw_tcp_state(c), "SF");
    tw_free(c);
    unload(&l);
}

static void states_are_zeeks(void **state)
{
    const struct segment refused[] = {{0, false, 1, SYN, 5, 0, 0},
                                      {1, true, 1, RST | ACK, 0, 6, 0}};
    const struct segment silent[] = {{0, false, 1, SYN, 5, 0, 0}};
    const struct segment midway[] = {{0, false, 1, ACK, 5, 9, 0}};
    const struct {
        const struct segment *segments;
        size_t n;
        const char *name;
    } cases[] = {{refused, 2, "REJ"}, {silent, 1, "S0"}, {midway, 1, "OTH"}};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct loaded l;
        struct tw_connection *c;

        load(cases[i].segments, cases[i].n, &l);
        assert_int_equal(tw_tcp_summarise(l.packets, &l.conversations, &c, NULL), TRAWL_OK);
        assert_string_equal(tw_tcp_state(c), cases[i].name);
        tw_free(c);
        unload(&l);
    }
}

static int stop_pool(void **state)
{
    (void)state;
    tw_pool_fini();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_syn_with_another_number_opens_a_conversation),
        cmocka_unit_test(numbers_are_relative_and_wrap),
        cmocka_unit_test(a_direction_without_syn_starts_at_one),
        cmocka_unit_test(numbers_do_not_depend_on_threads),
        cmocka_unit_test(late_segments_are_no_retransmissions),
        cmocka_unit_test(states_are_zeeks),
    };

    return cmocka_run_group_tests_name("conversation", tests, NULL, stop_pool);
}
