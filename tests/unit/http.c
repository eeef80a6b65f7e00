/* Heads, bodies and chunks of HTTP/1, and what a connection remembers of its requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "body.h"
#include "head.h"
#include "http.h"

static void *take(size_t n)
{
    return malloc(n);
}

static const trawl_host stub = {.size = sizeof(stub), .alloc = take, .free = free};

static int set_host(void **state)
{
    (void)state;
    host = &stub;
    return 0;
}

static int read_text(const char *text, struct http_head *head)
{
    return http_head_read((const uint8_t *)text, strlen(text), head);
}

static void check_text(struct http_text text, const char *expected)
{
    assert_int_equal(text.n, strlen(expected));
    if (text.n)
        assert_memory_equal(text.data, expected, text.n);
}

static void request_lines(void **state)
{
    struct http_head head;

    (void)state;
    assert_int_equal(read_text("GET /a?b=1 HTTP/1.1\r\nHost: x\r\n\r\nrest", &head), 1);
    assert_int_equal(head.kind, HTTP_REQUEST);
    check_text(head.method, "GET");
    check_text(head.uri, "/a?b=1");
    check_text(head.version, "HTTP/1.1");
    assert_true(head.whole);
    assert_int_equal(head.first_header, 21); /* 19 letters and the line's end */
    assert_int_equal(head.n, 32);            /* 21 + "Host: x" 7 + 2 + 2 */

    /* blanks in the target, an unknown method with a version, empty lines ahead, bare newlines */
    assert_int_equal(read_text("GET /a b c HTTP/1.0\r\n\r\n", &head), 1);
    check_text(head.uri, "/a b c");
    assert_int_equal(read_text("BREW /pot HTTP/1.1\r\n\r\n", &head), 1);
    check_text(head.method, "BREW");
    assert_int_equal(read_text("\r\n\r\nGET / HTTP/1.1\n\n", &head), 1);
    check_text(head.uri, "/");
    assert_int_equal(head.n, 20); /* 4 + 14 + 1 + 1 */
    assert_true(head.whole);
    assert_int_equal(read_text("GET /old\r\n\r\n", &head), 1); /* HTTP/0.9 */
    check_text(head.uri, "/old");
    check_text(head.version, "");
    assert_int_equal(read_text("GET /\x1b[2J HTTP/1.1\r\n\r\n", &head), 1); /* so does tshark */
    check_text(head.uri, "/\x1b[2J");
    assert_int_equal(read_text("GET /cut HTT", &head), 1);
    check_text(head.uri, "/cut");
    assert_int_equal(read_text("NOTIFY * HTTP/1.1\r\n\r\n", &head), 1);
    assert_int_equal(head.kind, HTTP_NOTIFICATION);
    assert_int_equal(read_text("M-SEARCH * HTTP/1.1\r\n\r\n", &head), 1);
    assert_int_equal(head.kind, HTTP_REQUEST);
}

static void status_lines(void **state)
{
    struct http_head head;

    (void)state;
    assert_int_equal(read_text("HTTP/1.1 404 Not  Found\r\nA: b\r\n\r\n", &head), 1);
    assert_int_equal(head.kind, HTTP_RESPONSE);
    assert_int_equal(head.code, 404);
    check_text(head.version, "HTTP/1.1");
    check_text(head.phrase, "Not  Found");
    assert_int_equal(read_text("HTTP/1.0 200\r\n\r\n", &head), 1);
    assert_int_equal(head.code, 200);
    assert_int_equal(head.phrase.n, 0);
    assert_int_equal(read_text("HTTP/1.1 2x0 odd\r\n\r\n", &head), 1);
    assert_int_equal(head.code, 0);
    assert_int_equal(read_text("ICY 200 OK\r\n\r\n", &head), 1);
    check_text(head.version, "ICY");
}

static void what_is_not_http(void **state)
{
    struct http_head head;

    (void)state;
    assert_int_equal(read_text("SSH-2.0-OpenSSH_9.2\r\n", &head), 0);
    assert_int_equal(read_text("EHLO there\r\n\r\n", &head), 0);
    assert_int_equal(read_text("\x16\x03\x01\x02", &head), 0);
    assert_int_equal(read_text("GET\r\n\r\n", &head), 0);
    assert_int_equal(read_text(" GET / HTTP/1.1\r\n\r\n", &head), 0);
    assert_int_equal(read_text("BREW /\x01 HTTP/1.1\r\n\r\n", &head), 0);
    assert_int_equal(read_text("GET /\x01\r\n\r\n", &head), 0);
    assert_int_equal(read_text("AMETHODOFMORETHANTHIRTYTWOLETTERS / HTTP/1.1\r\n\r\n", &head), 0);
    assert_int_equal(read_text("ET /x HTTP/1.1\r\n\r\n", &head), 0); /* its G was not captured */
    assert_int_equal(read_text("PRI * HTTP/2.0\r\n\r\n", &head), 0);
    /* the line is not whole: it may become one */
    assert_int_equal(read_text("", &head), -1);
    assert_int_equal(read_text("\r\n", &head), -1);
    assert_int_equal(read_text("HTT", &head), -1);
    assert_int_equal(read_text("BREW /pot", &head), -1);
    /* a known method says enough */
    assert_int_equal(read_text("GET /pot", &head), 1);
    assert_false(head.whole);
}

static void header_lines(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost:  x.org \t\r\nX-A:\r\nbad line\r\n: none\r\n"
                               "Folded: one\r\n  two\r\nLast:1\r\n\r\nNot: this\r\n";
    const uint8_t *data = (const uint8_t *)text;
    struct http_head head;
    struct http_header header;
    uint32_t at;

    (void)state;
    assert_int_equal(read_text(text, &head), 1);
    at = head.first_header;
    assert_true(http_header_next(data, &head, &at, &header));
    assert_true(http_header_is(&header, "host"));
    assert_false(http_header_is(&header, "hos"));
    check_text(header.value, "x.org");
    check_text(header.line, "Host:  x.org \t\r\n");
    assert_true(http_header_next(data, &head, &at, &header));
    assert_int_equal(header.value.n, 0);
    assert_true(http_header_next(data, &head, &at, &header));
    assert_true(header.bad);
    assert_true(http_header_next(data, &head, &at, &header));
    assert_true(header.bad);
    assert_true(http_header_next(data, &head, &at, &header));
    check_text(header.value, "one\r\n  two");
    assert_true(http_header_next(data, &head, &at, &header));
    check_text(header.name, "Last");
    check_text(header.value, "1");
    assert_false(http_header_next(data, &head, &at, &header));
}

static void heads_are_bounded(void **state)
{
    static char bomb[HTTP_HEAD_MOST + 100];
    struct http_head head;
    struct http_header header;
    uint32_t at, n = 0;

    (void)state;
    memset(bomb, 'a', sizeof(bomb));
    memcpy(bomb, "GET / HTTP/1.1\r\nA: ", 19);
    assert_int_equal(http_head_read((uint8_t *)bomb, sizeof(bomb), &head), 1);
    assert_false(head.whole);
    assert_int_equal(head.n, HTTP_HEAD_MOST);
    for (size_t i = 16; i + 6 < sizeof(bomb); i += 6)
        memcpy(bomb + i, "a: b\r\n", 6);
    assert_int_equal(http_head_read((uint8_t *)bomb, sizeof(bomb), &head), 1);
    for (at = head.first_header; http_header_next((uint8_t *)bomb, &head, &at, &header);)
        n++;
    assert_int_equal(n, 43688); /* (262144 - 16) / 6, no rest */
}

static struct http_body body_of(const char *text, int to_head)
{
    struct http_head head;
    struct http_body body;

    assert_int_equal(read_text(text, &head), 1);
    http_body_of((const uint8_t *)text, &head, to_head, &body);
    return body;
}

#define OK "HTTP/1.1 200 OK\r\n"
static void bodies(void **state)
{
    (void)state;
    assert_int_equal(body_of("GET / HTTP/1.1\r\n\r\n", 0).framing, HTTP_NO_BODY);
    assert_int_equal(body_of(OK "\r\n", 0).framing, HTTP_UNTIL_CLOSE);
    assert_int_equal(body_of(OK "Content-Length: 17\r\n\r\n", 0).length, 17);
    assert_int_equal(body_of(OK "Content-Length: 17\r\n\r\n", 0).framing, HTTP_BY_LENGTH);
    assert_int_equal(body_of(OK "Content-Length: 17\r\n\r\n", 1).framing, HTTP_NO_BODY);
    assert_int_equal(body_of("HTTP/1.1 304 N\r\ncontent-length: 5\r\n\r\n", 0).framing,
                     HTTP_NO_BODY);
    assert_int_equal(body_of("HTTP/1.1 100 C\r\n\r\n", 0).framing, HTTP_NO_BODY);
    assert_int_equal(
        body_of(OK "Transfer-Encoding: gzip, Chunked\r\nContent-Length: 3\r\n\r\n", 0).framing,
        HTTP_CHUNKED);
    assert_int_equal(body_of(OK "Transfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\n", 0).framing,
                     HTTP_UNTIL_CLOSE);
    /* lengths that lie: the first number counts */
    assert_true(body_of(OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 0).bad_length);
    assert_int_equal(body_of(OK "Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 0).length, 1);
    assert_false(body_of(OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\n", 0).bad_length);
    assert_true(body_of(OK "Content-Length: -1\r\n\r\n", 0).bad_length);
    assert_true(body_of(OK "Content-Length: 99999999999999999999\r\n\r\n", 0).bad_length);
    assert_int_equal(body_of(OK "Content-Length: x\r\n\r\n", 0).framing, HTTP_UNTIL_CLOSE);
}

static void bytes_of_bodies(void **state)
{
    static const char text[] = OK "Content-Length: 9999999999\r\n\r\n"; /* a head of 47 bytes */
    struct http_head head;

    (void)state;
    assert_int_equal(read_text(text, &head), 1);
    assert_int_equal(http_body_bytes((const uint8_t *)text, &head, 50, 0), 3);
    assert_int_equal(http_body_bytes((const uint8_t *)text, &head, UINT32_MAX, 0), 9999999999);
    assert_int_equal(http_body_bytes((const uint8_t *)text, &head, 70, 13), 10);
    assert_int_equal(http_body_bytes((const uint8_t *)text, &head, 50, 13), 0);
    assert_int_equal(http_body_bytes((const uint8_t *)text, &head, 3000000000, 0x7fffffff),
                     HTTP_UNKNOWN);
}

static void check_chunks(const char *text, enum http_chunks expected, uint64_t n,
                         uint64_t n_framing)
{
    uint64_t walked = 99, framing = 99;

    assert_int_equal(http_chunks_walk((const uint8_t *)text, strlen(text), &walked, &framing),
                     expected);
    assert_int_equal(walked, n);
    assert_int_equal(framing, n_framing);
}

static void chunks(void **state)
{
    (void)state;
    check_chunks("3\r\nabc\r\n0\r\n\r\nHTTP", HTTP_CHUNKS_END, 13, 10); /* 3 + 5 + 3 + 2 */
    check_chunks("0\r\nTrailer: x\r\n\r\n", HTTP_CHUNKS_END, 17, 17);
    check_chunks("a;ext=1\r\n0123456789\r\n0\r\n\r\n", HTTP_CHUNKS_END, 26, 16);
    check_chunks("3\r\nab", HTTP_CHUNKS_GO_ON, 8, 5);
    check_chunks("3\r\nabc\r\n1", HTTP_CHUNKS_GO_ON, 8, 5);
    check_chunks("3\r\nabc\r\n0\r\n", HTTP_CHUNKS_GO_ON, 8, 5);
    check_chunks("0\r\nTra", HTTP_CHUNKS_GO_ON, 0, 0);
    check_chunks("ffffffff\r\nab", HTTP_CHUNKS_GO_ON, 4294967307, 12); /* 2^32 - 1 + 10 + 2 */
    check_chunks("xyz\r\n", HTTP_CHUNKS_BAD, 0, 0);
    check_chunks("\r\n", HTTP_CHUNKS_BAD, 0, 0);
    check_chunks("fffffffffffffffff\r\n", HTTP_CHUNKS_BAD, 0, 0);
    check_chunks("3\r\nabcde0\r\n", HTTP_CHUNKS_BAD, 6, 3); /* no line end behind abc */
}

static void whole_targets(void **state)
{
    static uint8_t text[HTTP_URI_MOST];
    static uint8_t big[HTTP_URI_MOST];
    const struct http_text get = {(const uint8_t *)"GET", 3};
    const struct http_text authority = {(const uint8_t *)"x", 1}, none = {NULL, 0};

    (void)state;
    check_text(http_full_uri(get, authority, (struct http_text){(const uint8_t *)"/a", 2}, text),
               "http://x/a");
    check_text(
        http_full_uri(get, authority, (struct http_text){(const uint8_t *)"http://y/", 9}, text),
        "http://y/");
    check_text(
        http_full_uri(get, authority, (struct http_text){(const uint8_t *)"HTTP://y/", 9}, text),
        "HTTP://y/");
    check_text(http_full_uri((struct http_text){(const uint8_t *)"CONNECT", 7}, authority,
                             (struct http_text){(const uint8_t *)"y:443", 5}, text),
               "y:443");
    assert_int_equal(http_full_uri(get, none, get, text).n, 0);
    assert_int_equal(
        http_full_uri(get, authority, (struct http_text){big, sizeof(big) - 8}, text).n,
        sizeof(big));
    assert_int_equal(
        http_full_uri(get, authority, (struct http_text){big, sizeof(big) - 7}, text).n, 0);
}

/* ---- a connection ---- */

static struct http_state connection;

static int64_t ask(unsigned direction, const char *text, uint32_t flags)
{
    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = (const uint8_t *)text,
                                 .cap_len = (uint32_t)strlen(text),
                                 .len = (uint32_t)strlen(text),
                                 .flags = flags,
                                 .carrier = 6,
                                 .direction = (uint8_t)direction};

    return http_message(&connection, &payload);
}

static void lengths_of_messages(void **state)
{
    (void)state;
    memset(&connection, 0, sizeof(connection));
    assert_int_equal(ask(0, "GET / HTTP/1.1\r\nHost", 0), TRAWL_MESSAGE_MORE);
    assert_int_equal(ask(0, "GET / HTTP/1.1\r\n\r\nGET", 0), 18);
    assert_int_equal(ask(0, "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab", 0), 43); /* 38 + 5 */
    assert_int_equal(ask(1, OK "\r\n", 0), TRAWL_MESSAGE_REST);
    assert_int_equal(ask(1, "garbage\r\n", 0), TRAWL_MESSAGE_FOREIGN);
}

static void chunked_messages_go_on(void **state)
{
    static const char head[] = OK "Transfer-Encoding: chunked\r\n\r\n"; /* 17 + 28 + 2 */

    (void)state;
    memset(&connection, 0, sizeof(connection));
    assert_int_equal(sizeof(head) - 1, 47);
    assert_int_equal(ask(1, head, 0), TRAWL_MESSAGE_ON(47));
    assert_int_equal(ask(1, "5\r\nab", TRAWL_LAYER_CONTINUED), TRAWL_MESSAGE_ON(10));
    assert_int_equal(ask(1, "5", TRAWL_LAYER_CONTINUED), TRAWL_MESSAGE_MORE);
    assert_int_equal(ask(1, "0\r\n\r\nHTTP/1.1", TRAWL_LAYER_CONTINUED), 5);
    assert_int_equal(ask(1, "zz\r\n", TRAWL_LAYER_CONTINUED), TRAWL_MESSAGE_FOREIGN);
    assert_int_equal(ask(1, "1\r\na\r\nzz\r\n", TRAWL_LAYER_CONTINUED), 6);
    /* its sizes and line ends are counted up to what the mark has room for */
    connection.marks[1] = HTTP_FRAMING_MOST - 4;
    ask(1, "1\r\na\r\n", TRAWL_LAYER_CONTINUED);
    assert_int_equal(connection.mark, HTTP_FRAMING_MOST);
}

/* A body that was announced may not come once the request has its answer (RFC 9110 section 10.1.1).
 */
static void refused_bodies(void **state)
{
    static const char length[] =
        "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n";
    static const char chunked[] =
        "POST / HTTP/1.1\r\nExpect: 100-Continue\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const char refusal[] = "HTTP/1.1 417 N\r\nContent-Length: 0\r\n\r\n"; /* 16 + 19 + 2 */
    static const char body[] = "012345678901234567890123456789";

    (void)state;
    memset(&connection, 0, sizeof(connection));
    assert_int_equal(ask(0, length, 0), TRAWL_MESSAGE_ON(61)); /* 17 + 22 + 20 + 2 */
    assert_int_equal(ask(1, "HTTP/1.1 100 C\r\n\r\n", 0), 18);
    assert_int_equal(ask(0, "GET / HTTP/1.1\r\n", TRAWL_LAYER_CONTINUED), 30);
    assert_int_equal(ask(1, refusal, 0), 37);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(0, i ? chunked : length, 0), TRAWL_MESSAGE_ON(i ? 69 : 61));
        assert_int_equal(ask(1, refusal, 0), 37);
        assert_int_equal(ask(0, "GE", TRAWL_LAYER_CONTINUED), TRAWL_MESSAGE_MORE);
        assert_int_equal(ask(0, "GET / HT", TRAWL_LAYER_CONTINUED), TRAWL_MESSAGE_MORE);
        assert_int_equal(ask(0, "GET / HTTP/1.1\r\n\r\n", TRAWL_LAYER_CONTINUED),
                         TRAWL_MESSAGE_BEFORE);
        assert_int_equal(ask(0, "GET / HTTP/1.1\r\n\r\n", 0), 18);
        assert_int_equal(ask(1, refusal, 0), 37);
    }
    /* it comes all the same: a word that is no method, a whole body that may be one's begin, a
     * chunk */
    ask(0, length, 0);
    ask(1, refusal, 0);
    assert_int_equal(ask(0, "BODY / HTTP/1.1\r\n", TRAWL_LAYER_CONTINUED), 30);
    ask(0, length, 0);
    ask(1, refusal, 0);
    assert_int_equal(ask(0, body, TRAWL_LAYER_CONTINUED), 30);
    ask(0, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n", 0);
    ask(1, refusal, 0);
    assert_int_equal(ask(0, "GET /longer", TRAWL_LAYER_CONTINUED), TRAWL_MESSAGE_MORE);
    assert_int_equal(ask(0, "word", TRAWL_LAYER_CONTINUED), 4);
    ask(0, chunked, 0);
    ask(1, refusal, 0);
    assert_int_equal(ask(0, "1\r\na\r\n0\r\n\r\n", TRAWL_LAYER_CONTINUED), 11);
    /* the response is the one to a request before; the body follows its head at once */
    ask(0, "GET / HTTP/1.1\r\n\r\n", 0);
    ask(0, length, 0);
    ask(1, refusal, 0);
    assert_int_equal(ask(0, "GET / HTTP/1.1\r\n\r\n", TRAWL_LAYER_CONTINUED), 30);
    assert_int_equal(
        ask(0, "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 30\r\n\r\n0", 0), 91);
}

/* Pipelined: the second response answers HEAD, so it has no body whatever its length says. */
static void methods_wait_in_order(void **state)
{
    static const char answer[] = OK "Content-Length: 9\r\n\r\n"; /* 17 + 19 + 2 */

    (void)state;
    memset(&connection, 0, sizeof(connection));
    ask(0, "GET / HTTP/1.1\r\n\r\n", 0);
    ask(0, "HEAD / HTTP/1.1\r\n\r\n", 0);
    ask(0, "GET / HTTP/1.1\r\n\r\n", 0);
    assert_int_equal(ask(1, "HTTP/1.1 100 Continue\r\n\r\n", 0), 25);
    assert_int_equal(ask(1, answer, 0), 38 + 9);
    assert_int_equal(ask(1, answer, 0), 38);
    assert_int_equal(ask(1, answer, 0), 38 + 9);
    assert_int_equal(ask(1, answer, 0), 38 + 9); /* nobody asked */
    /* more requests than are remembered do no harm */
    for (int i = 0; i < HTTP_PENDING_MOST + 10; i++)
        ask(0, "HEAD / HTTP/1.1\r\n\r\n", 0);
    assert_int_equal(connection.n, HTTP_PENDING_MOST);
    for (int i = 0; i < HTTP_PENDING_MOST; i++)
        assert_int_equal(ask(1, answer, 0), 38);
    assert_int_equal(ask(1, answer, 0), 38 + 9);
}

static void tunnels_are_handed_over(void **state)
{
    (void)state;
    memset(&connection, 0, sizeof(connection));
    ask(0, "CONNECT y:443 HTTP/1.1\r\n\r\n", 0);
    assert_int_equal(ask(1, "HTTP/1.1 407 Who\r\nContent-Length: 2\r\n\r\n", 0), 39 + 2);
    assert_int_equal(ask(0, "GET / HTTP/1.1\r\n\r\n", 0), 18);
    assert_int_equal(ask(1, "HTTP/1.1 204 No\r\n\r\n", 0), 19);
    ask(0, "CONNECT y:443 HTTP/1.1\r\n\r\n", 0);
    assert_int_equal(ask(1, "HTTP/1.1 200 Fine\r\n\r\n", 0), 21);
    assert_int_equal(ask(0, "GET / HTTP/1.1\r\n\r\n", 0), TRAWL_MESSAGE_HANDOVER);
    memset(&connection, 0, sizeof(connection));
    ask(0, "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 0);
    assert_int_equal(ask(1, "HTTP/1.1 101 Go\r\n\r\n", 0), 19);
    assert_int_equal(ask(1, OK "\r\n", 0), TRAWL_MESSAGE_HANDOVER);
}

/* "hi there" in gzip and in zlib's form of deflate, by Python's gzip and zlib; deflate alone is the
 * latter without two bytes in front and four behind. */
#define GZIP                                                           \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\xc8\x54\x28\xc9\x48" \
    "\x2d\x4a\x05\x00\xec\x76\xa3\xe3\x08\x00\x00\x00"
#define ZLIB "\x78\x9c\xcb\xc8\x54\x28\xc9\x48\x2d\x4a\x05\x00\x0d\x43\x03\x0a"

static void check_body(const char *body, size_t n, int chunked, const char *coding,
                       const char *expected)
{
    static uint8_t text[HTTP_DATA_MOST];
    const struct http_text name = {(const uint8_t *)coding, (uint32_t)strlen(coding)};
    size_t n_text = 0;

    assert_int_equal(http_body_decode((const uint8_t *)body, n, chunked, name, text, &n_text),
                     expected != NULL);
    if (expected) {
        assert_int_equal(n_text, strlen(expected));
        assert_memory_equal(text, expected, n_text);
    }
}
#define CHECK_BODY(body, chunked, coding, expected) \
    check_body(body, sizeof(body) - 1, chunked, coding, expected)

static void bodies_are_decoded(void **state)
{
    static const char zlib[] = ZLIB;

    (void)state;
    CHECK_BODY("hello", 0, "", "hello");
    CHECK_BODY("hello", 0, "identity", "hello");
    CHECK_BODY("5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: a\r\n\r\n", 1, "", "hello world");
    CHECK_BODY(GZIP, 0, "gzip", "hi there");
    CHECK_BODY(GZIP, 0, "X-GZIP", "hi there");
    CHECK_BODY("a\r\n"
               "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
               "\r\n"
               "12\r\n"
               "\xcb\xc8\x54\x28\xc9\x48\x2d\x4a\x05\x00\xec\x76\xa3\xe3\x08\x00"
               "\x00\x00"
               "\r\n0\r\n\r\n",
               1, "gzip", "hi there");
    CHECK_BODY(ZLIB, 0, "deflate", "hi there");
    check_body(zlib + 2, sizeof(zlib) - 1 - 6, 0, "deflate", "hi there");
    /* cut behind the sixth letter's code: what came is shown */
    check_body(zlib, 9, 0, "deflate", "hi the");
    CHECK_BODY("hello", 0, "gzip", NULL);
    CHECK_BODY(GZIP, 0, "gzip, gzip", NULL);
    CHECK_BODY("", 0, "gzip", "");
}

/* By libbrotlienc 1.0.9 and zstd 1.5.4. */
#define BROTLI "\x8b\x03\x80\x68\x69\x20\x74\x68\x65\x72\x65\x03"
#define ZSTD   "\x28\xb5\x2f\xfd\x00\x58\x41\x00\x00\x68\x69\x20\x74\x68\x65\x72\x65"

static void brotli_and_zstd_are_decoded(void **state)
{
    static const char twice[] = ZSTD ZSTD;

    (void)state;
#ifdef HTTP_HAS_BROTLI
    CHECK_BODY(BROTLI, 0, "br", "hi there");
    CHECK_BODY("4\r\n\x8b\x03\x80\x68\r\n8\r\n\x69\x20\x74\x68\x65\x72\x65\x03\r\n0\r\n\r\n", 1,
               "BR", "hi there");
    check_body(BROTLI, 9, 0, "br", "hi the"); /* cut: 3 bytes of header, 6 letters as they are */
    CHECK_BODY("\xff\xff\xff", 0, "br", NULL);
#else
    CHECK_BODY(BROTLI, 0, "br", NULL);
#endif
    CHECK_BODY(ZSTD, 0, "zstd", "hi there");
    CHECK_BODY(twice, 0, "zstd", "hi therehi there");
    CHECK_BODY("hello", 0, "zstd", NULL);
    CHECK_BODY("\x28\xb5\x2f\xfd\x00\x68\x41\x00\x00\x68\x69\x20\x74\x68\x65\x72\x65", 0, "zstd",
               "hi there"); /* a window of 2 to the 10 + 0x68 / 8, 8 MiB */
    CHECK_BODY("\x28\xb5\x2f\xfd\x00\x70\x41\x00\x00\x68\x69\x20\x74\x68\x65\x72\x65", 0, "zstd",
               NULL); /* 16 MiB */
}

/* 64 MiB of zeros in brotli, 1 MiB in zstd. */
static void bombs_fill_the_room(void **state)
{
    static const char brotli[] = "\xcf\xff\xff\x7f\xf8\x27\x00\xe2\xb1\x40\x20\xf7\xfe\x9f\xff\xff"
                                 "\xff\xf0\x4f\x00\xc4\x61\x01"
                                 "\x80\xee\xfd\x3f\xff\xff\xff\xe1\x9f\x00\x88\xc3\x22\x00\xdd\xfb"
                                 "\xff\xfc\xff\xff\xc7\x3f\x01"
                                 "\x10\x87\x05\x00\xba\xf7\xff";
    static const char zstd[] = "\x28\xb5\x2f\xfd\x00\x68\x4c\x00\x00\x08\x00\x01\x00\xfc\xff\x39"
                               "\x10\x02\x02\x00\x10\x00\x02"
                               "\x00\x10\x00\x02\x00\x10\x00\x02\x00\x10\x00\x02\x00\x10\x00\x02"
                               "\x00\x10\x00\x03\x00\x10\x00";
    static uint8_t text[HTTP_DATA_MOST];
    const struct http_text name = {(const uint8_t *)"zstd", 4}, br = {(const uint8_t *)"br", 2};
    size_t n = 0;

    (void)state;
    assert_int_equal(http_body_decode((const uint8_t *)zstd, sizeof(zstd) - 1, 0, name, text, &n),
                     1);
    assert_int_equal(n, HTTP_DATA_MOST);
    n = HTTP_DATA_MOST;
#ifdef HTTP_HAS_BROTLI
    assert_int_equal(http_body_decode((const uint8_t *)brotli, sizeof(brotli) - 1, 0, br, text, &n),
                     1);
#else
    (void)brotli;
    (void)br;
#endif
    assert_int_equal(n, HTTP_DATA_MOST);
}

/* 131,072 zeros: the second half is left out. */
static void decoded_bodies_are_bounded(void **state)
{
    static const uint8_t bomb[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00"
                                  "\x00\xc2\xa0\xf5\x4f\xed\x61\x0d\xa0\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
                                  "\x00\x00\x00\x00\x00\x00\x00\x00\x6e\xcd\xcd\xe8\x7e\x00\x00\x02"
                                  "\x00";
    static uint8_t text[HTTP_DATA_MOST];
    const struct http_text coding = {(const uint8_t *)"gzip", 4};
    size_t n = 0;

    (void)state;
    assert_int_equal(http_body_decode(bomb, sizeof(bomb) - 1, 0, coding, text, &n), 1);
    assert_int_equal(n, HTTP_DATA_MOST);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(text[i], 0);
}

static int next_chunk(const char *body, size_t *at, struct http_chunk *chunk)
{
    return http_chunk_next((const uint8_t *)body, strlen(body), at, chunk);
}

static void chunks_one_by_one(void **state)
{
    struct http_chunk chunk;
    size_t at = 0;
    static const char body[] = "5;x=y\r\nhello\r\n0\r\nA: b\r\nC: d\r\n\r\n";

    (void)state;
    assert_int_equal(next_chunk(body, &at, &chunk), 1);
    assert_int_equal(chunk.size, 5);
    check_text(chunk.data, "hello");
    check_text(chunk.boundary, "\r\n");
    assert_int_equal(next_chunk(body, &at, &chunk), 1);
    assert_int_equal(chunk.size, 0);
    check_text(chunk.data, "");
    check_text(chunk.boundary, "");
    check_text(chunk.trailer, "A: b\r\nC: d\r\n");
    assert_int_equal(next_chunk(body, &at, &chunk), 0);
    /* cut in its data, behind it, in its size; no size at all */
    at = 0;
    assert_int_equal(next_chunk("8\r\nabc", &at, &chunk), 1);
    assert_int_equal(chunk.size, 8);
    check_text(chunk.data, "abc");
    check_text(chunk.boundary, "");
    assert_int_equal(next_chunk("8\r\nabc", &at, &chunk), 0);
    at = 0;
    assert_int_equal(next_chunk("3\r\nabc\r", &at, &chunk), 1);
    check_text(chunk.boundary, "\r");
    at = 0;
    assert_int_equal(next_chunk("3", &at, &chunk), 0);
    assert_int_equal(next_chunk("zz\r\n", &at, &chunk), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_lines),
        cmocka_unit_test(status_lines),
        cmocka_unit_test(what_is_not_http),
        cmocka_unit_test(header_lines),
        cmocka_unit_test(heads_are_bounded),
        cmocka_unit_test(bodies),
        cmocka_unit_test(bytes_of_bodies),
        cmocka_unit_test(chunks),
        cmocka_unit_test(whole_targets),
        cmocka_unit_test(lengths_of_messages),
        cmocka_unit_test(chunked_messages_go_on),
        cmocka_unit_test(refused_bodies),
        cmocka_unit_test(methods_wait_in_order),
        cmocka_unit_test(tunnels_are_handed_over),
        cmocka_unit_test(bodies_are_decoded),
        cmocka_unit_test(decoded_bodies_are_bounded),
        cmocka_unit_test(brotli_and_zstd_are_decoded),
        cmocka_unit_test(bombs_fill_the_room),
        cmocka_unit_test(chunks_one_by_one),
    };

    return cmocka_run_group_tests(tests, set_host, NULL);
}
