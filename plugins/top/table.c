/* The table of `top`: one row a destination, the longest waited for first.
 * Knows nothing of segments. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "analyze.h"

/* How a column is had from the numbers. */
enum kind { WAITED, TALLY, RATE, SHARE, MEASURE, PROTOCOL, THROUGHPUT, BARS, ALERTS };

#define COL(kind_, of_, name_, type_, priority_, unit_, help_)                               \
    {                                                                                        \
        kind_, of_,                                                                          \
            TRAWL_COLUMN(.name = name_, .type = type_, .priority = priority_, .unit = unit_, \
                         .help = help_)                                                      \
    }
#define COUNT(of_, name_, priority_, help_) \
    COL(TALLY, of_, name_, TRAWL_U64, priority_, NULL, help_)
#define BYTES(of_, name_, help_) COL(TALLY, of_, name_, TRAWL_U64, 9, "B", help_)
#define PERCENT(of_, name_, priority_) \
    COL(SHARE, of_, name_, TRAWL_F64, priority_, "%", "in % of the attempts")
#define SPANS(of_, name_, priority_, help_) \
    COL(MEASURE, of_, name_, TRAWL_SPAN, priority_, NULL, help_)

static const struct out {
    enum kind kind;
    int of; /* enum tally or enum measure */
    trawl_column column;
} outs[] = {
    COL(WAITED, 0, "waited", TRAWL_SPAN, 0, NULL,
        "what clients waited: handshakes, first bytes of answers, 3 s for each failed attempt"),
    COUNT(N_SYN, "syn", 0, "connections that were attempted"),
    COL(RATE, N_SYN, "syn_rate", TRAWL_F64, 4, "1/s",
        "of them a second, from its first packet to the capture's last"),
    COUNT(N_AGAIN, "again", 5, "SYNs that were sent again"),
    COUNT(N_SYN_ACK, "syn_ack", 6, "attempts that were answered"),
    PERCENT(N_SYN_ACK, "syn_ack_pct", 3),
    COUNT(N_EST, "est", 2, "handshakes that ended"),
    PERCENT(N_EST, "est_pct", 1),
    COL(RATE, N_EST, "est_rate", TRAWL_F64, 4, "1/s", "of them a second"),
    COUNT(N_RST, "rst", 2, "connections and attempts that ended with a reset"),
    PERCENT(N_RST, "rst_pct", 4),
    COUNT(N_REFUSED, "refused", 3, "of them, in answer to the SYN"),
    COUNT(N_FIN_OUT, "fin_out", 7, "closed by the client first"),
    PERCENT(N_FIN_OUT, "fin_out_pct", 8),
    COUNT(N_FIN_IN, "fin_in", 7, "closed by the server first"),
    PERCENT(N_FIN_IN, "fin_in_pct", 8),
    COL(MEASURE, Q_REQUESTS, "qos", TRAWL_U64, 6, NULL,
        "requests with a response on a connection that was closed"),
    SPANS(Q_LAT, "lat", 0, "from the SYN to the ACK that ends the handshake"),
    SPANS(Q_RTT, "rtt", 1, "from the last push of a request to a push of its response"),
    SPANS(Q_TTFB, "ttfb", 3, "from the last byte of a request to the first of the response"),
    SPANS(Q_THINK, "think", 2, "that without the handshake's round trip: the server's own part"),
    SPANS(Q_TRANSFER, "transfer", 4, "from the first byte of a response to its last"),
    COL(THROUGHPUT, 0, "rate", TRAWL_F64, 4, "B/s",
        "payload of responses over their transfer time"),
    COL(PROTOCOL, Q_DNS, "dns", TRAWL_SPAN, 1, NULL, "from a DNS query to its response"),
    COL(PROTOCOL, Q_HTTP, "http", TRAWL_SPAN, 1, NULL, "from an HTTP request to its response"),
    COL(PROTOCOL, Q_TLS, "tls", TRAWL_SPAN, 1, NULL, "of a TLS handshake"),
    COL(BARS, Q_RTT, "rtt_bars", TRAWL_STRING, 0, NULL,
        "how rtt is spread: half a decade each, from 10 µs to 31.6 s"),
    COUNT(N_OUT, "out", 3, "requests: pushes of the client"),
    COUNT(N_IN, "in", 3, "responses: pushes of the server"),
    COUNT(N_ERR, "err", 5, "segments that tell of others which the capture lacks"),
    COUNT(N_GAPS, "gaps", 6, "segments that leave out bytes of their side: lost, or not captured"),
    COUNT(N_PACKETS_OUT, "packets_out", 9, "from the client"),
    COUNT(N_PACKETS_IN, "packets_in", 9, "from the server"),
    BYTES(N_BYTES_OUT, "bytes_out", "payload from the client"),
    BYTES(N_BYTES_IN, "bytes_in", "payload from the server"),
    {ALERTS, 0,
     TRAWL_COLUMN(.name = "alerts", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_LIST, .priority = 1,
                  .help = "what is out of bounds: syn_ack or est < 90 %, rst > 10 %, mean lat > 20 "
                          "ms, p95 of rtt > 100 ms")},
};

/* The percentile's name behind the column's, if the user asked for some. */
static int add_measure(const struct plan *plan, const struct out *out, trawl_schema *schema,
                       trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t k = 0; k < plan->n_percentiles && rc == TRAWL_OK; k++) {
        char name[32];
        trawl_column column = out->column;

        if (plan->percentile_names[k]) {
            snprintf(name, sizeof(name), "%s_p%s", column.name, plan->percentile_names[k]);
            column.name = name;
        }
        rc = host->schema_add(schema, &column, err);
    }
    return rc;
}

static int is_wanted(const struct plan *plan, const struct out *out)
{
    return out->kind == PROTOCOL ? plan->protocols : out->kind == BARS ? plan->bars : 1;
}

int top_schema(const struct plan *plan, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? key_columns(plan, schema, err) : TRAWL_E_NOMEM;

    for (size_t i = 0; i < TRAWL_COUNT(outs) && rc == TRAWL_OK; i++) {
        if (!is_wanted(plan, &outs[i]))
            continue;
        rc = outs[i].kind == MEASURE || outs[i].kind == PROTOCOL
                 ? add_measure(plan, &outs[i], schema, err)
                 : host->schema_add(schema, &outs[i].column, err);
    }
    if (rc == TRAWL_OK)
        rc = analysis_columns(plan->analysis, schema, err);
    if (rc != TRAWL_OK)
        host->schema_free(schema);
    else
        *ret = schema;
    return rc;
}

/* What takes long of a row, made on all threads before it is put. */
struct made {
    unsigned alerts;
    int64_t quantiles[]; /* n_percentiles of each measure */
};

struct making {
    const struct plan *plan;
    const struct waiting *rows;
    size_t n, n_bytes; /* of one */
    uint8_t *data;     /* of row i at i * n_bytes */
};
enum { ROWS_A_TASK = 512 };

static struct made *made_of(const struct making *making, size_t i)
{
    return (struct made *)(void *)(making->data + i * making->n_bytes);
}

static void make(const struct plan *plan, const struct numbers *n, struct made *ret)
{
    ret->alerts = alerts_of(n);
    for (size_t i = 0; i < TRAWL_COUNT(outs); i++) {
        const int of = outs[i].of;

        if ((outs[i].kind != MEASURE && outs[i].kind != PROTOCOL) || !n->measures[of])
            continue;
        for (size_t k = 0; k < plan->n_percentiles; k++)
            ret->quantiles[(size_t)of * plan->n_percentiles + k] = samples_quantile(
                n->measures[of], plan->percentiles[k] / 100);
    }
}

static int make_rows(void *context, uint64_t i_task, unsigned i_thread, trawl_error *err)
{
    const struct making *making = context;
    const size_t first = (size_t)i_task * ROWS_A_TASK;

    (void)i_thread, (void)err;
    for (size_t i = first; i < making->n && i < first + ROWS_A_TASK; i++)
        make(making->plan, &making->rows[i].of->numbers, made_of(making, i));
    return TRAWL_OK;
}

static int make_all(trawl_call *call, struct making *making, trawl_error *err)
{
    making->n_bytes = sizeof(struct made) +
                      N_MEASURES * making->plan->n_percentiles * sizeof(int64_t);
    making->data = host->alloc((making->n + 1) * making->n_bytes);
    if (!making->data)
        return top_nomem(err);
    return host->parallel(call, (making->n + ROWS_A_TASK - 1) / ROWS_A_TASK, make_rows, making,
                          err);
}

static void put_quantiles(const struct plan *plan, const struct out *out, const struct numbers *n,
                          const struct made *made, trawl_builder *b)
{
    const int64_t *values = made->quantiles + (size_t)out->of * plan->n_percentiles;

    for (size_t k = 0; k < plan->n_percentiles; k++) {
        if (!n->measures[out->of])
            host->put_null(b);
        else if (out->of == Q_REQUESTS)
            host->put_u64(b, (uint64_t)values[k]);
        else
            host->put_i64(b, values[k]);
    }
}

void bars_of(const struct samples *s, uint64_t counts[N_BARS])
{
    static const int64_t ends[N_BARS - 1] = {31623,     100000,     316228,     1000000,
                                             3162278,   10000000,   31622777,   100000000,
                                             316227766, 1000000000, 3162277660, 10000000000};

    samples_split(s, ends, N_BARS - 1, counts);
}

/* Bars of eight heights: how many values lie in each half decade; all below or above what they show
 * are in the first or last. */
static void put_bars(const struct samples *s, trawl_builder *b)
{
    static const char *const heights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    uint64_t counts[N_BARS], most = 0;
    char text[N_BARS * 3 + 1] = "";
    size_t n = 0;

    bars_of(s, counts);
    for (int i = 0; i < N_BARS; i++)
        most = counts[i] > most ? counts[i] : most;
    for (int i = 0; most && i < N_BARS; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, "%s",
                              heights[(counts[i] * 8 + most - 1) / most]);
    host->put_text(b, most ? text : NULL);
}

static void put_alerts(unsigned alerts, trawl_builder *b)
{
    static const char *const words[N_ALERTS] = {"syn_ack", "est", "rst", "lat", "rtt"};

    for (int i = 0; i < N_ALERTS; i++)
        if (alerts >> i & 1)
            host->put_text(b, words[i]);
    host->end_list(b);
}

static void put(const struct plan *plan, const struct out *out, const struct waiting *row,
                const struct made *made, int64_t end_ns, trawl_builder *b)
{
    const struct numbers *n = &row->of->numbers;
    double value;

    switch (out->kind) {
    case WAITED:
        host->put_i64(b, row->waited);
        break;
    case TALLY:
        host->put_u64(b, n->tallies[out->of]);
        break;
    case RATE:
        host->put_f64(b, rate_of(n, (enum tally)out->of, end_ns));
        break;
    case SHARE:
        if (share_of(n, (enum tally)out->of, &value))
            host->put_f64(b, value);
        else
            host->put_null(b);
        break;
    case MEASURE:
    case PROTOCOL:
        put_quantiles(plan, out, n, made, b);
        break;
    case THROUGHPUT:
        if (numbers_of(n, Q_TRANSFER)->sum > 0)
            host->put_f64(b, (double)n->transferred / (numbers_of(n, Q_TRANSFER)->sum / 1e9));
        else
            host->put_null(b);
        break;
    case BARS:
        put_bars(numbers_of(n, (enum measure)out->of), b);
        break;
    case ALERTS:
        put_alerts(made->alerts, b);
        break;
    }
}

/* Two rows whose order nothing else tells. */
static int by_key(const struct waiting *x, const struct waiting *y)
{
    const struct destination *a = x->of, *b = y->of;
    const int order = x->address && y->address ? memcmp(x->address, y->address, 16) : 0;

    if (order)
        return order;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return a->inbound - b->inbound;
}

static int by_waited(const void *left, const void *right)
{
    const struct waiting *a = left, *b = right;

    return a->waited != b->waited ? (a->waited > b->waited ? -1 : 1) : by_key(a, b);
}

struct waiting *rows_in_order(const struct plan *plan, const struct top *top, trawl_error *err)
{
    struct waiting *order = host->alloc((top->all.n + 1) * sizeof(*order));

    for (size_t i = 0; order && i < top->all.n; i++) {
        const struct destination *d = &top->all.items[i];

        order[i] = (struct waiting){waited_of(&d->numbers), NULL, d};
        if (key_has_address(plan) && d->group != NO_GROUP)
            order[i].address = top->addresses.addresses[d->group & 0x7fffffff];
    }
    if (order)
        qsort(order, top->all.n, sizeof(*order), by_waited);
    else
        top_nomem(err);
    return order;
}

int top_table(trawl_call *call, const struct plan *plan, struct top *top, trawl_table *packets,
              trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = NULL;
    struct making making = {.plan = plan, .n = top->all.n};
    struct waiting *order;
    trawl_builder *b;
    int rc = top_schema(plan, &schema, err);

    if (rc != TRAWL_OK)
        return rc;
    b = host->builder_new(schema, err);
    rc = b ? key_share(plan, top, packets, b, err) : TRAWL_E_NOMEM;
    order = rc == TRAWL_OK ? rows_in_order(plan, top, err) : NULL;
    making.rows = order;
    if (rc == TRAWL_OK)
        rc = order ? make_all(call, &making, err) : TRAWL_E_NOMEM;
    for (size_t i = 0; rc == TRAWL_OK && i < top->all.n; i++) {
        if (i % 4096 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        key_put(plan, order[i].of, b);
        for (size_t k = 0; k < TRAWL_COUNT(outs); k++)
            if (is_wanted(plan, &outs[k]))
                put(plan, &outs[k], &order[i], made_of(&making, i), top->end_ns, b);
        analysis_put(plan->analysis, &order[i].of->numbers, b);
        host->end_row(b);
    }
    host->schema_free(schema);
    host->free(order);
    host->free(making.data);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}
