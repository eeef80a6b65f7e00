/* Which packets have a protocol. Must not know what protocols mean. */
#include "core/dissect/extract.h"

/* Rows without tunnels, quotes or damage are answered by the base columns alone. */
static void answer_from_base(struct tw_extract *x, uint64_t kinds)
{
    const struct tw_packets *p = x->packets;
    struct tw_rows test = tw_rows_test(kinds);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    bool of_transport = !test.families;

    for (uint64_t row = 0; row < p->n_rows; row++) {
        bool has = of_transport ? test.protos[proto[row]] : (flags[row] & test.families) != 0;

        if (has && !(flags[row] & TW_ROWS_SPECIAL))
            x->bits->words[row / 64] |= UINT64_C(1) << (row % 64);
    }
}

/* Kinds that a plain row has exactly when its protocol number or family says so. */
static bool known_to_base(uint64_t kinds)
{
    const uint64_t known = UINT64_C(1) << TW_LAYER_IP | UINT64_C(1) << TW_LAYER_IPV6 |
                           UINT64_C(1) << TW_LAYER_ICMP | UINT64_C(1) << TW_LAYER_ICMPV6 |
                           UINT64_C(1) << TW_LAYER_IGMP | UINT64_C(1) << TW_LAYER_TCP |
                           UINT64_C(1) << TW_LAYER_UDP | UINT64_C(1) << TW_LAYER_UDPLITE |
                           UINT64_C(1) << TW_LAYER_SCTP | UINT64_C(1) << TW_LAYER_DCCP;

    return kinds && !(kinds & ~known);
}

/* A protocol that is no layer is there where its dissector finds a value. */
static int presence_pass(struct tw_extract *x, const struct tw_catalogue *catalogue,
                         const char *protocol, trawl_error *err)
{
    uint64_t kinds = tw_rows_kinds(protocol);

    x->record = protocol;
    x->wanted = tw_alloc_array(1, sizeof(*x->wanted));
    if (!x->wanted)
        return tw_fail_nomem(err);
    if (kinds) {
        if (known_to_base(kinds)) {
            answer_from_base(x, kinds);
            x->special_only = true;
            x->test.quotes = tw_rows_may_be_quoted(kinds);
        }
        x->kinds = x->row_kinds = kinds;
    } else {
        const trawl_dissector *dissector = tw_catalogue_dissector(catalogue, protocol);
        struct tw_wanted *w;

        if (!dissector)
            return tw_fail(err, TRAWL_E_NOT_FOUND, "there is no protocol '%s'", protocol);
        w = tw_extract_want(x, dissector, err);
        if (!w)
            return TRAWL_E_NOMEM;
        memset(w->fields, TW_WANTED_TOUCH, dissector->n_fields);
    }
    return tw_extract_run(x, err);
}

struct tw_bits *tw_packets_presence(struct tw_packets *packets,
                                    const struct tw_catalogue *catalogue, const char *protocol,
                                    trawl_error *err)
{
    struct tw_extract x = {
        .packets = packets, .catalogue = catalogue, .n_rows = packets->n_rows, .warns = true};
    struct tw_bits *kept = tw_hashmap_get(&packets->presence, protocol);
    int rc;

    if (kept)
        return tw_bits_retain(kept);
    x.bits = tw_bits_new(packets->n_rows, err);
    if (!x.bits)
        return NULL;
    rc = presence_pass(&x, catalogue, protocol, err);
    if (rc == TRAWL_OK && tw_hashmap_put(&packets->presence, protocol, x.bits))
        rc = tw_fail_nomem(err);
    tw_extract_fini(&x);
    if (rc != TRAWL_OK) {
        tw_bits_release(x.bits);
        return NULL;
    }
    return tw_bits_retain(x.bits);
}
