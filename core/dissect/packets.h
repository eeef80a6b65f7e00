/* The base table of a capture: one row a packet, filled by one parallel pass at load; other fields
 * computed from the bytes on demand. Must not know conversations' meaning or sessions. */
#ifndef TW_DISSECT_PACKETS_H
#define TW_DISSECT_PACKETS_H

#include "core/capture/input.h"
#include "core/dissect/catalogue.h"
#include "core/dissect/event.h"
#include "core/dissect/fragments.h"
#include "core/dissect/frame.h"
#include "core/table/table.h"
#include "core/table/tally.h"

enum { TW_OWNER_UNKNOWN, TW_OWNER_NOBODY, TW_OWNER_FIRST };

/** Columns kept for every packet, 67 bytes together. Raw: a cell means something only where the
 * flags say so; catalogue columns add the validity. */
struct tw_packets {
    struct tw_input *input;    /**< borrowed from the capture */
    struct tw_dict *addresses; /**< of src and dst, shared by every ip column of the capture */
    uint64_t n_rows;
    struct tw_column *time;      /**< int64_t ns; INT64_MIN: none */
    struct tw_column *offset;    /**< uint64_t in the file of the interface */
    struct tw_column *len;       /**< uint32_t */
    struct tw_column *cap_len;   /**< uint32_t */
    struct tw_column *interface; /**< uint16_t into input->interfaces */
    struct tw_column *flags;     /**< uint16_t TW_FRAME_ bits */
    struct tw_column *network;   /**< uint16_t offset of the innermost network header; 0 also means
                                    none unless TW_FRAME_IPV4/6 */
    struct tw_column *transport; /**< uint16_t offset of the transport header, 0: none */
    struct tw_column *proto;     /**< uint8_t, 0 where there is no network header */
    struct tw_column *label;     /**< uint16_t see tw_frame_label() */
    struct tw_column *src, *dst; /**< uint32_t address codes, 0: none */
    struct tw_column *sport, *dport; /**< uint16_t; ICMP: type and code */
    struct tw_column *stream; /**< uint32_t conversation number of proto (tcp.stream, udp.stream),
                                 UINT32_MAX: none; set by track, before that see tw_pass_hash() */
    struct tw_column *seq, *ack; /**< uint32_t raw */
    struct tw_column *window;    /**< uint16_t unscaled */
    struct tw_column *tcp_flags; /**< uint16_t, 12 bits; UDP and others: 0 */
    struct tw_column *payload; /**< uint32_t bytes above the transport header, as declared (tcp.len,
                                  udp.length - 8) */
    struct tw_events events;   /**< transports beyond the main ones, by row */
    struct tw_fragments fragments; /**< IP datagrams put together */
    struct tw_hashmap presence;    /**< tw_bits by protocol, kept by tw_packets_presence() */
    struct tw_hashmap warned;      /**< dissectors whose malformed packets are in the warnings */
    /** Whose the datagram of a row is, as a pass over payloads found it: TW_OWNER_UNKNOWN,
     * TW_OWNER_NOBODY, or TW_OWNER_FIRST + its place among the claims. Of the first n_owners rows,
     * as long as there are n_claims of them; NULL: there was no such pass. */
    _Atomic uint8_t *owners;
    uint64_t n_owners;
    unsigned n_claims;
    /** Set by the session once it has numbered the conversations: the sequence number that is
     * relative 0 for the sender of a row (other_side: for its peer), for the edges of selective
     * acknowledgements; false: not known. Any thread. NULL: they stay as sent. */
    bool (*base_seq)(void *context, uint64_t row, bool other_side, uint32_t *ret);
    void *base_seq_context;
    /** Set by the session: the messages of a payload dissector out of TCP, kept by it. */
    int (*messages)(void *context, const trawl_dissector *dissector, const struct tw_messages **ret,
                    trawl_error *err);
    void *messages_context;
};

/** Read the input and fill the base columns (all but stream). *ret on success. */
int tw_packets_load(struct tw_input *input, const struct tw_input_options *options,
                    struct tw_packets **ret, trawl_error *err);
void tw_packets_free(struct tw_packets *packets);

/** An input that grows, whose rows are appended as it is looked at. tw_more_*() say the rest. Free
 * the packets after it. */
struct tw_grow;
int tw_grow_open(struct tw_input *input, const struct tw_input_options *options,
                 struct tw_grow **ret, struct tw_packets **ret_packets, trawl_error *err);
int tw_grow_more(struct tw_grow *grow, bool *ret_any, trawl_error *err);
/** Begin again at a place, with packets that have no row yet. */
int tw_grow_again(struct tw_grow *grow, struct tw_packets *packets, uint64_t place,
                  trawl_error *err);
/** Forget the rows from n_rows on. */
void tw_packets_cut(struct tw_packets *packets, uint64_t n_rows);
bool tw_grow_ended(const struct tw_grow *grow);
uint64_t tw_grow_place(const struct tw_grow *grow);
void tw_grow_close(struct tw_grow *grow);

/** Without rows, for who fills the base columns otherwise. NULL on failure. */
struct tw_packets *tw_packets_new(struct tw_input *input, trawl_error *err);
/** Base column i and its type, in a fixed order; NULL at the end. */
struct tw_column **tw_packets_base(struct tw_packets *packets, size_t i, trawl_type *ret);

/** Where a thread reads the bytes of rows again; all zero at first. One place for each of the
 * first files of a capture, so that merged ones do not jump. */
struct tw_row_bytes {
    struct tw_fetch *fetches[16];
};
/** The captured bytes of a row, until the next call. */
int tw_row_bytes_get(struct tw_row_bytes *bytes, const struct tw_packets *packets, uint64_t row,
                     const uint8_t **ret, trawl_error *err);
void tw_row_bytes_fini(struct tw_row_bytes *bytes);

/** Bit row % 64 of word row / 64: a filter in libpcap's language lets the packet pass. ret is zero
 * at first, n_rows / 64 + 1 words. A text that does not compile is TRAWL_E_USAGE. */
int tw_packets_match(const struct tw_packets *packets, const char *bpf, uint64_t *ret,
                     trawl_error *err);

/** Compute catalogue fields for all rows in one parallel pass over the packet bytes. fields:
 * indices in the catalogue; ret[i]: a column each (frozen). Several occurrences make a list for
 * fields declared as lists; for others the first occurrence of the innermost layer counts. */
int tw_packets_extract(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                       const uint32_t *fields, size_t n, struct tw_column **ret, trawl_error *err);

/** What is counted. */
struct tw_count_request {
    const uint32_t *fields; /**< n indices in the catalogue; one without dissector: the packets that
                               have the protocol of its name, a count of `true` */
    size_t n;
    trawl_tally_rows rows;
};
/** How often each value of fields occurs, in one parallel pass that keeps no columns. Release
 * ret[0..n). */
int tw_packets_count(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                     const struct tw_count_request *request, struct tw_tally **ret,
                     trawl_error *err);

/** Walk the messages of a payload dissector in order of rows, as its extract gets them, on the
 * calling thread. body's result other than 0 ends the walk and is returned. */
int tw_packets_messages(struct tw_packets *packets, const struct tw_catalogue *catalogue,
                        const trawl_dissector *dissector,
                        int (*body)(void *context, const trawl_packet *packet,
                                    const trawl_layer *message, trawl_error *err),
                        void *context, trawl_error *err);

/** Bits "row has protocol P" (a layer's or dissector's name), computed once from flags/proto where
 * the base columns know it, else by a pass, then kept. Retained for the caller; NULL and err on
 * failure. */
struct tw_bits *tw_packets_presence(struct tw_packets *packets,
                                    const struct tw_catalogue *catalogue, const char *protocol,
                                    trawl_error *err);

#endif
