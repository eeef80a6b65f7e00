/* Which columns are counted. Knows nothing of counts. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

/* Fields that describe traffic: no checksums, identifiers or sequence numbers, which differ in any
 * two captures. */
static const char *const base_fields[] = {"eth.dst",
                                          "eth.src",
                                          "eth.type",
                                          "frame.len",
                                          "frame.protocols",
                                          "icmp.code",
                                          "icmp.type",
                                          "icmpv6.code",
                                          "icmpv6.type",
                                          "ip.dsfield.dscp",
                                          "ip.dst",
                                          "ip.flags.df",
                                          "ip.flags.mf",
                                          "ip.frag_offset",
                                          "ip.hdr_len",
                                          "ip.len",
                                          "ip.proto",
                                          "ip.src",
                                          "ip.ttl",
                                          "ipv6.dst",
                                          "ipv6.hlim",
                                          "ipv6.nxt",
                                          "ipv6.plen",
                                          "ipv6.src",
                                          "ipv6.tclass",
                                          "tcp.dstport",
                                          "tcp.flags",
                                          "tcp.srcport",
                                          "tcp.window_size_value",
                                          "udp.dstport",
                                          "udp.length",
                                          "udp.srcport",
                                          "vlan.id"};

int matches_any(const char *text, const trawl_words *words)
{
    if (words->n == 0)
        return 1;
    for (size_t i = 0; i < words->n; i++) {
        if (strstr(text, words->items[i]))
            return 1;
    }
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int any_has(const struct side *sides, size_t n_sides, const char *name)
{
    for (size_t i = 0; i < n_sides; i++) {
        if (host->schema_find(host->schema_of(sides[i].table), name) >= 0)
            return 1;
    }
    return 0;
}

static int is_packets(const trawl_table *table)
{
    return host->schema_find(host->schema_of(table), "frame.protocols") >= 0;
}

/* Names into list (room for all), unsorted. @return how many, or a negative code */
static int64_t collect(const trawl_words *asked, const struct side *sides, size_t n_sides,
                       const char **list, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(sides[0].table);
    size_t n = 0;

    for (size_t i = 0; i < asked->n; i++) {
        if (strcmp(asked->items[i], TOTAL_NAME) != 0 && !any_has(sides, n_sides, asked->items[i]))
            return host->schema_fail_column(schema, asked->items[i], err);
        list[n++] = asked->items[i];
    }
    if (asked->n)
        return (int64_t)n;
    if (is_packets(sides[0].table)) {
        list[n++] = TOTAL_NAME;
        for (size_t i = 0; i < TRAWL_COUNT(base_fields); i++) {
            if (any_has(sides, n_sides, base_fields[i]))
                list[n++] = base_fields[i];
        }
        return (int64_t)n;
    }
    for (size_t i = 0; i < host->schema_n(schema); i++) {
        const trawl_column *column = host->schema_column(schema, i);

        if (!(column->flags & TRAWL_COLUMN_HIDDEN))
            list[n++] = column->name;
    }
    return (int64_t)n;
}

static int fetch(trawl_call *call, struct side *side, trawl_error *err)
{
    const char **names = host->call_alloc(call, (side->n_fields + 1) * sizeof(*names));
    size_t n = 0;

    side->i_columns = host->call_alloc(call, (side->n_fields + 1) * sizeof(*side->i_columns));
    if (!names || !side->i_columns)
        return host->fail(err, TRAWL_E_NOMEM, "could not choose fields: no memory");
    for (size_t i = 0; i < side->n_fields; i++) {
        int64_t at = host->schema_find(host->schema_of(side->table), side->names[i]);

        side->i_columns[i] = strcmp(side->names[i], TOTAL_NAME) == 0 ? -1 : at < 0 ? -2 : at;
        if (side->i_columns[i] >= 0)
            names[n++] = side->names[i];
    }
    return n ? host->prefetch(call, side->table, names, n, err) : TRAWL_OK;
}

int fields_choose(trawl_call *call, const trawl_words *asked, const char *match, struct side *sides,
                  size_t n_sides, trawl_error *err)
{
    size_t room = asked->n + TRAWL_COUNT(base_fields) + 1 +
                  host->schema_n(host->schema_of(sides[0].table));
    const char **list = host->call_alloc(call, room * sizeof(*list));
    int64_t n_all = list ? collect(asked, sides, n_sides, list, err)
                         : host->fail(err, TRAWL_E_NOMEM, "could not choose fields: no memory");
    size_t n = 0;
    int rc = n_all < 0 ? (int)n_all : TRAWL_OK;

    if (rc != TRAWL_OK)
        return rc;
    qsort(list, (size_t)n_all, sizeof(*list), by_name);
    for (size_t i = 0; i < (size_t)n_all; i++) {
        if ((!match || strstr(list[i], match)) && (n == 0 || strcmp(list[n - 1], list[i]) != 0))
            list[n++] = list[i];
    }
    if (n == 0 && match) {
        rc = host->fail(err, TRAWL_E_NOT_FOUND, "no field with '%s' in its name", match);
        host->hint(err, "fields lists the names; --fields chooses others than the base set");
    }
    for (size_t i = 0; i < n_sides && rc == TRAWL_OK; i++) {
        sides[i].names = list;
        sides[i].n_fields = n;
        rc = fetch(call, &sides[i], err);
    }
    return rc;
}
