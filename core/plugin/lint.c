/* Is a descriptor sound: sizes, counts, names, argument tables, columns, functions. All checks
 * come before anything of the plugin is used. Must not know what is registered. */
#include <stdio.h>

#include "core/base/text.h"
#include "core/plugin/descriptor.h"
#include "core/plugin/lint_words.h"
#include "core/plugin/registry.h"
#include "core/plugin/value.h"

#define COMMAND_FLAGS                                                                            \
    (TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_SAME_COLUMNS |                  \
     TRAWL_COMMAND_LISTING | TRAWL_COMMAND_EFFECT | TRAWL_COMMAND_PLOTS | TRAWL_COMMAND_REPORT | \
     TRAWL_COMMAND_SCREEN)
#define COLUMN_FLAGS                                                                         \
    (TRAWL_COLUMN_LIST | TRAWL_COLUMN_HIDDEN | TRAWL_COLUMN_HEX | TRAWL_COLUMN_ID |          \
     TRAWL_COLUMN_PLAIN | TRAWL_COLUMN_MIXED | TRAWL_COLUMN_EXTERNAL | TRAWL_COLUMN_CHANGE | \
     TRAWL_COLUMN_HEADING)
#define ARG_FLAGS (TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED)

/* Where the check is: "command 'lc'"; messages start with it. */
struct place {
    char text[128];
    trawl_error *err;
};

static void place_set(struct place *place, trawl_error *err, const char *kind, const char *name)
{
    snprintf(place->text, sizeof(place->text), "%s '%s'", kind, name);
    place->err = err;
}

static int wrap(const struct place *place, int code)
{
    return place->text[0] ? tw_error_wrap(place->err, code, "%s", place->text) : code;
}

#define FAULT(place, ...) wrap(place, tw_fail((place)->err, TRAWL_E_PLUGIN, __VA_ARGS__))

/* ---- arrays ---- */

/* An array of n elements of `stride` bytes, as stated by the plugin. */
static int check_array(const struct place *place, const char *what, const void *array, uint64_t n,
                       uint32_t stride, size_t min)
{
    if (n == 0)
        return TRAWL_OK;
    if (n > TW_MAX_ELEMENTS)
        return FAULT(place, "has %llu %ss; %d is the most", (unsigned long long)n, what,
                     TW_MAX_ELEMENTS);
    if (!array)
        return FAULT(place, "says it has %llu %ss but gives none", (unsigned long long)n, what);
    if (stride < min || stride > TW_MAX_ELEMENT)
        return FAULT(place, "has %ss of %u bytes; in ABI 1.0 they have %zu", what, stride, min);
    if (stride % sizeof(void *) || (uintptr_t)array % sizeof(void *))
        return FAULT(place, "the array of %ss is not aligned", what);
    for (uint64_t i = 0; i < n; i++) {
        uint32_t size;

        memcpy(&size, (const char *)array + i * stride, sizeof(size));
        if (size != stride)
            return FAULT(place, "%s %llu says it has %u bytes, its array %u", what,
                         (unsigned long long)i, size, stride);
    }
    return TRAWL_OK;
}

static int check_type(const struct place *place, const char *what, const char *name,
                      trawl_type type, uint32_t flags)
{
    if ((int)type < TRAWL_BOOL || type > TRAWL_BYTES)
        return FAULT(place, "%s '%s' has the unknown type %d", what, name, (int)type);
    if (flags & ~(uint32_t)COLUMN_FLAGS)
        return FAULT(place, "%s '%s' has unknown flags 0x%x", what, name, flags);
    return TRAWL_OK;
}

static int check_columns(const struct place *place, const trawl_column *columns, uint32_t n,
                         uint32_t stride)
{
    int rc = check_array(place, "column", columns, n, stride, TW_MIN_COLUMN);

    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const trawl_column *c = TW_ELEMENT(trawl_column, columns, stride, i);

        if (!tw_lint_is_column_name(c->name))
            return FAULT(place, "column %u has no usable name", i);
        if (!tw_lint_is_line(c->help))
            return FAULT(place, "column '%s' has no help", c->name);
        rc = check_type(place, "column", c->name, c->type, c->flags);
        for (uint32_t j = 0; rc == TRAWL_OK && j < i; j++) {
            if (strcmp(TW_ELEMENT(trawl_column, columns, stride, j)->name, c->name) == 0)
                return FAULT(place, "has two columns '%s'", c->name);
        }
    }
    return rc;
}

static int check_fields(const struct place *place, const trawl_field *fields, uint32_t n,
                        uint32_t stride)
{
    int rc = check_array(place, "field", fields, n, stride, TW_MIN_FIELD);

    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const trawl_field *f = TW_ELEMENT(trawl_field, fields, stride, i);

        if (!tw_lint_is_column_name(f->name))
            return FAULT(place, "field %u has no usable name", i);
        if (!tw_lint_is_line(f->help))
            return FAULT(place, "field '%s' has no help", f->name);
        rc = check_type(place, "field", f->name, f->type, f->flags);
    }
    return rc;
}

static int check_examples(const struct place *place, const trawl_example *examples, uint32_t n)
{
    if (n > TW_MAX_ELEMENTS || (n && !examples))
        return FAULT(place, "says it has %u examples but gives none", n);
    for (uint32_t i = 0; i < n; i++) {
        if (!tw_lint_is_line(examples[i].line) || !tw_lint_is_line(examples[i].shows))
            return FAULT(place, "example %u is not a line with what it shows", i);
    }
    return TRAWL_OK;
}

/* ---- arguments ---- */

static int check_value(const struct place *place, const trawl_arg *arg, const char *what,
                       const char *text)
{
    uint64_t room;
    trawl_error why = TW_ERROR_INIT;

    if (!text || tw_value_parse(arg, text, &room, &why) == TRAWL_OK)
        return TRAWL_OK;
    return FAULT(place, "%s of argument '%s': %s", what, arg->name, why.message);
}

static int check_storage(const struct place *place, const trawl_arg *arg, size_t opts_size)
{
    size_t size = arg->flags & TRAWL_ARG_REPEATED ? sizeof(trawl_words) : tw_value_size(arg->kind);
    size_t end;

    if (size == 0)
        return FAULT(place, "argument '%s' has the unknown kind %d", arg->name, (int)arg->kind);
    if (arg->storage != size)
        return FAULT(place, "argument '%s' is stored in %zu bytes, its kind takes %zu", arg->name,
                     arg->storage, size);
    if (!tw_add_size(arg->offset, size, &end) || end > opts_size)
        return FAULT(place, "argument '%s' lies outside of the options", arg->name);
    if (arg->offset % TW_MIN(size, sizeof(void *)))
        return FAULT(place, "argument '%s' is not aligned", arg->name);
    return TRAWL_OK;
}

static int check_arg(const struct place *place, const trawl_arg *arg, uint32_t i, size_t opts_size)
{
    bool is_positional = arg->flags & TRAWL_ARG_POSITIONAL;
    trawl_arg plain;
    int rc;

    if (!tw_lint_is_name(arg->name))
        return FAULT(place, "argument %u has no usable name", i);
    if (strcmp(arg->name, "help") == 0)
        return FAULT(place, "argument 'help' is the host's own");
    if (!tw_lint_is_line(arg->help))
        return FAULT(place, "argument '%s' has no help", arg->name);
    if (arg->flags & ~(uint32_t)ARG_FLAGS)
        return FAULT(place, "argument '%s' has unknown flags 0x%x", arg->name, arg->flags);
    rc = check_storage(place, arg, opts_size);
    if (rc != TRAWL_OK)
        return rc;
    if (arg->short_name && !tw_lint_is_letter(arg->short_name))
        return FAULT(place, "argument '%s' has an unusable short name", arg->name);
    if (is_positional && arg->short_name)
        return FAULT(place, "positional argument '%s' has a short name", arg->name);
    if (arg->kind == TRAWL_ARG_FLAG && (arg->flags || arg->def))
        return FAULT(place, "flag '%s' cannot be positional, required, repeated or have a default",
                     arg->name);
    if (arg->def && arg->flags & (TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED))
        return FAULT(place, "argument '%s' is required or repeated and has a default", arg->name);
    if ((arg->min || arg->max) && !tw_value_is_number(arg->kind))
        return FAULT(place, "argument '%s' has a range but is no number", arg->name);
    if (arg->kind == TRAWL_ARG_CHOICE && (!arg->choices || !arg->choices[0]))
        return FAULT(place, "argument '%s' has no choices", arg->name);
    plain = *arg; /* the limits themselves are checked without limits */
    plain.min = plain.max = NULL;
    rc = check_value(place, &plain, "minimum", arg->min);
    if (rc == TRAWL_OK)
        rc = check_value(place, &plain, "maximum", arg->max);
    if (rc == TRAWL_OK)
        rc = check_value(place, arg, "default", arg->def);
    return rc;
}

/* Two arguments of one command: names, members, and the order of positional ones. */
static int check_pair(const struct place *place, const trawl_arg *a, const trawl_arg *b)
{
    bool both = a->flags & b->flags & TRAWL_ARG_POSITIONAL;

    if (strcmp(a->name, b->name) == 0)
        return FAULT(place, "has two arguments '%s'", b->name);
    if (b->short_name && a->short_name == b->short_name)
        return FAULT(place, "arguments '%s' and '%s' are both -%c", a->name, b->name,
                     b->short_name);
    if (a->offset < b->offset + b->storage && b->offset < a->offset + a->storage)
        return FAULT(place, "arguments '%s' and '%s' share memory", a->name, b->name);
    if (both && a->flags & TRAWL_ARG_REPEATED)
        return FAULT(place, "positional argument '%s' follows the repeated '%s'", b->name, a->name);
    if (both && b->flags & TRAWL_ARG_REQUIRED && !(a->flags & TRAWL_ARG_REQUIRED))
        return FAULT(place, "required argument '%s' follows the optional '%s'", b->name, a->name);
    return TRAWL_OK;
}

static int check_args(const struct place *place, const trawl_arg *args, uint32_t n, uint32_t stride,
                      size_t opts_size)
{
    int rc = check_array(place, "argument", args, n, stride, TW_MIN_ARG);

    if (rc == TRAWL_OK && opts_size > TW_MAX_OPTIONS)
        return FAULT(place, "its options take %zu bytes; %d is the most", opts_size,
                     TW_MAX_OPTIONS);
    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const trawl_arg *arg = TW_ELEMENT(trawl_arg, args, stride, i);

        rc = check_arg(place, arg, i, opts_size);
        for (uint32_t j = 0; rc == TRAWL_OK && j < i; j++)
            rc = check_pair(place, TW_ELEMENT(trawl_arg, args, stride, j), arg);
    }
    return rc;
}

/* ---- kinds ---- */

static int check_command(const trawl_command *c, uint32_t i, trawl_error *err)
{
    struct place place;
    int rc;

    place_set(&place, err, "command", tw_lint_is_name(c->name) ? c->name : "?");
    if (!tw_lint_is_name(c->name))
        return FAULT(&place, "number %u has no usable name", i);
    for (uint32_t j = 0; c->aliases && c->aliases[j]; j++) {
        if (j == 16 || !tw_lint_is_alias(c->aliases[j]))
            return FAULT(&place, "alias %u is not usable", j);
    }
    if (!tw_lint_is_name(c->group))
        return FAULT(&place, "has no group");
    if (!tw_lint_is_summary(c->summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    if (c->flags & ~(uint32_t)COMMAND_FLAGS)
        return FAULT(&place, "has unknown flags 0x%x", c->flags);
    if (!(c->flags & (TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SOURCE)))
        return FAULT(&place, "is neither a source nor a filter");
    if (c->flags & TRAWL_COMMAND_SAME_COLUMNS && !(c->flags & TRAWL_COMMAND_FILTER))
        return FAULT(&place, "gives the columns it takes but takes none");
    if (c->flags & TRAWL_COMMAND_SCREEN && !(c->flags & TRAWL_COMMAND_EFFECT))
        return FAULT(&place, "draws on the terminal but has no effect");
    if (!c->run)
        return FAULT(&place, "has no run function");
    if (!c->schema && !c->n_gives &&
        !(c->flags & (TRAWL_COMMAND_SAME_COLUMNS | TRAWL_COMMAND_EFFECT)))
        return FAULT(&place, "does not say which columns it gives");
    rc = check_args(&place, c->args, c->n_args, c->arg_size, c->opts_size);
    if (rc == TRAWL_OK)
        rc = check_columns(&place, c->gives, c->n_gives, c->column_size);
    if (rc == TRAWL_OK)
        rc = check_examples(&place, c->examples, c->n_examples);
    return rc;
}

static int check_dissector(const trawl_dissector *d, uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, "dissector", tw_lint_is_column_name(d->name) ? d->name : "?");
    if (!tw_lint_is_column_name(d->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_column_name(d->layer))
        return FAULT(&place, "does not say which layer it reads");
    if (!d->extract)
        return FAULT(&place, "has no extract function");
    if (tw_is_payload(d)) {
        if (d->size < TW_SIZE_UP_TO(trawl_dissector, keep_bytes))
            return FAULT(&place, "reads payloads and was built for an ABI before 1.1");
        if (!tw_ports_are_valid(d->tcp_ports) || !tw_ports_are_valid(d->udp_ports))
            return FAULT(&place, "has a port that is no number from 0 to 65535 or a range");
        if (d->tcp_ports && !d->message)
            return FAULT(&place, "has TCP ports and no message function");
        if (!d->tcp_ports && !d->udp_ports && !d->probe)
            return FAULT(&place, "has neither ports nor a probe function");
        if (d->state_size > TW_STATE_MOST)
            return FAULT(&place, "wants more than %d bytes of state", TW_STATE_MOST);
    }
    if (!tw_lint_is_line(d->help))
        return FAULT(&place, "has no help");
    return check_fields(&place, d->fields, d->n_fields, d->field_size);
}

static int check_table(const trawl_table_def *t, uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, "table", tw_lint_is_name(t->name) ? t->name : "?");
    if (!tw_lint_is_name(t->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_summary(t->summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    if (!t->build)
        return FAULT(&place, "has no build function");
    if (!t->n_columns)
        return FAULT(&place, "has no columns");
    return check_columns(&place, t->columns, t->n_columns, t->column_size);
}

static int check_derived(const trawl_derived *d, uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, "derived fields", tw_lint_is_column_name(d->name) ? d->name : "?");
    if (!tw_lint_is_column_name(d->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!d->compute)
        return FAULT(&place, "has no compute function");
    if (!d->n_fields)
        return FAULT(&place, "has no fields");
    return check_fields(&place, d->fields, d->n_fields, d->field_size);
}

/* What ABI 1.2 added. */
static int check_metric_since_2(const struct place *place, const trawl_metric *m)
{
    int rc;

    if (m->flags & ~(uint32_t)TRAWL_METRIC_BYTES)
        return FAULT(place, "has unknown flags 0x%x", m->flags);
    for (uint32_t i = 0; m->exprs && i < m->n_columns; i++) {
        if (!m->exprs[i] || (*m->exprs[i] && !tw_lint_is_line(m->exprs[i])))
            return FAULT(place, "expression %u is not a line", i);
    }
    if (m->exprs && (m->on_init || m->on_update || m->on_expire || m->schema))
        return FAULT(place, "has expressions and functions");
    if (m->begin && !m->cleanup)
        return FAULT(place, "begins without a cleanup");
    rc = check_args(place, m->args, m->n_args, m->arg_size, m->opts_size);
    for (uint32_t i = 0; rc == TRAWL_OK && i < m->n_args; i++) {
        const trawl_arg *arg = TW_ELEMENT(trawl_arg, m->args, m->arg_size, i);

        if (arg->flags & (TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED) || arg->kind == TRAWL_ARG_FLAG)
            return FAULT(place, "parameter '%s' is not one value with a name", arg->name);
    }
    return rc;
}

static int check_metric(const trawl_metric *m, uint32_t i, trawl_error *err)
{
    const bool is_new = m->size >= TW_SIZE_UP_TO(trawl_metric, cleanup);
    const bool has_exprs = is_new && m->exprs, has_schema = is_new && m->schema;
    struct place place;
    int rc;

    place_set(&place, err, "flow metric", tw_lint_is_name(m->name) ? m->name : "?");
    if (!tw_lint_is_name(m->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_summary(m->summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    if (is_new) {
        rc = check_metric_since_2(&place, m);
        if (rc != TRAWL_OK)
            return rc;
    }
    if (!has_exprs && (!m->on_init || !m->on_update || !m->on_expire))
        return FAULT(&place, "one of its three functions is missing");
    if (m->state_size > 4096)
        return FAULT(&place, "keeps %zu bytes for each flow; 4096 is the most", m->state_size);
    if (!m->n_columns && !has_schema)
        return FAULT(&place, "has no columns");
    return check_columns(&place, m->columns, m->n_columns, m->column_size);
}

static int check_plot(const trawl_plot *p, uint32_t i, trawl_error *err)
{
    struct place place;
    int rc;

    place_set(&place, err, "plot", tw_lint_is_name(p->name) ? p->name : "?");
    if (!tw_lint_is_name(p->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_summary(p->summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    if (!p->draw)
        return FAULT(&place, "has no draw function");
    if (!(p->flags & (TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SOURCE)) ||
        p->flags & ~(uint32_t)(TRAWL_COMMAND_FILTER | TRAWL_COMMAND_SOURCE))
        return FAULT(&place, "is neither a source nor a filter");
    rc = check_args(&place, p->args, p->n_args, p->arg_size, p->opts_size);
    if (rc == TRAWL_OK)
        rc = check_examples(&place, p->examples, p->n_examples);
    return rc;
}

static int check_writer(const trawl_writer *w, uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, "writer", tw_lint_is_name(w->name) ? w->name : "?");
    if (!tw_lint_is_name(w->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_summary(w->summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    if (w->extension && (w->extension[0] != '.' || !tw_lint_is_name(w->extension + 1)))
        return FAULT(&place, "its extension is not usable");
    if (!w->begin || !w->rows || !w->end)
        return FAULT(&place, "one of its three functions is missing");
    return TRAWL_OK;
}

static int check_reader(const trawl_reader *r, uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, "reader", tw_lint_is_name(r->name) ? r->name : "?");
    if (!tw_lint_is_name(r->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_summary(r->summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    for (size_t j = 0; r->extensions && r->extensions[j]; j++)
        if (r->extensions[j][0] != '.' || !tw_lint_is_name(r->extensions[j] + 1))
            return FAULT(&place, "one of its extensions is not usable");
    if (!r->match || !r->next || !r->describe)
        return FAULT(&place, "one of its three functions is missing");
    return TRAWL_OK;
}

static int check_setting(const trawl_arg *s, uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, "setting", tw_lint_is_name(s->name) ? s->name : "?");
    if (!tw_lint_is_name(s->name))
        return FAULT(&place, "number %u has no usable name", i);
    if (s->kind != TRAWL_ARG_FILE && s->kind != TRAWL_ARG_STRING)
        return FAULT(&place, "is neither a file nor a text");
    if (s->flags || s->choices || s->min || s->max)
        return FAULT(&place, "has flags, choices or a range");
    if (!tw_lint_is_line(s->help) || (s->def && !tw_lint_is_line(s->def)))
        return FAULT(&place, "has no help, or a default that is no line");
    return TRAWL_OK;
}

/* What resolvers and allow lists have alike. */
static int check_named(const char *what, const char *name, const char *summary, bool has_functions,
                       uint32_t i, trawl_error *err)
{
    struct place place;

    place_set(&place, err, what, tw_lint_is_name(name) ? name : "?");
    if (!tw_lint_is_name(name))
        return FAULT(&place, "number %u has no usable name", i);
    if (!tw_lint_is_summary(summary))
        return FAULT(&place, "its summary is not one line without a full stop");
    if (!has_functions)
        return FAULT(&place, "one of its functions is missing");
    return TRAWL_OK;
}

static int check_resolver(const trawl_resolver *r, uint32_t i, trawl_error *err)
{
    return check_named("resolver", r->name, r->summary, r->open && r->resolve && r->close, i, err);
}

static int check_allow(const trawl_allow *a, uint32_t i, trawl_error *err)
{
    return check_named("allow list", a->name, a->summary, a->open && a->allow && a->close, i, err);
}

static int check_analyzer(const trawl_analyzer *a, uint32_t i, trawl_error *err)
{
    struct place place;
    int rc = check_named("analyzer", a->name, a->summary,
                         a->open && a->take && a->merge && a->put && a->close, i, err);

    if (rc != TRAWL_OK)
        return rc;
    place_set(&place, err, "analyzer", a->name);
    if (a->state_size == 0 || a->state_size > TW_MAX_ANALYZER_STATE)
        return FAULT(&place, "its state has %zu bytes, 1 to %d are possible", a->state_size,
                     TW_MAX_ANALYZER_STATE);
    if (a->n_columns == 0)
        return FAULT(&place, "has no columns");
    return check_columns(&place, a->columns, a->n_columns, a->column_size);
}

/* ---- the whole ---- */

static int check_head(const trawl_plugin *p, trawl_error *err)
{
    /* Nothing behind the number that does not fit is read: it may lie elsewhere. */
    if (p->magic != TRAWL_PLUGIN_MAGIC)
        return tw_fail(err, TRAWL_E_PLUGIN, "is no trawl plugin: its descriptor starts with 0x%08x",
                       p->magic);
    if (p->abi_major != TRAWL_ABI_MAJOR || p->abi_minor > TRAWL_ABI_MINOR)
        return tw_fail(err, TRAWL_E_PLUGIN, "needs ABI %u.%u, this trawl has %u.%u", p->abi_major,
                       p->abi_minor, TRAWL_ABI_MAJOR, TRAWL_ABI_MINOR);
    if (p->size < TW_MIN_PLUGIN || p->size > TW_MAX_ELEMENT)
        return tw_fail(err, TRAWL_E_PLUGIN, "its descriptor has %u bytes, ABI 1.0 has %d", p->size,
                       TW_MIN_PLUGIN);
    if (!tw_lint_is_name(p->name))
        return tw_fail(err, TRAWL_E_PLUGIN, "its descriptor has no usable name");
    if (!tw_lint_is_line(p->version) || !tw_lint_is_line(p->licence) ||
        !tw_lint_is_summary(p->summary))
        return tw_fail(err, TRAWL_E_PLUGIN,
                       "its descriptor lacks a version, a licence or a summary");
    return TRAWL_OK;
}

#define CHECK_EACH(plugin, what, word, type, min, check)                         \
    if (rc == TRAWL_OK)                                                          \
        rc = check_array(&place, word, (plugin)->what##s, (plugin)->n_##what##s, \
                         (plugin)->what##_size, min);                            \
    for (uint32_t i = 0; rc == TRAWL_OK && i < (plugin)->n_##what##s; i++)       \
    rc = check(TW_ELEMENT(type, (plugin)->what##s, (plugin)->what##_size, i), i, err)

int tw_plugin_lint(const trawl_plugin *plugin, trawl_error *err)
{
    struct place place;
    int rc = check_head(plugin, err);

    if (rc != TRAWL_OK)
        return rc;
    place = (struct place){.err = err}; /* the plugin itself: no name before the message */
    CHECK_EACH(plugin, command, "command", trawl_command, TW_MIN_COMMAND, check_command);
    CHECK_EACH(plugin, dissector, "dissector", trawl_dissector, TW_MIN_DISSECTOR, check_dissector);
    CHECK_EACH(plugin, table, "table", trawl_table_def, TW_MIN_TABLE, check_table);
    CHECK_EACH(plugin, metric, "flow metric", trawl_metric, TW_MIN_METRIC, check_metric);
    CHECK_EACH(plugin, plot, "plot", trawl_plot, TW_MIN_PLOT, check_plot);
    CHECK_EACH(plugin, writer, "writer", trawl_writer, TW_MIN_WRITER, check_writer);
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, reader_size)) {
        CHECK_EACH(plugin, reader, "reader", trawl_reader, TW_MIN_READER, check_reader);
    }
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, setting_size)) {
        CHECK_EACH(plugin, setting, "setting", trawl_arg, TW_MIN_ARG, check_setting);
    }
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, allow_size)) {
        CHECK_EACH(plugin, resolver, "resolver", trawl_resolver, TW_MIN_RESOLVER, check_resolver);
        CHECK_EACH(plugin, allow, "allow list", trawl_allow, TW_MIN_ALLOW, check_allow);
    }
    if (plugin->size >= TW_SIZE_UP_TO(trawl_plugin, analyzer_size)) {
        CHECK_EACH(plugin, analyzer, "analyzer", trawl_analyzer, TW_MIN_ANALYZER, check_analyzer);
    }
    if (rc == TRAWL_OK)
        rc = check_array(&place, "derived set", plugin->derived, plugin->n_derived,
                         plugin->derived_size, TW_MIN_DERIVED);
    for (uint32_t i = 0; rc == TRAWL_OK && i < plugin->n_derived; i++)
        rc = check_derived(TW_ELEMENT(trawl_derived, plugin->derived, plugin->derived_size, i), i,
                           err);
    return rc;
}
