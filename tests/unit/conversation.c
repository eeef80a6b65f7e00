/* Conversation numbers, relative sequence numbers and connection counters, over packets written
 * here byte by byte. */
#include "core/track/tcp.h"
#include "segments.h"

static void a_new_syn_with_another_number_opens_a_conversation(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 100, 0, 0, 0},
        {1, false, 1000, SYN, 100, 0, 0, 0}, /* sent again: the same conversation */
        {2, false, 2000, SYN, 500, 0, 0, 0},
        {3, false, 1000, SYN, 900, 0, 0, 0}, /* the port is reused */
        {4, true, 1000, SYN | ACK, 7, 901, 0, 0},
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
        {0, false, 1000, SYN, 0xfffffff0, 0, 0, 0},
        {1, true, 1000, SYN | ACK, 50, 0xfffffff1, 0, 0},
        {2, false, 1000, ACK | PSH, 0xfffffff1, 51, 32, 0}, /* ends at 0x11: relative 33 */
        {3, false, 1000, ACK | PSH, 0x11, 51, 1, 0},
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
        {0, false, 1000, ACK | PSH, 4000, 9000, 10, 0},
        {1, true, 1000, ACK, 9000, 4010, 0, 0},
    };
    struct loaded l;

    (void)state;
    load(s, TW_COUNT(s), &l);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 0, 0, 4000), 1);
    assert_int_equal(tw_conversations_relative(&l.conversations, 0, 1, 1, 9000), 1);
    unload(&l);
}

/* Each SYN/ACK with another number is a new 0 of its direction, from its row on. */
static void a_new_base_counts_for_its_direction(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 100, 0, 0, 0},        {1, true, 1000, SYN | ACK, 500, 101, 0, 0},
        {2, true, 1000, SYN | ACK, 700, 101, 0, 0}, {3, false, 1000, SYN | ACK, 300, 701, 0, 0},
        {4, true, 1000, SYN | ACK, 900, 301, 0, 0}, {5, false, 1000, ACK, 301, 901, 0, 0},
    };
    /* 1000 as the number of either direction, at each row */
    const uint32_t client[] = {900, 900, 900, 700, 700, 700};
    const uint32_t server[] = {500, 500, 300, 300, 100, 100};
    struct loaded l;

    (void)state;
    load(s, TW_COUNT(s), &l);
    assert_int_equal(l.conversations.n_tcp, 1);
    for (uint32_t r = 0; r < TW_COUNT(s); r++) {
        assert_int_equal(tw_conversations_relative(&l.conversations, 0, 0, r, 1000), client[r]);
        assert_int_equal(tw_conversations_relative(&l.conversations, 0, 1, r, 1000), server[r]);
    }
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
                                0,
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

/* Two pairs of ports with one hash, which the seed makes different ones each time: the second
 * pair's first packet was sometimes taken for a response. */
static void one_hash_for_two_pairs_says_nothing_of_directions(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 100, 0, 0, 0},
        {1, false, 2000, SYN, 500, 0, 0, 0},
        {2, true, 2000, SYN | ACK, 7, 501, 0, 0},
    };
    struct tw_conversations again;
    struct loaded l;

    (void)state;
    load(s, TW_COUNT(s), &l);
    for (size_t r = 0; r < TW_COUNT(s); r++) {
        TW_CELLS(l.packets->stream, uint32_t)[r] = 5;
        TW_CELLS(l.packets->flags, uint16_t)[r] &= (uint16_t)~TW_FRAME_REVERSE;
    }
    assert_int_equal(tw_conversations_build(l.packets, &again, NULL), TRAWL_OK);
    for (size_t r = 0; r < TW_COUNT(s); r++) {
        assert_int_equal(stream(&l, r), r != 0);
        assert_int_equal((TW_CELLS(l.packets->flags, uint16_t)[r] & TW_FRAME_REVERSE) != 0, r == 2);
    }
    tw_conversations_fini(&again);
    unload(&l);
}

/* Worked by hand: the client sends 1..10, 11..20, 31..40 (a gap), 21..30 (late, fills it), 11..20
 * (again); the server acknowledges. */
static void late_segments_are_no_retransmissions(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 0, 0, 0, 0},          {10, true, 1000, SYN | ACK, 0, 1, 0, 0},
        {25, false, 1000, ACK, 1, 1, 0, 0},         {30, false, 1000, ACK | PSH, 1, 1, 10, 0},
        {31, false, 1000, ACK | PSH, 11, 1, 10, 0}, {32, false, 1000, ACK | PSH, 31, 1, 10, 0},
        {33, false, 1000, ACK | PSH, 21, 1, 10, 0}, {60, false, 1000, ACK | PSH, 11, 1, 10, 0},
        {61, true, 1000, ACK, 1, 41, 0, 0},         {62, false, 1000, ACK, 40, 1, 1, 0},
        {70, false, 1000, FIN | ACK, 41, 1, 0, 0},  {71, true, 1000, FIN | ACK, 1, 42, 0, 0},
        {72, false, 1000, ACK, 42, 2, 0, 0},
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
    const struct segment refused[] = {{0, false, 1, SYN, 5, 0, 0, 0},
                                      {1, true, 1, RST | ACK, 0, 6, 0, 0}};
    const struct segment silent[] = {{0, false, 1, SYN, 5, 0, 0, 0}};
    const struct segment midway[] = {{0, false, 1, ACK, 5, 9, 0, 0}};
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

/* A fragment of GTP-U between 10.1.0.1 and 10.1.0.2: bytes [at, at + n) of the datagram. */
static void put_fragment(struct tw_buffer *b, const char *datagram, unsigned at, unsigned n,
                         bool more)
{
    const uint32_t head[4] = {1700000000, 0, 20 + n, 20 + n};

    tw_buffer_append(b, head, sizeof(head));
    put_be(b, 0x4500, 2);
    put_be(b, 20 + n, 2);
    put_be(b, 0x0007, 2);
    put_be(b, (more ? 0x2000u : 0) | at / 8, 2);
    put_be(b, 0x40110000, 4);
    put_be(b, 0x0a010001, 4);
    put_be(b, 0x0a010002, 4);
    tw_buffer_append(b, datagram + at, n);
}

/* Two fragments of a GTP-U datagram with the second TCP connection inside: the completing packet
 * is tcp.stream 1, its other fragment is udp.stream 0, the only one there is. Found by damaged
 * captures: the fragment got the number 1 and the counters of udp.stream 1 were beyond the end. */
static void a_tunnels_fragment_belongs_to_the_tunnel(void **state)
{
    const struct segment first = {0, false, 1000, SYN, 5, 0, 0, 0};
    const struct segment inside = {0, false, 1001, SYN, 5, 0, 0, 0};
    struct tw_buffer records = TW_BUFFER_INIT, datagram = TW_BUFFER_INIT, packet = TW_BUFFER_INIT;
    struct tw_exchange *x;
    struct loaded l;

    (void)state;
    put_segment(&records, &first);
    put_segment(&packet, &inside);
    put_be(&datagram, 2152, 2);
    put_be(&datagram, 2152, 2);
    put_be(&datagram, 8 + 8 + 40, 2);
    put_be(&datagram, 0, 2);
    put_be(&datagram, 0x30ff0028, 4); /* GTP version 1, a user's packet of 40 bytes */
    put_be(&datagram, 1, 4);
    tw_buffer_append(&datagram, packet.data + 16, 40);
    put_fragment(&records, datagram.data, 0, 24, true);
    put_fragment(&records, datagram.data, 24, 32, false);
    load_records(&records, 3, &l);
    assert_int_equal(l.conversations.n_tcp, 2);
    assert_int_equal(l.conversations.n_udp, 1);
    assert_int_equal(stream(&l, 0), 0);
    assert_int_equal(stream(&l, 1), 0);
    assert_int_equal(stream(&l, 2), 1);
    assert_int_equal(TW_CELLS(l.packets->sport, const uint16_t)[1], 2152);
    assert_int_equal(TW_CELLS(l.packets->sport, const uint16_t)[2], 1001);
    assert_int_equal(tw_udp_summarise(l.packets, &l.conversations, &x, NULL), TRAWL_OK);
    assert_int_equal(x[0].packets[0], 1); /* row 1; row 2 counts for its TCP connection */
    tw_free(x);
    unload(&l);
    tw_buffer_fini(&records);
    tw_buffer_fini(&datagram);
    tw_buffer_fini(&packet);
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
        cmocka_unit_test(a_new_base_counts_for_its_direction),
        cmocka_unit_test(a_direction_without_syn_starts_at_one),
        cmocka_unit_test(numbers_do_not_depend_on_threads),
        cmocka_unit_test(one_hash_for_two_pairs_says_nothing_of_directions),
        cmocka_unit_test(late_segments_are_no_retransmissions),
        cmocka_unit_test(states_are_zeeks),
        cmocka_unit_test(a_tunnels_fragment_belongs_to_the_tunnel),
    };

    return cmocka_run_group_tests_name("conversation", tests, NULL, stop_pool);
}
