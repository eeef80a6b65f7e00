/* Files that are there whole or not at all, and their paths in the primary selection.
 * Must not know what is written into them. */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"

int target_open(trawl_call *call, const char *path, struct target *ret, trawl_error *err)
{
    char real[PATH_MAX];
    struct stat old;

    /* What is there is replaced, so it must be a file that may be written. */
    if (stat(path, &old) == 0 && (!S_ISREG(old.st_mode) || access(path, W_OK) != 0))
        return host->fail(err, TRAWL_E_IO, "could not write '%s': %s", path,
                          S_ISREG(old.st_mode) ? host->reason(errno) : "it is no plain file");
    ret->path = plot_text(call, "%s", realpath(path, real) ? real : path);
    ret->temporary = plot_text(call, "%s.%ld.part", ret->path, (long)getpid());
    ret->leftover = host->leftover(ret->temporary);
    return TRAWL_OK;
}

int target_keep(const struct target *t, trawl_error *err)
{
    int rc = TRAWL_OK;

    if (rename(t->temporary, t->path) != 0)
        rc = host->fail(err, TRAWL_E_IO, "could not write '%s': %s", t->path, host->reason(errno));
    target_drop(t);
    return rc;
}

void target_drop(const struct target *t)
{
    (void)unlink(t->temporary);
    host->leftover_done(t->leftover);
}

/* ---- the primary selection ---- */

static const char *const tools[][4] = {{"wl-copy", "--primary"},
                                       {"xclip", "-selection", "primary", "-in"},
                                       {"xsel", "--primary", "--input"}};

static int is_in_path(const char *program)
{
    const char *path = getenv("PATH");

    while (path && *path) {
        const size_t n = strcspn(path, ":");
        char file[PATH_MAX];

        if (n &&
            snprintf(file, sizeof(file), "%.*s/%s", (int)n, path, program) < (int)sizeof(file) &&
            access(file, X_OK) == 0)
            return 1;
        path += n + (path[n] == ':');
    }
    return 0;
}

int primary_find(const char *output, size_t *ret, trawl_error *err)
{
    const char *wayland = getenv("WAYLAND_DISPLAY"), *x11 = getenv("DISPLAY");
    const int has_wayland = wayland && *wayland, has_x11 = x11 && *x11;

    if (!output) {
        host->fail(err, TRAWL_E_USAGE, "'--primary' copies the path of a file, and none is drawn");
        host->hint(err, "Draw into a file: -o FILE.png.");
        return TRAWL_E_USAGE;
    }
    if (!has_wayland && !has_x11)
        return host->fail(err, TRAWL_E_UNSUPPORTED,
                          "there is no display whose primary selection could take the path");
    for (size_t i = 0; i < TRAWL_COUNT(tools); i++) {
        if ((i == 0 ? has_wayland : has_x11) && is_in_path(tools[i][0])) {
            *ret = i;
            return TRAWL_OK;
        }
    }
    host->fail(err, TRAWL_E_UNSUPPORTED,
               "no program is there that copies to the primary selection");
    host->hint(err, has_wayland ? "Install wl-copy (wl-clipboard)." : "Install xclip or xsel.");
    return TRAWL_E_UNSUPPORTED;
}

int primary_copy(size_t i_tool, const char *path, trawl_error *err)
{
    extern char **environ;
    const char *argv[6] = {NULL};
    posix_spawn_file_actions_t actions;
    char real[PATH_MAX];
    const char *text = realpath(path, real) ? real : path;
    int in[2], status = 0, rc;
    pid_t pid;

    for (size_t i = 0; i < 4; i++)
        argv[i] = tools[i_tool][i];
    if (pipe2(in, O_CLOEXEC) != 0)
        return host->fail(err, TRAWL_E_IO, "could not start '%s': %s", argv[0],
                          host->reason(errno));
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    /* It stays behind to answer who pastes: it must hold none of our files. */
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    rc = posix_spawnp(&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    if (rc == 0) {
        size_t done = 0;
        ssize_t k;

        while (done < strlen(text) && (k = write(in[1], text + done, strlen(text) - done)) > 0)
            done += (size_t)k;
    }
    close(in[1]);
    if (rc != 0)
        return host->fail(err, TRAWL_E_IO, "could not start '%s': %s", argv[0], host->reason(rc));
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return host->fail(err, TRAWL_E_IO, "'%s' could not copy the path", argv[0]);
    return TRAWL_OK;
}
