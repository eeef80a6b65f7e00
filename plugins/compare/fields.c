/* Which columns are counted, and which rows are wanted. Knows nothing of counts. */
#include <stdlib.h>
#include <string.h>

#include "trawl/views.h"

#include "fields.h"

#include "compare.h"
#include "tally.h"

const char *const scope_compats[] = {"trawl", "taffy", NULL};

/* traffic-taffy's default list (checksums, identifiers, sequence numbers, payloads) by our names.
 * The last lines are ours: fields that are of the capture rather than of the traffic, and
 * such as differ in nearly every packet. */
static const char *const default_ignored[] = {
    "ip.id", "ip.checksum", "ipv6.flow", "ipv6.plen", "tcp.seq", "tcp.seq_raw", "tcp.ack",
    "tcp.ack_raw", "tcp.checksum", "tcp.window_size_value", "tcp.window_size", "tcp.payload",
    "frame.bytes", "eth.bytes", "ip.bytes", "ipv6.bytes", "arp.bytes", "icmp.bytes", "icmpv6.bytes",
    "tcp.bytes", "udp.bytes", "udp.checksum", "udp.payload", "dns.id", "icmp.checksum",
    "icmp.ident", "icmp.seq",
    /* ours */
    "frame.number", "frame.time", "frame.time_epoch", "frame.time_relative", "frame.time_delta",
    "frame.time_delta_displayed", "tcp.options", "tcp.options.timestamp.tsval",
    "tcp.options.timestamp.tsecr", "dns.response_in", "dns.response_to",
    "dns.retransmit_request_in", "dns.retransmit_response_in", "dns.time", "http.time",
    "http.request_in", "http.response_in", "http.prev_request_in", "http.prev_response_in",
    "http.next_request_in", "http.next_response_in", "http.file_data", "http.chunk_data",
    "tls.handshake.random", "tls.handshake.session_id"};

int scope_is_taffy(const struct scope *scope)
{
    return scope->compat && strcmp(scope->compat, "taffy") == 0;
}

int64_t scope_bin(const struct scope *scope, int64_t bin_ns)
{
    return !bin_ns && scope_is_taffy(scope) ? 1000000000 : bin_ns;
}

unsigned scope_flags(const struct scope *scope)
{
    return scope_is_taffy(scope) && scope->level == 10 ? TALLY_SKIP_ZERO : 0;
}

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

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not choose fields: no memory");
}

static int any_has(const struct sample *sample, const char *name)
{
    for (size_t i = 0; i < sample->n_sources; i++) {
        if (host->schema_find(host->schema_of(sample->sources[i].table), name) >= 0)
            return 1;
    }
    return 0;
}

static int is_packets(const trawl_table *table)
{
    return host->schema_find(host->schema_of(table), "frame.protocols") >= 0;
}

/* ---- ignored fields ---- */

/* "dns" covers dns and dns.flags, not dnstap.type. Names of our own list are whole. */
static int covers(const char *ignored, const char *name)
{
    size_t n = strlen(ignored);

    return strncmp(ignored, name, n) == 0 && (name[n] == 0 || name[n] == '.');
}

static int is_ignored(const trawl_words *words, const char *name)
{
    for (size_t i = 0; i < words->n; i++) {
        if (covers(words->items[i], name))
            return 1;
    }
    for (size_t i = 0; words->n == 0 && i < TRAWL_COUNT(default_ignored); i++) {
        if (strcmp(default_ignored[i], name) == 0)
            return 1;
    }
    return 0;
}

/* The columns of packets are fields to who counts them. */
static int fail_name(const trawl_schema *schema, const char *name, trawl_error *err)
{
    if (host->schema_find(schema, "frame.protocols") >= 0)
        (void)host->fail(err, TRAWL_E_USAGE, "no field '%s'", name);
    return host->schema_fail_column(schema, name, err); /* the first message stays; its hint */
}

/* Every word must leave something out, or be `none`. */
static int check_ignored(const trawl_words *words, const trawl_schema *schema, trawl_error *err)
{
    for (size_t i = 0; i < words->n; i++) {
        size_t n = host->schema_n(schema), c = 0;

        if (strcmp(words->items[i], "none") == 0 ||
            strcmp(words->items[i], TRAWL_COUNTS_TOTAL) == 0)
            continue;
        while (c < n && !covers(words->items[i], host->schema_column(schema, c)->name))
            c++;
        if (c == n)
            return fail_name(schema, words->items[i], err);
    }
    return TRAWL_OK;
}

/* ---- names ---- */

static int check_level(uint64_t level, trawl_error *err)
{
    if (level == 1 || level == 2 || level == 3 || level == 10)
        return TRAWL_OK;
    return host->fail(err, TRAWL_E_USAGE, "currently supported dissection levels: [1, 2, 3, 10]");
}

static int matches(const struct scope *scope, const char *name)
{
    return !scope->match || strstr(name, scope->match);
}

/* The fields of a level; list has room for all. What is not asked for is not read from its file. */
static size_t of_level(trawl_call *call, const struct scope *scope, trawl_table *packets,
                       const char **list)
{
    const trawl_schema *schema = host->schema_of(packets);
    size_t n = 0;

    if (!is_ignored(&scope->ignore, TRAWL_COUNTS_TOTAL))
        list[n++] = TRAWL_COUNTS_TOTAL;
    for (size_t i = 0; scope->level > 1 && i < host->schema_n(schema); i++) {
        const trawl_column *column = host->schema_column(schema, i);
        const unsigned level = TRAWL_COLUMN_LEVEL(column->flags);

        if (level && level <= scope->level && !is_ignored(&scope->ignore, column->name) &&
            matches(scope, column->name) && !trawl_lacks_file(host, call, packets, i))
            list[n++] = column->name;
    }
    return n;
}

static int collect(trawl_call *call, const struct scope *scope, const struct sample *sample,
                   const char **list, size_t *ret_n, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(sample->sources[0].table);
    size_t n = 0;
    int rc = check_level(scope->level, err);

    if (rc == TRAWL_OK)
        rc = check_ignored(&scope->ignore, schema, err);
    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < scope->fields.n; i++) {
        const char *name = scope->fields.items[i];

        if (strcmp(name, TRAWL_COUNTS_TOTAL) != 0 && !any_has(sample, name))
            return fail_name(schema, name, err);
        list[n++] = name;
    }
    *ret_n = n;
    if (n)
        return TRAWL_OK;
    if (is_packets(sample->sources[0].table)) {
        *ret_n = of_level(call, scope, sample->sources[0].table, list);
        return TRAWL_OK;
    }
    for (size_t i = 0; i < host->schema_n(schema); i++) {
        const trawl_column *column = host->schema_column(schema, i);

        if (!(column->flags & TRAWL_COLUMN_HIDDEN))
            list[n++] = column->name;
    }
    *ret_n = n;
    return TRAWL_OK;
}

/* No name has the text: the nearest one, unless a deeper level has names with it, or a file would
 * make them. */
static int fail_match(trawl_call *call, const struct scope *scope, trawl_table *table,
                      trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    const size_t n = host->schema_n(schema);
    trawl_view view = {.size = sizeof(view)};
    size_t i = 0;
    int rc;

    while (i < n && !matches(scope, host->schema_column(schema, i)->name))
        i++;
    if (i < n && trawl_lacks_file(host, call, table, i))
        return host->view(call, table, i, &view, err);
    rc = host->fail(err, TRAWL_E_NOT_FOUND, "no field with '%s' in its name", scope->match);
    if (i == n)
        (void)host->schema_fail_column(schema, scope->match, err); /* its hint */
    else if (!TRAWL_COLUMN_LEVEL(host->schema_column(schema, i)->flags))
        host->hint(err, "No level has it: --fields %s", host->schema_column(schema, i)->name);
    host->hint(err, "'fields --level %d' lists what is counted; -d 10 counts every field",
               (int)scope->level);
    return rc;
}

int fields_choose(trawl_call *call, const struct scope *scope, const struct sample *sample,
                  const char ***ret, size_t *ret_n, trawl_error *err)
{
    size_t room = scope->fields.n + host->schema_n(host->schema_of(sample->sources[0].table)) +
                  1024;
    const char **list = host->call_alloc(call, room * sizeof(*list));
    size_t n_all = 0, n = 0;
    int rc = list ? collect(call, scope, sample, list, &n_all, err) : no_memory(err);

    if (rc != TRAWL_OK)
        return rc;
    qsort(list, n_all, sizeof(*list), by_name);
    for (size_t i = 0; i < n_all; i++) {
        if (matches(scope, list[i]) && (n == 0 || strcmp(list[n - 1], list[i]) != 0))
            list[n++] = list[i];
    }
    if (n == 0 && scope->match)
        rc = fail_match(call, scope, sample->sources[0].table, err);
    *ret = list;
    *ret_n = n;
    return rc;
}

/* ---- rows ---- */

static const trawl_column candidate_columns[] = {
    TRAWL_COLUMN(.name = "timestamp", .type = TRAWL_F64),
    TRAWL_COLUMN(.name = "key", .type = TRAWL_STRING),
    TRAWL_COLUMN(.name = "subkey", .type = TRAWL_STRING),
    TRAWL_COLUMN(.name = "value", .type = TRAWL_U64),
};

static int table_of(const struct candidate *rows, uint64_t n, const trawl_schema *schema,
                    trawl_table **ret, trawl_error *err)
{
    trawl_builder *b = host->builder_new(schema, err);

    if (!b)
        return TRAWL_E_NOMEM;
    for (uint64_t i = 0; i < n; i++) {
        host->put_f64(b, rows[i].timestamp);
        host->put_text(b, rows[i].key);
        host->put_text(b, rows[i].subkey);
        host->put_u64(b, rows[i].value);
        host->end_row(b);
    }
    return host->finish(b, ret, err);
}

int scope_keep(trawl_call *call, const struct scope *scope, const struct candidate *rows,
               uint64_t n, uint8_t **ret, trawl_error *err)
{
    uint8_t *keep = host->call_alloc(call, (size_t)n + 1);
    trawl_schema *schema = NULL;
    trawl_table *table = NULL, *is = NULL;
    trawl_expr *expr = NULL;
    trawl_view view = {.size = sizeof(view)};
    int rc = keep ? TRAWL_OK : no_memory(err);

    *ret = keep;
    if (rc != TRAWL_OK)
        return rc;
    memset(keep, 1, (size_t)n);
    if (!scope->expr)
        return TRAWL_OK;
    schema = host->schema_from(candidate_columns, TRAWL_COUNT(candidate_columns), err);
    rc = schema ? host->expr_compile(call, scope->expr, schema, &expr, err) : TRAWL_E_NOMEM;
    if (rc == TRAWL_OK)
        rc = table_of(rows, n, schema, &table, err);
    if (rc == TRAWL_OK)
        rc = host->expr_column(call, expr, table, "keep", &is, err);
    if (rc == TRAWL_OK)
        rc = host->view(call, is, 0, &view, err);
    for (uint64_t i = 0; i < n && rc == TRAWL_OK; i++)
        keep[i] = trawl_view_has(&view, i) &&
                  (view.type == TRAWL_F64 ? ((const double *)view.data)[i] != 0
                                          : trawl_view_u64(&view, i) != 0);
    host->release(is);
    host->release(table);
    host->schema_free(schema);
    return rc;
}
