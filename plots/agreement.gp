# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel name percent low high
note = 'bars: '.CERTAIN.' of what was measured'
look = DOTS
eval BEGIN
stats $data using 4 nooutput
least = STATS_min
most = STATS_max
stats $data using (valid(5) ? $5 : $4) nooutput
least = STATS_min < least ? STATS_min : least
stats $data using (valid(6) ? $6 : $4) nooutput
most = STATS_max > most ? STATS_max : most
room = 0.05 * (most - least) + 0.5
set xrange [(least < 0 ? least : 0) - room:(most > 0 ? most : 0) + room]
set yrange [NAMES_N + 0.6:0.4]
set ytics ('' 0) scale 0
do for [i = 1:NAMES_N] { set ytics add (plain(NAMES[i]) i) }
do for [k = 1:ROWS] {
    eval PLACE
    words = PANELS[k]
    eval CAPTION
    words = 'predicted / measured - 1 (%)'
    eval XLABEL
    unset ylabel
    a = FIRST[k]
    b = LAST[k]
    beside(i, y) = y + 0.7 * ((i - a + 0.5) / (b - a + 1.0) - 0.5)
    set arrow 1 from 0, graph 0 to 0, graph 1 nohead lt 101 lw 1 lc rgb hex(INK) back
    if (ASCII) {
        plot for [i = a:b] $data index i - 1 using 4:(beside(i, $3)) with points
    } else {
        plot for [i = a:b] $data index i - 1 using 4:(beside(i, $3)):5:6 with xerrorbars pt full(STYLE[i]) ps dot(STYLE[i]) lw thick(STYLE[i]) * 0.8 lc rgb colour(STYLE[i]), \
             for [i = a:b] $data index i - 1 using (valid(5) ? NaN : $4):(beside(i, $3)) with points pt hollow(STYLE[i]) ps dot(STYLE[i]) lc rgb colour(STYLE[i])
    }
}
eval END
