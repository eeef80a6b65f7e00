/* The base pass over an input that grows: it goes on from the row where it was.
 * Must not know where the input comes from, nor conversations. */
#include "core/dissect/load.h"

struct tw_grow {
    struct tw_load *load;
    struct tw_more *more;
    uint64_t told[TW_MAX_INTERFACES / 64 + 1]; /* of load->no_link, what was warned of */
};

int tw_grow_open(struct tw_input *input, const struct tw_input_options *options,
                 struct tw_grow **ret, struct tw_packets **ret_packets, trawl_error *err)
{
    struct tw_grow *grow = tw_alloc(sizeof(*grow));
    struct tw_packets *packets = grow ? tw_packets_new(input, err) : NULL;
    int rc = packets ? TRAWL_OK : tw_fail_nomem(err);

    if (rc == TRAWL_OK) {
        grow->load = tw_load_new(packets, err);
        rc = grow->load ? tw_more_open(input, options, tw_load_reserve, tw_load_rows, grow->load,
                                       &grow->more, err)
                        : TRAWL_E_NOMEM;
    }
    if (rc != TRAWL_OK) {
        tw_grow_close(grow);
        tw_packets_free(packets);
        return rc;
    }
    *ret = grow;
    *ret_packets = packets;
    return TRAWL_OK;
}

void tw_grow_close(struct tw_grow *grow)
{
    if (!grow)
        return;
    tw_more_close(grow->more);
    tw_load_free(grow->load);
    tw_free(grow);
}

/* What the walk and the joiner found in the rows of this look, which are behind all others. */
static int add_events(struct tw_grow *grow, trawl_error *err)
{
    struct tw_events *all = &grow->load->packets->events;
    struct tw_events lists[2] = {grow->load->events[0], tw_joiner_events(grow->load->joiner)};
    int rc;

    grow->load->events[0] = (struct tw_events){0};
    rc = tw_events_merge(lists, TW_COUNT(lists), err);
    if (rc == TRAWL_OK && lists[0].n &&
        !tw_grow(&all->items, all->n + lists[0].n, &all->capacity, sizeof(*all->items)))
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK && lists[0].n) {
        memcpy(all->items + all->n, lists[0].items, lists[0].n * sizeof(*all->items));
        all->n += lists[0].n;
    }
    tw_events_fini(&lists[0]);
    tw_events_fini(&lists[1]);
    return rc;
}

static void warn(struct tw_grow *grow)
{
    const size_t n = (grow->load->packets->input->n_interfaces + 63) / 64;
    bool fresh = false;

    for (size_t i = 0; i < n; i++) {
        const uint64_t seen = grow->load->no_link[i];

        grow->load->no_link[i] = seen & ~grow->told[i];
        fresh |= grow->load->no_link[i] != 0;
        grow->told[i] |= seen;
    }
    if (fresh)
        tw_load_warn(grow->load);
}

int tw_grow_more(struct tw_grow *grow, bool *ret_any, trawl_error *err)
{
    int rc = tw_more_read(grow->more, ret_any, err);

    if (rc == TRAWL_OK)
        rc = add_events(grow, err);
    if (rc == TRAWL_OK) {
        tw_dict_settle(grow->load->packets->addresses);
        warn(grow);
    }
    return rc;
}

void tw_packets_cut(struct tw_packets *packets, uint64_t n_rows)
{
    struct tw_fragments *f = &packets->fragments;
    struct tw_column **column;
    trawl_type type;
    size_t n = 0;

    for (size_t i = 0; (column = tw_packets_base(packets, i, &type)); i++) {
        if ((*column)->n_rows > n_rows)
            tw_column_resize(*column, n_rows, NULL); /* shrinking cannot fail */
    }
    packets->n_rows = TW_MIN(packets->n_rows, n_rows);
    while (packets->events.n && packets->events.items[packets->events.n - 1].row >= n_rows)
        packets->events.n--;
    while (f->n_wholes && f->wholes[f->n_wholes - 1].row >= n_rows)
        f->n_wholes--;
    for (size_t i = 0; i < f->n_parts; i++) {
        if (f->parts[i].whole_row < n_rows)
            f->parts[n++] = f->parts[i];
    }
    f->n_parts = n;
}

int tw_grow_again(struct tw_grow *grow, struct tw_packets *packets, uint64_t place,
                  trawl_error *err)
{
    struct tw_load *load = tw_load_new(packets, err);

    if (!load)
        return TRAWL_E_NOMEM;
    tw_load_free(grow->load);
    grow->load = load;
    tw_more_turn(grow->more, load);
    tw_more_go_back(grow->more, place);
    return TRAWL_OK;
}

bool tw_grow_ended(const struct tw_grow *grow)
{
    return tw_more_ended(grow->more);
}

uint64_t tw_grow_place(const struct tw_grow *grow)
{
    return tw_more_place(grow->more);
}
