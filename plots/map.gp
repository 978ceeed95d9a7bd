# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label ord value weak name
note = 'crossed out: not steady, or no interval'
if (HIDDEN > 0) { note = note.'; without '.others(HIDDEN) }
LEGEND_LINES = 0
STRIP = 0
k = 1
stats $data using ($3 * SCALE[1]) nooutput
low = STATS_min
high = STATS_max > STATS_min ? STATS_max : 1.01 * STATS_min
eval BEGIN
eval PLACE
words = axis(AXIS)
eval XLABEL
unset grid
set lmargin at screen (ASCII ? (LONGEST + 4.0) / TEXT_WIDE : (0.6 * LONGEST + 2.0) * FONT / WIDE)
set rmargin at screen (ASCII ? 0.85 : 1.0 - 10.0 * FONT / WIDE)
set yrange [ROWS_SHOWN + 0.5:0.5]
set xrange [0.5:NAMES_N + 0.5]
set ytics ('' 0) scale 0
at(i) = ROW[i] > 0 ? ROW[i] : NaN
do for [i = 1:N] { if (ROW[i] > 0) { set ytics add (plain(LABEL[i]) ROW[i]) } }
step = 1 + int(NAMES_N / 12)
set xtics ('' 0) scale 0
do for [i = 1:NAMES_N:step] { set xtics add (plain(NAMES[i]) i) }
set border 0
eval HEAT_COLOURS
set logscale cb
set cbrange [low:high]
set cbtics ('' low)
do for [e = floor(log10(low)):ceil(log10(high))] { do for [m = 1:9] { if (m == 1 || m == 2 || m == 5 || high / low < 5) { set cbtics add (bare(m * 10.0 ** e) m * 10.0 ** e) } } }
set cblabel named(METRIC, UNIT[1]) noenhanced offset 1.5, 0 textcolor rgb hex(INK)
if (ASCII) {
    set logscale z
    plot for [i = 1:N] $data index i - 1 using 2:(at(i)):(sprintf('%.3g', $3 * SCALE[1]).($4 > 0 ? '?' : '')) with labels
} else {
    set style fill solid 1.0 noborder
    plot for [i = 1:N] $data index i - 1 using 2:(at(i)):($2 - 0.5):($2 + 0.5):(at(i) - 0.5):(at(i) + 0.5):($3 * SCALE[1]) with boxxyerror lc palette, \
         for [i = 1:N] $data index i - 1 using 2:($4 > 0 ? at(i) : NaN) with points pt 2 ps DOT * 1.5 lw THICK * 0.7 lc rgb hex(PAPER)
}
unset multiplot
