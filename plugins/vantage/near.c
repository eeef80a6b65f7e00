/* Which capture is nearer to a connection's client: by delays, by hops, by who saw it first.
 * Must not know how packets were joined. */
#include "vantage.h"

struct nearness {
    int64_t delay[2]; /* of the last packet that the client, the server sent: right less left */
    uint8_t has[2];
    int64_t delays, hops; /* votes: positive, the left is the client's side */
};

static int hops_vote(const struct merged *m, const struct meeting *x)
{
    int has_l, has_r, v;
    uint64_t l = side_cell(m->left, S_TTL, x->left, &has_l);
    uint64_t r = side_cell(m->right, S_TTL, x->right, &has_r);

    if (!has_l || !has_r) {
        l = side_cell(m->left, S_HLIM, x->left, &has_l);
        r = side_cell(m->right, S_HLIM, x->right, &has_r);
    }
    if (!has_l || !has_r || l == r)
        return 0;
    v = l > r ? 1 : -1;
    return x->sender == CLIENT ? v : -v;
}

static void vote(const struct merged *m, const struct meeting *x, struct nearness *n)
{
    const int64_t left = side_time(m->left, x->left), right = side_time(m->right, x->right);
    const unsigned s = x->sender;

    n->hops += hops_vote(m, x);
    if (left == INT64_MIN || right == INT64_MIN)
        return;
    n->delay[s] = (int64_t)((uint64_t)right - (uint64_t)left);
    n->has[s] = 1;
    if (!n->has[0] || !n->has[1] || n->delay[0] == n->delay[1])
        return;
    /* Of a question and its answer the delays add up where the clocks' difference falls out. */
    n->delays += n->delay[0] > n->delay[1] ? 1 : -1;
}

int near_find(trawl_call *call, struct merged *m, trawl_error *err)
{
    struct nearness *all = host->alloc(((size_t)m->n_pairs + 1) * sizeof(*all));

    if (!all)
        return no_memory(err);
    for (uint64_t i = 0; i < m->n; i++) {
        const struct meeting *x = &m->meetings[i];

        if (i % 65536 == 0 && host->cancelled(call)) {
            host->free(all);
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        }
        if (x->left != NONE32 && x->right != NONE32)
            vote(m, x, &all[x->pair]);
    }
    for (uint32_t p = 0; p < m->n_pairs; p++) {
        int64_t votes = all[p].delays;
        enum near_how how = NEAR_DELAYS;

        if (!votes) {
            votes = all[p].hops;
            how = NEAR_TTL;
        }
        if (!votes && m->pairs[p].right != NONE32) {
            const int64_t l = m->left->conns[m->pairs[p].left].first_ns;
            const int64_t r = m->right->conns[m->pairs[p].right].first_ns;

            votes = l < r ? 1 : l > r ? -1 : 0;
            how = NEAR_FIRST;
        }
        m->near_client[p] = votes < 0;
        m->near_known[p] = votes ? (uint8_t)how : NEAR_GUESS;
    }
    host->free(all);
    return TRAWL_OK;
}
