/* A file's bytes, decompressed: random access over a stream that another thread is still decoding.
 * Must not know captures. */
#ifndef TW_CAPTURE_SOURCE_H
#define TW_CAPTURE_SOURCE_H

#include "core/capture/store.h"

struct tw_source;

/** Open a path or "-" (stdin). Compression is told by magic: gzip, xz, bzip2 (also multi-stream),
 * zstd, lz4. Plain files are read with pread; anything else (compressed, pipe) is decoded by a
 * thread of its own, from the first read on, into a spill: memory up to a bound, then an unlinked
 * temporary file. */
int tw_source_open(const char *path, struct tw_source **ret, trawl_error *err);
void tw_source_close(struct tw_source *source);
/** Bytes that another thread appends to a store (borrowed). Reading never waits. */
int tw_source_open_store(const char *name, struct tw_store *store, struct tw_source **ret,
                         trawl_error *err);
/** Bytes that there are now, of a plain file or a store; *ret_ended: no more will come. */
uint64_t tw_source_available(const struct tw_source *source, bool *ret_ended);

/** Copy up to n bytes at offset into out; waits for the decoder. *ret_n < n only at the end. A cut
 * or corrupt stream ends there: then tw_source_damage() says why. TRAWL_E_IO when the system fails.
 */
int tw_source_read(struct tw_source *source, uint64_t offset, void *out, size_t n, size_t *ret_n,
                   trawl_error *err);
/** The reader of the first pass is past offset: lets the progress line and the decoder know. */
void tw_source_advance(struct tw_source *source, uint64_t offset);

/** How far the decoder may be ahead of that reader; a reader that waits for bytes always gets them.
 * UINT64_MAX: any distance. Before it is set, a few MiB. */
void tw_source_set_lead(struct tw_source *source, uint64_t n_bytes);

const char *tw_source_compression(const struct tw_source *source); /**< "gzip", … or NULL */
/** Which file it is, and as it is now; false: no regular file, or not to be told. */
struct tw_source_identity {
    uint64_t device, inode, size;
    int64_t modified_ns, changed_ns;
};
bool tw_source_identity(const struct tw_source *source, struct tw_source_identity *ret);
/** Nothing was read yet, and later passes will come without a first one: the decoder, once begun,
 * goes on to the end, whoever is cancelled. */
void tw_source_set_late(struct tw_source *source);
uint64_t tw_source_size(const struct tw_source *source); /**< on disk, 0 unknown */
/** Decompressed bytes there will be, as far as can be told now; for guesses of row counts only. */
uint64_t tw_source_length_guess(const struct tw_source *source);
/** Reason why the decoded stream ended early (constant lifetime of the source), or NULL. */
const char *tw_source_damage(const struct tw_source *source);

#endif
