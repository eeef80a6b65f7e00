/* The packets of a capture into rows, from any row on: for a whole capture at once, and for one
 * that grows. Knows nothing of how rows are shown. */
#ifndef TOP_ENGINE_H
#define TOP_ENGINE_H

#include "input.h"

enum { MAX_PARTS = 16 };

struct connection {
    struct session session;
    uint32_t i_destination; /**< of its part's rows; NO_GROUP: not counted */
    uint32_t client;        /**< code of its address */
    uint32_t last_row;      /**< its latest packet */
    uint16_t client_port;
    uint8_t seen;
};

/** What one thread has: connections whose number ends with the part's, and rows of their own. */
struct part {
    struct destinations rows;
    struct connection *connections; /**< stream >> shift: connection */
    size_t n_connections;
    uint64_t next_row; /**< those before are taken */
    int64_t end_ns;
    uint64_t n_elsewhere;
};

struct engine {
    const struct plan *plan;
    struct top *top; /**< its addresses and groups are read */
    struct input in;
    struct part parts[MAX_PARTS];
    unsigned n_parts, shift; /**< n_parts: 1 << shift */
};

/** Zero-filled before. engine_fini() after success and failure alike. */
void engine_init(struct engine *engine, const struct plan *plan, struct top *top);
/** The columns of `packets` into engine->in, and the addresses' dictionary into the top. */
int engine_look(trawl_call *call, struct engine *engine, trawl_table *packets, trawl_error *err);
/** Room for the connections of those rows. */
int engine_make_room(struct engine *engine, trawl_error *err);
/** Take the rows of what was looked at that are not taken yet. */
int engine_take(trawl_call *call, struct engine *engine, trawl_error *err);
/** Of each connection, what the response that still comes has sent so far: into the numbers that
 * `into` has for its row, the i-th of its part; NULL of it: none. */
int engine_pending(const struct engine *engine,
                   struct numbers *(*into)(void *context, unsigned i_part, uint32_t i_row),
                   void *context, trawl_error *err);
void engine_fini(struct engine *engine);

#endif
