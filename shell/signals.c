/* Signals: handlers that set flags and nothing else. Must not know what runs. */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "core/base/leftover.h"
#include "core/base/task.h"
#include "shell/shell.h"

enum { HURRY_MS = 1000 };

/* Atomic, for the kernel hands a signal to any thread; without locks, as a handler needs it. */
static atomic_int stop_signal;
static atomic_bool is_interactive;
static atomic_int asked_ms, told_ms; /* when Ctrl-C was pressed, when the user was told */
static atomic_bool is_told;
static atomic_bool has_program;
static atomic_int wake_fd = -1;
static atomic_int n_interrupts, n_continues, n_suspends;
static void (*_Atomic at_end)(void);
_Static_assert(ATOMIC_INT_LOCK_FREE == 2 && ATOMIC_BOOL_LOCK_FREE == 2 &&
                   ATOMIC_POINTER_LOCK_FREE == 2,
               "signal handlers take no locks");

static int now_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int)((now.tv_sec % 1000000) * 1000 + now.tv_nsec / 1000000);
}

static void end_now(void)
{
    if (at_end)
        at_end();
    tw_leftovers_remove();
    _exit(TW_EXIT_INTERRUPTED);
}

static void wake(void)
{
    const char byte = 0;

    if (wake_fd >= 0 && write(wake_fd, &byte, 1) < 0) {
        /* the pipe is full: whoever reads it is going to look anyway */
    }
}

/* The first Ctrl-C asks. Without a terminal a second one within a second ends the program. At the
 * prompt, and while a screen is on, there is more to lose: a command has to be deaf for a second
 * before the next Ctrl-C tells so, and only one after that ends the program; keys that repeat do
 * not. While a program runs Ctrl-C is that program's, and it may be pressed often. */
static void on_interrupt(int signal)
{
    static const char deaf[] = "\nthe command does not answer; press Ctrl-C again to leave trawl\n";
    const int now = now_ms();
    const int error = errno;

    (void)signal;
    n_interrupts = (n_interrupts + 1) & 0xffff;
    if (!tw_cancelled() || has_program) {
        asked_ms = now;
        is_told = 0;
    } else if (!is_interactive && wake_fd < 0) {
        if (now - asked_ms <= HURRY_MS)
            end_now();
        asked_ms = now;
    } else if (is_told && now - told_ms > HURRY_MS / 4) {
        end_now();
    } else if (!is_told && now - asked_ms >= HURRY_MS) {
        is_told = 1;
        told_ms = now;
        if (wake_fd < 0 && write(STDERR_FILENO, deaf, sizeof(deaf) - 1) < 0)
            end_now(); /* nobody is there to be told */
    }
    atomic_store_explicit(&tw_cancel_flag, true, memory_order_relaxed);
    wake();
    errno = error;
}

static void on_stop(int signal)
{
    const int error = errno;

    stop_signal = signal;
    atomic_store_explicit(&tw_cancel_flag, true, memory_order_relaxed);
    wake();
    errno = error;
}

static void on_resize(int signal)
{
    const int error = errno;

    (void)signal;
    wake();
    errno = error;
}

static void on_continue(int signal)
{
    const int error = errno;

    (void)signal;
    n_continues = (n_continues + 1) & 0xffff;
    wake();
    errno = error;
}

/* The screen has to put the terminal right before the program stops. */
static void on_suspend(int signal)
{
    const int error = errno;

    (void)signal;
    n_suspends = (n_suspends + 1) & 0xffff;
    wake();
    errno = error;
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler}; /* no SA_RESTART: the prompt has to wake */

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

void tw_signals_init(bool interactive)
{
    is_interactive = interactive;
    handle(SIGINT, on_interrupt);
    handle(SIGTERM, on_stop);
    handle(SIGHUP, on_stop);
    handle(SIGPIPE, SIG_IGN);
    handle(SIGXFSZ, SIG_IGN); /* past a limit on file sizes: an error, as on a full disk */
}

void tw_signals_wake(int fd)
{
    static struct sigaction resize, suspend, proceed; /* the line editor's */

    if (fd >= 0) {
        wake_fd = fd;
        sigaction(SIGWINCH, NULL, &resize);
        sigaction(SIGTSTP, NULL, &suspend);
        sigaction(SIGCONT, NULL, &proceed);
        handle(SIGCONT, on_continue);
        handle(SIGWINCH, on_resize);
        handle(SIGTSTP, on_suspend);
    } else if (wake_fd >= 0) {
        sigaction(SIGWINCH, &resize, NULL);
        sigaction(SIGTSTP, &suspend, NULL);
        sigaction(SIGCONT, &proceed, NULL);
        wake_fd = -1;
    }
}

/* All programs of the job, as the terminal has it; where nobody could continue it, nothing. */
void tw_signals_suspend(void)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    const int before = n_continues;

    handle(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP);
    for (int i = 0; i < 10 && n_continues == before; i++)
        nanosleep(&pause, NULL); /* another thread may have got it: it stops them all, but later */
    handle(SIGTSTP, on_suspend);
}

int tw_signals_suspends(void)
{
    return n_suspends;
}

int tw_signals_continues(void)
{
    return n_continues;
}

int tw_signals_interrupts(void)
{
    return n_interrupts;
}

void tw_signals_program(bool on)
{
    has_program = on;
}

void tw_signals_asked(void)
{
    asked_ms = now_ms();
    is_told = 0;
}

void tw_signals_at_end(void (*put_right)(void))
{
    at_end = put_right;
}

int tw_signals_stop(void)
{
    return stop_signal;
}

void tw_signals_clear(void)
{
    if (!stop_signal)
        atomic_store_explicit(&tw_cancel_flag, false, memory_order_relaxed);
}
