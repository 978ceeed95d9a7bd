# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel x value low high weak name
note = 'bands: '.CERTAIN.'; hollow: not steady, or no interval'
look = BOTH
words = axis(AXIS)
eval BEGIN
eval XLABEL
eval SWEEP
set yrange [0:*]
do for [k = 1:ROWS] {
    eval PLACE
    words = PANELS[k].' (requests/s)'
    eval YLABEL
    a = FIRST[k]
    b = LAST[k]
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using 3:4 with linespoints
    } else {
        plot for [i = a:b] $data index i - 1 using 3:5:6 with filledcurves lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using 3:4 with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using 3:($7 > 0 ? NaN : $4) with points pt full(STYLE[i]) ps dot(STYLE[i]) lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using 3:($7 > 0 ? $4 : NaN) with points pt hollow(STYLE[i]) ps 1.3 * dot(STYLE[i]) lw THICK * 0.6 lc rgb colour(STYLE[i])
    }
}
eval END
