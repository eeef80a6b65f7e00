/* Slots of the host table for flow metrics: their names and parameters as users write them, and
 * packets' bytes for who runs them. Must not know flows. */
#include "core/dissect/bytes.h"
#include "core/plugin/arguments.h"
#include "core/plugin/host.h"
#include "core/plugin/value.h"

struct trawl_bytes {
    struct tw_bytes *bytes;
};

/* ---- names and parameters ---- */

static int fail_parameter(trawl_call *call, const trawl_metric *metric, const char *at, size_t n,
                          trawl_error *err)
{
    const char **names = tw_alloc_array(metric->n_args + 1, sizeof(*names));
    char *name = tw_arena_strndup(&call->arena, at, n);
    int rc;

    for (uint32_t i = 0; names && i < metric->n_args; i++)
        names[i] = metric->args[i].name;
    rc = tw_fail_name(err, TRAWL_E_USAGE, "parameter", name ? name : "?", names,
                      names ? metric->n_args : 0);
    tw_free(names);
    if (!metric->n_args)
        tw_error_hint(err, "Flow metric '%s' takes none.", metric->name);
    else if (!err->hint[0])
        tw_error_hint(err, "'help %s' shows what it takes.", metric->name);
    host_place(call, at, n, err);
    return rc;
}

/* "packets=5" at at[0..n), its '=' at at[n_name]. */
static int bind_parameter(trawl_call *call, const trawl_metric *metric, char *opts, uint8_t *given,
                          const char *at, size_t n_name, size_t n, trawl_error *err)
{
    uint32_t i = 0;
    trawl_arg arg;
    const char *value;
    int rc;

    while (i < metric->n_args && (strlen(metric->args[i].name) != n_name ||
                                  memcmp(metric->args[i].name, at, n_name) != 0))
        i++;
    if (i == metric->n_args)
        return fail_parameter(call, metric, at, n_name, err);
    arg = metric->args[i];
    arg.flags |= TRAWL_ARG_POSITIONAL; /* so that messages name it as it is written here */
    value = tw_arena_strndup(&call->arena, at + n_name + 1, n - n_name - 1);
    if (!value)
        return tw_fail_nomem(err);
    given[i] = 1;
    rc = tw_value_parse(&arg, value, opts + arg.offset, err);
    if (rc != TRAWL_OK)
        host_place(call, at + n_name + 1, n - n_name - 1, err);
    return rc;
}

static int fill_defaults(trawl_call *call, const trawl_metric *metric, char *opts,
                         const uint8_t *given, const char *name, trawl_error *err)
{
    for (uint32_t i = 0; i < metric->n_args; i++) {
        const trawl_arg *arg = &metric->args[i];
        int rc = TRAWL_OK;

        if (given[i])
            continue;
        if (arg->flags & TRAWL_ARG_REQUIRED) {
            rc = tw_fail(err, TRAWL_E_USAGE, "flow metric '%s' needs '%s': %s", metric->name,
                         arg->name, arg->help);
            tw_error_hint(err, "Write %s:%s=%s.", metric->name, arg->name, tw_value_meta(arg));
            host_place(call, name, strlen(metric->name), err);
        } else if (arg->def) {
            rc = tw_value_parse(arg, arg->def, opts + arg->offset, err);
        }
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

/* Bytes of the parameter at `at` up to its '='; 0: what stands there is the next metric. */
static size_t parameter_name(const char *at)
{
    const size_t n = strcspn(at, "=:,");

    return at[n] == '=' ? n : 0;
}

int host_metric_next(trawl_call *call, const char **list, const struct trawl_metric **ret,
                     const void **ret_opts, trawl_error *err)
{
    const char *at = *list;
    const size_t n_name = strcspn(at, ":,");
    const char *name = tw_arena_strndup(&call->arena, at, n_name);
    const trawl_metric *metric = name ? host_metric(call, name, err) : NULL;
    char *opts = NULL;
    uint8_t *given = NULL;
    int rc = TRAWL_OK;

    if (!name)
        return tw_fail_nomem(err);
    if (!metric) {
        if (err && !err->hint[0])
            tw_error_hint(err, "'metrics' lists them; a column of one's own is written "
                               "'big = count(frame.len > 666)'.");
        host_place(call, at, n_name, err);
        return TRAWL_E_USAGE;
    }
    opts = tw_arena_alloc(&call->arena, metric->opts_size + 1);
    given = tw_arena_alloc(&call->arena, metric->n_args + 1);
    if (!opts || !given)
        return tw_fail_nomem(err);
    memset(opts, 0, metric->opts_size + 1);
    memset(given, 0, metric->n_args + 1);
    at += n_name;
    while (rc == TRAWL_OK && *at && (*at == ':' || parameter_name(at + 1))) {
        const size_t n = strcspn(++at, ",");
        const size_t n_parameter = parameter_name(at);

        if (!n_parameter)
            return fail_parameter(call, metric, at, strcspn(at, "=:,"), err);
        rc = bind_parameter(call, metric, opts, given, at, n_parameter, n, err);
        at += n;
    }
    if (rc == TRAWL_OK)
        rc = fill_defaults(call, metric, opts, given, *list, err);
    if (rc != TRAWL_OK)
        return rc;
    *list = *at ? at + 1 : at;
    *ret = metric;
    *ret_opts = opts;
    return TRAWL_OK;
}

/* ---- bytes ---- */

int host_bytes_open(trawl_call *call, trawl_table *packets, trawl_bytes **ret, trawl_error *err)
{
    const struct tw_hashmap *captures = &call->registry->session->captures;
    trawl_bytes *bytes;

    for (size_t i = 0; i < captures->n_entries; i++) {
        tw_capture *capture = captures->entries[i].key ? captures->entries[i].value : NULL;

        if (!capture || capture != packets->origin)
            continue;
        bytes = tw_alloc(sizeof(*bytes));
        if (bytes)
            bytes->bytes = tw_bytes_open(capture->packets, err);
        if (!bytes || !bytes->bytes) {
            tw_free(bytes);
            return tw_fail_nomem(err);
        }
        *ret = bytes;
        return TRAWL_OK;
    }
    return tw_fail(err, TRAWL_E_USAGE, "its rows are not packets of a loaded capture");
}

static void put_layer(trawl_layer *to, trawl_layer from)
{
    const uint32_t size = to ? TW_MIN(to->size, (uint32_t)sizeof(from)) : 0;

    if (!to)
        return;
    from.size = to->size;
    memcpy(to, &from, size);
}

int host_bytes_at(trawl_bytes *bytes, uint64_t row, trawl_packet *ret, trawl_layer *ret_network,
                  trawl_layer *ret_transport, trawl_layer *ret_payload, trawl_error *err)
{
    trawl_packet packet;
    int rc = tw_bytes_at(bytes->bytes, row, &packet, err);

    if (rc != TRAWL_OK)
        return rc;
    if (ret) {
        packet.size = ret->size;
        memcpy(ret, &packet, TW_MIN(ret->size, (uint32_t)sizeof(packet)));
    }
    put_layer(ret_network, tw_bytes_network(bytes->bytes));
    put_layer(ret_transport, tw_bytes_transport(bytes->bytes));
    put_layer(ret_payload, tw_bytes_payload(bytes->bytes));
    return TRAWL_OK;
}

void host_bytes_close(trawl_bytes *bytes)
{
    if (!bytes)
        return;
    tw_bytes_close(bytes->bytes);
    tw_free(bytes);
}
