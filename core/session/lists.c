/* What the session holds, as tables: captures, interfaces, tables, fields, variables.
 * Must not know plugins' files or terminals. */
#include "core/capture/record.h"
#include "core/session/growing.h"

#define COL(name_, type_, flags_, priority_, unit_, help_)                             \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .priority = priority_, \
                 .unit = unit_, .help = help_)

/* Of captures that grow: hidden while there is none. */
#define GROWS(name_, type_, priority_, unit_, help_)                         \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = TRAWL_COLUMN_HIDDEN, \
                 .priority = priority_, .unit = unit_, .help = help_)

enum { N_GROWS = 10 };

static const trawl_column capture_columns[] = {
    COL("name", TRAWL_STRING, 0, 0, NULL, "name of the capture"),
    COL("current", TRAWL_BOOL, 0, 1, NULL, "commands that name none use it"),
    COL("packets", TRAWL_U64, 0, 0, NULL, "packets"),
    COL("bytes", TRAWL_U64, 0, 0, "B", "their lengths on the wire together"),
    COL("start", TRAWL_TIME, 0, 1, NULL, "earliest packet"),
    COL("duration", TRAWL_SPAN, 0, 1, NULL, "latest minus earliest packet"),
    COL("tcp", TRAWL_U64, 0, 2, NULL, "TCP conversations"),
    COL("udp", TRAWL_U64, 0, 2, NULL, "UDP conversations"),
    COL("warnings", TRAWL_U64, 0, 2, NULL, "rows of its table 'warnings' that are known so far"),
    COL("damaged", TRAWL_BOOL, 0, 2, NULL, "an input was cut or corrupt"),
    COL("backwards", TRAWL_U64, 0, 4, NULL,
        "packets whose time is before the packet ahead of them"),
    COL("files", TRAWL_U64, 0, 4, NULL, "files it was read from"),
    COL("format", TRAWL_STRING, 0, 3, NULL, "container of the first file"),
    COL("compression", TRAWL_STRING, 0, 4, NULL, "compression of the first file"),
    COL("size", TRAWL_U64, 0, 4, "B", "size of the files on disk"),
    COL("interfaces", TRAWL_U64, 0, 5, NULL, "interfaces"),
    COL("bpf", TRAWL_STRING, 0, 5, NULL, "filter of load -f"),
    COL("filter", TRAWL_STRING, 0, 5, NULL, "filter of load -Y"),
    COL("path", TRAWL_STRING, 0, 3, NULL, "first file, as given"),
    GROWS("state", TRAWL_STRING, 0, NULL,
          "live: packets of an interface come in; following: a file is read on; waiting: for a "
          "FIFO's next writer; stopped; ended; failed; none: it was loaded"),
    GROWS("received", TRAWL_U64, 1, NULL, "packets that the kernel gave"),
    GROWS("dropped", TRAWL_U64, 0, NULL,
          "packets that the kernel dropped, for its buffer was full"),
    GROWS("interface_dropped", TRAWL_U64, 3, NULL, "packets that the interface dropped"),
    GROWS("lost", TRAWL_U64, 2, NULL, "packets that were not kept for want of memory"),
    GROWS("let_go", TRAWL_U64, 1, NULL,
          "oldest packets that were let go to stay within --memory-limit"),
    GROWS("rate", TRAWL_F64, 0, "packets/s", "packets a second, of the last second or so"),
    GROWS("fill", TRAWL_F64, 2, "%", "how full the ring is that packets are kept in"),
    GROWS("written", TRAWL_U64, 3, NULL, "packets written to files"),
    GROWS("link", TRAWL_STRING, 1, NULL,
          "the interface that is captured on: up, or why no packets can come: down, no carrier"),
};

static const trawl_column device_columns[] = {
    COL("name", TRAWL_STRING, 0, 0, NULL, "name, for capture"),
    COL("up", TRAWL_BOOL, 0, 0, NULL, "it is up"),
    COL("running", TRAWL_BOOL, 0, 1, NULL, "it has a carrier"),
    COL("loopback", TRAWL_BOOL, 0, 2, NULL, "it leads back to this machine"),
    COL("wireless", TRAWL_BOOL, 0, 2, NULL, "it is wireless"),
    COL("addresses", TRAWL_STRING, 0, 0, NULL, "its addresses"),
    COL("description", TRAWL_STRING, 0, 1, NULL, "description"),
};

static const trawl_column interface_columns[] = {
    COL("capture", TRAWL_STRING, 0, 1, NULL, "name of the capture"),
    COL("number", TRAWL_U32, TRAWL_COLUMN_ID, 0, NULL, "number in its file (frame.interface_id)"),
    COL("name", TRAWL_STRING, 0, 0, NULL, "name of the interface"),
    COL("description", TRAWL_STRING, 0, 2, NULL, "description"),
    COL("link_type", TRAWL_U32, TRAWL_COLUMN_ID, 0, NULL,
        "LINKTYPE_ number; none for the records of a plugin's file format"),
    COL("snaplen", TRAWL_U32, 0, 1, "B", "longest packet captured"),
    COL("decimals", TRAWL_U8, 0, 2, NULL, "decimals of its times"),
    COL("file", TRAWL_STRING, 0, 1, NULL, "file, as given"),
};

static const trawl_column table_columns[] = {
    COL("name", TRAWL_STRING, 0, 0, NULL, "type it to see the table"),
    COL("columns", TRAWL_U64, 0, 1, NULL, "number of columns"),
    COL("rows", TRAWL_U64, 0, 1, NULL, "rows in the current capture, if computed already"),
    COL("plugin", TRAWL_STRING, 0, 2, NULL, "who provides it"),
    COL("summary", TRAWL_STRING, 0, 0, NULL, "what a row is"),
    COL("view", TRAWL_BOOL, TRAWL_COLUMN_HIDDEN, 9, NULL,
        "says what other tables say in another way"),
};

static const trawl_column field_columns[] = {
    COL("name", TRAWL_STRING, 0, 0, NULL, "Wireshark's name"),
    COL("type", TRAWL_STRING, 0, 0, NULL, "type of a value; [] when there can be several"),
    COL("unit", TRAWL_STRING, 0, 2, NULL, "unit"),
    COL("layer", TRAWL_STRING, 0, 2, NULL, "layer that it is read from"),
    COL("plugin", TRAWL_STRING, 0, 3, NULL, "who provides it"),
    COL("level", TRAWL_U8, TRAWL_COLUMN_ID, 2, NULL,
        "dissect and compare count it from this level on; 0: where it is named"),
    COL("help", TRAWL_STRING, 0, 0, NULL, "meaning"),
    COL("source", TRAWL_STRING, 0, 4, NULL, "document that defines it"),
    COL("setting", TRAWL_STRING, TRAWL_COLUMN_HIDDEN, 9, NULL,
        "names the file without which there is no such field"),
};

static const trawl_column variable_columns[] = {
    COL("name", TRAWL_STRING, 0, 0, NULL, "type $name to see it"),
    COL("rows", TRAWL_U64, 0, 0, NULL, "rows"),
    COL("columns", TRAWL_U64, 0, 0, NULL, "columns"),
};

static const trawl_column cache_columns[] = {
    COL("file", TRAWL_STRING, 0, 0, NULL, "the capture: its first file"),
    COL("state", TRAWL_STRING, 0, 0, NULL,
        "good; changed: its files are not what they were; other version: of trawl or its plugins; "
        "damaged"),
    COL("kind", TRAWL_STRING, 0, 0, NULL,
        "capture: its packets; beside it: field, the column of one; counts, of fields' values; "
        "table, what a command made"),
    COL("packets", TRAWL_U64, 0, 1, NULL, "packets"),
    COL("columns", TRAWL_U64, 0, 2, NULL, "columns that are kept, or fields whose counts are"),
    COL("bytes", TRAWL_U64, 0, 0, "B", "what is kept of it"),
    COL("count", TRAWL_U64, 0, 2, NULL, "most packets, of load -c"),
    COL("bpf", TRAWL_STRING, 0, 2, NULL, "filter of load -f"),
    COL("filter", TRAWL_STRING, 0, 2, NULL, "filter of load -Y"),
    COL("field", TRAWL_STRING, 0, 1, NULL, "the field whose column it is; none: the capture"),
    COL("files", TRAWL_U64, 0, 4, NULL, "files that the capture is read from"),
    COL("version", TRAWL_STRING, 0, 4, NULL, "of trawl, and a sign of its very files"),
    COL("used", TRAWL_TIME, 0, 1, NULL, "when it was written or served last"),
    COL("path", TRAWL_STRING, 0, 3, NULL, "the file of the cache"),
};

static void put_text(tw_builder *b, const char *text)
{
    if (text)
        tw_builder_value(b, text, strlen(text));
    else
        tw_builder_null(b);
}

static void put_growing(tw_builder *b, const tw_capture *c)
{
    struct tw_growing_state state;

    if (!c->growing) {
        for (size_t i = 0; i < N_GROWS; i++)
            tw_builder_null(b);
        return;
    }
    tw_growing_state(c->growing, &state);
    put_text(b, state.state);
    if (state.counts) {
        tw_builder_u64(b, state.counts->received);
        tw_builder_u64(b, state.counts->dropped);
        tw_builder_u64(b, state.counts->interface_dropped);
        tw_builder_u64(b, state.counts->lost);
    } else {
        for (size_t i = 0; i < 4; i++)
            tw_builder_null(b);
    }
    tw_builder_u64(b, state.forgotten);
    if (state.counts)
        tw_builder_f64(b, state.counts->rate);
    else
        tw_builder_null(b);
    if (state.fill < 0)
        tw_builder_null(b);
    else
        tw_builder_f64(b, state.fill * 100);
    if (state.counts)
        tw_builder_u64(b, state.counts->written);
    else
        tw_builder_null(b);
    put_text(b, state.counts ? state.counts->link : NULL);
}

static void put_capture(tw_builder *b, const tw_capture *c, bool current)
{
    const struct tw_packets *p = c->packets;
    const struct tw_input *in = c->input;
    const int64_t *time = TW_CELLS(p->time, const int64_t);
    const uint32_t *len = TW_CELLS(p->len, const uint32_t);
    int64_t first = INT64_MAX, last = INT64_MIN, before = INT64_MIN;
    uint64_t bytes = 0, size = 0, backwards = 0;

    for (uint64_t r = 0; r < p->n_rows; r++) {
        bytes += len[r];
        if (time[r] == INT64_MIN)
            continue;
        first = TW_MIN(first, time[r]);
        last = TW_MAX(last, time[r]);
        backwards += time[r] < before;
        before = time[r];
    }
    for (size_t i = 0; i < in->n_files; i++)
        size += in->files[i].size;
    put_text(b, c->name);
    tw_builder_u64(b, current);
    tw_builder_u64(b, p->n_rows);
    tw_builder_u64(b, bytes);
    if (last == INT64_MIN) {
        tw_builder_null(b);
        tw_builder_null(b);
    } else {
        tw_builder_i64(b, first);
        tw_builder_i64(b, (int64_t)((uint64_t)last - (uint64_t)first));
    }
    tw_builder_u64(b, c->conversations.n_tcp);
    tw_builder_u64(b, c->conversations.n_udp);
    tw_builder_u64(b, in->n_warnings + in->n_warnings_dropped);
    tw_builder_u64(b, c->n_damaged > 0);
    tw_builder_u64(b, backwards);
    tw_builder_u64(b, in->n_files);
    put_text(b, in->files[0].format);
    put_text(b, in->files[0].compression);
    tw_builder_u64(b, size);
    tw_builder_u64(b, in->n_interfaces);
    put_text(b, c->bpf);
    put_text(b, c->expr);
    put_text(b, in->files[0].path);
    put_growing(b, c);
    tw_builder_end_row(b);
}

static int put_device(void *context, const struct tw_device *device, trawl_error *err)
{
    tw_builder *b = context;

    (void)err;
    put_text(b, device->name);
    tw_builder_u64(b, device->up);
    tw_builder_u64(b, device->running);
    tw_builder_u64(b, device->loopback);
    tw_builder_u64(b, device->wireless);
    put_text(b, device->addresses);
    put_text(b, device->description);
    tw_builder_end_row(b);
    return TRAWL_OK;
}

static void put_interfaces(tw_builder *b, const tw_capture *c)
{
    for (size_t i = 0; i < c->input->n_interfaces; i++) {
        const struct tw_interface *in = &c->input->interfaces[i];

        put_text(b, c->name);
        tw_builder_u64(b, in->i_in_file);
        put_text(b, in->name);
        put_text(b, in->description);
        if (tw_reader_of_link(in->link_type))
            tw_builder_null(b);
        else
            tw_builder_u64(b, in->link_type);
        tw_builder_u64(b, in->snaplen);
        tw_builder_u64(b, in->time_decimals);
        put_text(b, c->input->files[in->i_file].path);
        tw_builder_end_row(b);
    }
}

static void put_table(tw_session *session, tw_builder *b, const char *name, const char *summary,
                      const char *plugin, size_t n_columns, bool is_view)
{
    const tw_capture *c = session->current;
    const tw_table *built = c ? tw_hashmap_get(&c->tables, name) : NULL;

    if (c && strcmp(name, "packets") == 0)
        built = c->packets_table;
    put_text(b, name);
    tw_builder_u64(b, n_columns);
    if (built)
        tw_builder_u64(b, built->n_rows);
    else
        tw_builder_null(b);
    put_text(b, plugin);
    put_text(b, summary);
    tw_builder_u64(b, is_view);
    tw_builder_end_row(b);
}

static int put_tables(tw_session *session, tw_builder *b, trawl_error *err)
{
    int rc = tw_packets_schema(session, err);

    if (rc != TRAWL_OK)
        return rc;
    put_table(session, b, "packets", "packets, a row each: every field is a column", "core",
              session->packets_schema->n_columns, false);
    for (size_t i = 0; i < session->tables.n_entries; i++) {
        const struct tw_session_table *t = session->tables.entries[i].value;

        if (session->tables.entries[i].key)
            put_table(session, b, t->name, t->summary, t->plugin, t->schema->n_columns,
                      t->def && t->def->flags & TRAWL_TABLE_VIEW);
    }
    return TRAWL_OK;
}

static int put_fields(tw_session *session, tw_builder *b, trawl_error *err)
{
    int rc = tw_packets_schema(session, err);

    for (size_t i = 0; rc == TRAWL_OK && i < session->packets_schema->n_columns; i++) {
        const struct tw_catalogue_field *f = &session->catalogue->fields[session->packets_order[i]];
        const trawl_column *c = &session->packets_schema->columns[i];
        const trawl_derived *derived = tw_hashmap_get(&session->derived, c->name);
        char type[32];
        size_t n = strlen(tw_type_name(c->type));

        memcpy(type, tw_type_name(c->type), n);
        memcpy(type + n, c->flags & TRAWL_COLUMN_LIST ? "[]" : "\0\0", 3);
        put_text(b, c->name);
        put_text(b, type);
        put_text(b, c->unit);
        put_text(b, f->dissector ? f->dissector->layer : NULL);
        put_text(b, f->plugin);
        tw_builder_u64(b, TRAWL_COLUMN_LEVEL(c->flags));
        put_text(b, c->help);
        put_text(b, c->source);
        put_text(b, derived ? derived->setting : NULL);
        tw_builder_end_row(b);
    }
    return rc;
}

static void put_variables(tw_session *session, tw_builder *b)
{
    for (size_t i = 0; i < session->variables.n_entries; i++) {
        const tw_table *t = session->variables.entries[i].value;

        if (!session->variables.entries[i].key)
            continue;
        put_text(b, session->variables.entries[i].key);
        tw_builder_u64(b, t->n_rows);
        tw_builder_u64(b, t->schema->n_columns);
        tw_builder_end_row(b);
    }
}

static const struct {
    const char *name;
    const trawl_column *columns;
    size_t n;
} lists[] = {
    {"cache", cache_columns, TW_COUNT(cache_columns)},
    {"captures", capture_columns, TW_COUNT(capture_columns)},
    {"devices", device_columns, TW_COUNT(device_columns)},
    {"interfaces", interface_columns, TW_COUNT(interface_columns)},
    {"tables", table_columns, TW_COUNT(table_columns)},
    {"fields", field_columns, TW_COUNT(field_columns)},
    {"variables", variable_columns, TW_COUNT(variable_columns)},
};

/* What only captures that grow have shows when there is one. */
static void show_growing(const tw_session *session, tw_schema *schema)
{
    bool any = false;

    for (size_t i = 0; i < session->captures.n_entries; i++) {
        const tw_capture *c = session->captures.entries[i].value;

        any |= session->captures.entries[i].key && c->growing;
    }
    for (size_t i = schema->n_columns - N_GROWS; any && i < schema->n_columns; i++)
        schema->columns[i].flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
}

int tw_session_list_schema(const tw_session *session, const char *what, tw_schema **ret,
                           trawl_error *err)
{
    for (size_t i = 0; i < TW_COUNT(lists); i++) {
        if (strcmp(lists[i].name, what) == 0) {
            *ret = tw_schema_from(lists[i].columns, lists[i].n, err);
            if (*ret && lists[i].columns == capture_columns)
                show_growing(session, *ret);
            return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
        }
    }
    return tw_fail(err, TRAWL_E_NOT_FOUND, "no list '%s'", what);
}

int tw_session_list(tw_session *session, const char *what, tw_table **ret, trawl_error *err)
{
    tw_schema *schema = NULL;
    tw_builder *b;
    int rc = tw_session_list_schema(session, what, &schema, err);

    if (rc != TRAWL_OK)
        return rc;
    b = tw_builder_new(schema, NULL, err);
    tw_schema_free(schema);
    if (!b)
        return TRAWL_E_NOMEM;
    for (size_t i = 0; i < session->captures.n_entries; i++) {
        const tw_capture *c = session->captures.entries[i].value;

        if (!session->captures.entries[i].key)
            continue;
        if (strcmp(what, "captures") == 0)
            put_capture(b, c, c == session->current);
        else if (strcmp(what, "interfaces") == 0)
            put_interfaces(b, c);
    }
    if (strcmp(what, "tables") == 0)
        rc = put_tables(session, b, err);
    else if (strcmp(what, "devices") == 0)
        rc = tw_devices(put_device, b, err);
    else if (strcmp(what, "fields") == 0)
        rc = put_fields(session, b, err);
    else if (strcmp(what, "cache") == 0)
        rc = tw_session_put_cache(session, b, err);
    else if (strcmp(what, "variables") == 0)
        put_variables(session, b);
    if (rc != TRAWL_OK) {
        tw_builder_free(b);
        return rc;
    }
    return tw_builder_finish(b, ret, err);
}
