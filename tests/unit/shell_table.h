/* A small table with a column of each kind, and what a file descriptor received, for the shell's
 * tests. Must not know formats. */
#ifndef TRAWL_TESTS_SHELL_TABLE_H
#define TRAWL_TESTS_SHELL_TABLE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/table/table.h"
#include "shell/output.h"

/** Three rows: usual values, nulls, hostile text and extreme numbers. */
static inline tw_table *small_table(void)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_U32, .flags = TRAWL_COLUMN_ID, .name = "id", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "name", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_U64, .name = "bytes", .unit = "B", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_F64, .name = "ratio", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_TIME, .name = "start", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_SPAN, .name = "rtt", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_IP, .name = "client", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_MAC, .name = "mac", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_BOOL, .name = "up", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_U16, .flags = TRAWL_COLUMN_HEX, .name = "flags", .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST, .name = "names",
                     .help = "x"),
        TRAWL_COLUMN(.type = TRAWL_U8, .flags = TRAWL_COLUMN_HIDDEN, .name = "secret", .help = "x"),
    };
    static const uint8_t v4[4] = {10, 0, 0, 1};
    static const uint8_t v6[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 7};
    tw_error err = TW_ERROR_INIT;
    tw_schema *schema = tw_schema_new();
    tw_table *table = NULL;
    tw_builder *b;

    for (size_t i = 0; i < TW_COUNT(columns); i++)
        tw_schema_add(schema, &columns[i], &err);
    b = tw_builder_new(schema, NULL, &err);
    tw_schema_free(schema);

    tw_builder_u64(b, 0);
    tw_builder_value(b, "a,\"b\"", 5);
    tw_builder_u64(b, 1204);
    tw_builder_f64(b, 0.5);
    tw_builder_i64(b, INT64_C(1705312800123956000)); /* 2024-01-15T10:00:00.123956Z */
    tw_builder_i64(b, 1500000);                      /* 1.5 ms */
    tw_builder_value(b, v4, 4);
    tw_builder_u64(b, UINT64_C(0x0000aabbccddeeff));
    tw_builder_u64(b, 1);
    tw_builder_u64(b, 0x18);
    tw_builder_value(b, "x", 1);
    tw_builder_value(b, "y", 1);
    tw_builder_end_list(b);
    tw_builder_u64(b, 1);
    tw_builder_end_row(b);

    tw_builder_u64(b, 1);
    for (int i = 0; i < 9; i++)
        tw_builder_null(b);
    tw_builder_end_list(b);
    tw_builder_null(b);
    tw_builder_end_row(b);

    tw_builder_u64(b, 2);
    tw_builder_value(b, "=\x1b[31m\t\\\xff|", 10);
    tw_builder_u64(b, UINT64_MAX);
    tw_builder_f64(b, -1.25);
    tw_builder_i64(b, 0);
    tw_builder_i64(b, -1);
    tw_builder_value(b, v6, 16);
    tw_builder_u64(b, 0);
    tw_builder_u64(b, 0);
    tw_builder_u64(b, 0xffff);
    tw_builder_value(b, "\"", 1);
    tw_builder_end_list(b);
    tw_builder_null(b);
    tw_builder_end_row(b);
    if (tw_builder_finish(b, &table, &err) != TRAWL_OK)
        return NULL;
    return table;
}

/** A descriptor whose bytes can be taken back. */
static inline int catcher(void)
{
    return memfd_create("caught", MFD_CLOEXEC);
}

/** What it received, as a string (tw_free it); closes it. */
static inline char *caught(int fd)
{
    const off_t n = lseek(fd, 0, SEEK_END);
    char *text = tw_alloc((size_t)n + 1);

    if (text && pread(fd, text, (size_t)n, 0) != (ssize_t)n)
        text[0] = 0;
    close(fd);
    return text;
}

#endif
