/* The plugin's descriptor and the dissector `socks`: fields under Wireshark's names.
 * Must not know how messages are told apart. */
#include "trawl/plugin.h"

#include <string.h>

#include "handshake.h"

enum field {
    F_VERSION,
    F_COMMAND,
    F_DST,
    F_DST6,
    F_DST_PORT,
    F_PORT,
    F_NAME4,
    F_NAME,
    F_TYPE,
    F_RESULT,
    F_RESERVED,
    F_COUNT,
    F_METHOD,
    F_ACCEPTED,
    F_STATUS,
    F_SUB_VERSION,
    F_USER,
    F_PASSWORD,
    N_FIELDS
};

#define V5 "RFC 1928"
#define V4 "SOCKS 4 (Koblas, Lee)"
#define LIST(type_, name_, help_, source_)                                                     \
    TRAWL_FIELD(.flags = TRAWL_COLUMN_LIST, .type = (type_), .name = (name_), .help = (help_), \
                .source = (source_))
#define NUMBER(type_, name_, help_, source_)                                                    \
    TRAWL_FIELD(.flags = TRAWL_COLUMN_LIST | TRAWL_COLUMN_ID, .type = (type_), .name = (name_), \
                .help = (help_), .source = (source_))

static const trawl_field fields[] = {
    [F_VERSION] = NUMBER(TRAWL_U8, "socks.version", "4 or 5; 0 in answers of version 4", V5),
    [F_COMMAND] = NUMBER(TRAWL_U8, "socks.command", "1 connect, 2 bind, 3 UDP", V5),
    [F_DST] = LIST(TRAWL_IP, "socks.dst", "IPv4 address asked for, or answered", V5),
    [F_DST6] = LIST(TRAWL_IP, "socks.dstV6", "IPv6 address asked for, or answered", V5),
    [F_DST_PORT] = NUMBER(TRAWL_U16, "socks.dstport", "port of version 4", V4),
    [F_PORT] = NUMBER(TRAWL_U16, "socks.port", "port of version 5", V5),
    [F_NAME4] = LIST(TRAWL_STRING, "socks.v4a_dns_name", "name asked for in version 4a", V4),
    [F_NAME] = LIST(TRAWL_STRING, "socks.remote_name", "name asked for in version 5", V5),
    [F_TYPE] = NUMBER(TRAWL_U8, "socks.address_type", "1 IPv4, 3 name, 4 IPv6", V5),
    [F_RESULT] = NUMBER(TRAWL_U8, "socks.results", "granted: 90 of version 4, 0 of version 5", V5),
    [F_RESERVED] = LIST(TRAWL_U8, "socks.reserved", "0", V5),
    [F_COUNT] = LIST(TRAWL_U8, "socks.auth_method_count", "methods that the client offers", V5),
    [F_METHOD] = NUMBER(TRAWL_U8, "socks.auth_method", "0 none, 1 GSSAPI, 2 password", V5),
    [F_ACCEPTED] = NUMBER(TRAWL_U8, "socks.auth_accepted_method", "the one chosen; 255: none", V5),
    [F_STATUS] = NUMBER(TRAWL_U8, "socks.auth_status", "0: the password is right", "RFC 1929"),
    [F_SUB_VERSION] = NUMBER(TRAWL_U8, "socks.subnegotiation_version", "1", "RFC 1929"),
    [F_USER] = LIST(TRAWL_STRING, "socks.username", "name of the user", "RFC 1929"),
    [F_PASSWORD] = LIST(TRAWL_STRING, "socks.password", "the password", "RFC 1929"),
};

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static void put(trawl_sink *sink, enum field field, uint64_t value)
{
    if (sink->wanted[field])
        sink->put_u64(sink, (uint32_t)field, value);
}

static void put_bytes(trawl_sink *sink, enum field field, const uint8_t *data, size_t n)
{
    if (sink->wanted[field])
        sink->put_bytes(sink, (uint32_t)field, data, n);
}

/* A message is whole, or cut: what is there of it counts. */
static void put_request4(trawl_sink *sink, const uint8_t *p, uint32_t n)
{
    const uint8_t *name, *end = memchr(p + 8, 0, n - 8);

    put(sink, F_COMMAND, p[1]);
    put(sink, F_DST_PORT, be16(p + 2));
    put_bytes(sink, F_DST, p + 4, 4);
    if (!end)
        return;
    put_bytes(sink, F_USER, p + 8, (size_t)(end - p) - 8);
    name = end + 1;
    end = name < p + n ? memchr(name, 0, (size_t)(p + n - name)) : NULL;
    if (end)
        put_bytes(sink, F_NAME4, name, (size_t)(end - name));
}

static void put_address(trawl_sink *sink, const uint8_t *p, uint32_t n)
{
    const uint32_t length = p[3] == 1 ? 4 : p[3] == 4 ? 16 : p[4];
    const uint32_t at = p[3] == 3 ? 5 : 4;

    put(sink, F_RESERVED, p[2]);
    put(sink, F_TYPE, p[3]);
    if (n < at + length + 2)
        return;
    put_bytes(sink, p[3] == 1 ? F_DST : p[3] == 4 ? F_DST6 : F_NAME, p + at, length);
    put(sink, F_PORT, be16(p + at + length));
}

static void put_password(trawl_sink *sink, const uint8_t *p, uint32_t n)
{
    const uint32_t user = p[1];

    put(sink, F_SUB_VERSION, p[0]);
    if (n < 3 + user || n < 3 + user + p[2 + user])
        return;
    put_bytes(sink, F_USER, p + 2, user);
    put_bytes(sink, F_PASSWORD, p + 3 + user, p[2 + user]);
}

static void extract(const trawl_packet *packet, const trawl_layer *message, trawl_sink *sink)
{
    const enum socks_kind kind = (enum socks_kind)message->mark;
    const uint8_t *p = message->data;
    const uint32_t n = message->cap_len;
    const uint32_t least = kind == SOCKS4_REQUEST                           ? 9
                           : kind == SOCKS4_REPLY                           ? 8
                           : kind == SOCKS5_REQUEST || kind == SOCKS5_REPLY ? 7
                                                                            : 2;

    (void)packet;
    if (n < least || message->flags & TRAWL_LAYER_PARTIAL)
        return; /* what is left of a handshake that was cut */
    put(sink, F_VERSION, kind == SOCKS5_PASSWORD || kind == SOCKS5_STATUS ? 5 : p[0]);
    switch (kind) {
    case SOCKS4_REQUEST:
        put_request4(sink, p, n);
        break;
    case SOCKS4_REPLY:
        put(sink, F_RESULT, p[1]);
        put(sink, F_DST_PORT, be16(p + 2));
        put_bytes(sink, F_DST, p + 4, 4);
        break;
    case SOCKS5_METHODS:
        put(sink, F_COUNT, p[1]);
        for (uint32_t i = 2; i < n; i++)
            put(sink, F_METHOD, p[i]);
        break;
    case SOCKS5_METHOD:
        put(sink, F_ACCEPTED, p[1]);
        break;
    case SOCKS5_PASSWORD:
        put_password(sink, p, n);
        break;
    case SOCKS5_STATUS:
        put(sink, F_SUB_VERSION, p[0]);
        put(sink, F_STATUS, p[1]);
        break;
    case SOCKS5_REQUEST:
        put(sink, F_COMMAND, p[1]);
        put_address(sink, p, n);
        break;
    case SOCKS5_REPLY:
        put(sink, F_RESULT, p[1]);
        put_address(sink, p, n);
        break;
    case SOCKS_NONE:
        break;
    }
}

static const char *const tcp_ports[] = {"1080", NULL};

static const trawl_dissector dissectors[] = {{
    .size = sizeof(trawl_dissector),
    .field_size = sizeof(trawl_field),
    .name = "socks",
    .layer = "payload",
    .help = "handshakes with a SOCKS proxy",
    .fields = fields,
    .n_fields = N_FIELDS,
    .extract = extract,
    .tcp_ports = tcp_ports,
    .probe = socks_probe,
    .message = socks_message,
    .state_size = sizeof(struct socks_state),
    .hands_over = socks_hands_over,
}};

static int init(const trawl_host *h, trawl_error *err)
{
    (void)h;
    (void)err;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "socks",
    .version = "1.0.0",
    .summary = "SOCKS 4, 4a and 5: handshakes, and what the proxy passes on",
    .licence = "MIT",
    .dissectors = dissectors,
    .n_dissectors = TRAWL_COUNT(dissectors),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
