/* What --version and --help say. Must not know the session. */
#include "shell/version.h"

#include "shell/help.h"
#include "shell/options.h"

const struct tw_program_form tw_program_forms[] = {
    {"trawl [OPTIONS]", "the prompt; commands from stdin when it is no terminal"},
    {"trawl [OPTIONS] CAPTURE…", "load captures, then the prompt"},
    {"trawl [OPTIONS] -r CAPTURE COMMAND…", "run one command line on a capture"},
    {"trawl [OPTIONS] -r CAPTURE -c LINE", "run command lines; -c can be given several times"},
    {"trawl [OPTIONS] SCRIPT", "run the command lines of a file; - is stdin"},
    {NULL, NULL},
};

const char *tw_version(void)
{
    return TRAWL_VERSION;
}

void tw_version_text(struct tw_buffer *out)
{
    static const struct {
        const char *library, *version;
    } libraries[] = {
        {"libpcap", TRAWL_PCAP_VERSION}, {"zlib", TRAWL_ZLIB_VERSION},
        {"liblzma", TRAWL_LZMA_VERSION}, {"bzip2", TRAWL_BZIP2_VERSION},
        {"zstd", TRAWL_ZSTD_VERSION},    {"lz4", TRAWL_LZ4_VERSION},
        {"isa-l", TRAWL_ISAL_VERSION},   {"xxhash", TRAWL_XXHASH_VERSION},
        {"pcre2", TRAWL_PCRE2_VERSION},  {"libedit", TRAWL_EDIT_VERSION},
    };

    tw_buffer_printf(out, "trawl %s (plugin ABI %d.%d)\n", TRAWL_VERSION, TRAWL_ABI_MAJOR,
                     TRAWL_ABI_MINOR);
    for (size_t i = 0; i < TW_COUNT(libraries); i++)
        if (libraries[i].version[0])
            tw_buffer_printf(out, "%-8s %s\n", libraries[i].library, libraries[i].version);
}

void tw_program_help(struct tw_buffer *out)
{
    size_t n;
    const trawl_arg *args = tw_program_args(&n);

    tw_buffer_puts(out, "trawl — a shell for packet captures\n\nUsage\n");
    for (size_t i = 0; tw_program_forms[i].synopsis; i++)
        tw_buffer_printf(out, "  %s\n      %s\n", tw_program_forms[i].synopsis,
                         tw_program_forms[i].summary);
    tw_buffer_puts(out, "\nOptions\n");
    for (size_t i = 0; i < n; i++)
        tw_help_arg(out, &args[i]);
    tw_buffer_puts(out, "\n'trawl help' lists the commands, 'trawl help COMMAND' explains one.\n");
}
