/* The output format sqlite: one table as a database, made in a file that has no name and handed on
 * when it is whole. Must not know what is in a database. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sql.h"

enum { COPY = 1 << 20 };

struct writer {
    struct database *db;
    trawl_schema *schema;
    char path[4096]; /* of the file while it had a name */
    int fd, created;
    int (*write)(void *sink, const void *data, size_t n, trawl_error *err);
    void *sink;
    int failed;
};

static void writer_free(struct writer *w)
{
    host->schema_free(w->schema);
    if (w->fd >= 0)
        close(w->fd);
    host->free(w);
}

static int hint_folder(int rc, trawl_error *err)
{
    if (rc == TRAWL_E_IO)
        host->hint(err, "Set TMPDIR to a folder with room.");
    return rc;
}

/* A file in the folder for temporary ones, opened as a database and without a name from then on. */
static int open_unnamed(struct writer *w, trawl_error *err)
{
    const char *folder = getenv("TMPDIR");
    int rc;

    if (snprintf(w->path, sizeof(w->path), "%s/trawl-XXXXXX",
                 folder && *folder ? folder : "/tmp") >= (int)sizeof(w->path))
        return host->fail(err, TRAWL_E_IO, "'%s' is too long a path", folder);
    w->fd = mkostemp(w->path, O_CLOEXEC);
    if (w->fd < 0)
        return hint_folder(
            host->fail(err, TRAWL_E_IO, "could not write '%s': %s", w->path, host->reason(errno)),
            err);
    rc = database_open(w->path, w->path, &w->db, err);
    (void)unlink(w->path);
    return hint_folder(rc, err);
}

static int sqlite_begin(trawl_call *call, const trawl_schema *schema, void **ret_state,
                        int (*write)(void *sink, const void *data, size_t n, trawl_error *err),
                        void *sink, trawl_error *err)
{
    struct writer *w = host->alloc(sizeof(*w));
    int rc;

    (void)call;
    if (!w)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    w->fd = -1;
    w->write = write;
    w->sink = sink;
    w->schema = host->schema_new(err);
    rc = w->schema ? host->schema_add_all(w->schema, schema, err) : TRAWL_E_NOMEM;
    if (rc == TRAWL_OK)
        rc = open_unnamed(w, err);
    if (rc == TRAWL_OK)
        *ret_state = w;
    else
        writer_free(w);
    return rc;
}

static int sqlite_rows(trawl_call *call, void *state, trawl_table *table, uint64_t start,
                       uint64_t n, trawl_error *err)
{
    struct writer *w = state;
    const char *name = host->table_name(table);
    int rc = TRAWL_OK;

    if (!w->created) {
        rc = database_look(w->db, call, table, err);
        if (rc == TRAWL_OK)
            rc = database_create(w->db, name ? name : "result", w->schema, err);
        w->created = rc == TRAWL_OK;
    }
    if (rc == TRAWL_OK)
        rc = database_rows(w->db, call, table, start, n, err);
    w->failed |= rc != TRAWL_OK;
    return hint_folder(rc, err);
}

/* The whole file through the sink. */
static int hand_on(trawl_call *call, struct writer *w, trawl_error *err)
{
    char *buffer = host->call_alloc(call, COPY);
    off_t at = 0;
    ssize_t n;

    if (!buffer)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    while ((n = pread(w->fd, buffer, COPY, at)) != 0) {
        int rc;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return host->fail(err, TRAWL_E_IO, "could not read the temporary file: %s",
                              host->reason(errno));
        rc = w->write(w->sink, buffer, (size_t)n, err);
        if (rc != TRAWL_OK)
            return rc;
        at += n;
    }
    return TRAWL_OK;
}

static int sqlite_end(trawl_call *call, void *state, trawl_error *err)
{
    struct writer *w = state;
    int rc = TRAWL_OK, rc_close;

    if (!w->created && !w->failed)
        rc = database_create(w->db, "result", w->schema, err);
    rc_close = database_close(w->db, !w->failed && rc == TRAWL_OK, err);
    rc = hint_folder(rc == TRAWL_OK ? rc_close : rc, err);
    if (rc == TRAWL_OK && !w->failed)
        rc = hand_on(call, w, err);
    writer_free(w);
    return rc;
}

const trawl_writer sqlite_writer = {
    .size = sizeof(trawl_writer),
    .name = "sqlite",
    .extension = ".sqlite",
    .summary = "a database of SQLite with the table in it",
    .begin = sqlite_begin,
    .rows = sqlite_rows,
    .end = sqlite_end,
};
