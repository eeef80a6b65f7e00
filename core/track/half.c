/* Bytes in order to messages: asks the dissector how long each is, and keeps what it must until
 * that many have come. Must not know segments' numbers, packets' tables or threads. */
#include "core/track/half.h"

enum {
    UNKNOWN_MOST = 256 << 10, /* bytes that a message may have before its length is known */
    FOREIGN_MOST = 32,        /* pieces in a row that are no message: then the rest is left */
    /* The dissector is asked with each piece until it was shown so many bytes of a message; from
     * there on only while those are so many times the message's: small pieces cost no square. */
    OFFERED_FREE = 1 << 20,
    OFFERED_TIMES = 16
};

void tw_piece_advance(struct piece *piece, uint64_t n)
{
    if (n == 0)
        return; /* a segment without bytes has no data */
    piece->data += n;
    piece->at += (uint32_t)n;
    piece->n -= (uint32_t)n;
}

bool tw_half_is_lost(const struct half *half)
{
    return half->n_foreign && !half->total && !half->before && !half->n;
}

static bool append(struct half *half, const uint8_t *data, size_t n)
{
    if (n && !tw_grow(&half->data, TW_MAX(half->n + n, (size_t)512), &half->capacity, 1))
        return false;
    if (n)
        memcpy(half->data + half->n, data, n);
    half->n += n;
    return true;
}

static void forget(struct half *half)
{
    half->n = half->kept = 0;
    half->before = half->total = half->left = half->offered = 0;
    half->shown = 0;
    half->part = 0;
    half->goes_on = half->rest = half->missing = half->unasked = false;
}

void tw_half_close(struct half *half)
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
    half->last_early = NULL;
    half->n_early = half->early_bytes = 0;
}

static struct tw_message *message_add(struct found *found, const struct half *half,
                                      const struct piece *piece)
{
    struct tw_message *m;

    if (!tw_grow(&found->items, found->n + 1, &found->capacity, sizeof(*found->items)))
        return NULL;
    m = &found->items[found->n];
    *m = (struct tw_message){.row = piece->row,
                             .stream = piece->stream,
                             .order = (uint32_t)found->n++,
                             .mark = half->mark,
                             .sport = piece->sport,
                             .dport = piece->dport,
                             .direction = piece->dir};
    return m;
}

static struct tw_message *message_new(struct found *found, const struct half *half,
                                      const struct piece *piece)
{
    struct piece first = *piece;
    struct tw_message *m;

    if (found->dissector->flags & TRAWL_DISSECTOR_BEGINS && half->began < piece->row) {
        first.row = half->began;
        m = message_add(found, half, &first);
        if (!m)
            return NULL;
        m->begins = true;
    }
    return message_add(found, half, piece);
}

/* Bytes to keep of the message at hand. */
static size_t keep_of(const struct found *found, const struct half *half)
{
    return found->mute ? 0 : TW_MAX(found->keep, half->shown);
}

/* A message of len bytes, n of them at data: in the piece, or to be copied. */
static int emit(struct found *found, const struct half *half, const struct piece *piece,
                const uint8_t *data, size_t n, uint64_t len, bool partial, trawl_error *err)
{
    const size_t keep = TW_MIN(n, keep_of(found, half));
    struct tw_message *m;

    if (found->mute)
        return TRAWL_OK;
    m = message_new(found, half, piece);
    if (!m)
        return tw_fail_nomem(err);
    m->cap_len = (uint32_t)keep;
    m->len = (uint32_t)TW_MIN(len, (uint64_t)UINT32_MAX);
    m->partial = partial || keep < len;
    m->lacks = partial;
    if (piece->in_frame && data == piece->data) {
        m->at = piece->at;
    } else {
        uint8_t *copy = tw_arena_alloc(found->arena, TW_MAX(keep, (size_t)1));

        if (!copy)
            return tw_fail_nomem(err);
        if (keep)
            memcpy(copy, data, keep);
        m->data = copy;
    }
    return TRAWL_OK;
}

static bool in_parts(const struct found *found)
{
    return found->dissector->flags & TRAWL_DISSECTOR_PARTS;
}

/* The part of the message at hand that reaches up to len. Its bytes are copied with those of the
 * last one, so until then it keeps the index of the part before it. */
static int emit_part(struct found *found, struct half *half, const struct piece *piece,
                     uint64_t len, bool partial, trawl_error *err)
{
    struct tw_message *m;

    if (found->mute || half->n < half->before) /* the part before is partial: it was the last */
        return TRAWL_OK;
    m = message_new(found, half, piece);
    if (!m)
        return tw_fail_nomem(err);
    m->seen = (uint32_t)half->before;
    m->cap_len = (uint32_t)(TW_MIN(len, (uint64_t)half->n) - half->before);
    m->len = (uint32_t)TW_MIN(len - half->before, (uint64_t)UINT32_MAX);
    m->partial = partial || m->cap_len < m->len;
    m->lacks = partial;
    m->at = half->part;
    half->part = (uint32_t)found->n;
    return TRAWL_OK;
}

/* All parts of a message are there; the rest of it is not if it is partial. */
static int end_parts(struct found *found, struct half *half, bool partial, trawl_error *err)
{
    uint8_t *copy;
    struct tw_message *m;

    if (!half->part)
        return TRAWL_OK;
    m = &found->items[half->part - 1];
    copy = tw_arena_alloc(found->arena, TW_MAX((size_t)m->seen + m->cap_len, (size_t)1));
    if (!copy)
        return tw_fail_nomem(err);
    if (m->seen + m->cap_len)
        memcpy(copy, half->data, (size_t)m->seen + m->cap_len);
    m->partial |= partial;
    m->lacks |= partial;
    while (half->part) {
        m = &found->items[half->part - 1];
        half->part = m->at;
        m->at = 0;
        m->data = copy + m->seen;
    }
    return TRAWL_OK;
}

/* Is it worth asking again, now that n bytes are there? */
static bool may_ask(const struct half *half, uint64_t n)
{
    return n > UNKNOWN_MOST || half->offered + n <= OFFERED_FREE + OFFERED_TIMES * n;
}

/* How long is the message that begins at data? */
static int64_t ask(const struct found *found, struct half *half, void *state,
                   const struct piece *piece, const uint8_t *data, size_t n)
{
    const bool goes_on = half->before > 0;

    const trawl_layer payload = {
        .size = sizeof(payload),
        .data = data,
        .cap_len = (uint32_t)n,
        .len = (uint32_t)n,
        .flags = goes_on ? TRAWL_LAYER_CONTINUED : 0,
        .seen = in_parts(found) && half->kept == half->before ? (uint32_t)half->before : 0,
        .carrier = 6,
        .direction = piece->dir,
        .src_port = piece->sport,
        .dst_port = piece->dport,
        .stream = piece->stream};

    const int64_t len = found->dissector->message(state, &payload);

    half->offered += n;
    half->unasked = false;
    if (found->dissector->state_size >= sizeof(half->mark))
        memcpy(&half->mark, state, sizeof(half->mark));
    return len;
}

/* The bytes of a message whose length is known. Those behind a hole would not be in their place. */
static int take_known(struct found *found, struct half *half, struct piece *piece, trawl_error *err)
{
    const uint64_t n = TW_MIN(half->left, (uint64_t)piece->n);
    const size_t keep = keep_of(found, half);
    const size_t room = half->n < keep && !half->missing ? keep - half->n : 0;
    int rc = TRAWL_OK;

    if (!append(half, piece->data, (size_t)TW_MIN(n, (uint64_t)room)))
        return tw_fail_nomem(err);
    half->left -= n;
    tw_piece_advance(piece, n);
    if (half->left == 0 && (half->goes_on || half->before) && in_parts(found)) {
        rc = emit_part(found, half, piece, half->total, half->missing, err);
        if (rc == TRAWL_OK && !half->goes_on)
            rc = end_parts(found, half, false, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    if (half->left == 0 && half->goes_on) {
        half->ended = piece->row;
        half->before = half->total;
        half->kept = half->n;
        half->total = 0;
        half->goes_on = false;
    } else if (half->left == 0) {
        if (!half->before || !in_parts(found))
            rc = emit(found, half, piece, half->data, half->n, half->total, half->missing, err);
        forget(half);
    }
    return rc;
}

/* What there is of a message whose rest will not come. */
static int give_up(struct found *found, struct half *half, const struct piece *piece,
                   trawl_error *err)
{
    const bool in_place = half->kept == half->before && !half->missing;
    const size_t n = in_place || half->total ? half->n : half->kept;
    uint64_t len = half->total;
    int rc = TRAWL_OK;

    if (half->rest)
        len -= half->left;
    else if (!half->total)
        len = half->before + (half->n - half->kept);
    if (half->before && in_parts(found)) {
        half->n = n;
        if (len > half->before)
            rc = emit_part(found, half, piece, len, !half->rest || half->missing, err);
        if (rc == TRAWL_OK)
            rc = end_parts(found, half, !half->rest, err);
    } else if (len)
        rc = emit(found, half, piece, half->data, n, len, !half->rest || half->missing, err);
    forget(half);
    return rc;
}

/* Another protocol, or the middle of a message after a gap. again: the piece may begin one, for it
 * was asked about only with the bytes ahead of it. */
static int take_foreign(struct found *found, struct half *half, struct piece *piece, bool again,
                        trawl_error *err)
{
    int rc;

    half->n = half->kept;
    rc = give_up(found, half, piece, err);
    piece->copied = 0;
    if (!again)
        tw_piece_advance(piece, piece->n);
    if (++half->n_foreign == FOREIGN_MOST)
        tw_half_close(half);
    return rc;
}

/* A proxy has done its part. What came before is given back, for the next reader. */
static int hand_over(struct half *half)
{
    const size_t n_old = half->n - half->kept;

    if (n_old)
        memmove(half->data, half->data + half->kept, n_old);
    forget(half);
    half->n = n_old;
    half->handed = true;
    return TRAWL_OK;
}

/* The message at hand ended ahead of the bytes that nothing is known of; the piece, of which some
 * may be among these, is still to come. */
static int end_before(struct found *found, struct half *half, const struct piece *piece,
                      const uint8_t *data, size_t n_old, trawl_error *err)
{
    struct piece last = *piece;
    int rc;

    last.row = half->ended;
    if (in_parts(found))
        rc = end_parts(found, half, true, err);
    else
        rc = emit(found, half, &last, half->data, half->kept, half->before, half->missing, err);
    if (n_old)
        memmove(half->data, data, n_old);
    forget(half);
    half->n = n_old;
    return rc;
}

/* The length of the message at hand was asked for, whose bytes that nothing was known of are at
 * data: n_old that came before the piece, and those of the piece. */
static int take_answer(struct found *found, struct half *half, struct piece *piece,
                       const uint8_t *data, size_t n_old, int64_t len, trawl_error *err)
{
    const uint64_t there = n_old + (uint64_t)piece->n;
    const bool goes_on = len < TRAWL_MESSAGE_ON(0), rest = len == TRAWL_MESSAGE_REST;
    int rc;

    if (n_old && !half->before)
        half->shown = (size_t)there;
    if (goes_on)
        len = TRAWL_MESSAGE_ON(0) - len;
    if (len == TRAWL_MESSAGE_HANDOVER && !half->before) {
        if (n_old)
            half->n = half->kept + n_old; /* the piece is still to come */
        return hand_over(half);
    }
    if (len == TRAWL_MESSAGE_BEFORE && half->before)
        return end_before(found, half, piece, data, n_old, err);
    if (len == TRAWL_MESSAGE_MORE && there <= UNKNOWN_MOST) {
        if (data == piece->data && !append(half, data, piece->n))
            return tw_fail_nomem(err);
        tw_piece_advance(piece, piece->n);
        return TRAWL_OK;
    }
    if (len > 0 && (uint64_t)len <= n_old && !goes_on && !half->before) {
        /* Only what follows the message told where it ends; the piece is still to come. */
        half->n_foreign = 0;
        rc = emit(found, half, piece, data, (size_t)len, (uint64_t)len, false, err);
        half->n = n_old - (size_t)len;
        memmove(half->data, half->data + len, half->n);
        half->offered = half->shown = 0;
        return rc;
    }
    if ((len <= 0 && !rest) || (len > 0 && (uint64_t)len <= n_old))
        return take_foreign(found, half, piece, len < 0 && (n_old || half->before), err);
    half->n_foreign = 0;
    half->offered = 0;
    if (rest || goes_on || half->before || (uint64_t)len > there) {
        half->rest = rest;
        half->goes_on = goes_on;
        half->total = rest ? UINT64_MAX : half->before + (uint64_t)len;
        half->left = half->total - half->before - n_old;
        half->n = TW_MIN(half->kept + n_old, keep_of(found, half));
        if (half->missing)
            half->n = half->kept;
        return take_known(found, half, piece, err);
    }
    rc = emit(found, half, piece, data, (size_t)len, (uint64_t)len, false, err);
    forget(half);
    tw_piece_advance(piece, (uint64_t)len - n_old);
    return rc;
}

/* The next bytes of a message whose length is not known. */
static int take_unknown(struct found *found, struct half *half, void *state, struct piece *piece,
                        trawl_error *err)
{
    const size_t n_old = half->n - half->kept, n = n_old + piece->n;
    const uint8_t *data = piece->data;

    if (n_old == 0 && (!half->before || in_parts(found)))
        half->began = piece->row;
    /* Behind parts, so that they lie in front: all of the piece, once for all its parts. */
    if (n_old || (half->before && in_parts(found))) {
        if (half->n + piece->n == piece->copied)
            half->n = piece->copied;
        else if (!append(half, piece->data, piece->n))
            return tw_fail_nomem(err);
        piece->copied = half->n;
        data = half->data + half->kept;
    }
    if (!may_ask(half, n)) {
        half->unasked = true;
        tw_piece_advance(piece, piece->n);
        return TRAWL_OK;
    }
    return take_answer(found, half, piece, data, n_old, ask(found, half, state, piece, data, n),
                       err);
}

int tw_half_take(struct found *found, struct half *half, void *state, struct piece *piece,
                 trawl_error *err)
{
    int rc = TRAWL_OK;

    piece->copied = 0;
    while (rc == TRAWL_OK && piece->n && !half->closed && !half->handed)
        rc = half->total ? take_known(found, half, piece, err)
                         : take_unknown(found, half, state, piece, err);
    return rc;
}

/* The bytes that the dissector was not asked for yet, as if they came now, all together. */
static int ask_at_last(struct found *found, struct half *half, void *state,
                       const struct piece *like, trawl_error *err)
{
    const size_t n = half->n - half->kept;
    uint8_t *bytes = tw_alloc(n);
    struct piece piece = *like;
    int rc;

    if (!bytes)
        return tw_fail_nomem(err);
    memcpy(bytes, half->data + half->kept, n);
    half->n = half->kept;
    half->offered = 0;
    half->shown = n;
    half->unasked = false;
    piece.in_frame = false;
    piece.data = bytes;
    piece.n = (uint32_t)n;
    rc = tw_half_take(found, half, state, &piece, err);
    tw_free(bytes);
    return rc;
}

int tw_half_end(struct found *found, struct half *half, void *state, const struct piece *piece,
                trawl_error *err)
{
    int rc = half->unasked ? ask_at_last(found, half, state, piece, err) : TRAWL_OK;

    return rc == TRAWL_OK && !half->closed ? give_up(found, half, piece, err) : rc;
}

/* Bytes that will not come. */
int tw_half_skip(struct found *found, struct half *half, void *state, const struct piece *piece,
                 uint32_t n, trawl_error *err)
{
    int rc = half->unasked ? ask_at_last(found, half, state, piece, err) : TRAWL_OK;

    if (rc != TRAWL_OK || half->closed)
        return rc;
    if (!half->total || half->left < n)
        return give_up(found, half, piece, err);
    half->left -= n;
    half->missing = true;
    if (half->left == 0)
        rc = give_up(found, half, piece, err);
    return rc;
}
