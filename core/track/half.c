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

/* A message of len bytes, n of them at data: in the piece, or to be copied. */
static int emit(struct found *found, const struct half *half, const struct piece *piece,
                const uint8_t *data, size_t n, uint64_t len, bool partial, trawl_error *err)
{
    const size_t keep = TW_MIN(n, found->keep);
    struct tw_message *m;

    if (found->mute)
        return TRAWL_OK;
    if (!tw_grow(&found->items, found->n + 1, &found->capacity, sizeof(*found->items)))
        return tw_fail_nomem(err);
    m = &found->items[found->n];
    *m = (struct tw_message){.row = piece->row,
                             .stream = piece->stream,
                             .order = (uint32_t)found->n,
                             .cap_len = (uint32_t)keep,
                             .len = (uint32_t)TW_MIN(len, (uint64_t)UINT32_MAX),
                             .mark = half->mark,
                             .sport = piece->sport,
                             .dport = piece->dport,
                             .direction = piece->dir,
                             .partial = partial || keep < len};
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
    found->n++;
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

    const trawl_layer payload = {.size = sizeof(payload),
                                 .data = data,
                                 .cap_len = (uint32_t)n,
                                 .len = (uint32_t)n,
                                 .flags = goes_on ? TRAWL_LAYER_CONTINUED : 0,
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
    const size_t room = half->n < found->keep && !half->missing ? found->keep - half->n : 0;
    int rc = TRAWL_OK;

    if (!append(half, piece->data, (size_t)TW_MIN(n, (uint64_t)room)))
        return tw_fail_nomem(err);
    half->left -= n;
    tw_piece_advance(piece, n);
    if (half->left == 0 && half->goes_on) {
        half->before = half->total;
        half->kept = half->n;
        half->total = 0;
        half->goes_on = false;
    } else if (half->left == 0) {
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
    if (len)
        rc = emit(found, half, piece, half->data, n, len, !half->rest || half->missing, err);
    forget(half);
    return rc;
}

/* Another protocol, or the middle of a message after a gap. */
static int take_foreign(struct found *found, struct half *half, struct piece *piece,
                        trawl_error *err)
{
    int rc;

    half->n = half->kept;
    rc = give_up(found, half, piece, err);
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

/* The length of the message at hand was asked for, whose bytes that nothing was known of are at
 * data: n_old that came before the piece, and those of the piece. */
static int take_answer(struct found *found, struct half *half, struct piece *piece,
                       const uint8_t *data, size_t n_old, int64_t len, trawl_error *err)
{
    const uint64_t there = n_old + (uint64_t)piece->n;
    const bool goes_on = len < TRAWL_MESSAGE_ON(0), rest = len == TRAWL_MESSAGE_REST;
    int rc;

    if (goes_on)
        len = TRAWL_MESSAGE_ON(0) - len;
    if (len == TRAWL_MESSAGE_HANDOVER && !half->before) {
        if (n_old)
            half->n = half->kept + n_old; /* the piece is still to come */
        return hand_over(half);
    }
    if (len == TRAWL_MESSAGE_MORE && there <= UNKNOWN_MOST) {
        if (n_old == 0 && !append(half, data, piece->n))
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
        half->offered = 0;
        return rc;
    }
    if ((len <= 0 && !rest) || (len > 0 && (uint64_t)len <= n_old))
        return take_foreign(found, half, piece, err);
    half->n_foreign = 0;
    half->offered = 0;
    if (rest || goes_on || half->before || (uint64_t)len > there) {
        half->rest = rest;
        half->goes_on = goes_on;
        half->total = rest ? UINT64_MAX : half->before + (uint64_t)len;
        half->left = half->total - half->before - n_old;
        half->n = TW_MIN(half->kept + n_old, found->keep);
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

    if (n_old) {
        if (!append(half, piece->data, piece->n))
            return tw_fail_nomem(err);
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
