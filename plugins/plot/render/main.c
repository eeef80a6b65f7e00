/* trawl-plot: draws the figure that comes on stdin. Started by the plot plugin.
 * usage: trawl-plot DEVICE FILE */
#include <stdio.h>

#include "draw.h"

/* Under the leak checker: fontconfig and pango keep their caches until the end, and this program
 * draws once and ends. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return 1;
}

int main(int argc, char **argv)
{
    static struct figure figure;
    FILE *written;
    long size = 0;

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
        perror("the file cannot be written");
        return 1;
    }
    fclose(written);
    draw_figure(&figure, argv[1], argv[2]);
    written = fopen(argv[2], "rb");
    if (written) {
        fseek(written, 0, SEEK_END);
        size = ftell(written);
        fclose(written);
    }
    if (size <= 0) {
        fprintf(stderr, "nothing was written: the disk may be full\n");
        return 1;
    }
    return 0;
}
