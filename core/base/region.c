/* Reserved address space that grows in place: pages are committed, not touched, as it grows.
 * Must not know what is stored. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/budget.h"

enum {
    step_bytes = 64 << 10,     /* least growth of a region that grows again */
    huge_bytes = 2 << 20,      /* a huge page */
    huge_threshold = 16 << 20, /* smaller regions would waste too much of one */
    spill_threshold = 1 << 20, /* smaller regions never go to a file */
    most_regions = 32,         /* that share what is left of a limited address space */
    many_regions = 8192        /* the same where there is no limit but the machine's */
};

#if defined(__SANITIZE_THREAD__)
#define TW_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TW_TSAN 1
#endif
#endif
#ifdef TW_TSAN
/* Its shadow leaves about a terabyte of address space to the program. */
static const uint64_t reserve_most = UINT64_C(4) << 30, space_bytes = UINT64_C(1) << 40;
#else
static const uint64_t reserve_most = UINT64_C(1) << 42, space_bytes = UINT64_C(1) << 47;
#endif
static const uint64_t most_bytes = UINT64_C(1) << 62; /* asked of one: sums do not overflow */
static _Atomic uint64_t reserved_bytes;               /* by all regions */

/* Each region begins five lines of a cache (64 bytes) further in its first page than the one
 * before: else the cells of a row in many columns all lie in the same few sets of the cache. */
static uint32_t next_skew(void)
{
    static _Atomic uint32_t n_regions;

    return atomic_fetch_add_explicit(&n_regions, 1, memory_order_relaxed) * 5 % 64 * 64;
}

static uint8_t *mapping(const struct tw_region *region)
{
    return region->base - region->skew;
}

/* Bytes of the mapping that are committed. */
static uint64_t mapped(const struct tw_region *region)
{
    return region->committed > 0 ? region->committed + region->skew : 0;
}

/* 4,096; up to 65,536 on arm64. */
static uint64_t page_bytes(void)
{
    return (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t round_up(uint64_t n, uint64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

static void *reserve(uint64_t n_bytes)
{
    void *p = mmap(NULL, n_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return p == MAP_FAILED ? NULL : p;
}

/* Address space that the process has taken, in bytes; 0 when unknown. */
static uint64_t space_taken(void)
{
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    char text[128];
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return 0;
    text[n] = '\0';
    return strtoull(text, NULL, 10) * page_bytes();
}

/* The most that one region reserves: a part of what a limit on address space (ulimit -v), or a
 * table of hundreds of columns, has left. Who comes first must not take it all: threads, libraries
 * and other columns need some as well. */
static uint64_t share_of_space(void)
{
    const uint64_t reserved = atomic_load_explicit(&reserved_bytes, memory_order_relaxed);
    struct rlimit space;

    if (getrlimit(RLIMIT_AS, &space) != 0 || space.rlim_cur == RLIM_INFINITY)
        return reserved < space_bytes / 2
                   ? reserve_most
                   : (space_bytes - TW_MIN(reserved, space_bytes)) / many_regions;
    return TW_MIN(reserve_most,
                  (space.rlim_cur - TW_MIN(space_taken(), space.rlim_cur)) / most_regions);
}

/* There is memory left, most likely; with a thousand captures beside each other the process has as
 * many mappings as the system lets it have. */
static int fail_mapping(trawl_error *err)
{
    tw_budget_set_refused(false);
    tw_fail_nomem(err);
    tw_error_hint(err, "The system maps no more: see 'ulimit -v' and vm.max_map_count. Many files "
                       "need less as one capture: load them together.");
    return TRAWL_E_NOMEM;
}

/* Address space that begins on a boundary of huge pages. */
static uint8_t *reserve_aligned(uint64_t n_bytes)
{
    uint8_t *p = reserve(n_bytes);
    uint64_t skip;

    /* newer kernels begin whole huge pages on their boundary of themselves */
    if (!p || (uintptr_t)p % huge_bytes == 0)
        return p;
    munmap(p, n_bytes);
    p = reserve(n_bytes + huge_bytes);
    if (!p)
        return NULL;
    skip = round_up((uintptr_t)p, huge_bytes) - (uintptr_t)p;
    if (skip)
        munmap(p, skip);
    if (skip < huge_bytes)
        munmap(p + skip + n_bytes, huge_bytes - skip);
    return p + skip;
}

static void region_begin(struct tw_region *region, uint8_t *p, uint64_t n_bytes, uint32_t skew)
{
    region->base = p + skew;
    region->reserved = n_bytes - skew;
    region->committed = 0;
    region->skew = skew;
    region->spilled = false;
    region->fd = -1;
}

/* Reserve max_bytes, or as much as there is room for. */
static int region_reserve(struct tw_region *region, uint64_t n_bytes, uint64_t max_bytes,
                          trawl_error *err)
{
    const uint32_t skew = next_skew();
    uint64_t need = round_up(TW_MAX(n_bytes, 1) + skew, page_bytes());
    uint64_t want = round_up(TW_MAX(TW_MIN(max_bytes, most_bytes), n_bytes) + skew, page_bytes());
    const uint64_t most = share_of_space();
    uint8_t *p;

    if (want > most)
        want = TW_MAX(need, round_up(most, page_bytes()));
    for (;;) {
        if (want >= huge_threshold)
            want = round_up(want, huge_bytes);
        p = want >= huge_threshold ? reserve_aligned(want) : reserve(want);
        if (p || want <= need)
            break;
        want = TW_MAX(need, round_up(want / 2, page_bytes()));
    }
    if (!p)
        return fail_mapping(err);
    atomic_fetch_add_explicit(&reserved_bytes, want, memory_order_relaxed);
    region_begin(region, p, want, skew);
    return TRAWL_OK;
}

static int commit_anonymous(struct tw_region *region, uint64_t to, trawl_error *err)
{
    const uint64_t from = mapped(region), huge = to / huge_bytes * huge_bytes;

    if (mprotect(mapping(region) + from, to - from, PROT_READ | PROT_WRITE) != 0) {
        tw_budget_give(to - from);
        return fail_mapping(err);
    }
    if ((to >= huge_threshold || region->large) && huge > from / huge_bytes * huge_bytes)
        madvise(mapping(region), huge, MADV_HUGEPAGE); /* an advice: refused is fine */
    region->committed = to - region->skew;
    return TRAWL_OK;
}

static int write_all(int fd, const uint8_t *p, uint64_t n)
{
    uint64_t done = 0;

    while (done < n) {
        ssize_t r = pwrite(fd, p + done, TW_MIN(n - done, (uint64_t)64 << 20), (off_t)done);

        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return -1;
        done += (uint64_t)r;
    }
    return 0;
}

static int map_file(struct tw_region *region, uint64_t from, uint64_t to)
{
    void *p = mmap(mapping(region) + from, to - from, PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_FIXED, region->fd, (off_t)from);

    return p == MAP_FAILED ? -1 : 0;
}

/* Move an anonymous region to a file, at the same addresses. Readers may go on meanwhile: the
 * mapping is replaced in one step by one with the same bytes. */
static int region_spill(struct tw_region *region, uint64_t to, trawl_error *err)
{
    int fd = tw_spill_open(to, err);

    if (fd < 0)
        return TRAWL_E_NOMEM;
    region->fd = fd;
    if (write_all(fd, mapping(region), mapped(region)) != 0 || map_file(region, 0, to) != 0) {
        region->fd = -1;
        close(fd);
        tw_budget_set_refused(true);
        return tw_fail_nomem(err);
    }
    tw_budget_give(mapped(region));
    region->spilled = true;
    region->committed = to - region->skew;
    tw_spill_track(mapping(region), to);
    return TRAWL_OK;
}

static int extend_spilled(struct tw_region *region, uint64_t to, trawl_error *err)
{
    const uint64_t from = mapped(region);
    int rc = tw_spill_extend(region->fd, from, to, err);

    if (rc != TRAWL_OK)
        return rc;
    if (map_file(region, from, to) != 0) {
        tw_budget_set_refused(false);
        return tw_fail_nomem(err);
    }
    tw_spill_untrack(mapping(region));
    region->committed = to - region->skew;
    tw_spill_track(mapping(region), to);
    return TRAWL_OK;
}

void tw_region_expect(struct tw_region *region, uint64_t n_bytes)
{
    const uint64_t limit = tw_memory_limit();

    /* where memory is short, a large page that is hardly used is much */
    region->large = !region->base && n_bytes >= 2 * (uint64_t)huge_bytes &&
                    (!limit || n_bytes < limit / 64);
}

int tw_region_grow(struct tw_region *region, uint64_t n_bytes, uint64_t max_bytes, trawl_error *err)
{
    uint64_t from, exact, wide;
    int rc;

    if (region->base && n_bytes <= region->committed)
        return TRAWL_OK;
    if (tw_budget_fault()) {
        tw_budget_set_refused(false);
        return tw_fail_nomem(err);
    }
    if (n_bytes > most_bytes)
        return tw_fail_nomem(err);
    if (!region->base) {
        rc = region_reserve(region, n_bytes, max_bytes, err);
        if (rc != TRAWL_OK)
            return rc;
    }
    if (n_bytes > region->reserved)
        return tw_fail(err, TRAWL_E_NOMEM, "out of memory: a column cannot grow beyond %llu bytes",
                       (unsigned long long)region->reserved);
    from = mapped(region);
    exact = round_up(n_bytes + region->skew, page_bytes());
    wide = exact;
    if (from > 0) /* it grows step by step: make the steps few */
        wide = TW_MAX(exact, from + TW_MAX(from / 8, step_bytes));
    wide = round_up(wide, region->large ? huge_bytes : page_bytes());
    wide = TW_MIN(wide, region->reserved + region->skew);
    if (region->spilled)
        return extend_spilled(region, wide, err);
    if (tw_budget_take(wide - from))
        return commit_anonymous(region, wide, err);
    if (exact < spill_threshold) {
        tw_budget_force(exact - from);
        return commit_anonymous(region, exact, err);
    }
    return region_spill(region, wide, err);
}

/* All in one mapping, one behind the other; each gives back its own part. False: not worth it, or
 * no room. */
static bool grow_together(struct tw_region *const *regions, const uint64_t *n_bytes, size_t n)
{
    uint64_t total = 0, large, all, from = 0;
    uint8_t *p;

    for (size_t i = 0; i < n; i++) {
        if (n_bytes[i] > most_bytes / n)
            return false;
        total += round_up(n_bytes[i] + page_bytes(), page_bytes());
    }
    if (total < huge_bytes || tw_budget_fault() || !tw_budget_take(total))
        return false;
    /* the last one is large too when most of it is used */
    large = (total + huge_bytes / 2) / huge_bytes * huge_bytes;
    all = TW_MAX(total, large);
    p = reserve_aligned(all);
    if (!p || mprotect(p, all, PROT_READ | PROT_WRITE) != 0) {
        if (p)
            munmap(p, all);
        tw_budget_give(total);
        return false;
    }
    madvise(p, large, MADV_HUGEPAGE);
    atomic_fetch_add_explicit(&reserved_bytes, all, memory_order_relaxed);
    for (size_t i = 0; i < n; i++) {
        const uint64_t part = round_up(n_bytes[i] + page_bytes(), page_bytes());

        region_begin(regions[i], p + from, i + 1 < n ? part : all - from, next_skew());
        regions[i]->committed = part - regions[i]->skew;
        from += part;
    }
    return true;
}

int tw_regions_grow_once(struct tw_region *const *regions, const uint64_t *n_bytes, size_t n,
                         trawl_error *err)
{
    int rc = TRAWL_OK;

    if (grow_together(regions, n_bytes, n))
        return TRAWL_OK;
    for (size_t i = 0; i < n && rc == TRAWL_OK; i++)
        rc = tw_region_grow(regions[i], n_bytes[i], n_bytes[i], err);
    return rc;
}

void tw_region_trim(struct tw_region *region, uint64_t n_bytes)
{
    const uint64_t from = mapped(region);
    uint64_t used = n_bytes + region->skew, keep = round_up(used, page_bytes()), tail;
    void *p;

    if (!region->base || n_bytes >= region->committed)
        return;
    memset(region->base + n_bytes, 0, TW_MIN(keep, from) - used);
    if (keep >= from)
        return;
    tail = from - keep;
    p = mmap(mapping(region) + keep, tail, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
    if (p == MAP_FAILED) { /* out of mappings: at least forget the bytes */
        memset(mapping(region) + keep, 0, tail);
        return;
    }
    if (region->spilled) {
        tw_spill_untrack(mapping(region));
        if (keep > 0)
            tw_spill_track(mapping(region), keep);
        if (ftruncate(region->fd, (off_t)keep) != 0)
            tail = 0; /* the file keeps its length: wasted, not wrong, see extend */
    } else {
        tw_budget_give(tail);
    }
    region->committed = keep > 0 ? keep - region->skew : 0;
}

void tw_region_seal(struct tw_region *region)
{
    const uint64_t all = region->reserved + region->skew,
                   keep = TW_MAX(mapped(region), page_bytes());

    if (!region->base || keep >= all)
        return;
    munmap(mapping(region) + keep, all - keep);
    atomic_fetch_sub_explicit(&reserved_bytes, all - keep, memory_order_relaxed);
    region->reserved = keep - region->skew;
}

void tw_region_fini(struct tw_region *region)
{
    const uint64_t all = region->reserved + region->skew;

    if (region->base) {
        if (region->spilled) {
            tw_spill_untrack(mapping(region));
            close(region->fd);
        } else {
            tw_budget_give(mapped(region));
        }
        munmap(mapping(region), all);
        atomic_fetch_sub_explicit(&reserved_bytes, all, memory_order_relaxed);
    }
    *region = (struct tw_region)TW_REGION_INIT;
}
