/* Bytes in: files, stdin and compressed streams become packets with a time, a place and a
 * link type. Knows containers and compression, must not know protocols above the frame. */
#ifndef TW_CAPTURE_INPUT_H
#define TW_CAPTURE_INPUT_H

#include "core/base/memory.h"
#include "core/base/task.h"

/** Limits that hold whatever a file claims (reference: libpcap's own). */
enum {
    TW_MAX_RECORD = 262144, /**< longest packet record accepted, bytes; a longer claim is damage */
    TW_MAX_RECORD_BUS = 128 << 20,       /**< the same for D-Bus and USB, whose records are long */
    TW_MAX_BLOCK = 16 << 20,             /**< longest pcapng block, bytes */
    TW_MAX_INTERFACES = 65535,           /**< interfaces of an input that have packets */
    TW_MAX_SECTION_INTERFACES = 1 << 20, /**< interfaces that one pcapng section may describe */
    TW_MAX_NOTES = 1000000
};

/** One interface of one file: pcapng's interface block, or the one of a pcap file. */
struct tw_interface {
    uint32_t i_file;
    uint32_t i_in_file;    /**< frame.interface_id: the number in its section */
    uint32_t link_type;    /**< LINKTYPE_ value as tcpdump.org lists it */
    uint32_t snaplen;      /**< 0: none said */
    uint8_t time_decimals; /**< 6, 9, 3 …: what is worth showing, 0 to 9 */
    uint8_t fcs_bytes; /**< trailing FCS, from pcap header bits or if_fcslen; 0: none or unknown */
    char *name;        /**< if_name, escaped nowhere yet; NULL: none */
    char *description;
};

struct tw_source; /* core/capture/source.h */

/** One opened file. */
struct tw_input_file {
    char *path; /**< as given; "-" is stdin */
    struct tw_source *source;
    const char *format;      /**< "pcap", "pcapng", "snoop" */
    const char *compression; /**< "gzip" … or NULL */
    uint64_t size;           /**< bytes on disk, 0 when not known */
    uint64_t n_packets;
    bool damaged; /**< reading stopped before the end */
    bool failed;  /**< because the system could not read it: another time it may */
};

/** What is wrong with an input or a packet: a row of `warnings`. */
struct tw_warning {
    uint64_t packet; /**< 1-based frame number, 0: the file as a whole */
    uint64_t offset; /**< byte offset in the (decompressed) file */
    uint32_t i_file;
    bool damage;      /**< the file is damaged: exit status 3 */
    bool settled;     /**< not to be forgotten when the capture grows */
    const char *what; /**< constant: "cut", "bad length", "unknown link type", "malformed" … */
    char *why;        /**< a sentence fragment, owned; may be NULL */
};

/** Text of a pcapng file that is no packet: where it lies, for those who want to read it. */
struct tw_note {
    enum tw_note_kind {
        TW_NOTE_SECTION,   /**< comment of a section */
        TW_NOTE_INTERFACE, /**< comment of an interface */
        TW_NOTE_PACKET,    /**< comment of a packet */
        TW_NOTE_NAMES      /**< body of a name resolution block */
    } kind;
    uint32_t i_file;
    uint32_t n;             /**< bytes at offset */
    bool big_endian;        /**< of the section (names) */
    uint64_t offset;        /**< in the (decompressed) file */
    uint64_t packet_offset; /**< tw_record.offset of the packet, else 0 */
};

struct tw_input_state; /* core/capture/reader.h */

/** A set of files read as one capture. */
struct tw_input {
    struct tw_input_file *files;
    size_t n_files;
    struct tw_interface *interfaces; /**< those with packets, in order of the first one; grows
                                          during the read without moving, stable afterwards */
    size_t n_interfaces;
    struct tw_note *notes; /**< in order of the files; grows during the read */
    size_t n_notes;
    struct tw_warning *warnings; /**< see tw_input_warn() */
    size_t n_warnings;
    uint64_t n_warnings_dropped; /**< beyond the first 100,000 */
    struct tw_input_state *state;
};

struct tw_input_options {
    uint64_t max_packets; /**< 0: all; counted after the filter and keep */
    const char *bpf;      /**< libpcap filter text, compiled per link type; NULL: none */
    const uint64_t *keep; /**< bitmap over the records that pass the BPF filter; NULL: all */
    uint64_t n_keep;      /**< bits in keep; records beyond them are left out */
};

/** One packet of a block. The data pointer lives until the block's body returns. */
struct tw_record {
    int64_t time_ns; /**< INT64_MIN: the record has no time (pcapng simple packets) */
    uint64_t offset; /**< of the packet's first byte in its (decompressed) file */
    const uint8_t *data;
    uint32_t cap_len;     /**< bytes at data */
    uint32_t len;         /**< bytes on the wire */
    uint32_t i_interface; /**< into tw_input.interfaces */
};

/** Called in order of rows, one thread at a time, before the body sees the rows: make room for
 * rows [0, n_rows). n_rows_guess: a guess of the final number. */
typedef int tw_input_reserve(void *context, uint64_t n_rows, uint64_t n_rows_guess,
                             trawl_error *err);
/** Called on pool threads, blocks in any order, disjoint rows [first_row, first_row + n). */
typedef int tw_input_body(void *context, uint64_t first_row, const struct tw_record *records,
                          size_t n, unsigned i_thread, trawl_error *err);

/** Open files (told apart by content, compression by magic). A file that is no capture is
 * TRAWL_E_DATA naming it and its first bytes; a missing one TRAWL_E_IO. NULL on failure. */
struct tw_input *tw_input_open(const char *const *paths, size_t n_paths, trawl_error *err);
/** The same in two steps: between them the files are open, so that they can be told by their
 * identities, and nothing is decoded. */
struct tw_input *tw_input_open_files(const char *const *paths, size_t n_paths, trawl_error *err);
/** One that grows: bytes that another thread appends to a store (borrowed), under a name. The
 * second step is due once tw_input_has_head(). */
struct tw_store; /* core/capture/store.h */
struct tw_input *tw_input_open_store(const char *name, struct tw_store *store, trawl_error *err);
int tw_input_tell_formats(struct tw_input *input, trawl_error *err);
/** In place of the second step and the first pass: what they found out is put back by
 * tw_input_add_interface(), tw_input_add_note(), tw_input_warn() and into files[]. */
void tw_input_set_known(struct tw_input *input);
int tw_input_add_interface(struct tw_input *input, const struct tw_interface *interface,
                           uint32_t *ret, trawl_error *err); /**< takes its strings in any case */
/** Silently not, beyond TW_MAX_NOTES. */
int tw_input_add_note(struct tw_input *input, const struct tw_note *note, trawl_error *err);
/** A copy of a text that lives as long as the input; NULL: no memory. */
const char *tw_input_keep_text(struct tw_input *input, const char *text);
void tw_input_free(struct tw_input *input);

/** First pass: every packet once, several files merged in time order (stable: equal times keep the
 * order of files; a file's own order is never changed). Damage is not a failure: what was whole is
 * delivered, a warning says path, offset and why, files[i].damaged is set. Polls tw_cancelled(). */
int tw_input_read(struct tw_input *input, const struct tw_input_options *options,
                  tw_input_reserve *reserve, tw_input_body *body, void *context, trawl_error *err);

/* ---- an input that grows ---- */

/** Reads on where the last look ended. One thread; its calls and those of others that use the input
 * must not run at the same time. */
struct tw_more;
/** The formats must have been told. options, as tw_input_read() takes them, and its strings must
 * stay; only bpf is used. */
int tw_more_open(struct tw_input *input, const struct tw_input_options *options,
                 tw_input_reserve *reserve, tw_input_body *body, void *context,
                 struct tw_more **ret, trawl_error *err);
/** Give the body the records of the next mebibyte, of those that are whole; without waiting.
 * *ret_any: there were some, look again at once. */
int tw_more_read(struct tw_more *more, bool *ret_any, trawl_error *err);
/** Nothing more will come: the end was read, or the file is damaged. */
bool tw_more_ended(const struct tw_more *more);
/** Where the next record begins; a place that it was before may be gone back to: rows count from 0
 * again. */
uint64_t tw_more_place(const struct tw_more *more);
void tw_more_go_back(struct tw_more *more, uint64_t place);
/** Another context for reserve and body. */
void tw_more_turn(struct tw_more *more, void *context);
void tw_more_close(struct tw_more *more);

/** Are there enough bytes to tell the format: of a plain file or a store. *ret_ended: there will be
 * no more. */
bool tw_input_has_head(const struct tw_input *input, bool *ret_ended);

/** Forget warnings: those that were added since the last tw_input_settle() (later passes add them
 * anew), or also all that are of a packet. */
void tw_input_settle(struct tw_input *input);
void tw_input_unwarn(struct tw_input *input, bool packets);

/** Add a warning (thread-safe). why is printf text, may be NULL. */
void tw_input_warn(struct tw_input *input, uint32_t i_file, uint64_t packet, uint64_t offset,
                   bool damage, const char *what, const char *why, ...)
    __attribute__((format(printf, 7, 8)));
/** After the read: sort warnings by packet, offset, text, so that threads do not show. */
void tw_input_sort_warnings(struct tw_input *input);

/* ---- later passes ---- */

/** Reads packet bytes again by place; keeps a block of about 1 MiB, so ascending offsets are cheap.
 * One per thread. */
struct tw_fetch;
struct tw_fetch *tw_fetch_open(struct tw_input *input, trawl_error *err);
/** Bytes [offset, offset+n) of a file; the pointer lives until the next call. A file that shrank or
 * fails is TRAWL_E_IO (never a signal). */
int tw_fetch_bytes(struct tw_fetch *fetch, uint32_t i_file, uint64_t offset, uint32_t n,
                   const uint8_t **ret, trawl_error *err);
void tw_fetch_close(struct tw_fetch *fetch);

#endif
