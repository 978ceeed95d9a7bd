# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label value share low high; $band: value share
note = 'bands: '.CERTAIN
look = LINES
k = 1
eval BEGIN
eval PLACE
words = named(METRIC, UNIT[1])
eval XLABEL
words = 'share of requests'
eval YLABEL
set yrange [0:1]
set xrange [0:*]
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using ($2 * SCALE[1]):3 with lines
} else {
    plot for [i = 1:N] $band index i - 1 using ($1 * SCALE[1]):2 with filledcurves closed lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using ($2 * SCALE[1]):3 with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
