/* All fields that packets can have: the built-in layers' and the plugins', one list, one
 * descriptor type. Must not know rows. */
#ifndef TW_DISSECT_CATALOGUE_H
#define TW_DISSECT_CATALOGUE_H

#include "core/base/hashmap.h"
#include "core/dissect/payload.h"
#include "trawl/field.h"

/** One field and where it comes from. */
struct tw_catalogue_field {
    const trawl_field *field;
    const trawl_dissector
        *dissector; /**< NULL: computed by the session (frame.*, tcp.stream, tcp.seq …) */
    uint32_t i_in_dissector;
    const char *plugin; /**< who declared it: "core" or the plugin's name */
};

struct tw_catalogue {
    struct tw_catalogue_field *fields;
    size_t n_fields, capacity;
    const trawl_dissector **dissectors;
    size_t n_dissectors;
    struct tw_claims *claims;  /**< NULL: no dissector reads payloads */
    struct tw_hashmap by_name; /**< name → index + 1 */
};

/** Field i of a dissector: the array may hold longer elements than this header knows. */
static inline const trawl_field *tw_dissector_field(const trawl_dissector *dissector, uint32_t i)
{
    return (const trawl_field *)(const void *)((const char *)dissector->fields +
                                               (size_t)i * dissector->field_size);
}

/** A catalogue with the built-in layers. */
struct tw_catalogue *tw_catalogue_new(trawl_error *err);
void tw_catalogue_free(struct tw_catalogue *catalogue);
/** Add a dissector's fields; all or nothing; a name taken is TRAWL_E_PLUGIN. Strings are borrowed.
 */
int tw_catalogue_add(struct tw_catalogue *catalogue, const trawl_dissector *dissector,
                     const char *plugin, trawl_error *err);
/** Add a field that somebody above computes (no dissector). */
int tw_catalogue_add_computed(struct tw_catalogue *catalogue, const trawl_field *field,
                              const char *plugin, trawl_error *err);
/** By name; NULL when absent. */
const trawl_dissector *tw_catalogue_dissector(const struct tw_catalogue *catalogue,
                                              const char *name);
/** Index, -1 when absent. */
int64_t tw_catalogue_find(const struct tw_catalogue *catalogue, const char *name, size_t n);

/** "Any of" names: ip.addr → {ip.src, ip.dst}, tcp.port, udp.port, eth.addr, ipv6.addr …; NULL when
 * name is none. The array ends with NULL. */
const char *const *tw_catalogue_any_of(const char *name, size_t n);
/** The i-th of these names as a field with both values, for somebody above to compute; NULL at the
 * end. */
const trawl_field *tw_catalogue_any_of_at(size_t i);

#endif
