/* Where bytes go: a descriptor with a big buffer, and files that appear whole or not at all.
 * Must not know tables or formats. */
#ifndef TW_SHELL_OUTPUT_H
#define TW_SHELL_OUTPUT_H

#include "core/base/memory.h"

/** A buffered stream of bytes. */
struct tw_out {
    int fd;
    const char *name;        /**< for messages: "stdout" or the file as typed; borrowed */
    struct tw_buffer buffer; /**< what is not written yet */
    struct tw_gzip *gzip;    /**< what the bytes go through, or NULL */
    int failed;              /**< the code of the first failure: later calls do nothing */
};

void tw_out_init(struct tw_out *out, int fd, const char *name);
/** Append bytes; written when a quarter of a megabyte has gathered. TRAWL_E_PIPE when the reader
 * has gone away, TRAWL_E_IO with the system's reason. */
int tw_out_write(struct tw_out *out, const void *data, size_t n, trawl_error *err);
int tw_out_puts(struct tw_out *out, const char *s, trawl_error *err);
/** Write what is buffered when it is much. */
int tw_out_flush_some(struct tw_out *out, trawl_error *err);
int tw_out_flush(struct tw_out *out, trawl_error *err);
/** Frees the buffer; does not flush or close. */
void tw_out_fini(struct tw_out *out);

/** All n bytes to a descriptor, EINTR included. */
int tw_write_all(int fd, const char *name, const void *data, size_t n, trawl_error *err);

/** A file being written: under a temporary name in the same folder, renamed at the end. Devices,
 * pipes and files in a folder that cannot be written are written directly. */
struct tw_out_file {
    struct tw_out out;
    char *path;       /**< as typed */
    char *target;     /**< links resolved */
    char *temporary;  /**< NULL: written directly */
    int leftover;     /**< of the temporary file, see tw_leftover_note() */
    int64_t old_size; /**< append: what was there before, to cut back to on failure; else -1 */
};

/** Bytes of a path without the ".gz" of a name: all of them where it has none. */
size_t tw_path_uncompressed(const char *path);
/** "a/flows.csv" and 3: "a/flows.3.csv", of flows.csv.gz flows.3.csv.gz (tw_free); NULL: no
 * memory. */
char *tw_rotated_path(const char *path, uint64_t number);

/** Open PATH; with append what is there stays and bytes follow. path "-" is stdout. What ends with
 * ".gz" is written compressed, what is appended as a member of its own. */
int tw_out_file_open(const char *path, bool append, struct tw_out_file *ret, trawl_error *err);
/** End it: keep makes it appear, otherwise nothing of it is left. Frees in any case. */
int tw_out_file_close(struct tw_out_file *file, bool keep, trawl_error *err);

#endif
