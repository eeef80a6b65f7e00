/* Setting up libndpi without memory: it does not look whether it got some. What it asks for comes
 * through here, and where there is none the set-up is left by a jump, and freed. Must not know
 * packets. */
#include "guard.h"

#include <setjmp.h>
#include <stdlib.h>

static const trawl_host *host;

/* What the module that is being set up by this thread has taken. */
struct taken {
    jmp_buf out;
    struct ndpi_detection_module_struct *volatile module; /* when it is there */
    void **items;
    size_t n, capacity;
};
static _Thread_local struct taken *taken;

/* @return 0: no memory */
static int note(struct taken *t, void *p)
{
    if (t->n == t->capacity) {
        const size_t capacity = t->capacity ? t->capacity * 2 : 1024;
        void **grown = host->realloc(t->items, capacity * sizeof(*grown));

        if (!grown)
            return 0;
        t->items = grown;
        t->capacity = capacity;
    }
    t->items[t->n++] = p;
    return 1;
}

/* The library frees with free() what it got by malloc() itself, and the other way round: memory is
 * that of the C library. */
static void *take(size_t n)
{
    void *p = malloc(n);

    if (taken && (!p || !note(taken, p))) {
        free(p);
        longjmp(taken->out, 1);
    }
    return p;
}

/* It is mostly what was taken last. */
static void give_back(void *p)
{
    for (size_t i = taken ? taken->n : 0; i > 0; i--) {
        if (taken->items[i - 1] == p) {
            taken->items[i - 1] = taken->items[--taken->n];
            break;
        }
    }
    free(p);
}

void guard_init(const trawl_host *from)
{
    host = from;
    set_ndpi_malloc(take);
    set_ndpi_free(give_back);
}

static struct ndpi_detection_module_struct *set_up(void)
{
    struct ndpi_detection_module_struct *module = ndpi_init_detection_module(ndpi_no_prefs);
    NDPI_PROTOCOL_BITMASK all;

    if (!module)
        return NULL;
    NDPI_BITMASK_SET_ALL(all);
    ndpi_set_protocol_detection_bitmask2(module, &all);
    ndpi_finalize_initialization(module);
    return module;
}

struct ndpi_detection_module_struct *guard_module_new(void)
{
    struct taken t = {.module = NULL};

    taken = &t;
    if (setjmp(t.out) == 0) {
        t.module = set_up();
    } else {
        for (size_t i = 0; i < t.n; i++)
            free(t.items[i]);
    }
    taken = NULL;
    host->free(t.items);
    return t.module;
}
