/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Least connections by weight. With tie=swrr this is nginx's least_conn
 * (ngx_http_upstream_least_conn_module.c): smooth weighted round robin among the tied alone. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/least.h"
#include "models/policy/smooth.h"

struct config {
    int32_t tie;
    int64_t max_fails;
};

struct least_conn {
    struct least least;
    struct lb_host *host;
    int64_t max_fails;
    struct smooth_server *server; /* by seat, for tie=swrr alone, and so is tied */
    lb_server *tied;
};

static void least_conn_close(void *self)
{
    struct least_conn *p = self;

    least_close(&p->least);
    free(p->server);
    free(p->tied);
    free(p);
}

static int open_smooth(struct least_conn *p, const struct lb_view *view)
{
    uint32_t i;

    p->server = calloc((size_t)view->capacity + 1, sizeof *p->server);
    p->tied = malloc(((size_t)view->capacity + 1) * sizeof *p->tied);
    if (!p->server || !p->tied)
        return -ENOMEM;
    for (i = 0; i < view->usable_n; i++)
        smooth_set_top(&p->server[view->usable[i]], share_of(view, view->usable[i]));
    return 0;
}

static void *least_conn_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct least_conn *p = calloc(1, sizeof *p);

    if (!p || least_open(&p->least, setup->view, (enum tie)config->tie, 1)) {
        free(p);
        return no_memory(setup->host);
    }
    p->host = setup->host;
    p->max_fails = config->max_fails;
    if (config->tie == TIE_SWRR && open_smooth(p, setup->view)) {
        least_conn_close(p);
        return no_memory(setup->host);
    }
    return p;
}

static lb_server pick_smooth(struct least_conn *p, const struct lb_request *request)
{
    uint32_t n = least_tied(&p->least, request, p->tied);
    int steady;

    if (n < 2)
        return n ? p->tied[0] : LB_NONE;
    return smooth_step(p->server, p->least.view, request, p->tied, n, &steady);
}

static lb_server least_conn_pick(void *self, const struct lb_request *request,
                                 struct lb_random *random)
{
    struct least_conn *p = self;
    const struct lb_view *view = p->least.view;
    lb_server s = p->server ? pick_smooth(p, request) : least_pick(&p->least, request, random);

    if (s != LB_NONE)
        lb_why(p->host, s, (double)view->load[s] * SHARE_UNIT / share_of(view, s));
    return s;
}

static void least_conn_done(void *self, const struct lb_outcome *outcome)
{
    struct least_conn *p = self;
    lb_server s = outcome->server;

    if (p->server && is_failure(outcome->status))
        smooth_fail(&p->server[s], smooth_loss(p->least.view, s, p->max_fails));
}

static void least_conn_loaded(void *self, lb_server s)
{
    least_loaded(&((struct least_conn *)self)->least, s);
}

static void least_conn_changed(void *self, lb_server s, lb_time now)
{
    struct least_conn *p = self;

    (void)now;
    least_changed(&p->least, s);
    if (p->server)
        smooth_set_top(&p->server[s], share_of(p->least.view, s));
}

static const char *const ties[] = { TIE_NAMES, "swrr", NULL };

static const struct lb_param params[] = {
    { "tie", LB_CHOICE, offsetof(struct config, tie), TIE_RANDOM, 0, 3, "",
      "which of several least loaded: a random one, the first or the last in order, or smooth "
      "weighted round robin among them",
      ties },
    { "max_fails", LB_INT, offsetof(struct config, max_fails), 1, 0, 1000000, "",
      "with tie=swrr, a failed attempt lowers the server's effective weight in the turn by "
      "weight / max_fails; 0: failures change nothing",
      NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "least_connections", "" },
    { "nginx:least_conn", "tie=swrr" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take a server with the smallest load / weight, load being this balancer's requests "
            "not yet answered unless the scenario informs it otherwise.",
    .formula = "argmin a_i / w_i, compared as a_i w_j < a_j w_i",
    .cost = "O(1) with equal weights (buckets), O(log n) with unequal (tournament); tie=swrr adds "
            "the number of the tied",
    .source = "nginx, ngx_http_upstream_least_conn_module.c; Linux IPVS wlc",
    .fails = "A server that fails fast looks idle and attracts everything; a new one is flooded "
             "until it is level; and several balancers each know only their own requests.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_least_conn = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "least_conn",
    .family = "queue length",
    .summary = "the fewest requests in flight for its weight",
    .sees = LB_SEES_LOAD | LB_SEES_RAMP,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = least_conn_open,
    .close = least_conn_close,
    .pick = least_conn_pick,
    .done = least_conn_done,
    .loaded = least_conn_loaded,
    .changed = least_conn_changed,
};
