/* Settings: one table of descriptors from which `set`, completion and the checks come.
 * Must not know command lines. */
#ifndef TW_SHELL_CONFIG_H
#define TW_SHELL_CONFIG_H

#include "core/base/text.h"
#include "core/plugin/registry.h"
#include "core/table/table.h"
#include "trawl/command.h"

/** The values of `set`, stored as trawl_arg kinds say. Strings are owned by the settings. */
struct tw_settings {
    struct tw_registry *registry; /**< where the plugins' are; NULL until there is one */
    const char *format;           /**< "auto", "text", "csv" … */
    const char *time;             /**< "utc", "local", "epoch", "relative" */
    const char *color;            /**< "auto", "always", "never" */
    const char *pager;            /**< "auto", "never", "always" */
    const char *human;            /**< "auto", "on", "off" */
    const char *progress;         /**< "auto", "never" */
    uint64_t threads;
    uint64_t memory_limit; /**< bytes */
    uint64_t cache_size;   /**< bytes that the disk cache may hold */
    uint64_t history;      /**< lines kept */
};

/** Descriptor of setting i in the order shown, the plugins' last; NULL at the end. */
const trawl_arg *tw_setting_at(const struct tw_settings *settings, size_t i);

/** Defaults; the memory limit is three quarters of what the machine (or its container) has. */
int tw_settings_init(struct tw_settings *settings, trawl_error *err);
void tw_settings_fini(struct tw_settings *settings);
/** Set by name; takes effect at once. TRAWL_E_USAGE for unknown names and values. */
int tw_settings_set(struct tw_settings *settings, const char *name, const char *value,
                    trawl_error *err);
/** Text of a setting into out (cleared first). */
void tw_settings_text(const struct tw_settings *settings, const trawl_arg *arg,
                      struct tw_buffer *out);
/** The settings as a table: setting, value, default, help. */
int tw_settings_table(const struct tw_settings *settings, tw_table **ret, trawl_error *err);

/** Value of one option word by its kind: FLAG (text NULL), U64, SIZE, STRING kinds, CHOICE. Stored
 * at base + arg->offset; strings are copied (and the old one freed) when copy is set, else
 * borrowed. */
int tw_value_store(const trawl_arg *arg, const char *text, void *base, bool copy, trawl_error *err);

/** Folders of the XDG base directory specification: path of a file below them (tw_free it), NULL
 * when there is no home. */
char *tw_xdg_path(const char *variable, const char *below_home, const char *name);
/** Make the folders of a path, 0700. */
bool tw_make_folders(const char *path);

#endif
