/* A capture on an interface that is this test's own libpcap: packets that come without end, and a
 * kernel that fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/task.h"
#include "core/capture/libpcap.h"
#include "core/capture/live.h"

#define SECOND_NS INT64_C(1000000000)
enum { PACKET = 60 };

static int ready[2]; /* a pipe that can always be read: there are packets */
static atomic_bool is_broken, fails;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * SECOND_NS + now.tv_nsec;
}

static pcap_t *create(const char *name, char *message)
{
    (void)name;
    (void)message;
    return (pcap_t *)(void *)ready;
}

static int set_number(pcap_t *p, int n)
{
    (void)p;
    (void)n;
    return 0;
}

static int setnonblock(pcap_t *p, int yes, char *message)
{
    (void)message;
    return set_number(p, yes);
}

static int get_none(pcap_t *p)
{
    return set_number(p, 0);
}

static int datalink(pcap_t *p)
{
    return set_number(p, 0) + DLT_EN10MB;
}

static int selectable_fd(pcap_t *p)
{
    (void)p;
    return ready[0];
}

static int stats(pcap_t *p, struct pcap_stat *ret)
{
    (void)p;
    *ret = (struct pcap_stat){.ps_drop = 7};
    return 0;
}

static void breakloop(pcap_t *p)
{
    (void)p;
    is_broken = true;
}

static void close_it(pcap_t *p)
{
    (void)p;
}

static char *geterr(pcap_t *p)
{
    static char text[] = "The interface disappeared";

    (void)p;
    return text;
}

/* As libpcap with the kernel's ring: without a number of packets it goes on while there are any.
 * Here for five seconds, for a test has an end. */
static int dispatch(pcap_t *p, int most, pcap_handler take, u_char *context)
{
    static const u_char packet[PACKET];
    const int64_t end = now_ns() + 5 * SECOND_NS;
    int n = 0;

    (void)p;
    if (fails)
        return PCAP_ERROR;
    while ((most <= 0 || n < most) && now_ns() < end) {
        const struct pcap_pkthdr header = {.caplen = PACKET, .len = PACKET};

        if (atomic_exchange(&is_broken, false))
            return n ? n : PCAP_ERROR_BREAK;
        take(context, &header, packet);
        n++;
    }
    return n;
}

static int set_up(void **state)
{
    (void)state;
    if (tw_libpcap_load(NULL) != TRAWL_OK || pipe(ready) != 0 || write(ready[1], "x", 1) != 1)
        return -1;
    tw_libpcap.create = create;
    tw_libpcap.set_snaplen = set_number;
    tw_libpcap.set_promisc = set_number;
    tw_libpcap.set_timeout = set_number;
    tw_libpcap.set_tstamp_precision = set_number;
    tw_libpcap.activate = get_none;
    tw_libpcap.setnonblock = setnonblock;
    tw_libpcap.get_tstamp_precision = get_none;
    tw_libpcap.datalink = datalink;
    tw_libpcap.get_selectable_fd = selectable_fd;
    tw_libpcap.stats = stats;
    tw_libpcap.breakloop = breakloop;
    tw_libpcap.close = close_it;
    tw_libpcap.geterr = geterr;
    tw_libpcap.dispatch = dispatch;
    return 0;
}

static struct tw_live *open_live(struct tw_store *store)
{
    const struct tw_live_options options = {.interface = "flooded0", .name = "flooded"};
    trawl_error err = TW_ERROR_INIT;
    struct tw_live *live;

    if (tw_live_open(&options, store, &live, &err) != TRAWL_OK)
        fail_msg("%s", err.message);
    return live;
}

/* The store is soon full: what comes then is counted, and it ends in the time that is for what the
 * kernel still has. */
static void a_flood_is_ended_on_time(void **state)
{
    struct tw_store *store = tw_store_new(4 << 20, NULL);
    struct tw_live *live = open_live(store);
    struct tw_live_counts before, after;
    int64_t began;
    bool ended;

    (void)state;
    do {
        tw_live_counts(live, &before);
    } while (!before.lost || before.rate <= 0);
    tw_live_counts(live, &before); /* it was asked before the rate was known */
    assert_int_equal(before.dropped, 7);
    began = now_ns();
    tw_live_stop(live);
    assert_true(now_ns() - began < 4 * SECOND_NS); /* less than dispatch() goes on for */
    tw_live_counts(live, &after);
    assert_true(after.received > before.received);
    assert_false(after.running);
    assert_false(after.failed);
    assert_int_equal(tw_store_length(store, &ended),
                     24 + (after.received - after.lost) * (16 + PACKET));
    assert_true(ended);
    tw_live_close(live);
    tw_store_free(store);
}

static void what_fails_for_good_ends_it(void **state)
{
    struct tw_store *store = tw_store_new(4 << 20, NULL);
    struct tw_live *live;
    struct tw_live_counts counts;

    (void)state;
    fails = true;
    live = open_live(store);
    do {
        tw_live_counts(live, &counts);
    } while (counts.running);
    assert_true(counts.failed);
    tw_live_close(live);
    tw_store_free(store);
}

static void unheard(int level, const char *message, void *context)
{
    (void)context;
    (void)level;
    (void)message;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flood_is_ended_on_time),
        cmocka_unit_test(what_fails_for_good_ends_it),
    };

    tw_log_set_sink(unheard, NULL);
    return cmocka_run_group_tests(tests, set_up, NULL);
}
