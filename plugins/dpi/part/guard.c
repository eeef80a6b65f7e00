/* libndpi without memory: it does not look everywhere whether it got some. What it asks for comes
 * through here, and where there is none its function is left by a jump. Must not know packets. */
#include "guard.h"

#include <setjmp.h>

static const trawl_host *host;

/* The function of libndpi that this thread is in. */
struct work {
    jmp_buf out;
    struct ndpi_detection_module_struct *volatile module; /* when it is there */
    int notes;    /* what it takes is to be freed when it is left */
    void **items; /* that */
    size_t n, capacity;
};
static _Thread_local struct work *work __attribute__((tls_model("initial-exec")));

/* @return 0: no memory */
static int note(struct work *w, void *p)
{
    if (w->n == w->capacity) {
        const size_t capacity = w->capacity ? w->capacity * 2 : 1024;
        void **grown = host->realloc(w->items, capacity * sizeof(*grown));

        if (!grown)
            return 0;
        w->items = grown;
        w->capacity = capacity;
    }
    w->items[w->n++] = p;
    return 1;
}

static void *take(size_t n)
{
    void *p = host->alloc(n);

    if (work && (!p || (work->notes && !note(work, p)))) {
        host->free(p);
        longjmp(work->out, 1);
    }
    return p;
}

/* It is mostly what was taken last. */
static void give_back(void *p)
{
    for (size_t i = work ? work->n : 0; i > 0; i--) {
        if (work->items[i - 1] == p) {
            work->items[i - 1] = work->items[--work->n];
            break;
        }
    }
    host->free(p);
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
    struct work w = {.notes = 1};

    work = &w;
    if (setjmp(w.out) == 0) {
        w.module = set_up();
    } else {
        for (size_t i = 0; i < w.n; i++)
            host->free(w.items[i]);
    }
    work = NULL;
    host->free(w.items);
    return w.module;
}

int guard_look(struct ndpi_detection_module_struct *module, struct ndpi_flow_struct *flow,
               const uint8_t *packet, uint16_t n, uint64_t ms, ndpi_protocol *ret)
{
    struct work w;

    w.notes = 0;
    w.n = 0;
    work = &w;
    if (setjmp(w.out) != 0) {
        work = NULL;
        return 0;
    }
    *ret = ndpi_detection_process_packet(module, flow, packet, n, ms);
    work = NULL;
    return 1;
}
