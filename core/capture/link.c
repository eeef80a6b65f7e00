/* Asks the kernel for the flags of an interface.
 * Must not know libpcap, nor who captures. */
#include "core/capture/link.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum tw_link tw_link_of(const char *interface)
{
    const size_t n = strlen(interface);
    struct ifreq request;
    int fd, rc;

    memset(&request, 0, sizeof(request));
    if (!n || n >= sizeof(request.ifr_name))
        return TW_LINK_UNKNOWN;
    memcpy(request.ifr_name, interface, n);
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return TW_LINK_UNKNOWN;
    rc = ioctl(fd, SIOCGIFFLAGS, &request);
    close(fd);
    if (rc != 0)
        return TW_LINK_UNKNOWN;
    if (!(request.ifr_flags & IFF_UP))
        return TW_LINK_DOWN;
    return request.ifr_flags & IFF_RUNNING ? TW_LINK_UP : TW_LINK_NO_CARRIER;
}

const char *tw_link_name(enum tw_link link)
{
    static const char *const names[TW_N_LINK] = {
        [TW_LINK_UP] = "up", [TW_LINK_DOWN] = "down", [TW_LINK_NO_CARRIER] = "no carrier"};

    return names[link];
}
