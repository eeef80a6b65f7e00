/* The table `dns_records`: a row for each record, its data as text.
 * Knows nothing of transactions or packet fields. */
#include "table.h"

#include "names.h"
#include "rdata.h"

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
    COL("rdata", TRAWL_STRING, 0, 0,
        "its data as zone files write it, with hexadecimal keys and digests; 0x…: not known, or "
        "cut"),
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
 * e the rest as a hardware address, l bytes after their length as hexadecimal digits, o as base32,
 * p the rest as parameters of SVCB, q text after its length, s such texts up to the end, T the rest
 * as a bitmap of types, u the rest as text, v text after its length without quotes, x the rest as
 * hexadecimal digits. */
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
    case 35:
        return "hhqqqn";
    case 37:
        return "hhbx";
    case 43:
    case 59:
    case 32769:
        return "hbbx";
    case 44:
        return "bbx";
    case 46:
        return "hbbwwwhnx";
    case 47:
        return "nT";
    case 48:
    case 60:
        return "hbbx";
    case 50:
        return "bbhloT";
    case 51:
        return "bbhl";
    case 52:
    case 53:
        return "bbbx";
    case 62:
        return "whT";
    case 63:
        return "wbbx";
    case 64:
    case 65:
        return "hnp";
    case 108:
    case 109:
        return "e";
    case 256:
        return "hhu";
    case 257:
        return "bvu";
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

/* Text in quotes; a quote and a backslash within it have a backslash before them. */
static void add_quoted(struct out *out, const uint8_t *p, uint32_t n)
{
    add(out, "\"", 1);
    for (uint32_t i = 0; i < n; i++) {
        if (p[i] == '"' || p[i] == '\\')
            add(out, "\\", 1);
        add(out, p + i, 1);
    }
    add(out, "\"", 1);
}

static int add_texts(struct out *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        const uint32_t length = p[at];

        if (length > n - at - 1)
            return 0;
        if (at)
            add(out, " ", 1);
        add_quoted(out, p + at + 1, length);
        at += length + 1;
    }
    return 1;
}

/* The types of a bitmap, RFC 4034 section 4.1.2. */
static int add_types(struct out *out, const uint8_t *p, uint32_t n)
{
    int is_first = 1;

    while (n) {
        char buf[DNS_NUMBER_TEXT];

        if (n < 2 || p[1] == 0 || p[1] > 32 || p[1] > n - 2)
            return 0;
        for (uint32_t bit = 0; bit < p[1] * 8u; bit++) {
            const char *name;

            if (!(p[2 + bit / 8] & 0x80 >> bit % 8))
                continue;
            name = dns_type_name((unsigned)p[0] << 8 | bit, buf);
            if (!is_first)
                add(out, " ", 1);
            is_first = 0;
            add(out, name, strlen(name));
        }
        n -= p[1] + 2u;
        p += p[1] + 2u;
    }
    return 1;
}

static void add_address(struct out *out, int family, const uint8_t *p)
{
    char text[INET6_ADDRSTRLEN];

    if (inet_ntop(family, p, text, sizeof(text)))
        add(out, text, strlen(text));
}

/* ---- parameters of SVCB and HTTPS, RFC 9460 section 14.3.2 ---- */

enum { PARAM_MANDATORY, PARAM_ALPN, PARAM_NO_DEFAULT, PARAM_PORT, PARAM_IP4, PARAM_ECH, PARAM_IP6 };

static void add_key(struct out *out, unsigned key)
{
    static const char *const names[] = {"mandatory", "alpn", "no-default-alpn", "port",
                                        "ipv4hint",  "ech",  "ipv6hint",        "dohpath"};
    char text[16];

    if (key < TRAWL_COUNT(names))
        add(out, names[key], strlen(names[key]));
    else
        add(out, text, (size_t)snprintf(text, sizeof(text), "key%u", key));
}

/* The value of a parameter; 0: it is none of this key. */
static int add_value(struct out *out, unsigned key, const uint8_t *p, uint32_t n)
{
    const uint32_t size = key == PARAM_IP4 ? 4 : key == PARAM_IP6 ? 16 : 2;

    if (key == PARAM_NO_DEFAULT)
        return n == 0;
    add(out, "=", 1);
    switch (key) {
    case PARAM_ALPN:
        for (uint32_t at = 0; at < n; at += p[at] + 1u) {
            if (p[at] == 0 || p[at] > n - at - 1)
                return 0;
            add(out, ",", at ? 1 : 0);
            add(out, p + at + 1, p[at]);
        }
        return n > 0;
    case PARAM_PORT:
        add_number(out, n == 2 ? dns_u16(p) : 0);
        return n == 2;
    case PARAM_MANDATORY:
    case PARAM_IP4:
    case PARAM_IP6:
        for (uint32_t at = 0; at + size <= n; at += size) {
            add(out, ",", at ? 1 : 0);
            if (key == PARAM_MANDATORY)
                add_key(out, dns_u16(p + at));
            else
                add_address(out, key == PARAM_IP4 ? AF_INET : AF_INET6, p + at);
        }
        return n > 0 && n % size == 0;
    default:
        add(out, "0x", n ? 2 : 0);
        add_hex(out, p, n);
        return 1;
    }
}

static int add_params(struct out *out, const uint8_t *p, uint32_t n)
{
    for (uint32_t at = 0; at < n;) {
        const uint32_t length = n - at < 4 ? 0 : dns_u16(p + at + 2);

        if (n - at < 4 || length > n - at - 4)
            return 0;
        if (at)
            add(out, " ", 1);
        add_key(out, dns_u16(p + at));
        if (!add_value(out, dns_u16(p + at), p + at + 4, length))
            return 0;
        at += length + 4;
    }
    return 1;
}

/* What goes up to the end; 0: it is not well. */
static int add_rest(struct out *out, char part, const uint8_t *p, uint32_t n)
{
    switch (part) {
    case 's':
        return add_texts(out, p, n);
    case 'T':
        return add_types(out, p, n);
    case 'p':
        return add_params(out, p, n);
    case 'u':
        add_quoted(out, p, n);
        return 1;
    case 'e':
        for (uint32_t i = 0; i < n; i++) {
            add(out, "-", i ? 1 : 0);
            add_hex(out, p + i, 1);
        }
        return 1;
    default:
        add_hex(out, p, n);
        return 1;
    }
}

/* Bytes after their length. */
static void add_counted(struct out *out, char part, const uint8_t *p, uint32_t n)
{
    char text[DNS_BASE32_MOST];

    if (part == 'q')
        add_quoted(out, p, n);
    else if (part == 'v')
        add(out, p, n);
    else if (part == 'o')
        add(out, text, dns_base32(p, n, text));
    else if (n == 0)
        add(out, "-", 1);
    else
        add_hex(out, p, n);
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
    struct dns_name name;

    if (part == 'n') {
        if ((dns_read_name(m, *at, &name) && !name.is_readable) || name.end > end)
            return 0;
        add(out, name.n_labels ? name.text : ".", name.n_labels ? name.n : 1);
        *at = name.end;
        return 1;
    }
    if (strchr("espTux", part)) {
        if (!add_rest(out, part, p, end - *at))
            return 0;
        *at = end;
        return 1;
    }
    if (size > end - *at)
        return 0;
    if (strchr("loqv", part)) {
        if (p[0] > end - *at - 1)
            return 0;
        add_counted(out, part, p + 1, p[0]);
        *at += p[0];
    } else if (part == 'a' || part == 'A') {
        add_address(out, part == 'a' ? AF_INET : AF_INET6, p);
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
        if (i && (at < end || layout[i] == 'u'))
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
    static const struct dns_table table = {"dns_records.zone", dns_record_columns,
                                           DNS_N_RECORD_COLUMNS, build};

    return dns_kept_table(call, capture, &table, ret, err);
}
