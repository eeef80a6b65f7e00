/* Tests of single items (comparison, membership, contains, matches) for a batch of rows, reduced to
 * two bits a row. Private to core/expr. Must not know and, or, not. */
#ifndef TW_EXPR_PREDICATE_H
#define TW_EXPR_PREDICATE_H

#include "core/expr/vector.h"

enum {
    BATCH_WORDS = BATCH_ROWS / 64,
    MAX_CODES = 8 /**< single values looked up in a dictionary once, then compared as codes */
};

/** Bits of a batch: some item of the row passes; some item fails. A row without items has neither.
 */
struct truth {
    uint64_t some_true[BATCH_WORDS];
    uint64_t some_false[BATCH_WORDS];
};

/** How one column of a predicate is tested; made once a run. */
struct lifted {
    const struct tw_column *column;
    uint32_t codes[MAX_CODES];
    size_t n_codes;
    bool by_codes;
    struct lifted *next; /**< of those with a table */
    uint8_t
        *table; /**< by code: bit 0 passes (addresses: as IPv4), bit 1 passes as IPv6; NULL: none */
};

/** Any predicate, by values. */
int tw_predicate_eval(const struct batch *batch, const struct node *node, struct truth *ret,
                      trawl_error *err);
/** N_IN of a plain column of numbers: on the cells as they lie. */
int tw_predicate_numbers(const struct batch *batch, const struct node *node,
                         const struct tw_column *column, struct truth *ret, trawl_error *err);
/** A predicate whose column has codes or a table. */
int tw_predicate_codes(const struct batch *batch, const struct node *node,
                       const struct lifted *lifted, struct truth *ret, trawl_error *err);
/** The value passes N_IN (without negate). */
bool tw_set_has_text(const struct node *in, const struct text *s);

/** Bytes 0/1 → bits. n_bytes ≤ BATCH_ROWS; words beyond are 0. */
void tw_pack_bits(const uint8_t *bytes, size_t n_bytes, uint64_t *words);

#endif
