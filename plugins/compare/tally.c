/* Counts the values of fields: their columns' values or counts, and text of values. Knows nothing
 * of what is done with the counts. */
#include "tally.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "compare.h"
#include "names.h"

struct job {
    trawl_call *call;
    const struct sample *sample;
    struct tally *tallies;
    const size_t *order;
    uint64_t seed;
    unsigned flags;
};

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not count values: no memory");
}

static int count_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct job *job = context;

    (void)i_thread;
    return tally_count(job->sample, job->seed, job->flags, &job->tallies[job->order[i]], err);
}

struct sized {
    uint64_t n_values;
    size_t i;
};

static int by_size(const void *a, const void *b)
{
    const struct sized *x = a, *y = b;

    if (x->n_values != y->n_values)
        return x->n_values > y->n_values ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

const size_t *tally_order(trawl_call *call, const struct tally *tallies, size_t n, trawl_error *err)
{
    struct sized *sizes = host->call_alloc(call, (n + 1) * sizeof(*sizes));
    size_t *order = host->call_alloc(call, (n + 1) * sizeof(*order));

    if (!sizes || !order) {
        no_memory(err);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) {
        sizes[i].i = i;
        for (size_t k = 0; k < tallies[i].n_sources; k++)
            sizes[i].n_values += tallies[i].views[k].size ? tallies[i].views[k].n_rows : 0;
    }
    qsort(sizes, n, sizeof(*sizes), by_size);
    for (size_t i = 0; i < n; i++)
        order[i] = sizes[i].i;
    return order;
}

static int open_field(trawl_call *call, const struct sample *sample, const char *name,
                      struct tally *t, trawl_error *err)
{
    const size_t n = sample->n_sources;

    t->field = name;
    t->names = names_of_field(name);
    t->is_total = strcmp(name, TRAWL_COUNTS_TOTAL) == 0;
    t->n_sources = n;
    t->views = host->call_alloc(call, n * sizeof(*t->views));
    t->tallies = host->call_alloc(call, n * sizeof(*t->tallies));
    return t->views && t->tallies ? TRAWL_OK : no_memory(err);
}

/* The columns of a source that are counted: of_field[k] is whose column i_columns[k] is. */
static size_t columns_of(const struct source *s, const struct tally *tallies, size_t n,
                         size_t *i_columns, size_t *of_field)
{
    size_t n_there = 0;

    for (size_t f = 0; f < n; f++) {
        const int64_t at = host->schema_find(host->schema_of(s->table), tallies[f].field);

        if (at < 0 || tallies[f].is_total)
            continue;
        i_columns[n_there] = (size_t)at;
        of_field[n_there++] = f;
    }
    return n_there;
}

/* What is counted of a source, all columns in one pass. */
struct counting {
    size_t *i_columns, *of_field;
    size_t n;
    trawl_tally_rows rows;
};

static int open_source(trawl_call *call, const struct sample *sample, size_t i_source,
                       const struct tally *tallies, size_t n, unsigned flags, struct counting *c,
                       trawl_tally_job *ret, trawl_error *err)
{
    const struct source *s = &sample->sources[i_source];
    trawl_tally *counted;

    c->i_columns = host->call_alloc(call, (n + 1) * sizeof(*c->i_columns));
    c->of_field = host->call_alloc(call, (n + 1) * sizeof(*c->of_field));
    if (!c->i_columns || !c->of_field)
        return no_memory(err);
    c->n = columns_of(s, tallies, n, c->i_columns, c->of_field);
    c->rows = (trawl_tally_rows){.size = sizeof(c->rows),
                                 .n_slots = s->slot_of_row ? (uint32_t)sample->n_slots : 1,
                                 .n_rows = s->n_rows,
                                 .slot_of_row = s->slot_of_row,
                                 .flags = flags & TALLY_ROWS ? TRAWL_TALLY_SEEN : 0};
    counted = host->call_alloc(call, (c->n + 1) * sizeof(*counted));
    if (!counted)
        return no_memory(err);
    for (size_t k = 0; k < c->n; k++)
        counted[k].size = sizeof(counted[k]);
    *ret = (trawl_tally_job){.size = sizeof(*ret),
                             .table = s->table,
                             .i_columns = c->i_columns,
                             .n = c->n,
                             .rows = &c->rows,
                             .ret = counted};
    return TRAWL_OK;
}

static void take_counts(const struct counting *c, const trawl_tally_job *job, size_t i_source,
                        struct tally *tallies)
{
    for (size_t k = 0; k < c->n; k++) {
        struct tally *t = &tallies[c->of_field[k]];

        t->tallies[i_source] = job->ret[k];
        t->views[i_source] = job->ret[k].values;
        t->type = job->ret[k].values.type;
    }
}

/* All sources; those without a row that is in a slot, or without a field, have nothing to count. */
static int tally_sources(trawl_call *call, const struct sample *sample, struct tally *tallies,
                         size_t n, unsigned flags, trawl_error *err)
{
    struct counting *counting = host->call_alloc(call, (sample->n_sources + 1) * sizeof(*counting));
    trawl_tally_job *jobs = host->call_alloc(call, (sample->n_sources + 1) * sizeof(*jobs));
    size_t n_jobs = 0;
    int rc = counting && jobs ? TRAWL_OK : no_memory(err);

    for (size_t i = 0; i < sample->n_sources && rc == TRAWL_OK; i++) {
        rc = open_source(call, sample, i, tallies, n, flags, &counting[i], &jobs[n_jobs], err);
        n_jobs += rc == TRAWL_OK && counting[i].n && counting[i].rows.n_slots;
    }
    if (rc == TRAWL_OK)
        rc = host->tallies(call, jobs, n_jobs, err);
    n_jobs = 0;
    for (size_t i = 0; i < sample->n_sources && rc == TRAWL_OK; i++) {
        if (counting[i].n && counting[i].rows.n_slots)
            take_counts(&counting[i], &jobs[n_jobs++], i, tallies);
    }
    return rc;
}

int tally_fields(trawl_call *call, const struct sample *sample, const char *const *names, size_t n,
                 unsigned flags, struct tally *ret, trawl_error *err)
{
    struct job job = {.call = call, .sample = sample, .tallies = ret, .flags = flags};
    int rc = TRAWL_OK;

    if (getrandom(&job.seed, sizeof(job.seed), GRND_NONBLOCK) < 0)
        job.seed = (uint64_t)(uintptr_t)call;
    memset(ret, 0, n * sizeof(*ret));
    for (size_t f = 0; f < n && rc == TRAWL_OK; f++)
        rc = open_field(call, sample, names[f], &ret[f], err);
    if (rc == TRAWL_OK)
        rc = tally_sources(call, sample, ret, n, flags, err);
    if (rc != TRAWL_OK || n == 0)
        return rc;
    job.order = tally_order(call, ret, n, err);
    return job.order ? host->parallel(call, n, count_body, &job, err) : TRAWL_E_NOMEM;
}

void tally_free(struct tally *t)
{
    host->free(t->first);
    host->free(t->source);
    host->free(t->cells);
    host->free(t->slot_start);
    host->free(t->sums);
    host->free(t->seen);
    host->free(t->codes);
    memset(t, 0, sizeof(*t));
}

/* ---- text ---- */

/* Texts end at a zero byte, values do not: it becomes the sign for it, U+2400. The length of all,
 * which may be more than there is room for. */
static size_t put_zeros(char *text, size_t n, size_t room)
{
    static const char sign[3] = {(char)0xe2, (char)0x90, (char)0x80};
    size_t n_zeros = 0, all;

    for (size_t i = 0; i < n; i++)
        n_zeros += !text[i];
    all = n + n_zeros * (sizeof(sign) - 1);
    for (size_t from = n, to = all; all <= room && from < to;) {
        if (text[--from]) {
            text[--to] = text[from];
        } else {
            to -= sizeof(sign);
            memcpy(text + to, sign, sizeof(sign));
        }
    }
    return all;
}

/* Bytes of the first `max` characters; bytes that are no UTF-8 may be less than they. */
static size_t end_of(const char *text, size_t n, unsigned max)
{
    const size_t most = 4 * (size_t)max;
    unsigned n_characters = 0;

    for (size_t i = 0; i < n; i++) {
        const unsigned begins = ((unsigned char)text[i] & 0xc0) != 0x80;

        if (i == most || (begins && n_characters == max))
            return i;
        n_characters += begins;
    }
    return n;
}

/* At most `room` bytes of the text, with its name or cut as asked; its length. Any thread. */
static size_t put_value(const struct tally *t, uint32_t value, int with_name, unsigned max,
                        char *ret, size_t room)
{
    const trawl_view *view = t->is_total ? NULL : &t->views[t->source[value]];
    const char *name = with_name && view && t->names >= 0
                           ? names_find(t->names, trawl_view_u64(view, t->first[value]))
                           : NULL;
    size_t n = view ? host->value_text(view, t->first[value], ret, room) : 6;
    size_t n_name = name ? strlen(name) : 0;

    if (!view && room >= n)
        memcpy(ret, "packet", n);
    if (t->type == TRAWL_STRING && n <= room && memchr(ret, 0, n))
        n = put_zeros(ret, n, room);
    if (name && n + n_name + 3 <= room) {
        memcpy(ret + n, " (", 2);
        memcpy(ret + n + 2, name, n_name);
        ret[n + 2 + n_name] = ')';
    }
    n += name ? n_name + 3 : 0;
    if (max && n > max && n <= room) {
        const size_t end = end_of(ret, n, max);

        if (end < n && end + 3 <= room)
            memcpy(ret + end, "...", 3);
        n = end < n ? end + 3 : n;
    }
    return n;
}

static const char *text_of(trawl_call *call, const struct tally *t, uint32_t value, int with_name,
                           unsigned max, trawl_error *err)
{
    char first[256];
    size_t n = put_value(t, value, with_name, 0, first, sizeof(first)); /* whole, then cut */

    for (;;) {
        const size_t room = n + 3;
        char *text = host->call_alloc(call, room + 1);

        if (!text) {
            no_memory(err);
            return NULL;
        }
        n = put_value(t, value, with_name, max, text, room);
        if (n <= room) {
            text[n] = 0;
            return text;
        }
    }
}

const char *tally_raw_text(trawl_call *call, const struct tally *t, uint32_t value,
                           trawl_error *err)
{
    return text_of(call, t, value, 0, 0, err);
}

const char *tally_text(trawl_call *call, const struct tally *t, uint32_t value, unsigned max,
                       trawl_error *err)
{
    return text_of(call, t, value, 1, max, err);
}

struct codes_job {
    struct tally *tallies;
    const size_t *order;
    unsigned max;
    trawl_builder *builder;
    size_t i_column;
};

/* Texts one behind the other. */
struct texts {
    char *data;
    uint64_t n, room;
    uint64_t *ends; /* of the values before: value v lies from ends[v] to ends[v + 1] */
};

/* One more text behind the others, whole and then cut. */
static int add_text(struct texts *texts, const struct tally *t, uint32_t value, unsigned max,
                    trawl_error *err)
{
    for (;;) {
        const size_t left = (size_t)(texts->room - texts->n);
        size_t n = put_value(t, value, 1, 0, texts->data + texts->n, left);

        if (n + 4 <= left) {
            if (max && n > max)
                n = put_value(t, value, 1, max, texts->data + texts->n, left);
            texts->n += n;
            texts->ends[value + 1] = texts->n;
            return TRAWL_OK;
        }
        const uint64_t room = texts->room + texts->room / 2 + n + 4;
        char *more = host->realloc(texts->data, (size_t)room);

        if (!more)
            return no_memory(err);
        texts->data = more;
        texts->room = room;
    }
}

/* One field. */
static int codes_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct codes_job *job = context;
    struct tally *t = &job->tallies[job->order[i]];
    struct texts texts = {.room = 256 + (uint64_t)t->n_values * 16};
    int rc;

    (void)i_thread;
    texts.data = host->alloc((size_t)texts.room);
    texts.ends = host->alloc((size_t)(t->n_values + 1) * sizeof(*texts.ends));
    t->codes = host->alloc((size_t)(t->n_values + 1) * sizeof(*t->codes));
    rc = texts.data && texts.ends && t->codes ? TRAWL_OK : no_memory(err);
    for (uint32_t v = 0; v < t->n_values && rc == TRAWL_OK; v++)
        rc = add_text(&texts, t, v, job->max, err);
    if (rc == TRAWL_OK)
        rc = host->builder_codes(job->builder, job->i_column, texts.data, texts.ends,
                                 (size_t)t->n_values, t->codes, err);
    host->free(texts.data);
    host->free(texts.ends);
    return rc;
}

int tally_codes(trawl_call *call, struct tally *tallies, size_t n, unsigned max,
                trawl_builder *builder, size_t i_column, trawl_error *err)
{
    struct codes_job job = {tallies, tally_order(call, tallies, n, err), max, builder, i_column};

    return job.order ? host->parallel(call, n, codes_body, &job, err) : TRAWL_E_NOMEM;
}
