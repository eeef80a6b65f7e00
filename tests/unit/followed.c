/* A file that is followed: what has its name is the file itself, none, or another. By hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/session/followed.h"

static void put(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CREAT, 0600);

    assert_true(fd >= 0);
    close(fd);
}

static void a_name_may_go_to_another_file(void **state)
{
    char folder[] = "/tmp/trawl-followed-XXXXXX", path[64], moved[64];
    struct tw_followed followed = {0};
    struct stat st;

    (void)state;
    tw_followed_look(&followed); /* of nothing */
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/a.pcap", folder);
    snprintf(moved, sizeof(moved), "%s/a.pcap.1", folder);
    put(path);
    assert_int_equal(stat(path, &st), 0);
    tw_followed_begin(&followed, path, &st);
    assert_int_equal(tw_followed_state(&followed), TW_FOLLOWED_THERE);
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(tw_followed_state(&followed), TW_FOLLOWED_GONE);
    put(path);
    assert_int_equal(tw_followed_state(&followed), TW_FOLLOWED_REPLACED);
    assert_int_equal(rename(moved, path), 0);
    assert_int_equal(tw_followed_state(&followed), TW_FOLLOWED_THERE);
    unlink(path);
    rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_name_may_go_to_another_file)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
