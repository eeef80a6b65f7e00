/* The commands clean_pcap and clean_cache. Must not know how captures are read or kept. */
#include <string.h>

#include "mptcpanalyzer.h"

struct clean_opts {
    const char *in, *out;
};

/* The name of the capture that a load has just made; call memory. */
static const char *name_loaded(trawl_call *call, trawl_table *rows, trawl_error *err)
{
    const int64_t i = host->schema_find(host->schema_of(rows), "name");

    return i < 0 ? NULL : host->cell_text(call, rows, (size_t)i, 0, err);
}

static int save(trawl_call *call, const char *name, const char *out, trawl_table **ret,
                trawl_error *err)
{
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int rc = host->capture(call, name, &capture, err);

    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = host->save_capture(call, packets, out, err);
    if (rc == TRAWL_OK)
        host->log(2, "%s: %llu packets", out, (unsigned long long)host->n_rows(packets));
    host->release(packets);
    *ret = NULL;
    return rc;
}

static int clean_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct clean_opts *o = opts;
    const trawl_load_options options = {.size = sizeof(options),
                                        .merge = 1,
                                        .paths = &o->in,
                                        .n_paths = 1,
                                        .name = "cleaned",
                                        .expr = "mptcp or tcp and not icmp and not icmpv6",
                                        .cache = TRAWL_LOAD_NO_CACHE};
    trawl_capture *before = NULL;
    trawl_table *rows = NULL;
    const char *name, *current = NULL;
    int rc, rc_unload;

    (void)in;
    if (host->n_captures(call) && host->capture(call, NULL, &before, NULL) == TRAWL_OK)
        current = host->name_of(before);
    rc = host->load(call, &options, &rows, err);
    if (rc != TRAWL_OK)
        return rc;
    name = name_loaded(call, rows, err);
    host->release(rows);
    if (!name)
        return TRAWL_E_NOMEM;
    rc = save(call, name, o->out, ret, err);
    rc_unload = host->unload(call, name, rc == TRAWL_OK ? err : NULL);
    if (current)
        (void)host->use(call, current, NULL); /* it is still there */
    return rc == TRAWL_OK ? rc_unload : rc;
}

static const trawl_arg clean_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct clean_opts, in, .name = "from",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "capture file to read"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct clean_opts, out, .name = "to",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "file to write: pcapng, or pcap when its name ends in .pcap"),
};
static const trawl_example clean_examples[] = {
    {"clean_pcap office.pcapng.xz tcp-only.pcap", "the TCP packets of a capture as another one"},
};
const trawl_command clean_pcap_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT,
    .arg_size = sizeof(trawl_arg),
    .name = "clean_pcap",
    .group = "mptcpanalyzer",
    .summary = "write the TCP packets of a capture to another capture file",
    .text = "Writes the packets for which 'mptcp or tcp and not icmp' holds. Any other choice is "
            "'load FILE -Y EXPR' and 'save FILE', or 'packets | where EXPR | save FILE'.",
    .args = clean_args,
    .n_args = TRAWL_COUNT(clean_args),
    .examples = clean_examples,
    .n_examples = TRAWL_COUNT(clean_examples),
    .opts_size = sizeof(struct clean_opts),
    .run = clean_run,
};

static int cache_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    (void)opts;
    (void)in;
    (void)ret;
    return host->clear_cache(call, NULL, err);
}

static const trawl_example cache_examples[] = {{"clean_cache", "nothing is kept of any capture"}};
const trawl_command clean_cache_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT,
    .name = "clean_cache",
    .group = "mptcpanalyzer",
    .summary = "empty the disk cache",
    .text = "The same as 'cache clear'.",
    .examples = cache_examples,
    .n_examples = TRAWL_COUNT(cache_examples),
    .run = cache_run,
};
