/* Maps and data ACKs played in order, and announcements read from options, by the plugin
 * `mptcptrace`, whose files are linked with this one. Must not know tables or files. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/mptcptrace/trace.h"
#include <cmocka.h> /* behind what calls host->fail(): its fail() is a macro */

enum { MS = 1000000 };

/* ---- the host ---- */

static void *made[64];
static size_t n_made;
static int interrupted;

static int failed(trawl_error *err, int code, const char *format, ...)
{
    (void)err;
    (void)format;
    return code;
}

static void *zeroed(size_t n)
{
    return calloc(1, n);
}

static void *of_call(trawl_call *call, size_t n)
{
    (void)call;
    assert_true(n_made < sizeof(made) / sizeof(made[0]));
    made[n_made] = malloc(n + 1);
    return made[n_made++];
}

static int cancelled(trawl_call *call)
{
    (void)call;
    return interrupted;
}

static const trawl_host fake = {.size = sizeof(fake),
                                .fail = failed,
                                .alloc = zeroed,
                                .realloc = realloc,
                                .free = free,
                                .call_alloc = of_call,
                                .cancelled = cancelled};

static struct point points[512];
static size_t n_points;

static int take(void *context, const struct point *p, trawl_error *err)
{
    (void)context;
    (void)err;
    assert_true(n_points < sizeof(points) / sizeof(points[0]));
    points[n_points++] = *p;
    return TRAWL_OK;
}

static int begin(void **state)
{
    (void)state;
    n_points = 0;
    interrupted = 0;
    return trawl_plugin_entry()->init(&fake, NULL);
}

static int forget(void **state)
{
    (void)state;
    while (n_made)
        free(made[--n_made]);
    return 0;
}

/* ---- a connection ---- */

static struct event events[64];
static struct subflow subflows[3];
static struct connection connection = {.subflows = subflows, .n_subflows = 3, .events = events};

static struct event *add(int64_t ms, unsigned kind, unsigned way, unsigned subflow)
{
    struct event *e = &events[connection.n_events++];

    *e = (struct event){.time_ns = ms * MS,
                        .kind = (uint8_t)kind,
                        .way = (uint8_t)way,
                        .subflow = (uint16_t)subflow};
    return e;
}

static void map(int64_t ms, unsigned subflow, uint64_t start, uint32_t length)
{
    struct event *e = add(ms, EVENT_MAP, C2S, subflow);

    e->start = start;
    e->length = length;
}

static void ack(int64_t ms, unsigned subflow, uint64_t number, uint64_t edge)
{
    struct event *e = add(ms, EVENT_ACK, S2C, subflow);

    e->start = number;
    e->edge = edge;
}

static void segment(int64_t ms, unsigned subflow, unsigned way, uint32_t seq, uint32_t length,
                    uint32_t ack_number)
{
    struct event *e = add(ms, EVENT_TCP, way, subflow);

    e->seq = seq;
    e->length = length;
    e->has_ack = 1;
    e->ack = ack_number;
}

static struct follow follow(uint64_t n_acks)
{
    struct follow f = {.connection = &connection, .n_acks = n_acks, .put = take};

    n_points = 0;
    assert_int_equal(follow_connection(NULL, &f, NULL), TRAWL_OK);
    connection.n_events = 0;
    return f;
}

/* The i-th point of a graph and a series (0: any). */
static const struct point *point(enum graph graph, uint32_t series, size_t i)
{
    for (size_t k = 0; k < n_points; k++) {
        if (points[k].graph == graph && (!series || points[k].series == series) && i-- == 0)
            return &points[k];
    }
    return NULL;
}

/* ---- facts ---- */

static void a_start_seen_on_another_subflow_is_a_reinjection(void **state)
{
    struct follow f;

    (void)state;
    map(0, 0, 1, 100);
    map(1, 0, 101, 100);
    map(2, 0, 1, 100);  /* again on its own subflow: a retransmission */
    map(3, 1, 1, 100);  /* a reinjection of subflow 0's */
    map(4, 1, 1, 100);  /* bytes again, the map was on subflow 1 before */
    map(5, 2, 1, 50);   /* on a third subflow */
    map(6, 1, 151, 50); /* within a map, but begins elsewhere: none by mptcptrace's rule */
    f = follow(10);
    assert_int_equal(f.totals[C2S].n_maps, 3); /* 1, 101, 151 */
    assert_int_equal(f.totals[C2S].again, 3);
    assert_int_equal(f.totals[C2S].again_bytes, 250); /* 100 + 100 + 50 */
    assert_int_equal(f.totals[C2S].injected[0], 2);
    assert_int_equal(f.totals[C2S].injected[1], 0);
    assert_int_equal(f.totals[C2S].injected[2], 1);
    assert_int_equal(f.totals[C2S].caused[0], 3);
    assert_int_equal(f.totals[C2S].bytes[0], 300);
    assert_int_equal(f.totals[C2S].bytes[1], 250);
    assert_int_equal(point(GRAPH_SEQ, 0, 2)->again, -1);
    assert_int_equal(point(GRAPH_SEQ, 0, 3)->again, 0);
    assert_int_equal(point(GRAPH_SEQ, 0, 6)->again, -1);
    assert_int_equal(f.totals[S2C].n_maps, 0);
}

static void an_ack_takes_the_maps_that_it_covers(void **state)
{
    struct follow f;

    (void)state;
    map(0, 0, 1, 100);
    map(1, 1, 201, 100); /* ahead of 101 */
    map(2, 0, 101, 100);
    ack(30, 0, 151, 1151); /* 1..101, not 101..201 */
    ack(40, 1, 301, 1301); /* both others; edge moves by 150 */
    ack(41, 1, 301, 1301); /* nothing */
    ack(42, 0, 201, 1201); /* overtaken */
    f = follow(10);
    assert_int_equal(point(GRAPH_ACKSIZE, 0, 0)->low, 100);
    assert_int_equal(point(GRAPH_ACKSIZE, 0, 1)->low, 200);
    assert_int_equal(point(GRAPH_ACKSIZE, 0, 2)->low, 0);
    assert_true(point(GRAPH_RTT, 0, 0)->real == 30 && point(GRAPH_RTT, 0, 0)->low == 1);
    /* by start: 101 was sent at 2, 201 at 1 */
    assert_true(point(GRAPH_RTT, 0, 1)->real == 38 && point(GRAPH_RTT, 0, 1)->low == 101);
    assert_true(point(GRAPH_RTT, 0, 2)->real == 39 && point(GRAPH_RTT, 0, 2)->series == 2);
    assert_null(point(GRAPH_RTT, 0, 3));
    /* in flight after each map: 100; 1..301; 1..301 */
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_MPTCP, 0)->low, 100);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_MPTCP, 1)->low, 300);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_MPTCP, 2)->low, 300);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_MPTCP, 3)->low, 200); /* 101..301 */
    assert_null(point(GRAPH_FLIGHT, FLIGHT_MPTCP, 4));
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_WINDOW, 0)->low, 1000);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_WINDOW, 3)->low, 1000); /* of the latest ACK */
    assert_int_equal(point(GRAPH_RIGHT_EDGE, EDGE_RIGHT, 3)->low, 1301);
    assert_int_equal(f.totals[C2S].last_ack, 301);
}

/* A map that was acknowledged is not waiting when it comes again. */
static void acknowledged_maps_do_not_come_back(void **state)
{
    (void)state;
    map(0, 0, 1, 100);
    ack(10, 0, 101, 1101);
    map(20, 1, 1, 100);
    ack(30, 0, 101, 1101);
    (void)follow(10);
    assert_int_equal(point(GRAPH_ACKSIZE, 0, 0)->low, 100);
    assert_int_equal(point(GRAPH_ACKSIZE, 0, 1)->low, 0);
    assert_null(point(GRAPH_RTT, 0, 1));
}

/* Blocks of two ACKs: 1000 B in 1 ms, 4000 B in 2 ms; an ACK that brings nothing does not count. */
static void goodput_has_three_series(void **state)
{
    (void)state;
    ack(0, 0, 0, 0);
    ack(1, 0, 600, 0);
    ack(1, 0, 600, 0);
    ack(2, 0, 1000, 0); /* 2: 1000 in 2 ms */
    ack(3, 0, 3000, 0); /* 3 */
    ack(4, 0, 5000, 0); /* 4: 4000 in 2 ms */
    (void)follow(2);
    assert_true(fabs(point(GRAPH_GPUT, GPUT_BLOCKS, 0)->real - 0.5) < 1e-12);
    assert_true(fabs(point(GRAPH_GPUT, GPUT_BLOCKS, 1)->real - 2) < 1e-12);
    assert_null(point(GRAPH_GPUT, GPUT_BLOCKS, 2));
    assert_true(fabs(point(GRAPH_GPUT, GPUT_ALL, 0)->real - 0.6) < 1e-12);
    assert_true(fabs(point(GRAPH_GPUT, GPUT_ALL, 3)->real - 1.25) < 1e-12); /* 5000 in 4 ms */
    assert_true(fabs(point(GRAPH_GPUT, GPUT_MOVING, 0)->real - 0.5) < 1e-12);
    assert_true(fabs(point(GRAPH_GPUT, GPUT_MOVING, 1)->real - 1.2) < 1e-12); /* 600..3000 in 2 */
    assert_true(fabs(point(GRAPH_GPUT, GPUT_MOVING, 2)->real - 2) < 1e-12);
    assert_int_equal(point(GRAPH_GPUT, GPUT_ALL, 0)->way, C2S);
}

/* Subflow 0's numbers wrap between its two segments; the ACK covers the first. */
static void flights_of_segments_survive_wrap(void **state)
{
    (void)state;
    segment(0, 0, C2S, 0xffffff00, 0x100, 7);
    segment(1, 0, C2S, 0, 300, 7);
    segment(2, 1, C2S, 50, 40, 9);
    map(2, 1, 1, 40);
    segment(3, 0, S2C, 7, 0, 0); /* up to 2^32 */
    ack(3, 0, 1, 1000);
    segment(4, 0, S2C, 7, 0, 300);
    ack(4, 0, 1, 1000);
    (void)follow(10);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_TCP, 0)->low, 256 + 300 + 40);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_TCP, 1)->low, 300 + 40);
    assert_int_equal(point(GRAPH_FLIGHT, FLIGHT_TCP, 2)->low, 40);
    /* stacked: 0..556 of subflow 0, then 556..596 of subflow 1 */
    assert_int_equal(point(GRAPH_FLIGHT_PER_FLOW, 1, 0)->high, 556);
    assert_int_equal(point(GRAPH_FLIGHT_PER_FLOW, 2, 0)->low, 556);
    assert_int_equal(point(GRAPH_FLIGHT_PER_FLOW, 2, 0)->high, 596);
}

/* DATA_FIN has a number of its own: 101 acknowledges the data up to it, 102 the DATA_FIN. */
static void a_data_fin_is_acknowledged_by_the_number_after_it(void **state)
{
    struct follow f;

    (void)state;
    map(0, 0, 1, 100);
    events[connection.n_events - 1].fin = 1;
    ack(1, 0, 101, 1000);
    f = follow(10);
    assert_true(f.totals[C2S].fin && !f.totals[C2S].fin_acked);
    map(0, 0, 1, 100);
    events[connection.n_events - 1].fin = 1;
    ack(1, 0, 102, 1000);
    f = follow(10);
    assert_true(f.totals[C2S].fin_acked);
    map(0, 0, 1, 100);
    interrupted = 1;
    assert_int_equal(follow_connection(NULL, &f, NULL), TRAWL_E_CANCELLED);
    connection.n_events = 0;
}

static void options_announce_addresses(void **state)
{
    static const uint8_t add_4[] = {30, 8, 0x34, 2, 10, 9, 0, 3}; /* version 0 */
    static const uint8_t add_4_port[] = {30, 10, 0x34, 2, 10, 9, 0, 3, 0x1f, 0x90};
    static const uint8_t add_4_hmac[] = {30, 16, 0x30, 2, 10, 9, 0, 3, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t echo[] = {30, 8, 0x31, 2, 10, 9, 0, 3};
    static const uint8_t add_6[20] = {30, 20, 0x36, 5, 0x20, 1, [19] = 1};
    static const uint8_t odd[] = {30, 9, 0x30, 2, 10, 9, 0, 3, 0};
    static const uint8_t rm[] = {30, 5, 0x40, 3, 4};
    static const uint8_t dss[] = {30, 8, 0x20, 1, 0, 0, 0, 0};
    struct address a[4];

    (void)state;
    assert_int_equal(addresses_of_option(add_4, sizeof(add_4), a, 4), 1);
    assert_true(a[0].id == 2 && a[0].n_ip == 4 && a[0].ip[0] == 10 && a[0].ip[3] == 3 &&
                !a[0].port);
    assert_int_equal(addresses_of_option(add_4_port, sizeof(add_4_port), a, 4), 1);
    assert_int_equal(a[0].port, 8080);
    assert_int_equal(addresses_of_option(add_4_hmac, sizeof(add_4_hmac), a, 4), 1);
    assert_int_equal(a[0].port, 0);
    assert_int_equal(addresses_of_option(echo, sizeof(echo), a, 4), 0);
    assert_int_equal(addresses_of_option(add_6, sizeof(add_6), a, 4), 1);
    assert_true(a[0].n_ip == 16 && a[0].ip[15] == 1);
    assert_int_equal(addresses_of_option(odd, sizeof(odd), a, 4), 0);
    assert_int_equal(addresses_of_option(rm, sizeof(rm), a, 4), 2);
    assert_true(a[1].is_removal && a[1].id == 4);
    assert_int_equal(addresses_of_option(rm, sizeof(rm), a, 1), 1); /* no more room */
    assert_int_equal(addresses_of_option(dss, sizeof(dss), a, 4), 0);
    for (size_t n = 0; n < 4; n++) /* cut */
        assert_int_equal(addresses_of_option(add_4, n, a, 4), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, forget)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_start_seen_on_another_subflow_is_a_reinjection),
        TEST(an_ack_takes_the_maps_that_it_covers),
        TEST(acknowledged_maps_do_not_come_back),
        TEST(goodput_has_three_series),
        TEST(flights_of_segments_survive_wrap),
        TEST(a_data_fin_is_acknowledged_by_the_number_after_it),
        TEST(options_announce_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
