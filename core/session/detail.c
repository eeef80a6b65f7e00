/* The columns of `tcp` that need all packets of a connection, and the table `tcp_rtt`. Must not
 * know plugins' files or terminals. */
#include "core/session/detail.h"

#include <math.h>

#define COL(name_, type_, flags_, unit_, help_, source_)                              \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_ | TRAWL_COLUMN_HIDDEN, \
                 .priority = 9, .unit = unit_, .help = help_, .source = source_)
#define ID TRAWL_COLUMN_ID

#define RFC6298 "RFC 6298 section 3"
#define RFC7323 "RFC 7323 section 4"
#define GUIDE   "Wireshark User's Guide, TCP Analysis"
/* Of one side; the order is that of put_side(). */
#define SIDE(side, Side, other)                                                                    \
    COL(side "_window_scale", TRAWL_U8, ID, NULL,                                                  \
        "bits that its windows are to be shifted by; none: not known, or not used",                \
        "RFC 7323 section 2"),                                                                     \
        COL(side "_syn_rtt", TRAWL_SPAN, 0, NULL,                                                  \
            "handshake: from the " side "'s SYN to what answers it; none: sent twice",             \
            "RFC 9293 section 3.5"),                                                               \
        COL(side "_rtt_samples", TRAWL_U32, 0, NULL,                                               \
            "segments of the " side " that were sent once and acknowledged by themselves",         \
            RFC6298),                                                                              \
        COL(side "_rtt_min", TRAWL_SPAN, 0, NULL, "shortest time to that ACK", RFC6298),           \
        COL(side "_rtt_avg", TRAWL_SPAN, 0, NULL, "mean of them", RFC6298),                        \
        COL(side "_rtt_max", TRAWL_SPAN, 0, NULL, "longest", RFC6298),                             \
        COL(side "_rtt_stdev", TRAWL_SPAN, 0, NULL, "their standard deviation, over n - 1", NULL), \
        COL(side "_ts_rtt_samples", TRAWL_U32, 0, NULL,                                            \
            "time stamps of the " side "'s segments that came back with an ACK", RFC7323),         \
        COL(side "_ts_rtt_min", TRAWL_SPAN, 0, NULL, "shortest time until then", RFC7323),         \
        COL(side "_ts_rtt_avg", TRAWL_SPAN, 0, NULL, "mean of them", RFC7323),                     \
        COL(side "_ts_rtt_max", TRAWL_SPAN, 0, NULL, "longest", RFC7323),                          \
        COL(side "_ts_rtt_stdev", TRAWL_SPAN, 0, NULL, "their standard deviation, over n - 1",     \
            NULL),                                                                                 \
        COL(side "_retransmissions", TRAWL_U32, 0, NULL,                                           \
            "packets that send again, fast and spurious ones too", GUIDE),                         \
        COL(side "_fast_retransmissions", TRAWL_U32, 0, NULL, "of them, fast ones", GUIDE),        \
        COL(side "_spurious_retransmissions", TRAWL_U32, 0, NULL,                                  \
            "of them, those of what was acknowledged", GUIDE),                                     \
        COL(side "_out_of_order", TRAWL_U32, 0, NULL, "packets that come too late", GUIDE),        \
        COL(side "_lost_segments", TRAWL_U32, 0, NULL,                                             \
            "packets ahead of which bytes are not in the capture", GUIDE),                         \
        COL(side "_duplicate_acks", TRAWL_U32, 0, NULL, "ACKs that repeat the one before", GUIDE), \
        COL(side "_keep_alives", TRAWL_U32, 0, NULL, "keep-alives", GUIDE),                        \
        COL(side "_zero_windows", TRAWL_U32, 0, NULL, "packets that say: no room left", GUIDE),    \
        COL(side "_windows_full", TRAWL_U32, 0, NULL,                                              \
            "packets that fill the window of the " other, GUIDE),                                  \
        COL(side "_in_flight", TRAWL_U32, 0, "B",                                                  \
            "most payload sent and not acknowledged at a time", GUIDE),                            \
        COL(side "_sack_blocks", TRAWL_U32, 0, NULL,                                               \
            "blocks of selective acknowledgements that it sent", "RFC 2018 section 3")

static const trawl_column late_columns[] = {
    COL("history", TRAWL_STRING, 0, NULL,
        "what happened, a letter each, the client's in capitals: S SYN, H SYN/ACK, A ACK, D data, "
        "F FIN, R RST, T sent again, W no window, G not captured, I and Q odd flags, ^ began with "
        "the server",
        "Zeek, history"),
    COL("close", TRAWL_STRING, 0, NULL,
        "fin: both sides; client fin, server fin: that one only; client rst, server rst; refused; "
        "unanswered; timeout: sent again and again without an answer; open",
        "RFC 9293 section 3.6"),
    COL("completeness", TRAWL_U8, ID, NULL,
        "what was seen: 1 SYN, 2 SYN/ACK, 4 ACK, 8 data, 16 FIN, 32 RST, together",
        "Wireshark, tcp.completeness"),
    SIDE("client", "Client", "server"),
    SIDE("server", "Server", "client"),
};

static const trawl_column rtt_columns[] = {
    TRAWL_COLUMN(.name = "time", .type = TRAWL_TIME, .help = "of the ACK"),
    TRAWL_COLUMN(.name = "stream", .type = TRAWL_U32, .flags = ID,
                 .help = "number of the connection (tcp.stream)"),
    TRAWL_COLUMN(.name = "sender", .type = TRAWL_STRING,
                 .help = "whose segment it was: client or server"),
    TRAWL_COLUMN(.name = "rtt", .type = TRAWL_SPAN,
                 .help = "from the segment to the ACK, as seen where the capture was made"),
    TRAWL_COLUMN(.name = "method", .type = TRAWL_STRING, .priority = 1,
                 .help = "karn: a segment that was sent once; timestamp: what the ACK echoes",
                 .source = RFC6298 ", " RFC7323),
    TRAWL_COLUMN(.name = "segment", .type = TRAWL_U32, .flags = ID, .priority = 1,
                 .help = "number of the packet that was acknowledged"),
    TRAWL_COLUMN(.name = "ack", .type = TRAWL_U32, .flags = ID, .priority = 1,
                 .help = "number of the packet that acknowledges it"),
};

const trawl_column *tw_tcp_late_list(size_t *ret_n)
{
    *ret_n = TW_COUNT(late_columns);
    return late_columns;
}

const trawl_column *tw_tcp_rtt_list(size_t *ret_n)
{
    *ret_n = TW_COUNT(rtt_columns);
    return rtt_columns;
}

/* ---- the details, made once a capture ---- */

int tw_capture_details(tw_capture *capture, const struct tw_tcp_details **ret, trawl_error *err)
{
    static const char *const names[] = {"tcp.options.timestamp.tsval",
                                        "tcp.options.timestamp.tsecr", "tcp.options.sack_le",
                                        "tcp.options.sack_re"};
    tw_table *packets = capture->packets_table;
    struct tw_detail_options options = {0};
    struct tw_connection *summary = NULL;
    struct tw_tcp_details *made;
    size_t at[TW_COUNT(names)];
    int rc;

    *ret = capture->details;
    if (capture->details)
        return TRAWL_OK;
    for (size_t i = 0; i < TW_COUNT(names); i++) {
        const int64_t found = tw_schema_find(packets->schema, names[i], strlen(names[i]));

        if (found < 0)
            TW_BUG("field '%s' is not in the catalogue", names[i]);
        at[i] = (size_t)found;
    }
    rc = tw_table_prefetch(packets, at, TW_COUNT(names), err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(packets, at[0], &options.stamp, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(packets, at[1], &options.echo, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(packets, at[2], &options.sack_left, err);
    if (rc == TRAWL_OK)
        rc = tw_capture_analysis(capture, packets, err);
    if (rc == TRAWL_OK)
        rc = tw_tcp_summarise(capture->packets, &capture->conversations, &summary, err);
    if (rc != TRAWL_OK)
        return rc;
    made = tw_alloc(sizeof(*made));
    rc = made ? tw_tcp_detail(capture->packets, &capture->conversations, summary, capture->analysis,
                              &options, made, err)
              : tw_fail_nomem(err);
    tw_free(summary);
    if (rc != TRAWL_OK) {
        tw_free(made);
        return rc;
    }
    *ret = capture->details = made;
    return TRAWL_OK;
}

/* ---- columns of tcp ---- */

static void put_text(tw_builder *b, const char *text)
{
    tw_builder_value(b, text, strlen(text));
}

static void put_rtt(tw_builder *b, const struct tw_rtt *r)
{
    tw_builder_u64(b, r->n);
    if (r->n) {
        tw_builder_i64(b, r->min_ns);
        tw_builder_i64(b, r->mean_ns < (double)r->max_ns ? (int64_t)(r->mean_ns + 0.5)
                                                         : r->max_ns); /* its double is larger */
        tw_builder_i64(b, r->max_ns);
    } else {
        for (unsigned i = 0; i < 3; i++)
            tw_builder_null(b);
    }
    if (r->n > 1) /* of a clock that was set by centuries more than there are ns */
        tw_builder_i64(b, (int64_t)TW_MIN(sqrt(r->squares / (r->n - 1)) + 0.5, 0x1p63 - 1024));
    else
        tw_builder_null(b);
}

static void put_side(tw_builder *b, const struct tw_tcp_side *s, uint8_t scale)
{
    if (scale == 0 || scale == UINT8_MAX)
        tw_builder_null(b);
    else
        tw_builder_u64(b, scale - 1u);
    if (s->syn_rtt_ns < 0)
        tw_builder_null(b);
    else
        tw_builder_i64(b, s->syn_rtt_ns);
    for (unsigned i = 0; i < TW_N_RTT; i++)
        put_rtt(b, &s->rtt[i]);
    for (unsigned i = 0; i < TW_N_COUNTS; i++)
        tw_builder_u64(b, s->counts[i]);
    tw_builder_u64(b, s->in_flight);
    tw_builder_u64(b, s->sack_blocks);
}

static void put_history(tw_builder *b, const struct tw_tcp_details *details, uint32_t stream)
{
    const struct tw_histories *histories = &details->histories[stream % details->n_shards];
    char text[256];
    size_t n = tw_histories_text(histories, details->connections[stream].history, text,
                                 sizeof(text));

    tw_builder_value(b, text, TW_MIN(n, sizeof(text)));
}

static const char *end_text(const struct tw_tcp_detail *d)
{
    const bool by_client = d->ended_by == d->client;

    switch ((enum tw_tcp_end)d->end) {
    case TW_END_FIN:
        return "fin";
    case TW_END_HALF:
        return by_client ? "client fin" : "server fin";
    case TW_END_RST:
        return by_client ? "client rst" : "server rst";
    case TW_END_REFUSED:
        return "refused";
    case TW_END_UNANSWERED:
        return "unanswered";
    case TW_END_TIMEOUT:
        return "timeout";
    case TW_END_OPEN:
        break;
    }
    return "open";
}

static void put_late(tw_builder *b, const struct tw_tcp_details *details, const uint8_t *scales,
                     uint32_t stream)
{
    const struct tw_tcp_detail *d = &details->connections[stream];

    put_history(b, details, stream);
    put_text(b, end_text(d));
    tw_builder_u64(b, d->completeness);
    for (unsigned i = 0; i < 2; i++) {
        const unsigned side = i ? d->client ^ 1u : d->client;

        put_side(b, &d->side[side], scales[2 * (size_t)stream + side]);
    }
    tw_builder_end_row(b);
}

int tw_tcp_late_columns(tw_capture *capture, tw_table *early, tw_table **ret, trawl_error *err)
{
    const struct tw_tcp_details *details = NULL;
    const struct tw_column *streams = NULL;
    uint8_t *scales = NULL;
    tw_schema *schema;
    tw_builder *b;
    int rc = tw_capture_details(capture, &details, err);

    if (rc == TRAWL_OK)
        rc = tw_table_column(early, 0, &streams, err);
    if (rc == TRAWL_OK)
        rc = tw_own_scales(capture, &scales, err);
    if (rc != TRAWL_OK)
        return rc;
    schema = tw_schema_from(late_columns, TW_COUNT(late_columns), err);
    b = schema ? tw_builder_new(schema, NULL, err) : NULL;
    tw_schema_free(schema);
    for (uint64_t i = 0; b && i < early->n_rows; i++)
        put_late(b, details, scales, TW_CELLS(streams, const uint32_t)[i]);
    tw_free(scales);
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- tcp_rtt ---- */

int tw_tcp_build_rtt(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const int64_t *time = TW_CELLS(capture->packets->time, const int64_t);
    const uint32_t *stream = TW_CELLS(capture->packets->stream, const uint32_t);
    const uint16_t *flags = TW_CELLS(capture->packets->flags, const uint16_t);
    const struct tw_tcp_details *details = NULL;
    tw_builder *b;
    int rc = tw_capture_details(capture, &details, err);

    if (rc != TRAWL_OK)
        return rc;
    b = tw_builder_new(tw_session_table_schema(capture->session, "tcp_rtt"), NULL, err);
    for (size_t i = 0; b && i < details->n_samples; i++) {
        const struct tw_rtt_sample *s = &details->samples[i];
        const uint8_t side = (flags[s->segment] & TW_FRAME_REVERSE) != 0;

        tw_builder_i64(b, time[s->ack]);
        tw_builder_u64(b, stream[s->ack]);
        put_text(b, side == details->connections[stream[s->ack]].client ? "client" : "server");
        tw_builder_i64(b, (int64_t)((uint64_t)time[s->ack] - (uint64_t)time[s->segment]));
        put_text(b, s->method == TW_RTT_STAMP ? "timestamp" : "karn");
        tw_builder_u64(b, (uint64_t)s->segment + 1);
        tw_builder_u64(b, (uint64_t)s->ack + 1);
        tw_builder_end_row(b);
    }
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}
