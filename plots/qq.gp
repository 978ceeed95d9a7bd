# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel measured value low high
note = 'bars: '.CERTAIN.' of what was measured'
look = DOTS
eval BEGIN
stats $data using ($3 * SCALE[1]) nooutput
least = STATS_min
most = STATS_max * 1.2
set logscale xy
set xrange [least:most]
set yrange [least:most]
do for [k = 1:ROWS] {
    eval PLACE
    words = PANELS[k]
    eval CAPTION
    words = named('measured', UNIT[1])
    eval XLABEL
    words = across(k) == 0 ? named('predicted', UNIT[1]) : ''
    eval YLABEL
    a = FIRST[k]
    b = LAST[k]
    set arrow 1 from least, least to most, most nohead lt 101 lw 1 lc rgb hex(INK) back
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using ($3 * SCALE[1]):($4 * SCALE[1]) with points
    } else {
        plot for [i = a:b] $data index i - 1 using ($3 * SCALE[1]):($4 * SCALE[1]) with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using ($3 * SCALE[1]):($5 > 0 ? $4 * SCALE[1] : NaN):($5 * SCALE[1]):($6 * SCALE[1]) with xerrorbars pt full(STYLE[i]) ps dot(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])
    }
}
eval END
