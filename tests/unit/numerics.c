/* Topologies, formulas, the simulator and the solutions of the plugin `numerics`, whose files are
 * linked with this one. Must not know commands. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/numerics/numerics.h"
#include <cmocka.h> /* behind what calls host->fail(): its fail() is a macro */

enum { MS = 1000000, KB = 1024 };

/* ---- the host ---- */

static char said[512];
static void *made[256];
static size_t n_made;
static int interrupted;

static int failed(trawl_error *err, int code, const char *format, ...)
{
    va_list args;

    (void)err;
    va_start(args, format);
    vsnprintf(said, sizeof(said), format, args);
    va_end(args);
    return code;
}

static void hinted(trawl_error *err, const char *format, ...)
{
    (void)err;
    (void)format;
}

static void *zeroed(size_t n)
{
    return calloc(1, n);
}

static void *of_call(trawl_call *call, size_t n)
{
    (void)call;
    assert_true(n_made < sizeof(made) / sizeof(made[0]));
    made[n_made] = calloc(1, n + 1);
    return made[n_made++];
}

static int cancelled(trawl_call *call)
{
    (void)call;
    return interrupted;
}

static size_t escape(char *out, size_t room, const void *data, size_t n)
{
    const size_t len = n < room - 1 ? n : room - 1;

    for (size_t i = 0; i < len; i++)
        out[i] = ((const char *)data)[i] < ' ' ? '?' : ((const char *)data)[i];
    out[len] = 0;
    return len;
}

static int noted; /* temporary files that a signal would have to remove */

static int leftover(const char *path)
{
    (void)path;
    return noted++;
}

static void leftover_done(int place)
{
    assert_int_equal(place, --noted);
}

static const char *reason(int number)
{
    return number == ENOENT ? "no such file or directory" : "something else";
}

static const trawl_host fake = {.size = sizeof(fake),
                                .fail = failed,
                                .hint = hinted,
                                .alloc = zeroed,
                                .realloc = realloc,
                                .free = free,
                                .call_alloc = of_call,
                                .cancelled = cancelled,
                                .escape = escape,
                                .leftover = leftover,
                                .leftover_done = leftover_done,
                                .reason = reason};

static int set_host(void **state)
{
    (void)state;
    return trawl_plugin_entry()->init(&fake, NULL);
}

static int forget(void **state)
{
    (void)state;
    while (n_made)
        free(made[--n_made]);
    said[0] = 0;
    interrupted = 0;
    return 0;
}

/* ---- topologies ---- */

/* mptcpnumerics' examples/double.json: an mss of 1 is one KB, as the buffers are counted. */
static const char two[] =
    "{\"name\":\"test00\",\"sender\":{\"snd_buffer\":40},\"receiver\":{\"rcv_buffer\":40},"
    "\"subflows\":{"
    "\"slow\":{\"cwnd\":20,\"mss\":1,\"var\":10,\"fowd\":20,\"bowd\":20,\"loss\":0.05,"
    "\"contribution\":0.5},"
    "\"fast\":{\"cwnd\":15,\"mss\":1,\"var\":10,\"fowd\":10,\"bowd\":30,\"loss\":0.05,"
    "\"contribution\":0.5}}}";
/* Its examples/mptcp-pm.json, without what nothing is reckoned from. */
static const char pm[] =
    "{\"name\":\"1041294640\",\"delay\":1200,\"sender\":{\"snd_buffer\":40},\"subflows\":["
    "{\"lost\":2,\"mtu\":1500,\"min_rtt\":43496,\"rto_us\":695000,\"delivered\":272,"
    "\"rttvar\":52704,\"fowd\":21000,\"snd_cwnd\":30,\"rtt_us\":369930,\"bowd\":24000},"
    "{\"lost\":0,\"mtu\":1500,\"min_rtt\":361214,\"rto_us\":1271000,\"delivered\":0,"
    "\"rttvar\":1000,\"fowd\":19100,\"snd_cwnd\":30,\"rtt_us\":437717,\"bowd\":12800}]}";
/* A round trip of 40 ms and one of 20. */
static const char duo[] =
    "{\"receiver\":{\"rcv_buffer\":40},\"subflows\":["
    "{\"name\":\"slow\",\"mss\":1460,\"cwnd\":20,\"var\":10,\"fowd\":35,\"bowd\":5},"
    "{\"name\":\"fast\",\"mss\":1460,\"cwnd\":15,\"var\":5,\"fowd\":10,\"bowd\":10}]}";

static void parse(const char *text, struct topology *ret)
{
    if (topology_parse(NULL, "t.json", text, strlen(text), 0, ret, NULL) != TRAWL_OK)
        fail_msg("%s", said);
}

static void old_files_have_milliseconds_and_kb(void **state)
{
    struct topology t;

    (void)state;
    parse(two, &t);
    assert_string_equal(t.name, "test00");
    assert_int_equal(t.n, 2);
    assert_false(t.is_new);
    assert_true(t.snd_buffer == 40 * KB && t.rcv_buffer == 40 * KB);
    assert_string_equal(t.paths[0].name, "slow");
    assert_true(t.paths[0].mss == KB && t.paths[0].cwnd == 20);
    assert_int_equal(t.paths[1].fowd_ns, 10 * MS);
    assert_int_equal(t.paths[1].bowd_ns, 30 * MS);
    assert_int_equal(t.paths[1].rtt_ns, 40 * MS);
    /* 40 + 4 * 10 */
    assert_int_equal(path_rto_ns(&t, &t.paths[0]), 80 * MS);
    assert_true(t.paths[0].loss_pct == 0.05 && t.paths[0].contribution == 0.5);
}

static void new_files_have_microseconds(void **state)
{
    struct topology t;

    (void)state;
    parse(pm, &t);
    assert_true(t.is_new);
    assert_string_equal(t.paths[1].name, "subflow1");
    assert_true(t.paths[0].mss == 1460 && t.rcv_buffer == 0);
    /* 21 + 24 ms; 45 + 4 * 52.704 = 255.816 ms */
    assert_int_equal(t.paths[0].rtt_ns, 45 * MS);
    assert_int_equal(path_rto_ns(&t, &t.paths[0]), 255816000);
    /* 31.9 + 4 * 1 = 35.9 ms, but 200 at least */
    assert_int_equal(path_rto_ns(&t, &t.paths[1]), 200 * MS);
    /* 2 / 272 */
    assert_true(fabs(t.paths[0].loss_pct - 0.7352941176) < 1e-9);
    assert_true(isnan(t.paths[1].loss_pct)); /* of nothing */
    assert_int_equal(topology_parse(NULL, "t.json", pm, strlen(pm), 1, &t, NULL), TRAWL_OK);
    assert_int_equal(t.paths[0].rtt_ns, 369930000);
    assert_int_equal(topology_parse(NULL, "t.json", two, strlen(two), 1, &t, NULL), TRAWL_E_DATA);
    assert_string_equal(said, "'t.json' has no measured round trips (rtt_us)");
}

static void refuses(const char *text, const char *why)
{
    struct topology t;

    said[0] = 0;
    assert_int_equal(topology_parse(NULL, "t.json", text, strlen(text), 0, &t, NULL), TRAWL_E_DATA);
    assert_string_equal(said, why);
}

static void absurd_numbers_are_named(void **state)
{
#define ONE(members) "{\"subflows\":[{" members "}]}"
    (void)state;
    refuses(ONE("\"var\":1,\"fowd\":1,\"bowd\":1"), "'t.json': subflows[0].mss is missing");
    refuses(ONE("\"mss\":1460,\"var\":1,\"fowd\":-5,\"bowd\":1"),
            "'t.json': subflows[0].fowd is -5, not between 0.001 and 3600000 ms");
    refuses(ONE("\"mss\":1460,\"var\":1,\"fowd\":1,\"bowd\":0"),
            "'t.json': subflows[0].bowd is 0, not between 0.001 and 3600000 ms");
    refuses(ONE("\"mss\":1460,\"var\":1,\"fowd\":1,\"bowd\":1,\"cwnd\":1e300"),
            "'t.json': subflows[0].cwnd is 1e300, not between 0.001 and 1000000000 segments");
    refuses(ONE("\"mss\":\"1460\""), "'t.json': subflows[0].mss is \"1460\", not a number");
    refuses(ONE("\"mss\":[1]"), "'t.json': subflows[0].mss is [1], not a number");
    refuses(ONE("\"mtu\":1500,\"fowd\":1,\"bowd\":1,\"rtt_us\":1,\"rttvar\":0"),
            "'t.json': subflows[0].min_rtt is missing");
    refuses(ONE("\"mss\":NaN"), "'t.json' is no JSON: line 1: invalid token near 'NaN'");
    refuses(ONE("\"mss\":1e999"), "'t.json' is no JSON: line 1: real number overflow near '1e999'");
    refuses(ONE("\"mss\":1,\"mss\":2"),
            "'t.json' is no JSON: line 1: duplicate object key near '\"mss\"'");
    refuses("[]", "'t.json' is no topology: not a JSON object");
    refuses("{\"subflows\":[]}", "'t.json': subflows has 0 entries, not between 1 and 256");
    refuses("{\"subflows\":5}", "'t.json': subflows is 5, neither a list nor an object");
    refuses("{\"sender\":3,\"subflows\":[]}", "'t.json': sender is 3, not an object");
    refuses("{\"receiver\":{\"rcv_buffer\":-1},\"subflows\":[]}",
            "'t.json': receiver.rcv_buffer is -1, not between 0.001 and 1000000000 KB");
    refuses("{\"subflows\":{\"a\\u001b\":4}}", "'t.json': subflows.a? is 4, not an object");
    refuses("{\"subflows\":[{\"name\":\"a\",\"mss\":1460,\"var\":1,\"fowd\":1,\"bowd\":1},"
            "{\"name\":\"a\",\"mss\":1460,\"var\":1,\"fowd\":1,\"bowd\":1}]}",
            "'t.json': subflows[1].name is 'a', as one before it");
#undef ONE
}

static void subflows_have_names_and_numbers(void **state)
{
    struct topology t;

    (void)state;
    parse(two, &t);
    assert_int_equal(topology_find(&t, "fast", NULL), 1);
    assert_int_equal(topology_find(&t, "0", NULL), 0);
    assert_int_equal(topology_find(&t, "2", NULL), -1);
    assert_string_equal(said, "'t.json' has no subflow '2'");
    assert_int_equal(topology_find(&t, "", NULL), -1);
}

/* ---- formulas ---- */

static void buffers_are_those_of_rfc_6182(void **state)
{
    struct buffer all[BUFFER_N];
    struct topology t;

    (void)state;
    parse(two, &t);
    buffers_of(&t, all);
    /* (20 + 15) KB in 40 ms are 896000 B/s; for 80 ms, twice for 40 ms, for 40 ms */
    assert_true(fabs(all[BUFFER_RTO].throughput - 896000) < 1e-6);
    assert_int_equal(all[BUFFER_RTO].delay_ns, 80 * MS);
    assert_true(all[BUFFER_RTO].bytes == 70 * KB);
    assert_int_equal(all[BUFFER_FAST].delay_ns, 40 * MS);
    assert_true(all[BUFFER_FAST].bytes == 70 * KB);
    assert_true(all[BUFFER_LOSSLESS].bytes == 35 * KB);
    parse(duo, &t);
    buffers_of(&t, all);
    /* 20 * 1460 / 0.04 + 15 * 1460 / 0.02 = 730000 + 1095000; for 80 ms, 2 * 40 ms */
    assert_true(all[BUFFER_RTO].bytes == 146000 && all[BUFFER_FAST].bytes == 146000);
}

static void cycles_are_common_multiples(void **state)
{
    /* 2 * 3 * 5 * … of primes near 1e8 ns are too many for 63 bits */
    static const char primes[] =
        "{\"subflows\":[{\"mss\":1460,\"var\":0,\"fowd\":1,\"bowd\":99.000007},"
        "{\"mss\":1460,\"var\":0,\"fowd\":1,\"bowd\":99.000037},"
        "{\"mss\":1460,\"var\":0,\"fowd\":1,\"bowd\":99.000039}]}";
    struct topology t;
    int64_t cycle = 0;

    (void)state;
    parse(duo, &t);
    assert_int_equal(cycle_of(&t, 0, &cycle, NULL), TRAWL_OK);
    assert_int_equal(cycle, 40 * MS); /* of 40 and 20 */
    parse(pm, &t);
    /* 43.496 and 361.214 ms become 40 and 360 */
    assert_int_equal(cycle_of(&t, 5 * MS, &cycle, NULL), TRAWL_OK);
    assert_int_equal(cycle, 360 * MS);
    /* 43 and 361 are prime to each other */
    assert_int_equal(cycle_of(&t, MS, &cycle, NULL), TRAWL_OK);
    assert_int_equal(cycle, 15523 * (int64_t)MS);
    assert_int_equal(cycle_of(&t, 100 * MS, &cycle, NULL), TRAWL_E_DATA);
    assert_string_equal(said, "'t.json': the round trip of subflow 'subflow0' is shorter than the "
                              "100 ms that it is rounded down to a multiple of");
    parse(primes, &t);
    assert_int_equal(cycle_of(&t, 0, &cycle, NULL), TRAWL_E_DATA);
    assert_string_equal(said, "'t.json': the round trips have no common multiple within 292 years");
}

static void options_have_sizes(void **state)
{
    struct overhead how = {.seed = 1, .coverage = 1500};
    struct topology t;

    (void)state;
    /* mptcpnumerics: 4 + ack + (4, 8 or 12) + 2 */
    assert_int_equal(dss_size(1, ACK_NONE, MAP_SHORT, 0), 12);
    assert_int_equal(dss_size(1, ACK_SHORT, MAP_NONE, 0), 12);
    assert_int_equal(dss_size(1, ACK_LONG, MAP_LONG, 1), 26);
    /* RFC 8684: 4 + ack + DSN + 4 + 2 (+ 2), to the next multiple of 4 */
    assert_int_equal(dss_size(0, ACK_SHORT, MAP_NONE, 1), 8);  /* no mapping, no checksum */
    assert_int_equal(dss_size(0, ACK_NONE, MAP_SHORT, 0), 16); /* 14 */
    assert_int_equal(dss_size(0, ACK_NONE, MAP_SHORT, 1), 16);
    assert_int_equal(dss_size(0, ACK_SHORT, MAP_SHORT, 0), 20); /* 18 */
    assert_int_equal(dss_size(0, ACK_LONG, MAP_LONG, 1), 28);
    parse(duo, &t);
    assert_true(overhead_constant(&t) == 156); /* 48 + 4 + 2 * 52 */
    /* 4 of every 1460 bytes, 12 of every 1500 */
    assert_true(fabs(overhead_rate(&t.paths[0], &how) - 0.0107397260274) < 1e-12);
    how.seed = 0; /* 8 of 1460, 16 of 1500 */
    assert_true(fabs(overhead_rate(&t.paths[0], &how) - 0.0161461187215) < 1e-12);
}

/* ---- the simulator ---- */

/* Is slow * counts[0] + fast * counts[1] among the constraints? */
static int needs(const struct simulation *sim, uint32_t slow, uint32_t fast)
{
    for (uint32_t i = 0; i < sim->n_needs; i++) {
        if (sim->needs[2 * i] == slow && sim->needs[2 * i + 1] == fast)
            return 1;
    }
    return 0;
}

static void run(struct simulation *sim)
{
    if (simulate(NULL, sim, NULL) != TRAWL_OK)
        fail_msg("%s", said);
}

/* double.json, the slow one first. Both windows leave at 0; the fast one arrives at 10, out of
 * order, and its ack, at 40, says so; the slow one's, at 40 too but behind it, takes it back. At 40
 * the fast one sends while the sender believes its window held and the slow one's under way. */
static void what_is_held_narrows_the_window(void **state)
{
    struct topology t;
    struct simulation sim = {.topology = &t, .duration_ns = 80 * MS, .scheduler = BY_FOWD_DOWN};

    (void)state;
    parse(two, &t);
    run(&sim);
    assert_int_equal(sim.n_sends, 4);
    assert_int_equal(sim.n_needs, 3); /* slow; slow + fast, twice; slow + 2 fast */
    assert_true(needs(&sim, 1, 0) && needs(&sim, 1, 1) && needs(&sim, 1, 2));
    assert_true(sim.received[0] == 2 && sim.received[1] == 2);
    assert_true(sim.in_order[0] == 2 && sim.in_order[1] == 2);
    /* The fast one first: nothing is ever held. */
    sim.scheduler = BY_FOWD;
    run(&sim);
    assert_int_equal(sim.n_needs, 2);
    assert_true(needs(&sim, 0, 1) && needs(&sim, 1, 1));
    /* "fast" comes before "slow". */
    sim.scheduler = BY_NAME;
    run(&sim);
    assert_true(needs(&sim, 0, 1) && !needs(&sim, 1, 0));
}

/* duo: at 0 both send; the fast one's ack is back at 20, it sends again, and that arrives at 30,
 * before the slow one at 35. */
static void windows_arrive_in_the_order_of_delays(void **state)
{
    struct topology t;
    struct simulation sim = {.topology = &t, .duration_ns = 40 * MS, .scheduler = BY_FOWD};
    const double cwnds[] = {20, 15};
    struct outcome o;

    (void)state;
    parse(duo, &t);
    run(&sim);
    assert_int_equal(sim.n_sends, 3);
    assert_true(sim.received[0] == 1 && sim.received[1] == 2);
    outcome_of(&sim, cwnds, &o);
    assert_true(o.rcv_next == 50 * 1460 && o.total == 50 * 1460); /* 20 + 2 * 15 */
    assert_true(fabs(o.throughput - 1825000) < 1e-6);             /* in 40 ms */
    sim.duration_ns = 35 * MS; /* what arrives at 35 does not count: 15 in order, 15 held */
    run(&sim);
    outcome_of(&sim, cwnds, &o);
    assert_true(o.rcv_next == 15 * 1460 && o.total == 30 * 1460);
}

/* The slow one's first window is lost, sent again at 80 and there at 115. The fast one sends at 20,
 * 40 … 120; its acks of 40 and later say that 1, 2 … 5 windows are held, and the slow one's window
 * is not acknowledged: at 120 (the fast one's ack is handled first) 5 + 1 + the slow one. */
static void a_lost_window_is_sent_again(void **state)
{
    static const uint8_t faint[] = {1, 0};
    struct topology t;
    struct simulation sim = {
        .topology = &t, .duration_ns = 121 * MS, .scheduler = BY_FOWD, .faint = faint};

    (void)state;
    parse(duo, &t);
    run(&sim);
    for (uint32_t k = 0; k <= 6; k++)
        assert_true(needs(&sim, 1, k) == (k > 0));
    assert_false(needs(&sim, 1, 7));
    assert_true(sim.received[0] == 1 && sim.received[1] == 6);
    assert_true(sim.in_order[0] == 1 && sim.in_order[1] == 6);
}

static void long_runs_are_refused_or_stopped(void **state)
{
    struct topology t;
    struct simulation sim = {.topology = &t, .scheduler = BY_FOWD};

    (void)state;
    parse(duo, &t);
    sim.duration_ns = 1000000000000000; /* 1e15 / 4e7 + 1e15 / 2e7 and one each */
    assert_int_equal(simulate(NULL, &sim, NULL), TRAWL_E_DATA);
    assert_string_equal(
        said, "'t.json': 1e+06 s of simulation are 7.5e+07 windows sent, more than 1000000");
    sim.duration_ns = 10000000000;
    interrupted = 1;
    assert_int_equal(simulate(NULL, &sim, NULL), TRAWL_E_CANCELLED);
}

/* ---- solutions ---- */

#ifdef NUMERICS_HAS_GLPK
static void the_least_buffer_is_found(void **state)
{
    struct topology t;
    struct simulation sim = {.topology = &t, .duration_ns = 80 * MS, .scheduler = BY_FOWD_DOWN};
    struct problem problem = {.sim = &sim};
    struct solution s;

    (void)state;
    parse(two, &t);
    run(&sim);
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    /* slow + 2 fast = 20 + 30 */
    assert_true(s.rcv_buffer == 50 * KB);
    assert_true(s.cwnds[0] == 20 && s.cwnds[1] == 15);
    assert_string_equal(s.status, "optimal");
}

/* duo, 40 KB: 28 segments of 1460 fit, slow + fast of them; slow + 2 fast arrive. */
static void the_best_windows_are_found(void **state)
{
    const struct bound fifth = {0, 0.2}, half = {1, 0.5}, five = {0, 5}, ten = {1, 10};
    const struct bound most = {0, 0.1};
    struct topology t;
    struct simulation sim = {.topology = &t, .duration_ns = 40 * MS, .scheduler = BY_FOWD};
    struct problem problem = {
        .sim = &sim, .optimise_cwnd = 1, .rcv_buffer = 40 * KB, .limit_ns = 10000000000};
    struct solution s;

    (void)state;
    parse(duo, &t);
    run(&sim);
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    assert_true(s.cwnds[0] == 0 && s.cwnds[1] == 28 && s.objective == 56 * 1460);
    /* slow >= (slow + 2 fast) / 5, so 2 slow >= fast: 10 + 2 * 18; 9 + 2 * 19 is not allowed */
    problem.min_share = (struct bounds){&fifth, 1};
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    assert_true(s.cwnds[0] == 10 && s.cwnds[1] == 18 && s.objective == 46 * 1460);
    /* 2 fast <= (slow + 2 fast) / 2, so slow >= 2 fast: 19 and 9 */
    problem.max_share = (struct bounds){&half, 1};
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    assert_true(s.cwnds[0] == 19 && s.cwnds[1] == 9);
    problem.min_share = problem.max_share = (struct bounds){NULL, 0};
    problem.min_cwnd = (struct bounds){&five, 1};
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    assert_true(s.cwnds[0] == 5 && s.cwnds[1] == 23);
    problem.max_cwnd = (struct bounds){&ten, 1};
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    assert_true(s.cwnds[0] == 18 && s.cwnds[1] == 10);
    /* At least 5 segments of the slow one, a tenth of all: more than fits (5 and 23). */
    problem.max_share = (struct bounds){&most, 1};
    problem.min_cwnd = (struct bounds){&five, 1};
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_E_DATA);
    assert_string_equal(said, "no congestion windows meet all of these bounds");
    /* Shares that only windows of 0 have. */
    problem = (struct problem){.sim = &sim,
                               .optimise_cwnd = 1,
                               .rcv_buffer = 40 * KB,
                               .limit_ns = 10000000000,
                               .max_share = {&most, 1}};
    problem.min_share = (struct bounds){&fifth, 1};
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_E_DATA);
}

static void problems_and_results_are_written(void **state)
{
    char lp[] = "/tmp/trawl-numerics-XXXXXX", json[] = "/tmp/trawl-numerics-XXXXXX", text[2048];
    int fd_lp = mkstemp(lp), fd_json = mkstemp(json);
    struct topology t;
    struct simulation sim = {.topology = &t, .duration_ns = 40 * MS, .scheduler = BY_FOWD};
    struct problem problem = {.sim = &sim,
                              .optimise_cwnd = 1,
                              .rcv_buffer = 40 * KB,
                              .limit_ns = 10000000000,
                              .lp_file = lp};
    struct solution s;
    ssize_t n;

    (void)state;
    assert_true(fd_lp >= 0 && fd_json >= 0);
    parse(duo, &t);
    run(&sim);
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_OK);
    assert_int_equal(write_json(json, &sim, &s, NULL), TRAWL_OK);
    /* what was there is replaced, not written into */
    assert_int_equal(read(fd_lp, text, 1) + read(fd_json, text, 1), 0);
    close(fd_lp);
    close(fd_json);
    fd_lp = open(lp, O_RDONLY);
    fd_json = open(json, O_RDONLY);
    assert_true(fd_lp >= 0 && fd_json >= 0);
    n = read(fd_lp, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = 0;
    assert_non_null(strstr(text, "rcv_next: + 1460 cwnd_slow + 2920 cwnd_fast"));
    n = read(fd_json, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = 0;
    /* 56 * 1460 in 40 ms */
    assert_non_null(strstr(text, "\"rcv_next\": 81760"));
    assert_non_null(strstr(text, "\"throughput\": 2044000"));
    assert_non_null(strstr(text, "\"contribution\": 1"));
    close(fd_lp);
    close(fd_json);
    unlink(lp);
    unlink(json);
    problem.lp_file = "/nosuch/folder/x.lp";
    assert_int_equal(solve(NULL, &problem, &s, NULL), TRAWL_E_IO);
    assert_string_equal(said, "could not write '/nosuch/folder/x.lp': no such file or directory");
}
#endif

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_host, forget)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(old_files_have_milliseconds_and_kb),
        TEST(new_files_have_microseconds),
        TEST(absurd_numbers_are_named),
        TEST(subflows_have_names_and_numbers),
        TEST(buffers_are_those_of_rfc_6182),
        TEST(cycles_are_common_multiples),
        TEST(options_have_sizes),
        TEST(what_is_held_narrows_the_window),
        TEST(windows_arrive_in_the_order_of_delays),
        TEST(a_lost_window_is_sent_again),
        TEST(long_runs_are_refused_or_stopped),
#ifdef NUMERICS_HAS_GLPK
        TEST(the_least_buffer_is_found),
        TEST(the_best_windows_are_found),
        TEST(problems_and_results_are_written),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
