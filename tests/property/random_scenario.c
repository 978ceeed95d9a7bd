/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/property/random_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "sim/engine/stream.h"
#include "tests/property/dice.h"

/* ---- What kind of scenario. */

static void choose_kind(struct sketch *s)
{
    struct lb_random *r = &s->dice;

    s->plain = chance(r, 0.35);
    s->ties = chance(r, 0.3);
    s->unit = chance(r, 0.1) ? (chance(r, 0.5) ? 1e-8 : 50.0) : magnitude(r, 1e-6, 1.0);
    if (s->ties)
        s->unit = exp2(floor(log2(s->unit * 1e9))) * 1e-9;
    s->load = chance(r, 0.2) ? magnitude(r, 1.0, 3.0) : 0.05 + 0.94 * lb_unit(r);
    s->loaded = chance(r, 0.6);
    s->clients = chance(r, 0.6) ? 1 : between(r, 2, 3);
    s->links = chance(r, 0.5) ? between(r, 1, 3) : 0;
    s->lossy = !s->plain && s->links && chance(r, 0.25);
    s->narrow = !s->plain && s->links && chance(r, 0.3);
    s->groups = s->plain || chance(r, 0.4) ? 1 : between(r, 2, 4);
    s->balancers = s->plain || chance(r, 0.6) ? 1 : between(r, 2, 3);
    s->closed_only = !s->plain && chance(r, 0.15);
    s->zero_weights = chance(r, 0.3);
    s->patience = !s->plain && chance(r, 0.25);
    s->errors = !s->plain && chance(r, 0.25);
    s->zones = !s->plain && chance(r, 0.25) ? between(r, 1, 3) : 0;
    s->changes = !s->plain && chance(r, 0.5) ? between(r, 1, 8) : 0;
    s->losing = s->changes && chance(r, 0.5);
    s->stuck = s->changes && chance(r, 0.2);
    s->requests = (uint32_t)magnitude(r, 2000, 20000);
}

double sketch_span(const struct sketch *s)
{
    return s->requests * s->unit / (s->closed_only ? 40.0 : s->load * s->capacity);
}

/* Windows all over the run, or from the middle of it on, or a few alone. */
static void write_windows(struct sketch *s, double span)
{
    struct lb_random *r = &s->dice;
    double every = span * (0.1 + 0.3 * lb_unit(r)) + 2e-9;

    /* of thousands of servers only a few windows can be told */
    switch (s->count[0] > 1000 ? between(r, 0, 1) : between(r, 0, 3)) {
    case 0:
        return;
    case 1:
        fprintf(s->out,
                ", \"windows\": { \"at\": [ { \"from\": \"%.9fs\", \"to\": \"%.9fs\" }, "
                "{ \"from\": \"%.9fs\", \"to\": \"%.9fs\" } ]",
                0.2 * every, every, every, every + 1e-9);
        break;
    default:
        fprintf(s->out, ", \"windows\": { \"every\": \"%.9fs\", \"from\": \"%.9fs\"", every,
                between(r, 0, 1) ? 0.0 : 0.5 * every);
        break;
    }
    fputs(
        ", \"metrics\": [\"in_system.mean\", \"queue.max\", \"utilization.max\", \"latency.mean\", "
        "\"latency.p90\", \"latency.stddev\", \"throughput\"] }",
        s->out);
}

static void sketch_run(struct sketch *s)
{
    struct lb_random *r = &s->dice;
    bool timed = !s->plain && chance(r, 0.3);
    double span = sketch_span(s);

    fprintf(s->out, "  \"run\": { \"seed\": \"%llu\", \"replications\": %u",
            (unsigned long long)lb_bits(r), between(r, 2, 4));
    if (timed)
        fprintf(s->out, ", \"duration\": %.17g", span);
    else
        fprintf(s->out, ", \"requests\": %u", s->requests);
    if (lb_below(r, 3) == 0)
        fprintf(s->out, ", \"metrics\": [\"occupancy{2}\", \"latency.above{%.9fs}\", \"wait.p75\"]",
                2.0 * s->unit);
    switch (between(r, 0, 5)) {
    case 0:
        break;
    case 1: /* may be longer than the run */
        fprintf(s->out, ", \"warmup\": \"%.9fs\"", span * (timed ? 0.9 : 1.5) * lb_unit(r));
        break;
    case 2:
        fprintf(s->out, ", \"warmup\": %u", lb_below(r, s->requests / 2));
        break;
    default:
        fputs(", \"warmup\": 0", s->out);
        break;
    }
    write_windows(s, span);
    fputs(" }\n", s->out);
}

bool random_trace(uint64_t seed, const char *path)
{
    struct lb_random r = stream_at(lb_mix(seed + 3), 0, 0);
    FILE *out = fopen(path, "w");
    double now = 0.0;
    uint32_t i;

    if (!out)
        return false;
    fputs("time,key\n", out);
    for (i = 0; i < 3000; i++) {
        now += chance(&r, 0.1) ? 0.0 : magnitude(&r, 0.1, 4.0);
        fprintf(out, "%.9f,%u\n", now, lb_below(&r, 100));
    }
    return fclose(out) == 0;
}

enum mechanisms random_mechanisms(uint64_t seed, uint32_t number)
{
    struct lb_random r = stream_at(lb_mix(seed + 4), number, 0);

    return chance(&r, 0.6) ? MECHANISMS_AT_WORK : MECHANISMS_NONE;
}

char *random_scenario(const struct wish *wish, size_t *length)
{
    struct sketch s = { .dice = stream_at(lb_mix(wish->seed + 1), wish->number, 0),
                        .more = stream_at(lb_mix(wish->seed + 5), wish->number, 0),
                        .mishaps = stream_at(lb_mix(wish->seed + 7), wish->number, 0),
                        .mechanisms = wish->mechanisms,
                        .plugins = wish->plugins,
                        .trace = wish->trace };
    char *text = NULL;

    s.out = open_memstream(&text, length);
    if (!s.out)
        return NULL;
    choose_kind(&s);
    if (wish->untied) {
        s.ties = s.lossy = s.losing = s.stuck = s.patience = false;
        s.unit = fmax(s.unit, 1e-3);
    }
    if (wish->requests)
        s.requests = wish->requests;
    s.unsteady = s.mechanisms == MECHANISMS_AT_WORK && chance(&s.mishaps, 0.3);
    s.falling = s.mechanisms == MECHANISMS_AT_WORK && chance(&s.more, 0.2);
    fprintf(s.out, "{ \"name\": \"random %u\",\n", wish->number);
    if (s.loaded)
        fprintf(s.out, "  \"load\": %.17g,\n", s.load);
    sketch_links(&s);
    sketch_servers(&s);
    sketch_clients(&s);
    sketch_balancers(&s);
    if (s.changes || s.falling)
        sketch_timeline(&s);
    sketch_policies(&s);
    sketch_run(&s);
    fputs("}\n", s.out);
    if (fclose(s.out) == 0)
        return text;
    free(text);
    return NULL;
}

void random_damage(struct lb_random *r, char *text, size_t *length)
{
    uint32_t n = between(r, 1, 4), i;

    for (i = 0; i<n && * length> 2; i++) {
        size_t at = lb_below(r, (uint32_t)*length - 1);

        switch (lb_below(r, 4)) {
        case 0:
            text[at] = (char)lb_below(r, 256);
            break;
        case 1:
            memmove(text + at, text + at + 1, *length - at - 1);
            --*length;
            break;
        case 2:
            text[at] = "{}[],:\"0-9e."[lb_below(r, 12)];
            break;
        default:
            if (chance(r, 0.1))
                *length = at;
            else
                text[at] = text[at + 1];
            break;
        }
    }
}
