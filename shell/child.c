/* Programs that read from a pipe: the pager and "!program" stages.
 * Must not know tables. */
#include "shell/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/task.h"
#include "shell/minder.h"

/* All signals are blocked: one that came since the fork ends it here, by the default. */
static void child_main(const char *command, int in, const sigset_t *mask)
{
    static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ};
    struct sigaction action = {.sa_handler = SIG_DFL};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        sigaction(defaults[i], &action, NULL);
    pthread_sigmask(SIG_SETMASK, mask, NULL);
    if (in < 0 && !isatty(STDIN_FILENO))
        in = open("/dev/null", O_RDONLY);
    if (in >= 0)
        dup2(in, STDIN_FILENO);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

int tw_child_start(const char *command, bool with_pipe, struct tw_child *ret, trawl_error *err)
{
    int ends[2] = {-1, -1};
    sigset_t all, mask;
    pid_t pid;

    if (tw_cancelled()) /* there is no program yet to take it */
        return tw_fail_cancelled(err);
    if (with_pipe && pipe2(ends, O_CLOEXEC) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not make a pipe: %s", tw_reason(errno));
    *ret = (struct tw_child){.fd = ends[1]};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    pid = fork();
    if (pid == 0)
        child_main(command, ends[0], &mask);
    if (pid < 0)
        tw_fail(err, TRAWL_E_IO, "could not start a program: %s", tw_reason(errno));
    else
        ret->minder = tw_minder_new(pid); /* its thread takes no signals */
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    ret->pid = pid;
    if (with_pipe)
        close(ends[0]);
    if (pid < 0 && with_pipe)
        close(ends[1]);
    return pid < 0 ? TRAWL_E_IO : TRAWL_OK;
}

int tw_child_wait(struct tw_child *child, int *ret_status, trawl_error *err)
{
    siginfo_t info;
    int status = 0;

    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
    /* Its number stays taken until nobody sends signals to it any more. */
    while (waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
        ;
    tw_minder_free(child->minder);
    child->minder = NULL;
    while (waitpid(child->pid, &status, 0) < 0)
        if (errno != EINTR)
            return tw_fail(err, TRAWL_E_IO, "could not wait for a program: %s", tw_reason(errno));
    *ret_status = status;
    return TRAWL_OK;
}
