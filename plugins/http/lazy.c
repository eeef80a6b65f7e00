/* Codings undone by the plugin's part, which is loaded when the first body in one is looked at.
 * Must not know how. */
#include "coding.h"
#include "http.h"

/* Asked for on the pool's threads. */
static int open_part(const struct http_functions **ret)
{
    static const void *known;
    const void *functions = __atomic_load_n(&known, __ATOMIC_ACQUIRE);
    int rc = functions ? TRAWL_OK : host->part("http", &functions, NULL);

    if (rc == TRAWL_OK)
        __atomic_store_n(&known, functions, __ATOMIC_RELEASE);
    *ret = functions;
    return rc;
}

int http_coding_undo(enum http_coding coding, const uint8_t *data, size_t n, uint8_t *text,
                     size_t room, size_t *ret_n)
{
    const struct http_functions *part;
    const int rc = open_part(&part);

    *ret_n = 0;
    if (rc != TRAWL_OK) /* without a part there is no such coding */
        return rc == TRAWL_E_NOMEM ? rc : 0;
    return part->undo(coding, data, n, text, room, ret_n);
}
