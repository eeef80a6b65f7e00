/* The small table that the tests of expressions ask. */
#ifndef TRAWL_TESTS_EXPR_TABLE_H
#define TRAWL_TESTS_EXPR_TABLE_H

#include "core/expr/expr.h"

/*
 * row  len   sport dport src          dst          name         mac               at     wait ratio
 * flag bytes  opt     big 0   60    443   50000 10.0.0.1     192.0.2.7    "www.A.org"
 * 00:11:22:33:44:55 1.5 s  1 ms  0.5   1    16 03  1,2     2^63 1   1500  50000
 * 443   10.9.8.7     10.0.0.1     "mail.b.org" 00:11:22:00:00:01 2 s    5 ms  1.5   0    47 45  2,9
 * 7 2   1514  53    53    2001:db8::1  2001:db8::2  –            –                 3 s    –     –
 * –    –      –       – 3   0     –     –     –            –            "" aa:bb:cc:dd:ee:ff 4 s 2
 * s   nan   1    ff     5       0
 */
static inline tw_table *expr_table(void)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.name = "len", .type = TRAWL_U32),
        TRAWL_COLUMN(.name = "x.sport", .type = TRAWL_U16),
        TRAWL_COLUMN(.name = "x.dport", .type = TRAWL_U16),
        TRAWL_COLUMN(.name = "src", .type = TRAWL_IP),
        TRAWL_COLUMN(.name = "dst", .type = TRAWL_IP),
        TRAWL_COLUMN(.name = "name", .type = TRAWL_STRING),
        TRAWL_COLUMN(.name = "mac", .type = TRAWL_MAC),
        TRAWL_COLUMN(.name = "at", .type = TRAWL_TIME),
        TRAWL_COLUMN(.name = "wait", .type = TRAWL_SPAN),
        TRAWL_COLUMN(.name = "ratio", .type = TRAWL_F64),
        TRAWL_COLUMN(.name = "flag", .type = TRAWL_BOOL),
        TRAWL_COLUMN(.name = "data", .type = TRAWL_BYTES),
        TRAWL_COLUMN(.name = "opt", .type = TRAWL_U8, .flags = TRAWL_COLUMN_LIST),
        TRAWL_COLUMN(.name = "big", .type = TRAWL_U64),
        TRAWL_COLUMN(.name = "delta", .type = TRAWL_I64),
        TRAWL_COLUMN(.name = "tags", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST),
        TRAWL_COLUMN(.name = "tcp.flags.syn", .type = TRAWL_BOOL), /* 0, 1, none, none */
    };
    static const uint8_t a1[] = {10, 0, 0, 1}, a2[] = {10, 9, 8, 7}, a3[] = {192, 0, 2, 7};
    static const uint8_t b1[16] = {0x20, 1, 0xd, 0xb8, [15] = 1},
                         b2[16] = {0x20, 1, 0xd, 0xb8, [15] = 2};
    const int64_t ms = 1000000, s = 1000 * ms;
    tw_schema *schema = tw_schema_new();
    tw_builder *b;
    tw_table *table = NULL;

    for (size_t i = 0; i < TW_COUNT(columns); i++)
        (void)tw_schema_add(schema, &columns[i], NULL);
    b = tw_builder_new(schema, NULL, NULL);
    tw_schema_free(schema);
    if (!b)
        return NULL;

    tw_builder_u64(b, 60);
    tw_builder_u64(b, 443);
    tw_builder_u64(b, 50000);
    tw_builder_value(b, a1, 4);
    tw_builder_value(b, a3, 4);
    tw_builder_value(b, "www.A.org", 9);
    tw_builder_u64(b, UINT64_C(0x001122334455));
    tw_builder_i64(b, 1500 * ms);
    tw_builder_i64(b, ms);
    tw_builder_f64(b, 0.5);
    tw_builder_u64(b, 1);
    tw_builder_value(b, "\x16\x03", 2);
    tw_builder_u64(b, 1);
    tw_builder_u64(b, 2);
    tw_builder_end_list(b);
    tw_builder_u64(b, UINT64_C(1) << 63);
    tw_builder_i64(b, -5);
    tw_builder_value(b, "red", 3);
    tw_builder_value(b, "blue", 4);
    tw_builder_end_list(b);
    tw_builder_u64(b, 0);
    tw_builder_end_row(b);

    tw_builder_u64(b, 1500);
    tw_builder_u64(b, 50000);
    tw_builder_u64(b, 443);
    tw_builder_value(b, a2, 4);
    tw_builder_value(b, a1, 4);
    tw_builder_value(b, "mail.b.org", 10);
    tw_builder_u64(b, UINT64_C(0x001122000001));
    tw_builder_i64(b, 2 * s);
    tw_builder_i64(b, 5 * ms);
    tw_builder_f64(b, 1.5);
    tw_builder_u64(b, 0);
    tw_builder_value(b, "GE", 2);
    tw_builder_u64(b, 2);
    tw_builder_u64(b, 9);
    tw_builder_end_list(b);
    tw_builder_u64(b, 7);
    tw_builder_i64(b, 5);
    tw_builder_value(b, "red", 3);
    tw_builder_end_list(b);
    tw_builder_u64(b, 1);
    tw_builder_end_row(b);

    tw_builder_u64(b, 1514);
    tw_builder_u64(b, 53);
    tw_builder_u64(b, 53);
    tw_builder_value(b, b1, 16);
    tw_builder_value(b, b2, 16);
    tw_builder_null(b);
    tw_builder_null(b);
    tw_builder_i64(b, 3 * s);
    for (int i = 0; i < 4; i++)
        tw_builder_null(b);
    tw_builder_end_list(b);
    tw_builder_null(b);
    tw_builder_null(b);
    tw_builder_end_list(b);
    tw_builder_null(b);
    tw_builder_end_row(b);

    tw_builder_u64(b, 0);
    for (int i = 0; i < 4; i++)
        tw_builder_null(b);
    tw_builder_value(b, "", 0);
    tw_builder_u64(b, UINT64_C(0xaabbccddeeff));
    tw_builder_i64(b, 4 * s);
    tw_builder_i64(b, 2 * s);
    tw_builder_f64(b, __builtin_nan(""));
    tw_builder_u64(b, 1);
    tw_builder_value(b, "\xff", 1);
    tw_builder_u64(b, 5);
    tw_builder_end_list(b);
    tw_builder_u64(b, 0);
    tw_builder_i64(b, INT64_MIN);
    tw_builder_end_list(b);
    tw_builder_null(b);
    tw_builder_end_row(b);

    (void)tw_builder_finish(b, &table, NULL);
    return table;
}

/** x.port is any of two; the protocol "web" is on rows 0 and 1. */
static inline const char *const *expr_any_of(const char *name, size_t n)
{
    static const char *const ports[] = {"x.sport", "x.dport", NULL};
    static const char *const addresses[] = {"src", "dst", NULL};

    if (n == 6 && memcmp(name, "x.port", 6) == 0)
        return ports;
    return n == 4 && memcmp(name, "addr", 4) == 0 ? addresses : NULL;
}

static inline int expr_presence(void *context, tw_table *table, const char *name, size_t n,
                                struct tw_bits **ret, trawl_error *err)
{
    (void)context;
    if (n != 3 || memcmp(name, "web", 3) != 0)
        return TRAWL_E_NOT_FOUND;
    if (!table)
        return TRAWL_OK;
    *ret = tw_bits_new(table->n_rows, err);
    if (!*ret)
        return TRAWL_E_NOMEM;
    (*ret)->words[0] = 3;
    return TRAWL_OK;
}

static const struct tw_expr_names expr_names = {expr_any_of, expr_presence, NULL};

#endif
