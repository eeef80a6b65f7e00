/* Walks the packets of a capture twice: once for the options, once for the totals.
 * Knows nothing of tables that are shown; how options connect is in connect.c. */
#include "trawl/views.h"

#include "model.h"
#include "carry.h"
#include "check.h"
#include "connect.h"
#include "events.h"

#include <string.h>

enum { POLL_ROWS = 1 << 15 };

/* The columns that the model is made from. */
enum column {
    C_OPTION,
    C_STREAM,
    C_REVERSE,
    C_QUOTED,
    C_SEQ,
    C_LEN,
    C_FLAGS,
    C_SRC,
    C_SPORT,
    C_DST,
    C_DPORT,
    C_FRAME_LEN,
    C_TIME,
    C_WINDOW,
    C_PAYLOAD_SUM,
    N_COLUMNS
};
static const char *const column_names[N_COLUMNS] = {"tcp.options.mptcp",
                                                    "tcp.stream",
                                                    "reverse",
                                                    "quoted",
                                                    "tcp.seq",
                                                    "tcp.len",
                                                    "tcp.flags",
                                                    "src",
                                                    "sport",
                                                    "dst",
                                                    "dport",
                                                    "frame.len",
                                                    "frame.time_epoch",
                                                    "tcp.window_size",
                                                    "tcp.options.mptcp.payload_sum"};

static uint64_t cell(const trawl_view *views, enum column column, uint64_t row)
{
    return trawl_view_u64(&views[column], row);
}

/* The row is a TCP packet of its own, not one that an ICMP error quotes. */
static int is_segment(const trawl_view *views, uint64_t row)
{
    return trawl_view_has(&views[C_STREAM], row) && !cell(views, C_QUOTED, row);
}

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not follow MPTCP connections: no memory");
}

/* Columns [from, to). */
static int views_get(trawl_call *call, trawl_table *packets, trawl_view *views, size_t from,
                     size_t to, trawl_error *err)
{
    int rc = host->prefetch(call, packets, column_names + from, to - from, err);

    for (size_t i = from; i < to && rc == TRAWL_OK; i++) {
        memset(&views[i], 0, sizeof(views[i]));
        views[i].size = sizeof(views[i]);
        rc = host->view_named(call, packets, column_names[i], &views[i], err);
    }
    if (rc == TRAWL_OK && !views[C_OPTION].offsets)
        rc = host->fail(err, TRAWL_E_PLUGIN, "'tcp.options.mptcp' is not a list");
    return rc;
}

/* The subflow of a row's stream, begun now if need be. @return NONE32: no memory */
static uint32_t subflow_at(struct model *m, const trawl_view *views, uint64_t row)
{
    uint64_t stream = cell(views, C_STREAM, row);
    unsigned direction = (unsigned)cell(views, C_REVERSE, row);
    uint32_t i = m->subflow_of_stream[stream];
    struct subflow *s;

    if (i != NONE32)
        return i;
    if (!room_for((void **)&m->subflows, m->n_subflows, &m->cap_subflows, sizeof(*m->subflows)))
        return NONE32;
    i = (uint32_t)m->n_subflows++;
    s = &m->subflows[i];
    memset(s, 0, sizeof(*s));
    s->stream = (uint32_t)stream;
    s->connection = s->prev = s->next = NONE32;
    s->first_row = (uint32_t)row;
    s->half[direction].address = (uint32_t)cell(views, C_SRC, row);
    s->half[direction].port = (uint16_t)cell(views, C_SPORT, row);
    s->half[1 - direction].address = (uint32_t)cell(views, C_DST, row);
    s->half[1 - direction].port = (uint16_t)cell(views, C_DPORT, row);
    s->half[1].side = 1;
    s->half[0].sent = s->half[1].sent = SPAN_NONE;
    s->half[0].mapped = s->half[1].mapped = SPAN_NONE;
    m->subflow_of_stream[stream] = i;
    return i;
}

/* The packet around its options. */
static struct where where_of(const struct model *m, const trawl_view *views, uint64_t row)
{
    struct where at = {.row = (uint32_t)row,
                       .direction = (unsigned)cell(views, C_REVERSE, row),
                       .seq = (uint32_t)cell(views, C_SEQ, row),
                       .length = (uint32_t)cell(views, C_LEN, row),
                       .flags = (unsigned)cell(views, C_FLAGS, row)};

    if (m->wants & WANT_ACKS) {
        at.window = (uint32_t)cell(views, C_WINDOW, row);
        at.has_window = trawl_view_has(&views[C_WINDOW], row) != 0;
    }
    if (m->wants & WANT_PROBLEMS) {
        at.payload_sum = (uint16_t)cell(views, C_PAYLOAD_SUM, row);
        at.has_payload_sum = trawl_view_has(&views[C_PAYLOAD_SUM], row) != 0;
    }
    return at;
}

/* All options of one packet. @return 0: no memory */
static int options_of_row(struct model *m, const trawl_view *views, uint64_t row)
{
    struct said said = {.result = {.row = (uint32_t)row, .mapping_row = NONE32}};
    const trawl_view *v = &views[C_OPTION];
    struct where at = where_of(m, views, row);
    struct subflow *s;
    int whole = 1;

    at.i_subflow = subflow_at(m, views, row);
    if (at.i_subflow == NONE32)
        return 0;
    s = &m->subflows[at.i_subflow];
    if (at.flags & TCP_SYN)
        s->half[at.direction].saw_syn = 1;
    for (uint64_t i = v->offsets[row]; i < v->offsets[row + 1] && whole; i++) {
        size_t n;
        const uint8_t *p = trawl_view_text(v, i, &n);
        struct mp_option o;

        whole = mp_option_read(p, n, &o);
        if (!(o.have & MP_HAVE_SUBTYPE))
            continue;
        if (!connect_option(m, &at, &o, &said) || !event_note(m, &at, &o, &said))
            return 0;
    }
    if (s->connection == NONE32)
        return 1;
    if (m->wants & WANT_CARRIES && !carry_packet(m, &at, &said))
        return 0;
    /* A damaged option ends what is known of the packet, as in Wireshark. */
    if (!(m->wants & WANT_RESULTS) || !whole)
        return 1;
    said.result.connection = s->connection;
    said.result.master = m->connections[s->connection].master == at.i_subflow;
    connect_dsn(m, &at, &said.result);
    if (!room_for((void **)&m->results, m->n_results, &m->cap_results, sizeof(*m->results)))
        return 0;
    m->results[m->n_results++] = said.result;
    return 1;
}

/* A packet without options may carry data that a mapping covers. @return 0: no memory */
static int data_of_row(struct model *m, const trawl_view *views, uint64_t row)
{
    const struct said said = {.has_map = 0};
    struct where at;

    if (!cell(views, C_LEN, row))
        return 1;
    at = where_of(m, views, row);
    at.i_subflow = m->subflow_of_stream[cell(views, C_STREAM, row)];
    if (at.i_subflow == NONE32 || m->subflows[at.i_subflow].connection == NONE32)
        return 1;
    return carry_packet(m, &at, &said);
}

static int walk_options(struct model *m, trawl_call *call, const trawl_view *views,
                        trawl_error *err)
{
    const uint64_t *offsets = views[C_OPTION].offsets;
    uint64_t n = views[C_OPTION].n_rows;

    for (uint64_t row = 0; row < n; row++) {
        if (row % POLL_ROWS == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (offsets[row] == offsets[row + 1] && !(m->wants & WANT_CARRIES))
            continue;
        if (!is_segment(views, row))
            continue;
        if (offsets[row] == offsets[row + 1] ? !data_of_row(m, views, row)
                                             : !options_of_row(m, views, row))
            return no_memory(err);
    }
    return TRAWL_OK;
}

static void count_time(int64_t time, int64_t *start, int64_t *end, uint8_t *has)
{
    if (!*has || time < *start)
        *start = time;
    if (!*has || time > *end)
        *end = time;
    *has = 1;
}

static void count_row(struct subflow *s, const trawl_view *views, uint64_t row)
{
    unsigned direction = (unsigned)cell(views, C_REVERSE, row);
    unsigned flags = (unsigned)cell(views, C_FLAGS, row);
    int64_t time = (int64_t)cell(views, C_TIME, row);

    if (s->half[0].packets + s->half[1].packets == 0) {
        s->first_row = (uint32_t)row;
        s->opener = (uint8_t)direction;
    }
    if (trawl_view_has(&views[C_TIME], row)) {
        struct half *h = &s->half[direction];

        count_time(time, &s->start_ns, &s->end_ns, &s->has_time);
        count_time(time, &h->start_ns, &h->end_ns, &h->has_time);
    }
    s->half[direction].packets++;
    s->half[direction].bytes += cell(views, C_FRAME_LEN, row);
    s->half[direction].payload += cell(views, C_LEN, row);
    if (!(flags & TCP_SYN))
        return;
    if (!s->has_opener)
        s->opener = (uint8_t)(flags & TCP_ACK ? 1 - direction : direction);
    s->has_opener = 1;
    if (flags & TCP_ACK && views[C_OPTION].offsets[row] == views[C_OPTION].offsets[row + 1])
        s->refused = 1;
}

static int walk_totals(struct model *m, trawl_call *call, const trawl_view *views, trawl_error *err)
{
    uint64_t n = views[C_STREAM].n_rows;

    for (uint64_t row = 0; row < n; row++) {
        uint32_t i;

        if (row % POLL_ROWS == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        if (!is_segment(views, row))
            continue;
        i = m->subflow_of_stream[cell(views, C_STREAM, row)];
        if (i != NONE32)
            count_row(&m->subflows[i], views, row);
    }
    return TRAWL_OK;
}

/* Where no handshake told who is the client: the opener of the first subflow. */
static void settle_clients(struct model *m)
{
    for (size_t i = 0; i < m->n_connections; i++) {
        struct connection *c = &m->connections[i];
        const struct subflow *s;

        if (c->client_side <= 1 || c->first == NONE32)
            continue;
        s = &m->subflows[c->first];
        c->client_side = s->half[s->opener].side;
    }
}

int model_build(struct model *m, trawl_call *call, trawl_table *packets, unsigned wants,
                trawl_error *err)
{
    trawl_view views[N_COLUMNS];
    uint64_t n_rows, most = 0;
    int rc;

    m->wants = wants;
    rc = views_get(call, packets, views, 0, C_WINDOW, err);
    if (rc != TRAWL_OK)
        return rc;
    n_rows = views[C_OPTION].n_rows;
    if (n_rows >= NONE32)
        return host->fail(err, TRAWL_E_UNSUPPORTED, "a capture of more than 4 billion packets");
    m->src = views[C_SRC];
    m->packets = host->retain(packets);
    if (views[C_OPTION].offsets[0] == views[C_OPTION].offsets[n_rows])
        return TRAWL_OK;
    if (wants & WANT_ACKS)
        rc = views_get(call, packets, views, C_WINDOW, C_PAYLOAD_SUM, err);
    if (rc == TRAWL_OK && wants & WANT_PROBLEMS)
        rc = views_get(call, packets, views, C_PAYLOAD_SUM, N_COLUMNS, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t row = 0; row < n_rows; row++) {
        uint64_t stream = cell(views, C_STREAM, row);

        if (stream >= most && is_segment(views, row))
            most = stream + 1;
    }
    m->n_streams = (size_t)most;
    m->subflow_of_stream = host->alloc((m->n_streams + 1) * sizeof(*m->subflow_of_stream));
    if (!m->subflow_of_stream)
        return no_memory(err);
    memset(m->subflow_of_stream, 0xff, (m->n_streams + 1) * sizeof(*m->subflow_of_stream));
    rc = walk_options(m, call, views, err);
    if (rc == TRAWL_OK && !check_end(m))
        rc = no_memory(err);
    if (rc == TRAWL_OK && wants & WANT_TOTALS)
        rc = walk_totals(m, call, views, err);
    if (rc == TRAWL_OK)
        settle_clients(m);
    return rc;
}

void model_fini(struct model *m)
{
    map_fini(&m->tokens);
    host->free(m->maps);
    spans_fini(&m->spans);
    host->free(m->carries);
    host->free(m->acks);
    map_fini(&m->told);
    host->free(m->problems);
    host->free(m->events);
    host->free(m->unmapped);
    host->free(m->results);
    host->free(m->connections);
    host->free(m->subflows);
    host->free(m->subflow_of_stream);
    host->release(m->packets);
    memset(m, 0, sizeof(*m));
}

int model_state(const struct model *m, const struct connection *c)
{
    if (c->failed)
        return STATE_FALLBACK;
    if (c->master != NONE32 && m->subflows[c->master].refused)
        return STATE_FALLBACK;
    if (!c->side[0].has_key || !c->side[1].has_key)
        return STATE_PARTIAL;
    if (!c->saw_mapping && c->n_subflows == 1 &&
        m->subflows[c->first].half[0].payload + m->subflows[c->first].half[1].payload)
        return STATE_FALLBACK; /* all its data goes without mappings */
    return STATE_COMPLETE;
}

uint64_t model_raw(const struct side *side, uint64_t number)
{
    return number + side->shift;
}

uint64_t model_relative(const struct side *side, uint64_t number)
{
    return side->has_key ? number + side->shift - side->idsn : number - side->start + 1;
}
