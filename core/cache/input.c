/* What an input found out while it was read, to bytes and back: formats, interfaces, notes,
 * warnings. Must not know columns. */
#include "core/cache/parts.h"
#include "core/capture/record.h"

/* ---- to bytes ---- */

static void put_u8(struct tw_buffer *b, uint8_t v)
{
    tw_buffer_append(b, &v, sizeof(v));
}

static void put_u32(struct tw_buffer *b, uint32_t v)
{
    tw_buffer_append(b, &v, sizeof(v));
}

static void put_u64(struct tw_buffer *b, uint64_t v)
{
    tw_buffer_append(b, &v, sizeof(v));
}

/* Its length and a one more than that; NULL is 0. */
static void put_text(struct tw_buffer *b, const char *text)
{
    const size_t n = text ? strlen(text) : 0;

    put_u32(b, text ? (uint32_t)n + 1 : 0);
    if (n)
        tw_buffer_append(b, text, n);
}

static void put_interface(struct tw_buffer *b, const struct tw_interface *interface)
{
    put_u32(b, interface->i_file);
    put_u32(b, interface->i_in_file);
    put_u32(b, interface->link_type);
    put_u32(b, interface->snaplen);
    put_u8(b, interface->time_decimals);
    put_u8(b, interface->fcs_bytes);
    put_text(b, interface->name);
    put_text(b, interface->description);
}

static void put_note(struct tw_buffer *b, const struct tw_note *note)
{
    put_u8(b, (uint8_t)note->kind);
    put_u32(b, note->i_file);
    put_u32(b, note->n);
    put_u8(b, note->big_endian);
    put_u64(b, note->offset);
    put_u64(b, note->packet_offset);
}

static void put_warning(struct tw_buffer *b, const struct tw_warning *warning)
{
    put_u64(b, warning->packet);
    put_u64(b, warning->offset);
    put_u32(b, warning->i_file);
    put_u8(b, warning->damage);
    put_text(b, warning->what);
    put_text(b, warning->why);
}

int tw_cache_put_input(struct tw_cache_parts *parts, const struct tw_input *input, trawl_error *err)
{
    struct tw_buffer b = TW_BUFFER_INIT;
    size_t n;

    put_u64(&b, input->n_files);
    for (size_t i = 0; i < input->n_files; i++) {
        put_text(&b, input->files[i].format);
        put_u64(&b, input->files[i].n_packets);
        put_u8(&b, input->files[i].damaged);
    }
    put_u64(&b, input->n_interfaces);
    for (size_t i = 0; i < input->n_interfaces; i++)
        put_interface(&b, &input->interfaces[i]);
    put_u64(&b, input->n_notes);
    for (size_t i = 0; i < input->n_notes; i++)
        put_note(&b, &input->notes[i]);
    put_u64(&b, input->n_warnings_dropped);
    put_u64(&b, input->n_warnings);
    for (size_t i = 0; i < input->n_warnings; i++)
        put_warning(&b, &input->warnings[i]);
    n = b.len;
    if (b.failed) {
        tw_buffer_fini(&b);
        return tw_fail_nomem(err);
    }
    tw_cache_part_take(parts, TW_CACHE_INPUT, tw_buffer_steal(&b), n);
    return TRAWL_OK;
}

/* ---- from bytes ---- */

struct bytes {
    const uint8_t *p;
    uint64_t n;
    bool bad; /* something was not there, or out of range */
};

static void take(struct bytes *b, void *out, size_t n)
{
    if (b->bad || b->n < n) {
        b->bad = true;
        memset(out, 0, n);
        return;
    }
    memcpy(out, b->p, n);
    b->p += n;
    b->n -= n;
}

static uint8_t take_u8(struct bytes *b, uint8_t most)
{
    uint8_t v;

    take(b, &v, sizeof(v));
    b->bad |= v > most;
    return v;
}

/* Below a bound. */
static uint32_t take_u32(struct bytes *b, uint64_t bound)
{
    uint32_t v;

    take(b, &v, sizeof(v));
    b->bad |= v >= bound;
    return v;
}

static uint64_t take_u64(struct bytes *b)
{
    uint64_t v;

    take(b, &v, sizeof(v));
    return v;
}

/* A count of things of at least so many bytes each. */
static uint64_t take_count(struct bytes *b, size_t least)
{
    const uint64_t n = take_u64(b);

    b->bad |= n > b->n / least;
    return b->bad ? 0 : n;
}

/* *ret is the caller's (tw_free); NULL where there was none. */
static int take_text(struct bytes *b, char **ret, trawl_error *err)
{
    const uint32_t n = take_u32(b, UINT64_C(1) << 32);

    *ret = NULL;
    if (n == 0)
        return TRAWL_OK;
    if (b->bad || n - 1 > b->n || memchr(b->p, 0, n - 1)) {
        b->bad = true;
        return TRAWL_OK;
    }
    *ret = tw_alloc(n);
    if (!*ret)
        return tw_fail_nomem(err);
    memcpy(*ret, b->p, n - 1);
    b->p += n - 1;
    b->n -= n - 1;
    return TRAWL_OK;
}

/* A text that the input keeps. */
static int take_kept(struct bytes *b, struct tw_input *input, const char **ret, trawl_error *err)
{
    char *text;
    int rc = take_text(b, &text, err);

    *ret = NULL;
    if (rc == TRAWL_OK && !text)
        b->bad = true;
    if (rc == TRAWL_OK && text) {
        *ret = tw_input_keep_text(input, text);
        rc = *ret ? TRAWL_OK : tw_fail_nomem(err);
    }
    tw_free(text);
    return rc;
}

static int take_file(struct bytes *b, struct tw_input *input, size_t i, trawl_error *err)
{
    struct tw_input_file *file = &input->files[i];
    int rc = take_kept(b, input, &file->format, err);

    file->n_packets = take_u64(b);
    file->damaged = take_u8(b, 1);
    return rc;
}

/* A plugin's reader has the number that it had then, or the file is read again. */
static bool is_known_link(const struct tw_input *input, const struct tw_interface *interface)
{
    const trawl_reader *reader = tw_reader_of_link(interface->link_type);
    const char *format = interface->i_file < input->n_files ? input->files[interface->i_file].format
                                                            : NULL;

    if (interface->link_type < TW_LINK_READER)
        return true;
    return reader && format && strcmp(reader->name, format) == 0;
}

static int take_interface(struct bytes *b, struct tw_input *input, trawl_error *err)
{
    struct tw_interface interface = {0};
    uint32_t ignored;
    int rc;

    interface.i_file = take_u32(b, input->n_files);
    interface.i_in_file = take_u32(b, UINT64_C(1) << 32);
    interface.link_type = take_u32(b, UINT64_C(1) << 32);
    b->bad |= !is_known_link(input, &interface);
    interface.snaplen = take_u32(b, UINT64_C(1) << 32);
    interface.time_decimals = take_u8(b, 9);
    interface.fcs_bytes = take_u8(b, UINT8_MAX);
    rc = take_text(b, &interface.name, err);
    if (rc == TRAWL_OK)
        rc = take_text(b, &interface.description, err);
    if (rc == TRAWL_OK && !b->bad)
        return tw_input_add_interface(input, &interface, &ignored, err);
    tw_free(interface.name);
    tw_free(interface.description);
    return rc;
}

static int take_note(struct bytes *b, struct tw_input *input, trawl_error *err)
{
    struct tw_note note = {.kind = (enum tw_note_kind)take_u8(b, TW_NOTE_NAMES)};

    note.i_file = take_u32(b, input->n_files);
    note.n = take_u32(b, TW_MAX_BLOCK + 1);
    note.big_endian = take_u8(b, 1);
    note.offset = take_u64(b);
    note.packet_offset = take_u64(b);
    return b->bad ? TRAWL_OK : tw_input_add_note(input, &note, err);
}

static int take_warning(struct bytes *b, struct tw_input *input, trawl_error *err)
{
    const uint64_t packet = take_u64(b), offset = take_u64(b);
    const uint32_t i_file = take_u32(b, input->n_files);
    const bool damage = take_u8(b, 1);
    const char *what;
    char *why = NULL;
    int rc = take_kept(b, input, &what, err);

    if (rc == TRAWL_OK)
        rc = take_text(b, &why, err);
    if (rc == TRAWL_OK && !b->bad)
        tw_input_warn(input, i_file, packet, offset, damage, what, why ? "%s" : NULL, why);
    tw_free(why);
    return rc;
}

int tw_cache_get_input(const struct tw_cache_file *file, struct tw_input *input, trawl_error *err)
{
    const struct tw_cache_block *block = tw_cache_block(file, TW_CACHE_INPUT);
    struct bytes b = {.p = block ? block->data : NULL, .n = block ? block->n : 0};
    int rc = TRAWL_OK;
    uint64_t n;

    b.bad = take_u64(&b) != input->n_files;
    for (size_t i = 0; rc == TRAWL_OK && !b.bad && i < input->n_files; i++)
        rc = take_file(&b, input, i, err);
    n = take_count(&b, 26);
    b.bad |= n > TW_MAX_INTERFACES;
    for (uint64_t i = 0; rc == TRAWL_OK && !b.bad && i < n; i++)
        rc = take_interface(&b, input, err);
    n = take_count(&b, 26);
    for (uint64_t i = 0; rc == TRAWL_OK && !b.bad && i < n; i++)
        rc = take_note(&b, input, err);
    input->n_warnings_dropped = take_u64(&b);
    n = take_count(&b, 29);
    for (uint64_t i = 0; rc == TRAWL_OK && !b.bad && i < n; i++)
        rc = take_warning(&b, input, err);
    if (rc == TRAWL_OK && (b.bad || b.n))
        rc = tw_fail(err, TRAWL_E_DATA, "what it says of the files makes no sense");
    if (rc == TRAWL_OK)
        tw_input_set_known(input);
    return rc;
}
