/* One bzip2 block, in three steps so that the slow middle one can be done for several at a time.
 * Must not know streams, threads or captures. The format is described in "BZIP2: Format
 * Specification" by Joe Tsai; the checksum is CRC-32 with the high bit first. */
#include "core/capture/bzip2_block.h"

#include <pthread.h>

enum {
    HEADER_BITS = 48 + 32,
    MAX_GROUPS = 6,
    GROUP_SYMBOLS = 50,
    MAX_SELECTORS = 18002, /* 900,000 / 50 and what the reference encoder rounds up */
    MAX_SYMBOLS = 258,     /* 256 bytes, less the one in front, plus two runs and the end */
    MAX_CODE = 20,
    FAST_BITS = 10,
    RUN_A = 0,
    RUN_B = 1
};

struct bits {
    const uint8_t *bytes;
    uint64_t pos, end; /* in bits */
};

/* At most 32 bits. Beyond the end come the caller's padding bytes; finished() finds that out. */
static uint32_t take(struct bits *bits, unsigned n)
{
    uint64_t word = tw_be64(bits->bytes + bits->pos / 8) << (bits->pos % 8);

    bits->pos += n;
    return n ? (uint32_t)(word >> (64 - n)) : 0;
}

static bool overran(const struct bits *bits)
{
    return bits->pos > bits->end;
}

/* A prefix code: short codes by table, long ones by comparing with the last code of each length. */
struct code {
    uint16_t fast[1 << FAST_BITS]; /* symbol << 5 | length; 0: a longer code */
    uint32_t limit[MAX_CODE + 2];  /* first code beyond length n, as MAX_CODE bits */
    uint32_t base[MAX_CODE + 1];   /* index of a length's first symbol, less its first code */
    uint16_t symbols[MAX_SYMBOLS]; /* in order of codes */
};

static bool make_code(struct code *code, const uint8_t *lengths, unsigned n_symbols)
{
    unsigned count[MAX_CODE + 1] = {0}, n = 0;
    uint32_t next = 0;

    for (unsigned i = 0; i < n_symbols; i++)
        count[lengths[i]]++;
    memset(code->fast, 0, sizeof(code->fast));
    for (unsigned len = 1; len <= MAX_CODE; len++) {
        uint32_t first = next;

        code->base[len] = n - first;
        for (unsigned i = 0; i < n_symbols && count[len]; i++) {
            if (lengths[i] != len)
                continue;
            code->symbols[n++] = (uint16_t)i;
            if (next >> len) /* more codes than there are bits for */
                return false;
            if (len <= FAST_BITS) {
                unsigned from = next << (FAST_BITS - len);

                for (unsigned k = 0; k < 1u << (FAST_BITS - len); k++)
                    code->fast[from + k] = (uint16_t)(i << 5 | len);
            }
            next++;
        }
        code->limit[len] = next << (MAX_CODE - len);
        next <<= 1;
    }
    return true;
}

/* The next symbol, or MAX_SYMBOLS when no code fits. */
static inline unsigned take_symbol(struct bits *bits, const struct code *code)
{
    uint64_t word = tw_be64(bits->bytes + bits->pos / 8) << (bits->pos % 8);
    unsigned entry = code->fast[word >> (64 - FAST_BITS)];

    if (TW_LIKELY(entry)) {
        bits->pos += entry & 31;
        return entry >> 5;
    }
    for (unsigned len = FAST_BITS + 1; len <= MAX_CODE; len++) {
        if ((word >> (64 - MAX_CODE)) < code->limit[len]) {
            uint32_t i = code->base[len] + (uint32_t)(word >> (64 - len));

            bits->pos += len;
            return i < MAX_SYMBOLS ? code->symbols[i] : MAX_SYMBOLS;
        }
    }
    return MAX_SYMBOLS;
}

/* What comes before the symbols of a block. */
struct head {
    uint8_t front[256]; /* the bytes in use, later moved to the front as they come */
    unsigned n_used;
    unsigned n_groups, n_selectors;
    uint8_t selectors[MAX_SELECTORS];
    struct code codes[MAX_GROUPS];
};

static bool read_used(struct bits *bits, struct head *head)
{
    uint32_t ranges = take(bits, 16);

    head->n_used = 0;
    for (unsigned i = 0; i < 16; i++) {
        uint32_t in_range = ranges >> (15 - i) & 1 ? take(bits, 16) : 0;

        for (unsigned k = 0; k < 16; k++) {
            if (in_range >> (15 - k) & 1)
                head->front[head->n_used++] = (uint8_t)(i * 16 + k);
        }
    }
    return head->n_used > 0;
}

static bool read_selectors(struct bits *bits, struct head *head)
{
    uint8_t order[MAX_GROUPS] = {0, 1, 2, 3, 4, 5};

    head->n_groups = take(bits, 3);
    head->n_selectors = take(bits, 15);
    if (head->n_groups < 2 || head->n_groups > MAX_GROUPS || head->n_selectors == 0 ||
        head->n_selectors > MAX_SELECTORS)
        return false;
    for (unsigned i = 0; i < head->n_selectors; i++) {
        unsigned at = 0;
        uint8_t group;

        while (take(bits, 1)) {
            if (++at >= head->n_groups)
                return false;
        }
        group = order[at];
        memmove(order + 1, order, at);
        order[0] = group;
        head->selectors[i] = group;
        if (overran(bits))
            return false;
    }
    return true;
}

static bool read_codes(struct bits *bits, struct head *head)
{
    unsigned n_symbols = head->n_used + 2;

    for (unsigned group = 0; group < head->n_groups; group++) {
        uint8_t lengths[MAX_SYMBOLS];
        unsigned len = take(bits, 5);

        for (unsigned i = 0; i < n_symbols; i++) {
            for (;;) {
                if (len < 1 || len > MAX_CODE || overran(bits))
                    return false;
                if (!take(bits, 1))
                    break;
                len = take(bits, 1) ? len - 1 : len + 1;
            }
            lengths[i] = (uint8_t)len;
        }
        if (!make_code(&head->codes[group], lengths, n_symbols))
            return false;
    }
    return true;
}

/* A run of the byte in front. */
static bool put_run(struct tw_bz_block *block, uint32_t *n, uint32_t run, uint8_t byte,
                    uint32_t counts[256])
{
    uint32_t *links = block->links;

    if (run > TW_BZ_BLOCK_MOST - *n)
        return false;
    counts[byte] += run;
    for (uint32_t end = *n + run; *n < end; ++*n)
        links[*n] = byte;
    return true;
}

/* The symbols: runs, and places in the list of bytes. */
static bool read_symbols(struct bits *bits, struct head *head, struct tw_bz_block *block,
                         uint32_t counts[256])
{
    const unsigned end_symbol = head->n_used + 1;
    uint32_t n = 0, run = 0, unit = 1;

    for (unsigned i = 0; i < head->n_selectors; i++) {
        const struct code *code = &head->codes[head->selectors[i]];

        for (unsigned k = 0; k < GROUP_SYMBOLS; k++) {
            unsigned symbol = take_symbol(bits, code);
            uint8_t byte;

            if (symbol <= RUN_B) {
                if (unit > TW_BZ_BLOCK_MOST)
                    return false;
                run += unit << (symbol == RUN_B);
                unit <<= 1;
                continue;
            }
            if (run) {
                if (!put_run(block, &n, run, head->front[0], counts))
                    return false;
                run = 0;
                unit = 1;
            }
            if (symbol == end_symbol) {
                block->n = n;
                return true;
            }
            if (symbol > end_symbol || n == TW_BZ_BLOCK_MOST)
                return false;
            byte = head->front[symbol - 1];
            memmove(head->front + 1, head->front, symbol - 1);
            head->front[0] = byte;
            counts[byte]++;
            block->links[n++] = byte;
        }
        if (overran(bits))
            return false;
    }
    return false;
}

bool tw_bz_block_read(struct tw_bz_block *block, const uint8_t *bytes, unsigned bit,
                      uint64_t n_bits)
{
    struct bits bits = {bytes, bit + HEADER_BITS, bit + n_bits};
    struct bits crc = {bytes, bit + 48, bit + n_bits};
    uint32_t counts[256] = {0}, sum = 0;
    struct head *head;
    bool good;

    if (n_bits < HEADER_BITS + 25)
        return false;
    block->crc = take(&crc, 32);
    if (take(&bits, 1)) /* randomised: bzip2 0.9.0 and before */
        return false;
    block->origin = take(&bits, 24);
    head = tw_alloc(sizeof(*head));
    good = head && read_used(&bits, head) && read_selectors(&bits, head) &&
           read_codes(&bits, head) && read_symbols(&bits, head, block, counts);
    tw_free(head);
    if (!good || bits.pos != bits.end || block->origin >= block->n)
        return false;
    for (unsigned i = 0; i < 256; i++) {
        uint32_t count = counts[i];

        counts[i] = sum;
        sum += count;
    }
    for (uint32_t i = 0; i < block->n; i++)
        block->links[counts[block->links[i] & 0xff]++] |= i << 8;
    return true;
}

/* ---- undoing the sort ---- */

static inline __attribute__((always_inline)) void undo_lanes(struct tw_bz_block *const *blocks,
                                                             const size_t n_lanes, uint32_t *at,
                                                             uint32_t from, uint32_t to)
{
    uint32_t next[TW_BZ_LANES];

    for (size_t k = 0; k < n_lanes; k++)
        next[k] = at[k];
    for (uint32_t i = from; i < to; i++) {
        for (size_t k = 0; k < n_lanes; k++) {
            uint32_t link = blocks[k]->links[next[k]];

            blocks[k]->text[i] = (uint8_t)link;
            next[k] = link >> 8;
        }
    }
    for (size_t k = 0; k < n_lanes; k++)
        at[k] = next[k];
}

void tw_bz_blocks_undo(struct tw_bz_block *const *blocks, size_t n)
{
    uint32_t at[TW_BZ_LANES], together = UINT32_MAX;

    for (size_t k = 0; k < n; k++) {
        at[k] = blocks[k]->links[blocks[k]->origin] >> 8;
        together = TW_MIN(together, blocks[k]->n);
    }
    switch (n) {
    case 4:
        undo_lanes(blocks, 4, at, 0, together);
        break;
    case 3:
        undo_lanes(blocks, 3, at, 0, together);
        break;
    case 2:
        undo_lanes(blocks, 2, at, 0, together);
        break;
    default:
        together = 0;
    }
    for (size_t k = 0; k < n; k++)
        undo_lanes(&blocks[k], 1, &at[k], together, blocks[k]->n);
}

/* ---- runs and the checksum ---- */

static uint32_t crc_tables[8][256];
static pthread_once_t crc_once = PTHREAD_ONCE_INIT;

static void make_crc_tables(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i << 24;

        for (unsigned k = 0; k < 8; k++)
            crc = crc & 0x80000000u ? crc << 1 ^ 0x04c11db7u : crc << 1;
        crc_tables[0][i] = crc;
    }
    for (unsigned t = 1; t < 8; t++) {
        for (unsigned i = 0; i < 256; i++) {
            uint32_t before = crc_tables[t - 1][i];

            crc_tables[t][i] = before << 8 ^ crc_tables[0][before >> 24];
        }
    }
}

static uint32_t crc_of(uint32_t crc, const uint8_t *p, size_t n)
{
    for (; n >= 8; p += 8, n -= 8) {
        uint32_t high = crc ^ tw_be32(p);

        crc = crc_tables[7][high >> 24] ^ crc_tables[6][high >> 16 & 255] ^
              crc_tables[5][high >> 8 & 255] ^ crc_tables[4][high & 255] ^ crc_tables[3][p[4]] ^
              crc_tables[2][p[5]] ^ crc_tables[1][p[6]] ^ crc_tables[0][p[7]];
    }
    for (; n; p++, n--)
        crc = crc << 8 ^ crc_tables[0][crc >> 24 ^ *p];
    return crc;
}

void tw_bz_run_init(struct tw_bz_run *run)
{
    pthread_once(&crc_once, make_crc_tables);
    *run = (struct tw_bz_run){.crc = UINT32_MAX};
}

size_t tw_bz_run_write(struct tw_bz_run *run, const struct tw_bz_block *block, uint8_t *out,
                       size_t room)
{
    const uint8_t *text = block->text;
    uint32_t i = run->i;
    unsigned n_equal = run->n_equal;
    uint8_t byte = run->byte;
    size_t n = 0;

    while (n < room) {
        if (run->left) {
            size_t part = TW_MIN((size_t)run->left, room - n);

            memset(out + n, byte, part);
            n += part;
            run->left -= (unsigned)part;
        } else if (i == block->n) {
            break;
        } else if (n_equal == 4) { /* the byte after four equal ones says how many more */
            run->left = text[i++];
            n_equal = 0;
        } else {
            n_equal = n_equal && text[i] == byte ? n_equal + 1 : 1;
            byte = text[i++];
            out[n++] = byte;
        }
    }
    run->crc = crc_of(run->crc, out, n);
    run->i = i;
    run->n_equal = n_equal;
    run->byte = byte;
    return n;
}

bool tw_bz_run_matches(const struct tw_bz_run *run, const struct tw_bz_block *block)
{
    return ~run->crc == block->crc;
}
