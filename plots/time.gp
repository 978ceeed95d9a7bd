# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel start stop value low high
note = 'bands: '.CERTAIN
look = LINES
words = 'time (s)'
# Windows apart from each other: no line leads from one to the next.
APART_N = 0
last_stop = 1e300
stats $data using (APART_N = APART_N + ($3 > last_stop * (1 + 1e-9)), last_stop = $4, 0) nooutput
eval BEGIN
eval XLABEL
stats $data using 4 nooutput
low = 0
high = STATS_max
set xrange [0:high]
do for [k = 1:ROWS] {
    eval PLACE
    words = named(PANELS[k], UNIT[k])
    eval YLABEL
    eval XTICS
    eval MARKS
    a = FIRST[k]
    b = LAST[k]
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using (($3 + $4) / 2):($5 * SCALE[k]) with lines
    } else {
        plot for [i = a:b] $data index i - 1 using (($3 + $4) / 2):($6 * SCALE[k]):($7 * SCALE[k]) with filledcurves lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using (($3 + $4) / 2):($5 * SCALE[k]) with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using (APART_N > 0 ? ($3 + $4) / 2 : NaN):($5 * SCALE[k]):3:4:((valid(6) ? $6 : $5) * SCALE[k]):((valid(7) ? $7 : $5) * SCALE[k]) with xyerrorbars pt full(STYLE[i]) ps dot(STYLE[i]) lw THICK * 0.6 lc rgb colour(STYLE[i])
    }
    unset arrow
    unset object
}
eval END
