/* Commands by their words, as the explorer's jobs ask for them. Knows nothing of what they say. */
#include "words.h"

#include <stdio.h>
#include <string.h>

int explorer_no_memory(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "could not explore: no memory");
}

void words_add(trawl_call *call, struct words *w, const char *option, const char *value)
{
    size_t n = strlen(option) + strlen(value) + 1;
    char *text = w->n < MAX_WORDS ? host->call_alloc(call, n) : NULL;

    if (!text) {
        w->failed = 1;
        return;
    }
    snprintf(text, n, "%s%s", option, value);
    w->items[w->n++] = text;
}

void words_number(trawl_call *call, struct words *w, const char *option, uint64_t value,
                  const char *unit)
{
    char text[40];

    snprintf(text, sizeof(text), "%llu%s", (unsigned long long)value, unit);
    words_add(call, w, option, text);
}

void words_time(trawl_call *call, struct words *w, const char *option, int64_t ns)
{
    char text[40];

    seconds_text(text, sizeof(text), ns);
    words_add(call, w, option, text);
}

int words_run(trawl_call *call, const struct words *w, trawl_table *in, trawl_table **ret,
              trawl_error *err)
{
    int rc = w->failed ? explorer_no_memory(err)
                       : host->command(call, w->items, w->n, in, ret, err);

    if (rc == TRAWL_OK && !*ret)
        rc = host->fail(err, TRAWL_E_PLUGIN, "'%s' gave no table", w->items[0]);
    return rc;
}
