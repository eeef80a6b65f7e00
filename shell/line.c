/* The command line's grammar: a tokenizer that keeps places, then grouping into stages.
 * Must not know what commands do, nor run anything. */
#include "shell/line.h"

#include <stdlib.h>

#include "shell/output.h"

enum token_kind { TOKEN_WORD, TOKEN_PIPE, TOKEN_END, TOKEN_WRITE, TOKEN_APPEND, TOKEN_PROGRAM };

struct token {
    enum token_kind kind;
    struct tw_word word; /* the text of a word or program; start and len of all */
};

struct lexer {
    const char *text;
    size_t n, at;
    bool partial;
    struct tw_arena *arena;
    struct token *tokens;
    size_t n_tokens, capacity;
    struct tw_buffer word;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A new token, or NULL when there is no memory. */
static struct token *token_add(struct lexer *lx, enum token_kind kind, size_t start)
{
    struct token *t;

    if (lx->n_tokens == lx->capacity) {
        size_t capacity = lx->capacity ? lx->capacity * 2 : 32;
        struct token *grown = tw_realloc_array(lx->tokens, capacity, sizeof(*grown));

        if (!grown)
            return NULL;
        lx->tokens = grown;
        lx->capacity = capacity;
    }
    t = &lx->tokens[lx->n_tokens++];
    *t = (struct token){.kind = kind, .word = {.start = start, .len = lx->at - start}};
    return t;
}

/* One quoted part; at stands on the opening quote. */
static int lex_quoted(struct lexer *lx, trawl_error *err)
{
    const char quote = lx->text[lx->at];
    const size_t start = lx->at++;

    for (; lx->at < lx->n && lx->text[lx->at] != quote; lx->at++) {
        if (quote == '"' && lx->text[lx->at] == '\\' && lx->at + 1 < lx->n &&
            (lx->text[lx->at + 1] == '"' || lx->text[lx->at + 1] == '\\'))
            lx->at++;
        tw_buffer_putc(&lx->word, lx->text[lx->at]);
    }
    if (lx->at < lx->n) {
        lx->at++;
        return TRAWL_OK;
    }
    if (lx->partial)
        return TRAWL_OK;
    tw_fail(err, TRAWL_E_USAGE, "the quote %s is not closed", quote == '"' ? "\"" : "'");
    tw_error_span(err, start, 1);
    return TRAWL_E_USAGE;
}

/* A word ends at a blank, at ';', or at '|' that is not part of '||'. */
static bool word_ends(const struct lexer *lx)
{
    const char c = lx->text[lx->at];

    if (is_blank(c) || c == ';')
        return true;
    return c == '|' && !(lx->at + 1 < lx->n && lx->text[lx->at + 1] == '|');
}

static int lex_word(struct lexer *lx, trawl_error *err)
{
    const size_t start = lx->at;
    const char *home;
    bool quoted = false;
    struct token *t;
    int rc;

    tw_buffer_clear(&lx->word);
    if (lx->text[start] == '~' && start + 1 < lx->n && lx->text[start + 1] == '/' &&
        (home = getenv("HOME")) != NULL) {
        tw_buffer_puts(&lx->word, home);
        lx->at++;
    }
    while (lx->at < lx->n && !word_ends(lx)) {
        const char c = lx->text[lx->at];

        if (c == '\'' || c == '"') {
            quoted = true;
            rc = lex_quoted(lx, err);
            if (rc != TRAWL_OK)
                return rc;
            continue;
        }
        if (c == '\\' && lx->at + 1 < lx->n && lx->text[lx->at + 1] == '\n') {
            lx->at += 2; /* the line goes on */
            continue;
        }
        if (c == '\\' && lx->at + 1 < lx->n) {
            quoted = true;
            lx->at++;
        } else if (c == '|') { /* the first of '||' */
            tw_buffer_putc(&lx->word, c);
            lx->at++;
        }
        tw_buffer_putc(&lx->word, lx->text[lx->at++]);
    }
    t = token_add(lx, TOKEN_WORD, start);
    if (!t || lx->word.failed)
        return tw_fail_nomem(err);
    t->word.quoted = quoted;
    t->word.text = tw_arena_strndup(lx->arena, lx->word.data ? lx->word.data : "", lx->word.len);
    return t->word.text ? TRAWL_OK : tw_fail_nomem(err);
}

/* '!' and all up to the next ';' outside quotes. */
static int lex_program(struct lexer *lx, trawl_error *err)
{
    const size_t start = lx->at;
    size_t end;
    char quote = 0;
    struct token *t;

    for (lx->at++; lx->at < lx->n; lx->at++) {
        const char c = lx->text[lx->at];

        if (c == '\\' && quote != '\'' && lx->at + 1 < lx->n)
            lx->at++;
        else if (quote && c == quote)
            quote = 0;
        else if (!quote && (c == '\'' || c == '"'))
            quote = c;
        else if (!quote && c == ';')
            break;
    }
    end = lx->at;
    while (end > start + 1 && is_blank(lx->text[end - 1]))
        end--;
    t = token_add(lx, TOKEN_PROGRAM, start);
    if (!t)
        return tw_fail_nomem(err);
    t->word.len = end - start;
    t->word.text = tw_arena_strndup(lx->arena, lx->text + start + 1, end - start - 1);
    return t->word.text ? TRAWL_OK : tw_fail_nomem(err);
}

static bool stage_starts(const struct lexer *lx)
{
    return lx->n_tokens == 0 || lx->tokens[lx->n_tokens - 1].kind == TOKEN_PIPE ||
           lx->tokens[lx->n_tokens - 1].kind == TOKEN_END;
}

/* "?" is a word also when its topic is glued to it. */
static bool is_question(const struct lexer *lx)
{
    const char next = lx->at + 1 < lx->n ? lx->text[lx->at + 1] : 0;

    return lx->text[lx->at] == '?' && stage_starts(lx) &&
           ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') || next == '_');
}

static int lex(struct lexer *lx, trawl_error *err)
{
    while (lx->at < lx->n) {
        const size_t start = lx->at;
        const char c = lx->text[start];
        const char next = start + 1 < lx->n ? lx->text[start + 1] : 0;
        int rc = TRAWL_OK;

        if (is_blank(c)) {
            lx->at++;
            continue;
        }
        if (c == '\\' && (next == '\n' || next == '\r')) { /* the line goes on */
            lx->at += 2;
            continue;
        }
        if (c == '#') {
            while (lx->at < lx->n && lx->text[lx->at] != '\n')
                lx->at++;
            continue;
        }
        if (c == '!' && stage_starts(lx)) {
            rc = lex_program(lx, err);
        } else if (c == ';' || (c == '|' && next != '|')) {
            lx->at++;
            if (!token_add(lx, c == ';' ? TOKEN_END : TOKEN_PIPE, start))
                rc = tw_fail_nomem(err);
        } else if (c == '>' && next != '=') {
            lx->at += next == '>' ? 2 : 1;
            if (!token_add(lx, next == '>' ? TOKEN_APPEND : TOKEN_WRITE, start))
                rc = tw_fail_nomem(err);
        } else if (is_question(lx)) {
            struct token *t;

            lx->at++;
            t = token_add(lx, TOKEN_WORD, start);
            if (t)
                t->word.text = "?";
            else
                rc = tw_fail_nomem(err);
        } else {
            rc = lex_word(lx, err);
        }
        if (rc != TRAWL_OK)
            return rc;
    }
    return TRAWL_OK;
}

bool tw_line_looks_like_file(const char *word)
{
    static const char *const starts[] = {"/", "./", "../", "~/"};
    static const char *const ends[] = {".csv", ".tsv", ".json",     ".ndjson", ".jsonl",
                                       ".txt", ".md",  ".markdown", ".fsdb"};
    const size_t n = tw_path_uncompressed(word);

    for (size_t i = 0; i < TW_COUNT(starts); i++)
        if (strncmp(word, starts[i], strlen(starts[i])) == 0)
            return true;
    for (size_t i = 0; i < TW_COUNT(ends); i++) {
        const size_t n_end = strlen(ends[i]);

        if (n > n_end && memcmp(word + n - n_end, ends[i], n_end) == 0)
            return true;
    }
    return false;
}

struct parser {
    const struct lexer *lx;
    size_t at;
    tw_line_takes_expr *takes_expr;
    void *context;
    struct tw_line *line;
    struct tw_word *words; /* of the open stage, in the arena: room for all tokens */
    struct tw_line_stage *stages;
    bool partial;
};

static int fail_at(trawl_error *err, const struct token *t, const char *message, const char *hint)
{
    tw_fail(err, TRAWL_E_USAGE, "%s", message);
    if (hint)
        tw_error_hint(err, "%s", hint);
    tw_error_span(err, t->word.start, t->word.len ? t->word.len : 1);
    return TRAWL_E_USAGE;
}

/* Whether the '>' at token `at` of a stage whose words so far are given writes to a file. */
static bool redirects(const struct parser *p, const struct tw_word *words, size_t n_words)
{
    const struct lexer *lx = p->lx;
    const struct token *target = p->at + 1 < lx->n_tokens ? &lx->tokens[p->at + 1] : NULL;
    size_t n_arguments = 0;

    if (lx->tokens[p->at].kind == TOKEN_APPEND || n_words == 0 || words[0].quoted ||
        !p->takes_expr || !p->takes_expr(p->context, words[0].text))
        return true;
    if (!target || target->kind != TOKEN_WORD ||
        (p->at + 2 < lx->n_tokens && lx->tokens[p->at + 2].kind != TOKEN_END))
        return false;
    for (size_t i = 1; i < n_words; i++)
        n_arguments += words[i].quoted || words[i].text[0] != '-';
    if (n_arguments == 1 && words[n_words - 1].quoted)
        return true;
    return !target->word.quoted && tw_line_looks_like_file(target->word.text);
}

/* "> FILE" at the end of a pipeline; at stands on the operator. */
static int parse_output(struct parser *p, struct tw_line_pipeline *pipeline, trawl_error *err)
{
    const struct lexer *lx = p->lx;
    const struct token *op = &lx->tokens[p->at];
    const struct token *target = p->at + 1 < lx->n_tokens ? op + 1 : NULL;

    if (!target || target->kind != TOKEN_WORD || target->word.len == 0) {
        if (p->partial) {
            p->at++;
            return TRAWL_OK;
        }
        return fail_at(err, op, "no file after the redirection", "Write '> FILE' at the end.");
    }
    if (p->at + 2 < lx->n_tokens && lx->tokens[p->at + 2].kind != TOKEN_END)
        return fail_at(err, op, "a redirection has to end the pipeline",
                       "Write '> FILE' last; quote expressions that hold a '>'.");
    pipeline->output = target->word.text;
    pipeline->append = op->kind == TOKEN_APPEND;
    pipeline->output_start = target->word.start;
    pipeline->output_len = target->word.len;
    p->at += 2;
    return TRAWL_OK;
}

/* One stage; ends before '|', ';' or the end, or after a redirection. */
static int parse_stage(struct parser *p, struct tw_line_pipeline *pipeline,
                       struct tw_line_stage *stage, trawl_error *err)
{
    const struct lexer *lx = p->lx;

    *stage = (struct tw_line_stage){.words = p->words};
    if (p->at < lx->n_tokens && lx->tokens[p->at].kind == TOKEN_PROGRAM) {
        const struct token *t = &lx->tokens[p->at++];

        stage->program = t->word.text;
        stage->start = t->word.start;
        stage->len = t->word.len;
        return t->word.text[strspn(t->word.text, " \t")] || p->partial
                   ? TRAWL_OK
                   : fail_at(err, t, "no program after '!'", NULL);
    }
    while (p->at < lx->n_tokens) {
        const struct token *t = &lx->tokens[p->at];

        if (t->kind == TOKEN_PIPE || t->kind == TOKEN_END)
            break;
        if (t->kind == TOKEN_WRITE || t->kind == TOKEN_APPEND) {
            struct tw_word *as_word;

            if (redirects(p, stage->words, stage->n_words)) {
                if (stage->n_words == 0)
                    return fail_at(err, t, "nothing to write before the redirection", NULL);
                return parse_output(p, pipeline, err);
            }
            as_word = &p->words[0];
            *as_word = t->word;
            as_word->text = ">";
        } else {
            p->words[0] = t->word;
        }
        p->words++;
        p->at++;
        stage->n_words++;
        stage->start = stage->words[0].start;
        stage->len = t->word.start + t->word.len - stage->start;
    }
    return TRAWL_OK;
}

/* "$name =" before a pipeline: takes its tokens. "$name=word" is split at the '='. */
static int parse_variable(struct parser *p, struct token *tokens, struct tw_line_pipeline *pipeline,
                          trawl_error *err)
{
    struct token *t = &tokens[p->at];
    const char *text = t->word.text;
    size_t n;

    if (p->at >= p->lx->n_tokens || t->kind != TOKEN_WORD || t->word.quoted || text[0] != '$')
        return TRAWL_OK;
    n = strspn(text + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");
    if (text[1 + n] == '=') {
        const size_t taken = n + 2;

        pipeline->variable = tw_arena_strndup(&p->line->arena, text + 1, n);
        if (text[taken]) { /* the pipeline's first word follows without a blank */
            t->word.text += taken;
            t->word.start += taken;
            t->word.len -= taken;
        } else {
            p->at++;
        }
    } else if (!text[1 + n] && p->at + 1 < p->lx->n_tokens && t[1].kind == TOKEN_WORD &&
               !t[1].word.quoted && t[1].word.text[0] == '=') {
        pipeline->variable = tw_arena_strndup(&p->line->arena, text + 1, n);
        p->at++;
        if (t[1].word.text[1]) {
            t[1].word.text++;
            t[1].word.start++;
            t[1].word.len--;
        } else {
            p->at++;
        }
    } else {
        return TRAWL_OK;
    }
    if (!pipeline->variable)
        return tw_fail_nomem(err);
    if (n == 0 || (text[1] >= '0' && text[1] <= '9'))
        return fail_at(err, t, "a variable's name starts with a letter", NULL);
    return TRAWL_OK;
}

static int parse_pipeline(struct parser *p, struct token *tokens, struct tw_line_pipeline *pipeline,
                          trawl_error *err)
{
    const struct lexer *lx = p->lx;
    int rc = parse_variable(p, tokens, pipeline, err);

    pipeline->stages = p->stages;
    while (rc == TRAWL_OK) {
        struct tw_line_stage *stage = p->stages;
        const struct token *next;

        rc = parse_stage(p, pipeline, stage, err);
        if (rc != TRAWL_OK)
            break;
        next = p->at < lx->n_tokens ? &lx->tokens[p->at] : NULL;
        if (stage->n_words == 0 && !stage->program && !p->partial) {
            if (next && next->kind == TOKEN_PIPE)
                return fail_at(err, next, "no command before '|'", NULL);
            if (pipeline->n_stages > 0)
                return fail_at(err, &lx->tokens[p->at - 1], "no command after '|'", NULL);
            if (pipeline->variable)
                return fail_at(err, &lx->tokens[p->at - 1], "no pipeline after '='", NULL);
            break;
        }
        p->stages++;
        pipeline->n_stages++;
        if (stage->program && pipeline->variable)
            return fail_at(err, &lx->tokens[p->at - 1], "an outside program gives no table to keep",
                           NULL);
        if (!next || next->kind != TOKEN_PIPE)
            break;
        p->at++;
    }
    return rc;
}

static int parse_tokens(struct lexer *lx, struct parser *p, trawl_error *err)
{
    struct tw_line *line = p->line;
    const size_t room = lx->n_tokens + 2;
    int rc = TRAWL_OK;

    p->words = tw_arena_alloc(&line->arena, room * sizeof(*p->words));
    p->stages = tw_arena_alloc(&line->arena, room * sizeof(*p->stages));
    line->pipelines = tw_arena_alloc(&line->arena, room * sizeof(*line->pipelines));
    if (!p->words || !p->stages || !line->pipelines)
        return tw_fail_nomem(err);
    while (rc == TRAWL_OK && p->at < lx->n_tokens) {
        struct tw_line_pipeline *pipeline = &line->pipelines[line->n_pipelines];

        if (lx->tokens[p->at].kind == TOKEN_END) {
            p->at++;
            continue;
        }
        rc = parse_pipeline(p, lx->tokens, pipeline, err);
        if (rc == TRAWL_OK && pipeline->n_stages > 0)
            line->n_pipelines++;
    }
    return rc;
}

static int parse(const char *text, size_t n, bool partial, tw_line_takes_expr *takes_expr,
                 void *context, struct tw_line *ret, trawl_error *err)
{
    struct lexer lx = {
        .text = text, .n = n, .partial = partial, .arena = &ret->arena, .word = TW_BUFFER_INIT};
    struct parser p = {
        .lx = &lx, .takes_expr = takes_expr, .context = context, .line = ret, .partial = partial};
    const char *nul = memchr(text, 0, n);
    int rc;

    *ret = (struct tw_line){.arena = TW_ARENA_INIT};
    if (nul) {
        tw_fail(err, TRAWL_E_USAGE, "the line holds a NUL byte");
        tw_error_span(err, (size_t)(nul - text), 1);
        return TRAWL_E_USAGE;
    }
    rc = lex(&lx, err);
    if (rc == TRAWL_OK && partial &&
        (lx.n_tokens == 0 || n == 0 || (is_blank(text[n - 1]) && lx.at == n) ||
         lx.tokens[lx.n_tokens - 1].kind != TOKEN_WORD)) {
        const struct token *last = lx.n_tokens ? &lx.tokens[lx.n_tokens - 1] : NULL;

        /* After a blank a new, empty word is being typed (but not within an open quote). */
        if (!last || (last->kind != TOKEN_PROGRAM &&
                      (last->kind != TOKEN_WORD || last->word.start + last->word.len < n))) {
            struct token *t = token_add(&lx, TOKEN_WORD, n);

            if (t) {
                t->word.text = "";
                t->word.len = 0;
                t->word.start = n;
            } else {
                rc = tw_fail_nomem(err);
            }
        }
    }
    if (rc == TRAWL_OK)
        rc = parse_tokens(&lx, &p, err);
    tw_free(lx.tokens);
    tw_buffer_fini(&lx.word);
    return rc;
}

int tw_line_parse(const char *text, size_t n, tw_line_takes_expr *takes_expr, void *context,
                  struct tw_line *ret, trawl_error *err)
{
    return parse(text, n, false, takes_expr, context, ret, err);
}

int tw_line_parse_partial(const char *text, size_t n, tw_line_takes_expr *takes_expr, void *context,
                          struct tw_line *ret, trawl_error *err)
{
    return parse(text, n, true, takes_expr, context, ret, err);
}

void tw_line_fini(struct tw_line *line)
{
    tw_arena_fini(&line->arena);
}

bool tw_line_goes_on(const char *text, size_t n)
{
    char quote = 0;
    bool pipe = false;

    for (size_t i = 0; i < n; i++) {
        const char c = text[i];

        if (quote) {
            if (c == '\\' && quote == '"')
                i++;
            else if (c == quote)
                quote = 0;
            continue;
        }
        if (c == '\\') {
            if (i + 1 >= n)
                return true;
            i++;
            pipe = false;
        } else if (c == '\'' || c == '"') {
            quote = c;
            pipe = false;
        } else if (c == '#' && (i == 0 || is_blank(text[i - 1]))) {
            while (i < n && text[i] != '\n')
                i++;
        } else if (!is_blank(c)) {
            pipe = c == '|';
        }
    }
    return quote || pipe;
}

void tw_line_quote(struct tw_buffer *out, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./,:@%^*?[]$(){}<&";
    char quote;

    if (*word && word[strspn(word, plain)] == 0 && word[0] != '!') {
        tw_buffer_puts(out, word);
        return;
    }
    /* as one quoted piece, so that an expression in it is told from its quotes */
    quote = strchr(word, '\'') ? '"' : '\'';
    tw_buffer_putc(out, quote);
    for (; *word; word++) {
        if (quote == '"' && (*word == '"' || *word == '\\'))
            tw_buffer_putc(out, '\\');
        tw_buffer_putc(out, *word);
    }
    tw_buffer_putc(out, quote);
}
