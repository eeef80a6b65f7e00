/* The generated files: manual page, completions, pages of commands.
 * Must not know lines or tables. */
#include "shell/emit.h"

#include "shell/emit_parts.h"
#include "shell/output.h"

static int write_file(const char *folder, const char *name, const struct tw_buffer *text,
                      trawl_error *err)
{
    char *path = tw_asprintf("%s/%s", folder, name);
    struct tw_out_file file;
    int rc = path && !text->failed ? TRAWL_OK : tw_fail_nomem(err), rc_close;

    if (rc == TRAWL_OK)
        rc = tw_out_file_open(path, false, &file, err);
    if (rc == TRAWL_OK) {
        rc = tw_out_write(&file.out, text->data, text->len, err);
        rc_close = tw_out_file_close(&file, rc == TRAWL_OK, err);
        rc = rc == TRAWL_OK ? rc_close : rc;
    }
    tw_free(path);
    return rc;
}

static int emit_docs(const struct tw_shell *shell, const char *folder, trawl_error *err)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < tw_registry_n_commands(shell->registry); i++) {
        const struct tw_command *command = tw_registry_command_at(shell->registry, i);
        char *name = tw_asprintf("%s.md", command->command->name);

        tw_buffer_clear(&text);
        tw_emit_page(shell, command, &text);
        rc = name ? write_file(folder, name, &text, err) : tw_fail_nomem(err);
        tw_free(name);
    }
    tw_buffer_clear(&text);
    tw_emit_index(shell, &text);
    if (rc == TRAWL_OK)
        rc = write_file(folder, "README.md", &text, err);
    tw_buffer_fini(&text);
    return rc;
}

int tw_emit(const struct tw_shell *shell, const char *what, const char *folder, trawl_error *err)
{
    static const struct {
        const char *what, *file;
        void (*emit)(const struct tw_shell *shell, struct tw_buffer *out);
    } kinds[] = {
        {"man", "trawl.1", tw_emit_man},
        {"bash", "trawl.bash", tw_emit_bash},
        {"zsh", "trawl.zsh", tw_emit_zsh},
        {"fish", "trawl.fish", tw_emit_fish},
    };
    struct tw_buffer text = TW_BUFFER_INIT;
    int rc;

    if (strcmp(what, "docs") == 0)
        return emit_docs(shell, folder, err);
    for (size_t i = 0; i < TW_COUNT(kinds); i++) {
        if (strcmp(kinds[i].what, what) != 0)
            continue;
        kinds[i].emit(shell, &text);
        rc = write_file(folder, kinds[i].file, &text, err);
        tw_buffer_fini(&text);
        return rc;
    }
    tw_fail(err, TRAWL_E_USAGE, "'%s' cannot be emitted", what);
    tw_error_hint(err, "There are man, bash, zsh, fish and docs.");
    return TRAWL_E_USAGE;
}
