/* Files of the cache: blocks of bytes under a key, each with checksums, written whole or not at all
 * and mapped back. Must not know what the blocks hold.
 *
 * A file is a head, the places of the blocks, their checksums (one for each MiB), the key, and the
 * blocks, each from a multiple of 64 bytes on; zero bytes between. All numbers as the machine has
 * them: a file of another byte order is not read. Every byte is under a checksum or must be zero.
 */
#include "core/cache/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>
#ifdef TRAWL_HAVE_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#endif

#include "core/base/leftover.h"
#include "core/base/now.h"
#include "core/base/task.h"

enum {
    FORMAT = 3,
    ORDER = 0x01020304,
    SUM_BYTES = 1 << 20 /* under one checksum */
};
static const char magic[8] = "trawl\n\x1a\0";

struct head {
    char magic[8];
    uint32_t format, order;
    uint64_t n_file; /* bytes */
    uint32_t n_blocks, n_key;
    uint64_t n_sums;
    uint64_t n_head; /* bytes before the first block */
    uint64_t zero;
    uint64_t sum; /* of all before it, and of what follows up to n_head */
};

struct place {
    uint32_t id, zero;
    uint64_t offset, n;
};

static uint64_t align(uint64_t n)
{
    return (n + TW_CACHE_ALIGNMENT - 1) / TW_CACHE_ALIGNMENT * TW_CACHE_ALIGNMENT;
}

static uint64_t sums_of(uint64_t n)
{
    return (n + SUM_BYTES - 1) / SUM_BYTES;
}

static uint64_t head_sum(const struct head *head)
{
    const uint8_t *p = (const uint8_t *)head;

    return XXH3_64bits_withSeed(p + sizeof(*head), (size_t)head->n_head - sizeof(*head),
                                XXH3_64bits(p, offsetof(struct head, sum)));
}

/* ---- checksums of blocks ---- */

struct summing {
    const struct tw_cache_block *blocks;
    size_t n_blocks;
    uint64_t *made;         /* written, or */
    const uint64_t *wanted; /* compared */
};

static int sum_piece(void *context, uint64_t i, unsigned i_thread, trawl_error *err)
{
    const struct summing *s = context;
    uint64_t at = i, sum;
    size_t b = 0;

    (void)i_thread;
    for (; at >= sums_of(s->blocks[b].n); b++)
        at -= sums_of(s->blocks[b].n);
    sum = XXH3_64bits((const uint8_t *)s->blocks[b].data + at * SUM_BYTES,
                      (size_t)TW_MIN(s->blocks[b].n - at * SUM_BYTES, (uint64_t)SUM_BYTES));
    if (s->made)
        s->made[i] = sum;
    else if (s->wanted[i] != sum)
        return tw_fail(err, TRAWL_E_DATA, "a checksum differs");
    return TRAWL_OK;
}

static uint64_t count_sums(const struct tw_cache_block *blocks, size_t n)
{
    uint64_t n_sums = 0;

    for (size_t i = 0; i < n; i++)
        n_sums += sums_of(blocks[i].n);
    return n_sums;
}

/* ---- writing ---- */

static int fail_write(const char *path, trawl_error *err)
{
    return tw_fail(err, TRAWL_E_IO, "could not write '%s': %s", path, tw_reason(errno));
}

static int write_all(int fd, const char *path, const void *data, uint64_t n, trawl_error *err)
{
    const uint8_t *p = data;

    while (n) {
        const ssize_t done = write(fd, p, (size_t)TW_MIN(n, (uint64_t)8 << 20));

        if (tw_cancelled())
            return tw_fail_cancelled(err);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail_write(path, err);
        p += done;
        n -= (uint64_t)done;
    }
    return TRAWL_OK;
}

static int write_blocks(int fd, const char *path, const struct head *head,
                        const struct tw_cache_block *blocks, trawl_error *err)
{
    static const uint8_t zeros[TW_CACHE_ALIGNMENT];
    int rc = write_all(fd, path, head, head->n_head, err);

    for (size_t i = 0; rc == TRAWL_OK && i < head->n_blocks; i++) {
        rc = write_all(fd, path, blocks[i].data, blocks[i].n, err);
        if (rc == TRAWL_OK)
            rc = write_all(fd, path, zeros, align(blocks[i].n) - blocks[i].n, err);
    }
    if (rc == TRAWL_OK && tw_sync(fd) != 0)
        rc = fail_write(path, err);
    return rc;
}

bool tw_cache_is_left(const char *path)
{
    static const int64_t left_after_s = 3600; /* where there are no locks */
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
    struct timespec now;
    struct stat st;
    bool left = false;

    if (fd < 0)
        return errno == ELOOP;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
        left = true;
    } else if (errno != EWOULDBLOCK && fstat(fd, &st) == 0) {
        clock_gettime(CLOCK_REALTIME, &now);
        left = now.tv_sec - st.st_mtim.tv_sec > left_after_s;
    }
    close(fd);
    return left;
}

/* A name that nobody else writes to, locked while we do; one left by a process that was killed is
 * taken over. Between opening and locking, somebody else may have taken ours for such a one. */
static int create(const char *path)
{
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;

    for (int i = 0; i < 3; i++) {
        int fd = open(path, flags, 0600);
        struct stat st;

        if (fd < 0 && errno == EEXIST && tw_cache_is_left(path) && unlink(path) == 0)
            fd = open(path, flags, 0600);
        if (fd < 0)
            return fd;
        (void)flock(fd, LOCK_EX | LOCK_NB); /* without locks, time tells */
        if (fstat(fd, &st) == 0 && st.st_nlink > 0)
            return fd;
        close(fd);
    }
    errno = EBUSY;
    return -1;
}

static int write_file(const char *path, const struct head *head,
                      const struct tw_cache_block *blocks, trawl_error *err)
{
    char *temporary = tw_asprintf("%s.%ld.tmp", path, (long)getpid());
    int rc = TRAWL_OK, place, fd;

    if (!temporary)
        return tw_fail_nomem(err);
    place = tw_leftover_note(temporary);
    fd = create(temporary);
    if (fd < 0) {
        rc = fail_write(temporary, err);
    } else {
        rc = write_blocks(fd, temporary, head, blocks, err);
        if (close(fd) != 0 && rc == TRAWL_OK)
            rc = fail_write(temporary, err);
        if (rc == TRAWL_OK && rename(temporary, path) != 0)
            rc = fail_write(path, err);
        if (rc != TRAWL_OK)
            unlink(temporary);
    }
    tw_leftover_forget(place);
    tw_free(temporary);
    return rc;
}

int tw_cache_write(const char *path, const char *key, const struct tw_cache_block *blocks, size_t n,
                   trawl_error *err)
{
    const uint64_t n_sums = count_sums(blocks, n), n_key = strlen(key) + 1;
    const uint64_t n_head = align(sizeof(struct head) + n * sizeof(struct place) + n_sums * 8 +
                                  n_key);
    struct summing summing = {.blocks = blocks, .n_blocks = n};
    uint64_t offset = n_head;
    struct head *head;
    struct place *places;
    int rc;

    if (n > TW_CACHE_MOST_BLOCKS || n_key > TW_CACHE_MOST_KEY)
        return tw_fail(err, TRAWL_E_UNSUPPORTED, "too much for a file of the cache");
    head = tw_alloc((size_t)n_head);
    if (!head)
        return tw_fail_nomem(err);
    places = (struct place *)(void *)(head + 1);
    for (size_t i = 0; i < n; i++) {
        places[i] = (struct place){.id = blocks[i].id, .offset = offset, .n = blocks[i].n};
        offset += align(blocks[i].n);
    }
    *head = (struct head){.format = FORMAT,
                          .order = ORDER,
                          .n_file = offset,
                          .n_blocks = (uint32_t)n,
                          .n_key = (uint32_t)n_key,
                          .n_sums = n_sums,
                          .n_head = n_head};
    memcpy(head->magic, magic, sizeof(magic));
    summing.made = (uint64_t *)(void *)(places + n);
    memcpy(summing.made + n_sums, key, (size_t)n_key);
    rc = tw_pool_run(n_sums, sum_piece, &summing, err);
    head->sum = head_sum(head);
    if (rc == TRAWL_OK)
        rc = write_file(path, head, blocks, err);
    tw_free(head);
    return rc;
}

/* ---- reading ---- */

static int damaged(trawl_error *err, const char *why)
{
    return tw_fail(err, TRAWL_E_DATA, "%s", why);
}

/* The head's own numbers, before anything is read by them. */
static int check_head(const struct head *head, uint64_t n_file, trawl_error *err)
{
    uint64_t n_least;

    if (n_file < sizeof(*head) || memcmp(head->magic, magic, sizeof(magic)) != 0)
        return damaged(err, "it does not begin as one");
    if (head->order != ORDER)
        return damaged(err, "it is of a machine with another byte order");
    if (head->format != FORMAT)
        return damaged(err, "it is of another version");
    if (head->n_file != n_file)
        return damaged(err, "its length is not the one that it had");
    if (head->n_blocks > TW_CACHE_MOST_BLOCKS || head->n_key > TW_CACHE_MOST_KEY ||
        head->n_key == 0 || head->n_sums > n_file / 8 || head->n_head > n_file)
        return damaged(err, "a length is too large");
    n_least = sizeof(*head) + (uint64_t)head->n_blocks * sizeof(struct place) + head->n_sums * 8 +
              head->n_key;
    if (align(n_least) != head->n_head)
        return damaged(err, "its lengths do not agree");
    return head_sum(head) == head->sum ? TRAWL_OK
                                       : damaged(err, "the checksum of its head differs");
}

static bool are_zero(const uint8_t *p, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static int take_blocks(struct tw_cache_file *file, trawl_error *err)
{
    const struct head *head = (const struct head *)(const void *)file->map->data;
    const struct place *places = (const struct place *)(const void *)(head + 1);
    const uint64_t n_file = file->map->n;
    uint64_t offset = head->n_head;

    file->n_blocks = head->n_blocks;
    file->sums = (const uint64_t *)(const void *)(places + head->n_blocks);
    file->key = (const char *)(file->sums + head->n_sums);
    if (memchr(file->key, 0, head->n_key) != file->key + head->n_key - 1)
        return damaged(err, "its key does not end");
    file->blocks = tw_alloc_array(TW_MAX(file->n_blocks, 1u), sizeof(*file->blocks));
    if (!file->blocks)
        return tw_fail_nomem(err);
    for (size_t i = 0; i < file->n_blocks; i++) {
        if (places[i].offset != offset || places[i].n > n_file - offset ||
            align(places[i].n) > n_file - offset || (i && places[i].id <= places[i - 1].id))
            return damaged(err, "a block is not where it can be");
        file->blocks[i] = (struct tw_cache_block){places[i].id, file->map->data + offset,
                                                  places[i].n};
        offset += align(places[i].n);
        if (!are_zero(file->map->data + places[i].offset + places[i].n,
                      align(places[i].n) - places[i].n))
            return damaged(err, "there is something between its blocks");
    }
    if (offset != n_file || count_sums(file->blocks, file->n_blocks) != head->n_sums)
        return damaged(err, "its lengths do not agree");
    return TRAWL_OK;
}

/* Only a file that nobody else could have changed is mapped. */
static int check_owner(const struct stat *st, trawl_error *err)
{
    if (!S_ISREG(st->st_mode))
        return damaged(err, "it is no regular file");
    if (st->st_uid != geteuid() || (st->st_mode & 022))
        return damaged(err, "somebody else can write to it");
    return TRAWL_OK;
}

int tw_cache_open(const char *path, struct tw_cache_file *ret, trawl_error *err)
{
    struct tw_cache_file file = {0};
    struct stat st;
    int rc, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return tw_fail(err,
                       errno == ENOENT || errno == ENOTDIR ? TRAWL_E_NOT_FOUND
                       : errno == ELOOP                    ? TRAWL_E_DATA
                                                           : TRAWL_E_IO,
                       "could not open '%s': %s", path, tw_reason(errno));
    if (fstat(fd, &st) != 0)
        rc = tw_fail(err, TRAWL_E_IO, "could not read '%s': %s", path, tw_reason(errno));
    else
        rc = check_owner(&st, err);
    if (rc == TRAWL_OK && (uint64_t)st.st_size < sizeof(struct head))
        rc = damaged(err, "it is too short");
    if (rc == TRAWL_OK && !(file.map = tw_map_open(fd, (uint64_t)st.st_size)))
        rc = tw_fail_nomem(err);
    if (rc == TRAWL_OK)
        rc = check_head((const struct head *)(const void *)file.map->data, file.map->n, err);
    if (rc == TRAWL_OK)
        rc = take_blocks(&file, err);
    close(fd);
    if (rc != TRAWL_OK) {
        tw_cache_close(&file);
        return rc;
    }
    file.size = (uint64_t)st.st_size;
    file.used_ns = tw_timespec_ns(st.st_mtim);
    *ret = file;
    return TRAWL_OK;
}

int tw_cache_check(const struct tw_cache_file *file, trawl_error *err)
{
    struct summing summing = {
        .blocks = file->blocks, .n_blocks = file->n_blocks, .wanted = file->sums};

    return tw_pool_run(count_sums(file->blocks, file->n_blocks), sum_piece, &summing, err);
}

const struct tw_cache_block *tw_cache_block(const struct tw_cache_file *file, uint32_t id)
{
    for (size_t i = 0; i < file->n_blocks; i++)
        if (file->blocks[i].id == id)
            return &file->blocks[i];
    return NULL;
}

void tw_cache_close(struct tw_cache_file *file)
{
    tw_map_release(file->map);
    tw_free(file->blocks);
    *file = (struct tw_cache_file){0};
}
