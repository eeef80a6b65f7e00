/* The shell's beginning and end: session, registry, hooks, where plugins are looked for.
 * Must not know lines. */
#include "shell/shell.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/task.h"
#include "shell/deliver.h"
#include "shell/help.h"
#include "shell/lineedit.h"
#include "shell/screen.h"

static int hook_help(void *context, const char *topic, tw_table **ret, trawl_error *err)
{
    return tw_help_table(context, topic, ret, err);
}

static int hook_history(void *context, tw_table **ret, trawl_error *err)
{
    const struct tw_shell *shell = context;

    return tw_history_table(shell->edit, ret, err);
}

static int hook_settings(void *context, tw_table **ret, trawl_error *err)
{
    const struct tw_shell *shell = context;

    return tw_settings_table(&shell->settings, ret, err);
}

static int hook_set(void *context, const char *name, const char *value, trawl_error *err)
{
    struct tw_shell *shell = context;
    const int rc = tw_settings_set(&shell->settings, name, value, err);

    shell->session->cache.limit = shell->settings.cache_size;
    return rc;
}

static void hook_terminal(void *context, unsigned *ret_columns, unsigned *ret_rows)
{
    (void)context;
    if (isatty(STDOUT_FILENO)) {
        tw_terminal_size(STDOUT_FILENO, ret_columns, ret_rows);
        return;
    }
    *ret_columns = 0;
    *ret_rows = 0;
}

static int hook_pipeline(void *context, const char *line, tw_table *in, tw_table **ret,
                         trawl_error *err)
{
    return tw_shell_pipeline(context, line, in, ret, err);
}

static int hook_screen(void *context, trawl_call *call, const trawl_screen_def *def,
                       trawl_error *err)
{
    return tw_shell_screen(context, call, def, err);
}

static int hook_write(void *context, tw_table *table, const char *path,
                      const trawl_write_options *options, trawl_error *err)
{
    return tw_deliver_file(context, table, path, options, err);
}

static int hook_show(void *context, trawl_call *call, tw_table *table, uint32_t flags,
                     const char *title, trawl_error *err)
{
    return tw_deliver_now(context, table, call->stage, flags & TRAWL_SHOW_IN_PLACE, title, err);
}

static const char *hook_libexec(void *context)
{
    const struct tw_shell *shell = context;

    return shell->libexec.data ? shell->libexec.data : "";
}

/* Folder of the running program, with a slash; "" when the system does not tell. */
static void program_folder(char folder[PATH_MAX])
{
    const ssize_t n = readlink("/proc/self/exe", folder, PATH_MAX - 1);
    char *slash;

    folder[n > 0 ? n : 0] = 0;
    slash = strrchr(folder, '/');
    if (slash)
        slash[1] = 0;
}

int tw_shell_init(struct tw_shell *shell, trawl_error *err)
{
    int rc;

    *shell = (struct tw_shell){.warned = TW_HASHMAP_INIT, .libexec = TW_BUFFER_INIT};
    rc = tw_settings_init(&shell->settings, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_log_set_sink(tw_shell_log, shell);
    shell->session = tw_session_new(err);
    if (!shell->session)
        return tw_fail_nomem(err);
    shell->registry = tw_registry_new(shell->session, err);
    if (!shell->registry)
        return tw_fail_nomem(err);
    shell->settings.registry = shell->registry;
    shell->registry->hooks = (struct tw_shell_hooks){.context = shell,
                                                     .help = hook_help,
                                                     .history = hook_history,
                                                     .settings = hook_settings,
                                                     .set = hook_set,
                                                     .terminal = hook_terminal,
                                                     .libexec = hook_libexec,
                                                     .pipeline = hook_pipeline,
                                                     .screen = hook_screen,
                                                     .write = hook_write,
                                                     .show = hook_show};
    return TRAWL_OK;
}

void tw_shell_fini(struct tw_shell *shell)
{
    /* The session first: its tables' frees may be plugins' functions, which stay loaded. */
    tw_session_free(shell->session);
    tw_registry_free(shell->registry);
    tw_settings_fini(&shell->settings);
    tw_hashmap_fini(&shell->warned);
    tw_buffer_fini(&shell->libexec);
    tw_log_set_sink(NULL, NULL);
}

static int load_folder(struct tw_shell *shell, const char *folder, trawl_error *err)
{
    return folder ? tw_registry_load_folder(shell->registry, folder, err) : TRAWL_OK;
}

/* Beside the program in a build tree, else relative to it or where it was installed. */
static int load_own(struct tw_shell *shell, trawl_error *err)
{
    char folder[PATH_MAX];
    static const struct {
        const char *plugins, *programs;
    } places[] = {{"plugins", "."}, {TRAWL_PLUGIN_RELATIVE, TRAWL_LIBEXEC_RELATIVE}};
    char *path;
    int rc;

    program_folder(folder);
    for (size_t i = 0; i < TW_COUNT(places); i++) {
        char real[PATH_MAX];

        path = tw_asprintf("%s%s", folder, places[i].plugins);
        if (!path)
            return tw_fail_nomem(err);
        if (folder[0] && access(path, R_OK | X_OK) == 0 && realpath(path, real)) {
            tw_free(path);
            /* A build tree keeps its programs beside trawl itself; an installed tree may be moved.
             */
            path = tw_asprintf("%s%s", folder, places[i].programs);
            if (!path)
                return tw_fail_nomem(err);
            tw_buffer_puts(&shell->libexec, access(path, X_OK) == 0 ? path : TRAWL_LIBEXEC_FOLDER);
            tw_free(path);
            return tw_registry_load_own_folder(shell->registry, real, err);
        }
        tw_free(path);
    }
    tw_buffer_puts(&shell->libexec, TRAWL_LIBEXEC_FOLDER);
    rc = tw_registry_load_own_folder(shell->registry, TRAWL_PLUGIN_FOLDER, err);
    return rc;
}

static int load_path(struct tw_shell *shell, const char *list, trawl_error *err)
{
    int rc = TRAWL_OK;

    while (rc == TRAWL_OK && *list) {
        const size_t n = strcspn(list, ":");
        char *folder = n ? tw_strndup(list, n) : NULL;

        if (n && !folder)
            return tw_fail_nomem(err);
        rc = load_folder(shell, folder, err);
        tw_free(folder);
        list += n + (list[n] == ':');
    }
    return rc;
}

int tw_shell_load_plugins(struct tw_shell *shell, const trawl_words *folders, trawl_error *err)
{
    const char *list = secure_getenv("TRAWL_PLUGIN_PATH");
    char *own = secure_getenv("HOME") ? tw_xdg_path("XDG_DATA_HOME", ".local/share", "plugins")
                                      : NULL;
    int rc = load_own(shell, err);

    if (rc == TRAWL_OK && own && access(own, F_OK) == 0)
        rc = load_folder(shell, own, err);
    if (rc == TRAWL_OK && list)
        rc = load_path(shell, list, err);
    for (size_t i = 0; rc == TRAWL_OK && i < folders->n; i++) {
        char real[PATH_MAX];

        if (!realpath(folders->items[i], real))
            rc = tw_fail(err, TRAWL_E_IO, "could not open the plugin folder '%s'",
                         folders->items[i]);
        else
            rc = load_folder(shell, real, err);
    }
    tw_free(own);
    return rc;
}
