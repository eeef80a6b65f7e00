/* Fuzz target: one DHCP message as the flow metric `dhcp` reads it. What it points to lies within.
 */
#include <string.h>

#include "metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(const uint8_t *data, size_t size, const uint8_t *value, size_t n)
{
    if (n && (value < data || n > size || (size_t)(value - data) > size - n))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct dhcp_message m;

    if (!dhcp_read(data, size, &m))
        return 0;
    inside(data, size, m.host_name, m.n_host_name);
    inside(data, size, m.list, m.n_list);
    inside(data, size, m.vendor, m.n_vendor);
    inside(data, size, m.user, m.n_user);
    inside(data, size, m.requested, m.requested ? 4 : 0);
    if (m.n_options > sizeof(m.options))
        __builtin_trap();
    return 0;
}
