/* What one TCP connection tells of its server, segment by segment: trtop's rules, and what it could
 * not tell. Knows nothing of captures or tables. */
#ifndef TOP_SESSION_H
#define TOP_SESSION_H

#include "holes.h"
#include "samples.h"

enum { TCP_FIN = 1, TCP_SYN = 2, TCP_RST = 4, TCP_PSH = 8, TCP_ACK = 16 };

/** What is counted of a destination. */
enum tally {
    N_PACKETS_OUT, /**< those of each segment first, near what a row begins with */
    N_PACKETS_IN,
    N_BYTES_OUT, /**< payload */
    N_BYTES_IN,
    N_SYN,     /**< attempts: a first SYN */
    N_AGAIN,   /**< SYNs sent again */
    N_SYN_ACK, /**< attempts that were answered */
    N_EST,     /**< handshakes that ended */
    N_RST,     /**< connections and attempts that ended with a reset */
    N_REFUSED, /**< of them attempts, by a reset in answer to the SYN */
    N_FIN_OUT, /**< closed by the client first */
    N_FIN_IN,  /**< closed by the server first */
    N_OUT,     /**< requests: the last segment of a push */
    N_IN,      /**< responses, likewise */
    N_ERR,     /**< segments that say that the capture lacks others */
    N_GAPS,    /**< segments that leave out bytes of their side */
    N_TALLIES
};

/** What is measured of it, in ns but Q_REQUESTS; from Q_DNS on by other plugins' tables. */
enum measure {
    Q_LAT,      /**< SYN to the ACK that ends the handshake */
    Q_RTT,      /**< last push of a request to the last segment of a push of its response */
    Q_TTFB,     /**< last byte of a request to the first of its response */
    Q_THINK,    /**< that without the round trip of the handshake */
    Q_TRANSFER, /**< first byte of a response to its last */
    Q_REQUESTS, /**< requests and responses of a closed connection */
    Q_DNS,      /**< --protocols: a query to its response */
    Q_HTTP,     /**< a request to its response */
    Q_TLS,      /**< ClientHello to the end of the handshake */
    N_MEASURES
};

/** A destination's numbers. Sums of parts in any order are the whole. */
struct numbers {
    int64_t first_ns; /**< when it was seen first; only with packets */
    uint64_t tallies[N_TALLIES];
    struct samples *measures[N_MEASURES];
    uint64_t requested;              /**< payload of the requests in Q_TTFB */
    uint64_t transferred;            /**< payload of the responses in Q_TRANSFER */
    struct spare *spare;             /**< of who takes segments in; NULL: no limit of its own */
    const struct analysis *analysis; /**< whose `states` are, if there are */
    unsigned char *states;
};
/** One of its measures, to be read. */
static inline const struct samples *numbers_of(const struct numbers *numbers, enum measure measure)
{
    const struct samples *s = numbers->measures[measure];

    return s ? s : &samples_none;
}
int numbers_merge(struct numbers *to, const struct numbers *from);
/** Keep no more values than the limit. 0 or -1. */
int numbers_settle(struct numbers *numbers, const struct spare *spare);
void numbers_fini(struct numbers *numbers);

/** One segment. */
struct segment {
    int64_t time_ns;
    uint32_t seq, ack, len;
    uint16_t flags;
    uint8_t outgoing; /**< the client sent it */
};

/** Half: the client has sent its FIN, and the server may still answer. */
enum stage { STAGE_NONE, STAGE_SYN, STAGE_SYN_ACK, STAGE_OPEN, STAGE_HALF, STAGE_CLOSED };

/** State of a connection; zero-filled: nothing was seen. */
struct session {
    int64_t syn_ns, round_trip_ns; /* 0: not known */
    int64_t push_ns;               /* last push of the client */
    int64_t asked_ns;              /* last new byte of the request */
    int64_t first_byte_ns, last_byte_ns;
    uint64_t n_bytes;       /* of the request, the response so far */
    struct holes *holes[2]; /* what did not come by yet of the server, of the client */
    uint32_t next[2];       /* sequence number after the last byte of them */
    uint32_t n_requests;
    uint8_t stage;
    uint8_t known;  /* bit of the side: next[] is known */
    uint8_t pushed; /* the client's last push is not forgotten */
    uint8_t turn;   /* 0 nobody has sent, 1 the client sends, 2 the server */
};

/** 0, or -1: no memory. */
int session_take(struct session *session, const struct segment *segment, struct numbers *numbers);
/** The capture is over: what the response that still comes has sent so far counts. */
int session_end(struct session *session, struct numbers *numbers);
/** Of one that may go on no more; session_end() does it. */
void session_fini(struct session *session);

#endif
