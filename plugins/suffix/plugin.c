/* The plugin `suffix`: public suffix, registrable domain and the rest of the names in packets, and
 * their labels.
 * Knows nothing of how a name is taken apart. */
#include <string.h>

#include "lazy.h"
#include "suffix.h"
#include "trawl/plugin.h"

static const trawl_host *host;

static int init(const trawl_host *the_host, trawl_error *err)
{
    (void)err;
    host = the_host;
    return TRAWL_OK;
}

/* ---- fields ---- */

#ifdef SUFFIX_HAS_PSL
#define FLAGS   TRAWL_COLUMN_LIST
#define SETTING NULL
#else
#define FLAGS   (TRAWL_COLUMN_LIST | TRAWL_COLUMN_EXTERNAL) /* asking is an error */
#define SETTING "psl-file"
#endif
#ifndef TRAWL_LACKS
#define TRAWL_LACKS ""
#endif
#define PART(of, part, help_) \
    TRAWL_FIELD(.flags = FLAGS, .type = TRAWL_STRING, .name = of "." part, .help = help_)
#define LABEL(of, part, help_)                                                         \
    TRAWL_FIELD(.flags = TRAWL_COLUMN_LIST, .type = TRAWL_STRING, .name = of "." part, \
                .help = help_, .source = "RFC 1034 section 3.1")
#define PARTS(of)                                                                                 \
    {                                                                                             \
        [SUFFIX_PSL] = PART(of, "psl", "public suffix of the name: co.uk of www.example.co.uk"),  \
        [SUFFIX_DOMAIN] = PART(of, "domain",                                                      \
                               "what was registered: example.co.uk of www.example.co.uk"),        \
        [SUFFIX_PREFIX] = PART(of, "prefix", "what comes before that: www of www.example.co.uk"), \
    }
#define LABELS(of)                                                                        \
    {                                                                                     \
        LABEL(of, "tld", "last label of the name: uk of www.example.co.uk"),              \
            LABEL(of, "sld", "second label from the right: co of www.example.co.uk"),     \
            LABEL(of, "3ld", "third label from the right: example of www.example.co.uk"), \
            LABEL(of, "4ld", "fourth label from the right: www of www.example.co.uk"),    \
            LABEL(of, "5ld", "fifth label from the right"),                               \
    }

/* What names of one source are taken apart into, and where. */
struct set {
    const char *source;
    const trawl_field *fields;
    size_t n_fields;
    int at_dots;
};
#define SETS(name, source_)                                                                      \
    static const trawl_field name##_parts[] = PARTS(source_), name##_labels[] = LABELS(source_); \
    static const struct set of_##name = {source_, name##_parts, TRAWL_COUNT(name##_parts), 0},   \
                            labels_of_##name = {source_, name##_labels,                          \
                                                TRAWL_COUNT(name##_labels), 1}
#define QNAME "dns.qry.name"
#define SNI   "tls.handshake.extensions_server_name"
#define HOST  "http.host"
SETS(qname, QNAME);
SETS(sni, SNI);
SETS(host, HOST);

/* ---- a row for each distinct name ---- */

static int make_builder(const struct set *set, uint32_t flags, trawl_builder **ret,
                        trawl_error *err)
{
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; i < set->n_fields && rc == TRAWL_OK; i++) {
        const trawl_column column = TRAWL_COLUMN(.name = set->fields[i].name, .type = TRAWL_STRING,
                                                 .flags = flags, .help = set->fields[i].help);

        rc = host->schema_add(schema, &column, err);
    }
    *ret = rc == TRAWL_OK ? host->builder_new(schema, err) : NULL;
    host->schema_free(schema);
    return rc == TRAWL_OK && !*ret ? TRAWL_E_NOMEM : rc;
}

/* Parts of some names, one behind the other. */
struct texts {
    char *data;
    size_t n, room;
    uint64_t *offsets;
    uint32_t *codes;
    uint64_t *rows; /* of the names that have one */
    size_t n_texts;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not take names apart: no memory");
}

static int add_text(struct texts *t, const char *text, uint64_t row, trawl_error *err)
{
    const size_t n = strlen(text);

    if (!n)
        return TRAWL_OK;
    if (n > t->room - t->n) {
        const size_t room = t->room * 2 + n + 4096;
        char *more = host->realloc(t->data, room);

        if (!more)
            return no_memory(err);
        t->data = more;
        t->room = room;
    }
    memcpy(t->data + t->n, text, n);
    t->n += n;
    t->rows[t->n_texts++] = row;
    t->offsets[t->n_texts] = t->n;
    return TRAWL_OK;
}

enum { CHUNK_NAMES = 256 }; /* a multiple of 64: no two share a word of validity */

struct splitting {
    const struct set *set;
    const trawl_view *names;
    struct suffix_list *lists; /* one a thread, of one library's list; NULL: at the dots */
    trawl_builder *builder;
    trawl_cells cells[SUFFIX_MOST];
};

/* The codes of a chunk's texts in the column of one part, and its cells. */
static int put_texts(const struct splitting *s, size_t f, struct texts *t, trawl_error *err)
{
    int rc = host->builder_codes(s->builder, f, t->data, t->offsets, t->n_texts, t->codes, err);

    for (size_t i = 0; i < t->n_texts && rc == TRAWL_OK; i++) {
        const uint64_t row = t->rows[i];

        ((uint32_t *)s->cells[f].data)[row] = t->codes[i];
        s->cells[f].valid[row / 64] |= UINT64_C(1) << (row % 64);
    }
    return rc;
}

static int split_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct splitting *s = context;
    const uint64_t first = i_chunk * CHUNK_NAMES;
    const uint64_t left = s->names->n_codes - first, n = left < CHUNK_NAMES ? left : CHUNK_NAMES;
    const size_t n_fields = s->set->n_fields;
    struct texts texts[SUFFIX_MOST] = {{0}};
    struct suffix_parts parts;
    int rc = TRAWL_OK;

    for (size_t f = 0; f < n_fields && rc == TRAWL_OK; f++) {
        texts[f].offsets = host->alloc((CHUNK_NAMES + 1) * sizeof(*texts[f].offsets));
        texts[f].codes = host->alloc(CHUNK_NAMES * sizeof(*texts[f].codes));
        texts[f].rows = host->alloc(CHUNK_NAMES * sizeof(*texts[f].rows));
        if (!texts[f].offsets || !texts[f].codes || !texts[f].rows)
            rc = no_memory(err);
    }
    for (uint64_t c = first; c < first + n && rc == TRAWL_OK; c++) {
        const uint64_t at = s->names->text_offsets[c];
        const char *name = (const char *)s->names->text + at;
        const size_t n_name = (size_t)(s->names->text_offsets[c + 1] - at);

        if (s->lists)
            suffix_split(&s->lists[i_thread], name, n_name, &parts);
        else
            suffix_labels(name, n_name, &parts);
        for (size_t f = 0; f < n_fields && rc == TRAWL_OK; f++)
            rc = add_text(&texts[f], parts.part[f], c, err);
    }
    for (size_t f = 0; f < n_fields; f++) {
        if (rc == TRAWL_OK && texts[f].n_texts)
            rc = put_texts(s, f, &texts[f], err);
        host->free(texts[f].data);
        host->free(texts[f].offsets);
        host->free(texts[f].codes);
        host->free(texts[f].rows);
    }
    return rc;
}

static int open_lists(trawl_call *call, const struct set *set, unsigned n, struct suffix_list **ret,
                      trawl_error *err)
{
    const char *path = host->setting_text(call, "psl-file");
    const char *why = "";
    struct suffix_list *lists = host->call_alloc(call, n * sizeof(*lists));
    int rc = lists ? suffix_load(host, err) : no_memory(err);

    if (rc != TRAWL_OK)
        return rc;
    memset(lists, 0, n * sizeof(*lists));
    if (!suffix_list_open(&lists[0], path, &why))
        return path ? host->fail(err, TRAWL_E_IO, "'%s' of 'psl-file': %s", path, why)
                    : host->fail(err, TRAWL_E_UNSUPPORTED, "'%s' needs a public suffix list: %s",
                                 set->fields[0].name, why);
    for (unsigned i = 1; i < n; i++)
        lists[i].psl = lists[0].psl;
    *ret = lists;
    return TRAWL_OK;
}

/* The parts of each name of the source column, row c for code c. */
static int split_names(trawl_call *call, const struct set *set, const trawl_view *names,
                       trawl_table **ret, trawl_error *err)
{
    struct splitting s = {.set = set, .names = names};
    int rc = set->at_dots ? TRAWL_OK : open_lists(call, set, host->n_threads(), &s.lists, err);

    if (rc != TRAWL_OK)
        return rc;
    rc = make_builder(set, 0, &s.builder, err);
    for (size_t f = 0; f < set->n_fields; f++)
        s.cells[f] = (trawl_cells){.size = sizeof(s.cells[f]), .may_be_null = 1};
    if (rc == TRAWL_OK)
        rc = host->builder_rows(s.builder, names->n_codes, s.cells, err);
    if (rc == TRAWL_OK)
        rc = host->parallel(call, (names->n_codes + CHUNK_NAMES - 1) / CHUNK_NAMES, split_chunk, &s,
                            err);
    if (s.lists)
        suffix_list_close(&s.lists[0]);
    if (rc == TRAWL_OK)
        return host->finish(s.builder, ret, err);
    host->builder_free(s.builder);
    return rc;
}

/* ---- the parts of each packet ---- */

/* Items of row i: [*ret_first, *ret_end) of the cells; a column that is no list has one or none. */
static void items_of(const trawl_view *view, uint64_t i, uint64_t *ret_first, uint64_t *ret_end)
{
    *ret_first = view->offsets ? view->offsets[i] : i;
    *ret_end = view->offsets ? view->offsets[i + 1] : i + (unsigned)trawl_view_has(view, i);
}

static void put_rows(trawl_builder *b, const trawl_view *names, const trawl_view *parts,
                     size_t n_parts, uint64_t n_rows)
{
    for (uint64_t i = 0; i < n_rows; i++) {
        uint64_t first = 0, end = 0;

        if (names)
            items_of(names, i, &first, &end);
        for (size_t f = 0; f < n_parts; f++) {
            for (uint64_t k = first; k < end; k++) {
                const uint32_t code = ((const uint32_t *)names->data)[k];

                if (trawl_view_has(&parts[f], code))
                    host->put_code(b, ((const uint32_t *)parts[f].data)[code]);
            }
            host->end_list(b);
        }
        host->end_row(b);
    }
}

/* Where no plugin declares the source, no packet has a name. */
static int view_source(trawl_call *call, trawl_table *packets, const char *source, trawl_view *ret,
                       int *ret_has, trawl_error *err)
{
    const int64_t at = host->schema_find(host->schema_of(packets), source);
    int rc = at >= 0 ? host->view(call, packets, (size_t)at, ret, err) : TRAWL_OK;

    *ret_has = at >= 0 && rc == TRAWL_OK && ret->type == TRAWL_STRING;
    return rc;
}

/* Without names a list is opened only where that may be an error; code 0 is no name. */
static int may_refuse(trawl_call *call, const struct set *set)
{
    return !set->at_dots &&
           ((FLAGS & TRAWL_COLUMN_EXTERNAL) || host->setting_text(call, "psl-file"));
}

static int compute(trawl_call *call, const struct set *set, trawl_table *packets, trawl_table **ret,
                   trawl_error *err)
{
    const size_t n = set->n_fields;
    trawl_view names = {.size = sizeof(names)}, parts[SUFFIX_MOST] = {{0}};
    trawl_table *split = NULL;
    trawl_builder *b = NULL;
    int has, rc = view_source(call, packets, set->source, &names, &has, err);

    if (rc == TRAWL_OK && has && (names.n_codes > 1 || may_refuse(call, set)))
        rc = split_names(call, set, &names, &split, err);
    for (size_t f = 0; f < n && rc == TRAWL_OK && split; f++) {
        parts[f].size = sizeof(parts[f]);
        rc = host->view(call, split, f, &parts[f], err);
    }
    if (rc == TRAWL_OK)
        rc = make_builder(set, TRAWL_COLUMN_LIST, &b, err);
    for (size_t f = 0; f < n && rc == TRAWL_OK && split; f++)
        rc = host->builder_share(b, f, split, f, err);
    if (rc == TRAWL_OK) {
        put_rows(b, split ? &names : NULL, parts, n, host->n_rows(packets));
        rc = host->finish(b, ret, err);
        b = NULL;
    }
    host->builder_free(b);
    host->release(split);
    return rc;
}

#define COMPUTE(set_)                                                                         \
    static int compute_##set_(trawl_call *call, trawl_capture *capture, trawl_table *packets, \
                              trawl_table **ret, trawl_error *err)                            \
    {                                                                                         \
        (void)capture;                                                                        \
        return compute(call, &set_, packets, ret, err);                                       \
    }
COMPUTE(of_qname)
COMPUTE(of_sni)
COMPUTE(of_host)
COMPUTE(labels_of_qname)
COMPUTE(labels_of_sni)
COMPUTE(labels_of_host)

#define DERIVED(source_, part, fields_, set_, flags_)                                           \
    {                                                                                           \
        .size = sizeof(trawl_derived), .field_size = sizeof(trawl_field), .name = source_ part, \
        .fields = fields_, .n_fields = TRAWL_COUNT(fields_), .compute = compute_##set_,         \
        .of = source_, .flags = flags_, .setting = SETTING                                      \
    }
static const trawl_derived derived[] = {
    DERIVED(QNAME, ".psl", qname_parts, of_qname, 0),
    DERIVED(SNI, ".psl", sni_parts, of_sni, 0),
    DERIVED(HOST, ".psl", host_parts, of_host, 0),
    DERIVED(QNAME, ".tld", qname_labels, labels_of_qname, TRAWL_DERIVED_NAMED),
    DERIVED(SNI, ".tld", sni_labels, labels_of_sni, TRAWL_DERIVED_NAMED),
    DERIVED(HOST, ".tld", host_labels, labels_of_host, TRAWL_DERIVED_NAMED),
};

static const trawl_arg settings[] = {
    {.size = sizeof(trawl_arg),
     .kind = TRAWL_ARG_FILE,
     .name = "psl-file",
     .help = "public suffix list for dns.qry.name.psl and the like; default: the newest installed"},
};

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "suffix",
    .version = SUFFIX_VERSION,
    .summary = "public suffixes, registered domains and labels of names" TRAWL_LACKS,
    .licence = "MIT",
    .derived = derived,
    .n_derived = TRAWL_COUNT(derived),
    .settings = settings,
    .n_settings = TRAWL_COUNT(settings),
    .init = init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
