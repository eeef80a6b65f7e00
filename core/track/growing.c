/* Numbers conversations of packets that grow: one shard that goes on where it was. The numbers are
 * those that tw_conversations_build() gives all rows at once. Must not know tables or sessions. */
#include <stdlib.h>

#include "core/track/shard.h"

struct tw_tracker {
    struct build build;
    uint64_t n_rows; /* numbered so far, as the events and parts are */
    size_t n_events, n_parts, n_rebases;
    uint32_t n_known; /* local conversations with a number */
    size_t capacity;  /* of global */
};

struct tw_tracker *tw_tracker_new(struct tw_packets *packets, trawl_error *err)
{
    struct tw_tracker *tracker = tw_alloc(sizeof(*tracker));

    if (!tracker) {
        tw_fail_nomem(err);
        return NULL;
    }
    tracker->build = (struct build){.packets = packets, .n_shards = 1, .steady = true};
    tracker->build.shards[0] = (struct shard){
        .n_most = (UINT32_C(1) << 30) - 1, .memory = TW_REGION_INIT, .slots = TW_REGION_INIT};
    return tracker;
}

void tw_tracker_free(struct tw_tracker *tracker)
{
    struct shard *shard = tracker ? &tracker->build.shards[0] : NULL;

    if (!shard)
        return;
    tw_region_fini(&shard->memory);
    tw_region_fini(&shard->slots);
    tw_free(shard->global);
    tw_free(shard->rebases);
    tw_free(tracker);
}

uint64_t tw_tracker_held(const struct tw_tracker *tracker)
{
    const struct shard *shard = &tracker->build.shards[0];

    return shard->memory.committed + shard->slots.committed +
           tracker->capacity * sizeof(*shard->global) +
           (shard->rebases_capacity + shard->n_rebases) * sizeof(*shard->rebases);
}

static const struct local *locals_of(const struct shard *shard)
{
    return (const struct local *)(const void *)shard->memory.base;
}

static int make_room(struct tw_region *region, uint64_t n, trawl_error *err)
{
    const uint64_t need = n * sizeof(struct tw_conversation);

    return need <= region->committed
               ? TRAWL_OK
               : tw_region_grow(region, TW_MAX(need, region->committed * 3 / 2),
                                UINT32_MAX * (uint64_t)sizeof(struct tw_conversation), err);
}

/* Numbers for the conversations that are new; they are in the order of their first packet. */
static int number(struct tw_tracker *tracker, struct tw_conversations *all, trawl_error *err)
{
    struct shard *shard = &tracker->build.shards[0];
    int rc = tw_grow(&shard->global, shard->n, &tracker->capacity, sizeof(*shard->global))
                 ? TRAWL_OK
                 : tw_fail_nomem(err);

    for (; rc == TRAWL_OK && tracker->n_known < shard->n; tracker->n_known++) {
        const struct local *l = &locals_of(shard)[tracker->n_known];
        const bool tcp = l->proto == 6;

        rc = make_room(tcp ? &all->tcp_memory : &all->udp_memory,
                       (tcp ? (uint64_t)all->n_tcp : all->n_udp) + 1, err);
        if (rc == TRAWL_OK)
            shard->global[tracker->n_known] = tcp ? all->n_tcp++ : all->n_udp++;
    }
    all->tcp = (struct tw_conversation *)(void *)all->tcp_memory.base;
    all->udp = (struct tw_conversation *)(void *)all->udp_memory.base;
    return rc;
}

/* What was provisional becomes a number, and the conversation is as its newest packet left it. */
static uint32_t settle(const struct shard *shard, struct tw_conversations *all, uint32_t given)
{
    const uint32_t local = (given & ~NUMBERED) >> 1, n = shard->global[local];
    const struct local *l = &locals_of(shard)[local];

    *(l->proto == 6 ? &all->tcp[n] : &all->udp[n]) = l->c;
    return n;
}

static void settle_rows(struct tw_tracker *tracker, struct tw_conversations *all)
{
    struct tw_packets *packets = tracker->build.packets;
    const struct shard *shard = &tracker->build.shards[0];
    uint32_t *stream = TW_CELLS(packets->stream, uint32_t);
    uint16_t *flags = TW_CELLS(packets->flags, uint16_t);

    for (uint64_t r = tracker->n_rows; r < packets->n_rows; r++) {
        const uint32_t given = stream[r];

        if (given == UINT32_MAX)
            continue;
        if (given & 1)
            flags[r] |= TW_FRAME_REVERSE;
        stream[r] = settle(shard, all, given);
    }
    for (size_t i = tracker->n_events; i < packets->events.n; i++) {
        struct tw_event *e = &packets->events.items[i];

        if (e->stream == UINT32_MAX)
            continue;
        e->reverse = e->stream & 1;
        e->stream = settle(shard, all, e->stream);
    }
}

static int by_place(const void *a, const void *b)
{
    return tw_rebase_compare(a, b);
}

int tw_tracker_settle(struct tw_tracker *tracker, struct tw_conversations *all, trawl_error *err)
{
    const struct shard *shard = &tracker->build.shards[0];
    struct tw_rebase *grown;

    if (tracker->n_rebases == shard->n_rebases)
        return TRAWL_OK;
    grown = tw_realloc_array(all->rebases, shard->n_rebases, sizeof(*grown));
    if (!grown)
        return tw_fail_nomem(err);
    all->rebases = grown;
    for (; tracker->n_rebases < shard->n_rebases; tracker->n_rebases++) {
        struct tw_rebase rebase = shard->rebases[tracker->n_rebases];

        if (rebase.stream >= tracker->n_known) /* of rows that were cut off */
            break;
        rebase.stream = shard->global[rebase.stream];
        all->rebases[all->n_rebases++] = rebase;
    }
    qsort(all->rebases, all->n_rebases, sizeof(*all->rebases), by_place);
    return TRAWL_OK;
}

int tw_tracker_more(struct tw_tracker *tracker, struct tw_conversations *conversations,
                    trawl_error *err)
{
    struct tw_packets *packets = tracker->build.packets;
    const uint32_t n_tcp = conversations->n_tcp, n_udp = conversations->n_udp;
    int rc;

    if (tracker->n_rows == packets->n_rows)
        return TRAWL_OK;
    rc = tw_shard_rows(&tracker->build, 0, tracker->n_rows, tracker->n_events, err);
    if (rc == TRAWL_OK)
        rc = number(tracker, conversations, err);
    if (rc != TRAWL_OK) {
        conversations->n_tcp = n_tcp;
        conversations->n_udp = n_udp;
        return rc;
    }
    settle_rows(tracker, conversations);
    for (size_t i = tracker->n_parts; i < packets->fragments.n_parts; i++)
        tw_conversation_place(packets, &packets->fragments.parts[i]);
    tracker->n_rows = packets->n_rows;
    tracker->n_events = packets->events.n;
    tracker->n_parts = packets->fragments.n_parts;
    return TRAWL_OK;
}
