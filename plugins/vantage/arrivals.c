/* What of the data of MPTCP connections came when, and over which subflow first: the mappings of
 * the sender's capture, the times of the receiver's. Must not know how mappings are found. */
#include "arrivals.h"

#include <stdlib.h>
#include <string.h>

#include "cover.h"

int meeting_received(const struct merged *m, uint32_t meeting, int64_t *ret)
{
    const struct meeting *x = &m->meetings[meeting];
    const unsigned side = meeting_sender_side(m, x) ^ 1;
    const uint32_t row = side ? x->right : x->left;

    if (row == NONE32)
        return 0;
    *ret = side_time(side ? m->right : m->left, row);
    return *ret != INT64_MIN;
}

int meeting_sent(const struct merged *m, uint32_t meeting, int64_t *ret)
{
    const struct meeting *x = &m->meetings[meeting];
    const unsigned side = meeting_sender_side(m, x);
    const uint32_t row = side ? x->right : x->left;

    if (row == NONE32)
        return 0;
    *ret = side_time(side ? m->right : m->left, row);
    return *ret != INT64_MIN;
}

/* ---- what was sent ---- */

enum { V_PACKET, V_DSN, V_LENGTH, V_REINJECTION, V_FIRST, N_VIEWS };
static const char *const names[N_VIEWS] = {"packet", "dsn", "length", "reinjection",
                                           "first_packet"};

static int add(struct arrivals *a, size_t *room, const struct carried *c, trawl_error *err)
{
    if (a->n == *room) {
        struct carried *more;

        *room = *room * 2 + 1024;
        more = host->realloc(a->items, *room * sizeof(*more));
        if (!more)
            return no_memory(err);
        a->items = more;
    }
    a->items[a->n++] = *c;
    return TRAWL_OK;
}

/* The meeting of a packet of a capture. */
static uint32_t meeting_of(const uint32_t *meetings, uint64_t n_rows, uint64_t packet)
{
    return packet && packet <= n_rows ? meetings[packet - 1] : NONE32;
}

static int read_mappings(trawl_call *call, const struct merged *m, unsigned i_side,
                         const uint32_t *meetings, struct arrivals *a, size_t *room,
                         trawl_error *err)
{
    const struct side *s = i_side ? m->right : m->left;
    trawl_table *table = NULL;
    trawl_view v[N_VIEWS];
    int rc = host->table(call, s->capture, "mptcp_mappings", &table, err);

    for (size_t i = 0; i < N_VIEWS && rc == TRAWL_OK; i++) {
        v[i] = (trawl_view){.size = sizeof(trawl_view)};
        rc = host->view_named(call, table, names[i], &v[i], err);
    }
    for (uint64_t row = 0; rc == TRAWL_OK && row < host->n_rows(table); row++) {
        const uint32_t at = meeting_of(meetings, s->n_rows, trawl_view_u64(&v[V_PACKET], row));
        struct carried c = {.meeting = at};

        if (at == NONE32 || meeting_sender_side(m, &m->meetings[at]) != i_side ||
            !trawl_view_u64(&v[V_LENGTH], row))
            continue;
        c.mptcp = m->pairs[m->meetings[at].pair].mptcp;
        c.dest = (uint8_t)meeting_dest(m, &m->meetings[at]);
        c.dsn = trawl_view_u64(&v[V_DSN], row);
        c.length = (uint32_t)trawl_view_u64(&v[V_LENGTH], row);
        c.reinjection = trawl_view_u64(&v[V_REINJECTION], row) != 0;
        c.first = trawl_view_has(&v[V_FIRST], row)
                      ? meeting_of(meetings, s->n_rows, trawl_view_u64(&v[V_FIRST], row))
                      : NONE32;
        c.came = meeting_received(m, at, &c.received_ns) != 0;
        if (meeting_sent(m, at, &c.sent_ns))
            rc = add(a, room, &c, err);
    }
    host->release(table);
    return rc;
}

/* ---- what came ---- */

static int by_arrival(const void *a, const void *b)
{
    const struct carried *x = a, *y = b;

    if (x->mptcp != y->mptcp)
        return x->mptcp < y->mptcp ? -1 : 1;
    if (x->dest != y->dest)
        return x->dest > y->dest ? -1 : 1; /* what the client sends first */
    if (x->came != y->came)
        return x->came ? -1 : 1;
    if (x->came && x->received_ns != y->received_ns)
        return x->received_ns < y->received_ns ? -1 : 1;
    if (x->meeting != y->meeting)
        return x->meeting < y->meeting ? -1 : 1;
    return x->dsn < y->dsn ? -1 : x->dsn > y->dsn;
}

static int find_fresh(trawl_call *call, struct arrivals *a, trawl_error *err)
{
    struct cover cover = {{0}};
    int rc = TRAWL_OK;

    for (size_t i = 0; i < a->n && rc == TRAWL_OK; i++) {
        struct carried *c = &a->items[i];
        uint64_t fresh = 0;

        if (i && (c->mptcp != a->items[i - 1].mptcp || c->dest != a->items[i - 1].dest))
            cover.ranges.n = 0;
        if (!c->came)
            continue;
        if (i % 64 == 0 && host->cancelled(call)) /* data that comes backwards takes long */
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        else
            rc = cover_add(&cover, (struct range){c->dsn, c->dsn + c->length}, &fresh, err);
        c->fresh = (uint32_t)fresh;
    }
    cover_fini(&cover);
    return rc;
}

int arrivals_open(trawl_call *call, const struct merged *m, struct arrivals *ret, trawl_error *err)
{
    struct arrivals a = {0};
    size_t room = 0;
    int rc = TRAWL_OK;

    for (unsigned i_side = 0; i_side < 2 && rc == TRAWL_OK; i_side++) {
        const uint64_t n_rows = i_side ? m->right->n_rows : m->left->n_rows;
        uint32_t *meetings = host->alloc((size_t)(n_rows + 1) * sizeof(*meetings));

        if (!meetings) {
            rc = no_memory(err);
            break;
        }
        memset(meetings, 0xff, (size_t)(n_rows + 1) * sizeof(*meetings));
        for (uint64_t i = 0; i < m->n; i++) {
            const uint32_t row = i_side ? m->meetings[i].right : m->meetings[i].left;

            if (row != NONE32)
                meetings[row] = (uint32_t)i;
        }
        rc = read_mappings(call, m, i_side, meetings, &a, &room, err);
        host->free(meetings);
    }
    if (rc == TRAWL_OK) {
        if (a.n > 1)
            qsort(a.items, a.n, sizeof(*a.items), by_arrival);
        rc = find_fresh(call, &a, err);
    }
    if (rc != TRAWL_OK) {
        arrivals_fini(&a);
        return rc;
    }
    *ret = a;
    return TRAWL_OK;
}

void arrivals_fini(struct arrivals *arrivals)
{
    host->free(arrivals->items);
}

int arrivals_run(trawl_call *call, const void *opts, int both_ids, arrivals_writer *write,
                 trawl_table **ret, trawl_error *err)
{
    struct which which = *(const struct which *)opts;
    struct arrivals arrivals = {0};
    struct two two;
    int rc;

    which.mptcp = 1;
    which.has_id = both_ids || host->given(call, "id");
    which.has_right_id = (uint8_t)both_ids;
    rc = two_open(call, &which, &two, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = arrivals_open(call, &two.merged, &arrivals, err);
    if (rc == TRAWL_OK)
        rc = write(opts, &two.merged, &arrivals, ret, err);
    arrivals_fini(&arrivals);
    two_fini(&two);
    return rc;
}
