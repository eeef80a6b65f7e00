/* What the container formats and the first pass share: a reader hops over the record headers of a
 * window of bytes. Private to this room. Must not know protocols. */
#ifndef TW_CAPTURE_READER_H
#define TW_CAPTURE_READER_H

#include <pthread.h>

#include "core/capture/input.h"
#include "core/capture/source.h"

struct tw_input_state {
    pthread_mutex_t lock;        /* of warnings */
    struct tw_region interfaces; /* backs tw_input.interfaces */
    size_t warnings_capacity, notes_capacity;
    struct tw_reader *readers; /* one a file */
    struct tw_arena texts;     /* of tw_input_keep_text() */
    bool was_read;
};

/** Bytes [offset, offset + n) of a file; records that begin before limit are wanted. */
struct tw_window {
    const uint8_t *data;
    uint64_t offset;
    size_t n;
    uint64_t limit;
};

/** Records found; room for capacity. */
struct tw_batch {
    struct tw_record *records;
    size_t n, capacity;
};

/** Why a hop stopped. Negative: a failure. */
enum tw_hop {
    TW_HOP_LIMIT, /**< the next record begins at or after the limit */
    TW_HOP_FULL,  /**< no more room for records */
    TW_HOP_SHORT, /**< needs reader->need bytes from reader->pos; the window has fewer */
    TW_HOP_ENDED  /**< damage: told in a warning, nothing more to read */
};

struct tw_reader {
    struct tw_input *input;
    uint32_t i_file;
    const struct tw_format *format;
    void *state;  /* the format's own */
    uint64_t pos; /* of the next record or block */
    size_t need;  /* see TW_HOP_SHORT */
    bool ended;
    bool is_open;         /* a file that ends here was not closed, by what its last record says */
    uint64_t n_bad_times; /* times that 64 bits of nanoseconds cannot hold */
    uint64_t bad_time_at; /* offset of the first */
    uint64_t n_zeros;     /* records without a byte, a length or a time, at the very end */
    uint64_t zeros_at;    /* offset of the first */
};

struct tw_format {
    const char *name;
    /** Does a file that begins with these bytes claim to be this? */
    bool (*probe)(const uint8_t *head, size_t n);
    /** Check the file header, set state and pos. TRAWL_E_DATA when it cannot be read. */
    int (*open)(struct tw_reader *reader, const uint8_t *head, size_t n, trawl_error *err);
    /** Append the records of the window from pos on; moves pos. */
    int (*hop)(struct tw_reader *reader, const struct tw_window *window, struct tw_batch *batch,
               trawl_error *err);
    void (*close)(struct tw_reader *reader);
};

enum { TW_HEAD_BYTES = 64 }; /**< bytes that probe and open get, when the file has them */

enum { TW_LEAST_RECORD = 12 }; /**< bytes of the shortest record or block of the built-in formats */

extern const struct tw_format tw_format_pcap, tw_format_pcapng, tw_format_snoop, tw_format_record;

/** Open the file with the plugins' reader that claims it, if there is one. */
int tw_record_open(struct tw_reader *reader, const uint8_t *head, size_t n, bool *ret_found,
                   trawl_error *err);

/** Take bytes from the file's start, find the format. TRAWL_E_DATA when it is none. */
int tw_reader_open(struct tw_reader *reader, trawl_error *err);
void tw_reader_close(struct tw_reader *reader);

/** The file is damaged at an offset: warn, end. Returns TW_HOP_ENDED. */
int tw_reader_damage(struct tw_reader *reader, uint64_t offset, const char *what, const char *why,
                     ...) __attribute__((format(printf, 4, 5)));
/** The file ended with n_have bytes from pos on: damage unless 0 and the source is sound. */
void tw_reader_end(struct tw_reader *reader, size_t n_have);
/** Reading failed at an offset: damage, what came before stays. */
void tw_reader_fail(struct tw_reader *reader, uint64_t offset, const trawl_error *cause);
/** After the last record: what was counted on the way becomes warnings. */
void tw_reader_finish(struct tw_reader *reader);

/** The LINKTYPE_ value for a number found in a file: some writers stored their own DLT_ value. */
uint32_t tw_link_type(uint32_t found);
/** Before a read: after the first one, start again. */
int tw_input_rewind(struct tw_input *input, trawl_error *err);

/** Longest record of a link type. */
uint32_t tw_max_record(uint32_t link_type);

static inline uint16_t tw_u16(const uint8_t *p, bool big)
{
    return big ? tw_be16(p) : tw_le16(p);
}
static inline uint32_t tw_u32(const uint8_t *p, bool big)
{
    return big ? tw_be32(p) : tw_le32(p);
}
static inline uint64_t tw_u64(const uint8_t *p, bool big)
{
    return big ? tw_be64(p) : tw_le64(p);
}

#endif
