/* Texts of the generated files. Must not know files. */
#ifndef TW_SHELL_EMIT_PARTS_H
#define TW_SHELL_EMIT_PARTS_H

#include "shell/shell.h"

void tw_emit_man(const struct tw_shell *shell, struct tw_buffer *out);
void tw_emit_bash(const struct tw_shell *shell, struct tw_buffer *out);
void tw_emit_zsh(const struct tw_shell *shell, struct tw_buffer *out);
void tw_emit_fish(const struct tw_shell *shell, struct tw_buffer *out);
/** One command's page, in Markdown; and the list of all. */
void tw_emit_page(const struct tw_shell *shell, const struct tw_command *command,
                  struct tw_buffer *out);
void tw_emit_index(const struct tw_shell *shell, struct tw_buffer *out);

#endif
