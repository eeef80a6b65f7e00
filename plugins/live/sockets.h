/* The sockets of this machine and whose they are, as /proc tells.
 * Must not know commands or tables. */
#ifndef LIVE_SOCKETS_H
#define LIVE_SOCKETS_H

#include "live.h"

/** A socket. IPv4 addresses are in the last four bytes, after ::ffff:. */
struct live_socket {
    uint64_t inode; /**< 0: nobody's any more */
    uint32_t uid;
    uint16_t port[2];       /**< [0] here, [1] there, 0: not connected */
    uint8_t address[2][16]; /**< likewise; :: or ::ffff:0.0.0.0: any */
    uint8_t protocol;       /**< 6 or 17 */
    uint8_t state;          /**< the kernel's number */
};

/** A process that has a socket. */
struct live_owner {
    uint64_t inode;
    uint32_t pid;
    char name[20];
};

struct live_sockets {
    struct live_socket *items; /**< by protocol, ports and addresses */
    size_t n, n_room;
    struct live_owner *owners; /**< by inode and pid, each pair once */
    size_t n_owners, n_owners_room;
    size_t n_closed; /**< processes that may not be looked into */
};

/** Read them; proc is "/proc". Free them after success and failure alike. */
int live_sockets_read(struct live_sockets *s, const char *proc, trawl_error *err);
void live_sockets_free(struct live_sockets *s);
/** The sockets alone, in no order; and those of one process, whose number is in a text, added to
 * the owners. */
int live_sockets_list(struct live_sockets *s, const char *proc, trawl_error *err);
int live_sockets_of(struct live_sockets *s, const char *proc, const char *pid, trawl_error *err);
/** A line of /proc/net/{tcp,tcp6,udp,udp6}; 0: it is none of a socket. */
int live_socket_parse(const char *line, unsigned protocol, struct live_socket *ret);
/** First owner of a socket, and how many there are after it; NULL: unknown. */
const struct live_owner *live_socket_owners(const struct live_sockets *s,
                                            const struct live_socket *socket, size_t *ret_n);
/** The socket between two ends; or else one at this end that is not connected. NULL: none. */
const struct live_socket *live_socket_find(const struct live_sockets *s, unsigned protocol,
                                           const uint8_t here[16], unsigned port,
                                           const uint8_t there[16], unsigned there_port);
int live_is_any(const uint8_t address[16]);
int live_is_ipv4(const uint8_t address[16]);

#endif
