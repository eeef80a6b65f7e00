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
    &tw_dissector_tzsp,         &tw_dissector_tunnel,  &tw_dissector_pflog,
    &tw_dissector_enc,          &tw_dissector_juniper,
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
    tw_free(catalogue->claims);
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

const trawl_dissector *tw_catalogue_dissector(const struct tw_catalogue *catalogue,
                                              const char *name)
{
    for (size_t i = 0; i < catalogue->n_dissectors; i++)
        if (strcmp(catalogue->dissectors[i]->name, name) == 0)
            return catalogue->dissectors[i];
    return NULL;
}

static int add_claims(struct tw_catalogue *catalogue, const trawl_dissector *dissector,
                      const char *plugin, trawl_error *err)
{
    if (!catalogue->claims)
        catalogue->claims = tw_alloc(sizeof(*catalogue->claims));
    if (!catalogue->claims)
        return tw_fail_nomem(err);
    if (!tw_claims_add(catalogue->claims, dissector))
        return tw_fail(err, TRAWL_E_PLUGIN, "dissector '%s' of '%s' is one too many",
                       dissector->name, plugin);
    return TRAWL_OK;
}

int tw_catalogue_add(struct tw_catalogue *catalogue, const trawl_dissector *dissector,
                     const char *plugin, trawl_error *err)
{
    size_t n_before = catalogue->n_fields;
    const trawl_dissector **grown;
    int rc = reserve_fields(catalogue, dissector->n_fields, err);

    if (rc == TRAWL_OK && tw_catalogue_dissector(catalogue, dissector->name))
        rc = tw_fail(err, TRAWL_E_PLUGIN, "dissector '%s' of '%s' is there already",
                     dissector->name, plugin);
    for (uint32_t i = 0; rc == TRAWL_OK && i < dissector->n_fields; i++)
        rc = add_field(catalogue, tw_dissector_field(dissector, i), dissector, i, plugin, err);
    if (rc == TRAWL_OK) {
        grown = tw_realloc_array(catalogue->dissectors, catalogue->n_dissectors + 1,
                                 sizeof(*grown));
        if (grown) {
            catalogue->dissectors = grown;
            if (tw_is_payload(dissector))
                rc = add_claims(catalogue, dissector, plugin, err);
        } else {
            rc = tw_fail_nomem(err);
        }
    }
    if (rc == TRAWL_OK)
        catalogue->dissectors[catalogue->n_dissectors++] = dissector;
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

/* ---- names that stand for several fields ---- */

#define ANY_OF(name_, type_, flags_, a, b)                                     \
    {                                                                          \
        TRAWL_FIELD(.name = name_, .type = type_,                              \
                    .flags = flags_ | TRAWL_COLUMN_LIST | TRAWL_COLUMN_HIDDEN, \
                    .help = "both of " a " and " b),                           \
        {                                                                      \
            a, b, NULL                                                         \
        }                                                                      \
    }
/* In the order of the header, which is also tshark's. */
static const struct any_of {
    trawl_field field;
    const char *parts[3];
} any_of[] = {
    ANY_OF("ip.addr", TRAWL_IP, 0, "ip.src", "ip.dst"),
    ANY_OF("ipv6.addr", TRAWL_IP, 0, "ipv6.src", "ipv6.dst"),
    ANY_OF("tcp.port", TRAWL_U16, TRAWL_COLUMN_ID, "tcp.srcport", "tcp.dstport"),
    ANY_OF("udp.port", TRAWL_U16, TRAWL_COLUMN_ID, "udp.srcport", "udp.dstport"),
    ANY_OF("sctp.port", TRAWL_U16, TRAWL_COLUMN_ID, "sctp.srcport", "sctp.dstport"),
    ANY_OF("dccp.port", TRAWL_U16, TRAWL_COLUMN_ID, "dccp.srcport", "dccp.dstport"),
    ANY_OF("eth.addr", TRAWL_MAC, 0, "eth.dst", "eth.src"),
    ANY_OF("eth.ig", TRAWL_BOOL, 0, "eth.dst.ig", "eth.src.ig"),
    ANY_OF("eth.lg", TRAWL_BOOL, 0, "eth.dst.lg", "eth.src.lg"),
    ANY_OF("fddi.addr", TRAWL_MAC, 0, "fddi.dst", "fddi.src"),
    ANY_OF("outer.ip.addr", TRAWL_IP, 0, "outer.ip.src", "outer.ip.dst"),
    ANY_OF("outer.ipv6.addr", TRAWL_IP, 0, "outer.ipv6.src", "outer.ipv6.dst"),
};

const char *const *tw_catalogue_any_of(const char *name, size_t n)
{
    for (size_t i = 0; i < TW_COUNT(any_of); i++)
        if (strlen(any_of[i].field.name) == n && memcmp(any_of[i].field.name, name, n) == 0)
            return any_of[i].parts;
    return NULL;
}

const trawl_field *tw_catalogue_any_of_at(size_t i)
{
    return i < TW_COUNT(any_of) ? &any_of[i].field : NULL;
}
