/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/live_text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/print.h"

const char *live_transport_name(enum live_transport t)
{
    static const char *const names[] = { "http", "tcp", "udp" };

    return names[t];
}

/* ---- Pairs. */

void live_json_text(FILE *out, const char *name, const char *text, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_text(out, text);
    fputs(after, out);
}

void live_json_pair(FILE *out, const char *name, double value, const char *why, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_number(out, value);
    if (!isfinite(value)) {
        fprintf(out, ", \"%s_why\": ", name);
        print_json_text(out, why);
    }
    fputs(after, out);
}

void live_json_known(FILE *out, const char *name, double value, const char *after)
{
    live_json_pair(out, name, value, "it is not known", after);
}

void live_json_value(FILE *out, double value, double low, double high, const char *why)
{
    fputs("\"value\": ", out);
    print_json_number(out, value);
    if (!isnan(low) || !isnan(high)) {
        fputs(", \"low\": ", out);
        print_json_number(out, low);
        fputs(", \"high\": ", out);
        print_json_number(out, high);
    }
    fputs(", ", out);
    if (!isfinite(value))
        live_json_text(out, "why", why, ", ");
}

void live_json_number(FILE *out, const struct live_number *x)
{
    const bool plain = !strcmp(x->statistic, "value");
    char name[160];

    snprintf(name, sizeof name, "%s%s%s", x->metric, plain ? "" : ".", plain ? "" : x->statistic);
    print_json_text(out, name);
    fputs(": {", out);
    live_json_value(out, x->value, x->low, x->high, x->why);
    live_json_text(out, "unit", x->unit, "}");
}

/* ---- Tries. */

void live_json_reading(FILE *out, const struct live_reading *x, const char *after)
{
    static const char alone[] =
        "no measured request was a single attempt that lbsim's own balancer "
        "and servers recorded";

    live_json_pair(out, "overhead_p99.9", x->overhead, alone, ", ");
    live_json_pair(out, "send_p99", x->send, "no measured request was sent", ", ");
    live_json_pair(out, "steal", x->steal, "/proc/stat does not tell", ", ");
    live_json_pair(out, "slow_share", x->slow_share, alone, ", ");
    live_json_pair(out, "rate_share", x->rate, "no measured request was issued", after);
}

static void json_try(FILE *out, const struct session_try *t, uint32_t n, bool chosen,
                     const char *gate)
{
    const struct gate_reading *g = &t->gate.reading;
    const struct live_reading reading = { g->overhead, g->send, g->steal, g->slow_share, g->rate };
    char why[400];

    gate_write(&t->gate, why, sizeof why);
    fprintf(out, "{\"phase\": \"%s\", \"try\": %u, \"%s\": \"%s\", \"chosen\": %s, ",
            t->plan.ping ? "ping" : "run", n + 1, gate, gate_verdict_name(t->gate.verdict),
            chosen ? "true" : "false");
    live_json_text(out, "why", why, ", ");
    live_json_reading(out, &reading, ", ");
    fprintf(out, "\"overload\": %" PRIu64 ", \"issued\": %" PRIu64 ", ", g->overload,
            t->result.account.issued);
    live_json_known(out, "balancer_cpu_s", t->result.cpu[ROLE_BALANCER], "}");
}

void live_json_tries(FILE *out, const struct live_session *s, const char *gate)
{
    const struct session_phase *const phases[] = { &s->ping, &s->run };
    const char *between = "\n       ";
    uint32_t p, i;

    fputs("\"tries\": [", out);
    for (p = 0; p < 2; p++)
        for (i = 0; i < phases[p]->n; i++) {
            fputs(between, out);
            json_try(out, &phases[p]->at[i], i, i == phases[p]->best, gate);
            between = ",\n       ";
        }
    fputs("],\n     ", out);
}
