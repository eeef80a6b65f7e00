/* What the built-in dissectors read from headers, and the catalogue that lists them. */
#include <stdio.h>

#include "core/dissect/catalogue.h"
#include "core/dissect/fields.h"
#include "core/dissect/rows.h"
#include "frame_builder.h"

enum { ETHERNET = 1, RAW = 101, RADIOTAP = 127, SLL = 113 };

static struct tw_catalogue *catalogue;

/* A sink that writes values as text, joined by a comma. */
struct recorder {
    struct tw_sink tw;
    char text[1024];
    size_t n;
};
static struct recorder *recorder_of(trawl_sink *sink)
{
    return (struct recorder *)(void *)sink;
}
static void add_text(trawl_sink *sink, const char *text)
{
    struct recorder *r = recorder_of(sink);

    r->n += (size_t)snprintf(r->text + r->n, sizeof(r->text) - r->n, "%s%s", r->n ? "," : "", text);
}
static void add_u64(trawl_sink *sink, uint32_t i, uint64_t v)
{
    char text[32];

    (void)i;
    snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
    add_text(sink, text);
}
static void add_i64(trawl_sink *sink, uint32_t i, int64_t v)
{
    char text[32];

    (void)i;
    snprintf(text, sizeof(text), "%lld", (long long)v);
    add_text(sink, text);
}
static void add_f64(trawl_sink *sink, uint32_t i, double v)
{
    char text[32];

    (void)i;
    snprintf(text, sizeof(text), "%g", v);
    add_text(sink, text);
}
static void add_bytes(trawl_sink *sink, uint32_t i, const void *data, size_t n)
{
    char text[256] = "";
    const uint8_t *p = data;

    (void)i;
    for (size_t k = 0; k < n && 2 * k + 3 < sizeof(text); k++)
        snprintf(text + 2 * k, 3, "%02x", p[k]);
    add_text(sink, text);
}
static bool base_of_100(void *context, uint64_t row, bool other_side, uint32_t *ret)
{
    (void)context;
    (void)row;
    assert_true(other_side); /* edges count what the other side sent */
    *ret = 100;
    return true;
}

/* All occurrences of a field in a frame. */
static const char *value_of(const struct tw_frame *frame, const char *name)
{
    static struct recorder r;
    uint8_t wanted[64] = {0};
    int64_t i = tw_catalogue_find(catalogue, name, strlen(name));
    const struct tw_catalogue_field *field;
    const trawl_packet packet = {
        .size = sizeof(packet), .data = frame->data, .cap_len = frame->cap_len, .len = frame->len};
    uint64_t kinds;

    assert_true(i >= 0);
    field = &catalogue->fields[i];
    kinds = tw_rows_kinds(field->dissector->layer);
    assert_true(field->dissector->n_fields <= sizeof(wanted));
    wanted[field->i_in_dissector] = 1;
    r = (struct recorder){.tw = {.base = {.size = sizeof(trawl_sink),
                                          .n_fields = field->dissector->n_fields,
                                          .wanted = wanted,
                                          .put_u64 = add_u64,
                                          .put_i64 = add_i64,
                                          .put_f64 = add_f64,
                                          .put_bytes = add_bytes},
                                 .frame = frame,
                                 .base_seq = base_of_100}};
    for (uint32_t k = 0; k < frame->n_layers; k++) {
        const struct tw_layer *l = &frame->layers[k];
        const trawl_layer layer = {.size = sizeof(layer),
                                   .data = frame->data + l->offset,
                                   .cap_len = l->cap_len,
                                   .len = l->len,
                                   .header_len = l->header_len,
                                   .flags = l->flags};

        r.tw.i_layer = k;
        if (kinds >> l->kind & 1)
            field->dissector->extract(&packet, &layer, &r.tw.base);
    }
    return r.text;
}
#define EXPECT(frame, name, text) assert_string_equal(value_of(frame, name), text)

static void tcp_header_and_options(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 6);

    (void)state;
    put_tcp(&f, 40, 3);
    memcpy(f.b + 40,
           "\2\4\5\xb4"                 /* MSS 1460 */
           "\1\3\3\7"                   /* NOP, window scale 7 */
           "\4\2"                       /* SACK permitted */
           "\x08\x0a\0\0\1\0\0\0\0\2"   /* timestamps 256 and 2 */
           "\5\x0a\0\0\0\x65\0\0\0\x6e" /* SACK 101 to 110 */
           "\x22\6WXYZ"                 /* fast open, cookie of four bytes */
           "\0\0\0\0",
           40);
    end_ipv4(&f, ip);
    walk(&frame, &f, RAW);
    EXPECT(&frame, "tcp.srcport", "1000");
    EXPECT(&frame, "tcp.dstport", "2000");
    EXPECT(&frame, "tcp.seq_raw", "7");
    EXPECT(&frame, "tcp.ack_raw", "9");
    EXPECT(&frame, "tcp.hdr_len", "60");
    EXPECT(&frame, "tcp.len", "3");
    EXPECT(&frame, "tcp.payload", "000000");
    EXPECT(&frame, "tcp.flags", "24");
    EXPECT(&frame, "tcp.flags.push", "1");
    EXPECT(&frame, "tcp.flags.syn", "0");
    EXPECT(&frame, "tcp.flags.str",
           "c2b7c2b7c2b7c2b7c2b7c2b7c2b74150c2b7c2b7c2b7"); /* ·······AP··· */
    EXPECT(&frame, "tcp.window_size_value", "512");
    EXPECT(&frame, "tcp.checksum", "43981");
    EXPECT(&frame, "tcp.option_kind", "2,1,3,4,8,5,34,0,0,0,0");
    EXPECT(&frame, "tcp.option_len", "4,3,2,10,10,6");
    EXPECT(&frame, "tcp.options.mss", "1");
    EXPECT(&frame, "tcp.options.mss_val", "1460");
    EXPECT(&frame, "tcp.options.wscale.shift", "7");
    EXPECT(&frame, "tcp.options.wscale.multiplier", "128");
    EXPECT(&frame, "tcp.options.sack_perm", "1");
    EXPECT(&frame, "tcp.options.sack.count", "1");
    EXPECT(&frame, "tcp.options.sack_le", "1"); /* 101 - 100 */
    EXPECT(&frame, "tcp.options.sack_re", "10");
    EXPECT(&frame, "tcp.options.timestamp.tsval", "256");
    EXPECT(&frame, "tcp.options.timestamp.tsecr", "2");
    EXPECT(&frame, "tcp.options.tfo.cookie", "5758595a");
    EXPECT(&frame, "tcp.options.md5.digest", "");
    tw_frame_walk(&frame, f.b, 40 + 26, f.n, RAW,
                  0); /* cut behind the left edge, as tshark shows it */
    EXPECT(&frame, "tcp.options.sack", "1");
    EXPECT(&frame, "tcp.options.sack.count", "");
    EXPECT(&frame, "tcp.options.sack_le", "1");
    EXPECT(&frame, "tcp.options.sack_re", "");
}

static void broken_tcp_shows_what_tshark_shows(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 6);

    (void)state;
    put_tcp(&f, 0, 0);
    end_ipv4(&f, ip);
    tw_frame_walk(&frame, f.b, 35, f.n, RAW, 0); /* 15 bytes of the header: ports, no more */
    EXPECT(&frame, "tcp.dstport", "2000");
    EXPECT(&frame, "tcp.seq_raw", "");
    tw_frame_walk(&frame, f.b, 36, f.n, RAW, 0);
    EXPECT(&frame, "tcp.seq_raw", "7");
    EXPECT(&frame, "tcp.window_size_value", "512");
    EXPECT(&frame, "tcp.checksum", "");
    f.b[32] = 0; /* a header length of 0: all 20 bytes count as payload, the rest is not read */
    walk(&frame, &f, RAW);
    EXPECT(&frame, "tcp.seq_raw", "7");
    EXPECT(&frame, "tcp.len", "20");
    EXPECT(&frame, "tcp.ack_raw", "");
    EXPECT(&frame, "tcp.flags", "");
}

/* An option whose length runs past the header: what came before it stands, what follows does not.
 */
static void bad_option_lengths_end_the_options(void **state)
{
    static const uint8_t lengths[] = {0, 1, 9, 255};
    (void)state;
    for (size_t i = 0; i < TW_COUNT(lengths); i++) {
        struct build f = {0};
        struct tw_frame frame;
        uint32_t ip = put_ipv4(&f, 6);

        put_tcp(&f, 12, 0);
        memcpy(f.b + 40, "\2\4\5\xb4\x08?\0\0\0\0\0\0", 12);
        f.b[45] = lengths[i];
        end_ipv4(&f, ip);
        walk(&frame, &f, RAW);
        EXPECT(&frame, "tcp.options.mss_val", "1460");
        EXPECT(&frame, "tcp.options.timestamp", "");
        EXPECT(&frame, "tcp.option_len", "4");
    }
}

static void ipv4_fields(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 17);

    (void)state;
    put_bytes(&f, "\x94\4\0\1\7\7\x08\x0a\0\0\x09\0", 12); /* router alert 1, record route, end */
    f.b[0] = 0x48;
    f.b[1] = 0xb9; /* DSCP 46, ECN 1 */
    end_udp(&f, put_udp(&f, 53, 54));
    end_ipv4(&f, ip);
    set16(&f, 6, 0x4000);
    walk(&frame, &f, RAW);
    EXPECT(&frame, "ip.version", "4");
    EXPECT(&frame, "ip.hdr_len", "32");
    EXPECT(&frame, "ip.dsfield.dscp", "46");
    EXPECT(&frame, "ip.dsfield.ecn", "1");
    EXPECT(&frame, "ip.len", "40");
    EXPECT(&frame, "ip.id", "4660");
    EXPECT(&frame, "ip.flags", "2");
    EXPECT(&frame, "ip.flags.df", "1");
    EXPECT(&frame, "ip.flags.mf", "0");
    EXPECT(&frame, "ip.frag_offset", "0");
    EXPECT(&frame, "ip.ttl", "64");
    EXPECT(&frame, "ip.proto", "17");
    EXPECT(&frame, "ip.src", "0a000001");
    EXPECT(&frame, "ip.dst", "0a000002");
    EXPECT(&frame, "ip.opt.type", "148,7,0");
    EXPECT(&frame, "ip.opt.ra", "1");
    EXPECT(&frame, "ip.rec_rt", "0a000009");
    EXPECT(&frame, "udp.srcport", "53");
    EXPECT(&frame, "udp.length", "8");
}

static void ipv6_fields(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    put_ipv6(&f, 0);
    f.b[0] = 0x6b;
    f.b[1] = 0x95; /* class 0xb9, flow 0x512345 */
    f.b[2] = 0x23;
    f.b[3] = 0x45;
    put_bytes(&f, "\x2c\0\5\2\0\3\1\0", 8);     /* hop-by-hop: router alert 3, padding */
    put_bytes(&f, "\x3a\0\0\x10\0\0\0\x2a", 8); /* fragment at 16 bytes, the last, id 42 */
    put_zeros(&f, 8);
    end_ipv6(&f, 0);
    walk(&frame, &f, RAW);
    EXPECT(&frame, "ip.version", "6");
    EXPECT(&frame, "ipv6.tclass", "185");
    EXPECT(&frame, "ipv6.tclass.dscp", "46");
    EXPECT(&frame, "ipv6.tclass.ecn", "1");
    EXPECT(&frame, "ipv6.flow", "336709");
    EXPECT(&frame, "ipv6.plen", "24");
    EXPECT(&frame, "ipv6.nxt", "0");
    EXPECT(&frame, "ipv6.hlim", "64");
    EXPECT(&frame, "ipv6.src", "20010db8000000000000000000000001");
    EXPECT(&frame, "ipv6.hopopts.nxt", "44");
    EXPECT(&frame, "ipv6.hopopts.len_oct", "8");
    EXPECT(&frame, "ipv6.opt.type", "5,1");
    EXPECT(&frame, "ipv6.opt.length", "2,0");
    EXPECT(&frame, "ipv6.opt.router_alert", "3");
    EXPECT(&frame, "ipv6.fraghdr.offset", "2");
    EXPECT(&frame, "ipv6.fraghdr.more", "0");
    EXPECT(&frame, "ipv6.fraghdr.ident", "42");
}

static void link_and_tag_fields(void **state)
{
    struct build f = {0}, arp = {0}, llc = {0}, sll = {0};
    struct tw_frame frame;

    (void)state;
    put_eth(&f, 0x8100);
    put_vlan(&f, 0xa064, 0x8100); /* priority 5, id 100 */
    put_vlan(&f, 200, 0x8847);
    put32(&f, 16 << 12 | 5 << 9 | 64);
    put32(&f, 17 << 12 | 0x100 | 63);
    put_ipv4(&f, 6);
    walk(&frame, &f, ETHERNET);
    EXPECT(&frame, "eth.dst", "2199023255554"); /* 02:00:00:00:00:02 */
    EXPECT(&frame, "eth.src.lg", "1");
    EXPECT(&frame, "eth.type", "33024");
    EXPECT(&frame, "eth.len", "");
    EXPECT(&frame, "vlan.id", "100,200");
    EXPECT(&frame, "vlan.priority", "5,0");
    EXPECT(&frame, "vlan.etype", "33024,34887");
    EXPECT(&frame, "mpls.label", "16,17");
    EXPECT(&frame, "mpls.exp", "5,0");
    EXPECT(&frame, "mpls.bottom", "0,1");
    EXPECT(&frame, "mpls.ttl", "64,63");
    EXPECT(&frame, "frame.protocols", /* eth:ethertype:vlan:ethertype:vlan:ethertype:mpls:ip:tcp */
           "6574683a6574686572747970653a766c616e3a6574686572747970653a766c616e3a65746865727479"
           "70653a6d706c733a69703a746370");

    /* Service tags have names of their own, as tshark 4.0.17 says of the same bytes: pairs are S
     * and C, a third stands alone. */
    f.n = 0;
    put_eth(&f, 0x88a8);
    put_vlan(&f, 100, 0x88a8);
    put_vlan(&f, 0xf002, 0x88a8); /* priority 7, drop eligible, id 2 */
    put_vlan(&f, 5, 0x8100);
    put_vlan(&f, 9, 0x0800);
    put_ipv4(&f, 6);
    walk(&frame, &f, ETHERNET);
    EXPECT(&frame, "ieee8021ad.svid", "100");
    EXPECT(&frame, "ieee8021ad.cvid", "2");
    EXPECT(&frame, "ieee8021ad.id", "5");
    EXPECT(&frame, "ieee8021ad.priority", "0,7,0");
    EXPECT(&frame, "ieee8021ad.dei", "0,1,0");
    EXPECT(&frame, "frame.protocols", /* eth:ethertype:ieee8021ad:ethertype:
                                       * ieee8021ad:ethertype:vlan:ethertype:ip:tcp */
           "6574683a6574686572747970653a696565653830323161643a6574686572747970653a6965656538"
           "30323161643a6574686572747970653a766c616e3a6574686572747970653a69703a746370");
    EXPECT(&frame, "vlan.id", "9");
    EXPECT(&frame, "vlan.etype", "2048");

    /* An address of a frame inside that looks like a service tag's EtherType is none. */
    f.n = 0;
    put_eth(&f, 0x8847);
    put_bytes(&f, "\0\x01\x01\x40", 4);
    put_bytes(&f, "\2\0\0\0\0\2\2\0\x88\xa8\0\1\x88\xa8", 14);
    put_vlan(&f, 7, 0x0800);
    put_ipv4(&f, 6);
    walk(&frame, &f, ETHERNET);
    EXPECT(&frame, "ieee8021ad.id", "7");
    EXPECT(&frame, "ieee8021ad.cvid", "");

    put_eth(&arp, 0x0806);
    put_bytes(&arp, "\0\1\x08\0\6\4\0\1\2\0\0\0\0\1\x0a\0\0\1\0\0\0\0\0\0\x0a\0\0\1", 28);
    walk(&frame, &arp, ETHERNET);
    EXPECT(&frame, "arp.opcode", "1");
    EXPECT(&frame, "arp.src.hw_mac", "2199023255553");
    EXPECT(&frame, "arp.src.proto_ipv4", "0a000001");
    EXPECT(&frame, "arp.dst.proto_ipv4", "0a000001");
    EXPECT(&frame, "arp.isgratuitous", "1");
    EXPECT(&frame, "arp.isannouncement", "1");
    EXPECT(&frame, "arp.isprobe", "");

    put_eth(&llc, 8);
    put_bytes(&llc, "\xaa\xaa\3\0\0\0\x08\6", 8);
    walk(&frame, &llc, ETHERNET);
    EXPECT(&frame, "eth.len", "8");
    EXPECT(&frame, "eth.type", "");
    EXPECT(&frame, "llc.dsap", "170");
    EXPECT(&frame, "llc.control", "3");
    EXPECT(&frame, "llc.type", "2054");

    put_bytes(&sll, "\0\4\0\1\0\6\2\0\0\0\0\1\0\0\x86\xdd", 16);
    walk(&frame, &sll, SLL);
    EXPECT(&frame, "sll.pkttype", "4");
    EXPECT(&frame, "sll.src.eth", "2199023255553");
    EXPECT(&frame, "sll.etype", "34525");
}

static void wireless_fields(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    /* TSFT, flags, rate 11 Mbit/s, channel 2412 MHz, signal -60 dBm: aligned to 8, then as they
     * come. */
    put_bytes(&f, "\0\0\x17\0\x2f\0\0\0\1\0\0\0\0\0\0\0\0\x16\x6c\x09\xa0\0\xc4", 23);
    put_bytes(&f,
              "\x08\2\x2c\0dddddd"
              "bbbbbb"
              "ssssss"
              "\x50\1",
              24);
    walk(&frame, &f, RADIOTAP);
    EXPECT(&frame, "radiotap.length", "23");
    EXPECT(&frame, "radiotap.mactime", "1");
    EXPECT(&frame, "radiotap.datarate", "11");
    EXPECT(&frame, "radiotap.channel.freq", "2412");
    EXPECT(&frame, "radiotap.dbm_antsignal", "-60");
    EXPECT(&frame, "wlan.fc.type", "2");
    EXPECT(&frame, "wlan.duration", "44");
    EXPECT(&frame, "wlan.da", "110382343808100");    /* 64:64:64:64:64:64 = 100 * 0x010101010101 */
    EXPECT(&frame, "wlan.bssid", "108174696931938"); /* from the access point: address 2 */
    EXPECT(&frame, "wlan.sa", "126939695379315");    /* … and address 3 */
    EXPECT(&frame, "wlan.seq", "21");
    EXPECT(&frame, "wlan.frag", "0");
}

static void icmp_fields(void **state)
{
    struct build echo = {0}, mtu = {0}, nd = {0}, igmp = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&echo, 1);

    (void)state;
    put_bytes(&echo, "\x08\0\xf7\xfd\0\1\0\2", 8);
    end_ipv4(&echo, ip);
    walk(&frame, &echo, RAW);
    EXPECT(&frame, "icmp.type", "8");
    EXPECT(&frame, "icmp.code", "0");
    EXPECT(&frame, "icmp.ident", "1");
    EXPECT(&frame, "icmp.seq", "2");
    EXPECT(&frame, "icmp.mtu", "");
    tw_frame_walk(&frame, echo.b, 26, echo.n, RAW, 0); /* cut behind the identifier */
    EXPECT(&frame, "icmp.ident", "1");
    EXPECT(&frame, "icmp.seq", "");

    ip = put_ipv4(&mtu, 1);
    put_bytes(&mtu, "\3\4\0\0\0\0\5\x78", 8); /* fragmentation needed: 1400 */
    end_ipv4(&mtu, ip);
    walk(&frame, &mtu, RAW);
    EXPECT(&frame, "icmp.mtu", "1400");
    EXPECT(&frame, "icmp.ident", "");

    put_ipv6(&nd, 58);
    put_bytes(&nd,
              "\x87\0\0\0\0\0\0\0"
              "\xfe\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\x09",
              24);
    put_bytes(&nd, "\1\1\2\0\0\0\0\1", 8); /* source link address */
    end_ipv6(&nd, 0);
    walk(&frame, &nd, RAW);
    EXPECT(&frame, "icmpv6.type", "135");
    EXPECT(&frame, "icmpv6.nd.ns.target_address", "fe800000000000000000000000000009");
    EXPECT(&frame, "icmpv6.opt.type", "1");
    EXPECT(&frame, "icmpv6.opt.linkaddr", "2199023255553");

    ip = put_ipv4(&igmp, 2); /* a version 3 report: two groups, the second with a source */
    put_bytes(&igmp,
              "\x22\0\0\0\0\0\0\2"
              "\4\0\0\0\xe0\0\0\1"
              "\1\0\0\1\xe0\0\0\2\x0a\0\0\5",
              28);
    end_ipv4(&igmp, ip);
    walk(&frame, &igmp, RAW);
    EXPECT(&frame, "igmp.type", "34");
    EXPECT(&frame, "igmp.record_type", "4,1");
    EXPECT(&frame, "igmp.maddr", "e0000001,e0000002");
    EXPECT(&frame, "igmp.saddr", "0a000005");
}

static void sctp_chunks(void **state)
{
    struct build f = {0};
    struct tw_frame frame;
    uint32_t ip = put_ipv4(&f, 132);

    (void)state;
    put_bytes(&f, "\0\1\0\2\0\0\0\7CSUM", 12);
    put_bytes(&f, "\0\3\0\5x\0\0\0", 8); /* DATA of five bytes, padded to eight */
    put_bytes(&f, "\x0e\0\0\4", 4);      /* SHUTDOWN COMPLETE */
    end_ipv4(&f, ip);
    walk(&frame, &f, RAW);
    EXPECT(&frame, "sctp.srcport", "1");
    EXPECT(&frame, "sctp.verification_tag", "7");
    EXPECT(&frame, "sctp.chunk_type", "0,14");
    EXPECT(&frame, "sctp.chunk_length", "5,4");
}

static void tunnel_fields(void **state)
{
    struct build f = {0};
    struct tw_frame frame;

    (void)state;
    /* IPv4 around GRE with a key around IPv6 around IPv4. */
    put_ipv4(&f, 47);
    put_bytes(&f, "\x20\0\x86\xdd\0\0\0\x2a", 8);
    put_ipv6(&f, 4);
    put_ipv4(&f, 17);
    end_udp(&f, put_udp(&f, 1, 2));
    set16(&f, 68 + 2, f.n - 68);
    end_ipv6(&f, 28);
    end_ipv4(&f, 0);
    walk(&frame, &f, RAW);
    assert_string_equal(layers_of(&frame), "raw ip gre ipv6 ip udp");
    EXPECT(&frame, "gre.key", "42");
    EXPECT(&frame, "gre.proto", "34525");
    EXPECT(&frame, "tunnel.type", "677265,34696e36"); /* gre, 4in6 */
    EXPECT(&frame, "tunnel.id", "42");
    EXPECT(&frame, "outer.ip.src", "0a000001");
    EXPECT(&frame, "outer.ipv6.dst", "20010db8000000000000000000000002");
}

/* ---- the catalogue ---- */

static void catalogue_lists_enough_fields(void **state)
{
    (void)state;
    assert_true(catalogue->n_fields >= 120);
    for (size_t i = 0; i < catalogue->n_fields; i++) {
        const trawl_field *field = catalogue->fields[i].field;

        assert_non_null(field->help);
        assert_int_equal(tw_catalogue_find(catalogue, field->name, strlen(field->name)), i);
        assert_true(tw_rows_kinds(catalogue->fields[i].dissector->layer) != 0);
    }
    assert_int_equal(tw_catalogue_find(catalogue, "tcp.srcpor", 10), -1);
}

static void catalogue_refuses_names_taken_whole(void **state)
{
    static const trawl_field fields[] = {TRAWL_FIELD(.name = "new.one", .type = TRAWL_U8),
                                         TRAWL_FIELD(.name = "tcp.len", .type = TRAWL_U8)};
    const trawl_dissector dissector = {.size = sizeof(dissector),
                                       .field_size = sizeof(trawl_field),
                                       .name = "new",
                                       .layer = "tcp",
                                       .fields = fields,
                                       .n_fields = 2};
    trawl_error err = TW_ERROR_INIT;
    size_t n = catalogue->n_fields;

    (void)state;
    assert_int_equal(tw_catalogue_add(catalogue, &dissector, "p", &err), TRAWL_E_PLUGIN);
    assert_string_equal(err.message, "field 'tcp.len' of 'p' is there already");
    assert_int_equal(catalogue->n_fields, n);
    assert_int_equal(tw_catalogue_find(catalogue, "new.one", 7), -1);
}

static void any_of_names(void **state)
{
    const char *const *names = tw_catalogue_any_of("ip.addr", 7);

    (void)state;
    assert_non_null(names);
    assert_string_equal(names[0], "ip.src");
    assert_string_equal(names[1], "ip.dst");
    assert_null(names[2]);
    assert_null(tw_catalogue_any_of("ip.src", 6));
    for (size_t i = 0; tw_catalogue_any_of_at(i); i++) {
        const trawl_field *field = tw_catalogue_any_of_at(i);

        /* a list of what its parts are: addresses, ports or MACs; parts of core/session have the
         * types of ip.src and tcp.srcport */
        names = tw_catalogue_any_of(field->name, strlen(field->name));
        assert_true(field->flags & TRAWL_COLUMN_LIST);
        for (; *names; names++) {
            const int64_t at = tw_catalogue_find(catalogue, *names, strlen(*names));

            if (at >= 0)
                assert_int_equal(catalogue->fields[at].field->type, field->type);
        }
    }
}

static int make_catalogue(void **state)
{
    (void)state;
    catalogue = tw_catalogue_new(NULL);
    return catalogue ? 0 : -1;
}
static int free_catalogue(void **state)
{
    (void)state;
    tw_catalogue_free(catalogue);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_header_and_options),
        cmocka_unit_test(broken_tcp_shows_what_tshark_shows),
        cmocka_unit_test(bad_option_lengths_end_the_options),
        cmocka_unit_test(ipv4_fields),
        cmocka_unit_test(ipv6_fields),
        cmocka_unit_test(link_and_tag_fields),
        cmocka_unit_test(wireless_fields),
        cmocka_unit_test(icmp_fields),
        cmocka_unit_test(sctp_chunks),
        cmocka_unit_test(tunnel_fields),
        cmocka_unit_test(catalogue_lists_enough_fields),
        cmocka_unit_test(catalogue_refuses_names_taken_whole),
        cmocka_unit_test(any_of_names),
    };

    return cmocka_run_group_tests(tests, make_catalogue, free_catalogue);
}
