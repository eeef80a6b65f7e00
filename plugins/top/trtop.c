/* The table as trtop prints it: its columns, its texts, its order. Knows nothing of segments. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "top.h"

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "Host", .type = TRAWL_STRING, .help = "the destination"),
    TRAWL_COLUMN(.name = "Syn(/s)", .type = TRAWL_STRING, .help = "attempts, and of them a second"),
    TRAWL_COLUMN(.name = "Syn/Ack(%)", .type = TRAWL_STRING, .help = "answers; ! below 90 %"),
    TRAWL_COLUMN(.name = "Est(%)", .type = TRAWL_STRING, .help = "handshakes; ! below 90 %"),
    TRAWL_COLUMN(.name = "Rst(%)", .type = TRAWL_STRING, .help = "resets; ! above 10 %"),
    TRAWL_COLUMN(.name = "Fin_O(%)", .type = TRAWL_STRING, .help = "closed from here first"),
    TRAWL_COLUMN(.name = "Fin_I(%)", .type = TRAWL_STRING, .help = "closed from there first"),
    TRAWL_COLUMN(.name = "Est Rate", .type = TRAWL_STRING, .help = "handshakes a second"),
    TRAWL_COLUMN(.name = "QoS", .type = TRAWL_STRING,
                 .help = "95th percentile of requests a closed connection, *: none; ! below 100"),
    TRAWL_COLUMN(.name = "Lat", .type = TRAWL_STRING,
                 .help = "95th percentile of the time to connect in ms; !: its mean is above 20"),
    TRAWL_COLUMN(.name = "Out", .type = TRAWL_STRING, .help = "requests"),
    TRAWL_COLUMN(.name = "In", .type = TRAWL_STRING, .help = "responses"),
    TRAWL_COLUMN(.name = "Rtt", .type = TRAWL_STRING,
                 .help = "95th percentile of the time to a response in ms; ! above 100"),
    TRAWL_COLUMN(.name = "Err", .type = TRAWL_STRING, .help = "signs of packets not captured"),
};

int trtop_schema(trawl_schema **ret, trawl_error *err)
{
    *ret = host->schema_from(columns, TRAWL_COUNT(columns), err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static void put_share(const struct numbers *n, enum tally tally, int alert, trawl_builder *b)
{
    char text[64];
    double percent = 0;

    (void)share_of(n, tally, &percent); /* 0 without attempts, as trtop has it */
    snprintf(text, sizeof(text), "%llu (%.0f%%)%s", (unsigned long long)n->tallies[tally], percent,
             alert ? "!" : "");
    host->put_text(b, text);
}

static void put_ms(const struct samples *s, int alert, trawl_builder *b)
{
    char text[64];

    snprintf(text, sizeof(text), "%.2f%s", s->n ? (double)samples_quantile(s, 0.95) / 1e6 : 0.0,
             alert ? "!" : "");
    host->put_text(b, text);
}

static void put_count(uint64_t count, trawl_builder *b)
{
    char text[32];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)count);
    host->put_text(b, text);
}

static void put_rate(uint64_t count, double rate, trawl_builder *b)
{
    char text[64];

    snprintf(text, sizeof(text), "%llu (%.2f)", (unsigned long long)count, rate);
    host->put_text(b, text);
}

static void put_row(const char *name, const struct numbers *n, int64_t end_ns, trawl_builder *b)
{
    const struct samples *qos = numbers_of(n, Q_REQUESTS);
    const unsigned alerts = alerts_of(n);
    char text[64];

    host->put_text(b, name);
    put_rate(n->tallies[N_SYN], rate_of(n, N_SYN, end_ns), b);
    put_share(n, N_SYN_ACK, alerts >> ALERT_SYN_ACK & 1, b);
    put_share(n, N_EST, alerts >> ALERT_EST & 1, b);
    put_share(n, N_RST, alerts >> ALERT_RST & 1, b);
    put_share(n, N_FIN_OUT, 0, b);
    put_share(n, N_FIN_IN, 0, b);
    snprintf(text, sizeof(text), "%.2f", rate_of(n, N_EST, end_ns));
    host->put_text(b, text);
    if (qos->n) {
        const int64_t requests = samples_quantile(qos, 0.95);

        snprintf(text, sizeof(text), "%lld%s", (long long)requests, requests < 100 ? "!" : "");
    } else {
        snprintf(text, sizeof(text), "*");
    }
    host->put_text(b, text);
    put_ms(numbers_of(n, Q_LAT), alerts >> ALERT_LAT & 1, b);
    put_count(n->tallies[N_OUT], b);
    put_count(n->tallies[N_IN], b);
    put_ms(numbers_of(n, Q_RTT), alerts >> ALERT_RTT & 1, b);
    put_count(n->tallies[N_ERR], b);
    host->end_row(b);
}

/* trtop's line "Totals:": attempts, handshakes and resets. */
static void put_totals(const struct top *top, trawl_builder *b)
{
    struct totals totals = {0};

    for (size_t i = 0; i < top->all.n; i++)
        totals_add(&totals, &top->all.items[i].numbers, top->end_ns);
    totals_add(&totals, &top->let_go, top->end_ns);
    host->put_text(b, "Totals:");
    put_rate(totals.sums[N_SYN], totals.syn_rate, b);
    host->put_null(b);
    put_rate(totals.sums[N_EST], totals.est_rate, b);
    put_count(totals.sums[N_RST], b);
    for (size_t i = 5; i < TRAWL_COUNT(columns); i++)
        host->put_null(b);
    host->end_row(b);
}

/* By ascending rate of handshakes. */
struct line {
    double rate;
    const struct destination *d;
    char name[320];
};

static int by_rate(const void *left, const void *right)
{
    const struct line *a = left, *b = right;

    if (a->rate < b->rate || a->rate > b->rate)
        return a->rate < b->rate ? -1 : 1;
    return strcmp(a->name, b->name);
}

int trtop_table(const struct plan *plan, struct top *top, trawl_table **ret, trawl_error *err)
{
    struct line *lines = host->alloc((top->all.n + 1) * sizeof(*lines));
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    int rc = lines ? trtop_schema(&schema, err) : top_nomem(err);

    if (rc == TRAWL_OK) {
        b = host->builder_new(schema, err);
        host->schema_free(schema);
    }
    if (!b) {
        host->free(lines);
        return TRAWL_E_NOMEM;
    }
    for (size_t i = 0; i < top->all.n; i++) {
        lines[i].d = &top->all.items[i];
        lines[i].rate = rate_of(&lines[i].d->numbers, N_EST, top->end_ns);
        key_text(plan, top, lines[i].d, lines[i].name, sizeof(lines[i].name));
    }
    qsort(lines, top->all.n, sizeof(*lines), by_rate);
    for (size_t i = 0; i < top->all.n; i++)
        put_row(lines[i].name, &lines[i].d->numbers, top->end_ns, b);
    host->free(lines);
    put_totals(top, b);
    return host->finish(b, ret, err);
}
