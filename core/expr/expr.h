/* The display-filter language: text → checked tree → columns of results. Evaluated over whole
 * columns, not row by row. Must not know captures or commands. */
#ifndef TW_EXPR_EXPR_H
#define TW_EXPR_EXPR_H

#include "core/table/table.h"

struct trawl_expr;
typedef struct trawl_expr tw_expr;

/** Names that mean any of several columns ("ip.addr"): NULL-terminated list, or NULL. */
typedef const char *const *tw_expr_any_of(const char *name, size_t n);
/** Bits of rows that have a protocol ("tcp", "dns"): presence of a name that is no column.
 * TRAWL_E_NOT_FOUND when it is no protocol (then nothing is put in err). Retained. table NULL: only
 * ask whether it is one. */
typedef int tw_expr_presence(void *context, tw_table *table, const char *name, size_t n,
                             struct tw_bits **ret, trawl_error *err);

struct tw_expr_names {
    tw_expr_any_of *any_of;     /**< may be NULL */
    tw_expr_presence *presence; /**< may be NULL */
    void *context;
};

/** Parse and check types against a schema; the error has the place in text (tw_error_span) and a
 * hint (nearest column). Nesting is bounded (200). The schema must live as long as the expression.
 */
int tw_expr_compile(const char *text, size_t n, const tw_schema *schema,
                    const struct tw_expr_names *names, tw_expr **ret, trawl_error *err);
/** What may go on the test that text[0..n) is the start of: ret[0..result) are operators, most
 * likely first; 0 where an operand is due, or the text is wrong. For completion; no columns are
 * needed. */
enum { TW_EXPR_OPERATORS = 16 };
size_t tw_expr_operators(const char *text, size_t n, const char *ret[TW_EXPR_OPERATORS]);
void tw_expr_free(tw_expr *expr);
trawl_type tw_expr_type(const tw_expr *expr); /**< TRAWL_BOOL for a filter */
bool tw_expr_is_list(const tw_expr *expr);    /**< tw_expr_column gives a list column */
/** One bit a row: true where the filter holds. A row where a compared column is null does not match
 * (also for !=), as in Wireshark. A value stands for its presence, a computed number for "not 0".
 */
int tw_expr_bits(const tw_expr *expr, tw_table *table, struct tw_bits **ret, trawl_error *err);
/** The value of any expression for every row. */
int tw_expr_column(const tw_expr *expr, tw_table *table, struct tw_column **ret, trawl_error *err);

#endif
