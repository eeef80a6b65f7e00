/* The command streams: TCP connections of an address or a network, seen from it.
 * Must not know how connections are found: the table `tcp` has them. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "trawl/plugin.h"

static const trawl_host *host;

struct options {
    trawl_words addresses;
    const char *capture;
};

#define COL(name_, type_, flags_, priority_, unit_, help_)                             \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .priority = priority_, \
                 .unit = unit_, .help = help_)
#define ID TRAWL_COLUMN_ID

enum { C_ADDRESS = 1, C_OTHER = 3 }; /* columns that share the capture's addresses */
static const trawl_column columns[] = {
    COL("stream", TRAWL_U32, ID, 0, NULL, "number of the connection (tcp.stream)"),
    COL("address", TRAWL_IP, 0, 1, NULL, "the address that was asked for"),
    COL("port", TRAWL_U16, ID, 2, NULL, "its port"),
    COL("other", TRAWL_IP, 0, 0, NULL, "the other address"),
    COL("other_port", TRAWL_U16, ID, 1, NULL, "its port"),
    COL("role", TRAWL_STRING, 0, 3, NULL, "client: the address opened the connection; server"),
    COL("start", TRAWL_TIME, 0, 0, NULL, "time of the first packet"),
    COL("end", TRAWL_TIME, 0, 2, NULL, "time of the last packet"),
    COL("packets", TRAWL_U64, 0, 0, NULL, "packets in both directions"),
    COL("bytes", TRAWL_U64, 0, 0, "B", "bytes on the wire, headers included"),
    COL("payload", TRAWL_U64, 0, 3, "B", "TCP payload in both directions"),
    COL("duration", TRAWL_SPAN, TRAWL_COLUMN_HIDDEN, 9, NULL, "last minus first packet"),
};

/* Addresses whose first bits are those of `bytes`. */
struct network {
    uint8_t bytes[16];
    unsigned bits, n_bytes; /* 4 or 16 */
};

static int parse_bits(const char *text, unsigned most, unsigned *ret)
{
    unsigned long bits;
    char *end;

    if (!text[0] || strspn(text, "0123456789") != strlen(text) || strlen(text) > 3)
        return 0;
    bits = strtoul(text, &end, 10);
    *ret = (unsigned)bits;
    return *end == 0 && bits <= most;
}

static int parse_network(trawl_call *call, const char *word, struct network *ret, trawl_error *err)
{
    const char *slash = strchr(word, '/');
    const size_t n = slash ? (size_t)(slash - word) : strlen(word);
    char text[INET6_ADDRSTRLEN];
    struct network net = {.n_bytes = 4};
    int ok = n > 0 && n < sizeof(text);

    if (ok) {
        memcpy(text, word, n);
        text[n] = 0;
        if (inet_pton(AF_INET, text, net.bytes) != 1) {
            net.n_bytes = 16;
            ok = inet_pton(AF_INET6, text, net.bytes) == 1;
        }
    }
    net.bits = net.n_bytes * 8;
    if (ok && (!slash || parse_bits(slash + 1, net.n_bytes * 8, &net.bits))) {
        *ret = net;
        return TRAWL_OK;
    }
    host->fail(err, TRAWL_E_USAGE, "'%s' is no address and no network", word);
    host->hint(err, "Write 10.0.0.1, 10.0.0.0/24, 2001:db8::1 or 2001:db8::/32.");
    host->place(call, word, strlen(word), err);
    return TRAWL_E_USAGE;
}

static int parse_all(trawl_call *call, const trawl_words *words, struct network **ret,
                     trawl_error *err)
{
    struct network *networks = host->call_alloc(call, (words->n + 1) * sizeof(*networks));
    int rc = networks ? TRAWL_OK : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    for (size_t i = 0; rc == TRAWL_OK && i < words->n; i++)
        rc = parse_network(call, words->items[i], &networks[i], err);
    *ret = networks;
    return rc;
}

static int is_in(const struct network *net, const uint8_t *bytes, unsigned n_bytes)
{
    const unsigned whole = net->bits / 8, rest = net->bits % 8;

    return n_bytes == net->n_bytes && memcmp(bytes, net->bytes, whole) == 0 &&
           (!rest || (bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0);
}

/* The cell's address is in one of the networks. */
static int is_wanted(const struct network *networks, size_t n, const trawl_view *view, uint64_t row)
{
    const uint32_t code = (uint32_t)trawl_view_u64(view, row);
    const unsigned n_bytes = code >> 31 ? 16 : 4;
    const uint8_t *bytes;

    if (!trawl_view_has(view, row))
        return 0;
    bytes = view->addresses[code & 0x7fffffff] + 16 - n_bytes;
    for (size_t i = 0; i < n; i++)
        if (is_in(&networks[i], bytes, n_bytes))
            return 1;
    return 0;
}

enum { STREAM, CLIENT, CLIENT_PORT, SERVER, SERVER_PORT, START, DURATION, PACKETS, BYTES, PAYLOAD };
static const char *const names[] = {"stream", "client",   "client_port", "server", "server_port",
                                    "start",  "duration", "packets",     "bytes",  "payload"};

static void put_time(trawl_builder *b, const trawl_view *start, const trawl_view *duration,
                     uint64_t row)
{
    if (trawl_view_has(start, row))
        host->put_i64(b, (int64_t)(trawl_view_u64(start, row) +
                                   (duration ? trawl_view_u64(duration, row) : 0)));
    else
        host->put_null(b);
}

static void put_row(trawl_builder *b, const trawl_view *v, uint64_t row, int is_client)
{
    const int mine = is_client ? CLIENT : SERVER, other = is_client ? SERVER : CLIENT;

    host->put_u64(b, trawl_view_u64(&v[STREAM], row));
    host->put_code(b, (uint32_t)trawl_view_u64(&v[mine], row));
    host->put_u64(b, trawl_view_u64(&v[mine + 1], row)); /* its port */
    host->put_code(b, (uint32_t)trawl_view_u64(&v[other], row));
    host->put_u64(b, trawl_view_u64(&v[other + 1], row));
    host->put_text(b, is_client ? "client" : "server");
    put_time(b, &v[START], NULL, row);
    put_time(b, &v[START], &v[DURATION], row);
    for (int i = PACKETS; i <= PAYLOAD; i++)
        host->put_u64(b, trawl_view_u64(&v[i], row));
    if (trawl_view_has(&v[DURATION], row))
        host->put_i64(b, (int64_t)trawl_view_u64(&v[DURATION], row));
    else
        host->put_null(b);
    host->end_row(b);
}

/* A builder of the result whose addresses are the capture's. */
static trawl_builder *new_builder(trawl_table *tcp, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    const int64_t client = host->schema_find(host->schema_of(tcp), "client");

    host->schema_free(schema);
    if (b && (host->builder_share(b, C_ADDRESS, tcp, (size_t)client, err) != TRAWL_OK ||
              host->builder_share(b, C_OTHER, tcp, (size_t)client, err) != TRAWL_OK)) {
        host->builder_free(b);
        return NULL;
    }
    return b;
}

static int fill(trawl_call *call, const struct options *o, trawl_table *tcp, trawl_table **ret,
                trawl_error *err)
{
    trawl_view v[TRAWL_COUNT(names)];
    struct network *networks;
    trawl_builder *b;
    uint64_t n = 0;
    int rc = parse_all(call, &o->addresses, &networks, err);

    for (size_t i = 0; rc == TRAWL_OK && i < TRAWL_COUNT(names); i++) {
        v[i].size = sizeof(v[i]);
        rc = host->view_named(call, tcp, names[i], &v[i], err);
    }
    if (rc != TRAWL_OK)
        return rc;
    b = new_builder(tcp, err);
    if (!b)
        return TRAWL_E_NOMEM;
    for (uint64_t row = 0; row < v[STREAM].n_rows; row++) {
        const int is_client = is_wanted(networks, o->addresses.n, &v[CLIENT], row);

        if (row % 4096 == 0 && host->cancelled(call)) {
            host->builder_free(b);
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        }
        if (is_client || is_wanted(networks, o->addresses.n, &v[SERVER], row)) {
            put_row(b, v, row, is_client);
            n++;
        }
    }
    if (n == 0)
        host->log(2, "no TCP connection of '%s'%s in this capture", o->addresses.items[0],
                  o->addresses.n > 1 ? " or the others" : "");
    return host->finish(b, ret, err);
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct options *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *tcp = NULL;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "tcp", &tcp, err);
    if (rc == TRAWL_OK)
        rc = fill(call, o, tcp, ret, err);
    host->release(tcp);
    return rc;
}

/* A word that is no address is refused before anything runs. */
static int schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                  trawl_error *err)
{
    const struct options *o = opts;
    struct network *networks;
    int rc = parse_all(call, &o->addresses, &networks, err);

    (void)in;
    if (rc != TRAWL_OK)
        return rc;
    *ret = host->schema_from(columns, TRAWL_COUNT(columns), err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct options, addresses, .name = "address", .meta = "ADDRESS",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED | TRAWL_ARG_REQUIRED,
              .help = "IPv4 or IPv6 addresses, or networks like 10.20.0.0/24"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct options, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_example examples[] = {
    {"streams 10.20.0.11", "every TCP connection of a machine, with whom and how much"},
    {"streams 203.0.113.0/24 --sort -bytes --top 5", "the biggest with a network"},
    {"streams 10.20.0.11 | group other count 'sum(packets)'", "summed by the other address"},
};
static const trawl_command commands[] = {
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_LISTING,
     .arg_size = sizeof(trawl_arg),
     .column_size = sizeof(trawl_column),
     .name = "streams",
     .group = "connections",
     .summary = "list the TCP connections of an address",
     .text = "One row for each connection that has the address, or one of the network, at either "
             "end, in order of the first packet. Where both ends are asked for, 'address' is the "
             "client's.",
     .args = args,
     .n_args = TRAWL_COUNT(args),
     .examples = examples,
     .n_examples = TRAWL_COUNT(examples),
     .opts_size = sizeof(struct options),
     .n_gives = TRAWL_COUNT(columns),
     .gives = columns,
     .schema = schema,
     .run = run},
};

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "streams",
    .version = "1.0.0",
    .summary = "TCP connections of an address or a network",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
