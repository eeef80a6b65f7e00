/* Analyzers that `top --analyze` has running. Knows nothing of captures. */
#ifndef TOP_ANALYZE_H
#define TOP_ANALYZE_H

#include "top.h"

struct analyzing {
    const struct trawl_analyzer *of;
    const char *argument;
    void *run;
    size_t at; /**< of its state in a destination's */
    int is_open;
};

struct analysis {
    struct analyzing *items;
    size_t n, state_bytes;
};

/** The analyzers of words into the plan; nothing is opened. */
int analyzers_find(trawl_call *call, const trawl_words *words, struct plan *plan, trawl_error *err);
/** analyzers_close() after success and failure alike; analysis NULL: nothing to do. */
int analyzers_open(trawl_call *call, struct analysis *analysis, trawl_capture *capture,
                   trawl_error *err);
void analyzers_close(struct analysis *analysis);

/** session_take() and session_end() with them; scratch: the thread's own, for this alone. */
int analysis_take(const struct analysis *analysis, struct session *session,
                  const struct segment *segment, uint64_t row, uint32_t stream,
                  struct numbers *scratch, struct numbers *numbers);
int analysis_end(const struct analysis *analysis, struct session *session, uint32_t stream,
                 struct numbers *scratch, struct numbers *numbers);
/** Their part of numbers_merge(). */
int analysis_merge(struct numbers *to, const struct numbers *from);

int analysis_columns(const struct analysis *analysis, trawl_schema *schema, trawl_error *err);
void analysis_put(const struct analysis *analysis, const struct numbers *numbers, trawl_builder *b);

#endif
