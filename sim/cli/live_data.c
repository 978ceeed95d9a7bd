/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live results for programs: JSON (lbsim-live/1), CSV, a line a request. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/live_text.h"
#include "sim/cli/print.h"
#include "sim/run/experiment.h"

static const char *const endings[] = { "completed", "rejected", "timed_out", "failed",
                                       "cancelled" };

/* ---- JSON. */

static void json_account(FILE *out, const struct live_account *a)
{
    int i;

    fprintf(out, "\"requests\": {\"issued\": %" PRIu64, a->issued);
    for (i = 0; i < ENDINGS; i++)
        fprintf(out, ", \"%s\": %" PRIu64, endings[i], a->ended[i]);
    fprintf(out, ", \"in_system\": %" PRIu64 "},\n     \"failed_by\": {", a->in_system);
    for (i = 0; i < CAUSES; i++)
        fprintf(out, "%s\"%s\": %" PRIu64, i ? ", " : "",
                i == CAUSE_NONE ? "answer" : cause_name((enum cause)i), a->failed[i]);
    fprintf(out, "},\n     \"strangers\": {\"balancer\": %" PRIu64 ", \"straight\": %" PRIu64,
            a->strangers, a->straight);
    fprintf(out, "},\n     \"attempts\": {\"sent\": %" PRIu64, a->sent);
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        fprintf(out, ", \"%s\": %" PRIu64, attempt_ending_name((enum attempt_ending)i),
                a->attempts[i]);
    fprintf(out, ", \"in_flight\": %" PRIu64 "},\n     ", a->in_flight);
    fprintf(out,
            "\"datagrams\": {\"lost\": %" PRIu64 ", \"repeated\": %" PRIu64 ", \"late\": %" PRIu64
            ", \"bad\": %" PRIu64 ", \"receive_buffer\": %" PRIu64 "},\n     ",
            a->inlet.datagrams_lost + a->outlet.datagrams_lost, a->inlet.repeated, a->outlet.late,
            a->inlet.bad + a->outlet.bad, a->inlet.receive_buffer);
}

struct json_numbers {
    FILE *out;
    bool any;
};

static void json_number(void *context, const struct live_number *x)
{
    struct json_numbers *j = context;

    fputs(j->any ? ",\n       " : "\n       ", j->out);
    live_json_number(j->out, x);
    j->any = true;
}

static void json_run(FILE *out, const struct live_told *t)
{
    const struct session_try *run = live_told_run(t);
    const struct live_result *r = &run->result;
    struct json_numbers numbers = { out, false };

    fputs("    {", out);
    live_json_text(out, "policy", live_told_policy(t)->name, ", ");
    live_json_text(out, "label", live_told_policy(t)->label, ", ");
    print_json_point(out, t->cell, ", ");
    fprintf(out, "\"verdict\": \"%s\",\n     ", gate_verdict_name(run->gate.verdict));
    live_json_tries(out, &t->session, "verdict");
    json_account(out, &r->account);
    fprintf(out, "\"measured\": {\"requests\": %" PRIu64 ", ", r->measured);
    live_json_known(out, "seconds", r->seconds, "");
    fprintf(out, ", \"warmup\": %" PRIu64 "},\n     \"metrics\": {", r->warmup);
    live_each_number(run, json_number, &numbers);
    fputs("},\n     \"cpu_s\": {", out);
    live_json_known(out, "clients", r->cpu[ROLE_CLIENTS], ", ");
    live_json_known(out, "balancer", r->cpu[ROLE_BALANCER], ", ");
    live_json_known(out, "servers", r->cpu[ROLE_SERVERS], "}, ");
    fprintf(out, "\"kills\": %u, ", run->supervised.kills);
    live_json_known(out, "wall_s", run->supervised.seconds, "}");
}

static void json_host(FILE *out, const struct live_report *report)
{
    const struct live_told *t = &report->at[0];
    const struct session_try *run = live_told_run(t);
    char quiet[160];

    fputs("  \"timers\": {", out);
    live_json_known(out, "p50", t->session.timers.p50, ", ");
    live_json_known(out, "p99", t->session.timers.p99, ", ");
    live_json_known(out, "max", t->session.timers.most, "}, \"scheduler\": ");
    quiet_write(&run->supervised.quiet[ROLE_CLIENTS], quiet, sizeof quiet);
    print_json_text(out, quiet);
    fputs(",\n", out);
}

void live_print_json(FILE *out, const struct live_report *report)
{
    const struct scenario *s = report->study->cells[0].scenario;
    bool any = false;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-live/1\", \"lbsim\": \"" LBSIM_VERSION "\", \"scenario\": ", out);
    print_json_text(out, s->name);
    fprintf(out,
            ", \"seed\": %" PRIu64 ",\n  \"transport\": \"%s\", \"tls\": %s, \"time_scale\": "
            "%.17g, \"complete\": %s,\n",
            s->run.seed, live_transport_name(s->live.transport), s->live.tls ? "true" : "false",
            s->live.time_scale, live_is_complete(report) ? "true" : "false");
    if (report->n && live_told_run(&report->at[0]))
        json_host(out, report);
    fputs("  \"runs\": [", out);
    for (i = 0; i < report->n; i++) {
        if (!live_told_run(&report->at[i]))
            continue;
        fputs(any ? ",\n" : "\n", out);
        json_run(out, &report->at[i]);
        any = true;
    }
    fputs("\n  ] }\n", out);
}

/* ---- CSV. */

struct csv_rows {
    FILE *out;
    const struct live_told *told;
    const struct session_try *run;
};

static void csv_row(void *context, const struct live_number *x)
{
    const struct csv_rows *c = context;
    uint32_t i;

    print_csv_text(c->out, c->run->plan.scenario->name);
    fputc(',', c->out);
    print_csv_text(c->out, live_told_policy(c->told)->name);
    fputc(',', c->out);
    print_csv_text(c->out, live_told_policy(c->told)->label);
    fprintf(c->out, ",%" PRIu64 ",%s,", c->run->plan.scenario->run.seed,
            gate_verdict_name(c->run->gate.verdict));
    print_csv_text(c->out, x->metric);
    fprintf(c->out, ",%s", x->statistic);
    print_csv_number(c->out, x->value);
    fprintf(c->out, ",%s", x->unit);
    for (i = 0; i < c->told->cell->at_n; i++) {
        fputc(',', c->out);
        print_csv_text(c->out, c->told->cell->at[i].text);
    }
    fputc('\n', c->out);
}

void live_print_csv(FILE *out, const struct live_report *report)
{
    const struct cell *first = &report->study->cells[0];
    uint32_t i;

    fputs("scenario,policy,label,seed,verdict,metric,statistic,value,unit", out);
    for (i = 0; i < first->at_n; i++) {
        fputc(',', out);
        print_csv_text(out, first->at[i].path);
    }
    fputc('\n', out);
    for (i = 0; i < report->n; i++) {
        struct csv_rows rows = { out, &report->at[i], live_told_run(&report->at[i]) };

        if (rows.run)
            live_each_number(rows.run, csv_row, &rows);
    }
}

/* ---- Requests: the columns of a simulation's, then those that only a live run has. */

static void csv_time(FILE *out, lb_time t)
{
    if (t != LB_NEVER)
        fprintf(out, "%" PRId64 ".%09" PRId64, t / 1000000000, t % 1000000000);
    fputc(',', out);
}

static lb_server server_of(const struct live_record *r)
{
    return r->dispatched != LB_NONE ? r->dispatched : r->server;
}

static void csv_simulated(FILE *out, const struct live_told *t, const struct scenario *s,
                          uint64_t id, const struct live_record *r)
{
    const struct client_spec *client = &s->clients[r->client];

    print_csv_text(out, live_told_policy(t)->label);
    fprintf(out, ",0,%" PRIu64 ",", id);
    print_csv_text(out, client->name);
    fputc(',', out);
    if (r->ended)
        fprintf(out, "%u", r->balancer);
    fputc(',', out);
    csv_time(out, r->intended);
    csv_time(out, r->ended ? r->work : LB_NEVER);
    csv_time(out, r->wait);
    csv_time(out, r->service);
    csv_time(out, r->done == LB_NEVER ? LB_NEVER : r->done - r->intended);
    fprintf(out, "%s,", r->ended ? endings[r->ended - 1] : "in_system");
    if (server_of(r) < s->servers_total)
        fprintf(out, "%u", server_of(r));
    fputc(',', out);
    if (r->ended && client_has_keys(client))
        fprintf(out, "%" PRIu64, r->key);
    fputc(',', out);
    print_csv_text(out, t->cell->name);
}

static void csv_live(FILE *out, const struct scenario *s, const struct live_record *r)
{
    const lb_time times[] = { r->sent,     r->arrived,  r->forwarded, r->reached, r->due,
                              r->answered, r->returned, r->replied,   r->done };
    char server[64] = "";
    size_t i;

    fputc(',', out);
    for (i = 0; i < sizeof times / sizeof times[0]; i++)
        csv_time(out, times[i]);
    if (server_of(r) < s->servers_total)
        live_server_name(s, server_of(r), server, sizeof server);
    print_csv_text(out, server);
    fprintf(out, ",%s,%u,%u\n", r->cause ? cause_name((enum cause)r->cause) : "",
            (unsigned)r->tries, r->attempts);
}

void live_print_requests(FILE *out, const struct live_report *report)
{
    uint32_t i;
    uint64_t k;

    fputs(EXPERIMENT_REQUEST_COLUMNS ",sent_s,arrived_s,forwarded_s,reached_s,due_s,answered_s,"
                                     "returned_s,replied_s,done_s,server_name,cause,tries,"
                                     "attempts\n",
          out);
    for (i = 0; i < report->n; i++) {
        const struct session_try *run = live_told_run(&report->at[i]);

        for (k = 0; run && k < run->plan.shared->room; k++) {
            const struct live_record *r = &run->plan.shared->record[k];

            if (r->intended == LB_NEVER)
                continue;
            csv_simulated(out, &report->at[i], run->plan.scenario, k, r);
            csv_live(out, run->plan.scenario, r);
        }
    }
}
