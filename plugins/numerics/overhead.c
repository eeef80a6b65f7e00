/* What MPTCP's options cost: rows, LaTeX and the plot. Must not know runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"

enum { TEXT_MOST = 512, POINTS = 61 };

int shares_of(trawl_call *call, const struct topology *t, const char *split, double **ret,
              trawl_error *err)
{
    double *shares = host->call_alloc(call, t->n * sizeof(*shares)), sum = 0;
    int contributions = 1, cwnds = 1;

    if (!shares)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    for (size_t i = 0; i < t->n; i++) {
        contributions &= !isnan(t->paths[i].contribution);
        cwnds &= t->paths[i].cwnd > 0;
    }
    if (!split)
        split = contributions ? "contribution" : cwnds ? "throughput" : "equal";
    if (strcmp(split, "throughput") == 0 && !cwnds)
        return topology_need_cwnds(t, err);
    if (strcmp(split, "contribution") == 0 && !contributions)
        return host->fail(err, TRAWL_E_DATA, "'%s': not every subflow has a contribution", t->file);
    for (size_t i = 0; i < t->n; i++) {
        shares[i] = *split == 'c'   ? t->paths[i].contribution
                    : *split == 't' ? path_throughput(&t->paths[i])
                                    : 1;
        sum += shares[i];
    }
    if (sum <= 0)
        return host->fail(err, TRAWL_E_DATA, "'%s': all contributions are 0", t->file);
    for (size_t i = 0; i < t->n; i++)
        shares[i] /= sum;
    *ret = shares;
    return TRAWL_OK;
}

/* Bytes of options for each byte sent. */
static double rate_of(const struct topology *t, const double *shares, const struct overhead *how)
{
    double rate = 0;

    for (size_t i = 0; i < t->n; i++)
        rate += shares[i] * overhead_rate(&t->paths[i], how);
    return rate;
}

static struct overhead how_of(const char *model, int checksum, uint64_t coverage)
{
    return (struct overhead){strcmp(model, "seed") == 0, checksum, (double)coverage};
}

static void put_overhead(trawl_builder *b, uint64_t bytes, double constant, double rate)
{
    const double variable = rate * (double)bytes;

    host->put_u64(b, bytes);
    host->put_f64(b, constant);
    host->put_f64(b, variable);
    host->put_f64(b, constant + variable);
    host->put_f64(b, 100 * (constant + variable) / (double)bytes);
    host->end_row(b);
}

int fill_overhead(struct numerics_call *c, trawl_error *err)
{
    static const uint64_t steps[] = {1, 2, 5};
    const struct numerics_opts *o = c->opts;
    const struct overhead how = how_of(o->model, o->checksum, o->coverage);
    const double constant = overhead_constant(&c->topology);
    double *shares = NULL, rate;
    const int rc = shares_of(c->call, &c->topology, o->split, &shares, err);

    if (rc != TRAWL_OK)
        return rc;
    rate = rate_of(&c->topology, shares, &how);
    if (host->given(c->call, "bytes")) {
        put_overhead(c->rows, o->bytes, constant, rate);
        return TRAWL_OK;
    }
    for (uint64_t decade = 1000; decade <= o->up_to; decade *= 10) {
        for (size_t i = 0; i < TRAWL_COUNT(steps) && steps[i] * decade <= o->up_to; i++)
            put_overhead(c->rows, steps[i] * decade, constant, rate);
    }
    return TRAWL_OK;
}

int fill_latex(struct numerics_call *c, trawl_error *err)
{
    const struct numerics_opts *o = c->opts;
    const struct overhead how = how_of(o->model, o->checksum, o->coverage);
    const unsigned map = dss_size(how.seed, ACK_NONE, MAP_SHORT, how.checksum);
    const unsigned ack = how.seed ? ACK_SHORT : dss_size(0, ACK_SHORT, MAP_NONE, 0);
    const struct topology *t = &c->topology;
    double *shares = NULL;
    char text[TEXT_MOST];
    const int rc = shares_of(c->call, t, o->split, &shares, err);

    if (rc != TRAWL_OK)
        return rc;
    (void)snprintf(text, sizeof(text), "OH_{const} = 48 + 4 + 52 \\cdot %zu = %.0f", t->n,
                   overhead_constant(t));
    host->put_text(c->rows, text);
    host->end_row(c->rows);
    for (size_t i = 0; i < t->n; i++) {
        (void)snprintf(text, sizeof(text),
                       "%s %.6g\\,b \\left( \\frac{%u}{%.12g} + \\frac{%u}{%.12g} \\right)",
                       i ? "+" : "OH_{var}(b) =", shares[i], ack, t->paths[i].mss, map,
                       how.coverage);
        host->put_text(c->rows, text);
        host->end_row(c->rows);
    }
    return TRAWL_OK;
}

/* ---- the plot ---- */

int draw_overhead(trawl_call *call, const void *opts, trawl_table *in, trawl_figure *ret,
                  trawl_error *err)
{
    static const char *const labels[] = {"all", "for each connection", "for each byte"};
    const struct overhead_opts *o = opts;
    const struct overhead how = how_of(o->model, o->checksum, o->coverage);
    double *x = host->call_alloc(call, POINTS * sizeof(*x)), *y[3], *shares = NULL, rate;
    char *title = host->call_alloc(call, TEXT_MOST);
    struct topology t;
    int rc = open_topology(call, o->file, "paths", &t, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = shares_of(call, &t, o->split, &shares, err);
    if (rc != TRAWL_OK)
        return rc;
    ret->series = host->call_alloc(call, 3 * sizeof(*ret->series));
    for (size_t k = 0; k < 3; k++)
        y[k] = host->call_alloc(call, POINTS * sizeof(*y[k]));
    if (!x || !title || !ret->series || !y[0] || !y[1] || !y[2])
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    rate = rate_of(&t, shares, &how);
    for (size_t i = 0; i < POINTS; i++) {
        x[i] = 1000 * pow((double)o->up_to / 1000, (double)i / (POINTS - 1));
        y[1][i] = overhead_constant(&t);
        y[2][i] = rate * x[i];
        y[0][i] = y[1][i] + y[2][i];
    }
    for (size_t k = 0; k < 3; k++)
        ret->series[k] = (trawl_series){
            .label = labels[k], .style = TRAWL_SERIES_LINE, .n = POINTS, .x = x, .y = y[k]};
    ret->n_series = 3;
    (void)snprintf(title, TEXT_MOST, "bytes of MPTCP options: %s, %zu subflow%s, model %s",
                   *t.name ? t.name : t.file, t.n, t.n == 1 ? "" : "s", o->model);
    ret->title = title;
    ret->x = (trawl_axis){.label = "bytes sent (B)", .kind = TRAWL_AXIS_LOG};
    ret->y = (trawl_axis){.label = "options (B)", .kind = TRAWL_AXIS_LOG};
    return TRAWL_OK;
}
