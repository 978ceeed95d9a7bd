/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Retries, time-outs, hedges and cancellation, simulated once more and naively, for first-in
 * first-out servers without links. When requests come, how much work they are, which server the
 * policy names for an attempt and which answers are errors is taken from a world; when anything is
 * sent, begins and ends, and what comes of each request, is found anew, and must be the same to the
 * nanosecond. Every step looks at all that is alive. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/engine/stream.h"
#include "sim/scenario/diagnose.h"
#include "tests/property/dice.h"
#include "tests/property/laws.h"

enum { CALLS_MOST = 8, OUT_MOST = 64, REQUESTS = 1500 };

/* An attempt at its server; forgotten ones are served for nobody. */
struct sent {
    uint32_t request, call, server;
    lb_time sent, due, began, end;
    bool open, error, inside;
    const struct attempt *in_world;
};

/* What a balancer does for one try of a client. */
struct asked {
    bool live, heard; /* heard: its client waits */
    uint32_t retries, out, tried[OUT_MOST], tried_n;
    lb_time again, hedge;
};

struct wanted {
    struct asked call[CALLS_MOST];
    uint32_t tries, next; /* next: of the world's attempts of this request, oldest first */
    lb_time due, again;
    bool live;
    uint32_t ended, server;
    lb_time latency, wait, service;
};

struct naive {
    const struct witness *w;
    const struct client_spec *client;
    const struct balancer_spec *balancer;
    struct wanted *request;
    struct sent *sent;
    uint32_t **of; /* the world's attempts of each request */
    uint32_t *of_n;
    uint32_t n, oldest, issued;
    lb_time now;
    bool tied;       /* two copies of a request have ended at one instant at two servers: who is
                        served, who is called off, and what goes on there is a matter of taste */
    char wrong[160]; /* the first thing that the world did otherwise */
};

static void otherwise(struct naive *v, const char *what, uint32_t request)
{
    if (!v->wrong[0] && !v->tied)
        snprintf(v->wrong, sizeof v->wrong, "request %u, at %" PRId64 " ns: %s", request, v->now,
                 what);
}

/* ---- Servers. */

static void begin(struct naive *v, struct sent *s);

/* The first of a queue begins where nobody is being served. */
static void serve_next(struct naive *v, uint32_t server)
{
    uint32_t i, first = UINT32_MAX;

    for (i = v->oldest; i < v->n; i++) {
        if (!v->sent[i].inside || v->sent[i].server != server)
            continue;
        if (v->sent[i].began != LB_NEVER)
            return;
        if (first == UINT32_MAX)
            first = i;
    }
    if (first != UINT32_MAX)
        begin(v, &v->sent[first]);
}

static struct asked *call_of(const struct naive *v, const struct sent *s)
{
    return &v->request[s->request].call[s->call];
}

static void close_attempt(struct naive *v, struct sent *s)
{
    s->open = false;
    call_of(v, s)->out--;
}

static void take_away(struct naive *v, struct sent *s)
{
    s->inside = false;
    serve_next(v, s->server);
}

static bool is_of(const struct sent *s, uint32_t request, uint32_t call)
{
    return s->open && s->request == request && s->call == call;
}

static void begin(struct naive *v, struct sent *s)
{
    uint32_t i;

    s->began = v->now;
    s->end = v->now + v->w->at[s->request].work;
    if (!s->open || v->balancer->attempts.copies.cancel != COPIES_CANCEL_ON_START)
        return;
    for (i = v->oldest; i < v->n; i++)
        if (is_of(&v->sent[i], s->request, s->call) && v->sent[i].began == LB_NEVER) {
            close_attempt(v, &v->sent[i]);
            take_away(v, &v->sent[i]);
        }
}

/* ---- Balancers. */

static bool was_tried(const struct asked *c, uint32_t server)
{
    uint32_t i;

    for (i = 0; i < c->tried_n; i++)
        if (c->tried[i] == server)
            return true;
    return false;
}

static void send(struct naive *v, uint32_t request, uint32_t call, bool excludes)
{
    const struct attempts_spec *spec = &v->balancer->attempts;
    struct wanted *r = &v->request[request];
    struct asked *c = &r->call[call];
    const struct attempt *a;

    c->hedge = LB_NEVER;
    if (r->next == v->of_n[request]) {
        otherwise(v, "an attempt is missing", request);
        return;
    }
    a = &v->w->spy.attempt[v->of[request][r->next++]];
    if (a->sent != v->now)
        otherwise(v, "an attempt is sent at another instant", request);
    if (excludes && was_tried(c, a->server) && c->tried_n < v->w->world.servers)
        otherwise(v, "it goes to a server that was tried", request);
    v->sent[v->n] = (struct sent) { request,
                                    call,
                                    a->server,
                                    v->now,
                                    spec->timeout == LB_NEVER ? LB_NEVER : v->now + spec->timeout,
                                    LB_NEVER,
                                    LB_NEVER,
                                    true,
                                    a->status == LB_ERROR,
                                    true,
                                    a };
    if (!was_tried(c, a->server) && c->tried_n < OUT_MOST)
        c->tried[c->tried_n++] = a->server;
    c->out++;
    v->n++;
    serve_next(v, a->server); /* if it begins at once, others may be out no more */
    if (c->out < spec->hedge.most)
        c->hedge = v->now + spec->hedge.after;
}

static void client_hears(struct naive *v, uint32_t request, enum failure);

static void give_up(struct naive *v, uint32_t request, uint32_t call, enum failure failure)
{
    struct asked *c = &v->request[request].call[call];
    bool heard = c->heard;

    c->live = c->heard = false;
    if (heard)
        client_hears(v, request, failure);
}

static void attempt_failed(struct naive *v, struct sent *s, enum failure failure)
{
    const struct retry_spec *retry = &v->balancer->attempts.retry;
    struct asked *c = call_of(v, s);

    close_attempt(v, s);
    if (c->out > 0 || c->again != LB_NEVER)
        return;
    if (c->retries + 1 < retry->attempts && (retry->on & (unsigned)failure)) {
        c->retries++;
        c->again =
            v->now + (lb_time)(retry->backoff.delay.kind->mean(&retry->backoff.delay) * 1e9 + 0.5);
    } else {
        give_up(v, s->request, s->call, failure);
    }
}

/* The one that waits first at its server: does the world, too, let it begin now? */
static bool makes_room(const struct naive *v, const struct sent *s)
{
    uint32_t i;

    for (i = v->oldest; i < v->n; i++)
        if (v->sent[i].inside && v->sent[i].server == s->server && v->sent[i].began == LB_NEVER)
            return v->sent[i].in_world->status != LB_CANCELLED ||
                   v->sent[i].in_world->done != v->now;
    return true;
}

/* The one of these that leaves its server next: where several leave at one instant, and copies of
 * another request are next at their servers, either may begin. The world's is taken. */
static struct sent *next_to_leave(const struct naive *v, struct sent *const *leaving, uint32_t n)
{
    struct sent *next = NULL;
    uint32_t i;

    for (i = 0; i < n; i++)
        if (leaving[i]->inside && (!next || (!makes_room(v, next) && makes_room(v, leaving[i]))))
            next = leaving[i];
    return next;
}

/* The others are of no use any more. */
static void call_off(struct naive *v, uint32_t request, uint32_t call, bool stop)
{
    struct sent *leaving[OUT_MOST], *s;
    uint32_t i, n = 0;

    for (i = v->oldest; i < v->n && n < OUT_MOST; i++)
        if (is_of(&v->sent[i], request, call)) {
            close_attempt(v, &v->sent[i]);
            leaving[n++] = &v->sent[i];
        }
    while (stop && (s = next_to_leave(v, leaving, n)))
        take_away(v, s);
}

/* ---- Clients. */

static void client_ends(struct naive *v, uint32_t request, enum ending how)
{
    struct wanted *r = &v->request[request];

    r->live = false;
    r->due = r->again = LB_NEVER;
    r->ended = how;
    r->latency = v->now - v->w->at[request].issued;
}

static void try_begins(struct naive *v, uint32_t request)
{
    struct wanted *r = &v->request[request];

    r->again = LB_NEVER;
    r->due = v->client->timeout == LB_NEVER ? LB_NEVER : v->now + v->client->timeout;
    r->call[r->tries] =
        (struct asked) { .live = true, .heard = true, .again = LB_NEVER, .hedge = LB_NEVER };
    r->tries++;
    send(v, request, r->tries - 1, false);
}

static void client_hears(struct naive *v, uint32_t request, enum failure failure)
{
    const struct retry_spec *retry = &v->client->retry;
    struct wanted *r = &v->request[request];

    r->due = LB_NEVER;
    if (r->tries < retry->attempts && (retry->on & (unsigned)failure))
        r->again =
            v->now + (lb_time)(retry->backoff.delay.kind->mean(&retry->backoff.delay) * 1e9 + 0.5);
    else
        client_ends(v, request, failure == FAILURE_TIMEOUT ? ENDED_TIMED_OUT : ENDED_FAILED);
}

static void client_gives_up(struct naive *v, uint32_t request)
{
    struct wanted *r = &v->request[request];
    uint32_t call = r->tries - 1;

    r->call[call].heard = false;
    if (v->client->cancels) {
        r->call[call].live = false;
        r->call[call].again = r->call[call].hedge = LB_NEVER;
        call_off(v, request, call, true);
    }
    client_hears(v, request, FAILURE_TIMEOUT);
}

static void served(struct naive *v, struct sent *s)
{
    struct wanted *r = &v->request[s->request];
    struct asked *c = call_of(v, s);
    bool open = s->open, heard = c->heard;
    uint32_t i;

    for (i = v->oldest; i < v->n; i++)
        if (&v->sent[i] != s && v->sent[i].inside && is_of(&v->sent[i], s->request, s->call) &&
            v->sent[i].began != LB_NEVER && v->sent[i].end == v->now)
            v->tied = true;
    s->inside = false;
    serve_next(v, s->server);
    if (!open)
        return;
    if (s->error) {
        attempt_failed(v, s, FAILURE_ERROR);
        return;
    }
    close_attempt(v, s);
    c->live = c->heard = false;
    c->again = c->hedge = LB_NEVER;
    call_off(v, s->request, s->call, v->balancer->attempts.copies.cancel != COPIES_CANCEL_NEVER);
    if (!heard)
        return;
    r->wait = s->began - s->sent;
    r->service = s->end - s->began;
    r->server = s->server;
    client_ends(v, s->request, ENDED_COMPLETED);
}

/* ---- The clock. */

struct next {
    lb_time at;
    uint32_t kind, i, call;
};

static void sooner(struct next *n, lb_time at, uint32_t kind, uint32_t i, uint32_t call)
{
    if (at < n->at)
        *n = (struct next) { at, kind, i, call };
}

static struct next find_next(const struct naive *v)
{
    struct next n = { LB_NEVER, 0, 0, 0 };
    uint32_t i, k;

    if (v->issued < v->w->n)
        sooner(&n, v->w->at[v->issued].issued, 0, v->issued, 0);
    for (i = v->oldest; i < v->n; i++) {
        if (v->sent[i].inside)
            sooner(&n, v->sent[i].end, 1, i, 0);
        if (v->sent[i].open)
            sooner(&n, v->sent[i].due, 2, i, 0);
    }
    for (i = 0; i < v->issued; i++) {
        const struct wanted *r = &v->request[i];

        sooner(&n, r->due, 3, i, 0);
        sooner(&n, r->again, 4, i, 0);
        for (k = 0; k < r->tries; k++) {
            sooner(&n, r->call[k].again, 5, i, k);
            sooner(&n, r->call[k].hedge, 6, i, k);
        }
    }
    return n;
}

static void hedge(struct naive *v, uint32_t request, uint32_t call)
{
    struct asked *c = &v->request[request].call[call];

    c->hedge = LB_NEVER;
    if (c->live && c->out > 0 && c->out < v->balancer->attempts.hedge.most &&
        c->tried_n < v->w->world.servers)
        send(v, request, call, true);
}

static void happen(struct naive *v, struct next n)
{
    switch (n.kind) {
    case 0:
        v->issued++;
        v->request[n.i].live = true;
        try_begins(v, n.i);
        break;
    case 1:
        served(v, &v->sent[n.i]);
        break;
    case 2:
        attempt_failed(v, &v->sent[n.i], FAILURE_TIMEOUT);
        break;
    case 3:
        client_gives_up(v, n.i);
        break;
    case 4:
        try_begins(v, n.i);
        break;
    case 5:
        v->request[n.i].call[n.call].again = LB_NEVER;
        send(v, n.i, n.call, v->balancer->attempts.retry.exclude_tried);
        break;
    default:
        hedge(v, n.i, n.call);
        break;
    }
    while (v->oldest < v->n && !v->sent[v->oldest].inside && !v->sent[v->oldest].open)
        v->oldest++;
}

/* Is there an attempt that has just these parts? Copies of the same work may begin, and so end, at
 * one instant, when a request leaves two servers at once: then either may be the answer. */
static bool answers(const struct naive *v, uint32_t request)
{
    const struct logged *r = &v->w->at[request];
    const struct wanted *o = &v->request[request];
    uint32_t k;

    if (r->server == o->server && r->wait == o->wait)
        return true;
    for (k = 0; k < v->of_n[request]; k++) {
        const struct attempt *a = &v->w->spy.attempt[v->of[request][k]];

        if (a->server == r->server && a->sent + r->wait + r->service == r->issued + r->latency)
            return v->balancer->attempts.hedge.most > 1;
    }
    return false;
}

static void compare(struct naive *v)
{
    uint32_t i;

    for (i = 0; i < v->w->n; i++) {
        const struct logged *r = &v->w->at[i];
        const struct wanted *o = &v->request[i];

        if (r->ended != o->ended || r->latency != o->latency)
            otherwise(v, "another end", i);
        else if (r->ended == ENDED_COMPLETED && (r->service != o->service || !answers(v, i)))
            otherwise(v, "another wait, service or server", i);
        if (o->next != v->of_n[i])
            otherwise(v, "fewer attempts", i);
    }
}

static void run(struct naive *v)
{
    struct next n;

    for (n = find_next(v); n.at != LB_NEVER && !v->wrong[0] && !v->tied; n = find_next(v)) {
        v->now = n.at;
        happen(v, n);
    }
    if (!v->wrong[0])
        compare(v);
}

/* ---- The world. */

static bool list_attempts(struct naive *v)
{
    const struct spy *spy = &v->w->spy;
    uint32_t i;

    for (i = 0; i < spy->attempts; i++) {
        uint32_t r = spy->attempt[i].serial, *more;

        more = realloc(v->of[r], (v->of_n[r] + 1) * sizeof more[0]);
        if (!more)
            return false;
        v->of[r] = more;
        v->of[r][v->of_n[r]++] = i;
    }
    return true;
}

static void judge(struct subject *s, const struct witness *w)
{
    struct naive v = { .w = w,
                       .client = &w->scenario->clients[0],
                       .balancer = &w->scenario->balancers[0],
                       .request = calloc(w->n + 1, sizeof v.request[0]),
                       .sent = calloc(w->spy.attempts + 1, sizeof v.sent[0]),
                       .of = calloc(w->n + 1, sizeof v.of[0]),
                       .of_n = calloc(w->n + 1, sizeof v.of_n[0]) };
    uint64_t i;

    if (v.request && v.sent && v.of && v.of_n && list_attempts(&v)) {
        for (i = 0; i < w->n; i++)
            v.request[i].due = v.request[i].again = LB_NEVER;
        run(&v);
        law_holds(s, LAW_TRIES, !v.wrong[0], "%s", v.wrong);
    }
    for (i = 0; v.of && i < w->n; i++)
        free(v.of[i]);
    free(v.of);
    free(v.of_n);
    free(v.sent);
    free(v.request);
}

/* ---- The scenario: everything in units of about one service. */

static void retry(FILE *out, struct lb_random *r, bool timed, bool excludes)
{
    fprintf(out, "\"retry\": { \"attempts\": %u, \"on\": [\"error\"%s], \"backoff\": %.9f",
            between(r, 2, CALLS_MOST - 1), timed ? ", \"timeout\"" : "", 0.05 + lb_unit(r));
    if (excludes)
        fprintf(out, ", \"exclude_tried\": %s", chance(r, 0.6) ? "true" : "false");
    fputs(" }", out);
}

static void balancer(FILE *out, struct lb_random *r)
{
    static const char *const cancels[] = { "on_completion", "on_start", "never" };
    bool timed = chance(r, 0.5), retries = chance(r, 0.6), hedges = chance(r, 0.6);

    timed = timed || (!retries && !hedges); /* something must be said */
    fputs("  \"balancers\": { \"attempts\": { ", out);
    if (timed)
        fprintf(out, "\"timeout\": %.9f%s", magnitude(r, 0.5, 10.0), retries || hedges ? ", " : "");
    if (retries)
        retry(out, r, timed, true);
    if (hedges)
        fprintf(out,
                "%s\"hedge\": { \"after\": %.9f, \"most\": %u }, "
                "\"copies\": { \"cancel\": \"%s\" }",
                retries ? ", " : "", magnitude(r, 0.1, 5.0), between(r, 2, 3),
                cancels[lb_below(r, 3)]);
    fputs(" } },\n", out);
}

static char *write_text(const struct subject *s, size_t *length)
{
    struct lb_random r = stream_at(lb_mix(s->seed + 6), s->number, 0);
    uint32_t servers = between(&r, 1, 8);
    char *text = NULL;
    FILE *out = open_memstream(&text, length);
    bool timed = chance(&r, 0.6);

    if (!out)
        return NULL;
    fprintf(out, "{ \"load\": %.9f,\n  \"servers\": { \"count\": %u, \"errors\": %.9f },\n",
            0.1 + 0.6 * lb_unit(&r), servers, chance(&r, 0.3) ? 0.0 : magnitude(&r, 0.01, 0.4));
    balancer(out, &r);
    fputs("  \"clients\": { \"service\": { \"distribution\": \"exponential\", \"mean\": 1 }, "
          "\"arrivals\": { \"process\": \"poisson\" }",
          out);
    if (timed)
        fprintf(out, ", \"timeout\": %.9f", magnitude(&r, 0.5, 20.0));
    if (chance(&r, 0.6)) {
        fputs(", ", out);
        retry(out, &r, timed, false);
    }
    if (timed && chance(&r, 0.4))
        fputs(", \"cancel\": { \"on_timeout\": true }", out);
    fprintf(out,
            " },\n  \"policies\": [\"random\", \"least_conn\", \"jsq\"],\n"
            "  \"run\": { \"seed\": %u, \"requests\": %u, \"warmup\": 0 } }\n",
            s->number + 1, REQUESTS);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

static void try_policies(struct subject *s, const struct scenario *scenario)
{
    struct witness *w = calloc(1, sizeof *w);
    bool refused;
    uint32_t i;

    for (i = 0; w && i < scenario->policies_n; i++) {
        s->policy = scenario->policies[i].label;
        if (law_holds(s, LAW_RUNNING, witness_open(w, scenario, i, 0, &refused) == 0, "%s",
                      w->world.why))
            judge(s, w);
        witness_close(w);
    }
    free(w);
}

void laws_of_tries(struct subject *s, const struct policy_source *source)
{
    struct scenario_request request = { .policies = source, .open_file = scenario_open_file };
    struct diagnostics *said = diagnostics_open();
    struct scenario *scenario = NULL;
    char *kept = s->text;
    size_t length = s->length;

    s->policy = "tries";
    s->text = write_text(s, &s->length);
    if (said && s->text)
        scenario = scenario_read("tries.json", s->text, s->length, &request, said);
    if (said && !scenario)
        diagnostics_print(said, stdout, HIDE_WARNINGS);
    law_holds(s, LAW_READING, scenario != NULL, "a scenario of tries is refused");
    if (scenario)
        try_policies(s, scenario);
    scenario_close(scenario);
    diagnostics_close(said);
    free(s->text);
    s->text = kept;
    s->length = length;
}
