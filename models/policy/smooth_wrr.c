/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Smooth weighted round robin (nginx's default). The steps repeat after W / g of them (W the sum
 * of the weights, g their greatest common divisor), so the first round is written down and played
 * back, O(1) a pick, until a failed attempt, a server left out or a change leads elsewhere. Then
 * every pick is a step over all servers, and is written down again until the state comes back to
 * where the writing began, which shows that the steps repeat. All ways take the same decisions. */
#include <stdlib.h>
#include <string.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/smooth.h"
#include "models/policy/smooth_groups.h"

enum { CYCLE_MOST = 4 * 1024 * 1024, CYCLE_PER_SERVER = 64 };

struct config {
    int64_t max_fails;
};

enum mode { GROUPED, SCANNED, REPLAYED };

struct smooth_wrr {
    const struct lb_view *view;
    struct lb_host *host;
    int64_t max_fails;
    struct smooth_server *server; /* by seat; current is up to date in SCANNED only */
    int64_t *base;                /* by seat: current where the writing began */
    lb_server *cycle;
    uint32_t room, length, at; /* length 0: too long to write down */
    int64_t total, divisor;    /* W and g of the cycle */
    struct smooth_groups groups;
    enum mode mode;
    int fresh; /* before the next pick: find the length anew, begin to write */
};

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static void measure(struct smooth_wrr *p)
{
    const struct lb_view *view = p->view;
    uint32_t i;

    p->total = p->divisor = 0;
    for (i = 0; i < view->usable_n; i++) {
        int64_t share = share_of(view, view->usable[i]);

        p->total += share;
        if (share != p->divisor)
            p->divisor = common_divisor(share, p->divisor);
    }
}

/* W / g, or 0 if that is more than `most`. */
static uint32_t cycle_length(const struct smooth_wrr *p, int64_t most)
{
    return p->divisor && p->total / p->divisor <= most ? (uint32_t)(p->total / p->divisor) : 0;
}

static void smooth_wrr_close(void *self)
{
    struct smooth_wrr *p = self;

    free(p->server);
    free(p->base);
    free(p->cycle);
    smooth_groups_close(&p->groups);
    free(p);
}

static int allocate(struct smooth_wrr *p)
{
    size_t room = (size_t)p->view->capacity + 1;
    uint64_t wanted = (uint64_t)room * CYCLE_PER_SERVER;

    measure(p);
    if (cycle_length(p, CYCLE_MOST) > wanted)
        wanted = cycle_length(p, CYCLE_MOST);
    p->room = wanted < CYCLE_MOST ? (uint32_t)wanted : CYCLE_MOST;
    if (smooth_groups_open(&p->groups, p->view->capacity))
        p->groups = (struct smooth_groups) { 0 };
    p->server = calloc(room, sizeof *p->server);
    p->base = malloc(room * sizeof *p->base);
    p->cycle = malloc(p->room * sizeof *p->cycle);
    return p->groups.group && p->server && p->base && p->cycle;
}

static void *smooth_wrr_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct smooth_wrr *p = calloc(1, sizeof *p);
    uint32_t i;

    if (!p)
        return no_memory(setup->host);
    p->view = setup->view;
    p->host = setup->host;
    p->max_fails = config->max_fails;
    p->mode = GROUPED;
    p->fresh = 1;
    if (!allocate(p)) {
        smooth_wrr_close(p);
        return no_memory(setup->host);
    }
    for (i = 0; i < p->view->usable_n; i++)
        smooth_set_top(&p->server[p->view->usable[i]], share_of(p->view, p->view->usable[i]));
    return p;
}

/* Where the playing back has led to: current is base still, and s stands top / divisor times in
 * the cycle, so it gains its top in each of `at` steps if each time it stands there adds
 * `at` divisors. */
static void unwind(struct smooth_wrr *p)
{
    uint32_t i;

    for (i = 0; i < p->length; i++)
        p->server[p->cycle[i]].current += p->at * p->divisor - (i < p->at ? p->total : 0);
}

/* From now on step by step. A first pick still to come may begin at zero again. */
static void leave(struct smooth_wrr *p)
{
    if (p->mode == GROUPED && p->fresh)
        return;
    if (p->mode == GROUPED)
        smooth_groups_write(&p->groups, p->server);
    else if (p->mode == REPLAYED)
        unwind(p);
    p->mode = SCANNED;
    p->fresh = 1;
}

static void keep_base(struct smooth_wrr *p)
{
    uint32_t i;

    for (i = 0; i < p->view->usable_n; i++)
        p->base[p->view->usable[i]] = p->server[p->view->usable[i]].current;
    p->at = 0;
}

static int back_at_base(const struct smooth_wrr *p)
{
    uint32_t i;

    for (i = 0; i < p->view->usable_n; i++) {
        lb_server s = p->view->usable[i];

        if (p->base[s] != p->server[s].current)
            return 0;
    }
    return 1;
}

static void begin(struct smooth_wrr *p)
{
    measure(p);
    p->length = cycle_length(p, p->room);
    p->at = 0;
    p->fresh = 0;
    if (p->mode == GROUPED)
        smooth_groups_build(&p->groups, p->view);
    else if (p->length)
        keep_base(p);
}

static void write_down(struct smooth_wrr *p, lb_server s)
{
    if (p->length == 0)
        return;
    p->cycle[p->at++] = s;
    if (p->at < p->length)
        return;
    if (p->mode == GROUPED || back_at_base(p)) {
        p->mode = REPLAYED;
        p->at = 0;
    } else {
        keep_base(p);
    }
}

static lb_server replay(struct smooth_wrr *p)
{
    lb_server s = p->cycle[p->at];

    if (++p->at == p->length)
        p->at = 0;
    return s;
}

static lb_server step(struct smooth_wrr *p, const struct lb_request *request)
{
    lb_server s;
    int steady = 1;

    if (p->fresh)
        begin(p);
    if (p->mode == GROUPED)
        s = smooth_groups_step(&p->groups);
    else
        s = smooth_step(p->server, p->view, request, p->view->usable, p->view->usable_n, &steady);
    if (steady)
        write_down(p, s);
    else
        p->fresh = 1;
    return s;
}

static lb_server smooth_wrr_pick(void *self, const struct lb_request *request,
                                 struct lb_random *random)
{
    struct smooth_wrr *p = self;

    (void)random;
    if (p->view->usable_n == 0)
        return LB_NONE;
    if (p->mode != SCANNED && denies_any(p->view, request)) {
        p->mode = p->fresh ? SCANNED : p->mode;
        leave(p);
    }
    return p->mode == REPLAYED ? replay(p) : step(p, request);
}

static void smooth_wrr_changed(void *self, lb_server s, lb_time now)
{
    struct smooth_wrr *p = self;

    (void)now;
    leave(p);
    smooth_set_top(&p->server[s], share_of(p->view, s));
}

static void smooth_wrr_done(void *self, const struct lb_outcome *outcome)
{
    struct smooth_wrr *p = self;
    int64_t loss;

    if (!is_failure(outcome->status))
        return;
    loss = smooth_loss(p->view, outcome->server, p->max_fails);
    if (loss == 0)
        return;
    if (p->mode == GROUPED && p->fresh)
        p->mode = SCANNED;
    leave(p);
    smooth_fail(&p->server[outcome->server], loss);
}

static const struct lb_param params[] = {
    { "max_fails", LB_INT, offsetof(struct config, max_fails), 1, 0, 1000000, "",
      "a failed attempt lowers the effective weight by weight / max_fails, and every pick raises "
      "it by one again; 0: failures change nothing",
      NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "nginx:round_robin", "" },
    { "nginx:smooth_wrr", "" },
    { "apache:byrequests", "max_fails=0" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Every usable server gains its effective weight; the one with the most is taken (the "
            "first of several) and pays what all gained together.",
    .formula = "cw_i += ew_i for all; s = argmax cw_i; cw_s -= sum ew_i. Weights 5, 1, 1 give "
               "a a b a c a a",
    .cost = "O(1) while the cycle of W / g picks (at most 4 M) is played back; O(n) after a "
            "failure, a server left out or a change",
    .source = "nginx, ngx_http_upstream_round_robin.c (2012)",
    .fails = "Blind to load: weights must match the speeds. Several balancers in step all take "
             "the same server at once.",
    .scenario = "scenarios/first/weights.json",
};

const struct lb_policy policy_smooth_wrr = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "smooth_wrr",
    .family = "oblivious",
    .summary = "servers in turn by weight, evenly interleaved",
    .sees = LB_SEES_RAMP | LB_LOOKS_FIRST | LB_HEARS_FAILURES,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = smooth_wrr_open,
    .close = smooth_wrr_close,
    .pick = smooth_wrr_pick,
    .done = smooth_wrr_done,
    .changed = smooth_wrr_changed,
};
