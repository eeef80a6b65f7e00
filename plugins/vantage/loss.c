/* loss: packets that left one capture's place and never came to the other's. Knows nothing of how
 * packets are joined. */
#include "clock.h"
#include "ranges.h"
#include "vantage.h"

#include <math.h>
#include <stdlib.h>

struct loss_opts {
    struct which which;
    trawl_words dest;
};

static const trawl_column columns[] = {
    COL("left_stream", TRAWL_U32, ID, 0, NULL, "connection (tcp.stream) in the first capture"),
    COL("right_stream", TRAWL_U32, ID, 1, NULL, "connection in the second capture"),
    COL("dest", TRAWL_STRING, 0, 0, NULL, "towards which end of the connection"),
    COL("sent", TRAWL_U64, 0, 0, NULL,
        "packets that passed the capture nearer to the sender, and of which the other would know"),
    COL("received", TRAWL_U64, 0, 1, NULL, "those that passed the other one"),
    COL("lost", TRAWL_U64, 0, 0, NULL, "those that did not"),
    COL("loss", TRAWL_F64, 0, 0, "%", "lost of sent"),
    COL("lost_payload", TRAWL_U64, 0, 1, "B", "payload of those that were lost"),
    COL("missed", TRAWL_U64, 0, 2, NULL,
        "not seen there, but acknowledged: lost by the capture, not by the network"),
    COL("cut", TRAWL_U64, 0, 2, NULL,
        "came in packets of other sizes: something between cuts or joins segments"),
    COL("outside", TRAWL_U64, 0, 2, NULL,
        "sent when the other capture did not run, or in a direction that it has nothing of"),
    COL("unsent", TRAWL_U64, 0, 3, NULL,
        "seen only at the receiver's place: the other capture lost them, or did not run"),
};

/* A packet that one of the captures lacks, or a datum of those that came. */
struct stray {
    uint32_t group; /* 2 * pair + sender */
    uint32_t meeting;
};

struct direction {
    uint64_t received, lost, lost_payload, missed, cut, outside, unsent;
    int64_t longest; /* delay, by clocks put right */
};

struct losses {
    trawl_call *call;
    const struct merged *m;
    struct clocks clocks;
    struct direction *directions; /* [2 * pair + sender] */
    uint64_t *starts;             /* of meetings by direction: [2 * pair + sender + 1] */
    uint32_t *order;              /* meetings by direction */
};

static const struct side *side_of(const struct merged *m, unsigned i_side)
{
    return i_side ? m->right : m->left;
}

static uint32_t row_of(const struct meeting *x, unsigned i_side)
{
    return i_side ? x->right : x->left;
}

/* ---- meetings by direction ---- */

static int group_meetings(struct losses *l, trawl_error *err)
{
    const struct merged *m = l->m;
    const size_t n_groups = (size_t)m->n_pairs * 2;

    l->directions = host->alloc((n_groups + 1) * sizeof(*l->directions));
    l->starts = host->alloc((n_groups + 2) * sizeof(*l->starts));
    l->order = host->alloc((m->n + 1) * sizeof(*l->order));
    if (!l->directions || !l->starts || !l->order)
        return no_memory(err);
    for (uint64_t i = 0; i < m->n; i++)
        l->starts[(size_t)m->meetings[i].pair * 2 + m->meetings[i].sender + 2]++;
    for (size_t k = 2; k < n_groups + 2; k++)
        l->starts[k] += l->starts[k - 1];
    for (uint64_t i = 0; i < m->n; i++)
        l->order[l->starts[(size_t)m->meetings[i].pair * 2 + m->meetings[i].sender + 1]++] =
            (uint32_t)i;
    return TRAWL_OK;
}

/* ---- one direction ---- */

/* When the other capture ran, a packet that was sent at that time would have come to it. */
static int would_come(const struct losses *l, const struct direction *d, unsigned sender_side,
                      int64_t sent)
{
    const struct side *other = side_of(l->m, sender_side ^ 1);
    int64_t at = sent;

    if (sent == INT64_MIN)
        return 0;
    if (l->clocks.known)
        at = sender_side ? clocks_to_left(&l->clocks, sent) : clocks_to_right(&l->clocks, sent);
    return at >= other->first_ns && at <= other->last_ns &&
           (uint64_t)other->last_ns - (uint64_t)at >= (uint64_t)(d->longest > 0 ? d->longest : 0);
}

struct sets {
    struct ranges seen;   /* all that came */
    struct ranges alone;  /* what came in packets that were never sent so */
    struct ranges unsent; /* what was sent in packets that never came so */
    uint64_t acked;       /* by the receiver, the highest */
    int has_ack;
};

/* Bytes of a packet, from the direction's first one on, whatever number that has. */
static struct range range_of(const struct side *s, uint32_t row, struct unwrap *u)
{
    uint64_t start;

    if (s->udp) /* has no numbers: each datagram is for itself */
        return (struct range){0, 0};
    start = unwrap(u, (uint32_t)trawl_view_u64(&s->views[S_SEQ], row));
    return (struct range){start, start + side_length(s, row)};
}

/* The numbers of the two captures, made one: both begin with the sender's first number. */
static void begin(const struct losses *l, uint32_t group, struct unwrap u[2])
{
    const struct pair *p = &l->m->pairs[group / 2];
    const struct conn *conns[2] = {&l->m->left->conns[p->left], &l->m->right->conns[p->right]};
    const unsigned sender = group & 1, other = sender ^ p->score.flip;
    const int known = conns[0]->has_isn[sender] && conns[1]->has_isn[other];
    uint32_t first = 0;

    if (l->m->left->udp)
        return;
    for (uint64_t k = l->starts[group]; !known && k < l->starts[group + 1]; k++) {
        const struct meeting *x = &l->m->meetings[l->order[k]];

        if (x->left == NONE32)
            continue;
        first = (uint32_t)trawl_view_u64(&l->m->left->views[S_SEQ], x->left);
        break;
    }
    u[0] = unwrap_from(known ? conns[0]->isn[sender] : first);
    u[1] = unwrap_from(known ? conns[1]->isn[other] : first);
}

static int collect(const struct losses *l, uint32_t group, unsigned sender_side, struct sets *sets,
                   trawl_error *err)
{
    struct unwrap u[2] = {{0}, {0}};
    int rc = TRAWL_OK;

    begin(l, group, u);
    for (uint64_t k = l->starts[group]; k < l->starts[group + 1] && rc == TRAWL_OK; k++) {
        const struct meeting *x = &l->m->meetings[l->order[k]];
        const uint32_t sent = row_of(x, sender_side), came = row_of(x, sender_side ^ 1);
        const unsigned at = came != NONE32 ? sender_side ^ 1 : sender_side;
        const struct range r = range_of(side_of(l->m, at), row_of(x, at), &u[at]);

        if (r.start == r.end)
            continue;
        if (came != NONE32)
            rc = ranges_add(&sets->seen, r, err);
        if (rc == TRAWL_OK && came != NONE32 && sent == NONE32)
            rc = ranges_add(&sets->alone, r, err);
        if (rc == TRAWL_OK && came == NONE32)
            rc = ranges_add(&sets->unsent, r, err);
    }
    if (rc != TRAWL_OK || l->m->left->udp)
        return rc;
    /* what the receiver says that it has, as its own capture saw it */
    begin(l, group, u);
    for (uint64_t k = l->starts[group ^ 1]; k < l->starts[(group ^ 1) + 1]; k++) {
        const struct meeting *x = &l->m->meetings[l->order[k]];
        const uint32_t row = row_of(x, sender_side ^ 1);
        const struct side *s = side_of(l->m, sender_side ^ 1);
        uint64_t ack;

        if (row == NONE32 || !(trawl_view_u64(&s->views[S_FLAGS], row) & 16))
            continue;
        ack = unwrap(&u[sender_side ^ 1], (uint32_t)trawl_view_u64(&s->views[S_ACK], row));
        if (!sets->has_ack || ack > sets->acked)
            sets->acked = ack;
        sets->has_ack = 1;
    }
    ranges_settle(&sets->seen);
    ranges_settle(&sets->alone);
    ranges_settle(&sets->unsent);
    return TRAWL_OK;
}

static void judge(const struct losses *l, uint32_t group, unsigned sender_side,
                  const struct sets *sets, struct direction *d)
{
    const struct pair *p = &l->m->pairs[group / 2];
    const unsigned other_side = sender_side ^ 1;
    const struct conn *there = &side_of(l->m, other_side)->conns[other_side ? p->right : p->left];
    const unsigned sender = group & 1;
    const int has_any = there->n_seen[other_side ? sender ^ p->score.flip : sender] != 0;
    struct unwrap u[2] = {{0}, {0}};

    begin(l, group, u);
    for (uint64_t k = l->starts[group]; k < l->starts[group + 1]; k++) {
        const struct meeting *x = &l->m->meetings[l->order[k]];
        const uint32_t sent = row_of(x, sender_side), came = row_of(x, other_side);
        const unsigned at = came != NONE32 ? other_side : sender_side;
        const struct range r = range_of(side_of(l->m, at), row_of(x, at), &u[at]);
        const uint64_t n = r.end - r.start;

        if (sent != NONE32 && came != NONE32)
            d->received++;
        else if (sent == NONE32)
            d->unsent += !(n && ranges_have(&sets->unsent, r));
        else if (!has_any ||
                 !would_come(l, d, sender_side, side_time(side_of(l->m, sender_side), sent)))
            d->outside++;
        else if (n && ranges_have(&sets->alone, r))
            d->cut++;
        else if (n && sets->has_ack && sets->acked >= r.end && !ranges_have(&sets->seen, r))
            d->missed++;
        else {
            d->lost++;
            d->lost_payload += side_length(side_of(l->m, at), row_of(x, at));
        }
    }
}

static void find_longest(const struct losses *l, uint32_t group, struct direction *d)
{
    int64_t sent, received;

    for (uint64_t k = l->starts[group]; k < l->starts[group + 1]; k++) {
        const struct meeting *x = &l->m->meetings[l->order[k]];

        if (!x->ambiguous && meeting_times(l->m, &l->clocks, x, &sent, &received) &&
            ns_between(sent, received) > d->longest)
            d->longest = ns_between(sent, received);
    }
}

static int find_losses(struct losses *l, trawl_error *err)
{
    int rc = clocks_find(l->call, l->m, &l->clocks, err);

    if (rc == TRAWL_OK)
        rc = group_meetings(l, err);
    for (uint32_t g = 0; g < l->m->n_pairs * 2 && rc == TRAWL_OK; g++) {
        /* by the sender of the left's connection */
        const unsigned sender_side = ((g & 1) == CLIENT) == !l->m->near_client[g / 2] ? 0 : 1;
        struct sets sets = {{0}, {0}, {0}, 0, 0};

        if (l->m->pairs[g / 2].right == NONE32)
            continue;
        if (g % 1024 == 0 && host->cancelled(l->call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        find_longest(l, g, &l->directions[g]);
        if (rc == TRAWL_OK)
            rc = collect(l, g, sender_side, &sets, err);
        if (rc == TRAWL_OK)
            judge(l, g, sender_side, &sets, &l->directions[g]);
        ranges_fini(&sets.seen);
        ranges_fini(&sets.alone);
        ranges_fini(&sets.unsent);
    }
    return rc;
}

/* ---- the table ---- */

static void put_direction(trawl_builder *b, const struct merged *m, uint32_t group,
                          const struct direction *d)
{
    const struct pair *p = &m->pairs[group / 2];
    const uint64_t sent = d->received + d->lost + d->missed + d->cut;

    host->put_u64(b, m->left->conns[p->left].stream);
    host->put_u64(b, m->right->conns[p->right].stream);
    host->put_text(b, end_names[(group & 1) ^ 1u ^ p->turned]);
    host->put_u64(b, sent);
    host->put_u64(b, d->received);
    host->put_u64(b, d->lost);
    if (sent)
        host->put_f64(b, 100.0 * (double)d->lost / (double)sent);
    else
        host->put_null(b);
    host->put_u64(b, d->lost_payload);
    host->put_u64(b, d->missed);
    host->put_u64(b, d->cut);
    host->put_u64(b, d->outside);
    host->put_u64(b, d->unsent);
    host->end_row(b);
}

static int write_rows(const struct losses *l, unsigned wanted, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (uint32_t g = 0; g < l->m->n_pairs * 2; g++) {
        const struct pair *p = &l->m->pairs[g / 2];

        if (p->right != NONE32 && wanted >> ((g & 1) ^ 1u ^ p->turned) & 1)
            put_direction(b, l->m, g, &l->directions[g]);
    }
    return host->finish(b, ret, err);
}

static void say_filters(const struct merged *m)
{
    for (unsigned i_side = 0; i_side < 2; i_side++) {
        const struct side *s = side_of(m, i_side);

        if (s->filter)
            host->log(1, "'%s' was loaded with the filter '%s': what it left out may count as lost",
                      s->name, s->filter);
    }
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    struct loss_opts o = *(const struct loss_opts *)opts;
    struct two two;
    struct losses l = {.call = call, .m = &two.merged};
    int rc;

    (void)in;
    o.which.has_id = host->given(call, "id") != 0;
    o.which.has_right_id = host->given(call, "right-id") != 0;
    rc = two_open(call, &o.which, &two, err);
    if (rc != TRAWL_OK)
        return rc;
    say_filters(&two.merged);
    rc = find_losses(&l, err);
    if (rc == TRAWL_OK)
        rc = write_rows(&l, dest_wanted(&o.dest), ret, err);
    host->free(l.directions);
    host->free(l.starts);
    host->free(l.order);
    two_fini(&two);
    return rc;
}

static const trawl_arg args[] = {
    LEFT_ARG(struct loss_opts, which.left), RIGHT_ARG(struct loss_opts, which.right),
    ID_ARG(struct loss_opts, which.id),     RIGHT_ID_ARG(struct loss_opts, which.right_id),
    DEST_ARG(struct loss_opts, dest),       MPTCP_ARG(struct loss_opts, which.mptcp),
    UDP_ARG(struct loss_opts, which.udp),
};
static const trawl_example examples[] = {
    {"loss here there", "what was lost between two places, by connection and direction"},
};

const trawl_command loss_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "loss",
    .group = "vantage",
    .summary = "count the packets that were lost between two captures",
    .text = "A packet is lost when the capture nearer to its sender has it and the other does not, "
            "though that was running when it would have come, has packets of that direction, does "
            "not have the bytes in packets of other sizes, and did not see the receiver "
            "acknowledge bytes that it has in no packet at all. When the other was running is "
            "reckoned by its own clock, as 'clocks' finds it, with the longest delay of the "
            "direction. Connections that only one capture has are not counted.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .n_gives = TRAWL_COUNT(columns),
    .gives = columns,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct loss_opts),
    .run = run,
};
