# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label request value low high average cut settled
note = 'bands: '.CERTAIN.'; lines: moving average; triangles: the cut'
look = LINES
k = 1
eval BEGIN
eval PLACE
words = 'request'
eval XLABEL
words = named('latency', UNIT[1])
eval YLABEL
set yrange [0:*]
set xrange [0:*]
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using 2:($6 * SCALE[1]) with lines
} else {
    plot for [i = 1:N] $data index i - 1 using 2:($4 * SCALE[1]):($5 * SCALE[1]) with filledcurves lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using 2:($6 * SCALE[1]) with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 every ::0::0 using ($8 > 0 ? $7 : NaN):(0) with points pt 9 ps 2 * dot(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
