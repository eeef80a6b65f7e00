/* One shard's walk over all rows in order: which conversation each of its own belongs to.
 * Must not know tables, sessions or the numbers of the capture. */
#include "core/track/shard.h"

#include "core/dissect/pass.h"

enum {
    BATCH = 32,
    FIRST_SLOTS = 1 << 12,
    CANCEL_ROWS = 1 << 16, /* looks at the cancel flag this often */
    SNMP_PORT = 161,
    SNMP_NONE = 0, /* of struct local: see udp_step() */
    SNMP_ASKED = 1,
    SNMP_OPEN = 2,
    MAIN = UINT8_MAX /* sub of a packet's main transport: after those around it */
};

static int grow_slots(struct shard *shard, trawl_error *err)
{
    const uint64_t n = shard->slots.base ? (shard->mask + 1) * 4 : FIRST_SLOTS;
    struct tw_region fresh = TW_REGION_INIT;
    const uint64_t *old = (const uint64_t *)(const void *)shard->slots.base;
    uint64_t *slots;
    int rc = tw_region_grow(&fresh, n * sizeof(uint64_t), n * sizeof(uint64_t), err);

    if (rc != TRAWL_OK)
        return rc;
    slots = (uint64_t *)(void *)fresh.base;
    for (uint64_t i = 0; old && i <= shard->mask; i++) {
        uint64_t k = old[i] >> 32 & (n - 1);

        if (!old[i])
            continue;
        while (slots[k])
            k = (k + 1) & (n - 1);
        slots[k] = old[i];
    }
    tw_region_fini(&shard->slots);
    shard->slots = fresh;
    shard->mask = n - 1;
    return TRAWL_OK;
}

static struct local *new_local(struct shard *shard, const struct tw_event *e, trawl_error *err)
{
    const uint64_t need = ((uint64_t)shard->n + 1) * sizeof(struct local);
    struct local *l;

    if (shard->n == shard->n_most) {
        tw_fail(err, TRAWL_E_NOMEM, "out of memory: too many conversations");
        return NULL;
    }
    if (need > shard->memory.committed &&
        tw_region_grow(&shard->memory, TW_MAX(need, shard->memory.committed * 3 / 2),
                       (uint64_t)UINT32_MAX * sizeof(struct local), err) != TRAWL_OK)
        return NULL;
    l = (struct local *)(void *)shard->memory.base + shard->n;
    l->c.src = e->src;
    l->c.dst = e->dst;
    l->c.sport = e->sport;
    l->c.dport = e->dport;
    l->c.first_row = e->row;
    l->c.flags = e->quoted ? TW_CONV_QUOTED : 0;
    l->proto = e->proto;
    l->sub = e->sub;
    shard->n++;
    return l;
}

static int add_rebase(struct shard *shard, const struct local *l, unsigned dir,
                      const struct tw_event *e, trawl_error *err)
{
    if (!tw_grow(&shard->rebases, shard->n_rebases + 1, &shard->rebases_capacity,
                 sizeof(*shard->rebases)))
        return tw_fail_nomem(err);
    shard->rebases[shard->n_rebases++] = (struct tw_rebase){
        .stream = (uint32_t)(l - (const struct local *)(const void *)shard->memory.base),
        .row = e->row,
        .base = e->seq,
        .dir = (uint8_t)dir};
    return TRAWL_OK;
}

/* What tshark 4.0 does with a TCP segment: a SYN whose number differs from the one that the
 * direction began with opens a new conversation; the first number seen of a direction is its base
 * (RFC 9293 section 3.4: a SYN takes one number). */
static struct local *tcp_step(struct shard *shard, struct local *l, const struct tw_event *e,
                              unsigned dir, unsigned *ret_dir, trawl_error *err)
{
    const bool syn = e->tcp_flags & 2, ack = e->tcp_flags & 16;
    struct tw_conversation *c = &l->c;

    if (syn && !ack && (c->flags & (TW_CONV_BASE_0 << dir)) && c->base_seq[dir] != e->seq) {
        l = new_local(shard, e, err);
        if (!l)
            return NULL;
        c = &l->c;
        c->flags |= TW_CONV_REUSED;
        dir = 0;
    }
    *ret_dir = dir;
    if (syn && ack && (c->flags & (TW_CONV_BASE_0 << dir)) && c->base_seq[dir] != e->seq) {
        /* Kept aside: rows before this one keep the base that they had. */
        c->flags |= TW_CONV_REBASED;
        if (add_rebase(shard, l, dir, e, err) != TRAWL_OK)
            return NULL;
    }
    if (!e->measured)
        return l;
    if (!(c->flags & (TW_CONV_BASE_0 << dir))) {
        c->base_seq[dir] = syn ? e->seq : e->seq - 1;
        c->flags |= (uint16_t)(TW_CONV_BASE_0 << dir);
    }
    if (ack && !(c->flags & (TW_CONV_BASE_0 << (dir ^ 1)))) {
        c->base_seq[dir ^ 1] = e->ack - 1;
        c->flags |= (uint16_t)(TW_CONV_BASE_0 << (dir ^ 1));
    }
    return l;
}

/* The first packet to the SNMP port makes tshark set up a second conversation with the other port
 * left open, which takes all packets of the pair from the next one on. */
static struct local *udp_step(struct shard *shard, struct local *l, const struct tw_event *e,
                              trawl_error *err)
{
    if (l->snmp == SNMP_ASKED) {
        l = new_local(shard, e, err);
        if (!l)
            return NULL;
        l->snmp = SNMP_OPEN;
    } else if (l->snmp == SNMP_NONE && e->dport == SNMP_PORT) {
        l->snmp = SNMP_ASKED;
    }
    return l;
}

/* Find or open the conversation of one event; its local index and direction. */
static int step(struct shard *shard, const struct tw_event *e, uint32_t hash, uint32_t *ret_local,
                unsigned *ret_dir, trawl_error *err)
{
    uint64_t *slots = (uint64_t *)(void *)shard->slots.base;
    struct local *locals = (struct local *)(void *)shard->memory.base;
    struct local *l = NULL;
    uint64_t k = hash & shard->mask;
    unsigned dir = 0;

    for (;; k = (k + 1) & shard->mask) {
        const uint64_t slot = slots[k];

        if (!slot) {
            l = new_local(shard, e, err);
            if (!l)
                return TRAWL_E_NOMEM;
            dir = 0; /* others of this hash were tried */
            break;
        }
        if (slot >> 32 != hash)
            continue;
        l = &locals[(uint32_t)slot - 1];
        if (l->proto != e->proto)
            continue;
        dir = 0;
        if (l->c.src == e->src && l->c.dst == e->dst && l->c.sport == e->sport &&
            l->c.dport == e->dport)
            break;
        dir = 1;
        if (l->c.src == e->dst && l->c.dst == e->src && l->c.sport == e->dport &&
            l->c.dport == e->sport)
            break;
    }
    if (e->proto == 6) {
        l = tcp_step(shard, l, e, dir, &dir, err);
    } else {
        const struct local *was = l;

        l = udp_step(shard, l, e, err);
        if (l != was)
            dir = 0;
    }
    if (!l)
        return TRAWL_E_NOMEM;
    if (!e->quoted)
        l->c.flags &= (uint16_t)~TW_CONV_QUOTED;
    locals = (struct local *)(void *)shard->memory.base;
    *ret_local = (uint32_t)(l - locals);
    *ret_dir = dir;
    slots[k] = (uint64_t)hash << 32 | (*ret_local + 1);
    return TRAWL_OK;
}

/* Cells of the base columns that a shard reads. `stream` holds the hash until the row's own shard
 * puts NUMBERED, the local index and shard, and in the lowest bit the direction there: the other
 * shards, which look at it at the same time, pass over either. */
struct cells {
    const uint32_t *src, *dst, *seq, *ack;
    const uint16_t *sport, *dport, *tcp_flags, *flags;
    const uint8_t *proto;
    uint32_t *stream;
};

static uint32_t provisional(const struct build *build, unsigned i_shard, uint32_t local,
                            unsigned dir)
{
    return NUMBERED | (local << build->shard_bits | i_shard) << 1 | dir;
}

static int run_batch(struct build *build, struct shard *shard, const struct cells *cells,
                     unsigned i_shard, const uint32_t *rows, const uint32_t *hashes, size_t n,
                     trawl_error *err)
{
    const uint64_t *slots;
    const struct local *locals;

    if (((uint64_t)shard->n + n) * 2 > shard->mask) {
        int rc = grow_slots(shard, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    slots = (const uint64_t *)(const void *)shard->slots.base;
    locals = (const struct local *)(const void *)shard->memory.base;
    for (size_t j = 0; j < n; j++)
        __builtin_prefetch(&slots[hashes[j] & shard->mask]);
    for (size_t j = 0; j < n; j++) {
        const uint64_t slot = slots[hashes[j] & shard->mask];

        if (slot)
            __builtin_prefetch(&locals[(uint32_t)slot - 1], 1);
    }
    for (size_t j = 0; j < n; j++) {
        const uint32_t r = rows[j];
        const struct tw_event e = {.row = r,
                                   .src = cells->src[r],
                                   .dst = cells->dst[r],
                                   .sport = cells->sport[r],
                                   .dport = cells->dport[r],
                                   .seq = cells->seq[r],
                                   .ack = cells->ack[r],
                                   .tcp_flags = cells->tcp_flags[r],
                                   .proto = cells->proto[r],
                                   .measured = !(cells->flags[r] & TW_FRAME_UNMEASURED),
                                   .sub = MAIN};
        uint32_t local;
        unsigned dir;
        int rc = step(shard, &e, hashes[j], &local, &dir, err);

        if (rc != TRAWL_OK)
            return rc;
        __atomic_store_n(&cells->stream[r], provisional(build, i_shard, local, dir),
                         __ATOMIC_RELAXED);
    }
    return TRAWL_OK;
}

static int run_event(struct build *build, struct shard *shard, unsigned i_shard, struct tw_event *e,
                     uint32_t hash, trawl_error *err)
{
    uint32_t local;
    unsigned dir;
    int rc;

    if (((uint64_t)shard->n + 1) * 2 > shard->mask) {
        rc = grow_slots(shard, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    rc = step(shard, e, hash, &local, &dir, err);
    if (rc != TRAWL_OK)
        return rc;
    e->stream = provisional(build, i_shard, local, dir);
    return TRAWL_OK;
}

static struct cells cells_of(const struct tw_packets *p)
{
    return (struct cells){.src = TW_CELLS(p->src, const uint32_t),
                          .dst = TW_CELLS(p->dst, const uint32_t),
                          .seq = TW_CELLS(p->seq, const uint32_t),
                          .ack = TW_CELLS(p->ack, const uint32_t),
                          .sport = TW_CELLS(p->sport, const uint16_t),
                          .dport = TW_CELLS(p->dport, const uint16_t),
                          .tcp_flags = TW_CELLS(p->tcp_flags, const uint16_t),
                          .flags = TW_CELLS(p->flags, const uint16_t),
                          .proto = TW_CELLS(p->proto, const uint8_t),
                          .stream = TW_CELLS(p->stream, uint32_t)};
}

/* The rows of a shard from first up to end, in order. */
static int run_rows(struct build *build, unsigned i_shard, const struct cells *cells,
                    uint64_t first, uint64_t end, trawl_error *err)
{
    uint32_t rows[BATCH], hashes[BATCH];
    size_t n = 0;
    int rc = TRAWL_OK;

    for (uint64_t r = first; rc == TRAWL_OK && r < end; r++) {
        const uint32_t hash = __atomic_load_n(&cells->stream[r], __ATOMIC_RELAXED);

        /* No branch that half of the rows take: the next row overwrites what was not ours. */
        rows[n] = (uint32_t)r;
        hashes[n] = hash;
        n += (hash < NUMBERED) & (shard_of(build, hash) == i_shard);
        if (n == BATCH) {
            rc = run_batch(build, &build->shards[i_shard], cells, i_shard, rows, hashes, n, err);
            n = 0;
        }
    }
    if (rc == TRAWL_OK)
        rc = run_batch(build, &build->shards[i_shard], cells, i_shard, rows, hashes, n, err);
    return rc;
}

int tw_shard_rows(struct build *build, unsigned i_shard, uint64_t row, size_t i_event,
                  trawl_error *err)
{
    struct shard *shard = &build->shards[i_shard];
    const struct cells cells = cells_of(build->packets);
    struct tw_events *events = &build->packets->events;
    const uint64_t n_rows = build->packets->n_rows, seed = tw_seed();
    int rc = shard->slots.base ? TRAWL_OK : grow_slots(shard, err);

    while (rc == TRAWL_OK && row < n_rows) {
        uint64_t end = TW_MIN(row + CANCEL_ROWS, n_rows);

        if (i_event < events->n && events->items[i_event].row < end)
            end = events->items[i_event].row;
        rc = !build->steady && tw_cancelled() ? tw_fail_cancelled(err)
                                              : run_rows(build, i_shard, &cells, row, end, err);
        row = end;
        /* The headers around a packet's main one come first. */
        for (; rc == TRAWL_OK && i_event < events->n && events->items[i_event].row == row;
             i_event++) {
            struct tw_event *e = &events->items[i_event];
            const uint32_t hash = tw_pass_hash(seed, e->src, e->dst, e->sport, e->dport, e->proto);

            if (!e->cut && shard_of(build, hash) == i_shard)
                rc = run_event(build, shard, i_shard, e, hash, err);
        }
    }
    return rc;
}

int tw_shard_run(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct build *build = context;
    const int rc = tw_shard_rows(build, (unsigned)i, 0, 0, err);

    (void)i_thread;
    tw_region_fini(&build->shards[i].slots);
    return rc;
}
