/* Records of plugin files within this room. Must not know command lines. */
#ifndef TW_PLUGIN_PLUGIN_H
#define TW_PLUGIN_PLUGIN_H

#include "core/plugin/registry.h"

/** A record; strings are copied, state is a constant. NULL and err on no memory. */
struct tw_plugin *tw_plugin_new(const char *name, const char *path, const char *state,
                                const char *reason, trawl_error *err);
void tw_plugin_free(struct tw_plugin *plugin);
/** List it; the record is the registry's, also when that fails. */
int tw_registry_note(struct tw_registry *registry, struct tw_plugin *plugin, trawl_error *err);
/** List a file that was refused before or by its descriptor, with the reason, and say so once. */
int tw_registry_refuse(struct tw_registry *registry, const char *path, const char *reason,
                       trawl_error *err);
/** The same for a whole folder. */
int tw_registry_refuse_folder(struct tw_registry *registry, const char *folder, const char *reason,
                              trawl_error *err);

#endif
