# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label value share low high; $band: value share
note = 'bands: '.CERTAIN
look = LINES
k = 1
eval BEGIN
eval PLACE
words = named(METRIC, UNIT[1])
eval XLABEL
words = 'share of requests that took longer'
eval YLABEL
# From the first decile on: below it all are alike.
least = NaN
do for [i = 1:N] {
    stats $data index i - 1 using ($3 <= 0.9 ? $2 * SCALE[1] : NaN) nooutput
    least = least == least && least < STATS_min ? least : STATS_min
}
set logscale xy
set yrange [*:1]
set ytics ('1' 1, '0.1' 0.1, '0.01' 0.01, '10⁻³' 1e-3, '10⁻⁴' 1e-4, '10⁻⁵' 1e-5, '10⁻⁶' 1e-6, '10⁻⁷' 1e-7)
set xrange [least:*]
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using ($2 * SCALE[1]):3 with lines
} else {
    plot for [i = 1:N] $band index i - 1 using ($1 * SCALE[1]):2 with filledcurves closed lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using ($2 * SCALE[1]):3 with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
