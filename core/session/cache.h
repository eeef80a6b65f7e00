/* Captures in the disk cache: when one is served, when one is written, what tells it from others.
 * Only core/session includes it. */
#ifndef TW_SESSION_CACHE_H
#define TW_SESSION_CACHE_H

#include "core/cache/parts.h"
#include "core/session/internal.h"
#include "core/table/tally.h"

/** A load's dealings with the cache; zero: none. */
struct tw_cached_load {
    char *key, *path; /**< path NULL: it has no place there */
    uint64_t hash;    /**< that path is made of */
    uint32_t flags;   /**< TRAWL_LOAD_ bits of the load and of the session */
    int64_t started_ns;
};

/** Where these files, loaded with these options, are in the cache: nowhere when it is switched off,
 * has no folder, or they are no regular files. The input is open and not read. */
void tw_cached_begin(const tw_session *session, const trawl_load_options *options,
                     const struct tw_input *input, struct tw_cached_load *ret);
/** Fill the capture from the cache; true: it was, and has taken the input. Else nothing was filled,
 * a damaged file was told and removed, and the input is NULL when it can be read no more. */
bool tw_cached_serve(tw_capture *capture, struct tw_cached_load *load, struct tw_input **input);
/** The capture was read from its files: write it, if that is worth it. */
void tw_cached_keep(tw_capture *capture, const trawl_load_options *options,
                    struct tw_cached_load *load);
void tw_cached_end(struct tw_cached_load *load);

/** The monotonic clock. */
int64_t tw_cached_now(void);

/** What was kept beside a capture that is in the cache: kind and name tell it from the rest, and
 * fill takes what it needs of the file, whose checksums hold. False: it is not there; a damaged
 * file (fill's TRAWL_E_DATA too) was told and removed. */
bool tw_cached_serve_beside(const tw_capture *capture, const char *kind, const char *name,
                            int (*fill)(void *context, const struct tw_cache_file *file,
                                        trawl_error *err),
                            void *context);
/** Keep parts beside it. */
int tw_cached_keep_beside(const tw_capture *capture, const char *kind, const char *name,
                          const struct tw_cache_parts *parts, trawl_error *err);
/** Is what took so long to make to be kept beside the capture: was that asked for, or is it long?
 * The capture is in the cache, and its files are what they were. */
bool tw_cached_wants(const tw_capture *capture, int64_t took_ns);

/** Add what a dissector (NULL: each that has told its malformed packets) found malformed to a block
 * in the making; old not NULL: and what that file has of dissectors that have not told theirs. */
void tw_cached_put_warnings(struct tw_buffer *block, const struct tw_packets *packets,
                            const char *dissector, const struct tw_cache_file *old);
/** The block, which is empty afterwards. */
int tw_cached_end_warnings(struct tw_cache_parts *parts, struct tw_buffer *block, trawl_error *err);
/** TRAWL_E_DATA: that block makes no sense. */
int tw_cached_check_warnings(const struct tw_cache_file *file, const struct tw_input *input,
                             trawl_error *err);
/** Tell those of a dissector, once. The block was checked. */
void tw_cached_add_warnings(const struct tw_cache_file *file, struct tw_packets *packets,
                            const char *dissector);

/** The column of a dissector's field, of a capture that is in the cache; false: it is not there. */
bool tw_cached_column(tw_capture *capture, const struct tw_catalogue_field *field,
                      struct tw_column **ret);
/** Columns that a pass of so many nanoseconds made: written, if the capture is in the cache too and
 * that is worth it. */
void tw_cached_keep_columns(tw_capture *capture, const struct tw_catalogue *catalogue,
                            const uint32_t *fields, struct tw_column *const *columns, size_t n,
                            int64_t took_ns);

/** Counts of all rows of packets, by column of their table. */
struct tw_cached_counts {
    const tw_table *table;
    const bool *wanted; /**< those that are looked for, or kept */
    const char *const
        *dissectors;      /**< whose malformed packets are told when it is counted, or NULL */
    struct tw_tally **of; /**< NULL: not there */
};
/** Fill in those that are wanted, not there, and in the cache. */
void tw_cached_serve_counts(tw_capture *capture, const struct tw_cached_counts *counts);
/** Keep those that are wanted, beside what is there already, if making them took so long that it is
 * worth it. */
void tw_cached_keep_counts(tw_capture *capture, const struct tw_cached_counts *counts,
                           int64_t took_ns);

#endif
