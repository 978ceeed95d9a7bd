/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only place that starts gnuplot: a script in, a picture out. */
#ifndef SIM_GNUPLOT_H
#define SIM_GNUPLOT_H

#include <stddef.h>

/* Lets gnuplot read a script, without a shell and without anybody's settings. 0 with *bytes to be
 * freed and a 0 behind them, or -errno with a sentence in `why`: -ENOENT there is no gnuplot (the
 * sentence names the package), -ETIME it took more than a minute, -EIO it said that the script is
 * wrong (its first message). */
int gnuplot_draw(const char *script, size_t n, char **bytes, size_t *size, char *why, size_t room);

#endif
