/* The dnstap plugin's decoder of protobuf, names and Frame Streams, on bytes worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fstrm.h>
#include <string.h>

#include "dnstap.h"
#include <dnstap.pb-c.h>

/* A key is number << 3 | kind; kinds: 0 a varint, 2 length and bytes, 5 four bytes. */
static const uint8_t query[] = {
    0x0a, 0x02, 'n',  's',                 /* identity "ns" */
    0x72, 0x2a,                            /* message, 42 bytes: */
    0x08, 0x05,                            /* type 5, CLIENT_QUERY */
    0x10, 0x01,                            /* family INET */
    0x18, 0x01,                            /* protocol UDP */
    0x22, 0x04, 10,   0,    0,    1,       /* query_address 10.0.0.1 */
    0x30, 0xa0, 0x1f,                      /* query_port 0x20 | 0x1f << 7 = 4000 */
    0x40, 0x80, 0xe2, 0xcf, 0xaa, 0x06,    /* 1,700,000,000 s */
    0x4d, 0x15, 0xcd, 0x5b, 0x07,          /* 0x075bcd15 = 123,456,789 ns */
    0x52, 0x03, 'd',  'n',  's',           /* query_message */
    0x5a, 0x05, 3,    'c',  'o',  'm',  0, /* query_zone com. */
    0x92, 0x4e, 0x01, 'x',                 /* field 1250, unknown, bytes "x" */
    0x78, 0x01,                            /* type MESSAGE */
};

static void a_whole_message(void **state)
{
    struct dnstap got;
    const struct dnstap_value *m = got.values[DNSTAP_MESSAGE];

    (void)state;
    /* 4 + 2 bytes before the message, 2+2+2+6+3+6+5+5+7+4 = 42 of it, 2 behind it */
    assert_int_equal(sizeof(query), 6 + 42 + 2);
    assert_null(dnstap_decode(query, sizeof(query), &got));
    assert_int_equal(got.values[DNSTAP_OUTER][15].number, 1);
    assert_int_equal(got.values[DNSTAP_OUTER][1].len, 2);
    assert_memory_equal(query + got.values[DNSTAP_OUTER][1].at, "ns", 2);
    assert_int_equal(m[DNSTAP_TYPE].number, 5);
    assert_int_equal(m[DNSTAP_QUERY_ADDRESS].at, 14);
    assert_int_equal(m[DNSTAP_QUERY_PORT].number, 4000);
    assert_false(m[DNSTAP_RESPONSE_ADDRESS].has);
    assert_true(dnstap_time(&got, DNSTAP_QUERY_TIME_SEC, DNSTAP_QUERY_TIME_NSEC) ==
                INT64_C(1700000000123456789));
    assert_true(dnstap_time(&got, DNSTAP_RESPONSE_TIME_SEC, DNSTAP_RESPONSE_TIME_NSEC) ==
                INT64_MIN);
    assert_memory_equal(query + m[DNSTAP_QUERY_MESSAGE].at, "dns", 3);
}

/* Payloads that end in a valid type but are damaged before it. */
#define TYPE 0x78, 0x01
#define REFUSED(why, ...)                                                     \
    do {                                                                      \
        static const uint8_t bytes[] = {__VA_ARGS__};                         \
        struct dnstap got_;                                                   \
                                                                              \
        assert_string_equal(dnstap_decode(bytes, sizeof(bytes), &got_), why); \
    } while (0)

static void damaged_messages(void **state)
{
    (void)state;
    REFUSED("a required field is not there", 0x0a, 0x00);
    REFUSED("a required field is not there", 0x72, 0x00, TYPE);
    REFUSED("a field longer than the message", 0x0a, 0x03, 'a', 'b');
    REFUSED("a field longer than the message", 0x72, 0x80, 0x80, 0x80, 0x80, 0x10, TYPE);
    REFUSED("a number that does not end", 0x80, 0x80);
    REFUSED("a number that does not end", 0x78, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0x01); /* eleven bytes */
    REFUSED("a field number that cannot be", 0x02, 0x00, TYPE);
    REFUSED("a field number that cannot be", 0xf8, 0xff, 0xff, 0xff, 0x7f, 0x00, TYPE);
    REFUSED("a field of another type than the schema's", 0x08, 0x01, TYPE);
    REFUSED("a field of a kind that protobuf no longer has", 0x9b, 0x4e, TYPE); /* a group, 1251 */
    /* family INET6, query_address of 4 bytes */
    REFUSED("an address of another length than its family's", 0x72, 0x0a, 0x08, 0x01, 0x10, 0x02,
            0x22, 0x04, 1, 2, 3, 4, TYPE);
    /* no family: four bytes ask, sixteen answer */
    REFUSED("addresses of two families", 0x72, 0x1a, 0x08, 0x01, 0x22, 0x04, 1, 2, 3, 4, 0x2a, 0x10,
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, TYPE);
    /* query_port 0 | 0 << 7 | 4 << 14 = 65536 */
    REFUSED("a port above 65535", 0x72, 0x06, 0x08, 0x01, 0x30, 0x80, 0x80, 0x04, TYPE);
    /* 2^63 seconds */
    REFUSED("a time that 64 bits of nanoseconds cannot hold", 0x72, 0x0d, 0x08, 0x01, 0x40, 0x80,
            0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01, TYPE);
}

/* The last of two values counts; a message in two parts is one, each whole in itself. */
static void repeated_fields(void **state)
{
    static const uint8_t bytes[] = {0x72, 0x04, 0x08, 0x05, 0x30, 0x07, 0x72,
                                    0x04, 0x08, 0x06, 0x38, 0x09, TYPE};
    struct dnstap got;

    (void)state;
    assert_null(dnstap_decode(bytes, sizeof(bytes), &got));
    assert_int_equal(got.values[DNSTAP_MESSAGE][DNSTAP_TYPE].number, 6);
    assert_int_equal(got.values[DNSTAP_MESSAGE][DNSTAP_QUERY_PORT].number, 7);
    assert_int_equal(got.values[DNSTAP_MESSAGE][DNSTAP_RESPONSE_PORT].number, 9);
}

/* The numbers that the code knows are the schema's. */
static void numbers_of_fields(void **state)
{
    static const struct {
        unsigned number;
        const char *name;
    } known[] = {{DNSTAP_TYPE, "type"},
                 {DNSTAP_SOCKET_FAMILY, "socket_family"},
                 {DNSTAP_SOCKET_PROTOCOL, "socket_protocol"},
                 {DNSTAP_QUERY_ADDRESS, "query_address"},
                 {DNSTAP_RESPONSE_ADDRESS, "response_address"},
                 {DNSTAP_QUERY_PORT, "query_port"},
                 {DNSTAP_RESPONSE_PORT, "response_port"},
                 {DNSTAP_QUERY_TIME_SEC, "query_time_sec"},
                 {DNSTAP_QUERY_TIME_NSEC, "query_time_nsec"},
                 {DNSTAP_QUERY_MESSAGE, "query_message"},
                 {DNSTAP_RESPONSE_TIME_SEC, "response_time_sec"},
                 {DNSTAP_RESPONSE_TIME_NSEC, "response_time_nsec"},
                 {DNSTAP_RESPONSE_MESSAGE, "response_message"},
                 {DNSTAP_HTTP_PROTOCOL, "http_protocol"}};

    (void)state;
    for (size_t i = 0; i < TRAWL_COUNT(known); i++)
        assert_string_equal(dnstap_field(DNSTAP_MESSAGE, known[i].number)->name, known[i].name);
    for (unsigned i = 0; i < dnstap__message__descriptor.n_fields; i++)
        assert_in_range(dnstap__message__descriptor.fields[i].id, 1, DNSTAP_MOST);
    assert_null(dnstap_field(DNSTAP_POLICY, 6));
}

static void names(void **state)
{
    static const uint8_t longest[256] = {63, [64] = 63, [128] = 63, [192] = 61};
    char text[DNSTAP_NAME];

    (void)state;
    assert_int_equal(dnstap_name((const uint8_t *)"\3com\0", 5, text), 4);
    assert_memory_equal(text, "com.", 4);
    assert_int_equal(dnstap_name((const uint8_t *)"", 1, text), 1);
    assert_memory_equal(text, ".", 1);
    assert_int_equal(dnstap_name((const uint8_t *)"\3a.\x1b\0", 5, text), 8);
    assert_memory_equal(text, "a\\.\\027.", 8);
    /* labels of 63, 63, 63, 61 octets of zero, each \000: 4 * 250 and four dots; 255 octets */
    assert_int_equal(dnstap_name(longest, 255, text), 1004);
    assert_int_equal(dnstap_name(longest, 254, text), 0);
    assert_int_equal(dnstap_name((const uint8_t *)"\3com", 4, text), 0);    /* no end */
    assert_int_equal(dnstap_name((const uint8_t *)"\3com\0x", 6, text), 0); /* more behind it */
    assert_int_equal(dnstap_name((const uint8_t *)"\xc0\0", 2, text), 0);   /* a pointer */
    assert_int_equal(dnstap_name((const uint8_t *)"", 0, text), 0);
}

/* ---- Frame Streams: a length and data, or 0, a length and a control frame ---- */

#define START_FRAME                                                                             \
    0, 0, 0, 0, 0, 0, 0, 34, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 22, 'p', 'r', 'o', 't', 'o', 'b', \
        'u', 'f', ':', 'd', 'n', 's', 't', 'a', 'p', '.', 'D', 'n', 's', 't', 'a', 'p'

static void frames(void **state)
{
    static const uint8_t start[] = {START_FRAME}, bare[] = {0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 2};
    uint8_t other[sizeof(start)], huge[] = {0, 16, 0, 1}, data[] = {0, 0, 0, 2, 'h', 'i'};
    static const uint8_t beyond[] = {0, 0, 0, 0, 0, 0, 2, 1, 0, 0, 0, 2}; /* 513 bytes */
    struct frame frame;

    (void)state;
    memcpy(other, start, sizeof(other));
    other[sizeof(other) - 1] = 'q';
    assert_int_equal(frame_at(start, sizeof(start), &frame), 42);
    assert_int_equal(frame.control, FSTRM_CONTROL_START);
    for (size_t n = 0; n < sizeof(start); n++) {
        assert_int_equal(frame_at(start, n, &frame), 0);
        assert_int_equal(frame.need, n < 4 ? 4 : n < 8 ? 8 : 42);
        assert_int_equal(frames_match(start, n), n >= 12);
    }
    assert_int_equal(frame_at(bare, sizeof(bare), &frame), 12);
    assert_int_equal(frame_at(data, sizeof(data), &frame), 6);
    assert_int_equal(frame.control, 0);
    assert_int_equal(frame.len, 2);
    assert_int_equal(frame_at(data, 5, &frame), 0);
    assert_int_equal(frame.need, 6);
    assert_int_equal(frame_at(huge, sizeof(huge), &frame), -1); /* 2^20 + 1 */
    assert_int_equal(frame_at(beyond, sizeof(beyond), &frame), -1);
    assert_int_equal(frame_at(other, sizeof(other), &frame), -1);
    assert_string_equal(frame.why, "a stream of another content type than " DNSTAP_CONTENT);
    assert_true(frames_match(start, sizeof(start)));
    assert_true(frames_match(bare, sizeof(bare)));
    assert_true(frames_match(other, sizeof(other))); /* so that its reader says what it is */
    assert_false(frames_match(beyond, sizeof(beyond)));
    assert_false(frames_match(data, sizeof(data)));
}

/* ---- the reader ---- */

static int64_t time_of(uint8_t type, const uint8_t *times, size_t n)
{
    uint8_t bytes[64] = {0, 0, 0, (uint8_t)(n + 6), 0x72, (uint8_t)(n + 2), 0x08, type};
    trawl_record record = {.size = sizeof(record)};

    memcpy(bytes + 8, times, n);
    bytes[8 + n] = 0x78;
    bytes[9 + n] = 0x01;
    assert_int_equal(dnstap_reader.next(bytes, n + 10, 0, &record), n + 10);
    assert_int_equal(record.flags, TRAWL_RECORD_OPEN);
    assert_int_equal(record.header_len, 4);
    assert_int_equal(record.cap_len, n + 6);
    return record.time_ns;
}

/* query_time 1 s (field 8), response_time 2 s (field 12: 0x60). */
static void whose_time(void **state)
{
    static const uint8_t both[] = {0x40, 1, 0x60, 2};
    const int64_t second = 1000000000;

    (void)state;
    assert_true(time_of(5, both, 4) == second);         /* CLIENT_QUERY */
    assert_true(time_of(6, both, 4) == 2 * second);     /* CLIENT_RESPONSE */
    assert_true(time_of(6, both, 2) == second);         /* has the query's alone */
    assert_true(time_of(5, both + 2, 2) == 2 * second); /* has the response's alone */
    assert_true(time_of(5, both, 0) == INT64_MIN);
}

static void what_a_row_is(void **state)
{
    static const struct {
        uint8_t socket, http, ip;
    } protocols[] = {{1, 0, 17}, {2, 0, 6},  {3, 0, 6}, {4, 0, 6},  {4, 2, 6},
                     {4, 3, 17}, {5, 0, 17}, {6, 0, 6}, {7, 0, 17}, {8, 0, 0}};
    trawl_record_info info = {.size = sizeof(info)};

    (void)state;
    assert_int_equal(dnstap_reader.describe(query, sizeof(query), &info), 0);
    assert_int_equal(info.family, 4);
    assert_int_equal(info.protocol, 17);
    assert_memory_equal(info.src, "\x0a\0\0\1", 4);
    assert_memory_equal(info.dst, "\0\0\0\0", 4);
    assert_int_equal(info.src_port, 4000);
    assert_int_equal(info.n_payloads, 1);
    assert_string_equal(info.payloads[0].dissector, "dns");
    assert_memory_equal(query + info.payloads[0].at, "dns", 3);
    assert_int_equal(info.payloads[0].direction, 0);
    for (size_t i = 0; i < TRAWL_COUNT(protocols); i++) {
        /* http_protocol is field 16: key 0x80 0x01 */
        const uint8_t bytes[] = {
            0x72, 0x07, 0x08, 5, 0x18, protocols[i].socket, 0x80, 0x01, protocols[i].http, TYPE};

        info = (trawl_record_info){.size = sizeof(info)};
        assert_int_equal(dnstap_reader.describe(bytes, sizeof(bytes), &info), 0);
        assert_int_equal(info.protocol, protocols[i].ip);
        assert_int_equal(info.family, 0);
    }
    assert_int_equal(dnstap_reader.describe(query, 5, &info), -1);
    assert_non_null(info.why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_message), cmocka_unit_test(damaged_messages),
        cmocka_unit_test(repeated_fields), cmocka_unit_test(numbers_of_fields),
        cmocka_unit_test(names),           cmocka_unit_test(frames),
        cmocka_unit_test(whose_time),      cmocka_unit_test(what_a_row_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
