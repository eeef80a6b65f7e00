/* Compares what has a file's name with the file that is open. Must not know captures. */
#include "core/session/followed.h"

#include "core/base/now.h"
#include "core/base/task.h"

void tw_followed_begin(struct tw_followed *followed, const char *path, const struct stat *st)
{
    *followed = (struct tw_followed){.path = path, .device = st->st_dev, .inode = st->st_ino};
}

enum tw_followed_state tw_followed_state(const struct tw_followed *followed)
{
    struct stat st;

    if (stat(followed->path, &st) != 0)
        return TW_FOLLOWED_GONE;
    return st.st_dev == followed->device && st.st_ino == followed->inode ? TW_FOLLOWED_THERE
                                                                         : TW_FOLLOWED_REPLACED;
}

void tw_followed_look(struct tw_followed *followed)
{
    enum tw_followed_state state;
    int64_t ns;

    if (!followed->path)
        return;
    ns = tw_now_ns(CLOCK_MONOTONIC);
    if (followed->looked_ns && ns - followed->looked_ns < 1000000000)
        return;
    followed->looked_ns = ns;
    state = tw_followed_state(followed);
    if (state != followed->state && state != TW_FOLLOWED_THERE)
        tw_log(1,
               "'%s' was %s: the file that it was is followed on; 'load --follow' takes a new "
               "one in",
               followed->path,
               state == TW_FOLLOWED_GONE ? "removed or moved away" : "replaced by another file");
    followed->state = state;
}
