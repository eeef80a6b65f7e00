/* One direction of a TCP connection: its bytes, in order and each once, become messages. Must not
 * know segments' numbers, packets' tables or threads. */
#ifndef TW_TRACK_HALF_H
#define TW_TRACK_HALF_H

#include "core/dissect/payload.h"

/* A segment that came before the bytes ahead of it. */
struct early {
    struct early *next; /* by sequence number */
    uint32_t seq, n, missing, row;
    uint8_t data[];
};

/* One direction of a connection. */
struct half {
    uint8_t *data; /* what is kept of the message at hand, then bytes nothing is known of */
    size_t n, capacity;
    size_t kept;          /* of n: the former */
    uint64_t before;      /* bytes of the message ahead of those nothing is known of */
    uint64_t total, left; /* bytes of the message as far as known, those to come; 0: unknown */
    uint64_t offered;     /* bytes that the dissector was shown of a message of unknown length */
    size_t shown;         /* of them, those that it was shown together until it knew the length */
    struct early *early, *last_early;
    size_t n_early, early_bytes;
    uint32_t first;     /* sequence number */
    uint32_t next;      /* sequence number */
    uint32_t acked;     /* all before it reached the other side */
    uint32_t last_row;  /* that brought bytes */
    uint32_t began;     /* row with the first byte of the message at hand, or of its latest part */
    uint32_t ended;     /* row with the last byte of the latest part */
    uint32_t part;      /* 1 + index of the message's latest part, the bytes yet to be copied */
    uint32_t mark;      /* what the dissector said of the message at hand */
    unsigned n_foreign; /* pieces in a row */
    bool started, closed, has_ack;
    bool fin;     /* closed by a FIN: another SYN begins anew */
    bool unasked; /* bytes came since the dissector was asked */
    bool goes_on; /* the message does, behind total */
    bool rest;    /* the message at hand is all that comes */
    bool missing; /* bytes of it are */
    bool handed;  /* what comes is another reader's */
};

/* A piece of the stream, from one packet. */
struct piece {
    uint32_t row;
    uint32_t stream;
    uint16_t sport, dport;
    uint8_t dir;
    bool in_frame; /* data lies in the frame of the row, at offset `at` */
    uint32_t at;
    const uint8_t *data;
    uint32_t n;
    size_t copied; /* where they end in the half's data while tw_half_take() runs; 0: not there */
};

/* Messages as they are found, by one thread. */
struct found {
    const trawl_dissector *dissector; /* that is asked how long messages are */
    bool mute;                        /* only asked: its messages are not wanted here */
    size_t keep;                      /* bytes of a message */
    struct tw_message *items;
    size_t n, capacity;
    struct tw_arena *arena;
};

/** Were the latest bytes no message, and nothing is kept that one may begin with? */
bool tw_half_is_lost(const struct half *half);
/** Leave out the first n bytes of a piece. */
void tw_piece_advance(struct piece *piece, uint64_t n);
/** The next bytes; state is the connection's. Stops where the half is handed over; bytes that it
 * had kept until then are at half->data, half->n of them. */
int tw_half_take(struct found *found, struct half *half, void *state, struct piece *piece,
                 trawl_error *err);
/** n bytes that will not come. piece: whose packet a message that ends there belongs to. */
int tw_half_skip(struct found *found, struct half *half, void *state, const struct piece *piece,
                 uint32_t n, trawl_error *err);
/** Nothing more comes: what there is of a message goes out. */
int tw_half_end(struct found *found, struct half *half, void *state, const struct piece *piece,
                trawl_error *err);
/** Take nothing more; also ends the memory that it holds. */
void tw_half_close(struct half *half);

#endif
