/* What the analysis calls each packet of short conversations. The expected names were worked out
 * from Wireshark's definitions (User's Guide, "TCP Analysis") and confirmed with tshark 4.0.17. */
#include "core/track/analysis.h"

#include "segments.h"

#define MSS 1000

/* Analysed without options: nobody scales, nobody sends selective acknowledgements. */
struct analysed {
    struct loaded loaded;
    struct tw_tcp_analysis a;
};

static void analyse(const struct segment *segments, size_t n, struct analysed *ret)
{
    uint8_t *scales;
    struct tw_tcp_options options = {0};

    load(segments, n, &ret->loaded);
    scales = tw_alloc_array((size_t)ret->loaded.conversations.n_tcp + 1, 2);
    assert_non_null(scales);
    memset(scales, 255, 2 * (size_t)ret->loaded.conversations.n_tcp);
    options.scales = scales;
    assert_int_equal(
        tw_tcp_analyse(ret->loaded.packets, &ret->loaded.conversations, &options, &ret->a, NULL),
        TRAWL_OK);
    tw_free(scales);
}

static void done(struct analysed *x)
{
    tw_tcp_analysis_fini(&x->a);
    unload(&x->loaded);
}

static unsigned flags(const struct analysed *x, size_t row)
{
    return x->a.flags[row] & TW_TCP_FLAGS;
}

/* SYN at 0 ms, SYN/ACK at 10 ms, ACK at 20 ms: a round trip of 20 ms at the client. */
#define HANDSHAKE                                                                    \
    {0, false, 1000, SYN, 99, 0, 0, 0}, {10, true, 1000, SYN | ACK, 499, 100, 0, 0}, \
    {                                                                                \
        20, false, 1000, ACK, 100, 500, 0, 0                                         \
    }

static void an_ack_names_its_segment_and_the_handshake_its_time(void **state)
{
    const struct segment s[] = {
        HANDSHAKE,
        {30, false, 1000, ACK, 100, 500, MSS, 0},
        {31, false, 1000, ACK | PSH, 1100, 500, MSS, 0},
        {40, true, 1000, ACK, 500, 2100, 0, 0}, /* both segments; the last byte is row 4's */
        {41, false, 1000, ACK, 2100, 500, MSS, 0},
        {42, true, 1000, ACK, 500, 2600, 0, 0}, /* half of a segment: none ends there */
    };
    struct analysed x;

    (void)state;
    analyse(s, TW_COUNT(s), &x);
    for (size_t i = 0; i < TW_COUNT(s); i++)
        assert_int_equal(flags(&x, i), 0);
    assert_int_equal(x.a.acks[1], 1);
    assert_int_equal(x.a.acks[2], 2);
    assert_int_equal(x.a.acks[5], 5);
    assert_int_equal(x.a.acks[7], 0);
    assert_int_equal(x.a.handshake[0], 20000000);
    assert_int_equal(x.a.handshake_row[0], 2);
    assert_int_equal(x.a.in_flight[3], MSS);
    assert_int_equal(x.a.in_flight[4], 2 * MSS);
    assert_int_equal(x.a.pushed[4], 2 * MSS);
    assert_int_equal(x.a.in_flight[6], MSS);
    assert_int_equal(x.a.pushed[6], MSS); /* row 4 ended a push */
    done(&x);
}

/* A SYN/ACK with another number makes that one relative 0. What was sent before lies 5,499 below it
 * and ends above: in Wireshark's unsigned numbers from 0 to 2^32 - 4,499, which it does not show.
 */
static void flight_around_a_new_first_number_is_unknown(void **state)
{
    const struct segment s[] = {
        HANDSHAKE,
        {21, true, 1000, SYN | ACK, 5999, 100, 0, 0},
        {30, true, 1000, ACK, 500, 100, MSS, 0},
        {31, true, 1000, ACK, 6000, 100, MSS, 0},
    };
    struct analysed x;

    (void)state;
    analyse(s, TW_COUNT(s), &x);
    assert_int_equal(x.a.in_flight[4], 0);
    assert_int_equal(x.a.in_flight[5], 0);
    done(&x);
}

static void what_is_sent_again_is_told_apart(void **state)
{
    const struct segment s[] = {
        HANDSHAKE,
        {30, false, 1000, ACK, 100, 500, MSS, 0},
        {31, false, 1000, ACK, 2100, 500, MSS, 0}, /* 1100 is missing */
        {32, false, 1000, ACK, 1100, 500, MSS, 0}, /* 1 ms later: out of order */
        {40, true, 1000, ACK, 500, 1100, 0, 0},
        {41, false, 1000, ACK, 3100, 500, MSS, 0},
        {42, true, 1000, ACK, 500, 1100, 0, 0},     /* duplicate 1 */
        {43, true, 1000, ACK, 500, 1100, 0, 0},     /* duplicate 2 */
        {50, false, 1000, ACK, 1100, 500, MSS, 0},  /* 7 ms after it: fast */
        {300, false, 1000, ACK, 2100, 500, MSS, 0}, /* by the clock */
        {310, true, 1000, ACK, 500, 4100, 0, 0},
        {320, false, 1000, ACK, 3100, 500, MSS, 0}, /* was acknowledged */
    };
    const unsigned expected[] = {0,
                                 0,
                                 0,
                                 0,
                                 TW_TCP_LOST_SEGMENT,
                                 TW_TCP_OUT_OF_ORDER,
                                 0,
                                 0,
                                 TW_TCP_DUPLICATE_ACK,
                                 TW_TCP_DUPLICATE_ACK,
                                 TW_TCP_FAST_RETRANSMISSION,
                                 TW_TCP_RETRANSMISSION,
                                 0,
                                 TW_TCP_SPURIOUS_RETRANSMISSION};
    struct analysed x;

    (void)state;
    analyse(s, TW_COUNT(s), &x);
    for (size_t i = 0; i < TW_COUNT(s); i++)
        assert_int_equal(flags(&x, i), expected[i]);
    assert_int_equal(x.a.n_repeats, 3);
    assert_int_equal(x.a.repeats[0].row, 8);
    assert_int_equal(x.a.repeats[0].of, 6);
    assert_int_equal(x.a.repeats[0].times, 1);
    assert_int_equal(x.a.repeats[1].times, 2);
    assert_int_equal(x.a.repeats[2].row, 11); /* the oldest segment not acknowledged is row 4's, */
    assert_int_equal(x.a.repeats[2].of, 4);   /* 2100 to 3100 */
    assert_int_equal(x.a.repeats[2].times, 0);
    done(&x);
}

/* The server acknowledges what the client was never seen to send: duplicate ACKs may be missing
 * too, so what it sends again at the client's last ACK is fast. */
static void behind_an_ack_of_what_is_missing_it_is_fast(void **state)
{
    const struct segment s[] = {
        HANDSHAKE,
        {30, true, 1000, ACK, 500, 100, MSS, 0},
        {40, false, 1000, ACK, 100, 1500, 0, 0},
        {41, true, 1000, ACK, 1501, 200, 0, 0},
        {42, true, 1000, FIN | ACK, 1500, 100, 0, 0},
    };
    struct analysed x;

    (void)state;
    analyse(s, TW_COUNT(s), &x);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(flags(&x, i), 0);
    assert_int_equal(flags(&x, 5), TW_TCP_LOST_SEGMENT | TW_TCP_ACK_LOST_SEGMENT);
    assert_int_equal(flags(&x, 6), TW_TCP_FAST_RETRANSMISSION);
    done(&x);
}

static void windows_and_keep_alives(void **state)
{
    const struct segment s[] = {
        HANDSHAKE,
        {30, true, 1000, ACK, 500, 100, 0, MSS},     /* a window of 1000 */
        {31, false, 1000, ACK, 100, 500, MSS, 0},    /* fills it */
        {40, true, 1000, ACK, 500, 1100, 0, CLOSED}, /* closes it */
        {50, false, 1000, ACK, 1100, 500, 1, 0},     /* one byte into it */
        {51, true, 1000, ACK, 500, 1100, 0, CLOSED}, /* still closed */
        {60, true, 1000, ACK, 500, 1100, 0, 5000},   /* opens */
        {500, false, 1000, ACK, 1099, 500, 1, 0},    /* the last byte once more */
        {501, true, 1000, ACK, 500, 1100, 0, 5000},
        {600, false, 1000, ACK, 1100, 9999, 0, 0}, /* of bytes that nobody saw */
    };
    const unsigned expected[] = {0,
                                 0,
                                 0,
                                 TW_TCP_WINDOW_UPDATE,
                                 TW_TCP_WINDOW_FULL,
                                 TW_TCP_ZERO_WINDOW,
                                 TW_TCP_ZERO_WINDOW_PROBE,
                                 TW_TCP_ZERO_WINDOW | TW_TCP_ZERO_WINDOW_PROBE_ACK,
                                 TW_TCP_WINDOW_UPDATE,
                                 TW_TCP_KEEP_ALIVE,
                                 TW_TCP_KEEP_ALIVE_ACK,
                                 TW_TCP_ACK_LOST_SEGMENT};
    struct analysed x;

    (void)state;
    analyse(s, TW_COUNT(s), &x);
    for (size_t i = 0; i < TW_COUNT(s); i++)
        assert_int_equal(flags(&x, i), expected[i]);
    done(&x);
}

static void ports_are_used_again_and_numbers_wrap(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 0xffffff00, 0, 0, 0},
        {1, false, 1000, SYN, 0xffffff00, 0, 0, 0}, /* the same one */
        {2, true, 1000, SYN | ACK, 5, 0xffffff01, 0, 0},
        {3, false, 1000, ACK, 0xffffff01, 6, MSS, 0}, /* ends at 745 */
        {4, true, 1000, ACK, 6, 745, 0, 0},
        {5, false, 1000, ACK, 745, 6, MSS, 0},
        {6, false, 1000, SYN, 77, 0, 0, 0},
    };
    struct analysed x;

    (void)state;
    analyse(s, TW_COUNT(s), &x);
    assert_int_equal(flags(&x, 1), TW_TCP_RETRANSMISSION);
    for (size_t i = 2; i < 6; i++)
        assert_int_equal(flags(&x, i), 0);
    assert_int_equal(x.a.acks[4], 4);
    assert_int_equal(x.a.in_flight[3], MSS);
    assert_int_equal(x.a.in_flight[5], MSS);
    assert_int_equal(flags(&x, 6), TW_TCP_REUSED_PORTS);
    done(&x);
}

/* 30,000 segments that nobody acknowledges, every other pair swapped: 10,000 are remembered, and
 * it ends. */
static void what_is_never_acknowledged_is_bounded(void **state)
{
    enum { N = 30000 };
    struct segment *s = tw_alloc_array(N, sizeof(*s));
    struct analysed x;

    (void)state;
    assert_non_null(s);
    for (unsigned i = 0; i < N; i++)
        s[i] = (struct segment){i / 100, false, 1000, ACK, 1000 + 10 * (i % 4 < 2 ? i : i ^ 1),
                                1,       10,    0};
    analyse(s, N, &x);
    assert_int_equal(x.a.in_flight[1], 20);
    assert_int_equal(flags(&x, 2), TW_TCP_LOST_SEGMENT);
    assert_int_equal(flags(&x, 3), TW_TCP_OUT_OF_ORDER);
    assert_int_equal(flags(&x, N - 1), TW_TCP_OUT_OF_ORDER);
    done(&x);
    tw_free(s);
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
        cmocka_unit_test(an_ack_names_its_segment_and_the_handshake_its_time),
        cmocka_unit_test(flight_around_a_new_first_number_is_unknown),
        cmocka_unit_test(what_is_sent_again_is_told_apart),
        cmocka_unit_test(behind_an_ack_of_what_is_missing_it_is_fast),
        cmocka_unit_test(windows_and_keep_alives),
        cmocka_unit_test(ports_are_used_again_and_numbers_wrap),
        cmocka_unit_test(what_is_never_acknowledged_is_bounded),
    };

    return cmocka_run_group_tests_name("tcp_analysis", tests, NULL, stop_pool);
}
