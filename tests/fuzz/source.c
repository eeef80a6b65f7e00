/* Fuzz target: decompression alone, and that bzip2 gives the same with one thread (libbz2) as with
 * several (ours). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/error.h"
#include "core/base/task.h"
#include "core/capture/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROOM = 8 << 20 };

/* What comes out: bytes, how many, and whether the end is a good one. */
struct decoded {
    uint8_t *bytes;
    size_t n;
    int damaged;
};

static void decode(const char *path, unsigned threads, struct decoded *ret)
{
    struct tw_source *source;
    tw_error err = TW_ERROR_INIT;

    tw_pool_set_threads(threads);
    ret->n = 0;
    ret->damaged = -1;
    if (tw_source_open(path, &source, &err) != TRAWL_OK)
        return;
    if (tw_source_read(source, 0, ret->bytes, ROOM, &ret->n, &err) == TRAWL_OK && ret->n < ROOM)
        ret->damaged = tw_source_damage(source) != NULL;
    tw_source_close(source);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    static struct decoded one, two;

    if (fd < 0) {
        fd = memfd_create("fuzz", 0);
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        one.bytes = malloc(ROOM);
        two.bytes = malloc(ROOM);
        if (!one.bytes || !two.bytes)
            abort();
    }
    if (size > 1 << 20 || ftruncate(fd, 0) || pwrite(fd, data, size, 0) != (ssize_t)size)
        return 0;
    decode(path, 1, &one);
    if (size < 3 || memcmp(data, "BZh", 3) != 0)
        return 0;
    decode(path, 2, &two);
    if (one.n != two.n || one.damaged != two.damaged || memcmp(one.bytes, two.bytes, one.n) != 0)
        __builtin_trap();
    return 0;
}
