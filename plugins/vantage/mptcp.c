/* MPTCP connections of two captures: which is which, and their subflows as pairs.
 * Must not know packets. */
#include "mptcp.h"

#include <math.h>
#include <string.h>

enum { LOOK_AT_MOST = 256 }; /* connections that share a subflow */

/* ---- one capture ---- */

static int open_view(trawl_call *call, trawl_table *table, const char *name, trawl_view *ret,
                     trawl_error *err)
{
    *ret = (trawl_view){.size = sizeof(*ret)};
    return host->view_named(call, table, name, ret, err);
}

static int open_conns(trawl_call *call, struct mside *m, trawl_table *mptcp, trawl_error *err)
{
    trawl_view id, keys[2];
    int rc = open_view(call, mptcp, "id", &id, err);

    if (rc == TRAWL_OK)
        rc = open_view(call, mptcp, "client_key", &keys[CLIENT], err);
    if (rc == TRAWL_OK)
        rc = open_view(call, mptcp, "server_key", &keys[SERVER], err);
    if (rc != TRAWL_OK)
        return rc;
    m->n_conns = (uint32_t)host->n_rows(mptcp);
    m->conns = host->call_alloc(call, ((size_t)m->n_conns + 1) * sizeof(*m->conns));
    if (!m->conns)
        return no_memory(err);
    for (uint32_t i = 0; i < m->n_conns; i++) {
        m->conns[i] = (struct mconn){.id = (uint32_t)trawl_view_u64(&id, i)};
        for (unsigned e = 0; e < 2; e++) {
            m->conns[i].has_key[e] = trawl_view_has(&keys[e], i) != 0;
            m->conns[i].key[e] = trawl_view_u64(&keys[e], i);
        }
    }
    return TRAWL_OK;
}

static uint32_t index_of(const struct mside *m, uint64_t id)
{
    uint32_t low = 0, high = m->n_conns;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (m->conns[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->n_conns && m->conns[low].id == id ? low : NONE32;
}

/* Rows come by connection; those that a listing cannot place have none. */
static int open_subflows(trawl_call *call, struct mside *m, trawl_table *table, trawl_error *err)
{
    static const char *const names[] = {"mptcp", "stream", "client", "client_port"};
    enum { MPTCP, STREAM, CLIENT_IP, CLIENT_PORT, N };
    const struct side *s = m->side;
    trawl_view v[N];
    uint32_t n = 0;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < N && rc == TRAWL_OK; i++)
        rc = open_view(call, table, names[i], &v[i], err);
    if (rc != TRAWL_OK)
        return rc;
    m->subflows = host->call_alloc(call, ((size_t)host->n_rows(table) + 1) * sizeof(uint32_t));
    m->of_conn = host->call_alloc(call, ((size_t)s->n_conns + 1) * sizeof(uint32_t));
    m->turned = host->call_alloc(call, (size_t)s->n_conns + 1);
    if (!m->subflows || !m->of_conn || !m->turned)
        return no_memory(err);
    memset(m->of_conn, 0xff, ((size_t)s->n_conns + 1) * sizeof(uint32_t));
    for (uint64_t row = 0; row < host->n_rows(table); row++) {
        const uint64_t stream = trawl_view_u64(&v[STREAM], row);
        uint32_t i, conn;

        if (!trawl_view_has(&v[MPTCP], row) || stream >= s->n_streams)
            continue;
        i = index_of(m, trawl_view_u64(&v[MPTCP], row));
        conn = s->conn_of[stream];
        if (i == NONE32 || conn == NONE32)
            continue;
        if (!m->conns[i].n_subflows)
            m->conns[i].first = n;
        m->conns[i].n_subflows++;
        m->subflows[n++] = conn;
        m->of_conn[conn] = i;
        m->turned[conn] = s->conns[conn].address[CLIENT] != trawl_view_u64(&v[CLIENT_IP], row) ||
                          s->conns[conn].port[CLIENT] != trawl_view_u64(&v[CLIENT_PORT], row);
    }
    return TRAWL_OK;
}

int mside_open(trawl_call *call, const struct side *side, struct mside *ret, trawl_error *err)
{
    struct mside m = {.side = side};
    trawl_table *mptcp = NULL, *subflows = NULL;
    int rc = host->table(call, side->capture, "mptcp", &mptcp, err);

    if (rc == TRAWL_OK)
        rc = host->table(call, side->capture, "subflows", &subflows, err);
    if (rc == TRAWL_OK)
        rc = open_conns(call, &m, mptcp, err);
    if (rc == TRAWL_OK)
        rc = open_subflows(call, &m, subflows, err);
    host->release(mptcp);
    host->release(subflows);
    if (rc == TRAWL_OK)
        *ret = m;
    return rc;
}

int mside_find(const struct mside *m, uint64_t id, uint32_t *ret, trawl_error *err)
{
    *ret = index_of(m, id);
    if (*ret != NONE32)
        return TRAWL_OK;
    host->fail(err, TRAWL_E_NOT_FOUND, "no MPTCP connection '%llu' in '%s'", (unsigned long long)id,
               m->side->name);
    host->hint(err, m->n_conns ? "'lc' lists the connections with their numbers."
                               : "That capture has none; 'lt' lists its TCP connections.");
    return TRAWL_E_NOT_FOUND;
}

/* ---- two captures ---- */

struct mscore mscore_of(const struct mside *l, uint32_t i, const struct mside *r, uint32_t j,
                        const struct pair *pairs)
{
    const struct mconn *x = &l->conns[i], *y = &r->conns[j];
    struct mscore s = {0};

    for (unsigned e = 0; e < 2; e++) {
        if (x->has_key[e] && y->has_key[e])
            s.keys[e] = x->key[e] == y->key[e] ? 1 : 2;
    }
    for (uint32_t k = 0; k < x->n_subflows; k++) {
        const uint32_t partner = pairs[l->subflows[x->first + k]].right;

        s.n_common += partner != NONE32 && r->of_conn[partner] == j;
    }
    s.value = s.keys[CLIENT] == 1 && s.keys[SERVER] == 1
                  ? INFINITY
                  : 10.0 * s.n_common - (x->n_subflows != y->n_subflows ? 5 : 0);
    return s;
}

uint32_t mscore_best(const struct mside *l, uint32_t i, const struct mside *r,
                     const struct pair *pairs, struct mscore *ret)
{
    const struct mconn *x = &l->conns[i];
    uint32_t best = NONE32, n = 0;

    for (uint32_t k = 0; k < x->n_subflows && n < LOOK_AT_MOST; k++) { /* who has its subflows */
        const uint32_t partner = pairs[l->subflows[x->first + k]].right;
        const uint32_t j = partner == NONE32 ? NONE32 : r->of_conn[partner];
        struct mscore s;

        if (j == NONE32 || j == best)
            continue;
        n++;
        s = mscore_of(l, i, r, j, pairs);
        if (best == NONE32 || s.value > ret->value) {
            best = j;
            *ret = s;
        }
    }
    return best;
}

/* The subflows of one connection that the right has, too; only in j's, if that is one. */
static void put_pairs(const struct mside *l, uint32_t i, const struct mside *r, uint32_t j,
                      const struct pair *all, struct pair *out, uint32_t *n)
{
    const struct mconn *x = &l->conns[i];

    for (uint32_t k = 0; k < x->n_subflows; k++) {
        const uint32_t conn = l->subflows[x->first + k];

        if (all[conn].right == NONE32 || (j != NONE32 && r->of_conn[all[conn].right] != j))
            continue;
        out[*n] = all[conn];
        out[*n].mptcp = x->id;
        out[(*n)++].turned = l->turned[conn];
    }
}

int mptcp_pairs(trawl_call *call, const struct which *which, const struct side *left,
                const struct side *right, struct pair **ret, uint32_t *ret_n, trawl_error *err)
{
    struct mside l, r;
    struct pair *all = NULL, *out = NULL;
    uint32_t n_all = 0, n = 0, only = NONE32, j = NONE32;
    int rc = mside_open(call, left, &l, err);

    if (rc == TRAWL_OK)
        rc = mside_open(call, right, &r, err);
    if (rc == TRAWL_OK && which->has_id)
        rc = mside_find(&l, which->id, &only, err);
    if (rc == TRAWL_OK && which->has_right_id)
        rc = mside_find(&r, which->right_id, &j, err);
    if (rc == TRAWL_OK)
        rc = match_all(call, left, right, &all, &n_all, err);
    if (rc == TRAWL_OK && !(out = host->call_alloc(call, ((size_t)n_all + 1) * sizeof(*out))))
        rc = no_memory(err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < l.n_conns; i++) {
        if (only == NONE32 || only == i)
            put_pairs(&l, i, &r, j, all, out, &n);
    }
    if (rc == TRAWL_OK && !n) {
        if (which->has_id)
            rc = host->fail(err, TRAWL_E_NOT_FOUND,
                            "no subflow of MPTCP connection %llu of '%s' is in '%s'",
                            (unsigned long long)which->id, left->name, right->name);
        else
            rc = host->fail(err, TRAWL_E_NOT_FOUND,
                            "'%s' and '%s' have no subflow of MPTCP in common", left->name,
                            right->name);
        host->hint(err, "'map %s %s' shows the TCP connections that both have.", left->name,
                   right->name);
    }
    if (rc == TRAWL_OK) {
        *ret = out;
        *ret_n = n;
    }
    return rc;
}
