/* What the blocks of a file of the cache hold: packing them and, with every number checked, taking
 * them out again. Must not know sessions, conversations or where files lie. */
#ifndef TW_CACHE_PARTS_H
#define TW_CACHE_PARTS_H

#include "core/cache/file.h"
#include "core/dissect/packets.h"

/** Ids of blocks. A column's id is TW_CACHE_COLUMNS and its place among the base columns. */
enum {
    TW_CACHE_INPUT = 1,
    TW_CACHE_ADDRESSES,
    TW_CACHE_FAMILIES,
    TW_CACHE_EVENTS,
    TW_CACHE_WHOLES,
    TW_CACHE_WHOLE_BYTES,
    TW_CACHE_PARTS,
    TW_CACHE_COLUMNS = 16,
    TW_CACHE_TCP = 64, /**< the session's: conversations */
    TW_CACHE_UDP,
    TW_CACHE_REBASES,
    TW_CACHE_FIELD = 96,         /**< a field's column: TW_CACHE_OF_COLUMN ids from here on */
    TW_CACHE_WARNINGS = 104,     /**< of its dissector */
    TW_CACHE_COUNTS = 112,       /**< of fields' values: seven ids */
    TW_CACHE_TABLE_COLUMNS = 128 /**< a table's: TW_CACHE_OF_COLUMN ids each */
};
enum { TW_CACHE_OF_COLUMN = 8, TW_CACHE_MOST_COLUMNS = 40 };

/** Blocks that are being gathered for tw_cache_write(); zero: none. */
struct tw_cache_parts {
    struct tw_cache_block blocks[TW_CACHE_MOST_BLOCKS];
    size_t n;
    void *owned[TW_CACHE_MOST_BLOCKS]; /* memory made for some of them */
    size_t n_owned;
};
/** Append a block in memory that outlives the parts. */
void tw_cache_part(struct tw_cache_parts *parts, uint32_t id, const void *data, uint64_t n);
/** The same; takes the memory (tw_free). data NULL with n > 0 is for the caller to refuse. */
void tw_cache_part_take(struct tw_cache_parts *parts, uint32_t id, void *data, uint64_t n);
uint64_t tw_cache_parts_size(const struct tw_cache_parts *parts); /**< bytes, about */
void tw_cache_parts_fini(struct tw_cache_parts *parts);

/** What the input found out while it was read. */
int tw_cache_put_input(struct tw_cache_parts *parts, const struct tw_input *input,
                       trawl_error *err);
/** Into an input of tw_input_open_files(). TRAWL_E_DATA when it cannot be. */
int tw_cache_get_input(const struct tw_cache_file *file, struct tw_input *input, trawl_error *err);

/** Base columns, addresses, events and fragments. */
int tw_cache_put_packets(struct tw_cache_parts *parts, const struct tw_packets *packets,
                         trawl_error *err);
/** The columns are the file's bytes. n_tcp, n_udp: conversations there are, for the numbers in
 * `stream`. TRAWL_E_DATA when anything is out of range. */
int tw_cache_get_packets(const struct tw_cache_file *file, struct tw_input *input, uint32_t n_tcp,
                         uint32_t n_udp, struct tw_packets **ret, trawl_error *err);
/** The addresses of a file, for looking codes up. */
struct tw_cache_addresses {
    const uint8_t (*bytes)[16];
    const uint64_t *families; /**< bit i set: address i is IPv6 */
    uint32_t n;
};
bool tw_cache_find_addresses(const struct tw_cache_file *file, uint32_t id_bytes,
                             uint32_t id_families, struct tw_cache_addresses *ret);
/** Into an empty dictionary, under these codes. TRAWL_E_DATA, TRAWL_E_NOMEM. */
int tw_cache_get_addresses(const struct tw_cache_addresses *addresses, struct tw_dict *dict,
                           trawl_error *err);
/** Is it the code of one of them (0: no address, is one too)? */
static inline bool tw_cache_is_address(const struct tw_cache_addresses *a, uint32_t code)
{
    const uint32_t i = code & ~(UINT32_C(1) << 31);

    return i < a->n && (a->families[i / 64] >> (i % 64) & 1) == code >> 31;
}
/** A block as an array: its items, with their number; a block that is not there has none. False:
 * its length is no multiple of size. */
bool tw_cache_array(const struct tw_cache_file *file, uint32_t id, size_t size, const void **ret,
                    uint64_t *ret_n);

#endif
