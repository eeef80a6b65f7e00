/* Fuzz target: the command line's lexer and parser. Places lie within the line, a quoted word reads
 * back as itself, and an unfinished line always has a word to complete. */
#include <string.h>

#include "shell/line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool takes_expr(void *context, const char *command)
{
    (void)context;
    return strcmp(command, "where") == 0;
}

static void check(bool fact)
{
    if (!fact)
        __builtin_trap();
}

static void check_places(const struct tw_line *line, size_t size)
{
    for (size_t i = 0; i < line->n_pipelines; i++) {
        const struct tw_line_pipeline *p = &line->pipelines[i];

        check(p->n_stages > 0);
        check(!p->output || p->output_start + p->output_len <= size);
        for (size_t k = 0; k < p->n_stages; k++) {
            const struct tw_line_stage *stage = &p->stages[k];

            check(stage->start + stage->len <= size);
            for (size_t w = 0; w < stage->n_words; w++)
                check(stage->words[w].text && stage->words[w].start + stage->words[w].len <= size);
        }
    }
}

static void check_quoting(const char *word)
{
    struct tw_buffer text = TW_BUFFER_INIT;
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;

    tw_buffer_puts(&text, "w ");
    tw_line_quote(&text, word);
    check(tw_line_parse(text.data, text.len, NULL, NULL, &line, &err) == TRAWL_OK);
    check(line.n_pipelines == 1 && line.pipelines[0].stages[0].n_words == 2);
    check(strcmp(line.pipelines[0].stages[0].words[1].text, word) == 0);
    tw_line_fini(&line);
    tw_buffer_fini(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    tw_error err = TW_ERROR_INIT;
    struct tw_line line;
    char *text;

    if (size > 65536)
        return 0;
    text = tw_alloc(size + 1);
    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    if (tw_line_parse(text, size, takes_expr, NULL, &line, &err) == TRAWL_OK)
        check_places(&line, size);
    else
        check(err.code == TRAWL_E_USAGE && (!err.has_span || err.span_start <= size));
    tw_line_fini(&line);
    (void)tw_line_goes_on(text, size);
    if (tw_line_parse_partial(text, size, takes_expr, NULL, &line, NULL) == TRAWL_OK)
        check_places(&line, size);
    tw_line_fini(&line);
    if (!memchr(text, 0, size))
        check_quoting(text);
    tw_free(text);
    return 0;
}
