/* Drawing a figure with PLplot. */
#ifndef RENDER_DRAW_H
#define RENDER_DRAW_H

#include "read.h"

/** Draw into path with a PLplot device ("pngcairo", "svgcairo", "pdfcairo"); bars may be turned on
 * the way. PLplot may end the program itself when the device fails. */
void draw_figure(struct figure *figure, const char *device, const char *path);

#endif
