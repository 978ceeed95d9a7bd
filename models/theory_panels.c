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

/* The polynomial through the nodes in terms of Legendre's, integrated term by term. */
static double partial_weight(const struct rule *rule, int i, int j)
{
    const double x = 2.0 * rule->node[i] - 1.0, y = 2.0 * rule->node[j] - 1.0;
    double sum = x + 1.0, px[3] = { 1.0, x, 0.0 }, py[2] = { 1.0, y };
    int k;

    for (k = 1; k < rule->n; k++) {
        const double next = ((2.0 * k + 1.0) * y * py[1] - k * py[0]) / (k + 1.0);

        px[2] = ((2.0 * k + 1.0) * x * px[1] - k * px[0]) / (k + 1.0);
        sum += py[1] * (px[2] - px[0]);
        px[0] = px[1];
        px[1] = px[2];
        py[0] = py[1];
        py[1] = next;
    }
    return 0.5 * rule->weight[j] * sum;
}

struct rule panels_rule(int n)
{
    const double pi = 3.14159265358979323846;
    struct rule rule = { .n = n };
    int i, j, turn;

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
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++)
            rule.partial[i][j] = partial_weight(&rule, i, j);
    return rule;
}

struct panel panels_at(int i)
{
    const int half = i / PANEL_PARTS, part = i % PANEL_PARTS;
    const bool upper = half >= PANEL_DEPTH;
    const int k = upper ? half - PANEL_DEPTH : PANEL_DEPTH - 1 - half;
    const bool first = k == PANEL_DEPTH - 1 && !upper; /* the last one ends where doubles do */
    const double large = ldexp(0.5, -k), small = first ? 0.0 : large / 2.0;
    const double from = upper ? large : small, step = (upper ? small - large : large - small);

    return (struct panel) { from + step * part / PANEL_PARTS,
                            from + step * (part + 1) / PANEL_PARTS, upper };
}

double panels_mean(double (*quantile)(const void *context, double u), const void *context)
{
    const struct rule rule = panels_rule(PANEL_NODES);
    double sum = 0.0;
    int i, j;

    for (i = 0; i < PANELS; i++) {
        const struct panel panel = panels_at(i);
        const double width = panel.to - panel.from;

        for (j = 0; j < rule.n; j++) {
            const double at = panel.from + width * rule.node[j];

            sum += rule.weight[j] * fabs(width) * quantile(context, panel.upper ? 1.0 - at : at);
        }
    }
    return sum;
}
