/* Verbs that keep some of the rows, or put them in order. Must not know the other verbs. */
#include <stdio.h>
#include <string.h>

#include "verbs.h"

static int copy_schema(const trawl_schema *schema, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *copy = host->schema_new(err);
    int rc = copy ? host->schema_add_all(copy, schema, err) : TRAWL_E_NOMEM;

    if (rc)
        host->schema_free(copy);
    else
        *ret = copy;
    return rc;
}

/* ---- where ---- */

struct where_opts {
    const char *expr;
};
static const trawl_arg where_args[] = {
    TRAWL_OPT(TRAWL_ARG_EXPR, struct where_opts, expr, .name = "expr",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "condition in the display-filter language"),
};
static const trawl_example where_examples[] = {
    {"packets | where tcp.port == 443 and ip.src == 10.0.0.0/8", "packets of two conditions"},
    {"packets | where 'tcp.flags.reset == 1'", "segments that reset a connection"},
    {"tcp | where bytes > 1MB || duration >= 10s", "the heavy and the long connections"},
};

static int where_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    const struct where_opts *o = opts;
    const trawl_schema *schema;
    trawl_schema *owned;
    trawl_expr *expr;
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    if (!rc)
        rc = host->expr_compile(call, o->expr, schema, &expr, err);
    if (!rc && host->expr_type(expr) != TRAWL_BOOL) {
        /* a value stands for a test where it can: "not" finds out whether it can */
        size_t n = strlen(o->expr) + 8;
        char *test = verbs_array(call, n, 1, err);

        if (test) {
            (void)snprintf(test, n, "not (%s)", o->expr);
            rc = host->expr_compile(call, test, schema, &expr, err);
            if (rc)
                host->place(call, o->expr, strlen(o->expr), err);
        } else {
            rc = TRAWL_E_NOMEM;
        }
    }
    if (!rc)
        rc = copy_schema(schema, ret, err);
    host->schema_free(owned);
    return rc;
}

static int where_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct where_opts *o = opts;
    trawl_table *table = NULL;
    trawl_expr *expr;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = host->expr_compile(call, o->expr, host->schema_of(table), &expr, err);
    if (!rc)
        rc = host->expr_select(call, expr, table, ret, err);
    host->release(table);
    return rc;
}

const trawl_command verb_where = {
    VERB("where", TRAWL_COMMAND_SAME_COLUMNS, struct where_opts, where_args, where_examples),
    .summary = "keep the rows for which a condition holds",
    .text =
        "The condition is Wireshark's display-filter language over the columns of the table: "
        "comparisons (== != < <= > >=), and or not xor, in {1, 5..9}, contains, matches, "
        "slices, arithmetic, any and all. A name alone holds where it is there: of a column, of a "
        "protocol (tls), of a group of fields (tls.handshake). A row without a value never matches "
        "a comparison. "
        "Times take \"2024-05-01 12:00:00\", time spans 5ms or 2h, sizes 10kB or 4KiB.",
    .schema = where_schema,
    .run = where_run,
};

/** The columns of the input, for verbs that give them unchanged. */
static int same_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    const trawl_schema *schema;
    trawl_schema *owned;
    int rc = verbs_input_schema(call, in, &schema, &owned, err);

    (void)opts;
    if (!rc)
        rc = copy_schema(schema, ret, err);
    host->schema_free(owned);
    return rc;
}

/* ---- sort ---- */

struct sort_opts {
    trawl_words columns;
};
static const trawl_arg sort_args[] = {
    TRAWL_OPT(TRAWL_ARG_SORT, struct sort_opts, columns, .name = "columns",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED | TRAWL_ARG_REQUIRED,
              .help = "columns to sort by, the first one first; -COL for the largest first"),
};
static const trawl_example sort_examples[] = {
    {"tcp | sort -bytes", "connections, the largest first"},
    {"packets | sort ip.src -frame.len", "packets by source, then by length downwards"},
};

static int sort_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct sort_opts *o = opts;
    trawl_sort_key *keys = verbs_array(call, o->columns.n, sizeof(*keys), err);
    trawl_table *table = NULL;
    int rc = keys ? verbs_input(call, in, &table, err) : TRAWL_E_NOMEM;

    for (size_t i = 0; !rc && i < o->columns.n; i++) {
        const char *name = o->columns.items[i];

        keys[i].descending = name[0] == '-' && host->schema_find(host->schema_of(table), name) < 0;
        name += keys[i].descending;
        rc = verbs_column(call, host->schema_of(table), name, strlen(name), &keys[i].i_column, err);
    }
    if (!rc)
        rc = host->sort(call, table, keys, o->columns.n, 0, ret, err);
    host->release(table);
    return rc;
}

const trawl_command verb_sort = {
    VERB("sort", TRAWL_COMMAND_SAME_COLUMNS, struct sort_opts, sort_args, sort_examples),
    .summary = "put the rows in order",
    .text = "Rows without a value come last whichever the direction; equal rows keep their order.",
    .schema = same_schema,
    .run = sort_run,
};

/* ---- head, tail ---- */

struct ends_opts {
    int64_t rows;
    uint64_t count;
};
static const trawl_arg ends_args[] = {
    TRAWL_OPT(TRAWL_ARG_I64, struct ends_opts, rows, .name = "rows", .meta = "N",
              .flags = TRAWL_ARG_POSITIONAL, .def = "10", .help = "how many rows to keep"),
    TRAWL_OPT(TRAWL_ARG_U64, struct ends_opts, count, .name = "lines", .short_name = 'n',
              .meta = "N", .help = "the same"),
};
static const trawl_example head_examples[] = {
    {"packets | head 5", "the first five packets"},
    {"tcp | sort -bytes | head -n 3", "the three largest connections"},
};
static const trawl_example tail_examples[] = {{"packets | tail 5", "the last five packets"}};

/** `head 5`, `head -5` and `head -n 5` are all five rows. */
static uint64_t rows_wanted(trawl_call *call, const struct ends_opts *o)
{
    if (host->given(call, "lines"))
        return o->count;
    return o->rows < 0 ? 0 - (uint64_t)o->rows : (uint64_t)o->rows;
}

static int head_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    trawl_table *table = NULL;
    int rc = verbs_input(call, in, &table, err);

    if (!rc)
        rc = host->slice(call, table, 0, rows_wanted(call, opts), ret, err);
    host->release(table);
    return rc;
}

static int tail_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    trawl_table *table = NULL;
    int rc = verbs_input(call, in, &table, err);

    if (!rc) {
        uint64_t n = host->n_rows(table), wanted = rows_wanted(call, opts);

        rc = host->slice(call, table, wanted < n ? n - wanted : 0, wanted, ret, err);
    }
    host->release(table);
    return rc;
}

const trawl_command verb_head = {
    VERB("head", TRAWL_COMMAND_SAME_COLUMNS, struct ends_opts, ends_args, head_examples),
    .summary = "keep the first rows",
    .schema = same_schema,
    .run = head_run,
};
const trawl_command verb_tail = {
    VERB("tail", TRAWL_COMMAND_SAME_COLUMNS, struct ends_opts, ends_args, tail_examples),
    .summary = "keep the last rows",
    .schema = same_schema,
    .run = tail_run,
};

/* ---- sample ---- */

struct sample_opts {
    uint64_t rows;
    uint64_t seed;
};
static const trawl_arg sample_args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct sample_opts, rows, .name = "rows", .meta = "N",
              .flags = TRAWL_ARG_POSITIONAL, .def = "10", .help = "how many rows to keep"),
    TRAWL_OPT(TRAWL_ARG_U64, struct sample_opts, seed, .name = "seed", .short_name = 's',
              .meta = "S", .def = "1", .help = "another seed gives another sample"),
};
static const trawl_example sample_examples[] = {
    {"packets | sample 5", "five packets from anywhere, the same five each time"},
    {"packets | sample 5 --seed 7", "another five"},
};

/** splitmix64 (Steele, Lea, Flood 2014). */
static uint64_t next_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/** Selection sampling (Knuth, 3.4.2 S): rows in order, each subset equally likely. */
static int sample_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    const struct sample_opts *o = opts;
    uint64_t state = o->seed, n, wanted, n_chosen = 0;
    trawl_table *table = NULL;
    uint32_t *chosen = NULL;
    int rc = verbs_input(call, in, &table, err);

    if (rc)
        return rc;
    n = host->n_rows(table);
    wanted = o->rows < n ? o->rows : n;
    chosen = host->alloc((size_t)(wanted + 1) * sizeof(*chosen));
    if (!chosen) {
        rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
        goto out;
    }
    for (uint64_t i = 0; i < n && n_chosen < wanted; i++) {
        uint64_t below = (uint64_t)((unsigned __int128)next_random(&state) * (n - i) >> 64);

        if (below < wanted - n_chosen)
            chosen[n_chosen++] = (uint32_t)i;
    }
    rc = host->gather(call, table, chosen, n_chosen, ret, err);

out:
    host->free(chosen);
    host->release(table);
    return rc;
}

const trawl_command verb_sample = {
    VERB("sample", TRAWL_COMMAND_SAME_COLUMNS, struct sample_opts, sample_args, sample_examples),
    .summary = "keep some rows, chosen at random",
    .text = "The rows keep their order. The same seed on the same table gives the same rows.",
    .schema = same_schema,
    .run = sample_run,
};
