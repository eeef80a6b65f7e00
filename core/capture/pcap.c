/* The pcap format in its variants: both byte orders, microseconds and nanoseconds, 24-byte record
 * headers (Kuznetzov). Must not know other formats. Source: draft-ietf-opsawg-pcap, libpcap. */
#include "core/capture/reader.h"

#define MAGIC_USEC     UINT32_C(0xa1b2c3d4)
#define MAGIC_NSEC     UINT32_C(0xa1b23c4d)
#define MAGIC_MODIFIED UINT32_C(0xa1b2cd34)

enum {
    FILE_HEADER = 24,
    RECORD_HEADER = 16,
    RECORD_HEADER_MODIFIED = 24, /* then interface index, protocol, packet type, pad */
    DGUX_MAJOR = 543             /* written by the tcpdump of DG/UX, otherwise 2.4 */
};

/* Versions before 2.3 had the two lengths the other way round; 2.3 had both. */
enum swapped { NOT_SWAPPED, MAYBE_SWAPPED, SWAPPED };

struct pcap {
    bool big;
    size_t header_len;
    uint32_t ns_per_unit;
    enum swapped swapped;
    uint32_t max_record;
    uint32_t i_interface;
};

static bool is_magic(uint32_t magic)
{
    return magic == MAGIC_USEC || magic == MAGIC_NSEC || magic == MAGIC_MODIFIED;
}

static bool probe(const uint8_t *head, size_t n)
{
    return n >= 4 && (is_magic(tw_le32(head)) || is_magic(tw_be32(head)));
}

static int open_pcap(struct tw_reader *reader, const uint8_t *head, size_t n, trawl_error *err)
{
    const char *path = reader->input->files[reader->i_file].path;
    struct tw_interface interface = {.i_file = reader->i_file};
    struct pcap *pcap;
    uint32_t magic, network;
    unsigned major, minor;
    bool big = is_magic(tw_be32(head));

    if (n < FILE_HEADER)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is cut inside the pcap file header", path);
    magic = tw_u32(head, big);
    major = tw_u16(head + 4, big);
    minor = tw_u16(head + 6, big);
    if (major != 2 && !(major == DGUX_MAJOR && minor == 0))
        return tw_fail(err, TRAWL_E_DATA, "'%s' is pcap version %u.%u, which is not known", path,
                       major, minor);
    pcap = tw_alloc(sizeof(*pcap));
    if (!pcap)
        return tw_fail_nomem(err);
    reader->state = pcap;
    reader->pos = FILE_HEADER;
    pcap->big = big;
    pcap->header_len = magic == MAGIC_MODIFIED ? RECORD_HEADER_MODIFIED : RECORD_HEADER;
    pcap->ns_per_unit = magic == MAGIC_NSEC ? 1 : 1000;
    pcap->swapped = major != 2 || minor > 3 ? NOT_SWAPPED : minor == 3 ? MAYBE_SWAPPED : SWAPPED;
    network = tw_u32(head + 20, big);
    interface.link_type = tw_link_type(network & 0x03ffffff);
    if (network & 0x04000000) /* the upper bits say how long the FCS is, in 16-bit words */
        interface.fcs_bytes = (uint8_t)((network >> 28) * 2);
    interface.snaplen = tw_u32(head + 16, big);
    interface.time_decimals = magic == MAGIC_NSEC ? 9 : 6;
    pcap->max_record = tw_max_record(interface.link_type);
    return tw_input_add_interface(reader->input, &interface, &pcap->i_interface, err);
}

/* Records of zero bytes, up to the end of the file, are a tail that the writer's machine never
 * wrote: they stay, as other tools keep them, but are told. */
static void count_zeros(struct tw_reader *reader, uint64_t pos)
{
    if (reader->n_zeros++ == 0)
        reader->zeros_at = pos;
}

static int hop(struct tw_reader *reader, const struct tw_window *window, struct tw_batch *batch,
               trawl_error *err)
{
    const struct pcap *pcap = reader->state;
    const size_t header_len = pcap->header_len;
    const bool big = pcap->big;
    uint64_t pos = reader->pos;
    int rc;

    (void)err;
    for (;;) {
        struct tw_record *record;
        const uint8_t *p;
        size_t at, left;
        uint32_t cap_len, len;

        if (pos >= window->limit) {
            rc = TW_HOP_LIMIT;
            break;
        }
        if (batch->n == batch->capacity) {
            rc = TW_HOP_FULL;
            break;
        }
        at = (size_t)(pos - window->offset);
        left = at < window->n ? window->n - at : 0;
        if (left < header_len) {
            reader->need = header_len;
            rc = TW_HOP_SHORT;
            break;
        }
        p = window->data + at;
        cap_len = tw_u32(p + 8, big);
        len = tw_u32(p + 12, big);
        if (TW_UNLIKELY(pcap->swapped != NOT_SWAPPED) &&
            (pcap->swapped == SWAPPED || cap_len > len)) {
            uint32_t other = cap_len;

            cap_len = len;
            len = other;
        }
        if (TW_UNLIKELY(cap_len > pcap->max_record)) {
            reader->pos = pos;
            return tw_reader_damage(reader, pos, "bad length", "a record of %u bytes, more than %u",
                                    cap_len, pcap->max_record);
        }
        if (left - header_len < cap_len) {
            reader->need = header_len + cap_len;
            rc = TW_HOP_SHORT;
            break;
        }
        if (TW_UNLIKELY((cap_len | len | tw_le32(p)) == 0))
            count_zeros(reader, pos);
        else
            reader->n_zeros = 0;
        record = &batch->records[batch->n++];
        record->time_ns = (int64_t)tw_u32(p, big) * 1000000000 +
                          (int64_t)tw_u32(p + 4, big) * pcap->ns_per_unit;
        record->offset = pos + header_len;
        record->data = p + header_len;
        record->cap_len = cap_len;
        record->len = len;
        record->i_interface = pcap->i_interface;
        pos += header_len + cap_len;
    }
    reader->pos = pos;
    return rc;
}

static void close_pcap(struct tw_reader *reader)
{
    tw_free(reader->state);
}

const struct tw_format tw_format_pcap = {"pcap", probe, open_pcap, hop, close_pcap};
