/* The base pass: every packet of an input becomes a row of the base columns.
 * Must not know fields that are computed later. */
#include "core/dissect/load.h"

/* Columns in the order of tw_packets, so that they are made and freed in one place. */
struct column_of {
    size_t member;
    trawl_type type;
};
static const struct column_of columns_of[] = {
    {offsetof(struct tw_packets, time), TRAWL_TIME},
    {offsetof(struct tw_packets, offset), TRAWL_U64},
    {offsetof(struct tw_packets, len), TRAWL_U32},
    {offsetof(struct tw_packets, cap_len), TRAWL_U32},
    {offsetof(struct tw_packets, interface), TRAWL_U16},
    {offsetof(struct tw_packets, flags), TRAWL_U16},
    {offsetof(struct tw_packets, network), TRAWL_U16},
    {offsetof(struct tw_packets, transport), TRAWL_U16},
    {offsetof(struct tw_packets, proto), TRAWL_U8},
    {offsetof(struct tw_packets, src), TRAWL_IP},
    {offsetof(struct tw_packets, dst), TRAWL_IP},
    {offsetof(struct tw_packets, sport), TRAWL_U16},
    {offsetof(struct tw_packets, dport), TRAWL_U16},
    {offsetof(struct tw_packets, stream), TRAWL_U32},
    {offsetof(struct tw_packets, seq), TRAWL_U32},
    {offsetof(struct tw_packets, ack), TRAWL_U32},
    {offsetof(struct tw_packets, window), TRAWL_U16},
    {offsetof(struct tw_packets, tcp_flags), TRAWL_U16},
    {offsetof(struct tw_packets, payload), TRAWL_U32},
    {offsetof(struct tw_packets, label), TRAWL_U16},
};

static struct tw_column **column_at(struct tw_packets *packets, size_t i)
{
    return (struct tw_column **)(void *)((char *)packets + columns_of[i].member);
}

struct tw_column **tw_packets_base(struct tw_packets *packets, size_t i, trawl_type *ret)
{
    if (i >= TW_COUNT(columns_of))
        return NULL;
    *ret = columns_of[i].type;
    return column_at(packets, i);
}

int tw_load_reserve(void *context, uint64_t n_rows, uint64_t n_rows_guess, trawl_error *err)
{
    struct tw_load *load = context;

    for (size_t i = 0; i < TW_COUNT(columns_of); i++) {
        struct tw_column *column = *column_at(load->packets, i);
        int rc;

        if (column->n_rows == 0)
            tw_region_expect(&column->data, n_rows_guess * tw_type_size(column->type));
        rc = tw_column_resize(column, n_rows, err);
        if (rc)
            return rc;
    }
    load->packets->n_rows = n_rows;
    return TRAWL_OK;
}

/* Ports of a fragment that starts its datagram, though its header shows elsewhere. */
static void early_ports(struct tw_pass *pass, uint64_t row, const struct tw_frame *f)
{
    const uint8_t *p = f->data + f->fragment.at;

    if (f->fragment.offset || f->fragment.len < 4 ||
        (f->proto != 6 && f->proto != 17 && f->proto != 132 && f->proto != 136))
        return;
    pass->sport[row] = tw_be16(p);
    pass->dport[row] = tw_be16(p + 2);
    if (!pass->transport[row])
        pass->flags[row] |= TW_FRAME_NO_STREAM;
}

/* The long way, for a packet that is not plain; at: its row among those staged. */
static int walk_row(struct tw_load *load, struct tw_pass *pass, uint64_t row, size_t at,
                    const struct tw_record *record, const struct tw_interface *interface,
                    unsigned i_thread, trawl_error *err)
{
    struct tw_frame *frame = &pass->thread->frame;

    tw_frame_walk(frame, record->data, record->cap_len, record->len, interface->link_type,
                  interface->fcs_bytes);
    tw_pass_fill(pass, at, record);
    if ((frame->flags & TW_FRAME_FRAGMENT) && frame->fragment.len) {
        early_ports(pass, at, frame);
        if (!tw_fragments_note(&load->found[i_thread], (uint32_t)row, frame))
            return tw_fail_nomem(err);
    }
    if (tw_events_has(frame)) {
        int rc = tw_events_add(&load->events[i_thread], (uint32_t)row, frame, 0,
                               load->packets->addresses, err);
        if (rc)
            return rc;
    }
    if (frame->flags & TW_FRAME_MALFORMED)
        tw_input_warn(load->packets->input, interface->i_file, row + 1,
                      record->offset + frame->malformed_at, false, "malformed", "%s",
                      frame->malformed);
    if (frame->no_link)
        atomic_fetch_or_explicit(&load->no_link[record->i_interface / 64],
                                 UINT64_C(1) << (record->i_interface % 64), memory_order_relaxed);
    return TRAWL_OK;
}

/* At most TW_PASS_ROWS of a block. */
static int load_some(struct tw_load *load, struct tw_pass *pass, uint64_t first_row,
                     const struct tw_record *records, size_t n, unsigned i_thread, trawl_error *err)
{
    const struct tw_interface *interfaces = load->packets->input->interfaces;
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        const struct tw_interface *interface = &interfaces[records[i].i_interface];

        if (!tw_pass_fast(pass, i, &records[i], interface))
            rc = walk_row(load, pass, first_row + i, i, &records[i], interface, i_thread, err);
    }
    tw_pass_store(pass, first_row, n);
    return rc;
}

int tw_load_rows(void *context, uint64_t first_row, const struct tw_record *records, size_t n,
                 unsigned i_thread, trawl_error *err)
{
    struct tw_load *load = context;
    struct tw_pass_thread *thread = &load->threads[i_thread];
    struct tw_pass pass;
    int rc = TRAWL_OK;

    tw_pass_init(&pass, load->packets, thread);
    tw_pass_stage(&pass);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i += TW_PASS_ROWS)
        rc = load_some(load, &pass, first_row + i, records + i, TW_MIN(n - i, (size_t)TW_PASS_ROWS),
                       i_thread, err);
    if (rc == TRAWL_OK && thread->error.code)
        rc = tw_fail_as(err, &thread->error);
    if (rc == TRAWL_OK)
        rc = tw_joiner_post(load->joiner, first_row, n, &load->found[i_thread], err);
    if (rc != TRAWL_OK)
        tw_joiner_stop(load->joiner);
    return rc;
}

void tw_load_warn(struct tw_load *load)
{
    struct tw_input *input = load->packets->input;

    for (size_t i = 0; i < input->n_interfaces; i++)
        if (load->no_link[i / 64] >> (i % 64) & 1)
            tw_input_warn(input, input->interfaces[i].i_file, 0, 0, false, "unknown link type",
                          "interface %u has link type %u: its packets are kept, nothing above the "
                          "frame is read",
                          input->interfaces[i].i_in_file, input->interfaces[i].link_type);
}

struct tw_packets *tw_packets_new(struct tw_input *input, trawl_error *err)
{
    struct tw_packets *packets = tw_alloc(sizeof(*packets));

    if (!packets) {
        tw_fail_nomem(err);
        return NULL;
    }
    packets->input = input;
    packets->addresses = tw_dict_new(TRAWL_IP);
    if (!packets->addresses) {
        tw_fail_nomem(err);
        tw_packets_free(packets);
        return NULL;
    }
    for (size_t i = 0; i < TW_COUNT(columns_of); i++) {
        struct tw_dict *dict = columns_of[i].type == TRAWL_IP ? packets->addresses : NULL;
        struct tw_column *column = tw_column_new(columns_of[i].type, false, 0, dict, err);

        if (!column) {
            tw_packets_free(packets);
            return NULL;
        }
        *column_at(packets, i) = column;
    }
    return packets;
}

void tw_packets_free(struct tw_packets *packets)
{
    if (!packets)
        return;
    for (size_t i = 0; i < TW_COUNT(columns_of); i++)
        tw_column_release(*column_at(packets, i));
    tw_events_fini(&packets->events);
    tw_fragments_fini(&packets->fragments);
    for (size_t i = 0; i < packets->presence.n_entries; i++)
        if (packets->presence.entries[i].key)
            tw_bits_release(packets->presence.entries[i].value);
    tw_hashmap_fini(&packets->presence);
    tw_hashmap_fini(&packets->warned);
    tw_free(packets->owners);
    tw_dict_release(packets->addresses);
    tw_free(packets);
}

void tw_load_free(struct tw_load *load)
{
    if (!load)
        return;
    for (unsigned i = 0; load->events && i <= load->n_threads; i++)
        tw_events_fini(&load->events[i]);
    for (unsigned i = 0; load->found && i < load->n_threads; i++)
        tw_fragments_found_fini(&load->found[i]);
    tw_joiner_free(load->joiner);
    tw_free(load->events);
    tw_free(load->found);
    tw_free(load->threads);
    tw_free(load);
}

struct tw_load *tw_load_new(struct tw_packets *packets, trawl_error *err)
{
    struct tw_load *load = tw_alloc(sizeof(*load));

    if (!load) {
        tw_fail_nomem(err);
        return NULL;
    }
    load->packets = packets;
    load->n_threads = tw_pool_threads();
    load->threads = tw_alloc_array(load->n_threads, sizeof(*load->threads));
    load->events = tw_alloc_array((size_t)load->n_threads + 1, sizeof(*load->events));
    load->found = tw_alloc_array(load->n_threads, sizeof(*load->found));
    load->joiner = tw_joiner_new(packets, err);
    if (load->threads && load->events && load->found && load->joiner)
        return load;
    tw_fail_nomem(err);
    tw_load_free(load);
    return NULL;
}

int tw_packets_load(struct tw_input *input, const struct tw_input_options *options,
                    struct tw_packets **ret, trawl_error *err)
{
    struct tw_packets *packets = tw_packets_new(input, err);
    struct tw_load *load = packets ? tw_load_new(packets, err) : NULL;
    int rc = load ? TRAWL_OK : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK)
        rc = tw_input_read(input, options, tw_load_reserve, tw_load_rows, load, err);
    if (rc == TRAWL_OK) {
        load->events[load->n_threads] = tw_joiner_events(load->joiner);
        rc = tw_events_merge(load->events, load->n_threads + 1, err);
    }
    if (rc == TRAWL_OK) {
        packets->events = load->events[0];
        load->events[0] = (struct tw_events){0};
        tw_dict_settle(packets->addresses);
        tw_load_warn(load);
        tw_input_sort_warnings(input);
        *ret = packets;
        packets = NULL;
    }
    tw_load_free(load);
    tw_packets_free(packets);
    return rc;
}

int tw_row_bytes_get(struct tw_row_bytes *bytes, const struct tw_packets *p, uint64_t row,
                     const uint8_t **ret, trawl_error *err)
{
    const uint16_t i_interface = TW_CELLS(p->interface, const uint16_t)[row];
    const uint32_t i_file = p->input->interfaces[i_interface].i_file;
    struct tw_fetch **fetch = &bytes->fetches[i_file % TW_COUNT(bytes->fetches)];

    if (!*fetch) {
        *fetch = tw_fetch_open(p->input, err);
        if (!*fetch)
            return TRAWL_E_NOMEM;
    }
    return tw_fetch_bytes(*fetch, i_file, TW_CELLS(p->offset, const uint64_t)[row],
                          TW_CELLS(p->cap_len, const uint32_t)[row], ret, err);
}

void tw_row_bytes_fini(struct tw_row_bytes *bytes)
{
    for (size_t i = 0; i < TW_COUNT(bytes->fetches); i++)
        tw_fetch_close(bytes->fetches[i]);
    *bytes = (struct tw_row_bytes){0};
}
