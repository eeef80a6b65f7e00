/* Addresses of a column and the narrowest range around each.
 * Must not know files. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addresses.h"

enum { CODE = 0x7fffffff };

/* ---- addresses ---- */

static uint64_t big_endian(const uint8_t *bytes, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | bytes[i];
    return v;
}

/* IPv4 is what is after ::ffff:, whoever wrote it there: the packet or who read it. */
static struct address address_of(const uint8_t bytes[16])
{
    const uint64_t hi = big_endian(bytes, 8), lo = big_endian(bytes + 8, 8);

    if (hi == 0 && lo >> 32 == 0xffff)
        return (struct address){.family = 4, .lo = lo & UINT32_MAX};
    return (struct address){.family = 6, .hi = hi, .lo = lo};
}

int address_parse(const char *text, struct address *ret)
{
    uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff};
    const int is6 = strchr(text, ':') != NULL;

    if (inet_pton(is6 ? AF_INET6 : AF_INET, text, is6 ? bytes : bytes + 12) != 1)
        return 0;
    *ret = address_of(bytes);
    return 1;
}

/* The low n bits of 64. */
static uint64_t low_bits(unsigned n)
{
    return n >= 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1;
}

static void prefix_text(const struct address *from, unsigned bits, char *ret)
{
    uint8_t bytes[16];
    char text[INET6_ADDRSTRLEN];

    for (unsigned i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(from->hi >> (56 - 8 * i));
        bytes[8 + i] = (uint8_t)(from->lo >> (56 - 8 * i));
    }
    inet_ntop(from->family == 6 ? AF_INET6 : AF_INET, from->family == 6 ? bytes : bytes + 12, text,
              sizeof(text));
    snprintf(ret, 64, "%s/%u", text, bits);
}

int prefix_parse(const char *text, struct address *ret_from, struct address *ret_to, char *ret_text)
{
    char address[64];
    const char *slash = strchr(text, '/');
    const size_t n = slash ? (size_t)(slash - text) : strlen(text);
    unsigned all, bits, rest;

    if (n >= sizeof(address))
        return 0;
    memcpy(address, text, n);
    address[n] = 0;
    if (!address_parse(address, ret_from))
        return 0;
    bits = all = strchr(address, ':') ? 128 : 32;
    if (slash) {
        const char *p = slash + 1;

        for (bits = 0; *p >= '0' && *p <= '9' && bits <= all; p++)
            bits = bits * 10 + (unsigned)(*p - '0');
        if (*p || p == slash + 1 || bits > all)
            return 0;
    }
    rest = all - bits;
    if (all == 128 && ret_from->family == 4) { /* ::ffff:10.0.0.0/104 */
        if (rest > 32)
            *ret_from = (struct address){.family = 6, .lo = ret_from->lo | UINT64_C(0xffff) << 32};
        else
            bits = 32 - rest;
    }
    ret_from->hi &= ~low_bits(rest > 64 ? rest - 64 : 0);
    ret_from->lo &= ~low_bits(rest);
    *ret_to = *ret_from;
    ret_to->hi |= low_bits(rest > 64 ? rest - 64 : 0);
    ret_to->lo |= low_bits(rest);
    prefix_text(ret_from, bits, ret_text);
    return 1;
}

int address_compare(const struct address *a, const struct address *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    if (a->hi != b->hi)
        return a->hi < b->hi ? -1 : 1;
    return a->lo < b->lo ? -1 : a->lo > b->lo;
}

/* ---- matching ---- */

static int by_address(const void *a, const void *b)
{
    return address_compare(&((const struct place *)a)->address,
                           &((const struct place *)b)->address);
}

/* Marks each code that occurs, where its entry will be. */
static void note_codes(struct match *match, const trawl_view *view)
{
    const uint32_t *codes = view->data;

    for (uint64_t i = 0; i < view->n_rows; i++) {
        uint32_t *seen = &match->entry_of_code[codes[i] & CODE];

        if (*seen == 0 && trawl_view_has(view, i)) {
            *seen = 1;
            match->n++;
        }
    }
}

int match_init(struct match *match, const trawl_view *views, size_t n, trawl_error *err)
{
    *match = (struct match){.n_codes = views[0].n_codes};
    match->entry_of_code = host->alloc(((size_t)match->n_codes + 1) * sizeof(uint32_t));
    if (!match->entry_of_code)
        return host->fail(err, TRAWL_E_NOMEM, "could not look up addresses: no memory");
    for (size_t i = 0; i < n; i++)
        note_codes(match, &views[i]);
    match->places = host->alloc((match->n + 1) * sizeof(*match->places));
    if (!match->places)
        return host->fail(err, TRAWL_E_NOMEM, "could not look up addresses: no memory");
    for (uint32_t c = 0, k = 0; c < match->n_codes; c++)
        if (match->entry_of_code[c])
            match->places[k++] = (struct place){.address = address_of(views[0].addresses[c]),
                                                .code = c};
    qsort(match->places, match->n, sizeof(*match->places), by_address);
    return TRAWL_OK;
}

int match_list(struct match *match, const uint8_t (*addresses)[16], size_t n, trawl_error *err)
{
    *match = (struct match){.n = n, .places = host->alloc((n + 1) * sizeof(*match->places))};
    if (!match->places)
        return host->fail(err, TRAWL_E_NOMEM, "could not look up addresses: no memory");
    for (size_t i = 0; i < n; i++)
        match->places[i] = (struct place){.address = address_of(addresses[i]), .code = (uint32_t)i};
    qsort(match->places, match->n, sizeof(*match->places), by_address);
    return TRAWL_OK;
}

size_t match_range(struct match *match, const struct address *from, const struct address *to,
                   uint32_t entry)
{
    const uint64_t lo = to->lo - from->lo, hi = to->hi - from->hi - (to->lo < from->lo);
    size_t low = 0, high = match->n, n = 0;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (address_compare(&match->places[middle].address, from) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < match->n && address_compare(&match->places[low].address, to) <= 0; low++) {
        struct place *p = &match->places[low];

        if (p->entry && (hi > p->width_hi || (hi == p->width_hi && lo > p->width_lo)))
            continue;
        p->entry = entry;
        p->width_hi = hi;
        p->width_lo = lo;
        n++;
    }
    return n;
}

int match_rows(trawl_call *call, const struct match *match, const trawl_view *view,
               trawl_table *table, trawl_table **ret, trawl_error *err)
{
    const uint32_t *codes = view->data;
    uint32_t *rows = host->alloc((view->n_rows + 1) * sizeof(*rows));
    int rc;

    if (!rows)
        return host->fail(err, TRAWL_E_NOMEM, "could not look up addresses: no memory");
    for (size_t i = 0; i < match->n; i++)
        match->entry_of_code[match->places[i].code] = match->places[i].entry;
    for (uint64_t i = 0; i < view->n_rows; i++)
        rows[i] = trawl_view_has(view, i) ? match->entry_of_code[codes[i] & CODE] : 0;
    rc = host->gather(call, table, rows, view->n_rows, ret, err);
    host->free(rows);
    return rc;
}

void match_fini(struct match *match)
{
    host->free(match->places);
    host->free(match->entry_of_code);
    *match = (struct match){0};
}
