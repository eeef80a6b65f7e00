/* The terminal in the hands of a plugin's screen: its thread, its jobs, and the way back.
 * Must not know what is drawn. */
#include "shell/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "core/base/escape.h"
#include "core/base/now.h"
#include "core/base/task.h"
#include "shell/output.h"
#include "shell/progress.h"

enum { N_JOBS = 32, N_LOGGED = 16, NO_JOB = -1 };

/* One screen, from host->screen() to its end. The mutex guards what follows it. */
struct screen {
    trawl_screen face; /* first: what the plugin holds is a pointer to it */
    const trawl_screen_def *def;
    trawl_call *call;
    struct tw_shell *shell;
    int pipe[2]; /* a byte wakes wait() */
    pthread_t thread;
    tw_error run_error;
    int run_result;
    unsigned columns, rows; /* as last told, as is the next; the screen's thread alone */
    int n_interrupts, n_continues, n_suspends;

    pthread_mutex_t lock;
    pthread_cond_t asked;
    bool over;
    uint32_t pending, done, failed;
    int running;
    int64_t since_ns;
    char message[256];
    struct {
        int level;
        char *text;
    } logged[N_LOGGED];
    size_t n_logged;
};

/* ---- the way back, for handlers too ---- */

static struct termios saved;
static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGQUIT};
static struct sigaction old_actions[TW_COUNT(crashes)];

/* What full-screen programs set, back as it was: pen, keypad, cursor, mouse, the other screen. */
static void put_right(void)
{
    static const char sane[] = "\x1b[0m\x1b[?1l\x1b>\x1b[?25h\x1b[?1000l\x1b[?2004l\x1b[?1049l\r";

    if (write(STDOUT_FILENO, sane, sizeof(sane) - 1) < 0) {
        /* the terminal is gone, and its state with it */
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &saved);
}

static void on_crash(int signal)
{
    put_right();
    for (size_t i = 0; i < TW_COUNT(crashes); i++) {
        if (crashes[i] == signal)
            sigaction(signal, &old_actions[i], NULL);
    }
    raise(signal);
}

static void watch_crashes(bool on)
{
    struct sigaction action = {.sa_handler = on_crash};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < TW_COUNT(crashes); i++)
        sigaction(crashes[i], on ? &action : &old_actions[i], on ? &old_actions[i] : NULL);
    tw_signals_at_end(on ? put_right : NULL);
}

/* ---- what the screen's thread calls ---- */

static void wake(const struct screen *s)
{
    const char byte = 0;

    if (write(s->pipe[1], &byte, 1) < 0) {
        /* the pipe is full: whoever reads it is going to look anyway */
    }
}

static void set_cancel(bool on)
{
    atomic_store_explicit(&tw_cancel_flag, on, memory_order_relaxed);
}

static void screen_ask(trawl_screen *face, uint32_t i_job)
{
    struct screen *s = (struct screen *)face;

    if (i_job >= N_JOBS)
        return;
    pthread_mutex_lock(&s->lock);
    s->pending |= 1u << i_job;
    if (s->running >= (int)i_job) {
        s->pending |= 1u << s->running;
        tw_signals_asked();
        set_cancel(true);
    }
    pthread_cond_signal(&s->asked);
    pthread_mutex_unlock(&s->lock);
}

static void screen_cancel(trawl_screen *face)
{
    struct screen *s = (struct screen *)face;

    pthread_mutex_lock(&s->lock);
    s->pending = 0;
    if (s->running != NO_JOB) {
        tw_signals_asked();
        set_cancel(true);
    }
    pthread_mutex_unlock(&s->lock);
}

static void screen_suspend(trawl_screen *face)
{
    struct screen *s = (struct screen *)face;

    tcsetattr(s->face.in, TCSADRAIN, &saved);
    tw_signals_suspend();
}

/* Empty the pipe; nothing in it says more than "look". */
static void drain(const struct screen *s)
{
    char bytes[64];

    while (read(s->pipe[0], bytes, sizeof(bytes)) > 0)
        continue;
}

static uint32_t look_at_size(struct screen *s)
{
    struct winsize size = {0};
    unsigned columns = 80, rows = 24;

    if (ioctl(s->face.out, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row) {
        columns = size.ws_col;
        rows = size.ws_row;
    }
    if (columns == s->columns && rows == s->rows)
        return 0;
    s->columns = columns;
    s->rows = rows;
    return TRAWL_SCREEN_RESIZED;
}

/* What the shell's thread and the handlers left. */
static uint32_t collect(struct screen *s, trawl_screen_state *full)
{
    uint32_t events = 0;

    pthread_mutex_lock(&s->lock);
    full->done = s->done;
    full->failed = s->failed;
    full->busy = s->pending | (s->running == NO_JOB ? 0 : 1u << s->running);
    if (s->running != NO_JOB) {
        full->seconds = (double)(tw_now_ns(CLOCK_MONOTONIC) - s->since_ns) / 1e9;
        if (atomic_load_explicit(&tw_progress.what, memory_order_relaxed))
            full->total = atomic_load_explicit(&tw_progress.total, memory_order_relaxed);
        full->progress = atomic_load_explicit(&tw_progress.done, memory_order_relaxed);
        full->progress = TW_MIN(full->progress, full->total);
    } else if (tw_cancelled() && !tw_signals_stop()) {
        set_cancel(false); /* Ctrl-C while nothing runs is a key like any other */
    }
    if (s->done)
        events |= TRAWL_SCREEN_DONE;
    s->done = 0;
    memcpy(full->message, s->message, sizeof(full->message));
    pthread_mutex_unlock(&s->lock);
    return events;
}

static void screen_wait(trawl_screen *face, int milliseconds, trawl_screen_state *ret)
{
    struct screen *s = (struct screen *)face;
    struct pollfd ready[2] = {{.fd = face->in, .events = POLLIN},
                              {.fd = s->pipe[0], .events = POLLIN}};
    const uint32_t size = ret->size;
    trawl_screen_state full = {.size = size};

    if (poll(ready, 2, milliseconds) < 0)
        ready[0].revents = ready[1].revents = 0; /* a signal: its handler wrote to the pipe */
    drain(s);
    full.events = collect(s, &full) | look_at_size(s);
    if (s->n_interrupts != tw_signals_interrupts())
        full.events |= TRAWL_SCREEN_INTERRUPT;
    s->n_interrupts = tw_signals_interrupts();
    if (s->n_continues != tw_signals_continues())
        full.events |= TRAWL_SCREEN_CONTINUED;
    s->n_continues = tw_signals_continues();
    if (s->n_suspends != tw_signals_suspends())
        full.events |= TRAWL_SCREEN_SUSPEND;
    s->n_suspends = tw_signals_suspends();
    if (ready[0].revents & POLLIN)
        full.events |= TRAWL_SCREEN_KEY;
    if (tw_signals_stop() || ready[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        full.events |= TRAWL_SCREEN_STOP;
    full.columns = s->columns;
    full.rows = s->rows;
    memcpy(ret, &full, TW_MIN((size_t)size, sizeof(full)));
}

static void *run_screen(void *context)
{
    struct screen *s = context;
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

    if (utf8)
        uselocale(utf8);
    s->run_result = s->def->run(&s->face, s->def->context, &s->run_error);
    uselocale(LC_GLOBAL_LOCALE);
    if (utf8)
        freelocale(utf8);
    pthread_mutex_lock(&s->lock);
    s->over = true;
    if (s->running != NO_JOB)
        set_cancel(true);
    pthread_cond_signal(&s->asked);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- the shell's thread ---- */

static void set_message(struct screen *s, const char *text, const char *hint)
{
    struct tw_buffer line = TW_BUFFER_INIT;
    size_t n;

    tw_escape_keep_backslash(&line, text, strlen(text));
    if (hint[0]) {
        tw_buffer_puts(&line, ": ");
        tw_escape_keep_backslash(&line, hint, strlen(hint));
    }
    n = line.failed ? 0 : TW_MIN(line.len, sizeof(s->message) - 1);
    while (n && n < line.len && ((unsigned char)line.data[n] & 0xc0) == 0x80)
        n--;
    if (n)
        memcpy(s->message, line.data, n);
    s->message[n] = 0;
    tw_buffer_fini(&line);
}

/* A warning while the screen is on: shown there, and printed when it is over. */
static void log_message(int level, const char *message, void *context)
{
    struct screen *s = context;

    if (level > 2)
        return;
    pthread_mutex_lock(&s->lock);
    set_message(s, message, "");
    if (s->n_logged < N_LOGGED) {
        s->logged[s->n_logged].level = level;
        s->logged[s->n_logged].text = tw_strdup(message);
        s->n_logged += s->logged[s->n_logged].text != NULL;
    }
    pthread_mutex_unlock(&s->lock);
    wake(s);
}

static void serve(struct screen *s)
{
    pthread_mutex_lock(&s->lock);
    while (!s->over) {
        tw_error err = TW_ERROR_INIT;
        uint32_t bit;
        int rc;

        if (!s->pending || tw_signals_stop() || !s->def->serve) {
            s->pending = 0;
            pthread_cond_wait(&s->asked, &s->lock);
            continue;
        }
        s->running = __builtin_ctz(s->pending);
        bit = 1u << s->running;
        s->pending &= ~bit;
        s->since_ns = tw_now_ns(CLOCK_MONOTONIC);
        atomic_store(&tw_progress.done, 0);
        atomic_store(&tw_progress.total, 0);
        set_cancel(false);
        pthread_mutex_unlock(&s->lock);
        rc = s->def->serve(s->call, s->def->context, (uint32_t)s->running, &err);
        pthread_mutex_lock(&s->lock);
        s->running = NO_JOB;
        if (tw_signals_stop() == 0)
            set_cancel(false);
        s->done |= bit;
        s->failed = rc == TRAWL_OK || rc == TRAWL_E_CANCELLED ? s->failed & ~bit : s->failed | bit;
        if (rc != TRAWL_OK && rc != TRAWL_E_CANCELLED)
            set_message(s, err.code ? err.message : "it failed without saying why", err.hint);
        else if (rc == TRAWL_OK && !s->n_logged)
            s->message[0] = 0;
        wake(s);
    }
    pthread_mutex_unlock(&s->lock);
}

static int open_pipe(struct screen *s, trawl_error *err)
{
    if (pipe2(s->pipe, O_CLOEXEC | O_NONBLOCK) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not start the screen: %s", tw_reason(errno));
    return TRAWL_OK;
}

/* Keys as the screen wants them before it says so itself: Ctrl-Z would leave it half drawn. */
static int take_terminal(trawl_error *err)
{
    struct termios mine;

    if (tcgetattr(STDIN_FILENO, &saved) != 0)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "could not use the terminal: %s",
                       tw_reason(errno));
    mine = saved;
    mine.c_cc[VSUSP] = _POSIX_VDISABLE;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &mine);
    return TRAWL_OK;
}

static void replay(struct screen *s)
{
    for (size_t i = 0; i < s->n_logged; i++) {
        tw_shell_log(s->logged[i].level, s->logged[i].text, s->shell);
        tw_free(s->logged[i].text);
    }
}

static int run(struct screen *s, trawl_error *err)
{
    int rc = pthread_create(&s->thread, NULL, run_screen, s);

    if (rc != 0)
        return tw_fail(err, TRAWL_E_IO, "could not start the screen: %s", tw_reason(rc));
    serve(s);
    pthread_join(s->thread, NULL);
    if (s->run_result == TRAWL_OK)
        return TRAWL_OK;
    put_right();
    if (s->run_error.code == TRAWL_OK)
        return tw_fail(err, TRAWL_E_PLUGIN, "the screen failed without saying why");
    tw_fail(err, s->run_error.code, "%s", s->run_error.message);
    if (s->run_error.hint[0])
        tw_error_hint(err, "%s", s->run_error.hint);
    return s->run_error.code;
}

int tw_shell_screen(struct tw_shell *shell, trawl_call *call, const trawl_screen_def *def,
                    trawl_error *err)
{
    static bool is_on; /* of the one terminal that there is */
    struct screen s = {.face = {.size = sizeof(s.face),
                                .color = tw_color_on(&shell->settings, STDOUT_FILENO),
                                .in = STDIN_FILENO,
                                .out = STDOUT_FILENO,
                                .wait = screen_wait,
                                .ask = screen_ask,
                                .cancel = screen_cancel,
                                .suspend = screen_suspend},
                       .def = def,
                       .call = call,
                       .shell = shell,
                       .running = NO_JOB,
                       .n_interrupts = tw_signals_interrupts(),
                       .n_continues = tw_signals_continues(),
                       .n_suspends = tw_signals_suspends(),
                       .lock = PTHREAD_MUTEX_INITIALIZER,
                       .asked = PTHREAD_COND_INITIALIZER};
    int rc;

    if (is_on)
        return tw_fail(err, TRAWL_E_USAGE, "another screen has the terminal");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "this draws on the terminal, and %s is none",
                       isatty(STDIN_FILENO) ? "stdout" : "stdin");
    rc = open_pipe(&s, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_progress_stop();
    rc = take_terminal(err);
    if (rc == TRAWL_OK) {
        is_on = true;
        watch_crashes(true);
        tw_log_set_sink(log_message, &s);
        tw_signals_wake(s.pipe[1]);
        rc = run(&s, err);
        tw_signals_wake(-1);
        tw_log_set_sink(tw_shell_log, shell);
        watch_crashes(false);
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
        is_on = false;
        replay(&s);
        if (!tw_signals_stop())
            set_cancel(false);
    }
    close(s.pipe[0]);
    close(s.pipe[1]);
    return rc;
}
