/* What stands on the left and on the right of a comparison: captures, sets of them, their packets
 * that an expression keeps, or time bins. Knows nothing of fields and their values. */
#include "sides.h"

#include <stdio.h>
#include <string.h>

#include "compare.h"

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not compare captures: no memory");
}

static char *joined_names(trawl_call *call, const trawl_words *words)
{
    size_t n = 1;
    char *text;

    for (size_t i = 0; i < words->n; i++)
        n += strlen(words->items[i]) + 1;
    text = host->call_alloc(call, n);
    n = 0;
    for (size_t i = 0; text && i < words->n; i++) {
        size_t len = strlen(words->items[i]);

        if (i)
            text[n++] = '+';
        memcpy(text + n, words->items[i], len);
        n += len;
    }
    if (text)
        text[n] = 0;
    return text;
}

/* --left-where and --right-where: which packets of each capture count. Of one capture they make two
 * sides. */
static int choose_packets(const struct compare_opts *o, const char **names, const char **exprs,
                          size_t *n, trawl_error *err)
{
    size_t n_left = o->with.n ? o->captures.n : 1;

    if (!o->left && !o->right)
        return TRAWL_OK;
    if (o->merge || (!o->with.n && o->captures.n > 2)) {
        int rc = host->fail(err, TRAWL_E_USAGE,
                            "--left-where and --right-where need one capture, or two");

        host->hint(err, "Put several on a side with --with.");
        return rc;
    }
    if (*n == 1)
        names[(*n)++] = names[0];
    for (size_t i = 0; i < *n; i++)
        exprs[i] = i < n_left ? o->left : o->right;
    return TRAWL_OK;
}

/* Two sets of captures: the first ones together are the left side, the others the right. */
static int two_sets(trawl_call *call, const struct compare_opts *o, struct sample *sample,
                    trawl_error *err)
{
    struct slot sides[2] = {{.name = joined_names(call, &o->captures)},
                            {.name = joined_names(call, &o->with)}};

    for (size_t i = 0; i < sample->n_sources; i++) {
        size_t side = i >= o->captures.n;

        sample->sources[i].slot = (uint32_t)side;
        sides[side].n_rows += sample->slots[i].n_rows;
        sides[side].seconds += sample->slots[i].seconds;
    }
    if (!sides[0].name || !sides[1].name)
        return no_memory(err);
    memcpy(sample->slots, sides, sizeof(sides));
    sample->n_slots = 2;
    return TRAWL_OK;
}

int sides_are_bins(const struct compare_opts *o)
{
    return !o->with.n && !o->left && !o->right && (o->captures.n == 1 || o->merge);
}

/* Traffic-taffy's words, and why. */
static int too_short(trawl_call *call, const struct compare_opts *o, const struct sample *sample,
                     trawl_error *err)
{
    const char *why = "there is no packet with a time";
    char text[96];
    int rc;

    if (sample->n_slots && o->bin) {
        snprintf(text, sizeof(text), "all packets are in one bin of %s",
                 sample_span_text(call, sample->bin_ns));
        why = text;
    } else if (sample->n_slots) {
        why = "all packets have the same time";
    } else if (o->between || o->until) {
        why = "no packet is within '--between' and '--and'";
    }
    rc = host->fail(err, TRAWL_E_USAGE,
                    "the requested pcap data was not long enough to compare against itself: %s",
                    why);
    if (sample->n_slots && o->bin)
        host->hint(err, "Name a second capture, or give a smaller --bin.");
    else
        host->hint(err, "'captures' shows when each starts and how long it is; a second capture "
                        "to compare with can be named");
    return rc;
}

int sides_open(trawl_call *call, const struct compare_opts *o, struct sample *ret, trawl_error *err)
{
    int over_time = sides_are_bins(o);
    const int64_t bin = scope_bin(&o->scope, o->bin);
    size_t n = o->captures.n + o->with.n;
    const char **names = host->call_alloc(call, (n + 1) * sizeof(*names));
    const char **exprs = host->call_alloc(call, (n + 1) * sizeof(*exprs));
    trawl_words all = {names, n};
    struct sampling how = {.captures = &all,
                           .exprs = exprs,
                           .max_rows = o->scope.max_rows,
                           .bin_ns = over_time ? bin : 0,
                           .fit_bins = over_time ? FIT_SIDES : 0,
                           .merge = over_time,
                           .from_ns = o->between,
                           .to_ns = o->until};
    int rc;

    if (!names || !exprs)
        return no_memory(err);
    memset(exprs, 0, (n + 1) * sizeof(*exprs));
    for (size_t i = 0; i < n; i++)
        names[i] = i < o->captures.n ? o->captures.items[i] : o->with.items[i - o->captures.n];
    rc = choose_packets(o, names, exprs, &all.n, err);
    if (rc == TRAWL_OK)
        rc = sample_open(call, &how, ret, err);
    if (rc == TRAWL_OK && o->with.n)
        rc = two_sets(call, o, ret, err);
    if (rc == TRAWL_OK && over_time)
        rc = ret->n_slots < 2 ? too_short(call, o, ret, err) : TRAWL_OK;
    if (rc == TRAWL_OK && over_time && !o->bin)
        host->log(2, "%s: over time, in %zu bins of %s (-b chooses the width)",
                  joined_names(call, &o->captures), ret->n_slots,
                  sample_span_text(call, ret->bin_ns));
    return rc;
}
