/* The list of views, and the columns that options add to them.
 * Knows nothing of how cells are filled. */
#include "view.h"

#include <stdio.h>
#include <string.h>

static const struct view *const views[] = {&view_trawl, &view_nfstream, &view_nfstream_old,
                                           &view_zeek, &view_ipfix};
const char *const view_names[] = {"trawl", "nfstream", "nfstream-old", "zeek", "ipfix", NULL};

const struct view *view_find(const char *name)
{
    for (size_t i = 0; name && i < TRAWL_COUNT(views); i++) {
        if (strcmp(views[i]->name, name) == 0)
            return views[i];
    }
    return &view_trawl;
}

/* ---- the columns that options add; [0] trawl's names, [1] NFStream's ---- */

static const char *const part_names[2][3] = {{"", "src_", "dst_"},
                                             {"bidirectional_", "src2dst_", "dst2src_"}};
static const char *const moment_names[N_MOMENTS] = {"min", "mean", "stddev", "max"};
static const char *const flag_names[] = {"syn", "cwr", "ece", "urg", "ack", "psh", "rst", "fin"};
static const uint8_t flag_bits[] = {1, 7, 6, 5, 4, 3, 2, 0};

enum { MOST_MORE = 3 * (2 * N_MOMENTS + 8) + 8, NAME_ROOM = 40 };

struct list {
    trawl_call *call;
    struct view_column *columns;
    size_t n;
    int failed;
};

static void add(struct list *list, const struct view_column *column, const char *name)
{
    char *copy = host->call_alloc(list->call, NAME_ROOM);

    if (!copy) {
        list->failed = 1;
        return;
    }
    snprintf(copy, NAME_ROOM, "%s", name);
    list->columns[list->n] = *column;
    list->columns[list->n++].column.name = copy;
}

/* Those of both directions are shown first, their means before all. */
static uint32_t priority_of(uint8_t part, uint8_t moment)
{
    return part ? 5 : moment == MEAN ? 0 : 1;
}

/* "src_size_mean", or NFStream's "src2dst_mean_ps". */
static void add_size(struct list *list, int nf, uint8_t part, uint8_t moment)
{
    const int is_mean = moment == MEAN || moment == STDDEV;
    const struct view_column column = VIEW_COLUMN(
        CELL_SIZE, part, moment, !nf, NULL, is_mean ? TRAWL_F64 : TRAWL_U32, 0,
        priority_of(part, moment), "B", "of the sizes of packets");
    char name[NAME_ROOM];

    if (nf)
        snprintf(name, sizeof(name), "%s%s_ps", part_names[1][part], moment_names[moment]);
    else
        snprintf(name, sizeof(name), "%ssize_%s", part_names[0][part], moment_names[moment]);
    add(list, &column, name);
}

static void add_gap(struct list *list, int nf, uint8_t part, uint8_t moment)
{
    const int is_mean = moment == MEAN || moment == STDDEV;
    const struct view_column column = VIEW_COLUMN(CELL_GAP, part, moment, !nf, NULL,
                                                  !nf       ? TRAWL_SPAN
                                                  : is_mean ? TRAWL_F64
                                                            : TRAWL_I64,
                                                  0, priority_of(part, moment), nf ? "ms" : NULL,
                                                  "of the gaps between packets");
    char name[NAME_ROOM];

    if (nf)
        snprintf(name, sizeof(name), "%s%s_piat_ms", part_names[1][part], moment_names[moment]);
    else
        snprintf(name, sizeof(name), "%sgap_%s", part_names[0][part], moment_names[moment]);
    add(list, &column, name);
}

static void add_stats(struct list *list, int nf)
{
    for (uint8_t part = 0; part < 3; part++) {
        for (uint8_t moment = 0; moment < N_MOMENTS; moment++)
            add_size(list, nf, part, moment);
    }
    for (uint8_t part = 0; part < 3; part++) {
        for (uint8_t moment = 0; moment < N_MOMENTS; moment++)
            add_gap(list, nf, part, moment);
    }
    for (uint8_t part = 0; part < 3; part++) {
        for (size_t i = 0; i < TRAWL_COUNT(flag_bits); i++) {
            const struct view_column column = VIEW_COLUMN(CELL_FLAG, part, flag_bits[i], 0, NULL,
                                                          TRAWL_U32, 0, part ? 5 : 2, NULL,
                                                          "packets with this TCP flag");
            char name[NAME_ROOM];

            snprintf(name, sizeof(name), "%s%s%s", part_names[nf][part], flag_names[i],
                     nf ? "_packets" : "");
            add(list, &column, name);
        }
    }
}

/* Link addresses and the names of their makers; NFStream's view has the addresses already. */
static void add_macs(struct list *list, int nf)
{
    static const struct view_column columns[] = {
        VIEW_COLUMN(CELL_MAC, 1, 0, 1, "src_mac", TRAWL_MAC, 0, 0, NULL,
                    "link address of the source"),
        VIEW_COLUMN(CELL_MAKER, 1, 0, 1, "src_maker", TRAWL_STRING, 0, 1, NULL,
                    "who made it, as the IEEE's lists say"),
        VIEW_COLUMN(CELL_MAC, 2, 0, 1, "dst_mac", TRAWL_MAC, 0, 0, NULL,
                    "link address of the destination"),
        VIEW_COLUMN(CELL_MAKER, 2, 0, 1, "dst_maker", TRAWL_STRING, 0, 1, NULL,
                    "who made it, as the IEEE's lists say"),
    };

    for (size_t i = nf ? 1 : 0; i < TRAWL_COUNT(columns); i += nf ? 2 : 1)
        list->columns[list->n++] = columns[i];
}

/* What was asked for is shown before all that is there anyway, but for the ends and the protocol.
 */
static void step_back(struct view_column *columns, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t cell = columns[i].cell;

        if (cell != CELL_ADDRESS && cell != CELL_PORT && cell != CELL_TYPE_PORT &&
            cell != CELL_PROTOCOL && cell != CELL_PROTO && cell != CELL_TRANSPORT)
            columns[i].column.priority += 2;
    }
}

int view_columns(trawl_call *call, const struct flows_plan *plan, struct view_column **ret,
                 size_t *ret_n, trawl_error *err)
{
    static const struct view_column community = VIEW_COLUMN(
        CELL_COMMUNITY, 0, 0, 0, "community_id", TRAWL_STRING, 0, 0, NULL,
        "hash of addresses, ports and protocol that other tools have too (version 1)");
    const struct view *view = plan->view;
    const int nf = view->is_nfstream;
    struct list list = {.call = call};

    list.columns = host->call_alloc(call, (view->n_columns + MOST_MORE) * sizeof(*list.columns));
    if (!list.columns)
        return host->fail(err, TRAWL_E_NOMEM, "could not name the columns of flows: no memory");
    for (size_t i = 0; i < view->n_columns; i++) {
        if (view->columns[i].cell != CELL_TUNNEL_ID || !plan->no_tunnels) /* as NFStream */
            list.columns[list.n++] = view->columns[i];
    }
    if (plan->community || plan->macs || plan->stats || plan->splt || plan->asks_metrics)
        step_back(list.columns, list.n);
    if (plan->community)
        list.columns[list.n++] = community;
    if (plan->macs)
        add_macs(&list, view == &view_nfstream);
    if (plan->stats)
        add_stats(&list, nf);
    if (list.failed)
        return host->fail(err, TRAWL_E_NOMEM, "could not name the columns of flows: no memory");
    *ret = list.columns;
    *ret_n = list.n;
    return TRAWL_OK;
}
