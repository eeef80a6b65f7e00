/* The base pass and fields on demand over a small capture: cells, lists, presence, warnings, and
 * that neither the short way nor the number of threads shows. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/dissect/packets.h"
#include "core/dissect/pass.h"
#include "plain_frames.h"

/* ---- a capture in a temporary file ---- */

struct capture {
    char path[64];
    struct tw_input *input;
    struct tw_packets *packets;
    struct tw_catalogue *catalogue;
};

static FILE *new_file(struct capture *c, uint32_t link_type)
{
    const uint32_t header[6] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, link_type};
    FILE *file;
    int fd;

    memset(c, 0, sizeof(*c));
    memcpy(c->path, "/tmp/trawl_packets_XXXXXX", 26);
    fd = mkstemp(c->path);
    assert_true(fd >= 0);
    file = fdopen(fd, "wb");
    assert_non_null(file);
    fwrite(header, sizeof(header), 1, file);
    return file;
}
/* The first n bytes of a frame. */
static void add_cut(FILE *file, const struct build *f, uint32_t n)
{
    static uint32_t second;
    const uint32_t header[4] = {++second, 0, n, f->n};

    fwrite(header, sizeof(header), 1, file);
    fwrite(f->b, n, 1, file);
}

static void add(FILE *file, const struct build *f)
{
    add_cut(file, f, f->n);
}

static void load(struct capture *c, FILE *file)
{
    const char *paths[1] = {c->path};
    const struct tw_input_options options = {0};
    trawl_error err = TW_ERROR_INIT;

    if (file)
        fclose(file);
    c->input = tw_input_open(paths, 1, &err);
    assert_non_null(c->input);
    assert_int_equal(tw_packets_load(c->input, &options, &c->packets, &err), TRAWL_OK);
    c->catalogue = tw_catalogue_new(&err);
    assert_non_null(c->catalogue);
}
static void drop(struct capture *c)
{
    tw_packets_free(c->packets);
    tw_input_free(c->input);
    tw_catalogue_free(c->catalogue);
    unlink(c->path);
}
static struct tw_column *column_of(struct capture *c, const char *name)
{
    int64_t found = tw_catalogue_find(c->catalogue, name, strlen(name));
    uint32_t i = (uint32_t)found;
    struct tw_column *column = NULL;

    assert_true(found >= 0);
    assert_int_equal(tw_packets_extract(c->packets, c->catalogue, &i, 1, &column, NULL), TRAWL_OK);
    return column;
}
/* Text of a field in every row, joined by blanks; '-' where there is none. */
static const char *cells_of(struct capture *c, const char *name)
{
    static struct tw_buffer text;
    const struct tw_cell_style style = {TW_TIME_EPOCH, 0, 0};
    struct tw_column *column = column_of(c, name);

    tw_buffer_fini(&text);
    text = (struct tw_buffer)TW_BUFFER_INIT;
    assert_int_equal(column->n_rows, c->packets->n_rows);
    for (uint64_t r = 0; r < column->n_rows; r++) {
        if (r)
            tw_buffer_putc(&text, ' ');
        if (tw_column_has(column, r))
            tw_cell_text(column, 0, r, &style, &text);
        else
            tw_buffer_putc(&text, '-');
    }
    tw_column_release(column);
    return text.data ? text.data : "";
}

/* Six packets: TCP; UDP behind two tags; TCP in VXLAN; an ICMP error about UDP; ARP; a bad header.
 */
static void add_six(FILE *file)
{
    struct build f = {0};
    uint32_t ip, udp;

    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 6);
    put_tcp(&f, 0, 5);
    end_ipv4(&f, ip);
    add(file, &f);

    f.n = 0;
    put_eth(&f, 0x88a8);
    put_vlan(&f, 10, 0x8100);
    put_vlan(&f, 20, 0x86dd);
    put_ipv6(&f, 17);
    udp = put_udp(&f, 53, 3000);
    put_zeros(&f, 2);
    end_udp(&f, udp);
    end_ipv6(&f, 22);
    add(file, &f);

    f.n = 0;
    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 17);
    f.b[ip + 15] = 9; /* the outer source is 10.0.0.9 */
    udp = put_udp(&f, 5555, 4789);
    put_bytes(&f, "\x08\0\0\0\0\0\x4d\0", 8);
    put_eth(&f, 0x0800);
    put_ipv4(&f, 6);
    put_tcp(&f, 0, 0);
    set16(&f, 64 + 2, 40);
    end_udp(&f, udp);
    end_ipv4(&f, ip);
    add(file, &f);

    f.n = 0;
    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 1);
    put_bytes(&f, "\3\3\0\0\0\0\0\0", 8);
    put_ipv4(&f, 17);
    end_udp(&f, put_udp(&f, 7, 9));
    set16(&f, 42 + 2, 28);
    end_ipv4(&f, ip);
    add(file, &f);

    f.n = 0;
    put_eth(&f, 0x0806);
    put_bytes(&f, "\0\1\x08\0\6\4\0\1", 8);
    put_zeros(&f, 20);
    add(file, &f);

    f.n = 0;
    put_eth(&f, 0x0800);
    put_ipv4(&f, 6);
    f.b[14] = 0x43;
    add(file, &f);
}

static void base_columns(void **state)
{
    struct capture c;
    struct tw_packets *p;
    FILE *file = new_file(&c, 1);

    (void)state;
    add_six(file);
    load(&c, file);
    p = c.packets;
    assert_int_equal(p->n_rows, 6);
    assert_int_equal(TW_CELLS(p->time, int64_t)[1] - TW_CELLS(p->time, int64_t)[0], 1000000000);
    assert_int_equal(TW_CELLS(p->offset, uint64_t)[0], 24 + 16);
    assert_int_equal(TW_CELLS(p->len, uint32_t)[0], 59);

    assert_int_equal(TW_CELLS(p->flags, uint16_t)[0], TW_FRAME_IPV4);
    assert_int_equal(TW_CELLS(p->network, uint16_t)[0], 14);
    assert_int_equal(TW_CELLS(p->transport, uint16_t)[0], 34);
    assert_int_equal(TW_CELLS(p->proto, uint8_t)[0], 6);
    assert_int_equal(TW_CELLS(p->sport, uint16_t)[0], 1000);
    assert_int_equal(TW_CELLS(p->seq, uint32_t)[0], 7);
    assert_int_equal(TW_CELLS(p->ack, uint32_t)[0], 9);
    assert_int_equal(TW_CELLS(p->window, uint16_t)[0], 512);
    assert_int_equal(TW_CELLS(p->tcp_flags, uint16_t)[0], 0x18);
    assert_int_equal(TW_CELLS(p->payload, uint32_t)[0], 5);
    assert_true(TW_CELLS(p->stream, uint32_t)[0] < UINT32_C(1)
                                                       << 31); /* a hash: not numbered yet */
    assert_int_equal(tw_dict_ip(p->addresses, TW_CELLS(p->src, uint32_t)[0]).bytes[15], 1);

    assert_int_equal(TW_CELLS(p->flags, uint16_t)[1], TW_FRAME_IPV6);
    assert_int_equal(TW_CELLS(p->network, uint16_t)[1], 22);
    assert_int_equal(TW_CELLS(p->payload, uint32_t)[1], 2);
    assert_true(TW_CELLS(p->src, uint32_t)[1] & 0x80000000);

    /* The tunnel's columns are the inner packet's. */
    assert_int_equal(TW_CELLS(p->flags, uint16_t)[2], TW_FRAME_IPV4 | TW_FRAME_TUNNEL);
    assert_int_equal(TW_CELLS(p->network, uint16_t)[2], 64);
    assert_int_equal(TW_CELLS(p->proto, uint8_t)[2], 6);
    assert_int_equal(TW_CELLS(p->src, uint32_t)[2], TW_CELLS(p->src, uint32_t)[0]);

    /* The error's columns are its own. */
    assert_int_equal(TW_CELLS(p->flags, uint16_t)[3], TW_FRAME_IPV4 | TW_FRAME_QUOTED);
    assert_int_equal(TW_CELLS(p->proto, uint8_t)[3], 1);
    assert_int_equal(TW_CELLS(p->sport, uint16_t)[3], 3);
    assert_int_equal(TW_CELLS(p->dport, uint16_t)[3], 3);

    assert_int_equal(TW_CELLS(p->flags, uint16_t)[4], TW_FRAME_ARP);
    assert_int_equal(TW_CELLS(p->src, uint32_t)[4], 0);
    assert_int_equal(TW_CELLS(p->flags, uint16_t)[5], TW_FRAME_MALFORMED);

    assert_int_equal(c.input->n_warnings, 1);
    assert_int_equal(c.input->warnings[0].packet, 6);
    assert_int_equal(c.input->warnings[0].offset, TW_CELLS(p->offset, uint64_t)[5] + 14);
    assert_string_equal(c.input->warnings[0].why, "IPv4 header length below 20");
    drop(&c);
}

static void fields_of_all_layers(void **state)
{
    struct capture c;
    FILE *file = new_file(&c, 1);

    (void)state;
    add_six(file);
    load(&c, file);
    assert_string_equal(cells_of(&c, "vlan.id"), "- 20 - - - -");
    assert_string_equal(cells_of(&c, "ieee8021ad.id"), "- 10 - - - -");
    assert_string_equal(cells_of(&c, "tcp.srcport"), "1000 - 1000 - - -");
    /* The tunnel's own UDP header, and the quoted one, where there is no other. */
    assert_string_equal(cells_of(&c, "udp.dstport"), "- 3000 4789 9 - -");
    /* Of the tunnel's two the innermost counts; of the error's two its own. */
    assert_string_equal(cells_of(&c, "ip.src"), "10.0.0.1 - 10.0.0.1 10.0.0.1 - -");
    assert_string_equal(cells_of(&c, "ip.proto"), "6 - 6 1 - -");
    assert_string_equal(cells_of(&c, "outer.ip.src"), "- - 10.0.0.9 - - -");
    assert_string_equal(cells_of(&c, "vxlan.vni"), "- - 77 - - -");
    assert_string_equal(cells_of(&c, "tunnel.type"), "- - vxlan - - -");
    assert_string_equal(cells_of(&c, "arp.opcode"), "- - - - 1 -");
    assert_string_equal(cells_of(&c, "eth.src"),
                        "02:00:00:00:00:01 02:00:00:00:00:01 02:00:00:00:00:01 "
                        "02:00:00:00:00:01 02:00:00:00:00:01 02:00:00:00:00:01");
    assert_string_equal(cells_of(&c, "ip.version"), "4 6 4 4 - 4");
    assert_int_equal(c.input->n_warnings, 1); /* reading again does not warn again */
    drop(&c);
}

static void presence_of(struct capture *c, const char *protocol, unsigned expected)
{
    struct tw_bits *bits = tw_packets_presence(c->packets, c->catalogue, protocol, NULL);

    assert_non_null(bits);
    assert_int_equal(bits->words[0], expected);
    tw_bits_release(bits);
}

static void presence_of_protocols(void **state)
{
    struct capture c;
    trawl_error err = TW_ERROR_INIT;
    FILE *file = new_file(&c, 1);

    (void)state;
    add_six(file);
    load(&c, file);
    presence_of(&c, "tcp", 1 << 0 | 1 << 2);
    presence_of(&c, "udp", 1 << 1 | 1 << 2 | 1 << 3);
    presence_of(&c, "ip", 1 << 0 | 1 << 2 | 1 << 3 | 1 << 5);
    presence_of(&c, "ipv6", 1 << 1);
    presence_of(&c, "vlan", 1 << 1);
    presence_of(&c, "vxlan", 1 << 2);
    presence_of(&c, "arp", 1 << 4);
    presence_of(&c, "tunnel", 1 << 2); /* no layer: where its dissector finds something */
    presence_of(&c, "icmp", 1 << 3);
    presence_of(&c, "sctp", 0);
    assert_null(tw_packets_presence(c.packets, c.catalogue, "nosuch", &err));
    assert_int_equal(err.code, TRAWL_E_NOT_FOUND);
    drop(&c);
}

/* LLDP in VLAN 77 through GRE: the base columns end at the GRE header, right behind Ethernet. What
 * is asked for together with vlan.id makes no difference to it. */
static void a_tag_within_a_tunnel_that_carries_no_ip(void **state)
{
    struct capture c;
    struct build f = {0};
    FILE *file = new_file(&c, 1);
    uint32_t ip;

    (void)state;
    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 47);
    put_bytes(&f, "\0\0\x65\x58", 4);
    put_eth(&f, 0x8100);
    put_vlan(&f, 77, 0x88cc);
    put_zeros(&f, 40);
    end_ipv4(&f, ip);
    add(file, &f);
    load(&c, file);
    assert_string_equal(cells_of(&c, "vlan.id"), "77");
    presence_of(&c, "vlan", 1);
    assert_int_equal(TW_CELLS(c.packets->label, uint16_t)[0], 0); /* not the GRE packet's own */
    drop(&c);
}

/* An ICMP error about SCTP, one about an IPv6 packet in IPv4, an echo request, and SCTP itself: no
 * flag of the row tells what the errors quote. */
static void quoted_headers_are_found(void **state)
{
    struct capture c;
    struct build f = {0};
    FILE *file = new_file(&c, 1);
    uint32_t ip;

    (void)state;
    for (int i = 0; i < 4; i++) {
        f.n = 0;
        put_eth(&f, 0x0800);
        ip = put_ipv4(&f, i == 3 ? 132 : 1);
        if (i < 3)
            put_bytes(&f, i == 2 ? "\x08\0\0\0\0\0\0\0" : "\3\2\0\0\0\0\0\0", 8);
        if (i == 0) {
            put_ipv4(&f, 132);
            set16(&f, 42 + 2, 32);
        } else if (i == 1) {
            put_ipv4(&f, 41);
            set16(&f, 42 + 2, 60);
            put_ipv6(&f, 59);
        }
        if (i == 0 || i == 3)
            put_bytes(&f, "\0\7\0\x09\0\0\0\1\0\0\0\0", 12); /* ports 7 and 9 */
        end_ipv4(&f, ip);
        add(file, &f);
    }
    load(&c, file);
    presence_of(&c, "sctp", 1 << 0 | 1 << 3);
    presence_of(&c, "ipv6", 1 << 1);
    presence_of(&c, "icmp", 1 << 0 | 1 << 1 | 1 << 2);
    presence_of(&c, "tcp", 0);
    assert_string_equal(cells_of(&c, "sctp.srcport"), "7 - - 7");
    drop(&c);
}

/* As tshark 4.0 shows them: cut in the checksum of UDP, within the time stamps of TCP, behind the
 * source of IPv6. */
static void what_was_captured_of_a_cut_header_shows(void **state)
{
    struct capture c;
    struct build f = {0};
    FILE *file = new_file(&c, 1);
    uint32_t ip;

    (void)state;
    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 17);
    put_udp(&f, 1000, 53);
    end_ipv4(&f, ip);
    add_cut(file, &f, 14 + 20 + 7);
    f.n = 0;
    put_eth(&f, 0x0800);
    ip = put_ipv4(&f, 6);
    put_tcp(&f, 12, 0);
    memcpy(f.b + 14 + 20 + 20, "\1\1\x08\x0a\0\0\1\0\0\0\0\2", 12);
    end_ipv4(&f, ip);
    add_cut(file, &f, f.n - 1);
    f.n = 0;
    put_eth(&f, 0x86dd);
    put_ipv6(&f, 6);
    add_cut(file, &f, 14 + 24);
    load(&c, file);
    assert_string_equal(cells_of(&c, "udp.srcport"), "1000 - -");
    assert_int_equal(TW_CELLS(c.packets->stream, uint32_t)[0], UINT32_MAX);
    assert_string_equal(cells_of(&c, "tcp.options.timestamp.tsval"), "- 256 -");
    assert_string_equal(cells_of(&c, "tcp.options.timestamp.tsecr"), "- - -");
    assert_int_equal(c.packets->events.n, 1);
    assert_int_equal(c.packets->events.items[0].proto, TW_EVENT_IPV6);
    assert_int_not_equal(c.packets->events.items[0].src, 0);
    assert_int_equal(c.packets->events.items[0].dst, 0);
    drop(&c);
}

static void unknown_link_type_warns_once(void **state)
{
    struct capture c;
    struct build f = {0};
    FILE *file = new_file(&c, 147);

    (void)state;
    put_zeros(&f, 60);
    for (int i = 0; i < 3; i++)
        add(file, &f);
    load(&c, file);
    assert_int_equal(c.packets->n_rows, 3);
    assert_int_equal(c.input->n_warnings, 1);
    assert_string_equal(c.input->warnings[0].what, "unknown link type");
    assert_string_equal(cells_of(&c, "ip.src"), "- - -");
    drop(&c);
}

/* Enough rows for several ranges and blocks: list items must come in the order of rows. */
static void threads_do_not_show(void **state)
{
    enum { ROUNDS = 30000 };
    static const char *const names[] = {"vlan.id", "tcp.seq_raw", "ip.src", "tunnel.type"};
    struct capture c;
    struct tw_column *one[TW_COUNT(names)];
    FILE *file = new_file(&c, 1);

    (void)state;
    for (int i = 0; i < ROUNDS; i++)
        add_six(file);
    tw_pool_set_threads(1);
    load(&c, file);
    assert_int_equal(c.packets->n_rows, ROUNDS * 6);
    for (size_t i = 0; i < TW_COUNT(names); i++)
        one[i] = column_of(&c, names[i]);
    tw_pool_set_threads(4);
    for (size_t i = 0; i < TW_COUNT(names); i++) {
        struct tw_column *four = column_of(&c, names[i]);
        const struct tw_cell_style style = {TW_TIME_EPOCH, 0, 0};

        assert_int_equal(four->n_rows, one[i]->n_rows);
        assert_int_equal(four->n_items, one[i]->n_items);
        for (uint64_t r = 0; r < four->n_rows; r++) {
            struct tw_buffer a = TW_BUFFER_INIT, b = TW_BUFFER_INIT;

            assert_int_equal(tw_column_has(four, r), tw_column_has(one[i], r));
            if (r % 97 == 0 && tw_column_has(four, r)) {
                tw_cell_text(four, 0, r, &style, &a);
                tw_cell_text(one[i], 0, r, &style, &b);
                assert_string_equal(a.data, b.data);
            }
            tw_buffer_fini(&a);
            tw_buffer_fini(&b);
        }
        tw_column_release(four);
        tw_column_release(one[i]);
    }
    tw_pool_set_threads(2);
    drop(&c);
}

/* ---- the short way against the walk ---- */

/* Of every packet that the short way takes the walk makes the same row. Rows 0 and 1 of one table.
 */
static void short_way_equals_the_walk(void **state)
{
    struct capture c;
    struct build f = {0};
    struct tw_pass_thread *thread = calloc(1, sizeof(*thread));
    struct tw_interface interface = {.link_type = 1};
    struct tw_pass pass;
    uint64_t taken = 0;
    FILE *file = new_file(&c, 1);

    (void)state;
    build_plain(&f, 0);
    add(file, &f);
    add(file, &f);
    load(&c, file);
    tw_pass_init(&pass, c.packets, thread);
    for (int i = 0; i < 400000; i++) {
        const struct tw_record record = damaged(&f);

        for (int row = 0; row < 2; row++) {
            pass.flags[row] = pass.network[row] = pass.transport[row] = 0;
            pass.proto[row] = 0;
            pass.label[row] = 0;
            pass.src[row] = pass.dst[row] = pass.seq[row] = pass.ack[row] = pass.payload[row] = 0;
            pass.sport[row] = pass.dport[row] = pass.window[row] = pass.tcp_flags[row] = 0;
        }
        if (!tw_pass_fast(&pass, 0, &record, &interface))
            continue;
        taken++;
        tw_pass_flush(&pass);
        tw_frame_walk(&thread->frame, record.data, record.cap_len, record.len, 1, 0);
        tw_pass_fill(&pass, 1, &record);
        assert_int_equal(pass.flags[0], pass.flags[1]);
        assert_int_equal(pass.network[0], pass.network[1]);
        assert_int_equal(pass.transport[0], pass.transport[1]);
        assert_int_equal(pass.proto[0], pass.proto[1]);
        assert_int_equal(pass.label[0], pass.label[1]);
        assert_int_equal(pass.src[0], pass.src[1]);
        assert_int_equal(pass.dst[0], pass.dst[1]);
        assert_int_equal(pass.sport[0], pass.sport[1]);
        assert_int_equal(pass.dport[0], pass.dport[1]);
        assert_int_equal(pass.seq[0], pass.seq[1]);
        assert_int_equal(pass.ack[0], pass.ack[1]);
        assert_int_equal(pass.window[0], pass.window[1]);
        assert_int_equal(pass.tcp_flags[0], pass.tcp_flags[1]);
        assert_int_equal(pass.payload[0], pass.payload[1]);
    }
    assert_true(taken > 100000);
    free(thread);
    drop(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(base_columns),
        cmocka_unit_test(fields_of_all_layers),
        cmocka_unit_test(presence_of_protocols),
        cmocka_unit_test(what_was_captured_of_a_cut_header_shows),
        cmocka_unit_test(unknown_link_type_warns_once),
        cmocka_unit_test(a_tag_within_a_tunnel_that_carries_no_ip),
        cmocka_unit_test(quoted_headers_are_found),
        cmocka_unit_test(threads_do_not_show),
        cmocka_unit_test(short_way_equals_the_walk),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);

    tw_pool_fini();
    return rc;
}
