/* The files that mptcptrace writes, in a folder: xplot and csv. Must not know how points are found.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trace.h"

enum { NAME_MOST = 64, WRITERS = 2 };
enum { CSV, XPL };
/* RTT has three files. */
enum { FILE_RTT_SEQ_TS = GRAPH_N, FILE_RTT_SEQ_NUM, FILE_N };

static const struct {
    const char *name, *title, *x_type, *x_label, *y_label;
} kinds[FILE_N] = {
    [GRAPH_SEQ] = {"seq", "Time sequence", "timeval", "time", "sequence number"},
    [GRAPH_ACKSIZE] = {"acksize", "MPTCP Ack size", "timeval", "time", "Ack size"},
    [GRAPH_GPUT] = {"gput", "MPTCP goodput", "timeval", "time", "Goodput"},
    [GRAPH_FLIGHT] = {"flight", "Window and MPTCP flight size", "timeval", "time", "size"},
    [GRAPH_FLIGHT_PER_FLOW] = {"flight_per_flow", "Per flow flight size", "timeval", "time",
                               "size"},
    [GRAPH_RIGHT_EDGE] = {"rightEdge", "Right edge Evolution", "timeval", "time", "Right edge"},
    [GRAPH_RTT] = {"rtt_ack_ts", "MPTCP RTT by arrival of the ack", "timeval", "time", "RTT (ms)"},
    [FILE_RTT_SEQ_TS] = {"rtt_seq_ts", "MPTCP RTT by departure of the data", "timeval", "time",
                         "RTT (ms)"},
    [FILE_RTT_SEQ_NUM] = {"rtt_seq_num", "MPTCP RTT by sequence number", "double",
                          "sequence number", "RTT (ms)"},
};
static const char *const endings[WRITERS] = {[CSV] = "csv", [XPL] = "xpl"};

struct output {
    FILE *f;
    uint64_t rows;
    char name[NAME_MOST];
};

struct folder {
    const char *path;
    int fd, force;
    uint8_t writes[WRITERS];
    uint8_t wanted[FILE_N];
    const struct connection *connection;
    struct output outputs[FILE_N][2][WRITERS]; /* by way */
    trawl_builder *rows;
    uint64_t addresses;
};

static int fail_file(const struct folder *d, const char *name, const char *what, trawl_error *err)
{
    return host->fail(err, TRAWL_E_IO, "could not %s '%s/%s': %s", what, d->path, name,
                      host->reason(errno));
}

/* ---- single files ---- */

static int open_output(struct folder *d, struct output *out, trawl_error *err)
{
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | (d->force ? O_TRUNC : O_EXCL);
    const int fd = openat(d->fd, out->name, flags, 0666);
    int rc;

    out->rows = 0;
    out->f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (out->f)
        return TRAWL_OK;
    rc = fail_file(d, out->name, "create", err);
    if (errno == EEXIST)
        host->hint(err, "'--force' replaces the files that are there.");
    if (fd >= 0)
        close(fd);
    return rc;
}

/* Whole, or not there. */
static int close_output(struct folder *d, struct output *out, int rc, trawl_error *err)
{
    if (!out->f)
        return rc;
    if (rc == TRAWL_OK && ferror(out->f))
        rc = fail_file(d, out->name, "write", err);
    if (fclose(out->f) != 0 && rc == TRAWL_OK)
        rc = fail_file(d, out->name, "write", err);
    out->f = NULL;
    if (rc != TRAWL_OK) {
        (void)unlinkat(d->fd, out->name, 0);
        return rc;
    }
    host->put_text(d->rows, out->name);
    if (d->connection)
        host->put_u64(d->rows, d->connection->id);
    else
        host->put_null(d->rows);
    host->put_u64(d->rows, out->rows);
    host->end_row(d->rows);
    return TRAWL_OK;
}

static void put_time(FILE *f, int64_t ns)
{
    const int64_t us = ns / 1000 - (ns % 1000 < 0);
    const int64_t s = us / 1000000 - (us % 1000000 < 0);

    (void)fprintf(f, "%lld.%06lld", (long long)s, (long long)(us - s * 1000000));
}

/* Where a point stands: its time, the time of the data, or the number. */
static void put_x(const struct folder *d, FILE *f, unsigned kind, const struct point *p)
{
    if (kind == FILE_RTT_SEQ_NUM)
        (void)fprintf(f, "%u", (uint32_t)(p->low + d->connection->base[p->way]));
    else
        put_time(f, kind == FILE_RTT_SEQ_TS ? p->sent_ns : p->time_ns);
}

static int is_real(const struct point *p)
{
    return p->graph == GRAPH_GPUT || p->graph == GRAPH_RTT;
}

/* Numbers of data as they were sent, 32 bits. */
static uint32_t as_sent(const struct folder *d, const struct point *p, uint64_t number)
{
    const int is_number = p->graph == GRAPH_SEQ || p->graph == GRAPH_RIGHT_EDGE;

    return (uint32_t)(is_number ? number + d->connection->base[p->way] : number);
}

static void write_csv(const struct folder *d, FILE *f, unsigned kind, const struct point *p)
{
    put_x(d, f, kind, p);
    if (is_real(p))
        (void)fprintf(f, ",%f,%u,0,0", p->real, p->series);
    else if (p->is_line)
        (void)fprintf(f, ",%u,%u,1,%u", as_sent(d, p, p->low), p->series, as_sent(d, p, p->high));
    else
        (void)fprintf(f, ",%u,%u,0,0", as_sent(d, p, p->low), p->series);
    if (p->graph == GRAPH_SEQ)
        (void)fprintf(f, ",%d", p->again < 0 ? -1 : p->again + 1);
    (void)fputc('\n', f);
}

static void write_xpl(const struct folder *d, FILE *f, unsigned kind, const struct point *p)
{
    if (p->again >= 0) {
        (void)fprintf(f, "%d\natext ", (p->again + 1) % 8);
        put_x(d, f, kind, p);
        (void)fprintf(f, " %u\n R \n", as_sent(d, p, p->high));
    }
    (void)fprintf(f, "%u\n%s ", p->series % 8, p->is_line ? "line" : "diamond");
    put_x(d, f, kind, p);
    if (is_real(p)) {
        (void)fprintf(f, " %f\n", p->real);
        return;
    }
    (void)fprintf(f, " %u", as_sent(d, p, p->low));
    if (p->is_line) {
        (void)fputc(' ', f);
        put_x(d, f, kind, p);
        (void)fprintf(f, " %u", as_sent(d, p, p->high));
    }
    (void)fputc('\n', f);
}

static void write_to(struct folder *d, unsigned kind, const struct point *p)
{
    for (unsigned w = 0; w < WRITERS; w++) {
        struct output *out = &d->outputs[kind][p->way][w];

        if (!out->f)
            continue;
        out->rows++;
        if (w == CSV)
            write_csv(d, out->f, kind, p);
        else
            write_xpl(d, out->f, kind, p);
    }
}

static int write_point(void *context, const struct point *p, trawl_error *err)
{
    struct folder *d = context;

    (void)err;
    write_to(d, p->graph, p);
    if (p->graph == GRAPH_RTT) {
        write_to(d, FILE_RTT_SEQ_TS, p);
        write_to(d, FILE_RTT_SEQ_NUM, p);
    }
    return TRAWL_OK;
}

/* ---- the files of a connection ---- */

static int open_graphs(struct folder *d, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (unsigned kind = 0; kind < FILE_N; kind++) {
        for (unsigned way = 0; way < 2; way++) {
            for (unsigned w = 0; w < WRITERS && rc == TRAWL_OK; w++) {
                struct output *out = &d->outputs[kind][way][w];

                if (!d->wanted[kind] || !d->writes[w])
                    continue;
                (void)snprintf(out->name, sizeof(out->name), "%s_%s_%u.%s", way_names[way],
                               kinds[kind].name, d->connection->id, endings[w]);
                rc = open_output(d, out, err);
                if (rc == TRAWL_OK && w == XPL)
                    (void)fprintf(out->f, "%s double\ntitle\n%s - %s\nxlabel\n%s\nylabel\n%s\n",
                                  kinds[kind].x_type, way_names[way], kinds[kind].title,
                                  kinds[kind].x_label, kinds[kind].y_label);
            }
        }
    }
    return rc;
}

static int close_graphs(struct folder *d, int rc, trawl_error *err)
{
    for (unsigned kind = 0; kind < FILE_N; kind++) {
        for (unsigned way = 2; way-- > 0;) {
            for (unsigned w = 0; w < WRITERS; w++)
                rc = close_output(d, &d->outputs[kind][way][w], rc, err);
        }
    }
    return rc;
}

static int write_stat(void *context, const struct statistic *s, trawl_error *err)
{
    struct folder *d = context;
    struct output *out = &d->outputs[0][0][CSV];

    (void)err;
    (void)fprintf(out->f, "%s", s->name);
    for (unsigned i = 0; i < 2; i++) {
        const unsigned way = i == 0 ? C2S : S2C;

        (void)fputc(';', out->f);
        if (s->is_text)
            (void)fprintf(out->f, "%s", s->text[way]);
        else if (s->value[way] == s->value[way]) /* not NaN */
            (void)fprintf(out->f, "%.*f", s->decimals, s->value[way]);
    }
    (void)fputc('\n', out->f);
    out->rows++;
    return TRAWL_OK;
}

/* "file;conn;" before each: the capture's name has neither of them in it nor a newline, else it is
 * left out. */
struct stat_lines {
    struct folder *d;
    const char *file;
};

static int write_stat_line(void *context, const struct statistic *s, trawl_error *err)
{
    const struct stat_lines *l = context;

    (void)fprintf(l->d->outputs[0][0][CSV].f, "%s;%u;", strpbrk(l->file, ";\r\n") ? "" : l->file,
                  l->d->connection->id);
    return write_stat(l->d, s, err);
}

static int write_stats(struct folder *d, const struct input *in, const struct follow *f,
                       trawl_error *err)
{
    struct output *out = &d->outputs[0][0][CSV];
    struct stat_lines lines = {d, in->file ? in->file : ""};
    int rc;

    (void)snprintf(out->name, sizeof(out->name), "stats_%u.csv", d->connection->id);
    rc = open_output(d, out, err);
    if (rc == TRAWL_OK)
        rc = stats_of(in, f, write_stat_line, &lines, err);
    return close_output(d, out, rc, err);
}

/* Subflow, bytes mapped towards the server, towards the client: the same in both files. */
static int write_subflows(struct folder *d, const struct follow *f, trawl_error *err)
{
    struct output *out = &d->outputs[0][0][CSV];
    int rc = TRAWL_OK;

    for (unsigned way = 2; way-- > 0 && rc == TRAWL_OK;) {
        (void)snprintf(out->name, sizeof(out->name), "%s_sf_%u.csv", way_names[way],
                       d->connection->id);
        rc = open_output(d, out, err);
        for (uint32_t i = 0; rc == TRAWL_OK && i < d->connection->n_subflows; i++) {
            (void)fprintf(out->f, "%u,%llu,%llu\n", i, (unsigned long long)f->totals[C2S].bytes[i],
                          (unsigned long long)f->totals[S2C].bytes[i]);
            out->rows++;
        }
        rc = close_output(d, out, rc, err);
    }
    return rc;
}

/* How many maps were injected n times on other subflows. */
static int write_histogram(struct folder *d, const struct follow *f, trawl_error *err)
{
    struct output *out = &d->outputs[0][0][CSV];
    int rc = TRAWL_OK;

    for (unsigned way = 2; way-- > 0 && rc == TRAWL_OK;) {
        (void)snprintf(out->name, sizeof(out->name), "%s_map_reinject_%u.csv", way_names[way],
                       d->connection->id);
        rc = open_output(d, out, err);
        for (unsigned i = 0; rc == TRAWL_OK && i < HISTOGRAM; i++) {
            if (!f->totals[way].injected[i])
                continue;
            (void)fprintf(out->f, "%u,%llu\n", i, (unsigned long long)f->totals[way].injected[i]);
            out->rows++;
        }
        rc = close_output(d, out, rc, err);
    }
    return rc;
}

/* Direction (1: from the client) and address, or id. */
static int write_addresses(struct folder *d, const struct input *in, uint32_t i_connection,
                           int removals, trawl_error *err)
{
    struct output *out = &d->outputs[0][0][CSV];
    char text[64];
    int rc;

    (void)snprintf(out->name, sizeof(out->name), "%s_addr_%u.csv", removals ? "rm" : "add",
                   d->connection->id);
    rc = open_output(d, out, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < in->n_addresses; i++) {
        const struct address *a = &in->addresses[i];

        if (a->connection != i_connection || a->is_removal != removals)
            continue;
        ip_text(a->ip, a->n_ip, text, sizeof(text));
        if (removals)
            (void)fprintf(out->f, "%u,%u\n", a->way, a->id);
        else
            (void)fprintf(out->f, "%u,%s\n", a->way, text);
        out->rows++;
    }
    return close_output(d, out, rc, err);
}

static int write_counters(struct folder *d, const struct counter *counters, trawl_error *err)
{
    struct output *out = &d->outputs[0][0][CSV];
    int rc;

    (void)snprintf(out->name, sizeof(out->name), "file_stats.csv");
    d->connection = NULL;
    rc = open_output(d, out, err);
    for (size_t i = 0; rc == TRAWL_OK && i < COUNTER_N; i++) {
        if (counters[i].is_unknown)
            (void)fprintf(out->f, "%s,,\n", counters[i].name);
        else
            (void)fprintf(out->f, "%s,%llu,%llu\n", counters[i].name,
                          (unsigned long long)counters[i].value[C2S],
                          (unsigned long long)counters[i].value[S2C]);
        out->rows++;
    }
    return close_output(d, out, rc, err);
}

/* ---- the folder ---- */

static int wants(const struct trace_opts *o, const char *graph)
{
    return !o->graph || strcmp(o->graph, graph) == 0;
}

static int write_connection(trawl_call *call, const struct trace_opts *o, struct folder *d,
                            struct input *in, uint32_t i, struct counter *counters,
                            trawl_error *err)
{
    struct follow f = {
        .connection = &in->connections[i], .n_acks = o->acks, .put = write_point, .context = d};
    int rc;

    d->connection = f.connection;
    rc = open_graphs(d, err);
    if (rc == TRAWL_OK)
        rc = follow_connection(call, &f, err);
    rc = close_graphs(d, rc, err);
    if (rc == TRAWL_OK && wants(o, "sf"))
        rc = write_subflows(d, &f, err);
    if (rc == TRAWL_OK && wants(o, "reinject"))
        rc = write_histogram(d, &f, err);
    if (rc == TRAWL_OK && wants(o, "add_addr"))
        rc = write_addresses(d, in, i, 0, err);
    if (rc == TRAWL_OK && wants(o, "rm_addr"))
        rc = write_addresses(d, in, i, 1, err);
    if (rc == TRAWL_OK && wants(o, "stats"))
        rc = write_stats(d, in, &f, err);
    return rc == TRAWL_OK ? counters_add(&f, counters, err) : rc;
}

int write_files(trawl_call *call, const struct trace_opts *o, struct input *in, trawl_builder *rows,
                trawl_error *err)
{
    struct folder *d = host->call_alloc(call, sizeof(*d));
    struct counter counters[COUNTER_N];
    int rc = TRAWL_OK;

    if (!d)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memset(d, 0, sizeof(*d));
    d->path = o->into;
    d->force = o->force;
    d->rows = rows;
    d->writes[CSV] = strcmp(o->writer, "xplot") != 0;
    d->writes[XPL] = strcmp(o->writer, "csv") != 0;
    for (unsigned kind = 0; kind < FILE_N; kind++)
        d->wanted[kind] = (uint8_t)(kind >= GRAPH_RTT ? wants(o, "rtt")
                                                      : wants(o, kinds[kind].name));
    if (mkdir(o->into, 0777) != 0 && errno != EEXIST)
        return host->fail(err, TRAWL_E_IO, "could not create '%s': %s", o->into,
                          host->reason(errno));
    d->fd = open(o->into, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (d->fd < 0)
        return host->fail(err, TRAWL_E_IO, "could not open '%s': %s", o->into, host->reason(errno));
    counters_begin(in, counters);
    for (uint32_t i = 0; i < in->n && rc == TRAWL_OK; i++)
        rc = write_connection(call, o, d, in, i, counters, err);
    if (rc == TRAWL_OK && wants(o, "file_stats"))
        rc = write_counters(d, counters, err);
    close(d->fd);
    return rc;
}
