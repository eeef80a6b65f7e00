/* Captures in and out: load, save, unload, use.
 * Must not know formats: the host reads and writes. */
#include <string.h>

#include "session.h"
#include "text_file.h"

/* ---- load ---- */

struct load_opts {
    trawl_words files;
    const char *name;
    uint64_t count;
    const char *bpf;
    const char *where;
    const char *idle_export;
    uint8_t merge, each, follow, wait;
    uint8_t no_cache, cache, force_overwrite, force_load;
};

static const trawl_arg load_args[] = {
    TRAWL_OPT(
        TRAWL_ARG_FILE, struct load_opts, files, .name = "file",
        .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED | TRAWL_ARG_REPEATED,
        .help = "capture files, folders or patterns; - is standard input; 'as NAME' at the end"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct load_opts, name, .name = "name", .meta = "NAME",
              .help = "name of the capture, the same as 'as NAME'; default: from the file's name"),
    TRAWL_OPT(TRAWL_ARG_U64, struct load_opts, count, .name = "count", .short_name = 'c',
              .unit = "packets", .min = "1", .help = "stop after so many packets"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct load_opts, bpf, .name = "bpf", .short_name = 'f',
              .meta = "BPF", .help = "keep the packets that match a capture filter of libpcap"),
    TRAWL_OPT(TRAWL_ARG_EXPR, struct load_opts, where, .name = "where", .short_name = 'Y',
              .help = "keep the packets that match an expression"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, merge, .name = "merge",
              .help = "read several files as one capture, in time order: as without it"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, each, .name = "each",
              .help = "make each of several files a capture of its own"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, follow, .name = "follow",
              .help = "go on with what is added to the file, or comes through the pipe"),
    TRAWL_OPT(
        TRAWL_ARG_FLAG, struct load_opts, wait, .name = "wait",
        .help =
            "with --follow: stay until it ends, a FIFO has no writer any more, or Ctrl-C ends it"),
    TRAWL_OPT(
        TRAWL_ARG_FILE, struct load_opts, idle_export, .name = "idle-export",
        .help = "with --follow: write flows as NDJSON once they have expired, - is stdout, as "
                "'idle_export' does"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, no_cache, .name = "no-cache",
              .help = "read the files, and keep nothing of them on disk"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, cache, .name = "cache", .short_name = 'C',
              .help = "keep the capture on disk, also if reading takes less than a second"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, force_overwrite, .name = "force-overwrite",
              .help = "read the files again and replace what is kept of them"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct load_opts, force_load, .name = "force-load",
              .help = "use what is kept of the files even if they have changed since"),
};

static const trawl_example load_examples[] = {
    {"load office.pcapng.xz as before", "loads a capture and calls it 'before'"},
    {"load office.pcapng.xz -f 'tcp port 443' -c 1000", "its first thousand packets of HTTPS"},
    {"load office.pcapng.xz office-after.pcapng.xz as both",
     "two files as one capture, in time order"},
    {"load office.pcapng.xz office-after.pcapng.xz --each", "two captures, for compare"},
    {"load --follow growing.pcap", "a file that another program still writes"},
    {"load --follow growing.pcap --idle-export flows.ndjson",
     "… whose flows are written as they expire"},
};

/* "FILE… as NAME". */
static void split_name(const struct load_opts *o, const char **ret_name, size_t *ret_n_files)
{
    *ret_name = o->name;
    *ret_n_files = o->files.n;
    if (o->files.n > 2 && strcmp(o->files.items[o->files.n - 2], "as") == 0) {
        *ret_name = o->files.items[o->files.n - 1];
        *ret_n_files -= 2;
    }
}

static int load_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    const struct load_opts *o = opts;
    const char *name;
    size_t n;

    (void)in;
    split_name(o, &name, &n);
    return host->columns_of(call, n == 1 && is_table(o->files.items[0]) ? "variables" : "captures",
                            ret, err);
}

/* A table of text is another plugin's to read. */
static int load_table(trawl_call *call, const struct load_opts *o, const char *name,
                      trawl_table **ret, trawl_error *err)
{
    const char *const words[] = {"load_csv", o->files.items[0], "as", name};

    if (o->count || o->bpf || o->where || o->each)
        return host->fail(err, TRAWL_E_USAGE, "'%s' is a table: options of captures are not for it",
                          o->files.items[0]);
    return host->command(call, words, name ? 4 : 2, NULL, ret, err);
}

/* What the live plugin does with a file that grows; *row: of it in `captures`. */
static int beside(trawl_call *call, const struct load_opts *o, trawl_table **row, trawl_error *err)
{
    const int64_t i = host->schema_find(host->schema_of(*row), "name");
    const char *name = i < 0 ? NULL : host->cell_text(call, *row, (size_t)i, 0, err);
    const char *const export[] = {"idle_export", o->idle_export, "--capture", name};
    const char *const wait[] = {"capture", "wait", name};
    trawl_table *table = NULL;
    int rc = name ? TRAWL_OK : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK && o->idle_export)
        rc = host->command(call, export, TRAWL_COUNT(export), NULL, &table, err);
    host->release(table);
    table = NULL;
    if (rc == TRAWL_OK && o->wait) {
        host->release(*row); /* what it reads would be kept as it is */
        *row = NULL;
        rc = host->command(call, wait, TRAWL_COUNT(wait), NULL, &table, err);
        *row = table;
    }
    if (rc != TRAWL_OK) {
        host->release(*row);
        *row = NULL;
    }
    return rc;
}

static int load_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct load_opts *o = opts;
    trawl_load_options options = {.size = sizeof(options),
                                  .paths = o->files.items,
                                  .n_paths = o->files.n,
                                  .name = o->name,
                                  .max_packets = o->count,
                                  .bpf = o->bpf,
                                  .expr = o->where,
                                  .merge = !o->each,
                                  .follow = o->follow};

    int rc;

    if (o->no_cache)
        options.cache |= TRAWL_LOAD_NO_CACHE;
    if (o->cache)
        options.cache |= TRAWL_LOAD_CACHE;
    if (o->force_overwrite)
        options.cache |= TRAWL_LOAD_FORCE_OVERWRITE;
    if (o->force_load)
        options.cache |= TRAWL_LOAD_FORCE_LOAD;
    (void)in;
    split_name(o, &options.name, &options.n_paths);
    if (options.n_paths == 1 && is_table(options.paths[0]) && !o->follow)
        return load_table(call, o, options.name, ret, err);
    if (o->merge && o->each) {
        host->fail(err, TRAWL_E_USAGE, "'--merge' and '--each' exclude each other");
        return TRAWL_E_USAGE;
    }
    if (!o->follow && (o->wait || o->idle_export))
        return host->fail(err, TRAWL_E_USAGE, "'%s' is for '--follow'",
                          o->wait ? "--wait" : "--idle-export");
    rc = host->load(call, &options, ret, err);
    return rc == TRAWL_OK && o->follow ? beside(call, o, ret, err) : rc;
}

static const char *const load_aliases[] = {"load_pcap", "load-pcap", NULL};
const trawl_command load_command = {
    SESSION_COMMAND("load", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_REPORT),
    .aliases = load_aliases,
    .summary = "load capture files",
    .text =
        "Reads pcap, pcapng and snoop files, plain or compressed with gzip, xz, bzip2, zstd or "
        "lz4; what a file is, its content tells. Several files are read as one capture in time "
        "order, named after the first or after their folder; with --each every one becomes a "
        "capture of its own, as "
        "on trawl's own command line. The last one loaded is the current capture, which "
        "commands use that name none. Of a folder the captures right in it are read; "
        "'FOLDER/*/' reads those of its sub-folders.\n\n"
        "A csv, tsv or fsdb file becomes a table, $NAME, as 'load_csv' reads it.\n\n"
        "With --follow a file that is still written to, a FIFO or standard input is taken in as it "
        "grows, in the background, until 'capture stop': every command sees what had arrived when "
        "it began; with --wait the command stays meanwhile. "
        "Of a FIFO the packets of one writer after the other are taken in: without one its state "
        "is 'waiting', and --wait ends; the next one has to write packets of the same format and "
        "link type. Without --follow a FIFO is read to its writer's end. A file that was moved "
        "away "
        "is followed on, one that became shorter has ended. When memory ends, the "
        "oldest packets of pcap are let go, as those of 'capture' "
        "are; nothing of other formats is, and no more is taken in.\n\n"
        "A damaged file keeps its whole packets; the table 'warnings' says where it broke.\n\n"
        "The row of 'captures' that it gives is for people: it is not written where a program "
        "reads, as in 'trawl SCRIPT > out.csv', unless load has a format, a '>' or a '|' of its "
        "own.",
    .args = load_args,
    .n_args = TRAWL_COUNT(load_args),
    .examples = load_examples,
    .n_examples = TRAWL_COUNT(load_examples),
    .opts_size = sizeof(struct load_opts),
    .schema = load_schema,
    .run = load_run,
};

/* ---- save ---- */

struct save_opts {
    const char *file;
    const char *capture;
};

static const trawl_arg save_args[] = {
    TRAWL_OPT(TRAWL_ARG_FILE, struct save_opts, file, .name = "file",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "file to write: pcapng, or pcap when its name ends in .pcap"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct save_opts, capture, .name = "capture",
              .help = "save this capture instead of the current one"),
};

static const trawl_example save_examples[] = {
    {"packets | where tcp.port == 443 | save https.pcapng", "the packets of port 443 as a capture"},
    {"save copy.pcap", "the current capture as pcap"},
};

/* A name that promises a table, not a capture. */
static int check_extension(const char *file, trawl_error *err)
{
    static const char *const tables[] = {".csv", ".tsv", ".json", ".ndjson",
                                         ".md",  ".txt", ".fsdb", ".sqlite"};
    size_t n = strlen(file);

    for (size_t i = 0; i < TRAWL_COUNT(tables); i++) {
        size_t n_ext = strlen(tables[i]);

        if (n > n_ext && strcmp(file + n - n_ext, tables[i]) == 0) {
            host->fail(err, TRAWL_E_USAGE, "'save' writes captures, and '%s' is a table's name",
                       file);
            host->hint(err, "Write a table with '> %s' at the end of the line.", file);
            return TRAWL_E_USAGE;
        }
    }
    return TRAWL_OK;
}

static int save_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                       trawl_schema **ret, trawl_error *err)
{
    const struct save_opts *o = opts;
    int rc = check_extension(o->file, err);

    (void)call;
    if (rc != TRAWL_OK)
        return rc;
    if (in && host->schema_find(in, "frame.number") < 0) {
        host->fail(err, TRAWL_E_USAGE, "'save' needs packets: there is no column 'frame.number'");
        host->hint(err, "Write a table with '> FILE', and a connection's packets with: "
                        "packets | where tcp.stream == 3 | save FILE");
        return TRAWL_E_USAGE;
    }
    if (in && o->capture)
        return host->fail(err, TRAWL_E_USAGE, "'--capture' cannot go with packets from a pipe");
    *ret = NULL;
    return TRAWL_OK;
}

static int save_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct save_opts *o = opts;
    trawl_capture *capture = NULL;
    trawl_table *packets = NULL;
    int rc;

    (void)ret;
    if (in)
        return host->save_capture(call, in, o->file, err);
    rc = host->capture(call, o->capture, &capture, err);
    if (rc == TRAWL_OK)
        rc = host->table(call, capture, "packets", &packets, err);
    if (rc == TRAWL_OK)
        rc = host->save_capture(call, packets, o->file, err);
    host->release(packets);
    return rc;
}

const trawl_command save_command = {
    SESSION_COMMAND("save", "captures",
                    TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER | TRAWL_COMMAND_EFFECT),
    .summary = "write packets to a capture file",
    .text = "Writes the packets of the table before it, in that table's order, or all of the "
            "current capture. The file is pcapng, or pcap when its name ends in .pcap, and is not "
            "compressed; - is stdout. A file is whole or absent: it is written under another name "
            "first.",
    .args = save_args,
    .n_args = TRAWL_COUNT(save_args),
    .examples = save_examples,
    .n_examples = TRAWL_COUNT(save_examples),
    .opts_size = sizeof(struct save_opts),
    .schema = save_schema,
    .run = save_run,
};

/* ---- unload, use ---- */

struct unload_opts {
    trawl_words captures;
};

static const trawl_arg unload_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct unload_opts, captures, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "captures to forget; default: the current one"),
};

static const trawl_example unload_examples[] = {
    {"unload before", "forgets the capture 'before' and gives back its memory"},
};

static int unload_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    const struct unload_opts *o = opts;
    int rc = o->captures.n ? TRAWL_OK : host->unload(call, NULL, err);

    (void)in;
    (void)ret;
    for (size_t i = 0; rc == TRAWL_OK && i < o->captures.n; i++)
        rc = host->unload(call, o->captures.items[i], err);
    return rc;
}

const trawl_command unload_command = {
    SESSION_COMMAND("unload", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .summary = "forget loaded captures",
    .text =
        "Gives back the memory of captures. A $variable that holds rows of their packets goes with "
        "them, and a note says so; what was counted, grouped or built from them stays. The capture "
        "loaded last becomes the current one.",
    .args = unload_args,
    .n_args = TRAWL_COUNT(unload_args),
    .examples = unload_examples,
    .n_examples = TRAWL_COUNT(unload_examples),
    .opts_size = sizeof(struct unload_opts),
    .schema = no_schema,
    .run = unload_run,
};

struct use_opts {
    const char *capture;
};

static const trawl_arg use_args[] = {
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct use_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "the capture that later commands mean"),
};

static const trawl_example use_examples[] = {
    {"use before", "makes 'before' the current capture"},
};

static int use_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    const struct use_opts *o = opts;

    (void)in;
    (void)ret;
    return host->use(call, o->capture, err);
}

const trawl_command use_command = {
    SESSION_COMMAND("use", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .summary = "make a capture the current one",
    .text = "Commands that name no capture use the current one. The prompt shows its name.",
    .args = use_args,
    .n_args = TRAWL_COUNT(use_args),
    .examples = use_examples,
    .n_examples = TRAWL_COUNT(use_examples),
    .opts_size = sizeof(struct use_opts),
    .schema = no_schema,
    .run = use_run,
};
