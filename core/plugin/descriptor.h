/* Plugins' descriptors as the host reads them: element sizes of each ABI minor, one checked way to
 * element i, and copies in the host's own layout. Must not know the registry. */
#ifndef TW_PLUGIN_DESCRIPTOR_H
#define TW_PLUGIN_DESCRIPTOR_H

#include "core/base/memory.h"
#include "trawl/plugin.h"

/** Bytes up to and with a member: the size a struct had when that member was its last one. */
#define TW_SIZE_UP_TO(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

/** Smallest sizes that ABI 1.0 knows; they never change. */
enum {
    TW_MIN_PLUGIN = TW_SIZE_UP_TO(trawl_plugin, init),
    TW_MIN_COMMAND = TW_SIZE_UP_TO(trawl_command, run),
    TW_MIN_ARG = TW_SIZE_UP_TO(trawl_arg, storage),
    TW_MIN_COLUMN = TW_SIZE_UP_TO(trawl_column, source),
    TW_MIN_FIELD = TW_SIZE_UP_TO(trawl_field, source),
    TW_MIN_DISSECTOR = TW_SIZE_UP_TO(trawl_dissector, udp_ports),
    TW_MIN_TABLE = TW_SIZE_UP_TO(trawl_table_def, build),
    TW_MIN_DERIVED = TW_SIZE_UP_TO(trawl_derived, compute),
    TW_MIN_METRIC = TW_SIZE_UP_TO(trawl_metric, on_expire),
    TW_MIN_PLOT = TW_SIZE_UP_TO(trawl_plot, draw),
    TW_MIN_WRITER = TW_SIZE_UP_TO(trawl_writer, end),
    TW_MIN_RESOLVER = TW_SIZE_UP_TO(trawl_resolver, close), /* since 1.2 */
    TW_MIN_ALLOW = TW_SIZE_UP_TO(trawl_allow, close),       /* since 1.2 */
    TW_MIN_ANALYZER = TW_SIZE_UP_TO(trawl_analyzer, close), /* since 1.2 */
    TW_MIN_READER = TW_SIZE_UP_TO(trawl_reader, describe),  /* since 1.1 */
    TW_MAX_ELEMENT = 4096,        /**< no element of any minor is larger */
    TW_MAX_ELEMENTS = 16384,      /**< of one array */
    TW_MAX_ANALYZER_STATE = 1024, /**< bytes for each destination */
    TW_MAX_OPTIONS = 65536        /**< bytes of a command's options struct */
};

/** Element i of an array whose elements take `stride` bytes. */
#define TW_ELEMENT(type, array, stride, i) \
    ((const type *)(const void *)((const char *)(const void *)(array) + (size_t)(stride) * (i)))

/** Copy a descriptor that passed tw_plugin_lint into the arena, every struct in the host's size:
 * members that the plugin's minor does not know are zero. Strings and functions stay the plugin's.
 * NULL and err on no memory. */
const trawl_plugin *tw_descriptor_copy(const trawl_plugin *plugin, struct tw_arena *arena,
                                       trawl_error *err);

#endif
