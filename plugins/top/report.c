/* What trtop's reporters leave behind: its screen as a text, and its line for each destination.
 * Knows nothing of segments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"

enum { N_TRTOP = 14, SLOTS = 18, HOST_SLOTS = SLOTS - (N_TRTOP - 1), LEAST = 11 };

static const trawl_column line_column = TRAWL_COLUMN(.name = "text", .type = TRAWL_STRING,
                                                     .flags = TRAWL_COLUMN_PLAIN,
                                                     .help = "a line of the report");

int lines_schema(trawl_schema **ret, trawl_error *err)
{
    *ret = host->schema_from(&line_column, 1, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static trawl_builder *lines_new(trawl_error *err)
{
    trawl_schema *schema = NULL;
    trawl_builder *b = lines_schema(&schema, err) == TRAWL_OK ? host->builder_new(schema, err)
                                                              : NULL;

    host->schema_free(schema);
    return b;
}

/* ---- trtop's screen: eighteen slots of one width, five of them for the host ---- */

struct layout {
    unsigned slot, host;
    char *line;
    size_t n, room;
};

static void pad(struct layout *l, const char *text, unsigned width)
{
    const size_t n = strlen(text);
    const unsigned columns = host->text_width(text, n);

    if (l->n + n + width + 1 > l->room)
        return; /* room was made for the widest */
    memcpy(l->line + l->n, text, n);
    l->n += n;
    for (unsigned i = columns; i < width; i++)
        l->line[l->n++] = ' ';
}

/* The line without what is blank at its end. */
static void put_line(struct layout *l, trawl_builder *b)
{
    while (l->n && l->line[l->n - 1] == ' ')
        l->n--;
    host->put_value(b, l->line, l->n);
    host->end_row(b);
    l->n = 0;
}

static int measure_cells(trawl_call *call, trawl_table *table, struct layout *l, trawl_error *err)
{
    unsigned widest = LEAST - 1, host_width = 0;

    for (uint64_t row = 0; row < host->n_rows(table); row++) {
        for (size_t i = 0; i < N_TRTOP; i++) {
            const char *text = host->cell_text(call, table, i, row, err);
            const unsigned width = text ? host->text_width(text, strlen(text)) : 0;
            unsigned *to = i ? &widest : &host_width;

            if (!text)
                return TRAWL_E_NOMEM;
            *to = width > *to ? width : *to;
        }
    }
    l->slot = widest + 1;
    l->host = HOST_SLOTS * l->slot > host_width ? HOST_SLOTS * l->slot : host_width + 1;
    l->room = ((size_t)l->host + N_TRTOP * (size_t)l->slot) * 4 + 256;
    l->line = host->alloc(l->room);
    return l->line ? TRAWL_OK : top_nomem(err);
}

static void put_head(const struct plan *plan, struct layout *l, const trawl_schema *schema,
                     trawl_builder *b)
{
    static const struct {
        const char *title;
        unsigned n_columns;
    } groups[] = {{"Connections", 8}, {"Transport", 4}, {"Pcap", 1}};
    const struct analysis *a = plan->analysis;

    pad(l, "TCP Remote TOP - analyzer: trawl", 0);
    for (size_t i = 0; a && i < a->n; i++) {
        pad(l, ", ", 0);
        pad(l, a->items[i].of->name, 0);
    }
    put_line(l, b);
    pad(l, "", l->host);
    for (size_t i = 0; i < TRAWL_COUNT(groups); i++)
        pad(l, groups[i].title, groups[i].n_columns * l->slot);
    put_line(l, b);
    for (size_t i = 0; i < N_TRTOP; i++)
        pad(l, host->schema_column(schema, i)->name, i ? l->slot : l->host);
    put_line(l, b);
}

int report_table(trawl_call *call, const struct plan *plan, struct top *top, trawl_table **ret,
                 trawl_error *err)
{
    trawl_table *table = NULL;
    struct layout l = {0};
    trawl_builder *b = NULL;
    int rc = trtop_table(plan, top, &table, err);

    if (rc == TRAWL_OK)
        rc = measure_cells(call, table, &l, err);
    if (rc == TRAWL_OK) {
        b = lines_new(err);
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK)
        put_head(plan, &l, host->schema_of(table), b);
    for (uint64_t row = 0; rc == TRAWL_OK && row < host->n_rows(table); row++) {
        for (size_t i = 0; rc == TRAWL_OK && i < N_TRTOP; i++) {
            const char *text = host->cell_text(call, table, i, row, err);

            if (text)
                pad(&l, text, i ? l.slot : l.host);
            else
                rc = TRAWL_E_NOMEM;
        }
        put_line(&l, b);
    }
    host->release(table);
    host->free(l.line);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}

int report_write(trawl_call *call, const struct plan *plan, struct top *top, const char *prefix,
                 trawl_error *err)
{
    const trawl_write_options options = {.size = sizeof(options), .format = "text"};
    const size_t n = strlen(prefix);
    char *path = host->alloc(n + sizeof(".trtop"));
    trawl_table *lines = NULL;
    int rc = path ? report_table(call, plan, top, &lines, err) : top_nomem(err);

    if (rc == TRAWL_OK) {
        memcpy(path, prefix, n);
        memcpy(path + n, ".trtop", sizeof(".trtop"));
        rc = host->write(call, lines, path, &options, err);
    }
    host->free(path);
    host->release(lines);
    return rc;
}

void report_say(const char *prefix)
{
    host->log(2, "top: the report is in '%s.trtop'", prefix);
}

/* ---- its reporter that appends ---- */

static double ms(int64_t ns)
{
    return (double)ns / 1e6;
}

int append_table(trawl_call *call, const struct plan *plan, struct top *top, trawl_table **ret,
                 trawl_error *err)
{
    trawl_builder *b = lines_new(err);
    struct waiting *order = b ? rows_in_order(plan, top, err) : NULL;
    int rc = order ? TRAWL_OK : TRAWL_E_NOMEM;

    for (size_t i = 0; rc == TRAWL_OK && i < top->all.n; i++) {
        const struct destination *d = order[i].of;
        const struct numbers *n = &d->numbers;
        const struct samples *lat = numbers_of(n, Q_LAT);
        char name[320], text[768];
        double success = 0;

        if (i % 4096 == 0 && host->cancelled(call))
            rc = host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        (void)share_of(n, N_EST, &success);
        key_text(plan, top, d, name, sizeof(name));
        snprintf(text, sizeof(text),
                 "Host: %s attempts: %llu, established: %llu, resets: %llu, success: %.0f%% | "
                 "rate: %.2f/s, mean_time: %.2f, 99th_time: %.2f, min: %.2f, max: %.2f",
                 name, (unsigned long long)n->tallies[N_SYN], (unsigned long long)n->tallies[N_EST],
                 (unsigned long long)n->tallies[N_RST], success, rate_of(n, N_EST, top->end_ns),
                 lat->n ? lat->sum / (double)lat->n / 1e6 : 0,
                 lat->n ? ms(samples_quantile(lat, 0.99)) : 0, lat->n ? ms(lat->min) : 0,
                 lat->n ? ms(lat->max) : 0);
        host->put_text(b, text);
        host->end_row(b);
    }
    host->free(order);
    if (rc == TRAWL_OK)
        return host->finish(b, ret, err);
    host->builder_free(b);
    return rc;
}
