/* The files that a live capture is written to: one, or a ring of so many of a size.
 * Private to this room. Must not know where packets come from. */
#ifndef TW_CAPTURE_LIVE_FILE_H
#define TW_CAPTURE_LIVE_FILE_H

#include "core/base/memory.h"

struct tw_live_file;
/** Create the first file and write the head of a pcap file to it, at once, so that it can be read.
 * Files of a ring are called NAME-00001.pcap and so on. */
int tw_live_file_open(const char *path, uint64_t file_bytes, uint32_t n_files, const void *head,
                      size_t n_head, struct tw_live_file **ret, trawl_error *err);
/** One record; its two parts stay together. After a failure, which is logged once, nothing more is
 * written. */
void tw_live_file_put(struct tw_live_file *file, const void *head, size_t n_head, const void *data,
                      size_t n);
/** Let others see what was put so far. */
void tw_live_file_flush(struct tw_live_file *file);
/** Records that are in files, those of a ring that were written over too; of the last flush. */
uint64_t tw_live_file_written(const struct tw_live_file *file);
void tw_live_file_close(struct tw_live_file *file);

#endif
