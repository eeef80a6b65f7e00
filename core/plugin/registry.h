/* What is registered: plugins, commands, plots, metrics, writers; found by name. All or nothing for
 * each plugin. Must not know command lines or terminals. */
#ifndef TW_PLUGIN_REGISTRY_H
#define TW_PLUGIN_REGISTRY_H

#include "core/session/session.h"

/** A plugin file that was found: loaded, off or refused. */
struct tw_plugin {
    char *name; /**< "conn", or the file's name when refused before the entry */
    char *path;
    const trawl_plugin
        *descriptor;       /**< NULL when refused; the host's copy: strides are the host's own */
    const char *state;     /**< "on", "off", "refused" */
    char *reason;          /**< why refused, NULL */
    struct tw_arena arena; /**< of the copy; strings stay the plugin's */
    bool own;              /**< from the program's own folder */
    const void *part;      /**< functions of its part, once loaded */
};

/** A command with its plugin. Descriptors in here are the host's copies (see descriptor.h), so that
 * arrays may be indexed and every member read, whatever minor the plugin was built for. */
struct tw_command {
    const trawl_command *command;
    struct tw_plugin *plugin;
};

/** A plugin's setting. */
struct tw_setting {
    const trawl_arg *arg;
    const struct tw_plugin *plugin;
    char *value; /**< NULL: its default */
};

struct tw_registry {
    tw_session *session;
    struct tw_plugin **plugins;
    size_t n_plugins;
    struct tw_hashmap
        commands; /**< name and aliases → struct tw_command *; aliases point to the same */
    struct tw_command *
        *sorted; /**< n_commands, by name, without aliases and without plugins that are off */
    size_t n_commands;
    struct tw_hashmap plots, metrics, writers, resolvers, allows,
        analyzers;              /**< name → const trawl_… * */
    struct tw_hashmap settings; /**< name → struct tw_setting *, in order of loading */
    /** What the shell lends: lists and texts that only it has. All set by the shell; context is its
     * own. */
    struct tw_shell_hooks {
        void *context;
        int (*help)(void *context, const char *topic, tw_table **ret, trawl_error *err);
        int (*history)(void *context, tw_table **ret, trawl_error *err);
        int (*settings)(void *context, tw_table **ret, trawl_error *err);
        int (*set)(void *context, const char *name, const char *value, trawl_error *err);
        void (*terminal)(void *context, unsigned *ret_columns, unsigned *ret_rows);
        const char *(*libexec)(void *context);
        int (*pipeline)(void *context, const char *line, tw_table *in, tw_table **ret,
                        trawl_error *err);
        int (*screen)(void *context, trawl_call *call, const trawl_screen_def *def,
                      trawl_error *err);
        int (*write)(void *context, tw_table *table, const char *path,
                     const trawl_write_options *options, trawl_error *err);
        int (*show)(void *context, trawl_call *call, tw_table *table, uint32_t flags,
                    const char *title, trawl_error *err);
    } hooks;
};

struct tw_registry *tw_registry_new(tw_session *session, trawl_error *err);
void tw_registry_free(struct tw_registry *registry);

/** Check a descriptor: sizes, names, argument tables, schemas; TRAWL_E_PLUGIN names what is wrong.
 * Never trusts a pointer beyond the sizes that the plugin states. */
int tw_plugin_lint(const trawl_plugin *plugin, trawl_error *err);
/** Lint, handshake, init and register: all or nothing. */
int tw_registry_add(struct tw_registry *registry, const trawl_plugin *descriptor, const char *path,
                    trawl_error *err);
/** Load every *.so of a folder in name order (a missing folder is nothing). Files and folders that
 * others may write, links that leave the folder, … are refused and listed with the reason. */
int tw_registry_load_folder(struct tw_registry *registry, const char *folder, trawl_error *err);
/** The same for the folder that came with the program. Who can replace the program can replace its
 * plugins, so the owner of the program's file is trusted too, as are its group and sticky parents:
 * a tree that was cloned and built under /tmp or with umask 002 works. Others' write access never
 * is. */
int tw_registry_load_own_folder(struct tw_registry *registry, const char *folder, trawl_error *err);
/** Functions of a plugin's part, `parts/NAME.so` beside its file: loaded on first ask, by the same
 * rules as plugins. Any thread. registry may be NULL: no such plugin. */
int tw_registry_part(const struct tw_registry *registry, const char *name, const void **ret,
                     trawl_error *err);
/** Hide a plugin's commands, tables and plots. */
int tw_registry_off(struct tw_registry *registry, const char *name, trawl_error *err);
const struct tw_command *tw_registry_command(const struct tw_registry *registry, const char *name);

/* setting.c: plugins' settings */
/** Its text: what was set, else its default; NULL: neither, or no such setting. */
const char *tw_registry_setting(const struct tw_registry *registry, const char *name);
/** Set it ("": back to the default) and forget the columns that its plugin derived. A FILE that
 * cannot be read is TRAWL_E_IO. */
int tw_registry_set(struct tw_registry *registry, const char *name, const char *value,
                    trawl_error *err);
/** Enter a plugin's settings, take them out again (those that are in). */
int tw_registry_enter_settings(struct tw_registry *registry, const struct tw_plugin *plugin,
                               trawl_error *err);
void tw_registry_leave_settings(struct tw_registry *registry, const struct tw_plugin *plugin);

/* Iterating in stable (name) order, without aliases; for help, completion, generated files. */
size_t tw_registry_n_commands(const struct tw_registry *registry);
const struct tw_command *tw_registry_command_at(const struct tw_registry *registry, size_t i);

/* Element i of a plugin's arrays by its own stride: never index descriptors directly. */
const trawl_arg *tw_command_arg(const trawl_command *command, size_t i);
const trawl_column *tw_command_gives(const trawl_command *command, size_t i);
const trawl_arg *tw_plot_arg(const trawl_plot *plot, size_t i);

#endif
