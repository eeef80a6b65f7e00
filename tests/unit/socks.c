/* SOCKS handshakes: bytes written by hand after RFC 1928 and 1929, and Koblas and Lee's SOCKS 4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "handshake.h"

static struct socks_state connection;

static int64_t say(unsigned direction, const char *data, size_t n)
{
    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = (const uint8_t *)data,
                                 .cap_len = (uint32_t)n,
                                 .len = (uint32_t)n,
                                 .carrier = 6,
                                 .direction = (uint8_t)direction};

    return socks_message(&connection, &payload);
}
#define SAY(direction, text) say(direction, text, sizeof(text) - 1)

static void start(void)
{
    memset(&connection, 0, sizeof(connection));
}

/* Byte after byte: more is asked for until the length is known. */
static void grows(unsigned direction, const char *data, size_t n)
{
    int64_t answer = TRAWL_MESSAGE_MORE;

    for (size_t i = 1; i <= n && answer == TRAWL_MESSAGE_MORE; i++)
        answer = say(direction, data, i);
    assert_int_equal(answer, n);
}
#define GROWS(direction, text) grows(direction, text, sizeof(text) - 1)

static void version_4(void **state)
{
    (void)state;
    start();
    GROWS(0, "\4\1\0\x50\xc0\0\2\1me\0"); /* 8 bytes, the user, a zero */
    assert_int_equal(connection.kind, SOCKS4_REQUEST);
    assert_int_equal(SAY(1, "\0\x5a\0\0\0\0\0\0GET"), 8);
    assert_int_equal(connection.kind, SOCKS4_REPLY);
    assert_int_equal(SAY(0, "GET"), TRAWL_MESSAGE_HANDOVER);
    assert_int_equal(SAY(1, "200"), TRAWL_MESSAGE_HANDOVER);
    start();
    GROWS(0, "\4\1\0\x50\0\0\0\1me\0www.example.org\0"); /* 4a: a name follows */
    assert_int_equal(SAY(1, "\0\x5b\0\0\0\0\0\0"), 8);   /* 91: refused */
    assert_int_equal(SAY(0, "GET"), TRAWL_MESSAGE_FOREIGN);
}

static void version_5(void **state)
{
    (void)state;
    start();
    GROWS(0, "\5\2\0\2");
    assert_int_equal(SAY(1, "\5\2"), 2);
    GROWS(0, "\1\3bob\5alice");
    assert_int_equal(SAY(1, "\1\0"), 2);
    GROWS(0, "\5\1\0\3\4name\0\x50"); /* a name */
    GROWS(1, "\5\0\0\1\x0a\0\0\1\0\x50");
    assert_int_equal(connection.kind, SOCKS5_REPLY);
    assert_int_equal(SAY(0, "x"), TRAWL_MESSAGE_HANDOVER);
    assert_int_equal(SAY(1, "x"), TRAWL_MESSAGE_HANDOVER);
    start(); /* the client asks at once; IPv6; BIND has two replies */
    assert_int_equal(SAY(0, "\5\1\0"), 3);
    assert_int_equal(SAY(0, "\5\2\0\4ABCDEFGHIJKLMNOP\0\x15"), 22);
    assert_int_equal(SAY(1, "\5\0"), 2);
    assert_int_equal(SAY(1, "\5\0\0\1\x0a\0\0\1\0\x50"), 10);
    assert_int_equal(SAY(1, "\5\0\0\1\x0a\0\0\1\0\x50"), 10);
    assert_int_equal(SAY(1, "x"), TRAWL_MESSAGE_HANDOVER);
}

static void what_ends_it(void **state)
{
    (void)state;
    start(); /* no method that both know */
    assert_int_equal(SAY(0, "\5\1\0"), 3);
    assert_int_equal(SAY(1, "\5\xff"), 2);
    assert_int_equal(SAY(0, "\5\1\0\1\1\2\3\4\0\x50"), TRAWL_MESSAGE_FOREIGN);
    start(); /* a wrong password */
    assert_int_equal(SAY(0, "\5\1\2"), 3);
    assert_int_equal(SAY(1, "\5\2"), 2);
    assert_int_equal(SAY(0, "\1\1a\1b"), 5);
    assert_int_equal(SAY(1, "\1\1"), 2);
    assert_int_equal(SAY(0, "\5"), TRAWL_MESSAGE_FOREIGN);
    start(); /* no such kind of address; UDP has its bytes elsewhere */
    assert_int_equal(SAY(0, "\5\1\0"), 3);
    assert_int_equal(SAY(1, "\5\0"), 2);
    assert_int_equal(SAY(0, "\5\1\0\2\1\2\3\4\0\x50"), TRAWL_MESSAGE_FOREIGN);
    assert_int_equal(SAY(0, "\5\3\0\1\0\0\0\0\0\0"), 10);
    assert_int_equal(SAY(1, "\5\0\0\1\x0a\0\0\1\0\x50"), 10);
    assert_int_equal(SAY(0, "x"), TRAWL_MESSAGE_FOREIGN);
    start(); /* a refusal (5: by the host) that comes in two pieces is one message all the same */
    assert_int_equal(SAY(0, "\5\1\0"), 3);
    assert_int_equal(SAY(1, "\5\0"), 2);
    assert_int_equal(SAY(0, "\5\1\0\1\1\2\3\4\0\x50"), 10);
    GROWS(1, "\5\5\0\1\0\0\0\0\0\0");
    assert_int_equal(SAY(1, "x"), TRAWL_MESSAGE_FOREIGN);
    start();
    assert_int_equal(SAY(0, "GET / HTTP/1.1"), TRAWL_MESSAGE_FOREIGN);
}

static int probe(const char *data, size_t n)
{
    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = (const uint8_t *)data,
                                 .cap_len = (uint32_t)n,
                                 .len = (uint32_t)n,
                                 .carrier = 6};

    return socks_probe(&payload);
}
#define PROBE(text) probe(text, sizeof(text) - 1)

static void first_bytes(void **state)
{
    (void)state;
    assert_int_equal(PROBE("\5\1\0"), 1);
    assert_int_equal(PROBE("\5\3\0\1\2"), 1);
    assert_int_equal(PROBE("\4\1\0\x50\xc0\0\2\1me\0"), 1);
    assert_int_equal(PROBE("\4\1\0\x50\xc0\0\2\1me"), 0); /* no end */
    assert_int_equal(PROBE("\4\3\0\x50\xc0\0\2\1me\0"), 0);
    assert_int_equal(PROBE("\5\1\0\0"), 0); /* more than the list has */
    assert_int_equal(PROBE("\5\0\0"), 0);
    assert_int_equal(PROBE("\5\1\x40"), 0); /* no such method */
    assert_int_equal(PROBE("\5"), 0);
    assert_int_equal(PROBE(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_4),
        cmocka_unit_test(version_5),
        cmocka_unit_test(what_ends_it),
        cmocka_unit_test(first_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
