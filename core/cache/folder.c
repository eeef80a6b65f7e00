/* The folder of the cache: making it, naming files in it, holding it to a size, emptying it.
 * Must not know what is in the files. */
#include "core/cache/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/base/now.h"
#include "core/cache/file.h"

static const char ending[] = ".trawl", temporary_ending[] = ".tmp";

char *tw_cache_path(const char *folder, uint64_t hash, uint64_t extra)
{
    return extra ? tw_asprintf("%s/%016llx-%016llx%s", folder, (unsigned long long)hash,
                               (unsigned long long)extra, ending)
                 : tw_asprintf("%s/%016llx%s", folder, (unsigned long long)hash, ending);
}

int tw_cache_make_folder(const char *folder, trawl_error *err)
{
    char *path = tw_strdup(folder);
    struct stat st;
    int rc = TRAWL_OK;

    if (!path)
        return tw_fail_nomem(err);
    for (char *p = path + 1; rc == TRAWL_OK; p++) {
        const char c = *p;

        if (c && c != '/')
            continue;
        *p = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST)
            rc = tw_fail(err, TRAWL_E_IO, "could not make '%s': %s", path, tw_reason(errno));
        *p = c;
        if (!c)
            break;
    }
    tw_free(path);
    if (rc != TRAWL_OK)
        return rc;
    if (stat(folder, &st) != 0)
        return tw_fail(err, TRAWL_E_IO, "could not open '%s': %s", folder, tw_reason(errno));
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 022))
        return tw_fail(err, TRAWL_E_IO, "'%s' is not a folder of this user alone", folder);
    return TRAWL_OK;
}

static bool ends_with(const char *name, const char *with)
{
    const size_t n = strlen(name), m = strlen(with);

    return n > m && strcmp(name + n - m, with) == 0;
}

/* Only files that a cache writes: whatever else lies there is left alone. */
static bool is_ours(const char *name, bool *ret_temporary)
{
    *ret_temporary = ends_with(name, temporary_ending);
    return strspn(name, "0123456789abcdef") == 16 &&
           (*ret_temporary ? strstr(name, ending) != NULL : ends_with(name, ending));
}

static int compare(const void *left, const void *right)
{
    const struct tw_cache_entry *a = left, *b = right;

    return a->used_ns != b->used_ns ? (a->used_ns > b->used_ns) - (a->used_ns < b->used_ns)
                                    : strcmp(a->path, b->path);
}

static int add_entry(struct tw_cache_entry **entries, size_t *n, const char *folder,
                     const char *name, trawl_error *err)
{
    struct tw_cache_entry entry = {0}, *grown;
    struct stat st;

    if (!is_ours(name, &entry.temporary))
        return TRAWL_OK;
    entry.path = tw_asprintf("%s/%s", folder, name);
    if (!entry.path)
        return tw_fail_nomem(err);
    if (lstat(entry.path, &st) != 0 || S_ISDIR(st.st_mode)) {
        tw_free(entry.path);
        return TRAWL_OK;
    }
    entry.size = (uint64_t)st.st_size;
    entry.used_ns = tw_timespec_ns(st.st_mtim);
    grown = tw_realloc_array(*entries, *n + 1, sizeof(*grown));
    if (!grown) {
        tw_free(entry.path);
        return tw_fail_nomem(err);
    }
    grown[(*n)++] = entry;
    *entries = grown;
    return TRAWL_OK;
}

int tw_cache_entries(const char *folder, struct tw_cache_entry **ret, size_t *ret_n,
                     trawl_error *err)
{
    struct tw_cache_entry *entries = NULL;
    size_t n = 0;
    DIR *dir = opendir(folder);
    int rc = TRAWL_OK;

    if (!dir && errno != ENOENT)
        return tw_fail(err, TRAWL_E_IO, "could not read '%s': %s", folder, tw_reason(errno));
    while (dir && rc == TRAWL_OK) {
        const struct dirent *e = readdir(dir);

        if (!e)
            break;
        rc = add_entry(&entries, &n, folder, e->d_name, err);
    }
    if (dir)
        closedir(dir);
    if (rc != TRAWL_OK) {
        tw_cache_entries_free(entries, n);
        return rc;
    }
    if (n)
        qsort(entries, n, sizeof(*entries), compare);
    *ret = entries;
    *ret_n = n;
    return TRAWL_OK;
}

void tw_cache_entries_free(struct tw_cache_entry *entries, size_t n)
{
    for (size_t i = 0; i < n; i++)
        tw_free(entries[i].path);
    tw_free(entries);
}

uint64_t tw_cache_room(const char *folder, uint64_t limit)
{
    struct statvfs st;
    uint64_t tenth;

    if (statvfs(folder, &st) != 0)
        return limit;
    tenth = (uint64_t)st.f_blocks / 10 * (uint64_t)st.f_frsize;
    return TW_MIN(limit, tenth);
}

void tw_cache_make_room(const char *folder, uint64_t room, uint64_t n_more)
{
    struct tw_cache_entry *entries;
    uint64_t held = 0;
    size_t n;

    if (tw_cache_entries(folder, &entries, &n, NULL) != TRAWL_OK)
        return;
    for (size_t i = 0; i < n; i++)
        held += entries[i].size;
    for (size_t i = 0; i < n; i++) {
        const struct tw_cache_entry *e = &entries[i];

        if (e->temporary ? tw_cache_is_left(e->path) : held + n_more > room) {
            unlink(e->path);
            held -= e->size;
        }
    }
    tw_cache_entries_free(entries, n);
}

int tw_cache_clear(const char *folder, bool (*wanted)(const char *path, void *context),
                   void *context, size_t *ret_n, trawl_error *err)
{
    struct tw_cache_entry *entries;
    size_t n;
    int rc = tw_cache_entries(folder, &entries, &n, err);

    *ret_n = 0;
    if (rc != TRAWL_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        if (entries[i].temporary ? !tw_cache_is_left(entries[i].path) /* somebody's, at work */
                                 : wanted && !wanted(entries[i].path, context))
            continue;
        if (unlink(entries[i].path) == 0)
            (*ret_n)++;
        else if (rc == TRAWL_OK && errno != ENOENT)
            rc = tw_fail(err, TRAWL_E_IO, "could not remove '%s': %s", entries[i].path,
                         tw_reason(errno));
    }
    tw_cache_entries_free(entries, n);
    return rc;
}

void tw_cache_touch(const char *path)
{
    (void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW); /* refused: it is only older */
}
