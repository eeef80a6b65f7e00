/* Puts the fragments of a capture together after the first pass and fills their rows.
 * Must not know conversations or sessions. */
#include "core/dissect/fragments.h"

#include "core/dissect/pass.h"
#include "core/dissect/reassembly.h"

struct resolver {
    struct tw_packets *packets;
    struct tw_events *events;
    struct tw_fetch *fetch;
    struct tw_reassembly *reassembly;
    struct tw_pass pass;
    struct tw_pass_thread *thread;
};

static bool room(void **array, size_t n, size_t *capacity, size_t size)
{
    const size_t more = *capacity ? *capacity * 2 : 16;
    void *grown;

    if (n < *capacity)
        return true;
    grown = tw_realloc_array(*array, more, size);
    if (!grown)
        return false;
    *array = grown;
    *capacity = more;
    return true;
}

/* Ports of a fragment that starts its datagram, though its header shows elsewhere. */
static void early_ports(struct resolver *r, uint64_t row, const struct tw_frame *f)
{
    const uint8_t *p = f->data + f->fragment.at;

    if (f->fragment.offset || f->fragment.len < 4 ||
        (f->proto != 6 && f->proto != 17 && f->proto != 132 && f->proto != 136))
        return;
    r->pass.sport[row] = tw_be16(p);
    r->pass.dport[row] = tw_be16(p + 2);
}

bool tw_part_is_main(const struct tw_packets *packets, const struct tw_part *part)
{
    const uint32_t *src = TW_CELLS(packets->src, const uint32_t);
    const uint32_t *dst = TW_CELLS(packets->dst, const uint32_t);
    const uint8_t *proto = TW_CELLS(packets->proto, const uint8_t);
    const uint32_t row = part->row, whole = part->whole_row;

    return src[row] == src[whole] && dst[row] == dst[whole] &&
           (proto[row] == proto[whole] || proto[row] == 44 /* IPv6 fragment header */);
}

/* Keep the completing frame with the whole datagram behind its headers, and fill its row from it.
 */
static int complete(struct resolver *r, const struct tw_record *record,
                    const struct tw_interface *interface, const struct tw_datagram *datagram,
                    trawl_error *err)
{
    struct tw_fragments *all = &r->packets->fragments;
    const uint32_t row = datagram->rows[datagram->n_rows - 1];
    const uint32_t at = r->thread->frame.fragment.at;
    const uint32_t network_at = r->thread->frame.layers[r->thread->frame.i_network].offset;
    const uint16_t flags = r->pass.flags[row];
    struct tw_whole *whole;
    uint8_t *data;

    if (all->n_bytes + at + datagram->n > TW_WHOLE_BYTES) {
        tw_input_warn(r->packets->input, interface->i_file, row + 1, record->offset, false,
                      "not reassembled", "datagrams beyond %d MiB stay in fragments",
                      TW_WHOLE_BYTES >> 20);
        return TRAWL_OK;
    }
    data = tw_arena_alloc(&all->arena, (size_t)at + datagram->n);
    if (!data ||
        !room((void **)&all->wholes, all->n_wholes, &all->wholes_capacity, sizeof(*all->wholes)))
        return tw_fail_nomem(err);
    memcpy(data, record->data, at);
    memcpy(data + at, datagram->data, datagram->n);
    all->n_bytes += at + datagram->n;
    whole = &all->wholes[all->n_wholes++];
    *whole = (struct tw_whole){
        .row = row, .len = at + datagram->n, .network_at = network_at, .data = data};
    tw_frame_walk_whole(&r->thread->frame, data, whole->len, interface->link_type, network_at);
    tw_pass_fill(&r->pass, row, record);
    r->pass.flags[row] |= flags & TW_FRAME_MALFORMED;
    for (size_t i = 0; i + 1 < datagram->n_rows; i++) {
        const uint32_t part = datagram->rows[i];

        if (!room((void **)&all->parts, all->n_parts, &all->parts_capacity, sizeof(*all->parts)))
            return tw_fail_nomem(err);
        all->parts[all->n_parts++] = (struct tw_part){part, row};
        if (tw_part_is_main(r->packets, &all->parts[all->n_parts - 1])) {
            r->pass.sport[part] = r->pass.sport[row];
            r->pass.dport[part] = r->pass.dport[row];
        }
    }
    if (r->thread->frame.flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED))
        return tw_events_add(r->events, row, &r->thread->frame, network_at, r->packets->addresses,
                             err);
    return TRAWL_OK;
}

static int resolve_row(struct resolver *r, uint64_t row, trawl_error *err)
{
    const struct tw_interface *interface = &r->packets->input->interfaces[r->pass.interface[row]];
    struct tw_frame *f = &r->thread->frame;
    struct tw_record record = {.time_ns = r->pass.time[row],
                               .offset = r->pass.offset[row],
                               .cap_len = r->pass.cap_len[row],
                               .len = r->pass.len[row],
                               .i_interface = r->pass.interface[row]};
    struct tw_datagram_key key;
    struct tw_fragment fragment;
    struct tw_datagram datagram;
    bool is_complete;
    int rc = tw_fetch_bytes(r->fetch, interface->i_file, record.offset, record.cap_len,
                            &record.data, err);

    if (rc != TRAWL_OK)
        return rc;
    tw_frame_walk(f, record.data, record.cap_len, record.len, interface->link_type,
                  interface->fcs_bytes);
    if (!f->fragment.len)
        return TRAWL_OK;
    early_ports(r, row, f);
    key = (struct tw_datagram_key){.src = r->pass.src[row],
                                   .dst = r->pass.dst[row],
                                   .id = f->fragment.id,
                                   .proto = f->flags & TW_FRAME_IPV4 ? f->proto : 0};
    fragment = (struct tw_fragment){.row = (uint32_t)row,
                                    .offset = f->fragment.offset,
                                    .n = f->fragment.len,
                                    .more = f->fragment.more,
                                    .data = record.data + f->fragment.at};
    rc = tw_reassembly_add(r->reassembly, &key, &fragment, &is_complete, &datagram, err);
    if (rc == TRAWL_OK && is_complete)
        rc = complete(r, &record, interface, &datagram, err);
    return rc;
}

int tw_fragments_resolve(struct tw_packets *packets, struct tw_pass_thread *thread,
                         struct tw_events *events, trawl_error *err)
{
    struct resolver r = {.packets = packets, .events = events, .thread = thread};
    const uint16_t *flags = TW_CELLS(packets->flags, const uint16_t);
    int rc = TRAWL_OK;

    tw_pass_init(&r.pass, packets, thread);
    for (uint64_t row = 0; rc == TRAWL_OK && row < packets->n_rows; row++) {
        if (row % 4096 == 0 && tw_cancelled()) {
            rc = tw_fail_cancelled(err);
            break;
        }
        if (!(flags[row] & TW_FRAME_FRAGMENT))
            continue;
        if (!r.fetch) {
            r.fetch = tw_fetch_open(packets->input, err);
            r.reassembly = r.fetch ? tw_reassembly_new(err) : NULL;
            if (!r.reassembly) {
                rc = TRAWL_E_NOMEM;
                break;
            }
        }
        rc = resolve_row(&r, row, err);
    }
    if (rc == TRAWL_OK && thread->error.code)
        rc = tw_fail(err, thread->error.code, "%s", thread->error.message);
    tw_fetch_close(r.fetch);
    tw_reassembly_free(r.reassembly);
    return rc;
}

void tw_fragments_walk(const struct tw_packets *packets, uint64_t row, struct tw_frame *frame)
{
    const struct tw_fragments *all = &packets->fragments;
    const uint16_t i_interface = TW_CELLS(packets->interface, const uint16_t)[row];
    size_t lo = 0, hi = all->n_wholes;

    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;

        if (all->wholes[mid].row < row)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == all->n_wholes || all->wholes[lo].row != row)
        TW_BUG("row %llu completes no datagram", (unsigned long long)row);
    tw_frame_walk_whole(frame, all->wholes[lo].data, all->wholes[lo].len,
                        packets->input->interfaces[i_interface].link_type,
                        all->wholes[lo].network_at);
}

void tw_fragments_fini(struct tw_fragments *fragments)
{
    tw_free(fragments->wholes);
    tw_free(fragments->parts);
    tw_arena_fini(&fragments->arena);
    *fragments = (struct tw_fragments){0};
}
