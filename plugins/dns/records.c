/* The table `dns_records`: a row for each record, its data as text.
 * Knows nothing of transactions or packet fields. */
#include "table.h"

#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define COL(name_, type_, flags_, priority_, help_)                                        \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .help = (help_)                                           \
    }
const trawl_column dns_record_columns[] = {
    COL("time", TRAWL_TIME, 0, 3, "time of the packet"),
    COL("packet", TRAWL_U64, TRAWL_COLUMN_ID, 2, "its number"),
    COL("id", TRAWL_U16, TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID, 4, "id of the message"),
    COL("section", TRAWL_STRING, 0, 1, "answer, authority or additional"),
    COL("name", TRAWL_STRING, 0, 0, "name of the record"),
    COL("type", TRAWL_STRING, 0, 0, "its type"),
    COL("class", TRAWL_STRING, 0, 5, "its class"),
    COL("ttl", TRAWL_U32, 0, 1, "seconds that it may be kept"),
    COL("rdata", TRAWL_STRING, 0, 0, "its data as zone files write it; 0x…: not known, or cut"),
};
_Static_assert(TRAWL_COUNT(dns_record_columns) == DNS_N_RECORD_COLUMNS, "see table.h");

enum { TEXT_MOST = 4096 };
struct out {
    size_t n;
    char text[TEXT_MOST];
};

static void add(struct out *out, const void *p, size_t n)
{
    if (n > TEXT_MOST - out->n)
        n = TEXT_MOST - out->n;
    memcpy(out->text + out->n, p, n);
    out->n += n;
}

static void add_number(struct out *out, uint64_t value)
{
    char text[24];

    add(out, text, (size_t)snprintf(text, sizeof(text), "%llu", (unsigned long long)value));
}

/* What a type's data is made of: a address, A of IPv6, b h w numbers of 8, 16 and 32 bits, n name,
 * s texts up to the end, x the rest as hexadecimal digits. */
static const char *layout_of(unsigned type)
{
    switch (type) {
    case 1:
        return "a";
    case 28:
        return "A";
    case 2:
    case 3:
    case 4:
    case 5:
    case 7:
    case 8:
    case 9:
    case 12:
    case 23:
    case 39:
        return "n";
    case 6:
        return "nnwwwww";
    case 13:
    case 16:
    case 99:
        return "s";
    case 14:
    case 17:
        return "nn";
    case 15:
    case 18:
    case 21:
    case 36:
        return "hn";
    case 26:
        return "hnn";
    case 33:
        return "hhhn";
    case 43:
    case 59:
    case 32769:
        return "hbbx";
    case 44:
        return "bbx";
    case 46:
        return "hbbwwwhnx";
    case 48:
    case 60:
        return "hbbx";
    case 52:
    case 53:
        return "bbbx";
    default:
        return NULL;
    }
}

static void add_hex(struct out *out, const uint8_t *p, uint32_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (uint32_t i = 0; i < n; i++) {
        const char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};

        add(out, pair, 2);
    }
}

static int add_texts(struct out *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        const uint32_t length = p[at];

        if (length > n - at - 1)
            return 0;
        if (at)
            add(out, " ", 1);
        add(out, "\"", 1);
        add(out, p + at + 1, length);
        add(out, "\"", 1);
        at += length + 1;
    }
    return 1;
}

/* One part of the data at *at; 0: it is not there. */
static int add_part(struct out *out, char part, const struct dns_message *m, uint32_t *at,
                    uint32_t end)
{
    const uint8_t *p = m->data + *at;
    const uint32_t size = part == 'a'   ? 4
                          : part == 'A' ? 16
                          : part == 'w' ? 4
                          : part == 'h' ? 2
                                        : 1;
    char text[INET6_ADDRSTRLEN];
    struct dns_name name;

    switch (part) {
    case 'n':
        if ((dns_read_name(m, *at, &name) && !name.is_readable) || name.end > end)
            return 0;
        add(out, name.text, name.n);
        *at = name.end;
        return 1;
    case 's':
        if (!add_texts(out, p, end - *at))
            return 0;
        *at = end;
        return 1;
    case 'x':
        add_hex(out, p, end - *at);
        *at = end;
        return 1;
    default:
        break;
    }
    if (size > end - *at)
        return 0;
    if (part == 'a' || part == 'A') {
        inet_ntop(part == 'a' ? AF_INET : AF_INET6, p, text, sizeof(text));
        add(out, text, strlen(text));
    } else {
        add_number(out, size == 4 ? dns_u32(p) : size == 2 ? dns_u16(p) : p[0]);
    }
    *at += size;
    return 1;
}

static void data_text(struct out *out, const struct dns_message *m, const struct dns_item *item)
{
    const char *layout = layout_of(item->type);
    const uint32_t end = item->data_at + item->data_n;
    uint32_t at = item->data_at;
    int whole = layout != NULL;

    out->n = 0;
    for (size_t i = 0; whole && layout[i]; i++) {
        if (i)
            add(out, " ", 1);
        whole = add_part(out, layout[i], m, &at, end);
    }
    if (whole && at == end)
        return;
    out->n = 0;
    add(out, "0x", item->data_n ? 2 : 0);
    add_hex(out, m->data + item->data_at, item->data_n);
}

struct context {
    trawl_builder *b;
    struct out out;
    uint8_t room[DNS_HTTP2_JOINED];
};

static int add_message(void *context, const trawl_packet *packet, const trawl_layer *layer,
                       trawl_error *err)
{
    static const char *const sections[] = {"question", "answer", "authority", "additional"};
    struct context *c = context;
    const int is_mdns = dns_kind_of(layer->src_port, layer->dst_port) == KIND_MDNS;
    struct dns_message message;
    struct dns_walk walk;
    struct dns_item item;

    (void)err;
    if (layer->flags & TRAWL_LAYER_QUOTED || !dns_message_of(layer, c->room, &message) ||
        !dns_walk_begin(&walk, &message))
        return TRAWL_OK;
    while (dns_walk_next(&walk, &item)) {
        char buf[DNS_NUMBER_TEXT];
        struct dns_name name;

        if (item.section == DNS_QUESTION || item.type == DNS_TYPE_OPT)
            continue;
        host->put_i64(c->b, packet->time_ns);
        host->put_u64(c->b, packet->row + 1);
        host->put_u64(c->b, walk.header.id);
        host->put_text(c->b, sections[item.section]);
        if (dns_read_name(&message, item.name_at, &name) && !name.is_readable)
            host->put_null(c->b);
        else
            host->put_value(c->b, name.text, name.n);
        host->put_text(c->b, dns_type_name(item.type, buf));
        host->put_text(c->b, dns_class_name(is_mdns ? item.class_ & 0x7fff : item.class_, buf));
        host->put_u64(c->b, item.ttl);
        data_text(&c->out, &message, &item);
        host->put_value(c->b, c->out.text, c->out.n);
        host->end_row(c->b);
    }
    return TRAWL_OK;
}

static int build(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    trawl_table *packets = NULL;
    struct context *c = host->call_alloc(call, sizeof(*c));
    int rc = c ? host->table(call, capture, "packets", &packets, err)
               : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc == TRAWL_OK)
        rc = dns_begin_table(packets, dns_record_columns, DNS_N_RECORD_COLUMNS, &c->b, err);
    if (rc == TRAWL_OK) {
        rc = host->messages(call, capture, "dns", add_message, c, err);
        if (rc == TRAWL_OK)
            rc = host->finish(c->b, ret, err);
        else
            host->builder_free(c->b);
    }
    host->release(packets);
    return rc;
}

int dns_build_records(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    static const struct dns_table table = {"dns_records", dns_record_columns, DNS_N_RECORD_COLUMNS,
                                           build};

    return dns_kept_table(call, capture, &table, ret, err);
}
