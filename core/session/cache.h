/* Captures in the disk cache: when one is served, when one is written, what tells it from others.
 * Only core/session includes it. */
#ifndef TW_SESSION_CACHE_H
#define TW_SESSION_CACHE_H

#include "core/session/internal.h"

/** A load's dealings with the cache; zero: none. */
struct tw_cached_load {
    char *key, *path; /**< path NULL: it has no place there */
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

#endif
