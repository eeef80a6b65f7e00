/* The base pass on its way: what its threads keep between blocks. Private to this room.
 * Must not know how the input is read. */
#ifndef TW_DISSECT_LOAD_H
#define TW_DISSECT_LOAD_H

#include "core/dissect/pass.h"

struct tw_load {
    struct tw_packets *packets;
    struct tw_pass_thread *threads;
    struct tw_events *events; /**< one list a thread, and one of the joiner */
    struct tw_fragments_found *found;
    struct tw_joiner *joiner;
    unsigned n_threads;
    _Atomic uint64_t
        no_link[TW_MAX_INTERFACES / 64 + 1]; /**< interfaces whose link type is not known */
};

struct tw_load *tw_load_new(struct tw_packets *packets, trawl_error *err);
void tw_load_free(struct tw_load *load);

/** For tw_input_read(), with the load as context. */
tw_input_reserve tw_load_reserve;
tw_input_body tw_load_rows;
/** Warn of the interfaces whose link type is not known. */
void tw_load_warn(struct tw_load *load);

#endif
