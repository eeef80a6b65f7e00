/* Literals get their type from what they are compared with, as in Wireshark: here they do.
 * Must not know columns. */
#include "core/expr/node.h"

#include <math.h>

#include "core/base/text.h"

trawl_type tw_expr_class(trawl_type type)
{
    switch (type) {
    case TRAWL_BOOL:
    case TRAWL_U8:
    case TRAWL_U16:
    case TRAWL_U32:
    case TRAWL_U64:
        return TRAWL_U64;
    case TRAWL_I64:
    case TRAWL_F64:
    case TRAWL_TIME:
    case TRAWL_SPAN:
    case TRAWL_MAC:
    case TRAWL_IP:
    case TRAWL_STRING:
    case TRAWL_BYTES:
        return type;
    }
    return type;
}

static int wrong(const struct node *n, const char *what, const char *hint, trawl_error *err)
{
    return tw_expr_fail(err, n->start, n->len, hint, "'%.*s' is no %s",
                        (int)TW_MIN(n->token.n, (size_t)80), n->token.s, what);
}

/* ---- numbers ---- */

static bool parse_integer(const struct token *t, uint64_t *ret)
{
    uint64_t v = 0;

    if (t->n < 2 || t->s[0] != '0' || (t->s[1] != 'b' && t->s[1] != 'B'))
        return tw_parse_u64(t->s, t->n, ret) == TRAWL_OK;
    for (size_t i = 2; i < t->n; i++) {
        if ((t->s[i] != '0' && t->s[i] != '1') || v >> 63)
            return false;
        v = v << 1 | (uint64_t)(t->s[i] - '0');
    }
    *ret = v;
    return true;
}

/** Integers of either sign; *ret_type TRAWL_I64 below zero, else TRAWL_U64. */
static int coerce_integer(struct node *n, struct value *ret, trawl_type *ret_type, trawl_error *err)
{
    uint64_t v = 0;
    bool ok = n->token.kind == T_INTEGER ? parse_integer(&n->token, &v)
                                         : tw_parse_size(n->token.s, n->token.n, &v) == TRAWL_OK;

    if (!ok)
        return wrong(n, n->token.kind == T_INTEGER ? "number of 64 bits" : "number",
                     n->token.kind == T_UNIT
                         ? "Units are kB MB GB KiB MiB and, for times, ns us ms s m h d."
                         : NULL,
                     err);
    if (n->minus && v > UINT64_C(1) << 63)
        return wrong(n, "number of 64 bits", NULL, err);
    *ret_type = n->minus && v ? TRAWL_I64 : TRAWL_U64;
    ret->u = v;
    if (n->minus)
        ret->i = (int64_t)(0 - v);
    return TRAWL_OK;
}

static int coerce_number(struct node *n, trawl_type want, struct value *ret, trawl_type *ret_type,
                         trawl_error *err)
{
    double f;
    int rc;

    if (n->token.kind == T_STRING)
        return wrong(n, "number", "Write the number without quotes.", err);
    if (n->token.kind == T_FLOAT) {
        if (tw_parse_f64(n->token.s, n->token.n, &f))
            return wrong(n, "number", NULL, err);
        ret->f = n->minus ? -f : f;
        *ret_type = TRAWL_F64;
        return TRAWL_OK;
    }
    if (n->token.kind != T_INTEGER && n->token.kind != T_UNIT)
        return wrong(n, "number", NULL, err);
    rc = coerce_integer(n, ret, ret_type, err);
    if (!rc && want == TRAWL_F64) {
        ret->f = *ret_type == TRAWL_I64 ? (double)ret->i : (double)ret->u;
        *ret_type = TRAWL_F64;
    }
    return rc;
}

static int coerce_bool(struct node *n, struct value *ret, trawl_type *ret_type, trawl_error *err)
{
    static const char *const words[] = {"false", "true", "False", "True", "FALSE", "TRUE"};
    uint64_t v;

    for (size_t i = 0; i < TW_COUNT(words); i++)
        if (n->token.n == strlen(words[i]) && memcmp(n->token.s, words[i], n->token.n) == 0) {
            ret->u = i % 2;
            *ret_type = TRAWL_U64;
            return TRAWL_OK;
        }
    if (n->token.kind == T_INTEGER && !n->minus && parse_integer(&n->token, &v) && v <= 1) {
        ret->u = v;
        *ret_type = TRAWL_U64;
        return TRAWL_OK;
    }
    return wrong(n, "truth value", "Write true, false, 1 or 0.", err);
}

/* ---- strings ---- */

static size_t put_utf8(uint8_t *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (uint8_t)(0xc0 | c >> 6);
        out[1] = (uint8_t)(0x80 | (c & 0x3f));
        return 2;
    }
    out[0] = (uint8_t)(0xe0 | c >> 12);
    out[1] = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    out[2] = (uint8_t)(0x80 | (c & 0x3f));
    return 3;
}

/** Escapes of a quoted string: \\ \" \' \n \t \r \a \b \f \v \xHH \uHHHH, octal \0 to \377. */
static int unescape(tw_expr *expr, const struct node *n, struct text *ret, trawl_error *err)
{
    static const char from[] = "\\\"'ntrabfv", to[] = "\\\"'\n\t\r\a\b\f\v";
    const struct token *t = &n->token;
    uint8_t *out = tw_arena_alloc(&expr->arena, t->n + 1);
    size_t len = 0;

    if (!out)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < t->n; i++) {
        const char *known;

        if (t->s[i] != '\\' || t->quote == 'r' || i + 1 == t->n) {
            out[len++] = (uint8_t)t->s[i];
            continue;
        }
        i++;
        if (t->s[i] >= '0' && t->s[i] <= '7') {
            unsigned v = 0;

            for (size_t k = 0; k < 3 && i < t->n && t->s[i] >= '0' && t->s[i] <= '7'; k++)
                v = v << 3 | (unsigned)(t->s[i++] - '0');
            if (v > 255)
                return tw_expr_fail(err, n->start, n->len, NULL, "an octal escape ends at '\\377'");
            out[len++] = (uint8_t)v;
            i--;
            continue;
        }
        known = t->s[i] ? memchr(from, t->s[i], sizeof(from) - 1) : NULL;
        if (known) {
            out[len++] = (uint8_t)to[known - from];
        } else if (t->s[i] == 'x' || t->s[i] == 'u') {
            size_t digits = t->s[i] == 'x' ? 2 : 4;
            uint32_t v = 0;

            for (size_t k = 1; k <= digits; k++) {
                int d = i + k < t->n ? tw_hex_digit(t->s[i + k]) : -1;

                if (d < 0)
                    return tw_expr_fail(err, n->start, n->len, NULL, "'\\%c' needs %zu hex digits",
                                        t->s[i], digits);
                v = v << 4 | (uint32_t)d;
            }
            if (digits == 2)
                out[len++] = (uint8_t)v;
            else
                len += put_utf8(out + len, v);
            i += digits;
        } else {
            return tw_expr_fail(
                err, n->start, n->len, "Double the backslash, or write a raw string: r\"…\".",
                "'\\%c' is no escape of a string", t->s[i] > ' ' && t->s[i] < 127 ? t->s[i] : '?');
        }
    }
    ret->p = out;
    ret->n = len;
    return TRAWL_OK;
}

static int coerce_string(tw_expr *expr, struct node *n, struct value *ret, trawl_error *err)
{
    if (n->token.kind == T_STRING)
        return unescape(expr, n, &ret->s, err);
    (void)wrong(n, "string", NULL, err);
    tw_error_hint(err, "Quote it: \"%.*s\".", (int)TW_MIN(n->token.n, (size_t)80), n->token.s);
    return TRAWL_E_USAGE;
}

/** Hex pairs, with or without ':', '-' or '.' between them. */
static int parse_hex_pairs(tw_expr *expr, const struct token *t, struct text *ret)
{
    uint8_t *out = tw_arena_alloc(&expr->arena, t->n / 2 + 1);
    size_t len = 0;

    if (!out)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < t->n; i += 2) {
        if (i && strchr(":-.", t->s[i]) && t->s[i])
            i++;
        if (i + 1 >= t->n || tw_hex_digit(t->s[i]) < 0 || tw_hex_digit(t->s[i + 1]) < 0)
            return TRAWL_E_USAGE;
        out[len++] = (uint8_t)(tw_hex_digit(t->s[i]) << 4 | tw_hex_digit(t->s[i + 1]));
    }
    ret->p = out;
    ret->n = len;
    return len ? TRAWL_OK : TRAWL_E_USAGE;
}

static int set_ip(tw_expr *expr, const struct tw_ip *ip, struct value *ret)
{
    size_t n = ip->is_v6 ? 16 : 4;
    char *copy = tw_arena_strndup(&expr->arena, (const char *)ip->bytes + 16 - n, n);

    if (!copy)
        return TRAWL_E_NOMEM;
    ret->s.p = (const uint8_t *)copy;
    ret->s.n = n;
    return TRAWL_OK;
}

static int coerce_bytes(tw_expr *expr, struct node *n, struct value *ret, trawl_error *err)
{
    const struct token *t = &n->token;
    struct tw_ip ip;
    uint64_t v;
    int rc;

    if (t->kind == T_STRING)
        return unescape(expr, n, &ret->s, err);
    if (t->kind == T_INTEGER && !n->minus) {
        char byte;

        /* as in Wireshark two digits are hex; 0x may be left out or not */
        if (t->n % 2 == 0 && (t->n < 2 || (t->s[1] != 'x' && t->s[1] != 'X')) &&
            parse_hex_pairs(expr, t, &ret->s) == TRAWL_OK)
            return TRAWL_OK;
        if (!parse_integer(t, &v) || v > 255 || t->n < 3 || t->s[0] != '0')
            return wrong(n, "byte", "Write a byte as two hex digits, 1f, and several as 00:1f:a0.",
                         err);
        byte = (char)v;
        ret->s.p = (const uint8_t *)tw_arena_strndup(&expr->arena, &byte, 1);
        ret->s.n = 1;
        return ret->s.p ? TRAWL_OK : tw_fail_nomem(err);
    }
    /* 0a lexes as a unit; 10.20.30.40 is no address here, as in Wireshark */
    rc = n->minus ? TRAWL_E_USAGE : parse_hex_pairs(expr, t, &ret->s);
    if (rc == TRAWL_E_USAGE && t->kind == T_ADDRESS && tw_parse_ip(t->s, t->n, &ip) == TRAWL_OK &&
        !ip.is_v6)
        rc = set_ip(expr, &ip, ret);
    if (rc == TRAWL_E_NOMEM)
        return tw_fail_nomem(err);
    return rc ? wrong(n, "byte string", "Write bytes as hex pairs, 00:1f:a0, or as a string.", err)
              : TRAWL_OK;
}

/* ---- addresses ---- */

static int coerce_ip(tw_expr *expr, struct node *n, bool cidr, struct value *ret, trawl_error *err)
{
    const struct token *t = &n->token;
    struct tw_ip ip;
    unsigned prefix;

    if (t->kind == T_ADDRESS || t->kind == T_STRING) {
        if (tw_parse_ip(t->s, t->n, &ip) == TRAWL_OK) {
            prefix = ip.is_v6 ? 128 : 32;
        } else if (tw_parse_cidr(t->s, t->n, &ip, &prefix) == TRAWL_OK) {
            if (!cidr)
                return tw_expr_fail(err, n->start, n->len, "Use ==, != or in with a network.",
                                    "a network cannot stand here");
        } else {
            return wrong(n, "IP address", NULL, err);
        }
        ret->prefix = prefix;
        return set_ip(expr, &ip, ret) ? tw_fail_nomem(err) : TRAWL_OK;
    }
    return wrong(n, "IP address",
                 t->kind == T_NAME ? "Names are never resolved: write the address." : NULL, err);
}

static int coerce_mac(struct node *n, struct value *ret, trawl_error *err)
{
    const struct token *t = &n->token;

    if ((t->kind == T_ADDRESS || t->kind == T_STRING) && !tw_parse_mac(t->s, t->n, &ret->u))
        return TRAWL_OK;
    return wrong(n, "MAC address", "Write six hex pairs: 00:1f:a0:01:02:03.", err);
}

/* ---- times ---- */

static int coerce_span(struct node *n, struct value *ret, trawl_error *err)
{
    const struct token *t = &n->token;
    int64_t ns;

    if (t->kind != T_ADDRESS && t->kind != T_NAME && !tw_parse_span(t->s, t->n, &ns)) {
        ret->i = n->minus && ns != INT64_MIN ? -ns : ns;
        return TRAWL_OK;
    }
    return wrong(n, "time span", "Write 5ms, 1.5s or 2h; a bare number is seconds.", err);
}

static int coerce_time(struct node *n, struct value *ret, trawl_error *err)
{
    const struct token *t = &n->token;

    if (!n->minus && (t->kind == T_STRING || t->kind == T_INTEGER || t->kind == T_FLOAT) &&
        !tw_parse_time(t->s, t->n, &ret->i))
        return TRAWL_OK;
    return wrong(n, "time", "Write \"2024-05-01 12:00:00\" (UTC) or seconds since 1970.", err);
}

/* ---- all ---- */

int tw_expr_default_type(tw_expr *expr, struct node *n, trawl_error *err)
{
    int64_t ns;
    struct tw_ip ip;
    uint64_t mac;
    trawl_type type = TRAWL_U64;

    switch (n->token.kind) {
    case T_STRING:
        type = TRAWL_STRING;
        break;
    case T_UNIT:
        if (!tw_parse_span(n->token.s, n->token.n, &ns))
            type = TRAWL_SPAN;
        break;
    case T_FLOAT:
        type = TRAWL_F64;
        break;
    case T_ADDRESS:
        type = !tw_parse_mac(n->token.s, n->token.n, &mac) ? TRAWL_MAC
               : !tw_parse_ip(n->token.s, n->token.n, &ip) ? TRAWL_IP
                                                           : TRAWL_BYTES;
        break;
    default:
        break;
    }
    return tw_expr_coerce(expr, n, type, false, err);
}

int tw_expr_coerce(tw_expr *expr, struct node *n, trawl_type type, bool cidr, trawl_error *err)
{
    struct value v = {0};
    trawl_type got = type;
    int rc;

    switch (type) {
    case TRAWL_BOOL:
        rc = coerce_bool(n, &v, &got, err);
        break;
    case TRAWL_TIME:
        rc = coerce_time(n, &v, err);
        break;
    case TRAWL_SPAN:
        rc = coerce_span(n, &v, err);
        break;
    case TRAWL_MAC:
        rc = coerce_mac(n, &v, err);
        break;
    case TRAWL_IP:
        rc = coerce_ip(expr, n, cidr, &v, err);
        break;
    case TRAWL_STRING:
        rc = coerce_string(expr, n, &v, err);
        break;
    case TRAWL_BYTES:
        rc = coerce_bytes(expr, n, &v, err);
        break;
    default:
        rc = coerce_number(n, type, &v, &got, err);
        break;
    }
    if (rc)
        return rc;
    n->kind = N_CONST;
    n->type = got;
    n->value = v;
    return TRAWL_OK;
}
