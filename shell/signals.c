/* Signals: handlers that set flags and nothing else. Must not know what runs. */
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include "core/base/task.h"
#include "shell/shell.h"

static volatile sig_atomic_t stop_signal;
static volatile sig_atomic_t is_interactive;
static volatile sig_atomic_t last_interrupt; /* seconds, as far as they fit */

static void on_interrupt(int signal)
{
    struct timespec now = {0};

    (void)signal;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!is_interactive && tw_cancelled() && (sig_atomic_t)now.tv_sec - last_interrupt <= 1)
        _exit(TW_EXIT_INTERRUPTED);
    last_interrupt = (sig_atomic_t)now.tv_sec;
    atomic_store_explicit(&tw_cancel_flag, true, memory_order_relaxed);
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
