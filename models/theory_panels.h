/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Integrals over a quantile function, u of 0 .. 1, by Gauss-Legendre rules on panels that halve
 * towards both ends, each in some equal parts; for the theory files only. */
#ifndef MODELS_THEORY_PANELS_H
#define MODELS_THEORY_PANELS_H

#include <stdbool.h>

enum {
    PANEL_NODES = 16,
    PANEL_DEPTH = 52,
    PANEL_PARTS = 6,
    PANELS = 2 * PANEL_DEPTH * PANEL_PARTS
};

/* Nodes and weights on 0 .. 1; partial[i] are the weights of the integral from 0 to node i. */
struct rule {
    double node[PANEL_NODES], weight[PANEL_NODES], partial[PANEL_NODES][PANEL_NODES];
    int n;
};

/* The rule of n nodes, n of 1 .. PANEL_NODES: roots of the Legendre polynomial, by Newton. */
struct rule panels_rule(int n);

/* Part of 0 .. 1. In the upper half, from and to count down from 1: u = 1 - to keeps the digits of
 * what lies above it. */
struct panel {
    double from, to;
    bool upper;
};
/* The i-th of PANELS, in order of u. */
struct panel panels_at(int i);

/* The mean: the integral of the quantile. */
double panels_mean(double (*quantile)(const void *context, double u), const void *context);

#endif
