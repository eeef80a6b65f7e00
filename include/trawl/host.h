/* What a plugin may ask of the host: one table of functions, handed to init. No slot is ever NULL;
 * new ones are appended and the ABI minor number grows. Unless said otherwise a function may be
 * called only on the thread that called the plugin. */
#ifndef TRAWL_HOST_H
#define TRAWL_HOST_H

#include "trawl/command.h"
#include "trawl/field.h"
#include "trawl/screen.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct trawl_capture trawl_capture; /**< one loaded capture */
typedef struct trawl_expr trawl_expr;       /**< a compiled expression */
typedef struct trawl_figure trawl_figure;   /**< see plugin.h */
struct trawl_plot;
struct trawl_canvas;
struct trawl_metric;
struct trawl_resolver;
struct trawl_allow;
struct trawl_analyzer;
/** Packets' bytes, for one thread at a time (ABI 1.2). */
typedef struct trawl_bytes trawl_bytes;

/** A sort key: nulls last, ties keep row order. */
typedef struct trawl_sort_key {
    size_t i_column;
    int descending;
} trawl_sort_key;

/** Aggregates, as in group: append only. */
typedef enum trawl_aggregate {
    TRAWL_AGG_COUNT,
    TRAWL_AGG_SUM,
    TRAWL_AGG_MIN,
    TRAWL_AGG_AVG,
    TRAWL_AGG_MAX,
    TRAWL_AGG_DISTINCT,
    TRAWL_AGG_P25,
    TRAWL_AGG_P50,
    TRAWL_AGG_P75,
    TRAWL_AGG_P90,
    TRAWL_AGG_P95,
    TRAWL_AGG_P99,
    TRAWL_AGG_STDDEV,
    TRAWL_AGG_FIRST,
    TRAWL_AGG_LAST
} trawl_aggregate;

/** One aggregate of a group by: i_column is (size_t)-1 for a plain count of rows. */
typedef struct trawl_aggregate_column {
    trawl_aggregate aggregate;
    size_t i_column;
    const char *name; /**< of the result column; NULL: "sum_bytes" */
} trawl_aggregate_column;

/** Distinct values of a column. */
typedef struct trawl_counts {
    uint64_t n;
    uint64_t n_null;
    const uint32_t
        *first; /**< index of the cell (list: of the item) where the value is first seen */
    const uint64_t *counts; /**< most frequent first, ties by first */
} trawl_counts;

/** What `load` was asked for. Zero is the default everywhere. */
typedef struct trawl_load_options {
    uint32_t size;
    uint32_t merge;           /**< several files are one capture, in time order */
    const char *const *paths; /**< files, folders, globs; "-" is stdin */
    size_t n_paths;
    const char *name; /**< NULL: from the file's name */
    uint64_t max_packets;
    const char *bpf;
    const char *expr;
    uint32_t cache;     /**< TRAWL_LOAD_ bits (ABI 1.1) */
    const char *origin; /**< shown in the place of the path, of one file that nobody else can open;
                           NULL: the path (ABI 1.1) */
    uint32_t follow;    /**< the one file is still written to, or a pipe: what is added to it is
                           taken in as it comes (ABI 1.2) */
    uint32_t reserved;
} trawl_load_options;

/** What an interface is captured with. Zero is the default everywhere (ABI 1.2). */
typedef struct trawl_live_options {
    uint32_t size;
    uint32_t flags; /**< TRAWL_LIVE_ bits */
    const char *interface;
    const char *name;    /**< of the capture; NULL: from the interface */
    const char *bpf;     /**< filter of libpcap */
    uint64_t buffer;     /**< bytes of the kernel's buffer */
    const char *write;   /**< packets go to this pcap file too … */
    uint64_t file_bytes; /**< … and to another one when it has so many bytes */
    uint32_t n_files;    /**< then the oldest of so many is written over */
    uint32_t snaplen;
    const char *user;   /**< become this user once the interface is open */
    uint32_t report_ms; /**< a line on stderr so often: rates, drops, memory; 0: none */
    uint32_t reserved;
} trawl_live_options;

#define TRAWL_LIVE_NOT_PROMISCUOUS 1u

/** Work beside commands for a capture that grows. Zero is the default everywhere (ABI 1.2). */
typedef struct trawl_live_work {
    uint32_t size;
    uint32_t flags;      /**< TRAWL_WORK_ bits */
    const char *capture; /**< by name; NULL: the current one */
    uint32_t every_ms; /**< between two steps, or longer: steps take a tenth of the time at most */
    uint32_t reserved;
    /** On a thread of its own, between commands. is_end: the capture has ended, and this is the
     * last step; so is one that fails, and that is told, but one that was cancelled comes again. */
    int (*step)(trawl_call *call, void *context, int is_end, trawl_error *err);
    void (*free)(void *context);
    void *context;
    const char *what_ends; /**< constant: what a failed step's message says of it */
} trawl_live_work;

#define TRAWL_WORK_ALONE 1u /**< it uses no tables or captures: it runs during commands too */

#define TRAWL_SHOW_IN_PLACE 1u /**< in the place of what was shown before, on a terminal */

/* How a load uses the disk cache; without any: it is served from it, and written to it when reading
 * took more than a second. */
#define TRAWL_LOAD_NO_CACHE        1u /**< neither is it read nor written */
#define TRAWL_LOAD_CACHE           2u /**< written however short reading took */
#define TRAWL_LOAD_FORCE_OVERWRITE 4u /**< not read, and written anew */
#define TRAWL_LOAD_FORCE_LOAD      8u /**< used though the files have changed, with a warning */

/** Bytes that one side of a TCP connection sent, out of one packet. */
typedef struct trawl_piece {
    uint64_t offset; /**< from the byte after its SYN, or the first one seen */
    const uint8_t *data;
    uint32_t n;
    uint32_t row; /**< of the packet, in `packets` */
} trawl_piece;

/** Such pieces in order, each byte once; what is missing between the offsets is not in the capture.
 */
typedef struct trawl_contents {
    uint32_t size;
    uint32_t stream;   /**< tcp.stream */
    uint8_t direction; /**< 0: of the connection's first packet */
    uint8_t more;      /**< another part of this direction follows */
    uint16_t reserved;
    uint32_t reserved2;
    const trawl_piece *pieces;
    size_t n_pieces; /**< 0 where nothing of it was captured */
    uint64_t length; /**< offset of its FIN, 0 where none was seen: what the last piece does not
                        reach is missing too (ABI 1.2) */
} trawl_contents;

/** How host->write() writes a table; zero is the default everywhere (ABI 1.2). */
typedef struct trawl_write_options {
    uint32_t size;
    uint32_t reserved;
    const char *format;    /**< NULL: by the file's name */
    const char *delimiter; /**< of csv: what --delimiter takes */
    const char *time;      /**< what --time takes */
    uint32_t append;       /**< add to the file, as '>>' does: all or nothing */
    uint32_t reserved_2;
} trawl_write_options;

typedef struct trawl_host {
    uint32_t size;
    uint16_t abi_major, abi_minor;

    /* errors and messages */
    int (*fail)(trawl_error *err, int code, const char *format,
                ...); /**< fills err, returns code */
    void (*hint)(trawl_error *err, const char *format, ...);
    void (*log)(int level, const char *format,
                ...); /**< 0 error 1 warning 2 info 3 debug; any thread */

    /* memory: any thread; alloc is zero-filled and counts towards the memory limit */
    void *(*alloc)(size_t n);
    void *(*realloc)(void *p, size_t n);
    void (*free)(void *p);
    void *(*call_alloc)(trawl_call *call, size_t n); /**< freed when the command returns */

    /* the running command: poll every few thousand rows */
    int (*cancelled)(trawl_call *call);
    void (*progress)(trawl_call *call, uint64_t done, uint64_t total);
    int (*given)(trawl_call *call,
                 const char *arg_name); /**< the user wrote it (not the default) */
    /** body(context, i) for i in [0,n) on the pool's threads; disjoint work only. */
    int (*parallel)(trawl_call *call, uint64_t n,
                    int (*body)(void *context, uint64_t i, unsigned i_thread, trawl_error *err),
                    void *context, trawl_error *err);
    unsigned (*n_threads)(void);

    /* schemas */
    trawl_schema *(*schema_new)(trawl_error *err);
    int (*schema_add)(trawl_schema *schema, const trawl_column *column, trawl_error *err);
    int (*schema_add_all)(trawl_schema *schema, const trawl_schema *from, trawl_error *err);
    void (*schema_free)(trawl_schema *schema);
    size_t (*schema_n)(const trawl_schema *schema);
    const trawl_column *(*schema_column)(const trawl_schema *schema, size_t i);
    /** Index of a column, or -1; the failing form says "no column 'x'" with the nearest name. */
    int64_t (*schema_find)(const trawl_schema *schema, const char *name);
    int (*schema_fail_column)(const trawl_schema *schema, const char *name, trawl_error *err);

    /* tables */
    uint64_t (*n_rows)(const trawl_table *table);
    const trawl_schema *(*schema_of)(const trawl_table *table);
    const char *(*table_name)(const trawl_table *table); /**< "packets"; may be NULL */
    void (*table_set_name)(trawl_table *table,
                           const char *name); /**< only before it is handed over */
    trawl_table *(*retain)(trawl_table *table);
    void (*release)(trawl_table *table); /**< NULL is fine */
    /** Column i, computed now if it was not; set view->size first. */
    int (*view)(trawl_call *call, trawl_table *table, size_t i_column, trawl_view *view,
                trawl_error *err);
    /** The same by name, failing like schema_fail_column. */
    int (*view_named)(trawl_call *call, trawl_table *table, const char *name, trawl_view *view,
                      trawl_error *err);
    /** Have these columns computed in one pass. */
    int (*prefetch)(trawl_call *call, trawl_table *table, const char *const *names, size_t n,
                    trawl_error *err);
    int (*slice)(trawl_call *call, trawl_table *table, uint64_t start, uint64_t n,
                 trawl_table **ret, trawl_error *err);
    int (*gather)(trawl_call *call, trawl_table *table, const uint32_t *rows, uint64_t n,
                  trawl_table **ret, trawl_error *err);
    int (*project)(trawl_call *call, trawl_table *table, const size_t *i_columns,
                   const char *const *names, size_t n, trawl_table **ret, trawl_error *err);
    /** The columns of both tables side by side; they have the same number of rows. */
    int (*paste)(trawl_call *call, trawl_table *left, trawl_table *right, trawl_table **ret,
                 trawl_error *err);

    /* building tables: cells of a row in column order, then end_row; the first failure is kept and
     * reported by finish. schema is copied. */
    trawl_builder *(*builder_new)(const trawl_schema *schema, trawl_error *err);
    /** Let column i use the dictionary of column j of a table: put_code() then takes its codes. */
    int (*builder_share)(trawl_builder *builder, size_t i_column, trawl_table *table,
                         size_t j_column, trawl_error *err);
    void (*put_null)(trawl_builder *builder);
    void (*put_u64)(trawl_builder *builder, uint64_t value);
    void (*put_i64)(trawl_builder *builder, int64_t value);
    void (*put_f64)(trawl_builder *builder, double value);
    void (*put_value)(trawl_builder *builder, const void *data,
                      size_t n);                                /**< ip (4 or 16), string, bytes */
    void (*put_text)(trawl_builder *builder, const char *text); /**< NULL: null */
    void (*put_code)(trawl_builder *builder, uint32_t code);
    void (*end_list)(trawl_builder *builder); /**< closes a list cell whose items were put */
    void (*end_row)(trawl_builder *builder);
    int (*finish)(trawl_builder *builder, trawl_table **ret,
                  trawl_error *err); /**< ends the builder in any case */
    void (*builder_free)(trawl_builder *builder);

    /* kernels */
    int (*sort)(trawl_call *call, trawl_table *table, const trawl_sort_key *keys, size_t n,
                uint64_t limit, trawl_table **ret, trawl_error *err);
    int (*group)(trawl_call *call, trawl_table *table, const size_t *i_keys, size_t n_keys,
                 const trawl_aggregate_column *aggregates, size_t n_aggregates, trawl_table **ret,
                 trawl_error *err);
    int (*aggregate_find)(const char *name, trawl_aggregate *ret); /**< TRAWL_E_NOT_FOUND */
    trawl_type (*aggregate_type)(trawl_aggregate aggregate, trawl_type of); /**< 0: not possible */
    int (*group_rows)(trawl_call *call, trawl_table *table, const size_t *i_keys, size_t n_keys,
                      uint32_t **ret_group_of_row, uint64_t *ret_n_groups,
                      trawl_error *err); /**< free() it */
    int (*join)(trawl_call *call, trawl_table *left, const size_t *left_keys, trawl_table *right,
                const size_t *right_keys, size_t n_keys, const char *kind, trawl_table **ret,
                trawl_error *
                    err); /**< kind "inner" "left" "outer"; other right columns follow the left's */
    int (*count_values)(trawl_call *call, trawl_table *table, size_t i_column, trawl_counts *ret,
                        trawl_error *err); /**< arrays live as long as the call */
    int (*quantiles)(trawl_call *call, trawl_table *table, size_t i_column, const double *q,
                     size_t n, double *ret, trawl_error *err);
    /** Text of cell (row) of a column as machine formats write it; call memory. "" for null. */
    const char *(*cell_text)(trawl_call *call, trawl_table *table, size_t i_column, uint64_t row,
                             trawl_error *err);
    /** Text of item i (an index as in trawl_counts.first) of a column. */
    const char *(*item_text)(trawl_call *call, trawl_table *table, size_t i_column, uint64_t i_item,
                             trawl_error *err);

    /* expressions */
    int (*expr_compile)(trawl_call *call, const char *text, const trawl_schema *schema,
                        trawl_expr **ret, trawl_error *err); /**< lives as long as the call */
    trawl_type (*expr_type)(const trawl_expr *expr);
    int (*expr_select)(trawl_call *call, const trawl_expr *expr, trawl_table *table,
                       trawl_table **ret, trawl_error *err); /**< rows where it is true */
    int (*expr_column)(trawl_call *call, const trawl_expr *expr, trawl_table *table,
                       const char *name, trawl_table **ret,
                       trawl_error *err); /**< a table of one column */

    /* captures */
    /** By name; NULL: the current one. TRAWL_E_NOT_FOUND "no capture is loaded" with a hint. */
    int (*capture)(trawl_call *call, const char *name, trawl_capture **ret, trawl_error *err);
    size_t (*n_captures)(trawl_call *call);
    const char *(*capture_name)(trawl_call *call, size_t i); /**< in order of loading */
    const char *(*name_of)(const trawl_capture *capture);
    /** A table of a capture ("packets", "tcp", a plugin's), computed once and kept; the name of
     * a capture means its packets, "$x" (or "x" where no table is called so) a variable's table.
     * capture NULL: the current one. Retained for the caller: release it. */
    int (*table)(trawl_call *call, trawl_capture *capture, const char *name, trawl_table **ret,
                 trawl_error *err);
    /** Bytes of a packet by row, as captured; valid until the next call in this trawl_call. */
    int (*packet_bytes)(trawl_call *call, trawl_capture *capture, uint64_t row, const uint8_t **ret,
                        uint32_t *ret_n, trawl_error *err);

    /* the session (for the plugins that steer it) */
    int (*load)(trawl_call *call, const trawl_load_options *options, trawl_table **ret,
                trawl_error *err); /**< gives the rows of `captures` that are new */
    int (*unload)(trawl_call *call, const char *name, trawl_error *err);
    int (*use)(trawl_call *call, const char *name, trawl_error *err);
    int (*save_capture)(
        trawl_call *call, trawl_table *packets, const char *path,
        trawl_error *err); /**< the packets of these rows as pcapng or pcap, by extension */
    int (*keep)(trawl_call *call, const char *name, trawl_table *table,
                trawl_error *err); /**< $name */
    int (*list)(trawl_call *call, const char *what, trawl_table **ret,
                trawl_error *err); /**< "captures" "tables" "fields" "commands" "plugins" "settings"
                                      "history" "variables" "interfaces" "devices" "plots" "metrics"
                                      "writers" "resolvers" "allows" "analyzers": the host's own
                                      lists as tables */
    int (*columns_of)(
        trawl_call *call, const char *what, trawl_schema **ret,
        trawl_error *err); /**< schema of such a list, or of a table by name without building it */
    int (*setting)(trawl_call *call, const char *name, const char *value, trawl_error *err);
    int (*plugin_off)(trawl_call *call, const char *name, trawl_error *err);
    int (*help)(trawl_call *call, const char *topic, trawl_table **ret,
                trawl_error *err); /**< a TRAWL_COLUMN_PLAIN table */
    int (*quit)(trawl_call *call, trawl_error *err);

    /* other plugins' things */
    const struct trawl_metric *(*metric)(trawl_call *call, const char *name, trawl_error *err);
    /** For a TRAWL_COMMAND_PLOTS command: run the plot that the user named; the figure lives as
     * long as the call. */
    int (*draw)(trawl_call *call, trawl_table *in, trawl_figure **ret, trawl_error *err);
    /** Folder of programs that come with the host (absolute path). */
    const char *(*libexec)(void);
    /** Terminal: columns and rows of stdout if it is one, else 0. */
    void (*terminal)(trawl_call *call, unsigned *ret_columns, unsigned *ret_rows);
    /** Its values are lists: a row may have several. */
    int (*expr_is_list)(const trawl_expr *expr);
    /** Give a filled error its place in the typed line: text[0..n) lies within an argument's value.
     */
    void (*place)(trawl_call *call, const char *text, size_t n, trawl_error *err);
    /** A schema of n columns that are declared as an array; NULL on failure. */
    trawl_schema *(*schema_from)(const trawl_column *columns, size_t n, trawl_error *err);
    /* ABI 1.1 */
    /** The messages of a payload dissector, in order of packets, as its `extract` gets them: for
     * tables of them. body runs on the calling thread; its result other than 0 ends the walk. */
    int (*messages)(trawl_call *call, trawl_capture *capture, const char *dissector,
                    int (*body)(void *context, const trawl_packet *packet,
                                const trawl_layer *message, trawl_error *err),
                    void *context, trawl_error *err);
    /** A plugin's setting as text: what was set, else its default; NULL: neither. Valid until it is
     * set again. */
    const char *(*setting_text)(trawl_call *call, const char *name);
    /** All n rows of a builder at once, for big tables: ret is an array with one entry a column,
     * size and may_be_null set before. Until finish the plugin writes the cells itself, on any
     * thread (also in bodies of `parallel`). No column may be a list. */
    int (*builder_rows)(trawl_builder *builder, uint64_t n, trawl_cells *ret, trawl_error *err);
    /** Code of a value (as put_value takes it) in the dictionary of column i, for such cells and
     * for put_code. Any thread. */
    int (*builder_code)(trawl_builder *builder, size_t i_column, const void *value, size_t n,
                        uint32_t *ret, trawl_error *err);
    /** Remove what the disk cache, which the list "cache" shows, has of a capture, by its name or a
     * file's path; NULL: all of it. */
    int (*clear_cache)(trawl_call *call, const char *name, trawl_error *err);
    /** Ctrl-C was an answer, "enough", and what came before is to be used: cancelled() is 0 again
     * until the next one. */
    void (*resume)(trawl_call *call);
    /** A table that was remembered of a capture, with columns as in the schema, in this process or
     * an earlier one, while its files have not changed: TRAWL_E_NOT_FOUND when there is none. The
     * name says all that the rows depend on. Retained for the caller. */
    int (*recall)(trawl_call *call, trawl_capture *capture, const char *name,
                  const trawl_schema *schema, trawl_table **ret);
    /** Keep what took so long to make in the disk cache, if the capture is there too and that is
     * worth it; replaces. At most 40 columns. That it could not be is no failure. */
    void (*remember)(trawl_call *call, trawl_capture *capture, const char *name, trawl_table *table,
                     int64_t took_ns);
    /** How often each value of columns occurs, counted while packets are read: no columns are made
     * of it. ret[0..n), sizes set before, live as long as the call. Slots below n_slots. */
    int (*tally)(trawl_call *call, trawl_table *table, const size_t *i_columns, size_t n,
                 const trawl_tally_rows *rows, trawl_tally *ret, trawl_error *err);
    /** Text of value i of such values (or of cell or item i of any view), as machine formats write
     * it: at most `room` bytes of it go to ret, no end is marked; its whole length is returned. Any
     * thread. */
    size_t (*value_text)(const trawl_view *values, uint64_t i, char *ret, size_t room);
    /* ABI 1.2 */
    /** Draw a figure: into a file, *ret is NULL; or for the terminal, *ret has its lines. */
    int (*plot)(trawl_call *call, const trawl_figure *figure, const struct trawl_canvas *canvas,
                trawl_table **ret, trawl_error *err);
    /** Run a command, or show a table: words[0] is its name, the others are its arguments, each
     * taken as it is (no quotes, no '|'). in: the table that it gets, NULL: none. *ret is NULL when
     * it gives no table. No screens. */
    int (*command)(trawl_call *call, const char *const *words, size_t n, trawl_table *in,
                   trawl_table **ret, trawl_error *err);
    /** The same for a pipeline as a user types it, without '>', '$x =' and outside programs. */
    int (*pipeline)(trawl_call *call, const char *line, trawl_table *in, trawl_table **ret,
                    trawl_error *err);
    /** Give the terminal to a screen until its run() is over; jobs are served meanwhile. The
     * terminal is as before afterwards. TRAWL_E_UNSUPPORTED without one. */
    int (*screen)(trawl_call *call, const trawl_screen_def *def, trawl_error *err);
    /** Bytes as text that a terminal may show: what is no printable UTF-8 becomes \xHH. At most
     * room - 1 bytes and a NUL, whole characters; gives the bytes written. Any thread. */
    size_t (*escape)(char *out, size_t room, const void *data, size_t n);
    /** Columns of a terminal that such text takes. Any thread. */
    unsigned (*text_width)(const char *text, size_t n);
    /** What was sent over TCP connections: body gets parts of about 1 MiB on the pool's threads,
     * the parts of a direction in order and on one thread, in memory that it must not keep. Of
     * bytes that came twice the first count. streams: ascending; NULL: all. */
    int (*contents)(trawl_call *call, trawl_capture *capture, const uint32_t *streams, size_t n,
                    int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                                trawl_error *err),
                    void *context, trawl_error *err);
    /** Codes of n texts at once, as builder_code gives them one by one: text i lies in
     * [offsets[i], offsets[i + 1]) of `text`, ret has room for n. Not for addresses. Any thread. */
    int (*builder_codes)(trawl_builder *builder, size_t i_column, const void *text,
                         const uint64_t *offsets, size_t n, uint32_t *ret, trawl_error *err);
    /** Write a table as '> FILE' does: whole or not at all; "-" is stdout. options NULL: none. */
    int (*write)(trawl_call *call, trawl_table *table, const char *path,
                 const trawl_write_options *options, trawl_error *err);
    /** Something is wrong with a packet, though it could be read: a row of `warnings`, which is
     * built anew when asked for. Only from the build of a table with TRAWL_TABLE_WARNS. row: of the
     * packet, UINT64_MAX: none. what: constant text, the kind; why: one line, copied. */
    void (*warn)(trawl_call *call, trawl_capture *capture, uint64_t row, const char *what,
                 const char *why);
    /** The functions of a plugin's part (trawl_part in plugin.h), loaded on first ask. name: the
     * plugin's own. Any thread. */
    int (*part)(const char *name, const void **ret, trawl_error *err);
    /** What Zeek says of groups of packets, each of one protocol between two ends. group_of_row: of
     * each row of `packets` its group, below n; with bit 31, packets to the group's source;
     * UINT32_MAX: in none. *ret: a row a group with "flipped" (bool: the source turned out to
     * answer), "state", "history" (of TCP and UDP), "src_bytes", "dst_bytes" (payload; of TCP by
     * sequence numbers), "missed" (bytes acknowledged and not captured), "last" (row of the last
     * packet before both directions had been closed). */
    int (*groups)(trawl_call *call, trawl_capture *capture, const uint32_t *group_of_row,
                  uint32_t n, trawl_table **ret, trawl_error *err);
    /** Which packets a filter in libpcap's language lets pass: bit row % 64 of word row / 64 of
     * ret, zero at first, one word more than the rows need. A wrong text is TRAWL_E_USAGE. */
    int (*match)(trawl_call *call, trawl_capture *capture, const char *bpf, uint64_t *ret,
                 trawl_error *err);
    /** A resolver or an allow list of a plugin; NULL: there is none, and err has the nearest name.
     */
    const struct trawl_resolver *(*resolver)(trawl_call *call, const char *name, trawl_error *err);
    const struct trawl_allow *(*allow)(trawl_call *call, const char *name, trawl_error *err);
    /** All bytes of a file ("-": stdin), decompressed as those of captures are; TRAWL_E_DATA when
     * the compressed ones are damaged. The caller frees *ret. */
    int (*read_file)(trawl_call *call, const char *path, void **ret, size_t *ret_n,
                     trawl_error *err);
    /** Begin to capture on an interface, in the background: the capture grows between commands.
     * Gives its row of `captures`. */
    int (*live)(trawl_call *call, const trawl_live_options *options, trawl_table **ret,
                trawl_error *err);
    /** End a capture that grows; what it has stays. name NULL: the current one. */
    int (*live_stop)(trawl_call *call, const char *name, trawl_error *err);
    /** Let captures grow for so long, until Ctrl-C at most: TRAWL_E_CANCELLED. Release the tables
     * of captures first: they keep the rows that they had. */
    int (*live_wait)(trawl_call *call, uint32_t milliseconds, trawl_error *err);
    /** Show a table now, as if it were the line's result: for commands that show several. title: a
     * line above it on a terminal, NULL: none. */
    int (*show)(trawl_call *call, trawl_table *table, uint32_t flags, const char *title,
                trawl_error *err);
    /** The first of a list of flow metrics, "slicer:packets=5,ja4", with its parameters; *list
     * moves on to the next and is at the NUL after the last. *ret_opts: its options struct,
     * defaults filled in, lives as long as the call. An error has its place in the line when *list
     * was an argument's value. */
    int (*metric_next)(trawl_call *call, const char **list, const struct trawl_metric **ret,
                       const void **ret_opts, trawl_error *err);
    /** Bytes of packets, best in order of rows; `packets` is a capture's own table and must outlive
     * it. One thread at a time may use it, each may have one of its own. Close it before the
     * command returns. */
    int (*bytes_open)(trawl_call *call, trawl_table *packets, trawl_bytes **ret, trawl_error *err);
    /** A packet; its network header that carries the transport (cap_len 0: none), the transport
     * header (header_len: as found), and what TCP or UDP carries (cap_len 0: nothing). Any may be
     * NULL; set sizes before. Until the next call. Any thread. */
    int (*bytes_at)(trawl_bytes *bytes, uint64_t row, trawl_packet *ret, trawl_layer *ret_network,
                    trawl_layer *ret_transport, trawl_layer *ret_payload, trawl_error *err);
    void (*bytes_close)(trawl_bytes *bytes); /**< NULL is fine */
    /** tally() of several tables, each asked for once: those of about one size side by side. */
    int (*tallies)(trawl_call *call, const trawl_tally_job *jobs, size_t n, trawl_error *err);
    /** Begin work for a capture that grows; takes work->context when it succeeds. */
    int (*live_work)(trawl_call *call, const trawl_live_work *work, trawl_error *err);
    /** An analyzer of a plugin, as resolver(). */
    const struct trawl_analyzer *(*analyzer)(trawl_call *call, const char *name, trawl_error *err);
    /** n rows of a builder, all cells null and all lists empty. */
    void (*empty_rows)(trawl_builder *builder, uint64_t n);
    /** The words of --sort and the number of --top (0: not given) of a TRAWL_COMMAND_LISTING
     * command. The host acts on them when the command gives a table; one that shows tables itself
     * does so. */
    void (*listing)(trawl_call *call, trawl_words *ret_sort, uint64_t *ret_top);
    /** Of an error of expr_compile(), where the text was no argument's value: bytes [*ret_start,
     * *ret_start + *ret_n) of it are what is wrong. 0: not known. Any thread. */
    int (*place_of)(const trawl_error *err, size_t *ret_start, size_t *ret_n);
    /** Note a file under a temporary name, before it is made: a forced end (the second Ctrl-C)
     * removes it. Gives its place, -1 when there is none free. Any thread. */
    int (*leftover)(const char *path);
    void (*leftover_done)(int place); /**< it was renamed or removed; -1 is fine */
    /** What an errno value means, in the lower case of messages; until the thread's next call. */
    const char *(*reason)(int number);
    /** A size as arguments take it ("64k", "4MiB") in bytes, or TRAWL_E_USAGE. Any thread. */
    int (*read_size)(const char *text, size_t n, uint64_t *ret);
    /** The same as contents() of UDP conversations: each piece is a datagram, in the order of
     * capture, its offset the bytes that its side sent before; length is all that was sent. */
    int (*datagrams)(trawl_call *call, trawl_capture *capture, const uint32_t *streams, size_t n,
                     int (*body)(void *context, const trawl_contents *part, unsigned i_thread,
                                 trawl_error *err),
                     void *context, trawl_error *err);
} trawl_host;

#ifdef __cplusplus
}
#endif
#endif
