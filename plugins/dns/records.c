/* The table `dns_records`: a row for each record, its data as text.
 * Knows nothing of transactions or packet fields. */
#include "table.h"

#include "names.h"
#include "zone.h"

#define COL(name_, type_, flags_, priority_, help_)                                        \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .help = (help_)                                           \
    }
const trawl_column dns_record_columns[] = {
    COL("time", TRAWL_TIME, 0, 4, "time of the packet"),
    COL("packet", TRAWL_U64, TRAWL_COLUMN_ID, 3, "its number"),
    COL("id", TRAWL_U16, TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID, 5, "id of the message"),
    COL("section", TRAWL_STRING, 0, 2, "answer, authority or additional"),
    COL("name", TRAWL_STRING, 0, 0,
        "name of the record as zone files write it, without its last dot"),
    COL("type", TRAWL_STRING, 0, 0, "its type"),
    COL("class", TRAWL_STRING, 0, 6, "its class"),
    COL("ttl", TRAWL_U32, 0, 1, "seconds that it may be kept"),
    COL("rdata", TRAWL_STRING, 0, 0,
        "its data as zone files write it, names without their last dot; 0x…: not known, or cut; "
        "what has more than 4096 bytes ends with …"),
};
_Static_assert(TRAWL_COUNT(dns_record_columns) == DNS_N_RECORD_COLUMNS, "see table.h");

struct context {
    trawl_builder *b;
    struct dns_zone_text out;
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
        uint32_t at = item.name_at;

        if (item.section == DNS_QUESTION || item.type == T_OPT)
            continue;
        host->put_i64(c->b, packet->time_ns);
        host->put_u64(c->b, packet->row + 1);
        host->put_u64(c->b, walk.header.id);
        host->put_text(c->b, sections[item.section]);
        c->out.n = 0;
        if (dns_zone_name(&c->out, &message, &at, message.n))
            host->put_value(c->b, c->out.text, c->out.n);
        else
            host->put_null(c->b);
        host->put_text(c->b, dns_type_name(item.type, buf));
        host->put_text(c->b, dns_class_name(is_mdns ? item.class_ & 0x7fff : item.class_, buf));
        host->put_u64(c->b, item.ttl);
        dns_zone_text(&c->out, &message, &item);
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
    static const struct dns_table table = {"dns_records.escaped", dns_record_columns,
                                           DNS_N_RECORD_COLUMNS, build};

    return dns_kept_table(call, capture, &table, ret, err);
}
