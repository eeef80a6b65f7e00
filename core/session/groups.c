/* The table of what Zeek says of groups of packets, for plugins. Must not know command lines. */
#include "core/session/internal.h"
#include "core/track/talk.h"

static const trawl_column columns[] = {
    TRAWL_COLUMN(.name = "flipped", .type = TRAWL_BOOL,
                 .help = "the source answers: it sent the SYN/ACK"),
    TRAWL_COLUMN(.name = "state", .type = TRAWL_STRING, .help = "conn_state",
                 .source = "Zeek, conn_state"),
    TRAWL_COLUMN(.name = "history", .type = TRAWL_STRING, .help = "letters of what happened",
                 .source = "Zeek, history"),
    TRAWL_COLUMN(.name = "src_bytes", .type = TRAWL_U64, .unit = "B",
                 .help = "payload from the source"),
    TRAWL_COLUMN(.name = "dst_bytes", .type = TRAWL_U64, .unit = "B", .help = "payload back"),
    TRAWL_COLUMN(.name = "missed", .type = TRAWL_U64, .unit = "B",
                 .help = "acknowledged and not captured"),
    TRAWL_COLUMN(.name = "last", .type = TRAWL_U64,
                 .help = "row of the last packet before both directions had been closed"),
};

static void put_group(tw_builder *b, const struct tw_talks *groups, uint32_t i)
{
    const struct tw_talk *g = &groups->groups[i];
    char text[256];
    size_t n = 0;

    tw_builder_u64(b, g->flipped);
    if (g->state)
        tw_builder_value(b, g->state, strlen(g->state));
    else
        tw_builder_null(b);
    if (g->has_history)
        n = tw_histories_text(&groups->histories[i % groups->n_shards], g->history, text,
                              sizeof(text));
    if (n)
        tw_builder_value(b, text, TW_MIN(n, sizeof(text)));
    else
        tw_builder_null(b);
    tw_builder_u64(b, g->bytes[0]);
    tw_builder_u64(b, g->bytes[1]);
    tw_builder_u64(b, g->missed);
    tw_builder_u64(b, g->last_row);
    tw_builder_end_row(b);
}

int tw_capture_groups(tw_capture *capture, const uint32_t *group_of_row, uint32_t n, tw_table **ret,
                      trawl_error *err)
{
    struct tw_talks groups = {0};
    tw_schema *schema = NULL;
    tw_builder *b = NULL;
    int rc = tw_talks_make(capture->packets, group_of_row, n, &groups, err);

    if (rc == TRAWL_OK) {
        schema = tw_schema_from(columns, TW_COUNT(columns), err);
        b = schema ? tw_builder_new(schema, NULL, err) : NULL;
        rc = b ? TRAWL_OK : TRAWL_E_NOMEM;
    }
    for (uint32_t i = 0; rc == TRAWL_OK && i < n; i++)
        put_group(b, &groups, i);
    if (rc == TRAWL_OK)
        rc = tw_builder_finish(b, ret, err);
    tw_schema_free(schema);
    tw_talks_fini(&groups);
    return rc;
}
