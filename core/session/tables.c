/* The session's own tables but those of TCP: udp, warnings.
 * Must not know plugins' files or terminals. */
#include "core/session/internal.h"
#include "core/track/tcp.h"

#define COL(name_, type_, flags_, priority_, unit_, help_, source_)                    \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .priority = priority_, \
                 .unit = unit_, .help = help_, .source = source_)
#define HIDDEN TRAWL_COLUMN_HIDDEN
#define ID     TRAWL_COLUMN_ID

int tw_session_add_own(tw_session *session, const char *name, const char *summary,
                       const trawl_column *columns, size_t n,
                       int (*build)(tw_capture *, tw_table **, trawl_error *), trawl_error *err)
{
    tw_schema *schema = tw_schema_from(columns, n, err);
    struct tw_session_table *t = schema ? tw_alloc(sizeof(*t)) : NULL;

    if (!t || tw_hashmap_put(&session->tables, name, t) != TRAWL_OK) {
        tw_schema_free(schema);
        tw_free(t);
        return tw_fail_nomem(err);
    }
    *t = (struct tw_session_table){
        .name = name, .summary = summary, .schema = schema, .build = build, .plugin = "core"};
    return TRAWL_OK;
}

tw_builder *tw_session_builder(const tw_schema *schema, struct tw_dict *addresses, trawl_error *err)
{
    struct tw_dict **dicts = tw_alloc_array(schema->n_columns, sizeof(*dicts));
    tw_builder *b;

    if (!dicts) {
        tw_fail_nomem(err);
        return NULL;
    }
    for (size_t i = 0; i < schema->n_columns; i++)
        dicts[i] = schema->columns[i].type == TRAWL_IP ? addresses : NULL;
    b = tw_builder_new(schema, dicts, err);
    tw_free(dicts);
    return b;
}

void tw_session_put_time(tw_builder *b, int64_t ns)
{
    if (ns == INT64_MIN)
        tw_builder_null(b);
    else
        tw_builder_i64(b, ns);
}

static void put_text(tw_builder *b, const char *text)
{
    if (text)
        tw_builder_value(b, text, strlen(text));
    else
        tw_builder_null(b);
}

/* ---- udp ---- */

static const trawl_column udp_columns[] = {
    COL("stream", TRAWL_U32, ID, 0, NULL, "number of the conversation (udp.stream)", NULL),
    COL("client", TRAWL_IP, 0, 0, NULL, "address that sent first", NULL),
    COL("client_port", TRAWL_U16, ID, 1, NULL, "its port", NULL),
    COL("server", TRAWL_IP, 0, 0, NULL, "the other address", NULL),
    COL("server_port", TRAWL_U16, ID, 0, NULL, "its port", NULL),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets in both directions", NULL),
    COL("bytes", TRAWL_U64, 0, 0, "B", "bytes on the wire, headers included", NULL),
    COL("payload", TRAWL_U64, 0, 2, "B", "UDP payload in both directions", NULL),
    COL("start", TRAWL_TIME, 0, 3, NULL, "time of the first packet", NULL),
    COL("duration", TRAWL_SPAN, 0, 2, NULL, "last minus first packet", NULL),
    COL("client_packets", TRAWL_U64, HIDDEN, 9, NULL, "packets that the client sent", NULL),
    COL("server_packets", TRAWL_U64, HIDDEN, 9, NULL, "packets that the server sent", NULL),
    COL("client_bytes", TRAWL_U64, HIDDEN, 9, "B", "bytes that the client sent", NULL),
    COL("server_bytes", TRAWL_U64, HIDDEN, 9, "B", "bytes that the server sent", NULL),
    COL("first", TRAWL_U32, HIDDEN | ID, 9, NULL, "number of the first packet", NULL),
};

static int build_udp(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const struct tw_conversations *v = &capture->conversations;
    struct tw_exchange *exchanges = NULL;
    tw_builder *b;
    int rc = tw_udp_summarise(capture->packets, v, &exchanges, err);

    if (rc != TRAWL_OK)
        return rc;
    b = tw_session_builder(tw_session_table_schema(capture->session, "udp"),
                           capture->packets->addresses, err);
    for (uint32_t i = 0; b && i < v->n_udp; i++) {
        const struct tw_exchange *x = &exchanges[i];

        if (!x->packets[0] && !x->packets[1])
            continue;
        tw_builder_u64(b, i);
        tw_builder_code(b, v->udp[i].src);
        tw_builder_u64(b, v->udp[i].sport);
        tw_builder_code(b, v->udp[i].dst);
        tw_builder_u64(b, v->udp[i].dport);
        tw_builder_u64(b, x->packets[0] + x->packets[1]);
        tw_builder_u64(b, x->bytes[0] + x->bytes[1]);
        tw_builder_u64(b, x->payload[0] + x->payload[1]);
        tw_session_put_time(b, x->start_ns);
        if (x->start_ns == INT64_MIN)
            tw_builder_null(b);
        else
            tw_builder_i64(b, (int64_t)((uint64_t)x->end_ns - (uint64_t)x->start_ns));
        tw_builder_u64(b, x->packets[0]);
        tw_builder_u64(b, x->packets[1]);
        tw_builder_u64(b, x->bytes[0]);
        tw_builder_u64(b, x->bytes[1]);
        tw_builder_u64(b, (uint64_t)v->udp[i].first_row + 1);
        tw_builder_end_row(b);
    }
    tw_free(exchanges);
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- warnings ---- */

static const trawl_column warning_columns[] = {
    COL("packet", TRAWL_U64, ID, 0, NULL, "number of the packet; none: the file as a whole", NULL),
    COL("offset", TRAWL_U64, ID, 1, "B", "where in the (decompressed) file", NULL),
    COL("what", TRAWL_STRING, 0, 0, NULL, "kind of problem", NULL),
    COL("why", TRAWL_STRING, 0, 0, NULL, "in words", NULL),
    COL("damage", TRAWL_BOOL, 0, 2, NULL, "the file itself is damaged: exit status 3", NULL),
    COL("file", TRAWL_STRING, 0, 3, NULL, "path as given", NULL),
};

/* What is malformed is found when messages are read: those that nobody asked for are read now. */
static int read_messages(tw_capture *capture, trawl_error *err)
{
    const struct tw_catalogue *catalogue = capture->session->catalogue;
    int rc = TRAWL_OK;

    for (size_t i = 0; i < catalogue->n_fields && rc == TRAWL_OK; i++) {
        const trawl_dissector *dissector = catalogue->fields[i].dissector;
        struct tw_bits *bits;

        if (!dissector || !tw_is_payload(dissector) ||
            tw_hashmap_get(&capture->packets->warned, dissector->name))
            continue;
        bits = tw_packets_presence(capture->packets, catalogue, dissector->name, err);
        rc = bits ? TRAWL_OK : err && err->code ? err->code : TRAWL_E_NOMEM;
        tw_bits_release(bits);
    }
    return rc;
}

int tw_session_look_closer(tw_capture *capture, trawl_error *err)
{
    const struct tw_hashmap *tables = &capture->session->tables;
    int rc = read_messages(capture, err);

    for (size_t i = 0; i < tables->n_entries && rc == TRAWL_OK; i++) {
        const struct tw_session_table *t = tables->entries[i].key ? tables->entries[i].value : NULL;
        tw_table *table = NULL;

        if (!t || !t->def || !(t->def->flags & TRAWL_TABLE_WARNS))
            continue;
        rc = tw_session_table(capture->session, capture, t->name, &table, err);
        tw_table_release(table);
    }
    tw_input_sort_warnings(capture->input);
    return rc;
}

static int build_warnings(tw_capture *capture, tw_table **ret, trawl_error *err)
{
    const struct tw_input *in = capture->input;
    int rc = tw_session_look_closer(capture, err);
    tw_builder *b;

    if (rc != TRAWL_OK)
        return rc;
    b = tw_builder_new(tw_session_table_schema(capture->session, "warnings"), NULL, err);
    for (size_t i = 0; b && i < in->n_warnings; i++) {
        const struct tw_warning *w = &in->warnings[i];

        if (w->packet)
            tw_builder_u64(b, w->packet);
        else
            tw_builder_null(b);
        tw_builder_u64(b, w->offset);
        put_text(b, w->what);
        put_text(b, w->why);
        tw_builder_u64(b, w->damage);
        put_text(b, in->files[w->i_file].path);
        tw_builder_end_row(b);
    }
    return b ? tw_builder_finish(b, ret, err) : TRAWL_E_NOMEM;
}

/* ---- registration ---- */

int tw_session_add_own_tables(tw_session *session, trawl_error *err)
{
    int rc = tw_session_add_tcp_tables(session, err);

    if (rc == TRAWL_OK)
        rc = tw_session_add_own(session, "udp", "UDP conversations, a row each", udp_columns,
                                TW_COUNT(udp_columns), build_udp, err);
    if (rc == TRAWL_OK)
        rc = tw_session_add_own(session, "warnings", "what was wrong with the input, a row each",
                                warning_columns, TW_COUNT(warning_columns), build_warnings, err);
    return rc;
}
