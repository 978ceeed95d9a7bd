/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Join the shortest queue, by the true lengths (Winston 1977). */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"
#include "models/policy/least.h"

struct config {
    int32_t tie;
};

struct jsq {
    struct least least;
    struct lb_host *host;
};

static void *jsq_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    struct jsq *p = malloc(sizeof *p);

    if (!p || least_open(&p->least, setup->view, (enum tie)config->tie, 0)) {
        free(p);
        return no_memory(setup->host);
    }
    p->host = setup->host;
    return p;
}

static void jsq_close(void *self)
{
    struct jsq *p = self;

    least_close(&p->least);
    free(p);
}

static lb_server jsq_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    struct jsq *p = self;
    lb_server s = least_pick(&p->least, request, random);

    if (s != LB_NONE)
        lb_why(p->host, s, p->least.view->load[s]);
    return s;
}

static void jsq_loaded(void *self, lb_server s)
{
    least_loaded(&((struct jsq *)self)->least, s);
}

static void jsq_changed(void *self, lb_server s, lb_time now)
{
    (void)now;
    least_changed(&((struct jsq *)self)->least, s);
}

static const char *const ties[] = { TIE_NAMES, NULL };

static const struct lb_param params[] = {
    { "tie", LB_CHOICE, offsetof(struct config, tie), TIE_RANDOM, 0, 2, "",
      "which of several shortest queues: a random one, the first or the last in order", ties },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Take a server with the fewest requests, queued or in service.",
    .formula = "argmin q_i; two M/M/1 servers at load 0.9: E[T] = 5.4749 E[S]; for many servers "
               "the wait vanishes",
    .cost = "O(1) with random ties (buckets of equal length), O(log n) with first or last",
    .source = "Winston 1977, J. Appl. Prob. 14; Gupta, Harchol-Balter, Sigman, Whitt 2007",
    .fails = "It needs every queue length at every instant. On old information all balancers send "
             "to the same short queue (herding); and it ignores speed and size.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_jsq = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "jsq",
    .family = "queue length",
    .summary = "the shortest true queue",
    .sees = LB_SEES_LOAD | LB_SEES_TRUTH,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .about = &about,
    .open = jsq_open,
    .close = jsq_close,
    .pick = jsq_pick,
    .loaded = jsq_loaded,
    .changed = jsq_changed,
};
