/* The resolver dns, whose work the plugin's part does. Must not know c-ares. */
#include "naming.h"

static const struct naming_functions *part;

int dns_open(trawl_call *call, trawl_capture *capture, const char *argument, void **ret,
             trawl_error *err)
{
    const void *functions;
    int rc = host->part("naming", &functions, err);

    (void)call, (void)capture;
    if (rc != TRAWL_OK)
        return rc;
    part = functions;
    return part->open(argument, ret, err);
}

int dns_resolve(trawl_call *call, void *state, const uint8_t (*addresses)[16], size_t n,
                naming_named *named, void *context, trawl_error *err)
{
    return part->resolve(call, state, addresses, n, named, context, err);
}

void dns_close(void *state)
{
    part->close(state);
}
