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

static void child_main(const char *command, int in)
{
    static const int defaults[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT, SIGXFSZ};
    struct sigaction action = {.sa_handler = SIG_DFL};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        sigaction(defaults[i], &action, NULL);
    if (tw_cancelled()) /* Ctrl-C between the fork and here, which trawl's handler took */
        raise(SIGINT);
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
    pid_t pid;

    if (with_pipe && pipe2(ends, O_CLOEXEC) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not make a pipe: %s", strerror(errno));
    pid = fork();
    if (pid < 0) {
        tw_fail(err, TRAWL_E_IO, "could not start a program: %s", strerror(errno));
        if (with_pipe) {
            close(ends[0]);
            close(ends[1]);
        }
        return TRAWL_E_IO;
    }
    if (pid == 0)
        child_main(command, ends[0]);
    if (tw_cancelled()) /* Ctrl-C before there was a program to take it */
        kill(pid, SIGINT);
    if (with_pipe)
        close(ends[0]);
    *ret = (struct tw_child){.pid = pid, .fd = ends[1]};
    return TRAWL_OK;
}

int tw_child_wait(struct tw_child *child, int *ret_status, trawl_error *err)
{
    int status = 0;

    if (child->fd >= 0)
        close(child->fd);
    child->fd = -1;
    while (waitpid(child->pid, &status, 0) < 0)
        if (errno != EINTR)
            return tw_fail(err, TRAWL_E_IO, "could not wait for a program: %s", strerror(errno));
    *ret_status = status;
    return TRAWL_OK;
}
