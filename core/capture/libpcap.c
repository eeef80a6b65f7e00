/* Finds libpcap's functions when they are first needed. Must not know who calls them. */
#include "core/capture/libpcap.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "core/base/error.h"

struct tw_libpcap tw_libpcap;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char why[256]; /* it could not be loaded; dlerror()'s own text does not last */

static void load(void)
{
    void *library = dlopen(TRAWL_LIBPCAP_SONAME, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    const char *text = library ? NULL : dlerror();
    bool all = library != NULL;

    /* ISO C has no cast from what dlsym() gives to a function. */
#define X(name)                                            \
    if (all) {                                             \
        void *symbol = dlsym(library, "pcap_" #name);      \
                                                           \
        memcpy(&tw_libpcap.name, &symbol, sizeof(symbol)); \
        all = symbol != NULL;                              \
        text = all ? NULL : "it lacks pcap_" #name "()";   \
    }
    TW_LIBPCAP_CALLS(X)
#undef X
    if (!all)
        snprintf(why, sizeof(why), "%s", text ? text : "unknown reason");
}

int tw_libpcap_load(trawl_error *err)
{
    pthread_once(&once, load);
    return *why ? tw_fail(err, TRAWL_E_UNSUPPORTED, "libpcap could not be loaded: %s", why)
                : TRAWL_OK;
}
