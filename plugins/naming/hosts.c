/* The resolver hosts: names from a file as /etc/hosts. Knows nothing of captures. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lines.h"
#include "names.h"

#ifndef NAMING_HOSTS_FILE
#define NAMING_HOSTS_FILE \
    "/etc/hosts" /* not the user's: passed over where it is wrong or missing */
#endif

struct hosts {
    const char *path;
    int is_system;
    unsigned long n_wrong, wrong; /* lines of the system's file, and the first */
    struct names names;
};

void hosts_close(void *state)
{
    struct hosts *h = state;

    names_fini(&h->names);
    host->free(h);
}

static int add(void *context, const struct line *line, trawl_error *err)
{
    struct hosts *h = context;
    const char *first = line->text;
    const size_t n_first = line_word(&first);
    const char *name = first + n_first;
    const size_t n_name = line_word(&name);
    uint8_t address[16];
    unsigned bits;

    if (n_name && address_parse(first, n_first, address, &bits))
        return names_add(&h->names, address, name, n_name, err);
    if (!h->is_system)
        return host->fail(err, TRAWL_E_DATA, "%s:%lu: expected an address and a name", h->path,
                          line->number);
    if (h->n_wrong++ == 0)
        h->wrong = line->number;
    return TRAWL_OK;
}

static void tell_wrong(const struct hosts *h)
{
    if (h->n_wrong > 1)
        host->log(1, "%s:%lu: expected an address and a name; %lu more such lines", h->path,
                  h->wrong, h->n_wrong - 1);
    else if (h->n_wrong)
        host->log(1, "%s:%lu: expected an address and a name", h->path, h->wrong);
}

int hosts_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
               trawl_error *err)
{
    struct hosts *h = host->alloc(sizeof(*h));
    int rc;

    (void)call, (void)capture;
    if (!h)
        return naming_nomem(err);
    h->is_system = !argument;
    h->path = argument ? argument : NAMING_HOSTS_FILE;
    if (h->is_system && access(h->path, F_OK) != 0 && errno == ENOENT) {
        host->log(2, "there is no '%s'", h->path);
        *ret = h;
        return TRAWL_OK;
    }
    rc = lines_read(h->path, add, h, err);
    if (rc != TRAWL_OK) {
        hosts_close(h);
        return rc;
    }
    tell_wrong(h);
    names_sort(&h->names);
    *ret = h;
    return TRAWL_OK;
}

int hosts_resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                  naming_named *named, void *context, trawl_error *err)
{
    (void)call;
    return names_tell(&((struct hosts *)state)->names, addresses, n, named, context, err);
}
