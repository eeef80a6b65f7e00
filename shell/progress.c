/* The progress line on stderr: a thread that looks at tw_progress ten times a second.
 * Must not know what is done. */
#include "shell/progress.h"

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "core/base/now.h"
#include "core/base/task.h"
#include "core/base/text.h"
#include "shell/output.h"
#include "shell/shell.h"

static pthread_t thread;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static bool running, stopping, shown;

static void erase(void)
{
    if (shown)
        tw_write_all(STDERR_FILENO, "stderr", "\r\x1b[K", 4, NULL);
    shown = false;
}

static double seconds_now(void)
{
    return (double)tw_now_ns(CLOCK_MONOTONIC) / 1e9;
}

/* A bar of n cells in eighths. */
static void put_bar(struct tw_buffer *line, double share, unsigned n)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    const unsigned filled = (unsigned)(share * n * 8);

    for (unsigned i = 0; i < n; i++)
        tw_buffer_puts(line, filled >= (i + 1) * 8 ? "█"
                             : filled > i * 8      ? eighths[filled % 8]
                                                   : " ");
}

/* One line of at most `columns` columns: what does not fit is left away from the right. */
static void draw(double elapsed, unsigned columns)
{
    const char *what = atomic_load_explicit(&tw_progress.what, memory_order_relaxed);
    const uint64_t done = atomic_load_explicit(&tw_progress.done, memory_order_relaxed);
    const uint64_t total = atomic_load_explicit(&tw_progress.total, memory_order_relaxed);
    const uint64_t packets = atomic_load_explicit(&tw_progress.packets, memory_order_relaxed);
    const bool bytes = what && strcmp(what, "loading") == 0; /* else `done` counts rows */
    const double share = total ? TW_MIN(1.0, (double)done / (double)total) : 0;
    struct tw_buffer line = TW_BUFFER_INIT, part = TW_BUFFER_INIT;
    char text[TW_TEXT_MAX];
    size_t n, width;

    tw_buffer_puts(&line, what ? what : "working");
    width = tw_text_width(line.data ? line.data : "", line.len);
    for (int i = 0; i < 6; i++) {
        tw_buffer_clear(&part);
        if (i == 0 && total) {
            put_bar(&part, share, columns > 90 ? 20 : 10);
        } else if (i == 1 && total) {
            tw_buffer_printf(&part, "%3.0f %%", share * 100);
        } else if (i == 2 && bytes && done && elapsed > 0) {
            n = tw_format_size_human(text, (double)done / elapsed);
            tw_buffer_printf(&part, "%.*s/s", (int)n, text);
        } else if (i == 3 && bytes && packets) {
            n = tw_format_count_human(text, (double)packets);
            tw_buffer_printf(&part, "%.*s packets", (int)n, text);
        } else if (i == 4) {
            n = tw_format_size_human(text, (double)tw_memory_used());
            tw_buffer_printf(&part, "mem %.*s", (int)n, text);
        } else if (i == 5 && share > 0.01 && share < 1) {
            n = tw_format_span_human(text, (int64_t)(elapsed * (1 - share) / share * 1e9));
            tw_buffer_printf(&part, "%.*s left", (int)n, text);
        }
        if (!part.len)
            continue;
        n = tw_text_width(part.data, part.len);
        if (width + 2 + n >= columns)
            break;
        width += 2 + n;
        tw_buffer_puts(&line, "  ");
        tw_buffer_append(&line, part.data, part.len);
    }
    erase();
    if (!line.failed && !part.failed && width < columns) {
        tw_write_all(STDERR_FILENO, "stderr", line.data, line.len, NULL);
        shown = true;
    }
    tw_buffer_fini(&line);
    tw_buffer_fini(&part);
}

static void *run(void *context)
{
    const double start = seconds_now();
    struct timespec until;

    (void)context;
    pthread_mutex_lock(&lock);
    while (!stopping) {
        const double elapsed = seconds_now() - start;
        unsigned columns, rows;

        tw_terminal_size(STDERR_FILENO, &columns, &rows);
        if (elapsed > 0.5 && atomic_load_explicit(&tw_progress.what, memory_order_relaxed))
            draw(elapsed, columns ? columns : 80);
        else
            erase();
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += 100000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&wake, &lock, &until);
    }
    erase();
    pthread_mutex_unlock(&lock);
    return NULL;
}

void tw_progress_start(void)
{
    if (running)
        return;
    atomic_store(&tw_progress.done, 0);
    atomic_store(&tw_progress.total, 0);
    stopping = false;
    running = pthread_create(&thread, NULL, run, NULL) == 0;
}

void tw_progress_stop(void)
{
    if (!running)
        return;
    pthread_mutex_lock(&lock);
    stopping = true;
    pthread_cond_signal(&wake);
    pthread_mutex_unlock(&lock);
    pthread_join(thread, NULL);
    running = false;
}

void tw_progress_hide(void)
{
    pthread_mutex_lock(&lock);
    erase();
    pthread_mutex_unlock(&lock);
}
