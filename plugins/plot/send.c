/* Hands a figure to trawl-plot, a program of its own because PLplot may call exit().
 * Must not know what the figure shows. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plot.h"
#include "target.h"
#include "wire.h"

enum { TICK_MS = 50 };

/* The message under construction, in call memory that doubles. */
struct message {
    trawl_call *call;
    char *data;
    size_t n, capacity;
    int failed;
};

static void put(struct message *m, const void *data, size_t n)
{
    if (m->n + n > m->capacity && !m->failed) {
        const size_t capacity = (m->n + n) * 2 + 4096;
        char *grown = host->call_alloc(m->call, capacity);

        if (!grown) {
            m->failed = 1;
            return;
        }
        if (m->n)
            memcpy(grown, m->data, m->n);
        m->data = grown;
        m->capacity = capacity;
    }
    if (m->failed)
        return;
    memcpy(m->data + m->n, data, n);
    m->n += n;
}

static void put_u32(struct message *m, uint32_t v)
{
    put(m, &v, sizeof(v));
}

static void put_text(struct message *m, const char *text)
{
    const size_t n = text ? strlen(text) : 0, cut = n < WIRE_MAX_TEXT ? n : WIRE_MAX_TEXT - 1;

    put_u32(m, (uint32_t)cut);
    put(m, text ? text : "", cut);
}

static void put_axis(struct message *m, const trawl_axis *axis, double min, double max)
{
    put_u32(m, (uint32_t)axis->kind);
    put(m, &min, sizeof(min));
    put(m, &max, sizeof(max));
    put_text(m, axis->label);
    put_u32(m, (uint32_t)axis->n_categories);
    for (size_t i = 0; i < axis->n_categories; i++)
        put_text(m, axis->categories[i]);
}

static int encode(struct message *m, const struct plot_figure *f, const struct plot_range *range,
                  unsigned width, unsigned height, trawl_error *err)
{
    const int64_t origin = f->time_origin_ns / 1000000000;

    if (f->n_series > WIRE_MAX_SERIES || f->x.n_categories > WIRE_MAX_CATEGORIES)
        return host->fail(err, TRAWL_E_USAGE, "too much for one picture");
    put(m, WIRE_MAGIC, 4);
    put_u32(m, width);
    put_u32(m, height);
    put(m, &origin, sizeof(origin));
    put_text(m, f->title);
    put_axis(m, &f->x, range->x_min, range->x_max);
    put_axis(m, &f->y, range->y_min, range->y_max);
    put_u32(m, range->has_y2 != 0);
    if (range->has_y2)
        put_axis(m, &f->y2, range->y2_min, range->y2_max);
    put_u32(m, f->n_series);
    for (uint32_t i = 0; i < f->n_series; i++) {
        const struct plot_series *s = &f->series[i];
        const uint64_t n = s->n;

        if (n > WIRE_MAX_POINTS)
            return host->fail(err, TRAWL_E_USAGE, "too many points for one picture");
        put_text(m, s->label);
        put_u32(m, (uint32_t)s->style);
        put_u32(m, s->flags);
        put_u32(m, s->mark);
        put_u32(m, s->colour);
        put(m, &s->bar_width, sizeof(s->bar_width));
        put(m, &n, sizeof(n));
        put(m, s->x, s->n * sizeof(double));
        put(m, s->y, s->n * sizeof(double));
        put_u32(m, s->low && s->high);
        if (s->low && s->high) {
            put(m, s->low, s->n * sizeof(double));
            put(m, s->high, s->n * sizeof(double));
        }
    }
    return m->failed ? host->fail(err, TRAWL_E_NOMEM, "out of memory") : TRAWL_OK;
}

/* Feed the program; read what it says on its standard error. What ends the command ends it: it may
 * draw for seconds, and a signal to trawl alone does not reach it. */
static int talk(trawl_call *call, const char *program, const char *const *argv,
                const struct message *m, char *ret_said, size_t n_said, int *ret_status)
{
    extern char **environ;
    posix_spawn_file_actions_t actions;
    int in[2] = {-1, -1}, said[2] = {-1, -1}, rc;
    size_t done = 0, n = 0;
    pid_t pid;

    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(said, O_CLOEXEC) != 0) {
        rc = errno;
        goto out;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, said[1], 2);
    rc = posix_spawn(&pid, program, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(said[1]);
    in[0] = said[1] = -1;
    if (rc != 0)
        goto out;
    /* It reads all before it says anything, or goes away (EPIPE: the shell ignores SIGPIPE). */
    while (done < m->n) {
        ssize_t k = write(in[1], m->data + done, m->n - done);

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        done += (size_t)k;
    }
    close(in[1]);
    in[1] = -1;
    for (;;) {
        struct pollfd wait = {.fd = said[0], .events = POLLIN};
        char rest[256];
        ssize_t k;

        if (poll(&wait, 1, TICK_MS) <= 0) {
            if (host->cancelled(call))
                (void)kill(pid, SIGKILL);
            continue;
        }
        k = n + 1 < n_said ? read(said[0], ret_said + n, n_said - 1 - n)
                           : read(said[0], rest, sizeof(rest));

        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        if (n + 1 < n_said)
            n += (size_t)k;
    }
    ret_said[n] = '\0';
    ret_said[strcspn(ret_said, "\n")] = '\0';
    while (waitpid(pid, ret_status, 0) < 0 && errno == EINTR)
        ;

out:
    for (int i = 0; i < 2; i++) {
        if (in[i] >= 0)
            close(in[i]);
        if (said[i] >= 0)
            close(said[i]);
    }
    return rc;
}

static const char *device_of(const char *path)
{
    static const char *const devices[][2] = {
        {".png", "pngcairo"}, {".svg", "svgcairo"}, {".pdf", "pdfcairo"}};
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending && i < sizeof(devices) / sizeof(devices[0]); i++) {
        if (strcmp(ending, devices[i][0]) == 0)
            return devices[i][1];
    }
    return NULL;
}

int plot_file(trawl_call *call, const struct plot_figure *figure, const struct plot_range *range,
              const char *path, unsigned width, unsigned height, trawl_error *err)
{
    const char *device = device_of(path), *program;
    struct message m = {.call = call};
    struct target target;
    char said[256] = "";
    int status = 0, rc;

    if (!device) {
        host->fail(err, TRAWL_E_USAGE, "cannot draw '%s': not a kind of picture", path);
        host->hint(err, "End the name in .png, .svg, .pdf, .xpl or .csv.");
        return TRAWL_E_USAGE;
    }
    rc = encode(&m, figure, range, width, height, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = target_open(call, path, &target, err);
    if (rc != TRAWL_OK)
        return rc;
    program = plot_text(call, "%s/trawl-plot", host->libexec());
    rc = talk(call, program, (const char *const[]){"trawl-plot", device, target.temporary, NULL},
              &m, said, sizeof(said), &status);
    if (rc == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return target_keep(&target, err);
    target_drop(&target);
    if (rc == ENOENT) {
        host->fail(err, TRAWL_E_UNSUPPORTED, "cannot draw '%s': '%s' is not there", path, program);
        host->hint(err, "Build trawl with PLplot for pictures in files.");
        return TRAWL_E_UNSUPPORTED;
    }
    if (rc != 0)
        return host->fail(err, TRAWL_E_IO, "could not start '%s': %s", program, host->reason(rc));
    if (host->cancelled(call)) /* the terminal's Ctrl-C is for both programs */
        return host->fail(err, TRAWL_E_CANCELLED, "cancelled");
    return host->fail(err, TRAWL_E_IO, "could not draw '%s': %s", path,
                      *said ? said : "the drawing program ended early");
}
