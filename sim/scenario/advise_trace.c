/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What had better be known of a trace: what of it is not used, and when it ends. */
#include <math.h>

#include "sim/scenario/contradiction.h"
#include "sim/scenario/trace_file.h"

/* ---- Columns. */

static void advise_columns(struct build *build, uint32_t i)
{
    const struct trace_info *trace = build->scenario->clients[i].trace;
    const struct trail here = roster_trail(&build->clients, i);
    const cJSON *node = roster_node(&build->clients, i);
    const cJSON *bytes = cJSON_GetObjectItemCaseSensitive(node, "bytes");
    const struct {
        const char *column, *key;
        bool there;
        const cJSON *given;
    } columns[] = {
        { "service", "service", trace->has_service,
          cJSON_GetObjectItemCaseSensitive(node, "service") },
        { "key", "key", trace->has_key, cJSON_GetObjectItemCaseSensitive(node, "key") },
        { "bytes", "bytes.response", trace->has_bytes,
          cJSON_GetObjectItemCaseSensitive(bytes, "response") },
    };
    size_t k;

    for (k = 0; k < sizeof columns / sizeof columns[0]; k++) {
        const struct trail inner = { &here, columns[k].key, -1 };

        if (columns[k].there && columns[k].given)
            warn(build->reader, "unused_column", &inner, columns[k].given,
                 "it is taken instead of the trace's column \"%s\"", columns[k].column);
    }
}

/* ---- Ends. */

static bool ends(const struct client_spec *client)
{
    return client->trace && !client->arrivals.loop;
}

/* When its last request comes, s: its times are stretched by the load, and by the factors that the
 * timeline sets. INFINITY: never, for it stands still. */
static double end_of(const struct client_spec *client)
{
    const double written = client->arrivals.kind->rate(&client->arrivals, 0.0);
    double left =
        (double)client->arrivals.last * 1e-9 * client->arrivals.scale * written / client->rate;
    double factor = 1.0, from = 0.0;
    uint32_t i;

    for (i = 0; i < client->changes_n; i++) {
        const double until = (double)client->changes[i].at * 1e-9;

        if (left <= factor * (until - from))
            break;
        left -= factor * (until - from);
        from = until;
        factor = client->changes[i].factor;
    }
    return from + left / factor;
}

/* Beside clients who go on the run does so too, and the load counts the trace as if it did. */
static void advise_end(struct build *build, uint32_t i)
{
    const struct client_spec *client = &build->scenario->clients[i];
    const struct trail up = roster_trail(&build->clients, i), here = { &up, "arrivals", -1 };
    const double end = end_of(client), whole = expected_length(build->scenario);

    if (end < whole)
        warn(build->reader, "trace_ends", &here,
             build_value(roster_node(&build->clients, i), "arrivals"),
             "the trace ends after %.4g s of a run of about %.4g s: other clients go on, and the "
             "load "
             "counts it as if it did (loop repeats it)",
             end, whole);
}

void advise_traces(struct build *build)
{
    const struct scenario *scenario = build->scenario;
    bool goes_on = false;
    uint32_t i;

    for (i = 0; i < scenario->clients_n; i++)
        goes_on |= !ends(&scenario->clients[i]);
    for (i = 0; i < scenario->clients_n; i++) {
        if (scenario->clients[i].trace)
            advise_columns(build, i);
        if (goes_on && ends(&scenario->clients[i]))
            advise_end(build, i);
    }
}
