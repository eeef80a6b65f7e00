/* One capture as a vantage point: its TCP connections and the columns that packets are known by.
 * Must not know of a second capture. */
#include "vantage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not join captures: no memory");
}

const char *text_of(trawl_call *call, const char *format, ...)
{
    char text[512];
    va_list ap;
    char *copy;
    int n;

    va_start(ap, format);
    n = vsnprintf(text, sizeof(text), format, ap);
    va_end(ap);
    if (n < 0)
        return "";
    n = n < (int)sizeof(text) ? n : (int)sizeof(text) - 1;
    copy = host->call_alloc(call, (size_t)n + 1);
    if (!copy)
        return "";
    memcpy(copy, text, (size_t)n + 1);
    return copy;
}

/* ---- columns ---- */

static const char *const udp_names[S_N_COLUMNS] = {
    [S_TIME] = "frame.time_epoch",
    [S_STREAM] = "stream",
    [S_REVERSE] = "reverse",
    [S_PROTO] = "proto",
    [S_QUOTED] = "quoted",
    [S_LEN] = "udp.length",
    [S_SRC] = "src",
    [S_DST] = "dst",
    [S_SPORT] = "sport",
    [S_DPORT] = "dport",
    [S_IP_ID] = "ip.id",
    [S_TTL] = "ip.ttl",
    [S_HLIM] = "ipv6.hlim",
    [S_CHECKSUM] = "udp.checksum",
    [S_FRAME_LEN] = "frame.len",
    [S_CAP_LEN] = "frame.cap_len",
};
static const char *const tcp_names[S_N_COLUMNS] = {
    [S_TIME] = "frame.time_epoch",
    [S_STREAM] = "stream",
    [S_REVERSE] = "reverse",
    [S_PROTO] = "proto",
    [S_QUOTED] = "quoted",
    [S_SEQ] = "tcp.seq_raw",
    [S_ACK] = "tcp.ack_raw",
    [S_LEN] = "tcp.len",
    [S_FLAGS] = "tcp.flags",
    [S_WINDOW] = "tcp.window_size_value",
    [S_SRC] = "src",
    [S_DST] = "dst",
    [S_SPORT] = "sport",
    [S_DPORT] = "dport",
    [S_IP_ID] = "ip.id",
    [S_TTL] = "ip.ttl",
    [S_HLIM] = "ipv6.hlim",
    [S_TSVAL] = "tcp.options.timestamp.tsval",
    [S_TSECR] = "tcp.options.timestamp.tsecr",
    [S_SACK] = "tcp.options.sack_le",
    [S_RELATIVE_ACK] = "tcp.ack",
    [S_DATA_ACK] = "tcp.options.mptcp.rawdataack",
    [S_DATA_SEQ] = "tcp.options.mptcp.rawdataseqno",
};

uint64_t side_cell(const struct side *side, enum side_column column, uint64_t row, int *has)
{
    const trawl_view *v = &side->views[column];

    *has = v->data && trawl_view_has(v, row);
    if (!*has)
        return 0;
    return trawl_view_u64(v, v->offsets ? v->offsets[row + 1] - 1 : row);
}

int64_t side_time(const struct side *side, uint64_t row)
{
    const trawl_view *v = &side->views[S_TIME];

    return trawl_view_has(v, row) ? ((const int64_t *)v->data)[row] : INT64_MIN;
}

static int open_columns(trawl_call *call, struct side *s, size_t from, size_t to, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(s->packets);
    const char *const *column_names = s->udp ? udp_names : tcp_names;
    const char *names[S_N_COLUMNS];
    size_t n = 0;
    int rc;

    for (size_t i = from; i < to; i++) { /* those of other plugins may be off */
        if (column_names[i] && host->schema_find(schema, column_names[i]) >= 0)
            names[n++] = column_names[i];
    }
    rc = host->prefetch(call, s->packets, names, n, err);
    for (size_t i = from; i < to && rc == TRAWL_OK; i++) {
        s->views[i] = (trawl_view){.size = sizeof(trawl_view)};
        if (column_names[i] && host->schema_find(schema, column_names[i]) >= 0)
            rc = host->view_named(call, s->packets, column_names[i], &s->views[i], err);
    }
    return rc;
}

int side_open_extras(trawl_call *call, struct side *side, trawl_error *err)
{
    return open_columns(call, side, S_N_BASIC, S_N_COLUMNS, err);
}

/* ---- payload ---- */

enum { UDP_HEADER = 8, LOOK_AT_MOST = 512 };

uint32_t side_length(const struct side *side, uint64_t row)
{
    const uint32_t n = (uint32_t)trawl_view_u64(&side->views[S_LEN], row);

    return !side->udp ? n : n > UDP_HEADER ? n - UDP_HEADER : 0;
}

/* The header is where its eight bytes are: what is before it, and how deep, is not known here. */
static const uint8_t *find_payload(const struct side *side, uint64_t row, const uint8_t *bytes,
                                   uint32_t n, uint32_t *ret_n)
{
    static const enum side_column words[] = {S_SPORT, S_DPORT, S_LEN, S_CHECKSUM};
    uint8_t header[UDP_HEADER];
    const uint8_t *at;
    uint32_t rest;

    for (size_t i = 0; i < TRAWL_COUNT(words); i++) {
        int has;
        const uint64_t word = side_cell(side, words[i], row, &has);

        if (!has)
            return NULL;
        header[2 * i] = (uint8_t)(word >> 8);
        header[2 * i + 1] = (uint8_t)word;
    }
    at = memmem(bytes, n < LOOK_AT_MOST ? n : LOOK_AT_MOST, header, sizeof(header));
    if (!at)
        return NULL;
    rest = n - (uint32_t)(at - bytes) - UDP_HEADER;
    *ret_n = rest < side_length(side, row) ? rest : side_length(side, row);
    return at + UDP_HEADER;
}

int side_content(trawl_call *call, const struct side *side, uint64_t row, uint32_t most,
                 uint64_t *ret, trawl_error *err)
{
    const uint32_t length = side_length(side, row), want = length < most ? length : most;
    uint64_t sum = UINT64_C(0xcbf29ce484222325) ^ length; /* FNV-1a */
    const uint8_t *bytes, *payload;
    uint32_t n, n_payload = 0;
    int rc;

    *ret = 0;
    if (!want)
        return TRAWL_OK;
    rc = host->packet_bytes(call, side->capture, row, &bytes, &n, err);
    if (rc != TRAWL_OK)
        return rc;
    payload = find_payload(side, row, bytes, n, &n_payload);
    if (!payload || n_payload < want)
        return TRAWL_OK;
    for (uint32_t i = 0; i < want; i++)
        sum = (sum ^ payload[i]) * UINT64_C(0x100000001b3);
    *ret = sum | 1;
    return TRAWL_OK;
}

/* ---- connections ---- */

static int open_conns(trawl_call *call, struct side *s, trawl_table *tcp, trawl_error *err)
{
    static const char *const names[] = {"stream",      "first",  "client",
                                        "client_port", "server", "server_port"};
    enum { STREAM, FIRST, CLIENT_IP, CLIENT_PORT, SERVER_IP, SERVER_PORT, N };
    trawl_view v[N];
    int rc = TRAWL_OK;

    for (size_t i = 0; i < N && rc == TRAWL_OK; i++) {
        v[i] = (trawl_view){.size = sizeof(trawl_view)};
        rc = host->view_named(call, tcp, names[i], &v[i], err);
    }
    if (rc != TRAWL_OK)
        return rc;
    s->n_conns = (uint32_t)host->n_rows(tcp);
    s->n_streams = s->n_conns ? (uint32_t)trawl_view_u64(&v[STREAM], s->n_conns - 1) + 1 : 0;
    s->conns = host->alloc(((size_t)s->n_conns + 1) * sizeof(*s->conns));
    s->conn_of = host->alloc(((size_t)s->n_streams + 1) * sizeof(*s->conn_of));
    if (!s->conns || !s->conn_of)
        return no_memory(err);
    memset(s->conn_of, 0xff, ((size_t)s->n_streams + 1) * sizeof(*s->conn_of));
    for (uint32_t i = 0; i < s->n_conns; i++) {
        const uint64_t row = trawl_view_u64(&v[FIRST], i) - 1;
        struct conn *c = &s->conns[i];

        c->stream = (uint32_t)trawl_view_u64(&v[STREAM], i);
        c->address[CLIENT] = (uint32_t)trawl_view_u64(&v[CLIENT_IP], i);
        c->address[SERVER] = (uint32_t)trawl_view_u64(&v[SERVER_IP], i);
        c->port[CLIENT] = (uint16_t)trawl_view_u64(&v[CLIENT_PORT], i);
        c->port[SERVER] = (uint16_t)trawl_view_u64(&v[SERVER_PORT], i);
        /* both columns have the capture's addresses, so that codes can be compared */
        c->client_dir = !(trawl_view_u64(&s->views[S_SRC], row) == c->address[CLIENT] &&
                          trawl_view_u64(&s->views[S_SPORT], row) == c->port[CLIENT]);
        c->first_ns = INT64_MAX;
        c->last_ns = INT64_MIN;
        s->conn_of[c->stream] = i;
    }
    return TRAWL_OK;
}

/* The lower of two sequence numbers. */
static void lower(uint32_t *low, int is_first, uint32_t number)
{
    if (is_first || (int32_t)(number - *low) < 0)
        *low = number;
}

static void add_segment(struct conn *c, unsigned sender, uint32_t seq, uint32_t ack, uint32_t flags)
{
    enum { SYN = 2, ACK = 16 };

    if (flags & SYN && !c->has_isn[sender]) {
        c->has_isn[sender] = 1;
        c->isn[sender] = seq;
    }
    if (flags & SYN && flags & ACK && sender == SERVER && !c->has_isn[CLIENT]) {
        c->has_isn[CLIENT] = 1; /* its SYN is not there, but what answers it is */
        c->isn[CLIENT] = ack - 1;
    }
    if (!(flags & SYN)) {
        lower(&c->low_seq[sender], !c->n_packets[sender], seq);
        c->n_packets[sender]++;
        if (flags & ACK) {
            lower(&c->low_ack[sender ^ 1], !c->has_ack[sender ^ 1], ack);
            c->has_ack[sender ^ 1] = 1;
        }
    }
}

/* What a UDP direction begins with: payloads shorter than this could be anybody's. */
static int add_datagram(trawl_call *call, const struct side *s, uint64_t row, uint32_t who,
                        trawl_error *err)
{
    enum { TELLING = 8 };
    struct conn *c = &s->conns[who / 2];
    const unsigned sender = who & 1;
    uint64_t content;
    int rc;

    if (c->has_isn[sender] || side_length(s, row) < TELLING)
        return TRAWL_OK;
    rc = side_content(call, s, row, CONTENT_MOST, &content, err);
    c->has_isn[sender] = content != 0;
    c->isn[sender] = (uint32_t)(content >> 32 ^ content);
    return rc;
}

static int add_packet(trawl_call *call, const struct side *s, uint64_t row, uint32_t who,
                      int64_t time, trawl_error *err)
{
    struct conn *c = &s->conns[who / 2];

    c->n_seen[who & 1]++;
    if (time != INT64_MIN) {
        c->first_ns = time < c->first_ns ? time : c->first_ns;
        c->last_ns = time > c->last_ns ? time : c->last_ns;
    }
    if (s->udp)
        return add_datagram(call, s, row, who, err);
    add_segment(c, who & 1, (uint32_t)trawl_view_u64(&s->views[S_SEQ], row),
                (uint32_t)trawl_view_u64(&s->views[S_ACK], row),
                (uint32_t)trawl_view_u64(&s->views[S_FLAGS], row));
    return TRAWL_OK;
}

/* A SYN/ACK that is not there: what the server sends, and what the client acknowledges after its
 * own SYN, begin behind it. */
static void settle_conn(struct conn *c)
{
    if (c->has_isn[SERVER] || !c->has_isn[CLIENT] || !c->n_packets[SERVER] || !c->has_ack[SERVER] ||
        c->low_seq[SERVER] != c->low_ack[SERVER])
        return;
    c->has_isn[SERVER] = 1;
    c->isn[SERVER] = c->low_seq[SERVER] - 1;
}

/* Connection and sender of a row: a segment or a datagram of its own, none that is quoted. */
static uint32_t who_sent(const struct side *s, uint64_t row)
{
    const trawl_view *v = s->views;
    uint32_t stream, conn;

    if (((const uint8_t *)v[S_PROTO].data)[row] != (s->udp ? 17 : 6) ||
        !trawl_view_has(&v[S_STREAM], row) || !trawl_view_has(&v[s->udp ? S_LEN : S_SEQ], row) ||
        ((const uint8_t *)v[S_QUOTED].data)[row])
        return NONE32;
    stream = ((const uint32_t *)v[S_STREAM].data)[row];
    conn = stream < s->n_streams ? s->conn_of[stream] : NONE32;
    if (conn == NONE32)
        return NONE32;
    return conn * 2 + (((const uint8_t *)v[S_REVERSE].data)[row] == s->conns[conn].client_dir
                           ? CLIENT
                           : SERVER);
}

static int walk_packets(trawl_call *call, struct side *s, trawl_error *err)
{
    int rc = TRAWL_OK;

    s->who = host->alloc((size_t)(s->n_rows + 1) * sizeof(*s->who));
    if (!s->who)
        return no_memory(err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < s->n_rows; row++) {
        const int64_t time = side_time(s, row);
        const uint32_t who = s->who[row] = who_sent(s, row);

        if (row % 65536 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (time != INT64_MIN) {
            s->first_ns = time < s->first_ns ? time : s->first_ns;
            s->last_ns = time > s->last_ns ? time : s->last_ns;
        }
        if (who != NONE32)
            rc = add_packet(call, s, row, who, time, err);
    }
    for (uint32_t i = 0; i < s->n_conns && !s->udp; i++)
        settle_conn(&s->conns[i]);
    return rc;
}

/* ---- open and close ---- */

/* What the list of captures says of one; "" where it has no such column. */
static const char *cell(trawl_call *call, trawl_table *captures, const char *column, uint64_t row,
                        trawl_error *err)
{
    const int64_t at = host->schema_find(host->schema_of(captures), column);

    return at >= 0 ? host->cell_text(call, captures, (size_t)at, row, err) : "";
}

/* One file, however its path is spelled; a file may be gone since it was loaded. */
static int is_same_file(const char *a, const char *b)
{
    struct stat x, y;

    return strcmp(a, b) == 0 ||
           (stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino);
}

/* The capture that is called so, or else one of all packets of the file that is, and of no other;
 * NULL: none. And what it was loaded with: a filter explains packets that are not there. */
static int find_loaded(trawl_call *call, const char *word, const char **ret_name,
                       const char **ret_filter, trawl_error *err)
{
    trawl_table *captures = NULL;
    int rc = host->list(call, "captures", &captures, err);

    *ret_name = *ret_filter = NULL;
    for (uint64_t row = 0; rc == TRAWL_OK && row < host->n_rows(captures); row++) {
        const char *name = cell(call, captures, "name", row, err);
        const char *path = cell(call, captures, "path", row, err);
        const char *files = cell(call, captures, "files", row, err);
        const char *bpf = cell(call, captures, "bpf", row, err);
        const char *filter = cell(call, captures, "filter", row, err);

        if (!name || !path || !files || !bpf || !filter) {
            rc = TRAWL_E_NOMEM;
        } else if (strcmp(name, word) == 0) {
            *ret_name = name;
            *ret_filter = bpf[0] ? bpf : filter[0] ? filter : NULL;
            break;
        } else if (strcmp(files, "1") == 0 && !bpf[0] && !filter[0] && is_same_file(path, word)) {
            *ret_name = name;
        }
    }
    host->release(captures);
    return rc;
}

/* The name that a file has got; the capture that was current stays so. */
static int load_file(trawl_call *call, const char *path, const char **ret, trawl_error *err)
{
    const trawl_load_options options = {.size = sizeof(options), .paths = &path, .n_paths = 1};
    trawl_capture *current = NULL;
    trawl_table *loaded = NULL;
    const char *before = NULL;
    int64_t at;
    int rc;

    if (access(path, R_OK) != 0 && errno == ENOENT) {
        host->fail(err, TRAWL_E_NOT_FOUND, "no capture '%s' is loaded, and no file has that name",
                   path);
        host->hint(err, "'captures' lists those that are loaded.");
        return TRAWL_E_NOT_FOUND;
    }
    if (host->n_captures(call) && host->capture(call, NULL, &current, NULL) == TRAWL_OK)
        before = host->name_of(current);
    rc = host->load(call, &options, &loaded, err);
    if (rc != TRAWL_OK)
        return rc;
    at = host->schema_find(host->schema_of(loaded), "name");
    if (at >= 0 && host->n_rows(loaded))
        *ret = host->cell_text(call, loaded, (size_t)at, 0, err);
    host->release(loaded);
    if (before)
        rc = host->use(call, before, err);
    return rc != TRAWL_OK ? rc : *ret ? TRAWL_OK : no_memory(err);
}

int side_open(trawl_call *call, const char *name, int udp, struct side *ret, trawl_error *err)
{
    struct side s = {.udp = udp != 0, .first_ns = INT64_MAX, .last_ns = INT64_MIN};
    trawl_table *conns = NULL;
    int rc = find_loaded(call, name, &s.name, &s.filter, err);

    if (rc == TRAWL_OK && !s.name)
        rc = load_file(call, name, &s.name, err);
    if (rc == TRAWL_OK)
        rc = host->capture(call, s.name, &s.capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, s.capture, "packets", &s.packets, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, s.capture, udp ? "udp" : "tcp", &conns, err);
    if (rc == TRAWL_OK) {
        s.name = host->name_of(s.capture);
        s.n_rows = host->n_rows(s.packets);
    }
    if (rc == TRAWL_OK)
        rc = open_columns(call, &s, 0, S_N_BASIC, err);
    if (rc == TRAWL_OK && udp)
        rc = side_open_extras(call, &s, err); /* payloads are found by them */
    if (rc == TRAWL_OK)
        rc = open_conns(call, &s, conns, err);
    if (rc == TRAWL_OK)
        rc = walk_packets(call, &s, err);
    host->release(conns);
    if (rc != TRAWL_OK) {
        side_fini(&s);
        return rc;
    }
    *ret = s;
    return TRAWL_OK;
}

void side_fini(struct side *side)
{
    host->free(side->conns);
    host->free(side->conn_of);
    host->free(side->who);
    host->release(side->packets);
}

const char *side_noun(const struct side *side)
{
    return side->udp ? "UDP conversation" : "TCP connection";
}

int side_conn(const struct side *side, uint64_t stream, uint32_t *ret, trawl_error *err)
{
    if (stream < side->n_streams && side->conn_of[stream] != NONE32) {
        *ret = side->conn_of[stream];
        return TRAWL_OK;
    }
    host->fail(err, TRAWL_E_NOT_FOUND, "no %s '%llu' in '%s'", side_noun(side),
               (unsigned long long)stream, side->name);
    if (side->n_conns)
        host->hint(err, "'%s' lists the connections with their numbers.", side->udp ? "udp" : "lt");
    else
        host->hint(err, "that capture has no %s at all", side_noun(side));
    return TRAWL_E_NOT_FOUND;
}

/* ---- ends ---- */

const uint8_t *side_address(const struct side *side, uint32_t code)
{
    return side->views[S_SRC].addresses[code & 0x7fffffff];
}

int side_same_address(const struct side *a, uint32_t code_a, const struct side *b, uint32_t code_b)
{
    return code_a >> 31 == code_b >> 31 &&
           memcmp(side_address(a, code_a), side_address(b, code_b), 16) == 0;
}

const char *side_end(trawl_call *call, const struct side *side, const struct conn *c, unsigned end)
{
    const uint8_t *address = side_address(side, c->address[end]);
    const int is_6 = c->address[end] >> 31 != 0;
    char text[INET6_ADDRSTRLEN];

    if (!inet_ntop(is_6 ? AF_INET6 : AF_INET, is_6 ? address : address + 12, text, sizeof(text)))
        return "";
    return text_of(call, is_6 ? "[%s]:%u" : "%s:%u", text, c->port[end]);
}
