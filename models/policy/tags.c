/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Task assignment by guessing size (Harchol-Balter 2002, Journal of the ACM 49): sizes are not
 * known, so every request begins at the first server; one that is served longer than that server's
 * cut-off is cut there and begins anew at the next. */
#include <stdlib.h>

#include "models/policy.h"
#include "models/policy/eligible.h"

struct config {
    struct lb_list cutoffs;
};

struct tags {
    const struct lb_view *view;
    struct lb_host *host;
    uint32_t n;
    lb_time cutoff[]; /* of the servers in seat order, growing */
};

static void *tags_refuse(struct lb_host *host, const char *why)
{
    host->note(host, why);
    return NULL;
}

static void *tags_open(const struct lb_setup *setup)
{
    const struct config *config = setup->config;
    const struct lb_list *list = &config->cutoffs;
    struct tags *p;
    uint32_t i;

    if (list->n == 0)
        return tags_refuse(setup->host, "cutoffs is missing: for each server but the last, how "
                                        "long it serves a request at most, as in [ \"10ms\" ]");
    for (i = 0; i < list->n; i++)
        if (!(list->at[i] > (i ? list->at[i - 1] : 0.0)))
            return tags_refuse(setup->host, "cutoffs must be above 0 and grow from server to "
                                            "server");
    p = malloc(sizeof *p + list->n * sizeof p->cutoff[0]);
    if (!p)
        return no_memory(setup->host);
    *p = (struct tags) { .view = setup->view, .host = setup->host, .n = list->n };
    for (i = 0; i < list->n; i++)
        p->cutoff[i] = (lb_time)(list->at[i] * 1e9 + 0.5);
    return p;
}

/* The first server from seat `from` on that the request may go to, or LB_NONE. */
static lb_server next_allowed(const struct lb_view *view, const struct lb_request *request,
                              lb_server from)
{
    uint32_t i;

    for (i = 0; i < view->usable_n; i++)
        if (view->usable[i] >= from && lb_may(view, request, view->usable[i]))
            return view->usable[i];
    return LB_NONE;
}

static lb_server last_allowed(const struct lb_view *view, const struct lb_request *request)
{
    uint32_t i;

    for (i = view->usable_n; i-- > 0;)
        if (lb_may(view, request, view->usable[i]))
            return view->usable[i];
    return LB_NONE;
}

/* After the last server tried; if there is none, as far on as possible. */
static lb_server tags_pick(void *self, const struct lb_request *request, struct lb_random *random)
{
    const struct tags *p = self;
    uint32_t from = request->tried_n ? request->tried[request->tried_n - 1] + 1 : request->attempt;
    lb_server s = next_allowed(p->view, request, from);

    (void)random;
    if (s == LB_NONE)
        return last_allowed(p->view, request);
    if (s < p->n && next_allowed(p->view, request, s + 1) != LB_NONE)
        p->host->limit(p->host, p->cutoff[s]);
    return s;
}

static const struct lb_param params[] = {
    { "cutoffs", LB_LIST, offsetof(struct config, cutoffs), 0, 0, 1e6, "s",
      "how long each server serves a request at most, from the first on, growing; a server beyond "
      "the list, and the last that a request can go to, finish what they begin",
      NULL },
    { NULL, LB_INT, 0, 0, 0, 0, NULL, NULL, NULL },
};

static const struct lb_alias aliases[] = {
    { "guessing_size", "" },
    { NULL, NULL },
};

static const struct lb_about about = {
    .rule = "Every request begins at the first server. One served longer than that server's "
            "cut-off is cut and begins anew at the next one; the last server has none.",
    .formula = "with cut-offs c_i the requests that reach server i are those above c_(i-1), each "
               "with min(S, c_i) of work there; the first server is M/G/1 with that work",
    .cost = "O(n), n small: a server for each range of sizes",
    .source = "Harchol-Balter 2002, Journal of the ACM 49(2)",
    .fails = "What is cut was served in vain: it pays for very variable sizes alone, at low and "
             "middling load. Wrong cut-offs overload one server while the next idles.",
    .scenario = "scenarios/first/quickstart.json",
};

const struct lb_policy policy_tags = {
    .abi = LB_ABI,
    .size = sizeof(struct lb_policy),
    .name = "tags",
    .family = "size",
    .summary = "the first server, and the next for those that take too long",
    .sees = LB_CUTS,
    .config_size = sizeof(struct config),
    .param_size = sizeof(struct lb_param),
    .params = params,
    .aliases = aliases,
    .about = &about,
    .open = tags_open,
    .close = free,
    .pick = tags_pick,
};
