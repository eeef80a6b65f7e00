/* Columns and tables for the kernel tests.
 * Must not know the kernels. */
#ifndef TEST_KERNEL_H
#define TEST_KERNEL_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "core/table/kernel.h"

/* A cell of an integer column that is null. */
#define NONE INT64_MIN

/* Deterministic numbers for big inputs. */
static inline uint64_t next_number(uint64_t *state)
{
    *state += UINT64_C(0x9e3779b97f4a7c15);
    return tw_mix64(*state);
}

static inline struct tw_column *integers(trawl_type type, const int64_t *cells, size_t n)
{
    struct tw_column *column = tw_column_new(type, false, 0, NULL, NULL);

    for (size_t i = 0; i < n; i++) {
        if (cells[i] == NONE)
            assert_int_equal(tw_append_null(column, NULL), TRAWL_OK);
        else
            assert_int_equal(tw_append_u64(column, (uint64_t)cells[i], NULL), TRAWL_OK);
    }
    return column;
}

static inline struct tw_column *reals(const double *cells, size_t n)
{
    struct tw_column *column = tw_column_new(TRAWL_F64, false, 0, NULL, NULL);

    for (size_t i = 0; i < n; i++)
        assert_int_equal(tw_append_f64(column, cells[i], NULL), TRAWL_OK);
    return column;
}

/* NULL: a null cell. dict NULL: a new one. */
static inline struct tw_column *strings(const char *const *cells, size_t n, struct tw_dict *dict)
{
    struct tw_dict *own = dict ? tw_dict_retain(dict) : tw_dict_new(TRAWL_STRING);
    struct tw_column *column = tw_column_new(TRAWL_STRING, false, 0, own, NULL);

    tw_dict_release(own);
    for (size_t i = 0; i < n; i++) {
        if (!cells[i])
            assert_int_equal(tw_append_null(column, NULL), TRAWL_OK);
        else
            assert_int_equal(tw_append_value(column, cells[i], strlen(cells[i]), NULL), TRAWL_OK);
    }
    return column;
}

static inline struct tw_column *addresses(const char *const *cells, size_t n)
{
    struct tw_dict *dict = tw_dict_new(TRAWL_IP);
    struct tw_column *column = tw_column_new(TRAWL_IP, false, 0, dict, NULL);
    struct tw_ip ip;

    tw_dict_release(dict);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(tw_parse_ip(cells[i], strlen(cells[i]), &ip), TRAWL_OK);
        assert_int_equal(ip.is_v6 ? tw_append_value(column, ip.bytes, 16, NULL)
                                  : tw_append_value(column, ip.bytes + 12, 4, NULL),
                         TRAWL_OK);
    }
    return column;
}

/* Lists of small numbers: "12" is the row [1, 2], "" the empty row. */
static inline struct tw_column *digit_lists(const char *const *rows, size_t n)
{
    struct tw_column *column = tw_column_new(TRAWL_U16, true, 0, NULL, NULL);

    for (size_t i = 0; i < n; i++) {
        for (const char *p = rows[i]; *p; p++)
            assert_int_equal(tw_append_u64(column, (uint64_t)(*p - '0'), NULL), TRAWL_OK);
        assert_int_equal(tw_list_end_row(column, NULL), TRAWL_OK);
    }
    return column;
}

/* A table over columns a, b, c … that takes them. */
static inline tw_table *table_of(struct tw_column **columns, size_t n)
{
    tw_schema *schema = tw_schema_new();
    tw_table *table;

    for (size_t i = 0; i < n; i++) {
        char name[2] = {(char)('a' + i), '\0'};
        const trawl_column declared = TRAWL_COLUMN(.type = columns[i]->type, .name = name,
                                                   .flags = columns[i]->is_list ? TRAWL_COLUMN_LIST
                                                                                : 0);

        assert_int_equal(tw_schema_add(schema, &declared, NULL), TRAWL_OK);
    }
    table = tw_table_new(schema, columns, NULL);
    assert_non_null(table);
    for (size_t i = 0; i < n; i++)
        tw_column_release(columns[i]);
    return table;
}

#endif
