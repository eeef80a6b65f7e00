/* The resolver hosts: wrong lines of the system's file are one warning, those of a file that was
 * named an error. Knows nothing of captures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/error.h"
#include "core/base/task.h"
#include "core/plugin/host.h"
#include "names.h"

const trawl_host *host = &tw_host;

static char said[256], name[64];
static int n_said, expected_level = 1;

static void hear(int level, const char *message, void *context)
{
    (void)context;
    assert_int_equal(level, expected_level);
    n_said++;
    snprintf(said, sizeof(said), "%s", message);
}

static int named(void *context, size_t i, const void *text, size_t n, trawl_error *err)
{
    (void)context, (void)err;
    assert_int_equal(i, 0);
    assert_true(n < sizeof(name));
    memcpy(name, text, n);
    name[n] = 0;
    return TRAWL_OK;
}

static void write_file(const char *text)
{
    FILE *f = fopen(NAMING_HOSTS_FILE, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
    n_said = 0;
    said[0] = name[0] = 0;
}

/* Opens the file, and asks for 192.0.2.1. */
static int ask(const char *argument, trawl_error *err)
{
    const uint8_t address[1][16] = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1}};
    void *hosts = NULL;
    int rc = hosts_open(NULL, NULL, argument, &hosts, err);

    if (rc != TRAWL_OK)
        return rc;
    rc = hosts_resolve(NULL, hosts, address, 1, named, NULL, err);
    hosts_close(hosts);
    return rc;
}

static void the_systems_file_may_have_wrong_lines(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    write_file("127.0.0.1 localhost\nfe80::1%lo0 localhost\n192.0.2.1 web\n");
    assert_int_equal(ask(NULL, &err), TRAWL_OK);
    assert_string_equal(name, "web");
    assert_int_equal(n_said, 1);
    assert_string_equal(said, NAMING_HOSTS_FILE ":2: expected an address and a name");
    write_file("# none\n10.0.0.300 a\n192.0.2.1 web\n192.0.2.2\nx y\n");
    assert_int_equal(ask(NULL, &err), TRAWL_OK);
    assert_string_equal(name, "web");
    assert_int_equal(n_said, 1);
    assert_string_equal(said,
                        NAMING_HOSTS_FILE ":2: expected an address and a name; 2 more such lines");
    write_file("192.0.2.1 web\n");
    assert_int_equal(ask(NULL, &err), TRAWL_OK);
    assert_int_equal(n_said, 0);
}

static void the_systems_file_may_be_missing(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    write_file("");
    assert_int_equal(unlink(NAMING_HOSTS_FILE), 0);
    expected_level = 2;
    assert_int_equal(ask(NULL, &err), TRAWL_OK);
    assert_string_equal(said, "there is no '" NAMING_HOSTS_FILE "'");
    assert_int_equal(n_said, 1);
    expected_level = 1;
    assert_int_equal(ask(NAMING_HOSTS_FILE, &err), TRAWL_E_IO);
}

static void a_named_file_may_not(void **state)
{
    trawl_error err = TW_ERROR_INIT;

    (void)state;
    write_file("192.0.2.1 web\n192.0.2.2\n");
    assert_int_equal(ask(NAMING_HOSTS_FILE, &err), TRAWL_E_DATA);
    assert_string_equal(err.message, NAMING_HOSTS_FILE ":2: expected an address and a name");
    assert_string_equal(name, "");
    assert_int_equal(n_said, 0);
    assert_int_equal(unlink(NAMING_HOSTS_FILE), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_systems_file_may_have_wrong_lines),
        cmocka_unit_test(the_systems_file_may_be_missing),
        cmocka_unit_test(a_named_file_may_not),
    };

    tw_log_set_sink(hear, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
