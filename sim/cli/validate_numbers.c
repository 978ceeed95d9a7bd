/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The numbers of a validation under the names that they have in simulation. */
#include <math.h>
#include <string.h>

#include "sim/cli/validate.h"

struct teller {
    const struct validate_told *told;
    const char *world;
    validate_visit *visit;
    void *context;
};

static void tell(const struct teller *t, const char *metric, const char *statistic,
                 const char *unit, double value, const char *why)
{
    const struct live_number x = { metric, statistic, unit, value, NAN, NAN, why };

    t->visit(t->context, t->world, &x);
}

static const char thousandth[] = "told from 100,000 requests on";

/* ---- Measured. */

/* Latencies come with their intervals. */
static void tell_measured(void *context, const struct live_number *measured)
{
    const struct teller *t = context;
    const struct interval *interval = t->told->validation.interval;
    struct live_number x = *measured;
    int i;

    for (i = 0; i < AGREE_POINTS && !strcmp(x.metric, "latency"); i++)
        if (!strcmp(x.statistic, agree_point_name(i))) {
            x.low = interval[i].low;
            x.high = interval[i].high;
        }
    t->visit(t->context, t->world, &x);
}

/* ---- Predicted. */

static void tell_shares(const struct teller *t, const double *share, uint32_t servers)
{
    char server[64], name[80];
    uint32_t i;

    for (i = 0; share && i < servers; i++) {
        live_server_name(t->told->live.contender->scenario, i, server, sizeof server);
        snprintf(name, sizeof name, "share{%s}", server);
        tell(t, name, "value", "1", share[i], "no predicted request has completed");
    }
}

static void tell_level(const struct teller *t, enum prediction_level level)
{
    static const char few[] = "too few requests completed in both worlds";
    const struct validation *v = &t->told->validation;
    const struct agreement *a = &v->agreement[level];
    int i;

    for (i = 0; i < AGREE_POINTS; i++)
        tell(t, "latency", agree_point_name(i), "s", a->predicted[i],
             i == AGREE_P999 ? thousandth : few);
    for (i = 0; i < AGREE_POINTS; i++) {
        const struct live_number x = { "error",
                                       agree_point_name(i),
                                       "1",
                                       a->error[i],
                                       v->error[level][i].low,
                                       v->error[level][i].high,
                                       i == AGREE_P999 ? thousandth : few };

        t->visit(t->context, t->world, &x);
    }
    tell(t, "ks", "value", "1", a->ks, few);
    tell(t, "ks", "at", "s", a->ks_at, few);
    tell(t, "same_server", "value", "1", a->same, "nobody has said which servers it was");
    tell(t, "other_ending", "value", "1", a->differ, "no request was measured");
    if (level == PREDICT_REPLAY)
        tell(t, "delays.drawn", "value", "1", validation_drawn(v), "no message was sent");
    tell_shares(t, v->share_predicted[level], v->servers);
}

/* What pings found of servers that are not lbsim's, by group. */
static void tell_services(const struct teller *t)
{
    const struct calibration *c = &t->told->validation.calibration;
    const struct scenario *s = t->told->live.contender->scenario;
    char name[80];
    uint32_t g;

    for (g = 0; c->service && g < c->groups; g++) {
        if (!c->service[g].n)
            continue;
        snprintf(name, sizeof name, "service{%.60s}", s->servers[g].name);
        tell(t, name, "mean", "s", c->service[g].mean, "");
        snprintf(name, sizeof name, "service.pings{%.60s}", s->servers[g].name);
        tell(t, name, "value", "1", (double)c->service[g].n, "");
    }
}

static void tell_band(const struct teller *t)
{
    const struct band *b = &t->told->validation.band;
    int i;

    for (i = 0; i < AGREE_POINTS && b->seeds; i++) {
        const struct live_number x = {
            "latency_band", agree_point_name(i), "s",       (b->low[i] + b->high[i]) / 2.0,
            b->low[i],      b->high[i],          thousandth
        };

        t->visit(t->context, t->world, &x);
    }
}

void validate_each_number(const struct validate_told *told, validate_visit *visit, void *context)
{
    const struct validation *v = &told->validation;
    struct teller t = { told, "measured", visit, context };
    int level;

    live_each_number(live_told_run(&told->live), tell_measured, &t);
    if (v->decided) {
        tell(&t, "decisions", "picks", "1", (double)v->decisions.picks, "");
        tell(&t, "decisions", "same", "1", (double)v->decisions.same, "");
    }
    for (level = 0; level < PREDICT_LEVELS; level++) {
        t.world = prediction_level_name((enum prediction_level)level);
        if (!v->missing[level])
            tell_level(&t, (enum prediction_level)level);
    }
    t.world = prediction_level_name(PREDICT_CALIBRATED);
    if (!v->missing[PREDICT_CALIBRATED])
        tell_services(&t);
    tell_band(&t);
}
