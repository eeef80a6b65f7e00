/* The resolver hosts: names from a file as /etc/hosts. Knows nothing of captures. */
#include <string.h>

#include "lines.h"
#include "names.h"

struct hosts {
    const char *path;
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

    if (!n_name || !address_parse(first, n_first, address, &bits))
        return host->fail(err, TRAWL_E_DATA, "%s:%lu: expected an address and a name", h->path,
                          line->number);
    return names_add(&h->names, address, name, n_name, err);
}

int hosts_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
               trawl_error *err)
{
    struct hosts *h = host->alloc(sizeof(*h));
    int rc;

    (void)call, (void)capture;
    if (!h)
        return naming_nomem(err);
    h->path = argument ? argument : "/etc/hosts";
    rc = lines_read(h->path, add, h, err);
    if (rc != TRAWL_OK) {
        hosts_close(h);
        return rc;
    }
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
