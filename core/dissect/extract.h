/* The pass over packets' bytes, for the files that extract fields, count their values or ask
 * whether a protocol is there. Must not be included outside core/dissect. */
#ifndef TW_DISSECT_EXTRACT_H
#define TW_DISSECT_EXTRACT_H

#include "core/dissect/fragments.h"
#include "core/dissect/packets.h"
#include "core/dissect/rows.h"
#include "core/dissect/slot.h"

/* What of a field is wanted: its values, or only whether it has one. */
enum { TW_WANTED_VALUES = 1, TW_WANTED_TOUCH = 2 };

/* One dissector that is wanted. */
struct tw_wanted {
    const trawl_dissector *dissector;
    uint64_t kinds;     /* layer kinds that it reads, a bit each */
    uint8_t *fields;    /* per field: is it wanted, TW_WANTED_ */
    uint32_t *i_result; /* per field: index of its column or counter */
    uint32_t i_slot;    /* of its first field among a thread's slots */
    bool warn;          /* its first pass reports malformed packets */
    bool is_payload;
    bool of_tunnels; /* reads frames, of which only those with tunnels have its fields */
    const struct tw_messages *messages; /* of a payload dissector over TCP */
    uint32_t i_presence; /* counting: of the rows where it finds something; UINT32_MAX: not asked */
};

struct tw_extract_thread {
    struct tw_row_bytes bytes;
    struct tw_frame frame;
    struct tw_dict_cache addresses;
    struct tw_slot *slots;
    struct tw_slots_pending pending;
    struct tw_slot_sink *sinks; /* one for each wanted dissector */
    struct tw_payload_walk walk;
    size_t *wanted_of_walk; /* which wanted dissector of->... of the walk is */
    size_t *visited;        /* wanted payload dissectors that the row at hand had */
    size_t n_visited;
    struct tw_counter *counters; /* counting: one for each result */
    struct tw_counter masks;     /* … of the sets of layers that rows have */
    uint64_t *row_seen;          /* … by result: presence was counted for row - 1 */
};

struct tw_extract {
    struct tw_packets *packets;
    const struct tw_catalogue *catalogue;
    struct tw_wanted *wanted;
    size_t n_wanted;
    uint32_t n_slots;
    uint64_t n_rows;     /* the first ones that are read */
    uint64_t range_rows; /* a multiple of 64, so that ranges share no word of validity */
    struct tw_column **columns;
    size_t n_columns;
    struct tw_items *items; /* [range][column] */
    struct tw_extract_thread *threads;
    unsigned n_threads;
    uint32_t of_kind[TW_LAYER_N + 1]; /* by kind of layer, into … */
    uint32_t *wanted_of_kind;         /* … indices of the wanted that read it */
    struct tw_rows test;
    uint64_t kinds;       /* union of the wanted */
    uint64_t row_kinds;   /* the same without tunnels, see tw_rows_may_tunnel() */
    const char *record;   /* presence: of records of this reader */
    struct tw_bits *bits; /* presence: set where something is there; NULL: fields */
    bool any_payload;     /* some of the wanted read payloads */
    bool any_tunnel;      /* … or are about tunnels */
    bool warns;           /* all rows are read: malformed ones are reported */
    bool special_only;    /* presence: plain rows have their answer already */
    /* counting */
    const struct tw_count_request *request; /* NULL: columns or presence */
    uint64_t mask_kinds;                    /* kinds whose presence is counted */
    const char **record_names;              /* by result: count the records of this reader */
    const trawl_type *types;                /* of the results */
};

/* Fetch a row and walk its frame. */
int tw_extract_walk(struct tw_extract *x, struct tw_extract_thread *thread, uint64_t row,
                    trawl_packet *packet, trawl_error *err);
/* The entry of a dissector among the wanted, made when it is not there. x->wanted has room. */
struct tw_wanted *tw_extract_want(struct tw_extract *x, const trawl_dissector *dissector,
                                  trawl_error *err);
/* The pass. Counters stay with the threads until tw_extract_fini(). */
int tw_extract_run(struct tw_extract *x, trawl_error *err);
void tw_extract_fini(struct tw_extract *x);

#endif
