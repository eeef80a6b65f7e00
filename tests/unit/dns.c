/* DNS messages as bytes: names with pointers, lengths that lie, the walk over items. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http2.h"
#include "zone.h"

/* 12: 3 www 7 example 0 (13 bytes, up to 25), 25: 2 m1 and a pointer to 16 (example), 30: pointer
 * to 25. */
static const uint8_t names[] = "\0\1\x81\x80\0\1\0\2\0\0\0\0"
                               "\3www\7example\0"
                               "\2m1\xc0\x10"
                               "\xc0\x19";

static void name_is(const uint8_t *data, uint32_t n, uint32_t at, const char *text, uint32_t end,
                    unsigned n_labels)
{
    const struct dns_message m = {data, n};
    struct dns_name name;

    assert_null(dns_read_name(&m, at, &name));
    assert_int_equal(name.n, strlen(text));
    assert_memory_equal(name.text, text, name.n);
    assert_int_equal(name.end, end);
    assert_int_equal(name.n_labels, n_labels);
}

static void names_are_followed(void **state)
{
    (void)state;
    name_is(names, 32, 12, "www.example", 25, 2);
    name_is(names, 32, 16, "example", 25, 1);
    name_is(names, 32, 25, "m1.example", 30, 2);
    name_is(names, 32, 30, "m1.example", 32, 2);
    name_is(names, 32, 24, "<Root>", 25, 0);
}

static void fault_is(const char *bytes, uint32_t n, uint32_t at, const char *what)
{
    const struct dns_message m = {(const uint8_t *)bytes, n};
    struct dns_name name;
    const char *fault = dns_read_name(&m, at, &name);

    assert_non_null(fault);
    assert_string_equal(fault, what);
}

static void bad_names_are_refused(void **state)
{
    (void)state;
    fault_is("\xc0\x00", 2, 0, "name with a pointer that does not go back");      /* to itself */
    fault_is("\1a\xc0\x00", 4, 0, "name with a pointer that does not go back");   /* to its start */
    fault_is("\xc0\x02\1a\0", 5, 0, "name with a pointer that does not go back"); /* forward */
    fault_is("\1a\xc0\x09", 4, 0, "name goes beyond the message");
    fault_is("\3ab", 3, 0, "name goes beyond the message");
    fault_is("\1a", 2, 0, "name goes beyond the message");
    fault_is("\xc0", 1, 0, "name goes beyond the message");
    fault_is("\x80\1\0", 3, 0, "name with a label of unknown kind");
    fault_is("\0", 1, 1, "name goes beyond the message");
}

static void text_is(const char *bytes, uint32_t n, const char *text)
{
    const struct dns_message m = {(const uint8_t *)bytes, n};
    struct dns_name name;

    assert_non_null(dns_read_name(&m, 0, &name));
    assert_int_equal(name.n, strlen(text));
    assert_memory_equal(name.text, text, name.n);
}

/* What tshark 4.0 shows of them, tried with a capture of such questions. */
static void bad_names_show_what_tshark_shows(void **state)
{
    (void)state;
    text_is("\xc0\x02\1a\0", 5, "a");
    text_is("\1a\xc0\x00", 4, "<Name contains a pointer that loops>");
    text_is("\xc0\x00", 2, "<Name contains a pointer that loops>");
    text_is("\1a\x66\0", 4, "<Unknown extended label>");
    text_is("\x66\0", 2, ""); /* gives the message up */
    text_is("\3ab", 3, "");
}

static void a_name_has_255_bytes_at_most(void **state)
{
    /* Labels of 63: 3 take 192 bytes, one of 61 more 254, the root 255; of 62 it is 256. */
    uint8_t data[300] = {0};
    struct dns_message m = {data, sizeof(data)};
    struct dns_name name;

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        data[i * 64] = 63;
        memset(data + i * 64 + 1, 'a', 63);
    }
    data[192] = 61;
    data[192 + 62] = 0;
    assert_null(dns_read_name(&m, 0, &name));
    assert_int_equal(name.end, 255);
    assert_int_equal(name.n, 63 * 3 + 61 + 3);
    data[192] = 62;
    data[192 + 62] = 'a';
    data[192 + 63] = 0;
    assert_string_equal(dns_read_name(&m, 0, &name), "name longer than 255 bytes");
}

static void dots_within_labels_are_escaped(void **state)
{
    (void)state;
    name_is((const uint8_t *)"\3a.b\2c\\\0", 8, 0, "a\\.b.c\\\\", 8, 2);
}

/* RFC 2673 section 3.2, by hand; 84 labels of a bit and the root are 253 bytes, 85 are 256. */
static void labels_of_bits_are_shown(void **state)
{
    uint8_t data[85 * 3 + 1] = {0};
    const struct dns_message m = {data, sizeof(data)};
    struct dns_name name;

    (void)state;
    name_is((const uint8_t *)"\x41\x0c\xab\xc0\1a\0", 7, 0, "\\[xabc/12].a", 7, 2);
    name_is((const uint8_t *)"\1a\x41\x01\x80\0", 6, 0, "a.\\[x8/1]", 6, 2);
    name_is((const uint8_t *)"\1a\0\x41\x08\xff\xc0\x00", 8, 3, "\\[xff/8].a", 8, 2);
    fault_is("\x41", 1, 0, "name goes beyond the message");
    fault_is("\x41\0\0", 3, 0, "name goes beyond the message");
    fault_is("\x41\x08\xff", 3, 0, "name goes beyond the message");
    fault_is("\x41\x08\xff\xc0\x00", 5, 0, "name with a pointer that does not go back");
    for (unsigned i = 0; i < 85; i++)
        memcpy(data + 3 * i, "\x41\x01\x80", 3);
    assert_null(dns_read_name(&m, 3, &name));
    assert_int_equal(name.n, 84 * 8 - 1);
    assert_string_equal(dns_read_name(&m, 0, &name), "name longer than 255 bytes");
}

/* The most text that 254 bytes become, by hand: 9 of each label of 8 bits, 12 of each of 16. */
static void the_longest_text_has_room(void **state)
{
    uint8_t data[82 * 3 + 2 * 4 + 1] = {0};
    const struct dns_message m = {data, sizeof(data)};
    struct dns_name name;

    (void)state;
    for (unsigned i = 0; i < 82; i++)
        memcpy(data + 3 * i, "\x41\x08\xff", 3);
    for (unsigned i = 0; i < 2; i++)
        memcpy(data + 82 * 3 + 4 * i, "\x41\x10\xff\xff", 4);
    assert_true(82 * 9 + 2 * 12 - 1 <= sizeof(name.text));
    assert_null(dns_read_name(&m, 0, &name));
    assert_int_equal(name.n, 82 * 9 + 2 * 12 - 1);
    assert_memory_equal(name.text + name.n - 11, "\\[xffff/16]", 11);
}

static void pointers_are_counted(void **state)
{
    /* At 0 the root; behind it pointers, each to the one before: the k-th takes k hops. */
    uint8_t data[1 + 2 * 130] = {0};
    const struct dns_message m = {data, sizeof(data)};
    struct dns_name name;

    (void)state;
    for (unsigned k = 1; k <= 130; k++) {
        const unsigned to = k == 1 ? 0 : 1 + 2 * (k - 2);

        data[1 + 2 * (k - 1)] = (uint8_t)(0xc0 | to >> 8);
        data[2 + 2 * (k - 1)] = (uint8_t)to;
    }
    assert_null(dns_read_name(&m, 1 + 2 * (DNS_HOPS_MOST - 1), &name));
    assert_string_equal(dns_read_name(&m, 1 + 2 * DNS_HOPS_MOST, &name),
                        "name with too many pointers");
}

/* One question (a, type 1, class 1: 12 to 19) and two records counted, one of them there: its name
 * a pointer to 12, type 1, TTL 60, 4 bytes of data at 31. */
static const char message[] = "\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
                              "\1a\0\0\1\0\1"
                              "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x0a\0\0\1";

static void items_come_in_order(void **state)
{
    const struct dns_message m = {(const uint8_t *)message, sizeof(message) - 1};
    struct dns_walk walk;
    struct dns_item item;

    (void)state;
    assert_true(dns_walk_begin(&walk, &m));
    assert_int_equal(walk.header.id, 0x1234);
    assert_int_equal(walk.header.flags, 0x8180);
    assert_true(dns_walk_next(&walk, &item));
    assert_int_equal(item.section, DNS_QUESTION);
    assert_int_equal(item.name_at, 12);
    assert_int_equal(item.type, 1);
    assert_true(dns_walk_next(&walk, &item));
    assert_int_equal(item.section, DNS_ANSWER);
    assert_int_equal(item.name_at, 19);
    assert_int_equal(item.ttl, 60);
    assert_int_equal(item.data_at, 31);
    assert_int_equal(item.data_n, 4);
    assert_false(dns_walk_next(&walk, &item));
    assert_string_equal(walk.fault, "fewer records than the header counts");
}

static void cut_records_show_what_is_there(void **state)
{
    const struct dns_message m = {(const uint8_t *)message, sizeof(message) - 3};
    struct dns_walk walk;
    struct dns_item item;

    (void)state;
    assert_true(dns_walk_begin(&walk, &m));
    assert_true(dns_walk_next(&walk, &item));
    assert_true(dns_walk_next(&walk, &item));
    assert_int_equal(item.data_len, 4);
    assert_int_equal(item.data_n, 2);
    assert_false(dns_walk_next(&walk, &item));
    assert_string_equal(walk.fault, "record's data goes beyond the message");
}

static void headers_may_be_cut_or_lie(void **state)
{
    const struct dns_message m = {(const uint8_t *)message, 11};
    struct dns_walk walk;

    (void)state;
    assert_false(dns_walk_begin(&walk, &m));
    assert_string_equal(walk.fault, "message shorter than its header");
    assert_int_equal(walk.header.n_numbers, 5); /* of 11 bytes: id, flags, three counts */
    assert_int_equal(walk.header.counts[DNS_ANSWER], 2);
    assert_int_equal(walk.header.counts[DNS_ADDITIONAL], 0);
    /* 1 question of 5 bytes and 2 records of 11 need 12 + 27 bytes. */
    assert_true(dns_is_likely((const uint8_t *)message, 39));
    assert_false(dns_is_likely((const uint8_t *)message, 38));
}

/* A frame of HTTP/2: length in 24 bits, type, flags, stream. */
#define FRAME(length, type, flags, stream) "\0\0" length type flags "\0\0\0" stream
/* One question of 19 bytes: a header, `a` (3), type, class. */
#define QUESTION               \
    "\0\7\1\0\0\1\0\0\0\0\0\0" \
    "\1a\0\0\1\0\1"
enum { QUESTION_LEN = 19 };

static void http2_bodies_may_be_dns(void **state)
{
    /* A body in one frame; then in two with a ping between; then with two bytes of padding. */
    static const char one[] = FRAME("\x13", "\0", "\1", "\1") QUESTION;
    static const char two[] = FRAME("\x0c", "\0", "\0", "\1") "\0\7\1\0\0\1\0\0\0\0\0\0" FRAME(
        "\x08", "\6", "\0", "\0") "12345678" FRAME("\7", "\0", "\1", "\1") "\1a\0\0\1\0\1";
    static const char padded[] = FRAME("\x16", "\0", "\x9", "\1") "\2" QUESTION "\0\0";
    static const char longer[] = FRAME("\x14", "\0", "\1", "\1") QUESTION "x";
    static const char headers[] = FRAME("\x13", "\1", "\1", "\1") QUESTION;
    const struct {
        const char *bytes;
        uint32_t n;
        int is_dns;
    } cases[] = {{one, sizeof(one) - 1, 1},
                 {two, sizeof(two) - 1, 1},
                 {padded, sizeof(padded) - 1, 1},
                 {longer, sizeof(longer) - 1, 0},
                 {headers, sizeof(headers) - 1, 0}};
    static uint8_t room[DNS_HTTP2_JOINED];
    struct dns_message m;

    (void)state;
    assert_true(dns_http2_begins((const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24));
    assert_false(dns_http2_begins((const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 23));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const uint8_t *data = (const uint8_t *)cases[i].bytes;

        assert_int_equal(dns_http2_length(data, cases[i].n), cases[i].n);
        assert_int_equal(dns_http2_message(data, cases[i].n, room, &m), cases[i].is_dns);
        if (cases[i].is_dns) {
            assert_int_equal(m.n, QUESTION_LEN);
            assert_memory_equal(m.data, QUESTION, QUESTION_LEN);
        }
    }
    for (uint32_t n = 0; n < sizeof(two) - 1; n++) /* a part says so, and is no message */
        assert_int_equal(dns_http2_message((const uint8_t *)two, n, room, &m), 0);
    assert_int_equal(dns_http2_length((const uint8_t *)two, 40), 0);
}

/* A null record of 2,047 bytes is 0x and 4,094 digits: as much as there is room for, and taken for
 * cut; one less is whole. */
static void long_data_says_that_it_was_cut(void **state)
{
    static uint8_t data[5000];
    static struct dns_zone_text text;
    const struct dns_message m = {data, sizeof(data)};
    struct dns_item item = {.type = T_NULL, .data_n = 2046};

    (void)state;
    dns_zone_text(&text, &m, &item);
    assert_int_equal(text.n, 2 + 2 * 2046);
    assert_memory_equal(text.text + text.n - 3, "000", 3);
    for (item.data_n = 2047; item.data_n <= sizeof(data); item.data_n += 100) {
        dns_zone_text(&text, &m, &item);
        assert_int_equal(text.n, DNS_ZONE_TEXT_MOST);
        assert_memory_equal(text.text + text.n - 4, "0\xe2\x80\xa6", 4);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_followed),
        cmocka_unit_test(bad_names_are_refused),
        cmocka_unit_test(bad_names_show_what_tshark_shows),
        cmocka_unit_test(a_name_has_255_bytes_at_most),
        cmocka_unit_test(dots_within_labels_are_escaped),
        cmocka_unit_test(labels_of_bits_are_shown),
        cmocka_unit_test(the_longest_text_has_room),
        cmocka_unit_test(pointers_are_counted),
        cmocka_unit_test(items_come_in_order),
        cmocka_unit_test(cut_records_show_what_is_there),
        cmocka_unit_test(headers_may_be_cut_or_lie),
        cmocka_unit_test(http2_bodies_may_be_dns),
        cmocka_unit_test(long_data_says_that_it_was_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
