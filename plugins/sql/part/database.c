/* Tables into a database of SQLite: what each type becomes, rows by one prepared statement.
 * Must not know where the file goes or who asked. */
#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "trawl/views.h"

#include "../sql.h"

/* One column of the table that is written. */
struct column {
    trawl_type type;
    int is_list;
    int is_big;        /* has a whole number that SQLite's cannot hold */
    unsigned decimals; /* of times */
};
struct database {
    sqlite3 *db;
    const char *name; /* of the file, for messages */
    sqlite3_stmt *insert;
    struct column *columns;
    size_t n_columns;
    char *text; /* room for one value's text */
    size_t room;
};

static int fail_db(const struct database *db, trawl_error *err)
{
    const int now = errno; /* SQLite keeps it for some failures only */
    const int code = sqlite3_errcode(db->db) & 0xff;
    const int kept = sqlite3_system_errno(db->db), os = kept                   ? kept
                                                        : code == SQLITE_IOERR ? now
                                                                               : 0;

    if (code == SQLITE_NOMEM)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return host->fail(err, TRAWL_E_IO, "could not write '%s': %s%s%s", db->name,
                      sqlite3_errmsg(db->db), os ? ", " : "", os ? host->reason(os) : "");
}

static int run(struct database *db, const char *sql, trawl_error *err)
{
    return sqlite3_exec(db->db, sql, NULL, NULL, NULL) == SQLITE_OK ? TRAWL_OK : fail_db(db, err);
}

static void end_insert(struct database *db)
{
    (void)sqlite3_finalize(db->insert); /* its failure was told by the step that failed */
    host->free(db->columns);
    db->insert = NULL;
    db->columns = NULL;
    db->n_columns = 0;
}

int database_open(const char *path, const char *name, struct database **ret, trawl_error *err)
{
    struct database *db = host->alloc(sizeof(*db));
    int rc;

    if (!db)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    db->name = name;
    /* no locks: nobody else has this file */
    rc = sqlite3_open_v2(path, &db->db, SQLITE_OPEN_READWRITE, "unix-none") == SQLITE_OK
             ? TRAWL_OK
             : fail_db(db, err);
    if (rc == TRAWL_OK)
        rc = run(db,
                 "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
                 "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -8192; BEGIN",
                 err);
    if (rc == TRAWL_OK) {
        *ret = db;
        return TRAWL_OK;
    }
    (void)sqlite3_close(db->db);
    host->free(db);
    return rc;
}

int database_close(struct database *db, int keep, trawl_error *err)
{
    int rc = TRAWL_OK;

    end_insert(db);
    if (keep)
        rc = run(db, "COMMIT", err);
    if (sqlite3_close(db->db) != SQLITE_OK && rc == TRAWL_OK && keep)
        rc = fail_db(db, err);
    host->free(db->text);
    host->free(db);
    return rc;
}

/* ---- columns ---- */

static int is_whole(trawl_type type)
{
    return type == TRAWL_U8 || type == TRAWL_U16 || type == TRAWL_U32 || type == TRAWL_U64 ||
           type == TRAWL_I64;
}

static const char *declared(const struct column *c)
{
    if (c->is_list)
        return " TEXT";
    switch (c->type) {
    case TRAWL_BOOL:
        return " BOOLEAN";
    case TRAWL_F64:
    case TRAWL_SPAN:
        return " REAL";
    case TRAWL_BYTES:
        return " BLOB";
    case TRAWL_TIME:
    case TRAWL_MAC:
    case TRAWL_IP:
    case TRAWL_STRING:
        return " TEXT";
    default: /* without a type SQLite leaves the digits of a number that it cannot hold alone */
        return c->is_big ? "" : " INTEGER";
    }
}

static uint64_t n_items(const trawl_view *v)
{
    return v->offsets ? v->offsets[v->n_rows] : v->n_rows;
}

int database_look(struct database *db, trawl_call *call, trawl_table *table, trawl_error *err)
{
    const size_t n = host->schema_n(host->schema_of(table));

    end_insert(db);
    db->columns = host->alloc((n + 1) * sizeof(*db->columns));
    if (!db->columns)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    db->n_columns = n;
    for (size_t i = 0; i < n; i++) {
        struct column *c = &db->columns[i];
        trawl_view v = {.size = sizeof(v)};
        int rc = host->view(call, table, i, &v, err);

        if (rc != TRAWL_OK)
            return rc;
        c->decimals = 6;
        for (uint64_t k = 0; v.type == TRAWL_U64 && !c->is_big && k < n_items(&v); k++)
            c->is_big = ((const uint64_t *)v.data)[k] > INT64_MAX;
        for (uint64_t k = 0; v.type == TRAWL_TIME && c->decimals == 6 && k < n_items(&v); k++)
            c->decimals = ((const int64_t *)v.data)[k] % 1000 ? 9 : 6;
    }
    return TRAWL_OK;
}

/* SQLite takes capitals for small letters. */
static int is_taken(const trawl_schema *schema, char *const *names, size_t i, const char *name)
{
    const size_t n = host->schema_n(schema);

    for (size_t k = 0; k < i; k++) {
        if (strcasecmp(names[k], name) == 0)
            return 1;
    }
    for (size_t k = i + 1; k < n; k++) {
        if (strcasecmp(host->schema_column(schema, k)->name, name) == 0)
            return 1;
    }
    return 0;
}

/* Names of the columns, each once: the second `a` is called a_2, unless another has that name. */
static int name_columns(const trawl_schema *schema, char **ret)
{
    for (size_t i = 0; i < host->schema_n(schema); i++) {
        const char *name = host->schema_column(schema, i)->name;
        int again = 0;

        for (size_t k = 0; k < i && !again; k++)
            again = strcasecmp(ret[k], name) == 0;
        ret[i] = sqlite3_mprintf("%s", name);
        for (unsigned nth = 2; again && ret[i] && is_taken(schema, ret, i, ret[i]); nth++) {
            sqlite3_free(ret[i]);
            ret[i] = sqlite3_mprintf("%s_%u", name, nth);
        }
        if (!ret[i])
            return 0;
    }
    return 1;
}

/* NULL: no memory. */
static char *create_text(const struct database *db, const char *name, const trawl_schema *schema)
{
    char **names = host->alloc((db->n_columns + 1) * sizeof(*names));
    sqlite3_str *s = sqlite3_str_new(db->db);
    int ok = names && name_columns(schema, names);

    sqlite3_str_appendf(s, "DROP TABLE IF EXISTS \"%w\"; CREATE TABLE \"%w\" (", name, name);
    for (size_t i = 0; ok && i < db->n_columns; i++)
        sqlite3_str_appendf(s, "%s\"%w\"%s", i ? ", " : "", names[i], declared(&db->columns[i]));
    sqlite3_str_appendall(s, ")");
    for (size_t i = 0; names && i < db->n_columns; i++)
        sqlite3_free(names[i]);
    host->free((void *)names);
    if (ok)
        return sqlite3_str_finish(s);
    sqlite3_free(sqlite3_str_finish(s));
    return NULL;
}

static int prepare_insert(struct database *db, const char *name, trawl_error *err)
{
    sqlite3_str *s = sqlite3_str_new(db->db);
    char *text;
    int rc;

    sqlite3_str_appendf(s, "INSERT INTO \"%w\" VALUES (", name);
    for (size_t i = 0; i < db->n_columns; i++)
        sqlite3_str_appendall(s, i ? ", ?" : "?");
    sqlite3_str_appendall(s, ")");
    text = sqlite3_str_finish(s);
    if (!text)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    rc = sqlite3_prepare_v2(db->db, text, -1, &db->insert, NULL) == SQLITE_OK ? TRAWL_OK
                                                                              : fail_db(db, err);
    sqlite3_free(text);
    return rc;
}

int database_create(struct database *db, const char *name, const trawl_schema *schema,
                    trawl_error *err)
{
    const size_t n = host->schema_n(schema);
    char *text;
    int rc;

    if (!db->columns) { /* nobody has looked: there are no rows */
        db->columns = host->alloc((n + 1) * sizeof(*db->columns));
        if (!db->columns)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
        db->n_columns = n;
    }
    if (n > (size_t)sqlite3_limit(db->db, SQLITE_LIMIT_COLUMN, -1)) {
        host->fail(err, TRAWL_E_UNSUPPORTED, "'%s' has %zu columns, and SQLite takes %d", name, n,
                   sqlite3_limit(db->db, SQLITE_LIMIT_COLUMN, -1));
        host->hint(err, "Choose columns with 'select'.");
        return TRAWL_E_UNSUPPORTED;
    }
    for (size_t i = 0; i < n; i++) {
        db->columns[i].type = host->schema_column(schema, i)->type;
        db->columns[i].is_list = host->schema_column(schema, i)->flags & TRAWL_COLUMN_LIST ? 1 : 0;
    }
    text = create_text(db, name, schema);
    if (!text)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    rc = run(db, text, err);
    sqlite3_free(text);
    return rc == TRAWL_OK ? prepare_insert(db, name, err) : rc;
}

/* ---- values ---- */

size_t time_text(char *out, size_t room, int64_t ns, unsigned decimals)
{
    const int64_t second = 1000000000;
    int64_t s = ns / second, fraction = ns % second, days, year_of_era, era, year;
    unsigned day_of_era, day_of_year, month;
    int n;

    if (fraction < 0) {
        fraction += second;
        s--;
    }
    days = s / 86400 - (s % 86400 < 0);
    s -= days * 86400;
    /* days since 0000-03-01, in eras of 400 years (H. Hinnant, chrono-compatible algorithms) */
    days += 719468;
    era = (days >= 0 ? days : days - 146096) / 146097;
    day_of_era = (unsigned)(days - era * 146097);
    year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    day_of_year = day_of_era - (unsigned)(365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    month = (5 * day_of_year + 2) / 153;
    year = year_of_era + era * 400 + (month >= 10);
    n = snprintf(out, room, "%04lld-%02u-%02uT%02d:%02d:%02d.%0*lldZ", (long long)year,
                 month < 10 ? month + 3 : month - 9, day_of_year - (153 * month + 2) / 5 + 1,
                 (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), (int)decimals,
                 (long long)(decimals == 9 ? fraction : fraction / 1000));
    return n > 0 && (size_t)n < room ? (size_t)n : 0;
}

static int make_room(struct database *db, size_t n, trawl_error *err)
{
    char *grown;

    if (n <= db->room)
        return TRAWL_OK;
    grown = host->realloc(db->text, n * 2);
    if (!grown)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    db->text = grown;
    db->room = n * 2;
    return TRAWL_OK;
}

/* Length of a UTF-8 sequence, 0: it is none, or a NUL, which ends texts of SQLite. */
static size_t utf8_length(const uint8_t *p, size_t n)
{
    static const uint32_t least[] = {0, 1, 0x80, 0x800, 0x10000};
    const size_t len = p[0] < 0x80             ? 1
                       : (p[0] & 0xe0) == 0xc0 ? 2
                       : (p[0] & 0xf0) == 0xe0 ? 3
                       : (p[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    uint32_t c = len == 1 ? p[0] : len ? p[0] & (0xffu >> (len + 1)) : 0;

    if (!len || len > n)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    return c < least[len] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000) ? 0 : len;
}

static int is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_length(p + i, n - i);
        if (!len)
            return 0;
    }
    return 1;
}

/* An item of a list as JSON at db->text + at; the new end, 0 on failure. */
static size_t put_json(struct database *db, const struct column *c, const trawl_view *v, uint64_t i,
                       size_t at, trawl_error *err)
{
    size_t n = v->type == TRAWL_STRING || v->type == TRAWL_BYTES ? 0 : 64;
    const uint8_t *p = n ? NULL : trawl_view_text(v, i, &n);
    char *out;

    if (make_room(db, at + 6 * n + 8, err) != TRAWL_OK)
        return 0;
    out = db->text + at;
    if (v->type == TRAWL_F64 && !isfinite(((const double *)v->data)[i])) {
        memcpy(out, "null", 4); /* JSON has no other word for it */
        return at + 4;
    }
    if (is_whole(v->type) || v->type == TRAWL_BOOL || v->type == TRAWL_F64 || v->type == TRAWL_SPAN)
        return at + host->value_text(v, i, out, n);
    *out++ = '"';
    if (v->type == TRAWL_TIME) {
        out += time_text(out, n, ((const int64_t *)v->data)[i], c->decimals);
    } else if (!p) {
        out += host->value_text(v, i, out, n);
    } else if (v->type == TRAWL_BYTES) {
        out += host->value_text(v, i, out, 2 * n);
    } else {
        for (size_t k = 0, len; k < n; k += len) {
            len = utf8_length(p + k, n - k);
            if (len == 0 || p[k] < 0x20) /* one byte, as a character of that number */
                out += snprintf(out, 7, "\\u%04x", p[k]);
            else if (p[k] == '"' || p[k] == '\\')
                *out++ = '\\';
            if (len && p[k] >= 0x20) {
                memcpy(out, p + k, len);
                out += len;
            }
            len = len ? len : 1;
        }
    }
    *out++ = '"';
    return (size_t)(out - db->text);
}

static int bind_list(struct database *db, int i_bind, const struct column *c, const trawl_view *v,
                     uint64_t row, trawl_error *err)
{
    size_t at = 0;

    for (uint64_t i = v->offsets[row]; i < v->offsets[row + 1]; i++) {
        if (make_room(db, at + 2, err) != TRAWL_OK)
            return TRAWL_E_NOMEM;
        db->text[at++] = i == v->offsets[row] ? '[' : ',';
        at = put_json(db, c, v, i, at, err);
        if (!at)
            return TRAWL_E_NOMEM;
    }
    db->text[at++] = ']';
    return sqlite3_bind_text64(db->insert, i_bind, db->text, at, SQLITE_TRANSIENT, SQLITE_UTF8);
}

static int bind_digits(struct database *db, int i_bind, uint64_t value)
{
    char digits[24];
    const int n = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)value);

    return sqlite3_bind_text(db->insert, i_bind, digits, n, SQLITE_TRANSIENT);
}

/* A cell into its place of the statement: a code of SQLite, or one of trawl's below 0. */
static int bind_cell(struct database *db, size_t i, const trawl_view *v, uint64_t row,
                     trawl_error *err)
{
    const struct column *c = &db->columns[i];
    const int at = (int)i + 1;
    char text[128];
    const uint8_t *p;
    uint64_t u;
    size_t n;

    if (!trawl_view_has(v, row))
        return sqlite3_bind_null(db->insert, at);
    if (v->offsets)
        return bind_list(db, at, c, v, row, err);
    switch (v->type) {
    case TRAWL_F64:
        return sqlite3_bind_double(db->insert, at, ((const double *)v->data)[row]);
    case TRAWL_SPAN:
        return sqlite3_bind_double(db->insert, at, (double)((const int64_t *)v->data)[row] / 1e9);
    case TRAWL_TIME:
        n = time_text(text, sizeof(text), ((const int64_t *)v->data)[row], c->decimals);
        return sqlite3_bind_text(db->insert, at, text, (int)n, SQLITE_TRANSIENT);
    case TRAWL_MAC:
    case TRAWL_IP:
        n = host->value_text(v, row, text, sizeof(text));
        return sqlite3_bind_text(db->insert, at, text, (int)n, SQLITE_TRANSIENT);
    case TRAWL_STRING:
    case TRAWL_BYTES:
        p = trawl_view_text(v, row, &n);
        return v->type == TRAWL_STRING && is_text(p, n)
                   ? sqlite3_bind_text64(db->insert, at, (const char *)p, n, SQLITE_STATIC,
                                         SQLITE_UTF8)
                   : sqlite3_bind_blob64(db->insert, at, n ? (const void *)p : "", n,
                                         SQLITE_STATIC);
    default:
        u = trawl_view_u64(v, row);
        return v->type == TRAWL_U64 && u > INT64_MAX
                   ? bind_digits(db, at, u)
                   : sqlite3_bind_int64(db->insert, at, (sqlite3_int64)u);
    }
}

int database_rows(struct database *db, trawl_call *call, trawl_table *table, uint64_t start,
                  uint64_t n, trawl_error *err)
{
    trawl_view *views = host->call_alloc(call, (db->n_columns + 1) * sizeof(*views));
    int rc = views ? TRAWL_OK : host->fail(err, TRAWL_E_NOMEM, "out of memory");

    for (size_t i = 0; rc == TRAWL_OK && i < db->n_columns; i++) {
        views[i].size = sizeof(views[i]);
        rc = host->view(call, table, i, &views[i], err);
    }
    for (uint64_t row = start; rc == TRAWL_OK && row < start + n; row++) {
        if (row % 4096 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (row % 4096 == 0)
            host->progress(call, row - start, n);
        for (size_t i = 0; rc == TRAWL_OK && i < db->n_columns; i++) {
            rc = bind_cell(db, i, &views[i], row, err);
            if (rc > 0)
                rc = fail_db(db, err);
        }
        if (rc == TRAWL_OK && sqlite3_step(db->insert) != SQLITE_DONE)
            rc = fail_db(db, err);
        (void)sqlite3_reset(db->insert); /* repeats what step said */
    }
    return rc;
}
