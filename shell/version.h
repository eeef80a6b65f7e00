/* What --version and --help say. Must not know the session. */
#ifndef TW_SHELL_VERSION_H
#define TW_SHELL_VERSION_H

#include "core/base/memory.h"

/** trawl and the libraries it was built with, one a line. */
void tw_version_text(struct tw_buffer *out);
/** Usage and options of the program. */
void tw_program_help(struct tw_buffer *out);
const char *tw_version(void);

/** How the program is called, one form a line: synopsis and what it does. NULL ends. */
struct tw_program_form {
    const char *synopsis, *summary;
};
extern const struct tw_program_form tw_program_forms[];

#endif
