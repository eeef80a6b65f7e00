/* main() for a fuzz target without libFuzzer: runs every file of the folders and files it is given.
 * Must not know what the target tests. */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Called by a sanitizer before it ends the program; absent without one. */
__attribute__((weak)) void __sanitizer_set_death_callback(void (*callback)(void));

enum { LARGEST = 1 << 20, PATIENCE = 60 }; /* bytes, seconds */

static size_t n_inputs;
static uint64_t state = 0x9e3779b97f4a7c15u;
static const char *keep_folder; /* where an input that crashes is left, or NULL */
static const uint8_t *current;
static size_t current_size;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void keep_current(void)
{
    char path[4096];
    FILE *f;

    if (!keep_folder || !current)
        return;
    snprintf(path, sizeof(path), "%s/crash-%zu", keep_folder, n_inputs);
    f = fopen(path, "wb"); /* the process is lost: a handler's rules matter no more */
    if (f) {
        fwrite(current, 1, current_size, f);
        fclose(f);
    }
    current = NULL;
}

static void on_crash(int signal_number)
{
    keep_current();
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

static void run_bytes(const uint8_t *data, size_t size)
{
    /* A copy of its own size, so that an address sanitizer sees the first byte beyond. */
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        return;
    memcpy(copy, data, size);
    current = data;
    current_size = size;
    if (keep_folder)
        alarm(PATIENCE);
    LLVMFuzzerTestOneInput(copy, size);
    current = NULL;
    free(copy);
    n_inputs++;
}

/* A place for damage: half of the time in the head, where formats keep their lengths. */
static size_t place(size_t size)
{
    const uint64_t r = next_random();

    return (size_t)(r >> 8) % (r & 1 && size > 128 ? 128 : size);
}

/* A number of 16 or 32 bits, as lengths and counts are, in either byte order. */
static void put_number(uint8_t *data, size_t size, size_t at)
{
    static const uint32_t telling[] = {0,          1,          4,          8,
                                       0xffff,     0x10000,    262144,     262145,
                                       0x01000000, 0x7fffffff, 0x80000000, 0xffffffff};
    const uint64_t r = next_random();
    const uint32_t v = r & 1 ? telling[(r >> 8) % (sizeof(telling) / sizeof(telling[0]))]
                             : (uint32_t)(r >> 16) % 4096;
    const size_t n = r & 2 ? 4 : 2;

    for (size_t i = 0; i < n && at + i < size; i++)
        data[at + i] = (uint8_t)(v >> 8 * (r & 4 ? i : n - 1 - i));
}

/* One kind of damage; the new size. The room is that of the buffer. */
static size_t damage(uint8_t *data, size_t size, size_t room)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    const uint64_t r = next_random();
    const size_t at = place(size);
    size_t n = 1 + (size_t)(r >> 32) % 64;

    switch (r % 8) {
    case 0:
    case 1:
        data[at] = telling[(r >> 8) % sizeof(telling)];
        return size;
    case 2:
    case 3:
        data[at] = (uint8_t)(data[at] ^ 1u << (r >> 8 & 7));
        return size;
    case 4:
    case 5:
        put_number(data, size, at);
        return size;
    case 6: /* bytes are missing */
        n = n < size - at ? n : size - at;
        if (n == size)
            return size;
        memmove(data + at, data + at + n, size - at - n);
        return size - n;
    default: /* bytes stand there twice */
        n = n < size - at ? n : size - at;
        if (size + n > room)
            return size;
        memmove(data + at + n, data + at, size - at);
        return size + n;
    }
}

/* n damaged copies: changed, shifted, cut. The same ones in every run with the same seed. */
static void run_mutated(const uint8_t *data, size_t size, size_t n)
{
    uint8_t *copy = malloc(2 * size + 1);

    for (size_t i = 0; copy && size && i < n; i++) {
        size_t length = size;

        memcpy(copy, data, size);
        for (uint64_t k = 1 + next_random() % 4; k > 0; k--)
            length = damage(copy, length, 2 * size);
        run_bytes(copy, next_random() % 8 ? length : next_random() % length);
    }
    free(copy);
}

static void run_file(const char *path, int cut, size_t n_mutated)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(LARGEST);
    size_t n;

    if (!f || !data) {
        fprintf(stderr, "could not read '%s'\n", path);
        exit(1);
    }
    n = fread(data, 1, LARGEST, f);
    fclose(f);
    if (getenv("FUZZ_VERBOSE"))
        fprintf(stderr, "%s\n", path);
    run_bytes(data, n);
    for (size_t k = 0; cut && k < n; k++)
        run_bytes(data, k);
    run_mutated(data, n, n_mutated);
    free(data);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void run_path(const char *path, int cut, size_t n_mutated)
{
    struct stat st;
    struct dirent **names;
    int n;

    if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
        run_file(path, cut, n_mutated);
        return;
    }
    n = scandir(path, &names, NULL, by_name);
    for (int i = 0; i < n; i++) {
        char whole[4096];

        snprintf(whole, sizeof(whole), "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && !stat(whole, &st) && S_ISREG(st.st_mode))
            run_file(whole, cut, n_mutated);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

/** usage: fuzz_TARGET [--cut] [--mutate N] [--seed N] [--keep FOLDER] FILE-OR-FOLDER...
 * --cut: every prefix of every file too; --mutate: N damaged copies of each, the same ones with the
 * same seed; --keep: an input that crashes, or takes a minute, is left in that folder. */
int main(int argc, char **argv)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGALRM};
    int cut = 0;
    size_t n_mutated = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--cut"))
            cut = 1;
        else if (!strcmp(argv[i], "--mutate") && i + 1 < argc)
            n_mutated = (size_t)strtoull(argv[++i], NULL, 10);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            state = 0x9e3779b97f4a7c15u ^ strtoull(argv[++i], NULL, 10) << 1;
        else if (!strcmp(argv[i], "--keep") && i + 1 < argc) {
            keep_folder = argv[++i];
            if (__sanitizer_set_death_callback)
                __sanitizer_set_death_callback(keep_current);
            for (size_t k = 0; k < sizeof(crashes) / sizeof(crashes[0]); k++)
                signal(crashes[k], on_crash);
        } else {
            run_path(argv[i], cut, n_mutated);
        }
    }
    printf("%zu inputs\n", n_inputs);
    return n_inputs == 0;
}
