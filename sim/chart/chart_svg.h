/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What gnuplot makes of a chart, for people and pages. */
#ifndef SIM_CHART_SVG_H
#define SIM_CHART_SVG_H

#include <stddef.h>

/* An SVG as gnuplot wrote it, with the title and description of the chart in place of gnuplot's
 * own, without what would show its expressions as tool tips, and with `name` in all ids, so that
 * several may stand on a page. NULL: out of memory; to be freed. */
char *chart_svg(const char *svg, const char *name, const char *title, const char *help,
                size_t *size);

#endif
