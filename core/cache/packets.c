/* The base columns of a capture with what belongs to them, to blocks and back.
 * Must not know conversations. */
#include "core/cache/parts.h"

enum { CHECK_ROWS = 1 << 16 };
static const uint32_t v6_bit = UINT32_C(1) << 31;

/* A tw_whole without its pointer: its bytes follow those of the ones before. */
struct stored_whole {
    uint32_t row, len, network_at, zero;
};

/* ---- to blocks ---- */

static int put_addresses(struct tw_cache_parts *parts, struct tw_dict *dict, trawl_error *err)
{
    const uint32_t n = tw_dict_size(dict);
    uint8_t *bytes = tw_alloc_array(n, 16);
    uint64_t *families = tw_dict_families(dict, n);

    if (!bytes || !families) {
        tw_free(bytes);
        tw_free(families);
        return tw_fail_nomem(err);
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct tw_ip ip = tw_dict_ip(dict, i);

        memcpy(bytes + (size_t)i * 16, ip.bytes, 16);
    }
    tw_cache_part_take(parts, TW_CACHE_ADDRESSES, bytes, (uint64_t)n * 16);
    tw_cache_part_take(parts, TW_CACHE_FAMILIES, families, ((uint64_t)n / 64 + 1) * 8);
    return TRAWL_OK;
}

static int put_wholes(struct tw_cache_parts *parts, const struct tw_fragments *fragments,
                      trawl_error *err)
{
    struct stored_whole *stored = tw_alloc_array(fragments->n_wholes + 1, sizeof(*stored));
    uint8_t *bytes = tw_alloc((size_t)fragments->n_bytes + 1);
    uint64_t at = 0;

    if (!stored || !bytes) {
        tw_free(stored);
        tw_free(bytes);
        return tw_fail_nomem(err);
    }
    for (size_t i = 0; i < fragments->n_wholes; i++) {
        const struct tw_whole *whole = &fragments->wholes[i];

        stored[i] = (struct stored_whole){whole->row, whole->len, whole->network_at, 0};
        memcpy(bytes + at, whole->data, whole->len);
        at += whole->len;
    }
    tw_cache_part_take(parts, TW_CACHE_WHOLES, stored, fragments->n_wholes * sizeof(*stored));
    tw_cache_part_take(parts, TW_CACHE_WHOLE_BYTES, bytes, at);
    return TRAWL_OK;
}

int tw_cache_put_packets(struct tw_cache_parts *parts, const struct tw_packets *packets,
                         trawl_error *err)
{
    int rc = put_addresses(parts, packets->addresses, err);
    trawl_type type;

    if (rc == TRAWL_OK)
        tw_cache_part(parts, TW_CACHE_EVENTS, packets->events.items,
                      packets->events.n * sizeof(struct tw_event));
    if (rc == TRAWL_OK)
        rc = put_wholes(parts, &packets->fragments, err);
    if (rc != TRAWL_OK)
        return rc;
    tw_cache_part(parts, TW_CACHE_PARTS, packets->fragments.parts,
                  packets->fragments.n_parts * sizeof(struct tw_part));
    for (uint32_t i = 0;; i++) {
        struct tw_column **column = tw_packets_base((struct tw_packets *)(uintptr_t)packets, i,
                                                    &type);

        if (!column)
            return TRAWL_OK;
        tw_cache_part(parts, TW_CACHE_COLUMNS + i, (*column)->data.base,
                      packets->n_rows * tw_type_size(type));
    }
}

/* ---- and back ---- */

static int bad(trawl_error *err, const char *what)
{
    return tw_fail(err, TRAWL_E_DATA, "%s out of range", what);
}

bool tw_cache_find_addresses(const struct tw_cache_file *file, uint32_t id_bytes,
                             uint32_t id_families, struct tw_cache_addresses *ret)
{
    const void *bytes, *families;
    uint64_t n, n_words;

    if (!tw_cache_array(file, id_bytes, 16, &bytes, &n) ||
        !tw_cache_array(file, id_families, 8, &families, &n_words) || n == 0 || n >= v6_bit ||
        n_words != n / 64 + 1)
        return false;
    *ret = (struct tw_cache_addresses){.bytes = bytes, .families = families, .n = (uint32_t)n};
    return true;
}

int tw_cache_get_addresses(const struct tw_cache_addresses *a, struct tw_dict *dict,
                           trawl_error *err)
{
    const struct tw_dict_values values = {.addresses = a->bytes, .families = a->families};

    return a->families[0] & 1 ? bad(err, "an address is") : tw_dict_fill(dict, &values, a->n, err);
}

/* What the rows are checked against, and what is counted meanwhile. */
struct rows {
    const struct tw_packets *packets;
    struct tw_cache_addresses addresses;
    uint32_t n_tcp, n_udp;
    _Atomic uint64_t n_whole;
};

/* Conversations that rows of a protocol can be of. IPv6 fragments (44) have their datagram's. */
static uint32_t streams_of(const struct rows *rows, unsigned proto)
{
    switch (proto) {
    case 6:
        return rows->n_tcp;
    case 17:
    case 136:
        return rows->n_udp;
    case 44:
        return TW_MAX(rows->n_tcp, rows->n_udp);
    default:
        return 0;
    }
}

static bool is_stream(const struct rows *rows, uint8_t proto, uint32_t stream)
{
    return stream == UINT32_MAX || stream < streams_of(rows, proto);
}

/* Every loop goes over all cells of its chunk and decides at the end: four times as fast. */
static uint32_t most_code(const uint32_t *codes, uint64_t n)
{
    uint32_t most = 0;

    for (uint64_t r = 0; r < n; r++)
        most = TW_MAX(most, codes[r] & ~v6_bit);
    return most;
}

static bool are_streams(const struct rows *rows, const uint8_t *proto, const uint32_t *stream,
                        uint64_t n)
{
    uint32_t limits[256];
    bool good = true;

    for (unsigned i = 0; i < TW_COUNT(limits); i++)
        limits[i] = streams_of(rows, i);
    for (uint64_t r = 0; r < n; r++)
        good &= stream[r] + 1 <= limits[proto[r]]; /* UINT32_MAX, none, becomes 0 */
    return good;
}

static int check_rows(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    struct rows *rows = context;
    const struct tw_packets *p = rows->packets;
    const uint64_t start = i * CHECK_ROWS, n = TW_MIN(p->n_rows - start, (uint64_t)CHECK_ROWS);
    const uint16_t *interface = TW_CELLS(p->interface, const uint16_t) + start;
    const uint16_t *flags = TW_CELLS(p->flags, const uint16_t) + start;
    const uint32_t *cap_len = TW_CELLS(p->cap_len, const uint32_t) + start;
    uint16_t most_interface = 0;
    uint32_t most_len = 0, n_whole = 0;

    (void)i_thread;
    for (uint64_t r = 0; r < n; r++)
        most_interface = TW_MAX(most_interface, interface[r]);
    for (uint64_t r = 0; r < n; r++)
        most_len = TW_MAX(most_len, cap_len[r]);
    for (uint64_t r = 0; r < n; r++)
        n_whole += (flags[r] & TW_FRAME_WHOLE) != 0;
    atomic_fetch_add_explicit(&rows->n_whole, n_whole, memory_order_relaxed);
    if (most_interface >= p->input->n_interfaces)
        return bad(err, "an interface is");
    if (most_len > TW_MAX_RECORD_BUS)
        return bad(err, "a length is");
    if (most_code(TW_CELLS(p->src, const uint32_t) + start, n) >= rows->addresses.n ||
        most_code(TW_CELLS(p->dst, const uint32_t) + start, n) >= rows->addresses.n)
        return bad(err, "an address is");
    return are_streams(rows, TW_CELLS(p->proto, const uint8_t) + start,
                       TW_CELLS(p->stream, const uint32_t) + start, n)
               ? TRAWL_OK
               : bad(err, "a conversation is");
}

static int get_columns(const struct tw_cache_file *file, struct tw_packets *packets,
                       trawl_error *err)
{
    trawl_type type;
    struct tw_column **at;

    for (uint32_t i = 0; (at = tw_packets_base(packets, i, &type)); i++) {
        struct tw_mapped_cells cells = {0};
        struct tw_column *column;

        if (!tw_cache_array(file, TW_CACHE_COLUMNS + i, tw_type_size(type), &cells.data,
                            &cells.n_rows) ||
            !cells.data)
            return tw_fail(err, TRAWL_E_DATA, "a column is not there");
        if (i == 0)
            packets->n_rows = cells.n_rows;
        if (cells.n_rows != packets->n_rows || cells.n_rows > UINT32_MAX)
            return tw_fail(err, TRAWL_E_DATA, "its columns differ in length");
        column = tw_column_mapped(type, false, (*at)->dict, file->map, &cells, err);
        if (!column)
            return TRAWL_E_NOMEM;
        tw_column_release(*at);
        *at = column;
    }
    return TRAWL_OK;
}

/* Bytes that are true or false must be that before anyone reads them as such. */
static bool is_event(const struct rows *rows, const uint8_t *p)
{
    static const size_t bools[] = {
        offsetof(struct tw_event, quoted),   offsetof(struct tw_event, cut),
        offsetof(struct tw_event, measured), offsetof(struct tw_event, bogus),
        offsetof(struct tw_event, in_icmp),  offsetof(struct tw_event, reverse)};
    struct tw_event e;

    for (size_t i = 0; i < TW_COUNT(bools); i++)
        if (p[bools[i]] > 1)
            return false;
    memcpy(&e, p, sizeof(e));
    return e.row < rows->packets->n_rows && tw_cache_is_address(&rows->addresses, e.src) &&
           tw_cache_is_address(&rows->addresses, e.dst) && is_stream(rows, e.proto, e.stream);
}

static int get_events(const struct tw_cache_file *file, const struct rows *rows,
                      struct tw_events *events, trawl_error *err)
{
    const void *stored;
    uint64_t n;

    if (!tw_cache_array(file, TW_CACHE_EVENTS, sizeof(*events->items), &stored, &n))
        return bad(err, "an event is");
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p = (const uint8_t *)stored + i * sizeof(*events->items);
        const struct tw_event *e = (const struct tw_event *)(const void *)p;

        if (!is_event(rows, p) ||
            (i && (e->row < e[-1].row || (e->row == e[-1].row && e->sub < e[-1].sub))))
            return bad(err, "an event is");
    }
    events->items = tw_alloc_array((size_t)n + 1, sizeof(*events->items));
    if (!events->items)
        return tw_fail_nomem(err);
    if (n)
        memcpy(events->items, stored, (size_t)n * sizeof(*events->items));
    events->n = events->capacity = (size_t)n;
    return TRAWL_OK;
}

static int get_wholes(const struct tw_cache_file *file, const struct rows *rows,
                      struct tw_fragments *fragments, trawl_error *err)
{
    const struct tw_cache_block *bytes = tw_cache_block(file, TW_CACHE_WHOLE_BYTES);
    const uint16_t *flags = TW_CELLS(rows->packets->flags, const uint16_t);
    const struct stored_whole *stored;
    const void *array;
    uint64_t n, at = 0, last = 0;

    if (!tw_cache_array(file, TW_CACHE_WHOLES, sizeof(*stored), &array, &n) || !bytes ||
        bytes->n > TW_WHOLE_BYTES || n != rows->n_whole)
        return bad(err, "a datagram is");
    stored = array;
    fragments->wholes = tw_alloc_array((size_t)n + 1, sizeof(*fragments->wholes));
    if (!fragments->wholes)
        return tw_fail_nomem(err);
    for (uint64_t i = 0; i < n; i++) {
        if (stored[i].row >= rows->packets->n_rows || (i && stored[i].row <= last) ||
            !(flags[stored[i].row] & TW_FRAME_WHOLE) || stored[i].len > bytes->n - at ||
            stored[i].network_at >= stored[i].len)
            return bad(err, "a datagram is");
        fragments->wholes[i] = (struct tw_whole){.row = stored[i].row,
                                                 .len = stored[i].len,
                                                 .network_at = stored[i].network_at,
                                                 .data = (const uint8_t *)bytes->data + at};
        last = stored[i].row;
        at += stored[i].len;
    }
    fragments->n_wholes = fragments->wholes_capacity = (size_t)n;
    fragments->n_bytes = at;
    return at == bytes->n ? TRAWL_OK : bad(err, "a datagram is");
}

static int get_parts(const struct tw_cache_file *file, const struct rows *rows,
                     struct tw_fragments *fragments, trawl_error *err)
{
    const uint64_t n_rows = rows->packets->n_rows;
    const void *array;
    uint64_t n;

    if (!tw_cache_array(file, TW_CACHE_PARTS, sizeof(*fragments->parts), &array, &n))
        return bad(err, "a fragment is");
    fragments->parts = tw_alloc_array((size_t)n + 1, sizeof(*fragments->parts));
    if (!fragments->parts)
        return tw_fail_nomem(err);
    if (n)
        memcpy(fragments->parts, array, (size_t)n * sizeof(*fragments->parts));
    fragments->n_parts = fragments->parts_capacity = (size_t)n;
    for (uint64_t i = 0; i < n; i++)
        if (fragments->parts[i].row >= n_rows || fragments->parts[i].whole_row >= n_rows)
            return bad(err, "a fragment is");
    return TRAWL_OK;
}

int tw_cache_get_packets(const struct tw_cache_file *file, struct tw_input *input, uint32_t n_tcp,
                         uint32_t n_udp, struct tw_packets **ret, trawl_error *err)
{
    struct tw_packets *packets = tw_packets_new(input, err);
    struct rows rows = {.packets = packets, .n_tcp = n_tcp, .n_udp = n_udp};
    int rc = packets ? TRAWL_OK : TRAWL_E_NOMEM;

    if (rc == TRAWL_OK &&
        !tw_cache_find_addresses(file, TW_CACHE_ADDRESSES, TW_CACHE_FAMILIES, &rows.addresses))
        rc = tw_fail(err, TRAWL_E_DATA, "its addresses are not there");
    if (rc == TRAWL_OK)
        rc = tw_cache_get_addresses(&rows.addresses, packets->addresses, err);
    if (rc == TRAWL_OK)
        rc = get_columns(file, packets, err);
    if (rc == TRAWL_OK)
        rc = tw_pool_run((packets->n_rows + CHECK_ROWS - 1) / CHECK_ROWS, check_rows, &rows, err);
    if (rc == TRAWL_OK)
        rc = get_events(file, &rows, &packets->events, err);
    if (rc == TRAWL_OK)
        rc = get_wholes(file, &rows, &packets->fragments, err);
    if (rc == TRAWL_OK)
        rc = get_parts(file, &rows, &packets->fragments, err);
    if (rc == TRAWL_OK)
        *ret = packets;
    else
        tw_packets_free(packets);
    return rc;
}
