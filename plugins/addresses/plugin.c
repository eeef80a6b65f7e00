/* The plugin `addresses`: fields of packets' addresses out of files that settings name.
 * Knows nothing of what is in the files. */
#include "addresses.h"

const trawl_host *host;

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

/* ---- fields: those of the source address, then the same of the destination's ---- */

#define EXTERNAL(type_, flags_, name_, help_)                                            \
    TRAWL_FIELD(.flags = TRAWL_COLUMN_EXTERNAL | (flags_), .type = type_, .name = name_, \
                .help = help_)
#define ASN_FIELDS(column, word)                                                    \
    EXTERNAL(TRAWL_U32, TRAWL_COLUMN_ID, column ".asn",                             \
             "number of the autonomous system of the " word " address (asn-file)"), \
        EXTERNAL(TRAWL_STRING, 0, column ".asn_country", "country of that system"), \
        EXTERNAL(TRAWL_STRING, 0, column ".asn_owner", "owner of that system")
#define LABEL_FIELDS(column, word)                                                    \
    EXTERNAL(TRAWL_STRING, 0, column ".label",                                        \
             "label of the longest prefix around the " word " address (label-file)"), \
        EXTERNAL(TRAWL_STRING, 0, column ".prefix", "the prefix that the label belongs to")

static const trawl_field asn_fields[] = {ASN_FIELDS("src", "source"),
                                         ASN_FIELDS("dst", "destination")};
static const trawl_field label_fields[] = {LABEL_FIELDS("src", "source"),
                                           LABEL_FIELDS("dst", "destination")};

/* Fields out of the file that a setting names. */
struct file_fields {
    const char *setting;
    const trawl_field *fields;
    size_t n; /* of one address */
    int (*line)(char *text, struct lines *lines, struct match *match, uint32_t entry,
                trawl_builder *b);
};
static const struct file_fields asn_file = {"asn-file", asn_fields, TRAWL_COUNT(asn_fields) / 2,
                                            asn_line};
static const struct file_fields label_file = {"label-file", label_fields,
                                              TRAWL_COUNT(label_fields) / 2, label_line};

/* ---- the entries of a file that met addresses ---- */

static int make_builder(const struct file_fields *file, trawl_builder **ret, trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; i < file->n && rc == TRAWL_OK; i++) {
        const trawl_column column = TRAWL_COLUMN(.name = file->fields[i].name,
                                                 .type = file->fields[i].type,
                                                 .flags = file->fields[i].flags,
                                                 .help = file->fields[i].help);

        rc = host->schema_add(schema, &column, err);
    }
    *ret = rc == TRAWL_OK ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    return rc == TRAWL_OK && !*ret ? TRAWL_E_NOMEM : rc;
}

/* Row 0 is that of addresses without an entry. */
static int read_entries(trawl_call *call, const struct file_fields *file, struct lines *lines,
                        struct match *match, trawl_table **ret, trawl_error *err)
{
    trawl_builder *b;
    uint32_t entry = 1;
    char *text;
    int rc = make_builder(file, &b, err);

    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < file->n; i++)
        host->put_null(b);
    host->end_row(b);
    while ((rc = lines_next(call, lines, &text, err)) > 0) {
        if (!file->line(text, lines, match, entry, b))
            continue;
        host->end_row(b);
        entry++;
    }
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

/* ---- fields of all packets ---- */

/* The entries of both addresses of each packet, side by side. */
static int both_sides(trawl_call *call, const struct file_fields *file, struct match *match,
                      const trawl_view sides[2], trawl_table *entries, trawl_table **ret,
                      trawl_error *err)
{
    trawl_table *src = NULL, *dst = NULL, *renamed = NULL;
    size_t columns[8];
    const char *names[8];
    int rc = match_rows(call, match, &sides[0], entries, &src, err);

    for (size_t i = 0; i < file->n; i++) {
        columns[i] = i;
        names[i] = file->fields[file->n + i].name;
    }
    if (rc == TRAWL_OK)
        rc = match_rows(call, match, &sides[1], entries, &dst, err);
    if (rc == TRAWL_OK)
        rc = host->project(call, dst, columns, names, file->n, &renamed, err);
    if (rc == TRAWL_OK)
        rc = host->paste(call, src, renamed, ret, err);
    host->release(src);
    host->release(dst);
    host->release(renamed);
    return rc;
}

static int path_of(trawl_call *call, const struct file_fields *file, const char **ret,
                   trawl_error *err)
{
    *ret = host->setting_text(call, file->setting);
    if (*ret && **ret)
        return TRAWL_OK;
    host->fail(err, TRAWL_E_USAGE, "'%s' comes from a file, and '%s' names none",
               file->fields[0].name, file->setting);
    host->hint(err, "Say which: set %s FILE, here or in trawlrc.", file->setting);
    return TRAWL_E_USAGE;
}

static int match_file(trawl_call *call, const struct file_fields *file, const char *path,
                      struct match *match, trawl_table **ret, trawl_error *err)
{
    struct lines lines = {0};
    int rc = lines_open(&lines, path, err);

    if (rc == TRAWL_OK)
        rc = read_entries(call, file, &lines, match, ret, err);
    lines_close(&lines);
    return rc;
}

static int compute(trawl_call *call, const struct file_fields *file, trawl_table *packets,
                   trawl_table **ret, trawl_error *err)
{
    trawl_view sides[2] = {{.size = sizeof(trawl_view)}, {.size = sizeof(trawl_view)}};
    struct match match = {0};
    trawl_table *entries = NULL;
    const char *path;
    int rc = path_of(call, file, &path, err);

    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "src", &sides[0], err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, packets, "dst", &sides[1], err);
    if (rc == TRAWL_OK)
        rc = match_init(&match, sides, 2, err);
    if (rc == TRAWL_OK)
        rc = match_file(call, file, path, &match, &entries, err);
    if (rc == TRAWL_OK)
        rc = both_sides(call, file, &match, sides, entries, ret, err);
    host->release(entries);
    match_fini(&match);
    return rc;
}

static int compute_asn(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                       trawl_table **ret, trawl_error *err)
{
    (void)capture;
    return compute(call, &asn_file, packets, ret, err);
}

static int compute_label(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                         trawl_table **ret, trawl_error *err)
{
    (void)capture;
    return compute(call, &label_file, packets, ret, err);
}

static const trawl_derived derived[] = {
    {.size = sizeof(trawl_derived),
     .field_size = sizeof(trawl_field),
     .name = "asn",
     .fields = asn_fields,
     .n_fields = TRAWL_COUNT(asn_fields),
     .compute = compute_asn,
     .setting = "asn-file"},
    {.size = sizeof(trawl_derived),
     .field_size = sizeof(trawl_field),
     .name = "label",
     .fields = label_fields,
     .n_fields = TRAWL_COUNT(label_fields),
     .compute = compute_label,
     .setting = "label-file"},
};

/* ---- the first field as a name ---- */

struct naming {
    const struct file_fields *file;
    const char *path;
};

static int naming_open(trawl_call *call, const struct file_fields *file, const char *argument,
                       void **ret, trawl_error *err)
{
    struct naming n = {file, argument};
    struct naming *state;
    int rc = argument ? TRAWL_OK : path_of(call, file, &n.path, err);

    if (rc != TRAWL_OK)
        return rc;
    state = host->alloc(sizeof(*state));
    if (!state)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    *state = n;
    *ret = state;
    return TRAWL_OK;
}

static int asn_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                    trawl_error *err)
{
    (void)capture;
    return naming_open(call, &asn_file, argument, ret, err);
}

static int label_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                      trawl_error *err)
{
    (void)capture;
    return naming_open(call, &label_file, argument, ret, err);
}

static int naming_resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                          int (*named)(void *context, size_t i, const void *text, size_t n_text,
                                       trawl_error *err),
                          void *context, trawl_error *err)
{
    const struct naming *naming = state;
    struct match match = {0};
    trawl_table *entries = NULL;
    trawl_view names = {.size = sizeof(names)};
    int rc = match_list(&match, addresses, n, err);

    if (rc == TRAWL_OK)
        rc = match_file(call, naming->file, naming->path, &match, &entries, err);
    if (rc == TRAWL_OK)
        rc = host->view(call, entries, 0, &names, err);
    for (size_t i = 0; rc == TRAWL_OK && i < match.n; i++) {
        const struct place *p = &match.places[i];
        char text[256];
        size_t n_text;

        if (!p->entry)
            continue;
        n_text = host->value_text(&names, p->entry, text, sizeof(text));
        rc = named(context, p->code, text, n_text < sizeof(text) ? n_text : sizeof(text), err);
    }
    host->release(entries);
    match_fini(&match);
    return rc;
}

static void naming_close(void *state)
{
    host->free(state);
}

static const trawl_resolver resolvers[] = {
    {.size = sizeof(trawl_resolver),
     .name = "asn",
     .summary = "numbers of autonomous systems: asn (of asn-file), or asn:FILE",
     .open = asn_open,
     .resolve = naming_resolve,
     .close = naming_close},
    {.size = sizeof(trawl_resolver),
     .name = "label",
     .summary = "labels of prefixes: label (of label-file), or label:FILE",
     .open = label_open,
     .resolve = naming_resolve,
     .close = naming_close},
};

static const trawl_arg settings[] = {
    {.size = sizeof(trawl_arg),
     .kind = TRAWL_ARG_FILE,
     .name = "asn-file",
     .help = "ip2asn table (TSV, may be gzip) for src.asn and the like; set again to read it anew"},
    {.size = sizeof(trawl_arg),
     .kind = TRAWL_ARG_FILE,
     .name = "label-file",
     .help = "prefixes with labels, PREFIX TAB LABEL, for src.label and the like"},
};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "addresses",
    .version = "1.0.0",
    .summary = "networks and labels of addresses, out of files",
    .licence = "MIT",
    .derived = derived,
    .n_derived = TRAWL_COUNT(derived),
    .settings = settings,
    .n_settings = TRAWL_COUNT(settings),
    .resolvers = resolvers,
    .n_resolvers = TRAWL_COUNT(resolvers),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
