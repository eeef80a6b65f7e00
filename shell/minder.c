/* Signals for a program that trawl waits for: a Ctrl-C that it missed, and what ends trawl.
 * Must not know what it is for.
 *
 * The terminal sends Ctrl-C to all of its foreground group, so the program has it too. But dash
 * (0.5.12) forgets one that comes between its vfork() and the exec of a command, and waits for that
 * command then, which never heard of it. A process whose action is the default and which is there a
 * while after Ctrl-C did not get it; one that catches it does with it what it likes. */
#include "shell/minder.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/base/memory.h"
#include "core/base/now.h"
#include "core/base/task.h"
#include "shell/shell.h"

enum {
    TICK_MS = 50,
    EARLY_MS = 1000, /* a program this young may have missed a Ctrl-C */
    GRACE_MS = 2000, /* to end after SIGTERM */
    MAX_TREE = 64,
};

struct tw_minder {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool has_ended, has_sent;
    pid_t pid;
    int64_t start_ms, asked_ms, ending_ms; /* 0: not yet */
    int n_asked;
};

/* A program and those it started, parents first. */
struct tree {
    pid_t pids[MAX_TREE];
    bool is_leaf[MAX_TREE];
    size_t n;
};

static int64_t now_ms(void)
{
    return tw_now_ns(CLOCK_MONOTONIC) / 1000000;
}

static void find_tree(pid_t pid, struct tree *t)
{
    t->n = 0;
    t->pids[t->n++] = pid;
    for (size_t i = 0; i < t->n; i++) {
        char path[64];
        int child;
        FILE *f;

        t->is_leaf[i] = true;
        snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)t->pids[i], (int)t->pids[i]);
        f = fopen(path, "re");
        while (f && t->n < MAX_TREE && fscanf(f, "%d", &child) == 1) {
            t->is_leaf[i] = false;
            t->pids[t->n++] = child;
        }
        if (f)
            fclose(f);
    }
}

static void send_all(const struct tree *t, int signal)
{
    for (size_t i = 0; i < t->n; i++)
        kill(t->pids[i], signal);
}

/* What a process does about SIGINT; not known: neither, it may catch it. */
static void action_of(pid_t pid, bool *ret_ignores, bool *ret_dies)
{
    const uint64_t bit = UINT64_C(1) << (SIGINT - 1);
    uint64_t blocked = 0, ignored = 0, caught = bit;
    bool is_zombie = false;
    char path[64], line[256];
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof(line), f)) {
        if (strncmp(line, "State:\tZ", 8) == 0)
            is_zombie = true;
        else if (strncmp(line, "SigBlk:", 7) == 0)
            blocked = strtoull(line + 7, NULL, 16);
        else if (strncmp(line, "SigIgn:", 7) == 0)
            ignored = strtoull(line + 7, NULL, 16);
        else if (strncmp(line, "SigCgt:", 7) == 0)
            caught = strtoull(line + 7, NULL, 16);
    }
    if (f)
        fclose(f);
    *ret_ignores = !is_zombie && (ignored & bit);
    *ret_dies = !is_zombie && !((blocked | ignored | caught) & bit);
}

static void look(struct tw_minder *m)
{
    const int64_t now = now_ms();
    const bool is_early = !m->has_sent && m->asked_ms - m->start_ms < EARLY_MS &&
                          now - m->asked_ms < EARLY_MS;
    bool any_ignores = false, is_second;
    struct tree t;

    if (m->ending_ms && now - m->ending_ms < GRACE_MS)
        return;
    if (!m->ending_ms && !tw_cancelled())
        return;
    find_tree(m->pid, &t);
    if (m->ending_ms) {
        send_all(&t, SIGKILL);
        return;
    }
    if (tw_signals_stop()) {
        m->ending_ms = now;
        send_all(&t, tw_signals_stop());
        return;
    }
    if (!m->asked_ms) { /* it may be ending just now */
        m->asked_ms = now;
        m->n_asked = tw_signals_interrupts();
        return;
    }
    is_second = tw_signals_interrupts() != m->n_asked;
    m->n_asked = tw_signals_interrupts();
    for (size_t i = 0; i < t.n; i++) {
        bool ignores, dies;

        if (!t.is_leaf[i])
            continue;
        action_of(t.pids[i], &ignores, &dies);
        any_ignores |= ignores;
        if (dies && (is_second || is_early))
            m->has_sent = kill(t.pids[i], SIGINT) == 0;
    }
    if (is_second && any_ignores) {
        m->ending_ms = now;
        send_all(&t, SIGTERM);
    }
}

static void *mind(void *context)
{
    struct tw_minder *m = context;

    pthread_mutex_lock(&m->lock);
    while (!m->has_ended) {
        struct timespec until;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_MS * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&m->wake, &m->lock, &until);
        if (!m->has_ended)
            look(m);
    }
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

struct tw_minder *tw_minder_new(pid_t pid)
{
    struct tw_minder *m = tw_alloc(sizeof(*m));

    if (!m)
        return NULL;
    *m = (struct tw_minder){.pid = pid, .start_ms = now_ms()};
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->wake, NULL);
    if (pthread_create(&m->thread, NULL, mind, m) != 0) {
        pthread_cond_destroy(&m->wake);
        pthread_mutex_destroy(&m->lock);
        tw_free(m);
        return NULL;
    }
    tw_signals_program(true);
    return m;
}

void tw_minder_free(struct tw_minder *m)
{
    if (!m)
        return;
    tw_signals_program(false);
    pthread_mutex_lock(&m->lock);
    m->has_ended = true;
    pthread_cond_signal(&m->wake);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->wake);
    pthread_mutex_destroy(&m->lock);
    tw_free(m);
}
