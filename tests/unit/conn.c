/* MPTCP connections out of packets that are written down here, on a host that has only these. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "digest.h"
#include "mptcp_script.h"
#include "reinjection.h"
#include <cmocka.h>

static int begin(void **state)
{
    (void)state;
    memset(&script, 0, sizeof(script));
    host = &script_host;
    return 0;
}

static struct model built(unsigned wants)
{
    struct model m = {0};

    assert_int_equal(model_build(&m, NULL, NULL, wants, NULL), TRAWL_OK);
    return m;
}

/* ---- options ---- */

static size_t put(uint8_t *p, uint64_t value, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(value >> 8 * (n - 1 - i));
    return n;
}

/* MP_CAPABLE of version 1: with 0, 1 or 2 keys. */
static void capable(uint32_t stream, int reverse, unsigned flags, uint64_t key, uint64_t other)
{
    uint8_t o[32] = {30, 4, 0x01, 0x01};
    size_t n = 4;

    if (key)
        n += put(o + n, key, 8);
    if (other)
        n += put(o + n, other, 8);
    o[1] = (uint8_t)n;
    packet(stream, reverse, flags, flags & TCP_SYN ? 0 : 1, 0, o, n);
}

/* MP_JOIN of a SYN. */
static void join(uint32_t stream, uint32_t token)
{
    uint8_t o[12] = {30, 12, 0x10, 1};

    put(o + 4, token, 4);
    packet(stream, 0, TCP_SYN, 0, 0, o, sizeof(o));
}

enum { MAP4 = MP_DSS_MAP, MAP8 = MP_DSS_MAP | MP_DSS_DSN8, FIN = MP_DSS_FIN };

/* Data with its mapping. */
static void data(uint32_t stream, int reverse, uint32_t seq, uint32_t len, unsigned flags,
                 uint64_t dsn, uint32_t ssn, unsigned length)
{
    uint8_t o[32] = {30, 0, 0x20, (uint8_t)flags};
    size_t n = 4;

    n += put(o + n, dsn, flags & MP_DSS_DSN8 ? 8 : 4);
    n += put(o + n, ssn, 4);
    n += put(o + n, length, 2);
    o[1] = (uint8_t)n;
    packet(stream, reverse, TCP_ACK, seq, len, o, n);
}

static void data_ack(uint32_t stream, int reverse, unsigned flags, uint64_t ack)
{
    uint8_t o[16] = {30, 0, 0x20, (uint8_t)flags};
    size_t n = 4 + put(o + 4, ack, flags & MP_DSS_ACK8 ? 8 : 4);

    o[1] = (uint8_t)n;
    packet(stream, reverse, TCP_ACK, 1, 0, o, n);
}

/* Two keys; unit conn_parts checks what digest_mptcp() makes of them. */
enum { CLIENT_KEY = 0x1011, SERVER_KEY = 0x2021 };

static uint64_t first_of(uint64_t key)
{
    uint32_t token;
    uint64_t idsn;

    assert_int_equal(digest_mptcp(1, key, &token, &idsn), 1);
    return idsn + 1;
}

/* A connection on stream 0 and a second subflow, stream 1, that its client opens. */
static void two_paths(void)
{
    uint32_t token;
    uint64_t idsn;

    capable(0, 0, TCP_SYN, 0, 0);
    capable(0, 1, TCP_SYN | TCP_ACK, SERVER_KEY, 0);
    capable(0, 0, TCP_ACK, CLIENT_KEY, SERVER_KEY);
    assert_int_equal(digest_mptcp(1, SERVER_KEY, &token, &idsn), 1);
    join(1, token);
}

/* ---- what packets carry ---- */

static void bytes_again_on_another_path_are_a_reinjection(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 100);         /* 4: bytes 1..100 on stream 0 */
    data(1, 0, 1, 60, MAP8, d + 50, 1, 60);      /* 5: 51..110 on stream 1: 50 of them again */
    data(1, 0, 61, 40, MAP8, d + 110, 61, 40);   /* 6: 111..150, new */
    data(1, 0, 1, 60, MAP8, d + 50, 1, 60);      /* 7: packet 5 again: sent on both before */
    data(0, 0, 101, 10, MAP8, d + 150, 101, 10); /* 8: 151..160, new */
    data(0, 0, 101, 10, MAP8, d + 150, 101, 10); /* 9: packet 8 again, never elsewhere */
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct carry *c = &m.carries[i];
        static const uint32_t dsn[] = {1, 51, 111, 51, 151, 151}, seen[] = {0, 50, 0, 60, 0, 10};
        static const uint32_t first[] = {NONE32, 4, NONE32, 4, NONE32, 8};
        static const uint8_t reinjected[] = {0, 1, 0, 1, 0, 0}, resent[] = {0, 0, 0, 1, 0, 1};

        assert_int_equal(c->row, 4 + i);
        assert_int_equal(model_relative(&m.connections[0].side[1], c->dsn), dsn[i]);
        assert_int_equal(c->seen, seen[i]);
        assert_int_equal(c->first_row, first[i]);
        assert_int_equal(c->reinjection, reinjected[i]);
        assert_int_equal(c->retransmission, resent[i]);
    }
    assert_int_equal(m.carries[1].first_flow, 0);
    assert_int_equal(m.carries[5].first_flow, 0);
    model_fini(&m);
}

/* Packet 5 carries 51..110, of which 4 carried 51..100 on the other subflow; 6 carries 91..120:
 * both did, 5 on its own subflow. 7 is the first subflow again: 5 and 6 are on the other one. */
static void pairs_of_packets_that_share_bytes(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    static const struct again pairs[] = {{5, 4}, {6, 4}, {7, 5}, {7, 6}};
    struct reinjections r;
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 100);
    data(1, 0, 1, 60, MAP8, d + 50, 1, 60);
    data(1, 0, 61, 30, MAP8, d + 90, 61, 30);
    data(0, 0, 1, 100, MAP8, d, 1, 100);
    data(0, 0, 101, 100, MAP8, d + 120, 101, 100); /* new */
    m = built(WANT_CARRIES);
    assert_int_equal(reinjections_find(&m, &r), 1);
    assert_int_equal(r.n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(r.items[i].row, pairs[i].row);
        assert_int_equal(r.items[i].original, pairs[i].original);
    }
    assert_int_equal(m.carries[2].seen, 20);   /* 91..110 */
    assert_int_equal(m.carries[2].resent, 20); /* all of these by packet 5 */
    assert_int_equal(m.carries[3].resent, 100);
    reinjections_fini(&r);
    model_fini(&m);
}

/* A card cut a segment of 300 bytes in three: each packet has the mapping of all, or none. */
static void cut_segment_is_followed_through_its_mapping(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 300);
    data(0, 0, 101, 100, MAP8, d, 1, 300);
    packet(0, 0, TCP_ACK, 201, 100, NULL, 0);
    packet(0, 0, TCP_ACK, 301, 100, NULL, 0); /* nothing maps this */
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(m.carries[i].dsn - m.carries[0].dsn, 100 * i);
        assert_int_equal(m.carries[i].length, 100);
        assert_int_equal(m.carries[i].seen, 0);
        assert_int_equal(m.carries[i].map_row, 4);
        assert_int_equal(m.carries[i].map_length, 300);
    }
    model_fini(&m);
}

static void one_packet_may_carry_bytes_of_two_mappings(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 0, MAP8, d, 1, 30);           /* announced before its data: length 0 */
    data(0, 0, 1, 50, MAP8, d + 1000, 31, 100); /* 30 bytes of the first, 20 of its own */
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 3);
    assert_int_equal(m.carries[0].length, 0);
    assert_int_equal(m.carries[1].length, 30);
    assert_int_equal(model_relative(&m.connections[0].side[1], m.carries[1].dsn), 1);
    assert_int_equal(m.carries[2].length, 20);
    assert_int_equal(model_relative(&m.connections[0].side[1], m.carries[2].dsn), 1001);
    assert_int_equal(m.carries[2].ssn, 31);
    model_fini(&m);
}

/* Numbers of 32 bits go past 2^32, then past 2^64 with 64 bits; nothing is counted twice. */
static void numbers_wrap(void **state)
{
    struct model m;

    (void)state;
    packet(0, 0, TCP_SYN, 0, 0, NULL, 0);
    data(0, 0, 1, 100, MAP4, 0xffffffceu, 1, 100); /* the first half below 2^32 */
    data(0, 0, 101, 100, MAP4, 50, 101, 100);      /* right behind it */
    data(0, 0, 201, 100, MAP8, UINT64_MAX - 0xffffffffu + 150, 201, 100); /* now all 64 bits */
    data(0, 0, 301, 100, MAP4, 250, 301, 100);
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(model_relative(&m.connections[0].side[0], m.carries[i].dsn), 1 + 100 * i);
        assert_int_equal(m.carries[i].seen, 0);
    }
    /* 0xffffffff 00000096 is the third one; the first one lies 200 below it */
    assert_int_equal(model_raw(&m.connections[0].side[0], m.carries[0].dsn), 0xfffffffeffffffceu);
    model_fini(&m);

    begin(state);
    packet(0, 0, TCP_SYN, 0, 0, NULL, 0);
    data(0, 0, 1, 100, MAP8, UINT64_MAX - 49, 1, 100); /* ends at 2^64 + 50 */
    data(0, 0, 101, 100, MAP8, 50, 101, 100);
    data(1, 0, 1, 50, MAP8, 0, 1, 50); /* another connection: no token, no key */
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_connections, 2);
    assert_int_equal(m.carries[1].seen, 0);
    assert_int_equal(model_relative(&m.connections[0].side[0], m.carries[1].dsn), 101);
    assert_int_equal(m.carries[2].seen, 0);
    model_fini(&m);
}

/* The capture begins in the middle: tcp.seq counts from the first packet, mappings from the SYN. */
static void capture_from_the_middle(void **state)
{
    struct model m;

    (void)state;
    data(0, 0, 1, 100, MAP8, 7000, 4900, 200);   /* a card cut: the second half of the mapping */
    data(0, 0, 101, 100, MAP8, 7200, 5100, 100); /* so tcp.seq 101 is 5100, and 1 was 5000 */
    data(0, 0, 201, 100, MAP8, 7300, 5200, 100);
    data(0, 0, 101, 100, MAP8, 7200, 5100, 100);
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 4);
    assert_int_equal(m.carries[1].dsn, 7200);
    assert_int_equal(m.carries[2].dsn, 7300);
    assert_int_equal(m.carries[3].dsn, 7200);
    assert_int_equal(m.carries[3].seen, 100);
    assert_int_equal(m.carries[3].retransmission, 1);
    model_fini(&m);
}

/* A DATA_FIN takes one number, but is no byte. */
static void data_fin(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 10, MAP8 | FIN, d, 1, 11);
    data(1, 0, 1, 0, MAP8 | FIN, d + 10, 0, 1);
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 2);
    assert_int_equal(m.carries[0].length, 10);
    assert_int_equal(m.carries[0].map_length, 10);
    assert_int_equal(m.carries[0].fin, 1);
    assert_int_equal(m.carries[1].length, 0);
    assert_int_equal(m.carries[1].fin, 1);
    assert_int_equal(m.carries[1].seen, 0);
    model_fini(&m);
}

/* After an infinite mapping (length 0) all bytes from its start on are mapped. */
static void infinite_mapping(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 100);
    data(0, 0, 101, 100, MAP8, d + 100, 101, 0);
    packet(0, 0, TCP_ACK, 201, 100, NULL, 0);
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 3);
    assert_int_equal(model_relative(&m.connections[0].side[1], m.carries[2].dsn), 201);
    assert_int_equal(m.carries[2].length, 100);
    assert_int_equal(m.carries[2].map_row, 5);
    model_fini(&m);
}

static void data_acks_count_what_is_new(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data_ack(0, 1, MP_DSS_ACK | MP_DSS_ACK8, d + 100); /* bytes 1..100 */
    data_ack(0, 1, MP_DSS_ACK, (uint32_t)(d + 250));   /* 32 bits: 150 more */
    data_ack(0, 1, MP_DSS_ACK, (uint32_t)(d + 200));   /* an older one */
    data_ack(0, 1, MP_DSS_ACK | MP_DSS_ACK8, d + 300);
    m = built(WANT_ACKS);
    assert_int_equal(m.n_acks, 4);
    for (size_t i = 0; i < 4; i++) {
        static const uint32_t ack[] = {101, 251, 201, 301}, acked[] = {100, 150, 0, 50};

        assert_int_equal(model_relative(&m.connections[0].side[1], m.acks[i].ack), ack[i]);
        assert_int_equal(m.acks[i].acked, acked[i]);
        assert_int_equal(m.acks[i].window, 1000);
    }
    model_fini(&m);
}

/* ---- what is forbidden ---- */

static void rule_is(const struct model *m, size_t i, enum rule rule, uint32_t row, uint64_t n,
                    uint64_t a, uint64_t b)
{
    assert_in_range(i + 1, 1, m->n_problems);
    assert_int_equal(m->problems[i].rule, rule);
    assert_int_equal(m->problems[i].row, row);
    assert_int_equal(m->problems[i].n, n);
    assert_int_equal(m->problems[i].a, a);
    assert_int_equal(m->problems[i].b, b);
}

static void mappings_that_disagree(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 100);
    data(0, 0, 51, 100, MAP8, d + 50, 51, 100); /* agrees where they meet */
    data(0, 0, 51, 100, MAP8, d + 60, 51, 100); /* 51 was data number 51 */
    data(0, 0, 51, 100, MAP8, d + 70, 51, 100); /* counted, not told again */
    data(0, 0, 151, 10, MAP8 | FIN, d + 150, 151, 11);
    data(0, 0, 161, 10, MAP8, d + 160, 161, 10); /* behind the DATA_FIN, which is number 161 */
    packet(0, 0, TCP_ACK, 171, 7, NULL, 0);      /* no mapping, and none comes */
    packet(0, 0, TCP_ACK, 178, 7, NULL, 0);      /* one comes later */
    data(0, 0, 178, 7, MAP8, d + 100, 178, 7);
    m = built(WANT_CARRIES | WANT_PROBLEMS);
    assert_int_equal(m.n_problems, 3);
    rule_is(&m, 0, RULE_MAPPING_CHANGED, 6, 4, 61, 51); /* two of its bytes are looked at */
    rule_is(&m, 1, RULE_AFTER_FIN, 9, 1, 171, 161);
    rule_is(&m, 2, RULE_UNMAPPED, 10, 1, 7, 0);
    /* the first mapping counts: it was declared */
    assert_int_equal(m.carries[1].row, 5);
    assert_int_equal(m.carries[1].length, 100); /* its own mapping, though an older one has half */
    assert_int_equal(m.carries[2].row, 6);
    assert_int_equal(m.carries[2].dsn, m.carries[1].dsn);
    model_fini(&m);
}

/* A mapping 2^31 away does not move the place where numbers are; two that follow each other do. */
static void a_lie_far_away_changes_nothing(void **state)
{
    const uint64_t d = first_of(CLIENT_KEY);
    struct model m;

    (void)state;
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 100);
    data(0, 0, 101, 10, MAP8, d + 100, 0x90000001, 10); /* the packet's own bytes have none */
    packet(0, 0, TCP_ACK, 1, 100, NULL, 0);             /* the first again */
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 3);
    assert_int_equal(m.carries[1].length, 0);
    assert_int_equal(m.carries[2].dsn, m.carries[0].dsn);
    assert_int_equal(m.carries[2].resent, 100);
    model_fini(&m);

    begin(state);
    two_paths();
    data(0, 0, 1, 100, MAP8, d, 1, 100);
    data(0, 0, 0x60000001, 10, MAP8, d + 100, 0x60000001, 10);
    data(0, 0, 0x6000000b, 10, MAP8, d + 110, 0x6000000b, 10);
    data(0, 0, 0xc000000b, 10, MAP8, d + 120, 0xc000000b, 10);
    data(0, 0, 0xc0000015, 10, MAP8, d + 130, 0xc0000015, 10);
    data(0, 0, 1, 10, MAP8, d + 140, 1, 10); /* come around: not the first mapping's */
    m = built(WANT_CARRIES);
    assert_int_equal(m.n_carries, 6);
    assert_int_equal(m.carries[5].dsn - m.carries[0].dsn, 140);
    model_fini(&m);
}

/* RFC 1071 by hand. Mapping of 3 bytes 01 02 03 at number 0x10, subflow number 1: words 0010 + 0001
 * + 0003 (length) + 0102 + 0300 = 0416, so the checksum is 0xfbe9. It comes in packets of 1 and 2
 * bytes: sums 0100 and 0203. */
static void checksum_over_two_packets(void **state)
{
    for (unsigned wrong = 0; wrong < 2; wrong++) {
        uint8_t o[32] = {30, 20, 0x20, MAP8};
        struct model m;

        begin(state);
        put(o + 4, 0x10, 8);
        put(o + 12, 1, 4);
        put(o + 16, 3, 2);
        put(o + 18, 0xfbe9 + wrong, 2);
        packet(0, 0, TCP_SYN, 0, 0, NULL, 0);
        packet(0, 0, TCP_ACK, 1, 1, o, 20);
        script.payload_sum[1] = 0x0100;
        packet(0, 0, TCP_ACK, 2, 2, o, 20);
        script.payload_sum[2] = 0x0203;
        packet(0, 0, TCP_ACK, 1, 1, o, 20); /* again: not summed twice */
        script.payload_sum[3] = 0x0100;
        m = built(WANT_CARRIES | WANT_PROBLEMS);
        assert_int_equal(m.n_carries, 3);
        assert_int_equal(m.n_problems, wrong);
        if (wrong)
            rule_is(&m, 0, RULE_CHECKSUM, 2, 1, 1, 0); /* 0xffff + 1 folds to 1 */
        model_fini(&m);
    }
}

#define T(f) cmocka_unit_test_setup(f, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(bytes_again_on_another_path_are_a_reinjection),
        T(pairs_of_packets_that_share_bytes),
        T(cut_segment_is_followed_through_its_mapping),
        T(one_packet_may_carry_bytes_of_two_mappings),
        T(numbers_wrap),
        T(capture_from_the_middle),
        T(data_fin),
        T(infinite_mapping),
        T(data_acks_count_what_is_new),
        T(mappings_that_disagree),
        T(a_lie_far_away_changes_nothing),
        T(checksum_over_two_packets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
