/* Where the disk cache is, and which programs may share what is in it.
 * Must not know captures. */
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "shell/shell.h"
#include "shell/version.h"

/* A file as it is now, mixed into what came before. */
static uint64_t mix_file(uint64_t hash, const char *path, const char *name)
{
    struct stat st;
    uint64_t is[3] = {0};

    if (stat(path, &st) == 0) {
        is[0] = (uint64_t)st.st_size;
        is[1] = (uint64_t)st.st_mtim.tv_sec;
        is[2] = (uint64_t)st.st_mtim.tv_nsec;
    }
    return tw_hash_bytes(is, sizeof(is), tw_hash_bytes(name, strlen(name), hash));
}

/* A plugin's file and, where it has one, its part's. */
static uint64_t mix_plugin(uint64_t hash, const struct tw_plugin *plugin)
{
    const char *slash = plugin->path ? strrchr(plugin->path, '/') : NULL;
    char part[PATH_MAX];

    hash = mix_file(hash, plugin->path, plugin->name);
    if (slash && snprintf(part, sizeof(part), "%.*s/parts/%s.so", (int)(slash - plugin->path),
                          plugin->path, plugin->name) < (int)sizeof(part))
        hash = mix_file(hash, part, plugin->name);
    return hash;
}

/* The version and, since readers and dissectors have a part in what is found, the very files of the
 * program and of its plugins. */
static char *engine_text(const struct tw_shell *shell)
{
    const struct tw_registry *registry = shell->registry;
    uint64_t hash = mix_file(0, "/proc/self/exe", "trawl");

    for (size_t i = 0; i < registry->n_plugins; i++)
        if (strcmp(registry->plugins[i]->state, "on") == 0)
            hash = mix_plugin(hash, registry->plugins[i]);
    return tw_asprintf("%s %016llx", tw_version(), (unsigned long long)hash);
}

int tw_shell_open_cache(struct tw_shell *shell, uint32_t flags, trawl_error *err)
{
    struct tw_session_cache *cache = &shell->session->cache;
    char *folder = tw_xdg_path("XDG_CACHE_HOME", ".cache", "");

    tw_free(cache->folder);
    tw_free(cache->engine);
    cache->folder = folder;
    cache->engine = engine_text(shell);
    cache->flags = flags;
    cache->limit = shell->settings.cache_size;
    if (folder)
        folder[strlen(folder) - 1] = 0; /* the slash before no name */
    return cache->engine ? TRAWL_OK : tw_fail_nomem(err);
}
