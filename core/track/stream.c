/* Segments to byte streams to messages: one shard a thread, each walking all rows in order and
 * taking the connections that are its own. Must not know tables or sessions. */
#include "core/track/stream.h"

#include <stdlib.h>

#include "core/base/task.h"
#include "core/track/half.h"

enum {
    EARLY_MOST = 512, /* segments that wait for an earlier one */
    EARLY_BYTES = 1 << 20,
    CANCEL_ROWS = 1 << 12,
    PROXIES_MOST = 4, /* one within the other */
    ASKED_MOST = 16,  /* segments whose first bytes may be some dissector's */
    FLAG_FIN = 1,
    FLAG_SYN = 2,
    FLAG_ACK = 16
};
/* Owner of a connection, by its ports. */
enum { OTHER = 0, OURS = 1, ASK = 2 };

struct connection {
    struct half half[2];
    const trawl_dissector *reader; /* the build's own, or one that may hand over to it */
    struct connection *inner;      /* what a proxy opened: its halves have bytes, no numbers */
    unsigned depth;
    unsigned n_asked; /* times, whose it is */
    bool asked;       /* it is known */
    _Alignas(16) uint8_t state[];
};

struct shard {
    struct connection **connections; /* by stream / number of shards */
    struct tw_row_bytes bytes;
    struct found found;
    struct tw_frame frame;
};

struct build {
    const struct tw_packets *packets;
    const struct tw_conversations *conversations;
    const struct tw_claims *claims;
    const trawl_dissector *dissector;
    size_t state_size; /* the largest of those that may read */
    uint8_t *owners;   /* by stream */
    unsigned n_shards;
    struct shard *shards;
};

/* ---- segments ---- */

static int keep_early(struct half *half, const struct piece *piece, uint32_t seq, uint32_t missing,
                      trawl_error *err)
{
    struct early *early = tw_alloc(sizeof(*early) + piece->n), **link = &half->early;

    if (!early)
        return tw_fail_nomem(err);
    early->seq = seq;
    early->n = piece->n;
    early->missing = missing;
    early->row = piece->row;
    if (piece->n) /* of a cut segment nothing may be there */
        memcpy(early->data, piece->data, piece->n);
    if (half->early && (int32_t)(half->last_early->seq - seq) <= 0)
        link = &half->last_early->next;
    while (*link && (int32_t)((*link)->seq - seq) <= 0)
        link = &(*link)->next;
    early->next = *link;
    *link = early;
    if (!early->next)
        half->last_early = early;
    half->n_early++;
    half->early_bytes += piece->n;
    return TRAWL_OK;
}

/* ---- whose bytes they are ---- */

/* Whose the connection is that begins with these bytes. False: nobody's that matters here. */
static bool decide(const struct build *build, struct connection *c, const struct piece *piece)
{
    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = piece->data,
                                 .cap_len = piece->n,
                                 .len = piece->n,
                                 .carrier = 6,
                                 .direction = piece->dir,
                                 .src_port = piece->sport,
                                 .dst_port = piece->dport,
                                 .stream = piece->stream};

    /* The ports are the proxy's: what it opened is told by its bytes alone. */
    c->reader = c->depth ? tw_claims_probe(build->claims, &payload)
                         : tw_claims_decide(build->claims, &payload);
    c->asked = c->reader || ++c->n_asked == ASKED_MOST;
    return c->reader && (c->reader == build->dissector ||
                         (c->reader->hands_over && c->reader->hands_over(&payload)));
}

static struct connection *connection_new(const struct build *build, unsigned depth,
                                         trawl_error *err)
{
    struct connection *c = tw_alloc(sizeof(*c) + build->state_size);

    if (!c) {
        tw_fail_nomem(err);
        return NULL;
    }
    c->depth = depth;
    c->reader = build->dissector;
    return c;
}

static void connection_free(struct connection *c)
{
    while (c) {
        struct connection *inner = c->inner;

        tw_half_close(&c->half[0]);
        tw_half_close(&c->half[1]);
        tw_free(c);
        c = inner;
    }
}

/* Where the bytes of a direction go: behind all proxies that have handed it over. */
static struct connection *innermost(struct connection *c, unsigned dir)
{
    while (c->half[dir].handed && c->inner)
        c = c->inner;
    return c;
}

static struct found *found_of(const struct build *build, struct shard *shard,
                              const struct connection *c)
{
    struct found *found = &shard->found;

    found->dissector = c->reader;
    found->mute = c->reader != build->dissector;
    found->keep = found->mute                    ? 0
                  : build->dissector->keep_bytes ? build->dissector->keep_bytes
                                                 : TW_KEEP_BYTES;
    return found;
}

/* The next bytes of a direction, in order. */
static int deliver(const struct build *build, struct shard *shard, struct connection *c,
                   struct piece *piece, trawl_error *err)
{
    int rc = TRAWL_OK;

    while (rc == TRAWL_OK && piece->n) {
        struct connection *to = innermost(c, piece->dir);
        struct half *half = &to->half[piece->dir];
        struct piece held = *piece;
        uint8_t *bytes;

        if (to->depth && !to->asked && !decide(build, to, piece)) {
            if (!to->asked)
                return TRAWL_OK;
            tw_half_close(&to->half[0]);
            tw_half_close(&to->half[1]);
        }
        if (half->closed) {
            tw_half_close(&c->half[piece->dir]);
            return TRAWL_OK;
        }
        rc = tw_half_take(found_of(build, shard, to), half, to->state, piece, err);
        if (rc != TRAWL_OK || !half->handed)
            continue;
        if (!to->inner && to->depth < PROXIES_MOST)
            to->inner = connection_new(build, to->depth + 1, err);
        if (!to->inner)
            return to->depth < PROXIES_MOST ? TRAWL_E_NOMEM : TRAWL_OK;
        held.in_frame = false;
        held.data = bytes = half->data;
        held.n = (uint32_t)half->n;
        half->data = NULL;
        half->n = half->capacity = 0;
        rc = deliver(build, shard, c, &held, err); /* as deep as proxies */
        tw_free(bytes);
    }
    return rc;
}

static int skip(const struct build *build, struct shard *shard, struct connection *c,
                const struct piece *like, uint32_t n, trawl_error *err)
{
    struct connection *to = innermost(c, like->dir);

    return tw_half_skip(found_of(build, shard, to), &to->half[like->dir], to->state, like, n, err);
}

static int end(const struct build *build, struct shard *shard, struct connection *c,
               const struct piece *piece, trawl_error *err)
{
    struct connection *to = innermost(c, piece->dir);

    return tw_half_end(found_of(build, shard, to), &to->half[piece->dir], to->state, piece, err);
}

/* A segment that begins at or before the next byte: what is new of it. */
static int take_segment(const struct build *build, struct shard *shard, struct connection *c,
                        struct piece *piece, uint32_t seq, uint32_t missing, trawl_error *err)
{
    struct half *half = &c->half[piece->dir];
    uint32_t old = half->next - seq;
    int rc;

    if (old >= piece->n) {
        old -= piece->n;
        missing = missing > old ? missing - old : 0;
        old = piece->n;
    }
    half->next += piece->n - old + missing;
    /* Behind bytes that were no message, one begins where a segment does, not where it is cut. */
    if (old && tw_half_is_lost(&innermost(c, piece->dir)->half[piece->dir]))
        old = piece->n;
    tw_piece_advance(piece, old);
    if (piece->n || missing)
        half->last_row = piece->row;
    rc = deliver(build, shard, c, piece, err);
    if (rc == TRAWL_OK && missing)
        rc = skip(build, shard, c, piece, missing, err);
    return rc;
}

/* Will the bytes ahead of the first early segment come no more? */
static bool is_lost(const struct half *half)
{
    return half->n_early > EARLY_MOST || half->early_bytes > EARLY_BYTES ||
           (half->has_ack && (int32_t)(half->acked - half->early->seq) >= 0);
}

/* Segments whose turn has come; with force, also those behind a gap. */
static int take_early(const struct build *build, struct shard *shard, struct connection *c,
                      const struct piece *like, bool force, trawl_error *err)
{
    struct half *half = &c->half[like->dir];
    uint32_t let_in = like->row; /* the packet without which the bytes at hand would still wait */
    int rc = TRAWL_OK;

    while (rc == TRAWL_OK && half->early) {
        struct early *early = half->early;
        const int32_t gap = (int32_t)(early->seq - half->next);
        struct piece piece = *like;

        if (gap > 0 && !force && !is_lost(half))
            break;
        half->early = early->next;
        half->n_early--;
        half->early_bytes -= early->n;
        /* Bytes belong to the packet that brought them, or that let them in; behind a gap nothing
         * did, but that they were taken without what is missing. */
        if (gap > 0)
            let_in = early->row;
        piece.row = let_in = TW_MAX(early->row, let_in);
        piece.in_frame = false;
        piece.data = early->data;
        piece.n = early->n;
        if (gap > 0) {
            /* What ends there ends with the last packet that came. */
            const struct piece last = {.row = half->last_row,
                                       .stream = piece.stream,
                                       .sport = piece.sport,
                                       .dport = piece.dport,
                                       .dir = piece.dir};

            rc = skip(build, shard, c, &last, (uint32_t)gap, err);
            half->next = early->seq;
        }
        if (rc == TRAWL_OK && !half->closed)
            rc = take_segment(build, shard, c, &piece, early->seq, early->missing, err);
        tw_free(early);
        if (half->closed)
            break;
    }
    return rc;
}

static struct connection *connection_of(const struct build *build, struct shard *shard,
                                        uint32_t stream, trawl_error *err)
{
    struct connection **at = &shard->connections[stream / build->n_shards];

    if (!*at)
        *at = connection_new(build, 0, err);
    return *at;
}

/* Captured bytes of a row's TCP payload. */
static int read_piece(const struct build *build, struct shard *shard, uint64_t row,
                      struct piece *piece, trawl_error *err)
{
    const struct tw_packets *p = build->packets;
    const uint32_t payload = TW_CELLS(p->payload, const uint32_t)[row];
    const uint8_t *data;
    uint32_t n, at = TW_CELLS(p->transport, const uint16_t)[row];

    if (TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_WHOLE) {
        tw_fragments_walk(p, row, &shard->frame);
        data = shard->frame.data;
        n = shard->frame.cap_len;
    } else {
        int rc = tw_row_bytes_get(&shard->bytes, p, row, &data, err);

        if (rc != TRAWL_OK)
            return rc;
        n = TW_CELLS(p->cap_len, const uint32_t)[row];
        piece->in_frame = true;
    }
    if (n <= at || n - at < 20 || n - at < (uint32_t)(data[at + 12] >> 4) * 4) {
        piece->n = 0;
        return TRAWL_OK;
    }
    at += (uint32_t)(data[at + 12] >> 4) * 4;
    piece->at = at;
    piece->data = data + at;
    piece->n = TW_MIN(payload, n - at);
    return TRAWL_OK;
}

/* The other side has all bytes before ack: what was not seen of them is lost to the capture. */
static int take_ack(const struct build *build, struct shard *shard, struct connection *c,
                    const struct piece *from, uint32_t ack, trawl_error *err)
{
    struct half *half = &c->half[!from->dir];
    const struct piece like = {.row = from->row,
                               .stream = from->stream,
                               .sport = from->dport,
                               .dport = from->sport,
                               .dir = !from->dir};

    if (!half->started || half->closed || (half->has_ack && (int32_t)(ack - half->acked) <= 0))
        return TRAWL_OK;
    half->acked = ack;
    half->has_ack = true;
    return take_early(build, shard, c, &like, false, err);
}

/* A SYN with another number than the direction began with: what came under the old numbers ends. */
static int begin_anew(const struct build *build, struct shard *shard, struct connection *c,
                      const struct piece *piece, trawl_error *err)
{
    struct half *half = &c->half[piece->dir];
    struct piece last = *piece;
    int rc = take_early(build, shard, c, piece, true, err);

    last.row = half->last_row;
    if (rc == TRAWL_OK && !half->closed)
        rc = end(build, shard, c, &last, err);
    if (rc == TRAWL_OK && !half->closed)
        half->started = half->has_ack = false;
    return rc;
}

/* Whether the first bytes are not the asked dissector's: another's, or nobody's so far. */
static bool of_others(const struct build *build, struct connection *c, const struct piece *piece,
                      uint32_t end_seq)
{
    struct half *half = &c->half[piece->dir];

    if (!piece->n || build->owners[piece->stream] != ASK || c->asked || decide(build, c, piece))
        return false;
    if (c->asked) {
        tw_half_close(&c->half[0]);
        tw_half_close(&c->half[1]);
    } else if ((int32_t)(end_seq - half->next) > 0) {
        half->next = end_seq; /* what comes next may be (STARTTLS on any port) */
        half->n_foreign = 1;
    }
    return true;
}

static int take_row(const struct build *build, struct shard *shard, uint64_t row, uint32_t stream,
                    trawl_error *err)
{
    const struct tw_packets *p = build->packets;
    const uint32_t payload = TW_CELLS(p->payload, const uint32_t)[row];
    const uint16_t flags = TW_CELLS(p->tcp_flags, const uint16_t)[row];
    const bool back = TW_CELLS(p->flags, const uint16_t)[row] & TW_FRAME_REVERSE;
    const uint32_t seq = TW_CELLS(p->seq, const uint32_t)[row] + ((flags & FLAG_SYN) != 0);
    struct connection *c = connection_of(build, shard, stream, err);
    struct piece piece = {.row = (uint32_t)row,
                          .stream = stream,
                          .sport = TW_CELLS(p->sport, const uint16_t)[row],
                          .dport = TW_CELLS(p->dport, const uint16_t)[row],
                          .dir = back};
    struct half *half;
    int rc = TRAWL_OK;

    if (!c)
        return TRAWL_E_NOMEM;
    half = &c->half[back];
    if (flags & FLAG_ACK)
        rc = take_ack(build, shard, c, &piece, TW_CELLS(p->ack, const uint32_t)[row], err);
    if (half->fin && (flags & FLAG_SYN) && seq != half->first) /* the FIN was not the peer's */
        half->closed = half->fin = half->started = half->has_ack = false;
    if (rc != TRAWL_OK || half->closed)
        return rc;
    if (half->started && (flags & FLAG_SYN) && seq != half->first) {
        rc = begin_anew(build, shard, c, &piece, err);
        if (rc != TRAWL_OK || half->closed)
            return rc;
    }
    if (!half->started) {
        half->started = true;
        half->first = half->next = seq;
    }
    if (payload)
        rc = read_piece(build, shard, row, &piece, err);
    if (rc != TRAWL_OK || of_others(build, c, &piece, seq + payload))
        return rc;
    if (payload) {
        const uint32_t missing = payload - piece.n;

        if ((int32_t)(seq - half->next) > 0)
            rc = keep_early(half, &piece, seq, missing, err);
        else
            rc = take_segment(build, shard, c, &piece, seq, missing, err);
        if (rc == TRAWL_OK && !half->closed)
            rc = take_early(build, shard, c, &piece, false, err);
    }
    if (rc == TRAWL_OK && (flags & FLAG_FIN) && !half->closed && !half->early &&
        half->next == seq + payload) {
        piece.in_frame = false;
        rc = end(build, shard, c, &piece, err);
        tw_half_close(half);
        half->fin = true;
    }
    return rc;
}

static int finish_stream(const struct build *build, struct shard *shard, struct connection *c,
                         uint32_t stream, trawl_error *err)
{
    const struct tw_conversation *conversation = &build->conversations->tcp[stream];
    int rc = TRAWL_OK;

    for (unsigned dir = 0; rc == TRAWL_OK && dir < 2; dir++) {
        struct half *half = &c->half[dir];
        struct piece piece = {.stream = stream,
                              .sport = dir ? conversation->dport : conversation->sport,
                              .dport = dir ? conversation->sport : conversation->dport,
                              .dir = (uint8_t)dir};

        rc = take_early(build, shard, c, &piece, true, err);
        piece.row = half->last_row;
        if (rc == TRAWL_OK && !half->closed)
            rc = end(build, shard, c, &piece, err);
    }
    return rc;
}

static int run_shard(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct build *build = context;
    struct shard *shard = &build->shards[i];
    const struct tw_packets *p = build->packets;
    const uint32_t *streams = TW_CELLS(p->stream, const uint32_t);
    const uint8_t *proto = TW_CELLS(p->proto, const uint8_t);
    const uint32_t n_streams = build->conversations->n_tcp;
    int rc = TRAWL_OK;

    (void)i_thread;
    shard->connections = tw_alloc_array(n_streams / build->n_shards + 1,
                                        sizeof(*shard->connections));
    if (!shard->connections)
        return tw_fail_nomem(err);
    for (uint64_t row = 0; rc == TRAWL_OK && row < p->n_rows; row++) {
        const uint32_t stream = streams[row];

        if (row % CANCEL_ROWS == 0 && tw_cancelled())
            return tw_fail_cancelled(err);
        /* Fragments have their datagram's stream and no TCP header of their own. */
        if (proto[row] == 6 && stream < n_streams && build->owners[stream] != OTHER &&
            stream % build->n_shards == i && TW_CELLS(p->transport, const uint16_t)[row])
            rc = take_row(build, shard, row, stream, err);
    }
    for (uint64_t k = 0; rc == TRAWL_OK && k * build->n_shards + i < n_streams; k++)
        if (shard->connections[k])
            rc = finish_stream(build, shard, shard->connections[k],
                               (uint32_t)(k * build->n_shards + i), err);
    return rc;
}

static void shard_fini(struct shard *shard, const struct build *build)
{
    const uint64_t n = build->conversations->n_tcp / build->n_shards + 1;

    for (uint64_t k = 0; shard->connections && k < n; k++)
        connection_free(shard->connections[k]);
    tw_row_bytes_fini(&shard->bytes);
    tw_free(shard->connections);
    tw_free(shard->found.items);
}

/* ---- all of a capture ---- */

static uint8_t owner_of(const struct build *build, const struct tw_conversation *c)
{
    const trawl_dissector *owner = tw_claims_find(build->claims, 6, c->sport, c->dport);

    if (owner == build->dissector && !owner->probe)
        return OURS;
    if (owner && !owner->probe && !owner->hands_over)
        return OTHER;
    return owner == build->dissector || build->dissector->probe ? ASK : OTHER;
}

static int by_place(const void *a, const void *b)
{
    const struct tw_message *x = a, *y = b;

    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* All shards' messages in one list; a row's are of one shard. */
static int gather(const struct build *build, struct tw_messages *messages, trawl_error *err)
{
    size_t n = 0;

    for (unsigned s = 0; s < build->n_shards; s++)
        n += build->shards[s].found.n;
    messages->items = tw_alloc_array(n + 1, sizeof(*messages->items));
    if (!messages->items)
        return tw_fail_nomem(err);
    for (unsigned s = 0; s < build->n_shards; s++) {
        const struct found *found = &build->shards[s].found;

        if (found->n)
            memcpy(messages->items + messages->n, found->items, found->n * sizeof(*found->items));
        messages->n += found->n;
    }
    qsort(messages->items, messages->n, sizeof(*messages->items), by_place);
    return TRAWL_OK;
}

int tw_messages_build(const struct tw_packets *packets,
                      const struct tw_conversations *conversations, const struct tw_claims *claims,
                      const trawl_dissector *dissector, struct tw_messages **ret, trawl_error *err)
{
    struct build build = {.packets = packets,
                          .conversations = conversations,
                          .claims = claims,
                          .dissector = dissector,
                          .n_shards = tw_pool_threads()};
    struct tw_messages *messages = tw_alloc(sizeof(*messages));
    bool any = false;
    int rc = TRAWL_OK;

    build.state_size = dissector->state_size;
    for (unsigned i = 0; i < claims->n_dissectors; i++)
        if (claims->dissectors[i]->hands_over)
            build.state_size = TW_MAX(build.state_size, (size_t)claims->dissectors[i]->state_size);
    build.owners = tw_alloc_array((size_t)conversations->n_tcp + 1, 1);
    build.shards = tw_alloc_array(build.n_shards, sizeof(*build.shards));
    if (messages)
        messages->arenas = tw_alloc_array(build.n_shards, sizeof(*messages->arenas));
    if (!messages || !messages->arenas || !build.owners || !build.shards)
        rc = tw_fail_nomem(err);
    for (uint32_t i = 0; rc == TRAWL_OK && i < conversations->n_tcp; i++) {
        build.owners[i] = owner_of(&build, &conversations->tcp[i]);
        any |= build.owners[i] != OTHER;
    }
    for (unsigned s = 0; rc == TRAWL_OK && s < build.n_shards; s++)
        build.shards[s].found = (struct found){.arena = &messages->arenas[messages->n_arenas++]};
    if (rc == TRAWL_OK && any)
        rc = tw_pool_run(build.n_shards, run_shard, &build, err);
    if (rc == TRAWL_OK)
        rc = gather(&build, messages, err);
    for (unsigned s = 0; build.shards && s < build.n_shards; s++)
        shard_fini(&build.shards[s], &build);
    tw_free(build.shards);
    tw_free(build.owners);
    if (rc != TRAWL_OK) {
        tw_messages_free(messages);
        return rc;
    }
    *ret = messages;
    return TRAWL_OK;
}
