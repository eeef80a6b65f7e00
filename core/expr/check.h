/* What the two halves of checking share. Private to core/expr. */
#ifndef TW_EXPR_CHECK_H
#define TW_EXPR_CHECK_H

#include "core/expr/vector.h"

struct checker {
    tw_expr *expr;
    trawl_error *err;
};

/** "a number", "an IP address". */
const char *tw_check_type_word(trawl_type type);
/** Check an operand that must be a value. *ret_open: a literal, or a word that may be one (true,
 * hex bytes): its type comes from the other side. */
int tw_check_operand(struct checker *c, struct node *n, bool *ret_open);
/** Give an open operand a type, or the one it has by itself. cidr: a network is fine. */
int tw_check_close(struct checker *c, struct node *n, trawl_type type, bool cidr);
int tw_check_close_default(struct checker *c, struct node *n);
/** Check an operand that has no other side: an open one has the type it has by itself. */
int tw_check_alone(struct checker *c, struct node *n);

/** Where the bytes of a protocol are asked for (`frame contains "x"`, `tcp[0:2]`), its name stands
 * for the column of them, if there is one. */
int tw_check_bytes_of(struct checker *c, struct node *n);

/** N_CALL, N_ARITH, N_NEGATE, N_SLICE: the type of the value from those of its operands. */
int tw_check_computed(struct checker *c, struct node *n);

#endif
