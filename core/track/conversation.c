/* Numbers conversations: one shard a thread, then one merge by first packet. Must not know tables
 * or sessions. */
#include "core/track/shard.h"

#include <stdlib.h>

static uint32_t number_of(const struct build *build, uint32_t given)
{
    const uint32_t index = (given & ~NUMBERED) >> 1;

    return build->shards[index & ((1u << build->shard_bits) - 1)]
        .global[index >> build->shard_bits];
}

/* Merge the shards' lists, each in order of first packet, into the numbers of the capture. */
static int merge(struct build *build, struct tw_conversations *ret, trawl_error *err)
{
    uint32_t next[TW_SHARDS_MOST] = {0};
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

static int by_place(const void *a, const void *b)
{
    return tw_rebase_compare(a, b);
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
    qsort(ret->rebases, ret->n_rebases, sizeof(*ret->rebases), by_place);
    return TRAWL_OK;
}

uint32_t tw_conversations_relative(const struct tw_conversations *conversations, uint32_t stream,
                                   unsigned dir, uint32_t row, uint32_t raw)
{
    const struct tw_conversation *c = &conversations->tcp[stream];
    const struct tw_rebase *rebases = conversations->rebases;
    const struct tw_rebase place = {.stream = stream, .row = row, .dir = (uint8_t)dir};
    size_t lo = 0, hi = conversations->n_rebases;

    if (!(c->flags & (TW_CONV_BASE_0 << dir)))
        return raw;
    if (!(c->flags & TW_CONV_REBASED))
        return raw - c->base_seq[dir];
    while (lo < hi) { /* the last one of the direction up to the row is before lo */
        const size_t mid = lo + (hi - lo) / 2;

        if (tw_rebase_compare(&rebases[mid], &place) <= 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo && rebases[lo - 1].stream == stream && rebases[lo - 1].dir == dir)
        return raw - rebases[lo - 1].base;
    return raw - c->base_seq[dir];
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
void tw_conversation_place(struct tw_packets *packets, const struct tw_part *part)
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
                          .n_shards = TW_MIN(tw_pool_share(), (unsigned)TW_SHARDS_MOST)};
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
    rc = tw_pool_run(build.n_shards, tw_shard_run, &build, err);
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
        tw_conversation_place(packets, &packets->fragments.parts[i]);
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
