/* Fields on demand: one parallel pass over the packets that can have them, each range of rows a
 * task. Must not know what the fields mean. */
#include "core/dissect/extract.h"

#include "core/capture/record.h"

enum { ETHERNET = 1, RANGE_LEAST = 1 << 10, RANGE_MOST = 1 << 16 };

/* ---- one row ---- */

int tw_extract_walk(struct tw_extract *x, struct tw_extract_thread *thread, uint64_t row,
                    trawl_packet *packet, trawl_error *err)
{
    const struct tw_packets *p = x->packets;
    const uint16_t i_interface = TW_CELLS(p->interface, const uint16_t)[row];
    const struct tw_interface *interface = &p->input->interfaces[i_interface];
    const uint8_t *data;
    int rc = tw_row_bytes_get(&thread->bytes, p, row, &data, err);

    if (rc != TRAWL_OK)
        return rc;
    *packet = (trawl_packet){.size = sizeof(*packet),
                             .cap_len = TW_CELLS(p->cap_len, const uint32_t)[row],
                             .len = TW_CELLS(p->len, const uint32_t)[row],
                             .link_type = interface->link_type,
                             .row = row,
                             .time_ns = TW_CELLS(p->time, const int64_t)[row],
                             .data = data};
    if (TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_WHOLE)
        tw_fragments_walk(p, row, &thread->frame);
    else if (interface->link_type != ETHERNET || interface->fcs_bytes ||
             !tw_frame_walk_plain(&thread->frame, data, packet->cap_len, packet->len))
        tw_frame_walk(&thread->frame, data, packet->cap_len, packet->len, interface->link_type,
                      interface->fcs_bytes);
    return TRAWL_OK;
}

static void read_layer(const struct tw_wanted *wanted, struct tw_slot_sink *sink,
                       const trawl_packet *packet, uint32_t i_layer)
{
    const trawl_layer layer = tw_frame_layer(sink->tw.frame, i_layer);

    sink->tw.i_layer = i_layer;
    sink->quoted = layer.flags & TRAWL_LAYER_QUOTED;
    wanted->dissector->extract(packet, &layer, &sink->tw.base);
}

/* Which of several readers' records it is. */
static bool is_record_of(const struct tw_frame *frame, const char *name)
{
    const trawl_reader *reader = tw_reader_of_link(frame->link_type);

    return reader && strcmp(reader->name, name) == 0;
}

static void report_malformed(struct tw_extract *x, const struct tw_wanted *wanted,
                             struct tw_slot_sink *sink, uint64_t row)
{
    const struct tw_packets *p = x->packets;

    if (wanted->warn) {
        const struct tw_interface
            *interface = &p->input->interfaces[TW_CELLS(p->interface, const uint16_t)[row]];

        tw_input_warn(p->input, interface->i_file, row + 1,
                      TW_CELLS(p->offset, const uint64_t)[row] + sink->malformed_at, false,
                      "malformed", "%s: %s", wanted->dissector->name, sink->malformed);
    }
    sink->malformed = NULL;
}

/* A protocol is there in the row: counted once. */
static int count_presence(struct tw_extract *x, struct tw_extract_thread *thread, uint32_t i_result,
                          uint64_t row, uint32_t slot, trawl_error *err)
{
    if (thread->row_seen[i_result] == row + 1)
        return TRAWL_OK;
    thread->row_seen[i_result] = row + 1;
    (void)x;
    return tw_counter_add_number(&thread->counters[i_result], slot, (uint32_t)row, 1, err);
}

/* Before a dissector sees something of a row … */
static void open_sink(struct tw_slot_sink *sink, uint64_t row, uint32_t slot)
{
    sink->row = row;
    sink->slot = slot;
    sink->touched = false;
}

/* … and after it has seen what it reads of it. */
static int settle(struct tw_extract *x, struct tw_extract_thread *thread, size_t d,
                  trawl_error *err)
{
    struct tw_slot_sink *sink = &thread->sinks[d];
    const struct tw_wanted *wanted = &x->wanted[d];
    const uint64_t row = sink->row;

    if (sink->malformed)
        report_malformed(x, wanted, sink, row);
    if (sink->error.code)
        return tw_fail_as(err, &sink->error);
    if (x->bits && sink->touched)
        x->bits->words[row / 64] |= UINT64_C(1) << (row % 64);
    if (wanted->i_presence != UINT32_MAX && sink->touched)
        return count_presence(x, thread, wanted->i_presence, row, sink->slot, err);
    return TRAWL_OK;
}

/* The payload dissectors' turn at a row. */
struct payload_turn {
    struct tw_extract *x;
    struct tw_extract_thread *thread;
    const trawl_packet *packet;
    uint32_t slot;
};

static void read_payload(void *context, size_t i_of, const trawl_layer *payload)
{
    const struct payload_turn *turn = context;
    struct tw_extract_thread *thread = turn->thread;
    const size_t d = thread->wanted_of_walk[i_of];
    struct tw_slot_sink *sink = &thread->sinks[d];
    size_t i = 0;

    while (i < thread->n_visited && thread->visited[i] != d)
        i++;
    if (i == thread->n_visited) {
        thread->visited[thread->n_visited++] = d;
        open_sink(sink, turn->packet->row, turn->slot);
        sink->tw.i_layer = thread->frame.n_layers;
    }
    if (!payload) {
        sink->touched = true;
        return;
    }
    sink->tw.i_layer++;
    sink->quoted = payload->flags & TRAWL_LAYER_QUOTED;
    turn->x->wanted[d].dissector->extract(turn->packet, payload, &sink->tw.base);
}

static int read_payloads(struct tw_extract *x, struct tw_extract_thread *thread,
                         const trawl_packet *packet, uint32_t slot, trawl_error *err)
{
    struct payload_turn turn = {x, thread, packet, slot};
    int rc = TRAWL_OK;

    thread->n_visited = 0;
    tw_payload_walk_row(&thread->walk, packet->row, &thread->frame, read_payload, &turn);
    for (size_t i = 0; rc == TRAWL_OK && i < thread->n_visited; i++)
        rc = settle(x, thread, thread->visited[i], err);
    return rc;
}

static int read_layers(struct tw_extract *x, struct tw_extract_thread *thread, uint32_t i_layer,
                       const trawl_packet *packet, uint32_t slot, trawl_error *err)
{
    const uint8_t kind = thread->frame.layers[i_layer].kind;

    for (uint32_t i = x->of_kind[kind]; i < x->of_kind[kind + 1]; i++) {
        const size_t d = x->wanted_of_kind[i];
        int rc;

        if (kind == TW_LAYER_RECORD && !is_record_of(&thread->frame, x->wanted[d].dissector->layer))
            continue;
        open_sink(&thread->sinks[d], packet->row, slot);
        read_layer(&x->wanted[d], &thread->sinks[d], packet, i_layer);
        rc = settle(x, thread, d, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

/* Count the protocols that are layers. */
static int count_layers(struct tw_extract *x, struct tw_extract_thread *thread, uint64_t mask,
                        uint64_t row, uint32_t slot, trawl_error *err)
{
    const uint64_t records = UINT64_C(1) << TW_LAYER_RECORD;
    int rc = TRAWL_OK;

    if (mask & x->mask_kinds & ~records)
        rc = tw_counter_add_number(&thread->masks, slot, (uint32_t)row,
                                   mask & x->mask_kinds & ~records, err);
    for (size_t i = 0; (mask & x->mask_kinds & records) && rc == TRAWL_OK && i < x->n_columns; i++)
        if (x->record_names[i] && is_record_of(&thread->frame, x->record_names[i]))
            rc = count_presence(x, thread, (uint32_t)i, row, slot, err);
    return rc;
}

/* Presence of a layer: is one of the kinds there? */
static void find_layers(struct tw_extract *x, const struct tw_frame *frame, uint64_t row)
{
    for (uint32_t i = 0; i < frame->n_layers; i++) {
        const uint8_t kind = frame->layers[i].kind;

        if ((x->kinds >> kind & 1) && (kind != TW_LAYER_RECORD || is_record_of(frame, x->record)))
            x->bits->words[row / 64] |= UINT64_C(1) << (row % 64);
    }
}

static int read_row(struct tw_extract *x, struct tw_extract_thread *thread, uint64_t row,
                    uint32_t slot, trawl_error *err)
{
    struct tw_frame *frame = &thread->frame;
    uint64_t mask = 0;
    trawl_packet packet;
    int rc = tw_extract_walk(x, thread, row, &packet, err);

    if (rc == TRAWL_OK && x->bits && x->n_wanted == 0)
        find_layers(x, frame, row);
    for (uint32_t i = 0; rc == TRAWL_OK && i < frame->n_layers; i++) {
        const uint64_t kind = UINT64_C(1) << frame->layers[i].kind;

        mask |= kind;
        if (x->kinds & kind)
            rc = read_layers(x, thread, i, &packet, slot, err);
    }
    if (frame->flags & TW_FRAME_RECORD) /* what it says of itself; there is no header */
        mask |= tw_rows_base_kinds(x->packets, row);
    if (rc == TRAWL_OK && (mask & x->mask_kinds))
        rc = count_layers(x, thread, mask, row, slot, err);
    return rc == TRAWL_OK && x->any_payload ? read_payloads(x, thread, &packet, slot, err) : rc;
}

static bool wants_row(struct tw_extract *x, struct tw_extract_thread *thread, uint64_t row)
{
    if (x->row_kinds || x->special_only) {
        if (tw_rows_hit(&x->test, x->packets, row))
            return true;
    }
    if (x->any_tunnel && tw_rows_may_tunnel(x->packets, row))
        return true;
    return x->any_payload && tw_payload_walk_hit(&thread->walk, row);
}

/* Where the values of a range go. */
static void open_range(struct tw_extract *x, struct tw_extract_thread *thread, uint64_t i_range)
{
    struct tw_payload_walk *walk = &thread->walk;

    walk->n = 0;
    for (size_t d = 0; d < x->n_wanted; d++) {
        const struct tw_wanted *wanted = &x->wanted[d];

        if (wanted->is_payload) {
            thread->wanted_of_walk[walk->n] = d;
            walk->of[walk->n++] = tw_payload_of(wanted->dissector, wanted->messages,
                                                i_range * x->range_rows);
        }
        for (uint32_t f = 0; !x->request && f < wanted->dissector->n_fields; f++) {
            struct tw_slot *slot = &thread->slots[wanted->i_slot + f];

            if (slot->is_list && slot->column)
                slot->items = &x->items[i_range * x->n_columns + wanted->i_result[f]];
        }
    }
}

static int read_range(void *context, uint64_t i_range, unsigned i_thread, trawl_error *err)
{
    struct tw_extract *x = context;
    struct tw_extract_thread *thread = &x->threads[i_thread];
    const uint64_t first = i_range * x->range_rows, end = TW_MIN(first + x->range_rows, x->n_rows);
    const uint32_t *slots = x->request ? x->request->rows.slot_of_row : NULL;

    open_range(x, thread, i_range);
    for (uint64_t row = first; row < end; row++) {
        const uint32_t slot = slots ? slots[row] : 0;
        int rc;

        if (slot == UINT32_MAX || !wants_row(x, thread, row))
            continue;
        rc = read_row(x, thread, row, slot, err);
        if (rc != TRAWL_OK)
            return rc;
        if (row % 4096 == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
    }
    atomic_fetch_add_explicit(&tw_progress.done, end - first, memory_order_relaxed);
    return tw_slots_settle(&thread->pending, err);
}

/* ---- the pass ---- */

static uint64_t n_ranges_of(const struct tw_extract *x)
{
    return x->range_rows ? (x->n_rows + x->range_rows - 1) / x->range_rows : 0;
}

static void thread_fini(const struct tw_extract *x, struct tw_extract_thread *thread)
{
    tw_row_bytes_fini(&thread->bytes);
    for (uint32_t i = 0; thread->slots && i < x->n_slots; i++)
        tw_slot_fini(&thread->slots[i]);
    for (size_t i = 0; thread->counters && i < x->n_columns; i++)
        tw_counter_fini(&thread->counters[i]);
    tw_counter_fini(&thread->masks);
    tw_free(thread->slots);
    tw_free(thread->pending.items);
    tw_free(thread->sinks);
    tw_free(thread->walk.of);
    tw_free(thread->wanted_of_walk);
    tw_free(thread->visited);
    tw_free(thread->counters);
    tw_free(thread->row_seen);
}

void tw_extract_fini(struct tw_extract *x)
{
    const uint64_t n_ranges = n_ranges_of(x);

    for (unsigned t = 0; x->threads && t < x->n_threads; t++)
        thread_fini(x, &x->threads[t]);
    tw_free(x->threads);
    for (uint64_t i = 0; x->items && !x->request && i < n_ranges * x->n_columns; i++)
        tw_free(x->items[i].data);
    tw_free(x->items);
    for (size_t d = 0; x->wanted && d < x->n_wanted; d++) {
        tw_free(x->wanted[d].fields);
        tw_free(x->wanted[d].i_result);
    }
    tw_free(x->wanted);
    tw_free(x->wanted_of_kind);
}

/* A dissector's slots and sink, over the columns or counters that are there by now. */
static void open_slots(struct tw_extract *x, struct tw_extract_thread *thread, size_t d)
{
    const struct tw_wanted *wanted = &x->wanted[d];
    const trawl_dissector *dissector = wanted->dissector;
    struct tw_slot_sink *sink = &thread->sinks[d];

    for (uint32_t f = 0; f < dissector->n_fields; f++) {
        const trawl_field *field = tw_dissector_field(dissector, f);
        struct tw_slot *slot = &thread->slots[wanted->i_slot + f];

        tw_slot_init(slot, field->type, field->flags & TRAWL_COLUMN_LIST);
        if (wanted->fields[f] != TW_WANTED_VALUES)
            continue;
        if (x->request)
            slot->counter = &thread->counters[wanted->i_result[f]];
        else if (!x->bits)
            slot->column = x->columns[wanted->i_result[f]];
    }
    tw_slot_sink_init(sink, dissector->n_fields, wanted->fields, thread->slots + wanted->i_slot,
                      &thread->pending, &thread->addresses);
    sink->tw.frame = &thread->frame;
    sink->tw.base_seq = x->packets->base_seq;
    sink->tw.base_seq_context = x->packets->base_seq_context;
}

static int thread_init(struct tw_extract *x, struct tw_extract_thread *thread, trawl_error *err)
{
    const size_t n = x->n_wanted + 1, n_results = x->n_columns + 1;

    thread->slots = tw_alloc_array(x->n_slots + 1, sizeof(*thread->slots));
    thread->pending.items = tw_alloc_array(x->n_slots + 1, sizeof(*thread->pending.items));
    thread->sinks = tw_alloc_array(n, sizeof(*thread->sinks));
    thread->walk = (struct tw_payload_walk){.packets = x->packets, .claims = x->catalogue->claims};
    thread->walk.of = tw_alloc_array(n, sizeof(*thread->walk.of));
    thread->wanted_of_walk = tw_alloc_array(n, sizeof(*thread->wanted_of_walk));
    thread->visited = tw_alloc_array(n, sizeof(*thread->visited));
    if (x->request) {
        thread->counters = tw_alloc_array(n_results, sizeof(*thread->counters));
        thread->row_seen = tw_alloc_array(n_results, sizeof(*thread->row_seen));
    }
    if (!thread->slots || !thread->pending.items || !thread->sinks || !thread->walk.of ||
        !thread->wanted_of_walk || !thread->visited ||
        (x->request && (!thread->counters || !thread->row_seen)))
        return tw_fail_nomem(err);
    for (size_t i = 0; x->request && i < x->n_columns; i++)
        tw_counter_init_rows(&thread->counters[i], x->types[i], &x->request->rows);
    if (x->request)
        tw_counter_init_rows(&thread->masks, TRAWL_U64, &x->request->rows);
    for (size_t d = 0; d < x->n_wanted; d++)
        open_slots(x, thread, d);
    return TRAWL_OK;
}

/* Which dissectors read a kind of layer, in the order in which they are wanted. */
static int list_kinds(struct tw_extract *x, trawl_error *err)
{
    uint32_t n = 0;

    x->wanted_of_kind = tw_alloc_array(x->n_wanted * TW_LAYER_N + 1, sizeof(*x->wanted_of_kind));
    if (!x->wanted_of_kind)
        return tw_fail_nomem(err);
    for (unsigned kind = 0; kind < TW_LAYER_N; kind++) {
        x->of_kind[kind] = n;
        for (size_t d = 0; d < x->n_wanted; d++)
            if (x->wanted[d].kinds >> kind & 1) /* none for payloads */
                x->wanted_of_kind[n++] = (uint32_t)d;
    }
    x->of_kind[TW_LAYER_N] = n;
    return TRAWL_OK;
}

/* Ranges for all threads, few enough that each is worth its while. */
static uint64_t range_rows_for(uint64_t n_rows)
{
    const uint64_t rows = n_rows / (tw_pool_share() * 8) / RANGE_LEAST * RANGE_LEAST;

    return TW_MIN(TW_MAX(rows, (uint64_t)RANGE_LEAST), (uint64_t)RANGE_MOST);
}

static int prepare(struct tw_extract *x, trawl_error *err)
{
    int rc = list_kinds(x, err);

    for (size_t d = 0; rc == TRAWL_OK && d < x->n_wanted; d++) {
        struct tw_wanted *w = &x->wanted[d];

        x->kinds |= w->kinds;
        x->row_kinds |= w->of_tunnels ? 0 : w->kinds;
        x->any_tunnel |= w->of_tunnels;
        if (w->is_payload && w->dissector->message && x->packets->messages)
            rc = x->packets->messages(x->packets->messages_context, w->dissector, &w->messages,
                                      err);
    }
    if (rc == TRAWL_OK && x->any_payload)
        rc = tw_payload_walk_remember(x->packets, x->catalogue->claims, err);
    x->row_kinds |= x->mask_kinds;
    if (!x->special_only)
        x->test = tw_rows_test(x->row_kinds);
    x->range_rows = range_rows_for(x->n_rows);
    return rc;
}

/* Passes over several captures go on at the same time: what they have to do adds up. */
static atomic_uint n_passes;

static void tell_begin(uint64_t n_rows)
{
    if (atomic_fetch_add(&n_passes, 1) > 0) {
        atomic_fetch_add(&tw_progress.total, n_rows);
        return;
    }
    atomic_store(&tw_progress.done, 0);
    atomic_store(&tw_progress.total, n_rows);
    atomic_store(&tw_progress.what, "dissecting");
}

static void tell_end(void)
{
    if (atomic_fetch_sub(&n_passes, 1) == 1)
        atomic_store(&tw_progress.what, NULL);
}

int tw_extract_run(struct tw_extract *x, trawl_error *err)
{
    uint64_t n_ranges;
    int rc = prepare(x, err);

    if (rc != TRAWL_OK)
        return rc;
    n_ranges = n_ranges_of(x);
    x->n_threads = tw_pool_threads();
    x->threads = tw_alloc_array(x->n_threads, sizeof(*x->threads));
    x->items = tw_alloc_array(x->request ? 1 : n_ranges * x->n_columns + 1, sizeof(*x->items));
    if (!x->threads || !x->items)
        return tw_fail_nomem(err);
    for (unsigned t = 0; rc == TRAWL_OK && t < x->n_threads; t++)
        rc = thread_init(x, &x->threads[t], err);
    if (rc != TRAWL_OK)
        return rc;
    tell_begin(x->n_rows);
    rc = tw_pool_run(n_ranges, read_range, x, err);
    tell_end();
    for (size_t d = 0; rc == TRAWL_OK && x->warns && d < x->n_wanted; d++)
        if (tw_hashmap_put(&x->packets->warned, x->wanted[d].dissector->name, x->packets))
            rc = tw_fail_nomem(err);
    tw_input_sort_warnings(x->packets->input);
    return rc;
}

struct tw_wanted *tw_extract_want(struct tw_extract *x, const trawl_dissector *dissector,
                                  trawl_error *err)
{
    struct tw_wanted *w;

    for (size_t d = 0; d < x->n_wanted; d++)
        if (x->wanted[d].dissector == dissector)
            return &x->wanted[d];
    w = &x->wanted[x->n_wanted];
    *w = (struct tw_wanted){.dissector = dissector, .i_slot = x->n_slots, .i_presence = UINT32_MAX};
    w->fields = tw_alloc_array(dissector->n_fields + 1, sizeof(*w->fields));
    w->i_result = tw_alloc_array(dissector->n_fields + 1, sizeof(*w->i_result));
    x->n_wanted++;
    if (!w->fields || !w->i_result) {
        tw_fail_nomem(err);
        return NULL;
    }
    w->is_payload = tw_is_payload(dissector);
    w->of_tunnels = dissector == &tw_dissector_tunnel;
    w->kinds = w->is_payload ? 0 : tw_rows_kinds(dissector->layer);
    x->any_payload |= w->is_payload;
    w->warn = x->warns && !tw_hashmap_get(&x->packets->warned, dissector->name);
    x->n_slots += dissector->n_fields;
    return w;
}

/* ---- columns ---- */

/* Every list has its rows' items put together. */
static int join(struct tw_extract *x, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t c = 0; rc == TRAWL_OK && c < x->n_columns; c++)
        if (x->columns[c]->is_list)
            rc = tw_slot_join(x->columns[c], x->items + c, x->n_columns, n_ranges_of(x), err);
    return rc;
}

static int make_columns(struct tw_extract *x, const uint32_t *fields, trawl_error *err)
{
    for (size_t i = 0; i < x->n_columns; i++) {
        const struct tw_catalogue_field *field = &x->catalogue->fields[fields[i]];
        struct tw_wanted *w;

        if (!field->dissector)
            TW_BUG("field '%s' is not read from packets", field->field->name);
        w = tw_extract_want(x, field->dissector, err);
        x->columns[i] = w ? tw_slot_column(field->field, x->n_rows, x->packets->addresses, err)
                          : NULL;
        if (!x->columns[i])
            return TRAWL_E_NOMEM;
        w->fields[field->i_in_dissector] = TW_WANTED_VALUES;
        w->i_result[field->i_in_dissector] = (uint32_t)i;
    }
    return TRAWL_OK;
}

int tw_packets_extract(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                       const uint32_t *fields, size_t n, struct tw_column **ret, trawl_error *err)
{
    struct tw_extract x = {.packets = packets,
                           .catalogue = catalogue,
                           .n_rows = packets->n_rows,
                           .n_columns = n,
                           .warns = true};
    int rc;

    x.columns = tw_alloc_array(n + 1, sizeof(*x.columns));
    x.wanted = tw_alloc_array(n + 1, sizeof(*x.wanted));
    rc = x.columns && x.wanted ? make_columns(&x, fields, err) : tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = tw_extract_run(&x, err);
    if (rc == TRAWL_OK)
        rc = join(&x, err);
    for (size_t i = 0; x.columns && i < n; i++) {
        if (rc == TRAWL_OK)
            ret[i] = x.columns[i];
        else
            tw_column_release(x.columns[i]);
    }
    tw_extract_fini(&x);
    tw_free(x.columns);
    return rc;
}
