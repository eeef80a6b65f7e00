/* main() for a fuzz target without libFuzzer: runs every file of the folders and files it is given.
 * Must not know what the target tests. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t n_inputs;
static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t next_random(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void run_bytes(const uint8_t *data, size_t size)
{
    /* A copy of its own size, so that an address sanitizer sees the first byte beyond. */
    uint8_t *copy = malloc(size ? size : 1);

    if (!copy)
        return;
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    n_inputs++;
}

/* n copies with a few bytes changed, cut or doubled: always the same ones. */
static void run_mutated(const uint8_t *data, size_t size, unsigned n)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xfe, 0xff};
    uint8_t *copy = malloc(size + 1);

    for (unsigned i = 0; copy && size && i < n; i++) {
        size_t length = next_random() % 8 ? size : next_random() % size;

        memcpy(copy, data, size);
        for (unsigned k = 1 + next_random() % 4; k > 0; k--) {
            uint64_t r = next_random();
            size_t at = (size_t)(r >> 8) % size;

            copy[at] = r & 1 ? telling[(r >> 1) % sizeof(telling)]
                             : (uint8_t)(copy[at] ^ 1u << (r & 7));
        }
        run_bytes(copy, length);
    }
    free(copy);
}

static void run_file(const char *path, int cut, unsigned n_mutated)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = malloc(1 << 20);
    size_t n;

    if (!f || !data) {
        fprintf(stderr, "could not read '%s'\n", path);
        exit(1);
    }
    n = fread(data, 1, 1 << 20, f);
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

static void run_path(const char *path, int cut, unsigned n_mutated)
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

/** usage: fuzz_TARGET [--cut] [--mutate N] FILE-OR-FOLDER...
 * --cut: every prefix of every file too; --mutate: N damaged copies of each, always the same. */
int main(int argc, char **argv)
{
    int cut = 0;
    unsigned n_mutated = 0;

    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--cut"))
            cut = 1;
        else if (!strcmp(argv[i], "--mutate") && i + 1 < argc)
            n_mutated = (unsigned)strtoul(argv[++i], NULL, 10);
        else
            run_path(argv[i], cut, n_mutated);
    }
    printf("%zu inputs\n", n_inputs);
    return n_inputs == 0;
}
