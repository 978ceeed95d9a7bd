/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live results for programs: JSON (lbsim-live/1), CSV, a line a request. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/live_report.h"
#include "sim/cli/print.h"

static const char *const endings[] = { "completed", "rejected", "timed_out", "failed",
                                       "cancelled" };

/* ---- JSON. */

static void json_pair(FILE *out, const char *name, double value, const char *after)
{
    fprintf(out, "\"%s\": ", name);
    print_json_number(out, value);
    fputs(after, out);
}

static void json_try(FILE *out, const char *phase, const struct session_try *t, uint32_t n,
                     bool chosen)
{
    const struct gate_reading *g = &t->gate.reading;
    char why[400];

    gate_write(&t->gate, why, sizeof why);
    fprintf(out, "{\"phase\": \"%s\", \"try\": %u, \"verdict\": \"%s\", \"chosen\": %s, \"why\": ",
            phase, n + 1, gate_verdict_name(t->gate.verdict), chosen ? "true" : "false");
    print_json_text(out, why);
    fputs(", ", out);
    json_pair(out, "overhead_p99.9", g->overhead, ", ");
    json_pair(out, "send_p99", g->send, ", ");
    json_pair(out, "steal", g->steal, ", ");
    json_pair(out, "slow_share", g->slow_share, ", ");
    json_pair(out, "rate_share", g->rate, ", ");
    fprintf(out, "\"overload\": %" PRIu64 ", \"issued\": %" PRIu64 ", ", g->overload,
            t->result.account.issued);
    json_pair(out, "balancer_cpu_s", t->result.cpu[ROLE_BALANCER], "}");
}

static void json_tries(FILE *out, const struct live_session *s)
{
    uint32_t i;

    fputs("\"tries\": [", out);
    for (i = 0; i < s->ping.n; i++) {
        fputs(i ? ",\n       " : "\n       ", out);
        json_try(out, "ping", &s->ping.at[i], i, i == s->ping.best);
    }
    for (i = 0; i < s->run.n; i++) {
        fputs(i || s->ping.n ? ",\n       " : "\n       ", out);
        json_try(out, "run", &s->run.at[i], i, i == s->run.best);
    }
    fputs("],\n     ", out);
}

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

static void json_number(void *context, const char *metric, const char *statistic, const char *unit,
                        double value)
{
    struct json_numbers *j = context;
    char name[160];

    snprintf(name, sizeof name, "%s%s%s", metric, strcmp(statistic, "value") ? "." : "",
             strcmp(statistic, "value") ? statistic : "");
    fputs(j->any ? ",\n       " : "\n       ", j->out);
    print_json_text(j->out, name);
    fputs(": {\"value\": ", j->out);
    print_json_number(j->out, value);
    fprintf(j->out, ", \"unit\": \"%s\"}", unit);
    j->any = true;
}

static void json_place(FILE *out, const struct cell *cell)
{
    uint32_t i;

    fputs("\"point\": {", out);
    for (i = 0; i < cell->at_n; i++) {
        fputs(i ? ", " : "", out);
        print_json_text(out, cell->at[i].path);
        fputs(": ", out);
        if (isnan(cell->at[i].number))
            print_json_text(out, cell->at[i].text);
        else
            print_json_number(out, cell->at[i].number);
    }
    fputs("}, ", out);
}

static void json_run(FILE *out, const struct live_told *t)
{
    const struct session_try *run = live_told_run(t);
    const struct live_result *r = &run->result;
    struct json_numbers numbers = { out, false };

    fputs("    {\"policy\": ", out);
    print_json_text(out, live_told_policy(t)->name);
    fputs(", \"label\": ", out);
    print_json_text(out, live_told_policy(t)->label);
    fputs(", ", out);
    json_place(out, t->cell);
    fprintf(out, "\"verdict\": \"%s\",\n     ", gate_verdict_name(run->gate.verdict));
    json_tries(out, &t->session);
    json_account(out, &r->account);
    fprintf(out, "\"measured\": {\"requests\": %" PRIu64 ", ", r->measured);
    json_pair(out, "seconds", r->seconds, "");
    fprintf(out, ", \"warmup\": %" PRIu64 "},\n     \"metrics\": {", r->warmup);
    live_each_number(run, json_number, &numbers);
    fputs("},\n     \"cpu_s\": {", out);
    json_pair(out, "clients", r->cpu[ROLE_CLIENTS], ", ");
    json_pair(out, "balancer", r->cpu[ROLE_BALANCER], ", ");
    json_pair(out, "servers", r->cpu[ROLE_SERVERS], "}, ");
    fprintf(out, "\"kills\": %u, ", run->supervised.kills);
    json_pair(out, "wall_s", run->supervised.seconds, "}");
}

static void json_host(FILE *out, const struct live_report *report)
{
    const struct live_told *t = &report->at[0];
    const struct session_try *run = live_told_run(t);
    char quiet[160];

    fputs("  \"timers\": {", out);
    json_pair(out, "p50", t->session.timers.p50, ", ");
    json_pair(out, "p99", t->session.timers.p99, ", ");
    json_pair(out, "max", t->session.timers.most, "}, \"scheduler\": ");
    quiet_write(&run->supervised.quiet[ROLE_CLIENTS], quiet, sizeof quiet);
    print_json_text(out, quiet);
    fputs(",\n", out);
}

void live_print_json(FILE *out, const struct live_report *report)
{
    static const char *const transports[] = { "http", "tcp", "udp" };
    const struct scenario *s = report->study->cells[0].scenario;
    bool any = false;
    uint32_t i;

    fputs("{ \"format\": \"lbsim-live/1\", \"lbsim\": \"" LBSIM_VERSION "\", \"scenario\": ", out);
    print_json_text(out, s->name);
    fprintf(out,
            ", \"seed\": %" PRIu64 ",\n  \"transport\": \"%s\", \"tls\": %s, \"time_scale\": "
            "%.17g, \"complete\": %s,\n",
            s->run.seed, transports[s->live.transport], s->live.tls ? "true" : "false",
            s->live.time_scale, report->interrupted ? "false" : "true");
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

static void csv_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    fputc('"', out);
}

static void csv_number(FILE *out, double x)
{
    fputc(',', out);
    if (isfinite(x))
        fprintf(out, "%.17g", x);
}

struct csv_rows {
    FILE *out;
    const struct live_told *told;
    const struct session_try *run;
};

static void csv_row(void *context, const char *metric, const char *statistic, const char *unit,
                    double value)
{
    const struct csv_rows *c = context;
    uint32_t i;

    csv_text(c->out, c->run->plan.scenario->name);
    fputc(',', c->out);
    csv_text(c->out, live_told_policy(c->told)->name);
    fputc(',', c->out);
    csv_text(c->out, live_told_policy(c->told)->label);
    fprintf(c->out, ",%" PRIu64 ",%s,", c->run->plan.scenario->run.seed,
            gate_verdict_name(c->run->gate.verdict));
    csv_text(c->out, metric);
    fprintf(c->out, ",%s", statistic);
    csv_number(c->out, value);
    fprintf(c->out, ",%s", unit);
    for (i = 0; i < c->told->cell->at_n; i++) {
        fputc(',', c->out);
        csv_text(c->out, c->told->cell->at[i].text);
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
        csv_text(out, first->at[i].path);
    }
    fputc('\n', out);
    for (i = 0; i < report->n; i++) {
        struct csv_rows rows = { out, &report->at[i], live_told_run(&report->at[i]) };

        if (rows.run)
            live_each_number(rows.run, csv_row, &rows);
    }
}

/* ---- Requests. */

static void csv_time(FILE *out, lb_time t)
{
    fputc(',', out);
    if (t != LB_NEVER)
        fprintf(out, "%" PRId64 ".%09" PRId64, t / 1000000000, t % 1000000000);
}

static void csv_server(FILE *out, const struct scenario *s, lb_server server)
{
    char name[64] = "";

    if (server < s->servers_total)
        live_server_name(s, server, name, sizeof name);
    fputc(',', out);
    csv_text(out, name);
}

static void csv_request(FILE *out, const struct live_told *t, const struct session_try *run,
                        uint64_t id, const struct live_record *r)
{
    const lb_time times[] = { r->intended, r->sent, r->arrived,  r->forwarded,
                              r->reached,  r->due,  r->answered, r->returned,
                              r->replied,  r->done, r->wait,     r->service };
    size_t i;

    csv_text(out, live_told_policy(t)->label);
    fputc(',', out);
    csv_text(out, t->cell->name);
    fprintf(out, ",%" PRIu64 ",", id);
    csv_text(out, run->plan.scenario->clients[r->client].name);
    for (i = 0; i < sizeof times / sizeof times[0]; i++)
        csv_time(out, times[i]);
    csv_server(out, run->plan.scenario, r->server);
    fprintf(out, ",%s,%s,%u,%u\n", r->ended ? endings[r->ended - 1] : "in_system",
            r->cause ? cause_name((enum cause)r->cause) : "", (unsigned)r->tries, r->attempts);
}

void live_print_requests(FILE *out, const struct live_report *report)
{
    uint32_t i;
    uint64_t k;

    fputs("policy,point,request,client,intended,sent,arrived,forwarded,reached,due,answered,"
          "returned,replied,done,wait,service,server,ended,cause,tries,attempts\n",
          out);
    for (i = 0; i < report->n; i++) {
        const struct session_try *run = live_told_run(&report->at[i]);

        for (k = 0; run && k < run->plan.shared->room; k++)
            if (run->plan.shared->record[k].intended != LB_NEVER)
                csv_request(out, &report->at[i], run, k, &run->plan.shared->record[k]);
    }
}
