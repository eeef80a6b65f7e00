/* Opens what grows: an interface, a file, a pipe. Must not know how what arrives is taken in. */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>

#include "core/base/task.h"
#include "core/capture/io.h"
#include "core/capture/source.h"
#include "core/session/growing_parts.h"

enum { HEAD_MS = 20 };

static struct tw_growing *growing_new(tw_capture *capture, bool with_store, trawl_error *err)
{
    const uint64_t limit = tw_memory_limit();
    struct tw_growing *g = tw_alloc(sizeof(*g));

    if (!g) {
        tw_fail_nomem(err);
        return NULL;
    }
    capture->growing = g;
    g->capture = capture;
    g->read.bpf = capture->bpf;
    if (with_store)
        g->store = tw_store_new(limit ? limit / 4 : UINT64_C(4) << 30, err);
    return with_store && !g->store ? NULL : g;
}

/* Wait until the format can be told. */
static int wait_for_head(tw_capture *capture, trawl_error *err)
{
    const struct timespec pause = {.tv_nsec = HEAD_MS * 1000000};
    bool ended = false;

    while (!tw_input_has_head(capture->input, &ended) && !ended) {
        if (tw_cancelled())
            return tw_fail_cancelled(err);
        nanosleep(&pause, NULL);
    }
    return tw_input_tell_formats(capture->input, err);
}

static int begin(struct tw_growing *g, trawl_error *err)
{
    tw_capture *capture = g->capture;
    int rc = tw_grow_open(capture->input, &g->read, &g->grow, &capture->packets, err);

    if (rc == TRAWL_OK) {
        g->tracker = tw_tracker_new(capture->packets, err);
        rc = g->tracker ? tw_growing_renew(g, err) : TRAWL_E_NOMEM;
    }
    return rc;
}

/* A ring's files are looked at too: they are those of the run before. */
static int may_write(struct tw_growing *g, const trawl_live_options *options, trawl_error *err)
{
    const tw_session *session = g->capture->session;
    int rc = tw_session_may_save(session, options->write, err);

    g->n_ring = options->file_bytes ? options->n_files : 0;
    for (uint32_t i = 0; rc == TRAWL_OK && i < g->n_ring; i++) {
        char *name = tw_live_file_name(options->write, i);

        rc = name ? tw_session_may_write(session, name, err) : tw_fail_nomem(err);
        tw_free(name);
    }
    if (rc == TRAWL_OK) {
        g->writes = tw_strdup(options->write);
        rc = g->writes ? TRAWL_OK : tw_fail_nomem(err);
    }
    return rc;
}

int tw_growing_live(tw_capture *capture, const trawl_live_options *options, trawl_error *err)
{
    struct tw_growing *g = growing_new(capture, true, err);
    const struct tw_live_options live = {.interface = options->interface,
                                         .name = capture->name,
                                         .bpf = options->bpf,
                                         .snaplen = options->snaplen,
                                         .buffer = options->buffer,
                                         .not_promiscuous = options->flags &
                                                            TRAWL_LIVE_NOT_PROMISCUOUS,
                                         .write = options->write,
                                         .file_bytes = options->file_bytes,
                                         .n_files = options->n_files,
                                         .report_ms = options->report_ms,
                                         .user = options->user};
    int rc = !g ? TRAWL_E_NOMEM : options->write ? may_write(g, options, err) : TRAWL_OK;

    if (rc == TRAWL_OK)
        rc = tw_live_open(&live, g->store, &g->live, err);
    if (rc != TRAWL_OK)
        return rc;
    g->read.bpf = NULL; /* the kernel's work */
    capture->input = tw_input_open_store(options->interface, g->store, err);
    if (!capture->input)
        return TRAWL_E_NOMEM;
    rc = wait_for_head(capture, err);
    if (rc == TRAWL_OK) {
        capture->input->interfaces[0].name = tw_strdup(options->interface);
        if (!capture->input->interfaces[0].name)
            rc = tw_fail_nomem(err);
    }
    return rc == TRAWL_OK ? begin(g, err) : rc;
}

int tw_growing_follow(tw_capture *capture, const char *path, trawl_error *err)
{
    struct stat st;
    bool regular;
    struct tw_growing *g;
    int rc = TRAWL_OK;

    if (strcmp(path, "-") != 0 && stat(path, &st) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", path, tw_reason(errno));
    regular = strcmp(path, "-") != 0 && S_ISREG(st.st_mode);
    if (strcmp(path, "-") != 0 && S_ISDIR(st.st_mode))
        return tw_fail(err, TRAWL_E_IO, "cannot read '%s': it is a directory", path);
    g = growing_new(capture, !regular, err);
    if (!g)
        return TRAWL_E_NOMEM;
    if (!regular)
        rc = tw_pump_open(path, g->store, &g->pump, err);
    if (rc == TRAWL_OK) {
        capture->input = regular ? tw_input_open_files(&path, 1, err)
                                 : tw_input_open_store(path, g->store, err);
        rc = capture->input ? TRAWL_OK : err && err->code ? err->code : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK && capture->input->files[0].compression)
        rc = tw_fail(err, TRAWL_E_UNSUPPORTED, "cannot follow '%s': it is compressed", path);
    if (rc == TRAWL_OK)
        rc = wait_for_head(capture, err);
    if (rc == TRAWL_OK && regular)
        tw_followed_begin(&g->followed, capture->input->files[0].path, &st);
    return rc == TRAWL_OK ? begin(g, err) : rc;
}
