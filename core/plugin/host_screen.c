/* Slots of the host table for commands that draw or write: stages run by them, files, the screen,
 * text for it. Must not know terminals. */
#include "core/base/escape.h"
#include "core/base/text.h"
#include "core/plugin/host.h"
#include "core/plugin/stage.h"

/* A stage's words with places in a line that is nothing but the words with blanks between. */
static int make_words(trawl_call *call, const char *const *words, size_t n, struct tw_word **ret,
                      struct tw_buffer *line, trawl_error *err)
{
    struct tw_word *made = tw_arena_alloc(&call->arena, n * sizeof(*made));

    for (size_t i = 0; made && i < n; i++) {
        if (i)
            tw_buffer_putc(line, ' ');
        made[i] = (struct tw_word){
            .text = words[i], .start = line->len, .len = strlen(words[i]), .quoted = false};
        tw_buffer_puts(line, words[i]);
    }
    *ret = made;
    return made && !line->failed ? TRAWL_OK : tw_fail_nomem(err);
}

/* The place of an error in the line that the user typed, if the word is from there. */
static void move_place(trawl_call *call, const char *word, size_t start, trawl_error *err)
{
    if (!err || !err->has_span)
        return;
    err->span_start -= start;
    if (!call->stage || !tw_stage_place(call->stage, word, err))
        err->has_span = false;
}

int host_command(trawl_call *call, const char *const *words, size_t n, trawl_table *in,
                 trawl_table **ret, trawl_error *err)
{
    struct tw_buffer line = TW_BUFFER_INIT;
    struct tw_stage *stage = NULL;
    struct tw_word *made = NULL;
    tw_table *table = NULL;
    int rc = n ? make_words(call, words, n, &made, &line, err)
               : tw_fail(err, TRAWL_E_PLUGIN, "asked for a command without a name");

    if (rc == TRAWL_OK)
        rc = tw_stage_bind(call->registry, line.data ? line.data : "", made, n,
                           in ? in->schema : NULL, &stage, err);
    if (rc == TRAWL_OK) {
        const trawl_command *c = tw_stage_command(stage);

        rc = c && c->flags & TRAWL_COMMAND_SCREEN
                 ? tw_fail(err, TRAWL_E_USAGE, "'%s' draws on the terminal: not within another",
                           c->name)
                 : tw_stage_run(stage, in, &table, err);
    }
    if (rc == TRAWL_OK || (rc == TRAWL_E_DIFFERENT && table))
        *ret = table;
    for (size_t i = 0; rc != TRAWL_OK && made && err && err->has_span && i < n; i++) {
        if (i + 1 == n || err->span_start < made[i + 1].start) {
            move_place(call, words[i], made[i].start, err);
            break;
        }
    }
    tw_stage_free(stage);
    tw_buffer_fini(&line);
    return rc;
}

int host_pipeline(trawl_call *call, const char *line, trawl_table *in, trawl_table **ret,
                  trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;
    int rc;

    if (!hooks->pipeline)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "there is no command line here");
    rc = hooks->pipeline(hooks->context, line, in, ret, err);
    if (rc != TRAWL_OK && call->stage && tw_stage_command(call->stage) &&
        !(tw_stage_command(call->stage)->flags & TRAWL_COMMAND_SCREEN))
        move_place(call, line, 0, err); /* a screen shows its own line */
    return rc;
}

int host_show(trawl_call *call, trawl_table *table, uint32_t flags, const char *title,
              trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;

    return hooks->show ? hooks->show(hooks->context, call, table, flags, title, err)
                       : tw_fail(err, TRAWL_E_UNSUPPORTED, "nothing can be shown here");
}

int host_write(trawl_call *call, trawl_table *table, const char *path,
               const trawl_write_options *options, trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;
    trawl_write_options full = {0};

    if (!hooks->write)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "there are no output formats here");
    if (options)
        memcpy(&full, options, TW_MIN((size_t)options->size, sizeof(full)));
    full.size = sizeof(full);
    return hooks->write(hooks->context, table, path, &full, err);
}

int host_screen(trawl_call *call, const trawl_screen_def *def, trawl_error *err)
{
    const struct tw_shell_hooks *hooks = &call->registry->hooks;
    trawl_screen_def full = {0};

    if (!hooks->screen)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "there is no terminal here");
    memcpy(&full, def, TW_MIN((size_t)def->size, sizeof(full)));
    if (!full.run)
        return tw_fail(err, TRAWL_E_PLUGIN, "asked for a screen that draws nothing");
    full.size = sizeof(full);
    return hooks->screen(hooks->context, call, &full, err);
}

size_t host_escape(char *out, size_t room, const void *data, size_t n)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    size_t len = 0;

    if (!room)
        return 0;
    tw_escape_keep_backslash(&text, data, n);
    if (!text.failed && text.data) {
        len = TW_MIN(text.len, room - 1);
        while (len < text.len && len && ((unsigned char)text.data[len] & 0xc0) == 0x80)
            len--;
        memcpy(out, text.data, len);
    }
    out[len] = 0;
    tw_buffer_fini(&text);
    return len;
}

unsigned host_text_width(const char *text, size_t n)
{
    return (unsigned)tw_text_width(text, n);
}
