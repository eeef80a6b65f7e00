/* owd: how long each packet took from the one capture's place to the other's. Knows nothing of how
 * packets are joined. */
#include "clock.h"
#include "delays.h"
#include "vantage.h"

#include <math.h>
#include <stdlib.h>

struct owd_opts {
    struct which which;
    trawl_words dest;
    uint8_t clock, summary;
};

enum {
    C_LEFT_STREAM,
    C_RIGHT_STREAM,
    C_DEST,
    C_SENT,
    C_RECEIVED,
    C_OWD,
    C_LEFT_FRAME,
    C_RIGHT_FRAME,
    C_LEN,
    C_AMBIGUOUS,
    C_MPTCP,
    N_OWD_COLUMNS
};
static const trawl_column columns[N_OWD_COLUMNS] = {
    COL("left_stream", TRAWL_U32, ID, 1, NULL, "connection (tcp.stream) in the first capture"),
    COL("right_stream", TRAWL_U32, ID, 3, NULL, "connection in the second capture"),
    COL("dest", TRAWL_STRING, 0, 0, NULL, "towards which end of the connection"),
    COL("sent", TRAWL_TIME, 0, 1, NULL, "when it passed the capture nearer to its sender"),
    COL("received", TRAWL_TIME, 0, 2, NULL, "when it passed the other one"),
    COL("owd", TRAWL_SPAN, 0, 0, NULL, "one-way delay: received less sent"),
    COL("left_frame", TRAWL_U32, ID, 1, NULL, "number of the packet in the first capture"),
    COL("right_frame", TRAWL_U32, ID, 1, NULL, "number of the packet in the second capture"),
    COL("len", TRAWL_U32, 0, 2, "B", "bytes of payload"),
    COL("ambiguous", TRAWL_BOOL, HIDDEN, 9, NULL,
        "one of several copies, of which not all arrived: it may be another's delay"),
    COL("mptcp", TRAWL_U32, ID | HIDDEN, 9, NULL,
        "MPTCP connection of the first capture that it belongs to, with --mptcp"),
};

static const trawl_column summary_columns[] = {
    COL("left_stream", TRAWL_U32, ID, 0, NULL, "connection (tcp.stream) in the first capture"),
    COL("right_stream", TRAWL_U32, ID, 1, NULL, "connection in the second capture"),
    COL("dest", TRAWL_STRING, 0, 0, NULL, "towards which end of the connection"),
    COL("packets", TRAWL_U64, 0, 0, NULL, "packets that both captures have"),
    COL("negative", TRAWL_U64, 0, 1, NULL, "those that arrived before they were sent"),
    COL("min", TRAWL_SPAN, 0, 0, NULL, "the least one-way delay"),
    COL("p50", TRAWL_SPAN, 0, 0, NULL, "half of the delays are up to this"),
    COL("mean", TRAWL_SPAN, 0, 1, NULL, "their mean"),
    COL("p95", TRAWL_SPAN, 0, 1, NULL, "95 of 100 are up to this"),
    COL("max", TRAWL_SPAN, 0, 0, NULL, "the longest"),
    COL("stddev", TRAWL_SPAN, 0, 2, NULL, "their standard deviation"),
    COL("ambiguous", TRAWL_U64, 0, 3, NULL,
        "copies of which not all arrived: left out of the delays here"),
};

/* ---- rows ---- */

struct chosen {
    const struct merged *m;
    const struct clocks *clocks; /* or NULL */
    unsigned wanted;
};

static int is_wanted(const struct chosen *c, const struct meeting *x, int64_t *ret_sent,
                     int64_t *ret_received)
{
    return c->wanted & 1u << meeting_dest(c->m, x) &&
           meeting_times(c->m, c->clocks, x, ret_sent, ret_received);
}

struct writer {
    const struct merged *m;
    trawl_cells cells[N_OWD_COLUMNS];
    uint32_t codes[2]; /* of "client" and "server" */
    uint64_t n;
};
#define CELLS(w, column, type) ((type *)(w)->cells[column].data)

static void put_row(struct writer *w, const struct meeting *x, int64_t sent, int64_t received)
{
    const struct merged *m = w->m;
    const struct pair *p = &m->pairs[x->pair];
    const uint64_t i = w->n++;

    CELLS(w, C_LEFT_STREAM, uint32_t)[i] = m->left->conns[p->left].stream;
    CELLS(w, C_RIGHT_STREAM, uint32_t)[i] = m->right->conns[p->right].stream;
    CELLS(w, C_DEST, uint32_t)[i] = w->codes[meeting_dest(m, x)];
    CELLS(w, C_SENT, int64_t)[i] = sent;
    CELLS(w, C_RECEIVED, int64_t)[i] = received;
    CELLS(w, C_OWD, int64_t)[i] = ns_between(sent, received);
    CELLS(w, C_LEFT_FRAME, uint32_t)[i] = x->left + 1;
    CELLS(w, C_RIGHT_FRAME, uint32_t)[i] = x->right + 1;
    CELLS(w, C_LEN, uint32_t)[i] = side_length(m->left, x->left);
    CELLS(w, C_AMBIGUOUS, uint8_t)[i] = x->ambiguous;
    if (p->mptcp != NONE32) {
        CELLS(w, C_MPTCP, uint32_t)[i] = p->mptcp;
        w->cells[C_MPTCP].valid[i / 64] |= UINT64_C(1) << (i % 64);
    }
}

static void say_negative(const struct chosen *c, uint64_t n_negative, uint64_t n)
{
    if (n_negative)
        host->log(1, "%llu of %llu delays are negative: the clocks of '%s' and '%s' differ%s",
                  (unsigned long long)n_negative, (unsigned long long)n, c->m->left->name,
                  c->m->right->name, c->clocks ? "" : " (--clock takes that away)");
}

static int write_rows(const struct chosen *c, trawl_table **ret, trawl_error *err)
{
    struct writer w = {.m = c->m};
    trawl_schema *schema = host->schema_from(columns, N_OWD_COLUMNS, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    uint64_t n = 0, n_negative = 0;
    int64_t sent, received;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    for (uint64_t i = 0; i < w.m->n; i++)
        n += is_wanted(c, &w.m->meetings[i], &sent, &received) != 0;
    for (size_t i = 0; i < N_OWD_COLUMNS; i++)
        w.cells[i] = (trawl_cells){.size = sizeof(w.cells[i]), .may_be_null = i == C_MPTCP};
    for (unsigned e = 0; e < 2 && rc == TRAWL_OK; e++)
        rc = host->builder_code(b, C_DEST, end_names[e], 6, &w.codes[e], err);
    if (rc == TRAWL_OK)
        rc = host->builder_rows(b, n, w.cells, err);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    for (uint64_t i = 0; i < w.m->n; i++) {
        if (!is_wanted(c, &w.m->meetings[i], &sent, &received))
            continue;
        n_negative += received < sent;
        put_row(&w, &w.m->meetings[i], sent, received);
    }
    say_negative(c, n_negative, n);
    return host->finish(b, ret, err);
}

/* ---- the summary ---- */

/* Delays by direction of a pair, side by side. */
struct grouped {
    int64_t *delays;
    size_t *starts; /* [2 * pair + dest], one more at the end */
    uint64_t *ambiguous;
};

static int group_delays(const struct chosen *c, struct grouped *g, trawl_error *err)
{
    const size_t n_groups = (size_t)c->m->n_pairs * 2;
    int64_t sent, received;

    g->delays = host->alloc((c->m->n_both + 1) * sizeof(*g->delays));
    g->starts = host->alloc((n_groups + 2) * sizeof(*g->starts));
    g->ambiguous = host->alloc((n_groups + 1) * sizeof(*g->ambiguous));
    if (!g->delays || !g->starts || !g->ambiguous)
        return no_memory(err);
    for (int pass = 0; pass < 2; pass++) {
        for (uint64_t i = 0; i < c->m->n; i++) {
            const struct meeting *x = &c->m->meetings[i];
            const size_t group = (size_t)x->pair * 2 + meeting_dest(c->m, x);

            if (!is_wanted(c, x, &sent, &received))
                continue;
            if (x->ambiguous)
                g->ambiguous[group] += pass == 0;
            else if (pass)
                g->delays[g->starts[group + 1]++] = ns_between(sent, received);
            else
                g->starts[group + 2]++;
        }
        for (size_t k = 2; !pass && k < n_groups + 2; k++)
            g->starts[k] += g->starts[k - 1];
    }
    return TRAWL_OK;
}

static void put_summary(trawl_builder *b, const struct merged *m, uint32_t pair, unsigned dest,
                        int64_t *delays, size_t n, uint64_t n_ambiguous)
{
    const struct pair *p = &m->pairs[pair];

    host->put_u64(b, m->left->conns[p->left].stream);
    host->put_u64(b, m->right->conns[p->right].stream);
    host->put_text(b, end_names[dest]);
    host->put_u64(b, n + n_ambiguous);
    if (n) {
        const struct delays d = delays_of(delays, n);

        host->put_u64(b, d.n_negative);
        host->put_i64(b, d.min);
        host->put_i64(b, d.p50);
        host->put_i64(b, (int64_t)llrint(d.mean));
        host->put_i64(b, d.p95);
        host->put_i64(b, d.max);
        host->put_i64(b, (int64_t)llrint(d.stddev));
    } else {
        for (int i = 0; i < 7; i++)
            host->put_null(b);
    }
    host->put_u64(b, n_ambiguous);
    host->end_row(b);
}

static int write_summary(const struct chosen *c, trawl_table **ret, trawl_error *err)
{
    struct grouped g = {0};
    trawl_schema *schema = host->schema_from(summary_columns, TRAWL_COUNT(summary_columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    uint64_t n_negative = 0, n = 0;
    int rc = b ? group_delays(c, &g, err) : TRAWL_E_NOMEM;

    host->schema_free(schema);
    for (uint32_t p = 0; rc == TRAWL_OK && p < c->m->n_pairs; p++) {
        for (unsigned towards = 2; towards-- > 0;) { /* what the client sends first */
            const size_t group = (size_t)p * 2 + towards;
            const size_t n_here = g.starts[group + 1] - g.starts[group];

            if (n_here || g.ambiguous[group])
                put_summary(b, c->m, p, towards, g.delays + g.starts[group], n_here,
                            g.ambiguous[group]);
            for (size_t i = g.starts[group]; i < g.starts[group + 1]; i++)
                n_negative += g.delays[i] < 0;
            n += n_here;
        }
    }
    host->free(g.delays);
    host->free(g.starts);
    host->free(g.ambiguous);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    say_negative(c, n_negative, n);
    return host->finish(b, ret, err);
}

/* ---- the commands ---- */

static int owd(trawl_call *call, const struct owd_opts *o, trawl_table **ret, trawl_error *err)
{
    struct clocks clocks;
    struct two two;
    struct chosen c = {.m = &two.merged, .wanted = dest_wanted(&o->dest)};
    int rc = two_open(call, &o->which, &two, err);

    if (rc != TRAWL_OK)
        return rc;
    if (o->clock) {
        rc = clocks_find(call, &two.merged, &clocks, err);
        if (rc == TRAWL_OK)
            clocks_say(&clocks, &two.merged);
        c.clocks = &clocks;
    }
    if (rc == TRAWL_OK)
        rc = o->summary ? write_summary(&c, ret, err) : write_rows(&c, ret, err);
    two_fini(&two);
    return rc;
}

static int owd_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct owd_opts *o = opts;

    (void)call;
    (void)in;
    *ret = o->summary ? host->schema_from(summary_columns, TRAWL_COUNT(summary_columns), err)
                      : host->schema_from(columns, N_OWD_COLUMNS, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int owd_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    struct owd_opts o = *(const struct owd_opts *)opts;

    (void)in;
    o.which.has_id = host->given(call, "id") != 0;
    o.which.has_right_id = host->given(call, "right-id") != 0;
    return owd(call, &o, ret, err);
}

static int print_owds_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                          trawl_error *err)
{
    struct owd_opts o = *(const struct owd_opts *)opts;

    (void)in;
    o.which.has_id = o.which.has_right_id = 1;
    return owd(call, &o, ret, err);
}

#define SUMMARY_ARG                                                           \
    TRAWL_OPT(TRAWL_ARG_FLAG, struct owd_opts, summary, .name = "summary",    \
              .help = "a row for each direction of a connection, instead of " \
                      "each packet")

static const trawl_arg owd_args[] = {
    LEFT_ARG(struct owd_opts, which.left), RIGHT_ARG(struct owd_opts, which.right),
    ID_ARG(struct owd_opts, which.id),     RIGHT_ID_ARG(struct owd_opts, which.right_id),
    DEST_ARG(struct owd_opts, dest),       SUMMARY_ARG,
    CLOCK_ARG(struct owd_opts, clock),     MPTCP_ARG(struct owd_opts, which.mptcp),
    UDP_ARG(struct owd_opts, which.udp),
};
static const trawl_arg print_owds_args[] = {
    PCAP_ARGS(struct owd_opts, which), DEST_ARG(struct owd_opts, dest),         SUMMARY_ARG,
    CLOCK_ARG(struct owd_opts, clock), MPTCP_ARG(struct owd_opts, which.mptcp),
};
static const trawl_example owd_examples[] = {
    {"owd here there | where owd < 0s", "packets that arrived before they were sent"},
    {"owd here there --summary --clock", "delays of each connection, clocks put right"},
};
static const trawl_example print_owds_examples[] = {
    {"print_owds here 0 there 0", "with mptcpanalyzer's arguments"},
};

#define OWD_COMMAND                                                            \
    .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg),              \
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING, .group = "vantage", \
    .opts_size = sizeof(struct owd_opts), .schema = owd_schema

const trawl_command owd_command = {
    OWD_COMMAND,
    .name = "owd",
    .summary = "how long packets took from one capture to the other",
    .text = "One row for each packet that both captures have. Which capture is nearer to a "
            "connection's client is found out from the delays themselves, both ways, from the "
            "packets' hop counts, or from which saw it first, in this order. Where the clocks "
            "differ, delays are wrong by that, and those of one direction may be negative: "
            "--clock takes away what 'clocks' finds, and says so.",
    .args = owd_args,
    .n_args = TRAWL_COUNT(owd_args),
    .examples = owd_examples,
    .n_examples = TRAWL_COUNT(owd_examples),
    .run = owd_run,
};

const trawl_command print_owds_command = {
    OWD_COMMAND,
    .name = "print_owds",
    .summary = "what owd shows, with the arguments in mptcpanalyzer's order",
    .args = print_owds_args,
    .n_args = TRAWL_COUNT(print_owds_args),
    .examples = print_owds_examples,
    .n_examples = TRAWL_COUNT(print_owds_examples),
    .run = print_owds_run,
};
