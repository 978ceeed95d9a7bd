# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label percent low high base
note = CERTAIN.' for all together; left is less'
look = DOTS
if (HIDDEN > 0) { note = note.'; without '.others(HIDDEN) }
LEGEND_LINES = 0
STRIP = 0
k = 1
eval BEGIN
eval PLACE
words = METRIC.' less that of '.NAMES[1].' (%)'
eval XLABEL
unset ylabel
set lmargin at screen (ASCII ? (LONGEST + 4.0) / TEXT_WIDE : (0.6 * LONGEST + 2.0) * FONT / WIDE)
set yrange [ROWS_SHOWN + 0.5:0.5]
set ytics ('' 0)
at(i) = ROW[i] > 0 ? ROW[i] : NaN
do for [i = 1:N] { if (ROW[i] > 0) { set ytics add (plain(LABEL[i]) ROW[i]) } }
set arrow from first 0, graph 0 to first 0, graph 1 nohead lt 101 lw 1 lc rgb hex(INK)
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using 2:(at(i)):3:4 with xerrorbars
} else {
    plot for [i = 1:N] $data index i - 1 using 2:(at(i)):3:4 with xerrorbars pt full(STYLE[i]) ps dot(STYLE[i]) * 1.3 lw thick(STYLE[i]) lc rgb colour(STYLE[i])
}
unset multiplot
