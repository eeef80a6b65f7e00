/* Plugins' settings: what `set` knows beside the shell's own.
 * Must not know what a value means, but that a FILE can be read. */
#include "core/plugin/registry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

const char *tw_registry_setting(const struct tw_registry *registry, const char *name)
{
    const struct tw_setting *setting = tw_hashmap_get(&registry->settings, name);

    return !setting ? NULL : setting->value ? setting->value : setting->arg->def;
}

/* Told now, not when something first needs it. Nothing is opened: a pipe can be read once. */
static int check_file(const char *path, trawl_error *err)
{
    struct stat st;
    int number = stat(path, &st) != 0 || faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0 ? errno
                 : S_ISDIR(st.st_mode)                                                    ? EISDIR
                                                                                          : 0;

    return number ? tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", path, tw_reason(number))
                  : TRAWL_OK;
}

int tw_registry_set(struct tw_registry *registry, const char *name, const char *value,
                    trawl_error *err)
{
    struct tw_setting *setting = tw_hashmap_get(&registry->settings, name);
    char *copy = NULL;

    if (!setting)
        return tw_fail(err, TRAWL_E_USAGE, "no setting '%s'", name);
    if (*value && setting->arg->kind == TRAWL_ARG_FILE && check_file(value, err) != TRAWL_OK)
        return TRAWL_E_IO;
    if (*value && !(copy = tw_strdup(value)))
        return tw_fail_nomem(err);
    tw_free(setting->value);
    setting->value = copy;
    for (uint32_t i = 0; i < setting->plugin->descriptor->n_derived; i++)
        tw_session_forget_derived(registry->session, &setting->plugin->descriptor->derived[i]);
    return TRAWL_OK;
}

int tw_registry_enter_settings(struct tw_registry *registry, const struct tw_plugin *plugin,
                               trawl_error *err)
{
    const trawl_plugin *d = plugin->descriptor;

    for (uint32_t i = 0; i < d->n_settings; i++) {
        struct tw_setting *setting = tw_alloc(sizeof(*setting));

        if (!setting ||
            tw_hashmap_put(&registry->settings, d->settings[i].name, setting) != TRAWL_OK) {
            tw_free(setting);
            return tw_fail_nomem(err);
        }
        setting->arg = &d->settings[i];
        setting->plugin = plugin;
    }
    return TRAWL_OK;
}

void tw_registry_leave_settings(struct tw_registry *registry, const struct tw_plugin *plugin)
{
    const trawl_plugin *d = plugin->descriptor;

    for (uint32_t i = 0; i < d->n_settings; i++) {
        struct tw_setting *setting = tw_hashmap_remove(&registry->settings, d->settings[i].name);

        if (setting)
            tw_free(setting->value);
        tw_free(setting);
    }
}
