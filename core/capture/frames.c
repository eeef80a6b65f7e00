/* Hops over records. Must not know what is in them. */
#include "core/capture/frames.h"

#include "core/capture/input.h"

#define SECTION    UINT32_C(0x0a0d0d0a) /* the same in both byte orders */
#define ORDER      UINT32_C(0x1a2b3c4d)
#define MAGIC_USEC UINT32_C(0xa1b2c3d4)
#define MAGIC_NSEC UINT32_C(0xa1b23c4d)

enum { TELLS = 4, LINK_AT = 20, RECORD_HEADER = 16, BLOCK_HEADER = 12 };

static uint32_t get_u32(const uint8_t *p, bool is_big)
{
    return is_big ? tw_be32(p) : tw_le32(p);
}

static bool is_pcap(const uint8_t *data, bool is_big)
{
    const uint32_t magic = get_u32(data, is_big);

    return magic == MAGIC_USEC || magic == MAGIC_NSEC;
}

/* Versions before 2.4 may have the lengths of a record in the other order. */
static bool has_known_version(const uint8_t *head, bool is_big)
{
    return is_big ? head[4] == 0 && head[5] == 2 && head[7] >= 4
                  : head[4] == 2 && head[5] == 0 && head[6] >= 4;
}

static void tell_format(struct tw_frames *frames, const uint8_t *data)
{
    frames->is_big = is_pcap(data, true);
    memcpy(frames->head, data, TW_FRAMES_HEAD);
    frames->format = TW_FRAMES_OTHER;
    if (get_u32(data, true) == SECTION)
        frames->format = TW_FRAMES_PCAPNG;
    else if (is_pcap(data, frames->is_big) && has_known_version(data, frames->is_big))
        frames->format = TW_FRAMES_PCAP;
}

/* Not a packet without bytes of the year 2055. */
static bool is_head(const uint8_t *data)
{
    static const uint8_t zeros[RECORD_HEADER - 8];
    const bool is_big = is_pcap(data, true);

    return (is_big || is_pcap(data, false)) && has_known_version(data, is_big) &&
           memcmp(data + 8, zeros, sizeof(zeros)) == 0;
}

/* Of the record or block that begins here; 0: too few bytes, or a head, SIZE_MAX: it is none. */
static size_t length_of(struct tw_frames *frames, const uint8_t *data, size_t n)
{
    uint32_t length;

    if (frames->format == TW_FRAMES_PCAP) {
        if (n < RECORD_HEADER)
            return 0;
        frames->at_head = is_head(data);
        if (frames->at_head)
            return 0;
        length = get_u32(data + 8, frames->is_big);
        return length > TW_MAX_RECORD ? SIZE_MAX : RECORD_HEADER + (size_t)length;
    }
    if (n < BLOCK_HEADER)
        return 0;
    if (get_u32(data, true) == SECTION)
        frames->is_big = get_u32(data + 8, true) == ORDER;
    length = get_u32(data + 4, frames->is_big);
    return length < BLOCK_HEADER || length % 4 || length > TW_MAX_BLOCK ? SIZE_MAX : length;
}

size_t tw_frames_whole(struct tw_frames *frames, const uint8_t *data, size_t n)
{
    size_t at = 0;

    frames->at_head = false;
    if (frames->format == TW_FRAMES_UNTOLD) {
        if (n < TW_FRAMES_HEAD)
            return 0;
        tell_format(frames, data);
        at = frames->format == TW_FRAMES_PCAP ? TW_FRAMES_HEAD : 0;
    }
    while (frames->format != TW_FRAMES_OTHER) {
        const size_t length = length_of(frames, data + at, n - at);

        if (length == SIZE_MAX)
            frames->format = TW_FRAMES_OTHER;
        else if (length == 0 || length > n - at)
            return at;
        else
            at += length;
    }
    return n;
}

enum tw_frames_next tw_frames_again(const struct tw_frames *frames, const uint8_t *data, size_t n,
                                    size_t *ret_skip)
{
    *ret_skip = 0;
    if (n < TELLS)
        return TW_FRAMES_MORE;
    if (get_u32(data, true) == SECTION)
        return frames->format == TW_FRAMES_PCAPNG ? TW_FRAMES_TAKEN : TW_FRAMES_REFUSED;
    if (!is_pcap(data, true) && !is_pcap(data, false))
        return TW_FRAMES_TAKEN;
    if (frames->format != TW_FRAMES_PCAP || memcmp(data, frames->head, TELLS) != 0)
        return TW_FRAMES_REFUSED;
    if (n < TW_FRAMES_HEAD)
        return TW_FRAMES_MORE;
    *ret_skip = TW_FRAMES_HEAD;
    return memcmp(data + LINK_AT, frames->head + LINK_AT, TW_FRAMES_HEAD - LINK_AT) == 0
               ? TW_FRAMES_TAKEN
               : TW_FRAMES_REFUSED;
}
