# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel k value low high name
note = 'each bar a server; whiskers or lines: '.CERTAIN
look = BOXES
if (LAST[1] - FIRST[1] < 6 && !ASCII) {
    LEGEND_LINES = 0
    STRIP = 0
}
eval BEGIN
unset xlabel
set yrange [0:*]
do for [k = 1:ROWS] {
    eval PLACE
    words = PANELS[k] eq 'queue.mean' ? 'requests waiting' : 'utilization'
    eval YLABEL
    a = FIRST[k]
    b = LAST[k]
    stats $data using ($2 == k ? $3 : NaN) nooutput
    most = STATS_max
    at(i, n) = i - a + 1 + (n - 0.5) * 0.86 / most - 0.43
    set xrange [0.4:b - a + 1.6]
    set xtics ('' 0) scale 0
    do for [i = a:b] { set xtics add ((b - a < 6 && !ASCII ? plain(LABEL[i]) : '') i - a + 1) }
    set boxwidth 0.86 / most absolute
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using (at(i, $3)):4 with impulses
    } else {
        set style fill solid 0.75 noborder
        crowded = most > 24
        plot for [i = a:b] $data index i - 1 using (at(i, $3)):4 with boxes lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using (crowded ? NaN : at(i, $3)):5:(0):($6 - $5) with vectors heads size graph (0.3 * 0.86 / most / (b - a + 1.2)), 90 lw THICK * 0.5 lc rgb hex(INK), \
             for [i = a:b] $data index i - 1 using (crowded ? at(i, $3) : NaN):5 with lines lt 101 lw THICK * 0.3 lc rgb hex(INK), \
             for [i = a:b] $data index i - 1 using (crowded ? at(i, $3) : NaN):6 with lines lt 101 lw THICK * 0.3 lc rgb hex(INK)
    }
}
eval END
