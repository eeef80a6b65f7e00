/* Column by column, a few hundred flows at a time: their records are copied together first, with
 * what they refer to fetched ahead. Knows nothing of how flows are found or columns named. */
#include <stdio.h>

#include "batch.h"
#include "community.h"
#include "makers.h"

/* ---- a batch ---- */

static void prefetch_row(const struct fill_source *from, const struct flow *f)
{
    const struct input *in = &from->meter->input;
    const uint64_t row = f->first_row;

    __builtin_prefetch((const uint32_t *)in->src.data + row);
    __builtin_prefetch((const uint32_t *)in->dst.data + row);
    __builtin_prefetch((const uint16_t *)in->sport.data + row);
    __builtin_prefetch((const uint16_t *)in->dport.data + row);
    __builtin_prefetch((const uint8_t *)in->proto.data + row);
    if (from->protocol.data)
        __builtin_prefetch((const uint32_t *)from->protocol.data + row);
    __builtin_prefetch(in->ticks + f->last_row[0]);
    if (f->packets[1]) {
        __builtin_prefetch(in->ticks + f->first_back_row);
        __builtin_prefetch(in->ticks + f->last_row[1]);
    }
}

static void start_batch(struct batch *b, const struct fill *f, uint64_t i, uint64_t end)
{
    const struct meter *m = f->from->meter;
    const uint32_t *order = f->from->order->flows + i;

    b->f = f;
    b->i = i;
    b->n = end - i < BATCH ? (unsigned)(end - i) : BATCH;
    for (unsigned k = 0; k < b->n; k++) {
        if (i + k + FETCH_AHEAD < end)
            __builtin_prefetch(meter_flow(m, order[k + FETCH_AHEAD]));
        b->numbers[k] = order[k];
        b->flows[k] = *meter_flow(m, order[k]);
        prefetch_row(f->from, &b->flows[k]);
        b->flipped[k] = talks_flipped(&f->from->talks, order[k]);
    }
}

/* ---- cells ---- */

/* When the packets of a part begin (or end). @return 0: there are none */
static int time_of(const struct input *in, const struct flow *f, unsigned part, int is_end,
                   int64_t *ret)
{
    if (part == 0)
        *ret = is_end ? f->last_ns : f->first_ns;
    else if (part == 1)
        *ret = is_end ? in->ticks[f->last_row[0]] : f->first_ns;
    else if (f->packets[1])
        *ret = in->ticks[is_end ? f->last_row[1] : f->first_back_row];
    else
        return 0;
    return 1;
}

/* Where the first or the last packet of the column's part, what the cell needs of them, has no
 * time. */
static void take_times_back(const struct batch *b, const struct view_column *c,
                            const trawl_cells *cells)
{
    const struct input *in = &b->f->from->meter->input;

    for (unsigned k = 0; k < b->n; k++) {
        const struct flow *f = &b->flows[k];
        const unsigned part = part_of(b, c, k);
        const uint32_t start = part == 2 ? f->first_back_row : f->first_row;
        const uint32_t end = part ? f->last_row[part - 1] : flow_last_row(f);
        const uint64_t i = b->i + k;

        if ((c->cell == CELL_END || input_has_time(in, start)) &&
            (c->cell == CELL_START || input_has_time(in, end)))
            continue;
        if (cells->valid)
            cells->valid[i / 64] &= ~((uint64_t)1 << i % 64);
        else
            ((uint64_t *)cells->data)[i] = 0;
    }
}

/* A time or a span may be missing: in all views but NFStream's, which have 0 for it. */
static int may_lack_time(const struct input *in, const struct view_column *c)
{
    return in->lacks_times && c->column.type != TRAWL_I64 &&
           (c->cell == CELL_START || c->cell == CELL_END || c->cell == CELL_DURATION);
}

static void put_time(const struct batch *b, const struct view_column *c, const trawl_cells *cells,
                     unsigned k)
{
    const struct input *in = &b->f->from->meter->input;
    const int64_t unit = c->column.type == TRAWL_I64 ? 1000000 : 1;
    const unsigned part = part_of(b, c, k);
    int64_t start, end;

    if (!time_of(in, &b->flows[k], part, 0, &start) || !time_of(in, &b->flows[k], part, 1, &end))
        return;
    if (c->cell == CELL_START)
        put(c, cells, b->i + k, (uint64_t)(start / unit));
    else if (c->cell == CELL_END)
        put(c, cells, b->i + k, (uint64_t)(end / unit));
    else if (unit == 1)
        put(c, cells, b->i + k, (uint64_t)span_ns(start, end));
    else
        put(c, cells, b->i + k, (uint64_t)(end / unit - start / unit));
}

static uint64_t sum_of(const struct flow *f, unsigned part, int is_bytes)
{
    const uint64_t there = is_bytes ? f->bytes[0] : f->packets[0];
    const uint64_t back = is_bytes ? f->bytes[1] : f->packets[1];

    return part == 0 ? there + back : part == 1 ? there : back;
}

/* As different tools number it. */
static uint64_t reason_of(uint8_t cell, enum expiry why)
{
    static const int8_t expiration_id[N_EXPIRIES] = {
        [EXPIRY_ACTIVE] = 1, [EXPIRY_CAPACITY] = 2, [EXPIRY_CUSTOM] = -1};
    static const int8_t export_reason[N_EXPIRIES] = {
        [EXPIRY_ACTIVE] = 1, [EXPIRY_END] = 2, [EXPIRY_CAPACITY] = 3, [EXPIRY_CUSTOM] = -1};
    static const int8_t end_reason[N_EXPIRIES] = {[EXPIRY_IDLE] = 1,
                                                  [EXPIRY_ACTIVE] = 2,
                                                  [EXPIRY_CUSTOM] = 3,
                                                  [EXPIRY_END] = 4,
                                                  [EXPIRY_CAPACITY] = 5};

    return (uint64_t)(int64_t)(cell == CELL_EXPIRATION_ID   ? expiration_id[why]
                               : cell == CELL_EXPORT_REASON ? export_reason[why]
                                                            : end_reason[why]);
}

static void put_address(const struct view_column *c, const trawl_cells *cells, uint64_t i,
                        uint32_t code)
{
    if (!c->of || (c->of == 6) == (code >> 31))
        put(c, cells, i, code);
}

static void put_moment(const struct view_column *c, const trawl_cells *cells, uint64_t i,
                       const struct flow_stats *s, int has_times)
{
    const int is_gap = c->cell == CELL_GAP;
    const struct moments m = is_gap ? stats_gaps(s, c->part) : stats_sizes(s, c->part);
    const int64_t unit = is_gap && c->column.type != TRAWL_SPAN ? 1000000 : 1;
    double value;

    if (!m.n || (is_gap && !has_times))
        return;
    if (c->of == MIN || c->of == MAX) {
        put(c, cells, i, (uint64_t)((c->of == MIN ? m.min : m.max) / unit));
        return;
    }
    value = c->of == MEAN ? m.mean : stats_stddev(&m);
    if (c->column.type == TRAWL_SPAN) {
        put(c, cells, i, (uint64_t)(int64_t)value);
        return;
    }
    ((double *)cells->data)[i] = value / (double)unit;
    set_valid(cells, i);
}

static void put_flags(const struct batch *b, const struct view_column *c, const trawl_cells *cells,
                      unsigned k)
{
    const struct flow_stats *s = &b->f->from->stats->flows[b->numbers[k]];
    const struct input *in = &b->f->from->meter->input;
    uint64_t all = 0;

    if (c->cell == CELL_FLAG) {
        put(c, cells, b->i + k,
            c->part ? s->flags[c->part - 1][c->of]
                    : (uint64_t)s->flags[0][c->of] + s->flags[1][c->of]);
        return;
    }
    if (input_proto(in, b->flows[k].first_row) != 6 || !sum_of(&b->flows[k], c->part, 0))
        return;
    for (unsigned bit = 0; bit < 8; bit++)
        all |= (uint64_t)(s->flags[c->part - 1][bit] != 0) << bit;
    put(c, cells, b->i + k, all);
}

/* ---- texts that many rows share ---- */

/* What a link address says: itself, the first half of its text, the name of its maker. */
static int put_macs(const struct batch *b, size_t i_column, trawl_error *err)
{
    const struct view_column *c = &b->f->columns[i_column];
    const trawl_cells *cells = &b->f->cells[i_column];
    const struct input *in = &b->f->from->meter->input;
    struct known known = {0};
    int rc = TRAWL_OK;

    for (unsigned k = 0; k < b->n && rc == TRAWL_OK; k++) {
        const uint64_t row = b->flows[k].first_row;
        const trawl_view *view = input_eth(in, row, c->part == 1);
        const uint64_t mac = trawl_view_has(view, row) ? trawl_view_u64(view, row) : 0;
        uint32_t code;

        if (c->may_be_null && !trawl_view_has(view, row))
            continue;
        if (c->cell == CELL_MAC) {
            put(c, cells, b->i + k, mac);
        } else if (c->cell == CELL_OUI) {
            char oui[16];

            snprintf(oui, sizeof(oui), "%02x:%02x:%02x", (unsigned)(mac >> 40 & 0xff),
                     (unsigned)(mac >> 32 & 0xff), (unsigned)(mac >> 24 & 0xff));
            rc = code_of(b->f, i_column, &known, mac >> 24, oui, &code, err);
            put(c, cells, b->i + k, code);
        } else {
            const char *maker = makers_find(mac);

            if (!maker)
                continue;
            rc = code_of(b->f, i_column, &known, mac, maker, &code, err);
            put(c, cells, b->i + k, code);
        }
    }
    return rc;
}

/* Names of protocols, where those of carriers are not what the packets' column says. */
static int put_protocols(const struct batch *b, size_t i_column, trawl_error *err)
{
    const struct fill_source *from = b->f->from;
    const struct input *in = &from->meter->input;
    struct known known = {0};
    int rc = TRAWL_OK;

    for (unsigned k = 0; k < b->n && rc == TRAWL_OK; k++) {
        const uint64_t row = b->flows[k].first_row;
        const unsigned proto = input_proto(in, row);
        uint32_t code = 0;
        char number[8];

        if (input_is_carrier(in, row)) {
            snprintf(number, sizeof(number), "%u", proto);
            rc = code_of(b->f, i_column, &known, proto,
                         proto == 17   ? "UDP"
                         : proto == 47 ? "GRE"
                                       : number,
                         &code, err);
        } else if (trawl_view_has(&from->protocol, row)) {
            code = input_u32(&from->protocol, row);
        } else {
            continue;
        }
        put(&b->f->columns[i_column], &b->f->cells[i_column], b->i + k, code);
    }
    return rc;
}

static int put_community(const struct batch *b, size_t i_column, trawl_error *err)
{
    const struct fill *f = b->f;
    const struct input *in = &f->from->meter->input;
    char text[BATCH * COMMUNITY_LENGTH];
    uint64_t offsets[BATCH + 1];
    uint32_t codes[BATCH];
    int rc;

    for (unsigned k = 0; k < b->n; k++) {
        offsets[k] = (uint64_t)k * COMMUNITY_LENGTH;
        community_id(in, b->flows[k].first_row, f->from->meter->plan->community_seed,
                     text + offsets[k]);
    }
    offsets[b->n] = (uint64_t)b->n * COMMUNITY_LENGTH;
    rc = host->builder_codes(f->builder, i_column, text, offsets, b->n, codes, err);
    for (unsigned k = 0; k < b->n && rc == TRAWL_OK; k++)
        put(&f->columns[i_column], &f->cells[i_column], b->i + k, codes[k]);
    return rc;
}

/* ---- a column of a batch ---- */

#define EACH(value)                                 \
    for (unsigned k = 0; k < b->n; k++) {           \
        const struct flow *flow = &b->flows[k];     \
        const uint64_t row = flow->first_row;       \
                                                    \
        (void)row;                                  \
        put(c, cells, b->i + k, (uint64_t)(value)); \
    }                                               \
    break

#define EACH_IF(condition, value)                       \
    for (unsigned k = 0; k < b->n; k++) {               \
        const struct flow *flow = &b->flows[k];         \
        const uint64_t row = flow->first_row;           \
                                                        \
        if (!c->may_be_null || (condition))             \
            put(c, cells, b->i + k, (uint64_t)(value)); \
    }                                                   \
    break

static int fill_column(const struct batch *b, size_t i_column, trawl_error *err)
{
    const struct view_column *c = &b->f->columns[i_column];
    const trawl_cells *cells = &b->f->cells[i_column];
    const struct fill_source *from = b->f->from;
    const struct meter *m = from->meter;
    const struct input *in = &m->input;

    switch ((enum cell)c->cell) {
    case CELL_ID:
        EACH(b->i + k);
    case CELL_EXPIRY:
        EACH(b->f->expiry[order_expiry(from->order, m, b->i + k)]);
    case CELL_EXPIRATION_ID:
    case CELL_EXPORT_REASON:
    case CELL_END_REASON:
        EACH(reason_of(c->cell, order_expiry(from->order, m, b->i + k)));
    case CELL_ADDRESS:
        for (unsigned k = 0; k < b->n; k++)
            put_address(
                c, cells, b->i + k,
                input_u32(part_of(b, c, k) == 1 ? &in->src : &in->dst, b->flows[k].first_row));
        break;
    case CELL_PORT:
        EACH(port_of(in, part_of(b, c, k), row));
    case CELL_PROTOCOL:
        if (in->carriers)
            return put_protocols(b, i_column, err);
        EACH_IF(trawl_view_has(&from->protocol, row), input_u32(&from->protocol, row));
    case CELL_PROTO:
        EACH(input_proto(in, row));
    case CELL_VERSION:
        EACH(input_u32(&in->src, row) >> 31 ? 6 : 4);
    case CELL_VLAN:
        EACH_IF(input_vlan(in, row), input_vlan(in, row));
    case CELL_TUNNEL:
        EACH_IF(input_tunnel(in, row), b->f->tunnel[input_tunnel(in, row)]);
    case CELL_TUNNEL_ID:
        EACH(input_tunnel(in, row));
    case CELL_START:
    case CELL_END:
    case CELL_DURATION:
        for (unsigned k = 0; k < b->n; k++)
            put_time(b, c, cells, k);
        if (in->lacks_times)
            take_times_back(b, c, cells);
        break;
    case CELL_PACKETS:
    case CELL_BYTES:
        EACH(sum_of(flow, part_of(b, c, k), c->cell == CELL_BYTES));
    case CELL_FIRST:
        EACH(flow->first_row + 1);
    case CELL_LAST:
        EACH(flow_last_row(flow) + 1);
    case CELL_MAC:
    case CELL_OUI:
    case CELL_MAKER:
        return put_macs(b, i_column, err);
    case CELL_SIZE:
    case CELL_GAP:
        for (unsigned k = 0; k < b->n; k++)
            put_moment(c, cells, b->i + k, &from->stats->flows[b->numbers[k]], in->has_times);
        break;
    case CELL_FLAG:
    case CELL_FLAGS:
        for (unsigned k = 0; k < b->n; k++)
            put_flags(b, c, cells, k);
        break;
    case CELL_COMMUNITY:
        return put_community(b, i_column, err);
    case CELL_UID:
    case CELL_TYPE_PORT:
    case CELL_TRANSPORT:
    case CELL_SERVICE:
    case CELL_TALKED:
    case CELL_PAYLOAD:
    case CELL_STATE:
    case CELL_HISTORY:
    case CELL_LOCAL:
    case CELL_MISSED:
        return fill_talk(b, i_column, err);
    }
    return TRAWL_OK;
}

static int fill_chunk(void *context, uint64_t i_chunk, unsigned i_thread, trawl_error *err)
{
    const struct fill *f = context;
    const uint64_t start = i_chunk * CHUNK;
    const uint64_t end = f->n - start < CHUNK ? f->n : start + CHUNK;
    int rc = TRAWL_OK;

    (void)i_thread;
    for (uint64_t i = start; i < end && rc == TRAWL_OK; i += BATCH) {
        struct batch b;

        start_batch(&b, f, i, end);
        for (size_t k = 0; k < f->n_columns && rc == TRAWL_OK; k++)
            rc = fill_column(&b, k, err);
    }
    return rc;
}

/* ---- the table ---- */

static const char *expiry_name(unsigned expiry)
{
    static const char *const names[N_EXPIRIES] = {
        [EXPIRY_OPEN] = "end", [EXPIRY_IDLE] = "idle",     [EXPIRY_ACTIVE] = "active",
        [EXPIRY_END] = "end",  [EXPIRY_CUSTOM] = "custom", [EXPIRY_CAPACITY] = "capacity"};

    return names[expiry];
}

/* Codes of the names that a column has few of; columns of addresses use those of packets. */
static int share_texts(struct fill *f, size_t i, trawl_error *err)
{
    const uint8_t cell = f->columns[i].cell;
    const char *shared = cell == CELL_ADDRESS    ? "src"
                         : cell == CELL_PROTOCOL ? "protocol"
                         : cell == CELL_STATE    ? "state"
                         : cell == CELL_HISTORY  ? "history"
                                                 : NULL;
    trawl_table *of = cell == CELL_STATE || cell == CELL_HISTORY ? f->from->talks.table
                                                                 : f->from->meter->input.packets;
    int rc = TRAWL_OK;

    if (shared)
        rc = host->builder_share(f->builder, i, of,
                                 (size_t)host->schema_find(host->schema_of(of), shared), err);
    for (unsigned e = 0; cell == CELL_EXPIRY && e < N_EXPIRIES && rc == TRAWL_OK; e++)
        rc = host->builder_code(f->builder, i, expiry_name(e), strlen(expiry_name(e)),
                                &f->expiry[e], err);
    for (unsigned t = 0; cell == CELL_TUNNEL && t <= UINT8_MAX && rc == TRAWL_OK; t++) {
        const char *name = input_tunnel_name(t);

        if (name)
            rc = host->builder_code(f->builder, i, name, strlen(name), &f->tunnel[t], err);
    }
    return rc;
}

static int fill_all(trawl_call *call, struct fill *f, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < f->n_columns && rc == TRAWL_OK; i++) {
        f->cells[i].size = sizeof(f->cells[i]);
        f->cells[i].may_be_null = f->columns[i].may_be_null ||
                                  may_lack_time(&f->from->meter->input, &f->columns[i]);
        rc = share_texts(f, i, err);
    }
    if (rc == TRAWL_OK)
        rc = host->builder_rows(f->builder, f->n, f->cells, err);
    return rc == TRAWL_OK ? host->parallel(call, (f->n + CHUNK - 1) / CHUNK, fill_chunk, f, err)
                          : rc;
}

int fill_table(trawl_call *call, const struct fill_source *from, const struct view_column *columns,
               size_t n_columns, uint64_t n, trawl_table **ret, trawl_error *err)
{
    struct fill f = {.from = from, .columns = columns, .n_columns = n_columns, .n = n};
    trawl_schema *schema = host->schema_new(err);
    int rc = schema ? TRAWL_OK : TRAWL_E_NOMEM;

    f.cells = host->call_alloc(call, (n_columns + 1) * sizeof(*f.cells));
    if (rc == TRAWL_OK && !f.cells)
        rc = host->fail(err, TRAWL_E_NOMEM, "could not make the table of flows: no memory");
    for (size_t i = 0; i < n_columns && rc == TRAWL_OK; i++)
        rc = host->schema_add(schema, &columns[i].column, err);
    if (rc == TRAWL_OK) {
        f.builder = host->builder_new(schema, err);
        rc = f.builder ? fill_all(call, &f, err) : TRAWL_E_NOMEM;
    }
    if (rc == TRAWL_OK) {
        rc = host->finish(f.builder, ret, err);
        f.builder = NULL;
    }
    host->builder_free(f.builder);
    host->schema_free(schema);
    return rc;
}
