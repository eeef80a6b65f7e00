/* The packets of connections at two points, one to one: by the numbers that stay the same, and by
 * those that prove to. Must not know what is made of it. */
#include "vantage.h"

#include <stdlib.h>
#include <string.h>

#include "join.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, URG = 32, KEY_FLAGS = FIN | SYN | RST | ACK };

struct work {
    trawl_call *call;
    const struct side *sides[2];
    const struct pair *pairs;
    uint32_t n_pairs;
    uint32_t *pair_of[2]; /* by connection of a side: pair, or NONE32 */
    struct item *items[2], *scratch[2];
    size_t n[2];
    uint32_t *partner[2]; /* by row: the other's row, or NONE32 */
    uint8_t *ambiguous;   /* by row of the left */
    uint32_t *n_content;  /* of UDP, by group: bytes of payload that both sides have of all */
    struct votes *votes;
    struct trust *trust;
};

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

/* ---- items ---- */

/* How much higher the sequence numbers of a sender are on the right. Known from the SYNs; else they
 * are taken to be the same. */
static uint32_t seq_delta(const struct work *w, uint32_t pair, unsigned sender)
{
    const struct pair *p = &w->pairs[pair];
    const struct conn *l = &w->sides[0]->conns[p->left], *r = &w->sides[1]->conns[p->right];
    const unsigned other = sender ^ p->score.flip;

    return l->has_isn[sender] && r->has_isn[other] ? r->isn[other] - l->isn[sender] : 0;
}

/* A datagram: its length, and the bytes that it begins with. */
static int key_of_datagram(const struct work *w, unsigned i_side, uint64_t row, uint32_t group,
                           uint64_t *ret, trawl_error *err)
{
    uint64_t content;
    const int rc = side_content(w->call, w->sides[i_side], row, w->n_content[group], &content, err);

    *ret = mix(mix(content + UINT64_C(0x9e3779b97f4a7c15) * (group + 1)) +
               side_length(w->sides[i_side], row));
    return rc;
}

static uint64_t key_of(const struct work *w, unsigned i_side, uint64_t row, uint32_t group)
{
    const trawl_view *v = w->sides[i_side]->views;
    const uint32_t flags = (uint32_t)trawl_view_u64(&v[S_FLAGS], row) & KEY_FLAGS;
    uint32_t seq = (uint32_t)trawl_view_u64(&v[S_SEQ], row), ack = 0;

    if (flags & ACK)
        ack = (uint32_t)trawl_view_u64(&v[S_ACK], row);
    if (i_side) {
        seq -= seq_delta(w, group / 2, group & 1);
        ack -= flags & ACK ? seq_delta(w, group / 2, (group & 1) ^ 1) : 0;
    }
    return mix(mix(((uint64_t)seq << 32 | ack) + UINT64_C(0x9e3779b97f4a7c15) * (group + 1)) +
               (trawl_view_u64(&v[S_LEN], row) << 8 | flags));
}

/* Direction of a pair, in terms of the left's connection, that a row belongs to; NONE32: none. */
static uint32_t group_of(const struct work *w, unsigned i_side, uint64_t row)
{
    const uint32_t who = w->sides[i_side]->who[row];
    uint32_t pair;

    if (who == NONE32)
        return NONE32;
    pair = w->pair_of[i_side][who / 2];
    if (pair == NONE32)
        return NONE32;
    return pair * 2 + ((who & 1) ^ (i_side ? w->pairs[pair].score.flip : 0));
}

/* Captures cut packets at different lengths: only what both have of every one can be compared. */
static void count_content(struct work *w, unsigned i_side)
{
    const struct side *s = w->sides[i_side];

    for (uint64_t row = 0; row < s->n_rows; row++) {
        const uint32_t group = group_of(w, i_side, row);
        const uint64_t length = group == NONE32 ? 0 : side_length(s, row);
        const uint64_t whole = length ? trawl_view_u64(&s->views[S_FRAME_LEN], row) : 0;
        const uint64_t captured = length ? trawl_view_u64(&s->views[S_CAP_LEN], row) : 0;
        uint64_t n;

        if (captured >= whole)
            continue;
        n = whole - captured < length ? length - (whole - captured) : 0;
        if (n < w->n_content[group])
            w->n_content[group] = (uint32_t)n;
    }
}

static int read_items(struct work *w, unsigned i_side, trawl_error *err)
{
    const struct side *s = w->sides[i_side];
    size_t n = 0;
    int rc = TRAWL_OK;

    for (uint64_t row = 0; row < s->n_rows; row++)
        n += group_of(w, i_side, row) != NONE32;
    w->items[i_side] = host->alloc((n + 1) * sizeof(struct item));
    w->partner[i_side] = host->alloc((size_t)(s->n_rows + 1) * sizeof(uint32_t));
    if (!w->items[i_side] || !w->partner[i_side])
        return no_memory(err);
    memset(w->partner[i_side], 0xff, (size_t)(s->n_rows + 1) * sizeof(uint32_t));
    for (uint64_t row = 0; row < s->n_rows; row++) {
        const uint32_t group = group_of(w, i_side, row);

        uint64_t key;

        if (row % 65536 == 0 && host->cancelled(w->call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (group == NONE32)
            continue;
        if (!s->udp)
            key = key_of(w, i_side, row, group);
        else
            rc = key_of_datagram(w, i_side, row, group, &key, err);
        if (rc != TRAWL_OK)
            return rc;
        w->items[i_side][w->n[i_side]++] = (struct item){
            .key = key, .row = (uint32_t)row, .group = group};
    }
    return TRAWL_OK;
}

/* ---- what else is the same ---- */

static struct extras extras_of(const struct side *s, uint64_t row)
{
    struct extras e = {0};
    int has_ts, has_id, has[4];
    uint64_t sum = 0;

    e.ts = (uint32_t)side_cell(s, S_TSVAL, row, &has_ts);
    e.ip_id = (uint16_t)side_cell(s, S_IP_ID, row, &has_id);
    e.has_ts = (uint8_t)has_ts;
    e.has_ip_id = has_id && e.ip_id; /* 0: the sender does not number them */
    if (s->udp)
        return e;
    sum = side_cell(s, S_SACK, row, &has[0]);
    if (has[0]) /* a capture that began late counts from another number */
        sum = (uint32_t)(sum - side_cell(s, S_RELATIVE_ACK, row, &has[0])) + (uint64_t)1;
    sum = mix(sum + 1);
    sum = mix(sum + side_cell(s, S_DATA_ACK, row, &has[1]) + 2);
    sum = mix(sum + side_cell(s, S_DATA_SEQ, row, &has[2]) + 3);
    sum = mix(sum + side_cell(s, S_WINDOW, row, &has[3]) + 4);
    sum = mix(sum + (trawl_view_u64(&s->views[S_FLAGS], row) & (PSH | URG)) + 5);
    e.options = (uint32_t)sum;
    e.has_options = 1;
    return e;
}

/* What extras a direction is compared by, as one number. */
static uint64_t fingerprint(const struct trust *t, const struct extras *e, unsigned i_side)
{
    uint64_t x = 0;

    if (t->ts && e->has_ts)
        x = mix(x + (uint32_t)(e->ts - (i_side ? t->ts_delta : 0)) + 1); /* numbers wrap */
    if (t->ip_id)
        x = mix(x + e->ip_id + 2);
    if (t->options)
        x = mix(x + e->options + 3);
    return x;
}

static size_t run_length(const struct item *items, size_t at, size_t n)
{
    size_t end = at + 1;

    while (end < n && items[end].key == items[at].key)
        end++;
    return end - at;
}

/* Runs of equal keys on both sides, in order; 0 when there are no more. */
struct runs {
    size_t at[2], n[2]; /* where they begin, how long they are */
};
static int next_runs(const struct work *w, struct runs *r)
{
    r->at[0] += r->n[0];
    r->at[1] += r->n[1];
    for (;;) {
        if (r->at[0] >= w->n[0] || r->at[1] >= w->n[1])
            return 0;
        if (w->items[0][r->at[0]].key < w->items[1][r->at[1]].key)
            r->at[0]++;
        else if (w->items[0][r->at[0]].key > w->items[1][r->at[1]].key)
            r->at[1]++;
        else
            break;
    }
    r->n[0] = run_length(w->items[0], r->at[0], w->n[0]);
    r->n[1] = run_length(w->items[1], r->at[1], w->n[1]);
    return 1;
}

/* A direction of which no packet is alone trusts what most others do. */
static void settle_trust(struct work *w)
{
    struct votes all = {0};
    struct trust most;

    for (uint32_t g = 0; g < w->n_pairs * 2; g++) {
        const struct votes *v = &w->votes[g];
        struct trust *t = &w->trust[g];

        *t = (struct trust){.ts = votes_trust(v->ts_same, v->ts_n) != 0,
                            .ts_delta = v->ts_delta,
                            .ip_id = votes_trust(v->ip_id_same, v->ip_id_n) != 0,
                            .options = votes_trust(v->options_same, v->options_n) != 0};
        all.ts_n += v->ts_n != 0;
        all.ts_same += t->ts && !t->ts_delta;
        all.ip_id_n += v->ip_id_n != 0;
        all.ip_id_same += t->ip_id;
        all.options_n += v->options_n != 0;
        all.options_same += t->options;
    }
    most = (struct trust){.ts = votes_trust(all.ts_same, all.ts_n) != 0,
                          .ip_id = votes_trust(all.ip_id_same, all.ip_id_n) != 0,
                          .options = votes_trust(all.options_same, all.options_n) != 0};
    for (uint32_t g = 0; g < w->n_pairs * 2; g++) {
        if (!w->votes[g].n)
            w->trust[g] = most;
    }
}

/* Packets that are alone with their key on both sides tell what a direction leaves alone. */
static int learn(struct work *w, trawl_error *err)
{
    struct runs runs = {0};

    while (next_runs(w, &runs)) {
        const struct item *l = &w->items[0][runs.at[0]], *r = &w->items[1][runs.at[1]];

        if (runs.n[0] == 1 && runs.n[1] == 1 && l->group == r->group) {
            w->partner[0][l->row] = r->row;
            w->partner[1][r->row] = l->row;
        }
    }
    for (int pass = 0; pass < 2; pass++) { /* in order of rows: that is how columns lie */
        for (uint64_t row = 0; row < w->sides[0]->n_rows; row++) {
            struct extras l, r;
            struct votes *votes;

            if (w->partner[0][row] == NONE32)
                continue;
            if (row % 4096 == 0 && host->cancelled(w->call))
                return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
            l = extras_of(w->sides[0], row);
            r = extras_of(w->sides[1], w->partner[0][row]);
            votes = &w->votes[group_of(w, 0, row)];
            if (pass)
                votes_count(votes, &l, &r);
            else
                votes_lead(votes, &l, &r);
        }
    }
    settle_trust(w);
    return TRAWL_OK;
}

/* ---- the join ---- */

/* Single ones whose extras say that they are two: a packet that was lost, and its retransmission.
 */
static int part_strangers(struct work *w, trawl_error *err)
{
    for (uint64_t row = 0; row < w->sides[0]->n_rows; row++) {
        const uint32_t other = w->partner[0][row];
        struct extras l, r;
        const struct trust *t;

        if (row % 65536 == 0 && host->cancelled(w->call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (other == NONE32)
            continue;
        l = extras_of(w->sides[0], row);
        r = extras_of(w->sides[1], other);
        t = &w->trust[group_of(w, 0, row)];
        if (fingerprint(t, &l, 0) == fingerprint(t, &r, 1))
            continue;
        w->partner[0][row] = NONE32;
        w->partner[1][other] = NONE32;
    }
    return TRAWL_OK;
}

static int by_key(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* Copies: those with the same extras, the first with the first. */
static void join_run(struct work *w, const struct runs *runs, struct item *l, struct item *r)
{
    size_t i = 0, k = 0;

    for (unsigned s = 0; s < 2; s++) {
        struct item *items = s ? r : l;

        for (size_t n = 0; n < runs->n[s]; n++) {
            const struct extras e = extras_of(w->sides[s], items[n].row);

            items[n].key = fingerprint(&w->trust[items[n].group], &e, s);
        }
        if (runs->n[s] > 1)
            qsort(items, runs->n[s], sizeof(*items), by_key);
    }
    while (i < runs->n[0] && k < runs->n[1]) {
        size_t n_l, n_r;

        if (l[i].key != r[k].key) {
            if (l[i].key < r[k].key)
                i++;
            else
                k++;
            continue;
        }
        n_l = run_length(l, i, runs->n[0]);
        n_r = run_length(r, k, runs->n[1]);
        for (size_t n = 0; n < n_l && n < n_r; n++) {
            w->partner[0][l[i + n].row] = r[k + n].row;
            w->partner[1][r[k + n].row] = l[i + n].row;
            w->ambiguous[l[i + n].row] = n_l != n_r;
        }
        i += n_l;
        k += n_r;
    }
}

static int join_copies(struct work *w, trawl_error *err)
{
    struct runs runs = {0};
    uint64_t n = 0;

    while (next_runs(w, &runs)) {
        if (n++ % 4096 == 0 && host->cancelled(w->call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (runs.n[0] > 1 || runs.n[1] > 1)
            join_run(w, &runs, w->items[0] + runs.at[0], w->items[1] + runs.at[1]);
    }
    return TRAWL_OK;
}

/* ---- the result ---- */

/* The left's packets in their order, the right's own ones behind what came before them there. */
static int order_meetings(struct work *w, struct merged *m, trawl_error *err)
{
    const uint64_t n_left = w->sides[0]->n_rows, n_right = w->sides[1]->n_rows;
    uint32_t *starts = host->alloc((size_t)(n_left + 2) * sizeof(*starts));
    uint32_t anchor = 0; /* 0: before all of the left; row + 1 */
    uint64_t n = 0;

    m->meetings = host->alloc((w->n[0] + w->n[1] + 1) * sizeof(*m->meetings));
    if (!starts || !m->meetings) {
        host->free(starts);
        return no_memory(err);
    }
    for (int pass = 0; pass < 2;
         pass++) { /* count, then put: a slot for each left row and its tail */
        anchor = 0;
        for (uint64_t row = 0; row < n_right; row++) {
            const uint32_t group = group_of(w, 1, row);

            if (group == NONE32)
                continue;
            if (w->partner[1][row] != NONE32)
                anchor = w->partner[1][row] + 1;
            else if (!pass)
                starts[anchor]++;
            else
                m->meetings[starts[anchor]++] = (struct meeting){
                    .left = NONE32, .right = (uint32_t)row, .pair = group / 2, .sender = group & 1};
        }
        if (pass)
            break;
        n = starts[0];
        starts[0] = 0;
        for (uint64_t row = 0; row < n_left; row++) {
            const uint32_t group = group_of(w, 0, row), tail = starts[row + 1];

            if (group != NONE32) {
                m->meetings[n++] = (struct meeting){.left = (uint32_t)row,
                                                    .right = w->partner[0][row],
                                                    .pair = group / 2,
                                                    .sender = group & 1,
                                                    .ambiguous = w->ambiguous[row]};
                m->n_both += w->partner[0][row] != NONE32;
            }
            starts[row + 1] = (uint32_t)n;
            n += tail;
        }
    }
    m->n = n;
    host->free(starts);
    return TRAWL_OK;
}

/* ---- all of it ---- */

static int open_work(struct work *w, struct merged *m, trawl_error *err)
{
    for (unsigned s = 0; s < 2; s++) {
        const size_t n = ((size_t)w->sides[s]->n_conns + 1) * sizeof(uint32_t);

        w->pair_of[s] = host->alloc(n);
        if (!w->pair_of[s])
            return no_memory(err);
        memset(w->pair_of[s], 0xff, n);
    }
    for (uint32_t p = 0; p < w->n_pairs; p++) {
        if (w->pairs[p].right == NONE32)
            continue;
        w->pair_of[0][w->pairs[p].left] = p;
        w->pair_of[1][w->pairs[p].right] = p;
    }
    w->votes = host->alloc(((size_t)w->n_pairs * 2 + 1) * sizeof(*w->votes));
    w->n_content = host->alloc(((size_t)w->n_pairs * 2 + 1) * sizeof(*w->n_content));
    w->ambiguous = host->alloc((size_t)w->sides[0]->n_rows + 1);
    m->trust = w->trust = host->alloc(((size_t)w->n_pairs * 2 + 1) * sizeof(*w->trust));
    m->near_client = host->alloc((size_t)w->n_pairs + 1);
    m->near_known = host->alloc((size_t)w->n_pairs + 1);
    if (!w->votes || !w->n_content || !w->ambiguous || !m->trust || !m->near_client ||
        !m->near_known)
        return no_memory(err);
    for (size_t group = 0; group < (size_t)w->n_pairs * 2; group++)
        w->n_content[group] = CONTENT_MOST;
    return TRAWL_OK;
}

static int sort_items(struct work *w, trawl_error *err)
{
    for (unsigned s = 0; s < 2; s++) {
        w->scratch[s] = host->alloc((w->n[s] + 1) * sizeof(struct item));
        if (!w->scratch[s])
            return no_memory(err);
    }
    for (unsigned i = 0; i < 2 * JOIN_PASSES; i++) {
        if (host->cancelled(w->call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        join_sort_pass(i % JOIN_PASSES, &w->items[i / JOIN_PASSES], &w->scratch[i / JOIN_PASSES],
                       w->n[i / JOIN_PASSES]);
    }
    return TRAWL_OK;
}

int merge_pairs(trawl_call *call, struct side *left, struct side *right, const struct pair *pairs,
                uint32_t n_pairs, struct merged *ret, trawl_error *err)
{
    struct merged m = {.left = left, .right = right, .pairs = pairs, .n_pairs = n_pairs};
    struct work w = {.call = call, .sides = {left, right}, .pairs = pairs, .n_pairs = n_pairs};
    int rc = open_work(&w, &m, err);

    for (unsigned s = 0; s < 2 && rc == TRAWL_OK; s++)
        rc = side_open_extras(call, s ? right : left, err);

    for (unsigned s = 0; s < 2 && rc == TRAWL_OK && left->udp; s++)
        count_content(&w, s);
    for (unsigned s = 0; s < 2 && rc == TRAWL_OK; s++)
        rc = read_items(&w, s, err);
    if (rc == TRAWL_OK)
        rc = sort_items(&w, err);
    if (rc == TRAWL_OK)
        rc = learn(&w, err);
    if (rc == TRAWL_OK)
        rc = part_strangers(&w, err);
    if (rc == TRAWL_OK)
        rc = join_copies(&w, err);
    for (unsigned s = 0; s < 2; s++) {
        host->free(w.items[s]);
        host->free(w.scratch[s]);
        w.items[s] = w.scratch[s] = NULL;
    }
    if (rc == TRAWL_OK)
        rc = order_meetings(&w, &m, err);
    if (rc == TRAWL_OK)
        rc = near_find(call, &m, err);
    for (unsigned s = 0; s < 2; s++) {
        host->free(w.pair_of[s]);
        host->free(w.partner[s]);
    }
    host->free(w.ambiguous);
    host->free(w.votes);
    host->free(w.n_content);
    if (rc != TRAWL_OK) {
        merge_fini(&m);
        return rc;
    }
    *ret = m;
    return TRAWL_OK;
}

void merge_fini(struct merged *m)
{
    host->free(m->meetings);
    host->free(m->trust);
    host->free(m->near_client);
    host->free(m->near_known);
}
