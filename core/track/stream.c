/* Segments to byte streams to messages: one shard a thread, each walking all rows in order and
 * taking the connections that are its own. Must not know tables or sessions. */
#include "core/track/stream.h"

#include <stdlib.h>

#include "core/base/task.h"

enum {
    MAX_FETCHES = 16,
    UNKNOWN_MOST = 256 << 10, /* bytes that a message may have before its length is known */
    FOREIGN_MOST = 32,        /* pieces in a row that are no message: then the rest is left */
    EARLY_MOST = 64,          /* segments that wait for an earlier one */
    EARLY_BYTES = 1 << 20,
    CANCEL_ROWS = 1 << 12,
    FLAG_FIN = 1,
    FLAG_SYN = 2
};
/* Owner of a connection, by its ports. */
enum { OTHER = 0, OURS = 1, ASK = 2 };

/* A segment that came before the bytes ahead of it. */
struct early {
    struct early *next; /* by sequence number */
    uint32_t seq, n, missing, row;
    uint8_t data[];
};

/* One direction of a connection. */
struct half {
    uint8_t *data; /* what is kept of the message at hand */
    size_t n, capacity;
    uint64_t total, left; /* of a message whose length is known: bytes, those to come; 0: none */
    struct early *early;
    size_t n_early, early_bytes;
    uint32_t next;      /* sequence number */
    uint32_t last_row;  /* that brought bytes */
    unsigned n_foreign; /* pieces in a row */
    bool started, closed;
    bool rest;    /* the message at hand is all that comes */
    bool missing; /* bytes of it are */
};

struct connection {
    struct half half[2];
    bool asked; /* whether it is ours */
    _Alignas(16) uint8_t state[];
};

struct shard {
    struct connection **connections; /* by stream / number of shards */
    struct tw_fetch *fetches[MAX_FETCHES];
    struct tw_message *items;
    size_t n, capacity;
    struct tw_arena *arena;
    struct tw_frame frame;
};

struct build {
    const struct tw_packets *packets;
    const struct tw_conversations *conversations;
    const struct tw_claims *claims;
    const trawl_dissector *dissector;
    uint8_t *owners; /* by stream */
    size_t keep;
    unsigned n_shards;
    struct shard *shards;
};

/* A piece of the stream, from one packet. */
struct piece {
    uint32_t row;
    uint32_t stream;
    uint16_t sport, dport;
    uint8_t dir;
    bool in_frame; /* data lies in the frame of the row, at offset `at` */
    uint32_t at;
    const uint8_t *data;
    uint32_t n;
};

static void advance(struct piece *piece, uint64_t n)
{
    piece->data += n;
    piece->at += (uint32_t)n;
    piece->n -= (uint32_t)n;
}

/* ---- messages ---- */

static bool append(struct half *half, const uint8_t *data, size_t n)
{
    if (half->n + n > half->capacity) {
        const size_t capacity = TW_MAX(half->capacity * 2, TW_MAX(half->n + n, (size_t)512));
        uint8_t *grown = tw_realloc_array(half->data, capacity, 1);

        if (!grown)
            return false;
        half->data = grown;
        half->capacity = capacity;
    }
    if (n)
        memcpy(half->data + half->n, data, n);
    half->n += n;
    return true;
}

static void forget(struct half *half)
{
    half->n = 0;
    half->total = half->left = 0;
    half->rest = half->missing = false;
}

static void close_half(struct half *half)
{
    forget(half);
    half->closed = true;
    tw_free(half->data);
    half->data = NULL;
    half->capacity = 0;
    while (half->early) {
        struct early *early = half->early;

        half->early = early->next;
        tw_free(early);
    }
    half->n_early = half->early_bytes = 0;
}

/* A message of len bytes, n of them at data: in the piece, or to be copied. */
static int emit(const struct build *build, struct shard *shard, const struct piece *piece,
                const uint8_t *data, size_t n, uint64_t len, bool partial, trawl_error *err)
{
    const size_t keep = TW_MIN(n, build->keep);
    struct tw_message *m;

    if (shard->n == shard->capacity) {
        const size_t capacity = TW_MAX(shard->capacity * 2, (size_t)64);
        struct tw_message *grown = tw_realloc_array(shard->items, capacity, sizeof(*grown));

        if (!grown)
            return tw_fail_nomem(err);
        shard->items = grown;
        shard->capacity = capacity;
    }
    m = &shard->items[shard->n];
    *m = (struct tw_message){.row = piece->row,
                             .stream = piece->stream,
                             .order = (uint32_t)shard->n,
                             .cap_len = (uint32_t)keep,
                             .len = (uint32_t)TW_MIN(len, (uint64_t)UINT32_MAX),
                             .sport = piece->sport,
                             .dport = piece->dport,
                             .direction = piece->dir,
                             .partial = partial || keep < len};
    if (piece->in_frame && data == piece->data) {
        m->at = piece->at;
    } else {
        uint8_t *copy = tw_arena_alloc(shard->arena, TW_MAX(keep, (size_t)1));

        if (!copy)
            return tw_fail_nomem(err);
        if (keep)
            memcpy(copy, data, keep);
        m->data = copy;
    }
    shard->n++;
    return TRAWL_OK;
}

/* How long is the message that begins at data? */
static int64_t ask(const struct build *build, struct connection *c, const struct piece *piece,
                   const uint8_t *data, size_t n)
{
    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = data,
                                 .cap_len = (uint32_t)n,
                                 .len = (uint32_t)n,
                                 .carrier = 6,
                                 .direction = piece->dir,
                                 .src_port = piece->sport,
                                 .dst_port = piece->dport,
                                 .stream = piece->stream};

    return build->dissector->message(c->state, &payload);
}

/* The bytes of a message whose length is known. */
static int take_known(const struct build *build, struct shard *shard, struct half *half,
                      struct piece *piece, trawl_error *err)
{
    const uint64_t n = TW_MIN(half->left, (uint64_t)piece->n);
    const size_t room = half->n < build->keep ? build->keep - half->n : 0;
    int rc = TRAWL_OK;

    if (!append(half, piece->data, (size_t)TW_MIN(n, (uint64_t)room)))
        return tw_fail_nomem(err);
    half->left -= n;
    advance(piece, n);
    if (half->left == 0) {
        rc = emit(build, shard, piece, half->data, half->n, half->total, half->missing, err);
        forget(half);
    }
    return rc;
}

/* The length of the message at hand was asked for: n_old of its bytes came before the piece. */
static int take_answer(const struct build *build, struct shard *shard, struct half *half,
                       struct piece *piece, size_t n_old, int64_t len, trawl_error *err)
{
    const uint64_t there = n_old + (uint64_t)piece->n;
    int rc;

    if (len == TRAWL_MESSAGE_MORE && there <= UNKNOWN_MOST) {
        if (n_old == 0 && !append(half, piece->data, piece->n))
            return tw_fail_nomem(err);
        advance(piece, piece->n);
        return TRAWL_OK;
    }
    if ((len <= 0 && len != TRAWL_MESSAGE_REST) || (len > 0 && (uint64_t)len <= n_old)) {
        /* Another protocol, or the middle of a message after a gap. */
        forget(half);
        advance(piece, piece->n);
        if (++half->n_foreign == FOREIGN_MOST)
            close_half(half);
        return TRAWL_OK;
    }
    half->n_foreign = 0;
    if (len == TRAWL_MESSAGE_REST || (uint64_t)len > there) {
        half->rest = len == TRAWL_MESSAGE_REST;
        half->total = half->rest ? UINT64_MAX : (uint64_t)len;
        half->left = half->total - n_old;
        half->n = TW_MIN(n_old, build->keep);
        return take_known(build, shard, half, piece, err);
    }
    if (n_old == 0)
        rc = emit(build, shard, piece, piece->data, (size_t)len, (uint64_t)len, false, err);
    else
        rc = emit(build, shard, piece, half->data, (size_t)len, (uint64_t)len, false, err);
    forget(half);
    advance(piece, (uint64_t)len - n_old);
    return rc;
}

static int deliver(const struct build *build, struct shard *shard, struct connection *c,
                   struct piece *piece, trawl_error *err)
{
    struct half *half = &c->half[piece->dir];
    int rc = TRAWL_OK;

    half->last_row = piece->row;
    while (rc == TRAWL_OK && piece->n && !half->closed) {
        const size_t n_old = half->n;

        if (half->total) {
            rc = take_known(build, shard, half, piece, err);
        } else if (n_old == 0) {
            rc = take_answer(build, shard, half, piece, 0,
                             ask(build, c, piece, piece->data, piece->n), err);
        } else {
            if (!append(half, piece->data, piece->n))
                return tw_fail_nomem(err);
            rc = take_answer(build, shard, half, piece, n_old,
                             ask(build, c, piece, half->data, half->n), err);
        }
    }
    return rc;
}

/* Bytes that will not come. */
static int skip(const struct build *build, struct shard *shard, struct half *half,
                const struct piece *piece, uint32_t n, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (!half->total || half->left < n) {
        forget(half);
        return TRAWL_OK;
    }
    half->left -= n;
    half->missing = true;
    if (half->left == 0) {
        rc = emit(build, shard, piece, half->data, half->n, half->total, true, err);
        forget(half);
    }
    return rc;
}

/* What is at hand when nothing more comes. */
static int finish_half(const struct build *build, struct shard *shard, struct half *half,
                       const struct piece *piece, trawl_error *err)
{
    int rc = TRAWL_OK;
    uint64_t len = half->total;

    if (half->rest)
        len = half->total - half->left;
    if (half->n || half->total)
        rc = emit(build, shard, piece, half->data, half->n, TW_MAX(len, (uint64_t)half->n),
                  !half->rest || half->missing, err);
    forget(half);
    return rc;
}

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
    memcpy(early->data, piece->data, piece->n);
    while (*link && (int32_t)((*link)->seq - seq) <= 0)
        link = &(*link)->next;
    early->next = *link;
    *link = early;
    half->n_early++;
    half->early_bytes += piece->n;
    return TRAWL_OK;
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
    advance(piece, old);
    rc = deliver(build, shard, c, piece, err);
    if (rc == TRAWL_OK && missing)
        rc = skip(build, shard, half, piece, missing, err);
    return rc;
}

/* Segments whose turn has come; with force, also those behind a gap. */
static int take_early(const struct build *build, struct shard *shard, struct connection *c,
                      const struct piece *like, bool force, trawl_error *err)
{
    struct half *half = &c->half[like->dir];
    int rc = TRAWL_OK;

    while (rc == TRAWL_OK && half->early) {
        struct early *early = half->early;
        const int32_t gap = (int32_t)(early->seq - half->next);
        struct piece piece = *like;

        if (gap > 0 && !force && half->n_early <= EARLY_MOST && half->early_bytes <= EARLY_BYTES)
            break;
        half->early = early->next;
        half->n_early--;
        half->early_bytes -= early->n;
        /* Bytes belong to the packet that brought them, or that let them in. */
        piece.row = gap > 0 ? early->row : TW_MAX(early->row, like->row);
        piece.in_frame = false;
        piece.data = early->data;
        piece.n = early->n;
        if (gap > 0) {
            rc = skip(build, shard, half, &piece, (uint32_t)gap, err);
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

static bool is_ours(const struct build *build, struct connection *c, const struct piece *piece)
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

    c->asked = true;
    return tw_claims_probe(build->claims, &payload) == build->dissector;
}

static struct connection *connection_of(const struct build *build, struct shard *shard,
                                        uint32_t stream, trawl_error *err)
{
    struct connection **at = &shard->connections[stream / build->n_shards];

    if (!*at) {
        *at = tw_alloc(sizeof(**at) + build->dissector->state_size);
        if (!*at)
            tw_fail_nomem(err);
    }
    return *at;
}

static int fetch_row(const struct build *build, struct shard *shard, uint64_t row,
                     const uint8_t **ret, trawl_error *err)
{
    const struct tw_packets *p = build->packets;
    const struct tw_interface
        *interface = &p->input->interfaces[TW_CELLS(p->interface, const uint16_t)[row]];
    struct tw_fetch **fetch = &shard->fetches[interface->i_file % MAX_FETCHES];

    if (!*fetch) {
        *fetch = tw_fetch_open(p->input, err);
        if (!*fetch)
            return TRAWL_E_NOMEM;
    }
    return tw_fetch_bytes(*fetch, interface->i_file, TW_CELLS(p->offset, const uint64_t)[row],
                          TW_CELLS(p->cap_len, const uint32_t)[row], ret, err);
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
        int rc = fetch_row(build, shard, row, &data, err);

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
    uint32_t missing;
    int rc = TRAWL_OK;

    if (!c)
        return TRAWL_E_NOMEM;
    half = &c->half[back];
    if (half->closed)
        return TRAWL_OK;
    if (!half->started || (flags & FLAG_SYN)) {
        half->started = true;
        half->next = seq;
    }
    if (payload)
        rc = read_piece(build, shard, row, &piece, err);
    missing = payload - piece.n;
    if (rc == TRAWL_OK && piece.n && build->owners[stream] == ASK && !c->asked &&
        !is_ours(build, c, &piece)) {
        close_half(&c->half[0]);
        close_half(&c->half[1]);
        return TRAWL_OK;
    }
    if (rc == TRAWL_OK && payload) {
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
        rc = finish_half(build, shard, half, &piece, err);
        close_half(half);
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
            rc = finish_half(build, shard, half, &piece, err);
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

    for (uint64_t k = 0; shard->connections && k < n; k++) {
        if (shard->connections[k]) {
            close_half(&shard->connections[k]->half[0]);
            close_half(&shard->connections[k]->half[1]);
        }
        tw_free(shard->connections[k]);
    }
    for (size_t i = 0; i < MAX_FETCHES; i++)
        tw_fetch_close(shard->fetches[i]);
    tw_free(shard->connections);
    tw_free(shard->items);
}

/* ---- all of a capture ---- */

static uint8_t owner_of(const struct build *build, const struct tw_conversation *c)
{
    const trawl_dissector *owner = tw_claims_find(build->claims, 6, c->sport, c->dport);

    if (owner)
        return owner == build->dissector ? OURS : OTHER;
    return build->dissector->probe ? ASK : OTHER;
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
        n += build->shards[s].n;
    messages->items = tw_alloc_array(n + 1, sizeof(*messages->items));
    if (!messages->items)
        return tw_fail_nomem(err);
    for (unsigned s = 0; s < build->n_shards; s++) {
        const struct shard *shard = &build->shards[s];

        if (shard->n)
            memcpy(messages->items + messages->n, shard->items, shard->n * sizeof(*shard->items));
        messages->n += shard->n;
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
                          .keep = dissector->keep_bytes ? dissector->keep_bytes : TW_KEEP_BYTES,
                          .n_shards = tw_pool_threads()};
    struct tw_messages *messages = tw_alloc(sizeof(*messages));
    bool any = false;
    int rc = TRAWL_OK;

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
        build.shards[s].arena = &messages->arenas[messages->n_arenas++];
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
