/* One TCP connection's packets, as the plots want them.
 * Must not know what is drawn of them. */
#include <string.h>

#include "sequence.h"

const char *const towards_names[2] = {"towards the server", "towards the client"};
const char *const dest_choices[] = {"server", "client", NULL};

unsigned dest_mask(const trawl_words *dest)
{
    unsigned mask = 0;

    for (size_t i = 0; i < dest->n; i++)
        mask |= 1u << (strcmp(dest->items[i], "server") == 0 ? TO_SERVER : TO_CLIENT);
    return mask ? mask : 3;
}

/* Who is what in this connection: the cells of its row in `tcp`. */
struct ends {
    trawl_view client, client_port;
    uint64_t row;
    const char *text[2];
};

static const char *end_text(trawl_call *call, trawl_table *table, const char *address,
                            const char *port, uint64_t row)
{
    const trawl_schema *schema = host->schema_of(table);
    const int64_t a = host->schema_find(schema, address), p = host->schema_find(schema, port);
    const char *text, *number;

    if (a < 0 || p < 0)
        return "";
    text = host->cell_text(call, table, (size_t)a, row, NULL);
    number = host->cell_text(call, table, (size_t)p, row, NULL);
    return new_text(call, strchr(text, ':') ? "[%s]:%s" : "%s:%s", text, number);
}

static int no_stream(uint64_t id, trawl_error *err)
{
    host->fail(err, TRAWL_E_NOT_FOUND, "no TCP stream %llu", (unsigned long long)id);
    host->hint(err, "'tcp' lists them.");
    return TRAWL_E_NOT_FOUND;
}

static int find_ends(trawl_call *call, trawl_table *tcp, uint64_t id, struct ends *ret,
                     trawl_error *err)
{
    trawl_view stream = {.size = sizeof(stream)};
    int rc = host->view_named(call, tcp, "stream", &stream, err);

    ret->client.size = ret->client_port.size = sizeof(ret->client);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, tcp, "client", &ret->client, err);
    if (rc == TRAWL_OK)
        rc = host->view_named(call, tcp, "client_port", &ret->client_port, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < stream.n_rows; r++) {
        if (trawl_view_u64(&stream, r) != id)
            continue;
        ret->row = r;
        ret->text[0] = end_text(call, tcp, "client", "client_port", r);
        ret->text[1] = end_text(call, tcp, "server", "server_port", r);
        return TRAWL_OK;
    }
    return no_stream(id, err);
}

static int same_address(const trawl_view *a, uint64_t i, const trawl_view *b, uint64_t j)
{
    const uint32_t x = (uint32_t)trawl_view_u64(a, i), y = (uint32_t)trawl_view_u64(b, j);

    return memcmp(a->addresses[x & 0x7fffffff], b->addresses[y & 0x7fffffff], 16) == 0;
}

/* The packets of the connection: those of one direction have the same `reverse`. */
static int take_packets(trawl_call *call, const struct ends *ends, struct stream *s,
                        trawl_error *err)
{
    trawl_view stream, time, reverse, src, sport;
    unsigned client = 2; /* `reverse` of what the client sends */
    uint64_t n = 0;
    int rc = stream_view(call, s, "tcp.stream", &stream, err);

    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "frame.time_epoch", &time, err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "reverse", &reverse, err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "src", &src, err);
    if (rc == TRAWL_OK)
        rc = stream_view(call, s, "sport", &sport, err);
    if (rc != TRAWL_OK)
        return rc;
    for (uint64_t r = 0; r < stream.n_rows; r++)
        n += trawl_view_has(&stream, r) && trawl_view_u64(&stream, r) == s->id;
    s->rows = new_array(call, n, sizeof(*s->rows), err);
    s->at = new_array(call, n, sizeof(*s->at), err);
    s->towards = new_array(call, n, sizeof(*s->towards), err);
    if (!s->rows || !s->at || !s->towards)
        return TRAWL_E_NOMEM;
    for (uint64_t r = 0; r < stream.n_rows; r++) {
        const int64_t ns = ((const int64_t *)time.data)[r];
        const unsigned back = trawl_view_u64(&reverse, r) != 0;

        if (!trawl_view_has(&stream, r) || trawl_view_u64(&stream, r) != s->id ||
            !trawl_view_has(&time, r))
            continue;
        if (client == 2) {
            const int is_client = same_address(&src, r, &ends->client, ends->row) &&
                                  trawl_view_u64(&sport, r) ==
                                      trawl_view_u64(&ends->client_port, ends->row);

            client = is_client ? back : 1 - back;
            s->origin_ns = day_of(ns);
        }
        s->rows[s->n] = (uint32_t)r;
        s->at[s->n] = seconds_since(s->origin_ns, ns);
        s->towards[s->n++] = back == client ? TO_SERVER : TO_CLIENT;
    }
    if (!s->n)
        return host->fail(err, TRAWL_E_NOT_FOUND, "the packets of TCP stream %llu have no times",
                          (unsigned long long)s->id);
    return TRAWL_OK;
}

int stream_open(trawl_call *call, uint64_t id, struct stream *ret, trawl_error *err)
{
    return stream_open_in(call, NULL, id, ret, err);
}

int stream_open_in(trawl_call *call, const char *capture, uint64_t id, struct stream *ret,
                   trawl_error *err)
{
    struct ends ends = {.row = 0};
    trawl_table *tcp = NULL;
    int rc;

    *ret = (struct stream){.id = id};
    rc = host->capture(call, capture, &ret->capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, ret->capture, "packets", &ret->packets, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, ret->capture, "tcp", &tcp, err);
    if (rc == TRAWL_OK)
        rc = find_ends(call, tcp, id, &ends, err);
    if (rc == TRAWL_OK)
        rc = take_packets(call, &ends, ret, err);
    ret->ends[0] = ends.text[0];
    ret->ends[1] = ends.text[1];
    host->release(tcp);
    return rc;
}

void stream_close(struct stream *s)
{
    host->release(s->packets);
    s->packets = NULL;
}

int stream_view(trawl_call *call, const struct stream *s, const char *name, trawl_view *ret,
                trawl_error *err)
{
    ret->size = sizeof(*ret);
    return host->view_named(call, s->packets, name, ret, err);
}

const char *stream_title(trawl_call *call, const struct stream *s, const char *what,
                         unsigned towards)
{
    return new_text(call, "%s: TCP stream %llu%s%s, %s to %s", host->name_of(s->capture),
                    (unsigned long long)s->id, what ? ", " : "", what ? what : "",
                    s->ends[towards == TO_CLIENT], s->ends[towards != TO_CLIENT]);
}
