/* The feed of top's live screen: packets that the capture lets go of, endpoints that are let go,
 * and memory that is short. Must not know captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyze.h"
#include "live.h"

enum { MAX_ROWS = 16 };
enum { C = 1, S = 2, T = 3 }; /* 10.0.0.1, the client; 10.0.0.2 and .3, servers */

/* Packets as the host has them: codes of addresses and numbers of streams are its own affair. */
struct packets {
    uint64_t n;
    int64_t time[MAX_ROWS];
    uint32_t src[MAX_ROWS], dst[MAX_ROWS], stream[MAX_ROWS], seq[MAX_ROWS], ack[MAX_ROWS],
        len[MAX_ROWS];
    uint16_t sport[MAX_ROWS], dport[MAX_ROWS], flags[MAX_ROWS];
    uint8_t proto[MAX_ROWS];
    uint8_t addresses[4][16];
};

static size_t n_left; /* allocations that still succeed */
static size_t n_held; /* those that were not given back */

static void *zeroed(size_t n)
{
    void *p = n_left && n_left-- ? calloc(1, n) : NULL;

    n_held += p != NULL;
    return p;
}

static void *resized(void *old, size_t n)
{
    void *p = n_left && n_left-- ? realloc(old, n) : NULL;

    n_held += p && !old;
    return p;
}

static void give_back(void *p)
{
    n_held -= p != NULL;
    free(p);
}

static int refuse(trawl_error *err, int code, const char *format, ...)
{
    (void)err, (void)format;
    return code;
}

static int prefetch(trawl_call *call, trawl_table *table, const char *const *names, size_t n,
                    trawl_error *err)
{
    (void)call, (void)table, (void)names, (void)n, (void)err;
    return TRAWL_OK;
}

static uint64_t n_rows(const trawl_table *table)
{
    return ((const struct packets *)(const void *)table)->n;
}

static int cancelled(trawl_call *call)
{
    (void)call;
    return 0;
}

static int view_named(trawl_call *call, trawl_table *table, const char *name, trawl_view *ret,
                      trawl_error *err)
{
    const struct packets *p = (const struct packets *)(void *)table;
    const struct {
        const char *name;
        trawl_type type;
        const void *data;
    } columns[] = {{"frame.time_epoch", TRAWL_TIME, p->time},
                   {"src", TRAWL_IP, p->src},
                   {"dst", TRAWL_IP, p->dst},
                   {"sport", TRAWL_U16, p->sport},
                   {"dport", TRAWL_U16, p->dport},
                   {"proto", TRAWL_U8, p->proto},
                   {"stream", TRAWL_U32, p->stream},
                   {"tcp.flags", TRAWL_U16, p->flags},
                   {"tcp.seq_raw", TRAWL_U32, p->seq},
                   {"tcp.ack_raw", TRAWL_U32, p->ack},
                   {"tcp.len", TRAWL_U32, p->len}};

    (void)call, (void)err;
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        if (strcmp(name, columns[i].name) != 0)
            continue;
        ret->type = columns[i].type;
        ret->data = columns[i].data;
        ret->n_rows = p->n;
        ret->addresses = p->addresses;
        ret->n_codes = 4;
        return TRAWL_OK;
    }
    return TRAWL_E_NOT_FOUND;
}

static int n_said;

static void say(int level, const char *format, ...)
{
    (void)level, (void)format;
    n_said++;
}

static int no_capture(trawl_call *call, const char *name, trawl_capture **ret, trawl_error *err)
{
    (void)call, (void)name, (void)ret, (void)err;
    return TRAWL_E_NOT_FOUND;
}

static void no_table(trawl_table *table)
{
    assert_null(table);
}

static const trawl_host fake = {.size = sizeof(fake),
                                .alloc = zeroed,
                                .realloc = resized,
                                .free = give_back,
                                .fail = refuse,
                                .log = say,
                                .capture = no_capture,
                                .release = no_table,
                                .prefetch = prefetch,
                                .n_rows = n_rows,
                                .cancelled = cancelled,
                                .view_named = view_named};

static int set_host(void **state)
{
    (void)state;
    n_left = SIZE_MAX;
    host = &fake;
    return 0;
}

/* Which code an address has: code_of[C] of 10.0.0.1. */
static void name_codes(struct packets *p, const uint32_t code_of[4])
{
    for (int i = C; i <= T; i++) {
        const uint8_t address[16] = {[10] = 0xff, 0xff, 10, 0, 0, (uint8_t)i};

        memcpy(p->addresses[code_of[i]], address, 16);
    }
}

static void add(struct packets *p, int64_t seconds, uint32_t src, uint32_t dst, uint32_t stream,
                uint16_t client_port, uint16_t flags, uint32_t seq, uint32_t ack)
{
    const uint64_t i = p->n++;
    const int from_client = memcmp(p->addresses[src] + 15, &(uint8_t){C}, 1) == 0;

    p->time[i] = seconds * 1000000000;
    p->src[i] = src;
    p->dst[i] = dst;
    p->stream[i] = stream;
    p->sport[i] = from_client ? client_port : 80;
    p->dport[i] = from_client ? 80 : client_port;
    p->flags[i] = flags;
    p->seq[i] = seq;
    p->ack[i] = ack;
    p->proto[i] = 6;
}

static int take(struct feed *f, struct packets *p, uint64_t let_go)
{
    static const struct plan plan;
    int more;

    return feed_take(NULL, &plan, f, (trawl_table *)(void *)p, let_go, INT64_MAX, 1000, &more,
                     NULL);
}

static const struct endpoint *endpoint_of(const struct feed *f, uint8_t last)
{
    for (size_t i = 0; i < f->n_endpoints; i++)
        if (f->endpoints[i].address[15] == last)
            return &f->endpoints[i];
    return NULL;
}

/* A handshake with S, an attempt at T. */
static struct packets first_part(void)
{
    struct packets p = {0};

    name_codes(&p, (const uint32_t[]){0, 1, 2, 3});
    add(&p, 0, 1, 2, 0, 5000, TCP_SYN, 100, 0);
    add(&p, 1, 2, 1, 0, 5000, TCP_SYN | TCP_ACK, 200, 101);
    add(&p, 2, 1, 2, 0, 5000, TCP_ACK, 101, 201);
    add(&p, 3, 1, 3, 1, 5001, TCP_SYN, 300, 0);
    return p;
}

/* The first two are let go; what is left has other codes and numbers of streams, and goes on: T
 * refuses, the client closes S. Were the connections not found again, T would not have refused (its
 * reset would answer no SYN), and S's connection would have one packet. */
static struct packets second_part(void)
{
    struct packets p = {0};

    name_codes(&p, (const uint32_t[]){0, 2, 3, 1});
    add(&p, 2, 2, 3, 7, 5000, TCP_ACK, 101, 201);
    add(&p, 3, 2, 1, 2, 5001, TCP_SYN, 300, 0);
    add(&p, 4, 1, 2, 2, 5001, TCP_RST | TCP_ACK, 0, 301);
    add(&p, 5, 2, 3, 7, 5000, TCP_FIN | TCP_ACK, 101, 201);
    return p;
}

static void check_both_parts(const struct feed *f)
{
    const struct endpoint *s = endpoint_of(f, S), *t = endpoint_of(f, T);

    assert_int_equal(f->n_endpoints, 2);
    assert_int_equal(s->numbers.tallies[N_SYN], 1);
    assert_int_equal(s->numbers.tallies[N_EST], 1);
    assert_int_equal(s->numbers.tallies[N_FIN_OUT], 1);
    assert_int_equal(s->numbers.tallies[N_PACKETS_OUT], 3);
    assert_int_equal(s->numbers.tallies[N_PACKETS_IN], 1);
    assert_int_equal(t->numbers.tallies[N_SYN], 1);
    assert_int_equal(t->numbers.tallies[N_REFUSED], 1);
    assert_int_equal(t->numbers.tallies[N_PACKETS_OUT] + t->numbers.tallies[N_PACKETS_IN], 2);
}

static void test_packets_let_go(void **state)
{
    struct packets p = first_part();
    struct feed f = {0};

    (void)state;
    assert_int_equal(take(&f, &p, 0), TRAWL_OK);
    assert_int_equal(endpoint_of(&f, T)->serial, NO_GROUP); /* no row is made of it yet */
    p = second_part();
    assert_int_equal(take(&f, &p, 2), TRAWL_OK);
    check_both_parts(&f);
    assert_int_equal(f.n_done, 4);
    assert_int_equal(f.let_go, 2);
    assert_int_equal(f.connections[7].n_packets, 4);
    assert_int_equal(f.connections[7].client, 2);
    assert_int_equal(f.connections[2].n_packets, 2);
    feed_fini(&f);
}

/* Ctrl-C while a capture that let packets go reads the others again: not all of them are there. */
static void test_packets_that_are_not_there_again(void **state)
{
    struct packets p = first_part();
    struct feed f = {0};

    (void)state;
    assert_int_equal(take(&f, &p, 0), TRAWL_OK);
    p = second_part();
    p.n = 1;
    assert_int_equal(take(&f, &p, 2), TRAWL_OK);
    assert_int_equal(f.n_done, 4);
    p = second_part();
    assert_int_equal(take(&f, &p, 2), TRAWL_OK);
    check_both_parts(&f);
    feed_fini(&f);
}

/* All packets of the first part are gone: what was counted stays, the connection is a new one. */
static void test_all_packets_let_go(void **state)
{
    struct packets p = first_part(), q = {0};
    struct feed f = {0};

    (void)state;
    assert_int_equal(take(&f, &p, 0), TRAWL_OK);
    name_codes(&q, (const uint32_t[]){0, 3, 2, 1});
    add(&q, 9, 3, 2, 0, 5000, TCP_FIN | TCP_ACK, 101, 201);
    assert_int_equal(take(&f, &q, 6), TRAWL_OK); /* and two that never were seen */
    assert_int_equal(f.n_connections, 1);
    assert_int_equal(f.connections[0].n_packets, 1);
    assert_int_equal(f.n_endpoints, 2);
    assert_int_equal(endpoint_of(&f, S)->numbers.tallies[N_EST], 1);
    assert_int_equal(endpoint_of(&f, S)->numbers.tallies[N_PACKETS_OUT], 3);
    feed_fini(&f);
}

/* T's last segment came at 4 s, S's at 5 s. */
static void test_idle_endpoints_are_forgotten(void **state)
{
    struct packets p = first_part();
    struct feed f = {0};
    struct totals totals = {0};
    int64_t endpoint_first_ns;

    (void)state;
    assert_int_equal(take(&f, &p, 0), TRAWL_OK);
    p = second_part();
    assert_int_equal(take(&f, &p, 2), TRAWL_OK);
    assert_int_equal(feed_forget(&f, 1000000000, 100, NULL), TRAWL_OK);
    check_both_parts(&f); /* just in time */
    endpoint_first_ns = endpoint_of(&f, T)->numbers.first_ns;
    assert_int_equal(feed_forget(&f, 999999999, 100, NULL), TRAWL_OK);
    assert_int_equal(f.n_endpoints, 1);
    assert_int_equal(f.n_forgotten, 1);
    assert_int_equal(f.forgotten.tallies[N_SYN], 1);
    assert_int_equal(f.forgotten.tallies[N_REFUSED], 1);
    assert_int_equal(f.forgotten.first_ns, endpoint_first_ns);
    totals_add(&totals, &f.forgotten, endpoint_first_ns + 2000000000); /* one in two seconds */
    assert_int_equal(totals.sums[N_SYN], 1);
    assert_true(totals.syn_rate == 0.5);
    assert_int_equal(f.connections[2].i_endpoint, FORGOTTEN);
    assert_int_equal(endpoint_of(&f, S)->numbers.tallies[N_EST], 1);

    /* its connection goes on, towards whom it went: a server is no client though its port is */
    add(&p, 6, 1, 2, 2, 5001, TCP_ACK, 1, 301);
    assert_int_equal(take(&f, &p, 2), TRAWL_OK);
    assert_int_equal(f.n_endpoints, 2);
    assert_int_equal(endpoint_of(&f, T)->numbers.tallies[N_PACKETS_IN], 1);
    assert_int_equal(endpoint_of(&f, T)->numbers.tallies[N_SYN], 0);
    assert_int_equal(f.connections[2].n_packets, 3);

    /* no room for two: the one that was idle longer goes */
    assert_int_equal(feed_forget(&f, INT64_MAX, 1, NULL), TRAWL_OK);
    assert_int_equal(f.n_endpoints, 1);
    assert_non_null(endpoint_of(&f, T));
    assert_int_equal(f.forgotten.tallies[N_EST], 1);
    feed_fini(&f);
}

/* The clock was set back: the second segment's time is not after the first's. S came first. */
static void test_a_clock_that_stands_still(void **state)
{
    struct packets p = {0};
    struct feed f = {0};

    (void)state;
    name_codes(&p, (const uint32_t[]){0, 1, 2, 3});
    add(&p, 9, 1, 2, 0, 5000, TCP_SYN, 100, 0);
    add(&p, 2, 1, 3, 1, 5001, TCP_SYN, 300, 0);
    assert_int_equal(take(&f, &p, 0), TRAWL_OK);
    assert_int_equal(feed_forget(&f, 1000000000, 1, NULL), TRAWL_OK);
    assert_int_equal(f.n_endpoints, 1);
    assert_int_equal(f.n_forgotten, 1);
    assert_non_null(endpoint_of(&f, T));
    feed_fini(&f);
}

/* Whichever allocation fails, asked again each segment is counted once. */
static void test_no_memory(void **state)
{
    int rc = TRAWL_E_NOMEM;

    (void)state;
    for (size_t n = 0; rc != TRAWL_OK; n++) {
        struct packets p = first_part();
        struct feed f = {0};
        uint64_t n_packets = 0;

        n_left = n;
        rc = take(&f, &p, 0);
        n_left = SIZE_MAX;
        assert_int_equal(take(&f, &p, 0), TRAWL_OK);
        for (size_t i = 0; i < f.n_endpoints; i++)
            n_packets += f.endpoints[i].numbers.tallies[N_PACKETS_OUT] +
                         f.endpoints[i].numbers.tallies[N_PACKETS_IN];
        assert_int_equal(n_packets, 4);
        assert_int_equal(f.n_elsewhere, 0);
        assert_true(f.n_short <= (rc != TRAWL_OK));
        p = second_part();
        n_left = n;
        (void)take(&f, &p, 2);
        n_left = SIZE_MAX;
        assert_int_equal(take(&f, &p, 2), TRAWL_OK);
        assert_int_equal(f.n_done, 4);
        check_both_parts(&f);
        n_left = n;
        (void)feed_forget(&f, 999999999, 100, NULL);
        n_left = SIZE_MAX;
        assert_int_equal(feed_forget(&f, 999999999, 100, NULL), TRAWL_OK);
        assert_int_equal(f.n_forgotten, 1);
        feed_fini(&f);
    }
}

/* A connection that an analyzer counts ends for good while there is no memory for that, of an
 * endpoint that nothing was counted of yet: what the connection held is given back all the same. */
static void test_no_memory_for_the_end(void **state)
{
    static struct analysis analysis = {.state_bytes = 16};
    const struct plan plan = {.analysis = &analysis};
    struct packets p = first_part();
    struct feed f = {0};
    int more;

    (void)state;
    n_held = 0;
    p.seq[2] = 5000; /* leaves out bytes that may still come */
    p.len[2] = 10;
    assert_int_equal(
        feed_take(NULL, &plan, &f, (trawl_table *)(void *)&p, 0, INT64_MAX, 1000, &more, NULL),
        TRAWL_OK);
    assert_non_null(f.connections[0].session.holes[1]);
    numbers_fini(&f.endpoints[0].numbers);
    p.n = 0;
    n_left = 2; /* for connections under their new numbers */
    assert_int_equal(
        feed_take(NULL, &plan, &f, (trawl_table *)(void *)&p, 4, INT64_MAX, 1000, &more, NULL),
        TRAWL_OK);
    n_left = SIZE_MAX;
    assert_int_equal(f.n_short, 1);
    feed_fini(&f);
    assert_int_equal(n_held, 0);
}

/* 2 s for half of the packets: 4 s, in which 1,200,000 would come, or 400,000. */
static void test_what_takes_too_long_waits(void **state)
{
    static const char *const names[] = {[BY_SNI] = "sni"};
    static struct live live;
    struct live_wish wish = {.by = BY_SNI};

    (void)state;
    n_said = 0;
    live = (struct live){.by_names = names,
                         .again_ns = INT64_C(2000000000),
                         .again_rows = 1000,
                         .feed = {.n_done = 2000},
                         .state = {.grows = 1, .rate = 300000},
                         .snapshot = {.table = (trawl_table *)(void *)&live, .by = BY_SNI}};
    assert_int_equal(live_rows(NULL, &live, &wish, NULL), TRAWL_OK);
    assert_int_equal(live_rows(NULL, &live, &wish, NULL), TRAWL_OK);
    assert_int_equal(live.is_late, 1);
    assert_int_equal(n_said, 1);
    live.state.rate = 100000;
    assert_int_equal(live_rows(NULL, &live, &wish, NULL), TRAWL_E_NOT_FOUND);
    assert_int_equal(live.is_late, 0);
    live.state.rate = 300000;
    wish.by = BY_ADDRESS; /* made of what the feed has */
    assert_int_equal(live_rows(NULL, &live, &wish, NULL), TRAWL_E_NOT_FOUND);
    assert_int_equal(n_said, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_let_go),
        cmocka_unit_test(test_packets_that_are_not_there_again),
        cmocka_unit_test(test_all_packets_let_go),
        cmocka_unit_test(test_idle_endpoints_are_forgotten),
        cmocka_unit_test(test_what_takes_too_long_waits),
        cmocka_unit_test(test_a_clock_that_stands_still),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_no_memory_for_the_end),
    };

    return cmocka_run_group_tests(tests, set_host, NULL);
}
