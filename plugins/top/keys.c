/* What a row is about and the numbers that follow from its counts: the same in every view.
 * Knows nothing of segments. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "top.h"

const char *const measure_names[N_MEASURES] = {"lat", "rtt", "ttfb", "think", "transfer",
                                               "qos", "dns", "http", "tls"};

static const trawl_column address_column = TRAWL_COLUMN(
        .name = "address", .type = TRAWL_IP, .help = "the server; with --local and in: the client");
static const trawl_column port_column = TRAWL_COLUMN(.name = "port", .type = TRAWL_U16,
                                                     .flags = TRAWL_COLUMN_ID,
                                                     .help = "port of the server");
static const trawl_column direction_column = TRAWL_COLUMN(
        .name = "direction", .type = TRAWL_STRING, .priority = 1,
        .help = "out: a local client opened it; in: another one");

/* Of the kinds of rows that have a label. */
static const trawl_column label_columns[] = {
    [BY_PREFIX] = TRAWL_COLUMN(.name = "prefix", .type = TRAWL_STRING, .help = "network"),
    [BY_NAME] = TRAWL_COLUMN(.name = "name", .type = TRAWL_STRING,
                             .help = "name whose DNS answer in this capture gave the address"),
    [BY_SNI] = TRAWL_COLUMN(.name = "sni", .type = TRAWL_STRING,
                            .help = "name that the TLS client asked for"),
    [BY_ASN] = TRAWL_COLUMN(.name = "asn", .type = TRAWL_STRING,
                            .help = "number of the autonomous system"),
    [BY_LABEL] = TRAWL_COLUMN(.name = "label", .type = TRAWL_STRING,
                              .help = "label of the longest prefix around the address"),
    [BY_APPLICATION] = TRAWL_COLUMN(.name = "application", .type = TRAWL_STRING,
                                    .help = "what connections are used for, by nDPI or by TLS, "
                                            "HTTP and DNS"),
};

int key_has_address(const struct plan *plan)
{
    return plan->by == BY_ENDPOINT || plan->by == BY_ADDRESS;
}

static int has_port(const struct plan *plan)
{
    return plan->by == BY_ENDPOINT || plan->by == BY_PORT;
}

int key_columns(const struct plan *plan, trawl_schema *schema, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (key_has_address(plan))
        rc = host->schema_add(schema, &address_column, err);
    if (rc == TRAWL_OK && has_port(plan))
        rc = host->schema_add(schema, &port_column, err);
    if (rc == TRAWL_OK && !key_has_address(plan) && !has_port(plan))
        rc = host->schema_add(schema, &label_columns[plan->by], err);
    if (rc == TRAWL_OK && plan->n_local)
        rc = host->schema_add(schema, &direction_column, err);
    return rc;
}

int key_share(const struct plan *plan, const struct top *top, trawl_table *packets,
              trawl_builder *b, trawl_error *err)
{
    if (top->groups.labels)
        return host->builder_share(b, 0, top->groups.labels, 0, err);
    if (key_has_address(plan))
        return host->builder_share(b, 0, packets,
                                   (size_t)host->schema_find(host->schema_of(packets), "src"), err);
    return TRAWL_OK;
}

void key_put(const struct plan *plan, const struct destination *d, trawl_builder *b)
{
    if (plan->by != BY_PORT) {
        if (d->group == NO_GROUP)
            host->put_null(b);
        else
            host->put_code(b, d->group);
    }
    if (has_port(plan))
        host->put_u64(b, d->port);
    if (plan->n_local)
        host->put_text(b, d->inbound ? "in" : "out");
}

/* An address as text, or a label. */
static void name_text(const struct plan *plan, const struct top *top, const struct destination *d,
                      char *ret, size_t n)
{
    if (d->group == NO_GROUP) {
        snprintf(ret, n, "-");
    } else if (key_has_address(plan)) {
        const uint8_t *a = top->addresses.addresses[d->group & 0x7fffffff];
        const int is6 = d->group >> 31 != 0;

        if (!inet_ntop(is6 ? AF_INET6 : AF_INET, is6 ? a : a + 12, ret, (socklen_t)n))
            ret[0] = 0;
    } else {
        const trawl_view *v = &top->label_view;
        const uint64_t start = v->text_offsets[d->group], end = v->text_offsets[d->group + 1];

        host->escape(ret, n, v->text + start, (size_t)(end - start));
    }
}

void key_text(const struct plan *plan, const struct top *top, const struct destination *d,
              char *ret, size_t n)
{
    char name[256] = "";
    const int is6 = key_has_address(plan) && d->group >> 31 != 0;

    if (plan->by != BY_PORT)
        name_text(plan, top, d, name, sizeof(name));
    if (plan->by == BY_ENDPOINT)
        snprintf(ret, n, is6 ? "%s[%s]:%u" : "%s%s:%u", d->inbound ? "<" : "", name, d->port);
    else if (plan->by == BY_PORT)
        snprintf(ret, n, "%s%u", d->inbound ? "<" : "", d->port);
    else
        snprintf(ret, n, "%s%s", d->inbound ? "<" : "", name);
}

int share_of(const struct numbers *n, enum tally tally, double *ret)
{
    if (n->tallies[N_SYN] == 0)
        return 0;
    *ret = 100.0 * (double)n->tallies[tally] / (double)n->tallies[N_SYN];
    return 1;
}

double rate_of(const struct numbers *n, enum tally tally, int64_t end_ns)
{
    const double seconds = (double)((uint64_t)end_ns - (uint64_t)n->first_ns) / 1e9;

    return (double)n->tallies[tally] / (seconds > 1 ? seconds : 1);
}

void totals_add(struct totals *totals, const struct numbers *n, int64_t end_ns)
{
    for (int i = 0; i < N_TALLIES; i++)
        totals->sums[i] += n->tallies[i];
    totals->syn_rate += rate_of(n, N_SYN, end_ns);
    totals->est_rate += rate_of(n, N_EST, end_ns);
}

int64_t waited_of(const struct numbers *n)
{
    const uint64_t syn = n->tallies[N_SYN], est = n->tallies[N_EST];
    const double waited = numbers_of(n, Q_LAT)->sum + numbers_of(n, Q_TTFB)->sum +
                          (syn > est ? (double)(syn - est) * (double)WAITED_FAILED : 0);

    return waited < 9e18 ? (int64_t)waited : INT64_MAX;
}

unsigned alerts_of(const struct numbers *n)
{
    const struct samples *lat = numbers_of(n, Q_LAT), *rtt = numbers_of(n, Q_RTT);
    double percent;
    unsigned alerts = 0;

    if (share_of(n, N_SYN_ACK, &percent) && percent < 90)
        alerts |= 1u << ALERT_SYN_ACK;
    if (share_of(n, N_EST, &percent) && percent < 90)
        alerts |= 1u << ALERT_EST;
    if (share_of(n, N_RST, &percent) && percent > 10)
        alerts |= 1u << ALERT_RST;
    if (lat->n && lat->sum / (double)lat->n > 20e6)
        alerts |= 1u << ALERT_LAT;
    if (rtt->n && samples_quantile(rtt, 0.95) > 100000000)
        alerts |= 1u << ALERT_RTT;
    return alerts;
}
