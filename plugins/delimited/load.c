/* The command load_csv: a file of delimited text as a table that is kept under a name.
 * Must not know how cells are told apart. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "delimited.h"

enum { COLUMNS_MOST = 10000, NAME_MOST = 64 };

struct load_opts {
    trawl_words words;
    const char *name;
    const char *delimiter;
    uint8_t no_header;
    uint8_t text;
};

/* One column on its way. */
struct column {
    char *name;
    unsigned possible; /* IS_ bits */
    uint8_t negative, big, any;
    trawl_type type;
    unsigned n_same; /* columns that were to have this name too */
};
struct text {
    const char *path;
    char *data;
    size_t n;
    struct scanner start; /* behind the header */
    int is_fsdb;
    struct column *columns;
    size_t n_columns;
    uint64_t n_rows, n_long, line_long; /* rows with more cells than there are columns */
};

/* ---- the file ---- */

static int read_file(trawl_call *call, const char *path, struct text *t, trawl_error *err)
{
    void *data = NULL;
    int rc = host->read_file(call, path, &data, &t->n, err);

    t->data = data;
    if (rc == TRAWL_OK && t->n && memchr(t->data, 0, t->n)) {
        host->fail(err, TRAWL_E_DATA, "'%s' is no text: it has bytes that are 0", path);
        host->hint(err, "'load' reads captures.");
        return TRAWL_E_DATA;
    }
    return rc;
}

/* ---- the header ---- */

/* A column's name: what a name may not have becomes _; one that is taken gets a number. */
static char *column_name(trawl_call *call, const struct text *t, const struct cell *cell)
{
    const size_t n = cell->n < NAME_MOST ? cell->n : NAME_MOST;
    char *name = host->call_alloc(call, NAME_MOST + 32);
    size_t len = 0, n_base;
    struct column *same = NULL;

    if (!name)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const char c = cell->text[i];

        if (len == 0 && (isdigit((unsigned char)c) || c == '.' || c == '-'))
            name[len++] = '_'; /* not at the beginning */
        if (isalnum((unsigned char)c) || (c && strchr("_.-", c)))
            name[len++] = c;
        else if (len && name[len - 1] != '_')
            name[len++] = '_';
    }
    while (len > 1 && name[len - 1] == '_')
        len--;
    if (!len)
        len = (size_t)snprintf(name, NAME_MOST, "column_%zu", t->n_columns + 1);
    name[len] = 0;
    n_base = len;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (strcmp(t->columns[i].name, name) != 0)
            continue;
        if (!same)
            same = &t->columns[i];
        (void)snprintf(name + n_base, 16, "_%u", ++same->n_same + 1);
        i = (size_t)-1; /* again from the first */
    }
    return name;
}

static int add_column(trawl_call *call, struct text *t, const struct cell *cell, trawl_error *err)
{
    static const struct cell none = {.text = ""};
    struct column *c;

    if (t->n_columns == COLUMNS_MOST)
        return host->fail(err, TRAWL_E_DATA, "'%s' has more than %d columns", t->path,
                          COLUMNS_MOST);
    if (t->n_columns % 64 == 0) {
        struct column *grown = host->call_alloc(call, (t->n_columns + 64) * sizeof(*grown));

        if (!grown)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
        if (t->n_columns)
            memcpy(grown, t->columns, t->n_columns * sizeof(*grown));
        t->columns = grown;
    }
    c = &t->columns[t->n_columns];
    *c = (struct column){.possible = IS_ANY, .name = column_name(call, t, cell ? cell : &none)};
    if (!c->name)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    t->n_columns++;
    return TRAWL_OK;
}

static int fail_open(const struct text *t, const struct scanner *s, trawl_error *err)
{
    return host->fail(err, TRAWL_E_DATA, "a quote of '%s' is not closed before line %llu", t->path,
                      (unsigned long long)s->line);
}

/* "#fsdb -F t a b c": names between blanks, cells between tabs. */
static int fsdb_header(trawl_call *call, struct text *t, struct scanner *s, trawl_error *err)
{
    const char *end = memchr(s->text + s->at, '\n', s->n - s->at);
    struct scanner names = {
        .text = s->text, .n = end ? (size_t)(end - s->text) : s->n, .at = s->at, .delimiter = ' '};
    struct cell cell;
    size_t i = 0;
    int rc = TRAWL_OK;

    while (rc == TRAWL_OK && scan_cell(&names, &cell) == SCAN_CELL) {
        if (i++ < 3 || !cell.n)
            continue;
        if (cell.n > 2 && cell.text[cell.n - 2] == ':')
            cell.n -= 2; /* its type, which the cells tell too */
        rc = add_column(call, t, &cell, err);
    }
    scan_skip_line(s);
    s->delimiter = '\t';
    s->quotes = 0;
    return rc;
}

static int is_fsdb(const struct scanner *s)
{
    static const char start[] = "#fsdb -F t ";

    return s->n - s->at > sizeof(start) && memcmp(s->text + s->at, start, sizeof(start) - 1) == 0;
}

static int read_header(trawl_call *call, const struct load_opts *o, struct text *t,
                       trawl_error *err)
{
    struct scanner s = {.text = t->data, .n = t->n, .line = 1};
    struct scanner before;
    struct cell cell;
    int got, rc = TRAWL_OK;

    if (s.n >= 3 && memcmp(s.text, "\xef\xbb\xbf", 3) == 0)
        s.at = 3; /* a mark that says UTF-8 */
    if (o->delimiter)
        s.delimiter = strcmp(o->delimiter, "tab") == 0 || strcmp(o->delimiter, "\\t") == 0
                          ? '\t'
                          : o->delimiter[0];
    else
        s.delimiter = scan_delimiter(s.text + s.at, s.n - s.at);
    s.quotes = s.delimiter != '\t';
    if (is_fsdb(&s)) {
        t->is_fsdb = 1;
        rc = fsdb_header(call, t, &s, err);
        t->start = s;
        return rc;
    }
    before = s;
    do {
        got = scan_cell(&s, &cell);
        if (got == SCAN_OPEN)
            rc = fail_open(t, &s, err);
        else if (got == SCAN_CELL)
            rc = add_column(call, t, o->no_header ? NULL : &cell, err);
    } while (rc == TRAWL_OK && got == SCAN_CELL && !cell.last);
    if (rc == TRAWL_OK && !t->n_columns)
        rc = host->fail(err, TRAWL_E_DATA, "'%s' is empty", t->path);
    t->start = o->no_header ? before : s;
    return rc;
}

/* ---- types ---- */

static void look_at(struct column *c, const struct cell *cell, int text_only)
{
    uint64_t whole;
    int negative;

    if (cell->n == 0 && !cell->quoted)
        return;
    c->any |= cell->n != 0;
    c->possible = text_only || cell->twice ? IS_TEXT : cell_kinds(cell, c->possible);
    if (c->possible & IS_WHOLE && cell->n && cell_whole(cell, &whole, &negative)) {
        c->negative |= negative != 0;
        c->big |= !negative && whole > INT64_MAX;
    }
}

static trawl_type type_of(const struct column *c)
{
    if (!c->any)
        return TRAWL_STRING;
    if (c->possible & IS_BOOL)
        return TRAWL_BOOL;
    if (c->possible & IS_WHOLE && !(c->negative && c->big))
        return c->negative ? TRAWL_I64 : TRAWL_U64;
    if (c->possible & IS_HEX)
        return TRAWL_U64;
    if (c->possible & IS_REAL)
        return TRAWL_F64;
    if (c->possible & IS_TIME)
        return TRAWL_TIME;
    if (c->possible & IS_IP)
        return TRAWL_IP;
    return c->possible & IS_MAC ? TRAWL_MAC : TRAWL_STRING;
}

/* What becomes of every cell: body(t, i_column, cell); and of every row's end. */
struct walk {
    void (*cell)(struct walk *w, size_t i_column, const struct cell *cell);
    void (*row)(struct walk *w, size_t n_cells);
    struct text *t;
    const struct load_opts *o;
    trawl_builder *b;
    char *unquoted;
    size_t room;
    int failed;
};

static int walk_cells(trawl_call *call, struct walk *w, trawl_error *err)
{
    struct scanner s = w->t->start;
    size_t i = 0;
    struct cell cell;
    int got;

    for (uint64_t n = 0; (got = scan_cell(&s, &cell)) == SCAN_CELL; n++) {
        if (n % 65536 == 0 && host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        if (n % 65536 == 0)
            host->progress(call, s.at, s.n);
        if (i == 0 && w->t->is_fsdb && cell.n && cell.text[0] == '#') {
            if (!cell.last) /* a comment */
                scan_skip_line(&s);
            s.in_row = 0;
            continue;
        }
        if (i == w->t->n_columns && !w->t->n_long++)
            w->t->line_long = s.line - cell.last;
        if (i < w->t->n_columns)
            w->cell(w, i, &cell);
        i++;
        if (cell.last) {
            w->row(w, i);
            i = 0;
        }
    }
    return got == SCAN_OPEN ? fail_open(w->t, &s, err) : TRAWL_OK;
}

static void look_cell(struct walk *w, size_t i, const struct cell *cell)
{
    look_at(&w->t->columns[i], cell, w->o->text);
}

static void look_row(struct walk *w, size_t n_cells)
{
    (void)n_cells;
    w->t->n_rows++;
}

/* ---- the table ---- */

/* A cell without the doubling of its quotes. */
static void put_text(struct walk *w, const struct cell *cell)
{
    size_t n = 0;

    if (!cell->twice) {
        host->put_value(w->b, cell->text, cell->n);
        return;
    }
    if (cell->n > w->room) {
        char *grown = host->realloc(w->unquoted, cell->n);

        if (!grown) {
            w->failed = 1;
            host->put_null(w->b);
            return;
        }
        w->unquoted = grown;
        w->room = cell->n;
    }
    for (size_t i = 0; i < cell->n; i++) {
        w->unquoted[n++] = cell->text[i];
        i += cell->text[i] == '"';
    }
    host->put_value(w->b, w->unquoted, n);
}

static void put_cell(struct walk *w, size_t i, const struct cell *cell)
{
    const struct column *c = &w->t->columns[i];
    uint8_t address[16];
    uint64_t whole;
    int negative;

    if (cell->n == 0 && !(cell->quoted && c->type == TRAWL_STRING)) {
        host->put_null(w->b);
        return;
    }
    switch (c->type) {
    case TRAWL_BOOL:
        host->put_u64(w->b, (uint64_t)cell_bool(cell));
        break;
    case TRAWL_U64:
        if (!cell_whole(cell, &whole, &negative))
            whole = cell_hex(cell);
        host->put_u64(w->b, whole);
        break;
    case TRAWL_I64:
        (void)cell_whole(cell, &whole, &negative);
        host->put_i64(w->b, negative ? (int64_t)(0 - whole) : (int64_t)whole);
        break;
    case TRAWL_F64:
        host->put_f64(w->b, cell_real(cell));
        break;
    case TRAWL_TIME:
        host->put_i64(w->b, cell_time(cell));
        break;
    case TRAWL_IP:
        host->put_value(w->b, address, cell_ip(cell, address));
        break;
    case TRAWL_MAC:
        host->put_u64(w->b, cell_mac(cell));
        break;
    default:
        put_text(w, cell);
    }
}

static void put_row(struct walk *w, size_t n_cells)
{
    for (size_t i = n_cells; i < w->t->n_columns; i++)
        host->put_null(w->b);
    host->end_row(w->b);
}

static trawl_builder *new_builder(const struct text *t, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    trawl_builder *b = NULL;
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; rc == TRAWL_OK && i < t->n_columns; i++) {
        trawl_column column = TRAWL_COLUMN(.name = t->columns[i].name, .type = t->columns[i].type);

        if (column.type == TRAWL_U64 && !(t->columns[i].possible & IS_WHOLE))
            column.flags = TRAWL_COLUMN_HEX;
        rc = host->schema_add(schema, &column, err);
    }
    if (rc == TRAWL_OK)
        b = host->builder_new(schema, err);
    host->schema_free(schema);
    return b;
}

static int build(trawl_call *call, const struct load_opts *o, struct text *t, trawl_table **ret,
                 trawl_error *err)
{
    struct walk w = {.cell = look_cell, .row = look_row, .t = t, .o = o};
    int rc = walk_cells(call, &w, err);

    if (rc != TRAWL_OK)
        return rc;
    if (t->n_long)
        host->log(1, "%s: rows with more cells than the header: %llu, the first in line %llu",
                  t->path, (unsigned long long)t->n_long, (unsigned long long)t->line_long);
    for (size_t i = 0; i < t->n_columns; i++)
        t->columns[i].type = type_of(&t->columns[i]);
    w.b = new_builder(t, err);
    if (!w.b)
        return TRAWL_E_NOMEM;
    w.cell = put_cell;
    w.row = put_row;
    rc = walk_cells(call, &w, err);
    if (rc == TRAWL_OK && w.failed)
        rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
    host->free(w.unquoted);
    if (rc == TRAWL_OK)
        return host->finish(w.b, ret, err);
    host->builder_free(w.b);
    return rc;
}

/* ---- the command ---- */

/* FILE, or FILE as NAME. */
static int split_words(const struct load_opts *o, const char **ret_file, const char **ret_name,
                       trawl_error *err)
{
    const trawl_words *w = &o->words;

    *ret_name = o->name;
    *ret_file = w->items[0];
    if (w->n == 3 && strcmp(w->items[1], "as") == 0) {
        *ret_name = w->items[2];
        return TRAWL_OK;
    }
    if (w->n == 1)
        return TRAWL_OK;
    host->fail(err, TRAWL_E_USAGE, "one file at a time: '%s' is too much", w->items[1]);
    host->hint(err, "Write load_csv FILE, or load_csv FILE as NAME.");
    return TRAWL_E_USAGE;
}

/* A variable's name: the given one, or out of the file's: "x" of "folder/x.csv". */
static char *variable_name(trawl_call *call, const char *file, const char *given, trawl_error *err)
{
    const char *slash = strrchr(file, '/'), *from = given ? given : slash ? slash + 1 : file;
    char *name = host->call_alloc(call, NAME_MOST + 2);
    size_t n = 0;

    if (!name) {
        (void)host->fail(err, TRAWL_E_NOMEM, "out of memory");
        return NULL;
    }
    if (given && given[0] == '$')
        from++;
    for (const char *p = from; *p && n < NAME_MOST && (given || *p != '.' || p == from); p++) {
        if (!isalnum((unsigned char)*p) && *p != '_' && given) {
            (void)host->fail(err, TRAWL_E_USAGE, "'%s' cannot be the name of a table", given);
            host->hint(err, "Use letters, digits and _.");
            return NULL;
        }
        if (n == 0 && isdigit((unsigned char)*p))
            name[n++] = '_';
        name[n++] = *p;
        if (!isalnum((unsigned char)*p))
            name[n - 1] = '_';
    }
    if (n == 0 || (n == 1 && name[0] == '_'))
        n = (size_t)snprintf(name, NAME_MOST, "table");
    name[n] = 0;
    return name;
}

static int load_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct load_opts *o = opts;
    const char *file = NULL, *given = NULL, *name = NULL;
    trawl_table *table = NULL, *list = NULL;
    struct text t = {0};
    int rc = split_words(o, &file, &given, err);

    (void)in;
    if (rc == TRAWL_OK) {
        name = variable_name(call, file, given, err);
        rc = name ? TRAWL_OK : TRAWL_E_USAGE;
    }
    t.path = file;
    if (rc == TRAWL_OK)
        rc = read_file(call, file, &t, err);
    if (rc == TRAWL_OK)
        rc = read_header(call, o, &t, err);
    if (rc == TRAWL_OK)
        rc = build(call, o, &t, &table, err);
    host->free(t.data);
    if (rc == TRAWL_OK)
        host->table_set_name(table, name);
    if (rc == TRAWL_OK)
        rc = host->keep(call, name, table, err);
    host->release(table);
    if (rc == TRAWL_OK)
        rc = host->list(call, "variables", &list, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < host->n_rows(list); i++) {
        const char *row = host->cell_text(call, list, 0, i, err);

        if (row && strcmp(row, name) == 0 && !*ret)
            rc = host->slice(call, list, i, 1, ret, err);
    }
    host->release(list);
    return rc;
}

static int load_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    const struct load_opts *o = opts;
    const char *file, *name;
    int rc = split_words(o, &file, &name, err);

    (void)in;
    if (rc == TRAWL_OK && o->delimiter && strcmp(o->delimiter, "tab") != 0 &&
        strcmp(o->delimiter, "\\t") != 0 && (strlen(o->delimiter) != 1 || *o->delimiter == '"')) {
        host->fail(err, TRAWL_E_USAGE, "'%s' cannot stand between cells", o->delimiter);
        host->hint(err, "Give one character, such as | or ;, or the word tab.");
        return TRAWL_E_USAGE;
    }
    return rc == TRAWL_OK ? host->columns_of(call, "variables", ret, err) : rc;
}

static const trawl_arg load_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct load_opts, words, .name = "file",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
              .help = "file to read, - is standard input; 'as NAME' at the end"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct load_opts, name, .name = "name", .meta = "NAME",
              .help = "name of the table, the same as 'as NAME'; default: from the file's name"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct load_opts, delimiter, .name = "delimiter", .meta = "CHAR",
              .help = "what stands between cells, tab for a tab (default: what the first line has "
                      "most of: tab | ; or ,)"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, no_header, .name = "no-header",
              .help = "the first line has no names: columns are column_1, column_2 …"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, text, .name = "text-only",
              .help = "take every cell for text"),
};
static const trawl_example load_examples[] = {
    {"tcp > notes.csv; load_csv notes.csv", "keeps what was written as $notes"},
    {"tcp > notes.csv; load_csv notes.csv as earlier; $earlier | join tcp stream",
     "… as $earlier, beside what there is now"},
};
static const char *const load_aliases[] = {"load-csv", "read_csv", NULL};

const trawl_command load_csv_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_REPORT,
    .arg_size = sizeof(trawl_arg),
    .name = "load_csv",
    .aliases = load_aliases,
    .group = "tables",
    .summary = "read a table out of a csv, tsv or fsdb file",
    .text =
        "Reads what trawl and others export: a line of names, then a line for each row, as RFC "
        "4180 has it; compressed with gzip, xz, bzip2, zstd or lz4, too. The table is kept as "
        "$NAME, and goes where any table goes: '$notes | where "
        "…', 'join', 'plot'. 'load' and trawl's own command line do the same with files whose "
        "content is such text.\n\n"
        "A column has the first of these types that all its cells can have: truth values, whole "
        "numbers, 0x… numbers, reals, times (2024-01-15T10:00:00Z; UTC without a zone), "
        "addresses, MAC addresses; text otherwise. Numbers that begin with a 0 are text, for they "
        "are names. An empty cell has no value; \"\" is an empty text. Rows that are too short "
        "have no values at their end; cells beyond the header's are left out, with a warning.",
    .args = load_args,
    .n_args = TRAWL_COUNT(load_args),
    .examples = load_examples,
    .n_examples = TRAWL_COUNT(load_examples),
    .opts_size = sizeof(struct load_opts),
    .schema = load_schema,
    .run = load_run,
};
