/* The commands follow and extract. Knows nothing of how they work. */
#include "contents.h"

const trawl_host *host;

static const char *const gap_choices[] = {"mark", "fill", "cut", NULL};
static const char *const as_choices[] = {"ascii", "hex", "raw", NULL};
static const char *const from_choices[] = {"client", "server", NULL};

static const trawl_arg extract_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct extract_opts, streams, .name = "stream",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED,
              .help = "numbers of connections (default: all, or those of the table before)"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct extract_opts, into, .name = "into", .short_name = 'o',
              .meta = "FOLDER",
              .help = "folder for the files, made if it is not there (default: the "
                      "capture's name with -streams)"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct extract_opts, gaps, .name = "gaps", .choices = gap_choices,
              .def = "mark",
              .help = "what stands for missing bytes: a line that says how many, as many zeros, or "
                      "nothing"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct extract_opts, udp, .name = "udp",
              .help = "UDP conversations instead, by udp.stream: datagrams in their order; after "
                      "udp it is meant"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct extract_opts, force, .name = "force",
              .help = "replace files that are there"),
    TRAWL_OPT(TRAWL_ARG_U64, struct extract_opts, limit, .name = "limit", .def = "10000",
              .unit = "files", .help = "write nothing if there would be more files; 0: no limit"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct extract_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_arg follow_args[] = {
    TRAWL_OPT(TRAWL_ARG_STREAM, struct follow_opts, stream, .name = "stream",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED,
              .help = "number of the connection, as lt shows it"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct follow_opts, as, .name = "as", .choices = as_choices,
              .def = "ascii",
              .help = "lines of text, 16 bytes a row, or each packet's bytes as hex"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct follow_opts, udp, .name = "udp",
              .help = "a UDP conversation, by udp.stream, datagrams in their order"),
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct follow_opts, from, .name = "from", .choices = from_choices,
              .help = "one side alone"),
    TRAWL_OPT(TRAWL_ARG_CAPTURE, struct follow_opts, capture, .name = "capture",
              .help = "capture to look at (default: the current one)"),
};
static const trawl_example extract_examples[] = {
    {"extract 0 --into first", "the two directions of a connection"},
    {"tcp | where server_port == 80 | extract --into web", "of all connections to a port"},
    {"udp | where server_port == 53 | extract --into dns", "datagrams to a port and back"},
};
static const trawl_example follow_examples[] = {
    {"follow 0", "the first connection as text"},
    {"follow 0 --as hex --from server", "what its server sent, byte by byte"},
    {"follow 0 --udp --as raw", "the first UDP conversation, a datagram a row"},
};

const trawl_command contents_commands[] = {
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_FILTER,
     .arg_size = sizeof(trawl_arg),
     .column_size = sizeof(trawl_column),
     .name = "extract",
     .group = "connections",
     .summary = "write what was sent over TCP or UDP to files, one a direction",
     .text =
         "The files have tcpflow's names: address and port that sent, address and port that "
         "received; a connection that has the ends of an earlier one has c1, c2 … behind. Bytes "
         "are in the order of sequence numbers, each once: of those that came twice the first "
         "count. Where bytes are missing in the capture, because it lost or cut them, also before "
         "the FIN, a file has the line [N bytes missing in capture file], unless --gaps says "
         "otherwise; "
         "the table counts them. A direction of which the capture has no payload has no file, as "
         "with "
         "tcpflow. Files that are "
         "there already are an error without --force, and a file is whole or absent.",
     .args = extract_args,
     .n_args = TRAWL_COUNT(extract_args),
     .n_gives = EXTRACT_N_COLUMNS,
     .gives = extract_columns,
     .examples = extract_examples,
     .n_examples = TRAWL_COUNT(extract_examples),
     .opts_size = sizeof(struct extract_opts),
     .schema = extract_schema,
     .run = extract_run},
    {.size = sizeof(trawl_command),
     .flags = TRAWL_COMMAND_SOURCE,
     .arg_size = sizeof(trawl_arg),
     .column_size = sizeof(trawl_column),
     .name = "follow",
     .group = "connections",
     .summary = "show what both sides of a TCP or UDP conversation said, in turns",
     .text = "As text, a row is a line, and bytes that are no printable ASCII are dots. `extract` "
             "writes the bytes themselves to files.",
     .args = follow_args,
     .n_args = TRAWL_COUNT(follow_args),
     .n_gives = FOLLOW_N_COLUMNS,
     .gives = follow_columns,
     .examples = follow_examples,
     .n_examples = TRAWL_COUNT(follow_examples),
     .opts_size = sizeof(struct follow_opts),
     .run = follow_run},
};
_Static_assert(TRAWL_COUNT(contents_commands) == CONTENTS_N_COMMANDS, "counted in contents.h");

static int contents_init(const trawl_host *from, trawl_error *err)
{
    (void)err;
    host = from;
    return TRAWL_OK;
}

static const trawl_plugin plugin = {
    TRAWL_PLUGIN_HEAD,
    .name = "contents",
    .version = "1.0.0",
    .summary = "what was sent over TCP and UDP: follow a connection, extract all to files",
    .licence = "MIT",
    .commands = contents_commands,
    .n_commands = CONTENTS_N_COMMANDS,
    .init = contents_init,
};

TRAWL_EXPORT const trawl_plugin *trawl_plugin_entry(void)
{
    return &plugin;
}
