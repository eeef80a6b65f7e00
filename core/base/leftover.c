/* Files under a temporary name, so that a process which is made to end does not leave them.
 * Must not know who writes them. */
#include "core/base/leftover.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "core/base/base.h"

enum { FREE, TAKEN, NOTED };

/* Fixed memory: a signal handler reads it. */
static struct {
    _Atomic int state;
    char path[PATH_MAX];
} places[32];

int tw_leftover_note(const char *path)
{
    const size_t n = strlen(path) + 1;

    if (n > sizeof(places[0].path))
        return -1;
    for (int i = 0; i < (int)TW_COUNT(places); i++) {
        int expected = FREE;

        if (!atomic_compare_exchange_strong(&places[i].state, &expected, TAKEN))
            continue;
        memcpy(places[i].path, path, n);
        atomic_store(&places[i].state, NOTED);
        return i;
    }
    return -1;
}

void tw_leftover_forget(int place)
{
    if (place >= 0)
        atomic_store(&places[place].state, FREE);
}

void tw_leftovers_remove(void)
{
    for (size_t i = 0; i < TW_COUNT(places); i++)
        if (atomic_load(&places[i].state) == NOTED)
            unlink(places[i].path);
}

int tw_sync(int fd)
{
    int rc;

    do
        rc = fsync(fd);
    while (rc != 0 && errno == EINTR);
    return rc;
}
