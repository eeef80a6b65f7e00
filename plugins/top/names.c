/* What plugins say of destinations: their names, and which of them count. Knows nothing of
 * segments. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "top.h"

char *split_word(const char *word, const char **ret_argument)
{
    const char *colon = strchr(word, ':');
    const size_t n = colon ? (size_t)(colon - word) : strlen(word);
    char *name = host->alloc(n + 1);

    if (name)
        memcpy(name, word, n);
    *ret_argument = colon ? colon + 1 : NULL;
    return name;
}

/* ---- names ---- */

/* A row and its address. */
struct addressed {
    const uint8_t *address;
    uint32_t row;
};

struct fold {
    trawl_builder *labels;
    struct addressed *order;  /* of all rows: theirs depends on the threads that found them */
    uint8_t (*addresses)[16]; /* of rows that have no name yet */
    uint32_t *rows;           /* of them */
    uint32_t *label_of;       /* by row; NO_GROUP: none yet */
    size_t n;
    int64_t wait_ns; /* for resolvers that go on in the background */
    int tells;       /* of addresses that they have not heard of yet */
};

static int named(void *context, size_t i, const void *text, size_t n, trawl_error *err)
{
    struct fold *fold = context;

    return i < fold->n && n
               ? host->builder_code(fold->labels, 0, text, n, &fold->label_of[fold->rows[i]], err)
               : TRAWL_OK;
}

static int by_address(const void *left, const void *right)
{
    const struct addressed *a = left, *b = right;

    return memcmp(a->address, b->address, 16);
}

static void put_in_order(const struct top *top, struct fold *fold)
{
    for (size_t i = 0; i < top->all.n; i++)
        fold->order[i] = (struct addressed){
            top->addresses.addresses[top->all.items[i].group & 0x7fffffff], (uint32_t)i};
    qsort(fold->order, top->all.n, sizeof(*fold->order), by_address);
}

/* The addresses that still have no name. */
static void gather(const struct top *top, struct fold *fold)
{
    fold->n = 0;
    for (size_t i = 0; i < top->all.n; i++) {
        if (fold->label_of[fold->order[i].row] != NO_GROUP)
            continue;
        memcpy(fold->addresses[fold->n], fold->order[i].address, 16);
        fold->rows[fold->n++] = fold->order[i].row;
    }
}

static int64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What a resolver knows, and what it finds out within the time that is left. */
static int wait_for(trawl_call *call, const struct trawl_resolver *resolver, void *state,
                    const struct top *top, struct fold *fold, trawl_error *err)
{
    static const struct timespec pause = {.tv_nsec = 20000000};
    const int64_t began = now();
    const size_t n = fold->n;
    int rc;

    for (;;) {
        rc = resolver->resolve(call, state, (const uint8_t(*)[16])fold->addresses, fold->n, named,
                               fold, err);
        gather(top, fold);
        if (rc != TRAWL_RESOLVE_LATER || now() - began >= fold->wait_ns)
            break;
        host->progress(call, n - fold->n, n);
        if (host->cancelled(call))
            return host->fail(err, TRAWL_E_CANCELLED, "interrupted");
        nanosleep(&pause, NULL);
    }
    fold->wait_ns -= now() - began < fold->wait_ns ? now() - began : fold->wait_ns;
    if (rc != TRAWL_RESOLVE_LATER)
        return rc;
    if (fold->tells)
        host->log(2,
                  "top: %zu addresses have no name, of some '%s' has not heard yet: ask again, "
                  "or have --resolve-wait longer",
                  fold->n, resolver->name);
    return TRAWL_OK;
}

static int ask(trawl_call *call, const char *word, trawl_capture *capture, const struct top *top,
               struct fold *fold, trawl_error *err)
{
    const char *argument;
    char *name = split_word(word, &argument);
    const struct trawl_resolver *resolver = name ? host->resolver(call, name, err) : NULL;
    void *state;
    int rc;

    if (!name)
        return top_nomem(err);
    if (!resolver)
        host->place(call, word, strlen(name), err);
    host->free(name);
    if (!resolver)
        return TRAWL_E_USAGE;
    rc = resolver->open(call, capture, argument, &state, err);
    if (rc != TRAWL_OK)
        return rc;
    rc = wait_for(call, resolver, state, top, fold, err);
    resolver->close(state);
    return rc;
}

int names_later(const struct plan *plan)
{
    return plan->by == BY_NAME || plan->by == BY_ASN || plan->by == BY_LABEL;
}

static int find_names(trawl_call *call, const struct plan *plan, trawl_capture *capture,
                      const struct top *top, struct fold *fold, trawl_error *err)
{
    const char *own = plan->by == BY_ASN ? "asn" : plan->by == BY_LABEL ? "label" : "answers";
    const trawl_words *words = &plan->resolvers;
    int rc = TRAWL_OK;

    put_in_order(top, fold);
    gather(top, fold);
    for (size_t i = 0; rc == TRAWL_OK && i < (words->n ? words->n : 1); i++)
        rc = ask(call, words->n ? words->items[i] : own, capture, top, fold, err);
    for (size_t i = 0; rc == TRAWL_OK && plan->by == BY_NAME && i < fold->n; i++) {
        char text[INET6_ADDRSTRLEN + 8];

        rc = named(fold, i, text, address_text(fold->addresses[i], 128, text, sizeof(text)), err);
    }
    return rc;
}

/* label_of[i] becomes the place of row i among the new ones. */
static int merge_rows(struct top *top, uint32_t *label_of, trawl_error *err)
{
    struct destinations rows = {.seed = top->all.seed};
    int rc = TRAWL_OK;

    for (size_t i = 0; rc == TRAWL_OK && i < top->all.n; i++) {
        const struct destination *d = &top->all.items[i];
        uint32_t to;

        rc = destinations_find(&rows, label_of[i], 0, d->inbound, &to, err);
        if (rc == TRAWL_OK && numbers_merge(&rows.items[to].numbers, &d->numbers) != 0)
            rc = top_nomem(err);
        label_of[i] = to;
    }
    destinations_fini(&top->all);
    top->all = rows;
    return rc;
}

int names_fold(trawl_call *call, const struct plan *plan, trawl_capture *capture, struct top *top,
               uint32_t **ret_rows, trawl_error *err)
{
    struct fold fold = {.labels = labels_new(err),
                        .wait_ns = plan->resolve_wait_ns > 0 ? plan->resolve_wait_ns : 0,
                        .tells = plan->resolve_wait_ns >= 0};
    const size_t n = top->all.n + 1;
    int rc = TRAWL_OK;

    if (!fold.labels)
        return TRAWL_E_NOMEM;
    fold.order = host->alloc(n * sizeof(*fold.order));
    fold.addresses = host->alloc(n * sizeof(*fold.addresses));
    fold.rows = host->alloc(n * sizeof(*fold.rows));
    fold.label_of = host->alloc(n * sizeof(*fold.label_of));
    if (!fold.order || !fold.addresses || !fold.rows || !fold.label_of)
        rc = top_nomem(err);
    if (rc == TRAWL_OK) {
        memset(fold.label_of, 0xff, n * sizeof(*fold.label_of));
        rc = find_names(call, plan, capture, top, &fold, err);
    }
    if (rc == TRAWL_OK)
        rc = merge_rows(top, fold.label_of, err);
    host->free(fold.order);
    host->free(fold.addresses);
    host->free(fold.rows);
    if (rc == TRAWL_OK && ret_rows)
        *ret_rows = fold.label_of;
    else
        host->free(fold.label_of);
    if (rc == TRAWL_OK)
        rc = labels_finish(fold.labels, &top->groups.labels, err);
    else
        host->builder_free(fold.labels);
    if (rc == TRAWL_OK)
        rc = host->view(call, top->groups.labels, 0, &top->label_view, err);
    return rc;
}

/* ---- allow lists ---- */

static int allow_open(trawl_call *call, const char *word, trawl_capture *capture,
                      struct allowing *ret, trawl_error *err)
{
    const char *argument;
    char *name = split_word(word, &argument);
    const struct trawl_allow *allow = name ? host->allow(call, name, err) : NULL;
    int rc;

    if (!name)
        return top_nomem(err);
    if (!allow)
        host->place(call, word, strlen(name), err);
    host->free(name);
    if (!allow)
        return TRAWL_E_USAGE;
    rc = allow->open(call, capture, argument, &ret->state, err);
    if (rc == TRAWL_OK)
        ret->of = allow;
    return rc;
}

int allows_open(trawl_call *call, const trawl_words *words, trawl_capture *capture,
                struct plan *plan, trawl_error *err)
{
    int rc = TRAWL_OK;

    plan->allows = host->call_alloc(call, (words->n + 1) * sizeof(*plan->allows));
    if (!plan->allows)
        return top_nomem(err);
    for (size_t i = 0; rc == TRAWL_OK && i < words->n; i++) {
        rc = allow_open(call, words->items[i], capture, &plan->allows[i], err);
        plan->n_allows += rc == TRAWL_OK;
    }
    return rc;
}

int is_allowed(const struct plan *plan, const uint8_t address[16], uint16_t port)
{
    for (size_t i = 0; i < plan->n_allows; i++)
        if (plan->allows[i].of->allow(plan->allows[i].state, address, port))
            return 1;
    return plan->n_allows == 0;
}

void allows_close(struct plan *plan)
{
    for (size_t i = 0; i < plan->n_allows; i++)
        plan->allows[i].of->close(plan->allows[i].state);
    plan->n_allows = 0;
}
