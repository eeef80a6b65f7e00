/* The inside of counters, for what puts them together. Must not be included outside core/table. */
#ifndef TW_TABLE_COUNTING_H
#define TW_TABLE_COUNTING_H

#include "core/table/tally.h"

/* Index of a value, which is added (with no count) if it is new; data NULL: a number. */
int tw_counter_find(struct tw_counter *counter, uint32_t row, uint64_t number, const void *data,
                    size_t n, uint32_t *ret, trawl_error *err);
/* The same of item i of a column; is_new: it is known that none has its value yet. */
int tw_counter_find_item(struct tw_counter *counter, uint32_t row, const struct tw_column *column,
                         uint64_t item, bool is_new, uint32_t *ret, trawl_error *err);
/* The same of a value of another counter, whose bytes are there. */
int tw_counter_find_counted(struct tw_counter *counter, const struct tw_counter *of,
                            const struct tw_counted *value, uint32_t *ret, trawl_error *err);
/* Index of a value that is known to be new. Such values are not found again. */
int tw_counter_append(struct tw_counter *counter, uint32_t row, uint64_t number, const void *data,
                      size_t n, uint32_t *ret, trawl_error *err);
/* Count a value by index. */
int tw_counter_add_run(struct tw_counter *counter, uint32_t slot, uint32_t value, uint32_t count,
                       trawl_error *err);
/* The same once, in a row. */
int tw_counter_add_row(struct tw_counter *counter, uint32_t slot, uint32_t row, uint32_t value,
                       trawl_error *err);
/* The counts of the slot at hand become runs; with one slot all are given to the values. */
int tw_counter_flush(struct tw_counter *counter, trawl_error *err);

#endif
