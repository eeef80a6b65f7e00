/* Flows that have ended, written once each while a capture grows: those of `flows` that do not wait
 * for the capture's end. A flow is known by its last packet, which is in no other.
 * Must not know how flows are made, or how packets are captured. */
#include "idle_export.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PART = 1 << 16, AT_MOST = 10 };
#define STEP_NS INT64_C(1000000000)

static int64_t now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * STEP_NS + t.tv_nsec;
}

void idle_export_fini(struct idle_export *e)
{
    host->free(e->done);
    e->done = NULL;
}

/* How many packets the capture let go, from its row of `captures`. */
static int read_let_go(trawl_call *call, struct idle_export *e, uint64_t *ret, trawl_error *err)
{
    trawl_view name = {.size = sizeof(name)}, let_go = {.size = sizeof(let_go)};
    const size_t n = strlen(e->name);
    trawl_table *all = NULL;
    int rc = host->list(call, "captures", &all, err);

    *ret = 0;
    if (rc == TRAWL_OK)
        rc = host->view_named(call, all, "name", &name, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, all, "let_go", &let_go, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < name.n_rows; i++) {
        const uint32_t code = ((const uint32_t *)name.data)[i];
        const uint64_t at = name.text_offsets[code];

        if (name.text_offsets[code + 1] - at == n && memcmp(name.text + at, e->name, n) == 0)
            *ret = trawl_view_u64(&let_go, i);
    }
    host->release(all);
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

/* What is in one file goes to the end of another; it is gone then. */
static int move_to_end(const char *from, const char *to, int is_first, trawl_error *err)
{
    const int in = open(from, O_RDONLY | O_CLOEXEC);
    const int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC | (is_first ? O_TRUNC : O_APPEND),
                         0666);
    char *bytes = host->alloc(PART);
    int rc = in < 0 || out < 0 ? TRAWL_E_IO : bytes ? TRAWL_OK : TRAWL_E_NOMEM;
    ssize_t n = 0;

    while (rc == TRAWL_OK && (n = read(in, bytes, PART)) > 0) {
        for (ssize_t at = 0, m; at < n && rc == TRAWL_OK; at += m) {
            m = write(out, bytes + at, (size_t)(n - at));
            rc = m < 0 ? TRAWL_E_IO : TRAWL_OK;
        }
    }
    if (n < 0)
        rc = TRAWL_E_IO;
    if (rc == TRAWL_E_IO)
        host->fail(err, rc, "could not write '%s': %s", to, strerror(errno));
    else if (rc != TRAWL_OK)
        host->fail(err, rc, "out of memory");
    host->free(bytes);
    if (in >= 0)
        (void)close(in);
    if (out >= 0 && close(out) != 0 && rc == TRAWL_OK)
        rc = host->fail(err, TRAWL_E_IO, "could not write '%s': %s", to, strerror(errno));
    (void)unlink(from);
    return rc;
}

static int write_rows(trawl_call *call, struct idle_export *e, trawl_table *table, trawl_error *err)
{
    const trawl_write_options how = {.size = sizeof(how), .format = "ndjson"};
    const size_t room = strlen(e->path) + sizeof(".part");
    char *part;
    int rc;

    if (strcmp(e->path, "-") == 0)
        return host->write(call, table, "-", &how, err);
    part = host->alloc(room);
    if (!part)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    (void)snprintf(part, room, "%s.part", e->path);
    rc = host->write(call, table, part, &how, err);
    if (rc == TRAWL_OK)
        rc = move_to_end(part, e->path, !e->began, err);
    host->free(part);
    return rc;
}

static int write_new(trawl_call *call, struct idle_export *e, trawl_table *flows, int is_end,
                     trawl_error *err)
{
    uint32_t *rows = host->alloc((size_t)(host->n_rows(flows) + 1) * sizeof(*rows));
    trawl_view last = {.size = sizeof(last)};
    trawl_table *table = NULL;
    uint64_t n = 0;
    int rc = rows ? choose(call, e, flows, is_end, rows, &n, &last, err)
                  : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    if (rc == TRAWL_OK && (n || !e->began)) {
        rc = host->gather(call, flows, rows, n, &table, err);
        if (rc == TRAWL_OK)
            rc = write_rows(call, e, table, err);
        e->began |= rc == TRAWL_OK;
    }
    for (uint64_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const uint64_t packet = e->let_go + trawl_view_u64(&last, rows[i]);

        *word_of(e, packet) |= (uint64_t)1 << packet % 64;
    }
    host->release(table);
    host->free(rows);
    return rc;
}

static void write_span(char *ret, size_t room, int64_t ns)
{
    (void)snprintf(ret, room, "%lld.%09llds", (long long)(ns / STEP_NS), (long long)(ns % STEP_NS));
}

int idle_export_step(trawl_call *call, struct idle_export *e, int is_end, trawl_error *err)
{
    char idle[40], active[40];
    const char *const words[] = {"flows", e->name, "--idle", idle, "--active", active};
    const int64_t start = now();
    trawl_table *flows = NULL;
    uint64_t let_go;
    int rc;

    if (!is_end && start < e->next_ns)
        return TRAWL_OK;
    write_span(idle, sizeof(idle), e->idle);
    write_span(active, sizeof(active), e->active);
    rc = read_let_go(call, e, &let_go, err);
    if (rc == TRAWL_OK && let_go > e->let_go) {
        host->log(1, "'%s': packets were let go: flows that were open begin after them", e->name);
        e->let_go = let_go;
    }
    if (rc == TRAWL_OK)
        rc = host->command(call, words, TRAWL_COUNT(words), NULL, &flows, err);
    if (rc == TRAWL_OK)
        rc = write_new(call, e, flows, is_end, err);
    host->release(flows);
    e->next_ns = start + STEP_NS + (now() - start) * AT_MOST;
    return rc;
}
