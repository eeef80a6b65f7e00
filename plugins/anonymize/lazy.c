/* The ciphers are the plugin's part, loaded when they are first wanted. Must not know them. */
#include "anonymize.h"

int part_get(const struct anonymize_part **ret, trawl_error *err)
{
    const void *functions;
    int rc = host->part("anonymize", &functions, err);

    if (rc == TRAWL_OK)
        *ret = functions;
    return rc;
}
