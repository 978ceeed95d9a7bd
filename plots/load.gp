# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel x value low high theory weak name
note = 'bands: '.CERTAIN.'; dashed black: theory; hollow: not steady, or no interval'
look = BOTH
YOFFSET = 0
words = axis(AXIS)
eval BEGIN
eval XLABEL
eval SWEEP
do for [k = 1:ROWS] {
    eval PLACE
    words = named(PANELS[k], UNIT[k])
    eval YLABEL
    unset logscale y
    set yrange [*:*]
    stats $data using ($2 == k ? (valid(5) ? $5 : $4) * SCALE[k] : NaN) nooutput
    low = STATS_min
    stats $data using ($2 == k ? (valid(6) ? $6 : $4) * SCALE[k] : NaN) nooutput
    high = STATS_max
    stats $data using ($2 == k ? (valid(7) && $7 > $4 ? $7 : $4) * SCALE[k] : NaN) nooutput
    high = STATS_max > high ? STATS_max : high
    eval LOG_Y
    a = FIRST[k]
    b = LAST[k]
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using 3:($4 * SCALE[k]) with linespoints
    } else {
        plot for [i = a:b] $data index i - 1 using 3:(STYLE[i] > 0 ? $5 * SCALE[k] : NaN):($6 * SCALE[k]) with filledcurves lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using 3:($4 * SCALE[k]) with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using 3:(STYLE[i] > 0 ? $7 * SCALE[k] : NaN) with lines lt 103 lw THICK * 0.8 lc rgb hex(INK), \
             for [i = a:b] $data index i - 1 using 3:($8 > 0 ? NaN : $4 * SCALE[k]) with points pt full(STYLE[i]) ps dot(STYLE[i]) lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using 3:($8 > 0 ? $4 * SCALE[k] : NaN) with points pt hollow(STYLE[i]) ps 1.3 * dot(STYLE[i]) lw THICK * 0.6 lc rgb colour(STYLE[i])
    }
}
eval END
