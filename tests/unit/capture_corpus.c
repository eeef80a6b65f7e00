/* Every capture of the corpus, where it is at hand (TRAWL_CORPUS, or ../shared/corpus): verdicts of
 * hostile files, and frame counts, times and lengths as tshark has them. Differences on purpose are
 * in tests/corpus/other-count.tsv. TRAWL_CORPUS_EVERY=20: every 20th alone (for a slow build). */
#include "tests/unit/capture_rows.h"

#include <unistd.h>

#include "core/base/task.h"
#include "core/capture/source.h"

enum { ORACLE_MOST = 20000 /* frames an oracle file holds at most */ };

static char corpus[4096];
static size_t every = 1; /* this share of the captures */

static void read_share(void)
{
    const char *text = getenv("TRAWL_CORPUS_EVERY");
    size_t n = text ? (size_t)strtoul(text, NULL, 10) : 1;

    every = n ? n : 1;
    if (every > 1)
        print_message("a sample: every %zuth capture (TRAWL_CORPUS_EVERY)\n", every);
}

static bool find_corpus(void)
{
    static const char *const places[] = {"../../../shared/corpus", "../../../../shared/corpus"};
    const char *named = getenv("TRAWL_CORPUS");

    if (named) {
        snprintf(corpus, sizeof(corpus), "%s", named);
        return access(corpus, R_OK) == 0;
    }
    for (size_t i = 0; i < TW_COUNT(places); i++) {
        snprintf(corpus, sizeof(corpus), "%s/%s", TRAWL_FIXTURES, places[i]);
        if (access(corpus, R_OK) == 0)
            return true;
    }
    return false;
}

/* A whole text file, decompressed; NULL: not there. */
static char *read_text(const char *path)
{
    struct tw_source *source;
    tw_error err = TW_ERROR_INIT;
    size_t room = 64 << 20, n;
    char *text;

    if (tw_source_open(path, &source, &err) != TRAWL_OK)
        return NULL;
    text = malloc(room + 1);
    assert_non_null(text);
    assert_int_equal(tw_source_read(source, 0, text, room, &n, &err), TRAWL_OK);
    text[n] = '\0';
    tw_source_close(source);
    return realloc(text, n + 1);
}

/* Cut the next line off; NULL at the end. */
static char *next_line(char **rest)
{
    char *line = *rest, *end;

    if (!line || !*line)
        return NULL;
    end = strchr(line, '\n');
    if (end)
        *end = '\0';
    *rest = end ? end + 1 : NULL;
    return line;
}

/* Cells of a line, at most n; the others are empty. */
static void split(char *line, const char **cells, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char *tab = line ? strchr(line, '\t') : NULL;

        cells[i] = line ? line : "";
        if (tab)
            *tab = '\0';
        line = tab ? tab + 1 : NULL;
    }
}

/* ---- differences on purpose ---- */

struct exception {
    const char *path, *count, *cells;
};
static struct exception exceptions[256];
static size_t n_exceptions;
static char *exceptions_text; /* what they point into */

static void read_exceptions(void)
{
    char path[4096], *rest, *line;

    snprintf(path, sizeof(path), "%s/../corpus/other-count.tsv", TRAWL_FIXTURES);
    rest = exceptions_text = read_text(path);
    assert_non_null(rest);
    while ((line = next_line(&rest))) {
        const char *cells[4];

        if (line[0] == '#')
            continue;
        split(line, cells, 4);
        assert_true(n_exceptions < TW_COUNT(exceptions));
        exceptions[n_exceptions++] = (struct exception){cells[0], cells[1], cells[2]};
    }
}

static struct exception exception_of(const char *path)
{
    for (size_t i = 0; i < n_exceptions; i++) {
        if (strcmp(exceptions[i].path, path) == 0)
            return exceptions[i];
    }
    return (struct exception){path, "-", ""};
}

/* ---- hostile files ---- */

static void hostile_files_get_their_verdicts(void **state)
{
    char path[8192], *text, *rest, *line;
    size_t n_bad = 0, i_line = 0;

    (void)state;
    snprintf(path, sizeof(path), "%s/hostile/EXPECT.tsv", corpus);
    rest = text = read_text(path);
    assert_non_null(rest);
    next_line(&rest);
    while ((line = next_line(&rest))) {
        const char *cells[4], *verdict;
        struct rows got;
        int rc;

        split(line, cells, 4);
        if (i_line++ % every || strstr(cells[0], "dnstap")) /* not of this room */
            continue;
        snprintf(path, sizeof(path), "%s/hostile/%s", corpus, cells[0]);
        rc = read_file(&got, path, NULL);
        verdict = rc == TRAWL_E_DATA            ? "reject"
                  : rc != TRAWL_OK              ? "error"
                  : got.input->files[0].damaged ? "damaged"
                                                : "ok";
        if ((strcmp(cells[1], "any") && strcmp(cells[1], verdict)) ||
            (cells[2][0] != '-' && got.n != strtoull(cells[2], NULL, 10)) ||
            (rc != TRAWL_OK && !strstr(got.error.message, cells[0]))) {
            print_message("%s: %s with %llu frames, want %s with %s\n", cells[0], verdict,
                          (unsigned long long)got.n, cells[1], cells[2]);
            n_bad++;
        }
        forget_rows(&got);
    }
    free(text);
    assert_int_equal(n_bad, 0);
}

/* ---- tshark's frames ---- */

enum { NUMBER, TIME, LEN, CAP_LEN, INTERFACE, N_CELLS };
static const char *const names[N_CELLS] = {"frame.number", "frame.time_epoch", "frame.len",
                                           "frame.cap_len", "frame.interface_id"};

static void format_row(const struct rows *got, uint64_t i, char cells[N_CELLS][32])
{
    const struct row *row = &got->rows[i];
    long long s = row->time_ns / 1000000000, ns = row->time_ns % 1000000000;

    snprintf(cells[NUMBER], 32, "%llu", (unsigned long long)i + 1);
    if (row->time_ns == INT64_MIN)
        cells[TIME][0] = '\0';
    else
        snprintf(cells[TIME], 32, "%s%lld.%09lld", row->time_ns < 0 ? "-" : "", llabs(s),
                 llabs(ns));
    snprintf(cells[LEN], 32, "%u", row->len);
    snprintf(cells[CAP_LEN], 32, "%u", row->cap_len);
    snprintf(cells[INTERFACE], 32, "%u", got->input->interfaces[row->i_interface].i_in_file);
}

/* The first difference of a capture, or 0. */
static size_t compare_rows(const char *path, const struct rows *got, char *oracle,
                           const struct exception *exception, uint64_t *ret_n)
{
    size_t column[N_CELLS];
    const char *header[64];
    char *line = next_line(&oracle);
    uint64_t n = 0;

    assert_non_null(line);
    split(line, header, TW_COUNT(header));
    for (size_t i = 0; i < N_CELLS; i++) {
        for (column[i] = 0; strcmp(header[column[i]], names[i]); column[i]++)
            assert_true(column[i] + 1 < TW_COUNT(header));
    }
    for (; (line = next_line(&oracle)); n++) {
        const char *want[64];
        char have[N_CELLS][32];

        if (n >= got->n)
            continue;
        split(line, want, TW_COUNT(want));
        format_row(got, n, have);
        for (size_t i = 0; i < N_CELLS; i++) {
            const char *cell = want[column[i]];

            if (strcmp(cell, have[i]) == 0 || (i == INTERFACE && !*cell) ||
                (i == TIME && strstr(exception->cells, "time")) ||
                (i == LEN && strstr(exception->cells, "len")) ||
                (i == CAP_LEN && strstr(exception->cells, "cap_len")) ||
                (i == INTERFACE && strstr(exception->cells, "interface")))
                continue;
            print_message("%s: frame %llu: %s is '%s', want '%s'\n", path,
                          (unsigned long long)n + 1, names[i], have[i], cell);
            return 1;
        }
    }
    *ret_n = n;
    return 0;
}

static size_t compare_capture(const char *name, const char *oracle_frames)
{
    struct exception exception = exception_of(name);
    char path[8192], *oracle;
    uint64_t want = strtoull(oracle_frames, NULL, 10), n = 0;
    struct rows got;
    size_t bad = 0;

    snprintf(path, sizeof(path), "%s/%s", corpus, name);
    read_file(&got, path, NULL);
    snprintf(path, sizeof(path), "%s/oracle/%s.tsv.gz", corpus, name);
    oracle = want ? read_text(path) : NULL;
    if (oracle)
        bad = compare_rows(name, &got, oracle, &exception, &n);
    free(oracle);
    if (exception.count[0] != '-')
        want = strtoull(exception.count, NULL, 10);
    if (want < ORACLE_MOST && got.n != want && !bad) {
        print_message("%s: %llu frames, want %llu\n", name, (unsigned long long)got.n,
                      (unsigned long long)want);
        bad = 1;
    }
    forget_rows(&got);
    return bad;
}

static void frames_are_those_of_tshark(void **state)
{
    char path[8192], *text, *rest, *line;
    size_t n_bad = 0, n = 0, i_line = 0;

    (void)state;
    read_exceptions();
    snprintf(path, sizeof(path), "%s/oracle/status.tsv", corpus);
    rest = text = read_text(path);
    assert_non_null(rest);
    next_line(&rest);
    while ((line = next_line(&rest))) {
        const char *cells[5];

        split(line, cells, 5);
        if (i_line++ % every || strstr(cells[0], "dnstap") ||
            strstr(cells[4], "isn't a capture file") || strstr(cells[4], "contains record data"))
            continue; /* tshark cannot read these */
        n_bad += compare_capture(cells[0], cells[2]);
        n++;
    }
    free(text);
    free(exceptions_text);
    print_message("%zu captures compared\n", n);
    assert_true(n > 2000 / every);
    assert_int_equal(n_bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hostile_files_get_their_verdicts),
        cmocka_unit_test(frames_are_those_of_tshark),
    };
    int failed;

    if (!find_corpus()) {
        print_message("skipped: no corpus at ../shared/corpus, and TRAWL_CORPUS is not set\n");
        return 0;
    }
    read_share();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    tw_pool_fini();
    return failed;
}
