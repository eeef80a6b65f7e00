/* What a problem came to, as JSON, and files that are whole or not there. Must not know how it was
 * solved. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../numerics.h"

/* ---- files ---- */

int fresh_fail(const struct fresh *f, trawl_error *err)
{
    return host->fail(err, TRAWL_E_IO, "could not write '%s': %s", f->file, host->reason(errno));
}

int fresh_open(struct fresh *ret, const char *file, trawl_error *err)
{
    const char *slash;
    struct stat st;

    *ret = (struct fresh){.file = file, .fd = -1};
    if (!realpath(file, ret->target)) /* links stay links */
        (void)snprintf(ret->target, sizeof(ret->target), "%s", file);
    if (stat(file, &st) == 0 && !S_ISREG(st.st_mode)) { /* a device, a pipe */
        (void)snprintf(ret->path, sizeof(ret->path), "%s", ret->target);
        ret->fd = open(ret->path, O_WRONLY | O_CLOEXEC);
        return ret->fd >= 0 ? TRAWL_OK : fresh_fail(ret, err);
    }
    slash = strrchr(ret->target, '/');
    for (unsigned i = 0; ret->fd < 0 && i < 100; i++) {
        const int n = snprintf(ret->path, sizeof(ret->path), "%.*s.trawl-%ld-%u",
                               slash ? (int)(slash - ret->target + 1) : 0, ret->target,
                               (long)getpid(), i);

        if (n < 0 || (size_t)n >= sizeof(ret->path))
            return host->fail(err, TRAWL_E_IO, "'%s' is too long a path", file);
        ret->fd = open(ret->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (ret->fd < 0 && errno != EEXIST)
            break;
    }
    if (ret->fd < 0)
        return fresh_fail(ret, err);
    ret->is_beside = 1;
    ret->leftover = host->leftover(ret->path);
    return TRAWL_OK;
}

int fresh_close(struct fresh *f, int rc, trawl_error *err)
{
    if (f->fd < 0)
        return rc;
    if (rc == TRAWL_OK && f->is_beside && fsync(f->fd) != 0)
        rc = fresh_fail(f, err);
    if (close(f->fd) != 0 && rc == TRAWL_OK)
        rc = fresh_fail(f, err);
    f->fd = -1;
    if (rc == TRAWL_OK && f->is_beside && rename(f->path, f->target) != 0)
        rc = fresh_fail(f, err);
    if (rc != TRAWL_OK && f->is_beside)
        (void)unlink(f->path);
    if (f->is_beside)
        host->leftover_done(f->leftover);
    return rc;
}

/* ---- the result ---- */

/* What the file can hold: JSON has no NaN. */
static json_t *number(double x)
{
    return isfinite(x)
               ? x == floor(x) && fabs(x) < 9e15 ? json_integer((json_int_t)x) : json_real(x)
               : json_null();
}

static json_t *json_of(const struct simulation *sim, const struct solution *solution)
{
    json_t *root = json_object(), *subflows = json_array(), *units = json_object();
    struct outcome o;

    outcome_of(sim, solution->cwnds, &o);
    (void)json_object_set_new(root, "topology", json_string(sim->topology->name));
    (void)json_object_set_new(root, "status", json_string(solution->status));
    (void)json_object_set_new(root, "duration", number((double)sim->duration_ns / 1e6));
    (void)json_object_set_new(root, "throughput", number(o.throughput));
    (void)json_object_set_new(root, "rcv_next", number(o.rcv_next));
    (void)json_object_set_new(root, "rcv_buffer", number(solution->rcv_buffer));
    (void)json_object_set_new(root, "objective", number(solution->objective));
    for (size_t i = 0; i < sim->topology->n; i++) {
        json_t *sf = json_object();
        const double rx = (double)sim->received[i] * solution->cwnds[i] *
                          sim->topology->paths[i].mss;

        (void)json_object_set_new(sf, "name", json_string(sim->topology->paths[i].name));
        (void)json_object_set_new(sf, "cwnd", number(solution->cwnds[i]));
        (void)json_object_set_new(sf, "rx_bytes", number(rx));
        (void)json_object_set_new(sf, "contribution", number(o.total > 0 ? rx / o.total : NAN));
        (void)json_array_append_new(subflows, sf);
    }
    (void)json_object_set_new(root, "subflows", subflows);
    (void)json_object_set_new(units, "duration", json_string("ms"));
    (void)json_object_set_new(units, "throughput", json_string("B/s"));
    (void)json_object_set_new(units, "rcv_next", json_string("B"));
    (void)json_object_set_new(units, "rcv_buffer", json_string("B"));
    (void)json_object_set_new(units, "cwnd", json_string("segments"));
    (void)json_object_set_new(root, "units", units);
    return root;
}

int write_json(const char *file, const struct simulation *sim, const struct solution *solution,
               trawl_error *err)
{
    json_t *root = json_of(sim, solution);
    struct fresh f;
    int rc;

    if (!root)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    rc = fresh_open(&f, file, err);
    if (rc == TRAWL_OK && (json_dumpfd(root, f.fd, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) != 0 ||
                           write(f.fd, "\n", 1) != 1))
        rc = fresh_fail(&f, err);
    json_decref(root);
    return fresh_close(&f, rc, err);
}
