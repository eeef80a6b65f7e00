/* A set of capture files that are read as one: opening them, telling their formats apart, their
 * interfaces. Must not know how records lie in a format. */
#include "core/capture/input.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/base/text.h"
#include "core/capture/decode.h"
#include "core/capture/reader.h"

enum {
    FEW_ZEROS = 4,   /* fewer empty records may be meant */
    LEAST_BYTES = 64 /* no compressed capture with a packet is shorter */
};

static const struct tw_format *const formats[] = {
    &tw_format_pcap,
    &tw_format_pcapng,
    &tw_format_snoop,
};

uint32_t tw_link_type(uint32_t found)
{
    /* DLT_ values of the BSDs and Linux that LINKTYPE_ values replaced (pcap-linktype(7)). */
    switch (found) {
    case 11:
        return 100; /* ATM, RFC 1483 */
    case 12:
    case 14:
        return 101; /* raw IP; 14 on OpenBSD */
    default:
        return found;
    }
}

uint32_t tw_max_record(uint32_t link_type)
{
    switch (link_type) {
    case 189: /* USB, Linux */
    case 220:
    case 231: /* D-Bus */
    case 249: /* USBPcap */
        return TW_MAX_RECORD_BUS;
    default:
        return TW_MAX_RECORD;
    }
}

int tw_input_add_interface(struct tw_input *input, const struct tw_interface *interface,
                           uint32_t *ret, trawl_error *err)
{
    struct tw_region *region = &input->state->interfaces;
    size_t n = input->n_interfaces;
    uint64_t size = sizeof(*interface);
    int rc = TRAWL_OK;

    if (n >= TW_MAX_INTERFACES)
        rc = tw_fail(err, TRAWL_E_DATA, "more than %d interfaces", TW_MAX_INTERFACES);
    else if ((n + 1) * size > region->committed)
        rc = tw_region_grow(region, (n + 1) * size, (TW_MAX_INTERFACES + 1) * size, err);
    if (rc != TRAWL_OK) {
        tw_free(interface->name);
        tw_free(interface->description);
        return rc;
    }
    input->interfaces = (struct tw_interface *)(void *)region->base;
    input->interfaces[n] = *interface;
    input->n_interfaces = n + 1;
    *ret = (uint32_t)n;
    return TRAWL_OK;
}

int tw_input_add_note(struct tw_input *input, const struct tw_note *note, trawl_error *err)
{
    struct tw_input_state *state = input->state;

    if (input->n_notes >= TW_MAX_NOTES)
        return TRAWL_OK;
    if (!tw_grow(&input->notes, input->n_notes + 1, &state->notes_capacity, sizeof(*input->notes)))
        return tw_fail_nomem(err);
    input->notes[input->n_notes++] = *note;
    return TRAWL_OK;
}

/* ---- telling formats apart ---- */

/* "'x.txt' is not a capture: it begins with 6e 75 6d 62 …" */
static int fail_format(const struct tw_input_file *file, const uint8_t *head, size_t n,
                       trawl_error *err)
{
    const struct tw_codec *codec = tw_codec_find(head, n);
    char bytes[8 * 3 + 1] = "";
    size_t used = 0;

    if (codec && !file->compression) /* decompression would wait for a block's end */
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot follow '%s': it is compressed",
                       file->path);
    if (codec)
        return tw_fail(err, TRAWL_E_DATA, "'%s' is compressed twice: %s inside %s", file->path,
                       codec->name, file->compression);
    if (n == 0 && !file->compression && strcmp(file->path, "-") == 0)
        return tw_fail(err, TRAWL_E_DATA, "'-', standard input, held no bytes");
    if (n == 0)
        return tw_fail(err, TRAWL_E_DATA,
                       file->compression ? "'%s' is empty when decompressed" : "'%s' is empty",
                       file->path);
    for (size_t i = 0; i < TW_MIN(n, 8u); i++) {
        if (i)
            bytes[used++] = ' ';
        used += tw_format_bytes(bytes + used, &head[i], 1);
    }
    bytes[used] = '\0';
    return tw_fail(err, TRAWL_E_DATA, "'%s' is not a capture: it begins with %s", file->path,
                   bytes);
}

/* A compressed file that is damaged before its first byte: of a capture, as far as anyone knows,
 * but without a packet. */
static int hop_lost(struct tw_reader *reader, const struct tw_window *window,
                    struct tw_batch *batch, trawl_error *err)
{
    (void)window;
    (void)batch;
    (void)err;
    tw_reader_end(reader, 0);
    return TW_HOP_ENDED;
}

static void close_lost(struct tw_reader *reader)
{
    (void)reader;
}

static const struct tw_format format_lost = {"unknown", NULL, NULL, hop_lost, close_lost};

int tw_reader_open(struct tw_reader *reader, trawl_error *err)
{
    struct tw_input_file *file = &reader->input->files[reader->i_file];
    uint8_t head[TW_HEAD_BYTES] = {0};
    bool found;
    size_t n;
    int rc = tw_source_read(file->source, 0, head, sizeof(head), &n, err);

    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < TW_COUNT(formats); i++) {
        if (!formats[i]->probe(head, n))
            continue;
        reader->format = formats[i];
        file->format = formats[i]->name;
        return formats[i]->open(reader, head, n, err);
    }
    rc = tw_record_open(reader, head, n, &found, err);
    if (rc != TRAWL_OK || found)
        return rc;
    if (n == 0 && tw_source_damage(file->source)) {
        if (file->size && file->size < LEAST_BYTES)
            return tw_fail(err, TRAWL_E_DATA, "'%s' is not a capture: %s", file->path,
                           tw_source_damage(file->source));
        reader->format = &format_lost;
        file->format = format_lost.name;
        return TRAWL_OK;
    }
    return fail_format(file, head, n, err);
}

void tw_reader_close(struct tw_reader *reader)
{
    if (reader->format)
        reader->format->close(reader);
    reader->format = NULL;
}

/* What a read found out: interfaces, notes, warnings. */
static void forget_findings(struct tw_input *input)
{
    for (size_t i = 0; i < input->n_interfaces; i++) {
        tw_free(input->interfaces[i].name);
        tw_free(input->interfaces[i].description);
    }
    for (size_t i = 0; i < input->n_warnings; i++)
        tw_free(input->warnings[i].why);
    input->n_interfaces = input->n_warnings = input->n_notes = 0;
    input->n_warnings_dropped = 0;
}

int tw_input_rewind(struct tw_input *input, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (!input->state->was_read) {
        input->state->was_read = true;
        return TRAWL_OK;
    }
    forget_findings(input);
    for (size_t i = 0; rc == TRAWL_OK && i < input->n_files; i++) {
        struct tw_reader *reader = &input->state->readers[i];

        tw_reader_close(reader);
        *reader = (struct tw_reader){.input = input, .i_file = (uint32_t)i};
        input->files[i].damaged = false;
        input->files[i].n_packets = 0;
        rc = tw_reader_open(reader, err);
    }
    return rc;
}

/* ---- how a file ends ---- */

int tw_reader_damage(struct tw_reader *reader, uint64_t offset, const char *what, const char *why,
                     ...)
{
    char text[256];
    va_list args;

    va_start(args, why);
    vsnprintf(text, sizeof(text), why, args);
    va_end(args);
    tw_input_warn(reader->input, reader->i_file, 0, offset, true, what, "%s", text);
    reader->input->files[reader->i_file].damaged = true;
    reader->ended = true;
    return TW_HOP_ENDED;
}

void tw_reader_end(struct tw_reader *reader, size_t n_have)
{
    const char *damage = tw_source_damage(reader->input->files[reader->i_file].source);

    if (reader->ended)
        return;
    if (damage)
        tw_reader_damage(reader, reader->pos + n_have, "cut", "%s", damage);
    else if (n_have)
        tw_reader_damage(reader, reader->pos, "cut",
                         "the file ends %zu bytes into a record that needs %zu", n_have,
                         reader->need);
    else if (reader->is_open)
        tw_input_warn(reader->input, reader->i_file, 0, reader->pos, false, "not closed",
                      "the file ends without the mark that closes it: its writer was stopped");
    reader->ended = true;
}

void tw_reader_fail(struct tw_reader *reader, uint64_t offset, const trawl_error *cause)
{
    reader->input->files[reader->i_file].failed = true;
    if (!reader->ended)
        tw_reader_damage(reader, offset, "cut", "%s", cause->message);
}

void tw_reader_finish(struct tw_reader *reader)
{
    if (reader->n_bad_times)
        tw_input_warn(reader->input, reader->i_file, 0, reader->bad_time_at, false, "bad time",
                      "%llu packets with a time that 64 bits of nanoseconds cannot hold",
                      (unsigned long long)reader->n_bad_times);
    if (reader->n_zeros >= FEW_ZEROS)
        tw_input_warn(reader->input, reader->i_file, 0, reader->zeros_at, false, "zeros",
                      "the last %llu records are zero bytes", (unsigned long long)reader->n_zeros);
    reader->n_bad_times = reader->n_zeros = 0;
}

/* ---- the set ---- */

static int open_file(struct tw_input *input, uint32_t i, const char *path, trawl_error *err)
{
    struct tw_input_file *file = &input->files[i];
    struct tw_reader *reader = &input->state->readers[i];
    int rc;

    input->n_files = i + 1;
    file->path = tw_strdup(path);
    if (!file->path)
        return tw_fail_nomem(err);
    rc = tw_source_open(path, &file->source, err);
    if (rc != TRAWL_OK)
        return rc;
    file->compression = tw_source_compression(file->source);
    file->size = tw_source_size(file->source);
    reader->input = input;
    reader->i_file = i;
    return TRAWL_OK;
}

int tw_input_tell_formats(struct tw_input *input, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < input->n_files; i++)
        rc = tw_reader_open(&input->state->readers[i], err);
    return rc;
}

void tw_input_set_known(struct tw_input *input)
{
    input->state->was_read = true;
    for (size_t i = 0; i < input->n_files; i++)
        tw_source_set_late(input->files[i].source);
}

const char *tw_input_keep_text(struct tw_input *input, const char *text)
{
    return tw_arena_strdup(&input->state->texts, text);
}

struct tw_input *tw_input_open(const char *const *paths, size_t n_paths, trawl_error *err)
{
    struct tw_input *input = tw_input_open_files(paths, n_paths, err);

    if (input && tw_input_tell_formats(input, err) != TRAWL_OK) {
        tw_input_free(input);
        return NULL;
    }
    return input;
}

/* Without files, and room for n. */
static struct tw_input *input_new(size_t n, trawl_error *err)
{
    struct tw_input *input = tw_alloc(sizeof(*input));

    if (!input)
        goto nomem;
    input->state = tw_alloc(sizeof(*input->state));
    if (!input->state)
        goto nomem;
    pthread_mutex_init(&input->state->lock, NULL);
    input->state->interfaces = (struct tw_region)TW_REGION_INIT;
    input->files = tw_alloc_array(n ? n : 1, sizeof(*input->files));
    input->state->readers = tw_alloc_array(n ? n : 1, sizeof(*input->state->readers));
    if (input->files && input->state->readers)
        return input;

nomem:
    tw_fail_nomem(err);
    tw_input_free(input);
    return NULL;
}

struct tw_input *tw_input_open_store(const char *name, struct tw_store *store, trawl_error *err)
{
    struct tw_input *input = input_new(1, err);
    struct tw_input_file *file;

    if (!input)
        return NULL;
    file = &input->files[0];
    input->n_files = 1;
    input->state->readers[0].input = input;
    file->path = tw_strdup(name);
    if (!file->path)
        tw_fail_nomem(err);
    if (!file->path || tw_source_open_store(name, store, &file->source, err) != TRAWL_OK) {
        tw_input_free(input);
        return NULL;
    }
    return input;
}

struct tw_input *tw_input_open_files(const char *const *paths, size_t n_paths, trawl_error *err)
{
    struct tw_input *input = input_new(n_paths, err);
    int rc = TRAWL_OK;

    if (!input)
        return NULL;
    if (n_paths == 0 || n_paths >= UINT32_MAX)
        rc = tw_fail(err, TRAWL_E_USAGE, "no file to read");
    for (size_t i = 0; rc == TRAWL_OK && i < n_paths; i++)
        rc = open_file(input, (uint32_t)i, paths[i], err);
    if (rc == TRAWL_OK)
        return input;
    tw_input_free(input);
    return NULL;
}

void tw_input_free(struct tw_input *input)
{
    struct tw_input_state *state;

    if (!input)
        return;
    state = input->state;
    for (size_t i = 0; i < input->n_files; i++) {
        tw_reader_close(&state->readers[i]);
        tw_source_close(input->files[i].source);
        tw_free(input->files[i].path);
    }
    forget_findings(input);
    tw_free(input->warnings);
    tw_free(input->notes);
    tw_free(input->files);
    if (state) {
        tw_free(state->readers);
        tw_arena_fini(&state->texts);
        tw_region_fini(&state->interfaces);
        pthread_mutex_destroy(&state->lock);
    }
    tw_free(state);
    tw_free(input);
}
