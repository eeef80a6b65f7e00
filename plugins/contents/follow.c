/* What both sides of one connection said, in the order in which it was said. Must not know files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contents.h"

#define COL(name_, type_, flags_, unit_, help_) \
    TRAWL_COLUMN(.name = name_, .type = type_, .flags = flags_, .unit = unit_, .help = help_)

const trawl_column follow_columns[] = {
    COL("from", TRAWL_STRING, 0, NULL, "client or server"),
    COL("frame", TRAWL_U32, TRAWL_COLUMN_ID, NULL,
        "number of the packet that brought the first byte"),
    COL("time", TRAWL_TIME, TRAWL_COLUMN_HIDDEN, NULL, "when it was captured"),
    COL("offset", TRAWL_U64, TRAWL_COLUMN_ID, "B", "bytes that this side sent before"),
    COL("data", TRAWL_STRING, 0, NULL, "a line of text, 16 bytes, or the bytes of a packet as hex"),
};
_Static_assert(TRAWL_COUNT(follow_columns) == FOLLOW_N_COLUMNS, "counted in contents.h");

enum { LINE_MOST = 4096, HEX_BYTES = 16 };

/* Everything one side sent. */
struct side {
    uint8_t *bytes;
    size_t n_bytes, capacity;
    trawl_piece *pieces; /* data NULL: at `at` in bytes */
    size_t *at;
    size_t n, n_most;
    uint64_t length; /* as far as its FIN told */
};

struct follow {
    struct side sides[2];
    trawl_builder *builder;
    trawl_view time;
    const struct follow_opts *opts;
    const char *names[2]; /* by direction */
};

static void *grown(void *p, size_t n, size_t size)
{
    return n < SIZE_MAX / size ? host->realloc(p, n * size) : NULL;
}

static int keep_piece(struct side *s, const trawl_piece *piece, trawl_error *err)
{
    if (s->n == s->n_most) {
        const size_t n = s->n_most ? s->n_most * 2 : 256;
        trawl_piece *pieces = grown(s->pieces, n, sizeof(*pieces));
        size_t *at;

        if (pieces)
            s->pieces = pieces;
        at = pieces ? grown(s->at, n, sizeof(*at)) : NULL;
        if (!at)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
        s->at = at;
        s->n_most = n;
    }
    if (s->capacity - s->n_bytes < piece->n) {
        const size_t n = (s->n_bytes + piece->n) * 2;
        uint8_t *bytes = grown(s->bytes, n, 1);

        if (!bytes)
            return host->fail(err, TRAWL_E_NOMEM, "out of memory");
        s->bytes = bytes;
        s->capacity = n;
    }
    memcpy(s->bytes + s->n_bytes, piece->data, piece->n);
    s->pieces[s->n] = *piece;
    s->at[s->n++] = s->n_bytes;
    s->n_bytes += piece->n;
    return TRAWL_OK;
}

static int take_part(void *context, const trawl_contents *part, unsigned i_thread, trawl_error *err)
{
    struct follow *f = context;
    int rc = TRAWL_OK;

    (void)i_thread;
    f->sides[part->direction].length = part->length;
    for (size_t i = 0; rc == TRAWL_OK && i < part->n_pieces; i++)
        rc = keep_piece(&f->sides[part->direction], &part->pieces[i], err);
    return rc;
}

/* ---- rows ---- */

/* piece NULL: no packet brought it. */
static void put_row(struct follow *f, unsigned dir, const trawl_piece *piece, uint64_t offset,
                    const char *data, size_t n)
{
    host->put_text(f->builder, f->names[dir]);
    if (piece)
        host->put_u64(f->builder, (uint64_t)piece->row + 1);
    else
        host->put_null(f->builder);
    if (piece && trawl_view_has(&f->time, piece->row))
        host->put_i64(f->builder, (int64_t)trawl_view_u64(&f->time, piece->row));
    else
        host->put_null(f->builder);
    host->put_u64(f->builder, offset);
    host->put_value(f->builder, data, n);
    host->end_row(f->builder);
}

static char shown(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x7f ? (char)byte : byte == '\t' ? '\t' : '.';
}

/* Where a byte of a side came from: the piece that has it. k only grows. */
static const trawl_piece *piece_at(const struct side *s, size_t at, size_t *k)
{
    while (*k + 1 < s->n && s->at[*k + 1] <= at)
        ++*k;
    return &s->pieces[*k];
}

/* The bytes [start, end) of a side, which follow each other, as lines. */
static void put_lines(struct follow *f, unsigned dir, size_t first, size_t start, size_t end)
{
    const struct side *s = &f->sides[dir];
    char line[LINE_MOST];

    for (size_t at = start, k = first; at < end;) {
        const trawl_piece *piece = piece_at(s, at, &k);
        const uint64_t offset = piece->offset + (at - s->at[k]);
        size_t n = 0;

        while (at < end && n < sizeof(line) && s->bytes[at] != '\n')
            line[n++] = shown(s->bytes[at++]);
        if (at < end && s->bytes[at] == '\n') {
            at++;
            if (n && s->bytes[at - 2] == '\r')
                n--;
        }
        put_row(f, dir, piece, offset, line, n);
    }
}

static void put_hex(struct follow *f, unsigned dir, size_t first, size_t start, size_t end)
{
    const struct side *s = &f->sides[dir];
    char line[4 * HEX_BYTES + 4];

    for (size_t at = start, k = first; at < end; at += HEX_BYTES) {
        const trawl_piece *piece = piece_at(s, at, &k);
        const size_t n = end - at < HEX_BYTES ? end - at : HEX_BYTES;
        size_t len = 0;

        for (size_t i = 0; i < HEX_BYTES; i++)
            len += (size_t)(i < n ? snprintf(line + len, 4, "%02x ", s->bytes[at + i])
                                  : snprintf(line + len, 4, "   "));
        line[len++] = ' ';
        for (size_t i = 0; i < n; i++)
            line[len++] = s->bytes[at + i] == '\t' ? '.' : shown(s->bytes[at + i]);
        put_row(f, dir, piece, piece->offset + (at - s->at[k]), line, len);
    }
}

static void put_raw(struct follow *f, unsigned dir, size_t first, size_t last)
{
    static const char digits[] = "0123456789abcdef";
    const struct side *s = &f->sides[dir];
    char text[2 * HEX_BYTES * 128];

    for (size_t k = first; k < last; k++) {
        const trawl_piece *piece = &s->pieces[k];

        for (uint32_t done = 0, n; done < piece->n; done += n) {
            n = piece->n - done < sizeof(text) / 2 ? piece->n - done : (uint32_t)(sizeof(text) / 2);
            for (uint32_t i = 0; i < n; i++) {
                text[2 * i] = digits[s->bytes[s->at[k] + done + i] >> 4];
                text[2 * i + 1] = digits[s->bytes[s->at[k] + done + i] & 15];
            }
            put_row(f, dir, piece, piece->offset + done, text, 2 * (size_t)n);
        }
    }
}

/* Bytes [start, end) are not there; piece: what follows, or NULL. */
static void put_missing(struct follow *f, unsigned dir, const trawl_piece *piece, uint64_t start,
                        uint64_t end)
{
    char text[64];
    const int n = snprintf(text, sizeof(text), "[%llu bytes missing in capture file]",
                           (unsigned long long)(end - start));

    put_row(f, dir, piece, start, text, (size_t)n);
}

/* Pieces [first, last) of a side, said in one go; where bytes are missing a row says so. */
static void put_turn(struct follow *f, unsigned dir, size_t first, size_t last)
{
    const struct side *s = &f->sides[dir];

    if (f->opts->from && strcmp(f->opts->from, f->names[dir]) != 0)
        return;
    for (size_t k = first, end; k < last; k = end) {
        const uint64_t expected = k ? s->pieces[k - 1].offset + s->pieces[k - 1].n : 0;
        size_t start = s->at[k], stop;

        if (s->pieces[k].offset > expected)
            put_missing(f, dir, &s->pieces[k], expected, s->pieces[k].offset);
        for (end = k + 1; end < last && s->pieces[end].offset ==
                                            s->pieces[end - 1].offset + s->pieces[end - 1].n;)
            end++;
        stop = s->at[end - 1] + s->pieces[end - 1].n;
        if (strcmp(f->opts->as, "hex") == 0)
            put_hex(f, dir, k, start, stop);
        else if (strcmp(f->opts->as, "raw") == 0)
            put_raw(f, dir, k, end);
        else
            put_lines(f, dir, k, start, stop);
    }
    if (first < last && last == s->n) {
        const uint64_t end = s->pieces[last - 1].offset + s->pieces[last - 1].n;

        if (s->length > end)
            put_missing(f, dir, NULL, end, s->length);
    }
}

/* Both sides in turns. A piece counts as said when it and all before it on its side were there. */
static int put_turns(trawl_call *call, struct follow *f, trawl_error *err)
{
    size_t next[2] = {0, 0}, first;
    uint32_t said[2] = {0, 0};

    for (unsigned dir = 0; next[0] < f->sides[0].n || next[1] < f->sides[1].n; dir ^= 1) {
        const struct side *s = &f->sides[dir], *other = &f->sides[dir ^ 1];

        if (host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
        for (first = next[dir]; next[dir] < s->n; next[dir]++) {
            const uint32_t row = s->pieces[next[dir]].row;
            const uint32_t when = row > said[dir] ? row : said[dir];

            if (next[dir ^ 1] < other->n) {
                const uint32_t there = other->pieces[next[dir ^ 1]].row;

                if (when > (there > said[dir ^ 1] ? there : said[dir ^ 1]))
                    break;
            }
            said[dir] = when;
        }
        put_turn(f, dir, first, next[dir]);
    }
    return TRAWL_OK;
}

int follow_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
               trawl_error *err)
{
    const struct follow_opts *o = opts;
    struct follow f = {.opts = o, .time = {.size = sizeof(trawl_view)}};
    trawl_capture *capture = NULL;
    trawl_schema *schema = NULL;
    struct ends ends = {0};
    const uint32_t stream = (uint32_t)o->stream;
    int64_t i = -1;
    int rc = host->capture(call, o->capture, &capture, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = ends_open(call, capture, o->udp, &ends, err);
    if (rc != TRAWL_OK)
        return rc;
    if (o->stream <= UINT32_MAX)
        i = ends_find(&ends, stream);
    if (i < 0) {
        char number[24];

        (void)snprintf(number, sizeof(number), "%llu", (unsigned long long)o->stream);
        rc = ends_fail(&ends, number, err);
    }
    if (rc == TRAWL_OK)
        rc = ends_contents(call, capture, &ends, &stream, 1, take_part, &f, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, ends.packets, "frame.time_epoch", &f.time, err);
    if (rc == TRAWL_OK) {
        schema = host->schema_from(follow_columns, FOLLOW_N_COLUMNS, err);
        f.builder = schema ? host->builder_new(schema, err) : NULL;
        if (!f.builder)
            rc = host->fail(err, TRAWL_E_NOMEM, "out of memory");
    }
    if (rc == TRAWL_OK) {
        f.names[ends_client(&ends, (uint64_t)i)] = "client";
        f.names[ends_client(&ends, (uint64_t)i) ^ 1] = "server";
        rc = put_turns(call, &f, err);
    }
    if (rc == TRAWL_OK)
        rc = host->finish(f.builder, ret, err);
    else
        host->builder_free(f.builder);
    host->schema_free(schema);
    for (size_t d = 0; d < 2; d++) {
        host->free(f.sides[d].bytes);
        host->free(f.sides[d].pieces);
        host->free(f.sides[d].at);
    }
    ends_fini(&ends);
    return rc;
}
