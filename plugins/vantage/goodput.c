/* goodput: what each subflow contributed to what arrived, and to what was sent. Knows nothing of
 * how data is mapped to packets. */
#include "arrivals.h"

#include <string.h>

struct goodput_opts {
    struct which which; /* first: see arrivals_run() */
    trawl_words dest;
};

static const trawl_column columns[] = {
    COL("mptcp", TRAWL_U32, ID, 0, NULL, "MPTCP connection in the first capture"),
    COL("dest", TRAWL_STRING, 0, 0, NULL, "towards which end of the connection"),
    COL("stream", TRAWL_U32, ID, 0, NULL,
        "subflow (tcp.stream) in the first capture; null: all of them"),
    COL("sent", TRAWL_U64, 0, 0, "B", "data that was sent, retransmissions and reinjections too"),
    COL("throughput_share", TRAWL_F64, 0, 1, "%", "of what all subflows sent"),
    COL("received", TRAWL_U64, 0, 1, "B", "data that came"),
    COL("redundant", TRAWL_U64, 0, 0, "B", "of that, what had come before"),
    COL("goodput", TRAWL_U64, 0, 0, "B", "data that came here first"),
    COL("goodput_share", TRAWL_F64, 0, 0, "%", "of what came first on any subflow"),
    COL("duration", TRAWL_SPAN, 0, 2, NULL, "from the first to the last packet that brought data"),
    COL("rate", TRAWL_F64, 0, 1, "B/s", "goodput over the duration of the whole connection"),
};

struct sums {
    uint64_t sent, received, fresh;
    int64_t first_ns, last_ns;
    uint8_t any, has_time;
};

static void add(struct sums *s, const struct carried *c)
{
    s->any = 1;
    s->sent += c->length;
    if (!c->came)
        return;
    s->received += c->length;
    s->fresh += c->fresh;
    s->first_ns = s->has_time && s->first_ns < c->received_ns ? s->first_ns : c->received_ns;
    s->last_ns = s->has_time && s->last_ns > c->received_ns ? s->last_ns : c->received_ns;
    s->has_time = 1;
}

static void put_share(trawl_builder *b, uint64_t part, uint64_t all)
{
    if (all)
        host->put_f64(b, 100.0 * (double)part / (double)all);
    else
        host->put_null(b);
}

static void put_row(trawl_builder *b, const struct carried *of, const uint32_t *stream,
                    const struct sums *s, const struct sums *all)
{
    const int64_t span = all->has_time ? ns_between(all->first_ns, all->last_ns) : 0;

    host->put_u64(b, of->mptcp);
    host->put_text(b, end_names[of->dest]);
    if (stream)
        host->put_u64(b, *stream);
    else
        host->put_null(b);
    host->put_u64(b, s->sent);
    put_share(b, s->sent, all->sent);
    host->put_u64(b, s->received);
    host->put_u64(b, s->received - s->fresh);
    host->put_u64(b, s->fresh);
    put_share(b, s->fresh, all->fresh);
    if (s->has_time)
        host->put_i64(b, ns_between(s->first_ns, s->last_ns));
    else
        host->put_null(b);
    if (span > 0)
        host->put_f64(b, (double)s->fresh / ((double)span / 1e9));
    else
        host->put_null(b);
    host->end_row(b);
}

/* The subflows of one direction of a connection, in order of the first capture's. */
static void put_direction(trawl_builder *b, const struct merged *m, const struct carried *items,
                          size_t n, struct sums *by_pair)
{
    struct sums all = {0};

    memset(by_pair, 0, m->n_pairs * sizeof(*by_pair));
    for (size_t i = 0; i < n; i++) {
        add(&all, &items[i]);
        add(&by_pair[m->meetings[items[i].meeting].pair], &items[i]);
    }
    put_row(b, items, NULL, &all, &all);
    for (uint32_t p = 0; p < m->n_pairs; p++) {
        if (by_pair[p].any)
            put_row(b, items, &m->left->conns[m->pairs[p].left].stream, &by_pair[p], &all);
    }
}

static int write_rows(const void *opts, const struct merged *m, const struct arrivals *a,
                      trawl_table **ret, trawl_error *err)
{
    const struct goodput_opts *o = opts;
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    struct sums *by_pair = host->alloc(((size_t)m->n_pairs + 1) * sizeof(*by_pair));
    const unsigned wanted = dest_wanted(&o->dest);
    size_t end;

    host->schema_free(schema);
    if (!b || !by_pair) {
        host->builder_free(b);
        host->free(by_pair);
        return no_memory(err);
    }
    for (size_t i = 0; i < a->n; i = end) {
        const struct carried *c = &a->items[i];

        for (end = i + 1;
             end < a->n && a->items[end].mptcp == c->mptcp && a->items[end].dest == c->dest;)
            end++;
        if (wanted >> c->dest & 1)
            put_direction(b, m, c, end - i, by_pair);
    }
    host->free(by_pair);
    return host->finish(b, ret, err);
}

static int goodput_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                       trawl_error *err)
{
    (void)in;
    return arrivals_run(call, opts, 0, write_rows, ret, err);
}

static int summary_extended_run(trawl_call *call, const void *opts, trawl_table *in,
                                trawl_table **ret, trawl_error *err)
{
    (void)in;
    return arrivals_run(call, opts, 1, write_rows, ret, err);
}

static const trawl_arg goodput_args[] = {
    LEFT_ARG(struct goodput_opts, which.left),
    RIGHT_ARG(struct goodput_opts, which.right),
    MPTCP_ID_ARG(struct goodput_opts, which.id),
    DEST_ARG(struct goodput_opts, dest),
};
static const trawl_arg summary_extended_args[] = {
    PCAP_ARGS(struct goodput_opts, which),
    DEST_ARG(struct goodput_opts, dest),
};
static const trawl_example goodput_examples[] = {
    {"goodput here there", "what each subflow brought first"},
};
static const trawl_example summary_extended_examples[] = {
    {"summary_extended here 0 there 0", "with mptcpanalyzer's arguments"},
};

#define GOODPUT_COMMAND                                                                     \
    .size = sizeof(trawl_command), .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,   \
    .arg_size = sizeof(trawl_arg), .column_size = sizeof(trawl_column), .group = "vantage", \
    .n_gives = TRAWL_COUNT(columns), .gives = columns, .opts_size = sizeof(struct goodput_opts)

const trawl_command goodput_command = {
    GOODPUT_COMMAND,
    .name = "goodput",
    .summary = "what each MPTCP subflow contributed, as the receiver saw it",
    .text = "Of bytes that came over several subflows, that one has brought them whose packet came "
            "first; the others were redundant. Shares of goodput add up to 100. Only data that "
            "the sender's capture has is counted.",
    .args = goodput_args,
    .n_args = TRAWL_COUNT(goodput_args),
    .examples = goodput_examples,
    .n_examples = TRAWL_COUNT(goodput_examples),
    .run = goodput_run,
};

const trawl_command summary_extended_command = {
    GOODPUT_COMMAND,
    .name = "summary_extended",
    .summary = "what goodput shows, with the arguments in mptcpanalyzer's order",
    .args = summary_extended_args,
    .n_args = TRAWL_COUNT(summary_extended_args),
    .examples = summary_extended_examples,
    .n_examples = TRAWL_COUNT(summary_extended_examples),
    .run = summary_extended_run,
};
