/* What the files of the vantage plugin share: captures as sides, connections that were found on
 * both. Knows nothing of how tables are shown. */
#ifndef VANTAGE_VANTAGE_H
#define VANTAGE_VANTAGE_H

#include "trawl/plugin.h"

extern const trawl_host *host; /* the one global of the plugin, set by init */

#define NONE32 UINT32_MAX

/** From one time to another: those of hostile captures are too far apart to subtract. */
static inline int64_t ns_between(int64_t from, int64_t to)
{
    return (int64_t)((uint64_t)to - (uint64_t)from);
}

#define COL(name_, type_, flags_, priority_, unit_, help_)                                 \
    {                                                                                      \
        .size = sizeof(trawl_column), .name = (name_), .type = (type_), .flags = (flags_), \
        .priority = (priority_), .unit = (unit_), .help = (help_)                          \
    }
#define ID     TRAWL_COLUMN_ID
#define HIDDEN TRAWL_COLUMN_HIDDEN

int no_memory(trawl_error *err);
/** printf into call memory; "" on no memory. */
const char *text_of(trawl_call *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- one capture ---- */

enum { CLIENT = 0, SERVER = 1 };

/** A TCP connection of a capture, or a UDP conversation, whose initial sequence number is what the
 * first payload of a direction comes to. Directions are by who sends: CLIENT or SERVER. */
struct conn {
    uint32_t stream;
    uint32_t address[2]; /* codes of the capture's addresses */
    uint16_t port[2];
    uint8_t client_dir; /* the "reverse" bit of what the client sends */
    uint8_t has_isn[2];
    uint32_t isn[2];
    uint32_t n_seen[2], n_packets[2]; /* all; without SYNs */
    uint32_t low_seq[2], low_ack[2];  /* lowest numbers of what is sent, of what is acknowledged of
                                         it, SYNs aside */
    uint8_t has_ack[2];
    int64_t first_ns, last_ns;
};

/** The columns of packets that all here is made from. */
enum side_column {
    S_TIME,
    S_STREAM,
    S_REVERSE,
    S_PROTO,
    S_QUOTED,
    S_SEQ,
    S_ACK,
    S_LEN,
    S_FLAGS,
    S_WINDOW,
    S_SRC,
    S_DST,
    S_SPORT,
    S_DPORT,
    S_N_BASIC, /* these are known without reading packets again */
    S_IP_ID = S_N_BASIC,
    S_TTL,
    S_HLIM,
    S_TSVAL,
    S_TSECR,
    S_SACK,
    S_RELATIVE_ACK, /* counted from where S_SACK is */
    S_DATA_ACK,
    S_DATA_SEQ,
    S_CHECKSUM, /* of UDP; these as well */
    S_FRAME_LEN,
    S_CAP_LEN,
    S_N_COLUMNS
};

struct side {
    trawl_capture *capture;
    const char *name;
    uint8_t udp; /* conversations of UDP, not TCP connections */
    trawl_table *packets;
    trawl_view views[S_N_COLUMNS];
    uint64_t n_rows;
    struct conn *conns;
    uint32_t n_conns;
    uint32_t *conn_of; /* by tcp.stream: index of conns, or NONE32 */
    uint32_t n_streams;
    uint32_t *who; /* by row: 2 * index of conns + sender; NONE32: no segment, no datagram */
    int64_t first_ns, last_ns; /* of all packets */
    const char *filter;        /* what it was loaded with, or NULL */
};

/** By name, or the path of a capture, which is loaded then. Released with side_fini(). */
int side_open(trawl_call *call, const char *name, int udp, struct side *ret, trawl_error *err);
/** Have the columns beyond the basic ones. */
int side_open_extras(trawl_call *call, struct side *side, trawl_error *err);
void side_fini(struct side *side);
enum { CONTENT_MOST = 64 }; /* bytes of a datagram's payload that it is known by */
/** Bytes of payload, and of a datagram what its first `most` captured ones come to; 0: not known.
 */
uint32_t side_length(const struct side *side, uint64_t row);
int side_content(trawl_call *call, const struct side *side, uint64_t row, uint32_t most,
                 uint64_t *ret, trawl_error *err);
/** "TCP connection", "UDP conversation". */
const char *side_noun(const struct side *side);
/** Find the connection of a stream: an error that says what there is. */
int side_conn(const struct side *side, uint64_t stream, uint32_t *ret, trawl_error *err);
/** "10.0.0.1:4000", in call memory. */
const char *side_end(trawl_call *call, const struct side *side, const struct conn *c, unsigned end);
/** Address and port are the same, whatever the captures' codes. */
int side_same_address(const struct side *a, uint32_t code_a, const struct side *b, uint32_t code_b);
const uint8_t *side_address(const struct side *side, uint32_t code);

/** A cell; of a list its last item, which is the innermost header's. 0 and *has 0 where null. */
uint64_t side_cell(const struct side *side, enum side_column column, uint64_t row, int *has);
int64_t side_time(const struct side *side, uint64_t row);

/* ---- connections of two captures ---- */

/** How well two connections fit. */
struct score {
    double value;    /* INFINITY: the same, -INFINITY: cannot be */
    uint8_t same[4]; /* client address, server address, client port, server port */
    uint8_t isn[2];  /* 0: not known, 1: equal, 2: different */
    uint8_t flip;    /* the one's client is the other's server */
};
struct score match_score(const struct side *a, uint32_t i, const struct side *b, uint32_t j);

/** A connection of each side that are the same one. */
struct pair {
    uint32_t left, right; /* of conns; NONE32: none on the right */
    uint32_t mptcp;       /* connection of the left that it is a subflow of; NONE32: TCP alone */
    uint8_t turned;       /* its client is the MPTCP connection's server */
    struct score score;
};
/** The best partner of every connection of the left, one for each at most. By left. */
int match_all(trawl_call *call, const struct side *a, const struct side *b, struct pair **ret,
              uint32_t *ret_n, trawl_error *err);

/* ---- packets of two captures ---- */

enum { BOTH, LEFT_ONLY, RIGHT_ONLY };

/** One packet, at both points or at one. Rows are UINT32_MAX where there is none. */
struct meeting {
    uint32_t left, right; /* rows */
    uint32_t pair;
    uint8_t sender;    /* CLIENT or SERVER of the left's connection */
    uint8_t ambiguous; /* copies of it were lost: which one this is cannot be told */
};

/** What is the same at both points, of a direction of a pair. */
struct trust {
    uint8_t ts, ip_id, options;
    uint32_t ts_delta; /* the right's timestamps less the left's */
};

struct merged {
    const struct side *left, *right;
    const struct pair *pairs;
    uint32_t n_pairs;
    struct meeting *meetings; /* in order of the left's rows; the right's alone by their time */
    uint64_t n;
    uint64_t n_both;
    struct trust *trust;  /* [2 * pair + sender] */
    uint8_t *near_client; /* by pair: 0 the left capture is the client's side, 1 the right's */
    uint8_t *near_known;  /* by pair: how that is known, enum near_how */
};
enum near_how { NEAR_GUESS, NEAR_FIRST, NEAR_TTL, NEAR_DELAYS };

/** Of each pair, and how it is known; near_client and near_known have room. */
int near_find(trawl_call *call, struct merged *m, trawl_error *err);
/** Join the packets of the pairs, those that have a right connection. */
int merge_pairs(trawl_call *call, struct side *left, struct side *right, const struct pair *pairs,
                uint32_t n_pairs, struct merged *ret, trawl_error *err);
void merge_fini(struct merged *merged);

/* ---- what the commands share ---- */

/** Two captures, the connections asked for, and their packets. */
struct two {
    struct side left, right;
    struct merged merged;
};
/** Columns of which the hidden ones show on request. */
int schema_shown(const trawl_column *columns, size_t n, int all, trawl_schema **ret,
                 trawl_error *err);
/** Which connections; has_: given by the user. */
struct which {
    const char *left, *right; /* captures */
    uint64_t id, right_id;
    uint8_t has_id, has_right_id;
    uint8_t mptcp; /* ids are those of MPTCP connections, and all is about subflows */
    uint8_t udp;
};
int two_open(trawl_call *call, const struct which *which, struct two *ret, trawl_error *err);
void two_fini(struct two *two);

/** Which end it goes towards: CLIENT or SERVER of the TCP connection, or of the MPTCP one. */
unsigned meeting_dest(const struct merged *m, const struct meeting *x);
/** The capture at the sender's side: 0 the left, 1 the right. */
unsigned meeting_sender_side(const struct merged *m, const struct meeting *x);

/** Arguments that all commands have; t: their options struct, m: a member of it. */
#define CAPTURE_ARG(t, m, name_, help_)                                              \
    TRAWL_OPT(TRAWL_ARG_FILE, t, m, .name = (name_),                                 \
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .meta = "CAPTURE", \
              .help = help_)
#define LEFT_ARG(t, m)  CAPTURE_ARG(t, m, "left", "one capture: loaded, or a file to load")
#define RIGHT_ARG(t, m) CAPTURE_ARG(t, m, "right", "one of the same traffic, from another place")
#define ID_ARG(t, m)                                                               \
    TRAWL_OPT(TRAWL_ARG_STREAM, t, m, .name = "id", .flags = TRAWL_ARG_POSITIONAL, \
              .help = "number of a TCP connection of the first capture (default: all)")
#define MPTCP_ID_ARG(t, m)                                           \
    TRAWL_OPT(TRAWL_ARG_STREAM, t, m, .name = "id", .meta = "MPTCP", \
              .flags = TRAWL_ARG_POSITIONAL,                         \
              .help = "number of an MPTCP connection of the first capture (default: all)")
/* mptcpanalyzer's order; w: a struct which of the options */
#define PCAP_ARGS(t, w)                                                                  \
    CAPTURE_ARG(t, w.left, "pcap1", "one capture: loaded, or a file to load"),           \
        TRAWL_OPT(TRAWL_ARG_STREAM, t, w.id, .name = "id1",                              \
                  .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,                    \
                  .help = "number of a connection of it"),                               \
        CAPTURE_ARG(t, w.right, "pcap2", "one of the same traffic, from another place"), \
        TRAWL_OPT(TRAWL_ARG_STREAM, t, w.right_id, .name = "id2",                        \
                  .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "its number there")
#define RIGHT_ID_ARG(t, m)                                \
    TRAWL_OPT(TRAWL_ARG_STREAM, t, m, .name = "right-id", \
              .help = "its number in the second (default: the one that 'map' finds)")
#define DEST_ARG(t, m)                                                             \
    TRAWL_OPT(TRAWL_ARG_CHOICE, t, m, .name = "dest", .flags = TRAWL_ARG_REPEATED, \
              .choices = dest_choices,                                             \
              .help = "only what goes to this end of the connection (default: both ways)")
#define MPTCP_ARG(t, m)                              \
    TRAWL_OPT(TRAWL_ARG_FLAG, t, m, .name = "mptcp", \
              .help = "subflows of MPTCP: numbers and ends are those of its connections")
#define UDP_ARG(t, m)                              \
    TRAWL_OPT(TRAWL_ARG_FLAG, t, m, .name = "udp", \
              .help = "conversations of UDP instead of TCP connections")
#define CLOCK_ARG(t, m)                              \
    TRAWL_OPT(TRAWL_ARG_FLAG, t, m, .name = "clock", \
              .help = "estimate how the second clock differs, and take that away")

/** --dest: which directions are wanted, as bits 1 << CLIENT, 1 << SERVER. */
unsigned dest_wanted(const trawl_words *words);
extern const char *const dest_choices[];
extern const char *const end_names[2]; /* "client", "server" */

extern const trawl_command map_command, map_mptcp_command, owd_command, print_owds_command;
extern const trawl_command merge_command, loss_command, clocks_command;
extern const trawl_command qualify_command, qualify_reinjections_command;
extern const trawl_command goodput_command, summary_extended_command;

#endif
