/* Commands by their words. Knows nothing of what they say. */
#ifndef EXPLORE_WORDS_H
#define EXPLORE_WORDS_H

#include "../explore.h"

enum { MAX_WORDS = 12 };

/** The words of a command; texts that are made for it live as long as the call. */
struct words {
    const char *items[MAX_WORDS];
    size_t n;
    int failed; /**< words_run() says so */
};

void words_add(trawl_call *call, struct words *w, const char *option, const char *value);
void words_number(trawl_call *call, struct words *w, const char *option, uint64_t value,
                  const char *unit);
/** A time as seconds since 1970. */
void words_time(trawl_call *call, struct words *w, const char *option, int64_t ns);
/** Run them; a command that gives no table is an error. */
int words_run(trawl_call *call, const struct words *w, trawl_table *in, trawl_table **ret,
              trawl_error *err);
int explorer_no_memory(trawl_error *err);

#endif
