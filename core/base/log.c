/* Lines for the user on their way to the shell's sink.
 * Must not know where they are shown. */
#include <pthread.h>
#include <stdio.h>

#include "core/base/escape.h"
#include "core/base/task.h"

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static tw_log_sink *log_sink;
static void *log_context;
static _Thread_local bool detached;

void tw_log_set_sink(tw_log_sink *sink, void *context)
{
    pthread_mutex_lock(&log_lock);
    log_sink = sink;
    log_context = context;
    pthread_mutex_unlock(&log_lock);
}

void tw_log_detach(void)
{
    detached = true;
}

bool tw_log_is_detached(void)
{
    return detached;
}

void tw_log(int level, const char *format, ...)
{
    char text[1024];
    struct tw_buffer escaped = TW_BUFFER_INIT;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (n < 0)
        return;
    tw_escape_keep_backslash(&escaped, text, TW_MIN((size_t)n, sizeof(text) - 1));
    pthread_mutex_lock(&log_lock);
    if (log_sink && !escaped.failed)
        log_sink(level, escaped.data, log_context);
    pthread_mutex_unlock(&log_lock);
    tw_buffer_fini(&escaped);
}
