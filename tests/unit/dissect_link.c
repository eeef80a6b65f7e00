/* Link types, tags and tunnels: which layers the walk finds. */
#include "frame_builder.h"

enum {
    ETHERNET = 1,
    PPP = 9,
    FDDI = 10,
    RAW = 101,
    PPP_ETHER = 51,
    CHDLC = 104,
    WLAN = 105,
    FRAME_RELAY = 107,
    LOOP = 108,
    SLL = 113,
    RADIOTAP = 127,
    PPI = 192,
    IPV4 = 228,
    IPV6 = 229,
    NFLOG = 239,
    JUNIPER = 178,
    PFLOG = 117,
    IPOIB = 242,
    SLL2 = 276
};

static void add_ip_tcp(struct build *f)
{
    uint32_t ip = put_ipv4(f, 6);

    put_tcp(f, 0, 4);
    end_ipv4(f, ip);
}

static void ethernet_carries_ip(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_eth(&f, 0x0800);
    add_ip_tcp(&f);
    put_zeros(&f, 2); /* padding to 60 bytes is not of the packet */
    walk(&frame, &f, ETHERNET);
    assert_string_equal(layers_of(&frame), "eth ip tcp");
    assert_int_equal(frame.i_network, 2);
    assert_int_equal(frame.i_transport, 3);
    assert_int_equal(frame.flags, TW_FRAME_IPV4);
    assert_int_equal(frame.proto, 6);
    assert_int_equal(frame.layers[3].offset, 34);
    assert_int_equal(frame.layers[3].header_len, 20);
    assert_int_equal(frame.layers[3].len, 24);
    assert_int_equal(frame.layers[3].cap_len, 24);
}

static void links_without_ethernet(void **state)
{
    static const struct {
        uint32_t link_type;
        const char *header;
        uint32_t n;
        const char *layers;
    } cases[] = {
        {RAW, "", 0, "raw ip tcp"},
        {12, "", 0, "raw ip tcp"},
        {14, "", 0, "raw ip tcp"},
        {IPV4, "", 0, "ip tcp"},
        {0, "\2\0\0\0", 4, "null ip tcp"}, /* family 2, little-endian machine */
        {0, "\0\0\0\2", 4, "null ip tcp"}, /* the same, big-endian */
        {LOOP, "\0\0\0\2", 4, "null ip tcp"},
        {0, "\xff\x03\0\x21", 4, "ppp ip tcp"}, /* PPP under the wrong name */
        {PPP, "\xff\x03\0\x21", 4, "ppp ip tcp"},
        {PPP, "\0\x21", 2, "ppp ip tcp"},
        {50, "\x21", 1, "ppp ip tcp"}, /* protocol field compressed */
        {PPP, "\x0f\0\x08\0", 4, "ppp chdlc ip tcp"},
        {CHDLC, "\x0f\0\x08\0", 4, "chdlc ip tcp"},
        {PPP_ETHER, "\x11\0\0\1\0\x2e\0\x21", 8, "pppoe ppp ip tcp"},
        {SLL, "\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0", 16, "sll ip tcp"},
        {SLL2, "\x08\0\0\0\0\0\0\1\0\1\0\6\2\0\0\0\0\1\0\0", 20, "sll2 ip tcp"},
        {NFLOG, "\2\0\0\0\x05\0\x0a\0x\0\0\0\x30\0\x09\0", 16, "nflog ip tcp"},
        {100, "\xaa\xaa\3\0\0\0\x08\0", 8, "llc ip tcp"}, /* ATM */
        {109, "\2\0\0\0\0\0\x10\1\0\4\0\0", 12, "enc ip tcp"},
        {109, "\0\0\0\2\0\0\x10\1\0\0\4\0", 12, "enc ip tcp"},
        {109, "\0\0\0\7\0\0\x10\1\0\0\4\0", 12, "enc data"},
        {JUNIPER, "MGC\3\2\0\0\0", 8, "juniper ip tcp"},
        {JUNIPER, "MGC\2\3\0\0\0", 8, "juniper ip tcp"},
        {JUNIPER, "MGC\2\x0a\0\0\0", 8, "juniper data"},
        {JUNIPER, "MGC\2\xc8\0\0\0\0\x21", 10, "juniper ppp ip tcp"},
        {JUNIPER, "MGC\1ddddddssssss\x08\0", 18, "juniper eth ip tcp"},
        {JUNIPER, "MGC\x80\0\3\1\1\1ddddddssssss\x08\0", 23, "juniper eth ip tcp"},
        {JUNIPER, "ddddddssssss\x08\0", 14, "eth ip tcp"},
        {204, "\1\xff\3\0\x21", 5, "ppp ip tcp"},
        {205, "\0\x0f\0\x08\0", 5, "chdlc ip tcp"},
        {206, "\0\x18\x41\x03\xcc", 5, "fr ip tcp"},
        {FDDI, "P\1\1\1\1\1\1\2\2\2\2\2\2\xaa\xaa\3\0\0\0\x08\0", 21, "fddi llc ip tcp"},
        {FRAME_RELAY, "\x18\x41\x03\xcc", 4, "fr ip tcp"},
        {FRAME_RELAY, "\x18\x41\x08\0", 4, "fr ip tcp"}, /* Cisco's EtherType */
        {129, "\1\2\0\0\xd4\0\0\1", 8, "arcnet ip tcp"},
        {PPI, "\0\0\x08\0\x65\0\0\0", 8, "raw ip tcp"},
        {WLAN, "\x08\1\0\0bbbbbbssssssdddddd\0\0\xaa\xaa\3\0\0\0\x08\0", 32, "wlan llc ip tcp"},
        {RADIOTAP, "\0\0\x09\0\2\0\0\0\0\x08\1\0\0bbbbbbssssssdddddd\0\0\xaa\xaa\3\0\0\0\x08\0", 41,
         "radiotap wlan llc ip tcp"},
    };

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct build f = {0};

        put_bytes(&f, cases[i].header, cases[i].n);
        add_ip_tcp(&f);
        expect_layers(&f, cases[i].link_type, cases[i].layers);
    }
}

/* pflog.h: 61 bytes are padded to 64, OpenBSD has 100, and 48 are the oldest. */
static void pflog_says_its_length(void **state)
{
    static const struct {
        uint8_t says, has;
        bool bad;
    } cases[] = {{61, 64, false}, {64, 64, false}, {69, 72, false}, {100, 100, false},
                 {45, 48, false}, {44, 48, true},  {255, 64, true}};

    (void)state;
    for (size_t i = 0; i < TW_COUNT(cases); i++) {
        struct build f = {0};
        struct tw_frame frame;

        put16(&f, (uint16_t)(cases[i].says << 8 | 2));
        put_zeros(&f, cases[i].has - 2U);
        add_ip_tcp(&f);
        walk(&frame, &f, PFLOG);
        assert_string_equal(layers_of(&frame), cases[i].bad ? "pflog" : "pflog ip tcp");
        assert_true(!frame.malformed == !cases[i].bad);
    }
}

static void extensions_of_juniper_end_in_the_frame(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_bytes(&f, "MGC\x80\xff\xff", 6);
    add_ip_tcp(&f);
    walk(&frame, &f, JUNIPER);
    assert_string_equal(layers_of(&frame), "juniper");
    assert_non_null(frame.malformed);
}

static void ipoib_has_a_pseudo_header(void **state)
{
    struct build f = {0};

    (void)state;
    put_zeros(&f, 40);
    put16(&f, 0x0800);
    put16(&f, 0);
    add_ip_tcp(&f);
    expect_layers(&f, IPOIB, "ipoib ip tcp");
}

static void unknown_link_type_is_flagged(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_zeros(&f, 40);
    walk(&frame, &f, 147);
    assert_int_equal(frame.n_layers, 1);
    assert_true(frame.no_link);
}

static void tags_are_stepped_over(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_eth(&f, 0x88a8);
    put_vlan(&f, 100, 0x8100);
    put_vlan(&f, 200, 0x8847);
    put32(&f, 16 << 12 | 64);         /* label 16, not the bottom */
    put32(&f, 17 << 12 | 0x100 | 64); /* label 17, the bottom */
    add_ip_tcp(&f);
    walk(&frame, &f, ETHERNET);
    assert_string_equal(layers_of(&frame), "eth vlan vlan mpls mpls ip tcp");
    assert_int_equal(frame.flags, TW_FRAME_IPV4); /* no tunnel: one network header */

    f.n = 0;
    put_eth(&f, 0x8903);
    put16(&f, 0x4020); /* FabricPath: FTAG 256, TTL 32 */
    put_eth(&f, 0x0800);
    add_ip_tcp(&f);
    expect_layers(&f, ETHERNET, "eth cfp eth ip tcp");
}

static void tags_are_bounded(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_eth(&f, 0x8100);
    for (int i = 0; i < 17; i++)
        put_vlan(&f, 1, 0x8100);
    add_ip_tcp(&f);
    walk(&frame, &f, ETHERNET);
    assert_int_equal(frame.i_network, 0);
    assert_true(frame.flags & TW_FRAME_MALFORMED);
    assert_string_equal(frame.malformed, "too many VLAN tags");
    assert_int_equal(frame.malformed_at, 14 + 16 * 4);
}

static void other_ethernet_framings(void **state)
{
    struct build f = {0}, snap = {0}, pppoe = {0}, pw = {0}, arp = {0};

    (void)state;
    put_eth(&f, 3); /* 802.3: length, then an LLC header of spanning tree */
    put_bytes(&f, "\x42\x42\x03", 3);
    put_zeros(&f, 43);
    expect_layers(&f, ETHERNET, "eth llc data");

    put_eth(&snap, 8 + 44);
    put_bytes(&snap, "\xaa\xaa\3\0\0\0\x08\0", 8);
    add_ip_tcp(&snap);
    expect_layers(&snap, ETHERNET, "eth llc ip tcp");

    put_eth(&pppoe, 0x8864);
    put_bytes(&pppoe, "\x11\0\0\7\0\x2e\0\x21", 8);
    add_ip_tcp(&pppoe);
    expect_layers(&pppoe, ETHERNET, "eth pppoe ppp ip tcp");

    put_eth(&pw, 0x8847); /* a pseudowire with a control word carries Ethernet */
    put32(&pw, 18 << 12 | 0x100 | 64);
    put32(&pw, 0);
    put_eth(&pw, 0x0800);
    add_ip_tcp(&pw);
    expect_layers(&pw, ETHERNET, "eth mpls eth ip tcp");

    put_eth(&arp, 0x0806);
    put_bytes(&arp, "\0\1\x08\0\6\4\0\1", 8);
    put_zeros(&arp, 20);
    expect_layers(&arp, ETHERNET, "eth arp");
}

/* ---- tunnels ---- */

static void inside_gre(struct build *f, unsigned flags, unsigned proto, uint32_t n_rest)
{
    put_eth(f, 0x0800);
    put_ipv4(f, 47);
    put16(f, flags);
    put16(f, proto);
    put_zeros(f, n_rest);
}

static void gre_and_its_kinds(void **state)
{
    struct build plain = {0}, full = {0}, nvgre = {0}, pptp = {0}, one = {0}, two = {0},
                 three = {0};

    (void)state;
    inside_gre(&plain, 0, 0x0800, 0);
    add_ip_tcp(&plain);
    end_ipv4(&plain, 14);
    expect_layers(&plain, ETHERNET, "eth ip gre ip tcp");

    inside_gre(&full, 0xb000, 0x86dd, 12); /* checksum, key, sequence number */
    put_ipv6(&full, 6);
    put_tcp(&full, 0, 0);
    set16(&full, 14 + 20 + 16 + 4, 20);
    end_ipv4(&full, 14);
    expect_layers(&full, ETHERNET, "eth ip gre ipv6 tcp");

    inside_gre(&nvgre, 0x2000, 0x6558, 4);
    put_eth(&nvgre, 0x0800);
    add_ip_tcp(&nvgre);
    end_ipv4(&nvgre, 14);
    expect_layers(&nvgre, ETHERNET, "eth ip gre eth ip tcp");

    inside_gre(&pptp, 0x3081, 0x880b, 12); /* version 1: key, sequence, acknowledgment */
    put_bytes(&pptp, "\xff\3\0\x21", 4);
    add_ip_tcp(&pptp);
    end_ipv4(&pptp, 14);
    expect_layers(&pptp, ETHERNET, "eth ip gre ppp ip tcp");

    inside_gre(&one, 0, 0x88be, 0);
    put_eth(&one, 0x0800);
    add_ip_tcp(&one);
    end_ipv4(&one, 14);
    expect_layers(&one, ETHERNET, "eth ip gre erspan eth ip tcp");

    inside_gre(&two, 0x1000, 0x88be, 4);
    put_bytes(&two, "\x10\0\0\1\0\0\0\0", 8);
    put_eth(&two, 0x0800);
    add_ip_tcp(&two);
    end_ipv4(&two, 14);
    expect_layers(&two, ETHERNET, "eth ip gre erspan eth ip tcp");

    inside_gre(&three, 0x1000, 0x22eb, 4);
    put_bytes(&three, "\x20\0\0\1\0\0\0\0\0\0\0\1SUBHEADR", 20); /* bit O: a subheader follows */
    put_eth(&three, 0x0800);
    add_ip_tcp(&three);
    end_ipv4(&three, 14);
    expect_layers(&three, ETHERNET, "eth ip gre erspan eth ip tcp");
}

static void over_udp(unsigned port, const void *header, uint32_t n, bool ethernet,
                     const char *expected)
{
    struct build f = {0};
    uint32_t ip, udp;

    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 17);
    udp = put_udp(&f, 40000, port);
    put_bytes(&f, header, n);
    if (ethernet)
        put_eth(&f, 0x0800);
    add_ip_tcp(&f);
    end_udp(&f, udp);
    end_ipv4(&f, ip);
    expect_layers(&f, ETHERNET, expected);
}

static void tunnels_over_udp(void **state)
{
    (void)state;
    over_udp(4789, "\x08\0\0\0\0\0\5\0", 8, true, "eth ip udp vxlan eth ip tcp");
    over_udp(4790, "\x0c\0\0\1\0\0\5\0", 8, false, "eth ip udp vxlan ip tcp");
    over_udp(6081, "\1\0\x65\x58\0\0\5\0OPTN", 12, true, "eth ip udp geneve eth ip tcp");
    over_udp(6081, "\0\0\x08\0\0\0\5\0", 8, false, "eth ip udp geneve ip tcp");
    over_udp(2152, "\x30\xff\0\x2c\0\0\0\7", 8, false, "eth ip udp gtp ip tcp");
    /* An extension header of four bytes: PDCP number, none after it. */
    over_udp(2152, "\x34\xff\0\x34\0\0\0\7\0\0\0\xc0\1\0\0\0", 16, false, "eth ip udp gtp ip tcp");
    over_udp(3386, "\x1e\xff\0\x2c\0\0\0\1\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 20, false,
             "eth ip udp gtp ip tcp");
    over_udp(1701, "\0\2\0\1\0\2\xff\3\0\x21", 10, false, "eth ip udp l2tp ppp ip tcp");
    over_udp(37008, "\1\0\0\1\1", 5, true, "eth ip udp tzsp eth ip tcp");
    over_udp(37008, "\1\1\0\1\0\x0a\1\xd0\1", 9, true, "eth ip udp tzsp eth ip tcp");
    over_udp(37008, "\1\4\0\0", 4, false, "eth ip udp tzsp"); /* keep-alive */
    over_udp(37008, "\2\0\0\1\1", 5, true, "eth ip udp");     /* another version: not TZSP */
    over_udp(37008, "\1\0\1\0\1", 5, true, "eth ip udp");
    over_udp(4754, "\0\0\x08\0", 4, false, "eth ip udp gre ip tcp");
    over_udp(6635, "\0\x01\x21\x40", 4, false, "eth ip udp mpls ip tcp");
    over_udp(9999, "", 0, false, "eth ip udp");
}

static void network_within_network(void **state)
{
    struct build f = {0}, four = {0};
    struct tw_frame frame;

    (void)state;
    put_eth(&f, 0x0800); /* 6in4 */
    put_ipv4(&f, 41);
    put_ipv6(&f, 6);
    put_tcp(&f, 0, 0);
    set16(&f, 34 + 4, 20);
    end_ipv4(&f, 14);
    walk(&frame, &f, ETHERNET);
    assert_string_equal(layers_of(&frame), "eth ip ipv6 tcp");
    assert_int_equal(frame.i_network, 3);
    assert_int_equal(frame.flags, TW_FRAME_IPV6 | TW_FRAME_TUNNEL);
    assert_int_equal(frame.layers[2].depth, 1);
    assert_int_equal(frame.layers[4].depth, 2);

    put_eth(&four, 0x86dd); /* 4in6 */
    put_ipv6(&four, 4);
    add_ip_tcp(&four);
    end_ipv6(&four, 14);
    expect_layers(&four, ETHERNET, "eth ipv6 ip tcp");
}

static void nesting_is_bounded(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    for (int i = 0; i < 40; i++)
        put_ipv4(&f, 4);
    for (uint32_t i = 0; i < 40; i++)
        set16(&f, i * 20 + 2, f.n - i * 20);
    walk(&frame, &f, RAW);
    assert_true(frame.n_layers <= TW_MAX_LAYERS);
    assert_string_equal(frame.malformed, "too many network headers within each other");
}

static void samples_of_sflow_are_quoted(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip, udp;

    (void)state;
    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 17);
    udp = put_udp(&f, 40000, 6343);
    put_bytes(&f, "\0\0\0\5\0\0\0\1\x0a\0\0\x09", 12);
    put_zeros(&f, 12);
    put32(&f, 2); /* two flow samples of one sampled header each */
    for (int i = 0; i < 2; i++) {
        put32(&f, 1);
        put32(&f, 32 + 8 + 16 + 58);
        put_zeros(&f, 28);
        put32(&f, 1);
        put32(&f, 1);
        put32(&f, 16 + 58);
        put32(&f, 1); /* Ethernet */
        put32(&f, 58);
        put32(&f, 0);
        put32(&f, 58);
        put_eth(&f, 0x0800);
        add_ip_tcp(&f);
    }
    end_udp(&f, udp);
    end_ipv4(&f, ip);
    walk(&frame, &f, ETHERNET);
    assert_string_equal(layers_of(&frame), "eth ip udp sflow eth? ip? tcp? eth? ip? tcp?");
    assert_int_equal(frame.i_network, 2);
    assert_int_equal(frame.i_transport, 3);
    assert_true(frame.flags & TW_FRAME_QUOTED);
}

/* VLAN 5, then in VLAN 9 a header over UDP (or GRE), then what it carries. */
static unsigned label_of(unsigned port, const void *header, uint32_t n, unsigned inner_vlan,
                         bool inner_ip)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip, udp = 0;

    put_eth(&f, 0x8100);
    put_vlan(&f, 5, 0x8100);
    put_vlan(&f, 9, 0x0800);
    ip = put_ipv4(&f, port ? 17 : 47);
    if (port)
        udp = put_udp(&f, 40000, port);
    put_bytes(&f, header, n);
    put_eth(&f, inner_vlan ? 0x8100 : 0x0800);
    if (inner_vlan)
        put_vlan(&f, inner_vlan, inner_ip ? 0x0800 : 0x88cc);
    if (inner_ip)
        add_ip_tcp(&f);
    else
        put_zeros(&f, 40);
    if (port)
        end_udp(&f, udp);
    end_ipv4(&f, ip);
    walk(&frame, &f, ETHERNET);
    return tw_frame_label(&frame);
}

/* What leads to the innermost network header counts, what that carries does not: high digit the
 * tunnel, the others the VLAN. */
static void labels_are_of_the_network_header(void **state)
{
    static const char vxlan[] = "\x08\0\0\0\0\0\5", gre[] = "\0\0\x65\x58";

    (void)state;
    assert_int_equal(label_of(9999, "", 0, 0, true), 0x0009); /* plain data */
    assert_int_equal(label_of(4789, vxlan, 8, 0, true), 0x5009);
    assert_int_equal(label_of(4789, vxlan, 8, 0xfff, true), 0x5fff);
    assert_int_equal(label_of(0, gre, 4, 77, true), 0x604d);
    assert_int_equal(label_of(4789, vxlan, 8, 77, false), 0x0009); /* LLDP in VLAN 77 */
    assert_int_equal(label_of(0, gre, 4, 77, false), 0x0009);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ethernet_carries_ip),
        cmocka_unit_test(links_without_ethernet),
        cmocka_unit_test(pflog_says_its_length),
        cmocka_unit_test(extensions_of_juniper_end_in_the_frame),
        cmocka_unit_test(ipoib_has_a_pseudo_header),
        cmocka_unit_test(unknown_link_type_is_flagged),
        cmocka_unit_test(tags_are_stepped_over),
        cmocka_unit_test(tags_are_bounded),
        cmocka_unit_test(other_ethernet_framings),
        cmocka_unit_test(gre_and_its_kinds),
        cmocka_unit_test(tunnels_over_udp),
        cmocka_unit_test(network_within_network),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(samples_of_sflow_are_quoted),
        cmocka_unit_test(labels_are_of_the_network_header),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
