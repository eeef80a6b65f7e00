/* The folder of the cache: making it, naming files in it, holding it to a size, emptying it.
 * Must not know what is in the files. */
#ifndef TW_CACHE_FOLDER_H
#define TW_CACHE_FOLDER_H

#include "core/base/memory.h"

/** Path of the file of a hash (tw_free it); extra not 0: of something beside it. NULL: no memory.
 */
char *tw_cache_path(const char *folder, uint64_t hash, uint64_t extra);

/** Make the folder, 0700, with those above it. TRAWL_E_IO also when it is not the user's alone. */
int tw_cache_make_folder(const char *folder, trawl_error *err);

/** One file there. */
struct tw_cache_entry {
    char *path;
    uint64_t size;
    int64_t used_ns; /**< written or served last */
    bool temporary;  /**< being written, or left by a process that was killed */
};
/** What is there, least recently used first, ties by name; a folder that is not there has nothing.
 * TRAWL_E_IO, TRAWL_E_NOMEM. Freed with tw_cache_entries_free(). */
int tw_cache_entries(const char *folder, struct tw_cache_entry **ret, size_t *ret_n,
                     trawl_error *err);
void tw_cache_entries_free(struct tw_cache_entry *entries, size_t n);

/** Bytes that the folder may hold: limit, or a tenth of the file system's when that is less. */
uint64_t tw_cache_room(const char *folder, uint64_t limit);
/** Remove the files that were used least recently until n_more bytes fit into `room`, and what
 * killed processes left. */
void tw_cache_make_room(const char *folder, uint64_t room, uint64_t n_more);
/** Remove the files that are wanted (NULL: all), and what killed processes left; those that are
 * being written stay. */
int tw_cache_clear(const char *folder, bool (*wanted)(const char *path, void *context),
                   void *context, size_t *ret_n, trawl_error *err);
/** A file was served: it is the last to go. */
void tw_cache_touch(const char *path);

#endif
