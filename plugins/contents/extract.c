/* The bytes of each direction to a file of its own. Must not know how sequence numbers become
 * offsets. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "contents.h"

#define ID TRAWL_COLUMN_ID
#define COL(name_, type_, flags_, unit_, help_) \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .unit = unit_, .help = help_)

const trawl_column extract_columns[] = {
    COL("stream", TRAWL_U32, ID, NULL,
        "number of the connection (tcp.stream), of UDP the conversation (udp.stream)"),
    COL("src", TRAWL_IP, 0, NULL, "address that sent the bytes"),
    COL("sport", TRAWL_U16, ID, NULL, "its port"),
    COL("dst", TRAWL_IP, 0, NULL, "the other address"),
    COL("dport", TRAWL_U16, ID, NULL, "its port"),
    COL("bytes", TRAWL_U64, 0, "B", "payload written, each byte once"),
    COL("gaps", TRAWL_U64, 0, NULL, "places where bytes are missing in the capture"),
    COL("missing", TRAWL_U64, 0, "B", "bytes that are missing there"),
    COL("file", TRAWL_STRING, 0, NULL, "name of the file in the folder"),
};
_Static_assert(TRAWL_COUNT(extract_columns) == EXTRACT_N_COLUMNS, "counted in contents.h");

enum gaps { MARK, FILL, CUT };
enum { VECTORS_MOST = 1024 }; /* IOV_MAX of Linux */

/* One direction of a connection. */
struct written {
    uint64_t bytes, gaps, missing;
    uint8_t any;
};

/* The file that a thread has open. */
struct output {
    int fd, leftover;
    uint64_t next; /* offset behind what was written */
    uint64_t half;
    char name[NAME_MOST];
    struct iovec vectors[VECTORS_MOST + 2];
    char mark[64];
};

struct extract {
    const struct ends *ends;
    const uint32_t *reuse;
    int folder;
    const char *folder_name;
    enum gaps gaps;
    int open_flags;
    struct written *written; /* by 2 * row of `tcp` + direction */
    struct output **outputs; /* by thread */
};

static int fail_file(const struct output *out, const char *what, trawl_error *err)
{
    return host->fail(err, TRAWL_E_IO, "cannot %s '%s': %s", what, out->name, host->reason(errno));
}

static int write_all(struct output *out, int n, trawl_error *err)
{
    struct iovec *v = out->vectors;

    while (n > 0) {
        ssize_t done = writev(out->fd, v, n < VECTORS_MOST ? n : VECTORS_MOST);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_file(out, "write", err);
        while (n > 0 && (size_t)done >= v->iov_len) {
            done -= (ssize_t)v->iov_len;
            v++;
            n--;
        }
        if (n > 0) {
            v->iov_base = (char *)v->iov_base + done;
            v->iov_len -= (size_t)done;
        }
    }
    return TRAWL_OK;
}

static int open_output(const struct extract *x, struct output *out, const trawl_contents *part,
                       uint64_t i, trawl_error *err)
{
    struct end from, to;

    ends_of(x->ends, i, part->direction, &from, &to);
    name_of(&from, &to, x->reuse[i], out->name);
    out->half = 2 * i + part->direction;
    out->next = 0;
    out->fd = openat(x->folder, out->name, x->open_flags, 0666);
    if (out->fd >= 0) {
        char path[PATH_MAX];
        const int n = snprintf(path, sizeof(path), "%s/%s", x->folder_name, out->name);

        out->leftover = n > 0 && n < (int)sizeof(path) ? host->leftover(path) : -1;
        return TRAWL_OK;
    }
    if (errno == ELOOP)
        return host->fail(err, TRAWL_E_IO, "cannot create '%s': a link is there", out->name);
    (void)fail_file(out, "create", err);
    if (errno == EEXIST)
        host->hint(err, "'--force' replaces the files that are there.");
    return TRAWL_E_IO;
}

/* n bytes are not there. */
static int put_gap(const struct extract *x, struct output *out, uint64_t n, trawl_error *err)
{
    struct written *w = &x->written[out->half];

    w->gaps++;
    w->missing += n;
    if (x->gaps == MARK) {
        const int len = snprintf(out->mark, sizeof(out->mark),
                                 "[%llu bytes missing in capture file]", (unsigned long long)n);

        out->vectors[0] = (struct iovec){out->mark, (size_t)len};
        return write_all(out, 1, err);
    }
    if (x->gaps == FILL && lseek(out->fd, (off_t)n, SEEK_CUR) < 0)
        return fail_file(out, "write", err);
    return TRAWL_OK;
}

/* What the FIN says that there was behind the last byte. */
static int put_end(const struct extract *x, struct output *out, uint64_t length, trawl_error *err)
{
    int rc = put_gap(x, out, length - out->next, err);

    if (rc == TRAWL_OK && x->gaps == FILL && ftruncate(out->fd, (off_t)length) != 0)
        rc = fail_file(out, "write", err);
    return rc;
}

static int put_pieces(const struct extract *x, struct output *out, const trawl_contents *part,
                      trawl_error *err)
{
    struct written *w = &x->written[out->half];
    int rc = TRAWL_OK, n = 0;

    for (size_t k = 0; rc == TRAWL_OK && k < part->n_pieces; k++) {
        const trawl_piece *piece = &part->pieces[k];

        if (piece->offset != out->next || n == VECTORS_MOST) {
            rc = write_all(out, n, err);
            n = 0;
        }
        if (rc == TRAWL_OK && piece->offset != out->next)
            rc = put_gap(x, out, piece->offset - out->next, err);
        out->vectors[n++] = (struct iovec){(void *)(uintptr_t)piece->data, piece->n};
        out->next = piece->offset + piece->n;
        w->bytes += piece->n;
    }
    return rc == TRAWL_OK ? write_all(out, n, err) : rc;
}

static int take_part(void *context, const trawl_contents *part, unsigned i_thread, trawl_error *err)
{
    struct extract *x = context;
    struct output *out = x->outputs[i_thread];
    const int64_t i = ends_find(x->ends, part->stream);
    int rc = TRAWL_OK;

    if (i < 0 || (part->n_pieces == 0 && (!out || out->fd < 0)))
        return TRAWL_OK;
    if (!out) {
        out = x->outputs[i_thread] = host->alloc(sizeof(*out));
        if (!out)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
        out->fd = -1;
    }
    if (out->fd < 0)
        rc = open_output(x, out, part, (uint64_t)i, err);
    if (rc == TRAWL_OK)
        rc = put_pieces(x, out, part, err);
    if (rc == TRAWL_OK && part->more)
        return TRAWL_OK;
    if (rc == TRAWL_OK && part->length > out->next)
        rc = put_end(x, out, part->length, err);
    if (out->fd >= 0) {
        x->written[out->half].any = 1;
        if (close(out->fd) != 0 && rc == TRAWL_OK)
            rc = fail_file(out, "write", err);
        if (rc != TRAWL_OK) /* no half file */
            (void)unlinkat(x->folder, out->name, 0);
        host->leftover_done(out->leftover);
        out->fd = -1;
    }
    return rc;
}

/* ---- what is asked for ---- */

/* "NAME-streams" unless the user says where. */
static const char *folder_name(trawl_call *call, const struct extract_opts *o,
                               const trawl_capture *capture, trawl_error *err)
{
    const char *name = host->name_of(capture);
    const size_t n = strlen(name) + 16;
    char *made;

    if (o->into)
        return o->into;
    made = host->call_alloc(call, n);
    if (!made) {
        (void)host->fail(err, TRAWL_E_NOMEM, "out of memory");
        return NULL;
    }
    (void)snprintf(made, n, "%s-streams", name);
    return made;
}

static int open_folder(const char *path, int *ret, trawl_error *err)
{
    if (mkdir(path, 0777) != 0 && errno != EEXIST)
        return host->fail(err, TRAWL_E_IO, "cannot create '%s': %s", path, host->reason(errno));
    *ret = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*ret < 0)
        return host->fail(err, TRAWL_E_IO, "cannot open '%s': %s", path, host->reason(errno));
    return TRAWL_OK;
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* That of packets has the numbers of both; other tables have it alone. */
static const char *stream_column(const trawl_schema *in, int udp)
{
    const char *own = udp ? "udp.stream" : "tcp.stream";

    return host->schema_find(in, own) >= 0 ? own : "stream";
}

/* Whether a table from the pipe is about UDP, as `udp` and packets without TCP: then so is what it
 * asks for. */
static int is_udp(trawl_call *call, const struct extract_opts *o, trawl_table *in, int *ret,
                  trawl_error *err)
{
    const char *const names[] = {"tcp.stream", "udp.stream"};
    const trawl_schema *schema = in ? host->schema_of(in) : NULL;
    const int64_t at = schema ? host->schema_find(schema, "stream") : -1;
    const char *help = at < 0 ? NULL : host->schema_column(schema, (size_t)at)->help;
    int any[2] = {0};

    *ret = o->udp;
    if (!in || o->udp)
        return TRAWL_OK;
    for (size_t i = 0; i < 2; i++) {
        trawl_view v = {.size = sizeof(v)};
        int rc;

        if (host->schema_find(schema, names[i]) < 0)
            continue;
        help = NULL;
        rc = host->view_named(call, in, names[i], &v, err);
        if (rc != TRAWL_OK)
            return rc;
        for (uint64_t row = 0; !any[i] && row < v.n_rows; row++)
            any[i] = trawl_view_has(&v, row);
    }
    *ret = (any[1] && !any[0]) || (help && strstr(help, "(udp.stream)"));
    if (*ret || !help || !strstr(help, "udp.stream"))
        return TRAWL_OK;
    host->fail(err, TRAWL_E_USAGE, "streams of this table are of TCP or of UDP");
    host->hint(err, "'--udp' takes them as those of UDP; 'packets | where … | extract' knows.");
    return TRAWL_E_USAGE;
}

/* Streams of the words, or of the table from the pipe; *ret NULL: all. */
static int wanted_streams(trawl_call *call, const struct extract_opts *o, trawl_table *in,
                          const struct ends *ends, uint32_t **ret, size_t *ret_n, trawl_error *err)
{
    trawl_view v = {.size = sizeof(v)};
    size_t n = 0, n_words = o->streams.n;
    uint32_t *list;
    int rc = TRAWL_OK;

    if (!in && !n_words)
        return TRAWL_OK;
    if (in && n_words)
        return host->fail(err, TRAWL_E_USAGE,
                          "streams come from the pipe or from the words, not from both");
    if (in)
        rc = host->view_named(call, in, stream_column(host->schema_of(in), ends->udp), &v, err);
    if (rc != TRAWL_OK)
        return rc;
    list = host->call_alloc(call, ((in ? v.n_rows : n_words) + 1) * sizeof(*list));
    if (!list)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (uint64_t i = 0; in && i < v.n_rows; i++)
        if (trawl_view_has(&v, i))
            list[n++] = (uint32_t)trawl_view_u64(&v, i);
    for (size_t i = 0; i < n_words; i++) {
        const unsigned long long number = strtoull(o->streams.items[i], NULL, 0);

        if (number > UINT32_MAX || ends_find(ends, (uint32_t)number) < 0)
            return ends_fail(ends, o->streams.items[i], err);
        list[n++] = (uint32_t)number;
    }
    qsort(list, n, sizeof(*list), by_number);
    *ret = list;
    *ret_n = n;
    return TRAWL_OK;
}

/* More files than anybody may have meant are not begun. */
static int check_limit(trawl_call *call, const struct extract_opts *o, const struct ends *ends,
                       const uint32_t *streams, size_t n, trawl_error *err)
{
    trawl_view payload[2] = {{.size = sizeof(trawl_view)}, {.size = sizeof(trawl_view)}};
    uint64_t n_files = 0;
    int rc = host->view_named(call, ends->table, ends->udp ? "client_packets" : "client_payload",
                              &payload[0], err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, ends->table, ends->udp ? "server_packets" : "server_payload",
                              &payload[1], err);
    if (rc != TRAWL_OK || !o->limit)
        return rc;
    for (uint64_t k = 0; k < (streams ? n : ends->n); k++) {
        const int64_t i = streams ? ends_find(ends, streams[k]) : (int64_t)k;

        if (i < 0 || (streams && k && streams[k] == streams[k - 1]))
            continue;
        n_files += trawl_view_u64(&payload[0], (uint64_t)i) > 0;
        n_files += trawl_view_u64(&payload[1], (uint64_t)i) > 0;
    }
    if (n_files <= o->limit)
        return TRAWL_OK;
    host->fail(err, TRAWL_E_USAGE, "that would be %llu files, more than '--limit %llu'",
               (unsigned long long)n_files, (unsigned long long)o->limit);
    host->hint(err, "'--limit 0' writes them all; 'tcp | where … | extract' writes some.");
    return TRAWL_E_USAGE;
}

static int build(trawl_call *call, const struct extract *x, trawl_table **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_from(extract_columns, EXTRACT_N_COLUMNS, err);
    trawl_builder *b = schema ? host->builder_new(schema, err) : NULL;
    const int64_t src = host->schema_find(host->schema_of(x->ends->packets), "src");
    int rc = b ? TRAWL_OK : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    host->schema_free(schema);
    if (rc == TRAWL_OK)
        rc = host->builder_share(b, 1, x->ends->packets, (size_t)src, err);
    if (rc == TRAWL_OK)
        rc = host->builder_share(b, 3, x->ends->packets, (size_t)src, err);
    for (uint64_t half = 0; rc == TRAWL_OK && half < 2 * x->ends->n; half++) {
        const struct written *w = &x->written[half];
        const uint64_t i = half / 2, row = trawl_view_u64(&x->ends->first, i) - 1;
        const int back = half % 2 != 0;
        const trawl_view *from = back ? &x->ends->dst : &x->ends->src;
        const trawl_view *to = back ? &x->ends->src : &x->ends->dst;
        char name[NAME_MOST];
        struct end a, z;

        if ((half & 0xfff) == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (!w->any)
            continue;
        ends_of(x->ends, i, (unsigned)back, &a, &z);
        name_of(&a, &z, x->reuse[i], name);
        host->put_u64(b, trawl_view_u64(&x->ends->stream, i));
        host->put_code(b, ((const uint32_t *)from->data)[row]);
        host->put_u64(b, a.port);
        host->put_code(b, ((const uint32_t *)to->data)[row]);
        host->put_u64(b, z.port);
        host->put_u64(b, w->bytes);
        host->put_u64(b, w->gaps);
        host->put_u64(b, w->missing);
        host->put_text(b, name);
        host->end_row(b);
    }
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

int extract_schema(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                   trawl_error *err)
{
    const struct extract_opts *o = opts;

    (void)call;
    if (in && host->schema_find(in, stream_column(in, o->udp)) < 0 &&
        host->schema_find(in, stream_column(in, 1)) < 0)
        return host->schema_fail_column(in, "stream", err);
    *ret = host->schema_from(extract_columns, EXTRACT_N_COLUMNS, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

int extract_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                trawl_error *err)
{
    const struct extract_opts *o = opts;
    struct extract x = {.folder = -1,
                        .gaps = strcmp(o->gaps, "fill") == 0  ? FILL
                                : strcmp(o->gaps, "cut") == 0 ? CUT
                                                              : MARK,
                        .open_flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
                                      (o->force ? O_TRUNC : O_EXCL)};
    const unsigned n_threads = host->n_threads();
    trawl_capture *capture = NULL;
    struct ends ends = {0};
    uint32_t *streams = NULL;
    const char *folder;
    size_t n = 0;
    int udp, rc = host->capture(call, o->capture, &capture, err);

    if (rc == TRAWL_OK)
        rc = is_udp(call, o, in, &udp, err);
    if (rc == TRAWL_OK)
        rc = ends_open(call, capture, udp, &ends, err);
    if (rc != TRAWL_OK)
        return rc;
    x.ends = &ends;
    rc = wanted_streams(call, o, in, &ends, &streams, &n, err);
    if (rc == TRAWL_OK)
        rc = check_limit(call, o, &ends, streams, n, err);
    if (rc == TRAWL_OK) {
        x.reuse = count_reuse(call, &ends, err);
        x.written = host->call_alloc(call, (2 * ends.n + 1) * sizeof(*x.written));
        x.outputs = host->call_alloc(call, n_threads * sizeof(*x.outputs));
        folder = folder_name(call, o, capture, err);
        if (!x.reuse || !x.written || !x.outputs || !folder)
            rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
        else
            rc = open_folder(folder, &x.folder, err);
        x.folder_name = folder;
    }
    if (rc == TRAWL_OK)
        rc = ends_contents(call, capture, &ends, streams, n, take_part, &x, err);
    for (unsigned i = 0; x.outputs && i < n_threads; i++) {
        if (x.outputs[i] && x.outputs[i]->fd >= 0) { /* what another thread's failure left open */
            close(x.outputs[i]->fd);
            (void)unlinkat(x.folder, x.outputs[i]->name, 0);
            host->leftover_done(x.outputs[i]->leftover);
        }
        host->free(x.outputs[i]);
    }
    if (rc == TRAWL_OK)
        rc = build(call, &x, ret, err);
    if (x.folder >= 0)
        close(x.folder);
    ends_fini(&ends);
    return rc;
}
