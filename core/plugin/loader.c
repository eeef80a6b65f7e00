/* Plugin files: which may be loaded, and loading them. The only user of <dlfcn.h>.
 * Must not know what plugins bring. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/plugin/host.h"
#include "core/plugin/plugin.h"

/* Who is trusted with a folder. */
struct trust {
    bool own;          /* the program's own folder */
    uid_t program_uid; /* owner of the program's file, when own */
};

/* ---- checks ---- */

static bool may_own(const struct trust *trust, uid_t uid)
{
    return uid == 0 || uid == geteuid() || (trust->own && uid == trust->program_uid);
}

/* Why a file or folder may not be trusted, into ret; false when it may. `parent` names a folder
 * above the one that is meant, which else is "it". */
static bool distrusts(const struct trust *trust, const struct stat *st, const char *parent,
                      char *ret, size_t n)
{
    bool sticky_parent = trust->own && parent && st->st_mode & S_ISVTX;
    const char *quote = parent ? "'" : "", *what = parent ? parent : "it";

    if (!may_own(trust, st->st_uid)) {
        snprintf(ret, n, "%s%s%s belongs to user %u, neither root nor you", quote, what, quote,
                 (unsigned)st->st_uid);
        return true;
    }
    if (S_ISLNK(st->st_mode))
        return false; /* the mode of a link means nothing: its folder's does */
    if (st->st_mode & S_IWOTH && !sticky_parent) {
        snprintf(ret, n, "%s%s%s may be written by everybody (chmod o-w)", quote, what, quote);
        return true;
    }
    if (st->st_mode & S_IWGRP && !trust->own) {
        snprintf(ret, n, "%s%s%s may be written by its group (chmod g-w)", quote, what, quote);
        return true;
    }
    return false;
}

static bool has_odd_bytes(const char *s)
{
    for (; *s; s++) {
        if ((unsigned char)*s < ' ' || *s == 0x7f)
            return true;
    }
    return false;
}

/* Every folder and link on the way to path (absolute), itself included. */
static bool way_distrusted(const struct trust *trust, const char *path, char *ret, size_t n)
{
    char part[PATH_MAX]; /* not allocated: without memory the shell would go on without plugins */
    size_t len = strlen(path);

    if (len >= sizeof(part)) {
        snprintf(ret, n, "its path is too long");
        return true;
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        struct stat st;
        bool last = i == len;

        if (i > 1 && !last && path[i] != '/')
            continue;
        part[i] = '\0'; /* the root itself, then each longer part */
        if (lstat(part, &st) != 0) {
            snprintf(ret, n, "could not look at '%s': %s", part, tw_reason(errno));
            return true;
        }
        if (distrusts(trust, &st, last ? NULL : part, ret, n))
            return true;
        part[i] = path[i];
    }
    return false;
}

/* The folder as a descriptor, or -1 with the reason. Nobody who is not trusted can exchange a
 * part of a way that passed, so looking first and opening later is safe. */
static int open_folder(const struct trust *trust, const char *folder, char *ret, size_t n)
{
    char *real = NULL;
    int fd = -1;

    if (folder[0] != '/') {
        snprintf(ret, n, "it is not a full path");
        return -1;
    }
    if (has_odd_bytes(folder)) {
        snprintf(ret, n, "its name holds control characters");
        return -1;
    }
    if (way_distrusted(trust, folder, ret, n))
        return -1;
    real = realpath(folder, NULL);
    if (!real) {
        snprintf(ret, n, "could not follow '%s': %s", folder, tw_reason(errno));
        return -1;
    }
    if (strcmp(real, folder) == 0 || !way_distrusted(trust, real, ret, n)) {
        fd = open(real, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            snprintf(ret, n, "it cannot be opened: %s", tw_reason(errno));
    }
    free(real); /* from realpath, not from tw_alloc */
    return fd;
}

/* A plugin's file name: "NAME.so" of plain letters. Others are no plugins, unless they end in .so.
 */
static bool is_plugin_name(const char *name)
{
    for (const char *p = name; *p; p++) {
        bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                     (*p >= '0' && *p <= '9') || *p == '_' || *p == '-' || *p == '.';

        if (!plain)
            return false;
    }
    return true;
}

static bool ends_in_so(const char *name)
{
    size_t n = strlen(name);

    return n > 3 && strcmp(name + n - 3, ".so") == 0;
}

/* The dynamic loader maps the segments of a library without a look at the file's length, and a read
 * beyond its end is SIGBUS. What is no library of this machine is left to the loader's own words.
 */
static bool is_cut(int fd, off_t size)
{
    const uint64_t n = (uint64_t)size;
    uint8_t begin[1024]; /* the segments' headers lie there, if a linker wrote it */
    const ssize_t n_begin = pread(fd, begin, sizeof(begin), 0);
    ElfW(Ehdr) head;
    ElfW(Phdr) segment;

    if (n_begin < (ssize_t)sizeof(head))
        return false;
    memcpy(&head, begin, sizeof(head));
    if (memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 || head.e_phentsize != sizeof(segment))
        return false;
    for (unsigned i = 0; i < head.e_phnum; i++) {
        const uint64_t at = head.e_phoff + (uint64_t)i * sizeof(segment);

        if (at <= (uint64_t)n_begin && sizeof(segment) <= (uint64_t)n_begin - at)
            memcpy(&segment, begin + at, sizeof(segment));
        else if (at > n ||
                 pread(fd, &segment, sizeof(segment), (off_t)at) != (ssize_t)sizeof(segment))
            return true;
        if (segment.p_type == PT_LOAD &&
            (segment.p_offset > n || segment.p_filesz > n - segment.p_offset))
            return true;
    }
    return false;
}

/* The file as a descriptor, or -1 with the reason. A link may only name a file beside it. */
static int open_file(const struct trust *trust, int folder, const char *name, char *ret, size_t n)
{
    char target[256];
    struct stat st;
    ssize_t n_target;
    int fd;

    if (!is_plugin_name(name)) {
        snprintf(ret, n, "its name holds more than letters, digits and . _ -");
        return -1;
    }
    n_target = readlinkat(folder, name, target, sizeof(target) - 1);
    if (n_target >= 0) {
        target[n_target] = '\0';
        if (!is_plugin_name(target) || !ends_in_so(target)) {
            snprintf(ret, n, "it is a link that leaves its folder");
            return -1;
        }
        name = target;
    }
    fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        if (errno == ELOOP)
            snprintf(ret, n, "it is a link to a link");
        else
            snprintf(ret, n, "it cannot be opened: %s", tw_reason(errno));
        return -1;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        snprintf(ret, n, "it is not a regular file");
    } else if (is_cut(fd, st.st_size)) {
        snprintf(ret, n, "it is cut: what it says of itself reaches beyond its end");
    } else if (!distrusts(trust, &st, NULL, ret, n)) {
        return fd;
    }
    close(fd);
    return -1;
}

/* ---- loading ---- */

/* Files that were loaded, with the descriptors by which the dynamic loader knows them. They stay
 * open, as the libraries stay loaded: the loader takes a path that it has seen for the same
 * library, so a descriptor's number must not come again, and debuggers read symbols through it. */
static struct opened {
    dev_t device;
    ino_t inode;
    int fd;
} * opened;
static size_t n_opened;

/* dlopen of exactly the file that was checked; fd is taken. */
static void *open_library(int fd, trawl_error *err)
{
    struct opened *grown;
    struct stat st;
    char path[64];

    if (fstat(fd, &st) != 0) {
        close(fd);
        return NULL;
    }
    for (size_t i = 0; i < n_opened; i++) {
        if (opened[i].device == st.st_dev && opened[i].inode == st.st_ino) {
            close(fd);
            fd = opened[i].fd;
            goto open;
        }
    }
    grown = tw_realloc_array(opened, n_opened + 1, sizeof(*opened));
    if (!grown) {
        close(fd);
        tw_fail_nomem(err);
        return NULL;
    }
    opened = grown;
    opened[n_opened++] = (struct opened){st.st_dev, st.st_ino, fd};

open:
    /* not /proc/self: another process that looks at this one would read its own */
    snprintf(path, sizeof(path), "/proc/%ld/fd/%d", (long)getpid(), fd);
    return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

/* What dlerror says without the path by which the file was opened. */
static void library_error(char *ret, size_t n)
{
    const char *text = dlerror(), *rest;

    if (!text)
        text = "the loader does not say why";
    rest = strncmp(text, "/proc/", 6) == 0 ? strstr(text, ": ") : NULL;
    snprintf(ret, n, "it cannot be loaded: %s", rest ? rest + 2 : text);
}

/* fd is taken. Its record is the registry's last. */
static int load_file(struct tw_registry *registry, int fd, const char *path, trawl_error *err)
{
    char reason[512];
    void *library = open_library(fd, err), *symbol;
    const trawl_plugin *(*entry)(void);
    const trawl_plugin *descriptor;
    trawl_error why = TW_ERROR_INIT;

    if (!library && err && err->code != TRAWL_OK)
        return err->code;
    if (!library) {
        library_error(reason, sizeof(reason));
        return tw_registry_refuse(registry, path, reason, err);
    }
    symbol = dlsym(library, "trawl_plugin_entry");
    if (!symbol)
        return tw_registry_refuse(registry, path,
                                  "it has no 'trawl_plugin_entry': not a trawl plugin", err);
    memcpy(&entry, &symbol, sizeof(entry)); /* the way POSIX shows from data to function */
    descriptor = entry();
    if (!descriptor)
        return tw_registry_refuse(registry, path, "its entry gave no descriptor", err);
    if (tw_registry_add(registry, descriptor, path, &why) == TRAWL_E_NOMEM)
        return tw_fail_nomem(err);
    return TRAWL_OK; /* refused or not: it is listed */
}

static int by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

/* Names in the folder that end in .so, sorted. */
static int read_names(DIR *dir, char ***ret, size_t *ret_n, trawl_error *err)
{
    char **names = NULL;
    size_t n = 0;
    const struct dirent *entry;
    int rc = TRAWL_OK;

    while (rc == TRAWL_OK && (entry = readdir(dir)) != NULL) {
        char **grown;

        if (entry->d_name[0] == '.' || !ends_in_so(entry->d_name))
            continue;
        grown = tw_realloc_array(names, n + 1, sizeof(*names));
        if (grown)
            names = grown;
        if (grown)
            names[n] = tw_strdup(entry->d_name);
        if (!grown || !names[n])
            rc = tw_fail_nomem(err);
        else
            n++;
    }
    if (n)
        qsort(names, n, sizeof(*names), by_text);
    *ret = names;
    *ret_n = n;
    return rc;
}

static int load_folder(struct tw_registry *registry, const struct trust *trust, const char *folder,
                       trawl_error *err)
{
    char reason[512] = "";
    char **names = NULL;
    size_t n = 0;
    struct stat st;
    DIR *dir = NULL;
    int rc = TRAWL_OK, fd;

    if (lstat(folder, &st) != 0 && errno == ENOENT)
        return TRAWL_OK;
    fd = open_folder(trust, folder, reason, sizeof(reason));
    if (fd < 0)
        return tw_registry_refuse_folder(registry, folder, reason, err);
    dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return tw_fail(err, TRAWL_E_IO, "could not read folder '%s': %s", folder, tw_reason(errno));
    }
    rc = read_names(dir, &names, &n, err);
    for (size_t i = 0; rc == TRAWL_OK && i < n; i++) {
        char *path = tw_asprintf("%s/%s", folder, names[i]);
        int file = path ? open_file(trust, fd, names[i], reason, sizeof(reason)) : -1;

        if (!path)
            rc = tw_fail_nomem(err); /* nothing was opened */
        else if (file < 0)
            rc = tw_registry_refuse(registry, path, reason, err);
        else
            rc = load_file(registry, file, path, err);
        if (rc == TRAWL_OK)
            registry->plugins[registry->n_plugins - 1]->own = trust->own;
        tw_free(path);
    }
    for (size_t i = 0; i < n; i++)
        tw_free(names[i]);
    tw_free(names);
    closedir(dir); /* and fd */
    return rc;
}

int tw_registry_load_folder(struct tw_registry *registry, const char *folder, trawl_error *err)
{
    struct trust trust = {.own = false};

    return load_folder(registry, &trust, folder, err);
}

static struct trust own_trust(void)
{
    struct stat st;

    return (struct trust){.own = true,
                          .program_uid = stat("/proc/self/exe", &st) == 0 ? st.st_uid : geteuid()};
}

int tw_registry_load_own_folder(struct tw_registry *registry, const char *folder, trawl_error *err)
{
    struct trust trust = own_trust();

    return load_folder(registry, &trust, folder, err);
}

/* ---- parts ---- */

/* What the loaded part says of itself; NULL: it fits the plugin. */
static const char *part_fault(const trawl_part *part, const struct tw_plugin *plugin)
{
    if (!part || part->magic != TRAWL_PLUGIN_MAGIC)
        return "it is no part of a plugin";
    if (part->abi_major != TRAWL_ABI_MAJOR || part->abi_minor > TRAWL_ABI_MINOR ||
        part->size < sizeof(*part) || !part->functions)
        return "it was built for another trawl";
    if (!part->name || !part->version || strcmp(part->name, plugin->name) != 0 ||
        strcmp(part->version, plugin->descriptor->version) != 0)
        return "it belongs to another plugin, or to another version of this one";
    return NULL;
}

/* The part's functions, or NULL with the reason. fd is taken. */
static const void *open_part(const struct tw_plugin *plugin, int fd, char *ret, size_t n)
{
    trawl_error why = TW_ERROR_INIT;
    void *library = open_library(fd, &why), *symbol;
    const trawl_part *(*entry)(const trawl_host *);
    const trawl_part *part;
    const char *fault;

    if (!library && why.code != TRAWL_OK)
        snprintf(ret, n, "%s", why.message);
    else if (!library)
        library_error(ret, n);
    if (!library)
        return NULL;
    symbol = dlsym(library, "trawl_part_entry");
    if (!symbol) {
        snprintf(ret, n, "it has no 'trawl_part_entry'");
        return NULL;
    }
    memcpy(&entry, &symbol, sizeof(entry));
    part = entry(&tw_host);
    fault = part_fault(part, plugin);
    if (fault)
        snprintf(ret, n, "%s", fault);
    return fault ? NULL : part->functions;
}

static int load_part(struct tw_plugin *plugin, trawl_error *err)
{
    const struct trust trust = plugin->own ? own_trust() : (struct trust){.own = false};
    const char *slash = plugin->path ? strrchr(plugin->path, '/') : NULL;
    char *folder, *file;
    char reason[512] = "";
    int fd = -1, rc = TRAWL_OK;

    if (!slash)
        return tw_fail(err, TRAWL_E_PLUGIN, "plugin '%s' comes from no file: it has no part",
                       plugin->name);
    folder = tw_asprintf("%.*s/parts", (int)(slash - plugin->path), plugin->path);
    file = tw_asprintf("%s.so", plugin->name);
    if (folder && file)
        fd = open_folder(&trust, folder, reason, sizeof(reason));
    if (fd >= 0) {
        const int folder_fd = fd;

        fd = open_file(&trust, folder_fd, file, reason, sizeof(reason));
        close(folder_fd);
    }
    if (fd >= 0)
        plugin->part = open_part(plugin, fd, reason, sizeof(reason));
    if (!folder || !file)
        rc = tw_fail_nomem(err);
    else if (!plugin->part)
        rc = tw_fail(err, TRAWL_E_PLUGIN, "could not load the part of plugin '%s', '%s/%s': %s",
                     plugin->name, folder, file, reason);
    tw_free(folder);
    tw_free(file);
    return rc;
}

int tw_registry_part(const struct tw_registry *registry, const char *name, const void **ret,
                     trawl_error *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    struct tw_plugin *plugin = NULL;
    int rc = TRAWL_OK;

    for (size_t i = 0; registry && i < registry->n_plugins; i++)
        if (registry->plugins[i]->descriptor && strcmp(registry->plugins[i]->name, name) == 0)
            plugin = registry->plugins[i];
    if (!plugin)
        return tw_fail(err, TRAWL_E_PLUGIN, "no plugin '%s' that could have a part", name);
    pthread_mutex_lock(&lock);
    if (!plugin->part)
        rc = load_part(plugin, err);
    *ret = plugin->part;
    pthread_mutex_unlock(&lock);
    return rc;
}
