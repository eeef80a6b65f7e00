/* The host follows the states; services are the protocols that packets were found to have.
 * Knows nothing of columns. */
#include "talk.h"

#include <string.h>

const char *const talk_services[TALK_SERVICES] = {"dns", "http", "quic", "ssl"};
static const char *const protocols[TALK_SERVICES] = {"dns", "http", "quic", "tls"};

static int find_services(struct talks *t, const struct meter *m, trawl_call *call, trawl_error *err)
{
    trawl_table *packets = m->input.packets;
    const char *names[TALK_SERVICES];
    unsigned bits[TALK_SERVICES];
    size_t n = 0;
    int rc = TRAWL_OK;

    for (unsigned i = 0; i < TALK_SERVICES; i++) { /* a plugin may not be there */
        if (host->schema_find(host->schema_of(packets), protocols[i]) >= 0) {
            bits[n] = i;
            names[n++] = protocols[i];
        }
    }
    if (n)
        rc = host->prefetch(call, packets, names, n, err);
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++) {
        trawl_view view = {.size = sizeof(view)};

        rc = host->view_named(call, packets, names[i], &view, err);
        if (rc == TRAWL_OK && view.type != TRAWL_BOOL)
            continue;
        for (uint64_t row = 0; row < m->input.n_rows && rc == TRAWL_OK; row++) {
            if (m->flow_of_row[row] != FLOWS_NONE && trawl_view_has(&view, row) &&
                ((const uint8_t *)view.data)[row])
                t->services[m->flow_of_row[row] & FLOWS_NUMBER] |= (uint8_t)(1u << bits[i]);
        }
    }
    return rc;
}

int talks_build(struct talks *t, const struct meter *m, trawl_call *call, trawl_capture *capture,
                trawl_error *err)
{
    const struct {
        const char *name;
        trawl_view *view;
    } wanted[] = {{"flipped", &t->flipped},    {"state", &t->state},
                  {"history", &t->history},    {"src_bytes", &t->bytes[0]},
                  {"dst_bytes", &t->bytes[1]}, {"missed", &t->missed},
                  {"last", &t->last}};
    int rc;

    memset(t, 0, sizeof(*t));
    t->services = host->alloc((size_t)meter_end(m) + 1);
    if (!t->services)
        return host->fail(err, TRAWL_E_NOMEM, "could not follow connections: no memory");
    rc = host->groups(call, capture, m->flow_of_row, meter_end(m), &t->table, err);
    for (size_t i = 0; i < TRAWL_COUNT(wanted) && rc == TRAWL_OK; i++) {
        wanted[i].view->size = sizeof(*wanted[i].view);
        rc = host->view_named(call, t->table, wanted[i].name, wanted[i].view, err);
    }
    return rc == TRAWL_OK ? find_services(t, m, call, err) : rc;
}

void talks_fini(struct talks *t)
{
    host->release(t->table);
    host->free(t->services);
    memset(t, 0, sizeof(*t));
}
