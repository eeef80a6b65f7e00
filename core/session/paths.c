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
    if (!tw_grow(&paths->items, paths->n + 1, &paths->capacity, sizeof(char *)))
        return tw_fail_nomem(err);
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

    tw_input_free(input);
    /* What cannot be read for another reason fails the load, naming the reason. */
    return why.code != TRAWL_E_DATA;
}

/* What of a folder was passed over: how many, and the names of the first. */
struct passed {
    size_t n;
    struct tw_buffer names;
};

static void pass_over(struct passed *passed, const char *name)
{
    enum { SHOWN = 5 };

    if (passed->n < SHOWN)
        tw_buffer_printf(&passed->names, "%s'%s'", passed->n ? ", " : "", name);
    else if (passed->n == SHOWN)
        tw_buffer_puts(&passed->names, ", …");
    passed->n++;
}

/* "skipped 4 files that are not captures ('a', 'b', …) and 2 sub-folders ('c', 'd')" */
static char *passed_text(const struct passed *files, const struct passed *folders)
{
    struct tw_buffer text = TW_BUFFER_INIT;

    text.failed = files->names.failed || folders->names.failed;
    tw_buffer_puts(&text, "skipped ");
    if (files->n)
        tw_buffer_printf(&text, "%zu file%s not %s (%s)", files->n,
                         files->n > 1 ? "s that are" : " that is",
                         files->n > 1 ? "captures" : "a capture", files->names.data);
    if (folders->n)
        tw_buffer_printf(&text, "%s%zu sub-folder%s (%s)", files->n ? " and " : "", folders->n,
                         folders->n > 1 ? "s" : "", folders->names.data);
    return tw_buffer_steal(&text);
}

/* Only the files right there: what lies in sub-folders seldom belongs to one capture. */
static int add_folder(struct paths *paths, const char *name, trawl_error *err)
{
    const size_t n_before = paths->n, end = strlen(name);
    const char *slash = end && name[end - 1] == '/' ? "" : "/";
    struct passed files = {.names = TW_BUFFER_INIT}, folders = {.names = TW_BUFFER_INIT};
    struct dirent **entries = NULL;
    char *text = NULL;
    int n = scandir(name, &entries, NULL, alphasort);
    int rc = TRAWL_OK;

    if (n < 0)
        return tw_fail(err, TRAWL_E_IO, "could not read folder '%s': %s", name, tw_reason(errno));
    for (int i = 0; i < n; i++) {
        struct stat st;
        char *path = tw_asprintf("%s%s%s", name, slash, entries[i]->d_name);

        if (!path)
            rc = tw_fail_nomem(err);
        else if (rc != TRAWL_OK || entries[i]->d_name[0] == '.' || stat(path, &st) != 0)
            ;
        else if (S_ISDIR(st.st_mode))
            pass_over(&folders, entries[i]->d_name);
        else if (S_ISREG(st.st_mode) && !is_capture(path))
            pass_over(&files, entries[i]->d_name);
        else if (S_ISREG(st.st_mode))
            rc = add_path(paths, path, err);
        tw_free(path);
        free(entries[i]);
    }
    free(entries);
    if (rc == TRAWL_OK && files.n + folders.n) {
        text = passed_text(&files, &folders);
        rc = text ? TRAWL_OK : tw_fail_nomem(err);
    }
    if (rc == TRAWL_OK && paths->n == n_before) {
        rc = tw_fail(err, TRAWL_E_NOT_FOUND, "folder '%s' holds no captures%s%s", name,
                     text ? ": " : "", text ? text : "");
        if (folders.n)
            tw_error_hint(err, "Load what is in its sub-folders with '%s%s*/'.", name, slash);
    } else if (rc == TRAWL_OK && text) {
        tw_log(1, folders.n ? "folder '%s': %s; '%s%s*/' reads those" : "folder '%s': %s", name,
               text, name, slash);
    }
    tw_free(text);
    tw_buffer_fini(&files.names);
    tw_buffer_fini(&folders.names);
    return rc;
}

/* Files, and those of folders that the pattern matches too. */
static int add_glob(struct paths *paths, const char *pattern, trawl_error *err)
{
    const size_t n_before = paths->n;
    glob_t g = {0};
    int rc = TRAWL_OK;

    if (glob(pattern, GLOB_ERR | GLOB_MARK, NULL, &g) != 0) {
        globfree(&g);
        return tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", pattern, tw_reason(ENOENT));
    }
    for (size_t i = 0; rc == TRAWL_OK && i < g.gl_pathc; i++) {
        const char *path = g.gl_pathv[i];
        trawl_error none = TW_ERROR_INIT;

        rc = path[strlen(path) - 1] == '/' ? add_folder(paths, path, &none)
                                           : add_path(paths, path, &none);
        if (rc == TRAWL_E_NOT_FOUND) {
            tw_log(1, "%s", none.message);
            rc = TRAWL_OK;
        } else if (rc != TRAWL_OK) {
            tw_fail_as(err, &none);
        }
    }
    globfree(&g);
    if (rc == TRAWL_OK && paths->n == n_before)
        rc = tw_fail(err, TRAWL_E_NOT_FOUND, "'%s' matches no captures", pattern);
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
