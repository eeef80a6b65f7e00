/* The list of all fields and the names that stand for several. Must not know rows. */
#include "core/dissect/catalogue.h"

#include "core/dissect/fields.h"

static const trawl_dissector *const built_in[] = {
    &tw_dissector_frame,        &tw_dissector_eth,     &tw_dissector_vlan,
    &tw_dissector_llc,          &tw_dissector_sll,     &tw_dissector_null,
    &tw_dissector_ppp,          &tw_dissector_chdlc,   &tw_dissector_fddi,
    &tw_dissector_nflog,        &tw_dissector_ipoib,   &tw_dissector_radiotap,
    &tw_dissector_wlan,         &tw_dissector_mpls,    &tw_dissector_pppoe,
    &tw_dissector_arp,          &tw_dissector_ip,      &tw_dissector_ip_version,
    &tw_dissector_ipv6,         &tw_dissector_hopopts, &tw_dissector_dstopts,
    &tw_dissector_ipv6_options, &tw_dissector_routing, &tw_dissector_fraghdr,
    &tw_dissector_ah,           &tw_dissector_esp,     &tw_dissector_icmp,
    &tw_dissector_icmpv6,       &tw_dissector_igmp,    &tw_dissector_tcp,
    &tw_dissector_udp,          &tw_dissector_sctp,    &tw_dissector_dccp,
    &tw_dissector_gre,          &tw_dissector_vxlan,   &tw_dissector_geneve,
    &tw_dissector_gtp,          &tw_dissector_erspan,  &tw_dissector_l2tp,
    &tw_dissector_tunnel,
};

struct tw_catalogue *tw_catalogue_new(trawl_error *err)
{
    struct tw_catalogue *catalogue = tw_alloc(sizeof(*catalogue));

    if (!catalogue) {
        tw_fail_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < TW_COUNT(built_in); i++) {
        if (tw_catalogue_add(catalogue, built_in[i], "core", err)) {
            tw_catalogue_free(catalogue);
            return NULL;
        }
    }
    return catalogue;
}

void tw_catalogue_free(struct tw_catalogue *catalogue)
{
    if (!catalogue)
        return;
    tw_hashmap_fini(&catalogue->by_name);
    tw_free(catalogue->fields);
    tw_free(catalogue->dissectors);
    tw_free(catalogue);
}

static int reserve_fields(struct tw_catalogue *catalogue, size_t n_more, trawl_error *err)
{
    struct tw_catalogue_field *grown;
    size_t capacity = TW_MAX(catalogue->capacity * 2, catalogue->n_fields + n_more);

    if (catalogue->n_fields + n_more <= catalogue->capacity)
        return TRAWL_OK;
    grown = tw_realloc_array(catalogue->fields, capacity, sizeof(*grown));
    if (!grown)
        return tw_fail_nomem(err);
    catalogue->fields = grown;
    catalogue->capacity = capacity;
    return TRAWL_OK;
}

static int add_field(struct tw_catalogue *catalogue, const trawl_field *field,
                     const trawl_dissector *dissector, uint32_t i_in_dissector, const char *plugin,
                     trawl_error *err)
{
    size_t i = catalogue->n_fields;

    if (tw_hashmap_get(&catalogue->by_name, field->name))
        return tw_fail(err, TRAWL_E_PLUGIN, "field '%s' of '%s' is there already", field->name,
                       plugin);
    if (tw_hashmap_put(&catalogue->by_name, field->name, (void *)(uintptr_t)(i + 1)))
        return tw_fail_nomem(err);
    catalogue->fields[i] = (struct tw_catalogue_field){field, dissector, i_in_dissector, plugin};
    catalogue->n_fields++;
    return TRAWL_OK;
}

static void forget_fields(struct tw_catalogue *catalogue, size_t n_keep)
{
    while (catalogue->n_fields > n_keep)
        tw_hashmap_remove(&catalogue->by_name,
                          catalogue->fields[--catalogue->n_fields].field->name);
}

int tw_catalogue_add(struct tw_catalogue *catalogue, const trawl_dissector *dissector,
                     const char *plugin, trawl_error *err)
{
    size_t n_before = catalogue->n_fields;
    const trawl_dissector **grown;
    int rc = reserve_fields(catalogue, dissector->n_fields, err);

    for (size_t i = 0; rc == TRAWL_OK && i < catalogue->n_dissectors; i++)
        if (strcmp(catalogue->dissectors[i]->name, dissector->name) == 0)
            rc = tw_fail(err, TRAWL_E_PLUGIN, "dissector '%s' of '%s' is there already",
                         dissector->name, plugin);
    for (uint32_t i = 0; rc == TRAWL_OK && i < dissector->n_fields; i++)
        rc = add_field(catalogue, tw_dissector_field(dissector, i), dissector, i, plugin, err);
    if (rc == TRAWL_OK) {
        grown = tw_realloc_array(catalogue->dissectors, catalogue->n_dissectors + 1,
                                 sizeof(*grown));
        if (grown) {
            catalogue->dissectors = grown;
            grown[catalogue->n_dissectors++] = dissector;
        } else {
            rc = tw_fail_nomem(err);
        }
    }
    if (rc)
        forget_fields(catalogue, n_before);
    return rc;
}

int tw_catalogue_add_computed(struct tw_catalogue *catalogue, const trawl_field *field,
                              const char *plugin, trawl_error *err)
{
    int rc = reserve_fields(catalogue, 1, err);

    return rc ? rc : add_field(catalogue, field, NULL, 0, plugin, err);
}

int64_t tw_catalogue_find(const struct tw_catalogue *catalogue, const char *name, size_t n)
{
    char key[128];

    if (n >= sizeof(key))
        return -1;
    memcpy(key, name, n);
    key[n] = '\0';
    return (int64_t)(uintptr_t)tw_hashmap_get(&catalogue->by_name, key) - 1;
}

const char *const *tw_catalogue_any_of(const char *name, size_t n)
{
    static const char *const names[][4] = {
        {"ip.addr", "ip.src", "ip.dst", NULL},
        {"ipv6.addr", "ipv6.src", "ipv6.dst", NULL},
        {"tcp.port", "tcp.srcport", "tcp.dstport", NULL},
        {"udp.port", "udp.srcport", "udp.dstport", NULL},
        {"sctp.port", "sctp.srcport", "sctp.dstport", NULL},
        {"dccp.port", "dccp.srcport", "dccp.dstport", NULL},
        {"eth.addr", "eth.src", "eth.dst", NULL},
        {"wlan.addr", "wlan.sa", "wlan.da", NULL},
        {"fddi.addr", "fddi.src", "fddi.dst", NULL},
        {"outer.ip.addr", "outer.ip.src", "outer.ip.dst", NULL},
        {"outer.ipv6.addr", "outer.ipv6.src", "outer.ipv6.dst", NULL},
    };

    for (size_t i = 0; i < TW_COUNT(names); i++)
        if (strlen(names[i][0]) == n && memcmp(names[i][0], name, n) == 0)
            return names[i] + 1;
    return NULL;
}
