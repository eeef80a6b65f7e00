/* Streams cut into messages: lengths known, told late or never, parts, other protocols, limits.
 * Bytes out of order are stream.c's. */
#include "stream_toy.h"

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
    CHECK(refused, "2>T"); /* it may begin with any of the first 16 segments */
    for (uint32_t i = 0; i < 16; i++) {
        struct segment unknown = SEG(1 + i, "U");

        unknown.port = 7001;
        add(&c, &unknown);
    }
    good = (struct segment)SEG(17, "\0\1T");
    good.port = 7001;
    add(&c, &good);
    load(&c, 1);
    assert_string_equal(text_of(&c), "");
    unload(&c);
    drop(&c);
    c = (struct capture){.records = TW_BUFFER_INIT};
    good = (struct segment)SEG(0, "\0\1a");

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

/* A segment whose first bytes came before as something else has a message only where it begins;
 * so tshark 4.0.17 shows no HTTP in two zero bytes and "GET /" from the first of them on. */
static void begins_where_a_segment_does(void **state)
{
    struct segment cut[] = {SEG(1, "\xff\1"), SEG(1, "\0T\0\1a"), SEG(6, "\0\1b")};
    const struct segment kept[] = {SEG(1, "\0\1a"), SEG(1, "\0\1?\0\1b")};

    (void)state;
    CHECK(cut, "3>b");
    CHECK(kept, "1>a 2>b"); /* behind a message its end is known */
    for (size_t i = 0; i < TW_COUNT(cut); i++)
        cut[i].port = 7001;
    cut[1].data = "\0\1T\0\1";
    cut[2].data = "\0\1T";
    cut[2].n = 3;
    CHECK(cut, "3>T");
}

/* \xff may begin a message, which with \1 behind it is none; the segment of that \1 is one. */
static void begins_behind_what_is_none(void **state)
{
    static char block[2 + 256] = "\1";
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment tail = SEG(1, "\xff"), next = {.seq = 2, .data = block, .n = sizeof(block)};

    (void)state;
    add(&c, &tail);
    add(&c, &next);
    load(&c, 1);
    assert_int_equal(c.messages->n, 1);
    assert_int_equal(c.messages->items[0].row, 1);
    assert_int_equal(c.messages->items[0].len, 258);
    assert_false(c.messages->items[0].partial);
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

/* The same, each part given in the packet in which it ends; "+4a" says that four bytes are ahead of
 * it in memory, the third of which is "a". */
static void parts_as_they_end(void **state)
{
    const struct segment whole[] = {SEG(1, "\x80\2ab\x80\1c\0\1d\0\1e")};
    const struct segment pieces[] = {SEG(1, "\x80"), SEG(2, "\2a"), SEG(4, "b\x80"),
                                     SEG(6, "\1c\0"), SEG(9, "\1d\0\1e")};
    const struct segment at_edges[] = {SEG(1, "\x80\2ab"), SEG(5, "\0\1d"), SEG(8, "\0\1e")};
    const struct segment hole_in_part[] = {SEG(1, "\x80\4ab"), SEG(7, "\0\1d\0\1e")};
    const struct segment hole_in_length[] = {SEG(1, "\x80\2ab\x80"), SEG(7, "\0\1d")};
    const struct segment foreign[] = {SEG(1, "\x80\2ab"), SEG(5, "\xff\1z"), SEG(8, "\0\1e")};
    const struct segment no_end[] = {SEG(1, "\x80\2ab"), SEG(5, "\x80\1")};
    const struct segment ended[] = {SEG(1, "\x80\2ab\x80\1c\xff"), SEG(9, "\5\0\1e")};

    (void)state;
    CHECK(ended, "1>ab~~c 2> 2>e"); /* known in the second, but its last byte came in the first */
    toy.flags = TRAWL_DISSECTOR_PARTS;
    CHECK(whole, "1>ab 1>+4ac 1>+7ad 1>e");
    CHECK(pieces, "3>ab 4>+4ac 5>+7ad 5>e");
    CHECK(at_edges, "1>ab 2>+4ad 3>e");
    CHECK(hole_in_part, "1>ab/6! 2>d 2>e");
    CHECK(hole_in_length, "1>ab 1>+4a/1! 2>d");
    CHECK(foreign, "1>ab/4! 3>e");
    CHECK(no_end, "1>ab 2>+4a/3!");
    CHECK(ended, "1>ab 1>+4ac/3! 2> 2>e");
    toy.flags = 0;
}

/* Wanted by a dissector: the rows in which messages begin that end later, parts too. */
static void where_messages_begin(void **state)
{
    const struct segment pieces[] = {SEG(1, "\0\5ab"), SEG(5, "c"), SEG(6, "de\0"), SEG(9, "\1x")};
    const struct segment parts[] = {SEG(1, "\x80\2a"), SEG(4, "b\0"), SEG(6, "\1c")};
    const struct segment late[] = {SEG(1, "\0\3a"), SEG(5, "c\0\1d"), SEG(4, "b")};
    const struct segment no_end[] = {SEG(1, "\0\5a"), SEG(4, "b")};

    (void)state;
    CHECK(pieces, "3>abcde 4>x");
    toy.flags = TRAWL_DISSECTOR_BEGINS;
    CHECK(pieces, "1( 3>abcde 3( 4>x");
    CHECK(parts, "1( 3>ab~~c");
    CHECK(late, "1( 3>abc 3>d");
    CHECK(no_end, "1( 2>ab/7!");
    toy.flags |= TRAWL_DISSECTOR_PARTS;
    CHECK(parts, "1( 2>ab 2( 3>+4ac");
    toy.flags = 0;
}

/* Of 600 bytes that are kept the first part has 502; of the second 98 are there, so that the
 * message ends with it: of the third nothing is. */
static void long_parts_as_they_end(void **state)
{
    char text[1010] = "\x81\xf4";
    const struct segment s = {.seq = 1, .data = text, .n = 1007};
    struct capture c = {.records = TW_BUFFER_INIT};
    const struct tw_message *m;

    (void)state;
    memset(text + 2, 'x', sizeof(text) - 2);
    memcpy(text + 502, "\x81\xf4", 2);
    memcpy(text + 1004, "\0\1", 2);
    toy.flags = TRAWL_DISSECTOR_PARTS;
    add(&c, &s);
    load(&c, 1);
    m = c.messages->items;
    assert_int_equal(c.messages->n, 2);
    assert_int_equal(m[0].cap_len, 502);
    assert_false(m[0].partial);
    assert_int_equal(m[1].seen, 502);
    assert_int_equal(m[1].cap_len, 98);
    assert_int_equal(m[1].len, 502);
    assert_true(m[1].partial);
    assert_ptr_equal(m[1].data, m[0].data + 502);
    unload(&c);
    drop(&c);
    toy.flags = 0;
}

/* A message that comes byte by byte: the dissector is asked with every byte until it was shown
 * 2^20, from there on only while that is 16 times what came, so never of more than 2^20 + 16 n. */
static void small_pieces_cost_no_square(void **state)
{
    enum { N = 60000, FIRST = 500 };
    struct capture c = {.records = TW_BUFFER_INIT};
    struct segment s = SEG(1, "\xff\4"), byte = SEG(3, "x"), end = SEG(0, "\0\1a");

    (void)state;
    /* 500 bytes: 3 + 4 + … + 502 are shown, 126,250, and what follows ends it at once. */
    add(&c, &s);
    for (uint32_t i = 0; i < FIRST; i++, byte.seq++)
        add(&c, &byte);
    end.seq = byte.seq;
    add(&c, &end);
    load(&c, 1);
    assert_int_equal(c.messages->n, 2);
    assert_int_equal(c.messages->items[0].row, FIRST + 1);
    assert_int_equal(c.messages->items[0].len, FIRST + 2);
    assert_false(c.messages->items[0].partial);
    assert_int_equal(c.messages->items[1].row, FIRST + 1);
    unload(&c);
    drop(&c);

    /* 60,000: all of k bytes would be 1.8 * 10^9. With n offered so far, the k-th byte is offered
     * when n + k <= 2^20 + 16 k: about 1,480 at once, then each 1/16 more, 65 times or so. */
    c = (struct capture){.records = TW_BUFFER_INIT};
    s = (struct segment)SEG(1, "\xff\4");
    byte.seq = 3;
    add(&c, &s);
    for (uint32_t i = 0; i < N; i++, byte.seq++)
        add(&c, &byte);
    end.seq = byte.seq;
    add(&c, &end); /* nothing behind it asks any more: the end does */
    load(&c, 1);
    assert_true(n_asks < 2000);
    assert_true(n_offered <= (1 << 20) + 18 * (N + 8));
    assert_int_equal(c.messages->n, 2);
    assert_int_equal(c.messages->items[0].len, N + 2);
    assert_int_equal(c.messages->items[0].cap_len, N + 2); /* all was needed to tell */
    assert_int_equal(c.messages->items[1].len, 3);
    assert_false(c.messages->items[1].partial);
    unload(&c);
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
        cmocka_unit_test(ends_told_by_what_follows),
        cmocka_unit_test(marks),
        cmocka_unit_test(both_directions_share_state),
        cmocka_unit_test(other_protocols),
        cmocka_unit_test(begins_where_a_segment_does),
        cmocka_unit_test(begins_behind_what_is_none),
        cmocka_unit_test(unknown_lengths_are_bounded),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(long_parts_are_cut),
        cmocka_unit_test(messages_in_parts),
        cmocka_unit_test(parts_as_they_end),
        cmocka_unit_test(where_messages_begin),
        cmocka_unit_test(long_parts_as_they_end),
        cmocka_unit_test(small_pieces_cost_no_square),
        cmocka_unit_test(a_probe_outdoes_a_port),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return rc;
}
