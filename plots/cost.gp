# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label messages messages_low messages_high value low high
note = 'bars: '.CERTAIN
look = DOTS
k = 1
eval BEGIN
eval PLACE
words = 'messages per request'
eval XLABEL
words = named(METRIC, UNIT[1])
eval YLABEL
set yrange [0:*]
stats $data using 2 nooutput
set xrange [-0.05 * STATS_max:STATS_max * 1.1]
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using 2:($5 * SCALE[1]) with points
} else {
    plot for [i = 1:N] $data index i - 1 using 2:($5 * SCALE[1]):3:4:($6 * SCALE[1]):($7 * SCALE[1]) with xyerrorbars pt full(STYLE[i]) ps 1.4 * dot(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
