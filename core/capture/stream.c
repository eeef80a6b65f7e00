/* The loop around a streaming decompressor: input in pieces, frames one after another, what comes
 * after the last one. Must not know formats of captures. */
#include "core/capture/stream.h"

#include <stdio.h>

#include "core/capture/io.h"

enum {
    IN_BYTES = 512 << 10,
    OUT_STEP = 1 << 20 /* readers get what a step made when it returns */
};

struct input {
    struct tw_feed *feed;
    uint8_t *bytes;
    size_t i, n;
    bool ended;
    int number; /* errno of a failed read */
    bool failed;
};

/* Have at least n bytes at hand, unless the input ends. False: stopped. */
static bool want(struct input *input, size_t n)
{
    size_t got = 0;
    int rc;

    if (input->n - input->i >= n || input->ended)
        return true;
    memmove(input->bytes, input->bytes + input->i, input->n - input->i);
    input->n -= input->i;
    input->i = 0;
    rc = tw_feed_read(input->feed, input->bytes + input->n, IN_BYTES - input->n, &got,
                      &input->number);
    input->ended = rc != TRAWL_OK || got < IN_BYTES - input->n;
    input->n += got;
    input->failed = rc == TRAWL_E_IO;
    return rc != TRAWL_E_CANCELLED;
}

static bool only_zeros(struct input *input)
{
    for (;;) {
        if (!want(input, 1))
            return true;
        if (input->i == input->n)
            return true;
        if (input->bytes[input->i++])
            return false;
    }
}

static void end(struct tw_spill *spill, const struct input *input, const char *name,
                const char *why)
{
    char text[160];

    if (input->failed)
        snprintf(text, sizeof(text), "could not read on: %s", tw_reason(input->number));
    else
        snprintf(text, sizeof(text), "the %s data %s", name, why);
    tw_spill_end(spill, text);
}

/* Is there another frame? Else the spill has been ended. */
static bool begin_frame(const struct tw_engine *engine, void *state, struct input *input,
                        struct tw_spill *spill)
{
    size_t left;

    if (!want(input, engine->n_magic)) {
        tw_spill_end(spill, NULL);
        return false;
    }
    left = input->n - input->i;
    if (left == 0 && !input->failed) {
        tw_spill_end(spill, NULL);
        return false;
    }
    if (!engine->is_start(input->bytes + input->i, left)) {
        if (engine->zero_padding && only_zeros(input) && !input->failed)
            tw_spill_end(spill, NULL);
        else
            end(spill, input, engine->name, "is followed by other bytes");
        return false;
    }
    if (!engine->start(state)) {
        tw_spill_end_nomem(spill);
        return false;
    }
    return true;
}

/* One frame. False: the spill has been ended. */
static bool run_frame(const struct tw_engine *engine, void *state, struct input *input,
                      struct tw_spill *spill)
{
    for (;;) {
        struct tw_step step = {0};
        enum tw_step_end how;
        size_t room, n_in, n_out;

        step.out = tw_spill_space(spill, &room);
        if (!step.out || !want(input, 1)) {
            tw_spill_end(spill, NULL);
            return false;
        }
        step.in = input->bytes + input->i;
        step.n_in = n_in = input->n - input->i;
        step.n_out = n_out = TW_MIN(room, (size_t)OUT_STEP);
        step.last = input->ended;
        how = engine->step(state, &step);
        input->i += n_in - step.n_in;
        tw_spill_commit(spill, n_out - step.n_out);
        if (how == TW_STEP_DONE)
            return true;
        if (how == TW_STEP_BAD) {
            end(spill, input, engine->name, step.why);
            return false;
        }
        if (step.n_in == n_in && step.n_out == n_out && input->ended) {
            end(spill, input, engine->name, "is cut");
            return false;
        }
        if (step.n_in == n_in && n_in && step.n_out == n_out) { /* a bug of the library */
            end(spill, input, engine->name, "cannot be decompressed");
            return false;
        }
    }
}

void tw_stream_run(const struct tw_engine *engine, void *state, struct tw_feed *feed,
                   struct tw_spill *spill)
{
    struct input input = {.feed = feed, .bytes = tw_alloc(IN_BYTES)};

    if (!input.bytes)
        tw_spill_end_nomem(spill);
    while (input.bytes && begin_frame(engine, state, &input, spill)) {
        if (!run_frame(engine, state, &input, spill))
            break;
    }
    tw_free(input.bytes);
}
