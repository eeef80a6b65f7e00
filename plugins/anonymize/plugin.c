/* The verb `anonymize`: which columns, and the table with the new ones in their places.
 * Must not know how values are made. */
#include <string.h>

#include "anonymize.h"

const trawl_host *host;

struct anonymize_opts {
    trawl_words columns;
    const char *key, *method;
    uint64_t bytes;
};

/* What comes of a table. */
struct plan {
    struct column_plan *columns;
    trawl_column *declared;
    size_t n;
};

static const char *const methods[] = {"auto", "blake2b", "cryptopan", NULL};

/* What was asked for one column. */
static int choose_way(const struct anonymize_opts *o, const trawl_column *c, enum way *ret,
                      trawl_error *err)
{
    const int is_address = c->type == TRAWL_IP;

    if (strcmp(o->method, "cryptopan") == 0 && !is_address)
        return host->fail(err, TRAWL_E_USAGE,
                          "column '%s' holds no addresses: cryptopan is for these alone", c->name);
    *ret = is_address && strcmp(o->method, "blake2b") != 0 ? WAY_ADDRESS : WAY_DIGEST;
    return TRAWL_OK;
}

static void declare(trawl_column *c, enum way way)
{
    c->flags &= ~(uint32_t)TRAWL_COLUMN_HIDDEN;
    if (way != WAY_DIGEST)
        return;
    c->type = TRAWL_STRING;
    c->flags &= TRAWL_COLUMN_LIST;
    c->unit = NULL;
}

/* Columns that can be seen, and hidden ones that were named: what is hidden could tell what was
 * made unknown. */
static int make_plan(trawl_call *call, const struct anonymize_opts *o, const trawl_schema *in,
                     struct plan *ret, trawl_error *err)
{
    const size_t n = host->schema_n(in);
    uint8_t *named = host->call_alloc(call, n + 1);
    struct plan plan = {.columns = host->call_alloc(call, (n + 1) * sizeof(*plan.columns)),
                        .declared = host->call_alloc(call, (n + 1) * sizeof(*plan.declared))};
    int rc = TRAWL_OK;

    if (!named || !plan.columns || !plan.declared)
        return host->fail(err, TRAWL_E_NOMEM, "could not anonymize: no memory");
    for (size_t i = 0; i < o->columns.n; i++) {
        const int64_t at = host->schema_find(in, o->columns.items[i]);

        if (at < 0)
            return host->schema_fail_column(in, o->columns.items[i], err);
        named[at] = 1;
    }
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        const trawl_column *c = host->schema_column(in, i);
        struct column_plan column = {.i_column = i, .way = WAY_KEEP};

        if (c->flags & TRAWL_COLUMN_HIDDEN && !named[i])
            continue;
        if (named[i])
            rc = choose_way(o, c, &column.way, err);
        plan.declared[plan.n] = *c;
        declare(&plan.declared[plan.n], column.way);
        plan.columns[plan.n++] = column;
    }
    if (rc == TRAWL_OK)
        *ret = plan;
    return rc;
}

static int schema_of(trawl_call *call, const void *opts, const trawl_schema *in, trawl_schema **ret,
                     trawl_error *err)
{
    struct plan plan;
    int rc = make_plan(call, opts, in, &plan, err);

    if (rc != TRAWL_OK)
        return rc;
    *ret = host->schema_from(plan.declared, plan.n, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

/* The columns of the plan: those that stay are the table's, the others lie behind them. */
static int arrange(trawl_call *call, const struct plan *plan, trawl_table *all, size_t n_in,
                   trawl_table **ret, trawl_error *err)
{
    size_t *at = host->call_alloc(call, (plan->n + 1) * sizeof(*at)), n_new = 0;
    const char **names = host->call_alloc(call, (plan->n + 1) * sizeof(*names));

    if (!at || !names)
        return host->fail(err, TRAWL_E_NOMEM, "could not anonymize: no memory");
    for (size_t i = 0; i < plan->n; i++) {
        at[i] = plan->columns[i].way == WAY_KEEP ? plan->columns[i].i_column : n_in + n_new++;
        names[i] = plan->declared[i].name;
    }
    return host->project(call, all, at, names, plan->n, ret, err);
}

static int run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct anonymize_opts *o = opts;
    trawl_table *all = host->retain(in);
    struct plan plan;
    struct key key = {.n = 0};
    int rc = make_plan(call, o, host->schema_of(in), &plan, err);

    if (rc == TRAWL_OK)
        rc = key_get(o->key, &key, err);
    for (size_t i = 0, n_new = 0; rc == TRAWL_OK && i < plan.n; i++) {
        trawl_column declared = plan.declared[i];
        trawl_table *made = NULL, *more = NULL;
        char name[] = "\x01"
                      "0000000000";

        if (plan.columns[i].way == WAY_KEEP)
            continue;
        for (size_t k = sizeof(name) - 2, left = n_new++; left; left /= 10)
            name[k--] = (char)('0' + left % 10);
        declared.name = name; /* until it is in its place: the old one is still there */
        rc = column_make(call, in, &plan.columns[i], &declared, &key, (size_t)o->bytes, &made, err);
        if (rc == TRAWL_OK)
            rc = host->paste(call, all, made, &more, err);
        host->release(made);
        if (rc == TRAWL_OK) {
            host->release(all);
            all = more;
        }
    }
    if (rc == TRAWL_OK)
        rc = arrange(call, &plan, all, host->schema_n(host->schema_of(in)), ret, err);
    explicit_bzero(&key, sizeof(key));
    host->release(all);
    return rc;
}

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_COLUMN, struct anonymize_opts, columns, .name = "column",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
              .help = "columns whose values nobody is to know"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct anonymize_opts, key, .name = "key",
              .help = "secret of 32 to 64 bytes, or twice as many hexadecimal digits (default: a "
                      "random one, the same until trawl ends)"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct anonymize_opts, method, .name = "method", .def = "auto",
              .choices = methods, .help = "auto: cryptopan for addresses, blake2b for all else"),
    TRAWL_OPT(TRAWL_ARG_U64, struct anonymize_opts, bytes, .name = "bytes", .def = "64", .min = "8",
              .max = "64", .help = "of a digest of blake2b; two digits each"),
};

static const trawl_example examples[] = {
    {"flows | anonymize src dst", "flows between addresses that keep their networks apart"},
    {"lc | anonymize --method blake2b client server | head 5", "digests, as NFStream makes them"},
};

static const trawl_command commands[] = {
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_FILTER,
     .arg_size = sizeof(trawl_arg),
     .name = "anonymize",
     .group = "tables",
     .summary = "replace values by others that tell nothing but which are equal",
     .text = "Addresses go through Crypto-PAn: two that have their first n bits in common have "
             "them in common afterwards, IPv4 and IPv6, so that networks stay together. All other "
             "values become their keyed BLAKE2b digests, in hexadecimal digits. Equal values "
             "stay equal under one key, across tables and captures, and missing ones missing.\n\n"
             "The key is a file, or drawn at random when it is first wanted and forgotten when "
             "trawl ends. Crypto-PAn takes its first 32 bytes, BLAKE2b all. Hidden columns are "
             "left out of the result, since they would tell what was made unknown; other columns "
             "of the same values (names, communities, MAC addresses) have to be named too.",
     .args = args,
     .n_args = TRAWL_COUNT(args),
     .examples = examples,
     .n_examples = TRAWL_COUNT(examples),
     .opts_size = sizeof(struct anonymize_opts),
     .schema = schema_of,
     .run = run},
};

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "anonymize",
    .version = ANONYMIZE_VERSION,
    .summary = "values that nobody is to know, replaced",
    .licence = "MIT",
    .commands = commands,
    .n_commands = TRAWL_COUNT(commands),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
