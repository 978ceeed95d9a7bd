/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Metamorphic tests: nobody need know the right numbers of a scenario to know how they relate to
 * those of another. All times are multiples of 1/512 s, a whole number of nanoseconds that is exact
 * in binary, so that twice or three times the unit gives twice or three times every duration. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "sim/run/trial.h"
#include "sim/scenario/diagnose.h"
#include "tests/property/dice.h"
#include "tests/property/laws.h"
#include "tests/property/same_runs.h"

enum { SERVICE = 64 /* about, in units of time */, REQUESTS = 1500, SPLIT_EVERY = 50 };
enum { SPLIT_REPLICATIONS = 16, SPLIT_REQUESTS = 4000 };
static const double UNIT = 1.0 / 512.0;

/* What is changed. */
struct form {
    uint32_t scale;
    bool renamed, unused;
    bool open; /* Poisson arrivals of one client, which can be split */
    bool split;
    bool alone;        /* one client, whose requests can be recorded */
    const char *trace; /* and replayed from here */
};

struct sheet {
    struct lb_random dice;
    FILE *out;
    struct form form;
    uint32_t groups, capacity;
};

/* ---- Writing. */

static double units(const struct sheet *s, uint32_t n)
{
    return n * UNIT * s->form.scale;
}

static void name(const struct sheet *s, const char *kind, uint32_t i)
{
    if (s->form.renamed)
        fprintf(s->out, "\"%u of the other %ss\"", 77 - i, kind);
    else
        fprintf(s->out, "\"%s%u\"", kind, i);
}

static void values(struct sheet *s, uint32_t mean)
{
    fprintf(s->out,
            "{ \"distribution\": \"discrete\", \"values\": [%.17g, %.17g, %.17g], "
            "\"weights\": [0.25, 0.5, 0.25] }",
            units(s, (mean + 1) / 2), units(s, mean), units(s, mean + mean / 2));
}

static void link_of(struct sheet *s, double p)
{
    if (!chance(&s->dice, p))
        return;
    fputs(", \"link\": ", s->out);
    name(s, "link", lb_below(&s->dice, 2));
}

static void links(struct sheet *s)
{
    uint32_t i;

    fputs("{ \"links\": [", s->out);
    for (i = 0; i < 2; i++) {
        fputs(i ? ", { \"name\": " : "{ \"name\": ", s->out);
        name(s, "link", i);
        fprintf(s->out, ", \"latency\": %.17g }", units(s, between(&s->dice, 1, 30)));
    }
    fputs(" ],\n", s->out);
}

static void group(struct sheet *s, uint32_t i)
{
    /* where a service may be interrupted, work is time: no rounding */
    static const char *const kinds[] = { "\"lifo\"", "\"srpt\"",
                                         "{ \"discipline\": \"priority\", \"preemptive\": true }",
                                         "\"priority\"", "\"fifo\"" };
    struct lb_random *r = &s->dice;
    uint32_t count = between(r, 1, 6), cores = between(r, 1, 2), kind = lb_below(r, 5);
    uint32_t speed = kind < 3 ? 1 : 1u << lb_below(r, 3);

    fputs(i ? ",\n    { \"name\": " : "{ \"name\": ", s->out);
    name(s, "server", i);
    fprintf(s->out, ", \"count\": %u, \"cores\": %u, \"speed\": %u, \"weight\": %u", count, cores,
            speed, between(r, 1, 3));
    s->capacity += count * cores * speed;
    fprintf(s->out, ", \"discipline\": %s", kinds[kind]);
    if (chance(r, 0.2))
        fprintf(s->out, ", \"queue_limit\": %u", between(r, 1, 5));
    if (chance(r, 0.2))
        fputs(", \"errors\": 0.1", s->out);
    link_of(s, 0.3);
    fputs(" }", s->out);
}

static void servers(struct sheet *s)
{
    uint32_t i;

    fputs("  \"servers\": [", s->out);
    for (i = 0; i < s->groups; i++)
        group(s, i);
    if (s->form.unused)
        fputs(",\n    { \"name\": \"unused\", \"count\": 3, \"cores\": 2 }", s->out);
    fputs(" ],\n  \"balancers\": { \"name\": ", s->out);
    name(s, "balancer", 0);
    fprintf(s->out, ", \"count\": %u, \"servers\": [", chance(&s->dice, 0.3) ? 2 : 1);
    for (i = 0; i < s->groups; i++) {
        fputs(i ? ", " : "", s->out);
        name(s, "server", i);
    }
    fputs("]", s->out);
    link_of(s, 0.4);
    fputs(" },\n", s->out);
}

/* The gap between requests at a load of about 0.8. */
static uint32_t gap(const struct sheet *s)
{
    uint32_t n = SERVICE * 5 / 4 / s->capacity;

    return n > 2 ? n : 2;
}

static void client(struct sheet *s, uint32_t i)
{
    struct lb_random *r = &s->dice;

    fputs(i ? ",\n    { \"name\": " : "{ \"name\": ", s->out);
    name(s, "client", i);
    if (!s->form.trace) {
        fputs(", \"service\": ", s->out);
        values(s, SERVICE);
    }
    fputs(", \"arrivals\": { \"process\": ", s->out);
    if (s->form.trace) {
        fprintf(s->out, "\"trace\", \"file\": \"%s\"", s->form.trace);
    } else if (s->form.open) {
        fprintf(s->out, "\"poisson\", \"rate\": %.17g",
                1.0 / units(s, gap(s)) / (s->form.split ? 2.0 : 1.0));
    } else if (i > 0) {
        fprintf(s->out, "\"closed\", \"population\": %u, \"think\": ", between(r, 1, 6));
        values(s, between(r, 20, 200));
    } else {
        fputs("\"renewal\", \"interarrival\": ", s->out);
        values(s, gap(s));
    }
    fputs(" }", s->out);
    if (chance(r, 0.3))
        fprintf(s->out, ", \"timeout\": %.17g", units(s, between(r, 60, 600)));
    if (chance(r, 0.3)) {
        fputs(", \"patience\": ", s->out);
        values(s, between(r, 20, 300));
    }
    fprintf(s->out, ", \"priority\": %u", s->form.open ? 0 : lb_below(r, 3));
    link_of(s, 0.4);
    fputs(" }", s->out);
}

static void clients(struct sheet *s)
{
    uint32_t n = s->form.open || s->form.alone ? 1 : between(&s->dice, 1, 2), i;
    struct lb_random before = s->dice;

    fputs("  \"clients\": [", s->out);
    for (i = 0; i < n; i++)
        client(s, i);
    if (s->form.split) { /* the same once more, but for the name */
        s->dice = before;
        client(s, 1);
    }
    fputs(" ],\n", s->out);
}

static void timeline(struct sheet *s)
{
    static const char *const what[] = {
        "\"speed\": 0",         "\"state\": \"drain\"",
        "\"state\": \"hang\"",  "\"state\": \"down\", \"jobs\": \"kept\"",
        "\"state\": \"reset\"", "\"weight\": 0"
    };
    struct lb_random *r = &s->dice;
    uint32_t n = between(r, 0, 4), i;

    fputs("  \"timeline\": [", s->out);
    for (i = 0; i < n; i++) {
        uint32_t at = between(r, 0, REQUESTS * gap(s)), length = between(r, 1, 3000);

        fprintf(s->out, "%s{ \"at\": %.17g, \"until\": %.17g, \"server\": ", i ? ",\n    " : "",
                units(s, at), units(s, at + length));
        name(s, "server", lb_below(r, s->groups));
        fprintf(s->out, ", %s }", what[lb_below(r, 6)]);
    }
    fputs(" ],\n", s->out);
}

static void policies_of(struct sheet *s)
{
    static const char *const some[] = { "random", "round_robin", "smooth_wrr", "least_conn", "jsq",
                                        "p2c",    "lwl",         "sed",        "nq" };
    uint32_t first = lb_below(&s->dice, 9);

    fprintf(s->out, "  \"policies\": [\"%s\", \"%s\", \"central_queue\"],\n", some[first],
            some[(first + 1 + lb_below(&s->dice, 8)) % 9]);
}

static char *write_text(const struct subject *of, struct form form, size_t *length)
{
    struct sheet s = { .dice = stream_at(lb_mix(of->seed + 2), of->number, 0), .form = form };
    char *text = NULL;

    s.out = open_memstream(&text, length);
    if (!s.out)
        return NULL;
    s.groups = between(&s.dice, 1, 3);
    links(&s);
    servers(&s);
    clients(&s);
    timeline(&s);
    policies_of(&s);
    fprintf(s.out, "  \"run\": { \"seed\": %u, \"replications\": %u, \"requests\": %u, ",
            of->number + 1, form.open ? SPLIT_REPLICATIONS : 2,
            form.open ? SPLIT_REQUESTS : REQUESTS);
    fputs("\"warmup\": 100 } }\n", s.out);
    if (fclose(s.out) == 0)
        return text;
    free(text);
    return NULL;
}

static struct scenario *read_form(struct subject *s, const struct policy_source *source,
                                  struct form form)
{
    struct scenario_request request = { .policies = source, .open_file = scenario_open_file };
    struct diagnostics *said = diagnostics_open();
    struct scenario *scenario = NULL;
    size_t length;
    char *text = said ? write_text(s, form, &length) : NULL;

    if (text)
        scenario = scenario_read("metamorphic.json", text, length, &request, said);
    if (said && !scenario)
        diagnostics_print(said, stdout, HIDE_WARNINGS);
    law_holds(s, LAW_READING, scenario != NULL, "a metamorphic scenario is refused");
    diagnostics_close(said);
    free(text);
    return scenario;
}

/* ---- Exact relations. */

static void relate(struct subject *s, const struct witness *base, const struct scenario *other,
                   struct form form, enum law law)
{
    struct witness *w = calloc(1, sizeof *w);
    const char *what;
    bool refused;

    if (!w)
        return;
    if (law_holds(s, law, witness_open(w, other, base->policy, 0, &refused) == 0, "it fails: %s",
                  w->world.why)) {
        what = difference_of_runs(base, w, form.scale);
        law_holds(s, law, !what, "%s: %s differs",
                  form.scale > 1 ? "another unit of time"
                  : form.trace   ? "replayed from a trace"
                  : form.renamed ? "other names"
                                 : "more servers",
                  what);
    }
    witness_close(w);
    free(w);
}

static bool run_trial(const struct scenario *s, uint32_t policy, const struct metrics *metrics,
                      struct outcome *out)
{
    struct trial trial = { .scenario = s, .policy = policy, .warmup = 100, .ahead = UINT32_MAX };

    return trial_run(&trial, metrics, out) == 0;
}

/* Every metric of the whole is the same to the last bit. */
static void same_metrics(struct subject *s, const struct scenario *base,
                         const struct scenario *other, uint32_t policy, enum law law)
{
    struct metrics metrics = { 0 };
    struct outcome a, b;
    bool ran;
    uint32_t i;

    if (metrics_open(&metrics, NULL, 0))
        return;
    ran = run_trial(base, policy, &metrics, &a);
    ran = run_trial(other, policy, &metrics, &b) && ran;
    law_holds(s, law, ran, "a trial fails");
    for (i = 0; ran && i < metrics.n; i++)
        law_holds(s, law,
                  !memcmp(&a.values[i], &b.values[i], sizeof a.values[i]) ||
                      (isnan(a.values[i]) && isnan(b.values[i])),
                  "%s: %.17g, and changed %.17g", metrics.at[i].full, a.values[i], b.values[i]);
    outcome_close(&a);
    outcome_close(&b);
    metrics_close(&metrics);
}

static void relations(struct subject *s, const struct policy_source *source)
{
    static const struct form forms[] = { { .scale = 2 },
                                         { .scale = 3 },
                                         { .scale = 1, .renamed = true },
                                         { .scale = 1, .unused = true } };
    static const enum law laws[] = { LAW_SCALING, LAW_SCALING, LAW_NAMES, LAW_UNUSED };
    struct scenario *base = read_form(s, source, (struct form) { .scale = 1 }), *other[4];
    struct witness *w = calloc(1, sizeof *w);
    uint32_t i, k;
    bool refused;

    for (k = 0; k < 4; k++)
        other[k] = read_form(s, source, forms[k]);
    for (i = 0; w && base && i < base->policies_n; i++) {
        s->policy = base->policies[i].label;
        if (law_holds(s, LAW_RUNNING, witness_open(w, base, i, 0, &refused) == 0, "%s",
                      w->world.why))
            for (k = 0; k < 4; k++)
                if (other[k]) {
                    relate(s, w, other[k], forms[k], laws[k]);
                    if (forms[k].scale == 1)
                        same_metrics(s, base, other[k], i, laws[k]);
                }
        witness_close(w);
    }
    for (k = 0; k < 4; k++)
        scenario_close(other[k]);
    scenario_close(base);
    free(w);
}

/* ---- A run replayed from a trace of itself. */

static void print_time(FILE *out, lb_time time)
{
    fprintf(out, "%" PRId64 ".%09" PRId64, time / 1000000000, time % 1000000000);
}

/* False: some request never ended, so nobody knows its work; or the file cannot be written. */
static bool record(const struct witness *w, const char *path)
{
    FILE *out = fopen(path, "w");
    bool whole = out != NULL;
    uint64_t i;

    if (!out)
        return false;
    fputs("time,service\n", out);
    for (i = 0; i < w->n; i++) {
        whole = whole && w->at[i].ended != STILL_INSIDE;
        print_time(out, w->at[i].issued);
        fputc(',', out);
        print_time(out, w->at[i].work);
        fputc('\n', out);
    }
    return fclose(out) == 0 && whole;
}

static void replays(struct subject *s, const struct policy_source *source)
{
    struct form form = { .scale = 1, .alone = true };
    struct scenario *base = read_form(s, source, form), *other = NULL;
    struct witness *w = calloc(1, sizeof *w);
    char path[4096];
    bool refused;

    snprintf(path, sizeof path, "%s/property-%" PRIu64 "-%u.csv", s->folder, s->seed, s->number);
    form.trace = path;
    if (w && base && witness_open(w, base, 0, 0, &refused) == 0 && record(w, path))
        other = read_form(s, source, form);
    if (other) {
        s->policy = base->policies[0].label;
        relate(s, w, other, form, LAW_REPLAY);
    }
    if (w)
        witness_close(w);
    remove(path);
    scenario_close(other);
    scenario_close(base);
    free(w);
}

/* ---- Two halves are a whole: means over independent replications. */

struct sample {
    double n, sum, squares;
};

static struct sample *sample_of(const struct scenario *s, uint32_t policy, uint32_t first,
                                const struct metrics *metrics)
{
    struct sample *all = calloc(metrics->n, sizeof all[0]);
    uint32_t r, i;

    for (r = 0; all && r < SPLIT_REPLICATIONS; r++) {
        struct trial trial = { .scenario = s,
                               .policy = policy,
                               .replication = first + r,
                               .warmup = 100,
                               .ahead = UINT32_MAX };
        struct outcome out;

        trial_run(&trial, metrics, &out);
        for (i = 0; !out.failed && i < metrics->n; i++)
            if (isfinite(out.values[i])) {
                all[i].n += 1.0;
                all[i].sum += out.values[i];
                all[i].squares += out.values[i] * out.values[i];
            }
        outcome_close(&out);
    }
    return all;
}

/* Means that differ by more than seven standard errors: with 30 degrees of freedom that is once in
 * 10 million comparisons of normal means, or about once in 10,000 seeds of this program. */
static bool apart(const struct sample *a, const struct sample *b)
{
    double x = a->sum / a->n, y = b->sum / b->n;
    double v =
        (a->squares / a->n - x * x) / (a->n - 1.0) + (b->squares / b->n - y * y) / (b->n - 1);

    if (a->n < SPLIT_REPLICATIONS || b->n < SPLIT_REPLICATIONS)
        return false;
    return fabs(x - y) > 7.0 * sqrt(fmax(v, 0.0)) + 1e-9 * fmax(fabs(x), fabs(y)) + 1e-12;
}

static void halves(struct subject *s, const struct policy_source *source)
{
    struct scenario *one = read_form(s, source, (struct form) { .scale = 1, .open = true });
    struct scenario *two =
        read_form(s, source, (struct form) { .scale = 1, .open = true, .split = true });
    struct metrics metrics = { 0 };
    uint32_t i, k;

    for (i = 0; one && two && i < one->policies_n && metrics_open(&metrics, NULL, 0) == 0; i++) {
        struct sample *a = sample_of(one, i, 0, &metrics);
        struct sample *b = sample_of(two, i, SPLIT_REPLICATIONS, &metrics);

        s->policy = one->policies[i].label;
        for (k = 0; a && b && k < metrics.n; k++)
            law_holds(s, LAW_SPLIT, !apart(&a[k], &b[k]),
                      "%s: %.9g with one client, %.9g with two halves", metrics.at[k].full,
                      a[k].sum / a[k].n, b[k].sum / b[k].n);
        free(a);
        free(b);
        metrics_close(&metrics);
    }
    scenario_close(one);
    scenario_close(two);
}

void laws_of_change(struct subject *s, const struct policy_source *source)
{
    char *text = s->text;
    size_t length = s->length;

    s->policy = "metamorphic";
    s->text = write_text(s, (struct form) { .scale = 1 }, &s->length);
    if (s->text) {
        relations(s, source);
        replays(s, source);
        if (s->number % SPLIT_EVERY == 0)
            halves(s, source);
    }
    free(s->text);
    s->text = text;
    s->length = length;
}
