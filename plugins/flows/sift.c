/* Looks at each row once, on all threads, before any is metered: whether it counts, which part
 * takes it, and what the clock shows. Knows nothing of flows. */
#include "input.h"

#include <string.h>

enum { CHUNK_ROWS = 1 << 16 }; /* a multiple of 64: whole words of validity */
enum { SECOND = 1000000000 };  /* in ns */

/* What a chunk of rows leaves for those behind it. */
struct chunk {
    int64_t first, last; /* times of its first and last row */
    int64_t oldest;      /* of its first counted row that has a time, cut to the unit; or 0 */
    int64_t newest;      /* of its counted rows, likewise */
    int64_t start;       /* the clock before it */
    uint64_t n_ignored[N_IGNORED];
    uint64_t n_held; /* whose time is not that of the file, by a second or more */
    uint32_t n_streams[2];
    uint8_t has_newest, has_start, lacks_times;
    uint8_t in_order; /* all rows have times that never go back */
};

struct sift {
    struct input *in;
    struct chunk *chunks;
    int64_t unit;
};

static uint64_t valid_word(const trawl_view *view, uint64_t row)
{
    return view->valid ? view->valid[row / 64] : UINT64_MAX;
}

/* The same for both directions and for all packets of a flow. */
static inline unsigned part_of(const struct input *in, uint64_t row, uint32_t ports)
{
    uint32_t a = input_u32(&in->src, row), b = input_u32(&in->dst, row);

    a += (input_port(&in->sport, row) & ports) * 0x9e3779b1u;
    b += (input_port(&in->dport, row) & ports) * 0x9e3779b1u;
    a *= 0x85ebca6bu;
    b *= 0x85ebca6bu;
    a = ((a ^ a >> 15) + (b ^ b >> 15)) * 0xc2b2ae35u;
    return (unsigned)((uint64_t)a * in->n_parts >> 32);
}

/* 64 rows at most, from a multiple of 64 on. */
static void sift_rows(struct input *in, struct chunk *c, uint64_t first, uint64_t end)
{
    const uint8_t *later = in->later.data, *fragment = in->fragment.data;
    const uint16_t *label = in->label.data;
    const uint64_t has_src = valid_word(&in->src, first), has_sport = valid_word(&in->sport, first);
    const uint64_t has_stream = valid_word(&in->stream, first);
    const uint64_t carriers = in->carriers ? in->carriers[first / 64] : 0;
    const uint64_t passes = in->matched ? in->matched[first / 64] : UINT64_MAX;

    for (uint64_t row = first; row < end; row++) {
        const unsigned bit = (unsigned)(row - first), proto = input_proto(in, row);
        const unsigned ports = input_has_ports(proto) ? 1 : 0;
        enum ignored why = COUNTED;
        unsigned plain;

        if (!(passes >> bit & 1))
            why = FILTERED;
        else if (!(has_src >> bit & 1))
            why = NOT_IP;
        else if (later[row])
            why = LATER_FRAGMENT;
        else if (ports && !(has_sport >> bit & 1))
            why = CUT;
        if (why != COUNTED) {
            in->rows[row] = ROW_IGNORED;
            c->n_ignored[why]++;
            continue;
        }
        /* Not with a VLAN tag or within a tunnel: one conversation can run over several. Nor
         * fragments: the number is that of what they carry, which may be of another protocol. */
        plain = ports & (unsigned)(has_stream >> bit & 1) & !fragment[row] & !label[row] &
                !(carriers >> bit & 1);
        in->rows[row] = (uint8_t)(part_of(in, row, 0u - ports) | (plain ? ROW_PLAIN : 0));
        if (plain && input_u32(&in->stream, row) >= c->n_streams[proto == 17])
            c->n_streams[proto == 17] = input_u32(&in->stream, row) + 1;
    }
}

static int64_t tick_of(const struct input *in, uint64_t row, int64_t unit)
{
    const int64_t t = ((const int64_t *)in->time.data)[row];

    return unit == 1 ? t : t - t % unit;
}

static void look_at_times(const struct sift *s, struct chunk *c, uint64_t start, uint64_t end)
{
    const struct input *in = s->in;
    const int64_t *time = in->time.data;
    int ordered = s->unit == 1;

    c->first = time[start];
    c->last = time[end - 1];
    for (uint64_t row = start + 1; row < end; row++)
        ordered &= time[row] >= time[row - 1];
    for (uint64_t row = start; row < end; row += 64) {
        const uint64_t n = end - row;

        c->lacks_times |= (~valid_word(&in->time, row) &
                           (n < 64 ? ((uint64_t)1 << n) - 1 : UINT64_MAX)) != 0;
    }
    c->in_order = ordered && !c->lacks_times;
    for (uint64_t row = start; row < end; row++) {
        int64_t t;

        if (!input_counted(in, row) || !trawl_view_has(&in->time, row))
            continue;
        t = tick_of(in, row, s->unit);
        if (!c->has_newest)
            c->oldest = c->newest = t;
        else if (t > c->newest)
            c->newest = t;
        c->has_newest = 1;
    }
}

static int sift_chunk(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct sift *s = context;
    const uint64_t start = i * CHUNK_ROWS, left = s->in->n_rows - start;
    const uint64_t end = start + (left < CHUNK_ROWS ? left : CHUNK_ROWS);

    (void)i_thread;
    (void)err;
    for (uint64_t row = start; row < end; row += 64)
        sift_rows(s->in, &s->chunks[i], row, end - row < 64 ? end : row + 64);
    look_at_times(s, &s->chunks[i], start, end);
    return TRAWL_OK;
}

/* A packet older than the newest before it counts as that new; one without time likewise. */
static int fill_ticks(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct sift *s = context;
    const struct input *in = s->in;
    const uint64_t start = i * CHUNK_ROWS, left = in->n_rows - start;
    const uint64_t end = start + (left < CHUNK_ROWS ? left : CHUNK_ROWS);
    int64_t tick = s->chunks[i].start;
    int started = s->chunks[i].has_start;

    (void)i_thread;
    (void)err;
    for (uint64_t row = start; row < end; row++) {
        if (input_counted(in, row) && trawl_view_has(&in->time, row)) {
            const int64_t t = tick_of(in, row, s->unit);

            if (!started || t > tick)
                tick = t;
            started = 1;
            s->chunks[i].n_held += (uint64_t)tick - (uint64_t)t >= SECOND;
        }
        in->own_ticks[row] = tick;
    }
    return TRAWL_OK;
}

static int make_ticks(struct sift *s, trawl_call *call, uint64_t n_chunks, trawl_error *err)
{
    struct input *in = s->in;
    int ordered = 1, started = 0, rc;
    int64_t tick = 0; /* before the first packet with a time: what that one says */

    for (uint64_t i = 0; i < n_chunks && !in->has_times; i++) {
        in->has_times = s->chunks[i].has_newest;
        tick = s->chunks[i].oldest;
    }
    for (uint64_t i = 0; i < n_chunks; i++) {
        struct chunk *c = &s->chunks[i];

        in->lacks_times |= c->lacks_times;
        ordered &= c->in_order && (i == 0 || c->first >= c[-1].last);
        c->start = tick;
        c->has_start = (uint8_t)started;
        if (c->has_newest && (!started || c->newest > tick))
            tick = c->newest;
        started |= c->has_newest;
    }
    in->ticks = in->time.data;
    if (ordered)
        return TRAWL_OK;
    in->own_ticks = host->alloc((size_t)(in->n_rows + 1) * sizeof(*in->own_ticks));
    if (!in->own_ticks)
        return host->fail(err, TRAWL_E_NOMEM, "could not order packets by time: no memory");
    in->ticks = in->own_ticks;
    rc = host->parallel(call, n_chunks, fill_ticks, s, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < n_chunks; i++)
        in->n_held += s->chunks[i].n_held;
    return rc;
}

int input_sift(struct input *in, trawl_call *call, int64_t unit, trawl_error *err)
{
    const uint64_t n_chunks = (in->n_rows + CHUNK_ROWS - 1) / CHUNK_ROWS;
    struct sift s = {.in = in, .unit = unit};
    int rc;

    in->rows = host->alloc((size_t)in->n_rows + 1);
    s.chunks = host->alloc((size_t)(n_chunks + 1) * sizeof(*s.chunks));
    rc = in->rows && s.chunks
             ? TRAWL_OK
             : host->fail(err, TRAWL_E_NOMEM, "could not sort out packets: no memory");
    if (rc == TRAWL_OK)
        rc = host->parallel(call, n_chunks, sift_chunk, &s, err);
    for (uint64_t i = 0; rc == TRAWL_OK && i < n_chunks; i++) {
        for (int k = 0; k < 2; k++)
            if (s.chunks[i].n_streams[k] > in->n_streams[k])
                in->n_streams[k] = s.chunks[i].n_streams[k];
        for (int k = 0; k < N_IGNORED; k++)
            in->n_ignored[k] += s.chunks[i].n_ignored[k];
    }
    if (rc == TRAWL_OK)
        rc = make_ticks(&s, call, n_chunks, err);
    host->free(s.chunks);
    return rc;
}
