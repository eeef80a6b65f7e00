/* Ports to dissectors, and lists of messages. Must not know how streams are put together. */
#include "core/dissect/payload.h"

#include "core/base/text.h"

enum { TCP = 6 };

bool tw_is_payload(const trawl_dissector *dissector)
{
    return strcmp(dissector->layer, "payload") == 0;
}

bool tw_is_over_udp(const trawl_dissector *dissector)
{
    return dissector->udp_ports || (dissector->probe && !dissector->message);
}

/* "53" or "8000-8010". */
static bool read_ports(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
    const char *dash = strchr(text, '-');
    const size_t n = dash ? (size_t)(dash - text) : strlen(text);

    if (tw_parse_u64(text, n, ret_first) != TRAWL_OK)
        return false;
    *ret_last = *ret_first;
    if (dash && tw_parse_u64(dash + 1, strlen(dash + 1), ret_last) != TRAWL_OK)
        return false;
    return *ret_first <= *ret_last && *ret_last <= UINT16_MAX;
}

bool tw_ports_are_valid(const char *const *ports)
{
    uint64_t first, last;

    for (; ports && *ports; ports++)
        if (!read_ports(*ports, &first, &last))
            return false;
    return true;
}

static void claim(uint8_t *table, const char *const *ports, unsigned n)
{
    uint64_t first, last;

    for (; ports && *ports; ports++) {
        if (!read_ports(*ports, &first, &last))
            continue; /* the lint has refused it */
        for (uint64_t port = first; port <= last; port++)
            if (!table[port])
                table[port] = (uint8_t)n;
    }
}

bool tw_claims_add(struct tw_claims *claims, const trawl_dissector *dissector)
{
    if (claims->n_dissectors == TW_PAYLOADS_MOST)
        return false;
    claims->dissectors[claims->n_dissectors++] = dissector;
    claim(claims->tcp, dissector->message ? dissector->tcp_ports : NULL, claims->n_dissectors);
    claim(claims->udp, dissector->udp_ports, claims->n_dissectors);
    return true;
}

const trawl_dissector *tw_claims_find(const struct tw_claims *claims, unsigned carrier,
                                      uint16_t sport, uint16_t dport)
{
    const uint8_t *table = carrier == TCP ? claims->tcp : claims->udp;
    unsigned n = table[TW_MIN(sport, dport)];

    if (!n)
        n = table[TW_MAX(sport, dport)];
    return n ? claims->dissectors[n - 1] : NULL;
}

const trawl_dissector *tw_claims_probe(const struct tw_claims *claims, const trawl_layer *payload)
{
    for (unsigned i = 0; i < claims->n_dissectors; i++) {
        const trawl_dissector *d = claims->dissectors[i];

        if (d->probe && (payload->carrier == TCP ? d->message != NULL : tw_is_over_udp(d)) &&
            d->probe(payload))
            return d;
    }
    return NULL;
}

const trawl_dissector *tw_claims_decide(const struct tw_claims *claims, const trawl_layer *payload)
{
    const trawl_dissector *owner = tw_claims_find(claims, payload->carrier, payload->src_port,
                                                  payload->dst_port);
    const trawl_dissector *other;

    if (owner && (!owner->probe || owner->probe(payload)))
        return owner;
    other = tw_claims_probe(claims, payload);
    return other ? other : owner;
}

void tw_messages_free(struct tw_messages *messages)
{
    if (!messages)
        return;
    for (size_t i = 0; i < messages->n_arenas; i++)
        tw_arena_fini(&messages->arenas[i]);
    tw_free(messages->arenas);
    tw_free(messages->items);
    tw_free(messages);
}

size_t tw_messages_from(const struct tw_messages *messages, uint64_t row)
{
    size_t lo = 0, hi = messages->n;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (messages->items[mid].row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}
