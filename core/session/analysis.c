/* The fields tcp.analysis.* and tcp.time_* of `packets`: columns over what core/track found out.
 * Must not know plugins' files or terminals. */
#include "core/track/analysis.h"

#include "core/session/detail.h"

#define FIELD(what_, bits_, name_, type_, flags_, unit_, help_)                          \
    {                                                                                    \
        TRAWL_FIELD(.name = name_, .type = type_, .flags = flags_ | TRAWL_COLUMN_HIDDEN, \
                    .unit = unit_, .help = help_,                                        \
                    .source = "Wireshark User's Guide, TCP Analysis"),                   \
            what_, bits_                                                                 \
    }
#define FLAG(bits_, name_, help_) FIELD(A_FLAG, bits_, name_, TRAWL_BOOL, 0, NULL, help_)
#define ID                        TRAWL_COLUMN_ID

enum what {
    A_FLAG, /* some of the field's bits are set */
    A_ACKS,
    A_ACK_RTT,
    A_IN_FLIGHT,
    A_PUSHED,
    A_HANDSHAKE,
    A_RTO,
    A_RTO_FRAME,
    A_DUPLICATE,
    A_DUPLICATE_OF,
    A_TIME_RELATIVE,
    A_TIME_DELTA,
    A_COMPLETENESS,
    A_SCALE,
    A_FAST_OPEN, /* bits: which of the enum fast_open */
};

enum fast_open { FAST_OPEN_SYN = 1, FAST_OPEN_ACK, FAST_OPEN_IGNORED };

struct tw_analysis_field {
    trawl_field field;
    enum what what;
    uint16_t bits;
};

static const struct tw_analysis_field fields[] = {
    FLAG(UINT16_MAX, "tcp.analysis", "something is known of the packet beside its own header"),
    FLAG(TW_TCP_FLAGS, "tcp.analysis.flags",
         "something is unusual: any of those below, fast opens aside"),
    FLAG(TW_TCP_RETRANSMISSION | TW_TCP_FAST_RETRANSMISSION | TW_TCP_SPURIOUS_RETRANSMISSION,
         "tcp.analysis.retransmission",
         "sends again what may have been lost; the fast and the spurious ones too"),
    FLAG(TW_TCP_FAST_RETRANSMISSION, "tcp.analysis.fast_retransmission",
         "sends again within 20 ms of a second duplicate ACK"),
    FLAG(TW_TCP_SPURIOUS_RETRANSMISSION, "tcp.analysis.spurious_retransmission",
         "sends again what was acknowledged"),
    FLAG(TW_TCP_OUT_OF_ORDER, "tcp.analysis.out_of_order",
         "comes after a later segment, by less than the handshake's round trip (3 ms if unknown)"),
    FLAG(TW_TCP_LOST_SEGMENT, "tcp.analysis.lost_segment",
         "bytes before this segment are not in the capture"),
    FLAG(TW_TCP_ACK_LOST_SEGMENT, "tcp.analysis.ack_lost_segment",
         "acknowledges bytes that are not in the capture"),
    FLAG(TW_TCP_DUPLICATE_ACK, "tcp.analysis.duplicate_ack", "repeats the ACK before it"),
    FLAG(TW_TCP_KEEP_ALIVE, "tcp.analysis.keep_alive",
         "at most one byte, and that was sent before"),
    FLAG(TW_TCP_KEEP_ALIVE_ACK, "tcp.analysis.keep_alive_ack", "answers a keep-alive"),
    FLAG(TW_TCP_WINDOW_UPDATE, "tcp.analysis.window_update", "nothing but another window"),
    FLAG(TW_TCP_WINDOW_FULL, "tcp.analysis.window_full", "fills the other side's window"),
    FLAG(TW_TCP_ZERO_WINDOW, "tcp.analysis.zero_window", "has no room left"),
    FLAG(TW_TCP_ZERO_WINDOW_PROBE, "tcp.analysis.zero_window_probe", "one byte into a window of 0"),
    FLAG(TW_TCP_ZERO_WINDOW_PROBE_ACK, "tcp.analysis.zero_window_probe_ack",
         "answers such a probe: the window is still 0"),
    FLAG(TW_TCP_REUSED_PORTS, "tcp.analysis.reused_ports",
         "begins a conversation with the addresses and ports of an earlier one"),
    FIELD(A_FAST_OPEN, FAST_OPEN_SYN, "tcp.analysis.tfo_syn", TRAWL_BOOL, 0, NULL,
          "a SYN with a cookie of TCP fast open (RFC 7413)"),
    FIELD(A_FAST_OPEN, FAST_OPEN_ACK, "tcp.analysis.tfo_ack", TRAWL_BOOL, 0, NULL,
          "a SYN/ACK that acknowledges data of the SYN"),
    FIELD(A_FAST_OPEN, FAST_OPEN_IGNORED, "tcp.analysis.tfo_ignored", TRAWL_BOOL, 0, NULL,
          "a SYN/ACK that acknowledges a SYN with such a cookie and data without the data"),
    FIELD(A_ACKS, 0, "tcp.analysis.acks_frame", TRAWL_U32, ID, NULL,
          "number of the packet whose last byte it acknowledges"),
    FIELD(A_ACK_RTT, 0, "tcp.analysis.ack_rtt", TRAWL_SPAN, 0, NULL,
          "time since that packet, as seen where the capture was made"),
    FIELD(A_HANDSHAKE, 0, "tcp.analysis.initial_rtt", TRAWL_SPAN, 0, NULL,
          "round trip of the handshake: from the SYN to the ACK that ends it"),
    FIELD(A_IN_FLIGHT, 0, "tcp.analysis.bytes_in_flight", TRAWL_U32, 0, "B",
          "payload sent and not acknowledged, this segment's included"),
    FIELD(A_PUSHED, 0, "tcp.analysis.push_bytes_sent", TRAWL_U32, 0, "B",
          "payload sent since the last PSH flag"),
    FIELD(A_RTO, 0, "tcp.analysis.rto", TRAWL_SPAN, 0, NULL,
          "retransmission: time since the oldest segment that is not acknowledged"),
    FIELD(A_RTO_FRAME, 0, "tcp.analysis.rto_frame", TRAWL_U32, ID, NULL,
          "number of that segment's packet"),
    FIELD(A_DUPLICATE, 0, "tcp.analysis.duplicate_ack_num", TRAWL_U32, 0, NULL,
          "which duplicate of an ACK it is, from 1"),
    FIELD(A_DUPLICATE_OF, 0, "tcp.analysis.duplicate_ack_frame", TRAWL_U32, ID, NULL,
          "number of the packet with that ACK"),
    FIELD(A_TIME_RELATIVE, 0, "tcp.time_relative", TRAWL_SPAN, 0, NULL,
          "time since the conversation's first packet"),
    FIELD(A_TIME_DELTA, 0, "tcp.time_delta", TRAWL_SPAN, 0, NULL,
          "time since the conversation's packet before"),
    FIELD(A_COMPLETENESS, 0, "tcp.completeness", TRAWL_U8, ID, NULL,
          "what the packets before it were: 1 SYN, 2 SYN/ACK, 4 ACK, 8 data, 16 FIN, 32 "
          "RST, together"),
    FIELD(A_SCALE, 0, "tcp.window_size_scalefactor", TRAWL_I64, 0, NULL,
          "what the window is multiplied by; -1: the handshake was not seen, -2: not scaled"),
};

const struct tw_analysis_field *tw_analysis_field_find(const char *name)
{
    for (size_t i = 0; i < TW_COUNT(fields); i++) {
        if (strcmp(fields[i].field.name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

const trawl_field *tw_analysis_field_at(size_t i)
{
    return i < TW_COUNT(fields) ? &fields[i].field : NULL;
}

/* ---- the analysis, made once a capture ---- */

int tw_capture_analysis(tw_capture *capture, tw_table *table, trawl_error *err)
{
    static const char *const names[2] = {"tcp.options.sack_le", "tcp.options.sack_re"};
    struct tw_tcp_options options = {0};
    struct tw_tcp_analysis *made;
    uint8_t *scales = NULL;
    size_t at[2];
    int rc;

    if (capture->analysis)
        return TRAWL_OK;
    for (size_t i = 0; i < 2; i++) {
        const int64_t found = tw_schema_find(table->schema, names[i], strlen(names[i]));

        if (found < 0)
            TW_BUG("field '%s' is not in the catalogue", names[i]);
        at[i] = (size_t)found;
    }
    rc = tw_table_prefetch(table, at, 2, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(table, at[0], &options.sack_left, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(table, at[1], &options.sack_right, err);
    if (rc == TRAWL_OK)
        rc = tw_own_scales(capture, &scales, err);
    if (rc != TRAWL_OK)
        return rc;
    options.scales = scales;
    made = tw_alloc(sizeof(*made));
    rc = made ? tw_tcp_analyse(capture->packets, &capture->conversations, &options, made, err)
              : tw_fail_nomem(err);
    tw_free(scales);
    if (rc != TRAWL_OK) {
        tw_free(made);
        return rc;
    }
    capture->analysis = made;
    return TRAWL_OK;
}

void tw_capture_drop_analysis(tw_capture *capture)
{
    if (capture->analysis)
        tw_tcp_analysis_fini(capture->analysis);
    tw_free(capture->analysis);
    capture->analysis = NULL;
    if (capture->details)
        tw_tcp_details_fini(capture->details);
    tw_free(capture->details);
    capture->details = NULL;
}

/* ---- columns ---- */

struct fill {
    const tw_capture *capture;
    const struct tw_analysis_field *field;
    struct tw_column *out;
    uint64_t *valid;
};

enum { FILL_ROWS = 1 << 16, TCP_SYN = 2, TCP_ACK = 16 };

/* The time from one row to another; false: none, or one of them has no time. */
static bool passed(const int64_t *time, uint64_t from, uint64_t to, uint64_t *ret)
{
    *ret = (uint64_t)time[to] - (uint64_t)time[from];
    return *ret != 0 && time[from] != INT64_MIN && time[to] != INT64_MIN;
}

/* A cell that is there for so many rows that all are asked; false: none. */
static inline bool dense_cell(const struct fill *f, uint64_t r, uint64_t *ret)
{
    const struct tw_tcp_analysis *a = f->capture->analysis;
    const struct tw_packets *p = f->capture->packets;
    const int64_t *time = TW_CELLS(p->time, const int64_t);
    uint32_t stream;

    switch (f->field->what) {
    case A_FLAG:
        *ret = 1;
        return a->flags[r] & f->field->bits;
    case A_ACKS:
        *ret = a->acks[r];
        return a->acks[r];
    case A_ACK_RTT:
        if (!a->acks[r])
            return false;
        return passed(time, a->acks[r] - 1, r, ret);
    case A_IN_FLIGHT:
        *ret = a->in_flight[r];
        return a->in_flight[r];
    case A_PUSHED:
        *ret = a->pushed[r];
        return a->in_flight[r];
    case A_HANDSHAKE:
        if (!a->flags[r])
            return false;
        stream = TW_CELLS(p->stream, const uint32_t)[r];
        *ret = (uint64_t)a->handshake[stream];
        return *ret != 0 && r >= a->handshake_row[stream];
    default:
        return false;
    }
}

/* Nothing is shown of a segment whose header is too short to be one, as in tshark. */
static void put(struct fill *f, uint64_t r, uint64_t value)
{
    if (TW_CELLS(f->capture->packets->flags, const uint16_t)[r] & TW_FRAME_BOGUS &&
        f->field->what != A_COMPLETENESS)
        return;
    switch (tw_type_size(f->out->type)) {
    case 1:
        TW_CELLS(f->out, uint8_t)[r] = (uint8_t)value;
        break;
    case 4:
        TW_CELLS(f->out, uint32_t)[r] = (uint32_t)value;
        break;
    default:
        TW_CELLS(f->out, uint64_t)[r] = value;
        break;
    }
    f->valid[r / 64] |= UINT64_C(1) << (r % 64);
}

static int fill_dense(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct fill *f = context;
    const uint64_t end = TW_MIN((i + 1) * FILL_ROWS, f->capture->packets->n_rows);

    (void)i_thread;
    (void)err;
    for (uint64_t r = i * FILL_ROWS; r < end; r++) {
        uint64_t value;

        if (dense_cell(f, r, &value))
            put(f, r, value);
    }
    return TRAWL_OK;
}

/* Retransmissions and duplicate ACKs have a list of their own. */
static void fill_repeats(struct fill *f)
{
    const struct tw_tcp_analysis *a = f->capture->analysis;
    const int64_t *time = TW_CELLS(f->capture->packets->time, const int64_t);
    const bool duplicates = f->field->what == A_DUPLICATE || f->field->what == A_DUPLICATE_OF;

    for (size_t i = 0; i < a->n_repeats; i++) {
        const struct tw_tcp_repeat *x = &a->repeats[i];
        uint64_t rto = 0;

        if ((x->times != 0) != duplicates || (!duplicates && !passed(time, x->of, x->row, &rto)))
            continue;
        if (f->field->what == A_DUPLICATE)
            put(f, x->row, x->times);
        else if (f->field->what == A_RTO)
            put(f, x->row, rto);
        else
            put(f, x->row, (uint64_t)x->of + 1);
    }
}

/* A segment of a connection with a header of its own, and none of these flags. */
static inline bool is_segment(const struct tw_packets *p, uint64_t r, uint16_t without)
{
    return TW_CELLS(p->proto, const uint8_t)[r] == 6 &&
           TW_CELLS(p->stream, const uint32_t)[r] != UINT32_MAX &&
           TW_CELLS(p->transport, const uint16_t)[r] &&
           !(TW_CELLS(p->flags, const uint16_t)[r] & without);
}

/* Time since the first segment of the conversation or since the one before. */
static int fill_times(struct fill *f, trawl_error *err)
{
    const struct tw_packets *p = f->capture->packets;
    const int64_t *time = TW_CELLS(p->time, const int64_t);
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    int64_t *from = tw_alloc_array((size_t)f->capture->conversations.n_tcp + 1, sizeof(*from));

    if (!from)
        return tw_fail_nomem(err);
    for (uint32_t i = 0; i < f->capture->conversations.n_tcp; i++)
        from[i] = INT64_MIN;
    for (uint64_t r = 0; r < p->n_rows; r++) {
        if (time[r] == INT64_MIN || !is_segment(p, r, 0))
            continue;
        if (from[stream[r]] == INT64_MIN)
            from[stream[r]] = time[r];
        put(f, r, (uint64_t)time[r] - (uint64_t)from[stream[r]]);
        if (f->field->what == A_TIME_DELTA)
            from[stream[r]] = time[r];
    }
    tw_free(from);
    return TRAWL_OK;
}

/* As tshark shows it when it reads once: of the packets before. */
static int fill_completeness(struct fill *f, trawl_error *err)
{
    const struct tw_packets *p = f->capture->packets;
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint16_t *tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t);
    const uint32_t *len = TW_CELLS(p->payload, const uint32_t);
    const struct tw_conversations *v = &f->capture->conversations;
    const struct tw_conversation *c;
    uint8_t *seen = tw_alloc_array((size_t)v->n_tcp + 1, sizeof(*seen));

    if (!seen)
        return tw_fail_nomem(err);
    for (uint64_t r = 0; r < p->n_rows; r++) {
        if (!is_segment(p, r, TW_FRAME_QUOTED | TW_FRAME_RECORD))
            continue;
        c = &v->tcp[stream[r]];
        if (r == c->first_row && c->flags & TW_CONV_REUSED)
            seen[stream[r]] = 1;
        put(f, r, seen[stream[r]]);
        if (!(flags[r] & TW_FRAME_BOGUS))
            seen[stream[r]] = tw_tcp_completeness(c, (uint32_t)r, seen[stream[r]], tcp_flags[r],
                                                  len[r]);
    }
    tw_free(seen);
    return TRAWL_OK;
}

/* Of every segment but SYNs, whose window is never scaled. */
static int fill_scale(struct fill *f, trawl_error *err)
{
    const struct tw_packets *p = f->capture->packets;
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint16_t *tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t);
    uint8_t *scales = NULL;
    int rc = tw_own_scales(f->capture, &scales, err);

    for (uint64_t r = 0; rc == TRAWL_OK && r < p->n_rows; r++) {
        uint8_t scale;

        if (tcp_flags[r] & TCP_SYN ||
            !is_segment(p, r, TW_FRAME_QUOTED | TW_FRAME_RECORD | TW_FRAME_UNMEASURED))
            continue;
        scale = scales[2 * (size_t)stream[r] + ((flags[r] & TW_FRAME_REVERSE) != 0)];
        put(f, r,
            scale == TW_SCALE_UNKNOWN  ? (uint64_t)-1
            : scale == TW_SCALE_UNUSED ? (uint64_t)-2
                                       : UINT64_C(1) << (scale - 1));
    }
    tw_free(scales);
    return rc;
}

/* SYNs with cookies and what their SYN/ACKs say of the data that came with them. */
static int fill_fast_open(struct fill *f, tw_table *table, trawl_error *err)
{
    static const char name[] = "tcp.options.tfo.cookie";
    const struct tw_packets *p = f->capture->packets;
    const uint32_t *stream = TW_CELLS(p->stream, const uint32_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint16_t *tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t);
    const struct tw_conversations *v = &f->capture->conversations;
    const int64_t at = tw_schema_find(table->schema, name, strlen(name));
    const struct tw_column *cookies;
    uint8_t *opened;
    int rc;

    if (at < 0)
        TW_BUG("field '%s' is not in the catalogue", name);
    rc = tw_table_column(table, (size_t)at, &cookies, err);
    if (rc != TRAWL_OK)
        return rc;
    opened = tw_alloc_array((size_t)v->n_tcp + 1, sizeof(*opened));
    if (!opened)
        return tw_fail_nomem(err);
    for (uint64_t r = 0; r < p->n_rows; r++) {
        enum fast_open found = 0;

        if (proto[r] != 6 || stream[r] == UINT32_MAX || !(tcp_flags[r] & TCP_SYN) ||
            flags[r] & (TW_FRAME_QUOTED | TW_FRAME_RECORD))
            continue;
        if (tcp_flags[r] & TCP_ACK) {
            const unsigned dir = (flags[r] & TW_FRAME_REVERSE) == 0;
            const uint32_t ack = tw_conversations_relative(v, stream[r], dir, (uint32_t)r,
                                                           TW_CELLS(p->ack, const uint32_t)[r]);

            found = ack > 1 ? FAST_OPEN_ACK : ack == 1 && opened[stream[r]] ? FAST_OPEN_IGNORED : 0;
        } else if (tw_column_has(cookies, r)) {
            found = FAST_OPEN_SYN;
            opened[stream[r]] |= TW_CELLS(p->payload, const uint32_t)[r] != 0;
        }
        if (found && found == f->field->bits)
            put(f, r, 1);
    }
    tw_free(opened);
    return TRAWL_OK;
}

int tw_analysis_column(tw_capture *capture, tw_table *table, const struct tw_analysis_field *field,
                       struct tw_column **ret, trawl_error *err)
{
    const uint64_t n = capture->packets->n_rows;
    const bool times = field->what >= A_TIME_RELATIVE;
    struct fill fill = {.capture = capture, .field = field};
    struct tw_bits *bits;
    int rc = times ? TRAWL_OK : tw_capture_analysis(capture, table, err);

    if (rc != TRAWL_OK)
        return rc;
    bits = tw_bits_new(n, err);
    fill.out = bits ? tw_column_new(field->field.type, false, n, NULL, err) : NULL;
    rc = fill.out ? tw_column_resize(fill.out, n, err) : TRAWL_E_NOMEM;
    if (rc == TRAWL_OK) {
        fill.valid = bits->words;
        if (field->what == A_COMPLETENESS)
            rc = fill_completeness(&fill, err);
        else if (field->what == A_SCALE)
            rc = fill_scale(&fill, err);
        else if (field->what == A_FAST_OPEN)
            rc = fill_fast_open(&fill, table, err);
        else if (times)
            rc = fill_times(&fill, err);
        else if (field->what >= A_RTO)
            fill_repeats(&fill);
        else
            rc = tw_pool_run((n + FILL_ROWS - 1) / FILL_ROWS, fill_dense, &fill, err);
    }
    if (rc != TRAWL_OK) {
        tw_bits_release(bits);
        tw_column_release(fill.out);
        return rc;
    }
    fill.out->valid_bits = bits;
    *ret = fill.out;
    return TRAWL_OK;
}
