/* Completions for bash, zsh and fish: the program's options, the commands and their options.
 * Must not know files. */
#include "shell/emit_parts.h"
#include "shell/help.h"
#include "shell/options.h"

static bool takes_file(const trawl_arg *arg)
{
    return arg->kind == TRAWL_ARG_FILE;
}

/* 'text' for a POSIX shell. */
static void put_quoted(const char *text, struct tw_buffer *out)
{
    tw_buffer_putc(out, '\'');
    for (; *text; text++) {
        if (*text == '\'')
            tw_buffer_puts(out, "'\\''");
        else
            tw_buffer_putc(out, *text);
    }
    tw_buffer_putc(out, '\'');
}

static void put_choices(const char *const *choices, struct tw_buffer *out)
{
    for (size_t i = 0; choices[i]; i++)
        tw_buffer_printf(out, "%s%s", i ? " " : "", choices[i]);
}

/* Argument i of a command: its own, those of listings, those of all; NULL after the last. */
static const trawl_arg *arg_at(const trawl_command *c, size_t i)
{
    size_t n_common, n_listing;
    const trawl_arg *common = tw_common_args(&n_common), *listing = tw_listing_args(&n_listing);

    if (i < c->n_args)
        return tw_command_arg(c, i);
    i -= c->n_args;
    if (c->flags & TRAWL_COMMAND_LISTING) {
        if (i < n_listing)
            return &listing[i];
        i -= n_listing;
    }
    return i < n_common ? &common[i] : NULL;
}

/* "--one --two" of a command. */
static void put_options(const trawl_command *c, struct tw_buffer *out)
{
    const char *space = "";
    const trawl_arg *arg;

    for (size_t i = 0; (arg = arg_at(c, i)) != NULL; i++) {
        if (arg->flags & TRAWL_ARG_POSITIONAL)
            continue;
        tw_buffer_printf(out, "%s--%s", space, arg->name);
        space = " ";
    }
}

static void put_command_names(const struct tw_registry *registry, struct tw_buffer *out)
{
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++)
        tw_buffer_printf(out, "%s%s", i ? " " : "",
                         tw_registry_command_at(registry, i)->command->name);
}

/* ---- bash ---- */

void tw_emit_bash(const struct tw_shell *shell, struct tw_buffer *out)
{
    const struct tw_registry *registry = shell->registry;
    size_t n;
    const trawl_arg *args = tw_program_args(&n);

    tw_buffer_puts(out, "# bash completion for trawl, written by: trawl --emit bash\n"
                        "_trawl()\n{\n"
                        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
                        "    local command='' i options\n"
                        "    COMPREPLY=()\n"
                        "    case $prev in\n");
    for (size_t i = 0; i < n; i++) {
        if (args[i].kind == TRAWL_ARG_FLAG)
            continue;
        tw_buffer_puts(out, "    ");
        if (args[i].short_name)
            tw_buffer_printf(out, "-%c|", args[i].short_name);
        tw_buffer_printf(out, "--%s)\n        ", args[i].name);
        if (args[i].choices) {
            tw_buffer_puts(out, "mapfile -t COMPREPLY < <(compgen -W '");
            put_choices(args[i].choices, out);
            tw_buffer_puts(out, "' -- \"$cur\")\n");
        } else if (takes_file(&args[i])) {
            tw_buffer_puts(out, "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "
                                "\"$cur\")\n");
        } else {
            tw_buffer_puts(out, ":\n");
        }
        tw_buffer_puts(out, "        return ;;\n");
    }
    tw_buffer_puts(out, "    esac\n"
                        "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                        "        case ${COMP_WORDS[i]} in\n        ");
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++)
        tw_buffer_printf(out, "%s%s", i ? "|" : "",
                         tw_registry_command_at(registry, i)->command->name);
    tw_buffer_puts(out, ")\n            command=${COMP_WORDS[i]} ;;\n        esac\n    done\n"
                        "    case $command in\n");
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
        const trawl_command *c = tw_registry_command_at(registry, i)->command;

        tw_buffer_printf(out, "    %s) options='", c->name);
        put_options(c, out);
        tw_buffer_puts(out, "' ;;\n");
    }
    tw_buffer_puts(out, "    *) options='");
    for (size_t i = 0; i < n; i++)
        tw_buffer_printf(out, "%s--%s", i ? " " : "", args[i].name);
    tw_buffer_puts(out, "' ;;\n    esac\n"
                        "    if [[ $cur == -* ]]; then\n"
                        "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
                        "        return\n    fi\n"
                        "    compopt -o filenames\n"
                        "    if [[ -z $command ]]; then\n"
                        "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"; compgen -W '");
    put_command_names(registry, out);
    tw_buffer_puts(out, "' -- \"$cur\")\n    else\n"
                        "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n    fi\n}\n"
                        "complete -F _trawl trawl\n");
}

/* ---- zsh ---- */

/* Text inside a zsh _arguments specification. */
static void put_zsh(const char *text, struct tw_buffer *out)
{
    for (; text && *text; text++) {
        if (*text == '\'')
            tw_buffer_puts(out, "'\\''");
        else if (strchr("[]:\\", *text))
            tw_buffer_printf(out, "\\%c", *text);
        else
            tw_buffer_putc(out, *text);
    }
}

static void put_zsh_arg(const trawl_arg *arg, struct tw_buffer *out)
{
    const bool repeated = arg->flags & TRAWL_ARG_REPEATED;

    for (int is_short = 0; is_short <= (arg->short_name != 0); is_short++) {
        tw_buffer_printf(out, "        '%s", repeated ? "*" : "");
        if (is_short)
            tw_buffer_printf(out, "-%c", arg->short_name);
        else
            tw_buffer_printf(out, "--%s", arg->name);
        tw_buffer_putc(out, '[');
        put_zsh(arg->help, out);
        tw_buffer_putc(out, ']');
        if (arg->kind != TRAWL_ARG_FLAG) {
            tw_buffer_putc(out, ':');
            put_zsh(tw_arg_meta(arg), out);
            tw_buffer_putc(out, ':');
            if (arg->choices) {
                tw_buffer_putc(out, '(');
                put_choices(arg->choices, out);
                tw_buffer_putc(out, ')');
            } else if (takes_file(arg)) {
                tw_buffer_puts(out, "_files");
            }
        }
        tw_buffer_puts(out, "' \\\n");
    }
}

void tw_emit_zsh(const struct tw_shell *shell, struct tw_buffer *out)
{
    const struct tw_registry *registry = shell->registry;
    size_t n;
    const trawl_arg *args = tw_program_args(&n), *arg;

    tw_buffer_puts(out, "#compdef trawl\n# zsh completion for trawl, written by: trawl --emit zsh\n"
                        "_trawl_commands()\n{\n    local -a commands\n    commands=(\n");
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
        const trawl_command *c = tw_registry_command_at(registry, i)->command;

        tw_buffer_printf(out, "        '%s:", c->name);
        put_zsh(c->summary, out);
        tw_buffer_puts(out, "'\n");
    }
    tw_buffer_puts(out,
                   "    )\n    _describe command commands\n    _files\n}\n"
                   "_trawl()\n{\n    local word command=''\n"
                   "    for word in ${words[2,CURRENT-1]}; do\n        case $word in\n        ");
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++)
        tw_buffer_printf(out, "%s%s", i ? "|" : "",
                         tw_registry_command_at(registry, i)->command->name);
    tw_buffer_puts(out, ") command=$word ;;\n        esac\n    done\n    case $command in\n");
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
        const trawl_command *c = tw_registry_command_at(registry, i)->command;

        tw_buffer_printf(out, "    %s) _arguments \\\n", c->name);
        for (size_t k = 0; (arg = arg_at(c, k)) != NULL; k++)
            if (!(arg->flags & TRAWL_ARG_POSITIONAL))
                put_zsh_arg(arg, out);
        tw_buffer_puts(out, "        '*:argument:_files' ;;\n");
    }
    tw_buffer_puts(out, "    *) _arguments \\\n");
    for (size_t i = 0; i < n; i++)
        put_zsh_arg(&args[i], out);
    tw_buffer_puts(out, "        '*:command or file:_trawl_commands' ;;\n    esac\n}\n"
                        "_trawl \"$@\"\n");
}

/* ---- fish ---- */

static void put_fish_arg(const trawl_arg *arg, const char *condition, struct tw_buffer *out)
{
    if (arg->flags & TRAWL_ARG_POSITIONAL)
        return;
    tw_buffer_printf(out, "complete -c trawl%s -l %s", condition, arg->name);
    if (arg->short_name)
        tw_buffer_printf(out, " -s %c", arg->short_name);
    if (arg->kind != TRAWL_ARG_FLAG)
        tw_buffer_puts(out, takes_file(arg) ? " -r -F" : " -x");
    if (arg->choices) {
        tw_buffer_puts(out, " -a '");
        put_choices(arg->choices, out);
        tw_buffer_putc(out, '\'');
    }
    tw_buffer_puts(out, " -d ");
    put_quoted(arg->help ? arg->help : "", out);
    tw_buffer_putc(out, '\n');
}

void tw_emit_fish(const struct tw_shell *shell, struct tw_buffer *out)
{
    const struct tw_registry *registry = shell->registry;
    struct tw_buffer condition = TW_BUFFER_INIT;
    size_t n;
    const trawl_arg *args = tw_program_args(&n), *arg;

    tw_buffer_puts(out, "# fish completion for trawl, written by: trawl --emit fish\n");
    for (size_t i = 0; i < n; i++)
        put_fish_arg(&args[i], "", out);
    tw_buffer_puts(out, "set -l trawl_commands ");
    put_command_names(registry, out);
    tw_buffer_putc(out, '\n');
    for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
        const trawl_command *c = tw_registry_command_at(registry, i)->command;

        tw_buffer_printf(out,
                         "complete -c trawl -n \"not __fish_seen_subcommand_from "
                         "$trawl_commands\" -a %s -d ",
                         c->name);
        put_quoted(c->summary, out);
        tw_buffer_putc(out, '\n');
        tw_buffer_clear(&condition);
        tw_buffer_printf(&condition, " -n \"__fish_seen_subcommand_from %s\"", c->name);
        for (size_t k = 0; condition.data && (arg = arg_at(c, k)) != NULL; k++)
            put_fish_arg(arg, condition.data, out);
    }
    out->failed = out->failed || condition.failed;
    tw_buffer_fini(&condition);
}
