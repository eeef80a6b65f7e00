/* Fields on demand: one parallel pass over the packets that can have them, each range of rows a
 * task. Must not know what the fields mean. */
#include "core/capture/record.h"
#include "core/dissect/fragments.h"
#include "core/dissect/rows.h"
#include "core/dissect/slot.h"

enum {
    RANGE_ROWS = 1 << 16, /* a multiple of 64, so that ranges share no word of validity */
    MAX_FETCHES = 16
};

/* One dissector that is wanted. */
struct wanted {
    const trawl_dissector *dissector;
    uint64_t kinds;     /* layer kinds that it reads, a bit each */
    uint8_t *fields;    /* per field: is it wanted */
    uint32_t *i_result; /* per field: index of its column */
    uint32_t i_slot;    /* of its first field among a thread's slots */
    bool warn;          /* its first pass reports malformed packets */
    bool is_payload;
    bool of_tunnels; /* reads frames, of which only those with tunnels have its fields */
    const struct tw_messages *messages; /* of a payload dissector over TCP */
};

struct extract_thread {
    struct tw_fetch *fetches[MAX_FETCHES]; /* by file, so that merged files do not jump */
    struct tw_frame frame;
    struct tw_dict_cache addresses;
    struct tw_slot *slots;
    struct tw_slot_sink *sinks;    /* one for each wanted dissector */
    struct tw_payload_walk *walks; /* the same, of the payload dissectors */
};

struct extract {
    struct tw_packets *packets;
    const struct tw_catalogue *catalogue;
    struct wanted *wanted;
    size_t n_wanted;
    uint32_t n_slots;
    struct tw_column **columns;
    size_t n_columns;
    struct tw_items *items; /* [range][column] */
    struct extract_thread *threads;
    unsigned n_threads;
    struct tw_rows test;
    uint64_t kinds;       /* union of the wanted */
    uint64_t row_kinds;   /* the same without tunnels, see tw_rows_may_tunnel() */
    struct tw_bits *bits; /* presence: set where something is there; NULL: fields */
    bool any_payload;     /* some of the wanted read payloads */
    bool any_tunnel;      /* … or are about tunnels */
    bool special_only;    /* presence: plain rows have their answer already */
};

/* ---- one row ---- */

static int fetch_row(struct extract *x, struct extract_thread *thread, uint64_t row,
                     const uint8_t **ret, const struct tw_interface **ret_interface,
                     trawl_error *err)
{
    const struct tw_packets *p = x->packets;
    const struct tw_interface
        *interface = &p->input->interfaces[TW_CELLS(p->interface, const uint16_t)[row]];
    struct tw_fetch **fetch = &thread->fetches[interface->i_file % MAX_FETCHES];

    if (!*fetch) {
        *fetch = tw_fetch_open(p->input, err);
        if (!*fetch)
            return TRAWL_E_NOMEM;
    }
    *ret_interface = interface;
    return tw_fetch_bytes(*fetch, interface->i_file, TW_CELLS(p->offset, const uint64_t)[row],
                          TW_CELLS(p->cap_len, const uint32_t)[row], ret, err);
}

/* Fetch a row and walk its frame. */
static int walk_row(struct extract *x, struct extract_thread *thread, uint64_t row,
                    trawl_packet *packet, trawl_error *err)
{
    const struct tw_packets *p = x->packets;
    const struct tw_interface *interface;
    const uint8_t *data;
    int rc = fetch_row(x, thread, row, &data, &interface, err);

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
    else
        tw_frame_walk(&thread->frame, data, packet->cap_len, packet->len, interface->link_type,
                      interface->fcs_bytes);
    return TRAWL_OK;
}

static void read_layer(const struct wanted *wanted, struct tw_slot_sink *sink,
                       const trawl_packet *packet, uint32_t i_layer)
{
    const struct tw_frame *frame = sink->tw.frame;
    const struct tw_layer *l = &frame->layers[i_layer];
    const trawl_layer layer = {.size = sizeof(layer),
                               .depth = l->depth,
                               .data = frame->data + l->offset,
                               .cap_len = l->cap_len,
                               .len = l->len,
                               .header_len = l->header_len,
                               .flags = l->flags};

    sink->tw.i_layer = i_layer;
    sink->quoted = l->flags & TRAWL_LAYER_QUOTED;
    wanted->dissector->extract(packet, &layer, &sink->tw.base);
}

/* Which of several readers' records it is. */
static bool is_record_of(const struct tw_frame *frame, const trawl_dissector *dissector)
{
    const trawl_reader *reader = tw_reader_of_link(frame->link_type);

    return reader && strcmp(reader->name, dissector->layer) == 0;
}

/* A payload dissector's turn at a row. */
struct payload_turn {
    const struct wanted *wanted;
    struct tw_slot_sink *sink;
    const trawl_packet *packet;
};

static void read_payload(void *context, const trawl_layer *payload)
{
    const struct payload_turn *turn = context;
    struct tw_slot_sink *sink = turn->sink;

    sink->tw.i_layer++;
    sink->quoted = payload->flags & TRAWL_LAYER_QUOTED;
    turn->wanted->dissector->extract(turn->packet, payload, &sink->tw.base);
}

static void report_malformed(struct extract *x, const struct wanted *wanted,
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

/* After a dissector has seen what it reads of a row. */
static int settle(struct extract *x, size_t d, struct tw_slot_sink *sink, uint64_t row,
                  trawl_error *err)
{
    if (sink->malformed)
        report_malformed(x, &x->wanted[d], sink, row);
    if (x->bits && sink->touched)
        x->bits->words[row / 64] |= UINT64_C(1) << (row % 64);
    return sink->error.code ? tw_fail(err, sink->error.code, "%s", sink->error.message) : TRAWL_OK;
}

static int read_payloads(struct extract *x, struct extract_thread *thread, uint64_t row,
                         const trawl_packet *packet, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t d = 0; rc == TRAWL_OK && d < x->n_wanted; d++) {
        struct tw_slot_sink *sink = &thread->sinks[d];
        struct payload_turn turn = {&x->wanted[d], sink, packet};

        if (!x->wanted[d].is_payload)
            continue;
        sink->row = row;
        sink->touched = false;
        sink->tw.i_layer = thread->frame.n_layers;
        tw_payload_walk_row(&thread->walks[d], row, &thread->frame, read_payload, &turn);
        rc = settle(x, d, sink, row, err);
    }
    return rc;
}

static int read_row(struct extract *x, struct extract_thread *thread, uint64_t row,
                    trawl_error *err)
{
    struct tw_frame *frame = &thread->frame;
    trawl_packet packet;
    int rc = walk_row(x, thread, row, &packet, err);

    if (rc != TRAWL_OK)
        return rc;
    for (uint32_t i = 0; i < frame->n_layers; i++) {
        uint64_t kind = UINT64_C(1) << frame->layers[i].kind;

        if (!(x->kinds & kind))
            continue;
        if (x->bits && x->n_wanted == 0) {
            x->bits->words[row / 64] |= UINT64_C(1) << (row % 64);
            return TRAWL_OK;
        }
        for (size_t d = 0; d < x->n_wanted; d++) {
            struct tw_slot_sink *sink = &thread->sinks[d];

            if (!(x->wanted[d].kinds & kind)) /* 0 for payloads */
                continue;
            if (frame->layers[i].kind == TW_LAYER_RECORD &&
                !is_record_of(frame, x->wanted[d].dissector))
                continue;
            sink->row = row;
            sink->touched = false;
            read_layer(&x->wanted[d], sink, &packet, i);
            rc = settle(x, d, sink, row, err);
            if (rc != TRAWL_OK)
                return rc;
        }
    }
    return x->any_payload ? read_payloads(x, thread, row, &packet, err) : TRAWL_OK;
}

static bool wants_row(struct extract *x, struct extract_thread *thread, uint64_t row)
{
    if (x->row_kinds || x->special_only) {
        if (tw_rows_hit(&x->test, x->packets, row))
            return true;
    }
    if (x->any_tunnel && tw_rows_may_tunnel(x->packets, row))
        return true;
    for (size_t d = 0; x->any_payload && d < x->n_wanted; d++)
        if (x->wanted[d].is_payload && tw_payload_walk_hit(&thread->walks[d], row))
            return true;
    return false;
}

static int read_range(void *context, uint64_t i_range, unsigned i_thread, trawl_error *err)
{
    struct extract *x = context;
    struct extract_thread *thread = &x->threads[i_thread];
    uint64_t first = i_range * RANGE_ROWS;
    uint64_t end = TW_MIN(first + RANGE_ROWS, x->packets->n_rows);

    for (size_t d = 0; d < x->n_wanted; d++) {
        const struct wanted *wanted = &x->wanted[d];

        if (wanted->is_payload) {
            tw_payload_walk_init(&thread->walks[d], x->packets, x->catalogue->claims,
                                 wanted->dissector, wanted->messages);
            if (wanted->messages)
                thread->walks[d].i_message = tw_messages_from(wanted->messages, first);
        }
        for (uint32_t f = 0; f < wanted->dissector->n_fields; f++) {
            struct tw_slot *slot = &thread->slots[wanted->i_slot + f];

            slot->row_mark = 0;
            if (slot->is_list && slot->column)
                slot->items = &x->items[i_range * x->n_columns + wanted->i_result[f]];
        }
    }
    for (uint64_t row = first; row < end; row++) {
        int rc;

        if (!wants_row(x, thread, row))
            continue;
        rc = read_row(x, thread, row, err);
        if (rc != TRAWL_OK)
            return rc;
        if (row % 4096 == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
    }
    atomic_fetch_add_explicit(&tw_progress.done, end - first, memory_order_relaxed);
    return TRAWL_OK;
}

/* ---- the pass ---- */

static void extract_fini(struct extract *x)
{
    uint64_t n_ranges = (x->packets->n_rows + RANGE_ROWS - 1) / RANGE_ROWS;

    for (unsigned t = 0; x->threads && t < x->n_threads; t++) {
        for (unsigned i = 0; i < MAX_FETCHES; i++)
            tw_fetch_close(x->threads[t].fetches[i]);
        tw_free(x->threads[t].slots);
        tw_free(x->threads[t].sinks);
        tw_free(x->threads[t].walks);
    }
    tw_free(x->threads);
    for (uint64_t i = 0; x->items && i < n_ranges * x->n_columns; i++)
        tw_free(x->items[i].data);
    tw_free(x->items);
    for (size_t d = 0; x->wanted && d < x->n_wanted; d++) {
        tw_free(x->wanted[d].fields);
        tw_free(x->wanted[d].i_result);
    }
    tw_free(x->wanted);
}

/* A thread's slots and sinks, over the columns that are there by now. */
static int thread_init(struct extract *x, struct extract_thread *thread, trawl_error *err)
{
    thread->slots = tw_alloc_array(x->n_slots + 1, sizeof(*thread->slots));
    thread->sinks = tw_alloc_array(x->n_wanted + 1, sizeof(*thread->sinks));
    thread->walks = tw_alloc_array(x->n_wanted + 1, sizeof(*thread->walks));
    if (!thread->slots || !thread->sinks || !thread->walks)
        return tw_fail_nomem(err);
    for (size_t d = 0; d < x->n_wanted; d++) {
        const struct wanted *wanted = &x->wanted[d];
        const trawl_dissector *dissector = wanted->dissector;
        struct tw_slot_sink *sink = &thread->sinks[d];

        for (uint32_t f = 0; f < dissector->n_fields; f++) {
            const trawl_field *field = tw_dissector_field(dissector, f);
            struct tw_slot *slot = &thread->slots[wanted->i_slot + f];

            slot->type = field->type;
            slot->is_list = field->flags & TRAWL_COLUMN_LIST;
            if (wanted->fields[f] && !x->bits)
                slot->column = x->columns[wanted->i_result[f]];
        }
        tw_slot_sink_init(sink, dissector->n_fields, wanted->fields, thread->slots + wanted->i_slot,
                          &thread->addresses);
        sink->tw.frame = &thread->frame;
        sink->tw.base_seq = x->packets->base_seq;
        sink->tw.base_seq_context = x->packets->base_seq_context;
    }
    return TRAWL_OK;
}

static int run(struct extract *x, trawl_error *err)
{
    uint64_t n_ranges = (x->packets->n_rows + RANGE_ROWS - 1) / RANGE_ROWS;
    int rc = TRAWL_OK;

    for (size_t d = 0; rc == TRAWL_OK && d < x->n_wanted; d++) {
        struct wanted *w = &x->wanted[d];

        x->kinds |= w->kinds;
        x->row_kinds |= w->of_tunnels ? 0 : w->kinds;
        x->any_tunnel |= w->of_tunnels;
        if (w->is_payload && w->dissector->message && x->packets->messages)
            rc = x->packets->messages(x->packets->messages_context, w->dissector, &w->messages,
                                      err);
    }
    if (rc != TRAWL_OK)
        return rc;
    if (!x->special_only)
        x->test = tw_rows_test(x->row_kinds);
    x->n_threads = tw_pool_threads();
    x->threads = tw_alloc_array(x->n_threads, sizeof(*x->threads));
    x->items = tw_alloc_array(n_ranges * x->n_columns + 1, sizeof(*x->items));
    if (!x->threads || !x->items)
        return tw_fail_nomem(err);
    for (unsigned t = 0; rc == TRAWL_OK && t < x->n_threads; t++)
        rc = thread_init(x, &x->threads[t], err);
    if (rc != TRAWL_OK)
        return rc;
    atomic_store(&tw_progress.done, 0);
    atomic_store(&tw_progress.total, x->packets->n_rows);
    atomic_store(&tw_progress.what, "dissecting");
    rc = tw_pool_run(n_ranges, read_range, x, err);
    atomic_store(&tw_progress.what, NULL);
    for (size_t c = 0; rc == TRAWL_OK && c < x->n_columns; c++)
        if (x->columns[c]->is_list)
            rc = tw_slot_join(x->columns[c], x->items + c, x->n_columns, n_ranges, err);
    for (size_t d = 0; rc == TRAWL_OK && d < x->n_wanted; d++)
        if (tw_hashmap_put(&x->packets->warned, x->wanted[d].dissector->name, x->packets))
            rc = tw_fail_nomem(err);
    tw_input_sort_warnings(x->packets->input);
    return rc;
}

/* The entry of a dissector among the wanted, made when it is not there. */
static struct wanted *want(struct extract *x, const trawl_dissector *dissector, trawl_error *err)
{
    struct wanted *w;

    for (size_t d = 0; d < x->n_wanted; d++)
        if (x->wanted[d].dissector == dissector)
            return &x->wanted[d];
    w = &x->wanted[x->n_wanted];
    *w = (struct wanted){.dissector = dissector, .i_slot = x->n_slots};
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
    w->warn = !tw_hashmap_get(&x->packets->warned, dissector->name);
    x->n_slots += dissector->n_fields;
    return w;
}

int tw_packets_extract(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                       const uint32_t *fields, size_t n, struct tw_column **ret, trawl_error *err)
{
    struct extract x = {.packets = packets, .catalogue = catalogue, .n_columns = n};
    int rc = TRAWL_OK;

    x.columns = tw_alloc_array(n + 1, sizeof(*x.columns));
    x.wanted = tw_alloc_array(n + 1, sizeof(*x.wanted));
    if (!x.columns || !x.wanted)
        rc = tw_fail_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const struct tw_catalogue_field *field = &catalogue->fields[fields[i]];
        struct wanted *w;

        if (!field->dissector)
            TW_BUG("field '%s' is not read from packets", field->field->name);
        w = want(&x, field->dissector, err);
        x.columns[i] = w ? tw_slot_column(field->field, packets->n_rows, packets->addresses, err)
                         : NULL;
        if (!x.columns[i]) {
            rc = TRAWL_E_NOMEM;
            break;
        }
        w->fields[field->i_in_dissector] = 1;
        w->i_result[field->i_in_dissector] = (uint32_t)i;
    }
    if (rc == TRAWL_OK)
        rc = run(&x, err);
    for (size_t i = 0; x.columns && i < n; i++) {
        if (rc == TRAWL_OK)
            ret[i] = x.columns[i];
        else
            tw_column_release(x.columns[i]);
    }
    extract_fini(&x);
    tw_free(x.columns);
    return rc;
}

/* ---- messages ---- */

struct message_turn {
    int (*body)(void *context, const trawl_packet *packet, const trawl_layer *message,
                trawl_error *err);
    void *context;
    const trawl_packet *packet;
    int rc;
    trawl_error *err;
};

static void hand_over(void *context, const trawl_layer *payload)
{
    struct message_turn *turn = context;

    if (turn->rc == 0)
        turn->rc = turn->body(turn->context, turn->packet, payload, turn->err);
}

int tw_packets_messages(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                        const trawl_dissector *dissector,
                        int (*body)(void *context, const trawl_packet *packet,
                                    const trawl_layer *message, trawl_error *err),
                        void *context, trawl_error *err)
{
    struct extract x = {.packets = packets, .catalogue = catalogue};
    struct extract_thread *thread = tw_alloc(sizeof(*thread));
    struct message_turn turn = {.body = body, .context = context, .err = err};
    const struct tw_messages *messages = NULL;
    struct tw_payload_walk walk;

    if (!thread)
        return tw_fail_nomem(err);
    if (dissector->message && packets->messages)
        turn.rc = packets->messages(packets->messages_context, dissector, &messages, err);
    tw_payload_walk_init(&walk, packets, catalogue->claims, dissector, messages);
    for (uint64_t row = 0; turn.rc == 0 && row < packets->n_rows; row++) {
        trawl_packet packet;

        if (row % 4096 == 0 && tw_cancelled())
            turn.rc = tw_fail_cancelled(err);
        if (turn.rc != 0 || !tw_payload_walk_hit(&walk, row))
            continue;
        turn.rc = walk_row(&x, thread, row, &packet, err);
        turn.packet = &packet;
        if (turn.rc == 0)
            tw_payload_walk_row(&walk, row, &thread->frame, hand_over, &turn);
    }
    for (unsigned i = 0; i < MAX_FETCHES; i++)
        tw_fetch_close(thread->fetches[i]);
    tw_free(thread);
    return turn.rc;
}

/* ---- presence ---- */

/* Rows without tunnels, quotes or damage are answered by the base columns alone. */
static void answer_from_base(struct extract *x, uint64_t kinds)
{
    const struct tw_packets *p = x->packets;
    struct tw_rows test = tw_rows_test(kinds);
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    bool of_transport = !test.families;

    for (uint64_t row = 0; row < p->n_rows; row++) {
        bool has = of_transport ? test.protos[proto[row]] : (flags[row] & test.families) != 0;

        if (has && !(flags[row] & TW_ROWS_SPECIAL))
            x->bits->words[row / 64] |= UINT64_C(1) << (row % 64);
    }
}

/* Kinds that a plain row has exactly when its protocol number or family says so. */
static bool known_to_base(uint64_t kinds)
{
    const uint64_t known = UINT64_C(1) << TW_LAYER_IP | UINT64_C(1) << TW_LAYER_IPV6 |
                           UINT64_C(1) << TW_LAYER_ICMP | UINT64_C(1) << TW_LAYER_ICMPV6 |
                           UINT64_C(1) << TW_LAYER_IGMP | UINT64_C(1) << TW_LAYER_TCP |
                           UINT64_C(1) << TW_LAYER_UDP | UINT64_C(1) << TW_LAYER_UDPLITE |
                           UINT64_C(1) << TW_LAYER_SCTP | UINT64_C(1) << TW_LAYER_DCCP;

    return kinds && !(kinds & ~known);
}

/* A protocol that is no layer is there where its dissector finds a value. */
static int presence_pass(struct extract *x, const struct tw_catalogue *catalogue,
                         const char *protocol, trawl_error *err)
{
    uint64_t kinds = tw_rows_kinds(protocol);

    x->wanted = tw_alloc_array(1, sizeof(*x->wanted));
    if (!x->wanted)
        return tw_fail_nomem(err);
    if (kinds) {
        if (known_to_base(kinds)) {
            answer_from_base(x, kinds);
            x->special_only = true;
        }
        x->kinds = x->row_kinds = kinds;
    } else {
        const trawl_dissector *dissector = tw_catalogue_dissector(catalogue, protocol);
        struct wanted *w;

        if (!dissector)
            return tw_fail(err, TRAWL_E_NOT_FOUND, "there is no protocol '%s'", protocol);
        w = want(x, dissector, err);
        if (!w)
            return TRAWL_E_NOMEM;
        memset(w->fields, 1, dissector->n_fields);
    }
    return run(x, err);
}

struct tw_bits *tw_packets_presence(struct tw_packets *packets,
                                    const struct tw_catalogue *catalogue, const char *protocol,
                                    trawl_error *err)
{
    struct extract x = {.packets = packets, .catalogue = catalogue};
    struct tw_bits *kept = tw_hashmap_get(&packets->presence, protocol);
    int rc;

    if (kept)
        return tw_bits_retain(kept);
    x.bits = tw_bits_new(packets->n_rows, err);
    if (!x.bits)
        return NULL;
    rc = presence_pass(&x, catalogue, protocol, err);
    if (rc == TRAWL_OK && tw_hashmap_put(&packets->presence, protocol, x.bits))
        rc = tw_fail_nomem(err);
    extract_fini(&x);
    if (rc != TRAWL_OK) {
        tw_bits_release(x.bits);
        return NULL;
    }
    return tw_bits_retain(x.bits);
}
