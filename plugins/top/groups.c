/* Which addresses and connections share a row, and what it is called. Knows nothing of segments. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "trawl/views.h"

#include "top.h"

int top_nomem(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "out of memory");
}

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

/* IPv4 is what is after ::ffff:, in an IPv6 header too. */
static int is_4(const uint8_t address[16])
{
    return memcmp(address, mapped, sizeof(mapped)) == 0;
}

int prefix_has(const struct prefix *p, const uint8_t address[16])
{
    const unsigned whole = p->bits / 8, rest = p->bits % 8;

    if (p->bits < 96 && is_4(address)) /* ::/0 is all of IPv6 */
        return 0;
    return memcmp(p->bytes, address, whole) == 0 &&
           (!rest || (p->bytes[whole] ^ address[whole]) >> (8 - rest) == 0);
}

int is_local(const struct plan *plan, const uint8_t address[16])
{
    for (size_t i = 0; i < plan->n_local; i++)
        if (prefix_has(&plan->local[i], address))
            return 1;
    return 0;
}

/* An address as text: IPv4 after ::ffff:. */
static int parse_address(const char *text, uint8_t ret[16], unsigned *ret_bits)
{
    memcpy(ret, mapped, sizeof(mapped));
    *ret_bits = 32;
    if (inet_pton(AF_INET, text, ret + 12) == 1)
        return 1;
    *ret_bits = 128;
    return inet_pton(AF_INET6, text, ret) == 1;
}

int prefix_parse(trawl_call *call, const char *word, struct prefix *ret, trawl_error *err)
{
    const char *slash = strchr(word, '/');
    const size_t n = slash ? (size_t)(slash - word) : strlen(word);
    char text[INET6_ADDRSTRLEN] = "";
    unsigned most = 0, bits = 0;
    int ok = n < sizeof(text);

    if (ok) {
        memcpy(text, word, n);
        ok = parse_address(text, ret->bytes, &most);
    }
    ret->bits = 128;
    if (ok && slash) {
        for (const char *c = slash + 1; *c >= '0' && *c <= '9' && bits <= most; c++)
            bits = bits * 10 + (unsigned)(*c - '0');
        ok = slash[1] && strspn(slash + 1, "0123456789") == strlen(slash + 1) && bits <= most;
        ret->bits = 128 - most + bits;
    }
    if (ok)
        return TRAWL_OK;
    host->fail(err, TRAWL_E_USAGE, "'%s' is no address and no network", word);
    host->hint(err, "Write 10.0.0.0/8 or 2001:db8::/32; --local can be given again.");
    host->place(call, word, strlen(word), err);
    return TRAWL_E_USAGE;
}

/* ---- labels, and the arrays that lead to them ---- */

trawl_builder *labels_new(trawl_error *err)
{
    const trawl_column column = TRAWL_COLUMN(.name = "label", .type = TRAWL_STRING,
                                             .help = "of a row");
    trawl_schema *schema = host->schema_from(&column, 1, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;

    host->schema_free(schema);
    return b;
}

/* An array of n numbers, all NO_GROUP. */
static int new_numbers(uint32_t **ret, size_t n, trawl_error *err)
{
    *ret = host->alloc((n + 1) * sizeof(**ret));
    if (!*ret)
        return top_nomem(err);
    memset(*ret, 0xff, n * sizeof(**ret));
    return TRAWL_OK;
}

size_t address_text(const uint8_t address[16], unsigned bits, char *ret, size_t room)
{
    const int is4 = is_4(address);
    size_t n;

    if (!inet_ntop(is4 ? AF_INET : AF_INET6, address + (is4 ? 12 : 0), ret, (socklen_t)room))
        return 0; /* only for want of room */
    n = strlen(ret);
    if (bits < 128)
        n += (size_t)snprintf(ret + n, room - n, "/%u", bits - (is4 ? 96 : 0));
    return n;
}

/* Addresses that nothing has given a label are called as they are written. */
static int by_text(const trawl_view *addresses, trawl_builder *labels, struct groups *g,
                   trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint32_t i = 0; rc == TRAWL_OK && i < addresses->n_codes; i++) {
        char text[INET6_ADDRSTRLEN + 8];

        if (g->of_address[i] == NO_GROUP)
            rc = host->builder_code(labels, 0, text,
                                    address_text(addresses->addresses[i], 128, text, sizeof(text)),
                                    &g->of_address[i], err);
    }
    return rc;
}

/* ---- networks ---- */

static int by_prefix(const struct plan *plan, const trawl_view *addresses, trawl_builder *labels,
                     struct groups *g, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint32_t i = 0; rc == TRAWL_OK && i < addresses->n_codes; i++) {
        const unsigned bits = is_4(addresses->addresses[i]) ? plan->bits4 : plan->bits6;
        uint8_t network[16];
        char text[INET6_ADDRSTRLEN + 8];

        memcpy(network, addresses->addresses[i], sizeof(network));
        for (unsigned k = bits; k < 128; k++)
            network[k / 8] &= (uint8_t) ~(0x80u >> k % 8);
        rc = host->builder_code(labels, 0, text, address_text(network, bits, text, sizeof(text)),
                                &g->of_address[i], err);
    }
    return rc;
}

/* ---- what another plugin says of a connection ---- */

static int by_sni(trawl_call *call, trawl_capture *capture, const trawl_view *addresses,
                  trawl_builder *labels, struct groups *g, trawl_error *err)
{
    trawl_table *tls = NULL;
    trawl_view stream, sni;
    uint64_t most = 0;
    int rc = host->table(call, capture, "tls", &tls, err);

    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, tls, "stream", &stream, err);
    if (rc == TRAWL_OK)
        rc = trawl_open_view(host, call, tls, "sni", &sni, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < stream.n_rows; row++)
        if (trawl_view_u64(&stream, row) > most)
            most = trawl_view_u64(&stream, row);
    g->n_streams = (size_t)most + 1;
    if (rc == TRAWL_OK)
        rc = new_numbers(&g->of_stream, g->n_streams, err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < sni.n_rows; row++) {
        const uint64_t i = trawl_view_u64(&stream, row);
        size_t n;
        const uint8_t *text;

        if (!trawl_view_has(&sni, row))
            continue;
        text = trawl_view_text(&sni, row, &n);
        rc = host->builder_code(labels, 0, text, n, &g->of_stream[i], err);
    }
    host->release(tls);
    return rc == TRAWL_OK ? by_text(addresses, labels, g, err) : rc;
}

/* ---- all of them ---- */

static int fill(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                trawl_table *packets, trawl_builder *labels, struct groups *g, trawl_error *err)
{
    trawl_view addresses;
    int rc;

    rc = trawl_open_view(host, call, packets, "src", &addresses, err);
    if (rc == TRAWL_OK)
        rc = new_numbers(&g->of_address, addresses.n_codes, err);
    if (rc != TRAWL_OK)
        return rc;
    if (plan->by == BY_APPLICATION)
        return by_application(call, capture, &addresses, labels, g, err);
    if (plan->by == BY_SNI)
        return by_sni(call, capture, &addresses, labels, g, err);
    return by_prefix(plan, &addresses, labels, g, err);
}

int labels_finish(trawl_builder *labels, trawl_table **ret, trawl_error *err)
{
    host->put_text(labels, "");
    host->end_row(labels);
    return host->finish(labels, ret, err);
}

int groups_open(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                trawl_table *packets, struct groups *g, trawl_error *err)
{
    trawl_builder *labels;
    int rc;

    g->with_port = plan->by == BY_ENDPOINT || plan->by == BY_PORT;
    g->without_address = plan->by == BY_PORT;
    if (key_has_address(plan) || plan->by == BY_PORT || names_later(plan))
        return TRAWL_OK;
    labels = labels_new(err);
    if (!labels)
        return TRAWL_E_NOMEM;
    rc = fill(call, plan, capture, packets, labels, g, err);
    if (rc == TRAWL_OK)
        return labels_finish(labels, &g->labels, err);
    host->builder_free(labels);
    return rc;
}

void groups_fini(struct groups *g)
{
    host->free(g->of_address);
    host->free(g->of_stream);
    host->release(g->labels);
    memset(g, 0, sizeof(*g));
}
