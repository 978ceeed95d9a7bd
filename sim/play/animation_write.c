/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The page of an animation: its films, and what one must know of the scenario to show them. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/chart/page.h"
#include "sim/play/animation.h"

static const struct scenario *scenario_of(const struct animation *a)
{
    return a->order->contender[0]->scenario;
}

static void put_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\": ", key);
    page_json_text(out, text);
    fputs(", ", out);
}

/* An instant in units; null: never. */
static void put_time(FILE *out, const char *key, const struct animation *a, lb_time t)
{
    if (t == LB_NEVER)
        fprintf(out, "\"%s\": null, ", key);
    else
        fprintf(out, "\"%s\": %" PRId64 ", ", key, t / a->unit);
}

/* ---- The scenario. */

/* The groups of servers that a balancer may send to. */
static void put_reach(FILE *out, const struct balancer_spec *b, const char *comma)
{
    uint32_t i;

    fprintf(out, "%s[", comma);
    for (i = 0; i < b->groups_n; i++)
        fprintf(out, "%s%u", i ? ", " : "", b->groups[i]);
    fputc(']', out);
}

static void put_names(FILE *out, const struct scenario *s)
{
    uint32_t i, k;

    fputs("\"clients\": [", out);
    for (i = 0; i < s->clients_n; i++) {
        fputs(i ? ", " : "", out);
        page_json_text(out, s->clients[i].name);
    }
    fputs("], \"balancers\": [", out);
    for (i = 0; i < s->balancers_n; i++)
        for (k = 0; k < s->balancers[i].count; k++) {
            fputs(i || k ? ", " : "", out);
            page_json_text(out, s->balancers[i].name);
        }
    fputs("], \"reach\": [", out);
    for (i = 0; i < s->balancers_n; i++)
        for (k = 0; k < s->balancers[i].count; k++)
            put_reach(out, &s->balancers[i], i || k ? ", " : "");
    fputs("], \"links\": [", out);
    for (i = 0; i < s->links_n; i++) {
        fputs(i ? ", " : "", out);
        page_json_text(out, s->links[i].name);
    }
    fputs("], ", out);
}

static void put_groups(FILE *out, const struct scenario *s)
{
    uint32_t i;

    fputs("\"groups\": [", out);
    for (i = 0; i < s->servers_n; i++) {
        const struct server_spec *g = &s->servers[i];

        fputs(i ? ", { " : "{ ", out);
        put_text(out, "name", g->name);
        fprintf(out, "\"first\": %u, \"count\": %u, \"present\": %u, \"cores\": ", g->first,
                g->count, g->present);
        if (g->cores == SCENARIO_UNLIMITED)
            fputs("null", out);
        else
            fprintf(out, "%u", g->cores);
        fprintf(out, ", \"speed\": %.9g, \"shares\": %s }", g->speed,
                g->discipline == DISCIPLINE_PS ? "true" : "false");
    }
    fputs("], ", out);
}

/* What the timeline does. */
static void put_changes(FILE *out, const struct animation *a)
{
    static const char *const kinds[] = { "speed",     "weight", "state",    "count", "latency",
                                         "bandwidth", "loss",   "balancer", "load",  "rate" };
    static const char *const states[] = { "up",     "down",  "drain",     "hang",
                                          "refuse", "reset", "black hole" };
    const struct scenario *s = scenario_of(a);
    uint32_t i;

    fputs("\"timeline\": [", out);
    for (i = 0; i < s->changes_n && i < 100; i++) {
        const struct change *c = &s->changes[i];

        fputs(i ? ", { " : "{ ", out);
        put_time(out, "at", a, c->at);
        put_time(out, "until", a, c->until);
        put_text(out, "what", kinds[c->kind]);
        put_text(out, "state", states[c->state]);
        fprintf(out, "\"first\": %u, \"count\": %u, \"number\": ", c->first, c->count);
        page_json_number(out, c->number);
        fputs(" }", out);
    }
    fputs("], ", out);
}

static void put_windows(FILE *out, const struct animation *a)
{
    uint32_t i;

    fprintf(out, "\"windowed\": %s, \"shortened\": %s, \"windows\": [",
            a->windowed ? "true" : "false", a->shortened ? "true" : "false");
    for (i = 0; i < a->windows; i++) {
        fputs(i ? ", { " : "{ ", out);
        put_time(out, "from", a, a->window[i].from);
        put_time(out, "to", a, a->window[i].to);
        fputs("\"n\": 0 }", out);
    }
    fputs("], ", out);
}

/* ---- The films. */

static void put_before(FILE *out, const struct film_before *b)
{
    const char *comma = "";
    int i;

    fprintf(out, "{ \"issued\": %" PRIu64 ", \"ended\": [", b->issued);
    for (i = 0; i < ENDINGS; i++)
        fprintf(out, "%s%" PRIu64, i ? ", " : "", b->ended[i]);
    fputs("], \"bins\": [", out);
    for (i = 0; i < FILM_BINS; i++)
        if (b->bins[i]) {
            fprintf(out, "%s%d, %" PRIu64, comma, i, b->bins[i]);
            comma = ", ";
        }
    fputs("] }", out);
}

static void put_moments(FILE *out, const struct animation *a, const struct film *f)
{
    static const char *const names[MOMENTS] = { "queue",     "gap",    "slowest",   "rejected",
                                                "timed out", "failed", "cancelled", "down" };
    const char *comma = "";
    int i;

    fputs("\"moments\": [", out);
    for (i = 0; i < MOMENTS; i++) {
        const struct film_moment *m = &f->moment[i];

        if (m->at == LB_NEVER)
            continue;
        fprintf(out, "%s{ ", comma);
        put_text(out, "kind", names[i]);
        put_time(out, "at", a, m->at);
        fprintf(out, "\"server\": %d, \"a\": %" PRIu64 ", \"b\": %" PRIu64 " }",
                m->server == FILM_NOTHING ? -1 : (int)m->server,
                i == MOMENT_SLOWEST ? m->a / (uint64_t)a->unit : m->a, m->b);
        comma = ", ";
    }
    fputs("], ", out);
}

/* Whose counts a balancer's view shows. */
static const char *information_of(const struct film *f)
{
    const enum information_kind kind = f->scenario->balancers[0].information;

    if (kind == INFORMATION_FRESH ||
        (kind == INFORMATION_DEFAULT && (f->policy->policy->sees & LB_SEES_TRUTH)))
        return "fresh";
    return "own";
}

static void put_film(FILE *out, const struct animation *a, uint32_t i)
{
    const struct film *f = &a->film[i], *whole = &a->whole[i];
    const struct lb_policy *p = f->policy->policy;
    uint32_t k;

    fputs(i ? ",\n{ " : "{ ", out);
    put_text(out, "label", f->policy->label);
    put_text(out, "policy", f->policy->name);
    put_text(out, "summary", p->summary);
    put_text(out, "information", information_of(f));
    fprintf(out, "\"believes\": %s, ", f->believes ? "true" : "false");
    fprintf(out, "\"looks\": %s, ",
            p->sees & (LB_SEES_LOAD | LB_SEES_TRUTH | LB_SEES_WORK) ? "true" : "false");
    put_moments(out, a, whole);
    put_time(out, "ends", a, whole->ends);
    fputs("\"total\": ", out);
    put_before(out, &whole->total);
    fputs(", \"before\": [", out);
    for (k = 0; k < a->windows; k++) {
        fputs(k ? ", " : "", out);
        put_before(out, &f->before[k]);
    }
    fputs("],\n\"data\": \"", out);
    film_print(out, &a->bytes[i]);
    fputs("\" }", out);
}

static void put_all(FILE *out, const struct animation *a)
{
    const struct scenario *s = scenario_of(a);
    uint32_t i;

    fputs("{ \"format\": \"lbsim-film/1\", \"lbsim\": \"" LBSIM_VERSION "\", ", out);
    put_text(out, "name", s->name);
    put_text(out, "description", s->description);
    fprintf(out, "\"seed\": \"%" PRIu64 "\", \"unit\": %" PRId64 ", \"load\": ", s->run.seed,
            a->unit);
    page_json_number(out, s->offered_load);
    fprintf(out, ", \"servers\": %u, ", s->servers_total);
    put_names(out, s);
    put_groups(out, s);
    put_changes(out, a);
    put_windows(out, a);
    fputs("\"columns\": [", out);
    for (i = 0; film_columns[i]; i++)
        fprintf(out, "%s\"%s\"", i ? ", " : "", film_columns[i]);
    fputs("],\n\"films\": [", out);
    for (i = 0; i < a->order->n; i++)
        put_film(out, a, i);
    fputs("] }", out);
}

static int put_part(void *context, FILE *out, const char *mark)
{
    const struct animation *a = context;

    if (!strcmp(mark, "title"))
        page_text(out, scenario_of(a)->name);
    else if (!strcmp(mark, "film"))
        put_all(out, a);
    else
        return -EINVAL;
    return 0;
}

int animation_write(const struct animation *a, FILE *out)
{
    const int failed = page_fill(out, "player.html", put_part, (void *)(uintptr_t)a);

    if (failed)
        return failed;
    return fflush(out) || ferror(out) ? -EIO : 0;
}
