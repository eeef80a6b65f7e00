/* The command processes: whose the sockets of this machine are, and with that, whose flows are.
 * Must not know where that stands: sockets.c reads it. */
#include <ifaddrs.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "seen.h"

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "protocol", .type = TRAWL_STRING, .help = "tcp or udp"),
    TRAWL_COLUMN(.name = "local", .type = TRAWL_IP, .help = "address here; null: any"),
    TRAWL_COLUMN(.name = "local_port", .type = TRAWL_U16, .flags = TRAWL_COLUMN_ID,
                 .help = "port here"),
    TRAWL_COLUMN(.name = "remote", .type = TRAWL_IP, .priority = 1,
                 .help = "address at the other end; null: not connected"),
    TRAWL_COLUMN(.name = "remote_port", .type = TRAWL_U16, .flags = TRAWL_COLUMN_ID, .priority = 1,
                 .help = "port at the other end"),
    TRAWL_COLUMN(.name = "state", .type = TRAWL_STRING, .priority = 2,
                 .help = "of a TCP socket: listen, established, time_wait …"),
    TRAWL_COLUMN(.name = "uid", .type = TRAWL_U32, .flags = TRAWL_COLUMN_ID | TRAWL_COLUMN_HIDDEN,
                 .priority = 3, .help = "number of the user it belongs to"),
    TRAWL_COLUMN(.name = "pid", .type = TRAWL_U32, .flags = TRAWL_COLUMN_ID,
                 .help = "number of the process; null: none has it, or it may not be looked into"),
    TRAWL_COLUMN(.name = "process", .type = TRAWL_STRING,
                 .help = "name of the process, its first 15 bytes"),
};
enum { PID = 7, N_ADDED = 2 };

static const char *const ends[] = {"src", "sport", "dst", "dport", "proto"};

static const trawl_example examples[] = {
    {"processes", "sockets of TCP and UDP on this machine, and whose they are"},
    {"flows | processes", "flows, with the process that has their socket here"},
};

static int schema_beside(const trawl_schema *in, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *schema;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < TRAWL_COUNT(ends); i++) {
        if (host->schema_find(in, ends[i]) < 0) {
            host->fail(err, TRAWL_E_USAGE, "'processes' needs flows: there is no column '%s'",
                       ends[i]);
            host->hint(err, "Try 'flows | processes', or 'processes' alone.");
            return TRAWL_E_USAGE;
        }
    }
    for (size_t i = PID; i < PID + N_ADDED; i++) {
        if (host->schema_find(in, columns[i].name) >= 0)
            return host->fail(err, TRAWL_E_USAGE, "there is a column '%s' already",
                              columns[i].name);
    }
    schema = host->schema_new(err);
    if (!schema)
        return TRAWL_E_NOMEM;
    rc = host->schema_add_all(schema, in, err);
    for (size_t i = PID; i < PID + N_ADDED && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &columns[i], err);
    if (rc != TRAWL_OK) {
        host->schema_free(schema);
        return rc;
    }
    *ret = schema;
    return TRAWL_OK;
}

static int own_columns(size_t first, size_t n, trawl_schema **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = first; i < first + n && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &columns[i], err);
    if (rc != TRAWL_OK)
        host->schema_free(schema);
    else
        *ret = schema;
    return rc;
}

static int processes_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                            trawl_schema **ret, trawl_error *err)
{
    (void)call;
    (void)opts;
    return in ? schema_beside(in, ret, err) : own_columns(0, TRAWL_COUNT(columns), ret, err);
}

static const char *state_name(const struct live_socket *socket)
{
    static const char *const names[] = {
        NULL,    "established", "syn_sent", "syn_received", "fin_wait1", "fin_wait2",   "time_wait",
        "close", "close_wait",  "last_ack", "listen",       "closing",   "syn_received"};

    return socket->protocol == 6 && socket->state < TRAWL_COUNT(names) ? names[socket->state]
                                                                       : NULL;
}

static void put_address(trawl_builder *b, const uint8_t address[16])
{
    if (live_is_any(address))
        host->put_null(b);
    else if (live_is_ipv4(address))
        host->put_value(b, address + 12, 4);
    else
        host->put_value(b, address, 16);
}

static void put_owner(trawl_builder *b, const struct live_owner *owner)
{
    if (owner)
        host->put_u64(b, owner->pid);
    else
        host->put_null(b);
    host->put_text(b, owner && owner->name[0] ? owner->name : NULL);
}

static void put_socket(trawl_builder *b, const struct live_socket *socket,
                       const struct live_owner *owner)
{
    host->put_text(b, socket->protocol == 6 ? "tcp" : "udp");
    for (int i = 0; i < 2; i++) {
        put_address(b, socket->address[i]);
        if (socket->port[i])
            host->put_u64(b, socket->port[i]);
        else
            host->put_null(b);
    }
    host->put_text(b, state_name(socket));
    host->put_u64(b, socket->uid);
    put_owner(b, owner);
    host->end_row(b);
}

/* A row for each process that has the socket. */
static int list(const struct live_sockets *s, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema;
    trawl_builder *b;
    int rc = own_columns(0, TRAWL_COUNT(columns), &schema, err);

    if (rc != TRAWL_OK)
        return rc;
    b = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < s->n; i++) {
        size_t n;
        const struct live_owner *owners = live_socket_owners(s, &s->items[i], &n);

        put_socket(b, &s->items[i], owners);
        for (size_t k = 1; k < n; k++)
            put_socket(b, &s->items[i], owners + k);
    }
    return host->finish(b, ret, err);
}

/* ---- beside flows ---- */

/* One of this machine's addresses: an open socket gets what is sent to these alone. */
static int is_local(const struct ifaddrs *all, const uint8_t address[16])
{
    for (const struct ifaddrs *one = all; one; one = one->ifa_next) {
        if (!one->ifa_addr)
            continue;
        if (one->ifa_addr->sa_family == AF_INET && live_is_ipv4(address) &&
            memcmp(&((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr,
                   address + 12, 4) == 0)
            return 1;
        if (one->ifa_addr->sa_family == AF_INET6 &&
            memcmp(&((const struct sockaddr_in6 *)(const void *)one->ifa_addr)->sin6_addr, address,
                   16) == 0)
            return 1;
    }
    return 0;
}

struct beside {
    const struct live_sockets *sockets;
    const struct ifaddrs *local;
    trawl_view views[TRAWL_COUNT(ends)];
    trawl_view start, duration; /* size 0: there are none */
};

/* When the flow was there; not known: at any time. */
static void read_times(const struct beside *b, uint64_t row, int64_t *ret_start, int64_t *ret_end)
{
    *ret_start = INT64_MIN / 2;
    *ret_end = INT64_MAX / 2;
    if (!b->start.size || !trawl_view_has(&b->start, row))
        return;
    *ret_start = *ret_end = (int64_t)trawl_view_u64(&b->start, row);
    if (b->duration.size && trawl_view_has(&b->duration, row))
        *ret_end += (int64_t)trawl_view_u64(&b->duration, row);
}

/* The process of a flow: of the socket between its ends, the source's first, or one that was seen
 * while it was there, or an open one. */
static const struct live_owner *owner_of(const struct beside *b, uint64_t row,
                                         struct live_owner *seen)
{
    const struct live_socket *best = NULL;
    const uint8_t *address[2];
    unsigned port[2], protocol;
    int64_t start, end;
    size_t n;

    for (size_t i = 0; i < TRAWL_COUNT(ends); i++) {
        if (!trawl_view_has(&b->views[i], row))
            return NULL;
    }
    protocol = (unsigned)trawl_view_u64(&b->views[4], row);
    if (protocol != 6 && protocol != 17)
        return NULL;
    for (unsigned i = 0; i < 2; i++) {
        const uint32_t code = ((const uint32_t *)b->views[2 * (size_t)i].data)[row];

        address[i] = b->views[2 * (size_t)i].addresses[code & 0x7fffffffu];
        port[i] = (unsigned)trawl_view_u64(&b->views[2 * (size_t)i + 1], row);
    }
    for (unsigned i = 0; i < 2; i++) {
        const struct live_socket *found = live_socket_find(b->sockets, protocol, address[i],
                                                           port[i], address[1 - i], port[1 - i]);

        if (!found || !is_local(b->local, address[i]))
            continue;
        if (!best || (found->port[1] && !best->port[1]))
            best = found;
    }
    if (!best || !best->port[1]) {
        read_times(b, row, &start, &end);
        if (live_seen_find(protocol, address, port, start, end, seen))
            return seen;
    }
    return best ? live_socket_owners(b->sockets, best, &n) : NULL;
}

static int build_beside(const struct beside *b, uint64_t n, trawl_table **ret, trawl_error *err)
{
    struct live_owner seen;
    trawl_schema *schema;
    trawl_builder *builder;
    int rc = own_columns(PID, N_ADDED, &schema, err);

    if (rc != TRAWL_OK)
        return rc;
    builder = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!builder)
        return TRAWL_E_NOMEM;
    for (uint64_t i = 0; i < n; i++) {
        put_owner(builder, owner_of(b, i, &seen));
        host->end_row(builder);
    }
    return host->finish(builder, ret, err);
}

static int view_times(trawl_call *call, trawl_table *in, struct beside *b, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(in);
    const int64_t i = host->schema_find(schema, "start"), k = host->schema_find(schema, "duration");
    int rc = TRAWL_OK;

    if (i >= 0 && host->schema_column(schema, (size_t)i)->type == TRAWL_TIME) {
        b->start.size = sizeof(b->start);
        rc = host->view(call, in, (size_t)i, &b->start, err);
    }
    if (rc == TRAWL_OK && k >= 0 && host->schema_column(schema, (size_t)k)->type == TRAWL_SPAN) {
        b->duration.size = sizeof(b->duration);
        rc = host->view(call, in, (size_t)k, &b->duration, err);
    }
    return rc;
}

static int beside(trawl_call *call, const struct live_sockets *s, trawl_table *in,
                  trawl_table **ret, trawl_error *err)
{
    struct beside b = {.sockets = s};
    struct ifaddrs *local = NULL;
    trawl_table *added = NULL;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < TRAWL_COUNT(ends) && rc == TRAWL_OK; i++) {
        b.views[i].size = sizeof(b.views[i]);
        rc = host->view_named(call, in, ends[i], &b.views[i], err);
    }
    if (rc == TRAWL_OK)
        rc = view_times(call, in, &b, err);
    if (rc == TRAWL_OK && (b.views[0].type != TRAWL_IP || b.views[2].type != TRAWL_IP))
        rc = host->fail(err, TRAWL_E_USAGE, "'processes' needs flows: 'src' is no address");
    if (rc == TRAWL_OK && getifaddrs(&local) != 0)
        rc = host->fail(err, TRAWL_E_IO, "could not list this machine's addresses");
    if (rc != TRAWL_OK)
        return rc;
    b.local = local;
    rc = build_beside(&b, host->n_rows(in), &added, err);
    if (rc == TRAWL_OK)
        rc = host->paste(call, in, added, ret, err);
    host->release(added);
    freeifaddrs(local);
    return rc;
}

static int processes_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                         trawl_error *err)
{
    struct live_sockets sockets;
    int rc = live_sockets_read(&sockets, "/proc", err);

    (void)opts;
    if (rc == TRAWL_OK)
        rc = in ? beside(call, &sockets, in, ret, err) : list(&sockets, ret, err);
    if (rc == TRAWL_OK && sockets.n_closed)
        host->log(2, "processes: %llu processes may not be looked into: their sockets have no pid",
                  (unsigned long long)sockets.n_closed);
    live_sockets_free(&sockets);
    return rc;
}

const trawl_command processes_command = {
    LIVE_COMMAND("processes", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER),
    .summary = "whose the sockets of this machine are",
    .text =
        "Lists the TCP and UDP sockets of this machine (of the network namespace that trawl runs "
        "in) with the process that has each, as they are at this moment; a socket that several "
        "processes share has a row for each.\n\n"
        "After 'flows' it adds the columns 'pid' and 'process' to each flow that has an end here: "
        "of the socket that is connected to the other end (the source's, where both ends are "
        "here), or else of the open one at that port, which listens or takes datagrams from "
        "anybody; the first process of those that share it. A flow whose socket is closed has the "
        "process that was seen with it by 'capture --processes', which looks every few "
        "milliseconds as long as packets come in; 'flows --metric process' has those alone, and so "
        "works in any pipeline. Without it a flow whose socket is closed has none, and flows of "
        "another machine's capture have none either.\n\n"
        "Processes of other users can be looked into by root alone, or with CAP_SYS_PTRACE.",
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .schema = processes_schema,
    .run = processes_run,
};
