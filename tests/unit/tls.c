/* The TLS plugin: records to messages, handshake bytes, JA3, certificates. The bytes are written by
 * hand after RFC 8446 and RFC 5280. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tls.h"

static void *zeroed(size_t n)
{
    return calloc(1, n);
}

static const trawl_host stub = {.size = sizeof(stub), .alloc = zeroed, .free = free};

static int set_host(void **state)
{
    (void)state;
    host = &stub;
    return 0;
}

#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static trawl_layer layer_of(const uint8_t *data, size_t n, uint8_t direction)
{
    return (trawl_layer){.size = sizeof(trawl_layer),
                         .data = data,
                         .cap_len = (uint32_t)n,
                         .len = (uint32_t)n,
                         .carrier = 6,
                         .direction = direction};
}

static int64_t length_of(struct tls_state *state, const uint8_t *data, size_t n, uint8_t direction)
{
    const trawl_layer layer = layer_of(data, n, direction);

    return tls_message(state, &layer);
}

/* ---- records ---- */

static void a_record_is_a_message(void **state)
{
    struct tls_state s = {0};

    (void)state;
    assert_int_equal(length_of(&s, BYTES("\x17\3\3\0\2xy"), 0), 7);
    assert_int_equal(length_of(&s, BYTES("\x17\3\3\1\0x"), 0), 5 + 256); /* not all there yet */
    assert_int_equal(length_of(&s, BYTES("\x17\3\3\0"), 0), TRAWL_MESSAGE_MORE);
    assert_int_equal(length_of(&s, BYTES("\x16"), 0), TRAWL_MESSAGE_MORE);
    assert_int_equal(s.mark, 0);
}

static void what_is_no_record(void **state)
{
    struct tls_state s = {0};

    (void)state;
    assert_int_equal(length_of(&s, BYTES("GET / "), 0), TRAWL_MESSAGE_FOREIGN);
    assert_int_equal(length_of(&s, BYTES("\x16\2"), 0), TRAWL_MESSAGE_FOREIGN);
    assert_int_equal(length_of(&s, BYTES("\x16\3\3\x48\1x"), 0), /* 18433: one more than may be */
                     TRAWL_MESSAGE_FOREIGN);
    assert_int_equal(length_of(&s, BYTES("\x19\3\3\0\1x"), 0), TRAWL_MESSAGE_FOREIGN);
}

/* A Certificate of 6 bytes: 3 in the first record with the head, 3 in the second, which also begins
 * a ServerHelloDone, of which the third has the last byte. */
static void a_handshake_message_over_two_records(void **state)
{
    static const uint8_t three[] = "\x16\3\3\0\7\x0b\0\0\6abc"
                                   "\x16\3\3\0\6def\x0e\0\0"
                                   "\x16\3\3\0\1\0";
    struct tls_state s = {0};
    trawl_layer part;
    struct tls_handshakes hs;
    struct tls_handshake h;

    (void)state;
    assert_int_equal(length_of(&s, three, 11, 0), TRAWL_MESSAGE_MORE);
    assert_int_equal(length_of(&s, three, 12, 0), TRAWL_MESSAGE_ON(12));
    assert_int_equal(s.mark, TLS_MARK_ON | TLS_MARK_INSIDE);
    part = layer_of(three, 12, 0);
    part.mark = s.mark;
    assert_int_equal(tls_handshakes_open(&part, &hs), 0);
    /* but what there is of it, where its rest never comes */
    part.flags = TRAWL_LAYER_PARTIAL;
    assert_int_equal(tls_handshakes_open(&part, &hs), 1);
    assert_int_equal(tls_handshakes_take(&hs, &h), 1);
    assert_int_equal(h.type, 11);
    assert_int_equal(h.body.n, 3);
    assert_int_equal(tls_handshakes_are_cut(&hs), 1);
    tls_handshakes_close(&hs);

    part = layer_of(three + 12, 4, 0);
    part.flags = TRAWL_LAYER_CONTINUED;
    part.seen = 12;
    assert_int_equal(tls_message(&s, &part), TRAWL_MESSAGE_MORE);
    part.cap_len = 11;
    assert_int_equal(tls_message(&s, &part), TRAWL_MESSAGE_ON(11));
    part.mark = s.mark;
    assert_int_equal(tls_handshakes_open(&part, &hs), 1);
    assert_int_equal(tls_handshakes_take(&hs, &h), 1);
    assert_int_equal(h.type, 11);
    assert_int_equal(h.body.n, 6);
    assert_memory_equal(h.body.p, "abcdef", 6);
    assert_int_equal(tls_handshakes_take(&hs, &h), 0);
    assert_int_equal(tls_handshakes_are_cut(&hs), 0);
    tls_handshakes_close(&hs);

    part = layer_of(three + 23, 6, 0);
    part.flags = TRAWL_LAYER_CONTINUED;
    part.seen = 23;
    assert_int_equal(tls_message(&s, &part), 6);
    assert_int_equal(s.mark, 3 << TLS_MARK_SHIFT); /* 0e 00 00 of the message came before */
    part.mark = s.mark;
    assert_int_equal(tls_handshakes_open(&part, &hs), 1);
    assert_int_equal(tls_handshakes_take(&hs, &h), 1);
    assert_int_equal(h.type, 14);
    assert_int_equal(tls_handshakes_take(&hs, &h), 0);
    tls_handshakes_close(&hs);
}

/* What comes instead of the rest is no part of the message: application data, bytes that are no
 * record, a record whose bytes begin another message where there is none (type 7 is nobody's). */
static void a_handshake_message_without_its_rest(void **state)
{
    static const char *const others[] = {"\x17\3\3\0\1x", "GET / HTTP", "\x16\3\3\0\0x",
                                         "\x16\3\3\0\4def\7"};
    struct tls_state s = {0};

    (void)state;
    for (size_t i = 0; i < TRAWL_COUNT(others); i++) {
        trawl_layer other = layer_of((const uint8_t *)others[i], i == 3 ? 9 : 6, 0);

        assert_int_equal(length_of(&s, BYTES("\x16\3\3\0\7\x0b\0\0\6abc"), 0),
                         TRAWL_MESSAGE_ON(12));
        other.flags = TRAWL_LAYER_CONTINUED;
        assert_int_equal(tls_message(&s, &other), TRAWL_MESSAGE_BEFORE);
    }
}

static void what_follows_a_change_of_ciphers_is_marked(void **state)
{
    static const uint8_t finished[] = "\x16\3\3\0\5\0\0\0\0\xff";
    struct tls_state s = {0};
    trawl_layer message;
    struct tls_handshakes hs;

    (void)state;
    assert_int_equal(length_of(&s, BYTES("\x14\3\3\0\1\1"), 1), 6);
    assert_int_equal(s.mark, 0);
    assert_int_equal(length_of(&s, BYTES("\x16\3\3\0\4\xb\0\0\0"), 0), 9); /* the other direction */
    assert_int_equal(s.mark, 0);
    assert_int_equal(length_of(&s, finished, 10, 1), 10);
    assert_int_equal(s.mark, TLS_MARK_ENCRYPTED);
    message = layer_of(finished, 10, 1);
    message.mark = s.mark;
    assert_int_equal(tls_handshakes_open(&message, &hs), 0);
}

/* A ServerHello: version, random, no session id, cipher 1301, compression, supported_versions. */
static const uint8_t server_hello[] =
    "\x16\3\3\0\x32\2\0\0\x2e\3\3"
    "RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\0\x13\1\0\0\6\0\x2b\0\2\3\4";

static void tls13_is_marked(void **state)
{
    struct tls_state s = {0};

    (void)state;
    /* the version stands in the body: the head alone is not enough */
    assert_int_equal(length_of(&s, server_hello, 40, 1), TRAWL_MESSAGE_MORE);
    assert_int_equal(length_of(&s, server_hello, sizeof(server_hello) - 1, 1), 55);
    assert_int_equal(s.mark, TLS_MARK_13);
    assert_int_equal(length_of(&s, BYTES("\x17\3\3\0\1x"), 0), 6);
    assert_int_equal(s.mark, TLS_MARK_13);
}

/* The same hello in two records: 20 bytes of it, then 30. */
static void tls13_over_two_records_is_marked(void **state)
{
    struct tls_state s = {0};
    uint8_t two[60] = {0};
    trawl_layer part = layer_of(two + 25, 35, 1);

    (void)state;
    memcpy(two, "\x16\3\3\0\x14", 5);
    memcpy(two + 5, server_hello + 5, 20);
    memcpy(two + 25, "\x16\3\3\0\x1e", 5);
    memcpy(two + 30, server_hello + 25, 30);
    assert_int_equal(length_of(&s, two, 25, 1), TRAWL_MESSAGE_ON(25));
    assert_int_equal(s.mark, TLS_MARK_ON | TLS_MARK_INSIDE);
    part.flags = TRAWL_LAYER_CONTINUED;
    part.seen = 25;
    assert_int_equal(tls_message(&s, &part), 35);
    assert_int_equal(s.mark, TLS_MARK_13 | 20 << TLS_MARK_SHIFT);
}

/* A chain of records, in each of which a message ends and the next begins: what is read again is
 * the three bytes ahead of the record at hand, however many records there were. */
static void tiny_records_are_read_once(void **state)
{
    enum { N = 200, RECORD = TLS_HEAD + 4 };
    uint8_t chain[N * RECORD];
    struct tls_state s = {0};

    (void)state;
    /* Empty messages of type 14: three bytes of the first, then the last one and three more. */
    memcpy(chain, "\x16\3\3\0\3\x0e\0\0", TLS_HEAD + 3);
    for (size_t i = 1; i < N; i++)
        memcpy(chain + i * RECORD - 1, "\x16\3\3\0\4\0\x0e\0\0", RECORD);
    for (size_t i = 0, at = 0; i < N; i++) {
        trawl_layer part = layer_of(chain + at, i ? RECORD : RECORD - 1, 0);
        struct tls_handshakes hs;
        struct tls_handshake h;

        part.seen = (uint32_t)at;
        part.flags = i ? TRAWL_LAYER_CONTINUED : 0;
        assert_int_equal(tls_message(&s, &part), TRAWL_MESSAGE_ON(part.cap_len));
        part.mark = s.mark;
        assert_int_equal(tls_handshakes_open(&part, &hs), i > 0);
        if (i) {
            assert_int_equal(hs.n_old, 3);
            assert_int_equal(hs.n_all, 7);
            assert_int_equal(tls_handshakes_take(&hs, &h), 1);
            assert_int_equal(h.type, 14);
            assert_int_equal(tls_handshakes_take(&hs, &h), 0);
            tls_handshakes_close(&hs);
        }
        at += part.cap_len;
    }
}

/* SSL 2.0's form: 0x8000 + 28 bytes follow: type, version 3.1, three lengths, one suite of 3 bytes,
 * no id, a challenge of 16. */
static void a_hello_in_the_form_of_ssl2(void **state)
{
    static const uint8_t hello[] = "\x80\x1c\1\3\1\0\3\0\0\0\x10\0\0\x2f"
                                   "cccccccccccccccc";
    struct tls_state s = {0};
    const trawl_layer layer = layer_of(hello, sizeof(hello) - 1, 0);

    (void)state;
    assert_int_equal(tls_probe(&layer), 1);
    assert_int_equal(length_of(&s, hello, sizeof(hello) - 1, 0), 30);
    assert_int_equal(s.mark, TLS_MARK_SSL2);
    assert_int_equal(length_of(&s, hello, sizeof(hello) - 1, 0), TRAWL_MESSAGE_FOREIGN); /* later */
}

static void probes(void **state)
{
    trawl_layer hello = layer_of(server_hello, sizeof(server_hello) - 1, 0);
    const trawl_layer data = layer_of(BYTES("\x17\3\3\0\2xy\x17\3\3\0\2xy"), 0);
    const trawl_layer broken = layer_of(BYTES("\x17\3\3\0\2xy\x09\3\3\0\2xy"), 0);
    const trawl_layer text = layer_of(BYTES("SSH-2.0-OpenSSH"), 0);

    (void)state;
    assert_int_equal(tls_probe(&hello), 1);
    hello.carrier = 17;
    assert_int_equal(tls_probe(&hello), 0);
    assert_int_equal(tls_probe(&data), 1);
    assert_int_equal(tls_probe(&broken), 0);
    assert_int_equal(tls_probe(&text), 0);
}

/* ---- JA3 ---- */

static void assert_ja3(struct tls_reader body, int is_server, const char *text, const char *md5)
{
    struct tls_hello hello;
    char hex[33], *ours;
    size_t n;

    tls_hello_read(body, is_server, &hello);
    assert_int_equal(hello.bad, 0);
    ours = tls_ja3_text(&hello, &n);
    assert_int_equal(n, strlen(text));
    assert_memory_equal(ours, text, n);
    tls_md5(ours, n, hex);
    assert_string_equal(hex, md5);
    free(ours);
}

/* Both texts and sums are those of JA3's own description; 0x0a0a and the like are GREASE. */
static void ja3(void **state)
{
    static const uint8_t first[] =
        "\3\1RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\0"
        "\0\x1a\x0a\x0a\0\x2f\0\x35\0\5\0\x0a\xc0\x09\xc0\x0a\xc0\x13\xc0\x14\0\x32\0\x38\0\x13\0\4"
        "\1\0"
        "\0\x20\x3a\x3a\0\0\0\0\0\0\0\x0a\0\x0a\0\x08\x1a\x1a\0\x17\0\x18\0\x19\0\x0b\0\2\1\0"
        "\xfa\xfa\0";
    static const uint8_t second[] =
        "\3\1RRRRRRRRRRRRRRRRRRRRRRRRRRRRRRRR\0"
        "\0\x16\0\4\0\5\0\x0a\0\x09\0\x64\0\x62\0\3\0\6\0\x13\0\x12\0\x63"
        "\1\0";

    (void)state;
    assert_ja3((struct tls_reader){.p = first, .n = sizeof(first)}, 0,
               "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
               "ada70206e40642a3e4461f35503241d5");
    assert_ja3((struct tls_reader){.p = second, .n = sizeof(second) - 1}, 0,
               "769,4-5-10-9-100-98-3-6-19-18-99,,,", "de350869b8c85de67a350c8d186f11e6");
}

/* printf 771,4865,43 | md5sum */
static void ja3s(void **state)
{
    (void)state;
    assert_ja3((struct tls_reader){.p = server_hello + 9, .n = 46}, 1, "771,4865,43",
               "cce84e7a8b742462e40afb585a3e3ccc");
}

static void hellos_that_lie(void **state)
{
    struct tls_hello hello;

    (void)state;
    for (size_t n = 0; n < 46; n++) { /* every cut of it */
        tls_hello_read((struct tls_reader){.p = server_hello + 9, .n = n}, 1, &hello);
        assert_int_equal(hello.bad, n != 38); /* 38: a hello without extensions */
    }
}

/* ---- certificates ---- */

struct recorder {
    char text[512];
    size_t n;
};

static void add_number(void *context, enum tls_x509 what, enum tls_x509_part part, int64_t value)
{
    struct recorder *r = context;

    r->n += (size_t)snprintf(r->text + r->n, sizeof(r->text) - r->n, "%d/%d=%lld ", what, part,
                             (long long)value);
}

static void add_bytes(void *context, enum tls_x509 what, enum tls_x509_part part, const char *oid,
                      const uint8_t *data, size_t n)
{
    struct recorder *r = context;

    r->n += (size_t)snprintf(r->text + r->n, sizeof(r->text) - r->n, "%d/%d:%s%s%.*s ", what, part,
                             oid ? oid : "", oid ? "=" : "", (int)n, (const char *)data);
}

static const char *read_name(const uint8_t *data, size_t n, int expected)
{
    static struct recorder r;
    const struct tls_x509_sink sink = {.number = add_number, .bytes = add_bytes, .context = &r};

    r = (struct recorder){0};
    assert_int_equal(tls_x509_name((struct tls_reader){.p = data, .n = n}, PART_SUBJECT, &sink),
                     expected);
    return r.text;
}

/* C=NL, CN=é in UTF-8; CN=é as BMPString (00 e9); kinds as in enum tls_x509. */
static void names_in_certificates(void **state)
{
    (void)state;
    assert_string_equal(read_name(BYTES("\x30\x1c\x31\x0b\x30\x09\6\3\x55\4\6\x13\2NL"
                                        "\x31\x0d\x30\x0b\6\3\x55\4\3\x0c\4caf\xc3"),
                                  1),
                        "3/2:2.5.4.6 4/2:2.5.4.6=NL 3/2:2.5.4.3 6/2:2.5.4.3=caf\xc3 ");
    assert_string_equal(read_name(BYTES("\x30\x0d\x31\x0b\x30\x09\6\3\x55\4\3\x1e\2\0\xe9"), 1),
                        "3/2:2.5.4.3 8/2:2.5.4.3=\xc3\xa9 ");
    /* a UniversalString (kind 13): the last character, one beyond it, half of a pair */
    assert_string_equal(read_name(BYTES("\x30\x17\x31\x15\x30\x13\6\3\x55\4\3\x1c\x0c"
                                        "\0\x10\xff\xff\0\x11\0\0\0\0\xd8\0"),
                                  1),
                        "3/2:2.5.4.3 13/2:2.5.4.3=\xf4\x8f\xbf\xbf\xef\xbf\xbd\xef\xbf\xbd ");
    /* a length beyond the end, one of four bytes, and none */
    assert_string_equal(read_name(BYTES("\x30\x0d\x31\x0b\x30\x09\6\3\x55\4\3\x1e\7\0\xe9"), 0),
                        "");
    assert_string_equal(read_name(BYTES("\x30\x84\0\0\0\0"), 0), "");
    assert_string_equal(read_name(BYTES("\x30\x80\0\0"), 0), "");
}

static struct recorder recorded;
static const struct tls_x509_sink recorder = {
    .number = add_number, .bytes = add_bytes, .context = &recorded};

/* RFC 6962 section 3.3: a list of two, of version 1 with hash 4 and signature 3 (0x0403 = 1027),
 * and of a version that is not known; then one that ends within its time. Kind 12 is the
 * algorithm's. */
static void certificate_timestamps(void **state)
{
    static const uint8_t list[] =
        "\0\x36\0\x2f\0LLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLLtttttttt\0\0\4\3\0\0\0\3\1xx";

    (void)state;
    recorded = (struct recorder){0};
    tls_sct_list((struct tls_reader){.p = list, .n = sizeof(list) - 1}, &recorder);
    assert_string_equal(recorded.text, "12/0=1027 ");
    recorded = (struct recorder){0};
    tls_sct_list((struct tls_reader){.p = (const uint8_t *)"\0\5\0\3\0LL", .n = 7}, &recorder);
    assert_string_equal(recorded.text, "");
}

/* A certificate made by hand (RFC 5280 section 4.1): serial 7, no names, 2024-01-15 10:00
 * (1705312800 s) both times, and two extensions: subjectAltName with the DNS name "a" and the
 * directory name CN=d, a printable string; a logotype (RFC 3709 section 4.1) whose picture has a
 * hash of SHA-1, 1.3.14.3.2.26. Kinds: 1 serial, 2 algorithm, 3 name, 5 printable, 9 UTCTime, 11
 * DNS name. */
static void names_and_hashes_in_extensions(void **state)
{
    static const uint8_t whole[] =
        "\x30\x81\xb6\x30\x81\xa0\x02\x01\x07\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
        "\x05\x00"
        "\x30\x00\x30\x1e\x17\x0d\x32\x34\x30\x31\x31\x35\x31\x30\x30\x30\x30\x30\x5a\x17\x0d\x32"
        "\x34\x30"
        "\x31\x31\x35\x31\x30\x30\x30\x30\x30\x5a\x30\x00\x30\x13\x30\x0d\x06\x09\x2a\x86\x48\x86"
        "\xf7\x0d"
        "\x01\x01\x0b\x05\x00\x03\x02\x00\x6b\xa3\x53\x30\x51\x30\x1c\x06\x03\x55\x1d\x11\x04\x15"
        "\x30\x13"
        "\x82\x01\x61\xa4\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x13\x01\x64\x30\x31\x06"
        "\x08\x2b"
        "\x06\x01\x05\x05\x07\x01\x0c\x04\x25\x30\x23\xa1\x21\xa0\x1f\x30\x1d\x30\x1b\x30\x19\x16"
        "\x01\x67"
        "\x30\x0f\x30\x0d\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x02\x68\x68\x30\x03\x16\x01\x75"
        "\x30\x0d"
        "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00\x03\x02\x00\x73";
#define RSA "1.2.840.113549.1.1.11 "

    (void)state;
    recorded = (struct recorder){0};
    assert_int_equal(
        tls_x509_read((struct tls_reader){.p = whole, .n = sizeof(whole) - 1}, &recorder), 1);
    assert_string_equal(recorded.text,
                        "1/0:\7 2/0:" RSA "9/3=1705312800000000000 9/4=1705312800000000000 "
                        "2/0:" RSA "11/2:a 3/0:2.5.4.3 5/0:2.5.4.3=d 2/0:1.3.14.3.2.26 2/0:" RSA);
}

static int read_ocsp(const uint8_t *data, size_t n)
{
    recorded = (struct recorder){0};
    return tls_ocsp_read((struct tls_reader){.p = data, .n = n}, &recorder);
}

/* RFC 6960 section 4.2.1, lengths counted from the end: a responder's name (CN=r), a time, one
 * single response whose certificate id begins with SHA-1 (1.3.14.3.2.26), signed
 * with 1.2.840.113549.1.1.11; an error without bytes; and one that is cut. */
static void ocsp_responses(void **state)
{
    static const uint8_t whole[] =
        "\x30\x68\x0a\1\0\xa0\x63\x30\x61\6\x09\x2b\6\1\5\5\7\x30\1\1\4\x54"
        "\x30\x52\x30\x3d"
        "\xa1\x0e\x30\x0c\x31\x0a\x30\x08\6\3\x55\4\3\x0c\1r"
        "\x18\x0f"
        "20240115100000Z"
        "\x30\x1a\x30\x18\x30\x14\x30\x07\6\5\x2b\x0e\3\2\x1a\4\2hh\4\2kk\2\1\7\x80\0"
        "\x30\x0d\6\x09\x2a\x86\x48\x86\xf7\x0d\1\1\x0b\5\0\3\2\0s";

    (void)state;
    assert_int_equal(read_ocsp(whole, sizeof(whole) - 1), 1);
    assert_string_equal(recorded.text, "3/0:2.5.4.3 6/0:2.5.4.3=r 2/0:1.3.14.3.2.26 "
                                       "2/0:1.2.840.113549.1.1.11 ");
    assert_int_equal(read_ocsp(BYTES("\x30\3\x0a\1\6")), 1);
    assert_int_equal(read_ocsp(whole, 60), 0);
    assert_int_equal(read_ocsp(BYTES("")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificate_timestamps),
        cmocka_unit_test(names_and_hashes_in_extensions),
        cmocka_unit_test(ocsp_responses),
        cmocka_unit_test(a_record_is_a_message),
        cmocka_unit_test(what_is_no_record),
        cmocka_unit_test(a_handshake_message_over_two_records),
        cmocka_unit_test(a_handshake_message_without_its_rest),
        cmocka_unit_test(tls13_over_two_records_is_marked),
        cmocka_unit_test(tiny_records_are_read_once),
        cmocka_unit_test(what_follows_a_change_of_ciphers_is_marked),
        cmocka_unit_test(tls13_is_marked),
        cmocka_unit_test(a_hello_in_the_form_of_ssl2),
        cmocka_unit_test(probes),
        cmocka_unit_test(ja3),
        cmocka_unit_test(ja3s),
        cmocka_unit_test(hellos_that_lie),
        cmocka_unit_test(names_in_certificates),
    };

    return cmocka_run_group_tests(tests, set_host, NULL);
}
