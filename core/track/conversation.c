/* Numbers conversations: one shard a thread, each walking all rows in order and taking its own,
 * then one merge by first packet. Must not know tables or sessions. */
#include "core/track/conversation.h"

#include <stdlib.h>

#include "core/dissect/pass.h"

enum {
    BATCH = 32,
    MAX_SHARDS = 64,
    FIRST_SLOTS = 1 << 12,
    CANCEL_ROWS = 1 << 16, /* looks at the cancel flag this often */
    SNMP_PORT = 161,
    SNMP_NONE = 0, /* of struct local: see udp_step() */
    SNMP_ASKED = 1,
    SNMP_OPEN = 2,
    MAIN = UINT8_MAX /* sub of a packet's main transport: after those around it */
};

/* A conversation as its shard knows it. */
struct local {
    struct tw_conversation c;
    uint8_t proto;
    uint8_t sub;  /* which of several transports of its first packet, outermost 0 */
    uint8_t snmp; /* SNMP_ */
};

struct shard {
    struct tw_region memory; /* struct local[] in order of creation */
    struct tw_region slots;  /* uint64_t: hash << 32 | index + 1; the newest of a 4-tuple */
    uint64_t mask;           /* number of slots - 1 */
    uint32_t n, n_most;
    uint32_t *global;          /* local index → stream number */
    struct tw_rebase *rebases; /* stream: the local index */
    size_t n_rebases;
};

struct build {
    struct tw_packets *packets;
    unsigned n_shards;
    unsigned shard_bits; /* that number them */
    struct shard shards[MAX_SHARDS];
};

/* The shard of a hash: from its high bits, for the low ones place the slot. */
static inline unsigned shard_of(const struct build *build, uint32_t hash)
{
    return (unsigned)((uint64_t)hash * build->n_shards >> 31);
}

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
    struct tw_rebase *grown = tw_realloc_array(shard->rebases, shard->n_rebases + 1,
                                               sizeof(*grown));

    if (!grown)
        return tw_fail_nomem(err);
    shard->rebases = grown;
    grown[shard->n_rebases++] = (struct tw_rebase){
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

static const uint32_t NUMBERED = UINT32_C(1) << 31;

static uint32_t provisional(const struct build *build, unsigned i_shard, uint32_t local,
                            unsigned dir)
{
    return NUMBERED | (local << build->shard_bits | i_shard) << 1 | dir;
}

static uint32_t number_of(const struct build *build, uint32_t given)
{
    const uint32_t index = (given & ~NUMBERED) >> 1;

    return build->shards[index & ((1u << build->shard_bits) - 1)]
        .global[index >> build->shard_bits];
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

static int run_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct build *build = context;
    struct shard *shard = &build->shards[i];
    const struct cells cells = cells_of(build->packets);
    struct tw_events *events = &build->packets->events;
    const uint64_t n_rows = build->packets->n_rows, seed = tw_seed();
    const unsigned i_shard = (unsigned)i;
    uint64_t row = 0;
    size_t i_event = 0;
    int rc = grow_slots(shard, err);

    (void)i_thread;
    while (rc == TRAWL_OK && row < n_rows) {
        uint64_t end = TW_MIN(row + CANCEL_ROWS, n_rows);

        if (i_event < events->n && events->items[i_event].row < end)
            end = events->items[i_event].row;
        rc = tw_cancelled() ? tw_fail_cancelled(err)
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
    tw_region_fini(&shard->slots);
    return rc;
}

/* Merge the shards' lists, each in order of first packet, into the numbers of the capture. */
static int merge(struct build *build, struct tw_conversations *ret, trawl_error *err)
{
    uint32_t next[MAX_SHARDS] = {0};
    uint64_t n = 0, n_tcp = 0;
    int rc;

    for (unsigned s = 0; s < build->n_shards; s++) {
        struct shard *shard = &build->shards[s];
        const struct local *locals = (const struct local *)(const void *)shard->memory.base;

        n += shard->n;
        for (uint32_t i = 0; i < shard->n; i++)
            n_tcp += locals[i].proto == 6;
        shard->global = tw_alloc_array(TW_MAX(shard->n, 1u), sizeof(uint32_t));
        if (!shard->global)
            return tw_fail_nomem(err);
    }
    rc = tw_region_grow(&ret->tcp_memory, TW_MAX(n_tcp, 1) * sizeof(struct tw_conversation),
                        TW_MAX(n_tcp, 1) * sizeof(struct tw_conversation), err);
    if (rc == TRAWL_OK)
        rc = tw_region_grow(&ret->udp_memory, TW_MAX(n - n_tcp, 1) * sizeof(struct tw_conversation),
                            TW_MAX(n - n_tcp, 1) * sizeof(struct tw_conversation), err);
    if (rc != TRAWL_OK)
        return rc;
    ret->tcp = (struct tw_conversation *)(void *)ret->tcp_memory.base;
    ret->udp = (struct tw_conversation *)(void *)ret->udp_memory.base;
    for (uint64_t k = 0; k < n; k++) {
        const struct local *best = NULL;
        unsigned best_shard = 0;

        for (unsigned s = 0; s < build->n_shards; s++) {
            const struct shard *shard = &build->shards[s];
            const struct local *l;

            if (next[s] == shard->n)
                continue;
            l = (const struct local *)(const void *)shard->memory.base + next[s];
            if (!best || l->c.first_row < best->c.first_row ||
                (l->c.first_row == best->c.first_row && l->sub < best->sub)) {
                best = l;
                best_shard = s;
            }
        }
        if (best->proto == 6) {
            build->shards[best_shard].global[next[best_shard]] = ret->n_tcp;
            ret->tcp[ret->n_tcp++] = best->c;
        } else {
            build->shards[best_shard].global[next[best_shard]] = ret->n_udp;
            ret->udp[ret->n_udp++] = best->c;
        }
        next[best_shard]++;
    }
    return TRAWL_OK;
}

static int by_stream(const void *a, const void *b)
{
    const struct tw_rebase *x = a, *y = b;

    if (x->stream != y->stream)
        return x->stream < y->stream ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int merge_rebases(const struct build *build, struct tw_conversations *ret, trawl_error *err)
{
    size_t n = 0;

    for (unsigned s = 0; s < build->n_shards; s++)
        n += build->shards[s].n_rebases;
    ret->rebases = tw_alloc_array(n + 1, sizeof(*ret->rebases));
    if (!ret->rebases)
        return tw_fail_nomem(err);
    for (unsigned s = 0; s < build->n_shards; s++) {
        const struct shard *shard = &build->shards[s];

        for (size_t i = 0; i < shard->n_rebases; i++) {
            struct tw_rebase rebase = shard->rebases[i];

            rebase.stream = shard->global[rebase.stream];
            ret->rebases[ret->n_rebases++] = rebase;
        }
    }
    qsort(ret->rebases, ret->n_rebases, sizeof(*ret->rebases), by_stream);
    return TRAWL_OK;
}

uint32_t tw_conversations_relative(const struct tw_conversations *conversations, uint32_t stream,
                                   unsigned dir, uint32_t row, uint32_t raw)
{
    const struct tw_conversation *c = &conversations->tcp[stream];
    uint32_t base = c->base_seq[dir];
    size_t lo = 0, hi = conversations->n_rebases;

    if (!(c->flags & (TW_CONV_BASE_0 << dir)))
        return raw;
    if (!(c->flags & TW_CONV_REBASED))
        return raw - base;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (conversations->rebases[mid].stream < stream)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < conversations->n_rebases && conversations->rebases[lo].stream == stream &&
           conversations->rebases[lo].row <= row;
         lo++) {
        if (conversations->rebases[lo].dir == dir)
            base = conversations->rebases[lo].base;
    }
    return raw - base;
}

enum { RENUMBER_ROWS = 1 << 17 };

static int renumber(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct build *build = context;
    uint32_t *stream = TW_CELLS(build->packets->stream, uint32_t);
    uint16_t *flags = TW_CELLS(build->packets->flags, uint16_t);
    const uint64_t end = TW_MIN((i + 1) * RENUMBER_ROWS, build->packets->n_rows);

    (void)i_thread;
    (void)err;
    for (uint64_t r = i * RENUMBER_ROWS; r < end; r++) {
        if (stream[r] == UINT32_MAX)
            continue;
        if (stream[r] & 1)
            flags[r] |= TW_FRAME_REVERSE;
        stream[r] = number_of(build, stream[r]);
    }
    return TRAWL_OK;
}

/* A fragment belongs to the flow of its datagram. Where the datagram is a tunnel's, that is not the
 * main one of the packet that completes it, and may be of the other protocol, with other numbers.
 */
static void place_part(struct tw_packets *packets, const struct tw_part *part)
{
    const uint32_t *src = TW_CELLS(packets->src, const uint32_t);
    const uint32_t *dst = TW_CELLS(packets->dst, const uint32_t);
    const uint8_t *proto = TW_CELLS(packets->proto, const uint8_t);
    uint32_t *stream = TW_CELLS(packets->stream, uint32_t);
    uint16_t *flags = TW_CELLS(packets->flags, uint16_t);
    const uint32_t row = part->row, whole = part->whole_row;
    const struct tw_event *around;

    if (tw_part_is_main(packets, part)) {
        stream[row] = stream[whole];
        flags[row] |= flags[whole] & TW_FRAME_REVERSE;
        return;
    }
    around = tw_events_find(&packets->events, whole, proto[row], src[row], dst[row]);
    if (around) {
        stream[row] = around->stream;
        flags[row] |= around->reverse ? TW_FRAME_REVERSE : 0;
    }
}

int tw_conversations_build(struct tw_packets *packets, struct tw_conversations *ret,
                           trawl_error *err)
{
    struct build build = {.packets = packets,
                          .n_shards = TW_MIN(tw_pool_threads(), (unsigned)MAX_SHARDS)};
    struct tw_conversations made = {.tcp_memory = TW_REGION_INIT, .udp_memory = TW_REGION_INIT};
    const uint64_t n_chunks = (packets->n_rows + RENUMBER_ROWS - 1) / RENUMBER_ROWS;
    int rc;

    while (1u << build.shard_bits < build.n_shards)
        build.shard_bits++;
    for (unsigned s = 0; s < build.n_shards; s++) {
        build.shards[s].n_most = (UINT32_C(1) << (30 - build.shard_bits)) - 1;
        build.shards[s].memory = (struct tw_region)TW_REGION_INIT;
        build.shards[s].slots = (struct tw_region)TW_REGION_INIT;
    }
    rc = tw_pool_run(build.n_shards, run_shard, &build, err);
    if (rc == TRAWL_OK)
        rc = merge(&build, &made, err);
    if (rc == TRAWL_OK)
        rc = merge_rebases(&build, &made, err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run(n_chunks, renumber, &build, err);
    for (size_t i = 0; rc == TRAWL_OK && i < packets->events.n; i++) {
        struct tw_event *e = &packets->events.items[i];

        if (e->stream == UINT32_MAX)
            continue;
        e->reverse = e->stream & 1;
        e->stream = number_of(&build, e->stream);
    }
    for (size_t i = 0; rc == TRAWL_OK && i < packets->fragments.n_parts; i++)
        place_part(packets, &packets->fragments.parts[i]);
    for (unsigned s = 0; s < build.n_shards; s++) {
        tw_region_fini(&build.shards[s].memory);
        tw_region_fini(&build.shards[s].slots);
        tw_free(build.shards[s].global);
        tw_free(build.shards[s].rebases);
    }
    if (rc != TRAWL_OK) {
        tw_conversations_fini(&made);
        return rc;
    }
    *ret = made;
    return TRAWL_OK;
}

void tw_conversations_fini(struct tw_conversations *conversations)
{
    tw_region_fini(&conversations->tcp_memory);
    tw_region_fini(&conversations->udp_memory);
    tw_free(conversations->rebases);
    *conversations = (struct tw_conversations){.tcp_memory = TW_REGION_INIT,
                                               .udp_memory = TW_REGION_INIT};
}
