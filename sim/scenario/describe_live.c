/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/describe_part.h"

/* "app are those at 127.0.0.1:8081 and 7 more". */
static void describe_backends(FILE *out, const struct scenario *scenario)
{
    const struct live_address *at = scenario->live.backends;
    uint32_t i;

    for (i = 0; at && i < scenario->servers_n; i++) {
        const struct server_spec *group = &scenario->servers[i];

        if (!at[group->first].text)
            continue;
        fprintf(out, "; %s: the server%s at %s", group->name, group->count == 1 ? "" : "s",
                at[group->first].text);
        if (group->count > 1)
            fprintf(out, " and %u more", (unsigned)group->count - 1);
    }
}

void describe_live(FILE *out, const struct scenario *scenario)
{
    static const char *const transports[] = {
        [LIVE_HTTP] = "HTTP/1.1",
        [LIVE_TCP] = "lines over TCP",
        [LIVE_UDP] = "datagrams (UDP)",
    };
    const struct live_spec *live = &scenario->live;

    if (!live->given)
        return;
    fprintf(out, "live: %s%s", transports[live->transport], live->tls ? " under TLS" : "");
    if (live->time_scale > 1 || live->time_scale < 1)
        fprintf(out, ", a second of the model in %g real ones", live->time_scale);
    if (live->duration != LB_NEVER) {
        fputs(", for ", out);
        describe_time(out, live->duration);
    }
    describe_backends(out, scenario);
    if (live->through.text)
        fprintf(out, "; through the balancer at %s", live->through.text);
    if (live->connections != SCENARIO_UNLIMITED)
        fprintf(out, "; up to %u connections to a balancer", (unsigned)live->connections);
    if (live->tries == 1)
        fputs("; one try\n", out);
    else
        fprintf(out, "; up to %u tries until a run is valid\n", (unsigned)live->tries);
}
