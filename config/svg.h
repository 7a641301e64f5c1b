/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few shapes of SVG 1.1 that a picture of a board needs. Text is escaped here and nowhere else,
 * so that no name out of a file can become markup. Coordinates are whole pixels: no locale and no
 * rounding changes a picture.
 */
#ifndef CONFIG_SVG_H
#define CONFIG_SVG_H

#include <stdio.h>

/* What readers without a monospaced font of their own may need for one character, in 1/100 em. */
#define SVG_MONO_WIDTH	61
#define SVG_SANS_WIDTH	60

/* Markup characters escaped, other than printable ASCII shown as '?'. */
void svg_escape(FILE *f, const char *text);

/* One line of text of the style @class, from its lower left corner. */
__attribute__((format(printf, 5, 6)))
void svg_text(FILE *f, const char *class, int x, int y, const char *format, ...);

/*
 * @text in lines of at most @columns characters, broken at spaces or before '/' where there is one,
 * @line pixels apart, from the baseline @y on. Returns the baseline behind the last line.
 */
int svg_wrap(FILE *f, const char *class, int x, int y, int line, int columns, const char *text);

/* Classes are separated by spaces, as in HTML. Nothing thinner than a pixel is drawn. */
void svg_rect(FILE *f, const char *class, int x, int y, int width, int height);
void svg_line(FILE *f, const char *class, int x1, int y1, int x2, int y2);

#endif
