# SPDX-License-Identifier: GPL-3.0-or-later
# $data: label p value low high
note = 'bands: '.CERTAIN
look = LINES
k = 1
stats $data using 2 nooutput
last = STATS_max
eval BEGIN
eval PLACE
words = 'percentile'
eval XLABEL
words = named(METRIC, UNIT[1])
eval YLABEL
set logscale x
set xtics ('0' 1, '50' 2, '90' 10, '99' 100, '99.9' 1e3, '99.99' 1e4, '99.999' 1e5, '99.9999' 1e6, '99.99999' 1e7)
set yrange [0:*]
nines(p) = 1.0 / (1.0 - p)
set xrange [1:nines(last)]
if (ASCII) {
    plot for [i = 1:N] $data index i - 1 using (nines($2)):($3 * SCALE[1]) with lines
} else {
    plot for [i = 1:N] $data index i - 1 using (nines($2)):($4 * SCALE[1]):($5 * SCALE[1]) with filledcurves lc rgb colour(STYLE[i]), \
         for [i = 1:N] $data index i - 1 using (nines($2)):($3 * SCALE[1]) with lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])
}
eval END
