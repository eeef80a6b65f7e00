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

static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t is_interactive;
static volatile sig_atomic_t asked_ms,
    told_ms; /* when Ctrl-C was pressed, when the user was told */
static volatile sig_atomic_t is_told;

static sig_atomic_t now_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)((now.tv_sec % 1000000) * 1000 + now.tv_nsec / 1000000);
}

static void end_now(void)
{
    tw_leftovers_remove();
    _exit(TW_EXIT_INTERRUPTED);
}

/* The first Ctrl-C asks. Without a terminal a second one within a second ends the program. At the
 * prompt there is more to lose: a command has to be deaf for a second before the next Ctrl-C tells
 * so, and only one after that ends the program; keys that repeat do not. */
static void on_interrupt(int signal)
{
    static const char deaf[] = "\nthe command does not answer; press Ctrl-C again to leave trawl\n";
    const sig_atomic_t now = now_ms();
    const int error = errno;

    (void)signal;
    if (!tw_cancelled()) {
        asked_ms = now;
        is_told = 0;
    } else if (!is_interactive) {
        if (now - asked_ms <= HURRY_MS)
            end_now();
        asked_ms = now;
    } else if (is_told && now - told_ms > HURRY_MS / 4) {
        end_now();
    } else if (!is_told && now - asked_ms >= HURRY_MS) {
        is_told = 1;
        told_ms = now;
        if (write(STDERR_FILENO, deaf, sizeof(deaf) - 1) < 0)
            end_now(); /* nobody is there to be told */
    }
    atomic_store_explicit(&tw_cancel_flag, true, memory_order_relaxed);
    errno = error;
}

static void on_stop(int signal)
{
    stop_signal = signal;
    atomic_store_explicit(&tw_cancel_flag, true, memory_order_relaxed);
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

int tw_signals_stop(void)
{
    return stop_signal;
}

void tw_signals_clear(void)
{
    if (!stop_signal)
        atomic_store_explicit(&tw_cancel_flag, false, memory_order_relaxed);
}
