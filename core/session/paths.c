/* What was typed to files: globs and folders.
 * Must not know what is read from them. */
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/capture/input.h"
#include "core/session/internal.h"

struct paths {
    char **items;
    size_t n, capacity;
};

static int add_path(struct paths *paths, const char *path, trawl_error *err)
{
    if (paths->n == paths->capacity) {
        const size_t capacity = paths->capacity ? paths->capacity * 2 : 16;
        char **grown = tw_realloc_array(paths->items, capacity, sizeof(*grown));

        if (!grown)
            return tw_fail_nomem(err);
        paths->items = grown;
        paths->capacity = capacity;
    }
    paths->items[paths->n] = tw_strdup(path);
    if (!paths->items[paths->n])
        return tw_fail_nomem(err);
    paths->n++;
    return TRAWL_OK;
}

/* A folder may hold other things than captures: those are passed over with a word. */
static bool is_capture(const char *path)
{
    trawl_error why = TW_ERROR_INIT;
    struct tw_input *input = tw_input_open(&path, 1, &why);

    if (!input && why.code == TRAWL_E_DATA) {
        tw_log(1, "skipped: %s", why.message);
        return false;
    }
    tw_input_free(input);
    return true; /* what cannot be read for another reason fails the load, naming the reason */
}

static int add_folder(struct paths *paths, const char *folder, trawl_error *err)
{
    struct dirent **entries = NULL;
    const size_t n_before = paths->n;
    int n = scandir(folder, &entries, NULL, alphasort);
    int rc = TRAWL_OK;

    if (n < 0)
        return tw_fail(err, TRAWL_E_IO, "could not read folder '%s': %s", folder, tw_reason(errno));
    for (int i = 0; i < n; i++) {
        struct stat st;
        char *path = tw_asprintf("%s/%s", folder, entries[i]->d_name);

        if (!path)
            rc = tw_fail_nomem(err);
        else if (rc == TRAWL_OK && entries[i]->d_name[0] != '.' && stat(path, &st) == 0 &&
                 S_ISREG(st.st_mode) && is_capture(path))
            rc = add_path(paths, path, err);
        tw_free(path);
        free(entries[i]);
    }
    free(entries);
    if (rc == TRAWL_OK && paths->n == n_before)
        rc = tw_fail(err, TRAWL_E_NOT_FOUND, "folder '%s' holds no captures", folder);
    return rc;
}

static int add_glob(struct paths *paths, const char *pattern, trawl_error *err)
{
    glob_t g = {0};
    int rc = TRAWL_OK;

    if (glob(pattern, GLOB_ERR, NULL, &g) != 0) {
        globfree(&g);
        return tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", pattern, tw_reason(ENOENT));
    }
    for (size_t i = 0; rc == TRAWL_OK && i < g.gl_pathc; i++)
        rc = add_path(paths, g.gl_pathv[i], err);
    globfree(&g);
    return rc;
}

int tw_expand_paths(const char *const *paths, size_t n, char ***ret, size_t *ret_n,
                    trawl_error *err)
{
    struct paths found = {0};
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        struct stat st;

        if (strcmp(paths[i], "-") == 0)
            rc = add_path(&found, paths[i], err);
        else if (stat(paths[i], &st) == 0)
            rc = S_ISDIR(st.st_mode) ? add_folder(&found, paths[i], err)
                                     : add_path(&found, paths[i], err);
        else if (errno == ENOENT && strpbrk(paths[i], "*?["))
            rc = add_glob(&found, paths[i], err);
        else
            rc = tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", paths[i], tw_reason(errno));
    }
    if (rc == TRAWL_OK && found.n == 0)
        rc = tw_fail(err, TRAWL_E_USAGE, "no file to load");
    if (rc != TRAWL_OK) {
        for (size_t i = 0; i < found.n; i++)
            tw_free(found.items[i]);
        tw_free(found.items);
        return rc;
    }
    *ret = found.items;
    *ret_n = found.n;
    return TRAWL_OK;
}
