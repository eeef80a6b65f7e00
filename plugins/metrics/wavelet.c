/* wavelet: features of a flow's bytes over time, as NFStream's WFPlugin has them (after Bujlow,
 * Carela-Español, Barlet-Ros, 2015): bytes of each direction in 2^levels bins of time, their
 * stationary Haar transform, and four numbers of each of its bands. Must not know other metrics. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "metrics.h"

enum { MS = 1000000, MOST_LEVELS = 10, N_FEATURES = 4 };

struct wavelet_opts {
    uint64_t levels;
    int64_t active; /* ns that the bins span */
};

struct wavelet_state {
    const struct wavelet_opts *opts;
    int64_t first_ms;
    double *bins; /* forward, then backward; NULL: nothing counted */
};

static const trawl_arg args[] = {
    TRAWL_OPT(TRAWL_ARG_U64, struct wavelet_opts, levels, .name = "levels", .def = "4", .min = "1",
              .max = "10", .help = "levels of the transform: 2 to their power bins"),
    TRAWL_OPT(TRAWL_ARG_SPAN, struct wavelet_opts, active, .name = "active", .def = "1800s",
              .min = "1ms", .help = "time that the bins span; later packets are in the last"),
};

static const char *const features[N_FEATURES] = {"p_k", "u_k", "sigma_k", "S_k"};
static const char *const helps[N_FEATURES] = {
    "share of the energy in a band", "mean of the absolute coefficients of a band",
    "standard deviation of a band's coefficients", "Shannon entropy of a band's coefficients"};

static int schema(trawl_call *call, const void *options, trawl_schema **ret, trawl_error *err)
{
    const struct wavelet_opts *opts = options;
    trawl_schema *made = host->schema_new(err);
    int rc = made ? TRAWL_OK : TRAWL_E_NOMEM;

    (void)call;
    for (unsigned i = 0; i < 2 * N_FEATURES && rc == TRAWL_OK; i++) {
        for (unsigned k = 0; k <= opts->levels && rc == TRAWL_OK; k++) {
            char name[24];
            trawl_column column = TRAWL_COLUMN(.type = TRAWL_F64, .priority = 5);

            (void)snprintf(name, sizeof(name), "%c_%s_%u", i < N_FEATURES ? 'f' : 'b',
                           features[i % N_FEATURES], k);
            column.name = name;
            column.help = helps[i % N_FEATURES];
            rc = host->schema_add(made, &column, err);
        }
    }
    if (rc == TRAWL_OK)
        *ret = made;
    else
        host->schema_free(made);
    return rc;
}

static int begin_flow(void *state, const trawl_flow_packet *packet)
{
    struct wavelet_state *s = state;

    s->opts = packet->opts;
    s->first_ms = packet->time_ns / MS;
    return TRAWL_METRIC_GO_ON;
}

static int count(void *state, const trawl_flow_packet *packet)
{
    struct wavelet_state *s = state;
    const size_t n = (size_t)1 << s->opts->levels;
    const double width = (double)s->opts->active / (double)MS / (double)n;
    const double at = (double)(packet->time_ns / MS - s->first_ms) / width;
    const size_t bin = at < 0 ? 0 : at >= (double)n ? n - 1 : (size_t)at;

    if (!s->bins)
        s->bins = host->alloc(2 * n * sizeof(*s->bins));
    if (!s->bins)
        return TRAWL_METRIC_FAILED;
    s->bins[(packet->direction ? n : 0) + bin] += packet->ip_len;
    return TRAWL_METRIC_GO_ON;
}

/* ---- the transform ---- */

/* One step of the stationary Haar transform: values that are `apart` of each other, around the
 * end. Where each coefficient stands does not matter to what is made of them. */
static void step(const double *from, size_t n, size_t apart, double *sums, double *differences)
{
    for (size_t i = 0; i < n; i++) {
        const double other = from[(i + n - apart) % n];

        sums[i] = (from[i] + other) * M_SQRT1_2;
        differences[i] = (from[i] - other) * M_SQRT1_2;
    }
}

static double energy_of(const double *band, size_t n)
{
    double energy = 0;

    for (size_t i = 0; i < n; i++)
        energy += band[i] * band[i];
    return energy;
}

/* NFStream's small number, which keeps from dividing by nothing. */
#define TINY 1e-7

static void measure(const double *band, size_t n, double energy, double total, double ret[])
{
    double mean = 0, absolute = 0, square = 0, entropy = 0;

    for (size_t i = 0; i < n; i++) {
        const double share = band[i] * band[i] / (energy + TINY);

        mean += band[i] / (double)n;
        absolute += fabs(band[i]) / (double)n;
        entropy -= share * log(share + TINY);
    }
    for (size_t i = 0; i < n; i++)
        square += (band[i] - mean) * (band[i] - mean) / (double)n;
    ret[0] = energy / (total + TINY);
    ret[1] = absolute;
    ret[2] = sqrt(square);
    ret[3] = entropy;
}

/* The features of one direction: ret[band][feature], the coarsest band first. room: (levels + 3) n
 * values. */
static void transform(const double *bins, unsigned levels, double *room, double ret[][N_FEATURES])
{
    const size_t n = (size_t)1 << levels;
    double *sums = room, *next = room + n, *bands = room + 2 * n; /* bands: details, then sums */
    double energies[MOST_LEVELS + 1], total = 0;

    memcpy(sums, bins, n * sizeof(*sums));
    for (unsigned level = 1; level <= levels; level++) {
        double *spare = sums;

        step(sums, n, (size_t)1 << (level - 1), next, bands + (size_t)(levels - level + 1) * n);
        sums = next;
        next = spare;
    }
    memcpy(bands, sums, n * sizeof(*sums));
    for (unsigned band = 0; band <= levels; band++) {
        energies[band] = energy_of(bands + (size_t)band * n, n);
        total += energies[band];
    }
    for (unsigned band = 0; band <= levels; band++)
        measure(bands + (size_t)band * n, n, energies[band], total, ret[band]);
}

static void expire(const trawl_host *the_host, void *state, trawl_builder *row)
{
    const struct wavelet_state *s = state;
    const unsigned levels = (unsigned)s->opts->levels;
    const size_t n = (size_t)1 << levels;
    double ret[MOST_LEVELS + 1][N_FEATURES];
    double *room = s->bins ? the_host->alloc((levels + 3) * n * sizeof(*room)) : NULL;

    for (unsigned direction = 0; direction < 2; direction++) {
        memset(ret, 0, sizeof(ret));
        if (room)
            transform(s->bins + direction * n, levels, room, ret);
        for (unsigned i = 0; i < N_FEATURES; i++) {
            for (unsigned band = 0; band <= levels; band++) {
                if (s->bins && !room)
                    the_host->put_null(row);
                else
                    the_host->put_f64(row, ret[band][i]);
            }
        }
    }
    the_host->free(room);
}

static void drop(void *state)
{
    struct wavelet_state *s = state;

    host->free(s->bins);
}

const trawl_metric wavelet_metric = {
    .size = sizeof(trawl_metric),
    .column_size = sizeof(trawl_column),
    .arg_size = sizeof(trawl_arg),
    .name = "wavelet",
    .summary = "features of the Haar transform of a flow's bytes over time",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .opts_size = sizeof(struct wavelet_opts),
    .state_size = sizeof(struct wavelet_state),
    .schema = schema,
    .on_init = begin_flow,
    .on_update = count,
    .on_expire = expire,
    .on_drop = drop,
};
