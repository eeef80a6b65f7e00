/* The checked tree between parser and evaluation, and the typed values in it. Private to core/expr.
 * Must not know rows. */
#ifndef TW_EXPR_NODE_H
#define TW_EXPR_NODE_H

#include "core/expr/expr.h"

enum {
    TW_EXPR_MAX_DEPTH = 200 /**< of parentheses, prefixes and left-deep chains: bounds recursion */
};

/* ---- tokens ---- */

enum token_kind {
    T_END,
    T_NAME,    /**< frame.len, and words that are no keyword; `…` quotes any name */
    T_INTEGER, /**< 12, 0x1f, 0b101 */
    T_FLOAT,   /**< 1.5, 1e9 */
    T_UNIT,    /**< 5ms, 10kB */
    T_STRING,  /**< quotes removed, escapes not yet read */
    T_ADDRESS, /**< 10.0.0.1, 10.0.0.0/8, 2001:db8::/32, MACs and hex pairs with colons */
    T_PUNCT,   /**< one of enum op */
    T_KEYWORD  /**< one of enum op, spelled as a word */
};

/** Operators, punctuation and functions. */
enum op {
    OP_NONE,
    OP_EQ,
    OP_NE,
    OP_LT,
    OP_LE,
    OP_GT,
    OP_GE,
    OP_ALL_EQ,
    OP_ANY_NE, /* === and !== */
    OP_ADD,
    OP_SUB,
    OP_MUL,
    OP_DIV,
    OP_WHOLE_DIV, /* // */
    OP_MOD,
    OP_BIT_AND,
    OP_AND,
    OP_OR,
    OP_XOR,
    OP_NOT,
    OP_IN,
    OP_CONTAINS,
    OP_MATCHES,
    OP_ANY,
    OP_ALL,
    OP_OPEN,
    OP_CLOSE,
    OP_OPEN_SET,
    OP_CLOSE_SET,
    OP_OPEN_SLICE,
    OP_COMMA,
    OP_RANGE,
    OP_ASSIGN, /* a single '=': an error with a hint */
    OP_LEN,
    OP_LOWER,
    OP_UPPER,
    OP_ABS,
    OP_COUNT,
    OP_MIN,
    OP_MAX,
    OP_STRING
};

struct token {
    enum token_kind kind;
    enum op op;
    char quote;        /**< of a string: '"', '\'' or 'r' for a raw one */
    size_t start, len; /**< in the text, quotes included */
    const char *s;     /**< contents: strings and `names` without their quotes */
    size_t n;
};

struct lexer {
    const char *text;
    size_t n, at;
};
/** Read the next token; TRAWL_E_USAGE with a place. */
int tw_expr_lex(struct lexer *lexer, struct token *ret, trawl_error *err);

/* ---- values ---- */

/** Bytes of a string, address (4 or 16) or byte string. */
struct text {
    const uint8_t *p;
    size_t n;
};
/** One constant; which member holds depends on the class of the type. */
struct value {
    uint64_t u;
    int64_t i; /**< also times and spans, ns */
    double f;
    struct text s;
    unsigned prefix; /**< of an address in a set: bits that count; else 8 × n */
};

/** A closed interval of a set, in the class of its set. Texts: [lo, hi] bytewise, or a prefix. */
struct interval {
    struct value lo, hi;
    bool is_prefix;
};

/** What cells are reduced to while computing: BOOL and the unsigned → U64, MAC → MAC … */
trawl_type tw_expr_class(trawl_type type);
static inline bool class_is_number(trawl_type c)
{
    return c == TRAWL_U64 || c == TRAWL_I64 || c == TRAWL_F64;
}
/** Classes whose values are struct text. */
static inline bool class_is_text(trawl_type c)
{
    return c == TRAWL_IP || c == TRAWL_STRING || c == TRAWL_BYTES;
}

/* ---- nodes ---- */

enum node_kind {
    N_LITERAL, /**< as written; becomes N_CONST when its type is known */
    N_CONST,
    N_NAME,     /**< as written; becomes N_COLUMN or N_PRESENCE */
    N_COLUMN,   /**< one column or, for any-of names, several */
    N_PRESENCE, /**< bits of a protocol */
    N_EXISTS,   /**< test: the child has a value */
    N_NONZERO,  /**< test: some item of the child is not zero */
    N_NEGATE,
    N_ARITH, /**< op */
    N_SLICE,
    N_CALL,    /**< op */
    N_COMPARE, /**< op, quant */
    N_CONTAINS,
    N_MATCHES,
    N_IN, /**< set, quant, negate */
    N_AND,
    N_OR,
    N_XOR,
    N_NOT
};

/** One part of a slice: [start, start+len), negative from the end. */
struct slice_part {
    int64_t start;
    int64_t len; /**< -1: to the end; with by_end: the last index */
    bool by_end;
};

struct tw_regex;

struct node {
    enum node_kind kind;
    enum op op;
    size_t start, len;         /**< place in the text */
    trawl_type type;           /**< of the value; TRAWL_BOOL for tests */
    bool is_test;              /**< gives a truth for each row, not values */
    bool is_list;              /**< may give several values a row */
    bool for_all;              /**< quantifier of a predicate: all items, not any */
    bool negate;               /**< of N_IN: true where the set does not hold the item */
    bool raw;                  /**< a backquoted name */
    uint32_t id;               /**< dense: index of the run's state */
    struct node *first, *next; /**< children, in order */
    size_t n_children;
    struct token token;    /**< literal, name */
    bool minus;            /**< a literal with a sign */
    struct value value;    /**< N_CONST */
    const size_t *columns; /**< N_COLUMN */
    size_t n_columns;
    const char *name; /**< N_PRESENCE */
    struct slice_part *parts;
    size_t n_parts;
    struct interval *set; /**< numbers: sorted, disjoint */
    size_t n_set;
    trawl_type set_class;
    struct set_item *items; /**< N_IN as parsed */
    struct tw_regex *regex;
    struct node *lift; /**< predicate that depends on this one coded column alone */
};

/** An element of a set as written. */
struct set_item {
    struct node *lo, *hi; /**< literals; hi NULL: one value */
    struct set_item *next;
};

struct trawl_expr {
    struct tw_arena arena;
    const char *text; /**< a copy */
    size_t n_text;
    struct node *root;
    struct node *test; /**< root as a test; root itself when it is one, or a constant */
    uint32_t n_nodes;
    size_t *columns;
    size_t n_columns;
    const tw_schema *schema;
    struct tw_expr_names names;
    struct tw_regex *regexes; /**< to free */
};

static inline struct node *node_second(const struct node *node)
{
    return node->first->next;
}

/** text → tree of N_LITERAL, N_NAME and operators. */
int tw_expr_parse(tw_expr *expr, trawl_error *err);
struct node *tw_expr_node(tw_expr *expr, enum node_kind kind, enum op op, size_t start, size_t len,
                          trawl_error *err);
void tw_expr_adopt(struct node *parent, struct node *child);

/** Names → columns, literals → constants, types, sets, predicates that can be lifted. */
int tw_expr_check(tw_expr *expr, trawl_error *err);

/** Give a literal a type. is_list etc. are untouched; TRAWL_E_USAGE with place and hint. cidr: an
 * address with a prefix is fine. */
int tw_expr_coerce(tw_expr *expr, struct node *literal, trawl_type type, bool cidr,
                   trawl_error *err);
/** The type that a literal has when nothing else says: 5 is a number, 5ms a span. */
int tw_expr_default_type(tw_expr *expr, struct node *literal, trawl_error *err);

/** `value op constant` and `value in {…}` → closed intervals of the value's class (numbers are
 * clamped, sorted and merged). */
int tw_expr_make_set(tw_expr *expr, struct node *in, trawl_type cls, trawl_error *err);
int tw_expr_compare_to_set(tw_expr *expr, struct node *compare, trawl_error *err);

/** PCRE2 behind a small face. Case-insensitive over bytes, as in Wireshark. */
int tw_regex_new(const char *pattern, size_t n, struct tw_regex **ret, trawl_error *err);
void tw_regex_free(struct tw_regex *regex); /**< and those chained behind it */
struct tw_regex **tw_regex_next(struct tw_regex *regex);
struct tw_regex_state; /**< of one thread */
struct tw_regex_state *tw_regex_state_new(trawl_error *err);
void tw_regex_state_free(struct tw_regex_state *state);
/** 1, 0, or a code when the pattern takes too many steps on this text. */
int tw_regex_match(const struct tw_regex *regex, struct tw_regex_state *state, const uint8_t *s,
                   size_t n, trawl_error *err);

/** Names of functions, and what op is called in messages. */
enum op tw_expr_function(const char *name, size_t n);
/** What to say of one that is not there. */
const char *tw_expr_function_hint(const char *name, size_t n);
const char *tw_expr_op_text(enum op op);

int tw_expr_fail(trawl_error *err, size_t start, size_t len, const char *hint, const char *format,
                 ...) __attribute__((format(printf, 5, 6)));

#endif
