/* Numbers for the keys of flows: both ends, protocol, VLAN and tunnel.
 * Knows nothing of flows. */
#ifndef FLOWS_KEYS_H
#define FLOWS_KEYS_H

#include "input.h"

enum { KEYS_BATCH = 32 };

struct flow_key;

/** The keys that one thread has met, numbered in that order. A plain row finds its key through the
 * number of its conversation, one load; addresses are hashed once a conversation. */
struct keys {
    const struct input *input;
    uint64_t seed;
    struct flow_key *items; /**< by number */
    uint64_t *slots;        /**< open addressing: high half of the hash, number + 1; 0: free */
    size_t n, cap, n_slots; /**< n_slots: a power of two */
    uint32_t *of_stream[2]; /**< [0] TCP, [1] UDP: number + 1; 0: not met */
};

/** For rows of one of input->n_parts parts. @return 0: no memory; keys_fini in any case */
int keys_init(struct keys *keys, const struct input *input, uint64_t seed);
void keys_fini(struct keys *keys);
/** Numbers of the keys of counted rows, KEYS_BATCH at most. @return 0: no memory */
int keys_find(struct keys *keys, const uint32_t *rows, unsigned n, uint32_t *ret);

#endif
