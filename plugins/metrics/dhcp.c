/* dhcp: who asks for an address, as NFStream's plugin of that name: what REQUESTs say, and a flow
 * ends with its transaction. Must not know how messages are read. */
#include <stdio.h>
#include <string.h>

#include "metrics.h"

enum { SERVER_PORT = 67 };
enum { REQUEST = 3, DECLINE = 4, ACK = 5, NACK = 6, INFORM = 8 };

/* Made when the first message comes. */
struct client {
    uint8_t type, has_size, has_requested, has_address, has_oui;
    uint8_t requested[4], address[4], oui[3];
    uint8_t host_name[255], list[255], vendor[255], user[255];
    uint8_t n_host_name, n_list, n_vendor, n_user;
    uint16_t size, n_options;
    uint8_t options[512];
};

struct dhcp_state {
    struct client *client;
};

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "dhcp_msg_type", .type = TRAWL_STRING, .help = "first message's type",
                 .source = "RFC 2132 section 9.6"),
    TRAWL_COLUMN(.name = "dhcp_oui", .type = TRAWL_STRING,
                 .help = "first half of the link address that a REQUEST is for",
                 .source = "RFC 2131 section 2"),
    TRAWL_COLUMN(.name = "dhcp_addr", .type = TRAWL_IP,
                 .help = "address that the client of a REQUEST has",
                 .source = "RFC 2131 section 2"),
    TRAWL_COLUMN(.name = "dhcp_12", .type = TRAWL_STRING, .help = "host name",
                 .source = "RFC 2132 section 3.14"),
    TRAWL_COLUMN(.name = "dhcp_50", .type = TRAWL_IP, .help = "address that a REQUEST asks for",
                 .source = "RFC 2132 section 9.1"),
    TRAWL_COLUMN(.name = "dhcp_55", .type = TRAWL_STRING,
                 .help = "options that a REQUEST asks for, a fingerprint of the client",
                 .source = "RFC 2132 section 9.8"),
    TRAWL_COLUMN(.name = "dhcp_57", .type = TRAWL_U16, .unit = "B",
                 .help = "longest message that the client takes",
                 .source = "RFC 2132 section 9.10"),
    TRAWL_COLUMN(.name = "dhcp_60", .type = TRAWL_STRING, .help = "vendor class",
                 .source = "RFC 2132 section 9.13"),
    TRAWL_COLUMN(.name = "dhcp_77", .type = TRAWL_STRING, .help = "user class",
                 .source = "RFC 3004 section 4"),
    TRAWL_COLUMN(.name = "dhcp_options", .type = TRAWL_U8,
                 .flags = TRAWL_COLUMN_LIST | TRAWL_COLUMN_ID, .help = "options of a REQUEST",
                 .source = "RFC 2132"),
};

static uint8_t keep(uint8_t room[255], const uint8_t *value, uint8_t n)
{
    if (n)
        memcpy(room, value, n);
    return n;
}

static void take_request(struct client *c, const struct dhcp_message *m)
{
    static const uint8_t none[4] = {0};

    c->has_oui = 1;
    memcpy(c->oui, m->oui, sizeof(c->oui));
    c->n_options = m->n_options;
    memcpy(c->options, m->options, m->n_options);
    c->n_list = keep(c->list, m->list, m->n_list);
    c->has_requested = m->requested != NULL;
    if (m->requested)
        memcpy(c->requested, m->requested, sizeof(c->requested));
    if (memcmp(m->client, none, sizeof(none)) != 0) {
        c->has_address = 1;
        memcpy(c->address, m->client, sizeof(c->address));
    }
}

static void take_message(struct client *c, const struct dhcp_message *m)
{
    if (m->n_host_name)
        c->n_host_name = keep(c->host_name, m->host_name, m->n_host_name);
    if (m->n_vendor)
        c->n_vendor = keep(c->vendor, m->vendor, m->n_vendor);
    if (m->n_user)
        c->n_user = keep(c->user, m->user, m->n_user);
    if (m->has_size) {
        c->has_size = 1;
        c->size = m->size;
    }
    if (m->type == REQUEST)
        take_request(c, m);
    if (!c->type)
        c->type = m->type;
}

static int take(void *state, const trawl_flow_packet *packet)
{
    static const uint8_t nobody[4] = {0};
    const uint16_t server = packet->direction ? packet->src_port : packet->dst_port;
    const uint8_t *source = packet->direction ? packet->dst : packet->src;
    struct dhcp_state *s = state;
    struct dhcp_message m;

    if (packet->protocol != 17 || server != SERVER_PORT)
        return TRAWL_METRIC_ENOUGH;
    if (!packet->payload || !dhcp_read(packet->payload, packet->payload_cap_len, &m))
        return TRAWL_METRIC_GO_ON;
    if (!s->client)
        s->client = host->alloc(sizeof(*s->client));
    if (!s->client)
        return TRAWL_METRIC_FAILED;
    take_message(s->client, &m);
    if (m.type == ACK || m.type == NACK || m.type == INFORM || m.type == DECLINE ||
        (packet->ip_version == 4 && memcmp(source, nobody, sizeof(nobody)) == 0))
        return TRAWL_METRIC_EXPIRE;
    return TRAWL_METRIC_GO_ON;
}

static void put_bytes(const trawl_host *h, trawl_builder *row, const uint8_t *value, uint8_t n)
{
    if (n)
        h->put_value(row, value, n);
    else
        h->put_null(row);
}

/* "1,3,6" */
static void put_numbers(const trawl_host *h, trawl_builder *row, const uint8_t *value, uint8_t n)
{
    char text[4 * 255 + 1];
    size_t at = 0;

    for (unsigned i = 0; i < n; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%u", i ? "," : "", value[i]);
    if (n)
        h->put_value(row, text, at);
    else
        h->put_null(row);
}

static void put_client(const trawl_host *h, trawl_builder *row, const struct client *c)
{
    static const char *const names[] = {NULL,  "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
                                        "ACK", "NACK",     "RELEASE", "INFORM"};
    char oui[9];

    h->put_text(row, c->type < TRAWL_COUNT(names) ? names[c->type] : NULL);
    (void)snprintf(oui, sizeof(oui), "%02x:%02x:%02x", c->oui[0], c->oui[1], c->oui[2]);
    h->put_text(row, c->has_oui ? oui : NULL);
    put_bytes(h, row, c->address, c->has_address ? 4 : 0);
    put_bytes(h, row, c->host_name, c->n_host_name);
    put_bytes(h, row, c->requested, c->has_requested ? 4 : 0);
    put_numbers(h, row, c->list, c->n_list);
    if (c->has_size)
        h->put_u64(row, c->size);
    else
        h->put_null(row);
    put_bytes(h, row, c->vendor, c->n_vendor);
    put_bytes(h, row, c->user, c->n_user);
    for (unsigned i = 0; i < c->n_options; i++)
        h->put_u64(row, c->options[i]);
    h->end_list(row);
}

static void expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct dhcp_state *s = state;

    for (size_t i = 0; !s->client && i < TRAWL_COUNT(columns); i++)
        the_host->put_null(row);
    if (s->client)
        put_client(the_host, row, s->client);
}

static void drop(void *state)
{
    struct dhcp_state *s = state;

    host->free(s->client);
}

const trawl_metric dhcp_metric = {
    .size = sizeof(trawl_metric),
    .column_size = sizeof(trawl_column),
    .name = "dhcp",
    .summary = "who asks for an address with DHCP; a flow ends with its transaction",
    .columns = columns,
    .n_columns = TRAWL_COUNT(columns),
    .flags = TRAWL_METRIC_BYTES,
    .state_size = sizeof(struct dhcp_state),
    .on_init = take,
    .on_update = take,
    .on_expire = expire,
    .on_drop = drop,
};
