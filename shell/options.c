/* The program's own options: one table from which parsing, --help and the manual come.
 * Must not know what they do. */
#include "shell/options.h"

#include "shell/export.h"

static const char *const time_choices[] = {"utc", "local", "epoch", "relative", NULL};
static const char *const color_choices[] = {"auto", "always", "never", NULL};

#define OPTION(kind_, member, ...) TRAWL_OPT(kind_, struct tw_program_options, member, __VA_ARGS__)
static const trawl_arg program_args[] = {
    OPTION(TRAWL_ARG_FILE, read, .flags = TRAWL_ARG_REPEATED, .name = "read", .short_name = 'r',
           .help = "load a capture: a file, a folder, - for stdin"),
    OPTION(TRAWL_ARG_STRING, commands, .flags = TRAWL_ARG_REPEATED, .name = "command",
           .short_name = 'c', .meta = "LINE", .help = "run a command line, then leave"),
    OPTION(TRAWL_ARG_FILE, batch, .name = "batch", .short_name = 'b',
           .help = "run the command lines of a file, as naming it does"),
    OPTION(TRAWL_ARG_FILE, read, .flags = TRAWL_ARG_REPEATED, .name = "load", .short_name = 'l',
           .help = "the same as --read"),
    OPTION(TRAWL_ARG_STRING, bpf, .name = "filter", .short_name = 'f', .meta = "BPF",
           .help = "load only packets that pass a capture filter"),
    OPTION(TRAWL_ARG_EXPR, expr, .name = "where", .short_name = 'Y', .meta = "EXPRESSION",
           .help = "load only packets for which a display filter holds"),
    OPTION(TRAWL_ARG_FLAG, merge, .name = "merge", .help = "load several files as one capture"),
    OPTION(TRAWL_ARG_FLAG, keep_going, .name = "keep-going", .short_name = 'k',
           .help = "go on after a command failed"),
    OPTION(TRAWL_ARG_FLAG, quiet, .name = "quiet", .short_name = 'q',
           .help = "no warnings, notes, progress or footer; damage shows in the exit status alone"),
    OPTION(TRAWL_ARG_FLAG, names, .name = "no-names", .short_name = 'n',
           .help = "accepted for tcpdump's users: names are never resolved unasked"),
    OPTION(TRAWL_ARG_STRING, format, .name = "format", .meta = "FORMAT",
           .help = "text, vertical, csv, tsv, json, ndjson, fsdb, markdown; --json and the like "
                   "are short for it"),
    OPTION(TRAWL_ARG_FLAG, wide, .name = "wide",
           .help = "show every column, however narrow the terminal"),
    OPTION(TRAWL_ARG_CHOICE, time, .name = "time", .choices = time_choices,
           .help = "how times are written"),
    OPTION(TRAWL_ARG_CHOICE, color, .name = "color", .choices = color_choices,
           .help = "colour on the terminal"),
    OPTION(TRAWL_ARG_U64, threads, .name = "threads", .min = "1", .max = "1024",
           .help = "threads that work; otherwise the cores"),
    OPTION(TRAWL_ARG_SIZE, memory_limit, .name = "memory-limit",
           .help = "memory for captures and tables, 0: no limit; otherwise three quarters of the "
                   "machine's"),
    OPTION(TRAWL_ARG_FILE, plugin_dirs, .flags = TRAWL_ARG_REPEATED, .name = "plugin-dir",
           .meta = "FOLDER", .help = "load plugins from one more folder"),
    OPTION(TRAWL_ARG_FLAG, no_cache, .name = "no-cache",
           .help = "load captures from their files, and keep nothing of them on disk"),
    OPTION(TRAWL_ARG_FLAG, cache, .name = "cache", .short_name = 'C',
           .help = "keep loaded captures on disk, also those that are read in less than a second"),
    OPTION(TRAWL_ARG_FLAG, force_overwrite, .name = "force-overwrite",
           .help = "read captures again and replace what is kept of them"),
    OPTION(TRAWL_ARG_FLAG, force_overwrite, .name = "regen",
           .help = "the same as --force-overwrite"),
    OPTION(TRAWL_ARG_FLAG, force_load, .name = "force-load",
           .help = "use what is kept of captures even if their files have changed since"),
    OPTION(TRAWL_ARG_STRING, cache_suffix, .name = "cache-file-suffix", .meta = "SUFFIX",
           .help = "accepted for traffic-taffy's users, who name files beside the capture: here "
                   "they are in a folder of their own, see 'cache info'"),
    OPTION(TRAWL_ARG_FLAG, tolerant, .name = "tolerant",
           .help = "damaged input does not change the exit status"),
    OPTION(TRAWL_ARG_FLAG, fail_empty, .name = "fail-empty",
           .help = "exit status 4 when a result has no rows"),
    OPTION(TRAWL_ARG_FLAG, interactive, .name = "interactive", .short_name = 'i',
           .help = "go on at the prompt after -c"),
    OPTION(TRAWL_ARG_FLAG, no_init, .name = "no-init", .help = "do not run trawlrc"),
    OPTION(TRAWL_ARG_STRING, emit, .name = "emit", .meta = "WHAT",
           .help = "write man, bash, zsh, fish or docs into the folder that follows"),
    OPTION(TRAWL_ARG_FLAG, version, .name = "version",
           .help = "versions of trawl and its libraries"),
    OPTION(TRAWL_ARG_FLAG, help, .name = "help", .short_name = 'h', .help = "this text"),
};

const trawl_arg *tw_program_args(size_t *ret_n)
{
    *ret_n = TW_COUNT(program_args);
    return program_args;
}

static const trawl_arg *find_long(const char *name, size_t n)
{
    for (size_t i = 0; i < TW_COUNT(program_args); i++)
        if (strlen(program_args[i].name) == n && memcmp(program_args[i].name, name, n) == 0)
            return &program_args[i];
    return NULL;
}

static const trawl_arg *find_short(char c)
{
    for (size_t i = 0; i < TW_COUNT(program_args); i++)
        if (c && program_args[i].short_name == c)
            return &program_args[i];
    return NULL;
}

/* What is asked for so of tshark and of trawl's own commands. */
static const char *instead_of(const char *word)
{
    static const struct {
        const char *options, *hint;
    } known[] = {
        {"o", "Write it within the command: -c 'tcp -o FILE'."},
        {"eT", "Write it within the command: -c 'packets -e ip.src --json'."},
        {"OVx", "Write what is to be seen: -c 'packets -e FIELD --vertical'; 'fields' lists them."},
        {"w", "'save FILE' writes the packets that -r, -f and -Y leave."},
        {"t", "It is '--time utc', 'local', 'epoch' or 'relative' of each command."},
        {"z", "Statistics are commands: 'help' lists them."},
        {"D", "'interfaces --machine' lists them."},
    };

    for (size_t i = 0; word[1] && word[1] != '-' && i < TW_COUNT(known); i++)
        if (strchr(known[i].options, word[1]))
            return known[i].hint;
    return "'trawl --help' lists the options.";
}

static int fail_unknown(const char *word, trawl_error *err)
{
    const char *names[TW_COUNT(program_args)];
    const char *near = NULL;

    for (size_t i = 0; i < TW_COUNT(program_args); i++)
        names[i] = program_args[i].name;
    tw_fail(err, TRAWL_E_USAGE, "no option '%s'", word);
    if (word[1] == '-')
        near = tw_nearest_name(word + 2, names, TW_COUNT(names));
    if (near)
        tw_error_hint(err, "Did you mean '--%s'?", near);
    else
        tw_error_hint(err, "%s", instead_of(word));
    return TRAWL_E_USAGE;
}

static int store(const trawl_arg *arg, const char *value, struct tw_program_options *o,
                 trawl_error *err)
{
    trawl_words *list = (trawl_words *)(void *)((char *)o + arg->offset);
    const char **grown;

    if (!(arg->flags & TRAWL_ARG_REPEATED))
        return tw_value_store(arg, value, o, false, err);
    grown = tw_realloc_array((void *)(uintptr_t)list->items, list->n + 1, sizeof(*grown));
    if (!grown)
        return tw_fail_nomem(err);
    grown[list->n++] = value;
    list->items = grown;
    return TRAWL_OK;
}

struct argv_reader {
    int argc, at;
    char *const *argv;
    struct tw_program_options *o;
};

static int take_value(struct argv_reader *r, const trawl_arg *arg, const char *word,
                      const char *attached, trawl_error *err)
{
    if (arg->kind == TRAWL_ARG_FLAG)
        return attached ? tw_fail(err, TRAWL_E_USAGE, "option '%s' takes no value", word)
                        : store(arg, NULL, r->o, err);
    if (!attached) {
        if (r->at + 1 >= r->argc) {
            tw_fail(err, TRAWL_E_USAGE, "option '%s' needs a value", word);
            return TRAWL_E_USAGE;
        }
        attached = r->argv[++r->at];
    }
    return store(arg, attached, r->o, err);
}

/* Two of the formats are the renderer's. */
static bool is_format(const char *name)
{
    return tw_format_find(name) || strcmp(name, "text") == 0 || strcmp(name, "vertical") == 0;
}

/* --name, --name=value, and --json for --format json. */
static int take_long(struct argv_reader *r, const char *word, trawl_error *err)
{
    const char *equals = strchr(word, '=');
    const size_t n = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;
    const trawl_arg *arg = find_long(word + 2, n);

    if (!arg && !equals && is_format(word + 2)) {
        r->o->format = word + 2;
        return TRAWL_OK;
    }
    if (!arg && n == 6 && memcmp(word + 2, "colour", 6) == 0)
        arg = find_long("color", 5);
    return arg ? take_value(r, arg, word, equals ? equals + 1 : NULL, err)
               : fail_unknown(word, err);
}

/* -k, -kq, -rFILE, -r FILE. */
static int take_short(struct argv_reader *r, const char *word, trawl_error *err)
{
    for (const char *p = word + 1; *p; p++) {
        const trawl_arg *arg = find_short(*p);
        int rc;

        if (!arg)
            return fail_unknown(word, err);
        if (arg->kind != TRAWL_ARG_FLAG)
            return take_value(r, arg, word, p[1] ? p + 1 : NULL, err);
        rc = store(arg, NULL, r->o, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

/* After the first word an option is the program's only when it is written out and the command on
 * the line has none of that name: `head -n 5` and `sort -rtt` are the command's. */
static bool is_ours_after_words(const char *word, const struct tw_program_options *o,
                                tw_options_belongs *belongs, void *context)
{
    const char *equals = strchr(word, '=');

    if (word[1] == '-') {
        const size_t n = equals ? (size_t)(equals - word) - 2 : strlen(word) - 2;

        if (!find_long(word + 2, n) && !is_format(word + 2))
            return false;
    } else if (word[2] != 0 || !find_short(word[1])) {
        return false;
    }
    return !belongs || !belongs(context, o->words, o->n_words, word);
}

int tw_program_options_parse(int argc, char *const *argv, tw_options_belongs *belongs,
                             void *context, struct tw_program_options *ret, trawl_error *err)
{
    struct argv_reader r = {.argc = argc, .at = 1, .argv = argv, .o = ret};
    bool only_words = false;
    int rc = TRAWL_OK;

    *ret = (struct tw_program_options){.memory_limit = UINT64_MAX};
    ret->words = tw_alloc_array((size_t)argc + 1, sizeof(*ret->words));
    if (!ret->words)
        return tw_fail_nomem(err);
    for (; rc == TRAWL_OK && r.at < argc; r.at++) {
        const char *word = argv[r.at];
        const bool option = word[0] == '-' && word[1] && !only_words;

        if (option && strcmp(word, "--") == 0 && ret->n_words == 0)
            only_words = true;
        else if (option && (ret->n_words == 0 || is_ours_after_words(word, ret, belongs, context)))
            rc = word[1] == '-' ? take_long(&r, word, err) : take_short(&r, word, err);
        else
            ret->words[ret->n_words++] = word;
    }
    return rc;
}

void tw_program_options_fini(struct tw_program_options *options)
{
    tw_free((void *)(uintptr_t)options->read.items);
    tw_free((void *)(uintptr_t)options->commands.items);
    tw_free((void *)(uintptr_t)options->plugin_dirs.items);
    tw_free(options->words);
    *options = (struct tw_program_options){0};
}
