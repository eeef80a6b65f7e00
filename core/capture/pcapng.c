/* The pcapng format: sections of both byte orders, interfaces with clocks of their own, packets in
 * three kinds of blocks. Must not know other formats. Source: draft-ietf-opsawg-pcapng. */
#include "core/capture/pcapng.h"

#define BLOCK_SECTION    UINT32_C(0x0a0d0d0a)
#define BYTE_ORDER_MAGIC UINT32_C(0x1a2b3c4d)

enum {
    BLOCK_INTERFACE = 1,
    BLOCK_PACKET = 2, /* obsolete */
    BLOCK_SIMPLE = 3,
    BLOCK_NAMES = 4,
    BLOCK_ENHANCED = 6,
    OPT_COMMENT = 1,
    HEADER = 8,
    TRAILER = 4,
    MIN_BLOCK = HEADER + TRAILER,
    MIN_SECTION = 28,
    MIN_INTERFACE = 20,
    MIN_PACKET = 32, /* of the enhanced and of the obsolete block */
    MIN_SIMPLE = 16
};

struct pcapng {
    bool big;
    struct tw_ng_interface *interfaces; /* of the current section */
    size_t n_interfaces, capacity;
};

static bool probe(const uint8_t *head, size_t n)
{
    return n >= 4 && tw_le32(head) == BLOCK_SECTION;
}

/* Byte order and version of a section header; NULL, or what is wrong with it. */
static const char *check_section(const uint8_t *p, bool *ret_big)
{
    if (tw_le32(p + HEADER) == BYTE_ORDER_MAGIC)
        *ret_big = false;
    else if (tw_be32(p + HEADER) == BYTE_ORDER_MAGIC)
        *ret_big = true;
    else
        return "no byte-order magic";
    /* 1.2 was written by some tools and means 1.0. */
    if (tw_u16(p + 12, *ret_big) != 1 ||
        (tw_u16(p + 14, *ret_big) != 0 && tw_u16(p + 14, *ret_big) != 2))
        return "a version that is not known";
    return NULL;
}

static int open_pcapng(struct tw_reader *reader, const uint8_t *head, size_t n, trawl_error *err)
{
    const char *path = reader->input->files[reader->i_file].path, *wrong;
    struct pcapng *ng;
    bool big;

    if (n < MIN_SECTION)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is cut inside the pcapng section header", path);
    wrong = check_section(head, &big);
    if (wrong)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is no pcapng file that can be read: %s", path,
                       wrong);
    ng = tw_alloc(sizeof(*ng));
    if (!ng)
        return tw_fail_nomem(err);
    reader->state = ng;
    reader->pos = 0;
    return TRAWL_OK;
}

static void forget_interfaces(struct pcapng *ng)
{
    for (size_t i = 0; i < ng->n_interfaces; i++) {
        tw_free(ng->interfaces[i].name);
        tw_free(ng->interfaces[i].description);
    }
    ng->n_interfaces = 0;
}

/* Remember where the comments of a block are. */
static int note_comments(struct tw_reader *reader, const struct tw_window *window,
                         enum tw_note_kind kind, const uint8_t *options, const uint8_t *end,
                         uint64_t packet_offset, trawl_error *err)
{
    const struct pcapng *ng = reader->state;
    struct tw_ng_option option = {.next = options, .end = end};

    while (tw_ng_option_next(&option, ng->big)) {
        struct tw_note note = {.kind = kind,
                               .i_file = reader->i_file,
                               .n = option.n,
                               .big_endian = ng->big,
                               .packet_offset = packet_offset};
        int rc;

        if (option.code != OPT_COMMENT)
            continue;
        note.offset = window->offset + (uint64_t)(option.value - window->data);
        rc = tw_input_add_note(reader->input, &note, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

static int read_section(struct tw_reader *reader, const struct tw_window *window, const uint8_t *p,
                        uint32_t n, trawl_error *err)
{
    struct pcapng *ng = reader->state;

    forget_interfaces(ng);
    return note_comments(reader, window, TW_NOTE_SECTION, p + MIN_SECTION - TRAILER,
                         p + n - TRAILER, 0, err);
}

static int read_interface(struct tw_reader *reader, const struct tw_window *window,
                          const uint8_t *p, uint32_t n, trawl_error *err)
{
    struct pcapng *ng = reader->state;
    int rc;

    if (n < MIN_INTERFACE)
        return tw_reader_damage(reader, reader->pos, "bad length", "an interface block of %u bytes",
                                n);
    if (ng->n_interfaces == TW_MAX_SECTION_INTERFACES)
        return tw_reader_damage(reader, reader->pos, "too many interfaces",
                                "a section with more than %d interfaces",
                                TW_MAX_SECTION_INTERFACES);
    if (ng->n_interfaces == ng->capacity) {
        size_t capacity = ng->capacity ? ng->capacity * 2 : 8;
        struct tw_ng_interface *grown = tw_realloc_array(ng->interfaces, capacity, sizeof(*grown));

        if (!grown)
            return tw_fail_nomem(err);
        ng->interfaces = grown;
        ng->capacity = capacity;
    }
    rc = tw_ng_interface_read(&ng->interfaces[ng->n_interfaces], p, n, ng->big, err);
    if (rc != TRAWL_OK)
        return rc;
    ng->n_interfaces++;
    return note_comments(reader, window, TW_NOTE_INTERFACE, p + MIN_INTERFACE - TRAILER,
                         p + n - TRAILER, 0, err);
}

/* An interface gets its row in the input with its first packet: files may describe very many. */
static int use_interface(struct tw_reader *reader, uint32_t i, struct tw_ng_interface *interface,
                         trawl_error *err)
{
    struct tw_interface used = {.i_file = reader->i_file,
                                .i_in_file = i,
                                .link_type = interface->link_type,
                                .snaplen = interface->snaplen,
                                .time_decimals = interface->clock.decimals,
                                .fcs_bytes = interface->fcs_bytes,
                                .name = interface->name,
                                .description = interface->description};

    interface->name = interface->description = NULL; /* taken over, also on failure */
    return tw_input_add_interface(reader->input, &used, &interface->i_interface, err);
}

/* What the three packet blocks have in common. */
struct packet {
    uint32_t i_interface;
    bool has_time;
    uint64_t ticks;
    uint32_t cap_len, len;
    uint32_t at; /* of the bytes in the block */
};

static int add_packet(struct tw_reader *reader, const struct tw_window *window, const uint8_t *p,
                      uint32_t n, const struct packet *packet, struct tw_batch *batch,
                      trawl_error *err)
{
    struct pcapng *ng = reader->state;
    struct tw_ng_interface *interface;
    struct tw_record *record;
    uint32_t after = packet->at + ((packet->cap_len + 3) & ~UINT32_C(3));
    int rc;

    interface = &ng->interfaces[packet->i_interface];
    if (packet->cap_len > interface->max_record)
        return tw_reader_damage(reader, reader->pos, "bad length",
                                "a packet of %u bytes, more than %u", packet->cap_len,
                                interface->max_record);
    if (packet->cap_len > n - TRAILER - packet->at)
        return tw_reader_damage(reader, reader->pos, "bad length",
                                "a packet of %u bytes in a block of %u", packet->cap_len, n);
    if (TW_UNLIKELY(interface->i_interface == UINT32_MAX)) {
        if (reader->input->n_interfaces >= TW_MAX_INTERFACES)
            return tw_reader_damage(reader, reader->pos, "too many interfaces",
                                    "packets of more than %d interfaces", TW_MAX_INTERFACES);
        rc = use_interface(reader, packet->i_interface, interface, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    record = &batch->records[batch->n++];
    record->time_ns = INT64_MIN;
    record->offset = reader->pos + packet->at;
    record->data = p + packet->at;
    record->cap_len = packet->cap_len;
    record->len = packet->len;
    record->i_interface = interface->i_interface;
    if (packet->has_time && !tw_ng_time(&interface->clock, packet->ticks, &record->time_ns)) {
        if (reader->n_bad_times++ == 0)
            reader->bad_time_at = reader->pos;
    }
    if (after + 4 + TRAILER <= n && packet->has_time)
        return note_comments(reader, window, TW_NOTE_PACKET, p + after, p + n - TRAILER,
                             record->offset, err);
    return TRAWL_OK;
}

static int read_packet(struct tw_reader *reader, const struct tw_window *window, uint32_t type,
                       const uint8_t *p, uint32_t n, struct tw_batch *batch, trawl_error *err)
{
    const struct pcapng *ng = reader->state;
    const bool big = ng->big;
    struct packet packet = {0};

    if (n < (type == BLOCK_SIMPLE ? (uint32_t)MIN_SIMPLE : (uint32_t)MIN_PACKET))
        return tw_reader_damage(reader, reader->pos, "bad length", "a packet block of %u bytes", n);
    if (type == BLOCK_SIMPLE) {
        packet.len = packet.cap_len = tw_u32(p + HEADER, big);
        packet.at = MIN_SIMPLE - TRAILER;
        if (ng->n_interfaces && ng->interfaces[0].snaplen)
            packet.cap_len = TW_MIN(packet.len, ng->interfaces[0].snaplen);
    } else {
        packet.i_interface = type == BLOCK_PACKET ? tw_u16(p + HEADER, big)
                                                  : tw_u32(p + HEADER, big);
        packet.has_time = true;
        packet.ticks = (uint64_t)tw_u32(p + 12, big) << 32 | tw_u32(p + 16, big);
        packet.cap_len = tw_u32(p + 20, big);
        packet.len = tw_u32(p + 24, big);
        packet.at = MIN_PACKET - TRAILER;
    }
    if (packet.i_interface >= ng->n_interfaces)
        return tw_reader_damage(reader, reader->pos, "unknown interface",
                                "a packet of interface %u, which no block describes",
                                packet.i_interface);
    return add_packet(reader, window, p, n, &packet, batch, err);
}

/* One block, whole in the window. TRAWL_OK: go on; TW_HOP_ENDED or a failure. */
static int read_block(struct tw_reader *reader, const struct tw_window *window, uint32_t type,
                      const uint8_t *p, uint32_t n, struct tw_batch *batch, trawl_error *err)
{
    const struct pcapng *ng = reader->state;

    switch (type) {
    case BLOCK_SECTION:
        return read_section(reader, window, p, n, err);
    case BLOCK_INTERFACE:
        return read_interface(reader, window, p, n, err);
    case BLOCK_ENHANCED:
    case BLOCK_PACKET:
    case BLOCK_SIMPLE:
        return read_packet(reader, window, type, p, n, batch, err);
    case BLOCK_NAMES: {
        struct tw_note note = {.kind = TW_NOTE_NAMES,
                               .i_file = reader->i_file,
                               .n = n - MIN_BLOCK,
                               .big_endian = ng->big,
                               .offset = reader->pos + HEADER};

        return tw_input_add_note(reader->input, &note, err);
    }
    default: /* statistics, secrets, custom and unknown blocks */
        return TRAWL_OK;
    }
}

static int hop(struct tw_reader *reader, const struct tw_window *window, struct tw_batch *batch,
               trawl_error *err)
{
    struct pcapng *ng = reader->state;

    while (reader->pos < window->limit) {
        size_t at = (size_t)(reader->pos - window->offset);
        size_t left = at < window->n ? window->n - at : 0;
        const uint8_t *p = window->data + at;
        uint32_t type, n;
        int rc;

        if (batch->n == batch->capacity)
            return TW_HOP_FULL;
        reader->need = left < MIN_BLOCK ? (size_t)MIN_BLOCK : (size_t)MIN_SECTION;
        if (left < MIN_BLOCK)
            return TW_HOP_SHORT;
        type = tw_u32(p, ng->big);
        if (type == BLOCK_SECTION) { /* the same in both byte orders; sets the one of its length */
            const char *wrong;

            if (left < MIN_SECTION)
                return TW_HOP_SHORT;
            wrong = check_section(p, &ng->big);
            if (wrong)
                return tw_reader_damage(reader, reader->pos, "bad section",
                                        "a section header with %s", wrong);
        }
        n = tw_u32(p + 4, ng->big);
        if (n % 4 || n > TW_MAX_BLOCK ||
            n < (type == BLOCK_SECTION ? (uint32_t)MIN_SECTION : (uint32_t)MIN_BLOCK))
            return tw_reader_damage(reader, reader->pos, "bad length", "a block length of %u", n);
        if (left < n) {
            reader->need = n;
            return TW_HOP_SHORT;
        }
        if (tw_u32(p + n - TRAILER, ng->big) != n)
            return tw_reader_damage(reader, reader->pos, "bad length",
                                    "block lengths %u before and %u behind a block", n,
                                    tw_u32(p + n - TRAILER, ng->big));
        rc = read_block(reader, window, type, p, n, batch, err);
        if (rc != TRAWL_OK)
            return rc;
        reader->pos += n;
    }
    return TW_HOP_LIMIT;
}

static void close_pcapng(struct tw_reader *reader)
{
    struct pcapng *ng = reader->state;

    if (!ng)
        return;
    forget_interfaces(ng);
    tw_free(ng->interfaces);
    tw_free(ng);
}

const struct tw_format tw_format_pcapng = {"pcapng", probe, open_pcapng, hop, close_pcapng};
