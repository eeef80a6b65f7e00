/* Packets of a table back to a capture file, pcapng or pcap.
 * Must not know commands or terminals. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/leftover.h"
#include "core/capture/decode.h"
#include "core/capture/record.h"
#include "core/capture/source.h"
#include "core/session/growing.h"
#include "core/session/internal.h"

enum { FLUSH_BYTES = 1 << 20 };

struct writer {
    const tw_capture *capture;
    const char *path;
    struct tw_buffer buffer;
    int fd;
};

static void put32(struct tw_buffer *b, uint32_t v)
{
    tw_buffer_append(b, &v, 4);
}

static void put16(struct tw_buffer *b, uint16_t v)
{
    tw_buffer_append(b, &v, 2);
}

static void put_padding(struct tw_buffer *b, uint32_t n)
{
    static const char zeros[4];

    tw_buffer_append(b, zeros, (4 - n % 4) % 4);
}

static int flush(struct writer *w, size_t above, trawl_error *err)
{
    size_t done = 0;

    if (w->buffer.failed)
        return tw_fail_nomem(err);
    if (w->buffer.len <= above)
        return TRAWL_OK;
    while (done < w->buffer.len) {
        ssize_t n = write(w->fd, w->buffer.data + done, w->buffer.len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE && strcmp(w->path, "-") == 0)
            return tw_fail(err, TRAWL_E_PIPE, "the reader went away");
        if (n <= 0)
            return tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", w->path, tw_reason(errno));
        done += (size_t)n;
    }
    tw_buffer_clear(&w->buffer);
    return TRAWL_OK;
}

/* pcapng, draft-ietf-opsawg-pcapng section 4: section header, one interface block each, then
 * enhanced packet blocks; times in ns. */
static void put_ng_head(struct writer *w)
{
    struct tw_buffer *b = &w->buffer;
    const struct tw_input *in = w->capture->input;

    put32(b, 0x0a0d0d0a);
    put32(b, 28);
    put32(b, 0x1a2b3c4d);
    put16(b, 1);
    put16(b, 0);
    put32(b, UINT32_MAX); /* section length not said */
    put32(b, UINT32_MAX);
    put32(b, 28);
    for (size_t i = 0; i < in->n_interfaces; i++) {
        const struct tw_interface *f = &in->interfaces[i];
        const uint32_t name = f->name ? (uint32_t)TW_MIN(strlen(f->name), 1024u) : 0;
        const uint32_t size = 20 + 8 + (name ? 4 + (name + 3) / 4 * 4 : 0) + 4;

        put32(b, 1);
        put32(b, size);
        put16(b, (uint16_t)f->link_type);
        put16(b, 0);
        put32(b, f->snaplen);
        if (name) {
            put16(b, 2);
            put16(b, (uint16_t)name);
            tw_buffer_append(b, f->name, name);
            put_padding(b, name);
        }
        put16(b, 9); /* if_tsresol: 10^-9 */
        put16(b, 1);
        put32(b, 9);
        put32(b, 0); /* end of options */
        put32(b, size);
    }
}

static void put_ng_packet(struct writer *w, uint32_t i_interface, int64_t ns, const uint8_t *data,
                          uint32_t cap_len, uint32_t len)
{
    struct tw_buffer *b = &w->buffer;
    const uint32_t size = 32 + (cap_len + 3) / 4 * 4;
    const uint64_t time = ns == INT64_MIN ? 0 : (uint64_t)ns;

    put32(b, 6);
    put32(b, size);
    put32(b, i_interface);
    put32(b, (uint32_t)(time >> 32));
    put32(b, (uint32_t)time);
    put32(b, cap_len);
    put32(b, len);
    tw_buffer_append(b, data, cap_len);
    put_padding(b, cap_len);
    put32(b, size);
}

static int put_pcap_head(struct writer *w, trawl_error *err)
{
    const struct tw_input *in = w->capture->input;
    struct tw_buffer *b = &w->buffer;

    for (size_t i = 1; i < in->n_interfaces; i++) {
        if (in->interfaces[i].link_type != in->interfaces[0].link_type) {
            tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot write '%s': pcap holds one link type only",
                    w->path);
            tw_error_hint(err, "Use a name that ends in .pcapng.");
            return TRAWL_E_UNSUPPORTED;
        }
    }
    put32(b, 0xa1b23c4d); /* times in ns */
    put16(b, 2);
    put16(b, 4);
    put32(b, 0);
    put32(b, 0);
    put32(b, 262144);
    put32(b, in->n_interfaces ? in->interfaces[0].link_type : 1);
    return TRAWL_OK;
}

static void put_pcap_packet(struct writer *w, int64_t ns, const uint8_t *data, uint32_t cap_len,
                            uint32_t len)
{
    const uint64_t time = ns == INT64_MIN ? 0 : (uint64_t)ns;

    put32(&w->buffer, (uint32_t)(time / 1000000000));
    put32(&w->buffer, (uint32_t)(time % 1000000000));
    put32(&w->buffer, cap_len);
    put32(&w->buffer, len);
    tw_buffer_append(&w->buffer, data, cap_len);
}

static int write_packets(struct writer *w, const struct tw_column *numbers, bool ng,
                         trawl_error *err)
{
    const struct tw_packets *p = w->capture->packets;
    struct tw_row_bytes bytes = {0};
    int rc = TRAWL_OK;

    if (ng)
        put_ng_head(w);
    else
        rc = put_pcap_head(w, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < numbers->n_rows; i++) {
        const uint64_t row = tw_column_u64(numbers, i) - 1;
        const uint8_t *data;
        uint32_t i_interface, cap_len;

        if (row >= p->n_rows) {
            rc = tw_fail(err, TRAWL_E_DATA, "no packet %llu in capture '%s'",
                         (unsigned long long)row + 1, w->capture->name);
            break;
        }
        i_interface = TW_CELLS(p->interface, const uint16_t)[row];
        cap_len = TW_CELLS(p->cap_len, const uint32_t)[row];
        rc = tw_row_bytes_get(&bytes, p, row, &data, err);
        if (rc != TRAWL_OK)
            break;
        if (ng)
            put_ng_packet(w, i_interface, TW_CELLS(p->time, const int64_t)[row], data, cap_len,
                          TW_CELLS(p->len, const uint32_t)[row]);
        else
            put_pcap_packet(w, TW_CELLS(p->time, const int64_t)[row], data, cap_len,
                            TW_CELLS(p->len, const uint32_t)[row]);
        rc = flush(w, FLUSH_BYTES, err);
        if (rc == TRAWL_OK && i % 4096 == 0 && tw_cancelled())
            rc = tw_fail_cancelled(err);
    }
    tw_row_bytes_fini(&bytes);
    return rc == TRAWL_OK ? flush(w, 0, err) : rc;
}

static int fail_write(const char *path, trawl_error *err)
{
    return tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", path, tw_reason(errno));
}

static bool reads_from(const tw_capture *capture, const struct stat *st)
{
    struct tw_source_identity id;

    for (size_t i = 0; i < capture->input->n_files; i++) {
        if (tw_source_identity(capture->input->files[i].source, &id) &&
            id.device == (uint64_t)st->st_dev && id.inode == (uint64_t)st->st_ino)
            return true;
    }
    return false;
}

static int fail_taken(const char *path, const tw_capture *capture, bool is_read, trawl_error *err)
{
    tw_fail(err, TRAWL_E_IO, "could not write '%s': the capture '%s' %s", path, capture->name,
            is_read ? "is read from it" : "is written to it");
    tw_error_hint(err, "Write another file, or '%s %s' first.", is_read ? "unload" : "capture stop",
                  capture->name);
    return TRAWL_E_IO;
}

int tw_session_may_write(const tw_session *session, const char *path, trawl_error *err)
{
    struct stat st;
    const bool exists = stat(path, &st) == 0;

    if (exists && !S_ISREG(st.st_mode))
        return TRAWL_OK;
    for (size_t i = 0; i < session->captures.n_entries; i++) {
        const tw_capture *capture = session->captures.entries[i].value;

        if (!session->captures.entries[i].key)
            continue;
        if (exists && reads_from(capture, &st))
            return fail_taken(path, capture, true, err);
        if (tw_growing_writes(capture->growing, path, exists ? &st : NULL))
            return fail_taken(path, capture, false, err);
    }
    return TRAWL_OK;
}

int tw_session_may_save(const tw_session *session, const char *path, trawl_error *err)
{
    const struct tw_codec *codec = tw_codec_of_name(path);

    if (!codec)
        return tw_session_may_write(session, path, err);
    tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot write '%s': packets are not written with %s", path,
            codec->name);
    tw_error_hint(err, "Leave '%s' off, and compress the file.", codec->ending);
    return TRAWL_E_UNSUPPORTED;
}

/* A new file beside the target, which takes its place at the end. Devices and pipes are written as
 * they are: a name put over /dev/null would be there instead of it. */
static int open_target(struct writer *w, char **ret_target, char **ret_temporary, trawl_error *err)
{
    char real[PATH_MAX];
    struct stat st;
    const bool exists = stat(w->path, &st) == 0;

    if (strcmp(w->path, "-") == 0 && isatty(STDOUT_FILENO)) {
        tw_fail(err, TRAWL_E_USAGE, "a capture cannot be shown in the terminal");
        tw_error_hint(err, "Name a file, or send stdout to a program.");
        return TRAWL_E_USAGE;
    }
    if (strcmp(w->path, "-") == 0) {
        w->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    } else if (exists && !S_ISREG(st.st_mode)) {
        w->fd = open(w->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    } else if (!exists || access(w->path, W_OK) == 0) {
        *ret_target = tw_strdup(realpath(w->path, real) ? real : w->path);
        *ret_temporary = *ret_target ? tw_asprintf("%s.XXXXXX", *ret_target) : NULL;
        if (!*ret_temporary)
            return tw_fail_nomem(err);
        w->fd = mkostemp(*ret_temporary, O_CLOEXEC);
        if (w->fd < 0) {
            const int rc = fail_write(w->path, err);

            tw_free(*ret_temporary);
            *ret_temporary = NULL;
            return rc;
        }
        if (fchmod(w->fd, exists ? st.st_mode & 07777 : 0644) != 0)
            return fail_write(w->path, err);
    }
    return w->fd < 0 ? fail_write(w->path, err) : TRAWL_OK;
}

/* Records of a plugin's file format have no link layer that a reader of pcap would know. */
static int check_links(const struct tw_input *in, trawl_error *err)
{
    for (size_t i = 0; i < in->n_interfaces; i++) {
        const trawl_reader *reader = tw_reader_of_link(in->interfaces[i].link_type);

        if (!reader)
            continue;
        tw_fail(err, TRAWL_E_UNSUPPORTED,
                "'save' writes packets, and '%s' holds records of %s without packets around them",
                in->files[in->interfaces[i].i_file].path, reader->name);
        tw_error_hint(err, "Write a table of them with '> FILE' at the end of the line.");
        return TRAWL_E_UNSUPPORTED;
    }
    return TRAWL_OK;
}

int tw_session_save(tw_capture *capture, tw_table *packets, const char *path, trawl_error *err)
{
    const int64_t i_number = tw_schema_find(packets->schema, "frame.number", 12);
    const size_t n = strlen(path);
    const bool ng = !(n > 5 && strcmp(path + n - 5, ".pcap") == 0);
    struct writer w = {.capture = capture, .path = path, .buffer = TW_BUFFER_INIT, .fd = -1};
    const struct tw_column *numbers = NULL;
    char *target = NULL, *temporary = NULL;
    int rc, leftover = -1;

    if (i_number < 0) {
        tw_fail(err, TRAWL_E_USAGE,
                "only packets can be saved as a capture: no column 'frame.number'");
        tw_error_hint(err, "Write other tables with > FILE.");
        return TRAWL_E_USAGE;
    }
    rc = check_links(capture->input, err);
    if (rc == TRAWL_OK)
        rc = tw_session_may_save(capture->session, path, err);
    if (rc == TRAWL_OK)
        rc = tw_table_column(packets, (size_t)i_number, &numbers, err);
    if (rc == TRAWL_OK)
        rc = open_target(&w, &target, &temporary, err);
    if (rc == TRAWL_OK && temporary)
        leftover = tw_leftover_note(temporary);
    if (rc == TRAWL_OK)
        rc = write_packets(&w, numbers, ng, err);
    if (rc == TRAWL_OK && temporary && tw_sync(w.fd) != 0)
        rc = fail_write(path, err);
    if (w.fd >= 0 && close(w.fd) != 0 && rc == TRAWL_OK)
        rc = fail_write(path, err);
    if (rc == TRAWL_OK && temporary && rename(temporary, target) != 0)
        rc = tw_fail(err, TRAWL_E_IO, "could not rename to '%s': %s", path, tw_reason(errno));
    if (rc != TRAWL_OK && temporary)
        unlink(temporary);
    tw_leftover_forget(leftover);
    tw_free(temporary);
    tw_free(target);
    tw_buffer_fini(&w.buffer);
    return rc;
}
