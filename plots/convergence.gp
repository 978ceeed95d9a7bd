# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label n value low high
note = 'bands: '.CERTAIN
look = LINES
k = 1
eval BEGIN
eval PLACE
words = 'replications'
eval XLABEL
words = named('mean of '.METRIC, UNIT[1])
eval YLABEL
set xrange [2:*]
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using 2:($3 * SCALE[1]) with lines
} else {
    # The first intervals are as wide as they like: the axis follows the means.
    stats $data using ($3 * SCALE[1]) nooutput
    low = STATS_min >= 0 ? 0 : STATS_min - 0.3 * abs(STATS_min)
    high = STATS_max + 0.3 * abs(STATS_max)
    high = high > low ? high : low + 1
    set yrange [low:high]
    within(y) = y < low ? low : y > high ? high : y
    plot for [i = 1:N] $data index i - 1 using 2:(within($4 * SCALE[1])):(within($5 * SCALE[1])) with filledcurves lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using 2:($3 * SCALE[1]) with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
