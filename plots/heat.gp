# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label panel start stop server value name series
note = ''
LEGEND_LINES = 0
words = 'time (s)'
stats $data using ($6 * SCALE[1]) nooutput
most = STATS_max
stats $data using 4 nooutput
end = STATS_max
stats $data using 5 nooutput
servers = STATS_max
# Queues differ by powers of ten: log(1 + x).
CURVED = most > 20
shade(x) = CURVED ? log10(1 + x) : x
RAMP = '.:-=+*#%@'
ink(s) = RAMP[1 + int(8.99 * s / shade(most)):1 + int(8.99 * s / shade(most))]
if (ASCII) { SUBJECT = SUBJECT.sprintf(', %s from . (0) to @ (%g)', SERIES[1], most) }
BESIDE = BESIDE + (ASCII ? 0 : 1.2 * FONT / WIDE)
if (!ASCII) {
    # Room for one colour box, at the right of all.
    right(k) = (1.0 - 6.0 * FONT / WIDE) * (across(k) + 1) / ABREAST - APART
    left(k) = (1.0 - 6.0 * FONT / WIDE) * across(k) / ABREAST + BESIDE
}
MARK_COLOUR = '#ffffff'
eval BEGIN
unset grid
set xrange [0:end]
set yrange [0.5:servers + 0.5]
eval HEAT_COLOURS
set cbrange [0:shade(most)]
if (CURVED) {
    set cbtics ('0' 0)
    do for [e = 0:9] { set cbtics add (sprintf('%.0f', 10 ** e) shade(10 ** e)) }
}
set cblabel SERIES[1] noenhanced offset 1, 0 textcolor rgb hex(INK)
set style fill solid 1.0 noborder
set ytics ('' 0) scale 0
do for [i = 1:NAMES_N:1 + int(NAMES_N / (DEEP > 1 ? 5 : 10))] { set ytics add (plain(NAMES[i]) i) }
do for [k = 1:ROWS] {
    eval PLACE
    words = PANELS[k]
    eval CAPTION
    words = 'time (s)'
    eval XLABEL
    low = 0
    high = end
    eval XTICS
    unset ylabel
    eval MARKS
    unset object
    if (k > 1) {
        unset colorbox
    } else {
        set colorbox user origin 1.0 - 5.5 * FONT / WIDE, bottom(ROWS) size 1.0 * FONT / WIDE, top(1) - bottom(ROWS)
    }
    if (ASCII) {
        plot $data index k - 1 using (($3 + $4) / 2):5:(ink(shade($6))) with labels
    } else {
        plot $data index k - 1 using (($3 + $4) / 2):5:3:4:($5 - 0.5):($5 + 0.5):(shade($6)) with boxxyerror lc palette
    }
    unset arrow
    unset object
}
unset multiplot
