/* Shared by the files of the sequence plugin: plots of connections over time. */
#ifndef SEQUENCE_SEQUENCE_H
#define SEQUENCE_SEQUENCE_H

#include <stddef.h>

#include "trawl/plugin.h"

#define SEQUENCE_VERSION "1.0"

extern const trawl_host *host; /* the one global of the plugin, set by init */

/** Who sends: the direction towards the server has number 0. */
enum { TO_SERVER = 0, TO_CLIENT = 1 };

/** The packets of one TCP connection that have a time, in the order of the capture. */
struct stream {
    trawl_capture *capture;
    trawl_table *packets; /* retained */
    uint64_t id;
    uint32_t n;
    uint32_t *rows;      /* of packets */
    double *at;          /* s since origin_ns */
    uint8_t *towards;    /* TO_SERVER, TO_CLIENT */
    int64_t origin_ns;   /* start of the first packet's day */
    const char *ends[2]; /* "10.0.0.1:80" of the client, the server */
};

/** The start of a time's day. Times of a damaged capture may be as far apart as 64 bits allow: what
 * does not fit wraps. */
static inline int64_t day_of(int64_t ns)
{
    const int64_t day = 86400 * INT64_C(1000000000);

    return (int64_t)((uint64_t)ns - (uint64_t)((ns % day + day) % day));
}
static inline double seconds_since(int64_t origin_ns, int64_t ns)
{
    return (double)(int64_t)((uint64_t)ns - (uint64_t)origin_ns) / 1e9;
}

/** n elements of call memory, zero, one more than asked for; or NULL with err filled. */
void *new_array(trawl_call *call, uint64_t n, size_t size, trawl_error *err);
/** printf into call memory; "" on no memory. */
const char *new_text(trawl_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/** Close it in any case. TRAWL_E_NOT_FOUND: no such connection. */
int stream_open(trawl_call *call, uint64_t id, struct stream *ret, trawl_error *err);
/** The same of a capture by name. */
int stream_open_in(trawl_call *call, const char *capture, uint64_t id, struct stream *ret,
                   trawl_error *err);
void stream_close(struct stream *s);
/** A column of its packets, by row of `packets`. */
int stream_view(trawl_call *call, const struct stream *s, const char *name, trawl_view *ret,
                trawl_error *err);
/** "office: TCP stream 3, WHAT, 10.0.0.1:33000 to 10.0.0.2:80"; what may be NULL. towards:
 * TO_CLIENT turns the ends round. */
const char *stream_title(trawl_call *call, const struct stream *s, const char *what,
                         unsigned towards);
extern const char *const towards_names[2]; /* "towards the server", … */

/** The directions that --dest names, a bit each; all when it is not given. */
unsigned dest_mask(const trawl_words *dest);
extern const char *const dest_choices[];
#define DEST_ARG(type)                                                                   \
    TRAWL_OPT(TRAWL_ARG_CHOICE, type, dest, .name = "dest", .flags = TRAWL_ARG_REPEATED, \
              .choices = dest_choices, .help = "only what goes there, the client or the server")

/** Points that are added one by one. */
struct points {
    double *x, *y, *low, *high; /* low and high: of ranges, else NULL */
    size_t n, capacity;
    int failed;
};
void points_add(trawl_call *call, struct points *p, double x, double y);
void points_add_range(trawl_call *call, struct points *p, double x, double low, double high);

/** A figure that grows by series; what has no points is left out. */
struct sketch {
    trawl_call *call;
    trawl_series *series;
    trawl_look *looks;
    uint32_t n, room;
};
int sketch_init(trawl_call *call, struct sketch *s, uint32_t room, trawl_error *err);
/** label NULL: not in the legend. */
void sketch_add(struct sketch *s, const struct points *p, const char *label, int style,
                trawl_look look);
/** The figure: series, looks, the time axis across. */
void sketch_finish(const struct sketch *s, const struct stream *stream, trawl_figure *ret);
/** TRAWL_E_NOMEM when one of them is cut off. */
int points_check(const struct points *p, size_t n, trawl_error *err);

/** Sequence numbers of one direction beyond their 32 bits. */
struct unwrap {
    int64_t last;
};
int64_t unwrap_next(struct unwrap *u, uint32_t value);

/** Which parts of a stream of bytes are there. */
struct coverage {
    int64_t (*parts)[2]; /* disjoint, ascending: [start, end) */
    size_t n, room;
};
enum { COVERAGE_MOST = 4096 }; /* of more, the oldest gap counts as filled */
/** Bytes of [start, end) that were not there; -1: no memory. */
int64_t coverage_add(struct coverage *c, int64_t start, int64_t end);
void coverage_fini(struct coverage *c);

/* ---- the plots ---- */

/** Fields as numbers. */
struct attr {
    const trawl_column *column;
    trawl_view view;
};
/** Fails where the field holds no numbers. */
int attr_open(trawl_call *call, trawl_table *packets, const char *name, struct attr *ret,
              trawl_error *err);
/** Spans in ms, times in s since the origin, of a list the first item; NaN where there is none. */
double attr_value(const struct attr *a, uint64_t row, int64_t origin_ns);
/** The axis upwards of n of them. */
trawl_axis attr_axis(trawl_call *call, const struct attr *attrs, size_t n);

struct stream_opts {
    uint64_t stream;
    trawl_words dest;
};
struct seq_opts {
    uint64_t stream;
    const char *view;
    trawl_words dest;
};
struct rtt_opts {
    uint64_t stream;
    const char *by;
    trawl_words dest;
};
struct tput_opts {
    uint64_t stream;
    int64_t window;
    const char *shape;
    uint8_t goodput;
    trawl_words dest;
};
struct gaps_opts {
    uint64_t stream, bins;
    uint8_t data, log_bins, cross;
    trawl_words dest;
};
struct attr_opts {
    uint64_t stream;
    trawl_words fields;
    const char *over;
    uint8_t drop_syn;
    trawl_words dest;
};

/** Fails: `span` seconds are more than `most` windows; the hint has a length that fits. */
int too_many_windows(double span, uint64_t most, trawl_error *err);
int draw_stevens(trawl_call *call, const struct stream *s, unsigned mask, trawl_figure *ret,
                 trawl_error *err);
int draw_tcptrace(trawl_call *call, const struct stream *s, unsigned towards, trawl_figure *ret,
                  trawl_error *err);

typedef int draw_function(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                          trawl_error *err);
draw_function draw_tcpseq, draw_tcp_rtt, draw_tcp_tput, draw_tcp_flight, draw_tcp_window,
    draw_interarrival, draw_tcp_attr, draw_stream_bytes;

#endif
