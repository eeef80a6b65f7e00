/* PCRE2 behind a small face: compiled once with its JIT, matched by several threads, with limits
 * on what a hostile text may cost. Must not know nodes or columns. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "core/expr/node.h"

enum {
    MATCH_LIMIT = 1000000, /**< steps a text: backtracking beyond is reported, not waited for */
    HEAP_LIMIT_KIB = 8192,
    JIT_STACK_MAX = 1024 * 1024
};

struct tw_regex {
    struct tw_regex *next;
    pcre2_code *code;
    bool jit;
};

struct tw_regex_state {
    pcre2_general_context *general;
    pcre2_match_context *context;
    pcre2_match_data *data;
    pcre2_jit_stack *stack;
};

static void *regex_alloc(size_t n, void *unused)
{
    (void)unused;
    return tw_alloc(n);
}
static void regex_free(void *p, void *unused)
{
    (void)unused;
    tw_free(p);
}

int tw_regex_new(const char *pattern, size_t n, struct tw_regex **ret, trawl_error *err)
{
    pcre2_general_context *general = pcre2_general_context_create(regex_alloc, regex_free, NULL);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    struct tw_regex *regex = tw_alloc(sizeof(*regex));
    int code = 0, rc = TRAWL_OK;
    size_t at = 0;

    if (!context || !regex) {
        rc = tw_fail_nomem(err);
        goto out;
    }
    pcre2_set_parens_nest_limit(context, TW_EXPR_MAX_DEPTH);
    regex->code = pcre2_compile((PCRE2_SPTR)pattern, n,
                                PCRE2_CASELESS | PCRE2_NEVER_UTF | PCRE2_NEVER_BACKSLASH_C, &code,
                                &at, context);
    if (!regex->code) {
        PCRE2_UCHAR text[200];

        if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
            text[0] = '\0';
        rc = tw_fail(err, TRAWL_E_USAGE, "the regular expression is wrong at its character %zu: %s",
                     at + 1, (const char *)text);
        goto out;
    }
    regex->jit = pcre2_jit_compile(regex->code, PCRE2_JIT_COMPLETE) == 0;
    *ret = regex;
    regex = NULL;

out:
    tw_free(regex);
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    return rc;
}

struct tw_regex **tw_regex_next(struct tw_regex *regex)
{
    return &regex->next;
}

void tw_regex_free(struct tw_regex *regex)
{
    while (regex) {
        struct tw_regex *next = regex->next;

        pcre2_code_free(regex->code);
        tw_free(regex);
        regex = next;
    }
}

struct tw_regex_state *tw_regex_state_new(trawl_error *err)
{
    struct tw_regex_state *state = tw_alloc(sizeof(*state));

    if (!state)
        goto fail;
    state->general = pcre2_general_context_create(regex_alloc, regex_free, NULL);
    if (!state->general)
        goto fail;
    state->context = pcre2_match_context_create(state->general);
    state->data = pcre2_match_data_create(1, state->general);
    state->stack = pcre2_jit_stack_create(32 * 1024, JIT_STACK_MAX, state->general);
    if (!state->context || !state->data)
        goto fail;
    pcre2_set_match_limit(state->context, MATCH_LIMIT);
    pcre2_set_heap_limit(state->context, HEAP_LIMIT_KIB);
    if (state->stack)
        pcre2_jit_stack_assign(state->context, NULL, state->stack);
    return state;

fail:
    tw_regex_state_free(state);
    tw_fail_nomem(err);
    return NULL;
}

void tw_regex_state_free(struct tw_regex_state *state)
{
    if (!state)
        return;
    pcre2_jit_stack_free(state->stack);
    pcre2_match_data_free(state->data);
    pcre2_match_context_free(state->context);
    pcre2_general_context_free(state->general);
    tw_free(state);
}

int tw_regex_match(const struct tw_regex *regex, struct tw_regex_state *state, const uint8_t *s,
                   size_t n, trawl_error *err)
{
    static const uint8_t nothing = 0;
    int got = pcre2_match(regex->code, n ? s : &nothing, n, 0, 0, state->data, state->context);

    if (got >= 0)
        return 1;
    if (got == PCRE2_ERROR_NOMATCH)
        return 0;
    if (got == PCRE2_ERROR_NOMEMORY)
        return tw_fail_nomem(err);
    if (got == PCRE2_ERROR_MATCHLIMIT || got == PCRE2_ERROR_HEAPLIMIT ||
        got == PCRE2_ERROR_DEPTHLIMIT || got == PCRE2_ERROR_JIT_STACKLIMIT)
        return tw_fail(err, TRAWL_E_DATA,
                       "the regular expression takes too many steps on a text of %zu bytes", n);
    return tw_fail(err, TRAWL_E_DATA, "the regular expression cannot be matched (%d)", got);
}
