/* owd: how long each packet took from the one capture's place to the other's. Knows nothing of how
 * packets are joined. */
#include "vantage.h"

struct owd_opts {
    struct which which;
    trawl_words dest;
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
};

/* ---- rows ---- */

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
    CELLS(w, C_DEST, uint32_t)[i] = w->codes[x->sender ^ 1];
    CELLS(w, C_SENT, int64_t)[i] = sent;
    CELLS(w, C_RECEIVED, int64_t)[i] = received;
    CELLS(w, C_OWD, int64_t)[i] = (int64_t)((uint64_t)received - (uint64_t)sent);
    CELLS(w, C_LEFT_FRAME, uint32_t)[i] = x->left + 1;
    CELLS(w, C_RIGHT_FRAME, uint32_t)[i] = x->right + 1;
    CELLS(w, C_LEN, uint32_t)[i] = (uint32_t)trawl_view_u64(&m->left->views[S_LEN], x->left);
    CELLS(w, C_AMBIGUOUS, uint8_t)[i] = x->ambiguous;
}

static int is_wanted(const struct merged *m, const struct meeting *x, unsigned wanted,
                     int64_t *ret_sent, int64_t *ret_received)
{
    return wanted & 1u << (x->sender ^ 1) && meeting_times(m, x, ret_sent, ret_received);
}

static void say_negative(const struct two *t, uint64_t n_negative, uint64_t n)
{
    if (n_negative)
        host->log(1, "%llu of %llu delays are negative: the clocks of '%s' and '%s' differ",
                  (unsigned long long)n_negative, (unsigned long long)n, t->left.name,
                  t->right.name);
}

static int write_rows(const struct two *t, unsigned wanted, trawl_table **ret, trawl_error *err)
{
    struct writer w = {.m = &t->merged};
    trawl_schema *schema = host->schema_from(columns, N_OWD_COLUMNS, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    uint64_t n = 0, n_negative = 0;
    int64_t sent, received;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    for (uint64_t i = 0; i < w.m->n; i++)
        n += is_wanted(w.m, &w.m->meetings[i], wanted, &sent, &received) != 0;
    for (size_t i = 0; i < N_OWD_COLUMNS; i++)
        w.cells[i].size = sizeof(w.cells[i]);
    for (unsigned e = 0; e < 2 && rc == TRAWL_OK; e++)
        rc = host->builder_code(b, C_DEST, end_names[e], 6, &w.codes[e], err);
    if (rc == TRAWL_OK)
        rc = host->builder_rows(b, n, w.cells, err);
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    for (uint64_t i = 0; i < w.m->n; i++) {
        if (!is_wanted(w.m, &w.m->meetings[i], wanted, &sent, &received))
            continue;
        n_negative += received < sent;
        put_row(&w, &w.m->meetings[i], sent, received);
    }
    say_negative(t, n_negative, n);
    return host->finish(b, ret, err);
}

static int owd(trawl_call *call, const struct owd_opts *o, trawl_table **ret, trawl_error *err)
{
    struct two two;
    int rc = two_open(call, &o->which, &two, err);

    if (rc != TRAWL_OK)
        return rc;
    rc = write_rows(&two, dest_wanted(&o->dest), ret, err);
    two_fini(&two);
    return rc;
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

#define CAPTURE_ARG(member, name_, help_)                                            \
    TRAWL_OPT(TRAWL_ARG_FILE, struct owd_opts, member, .name = (name_),              \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .meta = "CAPTURE", \
              .help = help_)
#define DEST_ARG                                                       \
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct owd_opts, dest, .name = "dest", \
              .flags = TRAWL_ARG_REPEATED, .choices = dest_choices,    \
              .help = "only what goes to this end of the connection (default: both ways)")

static const trawl_arg owd_args[] = {
    CAPTURE_ARG(which.left, "left", "one capture: loaded, or a file to load"),
    CAPTURE_ARG(which.right, "right", "the other one"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct owd_opts, which.id, .name = "id",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of a TCP connection of the first (default: all)"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct owd_opts, which.right_id, .name = "right-id",
              .help = "its number in the second (default: the one that 'map' finds)"),
    DEST_ARG,
};
static const trawl_arg print_owds_args[] = {
    CAPTURE_ARG(which.left, "pcap1", "one capture: loaded, or a file to load"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct owd_opts, which.id, .name = "id1",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "number of a TCP connection of it"),
    CAPTURE_ARG(which.right, "pcap2", "the other one"),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct owd_opts, which.right_id, .name = "id2",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "its number there"),
    DEST_ARG,
};
static const trawl_example owd_examples[] = {
    {"owd before after | where owd < 0s", "packets that arrived before they were sent"},
};
static const trawl_example print_owds_examples[] = {
    {"print_owds before 0 after 0", "with mptcpanalyzer's arguments"},
};

#define OWD_COMMAND                                                            \
    .size = sizeof(trawl_command), .arg_size = sizeof(trawl_arg),              \
    .column_size = sizeof(trawl_column), .group = "vantage", .gives = columns, \
    .n_gives = N_OWD_COLUMNS, .opts_size = sizeof(struct owd_opts)

const trawl_command owd_command = {
    OWD_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .name = "owd",
    .summary = "how long packets took from one capture to the other",
    .text = "One row for each packet that both captures have. Which capture is nearer to a "
            "connection's client is found out from the delays themselves, both ways, from the "
            "packets' hop counts, or from which saw it first, in this order. Where the clocks "
            "differ, delays are wrong by that, and those of one direction may be negative.",
    .args = owd_args,
    .n_args = TRAWL_COUNT(owd_args),
    .examples = owd_examples,
    .n_examples = TRAWL_COUNT(owd_examples),
    .run = owd_run,
};

const trawl_command print_owds_command = {
    OWD_COMMAND,
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .name = "print_owds",
    .summary = "what owd shows, with the arguments in mptcpanalyzer's order",
    .args = print_owds_args,
    .n_args = TRAWL_COUNT(print_owds_args),
    .examples = print_owds_examples,
    .n_examples = TRAWL_COUNT(print_owds_examples),
    .run = print_owds_run,
};
