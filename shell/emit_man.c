/* trawl.1: the manual page. Must not know files. */
#include "shell/emit_parts.h"
#include "shell/help.h"
#include "shell/options.h"
#include "shell/version.h"

/* Text for roff: backslashes, dashes, and dots or quotes at the start of a line. */
static void put_roff(const char *text, size_t n, struct tw_buffer *out)
{
    bool start = out->len == 0 || out->data[out->len - 1] == '\n';

    for (size_t i = 0; i < n; i++) {
        if (start && (text[i] == '.' || text[i] == '\''))
            tw_buffer_puts(out, "\\&");
        if (text[i] == '\\')
            tw_buffer_puts(out, "\\e");
        else if (text[i] == '-')
            tw_buffer_puts(out, "\\-");
        else
            tw_buffer_putc(out, text[i]);
        start = text[i] == '\n';
    }
}

static void put_line(const char *text, struct tw_buffer *out)
{
    put_roff(text, strlen(text), out);
    tw_buffer_putc(out, '\n');
}

/* Blank lines of a text part paragraphs; lines that start with a blank are kept as they are. */
static void put_paragraphs(const char *text, struct tw_buffer *out)
{
    bool literal = false;

    while (*text) {
        const size_t n = strcspn(text, "\n");
        const bool indented = text[0] == ' ';

        if (indented != literal && n > 0) {
            tw_buffer_puts(out, indented ? ".nf\n" : ".fi\n");
            literal = indented;
        }
        if (n == 0) {
            tw_buffer_puts(out, ".PP\n");
        } else {
            put_roff(text, n, out);
            tw_buffer_putc(out, '\n');
        }
        text += n + (text[n] == '\n');
    }
    if (literal)
        tw_buffer_puts(out, ".fi\n");
}

static void put_arg(const trawl_arg *arg, struct tw_buffer *out)
{
    struct tw_buffer text = TW_BUFFER_INIT;

    tw_buffer_puts(out, ".TP\n.B ");
    tw_arg_label(arg, &text);
    put_line(text.data ? text.data : "", out);
    tw_buffer_clear(&text);
    tw_arg_help(arg, &text);
    put_line(text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    tw_buffer_fini(&text);
}

static void put_command(const trawl_command *c, struct tw_buffer *out)
{
    struct tw_buffer usage = TW_BUFFER_INIT;

    tw_help_usage(c, &usage);
    tw_buffer_puts(out, ".SS ");
    put_line(usage.data ? usage.data : c->name, out);
    put_line(c->summary, out);
    if (c->text) {
        tw_buffer_puts(out, ".PP\n");
        put_paragraphs(c->text, out);
    }
    for (size_t i = 0; i < c->n_args; i++)
        put_arg(tw_command_arg(c, i), out);
    for (size_t i = 0; i < c->n_examples; i++) {
        tw_buffer_puts(out, ".PP\n.EX\n");
        put_line(c->examples[i].line, out);
        tw_buffer_puts(out, ".EE\n");
        if (c->examples[i].shows)
            put_line(c->examples[i].shows, out);
    }
    out->failed = out->failed || usage.failed;
    tw_buffer_fini(&usage);
}

void tw_emit_man(const struct tw_shell *shell, struct tw_buffer *out)
{
    const struct tw_registry *registry = shell->registry;
    size_t n_program, n_common, n_listing;
    const trawl_arg *program = tw_program_args(&n_program);
    const trawl_arg *common = tw_common_args(&n_common);
    const trawl_arg *listing = tw_listing_args(&n_listing);
    const char **groups = tw_help_groups(registry);

    tw_buffer_printf(out, ".TH TRAWL 1 \"\" \"trawl %s\" \"User Commands\"\n", tw_version());
    tw_buffer_puts(out, ".SH NAME\ntrawl \\- a shell for packet captures\n.SH SYNOPSIS\n");
    for (size_t i = 0; tw_program_forms[i].synopsis; i++) {
        tw_buffer_puts(out, i ? ".br\n" : "");
        put_line(tw_program_forms[i].synopsis, out);
    }
    tw_buffer_puts(out, ".SH DESCRIPTION\n");
    for (size_t i = 0; tw_program_forms[i].synopsis; i++) {
        tw_buffer_puts(out, ".TP\n.B ");
        put_line(tw_program_forms[i].synopsis, out);
        put_line(tw_program_forms[i].summary, out);
    }
    tw_buffer_puts(out, ".SH OPTIONS\n");
    for (size_t i = 0; i < n_program; i++)
        put_arg(&program[i], out);
    for (size_t i = 0; tw_help_topics[i].name; i++) {
        tw_buffer_puts(out, ".SH ");
        for (const char *p = tw_help_topics[i].summary; *p; p++)
            tw_buffer_putc(out, *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p);
        tw_buffer_putc(out, '\n');
        put_paragraphs(tw_help_topics[i].text, out);
    }
    tw_buffer_puts(out, ".SH OPTIONS OF EVERY LISTING\n");
    for (size_t i = 0; i < n_listing; i++)
        put_arg(&listing[i], out);
    tw_buffer_puts(out, ".SH OPTIONS OF EVERY COMMAND\n");
    for (size_t i = 0; i < n_common; i++)
        put_arg(&common[i], out);
    for (size_t g = 0; groups && groups[g]; g++) {
        tw_buffer_printf(out, ".SH COMMANDS: %s\n", groups[g]);
        for (size_t i = 0; i < tw_registry_n_commands(registry); i++) {
            const trawl_command *c = tw_registry_command_at(registry, i)->command;

            if (strcmp(tw_command_group(c), groups[g]) == 0)
                put_command(c, out);
        }
    }
    tw_buffer_puts(out, ".SH FILES\n"
                        ".TP\n.I $XDG_CONFIG_HOME/trawl/trawlrc\nrun before the prompt\n"
                        ".TP\n.I $XDG_STATE_HOME/trawl/history\nlines typed at the prompt\n"
                        ".TP\n.I $XDG_DATA_HOME/trawl/plugins\nplugins of the user\n"
                        ".TP\n.I ~/.editrc\nkeys, see editrc(5)\n"
                        ".SH ENVIRONMENT\n"
                        ".TP\n.B TRAWL_PLUGIN_PATH\nmore folders of plugins, parted by colons\n"
                        ".TP\n.B TRAWL_PAGER, PAGER\nthe pager; empty: none\n"
                        ".TP\n.B NO_COLOR, CLICOLOR_FORCE, TERM\ncolour\n"
                        ".TP\n.B COLUMNS, LINES\nsize of the terminal\n");
    out->failed = out->failed || !groups;
    tw_free(groups);
}
