/* Names taken apart by the plugin's part. Must not know libpsl. */
#include "lazy.h"
#include "suffix.h"

static const struct suffix_functions *part;

int suffix_load(const trawl_host *host, trawl_error *err)
{
    const void *functions;
    int rc = host->part("suffix", &functions, err);

    if (rc == TRAWL_OK)
        part = functions;
    return rc;
}

int suffix_list_open(struct suffix_list *list, const char *path, const char **ret_why)
{
    return part->open(list, path, ret_why);
}

void suffix_list_close(struct suffix_list *list)
{
    part->close(list);
}

void suffix_split(struct suffix_list *list, const char *text, size_t n, struct suffix_parts *ret)
{
    part->split(list, text, n, ret);
}
