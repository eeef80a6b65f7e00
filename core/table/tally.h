/* How often each value of a column occurs, by slots of its rows: counted while the values come by,
 * so that memory goes with the distinct values. Must not know packets. */
#ifndef TW_TABLE_TALLY_H
#define TW_TABLE_TALLY_H

#include "core/table/column.h"

/** A distinct value. */
struct tw_counted {
    uint64_t number; /**< the cell; of a coded type the place of its bytes */
    uint32_t n;      /**< of these */
    uint32_t row;    /**< that has it first */
    uint32_t count;  /**< while counting: in the slot at hand, but for what `direct` has */
    uint32_t tag;    /**< of its hash */
};

/** Count of a value in a slot. */
struct tw_count_run {
    uint32_t slot, value, count;
};

/** The rows of a slot that have a value, with TRAWL_TALLY_SEEN. */
struct tw_seen {
    uint32_t count; /**< how often it occurs; 0: the rest says nothing */
    trawl_tally_seen rows;
};

enum { TW_COUNTER_DIRECT = 256 };

/** A small number. */
struct tw_counter_small {
    uint32_t value; /**< + 1; 0: not met yet */
    uint32_t count; /**< with one slot: what its value has not been given yet */
};

struct tw_counter_late;

/** Counts that one thread gathers of one column: rows must come in ascending order. */
struct tw_counter {
    trawl_type type;
    bool many;     /**< there are several slots */
    uint32_t slot; /**< at hand */
    uint32_t last; /**< value counted last */
    uint32_t n, room;
    struct tw_counted *values;       /**< as they appeared */
    struct tw_counter_small *direct; /**< by number below TW_COUNTER_DIRECT; NULL: none yet */
    uint64_t *places; /**< hash table of values + 1, tags above; n_places, a power of two */
    uint32_t n_places;
    uint64_t seed;                /**< of the hash */
    struct tw_counter_late *late; /**< counted soon; NULL: none yet */
    uint8_t *bytes;               /**< of coded values */
    uint64_t n_bytes, bytes_room;
    uint32_t *touched; /**< values that the slot at hand has */
    uint32_t n_touched;
    struct tw_count_run *runs; /**< what earlier slots gave */
    uint64_t n_runs, runs_room;
    uint32_t n_seen;      /**< slots whose rows are kept: all, or 0; then there are no runs */
    struct tw_seen *seen; /**< of value v in slot s at [v * n_seen + s] */
};

void tw_counter_init(struct tw_counter *counter, trawl_type type, uint32_t n_slots);
/** The same for rows of which flags may ask to be kept. */
void tw_counter_init_rows(struct tw_counter *counter, trawl_type type,
                          const trawl_tally_rows *rows);
void tw_counter_fini(struct tw_counter *counter);
/** Count a value of a row that belongs to a slot; n bytes for coded types (addresses: 4 or 16), a
 * cell otherwise (reals: their bits). TRAWL_OK or TRAWL_E_NOMEM. */
int tw_counter_add_bytes(struct tw_counter *counter, uint32_t slot, uint32_t row, const void *data,
                         size_t n, trawl_error *err);
int tw_counter_add_number_slowly(struct tw_counter *counter, uint32_t slot, uint32_t row,
                                 uint64_t number, trawl_error *err);
static inline int tw_counter_add_number(struct tw_counter *counter, uint32_t slot, uint32_t row,
                                        uint64_t number, trawl_error *err)
{
    if (TW_LIKELY(!counter->many)) {
        if (number < TW_COUNTER_DIRECT && counter->direct && counter->direct[number].value) {
            counter->direct[number].count++;
            return TRAWL_OK;
        }
        if (counter->last < counter->n && counter->values[counter->last].number == number) {
            counter->values[counter->last].count++;
            return TRAWL_OK;
        }
    }
    return tw_counter_add_number_slowly(counter, slot, row, number, err);
}

/** The result: values in order of the first row that has them. Reference counted. */
struct tw_tally {
    _Atomic uint32_t refs;
    trawl_type type;
    uint32_t n_slots;
    uint32_t n_values;
    void *cells;            /**< of the type; codes are 1, 2, … */
    uint32_t *rows;         /**< that have them first */
    uint64_t *text_offsets; /**< STRING, BYTES: by code */
    uint8_t *text;
    uint8_t (*addresses)[16]; /**< IP: by code */
    uint64_t *slot_start;     /**< counts of slot s: [slot_start[s], slot_start[s + 1]) */
    trawl_count *counts;      /**< by slot */
    trawl_tally_seen *seen;   /**< of each of them; NULL: not kept */
    struct tw_map *map;       /**< that all arrays but slot_start lie in (retained); NULL: own */
};

/** Put parts together whose rows do not overlap, or, where they do, come in the order of the parts
 * (ip.src, ip.dst). All are of one type. Parts are empty afterwards. */
int tw_tally_new(struct tw_counter *const *parts, size_t n_parts, uint32_t n_slots,
                 struct tw_tally **ret, trawl_error *err);
/** The same of finished tallies; these stay. */
int tw_tally_merge(const struct tw_tally *const *parts, size_t n_parts, struct tw_tally **ret,
                   trawl_error *err);
/** Values that stand for those of another tally: row v of the column has those of value v. */
int tw_tally_map(const struct tw_tally *of, const struct tw_column *column, struct tw_tally **ret,
                 trawl_error *err);
/** One value, `true`, of the counts given by slot; first_row UINT32_MAX: none. */
int tw_tally_true(uint32_t first_row, const uint32_t *count_of_slot, uint32_t n_slots,
                  struct tw_tally **ret, trawl_error *err);
/** The same of the rows given by slot, which are kept. */
int tw_tally_true_rows(uint32_t first_row, const struct tw_seen *seen_of_slot, uint32_t n_slots,
                       struct tw_tally **ret, trawl_error *err);
/** Rows of one more set, which has none of the others. */
void tw_seen_add(struct tw_seen *to, uint32_t count, const trawl_tally_seen *rows);
struct tw_tally *tw_tally_retain(struct tw_tally *tally);
void tw_tally_release(struct tw_tally *tally); /**< NULL is fine */
/** Count the values of a column. */
int tw_tally_column(const struct tw_column *column, const trawl_tally_rows *rows,
                    struct tw_tally **ret, trawl_error *err);

/** The values as a column without nulls. */
void tw_tally_view(const struct tw_tally *tally, uint32_t flags, trawl_view *ret);
/** Text of cell or item i of a view as machine formats write it: at most `room` bytes go to ret,
 * its length is returned. Any thread. */
size_t tw_view_text(const trawl_view *view, uint64_t i, char *ret, size_t room);

#endif
