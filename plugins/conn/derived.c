/* Packet fields that need the whole capture: mptcp.stream and its kin.
 * Knows nothing of how connections are found, only the model that holds them. */
#include "conn.h"
#include "model.h"
#include "reinjection.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    D_STREAM,
    D_MASTER,
    D_ACK,
    D_DSS,
    D_DSN,
    D_RAW_DSN,
    D_RELATIVE,
    D_MAPPING,
    D_REINJECTION_OF,
    D_REINJECTED_IN,
    D_KEY_MISMATCH,
    D_ANALYSIS,
    D_SUBFLOWS,
    D_NO_MAPPING,
    N_DERIVED
};
enum { MAX_LISTED = 64 /* subflows of a packet's connection */ };

#define V1 "RFC 8684 section 3.3"
static const trawl_field fields[N_DERIVED] = {
    [D_STREAM] = TRAWL_FIELD(.type = TRAWL_U32, .flags = TRAWL_COLUMN_ID, .name = "mptcp.stream",
                             .help = "number of the MPTCP connection, for packets with MPTCP "
                                     "options"),
    [D_MASTER] = TRAWL_FIELD(.type = TRAWL_BOOL, .name = "mptcp.master",
                             .help = "the packet is of the connection's first subflow"),
    [D_ACK] = TRAWL_FIELD(.type = TRAWL_U64, .flags = TRAWL_COLUMN_ID, .name = "mptcp.ack",
                          .help = "data ACK, relative to the other side's first number",
                          .source = V1),
    [D_DSS] = TRAWL_FIELD(.type = TRAWL_U64, .flags = TRAWL_COLUMN_ID, .name = "mptcp.dss.dsn",
                          .help = "data sequence number of the mapping in this packet, relative",
                          .source = V1),
    [D_DSN] = TRAWL_FIELD(.type = TRAWL_U64, .flags = TRAWL_COLUMN_ID, .name = "mptcp.dsn",
                          .help = "empty, as tshark leaves it by default: mptcp.dsn_relative has "
                                  "what its analysis of mappings would give",
                          .source = V1),
    [D_RAW_DSN] = TRAWL_FIELD(.type = TRAWL_U64, .flags = TRAWL_COLUMN_ID, .name = "mptcp.rawdsn64",
                              .help = "data sequence number of the packet's first byte, found "
                                      "through the mappings, all 64 bits",
                              .source = V1),
    [D_RELATIVE] = TRAWL_FIELD(.type = TRAWL_U64, .flags = TRAWL_COLUMN_ID,
                               .name = "mptcp.dsn_relative",
                               .help = "data sequence number of the packet's first byte, found "
                                       "through the mappings, relative",
                               .source = V1),
    [D_MAPPING] = TRAWL_FIELD(.type = TRAWL_U32, .flags = TRAWL_COLUMN_ID,
                              .name = "mptcp.related_mapping",
                              .help = "number of the packet that carried the mapping of this "
                                      "one's first byte, the last that said the same"),
    [D_REINJECTION_OF] = TRAWL_FIELD(.type = TRAWL_U32,
                                     .flags = TRAWL_COLUMN_ID | TRAWL_COLUMN_LIST,
                                     .name = "mptcp.reinjection_of",
                                     .help = "earlier packets that carried some of this one's data "
                                             "on another subflow"),
    [D_REINJECTED_IN] = TRAWL_FIELD(.type = TRAWL_U32, .flags = TRAWL_COLUMN_ID | TRAWL_COLUMN_LIST,
                                    .name = "mptcp.reinjected_in",
                                    .help = "later packets that carry some of this one's data on "
                                            "another subflow"),
    [D_KEY_MISMATCH] = TRAWL_FIELD(.type = TRAWL_BOOL,
                                   .name = "mptcp.connection.echoed_key_mismatch",
                                   .help = "the key that the third ACK echoes is not the SYN/ACK's",
                                   .source = "RFC 8684 section 3.1"),
    [D_ANALYSIS] = TRAWL_FIELD(.type = TRAWL_BOOL, .name = "mptcp.analysis",
                               .help = "the packet is of a connection: it has mptcp.stream"),
    [D_SUBFLOWS] = TRAWL_FIELD(.type = TRAWL_STRING, .name = "mptcp.analysis.subflows",
                               .help = "tcp.stream of the connection's subflows up to this packet, "
                                       "the newest first; of the first 64"),
    [D_NO_MAPPING] = TRAWL_FIELD(.type = TRAWL_BOOL, .name = "mptcp.dss.missing_mapping",
                                 .help = "no mapping up to this packet has any of its bytes, or "
                                         "without payload its sequence number",
                                 .source = V1),
};

/* Where the lists of packets are: `of` by row, `in` by original. */
struct lists {
    const struct model *m;
    struct reinjections of;
    struct again *in;
    size_t at_of, at_in;
    uint32_t connection, n_subflows; /* that `subflows` has */
    char subflows[MAX_LISTED * 11 + 1];
};

static void put(trawl_builder *b, int has, uint64_t value)
{
    if (has)
        host->put_u64(b, value);
    else
        host->put_null(b);
}

static void put_lists(trawl_builder *b, struct lists *l, uint32_t row)
{
    for (; l->at_of < l->of.n && l->of.items[l->at_of].row == row; l->at_of++)
        host->put_u64(b, (uint64_t)l->of.items[l->at_of].original + 1);
    host->end_list(b);
    for (; l->at_in < l->of.n && l->in[l->at_in].original == row; l->at_in++)
        host->put_u64(b, (uint64_t)l->in[l->at_in].row + 1);
    host->end_list(b);
}

/* "7 5 4": consecutive packets often say the same. */
static void put_subflows(trawl_builder *b, struct lists *l, const struct row_result *r)
{
    uint32_t streams[MAX_LISTED], n = 0, i;
    size_t at = 0;

    if (l->connection != r->connection || l->n_subflows != r->n_subflows) {
        l->connection = r->connection;
        l->n_subflows = r->n_subflows;
        i = l->m->connections[r->connection].first;
        for (; i != NONE32 && n < r->n_subflows && n < MAX_LISTED; i = l->m->subflows[i].next)
            streams[n++] = l->m->subflows[i].stream;
        l->subflows[0] = 0;
        for (; n > 0; n--)
            at += (size_t)snprintf(l->subflows + at, sizeof(l->subflows) - at, at ? " %u" : "%u",
                                   streams[n - 1]);
    }
    host->put_text(b, l->subflows);
}

/* r is NULL for a packet without MPTCP. */
static void put_row(trawl_builder *b, const struct row_result *r, struct lists *lists, uint32_t row)
{
    put(b, r != NULL, r ? r->connection : 0);
    put(b, r != NULL, r ? r->master : 0);
    put(b, r && r->has_ack, r ? r->ack : 0);
    put(b, r && r->has_dss, r ? r->dss : 0);
    host->put_null(b);
    put(b, r && r->has_dsn, r ? r->dsn : 0);
    put(b, r && r->has_relative, r ? r->relative : 0);
    put(b, r && r->mapping_row != NONE32, r ? (uint64_t)r->mapping_row + 1 : 0);
    put_lists(b, lists, row);
    put(b, r && r->key_mismatch, 1);
    put(b, r != NULL, 1);
    if (r && r->connection != NONE32)
        put_subflows(b, lists, r);
    else
        host->put_null(b);
    put(b, r && r->no_mapping, 1);
    host->end_row(b);
}

/* The next row that any of them says something of, from a row on. */
static uint64_t next_row(const struct model *m, size_t next, const struct lists *l, uint64_t n_rows)
{
    uint64_t row = n_rows;

    if (next < m->n_results && m->results[next].row < row)
        row = m->results[next].row;
    if (l->at_of < l->of.n && l->of.items[l->at_of].row < row)
        row = l->of.items[l->at_of].row;
    if (l->at_in < l->of.n && l->in[l->at_in].original < row)
        row = l->in[l->at_in].original;
    return row;
}

static int make_schema(trawl_schema **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; i < N_DERIVED && rc == TRAWL_OK; i++) {
        const trawl_column column = TRAWL_COLUMN(.flags = fields[i].flags, .type = fields[i].type,
                                                 .name = fields[i].name, .help = fields[i].help,
                                                 .source = fields[i].source);

        rc = host->schema_add(schema, &column, err);
    }
    if (rc != TRAWL_OK) {
        host->schema_free(schema);
        return rc;
    }
    *ret = schema;
    return TRAWL_OK;
}

static int by_original(const void *left, const void *right)
{
    const struct again *a = left, *b = right;

    if (a->original != b->original)
        return a->original < b->original ? -1 : 1;
    return (a->row > b->row) - (a->row < b->row);
}

/* @return 0 without memory */
static int lists_find(const struct model *m, struct lists *l)
{
    if (!reinjections_find(m, &l->of))
        return 0;
    if (!l->of.n)
        return 1;
    l->in = host->alloc(l->of.n * sizeof(*l->in));
    if (!l->in)
        return 0;
    memcpy(l->in, l->of.items, l->of.n * sizeof(*l->in));
    qsort(l->in, l->of.n, sizeof(*l->in), by_original);
    return 1;
}

static int build_rows(const struct model *m, struct lists *lists, uint64_t n_rows,
                      trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    size_t next = 0;
    int rc = make_schema(&schema, err);

    if (rc != TRAWL_OK)
        return rc;
    b = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (uint64_t i = 0; i < n_rows; i++) {
        const uint64_t there = next_row(m, next, lists, n_rows);
        int has;

        if (there > i) {
            host->empty_rows(b, there - i);
            i = there;
            if (i == n_rows)
                break;
        }
        has = next < m->n_results && m->results[next].row == i;

        put_row(b, has ? &m->results[next++] : NULL, lists, (uint32_t)i);
    }
    return host->finish(b, ret, err);
}

static int compute(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                   trawl_table **ret, trawl_error *err)
{
    struct model model = {0};
    struct lists lists = {.m = &model, .connection = NONE32};
    int rc;

    (void)capture;
    rc = model_build(&model, call, packets, WANT_RESULTS | WANT_CARRIES, err);
    if (rc == TRAWL_OK && !lists_find(&model, &lists))
        rc = host->fail(err, TRAWL_E_NOMEM, "could not find reinjections: no memory");
    if (rc == TRAWL_OK)
        rc = build_rows(&model, &lists, host->n_rows(packets), ret, err);
    reinjections_fini(&lists.of);
    host->free(lists.in);
    model_fini(&model);
    return rc;
}

const trawl_derived conn_derived[CONN_N_DERIVED] = {
    {.size = sizeof(trawl_derived),
     .field_size = sizeof(trawl_field),
     .name = "mptcp.stream",
     .fields = fields,
     .n_fields = N_DERIVED,
     .compute = compute,
     .flags = TRAWL_DERIVED_BESIDE},
};
