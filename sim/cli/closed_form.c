/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/closed_form.h"

#include <string.h>

#include "models/theory_case.h"

static uint32_t choices_of(const struct policy_spec *p)
{
    const struct lb_param *param;

    for (param = p->policy->params; param && param->name; param++)
        if (!strcmp(param->name, "d") && param->type == LB_INT) {
            int64_t d;

            memcpy(&d, (const char *)p->config + param->offset, sizeof d);
            return d > 0 && d < 1000 ? (uint32_t)d : 0;
        }
    return 0;
}

/* What keeps a scenario from all models; whatever else the format may come to hold belongs here
 * unless the case below says it. */
static const char *disturbance(const struct scenario *s, const struct policy_spec *p)
{
    if (p->plugin)
        return "the policy is a plug-in";
    if (s->clients_n > 1 || s->servers_n > 1 || s->balancers_n > 1)
        return "there is more than one kind of clients, servers or balancers";
    if (s->links_n)
        return "there are links";
    if (s->clients[0].timeout != LB_NEVER)
        return "clients have a time-out";
    return NULL;
}

static bool arrivals_of(const struct client_spec *client, struct theory_case *c)
{
    switch (client->process) {
    case ARRIVAL_POISSON:
        return true;
    case ARRIVAL_DETERMINISTIC:
        c->arrivals = THEORY_EQUAL;
        return true;
    case ARRIVAL_CLOSED:
        c->arrivals = THEORY_CLOSED;
        c->population = client->population;
        c->think_mean = client->think.kind->mean(&client->think);
        return true;
    default:
        return false;
    }
}

static bool discipline_of(const struct server_spec *servers, struct theory_case *c)
{
    if (servers->discipline == DISCIPLINE_PS)
        c->discipline = THEORY_SHARED;
    return servers->discipline == DISCIPLINE_PS || servers->discipline == DISCIPLINE_FIFO;
}

const char *closed_form(const struct scenario *s, const struct policy_spec *p,
                        struct theory_answer *answer)
{
    const struct client_spec *client = &s->clients[0];
    const struct server_spec *servers = &s->servers[0];
    const char *wrong = disturbance(s, p);
    struct theory_case c = { .rate = client->rate,
                             .servers = s->servers_total,
                             .cores = servers->cores,
                             .queue_limit = servers->queue_limit,
                             .alike = true,
                             .undisturbed = true,
                             .balancers = s->balancers[0].count,
                             .policy = p->name,
                             .choices = choices_of(p) };

    if (wrong)
        return wrong;
    if (!arrivals_of(client, &c))
        return "no model has such arrivals";
    if (!discipline_of(servers, &c))
        return "no model has such a discipline";
    theory_case_service(&c, &client->service, servers->speed);
    return theory_match(&c, answer);
}
