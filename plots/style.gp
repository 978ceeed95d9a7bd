# SPDX-License-Identifier: GPL-3.0-or-later
#
# What all charts share: sizes, fonts, colours, panels, legend, terminals. lbsim has set before
#   CHART FORMAT SIZE DARK TITLE SUBJECT CONFIDENCE METRIC AXIS NUMERIC, OTHERS (policies in grey),
#   $data with N data sets: LABEL[] STYLE[] (0: grey) PANEL[] KIND[] of each,
#   PANELS[] SERIES[] NAMES[] (texts; PANELS_N ... of them), SCALE[] UNIT[] of each panel,
#   EVENTS of the timeline: START[] STOP[] EVENT[]
# Nothing that stands in these texts is obeyed: terminals have "noenhanced", and no text is a format.
set encoding utf8
ASCII = FORMAT eq 'ascii'
COLUMN = SIZE eq 'column'
SLIDE = SIZE eq 'slide'
ROWS = PANELS_N > 1 ? PANELS_N : 1
WIDE = COLUMN ? 340 : SLIDE ? 1280 : 900
HIGH = COLUMN ? 250 : SLIDE ? 720 : 540
FONT = COLUMN ? 8 : SLIDE ? 22 : 13
THICK = COLUMN ? 1.2 : SLIDE ? 3.5 : 2
DOT = COLUMN ? 0.4 : SLIDE ? 1.4 : 0.8
PAPER = DARK ? '#16191d' : '#ffffff'
INK = DARK ? '#e6e6e6' : '#222222'
PALE = DARK ? '#33383e' : '#dddddd'
GREY = DARK ? '#6a6f75' : '#b0b0b0'

# After Okabe and Ito (2008); the same as in sim/chart/chart_base.c.
array LIGHT[8] = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000', '#8c6d31']
array NIGHT[8] = ['#4aa8e0', '#f0803c', '#2fc79a', '#e39cc4', '#f5b83d', '#8fd0f5', '#ffffff', '#c9a86a']
array FULL[8] = [7, 5, 9, 11, 13, 7, 5, 9]
array HOLLOW[8] = [6, 4, 8, 10, 12, 6, 4, 8]
hex(c) = int('0x'.c[2:7])
colour(s) = hex(s == 0 ? GREY : DARK ? NIGHT[s] : LIGHT[s])
faint(s) = int(0xd8000000) + colour(s)
full(s) = s == 0 ? 7 : FULL[s]
hollow(s) = s == 0 ? 6 : HOLLOW[s]
thick(s) = s == 0 ? THICK * 0.5 : THICK
dot(s) = s == 0 ? DOT * 0.4 : DOT
# Styles 1 to 8 by dashes as well.
set linetype 101 dt solid
set linetype 102 dt (14, 5)
set linetype 103 dt (5, 4)
set linetype 104 dt (14, 4, 3, 4)
set linetype 105 dt (24, 4)
set linetype 106 dt (3, 3)
set linetype 107 dt (14, 3, 3, 3, 3, 3)
set linetype 108 dt (8, 8)
line(s) = s == 0 ? 101 : 100 + s

# ---- Texts.
named(name, unit) = unit eq '' ? name : name.' ('.unit.')'
axis(name) = name eq 'load' ? 'offered load (share of capacity)' : name
others(n) = n == 1 ? '1 other' : sprintf('%d others', n)
# Of the grey policies one stands for all.
entry(i) = STYLE[i] > 0 ? LABEL[i] : (i == 1 || PANEL[i] != PANEL[i - 1]) ? others(OTHERS) : ''
# The label of a tic is a format: a % in it has to be written twice.
plain(s) = strstrt(s, '%') ? s[1:strstrt(s, '%')].'%'.plain(s[strstrt(s, '%') + 1:*]) : s
# Not longer than so many characters.
short(s, n) = n < 4 ? s[1:3] : strlen(s) > n ? s[1:n - 1].'…' : s
CERTAIN = sprintf('%g %% confidence', CONFIDENCE)

# ---- Data sets of panels.
array FIRST[ROWS + 1]
array LAST[ROWS + 1]
do for [i = 1:N] {
    if (i == 1 || PANEL[i] != PANEL[i - 1]) { FIRST[PANEL[i]] = i }
    LAST[PANEL[i]] = i
}

# ---- Where panels stand: abreast, more than three in a grid; in a paper's column and in text one
# below the other. In the strip below them all is the legend, in as many lines as it takes.
# Some have a line for each policy.
LISTED = CHART eq 'map' || CHART eq 'difference'
if (!exists("ENTRIES")) {
    ENTRIES = 0
    LONGEST = 4
    do for [i = 1:N] {
        if (LISTED && strlen(LABEL[i]) > LONGEST) { LONGEST = strlen(LABEL[i]) }
        if (PANEL[i] == 1 && entry(i) ne '') {
            ENTRIES = ENTRIES + 1
            if (strlen(entry(i)) > LONGEST) { LONGEST = strlen(entry(i)) }
        }
    }
}
NARROW = COLUMN || ASCII
ABREAST = NARROW ? (ROWS > 3 && !ASCII ? 2 : 1) : ROWS <= 3 ? ROWS : ROWS == 4 ? 2 : 3
DEEP = int((ROWS + ABREAST - 1) / ABREAST)
TEXT_WIDE = COLUMN ? 79 : SLIDE ? 120 : 100
PER_LINE = ASCII ? int((TEXT_WIDE - 4) / (LONGEST + 10)) : int(WIDE / (FONT * (0.62 * LONGEST + 4.5)))
PER_LINE = PER_LINE < 1 ? 1 : PER_LINE
LEGEND_LINES = ENTRIES < 2 ? 0 : int((ENTRIES + PER_LINE - 1) / PER_LINE)
if (COLUMN) {
    HIGH = (DEEP == 1 ? 235 : 30 + (ABREAST > 1 ? 130 : 160) * DEEP) + 1.45 * FONT * LEGEND_LINES
} else {
    if (DEEP > 2) { HIGH = HIGH * DEEP / 2.0 }
}
# Charts with a row a policy grow with them; a slide does not, and has those of a colour alone if there
# are too many. ROW[i] is where policy i is, 0: nowhere.
array ROW[N + 1]
ROWS_SHOWN = 0
FIT = SLIDE ? 24 : 1000
do for [i = 1:N] {
    ROW[i] = LISTED && N > FIT && STYLE[i] == 0 ? 0 : ROWS_SHOWN + 1
    ROWS_SHOWN = ROW[i] > 0 ? ROW[i] : ROWS_SHOWN
}
HIDDEN = N - ROWS_SHOWN
if (LISTED && !SLIDE && ROWS_SHOWN * 1.35 * FONT + 8 * FONT > HIGH) { HIGH = ROWS_SHOWN * 1.35 * FONT + 8 * FONT }
TEXT_HIGH = LISTED && ROWS_SHOWN > 16 ? ROWS_SHOWN + 8 : DEEP > 1 ? 4 + 16 * DEEP + LEGEND_LINES : (COLUMN ? 24 : SLIDE ? 36 : 30)
STRIP = ASCII ? LEGEND_LINES / (1.0 * TEXT_HIGH) : 1.45 * FONT * LEGEND_LINES / HIGH
HEAD = ASCII ? 2.0 / TEXT_HIGH : (COLUMN ? 2.2 : 3.6) * FONT / HIGH
# The characters of SVG are taken for taller than they are in a column.
LOW = COLUMN && FORMAT eq 'svg'
BELOW = ASCII ? 3.0 / TEXT_HIGH : (LOW ? 4.5 : 3.6) * FONT / HIGH
ABOVE = ASCII ? 1.0 / TEXT_HIGH : 1.6 * FONT / HIGH
# Names along a sweep that would not fit side by side are slanted.
TURNED = 0
if ((CHART eq 'load' || CHART eq 'throughput') && !NUMERIC && !ASCII) {
    do for [i = 1:NAMES_N] { if (strlen(NAMES[i]) > TURNED) { TURNED = strlen(NAMES[i]) > 16 ? 16 : strlen(NAMES[i]) } }
    if (TURNED * NAMES_N * FONT * 0.62 * ABREAST < 0.8 * WIDE) { TURNED = 0 }
    BELOW = BELOW + 0.4 * TURNED * FONT / HIGH
}
BESIDE = ASCII ? 9.0 / TEXT_WIDE : (COLUMN ? 5.4 : 5.6) * FONT / WIDE
APART = ASCII ? 2.0 / TEXT_WIDE : 1.6 * FONT / WIDE
across(k) = (k - 1) % ABREAST
down(k) = int((k - 1) / ABREAST)
left(k) = 1.0 * across(k) / ABREAST + BESIDE
right(k) = 1.0 * (across(k) + 1) / ABREAST - APART
top(k) = 1.0 - HEAD - (1.0 - HEAD - STRIP) * down(k) / DEEP - (ROWS > 1 || ASCII ? ABOVE : 0)
bottom(k) = 1.0 - HEAD - (1.0 - HEAD - STRIP) * (down(k) + 1) / DEEP + BELOW

# ---- Terminals.
if (FORMAT eq 'svg') {
    set terminal svg noenhanced size WIDE, HIGH font sprintf('Helvetica,%g', FONT) name CHART background PAPER linewidth 1
}
if (FORMAT eq 'pdf') {
    set terminal pdfcairo noenhanced color size WIDE / 96.0, HIGH / 96.0 font sprintf('Helvetica,%g', FONT * 0.75) background PAPER linewidth 0.75
}
if (FORMAT eq 'png') {
    MORE = COLUMN ? 3 : SLIDE ? 1.5 : 2
    set terminal pngcairo noenhanced size WIDE * MORE, HIGH * MORE font sprintf('Helvetica,%g', FONT * 0.75) fontscale MORE background PAPER linewidth 0.75 * MORE pointscale MORE
}
if (ASCII) {
    set terminal dumb noenhanced mono size TEXT_WIDE, TEXT_HIGH
}

# ---- What all have.
set tics nomirror
set border 3 lc rgb hex(INK)
set xtics textcolor rgb hex(INK)
set ytics textcolor rgb hex(INK)
set key off
if (!ASCII) {
    set grid lt 101 lw 0.5 lc rgb hex(PALE)
    set style fill transparent solid 0.15 noborder
    set tics scale 0.5
}

# `eval BEGIN` with what the subject needs to have said of it in `note`.
BEGIN = 'set multiplot; HEADING = COLUMN || SUBJECT eq "" ? TITLE : TITLE.(ASCII ? ": " : "\n").SUBJECT.(note eq "" || ASCII ? "" : "; ".note); '.\
        'set label 1 HEADING at screen 0.5, screen (1.0 - (ASCII ? 1.0 / TEXT_HIGH : 1.1 * FONT / HIGH)) center noenhanced textcolor rgb hex(INK)'
# The margins of panel k, which has the heading no more if it is not the first.
PLACE = 'if (k > 1) { unset label 1 }; set lmargin at screen left(k); set rmargin at screen right(k); '.\
        'set tmargin at screen top(k); set bmargin at screen bottom(k)'
YOFFSET = 1.2
# Axis labels, of `words`; the title of a panel.
XLABEL = 'set xlabel words noenhanced textcolor rgb hex(INK) offset 0, (ASCII ? 0 : LOW ? 0.7 : 0.3)'
YLABEL = 'if (ASCII) { set label 2 words at graph 0, graph 1 offset -6, 1 left noenhanced } else { set ylabel words noenhanced textcolor rgb hex(INK) offset YOFFSET, 0 }'
CAPTION = 'set title words noenhanced textcolor rgb hex(INK) offset 0, (ASCII ? 0 : -0.6)'
# The end of all: the legend, which is a panel of its own with nothing but entries, each in the
# `look` of its set: "lines", "linespoints", "points", "boxes".
LEGEND = 'unset label; unset title; unset border; unset tics; unset grid; unset xlabel; unset ylabel; unset logscale; unset arrow; unset object; unset colorbox; '.\
         'set lmargin at screen 0; set rmargin at screen 1; set bmargin at screen 0; set tmargin at screen STRIP; '.\
         'set xrange [0:1]; set yrange [0:1]; set key at screen 0.5, screen STRIP center top horizontal maxrows LEGEND_LINES width 1 Left reverse noenhanced samplen (ASCII ? 3 : 2.6) textcolor rgb hex(INK)'
END = 'if (LEGEND_LINES) { eval LEGEND; if (ASCII) { plot for [i = FIRST[1]:LAST[1]] NaN with lines title entry(i) } else { eval "plot for [i = FIRST[1]:LAST[1]] NaN with ".look." title entry(i)" } }; unset multiplot'
LINES = 'lines lt line(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])'
DOTS = 'points pt full(STYLE[i]) ps dot(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])'
BOTH = 'linespoints lt line(STYLE[i]) pt full(STYLE[i]) ps dot(STYLE[i]) lw thick(STYLE[i]) lc rgb colour(STYLE[i])'
BOXES = 'boxes fs solid 1.0 noborder lc rgb colour(STYLE[i])'
MARK_COLOUR = INK
# Events of the timeline, across panel k: those that last are a stripe.
MARKS = 'do for [e = 1:EVENTS] { set arrow from first START[e], graph 0 to first START[e], graph 1 nohead lt 106 lw 1 lc rgb hex(MARK_COLOUR) front; '.\
        'if (!ASCII && STOP[e] == STOP[e]) { set object rectangle from first START[e], graph 0 to first STOP[e], graph 1 behind fc rgb hex(PALE) fs solid 0.5 noborder } }'
# Colours of heat maps: even in lightness, and the same to the colour-blind (cividis).
HEAT_COLOURS = 'set palette maxcolors 0 defined (0 "#00204d", 1 "#31446b", 2 "#666870", 3 "#958f78", 4 "#cbba69", 5 "#ffea46"); set cbtics textcolor rgb hex(INK)'
# ---- Tics: 1, 2 or 5 times a power of ten apart, as many as panel k has room for from `low` to `high`.
floor10(x) = 10.0 ** floor(log10(x))
nice(x) = floor10(x) * (x / floor10(x) <= 1 ? 1 : x / floor10(x) <= 2 ? 2 : x / floor10(x) <= 5 ? 5 : 10)
room(k) = (right(k) - left(k)) * (ASCII ? TEXT_WIDE : WIDE / (FONT * 0.6))
slots(k) = 1 + int(room(k) / (ASCII ? 8.0 : 6.5))
XTICS = 'if (high > low) { set xtics nice((high - low) / slots(k)) }'
# The same of a logarithmic axis y, with a little room at both ends.
bare(x) = sprintf('%g', x)
# Linear where there are values that have no logarithm.
LOG_Y = 'if (low <= 0 || high > 1e6 * low) { low = low < 0 ? low : 0; set yrange [low:high > low ? high * 1.05 : low + 1]; set ytics auto } else { set logscale y; set yrange [low / 1.12:high * 1.12]; set ytics ("" low); '.\
        'do for [e = floor(log10(low)) - 1:ceil(log10(high))] { do for [m = 1:9] { '.\
        'if (m == 1 || (high / low < 1000 && (m == 2 || m == 5)) || (high / low < 5 && m < 10)) { set ytics add (bare(m * 10.0 ** e) m * 10.0 ** e) } } } }'
# The axis of a sweep, `$data` with x in its third column and the text in its last: logarithmic where
# it spans decades; texts where it has no numbers.
SWEEP = 'k = 1; stats $data using 3 nooutput; low = STATS_min; high = STATS_max; '.\
        'if (NUMERIC && high > low && low > 0 && high / low >= 30) { set logscale x } else { if (NUMERIC && high > low) { eval XTICS; set xrange [low - 0.03 * (high - low):high + 0.03 * (high - low)] } }; '.\
        'if (!NUMERIC) { set xrange [0.7:NAMES_N + 0.3]; set xtics ("" 0); if (TURNED) { set xtics rotate by 35 right }; do for [i = 1:NAMES_N:TURNED ? 1 : 1 + int(NAMES_N / slots(1))] { set xtics add (plain(short(NAMES[i], TURNED ? TURNED : int(room(1) * 0.9 / NAMES_N))) i) } }'
