/* All that is known of one row, as lines: its numbers, its latency over time, its connections.
 * Knows nothing of how they are drawn. */
#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "live.h"

enum { MAX_CONNECTIONS = 500 };

static int line(struct live_detail *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int line(struct live_detail *d, const char *format, ...)
{
    char text[1024], *copy;
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (d->n == d->room) {
        char **grown = host->realloc(d->lines, (d->room * 2 + 32) * sizeof(*grown));

        if (!grown)
            return -1;
        d->lines = grown;
        d->room = d->room * 2 + 32;
    }
    copy = host->alloc(strlen(text) + 1);
    if (!copy)
        return -1;
    memcpy(copy, text, strlen(text) + 1);
    d->lines[d->n++] = copy;
    return 0;
}

/* ---- numbers ---- */

static int put_counts(struct live_detail *d, const struct numbers *n, int64_t end_ns)
{
    const uint64_t *t = n->tallies;
    char out[32], in[32], sent[32], got[32], waited[32];
    double answered = 0, est = 0;

    (void)share_of(n, N_SYN_ACK, &answered);
    (void)share_of(n, N_EST, &est);
    text_of_count(out, sizeof(out), (double)t[N_PACKETS_OUT]);
    text_of_count(in, sizeof(in), (double)t[N_PACKETS_IN]);
    text_of_count(sent, sizeof(sent), (double)t[N_BYTES_OUT]);
    text_of_count(got, sizeof(got), (double)t[N_BYTES_IN]);
    text_of_span(waited, sizeof(waited), waited_of(n));
    return line(d, "attempts %llu (%.2f/s), sent again %llu, answered %.0f%%, established %.0f%%",
                (unsigned long long)t[N_SYN], rate_of(n, N_SYN, end_ns),
                (unsigned long long)t[N_AGAIN], answered, est) ||
           line(d,
                "resets %llu, of them refused %llu; closed first by the client %llu, server %llu",
                (unsigned long long)t[N_RST], (unsigned long long)t[N_REFUSED],
                (unsigned long long)t[N_FIN_OUT], (unsigned long long)t[N_FIN_IN]) ||
           line(d, "packets out %s, in %s; payload out %sB, in %sB; suspected drops %llu", out, in,
                sent, got, (unsigned long long)t[N_ERR]) ||
           line(d, "clients waited %s in all", waited);
}

/* Counts of values in half decades from 10 µs to 31.6 s, as `top --bars` has them. */
static size_t bars(const struct samples *s, char *out, size_t room)
{
    double values[N_BARS], most = 0;
    uint64_t counts[N_BARS];

    bars_of(s, counts);
    for (int i = 0; i < N_BARS; i++) {
        values[i] = (double)counts[i];
        most = values[i] > most ? values[i] : most;
    }
    return text_of_bars(out, room, values, N_BARS, most);
}

static int put_measures(struct live_detail *d, const struct numbers *n)
{
    static const double quantiles[] = {0.5, 0.9, 0.95, 0.99};

    if (line(d, "%s", "") || line(d, "%-9s %7s %7s %7s %7s %7s %7s  10us..31s", "", "n", "p50",
                                  "p90", "p95", "p99", "max"))
        return -1;
    for (int i = 0; i < N_MEASURES; i++) {
        const struct samples *s = numbers_of(n, (enum measure)i);
        char cells[5][32], drawn[N_BARS * 3 + 4] = "";

        if (!s->n || i == Q_REQUESTS)
            continue;
        for (size_t k = 0; k < TRAWL_COUNT(quantiles); k++)
            text_of_span(cells[k], sizeof(cells[k]), samples_quantile(s, quantiles[k]));
        text_of_span(cells[4], sizeof(cells[4]), s->max);
        bars(s, drawn, sizeof(drawn));
        if (line(d, "%-9s %7llu %7s %7s %7s %7s %7s  %s", measure_names[i],
                 (unsigned long long)s->n, cells[0], cells[1], cells[2], cells[3], cells[4], drawn))
            return -1;
    }
    return 0;
}

/* ---- over time ---- */

static void add_history(struct history *to, const struct history *from)
{
    if (from->last > to->last) {
        const int64_t by = from->last - to->last;

        for (int64_t k = 0; k < by && k < HISTORY_BINS; k++) {
            const size_t i = (size_t)((from->last - k) % HISTORY_BINS);

            to->sums[i] = 0;
            to->counts[i] = 0;
        }
        to->last = from->last;
    }
    for (int64_t bin = from->last; bin >= 0 && bin > from->last - HISTORY_BINS; bin--) {
        const size_t i = (size_t)(bin % HISTORY_BINS);

        if (bin <= to->last - HISTORY_BINS)
            break;
        to->sums[i] += from->sums[i];
        to->counts[i] = (uint16_t)(to->counts[i] + from->counts[i] > UINT16_MAX
                                       ? UINT16_MAX
                                       : to->counts[i] + from->counts[i]);
    }
}

/* The last bins up to now, each as high as its mean. */
static int put_history(struct live_detail *d, const struct feed *f, uint32_t serial, int which,
                       const char *what)
{
    struct history all = {.last = -1};
    double values[HISTORY_BINS], most = 0;
    char drawn[HISTORY_BINS * 3 + 4], top[32], width[32];
    int64_t now = 0;

    for (size_t i = 0; i < f->n_endpoints; i++)
        if (f->endpoints[i].serial == serial && f->endpoints[i].histories[which])
            add_history(&all, f->endpoints[i].histories[which]);
    if (all.last < 0)
        return 0;
    if (f->bin_ns > 0 && !__builtin_sub_overflow(f->end_ns, f->start_ns, &now))
        now = now < 0 ? 0 : now / f->bin_ns;
    now = now > all.last ? now : all.last;
    for (int64_t k = 0; k < HISTORY_BINS; k++) {
        const int64_t bin = now - (HISTORY_BINS - 1) + k;
        const size_t i = (size_t)((bin < 0 ? 0 : bin) % HISTORY_BINS);
        const int is_there = bin >= 0 && bin <= all.last && bin > all.last - HISTORY_BINS;

        values[k] = is_there && all.counts[i] ? (double)all.sums[i] / all.counts[i] : 0;
        most = values[k] > most ? values[k] : most;
    }
    text_of_bars(drawn, sizeof(drawn), values, HISTORY_BINS, most);
    text_of_span(top, sizeof(top), (int64_t)most);
    text_of_span(width, sizeof(width), f->bin_ns);
    return line(d, "%s", "") ||
           line(d, "%s, mean of each %s up to now, at most %s", what, width, top) ||
           line(d, "|%s|", drawn);
}

/* ---- connections ---- */

struct latest {
    int64_t time_ns;
    const struct feed_connection *connection;
};

static int by_time(const void *left, const void *right)
{
    const struct latest *a = left, *b = right;

    if (a->time_ns != b->time_ns)
        return a->time_ns > b->time_ns ? -1 : 1;
    return a->connection > b->connection ? -1 : 1;
}

static const char *stage_of(const struct feed_connection *c)
{
    static const char *const names[] = {[STAGE_NONE] = "seen",
                                        [STAGE_SYN] = "syn sent",
                                        [STAGE_SYN_ACK] = "answered",
                                        [STAGE_OPEN] = "open",
                                        [STAGE_CLOSED] = "closed"};

    return names[c->session.stage];
}

static int put_connection(struct live_detail *d, const struct feed *f, const struct input *in,
                          const struct latest *l)
{
    const struct feed_connection *c = l->connection;
    const uint8_t *address = in->src.addresses[c->client & 0x7fffffff];
    char client[INET6_ADDRSTRLEN + 8], ago[32], packets[32], bytes[32];
    int64_t since;
    size_t n = address_text(address, 128, client, sizeof(client));

    snprintf(client + n, sizeof(client) - n, ":%u", c->client_port);
    if (__builtin_sub_overflow(f->end_ns, l->time_ns, &since) || since < 0)
        since = 0;
    text_of_span(ago, sizeof(ago), since);
    text_of_count(packets, sizeof(packets), c->n_packets);
    text_of_count(bytes, sizeof(bytes), (double)c->n_bytes);
    return line(d, "%-26s %-8s %7s %7s %7s %8u", client, stage_of(c), ago, packets, bytes,
                c->session.n_requests);
}

static int put_connections(struct live_detail *d, const struct feed *f, const struct input *in,
                           uint32_t serial)
{
    struct latest *found = host->alloc((f->n_connections + 1) * sizeof(*found));
    size_t n = 0;
    int rc;

    if (!found)
        return -1;
    for (size_t i = 0; i < f->n_connections; i++) {
        const struct feed_connection *c = &f->connections[i];

        if (!feed_counts(c) || f->endpoints[c->i_endpoint].serial != serial ||
            c->last_row >= in->n_rows)
            continue;
        found[n++] = (struct latest){((const int64_t *)in->time.data)[c->last_row], c};
    }
    if (n)
        qsort(found, n, sizeof(*found), by_time);
    rc = line(d, "%s", "") || line(d, "%zu connections, the latest first%s", n,
                                   n > MAX_CONNECTIONS ? "; 500 of them are here" : "");
    rc = rc || line(d, "%-26s %-8s %7s %7s %7s %8s", "client", "state", "ago", "packets", "payload",
                    "requests");
    for (size_t i = 0; !rc && i < n && i < MAX_CONNECTIONS; i++)
        rc = put_connection(d, f, in, &found[i]);
    host->free(found);
    return rc;
}

/* ---- all of it ---- */

static uint32_t serial_of(const struct snapshot *s, const char *key)
{
    for (size_t i = 0; i < s->n; i++)
        if (strcmp(s->text + s->names[i], key) == 0)
            return (uint32_t)i;
    return NO_GROUP;
}

/* The packets as the feed knows them; *ret NULL: they are not there any more. */
static int open_packets(trawl_call *call, struct live *live, struct input *in, trawl_table **ret,
                        trawl_error *err)
{
    trawl_capture *capture = NULL;
    int rc = live_look(call, live, err);

    if (rc == TRAWL_OK)
        rc = host->capture(call, live->capture, &capture, err);
    if (rc == TRAWL_OK && live->state.let_go == live->feed.let_go)
        rc = host->table(call, capture, "packets", ret, err);
    return rc == TRAWL_OK && *ret ? input_open(call, *ret, in, err) : rc;
}

static int put_all(trawl_call *call, struct live *live, uint32_t serial, struct live_detail *d,
                   trawl_error *err)
{
    const struct feed *f = &live->feed;
    struct numbers *sum = host->alloc(sizeof(*sum));
    trawl_table *packets = NULL;
    struct input in;
    int bad = !sum, rc;

    memset(&in, 0, sizeof(in));
    for (size_t i = 0; !bad && i < f->n_endpoints; i++)
        if (f->endpoints[i].serial == serial)
            bad = numbers_merge(sum, &f->endpoints[i].numbers);
    bad = bad || put_counts(d, sum, f->end_ns) || put_measures(d, sum) ||
          put_history(d, f, serial, 0, "time to connect") ||
          put_history(d, f, serial, 1, "time to the first byte of answers");
    if (sum)
        numbers_fini(sum);
    host->free(sum);
    rc = bad ? top_nomem(err) : open_packets(call, live, &in, &packets, err);
    if (rc == TRAWL_OK && packets && put_connections(d, f, &in, serial) != 0)
        rc = top_nomem(err);
    host->release(packets);
    return rc;
}

int live_detail_make(trawl_call *call, struct live *live, const char *key, struct live_detail **ret,
                     trawl_error *err)
{
    const struct snapshot *s = &live->snapshot;
    const uint32_t serial = serial_of(s, key);
    struct live_detail *d = host->alloc(sizeof(*d));
    int rc = d ? TRAWL_OK : top_nomem(err);

    if (rc != TRAWL_OK)
        return rc;
    snprintf(d->key, sizeof(d->key), "%s", key);
    if (serial == NO_GROUP)
        rc = line(d, "it is not among the rows any more") ? top_nomem(err) : TRAWL_OK;
    else if (!s->has_endpoints)
        rc = put_counts(d, &s->rows.items[serial].numbers, s->end_ns) ||
                     put_measures(d, &s->rows.items[serial].numbers) || line(d, "%s", "") ||
                     line(d, "latency over time and connections: by address (b)")
                 ? top_nomem(err)
                 : TRAWL_OK;
    else
        rc = put_all(call, live, serial, d, err);
    if (rc != TRAWL_OK)
        live_detail_free(d);
    else
        *ret = d;
    return rc;
}
