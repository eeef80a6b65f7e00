/* Analyzers: what plugins count of a destination's segments, beside what top counts.
 * Knows nothing of captures. */
#include "analyze.h"

#include <string.h>

int analyzers_find(trawl_call *call, const trawl_words *words, struct plan *plan, trawl_error *err)
{
    struct analysis *a;

    if (words->n == 0)
        return TRAWL_OK;
    a = host->call_alloc(call, sizeof(*a) + words->n * sizeof(*a->items));
    if (!a)
        return top_nomem(err);
    a->items = (struct analyzing *)(a + 1);
    for (size_t i = 0; i < words->n; i++) {
        struct analyzing *item = &a->items[i];
        char *name = split_word(words->items[i], &item->argument);

        if (!name)
            return top_nomem(err);
        item->of = host->analyzer(call, name, err);
        if (!item->of)
            host->place(call, words->items[i], strlen(name), err);
        host->free(name);
        if (!item->of)
            return TRAWL_E_USAGE;
        for (size_t k = 0; k < i; k++)
            if (a->items[k].of == item->of)
                return host->fail(err, TRAWL_E_USAGE, "--analyze %s was given twice",
                                  item->of->name);
        item->at = a->state_bytes;
        a->state_bytes += (item->of->state_size + 15) / 16 * 16;
        a->n++;
    }
    plan->analysis = a;
    return TRAWL_OK;
}

int analyzers_open(trawl_call *call, struct analysis *a, trawl_capture *capture, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; a && rc == TRAWL_OK && i < a->n; i++) {
        rc = a->items[i].of->open(call, capture, a->items[i].argument, &a->items[i].run, err);
        a->items[i].is_open = rc == TRAWL_OK;
    }
    return rc;
}

void analyzers_close(struct analysis *a)
{
    for (size_t i = 0; a && i < a->n; i++) {
        if (a->items[i].is_open)
            a->items[i].of->close(a->items[i].run);
        a->items[i].is_open = 0;
    }
}

/* ---- segments ---- */

static int has_states(struct numbers *n, const struct analysis *a)
{
    if (!n->states)
        n->states = host->alloc(a->state_bytes);
    n->analysis = a;
    return n->states != NULL;
}

static int64_t single(const struct samples *s)
{
    return s->n ? samples_at(s, 0) : -1;
}

static void tell(const struct numbers *found, trawl_top_segment *s, struct numbers *n)
{
    const struct analysis *a = n->analysis;

    s->size = sizeof(*s);
    s->lat_ns = single(numbers_of(found, Q_LAT));
    s->rtt_ns = single(numbers_of(found, Q_RTT));
    s->ttfb_ns = single(numbers_of(found, Q_TTFB));
    s->transfer_ns = single(numbers_of(found, Q_TRANSFER));
    s->request_bytes = found->requested;
    s->response_bytes = found->transferred;
    for (size_t i = 0; i < a->n; i++)
        a->items[i].of->take(a->items[i].run, n->states + a->items[i].at, s);
}

/* All of what one segment gave: no measure has more than one value. */
static int add(const struct numbers *found, struct numbers *n)
{
    for (int i = 0; i < N_TALLIES; i++)
        n->tallies[i] += found->tallies[i];
    n->requested += found->requested;
    n->transferred += found->transferred;
    for (int i = 0; i < N_MEASURES; i++)
        if (numbers_of(found, (enum measure)i)->n &&
            samples_add(&n->measures[i], single(found->measures[i]), n->spare) != 0)
            return -1;
    return 0;
}

/* Empty, with the memory that its measures have. */
static void clear(struct numbers *found)
{
    memset(found->tallies, 0, sizeof(found->tallies));
    found->requested = found->transferred = 0;
    for (int i = 0; i < N_MEASURES; i++) {
        if (found->measures[i]) {
            found->measures[i]->n = 0;
            found->measures[i]->sum = 0;
        }
    }
}

int analysis_take(const struct analysis *a, struct session *session, const struct segment *p,
                  uint64_t row, uint32_t stream, struct numbers *scratch, struct numbers *n)
{
    static const struct {
        uint8_t tally;
        uint32_t event;
    } events[] = {{N_SYN, TRAWL_TOP_ATTEMPT},      {N_AGAIN, TRAWL_TOP_AGAIN},
                  {N_SYN_ACK, TRAWL_TOP_ANSWERED}, {N_EST, TRAWL_TOP_ESTABLISHED},
                  {N_RST, TRAWL_TOP_RESET},        {N_REFUSED, TRAWL_TOP_REFUSED},
                  {N_FIN_OUT, TRAWL_TOP_CLOSED},   {N_FIN_IN, TRAWL_TOP_CLOSED},
                  {N_OUT, TRAWL_TOP_REQUEST},      {N_IN, TRAWL_TOP_RESPONSE},
                  {N_ERR, TRAWL_TOP_LACKS}};
    trawl_top_segment s = {.time_ns = p->time_ns,
                           .row = row,
                           .stream = stream,
                           .seq = p->seq,
                           .ack = p->ack,
                           .len = p->len,
                           .tcp_flags = p->flags,
                           .outgoing = p->outgoing};

    clear(scratch);
    if (!has_states(n, a) || session_take(session, p, scratch) != 0)
        return -1;
    for (size_t i = 0; i < TRAWL_COUNT(events); i++)
        s.events |= scratch->tallies[events[i].tally] ? events[i].event : 0;
    tell(scratch, &s, n);
    return add(scratch, n);
}

int analysis_end(const struct analysis *a, struct session *session, uint32_t stream,
                 struct numbers *scratch, struct numbers *n)
{
    trawl_top_segment s = {.events = TRAWL_TOP_END,
                           .row = UINT64_MAX,
                           .stream = stream,
                           .time_ns = session->last_byte_ns};

    clear(scratch);
    if (!has_states(n, a) || session_end(session, scratch) != 0)
        return -1;
    if (numbers_of(scratch, Q_TRANSFER)->n)
        tell(scratch, &s, n);
    return add(scratch, n);
}

int analysis_merge(struct numbers *to, const struct numbers *from)
{
    const struct analysis *a = from->analysis;

    if (!from->states)
        return 0;
    if (!has_states(to, a))
        return -1;
    for (size_t i = 0; i < a->n; i++)
        a->items[i].of->merge(a->items[i].run, to->states + a->items[i].at,
                              from->states + a->items[i].at);
    return 0;
}

/* ---- columns ---- */

int analysis_columns(const struct analysis *a, trawl_schema *schema, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; a && i < a->n; i++) {
        for (size_t k = 0; rc == TRAWL_OK && k < a->items[i].of->n_columns; k++) {
            const trawl_column *column = &a->items[i].of->columns[k];

            if (host->schema_find(schema, column->name) >= 0)
                return host->fail(err, TRAWL_E_USAGE,
                                  "analyzer '%s' has a column '%s', which is there already",
                                  a->items[i].of->name, column->name);
            rc = host->schema_add(schema, column, err);
        }
    }
    return rc;
}

void analysis_put(const struct analysis *a, const struct numbers *n, trawl_builder *b)
{
    for (size_t i = 0; a && i < a->n; i++) {
        if (n->states)
            a->items[i].of->put(host, a->items[i].run, n->states + a->items[i].at, b);
        for (size_t k = 0; !n->states && k < a->items[i].of->n_columns; k++)
            host->put_null(b); /* of a row that only --protocols made */
    }
}
