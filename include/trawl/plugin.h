/* A plugin: one descriptor of constant data, got through one exported function.
 * Knows nothing of the host's inside. */
#ifndef TRAWL_PLUGIN_H
#define TRAWL_PLUGIN_H

#include "trawl/command.h"
#include "trawl/error.h"
#include "trawl/field.h"
#include "trawl/host.h"
#include "trawl/screen.h"
#include "trawl/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TRAWL_PLUGIN_MAGIC 0x7472776cu /* "trwl" */
#define TRAWL_ABI_MAJOR    1
#define TRAWL_ABI_MINOR    2
#define TRAWL_COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

/** A table of a capture, built on first use and kept. */
typedef struct trawl_table_def {
    uint32_t size;        /**< sizeof(trawl_table_def) */
    uint32_t column_size; /**< sizeof(trawl_column) */
    const char *name;     /**< typing it shows the table */
    const char *summary;
    const trawl_column *columns;
    uint32_t n_columns;
    uint32_t reserved;
    int (*build)(trawl_call *call, trawl_capture *capture, trawl_table **ret, trawl_error *err);
    uint32_t flags; /**< ABI 1.2: TRAWL_TABLE_ bits */
    uint32_t reserved2;
} trawl_table_def;
/** Flags of a table. */
enum {
    TRAWL_TABLE_WARNS = 1u << 0, /**< building it calls host->warn(): done before `warnings` is */
    TRAWL_TABLE_VIEW = 1u << 1 /**< says what other tables say in another way: who looks through all
                                  tables passes over it */
};

/** Packet fields that need more than one packet: computed for a whole capture at once. */
typedef struct trawl_derived {
    uint32_t size;       /**< sizeof(trawl_derived) */
    uint32_t field_size; /**< sizeof(trawl_field) */
    const char *name;
    const trawl_field *fields;
    uint32_t n_fields;
    uint32_t reserved;
    /** *ret: a table with one column for each field, in order, and a row for each packet. */
    int (*compute)(trawl_call *call, trawl_capture *capture, trawl_table *packets,
                   trawl_table **ret, trawl_error *err);
    /** ABI 1.1: the fields follow from the values of this one, item by item, and from nothing else:
     * to count them, `packets` may be a table of its distinct values, its only column. Or NULL. */
    const char *of;
    /* ABI 1.2 */
    uint32_t flags; /**< TRAWL_DERIVED_… */
    uint32_t reserved_2;
    const char *setting; /**< that names the file without which there are no such fields
                            (TRAWL_COLUMN_EXTERNAL); NULL: they need none */
} trawl_derived;
enum {
    TRAWL_DERIVED_BESIDE = 1u << 0, /**< `compute` keeps no state: it may run for several captures
                                       at once, each on a thread */
    TRAWL_DERIVED_NAMED = 1u << 1   /**< counted where it is named, by no level */
};

/** What a flow metric sees of a packet. */
typedef struct trawl_flow_packet {
    uint32_t size;
    uint8_t direction; /**< 0: from the flow's source, 1: back */
    uint8_t protocol;
    uint16_t tcp_flags;
    uint64_t row;
    int64_t time_ns;
    int64_t delta_ns; /**< since the flow's previous packet; 0 for the first */
    uint32_t frame_len, ip_len, transport_len, payload_len;
    uint16_t src_port, dst_port; /**< of the packet itself */
    /* ABI 1.2 */
    uint16_t vlan_id;   /**< of the innermost tag, 0: none */
    uint8_t ip_version; /**< 4 or 6; 0: a record without addresses */
    uint8_t tunnel;     /**< enum trawl_tunnel */
    uint8_t first;      /**< 1: the flow's first packet */
    uint8_t reserved[3];
    uint8_t src[16], dst[16]; /**< of the packet itself; IPv4 in the first four bytes */
    const void *opts;         /**< the metric's parameters: live as long as its states */
    void *run;                /**< what its `begin` gave for this thread */
    /* with TRAWL_METRIC_BYTES, until the hook returns */
    const trawl_packet *frame; /**< the whole frame, as captured */
    const uint8_t *ip;         /**< from the network header that has the flow's addresses on */
    const uint8_t *payload;    /**< what TCP or UDP carries */
    uint32_t ip_cap_len, payload_cap_len; /**< captured bytes there; 0: none */
    uint32_t tcp_seq;                     /**< as on the wire; 0: not TCP */
    uint32_t reserved2;
} trawl_flow_packet;

/** Results of a metric's on_init and on_update. */
enum {
    TRAWL_METRIC_EXPIRE = -1, /**< (or any other below 0) the flow ends after this packet; the next
                                 one begins another: expiration -1 */
    TRAWL_METRIC_GO_ON = 0,
    /* ABI 1.2 */
    TRAWL_METRIC_ENOUGH = 1, /**< this metric needs no more packets of the flow */
    TRAWL_METRIC_FAILED =
        2 /**< its cells of this flow are null, and one warning says of how many */
};
/** Flags of a metric. */
enum { TRAWL_METRIC_BYTES = 1u << 0 /**< ABI 1.2: it looks at the bytes of packets */ };

/** A flow metric: own state for each flow, own columns in `flows`. Hooks may run on pool threads,
 * each flow on one thread at a time. */
typedef struct trawl_metric {
    uint32_t size; /**< sizeof(trawl_metric) */
    uint32_t column_size;
    const char *name;
    const char *summary;
    const trawl_column *columns;
    uint32_t n_columns;
    uint32_t reserved;
    size_t state_size; /**< bytes of state for each flow, zero-filled, at most 4096 */
    /** First packet, then later ones. A negative result ends the flow after this packet. */
    int (*on_init)(void *state, const trawl_flow_packet *packet);
    int (*on_update)(void *state, const trawl_flow_packet *packet);
    /** The flow is over: put one cell for each column, in order (host's put_ functions). On the
     * thread that called the plugin, when all flows are over. */
    void (*on_expire)(const trawl_host *host, void *state, trawl_builder *row);
    /* ABI 1.2 */
    uint32_t flags;        /**< TRAWL_METRIC_ bits */
    uint32_t arg_size;     /**< sizeof(trawl_arg) */
    const trawl_arg *args; /**< its parameters, written NAME:ARG=VALUE,ARG=VALUE: kinds with a
                              value, none positional or repeated */
    uint32_t n_args;
    uint32_t reserved2;
    size_t opts_size; /**< sizeof the struct that they fill */
    /** One for each column, in terms of packets' fields: "first(tls.handshake.ja3)", an aggregate
     * as `group` has it, count or list of an expression, " where CONDITION" behind it or not. "":
     * the column stays empty, and the summary says why. Instead of on_init, on_update and
     * on_expire, which are NULL. NULL: those. */
    const char *const *exprs;
    /** Columns that depend on parameters. NULL: `columns`. Pure and fast. */
    int (*schema)(trawl_call *call, const void *opts, trawl_schema **ret, trawl_error *err);
    /** Before the first packet, once for each thread and never two at a time: *ret is
     * packet->run. Not 0: it cannot, and *ret_why (constant text) says why. NULL: nothing to do. */
    int (*begin)(const void *opts, void **ret, const char **ret_why);
    /** No more packets of the flow come: on the thread that has it, while its run is there, before
     * on_expire. The place to put together what memory is held for. Or NULL. */
    void (*on_end)(void *state, const void *opts, void *run);
    /** Free what the state holds: once for each flow that on_init saw, whether on_expire was called
     * or not. NULL: nothing. */
    void (*on_drop)(void *state);
    /** The end of what `begin` gave; states may still be there, no hook is called with it. */
    void (*cleanup)(void *run);
} trawl_metric;

/** Columns of a metric that names applications; `flows --dissections` takes those of one called
 * dpi, in this order. */
#define TRAWL_APPLICATION_COLUMNS                                                                  \
    TRAWL_COLUMN(.name = "application_name", .type = TRAWL_STRING,                                 \
                 .help = "what the flow carries, behind the dot for whom: TLS.Instagram"),         \
        TRAWL_COLUMN(.name = "category", .type = TRAWL_STRING, .priority = 2,                      \
                     .help = "kind of the application: Web, SocialNetwork"),                       \
        TRAWL_COLUMN(.name = "guessed", .type = TRAWL_U8, .flags = TRAWL_COLUMN_ID, .priority = 4, \
                     .help = "1: a guess from ports and addresses"),                               \
        TRAWL_COLUMN(                                                                              \
                .name = "confidence", .type = TRAWL_U8, .flags = TRAWL_COLUMN_ID, .priority = 4,   \
                .help = "how the name was found: 0 not at all, 1 by port, 2 by address, 6 from "   \
                        "what packets hold"),                                                      \
        TRAWL_COLUMN(.name = "requested_server_name", .type = TRAWL_STRING, .priority = 1,         \
                     .help = "name of the server in TLS, QUIC, HTTP, or the name asked of DNS"),   \
        TRAWL_COLUMN(.name = "client_fingerprint", .type = TRAWL_STRING, .priority = 4,            \
                     .help = "JA3 of TLS and QUIC, HASSH of SSH, options that DHCP asks for"),     \
        TRAWL_COLUMN(.name = "server_fingerprint", .type = TRAWL_STRING, .priority = 4,            \
                     .help = "JA3S of TLS and QUIC, HASSH of SSH"),                                \
        TRAWL_COLUMN(.name = "user_agent", .type = TRAWL_STRING, .priority = 3,                    \
                     .help = "what the client calls itself in HTTP"),                              \
        TRAWL_COLUMN(.name = "content_type", .type = TRAWL_STRING, .priority = 3,                  \
                     .help = "type of what an HTTP server sent")

/* ---- plots ---- */

enum { TRAWL_AXIS_LINEAR = 0, TRAWL_AXIS_LOG = 1, TRAWL_AXIS_TIME = 2, TRAWL_AXIS_CATEGORY = 3 };
enum {
    TRAWL_SERIES_LINE = 0,
    TRAWL_SERIES_DOTS = 1,
    TRAWL_SERIES_BARS = 2,
    TRAWL_SERIES_STEPS = 3, /**< level from one point to the next: windows, acknowledgements */
    TRAWL_SERIES_LINE_DOTS = 4,
    /* ABI 1.2 */
    TRAWL_SERIES_RANGES =
        5,                /**< an upright line from low to high at each x: segments; y is unused */
    TRAWL_SERIES_BAND = 6 /**< the area from low to high, behind all lines; y is unused */
};
/** Signs of single points (ABI 1.2). */
enum {
    TRAWL_MARK_AUTO = 0,
    TRAWL_MARK_DOT = 1,
    TRAWL_MARK_CIRCLE = 2,
    TRAWL_MARK_CROSS = 3,
    TRAWL_MARK_PLUS = 4,
    TRAWL_MARK_SQUARE = 5,
    TRAWL_MARK_DIAMOND = 6,
    TRAWL_MARK_UP = 7,  /**< triangle */
    TRAWL_MARK_DOWN = 8 /**< triangle that stands on its tip */
};

typedef struct trawl_axis {
    const char *label;             /**< with the unit in brackets: "bytes (B)" */
    int kind;                      /**< TRAWL_AXIS_ */
    double min, max;               /**< both 0: from the data */
    const char *const *categories; /**< for CATEGORY: text of 0, 1, … */
    size_t n_categories;
} trawl_axis;

/** x and y in units of the axes; times as seconds since 1970 with fractions, relative to
 * figure.time_origin_ns. NaN breaks a line. */
typedef struct trawl_series {
    const char *label;
    int style; /**< TRAWL_SERIES_ */
    size_t n;
    const double *x, *y;
    double bar_width; /**< BARS: in units of x; 0: from the data */
} trawl_series;

/** More of a series (ABI 1.2): zero is the default everywhere. */
typedef struct trawl_look {
    const double *low, *high; /**< RANGES and BAND; of the other styles error bars, or NULL */
    uint32_t flags;           /**< TRAWL_LOOK_ bits */
    uint32_t mark;            /**< TRAWL_MARK_ */
    uint32_t colour; /**< n: the n-th of the palette, which series may share; 0: the next */
    uint32_t reserved;
    const char *sign; /**< a letter or two for each point, in formats that write them: "R" */
} trawl_look;
enum {
    TRAWL_LOOK_RIGHT = 1u << 0, /**< its values belong to the axis at the right */
    TRAWL_LOOK_DASHED = 1u << 1 /**< its line */
};

/** A plot as data. All memory comes from call_alloc. */
struct trawl_figure {
    uint32_t size;
    uint32_t n_series;
    const char *title;
    int64_t time_origin_ns; /**< added to time axes */
    trawl_axis x, y;
    trawl_series *series; /**< one without a label is not in the legend */
    /* ABI 1.2 */
    const trawl_look *looks; /**< one for each series, or NULL */
    uint32_t look_size;      /**< sizeof(trawl_look) */
    uint32_t reserved;
    trawl_axis y2; /**< at the right, of series with TRAWL_LOOK_RIGHT: linear or log */
};

/** Where and how a figure is drawn (ABI 1.2): what a user gave with TRAWL_CANVAS_ARGS. */
typedef struct trawl_canvas {
    uint32_t size;          /**< sizeof(trawl_canvas), by who hands it over */
    uint32_t columns, rows; /**< of the picture in characters, 0: those of the terminal */
    uint32_t reserved;
    const char *output; /**< file; NULL: for the terminal */
    const char *pixels; /**< "1000x600" */
    const char *title;  /**< instead of the figure's; "none" */
    const char *style;  /**< of its lines: "line", "dots", "steps", "line-dots"; NULL: its own */
    const char *log;    /**< logarithmic axes: "x", "y", "xy"; NULL: its own */
    trawl_words styles; /**< of its first line, its second …, the last of all others; over style */
    uint8_t primary;    /**< 1: the path of the file goes to the primary selection */
} trawl_canvas;
/** The options of every command that draws; the canvas is member `m` of options struct `t`. */
#define TRAWL_CANVAS_ARGS(t, m)                                                                    \
    TRAWL_OPT(TRAWL_ARG_FILE, t, m.output, .name = "output", .short_name = 'o', .meta = "FILE",    \
              .help = "draw into this file: .png, .svg, .pdf; .xpl for xplot, .csv for the "       \
                      "numbers; without it, in the terminal"),                                     \
        TRAWL_OPT(TRAWL_ARG_STRING, t, m.pixels, .name = "size", .meta = "WxH", .def = "1000x600", \
                  .help = "size of the picture in pixels"),                                        \
        TRAWL_OPT(TRAWL_ARG_STRING, t, m.title, .name = "title",                                   \
                  .help = "other title; none: no title"),                                          \
        TRAWL_OPT(TRAWL_ARG_CHOICE, t, m.styles, .name = "style", .flags = TRAWL_ARG_REPEATED,     \
                  .choices = (const char *const[]){"line", "dots", "steps", "line-dots", NULL},    \
                  .help = "draw lines, or single points, in another way; given again: the next "   \
                          "line"),                                                                 \
        TRAWL_OPT(TRAWL_ARG_FLAG, t, m.primary, .name = "primary",                                 \
                  .help = "copy the path of the picture to the primary selection"),                \
        TRAWL_OPT(TRAWL_ARG_CHOICE, t, m.log, .name = "log",                                       \
                  .choices = (const char *const[]){"x", "y", "xy", NULL},                          \
                  .help = "logarithmic axes; values that are not above 0 are left out")
/** The one column that such a command gives. */
#define TRAWL_CANVAS_COLUMN                                                         \
    TRAWL_COLUMN(.name = "text", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_PLAIN, \
                 .help = "the picture, line by line")

/** A named plot: `plot NAME ARGUMENTS`. */
typedef struct trawl_plot {
    uint32_t size; /**< sizeof(trawl_plot) */
    uint32_t arg_size;
    uint32_t flags; /**< TRAWL_COMMAND_FILTER and/or TRAWL_COMMAND_SOURCE */
    uint32_t n_args;
    const char *name;
    const char *summary;
    const trawl_arg *args;
    const trawl_example *examples;
    uint32_t n_examples;
    uint32_t reserved;
    size_t opts_size;
    int (*draw)(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                trawl_error *err);
} trawl_plot;

/** An output format. rows() may be called several times with consecutive rows. */
typedef struct trawl_writer {
    uint32_t size; /**< sizeof(trawl_writer) */
    uint32_t reserved;
    const char *name;      /**< of --format */
    const char *extension; /**< ".fsdb", or NULL */
    const char *summary;
    int (*begin)(trawl_call *call, const trawl_schema *schema, void **ret_state,
                 int (*write)(void *sink, const void *data, size_t n, trawl_error *err), void *sink,
                 trawl_error *err);
    int (*rows)(trawl_call *call, void *state, trawl_table *table, uint64_t start, uint64_t n,
                trawl_error *err);
    int (*end)(trawl_call *call, void *state, trawl_error *err); /**< frees the state in any case */
} trawl_writer;

/* ---- readers (ABI 1.1) ---- */

/** What lies at a place of a file. Zero but size before the call. */
typedef struct trawl_record {
    uint32_t size;
    uint32_t flags;      /**< TRAWL_RECORD_ bits */
    uint32_t header_len; /**< bytes before the record's data */
    uint32_t cap_len;    /**< bytes of data */
    uint32_t len;        /**< as they were on the wire; 0: cap_len */
    uint32_t need;       /**< result 0: bytes wanted at this place, more than there were */
    int64_t time_ns;     /**< since 1970; INT64_MIN: none */
    const char *why;     /**< result -1: what is wrong, constant text */
} trawl_record;
enum {
    TRAWL_RECORD_SKIP = 1u << 0, /**< no packet: a header, a control block */
    TRAWL_RECORD_END = 1u << 1,  /**< nothing after it is read */
    TRAWL_RECORD_OPEN = 1u << 2  /**< a file that ends after it was not closed: a warning */
};

/** A message that a record holds, for the payload dissector of that name. */
typedef struct trawl_record_payload {
    const char *dissector; /**< "dns" */
    uint32_t at, len;      /**< in the record's data */
    uint32_t direction;    /**< 0: from src, 1: back */
    uint32_t reserved;
} trawl_record_payload;

/** What a record says of the network. Zero but size before the call. */
typedef struct trawl_record_info {
    uint32_t size;
    uint8_t family;   /**< 4, 6; 0: no addresses */
    uint8_t protocol; /**< IP protocol number, 0: not known */
    uint16_t src_port, dst_port;
    uint8_t src[16], dst[16]; /**< family 4: the first four bytes */
    uint32_t n_payloads;
    trawl_record_payload payloads[4];
    const char *why;  /**< result -1: what is wrong, constant text; or NULL */
    uint32_t is_back; /**< 1: about what went from dst to src, as a response does */
} trawl_record_info;

/** A file format: records, told apart by hopping over bytes. A record is a row
 * of `packets`; its data is the layer called like the reader, for dissectors that read it. Any
 * thread, no state. */
typedef struct trawl_reader {
    uint32_t size; /**< sizeof(trawl_reader) */
    uint32_t reserved;
    const char *name; /**< "dnstap" */
    const char *summary;
    const char *const *extensions; /**< ".tap", …, NULL: endings left out of a capture's name */
    /** Does a file that begins with these (64 at most) bytes claim to be this? */
    int (*match)(const uint8_t *head, size_t n);
    /** The record at data, of which n bytes are there, at offset of the file: its bytes, with all
     * around it (> 0); 0: more are needed; -1: damage, what came before stays. */
    int64_t (*next)(const uint8_t *data, size_t n, uint64_t offset, trawl_record *ret);
    /** 0, or -1: not to be understood (a malformed packet, of which only ret->why is looked at). */
    int (*describe)(const uint8_t *data, size_t n, trawl_record_info *ret);
} trawl_reader;

/* ---- names and allow lists (ABI 1.2) ---- */

/** Gives addresses names, for commands that ask for one (`top --resolve NAME[:ARGUMENT]`). */
typedef struct trawl_resolver {
    uint32_t size; /**< sizeof(trawl_resolver) */
    uint32_t reserved;
    const char *name;
    const char *summary;
    /** capture: whose packets the addresses are from; argument: what the user wrote behind the name
     * and ':', else NULL. */
    int (*open)(trawl_call *call, trawl_capture *capture, const char *argument, void **ret_state,
                trawl_error *err);
    /** Tell the names of n addresses (IPv4 after ::ffff:) by named(), any bytes, in any order; what
     * has none is left out. It may take its time, and polls cancelled(); or it goes on looking in
     * the background and gives TRAWL_RESOLVE_LATER: ask for the others again. */
    int (*resolve)(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                   int (*named)(void *context, size_t i, const void *text, size_t n_text,
                                trawl_error *err),
                   void *context, trawl_error *err);
    void (*close)(void *state);
} trawl_resolver;

enum { TRAWL_RESOLVE_LATER = 1 };

/** Says which destinations count (`top --allow NAME[:ARGUMENT]`). */
typedef struct trawl_allow {
    uint32_t size; /**< sizeof(trawl_allow) */
    uint32_t reserved;
    const char *name;
    const char *summary;
    int (*open)(trawl_call *call, trawl_capture *capture, const char *argument, void **ret_state,
                trawl_error *err); /**< as a resolver's */
    /** 1: it counts. Any thread. IPv4 after ::ffff:. */
    int (*allow)(void *state, const uint8_t address[16], uint16_t port);
    void (*close)(void *state);
} trawl_allow;

/* ---- analyzers (ABI 1.2) ---- */

/** What `top` counted a TCP segment as. */
enum {
    TRAWL_TOP_ATTEMPT = 1u << 0,     /**< a first SYN */
    TRAWL_TOP_AGAIN = 1u << 1,       /**< a SYN sent again */
    TRAWL_TOP_ANSWERED = 1u << 2,    /**< the SYN/ACK */
    TRAWL_TOP_ESTABLISHED = 1u << 3, /**< the handshake ends */
    TRAWL_TOP_RESET = 1u << 4,
    TRAWL_TOP_REFUSED = 1u << 5,  /**< that reset, in answer to the SYN */
    TRAWL_TOP_CLOSED = 1u << 6,   /**< the first FIN */
    TRAWL_TOP_REQUEST = 1u << 7,  /**< a push of the client */
    TRAWL_TOP_RESPONSE = 1u << 8, /**< a push of the server */
    TRAWL_TOP_LACKS = 1u << 9,    /**< it tells of others that were not captured */
    TRAWL_TOP_END = 1u << 10      /**< no segment: the capture is over, and this response with it */
};

/** A segment of a connection that counts for a destination, and what it ends. */
typedef struct trawl_top_segment {
    uint32_t size;
    uint32_t events; /**< TRAWL_TOP_ bits */
    int64_t time_ns;
    uint64_t row;                   /**< of the packet in `packets`; UINT64_MAX: none */
    uint32_t stream, seq, ack, len; /**< tcp.stream; as on the wire; payload */
    uint16_t tcp_flags;
    uint8_t outgoing; /**< 1: the client sent it */
    uint8_t reserved[5];
    int64_t lat_ns, rtt_ns, ttfb_ns, transfer_ns; /**< docs/TOP.md; -1: it ends none */
    uint64_t request_bytes;                       /**< payload of what ttfb_ns is an answer to */
    uint64_t response_bytes;                      /**< payload of what transfer_ns is of */
} trawl_top_segment;

/** Columns of one's own for each destination (`top --analyze NAME[:ARGUMENT]`). */
typedef struct trawl_analyzer {
    uint32_t size; /**< sizeof(trawl_analyzer) */
    uint32_t column_size;
    const char *name;
    const char *summary;
    const trawl_column *columns;
    uint32_t n_columns;
    uint32_t reserved;
    size_t state_size; /**< bytes for each destination, zero-filled, at most 1024. No pointers to
                          memory: nothing is called when a state goes */
    int (*open)(trawl_call *call, trawl_capture *capture, const char *argument, void **ret_run,
                trawl_error *err); /**< as a resolver's */
    /** On pool threads: a connection's segments in order, a state on one thread at a time. */
    void (*take)(void *run, void *state, const trawl_top_segment *segment);
    /** Add what another thread, or another row that is now part of this one, has. In any order. */
    void (*merge)(void *run, void *state, const void *from);
    /** One cell for each column, in order. */
    void (*put)(const trawl_host *host, void *run, const void *state, trawl_builder *row);
    void (*close)(void *run);
} trawl_analyzer;

/** The descriptor: constant, valid for ever. */
typedef struct trawl_plugin {
    uint32_t magic;     /**< TRAWL_PLUGIN_MAGIC */
    uint16_t abi_major; /**< TRAWL_ABI_MAJOR */
    uint16_t abi_minor; /**< the lowest minor it needs; TRAWL_ABI_MINOR at the latest */
    uint32_t size;      /**< sizeof(trawl_plugin) */
    uint32_t command_size, dissector_size, table_size, derived_size, metric_size, plot_size,
        writer_size;  /**< sizeof each element type, 0 where there are none */
    const char *name; /**< as the file's: NAME.so */
    const char *version;
    const char *summary;
    const char *licence; /**< SPDX */
    const trawl_command *commands;
    const trawl_dissector *dissectors;
    const trawl_table_def *tables;
    const trawl_derived *derived;
    const trawl_metric *metrics;
    const trawl_plot *plots;
    const trawl_writer *writers;
    uint32_t n_commands, n_dissectors, n_tables, n_derived, n_metrics, n_plots, n_writers;
    uint32_t reserved;
    /** Called once after the descriptor passed the lint; keep the host pointer. May be NULL when
     * the plugin needs nothing of the host. */
    int (*init)(const trawl_host *host, trawl_error *err);
    /* ABI 1.1 */
    const trawl_reader *readers;
    uint32_t n_readers, reader_size;
    const trawl_arg *settings; /**< what `set` knows for it: FILE (one that can be read) or STRING,
                                  a name, a help, perhaps a default; no flags, and stored by the
                                  host (host->setting_text). Setting one forgets the plugin's
                                  derived columns */
    uint32_t n_settings, setting_size;
    /* ABI 1.2 */
    /** Draws figures for host->plot(); NULL in all plugins but one. */
    int (*draw_figure)(trawl_call *call, const trawl_figure *figure, const trawl_canvas *canvas,
                       trawl_table **ret, trawl_error *err);
    const trawl_resolver *resolvers;
    const trawl_allow *allows;
    uint32_t n_resolvers, resolver_size, n_allows, allow_size;
    const trawl_analyzer *analyzers;
    uint32_t n_analyzers, analyzer_size;
    /* later kinds (sources) are appended here */
} trawl_plugin;
#define TRAWL_PLUGIN_HEAD                                                                    \
    .magic = TRAWL_PLUGIN_MAGIC, .abi_major = TRAWL_ABI_MAJOR, .abi_minor = TRAWL_ABI_MINOR, \
    .size = sizeof(trawl_plugin), .command_size = sizeof(trawl_command),                     \
    .dissector_size = sizeof(trawl_dissector), .table_size = sizeof(trawl_table_def),        \
    .derived_size = sizeof(trawl_derived), .metric_size = sizeof(trawl_metric),              \
    .plot_size = sizeof(trawl_plot), .writer_size = sizeof(trawl_writer),                    \
    .reader_size = sizeof(trawl_reader), .setting_size = sizeof(trawl_arg),                  \
    .resolver_size = sizeof(trawl_resolver), .allow_size = sizeof(trawl_allow),              \
    .analyzer_size = sizeof(trawl_analyzer)

/** The one exported function of a plugin: `const trawl_plugin *trawl_plugin_entry(void)`. */
#if defined(__GNUC__)
#define TRAWL_EXPORT __attribute__((visibility("default")))
#else
#define TRAWL_EXPORT
#endif
TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void);

/** The second file of a plugin, `parts/NAME.so` beside `NAME.so`: what needs libraries that take
 * long to load goes there and is loaded by host->part() when it is first wanted (ABI 1.2). */
typedef struct trawl_part {
    uint32_t magic;
    uint16_t abi_major, abi_minor;
    uint32_t size;
    uint32_t reserved;
    const char *name, *version; /**< the plugin's: both files are of one build */
    const void *functions;      /**< what the plugin and its part agreed on */
} trawl_part;
#define TRAWL_PART_HEAD                                                                      \
    .magic = TRAWL_PLUGIN_MAGIC, .abi_major = TRAWL_ABI_MAJOR, .abi_minor = TRAWL_ABI_MINOR, \
    .size = sizeof(trawl_part)

/** The one exported function of a part. */
TRAWL_EXPORT const trawl_part *trawl_part_entry(const trawl_host *host);

#ifdef __cplusplus
}
#endif
#endif
