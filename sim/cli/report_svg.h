/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pictures of gnuplot as parts of a page. */
#ifndef SIM_REPORT_SVG_H
#define SIM_REPORT_SVG_H

#include <stdint.h>
#include <stdio.h>

enum { SVG_INKS = 400, SVG_INK = 20 };

/* The colours in which a light and a dark picture differ: the page has a variable for each pair. */
struct svg_inks {
    char light[SVG_INKS][SVG_INK], dark[SVG_INKS][SVG_INK];
    uint32_t n;
};

/* The same picture twice, on light and on dark ground, each with a 0 behind it. */
struct svg_picture {
    const char *light, *dark; /* dark: NULL, there is none */
    const char *label;        /* read out in its place */
    uint32_t number;          /* its own names are made unlike those of other pictures */
};

/* Writes an svg element with variables for the colours that differ. Title, description and whatever
 * stands before the picture are left out. 0; -EBADMSG, if it has anything but shapes and texts, or
 * if both are not one picture. Then what was written is good for nothing. */
int svg_write(FILE *, const struct svg_picture *, struct svg_inks *);

/* The variables, as a rule for light ground and one for dark. */
void svg_rules(FILE *, const struct svg_inks *);

#endif
