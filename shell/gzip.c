/* Bytes compressed on their way to a descriptor, by zlib.
 * Must not know which files are. */
#include "shell/gzip.h"

#define ZLIB_CONST /* input is const */
#include <zlib.h>

#include "shell/output.h"

enum { GZIP_FRAME = 16, MEMORY_LEVEL = 8, ROOM = 64 * 1024 }; /* zlib's numbers, and a write */

struct tw_gzip {
    z_stream stream;
    unsigned char out[ROOM];
};

struct tw_gzip *tw_gzip_new(void)
{
    struct tw_gzip *gzip = tw_alloc(sizeof(*gzip));

    if (!gzip)
        return NULL;
    gzip->stream = (z_stream){0};
    if (deflateInit2(&gzip->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + GZIP_FRAME,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        tw_free(gzip);
        return NULL;
    }
    return gzip;
}

int tw_gzip_write(struct tw_gzip *gzip, int fd, const char *name, const void *data, size_t n,
                  bool end, trawl_error *err)
{
    const unsigned char *p = data;
    int rc = TRAWL_OK;

    do {
        const uInt part = (uInt)TW_MIN(n, (size_t)1 << 30);

        gzip->stream.next_in = p;
        gzip->stream.avail_in = part;
        p += part;
        n -= part;
        do { /* deflate() has no error to tell of where it has room */
            gzip->stream.next_out = gzip->out;
            gzip->stream.avail_out = ROOM;
            (void)deflate(&gzip->stream, end && n == 0 ? Z_FINISH : Z_NO_FLUSH);
            rc = tw_write_all(fd, name, gzip->out, ROOM - gzip->stream.avail_out, err);
        } while (rc == TRAWL_OK && gzip->stream.avail_out == 0);
    } while (rc == TRAWL_OK && n > 0);
    return rc;
}

void tw_gzip_free(struct tw_gzip *gzip)
{
    if (!gzip)
        return;
    (void)deflateEnd(&gzip->stream);
    tw_free(gzip);
}
