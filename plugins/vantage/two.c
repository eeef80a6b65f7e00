/* What the commands of two captures begin with: both opened, connections mapped, packets joined.
 * Must not know what they show. */
#include "mptcp.h"

#include <math.h>
#include <string.h>

const char *const dest_choices[] = {"client", "server", "Client", "Server", NULL};
const char *const end_names[2] = {"client", "server"};

unsigned dest_wanted(const trawl_words *words)
{
    unsigned wanted = 0;

    for (size_t i = 0; i < words->n; i++)
        wanted |= 1u << (words->items[i][0] == 'c' || words->items[i][0] == 'C' ? CLIENT : SERVER);
    return wanted ? wanted : 3;
}

/* One connection: with the other that was named, else with the one that fits best. */
static int pair_one(trawl_call *call, const struct which *which, const struct two *t,
                    struct pair **ret, uint32_t *ret_n, trawl_error *err)
{
    struct pair *all = NULL, one = {.right = NONE32, .mptcp = NONE32};
    uint32_t n_all = 0;
    int rc = side_conn(&t->left, which->id, &one.left, err);

    if (rc == TRAWL_OK && which->has_right_id) {
        rc = side_conn(&t->right, which->right_id, &one.right, err);
        if (rc == TRAWL_OK)
            one.score = match_score(&t->left, one.left, &t->right, one.right);
        if (rc == TRAWL_OK && one.score.value < 40)
            host->log(1, "connections %llu of '%s' and %llu of '%s' do not look like one: score %g",
                      (unsigned long long)which->id, t->left.name,
                      (unsigned long long)which->right_id, t->right.name, one.score.value);
    } else if (rc == TRAWL_OK) {
        rc = match_all(call, &t->left, &t->right, &all, &n_all, err);
        if (rc == TRAWL_OK)
            one = all[one.left];
        if (rc == TRAWL_OK && one.right == NONE32) {
            rc = host->fail(err, TRAWL_E_NOT_FOUND, "connection %llu of '%s' is not in '%s'",
                            (unsigned long long)which->id, t->left.name, t->right.name);
            host->hint(err, "'map %s %s %llu' shows what comes near it.", t->left.name,
                       t->right.name, (unsigned long long)which->id);
        }
    }
    if (rc != TRAWL_OK)
        return rc;
    *ret = host->call_alloc(call, sizeof(**ret));
    if (!*ret)
        return no_memory(err);
    **ret = one;
    *ret_n = 1;
    return TRAWL_OK;
}

static int pair_up(trawl_call *call, const struct which *which, const struct two *t,
                   struct pair **ret, uint32_t *ret_n, trawl_error *err)
{
    uint32_t n = 0;
    int rc;

    if (which->mptcp)
        return mptcp_pairs(call, which, &t->left, &t->right, ret, ret_n, err);
    if (which->has_id)
        return pair_one(call, which, t, ret, ret_n, err);
    rc = match_all(call, &t->left, &t->right, ret, ret_n, err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < *ret_n; i++)
        n += (*ret)[i].right != NONE32;
    if (rc == TRAWL_OK && !n) {
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "'%s' and '%s' have no %s in common", t->left.name,
                        t->right.name, side_noun(&t->left));
        host->hint(err, "'map %s %s ID' shows what comes near a connection.", t->left.name,
                   t->right.name);
    }
    return rc;
}

/* A capture that stands for both points, by name or by content, is said once. */
static int say_twice(const struct two *t)
{
    const struct merged *m = &t->merged;
    uint64_t n = 0, same = 0;

    for (uint64_t i = 0; i < m->n; i++) {
        const struct meeting *x = &m->meetings[i];

        if (x->left == NONE32 || x->right == NONE32)
            continue;
        n++;
        same += side_time(&t->left, x->left) == side_time(&t->right, x->right);
    }
    if (!n || same < n)
        return 0;
    host->log(1, "'%s' and '%s' saw every packet at the same time: the same capture twice?",
              t->left.name, t->right.name);
    return 1;
}

static void say_guesses(const struct two *t)
{
    const struct merged *m = &t->merged;
    uint32_t n = 0, first = NONE32;

    for (uint32_t p = 0; p < m->n_pairs; p++) {
        if (m->pairs[p].right == NONE32 || m->near_known[p] != NEAR_GUESS)
            continue;
        n++;
        first = first == NONE32 ? t->left.conns[m->pairs[p].left].stream : first;
    }
    if (n)
        host->log(1,
                  "%u connection%s, first %u: nothing tells which capture is nearer to the client; "
                  "'%s' is taken for it",
                  n, n == 1 ? "" : "s", first, t->left.name);
}

int two_open(trawl_call *call, const struct which *which, struct two *ret, trawl_error *err)
{
    struct two t;
    struct pair *pairs = NULL;
    uint32_t n_pairs = 0;
    int rc;

    memset(&t, 0, sizeof(t));
    if (which->mptcp && which->udp)
        return host->fail(err, TRAWL_E_USAGE, "'--mptcp' and '--udp' are not for the same packets");
    rc = side_open(call, which->left, which->udp, &t.left, err);
    if (rc == TRAWL_OK)
        rc = side_open(call, which->right, which->udp, &t.right, err);
    if (rc == TRAWL_OK)
        rc = pair_up(call, which, &t, &pairs, &n_pairs, err);
    if (rc == TRAWL_OK)
        rc = merge_pairs(call, &t.left, &t.right, pairs, n_pairs, &t.merged, err);
    if (rc != TRAWL_OK) {
        two_fini(&t);
        return rc;
    }
    t.merged.left = &ret->left;
    t.merged.right = &ret->right;
    *ret = t;
    if (!ret->merged.n_both)
        host->log(1, "the connections that '%s' and '%s' share have no packet in common",
                  ret->left.name, ret->right.name);
    else if (!say_twice(ret))
        say_guesses(ret);
    return TRAWL_OK;
}

void two_fini(struct two *two)
{
    merge_fini(&two->merged);
    side_fini(&two->left);
    side_fini(&two->right);
}

unsigned meeting_dest(const struct merged *m, const struct meeting *x)
{
    return x->sender ^ 1u ^ m->pairs[x->pair].turned;
}

unsigned meeting_sender_side(const struct merged *m, const struct meeting *x)
{
    return (x->sender == CLIENT) == !m->near_client[x->pair] ? 0 : 1;
}

int schema_shown(const trawl_column *columns, size_t n, int all, trawl_schema **ret,
                 trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        trawl_column column = columns[i];

        if (all)
            column.flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
        rc = host->schema_add(schema, &column, err);
    }
    if (rc == TRAWL_OK)
        *ret = schema;
    else
        host->schema_free(schema);
    return rc;
}
