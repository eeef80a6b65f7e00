/* The analyzer sizes: how much is asked for and answered at once. Knows nothing of captures. */
#include <string.h>

#include "top.h"

struct sizes {
    uint64_t n_out, out, most_out; /* requests that were answered */
    uint64_t n_in, in, most_in;    /* responses that ended */
};

static int sizes_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
                      trawl_error *err)
{
    (void)call, (void)capture;
    if (argument)
        return host->fail(err, TRAWL_E_USAGE, "the analyzer 'sizes' takes no argument");
    *ret = NULL;
    return TRAWL_OK;
}

static void sizes_close(void *run)
{
    (void)run;
}

static void take(void *run, void *state, const trawl_top_segment *p)
{
    struct sizes *s = state;

    (void)run;
    if (p->ttfb_ns >= 0) {
        s->n_out++;
        s->out += p->request_bytes;
        s->most_out = p->request_bytes > s->most_out ? p->request_bytes : s->most_out;
    }
    if (p->transfer_ns >= 0) {
        s->n_in++;
        s->in += p->response_bytes;
        s->most_in = p->response_bytes > s->most_in ? p->response_bytes : s->most_in;
    }
}

static void merge(void *run, void *state, const void *from)
{
    struct sizes *s = state;
    const struct sizes *o = from;

    (void)run;
    s->n_out += o->n_out;
    s->out += o->out;
    s->most_out = o->most_out > s->most_out ? o->most_out : s->most_out;
    s->n_in += o->n_in;
    s->in += o->in;
    s->most_in = o->most_in > s->most_in ? o->most_in : s->most_in;
}

static void put(const trawl_host *to, void *run, const void *state, trawl_builder *row)
{
    const struct sizes *s = state;
    const uint64_t cells[4][2] = {
        {s->n_out, s->n_out ? s->out / s->n_out : 0},
        {s->n_out, s->most_out},
        {s->n_in, s->n_in ? s->in / s->n_in : 0},
        {s->n_in, s->most_in},
    };

    (void)run;
    to->put_u64(row, s->n_out);
    for (int i = 0; i < 4; i++) {
        if (cells[i][0])
            to->put_u64(row, cells[i][1]);
        else
            to->put_null(row);
    }
}

static const trawl_column columns[] = {
    TRAWL_COLUMN(
            .name = "requests", .type = TRAWL_U64, .priority = 1,
            .help = "requests that were answered: what the client sends until the server does"),
    TRAWL_COLUMN(.name = "request_mean", .type = TRAWL_U64, .unit = "B", .priority = 1,
                 .help = "payload of such a request, on average"),
    TRAWL_COLUMN(.name = "request_max", .type = TRAWL_U64, .unit = "B", .priority = 2,
                 .help = "of the biggest"),
    TRAWL_COLUMN(.name = "response_mean", .type = TRAWL_U64, .unit = "B", .priority = 1,
                 .help = "payload of a response, on average"),
    TRAWL_COLUMN(.name = "response_max", .type = TRAWL_U64, .unit = "B", .priority = 2,
                 .help = "of the biggest"),
};

const trawl_analyzer top_analyzers[1] = {{
    .size = sizeof(trawl_analyzer),
    .column_size = sizeof(trawl_column),
    .name = "sizes",
    .summary = "how much is asked for and answered at once",
    .columns = columns,
    .n_columns = TRAWL_COUNT(columns),
    .state_size = sizeof(struct sizes),
    .open = sizes_open,
    .take = take,
    .merge = merge,
    .put = put,
    .close = sizes_close,
}};
