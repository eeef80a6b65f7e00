/* The fields of `packets` that the base columns know: a view of their cells, or computed from them.
 * Must not know plugins' files or terminals. */
#include "core/session/own.h"

#include <pthread.h>

#define OWN(source_, presence_, name_, type_, flags_, unit_, help_, origin_)                     \
    {                                                                                            \
        TRAWL_FIELD(.name = name_, .type = type_, .flags = flags_, .unit = unit_, .help = help_, \
                    .source = origin_),                                                          \
            source_, presence_                                                                   \
    }
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define ID     TRAWL_COLUMN_ID

/* In the order in which `packets` shows them. */
static const struct tw_own_field own_fields[] = {
    OWN(S_NUMBER, ALL, "frame.number", TRAWL_U32, ID, NULL,
        "number of the packet in the capture, from 1", NULL),
    OWN(S_TIME, TIMED, "frame.time_epoch", TRAWL_TIME, 0, NULL,
        "time at which the packet was captured", NULL),
    OWN(S_SRC, ANY_NETWORK, "src", TRAWL_IP, 0, NULL, "source address, IPv4 or IPv6", NULL),
    OWN(S_SPORT, ANY_TRANSPORT, "sport", TRAWL_U16, ID, NULL, "source port", NULL),
    OWN(S_DST, ANY_NETWORK, "dst", TRAWL_IP, 0, NULL, "destination address, IPv4 or IPv6", NULL),
    OWN(S_DPORT, ANY_TRANSPORT, "dport", TRAWL_U16, ID, NULL, "destination port", NULL),
    OWN(S_PROTOCOL, NETWORK_OR_ARP, "protocol", TRAWL_STRING, 0, NULL,
        "name of the protocol above IP, or ARP", "IANA protocol numbers"),
    OWN(S_LEN, ALL, "frame.len", TRAWL_U32, 0, "B", "length of the packet on the wire", NULL),
    OWN(S_STREAM, STREAM, "stream", TRAWL_U32, ID, NULL,
        "number of the conversation: tcp.stream or udp.stream", NULL),
    OWN(S_CAP_LEN, ALL, "frame.cap_len", TRAWL_U32, HIDDEN, "B",
        "bytes of the packet that were captured", NULL),
    OWN(S_TIME, TIMED, "frame.time", TRAWL_TIME, HIDDEN, NULL,
        "the same as frame.time_epoch, under tshark's other name", NULL),
    OWN(S_RELATIVE, TIMED, "frame.time_relative", TRAWL_SPAN, HIDDEN, NULL,
        "time since the first packet", NULL),
    OWN(S_DELTA, TIMED, "frame.time_delta", TRAWL_SPAN, HIDDEN, NULL,
        "time since the packet before", NULL),
    OWN(S_DELTA, TIMED, "frame.time_delta_displayed", TRAWL_SPAN, HIDDEN, NULL,
        "the same as frame.time_delta: all packets of a capture are on display", NULL),
    OWN(S_INTERFACE_ID, ALL, "frame.interface_id", TRAWL_U32, HIDDEN | ID, NULL,
        "number of the interface in its file", "pcapng section 4.2"),
    OWN(S_INTERFACE_NAME, ALL, "frame.interface_name", TRAWL_STRING, HIDDEN, NULL,
        "name of the interface", "pcapng section 4.2"),
    OWN(S_FILE, ALL, "frame.file", TRAWL_STRING, HIDDEN, NULL, "file that the packet came from",
        NULL),
    OWN(S_PROTO, ANY_NETWORK, "proto", TRAWL_U8, HIDDEN | ID, NULL,
        "number of the protocol above IP, after extension headers", "IANA protocol numbers"),
    OWN(S_FRAGMENT, ALL, "fragment", TRAWL_BOOL, HIDDEN, NULL, "a fragment of an IP datagram",
        "RFC 791 section 3.2"),
    OWN(S_LATER, ALL, "fragment.later", TRAWL_BOOL, HIDDEN, NULL,
        "a fragment after its datagram's first, whichever came in first", "RFC 791 section 3.2"),
    OWN(S_QUOTED, ALL, "quoted", TRAWL_BOOL, HIDDEN, NULL,
        "an ICMP error that quotes a TCP or UDP header", "RFC 792"),
    OWN(S_TUNNELED, ALL, "tunneled", TRAWL_BOOL, HIDDEN, NULL,
        "its network header is within another packet", NULL),
    OWN(S_LABEL, ALL, "label", TRAWL_U16, HIDDEN | ID | TRAWL_COLUMN_HEX, NULL,
        "innermost VLAN (the low 12 bits) and kind of the innermost tunnel", NULL),
    OWN(S_REVERSE, STREAM, "reverse", TRAWL_BOOL, HIDDEN, NULL,
        "goes against its conversation's first packet", NULL),
    OWN(S_BACK, ALL, "record.back", TRAWL_BOOL, HIDDEN, NULL,
        "a record, as of dnstap, of what went from dst to src", NULL),
    OWN(S_SRC, IPV4, "ip.src", TRAWL_IP, HIDDEN, NULL,
        "source address of the innermost IPv4 header", "RFC 791 section 3.1"),
    OWN(S_DST, IPV4, "ip.dst", TRAWL_IP, HIDDEN, NULL,
        "destination address of the innermost IPv4 header", "RFC 791 section 3.1"),
    OWN(S_SRC, IPV6, "ipv6.src", TRAWL_IP, HIDDEN, NULL,
        "source address of the innermost IPv6 header", "RFC 8200 section 3"),
    OWN(S_DST, IPV6, "ipv6.dst", TRAWL_IP, HIDDEN, NULL,
        "destination address of the innermost IPv6 header", "RFC 8200 section 3"),
    OWN(S_STREAM, TCP_STREAM, "tcp.stream", TRAWL_U32, HIDDEN | ID, NULL,
        "number of the TCP conversation, in order of first packet", NULL),
    OWN(S_SPORT, TCP, "tcp.srcport", TRAWL_U16, HIDDEN | ID, NULL, "source port",
        "RFC 9293 section 3.1"),
    OWN(S_DPORT, TCP, "tcp.dstport", TRAWL_U16, HIDDEN | ID, NULL, "destination port",
        "RFC 9293 section 3.1"),
    OWN(S_SEQ, TCP_HEADER, "tcp.seq", TRAWL_U32, HIDDEN | ID, NULL,
        "sequence number, relative to the first of its direction", "RFC 9293 section 3.4"),
    OWN(S_ACK, TCP_REST, "tcp.ack", TRAWL_U32, HIDDEN | ID, NULL,
        "acknowledgment number, relative to the first of the other direction",
        "RFC 9293 section 3.4"),
    OWN(S_SEQ_RAW, TCP_HEADER, "tcp.seq_raw", TRAWL_U32, HIDDEN | ID, NULL,
        "sequence number as on the wire", "RFC 9293 section 3.1"),
    OWN(S_ACK_RAW, TCP_REST, "tcp.ack_raw", TRAWL_U32, HIDDEN | ID, NULL,
        "acknowledgment number as on the wire", "RFC 9293 section 3.1"),
    OWN(S_PAYLOAD, TCP_LEN, "tcp.len", TRAWL_U32, HIDDEN, "B", "bytes of payload",
        "RFC 9293 section 3.1"),
    OWN(S_NEXT_SEQ, TCP_LEN, "tcp.nxtseq", TRAWL_U32, HIDDEN | ID, NULL,
        "sequence number behind the segment, with its SYN or FIN, relative as tcp.seq",
        "RFC 9293 section 3.4"),
    OWN(S_TCP_FLAGS, TCP_REST, "tcp.flags", TRAWL_U16, HIDDEN | ID | TRAWL_COLUMN_HEX, NULL,
        "the twelve flag and reserved bits", "RFC 9293 section 3.1"),
    OWN(S_WINDOW, TCP_REST, "tcp.window_size_value", TRAWL_U16, HIDDEN, NULL,
        "window as on the wire", "RFC 9293 section 3.1"),
    OWN(S_WINDOW_SCALED, TCP_REST, "tcp.window_size", TRAWL_U32, HIDDEN, "B",
        "window, scaled if the handshake said how", "RFC 7323 section 2"),
    OWN(S_STREAM, UDP_STREAM, "udp.stream", TRAWL_U32, HIDDEN | ID, NULL,
        "number of the UDP conversation, in order of first packet", NULL),
    OWN(S_SPORT, UDP, "udp.srcport", TRAWL_U16, HIDDEN | ID, NULL, "source port", "RFC 768"),
    OWN(S_DPORT, UDP, "udp.dstport", TRAWL_U16, HIDDEN | ID, NULL, "destination port", "RFC 768"),
};

/* Every field of the catalogue is looked for here, some of them several times. */
enum { N_PLACES = 256 };
static uint8_t places[N_PLACES]; /* by a hash of the name: index + 1 */
static pthread_once_t places_once = PTHREAD_ONCE_INIT;

static size_t place_of(const char *name)
{
    return (size_t)tw_hash_bytes(name, strlen(name), 0) % N_PLACES;
}

static void fill_places(void)
{
    _Static_assert(TW_COUNT(own_fields) < N_PLACES / 2, "the table of own fields is too small");
    for (size_t i = 0; i < TW_COUNT(own_fields); i++) {
        size_t at = place_of(own_fields[i].field.name);

        while (places[at])
            at = (at + 1) % N_PLACES;
        places[at] = (uint8_t)(i + 1);
    }
}

const struct tw_own_field *tw_own_field_find(const char *name)
{
    pthread_once(&places_once, fill_places);
    for (size_t at = place_of(name); places[at]; at = (at + 1) % N_PLACES) {
        const struct tw_own_field *own = &own_fields[places[at] - 1];

        if (strcmp(own->field.name, name) == 0)
            return own;
    }
    return NULL;
}

const struct tw_own_field *tw_own_field_at(size_t i)
{
    return i < TW_COUNT(own_fields) ? &own_fields[i] : NULL;
}

/* ---- own columns ---- */

struct fill {
    const tw_capture *capture;
    const struct tw_own_field *own;
    struct tw_column *out;
    struct tw_bits *bits;
    const uint8_t *scale; /**< see tw_own_scales() */
    uint32_t *codes;      /**< of texts, by protocol or interface; see tw_own_codes() */
};

enum { FILL_ROWS = 1 << 16 };
enum { NO_TCP = TW_FRAME_RECORD | TW_FRAME_NO_STREAM }; /* no TCP header, or one that was cut */

static inline __attribute__((always_inline)) bool has_row(const struct tw_packets *p,
                                                          enum tw_own_presence presence, uint64_t r)
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
    case NETWORK_OR_ARP:
        return flags & (TW_FRAME_IPV4 | TW_FRAME_IPV6 | TW_FRAME_ARP);
    case ANY_TRANSPORT:
        return (transport | !!(flags & TW_FRAME_FRAGMENT)) & (proto != 1) & (proto != 58) &
               (proto != 2) &
               (((TW_CELLS(p->sport, const uint16_t)[r] | TW_CELLS(p->dport, const uint16_t)[r]) !=
                 0) |
                (transport & stream) | !!(flags & TW_FRAME_NO_STREAM)); /* from port 0 to port 0 */
    case IPV4:
        return flags & TW_FRAME_IPV4;
    case IPV6:
        return flags & TW_FRAME_IPV6;
    case TCP:
        return transport && proto == 6;
    case TCP_HEADER:
        return transport && proto == 6 && !(flags & NO_TCP);
    case TCP_LEN:
        return transport && proto == 6 && !(flags & (NO_TCP | TW_FRAME_UNMEASURED));
    case TCP_REST:
        return transport && proto == 6 && !(flags & (NO_TCP | TW_FRAME_BOGUS));
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

static inline __attribute__((always_inline)) void fill_words(const struct tw_packets *p,
                                                             enum tw_own_presence presence,
                                                             uint64_t start, uint64_t end,
                                                             uint64_t *words)
{
    for (uint64_t first = start; first < end; first += 64) {
        const uint64_t n = TW_MIN(end - first, (uint64_t)64);
        uint8_t has[64] = {0};
        uint64_t word = 0, eight;

        if (n == 64) {
            for (uint64_t k = 0; k < 64; k++)
                has[k] = has_row(p, presence, first + k);
        } else {
            for (uint64_t k = 0; k < n; k++)
                has[k] = has_row(p, presence, first + k);
        }
        for (uint64_t k = 0; k < 64; k += 8) { /* the low bits of eight bytes side by side */
            memcpy(&eight, has + k, sizeof(eight));
            word |= (eight * UINT64_C(0x0102040810204080) >> 56) << k;
        }
        words[first / 64] = word;
    }
}

/* A loop for each presence: asking which one row by row took longer than the answer. */
static int fill_bits(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    const struct tw_packets *p = f->capture->packets;
    const uint64_t start = i * FILL_ROWS, end = TW_MIN(start + FILL_ROWS, p->n_rows);
    uint64_t *words = f->bits->words;

    (void)i_thread;
    (void)err;
    switch (f->own->presence) {
#define FILL(presence)                              \
    case presence:                                  \
        fill_words(p, presence, start, end, words); \
        break;
        FILL(ALL)
        FILL(TIMED)
        FILL(ANY_NETWORK)
        FILL(NETWORK_OR_ARP)
        FILL(ANY_TRANSPORT)
        FILL(IPV4)
        FILL(IPV6)
        FILL(TCP)
        FILL(TCP_HEADER)
        FILL(TCP_LEN)
        FILL(TCP_REST)
        FILL(TCP_STREAM)
        FILL(UDP)
        FILL(UDP_STREAM)
        FILL(STREAM)
#undef FILL
    }
    return TRAWL_OK;
}

static uint64_t n_chunks(const struct tw_packets *p)
{
    return (p->n_rows + FILL_ROWS - 1) / FILL_ROWS;
}

/* The base column whose cells are the field's own, or NULL. */
static struct tw_column *shared_cells(const struct tw_packets *p, enum tw_own_source source)
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
    case S_LABEL:
        return p->label;
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

static int64_t origin_of(const struct tw_packets *p)
{
    const int64_t *time = TW_CELLS(p->time, const int64_t);

    for (uint64_t r = 0; r < p->n_rows; r++) {
        if (time[r] != INT64_MIN)
            return time[r];
    }
    return 0;
}

/* The bits that a field asks for; 0: it is about something else. */
static uint16_t flags_of(enum tw_own_source source)
{
    switch (source) {
    case S_FRAGMENT:
        return TW_FRAME_FRAGMENT;
    case S_LATER:
        return TW_FRAME_LATER;
    case S_QUOTED:
        return TW_FRAME_QUOTED;
    case S_TUNNELED:
        return TW_FRAME_TUNNEL;
    case S_REVERSE:
        return TW_FRAME_REVERSE;
    case S_BACK:
        return TW_FRAME_BACK;
    default:
        return 0;
    }
}

static void fill_flags(const struct fill *f, uint64_t start, uint64_t end)
{
    const uint16_t *flags = TW_CELLS(f->capture->packets->flags, const uint16_t);
    const uint16_t mask = flags_of(f->own->source);
    uint8_t *out = TW_CELLS(f->out, uint8_t);

    for (uint64_t r = start; r < end; r++)
        out[r] = (flags[r] & mask) != 0;
}

static void fill_protocols(const struct fill *f, uint64_t start, uint64_t end)
{
    const uint16_t *flags = TW_CELLS(f->capture->packets->flags, const uint16_t);
    const uint8_t *proto = TW_CELLS(f->capture->packets->proto, const uint8_t);
    uint32_t *out = TW_CELLS(f->out, uint32_t);

    for (uint64_t r = start; r < end; r++)
        out[r] = !tw_bits_get(f->bits, r)                     ? 0
                 : flags[r] & (TW_FRAME_IPV4 | TW_FRAME_IPV6) ? f->codes[proto[r]]
                                                              : f->codes[TW_OWN_CODE_ARP];
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
    uint32_t *u32 = TW_CELLS(f->out, uint32_t);
    int64_t *i64 = TW_CELLS(f->out, int64_t);

    (void)i_thread;
    (void)err;
    if (flags_of(f->own->source)) {
        fill_flags(f, start, end);
        return TRAWL_OK;
    }
    if (f->own->source == S_PROTOCOL) {
        fill_protocols(f, start, end);
        return TRAWL_OK;
    }
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
        case S_INTERFACE_NAME:
        case S_FILE:
            u32[r] = f->codes[interface[r]];
            if (!u32[r] && f->bits)
                f->bits->words[r / 64] &= ~(UINT64_C(1) << (r % 64));
            break;
        case S_SEQ:
            u32[r] = tw_own_relative(f->capture,
                                     flags[r] & TW_FRAME_UNMEASURED ? UINT32_MAX : stream[r], dir,
                                     r, TW_CELLS(p->seq, const uint32_t)[r]);
            break;
        case S_NEXT_SEQ:
            u32[r] = tw_own_relative(f->capture, stream[r], dir, r,
                                     TW_CELLS(p->seq, const uint32_t)[r]) +
                     TW_CELLS(p->payload, const uint32_t)[r] +
                     !!(TW_CELLS(p->tcp_flags, const uint16_t)[r] & 3);
            if (flags[r] & TW_FRAME_BOGUS)
                f->bits->words[r / 64] &= ~(UINT64_C(1) << (r % 64));
            break;
        case S_ACK:
            u32[r] = TW_CELLS(p->tcp_flags, const uint16_t)[r] & 16 &&
                             !(flags[r] & TW_FRAME_UNMEASURED)
                         ? tw_own_relative(f->capture, stream[r], dir ^ 1, r,
                                           TW_CELLS(p->ack, const uint32_t)[r])
                         : TW_CELLS(p->ack, const uint32_t)[r];
            break;
        case S_WINDOW_SCALED:
            u32[r] = tw_own_window(
                f->scale,
                proto[r] == 6 && !(flags[r] & TW_FRAME_UNMEASURED) ? stream[r] : UINT32_MAX, dir,
                TW_CELLS(p->tcp_flags, const uint16_t)[r], TW_CELLS(p->window, const uint16_t)[r]);
            break;
        default:
            break;
        }
    }
    return TRAWL_OK;
}

/* Events are of these no rows, so that columns can share the bits. */
static bool is_shared(enum tw_own_presence presence)
{
    return presence == TIMED || presence == ANY_NETWORK || presence == NETWORK_OR_ARP ||
           presence == ANY_TRANSPORT || presence == STREAM;
}

/* fill->bits: the rows that the field has; also on failure the caller's to release. */
static int presence_bits(tw_capture *capture, struct fill *fill, trawl_error *err)
{
    const struct tw_packets *p = capture->packets;
    struct tw_bits **kept = is_shared(fill->own->presence) ? &capture->presence[fill->own->presence]
                                                           : NULL;
    int rc;

    if (kept && *kept) {
        fill->bits = tw_bits_retain(*kept);
        return TRAWL_OK;
    }
    fill->bits = tw_bits_new(p->n_rows, err);
    if (!fill->bits)
        return TRAWL_E_NOMEM;
    rc = tw_pool_run(n_chunks(p), fill_bits, fill, err);
    if (rc == TRAWL_OK && kept)
        *kept = tw_bits_retain(fill->bits);
    return rc;
}

int tw_own_column(tw_capture *capture, const struct tw_own_field *own, struct tw_column **ret,
                  trawl_error *err)
{
    struct tw_packets *p = capture->packets;
    struct tw_column *cells = shared_cells(p, own->source), *column = NULL;
    struct fill fill = {.capture = capture, .own = own};
    struct tw_dict *dict = NULL;
    uint8_t *scale = NULL;
    int rc = TRAWL_OK;

    if (own->presence != ALL || own->source == S_INTERFACE_NAME)
        rc = presence_bits(capture, &fill, err);
    if (rc == TRAWL_OK && own->source == S_WINDOW_SCALED) {
        rc = tw_own_scales(capture, &scale, err);
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
        if (rc == TRAWL_OK && column->dict)
            rc = tw_own_codes(capture, own->source, column->dict, &fill.codes, err);
        if (rc == TRAWL_OK)
            rc = tw_pool_run(n_chunks(p), fill_cells, &fill, err);
        if (rc == TRAWL_OK && fill.bits)
            column->valid_bits = tw_bits_retain(fill.bits);
    }
    if (rc == TRAWL_OK)
        rc = tw_own_patch(capture, own, fill.bits, scale, &column, err);
    tw_bits_release(fill.bits);
    tw_free(fill.codes);
    tw_free(scale);
    if (rc != TRAWL_OK) {
        tw_column_release(column);
        return rc;
    }
    *ret = column;
    return TRAWL_OK;
}
