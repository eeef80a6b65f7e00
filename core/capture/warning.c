/* What is wrong with an input: collected from any thread, put in an order that threads do not show.
 * Must not know formats. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/capture/reader.h"

enum { MAX_WARNINGS = 100000 };

static char *format_why(const char *why, va_list args)
{
    va_list again;
    char *text = NULL, line[200]; /* most fit */
    int n;

    va_copy(again, args);
    n = vsnprintf(line, sizeof(line), why, again);
    va_end(again);
    if (n >= 0)
        text = tw_alloc_unset((size_t)n + 1);
    if (text && (size_t)n < sizeof(line))
        memcpy(text, line, (size_t)n + 1);
    else if (text)
        vsnprintf(text, (size_t)n + 1, why, args);
    return text;
}

void tw_input_warn(struct tw_input *input, uint32_t i_file, uint64_t packet, uint64_t offset,
                   bool damage, const char *what, const char *why, ...)
{
    struct tw_input_state *state = input->state;
    struct tw_warning warning = {
        .packet = packet, .offset = offset, .i_file = i_file, .damage = damage, .what = what};

    pthread_mutex_lock(&state->lock);
    if (input->n_warnings >= MAX_WARNINGS) {
        input->n_warnings_dropped++;
        goto out;
    }
    if (!tw_grow(&input->warnings, input->n_warnings + 1, &state->warnings_capacity,
                 sizeof(*input->warnings))) {
        input->n_warnings_dropped++;
        goto out;
    }
    if (why) {
        va_list args;

        va_start(args, why);
        warning.why = format_why(why, args);
        va_end(args);
    }
    input->warnings[input->n_warnings++] = warning;
out:
    pthread_mutex_unlock(&state->lock);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_warnings(const void *left, const void *right)
{
    const struct tw_warning *a = left, *b = right;
    int order = compare_u64(a->packet, b->packet);

    if (!order)
        order = compare_u64(a->i_file, b->i_file);
    if (!order)
        order = compare_u64(a->offset, b->offset);
    if (!order)
        order = strcmp(a->what, b->what);
    if (!order)
        order = strcmp(a->why ? a->why : "", b->why ? b->why : "");
    return order;
}

void tw_input_sort_warnings(struct tw_input *input)
{
    if (input->n_warnings > 1)
        qsort(input->warnings, input->n_warnings, sizeof(*input->warnings), compare_warnings);
}

void tw_input_settle(struct tw_input *input)
{
    for (size_t i = 0; i < input->n_warnings; i++)
        input->warnings[i].settled = true;
}

void tw_input_unwarn(struct tw_input *input, bool packets)
{
    size_t n = 0;

    for (size_t i = 0; i < input->n_warnings; i++) {
        const struct tw_warning *w = &input->warnings[i];

        if (w->settled && !(packets && w->packet))
            input->warnings[n++] = *w;
        else
            tw_free(w->why);
    }
    input->n_warnings = n;
    input->n_warnings_dropped = 0;
}
