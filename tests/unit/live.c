/* Sockets as the kernel lists them: lines by hand after proc(5), a folder in the place of /proc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "seen.h"

static size_t n_left; /* allocations that still succeed */
static char folder[] = "/tmp/trawl-sockets-XXXXXX";

static void *resized(void *p, size_t n)
{
    return n_left && n_left-- ? realloc(p, n) : NULL;
}

static void *cleared(size_t n)
{
    return n_left && n_left-- ? calloc(n, 1) : NULL;
}

static int failed(trawl_error *err, int code, const char *format, ...)
{
    (void)err;
    (void)format;
    return code;
}

static const char *reason(int number)
{
    (void)number;
    return "";
}

static const trawl_host fake = {.size = sizeof(fake),
                                .alloc = cleared,
                                .realloc = resized,
                                .free = free,
                                .fail = failed,
                                .reason = reason};

#define HEAD \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid ...\n"
/* Addresses are words of the machine's byte order: written here with htonl's opposite in mind, that
 * is for a machine that puts the low byte first, as all that trawl is built for do. */
#define LISTENS                                                                                   \
    "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 " \
    "501 1 0\n"
#define TALKS                                                                                     \
    "   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 " \
    "502 1 0\n"
#define CLIENT                                                                                    \
    "   2: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000     0        0 " \
    "503 1 0\n"
#define WAITS                                                                                     \
    "   3: 0200000A:1F90 0300000A:C351 06 00000000:00000000 03:00000000 00000000     0        0 " \
    "0 3 0\n"
#define MAPPED                                                                              \
    "   0: 0000000000000000FFFF00000100000A:01BB 0000000000000000FFFF00000300000A:C352 01 " \
    "00000000:00000000 00:00000000 00000000     0        0 504 1 0\n"
#define SIX                                                                                 \
    "   1: 000080FE000000000000000001000000:0035 00000000000000000000000000000000:0000 07 " \
    "00000000:00000000 00:00000000 00000000     0        0 505 1 0\n"

static void address(uint8_t ret[16], uint8_t a, uint8_t b, uint8_t c, uint8_t d)
{
    const uint8_t bytes[16] = {[10] = 0xff, [11] = 0xff, [12] = a, [13] = b, [14] = c, [15] = d};

    memcpy(ret, bytes, 16);
}

static void lines(void **state)
{
    const uint8_t link_local[16] = {0xfe, 0x80, [12] = 0, [15] = 1};
    struct live_socket s;
    uint8_t wanted[16];

    (void)state;
    assert_int_equal(live_socket_parse(TALKS, 6, &s), 1);
    address(wanted, 127, 0, 0, 1);
    assert_memory_equal(s.address[0], wanted, 16);
    assert_memory_equal(s.address[1], wanted, 16);
    assert_int_equal(s.port[0], 8080); /* 0x1f90 */
    assert_int_equal(s.port[1], 50000);
    assert_int_equal(s.state, 1);
    assert_int_equal(s.uid, 1000);
    assert_int_equal(s.inode, 502);
    assert_int_equal(live_socket_parse(MAPPED, 6, &s), 1);
    address(wanted, 10, 0, 0, 1);
    assert_memory_equal(s.address[0], wanted, 16);
    assert_true(live_is_ipv4(s.address[0]));
    assert_int_equal(live_socket_parse(SIX, 17, &s), 1);
    assert_memory_equal(s.address[0], link_local, 16);
    assert_true(live_is_any(s.address[1]));
    assert_false(live_is_any(s.address[0]));
    assert_int_equal(live_socket_parse(HEAD, 6, &s), 0);
    assert_int_equal(live_socket_parse("", 6, &s), 0);
    assert_int_equal(live_socket_parse("   0: 0100007F:1F90 01000", 6, &s), 0);
    assert_int_equal(
        live_socket_parse("   0: 0100007:1F90 0100007F:C350 01 0:0 0:0 0 0 0 1", 6, &s), 0);
}

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *f;

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void folder_of(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void link_to(const char *name, const char *to)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(symlink(to, path), 0);
}

static const char *const files[] = {"net/tcp", "net/tcp6", "net/udp", "net",   "70/comm", "70/fd/3",
                                    "70/fd/4", "70/fd/5",  "70/fd/6", "70/fd", "70",      "9/comm",
                                    "9/fd/0",  "9/fd/1",   "9/fd",    "9",     "notes",   ""};

static int set_up(void **state)
{
    (void)state;
    host = &fake;
    n_left = SIZE_MAX;
    assert_non_null(mkdtemp(folder));
    folder_of("net");
    write_file("net/tcp", HEAD LISTENS TALKS CLIENT WAITS);
    write_file("net/tcp6", HEAD MAPPED);
    write_file("net/udp", HEAD);
    folder_of("70");
    folder_of("70/fd");
    write_file("70/comm", "the server\n");
    link_to("70/fd/3", "socket:[501]");
    link_to("70/fd/4", "socket:[502]");
    link_to("70/fd/5", "socket:[502]"); /* dup() */
    link_to("70/fd/6", "/dev/null");
    folder_of("9");
    folder_of("9/fd");
    write_file("9/comm", "parent\n");
    link_to("9/fd/0", "socket:[501]");
    write_file("notes", "no process");
    return 0;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        (void)remove(path);
    }
    return 0;
}

static void owners(void **state)
{
    uint8_t loop[16], ten2[16], ten3[16];
    const struct live_socket *found;
    const struct live_owner *owner;
    struct live_sockets s;
    size_t n;

    (void)state;
    address(loop, 127, 0, 0, 1);
    address(ten2, 10, 0, 0, 2);
    address(ten3, 10, 0, 0, 3);
    assert_int_equal(live_sockets_read(&s, folder, NULL), TRAWL_OK);
    assert_int_equal(s.n, 5);
    assert_int_equal(s.n_owners, 3); /* 501 of two processes, 502 of one */
    found = live_socket_find(&s, 6, loop, 8080, loop, 50000);
    assert_non_null(found);
    assert_int_equal(found->inode, 502);
    owner = live_socket_owners(&s, found, &n);
    assert_int_equal(n, 1);
    assert_int_equal(owner->pid, 70);
    assert_string_equal(owner->name, "the server");
    /* nobody's: a socket that waits has no inode; what listens takes its place */
    found = live_socket_find(&s, 6, ten2, 8080, ten3, 50001);
    assert_non_null(found);
    assert_int_equal(found->inode, 501);
    owner = live_socket_owners(&s, found, &n);
    assert_int_equal(n, 2);
    assert_int_equal(owner[0].pid, 9);
    assert_int_equal(owner[1].pid, 70);
    /* it has no process that is seen; another protocol or port is no match */
    found = live_socket_find(&s, 6, loop, 50000, loop, 8080);
    assert_int_equal(found->inode, 503);
    assert_null(live_socket_owners(&s, found, &n));
    assert_null(live_socket_find(&s, 17, loop, 8080, loop, 50000));
    assert_null(live_socket_find(&s, 6, loop, 8081, loop, 50000));
    live_sockets_free(&s);
}

static void nothing_there(void **state)
{
    struct live_sockets s;

    (void)state;
    assert_int_equal(live_sockets_read(&s, "/nonexistent", NULL), TRAWL_E_IO);
    live_sockets_free(&s);
    n_left = 1; /* the second list of items cannot be had */
    assert_int_equal(live_sockets_read(&s, folder, NULL), TRAWL_E_NOMEM);
    live_sockets_free(&s);
    n_left = SIZE_MAX;
}

/* What was seen at 10 s is known for flows of that time, also when the sockets have gone. */
static void seen(void **state)
{
    static const int64_t s = 1000000000;
    uint8_t loop[16], far[16], alien[16];
    const uint8_t *ends[2] = {loop, loop};
    unsigned ports[2] = {50000, 8080};
    struct live_owner owner = {0};

    (void)state;
    address(loop, 127, 0, 0, 1);
    address(far, 198, 51, 100, 1);
    address(alien, 198, 51, 100, 2);
    assert_int_equal(live_seen_look(folder, 10 * s, NULL), TRAWL_OK);
    assert_int_equal(live_seen_find(6, ends, ports, 10 * s, 11 * s, &owner), 1);
    assert_int_equal(owner.pid, 70);
    assert_string_equal(owner.name, "the server");
    assert_int_equal(live_seen_find(17, ends, ports, 10 * s, 11 * s, &owner), 0);
    assert_int_equal(live_seen_find(6, ends, ports, 12 * s, 13 * s, &owner), 0); /* later */
    assert_int_equal(live_seen_find(6, ends, ports, 7 * s, 8 * s, &owner), 0);   /* before */
    /* what listens at any address has what comes to one of this machine, and nothing else */
    ends[0] = far;
    assert_int_equal(live_seen_find(6, ends, ports, 10 * s, 11 * s, &owner), 1);
    assert_int_equal(owner.pid, 70); /* of those that share it the youngest */
    ends[1] = alien;
    assert_int_equal(live_seen_find(6, ends, ports, 10 * s, 11 * s, &owner), 0);
    /* all are gone at 60 s; two processes came that have what nobody was seen to have */
    write_file("net/tcp", HEAD CLIENT);
    link_to("9/fd/1", "socket:[503]");
    assert_int_equal(live_seen_look(folder, 60 * s, NULL), TRAWL_OK);
    ends[0] = ends[1] = loop;
    assert_int_equal(live_seen_find(6, ends, ports, 10 * s, 10 * s, &owner), 1);
    assert_int_equal(live_seen_find(6, ends, ports, 60 * s, 61 * s, &owner), 1);
    assert_int_equal(owner.pid, 9);
    write_file("net/tcp", HEAD LISTENS TALKS CLIENT WAITS);
    assert_int_equal(live_seen_look("/nonexistent", 61 * s, NULL), TRAWL_E_IO);
    assert_int_equal(live_seen_find(6, ends, ports, 60 * s, 61 * s, &owner), 1);
    live_seen_clear();
    assert_int_equal(live_seen_find(6, ends, ports, 60 * s, 61 * s, &owner), 0);
    n_left = 3; /* lists of sockets, and no room to note them */
    assert_int_equal(live_seen_look(folder, 62 * s, NULL), TRAWL_E_NOMEM);
    n_left = SIZE_MAX;
    live_seen_clear();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(owners),
                                       cmocka_unit_test(seen), cmocka_unit_test(nothing_there)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
