/* Network and transport headers in the walk: options, extension headers, fragments, damage, and the
 * packets that errors quote. */
#include "frame_builder.h"

enum { ETHERNET = 1, RAW = 101 };

static void options_lengthen_the_header(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip;

    (void)state;
    ip = put_ipv4(&f, 17);
    f.b[0] = 0x46;
    put_bytes(&f, "\x94\4\0\0", 4); /* router alert */
    end_udp(&f, put_udp(&f, 1, 2));
    end_ipv4(&f, ip);
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ip udp");
    assert_int_equal(frame.layers[2].header_len, 24);
    assert_int_equal(frame.layers[3].offset, 24);
}

static void extension_headers_are_walked(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_ipv6(&f, 0);
    put_bytes(&f, "\x2b\0\1\4\0\0\0\0", 8); /* hop-by-hop, then routing */
    put_bytes(&f, "\x3c\0\0\0\0\0\0\0", 8); /* routing, then destination options */
    put_bytes(&f, "\x2c\1\1\x0c\0\0\0\0\0\0\0\0\0\0\0\0", 16); /* 16 bytes, then fragment */
    put_bytes(&f, "\x33\0\0\0\0\0\0\1", 8);                    /* atomic fragment, then AH */
    put_bytes(&f, "\6\1\0\0\0\0\0\1\0\0\0\1", 12);             /* AH without ICV, then TCP */
    put_tcp(&f, 0, 0);
    end_ipv6(&f, 0);
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ipv6 ipv6.hopopts ipv6.routing ipv6.dstopts "
                                           "ipv6.fraghdr ah tcp");
    assert_int_equal(frame.proto, 6);
    assert_int_equal(frame.flags, TW_FRAME_IPV6);
    assert_int_equal(frame.layers[frame.i_transport].offset, 40 + 8 + 8 + 16 + 8 + 12);
}

static void extension_headers_are_bounded(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_ipv6(&f, 60);
    for (int i = 0; i < 40; i++)
        put_bytes(&f, "\x3c\0\1\4\0\0\0\0", 8);
    end_ipv6(&f, 0);
    walk(&frame, &f, RAW);
    assert_int_equal(frame.n_layers, 3 + 32); /* frame, raw, ipv6 and the headers */
    assert_string_equal(frame.malformed, "too many extension headers");
}

static void esp_ends_the_walk(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 50);

    (void)state;
    put_zeros(&f, 40);
    end_ipv4(&f, ip);
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ip esp");
    assert_int_equal(frame.proto, 50);
    assert_int_equal(frame.i_transport, 0);
}

static void fragments_have_no_transport(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 17);

    (void)state;
    put_udp(&f, 1, 2);
    put_zeros(&f, 16);
    end_ipv4(&f, ip);
    set16(&f, 6, 0x2000); /* more fragments */
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ip data");
    assert_int_equal(frame.flags, TW_FRAME_IPV4 | TW_FRAME_FRAGMENT);
    assert_int_equal(frame.fragment.id, 0x1234);
    assert_int_equal(frame.fragment.at, 20);
    assert_int_equal(frame.fragment.len, 24);
    assert_true(frame.fragment.more);

    set16(&f, 6, 3); /* the last, 24 bytes into its datagram */
    walk(&frame, &f, RAW);
    assert_int_equal(frame.flags, TW_FRAME_IPV4 | TW_FRAME_FRAGMENT | TW_FRAME_LATER);
    assert_int_equal(frame.fragment.offset, 24);
    assert_false(frame.fragment.more);

    /* A first fragment that was cut cannot be put together: its ports are what there is. */
    set16(&f, 6, 0x2000);
    tw_frame_walk(&frame, f.b, f.n - 4, f.n, RAW, 0);
    assert_string_equal(layers_of(&frame), "raw ip udp");
    assert_int_equal(frame.fragment.len, 0);
}

static void a_whole_datagram_shows_its_transport(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 17);

    (void)state;
    end_ipv4(&f, ip); /* the last fragment's own header, 8 bytes of payload */
    set16(&f, 2, 28);
    set16(&f, 6, 3);
    end_udp(&f, put_udp(&f, 1, 2));
    put_zeros(&f, 24);
    set16(&f, 24, 32);
    tw_frame_walk_whole(&frame, f.b, f.n, RAW, 0);
    assert_string_equal(layers_of(&frame), "raw ip udp");
    assert_int_equal(frame.flags,
                     TW_FRAME_IPV4 | TW_FRAME_FRAGMENT | TW_FRAME_LATER | TW_FRAME_WHOLE);
    assert_int_equal(frame.layers[3].len, 32);
    set16(&f, 6, 0x2000); /* the first one completes it */
    tw_frame_walk_whole(&frame, f.b, f.n, RAW, 0);
    assert_int_equal(frame.flags, TW_FRAME_IPV4 | TW_FRAME_FRAGMENT | TW_FRAME_WHOLE);
}

static void length_zero_is_the_frames(void **state)
{
    struct build f = {0}, six = {0};
    struct tw_frame frame;

    (void)state;
    put_ipv4(&f, 6); /* total length 0: segmentation offload */
    put_tcp(&f, 0, 100);
    walk(&frame, &f, RAW);
    assert_null(frame.malformed);
    assert_int_equal(frame.layers[frame.i_transport].len, 120);

    put_ipv6(&six, 6);
    put_tcp(&six, 0, 100);
    walk(&frame, &six, RAW);
    assert_null(frame.malformed);
    assert_int_equal(frame.layers[frame.i_transport].len, 120);
}

static void damaged_headers(void **state)
{
    static const struct {
        uint32_t at;
        uint8_t value;
        const char *what, *layers;
        uint32_t malformed_at;
    } cases[] = {
        {0, 0x44, "IPv4 header length below 20", "raw ip", 0},
        {3, 19, "IPv4 total length below its header", "raw ip", 2},
        {3, 200, "IPv4 total length beyond the packet", "raw ip tcp", 2},
        {32, 0x40, "TCP header length below 20", "raw ip tcp", 32},
        {32, 0xf0, "TCP header longer than its segment", "raw ip tcp", 32},
    };

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct build f = {0};
        struct tw_frame frame;
        uint32_t ip = put_ipv4(&f, 6);

        put_tcp(&f, 0, 4);
        end_ipv4(&f, ip);
        f.b[cases[i].at] = cases[i].value;
        walk(&frame, &f, RAW);
        assert_string_equal(layers_of(&frame), cases[i].layers);
        assert_non_null(frame.malformed);
        assert_string_equal(frame.malformed, cases[i].what);
        assert_int_equal(frame.malformed_at, cases[i].malformed_at);
        assert_true(frame.flags & TW_FRAME_MALFORMED);
    }
}

static void udp_length_below_eight_has_no_stream(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 17), udp = put_udp(&f, 1, 2);

    (void)state;
    end_ipv4(&f, ip);
    set16(&f, udp + 4, 7);
    walk(&frame, &f, RAW);
    assert_true(frame.flags & TW_FRAME_NO_STREAM);
    assert_string_equal(frame.malformed, "UDP length below 8");
}

/* Cut at every byte: no layer beyond what was captured, never malformed, and the ports from 24 on.
 */
static void cut_headers_are_truncated_not_malformed(void **state)
{
    struct build f = {0};
    uint32_t ip = put_ipv4(&f, 6);

    (void)state;
    put_tcp(&f, 12, 0);
    end_ipv4(&f, ip);
    for (uint32_t n = 0; n < f.n; n++) {
        struct tw_frame frame;

        tw_frame_walk(&frame, f.b, n, f.n, RAW, 0);
        assert_null(frame.malformed);
        assert_true(frame.flags & TW_FRAME_TRUNCATED);
        assert_int_equal(frame.i_network != 0, n >= 20);
        assert_int_equal(frame.i_transport != 0, n >= 24);
        /* Without the window tshark sees no conversation. */
        assert_int_equal((frame.flags & TW_FRAME_NO_STREAM) != 0, n >= 24 && n < 36);
    }
}

static void fcs_is_not_payload(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_eth(&f, 0x0800);
    put_ipv4(&f, 6); /* length 0, so that the frame's end counts */
    put_tcp(&f, 0, 0);
    put_zeros(&f, 4);
    tw_frame_walk(&frame, f.b, f.n, f.n, ETHERNET, 4);
    assert_int_equal(frame.layers[frame.i_transport].len, 20);
    /* A link without one, though the interface claims it: nothing is cut off, as in tshark. */
    tw_frame_walk(&frame, f.b + 14, f.n - 14, f.n - 14, RAW, 4);
    assert_int_equal(frame.layers[frame.i_transport].len, 24);
}

/* The packet with the last fragment ends where its headers say, the datagram does not: PPPoE and an
 * outer IPv4 and IPv6 header. */
static void headers_around_a_datagram_do_not_end_it(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t inner, udp;

    (void)state;
    put_eth(&f, 0x8864);
    put_bytes(&f, "\x11\0\0\7\0\x5a\0\x21", 8); /* 90 bytes: PPP, three headers, 8 bytes of UDP */
    set16(&f, put_ipv4(&f, 41) + 2, 20 + 40 + 28);
    set16(&f, put_ipv6(&f, 4) + 4, 28);
    inner = put_ipv4(&f, 17);
    udp = put_udp(&f, 1, 2);
    put_zeros(&f, 300);
    end_udp(&f, udp);
    set16(&f, inner + 2, 28);
    set16(&f, inner + 6, 0x00b9); /* the last one */
    tw_frame_walk_whole(&frame, f.b, f.n, ETHERNET, inner);
    assert_string_equal(layers_of(&frame), "eth pppoe ppp ip ipv6 ip udp");
    assert_int_equal(frame.layers[frame.i_transport].len, 308);
    assert_null(frame.malformed);
    tw_frame_walk(&frame, f.b, f.n, f.n, ETHERNET, 0);
    assert_int_equal(frame.layers[frame.n_layers - 1].len, 8);
}

static void errors_quote_packets(void **state)
{
    struct build f = {0}, six = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 1);

    (void)state;
    put_bytes(&f, "\3\3\0\0\0\0\0\0", 8); /* port unreachable */
    put_ipv4(&f, 17);
    set16(&f, 28 + 2, 500); /* the quoted packet was longer than what is left of it */
    put_udp(&f, 1, 2);
    end_ipv4(&f, ip);
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ip icmp ip? udp?");
    assert_null(frame.malformed);
    assert_int_equal(frame.i_network, 2);
    assert_int_equal(frame.i_transport, 3);
    assert_int_equal(frame.proto, 1);
    assert_int_equal(frame.flags, TW_FRAME_IPV4 | TW_FRAME_QUOTED);

    put_ipv6(&six, 58);
    put_bytes(&six, "\1\4\0\0\0\0\0\0", 8);
    put_ipv6(&six, 6);
    put_tcp(&six, 0, 0);
    end_ipv6(&six, 0);
    walk(&frame, &six, RAW);
    assert_string_equal(layers_of(&frame), "raw ipv6 icmpv6 ipv6? tcp?");
    assert_true(frame.flags & TW_FRAME_QUOTED);
}

/* An ICMPv4 error that quotes a whole TCP header: the layers, with the length of the last. */
static uint32_t quoted_length(const char *error, unsigned total)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 1);

    put_bytes(&f, error, 8);
    put_ipv4(&f, 6);
    set16(&f, 28 + 2, total);
    put_tcp(&f, 0, 200);
    end_ipv4(&f, ip);
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ip icmp ip? tcp?");
    return frame.layers[5].len;
}

/* RFC 792: a redirect quotes 8 bytes of the datagram. RFC 4884: an error may say in words of four
 * bytes how much it quotes; tshark adds the length of the quoted header to that. */
static void what_is_quoted_has_an_end(void **state)
{
    (void)state;
    assert_int_equal(quoted_length("\3\3\0\0\0\0\0\0", 240), 220);
    assert_int_equal(quoted_length("\5\1\0\0\0\0\0\0", 240), 8);
    assert_int_equal(quoted_length("\x0b\0\0\0\0\x20\0\0", 240), 128);
    assert_int_equal(quoted_length("\x0b\0\0\0\0\x20\0\0", 128), 108); /* not longer than that */
}

/* Segments of 20 bytes that claim headers of 16, 20 and 24. */
static void headers_of_tcp_that_cannot_be_are_told(void **state)
{
    static const unsigned flags[] = {TW_FRAME_BOGUS | TW_FRAME_MALFORMED, 0,
                                     TW_FRAME_UNMEASURED | TW_FRAME_MALFORMED};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct build f = {0};
        struct tw_frame frame;
        uint32_t ip = put_ipv4(&f, 6);

        put_tcp(&f, 0, 0);
        f.b[20 + 12] = (uint8_t)((4 + i) << 4);
        end_ipv4(&f, ip);
        walk(&frame, &f, RAW);
        assert_int_equal(frame.flags, TW_FRAME_IPV4 | flags[i]);
    }
}

static void redirects_may_hold_a_packet(void **state)
{
    struct build f = {0};

    (void)state;
    put_ipv6(&f, 58);
    put_bytes(&f, "\x89\0\0\0\0\0\0\0", 8);
    put_zeros(&f, 32);                    /* target and destination */
    put_bytes(&f, "\2\1\2\0\0\0\0\1", 8); /* a link address */
    put_bytes(&f, "\4\7\0\0\0\0\0\0", 8); /* redirected header: 56 bytes with these */
    put_ipv6(&f, 17);
    end_udp(&f, put_udp(&f, 1, 2));
    end_ipv6(&f, 0);
    expect_layers(&f, RAW, "raw ipv6 icmpv6 ipv6? udp?");
}

static void other_transports(void **state)
{
    static const struct {
        unsigned proto;
        const char *bytes;
        uint32_t n;
        const char *layers;
        uint32_t header_len;
    } cases[] = {
        {132, "\0\1\0\2VTAGCSUM\0\0\0\4", 16, "raw ip sctp", 12},
        {33, "\0\1\0\2\4\0\0\0\1\0\0\0\0\0\0\1", 16, "raw ip dccp", 16},
        {136, "\0\1\0\2\0\x08\0\0", 8, "raw ip udplite", 8},
        {2, "\x16\0\0\0\xe0\0\0\1", 8, "raw ip igmp", 8},
        {1, "\x08\0\0\0\0\1\0\2", 8, "raw ip icmp", 8},
        {89, "\2\1\0\x10", 4, "raw ip data", 0},
    };

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct build f = {0};
        struct tw_frame frame;
        uint32_t ip = put_ipv4(&f, cases[i].proto);

        put_bytes(&f, cases[i].bytes, cases[i].n);
        end_ipv4(&f, ip);
        expect_layers(&f, RAW, cases[i].layers);
        walk(&frame, &f, RAW);
        assert_int_equal(frame.layers[3].header_len, cases[i].header_len);
        assert_int_equal(frame.proto, cases[i].proto);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_lengthen_the_header),
        cmocka_unit_test(extension_headers_are_walked),
        cmocka_unit_test(extension_headers_are_bounded),
        cmocka_unit_test(esp_ends_the_walk),
        cmocka_unit_test(fragments_have_no_transport),
        cmocka_unit_test(a_whole_datagram_shows_its_transport),
        cmocka_unit_test(length_zero_is_the_frames),
        cmocka_unit_test(damaged_headers),
        cmocka_unit_test(udp_length_below_eight_has_no_stream),
        cmocka_unit_test(cut_headers_are_truncated_not_malformed),
        cmocka_unit_test(fcs_is_not_payload),
        cmocka_unit_test(headers_around_a_datagram_do_not_end_it),
        cmocka_unit_test(errors_quote_packets),
        cmocka_unit_test(what_is_quoted_has_an_end),
        cmocka_unit_test(headers_of_tcp_that_cannot_be_are_told),
        cmocka_unit_test(redirects_may_hold_a_packet),
        cmocka_unit_test(other_transports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
