/* The program's own options: one table from which parsing, --help and the manual come.
 * Must not know what they do. */
#ifndef TW_SHELL_OPTIONS_H
#define TW_SHELL_OPTIONS_H

#include "shell/config.h"

struct tw_registry;

/** What the command line of the program said. Strings point into argv. */
struct tw_program_options {
    trawl_words read;        /**< -r */
    trawl_words commands;    /**< -c */
    trawl_words plugin_dirs; /**< --plugin-dir */
    const char *batch;       /**< --batch */
    const char *bpf, *expr;  /**< -f, -Y */
    const char *format;      /**< --format, --json … */
    const char *time, *color, *emit;
    uint64_t threads, memory_limit;
    uint8_t keep_going, quiet, no_cache, tolerant, fail_empty, no_init, merge, interactive, wide;
    uint8_t cache, force_overwrite, force_load;
    uint8_t names;            /**< -n: accepted, means nothing */
    const char *cache_suffix; /**< accepted, means nothing */
    uint8_t version, help;
    const char **words; /**< files, a script, or a command line; NULL-terminated, owned */
    size_t n_words;
};

const trawl_arg *tw_program_args(size_t *ret_n);

/** Which words are options of the command that is being typed: never the program's then. */
typedef bool tw_options_belongs(void *context, const char *const *words, size_t n_words,
                                const char *option);

/** Parse argv. Options may stand after the words too, unless `belongs` says that the command has an
 * option of that name. TRAWL_E_USAGE for what is not known. Ended with tw_program_options_fini().
 */
int tw_program_options_parse(int argc, char *const *argv, tw_options_belongs *belongs,
                             void *context, struct tw_program_options *ret, trawl_error *err);
void tw_program_options_fini(struct tw_program_options *options);

#endif
