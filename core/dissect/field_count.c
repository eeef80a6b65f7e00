/* How often each value of fields occurs: the pass over packets' bytes with counters instead of
 * columns. Must not know what the fields mean. */
#include "core/dissect/extract.h"

/* A protocol that is no layer is there where its dissector finds a value. */
static int want_presence(struct tw_extract *x, const char *protocol, uint32_t i_result,
                         trawl_error *err)
{
    const uint64_t kinds = tw_rows_kinds(protocol);
    const trawl_dissector *dissector;
    struct tw_wanted *w;

    x->mask_kinds |= kinds;
    if (kinds >> TW_LAYER_RECORD & 1)
        x->record_names[i_result] = protocol;
    if (kinds)
        return TRAWL_OK;
    dissector = tw_catalogue_dissector(x->catalogue, protocol);
    if (!dissector)
        return tw_fail(err, TRAWL_E_NOT_FOUND, "there is no protocol '%s'", protocol);
    w = tw_extract_want(x, dissector, err);
    if (!w)
        return TRAWL_E_NOMEM;
    w->i_presence = i_result;
    for (uint32_t f = 0; f < dissector->n_fields; f++)
        w->fields[f] = w->fields[f] ? w->fields[f] : TW_WANTED_TOUCH;
    return TRAWL_OK;
}

static int want_all(struct tw_extract *x, trawl_type *types, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (uint32_t i = 0; i < x->n_columns && rc == TRAWL_OK; i++) {
        const struct tw_catalogue_field *field = &x->catalogue->fields[x->request->fields[i]];
        struct tw_wanted *w;

        types[i] = field->dissector ? field->field->type : TRAWL_BOOL;
        if (!field->dissector) {
            rc = want_presence(x, field->field->name, i, err);
            continue;
        }
        w = tw_extract_want(x, field->dissector, err);
        if (!w)
            return TRAWL_E_NOMEM;
        w->fields[field->i_in_dissector] = TW_WANTED_VALUES;
        w->i_result[field->i_in_dissector] = i;
    }
    return rc;
}

/* ---- the results ---- */

struct collect {
    struct tw_extract *x;
    const struct tw_tally *masks;
    struct tw_tally **tallies;
};

/* A layer's rows: those of all sets of layers that have it. */
static int collect_layer(const struct collect *c, uint64_t kinds, struct tw_tally **ret,
                         trawl_error *err)
{
    const struct tw_tally *m = c->masks;
    const uint32_t n_slots = c->x->request->rows.n_slots;
    const uint64_t *masks;
    struct tw_seen *seen; /* by slot */
    uint32_t *counts, first = UINT32_MAX;
    int rc = TRAWL_OK;

    masks = m->cells;
    for (uint32_t v = 0; v < m->n_values; v++)
        if (masks[v] & kinds)
            first = TW_MIN(first, m->rows[v]);
    counts = tw_alloc_array(n_slots, sizeof(*counts));
    seen = tw_alloc_array(n_slots, sizeof(*seen));
    if (!counts || !seen)
        rc = tw_fail_nomem(err);
    for (uint32_t s = 0; rc == TRAWL_OK && first != UINT32_MAX && s < n_slots; s++) {
        for (uint64_t i = m->slot_start[s]; i < m->slot_start[s + 1]; i++) {
            if (!(masks[m->counts[i].value] & kinds))
                continue;
            counts[s] += m->counts[i].count;
            if (m->seen)
                tw_seen_add(&seen[s], m->counts[i].count, &m->seen[i]);
        }
    }
    if (rc == TRAWL_OK)
        rc = m->seen ? tw_tally_true_rows(first, seen, n_slots, ret, err)
                     : tw_tally_true(first, counts, n_slots, ret, err);
    tw_free(counts);
    tw_free(seen);
    return rc;
}

static int collect_counters(struct tw_extract *x, size_t i, struct tw_tally **ret, trawl_error *err)
{
    struct tw_counter **parts = tw_alloc_array(x->n_threads, sizeof(*parts));
    int rc;

    if (!parts)
        return tw_fail_nomem(err);
    for (unsigned t = 0; t < x->n_threads; t++)
        parts[t] = i == SIZE_MAX ? &x->threads[t].masks : &x->threads[t].counters[i];
    rc = tw_tally_new(parts, x->n_threads, x->request->rows.n_slots, ret, err);
    tw_free(parts);
    return rc;
}

static int collect_body(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct collect *c = context;
    const struct tw_catalogue_field *field = &c->x->catalogue->fields[c->x->request->fields[i]];
    const uint64_t kinds = field->dissector ? 0 : tw_rows_kinds(field->field->name);

    (void)i_thread;
    return kinds && !c->x->record_names[i] ? collect_layer(c, kinds, &c->tallies[i], err)
                                           : collect_counters(c->x, (size_t)i, &c->tallies[i], err);
}

int tw_packets_count(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                     const struct tw_count_request *request, struct tw_tally **ret,
                     trawl_error *err)
{
    const trawl_tally_rows *rows = &request->rows;
    struct tw_extract x = {.packets = packets,
                           .catalogue = catalogue,
                           .n_rows = TW_MIN(rows->n_rows, packets->n_rows),
                           .n_columns = request->n,
                           .request = request,
                           .warns = !rows->slot_of_row && rows->n_rows >= packets->n_rows};
    trawl_type *types = tw_alloc_array(request->n + 1, sizeof(*types));
    struct tw_tally *masks = NULL;
    struct collect collect = {&x, NULL, ret};
    int rc;

    memset(ret, 0, request->n * sizeof(struct tw_tally *));
    x.types = types;
    x.wanted = tw_alloc_array(request->n + 1, sizeof(*x.wanted));
    x.record_names = tw_alloc_array(request->n + 1, sizeof(*x.record_names));
    rc = types && x.wanted && x.record_names ? want_all(&x, types, err) : tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = tw_extract_run(&x, err);
    if (rc == TRAWL_OK)
        rc = collect_counters(&x, SIZE_MAX, &masks, err);
    collect.masks = masks;
    if (rc == TRAWL_OK)
        rc = tw_pool_run(request->n, collect_body, &collect, err);
    for (size_t i = 0; rc != TRAWL_OK && i < request->n; i++) {
        tw_tally_release(ret[i]);
        ret[i] = NULL;
    }
    tw_tally_release(masks);
    tw_extract_fini(&x);
    tw_free(types);
    tw_free(x.record_names);
    return rc;
}
