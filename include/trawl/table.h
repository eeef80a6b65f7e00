/* Tables as plugins see them: typed, contiguous, immutable columns.
 * Knows nothing of captures or output formats. */
#ifndef TRAWL_TABLE_H
#define TRAWL_TABLE_H

#include "trawl/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A finished table: immutable, reference counted; columns may be computed on first use. */
typedef struct trawl_table trawl_table;
/** A table under construction, row by row or column by column. */
typedef struct trawl_builder trawl_builder;
/** The columns of a table without its rows: what a pipeline is checked against. */
typedef struct trawl_schema trawl_schema;

/** What a cell holds. Append only. */
typedef enum trawl_type {
    TRAWL_BOOL = 1, /**< uint8_t 0 or 1 */
    TRAWL_U8 = 2,
    TRAWL_U16 = 3,
    TRAWL_U32 = 4,
    TRAWL_U64 = 5,
    TRAWL_I64 = 6,
    TRAWL_F64 = 7,
    TRAWL_TIME = 8,    /**< int64_t, ns since 1970-01-01T00:00:00Z */
    TRAWL_SPAN = 9,    /**< int64_t, ns */
    TRAWL_MAC = 10,    /**< uint64_t, the address big-endian in the low 48 bits */
    TRAWL_IP = 11,     /**< uint32_t code into a dictionary; bit 31: IPv6 */
    TRAWL_STRING = 12, /**< uint32_t code into a dictionary; any bytes, UTF-8 by intent */
    TRAWL_BYTES = 13   /**< uint32_t code into a dictionary; shown as hex */
} trawl_type;

/** Flags of a column. */
enum {
    TRAWL_COLUMN_LIST = 1u << 0,   /**< each row has zero or more items; no item = null */
    TRAWL_COLUMN_HIDDEN = 1u << 1, /**< shown only when asked for by name */
    TRAWL_COLUMN_HEX = 1u << 2,    /**< an integer best shown as 0x… */
    TRAWL_COLUMN_ID = 1u << 3,    /**< a number that names something: never summed, no human form */
    TRAWL_COLUMN_PLAIN = 1u << 4, /**< one column of prose lines: shown without header or footer */
    TRAWL_COLUMN_MIXED = 1u
                         << 5, /**< reals that mean different things: each with its own decimals */
    TRAWL_COLUMN_EXTERNAL = 1u << 6, /**< from a file that a setting names: an error without it, so
                                          never among "all fields", only asked for by name */
    TRAWL_COLUMN_CHANGE = 1u << 7,   /**< a real that is a difference: on a terminal green above 0,
                                        red   below, bold beyond 0.5 either way (unit "%": 50) */
    /* bits 8 to 11: see TRAWL_COLUMN_LEVEL */
    TRAWL_COLUMN_HEADING = 1u << 12 /**< a string that says what its rows belong to: in aligned text
                                       a line above them, where the rows of each stand together */
};
/** The level of dissection (2, 3 or 10) from which on a column of packets is counted; 0: where it
 * is named, and another table's. */
#define TRAWL_COLUMN_LEVEL(flags) ((flags) >> 8 & 15u)

/** Declares one column. `size` first, so that arrays can grow: hosts stride by it. */
typedef struct trawl_column {
    uint32_t size;     /**< sizeof(trawl_column) */
    uint32_t flags;    /**< TRAWL_COLUMN_ bits */
    trawl_type type;   /**< of a cell, or of an item of a list */
    uint32_t priority; /**< 0 most important; a narrow terminal hides the highest first */
    const char *name;  /**< short lower-case word, or a Wireshark field name */
    const char
        *unit; /**< "B", "ms", "1/s", "%" …; NULL none. Times and spans have none: they are typed */
    const char *help;   /**< one line */
    const char *source; /**< RFC section or paper; NULL when it needs none */
} trawl_column;
#define TRAWL_COLUMN(...)                         \
    {                                             \
        .size = sizeof(trawl_column), __VA_ARGS__ \
    }

/** Read access to one column. Filled by host->view(); the pointers live as long as the table.
 * Cells of null rows hold 0. */
typedef struct trawl_view {
    uint32_t size;  /**< set to sizeof(trawl_view) before the call */
    uint32_t flags; /**< TRAWL_COLUMN_ bits */
    trawl_type type;
    uint32_t reserved;
    uint64_t n_rows;
    const uint64_t *valid;   /**< bit i%64 of word i/64: row i has a value; NULL: all have */
    const void *data;        /**< n_rows cells (a list: items, see offsets) */
    const uint64_t *offsets; /**< list: row i has items [offsets[i], offsets[i+1]); else NULL */
    const uint8_t (*addresses)[16]; /**< IP: address of code c is addresses[c & 0x7fffffff]; IPv4 in
                                       the last 4 bytes after ::ffff: */
    const uint64_t *text_offsets;   /**< STRING, BYTES: value of code c is text[text_offsets[c],
                                       text_offsets[c+1]) */
    const uint8_t *text;
    uint32_t n_codes; /**< codes are below this (IP: without bit 31) */
} trawl_view;

/** How often a value occurs: see trawl_tally. */
typedef struct trawl_count {
    uint32_t value; /**< row of `values` */
    uint32_t count;
} trawl_count;

/** Which rows host->tally() counts, and in which slot each. */
typedef struct trawl_tally_rows {
    uint32_t size;               /**< sizeof(trawl_tally_rows) */
    uint32_t n_slots;            /**< at least 1 */
    uint64_t n_rows;             /**< the first ones of the table */
    const uint32_t *slot_of_row; /**< NULL: all in slot 0; UINT32_MAX: not counted */
    /* ABI 1.2 */
    uint32_t flags; /**< TRAWL_TALLY_SEEN: also which rows have a value */
    uint32_t reserved;
} trawl_tally_rows;

enum { TRAWL_TALLY_SEEN = 1 };

/** The rows of a slot that have a value. */
typedef struct trawl_tally_seen {
    uint32_t n_rows; /**< that have it, however often */
    uint32_t first;
    uint32_t last;
    uint32_t reserved;
    uint64_t set; /**< equal for equal sets of rows of a table, else as good as never; those of
                     slots add up to that of their rows together */
} trawl_tally_seen;

/** The distinct values of a column and how often each occurs in each slot of rows. */
typedef struct trawl_tally {
    uint32_t size; /**< set to sizeof(trawl_tally) before the call */
    uint32_t reserved;
    trawl_view values;          /**< in order of the first row that has them, none null; items of a
                                   list are values of their own */
    const trawl_count *counts;  /**< of slot s: [slot_start[s], slot_start[s + 1]), no order */
    const uint64_t *slot_start; /**< NULL: no row has a value */
    /* ABI 1.2 */
    const trawl_tally_seen *seen; /**< with TRAWL_TALLY_SEEN: of counts[i] at [i]; else NULL */
} trawl_tally;

/** What host->tallies() counts of one table. */
typedef struct trawl_tally_job {
    uint32_t size; /**< sizeof(trawl_tally_job) */
    uint32_t reserved;
    struct trawl_table *table;
    const size_t *i_columns;
    size_t n; /**< columns */
    const trawl_tally_rows *rows;
    trawl_tally *ret; /**< of each column, sizes set before the call */
} trawl_tally_job;

/** Where to write the cells of one column of a table under construction: host->builder_rows(). */
typedef struct trawl_cells {
    uint32_t size;        /**< set to sizeof(trawl_cells) before the call */
    uint32_t may_be_null; /**< set before: 1 asks for `valid` */
    void *data;           /**< n cells of the column's type, all 0 */
    uint64_t *valid;      /**< as in trawl_view, no bit set; NULL: not asked for, all have a value.
                             Threads that write at the same time share no word of it */
} trawl_cells;

/** Row i of a view has a value. */
static inline int trawl_view_has(const trawl_view *view, uint64_t row)
{
    return view->offsets ? view->offsets[row] != view->offsets[row + 1]
                         : (!view->valid || (view->valid[row / 64] >> (row % 64) & 1));
}

/** An integer-like cell as uint64_t (bool, u8…u64, i64, time, span, mac, codes); 0 when null. */
static inline uint64_t trawl_view_u64(const trawl_view *view, uint64_t i)
{
    switch (view->type) {
    case TRAWL_BOOL:
    case TRAWL_U8:
        return ((const uint8_t *)view->data)[i];
    case TRAWL_U16:
        return ((const uint16_t *)view->data)[i];
    case TRAWL_U32:
    case TRAWL_IP:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        return ((const uint32_t *)view->data)[i];
    case TRAWL_U64:
    case TRAWL_I64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
    case TRAWL_MAC:
        return ((const uint64_t *)view->data)[i];
    case TRAWL_F64:
        return 0;
    }
    return 0;
}

#ifdef __cplusplus
}
#endif
#endif
