/* The command numerics: its tables, and which of its options belong to which of its actions.
 * Must not know formulas. */
#include "commands.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>

#define COL(name_, type_, priority_, unit_, help_) \
    TRAWL_COLUMN(.name = name_, .type = type_, .priority = priority_, .unit = unit_, .help = help_)

static const trawl_column print_columns[] = {
    COL("subflow", TRAWL_STRING, 0, NULL, "its name in the file, or its number"),
    COL("mss", TRAWL_F64, 1, NULL, "bytes of a segment; of a new file mtu - 40"),
    COL("cwnd", TRAWL_F64, 1, NULL, "congestion window in segments"),
    COL("fowd", TRAWL_SPAN, 1, NULL, "delay forward"),
    COL("bowd", TRAWL_SPAN, 1, NULL, "delay backward"),
    COL("rtt", TRAWL_SPAN, 1, NULL, "fowd + bowd, or what was measured (--rtt)"),
    COL("var", TRAWL_SPAN, 2, NULL, "variation of the round trip"),
    COL("rto", TRAWL_SPAN, 1, NULL,
        "retransmission timeout: rtt + 4 var; new files: at least 200 ms"),
    COL("throughput", TRAWL_F64, 1, "B/s", "cwnd * mss / rtt"),
    COL("min_rtt", TRAWL_SPAN, 3, NULL, "shortest round trip, of new files"),
    COL("loss", TRAWL_F64, 3, "%", "as in the file; of new ones lost / delivered"),
    COL("contribution", TRAWL_F64, 3, NULL, "part of the traffic, as in the file"),
};
static const trawl_column cycle_columns[] = {
    COL("cycle", TRAWL_SPAN, 0, NULL, "least common multiple of the round trips"),
    COL("duration", TRAWL_SPAN, 0, NULL, "of a run: a cycle, or longer to see a timeout out"),
    COL("subflow", TRAWL_STRING, 0, NULL, "its name"),
    COL("rtt", TRAWL_SPAN, 0, NULL, "its round trip, as cycles are made of it"),
    COL("windows", TRAWL_U64, 0, NULL, "that it sends in a cycle"),
};
static const trawl_column buffer_columns[] = {
    COL("rule", TRAWL_STRING, 0, NULL,
        "what it outlasts: rto (a timeout), fast-retransmit, no-loss"),
    COL("delay", TRAWL_SPAN, 0, NULL, "the longest RTO, or the longest round trip"),
    COL("throughput", TRAWL_F64, 0, "B/s", "of all subflows together"),
    COL("buffer", TRAWL_U64, 0, "B", "bytes that the receiver must be able to hold"),
};
static const trawl_column constraint_columns[] = {
    COL("time", TRAWL_SPAN, 0, NULL, "since the first send"),
    COL("subflow", TRAWL_STRING, 0, NULL, "that sends a window"),
    COL("dsn", TRAWL_U64, 1, "B", "where it begins"),
    COL("size", TRAWL_U64, 0, "B", "cwnd * mss"),
    COL("held", TRAWL_U64, 0, "B", "out of order at the receiver, as the sender knows"),
    COL("inflight", TRAWL_U64, 0, "B", "sent before and not acknowledged"),
    COL("needed", TRAWL_U64, 0, "B", "the sum of these: the receive window must not be less"),
    COL("fits", TRAWL_BOOL, 1, NULL, "the receiver's buffer is not less"),
    COL("constraint", TRAWL_STRING, 2, NULL, "the same in windows of subflows"),
};
static const trawl_column simulate_columns[] = {
    COL("time", TRAWL_SPAN, 0, NULL, "since the first send"),
    COL("event", TRAWL_STRING, 0, NULL, "send, arrival, ack; lost and sent again"),
    COL("subflow", TRAWL_STRING, 0, NULL, "where"),
    COL("dsn", TRAWL_U64, 0, "B", "where the window begins"),
    COL("size", TRAWL_U64, 0, "B", "bytes of the window"),
    COL("dack", TRAWL_U64, 0, "B", "what the receiver expects next"),
    COL("held", TRAWL_U64, 0, "B",
        "out of order at the receiver; of sends and acks, as the sender knows"),
    COL("window", TRAWL_I64, 0, "B",
        "what is left of the receiver's buffer, below 0 if it is too small"),
};
static const trawl_column solution_columns[] = {
    COL("subflow", TRAWL_STRING, 0, NULL, "its name"),
    COL("cwnd", TRAWL_F64, 0, NULL, "congestion window in segments"),
    COL("rx", TRAWL_U64, 0, "B", "bytes that arrived over it"),
    COL("contribution", TRAWL_F64, 0, "%", "of all that arrived"),
    COL("status", TRAWL_STRING, 2, NULL,
        "optimal; feasible: the time was up, it may not be the best"),
    COL("duration", TRAWL_SPAN, 1, NULL, "of the run"),
    COL("rcv_buffer", TRAWL_U64, 1, "B", "the receiver's buffer, given or found"),
    COL("rcv_next", TRAWL_U64, 1, "B", "bytes that arrived in order"),
    COL("throughput", TRAWL_F64, 1, "B/s", "rcv_next / duration"),
    COL("objective", TRAWL_F64, 3, NULL, "what was made least (buffer) or most (rcv_next)"),
};
static const trawl_column overhead_columns[] = {
    COL("bytes", TRAWL_U64, 0, "B", "sent over the connection"),
    COL("constant", TRAWL_F64, 0, "B", "options to open it and its subflows, and to close it"),
    COL("variable", TRAWL_F64, 0, "B", "options with the data"),
    COL("overhead", TRAWL_F64, 0, "B", "both"),
    COL("share", TRAWL_F64, 0, "%", "overhead / bytes"),
};
static const trawl_column latex_columns[] = {
    TRAWL_COLUMN(.name = "latex", .type = TRAWL_STRING, .flags = TRAWL_COLUMN_PLAIN,
                 .help = "the formula, line by line"),
};

/* ---- rows of the simple ones ---- */

static void put_real(trawl_builder *b, double x)
{
    if (isnan(x))
        host->put_null(b);
    else
        host->put_f64(b, x);
}

static int fill_print(struct numerics_call *c, trawl_error *err)
{
    trawl_builder *b = c->rows;

    (void)err;
    for (size_t i = 0; i < c->topology.n; i++) {
        const struct path *p = &c->topology.paths[i];

        host->put_text(b, p->name);
        host->put_f64(b, p->mss);
        put_real(b, p->cwnd > 0 ? p->cwnd : NAN);
        host->put_i64(b, p->fowd_ns);
        host->put_i64(b, p->bowd_ns);
        host->put_i64(b, p->rtt_ns);
        host->put_i64(b, p->var_ns);
        host->put_i64(b, path_rto_ns(&c->topology, p));
        put_real(b, p->cwnd > 0 ? path_throughput(p) : NAN);
        if (p->min_rtt_ns)
            host->put_i64(b, p->min_rtt_ns);
        else
            host->put_null(b);
        put_real(b, p->loss_pct);
        put_real(b, p->contribution);
        host->end_row(b);
    }
    return TRAWL_OK;
}

static int fill_load(struct numerics_call *c, trawl_error *err)
{
    const int rc = host->setting(c->call, numerics_settings[0].name, c->topology.file, err);

    return rc == TRAWL_OK ? fill_print(c, err) : rc;
}

static int fill_buffer(struct numerics_call *c, trawl_error *err)
{
    static const char *const rules[BUFFER_N] = {
        [BUFFER_RTO] = "rto", [BUFFER_FAST] = "fast-retransmit", [BUFFER_LOSSLESS] = "no-loss"};
    struct buffer all[BUFFER_N];
    const int rc = topology_need_cwnds(&c->topology, err);

    if (rc != TRAWL_OK)
        return rc;
    buffers_of(&c->topology, all);
    for (size_t i = 0; i < BUFFER_N; i++) {
        host->put_text(c->rows, rules[i]);
        host->put_i64(c->rows, all[i].delay_ns);
        host->put_f64(c->rows, all[i].throughput);
        host->put_u64(c->rows, (uint64_t)all[i].bytes);
        host->end_row(c->rows);
    }
    return TRAWL_OK;
}

/* ---- actions ---- */

#define TABLE(action_, columns_, fill_)                                                   \
    {                                                                                     \
        .action = action_, .columns = columns_, .n = TRAWL_COUNT(columns_), .fill = fill_ \
    }
const struct table_of numerics_tables[] = {
    TABLE("load", print_columns, fill_load),
    TABLE("print", print_columns, fill_print),
    TABLE("cycle", cycle_columns, fill_cycle),
    TABLE("buffer", buffer_columns, fill_buffer),
    TABLE("overhead", overhead_columns, fill_overhead),
    TABLE("constraints", constraint_columns, fill_constraints),
    TABLE("simulate", simulate_columns, fill_simulate),
    TABLE("optbuffer", solution_columns, fill_optbuffer),
    TABLE("optcwnd", solution_columns, fill_optcwnd),
    {.action = NULL},
};
const struct table_of latex_table = TABLE("overhead", latex_columns, fill_latex);

const struct table_of *table_of_action(const struct numerics_opts *o)
{
    const struct table_of *t = numerics_tables;

    while (t->action && (!o->action || strcmp(t->action, o->action) != 0))
        t++;
    if (!t->action)
        return NULL;
    return o->latex && t->fill == fill_overhead ? &latex_table : t;
}

/* Which actions an option is for; one that says nothing to an action is refused. */
static const struct {
    const char *option;
    const char *actions; /* each with a space around it */
} belongs[] = {
    {"round", " cycle constraints simulate optbuffer optcwnd "},
    {"duration", " cycle constraints simulate optbuffer optcwnd "},
    {"withstand-rto", " cycle constraints simulate optbuffer optcwnd "},
    {"scheduler", " constraints simulate optbuffer optcwnd "},
    {"buffer", " constraints simulate optcwnd "},
    {"sfmin", " optcwnd "},
    {"sfmax", " optcwnd "},
    {"sfmincwnd", " optcwnd "},
    {"sfmaxcwnd", " optcwnd "},
    {"time-limit", " optcwnd "},
    {"lp", " optbuffer optcwnd "},
    {"result", " optbuffer optcwnd "},
    {"model", " overhead "},
    {"checksum", " overhead "},
    {"coverage", " overhead "},
    {"split", " overhead "},
    {"bytes", " overhead "},
    {"up-to", " overhead "},
    {"latex", " overhead "},
};

static int check_options(trawl_call *call, const struct numerics_opts *o, trawl_error *err)
{
    const size_t n = strlen(o->action);

    for (size_t i = 0; i < TRAWL_COUNT(belongs); i++) {
        const char *at = belongs[i].actions;

        if (!host->given(call, belongs[i].option))
            continue;
        while ((at = strstr(at, o->action)) && !(at[-1] == ' ' && at[n] == ' '))
            at++;
        if (!at) {
            (void)host->fail(err, TRAWL_E_USAGE, "'--%s' says nothing to 'numerics %s'",
                             belongs[i].option, o->action);
            host->hint(err, "It is for:%.*s.", (int)strlen(belongs[i].actions) - 1,
                       belongs[i].actions);
            return TRAWL_E_USAGE;
        }
    }
    return TRAWL_OK;
}

int open_topology(trawl_call *call, const char *file, const char *rtt, struct topology *ret,
                  trawl_error *err)
{
    const char *path = file ? file : host->setting_text(call, numerics_settings[0].name);

    if (!path || !*path) {
        (void)host->fail(err, TRAWL_E_USAGE, "no topology file is given or loaded");
        host->hint(err, "Name one, or load it for later: numerics load FILE.");
        return TRAWL_E_USAGE;
    }
    return topology_read(call, path, strcmp(rtt, "measured") == 0, ret, err);
}

/* Results do not go where the question came from. */
static int check_outputs(const struct numerics_opts *o, const char *topology, trawl_error *err)
{
    const char *const outputs[] = {o->lp, o->result};
    struct stat from, to;

    for (size_t i = 0; i < TRAWL_COUNT(outputs); i++) {
        if (outputs[i] && stat(topology, &from) == 0 && stat(outputs[i], &to) == 0 &&
            from.st_dev == to.st_dev && from.st_ino == to.st_ino)
            return host->fail(err, TRAWL_E_USAGE, "'%s' is the topology itself", outputs[i]);
    }
    return TRAWL_OK;
}

static int numerics_schema(trawl_call *call, const void *opts, const trawl_schema *in,
                           trawl_schema **ret, trawl_error *err)
{
    const struct table_of *table = table_of_action(opts);

    (void)call, (void)in;
    if (!table)
        return host->fail(err, TRAWL_E_USAGE, "no action is given");
    *ret = host->schema_from(table->columns, table->n, err);
    return *ret ? TRAWL_OK : TRAWL_E_NOMEM;
}

static int numerics_run(trawl_call *call, const void *opts, trawl_table *in, trawl_table **ret,
                        trawl_error *err)
{
    struct numerics_call c = {.call = call, .opts = opts};
    const struct table_of *table = table_of_action(opts);
    trawl_schema *schema = NULL;
    int rc = check_options(call, opts, err);

    (void)in;
    if (rc == TRAWL_OK)
        rc = open_topology(call, c.opts->file, c.opts->rtt, &c.topology, err);
    if (rc == TRAWL_OK)
        rc = check_outputs(c.opts, c.topology.file, err);
    if (rc == TRAWL_OK)
        rc = numerics_schema(call, opts, NULL, &schema, err);
    if (rc != TRAWL_OK)
        return rc;
    c.rows = host->builder_new(schema, err);
    host->schema_free(schema);
    if (!c.rows)
        return TRAWL_E_NOMEM;
    rc = table->fill(&c, err);
    if (rc == TRAWL_OK)
        return host->finish(c.rows, ret, err);
    host->builder_free(c.rows);
    return rc;
}

/* ---- the declaration ---- */

static const char *const actions[] = {"print",       "load",     "cycle",     "buffer",  "overhead",
                                      "constraints", "simulate", "optbuffer", "optcwnd", NULL};
static const char *const rtts[] = {"paths", "measured", NULL};
static const char *const schedulers[] = {"fowd", "fowd-down", "name", NULL};
static const char *const models[] = {"seed", "rfc", NULL};
static const char *const splits[] = {"contribution", "throughput", "equal", NULL};
static const char *const aliases[] = {"mptcpnumerics", NULL};

#define OPT(kind_, type, member, ...) TRAWL_OPT(kind_, struct type, member, __VA_ARGS__)
#define OVERHEAD_ARGS(type)                                                                       \
    OPT(TRAWL_ARG_CHOICE, type, model, .name = "model", .choices = models, .def = "seed",         \
        .help =                                                                                   \
            "of overhead: sizes of DSS options as mptcpnumerics reckons, or as RFC 8684 says"),   \
        OPT(TRAWL_ARG_FLAG, type, checksum, .name = "checksum",                                   \
            .help = "of overhead: DSS options have checksums"),                                   \
        OPT(TRAWL_ARG_SIZE, type, coverage, .name = "coverage", .def = "1500", .min = "1",        \
            .max = "65535", .help = "of overhead: bytes that one DSS mapping covers"),            \
        OPT(TRAWL_ARG_CHOICE, type, split, .name = "split", .choices = splits,                    \
            .help = "of overhead: how bytes spread over the subflows (default: as the file says " \
                    "in contribution, else by throughput, else equally)"),                        \
        OPT(TRAWL_ARG_SIZE, type, up_to, .name = "up-to", .def = "100M", .min = "2000",           \
            .max = "1000T", .help = "of overhead: bytes sent, at most")

static const trawl_arg args[] = {
    OPT(TRAWL_ARG_CHOICE, numerics_opts, action, .name = "action",
        .flags = TRAWL_ARG_POSITIONAL | TRAWL_ARG_REQUIRED, .choices = actions,
        .help = "what to reckon"),
    OPT(TRAWL_ARG_FILE, numerics_opts, file, .name = "topology", .flags = TRAWL_ARG_POSITIONAL,
        .help = "JSON file of subflows (default: the one that was loaded)"),
    OPT(TRAWL_ARG_CHOICE, numerics_opts, rtt, .name = "rtt", .choices = rtts, .def = "paths",
        .help = "round trips: fowd + bowd, or rtt_us of a new file"),
    OPT(TRAWL_ARG_STRING, numerics_opts, withstand, .name = "withstand-rto",
        .flags = TRAWL_ARG_REPEATED, .meta = "SUBFLOW",
        .help = "the first window of this subflow is lost and sent again after its RTO"),
    OPT(TRAWL_ARG_SPAN, numerics_opts, duration, .name = "duration", .min = "1us",
        .help = "length of the run (default: a cycle, longer with --withstand-rto)"),
    OPT(TRAWL_ARG_SPAN, numerics_opts, round, .name = "round", .min = "0",
        .help = "round trips are rounded down to a multiple of this to find the cycle; 0: not at "
                "all (default: 5ms for new files, 0 for old ones)"),
    OPT(TRAWL_ARG_CHOICE, numerics_opts, scheduler, .name = "scheduler", .choices = schedulers,
        .def = "fowd", .help = "who sends first: the least delay forward, the greatest, by name"),
    OPT(TRAWL_ARG_SIZE, numerics_opts, buffer, .name = "buffer", .min = "1", .max = "1000T",
        .help = "the receiver's buffer, instead of the file's"),
    OPT(TRAWL_ARG_STRING, numerics_opts, min_share, .name = "sfmin", .flags = TRAWL_ARG_REPEATED,
        .meta = "SUBFLOW=RATIO", .help = "of optcwnd: the least part of the bytes, 0 to 1"),
    OPT(TRAWL_ARG_STRING, numerics_opts, max_share, .name = "sfmax", .flags = TRAWL_ARG_REPEATED,
        .meta = "SUBFLOW=RATIO", .help = "of optcwnd: the greatest part of the bytes"),
    OPT(TRAWL_ARG_STRING, numerics_opts, min_cwnd, .name = "sfmincwnd", .flags = TRAWL_ARG_REPEATED,
        .meta = "SUBFLOW=N", .help = "of optcwnd: the least window, in segments"),
    OPT(TRAWL_ARG_STRING, numerics_opts, max_cwnd, .name = "sfmaxcwnd", .flags = TRAWL_ARG_REPEATED,
        .meta = "SUBFLOW=N", .help = "of optcwnd: the greatest window, in segments"),
    OPT(TRAWL_ARG_SPAN, numerics_opts, time_limit, .name = "time-limit", .def = "60s",
        .min = "10ms", .help = "of optcwnd: the best found until then is given"),
    OPT(TRAWL_ARG_FILE, numerics_opts, lp, .name = "lp", .short_name = 'o', .meta = "FILE",
        .help = "of optbuffer and optcwnd: write the problem in CPLEX's LP format"),
    OPT(TRAWL_ARG_FILE, numerics_opts, result, .name = "result", .short_name = 'j', .meta = "FILE",
        .help = "of optbuffer and optcwnd: write the result as JSON"),
    OVERHEAD_ARGS(numerics_opts),
    OPT(TRAWL_ARG_SIZE, numerics_opts, bytes, .name = "bytes", .min = "1", .max = "1000T",
        .help = "of overhead: for so many bytes sent alone"),
    OPT(TRAWL_ARG_FLAG, numerics_opts, latex, .name = "latex",
        .help = "of overhead: the formula in LaTeX"),
};
static const trawl_example examples[] = {
    {"numerics print duo.json", "the subflows of a topology, with round trips and timeouts"},
    {"numerics load duo.json; numerics cycle; numerics buffer", "load once, ask several times"},
    {"numerics optbuffer duo.json --withstand-rto slow",
     "the least receive buffer that outlasts a timeout"},
    {"numerics optcwnd duo.json --sfmin slow=0.3 -o problem.lp",
     "the best windows for the buffer, with a part for the slow one"},
    {"numerics constraints duo.json --duration 200ms | sort -needed | head 3",
     "the sends that need the most room"},
    {"numerics overhead duo.json --model rfc | where bytes >= 1000000", "what the options cost"},
};
const trawl_command numerics_command = {
    .size = sizeof(trawl_command),
    .flags = TRAWL_COMMAND_SOURCE | TRAWL_COMMAND_EFFECT,
    .arg_size = sizeof(trawl_arg),
    .column_size = sizeof(trawl_column),
    .name = "numerics",
    .aliases = aliases,
    .group = "connections",
    .summary = "buffers, windows and overhead of MPTCP, from a topology file",
    .text =
        "What mptcpnumerics answers about a connection with subflows of given delays and windows, "
        "without any capture. 'print' shows the file, and 'load' remembers it for lines without "
        "one. 'cycle' is the time after which everything repeats, 'buffer' what RFC 6182 asks of a "
        "receiver, 'overhead' what the options cost. 'simulate' and 'constraints' send full "
        "windows over each subflow for a cycle and say what must fit the receive buffer at every "
        "send; from these, 'optbuffer' finds the least buffer for the windows of the file, and "
        "'optcwnd' the windows with which the most arrives for a buffer. docs/NUMERICS.md has the "
        "formulas and the formats of the file.",
    .args = args,
    .n_args = TRAWL_COUNT(args),
    .examples = examples,
    .n_examples = TRAWL_COUNT(examples),
    .opts_size = sizeof(struct numerics_opts),
    .schema = numerics_schema,
    .run = numerics_run,
};

static const trawl_arg plot_args[] = {
    OPT(TRAWL_ARG_FILE, overhead_opts, file, .name = "topology", .flags = TRAWL_ARG_POSITIONAL,
        .help = "JSON file of subflows (default: the one that was loaded)"),
    OVERHEAD_ARGS(overhead_opts),
};
static const trawl_example plot_examples[] = {
    {"plot overhead duo.json -o overhead.png", "bytes of options against bytes sent"},
};
const trawl_plot overhead_plot = {
    .size = sizeof(trawl_plot),
    .arg_size = sizeof(trawl_arg),
    .flags = TRAWL_COMMAND_SOURCE,
    .name = "overhead",
    .summary = "what MPTCP's options cost, by bytes sent, from a topology file",
    .args = plot_args,
    .n_args = TRAWL_COUNT(plot_args),
    .examples = plot_examples,
    .n_examples = TRAWL_COUNT(plot_examples),
    .opts_size = sizeof(struct overhead_opts),
    .draw = draw_overhead,
};

const trawl_arg numerics_settings[NUMERICS_N_SETTINGS] = {
    {.size = sizeof(trawl_arg),
     .kind = TRAWL_ARG_FILE,
     .name = "topology",
     .help = "topology file of numerics commands that name none"},
};
