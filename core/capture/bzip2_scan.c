/* Finds the blocks of bzip2 streams: they begin with a magic of 48 bits at any bit.
 * Must not know threads or captures. */
#include "core/capture/bzip2_scan.h"

#define BLOCK_MAGIC  UINT64_C(0x314159265359)
#define FINISH_MAGIC UINT64_C(0x177245385090)

enum {
    READ_STEP = 256 << 10,
    SLACK = 8,  /* a load of 64 bits may reach beyond the last byte */
    STRIDE = 4, /* a magic holds five whole bytes: of four pairs in a row one begins here */
    MAGIC_BITS = 48
};

static void mark_pairs(struct tw_bz_scan *scan, uint64_t magic)
{
    for (unsigned shift = 0; shift < 8; shift++) {
        uint64_t placed = magic << (16 - shift); /* as it lies in 8 bytes, from bit `shift` on */

        /* Bytes 1 to 4 are whole at every shift, byte 0 at none but 0, byte 5 at 0 too. */
        for (unsigned i = shift ? 1 : 0; i < (shift ? 5u : 4u); i++) {
            unsigned pair = (unsigned)(placed >> (48 - 8 * i)) & 0xffff;

            scan->candidate[pair / 8] |= (uint8_t)(1u << pair % 8);
        }
    }
}

bool tw_bz_scan_init(struct tw_bz_scan *scan, struct tw_feed *feed)
{
    memset(scan, 0, sizeof(*scan));
    scan->feed = feed;
    scan->capacity = 2 * READ_STEP;
    scan->bytes = tw_alloc(scan->capacity + SLACK);
    mark_pairs(scan, BLOCK_MAGIC);
    mark_pairs(scan, FINISH_MAGIC);
    return scan->bytes != NULL;
}

void tw_bz_scan_fini(struct tw_bz_scan *scan)
{
    tw_free(scan->bytes);
}

static void read_on(struct tw_bz_scan *scan)
{
    size_t got = 0;
    int number, rc;

    if (scan->n + READ_STEP > scan->capacity) {
        size_t capacity = scan->capacity * 2;
        uint8_t *grown = tw_realloc_array(scan->bytes, capacity + SLACK, 1);

        if (!grown) {
            scan->failed = scan->ended = true;
            return;
        }
        scan->bytes = grown;
        scan->capacity = capacity;
    }
    rc = tw_feed_read(scan->feed, scan->bytes + scan->n, READ_STEP, &got, &number);
    scan->n += got;
    memset(scan->bytes + scan->n, 0, SLACK);
    scan->failed = rc != TRAWL_OK;
    scan->ended = rc != TRAWL_OK || got < READ_STEP;
}

bool tw_bz_scan_want(struct tw_bz_scan *scan, uint64_t n_bits)
{
    while ((uint64_t)scan->n * 8 < n_bits && !scan->ended)
        read_on(scan);
    return (uint64_t)scan->n * 8 >= n_bits;
}

uint64_t tw_bz_scan_bits(const struct tw_bz_scan *scan, uint64_t bit, unsigned n)
{
    return tw_be64(scan->bytes + bit / 8) << (bit % 8) >> (64 - n);
}

enum tw_bz_mark tw_bz_scan_at(struct tw_bz_scan *scan, uint64_t bit)
{
    uint64_t magic;

    if (!tw_bz_scan_want(scan, bit + MAGIC_BITS))
        return TW_BZ_NONE;
    magic = tw_bz_scan_bits(scan, bit, MAGIC_BITS);
    return magic == BLOCK_MAGIC ? TW_BZ_BLOCK : magic == FINISH_MAGIC ? TW_BZ_FINISH : TW_BZ_NONE;
}

/* Look at every bit of [from, to), all with their 48 bits in the window. */
static enum tw_bz_mark look(struct tw_bz_scan *scan, uint64_t from, uint64_t to, uint64_t *ret_bit)
{
    for (uint64_t bit = from; bit < to; bit++) {
        enum tw_bz_mark mark = tw_bz_scan_at(scan, bit);

        if (mark != TW_BZ_NONE) {
            *ret_bit = bit;
            return mark;
        }
    }
    return TW_BZ_NONE;
}

enum tw_bz_mark tw_bz_scan_next(struct tw_bz_scan *scan, uint64_t bit, uint64_t most_bits,
                                uint64_t *ret_bit)
{
    uint64_t last = bit + most_bits;
    size_t i = (size_t)(bit / 8);

    while ((uint64_t)i * 8 <= last + MAGIC_BITS) {
        /* A pair at i belongs to a magic that begins at most 4 bytes and 7 bits before it. */
        uint64_t near = (uint64_t)i * 8, from = near > 40 ? near - 40 : 0;
        enum tw_bz_mark mark;
        unsigned pair;

        if (!tw_bz_scan_want(scan, near + 16))
            break;
        pair = tw_be16(scan->bytes + i);
        if (TW_UNLIKELY(scan->candidate[pair / 8] >> pair % 8 & 1)) {
            mark = look(scan, TW_MAX(from, bit), near + 1, ret_bit);
            if (mark != TW_BZ_NONE)
                return *ret_bit <= last ? mark : TW_BZ_NONE;
        }
        i += STRIDE;
    }
    return TW_BZ_NONE;
}

uint64_t tw_bz_scan_drop(struct tw_bz_scan *scan, uint64_t bit)
{
    size_t n = (size_t)(bit / 8);

    memmove(scan->bytes, scan->bytes + n, scan->n - n + SLACK);
    scan->n -= n;
    return (uint64_t)n * 8;
}
