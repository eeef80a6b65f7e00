/* The snoop format of RFC 1761, written by Solaris.
 * Must not know other formats. */
#include "core/capture/reader.h"

enum {
    FILE_HEADER = 16,   /* magic of 8, version, data link type */
    RECORD_HEADER = 24, /* original, included, record length, drops, seconds, microseconds */
    MAX_PAD = 262144,
    VERSION = 2
};

struct snoop {
    uint32_t max_record;
    uint32_t i_interface;
};

/* RFC 1761 section 4 and what Solaris added; 147 (a private use) stands for "none of these". */
static uint32_t link_type_of(uint32_t data_link)
{
    switch (data_link) {
    case 0: /* IEEE 802.3 */
    case 4: /* Ethernet */
        return 1;
    case 2: /* token ring */
        return 6;
    case 8: /* FDDI */
        return 10;
    case 16: /* ATM, RFC 1483 */
        return 100;
    case 18: /* SunATM */
        return 123;
    case 26: /* IP over InfiniBand */
        return 242;
    default:
        return 147;
    }
}

static bool probe(const uint8_t *head, size_t n)
{
    return n >= 8 && memcmp(head, "snoop\0\0\0", 8) == 0;
}

static int open_snoop(struct tw_reader *reader, const uint8_t *head, size_t n, trawl_error *err)
{
    const char *path = reader->input->files[reader->i_file].path;
    struct tw_interface interface = {.i_file = reader->i_file, .time_decimals = 6};
    struct snoop *snoop;

    if (n < FILE_HEADER)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is cut inside the snoop file header", path);
    if (tw_be32(head + 8) != VERSION)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is snoop version %u, which is not known", path,
                       tw_be32(head + 8));
    snoop = tw_alloc(sizeof(*snoop));
    if (!snoop)
        return tw_fail_nomem(err);
    reader->state = snoop;
    reader->pos = FILE_HEADER;
    interface.link_type = link_type_of(tw_be32(head + 12));
    snoop->max_record = tw_max_record(interface.link_type);
    return tw_input_add_interface(reader->input, &interface, &snoop->i_interface, err);
}

static int hop(struct tw_reader *reader, const struct tw_window *window, struct tw_batch *batch,
               trawl_error *err)
{
    const struct snoop *snoop = reader->state;

    (void)err;
    while (reader->pos < window->limit) {
        size_t at = (size_t)(reader->pos - window->offset);
        size_t left = at < window->n ? window->n - at : 0;
        const uint8_t *p = window->data + at;
        struct tw_record *record;
        uint32_t cap_len, record_len;

        if (batch->n == batch->capacity)
            return TW_HOP_FULL;
        if (left < RECORD_HEADER) {
            reader->need = RECORD_HEADER;
            return TW_HOP_SHORT;
        }
        cap_len = tw_be32(p + 4);
        record_len = tw_be32(p + 8);
        if (cap_len > snoop->max_record)
            return tw_reader_damage(reader, reader->pos, "bad length",
                                    "a record of %u bytes, more than %u", cap_len,
                                    snoop->max_record);
        if (record_len < RECORD_HEADER + cap_len || record_len - RECORD_HEADER - cap_len > MAX_PAD)
            return tw_reader_damage(reader, reader->pos, "bad length",
                                    "a record length of %u around a packet of %u bytes", record_len,
                                    cap_len);
        if (left < RECORD_HEADER + cap_len) {
            reader->need = RECORD_HEADER + cap_len;
            return TW_HOP_SHORT;
        }
        record = &batch->records[batch->n++];
        record->time_ns = (int64_t)tw_be32(p + 16) * 1000000000 + (int64_t)tw_be32(p + 20) * 1000;
        record->offset = reader->pos + RECORD_HEADER;
        record->data = p + RECORD_HEADER;
        record->cap_len = cap_len;
        record->len = tw_be32(p);
        record->i_interface = snoop->i_interface;
        reader->pos += record_len;
    }
    return TW_HOP_LIMIT;
}

static void close_snoop(struct tw_reader *reader)
{
    tw_free(reader->state);
}

const struct tw_format tw_format_snoop = {"snoop", probe, open_snoop, hop, close_snoop};
