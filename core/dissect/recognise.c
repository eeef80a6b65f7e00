/* Conversations of datagrams that are told by one of their first. Must not know what payloads
 * mean. */
#include "core/base/task.h"
#include "core/dissect/packets.h"

enum {
    UDP = 17,
    ASKED_MOST = 16, /* datagrams of a conversation, as of TCP's connections */
    CHUNK = 1 << 10  /* of them that a thread takes at a time */
};

/* One of the first datagrams of a conversation whose ports nobody claims. */
struct first {
    uint32_t row, stream;
    uint8_t owner; /* TW_OWNER_FIRST + place among the claims; 0: nobody who stays */
};

struct recognise {
    const struct tw_packets *packets;
    const struct tw_claims *claims;
    struct first *firsts; /* by row */
    size_t n, capacity;
    uint8_t *asked; /* by stream: ASKED_MOST, or how many of its datagrams are among firsts */
    size_t n_streams;
    struct tw_row_bytes *bytes; /* one a thread */
};

static bool is_datagram(const struct tw_packets *p, uint64_t row)
{
    return TW_CELLS(p->proto, const uint8_t)[row] == UDP &&
           TW_CELLS(p->transport, const uint16_t)[row] != 0 &&
           TW_CELLS(p->stream, const uint32_t)[row] != UINT32_MAX &&
           !(TW_CELLS(p->flags, const uint16_t)[row] & (TW_FRAME_WHOLE | TW_FRAME_RECORD));
}

static bool room_for(struct recognise *r, uint32_t stream)
{
    size_t n = TW_MAX(r->n_streams, (size_t)64);
    uint8_t *asked;

    while (n <= stream)
        n *= 2;
    asked = tw_realloc_array(r->asked, n, sizeof(*asked));
    if (!asked)
        return false;
    memset(asked + r->n_streams, 0, n - r->n_streams);
    r->asked = asked;
    r->n_streams = n;
    return true;
}

static int list_firsts(struct recognise *r, trawl_error *err)
{
    const struct tw_packets *p = r->packets;
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint32_t *streams = TW_CELLS(p->stream, const uint32_t);
    const uint16_t *sport = TW_CELLS(p->sport, const uint16_t);
    const uint16_t *dport = TW_CELLS(p->dport, const uint16_t);
    const uint64_t n_rows = p->n_rows;

    for (uint64_t row = 0; row < n_rows; row++) {
        const uint32_t stream = streams[row];

        if (proto[row] != UDP || stream == UINT32_MAX)
            continue;
        if (stream >= r->n_streams && !room_for(r, stream))
            return tw_fail_nomem(err);
        if (r->asked[stream] == 0 && tw_claims_find(r->claims, UDP, sport[row], dport[row]))
            r->asked[stream] = ASKED_MOST;
        if (r->asked[stream] == ASKED_MOST || !is_datagram(p, row))
            continue;
        if (!tw_grow(&r->firsts, r->n + 1, &r->capacity, sizeof(*r->firsts)))
            return tw_fail_nomem(err);
        r->asked[stream]++;
        r->firsts[r->n++] = (struct first){.row = (uint32_t)row, .stream = stream};
    }
    return TRAWL_OK;
}

static uint8_t owner_of(const struct tw_claims *claims, const trawl_layer *payload)
{
    const trawl_dissector *owner = tw_claims_probe(claims, payload);

    for (unsigned i = 0; owner && i < claims->n_dissectors; i++)
        if (claims->dissectors[i] == owner && owner->flags & TRAWL_DISSECTOR_STAYS)
            return (uint8_t)(i + TW_OWNER_FIRST <= UINT8_MAX ? i + TW_OWNER_FIRST : 0);
    return 0;
}

static int ask_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    struct recognise *r = context;
    const struct tw_packets *p = r->packets;
    const size_t start = (size_t)i_chunk * CHUNK, end = TW_MIN(r->n, start + CHUNK);

    if (tw_cancelled())
        return tw_fail_cancelled(err);
    for (size_t i = start; i < end; i++) {
        const uint64_t row = r->firsts[i].row;
        const uint32_t at = (uint32_t)TW_CELLS(p->transport, const uint16_t)[row] + 8;
        const uint32_t n = TW_CELLS(p->cap_len, const uint32_t)[row];
        const uint32_t len = TW_CELLS(p->payload, const uint32_t)[row];
        const uint8_t *data;
        int rc = tw_row_bytes_get(&r->bytes[i_thread], p, row, &data, err);

        if (rc != TRAWL_OK)
            return rc;
        if (n > at && len) {
            const trawl_layer payload = {.size = sizeof(payload),
                                         .data = data + at,
                                         .cap_len = TW_MIN(n - at, len),
                                         .len = len,
                                         .carrier = UDP,
                                         .src_port = TW_CELLS(p->sport, const uint16_t)[row],
                                         .dst_port = TW_CELLS(p->dport, const uint16_t)[row],
                                         .stream = r->firsts[i].stream};

            r->firsts[i].owner = owner_of(r->claims, &payload);
        }
    }
    return TRAWL_OK;
}

/* From the first datagram that was recognised on, the conversation is that one's. */
static void spread(struct recognise *r, _Atomic uint8_t *owners)
{
    size_t i = 0;

    memset(r->asked, 0, r->n_streams);
    for (uint64_t row = 0; row < r->packets->n_rows; row++) {
        const uint32_t stream = TW_CELLS(r->packets->stream, const uint32_t)[row];

        if (i < r->n && r->firsts[i].row == row) {
            if (!r->asked[stream])
                r->asked[stream] = r->firsts[i].owner;
            i++;
        }
        if (is_datagram(r->packets, row) && r->asked[stream])
            atomic_store_explicit(&owners[row], r->asked[stream], memory_order_relaxed);
    }
}

int tw_payload_recognise(struct tw_packets *packets, const struct tw_claims *claims,
                         trawl_error *err)
{
    struct recognise r = {.packets = packets, .claims = claims};
    const unsigned n_threads = tw_pool_threads();
    bool any = false;
    int rc;

    for (unsigned i = 0; i < claims->n_dissectors; i++)
        any |= (claims->dissectors[i]->flags & TRAWL_DISSECTOR_STAYS) != 0;
    if (!any)
        return TRAWL_OK;
    rc = list_firsts(&r, err);
    if (rc == TRAWL_OK && r.n) {
        r.bytes = tw_alloc_array(n_threads, sizeof(*r.bytes));
        rc = r.bytes ? tw_pool_run((r.n + CHUNK - 1) / CHUNK, ask_chunk, &r, err)
                     : tw_fail_nomem(err);
    }
    any = false;
    for (size_t i = 0; rc == TRAWL_OK && i < r.n; i++)
        any |= r.firsts[i].owner != 0;
    if (any)
        spread(&r, packets->owners);
    for (unsigned i = 0; r.bytes && i < n_threads; i++)
        tw_row_bytes_fini(&r.bytes[i]);
    tw_free(r.bytes);
    tw_free(r.firsts);
    tw_free(r.asked);
    return rc;
}
