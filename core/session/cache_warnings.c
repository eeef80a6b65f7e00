/* What dissectors found malformed, kept beside their fields in the disk cache.
 * Must not know fields. */
#include "core/session/cache.h"

struct stored {
    uint64_t packet, offset;
    uint32_t i_file;
    uint16_t n_name, n_text; /* bytes that follow: the dissector's name, what it said */
};

static bool has_told(const struct tw_packets *packets, const char *name, size_t n_name)
{
    char text[64];

    if (n_name >= sizeof(text))
        return false;
    memcpy(text, name, n_name);
    text[n_name] = 0;
    return tw_hashmap_get(&packets->warned, text) != NULL;
}

/* Length of the dissector's name that a warning begins with; 0: it is of none of these. */
static size_t name_of(const struct tw_packets *packets, const struct tw_warning *w,
                      const char *dissector)
{
    const char *colon = strcmp(w->what, "malformed") == 0 && w->why ? strstr(w->why, ": ") : NULL;
    const size_t n = colon ? (size_t)(colon - w->why) : 0;

    if (dissector)
        return strlen(dissector) == n && memcmp(w->why, dissector, n) == 0 ? n : 0;
    return n && has_told(packets, w->why, n) ? n : 0;
}

/* Take the next one off a block; false: there is none, or it makes no sense. */
static bool next(struct tw_cache_block *left, struct stored *ret, const char **ret_name)
{
    const uint8_t *p = left->data;

    if (left->n < sizeof(*ret))
        return false;
    memcpy(ret, p, sizeof(*ret));
    if ((uint64_t)ret->n_name + ret->n_text > left->n - sizeof(*ret))
        return false;
    *ret_name = (const char *)p + sizeof(*ret);
    left->data = *ret_name + ret->n_name + ret->n_text;
    left->n -= sizeof(*ret) + ret->n_name + ret->n_text;
    return true;
}

static struct tw_cache_block block_of(const struct tw_cache_file *file)
{
    const struct tw_cache_block *block = tw_cache_block(file, TW_CACHE_WARNINGS);

    return block ? *block : (struct tw_cache_block){0};
}

static void put(struct tw_buffer *block, struct stored s, const char *name, const char *text)
{
    tw_buffer_append(block, &s, sizeof(s));
    tw_buffer_append(block, name, s.n_name);
    tw_buffer_append(block, text, s.n_text);
}

void tw_cached_put_warnings(struct tw_buffer *block, const struct tw_packets *packets,
                            const char *dissector, const struct tw_cache_file *old)
{
    const struct tw_input *input = packets->input;
    struct tw_cache_block left = old ? block_of(old) : (struct tw_cache_block){0};
    struct stored s;
    const char *name;

    for (size_t i = 0; i < input->n_warnings; i++) {
        const struct tw_warning *w = &input->warnings[i];
        const size_t n_name = name_of(packets, w, dissector);
        const char *text = n_name ? w->why + n_name + 2 : "";

        s = (struct stored){w->packet, w->offset, w->i_file, (uint16_t)n_name,
                            (uint16_t)TW_MIN(strlen(text), (size_t)UINT16_MAX)};
        if (n_name)
            put(block, s, w->why, text);
    }
    while (left.n && next(&left, &s, &name))
        if (!has_told(packets, name, s.n_name))
            put(block, s, name, name + s.n_name);
}

int tw_cached_end_warnings(struct tw_cache_parts *parts, struct tw_buffer *block, trawl_error *err)
{
    const size_t n = block->len;
    const bool failed = block->failed;

    if (n && !failed)
        tw_cache_part_take(parts, TW_CACHE_WARNINGS, tw_buffer_steal(block), n);
    tw_buffer_fini(block);
    return failed ? tw_fail_nomem(err) : TRAWL_OK;
}

int tw_cached_check_warnings(const struct tw_cache_file *file, const struct tw_input *input,
                             trawl_error *err)
{
    struct tw_cache_block left = block_of(file);
    struct stored s;
    const char *name;

    while (left.n)
        if (!next(&left, &s, &name) || s.i_file >= input->n_files)
            return tw_fail(err, TRAWL_E_DATA, "a warning is out of range");
    return TRAWL_OK;
}

void tw_cached_add_warnings(const struct tw_cache_file *file, struct tw_packets *packets,
                            const char *dissector)
{
    struct tw_cache_block left = block_of(file);
    const size_t n_name = strlen(dissector);
    struct stored s;
    const char *name;

    if (tw_hashmap_get(&packets->warned, dissector) ||
        tw_hashmap_put(&packets->warned, dissector, packets) != TRAWL_OK)
        return;
    while (left.n && next(&left, &s, &name))
        if (s.n_name == n_name && memcmp(name, dissector, n_name) == 0)
            tw_input_warn(packets->input, s.i_file, s.packet, s.offset, false, "malformed",
                          "%s: %.*s", dissector, (int)s.n_text, name + n_name);
    tw_input_sort_warnings(packets->input);
}
