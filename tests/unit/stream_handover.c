/* Connections through proxies: what comes behind a handshake belongs to whom knows its first bytes.
 */
#include "stream_toy.h"

/* A proxy whose handshake is "PROXY:" from the client and "OK" from the server; "NO" refuses. */
struct proxy_state {
    uint32_t mark;
    bool asked, granted, refused;
};

static int64_t proxy_message(void *state, const trawl_layer *payload)
{
    struct proxy_state *s = state;
    const uint32_t whole = payload->direction ? 2 : 6;

    if (s->refused)
        return TRAWL_MESSAGE_FOREIGN;
    if (payload->direction ? s->granted : s->asked)
        return payload->direction || s->granted ? TRAWL_MESSAGE_HANDOVER : TRAWL_MESSAGE_MORE;
    if (payload->cap_len < whole)
        return TRAWL_MESSAGE_MORE;
    if (payload->direction) {
        s->granted = payload->data[0] == 'O';
        s->refused = !s->granted;
    } else {
        s->asked = true;
    }
    return whole;
}

static int proxy_probe(const trawl_layer *payload)
{
    return payload->cap_len >= 6 && memcmp(payload->data, "PROXY", 5) == 0;
}

static int says_colon(const trawl_layer *payload)
{
    return payload->data[5] == ':';
}

static const trawl_dissector proxy = {.size = sizeof(trawl_dissector),
                                      .field_size = sizeof(trawl_field),
                                      .name = "proxy",
                                      .layer = "payload",
                                      .probe = proxy_probe,
                                      .message = proxy_message,
                                      .state_size = sizeof(struct proxy_state),
                                      .hands_over = says_colon};

/* Messages of the toy, then those of the proxy. */
static void through(const struct segment *segments, size_t n, const char *of_toy,
                    const char *of_proxy)
{
    struct capture c = {.records = TW_BUFFER_INIT};

    for (size_t i = 0; i < n; i++) {
        struct segment s = segments[i];

        s.port = 8080;
        add(&c, &s);
    }
    for (unsigned threads = 1; threads <= 2; threads++) {
        load(&c, threads);
        assert_true(tw_claims_add(c.claims, &proxy));
        for (int i = 0; i < 2; i++) {
            tw_messages_free(c.messages);
            assert_int_equal(tw_messages_build(c.packets, &c.conversations, c.claims,
                                               i ? &proxy : &toy, &c.messages, NULL),
                             TRAWL_OK);
            assert_string_equal(text_of(&c), i ? of_proxy : of_toy);
        }
        unload(&c);
    }
    drop(&c);
}
#define THROUGH(segments, of_toy, of_proxy) through(segments, TW_COUNT(segments), of_toy, of_proxy)

/* text_of() leaves out two bytes of each message: the toy's length, "PR" and "OK". */
static void what_follows_is_probed(void **state)
{
    const struct segment apart[] = {SEG(1, "PROXY:"), BACK(1, "OK"), SEG(7, "\0\1T"),
                                    BACK(3, "\0\1b"), SEG(10, "\0\2cc")};
    const struct segment together[] = {SEG(1, "PROXY:"), BACK(1, "OK\0\1T"), SEG(7, "\0\3ab"),
                                       SEG(11, "c\0\1d")};
    const struct segment disordered[] = {SEG(1, "PROXY:"), BACK(1, "OK"),   SEG(10, "\0\1b"),
                                         SEG(7, "\0\1T"),  SEG(7, "\0\1T"), SEG(13, "\0\1c")};

    (void)state;
    THROUGH(apart, "3>T 4<b 5>cc", "1>OXY: 2<");
    THROUGH(together, "2<T 4>abc 4>d", "1>OXY: 2<");
    THROUGH(disordered, "4>T 4>b 6>c", "1>OXY: 2<");
}

/* The client does not wait for the answer: its bytes are kept until the proxy has granted. */
static void bytes_ahead_of_the_answer(void **state)
{
    const struct segment eager[] = {SEG(1, "PROXY:\0\1T"), BACK(1, "OK"), SEG(10, "\0\1b")};

    (void)state;
    THROUGH(eager, "3>T 3>b", "1>OXY: 2<");
}

static void proxies_within_proxies(void **state)
{
    const struct segment two[] = {SEG(1, "PROXY:"), BACK(1, "OK"),    SEG(7, "PROXY:"),
                                  BACK(3, "OK"),    SEG(13, "\0\1T"), BACK(5, "\0\1b")};
    struct segment many[14];

    (void)state;
    THROUGH(two, "5>T 6<b", "1>OXY: 2< 3>OXY: 4<");
    for (uint32_t i = 0; i < 6; i++) { /* beyond four nobody looks */
        many[2 * i] = (struct segment)SEG(1 + 6 * i, "PROXY:");
        many[2 * i + 1] = (struct segment)BACK(1 + 2 * i, "OK");
    }
    many[12] = (struct segment)SEG(37, "\0\1T");
    many[13] = (struct segment)BACK(13, "\0\1b");
    THROUGH(many, "", "1>OXY: 2< 3>OXY: 4< 5>OXY: 6< 7>OXY: 8< 9>OXY: 10<");
}

static void what_is_left_alone(void **state)
{
    const struct segment refused[] = {SEG(1, "PROXY:"), BACK(1, "NO"), SEG(7, "\0\1T")};
    const struct segment not_followed[] = {SEG(1, "PROXY;"), BACK(1, "OK"), SEG(7, "\0\1T")};
    const struct segment unknown[] = {SEG(1, "PROXY:"), BACK(1, "OK"), SEG(7, "???"),
                                      BACK(3, "\0\1T"), SEG(10, "\0\1a")};

    (void)state;
    THROUGH(refused, "", "1>OXY: 2<");
    THROUGH(not_followed, "", "1>OXY; 2<");
    THROUGH(unknown, "4<T 5>a", "1>OXY: 2<"); /* the other side's bytes may tell */
}

/* Three bytes that never came, and a message that the end of the capture cuts. */
static void gaps_and_ends(void **state)
{
    struct segment gap[] = {SEG(1, "PROXY:"), BACK(1, "OK"),    SEG(7, "\0\1T"),
                            SEG(13, "\0\1b"), BACK(3, "\0\1x"), SEG(16, "\0\3cc")};

    (void)state;
    gap[4].ack = 16;
    THROUGH(gap, "3>T 4>b 5<x 6>cc/5!", "1>OXY: 2<");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_follows_is_probed), cmocka_unit_test(bytes_ahead_of_the_answer),
        cmocka_unit_test(proxies_within_proxies), cmocka_unit_test(what_is_left_alone),
        cmocka_unit_test(gaps_and_ends),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return rc;
}
