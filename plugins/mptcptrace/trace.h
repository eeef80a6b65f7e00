/* What the files of the mptcptrace plugin share: events of a connection, what is drawn of them.
 * Knows nothing of packets' bytes. */
#ifndef MPTCPTRACE_TRACE_H
#define MPTCPTRACE_TRACE_H

#include "trawl/plugin.h"

extern const trawl_host *host;

/** Directions, numbered as mptcptrace does. */
enum { S2C = 0, C2S = 1 };
extern const char *const way_names[2];

/* ---- events ---- */

enum event_kind { EVENT_TCP, EVENT_MAP, EVENT_ACK }; /* of one packet in this order */

enum { CLOSES_FIN = 1, CLOSES_RESET = 2 };

/** What a packet says. Data sequence numbers are relative to the initial one of their side. */
struct event {
    int64_t time_ns;
    uint32_t packet;
    uint16_t subflow;  /**< 0, 1 … within the connection */
    uint8_t kind, way; /**< way: of the packet */
    uint8_t has_ack;   /**< EVENT_TCP */
    uint8_t closes;    /**< EVENT_TCP: CLOSES_ bits */
    uint8_t fin;       /**< EVENT_MAP: a DATA_FIN ends it */
    uint32_t seq, ack; /**< EVENT_TCP */
    uint32_t length;   /**< EVENT_TCP, EVENT_MAP */
    uint64_t start;    /**< EVENT_MAP, EVENT_ACK: the number expected */
    uint64_t edge;     /**< EVENT_ACK: of the window */
};

struct subflow {
    uint32_t stream;
    uint32_t client, server; /**< codes of addresses */
    uint16_t client_port, server_port;
    uint8_t by_server; /**< opened it */
    uint8_t is_join;
};

struct connection {
    uint32_t id;
    struct subflow *subflows;
    uint32_t n_subflows;
    struct event *events;
    uint64_t n_events;
    uint64_t base[2]; /**< what to add for the number as it was sent, by direction of data */
    uint8_t is_partial;
    uint8_t fast_closed[2]; /**< a FASTCLOSE was sent in that direction */
};

/** An address that was announced or taken back. */
struct address {
    uint32_t connection; /**< place in input.connections */
    int64_t time_ns;
    uint32_t packet;
    uint8_t way, is_removal;
    uint8_t id, n_ip; /**< n_ip: 4, 16; 0: a removal */
    uint8_t ip[16];
    uint16_t port; /**< 0: none */
};

struct input {
    const char *file; /**< name of the capture */
    trawl_table *tables[5];
    trawl_view client, server; /**< of `subflows`, for addresses */
    struct connection *connections;
    uint32_t n;
    struct address *addresses; /**< in order of packets */
    uint64_t n_addresses;
    uint64_t n_fast_closes[2]; /**< packets */
    /* Rows of `mptcp_violations`, where that table is. */
    uint64_t n_wrong_hmac[2], n_key_changed[2], n_key_echo[2], n_token_unknown[2];
    uint8_t has_violations;
};

struct ids {
    const uint32_t *items; /**< ascending; NULL: all */
    size_t n;
};

/** Connections of a capture, and with_options what announcements there are. */
int input_open(trawl_call *call, trawl_capture *capture, const struct ids *ids, int with_options,
               struct input *ret, trawl_error *err);
void input_close(struct input *in);
/** Announcements in the options of a packet (kind 30, each with its kind and length). Gives how
 * many went to ret, at most room. */
size_t addresses_of_option(const uint8_t *option, size_t n, struct address *ret, size_t room);

/* ---- what is drawn ---- */

enum graph {
    GRAPH_SEQ,
    GRAPH_ACKSIZE,
    GRAPH_GPUT,
    GRAPH_FLIGHT,
    GRAPH_FLIGHT_PER_FLOW,
    GRAPH_RIGHT_EDGE,
    GRAPH_RTT,
    GRAPH_N
};
/* Series. */
enum { GPUT_BLOCKS = 1, GPUT_ALL = 2, GPUT_MOVING = 3 };
enum { FLIGHT_WINDOW = 1, FLIGHT_MPTCP = 2, FLIGHT_TCP = 3 };
enum { EDGE_ACK = 1, EDGE_RIGHT = 2 };

struct point {
    enum graph graph;
    uint8_t way;     /**< of the data */
    uint8_t is_line; /**< from low to high; else a dot at low, or at real */
    int64_t time_ns;
    uint64_t low, high;
    double real;     /**< GRAPH_GPUT: MB/s; GRAPH_RTT: ms */
    uint32_t series; /**< subflow + 1, or one of the above */
    int32_t again;   /**< GRAPH_SEQ: subflow that sent it first; -1 */
    int64_t sent_ns; /**< GRAPH_RTT: of the map, whose start is low */
};

enum { HISTOGRAM = 32 };
/** Sums of a connection, by direction of data. */
struct totals {
    uint64_t n_maps; /**< with different starts */
    uint64_t
        injected[HISTOGRAM];     /**< of them, so many times on other subflows; the last: or more */
    uint64_t again, again_bytes; /**< reinjections, and their bytes */
    uint64_t first_start;        /**< of the first map */
    uint64_t last_ack;           /**< of the peer */
    uint64_t fin_at;             /**< number of the DATA_FIN */
    int64_t first_ns, last_ack_ns; /**< INT64_MIN: none */
    uint8_t has_map, has_ack;
    uint8_t fin, fin_acked; /**< DATA_FIN seen, and acknowledged */
    uint64_t *bytes;        /**< by subflow: lengths of maps */
    uint64_t *caused;       /**< by subflow: reinjections of what it sent first */
};

struct follow {
    const struct connection *connection;
    uint64_t n_acks; /**< of the goodput's blocks */
    int (*put)(void *context, const struct point *point, trawl_error *err); /**< or NULL */
    void *context;
    struct totals totals[2]; /**< set; call memory */
};
int follow_connection(trawl_call *call, struct follow *f, trawl_error *err);

/* ---- statistics ---- */

enum { STAT_TEXT = 512 };
/** One line: numbers, or texts (addresses, filters). */
struct statistic {
    char name[64];
    int is_text, decimals;
    double value[2];
    const char *text[2];
};
int stats_of(const struct input *in, const struct follow *f,
             int (*put)(void *context, const struct statistic *stat, trawl_error *err),
             void *context, trawl_error *err);
/** Counters over the capture. */
enum { COUNTER_N = 12 };
struct counter {
    const char *name;
    uint64_t value[2];
    uint8_t is_unknown; /**< it would come from a table that this trawl has not */
};
void counters_begin(const struct input *in, struct counter ret[COUNTER_N]);
int counters_add(const struct follow *f, struct counter ret[COUNTER_N], trawl_error *err);
/** Text of an address of `subflows`. */
void address_text(const trawl_view *v, uint32_t code, char *ret, size_t room);
void ip_text(const uint8_t *ip, size_t n, char *ret, size_t room);

/** From one time to another, ns: those of a capture may be as far apart as 64 bits allow. */
static inline int64_t ns_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

/* ---- the command ---- */

struct trace_opts {
    trawl_words ids;
    const char *graph;
    const char *into;
    const char *writer;
    uint8_t force;
    uint64_t acks;
    const char *capture;
};
extern const trawl_column file_columns[];
enum { FILE_N_COLUMNS = 3 };
int write_files(trawl_call *call, const struct trace_opts *o, struct input *in, trawl_builder *rows,
                trawl_error *err);
extern const trawl_command trace_command;
extern const trawl_plot trace_plot;

#endif
