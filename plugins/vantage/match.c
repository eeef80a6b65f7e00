/* Which connection of one capture is which of another: by the ends, and by the initial sequence
 * numbers, which address translation leaves alone. Must not know packets. */
#include "vantage.h"

#include <math.h>
#include <string.h>

/* ---- how well two fit ---- */

static struct score score_as(const struct side *a, const struct conn *x, const struct side *b,
                             const struct conn *y, unsigned flip)
{
    struct score s = {.flip = (uint8_t)flip};
    int n_same = 0, n_isn = 0, n_other = 0;

    for (unsigned e = 0; e < 2; e++) {
        s.same[e] = side_same_address(a, x->address[e], b, y->address[e ^ flip]) != 0;
        s.same[2 + e] = x->port[e] == y->port[e ^ flip];
        n_same += s.same[e] + s.same[2 + e];
        if (x->has_isn[e] && y->has_isn[e ^ flip])
            s.isn[e] = x->isn[e] == y->isn[e ^ flip] ? 1 : 2;
        n_isn += s.isn[e] == 1;
        n_other += s.isn[e] == 2;
    }
    if (a->udp) { /* a payload may have been lost, and different hosts may say the same */
        n_other = 0;
        n_isn = n_same < 2 ? 0 : n_isn;
    }
    if (n_isn == 2 || (n_same == 4 && !n_other))
        s.value = INFINITY;
    else
        s.value = 10 * n_same + 100 * n_isn;
    return s;
}

static int n_equal_isns(const struct score *s)
{
    return (s->isn[0] == 1) + (s->isn[1] == 1);
}

struct score match_score(const struct side *a, uint32_t i, const struct side *b, uint32_t j)
{
    const struct score straight = score_as(a, &a->conns[i], b, &b->conns[j], 0);
    struct score turned;

    if (isinf(straight.value))
        return straight;
    turned = score_as(a, &a->conns[i], b, &b->conns[j], 1);
    return turned.value > straight.value ? turned : straight;
}

/* ---- all of them ---- */

/* Connections of the right, by both ends whichever way round and by each initial number. */
struct index {
    uint32_t *heads, *next; /* entry: 3 * connection + kind */
    uint32_t mask;
};
enum { BY_ENDS, BY_CLIENT_ISN, BY_SERVER_ISN, N_KINDS };
enum { LOOK_AT_MOST = 256 }; /* connections that share what is looked for */

static uint64_t mix(uint64_t x)
{
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    x *= UINT64_C(0xd6e8feb86659fd93);
    return x ^ x >> 32;
}

static uint64_t hash_end(const struct side *s, uint32_t address, uint16_t port)
{
    uint64_t words[2];

    memcpy(words, side_address(s, address), sizeof(words));
    return mix(mix(words[0] + (address >> 31)) + words[1] + ((uint64_t)port << 17));
}

static uint64_t key_of(const struct side *s, const struct conn *c, unsigned kind)
{
    if (kind == BY_ENDS)
        return mix(hash_end(s, c->address[0], c->port[0]) + hash_end(s, c->address[1], c->port[1]));
    return mix((uint64_t)c->isn[kind - BY_CLIENT_ISN] + UINT64_C(0x100000000));
}

static int index_open(const struct side *s, struct index *ret, trawl_error *err)
{
    uint32_t n_heads = 1024;

    while (n_heads < (uint64_t)s->n_conns * 3 && n_heads < 1u << 30)
        n_heads *= 2;
    ret->mask = n_heads - 1;
    ret->heads = host->alloc((size_t)n_heads * sizeof(*ret->heads));
    ret->next = host->alloc(((size_t)s->n_conns * N_KINDS + 1) * sizeof(*ret->next));
    if (!ret->heads || !ret->next)
        return no_memory(err);
    memset(ret->heads, 0xff, (size_t)n_heads * sizeof(*ret->heads));
    for (uint32_t i = s->n_conns; i-- > 0;) { /* so that chains are in order */
        for (unsigned kind = 0; kind < N_KINDS; kind++) {
            uint32_t *head;

            if (kind != BY_ENDS && !s->conns[i].has_isn[kind - BY_CLIENT_ISN])
                continue;
            head = &ret->heads[key_of(s, &s->conns[i], kind) & ret->mask];
            ret->next[i * N_KINDS + kind] = *head;
            *head = i * N_KINDS + kind;
        }
    }
    return TRAWL_OK;
}

/* What a round takes: first those that nothing else can be. */
enum { ROUND_ISNS, ROUND_ENDS, ROUND_SOME, N_ROUNDS };

static int is_taken_in(int round, const struct score *s, int only_one, int udp)
{
    switch (round) {
    case ROUND_ISNS: /* of UDP the ends: no two conversations have the same */
        return udp ? s->same[0] + s->same[1] + s->same[2] + s->same[3] == 4 : n_equal_isns(s) == 2;
    case ROUND_ENDS:
        return isinf(s->value);
    default: /* one direction's number; or ends whose numbers something on the way has changed */
        return s->value >= 100 || (s->value >= 40 && only_one);
    }
}

static int is_better(const struct score *s, const struct score *than)
{
    if (s->value > than->value || s->value < than->value)
        return s->value > than->value;
    return n_equal_isns(s) > n_equal_isns(than);
}

/* Best free one of the right for connection i of the left; NONE32: none. */
static uint32_t find(const struct side *a, uint32_t i, const struct side *b, const struct index *x,
                     const uint8_t *used, const uint8_t *reused, int round, struct score *ret)
{
    uint32_t best = NONE32;

    for (unsigned kind = 0; kind < N_KINDS; kind++) {
        uint32_t at, n = 0;

        if (kind != BY_ENDS && !a->conns[i].has_isn[kind - BY_CLIENT_ISN])
            continue;
        if (round == ROUND_ISNS && kind != (a->udp ? BY_ENDS : BY_CLIENT_ISN))
            continue; /* these find all that are taken */
        at = x->heads[key_of(a, &a->conns[i], kind) & x->mask];
        for (; at != NONE32 && n < LOOK_AT_MOST; at = x->next[at], n++) {
            const uint32_t j = at / N_KINDS;
            struct score s;

            if (used[j] || at % N_KINDS != kind)
                continue;
            s = match_score(a, i, b, j);
            if (!is_taken_in(round, &s, !reused[j], a->udp) ||
                (best != NONE32 && (j == best || !is_better(&s, ret))))
                continue;
            best = j;
            *ret = s;
        }
    }
    return best;
}

/* Connections of the right whose ends another one has, too. */
static void mark_reused(const struct side *s, const struct index *x, uint8_t *ret)
{
    for (uint32_t i = 0; i < s->n_conns; i++) {
        uint32_t n = 0;

        for (uint32_t at = x->heads[key_of(s, &s->conns[i], BY_ENDS) & x->mask];
             at != NONE32 && n < LOOK_AT_MOST && !ret[i]; at = x->next[at], n++) {
            const uint32_t j = at / N_KINDS;

            if (at % N_KINDS == BY_ENDS && j != i) {
                unsigned same = 0;
                const struct score score = match_score(s, i, s, j);

                for (unsigned k = 0; k < 4; k++)
                    same += score.same[k];
                ret[i] = same == 4;
            }
        }
        if (n == LOOK_AT_MOST)
            ret[i] = 1;
    }
}

int match_all(trawl_call *call, const struct side *a, const struct side *b, struct pair **ret,
              uint32_t *ret_n, trawl_error *err)
{
    struct pair *pairs = host->call_alloc(call, ((size_t)a->n_conns + 1) * sizeof(*pairs));
    uint8_t *used = host->call_alloc(call, (size_t)b->n_conns + 1);
    uint8_t *reused = host->call_alloc(call, (size_t)b->n_conns + 1);
    struct index x = {0};
    int rc = pairs && used && reused ? index_open(b, &x, err) : no_memory(err);

    if (rc == TRAWL_OK)
        mark_reused(b, &x, reused);
    for (uint32_t i = 0; rc == TRAWL_OK && i < a->n_conns; i++)
        pairs[i] = (struct pair){.left = i, .right = NONE32, .mptcp = NONE32};
    for (int round = 0; rc == TRAWL_OK && round < N_ROUNDS; round++) {
        for (uint32_t i = 0; rc == TRAWL_OK && i < a->n_conns; i++) {
            if (i % 4096 == 0 && host->cancelled(call))
                rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
            if (pairs[i].right != NONE32)
                continue;
            pairs[i].right = find(a, i, b, &x, used, reused, round, &pairs[i].score);
            if (pairs[i].right != NONE32)
                used[pairs[i].right] = 1;
        }
    }
    host->free(x.heads);
    host->free(x.next);
    if (rc == TRAWL_OK) {
        *ret = pairs;
        *ret_n = a->n_conns;
    }
    return rc;
}
