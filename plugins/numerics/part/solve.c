/* Problems given to GLPK: the least buffer for given windows, the best windows for a given buffer.
 * Must not know where the constraints come from. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#ifdef NUMERICS_HAS_GLPK
#include <glpk.h>
#include <setjmp.h>
#endif

#include "../numerics.h"

#ifndef NUMERICS_HAS_GLPK

int solve(trawl_call *call, const struct problem *problem, struct solution *ret, trawl_error *err)
{
    (void)call, (void)problem, (void)ret;
    (void)host->fail(err, TRAWL_E_UNSUPPORTED, "this build of trawl has no GLPK to solve it with");
    host->hint(err, "Install libglpk-dev and build trawl again.");
    return TRAWL_E_UNSUPPORTED;
}

#else

/* One problem at work. GLPK ends the process when it fails, unless an error hook jumps out of it:
 * what the hook needs is here, and GLPK has one environment for the process. */
struct work {
    trawl_call *call;
    const struct problem *problem;
    glp_prob *lp;
    int *columns; /* of a row: index + 1 of the cwnd, the last one is the buffer */
    double *values;
    int cancelled;
    struct fresh file; /* that the problem is written to */
    jmp_buf out;
};

static void give_up(void *context)
{
    struct work *w = context;

    longjmp(w->out, 1);
}

/* Names that every reader of LP files takes. */
static void set_column_name(struct work *w, int column, const char *name)
{
    char text[TOPOLOGY_NAME_MOST + 32];
    size_t n = (size_t)snprintf(text, sizeof(text), "cwnd_%s", name);
    int changed = 0;

    for (size_t i = 0; i < n; i++) {
        const char c = text[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'))) {
            changed |= c != '_';
            text[i] = '_';
        }
    }
    if (changed) /* two names could have become one */
        (void)snprintf(text + n, sizeof(text) - n, "_%d", column - 1);
    glp_set_col_name(w->lp, column, text);
}

static const struct bound *last_bound(const struct bounds *all, size_t path, int want_low)
{
    const struct bound *found = NULL;

    for (size_t i = 0; i < all->n; i++) {
        const struct bound *b = &all->items[i];

        if (b->path == path &&
            (!found || (want_low ? b->value > found->value : b->value < found->value)))
            found = b;
    }
    return found;
}

/* Columns 1..n: windows in segments. */
static void add_windows(struct work *w)
{
    const struct problem *p = w->problem;
    const struct topology *t = p->sim->topology;

    glp_add_cols(w->lp, (int)t->n + 1);
    for (size_t i = 0; i < t->n; i++) {
        const int column = (int)i + 1;
        const struct bound *low = last_bound(&p->min_cwnd, i, 1);
        const struct bound *high = last_bound(&p->max_cwnd, i, 0);
        const double least = low ? low->value : 0, most = high ? high->value : 0;

        set_column_name(w, column, t->paths[i].name);
        if (!p->optimise_cwnd) {
            glp_set_col_bnds(w->lp, column, GLP_FX, t->paths[i].cwnd, 0);
            continue;
        }
        glp_set_col_kind(w->lp, column, GLP_IV);
        glp_set_col_bnds(w->lp, column,
                         !high           ? GLP_LO
                         : least == most ? GLP_FX
                                         : GLP_DB,
                         least, most);
        glp_set_obj_coef(w->lp, column, (double)p->sim->in_order[i] * t->paths[i].mss);
    }
    glp_set_col_name(w->lp, (int)t->n + 1, "rcv_wnd");
    if (p->optimise_cwnd) {
        glp_set_col_bnds(w->lp, (int)t->n + 1, GLP_FX, p->rcv_buffer, 0);
        return;
    }
    glp_set_col_bnds(w->lp, (int)t->n + 1, GLP_LO, 0, 0);
    glp_set_obj_coef(w->lp, (int)t->n + 1, 1);
}

/* What is needed is at most the buffer. */
static void add_needs(struct work *w)
{
    const struct simulation *sim = w->problem->sim;
    const size_t n = sim->topology->n;
    int row = glp_add_rows(w->lp, (int)sim->n_needs);

    for (uint32_t k = 0; k < sim->n_needs; k++, row++) {
        char name[32];
        int used = 0;

        for (size_t i = 0; i < n; i++) {
            const uint32_t count = sim->needs[(size_t)k * n + i];

            if (!count)
                continue;
            w->columns[++used] = (int)i + 1;
            w->values[used] = count * sim->topology->paths[i].mss;
        }
        w->columns[++used] = (int)n + 1;
        w->values[used] = -1;
        (void)snprintf(name, sizeof(name), "send_%u", k);
        glp_set_row_name(w->lp, row, name);
        glp_set_row_bnds(w->lp, row, GLP_UP, 0, 0);
        glp_set_mat_row(w->lp, row, used, w->columns, w->values);
    }
}

/* rx of a path, of what arrives over all: at least or at most a share. */
static void add_share(struct work *w, const struct bound *b, int at_most)
{
    const struct simulation *sim = w->problem->sim;
    const int row = glp_add_rows(w->lp, 1);
    int used = 0;

    for (size_t i = 0; i < sim->topology->n; i++) {
        const double rx = (double)sim->received[i] * sim->topology->paths[i].mss;
        const double value = ((i == b->path) - b->value) * rx;

        if (value == 0)
            continue;
        w->columns[++used] = (int)i + 1;
        w->values[used] = value;
    }
    glp_set_row_bnds(w->lp, row, at_most ? GLP_UP : GLP_LO, 0, 0);
    glp_set_mat_row(w->lp, row, used, w->columns, w->values);
}

static void build(struct work *w)
{
    const struct problem *p = w->problem;

    w->lp = glp_create_prob();
    glp_set_prob_name(w->lp, p->optimise_cwnd ? "optcwnd" : "optbuffer");
    glp_set_obj_name(w->lp, p->optimise_cwnd ? "rcv_next" : "buffer");
    glp_set_obj_dir(w->lp, p->optimise_cwnd ? GLP_MAX : GLP_MIN);
    add_windows(w);
    add_needs(w);
    for (size_t i = 0; i < p->min_share.n; i++)
        add_share(w, &p->min_share.items[i], 0);
    for (size_t i = 0; i < p->max_share.n; i++)
        add_share(w, &p->max_share.items[i], 1);
}

static void look_up(glp_tree *tree, void *context)
{
    struct work *w = context;

    if (host->cancelled(w->call)) {
        w->cancelled = 1;
        glp_ios_terminate(tree);
    }
}

static int no_solution(trawl_error *err)
{
    (void)host->fail(err, TRAWL_E_DATA, "no congestion windows meet all of these bounds");
    host->hint(err,
               "Loosen --sfmin, --sfmax, --sfmincwnd or --sfmaxcwnd, or give a larger --buffer.");
    return TRAWL_E_DATA;
}

static int solve_integers(struct work *w, struct solution *ret, trawl_error *err)
{
    glp_iocp how;
    int rc;

    glp_init_iocp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.presolve = GLP_ON;
    how.cb_func = look_up;
    how.cb_info = w;
    how.tm_lim = w->problem->limit_ns / 1000000 < INT32_MAX ? (int)(w->problem->limit_ns / 1000000)
                                                            : INT32_MAX;
    rc = glp_intopt(w->lp, &how);
    if (w->cancelled)
        return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
    if (rc == GLP_ENOPFS || rc == GLP_EBOUND || glp_mip_status(w->lp) == GLP_NOFEAS)
        return no_solution(err);
    if (glp_mip_status(w->lp) != GLP_OPT && glp_mip_status(w->lp) != GLP_FEAS) {
        (void)host->fail(err, TRAWL_E_DATA, "no solution was found within %g s",
                         (double)w->problem->limit_ns / 1e9);
        host->hint(err, "Give a longer --time-limit, or a shorter --duration.");
        return TRAWL_E_DATA;
    }
    ret->status = glp_mip_status(w->lp) == GLP_OPT ? "optimal" : "feasible";
    ret->objective = glp_mip_obj_val(w->lp);
    for (size_t i = 0; i < w->problem->sim->topology->n; i++)
        ret->cwnds[i] = round(glp_mip_col_val(w->lp, (int)i + 1));
    ret->rcv_buffer = w->problem->rcv_buffer;
    return ret->objective > 0 ? TRAWL_OK
                              : no_solution(err); /* windows of 0 share what is nothing */
}

static int solve_buffer(struct work *w, struct solution *ret, trawl_error *err)
{
    const size_t n = w->problem->sim->topology->n;
    glp_smcp how;

    glp_init_smcp(&how);
    how.msg_lev = GLP_MSG_OFF;
    how.presolve = GLP_ON;
    if (glp_simplex(w->lp, &how) != 0 || glp_get_status(w->lp) != GLP_OPT)
        return host->fail(err, TRAWL_E_DATA, "the problem of the buffer could not be solved");
    ret->status = "optimal";
    ret->objective = glp_get_obj_val(w->lp);
    ret->rcv_buffer = ceil(ret->objective * (1 - 1e-12));
    for (size_t i = 0; i < n; i++)
        ret->cwnds[i] = w->problem->sim->topology->paths[i].cwnd;
    return TRAWL_OK;
}

static int write_lp(struct work *w, trawl_error *err)
{
    int rc = fresh_open(&w->file, w->problem->lp_file, err);

    if (rc == TRAWL_OK && glp_write_lp(w->lp, NULL, w->file.path) != 0)
        rc = fresh_fail(&w->file, err);
    return fresh_close(&w->file, rc, err);
}

static int solve_all(struct work *w, struct solution *ret, trawl_error *err)
{
    int rc = TRAWL_OK;

    glp_term_out(GLP_OFF);
    glp_error_hook(give_up, w);
    build(w);
    if (w->problem->lp_file)
        rc = write_lp(w, err);
    if (rc == TRAWL_OK)
        rc = w->problem->optimise_cwnd ? solve_integers(w, ret, err) : solve_buffer(w, ret, err);
    glp_delete_prob(w->lp);
    glp_free_env();
    return rc;
}

static int solve_guarded(struct work *w, struct solution *ret, trawl_error *err)
{
    if (setjmp(w->out) == 0)
        return solve_all(w, ret, err);
    glp_free_env(); /* and all that it had */
    (void)fresh_close(&w->file, TRAWL_E_NOMEM, NULL);
    return host->fail(err, TRAWL_E_NOMEM, "GLPK could not go on, most likely for want of memory");
}

int solve(trawl_call *call, const struct problem *problem, struct solution *ret, trawl_error *err)
{
    const size_t n = problem->sim->topology->n;
    struct work *w = host->call_alloc(call, sizeof(*w));

    *ret = (struct solution){0};
    if (w) {
        memset(w, 0, sizeof(*w));
        w->call = call;
        w->problem = problem;
        w->file.fd = -1;
        w->columns = host->call_alloc(call, (n + 2) * sizeof(*w->columns));
        w->values = host->call_alloc(call, (n + 2) * sizeof(*w->values));
        ret->cwnds = host->call_alloc(call, n * sizeof(*ret->cwnds));
    }
    if (!w || !w->columns || !w->values || !ret->cwnds)
        return host->fail(err, TRAWL_E_NOMEM, "out of memory");
    return solve_guarded(w, ret, err);
}

#endif
