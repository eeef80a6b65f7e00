/* Addresses as text. Knows nothing of names. */
#include <arpa/inet.h>
#include <string.h>

#include "naming.h"

int naming_nomem(trawl_error *err)
{
    return host->fail(err, TRAWL_E_NOMEM, "out of memory");
}

int address_parse(const char *text, size_t n, uint8_t ret[16], unsigned *ret_bits)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char copy[INET6_ADDRSTRLEN];

    if (n >= sizeof(copy))
        return 0;
    memcpy(copy, text, n);
    copy[n] = 0;
    memcpy(ret, mapped, sizeof(mapped));
    *ret_bits = 32;
    if (inet_pton(AF_INET, copy, ret + 12) == 1)
        return 1;
    *ret_bits = 128;
    return inet_pton(AF_INET6, copy, ret) == 1;
}
