/* What Zeek says of flows: who began them, how they went, what they carry.
 * Knows nothing of columns. */
#ifndef FLOWS_TALK_H
#define FLOWS_TALK_H

#include "meter.h"

enum { TALK_SERVICES = 4 };

/** By number of flow; zero where it was not asked for. */
struct talks {
    trawl_table *table;
    trawl_view flipped, state, history, bytes[2], missed, last;
    uint8_t *services; /**< bits of talk_services */
};

/** Names of the services of the bits. */
extern const char *const talk_services[TALK_SERVICES];

/** The meter has flow_of_row. talks_fini after success and failure alike. */
int talks_build(struct talks *talks, const struct meter *meter, trawl_call *call,
                trawl_capture *capture, trawl_error *err);
void talks_fini(struct talks *talks);

static inline uint8_t talks_flipped(const struct talks *talks, uint32_t i_flow)
{
    return talks->table ? ((const uint8_t *)talks->flipped.data)[i_flow] : 0;
}

#endif
