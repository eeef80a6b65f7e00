/* The two ends of each connection, and what a file of one direction is called. Must not know files'
 * contents. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"

void ends_fini(struct ends *ends)
{
    host->release(ends->table);
    host->release(ends->packets);
}

int ends_open(trawl_call *call, trawl_capture *capture, int udp, struct ends *ret, trawl_error *err)
{
    struct ends e = {.udp = udp};
    const struct {
        int of_packets;
        const char *name;
        trawl_view *view;
    } columns[] = {{0, "stream", &e.stream}, {0, "first", &e.first},
                   {0, "client", &e.client}, {0, "client_port", &e.client_port},
                   {1, "src", &e.src},       {1, "dst", &e.dst},
                   {1, "sport", &e.sport},   {1, "dport", &e.dport}};
    int rc = host->table(call, capture, udp ? "udp" : "tcp", &e.table, err);

    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &e.packets, err);
    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(columns); i++) {
        columns[i].view->size = sizeof(trawl_view);
        rc = host->view_named(call, columns[i].of_packets ? e.packets : e.table, columns[i].name,
                              columns[i].view, err);
    }
    if (rc != TRAWL_OK) {
        ends_fini(&e);
        return rc;
    }
    e.n = host->n_rows(e.table);
    *ret = e;
    return TRAWL_OK;
}

int64_t ends_find(const struct ends *ends, uint32_t stream)
{
    uint64_t low = 0, high = ends->n;

    while (low < high) {
        const uint64_t mid = low + (high - low) / 2;

        if (trawl_view_u64(&ends->stream, mid) < stream)
            low = mid + 1;
        else
            high = mid;
    }
    return low < ends->n && trawl_view_u64(&ends->stream, low) == stream ? (int64_t)low : -1;
}

int ends_fail(const struct ends *ends, const char *number, trawl_error *err)
{
    host->fail(err, TRAWL_E_NOT_FOUND,
               ends->udp ? "no UDP conversation '%s'" : "no TCP connection '%s'", number);
    host->hint(err, "'%s' lists %s with their numbers.", ends->udp ? "udp" : "lt",
               ends->udp ? "them" : "the connections");
    return TRAWL_E_NOT_FOUND;
}

int ends_contents(trawl_call *call, trawl_capture *capture, const struct ends *ends,
                  const uint32_t *streams, size_t n,
                  int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                              trawl_error *err),
                  void *context, trawl_error *err)
{
    return (ends->udp ? host->datagrams : host->contents)(call, capture, streams, n, body, context,
                                                          err);
}

static struct end end_at(const trawl_view *addresses, const trawl_view *ports, uint64_t row)
{
    const uint32_t code = ((const uint32_t *)addresses->data)[row];
    const uint8_t *address = addresses->addresses[code & 0x7fffffff];
    const int is_6 = code >> 31 != 0;

    return (struct end){.address = is_6 ? address : address + 12,
                        .n_address = is_6 ? 16 : 4,
                        .port = (uint16_t)trawl_view_u64(ports, row)};
}

void ends_of(const struct ends *ends, uint64_t i, unsigned direction, struct end *ret_from,
             struct end *ret_to)
{
    const uint64_t row = trawl_view_u64(&ends->first, i) - 1;
    const struct end a = end_at(&ends->src, &ends->sport, row);
    const struct end b = end_at(&ends->dst, &ends->dport, row);

    *ret_from = direction ? b : a;
    *ret_to = direction ? a : b;
}

unsigned ends_client(const struct ends *ends, uint64_t i)
{
    const uint64_t row = trawl_view_u64(&ends->first, i) - 1;

    /* both columns have the capture's addresses, so that codes can be compared */
    return trawl_view_u64(&ends->src, row) == trawl_view_u64(&ends->client, i) &&
                   trawl_view_u64(&ends->sport, row) == trawl_view_u64(&ends->client_port, i)
               ? 0
               : 1;
}

/* ---- names ---- */

/* n digits, zeros first. */
static char *put_digits(char *out, unsigned number, size_t n)
{
    for (size_t i = n; i-- > 0; number /= 10)
        out[i] = (char)('0' + number % 10);
    return out + n;
}

static char *put_end(char *out, const struct end *end)
{
    char text[INET6_ADDRSTRLEN];

    for (size_t i = 0; i < 4 && end->n_address == 4; i++) {
        out = put_digits(out, end->address[i], 3);
        *out++ = '.';
    }
    if (end->n_address != 4) {
        (void)inet_ntop(AF_INET6, end->address, text, sizeof(text));
        memcpy(out, text, strlen(text));
        out += strlen(text);
        *out++ = '.';
    }
    return put_digits(out, end->port, 5);
}

void name_of(const struct end *from, const struct end *to, uint32_t nth, char *ret)
{
    char *at = put_end(ret, from);

    *at++ = '-';
    at = put_end(at, to);
    *at = 0;
    if (nth)
        (void)snprintf(at, NAME_MOST - (size_t)(at - ret), "c%u", nth);
}

/* A connection by its ends, the lower first. */
struct pair {
    uint64_t low, high; /* code of the address << 16 | port */
    uint64_t i;
};

static int by_ends(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;

    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

uint32_t *count_reuse(trawl_call *call, const struct ends *ends, trawl_error *err)
{
    struct pair *pairs = host->call_alloc(call, (ends->n + 1) * sizeof(*pairs));
    uint32_t *counts = host->call_alloc(call, (ends->n + 1) * sizeof(*counts));

    if (!pairs || !counts) {
        (void)host->fail(err, TRAWL_E_NOMEM, "out of memory");
        return NULL;
    }
    for (uint64_t i = 0; i < ends->n; i++) {
        const uint64_t row = trawl_view_u64(&ends->first, i) - 1;
        const uint64_t a = (uint64_t)((const uint32_t *)ends->src.data)[row] << 16 |
                           trawl_view_u64(&ends->sport, row);
        const uint64_t b = (uint64_t)((const uint32_t *)ends->dst.data)[row] << 16 |
                           trawl_view_u64(&ends->dport, row);

        pairs[i] = (struct pair){.low = a < b ? a : b, .high = a < b ? b : a, .i = i};
    }
    qsort(pairs, ends->n, sizeof(*pairs), by_ends);
    for (uint64_t i = 0; i < ends->n; i++)
        counts[pairs[i].i] = i && pairs[i].low == pairs[i - 1].low &&
                                     pairs[i].high == pairs[i - 1].high
                                 ? counts[pairs[i - 1].i] + 1
                                 : 0;
    return counts;
}
