/* Round trips, histories and ends of short connections. Expected values are worked out by hand from
 * the definitions: RFC 6298 section 3 (Karn), Zeek's documentation of conn.log. */
#include "core/track/detail.h"

#include "core/track/sent.h"
#include "segments.h"

#define MSS 1000

struct detailed {
    struct loaded loaded;
    struct tw_tcp_analysis a;
    struct tw_tcp_details d;
    struct tw_connection *summary;
    char history[64];
};

static void detail(const struct segment *segments, size_t n, struct detailed *ret)
{
    struct tw_tcp_options options = {0};
    const struct tw_detail_options none = {0};
    uint8_t *scales;
    size_t length;

    load(segments, n, &ret->loaded);
    scales = tw_alloc_array((size_t)ret->loaded.conversations.n_tcp + 1, 2);
    assert_non_null(scales);
    memset(scales, 255, 2 * (size_t)ret->loaded.conversations.n_tcp);
    options.scales = scales;
    assert_int_equal(
        tw_tcp_analyse(ret->loaded.packets, &ret->loaded.conversations, &options, &ret->a, NULL),
        TRAWL_OK);
    tw_free(scales);
    assert_int_equal(
        tw_tcp_summarise(ret->loaded.packets, &ret->loaded.conversations, &ret->summary, NULL),
        TRAWL_OK);
    assert_int_equal(tw_tcp_detail(ret->loaded.packets, &ret->loaded.conversations, ret->summary,
                                   &ret->a, &none, &ret->d, NULL),
                     TRAWL_OK);
    length = tw_histories_text(&ret->d.histories[0], ret->d.connections[0].history, ret->history,
                               sizeof(ret->history) - 1);
    ret->history[length] = '\0';
}

static void done(struct detailed *x)
{
    tw_tcp_details_fini(&x->d);
    tw_tcp_analysis_fini(&x->a);
    tw_free(x->summary);
    unload(&x->loaded);
}

/* SYN at 0 ms, SYN/ACK at 10 ms, ACK at 25 ms: 10 ms to the server and back, 15 to the client. */
#define HANDSHAKE                                                                    \
    {0, false, 1000, SYN, 99, 0, 0, 0}, {10, true, 1000, SYN | ACK, 499, 100, 0, 0}, \
    {                                                                                \
        25, false, 1000, ACK, 100, 500, 0, 0                                         \
    }

static void assert_sample(const struct detailed *x, size_t i, uint32_t segment, uint32_t ack)
{
    assert_true(i < x->d.n_samples);
    assert_int_equal(x->d.samples[i].segment, segment);
    assert_int_equal(x->d.samples[i].ack, ack);
}

static void segments_sent_once_are_timed(void **state)
{
    const struct segment s[] = {
        HANDSHAKE,
        {30, false, 1000, ACK, 100, 500, MSS, 0},  /* row 3 */
        {31, false, 1000, ACK, 1100, 500, MSS, 0}, /* row 4 */
        {44, true, 1000, ACK, 500, 2100, 0, 0},    /* both: 13 ms since the newer */
        {50, false, 1000, ACK, 2100, 500, MSS, 0}, /* row 6 */
        {60, false, 1000, ACK, 2100, 500, MSS, 0}, /* again */
        {66, true, 1000, ACK, 500, 3100, 0, 0},    /* of which one? */
        {70, false, 1000, ACK, 4100, 500, MSS, 0}, /* row 9; 3100 was lost */
        {80, false, 1000, ACK, 3100, 500, MSS, 0}, /* row 10 */
        {90, true, 1000, ACK, 500, 5100, 0, 0},    /* row 9 waited for row 10 */
        {95, false, 1000, ACK, 5100, 500, MSS, 0}, /* row 12 */
        {99, true, 1000, ACK, 500, 5600, 0, 0},    /* half of it */
    };
    struct detailed x;

    (void)state;
    detail(s, TW_COUNT(s), &x);
    assert_int_equal(x.d.n_samples, 3);
    assert_sample(&x, 0, 0, 1);
    assert_sample(&x, 1, 1, 2);
    assert_sample(&x, 2, 4, 5);
    assert_int_equal(x.d.connections[0].side[0].rtt[TW_RTT_KARN].n, 2);
    assert_int_equal(x.d.connections[0].side[0].rtt[TW_RTT_KARN].min_ns, 10000000);
    assert_int_equal(x.d.connections[0].side[0].rtt[TW_RTT_KARN].max_ns, 13000000);
    assert_true(x.d.connections[0].side[0].rtt[TW_RTT_KARN].mean_ns == 11500000);
    assert_true(x.d.connections[0].side[0].rtt[TW_RTT_KARN].squares == 2 * 1500000.0 * 1500000);
    assert_int_equal(x.d.connections[0].side[0].syn_rtt_ns, 10000000);
    assert_int_equal(x.d.connections[0].side[1].syn_rtt_ns, 15000000);
    assert_int_equal(x.d.connections[0].end, TW_END_OPEN);
    done(&x);
}

static void numbers_wrap(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 0xfffffe00, 0, 0, 0},
        {10, true, 1000, SYN | ACK, 0xffffffff, 0xfffffe01, 0, 0},
        {20, false, 1000, ACK, 0xfffffe01, 0, 0, 0},
        {30, false, 1000, ACK, 0xfffffe01, 0, MSS, 0}, /* ends at 489 */
        {31, false, 1000, ACK | PSH, 489, 0, 11, 0},   /* ends at 500 */
        {45, true, 1000, ACK, 0, 500, 0, 0},
        {50, false, 1000, FIN | ACK, 500, 0, 0, 0},
        {60, true, 1000, FIN | ACK, 0, 501, 0, 0},
        {70, false, 1000, ACK, 501, 1, 0, 0},
    };
    struct detailed x;

    (void)state;
    detail(s, TW_COUNT(s), &x);
    assert_int_equal(x.d.n_samples, 5);
    assert_sample(&x, 2, 4, 5);
    assert_sample(&x, 3, 6, 7);
    assert_sample(&x, 4, 7, 8);
    assert_string_equal(x.history, "ShADaFf");
    assert_int_equal(x.d.connections[0].end, TW_END_FIN);
    done(&x);
}

static void a_syn_sent_twice_is_not_timed(void **state)
{
    const struct segment s[] = {
        {0, false, 1000, SYN, 99, 0, 0, 0},
        {1000, false, 1000, SYN, 99, 0, 0, 0},
        {1010, true, 1000, SYN | ACK, 499, 100, 0, 0},
        {1025, false, 1000, ACK, 100, 500, 0, 0},
    };
    struct detailed x;

    (void)state;
    detail(s, TW_COUNT(s), &x);
    assert_int_equal(x.d.n_samples, 1);
    assert_sample(&x, 0, 2, 3);
    assert_int_equal(x.d.connections[0].side[0].syn_rtt_ns, -1);
    assert_int_equal(x.d.connections[0].side[1].syn_rtt_ns, 15000000);
    done(&x);
}

static void histories_are_zeeks(void **state)
{
    /* Sent again 11 times: T at the first and the tenth. No window twice: w once. */
    struct segment again[3 + 1 + 11 + 2] = {HANDSHAKE};
    const struct segment lost[] = {HANDSHAKE,
                                   {30, false, 1000, ACK, 100, 500, MSS, 0},
                                   {31, false, 1000, ACK, 2100, 500, MSS, 0},
                                   {40, true, 1000, ACK, 500, 3100, 0, 0},
                                   {41, false, 1000, RST, 3100, 0, 0, 0}};
    const struct segment refused[] = {{0, false, 1000, SYN, 5, 0, 0, 0},
                                      {1, true, 1000, RST | ACK, 0, 6, 0, 0}};
    const struct segment reversed[] = {{0, true, 1000, SYN | ACK, 499, 100, 0, 0},
                                       {1, false, 1000, ACK, 100, 500, 0, 0},
                                       {2, true, 1000, RST, 500, 0, 0, 0}};
    const struct segment odd[] = {{0, false, 1000, SYN | FIN, 5, 0, 0, 0}};
    const struct segment silent[] = {{0, false, 1000, SYN, 5, 0, 0, 0},
                                     {1, false, 1000, SYN, 5, 0, 0, 0}};
    const struct segment half[] = {HANDSHAKE, {30, true, 1000, FIN | ACK, 500, 100, 0, 0}};
    const struct {
        const struct segment *segments;
        size_t n;
        const char *history, *state;
        enum tw_tcp_end end;
        unsigned by;
    } cases[] = {{again, TW_COUNT(again), "ShADTTaw", "S1", TW_END_OPEN, 0},
                 {lost, TW_COUNT(lost), "ShADaGR", "RSTO", TW_END_RST, 0},
                 {refused, TW_COUNT(refused), "Sr", "REJ", TW_END_REFUSED, 1},
                 {reversed, TW_COUNT(reversed), "^hAr", "RSTR", TW_END_RST, 0},
                 {odd, TW_COUNT(odd), "Q", "SH", TW_END_HALF, 0},
                 {silent, TW_COUNT(silent), "S", "S0", TW_END_UNANSWERED, 0},
                 {half, TW_COUNT(half), "ShAf", "S3", TW_END_HALF, 1}};

    (void)state;
    for (unsigned i = 0; i < 12; i++)
        again[3 + i] = (struct segment){30 + 100 * i, false, 1000, ACK, 100, 500, MSS, 0};
    again[15] = (struct segment){2000, true, 1000, ACK, 500, 1100, 0, CLOSED};
    again[16] = (struct segment){2001, true, 1000, ACK, 500, 1100, 0, CLOSED};
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct detailed x;

        detail(cases[i].segments, cases[i].n, &x);
        assert_string_equal(x.history, cases[i].history);
        assert_string_equal(tw_tcp_state(x.summary), cases[i].state);
        assert_int_equal(x.d.connections[0].end, cases[i].end);
        assert_int_equal(x.d.connections[0].ended_by, cases[i].by);
        done(&x);
    }
}

static void who_gets_no_answer_gives_up(void **state)
{
    const struct segment s[] = {HANDSHAKE,
                                {30, false, 1000, ACK, 100, 500, MSS, 0},
                                {300, false, 1000, ACK, 100, 500, MSS, 0},
                                {900, false, 1000, ACK, 100, 500, MSS, 0}};
    struct detailed x;

    (void)state;
    detail(s, TW_COUNT(s), &x);
    assert_int_equal(x.d.connections[0].end, TW_END_TIMEOUT);
    assert_int_equal(x.d.connections[0].ended_by, 0);
    assert_int_equal(x.d.connections[0].side[0].counts[TW_COUNT_RETRANSMISSION], 2);
    assert_int_equal(x.d.connections[0].side[0].in_flight, MSS);
    done(&x);
}

/* ---- the list of what is sent ---- */

static void a_late_segment_in_a_long_queue_is_doubted(void **state)
{
    /* 400 segments of 10 from 1000 on, in rows 0…399; the middle one, 3000, comes again in row
     * 400: further than TW_SENT_STEPS from both ends. Then no ACK up to 3010 is believed, and none
     * of a segment that was sent before row 400. */
    struct tw_sent_pool pool = {.free = TW_SENT_NONE};
    struct tw_sent sent;
    struct tw_sent_ack ack;

    (void)state;
    tw_sent_init(&sent);
    for (uint32_t i = 0; i < 400; i++)
        assert_int_equal(tw_sent_add(&pool, &sent, 1000 + 10 * i, 1010 + 10 * i, i, NULL), 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 3000, 3010, 400, NULL), 0);
    assert_int_equal(sent.n, 400);
    tw_sent_acknowledge(&pool, &sent, 1500, &ack);
    assert_int_equal(ack.row, 49);
    assert_false(ack.sample);
    tw_sent_acknowledge(&pool, &sent, 5000, &ack);
    assert_int_equal(ack.row, 399);
    assert_false(ack.sample);
    assert_int_equal(ack.holes, 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 5000, 5010, 401, NULL), 0);
    tw_sent_acknowledge(&pool, &sent, 5010, &ack);
    assert_true(ack.sample);
    assert_int_equal(sent.n, 0);
    tw_sent_pool_fini(&pool);
}

static void segments_sent_again_in_one_become_one(void **state)
{
    /* Ten segments of 10 from 1000 on, in rows 0…9; row 10 sends 1015…1085 again: what it touches,
     * 1010…1090, is one segment from then on, between the first and the last. */
    struct tw_sent_pool pool = {.free = TW_SENT_NONE};
    struct tw_sent sent;
    struct tw_sent_ack ack;

    (void)state;
    tw_sent_init(&sent);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(tw_sent_add(&pool, &sent, 1000 + 10 * i, 1010 + 10 * i, i, NULL), 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 1015, 1085, 10, NULL), 0);
    assert_int_equal(sent.n, 3);
    tw_sent_acknowledge(&pool, &sent, 1010, &ack);
    assert_true(ack.sample);
    tw_sent_acknowledge(&pool, &sent, 1040, &ack); /* within it */
    assert_false(ack.sample);
    tw_sent_acknowledge(&pool, &sent, 1090, &ack);
    assert_false(ack.sample);
    assert_int_equal(ack.holes, 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 1095, 1120, 11, NULL), 0); /* beyond the last */
    assert_int_equal(sent.n, 1);
    assert_int_equal(tw_sent_add(&pool, &sent, 1120, 1130, 12, NULL), 0);
    tw_sent_acknowledge(&pool, &sent, 1130, &ack);
    assert_int_equal(ack.row, 12);
    assert_true(ack.sample);
    assert_int_equal(sent.n, 0);
    tw_sent_pool_fini(&pool);
}

static void what_was_not_seen_is_a_hole(void **state)
{
    struct tw_sent_pool pool = {.free = TW_SENT_NONE};
    struct tw_sent sent;
    struct tw_sent_ack ack;

    (void)state;
    tw_sent_init(&sent);
    assert_int_equal(tw_sent_add(&pool, &sent, 100, 200, 0, NULL), 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 300, 400, 1, NULL), 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 500, 600, 2, NULL), 0);
    assert_int_equal(tw_sent_add(&pool, &sent, 150, 350, 3, NULL), 0); /* fills 200…299 */
    tw_sent_acknowledge(&pool, &sent, 700, &ack);
    assert_int_equal(ack.holes, 2); /* 400…499 and 600…699 */
    assert_int_equal(ack.row, TW_SENT_NONE);
    tw_sent_acknowledge(&pool, &sent, 650, &ack);
    assert_false(ack.advances);
    tw_sent_pool_fini(&pool);
}

static void an_echoed_stamp_counts_once(void **state)
{
    struct tw_sent_pool pool = {.free = TW_SENT_NONE};
    struct tw_sent queue;

    (void)state;
    tw_sent_init(&queue);
    assert_int_equal(tw_sent_stamp(&pool, &queue, UINT32_MAX, 0, NULL), 0);
    assert_int_equal(tw_sent_stamp(&pool, &queue, UINT32_MAX, 1, NULL), 0); /* not newer */
    assert_int_equal(tw_sent_stamp(&pool, &queue, 0, 2, NULL), 0);          /* it wrapped */
    assert_int_equal(tw_sent_echo(&pool, &queue, UINT32_MAX), 0);
    assert_int_equal(tw_sent_echo(&pool, &queue, UINT32_MAX), TW_SENT_NONE);
    assert_int_equal(tw_sent_echo(&pool, &queue, 0), 2);
    tw_sent_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(segments_sent_once_are_timed),
        cmocka_unit_test(numbers_wrap),
        cmocka_unit_test(a_syn_sent_twice_is_not_timed),
        cmocka_unit_test(histories_are_zeeks),
        cmocka_unit_test(who_gets_no_answer_gives_up),
        cmocka_unit_test(a_late_segment_in_a_long_queue_is_doubted),
        cmocka_unit_test(segments_sent_again_in_one_become_one),
        cmocka_unit_test(what_was_not_seen_is_a_hole),
        cmocka_unit_test(an_echoed_stamp_counts_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
