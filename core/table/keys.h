/* Cells as unsigned numbers of few bits: the common ground of sort, group, count and join.
 * Must not be included outside core/table. */
#ifndef TW_TABLE_KEYS_H
#define TW_TABLE_KEYS_H

#include "core/table/kernel.h"
#include "core/table/radix.h"

enum {
    tw_block_rows = 2048 /* rows a kernel takes at a time: their numbers fit the cache */
};

/** How one column becomes numbers: equal cells give equal numbers; when `ordered`, larger cells
 * give larger ones. Numbers are below 2^bits; a null is 2^(bits - 1), above all others. */
struct tw_key {
    const struct tw_column *column;
    const uint32_t *ranks;    /* by code; NULL: codes as they are */
    const uint32_t *row_rank; /* by row: the number itself; owned */
    bool ordered;             /* and NaN counts as null */
    bool descending;
    bool has_null;
    bool null_only;     /* one bit: is null */
    bool value_only;    /* nulls give 0; their bit is another key's */
    uint64_t low, high; /* of the plain numbers */
    unsigned bits;
};

/** A cell's plain number, in the order of its type: what low and high are in. */
uint64_t tw_plain_number(const struct tw_column *column, uint64_t i);
double tw_number_f64(trawl_type type, uint64_t number);
/** Plain numbers of cells (items of a list) from … from + n, or of rows[from …]; codes of addresses
 * without bit 31. */
void tw_plain_block(const struct tw_column *column, const uint32_t *rows, uint64_t from, uint64_t n,
                    uint64_t *out);
/** Is null, or NaN. */
bool tw_cell_is_void(const struct tw_column *column, uint64_t i);

/** Prepare a key over n_cells cells (not for lists). */
int tw_key_init(struct tw_key *key, const struct tw_column *column, uint64_t n_cells, bool ordered,
                bool descending, trawl_error *err);
void tw_key_fini(struct tw_key *key);
/** The key as one of at most 64 bits or, for full-range values with nulls, as two; they borrow what
 * the key owns. */
size_t tw_key_split(const struct tw_key *key, struct tw_key ret[2]);
/** Numbers of rows from … from + n, or of rows[from …]. */
void tw_key_block(const struct tw_key *key, const uint32_t *rows, uint64_t from, uint64_t n,
                  uint64_t *out);

/** Bits [shift, shift + width) of a key's number. */
struct tw_window {
    const struct tw_key *key;
    const uint32_t *dense; /* key NULL: numbers by row */
    unsigned shift, width;
};
enum { tw_windows_most = 64 };
/** Windows side by side in one word, the first highest. */
struct tw_pack {
    struct tw_window windows[tw_windows_most];
    size_t n;
    unsigned bits;
};
/** Append all bits of a key, or of dense numbers by row, at the low end; false: no room. */
bool tw_pack_add(struct tw_pack *pack, const struct tw_key *key, const uint32_t *dense,
                 unsigned bits);
void tw_pack_block(const struct tw_pack *pack, const uint32_t *rows, uint64_t from, uint64_t n,
                   uint64_t *out);

/** Dense numbers of the packed words of n cells, by first cell. */
struct tw_numbering {
    uint32_t *number_of; /* n */
    uint32_t *first;     /* cell where number i is first seen */
    uint64_t n_numbers;
};
int tw_number_cells(const struct tw_pack *pack, uint64_t n, struct tw_numbering *ret,
                    trawl_error *err);
/** The same result, faster where most cells differ. */
int tw_number_by_parts(const struct tw_pack *pack, uint64_t n, struct tw_numbering *ret,
                       trawl_error *err);
void tw_numbering_fini(struct tw_numbering *numbering);
/** The same over keys of any total width, none of them over a list; and over dense numbers below
 * n_dense by cell, unless NULL. */
int tw_number_keys(const uint32_t *dense, uint64_t n_dense, const struct tw_key *keys,
                   size_t n_keys, uint64_t n, struct tw_numbering *ret, trawl_error *err);

/** The pool's threads, but no more than there are `least` cells for each; at least 1. */
uint64_t tw_pieces_for(uint64_t n, uint64_t least);

/** Cells of a list as a flat column that borrows the list's memory; not for release. */
struct tw_column tw_flat_items(const struct tw_column *list);

#endif
