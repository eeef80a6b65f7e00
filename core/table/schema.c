/* The columns of a table without its rows.
 * Must not know cells. */
#include "core/table/table.h"

tw_schema *tw_schema_new(void)
{
    tw_schema *schema = tw_alloc(sizeof(*schema));

    if (schema)
        schema->arena.block_size = 2048; /* most schemas are small */
    return schema;
}

tw_schema *tw_schema_share(tw_schema *schema)
{
    atomic_fetch_add_explicit(&schema->n_more, 1, memory_order_relaxed);
    return schema;
}

void tw_schema_free(tw_schema *schema)
{
    if (!schema || atomic_fetch_sub_explicit(&schema->n_more, 1, memory_order_acq_rel) != 0)
        return;
    tw_hashmap_fini(&schema->by_name);
    tw_arena_fini(&schema->arena);
    tw_free(schema->columns);
    tw_free(schema);
}

/* Copy *s into the schema; NULL stays NULL. */
static bool own(tw_schema *schema, const char **s)
{
    if (*s)
        *s = tw_arena_strdup(&schema->arena, *s);
    return *s != NULL;
}

int tw_schema_add(tw_schema *schema, const trawl_column *column, trawl_error *err)
{
    trawl_column copy = {0};
    trawl_column *grown;
    size_t capacity;

    memcpy(&copy, column, TW_MIN((size_t)column->size, sizeof(copy)));
    copy.size = sizeof(copy);
    if (!copy.name || !*copy.name)
        return tw_fail(err, TRAWL_E_PLUGIN, "a column has no name");
    if (tw_type_size(copy.type) == 0)
        return tw_fail(err, TRAWL_E_PLUGIN, "column '%s' has no type", copy.name);
    if (tw_hashmap_get(&schema->by_name, copy.name))
        return tw_fail(err, TRAWL_E_PLUGIN, "there are two columns '%s'", copy.name);
    if (schema->n_columns == schema->capacity) {
        capacity = schema->capacity * 2 + 8;
        grown = tw_realloc_array(schema->columns, capacity, sizeof(*grown));
        if (!grown)
            return tw_fail_nomem(err);
        schema->columns = grown;
        schema->capacity = capacity;
    }
    if (!own(schema, &copy.name) || (copy.unit && !own(schema, &copy.unit)) ||
        (copy.help && !own(schema, &copy.help)) || (copy.source && !own(schema, &copy.source)) ||
        tw_hashmap_put(&schema->by_name, copy.name, (void *)(uintptr_t)(schema->n_columns + 1)) !=
            TRAWL_OK)
        return tw_fail_nomem(err);
    schema->columns[schema->n_columns++] = copy;
    return TRAWL_OK;
}

int tw_schema_add_all(tw_schema *schema, const tw_schema *from, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < from->n_columns && rc == TRAWL_OK; i++)
        rc = tw_schema_add(schema, &from->columns[i], err);
    return rc;
}

int64_t tw_schema_find(const tw_schema *schema, const char *name, size_t name_len)
{
    char key[256];

    if (name_len >= sizeof(key)) { /* longer than any sensible name: look one by one */
        for (size_t i = 0; i < schema->n_columns; i++) {
            if (strlen(schema->columns[i].name) == name_len &&
                memcmp(schema->columns[i].name, name, name_len) == 0)
                return (int64_t)i;
        }
        return -1;
    }
    memcpy(key, name, name_len);
    key[name_len] = '\0';
    return (int64_t)(uintptr_t)tw_hashmap_get(&schema->by_name, key) - 1;
}

/* Does a column begin with NAME, and is it no part ("NAMEx.y") of another that does? */
static bool begins(const tw_schema *schema, const char *column, const char *name, size_t name_len)
{
    const char *dot;

    if (strncmp(column, name, name_len) != 0 || !column[name_len])
        return false;
    for (dot = strchr(column + name_len + 1, '.'); dot; dot = strchr(dot + 1, '.'))
        if (tw_schema_find(schema, column, (size_t)(dot - column)) >= 0)
            return false;
    return true;
}

size_t tw_schema_below(const tw_schema *schema, const char *name, size_t name_len, size_t *ret)
{
    size_t n = 0;

    for (size_t i = 0; name_len && i < schema->n_columns; i++)
        if (begins(schema, schema->columns[i].name, name, name_len) &&
            schema->columns[i].name[name_len] == '.')
            ret[n++] = i;
    return n;
}

/* "tls.handshake.type, tls.handshake.length and 43 more"; NULL: none, or no memory. */
static char *names_text(const tw_schema *schema, const size_t *columns, size_t n)
{
    enum { SHOWN = 4 };
    struct tw_buffer text = TW_BUFFER_INIT;

    if (n == 0)
        return NULL;
    for (size_t i = 0; i < TW_MIN(n, (size_t)SHOWN); i++)
        tw_buffer_printf(&text, "%s%s", i ? ", " : "", schema->columns[columns[i]].name);
    if (n > SHOWN)
        tw_buffer_printf(&text, " and %zu more", n - SHOWN);
    return tw_buffer_steal(&text);
}

/* For a name that is no column's, but the beginning of some. */
static void hint_beginning(const tw_schema *schema, const char *name, size_t name_len,
                           const char *nearest, trawl_error *err)
{
    size_t *columns = tw_alloc_array(schema->n_columns + 1, sizeof(*columns)), n = 0;
    char *text = NULL;

    if (columns)
        text = names_text(schema, columns, tw_schema_below(schema, name, name_len, columns));
    if (text) {
        tw_error_hint(err, "The fields below it are %s; a filter takes it for any of them.", text);
    } else if (nearest) {
        tw_error_hint(err, "Did you mean '%s'?", nearest);
    } else if (columns) {
        for (size_t i = 0; name_len > 1 && i < schema->n_columns; i++)
            if (begins(schema, schema->columns[i].name, name, name_len))
                columns[n++] = i;
        text = names_text(schema, columns, n);
        if (text)
            tw_error_hint(err, "Columns that begin so: %s.", text);
    }
    tw_free(text);
    tw_free(columns);
}

/* What a column is called elsewhere: by NFStream, Argus, Zeek, scapy and in notebooks. */
static const char *by_other_name(const tw_schema *schema, const char *word)
{
    static const struct {
        const char *theirs, *ours[3];
    } names[] = {
        {"ssl", {"tls"}},
        {"saddr", {"ip.src", "src", "src_ip"}},
        {"src_ip", {"ip.src", "src"}},
        {"ip_src", {"ip.src", "src"}},
        {"id.orig_h", {"ip.src", "src", "src_ip"}},
        {"daddr", {"ip.dst", "dst", "dst_ip"}},
        {"dst_ip", {"ip.dst", "dst"}},
        {"ip_dst", {"ip.dst", "dst"}},
        {"id.resp_h", {"ip.dst", "dst", "dst_ip"}},
        {"src_port", {"sport", "tcp.srcport"}},
        {"srcport", {"sport", "src_port"}},
        {"id.orig_p", {"sport", "src_port"}},
        {"dst_port", {"dport", "tcp.dstport"}},
        {"dstport", {"dport", "dst_port"}},
        {"id.resp_p", {"dport", "dst_port"}},
        {"proto", {"ip.proto", "protocol"}},
        {"length", {"frame.len", "bytes"}},
        {"timestamp", {"frame.time_epoch", "time", "start"}},
        {"ts", {"frame.time_epoch", "time", "start"}},
    };

    for (size_t i = 0; i < TW_COUNT(names); i++) {
        if (strcmp(names[i].theirs, word) != 0)
            continue;
        for (size_t k = 0; k < TW_COUNT(names[i].ours) && names[i].ours[k]; k++) {
            if (tw_schema_find(schema, names[i].ours[k], strlen(names[i].ours[k])) >= 0)
                return names[i].ours[k];
        }
    }
    return NULL;
}

enum { NAMED_COLUMNS = 8, MOST_COLUMNS = 200 }; /* those of packets are too many to name some */

/* The first ones that are shown unasked. */
static void hint_columns(const tw_schema *schema, trawl_error *err)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    size_t n = 0;

    for (size_t i = 0; i < schema->n_columns && n < NAMED_COLUMNS; i++)
        if (!(schema->columns[i].flags & TRAWL_COLUMN_HIDDEN))
            tw_buffer_printf(&text, "%s%s", n++ ? ", " : "", schema->columns[i].name);
    if (n && n < schema->n_columns)
        tw_buffer_printf(&text, " and %zu more", schema->n_columns - n);
    if (n && !text.failed)
        tw_error_hint(err, "Columns here: %.*s.", (int)text.len, text.data);
    tw_buffer_fini(&text);
}

/* Of Wireshark's names, whose first part is a protocol: none of it is here. */
static bool is_foreign(const tw_schema *schema, const char *name, size_t n)
{
    if (schema->n_columns <= MOST_COLUMNS)
        return false;
    for (size_t i = 0; i < schema->n_columns; i++) {
        const char *other = schema->columns[i].name;

        if (strncmp(other, name, n) == 0 && (other[n] == '.' || other[n] == '\0'))
            return false;
    }
    return true;
}

/* What of Wireshark's is asked for and is no field: what there is instead. NULL: something else. */
static const char *instead_of(const char *word)
{
    static const struct {
        const char *part;
        bool ends;
        const char *hint;
    } known[] = {
        {"_ws.col.", false,
         "Of Wireshark's list there are frame.number, frame.time_relative, src, dst, protocol "
         "and frame.len."},
        {"data.", false,
         "Payload is tcp.payload and udp.payload, its length tcp.len and udp.length."},
        {".checksum.status", true,
         "Checksums are not verified: tcp.checksum is what the packet says."},
    };
    const size_t n = strlen(word);

    for (size_t i = 0; i < TW_COUNT(known); i++) {
        const size_t len = strlen(known[i].part);

        if (n > len && strncmp(known[i].ends ? word + n - len : word, known[i].part, len) == 0)
            return known[i].hint;
    }
    return NULL;
}

int tw_schema_fail_column(const tw_schema *schema, const char *name, size_t name_len,
                          trawl_error *err)
{
    const char **names = tw_alloc_array(schema->n_columns + 1, sizeof(*names));
    char *word = tw_strndup(name, name_len);
    const char *nearest = NULL;
    const char *instead = word && schema->n_columns > MOST_COLUMNS ? instead_of(word) : NULL;
    const char *dot = memchr(name, '.', name_len);
    const size_t n_first = dot ? (size_t)(dot - name) : name_len;

    bool is_alias = false;

    if (names && word) {
        for (size_t i = 0; i < schema->n_columns; i++)
            names[i] = schema->columns[i].name;
        nearest = by_other_name(schema, word);
        is_alias = nearest != NULL;
        nearest = nearest ? nearest : tw_nearest(word, names, schema->n_columns);
    }
    if (!is_alias && !instead && n_first && is_foreign(schema, name, n_first))
        tw_fail(err, TRAWL_E_USAGE, "no column '%.*s': no protocol '%.*s' is dissected",
                (int)TW_MIN(name_len, (size_t)200), name, (int)TW_MIN(n_first, (size_t)80), name);
    else
        tw_fail(err, TRAWL_E_USAGE, "no column '%.*s'", (int)TW_MIN(name_len, (size_t)200), name);
    if (instead)
        tw_error_hint(err, "%s", instead);
    else
        hint_beginning(schema, name, name_len, nearest, err);
    if (schema->n_columns <= MOST_COLUMNS)
        hint_columns(schema, err); /* the first hint stays */
    tw_free(names);
    tw_free(word);
    return TRAWL_E_USAGE;
}
