/* Bytes of TCP's segments in their order: what comes early, twice, late, never, or under new
 * numbers. How they are cut into messages is stream_messages.c's. */
#include "stream_toy.h"

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
    for (size_t i = 0; i < 601; i++)
        assert_int_equal(c.messages->items[i].row, i);
    unload(&c);
    drop(&c);
}

/* A gap whose bytes the other side has is skipped as soon as it says so, and what follows goes on
 * in the packet that brought it. */
static void a_gap_that_was_acknowledged(void **state)
{
    /* bytes 4 to 6 were not captured; frame 3 says that they arrived, "?" comes too late */
    struct segment lost[] = {SEG(1, "\0\1a"), SEG(7, "\0\1b"), BACK(1, "\0\1x"), SEG(4, "\0\1?"),
                             SEG(10, "\0\1c")};
    /* the same, but frame 3 has only what was seen: "d" fills the gap */
    struct segment waits[] = {SEG(1, "\0\1a"), SEG(7, "\0\1b"), BACK(1, "\0\1x"), SEG(4, "\0\1d")};
    /* half of the gap: the other half may still come, and so it waits to the end */
    struct segment half[] = {SEG(1, "\0\1a"), SEG(7, "\0\1b"), BACK(1, ""), SEG(10, "\0\1c")};
    /* the acknowledgement was there first, without a byte of its own */
    struct segment before[] = {SEG(1, "\0\1a"), BACK(1, ""), SEG(7, "\0\1b"), SEG(4, "\0\1?"),
                               SEG(10, "\0\1c")};
    /* an answer takes what it answers to from the request behind the gap: \xff\3 is its length */
    struct segment answer[] = {SEG(1, "\0\1a"), SEG(7, "\0\3bbb"), BACK(1, "\xff\3xyz")};
    /* "b" begins before the gap in the message, which ends behind it */
    struct segment in_message[] = {SEG(1, "\0\7ab"), SEG(7, "efg\0\1z"), BACK(1, ""), SEG(5, "cd"),
                                   SEG(13, "\0\1y")};

    (void)state;
    lost[2].ack = 10;
    waits[2].ack = 4;
    half[2].ack = 5;
    before[1].ack = 7;
    answer[2].ack = 12;
    in_message[2].ack = 13;
    CHECK(lost, "1>a 2>b 3<x 5>c");
    CHECK(waits, "1>a 3<x 4>d 4>b");
    CHECK(half, "1>a 2>b 4>c");
    CHECK(before, "1>a 3>b 5>c");
    CHECK(answer, "1>a 2>bbb 3<xyz");
    CHECK(in_message, "2>ab/9! 2>z 5>y");
}

/* A FIN ahead of the SYN/ACK is not the server's: tshark 4.0.17 goes on too (suricata-verify,
 * bug-3286). A FIN of its own number ends the stream. */
static void a_fin_ahead_of_the_syn(void **state)
{
    struct segment forged[] = {SEG(1, "\0\1a"), BACK(51, ""), BACK(500, ""), BACK(501, "\0\1b")};
    struct segment over[] = {BACK(500, ""), BACK(501, "\0\1b"), BACK(504, "\0\1c")};

    (void)state;
    forged[1].flags = over[1].flags = FIN;
    forged[2].flags = over[0].flags = SYN;
    forged[2].ack = over[0].ack = 1;
    CHECK(forged, "1>a 4<b");
    CHECK(over, "2>b");
}

/* A SYN/ACK with another number begins anew: what came under the old numbers ends, in the last
 * packet that brought bytes. */
static void another_number_ends_what_came_before(void **state)
{
    struct segment open[] = {SEG(1, "\0\5ab"), SEG(5000, ""), SEG(5001, "\0\1c")};
    struct segment waiting[] = {SEG(1, "\0\1a"), SEG(9, "\0\1z"), SEG(5000, ""),
                                SEG(5001, "\0\1c")};
    /* numbers that begin again lower: nothing of them is taken for old */
    struct segment lower[] = {SEG(5001, "\0\1a"), SEG(100, ""), SEG(101, "\0\1b")};

    (void)state;
    open[1].flags = waiting[2].flags = lower[1].flags = SYN;
    open[1].ack = waiting[2].ack = lower[1].ack = 1;
    CHECK(open, "1>ab/7! 3>c");
    CHECK(waiting, "1>a 2>z 4>c");
    CHECK(lower, "1>a 3>b");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fin_ahead_of_the_syn),
        cmocka_unit_test(order_of_arrival),
        cmocka_unit_test(gaps),
        cmocka_unit_test(a_gap_is_given_up),
        cmocka_unit_test(a_gap_that_was_acknowledged),
        cmocka_unit_test(another_number_ends_what_came_before),
        cmocka_unit_test(cut_by_snaplen),
        cmocka_unit_test(ends),
        cmocka_unit_test(numbers_wrap),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return rc;
}
