/* Which decompressor a file needs, and the one that needs none.
 * Must not know captures. */
#include "core/capture/decode.h"

#include "core/capture/io.h"

enum { COPY_STEP = 256 << 10 };

static const struct tw_codec codecs[] = {
    {"gzip", ".gz", "\x1f\x8b", 2, tw_decode_gzip},
    {"xz", ".xz",
     "\xfd"
     "7zXZ",
     6, tw_decode_xz},
    {"bzip2", ".bz2", "BZh", 3, tw_decode_bzip2},
    {"zstd", ".zst", "\x28\xb5\x2f\xfd", 4, tw_decode_zstd},
    {"lz4", ".lz4", "\x04\x22\x4d\x18", 4, tw_decode_lz4},
};

const struct tw_codec *tw_codec_find(const uint8_t *head, size_t n)
{
    for (size_t i = 0; i < TW_COUNT(codecs); i++) {
        const struct tw_codec *codec = &codecs[i];

        if (n >= codec->n_magic && memcmp(head, codec->magic, codec->n_magic) == 0)
            return codec;
    }
    /* A skippable frame may come first; zstd's tools write it, lz4's do not. */
    if (n >= 4 && (tw_le32(head) & 0xfffffff0u) == 0x184d2a50u)
        return tw_codec_find((const uint8_t *)"\x28\xb5\x2f\xfd", 4);
    return NULL;
}

const struct tw_codec *tw_codec_of_name(const char *name)
{
    const size_t n = strlen(name);

    for (size_t i = 0; i < TW_COUNT(codecs); i++) {
        const size_t m = strlen(codecs[i].ending);

        if (n > m && strcmp(name + n - m, codecs[i].ending) == 0)
            return &codecs[i];
    }
    return NULL;
}

int tw_feed_read(struct tw_feed *feed, void *out, size_t n, size_t *ret_n, int *ret_errno)
{
    size_t from_head = TW_MIN(n, feed->n_head - feed->i_head), got = 0;
    int rc = TRAWL_OK;

    memcpy(out, feed->head + feed->i_head, from_head);
    feed->i_head += from_head;
    *ret_n = from_head;
    if (from_head < n) {
        uint8_t *rest = (uint8_t *)out + from_head;

        rc = feed->regular
                 ? tw_io_pread(feed->fd, rest, n - from_head, feed->offset, &got, ret_errno)
                 : tw_io_read(feed->fd, rest, n - from_head, feed->stop, &got, ret_errno);
        feed->offset += got;
        *ret_n += got;
    }
    atomic_fetch_add_explicit(&feed->done, *ret_n, memory_order_relaxed);
    return rc;
}

void tw_decode_copy(struct tw_feed *feed, struct tw_spill *spill)
{
    for (;;) {
        size_t room, got;
        int number = 0, rc;
        uint8_t *to = tw_spill_space(spill, &room);

        if (!to) {
            tw_spill_end(spill, NULL);
            return;
        }
        room = TW_MIN(room, (size_t)COPY_STEP);
        rc = tw_feed_read(feed, to, room, &got, &number);
        tw_spill_commit(spill, got);
        if (rc != TRAWL_OK || got < room) {
            tw_spill_end(spill, rc == TRAWL_E_IO ? tw_reason(number) : NULL);
            return;
        }
    }
}
