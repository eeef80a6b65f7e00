/* Time-sequence graphs in tcptrace's way: one direction's segments as upright lines between the
 * ACKs and the window that come back. Must not know how figures are drawn. */
#include "trawl/views.h"

#include "sequence.h"

enum {
    SEGMENT,
    AGAIN_BAR,
    AGAIN,
    LATE_BAR,
    LATE,
    ACK,
    WINDOW,
    SACK,
    DUPLICATE,
    ZERO,
    SYN,
    FIN,
    RESET,
    KINDS
};

enum { FLAG_FIN = 1, FLAG_SYN = 2, FLAG_RST = 4, FLAG_ACK = 16 };

enum { WINDOWS_MOST = 6 }; /* how far the window may reach, in lengths of what is sent */

struct columns {
    trawl_view seq, ack, len, flags, window, again, late, duplicate, zero, left, right;
};

struct trace {
    trawl_call *call;
    struct columns c;
    struct points points[KINDS];
    struct unwrap seq, ack;
    int64_t least, most; /* of segments and ACKs */
    int64_t edge;        /* of the window, the furthest */
};

static int open_columns(trawl_call *call, const struct stream *s, struct columns *c,
                        trawl_error *err)
{
    const trawl_wanted wanted[] = {{.name = "tcp.seq", .view = &c->seq},
                                   {.name = "tcp.ack", .view = &c->ack},
                                   {.name = "tcp.len", .view = &c->len},
                                   {.name = "tcp.flags", .view = &c->flags},
                                   {.name = "tcp.window_size", .view = &c->window},
                                   {.name = "tcp.analysis.retransmission", .view = &c->again},
                                   {.name = "tcp.analysis.out_of_order", .view = &c->late},
                                   {.name = "tcp.analysis.duplicate_ack", .view = &c->duplicate},
                                   {.name = "tcp.analysis.zero_window", .view = &c->zero},
                                   {.name = "tcp.options.sack_le", .view = &c->left},
                                   {.name = "tcp.options.sack_re", .view = &c->right}};

    return trawl_fetch_views(host, call, s->packets, wanted, TRAWL_COUNT(wanted), err);
}

static void reach(struct trace *t, int64_t seq)
{
    t->least = seq < t->least ? seq : t->least;
    t->most = seq > t->most ? seq : t->most;
}

/* A packet of the direction itself. */
static void sent(struct trace *t, double at, uint32_t r)
{
    const uint64_t flags = trawl_view_u64(&t->c.flags, r);
    const uint64_t len = trawl_view_u64(&t->c.len, r);
    const int64_t seq = unwrap_next(&t->seq, (uint32_t)trawl_view_u64(&t->c.seq, r));
    const int64_t end = seq + (int64_t)len + ((flags & FLAG_SYN) != 0);
    int bar = SEGMENT, mark = -1;

    if (trawl_view_u64(&t->c.again, r)) {
        bar = AGAIN_BAR;
        mark = AGAIN;
    } else if (trawl_view_u64(&t->c.late, r)) {
        bar = LATE_BAR;
        mark = LATE;
    }
    reach(t, seq);
    reach(t, end);
    if (end > seq)
        points_add_range(t->call, &t->points[bar], at, (double)seq, (double)end);
    if (mark >= 0)
        points_add(t->call, &t->points[mark], at, (double)end);
    if (flags & FLAG_SYN)
        points_add(t->call, &t->points[SYN], at, (double)seq);
    if (flags & FLAG_FIN)
        points_add(t->call, &t->points[FIN], at, (double)end);
    if (flags & FLAG_RST)
        points_add(t->call, &t->points[RESET], at, (double)end);
}

/* A packet that comes back: what it acknowledges, and how much more may be sent. */
static void came_back(struct trace *t, double at, uint32_t r)
{
    const uint64_t flags = trawl_view_u64(&t->c.flags, r);
    int64_t ack;

    if (!(flags & FLAG_ACK) || !trawl_view_has(&t->c.ack, r))
        return;
    ack = unwrap_next(&t->ack, (uint32_t)trawl_view_u64(&t->c.ack, r));
    if (flags & FLAG_RST) {
        points_add(t->call, &t->points[RESET], at, (double)ack);
        return; /* its window says nothing */
    }
    points_add(t->call, &t->points[ACK], at, (double)ack);
    reach(t, ack);
    if (trawl_view_has(&t->c.window, r)) {
        const int64_t edge = ack + (int64_t)trawl_view_u64(&t->c.window, r);

        points_add(t->call, &t->points[WINDOW], at, (double)edge);
        t->edge = edge > t->edge ? edge : t->edge;
    }
    if (trawl_view_u64(&t->c.duplicate, r))
        points_add(t->call, &t->points[DUPLICATE], at, (double)ack);
    if (trawl_view_u64(&t->c.zero, r))
        points_add(t->call, &t->points[ZERO], at, (double)ack);
    if (!t->c.left.offsets || !t->c.right.offsets)
        return;
    for (uint64_t i = t->c.left.offsets[r], j = t->c.right.offsets[r];
         i < t->c.left.offsets[r + 1] && j < t->c.right.offsets[r + 1]; i++, j++) {
        const int64_t left = ack +
                             (int32_t)((uint32_t)trawl_view_u64(&t->c.left, i) - (uint32_t)ack);
        const int64_t right = ack +
                              (int32_t)((uint32_t)trawl_view_u64(&t->c.right, j) - (uint32_t)ack);

        if (right > left)
            points_add_range(t->call, &t->points[SACK], at, (double)left, (double)right);
    }
}

/* Room below the first byte, for the SYN's mark. A window that is far away is not shown: beside it
 * nothing could be told apart. */
static void limit(const struct trace *t, trawl_axis *y)
{
    const double sent = (double)(t->most - t->least), all = (double)(t->edge - t->least);
    const double shown = all > sent && all < WINDOWS_MOST * sent ? all : sent;

    if (!(shown > 0))
        return;
    y->min = (double)t->least - 0.03 * shown;
    y->max = (double)t->least + 1.05 * shown;
}

int draw_tcptrace(trawl_call *call, const struct stream *s, unsigned towards, trawl_figure *ret,
                  trawl_error *err)
{
    static const struct {
        const char *label;
        int style;
        trawl_look look;
    } kinds[KINDS] = {
        [WINDOW] = {"receive window", TRAWL_SERIES_STEPS, {.colour = 6}},
        [ACK] = {"acknowledged", TRAWL_SERIES_STEPS, {.colour = 3}},
        [SACK] = {"SACK", TRAWL_SERIES_RANGES, {.colour = 4}},
        [SEGMENT] = {"segment", TRAWL_SERIES_RANGES, {.colour = 1}},
        [AGAIN_BAR] = {NULL, TRAWL_SERIES_RANGES, {.colour = 2}},
        [LATE_BAR] = {NULL, TRAWL_SERIES_RANGES, {.colour = 5}},
        [AGAIN] = {"retransmission",
                   TRAWL_SERIES_DOTS,
                   {.colour = 2, .mark = TRAWL_MARK_CROSS, .sign = "R"}},
        [LATE] = {"out of order",
                  TRAWL_SERIES_DOTS,
                  {.colour = 5, .mark = TRAWL_MARK_DIAMOND, .sign = "O"}},
        [DUPLICATE] = {"duplicate ACK",
                       TRAWL_SERIES_DOTS,
                       {.colour = 3, .mark = TRAWL_MARK_PLUS, .sign = "D"}},
        [ZERO] = {"zero window",
                  TRAWL_SERIES_DOTS,
                  {.colour = 7, .mark = TRAWL_MARK_CIRCLE, .sign = "Z"}},
        [SYN] = {"SYN", TRAWL_SERIES_DOTS, {.colour = 8, .mark = TRAWL_MARK_UP, .sign = "SYN"}},
        [FIN] = {"FIN", TRAWL_SERIES_DOTS, {.colour = 8, .mark = TRAWL_MARK_DOWN, .sign = "FIN"}},
        [RESET] = {"RST",
                   TRAWL_SERIES_DOTS,
                   {.colour = 7, .mark = TRAWL_MARK_SQUARE, .sign = "RST"}},
    };
    /* Lines lie below bars, bars below marks. */
    static const int order[KINDS] = {WINDOW, ACK,       SACK, SEGMENT, LATE_BAR, AGAIN_BAR, AGAIN,
                                     LATE,   DUPLICATE, ZERO, SYN,     FIN,      RESET};
    struct trace *t = new_array(call, 1, sizeof(*t), err);
    struct sketch sketch;
    int rc = t ? open_columns(call, s, &t->c, err) : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK)
        rc = sketch_init(call, &sketch, KINDS, err);
    if (rc != TRAWL_OK)
        return rc;
    t->call = call;
    for (uint32_t k = 0; k < s->n; k++) {
        if (s->towards[k] == towards && trawl_view_has(&t->c.seq, s->rows[k]))
            sent(t, s->at[k], s->rows[k]);
        else if (s->towards[k] != towards)
            came_back(t, s->at[k], s->rows[k]);
    }
    rc = points_check(t->points, KINDS, err);
    for (int i = 0; i < KINDS; i++)
        sketch_add(&sketch, &t->points[order[i]], kinds[order[i]].label, kinds[order[i]].style,
                   kinds[order[i]].look);
    sketch_finish(&sketch, s, ret);
    ret->y = (trawl_axis){.label = "relative sequence number (B)"};
    limit(t, &ret->y);
    ret->title = stream_title(call, s, NULL, towards);
    return rc;
}
