/* The clock of one capture by the other's: offset and skew, and the command clocks.
 * Must not know how lines are fitted. */
#include "clock.h"

#include <math.h>
#include <stdlib.h>

#include "hull.h"

int64_t clocks_to_left(const struct clocks *c, int64_t right_ns)
{
    const uint64_t without = (uint64_t)right_ns - (uint64_t)c->base_ns;
    const double since = (double)(int64_t)(without - (uint64_t)c->origin_ns) - c->rest_ns;

    return (int64_t)(without - (uint64_t)llrint(c->rest_ns + since * c->skew / (1 + c->skew)));
}

int64_t clocks_to_right(const struct clocks *c, int64_t left_ns)
{
    const double since = (double)ns_between(c->origin_ns, left_ns);

    return (int64_t)((uint64_t)left_ns + (uint64_t)c->base_ns +
                     (uint64_t)llrint(c->rest_ns + since * c->skew));
}

int64_t clocks_offset(const struct clocks *c)
{
    return (int64_t)((uint64_t)c->base_ns + (uint64_t)llrint(c->rest_ns));
}

int meeting_times(const struct merged *m, const struct clocks *c, const struct meeting *x,
                  int64_t *ret_sent, int64_t *ret_received)
{
    int64_t left, right;

    if (x->left == NONE32 || x->right == NONE32)
        return 0;
    left = side_time(m->left, x->left);
    right = side_time(m->right, x->right);
    if (left == INT64_MIN || right == INT64_MIN)
        return 0;
    if (c && c->known)
        right = clocks_to_left(c, right);
    *ret_sent = meeting_sender_side(m, x) ? right : left;
    *ret_received = meeting_sender_side(m, x) ? left : right;
    return 1;
}

/* ---- what is known ---- */

static int by_x(const void *a, const void *b)
{
    const struct hull_point *x = a, *y = b;

    if (x->x < y->x || x->x > y->x)
        return x->x < y->x ? -1 : 1;
    return x->y < y->y ? -1 : x->y > y->y;
}

static void sort_points(struct hull_way *way)
{
    for (size_t i = 1; i < way->n; i++) {
        if (way->points[i].x < way->points[i - 1].x) { /* a capture whose times go back */
            qsort(way->points, way->n, sizeof(*way->points), by_x);
            return;
        }
    }
}

/* It cannot be another's copy: a timestamp or an identification says so. */
static int is_certain(const struct merged *m, const struct meeting *x)
{
    const struct trust *t = &m->trust[(size_t)x->pair * 2 + x->sender];
    int has_ts, has_id;

    (void)side_cell(m->left, S_TSVAL, x->left, &has_ts);
    return (t->ts && has_ts) || (t->ip_id && side_cell(m->left, S_IP_ID, x->left, &has_id));
}

/* A packet that says something of the clocks: both times, and it is not another's copy. */
static int is_witness(const struct merged *m, const struct meeting *x, int certain, int64_t *left,
                      int64_t *right)
{
    if (x->left == NONE32 || x->right == NONE32 || x->ambiguous ||
        m->near_known[x->pair] == NEAR_GUESS || (certain && !is_certain(m, x)))
        return 0;
    *left = side_time(m->left, x->left);
    *right = side_time(m->right, x->right);
    return *left != INT64_MIN && *right != INT64_MIN;
}

/* Some of each direction can be told apart: then one that cannot says nothing. */
static int are_enough(const struct merged *m)
{
    int64_t left, right;
    unsigned ways = 0;

    for (uint64_t i = 0; i < m->n && ways != 3; i++) {
        if (is_witness(m, &m->meetings[i], 1, &left, &right))
            ways |= 1u << meeting_sender_side(m, &m->meetings[i]);
    }
    return ways == 3;
}

int clocks_find(trawl_call *call, const struct merged *m, struct clocks *ret, trawl_error *err)
{
    struct clocks c = {0};
    struct hull_way ways[2] = {{0}, {0}}; /* to the right, from it */
    struct hull_fit fit;
    int64_t left, right, base = 0, last = INT64_MIN;
    const int certain = are_enough(m);
    int with_skew;

    for (unsigned k = 0; k < 2; k++) {
        ways[k].points = host->alloc((m->n_both + 1) * sizeof(struct hull_point));
        if (!ways[k].points) {
            host->free(ways[0].points);
            return no_memory(err);
        }
    }
    for (uint64_t i = 0; i < m->n; i++) {
        struct hull_way *way = &ways[meeting_sender_side(m, &m->meetings[i])];

        if (i % 65536 == 0 && host->cancelled(call)) {
            host->free(ways[0].points);
            host->free(ways[1].points);
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        }
        if (!is_witness(m, &m->meetings[i], certain, &left, &right))
            continue;
        if (!c.known) { /* numbers are small from here: reals hold them exactly */
            c.known = 1;
            c.origin_ns = left;
            base = (int64_t)((uint64_t)right - (uint64_t)left);
        }
        last = left > last ? left : last;
        way->points[way->n++] = (struct hull_point){
            .x = (double)ns_between(c.origin_ns, left),
            .y = (double)(int64_t)((uint64_t)right - (uint64_t)left - (uint64_t)base)};
    }
    c.n_to = ways[0].n;
    c.n_from = ways[1].n;
    c.span_ns = c.known ? ns_between(c.origin_ns, last) : 0;
    with_skew = c.span_ns >= CLOCK_SKEW_SPAN && c.n_to + c.n_from >= CLOCK_SKEW_PACKETS;
    sort_points(&ways[0]);
    sort_points(&ways[1]);
    fit = hull_fit(&ways[0], &ways[1], with_skew);
    host->free(ways[0].points);
    host->free(ways[1].points);
    c.skewed = with_skew != 0;
    c.skew = fit.skew;
    c.base_ns = base;
    c.rest_ns = (fit.low + fit.high) / 2;
    c.delay_ns = (fit.low - fit.high) / 2;
    *ret = c;
    return TRAWL_OK;
}

/* ---- in words ---- */

void clocks_say(const struct clocks *c, const struct merged *m)
{
    const double s = fabs((double)clocks_offset(c)) / 1e9;

    if (!c->known && !m->n_both) /* that was said */
        return;
    if (!c->known) {
        host->log(1, "how the clocks of '%s' and '%s' differ is not known: no packet tells",
                  m->left->name, m->right->name);
        return;
    }
    if (!c->n_to || !c->n_from) {
        host->log(1,
                  "clock of '%s' %.9f s %s that of '%s', as if the fastest packet had taken no "
                  "time and its way had stayed as long: only one direction is there",
                  m->right->name, s, clocks_offset(c) < 0 ? "behind" : "ahead of", m->left->name);
        return;
    }
    if (c->skewed)
        host->log(2,
                  "clock of '%s' %.9f s %s that of '%s', gaining %.3f ppm: taken away, both ways "
                  "taken to be equally long",
                  m->right->name, s, clocks_offset(c) < 0 ? "behind" : "ahead of", m->left->name,
                  c->skew * 1e6);
    else
        host->log(2,
                  "clock of '%s' %.9f s %s that of '%s': taken away, both ways taken to be "
                  "equally long (too short for a skew)",
                  m->right->name, s, clocks_offset(c) < 0 ? "behind" : "ahead of", m->left->name);
}

/* ---- the command ---- */

static const trawl_column columns[] = {
    COL("left", TRAWL_STRING, 0, 0, NULL, "the capture whose clock is taken for right"),
    COL("right", TRAWL_STRING, 0, 0, NULL, "the other one"),
    COL("at", TRAWL_TIME, 0, 1, NULL, "time of the first packet that both have, on the left"),
    COL("offset", TRAWL_SPAN, 0, 0, NULL, "how far the right's clock was ahead then"),
    COL("skew", TRAWL_F64, 0, 0, "ppm",
        "what it gains in a million seconds; null: the captures are too short to tell"),
    COL("delay", TRAWL_SPAN, 0, 1, NULL,
        "half the shortest round trip between the two places; null with one direction alone"),
    COL("there", TRAWL_U64, 0, 2, NULL, "packets from the left's place to the right's"),
    COL("back", TRAWL_U64, 0, 2, NULL, "packets from the right's place to the left's"),
    COL("span", TRAWL_SPAN, 0, 3, NULL, "from the first to the last of them"),
};

static int put_clocks(const struct clocks *c, const struct merged *m, trawl_table **ret,
                      trawl_error *err)
{
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    if (c->known) {
        host->put_text(b, m->left->name);
        host->put_text(b, m->right->name);
        host->put_i64(b, c->origin_ns);
        host->put_i64(b, clocks_offset(c));
        if (c->skewed)
            host->put_f64(b, rint(c->skew * 1e12) / 1e6);
        else
            host->put_null(b);
        if (c->n_to && c->n_from)
            host->put_i64(b, (int64_t)llrint(c->delay_ns));
        else
            host->put_null(b);
        host->put_u64(b, c->n_to);
        host->put_u64(b, c->n_from);
        host->put_i64(b, c->span_ns);
        host->end_row(b);
    }
    return host->finish(b, ret, err);
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    struct which which = *(const struct which *)opts;
    struct clocks c;
    struct two two;
    int rc;

    (void)in;
    which.has_id = host->given(call, "id") != 0;
    rc = two_open(call, &which, &two, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = clocks_find(call, &two.merged, &c, err);
    if (rc == TRAWL_OK) {
        if (!c.known || !c.n_to || !c.n_from)
            clocks_say(&c, &two.merged);
        rc = put_clocks(&c, &two.merged, ret, err);
    }
    two_fini(&two);
    return rc;
}

static const trawl_arg args[] = {
    LEFT_ARG(struct which, left),
    RIGHT_ARG(struct which, right),
    ID_ARG(struct which, id),
    UDP_ARG(struct which, udp),
};
static const trawl_example examples[] = {
    {"clocks here there", "how far apart the clocks of two captures are"},
};

const trawl_command clocks_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "clocks",
    .group = "vantage",
    .summary = "how the clocks of two captures differ",
    .text = "From the delays of the packets that both have. The offset is such that the fastest "
            "packet there took as long as the fastest one back: where the path is not the same "
            "both ways, it is wrong by half the difference. The skew is that of the lines which "
            "lie closest below the delays there and above those back (Moon, Skelly and Towsley, "
            "INFOCOM 1999), and needs packets over ten seconds at least. --clock of the other "
            "commands takes both away.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .n_gives = TRAWL_COUNT(columns),
    .gives = columns,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct which),
    .run = run,
};
