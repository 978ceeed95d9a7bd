# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel series value share
note = 'solid: measured'
if (ROWS == 1) { SUBJECT = SUBJECT.', '.PANELS[1] }
eval BEGIN
measured(i) = SERIES[KIND[i]] eq 'measured'
dashed(i) = SERIES[KIND[i]] eq 'CALIBRATED' ? 103 : 106
do for [k = 1:ROWS] {
    eval PLACE
    words = PANELS[k]
    if (ROWS > 1) { eval CAPTION }
    words = named(METRIC, UNIT[k])
    eval XLABEL
    words = across(k) == 0 ? 'share of requests' : ''
    eval YLABEL
    a = FIRST[k]
    b = LAST[k]
    set yrange [*:*]
    set xrange [*:*]
    stats $data using ($2 == k ? $4 * SCALE[k] : NaN) nooutput
    low = 0
    high = STATS_max
    eval XTICS
    set yrange [0:1]
    set xrange [0:high]
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using ($4 * SCALE[k]):5 with lines
    } else {
        plot for [i = a:b] $data index i - 1 using ($4 * SCALE[k]):(measured(i) ? $5 : NaN) with lines lt line(1) lw THICK * 2.2 lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using ($4 * SCALE[k]):(measured(i) ? NaN : $5) with lines lt dashed(i) lw THICK * 0.8 lc rgb hex(INK)
    }
}
if (LEGEND_LINES) {
    eval LEGEND
    a = FIRST[1]
    b = LAST[1]
    if (ASCII) {
        plot for [i = a:b] NaN with lines title SERIES[KIND[i]]
    } else {
        plot for [i = a:b] NaN with lines lt (measured(i) ? 101 : dashed(i)) lw THICK * (measured(i) ? 2.2 : 0.8) lc rgb (measured(i) ? colour(STYLE[i]) : hex(INK)) title SERIES[KIND[i]]
    }
}
unset multiplot
