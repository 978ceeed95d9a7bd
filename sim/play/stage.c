/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/play/stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/run/trial.h"
#include "sim/scenario/describe.h"

enum { IDLE_MOST = 1000000 }; /* events of timers that nothing comes of */

/* ---- News. */

static struct news *next_news(struct stage *s, lb_time at)
{
    struct news *news = &s->news[s->news_n++ % NEWS_MOST];

    news->at = at;
    return news;
}

/* What a change of the timeline comes to, without "from ... to". */
static void tell_change(struct stage *s, const struct change *c, lb_time at)
{
    const struct scenario *scenario = s->act[0]->order.scenario;
    struct news *news = next_news(s, at);
    char *text = NULL, *what;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    news->text[0] = '\0';
    if (!out)
        return;
    describe_change(out, scenario, c);
    if (fclose(out) == 0 && text) {
        what = strstr(text, ": ");
        if (length > 0 && text[length - 1] == '\n')
            text[length - 1] = '\0';
        snprintf(news->text, sizeof news->text, "%s%s",
                 at == c->at ? "" : "over: ", what ? what + 2 : text);
    }
    free(text);
}

/* ---- The timeline. */

static void tell_if_due(struct stage *s, const struct change *c, lb_time at, lb_time from)
{
    if (at > s->now)
        s->news_due = at < s->news_due ? at : s->news_due;
    else if (at > from)
        tell_change(s, c, at);
}

/* What the timeline has changed since `from`. */
static void tell_changes(struct stage *s, lb_time from)
{
    const struct scenario *scenario = s->act[0]->order.scenario;
    uint32_t i;

    if (s->now < s->news_due)
        return;
    s->news_due = LB_NEVER;
    for (i = 0; i < scenario->changes_n; i++) {
        tell_if_due(s, &scenario->changes[i], scenario->changes[i].at, from);
        if (scenario->changes[i].until != LB_NEVER)
            tell_if_due(s, &scenario->changes[i], scenario->changes[i].until, from);
    }
}

/* Faults come by chance, the same in every world: the first one tells. */
static void condition_changed(void *context, const struct world *w, uint32_t server)
{
    static const char *const states[] = {
        [SERVER_UP] = "is up again",
        [SERVER_DOWN] = "goes down",
        [SERVER_DRAIN] = "drains",
        [SERVER_HANG] = "hangs",
        [SERVER_REFUSE] = "refuses connections",
        [SERVER_RESET] = "resets connections",
        [SERVER_BLACK_HOLE] = "is a black hole",
    };
    struct act *a = context;
    const struct condition *c = &w->condition[server];
    const struct server_spec *spec = w->group[w->server[server].group].spec;
    struct news *news;

    if (!scenario_has_faults(w->scenario) || w->now == 0 || (c->why && c->why == c->planned_state))
        return;
    news = next_news(a->stage, w->now);
    snprintf(news->text, sizeof news->text, "%.100s[%u] %s", spec->name, server - spec->first,
             states[c->state]);
}

/* ---- Worlds. */

static void ended(void *context, const struct world *w, uint32_t slot, enum ending how,
                  lb_time when)
{
    struct recent *r = &((struct act *)context)->recent;

    if (how != ENDED_COMPLETED)
        return;
    r->at[r->next] = w->now;
    r->latency[r->next] = when - w->job[slot].issued;
    r->next = (r->next + 1) % RECENT;
    r->n += r->n < RECENT;
}

static int fail(struct stage *s, const char *label, const char *why)
{
    if (!s->failed)
        snprintf(s->why, sizeof s->why, "%s: %s", label, why[0] ? why : "out of memory");
    s->failed = true;
    return -1;
}

static int open_act(struct stage *s, const struct contender *c, volatile const int *stop)
{
    const struct scenario *scenario = c->scenario;
    const char *label = scenario->policies[c->policy].label;
    struct act *a = calloc(1, sizeof *a);

    if (!a)
        return fail(s, label, "");
    s->act[s->acts++] = a;
    a->stage = s;
    a->label = label;
    a->onlooker = (struct onlooker) { a, ended, s->acts == 1 ? condition_changed : NULL };
    a->order =
        (struct world_order) { .scenario = scenario,
                               .policy = &scenario->policies[c->policy],
                               .requests = scenario->run.duration ? 0 : scenario->run.requests,
                               .ahead = UINT32_MAX,
                               .label = label,
                               .point = "",
                               .stop = stop,
                               .onlooker = &a->onlooker };
    a->open = true;
    if (world_open(&a->world, &a->order))
        return fail(s, label, a->world.why);
    return 0;
}

int stage_open(struct stage *s, const struct contender *c, uint32_t n, volatile const int *stop)
{
    uint32_t i;

    *s = (struct stage) { .now = -1 };
    for (i = 0; i < n && i < STAGE_MOST; i++)
        if (open_act(s, &c[i], stop))
            return -1;
    for (i = 0; i < s->acts; i++)
        world_begin(&s->act[i]->world);
    stage_until(s, 0);
    return s->failed ? -1 : 0;
}

void stage_close(struct stage *s)
{
    while (s->acts > 0) {
        struct act *a = s->act[--s->acts];

        if (a->open)
            world_close(&a->world);
        free(a);
    }
}

/* ---- The clock. */

static lb_time due(const struct act *a)
{
    return a->over ? LB_NEVER : world_due(&a->world);
}

lb_time stage_due(const struct stage *s)
{
    lb_time first = LB_NEVER;
    uint32_t i;

    for (i = 0; i < s->acts; i++)
        first = due(s->act[i]) < first ? due(s->act[i]) : first;
    return first;
}

/* Timers may go on for ever; what waits for them may be helped by them, or not. */
static bool only_timers(struct act *a)
{
    const struct world *w = &a->world;

    if (!world_has_only_timers(w)) {
        a->idle_since = 0;
        return false;
    }
    if (!a->idle_since)
        a->idle_since = w->events + 1;
    return w->in_flight == 0 || w->events - a->idle_since > IDLE_MOST;
}

static void step(struct stage *s, struct act *a, lb_time now)
{
    struct world *w = &a->world;

    if (a->over)
        return;
    world_until(w, now);
    if (!w->failed && (due(a) == LB_NEVER || only_timers(a))) {
        a->over = true;
        world_end(w);
    }
    if (w->failed)
        fail(s, a->label, w->why);
}

void stage_until(struct stage *s, lb_time now)
{
    const lb_time from = s->now;
    uint32_t i;

    s->now = now;
    for (i = 0; i < s->acts && !s->failed; i++)
        step(s, s->act[i], now);
    tell_changes(s, from);
}

/* ---- How long. */

double stage_pace(const struct scenario *s)
{
    static const double digits[] = { 1.0, 2.0, 5.0 };
    double service = 0.0, shares = 0.0, speed = 0.0, power;
    uint32_t i;

    for (i = 0; i < s->clients_n; i++) {
        const struct distribution *d = &s->clients[i].service;
        double mean = d->kind ? d->kind->mean(d) : 0.0;

        if (isfinite(mean) && mean > 0.0) {
            service += s->clients[i].share * mean;
            shares += s->clients[i].share;
        }
    }
    for (i = 0; i < s->servers_n; i++)
        speed = s->servers[i].speed > speed ? s->servers[i].speed : speed;
    if (!(shares > 0.0) || !(speed > 0.0))
        return 1.0;
    service /= shares * speed;
    power = pow(10.0, floor(log10(service)));
    for (i = 2; i > 0 && service < digits[i] * power * 0.999; i--)
        continue;
    return digits[i] * power;
}

lb_time stage_span(const struct stage *s)
{
    return trial_span(s->act[0]->order.scenario);
}

uint64_t stage_length(const struct stage *s)
{
    return trial_length(s->act[0]->order.scenario);
}
