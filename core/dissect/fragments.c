/* Puts the fragments of a capture together while the first pass runs and fills their rows.
 * Must not know conversations or sessions. */
#include "core/dissect/fragments.h"

#include <pthread.h>

#include "core/dissect/pass.h"
#include "core/dissect/reassembly.h"

enum {
    QUEUE_MOST = 32,       /* blocks that may be queued: their fragments' bytes are held */
    FIRST_BYTES = 64 << 10 /* room for the bytes of a block's fragments at first */
};

/* A fragment, its frame copied up to the fragment's last byte. */
struct tw_found {
    uint32_t row;
    uint32_t at;         /* of its frame in the bytes */
    uint32_t network_at; /* in the frame, as fragment_at */
    uint32_t fragment_at;
    uint32_t id, offset, n;
    uint8_t proto; /* as in the key */
    bool more;
};

/* Rows [first, end) that a thread has filled. */
struct posted {
    struct posted *next; /* ascending */
    uint64_t first, end;
    struct tw_fragments_found found;
};

struct tw_joiner {
    struct tw_packets *packets;
    struct tw_reassembly *reassembly; /* from the first fragment on */
    struct tw_events events;
    struct tw_pass_thread *thread;
    pthread_mutex_t lock;
    pthread_cond_t moved;
    /* Under the lock: */
    struct posted *queue;
    size_t n_queued;
    uint64_t next_row; /* rows below are worked off */
    bool busy;         /* a thread works off rows */
    bool stop;
    int code;
    trawl_error error;
};

/* ---- what a block holds ---- */

bool tw_fragments_note(struct tw_fragments_found *found, uint32_t row, const struct tw_frame *f)
{
    const size_t n_bytes = (size_t)f->fragment.at + f->fragment.len;

    if (!tw_grow(&found->items, found->n + 1, &found->capacity, sizeof(*found->items)) ||
        !tw_grow(&found->bytes, TW_MAX(found->n_bytes + n_bytes, (size_t)FIRST_BYTES),
                 &found->bytes_capacity, 1))
        return false;
    memcpy(found->bytes + found->n_bytes, f->data, n_bytes);
    found->items[found->n++] = (struct tw_found){.row = row,
                                                 .at = (uint32_t)found->n_bytes,
                                                 .network_at = f->layers[f->i_network].offset,
                                                 .fragment_at = f->fragment.at,
                                                 .id = f->fragment.id,
                                                 .offset = f->fragment.offset,
                                                 .n = f->fragment.len,
                                                 .proto = f->flags & TW_FRAME_IPV4 ? f->proto : 0,
                                                 .more = f->fragment.more};
    found->n_bytes += n_bytes;
    return true;
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

void tw_fragments_found_fini(struct tw_fragments_found *found)
{
    tw_free(found->items);
    tw_free(found->bytes);
    *found = (struct tw_fragments_found){0};
}

/* ---- putting together ---- */

/* Keep the completing frame with the whole datagram behind its headers, and fill its row from it.
 */
static int complete(struct tw_joiner *joiner, struct tw_pass *pass, const struct tw_found *found,
                    const uint8_t *frame, const struct tw_datagram *datagram, trawl_error *err)
{
    struct tw_fragments *all = &joiner->packets->fragments;
    const uint32_t row = found->row, at = found->fragment_at;
    const struct tw_record record = {.time_ns = pass->time[row],
                                     .offset = pass->offset[row],
                                     .cap_len = pass->cap_len[row],
                                     .len = pass->len[row],
                                     .i_interface = pass->interface[row]};
    const struct tw_interface *interface = &joiner->packets->input->interfaces[record.i_interface];
    const uint16_t flags = pass->flags[row];
    struct tw_whole *whole;
    uint8_t *data;

    if (all->n_bytes + at + datagram->n > TW_WHOLE_BYTES) {
        tw_input_warn(joiner->packets->input, interface->i_file, row + 1, record.offset, false,
                      "not reassembled", "datagrams beyond %d MiB stay in fragments",
                      TW_WHOLE_BYTES >> 20);
        return TRAWL_OK;
    }
    data = tw_arena_alloc(&all->arena, (size_t)at + datagram->n);
    if (!data ||
        !tw_grow(&all->wholes, all->n_wholes + 1, &all->wholes_capacity, sizeof(*all->wholes)))
        return tw_fail_nomem(err);
    memcpy(data, frame, at);
    memcpy(data + at, datagram->data, datagram->n);
    all->n_bytes += at + datagram->n;
    whole = &all->wholes[all->n_wholes++];
    *whole = (struct tw_whole){
        .row = row, .len = at + datagram->n, .network_at = found->network_at, .data = data};
    tw_frame_walk_whole(&joiner->thread->frame, data, whole->len, interface->link_type,
                        whole->network_at);
    tw_pass_fill(pass, row, &record);
    pass->flags[row] |= flags & TW_FRAME_MALFORMED;
    if (!tw_grow(&all->parts, all->n_parts + datagram->n_rows, &all->parts_capacity,
                 sizeof(*all->parts)))
        return tw_fail_nomem(err);
    for (size_t i = 0; i + 1 < datagram->n_rows; i++) {
        const uint32_t part = datagram->rows[i];

        all->parts[all->n_parts++] = (struct tw_part){part, row};
        if (tw_part_is_main(joiner->packets, &all->parts[all->n_parts - 1])) {
            pass->sport[part] = pass->sport[row];
            pass->dport[part] = pass->dport[row];
        }
    }
    if (joiner->thread->frame.flags & (TW_FRAME_TUNNEL | TW_FRAME_QUOTED))
        return tw_events_add(&joiner->events, row, &joiner->thread->frame, whole->network_at,
                             joiner->packets->addresses, err);
    return TRAWL_OK;
}

static int join(struct tw_joiner *joiner, const struct tw_fragments_found *found, trawl_error *err)
{
    struct tw_pass pass;
    int rc = TRAWL_OK;

    if (!found->n)
        return TRAWL_OK;
    if (!joiner->reassembly)
        joiner->reassembly = tw_reassembly_new(err);
    if (!joiner->reassembly)
        return TRAWL_E_NOMEM;
    tw_pass_init(&pass, joiner->packets, joiner->thread);
    for (size_t i = 0; rc == TRAWL_OK && i < found->n; i++) {
        const struct tw_found *f = &found->items[i];
        const uint8_t *frame = found->bytes + f->at;
        const struct tw_datagram_key key = {
            .src = pass.src[f->row], .dst = pass.dst[f->row], .id = f->id, .proto = f->proto};
        const struct tw_fragment fragment = {.row = f->row,
                                             .offset = f->offset,
                                             .n = f->n,
                                             .more = f->more,
                                             .data = frame + f->fragment_at};
        struct tw_datagram datagram;
        bool is_complete;

        rc = tw_reassembly_add(joiner->reassembly, &key, &fragment, &is_complete, &datagram, err);
        if (rc == TRAWL_OK && is_complete)
            rc = complete(joiner, &pass, f, frame, &datagram, err);
    }
    if (rc == TRAWL_OK && joiner->thread->error.code)
        rc = tw_fail_as(err, &joiner->thread->error);
    return rc;
}

/* ---- the order of rows ---- */

struct tw_joiner *tw_joiner_new(struct tw_packets *packets, trawl_error *err)
{
    struct tw_joiner *joiner = tw_alloc(sizeof(*joiner));

    if (joiner)
        joiner->thread = tw_alloc(sizeof(*joiner->thread));
    if (!joiner || !joiner->thread) {
        tw_free(joiner);
        tw_fail_nomem(err);
        return NULL;
    }
    joiner->packets = packets;
    pthread_mutex_init(&joiner->lock, NULL);
    pthread_cond_init(&joiner->moved, NULL);
    return joiner;
}

static void posted_free(struct posted *posted)
{
    tw_fragments_found_fini(&posted->found);
    tw_free(posted);
}

void tw_joiner_free(struct tw_joiner *joiner)
{
    if (!joiner)
        return;
    while (joiner->queue) {
        struct posted *posted = joiner->queue;

        joiner->queue = posted->next;
        posted_free(posted);
    }
    tw_reassembly_free(joiner->reassembly);
    tw_events_fini(&joiner->events);
    tw_free(joiner->thread);
    pthread_cond_destroy(&joiner->moved);
    pthread_mutex_destroy(&joiner->lock);
    tw_free(joiner);
}

void tw_joiner_stop(struct tw_joiner *joiner)
{
    pthread_mutex_lock(&joiner->lock);
    joiner->stop = true;
    pthread_cond_broadcast(&joiner->moved);
    pthread_mutex_unlock(&joiner->lock);
}

struct tw_events tw_joiner_events(struct tw_joiner *joiner)
{
    struct tw_events events = joiner->events;

    joiner->events = (struct tw_events){0};
    return events;
}

/* Work off what is next, as long as it has been posted. Locked. */
static void work_off(struct tw_joiner *joiner)
{
    if (joiner->busy)
        return; /* that thread looks again before it leaves */
    joiner->busy = true;
    while (!joiner->stop && joiner->queue && joiner->queue->first == joiner->next_row) {
        struct posted *posted = joiner->queue;
        trawl_error error = TW_ERROR_INIT;
        int rc;

        joiner->queue = posted->next;
        pthread_mutex_unlock(&joiner->lock);
        rc = join(joiner, &posted->found, &error);
        pthread_mutex_lock(&joiner->lock);
        joiner->next_row = posted->end;
        joiner->n_queued--;
        posted_free(posted);
        if (rc != TRAWL_OK) {
            joiner->code = rc;
            joiner->error = error;
            joiner->stop = true;
        }
        pthread_cond_broadcast(&joiner->moved);
    }
    joiner->busy = false;
}

int tw_joiner_post(struct tw_joiner *joiner, uint64_t first_row, uint64_t n_rows,
                   struct tw_fragments_found *found, trawl_error *err)
{
    struct posted *posted = tw_alloc(sizeof(*posted)), **link = &joiner->queue;
    int rc = TRAWL_OK;

    if (!posted)
        return tw_fail_nomem(err);
    *posted = (struct posted){.first = first_row, .end = first_row + n_rows, .found = *found};
    *found = (struct tw_fragments_found){0};
    pthread_mutex_lock(&joiner->lock);
    while (*link && (*link)->first < first_row)
        link = &(*link)->next;
    posted->next = *link;
    *link = posted;
    joiner->n_queued++;
    work_off(joiner);
    while (joiner->n_queued > QUEUE_MOST && !joiner->stop)
        pthread_cond_wait(&joiner->moved, &joiner->lock);
    if (joiner->code) {
        rc = joiner->code;
        (void)tw_fail_as(err, &joiner->error);
    }
    pthread_mutex_unlock(&joiner->lock);
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
