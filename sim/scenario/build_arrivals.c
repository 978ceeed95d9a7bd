/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a client's arrivals, sessions and trace come to. */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "sim/scenario/build.h"
#include "sim/scenario/plain_file.h"
#include "sim/scenario/trace_file.h"

/* Arrivals change their state far more often than requests come: nobody would wait for that. */
static const double TURNS_MOST = 1e6;

static struct distribution or_none(struct distribution made)
{
    return made.kind ? made : distribution_constant(0);
}

/* ---- Rates over time. */

static void check_sinusoid(struct build *build, const struct trail *here,
                           const struct curve_form *form)
{
    const bool load = build_has(build->top.node, "load");

    if (form->node && (!build_has(form->node, "amplitude") || !build_has(form->node, "period")))
        complain(build->reader, here, form->node,
                 "expected { mean, amplitude, period }, or a list of { from, rate }");
    else if (form->node && !load && !build_has(form->node, "mean"))
        complain(build->reader, here, form->node,
                 "mean is missing: requests per second (or give the scenario a load)");
}

static bool is_step(const struct curve_form *form)
{
    return form->node && (build_has(form->node, "from") || build_has(form->node, "rate"));
}

static void check_step(struct build *build, const struct trail *here, const struct curve_form *form)
{
    if (!form->node)
        return;
    if (build_has(form->node, "mean") || build_has(form->node, "amplitude") ||
        build_has(form->node, "period"))
        complain(build->reader, here, form->node,
                 "mean, amplitude and period make a sinusoid, from and rate a step: not both");
    else if (!build_has(form->node, "from") || !build_has(form->node, "rate"))
        complain(build->reader, here, form->node, "a step has both: { from, rate }");
}

static void read_steps(struct build *build, const struct trail *here, const struct objects *curve,
                       struct arrival_spec *spec)
{
    struct rate_piece *pieces = reader_get(build->reader, curve->n * sizeof *pieces);
    const struct curve_form *form = curve->at;
    uint32_t i;

    for (i = 0; pieces && i < curve->n; i++) {
        const struct trail step = { here->up, here->key, curve->single ? -1 : (int64_t)i };

        check_step(build, &step, &form[i]);
        pieces[i] = (struct rate_piece) { form[i].from, isnan(form[i].rate) ? 0.0 : form[i].rate };
    }
    spec->pieces = pieces;
    spec->pieces_n = pieces ? curve->n : 0;
}

static void read_curve(struct build *build, const struct trail *up, const struct objects *curve,
                       struct arrival_spec *spec)
{
    const struct trail here = { up, "rates", -1 };
    const struct curve_form *form = curve->at;

    if (!curve->node)
        return;
    if (!curve->single || is_step(form)) {
        read_steps(build, &here, curve, spec);
        return;
    }
    check_sinusoid(build, &here, form);
    spec->rate = form->mean;
    spec->amplitude = isnan(form->amplitude) ? 0.0 : form->amplitude;
    spec->period = form->period;
}

/* ---- Traces. */

static void take_trace(struct client_spec *client, const struct trace_info *info)
{
    struct arrival_spec *spec = &client->arrivals;

    client->trace = info;
    spec->count = info->count;
    spec->first = info->first;
    spec->last = info->last;
    if (info->count > 1)
        spec->gap = (info->last - info->first) / (lb_time)(info->count - 1);
}

static const struct trace_info *read_before(const struct reader *reader, const char *path)
{
    const struct traces *seen = reader->traces;

    for (seen = seen ? seen->next : NULL; seen; seen = seen->next)
        if (!strcmp(seen->info->path, path))
            return seen->info;
    return NULL;
}

static void remember(struct reader *reader, const struct trace_info *info)
{
    struct traces *seen = reader->traces ? reader_get(reader, sizeof *seen) : NULL;

    if (!seen)
        return;
    *seen = (struct traces) { info, reader->traces->next };
    reader->traces->next = seen;
}

static void read_trace_file(struct build *build, const struct trail *here, const cJSON *node,
                            const char *path, struct client_spec *client)
{
    struct reader *reader = build->reader;
    struct trace_info *info = reader_get(reader, sizeof *info);
    char why[256];
    FILE *file;

    if (!info)
        return;
    file = reader->open_file(path);
    if (!file) {
        complain(reader, here, node, "%s: cannot be read: %s", path, plain_file_why(errno));
    } else if (trace_scan(file, path, info, why, sizeof why)) {
        complain(reader, here, node, "%s: %s", path, why);
    } else {
        take_trace(client, info);
        remember(reader, info);
    }
}

static void read_trace(struct build *build, const struct trail *up,
                       const struct arrivals_form *form, struct client_spec *client)
{
    const struct trail here = { up, "file", -1 };
    const cJSON *node = build_value(form->head.node, "file");
    struct reader *reader = build->reader;
    const char *path = form->file ? reader_beside(reader, form->file) : NULL;
    const struct trace_info *seen = path ? read_before(reader, path) : NULL;

    if (seen)
        take_trace(client, seen);
    else if (path && !reader->open_file)
        complain(reader, &here, node, "no file is read here");
    else if (path)
        read_trace_file(build, &here, node, path, client);
}

/* Work comes from the trace unless the client states its own. */
static void settle_service(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct trail here = roster_trail(&build->clients, i);
    struct client_spec *client = &build->scenario->clients[i];

    if (build_has(form->node, "service"))
        return;
    client->service_in_trace = client->trace && client->trace->has_service;
    if (client->service_in_trace)
        client->service = distribution_constant(client->trace->work);
    else if (client->trace)
        complain(build->reader, &here, form->node,
                 "service is missing: the trace has no such column either");
    else if (client->process != ARRIVAL_TRACE)
        complain(build->reader, &here, form->node,
                 "service is missing: how long a request keeps a core of speed 1 busy");
}

/* Likewise what answers weigh. */
static void settle_bytes(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    struct client_spec *client = &build->scenario->clients[i];

    client->bytes_in_trace =
        client->trace && client->trace->has_bytes && !build_has(form->bytes.node, "response");
}

/* ---- Sessions. */

static void read_sessions(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "sessions", -1 };
    struct client_spec *client = &build->scenario->clients[i];

    client->sessions.mean = 1.0;
    if (!form->sessions.node || !form->sessions.requests.kind)
        return;
    client->sessions.requests = form->sessions.requests;
    client->sessions.think = or_none(form->sessions.think);
    client->sessions.mean = whole_mean(&form->sessions.requests);
    if (client->process == ARRIVAL_CLOSED)
        complain(build->reader, &here, form->sessions.node,
                 "closed users never leave: sessions belong to open arrivals");
    if (client->process == ARRIVAL_TRACE)
        complain(build->reader, &here, form->sessions.node,
                 "a trace has every request already: sessions belong to other arrivals");
}

/* ---- The whole. */

static struct arrival_spec spec_of(const struct arrivals_form *form)
{
    const enum arrival_process process = (enum arrival_process)form->head.which;
    const bool rated = process == ARRIVAL_POISSON || process == ARRIVAL_DETERMINISTIC ||
                       process == ARRIVAL_BATCH || process == ARRIVAL_ON_OFF;

    return (struct arrival_spec) { .kind = arrival_kinds[process],
                                   .rate = rated ? form->rate : NAN,
                                   .interarrival = form->interarrival,
                                   .size = form->size,
                                   .on = form->on,
                                   .off = form->off,
                                   .rates = form->rates,
                                   .leave = form->leave,
                                   .scale = form->scale,
                                   .loop = form->loop != 0 };
}

/* Has all of what its kind needs been read? What lacks was said where it was read. */
static bool is_complete(const struct client_spec *client)
{
    const struct arrival_spec *spec = &client->arrivals;

    switch (client->process) {
    case ARRIVAL_RENEWAL:
        return spec->interarrival.kind;
    case ARRIVAL_BATCH:
        return spec->size.kind;
    case ARRIVAL_MMPP:
        return spec->rates.n && spec->leave.n;
    case ARRIVAL_ON_OFF:
        return spec->on.kind && spec->off.kind;
    case ARRIVAL_NONHOMOGENEOUS:
        return spec->pieces_n || (spec->period > 0 && spec->period != LB_NEVER);
    case ARRIVAL_TRACE:
        return client->trace;
    default:
        return true;
    }
}

void build_arrivals(struct build *build, uint32_t i)
{
    const struct client_form *form = roster_at(&build->clients, i);
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "arrivals", -1 };
    struct client_spec *client = &build->scenario->clients[i];
    struct arrival_spec *spec = &client->arrivals;
    const char *wrong = NULL;

    client->process = (enum arrival_process)form->arrivals.head.which;
    *spec = spec_of(&form->arrivals);
    client->population =
        (uint32_t)(client->process == ARRIVAL_CLOSED ? form->arrivals.population : 0);
    client->think = or_none(form->arrivals.think);
    if (client->process == ARRIVAL_NONHOMOGENEOUS)
        read_curve(build, &here, &form->arrivals.curve, spec);
    if (client->process == ARRIVAL_TRACE)
        read_trace(build, &here, &form->arrivals, client);
    read_sessions(build, i);
    settle_service(build, i);
    settle_bytes(build, i);
    if (spec->kind->check && is_complete(client))
        wrong = spec->kind->check(spec);
    if (wrong)
        complain(build->reader, &here, form->arrivals.head.node, "%s", wrong);
}

void check_turns(struct build *build, uint32_t i)
{
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "arrivals", -1 };
    const struct arrival_spec *spec = &client->arrivals;

    if (spec->kind->turns && spec->kind->turns(spec) > TURNS_MOST * client->rate)
        complain(build->reader, &here, build_value(roster_node(&build->clients, i), "arrivals"),
                 "its state changes more than %g times a request: that is a Poisson process",
                 TURNS_MOST);
}

bool client_has_keys(const struct client_spec *client)
{
    return client->key.kind || client->sessions.requests.kind ||
           (client->trace && client->trace->has_key);
}
