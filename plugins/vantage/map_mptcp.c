/* map-mptcp: which MPTCP connection of one capture is which of the other. Knows nothing of packets.
 */
#include "mptcp.h"

#include <stdlib.h>

struct map_opts {
    const char *left, *right;
    uint64_t id, limit;
    double trim;
    uint8_t verbose;
};

enum { N_COLUMNS = 9 };
static const trawl_column columns[N_COLUMNS] = {
    COL("left", TRAWL_U32, ID, 0, NULL, "number of the connection in the first capture"),
    COL("right", TRAWL_U32, ID, 0, NULL, "number of the one that fits in the second"),
    COL("score", TRAWL_F64, 0, 0, NULL,
        "inf: both keys are the same; else 10 for each subflow that both have, 5 less where the "
        "numbers of subflows differ"),
    COL("common", TRAWL_U32, 0, 0, NULL, "subflows that both have"),
    COL("left_subflows", TRAWL_U32, 0, 1, NULL, "subflows in the first capture"),
    COL("right_subflows", TRAWL_U32, 0, 1, NULL, "subflows in the second capture"),
    COL("streams", TRAWL_STRING, TRAWL_COLUMN_LIST, 2, NULL,
        "the subflows (tcp.stream) of the first with those of the second: 0=2"),
    COL("client_key", TRAWL_BOOL, HIDDEN, 5, NULL,
        "the client's key is the same; null where it is not known"),
    COL("server_key", TRAWL_BOOL, HIDDEN, 5, NULL,
        "the server's key is the same; null where it is not known"),
};

static int map_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct map_opts *o = opts;

    (void)call;
    (void)in;
    return schema_shown(columns, N_COLUMNS, o->verbose, ret, err);
}

struct found {
    uint32_t right;
    struct mscore score;
};

static int by_score(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->score.value > y->score.value || x->score.value < y->score.value)
        return x->score.value > y->score.value ? -1 : 1;
    return x->right < y->right ? -1 : x->right > y->right;
}

static void put_key(trawl_builder *b, unsigned key)
{
    if (key)
        host->put_u64(b, key == 1);
    else
        host->put_null(b);
}

static void put_row(trawl_call *call, trawl_builder *b, const struct mside *l, uint32_t i,
                    const struct mside *r, const struct found *f, const struct pair *pairs)
{
    const struct mconn *x = &l->conns[i];

    host->put_u64(b, x->id);
    if (!f) {
        host->put_null(b);
        host->put_null(b);
        host->put_u64(b, 0);
        host->put_u64(b, x->n_subflows);
        host->put_null(b);
        host->end_list(b);
        host->put_null(b);
        host->put_null(b);
        host->end_row(b);
        return;
    }
    host->put_u64(b, r->conns[f->right].id);
    host->put_f64(b, f->score.value);
    host->put_u64(b, f->score.n_common);
    host->put_u64(b, x->n_subflows);
    host->put_u64(b, r->conns[f->right].n_subflows);
    for (uint32_t k = 0; k < x->n_subflows; k++) {
        const uint32_t conn = l->subflows[x->first + k], partner = pairs[conn].right;

        if (partner != NONE32 && r->of_conn[partner] == f->right)
            host->put_text(b, text_of(call, "%u=%u", l->side->conns[conn].stream,
                                      r->side->conns[partner].stream));
    }
    host->end_list(b);
    put_key(b, f->score.keys[CLIENT]);
    put_key(b, f->score.keys[SERVER]);
    host->end_row(b);
}

static int put_candidates(trawl_call *call, const struct map_opts *o, trawl_builder *b,
                          const struct mside *l, const struct mside *r, const struct pair *pairs,
                          trawl_error *err)
{
    struct found *found = host->call_alloc(call, ((size_t)r->n_conns + 1) * sizeof(*found));
    uint32_t i, n = 0;
    int rc = found ? mside_find(l, o->id, &i, err) : no_memory(err);

    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t j = 0; j < r->n_conns; j++) {
        const struct mscore s = mscore_of(l, i, r, j, pairs);

        if (s.value > 0 && s.value >= o->trim)
            found[n++] = (struct found){.right = j, .score = s};
    }
    if (n > 1)
        qsort(found, n, sizeof(*found), by_score);
    if (!n)
        host->log(2, "nothing in '%s' comes near MPTCP connection %llu of '%s'", r->side->name,
                  (unsigned long long)o->id, l->side->name);
    for (uint32_t k = 0; k < n && k < o->limit; k++)
        put_row(call, b, l, i, r, &found[k], pairs);
    return TRAWL_OK;
}

static void put_best(trawl_call *call, const struct map_opts *o, trawl_builder *b,
                     const struct mside *l, const struct mside *r, const struct pair *pairs)
{
    uint32_t n_found = 0;

    for (uint32_t i = 0; i < l->n_conns; i++) {
        struct found f = {0};

        f.right = mscore_best(l, i, r, pairs, &f.score);
        n_found += f.right != NONE32;
        if (f.right != NONE32 ? f.score.value >= o->trim : !host->given(call, "trim"))
            put_row(call, b, l, i, r, f.right == NONE32 ? NULL : &f, pairs);
    }
    host->log(2, "%u of %u MPTCP connections of '%s' are in '%s'", n_found, l->n_conns,
              l->side->name, r->side->name);
}

static int map_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    const struct map_opts *o = opts;
    struct side left = {0}, right = {0};
    struct mside l, r;
    struct pair *pairs = NULL;
    uint32_t n = 0;
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    int rc = side_open(call, o->left, 0, &left, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = side_open(call, o->right, 0, &right, err);
    if (rc == TRAWL_OK)
        rc = mside_open(call, &left, &l, err);
    if (rc == TRAWL_OK)
        rc = mside_open(call, &right, &r, err);
    if (rc == TRAWL_OK)
        rc = match_all(call, &left, &right, &pairs, &n, err);
    if (rc == TRAWL_OK)
        rc = map_schema(call, opts, NULL, &schema, err);
    if (rc == TRAWL_OK && !(b = host->builder_new(schema, err)))
        rc = TRAWL_E_NOMEM;
    if (rc == TRAWL_OK && host->given(call, "id"))
        rc = put_candidates(call, o, b, &l, &r, pairs, err);
    else if (rc == TRAWL_OK)
        put_best(call, o, b, &l, &r, pairs);
    if (rc == TRAWL_OK)
        rc = host->finish(b, ret, err);
    else
        host->builder_free(b);
    host->schema_free(schema);
    side_fini(&left);
    side_fini(&right);
    return rc;
}

static const trawl_arg args[] = {
    LEFT_ARG(struct map_opts, left),
    RIGHT_ARG(struct map_opts, right),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct map_opts, id, .name = "id", .meta = "MPTCP",
              .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of an MPTCP connection of the first: all that come near it (default: "
                      "the best one for each)"),
    TRAWL_OPT(TRAWL_ARG_F64, struct map_opts, trim, .name = "trim", .meta = "SCORE", .def = "0",
              .help = "leave out what has a lower score"),
    TRAWL_OPT(TRAWL_ARG_U64, struct map_opts, limit, .name = "limit", .meta = "N", .def = "10",
              .help = "at most N for the connection of ID"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct map_opts, verbose, .name = "verbose", .short_name = 'v',
              .help = "show whether the keys are the same"),
};
static const char *const aliases[] = {"map_mptcp_connection", NULL};
static const trawl_example examples[] = {
    {"map-mptcp here there", "where the MPTCP connections of one capture are in another"},
};

const trawl_command map_mptcp_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "map-mptcp",
    .aliases = aliases,
    .group = "vantage",
    .summary = "find the MPTCP connections of one capture in another",
    .text = "Two connections are the same (their score is inf) when both keys are. Where a capture "
            "began too late for that, those subflows count that 'map' finds in both.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct map_opts),
    .schema = map_schema,
    .run = map_run,
};
