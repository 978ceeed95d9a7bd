/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Traces for people: one JSON line a pick, one CSV line a request. */
#include <inttypes.h>

#include "sim/run/wire.h"

enum { LOADS_MOST = 64 }; /* of a larger farm a pick's line shows the candidates only */

void trace_candidate(struct world *w, struct balancer *b, lb_server seat, double score)
{
    size_t room = sizeof w->candidates - w->candidates_n;
    int n;

    if (seat >= b->view.n)
        return;
    n = snprintf(w->candidates + w->candidates_n, room,
                 "%s{\"server\": %u, \"load\": %u, \"score\": %.17g}", w->candidates_n ? ", " : "",
                 seat, b->view.load[seat], score);
    if (n > 0 && (size_t)n < room)
        w->candidates_n += (size_t)n;
    else
        w->candidates[w->candidates_n] = '\0'; /* no room for this one and any after it */
}

/* A text between quotes, each of which `escape` precedes: for JSON a backslash, for CSV another
 * quote. Control characters become spaces. */
static void print_text(FILE *out, const char *text, char escape)
{
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == escape)
            fputc(escape, out);
        fputc((unsigned char)*text < ' ' ? ' ' : *text, out);
    }
    fputc('"', out);
}

static void print_answer(FILE *out, lb_server answer)
{
    if (answer == LB_NONE)
        fputs("\"none\"", out);
    else if (answer == LB_HOLD)
        fputs("\"hold\"", out);
    else if (answer == LB_REJECT)
        fputs("\"reject\"", out);
    else
        fprintf(out, "%u", answer);
}

static void print_loads(FILE *out, const struct lb_view *view)
{
    uint32_t i;

    if (view->n > LOADS_MOST)
        return;
    fputs(", \"load\": [", out);
    for (i = 0; i < view->n; i++)
        fprintf(out, "%s%u", i ? ", " : "", view->load[i]);
    fputc(']', out);
}

static void print_pick(struct world *w, const struct balancer *b, lb_server answer)
{
    FILE *out = w->order->picks;
    const struct lb_request *ask = &b->ask;

    fputs("{\"policy\": ", out);
    print_text(out, w->order->label, '\\');
    fputs(", \"point\": ", out);
    print_text(out, w->order->point, '\\');
    fprintf(out,
            ", \"replication\": %u, \"request\": %" PRIu64 ", \"balancer\": %u, "
            "\"at\": %.9f, \"attempt\": %u, \"offer\": %u",
            w->order->replication, ask->id, b->index, (double)ask->now / 1e9, ask->attempt,
            ask->offer);
    print_loads(out, &b->view);
    fprintf(out, ", \"candidates\": [%s], \"choice\": ", w->candidates);
    print_answer(out, answer);
    fputs("}\n", out);
    w->candidates_n = 0;
    w->candidates[0] = '\0';
}

void trace_pick(struct world *w, struct balancer *b, lb_server answer)
{
    const struct wire *wire = w->order->wire;

    if (wire && wire->picked)
        wire->picked(wire->context, b, (uint32_t)(b->ask.ticket & (EVENT_INDEX_LIMIT - 1)), answer);
    if (w->order->picks)
        print_pick(w, b, answer);
}

void trace_request(struct world *w, uint32_t slot, enum ending how, lb_time end, lb_time wait,
                   lb_time service)
{
    static const char *const names[ENDINGS] = { "completed", "rejected", "timed_out", "failed",
                                                "cancelled" };
    const struct job *j = &w->job[slot];
    FILE *out = w->order->log;

    print_text(out, w->order->label, '"');
    fprintf(out, ",%u,%u,", w->order->replication, j->serial);
    print_text(out, w->scenario->clients[j->client].name, '"');
    fprintf(out, ",%u,%.9f,%.9f,%.9f,%.9f,%.9f,%s,", j->balancer, (double)j->issued / 1e9,
            (double)j->work / 1e9, (double)wait / 1e9, (double)service / 1e9,
            (double)(end - j->issued) / 1e9, names[how]);
    if (j->server != LB_NONE)
        fprintf(out, "%u", j->server);
    fputc(',', out);
    if (w->more && client_has_keys(&w->scenario->clients[j->client]))
        fprintf(out, "%" PRIu64, w->more[slot].key);
    fputc(',', out);
    print_text(out, w->order->point, '"');
    fputc('\n', out);
}
