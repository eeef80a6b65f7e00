/* trawl-plot: draws the figure that comes on stdin. Started by the plot plugin.
 * usage: trawl-plot DEVICE FILE */
#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "draw.h"

/* Under the leak checker: fontconfig and pango keep their caches until the end, and this program
 * draws once and ends. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

/* Each kind of file ends in a way of its own: neither PLplot nor cairo tells of a full disk. */
static int is_whole(const char *path)
{
    static const struct {
        const char *begin, *end;
    } kinds[] = {{"\x89PNG", "IEND\xae\x42\x60\x82"}, {"<?xml", "</svg>\n"}, {"%PDF", "%%EOF\n"}};
    char begin[8] = "", end[16] = "";
    FILE *f = fopen(path, "rb");
    size_t n_end = 0;

    if (!f)
        return 0;
    if (fread(begin, 1, sizeof(begin) - 1, f) > 0 && fseek(f, -(long)sizeof(end), SEEK_END) == 0)
        n_end = fread(end, 1, sizeof(end), f);
    fclose(f);
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const size_t n = strlen(kinds[i].end);

        if (strncmp(begin, kinds[i].begin, strlen(kinds[i].begin)) == 0)
            return n_end >= n && memcmp(end + n_end - n, kinds[i].end, n) == 0;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct figure figure;
    FILE *written;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* who would give the file its name is gone */
    if (argc != 3) {
        fprintf(stderr, "usage: trawl-plot DEVICE FILE < figure\n");
        return 2;
    }
    if (read_figure(&figure) != 0) {
        fprintf(stderr, "what came is not a whole figure\n");
        return 1;
    }
    written = fopen(argv[2], "wb"); /* PLplot would not say why it cannot */
    if (!written) {
        const char *why = strerror(errno);

        fprintf(stderr, "the file cannot be written: %c%s\n", tolower(why[0]), why + 1);
        return 1;
    }
    fclose(written);
    draw_figure(&figure, argv[1], argv[2]);
    if (!is_whole(argv[2])) {
        fprintf(stderr, "not all of it could be written: the disk may be full\n");
        return 1;
    }
    return 0;
}
