/* merge: the packets of two captures side by side. Knows nothing of how they are joined. */
#include "clock.h"
#include "vantage.h"

#include <math.h>

struct merge_opts {
    struct which which;
    trawl_words dest;
    uint8_t clock;
};

enum {
    M_STATUS,
    M_DEST,
    M_LEFT_STREAM,
    M_RIGHT_STREAM,
    M_LEFT_FRAME,
    M_RIGHT_FRAME,
    M_LEFT_TIME,
    M_RIGHT_TIME,
    M_LEN,
    M_FLAGS,
    M_LEFT_SRC,
    M_LEFT_SPORT,
    M_LEFT_DST,
    M_LEFT_DPORT,
    M_RIGHT_SRC,
    M_RIGHT_SPORT,
    M_RIGHT_DST,
    M_RIGHT_DPORT,
    M_LEFT_SEQ,
    M_RIGHT_SEQ,
    M_LEFT_ACK,
    M_RIGHT_ACK,
    M_LEFT_TSVAL,
    M_RIGHT_TSVAL,
    M_LEFT_WINDOW,
    M_RIGHT_WINDOW,
    M_LEFT_ID,
    M_RIGHT_ID,
    M_AMBIGUOUS,
    N_MERGE_COLUMNS
};
#define SIDES(column_, name_, type_, flags_, priority_, help_)                                \
    [M_LEFT_##column_] = COL("left_" name_, type_, flags_, priority_, NULL, help_ ", first"), \
    [M_RIGHT_##column_] = COL("right_" name_, type_, flags_, priority_, NULL, help_ ", second")
static const trawl_column columns[N_MERGE_COLUMNS] = {
    [M_STATUS] = COL("status", TRAWL_STRING, 0, 0, NULL,
                     "both; left_only, right_only: one of the captures does not have it"),
    [M_DEST] = COL("dest", TRAWL_STRING, 0, 0, NULL, "towards which end of the connection"),
    SIDES(STREAM, "stream", TRAWL_U32, ID, 1, "connection (tcp.stream) in the capture"),
    SIDES(FRAME, "frame", TRAWL_U32, ID, 0, "number of the packet in the capture"),
    SIDES(TIME, "time", TRAWL_TIME, 0, 1, "when it was captured"),
    [M_LEN] = COL("len", TRAWL_U32, 0, 0, "B", "bytes of payload"),
    [M_FLAGS] = COL("flags", TRAWL_U16, ID | TRAWL_COLUMN_HEX, 2, NULL, "flags of TCP"),
    SIDES(SRC, "src", TRAWL_IP, 0, 3, "source address"),
    SIDES(SPORT, "sport", TRAWL_U16, ID, 3, "source port"),
    SIDES(DST, "dst", TRAWL_IP, 0, 3, "destination address"),
    SIDES(DPORT, "dport", TRAWL_U16, ID, 3, "destination port"),
    SIDES(SEQ, "seq", TRAWL_U32, ID, 2, "sequence number on the wire"),
    SIDES(ACK, "ack", TRAWL_U32, ID, 4, "acknowledgment number on the wire"),
    SIDES(TSVAL, "tsval", TRAWL_U32, ID | HIDDEN, 9, "value of its timestamp"),
    SIDES(WINDOW, "window", TRAWL_U16, HIDDEN, 9, "window on the wire"),
    SIDES(ID, "ip_id", TRAWL_U16, ID | HIDDEN, 9, "identification of IPv4"),
    [M_AMBIGUOUS] = COL("ambiguous", TRAWL_BOOL, HIDDEN, 9, NULL,
                        "one of several copies of which not all were seen twice"),
};

/* Columns of a side that are cells of packets: the right's follow the left's. */
static const struct {
    uint8_t column, from;
} copied[] = {
    {M_LEFT_SRC, S_SRC},     {M_LEFT_SPORT, S_SPORT},   {M_LEFT_DST, S_DST},
    {M_LEFT_DPORT, S_DPORT}, {M_LEFT_SEQ, S_SEQ},       {M_LEFT_ACK, S_ACK},
    {M_LEFT_TSVAL, S_TSVAL}, {M_LEFT_WINDOW, S_WINDOW}, {M_LEFT_ID, S_IP_ID},
};
/* The right's column of a left's: next to it, or four behind for the ends. */
static unsigned of_right(unsigned column)
{
    return column >= M_LEFT_SRC && column <= M_LEFT_DPORT ? column + 4 : column + 1;
}

struct writer {
    const struct merged *m;
    const struct clocks *clocks;
    trawl_cells cells[N_MERGE_COLUMNS];
    uint32_t dest_codes[2], status_codes[3];
    uint64_t n;
};

static void put(struct writer *w, unsigned column, uint64_t value)
{
    trawl_cells *c = &w->cells[column];

    switch (columns[column].type) {
    case TRAWL_BOOL:
        ((uint8_t *)c->data)[w->n] = (uint8_t)value;
        break;
    case TRAWL_U16:
        ((uint16_t *)c->data)[w->n] = (uint16_t)value;
        break;
    case TRAWL_TIME:
        ((uint64_t *)c->data)[w->n] = value;
        break;
    default:
        ((uint32_t *)c->data)[w->n] = (uint32_t)value;
    }
    if (c->valid)
        c->valid[w->n / 64] |= UINT64_C(1) << (w->n % 64);
}

static void put_side(struct writer *w, unsigned i_side, uint32_t row, uint32_t conn)
{
    const struct side *s = i_side ? w->m->right : w->m->left;
    const int64_t time = side_time(s, row);

    put(w, i_side ? M_RIGHT_STREAM : M_LEFT_STREAM, s->conns[conn].stream);
    put(w, i_side ? M_RIGHT_FRAME : M_LEFT_FRAME, (uint64_t)row + 1);
    if (time != INT64_MIN)
        put(w, i_side ? M_RIGHT_TIME : M_LEFT_TIME,
            (uint64_t)(i_side && w->clocks && w->clocks->known ? clocks_to_left(w->clocks, time)
                                                               : time));
    for (size_t i = 0; i < TRAWL_COUNT(copied); i++) {
        int has;
        const uint64_t value = side_cell(s, (enum side_column)copied[i].from, row, &has);

        if (has)
            put(w, i_side ? of_right(copied[i].column) : copied[i].column, value);
    }
}

static void put_meeting(struct writer *w, const struct meeting *x)
{
    const struct pair *p = &w->m->pairs[x->pair];
    const struct side *s = x->left == NONE32 ? w->m->right : w->m->left;
    const uint32_t row = x->left == NONE32 ? x->right : x->left;

    put(w, M_STATUS,
        w->status_codes[x->left == NONE32    ? RIGHT_ONLY
                        : x->right == NONE32 ? LEFT_ONLY
                                             : BOTH]);
    put(w, M_DEST, w->dest_codes[meeting_dest(w->m, x)]);
    put(w, M_LEN, side_length(s, row));
    if (!s->udp)
        put(w, M_FLAGS, trawl_view_u64(&s->views[S_FLAGS], row));
    put(w, M_AMBIGUOUS, x->ambiguous);
    if (x->left != NONE32)
        put_side(w, 0, x->left, p->left);
    if (x->right != NONE32)
        put_side(w, 1, x->right, p->right);
    w->n++;
}

static int open_cells(struct writer *w, trawl_builder *b, uint64_t n, trawl_error *err)
{
    static const char *const statuses[] = {
        [BOTH] = "both", [LEFT_ONLY] = "left_only", [RIGHT_ONLY] = "right_only"};
    static const size_t lengths[] = {[BOTH] = 4, [LEFT_ONLY] = 9, [RIGHT_ONLY] = 10};
    int rc = TRAWL_OK;

    for (unsigned i_side = 0; i_side < 2 && rc == TRAWL_OK; i_side++) {
        const struct side *s = i_side ? w->m->right : w->m->left;
        const size_t src = (size_t)host->schema_find(host->schema_of(s->packets), "src");

        rc = host->builder_share(b, i_side ? M_RIGHT_SRC : M_LEFT_SRC, s->packets, src, err);
        if (rc == TRAWL_OK)
            rc = host->builder_share(b, i_side ? M_RIGHT_DST : M_LEFT_DST, s->packets, src, err);
    }
    for (unsigned e = 0; e < 2 && rc == TRAWL_OK; e++)
        rc = host->builder_code(b, M_DEST, end_names[e], 6, &w->dest_codes[e], err);
    for (unsigned k = 0; k < 3 && rc == TRAWL_OK; k++)
        rc = host->builder_code(b, M_STATUS, statuses[k], lengths[k], &w->status_codes[k], err);
    for (unsigned i = 0; i < N_MERGE_COLUMNS; i++) {
        w->cells[i].size = sizeof(w->cells[i]);
        w->cells[i].may_be_null = i != M_STATUS && i != M_DEST && i != M_LEN && i != M_AMBIGUOUS;
    }
    return rc == TRAWL_OK ? host->builder_rows(b, n, w->cells, err) : rc;
}

static int write_rows(trawl_call *call, const struct merged *m, const struct clocks *clocks,
                      unsigned wanted, trawl_table **ret, trawl_error *err)
{
    struct writer w = {.m = m, .clocks = clocks};
    trawl_schema *schema = host->schema_from(columns, N_MERGE_COLUMNS, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    uint64_t n = 0;
    int rc = b ? TRAWL_OK : TRAWL_E_NOMEM;

    host->schema_free(schema);
    for (uint64_t i = 0; i < m->n; i++)
        n += wanted >> meeting_dest(m, &m->meetings[i]) & 1;
    if (rc == TRAWL_OK)
        rc = open_cells(&w, b, n, err);
    for (uint64_t i = 0; i < m->n && rc == TRAWL_OK; i++) {
        if (i % 65536 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        else if (wanted >> meeting_dest(m, &m->meetings[i]) & 1)
            put_meeting(&w, &m->meetings[i]);
    }
    if (rc != TRAWL_OK) {
        host->builder_free(b);
        return rc;
    }
    host->log(2, "%llu packets are in both captures, %llu in '%s' alone or '%s' alone",
              (unsigned long long)m->n_both, (unsigned long long)(m->n - m->n_both), m->left->name,
              m->right->name);
    return host->finish(b, ret, err);
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    struct merge_opts o = *(const struct merge_opts *)opts;
    struct clocks clocks = {0};
    struct two two;
    int rc;

    (void)in;
    o.which.has_id = host->given(call, "id") != 0;
    o.which.has_right_id = host->given(call, "right-id") != 0;
    rc = two_open(call, &o.which, &two, err);
    if (rc != TRAWL_OK)
        return rc;
    if (o.clock) {
        rc = clocks_find(call, &two.merged, &clocks, err);
        if (rc == TRAWL_OK)
            clocks_say(&clocks, &two.merged);
    }
    if (rc == TRAWL_OK)
        rc = write_rows(call, &two.merged, &clocks, dest_wanted(&o.dest), ret, err);
    two_fini(&two);
    return rc;
}

static const trawl_arg args[] = {
    LEFT_ARG(struct merge_opts, which.left),   RIGHT_ARG(struct merge_opts, which.right),
    ID_ARG(struct merge_opts, which.id),       RIGHT_ID_ARG(struct merge_opts, which.right_id),
    DEST_ARG(struct merge_opts, dest),         CLOCK_ARG(struct merge_opts, clock),
    MPTCP_ARG(struct merge_opts, which.mptcp), UDP_ARG(struct merge_opts, which.udp),
};
static const trawl_example examples[] = {
    {"merge here there | count status", "how many packets both captures have"},
    {"merge here there 0 | where status == \"left_only\"", "packets that one of them lacks"},
};

const trawl_command merge_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "merge",
    .group = "vantage",
    .summary = "put the packets of two captures side by side",
    .text =
        "One row for each packet of connections that 'map' finds in both, each packet once: "
        "joined by direction, sequence and acknowledgment number (relative to the SYNs where "
        "something changed them), length and flags, and by timestamp, IP identification and "
        "other options where most packets of the direction prove that they are left alone. "
        "Datagrams, with --udp, are joined by direction, length, the first bytes of their payload "
        "and the identification. Addresses, ports and times take no part. Of copies that nothing "
        "tells apart the first "
        "goes with the first. Rows are in the order of the first capture, those of the second "
        "alone behind what they came after.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .n_gives = N_MERGE_COLUMNS,
    .gives = columns,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct merge_opts),
    .run = run,
};
