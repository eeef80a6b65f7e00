#!/usr/bin/env python3
"""Set an interface's GRO on, as `ethtool -K DEVICE gro on` does: a veth takes frames of XDP only so.

usage: gro.py DEVICE      in the device's namespace, as root"""
import array
import fcntl
import socket
import struct
import sys

SIOCETHTOOL, ETHTOOL_SGRO = 0x8946, 0x2c  # linux/sockios.h, linux/ethtool.h
value = array.array("I", [ETHTOOL_SGRO, 1])  # struct ethtool_value
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
    try:
        fcntl.ioctl(s, SIOCETHTOOL, struct.pack("16sP16x", sys.argv[1].encode(), value.buffer_info()[0]))
    except OSError as e:
        sys.exit("gro: '%s': %s" % (sys.argv[1], e.strerror))
