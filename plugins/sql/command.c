/* The command sqlite: tables of a capture into one database, which appears whole or not at all.
 * Must not know what is in a database. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql.h"

struct options {
    const char *file;
    trawl_words tables;
    const char *name;
    const char *capture;
    uint8_t add;
};

#define COL(name_, type_, help_) TRAWL_COLUMN(.name = name_, .type = type_, .help = help_)
static const trawl_column columns[] = {
    COL("table", TRAWL_STRING, "name of the table in the database"),
    COL("columns", TRAWL_U32, "its columns"),
    COL("rows", TRAWL_U64, "its rows"),
};

/* The database under its temporary name. */
struct file {
    char target[PATH_MAX], temporary[PATH_MAX];
    struct database *db;
    int leftover;
};

static int fail_file(const char *path, trawl_error *err)
{
    return host->fail(err, TRAWL_E_IO, "could not write '%s': %s", path, host->reason(errno));
}

static int copy_file(const char *from, int to, trawl_error *err)
{
    const int fd = open(from, O_RDONLY | O_CLOEXEC);
    char buffer[65536];
    ssize_t n;
    int rc = fd < 0 ? fail_file(from, err) : TRAWL_OK;

    while (rc == TRAWL_OK && (n = read(fd, buffer, sizeof(buffer))) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            rc = host->fail(err, TRAWL_E_IO, "could not read '%s': %s", from, host->reason(errno));
        for (ssize_t done = 0, one; rc == TRAWL_OK && done<n; done += one> 0 ? one : 0) {
            one = write(to, buffer + done, (size_t)(n - done));
            if (one < 0 && errno != EINTR)
                rc = fail_file(from, err);
        }
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

/* What is not a database (a capture, say, named by mistake) is not replaced by one. */
static int check_old(const char *path, trawl_error *err)
{
    static const char magic[16] = "SQLite format 3";
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    char begin[sizeof(magic)];
    const ssize_t n = fd < 0 ? -1 : read(fd, begin, sizeof(begin));

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return host->fail(err, TRAWL_E_IO, "could not read '%s': %s", path, host->reason(errno));
    if (n == 0 || (n == sizeof(begin) && memcmp(begin, magic, sizeof(magic)) == 0))
        return TRAWL_OK;
    host->fail(err, TRAWL_E_USAGE, "'%s' is no SQLite database: it is not replaced", path);
    host->hint(err, "Name another file, or remove this one first.");
    return TRAWL_E_USAGE;
}

static void file_drop(const struct file *f)
{
    (void)unlink(f->temporary);
    host->leftover_done(f->leftover);
}

/* A new file beside the target, with what is in the target already if it is to be added to. */
static int file_open(const struct options *o, struct file *f, trawl_error *err)
{
    struct stat st;
    const int exists = stat(o->file, &st) == 0;
    int fd = -1, rc = TRAWL_OK;

    if (!realpath(o->file, f->target)) /* links stay links */
        (void)snprintf(f->target, sizeof(f->target), "%s", o->file);
    if (exists && !S_ISREG(st.st_mode)) {
        host->fail(err, TRAWL_E_USAGE, "'%s' is no regular file", o->file);
        host->hint(err, "'TABLE --format sqlite' writes a database to anything.");
        return TRAWL_E_USAGE;
    }
    if (exists && access(o->file, W_OK) != 0)
        return fail_file(o->file, err);
    rc = exists ? check_old(o->file, err) : TRAWL_OK;
    if (rc != TRAWL_OK)
        return rc;
    for (unsigned i = 0; fd < 0 && i < 100; i++) {
        const char *slash = strrchr(f->target, '/');
        const int n = snprintf(f->temporary, sizeof(f->temporary), "%.*s.trawl-%ld-%u",
                               slash ? (int)(slash - f->target + 1) : 0, f->target, (long)getpid(),
                               i);

        if (n < 0 || (size_t)n >= sizeof(f->temporary))
            return host->fail(err, TRAWL_E_IO, "'%s' is too long a path", o->file);
        fd = open(f->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno != EEXIST)
            break;
    }
    if (fd < 0)
        return fail_file(o->file, err);
    f->leftover = host->leftover(f->temporary);
    if (exists && fchmod(fd, st.st_mode & 07777) != 0) {
        /* The mode stays what the user's umask gives. */
    }
    if (o->add && exists)
        rc = copy_file(o->file, fd, err);
    if (close(fd) != 0 && rc == TRAWL_OK)
        rc = fail_file(o->file, err);
    if (rc == TRAWL_OK)
        rc = database_open(f->temporary, o->file, &f->db, err);
    if (rc != TRAWL_OK)
        file_drop(f);
    return rc;
}

static int file_close(const struct options *o, struct file *f, int rc, trawl_error *err)
{
    const int rc_close = database_close(f->db, rc == TRAWL_OK, err);
    int fd;

    rc = rc == TRAWL_OK ? rc_close : rc;
    if (rc == TRAWL_OK) {
        fd = open(f->temporary, O_RDWR | O_CLOEXEC);
        if (fd < 0 || fsync(fd) != 0)
            rc = fail_file(o->file, err);
        if (fd >= 0)
            close(fd);
    }
    if (rc == TRAWL_OK && rename(f->temporary, f->target) != 0)
        rc = fail_file(o->file, err);
    if (rc == TRAWL_OK)
        host->leftover_done(f->leftover);
    else
        file_drop(f);
    return rc;
}

/* ---- which tables ---- */

/* The columns that the table shows. */
static int shown_of(trawl_call *call, trawl_table *table, trawl_table **ret, trawl_error *err)
{
    const trawl_schema *schema = host->schema_of(table);
    const size_t n = host->schema_n(schema);
    size_t *shown = host->call_alloc(call, (n + 1) * sizeof(*shown)), n_shown = 0;
    const char **names = host->call_alloc(call, (n + 1) * sizeof(*names));

    if (!shown || !names)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        names[i] = NULL;
        if (!(host->schema_column(schema, i)->flags & TRAWL_COLUMN_HIDDEN))
            shown[n_shown++] = i;
    }
    for (size_t i = 0; i < n_shown; i++)
        names[i] = host->schema_column(schema, shown[i])->name;
    if (host->prefetch(call, table, names, n_shown, err) != TRAWL_OK)
        return TRAWL_E_IO;
    for (size_t i = 0; i < n_shown; i++)
        names[i] = NULL;
    return host->project(call, table, shown, names, n_shown, ret, err);
}

static int put_table(trawl_call *call, struct file *f, const char *name, trawl_table *table,
                     trawl_builder *report, trawl_error *err)
{
    trawl_table *shown = NULL;
    int rc = shown_of(call, table, &shown, err);

    if (rc == TRAWL_OK)
        rc = database_look(f->db, call, shown, err);
    if (rc == TRAWL_OK)
        rc = database_create(f->db, name, host->schema_of(shown), err);
    if (rc == TRAWL_OK)
        rc = database_rows(f->db, call, shown, 0, host->n_rows(shown), err);
    if (rc == TRAWL_OK) {
        host->put_text(report, name);
        host->put_u64(report, host->schema_n(host->schema_of(shown)));
        host->put_u64(report, host->n_rows(shown));
        host->end_row(report);
    }
    host->release(shown);
    return rc;
}

static int put_named(trawl_call *call, const struct options *o, struct file *f, const char *name,
                     trawl_builder *report, trawl_error *err)
{
    trawl_capture *capture = NULL;
    trawl_table *table = NULL;
    int rc = TRAWL_OK;

    if (name[0] != '$')
        rc = host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, name, &table, err);
    if (rc == TRAWL_OK)
        rc = put_table(call, f, name + (name[0] == '$'), table, report, err);
    host->release(table);
    return rc;
}

/* Every table of the capture. */
static int put_all(trawl_call *call, const struct options *o, struct file *f, trawl_builder *report,
                   trawl_error *err)
{
    trawl_table *list = NULL;
    int rc = host->list(call, "tables", &list, err);

    for (uint64_t i = 0; rc == TRAWL_OK && i < host->n_rows(list); i++) {
        const char *name = host->cell_text(call, list, 0, i, err);

        rc = name ? put_named(call, o, f, name, report, err) : TRAWL_E_NOMEM;
    }
    host->release(list);
    return rc;
}

static int sqlite_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    const struct options *o = opts;
    trawl_schema *schema = host->schema_from(columns, TRAWL_COUNT(columns), err);
    trawl_builder *report = schema ? host->builder_new(schema, err) : NULL;
    trawl_capture *capture = NULL;
    struct file f = {.db = NULL};
    int rc = TRAWL_OK;

    host->schema_free(schema);
    if (!report)
        return TRAWL_E_NOMEM;
    if (!in)
        rc = o->tables.n ? TRAWL_OK : host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK)
        rc = file_open(o, &f, err);
    if (rc == TRAWL_OK) {
        if (in)
            rc = put_table(call, &f,
                           o->name                ? o->name
                           : host->table_name(in) ? host->table_name(in)
                                                  : "result",
                           in, report, err);
        else if (!o->tables.n)
            rc = put_all(call, o, &f, report, err);
        for (size_t i = 0; rc == TRAWL_OK && i < o->tables.n; i++)
            rc = put_named(call, o, &f, o->tables.items[i], report, err);
        rc = file_close(o, &f, rc, err);
    }
    if (rc == TRAWL_OK)
        return host->finish(report, ret, err);
    host->builder_free(report);
    return rc;
}

/* ---- the declaration ---- */

static int sqlite_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                         trawl_schema **ret, trawl_error *err)
{
    const struct options *o = opts;

    (void)call;
    if (in && (o->tables.n || o->capture))
        return host->fail(
            err, TRAWL_E_USAGE,
            "a table comes from the pipe or is named, not both; its name is '--name'");
    if (!in && o->name)
        return host->fail(err, TRAWL_E_USAGE, "'--name' is for the table of a pipe");
    *ret = host->schema_from(columns, TRAWL_COUNT(columns), err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct options, file, .name = "file",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "database to write"),
    TRAWL_OPT(TRAWL_ARG_TABLE, struct options, tables, .name = "table",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "tables, or $variables (default: all tables of the capture)"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct options, name, .name = "name", .meta = "NAME",
              .help = "what the table of the pipe is called in the database"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct options, add, .name = "add",
              .help = "keep what is in the database, but for tables of the same names"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct options, capture, .name = "capture",
              .help = "tables of this capture (default: the current one)"),
};
static const trawl_example examples[] = {
    {"sqlite office.sqlite", "every table of the capture in one database"},
    {"sqlite office.sqlite tcp flows", "two of them"},
    {"tcp | where retransmitted > 0 | sqlite office.sqlite --name slow --add",
     "one more table, out of a pipe"},
};
static const char *const aliases[] = {"tosql", NULL};

const trawl_command sqlite_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_REPORT,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "sqlite",
    .aliases = aliases,
    .group = "captures",
    .summary = "write tables to a database of SQLite",
    .text =
        "One table a table, with the columns that it shows; 'select' chooses others. "
        "A database is whole or absent: a database of that name is replaced at the end, another "
        "file never. "
        "'TABLE > x.sqlite' writes one table in the same way.\n\n"
        "Whole numbers are INTEGER (beyond 9223372036854775807, which SQLite's end with, TEXT of "
        "their digits), truth values BOOLEAN 1 and 0, reals and durations, in seconds, REAL, times "
        "TEXT in UTC as SQLite's date functions take them, all with 6 decimals or all with 9, "
        "addresses TEXT, byte strings BLOB, lists TEXT that holds a JSON array (json_each takes it "
        "apart). What has no value is NULL. Text of the wire is kept as it is; where it is no "
        "UTF-8, or holds a NUL, the cell is a BLOB of its bytes.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .n_gives = TRAWL_COUNT(columns),
    .gives = columns,
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct options),
    .schema = sqlite_schema,
    .run = sqlite_run,
};
