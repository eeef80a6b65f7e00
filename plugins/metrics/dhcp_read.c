/* One DHCP message, read from hostile bytes. Must not know flows. */
#include <string.h>

#include "metrics.h"

enum { FIXED = 236, COOKIE = 4, PAD = 0, END = 255 };
enum { HOST_NAME = 12, REQUESTED = 50, TYPE = 53, LIST = 55, SIZE = 57, VENDOR = 60, USER = 77 };

static void take_option(struct dhcp_message *m, uint8_t code, const uint8_t *value, uint8_t n)
{
    if (m->n_options < sizeof(m->options))
        m->options[m->n_options++] = code;
    switch (code) {
    case HOST_NAME:
        m->host_name = value;
        m->n_host_name = n;
        break;
    case REQUESTED:
        if (n == 4)
            m->requested = value;
        break;
    case TYPE:
        if (n == 1)
            m->type = value[0];
        break;
    case LIST:
        m->list = value;
        m->n_list = n;
        break;
    case SIZE:
        m->has_size = n == 2;
        if (n == 2)
            m->size = (uint16_t)(value[0] << 8 | value[1]);
        break;
    case VENDOR:
        m->vendor = value;
        m->n_vendor = n;
        break;
    case USER:
        m->user = value;
        m->n_user = n;
        break;
    default:
        break;
    }
}

int dhcp_read(const uint8_t *data, size_t n, struct dhcp_message *ret)
{
    static const uint8_t cookie[COOKIE] = {99, 130, 83, 99};
    size_t at = FIXED + COOKIE;

    memset(ret, 0, sizeof(*ret));
    if (n < at || memcmp(data + FIXED, cookie, COOKIE) != 0)
        return 0;
    memcpy(ret->client, data + 12, sizeof(ret->client));
    memcpy(ret->oui, data + 28, sizeof(ret->oui));
    while (at < n && data[at] != END) {
        const uint8_t code = data[at++];
        uint8_t length;

        if (code == PAD)
            continue;
        if (at == n || data[at] > n - at - 1)
            break;
        length = data[at++];
        take_option(ret, code, data + at, length);
        at += length;
    }
    return 1;
}
