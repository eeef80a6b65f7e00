/* Captures in the disk cache: when one is served, when one is written, what tells it from others.
 * Only core/session includes it. */
#ifndef TW_SESSION_CACHE_H
#define TW_SESSION_CACHE_H

#include "core/cache/parts.h"
#include "core/session/internal.h"

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
/** The capture's files are what they were when it was loaded. */
bool tw_cached_is_current(const tw_capture *capture);
/** Write parts to a file of the cache, when there is room for them. */
int tw_cached_write(const tw_session *session, const char *path, const char *key,
                    const struct tw_cache_parts *parts, trawl_error *err);

/** The column of a dissector's field, of a capture that is in the cache; false: it is not there. */
bool tw_cached_column(tw_capture *capture, const struct tw_catalogue_field *field,
                      struct tw_column **ret);
/** Columns that a pass of so many nanoseconds made: written, if the capture is in the cache too and
 * that is worth it. */
void tw_cached_keep_columns(tw_capture *capture, const struct tw_catalogue *catalogue,
                            const uint32_t *fields, struct tw_column *const *columns, size_t n,
                            int64_t took_ns);

#endif
