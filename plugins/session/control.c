/* What steers the shell itself: set, plugin, help, quit.
 * Must not know what settings there are or how help is written. */
#include <string.h>

#include "session.h"

/* ---- set ---- */

struct set_opts {
    const char *name;
    const char *value;
};

static const trawl_arg set_args[] = {
    TRAWL_OPT(TRAWL_ARG_SETTING, struct set_opts, name, .name = "setting",
              .flags = TRAWL_ARG_POSITIONAL, .help = "which setting; default: show all"),
    TRAWL_OPT(TRAWL_ARG_STRING, struct set_opts, value, .name = "value",
              .flags = TRAWL_ARG_POSITIONAL, .meta = "VALUE",
              .help = "its new value; default: show it"),
};

static const trawl_example set_examples[] = {
    {"set", "every setting with its value"},
    {"set format json", "results as JSON from now on"},
};

static int set_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                      trawl_schema **ret, trawl_error *err)
{
    const struct set_opts *o = opts;

    if (o->value)
        return no_schema(call, opts, in, ret, err);
    return host->columns_of(call, "settings", ret, err);
}

static int set_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                   trawl_error *err)
{
    const struct set_opts *o = opts;
    trawl_table *all = NULL;
    int rc;

    (void)in;
    if (o->value)
        return host->setting(call, o->name, o->value, err);
    rc = host->list(call, "settings", &all, err);
    if (rc != TRAWL_OK)
        return rc;
    if (!o->name) {
        *ret = all;
        return TRAWL_OK;
    }
    for (uint64_t i = 0; i < host->n_rows(all); i++) {
        const char *name = host->cell_text(call, all, 0, i, err);

        if (name && strcmp(name, o->name) == 0) {
            rc = host->slice(call, all, i, 1, ret, err);
            host->release(all);
            return rc;
        }
    }
    host->release(all);
    host->fail(err, TRAWL_E_USAGE, "no setting '%s'", o->name);
    host->hint(err, "'set' lists them.");
    return TRAWL_E_USAGE;
}

const trawl_command set_command = {
    SESSION_COMMAND("set", "settings", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .summary = "show or change settings",
    .text =
        "Without arguments it lists the settings with their values and meanings; with a name it "
        "shows one, with a value it changes it until the session ends. Lines of 'set' in "
        "trawlrc hold for every session.",
    .args = set_args,
    .n_args = TRAWL_COUNT(set_args),
    .examples = set_examples,
    .n_examples = TRAWL_COUNT(set_examples),
    .opts_size = sizeof(struct set_opts),
    .schema = set_schema,
    .run = set_run,
};

/* ---- cache ---- */

struct cache_opts {
    const char *action, *capture;
    uint8_t all;
};

static const char *const cache_actions[] = {"info", "clear", NULL};

static const trawl_arg cache_args[] = {
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct cache_opts, action, .name = "action",
              .flags = TRAWL_ARG_POSITIONAL, .choices = cache_actions, .meta = "ACTION",
              .help = "info lists what is kept, clear removes it; default: info"),
    TRAWL_OPT(TRAWL_ARG_FILE, struct cache_opts, capture, .name = "capture",
              .flags = TRAWL_ARG_POSITIONAL, .meta = "CAPTURE",
              .help = "a loaded capture or a capture file: clear what is kept of it alone"),
    TRAWL_OPT(TRAWL_ARG_FLAG, struct cache_opts, all, .name = "all",
              .help = "clear all, as without a capture"),
};

static const trawl_example cache_examples[] = {
    {"cache info", "which captures are kept, with their parameters and sizes"},
    {"cache info | where state != \"good\"", "what will not be used again"},
    {"cache clear", "removes all of it"},
};

static int clears(const struct cache_opts *o)
{
    return o->action && strcmp(o->action, "clear") == 0;
}

static int cache_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                        trawl_schema **ret, trawl_error *err)
{
    return clears(opts) ? no_schema(call, opts, in, ret, err)
                        : host->columns_of(call, "cache", ret, err);
}

static int cache_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                     trawl_error *err)
{
    const struct cache_opts *o = opts;

    (void)in;
    if (!clears(o) && (o->capture || o->all))
        return host->fail(err, TRAWL_E_USAGE, "'cache info' lists all there is");
    if (o->capture && o->all)
        return host->fail(err, TRAWL_E_USAGE, "'--all' and '%s' exclude each other", o->capture);
    return clears(o) ? host->clear_cache(call, o->capture, err)
                     : host->list(call, "cache", ret, err);
}

const trawl_command cache_command = {
    SESSION_COMMAND("cache", "captures", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .summary = "show or empty the cache of captures on disk",
    .text =
        "A capture whose reading takes more than a second is kept in $XDG_CACHE_HOME/trawl (or "
        "~/.cache/trawl), and served from there as long as its files stay as they are, for the "
        "same filters and count. 'load -C' keeps any capture, 'load --no-cache' leaves the cache "
        "alone, 'load --force-overwrite' reads the files again and replaces what was kept, and "
        "'load --force-load' uses it although the files have changed. Columns of fields and the "
        "counts of dissect and compare are kept beside the capture when they took long, or with "
        "-C: what a deep level counted serves the others. A file that is damaged, of another "
        "version or of another capture costs a warning at most, and is made again. 'set "
        "cache-size' says how much it may hold.",
    .args = cache_args,
    .n_args = TRAWL_COUNT(cache_args),
    .examples = cache_examples,
    .n_examples = TRAWL_COUNT(cache_examples),
    .opts_size = sizeof(struct cache_opts),
    .schema = cache_schema,
    .run = cache_run,
};

/* ---- plugin ---- */

struct plugin_opts {
    const char *action;
    const char *name;
};

static const char *const plugin_actions[] = {"off", NULL};

static const trawl_arg plugin_args[] = {
    TRAWL_OPT(TRAWL_ARG_CHOICE, struct plugin_opts, action, .name = "action",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .choices = plugin_actions,
              .meta = "off", .help = "off hides its commands, tables and plots"),
    TRAWL_OPT(TRAWL_ARG_PLUGIN, struct plugin_opts, name, .name = "plugin",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .help = "which plugin"),
};

static const trawl_example plugin_examples[] = {
    {"plugin off flows", "its commands are gone until the next start"},
};

static int plugin_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                      trawl_error *err)
{
    const struct plugin_opts *o = opts;

    (void)in;
    (void)ret;
    if (strcmp(o->name, "session") == 0)
        return host->fail(err, TRAWL_E_USAGE, "plugin 'session' holds this very command and stays");
    return host->plugin_off(call, o->name, err);
}

const trawl_command plugin_command = {
    SESSION_COMMAND("plugin", "plugins", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .summary = "switch a plugin off",
    .text =
        "What a plugin brought is hidden until the next start; its code stays loaded, and tables "
        "that it made stay valid.",
    .args = plugin_args,
    .n_args = TRAWL_COUNT(plugin_args),
    .examples = plugin_examples,
    .n_examples = TRAWL_COUNT(plugin_examples),
    .opts_size = sizeof(struct plugin_opts),
    .schema = no_schema,
    .run = plugin_run,
};

/* ---- help ---- */

struct help_opts {
    trawl_words topic;
};

static const trawl_arg help_args[] = {
    TRAWL_OPT(TRAWL_ARG_STRING, struct help_opts, topic, .name = "topic",
              .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REPEATED, .meta = "TOPIC",
              .help = "a command, table, plot, field or general topic; default: the overview"),
};

static const trawl_column help_columns[] = {
    TRAWL_COLUMN(.type = TRAWL_STRING, .flags = TRAWL_COLUMN_PLAIN, .name = "line",
                 .help = "one line of text"),
};

static const trawl_example help_examples[] = {
    {"help", "the commands by group, and the topics"},
    {"help load", "what 'load' takes and does"},
};

static int help_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    const struct help_opts *o = opts;
    size_t n = 1;
    char *topic;

    (void)in;
    if (!o->topic.n)
        return host->help(call, NULL, ret, err);
    for (size_t i = 0; i < o->topic.n; i++)
        n += strlen(o->topic.items[i]) + 1;
    topic = host->call_alloc(call, n);
    if (!topic)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    n = 0;
    for (size_t i = 0; i < o->topic.n; i++) {
        size_t n_word = strlen(o->topic.items[i]);

        if (i)
            topic[n++] = ' ';
        memcpy(topic + n, o->topic.items[i], n_word);
        n += n_word;
    }
    return host->help(call, topic, ret, err);
}

static const char *const help_aliases[] = {"?", NULL};
const trawl_command help_command = {
    SESSION_COMMAND("help", "help", TRAWL_COMMAND_SOURCE),
    .aliases = help_aliases,
    .summary = "explain commands, tables, fields and topics",
    .text =
        "'help' alone lists the commands by group. 'help CMD', '? CMD' and 'CMD --help' give the "
        "same text.",
    .args = help_args,
    .n_args = TRAWL_COUNT(help_args),
    .gives = help_columns,
    .n_gives = TRAWL_COUNT(help_columns),
    .examples = help_examples,
    .n_examples = TRAWL_COUNT(help_examples),
    .opts_size = sizeof(struct help_opts),
    .run = help_run,
};

/* ---- quit ---- */

static const trawl_example quit_examples[] = {
    {"quit", "leaves trawl"},
};

static int quit_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                    trawl_error *err)
{
    (void)opts;
    (void)in;
    (void)ret;
    return host->quit(call, err);
}

static const char *const quit_aliases[] = {"exit", "q", NULL};
const trawl_command quit_command = {
    SESSION_COMMAND("quit", "help", TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT),
    .aliases = quit_aliases,
    .summary = "leave trawl",
    .text = "Ctrl-D on an empty line does the same. In a script the rest is not run.",
    .examples = quit_examples,
    .n_examples = TRAWL_COUNT(quit_examples),
    .schema = no_schema,
    .run = quit_run,
};
