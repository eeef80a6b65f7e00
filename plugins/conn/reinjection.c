/* A sweep over the data of each side in the order of its numbers, with the ranges that reach the
 * place at hand. Knows nothing of tables or fields. */
#include "reinjection.h"

#include <stdlib.h>
#include <string.h>

/* Ranges that reach one place; beyond, or with more originals, somebody plays with us. */
enum { MAX_ACTIVE = 256, MAX_ORIGINALS = 64 };

/* Data of a packet: numbers as spans have them. */
struct piece {
    uint64_t start, end;
    uint32_t connection, row, i_subflow;
    uint8_t side;
};

static int by_place(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;

    if (a->connection != b->connection)
        return a->connection < b->connection ? -1 : 1;
    if (a->side != b->side)
        return a->side < b->side ? -1 : 1;
    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

static int by_row(const void *left, const void *right)
{
    const struct again *a = left, *b = right;

    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->original > b->original) - (a->original < b->original);
}

static struct piece piece_of(const struct model *m, const struct carry *c)
{
    const struct subflow *s = &m->subflows[c->i_subflow];
    unsigned side = s->half[c->direction].side;
    struct piece p = {.connection = s->connection,
                      .row = c->row,
                      .i_subflow = c->i_subflow,
                      .side = (uint8_t)side};

    p.start = c->dsn - m->connections[s->connection].side[side].start + ((uint64_t)1 << 63);
    p.end = p.start + c->length;
    return p;
}

static int add_pair(struct reinjections *r, uint32_t a, uint32_t b)
{
    if (!room_for((void **)&r->items, r->n, &r->capacity, sizeof(*r->items)))
        return 0;
    r->items[r->n++] = (struct again){.row = a > b ? a : b, .original = a > b ? b : a};
    return 1;
}

/* Pair each piece with those before it, in order of numbers, that reach into it. */
static int sweep(const struct piece *pieces, size_t n, struct reinjections *r)
{
    uint32_t active[MAX_ACTIVE];
    size_t n_active = 0;

    for (size_t i = 0; i < n; i++) {
        const struct piece *p = &pieces[i];
        size_t kept = 0, n_pairs = 0;

        for (size_t k = 0; k < n_active; k++) {
            const struct piece *q = &pieces[active[k]];

            if (q->connection != p->connection || q->side != p->side || q->end <= p->start)
                continue;
            active[kept++] = active[k];
            if (q->i_subflow == p->i_subflow || n_pairs++ >= MAX_ORIGINALS)
                continue;
            if (!add_pair(r, p->row, q->row))
                return 0;
        }
        n_active = kept;
        if (n_active < MAX_ACTIVE)
            active[n_active++] = (uint32_t)i;
    }
    return 1;
}

/* In order, each once, and not too many of one packet. */
static void tidy(struct reinjections *r)
{
    size_t kept = 0, of_row = 0;

    if (r->n)
        qsort(r->items, r->n, sizeof(*r->items), by_row);
    for (size_t i = 0; i < r->n; i++) {
        const struct again *a = &r->items[i], *last = kept ? &r->items[kept - 1] : NULL;

        if (last && last->row == a->row && last->original == a->original)
            continue;
        of_row = last && last->row == a->row ? of_row + 1 : 1;
        if (of_row <= MAX_ORIGINALS)
            r->items[kept++] = *a;
    }
    r->n = kept;
}

int reinjections_find(const struct model *m, struct reinjections *ret)
{
    struct piece *pieces;
    size_t n = 0;
    int some = 0, done;

    memset(ret, 0, sizeof(*ret));
    for (size_t i = 0; i < m->n_carries && !some; i++)
        some = m->carries[i].reinjection;
    if (!some)
        return 1;
    pieces = host->alloc(m->n_carries * sizeof(*pieces));
    if (!pieces)
        return 0;
    for (size_t i = 0; i < m->n_carries; i++) {
        if (m->carries[i].length)
            pieces[n++] = piece_of(m, &m->carries[i]);
    }
    qsort(pieces, n, sizeof(*pieces), by_place);
    done = sweep(pieces, n, ret);
    host->free(pieces);
    if (done)
        tidy(ret);
    return done;
}

void reinjections_fini(struct reinjections *r)
{
    host->free(r->items);
    memset(r, 0, sizeof(*r));
}
