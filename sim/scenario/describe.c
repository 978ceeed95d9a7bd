/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/describe.h"

#include <inttypes.h>
#include <math.h>

#include "sim/scenario/describe_part.h"
#include "sim/scenario/trace_file.h"

enum { SHOWN = 20 }; /* of each list; the rest is counted */

static bool is_zero(const struct distribution *quantity)
{
    return distribution_is_constant(quantity) && !(quantity->kind->mean(quantity) > 0);
}

static void print_more(FILE *out, uint32_t n)
{
    if (n > SHOWN)
        fprintf(out, "  ... and %u more\n", (unsigned)(n - SHOWN));
}

static void describe_process(FILE *out, const struct client_spec *client)
{
    static const char *const words[ARRIVALS] = {
        [ARRIVAL_POISSON] = "Poisson arrivals",
        [ARRIVAL_DETERMINISTIC] = "arrivals at equal gaps",
        [ARRIVAL_RENEWAL] = "arrivals with gaps ",
        [ARRIVAL_BATCH] = "batches as a Poisson process, of size ",
        [ARRIVAL_MMPP] = "Poisson arrivals at a rate that jumps at random",
        [ARRIVAL_ON_OFF] = "Poisson arrivals in periods of ",
        [ARRIVAL_NONHOMOGENEOUS] = "Poisson arrivals at a rate that follows the clock",
        [ARRIVAL_TRACE] = "a trace",
    };
    const struct arrival_spec *spec = &client->arrivals;

    fputs(words[client->process], out);
    if (client->process == ARRIVAL_RENEWAL)
        describe_quantity(out, UNIT_TIME, &spec->interarrival);
    if (client->process == ARRIVAL_BATCH)
        describe_quantity(out, UNIT_NONE, &spec->size);
    if (client->process == ARRIVAL_ON_OFF) {
        describe_quantity(out, UNIT_TIME, &spec->on);
        fputs(" between pauses of ", out);
        describe_quantity(out, UNIT_TIME, &spec->off);
    }
    if (client->process == ARRIVAL_MMPP)
        fprintf(out, " between %u values", (unsigned)spec->rates.n);
    if (client->process == ARRIVAL_NONHOMOGENEOUS && spec->period > 0) {
        fprintf(out, ", a sinusoid of amplitude %g and period ", spec->amplitude);
        describe_time(out, spec->period);
    }
    if (client->trace)
        fprintf(out, " of %" PRIu64 " requests from %s%s", client->trace->count,
                client->trace->path, spec->loop ? ", repeated" : "");
}

/* How much the number of requests varies, beside Poisson. */
static void describe_bursts(FILE *out, const struct client_spec *client)
{
    const double index = client->arrivals.kind->dispersion(&client->arrivals, client->rate);

    if (isnan(index))
        return;
    if (isinf(index))
        fputs(" (bursty at every scale)", out);
    else
        fprintf(out, " (%s than Poisson: index of dispersion %.3g)",
                index < 1   ? "smoother"
                : index > 1 ? "burstier"
                            : "neither more nor less bursty",
                index);
}

static void describe_arrivals(FILE *out, const struct client_spec *client)
{
    if (client->process == ARRIVAL_CLOSED) {
        fprintf(out, "%u users, each with one request at a time", (unsigned)client->population);
        if (is_zero(&client->think))
            fputs(", who do not think", out);
        else {
            fputs(", who think before each: ", out);
            describe_quantity(out, UNIT_TIME, &client->think);
        }
        return;
    }
    describe_process(out, client);
    if (client->process == ARRIVAL_POISSON || client->process == ARRIVAL_DETERMINISTIC)
        fprintf(out, " at %.6g requests/s", client->rate);
    else
        fprintf(out, ", on average %.6g requests/s", client->rate);
    if (client->process != ARRIVAL_POISSON && client->process != ARRIVAL_DETERMINISTIC)
        describe_bursts(out, client);
    if (client->changes_n)
        fprintf(out, ", a rate that changes %u times", (unsigned)client->changes_n);
}

static void describe_sessions(FILE *out, const struct client_spec *client)
{
    if (!client->sessions.requests.kind)
        return;
    fprintf(out, ", in sessions of %.6g requests on average", client->sessions.mean);
    if (!is_zero(&client->sessions.think)) {
        fputs(", with think time ", out);
        describe_quantity(out, UNIT_TIME, &client->sessions.think);
    }
}

static void describe_more(FILE *out, const struct client_spec *client)
{
    if (client->key.kind) {
        fputs("; keys ", out);
        describe_quantity(out, UNIT_NONE, &client->key);
    }
    if (client->size_estimate.kind) {
        fputs("; declares its size times ", out);
        describe_quantity(out, UNIT_NONE, &client->size_estimate);
    }
    if (client->priority)
        fprintf(out, "; priority %u", (unsigned)client->priority);
}

static void describe_client(FILE *out, const struct scenario *scenario,
                            const struct client_spec *client)
{
    fprintf(out, "  %s: ", client->name);
    describe_arrivals(out, client);
    describe_sessions(out, client);
    fputs("; service ", out);
    if (client->service_in_trace) {
        fputs("from the trace, on average ", out);
        describe_value(out, UNIT_TIME, client->trace->work);
    } else
        describe_quantity(out, UNIT_TIME, &client->service);
    describe_more(out, client);
    if (!is_zero(&client->request_bytes)) {
        fputs("; requests of ", out);
        describe_quantity(out, UNIT_BYTES, &client->request_bytes);
    }
    if (!is_zero(&client->response_bytes)) {
        fputs("; answers of ", out);
        describe_quantity(out, UNIT_BYTES, &client->response_bytes);
    }
    if (client->patience.kind) {
        fputs("; leaves the queue after ", out);
        describe_quantity(out, UNIT_TIME, &client->patience);
    }
    if (client->timeout != LB_NEVER) {
        fputs("; gives up after ", out);
        describe_time(out, client->timeout);
    }
    describe_tries(out, client);
    if (client->link != SCENARIO_NONE)
        fprintf(out, "; over link %s", scenario->links[client->link].name);
    if (scenario->balancers_n > 1)
        fprintf(out, "; to balancer %s", scenario->balancers[client->balancer].name);
    fputc('\n', out);
}

static void describe_group(FILE *out, const struct scenario *scenario,
                           const struct server_spec *group)
{
    static const char *const disciplines[] = {
        [DISCIPLINE_FIFO] = "FIFO",
        [DISCIPLINE_LIFO] = "last in, first out (preemptive)",
        [DISCIPLINE_PS] = "processor sharing",
        [DISCIPLINE_SRPT] = "shortest remaining work first",
        [DISCIPLINE_PRIORITY] = "greatest priority first",
    };

    fprintf(out, "  %s: %u server%s, ", group->name, (unsigned)group->present,
            group->present == 1 ? "" : "s");
    if (group->cores == SCENARIO_UNLIMITED)
        fputs("unlimited cores", out);
    else
        fprintf(out, "%u core%s", (unsigned)group->cores, group->cores == 1 ? "" : "s");
    fprintf(out, "%s, %s%s", group->present == 1 ? "" : " each", disciplines[group->discipline],
            group->preemptive ? ", interrupting" : "");
    if (group->count > group->present)
        fprintf(out, ", up to %u servers in the timeline", (unsigned)group->count);
    if (group->errors > 0)
        fprintf(out, ", an error in %g of the answers", group->errors);
    if (group->resets > 0)
        fprintf(out, ", a broken connection instead of %g of the answers", group->resets);
    if (group->hangs > 0)
        fprintf(out, ", no answer to %g of the requests", group->hangs);
    if (group->redrawn.n) {
        fprintf(out, ", speed %g on average, drawn anew every ", group->speed);
        describe_time(out, group->redrawn.redraw);
    } else if (group->speed < 1 || group->speed > 1)
        fprintf(out, ", speed %g", group->speed);
    if (group->queue_limit == 0)
        fputs(", no waiting places", out);
    else if (group->queue_limit != SCENARIO_UNLIMITED)
        fprintf(out, ", %u waiting places", (unsigned)group->queue_limit);
    if (group->weight != 1)
        fprintf(out, ", weight %u", (unsigned)group->weight);
    if (group->link != SCENARIO_NONE)
        fprintf(out, ", over link %s", scenario->links[group->link].name);
    fputc('\n', out);
    describe_faults(out, group);
}

static void describe_link(FILE *out, const struct link_spec *link)
{
    fprintf(out, "  %s: ", link->name);
    describe_quantity(out, UNIT_TIME, &link->latency);
    fputs(" one way", out);
    if (link->bandwidth > 0) {
        fputs(", ", out);
        describe_value(out, UNIT_BANDWIDTH, link->bandwidth);
    }
    if (link->loss > 0)
        fprintf(out, ", each message lost with probability %g", link->loss);
    fputc('\n', out);
}

static void describe_groups(FILE *out, const struct scenario *scenario,
                            const struct balancer_spec *balancer)
{
    uint32_t k;

    if (balancer->groups_n == scenario->servers_n) {
        fputs("all servers", out);
        return;
    }
    for (k = 0; k < balancer->groups_n && k < SHOWN; k++)
        fprintf(out, "%s%s", k ? ", " : "", scenario->servers[balancer->groups[k]].name);
    if (balancer->groups_n > SHOWN)
        fprintf(out, " and %u more", (unsigned)(balancer->groups_n - SHOWN));
}

static void describe_balancer(FILE *out, const struct scenario *scenario,
                              const struct balancer_spec *balancer)
{
    static const char *const none[] = {
        [ON_NONE_FAIL] = "is rejected",
        [ON_NONE_QUEUE] = "waits at the balancer",
        [ON_NONE_PANIC] = "goes to any server that is there",
    };

    fprintf(out, "  %s: ", balancer->name);
    if (balancer->count > 1)
        fprintf(out, "%u balancers, requests dealt to them %s, ", (unsigned)balancer->count,
                balancer->spread == SPREAD_RANDOM ? "at random" : "in turn");
    fputs("for ", out);
    describe_groups(out, scenario, balancer);
    fprintf(out, "; a request for which no server is found %s", none[balancer->on_none]);
    if (balancer->information == INFORMATION_OWN)
        fputs("; policies see the balancer's own requests in flight", out);
    if (balancer->information == INFORMATION_FRESH)
        fputs("; policies see the true queues", out);
    if (balancer->link != SCENARIO_NONE)
        fprintf(out, "; over link %s", scenario->links[balancer->link].name);
    fputc('\n', out);
    describe_mechanisms(out, balancer);
}

static bool any_unlimited(const struct scenario *scenario)
{
    uint32_t i;

    for (i = 0; i < scenario->servers_n; i++)
        if (scenario->servers[i].cores == SCENARIO_UNLIMITED)
            return true;
    return false;
}

static void describe_load(FILE *out, const struct scenario *scenario)
{
    if (isnan(scenario->offered_load))
        fputs(any_unlimited(scenario) ? "load: cores are unlimited\n"
                                      : "load: set by the closed clients alone\n",
              out);
    else if (scenario->offered_load >= 1)
        fprintf(out, "load: the work offered is %.4g of the capacity: more than can be done\n",
                scenario->offered_load);
    else
        fprintf(out, "load: the work offered is %.4g of the capacity\n", scenario->offered_load);
}

static void describe_policies(FILE *out, const struct scenario *scenario)
{
    uint32_t i;

    fputs("policies, compared on the same requests\n", out);
    for (i = 0; i < scenario->policies_n && i < SHOWN; i++) {
        const struct policy_spec *spec = &scenario->policies[i];

        fprintf(out, "  %s", spec->label);
        if (spec->policy->summary)
            fprintf(out, ": %s", spec->policy->summary);
        if (*spec->parameters)
            fprintf(out, " (%s)", spec->parameters);
        fputc('\n', out);
    }
    print_more(out, scenario->policies_n);
}

static void describe_run(FILE *out, const struct run_spec *run)
{
    fprintf(out, "run: %u replication%s of ", (unsigned)run->replications,
            run->replications == 1 ? "" : "s");
    if (run->requests)
        fprintf(out, "%" PRIu64 " requests", run->requests);
    else
        describe_time(out, run->duration);
    if (run->warmup == WARMUP_AUTO)
        fputs(", warm-up found by a pilot", out);
    else if (run->warmup == WARMUP_COUNT)
        fprintf(out, ", the first %" PRIu64 " requests not measured", run->warmup_count);
    else {
        fputs(", the first ", out);
        describe_time(out, run->warmup_time);
        fputs(" not measured", out);
    }
    fprintf(out, "; intervals of %g%% confidence; seed %" PRIu64 "\n", 100 * run->confidence,
            run->seed);
}

static bool any_closed(const struct scenario *scenario)
{
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++)
        if (scenario->clients[i].process == ARRIVAL_CLOSED)
            return true;
    return false;
}

void scenario_describe(const struct scenario *scenario, FILE *out)
{
    uint32_t i;

    fputs(scenario->name, out);
    if (scenario->description)
        fprintf(out, ": %s", scenario->description);
    if (scenario->source)
        fprintf(out, "\nsource: %s", scenario->source);
    fputs("\n\nclients\n", out);
    for (i = 0; i < scenario->clients_n && i < SHOWN; i++)
        describe_client(out, scenario, &scenario->clients[i]);
    print_more(out, scenario->clients_n);
    fputs("balancers\n", out);
    for (i = 0; i < scenario->balancers_n && i < SHOWN; i++)
        describe_balancer(out, scenario, &scenario->balancers[i]);
    print_more(out, scenario->balancers_n);
    fputs("servers\n", out);
    for (i = 0; i < scenario->servers_n && i < SHOWN; i++)
        describe_group(out, scenario, &scenario->servers[i]);
    print_more(out, scenario->servers_n);
    if (scenario->links_n)
        fputs("links\n", out);
    for (i = 0; i < scenario->links_n && i < SHOWN; i++)
        describe_link(out, &scenario->links[i]);
    print_more(out, scenario->links_n);
    if (scenario->changes_n)
        fputs("timeline\n", out);
    for (i = 0; i < scenario->changes_n && i < SHOWN; i++)
        describe_change(out, scenario, &scenario->changes[i]);
    print_more(out, scenario->changes_n);
    describe_load(out, scenario);
    describe_policies(out, scenario);
    describe_run(out, &scenario->run);
    describe_live(out, scenario);
    if (any_closed(scenario))
        fputs("Of closed clients, size and think time of a user's k-th request are the same under "
              "every policy; its instant is not.\n",
              out);
}
