/* What a thread knows of the conversations whose hash is its own, before they are numbered.
 * Only core/track/conversation.c and shard.c include it. */
#ifndef TW_TRACK_SHARD_H
#define TW_TRACK_SHARD_H

#include "core/track/conversation.h"

enum { TW_SHARDS_MOST = 64 };

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
    size_t n_rebases, rebases_capacity;
};

struct build {
    struct tw_packets *packets;
    unsigned n_shards;
    unsigned shard_bits; /* that number them */
    bool steady;         /* a cancel is not for it */
    struct shard shards[TW_SHARDS_MOST];
};

/* The shard of a hash: from its high bits, for the low ones place the slot. */
static inline unsigned shard_of(const struct build *build, uint32_t hash)
{
    return (unsigned)((uint64_t)hash * build->n_shards >> 31);
}

#define NUMBERED (UINT32_C(1) << 31)

/** Shard i of a struct build, for tw_pool_run(): its conversations, and for each of its rows which
 * one (provisional()) in packets->stream. */
int tw_shard_run(void *context, uint64_t i, unsigned i_thread, trawl_error *err);
/** The same from a row and an event on. */
int tw_shard_rows(struct build *build, unsigned i_shard, uint64_t row, size_t i_event,
                  trawl_error *err);

/** Give a fragment the conversation of its datagram, whose rows are numbered. */
void tw_conversation_place(struct tw_packets *packets, const struct tw_part *part);

#endif
