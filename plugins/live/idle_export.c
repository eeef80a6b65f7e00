/* Flows that have ended, written once each while a capture grows: those of `flows` that do not wait
 * for the capture's end. A flow is known by its last packet, which is in no other.
 * Must not know how flows are made, or how packets are captured. */
#include "idle_export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A piece is written whole or not at all: what Ctrl-C cuts off comes again. */
enum { PIECE = 512, EVERY_MS = 1000 };
#define SECOND_NS INT64_C(1000000000)

struct idle_export {
    char *path, *name;    /* of the file, of the capture */
    int64_t idle, active; /* timeouts in ns */
    char **more;          /* further options of `flows` */
    size_t n_more;
    uint64_t *done; /* bits of last packets whose flows were written, by their number in all */
    uint64_t n_words, first_word; /* words of done, from this one on */
    uint64_t let_go;
    int began, goes_on; /* goes_on: the command that began it is over */
    int waits;          /* its disk was full the last time */
    int fifo;           /* open: whoever reads it sees no end between two pieces; -1: it is none */
};

static void let_fifo_go(struct idle_export *e)
{
    if (e->fifo >= 0)
        close(e->fifo);
    e->fifo = -1;
}

static void export_free(void *context)
{
    struct idle_export *e = context;

    if (e) {
        let_fifo_go(e);
        for (size_t i = 0; i < e->n_more; i++)
            host->free(e->more[i]);
        host->free(e->more);
        host->free(e->done);
        host->free(e->path);
        host->free(e->name);
        host->free(e);
    }
}

/* How many packets the capture let go, from its row of `captures`. */
static int read_let_go(trawl_call *call, struct idle_export *e, uint64_t *ret, trawl_error *err)
{
    trawl_view let_go = {.size = sizeof(let_go)};
    trawl_table *row = NULL;
    int rc = live_captures(call, e->name, &row, err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, row, "let_go", &let_go, err);
    *ret = rc == TRAWL_OK ? trawl_view_u64(&let_go, 0) : 0;
    host->release(row);
    return rc;
}

/* Room for packets up to `end`, and none for those that were let go. */
static int make_room(struct idle_export *e, uint64_t end, trawl_error *err)
{
    const uint64_t first = e->let_go / 64, n = end / 64 + 1 - first;
    const uint64_t from = first > e->first_word ? first - e->first_word : 0;
    uint64_t *bits;

    if (from == 0 && n <= e->n_words)
        return TRAWL_OK;
    bits = host->alloc((size_t)(n + n / 2) * sizeof(*bits));
    if (!bits)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    if (e->done && from < e->n_words)
        memcpy(bits, e->done + from,
               (size_t)(e->n_words - from < n ? e->n_words - from : n) * sizeof(*bits));
    host->free(e->done);
    e->done = bits;
    e->n_words = n + n / 2;
    e->first_word = first;
    return TRAWL_OK;
}

static uint64_t *word_of(const struct idle_export *e, uint64_t packet)
{
    return &e->done[packet / 64 - e->first_word];
}

/* The rows of `flows` to write. */
static int choose(trawl_call *call, struct idle_export *e, trawl_table *flows, int is_end,
                  uint32_t *rows, uint64_t *ret_n, trawl_view *last, trawl_error *err)
{
    trawl_view expiry = {.size = sizeof(expiry)};
    uint64_t end = e->let_go;
    int rc = host->view_named(call, flows, "expiry", &expiry, err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, flows, "last", last, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < last->n_rows; i++) {
        const uint64_t packet = e->let_go + trawl_view_u64(last, i);

        end = packet > end ? packet : end;
    }
    if (rc == TRAWL_OK)
        rc = make_room(e, end, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < last->n_rows; i++) {
        const uint64_t packet = e->let_go + trawl_view_u64(last, i);
        const uint64_t at = expiry.text_offsets[((const uint32_t *)expiry.data)[i]];
        const int is_open = memcmp(expiry.text + at, "end", 3) == 0;

        if ((is_end || !is_open) && !(*word_of(e, packet) >> packet % 64 & 1))
            rows[(*ret_n)++] = (uint32_t)i;
    }
    return rc;
}

/* n of them, at most PIECE, or none when the file begins. */
static int write_piece(trawl_call *call, struct idle_export *e, trawl_table *flows,
                       const uint32_t *rows, uint64_t n, const trawl_view *last, trawl_error *err)
{
    const trawl_write_options how = {
        .size = sizeof(how), .format = "ndjson", .append = e->began != 0};
    trawl_table *table = NULL;
    int rc = host->gather(call, flows, rows, n, &table, err);

    if (rc == TRAWL_OK)
        rc = host->write(call, table, e->path, &how, err);
    host->release(table);
    if (rc != TRAWL_OK)
        return rc;
    e->began = 1;
    for (uint64_t i = 0; i < n; i++) {
        const uint64_t packet = e->let_go + trawl_view_u64(last, rows[i]);

        *word_of(e, packet) |= (uint64_t)1 << packet % 64;
    }
    return TRAWL_OK;
}

static int write_new(trawl_call *call, struct idle_export *e, trawl_table *flows, int is_end,
                     trawl_error *err)
{
    uint32_t *rows = host->alloc((size_t)(host->n_rows(flows) + 1) * sizeof(*rows));
    trawl_view last = {.size = sizeof(last)};
    uint64_t n = 0;
    int rc = rows ? choose(call, e, flows, is_end, rows, &n, &last, err)
                  : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc == TRAWL_OK && !n && !e->began)
        rc = write_piece(call, e, flows, rows, 0, &last, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < n; i += PIECE)
        rc = write_piece(call, e, flows, rows + i, n - i < PIECE ? n - i : PIECE, &last, err);
    host->free(rows);
    return rc;
}

static void write_span(char *ret, size_t room, int64_t ns)
{
    (void)snprintf(ret, room, "%lld.%09llds", (long long)(ns / SECOND_NS),
                   (long long)(ns % SECOND_NS));
}

/* A file that could not be written may be later, when its disk has room again: what is not written
 * stays to be written. A pipe or a device has nobody who will make room. The command itself fails
 * where there is none. */
static int wait_for_room(struct idle_export *e, int rc)
{
    struct stat file;

    if (rc != TRAWL_E_IO || !e->goes_on || stat(e->path, &file) != 0 || !S_ISREG(file.st_mode))
        return rc;
    if (!e->waits)
        host->log(1, "'%s': could not write '%s', its disk may be full; its flows wait for room",
                  e->name, e->path);
    e->waits = 1;
    return TRAWL_OK;
}

static int export_step(trawl_call *call, void *context, int is_end, trawl_error *err)
{
    struct idle_export *e = context;
    char idle[40], active[40];
    const char *const first[] = {"flows", e->name, "--idle", idle, "--active", active};
    const size_t n_first = TRAWL_COUNT(first);
    const char **words = host->call_alloc(call, (n_first + e->n_more) * sizeof(*words));
    trawl_table *flows = NULL;
    uint64_t let_go;
    int rc;

    if (!words)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    memcpy(words, first, sizeof(first));
    for (size_t i = 0; i < e->n_more; i++)
        words[n_first + i] = e->more[i];
    write_span(idle, sizeof(idle), e->idle);
    write_span(active, sizeof(active), e->active);
    rc = read_let_go(call, e, &let_go, err);
    if (rc == TRAWL_OK && let_go && !e->let_go) /* once: the others would come for days */
        host->log(1, "'%s': packets were let go: flows that were open begin after them", e->name);
    if (rc == TRAWL_OK)
        e->let_go = let_go;
    if (rc == TRAWL_OK)
        rc = host->command(call, words, n_first + e->n_more, NULL, &flows, err);
    if (rc == TRAWL_OK) {
        rc = write_new(call, e, flows, is_end, err);
        if (rc == TRAWL_OK)
            e->waits = 0;
        else if (!is_end)
            rc = wait_for_room(e, rc);
    }
    if (rc != TRAWL_OK && rc != TRAWL_E_CANCELLED)
        let_fifo_go(e); /* with what nobody has read of it */
    host->release(flows);
    return rc;
}

static char *copy_text(const char *text)
{
    const size_t n = strlen(text) + 1;
    char *copy = host->alloc(n);

    if (copy)
        memcpy(copy, text, n);
    return copy;
}

/* @return 0: no memory */
static int copy_more(struct idle_export *e, const trawl_words *more)
{
    if (!more || !more->n)
        return 1;
    e->more = host->alloc(more->n * sizeof(*e->more));
    if (!e->more)
        return 0;
    for (; e->n_more < more->n; e->n_more++) {
        e->more[e->n_more] = copy_text(more->items[e->n_more]);
        if (!e->more[e->n_more])
            return 0;
    }
    return 1;
}

/* Wait until somebody reads it. */
static int hold_fifo(trawl_call *call, struct idle_export *e, trawl_error *err)
{
    const struct timespec pause = {.tv_nsec = 20000000};
    struct stat st;

    if (stat(e->path, &st) != 0 || !S_ISFIFO(st.st_mode))
        return TRAWL_OK;
    while ((e->fifo = open(e->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && errno == ENXIO) {
        if (host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        nanosleep(&pause, NULL);
    }
    return TRAWL_OK; /* what else is wrong shows when it is written */
}

int idle_export_begin(trawl_call *call, const char *capture, const char *path, int64_t idle,
                      int64_t active, const trawl_words *more, trawl_error *err)
{
    struct idle_export *e = host->alloc(sizeof(*e));
    const trawl_live_work work = {.size = sizeof(work),
                                  .capture = capture,
                                  .every_ms = EVERY_MS,
                                  .step = export_step,
                                  .free = export_free,
                                  .context = e,
                                  .what_ends = "flows are no longer written"};
    int rc = TRAWL_OK;

    if (e) {
        e->fifo = -1;
        e->path = copy_text(path);
        e->name = copy_text(capture);
        e->idle = idle;
        e->active = active;
    }
    if (!e || !e->path || !e->name || !copy_more(e, more))
        rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
    else if (live_growth_of(call, capture) == LIVE_ENDED)
        rc = host->fail(err, TRAWL_E_USAGE, "'%s' does not grow", capture);
    if (rc == TRAWL_OK)
        rc = hold_fifo(call, e, err);
    if (rc == TRAWL_OK)
        rc = export_step(call, e, 0, err);
    if (rc == TRAWL_OK) {
        e->goes_on = 1;
        rc = host->live_work(call, &work, err);
    }
    if (rc != TRAWL_OK)
        export_free(e);
    return rc;
}

/* ---- the command ---- */

struct idle_opts {
    const char *path, *capture;
    int64_t idle, active;
    uint64_t splt, dissections;
    trawl_words metrics;
    uint8_t stats;
};

static const trawl_arg idle_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct idle_opts, path, .name = "file",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "where the flows go, one line of JSON each; - is stdout"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct idle_opts, capture, .name = "capture",
              .help = "a capture that grows, instead of the current one"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct idle_opts, idle, .name = "idle", .meta = "TIME", .def = "120s",
              .min = "0s", .help = "a flow ends when nothing was seen for this long"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct idle_opts, active, .name = "active", .meta = "TIME",
              .def = "1800s", .min = "0s", .help = "a flow ends when it is this old"),
    TRAWL_OPT(TRAWL_ARG_METRIC, struct idle_opts, metrics, .name = "metric", .meta = "METRIC",
              .flags = TRAWL_ARG_REPEATED, .help = "add these columns, as 'flows' does"),
    TRAWL_OPT(TRAWL_ARG_U64, struct idle_opts, dissections, .name = "dissections", .meta = "N",
              .max = "255",
              .help = "name applications by the first N packets of each flow, as 'flows' does"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct idle_opts, stats, .name = "stats",
              .help = "add statistics, as 'flows' does"),
    TRAWL_OPT(TRAWL_ARG_U64, struct idle_opts, splt, .name = "splt", .meta = "N", .max = "65535",
              .help = "list the first N packets, as 'flows' does"),
};

static const trawl_example idle_examples[] = {
    {"idle_export flows.ndjson --idle 15s", "flows of the current capture, 15 s after their last "
                                            "packet"},
    {"idle_export flows.ndjson --dissections 20 --metric dhcp", "with names of applications, and "
                                                                "what DHCP tells"},
};

static int idle_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    (void)opts;
    (void)in;
    return host->columns_of(call, "captures", ret, err);
}

/* @return 0: no memory */
static int add_number(trawl_call *call, const char **items, size_t *n, const char *option,
                      uint64_t value)
{
    enum { ROOM = 24 };
    char *text = value ? host->call_alloc(call, ROOM) : NULL;

    if (!text)
        return !value;
    (void)snprintf(text, ROOM, "%llu", (unsigned long long)value);
    items[(*n)++] = option;
    items[(*n)++] = text;
    return 1;
}

/* What was asked for, as `flows` is asked. */
static int more_words(trawl_call *call, const struct idle_opts *o, trawl_words *ret,
                      trawl_error *err)
{
    const char **items = host->call_alloc(call, (o->metrics.n * 2 + 5) * sizeof(*items));
    size_t n = 0;

    for (size_t i = 0; items && i < o->metrics.n; i++) {
        items[n++] = "--metric";
        items[n++] = o->metrics.items[i];
    }
    if (items && o->stats)
        items[n++] = "--stats";
    if (!items || !add_number(call, items, &n, "--dissections", o->dissections) ||
        !add_number(call, items, &n, "--splt", o->splt))
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    *ret = (trawl_words){.items = items, .n = n};
    return TRAWL_OK;
}

static int idle_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct idle_opts *o = opts;
    trawl_words more = {0};
    const char *name;
    int rc = more_words(call, o, &more, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = live_captures(call, o->capture ? o->capture : LIVE_CURRENT, ret, err);
    if (rc != TRAWL_OK)
        return rc;
    name = live_name_in(call, *ret, err);
    rc = name ? idle_export_begin(call, name, o->path, o->idle, o->active, &more, err)
              : TRAWL_E_NOMEM;
    if (rc != TRAWL_OK) {
        host->release(*ret);
        *ret = NULL;
    }
    return rc;
}

const trawl_command idle_export_command = {
    LIVE_COMMAND("idle_export", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_REPORT),
    .summary = "write flows of a growing capture as they expire",
    .text =
        "From now on, beside other commands, flows of a capture that grows ('capture', 'load "
        "--follow') are written as NDJSON once they have expired, each once, and the open ones "
        "when the capture ends ('capture stop', its file's end, leaving trawl); together they are "
        "what 'flows' gives of the whole capture, with the same options.\n\n"
        "They are looked for each second, more seldom when that takes longer than a tenth of it, "
        "by the clock of the packets: a flow is idle when a later packet says so. When packets "
        "are let go, flows that were open begin after them, and what exceeds the active time may "
        "be cut elsewhere. When the disk is full, one line says so, the file keeps its whole "
        "lines, and the flows wait until there is room again. A FIFO is waited for until somebody "
        "reads it, and stays open until the end.",
    .args = idle_args,
    .n_args = TRAWL_COUNT(idle_args),
    .examples = idle_examples,
    .n_examples = TRAWL_COUNT(idle_examples),
    .opts_size = sizeof(struct idle_opts),
    .schema = idle_schema,
    .run = idle_run,
};
