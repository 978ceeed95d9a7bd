/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Live results for people: each try as it is made, the policies side by side, and what became of
 * the requests of each. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/cli/cell.h"
#include "sim/cli/live_report.h"

enum { COLUMNS = 9, SERVERS_SHOWN = 16 };

/* ---- A try. */

static void print_ms(FILE *out, const char *what, double seconds)
{
    if (!isnan(seconds))
        fprintf(out, "%s %.3g ms", what, seconds * 1e3);
}

void live_print_try(FILE *out, const struct session_try *t, uint32_t n, uint32_t of)
{
    const struct gate_reading *r = &t->gate.reading;
    const double scale = t->plan.time_scale;
    char why[400];

    fprintf(out, "  %s %u of %u  %-10s ", t->plan.ping ? "ping" : "run ", n + 1, of,
            gate_verdict_name(t->gate.verdict));
    gate_write(&t->gate, why, sizeof why);
    if (why[0]) {
        fprintf(out, "%s\n", why);
        return;
    }
    print_ms(out, "overhead p50", t->result.path[PATH_OVERHEAD].p50 * scale);
    print_ms(out, ", p99.9", r->overhead);
    print_ms(out, isnan(r->overhead) ? "send lateness p99" : ", send lateness p99", r->send);
    if (!isnan(r->steal))
        fprintf(out, ", steal %.2g %%", r->steal * 100.0);
    fputc('\n', out);
}

/* ---- Side by side. */

struct column {
    const char *title;
    double scale; /* of a unit; 0: text */
    int width;
};

static const struct column columns[COLUMNS] = {
    { "verdict", 0.0, 10 },
    { "mean ms", 1e3, 9 },
    { "p50 ms", 1e3, 9 },
    { "p90 ms", 1e3, 9 },
    { "p99 ms", 1e3, 9 },
    { "p99.9 ms", 1e3, 9 },
    { "p99 ms from send", 1e3, 17 },
    { "good/s", 1.0, 9 },
    { "not completed", 1e2, 14 },
};

static int label_width(const struct live_report *report)
{
    int width = 6;
    uint32_t i;

    for (i = 0; i < report->n; i++) {
        const int n = cell_width(live_told_policy(&report->at[i])->label);

        width = n > width ? n : width;
    }
    return width;
}

static void print_head(FILE *out, int width)
{
    int i;

    cell_print(out, "policy", width, false);
    for (i = 0; i < COLUMNS; i++) {
        fputs("  ", out);
        cell_print(out, columns[i].title, columns[i].width, i > 0);
    }
    fputc('\n', out);
}

static void print_row(FILE *out, const struct live_told *t, int width)
{
    const struct session_try *run = live_told_run(t);
    const struct live_numbers *x = &run->result.latency;
    const double values[COLUMNS] = { NAN,
                                     x->mean,
                                     x->p50,
                                     x->p90,
                                     x->p99,
                                     x->n >= AGREE_P999_LEAST ? x->p999 : NAN,
                                     run->result.uncorrected.p99,
                                     run->result.goodput,
                                     run->result.rejected + run->result.timed_out +
                                         run->result.failed + run->result.cancelled };
    char cell[CELL_ROOM];
    int i;

    cell_print(out, live_told_policy(t)->label, width, false);
    for (i = 0; i < COLUMNS; i++) {
        if (i == 0)
            snprintf(cell, sizeof cell, "%s", gate_verdict_name(run->gate.verdict));
        else
            cell_number(cell, sizeof cell, values[i] * columns[i].scale, NAN, false);
        if (i == COLUMNS - 1 && !isnan(values[i]))
            snprintf(cell, sizeof cell, "%.3g %%", values[i] * columns[i].scale);
        fputs("  ", out);
        cell_print(out, cell, columns[i].width, i > 0);
    }
    if (t->cell->name[0])
        fprintf(out, "  %s", t->cell->name);
    fputc('\n', out);
}

/* ---- Each by itself. */

static void print_failures(FILE *out, const struct live_account *a)
{
    const char *between = "  failed      ";
    int i;

    for (i = 0; i < CAUSES; i++) {
        if (!a->failed[i])
            continue;
        fprintf(out, "%s%" PRIu64 " %s", between, a->failed[i],
                i == CAUSE_NONE ? "answered with an error" : cause_name((enum cause)i));
        between = ", ";
    }
    if (between[0] == ',')
        fputc('\n', out);
}

static void print_attempts(FILE *out, const struct live_account *a)
{
    int i;

    fprintf(out, "  attempts    %" PRIu64 " sent =", a->sent);
    for (i = 0; i < ATTEMPT_ENDINGS; i++)
        fprintf(out, "%s %" PRIu64 " %s", i ? " +" : "", a->attempts[i],
                attempt_ending_name((enum attempt_ending)i));
    fprintf(out, " + %" PRIu64 " in flight\n", a->in_flight);
}

static void print_datagrams(FILE *out, const struct live_account *a)
{
    fprintf(out,
            "  datagrams   %" PRIu64 " lost for want of room, %" PRIu64 " came again, %" PRIu64
            " late, %" PRIu64 " not understood; room for %.3g MiB at each socket\n",
            a->inlet.datagrams_lost + a->outlet.datagrams_lost, a->inlet.repeated, a->outlet.late,
            a->inlet.bad + a->outlet.bad, (double)a->inlet.receive_buffer / (1 << 20));
}

static void print_account(FILE *out, const struct session_try *run)
{
    const struct live_account *a = &run->result.account;

    fprintf(
        out,
        "  requests    %" PRIu64 " issued = %" PRIu64 " completed + %" PRIu64 " rejected + %" PRIu64
        " timed out + %" PRIu64 " failed + %" PRIu64 " cancelled + %" PRIu64 " in the system\n",
        a->issued, a->ended[ENDED_COMPLETED], a->ended[ENDED_REJECTED], a->ended[ENDED_TIMED_OUT],
        a->ended[ENDED_FAILED], a->ended[ENDED_CANCELLED], a->in_system);
    print_failures(out, a);
    if (!run->plan.through)
        print_attempts(out, a);
    if (a->strangers + a->straight)
        fprintf(out,
                "  strangers   %" PRIu64 " requests came to the balancer, %" PRIu64
                " straight to a server: in "
                "no other number here\n",
                a->strangers, a->straight);
    if (run->plan.transport == TRANSPORT_UDP)
        print_datagrams(out, a);
}

/* Of real time: it is the machine's. */
static void print_path(FILE *out, const struct session_try *run)
{
    const double ms = run->plan.time_scale * 1e3;
    const struct live_result *r = &run->result;
    const char *between = "";
    int i;

    if (!r->path[PATH_OVERHEAD].n)
        return;
    fprintf(out, "  overhead    p50 %.3g, p99 %.3g, p99.9 %.3g ms; medians: ",
            r->path[PATH_OVERHEAD].p50 * ms, r->path[PATH_OVERHEAD].p99 * ms,
            r->path[PATH_OVERHEAD].p999 * ms);
    for (i = 0; i < PATH_OVERHEAD; i++) {
        if (!r->path[i].n)
            continue;
        fprintf(out, "%s%s %.2g", between, path_part_name((enum path_part)i), r->path[i].p50 * ms);
        between = ", ";
    }
    fputc('\n', out);
}

/* The least and the most of a number of servers. */
static void print_spread(FILE *out, const char *what, const double *values, uint32_t n)
{
    double most = -INFINITY, least = INFINITY;
    uint32_t i;

    for (i = 0; i < n; i++) {
        if (isnan(values[i]))
            continue;
        most = fmax(most, values[i]);
        least = fmin(least, values[i]);
    }
    if (most >= least)
        fprintf(out, "%s %.3g to %.3g", what, least, most);
}

static void print_servers(FILE *out, const struct session_try *run, bool verbose)
{
    const struct live_result *r = &run->result;
    char name[64];
    uint32_t i;

    if (isnan(r->share[0]))
        return; /* nobody knows */
    fputs("  servers     ", out);
    print_spread(out, "share", r->share, r->servers);
    print_spread(out, ", utilization", r->utilization, r->servers);
    fputc('\n', out);
    for (i = 0; verbose && i < r->servers && i < SERVERS_SHOWN; i++) {
        live_server_name(run->plan.scenario, i, name, sizeof name);
        fprintf(out, "    %-20s share %.4f", name, r->share[i]);
        if (!isnan(r->utilization[i]))
            fprintf(out, ", utilization %.3f", r->utilization[i]);
        fputc('\n', out);
    }
}

/* Addresses to which requests went, and from which not one completed. */
static void print_silent(FILE *out, const struct session_try *run)
{
    const struct scenario *s = run->plan.scenario;
    const char *between = "  backends    no request was served by ";
    uint32_t k;

    for (k = 0; run->plan.backends && k < s->servers_total; k++) {
        if (!s->live.backends[k].text || !live_is_silent(&run->plan, k))
            continue;
        fprintf(out, "%s%s", between, s->live.backends[k].text);
        between = ", ";
    }
    if (between[0] == ',')
        fputc('\n', out);
}

static void print_cost(FILE *out, const struct session_try *run)
{
    const struct live_result *r = &run->result;
    const double each = r->account.issued ? 1e6 / (double)r->account.issued : 0.0;

    fprintf(out, "  CPU         clients %.3g, balancer %.3g, servers %.3g us a request\n",
            r->cpu[ROLE_CLIENTS] * each, r->cpu[ROLE_BALANCER] * each, r->cpu[ROLE_SERVERS] * each);
}

static void print_one(FILE *out, const struct live_told *t, bool verbose)
{
    const struct session_try *run = live_told_run(t);
    char text[400];

    fprintf(out, "\n%s%s%s\n", live_told_policy(t)->label, t->cell->name[0] ? " at " : "",
            t->cell->name);
    print_account(out, run);
    print_path(out, run);
    print_servers(out, run, verbose);
    print_silent(out, run);
    if (run->supervised.kills)
        fprintf(out, "  killed      %u server processes, as the scenario has it\n",
                run->supervised.kills);
    if (verbose) {
        print_cost(out, run);
        quiet_write(&run->supervised.quiet[ROLE_CLIENTS], text, sizeof text);
        fprintf(out, "  scheduler   %s\n", text);
    }
    if (run->gate.verdict == GATE_VALID)
        return;
    gate_write(&run->gate, text, sizeof text);
    fprintf(out, "  %s: not to be believed: %s\n", gate_verdict_name(run->gate.verdict), text);
}

void live_print(FILE *out, const struct live_report *report, bool verbose)
{
    const int width = label_width(report);
    uint32_t i, n = 0;

    for (i = 0; i < report->n; i++) {
        if (!live_told_run(&report->at[i]))
            continue;
        if (n++ == 0)
            print_head(out, width);
        print_row(out, &report->at[i], width);
    }
    if (n)
        fputs("\nlatency from the intended time; \"from send\" is what a tool would tell that "
              "measures from sending\n",
              out);
    for (i = 0; i < report->n; i++)
        if (live_told_run(&report->at[i]))
            print_one(out, &report->at[i], verbose);
}

/* ---- Addresses. */

static void print_address(FILE *out, const struct live_plan *plan, const char *name, uint16_t port,
                          const char *authority)
{
    fprintf(out, "  %-16s ", name);
    switch (plan->transport) {
    case TRANSPORT_HTTP:
        fprintf(out,
                plan->tls ? "curl --cacert %s https://127.0.0.1:%u/anything\n"
                          : "curl %shttp://127.0.0.1:%u/anything\n",
                plan->tls ? authority : "", port);
        break;
    case TRANSPORT_TCP:
        if (plan->tls)
            fprintf(out, "openssl s_client -quiet -CAfile %s -connect 127.0.0.1:%u\n", authority,
                    port);
        else
            fprintf(out, "nc 127.0.0.1 %u\n", port);
        break;
    default:
        fprintf(out, "nc -u 127.0.0.1 %u\n", port);
        break;
    }
}

void live_print_addresses(FILE *out, const struct live_plan *plan, const char *authority)
{
    const struct live_shared *s = plan->shared;
    char name[64];
    uint32_t i;

    for (i = 0; !plan->through && i < s->balancers; i++) {
        snprintf(name, sizeof name, s->balancers > 1 ? "balancer %u" : "balancer", i);
        print_address(out, plan, name, s->balancer_port[i], authority);
    }
    for (i = 0; i < s->servers; i++) {
        if (!s->server_port[i])
            continue;
        live_server_name(plan->scenario, i, name, sizeof name);
        print_address(out, plan, name, s->server_port[i], authority);
    }
}

/* ---- What was served. */

static uint64_t others_of(const struct live_shared *s, uint32_t from)
{
    uint64_t sum = 0;

    for (; from < s->servers; from++)
        sum += s->desk[from].balanced + s->desk[from].strangers;
    return sum;
}

static void print_server(FILE *out, const struct live_plan *plan, uint32_t i)
{
    const struct live_desk *desk = &plan->shared->desk[i];
    char name[64];

    live_server_name(plan->scenario, i, name, sizeof name);
    fprintf(out, "  %-16s %" PRIu64, name, desk->balanced);
    if (desk->strangers)
        fprintf(out, ", and %" PRIu64 " that came straight to it", desk->strangers);
    fputc('\n', out);
}

void live_print_served(FILE *out, const struct live_plan *plan)
{
    const struct live_shared *s = plan->shared;
    const struct live_fare *balancer = &s->fare[ROLE_BALANCER];
    uint64_t served = 0, straight = 0, bad = balancer->inlet.bad;
    uint32_t i;

    for (i = 0; i < s->servers; i++) {
        served += s->desk[i].balanced;
        straight += s->desk[i].strangers;
        bad += s->desk[i].inlet.bad;
    }
    fputc('\n', out);
    if (!plan->through)
        fprintf(out,
                "%" PRIu64 " requests came to the balancer: %" PRIu64 " served, %" PRIu64
                " failed, %" PRIu64 " left before their answers\n",
                balancer->strangers, served, balancer->strangers_failed,
                balancer->strangers - served - balancer->strangers_failed);
    fprintf(out,
            "%" PRIu64 " of strangers came straight to a server, %" PRIu64 " were not understood\n",
            straight, bad);
    for (i = 0; i < s->servers && i < SERVERS_SHOWN; i++)
        print_server(out, plan, i);
    if (s->servers > SERVERS_SHOWN)
        fprintf(out, "  %u others: %" PRIu64 "\n", s->servers - SERVERS_SHOWN,
                others_of(s, SERVERS_SHOWN));
}
