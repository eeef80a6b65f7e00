/* Text of an expression → tokens with their places.
 * Must not know columns or types: 10.0.0.1 is an address, what it is compared with comes later. */
#include "core/expr/node.h"

#include <stdarg.h>
#include <stdio.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_word(char c)
{
    return is_letter(c) || is_digit(c);
}
/** µ in UTF-8 is two bytes, both above ASCII. */
static bool is_unit(char c)
{
    return is_word(c) || (unsigned char)c >= 0x80;
}

int tw_expr_fail(trawl_error *err, size_t start, size_t len, const char *hint, const char *format,
                 ...)
{
    va_list args;
    bool fresh = err && err->code == TRAWL_OK;

    va_start(args, format);
    tw_vfail(err, TRAWL_E_USAGE, format, args);
    va_end(args);
    if (fresh) {
        tw_error_span(err, start, len ? len : 1);
        if (hint)
            tw_error_hint(err, "%s", hint);
    }
    return TRAWL_E_USAGE;
}

/** The byte at `at`, NUL beyond the end. */
static char peek(const struct lexer *l, size_t at)
{
    return at < l->n ? l->text[at] : '\0';
}

/* ---- addresses ---- */

static size_t skip_prefix_length(const struct lexer *l, size_t at)
{
    if (peek(l, at) == '/' && is_digit(peek(l, at + 1))) {
        at++;
        while (is_digit(peek(l, at)))
            at++;
    }
    return at;
}

/** End of a.b.c.d at `at`, or `at` when there is none. */
static size_t scan_ipv4(const struct lexer *l, size_t at)
{
    size_t p = at;

    for (int i = 0; i < 4; i++) {
        size_t digits = 0;

        if (i && peek(l, p++) != '.')
            return at;
        while (is_digit(peek(l, p))) {
            p++;
            digits++;
        }
        if (!digits || digits > 3)
            return at;
    }
    if (is_word(peek(l, p)) || (peek(l, p) == '.' && is_digit(peek(l, p + 1))))
        return at;
    return p;
}

/** End of bytes written as n groups of hexadecimal digits with `mark` between, or `at`. */
static size_t scan_groups(const struct lexer *l, size_t at, size_t n, size_t n_digits, char mark)
{
    size_t p = at;

    for (size_t i = 0; i < n; i++) {
        if (i && peek(l, p++) != mark)
            return at;
        for (size_t k = 0; k < n_digits; k++)
            if (!is_hex(peek(l, p++)))
                return at;
    }
    return is_word(peek(l, p)) || peek(l, p) == mark ? at : p;
}

/** End of hexadecimal groups with colons (IPv6, MAC, bytes), or `at`. */
static size_t scan_colons(const struct lexer *l, size_t at)
{
    size_t p = at, n_colons = 0;

    while (is_hex(peek(l, p)) || peek(l, p) == ':') {
        n_colons += peek(l, p) == ':';
        p++;
    }
    if (!n_colons)
        return at;
    if (peek(l, p) == '.' && is_digit(peek(l, p + 1))) /* ::ffff:192.0.2.1 */
        while (is_digit(peek(l, p)) || (peek(l, p) == '.' && is_digit(peek(l, p + 1))))
            p++;
    while (is_word(peek(l, p)) || peek(l, p) == ':') /* swallow what cannot be right: one error */
        p++;
    return p;
}

static size_t scan_address(const struct lexer *l)
{
    size_t at = l->at, end;

    if (!is_hex(peek(l, at)) && !(peek(l, at) == ':' && peek(l, at + 1) == ':'))
        return at;
    end = scan_groups(l, at, 6, 2, '-');
    for (size_t n = 8; end == at && n > 2; n--)
        end = scan_groups(l, at, n, 2, '.');
    if (end == at)
        end = scan_groups(l, at, 3, 4, '.');
    if (end == at)
        end = scan_colons(l, at);
    if (end == at)
        end = scan_ipv4(l, at);
    return end == at ? at : skip_prefix_length(l, end);
}

/* ---- numbers, names, strings ---- */

static void lex_number(struct lexer *l, struct token *t)
{
    size_t p = l->at;
    char second = peek(l, p + 1);

    t->kind = T_INTEGER;
    if (peek(l, p) == '0' && (second == 'x' || second == 'X') && is_hex(peek(l, p + 2))) {
        p += 2;
        while (is_hex(peek(l, p)))
            p++;
    } else if (peek(l, p) == '0' && (second == 'b' || second == 'B') && is_digit(peek(l, p + 2))) {
        p += 2;
        while (is_digit(peek(l, p)))
            p++;
    } else {
        while (is_digit(peek(l, p)))
            p++;
        if (peek(l, p) == '.' && is_digit(peek(l, p + 1))) {
            t->kind = T_FLOAT;
            p++;
            while (is_digit(peek(l, p)))
                p++;
        }
        if (peek(l, p) == 'e' || peek(l, p) == 'E') {
            size_t q = p + 1;

            if (peek(l, q) == '+' || peek(l, q) == '-')
                q++;
            if (is_digit(peek(l, q))) {
                t->kind = T_FLOAT;
                p = q;
                while (is_digit(peek(l, p)))
                    p++;
            }
        }
    }
    if (is_unit(peek(l, p))) {
        t->kind = T_UNIT;
        while (is_unit(peek(l, p)))
            p++;
    }
    t->len = p - l->at;
}

static const struct {
    const char *word;
    enum op op;
} keywords[] = {
    {"eq", OP_EQ},     {"ne", OP_NE},           {"lt", OP_LT},         {"le", OP_LE},
    {"gt", OP_GT},     {"ge", OP_GE},           {"and", OP_AND},       {"or", OP_OR},
    {"xor", OP_XOR},   {"not", OP_NOT},         {"in", OP_IN},         {"contains", OP_CONTAINS},
    {"any", OP_ANY},   {"matches", OP_MATCHES}, {"all", OP_ALL},       {"any_eq", OP_EQ},
    {"all_ne", OP_NE}, {"all_eq", OP_ALL_EQ},   {"any_ne", OP_ANY_NE}, {"bitand", OP_BIT_AND},
};

static void lex_name(struct lexer *l, struct token *t)
{
    size_t p = l->at;

    while (is_word(peek(l, p)) ||
           ((peek(l, p) == '.' || peek(l, p) == '-') && is_word(peek(l, p + 1))))
        p++;
    t->kind = T_NAME;
    t->len = p - l->at;
    t->s = l->text + l->at;
    t->n = t->len;
    for (size_t i = 0; i < TW_COUNT(keywords); i++)
        if (strlen(keywords[i].word) == t->n && memcmp(keywords[i].word, t->s, t->n) == 0) {
            t->kind = T_KEYWORD;
            t->op = keywords[i].op;
        }
}

/** A string, raw string or `name`: from the quote at `open` to the next that is not escaped. */
static int lex_quoted(struct lexer *l, struct token *t, size_t open, trawl_error *err)
{
    char quote = l->text[open];
    bool escapes = quote != '`' && open == l->at;
    size_t p = open + 1;

    while (p < l->n && l->text[p] != quote)
        p += escapes && l->text[p] == '\\' ? 2 : 1;
    if (p >= l->n)
        return tw_expr_fail(err, l->at, l->n - l->at, NULL, "the quote is not closed");
    t->kind = quote == '`' ? T_NAME : T_STRING;
    t->quote = escapes || quote == '`' ? quote : 'r';
    t->s = l->text + open + 1;
    t->n = p - open - 1;
    t->len = p + 1 - l->at;
    return TRAWL_OK;
}

/* ---- punctuation ---- */

static const struct {
    const char *text;
    enum op op;
} marks[] = {
    /* longest first */
    {"===", OP_ALL_EQ},   {"!==", OP_ANY_NE},   {"==", OP_EQ},      {"!=", OP_NE},
    {"<=", OP_LE},        {">=", OP_GE},        {"&&", OP_AND},     {"||", OP_OR},
    {"^^", OP_XOR},       {"..", OP_RANGE},     {"~=", OP_ANY_NE},  {"<", OP_LT},
    {">", OP_GT},         {"=", OP_ASSIGN},     {"!", OP_NOT},      {"~", OP_MATCHES},
    {"(", OP_OPEN},       {")", OP_CLOSE},      {"{", OP_OPEN_SET}, {"}", OP_CLOSE_SET},
    {"[", OP_OPEN_SLICE}, {",", OP_COMMA},      {"+", OP_ADD},      {"-", OP_SUB},
    {"*", OP_MUL},        {"//", OP_WHOLE_DIV}, {"/", OP_DIV},      {"%", OP_MOD},
    {"&", OP_BIT_AND},
};

const char *tw_expr_op_text(enum op op)
{
    for (size_t i = 0; i < TW_COUNT(marks); i++)
        if (marks[i].op == op && op != OP_MATCHES)
            return marks[i].text;
    for (size_t i = 0; i < TW_COUNT(keywords); i++)
        if (keywords[i].op == op)
            return keywords[i].word;
    return "";
}

static int lex_mark(struct lexer *l, struct token *t, trawl_error *err)
{
    const char *hint = NULL;

    for (size_t i = 0; i < TW_COUNT(marks); i++) {
        size_t n = strlen(marks[i].text);

        if (l->n - l->at >= n && memcmp(l->text + l->at, marks[i].text, n) == 0) {
            t->kind = T_PUNCT;
            t->op = marks[i].op;
            t->len = n;
            return TRAWL_OK;
        }
    }
    switch (l->text[l->at]) {
    case '#':
        hint = "A field is that of the innermost header; outer.ip.src has the outermost.";
        break;
    case '@':
        hint = "The bytes of an address or a string are a slice: ip.src[0:].";
        break;
    case '$':
        hint = "Write the value itself.";
        break;
    default:
        break;
    }
    return tw_expr_fail(err, l->at, 1, hint, "an expression cannot have '%c' here",
                        l->text[l->at] > ' ' && l->text[l->at] < 127 ? l->text[l->at] : '?');
}

int tw_expr_lex(struct lexer *l, struct token *ret, trawl_error *err)
{
    struct token t = {0};
    size_t end;
    char c;
    int rc = TRAWL_OK;

    while (peek(l, l->at) == ' ' || peek(l, l->at) == '\t' || peek(l, l->at) == '\n' ||
           peek(l, l->at) == '\r')
        l->at++;
    t.start = l->at;
    if (l->at >= l->n) {
        *ret = t;
        return TRAWL_OK;
    }
    c = l->text[l->at];
    end = scan_address(l);
    if (end != l->at) {
        t.kind = T_ADDRESS;
        t.len = end - l->at;
    } else if (is_digit(c)) {
        lex_number(l, &t);
    } else if (c == '"' || c == '\'' || c == '`') {
        rc = lex_quoted(l, &t, l->at, err);
    } else if ((c == 'r' || c == 'R') && peek(l, l->at + 1) == '"') {
        rc = lex_quoted(l, &t, l->at + 1, err);
    } else if (is_letter(c)) {
        lex_name(l, &t);
    } else {
        rc = lex_mark(l, &t, err);
    }
    if (rc)
        return rc;
    if (t.kind != T_STRING && t.kind != T_NAME) {
        t.s = l->text + t.start;
        t.n = t.len;
    }
    l->at = t.start + t.len;
    *ret = t;
    return TRAWL_OK;
}

enum op tw_expr_function(const char *name, size_t n)
{
    static const struct {
        const char *name;
        enum op op;
    } functions[] = {{"len", OP_LEN}, {"lower", OP_LOWER},  {"upper", OP_UPPER},
                     {"abs", OP_ABS}, {"count", OP_COUNT},  {"min", OP_MIN},
                     {"max", OP_MAX}, {"string", OP_STRING}};

    for (size_t i = 0; i < TW_COUNT(functions); i++)
        if (strlen(functions[i].name) == n && memcmp(functions[i].name, name, n) == 0)
            return functions[i].op;
    return OP_NONE;
}

const char *tw_expr_function_hint(const char *name, size_t n)
{
    static const struct {
        const char *end, *hint;
    } methods[] = {{".startswith", "Python's s.startswith(\"x\") is s matches \"(?-i)^x\" here."},
                   {".endswith", "Python's s.endswith(\"x\") is s matches \"(?-i)x$\" here."},
                   {".lower", "Python's s.lower() is lower(s) here."},
                   {".upper", "Python's s.upper() is upper(s) here."}};

    for (size_t i = 0; i < TW_COUNT(methods); i++) {
        const size_t k = strlen(methods[i].end);

        if (n > k && memcmp(name + n - k, methods[i].end, k) == 0)
            return methods[i].hint;
    }
    return "The functions are len, lower, upper, string, abs, count, min and max.";
}

/* ---- what may come next ---- */

static const char *word_of(enum op op)
{
    for (size_t i = 0; i < TW_COUNT(keywords); i++)
        if (keywords[i].op == op)
            return keywords[i].word;
    return "";
}

size_t tw_expr_operators(const char *text, size_t n, const char *ret[TW_EXPR_OPERATORS])
{
    static const enum op compares[] = {OP_EQ, OP_NE, OP_LT, OP_LE, OP_GT, OP_GE};
    static const enum op words[] = {OP_IN, OP_CONTAINS, OP_MATCHES, OP_AND, OP_OR, OP_XOR};
    struct lexer lexer = {.text = text, .n = n};
    struct token token;
    bool is_operand = false, is_compared = false, in_set = false;
    size_t n_ret = 0, first = 0;

    for (;;) {
        if (tw_expr_lex(&lexer, &token, NULL) != TRAWL_OK)
            return 0;
        if (token.kind == T_END)
            break;
        is_operand = token.kind != T_PUNCT && token.kind != T_KEYWORD;
        if (is_operand)
            continue;
        in_set = token.op == OP_OPEN_SET || (in_set && token.op != OP_CLOSE_SET);
        is_operand = token.op == OP_CLOSE || token.op == OP_CLOSE_SET;
        if (token.op == OP_AND || token.op == OP_OR || token.op == OP_XOR || token.op == OP_NOT ||
            token.op == OP_OPEN)
            is_compared = false;
        else if (is_operand || (token.op >= OP_EQ && token.op <= OP_ANY_NE) ||
                 (token.op >= OP_IN && token.op <= OP_MATCHES))
            is_compared = true;
    }
    if (!is_operand || in_set)
        return 0;
    if (is_compared)
        first = 3; /* what joins tests */
    for (size_t i = 0; !is_compared && i < TW_COUNT(compares); i++)
        ret[n_ret++] = tw_expr_op_text(compares[i]);
    for (size_t i = first; i < TW_COUNT(words); i++)
        ret[n_ret++] = word_of(words[i]);
    return n_ret;
}
