"""A link with a delay and losses that are known to the packet: a TUN device in each of two namespaces and a
thread between them. Kernels without netem have it too."""
import ctypes
import fcntl
import heapq
import os
import select
import struct
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000


def open_tun(namespace, name):
    """In that namespace, which this thread enters for it and leaves again."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as own, open("/var/run/netns/" + namespace) as there:
        if libc.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        finally:
            libc.setns(own.fileno(), CLONE_NEWNET)
    return fd


def payload_of(packet):
    """Bytes that a TCP segment over IPv4 carries; 0: it is none, or carries nothing."""
    if packet[0] >> 4 != 4 or packet[9] != 6:
        return 0
    header = (packet[0] & 15) * 4
    return struct.unpack(">H", packet[2:4])[0] - header - (packet[header + 12] >> 4) * 4


class Relay:
    """Each packet after `delay` seconds; each `every`-th segment with data from a to b never."""

    def __init__(self, fd_a, fd_b, delay, every):
        self.fds, self.delay, self.every = (fd_a, fd_b), delay, every
        self.n_data = self.n_lost = 0
        self.stop = False
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        late, n = [], 0
        while not self.stop:
            wait = max(0, late[0][0] - time.monotonic()) if late else 0.05
            for fd in select.select(self.fds, [], [], min(wait, 0.05))[0]:
                packet = os.read(fd, 65536)
                if fd == self.fds[0] and payload_of(packet) > 0:
                    self.n_data += 1
                    if self.every and self.n_data % self.every == 0:
                        self.n_lost += 1
                        continue
                n += 1
                other = self.fds[1] if fd == self.fds[0] else self.fds[0]
                heapq.heappush(late, (time.monotonic() + self.delay, n, other, packet))
            while late and late[0][0] <= time.monotonic():
                _, _, fd, packet = heapq.heappop(late)
                os.write(fd, packet)

    def end(self):
        self.stop = True
        self.thread.join()
        for fd in self.fds:
            os.close(fd)
