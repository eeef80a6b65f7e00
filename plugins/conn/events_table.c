/* The table `mptcp_events`. Knows nothing of how signals are found. */
#include "events.h"
#include "tables.h"

#include <stdio.h>

#define ID TRAWL_COLUMN_ID
#define COL(name_, type_, flags_, priority_, help_, source_)                               \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .help = (help_), .source = (source_)                      \
    }

const trawl_column conn_event_columns[] = {
    COL("packet", TRAWL_U32, ID, 0, "number of the packet", NULL),
    COL("time", TRAWL_TIME, 0, 3, "when it was captured", NULL),
    COL("mptcp", TRAWL_U32, ID, 1, "number of the connection (mptcp.stream)", NULL),
    COL("stream", TRAWL_U32, ID, 0, "number of the subflow (tcp.stream)", NULL),
    COL("sender", TRAWL_STRING, 0, 0, "the client or the server of the MPTCP connection", NULL),
    COL("event", TRAWL_STRING, 0, 0,
        "capable, join, add_addr, add_addr_echo, remove_addr, prio, fail, fastclose, reset, "
        "data_fin or infinite_mapping",
        "RFC 8684 section 3"),
    COL("address_id", TRAWL_U8, ID, 1, "id of the sender's address", "RFC 8684 section 3.4"),
    COL("address", TRAWL_IP, 0, 0, "address that is advertised", "RFC 8684 section 3.4.1"),
    COL("port", TRAWL_U16, ID, 1, "port that is advertised", "RFC 8684 section 3.4.1"),
    COL("check", TRAWL_STRING, 0, 0,
        "valid or wrong: the HMAC, or the key of a fastclose; none: it has none, or keys were not "
        "captured",
        NULL),
    COL("detail", TRAWL_STRING, 0, 0, "what else it says", NULL),
};
_Static_assert(TRAWL_COUNT(conn_event_columns) == CONN_N_EVENT_COLUMNS, "see conn.h");

static const char *const kinds[N_EVENTS] = {
    "capable", "join",      "add_addr", "add_addr_echo", "remove_addr",     "prio",
    "fail",    "fastclose", "reset",    "data_fin",      "infinite_mapping"};

/* RFC 8684 section 3.6 */
static const char *const reasons[] = {"unspecified",
                                      "MPTCP-specific error",
                                      "lack of resources",
                                      "administratively prohibited",
                                      "too much outstanding data",
                                      "unacceptable performance",
                                      "middlebox interference"};

static const char *step_of(const struct event *e)
{
    if (!(e->tcp_flags & TCP_SYN))
        return "ACK";
    return e->tcp_flags & TCP_ACK ? "SYN/ACK" : "SYN";
}

static void detail_of(const struct model *m, const struct event *e, char *out, size_t room)
{
    const struct subflow *s = &m->subflows[e->i_subflow];
    const struct connection *c = s->connection == NONE32 ? NULL : &m->connections[s->connection];
    const struct side *side = c ? &c->side[s->half[e->direction].side] : NULL;

    const struct side *other = c ? &c->side[s->half[1 - e->direction].side] : NULL;

    out[0] = '\0';
    switch (e->kind) {
    case EVENT_CAPABLE:
        snprintf(out, room, "%s, version %u", step_of(e), (unsigned)e->version);
        break;
    case EVENT_JOIN:
        snprintf(out, room, "%s%s", step_of(e),
                 e->tcp_flags & TCP_SYN && e->flags & 1 ? ", backup" : "");
        break;
    case EVENT_PRIO:
        snprintf(out, room, "%s", e->flags & 1 ? "backup" : "regular");
        break;
    case EVENT_RESET:
        snprintf(out, room, "%s%s",
                 e->reason < TRAWL_COUNT(reasons) ? reasons[e->reason] : "unknown reason",
                 e->flags & 1 ? ", transient" : "");
        break;
    case EVENT_FAIL:
        if (other && other->has_key) /* it is the other side's data that failed */
            snprintf(out, room, "data from number %llu on",
                     (unsigned long long)(e->number - other->idsn));
        break;
    case EVENT_DATA_FIN:
    case EVENT_INFINITE:
        if (side)
            snprintf(out, room, "data number %llu",
                     (unsigned long long)model_relative(side, e->number));
        break;
    default:
        break;
    }
}

static void put_event(trawl_builder *b, const struct model *m, const trawl_view *times,
                      const struct event *e)
{
    const struct subflow *s = &m->subflows[e->i_subflow];
    const struct connection *c = s->connection == NONE32 ? NULL : &m->connections[s->connection];
    char detail[64];

    host->put_u64(b, (uint64_t)e->row + 1);
    if (trawl_view_has(times, e->row))
        host->put_i64(b, (int64_t)trawl_view_u64(times, e->row));
    else
        host->put_null(b);
    if (c) {
        host->put_u64(b, s->connection);
        host->put_u64(b, s->stream);
        host->put_text(b, s->half[e->direction].side == c->client_side ? "client" : "server");
    } else {
        host->put_null(b);
        host->put_u64(b, s->stream);
        host->put_text(b, e->direction == s->opener ? "client" : "server");
    }
    host->put_text(b, kinds[e->kind]);
    if (e->has_id)
        host->put_u64(b, e->id);
    else
        host->put_null(b);
    if (e->n_address)
        host->put_value(b, e->address, e->n_address);
    else
        host->put_null(b);
    if (e->has_port)
        host->put_u64(b, e->port);
    else
        host->put_null(b);
    host->put_text(b, e->hmac == HMAC_RIGHT ? "valid" : e->hmac == HMAC_WRONG ? "wrong" : NULL);
    detail_of(m, e, detail, sizeof(detail));
    host->put_text(b, detail[0] ? detail : NULL);
    host->end_row(b);
}

int conn_build_events(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err)
{
    struct model m = {0};
    trawl_view times = {.size = sizeof(times)};
    trawl_table *packets = NULL;
    trawl_schema *schema = NULL;
    trawl_builder *b = NULL;
    int rc = host->table(call, capture, "packets", &packets, err);

    if (rc == TRAWL_OK)
        rc = model_build(&m, call, packets, WANT_EVENTS, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "frame.time_epoch", &times, err);
    if (rc == TRAWL_OK) {
        schema = host->schema_from(conn_event_columns, CONN_N_EVENT_COLUMNS, err);
        b = schema ? host->builder_new(schema, err) : NULL;
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK) {
        for (size_t i = 0; i < m.n_events; i++)
            put_event(b, &m, &times, &m.events[i]);
        rc = host->finish(b, ret, err);
    }
    host->schema_free(schema);
    model_fini(&m);
    host->release(packets);
    return rc;
}
