/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One server that does not take requests as they came: priorities, and the shortest first. */
#include <math.h>
#include <stdio.h>

#include "models/theory.h"
#include "models/theory_begin.h"
#include "models/theory_panels.h"

static double half_second_moment(const struct theory_class *c)
{
    return c->rate * c->service_mean * c->service_mean * (1.0 + c->service_scv) / 2.0;
}

/* Sums over the classes seen so far. */
struct priorities {
    bool preemptive;
    double load, residual, wait, latency, waits;
};

static void add_class(struct priorities *sum, const struct theory_class *c, uint32_t number,
                      struct theory_answer *answer)
{
    const double above = 1.0 - sum->load;
    double wait, latency;
    char name[16];

    sum->load += c->rate * c->service_mean;
    if (sum->preemptive)
        sum->residual += half_second_moment(c);
    wait = sum->residual / (above * (1.0 - sum->load));
    latency = wait + (sum->preemptive ? c->service_mean / above : c->service_mean);
    sum->wait += c->rate * wait;
    sum->latency += c->rate * latency;
    sum->waits += c->rate * sum->load;
    snprintf(name, sizeof name, "class%u", (unsigned)number);
    theory_extra(answer, "wait.mean", name, wait);
    theory_extra(answer, "latency.mean", name, latency);
}

static const char *check_classes(const struct theory_class *classes, uint32_t n)
{
    uint32_t i;

    if (n == 0 || n > THEORY_CLASSES)
        return "there must be 1 to 8 classes";
    for (i = 0; i < n; i++)
        if (!(classes[i].rate > 0.0 && classes[i].service_mean > 0.0 &&
              classes[i].service_scv >= 0.0))
            return "rates and mean service times must be above 0, scvs not negative";
    return NULL;
}

const char *theory_priority(const struct theory_class *classes, uint32_t n, bool preemptive,
                            struct theory_answer *answer)
{
    struct priorities sum = { .preemptive = preemptive };
    const char *wrong = check_classes(classes, n);
    double rate = 0.0, load = 0.0;
    uint32_t i;

    for (i = 0; !wrong && i < n; i++) {
        rate += classes[i].rate;
        load += classes[i].rate * classes[i].service_mean;
        if (!preemptive)
            sum.residual += half_second_moment(&classes[i]);
    }
    if (!wrong)
        wrong = theory_begin(answer, rate, load / rate, load);
    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "M/G/1 %s",
             preemptive ? "preemptive" : "priority");
    for (i = 0; i < n; i++)
        add_class(&sum, &classes[i], i + 1, answer);
    answer->wait_mean = sum.wait / rate;
    answer->wait_probability = preemptive ? sum.waits / rate : load;
    theory_finish(answer, rate, sum.latency / rate);
    answer->queue = answer->in_system - load;
    return NULL;
}

/* ---- The shortest remaining time first. */

static const char too_rough[] =
    "this service time is too rough, or its tail too heavy, to be integrated";

/* Sums from 0 to where the panels have come: the integrals of Q and Q^2; the two results. */
struct shortest {
    double rate;
    const struct distribution *service;
    struct rule rule;
    double first, second, wait, latency;
};

/* Sizes at the nodes of a panel, and the share of larger ones. */
static void look_at(const struct shortest *s, const struct panel *panel, double *size,
                    double *larger)
{
    int i;

    for (i = 0; i < s->rule.n; i++) {
        const double at = panel->from + (panel->to - panel->from) * s->rule.node[i];

        size[i] = s->service->kind->quantile(s->service, panel->upper ? 1.0 - at : at);
        larger[i] = panel->upper ? at : 1.0 - at;
    }
}

/* Adds width times the integrals of Q and Q^2 with these weights. */
static void add_moments(int n, const double *weight, const double *size, double width,
                        double *first, double *second)
{
    int i;

    for (i = 0; i < n; i++) {
        *first += weight[i] * width * size[i];
        *second += weight[i] * width * size[i] * size[i];
    }
}

static void add_panel(struct shortest *s, const struct panel *panel)
{
    const double width = fabs(panel->to - panel->from);
    double size[PANEL_NODES], larger[PANEL_NODES];
    int i;

    look_at(s, panel, size, larger);
    for (i = 0; i < s->rule.n; i++) {
        const double weight = s->rule.weight[i] * width, square = size[i] * size[i];
        double first = s->first, second = s->second, rest;

        add_moments(s->rule.n, s->rule.partial[i], size, width, &first, &second);
        rest = 1.0 - s->rate * first;
        s->wait += weight * s->rate * (second + larger[i] * square) / (2.0 * rest * rest);
        s->latency += weight * (s->rate * (second - larger[i] * square) / (2.0 * rest * rest) +
                                size[i] / rest);
    }
    add_moments(s->rule.n, s->rule.weight, size, width, &s->first, &s->second);
}

static struct shortest integrate(double rate, const struct distribution *service, int nodes)
{
    struct shortest s = { .rate = rate, .service = service, .rule = panels_rule(nodes) };
    int i;

    for (i = 0; i < PANELS; i++) {
        const struct panel panel = panels_at(i);

        add_panel(&s, &panel);
    }
    return s;
}

const char *theory_srpt(double rate, const struct distribution *service,
                        struct theory_answer *answer)
{
    const double mean = service->kind->mean(service), load = rate * mean;
    const char *wrong = theory_begin(answer, rate, mean, load);
    struct shortest rough, fine;

    if (wrong)
        return wrong;
    snprintf(answer->model, sizeof answer->model, "M/G/1-SRPT");
    rough = integrate(rate, service, 10);
    if (!(fabs(rough.first / mean - 1.0) < 1e-3))
        return too_rough;
    fine = integrate(rate, service, PANEL_NODES);
    answer->error = fabs(rough.latency / fine.latency - 1.0) + fabs(fine.first / mean - 1.0);
    if (!(answer->error < 1e-6))
        return too_rough;
    answer->wait_mean = fine.wait;
    theory_finish(answer, rate, fine.latency);
    answer->queue = answer->in_system - load;
    return NULL;
}
