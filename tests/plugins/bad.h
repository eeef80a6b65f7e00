/* What the bad plugins share: a command that is sound, so that each file shows its one fault.
 * Must not be included by anything but tests/plugins/bad_*.c. */
#ifndef BAD_H
#define BAD_H

#include "trawl/plugin.h"

static const trawl_host *host;
static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "n", .type = TRAWL_U64, .help = "a number"),
    TRAWL_COLUMN(.name = "word", .type = TRAWL_STRING, .help = "a word"),
};

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

/* A table of one row; with n_columns 1 it lacks the column 'word'. */
static inline int make_table(trawl_call *call, size_t n_columns, trawl_table **ret,
                             trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *builder = NULL;
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    (void)call;
    for (size_t i = 0; rc == TRAWL_OK && i < n_columns; i++)
        rc = host->schema_add(schema, &columns[i], err);
    if (rc == TRAWL_OK) {
        builder = host->builder_new(schema, err);
        rc = builder ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK) {
        host->put_u64(builder, 7);
        if (n_columns > 1)
            host->put_text(builder, "seven");
        host->end_row(builder);
        rc = host->finish(builder, ret, err);
    }
    host->schema_free(schema);
    return rc;
}

static inline int run_fine(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                           trawl_error *err)
{
    (void)opts;
    (void)in;
    return make_table(call, 2, ret, err);
}

#define BAD_COMMAND(name_, run_)                                                      \
    {                                                                                 \
        .size = sizeof(trawl_command), .flags = TRAWL_COMMAND_SOURCE,                 \
        .column_size = sizeof(trawl_column), .name = name_, .group = "tests",         \
        .summary = "a command of a test", .gives = columns, .n_gives = 2, .run = run_ \
    }

#endif
