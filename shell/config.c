/* Settings: one table of descriptors from which `set`, completion and the checks come.
 * Must not know command lines. */
#include "shell/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/task.h"
#include "shell/export.h"

static const char *const time_choices[] = {"utc", "local", "epoch", "relative", NULL};
static const char *const auto_choices[] = {"auto", "always", "never", NULL};
static const char *const human_choices[] = {"auto", "on", "off", NULL};

#define SETTING(kind_, member, ...) TRAWL_OPT(kind_, struct tw_settings, member, __VA_ARGS__)
static const trawl_arg settings_args[] = {
    SETTING(TRAWL_ARG_STRING, format, .name = "format", .meta = "FORMAT", .def = "auto",
            .help = "output format; auto: text on a terminal, tsv elsewhere"),
    SETTING(TRAWL_ARG_CHOICE, time, .name = "time", .def = "utc", .choices = time_choices,
            .help = "how times are written"),
    SETTING(TRAWL_ARG_CHOICE, color, .name = "color", .def = "auto", .choices = auto_choices,
            .help = "colour on the terminal"),
    SETTING(TRAWL_ARG_CHOICE, pager, .name = "pager", .def = "auto", .choices = auto_choices,
            .help = "page what does not fit the terminal"),
    SETTING(TRAWL_ARG_CHOICE, human, .name = "human", .def = "auto", .choices = human_choices,
            .help = "sizes and durations with units in text; auto: on"),
    SETTING(TRAWL_ARG_CHOICE, progress, .name = "progress", .def = "auto", .choices = auto_choices,
            .help = "the progress line on stderr"),
    SETTING(TRAWL_ARG_U64, threads, .name = "threads", .meta = "N", .min = "1", .max = "1024",
            .help = "threads that work; the cores when not set"),
    SETTING(TRAWL_ARG_SIZE, memory_limit, .name = "memory-limit", .meta = "SIZE", .min = "0",
            .help = "memory for captures and tables; 0: no limit"),
    SETTING(TRAWL_ARG_SIZE, cache_size, .name = "cache-size", .meta = "SIZE", .min = "0",
            .def = "10G",
            .help = "bytes that the disk cache may hold, and never more than a tenth of the disk; "
                    "what was used least recently goes first"),
    SETTING(TRAWL_ARG_U64, history, .name = "history", .meta = "LINES", .min = "0", .max = "100000",
            .def = "1000", .help = "lines of history that are kept"),
};

const trawl_arg *tw_setting_at(const struct tw_settings *settings, size_t i)
{
    const struct tw_hashmap *more = settings->registry ? &settings->registry->settings : NULL;

    if (i < TW_COUNT(settings_args))
        return &settings_args[i];
    i -= TW_COUNT(settings_args);
    for (size_t k = 0; more && k < more->n_entries; k++) {
        if (more->entries[k].key && i-- == 0)
            return ((const struct tw_setting *)more->entries[k].value)->arg;
    }
    return NULL;
}

static int fail_value(const trawl_arg *arg, const char *text, const char *what, trawl_error *err)
{
    return tw_fail(err, TRAWL_E_USAGE, "'%s' is not %s for '%s'", text, what, arg->name);
}

static int check_range(const trawl_arg *arg, uint64_t value, const char *text, trawl_error *err)
{
    uint64_t bound;

    if (arg->min && tw_parse_size(arg->min, strlen(arg->min), &bound) == TRAWL_OK && value < bound)
        return tw_fail(err, TRAWL_E_USAGE, "'%s' is below %s, the least that '%s' takes", text,
                       arg->min, arg->name);
    if (arg->max && tw_parse_size(arg->max, strlen(arg->max), &bound) == TRAWL_OK && value > bound)
        return tw_fail(err, TRAWL_E_USAGE, "'%s' is above %s, the most that '%s' takes", text,
                       arg->max, arg->name);
    return TRAWL_OK;
}

static int check_choice(const trawl_arg *arg, const char *text, trawl_error *err)
{
    struct tw_buffer list = TW_BUFFER_INIT;
    const char *near;
    size_t n = 0;

    for (; arg->choices[n]; n++) {
        if (strcmp(arg->choices[n], text) == 0)
            return TRAWL_OK;
    }
    for (size_t i = 0; i < n; i++)
        tw_buffer_printf(&list, "%s%s", i ? ", " : "", arg->choices[i]);
    tw_fail(err, TRAWL_E_USAGE, "'%s' is not a value of '%s'", text, arg->name);
    near = tw_nearest(text, arg->choices, n);
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else if (!list.failed)
        tw_error_hint(err, "It takes one of: %s.", list.data);
    tw_buffer_fini(&list);
    return TRAWL_E_USAGE;
}

int tw_value_store(const trawl_arg *arg, const char *text, void *base, bool copy, trawl_error *err)
{
    void *at = (char *)base + arg->offset;
    uint64_t number;
    int rc = TRAWL_OK;

    switch (arg->kind) {
    case TRAWL_ARG_FLAG:
        *(uint8_t *)at = 1;
        return TRAWL_OK;
    case TRAWL_ARG_U64:
        if (tw_parse_u64(text, strlen(text), &number) != TRAWL_OK)
            return fail_value(arg, text, "a whole number", err);
        rc = check_range(arg, number, text, err);
        break;
    case TRAWL_ARG_SIZE:
        if (tw_parse_size(text, strlen(text), &number) != TRAWL_OK)
            return fail_value(arg, text, "a size (10M, 4GiB)", err);
        rc = check_range(arg, number, text, err);
        break;
    default: {
        char *own = NULL;

        if (arg->choices && (rc = check_choice(arg, text, err)) != TRAWL_OK)
            return rc;
        if (copy && !(own = tw_strdup(text)))
            return tw_fail_nomem(err);
        if (copy)
            tw_free(*(char **)at);
        *(const char **)at = copy ? own : text;
        return TRAWL_OK;
    }
    }
    if (rc == TRAWL_OK)
        *(uint64_t *)at = number;
    return rc;
}

/* Memory that this process may use: the machine's, or its control group's when that is less. */
static uint64_t memory_of_machine(void)
{
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    uint64_t bytes = pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page : 0, limit;
    const int fd = open("/sys/fs/cgroup/memory.max", O_RDONLY | O_CLOEXEC);
    char text[32];
    ssize_t n;

    if (fd < 0)
        return bytes;
    n = read(fd, text, sizeof(text));
    close(fd);
    if (n > 1 && tw_parse_u64(text, (size_t)n - 1, &limit) == TRAWL_OK && limit &&
        (!bytes || limit < bytes))
        bytes = limit;
    return bytes;
}

int tw_settings_init(struct tw_settings *settings, trawl_error *err)
{
    int rc = TRAWL_OK;

    *settings = (struct tw_settings){0};
    for (size_t i = 0; rc == TRAWL_OK && i < TW_COUNT(settings_args); i++)
        if (settings_args[i].def)
            rc = tw_value_store(&settings_args[i], settings_args[i].def, settings, true, err);
    settings->threads = tw_pool_threads();
    settings->memory_limit = memory_of_machine() / 4 * 3;
    tw_memory_set_limit(settings->memory_limit);
    return rc;
}

void tw_settings_fini(struct tw_settings *settings)
{
    for (size_t i = 0; i < TW_COUNT(settings_args); i++)
        if (settings_args[i].kind == TRAWL_ARG_STRING || settings_args[i].kind == TRAWL_ARG_CHOICE)
            tw_free(*(char **)(void *)((char *)settings + settings_args[i].offset));
    *settings = (struct tw_settings){0};
}

static const trawl_arg *find_setting(const struct tw_settings *settings, const char *name,
                                     trawl_error *err)
{
    const char *names[64];
    const char *near;
    const trawl_arg *arg;
    size_t n = 0;

    for (size_t i = 0; (arg = tw_setting_at(settings, i)) != NULL; i++) {
        if (strcmp(arg->name, name) == 0)
            return arg;
        if (n < TW_COUNT(names))
            names[n++] = arg->name;
    }
    tw_fail(err, TRAWL_E_USAGE, "no setting '%s'", name);
    near = tw_nearest(name, names, n);
    if (near)
        tw_error_hint(err, "Did you mean '%s'?", near);
    else
        tw_error_hint(err, "'set' lists them.");
    return NULL;
}

/* One of the shell's own: its value has a place in struct tw_settings. */
static bool is_own(const trawl_arg *arg)
{
    return arg >= settings_args && arg < settings_args + TW_COUNT(settings_args);
}

int tw_settings_set(struct tw_settings *settings, const char *name, const char *value,
                    trawl_error *err)
{
    enum { LEAST_LIMIT = 8 << 20 };
    const trawl_arg *arg = find_setting(settings, name, err);
    const uint64_t limit = settings->memory_limit;
    int rc;

    if (!arg)
        return TRAWL_E_USAGE;
    if (!is_own(arg))
        return tw_registry_set(settings->registry, name, value, err);
    if (strcmp(name, "format") == 0 && strcmp(value, "auto") != 0 && !tw_format_known(value, err))
        return TRAWL_E_USAGE;
    rc = tw_value_store(arg, value, settings, true, err);
    if (rc != TRAWL_OK)
        return rc;
    if (settings->memory_limit && settings->memory_limit < LEAST_LIMIT) {
        settings->memory_limit = limit;
        return tw_fail(err, TRAWL_E_USAGE,
                       "memory-limit '%s' is too little to work with: %dM is the least, 0 no limit",
                       value, LEAST_LIMIT >> 20);
    }
    if (strcmp(name, "threads") == 0)
        tw_pool_set_threads((unsigned)settings->threads);
    else if (strcmp(name, "memory-limit") == 0)
        tw_memory_set_limit(settings->memory_limit);
    return TRAWL_OK;
}

void tw_settings_text(const struct tw_settings *settings, const trawl_arg *arg,
                      struct tw_buffer *out)
{
    const void *at = (const char *)settings + arg->offset;

    tw_buffer_clear(out);
    if (!is_own(arg)) {
        const char *text = tw_registry_setting(settings->registry, arg->name);

        tw_buffer_puts(out, text ? text : "");
        return;
    }
    if (arg->kind == TRAWL_ARG_STRING || arg->kind == TRAWL_ARG_CHOICE)
        tw_buffer_puts(out, *(const char *const *)at);
    else if (arg->kind == TRAWL_ARG_SIZE && *(const uint64_t *)at >= 1 << 20)
        tw_buffer_printf(out, "%lluM", (unsigned long long)(*(const uint64_t *)at >> 20));
    else
        tw_buffer_printf(out, "%llu", (unsigned long long)*(const uint64_t *)at);
}

int tw_settings_table(const struct tw_settings *settings, tw_table **ret, trawl_error *err)
{
    static const trawl_column columns[] = {
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "setting", .help = "name"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "value", .help = "value now"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "default", .priority = 3,
                     .help = "value at the start"),
        TRAWL_COLUMN(.type = TRAWL_STRING, .name = "help", .priority = 2, .help = "what it does"),
    };
    tw_schema *schema = tw_schema_new();
    struct tw_buffer text = TW_BUFFER_INIT;
    tw_builder *b = NULL;
    int rc = schema ? TRAWL_OK : tw_fail_nomem(err);

    for (size_t i = 0; rc == TRAWL_OK && i < TW_COUNT(columns); i++)
        rc = tw_schema_add(schema, &columns[i], err);
    if (rc == TRAWL_OK && !(b = tw_builder_new(schema, NULL, err)))
        rc = TRAWL_E_NOMEM;
    for (size_t i = 0; rc == TRAWL_OK && tw_setting_at(settings, i); i++) {
        const trawl_arg *arg = tw_setting_at(settings, i);

        tw_settings_text(settings, arg, &text);
        if (text.failed) {
            rc = tw_fail_nomem(err);
            break;
        }
        tw_builder_value(b, arg->name, strlen(arg->name));
        tw_builder_value(b, text.data ? text.data : "", text.len);
        if (arg->def)
            tw_builder_value(b, arg->def, strlen(arg->def));
        else
            tw_builder_null(b);
        tw_builder_value(b, arg->help, strlen(arg->help));
        tw_builder_end_row(b);
    }
    if (rc == TRAWL_OK)
        rc = tw_builder_finish(b, ret, err);
    else
        tw_builder_free(b);
    tw_buffer_fini(&text);
    tw_schema_free(schema);
    return rc;
}

char *tw_xdg_path(const char *variable, const char *below_home, const char *name)
{
    const char *base = getenv(variable);
    const char *home = getenv("HOME");

    if (base && base[0] == '/')
        return tw_asprintf("%s/trawl/%s", base, name);
    if (home && home[0] == '/')
        return tw_asprintf("%s/%s/trawl/%s", home, below_home, name);
    return NULL;
}

bool tw_make_folders(const char *path)
{
    char *copy = tw_strdup(path);
    bool ok = copy != NULL;

    for (char *p = copy ? copy + 1 : NULL; ok && *p; p++) {
        if (*p != '/')
            continue;
        *p = 0;
        ok = mkdir(copy, 0700) == 0 || errno == EEXIST;
        *p = '/';
    }
    tw_free(copy);
    return ok;
}
