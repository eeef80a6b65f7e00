/* A file that is followed while others move it away, as the rotation of logs does.
 * Must not know captures. */
#ifndef TW_SESSION_FOLLOWED_H
#define TW_SESSION_FOLLOWED_H

#include <sys/stat.h>

#include "core/base/base.h"

enum tw_followed_state { TW_FOLLOWED_THERE, TW_FOLLOWED_GONE, TW_FOLLOWED_REPLACED };

/** Zero it: it looks at nothing. */
struct tw_followed {
    const char *path; /**< borrowed */
    dev_t device;
    ino_t inode;
    int64_t looked_ns;
    enum tw_followed_state state;
};

void tw_followed_begin(struct tw_followed *followed, const char *path, const struct stat *st);
/** What has its name now. */
enum tw_followed_state tw_followed_state(const struct tw_followed *followed);
/** Once a second, one line when that has changed. */
void tw_followed_look(struct tw_followed *followed);

#endif
