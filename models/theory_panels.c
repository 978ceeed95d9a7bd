/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/theory_panels.h"

#include <math.h>

/* The Legendre polynomial of degree n at x by its recurrence, and its derivative. */
static double legendre(int n, double x, double *slope)
{
    double before = 1.0, now = x;
    int k;

    for (k = 2; k <= n; k++) {
        const double next = ((2.0 * k - 1.0) * x * now - (k - 1.0) * before) / k;

        before = now;
        now = next;
    }
    *slope = n * (x * now - before) / (x * x - 1.0);
    return now;
}

struct rule panels_rule(int n)
{
    const double pi = 3.14159265358979323846;
    struct rule rule = { .n = n };
    int i, turn;

    for (i = 0; i < n; i++) {
        double x = -cos(pi * (i + 0.75) / (n + 0.5)), slope, value;

        for (turn = 0; turn < 10; turn++) {
            value = legendre(n, x, &slope);
            x -= value / slope;
        }
        legendre(n, x, &slope);
        rule.node[i] = 0.5 * (1.0 + x);
        rule.weight[i] = 1.0 / ((1.0 - x * x) * slope * slope);
    }
    return rule;
}

struct panel panels_at(int i)
{
    const bool upper = i >= PANEL_DEPTH;
    const int k = upper ? i - PANEL_DEPTH : PANEL_DEPTH - 1 - i;
    const bool first = k == PANEL_DEPTH - 1 && !upper; /* the last one ends where doubles do */
    const double large = ldexp(0.5, -k), small = first ? 0.0 : large / 2.0;

    return (struct panel) { upper ? large : small, upper ? small : large, upper };
}

double panels_mean(double (*quantile)(const void *context, double u), const void *context)
{
    const struct rule rule = panels_rule(PANEL_NODES);
    double sum = 0.0;
    int i, j;

    for (i = 0; i < 2 * PANEL_DEPTH; i++) {
        const struct panel panel = panels_at(i);
        const double width = panel.to - panel.from;

        for (j = 0; j < rule.n; j++) {
            const double at = panel.from + width * rule.node[j];

            sum += rule.weight[j] * fabs(width) * quantile(context, panel.upper ? 1.0 - at : at);
        }
    }
    return sum;
}
