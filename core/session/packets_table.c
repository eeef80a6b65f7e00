/* The `packets` table: every catalogue field a column, served from the base columns where they know
 * it, else computed from the bytes on first use. Must not know plugins' files or terminals. */
#include "core/session/internal.h"

/* Which rows a field of the base columns has. */
enum presence {
    ALL, TIMED, ANY_NETWORK, ANY_TRANSPORT, IPV4, IPV6, TCP, TCP_STREAM, UDP, UDP_STREAM, STREAM
};

enum source {
    S_NUMBER, S_TIME, S_RELATIVE, S_DELTA, S_LEN, S_CAP_LEN, S_INTERFACE_ID, S_INTERFACE_NAME,
    S_FILE, S_SRC, S_DST, S_SPORT, S_DPORT, S_PROTO, S_PROTOCOL, S_STREAM, S_SEQ, S_ACK,
    S_SEQ_RAW, S_ACK_RAW, S_TCP_FLAGS, S_WINDOW, S_WINDOW_SCALED, S_PAYLOAD, S_FRAGMENT, S_LATER,
    S_QUOTED, S_REVERSE
};

/* A field that the session serves itself. Those without help are declared by core/dissect too (it
 * reads any layer of a packet, this is the short way to the innermost). */
struct own_field {
    trawl_field field;
    enum source source;
    enum presence presence;
};

#define OWN(source_, presence_, name_, type_, flags_, unit_, help_, origin_)                       \
    {TRAWL_FIELD(.name = name_, .type = type_, .flags = flags_, .unit = unit_, .help = help_,      \
                 .source = origin_), source_, presence_}
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define ID TRAWL_COLUMN_ID

/* In the order in which `packets` shows them. */
static const struct own_field own_fields[] = {
    OWN(S_NUMBER, ALL, "frame.number", TRAWL_U32, ID, NULL, "number of the packet in the capture, from 1", NULL),
    OWN(S_TIME, TIMED, "frame.time_epoch", TRAWL_TIME, 0, NULL, "time at which the packet was captured", NULL),
    OWN(S_SRC, ANY_NETWORK, "src", TRAWL_IP, 0, NULL, "source address, IPv4 or IPv6", NULL),
    OWN(S_SPORT, ANY_TRANSPORT, "sport", TRAWL_U16, ID, NULL, "source port", NULL),
    OWN(S_DST, ANY_NETWORK, "dst", TRAWL_IP, 0, NULL, "destination address, IPv4 or IPv6", NULL),
    OWN(S_DPORT, ANY_TRANSPORT, "dport", TRAWL_U16, ID, NULL, "destination port", NULL),
    OWN(S_PROTOCOL, ANY_NETWORK, "protocol", TRAWL_STRING, 0, NULL, "name of the protocol above IP", "IANA protocol numbers"),
    OWN(S_LEN, ALL, "frame.len", TRAWL_U32, 0, "B", "length of the packet on the wire", NULL),
    OWN(S_STREAM, STREAM, "stream", TRAWL_U32, ID, NULL, "number of the conversation: tcp.stream or udp.stream", NULL),
    OWN(S_CAP_LEN, ALL, "frame.cap_len", TRAWL_U32, HIDDEN, "B", "bytes of the packet that were captured", NULL),
    OWN(S_RELATIVE, TIMED, "frame.time_relative", TRAWL_SPAN, HIDDEN, NULL, "time since the first packet", NULL),
    OWN(S_DELTA, TIMED, "frame.time_delta", TRAWL_SPAN, HIDDEN, NULL, "time since the packet before", NULL),
    OWN(S_INTERFACE_ID, ALL, "frame.interface_id", TRAWL_U32, HIDDEN | ID, NULL, "number of the interface in its file", "pcapng section 4.2"),
    OWN(S_INTERFACE_NAME, ALL, "frame.interface_name", TRAWL_STRING, HIDDEN, NULL, "name of the interface", "pcapng section 4.2"),
    OWN(S_FILE, ALL, "frame.file", TRAWL_STRING, HIDDEN, NULL, "file that the packet came from", NULL),
    OWN(S_PROTO, ANY_NETWORK, "proto", TRAWL_U8, HIDDEN | ID, NULL, "number of the protocol above IP, after extension headers", "IANA protocol numbers"),
    OWN(S_FRAGMENT, ALL, "fragment", TRAWL_BOOL, HIDDEN, NULL, "a fragment of an IP datagram", "RFC 791 section 3.2"),
    OWN(S_LATER, ALL, "fragment.later", TRAWL_BOOL, HIDDEN, NULL, "a fragment after its datagram's first, or the one that completes it", "RFC 791 section 3.2"),
    OWN(S_QUOTED, ALL, "quoted", TRAWL_BOOL, HIDDEN, NULL, "an ICMP error that quotes a TCP or UDP header", "RFC 792"),
    OWN(S_REVERSE, STREAM, "reverse", TRAWL_BOOL, HIDDEN, NULL, "goes against its conversation's first packet", NULL),
    OWN(S_SRC, IPV4, "ip.src", TRAWL_IP, HIDDEN, NULL, "source address of the innermost IPv4 header", "RFC 791 section 3.1"),
    OWN(S_DST, IPV4, "ip.dst", TRAWL_IP, HIDDEN, NULL, "destination address of the innermost IPv4 header", "RFC 791 section 3.1"),
    OWN(S_SRC, IPV6, "ipv6.src", TRAWL_IP, HIDDEN, NULL, "source address of the innermost IPv6 header", "RFC 8200 section 3"),
    OWN(S_DST, IPV6, "ipv6.dst", TRAWL_IP, HIDDEN, NULL, "destination address of the innermost IPv6 header", "RFC 8200 section 3"),
    OWN(S_STREAM, TCP_STREAM, "tcp.stream", TRAWL_U32, HIDDEN | ID, NULL, "number of the TCP conversation, in order of first packet", NULL),
    OWN(S_SPORT, TCP, "tcp.srcport", TRAWL_U16, HIDDEN | ID, NULL, "source port", "RFC 9293 section 3.1"),
    OWN(S_DPORT, TCP, "tcp.dstport", TRAWL_U16, HIDDEN | ID, NULL, "destination port", "RFC 9293 section 3.1"),
    OWN(S_SEQ, TCP, "tcp.seq", TRAWL_U32, HIDDEN | ID, NULL, "sequence number, relative to the first of its direction", "RFC 9293 section 3.4"),
    OWN(S_ACK, TCP, "tcp.ack", TRAWL_U32, HIDDEN | ID, NULL, "acknowledgment number, relative to the first of the other direction", "RFC 9293 section 3.4"),
    OWN(S_SEQ_RAW, TCP, "tcp.seq_raw", TRAWL_U32, HIDDEN | ID, NULL, "sequence number as on the wire", "RFC 9293 section 3.1"),
    OWN(S_ACK_RAW, TCP, "tcp.ack_raw", TRAWL_U32, HIDDEN | ID, NULL, "acknowledgment number as on the wire", "RFC 9293 section 3.1"),
    OWN(S_PAYLOAD, TCP, "tcp.len", TRAWL_U32, HIDDEN, "B", "bytes of payload", "RFC 9293 section 3.1"),
    OWN(S_TCP_FLAGS, TCP, "tcp.flags", TRAWL_U16, HIDDEN | ID | TRAWL_COLUMN_HEX, NULL, "the twelve flag and reserved bits", "RFC 9293 section 3.1"),
    OWN(S_WINDOW, TCP, "tcp.window_size_value", TRAWL_U16, HIDDEN, NULL, "window as on the wire", "RFC 9293 section 3.1"),
    OWN(S_WINDOW_SCALED, TCP, "tcp.window_size", TRAWL_U32, HIDDEN, "B", "window, scaled if the handshake said how", "RFC 7323 section 2"),
    OWN(S_STREAM, UDP_STREAM, "udp.stream", TRAWL_U32, HIDDEN | ID, NULL, "number of the UDP conversation, in order of first packet", NULL),
    OWN(S_SPORT, UDP, "udp.srcport", TRAWL_U16, HIDDEN | ID, NULL, "source port", "RFC 768"),
    OWN(S_DPORT, UDP, "udp.dstport", TRAWL_U16, HIDDEN | ID, NULL, "destination port", "RFC 768"),
};

static const struct own_field *own_field_find(const char *name)
{
    for (size_t i = 0; i < TW_COUNT(own_fields); i++) {
        if (strcmp(own_fields[i].field.name, name) == 0)
            return &own_fields[i];
    }
    return NULL;
}

int tw_packets_declare(struct tw_catalogue *catalogue, trawl_error *err)
{
    for (size_t i = 0; i < TW_COUNT(own_fields); i++) {
        const trawl_field *f = &own_fields[i].field;
        int rc;

        if (tw_catalogue_find(catalogue, f->name, strlen(f->name)) >= 0)
            continue;
        rc = tw_catalogue_add_computed(catalogue, f, "core", err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

/* ---- schema ---- */

static int add_field(tw_session *session, size_t i_catalogue, trawl_error *err)
{
    const trawl_field *f = session->catalogue->fields[i_catalogue].field;
    const struct own_field *own = own_field_find(f->name);
    const trawl_column column = TRAWL_COLUMN(
        .name = f->name, .type = own ? own->field.type : f->type,
        .flags = own ? own->field.flags : f->flags | TRAWL_COLUMN_HIDDEN, .unit = f->unit,
        .help = f->help, .source = f->source);

    session->packets_order[session->packets_schema->n_columns] = (uint32_t)i_catalogue;
    return tw_schema_add(session->packets_schema, &column, err);
}

/* Each protocol is a boolean field of its name, as in Wireshark: "tcp" says the packet has one. */
static int declare_protocols(tw_session *session, trawl_error *err)
{
    struct tw_catalogue *c = session->catalogue;
    const size_t n = TW_LAYER_N + c->n_dissectors;
    int rc = TRAWL_OK;

    /* after a failure the second try goes on where the first one stopped */
    if (!session->protocols)
        session->protocols = tw_alloc_array(n, sizeof(*session->protocols));
    if (!session->protocols)
        return tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const bool layer = i < TW_LAYER_N;
        const char *name = layer ? tw_layer_name((enum tw_layer_kind)i)
                                 : c->dissectors[i - TW_LAYER_N]->name;

        if (!name || !*name || tw_catalogue_find(c, name, strlen(name)) >= 0)
            continue;
        session->protocols[i] = (trawl_field)TRAWL_FIELD(
            .name = name, .type = TRAWL_BOOL, .flags = HIDDEN, .help = "the packet has this protocol");
        rc = tw_catalogue_add_computed(c, &session->protocols[i], "core", err);
    }
    return rc;
}

int tw_packets_schema(struct tw_session *session, trawl_error *err)
{
    const struct tw_catalogue *c = session->catalogue;
    int rc;

    if (session->packets_schema)
        return TRAWL_OK;
    rc = declare_protocols(session, err);
    if (rc != TRAWL_OK)
        return rc;
    session->packets_order = tw_alloc_array(c->n_fields, sizeof(*session->packets_order));
    session->packets_schema = tw_schema_new();
    if (!session->packets_order || !session->packets_schema)
        rc = tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < TW_COUNT(own_fields); i++) {
        const char *name = own_fields[i].field.name;
        const int64_t at = tw_catalogue_find(c, name, strlen(name));

        if (at < 0)
            TW_BUG("field '%s' is not in the catalogue", name);
        rc = add_field(session, (size_t)at, err);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < c->n_fields; i++) {
        if (!own_field_find(c->fields[i].field->name))
            rc = add_field(session, i, err);
    }
    if (rc != TRAWL_OK) {
        tw_schema_free(session->packets_schema);
        tw_free(session->packets_order);
        session->packets_schema = NULL;
        session->packets_order = NULL;
    }
    return rc;
}

/* ---- own columns ---- */

struct fill {
    const tw_capture *capture;
    const struct own_field *own;
    struct tw_column *out;
    struct tw_bits *bits;
    const uint8_t *scale;     /**< per TCP conversation and direction: shift + 1, 0: none */
};

enum {
    FILL_ROWS = 1 << 16
};

static bool has_row(const struct tw_packets *p, enum presence presence, uint64_t r)
{
    const uint16_t flags = TW_CELLS(p->flags, const uint16_t)[r];
    const uint8_t proto = TW_CELLS(p->proto, const uint8_t)[r];
    const bool transport = TW_CELLS(p->transport, const uint16_t)[r] != 0;
    const bool stream = TW_CELLS(p->stream, const uint32_t)[r] != UINT32_MAX;

    switch (presence) {
    case ALL:
        return true;
    case TIMED:
        return TW_CELLS(p->time, const int64_t)[r] != INT64_MIN;
    case ANY_NETWORK:
        return flags & (TW_FRAME_IPV4 | TW_FRAME_IPV6);
    case ANY_TRANSPORT:
        return (transport || (flags & TW_FRAME_FRAGMENT)) && proto != 1 && proto != 58 &&
               proto != 2 &&
               (TW_CELLS(p->sport, const uint16_t)[r] || TW_CELLS(p->dport, const uint16_t)[r]);
    case IPV4:
        return flags & TW_FRAME_IPV4;
    case IPV6:
        return flags & TW_FRAME_IPV6;
    case TCP:
        return transport && proto == 6;
    case TCP_STREAM:
        return transport && proto == 6 && stream;
    case UDP:
        return transport && (proto == 17 || proto == 136);
    case UDP_STREAM:
        return transport && (proto == 17 || proto == 136) && stream;
    case STREAM:
        return stream;
    }
    return false;
}

static int fill_bits(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    const struct tw_packets *p = f->capture->packets;
    const uint64_t start = i * FILL_ROWS, end = TW_MIN(start + FILL_ROWS, p->n_rows);

    (void)i_thread;
    (void)err;
    for (uint64_t r = start; r < end; r++)
        f->bits->words[r / 64] |= (uint64_t)has_row(p, f->own->presence, r) << (r % 64);
    return TRAWL_OK;
}

static uint64_t n_chunks(const struct tw_packets *p)
{
    return (p->n_rows + FILL_ROWS - 1) / FILL_ROWS;
}

/* The base column whose cells are the field's own, or NULL. */
static struct tw_column *shared_cells(const struct tw_packets *p, enum source source)
{
    switch (source) {
    case S_TIME:
        return p->time;
    case S_LEN:
        return p->len;
    case S_CAP_LEN:
        return p->cap_len;
    case S_SRC:
        return p->src;
    case S_DST:
        return p->dst;
    case S_SPORT:
        return p->sport;
    case S_DPORT:
        return p->dport;
    case S_PROTO:
        return p->proto;
    case S_STREAM:
        return p->stream;
    case S_SEQ_RAW:
        return p->seq;
    case S_ACK_RAW:
        return p->ack;
    case S_TCP_FLAGS:
        return p->tcp_flags;
    case S_WINDOW:
        return p->window;
    case S_PAYLOAD:
        return p->payload;
    default:
        return NULL;
    }
}

static uint32_t relative(const tw_capture *capture, uint32_t stream, unsigned dir, uint64_t row,
                         uint32_t raw)
{
    return stream == UINT32_MAX ? raw
                                : tw_conversations_relative(&capture->conversations, stream, dir,
                                                            (uint32_t)row, raw);
}

static uint32_t scaled_window(const uint8_t *scale, uint32_t stream, unsigned dir, uint16_t flags,
                              uint16_t window)
{
    /* RFC 7323 section 2.2: the window of a SYN is never scaled, and both sides must have offered. */
    if (stream == UINT32_MAX || (flags & 2) || !scale[2 * stream] || !scale[2 * stream + 1])
        return window;
    return (uint32_t)window << (scale[2 * stream + dir] - 1);
}

static int64_t origin_of(const struct tw_packets *p)
{
    const int64_t *time = TW_CELLS(p->time, const int64_t);

    for (uint64_t r = 0; r < p->n_rows; r++) {
        if (time[r] != INT64_MIN)
            return time[r];
    }
    return 0;
}

static int fill_cells(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    const struct tw_packets *p = f->capture->packets;
    const uint64_t start = i * FILL_ROWS, end = TW_MIN(start + FILL_ROWS, p->n_rows);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const int64_t *time = TW_CELLS(p->time, const int64_t);
    const uint16_t *interface = TW_CELLS(p->interface, const uint16_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const int64_t origin = f->own->source == S_RELATIVE ? origin_of(p) : 0;
    uint8_t *u8 = TW_CELLS(f->out, uint8_t);
    uint32_t *u32 = TW_CELLS(f->out, uint32_t);
    int64_t *i64 = TW_CELLS(f->out, int64_t);

    (void)i_thread;
    (void)err;
    for (uint64_t r = start; r < end; r++) {
        const unsigned dir = (flags[r] & TW_FRAME_REVERSE) != 0;

        if (f->bits && !tw_bits_get(f->bits, r))
            continue;
        switch (f->own->source) {
        case S_NUMBER:
            u32[r] = (uint32_t)r + 1;
            break;
        case S_RELATIVE:
            i64[r] = (int64_t)((uint64_t)time[r] - (uint64_t)origin);
            break;
        case S_DELTA:
            i64[r] = r && time[r - 1] != INT64_MIN
                         ? (int64_t)((uint64_t)time[r] - (uint64_t)time[r - 1])
                         : 0;
            break;
        case S_INTERFACE_ID:
            u32[r] = p->input->interfaces[interface[r]].i_in_file;
            break;
        case S_FRAGMENT:
            u8[r] = (flags[r] & TW_FRAME_FRAGMENT) != 0;
            break;
        case S_LATER:
            u8[r] = (flags[r] & (TW_FRAME_LATER | TW_FRAME_WHOLE)) != 0;
            break;
        case S_QUOTED:
            u8[r] = (flags[r] & TW_FRAME_QUOTED) != 0;
            break;
        case S_REVERSE:
            u8[r] = (uint8_t)dir;
            break;
        case S_SEQ:
            u32[r] = relative(f->capture, stream[r], dir, r, TW_CELLS(p->seq, const uint32_t)[r]);
            break;
        case S_ACK:
            u32[r] = TW_CELLS(p->tcp_flags, const uint16_t)[r] & 16
                         ? relative(f->capture, stream[r], dir ^ 1, r,
                                    TW_CELLS(p->ack, const uint32_t)[r])
                         : TW_CELLS(p->ack, const uint32_t)[r];
            break;
        case S_WINDOW_SCALED:
            u32[r] = scaled_window(f->scale, proto[r] == 6 ? stream[r] : UINT32_MAX, dir,
                                   TW_CELLS(p->tcp_flags, const uint16_t)[r],
                                   TW_CELLS(p->window, const uint16_t)[r]);
            break;
        default:
            break;
        }
    }
    return TRAWL_OK;
}

/* Shifts that the handshakes of a capture offered: read from the SYNs' options alone. */
static int read_scales(const tw_capture *capture, uint8_t **ret, trawl_error *err)
{
    const struct tw_packets *p = capture->packets;
    const uint16_t *tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t);
    const uint16_t *transport = TW_CELLS(p->transport, const uint16_t);
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint32_t *cap_len = TW_CELLS(p->cap_len, const uint32_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    uint8_t *scale = tw_alloc_array((size_t)capture->conversations.n_tcp + 1, 2);
    struct tw_fetch *fetch = scale ? tw_fetch_open(p->input, err) : NULL;
    int rc = fetch ? TRAWL_OK : tw_fail_nomem(err);

    for (uint64_t r = 0; rc == TRAWL_OK && r < p->n_rows; r++) {
        const uint8_t *data;
        uint32_t at, end;
        unsigned dir;

        if (proto[r] != 6 || stream[r] == UINT32_MAX || !(tcp_flags[r] & 2) ||
            (TW_CELLS(p->flags, const uint16_t)[r] & TW_FRAME_WHOLE) ||
            cap_len[r] < transport[r] + 20u)
            continue;
        rc = tw_fetch_bytes(
            fetch, p->input->interfaces[TW_CELLS(p->interface, const uint16_t)[r]].i_file,
            TW_CELLS(p->offset, const uint64_t)[r], cap_len[r], &data, err);
        if (rc != TRAWL_OK)
            break;
        dir = (TW_CELLS(p->flags, const uint16_t)[r] & TW_FRAME_REVERSE) != 0;
        end = TW_MIN(cap_len[r], transport[r] + (uint32_t)(data[transport[r] + 12] >> 4) * 4);
        for (at = transport[r] + 20u; at < end && data[at] != 0;) {
            if (data[at] == 1) {
                at++;
                continue;
            }
            if (at + 1 >= end || data[at + 1] < 2 || data[at + 1] > end - at)
                break;
            if (data[at] == 3 && data[at + 1] == 3)
                scale[2 * stream[r] + dir] = (uint8_t)(TW_MIN(data[at + 2], 14) + 1);
            at += data[at + 1];
        }
    }
    tw_fetch_close(fetch);
    if (rc != TRAWL_OK) {
        tw_free(scale);
        return rc;
    }
    *ret = scale;
    return TRAWL_OK;
}

static const char *protocol_name(unsigned proto)
{
    static const struct {
        uint8_t number;
        const char *name;
    } names[] = {{1, "ICMP"}, {2, "IGMP"},  {6, "TCP"},     {17, "UDP"},   {33, "DCCP"},
                 {47, "GRE"}, {50, "ESP"},  {51, "AH"},     {58, "ICMPv6"}, {89, "OSPF"},
                 {103, "PIM"}, {112, "VRRP"}, {132, "SCTP"}, {136, "UDP-Lite"}};

    for (size_t i = 0; i < TW_COUNT(names); i++) {
        if (names[i].number == proto)
            return names[i].name;
    }
    return NULL;
}

/* Text columns with few values: a code for each interface, file or protocol, then a map. */
static int fill_texts(const tw_capture *capture, const struct own_field *own,
                      struct tw_column *out, struct tw_bits *bits, trawl_error *err)
{
    const struct tw_packets *p = capture->packets;
    const struct tw_input *in = p->input;
    const size_t n = own->source == S_PROTOCOL ? 256 : in->n_interfaces;
    uint32_t *codes = tw_alloc_array(n + 1, sizeof(*codes));
    uint32_t *cells = TW_CELLS(out, uint32_t);

    if (!codes)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < n; i++) {
        char number[TW_TEXT_MAX];
        const char *text;

        if (own->source == S_PROTOCOL)
            text = protocol_name((unsigned)i);
        else if (own->source == S_FILE)
            text = in->files[in->interfaces[i].i_file].path;
        else
            text = in->interfaces[i].name;
        if (!text && own->source == S_PROTOCOL) {
            number[tw_format_u64(number, i)] = '\0';
            text = number;
        }
        if (text && !(codes[i] = tw_dict_code(out->dict, text, strlen(text), err))) {
            tw_free(codes);
            return TRAWL_E_NOMEM;
        }
    }
    for (uint64_t r = 0; r < p->n_rows; r++) {
        if (bits && !tw_bits_get(bits, r))
            continue;
        cells[r] = own->source == S_PROTOCOL ? codes[TW_CELLS(p->proto, const uint8_t)[r]]
                                             : codes[TW_CELLS(p->interface, const uint16_t)[r]];
        if (!cells[r] && bits)
            bits->words[r / 64] &= ~(UINT64_C(1) << (r % 64));
    }
    tw_free(codes);
    return TRAWL_OK;
}

/* A header quoted in an ICMP error, and those around a tunnel, show in the fields of their protocol, as
 * in tshark, though the base columns describe the error itself, or what the tunnel carries. */
static bool event_cell(const tw_capture *capture, const struct own_field *own,
                       const struct tw_event *e, const uint8_t *scale, uint64_t *ret)
{
    const bool tcp = own->presence == TCP || own->presence == TCP_STREAM;
    const bool udp = own->presence == UDP || own->presence == UDP_STREAM;
    unsigned need = 0;

    if ((own->presence == IPV4 && e->proto == TW_EVENT_IPV4) ||
        (own->presence == IPV6 && e->proto == TW_EVENT_IPV6)) {
        *ret = own->source == S_SRC ? e->src : e->dst;
        return true;
    }
    if (!((tcp && e->proto == 6) || (udp && (e->proto == 17 || e->proto == 136))))
        return false;
    switch (own->source) {
    case S_SPORT:
        *ret = e->sport;
        break;
    case S_DPORT:
        *ret = e->dport;
        break;
    case S_STREAM:
        *ret = e->stream;
        return e->stream != UINT32_MAX;
    case S_SEQ:
        *ret = e->has_tcp ? relative(capture, e->stream, e->reverse, e->row, e->seq) : e->seq;
        need = 8;
        break;
    case S_ACK:
        *ret = e->tcp_flags & 16 ? relative(capture, e->stream, !e->reverse, e->row, e->ack) : e->ack;
        need = 16;
        break;
    case S_SEQ_RAW:
        *ret = e->seq;
        need = 16;
        break;
    case S_ACK_RAW:
        *ret = e->ack;
        need = 16;
        break;
    case S_TCP_FLAGS:
        *ret = e->tcp_flags;
        need = 16;
        break;
    case S_WINDOW:
        *ret = e->window;
        need = 16;
        break;
    case S_WINDOW_SCALED:
        *ret = scaled_window(scale, e->stream, e->reverse, e->tcp_flags, e->window);
        need = 16;
        break;
    case S_PAYLOAD:
        *ret = e->payload;
        need = 16;
        break;
    default:
        return false;
    }
    return e->cap_len >= need;
}

static void put_cell(struct tw_column *out, uint64_t row, uint64_t v)
{
    if (tw_type_size(out->type) == 2)
        TW_CELLS(out, uint16_t)[row] = (uint16_t)v;
    else
        TW_CELLS(out, uint32_t)[row] = (uint32_t)v;
}

static int patch_events(const tw_capture *capture, const struct own_field *own,
                        struct tw_bits *bits, const uint8_t *scale, struct tw_column **column,
                        trawl_error *err)
{
    const struct tw_events *events = &capture->packets->events;
    uint64_t i_patched = UINT64_MAX;

    for (size_t i = 0; i < events->n; i++) {
        const struct tw_event *e = &events->items[i];
        uint64_t v;

        if (!event_cell(capture, own, e, scale, &v))
            continue;
        /* The main header is inside the others of its kind; of those, the innermost counts. */
        if (tw_bits_get(bits, e->row) && e->row != i_patched)
            continue;
        i_patched = e->row;
        if ((*column)->shares) { /* the base column's own cells stay as they are */
            const struct tw_column *base = *column;
            struct tw_column *copy =
                tw_column_new(base->type, false, base->n_rows, base->dict, err);

            if (!copy || tw_column_resize(copy, base->n_rows, err) != TRAWL_OK) {
                tw_column_release(copy);
                return TRAWL_E_NOMEM;
            }
            memcpy(copy->data.base, base->data.base, base->n_rows * tw_type_size(base->type));
            copy->valid_bits = tw_bits_retain(bits);
            tw_column_release(*column);
            *column = copy;
        }
        put_cell(*column, e->row, v);
        bits->words[e->row / 64] |= UINT64_C(1) << (e->row % 64);
    }
    return TRAWL_OK;
}

static int own_column(const tw_capture *capture, const struct own_field *own,
                      struct tw_column **ret, trawl_error *err)
{
    struct tw_packets *p = capture->packets;
    struct tw_column *cells = shared_cells(p, own->source), *column = NULL;
    struct fill fill = {.capture = capture, .own = own};
    struct tw_dict *dict = NULL;
    uint8_t *scale = NULL;
    int rc = TRAWL_OK;

    if (own->presence != ALL || own->source == S_INTERFACE_NAME) {
        fill.bits = tw_bits_new(p->n_rows, err);
        if (!fill.bits)
            return TRAWL_E_NOMEM;
        rc = tw_pool_run(n_chunks(p), fill_bits, &fill, err);
    }
    if (rc == TRAWL_OK && own->source == S_WINDOW_SCALED) {
        rc = read_scales(capture, &scale, err);
        fill.scale = scale;
    }
    if (rc == TRAWL_OK && cells) {
        column = tw_column_share(cells, fill.bits, err);
        rc = column ? TRAWL_OK : TRAWL_E_NOMEM;
    } else if (rc == TRAWL_OK) {
        if (own->field.type == TRAWL_STRING && !(dict = tw_dict_new(TRAWL_STRING)))
            rc = tw_fail_nomem(err);
        if (rc == TRAWL_OK) {
            column = tw_column_new(own->field.type, false, p->n_rows, dict, err);
            rc = column ? tw_column_resize(column, p->n_rows, err) : TRAWL_E_NOMEM;
        }
        tw_dict_release(dict);
        fill.out = column;
        if (rc == TRAWL_OK && own->field.type == TRAWL_STRING)
            rc = fill_texts(capture, own, column, fill.bits, err);
        else if (rc == TRAWL_OK)
            rc = tw_pool_run(n_chunks(p), fill_cells, &fill, err);
        if (rc == TRAWL_OK && fill.bits)
            column->valid_bits = tw_bits_retain(fill.bits);
    }
    if (rc == TRAWL_OK)
        rc = patch_events(capture, own, fill.bits, scale, &column, err);
    tw_bits_release(fill.bits);
    tw_free(scale);
    if (rc != TRAWL_OK) {
        tw_column_release(column);
        return rc;
    }
    *ret = column;
    return TRAWL_OK;
}

/* ---- the lazy table ---- */

/* Fields that plugins derive from the whole capture come as a table with a column each. */
static int derived_columns(tw_capture *capture, tw_table *table, const trawl_derived *derived,
                           size_t i_wanted, struct tw_column **ret, trawl_error *err)
{
    tw_session *session = capture->session;
    tw_table *made = NULL;
    int rc = session->run_compute
                 ? session->run_compute(session->run_context, derived, capture, &made, err)
                 : tw_fail(err, TRAWL_E_UNSUPPORTED, "fields of '%s' cannot be computed here",
                           derived->name);

    for (uint32_t i = 0; rc == TRAWL_OK && i < derived->n_fields; i++) {
        const trawl_field *field =
            (const trawl_field *)(const void *)((const char *)derived->fields +
                                                (size_t)i * derived->field_size);
        const struct tw_column *column = NULL;
        int64_t at = tw_schema_find(table->schema, field->name, strlen(field->name));

        rc = tw_table_column(made, i, &column, err);
        if (rc == TRAWL_OK && column->n_rows != table->n_rows)
            rc = tw_fail(err, TRAWL_E_PLUGIN, "plugin fields '%s' do not have a row for each packet",
                         derived->name);
        if (rc != TRAWL_OK || at < 0)
            continue;
        tw_column_retain((struct tw_column *)(uintptr_t)column);
        if ((size_t)at == i_wanted)
            *ret = (struct tw_column *)(uintptr_t)column;
        else
            tw_table_store(table, (size_t)at, (struct tw_column *)(uintptr_t)column);
    }
    tw_table_release(made);
    return rc;
}

/* A protocol's presence as the boolean column of its name: true, or nothing. */
static int presence_column(tw_capture *capture, const char *name, struct tw_column **ret,
                           trawl_error *err)
{
    struct tw_packets *p = capture->packets;
    struct tw_bits *bits = tw_packets_presence(p, capture->session->catalogue, name, err);
    struct tw_column *column;
    uint8_t *cells;

    if (!bits)
        return err && err->code ? err->code : TRAWL_E_NOMEM;
    column = tw_column_new(TRAWL_BOOL, false, p->n_rows, NULL, err);
    if (!column || tw_column_resize(column, p->n_rows, err) != TRAWL_OK) {
        tw_column_release(column);
        tw_bits_release(bits);
        return TRAWL_E_NOMEM;
    }
    cells = TW_CELLS(column, uint8_t);
    for (uint64_t r = 0; r < p->n_rows; r++)
        cells[r] = tw_bits_get(bits, r);
    /* null where the protocol is not: a name alone in an expression asks for a value */
    column->valid_bits = bits;
    *ret = column;
    return TRAWL_OK;
}

/* All bytes-derived fields among the wanted columns are extracted in one pass. */
static int prefetch(void *context, trawl_table *table, const size_t *i_columns, size_t n,
                    trawl_error *err)
{
    tw_capture *capture = context;
    tw_session *session = capture->session;
    uint32_t *fields = tw_alloc_array(n + 1, sizeof(*fields));
    size_t *at = tw_alloc_array(n + 1, sizeof(*at));
    struct tw_column **made = tw_alloc_array(n + 1, sizeof(*made));
    size_t n_fields = 0;
    int rc = fields && at && made ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const uint32_t i_field = session->packets_order[i_columns[i]];
        bool twice = false;

        for (size_t j = 0; j < n_fields; j++)
            twice |= at[j] == i_columns[i];
        if (twice || table->columns[i_columns[i]] || !session->catalogue->fields[i_field].dissector ||
            own_field_find(session->catalogue->fields[i_field].field->name))
            continue;
        fields[n_fields] = i_field;
        at[n_fields++] = i_columns[i];
    }
    if (rc == TRAWL_OK && n_fields)
        rc = tw_packets_extract(capture->packets, session->catalogue, fields, n_fields, made, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n_fields; i++)
        tw_table_store(table, at[i], made[i]);
    tw_free(fields);
    tw_free(at);
    tw_free(made);
    return rc;
}

static int provide(void *context, trawl_table *table, size_t i_column, struct tw_column **ret,
                   trawl_error *err)
{
    tw_capture *capture = context;
    tw_session *session = capture->session;
    const uint32_t i_field = session->packets_order[i_column];
    const struct tw_catalogue_field *field = &session->catalogue->fields[i_field];
    const struct own_field *own = own_field_find(field->field->name);
    const trawl_derived *derived;

    if (own)
        return own_column(capture, own, ret, err);
    if (field->dissector)
        return tw_packets_extract(capture->packets, session->catalogue, &i_field, 1, ret, err);
    derived = tw_hashmap_get(&session->derived, field->field->name);
    if (!derived)
        return presence_column(capture, field->field->name, ret, err);
    return derived_columns(capture, table, derived, i_column, ret, err);
}

int tw_packets_table(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    tw_session *session = capture->session;
    tw_schema *schema = tw_schema_new();
    tw_table *table;
    int rc = schema ? tw_schema_add_all(schema, session->packets_schema, err) : tw_fail_nomem(err);

    if (rc != TRAWL_OK) {
        tw_schema_free(schema);
        return rc;
    }
    table = tw_table_new_lazy(schema, capture->packets->n_rows, provide, prefetch, capture, NULL,
                              err);
    if (!table)
        return TRAWL_E_NOMEM;
    table->name = "packets";
    *ret = table;
    return TRAWL_OK;
}
