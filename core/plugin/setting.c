/* Plugins' settings: what `set` knows beside the shell's own.
 * Must not know what a value means. */
#include "core/plugin/registry.h"

const char *tw_registry_setting(const struct tw_registry *registry, const char *name)
{
    const struct tw_setting *setting = tw_hashmap_get(&registry->settings, name);

    return !setting ? NULL : setting->value ? setting->value : setting->arg->def;
}

int tw_registry_set(struct tw_registry *registry, const char *name, const char *value,
                    trawl_error *err)
{
    struct tw_setting *setting = tw_hashmap_get(&registry->settings, name);
    char *copy = NULL;

    if (!setting)
        return tw_fail(err, TRAWL_E_USAGE, "no setting '%s'", name);
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
