/* libpcap, mapped into the process when it is first needed: with the eight libraries that it brings
 * along this takes as long as all plugins, and most runs neither filter in its language nor
 * capture. Must not know what it is used for. */
#ifndef TW_CAPTURE_LIBPCAP_H
#define TW_CAPTURE_LIBPCAP_H

#include <pcap/pcap.h>

#include "core/base/base.h"

#define TW_LIBPCAP_CALLS(X) \
    X(activate)             \
    X(breakloop)            \
    X(close)                \
    X(compile)              \
    X(create)               \
    X(datalink)             \
    X(dispatch)             \
    X(findalldevs)          \
    X(freealldevs)          \
    X(freecode)             \
    X(get_selectable_fd)    \
    X(get_tstamp_precision) \
    X(geterr)               \
    X(offline_filter)       \
    X(open_dead)            \
    X(set_buffer_size)      \
    X(set_promisc)          \
    X(set_snaplen)          \
    X(set_timeout)          \
    X(set_tstamp_precision) \
    X(setfilter)            \
    X(setnonblock)          \
    X(stats)                \
    X(statustostr)

/** pcap_NAME() is tw_libpcap.NAME(), once tw_libpcap_load() has succeeded. */
struct tw_libpcap {
#define X(name) __typeof__(pcap_##name) *name;
    TW_LIBPCAP_CALLS(X)
#undef X
};
extern struct tw_libpcap tw_libpcap;

/** Any thread, any number of times. TRAWL_OK or TRAWL_E_UNSUPPORTED. */
int tw_libpcap_load(trawl_error *err);

#endif
