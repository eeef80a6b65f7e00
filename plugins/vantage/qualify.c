/* qualify: which reinjections were of use, as the receiver saw them. Knows nothing of how data is
 * mapped to packets. */
#include "arrivals.h"

struct qualify_opts {
    struct which which; /* first: see arrivals_run() */
    trawl_words dest;
    uint8_t failed;
};

static const trawl_column columns[] = {
    COL("mptcp", TRAWL_U32, ID, 1, NULL, "MPTCP connection in the first capture"),
    COL("dest", TRAWL_STRING, 0, 0, NULL, "towards which end of the connection"),
    COL("packet", TRAWL_U32, ID, 0, NULL, "number of the packet, in the sender's capture"),
    COL("stream", TRAWL_U32, ID, 0, NULL, "its subflow (tcp.stream), in the first capture"),
    COL("original", TRAWL_U32, ID, 0, NULL,
        "packet that carried the first of these bytes first, in the sender's capture"),
    COL("original_stream", TRAWL_U32, ID, 1, NULL, "its subflow, in the first capture"),
    COL("verdict", TRAWL_STRING, 0, 0, NULL,
        "successful: brought bytes that had not come yet; failed: all had; lost: it never came"),
    COL("gain_s", TRAWL_F64, 0, 0, NULL,
        "seconds that it came before the original: positive, a gain; negative, it came later; "
        "null, "
        "one of them never came"),
    COL("length", TRAWL_U32, 0, 1, "B", "bytes of data"),
    COL("redundant", TRAWL_U32, 0, 1, "B", "those that had come before"),
    COL("sent", TRAWL_TIME, 0, 3, NULL, "when it passed the sender's capture"),
    COL("received", TRAWL_TIME, 0, 3, NULL, "when it passed the receiver's"),
    COL("original_sent", TRAWL_TIME, 0, 4, NULL, "when the original passed the sender's capture"),
    COL("original_received", TRAWL_TIME, 0, 4, NULL, "when the original passed the receiver's"),
};

enum { SUCCESSFUL, FAILED, LOST, N_VERDICTS };
static const char *const verdicts[] = {
    [SUCCESSFUL] = "successful", [FAILED] = "failed", [LOST] = "lost"};

static int verdict_of(const struct carried *c)
{
    return !c->came ? LOST : c->fresh ? SUCCESSFUL : FAILED;
}

/* Frame and stream as columns have them. */
static void put_place(trawl_builder *b, const struct merged *m, uint32_t meeting)
{
    const struct meeting *x;

    if (meeting == NONE32) {
        host->put_null(b);
        host->put_null(b);
        return;
    }
    x = &m->meetings[meeting];
    host->put_u64(b, (uint64_t)(meeting_sender_side(m, x) ? x->right : x->left) + 1);
    host->put_u64(b, m->left->conns[m->pairs[x->pair].left].stream);
}

static void put_time(trawl_builder *b, int has, int64_t ns)
{
    if (has)
        host->put_i64(b, ns);
    else
        host->put_null(b);
}

static void put_row(trawl_builder *b, const struct merged *m, const struct carried *c)
{
    int64_t sent = 0, received = 0;
    const int has_sent = c->first != NONE32 && meeting_sent(m, c->first, &sent);
    const int has_received = c->first != NONE32 && meeting_received(m, c->first, &received);

    host->put_u64(b, c->mptcp);
    host->put_text(b, end_names[c->dest]);
    put_place(b, m, c->meeting);
    put_place(b, m, c->first);
    host->put_text(b, verdicts[verdict_of(c)]);
    if (c->came && has_received)
        host->put_f64(b, (double)ns_between(c->received_ns, received) / 1e9);
    else
        host->put_null(b);
    host->put_u64(b, c->length);
    if (c->came)
        host->put_u64(b, c->length - c->fresh);
    else
        host->put_null(b);
    host->put_i64(b, c->sent_ns);
    put_time(b, c->came, c->received_ns);
    put_time(b, has_sent, sent);
    put_time(b, has_received, received);
    host->end_row(b);
}

static int write_rows(const void *opts, const struct merged *m, const struct arrivals *a,
                      trawl_table **ret, trawl_error *err)
{
    const struct qualify_opts *o = opts;
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    const unsigned wanted = dest_wanted(&o->dest);
    unsigned long long n[N_VERDICTS] = {0}, redundant = 0;

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < a->n; i++) {
        const struct carried *c = &a->items[i];
        const int verdict = verdict_of(c);

        if (!c->reinjection || !(wanted >> c->dest & 1))
            continue;
        n[verdict]++;
        redundant += c->came ? c->length - c->fresh : 0;
        if (verdict == SUCCESSFUL || o->failed)
            put_row(b, m, c);
    }
    host->log(2, "%llu successful reinjections, %llu failed, %llu lost; %llu bytes came in vain%s",
              n[SUCCESSFUL], n[FAILED], n[LOST], redundant,
              !o->failed && n[FAILED] + n[LOST] ? " (--failed lists them, too)" : "");
    return host->finish(b, ret, err);
}

static int qualify_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    (void)in;
    return arrivals_run(call, opts, 0, write_rows, ret, err);
}

static int qualify_reinjections_run(trawl_call *call, const void *opts, trawl_table *in,
                                    trawl_table **ret, trawl_error *err)
{
    (void)in;
    return arrivals_run(call, opts, 1, write_rows, ret, err);
}

#define FAILED_ARG                                                           \
    TRAWL_OPT(TRAWL_ARG_FLAG, struct qualify_opts, failed, .name = "failed", \
              .help = "those that brought nothing, or never came, too")

static const trawl_arg qualify_args[] = {
    LEFT_ARG(struct qualify_opts, which.left),
    RIGHT_ARG(struct qualify_opts, which.right),
    MPTCP_ID_ARG(struct qualify_opts, which.id),
    DEST_ARG(struct qualify_opts, dest),
    FAILED_ARG,
};
static const trawl_arg qualify_reinjections_args[] = {
    PCAP_ARGS(struct qualify_opts, which),
    DEST_ARG(struct qualify_opts, dest),
    FAILED_ARG,
};
/* With captures; by itself that is the table of one capture's. */
static const char *const qualify_aliases[] = {"reinjections", NULL};
static const char *const analyze_aliases[] = {"analyze", NULL}; /* mptcpanalyzer 2 */
static const trawl_example qualify_examples[] = {
    {"qualify here there --failed", "every reinjection, and what it was good for"},
    {"reinjections here there", "those that were of use: the same, by the table's name"},
};
static const trawl_example qualify_reinjections_examples[] = {
    {"qualify_reinjections here 0 there 0", "with mptcpanalyzer's arguments"},
};

#define QUALIFY_COMMAND                                                                     \
    .size = sizeof(trawl_command), .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,   \
    .arg_size = sizeof(trawl_arg), .column_size = sizeof(trawl_column), .group = "vantage", \
    .n_gives = TRAWL_COUNT(columns), .gives = columns, .opts_size = sizeof(struct qualify_opts)

const trawl_command qualify_command = {
    QUALIFY_COMMAND,
    .name = "qualify",
    .aliases = qualify_aliases,
    .summary = "tell which MPTCP reinjections were of use to the receiver",
    .text = "A reinjection carries data that was sent before on another subflow. With a capture at "
            "each end it is known what of it came first: successful is one that brought bytes "
            "which had not come in any other packet. gain_s is positive when it overtook the "
            "original. Both arrivals are by the receiver's clock, so clocks need not agree.",
    .args = qualify_args,
    .n_args = TRAWL_COUNT(qualify_args),
    .examples = qualify_examples,
    .n_examples = TRAWL_COUNT(qualify_examples),
    .run = qualify_run,
};

const trawl_command qualify_reinjections_command = {
    QUALIFY_COMMAND,
    .name = "qualify_reinjections",
    .aliases = analyze_aliases,
    .summary = "what qualify shows, with the arguments in mptcpanalyzer's order",
    .args = qualify_reinjections_args,
    .n_args = TRAWL_COUNT(qualify_reinjections_args),
    .examples = qualify_reinjections_examples,
    .n_examples = TRAWL_COUNT(qualify_reinjections_examples),
    .run = qualify_reinjections_run,
};
