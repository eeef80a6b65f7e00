/* The one allocator and the budget of --memory-limit; fault injection; seeds.
 * Must not know what is allocated. */
#include <malloc.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/base/budget.h"

enum {
    spill_threshold = 1 << 20, /* smaller blocks never go to a file */
    large_threshold = 8 << 20, /* blocks that malloc maps apart (main.c) take large pages */
    mapped_offset = 64         /* of the block in its mapping, behind its header */
};

static _Atomic uint64_t memory_limit;
static _Atomic uint64_t memory_used;
static _Thread_local bool refused; /* the last one that failed, whatever succeeded since */

/* ---- fault injection ---- */

static pthread_once_t fault_once = PTHREAD_ONCE_INIT;
static atomic_bool fault_on;
static atomic_bool fault_repeats;
static _Atomic int64_t fault_countdown;

static void fault_set(const char *spec)
{
    char *end = NULL;
    long long n = spec && *spec ? strtoll(spec, &end, 10) : 0;

    atomic_store(&fault_on, false);
    if (n <= 0)
        return;
    atomic_store(&fault_countdown, n);
    atomic_store(&fault_repeats, *end == '+');
    atomic_store(&fault_on, true);
}

static void fault_init(void)
{
    fault_set(getenv("TRAWL_FAIL_ALLOC"));
}

void tw_memory_fail_at(const char *spec)
{
    pthread_once(&fault_once, fault_init);
    fault_set(spec);
}

bool tw_budget_fault(void)
{
    int64_t left;

    pthread_once(&fault_once, fault_init);
    if (TW_LIKELY(!atomic_load_explicit(&fault_on, memory_order_relaxed)))
        return false;
    left = atomic_fetch_sub(&fault_countdown, 1);
    return left == 1 || (left < 1 && atomic_load(&fault_repeats));
}

/* ---- budget ---- */

void tw_memory_set_limit(uint64_t n_bytes)
{
    atomic_store(&memory_limit, n_bytes);
}

uint64_t tw_memory_limit(void)
{
    return atomic_load_explicit(&memory_limit, memory_order_relaxed);
}

uint64_t tw_memory_used(void)
{
    return atomic_load_explicit(&memory_used, memory_order_relaxed);
}

bool tw_memory_refused(void)
{
    return refused;
}

void tw_budget_set_refused(bool value)
{
    refused = value;
}

bool tw_budget_take(uint64_t n_bytes)
{
    uint64_t limit = tw_memory_limit();
    uint64_t before = atomic_fetch_add_explicit(&memory_used, n_bytes, memory_order_relaxed);

    if (limit == 0 || before + n_bytes <= limit - limit / 4)
        return true;
    tw_budget_give(n_bytes);
    return false;
}

void tw_budget_force(uint64_t n_bytes)
{
    atomic_fetch_add_explicit(&memory_used, n_bytes, memory_order_relaxed);
}

void tw_budget_give(uint64_t n_bytes)
{
    atomic_fetch_sub_explicit(&memory_used, n_bytes, memory_order_relaxed);
}

/* ---- blocks past the limit: mappings of temporary files ---- */

struct mapped {
    struct mapped *next;
    uint64_t n_bytes; /* of the mapping, this header included */
};
static pthread_mutex_t mapped_lock = PTHREAD_MUTEX_INITIALIZER;
static struct mapped *mapped_head;
static _Atomic uint32_t n_mapped;

static void *mapped_alloc(size_t n_bytes)
{
    struct mapped *block;
    size_t total;
    int fd;

    if (!tw_add_size(n_bytes, mapped_offset, &total))
        return NULL;
    fd = tw_spill_open(total, NULL);
    if (fd < 0)
        return NULL;
    block = mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (block == MAP_FAILED)
        return NULL;
    block->n_bytes = total;
    pthread_mutex_lock(&mapped_lock);
    block->next = mapped_head;
    mapped_head = block;
    atomic_fetch_add(&n_mapped, 1);
    pthread_mutex_unlock(&mapped_lock);
    tw_spill_track(block, total);
    return (uint8_t *)block + mapped_offset;
}

/* The mapped block that p is, taken out of the list when `take`; NULL when p is not one. */
static struct mapped *mapped_find(void *p, bool take)
{
    struct mapped *found = NULL;

    if (atomic_load(&n_mapped) == 0 || ((uintptr_t)p & 4095) != mapped_offset)
        return NULL;
    pthread_mutex_lock(&mapped_lock);
    for (struct mapped **at = &mapped_head; *at; at = &(*at)->next) {
        if ((uint8_t *)*at + mapped_offset != (uint8_t *)p)
            continue;
        found = *at;
        if (take) {
            *at = found->next;
            atomic_fetch_sub(&n_mapped, 1);
        }
        break;
    }
    pthread_mutex_unlock(&mapped_lock);
    return found;
}

/* ---- the allocator ---- */

/* Of a block that nobody has touched; where memory is short, a page that is hardly used is much. */
static void advise_large(void *p, size_t n_bytes)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)p & ~(page - 1);
    const uint64_t limit = tw_memory_limit();

    if (!limit || n_bytes < limit / 16)
        madvise((void *)from, n_bytes + ((uintptr_t)p - from), MADV_HUGEPAGE);
}

static void *alloc_block(size_t n_bytes, bool is_zero)
{
    void *p;

    if (n_bytes == 0)
        n_bytes = 1;
    if (tw_budget_fault()) {
        refused = false;
        return NULL;
    }
    if (!tw_budget_take(n_bytes)) {
        /* Small things may use the last quarter, so that a full budget can still be reported
         * and cleaned up; big ones go to a file. */
        p = n_bytes >= spill_threshold ? mapped_alloc(n_bytes) : NULL;
        if (p)
            return p;
        if (n_bytes >= spill_threshold || tw_memory_used() + n_bytes > tw_memory_limit()) {
            refused = true;
            return NULL;
        }
        tw_budget_force(n_bytes);
    }
    p = is_zero ? calloc(1, n_bytes) : malloc(n_bytes);
    if (!p) {
        refused = false;
        tw_budget_give(n_bytes);
        return NULL;
    }
    /* Count what tw_free will find. */
    tw_budget_force(malloc_usable_size(p) - n_bytes);
    if (n_bytes >= large_threshold)
        advise_large(p, n_bytes);
    return p;
}

void tw_alloc_large_pages(void)
{
    enum { N_BYTES = 6 << 20, PAGE = 4096, N_LIMIT = 1 << 30 };
    void *blocks[2]; /* less each than what malloc maps apart: the hint stays with the heap */
    struct rlimit space;

    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur < N_LIMIT)
        return; /* what the heap has is none of the regions' */
    for (size_t i = 0; i < TW_COUNT(blocks); i++) {
        blocks[i] = malloc(N_BYTES);
        if (blocks[i])
            madvise((void *)((uintptr_t)blocks[i] & ~(uintptr_t)(PAGE - 1)), N_BYTES + PAGE,
                    MADV_HUGEPAGE);
    }
    for (size_t i = 0; i < TW_COUNT(blocks); i++)
        free(blocks[i]);
}

void *tw_alloc(size_t n_bytes)
{
    return alloc_block(n_bytes, true);
}

void *tw_alloc_unset(size_t n_bytes)
{
    return alloc_block(n_bytes, false);
}

void *tw_alloc_array(size_t n, size_t size)
{
    size_t n_bytes;

    if (!tw_mul_size(n, size, &n_bytes))
        return NULL;
    return tw_alloc(n_bytes);
}

static size_t usable_size(void *p)
{
    struct mapped *block = mapped_find(p, false);

    return block ? (size_t)block->n_bytes - mapped_offset : malloc_usable_size(p);
}

void *tw_realloc_array(void *p, size_t n, size_t size)
{
    size_t n_bytes, old;
    void *grown;

    if (!p)
        return tw_alloc_array(n, size);
    if (!tw_mul_size(n, size, &n_bytes))
        return NULL;
    if (n_bytes == 0)
        n_bytes = 1;
    old = usable_size(p);
    if (!mapped_find(p, false) && (n_bytes <= old || tw_budget_take(n_bytes - old))) {
        if (n_bytes > old)
            tw_budget_give(n_bytes - old);
        grown = tw_budget_fault() ? NULL : realloc(p, n_bytes);
        if (grown) {
            tw_budget_give(old);
            tw_budget_force(malloc_usable_size(grown));
        } else {
            refused = false;
        }
        return grown;
    }
    if (n_bytes <= old)
        return p;
    grown = tw_alloc(n_bytes);
    if (!grown)
        return NULL;
    memcpy(grown, p, TW_MIN(old, n_bytes));
    tw_free(p);
    return grown;
}

bool tw_grow(void *array, size_t n_want, size_t *capacity, size_t size)
{
    const size_t more = TW_MAX(*capacity ? *capacity * 2 : 16, n_want);
    void *p;

    if (n_want <= *capacity)
        return true;
    memcpy(&p, array, sizeof(p)); /* whatever the pointer's type */
    p = tw_realloc_array(p, more, size);
    if (!p)
        return false;
    memcpy(array, &p, sizeof(p));
    *capacity = more;
    return true;
}

void tw_free(void *p)
{
    struct mapped *block;

    if (!p)
        return;
    block = mapped_find(p, true);
    if (block) {
        tw_spill_untrack(block);
        munmap(block, block->n_bytes);
        return;
    }
    tw_budget_give(malloc_usable_size(p));
    free(p);
}

char *tw_strndup(const char *s, size_t n)
{
    size_t size;
    char *copy;

    if (!tw_add_size(n, 1, &size))
        return NULL;
    copy = tw_alloc(size);
    if (copy)
        memcpy(copy, s, n);
    return copy;
}

char *tw_strdup(const char *s)
{
    return tw_strndup(s, strlen(s));
}

char *tw_asprintf(const char *format, ...)
{
    va_list args;
    char *s;
    int n;

    va_start(args, format);
    n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        return NULL;
    s = tw_alloc((size_t)n + 1);
    if (!s)
        return NULL;
    va_start(args, format);
    vsnprintf(s, (size_t)n + 1, format, args);
    va_end(args);
    return s;
}
