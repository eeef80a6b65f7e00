/* map: which connection of one capture is which of the other. Knows nothing of packets. */
#include "vantage.h"

#include <stdlib.h>

struct map_opts {
    const char *left, *right;
    uint64_t id, limit;
    double trim;
    uint8_t verbose, udp;
};

enum { N_MAP_COLUMNS = 14, FIRST_COMPONENT = 7 };
static const trawl_column columns[N_MAP_COLUMNS] = {
    COL("left", TRAWL_U32, ID, 0, NULL, "number of the connection in the first capture"),
    COL("right", TRAWL_U32, ID, 0, NULL, "number of the one that fits in the second"),
    COL("score", TRAWL_F64, 0, 0, NULL,
        "inf: the same connection; else 10 for each address and port that is the same, 100 for an "
        "initial sequence number, or for the payload that a direction of UDP begins with"),
    COL("client", TRAWL_STRING, 0, 1, NULL, "who opened the connection"),
    COL("server", TRAWL_STRING, 0, 1, NULL, "the other end"),
    COL("right_client", TRAWL_STRING, 0, 2, NULL, "who opened it, as the second capture has it"),
    COL("right_server", TRAWL_STRING, 0, 2, NULL, "the other end, as the second capture has it"),
    COL("client_address", TRAWL_BOOL, HIDDEN, 5, NULL, "the client has the same address"),
    COL("server_address", TRAWL_BOOL, HIDDEN, 5, NULL, "the server has the same address"),
    COL("client_port", TRAWL_BOOL, HIDDEN, 5, NULL, "the client has the same port"),
    COL("server_port", TRAWL_BOOL, HIDDEN, 5, NULL, "the server has the same port"),
    COL("client_isn", TRAWL_BOOL, HIDDEN, 5, NULL,
        "the client's initial sequence number is the same; null where a SYN is missing"),
    COL("server_isn", TRAWL_BOOL, HIDDEN, 5, NULL,
        "the server's initial sequence number is the same; null where a SYN is missing"),
    COL("turned", TRAWL_BOOL, HIDDEN, 5, NULL,
        "the second capture takes the server for the client: it began in the middle"),
};

static int map_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct map_opts *o = opts;

    (void)call;
    (void)in;
    return schema_shown(columns, N_MAP_COLUMNS, o->verbose, ret, err);
}

static void put_isn(trawl_builder *b, unsigned isn)
{
    if (isn)
        host->put_u64(b, isn == 1);
    else
        host->put_null(b);
}

static void put_pair(trawl_call *call, trawl_builder *b, const struct side *l, const struct side *r,
                     const struct pair *p)
{
    const struct conn *x = &l->conns[p->left];

    host->put_u64(b, x->stream);
    if (p->right == NONE32)
        host->put_null(b);
    else
        host->put_u64(b, r->conns[p->right].stream);
    if (p->right == NONE32)
        host->put_null(b);
    else
        host->put_f64(b, p->score.value);
    host->put_text(b, side_end(call, l, x, CLIENT));
    host->put_text(b, side_end(call, l, x, SERVER));
    if (p->right == NONE32) {
        for (size_t i = 5; i < N_MAP_COLUMNS; i++)
            host->put_null(b);
        host->end_row(b);
        return;
    }
    for (unsigned e = 0; e < 2; e++)
        host->put_text(b, side_end(call, r, &r->conns[p->right], e ^ p->score.flip));
    for (unsigned i = 0; i < 4; i++)
        host->put_u64(b, p->score.same[i]);
    put_isn(b, p->score.isn[CLIENT]);
    put_isn(b, p->score.isn[SERVER]);
    host->put_u64(b, p->score.flip);
    host->end_row(b);
}

static int by_score(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->score.value > y->score.value || x->score.value < y->score.value)
        return x->score.value > y->score.value ? -1 : 1;
    return x->right < y->right ? -1 : x->right > y->right;
}

/* All of the right that have something in common with one connection, the best first. */
static int candidates(trawl_call *call, const struct map_opts *o, const struct side *l,
                      const struct side *r, struct pair **ret, uint32_t *ret_n, trawl_error *err)
{
    struct pair *pairs = host->call_alloc(call, ((size_t)r->n_conns + 1) * sizeof(*pairs));
    uint32_t i, n = 0;
    int rc = side_conn(l, o->id, &i, err);

    if (rc != TRAWL_OK || !pairs)
        return rc != TRAWL_OK ? rc : no_memory(err);
    for (uint32_t j = 0; j < r->n_conns; j++) {
        const struct score s = match_score(l, i, r, j);

        if (s.value > 0 && s.value >= o->trim)
            pairs[n++] = (struct pair){.left = i, .right = j, .mptcp = NONE32, .score = s};
    }
    if (n > 1)
        qsort(pairs, n, sizeof(*pairs), by_score);
    if (!n)
        host->log(2, "nothing in '%s' comes near connection %llu of '%s'", r->name,
                  (unsigned long long)o->id, l->name);
    *ret = pairs;
    *ret_n = n < o->limit ? n : (uint32_t)o->limit;
    return TRAWL_OK;
}

static int best(trawl_call *call, const struct map_opts *o, const struct side *l,
                const struct side *r, struct pair **ret, uint32_t *ret_n, trawl_error *err)
{
    uint32_t n = 0, n_found = 0;
    int rc = match_all(call, l, r, ret, &n, err);

    *ret_n = 0;
    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++) {
        struct pair *p = &(*ret)[i];

        n_found += p->right != NONE32;
        if (p->right != NONE32 ? p->score.value >= o->trim : !host->given(call, "trim"))
            (*ret)[(*ret_n)++] = *p;
    }
    if (rc == TRAWL_OK)
        host->log(2, "%u of %u %ss of '%s' are in '%s'", n_found, n, side_noun(l), l->name,
                  r->name);
    return rc;
}

static int map_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    const struct map_opts *o = opts;
    struct side l = {0}, r = {0};
    struct pair *pairs = NULL;
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    uint32_t n = 0;
    int rc = side_open(call, o->left, o->udp, &l, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = side_open(call, o->right, o->udp, &r, err);
    if (rc == TRAWL_OK)
        rc = host->given(call, "id") ? candidates(call, o, &l, &r, &pairs, &n, err)
                                     : best(call, o, &l, &r, &pairs, &n, err);
    if (rc == TRAWL_OK)
        rc = map_schema(call, opts, NULL, &schema, err);
    if (rc == TRAWL_OK && !(b = host->builder_new(schema, err)))
        rc = TRAWL_E_NOMEM;
    for (uint32_t i = 0; b && i < n; i++)
        put_pair(call, b, &l, &r, &pairs[i]);
    if (b)
        rc = host->finish(b, ret, err);
    host->schema_free(schema);
    side_fini(&l);
    side_fini(&r);
    return rc;
}

static const trawl_arg args[] = {
    LEFT_ARG(struct map_opts, left),
    RIGHT_ARG(struct map_opts, right),
    TRAWL_OPT(TRAWL_ARG_STREAM, struct map_opts, id, .name = "id", .flags = TRAWL_ARG_POSITIONAL,
              .help = "number of a connection of the first: all that come near it (default: the "
                      "best one for each)"),
    TRAWL_OPT(TRAWL_ARG_F64, struct map_opts, trim, .name = "trim", .meta = "SCORE", .def = "0",
              .help = "leave out what has a lower score"),
    TRAWL_OPT(TRAWL_ARG_U64, struct map_opts, limit, .name = "limit", .meta = "N", .def = "10",
              .help = "at most N for the connection of ID"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct map_opts, verbose, .name = "verbose", .short_name = 'v',
              .help = "show what the score is made of"),
    UDP_ARG(struct map_opts, udp),
};
static const char *const aliases[] = {"map_tcp_connection", "map-tcp", NULL};
static const trawl_example examples[] = {
    {"map here there", "where the connections of one capture are in another"},
    {"map here there 0 --verbose", "all that come near the first one, and why"},
};

const trawl_command map_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "map",
    .aliases = aliases,
    .group = "vantage",
    .summary = "find the TCP connections of one capture in another",
    .text =
        "Two captures of the same traffic, from two places. A connection is the same (its "
        "score is inf) when both initial sequence numbers are, whatever address translation "
        "has made of its ends; or when both addresses and ports are and no sequence number "
        "says otherwise. Conversations of UDP, with --udp, are the same when both addresses and "
        "ports are, or when two of these are and both directions begin with the same payload. "
        "Without ID each connection is given one partner at most, and none "
        "where only a port or an address is the same.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct map_opts),
    .schema = map_schema,
    .run = map_run,
};
