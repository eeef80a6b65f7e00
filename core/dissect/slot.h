/* Where extracted values go: a slot for each wanted field and thread, a column for each field.
 * Must not know packets or the order of the pass. */
#ifndef TW_DISSECT_SLOT_H
#define TW_DISSECT_SLOT_H

#include "core/dissect/fields.h"
#include "core/table/tally.h"

/** Items of a list column that one range of rows gave, until all ranges are there. */
struct tw_items {
    uint8_t *data;
    uint64_t n, capacity;
};

enum { TW_SLOT_CODES = 32 };

/** One field of one dissector on one thread. */
struct tw_slot {
    struct tw_counter *counter; /**< where values are counted, or … */
    struct tw_column *column;   /**< … go; both NULL: only whether something is put matters */
    uint64_t row_mark;          /**< row + 1 of the value; 0: none yet */
    uint64_t most;              /**< number that fits */
    trawl_type type;
    uint32_t i_layer; /**< layer that gave the value of this row */
    bool is_list, has_numbers, is_coded;
    bool quoted;           /**< that layer is quoted */
    uint32_t pending_slot; /**< of the rows' slots, that of … */
    uint64_t pending;      /**< … counted, no list: the row's value so far */
    struct tw_buffer pending_bytes;
    struct tw_items *items; /**< lists: of the range at hand */
    uint32_t *codes;        /**< strings and bytes: TW_SLOT_CODES met lately, by hash; 0: none */
};
void tw_slot_init(struct tw_slot *slot, trawl_type type, bool is_list);
void tw_slot_fini(struct tw_slot *slot);

/** Slots of a thread with a pending value. */
struct tw_slots_pending {
    struct tw_slot **items; /**< with room for all */
    size_t n;
};

/** The sink that a dissector sees. */
struct tw_slot_sink {
    struct tw_sink tw;     /**< first */
    struct tw_slot *slots; /**< one for each field of the dissector */
    struct tw_slots_pending *pending;
    struct tw_dict_cache *addresses;
    uint64_t row;
    uint32_t slot;         /**< of the row, for counters */
    bool quoted;           /**< the layer at hand is */
    bool touched;          /**< something was put for this row */
    const char *malformed; /**< first report for this row */
    uint32_t malformed_at;
    trawl_error error;
};

void tw_slot_sink_init(struct tw_slot_sink *sink, uint32_t n_fields, const uint8_t *wanted,
                       struct tw_slot *slots, struct tw_slots_pending *pending,
                       struct tw_dict_cache *addresses);

/** Count what is pending: after the last row of a run of them. */
int tw_slots_settle(struct tw_slots_pending *pending, trawl_error *err);

/** Column of a field for n_rows rows; a new dictionary unless it holds addresses. */
struct tw_column *tw_slot_column(const trawl_field *field, uint64_t n_rows,
                                 struct tw_dict *addresses, trawl_error *err);
/** Put the ranges' items together in order: offsets hold counts until then. */
int tw_slot_join(struct tw_column *column, const struct tw_items *parts, size_t stride,
                 uint64_t n_parts, trawl_error *err);

#endif
