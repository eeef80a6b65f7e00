/* Plugins' file formats behind the interface of the built-in ones.
 * Must not know what records mean. */
#include "core/capture/record.h"

#include "core/capture/pass.h"

static const trawl_reader *readers[TW_READERS_MOST];

struct state {
    const trawl_reader *reader;
    uint32_t i_interface;
};

int tw_reader_add(const trawl_reader *reader, trawl_error *err)
{
    for (size_t i = 0; i < TW_READERS_MOST; i++) {
        if (!readers[i]) {
            readers[i] = reader;
            return TRAWL_OK;
        }
    }
    return tw_fail(err, TRAWL_E_PLUGIN, "reader '%s' is one too many", reader->name);
}

void tw_reader_remove(const trawl_reader *reader)
{
    for (size_t i = 0; i < TW_READERS_MOST; i++)
        if (readers[i] == reader)
            readers[i] = NULL;
}

const trawl_reader *tw_reader_of_link(uint32_t link_type)
{
    return link_type >= TW_LINK_READER && link_type - TW_LINK_READER < TW_READERS_MOST
               ? readers[link_type - TW_LINK_READER]
               : NULL;
}

const trawl_reader *tw_reader_at(size_t i)
{
    return i < TW_READERS_MOST ? readers[i] : NULL;
}

const trawl_reader *tw_reader_named(const char *name)
{
    for (size_t i = 0; i < TW_READERS_MOST; i++)
        if (readers[i] && strcmp(readers[i]->name, name) == 0)
            return readers[i];
    return NULL;
}

int tw_record_open(struct tw_reader *reader, const uint8_t *head, size_t n, bool *ret_found,
                   trawl_error *err)
{
    struct tw_interface interface = {.i_file = reader->i_file, .time_decimals = 9};
    struct tw_input_file *file = &reader->input->files[reader->i_file];
    trawl_record first = {.size = sizeof(first)};
    struct state *state;

    *ret_found = false;
    for (uint32_t i = 0; i < TW_READERS_MOST && !*ret_found; i++) {
        if (readers[i] && readers[i]->match(head, n)) {
            *ret_found = true;
            interface.link_type = TW_LINK_READER + i;
        }
    }
    if (!*ret_found)
        return TRAWL_OK;
    if (tw_reader_of_link(interface.link_type)->next(head, n, 0, &first) < 0)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is not a capture: %s", file->path,
                       first.why ? first.why : "its first record cannot be read");
    state = tw_alloc(sizeof(*state));
    if (!state)
        return tw_fail_nomem(err);
    state->reader = tw_reader_of_link(interface.link_type);
    reader->state = state;
    reader->format = &tw_format_record;
    file->format = state->reader->name;
    return tw_input_add_interface(reader->input, &interface, &state->i_interface, err);
}

/* One record, or what is no packet. TRAWL_OK, or how the hop ends. */
static int hop_one(struct tw_reader *reader, const uint8_t *p, size_t left, struct tw_batch *batch,
                   bool *ret_ends)
{
    const struct state *state = reader->state;
    trawl_record info = {.size = sizeof(info)};
    const int64_t size = state->reader->next(p, left, reader->pos, &info);
    uint64_t used;

    if (size == 0 && info.need > left && info.need <= TW_MAX_BLOCK) {
        reader->need = info.need;
        return TW_HOP_SHORT;
    }
    if (size <= 0)
        return tw_reader_damage(reader, reader->pos, "bad record", "%s",
                                info.why ? info.why : "a record that cannot be read");
    used = (uint64_t)info.header_len + info.cap_len;
    if ((uint64_t)size > left || (!(info.flags & TRAWL_RECORD_SKIP) && used > (uint64_t)size))
        return tw_reader_damage(reader, reader->pos, "bad record",
                                "the reader '%s' went beyond the bytes at hand",
                                state->reader->name);
    if (!(info.flags & TRAWL_RECORD_SKIP))
        batch->records[batch->n++] = (struct tw_record){.time_ns = info.time_ns,
                                                        .offset = reader->pos + info.header_len,
                                                        .data = p + info.header_len,
                                                        .cap_len = info.cap_len,
                                                        .len = TW_MAX(info.len, info.cap_len),
                                                        .i_interface = state->i_interface};
    reader->pos += (uint64_t)size;
    reader->is_open = info.flags & TRAWL_RECORD_OPEN;
    *ret_ends = info.flags & TRAWL_RECORD_END;
    return TRAWL_OK;
}

static int hop(struct tw_reader *reader, const struct tw_window *window, struct tw_batch *batch,
               trawl_error *err)
{
    (void)err;
    while (reader->pos < window->limit) {
        const size_t at = (size_t)(reader->pos - window->offset);
        const size_t left = at < window->n ? window->n - at : 0;
        bool ends = false;
        int rc;

        if (batch->n == batch->capacity)
            return TW_HOP_FULL;
        if (left == 0) {
            reader->need = 1;
            return TW_HOP_SHORT;
        }
        rc = hop_one(reader, window->data + at, left, batch, &ends);
        if (rc != TRAWL_OK)
            return rc;
        if (ends) {
            reader->ended = true;
            return TW_HOP_ENDED;
        }
    }
    return TW_HOP_LIMIT;
}

static void close_record(struct tw_reader *reader)
{
    tw_free(reader->state);
}

const struct tw_format tw_format_record = {"record", NULL, NULL, hop, close_record};
