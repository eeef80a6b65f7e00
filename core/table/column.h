/* One typed column: contiguous cells, validity bits, dictionaries. Grows in place.
 * Must not know captures, expressions or output. */
#ifndef TW_TABLE_COLUMN_H
#define TW_TABLE_COLUMN_H

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/task.h"
#include "core/base/text.h"
#include "trawl/table.h"

/** Bytes of one cell of a type (codes: 4). */
size_t tw_type_size(trawl_type type);
const char *tw_type_name(trawl_type type); /**< "u32", "time", "ip" … */
static inline bool tw_type_is_integer(trawl_type t)
{
    return t == TRAWL_BOOL || (t >= TRAWL_U8 && t <= TRAWL_I64);
}
static inline bool tw_type_is_coded(trawl_type t)
{
    return t == TRAWL_IP || t == TRAWL_STRING || t == TRAWL_BYTES;
}

/* ---- dictionaries: value → dense 32-bit code, shared by columns, never shrinking ---- */

/** Distinct addresses, strings or byte strings; reference counted; inserting is safe from any
 * thread (striped locks), reading a known code needs no lock and pointers never move.
 * Codes depend on the order of insertion: nothing shown may depend on them. Code 0 is reserved
 * for "null" and holds the empty value; the empty string as a value has a code of its own. */
struct tw_dict;
/** For TRAWL_IP, TRAWL_STRING or TRAWL_BYTES; NULL: no memory. */
struct tw_dict *tw_dict_new(trawl_type type);
struct tw_dict *tw_dict_retain(struct tw_dict *dict);
void tw_dict_release(struct tw_dict *dict);

/** Code of a value, inserted if new; 0 on no memory (then *err is filled). Addresses: n 4 or 16
 * (16 gives a code with bit 31 set, even for ::ffff:a.b.c.d). */
uint32_t tw_dict_code(struct tw_dict *dict, const void *value, size_t n, trawl_error *err);
trawl_type tw_dict_type(const struct tw_dict *dict);
/** Many IPv4 addresses (as their four bytes lie in memory) to codes, in place: lookups overlap
 * their cache misses. TRAWL_OK or TRAWL_E_NOMEM. */
int tw_dict_codes_ipv4(struct tw_dict *dict, uint32_t *addresses, size_t n, trawl_error *err);
/** Free what growing left behind; only while no other thread looks anything up. */
void tw_dict_settle(struct tw_dict *dict);
/** The values of codes 1 to n_codes - 1 at once, into a dictionary without any, on all threads.
 * TRAWL_E_DATA: one is there twice, or an IPv4 address lacks its ::ffff:0:0/96; then, and after
 * TRAWL_E_NOMEM, the dictionary is only fit to be released. */
struct tw_dict_values {
    const uint8_t (*addresses)[16]; /**< TRAWL_IP: by code; */
    const uint64_t *families;       /**< bit i set: code i is IPv6 */
    const uint8_t *text;            /**< others: one behind the other; */
    const uint64_t *ends;           /**< that of code i in text, ascending, ends[0] is 0 */
};
int tw_dict_fill(struct tw_dict *dict, const struct tw_dict_values *values, uint32_t n_codes,
                 trawl_error *err);
/** Codes of n texts, which lie one behind the other from offsets[0] to offsets[n] in `text`: added
 * if they are new, under one turn of the locks. On failure some may have been added. */
int tw_dict_codes_texts(struct tw_dict *dict, const uint8_t *text, const uint64_t *offsets,
                        size_t n, uint32_t *ret, trawl_error *err);
/** Code of a value or 0 when the dictionary does not hold it. */
uint32_t tw_dict_find(const struct tw_dict *dict, const void *value, size_t n);
/** Of addresses: bit i set: code i is IPv6. n_codes / 64 + 1 words (tw_free them); NULL: no memory.
 */
uint64_t *tw_dict_families(struct tw_dict *dict, uint32_t n_codes);
uint32_t tw_dict_size(const struct tw_dict *dict); /**< codes (without bit 31) are below this */
/** Value of a string or bytes code. */
const uint8_t *tw_dict_bytes(const struct tw_dict *dict, uint32_t code, size_t *ret_n);
struct tw_ip tw_dict_ip(const struct tw_dict *dict, uint32_t code);
/** Order of values, not codes: IPv4 before IPv6, then bytes; strings bytewise. rank[code without
 * bit 31] for all codes; computed once and kept while the size stays the same (and a few
 * generations longer, for who holds it). NULL: no memory. */
const uint32_t *tw_dict_ranks(struct tw_dict *dict, trawl_error *err);

/** A small per-thread cache in front of tw_dict_code for addresses: the parallel passes' way in. */
struct tw_dict_cache {
    struct {
        uint8_t key[16];
        uint32_t n;
        uint32_t code;
    } slots[1024];
};
uint32_t tw_dict_code_cached(struct tw_dict *dict, struct tw_dict_cache *cache, const void *value,
                             size_t n, trawl_error *err);

/* ---- bits ---- */

/** A reference-counted bitmap over rows; bit i%64 of words[i/64]. Bits beyond n are 0. */
struct tw_bits {
    _Atomic uint32_t refs;
    uint64_t n;
    uint64_t *words;
};
struct tw_bits *tw_bits_new(uint64_t n, trawl_error *err); /**< all 0 */
struct tw_bits *tw_bits_retain(struct tw_bits *bits);
void tw_bits_release(struct tw_bits *bits);
static inline bool tw_bits_get(const struct tw_bits *bits, uint64_t i)
{
    return bits->words[i / 64] >> (i % 64) & 1;
}

/* ---- columns ---- */

/** A column's cells. Filled by one owner (or by several threads on disjoint rows), then
 * frozen; reference counted once frozen. */
struct tw_column {
    _Atomic uint32_t refs;
    trawl_type type;
    bool is_list;
    uint64_t n_rows;
    uint64_t n_items;       /**< list: items appended, those of the open row included */
    uint64_t max_rows;      /**< address space was reserved for so many (lists: items too grow) */
    struct tw_region data;  /**< cells, or items of a list */
    struct tw_region valid; /**< bitmap; base NULL: all rows valid (unless valid_bits) */
    struct tw_bits *valid_bits; /**< shared bitmap instead of `valid` (retained); NULL: none */
    struct tw_region offsets;   /**< list: uint64_t[n_rows + 1] */
    struct tw_dict *dict;       /**< coded types; retained */
    struct tw_column *shares;   /**< data region borrowed from this column (retained); NULL: own */
    struct tw_map *map;         /**< regions borrowed from this file (retained); NULL: own */
};

/** New empty column with room to grow to max_rows (0: 2^32). dict is retained; required for coded
 * types. NULL and err on failure. */
struct tw_column *tw_column_new(trawl_type type, bool is_list, uint64_t max_rows,
                                struct tw_dict *dict, trawl_error *err);
/** Column over the cells of another (same rows, retained) with validity bits of its own: valid is
 * retained, NULL: all valid. */
struct tw_column *tw_column_share(struct tw_column *cells, struct tw_bits *valid, trawl_error *err);
/** Where the cells of a column lie in a mapped file; what it does not have is NULL. */
struct tw_mapped_cells {
    uint64_t n_rows, n_items;
    const void *data;        /**< n_rows cells, or n_items of a list */
    const uint64_t *valid;   /**< bitmap; NULL: all valid */
    const uint64_t *offsets; /**< list: n_rows + 1 */
};
/** Frozen column over the cells of a mapped file (retained), which the caller has checked. */
struct tw_column *tw_column_mapped(trawl_type type, bool is_list, struct tw_dict *dict,
                                   struct tw_map *map, const struct tw_mapped_cells *cells,
                                   trawl_error *err);
struct tw_column *tw_column_retain(struct tw_column *column);
void tw_column_release(struct tw_column *column); /**< NULL is fine */
/** No row will come any more: give back the address space that was kept for them. */
void tw_column_seal(struct tw_column *column);

/** Make rows [0, n) usable (zeroed, and null when the column has validity bits); or drop the rows
 * from n on. Rows of a list are empty until offsets and n_items are filled. */
int tw_column_resize(struct tw_column *column, uint64_t n_rows, trawl_error *err);
/** Start keeping validity bits: rows so far become valid (or null). */
int tw_column_need_valid(struct tw_column *column, bool rows_so_far_valid, trawl_error *err);

#define TW_CELLS(column, ctype) ((ctype *)(void *)(column)->data.base)
static inline bool tw_column_has(const struct tw_column *c, uint64_t row)
{
    if (c->is_list) {
        const uint64_t *o = (const uint64_t *)(const void *)c->offsets.base;
        return o[row] != o[row + 1];
    }
    if (c->valid_bits)
        return tw_bits_get(c->valid_bits, row);
    return !c->valid.base ||
           (((const uint64_t *)(const void *)c->valid.base)[row / 64] >> (row % 64) & 1);
}
/** The bitmap of valid rows, its own or a shared one; NULL: all are (never for a list). */
static inline const uint64_t *tw_column_bitmap(const struct tw_column *c)
{
    return c->valid_bits ? c->valid_bits->words : (const uint64_t *)(const void *)c->valid.base;
}
static inline void tw_column_set_valid(struct tw_column *c, uint64_t row)
{
    ((uint64_t *)(void *)c->valid.base)[row / 64] |= UINT64_C(1) << (row % 64);
}
/** Integer-like cell (item index for lists) widened to 64 bits; codes as they are. */
uint64_t tw_column_u64(const struct tw_column *column, uint64_t i);
/** Any numeric cell as double. */
double tw_column_f64(const struct tw_column *column, uint64_t i);

/* Appending (the slow, general way; single thread). A NULL/absent value is tw_append_null. */
int tw_append_null(struct tw_column *column, trawl_error *err);
/** Any integer-like type; wider than the cell: TRAWL_E_PLUGIN. */
int tw_append_u64(struct tw_column *column, uint64_t v, trawl_error *err);
int tw_append_f64(struct tw_column *column, double v, trawl_error *err);
/** An address (n 4 or 16), string or bytes. */
int tw_append_value(struct tw_column *column, const void *value, size_t n, trawl_error *err);
/** Lists: append items to the open row with tw_append_*; then close it. */
int tw_list_end_row(struct tw_column *column, trawl_error *err);

/** New column with the rows of `rows` (uint32_t row numbers) of src, dictionary shared; row
 * UINT32_MAX gives null (the missing side of a join). Parallel. */
struct tw_column *tw_column_gather(const struct tw_column *src, const uint32_t *rows, uint64_t n,
                                   trawl_error *err);

/** New column with rows [start, start + n) of src, dictionary shared. */
struct tw_column *tw_column_slice(const struct tw_column *src, uint64_t start, uint64_t n,
                                  trawl_error *err);

/** New list column: a row has the values of that row of all parts, the first part's first. The
 * parts are of one length and type and, when coded, of one dictionary, which is shared. */
struct tw_column *tw_column_list_of(const struct tw_column *const *parts, size_t n_parts,
                                    trawl_error *err);

/** Fill the public view of a frozen column. */
void tw_column_view(const struct tw_column *column, uint32_t flags, trawl_view *ret);

/** Text of one cell as machine formats write it: exact, unescaped for strings. List: items joined
 * by a comma. Nothing for null. style and decimals for times; decimals 9 for spans. */
struct tw_cell_style {
    enum tw_time_style time_style;
    int time_decimals;
    int64_t origin_ns;
};
void tw_cell_text(const struct tw_column *column, uint32_t flags, uint64_t row,
                  const struct tw_cell_style *style, struct tw_buffer *out);

#endif
