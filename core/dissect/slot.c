/* Values from dissectors into cells: which occurrence counts, whether it fits, lists.
 * Must not know packets or the order of the pass. */
#include "core/dissect/slot.h"

static struct tw_slot_sink *own(trawl_sink *sink)
{
    return (struct tw_slot_sink *)(void *)sink;
}

/* Does a value of a field that is no list count? Of several layers of a kind the innermost counts,
 * of one layer the first value; what an ICMP error quotes counts only where nothing else has the
 * field. */
static bool takes_value(const struct tw_slot_sink *s, const struct tw_slot *slot)
{
    return slot->row_mark != s->row + 1 ||
           (slot->i_layer != s->tw.i_layer && (!s->quoted || slot->quoted));
}

static void mark_value(const struct tw_slot_sink *s, struct tw_slot *slot)
{
    slot->row_mark = s->row + 1;
    slot->i_layer = s->tw.i_layer;
    slot->quoted = s->quoted;
}

void tw_slot_init(struct tw_slot *slot, trawl_type type, bool is_list)
{
    static const uint64_t most[] = {
        [TRAWL_BOOL] = 1,         [TRAWL_U8] = UINT8_MAX,
        [TRAWL_U16] = UINT16_MAX, [TRAWL_U32] = UINT32_MAX,
        [TRAWL_U64] = UINT64_MAX, [TRAWL_I64] = INT64_MAX,
        [TRAWL_F64] = 0,          [TRAWL_TIME] = INT64_MAX,
        [TRAWL_SPAN] = INT64_MAX, [TRAWL_MAC] = (UINT64_C(1) << 48) - 1,
    };

    *slot = (struct tw_slot){.type = type, .is_list = is_list};
    slot->has_numbers = (size_t)type < TW_COUNT(most) && type != TRAWL_F64 &&
                        !tw_type_is_coded(type);
    slot->is_coded = tw_type_is_coded(type);
    slot->most = slot->has_numbers ? most[type] : 0;
}

void tw_slot_fini(struct tw_slot *slot)
{
    tw_buffer_fini(&slot->pending_bytes);
    tw_free(slot->codes);
}

/* ---- counting ---- */

static inline int settle(struct tw_slot *slot, trawl_error *err)
{
    const uint64_t mark = slot->row_mark;

    if (slot->is_coded)
        return tw_counter_add_bytes(slot->counter, slot->pending_slot, (uint32_t)(mark - 1),
                                    slot->pending_bytes.data, slot->pending_bytes.len, err);
    return tw_counter_add_number(slot->counter, slot->pending_slot, (uint32_t)(mark - 1),
                                 slot->pending, err);
}

int tw_slots_settle(struct tw_slots_pending *pending, trawl_error *err)
{
    int rc = TRAWL_OK;

    for (size_t i = 0; i < pending->n; i++) {
        if (rc == TRAWL_OK)
            rc = settle(pending->items[i], err);
        pending->items[i]->row_mark = 0;
    }
    pending->n = 0;
    return rc;
}

/* Later layers of the row may have another value: it counts when the row is over. */
static inline bool begin_pending(struct tw_slot_sink *s, struct tw_slot *slot)
{
    if (TW_UNLIKELY(slot->row_mark == s->row + 1)) {
        if (!takes_value(s, slot))
            return false;
    } else if (TW_UNLIKELY(slot->row_mark == 0)) {
        s->pending->items[s->pending->n++] = slot;
    } else if (settle(slot, &s->error) != TRAWL_OK) {
        return false;
    }
    slot->pending_slot = s->slot;
    mark_value(s, slot);
    return true;
}

static inline void count_number(struct tw_slot_sink *s, struct tw_slot *slot, uint64_t value)
{
    s->touched = true;
    if (slot->is_list)
        tw_counter_add_number(slot->counter, s->slot, (uint32_t)s->row, value, &s->error);
    else if (begin_pending(s, slot))
        slot->pending = value;
}

static void count_bytes(struct tw_slot_sink *s, struct tw_slot *slot, const void *data, size_t n)
{
    s->touched = true;
    if (slot->is_list) {
        tw_counter_add_bytes(slot->counter, s->slot, (uint32_t)s->row, data, n, &s->error);
    } else if (begin_pending(s, slot)) {
        slot->pending_bytes.len = 0;
        tw_buffer_append(&slot->pending_bytes, data, n);
        if (slot->pending_bytes.failed)
            tw_fail_nomem(&s->error);
    }
}

/* ---- cells ---- */

/* Room for one more value of field i in this row: the cell, or NULL when the value does not count.
 */
static void *open_cell(struct tw_slot_sink *s, uint32_t i_field)
{
    struct tw_slot *slot = &s->slots[i_field];
    size_t size = tw_type_size(slot->type);

    s->touched = true;
    if (!slot->column)
        return NULL;
    if (slot->is_list) {
        struct tw_items *items = slot->items;

        if (items->n == items->capacity) {
            uint64_t capacity = items->capacity ? items->capacity * 2 : 1024;
            uint8_t *grown = tw_realloc_array(items->data, capacity, size);

            if (!grown) {
                tw_fail_nomem(&s->error);
                return NULL;
            }
            items->data = grown;
            items->capacity = capacity;
        }
        ((uint64_t *)(void *)slot->column->offsets.base)[s->row + 1]++;
        return items->data + items->n++ * size;
    }
    if (!takes_value(s, slot))
        return NULL;
    if (slot->row_mark != s->row + 1)
        tw_column_set_valid(slot->column, s->row);
    mark_value(s, slot);
    return slot->column->data.base + s->row * size;
}

__attribute__((noinline)) static void put_number(struct tw_slot_sink *s, uint32_t i_field,
                                                 uint64_t value)
{
    struct tw_slot *slot = &s->slots[i_field];
    void *cell;

    if (value > slot->most) {
        if (slot->type != TRAWL_BOOL)
            return;
        value = 1;
    }
    if (!slot->has_numbers)
        return;
    if (slot->counter) {
        count_number(s, slot, value);
        return;
    }
    cell = open_cell(s, i_field);
    if (!cell)
        return;
    switch (tw_type_size(slot->type)) {
    case 1:
        *(uint8_t *)cell = (uint8_t)value;
        break;
    case 2:
        *(uint16_t *)cell = (uint16_t)value;
        break;
    case 4:
        *(uint32_t *)cell = (uint32_t)value;
        break;
    default:
        *(uint64_t *)cell = value;
        break;
    }
}

/* Most numbers are counted. Of a field that is no list what the row before gave is settled, and the
 * new one waits. */
static void put_u64(trawl_sink *sink, uint32_t i_field, uint64_t value)
{
    struct tw_slot_sink *s = own(sink);
    struct tw_slot *slot;
    uint64_t before, mark;
    uint32_t in_slot;

    if (i_field >= sink->n_fields || !sink->wanted[i_field])
        return;
    slot = &s->slots[i_field];
    if (!slot->counter || !slot->has_numbers || value > slot->most) {
        put_number(s, i_field, value);
        return;
    }
    s->touched = true;
    if (slot->is_list) {
        tw_counter_add_number(slot->counter, s->slot, (uint32_t)s->row, value, &s->error);
        return;
    }
    mark = slot->row_mark;
    if (!mark || mark == s->row + 1) {
        put_number(s, i_field, value);
        return;
    }
    before = slot->pending;
    in_slot = slot->pending_slot;
    slot->pending = value;
    slot->pending_slot = s->slot;
    mark_value(s, slot);
    tw_counter_add_number(slot->counter, in_slot, (uint32_t)(mark - 1), before, &s->error);
}

static void put_i64(trawl_sink *sink, uint32_t i_field, int64_t value)
{
    struct tw_slot_sink *s = own(sink);
    trawl_type type;
    void *cell;

    if (i_field >= sink->n_fields || !sink->wanted[i_field])
        return;
    type = s->slots[i_field].type;
    if (type != TRAWL_I64 && type != TRAWL_TIME && type != TRAWL_SPAN) {
        if (value >= 0)
            put_u64(sink, i_field, (uint64_t)value);
        return;
    }
    if (s->slots[i_field].counter) {
        count_number(s, &s->slots[i_field], (uint64_t)value);
        return;
    }
    cell = open_cell(s, i_field);
    if (cell)
        *(int64_t *)cell = value;
}

static void put_f64(trawl_sink *sink, uint32_t i_field, double value)
{
    struct tw_slot_sink *s = own(sink);
    uint64_t bits;
    void *cell;

    if (i_field >= sink->n_fields || !sink->wanted[i_field] || s->slots[i_field].type != TRAWL_F64)
        return;
    if (s->slots[i_field].counter) {
        memcpy(&bits, &value, sizeof(bits));
        count_number(s, &s->slots[i_field], bits);
        return;
    }
    cell = open_cell(s, i_field);
    if (cell)
        *(double *)cell = value;
}

/* Texts repeat from packet to packet: most are found without the dictionary's locks. */
static uint32_t text_code(struct tw_slot *slot, const void *data, size_t n, trawl_error *err)
{
    uint32_t *known;

    if (!slot->codes)
        slot->codes = tw_alloc_array(TW_SLOT_CODES, sizeof(*slot->codes));
    if (!slot->codes) {
        tw_fail_nomem(err);
        return 0;
    }
    known = &slot->codes[tw_hash_bytes(data, n, 0) % TW_SLOT_CODES];
    if (*known) {
        size_t n_known;
        const uint8_t *text = tw_dict_bytes(slot->column->dict, *known, &n_known);

        if (n_known == n && memcmp(text, data, n) == 0)
            return *known;
    }
    *known = tw_dict_code(slot->column->dict, data, n, err);
    return *known;
}

static void put_bytes(trawl_sink *sink, uint32_t i_field, const void *data, size_t n)
{
    struct tw_slot_sink *s = own(sink);
    struct tw_slot *slot;
    uint32_t code = 0, *cell;

    if (i_field >= sink->n_fields || !sink->wanted[i_field])
        return;
    slot = &s->slots[i_field];
    if (!slot->is_coded || (slot->type == TRAWL_IP && n != 4 && n != 16))
        return;
    if (slot->counter) {
        count_bytes(s, slot, data, n);
        return;
    }
    cell = open_cell(s, i_field);
    if (!cell)
        return;
    if (slot->type == TRAWL_IP)
        code = tw_dict_code_cached(slot->column->dict, s->addresses, data, n, &s->error);
    else
        code = text_code(slot, data, n, &s->error);
    *cell = code;
}

static void put_malformed(trawl_sink *sink, uint32_t offset, const char *what)
{
    struct tw_slot_sink *s = own(sink);

    if (s->malformed)
        return;
    s->malformed = what;
    s->malformed_at = offset;
}

static void put_no_memory(trawl_sink *sink)
{
    struct tw_slot_sink *s = own(sink);

    if (!s->error.code)
        tw_fail_nomem(&s->error);
}

void tw_slot_sink_init(struct tw_slot_sink *sink, uint32_t n_fields, const uint8_t *wanted,
                       struct tw_slot *slots, struct tw_slots_pending *pending,
                       struct tw_dict_cache *addresses)
{
    sink->tw.base = (trawl_sink){.size = sizeof(trawl_sink),
                                 .n_fields = n_fields,
                                 .wanted = wanted,
                                 .put_u64 = put_u64,
                                 .put_i64 = put_i64,
                                 .put_f64 = put_f64,
                                 .put_bytes = put_bytes,
                                 .malformed = put_malformed,
                                 .no_memory = put_no_memory};
    sink->slots = slots;
    sink->pending = pending;
    sink->addresses = addresses;
}

struct tw_column *tw_slot_column(const trawl_field *field, uint64_t n_rows,
                                 struct tw_dict *addresses, trawl_error *err)
{
    bool is_list = field->flags & TRAWL_COLUMN_LIST;
    struct tw_dict *dict = NULL;
    struct tw_column *column;
    int rc;

    if (field->type == TRAWL_IP)
        dict = tw_dict_retain(addresses);
    else if (tw_type_is_coded(field->type))
        dict = tw_dict_new(field->type);
    if (tw_type_is_coded(field->type) && !dict) {
        tw_fail_nomem(err);
        return NULL;
    }
    column = tw_column_new(field->type, is_list, TW_MAX(n_rows, 1), dict, err);
    tw_dict_release(dict);
    if (!column)
        return NULL;
    rc = tw_column_resize(column, n_rows, err);
    if (rc == TRAWL_OK && !is_list)
        rc = tw_column_need_valid(column, false, err);
    if (rc != TRAWL_OK) {
        tw_column_release(column);
        return NULL;
    }
    return column;
}

int tw_slot_join(struct tw_column *column, const struct tw_items *parts, size_t stride,
                 uint64_t n_parts, trawl_error *err)
{
    uint64_t *offsets = (uint64_t *)(void *)column->offsets.base;
    size_t size = tw_type_size(column->type);
    uint64_t n = 0;
    int rc;

    for (uint64_t row = 0; row < column->n_rows; row++) {
        n += offsets[row + 1];
        offsets[row + 1] = n;
    }
    rc = tw_region_grow(&column->data, n * size, TW_MAX(n, 1) * size, err);
    if (rc != TRAWL_OK)
        return rc;
    n = 0;
    for (uint64_t i = 0; i < n_parts; i++) {
        const struct tw_items *items = &parts[i * stride];

        if (items->n)
            memcpy(column->data.base + n * size, items->data, items->n * size);
        n += items->n;
    }
    column->n_items = n;
    return TRAWL_OK;
}
