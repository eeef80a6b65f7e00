/* Bytes compressed on their way to a descriptor.
 * Must not know which files are. */
#ifndef TW_SHELL_GZIP_H
#define TW_SHELL_GZIP_H

#include "core/base/memory.h"

struct tw_gzip;

/** NULL: no memory. The head says no time and no name, so same bytes in are same bytes out. */
struct tw_gzip *tw_gzip_new(void);
/** Take n bytes and write to the descriptor what has become of them; at the end all that is left
 * and the trailer. name is for messages. As tw_write_all() otherwise. */
int tw_gzip_write(struct tw_gzip *gzip, int fd, const char *name, const void *data, size_t n,
                  bool end, trawl_error *err);
void tw_gzip_free(struct tw_gzip *gzip); /**< NULL: nothing */

#endif
