/* The options of `flows`, made ready for the engine. Knows nothing of packets. */
#include <string.h>

#include "metric.h"
#include "view.h"

enum { NFSTREAM_DISSECTIONS = 20 };

const char *const plan_accountings[] = {"frame", "ip", "transport", "payload", NULL};

static int choose_accounting(trawl_call *call, const struct flows_opts *opts,
                             struct flows_plan *plan, trawl_error *err)
{
    for (int i = 0; opts->accounting && plan_accountings[i]; i++) {
        if (strcmp(opts->accounting, plan_accountings[i]) == 0)
            plan->accounting = (enum accounting)i;
    }
    if (!plan->view->counts_ip)
        return TRAWL_OK;
    if (host->given(call, "accounting") && plan->accounting != BYTES_IP)
        return host->fail(err, TRAWL_E_USAGE,
                          "--view %s counts from the IP header on: --accounting %s is not for it",
                          plan->view->name, opts->accounting);
    plan->accounting = BYTES_IP;
    return TRAWL_OK;
}

static void look_at_columns(struct flows_plan *plan)
{
    plan->needs_stats = plan->stats || plan->splt;
    plan->needs_flags = plan->stats;
    plan->needs_macs = plan->macs;
    for (size_t i = 0; i < plan->view->n_columns; i++) {
        const uint8_t cell = plan->view->columns[i].cell;

        plan->needs_macs |= cell == CELL_MAC;
        plan->needs_flags |= cell == CELL_FLAGS;
        plan->needs_protocol |= cell == CELL_PROTOCOL;
    }
    plan->needs_rows = plan->needs_stats |= plan->needs_flags;
    plan->needs_rows |= plan->view->has_talks;
}

int plan_make(trawl_call *call, const struct flows_opts *opts, struct flows_plan *ret,
              trawl_error *err)
{
    struct flows_plan plan = {.view = view_find(opts->view),
                              .bpf = opts->bpf,
                              .idle = opts->idle,
                              .active = opts->active,
                              .no_tunnels = opts->no_tunnels,
                              .stats = opts->stats,
                              .macs = opts->macs,
                              .community = opts->community,
                              .community_seed = (uint16_t)opts->community_seed,
                              .splt = opts->splt,
                              .max = opts->max,
                              .capacity = opts->capacity,
                              .asks_metrics = opts->metrics.n != 0,
                              .dissections = opts->dissections};
    int rc = choose_accounting(call, opts, &plan, err);

    if (!host->given(call, "idle"))
        plan.idle = plan.view->idle;
    if (!host->given(call, "active"))
        plan.active = plan.view->active;
    if (!host->given(call, "dissections"))
        plan.dissections = plan.view->is_nfstream ? NFSTREAM_DISSECTIONS : 0;
    if (host->given(call, "community-seed"))
        plan.community = 1;
    if (rc == TRAWL_OK && plan.no_tunnels && plan.view->counts_ip)
        rc = host->fail(err, TRAWL_E_USAGE,
                        "--view %s looks into tunnels: --no-tunnels is not for it",
                        plan.view->name);
    look_at_columns(&plan);
    if (rc == TRAWL_OK)
        rc = metric_plan(call, &opts->metrics, &plan, err);
    if (rc == TRAWL_OK)
        *ret = plan;
    return rc;
}

int plan_is_default(const struct flows_plan *plan)
{
    return plan->view == &view_trawl && plan->idle == FLOWS_IDLE && plan->active == FLOWS_ACTIVE &&
           plan->accounting == BYTES_FRAME && !plan->needs_stats && !plan->macs &&
           !plan->community && !plan->max && !plan->capacity && !plan->bpf && !plan->no_tunnels &&
           !plan->metrics;
}
