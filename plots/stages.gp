# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label name value p90 p99
note = 'from the median to the 99th percentile, tick: 90th'
look = DOTS
k = 1
eval BEGIN
eval PLACE
words = named('time', UNIT[1])
eval XLABEL
unset ylabel
set lmargin at screen (ASCII ? 15.0 / TEXT_WIDE : 8.5 * FONT / WIDE)
set xtics ('' 1)
do for [e = -3:5] { set xtics add (bare(10.0 ** e) 10.0 ** e) }
set ytics ('' 0) scale 0
do for [i = 1:NAMES_N] { set ytics add (plain(NAMES[i]) i) }
stats $data using ($3 > 0 ? $3 * SCALE[1] : NaN) nooutput
least = STATS_min * 0.8
stats $data using ($5 * SCALE[1]) nooutput
set xrange [least * 0.8:STATS_max * 1.3]
set logscale x
set yrange [NAMES_N + 0.6:0.4]
beside(i, y) = y + 0.7 * ((i - 0.5) / (1.0 * N) - 0.5)
from(x) = x > 0 ? x * SCALE[1] : least
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using (from($3)):(beside(i, $2)) with points
} else {
    plot for [i = 1:N] $data index i - 1 using (from($3)):(beside(i, $2)):(from($5) - from($3)):(0) with vectors nohead lw thick(STYLE[i]) lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using (from($4)):(beside(i, $2)) with points pt '|' tc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using (from($3)):(beside(i, $2)) with points pt full(STYLE[i]) ps dot(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
