/* Counts the company of a value and tests it. Knows nothing of how packets were chosen. */
#include "cooccur.h"

#include <math.h>

#include "compare.h"
#include "stats.h"

static int no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not count what comes with a value: no memory");
}

static void test_company(struct company *c, const struct company_side *totals, size_t n_sides)
{
    uint64_t held[MOST_SIDES], others[MOST_SIDES], all_held[MOST_SIDES], all_others[MOST_SIDES];
    int n_tested = 0;

    for (size_t s = 0; s < n_sides; s++) {
        held[s] = c->sides[s].held;
        others[s] = c->sides[s].others;
        all_held[s] = totals[s].held;
        all_others[s] = totals[s].others;
        c->g += stats_g_2x2(held[s], all_held[s], others[s], all_others[s]);
        n_tested += all_held[s] && all_others[s];
    }
    c->lift = stats_lift(held, all_held, others, all_others, n_sides);
    c->p = n_tested ? stats_chi2_above(c->g, n_tested) : NAN;
    c->change_p = NAN;
    if (n_sides == 2 && totals[0].held && totals[1].held) {
        c->change_g = stats_g_2x2(held[0], all_held[0], held[1], all_held[1]);
        c->change_p = stats_chi2_above(c->change_g, 1);
    }
}

int company_add(struct companies *list, struct company company, trawl_error *err)
{
    if (list->n == list->room) {
        uint64_t room = list->room * 2 + 256;
        struct company *more = host->realloc(list->items, (size_t)room * sizeof(*more));

        if (!more)
            return no_memory(err);
        list->items = more;
        list->room = room;
    }
    list->items[list->n++] = company;
    return TRAWL_OK;
}

static uint64_t count_of(const struct tally *t, size_t n_slots, size_t slot, uint64_t i,
                         int by_rows)
{
    const struct cell *cell = &t->cells[i];

    return by_rows ? t->seen[cell->value * n_slots + slot].n : cell->count;
}

int company_of_field(const struct tally *t, size_t i_tally, const struct company_side *totals,
                     size_t n_sides, int by_rows, struct companies *ret, trawl_error *err)
{
    struct company_side *sides = host->alloc((size_t)(t->n_values + 1) * n_sides * sizeof(*sides));
    const size_t n_slots = n_sides * SLOTS_OF_SIDE;
    int rc = sides ? TRAWL_OK : no_memory(err);

    for (size_t s = 0; s < n_sides && rc == TRAWL_OK; s++) {
        size_t held = s * SLOTS_OF_SIDE + HOLDERS, others = s * SLOTS_OF_SIDE + OTHERS;

        for (uint64_t i = t->slot_start[held]; i < t->slot_start[held + 1]; i++)
            sides[t->cells[i].value * n_sides + s].held = count_of(t, n_slots, held, i, by_rows);
        for (uint64_t i = t->slot_start[others]; i < t->slot_start[others + 1]; i++)
            sides[t->cells[i].value * n_sides + s].others = count_of(t, n_slots, others, i,
                                                                     by_rows);
    }
    for (uint32_t v = 0; v < t->n_values && rc == TRAWL_OK; v++) {
        struct company c = {.i_tally = i_tally, .value = v};
        uint64_t n = 0;

        for (size_t s = 0; s < n_sides; s++) {
            const struct company_side *side = &sides[v * n_sides + s];

            c.sides[s].held = side->held < totals[s].held ? side->held : totals[s].held;
            c.sides[s].others = side->others < totals[s].others ? side->others : totals[s].others;
            n += side->held;
        }
        if (!n)
            continue;
        for (size_t slot = 0; by_rows && slot < n_slots; slot++)
            c.rows += t->seen[v * n_slots + slot].rows;
        test_company(&c, totals, n_sides);
        rc = company_add(ret, c, err);
    }
    host->free(sides);
    return rc;
}
