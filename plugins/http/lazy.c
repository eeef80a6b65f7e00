/* Codings undone by the plugin's part, which is loaded when the first body in one is looked at.
 * Must not know how. */
#include "coding.h"
#include "http.h"

/* Asked for on the pool's threads. */
static const struct http_functions *part(void)
{
    static const void *known;
    const void *functions = __atomic_load_n(&known, __ATOMIC_ACQUIRE);

    if (!functions && host->part("http", &functions, NULL) == TRAWL_OK)
        __atomic_store_n(&known, functions, __ATOMIC_RELEASE);
    return functions;
}

int http_coding_undo(enum http_coding coding, const uint8_t *data, size_t n, uint8_t *text,
                     size_t room, size_t *ret_n)
{
    const struct http_functions *p = part();

    *ret_n = 0;
    return p ? p->undo(coding, data, n, text, room, ret_n) : 0;
}
